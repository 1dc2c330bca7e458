/* test_emitted_training.c: whole training steps as C: weights, states of optimizers and draws go on
 * as those of the plan do, over several steps; what the file itself guards; operations of the
 * user's; variables that are left to the caller. */
#include "exec/plan.h" /* before recorded.h, which takes the names store and tape */

#include "tests/support/compare.h"
#include "tests/support/random.h"
#include "tests/support/recorded.h"

#include "tests/emit/emitted.h"

enum { STEPS = 4, MOST = 4096 };

/* A step with its inputs, which are drawn. */
typedef struct training {
    tg_tensor *x, *labels, *loss;
    tg_plan *plan;
    emitted file;
} training;

static void begin(tg_dtype dtype)
{
    store = tg_store_new(.seed = 11, .dtype = dtype, .keep_denormals = true);
    tape = tg_tape_new(store);
    make_folder();
}

static void end(training *t)
{
    tg_plan_free(t->plan);
    free_emitted(&t->file);
    close_tape();
    remove_folder();
}

static void emit(training *t, const char *name, const char *flags)
{
    tg_error error;
    ck_no_error();
    t->plan = tg_compile(tape, t->loss);
    ck_no_error();
    (void)snprintf(t->file.name, sizeof t->file.name, "%s", name);
    const tg_status status = tg_emit_c(t->plan, name, folder, .error = &error, .variables = true);
    ck_assert_msg(status == TG_OK, "%s", error.text);
    load_emitted((emitted *[]){ &t->file }, 1, flags);
}

/* New values for the inputs of plan and file. */
static void feed_both(training *t, rng *random, int classes)
{
    static float x[MOST];
    static int32_t labels[MOST];
    const size_t n = (size_t)tg_count(t->x), m = t->labels ? (size_t)tg_count(t->labels) : 0;
    for (size_t i = 0; i < n; i++) x[i] = (float)rng_between(random, -1, 1);
    for (size_t i = 0; i < m; i++) labels[i] = rng_below(random, classes);
    ck_assert_int_eq(tg_feed(t->x, x, n), TG_OK);
    memcpy(data_of(&t->file, member_of(&t->file, "in", "x", 0)), x, n * sizeof *x);
    if (!m) return;
    ck_assert_int_eq(tg_feed(t->labels, labels, m), TG_OK);
    memcpy(data_of(&t->file, member_of(&t->file, "in", "labels", 0)), labels, m * sizeof *labels);
}

/* All variables of the file are those of the store; 0: in every bit. */
static void ck_variables(training *t, double tolerance)
{
    static double want[MOST];
    int compared = 0;
    for (size_t i = 0; i < tg_var_count(store); i++) {
        tg_var *var = tg_var_nth(store, i);
        const emitted_member *m = member_of(&t->file, "var", tg_var_name(var), 0);
        const tg_dtype dtype = tg_var_dtype(var);
        const size_t count = (size_t)tg_shape_count(tg_var_shape(var));
        if (!m) continue;
        ck_assert_uint_le(count * tg_dtype_size(dtype), sizeof want);
        ck_assert_int_eq(tg_var_get_as(var, dtype, want, count), TG_OK);
        const size_t wrong = first_difference(dtype, count, data_of(&t->file, m), want, tolerance);
        ck_assert_msg(wrong == count, "%s[%zu] is %.9g, not %.9g", tg_var_name(var), wrong,
                      element(dtype, data_of(&t->file, m), wrong), element(dtype, want, wrong));
        compared++;
    }
    ck_assert_int_gt(compared, 0);
}

static void train_both(training *t, int classes, double tolerance)
{
    rng random = rng_of(5, 2);
    for (int step = 0; step < STEPS; step++) {
        feed_both(t, &random, classes);
        run(t->plan);
        ck_assert_int_eq(t->file.run(t->file.s), 0);
        const float got = *(float *)data_of(&t->file, member_of(&t->file, "out", NULL, 0));
        const double want = tg_item(t->loss);
        ck_assert_msg(fabs((double)got - want) <= tolerance * (1 + fabs(want)),
                      "the loss of step %d is %.9g, not %.9g", step, (double)got, want);
        ck_variables(t, tolerance);
    }
}

/* Arithmetic alone: every bit. */
static training record_net(void)
{
    training t = { .x = tg_input(tape, "x", TG_F32, TG_SHAPE(70, 5)) };
    const tg_linear a = tg_linear_new(store, "a", 5, 40), b = tg_linear_new(store, "b", 40, 40),
                    c = tg_linear_new(store, "c", 40, 3);
    tg_tensor *h = tg_relu(tg_linear_apply(&a, t.x));
    h = tg_relu(tg_linear_apply(&b, h));
    tg_tensor *y = tg_linear_apply(&c, h);
    t.loss = tg_mean(tg_square(tg_sub(y, tg_slice(t.x, 1, 0, 3, 1))));
    return t;
}

