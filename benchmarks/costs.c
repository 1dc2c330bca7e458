/* costs.c: whether what a program costs grows as the program does. Programs of 1,000 nodes, of
 * 10,000 and so on, of single numbers, so that nothing but the engine's own work is there; for each
 * the nanoseconds and the bytes of one node (of one parameter, assignment or key) in each step:
 *
 *   record_ns          recorded, of the nodes of the program
 *   differentiate_ns   its gradient recorded; where there are parameters, the optimizer's step
 *   plan_ns            compiled, of all nodes on the tape by then
 *   bind_ns            recorded again and read: the plan is found, bound, run; less the run
 *   replay_ns          run again
 *   tape_bytes, plan_bytes   in use, after the one and by the other
 *
 * Times are the processor's, the least of a few rounds. Flat is what they should be; where others
 * work on the machine, and take its caches and its memory, they tell a line from a square and not
 * much more. Bytes are exact. */
#include "common.h"

#include <math.h>
#include <stdlib.h>

typedef struct program {
    const char *name;
    size_t fewer; /* units are so many times fewer than nodes: they are larger */
    double size;  /* nodes on the tape for each unit, roughly */
    void (*declare)(tg_store *store, size_t count);
    tg_tensor *(*record)(tg_tape *tape, size_t count);
    /* NULL: there is nothing to differentiate. */
    bool (*differentiate)(tg_tape *tape, tg_tensor *result, tg_list *keep);
} program;

/* The tensors that are kept beside the result. */
enum { MOST_KEPT = 3 };
static tg_tensor *kept[MOST_KEPT];

static tg_tensor *read_nth(tg_tape *tape, size_t i)
{
    return tg_read(tape, tg_var_nth(tg_tape_store(tape), i));
}

/* By the first [count] variables. */
static bool gradients(tg_tape *tape, tg_tensor *result, size_t count, tg_list *keep)
{
    tg_tensor *wrt[MOST_KEPT];
    for (size_t i = 0; i < count; i++) wrt[i] = read_nth(tape, i);
    *keep = (tg_list){ count, kept };
    return tg_vjp(result, NULL, (tg_list){ count, wrt }, kept) == TG_OK;
}

/* ---- A chain: y = y * a + b ----------------------------------------------------------- */

static void declare_chain(tg_store *store, size_t count)
{
    (void)count;
    tg_param(store, "x", TG_SCALAR, tg_init_constant(1));
    tg_param(store, "a", TG_SCALAR, tg_init_constant(0.9999));
    tg_param(store, "b", TG_SCALAR, tg_init_constant(0.001));
}

static tg_tensor *record_chain(tg_tape *tape, size_t count)
{
    tg_tensor *y = read_nth(tape, 0), *a = read_nth(tape, 1), *b = read_nth(tape, 2);
    for (size_t i = 0; i < count; i++) y = tg_add(tg_mul(y, a), b);
    return y;
}

static bool differentiate_chain(tg_tape *tape, tg_tensor *result, tg_list *keep)
{
    return gradients(tape, result, 3, keep);
}

/* The same behind many nodes that have nothing to do with what is differentiated: x^2. */
static tg_tensor *record_square(tg_tape *tape, size_t count)
{
    (void)record_chain(tape, count);
    return tg_square(read_nth(tape, 0));
}

static bool differentiate_square(tg_tape *tape, tg_tensor *result, tg_list *keep)
{
    return gradients(tape, result, 1, keep);
}

/* ---- A chain of arrays: y = tanh(w y), kernels of a few elements --------------------------- */

enum { SIDE = 4 };

static void declare_products(tg_store *store, size_t count)
{
    (void)count;
    tg_param(store, "w", TG_SHAPE(SIDE, SIDE), (tg_init){ TG_INIT_UNIFORM, -0.5, 0.5 });
    tg_param(store, "y", TG_SHAPE(SIDE, SIDE), (tg_init){ TG_INIT_UNIFORM, -0.5, 0.5 });
}

static tg_tensor *record_products(tg_tape *tape, size_t count)
{
    tg_tensor *w = read_nth(tape, 0), *y = read_nth(tape, 1);
    for (size_t i = 0; i < count; i++) y = tg_tanh(tg_matmul(w, y));
    return tg_sum(y);
}

static bool differentiate_products(tg_tape *tape, tg_tensor *result, tg_list *keep)
{
    return gradients(tape, result, 2, keep);
}

