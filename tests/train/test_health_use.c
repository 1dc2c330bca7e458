/* test_health_use.c: the numbers of a health report are those of gradients by tg_grad and of steps
 * that are made; it changes nothing, whatever fails; and it is printed.
 */
#include "tests/support/failing_allocator.h"
#include "health_network.h"

/* ---- Numbers ----------------------------------------------------------------------------- */

static double norm_of(const double *values, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++) sum += values[i] * values[i];
    return sqrt(sum);
}

START_TEST(numbers_are_those_of_gradients_and_of_the_step)
{
    enum { MOST = UNITS * UNITS };
    record(&(recipe){ 0 });
    train(5);
    tg_health *health = report(loss);
    ck_assert_uint_eq(health->parameter_count, 6);
    ck_assert_uint_eq(health->layer_count, 3);
    double before[6][MOST], after[MOST], all = 0, ratios[3];
    for (size_t i = 0; i < 6; i++) {
        const tg_health_parameter *p = &health->parameter[i];
        const size_t count = (size_t)p->count;
        double gradient[MOST];
        tg_tensor *g = tg_grad(loss, tg_read(tape, (tg_var *)p->var));
        ck_assert_int_eq(tg_get(g, gradient, count), TG_OK);
        ck_assert_int_eq(tg_var_get(p->var, before[i], count), TG_OK);
        ck_close(p->gradient, norm_of(gradient, count), 1e-12);
        ck_close(p->weights, norm_of(before[i], count), 1e-12);
        ck_assert_uint_eq(p->layer, i / 2);
        all += p->gradient * p->gradient;
    }
    ck_close(health->gradient, sqrt(all), 1e-12);
    ck_close(health->loss, tg_item(loss), 1e-14);
    train(1);
    for (size_t i = 0; i < 6; i++) {
        const tg_health_parameter *p = &health->parameter[i];
        ck_assert_int_eq(tg_var_get(p->var, after, (size_t)p->count), TG_OK);
        for (int64_t k = 0; k < p->count; k++) after[k] -= before[i][k];
        ck_close(p->update, norm_of(after, (size_t)p->count), 1e-12);
        ck_close(p->ratio, p->update / p->weights, 1e-12);
    }
    for (size_t i = 0; i < 3; i++) {
        const tg_health_parameter *w = &health->parameter[2 * i], *b = w + 1;
        const tg_health_layer *l = &health->layer[i];
        ck_assert_int_eq(l->count, w->count + b->count);
        ck_close(l->weights, hypot(w->weights, b->weights), 1e-12);
        ck_close(l->gradient, hypot(w->gradient, b->gradient), 1e-12);
        ck_close(l->update, hypot(w->update, b->update), 1e-12);
        ratios[i] = l->ratio;
    }
    const double least = fmin(fmin(ratios[0], ratios[1]), ratios[2]);
    const double most = fmax(fmax(ratios[0], ratios[1]), ratios[2]);
    ck_close(health->ratio, ratios[0] + ratios[1] + ratios[2] - least - most, 1e-12);
    tg_health_free(health);
}
END_TEST

START_TEST(activations_and_features_are_counted_as_one_would_by_hand)
{
    record(&(recipe){ .bias = -0.6 });
    tg_health *health = report(loss);
    double y[ROWS * UNITS], mean = 0, off = 0, dead = 0;
    ck_assert_int_eq(tg_get(hidden[1], y, ROWS * UNITS), TG_OK);
    for (int k = 0; k < UNITS; k++) {
        double largest = 0;
        for (int i = 0; i < ROWS; i++) {
            largest = fmax(largest, y[i * UNITS + k]);
            mean += y[i * UNITS + k] / (ROWS * UNITS);
        }
        dead += largest == 0;
    }
    for (int i = 0; i < ROWS * UNITS; i++) off += (y[i] - mean) * (y[i] - mean);
    const tg_health_activation *a = &health->activation[1];
    ck_assert_double_gt(dead, 0);
    ck_close(a->dead, dead / UNITS, 1e-14);
    ck_close(a->mean, mean, 1e-12);
    ck_close(a->deviation, sqrt(off / (ROWS * UNITS)), 1e-12);
    ck_assert(a->rows == ROWS && a->units == UNITS && isnan(a->saturated));
    ck_assert_str_eq(a->name, "relu");
    ck_assert_str_eq(a->function, "tg_relu");
    double g[ROWS * INPUTS];
    ck_assert_int_eq(tg_get(tg_grad(loss, x), g, ROWS * INPUTS), TG_OK);
    for (int k = 0; k < INPUTS; k++) {
        double sum = 0, slope = 0, squares = 0;
        for (int i = 0; i < ROWS; i++) {
            sum += data[i * INPUTS + k];
            squares += data[i * INPUTS + k] * data[i * INPUTS + k];
            slope += fabs(g[i * INPUTS + k]);
        }
        const double middle = sum / ROWS;
        ck_close(health->feature[k].mean, middle, 1e-12);
        ck_close(health->feature[k].deviation, sqrt(squares / ROWS - middle * middle), 1e-12);
        ck_close(health->feature[k].gradient, slope / ROWS, 1e-12);
    }
    tg_health_free(health);
}
END_TEST

