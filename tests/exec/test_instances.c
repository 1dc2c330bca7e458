/* test_instances.c: several instances of one plan: each gives what the plan gives for the same
 * inputs, also while others run, in threads of their own; what they refuse; and failed
 * allocations. */
#include "tests/support/failing_allocator.h"
#include "tests/support/recorded.h"

#include <math.h>
#include <pthread.h>

enum { BATCH = 6, WIDTH = 40, CLASSES = 5, SERVERS = 4, REQUESTS = 40 };

/* A small network, with a constant, a table that is looked up and numbers of one element. */
typedef struct network {
    tg_tensor *x, *which, *probabilities, *loudest, *total;
    tg_plan *plan;
} network;

static network make_network(int threads)
{
    double bias[CLASSES];
    for (int i = 0; i < CLASSES; i++) bias[i] = 0.1 * i;
    network n;
    n.x = tg_input(tape, "x", TG_F64, TG_SHAPE(BATCH, WIDTH));
    n.which = tg_input(tape, "which", TG_I64, TG_SHAPE(BATCH));
    tg_var *w = tg_param(store, "w", TG_SHAPE(WIDTH, CLASSES), tg_init_he_normal(WIDTH));
    tg_var *table = tg_param(store, "table", TG_SHAPE(7, CLASSES), tg_init_he_normal(7));
    tg_tensor *logits = tg_add(tg_matmul(n.x, tg_read(tape, w)),
                               tg_constant(tape, TG_F64, TG_SHAPE(CLASSES), bias));
    logits = tg_add(logits, tg_gather(tg_read(tape, table), n.which, 0));
    n.probabilities = tg_softmax(logits, -1);
    n.loudest = tg_argmax(n.probabilities, .axis = 1);
    n.total = tg_mul_num(tg_exp(tg_mean(n.probabilities)), 3);
    n.plan = tg_compile_pure(tape, n.probabilities, n.loudest, n.total, .threads = threads);
    ck_no_error();
    return n;
}

typedef struct request {
    double x[BATCH * WIDTH], probabilities[BATCH * CLASSES], total;
    int64_t which[BATCH], loudest[BATCH];
} request;

static request request_of(int number)
{
    request r = { .total = 0 };
    for (int i = 0; i < BATCH * WIDTH; i++) r.x[i] = sin(1.7 * i + number);
    for (int i = 0; i < BATCH; i++) r.which[i] = (i + number) % 7;
    return r;
}

/* By the plan itself. */
static void answer(const network *n, request *r)
{
    ck_assert_int_eq(tg_feed(n->x, r->x, BATCH * WIDTH), TG_OK);
    ck_assert_int_eq(tg_feed(n->which, r->which, BATCH), TG_OK);
    ck_assert_int_eq(tg_run(n->plan), TG_OK);
    ck_assert_int_eq(tg_get(n->probabilities, r->probabilities, BATCH * CLASSES), TG_OK);
    ck_assert_int_eq(tg_get(n->loudest, r->loudest, BATCH), TG_OK);
    r->total = tg_item(n->total);
}

/* By an instance; false if anything fails. */
static bool serve(tg_instance *instance, const network *n, request *r)
{
    const bool ok =
        tg_instance_feed(instance, n->x, r->x, BATCH * WIDTH) == TG_OK &&
        tg_instance_feed(instance, n->which, r->which, BATCH) == TG_OK &&
        tg_instance_run(instance) == TG_OK &&
        tg_instance_get(instance, n->probabilities, r->probabilities, BATCH * CLASSES) == TG_OK &&
        tg_instance_get(instance, n->loudest, r->loudest, BATCH) == TG_OK;
    r->total = tg_instance_item(instance, n->total);
    return ok;
}

static bool same_answers(const request *a, const request *b)
{
    return memcmp(a->probabilities, b->probabilities, sizeof a->probabilities) == 0 &&
           memcmp(a->loudest, b->loudest, sizeof a->loudest) == 0 && a->total == b->total;
}

/* ---- At once ---------------------------------------------------------------------------- */

typedef struct server {
    const network *network;
    tg_instance *instance;
    const request *wanted;
    int first, wrong;
} server;

