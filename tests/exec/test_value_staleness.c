/* test_value_staleness.c: that no value is older than what it is made from, and that values of two
 * ages never meet; what reading step by step costs; handles from before a rewind. */
#include <tapegrad.h>

#include "exec/plan.h" /* before recorded.h, which takes the names store and tape */

#include "numbers.h"

#include <unistd.h>

static void set(tg_var *var, double value) { ck_assert_int_eq(tg_var_set(var, &value, 1), TG_OK); }

/* Refused as a value of two ages, in words that say what to do. */
static void ck_mixed(tg_tensor *x)
{
    ck_no_error();
    ck_assert(isnan(tg_item(x)));
    ck_assert_int_eq(tg_tape_status(tape), TG_ERR_STATE);
    ck_says("tg_item: ");
    ck_says("of two ages");
    ck_says("name it in tg_compile");
    tg_tape_clear_error(tape);
}

static size_t cached_plans(void)
{
    size_t count = 0;
    for (const tg_plan *plan = tape->cached; plan; plan = plan->next) count++;
    return count;
}

/* ---- What changes a variable ------------------------------------------------------------ */

START_TEST(a_step_of_another_tape_makes_values_old)
{
    tg_var *w = scalar("w", 1);
    tg_tensor *loss = tg_mul_num(tg_read(tape, w), 100);
    tg_tape *training = tg_tape_new(store);
    tg_gd(tg_square(tg_read(training, w)), .lr = 0.25);
    tg_plan *step = tg_compile(training);
    for (double want = 100; want > 10; want /= 2) {
        ck_assert(tg_item(loss) == want);
        ck_assert(tg_item(loss) == want);
        run(step);
    }
    tg_plan_free(step);
    for (double want = tg_item(loss); want > 1; want /= 2) {
        ck_assert(tg_item(loss) == want);
        tg_rewind(training);
        tg_gd(tg_square(tg_read(training, w)), .lr = 0.25);
        ck_assert_int_eq(tg_commit(training), TG_OK);
    }
    tg_tape_free(training);
}
END_TEST

START_TEST(so_do_setting_a_variable_and_loading_it)
{
    char path[] = "/tmp/tapegrad-staleness-XXXXXX";
    const int file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    (void)close(file);
    tg_var *w = scalar("w", 2);
    tg_tensor *y = tg_mul_num(tg_read(tape, w), 3), *z = tg_neg(y);
    ck_assert(tg_item(z) == -6 && tg_item(y) == 6);
    ck_assert_int_eq(tg_save(store, path, NULL), TG_OK);
    set(w, 5);
    ck_assert(tg_item(z) == -15 && tg_item(y) == 15);
    ck_assert_int_eq(tg_load(store, path, NULL), TG_OK);
    ck_assert(tg_item(z) == -6 && tg_item(y) == 6);
    (void)remove(path);
}
END_TEST

START_TEST(steps_follow_the_stores_step_and_draws_their_own)
{
    tg_tensor *step = tg_step(tape), *next = tg_add_num(step, 1);
    tg_tensor *draw = tg_uniform(tape, "u", TG_F64, TG_SCALAR, 0, 1), *more = tg_mul_num(draw, 2);
    const double first = tg_item(more);
    ck_assert(tg_item(next) == 1 && tg_item(draw) == first / 2);
    ck_assert(tg_item(more) == first);
    tg_store_set_step(store, 50);
    ck_assert(tg_item(step) == 50 && tg_item(next) == 51);
    ck_assert(tg_item(more) == first && tg_item(draw) == first / 2);
}
END_TEST

START_TEST(what_has_not_changed_is_not_computed_again)
{
    tg_var *w = scalar("w", 2);
    tg_tensor *x = number_input("x"), *from_input = tg_exp(x);
    tg_tensor *from_variable = tg_exp(tg_read(tape, w)), *step = tg_exp(tg_step(tape));
    tg_tensor *fixed = tg_exp(tg_number(tape, 1));
    tg_tensor *const all[] = { from_input, from_variable, step, fixed };
    for (int changed = 0; changed < 3; changed++) {
        ck_assert_int_eq(tg_evaluate((tg_list){ 4, all }), TG_OK);
        if (changed == 0) feed(x, 4);
        if (changed == 1) set(w, 4);
        if (changed == 2) tg_store_set_step(store, 4);
        for (int i = 0; i < 4; i++) {
            const size_t before = tape->walked;
            ck_assert(isfinite(tg_item(all[i])));
            ck_assert_msg((tape->walked > before) == (i == changed), "%d, %d", changed, i);
        }
        ck_assert(tg_item(all[changed]) == exp(4));
    }
}
END_TEST

