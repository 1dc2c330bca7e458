/* overhead.c: what one operation costs where there is nothing else to pay for: programs of
 * thousands of operations on single numbers. Nanoseconds for each operation of the program (not
 * of its gradient), to record, to differentiate, to plan, and to run again and again; next to
 * the same arithmetic written by hand. */
#include "common.h"

#include <math.h>
#include <stdlib.h>

enum {
    LINKS = 5000, /* of the chain: a product and a sum each */
    HIDDEN = 16,
    NET_WEIGHTS = HIDDEN * 3 + HIDDEN * (HIDDEN + 1) + HIDDEN + 1,
    MOST_WRT = NET_WEIGHTS
};

/* What a program computes, and by what it is differentiated. */
typedef struct graph {
    tg_tensor *result;
    size_t count;
    tg_tensor *wrt[MOST_WRT], *gradient[MOST_WRT];
} graph;

typedef struct program {
    const char *name;
    int ops;
    void (*declare)(tg_store *store);
    void (*record)(tg_tape *tape, graph *g);
    void (*forward)(void *context); /* by hand, with a by_hand */
    void (*both)(void *context);
} program;

typedef struct by_hand {
    double result, gradient[MOST_WRT];
    double weight[MOST_WRT];
    double value[LINKS + 1]; /* of the chain's links, kept for the way back */
} by_hand;

/* ---- The chain: y = y * a + b, 5,000 times ---------------------------------------------- */

static const double CHAIN_START[] = { 1, 0.9999, 0.001 };

static void declare_chain(tg_store *store)
{
    tg_param(store, "x", TG_SCALAR, tg_init_constant(CHAIN_START[0]));
    tg_param(store, "a", TG_SCALAR, tg_init_constant(CHAIN_START[1]));
    tg_param(store, "b", TG_SCALAR, tg_init_constant(CHAIN_START[2]));
}

static void record_chain(tg_tape *tape, graph *g)
{
    for (size_t i = 0; i < 3; i++) g->wrt[i] = tg_read(tape, tg_var_nth(tg_tape_store(tape), i));
    g->result = g->wrt[0];
    for (int i = 0; i < LINKS; i++) g->result = tg_add(tg_mul(g->result, g->wrt[1]), g->wrt[2]);
    g->count = 3;
}

/* The same, and a and b are constants to the differentiation. */
static void record_chain_of_one(tg_tape *tape, graph *g)
{
    record_chain(tape, g);
    g->count = 1;
}

static void chain_forward(void *context)
{
    by_hand *h = context;
    double y = h->weight[0];
    for (int i = 0; i < LINKS; i++) y = y * h->weight[1] + h->weight[2];
    h->result = y;
}

static void chain_both_of_one(void *context)
{
    by_hand *h = context;
    chain_forward(h);
    double g = 1;
    for (int i = 0; i < LINKS; i++) g *= h->weight[1];
    h->gradient[0] = g;
}

static void chain_both(void *context)
{
    by_hand *h = context;
    const double a = h->weight[1], b = h->weight[2];
    double y = h->weight[0], g = 1, da = 0, db = 0;
    for (int i = 0; i < LINKS; i++) {
        h->value[i] = y;
        y = y * a + b;
    }
    for (int i = LINKS - 1; i >= 0; i--) {
        db += g;
        da += g * h->value[i];
        g *= a;
    }
    h->result = y;
    h->gradient[0] = g;
    h->gradient[1] = da;
    h->gradient[2] = db;
}

/* ---- A multi-layer perceptron 2-16-16-1 of single numbers, and the square of its output -- */

static const double POINT[] = { 0.3, -0.7 };

static void declare_net(tg_store *store)
{
    for (int i = 0; i < NET_WEIGHTS; i++) {
        char name[32];
        snprintf(name, sizeof name, "w%d", i);
        tg_param(store, name, TG_SCALAR, (tg_init){ TG_INIT_UNIFORM, -0.5, 0.5 });
    }
    tg_state(store, "p0", TG_F64, TG_SCALAR, POINT[0]);
    tg_state(store, "p1", TG_F64, TG_SCALAR, POINT[1]);
}

/* A unit's weights, then its bias: the next ones of [w]. */
static tg_tensor *record_unit(int count, tg_tensor *const *x, tg_tensor ***w)
{
    tg_tensor *y = (*w)[count];
    for (int i = 0; i < count; i++) y = tg_add(y, tg_mul((*w)[i], x[i]));
    *w += count + 1;
    return y;
}