START_TEST(channels_are_the_units_of_pictures)
{
    tg_tensor *image = tg_input(tape, "image", TG_F64, TG_SHAPE(2, 1, 6, 6));
    double pixels[72];
    for (int i = 0; i < 72; i++) pixels[i] = i % 7;
    ck_assert_int_eq(tg_feed(image, pixels, 72), TG_OK);
    tg_conv conv = tg_conv2d_new(store, "conv", 1, 3, .kernel = 3);
    const double bias[3] = { -100, 100, 100 };
    ck_assert_int_eq(tg_var_set(conv.bias, bias, 3), TG_OK);
    tg_tensor *y = tg_relu(tg_conv_apply(&conv, image));
    tg_health *health = tg_health_new(tg_mean(tg_square(y)), &error);
    ck_assert_msg(health != NULL, "%s", error.text);
    ck_assert_int_eq(health->activation[0].units, 3);
    ck_assert_int_eq(health->activation[0].rows, 2 * 4 * 4);
    ck_close(health->activation[0].dead, 1.0 / 3, 1e-14);
    tg_health_free(health);
}
END_TEST

/* Those of a layer are one entry; the gates of SiLU and of GELU are no activations of their own. */
START_TEST(activations_of_layers_and_of_others_are_told_apart)
{
    tg_tensor *in = tg_input(tape, "in", TG_F64, TG_SHAPE(3, 2, 4)); /* [steps, batch, size] */
    tg_recurrent lstm = tg_lstm_new(store, "lstm", 4, 5);
    tg_tensor *y = tg_recurrent_apply(&lstm, in);
    tg_health *health = tg_health_new(tg_sum(y), &error);
    ck_assert_msg(health != NULL, "%s", error.text);
    const size_t alone = health->activation_count;
    ck_assert(alone >= 2 && alone <= 5); /* gates and states, of all steps */
    tg_health_free(health);
    y = tg_gelu_tanh(tg_silu(tg_mish(y)));
    y = tg_name(tg_relu(y), "mine");
    health = tg_health_new(tg_sum(y), &error);
    ck_assert_msg(health != NULL, "%s", error.text);
    static const char *const names[] = { "mish", "silu", "gelu_tanh", "relu" };
    ck_assert_uint_eq(health->activation_count, alone + COUNT_OF(names));
    for (size_t k = 0; k < COUNT_OF(names); k++)
        ck_assert_str_eq(health->activation[alone + k].name, names[k]);
    tg_health_free(health);
}
END_TEST

/* ---- What it leaves as it was ------------------------------------------------------------- */

/* Trains with noise, and asks for a report in some steps or in none; gives the last loss. */
static double trained(bool asking, double *weights)
{
    open_tape();
    record(&(recipe){ .noisy = true });
    tg_tensor *part = tg_mul_num(tg_mean(hidden[0]), 2);
    tg_plan *plan = tg_compile(tape, loss, part);
    double last = 0;
    for (int i = 0; i < 6; i++) {
        run(plan);
        const size_t length = tg_tape_length(tape), variables = tg_var_count(store);
        const uint32_t assigns = tg_assign_count(tape);
        const int64_t made = tg_store_step(store);
        const double value = tg_item(loss);
        if (asking && i % 2) tg_health_free(report(loss));
        ck_assert_uint_eq(tg_tape_length(tape), length);
        ck_assert_uint_eq(tg_assign_count(tape), assigns);
        ck_assert_uint_eq(tg_var_count(store), variables);
        ck_assert_int_eq(tg_store_step(store), made);
        ck_no_error();
        ck_assert_double_eq(tg_item(loss), value); /* of the plan's run, not of now */
        last = tg_item(loss) + tg_item(part);
    }
    ck_assert_int_eq(tg_var_get(layer[1].weight, weights, UNITS * UNITS), TG_OK);
    tg_plan_free(plan);
    close_tape();
    return last;
}