/* ---- Two ages --------------------------------------------------------------------------- */

START_TEST(an_old_value_is_not_used_for_a_new_one)
{
    tg_var *w = scalar("w", 2);
    tg_tensor *x = number_input("x"), *a = tg_mul(x, tg_read(tape, w));
    feed(x, 3);
    ck_assert(tg_item(a) == 6);
    set(w, 10);
    ck_assert(tg_item(tg_add(a, tg_read(tape, w))) == 40);
    feed(x, 4);
    ck_assert(tg_item(tg_add(a, x)) == 44);
    ck_assert(tg_item(a) == 40);
}
END_TEST

START_TEST(a_commit_assigns_what_comes_of_the_newest_weights)
{
    tg_var *w = scalar("w", 2), *v = scalar("v", 0);
    tg_tensor *twice = tg_mul_num(tg_read(tape, w), 2);
    tg_assign(w, twice);
    tg_assign(v, tg_read(tape, w));
    ck_assert(tg_item(twice) == 4);
    set(w, 10);
    ck_assert_int_eq(tg_commit(tape), TG_OK);
    ck_assert(value_of(w) == 20 && value_of(v) == 10);
}
END_TEST

START_TEST(after_a_commit_only_what_no_variable_is_part_of_can_be_read)
{
    tg_var *w = scalar("w", 2);
    tg_tensor *x = number_input("x"), *loss = tg_square(tg_read(tape, w)), *y = tg_exp(x);
    tg_assign(w, tg_sub(tg_read(tape, w), loss));
    ck_assert(tg_item(loss) == 4);
    ck_assert_int_eq(tg_commit(tape), TG_OK);
    tg_tensor *const refused[] = { loss, tg_read(tape, w), tg_latest(tape, w), tg_step(tape) };
    for (int i = 0; i < 4; i++) {
        ck_assert(isnan(tg_item(refused[i])));
        ck_says("read values before tg_commit");
        tg_tape_clear_error(tape);
        ck_assert_int_eq(tg_evaluate(TG_LIST(refused[i])), TG_ERR_STATE);
        tg_tape_clear_error(tape);
    }
    ck_assert(tg_item(y) == 1);
    feed(x, 1);
    ck_assert_double_eq_tol(tg_item(y), exp(1), 1e-15);
}
END_TEST

START_TEST(what_a_plan_kept_is_not_mixed_with_newer_values)
{
    tg_var *w = scalar("w", 1);
    tg_tensor *x = number_input("x"), *other = number_input("other");
    tg_tensor *y = tg_mul(x, tg_read(tape, w)), *z = tg_exp(x);
    tg_assign(w, tg_add_num(tg_read(tape, w), 1));
    tg_plan *step = tg_compile(tape, y), *pure = tg_compile_pure(tape, z);
    feed(x, 10);
    run(step);                                  /* w becomes 2 */
    ck_assert(tg_item(tg_mul_num(y, 3)) == 30); /* of the run alone */
    ck_assert(tg_item(tg_add(y, x)) == 20);     /* x has not been fed since */
    ck_mixed(tg_add(y, tg_read(tape, w)));
    ck_mixed(tg_add(y, tg_step(tape)));
    feed(other, 5);
    ck_mixed(tg_add(y, other));
    ck_assert(tg_item(tg_mul_num(y, 3)) == 30);
    run(pure);
    ck_mixed(tg_add(y, z));                                         /* two runs, at two ages */
    ck_assert(tg_item(tg_add(z, tg_read(tape, w))) == exp(10) + 2); /* all of now */
    feed(x, 0);
    ck_mixed(tg_add(z, x));
    ck_mixed(tg_add(z, tg_add(x, tg_read(tape, w))));
    ck_assert(tg_item(y) == 10 && tg_item(z) == exp(10)); /* theirs, until they run again */
    tg_plan_free(pure);
    tg_plan_free(step);
}
END_TEST