static void record_net(tg_tape *tape, graph *g)
{
    tg_store *store = tg_tape_store(tape);
    for (size_t i = 0; i < NET_WEIGHTS; i++) g->wrt[i] = tg_read(tape, tg_var_nth(store, i));
    g->count = NET_WEIGHTS;
    tg_tensor **w = g->wrt, *point[2], *first[HIDDEN], *second[HIDDEN];
    for (size_t i = 0; i < 2; i++) point[i] = tg_read(tape, tg_var_nth(store, NET_WEIGHTS + i));
    for (int i = 0; i < HIDDEN; i++) first[i] = tg_tanh(record_unit(2, point, &w));
    for (int i = 0; i < HIDDEN; i++) second[i] = tg_tanh(record_unit(HIDDEN, first, &w));
    g->result = tg_square(record_unit(HIDDEN, second, &w));
}

/* One layer; returns where the next layer's weights are. */
static const double *apply_layer(int in, int out, const double *w, const double *x, double *y)
{
    for (int i = 0; i < out; i++, w += in + 1) {
        y[i] = w[in];
        for (int j = 0; j < in; j++) y[i] += w[j] * x[j];
    }
    return w;
}

/* The gradients of a layer's weights and, unless NULL, of what it was applied to. */
static void backward_layer(int in, int out, const double *w, const double *x, const double *dy,
                           double *dw, double *dx)
{
    for (int j = 0; dx && j < in; j++) dx[j] = 0;
    for (int i = 0; i < out; i++, w += in + 1, dw += in + 1) {
        dw[in] = dy[i];
        for (int j = 0; j < in; j++) dw[j] = dy[i] * x[j];
        for (int j = 0; dx && j < in; j++) dx[j] += dy[i] * w[j];
    }
}

typedef struct net_values {
    const double *w2, *w3;
    double first[HIDDEN], second[HIDDEN], out;
} net_values;

static net_values run_net(const double *w)
{
    net_values v;
    v.w2 = apply_layer(2, HIDDEN, w, POINT, v.first);
    for (int i = 0; i < HIDDEN; i++) v.first[i] = tanh(v.first[i]);
    v.w3 = apply_layer(HIDDEN, HIDDEN, v.w2, v.first, v.second);
    for (int i = 0; i < HIDDEN; i++) v.second[i] = tanh(v.second[i]);
    apply_layer(HIDDEN, 1, v.w3, v.second, &v.out);
    return v;
}

static void net_forward(void *context)
{
    by_hand *h = context;
    const net_values v = run_net(h->weight);
    h->result = v.out * v.out;
}

static void net_both(void *context)
{
    by_hand *h = context;
    const net_values v = run_net(h->weight);
    double dout = 2 * v.out, dfirst[HIDDEN], dsecond[HIDDEN];
    backward_layer(HIDDEN, 1, v.w3, v.second, &dout, h->gradient + (v.w3 - h->weight), dsecond);
    for (int i = 0; i < HIDDEN; i++) dsecond[i] *= 1 - v.second[i] * v.second[i];
    backward_layer(HIDDEN, HIDDEN, v.w2, v.first, dsecond, h->gradient + (v.w2 - h->weight),
                   dfirst);
    for (int i = 0; i < HIDDEN; i++) dfirst[i] *= 1 - v.first[i] * v.first[i];
    backward_layer(2, HIDDEN, h->weight, POINT, dfirst, h->gradient, NULL);
    h->result = v.out * v.out;
}

/* ---- Measuring -------------------------------------------------------------------------- */

typedef struct session {
    const bench_options *options;
    const program *program;
    tg_store *store;
    tg_tape *tape;
    graph graph;
    by_hand hand;
} session;

static void print_result(const session *s, const char *metric, double us, double limit_us)
{
    const double ns = 1e3 / s->program->ops;
    bench_print((bench_line){ "overhead", s->program->name, metric, "ns/op", us * ns, limit_us * ns,
                              "the arithmetic by hand", s->options->threads });
}

static void record(session *s)
{
    tg_rewind(s->tape);
    s->program->record(s->tape, &s->graph);
}

static void differentiate(session *s)
{
    graph *g = &s->graph;
    tg_vjp(g->result, NULL, (tg_list){ g->count, g->wrt }, g->gradient);
}

static tg_plan *plan_both(const session *s)
{
    tg_tensor *keep[MOST_WRT + 1];
    for (size_t i = 0; i < s->graph.count; i++) keep[i] = s->graph.gradient[i];
    return tg_compile_pure(s->tape, s->graph.result,
                           .keep = (tg_list){ (size_t)s->graph.count, keep },
                           .threads = s->options->threads);
}

