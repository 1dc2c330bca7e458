/* test_value.c: whose value a node has, and when: compiled plans, define-by-run and its cache,
 * commit, what a rewind does to plans; the trap; denormals and the floating-point environment. */
#include <tapegrad.h>

#include "exec/plan.h" /* before recorded.h, which takes the names store and tape */

#include "tests/support/captured.h"
#include "numbers.h"

#include <fenv.h>

static size_t cached_plans(void)
{
    size_t count = 0;
    for (const tg_plan *plan = tape->cached; plan; plan = plan->next) count++;
    return count;
}

/* ---- Compiled plans --------------------------------------------------------------------- */

START_TEST(leaves_and_views_can_be_kept)
{
    tg_var *w = tg_param(store, "w", TG_SHAPE(2, 3), (tg_init){ TG_INIT_UNIFORM, 0, 1 });
    tg_tensor *x = tg_input(tape, "x", TG_F64, TG_SHAPE(2));
    const double data[2] = { 1, 2 };
    double weights[6], got[6];
    ck_assert_int_eq(tg_var_get(w, weights, 6), TG_OK);
    tg_tensor *read = tg_read(tape, w), *turned = tg_transpose(read);
    tg_tensor *number = tg_number(tape, 3), *wide = tg_broadcast(number, TG_SHAPE(2));
    tg_tensor *part = tg_slice(x, 0, 1, 2, 1);
    tg_tensor *c = tg_constant(tape, TG_F64, TG_SHAPE(2), (const double[]){ 8, 9 });
    tg_plan *plan = tg_compile(tape, read, turned, number, wide, .keep = TG_LIST(x, part, c, wide));
    ck_assert_int_eq(tg_feed(x, data, 2), TG_OK);
    run(plan);
    ck_values(read, 6, weights);
    ck_assert_int_eq(tg_get(turned, got, 6), TG_OK);
    for (int i = 0; i < 6; i++) ck_assert(got[i] == weights[i % 2 * 3 + i / 2]);
    ck_assert(tg_item(number) == 3);
    ck_values(wide, 2, (const double[]){ 3, 3 });
    ck_values(x, 2, data);
    ck_values(part, 1, (const double[]){ 2 });
    ck_values(c, 2, (const double[]){ 8, 9 });
    tg_plan_free(plan);
    ck_assert_int_eq(tg_feed(x, data, 2), TG_OK); /* the plan's end is not the input's */
    ck_values(x, 2, data);
    ck_values(c, 2, (const double[]){ 8, 9 });
}
END_TEST

START_TEST(a_naive_plan_keeps_leaves_too)
{
    tg_tensor *x = number_input("x");
    tg_plan *plan = tg_compile(tape, x, tg_exp(x), .naive = true);
    feed(x, 2);
    ck_assert(tg_item(x) == 2); /* what was fed needs no run */
    run(plan);
    ck_assert(tg_item(x) == 2);
    tg_plan_free(plan);
    feed(x, 3);
    ck_assert(tg_item(x) == 3);
}
END_TEST

START_TEST(what_was_not_kept_is_an_error_that_says_how_to_keep_it)
{
    tg_tensor *x = number_input("x"), *y = tg_name(tg_exp(x), "hidden"), *z = tg_log(y);
    tg_plan *plan = tg_compile(tape, z);
    ck_assert(isnan(tg_item(z)));
    ck_assert_int_eq(tg_tape_status(tape), TG_ERR_STATE);
    ck_says("has not run yet; tg_run it first");
    tg_tape_clear_error(tape);
    feed(x, 3);
    run(plan);
    ck_close(tg_item(z), 3, 1e-15);
    double value = 7;
    ck_assert_int_eq(tg_get(y, &value, 1), TG_ERR_STATE);
    ck_assert(value == 7);
    ck_says("does not keep its value; name it in tg_compile(tape, ..., node)");
    ck_says("hidden");
    ck_says("test_value.c:");
    tg_tape_clear_error(tape);
    ck_assert(tg_item(x) == 3);
    tg_plan_free(plan);
    ck_close(tg_item(y), exp(3), 1e-15); /* no plan covers it any more */
}
END_TEST

