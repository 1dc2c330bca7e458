/* test_fit_use.c: what a run of tg_fit shows, logs and reports; what it refuses; what happens when
 * something goes wrong; and the range test of the learning rate. */
#include "tests/support/failing_allocator.h"
#include "fitted.h"

/* ---- What is shown and logged
 * ---------------------------------------------------------------------- */

START_TEST(rows_and_logs_say_what_happened)
{
    problem p = walk_new();
    FILE *out = tmpfile();
    ck_assert_ptr_nonnull(out);
    ck_fine(tg_fit(p.store, walk, &p, p.train, &error, .epochs = 4, .validation = p.validation,
                   .progress = out, .jsonl = path_to("log.jsonl"), .csv = path_to("log.csv"),
                   .tensorboard = path_to("board"), .curves = path_to("curves.svg"),
                   .log_every = 2));
    char text[4096];
    rewind(out);
    text[fread(text, 1, sizeof text - 1, out)] = 0;
    fclose(out);
    ck_assert_msg(strstr(text, "epoch 1/4  loss -1.8261") != NULL, "%s", text);
    ck_assert_msg(strstr(text, "nearness -1.8261") != NULL, "%s", text);
    ck_assert_ptr_nonnull(strstr(text, "| validation loss 10.0000  nearness -10.0000 | "));
    int rows = 0, stars = 0;
    for (const char *c = text; *c; c++) {
        rows += *c == '\n';
        stars += *c == '*';
    }
    ck_assert(rows == 4 && stars == 3);

    tg_scalars scalars;
    ck_assert_int_eq(tg_read_scalars(&scalars, path_to("log.jsonl"), &error), TG_OK);
    const tg_series loss = tg_scalars_find(&scalars, "loss/validation");
    ck_assert_int_eq(loss.count, 4);
    for (int i = 0; i < 4; i++) {
        ck_assert_double_eq(loss.x[i], (i + 1) * STEPS_EPOCH - 1);
        ck_assert_double_eq(loss.y[i], abs(i - 2) * STEPS_EPOCH);
    }
    ck_assert_int_eq(tg_scalars_find(&scalars, "loss/step").count, 10);
    tg_scalars_free(&scalars);
    char *svg = read_all(path_to("curves.svg"));
    ck_assert_ptr_nonnull(strstr(svg, "A training run"));
    free(svg);
    problem_free(&p);
}
END_TEST

enum { SIDE = 5 };
static float pictures[ROWS][SIDE][SIDE];
static int32_t classes[ROWS];

/* Is the middle bright? */
static tg_tensor *classify(void *context, tg_batch *batch)
{
    const tg_linear *layer = context;
    tg_tensor *logits = tg_linear_apply(layer, tg_flatten(batch->field[0], 1));
    tg_track_classes(batch, logits, batch->field[1]);
    tg_tensor *loss = tg_cross_entropy(logits, batch->field[1]);
    if (batch->training) tg_sgd(loss, .lr = 1e-3);
    return loss;
}

START_TEST(a_report_shows_what_was_learned)
{
    rng random = rng_of(8, 2);
    for (int i = 0; i < ROWS; i++) {
        for (int k = 0; k < SIDE * SIDE; k++)
            pictures[i][k / SIDE][k % SIDE] = (float)rng_between(&random, 0, 1);
        classes[i] = pictures[i][2][2] > 0.5f;
    }
    const tg_array in = tg_array_view(TG_F32, TG_SHAPE(ROWS, SIDE, SIDE), pictures);
    const tg_array out = tg_array_view(TG_I32, TG_SHAPE(ROWS), classes);
    tg_loader *train = tg_loader_new(tg_samples_of_arrays(TG_ARRAYS(in, out)), .batch = BATCH);
    tg_loader *held = tg_loader_new(tg_samples_of_arrays(TG_ARRAYS(in, out)), .batch = BATCH);
    tg_store *trained = tg_store_new(.seed = 2);
    tg_linear layer = tg_linear_new(trained, "layer", SIDE * SIDE, 2);
    ck_fine(tg_fit(trained, classify, &layer, train, &error, .epochs = 2, .validation = held,
                   .report = path_to("report.html"), .title = "Bright & dark",
                   .classes = (const char *const[]){ "dark", "bright" }));
    char *page = read_all(path_to("report.html"));
    const char *const words[] = { "Bright &amp; dark",
                                  "Confusion matrix",
                                  "accuracy",
                                  "Taken for a wrong class",
                                  "Taken for the right class",
                                  "dark, taken for bright",
                                  "data:image/png",
                                  "layer",
                                  "The plan of a training step",
                                  "The plan of the validation" };
    for (int i = 0; i < COUNT_OF(words); i++)
        ck_assert_msg(strstr(page, words[i]) != NULL, "no \"%s\"", words[i]);
    free(page);
    tg_loader_free(train);
    tg_loader_free(held);
    tg_store_free(trained);
}
END_TEST