/* Recording, differentiating and planning, all of it anew each time. */
static void measure_making(session *s)
{
    enum { RECORD, DIFFERENTIATE, PLAN, PHASES };
    static const char *const metrics[PHASES] = { "record_ns", "differentiate_ns", "plan_ns" };
    bench_samples *samples = bench_alloc(PHASES * sizeof *samples);
    for (int i = 0; i < PHASES; i++) samples[i].count = 0;
    const double begin = bench_seconds();
    for (int round = 0; round < 3 || bench_seconds() - begin < bench_budget(s->options); round++) {
        double at[PHASES + 1];
        at[0] = bench_seconds();
        record(s);
        at[1] = bench_seconds();
        differentiate(s);
        at[2] = bench_seconds();
        tg_plan *plan = plan_both(s);
        at[3] = bench_seconds();
        tg_plan_free(plan);
        bench_check(s->tape);
        for (int i = 0; round > 0 && i < PHASES; i++) bench_add(&samples[i], at[i + 1] - at[i]);
    }
    for (int i = 0; i < PHASES; i++) print_result(s, metrics[i], bench_median(&samples[i]), 0);
    free(samples);
}

/* Records, differentiates and runs, as a loop over data with an `if` inside would; the plan of
 * the first round is found again. One gradient is read. */
static void define_by_run(void *context)
{
    session *s = context;
    record(s);
    differentiate(s);
    tg_item(s->graph.gradient[0]);
}

static void run_plan(void *context) { tg_run(context); }

static bool close_to(double got, double want)
{
    return fabs(got - want) <= 1e-9 * (1 + fabs(want));
}

/* A limit that computes something else would be none. */
static void check_equal(session *s)
{
    bool equal = close_to(tg_item(s->graph.result), s->hand.result);
    for (size_t i = 0; i < s->graph.count; i++) {
        equal = equal && close_to(tg_item(s->graph.gradient[i]), s->hand.gradient[i]);
    }
    bench_check(s->tape);
    if (!equal) {
        fprintf(stderr, "%s: the code by hand gives other results than the plan\n",
                s->program->name);
        exit(EXIT_FAILURE);
    }
}

static void measure_running(session *s)
{
    record(s);
    differentiate(s);
    tg_plan *forward = tg_compile_pure(s->tape, s->graph.result, .threads = s->options->threads);
    tg_plan *both = plan_both(s);
    bench_check(s->tape);
    for (size_t i = 0; i < tg_var_count(s->store) && i < MOST_WRT; i++) {
        tg_var_get(tg_var_nth(s->store, i), &s->hand.weight[i], 1);
    }
    bench_contender contenders[] = { { run_plan, forward, 0 },
                                     { s->program->forward, &s->hand, 0 },
                                     { run_plan, both, 0 },
                                     { s->program->both, &s->hand, 0 } };
    bench_run(s->options, contenders, 4);
    check_equal(s);
    print_result(s, "forward_ns", contenders[0].us, contenders[1].us);
    print_result(s, "forward_backward_ns", contenders[2].us, contenders[3].us);
    tg_plan_free(forward);
    tg_plan_free(both);

    bench_contender anew = { define_by_run, s, 0 };
    bench_run(s->options, &anew, 1);
    bench_check(s->tape);
    print_result(s, "define_by_run_ns", anew.us, 0);
}

static void report(const bench_options *options, const program *p)
{
    session *s = bench_alloc(sizeof *s);
    *s = (session){ .options = options, .program = p };
    s->store = tg_store_new(.seed = 1, .dtype = TG_F64);
    s->tape = tg_tape_new(s->store);
    p->declare(s->store);
    measure_making(s);
    measure_running(s);
    tg_tape_free(s->tape);
    tg_store_free(s->store);
    free(s);
}

int main(int argc, char **argv)
{
    const bench_options options =
        bench_begin(argc, argv,
                    "Times what an operation on single numbers costs, in double precision: in a\n"
                    "chain of 10,000 and in the 641 of a small perceptron with tanh.");
    static const program programs[] = {
        { "chain 10000, 1 gradient", 2 * LINKS, declare_chain, record_chain_of_one, chain_forward,
          chain_both_of_one },
        { "chain 10000, 3 gradients", 2 * LINKS, declare_chain, record_chain, chain_forward,
          chain_both },
        { "scalar mlp 2-16-16-1", 641, declare_net, record_net, net_forward, net_both },
    };
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        if (bench_wants(&options, programs[i].name)) report(&options, &programs[i]);
    }
    return bench_end(&options);
}