START_TEST(a_value_from_before_compiling_is_not_taken_for_the_plans)
{
    tg_tensor *x = number_input("x"), *y = tg_exp(x), *z = tg_neg(y);
    feed(x, 0);
    ck_assert(tg_item(y) == 1);
    tg_plan *plan = tg_compile(tape, z);
    feed(x, 1);
    run(plan);
    ck_assert(isnan(tg_item(y)));
    ck_says("does not keep");
    tg_tape_clear_error(tape);
    tg_plan_free(plan);
}
END_TEST

START_TEST(a_value_is_that_of_the_last_run_that_kept_it)
{
    tg_var *w = scalar("w", 1);
    tg_tensor *x = number_input("x"), *y = tg_mul(x, tg_read(tape, w));
    tg_assign(w, tg_add_num(tg_read(tape, w), 1));
    tg_plan *step = tg_compile(tape, y), *pure = tg_compile_pure(tape, y);
    tg_plan *other = tg_compile_pure(tape, tg_neg(y), .naive = true); /* covers y, keeps it not */
    feed(x, 10);
    run(step); /* w becomes 2 */
    ck_assert(tg_item(y) == 10);
    run(pure);
    ck_assert(tg_item(y) == 20);
    run(step);
    ck_assert(tg_item(y) == 20);
    run(other);
    ck_assert(tg_item(y) == 20);
    run(pure);
    ck_assert(tg_item(y) == 30);
    tg_plan *late = tg_compile_pure(tape, y); /* compiling is not running */
    ck_assert(tg_item(y) == 30);
    feed(x, 100); /* nor is feeding */
    ck_assert(tg_item(y) == 30);
    run(late);
    ck_assert(tg_item(y) == 300);
    tg_plan_free(other);
    tg_plan_free(late);
    run(step);
    ck_assert(tg_item(y) == 300);
    tg_plan_free(pure);
    tg_plan_free(step);
}
END_TEST

START_TEST(a_failed_run_leaves_no_values_until_a_good_one)
{
    tg_tensor *x = number_input("x");
    tg_tensor *index = tg_input(tape, "index", TG_I64, TG_SHAPE(1));
    tg_tensor *table = tg_iota(tape, TG_F64, 3), *row = tg_gather(table, index, 0);
    tg_tensor *y = tg_neg(x);
    tg_plan *plan = tg_compile(tape, y, tg_sum(row));
    feed(x, 1);
    run(plan);
    ck_assert(tg_item(y) == -1);
    const int64_t bad = INT64_MIN;
    ck_assert_int_eq(tg_feed(index, &bad, 1), TG_OK);
    ck_assert_int_eq(tg_run(plan), TG_ERR_INDEX);
    ck_assert_ptr_nonnull(strstr(tg_plan_error(plan), "-9223372036854775808"));
    ck_assert_int_eq(tg_tape_run_status(tape), TG_ERR_INDEX);
    ck_assert_str_eq(tg_tape_run_error(tape), tg_plan_error(plan));
    ck_assert_int_eq(tg_tape_status(tape), TG_OK);
    ck_assert(isnan(tg_item(y)));
    ck_no_error();
    const int64_t good = 0;
    ck_assert_int_eq(tg_feed(index, &good, 1), TG_OK);
    run(plan);
    ck_assert_int_eq(tg_tape_run_status(tape), TG_OK);
    ck_assert_str_eq(tg_tape_run_error(tape), "");
    ck_assert(tg_item(y) == -1);
    ck_assert_int_eq(tg_tape_run_status(NULL), TG_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(tg_tape_run_error(NULL), "the tape is NULL"));
    tg_plan_free(plan);
}
END_TEST