/* ---- Slices of one array: the sum of the squares of its elements ------------------------ */

static void declare_slices(tg_store *store, size_t count)
{
    tg_param(store, "x", TG_SHAPE((int64_t)count), tg_init_constant(0.5));
}

static tg_tensor *record_slices(tg_tape *tape, size_t count)
{
    tg_tensor *x = read_nth(tape, 0), *y = tg_number(tape, 0);
    for (size_t i = 0; i < count; i++) y = tg_add(y, tg_square(tg_pick(x, 0, (int64_t)i)));
    return y;
}

static bool differentiate_slices(tg_tape *tape, tg_tensor *result, tg_list *keep)
{
    return gradients(tape, result, 1, keep);
}

/* ---- Parameters: the sum of their squares, and a step of Adam ---------------------------- */

static void declare_parameters(tg_store *store, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char name[32];
        snprintf(name, sizeof name, "w%zu", i);
        tg_param(store, name, TG_SCALAR, tg_init_constant(0.5));
    }
}

static tg_tensor *record_parameters(tg_tape *tape, size_t count)
{
    tg_tensor *y = tg_number(tape, 0);
    for (size_t i = 0; i < count; i++) y = tg_add(y, tg_square(read_nth(tape, i)));
    return y;
}

static bool step_adam(tg_tape *tape, tg_tensor *result, tg_list *keep)
{
    *keep = (tg_list){ 0 };
    (void)tg_adam(result, .lr = 1e-3);
    return tg_tape_status(tape) == TG_OK;
}

static bool step_sgd(tg_tape *tape, tg_tensor *result, tg_list *keep)
{
    *keep = (tg_list){ 0 };
    (void)tg_sgd(result, .lr = 1e-3);
    return tg_tape_status(tape) == TG_OK;
}

/* ---- Assignments and keys --------------------------------------------------------------- */

static tg_tensor *record_assignments(tg_tape *tape, size_t count)
{
    tg_tensor *y = NULL;
    for (size_t i = 0; i < count; i++)
        y = tg_assign(tg_var_nth(tg_tape_store(tape), i), tg_neg(read_nth(tape, i)));
    return y;
}

static void declare_nothing(tg_store *store, size_t count) { (void)store, (void)count; }

static tg_tensor *record_keys(tg_tape *tape, size_t count)
{
    tg_tensor *y = tg_number(tape, 0);
    for (size_t i = 0; i < count; i++) {
        char key[32];
        snprintf(key, sizeof key, "k%zu", i);
        y = tg_add(y, tg_uniform(tape, key, TG_F64, TG_SCALAR, 0, 1));
    }
    return y;
}

/* ---- Measuring -------------------------------------------------------------------------- */

enum { RECORD, DIFFERENTIATE, PLAN, BIND, REPLAY, STEPS };
static const char *const step_names[STEPS] = { "record_ns", "differentiate_ns", "plan_ns",
                                               "bind_ns", "replay_ns" };
static const double TOO_LONG = 5; /* seconds of a round: larger sizes are left out */

typedef struct figures {
    double seconds[STEPS], tape_bytes, plan_bytes;
    size_t recorded, nodes; /* on the tape: before and after it was differentiated */
} figures;

static void least(double *seconds, double since)
{
    const double took = bench_cpu_seconds() - since;
    if (*seconds == 0 || took < *seconds) *seconds = took;
}

static tg_tensor *record(const program *p, tg_tape *tape, size_t count, tg_list *keep, figures *f)
{
    double begin = bench_cpu_seconds();
    tg_rewind(tape);
    tg_tensor *result = p->record(tape, count);
    least(&f->seconds[RECORD], begin);
    bench_check(tape);
    f->recorded = tg_tape_length(tape);
    begin = bench_cpu_seconds();
    *keep = (tg_list){ 0 };
    if (p->differentiate && !p->differentiate(tape, result, keep)) result = NULL;
    if (p->differentiate) least(&f->seconds[DIFFERENTIATE], begin);
    bench_check(tape);
    f->nodes = tg_tape_length(tape);
    return result;
}