START_TEST(steps_of_arithmetic_have_the_bits_of_the_plan)
{
    static const char *const flags[] = { "", "-O0", "-O3 -march=native",
                                         "-O2 -std=gnu99 -march=native",
                                         "-O2 -std=gnu99 -march=native -ffp-contract=fast" };
    char command[256];
    (void)snprintf(command, sizeof command, "%s --version 2>&1 | grep -qi clang",
                   emitting_compiler());
    if (_i == 4 && system(command) == 0) return; /* clang's ignores the pragma (docs/emit.md) */
    begin(TG_F32);
    training t = record_net();
    tg_sgd(t.loss, .lr = 0.05, .momentum = 0.9);
    emit(&t, "sgd", flags[_i]);
    train_both(&t, 0, 0);
    end(&t);
}
END_TEST

/* A convolution, a pooling, a norm with running statistics, dropout, Adam, clipping. */
START_TEST(a_convolutional_step_goes_on_as_the_plan_does)
{
    begin(TG_F32);
    training t = { .x = tg_input(tape, "x", TG_F32, TG_SHAPE(6, 1, 12, 12)),
                   .labels = tg_input(tape, "labels", TG_I32, TG_SHAPE(6)) };
    const tg_conv c = tg_conv2d_new(store, "c", 1, 4, 3, .padding = 1, .no_bias = true);
    const tg_batch_norm n = tg_batch_norm_new(store, "n", 4);
    const tg_conv d = tg_conv2d_new(store, "d", 4, 6, 3);
    const tg_linear l = tg_linear_new(store, "l", 6 * 4 * 4, 3);
    tg_tensor *h = tg_relu(tg_batch_norm_apply(&n, tg_conv_apply(&c, t.x), true));
    h = tg_max_pool(h, 2);
    h = tg_relu(tg_conv_apply(&d, h));
    h = tg_dropout(tg_flatten(h, 1), 0.25, "drop", true);
    t.loss = tg_cross_entropy(tg_linear_apply(&l, h), t.labels);
    tg_adam(t.loss, .lr = 0.01, .clip_norm = 1.0);
    emit(&t, "cnn", "");
    train_both(&t, 3, 2e-4);
    end(&t);
}
END_TEST

START_TEST(a_bad_index_fails_and_assigns_nothing)
{
    begin(TG_F32);
    training t = { .x = tg_input(tape, "x", TG_F32, TG_SHAPE(4, 3)),
                   .labels = tg_input(tape, "labels", TG_I32, TG_SHAPE(4)) };
    const tg_linear l = tg_linear_new(store, "l", 3, 3);
    t.loss = tg_cross_entropy(tg_linear_apply(&l, t.x), t.labels);
    tg_gd(t.loss, .lr = 0.5);
    emit(&t, "bad", "");
    rng random = rng_of(5, 3);
    feed_both(&t, &random, 3);
    int32_t *labels = data_of(&t.file, member_of(&t.file, "in", "labels", 0));
    labels[2] = 3;
    ck_assert_int_eq(t.file.run(t.file.s), TG_ERR_INDEX);
    ck_variables(&t, 0);
    labels[2] = -1;
    ck_assert_int_eq(t.file.run(t.file.s), TG_ERR_INDEX);
    ck_variables(&t, 0);
    labels[2] = 1;
    ck_assert_int_eq(t.file.run(t.file.s), 0);
    end(&t);
}
END_TEST

