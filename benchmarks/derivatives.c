/* derivatives.c: what derivatives cost, relative to the function itself: gradients, products with
 * the Hessian, Hessians and Jacobians of the functions with which tools for automatic
 * differentiation are compared. Before anything is timed, every value is compared with the same
 * function in plain C, every derivative with finite differences.
 *
 * What other tools need is from one session on a 2-core x86-64 with AVX-512: the best of CoDiPack,
 * Adept, CppAD, ADOL-C and PyTorch 1.13 on the same functions. Machines differ, so those ratios are
 * rough; compare_peers runs PyTorch and JAX in turns with it. */
#include "derivatives.h"

#include <math.h>
#include <string.h>

/* ---- Helpers ---------------------------------------------------------------------------- */

double *new_numbers(size_t count) { return bench_alloc(count * sizeof(double)); }

static array new_array(const char *name, tg_shape shape)
{
    return (array){ name, shape, new_numbers((size_t)tg_shape_count(shape)) };
}

double *add_parameter(work *w, const char *name, tg_shape shape)
{
    w->p[w->parameters] = new_array(name, shape);
    return w->p[w->parameters++].data;
}

double *add_fixed(work *w, const char *name, tg_shape shape)
{
    w->fixed[w->constants] = new_array(name, shape);
    return w->fixed[w->constants++].data;
}

void fill_uniform(double *to, size_t count, double low, double high, uint32_t seed)
{
    uint32_t state = seed;
    for (size_t i = 0; i < count; i++) { /* xorshift (Marsaglia, 2003) */
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        to[i] = low + (high - low) * (double)(state >> 1) / 2147483648.0;
    }
}

void check_close(const char *name, const char *what, size_t index, double got, double want,
                 double scale, double tolerance)
{
    if (fabs(got - want) <= tolerance * scale) return;
    fprintf(stderr, "%s: %s[%zu] is %.17g and should be %.17g\n", name, what, index, got, want);
    exit(EXIT_FAILURE);
}

void print_metric(const bench_options *options, const char *name, const char *metric,
                  const char *unit, double value, limit against)
{
    bench_print((bench_line){ "derivatives", name, metric, unit, value, against.us, against.is,
                              options->threads });
}

static size_t count_of(const array *a) { return (size_t)tg_shape_count(a->shape); }

static double largest(const double *x, size_t count)
{
    double most = 0;
    for (size_t i = 0; i < count; i++) most = fabs(x[i]) > most ? fabs(x[i]) : most;
    return most;
}

/* ---- Recording -------------------------------------------------------------------------- */

typedef struct recorded {
    work *work;
    tg_store *store;
    tg_tape *tape;
    tg_tensor *p[MOST_PARAMETERS], *v[MOST_PARAMETERS];
    tg_tensor *loss, *g[MOST_PARAMETERS], *hv[MOST_PARAMETERS], *hessian;
    tg_plan *function, *gradient, *product, *whole_hessian;
    tg_plan *both; /* the gradient, and the product at once */
    double gradient_plan_us, product_plan_us;
} recorded;

static tg_tensor *input_of(tg_tape *tape, const array *a)
{
    tg_tensor *input = tg_input(tape, a->name, TG_F64, a->shape);
    tg_feed(input, a->data, count_of(a));
    return input;
}

static void record_function(recorded *t)
{
    const work *w = t->work;
    tg_tensor *fixed[MOST_FIXED] = { NULL };
    for (size_t i = 0; i < w->parameters; i++) t->p[i] = input_of(t->tape, &w->p[i]);
    for (size_t i = 0; i < w->constants; i++) fixed[i] = input_of(t->tape, &w->fixed[i]);
    t->loss = w->record(w, t->tape, t->p, fixed);
}

/* The direction is ones where the Hessian is diagonal, so that the product is the diagonal. */
static void record_product(recorded *t)
{
    const work *w = t->work;
    tg_tensor *along = NULL;
    for (size_t i = 0; i < w->parameters; i++) {
        t->v[i] = tg_input(t->tape, "direction", TG_F64, w->p[i].shape);
        tg_tensor *part = tg_sum(tg_mul(t->g[i], t->v[i]));
        along = along ? tg_add(along, part) : part;
        double *direction = new_numbers(count_of(&w->p[i]));
        fill_uniform(direction, count_of(&w->p[i]), w->diagonal ? 1 : -1, 1, 7);
        tg_feed(t->v[i], direction, count_of(&w->p[i]));
        free(direction);
    }
    tg_vjp(along, NULL, (tg_list){ w->parameters, t->p }, t->hv);
}

static tg_plan *plan_of(tg_tape *tape, int threads, size_t count, tg_tensor *const nodes[])
{
    tg_tensor *keep[2 * MOST_PARAMETERS + 2];
    memcpy(keep, nodes, count * sizeof *keep);
    return tg_compile_pure(tape, .keep = (tg_list){ (size_t)count, keep }, .threads = threads);
}