START_TEST(a_training_goes_on_as_if_it_had_not_been_asked)
{
    static double plain[UNITS * UNITS], asked[UNITS * UNITS];
    const double a = trained(false, plain), b = trained(true, asked);
    ck_assert_double_eq(a, b);
    ck_assert_int_eq(memcmp(plain, asked, sizeof plain), 0);
}
END_TEST

/* Read as it is recorded: the draws of this recording stay what they were. */
START_TEST(values_that_were_read_stay)
{
    record(&(recipe){ 0 });
    tg_tensor *noisy = tg_dropout(hidden[1], 0.5, "drop", true);
    tg_tensor *second = tg_mean(tg_square(noisy));
    const double value = tg_item(second);
    tg_health *health = tg_health_new(second, &error);
    ck_assert_msg(health != NULL, "%s", error.text);
    ck_assert_double_eq(health->loss, value);
    ck_assert_double_eq(tg_item(second), value);
    tg_health_free(health);
}
END_TEST

START_TEST(a_report_outlives_its_recording)
{
    record(&(recipe){ .bias = -100 });
    tg_health *health = report(loss);
    tg_rewind(tape);
    for (int i = 0; i < 1000; i++) ck_assert_ptr_nonnull(tg_name(tg_number(tape, i), "other"));
    (void)found(health, TG_HEALTH_INITIALISATION, TG_HEALTH_FAULT, "relu at");
    ck_assert_str_eq(tg_var_name(health->parameter[0].var), "fc0.weight");
    tg_health_free(health);
}
END_TEST

START_TEST(only_the_updates_that_are_given_count)
{
    record(&(recipe){ 0 });
    const tg_updates none = tg_updates_since(tape, tg_assign_count(tape));
    tg_health *health = tg_health_new(loss, &error, .updates = &none);
    ck_assert_msg(health != NULL, "%s", error.text);
    ck_assert(isnan(health->ratio) && isnan(health->parameter[0].update));
    ck_assert(isnan(health->learning_rate));
    tg_health_free(health);
    health = tg_health_new(loss, &error);
    ck_assert_double_gt(health->ratio, 0);
    tg_health_free(health);
    tg_freeze(store, "fc1");
    health = tg_health_new(loss, &error);
    ck_assert_uint_eq(health->parameter_count, 4);
    tg_health_free(health);
}
END_TEST

/* ---- Errors -------------------------------------------------------------------------------- */

static void ck_refuses(const tg_health *health, tg_status status, const char *words)
{
    ck_assert_ptr_null(health);
    ck_assert_int_eq(error.status, status);
    ck_assert_msg(strstr(error.text, words) != NULL, "\"%s\" is not in: %s", words, error.text);
    ck_no_error();
}

START_TEST(what_cannot_be_judged_is_refused)
{
    record(&(recipe){ 0 });
    const tg_updates old = step;
    tg_tensor *other = tg_mean(x);
    const size_t length = tg_tape_length(tape);
    ck_refuses(tg_health_new(NULL, &error), TG_ERR_ARGUMENT, "tg_health_new: the loss is NULL");
    ck_refuses(tg_health_new(hidden[0], &error), TG_ERR_SHAPE, "must be one number");
    ck_refuses(tg_health_new(other, &error), TG_ERR_ARGUMENT, "no trainable parameter");
    ck_refuses(tg_health_new(loss, &error, .features = loss), TG_ERR_SHAPE, "[rows, ...]");
    ck_assert_uint_eq(tg_tape_length(tape), length);
    tg_rewind(tape);
    x = tg_input(tape, "x", TG_F64, TG_SHAPE(ROWS, INPUTS));
    loss = tg_mean(tg_square(tg_linear_apply(&layer[0], x)));
    ck_refuses(tg_health_new(loss, &error, .updates = &old), TG_ERR_ARGUMENT, "this tape's");
    ck_assert_ptr_null(tg_matmul(x, x));
    ck_assert_ptr_null(tg_health_new(loss, &error));
    ck_assert_str_eq(error.text, tg_tape_error(tape)); /* it stays */
    ck_assert_int_eq(error.status, tg_tape_status(tape));
}
END_TEST

