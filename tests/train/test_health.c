/* test_health.c: a health report finds each planted fault, and nothing in a network that has none.
 */
#include "health_network.h"

/* There is one finding, and it says that. */
static void ck_only(const tg_health *health, tg_health_topic topic, tg_health_severity severity,
                    const char *words)
{
    const tg_health_finding *f = found(health, topic, severity, words);
    if (health->finding_count != 1) tg_health_print(health, stderr);
    ck_assert_uint_eq(health->finding_count, 1);
    ck_assert_int_eq(health->severity, severity);
    ck_assert(f->advice[0] != 0);
    if (severity >= TG_HEALTH_WARNING) {
        ck_assert_ptr_nonnull(strstr(health->verdict, f->advice));
    } else {
        ck_assert_ptr_nonnull(strstr(health->verdict, "healthy; 1 note"));
    }
}

/* ---- Faults that are planted ------------------------------------------------------------- */

START_TEST(a_healthy_network_gets_no_finding)
{
    record(&(recipe){ .activation = _i ? tg_tanh_at : tg_relu_at });
    train(30);
    tg_health *health = report(loss);
    if (health->finding_count) tg_health_print(health, stderr);
    ck_assert_uint_eq(health->finding_count, 0);
    ck_assert_int_eq(health->severity, TG_HEALTH_GOOD);
    ck_assert_ptr_nonnull(strstr(health->verdict, "healthy"));
    ck_assert_double_gt(health->ratio, 1e-4);
    ck_assert_double_lt(health->ratio, 1e-2);
    ck_assert_double_eq(health->learning_rate, 1e-3);
    ck_assert_ptr_null(health->nonfinite);
    tg_health_free(health);
}
END_TEST

START_TEST(dead_units_are_told_with_their_line)
{
    record(&(recipe){ .bias = -100 });
    tg_health *health = report(loss);
    char words[100];
    const tg_site site = tg_origin_of(hidden[1]);
    (void)snprintf(words, sizeof words, "relu at health_network.h:%d: 100%% of 16 units are 0",
                   site.line);
    (void)found(health, TG_HEALTH_INITIALISATION, TG_HEALTH_FAULT, words);
    (void)found(health, TG_HEALTH_INITIALISATION, TG_HEALTH_WARNING,
                "the gradient of fc0.weight, fc0.bias, fc1.weight, fc1.bias and 1 more is exactly");
    ck_assert_uint_eq(health->activation_count, 2);
    ck_assert_double_eq(health->activation[1].dead, 1);
    ck_assert_double_lt(health->activation[0].dead, 0.5);
    ck_assert_int_eq(health->activation[1].line, site.line);
    tg_health_free(health);
}
END_TEST

START_TEST(saturated_values_are_told)
{
    record(&(recipe){ .activation = _i ? tg_sigmoid_at : tg_tanh_at,
                      .has_init = true,
                      .init = tg_init_normal(0, 300) });
    tg_health *health = report(loss);
    const tg_health_finding *f =
        found(health, TG_HEALTH_INITIALISATION, TG_HEALTH_WARNING,
              _i ? "sigmoid at health_network.h" : "tanh at health_network.h");
    ck_assert_ptr_nonnull(strstr(f->seen, "saturated"));
    ck_assert_double_gt(health->activation[1].saturated, 0.9);
    ck_assert(isnan(health->activation[1].dead) && health->activation[1].hidden);
    tg_health_free(health);
}
END_TEST

START_TEST(an_output_may_be_saturated)
{
    record(&(recipe){ 0 });
    tg_tensor *sure = tg_sigmoid(tg_mul_num(tg_linear_apply(&layer[2], hidden[1]), 1e4));
    tg_health *health = tg_health_new(tg_mean(sure), &error);
    ck_assert_msg(health != NULL, "%s", error.text);
    ck_assert_double_gt(health->activation[2].saturated, 0.5);
    ck_assert(!health->activation[2].hidden);
    for (size_t i = 0; i < health->finding_count; i++)
        ck_assert_ptr_null(strstr(health->finding[i].seen, "saturated"));
    tg_health_free(health);
}
END_TEST