/* ---- Define-by-run ---------------------------------------------------------------------- */

START_TEST(values_are_there_when_asked_for)
{
    tg_tensor *x = tg_number(tape, 2), *y = tg_mul(x, x);
    ck_assert(tg_item(y) == 4);
    tg_tensor *z = tg_item(y) > 3 ? tg_add(y, x) : tg_sub(y, x);
    ck_assert(tg_item(z) == 6);
    ck_assert(tg_item(tg_grad(z, x)) == 5);
    ck_no_error();
}
END_TEST

START_TEST(feeding_again_recomputes)
{
    tg_tensor *x = number_input("x"), *y = tg_square(x), *z = tg_neg(y);
    ck_assert(tg_item(z) == 0); /* zeros until fed */
    for (int i = 1; i < 5; i++) {
        feed(x, i);
        ck_assert(tg_item(z) == -i * i);
        ck_assert(tg_item(y) == i * i);
    }
}
END_TEST

static double one_step(double constant, int64_t rows, bool extra)
{
    tg_rewind(tape);
    tg_tensor *x = tg_full(tape, TG_F64, TG_SHAPE(rows, 3), 2);
    tg_tensor *y = tg_sum(tg_mul_num(x, constant));
    if (extra) y = tg_neg(y);
    return tg_item(y);
}

START_TEST(the_same_structure_reuses_its_plan_whatever_the_numbers)
{
    ck_assert(one_step(2.5, 4, false) == 60);
    const tg_plan *first = tape->cached;
    const size_t plans = cached_plans();
    for (int i = 2; i < 50; i++) ck_assert(one_step(i + 0.5, 4, false) == 24 * (i + 0.5));
    ck_assert_uint_eq(cached_plans(), plans);
    ck_assert_ptr_eq(tape->cached, first);
    ck_assert(one_step(2.5, 5, false) == 75); /* another shape */
    ck_assert_uint_eq(cached_plans(), plans + 1);
    ck_assert(one_step(2.5, 4, true) == -60); /* another operation */
    ck_assert_uint_eq(cached_plans(), plans + 2);
    ck_assert(one_step(1, 4, false) == 24); /* 1 is structure: x * 1 vanishes */
    ck_assert_uint_eq(cached_plans(), plans + 3);
    ck_assert(one_step(0, 4, false) == 0);
    ck_assert(one_step(-1, 4, false) == -24);
    ck_assert(one_step(7, 4, false) == 168);
    ck_assert_ptr_eq(tape->cached, first); /* found again, and moved to the front */
    ck_assert_uint_eq(cached_plans(), plans + 5);
    ck_assert(isnan(one_step((double)NAN, 4, false)));
    ck_assert_uint_eq(cached_plans(), plans + 5);
}
END_TEST

START_TEST(the_cache_does_not_grow_without_end)
{
    for (int i = 1; i < 100; i++) ck_assert(one_step(2, i, false) == 12 * i);
    ck_assert_uint_le(cached_plans(), 32);
}
END_TEST

START_TEST(numbers_that_happen_to_be_equal_stay_apart_in_a_cached_plan)
{
    for (int i = 0; i < 3; i++) {
        tg_rewind(tape);
        const double a = 5, b = i == 1 ? 9 : 5;
        tg_tensor *x = tg_full(tape, TG_F64, TG_SHAPE(3), 1.5);
        tg_tensor *y = tg_sub(tg_mul_num(x, a), tg_mul_num(x, b));
        ck_assert(tg_item(tg_sum(y)) == 4.5 * (a - b));
    }
}
END_TEST

