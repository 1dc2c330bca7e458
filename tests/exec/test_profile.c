/* test_profile.c: what a profile counts, against what the kernels are known to do; that it changes
 * no result; the table and the trace; and failed allocations. Times are only compared with each
 * other. */
#include "tests/support/failing_allocator.h"
#include "tests/support/recorded.h"

#include <jansson.h>
#include <stdio.h>

enum { M = 20, K = 30, N = 40 };

/* One product, and a loop that takes its result to a mean over each row and a softmax. */
typedef struct network {
    tg_tensor *x, *w, *y, *mean;
    tg_plan *plan;
} network;

static network make_network(bool profile)
{
    network n = { .x = tg_input(tape, "x", TG_F64, TG_SHAPE(M, K)),
                  .w = tg_input(tape, "w", TG_F64, TG_SHAPE(K, N)) };
    n.y = tg_softmax(tg_matmul(n.x, n.w), -1);
    n.plan = tg_compile(tape, n.y, .profile = profile);
    ck_no_error();
    double values[K * N];
    for (int i = 0; i < K * N; i++) values[i] = 0.01 * (i % 97) - 0.5;
    ck_assert_int_eq(tg_feed(n.x, values, M * K), TG_OK);
    ck_assert_int_eq(tg_feed(n.w, values, K * N), TG_OK);
    return n;
}

/* The text that a function prints; to be freed. */
static char *printed(void (*print)(tg_plan *, FILE *), tg_plan *plan)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    ck_assert_ptr_nonnull(out);
    print(plan, out);
    ck_assert_int_eq(fclose(out), 0);
    return text;
}

START_TEST(kernels_are_counted_and_measured)
{
    const network n = make_network(true);
    for (int i = 0; i < 7; i++) run(n.plan);
    ck_assert_uint_eq(tg_profile_count(n.plan), tg_plan_kernels(n.plan));
    ck_assert_uint_eq(tg_profile_count(n.plan), 2);
    double before = 1e300;
    for (size_t i = 0; i < 2; i++) {
        const tg_profile_row row = tg_profile_nth(n.plan, i);
        const bool product = strcmp(row.backend, "call") == 0;
        ck_assert_int_eq(row.runs, 7);
        ck_assert(row.seconds > 0 && row.seconds <= before);
        before = row.seconds;
        ck_assert_msg(row.file && strstr(row.file, "test_profile.c"), "%s", row.file);
        ck_assert(row.limit > 0);
        if (product) {
            ck_assert_int_eq(row.values, 1);
            ck_assert(row.operations == 2.0 * M * K * N);
            ck_assert(row.bytes == 8.0 * (M * K + K * N + M * N));
        } else {
            ck_assert_str_eq(row.backend, "loop");
            /* max, sub, exp, sum, div: of M N elements each */
            ck_assert_int_eq(row.values, 5);
            ck_assert(row.operations == 5.0 * M * N);
            ck_assert(row.bytes == 8.0 * (M * N + M * N));
        }
    }
    const tg_profile_row none = tg_profile_nth(n.plan, 2);
    ck_assert(none.runs == 0 && none.backend == NULL && none.seconds == 0);
    tg_plan_free(n.plan);
}
END_TEST

START_TEST(a_plan_is_measured_only_when_asked)
{
    const network n = make_network(false);
    double plain[M * N], measured[M * N];
    run(n.plan);
    ck_assert_int_eq(tg_get(n.y, plain, M * N), TG_OK);
    ck_assert_uint_eq(tg_profile_count(n.plan), 0);
    ck_assert_int_eq(tg_profile(n.plan, true), TG_OK);
    ck_assert_uint_eq(tg_profile_count(n.plan), 0);
    run(n.plan);
    run(n.plan);
    ck_assert_int_eq(tg_get(n.y, measured, M * N), TG_OK);
    ck_assert_mem_eq(plain, measured, sizeof plain);
    ck_assert_int_eq(tg_profile(n.plan, false), TG_OK);
    run(n.plan);
    ck_assert_int_eq(tg_profile_nth(n.plan, 0).runs, 2);
    ck_assert_int_eq(tg_profile(n.plan, true), TG_OK);
    run(n.plan);
    ck_assert_int_eq(tg_profile_nth(n.plan, 1).runs, 3);
    tg_profile_reset(n.plan);
    ck_assert_uint_eq(tg_profile_count(n.plan), 0);
    run(n.plan);
    ck_assert_int_eq(tg_profile_nth(n.plan, 0).runs, 1);
    tg_plan_free(n.plan);
    ck_assert_int_eq(tg_profile(NULL, true), TG_ERR_ARGUMENT);
    ck_assert_uint_eq(tg_profile_count(NULL), 0);
    ck_assert_int_eq(tg_profile_nth(NULL, 0).runs, 0);
    tg_profile_reset(NULL);
    tg_profile_print(NULL, stdout);
    tg_profile_trace(NULL, stdout);
}
END_TEST