/* Records, compiles and runs; then records again and reads, twice, as define-by-run does. */
static void measure_round(const bench_options *options, const program *p, tg_tape *tape,
                          size_t count, figures *f)
{
    tg_list keep;
    tg_tensor *result = record(p, tape, count, &keep, f);
    f->tape_bytes = bench_bytes() - f->tape_bytes;
    const double before = bench_bytes();
    double begin = bench_cpu_seconds();
    tg_plan *plan = tg_compile(tape, result, .keep = keep, .threads = options->threads);
    least(&f->seconds[PLAN], begin);
    bench_check(tape);
    f->plan_bytes = bench_bytes() - before;
    for (int i = 0; i < 3; i++) {
        begin = bench_cpu_seconds();
        tg_run(plan);
        if (i > 0) least(&f->seconds[REPLAY], begin);
    }
    tg_plan_free(plan);
    for (int i = 0; i < 2; i++) {
        result = record(p, tape, count, &keep, f);
        begin = bench_cpu_seconds();
        tg_evaluate(TG_LIST(result));
        if (i > 0) least(&f->seconds[BIND], begin);
        bench_check(tape);
    }
}

static void print(const bench_options *options, const program *p, size_t count, const figures *f)
{
    char name[64];
    snprintf(name, sizeof name, "%s %zu", p->name, count);
    const double nodes = (double)f->nodes;
    const bool units = p->fewer > 1;
    const double recorded = units ? (double)count : (double)f->recorded;
    for (int i = 0; i < STEPS; i++) {
        double seconds = f->seconds[i];
        if (i == DIFFERENTIATE && !p->differentiate) continue;
        if (i == BIND) seconds -= f->seconds[REPLAY];
        const double of = units ? (double)count : i <= DIFFERENTIATE ? recorded : nodes;
        bench_print((bench_line){ "costs", name, step_names[i], units ? "ns/unit" : "ns/node",
                                  fmax(seconds, 0) * 1e9 / of, 0, NULL, options->threads });
    }
    bench_print((bench_line){ "costs", name, "tape_bytes", "bytes/node", f->tape_bytes / nodes, 0,
                              NULL, options->threads });
    bench_print((bench_line){ "costs", name, "plan_bytes", "bytes/node", f->plan_bytes / nodes, 0,
                              NULL, options->threads });
}

static void report(const bench_options *options, const program *p)
{
    for (size_t size = 1000; size <= options->most; size *= 10) {
        const size_t count = p->fewer > 1 ? size / p->fewer : (size_t)((double)size / p->size);
        if (p->fewer > 1 && count < 1000) continue;
        figures f = { .tape_bytes = 0 };
        tg_store *store = tg_store_new(.seed = 1, .dtype = TG_F64, .allocator = bench_allocator());
        p->declare(store, count);
        double longest = 0;
        const double begin = bench_seconds();
        for (int round = 0; round < 2 || (round < 20 && bench_seconds() - begin < 0.3); round++) {
            const double at = bench_seconds();
            f.tape_bytes = bench_bytes();
            tg_tape *tape = tg_tape_new(store);
            measure_round(options, p, tape, count, &f);
            tg_tape_free(tape);
            if (bench_seconds() - at > longest) longest = bench_seconds() - at;
            if (longest > TOO_LONG) break;
        }
        print(options, p, count, &f);
        tg_store_free(store);
        if (longest > TOO_LONG) break;
    }
}

int main(int argc, char **argv)
{
    const bench_options options = bench_begin_sizes(
        argc, argv,
        "Nanoseconds and bytes that a node of a program costs, from 1,000 nodes on, ten times as\n"
        "many each time; that a parameter, an assignment or a random key costs, of which there "
        "are\n"
        "a tenth as many. A case ends where one round takes longer than 5 seconds.",
        1000000);
    static const program programs[] = {
        { "chain", 1, 5, declare_chain, record_chain, differentiate_chain },
        { "square behind a chain", 1, 2, declare_chain, record_square, differentiate_square },
        { "products", 1, 11, declare_products, record_products, differentiate_products },
        { "slices", 1, 7, declare_slices, record_slices, differentiate_slices },
        { "parameters, adam", 10, 0, declare_parameters, record_parameters, step_adam },
        { "parameters, sgd", 10, 0, declare_parameters, record_parameters, step_sgd },
        { "assignments", 10, 0, declare_parameters, record_assignments, NULL },
        { "keys", 10, 0, declare_nothing, record_keys, NULL },
    };
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
        if (bench_wants(&options, programs[i].name)) report(&options, &programs[i]);
    }
    return bench_end(&options);
}