START_TEST(what_a_plan_did_not_keep_is_computed_as_it_was_or_not_at_all)
{
    tg_var *w = scalar("w", 1);
    tg_tensor *x = number_input("x"), *hidden = tg_mul(x, tg_read(tape, w)), *y = tg_exp(hidden);
    tg_assign(w, tg_add_num(tg_read(tape, w), 1));
    tg_plan *pure = tg_compile_pure(tape, y), *step = NULL;
    tg_tensor *of_hidden = tg_neg(hidden);
    feed(x, 3);
    ck_assert(tg_item(of_hidden) == -3); /* the plan has made nothing yet */
    run(pure);
    ck_assert(tg_item(of_hidden) == -3); /* nothing has changed since */
    set(w, 2);
    ck_assert(tg_item(of_hidden) == -3); /* known from then: of the run's age, as y is */
    ck_mixed(tg_square(hidden));
    run(pure);
    ck_assert(tg_item(of_hidden) == -6);
    tg_plan_free(pure);
    set(w, 5);
    ck_assert(tg_item(of_hidden) == -15);
    step = tg_compile(tape, y);
    run(step);
    ck_assert(tg_item(of_hidden) == -15); /* was read when the run began, and is of its age */
    ck_mixed(tg_neg(hidden));
    tg_plan_free(step);
    ck_assert(tg_item(of_hidden) == -18);
}
END_TEST

START_TEST(what_is_to_be_assigned_does_not_keep_others_from_being_read)
{
    tg_var *w = scalar("w", 1), *v = scalar("v", 1);
    tg_tensor *x = number_input("x"), *y = tg_mul(x, tg_read(tape, w));
    tg_assign(w, tg_add_num(tg_read(tape, w), 1));
    tg_plan *step = tg_compile(tape, y);
    feed(x, 10);
    run(step);
    tg_assign(v, tg_add(y, tg_read(tape, w))); /* cannot be had */
    ck_assert(tg_item(tg_square(x)) == 100);
    ck_no_error();
    tg_plan_free(step);
    ck_assert_int_eq(tg_commit(tape), TG_OK);
    ck_assert(value_of(v) == 22 && value_of(w) == 3);
}
END_TEST

/* ---- Step by step ----------------------------------------------------------------------- */

/* A step: a state, and a number that the program looks at. */
static tg_tensor *one_step(tg_tensor **state, tg_tensor *input)
{
    tg_tensor *a = tg_mul_num(*state, 0.5);
    *state = tg_tanh(tg_add(a, tg_reshape(input, TG_SHAPE(1, 3))));
    return tg_sum(*state);
}

START_TEST(reading_at_each_step_computes_that_step_alone)
{
    enum { STEPS = 300 };
    double want[STEPS], got[STEPS], state_now[3] = { 0, 0, 0 };
    for (int i = 0; i < STEPS; i++)
        for (int k = 0; k < 3; k++) {
            state_now[k] = tanh(state_now[k] * 0.5 + (i % 7 - 3) * 0.1);
            want[i] = k ? want[i] + state_now[k] : state_now[k];
        }
    for (int fed = 0; fed < 2; fed++) {
        tg_rewind(tape);
        tg_tensor *state = tg_zeros_like(tg_full(tape, TG_F64, TG_SHAPE(1, 3), 1));
        size_t most = 0, plans = 0;
        for (int i = 0; i < STEPS; i++) {
            const double x = (i % 7 - 3) * 0.1, data[3] = { x, x, x };
            tg_tensor *input = fed ? tg_input(tape, NULL, TG_F64, TG_SHAPE(3))
                                   : tg_constant(tape, TG_F64, TG_SHAPE(3), data);
            if (fed) ck_assert_int_eq(tg_feed(input, data, 3), TG_OK);
            const size_t before = tape->walked;
            got[i] = tg_item(one_step(&state, input));
            if (tape->walked - before > most) most = tape->walked - before;
            if (i == 3) plans = cached_plans();
            if (i > 3) ck_assert_uint_eq(cached_plans(), plans);
        }
        ck_assert_uint_le(most, 20);
        for (int i = 0; i < STEPS; i++) ck_close(got[i], want[i], 1e-14);
        ck_no_error();
    }
}
END_TEST

START_TEST(views_that_show_more_than_there_is_do_not_make_it_long_either)
{
    tg_tensor *x = tg_full(tape, TG_F64, TG_SHAPE(1, 4), 1.5);
    for (int i = 0; i < 100; i++) {
        x = tg_slice(tg_broadcast(tg_transpose(tg_transpose(x)), TG_SHAPE(3, 4)), 0, 1, 2, 1);
        const size_t before = tape->walked;
        ck_assert(tg_item(tg_sum(x)) == 6);
        ck_assert_uint_le(tape->walked - before, 12);
    }
}
END_TEST