START_TEST(a_learning_rate_is_too_high_or_too_low)
{
    static const struct {
        double rate;
        tg_health_severity severity;
        const char *seen, *advice;
    } cases[] = {
        { 0.1, TG_HEALTH_WARNING, "at a learning rate of 0.1", "lower the learning rate, to some" },
        { 10, TG_HEALTH_FAULT, "at a learning rate of 10", "lower the learning rate, to some" },
        { 1e-7, TG_HEALTH_WARNING, "at a learning rate of 1e-07", "raise the learning rate" },
    };
    record(&(recipe){ .rate = cases[_i].rate });
    tg_health *health = report(loss);
    ck_only(health, TG_HEALTH_LEARNING_RATE, cases[_i].severity, cases[_i].seen);
    ck_assert_ptr_nonnull(strstr(health->finding[0].advice, cases[_i].advice));
    ck_assert_ptr_nonnull(strstr(health->verdict, "Look at the learning rate first"));
    tg_health_free(health);
}
END_TEST

START_TEST(the_line_of_the_first_value_that_is_not_finite_is_told)
{
    record(&(recipe){ 0 });
    tg_tensor *wrong = tg_log(tg_sub_num(tg_mul_num(tg_square(hidden[1]), 0), 1));
    const int line = __LINE__ - 1;
    tg_tensor *after = tg_add(tg_exp(wrong), tg_number_like(wrong, 1));
    tg_health *health = report(tg_mean(after));
    const tg_health_nonfinite *first = health->nonfinite;
    ck_assert_ptr_nonnull(first);
    ck_assert_str_eq(first->operation, "log");
    ck_assert_int_eq(first->line, line);
    ck_assert_ptr_nonnull(strstr(first->file, "test_health.c"));
    ck_assert_int_eq(first->count, ROWS * UNITS);
    ck_assert_int_eq(first->nans, ROWS * UNITS);
    ck_assert_int_eq(first->infinities, 0);
    ck_assert(!first->backward);
    const tg_health_finding *f = found(health, TG_HEALTH_NUMBERS, TG_HEALTH_FAULT, "log at test_");
    ck_assert_ptr_eq(f, &health->finding[0]);
    ck_assert_ptr_nonnull(strstr(health->verdict, "Look at the numbers first"));
    ck_assert(isnan(health->loss));
    tg_health_free(health);
}
END_TEST

START_TEST(an_infinite_derivative_is_told_with_its_line)
{
    record(&(recipe){ 0 });
    tg_tensor *root = tg_sqrt(tg_mul_num(hidden[1], 0));
    const int line = __LINE__ - 1;
    tg_health *health = report(tg_mean(root));
    ck_assert_double_eq(health->loss, 0);
    ck_assert_ptr_nonnull(health->nonfinite);
    ck_assert_int_eq(health->nonfinite->line, line);
    ck_assert(health->nonfinite->backward);
    (void)found(health, TG_HEALTH_NUMBERS, TG_HEALTH_FAULT, "in the derivative, ");
    tg_health_free(health);
}
END_TEST

START_TEST(data_and_weights_that_are_not_finite_are_told)
{
    record(&(recipe){ 0 });
    data[5] = (double)NAN;
    ck_assert_int_eq(tg_feed(x, data, ROWS * INPUTS), TG_OK);
    tg_health *health = report(loss);
    ck_assert_str_eq(health->nonfinite->operation, "input");
    ck_assert_str_eq(health->nonfinite->name, "x");
    ck_assert_int_eq(health->nonfinite->nans, 1);
    tg_health_free(health);
    data[5] = 0;
    ck_assert_int_eq(tg_feed(x, data, ROWS * INPUTS), TG_OK);
    double bias[UNITS] = { 0, (double)INFINITY };
    ck_assert_int_eq(tg_var_set(layer[1].bias, bias, UNITS), TG_OK);
    health = report(loss);
    ck_assert_str_eq(health->nonfinite->operation, "read");
    ck_assert_str_eq(health->nonfinite->name, "fc1.bias");
    ck_assert_int_eq(health->nonfinite->infinities, 1);
    tg_health_free(health);
}
END_TEST

/* The infinities of a mask are meant. */
START_TEST(a_mask_is_not_blamed)
{
    record(&(recipe){ 0 });
    tg_tensor *keep = tg_less(tg_number_like(hidden[0], 0.1), hidden[0]);
    tg_tensor *low = tg_number_like(hidden[0], -(double)INFINITY);
    tg_tensor *p = tg_softmax(tg_select(keep, hidden[0], low));
    tg_tensor *wrong = tg_log(tg_sub_num(p, 2));
    const int line = __LINE__ - 1;
    tg_health *health = report(tg_mean(wrong));
    ck_assert_str_eq(health->nonfinite->operation, "log");
    ck_assert_int_eq(health->nonfinite->line, line);
    tg_health_free(health);
}
END_TEST