/* Loops of these would be too slow to write by hand: they must not differ in the order of sums. */
START_TEST(long_sums_have_the_bits_of_the_plan)
{
    static const int64_t sizes[] = { 31, 32, 33, 1023, 1024, 1025, 5000, 40000 };
    begin(TG_F32);
    tg_tensor *x = tg_input(tape, "x", TG_F32, TG_SHAPE(sizes[_i]));
    tg_tensor *y = tg_reshape(x, TG_SHAPE(1, sizes[_i]));
    tg_tensor *kept[] = { tg_sum(x),
                          tg_mean(tg_mul(x, x)),
                          tg_sum_squares(x),
                          tg_max(x),
                          tg_matmul(y, tg_transpose(y)),
                          tg_min(tg_neg(x)),
                          tg_matmul(y, tg_reshape(x, TG_SHAPE(sizes[_i], 1))) };
    tg_plan *plan = tg_compile(tape, .keep = { 7, kept });
    ck_no_error();
    ck_assert_int_eq(tg_emit_c(plan, "sums", folder), TG_OK);
    emitted file = { .name = "sums" };
    load_emitted((emitted *[]){ &file }, 1, "");
    float *in = data_of(&file, member_of(&file, "in", "x", 0));
    for (int turn = 0; turn < 3; turn++) {
        rng random = rng_of(8, (uint64_t)turn);
        for (int64_t i = 0; i < sizes[_i]; i++)
            in[i] = (float)(rng_between(&random, -1, 1) * (turn == 1   ? 1e20
                                                           : turn == 2 ? 1e37
                                                                       : 1));
        ck_assert_int_eq(tg_feed(x, in, (size_t)sizes[_i]), TG_OK);
        run(plan);
        ck_assert_int_eq(file.run(file.s), 0);
        for (int i = 0; i < 7; i++) {
            double want;
            ck_assert_int_eq(tg_get_as(kept[i], tg_dtype_of(kept[i]), &want, 1), TG_OK);
            const void *got = data_of(&file, member_of(&file, "out", NULL, i));
            ck_assert_msg(first_difference(tg_dtype_of(kept[i]), 1, got, &want, 0) == 1,
                          "output %d of %lld elements, turn %d: %.17g, not %.17g", i,
                          (long long)sizes[_i], turn, element(tg_dtype_of(kept[i]), got, 0),
                          element(tg_dtype_of(kept[i]), &want, 0));
        }
    }
    free_emitted(&file);
    tg_plan_free(plan);
    close_tape();
    remove_folder();
}
END_TEST

/* Products of what a loop computes (ops/dot_loop.c): its rows are theirs, or terms of their sums.
 */
START_TEST(what_loops_hand_on_to_products_has_the_bits_of_the_plan)
{
    training t = { .x = NULL };
    tg_error error;
    begin(TG_F32);
    tg_tensor *in[] = { tg_input(tape, "x", TG_F32, TG_SHAPE(9, 120, 340)),
                        tg_input(tape, "y", TG_F32, TG_SHAPE(9, 120, 7)),
                        tg_input(tape, "z", TG_F32, TG_SHAPE(9, 340, 11)) };
    tg_tensor *made = tg_sub_num(tg_square(in[0]), 0.25);
    tg_tensor *out[] = { tg_matmul(made, in[2]), tg_matmul(tg_transpose(made), in[1]),
                         tg_matmul(tg_transpose(in[1]), made) };
    const tg_list kept = _i < 3 ? (tg_list){ 1, out + _i } : (tg_list){ 3, out };
    t.plan = tg_compile(tape, .keep = kept);
    ck_no_error();
    ck_assert_uint_eq(t.plan->program->kernel_count, 1);
    (void)snprintf(t.file.name, sizeof t.file.name, "products%d", _i);
    ck_assert_int_eq(tg_emit_c(t.plan, t.file.name, folder, .error = &error), TG_OK);
    load_emitted((emitted *[]){ &t.file }, 1, "");
    rng random = rng_of(5, (uint64_t)_i);
    for (int i = 0; i < 3; i++) {
        const size_t count = (size_t)tg_count(in[i]);
        float *data = malloc(count * sizeof *data);
        ck_assert_ptr_nonnull(data);
        for (size_t k = 0; k < count; k++) data[k] = (float)rng_between(&random, -1, 1);
        const emitted_member *m = member_of(&t.file, "in", (char[]){ (char)('x' + i), 0 }, 0);
        ck_assert_int_eq(tg_feed(in[i], data, count), TG_OK);
        if (m) memcpy(data_of(&t.file, m), data, count * sizeof *data);
        free(data);
    }
    run(t.plan);
    ck_assert_int_eq(t.file.run(t.file.s), 0);
    for (size_t i = 0; i < kept.count; i++) {
        const size_t count = (size_t)tg_count(kept.node[i]);
        float *want = malloc(count * sizeof *want);
        ck_assert_ptr_nonnull(want);
        ck_assert_int_eq(tg_get(kept.node[i], want, count), TG_OK);
        const void *got = data_of(&t.file, member_of(&t.file, "out", NULL, (int)i));
        ck_assert_uint_eq(first_difference(TG_F32, count, got, want, 0), count);
        free(want);
    }
    end(&t);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("emitted_training");
    TCase *steps = tcase_create("steps");
    tcase_add_loop_test(steps, steps_of_arithmetic_have_the_bits_of_the_plan, 0, 5);
    tcase_add_test(steps, a_convolutional_step_goes_on_as_the_plan_does);
    tcase_add_test(steps, a_bad_index_fails_and_assigns_nothing);
    tcase_add_loop_test(steps, long_sums_have_the_bits_of_the_plan, 0, 8);
    tcase_add_loop_test(steps, what_loops_hand_on_to_products_has_the_bits_of_the_plan, 0, 4);
    suite_add_tcase(suite, steps);
    return run_suite(suite);
}