START_TEST(a_cached_plan_reads_the_constants_and_inputs_of_its_recording)
{
    for (int i = 0; i < 4; i++) {
        tg_rewind(tape);
        const double data[2] = { i, i + 1 };
        tg_tensor *c = tg_constant(tape, TG_F64, TG_SHAPE(2), data);
        tg_tensor *x = tg_input(tape, "x", TG_F64, TG_SHAPE(2));
        ck_assert_int_eq(tg_feed(x, data, 2), TG_OK);
        ck_assert(tg_item(tg_sum(tg_mul(c, x))) == i * i + (i + 1) * (i + 1));
        ck_assert_uint_eq(cached_plans(), 1);
    }
}
END_TEST

START_TEST(an_error_of_the_run_does_not_stick_and_names_the_line)
{
    tg_tensor *index = tg_input(tape, "index", TG_I32, TG_SHAPE(1));
    tg_tensor *row = tg_gather(tg_iota(tape, TG_F64, 3), index, 0);
    const int line = __LINE__ - 1;
    const int32_t bad = 3, good = 2;
    ck_assert_int_eq(tg_feed(index, &bad, 1), TG_OK);
    double value = 7;
    ck_assert_int_eq(tg_get(row, &value, 1), TG_ERR_INDEX);
    ck_assert(value == 7);
    ck_no_error();
    FILE *out = capture();
    ck_assert_int_eq(tg_report(tape, out), 1);
    (void)fclose(out);
    char place[64];
    (void)snprintf(place, sizeof place, "test_value.c:%d: tg_gather: index 3", line);
    ck_captured(place);
    ck_assert(isnan(tg_item(tg_sum(row))));
    ck_assert_int_eq(tg_feed(index, &good, 1), TG_OK);
    ck_assert(tg_item(tg_sum(row)) == 2);
    ck_assert_int_eq(tg_get(row, &value, 1), TG_OK);
    ck_assert(value == 2);
    ck_assert_int_eq(tg_report(tape, NULL), 0); /* the last run was a good one */
}
END_TEST

/* ---- Commit ----------------------------------------------------------------------------- */

START_TEST(commit_makes_the_assignments_once)
{
    tg_var *w = scalar("w", 3), *v = scalar("v", 1);
    tg_tensor *loss = tg_square(tg_read(tape, w));
    tg_assign(w, tg_sub(tg_read(tape, w), tg_mul_num(tg_grad(loss, tg_read(tape, w)), 0.5)));
    tg_assign(v, tg_read(tape, w)); /* sees the value from before */
    ck_assert(tg_item(loss) == 9);
    ck_assert(value_of(w) == 3); /* reading assigns nothing */
    ck_assert_int_eq(tg_commit(tape), TG_OK);
    ck_assert(value_of(w) == 0 && value_of(v) == 3);
    ck_assert_int_eq(tg_store_step(store), 1);
    ck_assert(isnan(tg_item(loss))); /* it was read before, but of the old weights */
    ck_says("variables have changed");
    tg_tape_clear_error(tape);
    ck_assert_int_eq(tg_commit(tape), TG_ERR_STATE);
    ck_says("made already");
    tg_tape_clear_error(tape);
    ck_assert(value_of(w) == 0);
    ck_assert_int_eq(tg_store_step(store), 1);
    ck_assert(isnan(tg_item(tg_exp(tg_read(tape, w)))));
    ck_assert_int_eq(tg_tape_status(tape), TG_ERR_STATE);
    ck_says("variables have changed");
    ck_assert_int_eq(tg_commit(NULL), TG_ERR_ARGUMENT);
}
END_TEST

START_TEST(after_a_commit_a_fed_again_input_gives_no_value_of_mixed_weights)
{
    tg_var *w = scalar("w", 3);
    tg_tensor *x = number_input("x"), *y = tg_mul(x, tg_read(tape, w));
    feed(x, 2);
    tg_assign(w, y);
    ck_assert(tg_item(y) == 6);
    ck_assert_int_eq(tg_commit(tape), TG_OK);
    feed(x, 5);
    ck_assert(isnan(tg_item(y)));
    ck_says("variables have changed");
}
END_TEST

