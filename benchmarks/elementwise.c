/* elementwise.c: what the planner's fusion is worth: chains of elementwise functions and row
 * reductions, recorded as separate operations, next to loops fused by hand, which use the same
 * vector functions and as many threads. */
#include "common.h"

#include "kernels/vector.h"
#include "kernels/parallel.h"

#include "kernels/memory.h"

#include <stdlib.h>

/* ---- The recorded side ------------------------------------------------------------------ */

typedef struct recorded {
    tg_store *store;
    tg_tape *tape;
    tg_tensor *loss, *gradient;
    tg_plan *forward, *both;
} recorded;

/* sum(tanh(x) * exp(-x * x) + sigmoid(x) * gelu(x)) */
static tg_tensor *record_chain(tg_tensor *x, tg_tensor *unused)
{
    (void)unused;
    tg_tensor *left = tg_mul(tg_tanh(x), tg_exp(tg_neg(tg_mul(x, x))));
    return tg_sum(tg_add(left, tg_mul(tg_sigmoid(x), tg_gelu(x))));
}

static const double EPSILON = 1e-5;

/* sum(layer_norm(softmax(x)) * r) */
static tg_tensor *record_rows(tg_tensor *x, tg_tensor *r)
{
    tg_tensor *p = tg_softmax(x);
    tg_tensor *centred = tg_sub(p, tg_mean(p, .axis = -1, .keep = true));
    tg_tensor *variance = tg_mean(tg_square(centred), .axis = -1, .keep = true);
    tg_tensor *normal = tg_div(centred, tg_sqrt(tg_add_num(variance, EPSILON)));
    return tg_sum(tg_mul(normal, r));
}

typedef struct work {
    const char *name;
    int64_t rows, columns;
    tg_tensor *(*record)(tg_tensor *x, tg_tensor *r);
    void (*forward)(int64_t rows, int64_t columns, const float *x, const float *r, double *sum);
    void (*both)(int64_t rows, int64_t columns, const float *x, const float *r, float *gradient,
                 double *sum);
} work;

static recorded recorded_new(const work *w, int threads, const float *x, const float *r)
{
    recorded t = { .store = tg_store_new(.seed = 1) };
    t.tape = tg_tape_new(t.store);
    const tg_shape shape = TG_SHAPE(w->rows, w->columns);
    tg_tensor *input = tg_input(t.tape, "x", TG_F32, shape);
    tg_tensor *factor = tg_input(t.tape, "r", TG_F32, shape);
    t.loss = w->record(input, factor);
    t.gradient = tg_grad(t.loss, input);
    t.forward = tg_compile_pure(t.tape, t.loss, .threads = threads);
    t.both = tg_compile_pure(t.tape, t.loss, t.gradient, .threads = threads);
    bench_check(t.tape);
    tg_feed(input, x, (size_t)(w->rows * w->columns));
    tg_feed(factor, r, (size_t)(w->rows * w->columns));
    return t;
}

static void recorded_free(recorded *t)
{
    tg_plan_free(t->forward);
    tg_plan_free(t->both);
    tg_tape_free(t->tape);
    tg_store_free(t->store);
}

static void run_forward(void *context) { tg_run(((recorded *)context)->forward); }
static void run_both(void *context) { tg_run(((recorded *)context)->both); }

/* ---- The chain by hand ------------------------------------------------------------------ */

TG_CLONES
static void chain_forward(int64_t rows, int64_t columns, const float *x, const float *unused,
                          double *sum)
{
    (void)unused;
    for (int64_t i = 0; i < rows; i++, x += columns) {
        float total = 0;
#pragma omp simd reduction(+ : total)
        for (int64_t j = 0; j < columns; j++) {
            const float a = x[j];
            const float normal = 0.5f * (1 + tg__vector_erff(a * 0.70710678f));
            total +=
                tg__tanhf(a) * tg__vector_expf(-a * a) + a * normal / (1 + tg__vector_expf(-a));
        }
        sum[i] = (double)total;
    }
}