static int parameter_named(const work *w, const char *name)
{
    for (size_t i = 0; i < w->parameters; i++)
        if (name && strcmp(w->p[i].name, name) == 0) return (int)i;
    return -1;
}

static recorded recorded_new(work *w, int threads)
{
    recorded t = { .work = w, .store = tg_store_new(.dtype = TG_F64) };
    t.tape = tg_tape_new(t.store);
    tg_tensor *nodes[2 * MOST_PARAMETERS + 1];
    size_t count = 1;
    double begin = bench_seconds();
    record_function(&t);
    tg_vjp(t.loss, NULL, (tg_list){ w->parameters, t.p }, t.g);
    nodes[0] = t.loss;
    for (size_t i = 0; i < w->parameters; i++) nodes[count++] = t.g[i];
    t.gradient = plan_of(t.tape, threads, count, nodes);
    t.gradient_plan_us = 1e6 * (bench_seconds() - begin);

    begin = bench_seconds();
    record_product(&t);
    t.product = plan_of(t.tape, threads, w->parameters, t.hv);
    t.product_plan_us = 1e6 * (bench_seconds() - begin);

    t.function = tg_compile_pure(t.tape, t.loss, .threads = threads);
    for (size_t i = 0; i < w->parameters; i++) nodes[count++] = t.hv[i];
    t.both = plan_of(t.tape, threads, count, nodes);
    const int which = parameter_named(w, w->hessian);
    if (which >= 0) {
        t.hessian = tg_hessian(t.loss, t.p[which]);
        t.whole_hessian = tg_compile_pure(t.tape, t.hessian, .threads = threads);
    }
    bench_check(t.tape);
    return t;
}

static void recorded_free(recorded *t)
{
    tg_plan *const plans[] = { t->function, t->gradient, t->product, t->both, t->whole_hessian };
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++) tg_plan_free(plans[i]);
    tg_tape_free(t->tape);
    tg_store_free(t->store);
}

/* ---- Checks ----------------------------------------------------------------------------- */

enum { ENTRIES = 5 }; /* of each parameter whose slope is compared */

/* The slope at 0 by differences of fourth order; f[i] is the value at offsets[i] steps. */
static const double offsets[4] = { -2, -1, 1, 2 };
static double slope_of(const double f[4], double step)
{
    return (f[0] - 8 * f[1] + 8 * f[2] - f[3]) / (12 * step);
}

static double plain_slope(const work *w, double *entry)
{
    const double at = *entry;
    double f[4];
    for (int i = 0; i < 4; i++) {
        *entry = at + offsets[i] * w->step;
        f[i] = w->plain(w);
    }
    *entry = at;
    return slope_of(f, w->step);
}

static double *values_of(const recorded *t, tg_tensor *x)
{
    double *to = new_numbers((size_t)tg_count(x));
    tg_get(x, to, (size_t)tg_count(x));
    bench_check(t->tape);
    return to;
}

static void check_gradient(recorded *t)
{
    const work *w = t->work;
    tg_run(t->gradient);
    const double value = tg_item(t->loss), plain = w->plain(w);
    bench_check(t->tape);
    check_close(w->name, "value", 0, value, plain, fabs(plain), 1e-10);
    for (size_t i = 0; i < w->parameters; i++) {
        const size_t count = count_of(&w->p[i]);
        double *g = values_of(t, t->g[i]);
        const double scale = largest(g, count);
        for (size_t k = 0; k < ENTRIES; k++) {
            const size_t at = (count - 1) * k / (ENTRIES - 1);
            check_close(w->name, w->p[i].name, at, g[at], plain_slope(w, &w->p[i].data[at]), scale,
                        1e-6);
        }
        free(g);
    }
}

/* Moves the fed parameters [steps] along the direction; with [only] >= 0, only that one. */
static void feed_moved(recorded *t, double steps, int only)
{
    const work *w = t->work;
    for (size_t i = 0; i < w->parameters; i++) {
        const size_t count = count_of(&w->p[i]);
        double *v = values_of(t, t->v[i]);
        const bool moves = only < 0 || only == (int)i;
        for (size_t k = 0; k < count; k++) {
            v[k] = w->p[i].data[k] + (moves ? steps * w->step * v[k] : 0);
        }
        tg_feed(t->p[i], v, count);
        free(v);
    }
}

/* The gradients in parameter [i] at four places along the direction. */
static void gradients_along(recorded *t, size_t i, int only, double *g[4])
{
    for (int k = 0; k < 4; k++) {
        feed_moved(t, offsets[k], only);
        tg_run(t->gradient);
        g[k] = values_of(t, t->g[i]);
    }
    feed_moved(t, 0, only);
}