START_TEST(one_value_for_each_recording_is_computed_without_keeping_others)
{
    tg_var *w = scalar("w", 1);
    for (int i = 0; i < 5; i++) {
        tg_rewind(tape);
        tg_tensor *x = tg_full(tape, TG_F64, TG_SHAPE(100), 2);
        tg_tensor *loss = tg_sum(tg_exp(tg_mul_num(tg_square(x), 0.125)));
        tg_assign(w, loss);
        ck_close(tg_item(loss), 100 * exp(0.5), 1e-14);
        ck_assert_uint_eq(cached_plans(), 1);
        ck_assert_uint_eq(tape->cached->program->output_count, 2); /* loss, and what is assigned */
        ck_assert_int_eq(tg_commit(tape), TG_OK);
        ck_assert_uint_eq(cached_plans(), 1);
    }
    tg_rewind(tape);
    tg_tensor *x = number_input("x"), *y = tg_exp(tg_neg(tg_sin(x)));
    for (int i = 0; i < 5; i++) { /* nor where another is fed each time */
        feed(x, i);
        ck_close(tg_item(y), exp(-sin(i)), 1e-14);
        ck_assert_uint_eq(tape->cached->program->output_count, 1);
    }
}
END_TEST

START_TEST(several_values_are_computed_in_one_run)
{
    tg_var *w = scalar("w", 3);
    tg_tensor *hidden = tg_exp(tg_read(tape, w)), *y = tg_neg(hidden), *z = tg_log(hidden);
    tg_tensor *x = number_input("x");
    feed(x, 8);
    ck_assert_int_eq(tg_evaluate(TG_LIST(y, x, z)), TG_OK);
    const size_t walked = tape->walked;
    ck_assert_uint_eq(cached_plans(), 1);
    ck_close(tg_item(y), -exp(3), 1e-14);
    ck_close(tg_item(z), 3, 1e-14);
    ck_assert(tg_item(x) == 8);
    ck_assert_int_eq(tg_evaluate(TG_LIST(y, z)), TG_OK);
    ck_assert_uint_eq(tape->walked, walked);
    set(w, 1);
    ck_assert_int_eq(tg_evaluate(TG_LIST(y, z)), TG_OK);
    ck_close(tg_item(y), -exp(1), 1e-14);
}
END_TEST

START_TEST(several_values_that_cannot_be_had)
{
    tg_tape *other = tg_tape_new(store);
    tg_tensor *y = tg_exp(number_input("x")), *theirs = tg_number(other, 1);
    tg_tensor *index = tg_input(tape, "index", TG_I32, TG_SHAPE(1));
    tg_tensor *row = tg_gather(tg_iota(tape, TG_F64, 3), index, 0);
    ck_assert_int_eq(tg_evaluate((tg_list){ 0, NULL }), TG_OK);
    ck_assert_int_eq(tg_evaluate((tg_list){ 1, NULL }), TG_ERR_ARGUMENT);
    ck_assert_int_eq(tg_evaluate(TG_LIST(y, NULL)), TG_ERR_ARGUMENT);
    ck_no_error();
    ck_assert_int_eq(tg_evaluate(TG_LIST(y, theirs)), TG_ERR_ARGUMENT);
    ck_says("tg_evaluate: operand 1 was recorded on another tape");
    tg_tape_clear_error(tape);
    const int32_t bad = 3;
    ck_assert_int_eq(tg_feed(index, &bad, 1), TG_OK);
    ck_assert_int_eq(tg_evaluate(TG_LIST(y, row)), TG_ERR_INDEX);
    ck_no_error();
    tg_plan *plan = tg_compile(tape, tg_neg(y));
    ck_assert_int_eq(tg_evaluate(TG_LIST(y)), TG_ERR_STATE);
    ck_says("has not run yet");
    tg_tape_clear_error(tape);
    tg_plan_free(plan);
    tg_rewind(tape);
    ck_assert_int_eq(tg_evaluate(TG_LIST(y)), TG_ERR_STATE);
    ck_says("tg_evaluate: operand 0 is stale");
    tg_tape_free(other);
}
END_TEST