TG_CLONES
static void chain_both(int64_t rows, int64_t columns, const float *x, const float *unused,
                       float *gradient, double *sum)
{
    (void)unused;
    for (int64_t i = 0; i < rows; i++, x += columns, gradient += columns) {
        float total = 0;
#pragma omp simd reduction(+ : total)
        for (int64_t j = 0; j < columns; j++) {
            const float a = x[j];
            const float t = tg__tanhf(a), bell = tg__vector_expf(-a * a),
                        s = 1 / (1 + tg__vector_expf(-a));
            const float normal = 0.5f * (1 + tg__vector_erff(a * 0.70710678f));
            const float density = 0.39894228f * tg__vector_expf(-0.5f * a * a);
            total += t * bell + s * a * normal;
            gradient[j] =
                (1 - t * t - 2 * a * t) * bell + s * ((1 - s) * a * normal + normal + a * density);
        }
        sum[i] = (double)total;
    }
}

/* ---- The rows by hand ------------------------------------------------------------------- */

/* exp(x - max(x)) into [p]; returns its sum. */
static inline float exponentials(int64_t columns, const float *x, float *p)
{
    float peak = x[0], total = 0;
#pragma omp simd reduction(max : peak)
    for (int64_t j = 0; j < columns; j++) peak = x[j] > peak ? x[j] : peak;
#pragma omp simd reduction(+ : total)
    for (int64_t j = 0; j < columns; j++) total += p[j] = tg__vector_expf(x[j] - peak);
    return total;
}

/* Turns exponentials into the normalised softmax; returns by what the centred softmax was
 * multiplied. [share] and [mean] are those of the softmax. */
static inline float normalise(int64_t columns, float share, float mean, float *p)
{
    float variance = 0;
#pragma omp simd reduction(+ : variance)
    for (int64_t j = 0; j < columns; j++) {
        p[j] = p[j] * share - mean;
        variance += p[j] * p[j];
    }
    const float scale = 1 / sqrtf(variance / (float)columns + (float)EPSILON);
    TG_SIMD
    for (int64_t j = 0; j < columns; j++) p[j] *= scale;
    return scale;
}

enum { WIDEST = 1024 };

TG_CLONES
static void rows_forward(int64_t rows, int64_t columns, const float *x, const float *r, double *sum)
{
    float p[WIDEST];
    for (int64_t i = 0; i < rows; i++, x += columns, r += columns) {
        const float share = 1 / exponentials(columns, x, p);
        normalise(columns, share, 1 / (float)columns, p);
        float total = 0;
#pragma omp simd reduction(+ : total)
        for (int64_t j = 0; j < columns; j++) total += p[j] * r[j];
        sum[i] = (double)total;
    }
}

TG_CLONES
static void rows_both(int64_t rows, int64_t columns, const float *x, const float *r,
                      float *gradient, double *sum)
{
    float y[WIDEST];
    for (int64_t i = 0; i < rows; i++, x += columns, r += columns, gradient += columns) {
        const float share = 1 / exponentials(columns, x, y), mean = 1 / (float)columns;
        const float scale = normalise(columns, share, mean, y);
        float total = 0, factors = 0, along = 0;
#pragma omp simd reduction(+ : total, factors)
        for (int64_t j = 0; j < columns; j++) {
            total += y[j] * r[j];
            factors += r[j];
        }
        /* Back through the normalisation, then through the softmax p = y / scale + mean. */
        const float offset = factors * mean, slope = total * mean;
#pragma omp simd reduction(+ : along)
        for (int64_t j = 0; j < columns; j++) {
            gradient[j] = scale * (r[j] - offset - y[j] * slope);
            along += gradient[j] * (y[j] / scale + mean);
        }
        TG_SIMD
        for (int64_t j = 0; j < columns; j++) {
            gradient[j] = (y[j] / scale + mean) * (gradient[j] - along);
        }
        sum[i] = (double)total;
    }
}

/* ---- Running by hand -------------------------------------------------------------------- */

typedef struct by_hand {
    const work *work;
    tg__pool *pool;
    const float *x, *r;
    float *gradient;
    double *sums; /* one for each row */
    double loss;
} by_hand;

static void add_up(by_hand *h)
{
    h->loss = 0;
    for (int64_t i = 0; i < h->work->rows; i++) h->loss += h->sums[i];
}

static void forward_part(void *context, int64_t first, int64_t last, int worker)
{
    const by_hand *h = context;
    const int64_t skip = first * h->work->columns;
    (void)worker;
    h->work->forward(last - first, h->work->columns, h->x + skip, h->r + skip, h->sums + first);
}