START_TEST(define_by_run_trains_as_a_compiled_plan_does)
{
    enum { STEPS = 20 };
    double compiled[STEPS], dynamic[STEPS];
    for (int way = 0; way < 2; way++) {
        tg_store *own = tg_store_new(.seed = 4, .dtype = TG_F64);
        tg_tape *program = tg_tape_new(own);
        tg_linear layer = tg_linear_new(own, "layer", 3, 2);
        tg_plan *step = NULL;
        tg_tensor *loss = NULL;
        for (int i = 0; i < STEPS; i++) {
            if (i == 0 || way == 1) {
                tg_rewind(program);
                tg_tensor *x = tg_full(program, TG_F64, TG_SHAPE(4, 3), 0.5);
                loss = tg_sum(tg_square(tg_tanh(tg_linear_apply(&layer, x))));
                tg_adam(loss, .lr = 0.05);
            }
            if (way == 0) {
                if (!step) step = tg_compile(program, loss);
                ck_assert_int_eq(tg_run(step), TG_OK);
                compiled[i] = tg_item(loss);
            } else {
                dynamic[i] = tg_item(loss);
                ck_assert_int_eq(tg_commit(program), TG_OK);
            }
        }
        tg_plan_free(step);
        tg_tape_free(program);
        tg_store_free(own);
    }
    for (int i = 0; i < STEPS; i++) ck_close(dynamic[i], compiled[i], 1e-13);
    ck_assert(compiled[STEPS - 1] < compiled[0]);
}
END_TEST

START_TEST(commit_with_inputs_constants_and_numbers_as_values)
{
    tg_var *a = scalar("a", 1), *b = scalar("b", 2), *c = scalar("c", 3), *d = scalar("d", 4);
    tg_tensor *x = number_input("x");
    feed(x, 10);
    tg_assign(a, x);
    tg_assign(b, tg_constant(tape, TG_F64, TG_SCALAR, (const double[]){ 20 }));
    tg_assign(c, tg_number(tape, 30));
    tg_assign(d, tg_read(tape, a));
    ck_assert_int_eq(tg_commit(tape), TG_OK);
    ck_assert(value_of(a) == 10 && value_of(b) == 20 && value_of(c) == 30 && value_of(d) == 1);
}
END_TEST

START_TEST(a_failed_commit_assigns_nothing_and_can_be_tried_again)
{
    tg_var *w = scalar("w", 3), *v = scalar("v", 4);
    tg_tensor *index = tg_input(tape, "index", TG_I32, TG_SHAPE(1));
    tg_assign(w, tg_number(tape, 5));
    tg_assign(v, tg_sum(tg_gather(tg_iota(tape, TG_F64, 3), index, 0)));
    const int32_t bad = -1, good = 1;
    ck_assert_int_eq(tg_feed(index, &bad, 1), TG_OK);
    ck_assert_int_eq(tg_commit(tape), TG_ERR_INDEX);
    ck_assert(value_of(w) == 3 && value_of(v) == 4);
    ck_assert_int_eq(tg_store_step(store), 0);
    ck_assert_int_eq(tg_feed(index, &good, 1), TG_OK);
    ck_assert_int_eq(tg_commit(tape), TG_OK);
    ck_assert(value_of(w) == 5 && value_of(v) == 1);
}
END_TEST

START_TEST(what_a_compiled_plan_assigns_cannot_be_committed)
{
    tg_var *w = scalar("w", 3);
    tg_assign(w, tg_mul_num(tg_read(tape, w), 2));
    tg_plan *plan = tg_compile(tape);
    ck_assert_int_eq(tg_commit(tape), TG_ERR_STATE);
    ck_says("part of a compiled plan");
    tg_tape_clear_error(tape);
    tg_plan_free(plan);
    ck_assert_int_eq(tg_commit(tape), TG_OK);
    ck_assert(value_of(w) == 6);
}
END_TEST