/* A constant is no fault; what takes nothing but that is. */
START_TEST(a_mask_of_all_is_told)
{
    record(&(recipe){ 0 });
    tg_tensor *keep = tg_less(tg_number_like(hidden[0], 1e9), hidden[0]);
    tg_tensor *low = tg_number_like(hidden[0], -(double)INFINITY);
    tg_tensor *masked = tg_select(keep, hidden[0], low);
    const int line = __LINE__ - 1;
    tg_health *health = report(tg_mean(tg_softmax(masked)));
    ck_assert_str_eq(health->nonfinite->operation, "select");
    ck_assert_int_eq(health->nonfinite->line, line);
    ck_assert_int_eq(health->nonfinite->infinities, ROWS * UNITS);
    tg_health_free(health);
}
END_TEST

START_TEST(units_that_are_copies_are_told)
{
    record(&(recipe){ .has_init = true, .init = tg_init_constant(0.1), .zero_bias = true });
    tg_health *health = report(loss);
    (void)found(health, TG_HEALTH_INITIALISATION, TG_HEALTH_FAULT, "all units of fc0.weight");
    (void)found(health, TG_HEALTH_INITIALISATION, TG_HEALTH_FAULT, "all units of fc1.weight");
    ck_assert(health->parameter[0].symmetric);
    tg_health_free(health);
}
END_TEST

/* Equal weights with different gradients will differ: a last layer may begin with zeros. */
START_TEST(a_last_layer_of_zeros_is_no_fault)
{
    record(&(recipe){ 0 });
    tg_linear last = tg_linear_new(store, "last", UNITS, 3, .init = tg_init_zeros());
    tg_tensor *to = tg_slice(tg_concat(TG_LIST(x, x), 1), 1, 0, 3, 1);
    tg_tensor *other = tg_mean(tg_square(tg_sub(tg_linear_apply(&last, hidden[1]), to)));
    tg_health *health = report(other);
    for (size_t i = 0; i < health->parameter_count; i++) ck_assert(!health->parameter[i].symmetric);
    tg_health_free(health);
}
END_TEST

/* Sigmoids make the gradient smaller at each layer, sines of steep slopes larger. */
static tg_tensor *ten_layers(tg_init init, tg_tensor *(*activation)(tg_site at, tg_tensor *x))
{
    tg_tensor *h = x;
    for (int i = 0; i < 10; i++) {
        char name[] = "deep0";
        name[4] = (char)('0' + i);
        tg_linear l = tg_linear_new(store, name, i ? UNITS : INPUTS, UNITS, .init = init,
                                    .bias_init = tg_init_zeros());
        h = activation(TG_HERE, tg_linear_apply(&l, h));
    }
    return tg_mean(tg_linear_apply(&layer[2], h));
}

START_TEST(vanishing_and_exploding_gradients_are_told)
{
    record(&(recipe){ 0 });
    tg_tensor *deep = _i ? ten_layers(tg_init_normal(0, 4), tg_sin_at)
                         : ten_layers((tg_init){ .kind = TG_INIT_DEFAULT }, tg_sigmoid_at);
    tg_health *health = report(deep);
    const tg_health_finding *f = found(health, TG_HEALTH_INITIALISATION, TG_HEALTH_WARNING,
                                       _i ? "gradients explode from the last layer to the first"
                                          : "gradients vanish from the last layer to the first");
    ck_assert(strstr(f->seen, "in fc2, ") && strstr(f->seen, "in deep0"));
    ck_assert_uint_eq(health->layer_count, 11); /* fc2 was read first, and is used last */
    ck_assert_str_eq(health->layer[0].name, "deep0");
    tg_health_free(health);
}
END_TEST

START_TEST(vanishing_and_exploding_activations_are_told)
{
    record(&(recipe){ 0 });
    tg_health *health = report(ten_layers(tg_init_normal(0, _i ? 4 : 0.05), tg_relu_at));
    const tg_health_finding *f = found(health, TG_HEALTH_INITIALISATION, TG_HEALTH_WARNING,
                                       _i ? "activations explode from the first to the last"
                                          : "activations vanish from the first to the last");
    ck_assert_ptr_nonnull(strstr(f->seen, "relu at test_health.c:"));
    tg_health_free(health);
}
END_TEST

