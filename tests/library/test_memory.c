/* test_memory.c: out of memory at every allocation of a whole training program, each failed
 * once and from then on; and a tape of a million nodes on a small stack. */
#include "tests/support/failing_allocator.h"
#include "tests/support/random.h"
#include "tests/support/recorded.h"

#include <pthread.h>

/* ---- A training program in stages ----------------------------------------------------------
 *
 * Each stage may fail for want of memory. It then must say so, and is repeated on the same
 * objects when there is memory again; a half-made layer alone means to begin from the start. */

enum { ROWS = 10, FEATURES = 3, BATCH = 4, VALUES = 256 };

typedef struct program {
    failing_allocator memory;
    tg_allocator allocator;
    tg_store *store;
    tg_linear hidden, out;
    tg_tape *tape, *dynamic;
    tg_tensor *x, *y, *loss;
    tg_plan *step;
    tg_batches batches;
    double losses[3];
    tg_status run_status;
} program;

static double features[ROWS * FEATURES];
static int32_t labels[ROWS];
static const tg_dataset data = {
    .x = { .dtype = TG_F64, .shape = { 2, { ROWS, FEATURES } }, .data = features },
    .y = { .dtype = TG_I32, .shape = { 1, { ROWS } }, .data = labels },
};

typedef struct stage {
    const char *name;
    bool (*run)(program *p);
} stage;

static bool make_store(program *p)
{
    p->store = tg_store_new(.seed = 5, .dtype = TG_F64, .allocator = &p->allocator);
    return p->store != NULL;
}

static bool make_layers(program *p)
{
    p->hidden = tg_linear_new(p->store, "hidden", FEATURES, 5);
    p->out = tg_linear_new(p->store, "out", 5, 2);
    return tg_store_status(p->store) == TG_OK;
}

static bool make_tapes(program *p)
{
    if (!p->tape) p->tape = tg_tape_new(p->store);
    if (!p->dynamic) p->dynamic = tg_tape_new(p->store);
    return p->tape && p->dynamic;
}

static tg_tensor *record_loss(program *p, tg_tape *on, tg_tensor **x, tg_tensor **y)
{
    *x = tg_input(on, "x", TG_F64, TG_SHAPE(BATCH, FEATURES));
    *y = tg_input(on, "y", TG_I32, TG_SHAPE(BATCH));
    tg_tensor *logits = tg_linear_apply(&p->out, tg_relu(tg_linear_apply(&p->hidden, *x)));
    tg_tensor *noise = tg_normal(on, "noise", TG_F64, TG_SHAPE(BATCH, 2), 0, 0.01);
    tg_tensor *both = tg_concat(TG_LIST(logits, noise, noise, logits), 0);
    tg_tensor *loss = tg_cross_entropy(tg_add(logits, noise), *y);
    loss = tg_name(tg_add(loss, tg_mul_num(tg_mean(tg_square(both)), 0.01)), "loss");
    (void)tg_adam(loss, .lr = 0.05, .clip_norm = 1);
    return loss;
}

static bool record(program *p)
{
    tg_rewind(p->tape);
    p->loss = record_loss(p, p->tape, &p->x, &p->y);
    return tg_tape_status(p->tape) == TG_OK && tg_store_status(p->store) == TG_OK;
}

static bool compile(program *p)
{
    p->step = tg_compile(p->tape, p->loss, .threads = 2);
    return p->step != NULL;
}

/* The reference executor is the only one that may allocate while it runs. */
static bool run_naively(program *p)
{
    tg_plan *naive = tg_compile_pure(p->tape, p->loss, .naive = true, .steps = false);
    p->run_status = naive ? tg_run(naive) : tg_tape_status(p->tape);
    tg_plan_free(naive);
    return p->run_status == TG_OK;
}

static bool make_batches(program *p)
{
    tg_batches_free(&p->batches);
    p->batches = tg_batches_new(&data, BATCH, .seed = 3, .allocator = &p->allocator);
    return p->batches.error.status == TG_OK;
}

