/* convolution_products.c: the three products of single convolutions, those of LeNet-5 and ResNet-20
 * (the convolution and its gradients), in the ways a library may choose from: the plan that
 * Tapegrad makes, im2col with the library's own BLAS, and oneDNN where the build found it. All
 * start from dense arrays in PyTorch's layout and end there. Before anything is printed the
 * results are compared. */
#include "convolution_products.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const convolution convolutions[] = {
    { "lenet 1x28x28 to 6, 5x5 b128", 128, 1, 28, 6, 5, 1, 2 },
    { "lenet 6x14x14 to 16, 5x5 b128", 128, 6, 14, 16, 5, 1, 0 },
    { "resnet20 3x32x32 to 16 b32", 32, 3, 32, 16, 3, 1, 1 },
    { "resnet20 16x32x32 to 16 b32", 32, 16, 32, 16, 3, 1, 1 },
    { "resnet20 16x32x32 to 32, /2 b32", 32, 16, 32, 32, 3, 2, 1 },
    { "resnet20 32x16x16 to 32 b32", 32, 32, 16, 32, 3, 1, 1 },
    { "resnet20 64x8x8 to 64 b32", 32, 64, 8, 64, 3, 1, 1 },
};
enum { CONVOLUTIONS = sizeof convolutions / sizeof *convolutions };

int64_t places_of(const convolution *c)
{
    return (c->size + 2 * c->padding - c->kernel) / c->stride + 1;
}

tg_shape shape_of(const convolution *c, operand which)
{
    const int64_t places = places_of(c);
    switch (which) {
    case X: return TG_SHAPE(c->batch, c->in, c->size, c->size);
    case W: return TG_SHAPE(c->out, c->in, c->kernel, c->kernel);
    default: return TG_SHAPE(c->batch, c->out, places, places);
    }
}

static size_t count_of(const convolution *c, operand which)
{
    return (size_t)tg_shape_count(shape_of(c, which));
}

/* Of each of the three, with the products that fall on the padding, as everybody counts them. */
static double flops_of(const convolution *c)
{
    return 2 * (double)count_of(c, Y) * (double)(c->in * c->kernel * c->kernel);
}

/* ---- Tapegrad's plan -------------------------------------------------------------------- */

typedef struct planned {
    const task *task;
    tg_store *store;
    tg_tape *tape;
    tg_tensor *result;
    tg_plan *plan;
} planned;

static tg_tensor *input_of(tg_tape *tape, const task *t, operand which, const char *name)
{
    tg_tensor *input = tg_input(tape, name, TG_F32, shape_of(t->of, which));
    if (which != t->target) tg_feed(input, t->data[which], count_of(t->of, which));
    return input;
}

static void *plan_begin(const task *t)
{
    planned *p = bench_alloc(sizeof *p);
    *p = (planned){ .task = t, .store = tg_store_new() };
    p->tape = tg_tape_new(p->store);
    tg_tensor *x = input_of(p->tape, t, X, "x"), *w = input_of(p->tape, t, W, "w");
    p->result = tg_convolve(x, w, NULL, .stride = t->of->stride, .padding = t->of->padding);
    if (t->target != Y) {
        tg_tensor *dy = input_of(p->tape, t, Y, "dy");
        tg_vjp(p->result, dy, (tg_list){ 1, t->target == X ? &x : &w }, &p->result);
    }
    p->plan = tg_compile(p->tape, p->result, .threads = t->threads);
    bench_check(p->tape);
    return p;
}

static void plan_call(void *state) { tg_run(((planned *)state)->plan); }

static void plan_end(void *state)
{
    planned *p = state;
    tg_get(p->result, p->task->data[p->task->target], count_of(p->task->of, p->task->target));
    bench_check(p->tape);
    tg_plan_free(p->plan);
    tg_tape_free(p->tape);
    tg_store_free(p->store);
    free(p);
}

static const way by_plan = { "tapegrad", plan_begin, plan_call, plan_end };

/* ---- Results ---------------------------------------------------------------------------- */