START_TEST(a_failed_run_leaves_no_values_of_two_ages)
{
    tg_tensor *x = tg_input(tape, "x", TG_F64, TG_SHAPE(3)), *y = tg_exp(x);
    tg_tensor *i = tg_input(tape, "i", TG_I32, TG_SCALAR), *z = tg_sum(tg_gather(y, i, 0));
    const double zeros[3] = { 0, 0, 0 }, ones[3] = { 1, 1, 1 };
    double got[3];
    for (int naive = 0; naive < 2; naive++) {
        const int32_t good = 2, bad = 3;
        tg_plan *plan = tg_compile_pure(tape, y, z, .naive = naive);
        tg_feed(x, zeros, 3);
        tg_feed(i, &good, 1);
        run(plan);
        ck_assert(tg_item(z) == 1);
        tg_feed(x, ones, 3);
        tg_feed(i, &bad, 1);
        ck_assert_int_eq(tg_run(plan), TG_ERR_INDEX);
        ck_assert_int_eq(tg_get(y, got, 3), TG_ERR_INDEX);
        ck_assert(isnan(tg_item(z)));
        ck_no_error();
        tg_feed(i, &good, 1);
        run(plan);
        ck_assert_int_eq(tg_get(y, got, 3), TG_OK);
        ck_assert(fabs(got[0] - exp(1)) < 1e-15 && got[2] == tg_item(z));
        tg_plan_free(plan);
    }
}
END_TEST

/* ---- Handles ---------------------------------------------------------------------------- */

static void rewind_and_record(int times, int nodes, int more)
{
    for (int i = 0; i < times; i++, nodes += more) {
        tg_rewind(tape);
        for (int k = 0; k < nodes; k++) (void)tg_number(tape, k);
    }
}

/* It is refused, and tells nothing of what is there now. */
static void ck_stale(tg_tensor *old)
{
    double value = 7;
    ck_no_error();
    ck_refused(tg_exp(old), TG_ERR_STATE, "operand 0 is stale");
    ck_refused(tg_add(tg_number(tape, 1), old), TG_ERR_STATE, "before the last tg_rewind");
    ck_refused(tg_grad(tg_number(tape, 1), old), TG_ERR_STATE, "operand 1 is stale");
    ck_refused(tg_compile(tape, old), TG_ERR_STATE, "stale");
    ck_refused(tg_relu6(old), TG_ERR_STATE, "stale");
    ck_assert_ptr_null(tg_name(old, "name"));
    ck_says("stale");
    tg_tape_clear_error(tape);
    ck_assert(isnan(tg_item(old)));
    ck_says("tg_item: operand 0 is stale");
    tg_tape_clear_error(tape);
    ck_assert_int_eq(tg_get(old, &value, 1), TG_ERR_STATE);
    ck_assert_int_eq(tg_feed(old, &value, 1), TG_ERR_STATE);
    ck_assert(value == 7);
    tg_tape_clear_error(tape);
    ck_assert(!tg_depends(old, old));
    ck_no_error();
    ck_assert_ptr_eq(tg_tape_of(old), tape);
    ck_no_error();
    ck_assert_int_eq(tg_rank(old), -1);
    ck_says("stale");
    tg_tape_clear_error(tape);
    ck_assert_int_eq(tg_dim(old, 0), -1);
    ck_assert_int_eq(tg_count(old), -1);
    ck_assert_int_eq(tg_arity(old), 0);
    ck_assert_int_eq(tg_shape_from(old).rank, -1);
    ck_assert_int_eq(tg_dtype_of(old), TG_DTYPE_DEFAULT);
    ck_assert(!tg_is_input(old) && !tg_var_of(old) && !tg_op_of(old) && !tg_attr_of(old));
    ck_assert_str_eq(tg_name_of(old), "");
    ck_assert(tg_index_of(old) == -1 && !tg_operand_of(old, 0) && !tg_origin_of(old).file);
    ck_assert_str_eq(tg_operation_of(old), "");
    tg_print(old, stderr);
    ck_says("stale");
    tg_tape_clear_error(tape);
}

static const struct {
    int times, nodes, more;
} rewinds[] = { { 1, 0, 0 },    { 1, 5, 0 },   { 3, 5, 0 },    { 3, 7000, 0 },  { 100, 5, 0 },
                { 100, 10, 9 }, { 70, 93, 0 }, { 1000, 1, 0 }, { 10000, 1, 0 }, { 10000, 11, 0 } };