static void *work(void *context)
{
    server *s = context;
    for (int i = 0; i < REQUESTS; i++) {
        const int number = (s->first + i) % REQUESTS;
        request r = request_of(number);
        s->wrong += !serve(s->instance, s->network, &r) || !same_answers(&r, &s->wanted[number]);
    }
    return NULL;
}

/* Threads 1 and 2 for each instance, as the plan has. */
START_TEST(instances_run_at_once)
{
    static request wanted[REQUESTS];
    const network n = make_network(1 + _i);
    server servers[SERVERS];
    pthread_t threads[SERVERS];
    for (int i = 0; i < REQUESTS; i++) {
        wanted[i] = request_of(i);
        answer(&n, &wanted[i]);
    }
    for (int i = 0; i < SERVERS; i++) {
        servers[i] = (server){ &n, tg_instance_new(n.plan, .threads = 1 + _i), wanted, 9 * i, 0 };
        ck_no_error();
        ck_assert_ptr_nonnull(servers[i].instance);
    }
    for (int i = 0; i < SERVERS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, work, &servers[i]), 0);
    for (int i = 0; i < SERVERS; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
        ck_assert_int_eq(servers[i].wrong, 0);
        tg_instance_free(servers[i].instance);
    }
    tg_plan_free(n.plan);
}
END_TEST

/* ---- Apart ------------------------------------------------------------------------------ */

START_TEST(an_instance_has_inputs_and_values_of_its_own)
{
    const network n = make_network(1);
    request first = request_of(1), second = request_of(2), again = request_of(1);
    answer(&n, &first);
    tg_instance *instance = tg_instance_new(n.plan);
    ck_no_error();
    /* Its inputs begin as those of the plan. */
    ck_assert_int_eq(tg_instance_run(instance), TG_OK);
    ck_assert(tg_instance_item(instance, n.total) == first.total);
    ck_assert(serve(instance, &n, &second));
    ck_assert(!same_answers(&first, &second));
    ck_assert(tg_item(n.total) == first.total);
    answer(&n, &again);
    ck_assert(same_answers(&first, &again));
    ck_assert(tg_instance_item(instance, n.total) == second.total);
    tg_instance_free(instance);
    tg_plan_free(n.plan);
}
END_TEST

START_TEST(an_instance_of_a_naive_plan_runs_too)
{
    tg_tensor *x = tg_input(tape, "x", TG_F64, TG_SHAPE(3)), *y = tg_sum(tg_exp(x));
    tg_plan *plan = tg_compile_pure(tape, y, x, .naive = true);
    ck_no_error();
    tg_instance *instance = tg_instance_new(plan);
    const double given[3] = { 0, 1, 2 };
    double got[3] = { 9, 9, 9 };
    ck_assert_int_eq(tg_instance_feed(instance, x, given, 3), TG_OK);
    ck_assert_int_eq(tg_instance_run(instance), TG_OK);
    ck_close(tg_instance_item(instance, y), 1 + exp(1) + exp(2), 1e-14);
    ck_assert_int_eq(tg_instance_get(instance, x, got, 3), TG_OK);
    ck_assert_mem_eq(got, given, sizeof got);
    tg_instance_free(instance);
    tg_plan_free(plan);
}
END_TEST

/* ---- Refused ---------------------------------------------------------------------------- */

static void ck_no_instance(tg_plan *plan, int threads, tg_status status, const char *text)
{
    ck_no_error();
    ck_assert_ptr_null(tg_instance_new(plan, .threads = threads));
    ck_assert_int_eq(tg_tape_status(tape), status);
    ck_assert_msg(strstr(tg_tape_error(tape), text) != NULL, "%s", tg_tape_error(tape));
    tg_tape_clear_error(tape);
    tg_plan_free(plan);
}