static void both_part(void *context, int64_t first, int64_t last, int worker)
{
    const by_hand *h = context;
    const int64_t skip = first * h->work->columns;
    (void)worker;
    h->work->both(last - first, h->work->columns, h->x + skip, h->r + skip, h->gradient + skip,
                  h->sums + first);
}

enum { ROWS_GRAIN = 32 };

static void hand_forward(void *context)
{
    by_hand *h = context;
    tg__parallel(h->pool, h->work->rows, ROWS_GRAIN, forward_part, h);
    add_up(h);
}

static void hand_both(void *context)
{
    by_hand *h = context;
    tg__parallel(h->pool, h->work->rows, ROWS_GRAIN, both_part, h);
    add_up(h);
}

/* ---- Results ---------------------------------------------------------------------------- */

static bool close_to(double got, double want)
{
    return fabs(got - want) <= 1e-3 * (1 + fabs(want));
}

/* A limit that computes something else would be none. */
static void check_equal(const recorded *t, const by_hand *h)
{
    const size_t count = (size_t)(h->work->rows * h->work->columns);
    float *gradient = bench_alloc(count * sizeof *gradient);
    tg_get(t->gradient, gradient, count);
    bool equal = close_to(tg_item(t->loss), h->loss);
    for (size_t i = 0; i < count; i++) {
        equal = equal && close_to((double)gradient[i], (double)h->gradient[i]);
    }
    bench_check(t->tape);
    if (!equal) {
        fprintf(stderr, "%s: the loop by hand gives other results than the plan\n", h->work->name);
        exit(EXIT_FAILURE);
    }
    free(gradient);
}

static void print_result(const bench_options *options, const work *w, const char *metric,
                         const char *unit, double value, double limit, const char *limit_is)
{
    bench_print((bench_line){ "elementwise", w->name, metric, unit, value, limit, limit_is,
                              options->threads });
}

static void report(const bench_options *options, const work *w)
{
    const size_t count = (size_t)(w->rows * w->columns);
    float *x = bench_alloc(count * sizeof *x), *r = bench_alloc(count * sizeof *r);
    bench_fill(x, count, -3, 3);
    bench_fill(r, count, -1, 1);
    recorded t = recorded_new(w, options->threads, x, r);
    by_hand h = { .work = w, .x = x, .r = r };
    h.pool = tg__pool_new(&tg__default_allocator, options->threads);
    h.gradient = bench_alloc(count * sizeof *h.gradient);
    h.sums = bench_alloc((size_t)w->rows * sizeof *h.sums);

    bench_contender contenders[] = {
        { run_forward, &t, 0 }, { hand_forward, &h, 0 }, { run_both, &t, 0 }, { hand_both, &h, 0 }
    };
    bench_run(options, contenders, 4);
    check_equal(&t, &h);
    const char *loop = "a loop fused by hand";
    print_result(options, w, "forward_us", "us", contenders[0].us, contenders[1].us, loop);
    print_result(options, w, "forward_backward_us", "us", contenders[2].us, contenders[3].us, loop);
    print_result(options, w, "plan_kernels", "kernels", (double)tg_plan_kernels(t.both), 0, NULL);
    print_result(options, w, "plan_bytes", "bytes", (double)tg_plan_bytes(t.both),
                 (double)(count * sizeof *x), "the gradient alone");
    recorded_free(&t);
    tg__pool_free(h.pool);
    free(h.sums);
    free(h.gradient);
    free(x);
    free(r);
}

int main(int argc, char **argv)
{
    const bench_options options =
        bench_begin(argc, argv,
                    "Times sum(tanh(x)*exp(-x*x) + sigmoid(x)*gelu(x)) over 1e6 floats, and\n"
                    "sum(layer_norm(softmax(x)) * r) over [1024, 1024], with gradients.");
    static const work works[] = {
        { "elementwise 1e6", 1000, 1000, record_chain, chain_forward, chain_both },
        { "softmax+layernorm 1024x1024", 1024, 1024, record_rows, rows_forward, rows_both },
    };
    for (size_t i = 0; i < sizeof works / sizeof *works; i++) {
        if (bench_wants(&options, works[i].name)) report(&options, &works[i]);
    }
    return bench_end(&options);
}