static const way *const ways[] = {
    &by_plan,
    &by_im2col,
#ifdef BENCH_HAVE_ONEDNN
    &by_onednn_plain,
    &by_onednn_any,
#endif
};
enum { WAYS = sizeof ways / sizeof *ways };

static const char *const products[OPERANDS] = {
    [X] = "by_input", [W] = "by_weight", [Y] = "forward"
};

/* What computes something else is not worth timing. The sums are of up to 1e5 products, in
 * different orders. */
static void check_equal(const task *t, const float *want, const char *name)
{
    const float *got = t->data[t->target];
    const size_t count = count_of(t->of, t->target);
    float most = 0;
    for (size_t i = 0; i < count; i++) most = fmaxf(most, fabsf(want[i]));
    for (size_t i = 0; i < count; i++) {
        if (fabsf(got[i] - want[i]) <= 1e-4f * most) continue;
        fprintf(stderr, "%s, %s: element %zu is %g by %s and %g by the plan\n", t->of->name,
                products[t->target], i, (double)got[i], name, (double)want[i]);
        exit(EXIT_FAILURE);
    }
}

/* A line for each way. Tapegrad's has the best of the others as what it should approach. */
static void print_rates(const task *t, const bench_contender *contenders)
{
    double rate[WAYS];
    int best = 1;
    for (int i = 0; i < WAYS; i++) {
        rate[i] = contenders[i].call ? flops_of(t->of) / (1e3 * contenders[i].us) : 0;
        if (i > 1 && rate[i] > rate[best]) best = i;
    }
    for (int i = 0; i < WAYS; i++) {
        char metric[64];
        (void)snprintf(metric, sizeof metric, "%s_%s", products[t->target], ways[i]->name);
        if (rate[i] == 0) continue;
        bench_print((bench_line){ "convolution_products", t->of->name, metric, "GFLOP/s", rate[i],
                                  i == 0 ? rate[best] : 0, ways[best]->name, t->threads });
    }
}

static void report(const bench_options *options, const convolution *c, operand target)
{
    task tasks[WAYS];
    bench_contender all[WAYS], able[WAYS];
    size_t count = 0;
    float *data[OPERANDS];
    for (operand o = X; o < OPERANDS; o++) {
        data[o] = bench_alloc(count_of(c, o) * sizeof(float));
        bench_fill(data[o], count_of(c, o), -1, 1);
    }
    for (int i = 0; i < WAYS; i++) {
        tasks[i] = (task){ c, target, options->threads, { data[X], data[W], data[Y] } };
        tasks[i].data[target] = bench_alloc(count_of(c, target) * sizeof(float));
        all[i] = (bench_contender){ ways[i]->call, ways[i]->begin(&tasks[i]), 0 };
        if (!all[i].context) all[i].call = NULL;
        if (all[i].call) able[count++] = all[i];
    }
    bench_run(options, able, count);
    count = 0;
    for (int i = 0; i < WAYS; i++) {
        if (!all[i].call) continue;
        all[i].us = able[count++].us;
        ways[i]->end(all[i].context);
        check_equal(&tasks[i], tasks[0].data[target], ways[i]->name);
    }
    print_rates(&tasks[0], all);
    for (int i = 0; i < WAYS; i++) free(tasks[i].data[target]);
    for (operand o = X; o < OPERANDS; o++) free(data[o]);
}

int main(int argc, char **argv)
{
    const bench_options options = bench_begin(
        argc, argv,
        "Measures the products of single convolutions, those of LeNet-5 and ResNet-20: forward,\n"
        "the gradient by the input, that by the weight; by Tapegrad's plan, by im2col and a\n"
        "matrix product, and, if the build found it, by oneDNN, on plain arrays and in its own\n"
        "layouts. Unlike elsewhere more is better, and the limit is the best of the others.");
    tg__gemm_setup();
    for (int i = 0; i < CONVOLUTIONS; i++) {
        if (!bench_wants(&options, convolutions[i].name)) continue;
        report(&options, &convolutions[i], Y);
        report(&options, &convolutions[i], X);
        report(&options, &convolutions[i], W);
    }
    return bench_end(&options);
}