/* ---- Plans after their tape's nodes ------------------------------------------------------------
 */

START_TEST(a_plan_whose_tape_was_rewound_can_not_run)
{
    tg_tensor *y = tg_exp(number_input("x"));
    tg_plan *plan = tg_compile(tape, y);
    run(plan);
    tg_rewind(tape);
    ck_assert_int_eq(tg_run(plan), TG_ERR_STATE);
    ck_assert_ptr_nonnull(strstr(tg_plan_error(plan), "rewound"));
    ck_no_error();
    ck_assert_uint_gt(tg_plan_bytes(plan), 0);
    tg_plan *fresh = tg_compile(tape, tg_exp(number_input("x")));
    run(fresh);
    tg_plan_free(plan);
    run(fresh);
    tg_plan_free(fresh);
}
END_TEST

START_TEST(a_plan_may_be_freed_after_its_tape)
{
    tg_tape *program = tg_tape_new(store);
    tg_tensor *x = tg_name(tg_number(program, 1), "name");
    tg_plan *plan = tg_compile(program, tg_exp(x), .threads = 2);
    tg_plan *naive = tg_compile(program, tg_exp(x), .naive = true);
    ck_assert_int_eq(tg_run(plan), TG_OK);
    tg_tape_free(program);
    ck_assert_int_eq(tg_run(plan), TG_ERR_STATE);
    tg_plan_free(plan);
    tg_plan_free(naive);
    tg_plan_free(NULL);
    ck_assert_int_eq(tg_run(NULL), TG_ERR_ARGUMENT);
    ck_assert_uint_eq(tg_plan_bytes(NULL), 0);
    ck_assert_uint_eq(tg_plan_kernels(NULL), 0);
    ck_assert_ptr_nonnull(strstr(tg_plan_error(NULL), "NULL"));
}
END_TEST

/* ---- The trap
 * -------------------------------------------------------------------------------------- */

START_TEST(the_trap_names_the_first_bad_node_its_line_and_its_operands)
{
    tg_var *w = scalar("w", 5);
    tg_tensor *x = tg_input(tape, "x", TG_F64, TG_SHAPE(3));
    tg_tensor *y = tg_name(tg_log(x), "scores");
    const int line = __LINE__ - 1;
    tg_tensor *loss = tg_sum(tg_mul(tg_exp(y), tg_read(tape, w)));
    tg_assign(w, loss);
    tg_plan *plan = tg_compile(tape, loss, .trap = true);
    const double good[3] = { 1, 2, 3 }, bad[3] = { 4, -1, 0 };
    ck_assert_int_eq(tg_feed(x, good, 3), TG_OK);
    run(plan);
    ck_close(value_of(w), 30, 1e-14);
    ck_assert_int_eq(tg_feed(x, bad, 3), TG_OK);
    ck_assert_int_eq(tg_run(plan), TG_ERR_NUMERIC);
    char words[64];
    (void)snprintf(words, sizeof words, "test_value.c:%d: node %%1, log scores", line);
    ck_assert_msg(strstr(tg_plan_error(plan), words) != NULL, "%s", tg_plan_error(plan));
    ck_assert_ptr_nonnull(strstr(tg_plan_error(plan), "1 NaN"));
    ck_assert_ptr_nonnull(strstr(tg_plan_error(plan), "operand %0 input"));
    ck_assert_ptr_nonnull(strstr(tg_plan_error(plan), "[3] f64 from -1 to 4"));
    ck_close(value_of(w), 30, 1e-14); /* nothing is assigned */
    ck_no_error();
    tg_plan_free(plan);
    plan = tg_compile(tape, loss);
    ck_assert_int_eq(tg_run(plan), TG_OK); /* without the trap, a NaN is a value */
    ck_assert(isnan(tg_item(loss)));
    tg_plan_free(plan);
}
END_TEST

/* ---- Denormals and the floating-point environment
 * ---------------------------------------------------- */

