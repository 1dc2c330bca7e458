/* test_accumulate.c: gradients of micro-batches, added up, make the step that the whole batch
 * would. */
#include "tests/support/recorded.h"

enum { ROWS = 12, INPUTS = 5, OUTPUTS = 3, WEIGHTS = INPUTS * OUTPUTS, STEPS = 6 };

typedef tg_updates optimizer(tg_tensor *loss);

static tg_updates by_gd(tg_tensor *loss) { return tg_gd(loss, .lr = 0.1); }
static tg_updates by_momentum(tg_tensor *loss)
{
    return tg_sgd(loss, .lr = 0.1, .momentum = 0.9, .weight_decay = 0.01);
}
static tg_updates by_adam(tg_tensor *loss) { return tg_adam(loss, .lr = 0.1); }
static tg_updates by_adamw(tg_tensor *loss)
{
    return tg_adamw(loss, .lr = 0.1, .clip_norm = 0.5, .no_decay = "bias");
}
static optimizer *const optimizers[] = { by_gd, by_momentum, by_adam, by_adamw };

/* Trains a layer, each step from [pieces] micro-batches; its weights afterwards. */
static void train(optimizer *optimize, int pieces, double *weights)
{
    const size_t rows = (size_t)(ROWS / pieces);
    double x[ROWS * INPUTS], y[ROWS * OUTPUTS];
    for (int i = 0; i < COUNT_OF(x); i++) x[i] = sin(1.3 * i);
    for (int i = 0; i < COUNT_OF(y); i++) y[i] = cos(0.7 * i);
    open_tape();
    tg_linear layer = tg_linear_new(store, "layer", INPUTS, OUTPUTS);
    tg_tape *other = tg_tape_new(store);
    tg_tensor *in = tg_input(tape, "x", TG_F64, TG_SHAPE((int64_t)rows, INPUTS));
    tg_tensor *want = tg_input(tape, "y", TG_F64, TG_SHAPE((int64_t)rows, OUTPUTS));
    tg_tensor *loss = tg_mse(tg_linear_apply(&layer, in), want);
    if (pieces == 1) {
        optimize(loss);
    } else {
        ck_assert_uint_eq(tg_accumulate(loss).count, 4); /* sums and counts of two parameters */
        optimize(tg_accumulated(other));
        ck_assert_str_eq(tg_tape_error(other), "");
    }
    tg_plan *batch = tg_compile(tape, loss), *step = pieces == 1 ? NULL : tg_compile(other);
    for (int i = 0; i < STEPS; i++) {
        for (size_t p = 0; p < (size_t)pieces; p++) {
            tg_feed(in, x + p * rows * INPUTS, rows * INPUTS);
            tg_feed(want, y + p * rows * OUTPUTS, rows * OUTPUTS);
            run(batch);
        }
        if (step) run(step);
    }
    ck_assert_int_eq(tg_var_get(layer.weight, weights, WEIGHTS), TG_OK);
    tg_plan_free(batch);
    tg_plan_free(step);
    tg_tape_free(other);
    close_tape();
}

START_TEST(micro_batches_make_the_step_of_the_whole_batch)
{
    double whole[WEIGHTS], parts[WEIGHTS];
    train(optimizers[_i], 1, whole);
    for (int pieces = 2; pieces <= 4; pieces++) {
        train(optimizers[_i], pieces, parts);
        for (int i = 0; i < WEIGHTS; i++) ck_close(parts[i], whole[i], 1e-12);
    }
}
END_TEST

/* The gradient that an optimizer takes after micro-batches of these sizes, by their weights. */
static void gradient_of(const int *sizes, int count, bool by_tensor, double *out)
{
    double x[ROWS * INPUTS], y[ROWS * OUTPUTS];
    for (int i = 0; i < COUNT_OF(x); i++) x[i] = sin(1.3 * i);
    for (int i = 0; i < COUNT_OF(y); i++) y[i] = cos(0.7 * i);
    open_tape();
    tg_linear layer = tg_linear_new(store, "layer", INPUTS, OUTPUTS);
    double before[WEIGHTS];
    ck_assert_int_eq(tg_var_get(layer.weight, before, WEIGHTS), TG_OK);
    size_t done = 0;
    for (int k = 0; k < count; k++) {
        const size_t rows = (size_t)sizes[k];
        tg_rewind(tape);
        tg_tensor *in = tg_input(tape, "x", TG_F64, TG_SHAPE((int64_t)rows, INPUTS));
        tg_tensor *want = tg_input(tape, "y", TG_F64, TG_SHAPE((int64_t)rows, OUTPUTS));
        tg_feed(in, x + done * INPUTS, rows * INPUTS);
        tg_feed(want, y + done * OUTPUTS, rows * OUTPUTS);
        tg_tensor *loss = tg_mse(tg_linear_apply(&layer, in), want);
        if (by_tensor) tg_accumulate(loss, .weight_at = tg_number_as(tape, TG_F32, sizes[k]));
        else tg_accumulate(loss, .weight = sizes[k]);
        ck_assert_msg(tg_commit(tape) == TG_OK, "%s", tg_tape_error(tape));
        done += rows;
    }
    tg_rewind(tape);
    tg_gd(tg_accumulated(tape), .lr = 1);
    ck_assert_msg(tg_commit(tape) == TG_OK, "%s", tg_tape_error(tape));
    ck_assert_int_eq(tg_var_get(layer.weight, out, WEIGHTS), TG_OK);
    for (int i = 0; i < WEIGHTS; i++) out[i] = before[i] - out[i];
    double left;
    ck_assert_int_eq(tg_var_get(tg_find(store, "layer.weight.accumulated.step"), &left, 1), TG_OK);
    ck_assert(left == 0);
    close_tape();
}