START_TEST(what_cannot_be_written_does_not_end_the_run)
{
    problem p = problem_new();
    FILE *out = tmpfile();
    ck_assert_ptr_nonnull(out);
    const tg_fitted end = tg_fit(p.store, step, &p, p.train, &error, .epochs = 3,
                                 .report = "/proc/none/report.html", .progress = out);
    ck_assert(end.status == TG_ERR_IO && end.end == TG_FIT_EPOCHS && end.epochs == 3);
    ck_assert_msg(strstr(error.text, "/proc/none/report.html") != NULL, "%s", error.text);
    char text[4096];
    rewind(out);
    text[fread(text, 1, sizeof text - 1, out)] = 0;
    fclose(out);
    const char *said = strstr(text, "Not written: ");
    ck_assert_msg(said && !strstr(said + 1, "Not written: "), "%s", text);
    problem_free(&p);
}
END_TEST

/* ---- What goes wrong
 * --------------------------------------------------------------------------------- */

static tg_tensor *explode(void *context, tg_batch *batch)
{
    const problem *p = context;
    tg_tensor *w = tg_read(batch->tape, p->weight);
    tg_tensor *loss = tg_sum(tg_exp(tg_mul_num(w, 50)));
    if (batch->training) tg_gd(loss, .lr = -10, .allow_unused = true);
    return loss;
}

static tg_tensor *explode_upwards(void *context, tg_batch *batch)
{
    const problem *p = context;
    tg_tensor *w = tg_read(batch->tape, p->weight);
    tg_tensor *loss = tg_sum(tg_exp(tg_square(w)));
    if (batch->training) tg_gd(loss, .lr = 10, .maximize = true);
    return loss;
}

START_TEST(a_loss_that_is_not_finite_ends_the_run)
{
    problem p = problem_new();
    tg_fitted end = tg_fit(p.store, explode_upwards, &p, p.train, &error, .epochs = 3);
    ck_assert(end.status == TG_ERR_NUMERIC && end.end == TG_FIT_ERROR);
    ck_assert_msg(strstr(error.text, "the loss is inf in step") != NULL, "%s", error.text);
    ck_assert_int_lt(end.steps, STEPS_EPOCH);
    problem_free(&p);
    p = problem_new();
    end =
        tg_fit(p.store, explode_upwards, &p, p.train, &error, .epochs = 3, .allow_nonfinite = true);
    ck_assert(end.status == TG_OK && end.epochs == 3);
    problem_free(&p);
}
END_TEST

static void refuses(tg_fitted end, const char *words)
{
    ck_assert_int_ne(end.status, TG_OK);
    ck_assert_int_eq(end.end, TG_FIT_ERROR);
    ck_assert_msg(strstr(error.text, words) != NULL, "\"%s\" is not in: %s", words, error.text);
}

START_TEST(options_that_make_no_sense_are_refused)
{
    problem p = problem_new();
    refuses(tg_fit(NULL, step, &p, p.train, &error), "the store is NULL");
    refuses(tg_fit(p.store, NULL, &p, p.train, &error), "the step function is NULL");
    refuses(tg_fit(p.store, step, &p, NULL, &error), "the loader");
    refuses(tg_fit(p.store, step, &p, p.train, &error, .epochs = -1), ".epochs");
    refuses(tg_fit(p.store, step, &p, p.train, &error, .watch = "f1"), "\"f1\"");
    refuses(tg_fit(p.store, step, &p, p.train, &error, .save_every = 3), ".save_every needs");
    refuses(tg_fit(p.store, step, &p, p.train, &error, .log_every = -3), ".log_every");
    refuses(tg_fit(p.store, explode, &p, p.train, &error), "lr = -10");
    problem_free(&p);
    p = problem_new();
    refuses(tg_fit(p.store, step, &p, p.train, &error, .patience = 0), "patience = 0");
    problem_free(&p);
    p = problem_new();
    refuses(tg_fit(p.store, step, &p, p.train, &error, .checkpoints = "/proc/none/run"),
            "/proc/none/run");
    refuses(tg_fit(p.store, step, &p, p.train, &error, .csv = "/proc/none/log"), "/proc/none/log");
    problem_free(&p);
}
END_TEST