static double tiny(bool keep, tg_dtype dtype, bool naive, int64_t count)
{
    tg_store *own = tg_store_new(.seed = 1, .keep_denormals = keep);
    tg_tape *program = tg_tape_new(own);
    const double small = dtype == TG_F32 ? 0x1p-100 : 0x1p-700;
    tg_tensor *x = tg_input(program, "x", dtype, TG_SHAPE(count));
    double wide[64];
    float narrow[64];
    for (int i = 0; i < 64; i++) narrow[i] = (float)(wide[i] = small);
    if (dtype == TG_F32) ck_assert_int_eq(tg_feed(x, narrow, (size_t)count), TG_OK);
    else ck_assert_int_eq(tg_feed(x, wide, (size_t)count), TG_OK);
    tg_tensor *y = tg_mul_num(x, dtype == TG_F32 ? 0x1p-40 : 0x1p-360);
    tg_plan *plan = tg_compile(program, y, .naive = naive);
    ck_assert_int_eq(tg_run(plan), TG_OK);
    double got = (double)NAN;
    if (dtype == TG_F32) {
        ck_assert_int_eq(tg_get(y, narrow, (size_t)count), TG_OK);
        got = (double)narrow[0];
    } else {
        ck_assert_int_eq(tg_get(y, wide, (size_t)count), TG_OK);
        got = wide[0];
    }
    tg_plan_free(plan);
    tg_tape_free(program);
    tg_store_free(own);
    return got;
}

/* Can denormals be flushed here at all? Not under valgrind, nor on every processor. */
static bool flushing_works(void)
{
    volatile float small = 0x1p-126f;
    const tg__fpu fpu = tg__fpu_enter(true);
    small = small * 0.25f;
    tg__fpu_leave(fpu);
    return small == 0;
}

START_TEST(denormals_are_flushed_for_floats_alone_and_only_by_default)
{
    for (int naive = 0; naive < 2; naive++) {
        if (flushing_works()) ck_assert(tiny(false, TG_F32, naive, 64) == 0);
        ck_assert(tiny(true, TG_F32, naive, 64) == 0x1p-140);
        ck_assert(tiny(false, TG_F64, naive, 64) == 0x1p-1060);
        ck_assert(tiny(true, TG_F64, naive, 64) == 0x1p-1060);
        ck_assert(tiny(false, TG_F32, naive, 1) == tiny(false, TG_F32, 1, 1));
    }
}
END_TEST

/* Each in its own way, in every block of a loop, whichever comes first. */
START_TEST(floats_and_doubles_of_one_loop_are_flushed_each_as_they_are_alone)
{
    enum { COUNT = 5000 };
    static float narrow[COUNT];
    static double wide[COUNT], got[COUNT];
    for (int i = 0; i < COUNT; i++) narrow[i] = 0x1p-100f, wide[i] = 0x1p-700;
    const double want = flushing_works() ? 0x1p-1060 : 0x1p-140;
    for (int naive = 0; naive < 2; naive++)
        for (int first = 0; first < 2; first++) {
            tg_rewind(tape);
            tg_tensor *x = tg_input(tape, "x", TG_F32, TG_SHAPE(COUNT));
            tg_tensor *y = tg_input(tape, "y", TG_F64, TG_SHAPE(COUNT));
            tg_feed(x, narrow, COUNT);
            tg_feed(y, wide, COUNT);
            tg_tensor *a = tg_cast(tg_mul_num(x, 0x1p-40), TG_F64), *b = tg_mul_num(y, 0x1p-360);
            tg_tensor *sum = first ? tg_add(a, b) : tg_add(b, a);
            tg_plan *plan = tg_compile(tape, sum, .naive = naive);
            ck_no_error();
            if (!naive) ck_assert_uint_eq(tg_plan_kernels(plan), 1);
            run(plan);
            ck_assert_int_eq(tg_get(sum, got, COUNT), TG_OK);
            for (int i = 0; i < COUNT; i++)
                ck_assert_msg(got[i] == want, "%s, %d: %d is %a", naive ? "naive" : "planned",
                              first, i, got[i]);
            tg_plan_free(plan);
        }
}
END_TEST