static bool train(program *p)
{
    if (tg_batches_seek(&p->batches, 0, 0) != TG_OK) return false;
    for (int i = 0; i < 2; i++) {
        if (tg_batches_next(&p->batches, p->x, p->y) != BATCH) return false;
        ck_assert_int_eq(tg_run(p->step), TG_OK); /* allocates nothing, so cannot fail */
        p->losses[i] = tg_item(p->loss);
    }
    return true;
}

/* One step more in define-by-run. What has been read has made its draws: the commit, which may fail
 * by itself, is tried again by itself. */
static bool read_dynamically(program *p)
{
    tg_tensor *x, *y;
    tg_rewind(p->dynamic);
    tg_tensor *loss = record_loss(p, p->dynamic, &x, &y);
    if (tg_batches_seek(&p->batches, 1, 0) != TG_OK || tg_batches_next(&p->batches, x, y) != BATCH)
        return false;
    p->losses[2] = tg_item(loss);
    return !isnan(p->losses[2]);
}

static bool commit(program *p) { return tg_commit(p->dynamic) == TG_OK; }

static const stage stages[] = {
    { "store", make_store },     { "layers", make_layers }, { "tapes", make_tapes },
    { "record", record },        { "compile", compile },    { "naive", run_naively },
    { "batches", make_batches }, { "train", train },        { "define-by-run", read_dynamically },
    { "commit", commit },
};

/* ---- Running it -------------------------------------------------------------------------------
 */

static void end(program *p)
{
    tg_batches_free(&p->batches);
    tg_plan_free(p->step);
    tg_tape_free(p->dynamic);
    tg_tape_free(p->tape);
    tg_store_free(p->store);
    p->step = NULL;
    p->tape = p->dynamic = NULL;
    p->store = NULL;
    p->batches = (tg_batches){ 0 };
}

/* The stage has failed: someone must say that memory ran out, and all be well after that. */
static void recover(program *p, const char *name)
{
    const bool told = !p->store || (strcmp(name, "tapes") == 0 && (!p->tape || !p->dynamic)) ||
                      tg_store_status(p->store) == TG_ERR_MEMORY ||
                      tg_tape_status(p->tape) == TG_ERR_MEMORY ||
                      tg_tape_status(p->dynamic) == TG_ERR_MEMORY ||
                      p->run_status == TG_ERR_MEMORY || p->batches.error.status == TG_ERR_MEMORY;
    ck_assert_msg(told, "%s: store: %s\ntape: %s\ndynamic: %s", name, tg_store_error(p->store),
                  tg_tape_error(p->tape), tg_tape_error(p->dynamic));
    ck_assert_uint_gt(p->memory.failures, 0);
    p->memory.fail_at = 0; /* there is memory again */
    tg_store_clear_error(p->store);
    tg_tape_clear_error(p->tape);
    tg_tape_clear_error(p->dynamic);
}

/* Runs the program with the [fail_at]-th allocation failing; all variables and losses go to
 * [values], which the caller compares. Returns how many there are. */
static size_t run_program(program *p, size_t fail_at, bool persistent, double values[VALUES])
{
    *p = (program){ .memory = { .fail_at = fail_at, .persistent = persistent } };
    p->allocator = failing_interface(&p->memory);
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
        if (stages[i].run(p)) continue;
        recover(p, stages[i].name);
        if (stages[i].run == make_layers) {
            end(p);
            i = 0;
            ck_assert(make_store(p));
            continue;
        }
        ck_assert_msg(stages[i].run(p), "%s fails again: %s%s%s", stages[i].name,
                      tg_store_error(p->store), tg_tape_error(p->tape), tg_tape_error(p->dynamic));
    }
    size_t count = 0;
    for (size_t i = 0; i < tg_var_count(p->store); i++) {
        tg_var *var = tg_var_nth(p->store, i);
        const size_t elements = (size_t)tg_shape_count(tg_var_shape(var));
        ck_assert_uint_le(count + elements + 3, VALUES);
        ck_assert_int_eq(tg_var_get(var, values + count, elements), TG_OK);
        count += elements;
    }
    for (int i = 0; i < 3; i++) values[count++] = p->losses[i];
    ck_assert_int_eq(tg_store_step(p->store), 3);
    return count;
}