START_TEST(micro_batches_of_unequal_size_make_the_gradient_of_the_whole_batch)
{
    double whole[WEIGHTS], parts[WEIGHTS];
    gradient_of((int[]){ 8 }, 1, false, whole);
    for (int by_tensor = 0; by_tensor < 2; by_tensor++) {
        gradient_of((int[]){ 5, 3 }, 2, by_tensor, parts);
        for (int i = 0; i < WEIGHTS; i++) ck_close(parts[i], whole[i], 1e-14);
        gradient_of((int[]){ 1, 6, 1 }, 3, by_tensor, parts);
        for (int i = 0; i < WEIGHTS; i++) ck_close(parts[i], whole[i], 1e-14);
    }
}
END_TEST

/* Weights count by their ratio: less than 1 in all is as good. */
START_TEST(weights_may_be_small)
{
    tg_var *w = tg_param(store, "w", TG_SCALAR, tg_init_constant(2));
    const double slopes[] = { 1, 4 }, weights[] = { 0.125, 0.25 };
    for (int k = 0; k < 2; k++) {
        tg_rewind(tape);
        tg_accumulate(tg_mul_num(tg_read(tape, w), slopes[k]), .weight = weights[k]);
        ck_assert_int_eq(tg_commit(tape), TG_OK);
    }
    tg_rewind(tape);
    tg_gd(tg_accumulated(tape), .lr = 1);
    ck_assert_int_eq(tg_commit(tape), TG_OK);
    double got;
    ck_assert_int_eq(tg_var_get(w, &got, 1), TG_OK);
    ck_close(got, 2 - 3, 1e-15);
    tg_rewind(tape); /* and nothing at all is no step */
    tg_gd(tg_accumulated(tape), .lr = 1);
    ck_assert_int_eq(tg_commit(tape), TG_OK);
    ck_assert_int_eq(tg_var_get(w, &got, 1), TG_OK);
    ck_close(got, 2 - 3, 1e-15);
}
END_TEST

/* An optimizer's count is its own: a run that only accumulates, or steps another, is no step. */
START_TEST(adam_counts_its_own_steps)
{
    tg_var *w = tg_param(store, "w", TG_SHAPE(2), tg_init_constant(1));
    tg_var *v = tg_param(store, "v", TG_SHAPE(2), tg_init_constant(1));
    tg_tensor *loss =
        tg_add(tg_sum(tg_square(tg_read(tape, w))), tg_sum(tg_square(tg_read(tape, v))));
    const tg_updates first = tg_adam(loss, .params = "w", .lr = 0.1);
    const tg_updates second = tg_adam(loss, .params = "v", .lr = 0.1);
    tg_plan *one = tg_compile(tape, loss, .updates = &first);
    tg_plan *two = tg_compile(tape, loss, .updates = &second);
    double a[2], b[2];
    for (int i = 0; i < 5; i++) run(one);
    for (int i = 0; i < 5; i++) run(two);
    ck_assert_int_eq(tg_var_get(w, a, 2), TG_OK);
    ck_assert_int_eq(tg_var_get(v, b, 2), TG_OK);
    ck_assert(a[0] == b[0]);
    ck_assert_int_eq(tg_store_step(store), 10);
    tg_plan_free(one);
    tg_plan_free(two);
}
END_TEST

START_TEST(nothing_accumulated_is_an_error)
{
    tg_param(store, "w", TG_SHAPE(2), tg_init_constant(1));
    ck_refused(tg_accumulated(tape), TG_ERR_STATE, "no parameter has accumulated gradients");
    ck_assert_ptr_null(tg_accumulated(NULL));
    ck_assert_uint_eq(tg_accumulate(NULL).count, 0);
}
END_TEST

START_TEST(a_frozen_parameter_or_another_group_is_left_alone)
{
    tg_var *w = tg_param(store, "w", TG_SHAPE(2), tg_init_constant(1));
    tg_var *v = tg_param(store, "v", TG_SHAPE(2), tg_init_constant(1));
    tg_tensor *loss = tg_sum(tg_mul(tg_square(tg_read(tape, w)), tg_read(tape, v)));
    ck_assert_uint_eq(tg_accumulate(loss, .params = "w", .state = "pile").count, 2);
    ck_assert_ptr_nonnull(tg_find(store, "w.pile.sum"));
    ck_assert_ptr_null(tg_find(store, "v.pile.sum"));
    tg_tensor *mean = tg_accumulated(tape, .state = "pile");
    ck_assert_ptr_null(mean); /* on the tape that accumulates, the sum has its assignment */
    ck_says("w.pile.sum");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("accumulate");
    TCase *alone = tcase_create("training"), *all = tcase_create("accumulate");
    tcase_add_loop_test(alone, micro_batches_make_the_step_of_the_whole_batch, 0,
                        COUNT_OF(optimizers));
    tcase_add_test(alone, micro_batches_of_unequal_size_make_the_gradient_of_the_whole_batch);
    tcase_add_checked_fixture(all, open_tape, close_tape);
    tcase_add_test(all, weights_may_be_small);
    tcase_add_test(all, adam_counts_its_own_steps);
    tcase_add_test(all, nothing_accumulated_is_an_error);
    tcase_add_test(all, a_frozen_parameter_or_another_group_is_left_alone);
    suite_add_tcase(suite, alone);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