START_TEST(a_run_leaves_the_floating_point_environment_as_it_was)
{
    tg_tensor *x = tg_input(tape, "x", TG_F32, TG_SHAPE(300, 20));
    tg_tensor *y = tg_sum(tg_exp(tg_div(tg_matmul(x, tg_transpose(x)), tg_sum(x))));
    tg_plan *plan = tg_compile(tape, y, tg_grad(y, x), .threads = 2);
    ck_no_error();
    ck_assert_int_eq(fesetround(FE_DOWNWARD), 0);
    (void)feclearexcept(FE_ALL_EXCEPT);
    (void)feraiseexcept(FE_UNDERFLOW);
    const int before = fetestexcept(FE_ALL_EXCEPT); /* nothing, under valgrind */
    run(plan);                                      /* 0 / 0: raises invalid within */
    const int mode = fegetround(), raised = fetestexcept(FE_ALL_EXCEPT);
    volatile float small = 0x1p-126f;
    small = small * 0.25f; /* not flushed out here */
    (void)fesetround(FE_TONEAREST);
    ck_assert_int_eq(mode, FE_DOWNWARD);
    ck_assert_int_eq(raised, before);
    ck_assert(small > 0);
    tg_plan_free(plan);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("value");
    TCase *all = tcase_create("value");
    tcase_add_checked_fixture(all, open_tape, close_tape);
    tcase_add_test(all, leaves_and_views_can_be_kept);
    tcase_add_test(all, a_naive_plan_keeps_leaves_too);
    tcase_add_test(all, what_was_not_kept_is_an_error_that_says_how_to_keep_it);
    tcase_add_test(all, a_value_from_before_compiling_is_not_taken_for_the_plans);
    tcase_add_test(all, a_value_is_that_of_the_last_run_that_kept_it);
    tcase_add_test(all, a_failed_run_leaves_no_values_until_a_good_one);
    tcase_add_test(all, values_are_there_when_asked_for);
    tcase_add_test(all, feeding_again_recomputes);
    tcase_add_test(all, the_same_structure_reuses_its_plan_whatever_the_numbers);
    tcase_add_test(all, the_cache_does_not_grow_without_end);
    tcase_add_test(all, numbers_that_happen_to_be_equal_stay_apart_in_a_cached_plan);
    tcase_add_test(all, a_cached_plan_reads_the_constants_and_inputs_of_its_recording);
    tcase_add_test(all, an_error_of_the_run_does_not_stick_and_names_the_line);
    tcase_add_test(all, commit_makes_the_assignments_once);
    tcase_add_test(all, after_a_commit_a_fed_again_input_gives_no_value_of_mixed_weights);
    tcase_add_test(all, define_by_run_trains_as_a_compiled_plan_does);
    tcase_add_test(all, commit_with_inputs_constants_and_numbers_as_values);
    tcase_add_test(all, a_failed_commit_assigns_nothing_and_can_be_tried_again);
    tcase_add_test(all, what_a_compiled_plan_assigns_cannot_be_committed);
    tcase_add_test(all, a_plan_whose_tape_was_rewound_can_not_run);
    tcase_add_test(all, a_plan_may_be_freed_after_its_tape);
    tcase_add_test(all, the_trap_names_the_first_bad_node_its_line_and_its_operands);
    tcase_add_test(all, denormals_are_flushed_for_floats_alone_and_only_by_default);
    tcase_add_test(all, floats_and_doubles_of_one_loop_are_flushed_each_as_they_are_alone);
    tcase_add_test(all, a_run_leaves_the_floating_point_environment_as_it_was);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