/* Constants are computed by the first run alone; and a run that fails is measured as far as it
 * came. */
START_TEST(kernels_that_did_not_run_are_not_counted)
{
    const double values[4] = { 1, 2, 3, 4 };
    int64_t wrong[1] = { 9 }, right[1] = { 1 };
    tg_tensor *c = tg_constant(tape, TG_F64, TG_SHAPE(2, 2), values);
    tg_tensor *at = tg_input(tape, "at", TG_I64, TG_SHAPE(1));
    tg_tensor *row = tg_gather(tg_matmul(c, c), at, 0);
    tg_plan *plan = tg_compile(tape, tg_tanh(row), .profile = true);
    ck_no_error();
    ck_assert_int_eq(tg_feed(at, right, 1), TG_OK);
    for (int i = 0; i < 3; i++) run(plan);
    int64_t once = 0;
    for (size_t i = 0; i < tg_profile_count(plan); i++) once += tg_profile_nth(plan, i).runs == 1;
    ck_assert_int_eq(once, 1);
    ck_assert_int_eq(tg_feed(at, wrong, 1), TG_OK);
    ck_assert_int_eq(tg_run(plan), TG_ERR_INDEX);
    int64_t fourth = 0;
    for (size_t i = 0; i < tg_profile_count(plan); i++) fourth += tg_profile_nth(plan, i).runs == 4;
    ck_assert_int_ge(fourth, 1);
    ck_assert_int_lt(fourth, (int64_t)tg_profile_count(plan) - 1);
    tg_plan_free(plan);
}
END_TEST

START_TEST(the_table_has_a_line_for_each_kernel)
{
    const network n = make_network(true);
    char *text = printed(tg_profile_print, n.plan);
    ck_assert_str_eq(text, "");
    free(text);
    for (int i = 0; i < 3; i++) run(n.plan);
    text = printed(tg_profile_print, n.plan);
    int lines = 0;
    for (const char *c = text; *c; c++) lines += *c == '\n';
    ck_assert_int_eq(lines, 3 + 2);
    ck_assert_msg(strncmp(text, "3 runs of a plan of 2 kernels", 29) == 0, "%s", text);
    ck_assert_ptr_nonnull(strstr(text, "call      dot"));
    ck_assert_ptr_nonnull(strstr(text, "loop      max sub exp sum div"));
    ck_assert_ptr_nonnull(strstr(text, "; test_profile.c:"));
    free(text);
    tg_plan_free(n.plan);
}
END_TEST

/* It is JSON; its events do not overlap, and are in the order of the runs. */
START_TEST(the_trace_has_an_event_for_each_kernel_that_ran)
{
    const network n = make_network(true);
    char *text = printed(tg_profile_trace, n.plan);
    json_t *empty = json_loads(text, 0, NULL);
    ck_assert_uint_eq(json_array_size(json_object_get(empty, "traceEvents")), 0);
    ck_assert_ptr_nonnull(empty);
    json_decref(empty);
    free(text);
    for (int i = 0; i < 4; i++) run(n.plan);
    text = printed(tg_profile_trace, n.plan);
    json_error_t error;
    json_t *trace = json_loads(text, 0, &error);
    ck_assert_msg(trace, "%s in %s", error.text, text);
    json_t *events = json_object_get(trace, "traceEvents"), *event;
    size_t i;
    double end = 0;
    ck_assert_uint_eq(json_array_size(events), 4 * 2);
    json_array_foreach(events, i, event)
    {
        const double at = json_number_value(json_object_get(event, "ts"));
        ck_assert_str_eq(json_string_value(json_object_get(event, "ph")), "X");
        ck_assert_str_eq(json_string_value(json_object_get(event, "cat")), i % 2 ? "loop" : "call");
        ck_assert(at >= end - 0.002); /* of microseconds there are three places */
        end = at + json_number_value(json_object_get(event, "dur"));
        const json_t *args = json_object_get(event, "args");
        ck_assert_int_eq(json_integer_value(json_object_get(args, "kernel")), (int)(i % 2));
        ck_assert(json_number_value(json_object_get(args, "bytes")) > 0);
    }
    json_decref(trace);
    free(text);
    tg_plan_free(n.plan);
}
END_TEST