/* [product] should be how the gradient in parameter [i] changes along the direction. */
static void check_product(recorded *t, size_t i, int only, const char *what, const double *product)
{
    const work *w = t->work;
    const size_t count = count_of(&w->p[i]);
    const double scale = largest(product, count);
    double *g[4];
    gradients_along(t, i, only, g);
    for (size_t k = 0; k < count; k++) {
        const double f[4] = { g[0][k], g[1][k], g[2][k], g[3][k] };
        check_close(w->name, what, k, product[k], slope_of(f, w->step), scale, 1e-5);
    }
    for (int k = 0; k < 4; k++) free(g[k]);
}

static void check_products(recorded *t)
{
    tg_run(t->product);
    double *products[MOST_PARAMETERS];
    for (size_t i = 0; i < t->work->parameters; i++) products[i] = values_of(t, t->hv[i]);
    for (size_t i = 0; i < t->work->parameters; i++) {
        check_product(t, i, -1, "Hessian-vector product", products[i]);
        free(products[i]);
    }
}

static void check_hessian(recorded *t)
{
    const int which = parameter_named(t->work, t->work->hessian);
    if (which < 0) return;
    const size_t count = count_of(&t->work->p[which]);
    tg_run(t->whole_hessian);
    double *rows = values_of(t, t->hessian), *v = values_of(t, t->v[which]);
    double *product = new_numbers(count);
    for (size_t i = 0; i < count; i++) {
        product[i] = 0;
        for (size_t k = 0; k < count; k++) product[i] += rows[i * count + k] * v[k];
    }
    check_product(t, (size_t)which, which, "Hessian", product);
    free(product);
    free(v);
    free(rows);
}

/* ---- Results ---------------------------------------------------------------------------- */

static double plain_value; /* kept, so that it is computed */
static void run_plain(void *context)
{
    const work *w = context;
    plain_value = w->plain(w);
}
static void run_plan(void *context) { tg_run(context); }

static void print_plan(const bench_options *options, const char *name, const char *what,
                       const tg_plan *plan)
{
    char metric[64];
    snprintf(metric, sizeof metric, "%s_kernels", what);
    print_metric(options, name, metric, "kernels", (double)tg_plan_kernels(plan),
                 (limit){ 0, NULL });
    snprintf(metric, sizeof metric, "%s_plan_bytes", what);
    print_metric(options, name, metric, "bytes", (double)tg_plan_bytes(plan), (limit){ 0, NULL });
}

static void print_times(const bench_options *options, const recorded *t,
                        const bench_contender *times)
{
    const work *w = t->work;
    const double plain = times[0].us;
    const limit function = { times[1].us, "the function, planned" };
    const limit none = { 0, NULL };
    print_metric(options, w->name, "function_us", "us", times[1].us,
                 (limit){ plain, "the function in plain C" });
    print_metric(options, w->name, "gradient_us", "us", times[2].us, function);
    print_metric(options, w->name, "hvp_us", "us", times[3].us, function);
    double rival = times[2].us;
    if (w->diagonal) {
        rival = times[4].us;
        print_metric(options, w->name, "gradient_and_diagonal_us", "us", rival, function);
    }
    if (w->hessian) print_metric(options, w->name, "hessian_us", "us", times[4].us, function);
    char is[128];
    snprintf(is, sizeof is, "the same by %s, on another machine", w->tool);
    print_metric(options, w->name, "next_to_others_us", "us", rival, (limit){ w->tool_us, is });
    print_metric(options, w->name, "gradient_plan_us", "us", t->gradient_plan_us, none);
    print_metric(options, w->name, "hvp_plan_us", "us", t->product_plan_us, none);
    print_metric(options, w->name, "nodes", "nodes", (double)tg_tape_length(t->tape), none);
    print_plan(options, w->name, "function", t->function);
    print_plan(options, w->name, "gradient", t->gradient);
    print_plan(options, w->name, "hvp", t->product);
}

static void report(const bench_options *options, const work *description)
{
    work w = *description;
    w.prepare(&w);
    recorded t = recorded_new(&w, options->threads);
    check_gradient(&t);
    check_products(&t);
    check_hessian(&t);
    bench_contender contenders[] = {
        { run_plain, &w, 0 },
        { run_plan, t.function, 0 },
        { run_plan, t.gradient, 0 },
        { run_plan, t.product, 0 },
        { run_plan, w.diagonal ? t.both : t.whole_hessian, 0 },
    };
    bench_run(options, contenders, w.diagonal || w.hessian ? 5 : 4);
    bench_check(t.tape);
    print_times(options, &t, contenders);
    recorded_free(&t);
    for (size_t i = 0; i < w.parameters; i++) free(w.p[i].data);
    for (size_t i = 0; i < w.constants; i++) free(w.fixed[i].data);
}

int main(int argc, char **argv)
{
    const bench_options options =
        bench_begin(argc, argv,
                    "Times functions of ADBench and gradbench in f64, with their gradients,\n"
                    "products with the Hessian, Hessians and Jacobians.");
    const work *const lists[] = { reductions, recurrences };
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        for (const work *w = lists[i]; w->name; w++) {
            if (bench_wants(&options, w->name)) report(&options, w);
        }
    }
    report_bundles(&options);
    return bench_end(&options);
}