START_TEST(a_handle_is_known_to_be_stale_after_many_rewinds)
{
    enum { KEPT = 8 };
    tg_tensor *old[KEPT], *first = tg_number(tape, 0);       /* the first of a page */
    for (int i = 0; i < 1000; i++) (void)tg_number(tape, i); /* handles far into the pages too */
    for (int i = 0; i < KEPT; i++) {
        old[i] = tg_input(tape, "old", TG_F64, TG_SCALAR);
        for (int k = 0; k < 31; k++) (void)tg_number(tape, k);
    }
    rewind_and_record(rewinds[_i].times, rewinds[_i].nodes, rewinds[_i].more);
    for (int i = 0; i < KEPT; i++) ck_stale(old[i]);
    ck_stale(first);
}
END_TEST

START_TEST(no_handle_of_the_first_laps_is_taken_for_another_node)
{
    enum { LAP = 64 * 112, EACH = 97 };
    static tg_tensor *handles[18 * LAP];
    size_t count = 0;
    while (count + EACH <= sizeof handles / sizeof *handles) {
        tg_rewind(tape);
        for (int k = 0; k < EACH; k++) handles[count++] = tg_number(tape, k);
    }
    tg_rewind(tape);
    for (int k = 0; k < EACH; k++) (void)tg_number(tape, k);
    for (size_t i = 0; i < count; i++) {
        ck_assert(!tg_depends(handles[i], handles[i]));
        ck_assert(!tg__alive(handles[i]) && tg_tape_of(handles[i]) == tape);
    }
}
END_TEST

START_TEST(a_stale_handle_is_told_to_both_tapes)
{
    tg_tape *other = tg_tape_new(store);
    tg_tensor *old = tg_number(other, 1), *live = tg_number(tape, 1);
    tg_rewind(other);
    ck_refused(tg_add(live, old), TG_ERR_STATE, "operand 1 is stale");
    ck_assert_int_eq(tg_tape_status(other), TG_ERR_STATE);
    tg_tape_free(other);
}
END_TEST

START_TEST(memory_for_nodes_is_bounded_by_the_longest_recording)
{
    rewind_and_record(5000, 20, 0);
    ck_assert_uint_ge(tape->ring.pages, 64);
    ck_assert_uint_le(tape->ring.pages, 80); /* 1 MB, and a bit */
    rewind_and_record(30, 30000, 0);
    const size_t room = (1 << 14) - 64 - (TG__LAPS - 1) * _Alignof(tg_tensor);
    const size_t pages = tape->ring.pages, needed = 30000 / (room / sizeof(tg_tensor)) + 1;
    ck_assert_uint_ge(pages, 2 * needed);
    ck_assert_uint_le(pages, 3 * needed);
    rewind_and_record(30, 30000, 0);
    ck_assert_uint_eq(tape->ring.pages, pages);
    ck_no_error();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("value_staleness");
    TCase *all = tcase_create("value_staleness");
    tcase_add_checked_fixture(all, open_tape, close_tape);
    tcase_add_test(all, a_step_of_another_tape_makes_values_old);
    tcase_add_test(all, so_do_setting_a_variable_and_loading_it);
    tcase_add_test(all, steps_follow_the_stores_step_and_draws_their_own);
    tcase_add_test(all, what_has_not_changed_is_not_computed_again);
    tcase_add_test(all, an_old_value_is_not_used_for_a_new_one);
    tcase_add_test(all, a_commit_assigns_what_comes_of_the_newest_weights);
    tcase_add_test(all, after_a_commit_only_what_no_variable_is_part_of_can_be_read);
    tcase_add_test(all, what_a_plan_kept_is_not_mixed_with_newer_values);
    tcase_add_test(all, what_a_plan_did_not_keep_is_computed_as_it_was_or_not_at_all);
    tcase_add_test(all, what_is_to_be_assigned_does_not_keep_others_from_being_read);
    tcase_add_test(all, reading_at_each_step_computes_that_step_alone);
    tcase_add_test(all, views_that_show_more_than_there_is_do_not_make_it_long_either);
    tcase_add_test(all, one_value_for_each_recording_is_computed_without_keeping_others);
    tcase_add_test(all, several_values_are_computed_in_one_run);
    tcase_add_test(all, several_values_that_cannot_be_had);
    tcase_add_test(all, a_failed_run_leaves_no_values_of_two_ages);
    tcase_add_loop_test(all, a_handle_is_known_to_be_stale_after_many_rewinds, 0,
                        COUNT_OF(rewinds));
    tcase_add_test(all, no_handle_of_the_first_laps_is_taken_for_another_node);
    tcase_add_test(all, a_stale_handle_is_told_to_both_tapes);
    tcase_add_test(all, memory_for_nodes_is_bounded_by_the_longest_recording);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