START_TEST(features_that_say_nothing_are_told)
{
    record(&(recipe){ 0 });
    train(30);
    for (int i = 0; i < ROWS; i++) data[i * INPUTS + 1] = 0.1;
    ck_assert_int_eq(tg_feed(x, data, ROWS * INPUTS), TG_OK);
    tg_health *health = report(loss);
    ck_only(health, TG_HEALTH_FEATURES, TG_HEALTH_NOTE,
            "1 of 4 features is the same in all 32 rows; the first is feature 1, 0.1");
    ck_assert_double_eq(health->feature[1].deviation, 0);
    ck_assert_double_eq(health->feature[1].mean, 0.1);
    tg_health_free(health);
    memset(data, 0, sizeof data);
    ck_assert_int_eq(tg_feed(x, data, ROWS * INPUTS), TG_OK);
    health = report(loss);
    const tg_health_finding *f = found(health, TG_HEALTH_FEATURES, TG_HEALTH_WARNING, "4 of 4");
    ck_assert_str_eq(f->advice, "has the input been fed?");
    tg_health_free(health);
}
END_TEST

START_TEST(features_of_other_scales_are_told)
{
    record(&(recipe){ .feature = _i ? 1e-3 : 1e3 });
    tg_health *health = report(loss);
    (void)found(health, TG_HEALTH_FEATURES, TG_HEALTH_WARNING, "(feature 2)");
    tg_health_free(health);
}
END_TEST

START_TEST(features_without_a_gradient_are_told)
{
    record(&(recipe){ 0 });
    double w[UNITS * INPUTS];
    ck_assert_int_eq(tg_var_get(layer[0].weight, w, UNITS * INPUTS), TG_OK);
    for (int i = 0; i < UNITS; i++) w[i * INPUTS + 3] = 0;
    ck_assert_int_eq(tg_var_set(layer[0].weight, w, UNITS * INPUTS), TG_OK);
    tg_health *health = report(loss);
    ck_only(health, TG_HEALTH_FEATURES, TG_HEALTH_NOTE, "1 of 4 features; the first is feature 3");
    ck_assert_double_eq(health->feature[3].gradient, 0);
    tg_health_free(health);
}
END_TEST

START_TEST(losses_of_the_program_are_judged)
{
    record(&(recipe){ 0 });
    tg_health *health = tg_health_new(loss, &error, .train_loss = 0.1, .validation_loss = 0.5);
    ck_only(health, TG_HEALTH_DATA, TG_HEALTH_WARNING, "validation loss is 0.5");
    tg_health_free(health);
    health = tg_health_new(loss, &error, .train_loss = 2.29, .first_loss = 2.3);
    ck_only(health, TG_HEALTH_ARCHITECTURE, TG_HEALTH_WARNING, "2.29, and was 2.3 at first");
    tg_health_free(health);
    health =
        tg_health_new(loss, &error, .train_loss = 1.5, .validation_loss = 1.6, .first_loss = 2.3);
    ck_only(health, TG_HEALTH_EPOCHS, TG_HEALTH_NOTE, "1.5, and was 2.3 at first");
    tg_health_free(health);
    health =
        tg_health_new(loss, &error, .train_loss = 0.2, .validation_loss = 0.3, .first_loss = 2.3);
    ck_assert_uint_eq(health->finding_count, 0);
    tg_health_free(health);
}
END_TEST

static Suite *health_suite(void)
{
    Suite *suite = suite_create("faults in networks");
    TCase *cases = tcase_create("faults in networks");
    tcase_add_checked_fixture(cases, open_tape, close_tape);
    tcase_add_loop_test(cases, a_healthy_network_gets_no_finding, 0, 2);
    tcase_add_test(cases, dead_units_are_told_with_their_line);
    tcase_add_loop_test(cases, saturated_values_are_told, 0, 2);
    tcase_add_test(cases, an_output_may_be_saturated);
    tcase_add_loop_test(cases, a_learning_rate_is_too_high_or_too_low, 0, 3);
    tcase_add_test(cases, the_line_of_the_first_value_that_is_not_finite_is_told);
    tcase_add_test(cases, an_infinite_derivative_is_told_with_its_line);
    tcase_add_test(cases, data_and_weights_that_are_not_finite_are_told);
    tcase_add_test(cases, a_mask_is_not_blamed);
    tcase_add_test(cases, a_mask_of_all_is_told);
    tcase_add_test(cases, units_that_are_copies_are_told);
    tcase_add_test(cases, a_last_layer_of_zeros_is_no_fault);
    tcase_add_loop_test(cases, vanishing_and_exploding_gradients_are_told, 0, 2);
    tcase_add_loop_test(cases, vanishing_and_exploding_activations_are_told, 0, 2);
    tcase_add_test(cases, features_that_say_nothing_are_told);
    tcase_add_loop_test(cases, features_of_other_scales_are_told, 0, 2);
    tcase_add_test(cases, features_without_a_gradient_are_told);
    tcase_add_test(cases, losses_of_the_program_are_judged);
    suite_add_tcase(suite, cases);
    return suite;
}

int main(void) { return run_suite(health_suite()); }