static void fill_data(void)
{
    for (int i = 0; i < ROWS * FEATURES; i++) features[i] = sin(i + 1.0);
    for (int i = 0; i < ROWS; i++) labels[i] = i % 2;
}

static void ck_every_point(bool persistent)
{
    static program p;
    double quiet[VALUES], values[VALUES];
    fill_data();
    const size_t count = run_program(&p, 0, false, quiet);
    const size_t points = p.memory.calls;
    end(&p);
    ck_assert_uint_eq(p.memory.live, 0);
    ck_assert_uint_gt(points, 100);
    for (size_t i = 1; i <= points; i++) {
        const size_t again = run_program(&p, i, persistent, values);
        ck_assert_msg(p.memory.failures > 0, "point %zu of %zu was not met", i, points);
        ck_assert_uint_eq(again, count);
        ck_assert_msg(memcmp(values, quiet, count * sizeof *values) == 0,
                      "after a failure at point %zu of %zu the values differ", i, points);
        end(&p);
        ck_assert_msg(p.memory.live == 0, "point %zu: %zu blocks, %zu bytes leak", i, p.memory.live,
                      p.memory.live_bytes);
    }
    printf("%zu allocations failed, %s\n", points, persistent ? "and all after each" : "once each");
}

START_TEST(a_failed_allocation_gives_a_status_and_the_step_can_be_repeated)
{
    ck_every_point(false);
}
END_TEST

START_TEST(so_does_memory_that_has_run_out_for_good) { ck_every_point(true); }
END_TEST

/* ---- A million nodes ----------------------------------------------------------------------------
 */

static int million(void)
{
    const int nodes = scaled(1000000);
    return nodes < 20000 ? 20000 : nodes;
}

/* What was wrong, or NULL. Runs on a stack of 256 KB, where Check's macros must not fail. */
static void *long_tape(void *unused)
{
    const int nodes = million();
    tg_store *own = tg_store_new(.dtype = TG_F64);
    tg_tape *recording = tg_tape_new(own);
    tg_tensor *x = tg_input(recording, "x", TG_F64, TG_SCALAR), *y = x;
    (void)unused;
    for (int i = 1; i < nodes; i++) y = i % 4 ? tg_add(y, x) : tg_sin(y);
    tg_tensor *g = tg_grad(y, x);
    tg_plan *plan = tg_compile(recording, y, g);
    const double at = 1e-3;
    const char *wrong = NULL;
    if (!plan)
        wrong = "the plan could not be made";
    else if (tg_tape_length(recording) < (size_t)nodes)
        wrong = "nodes are missing";
    else if (tg_feed(x, &at, 1) != TG_OK || tg_run(plan) != TG_OK)
        wrong = "the run failed";
    else if (!(fabs(tg_item(y)) <= 4) || !isfinite(tg_item(g)))
        wrong = "the values are wrong";
    tg_plan_free(plan);
    /* And as define-by-run has it: the key of the structure is another walk. */
    if (!wrong && !isfinite(tg_item(g))) wrong = "the value could not be computed";
    tg_tape_free(recording);
    tg_store_free(own);
    return (void *)(uintptr_t)wrong;
}

START_TEST(a_tape_of_a_million_nodes_needs_no_more_stack_than_a_short_one)
{
    pthread_attr_t small;
    pthread_t thread;
    void *wrong = NULL;
    ck_assert_int_eq(pthread_attr_init(&small), 0);
    ck_assert_int_eq(pthread_attr_setstacksize(&small, 256 << 10), 0);
    ck_assert_int_eq(pthread_create(&thread, &small, long_tape, NULL), 0);
    ck_assert_int_eq(pthread_join(thread, &wrong), 0);
    (void)pthread_attr_destroy(&small);
    ck_assert_msg(wrong == NULL, "%s", (const char *)wrong);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("memory");
    TCase *all = tcase_create("memory");
    tcase_add_test(all, a_failed_allocation_gives_a_status_and_the_step_can_be_repeated);
    tcase_add_test(all, so_does_memory_that_has_run_out_for_good);
    tcase_add_test(all, a_tape_of_a_million_nodes_needs_no_more_stack_than_a_short_one);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