START_TEST(without_memory_it_is_an_error_and_nothing_leaks)
{
    failing_allocator memory = { .calls = 0 };
    const tg_allocator allocator = failing_interface(&memory);
    size_t calls = 0;
    for (size_t at = 0; at == 0 || at <= calls; at += at < 300 ? 1 : 17) {
        memory.calls = 0;
        memory.fail_at = at;
        problem p = { .store = tg_store_new(.seed = 5, .allocator = &allocator) };
        if (p.store) {
            p.weight = tg_param(p.store, "w", TG_SHAPE(WIDTH), tg_init_normal(0, 1));
            p.plateau = tg_plateau_new(p.store, "plateau", .base = 0.1);
            p.train = open_loader(0, ROWS, true);
            p.validation = open_loader(0, HELD, false);
            const tg_fitted end =
                tg_fit(p.store, step, &p, p.train, &error, .validation = p.validation, .epochs = 2);
            if (at == 0) ck_fine(end);
            else if (end.status != TG_OK) ck_assert_str_ne(error.text, "");
        }
        problem_free(&p);
        if (at == 0) calls = memory.calls;
        ck_assert_uint_eq(memory.live, 0);
    }
    ck_assert_uint_gt(calls, 50);
}
END_TEST

/* ---- The learning rate
 * ---------------------------------------------------------------------------------- */

/* w^2 / 2 by gradient descent: it diverges at rates above 2, and falls fastest at 1. */
static tg_tensor *bowl(void *context, tg_batch *batch)
{
    const problem *p = context;
    tg_tensor *loss = tg_mul_num(tg_sum(tg_square(tg_read(batch->tape, p->weight))), 0.5);
    if (batch->training) tg_gd(loss, .schedule = batch->schedule);
    return loss;
}

START_TEST(the_rate_that_is_found_is_below_the_one_that_diverges)
{
    problem p = problem_new();
    tg_snapshot *before = NULL;
    float w[WIDTH], after[WIDTH];
    get_weights(&p, w);
    ck_assert_int_eq(tg_loader_seek(p.train, 3, 10), TG_OK);
    const tg_found_lr found =
        tg_find_lr(p.store, bowl, &p, p.train, &error, .low = 1e-5, .high = 100, .steps = 60,
                   .smooth = 0.5, .curves = path_to("lr.svg"));
    ck_assert_msg(found.status == TG_OK, "%s", error.text);
    ck_assert_double_gt(found.suggested, 1e-3);
    ck_assert_double_lt(found.suggested, 2);
    ck_assert_double_ge(found.lowest, found.suggested);
    ck_assert_double_gt(found.diverged, 2);
    ck_assert_int_lt(found.steps, 60);
    get_weights(&p, after);
    ck_assert_mem_eq(w, after, sizeof w);
    ck_assert_int_eq(tg_store_step(p.store), 0);
    const tg_position place = tg_loader_position(p.train);
    ck_assert(place.epoch == 3 && place.row == 10);
    char *svg = read_all(path_to("lr.svg"));
    ck_assert_ptr_nonnull(strstr(svg, "learning rate"));
    free(svg);
    tg_snapshot_free(before);
    problem_free(&p);
}
END_TEST

START_TEST(a_step_without_the_schedule_is_told_so)
{
    problem p = problem_new();
    tg_found_lr found = tg_find_lr(p.store, step, &p, p.train, &error);
    ck_assert_int_eq(found.status, TG_ERR_STATE);
    ck_assert_msg(strstr(error.text, "batch->schedule") != NULL, "%s", error.text);
    ck_assert(isnan(found.suggested));
    found = tg_find_lr(p.store, bowl, &p, p.train, &error, .low = 1, .high = 0.5);
    ck_assert_int_eq(found.status, TG_ERR_ARGUMENT);
    found = tg_find_lr(p.store, bowl, &p, NULL, &error);
    ck_assert_int_eq(found.status, TG_ERR_ARGUMENT);
    problem_free(&p);
}
END_TEST

static Suite *fit_use_suite(void)
{
    Suite *suite = suite_create("use of fit");
    TCase *cases = tcase_create("use of fit");
    tcase_add_checked_fixture(cases, open_data, remove_folder);
    tcase_add_test(cases, rows_and_logs_say_what_happened);
    tcase_add_test(cases, a_report_shows_what_was_learned);
    tcase_add_test(cases, what_cannot_be_written_does_not_end_the_run);
    tcase_add_test(cases, a_loss_that_is_not_finite_ends_the_run);
    tcase_add_test(cases, options_that_make_no_sense_are_refused);
    tcase_add_test(cases, without_memory_it_is_an_error_and_nothing_leaks);
    tcase_add_test(cases, the_rate_that_is_found_is_below_the_one_that_diverges);
    tcase_add_test(cases, a_step_without_the_schedule_is_told_so);
    suite_add_tcase(suite, cases);
    return suite;
}

int main(void) { return run_suite(fit_use_suite()); }