START_TEST(an_error_of_the_run_is_told)
{
    record(&(recipe){ 0 });
    const int32_t index[1] = { 99 };
    tg_tensor *row = tg_gather(hidden[0], tg_constant(tape, TG_I32, TG_SHAPE(1), index), 0);
    ck_refuses(tg_health_new(tg_sum(row), &error), TG_ERR_INDEX, "99");
}
END_TEST

/* With all memory, and with none from each allocation on: nothing leaks, nothing changes. */
START_TEST(every_allocation_may_fail)
{
    static failing_allocator memory;
    const tg_allocator allocator = failing_interface(&memory);
    bool done = false;
    for (size_t n = 1; !done; n++) {
        memory = (failing_allocator){ 0 };
        store = tg_store_new(.seed = 7, .dtype = TG_F64, .allocator = &allocator);
        tape = tg_tape_new(store);
        record(&(recipe){ .bias = -100 });
        tg_tensor *of = _i ? tg_mean(tg_log(tg_neg(tg_square(loss)))) : loss;
        const size_t length = tg_tape_length(tape);
        memory.fail_at = memory.calls + n;
        memory.persistent = true;
        tg_health *health = tg_health_new(of, &error, .updates = &step, .features = x);
        done = memory.failures == 0;
        memory.fail_at = 0;
        ck_assert_msg((health != NULL) == done, "allocation %zu: %s", n, error.text);
        if (!done) ck_assert_int_eq(error.status, TG_ERR_MEMORY);
        ck_no_error();
        ck_assert_int_eq(tg_store_status(store), TG_OK);
        ck_assert_uint_eq(tg_tape_length(tape), length);
        tg_health_free(health);
        ck_assert_double_gt(tg_item(loss), 0);
        close_tape();
        ck_assert_uint_eq(memory.live, 0);
    }
}
END_TEST

/* ---- Text -------------------------------------------------------------------------------- */

START_TEST(it_is_printed_as_tables)
{
    record(&(recipe){ .bias = -100 });
    tg_health *health = report(loss);
    char text[8192] = "";
    FILE *out = tmpfile();
    ck_assert_ptr_nonnull(out);
    tg_health_print(health, out);
    rewind(out);
    text[fread(text, 1, sizeof text - 1, out)] = 0;
    fclose(out);
    static const char *const words[] = { "learning rate 0.001\n",
                                         "\nlayer ",
                                         "\nfc1 ",
                                         "\nactivation ",
                                         "100.0%",
                                         "4 features of 32 rows",
                                         "fault, initialisation: relu at",
                                         "1 fault and 1 warning" };
    for (int i = 0; i < COUNT_OF(words); i++)
        ck_assert_msg(strstr(text, words[i]), "\"%s\" is not in:\n%s", words[i], text);
    tg_health_free(health);
    ck_assert_str_eq(tg_health_topic_name(TG_HEALTH_EPOCHS), "epochs");
    ck_assert_str_eq(tg_health_topic_name((tg_health_topic)99), "unknown topic");
}
END_TEST

static Suite *health_use_suite(void)
{
    Suite *suite = suite_create("use of health reports");
    TCase *cases = tcase_create("use of health reports");
    TCase *own = tcase_create("stores of their own");
    tcase_add_checked_fixture(cases, open_tape, close_tape);
    tcase_add_test(cases, numbers_are_those_of_gradients_and_of_the_step);
    tcase_add_test(cases, activations_and_features_are_counted_as_one_would_by_hand);
    tcase_add_test(cases, channels_are_the_units_of_pictures);
    tcase_add_test(cases, activations_of_layers_and_of_others_are_told_apart);
    tcase_add_test(cases, values_that_were_read_stay);
    tcase_add_test(cases, a_report_outlives_its_recording);
    tcase_add_test(cases, only_the_updates_that_are_given_count);
    tcase_add_test(cases, what_cannot_be_judged_is_refused);
    tcase_add_test(cases, an_error_of_the_run_is_told);
    tcase_add_test(cases, it_is_printed_as_tables);
    tcase_add_test(own, a_training_goes_on_as_if_it_had_not_been_asked);
    tcase_add_loop_test(own, every_allocation_may_fail, 0, 2);
    suite_add_tcase(suite, cases);
    suite_add_tcase(suite, own);
    return suite;
}

int main(void) { return run_suite(health_use_suite()); }