START_TEST(plans_that_assign_or_count_draws_have_no_instances)
{
    tg_var *w = tg_param(store, "w", TG_SHAPE(3), tg_init_zeros());
    tg_tensor *noise = tg_uniform(tape, "noise", TG_F64, TG_SHAPE(3), 0, 1);
    tg_tensor *moved = tg_assign(w, tg_add_num(tg_read(tape, w), 1));
    ck_no_instance(tg_compile(tape, moved), 1, TG_ERR_STATE, "tg_compile_pure");
    ck_no_instance(tg_compile_pure(tape, noise), 1, TG_ERR_STATE, ".steps = false");
    ck_no_instance(tg_compile_pure(tape, tg_exp(moved), .threads = 2), 3, TG_ERR_ARGUMENT,
                   "1 to 2");
    ck_no_instance(tg_compile_pure(tape, tg_exp(moved)), 0, TG_ERR_ARGUMENT, "1 to 1");
    ck_assert_ptr_null(tg_instance_new(NULL));
    /* Draws that no run counts are those that the plan would make. */
    tg_plan *plan = tg_compile_pure(tape, noise, .steps = false);
    tg_instance *instance = tg_instance_new(plan);
    double by_plan[3], by_instance[3];
    run(plan);
    ck_assert_int_eq(tg_get(noise, by_plan, 3), TG_OK);
    ck_assert_int_eq(tg_instance_run(instance), TG_OK);
    ck_assert_int_eq(tg_instance_get(instance, noise, by_instance, 3), TG_OK);
    ck_assert_mem_eq(by_plan, by_instance, sizeof by_plan);
    tg_instance_free(instance);
    tg_plan_free(plan);
}
END_TEST

#define REFUSES(call, status, text)                                                                \
    do {                                                                                           \
        ck_assert_int_eq((call), (status));                                                        \
        ck_assert_msg(strstr(tg_instance_error(instance), (text)) != NULL, "%s",                   \
                      tg_instance_error(instance));                                                \
    } while (0)

START_TEST(bad_calls_are_errors_of_the_instance)
{
    const network n = make_network(1);
    tg_instance *instance = tg_instance_new(n.plan);
    double values[BATCH * WIDTH] = { 0 };
    float narrow[BATCH * WIDTH] = { 0 };
    int64_t wrong[BATCH] = { 0, 99 };
    REFUSES(tg_instance_feed(instance, NULL, values, 1), TG_ERR_ARGUMENT, "no input");
    REFUSES(tg_instance_feed(instance, n.total, values, 1), TG_ERR_ARGUMENT, "no input");
    REFUSES(tg_instance_feed(instance, n.x, narrow, BATCH * WIDTH), TG_ERR_DTYPE, "f32");
    REFUSES(tg_instance_feed(instance, n.x, values, 3), TG_ERR_SHAPE, "3 elements");
    REFUSES(tg_instance_feed(instance, n.x, (double *)NULL, BATCH * WIDTH), TG_ERR_ARGUMENT,
            "NULL");
    REFUSES(tg_instance_get(instance, n.total, values, 1), TG_ERR_STATE, "has not run");
    ck_assert(isnan(tg_instance_item(instance, n.total)));
    REFUSES(tg_instance_get(instance, n.x, values, 1), TG_ERR_ARGUMENT, "name it in tg_compile");
    ck_assert_int_eq(tg_instance_feed(instance, n.which, wrong, BATCH), TG_OK);
    REFUSES(tg_instance_run(instance), TG_ERR_INDEX, "index 99");
    REFUSES(tg_instance_get(instance, n.total, values, 1), TG_ERR_STATE, "failed");
    wrong[1] = 1;
    ck_assert_int_eq(tg_instance_feed(instance, n.which, wrong, BATCH), TG_OK);
    ck_assert_int_eq(tg_instance_run(instance), TG_OK);
    ck_assert_str_eq(tg_instance_error(instance), "");
    ck_assert(isnan(tg_instance_item(instance, n.probabilities)));
    REFUSES(tg_instance_get(instance, n.total, narrow, 1), TG_ERR_DTYPE, "f64");
    REFUSES(tg_instance_get(instance, n.total, (double *)NULL, 1), TG_ERR_ARGUMENT, "NULL");
    ck_no_error(); /* nothing of it sticks to the tape */
    ck_assert_int_eq(tg_instance_run(NULL), TG_ERR_ARGUMENT);
    ck_assert_int_eq(tg_instance_feed(NULL, n.x, values, 1), TG_ERR_ARGUMENT);
    ck_assert_int_eq(tg_instance_get(NULL, n.x, values, 1), TG_ERR_ARGUMENT);
    ck_assert(isnan(tg_instance_item(NULL, n.x)));
    tg_instance_free(NULL);
    tg_instance_free(instance);
    tg_plan_free(n.plan);
}
END_TEST