START_TEST(naive_plans_are_measured_too)
{
    tg_tensor *x = tg_input(tape, "x", TG_F64, TG_SHAPE(M, K));
    tg_tensor *w = tg_input(tape, "w", TG_F64, TG_SHAPE(K, N));
    tg_plan *plan = tg_compile(tape, tg_exp(tg_matmul(x, w)), .naive = true, .profile = true);
    run(plan);
    double operations = 0, bytes = 0;
    for (size_t i = 0; i < tg_profile_count(plan); i++) {
        const tg_profile_row row = tg_profile_nth(plan, i);
        ck_assert_str_eq(row.backend, "naive");
        operations += row.operations;
        bytes += row.bytes;
    }
    ck_assert(operations == 2.0 * M * K * N + M * N);
    ck_assert(bytes == 8.0 * (M * K + K * N + 3 * M * N));
    tg_plan_free(plan);
}
END_TEST

START_TEST(without_memory_nothing_is_measured)
{
    failing_allocator memory = { .fail_at = 0 };
    tg_store *own =
        tg_store_new(.dtype = TG_F64,
                     .allocator = &(tg_allocator){ failing_alloc, failing_free, &memory });
    tg_tape *on = tg_tape_new(own);
    tg_tensor *x = tg_input(on, "x", TG_F64, TG_SHAPE(30, 30)), *y = tg_sum(tg_matmul(x, x));
    tg_plan *plan = tg_compile(on, y);
    size_t refused = 0;
    for (size_t n = 1;; n++) {
        memory.fail_at = memory.calls + n;
        const tg_status status = tg_profile(plan, true);
        memory.fail_at = 0;
        ck_assert_int_eq(tg_run(plan), TG_OK);
        if (status == TG_OK) break;
        ck_assert_int_eq(status, TG_ERR_MEMORY);
        ck_assert_uint_eq(tg_profile_count(plan), 0);
        refused++;
    }
    ck_assert_uint_gt(refused, 4);
    /* Where nothing can be measured there are no limits. */
    memory.fail_at = memory.calls + 1;
    memory.persistent = true;
    ck_assert(tg_profile_nth(plan, 0).limit == 0);
    ck_assert_int_eq(tg_profile_nth(plan, 0).runs, 1);
    memory.fail_at = 0;
    memory.persistent = false;
    tg_plan_free(plan);
    /* A compilation that cannot measure is refused. */
    bool made = false;
    for (size_t n = 1; !made; n++) {
        memory.fail_at = memory.calls + n;
        plan = tg_compile(on, y, .profile = true);
        memory.fail_at = 0;
        made = plan != NULL;
        if (!made) ck_assert_int_eq(tg_tape_status(on), TG_ERR_MEMORY);
        tg_tape_clear_error(on);
        tg_plan_free(plan);
    }
    tg_tape_free(on);
    tg_store_free(own);
    ck_assert_uint_eq(memory.live, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("profile");
    TCase *all = tcase_create("profile");
    tcase_add_checked_fixture(all, open_tape, close_tape);
    tcase_add_test(all, kernels_are_counted_and_measured);
    tcase_add_test(all, a_plan_is_measured_only_when_asked);
    tcase_add_test(all, kernels_that_did_not_run_are_not_counted);
    tcase_add_test(all, the_table_has_a_line_for_each_kernel);
    tcase_add_test(all, the_trace_has_an_event_for_each_kernel_that_ran);
    tcase_add_test(all, naive_plans_are_measured_too);
    tcase_add_test(all, without_memory_nothing_is_measured);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