START_TEST(an_instance_may_outlive_its_plan_and_its_tape)
{
    const network n = make_network(1);
    tg_instance *instance = tg_instance_new(n.plan), *other = tg_instance_new(n.plan);
    double value = 0;
    tg_plan_free(n.plan);
    REFUSES(tg_instance_run(instance), TG_ERR_STATE, "freed");
    REFUSES(tg_instance_get(instance, n.total, &value, 1), TG_ERR_STATE, "freed");
    REFUSES(tg_instance_feed(instance, n.x, &value, 1), TG_ERR_STATE, "freed");
    tg_instance_free(instance);
    instance = other;
    tg_rewind(tape);
    REFUSES(tg_instance_run(instance), TG_ERR_STATE, "freed");
    tg_instance_free(instance);

    tg_tensor *x = tg_input(tape, "x", TG_F64, TG_SHAPE(2));
    tg_plan *plan = tg_compile_pure(tape, tg_exp(x));
    instance = tg_instance_new(plan);
    tg_rewind(tape);
    ck_assert_ptr_null(tg_instance_new(plan));
    ck_assert_msg(strstr(tg_tape_error(tape), "rewound") != NULL, "%s", tg_tape_error(tape));
    tg_tape_clear_error(tape);
    REFUSES(tg_instance_run(instance), TG_ERR_STATE, "rewound");
    tg_plan_free(plan);
    tg_instance_free(instance);
}
END_TEST

/* Every allocation of an instance fails in turn: an error, nothing lost, and the plan runs on. */
START_TEST(without_memory_there_is_an_error_and_no_instance)
{
    failing_allocator memory = { .fail_at = 0 };
    tg_store *own =
        tg_store_new(.dtype = TG_F64,
                     .allocator = &(tg_allocator){ failing_alloc, failing_free, &memory });
    tg_tape *on = tg_tape_new(own);
    tg_tensor *x = tg_input(on, "x", TG_F64, TG_SHAPE(30, 30)), *y = tg_sum(tg_matmul(x, x));
    tg_plan *plan = tg_compile_pure(on, y, .threads = 2);
    ck_assert_ptr_nonnull(plan);
    size_t refused = 0;
    for (size_t n = 1;; n++) {
        const size_t failures = memory.failures;
        memory.fail_at = memory.calls + n;
        tg_instance *instance = tg_instance_new(plan, .threads = 2);
        memory.fail_at = 0;
        if (instance) ck_assert_int_eq(tg_instance_run(instance), TG_OK);
        else ck_assert_int_eq(tg_tape_status(on), TG_ERR_MEMORY);
        refused += !instance; /* it may do with fewer threads */
        tg_instance_free(instance);
        tg_tape_clear_error(on);
        ck_assert_int_eq(tg_run(plan), TG_OK);
        if (memory.failures == failures) break;
    }
    ck_assert_uint_gt(refused, 5);
    tg_plan_free(plan);
    tg_tape_free(on);
    tg_store_free(own);
    ck_assert_uint_eq(memory.live, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("instances");
    TCase *all = tcase_create("instances");
    tcase_add_checked_fixture(all, open_tape, close_tape);
    tcase_add_loop_test(all, instances_run_at_once, 0, 2);
    tcase_add_test(all, an_instance_has_inputs_and_values_of_its_own);
    tcase_add_test(all, an_instance_of_a_naive_plan_runs_too);
    tcase_add_test(all, plans_that_assign_or_count_draws_have_no_instances);
    tcase_add_test(all, bad_calls_are_errors_of_the_instance);
    tcase_add_test(all, an_instance_may_outlive_its_plan_and_its_tape);
    tcase_add_test(all, without_memory_there_is_an_error_and_no_instance);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
