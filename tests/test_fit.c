/* test_fit.c: a run of tg_fit is the loop that one would write by hand; it stops early, ends with
 * the best weights, goes on with the same bits wherever it was stopped or killed, and says what it
 * does. And the range test of the learning rate. */
#define _DEFAULT_SOURCE 1 /* mkdtemp, usleep */

#include "failing_allocator.h"
#include "random.h"
#include "recorded.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROWS = 23, HELD = 9, WIDTH = 3, BATCH = 5, STEPS_EPOCH = 5 };

static float x[ROWS][WIDTH], y[ROWS];
static char folder[] = "/tmp/tapegrad-XXXXXX";
static tg_error error;

/* All of a run: a store, its loaders, what it learns. */
typedef struct problem {
    tg_store *store;
    tg_var *weight;
    tg_loader *train, *validation;
    tg_plateau plateau;
} problem;

static tg_loader *open_loader(int64_t from, int64_t rows, bool shuffle)
{
    const tg_array in = tg_array_view(TG_F32, TG_SHAPE(rows, WIDTH), x[from]);
    const tg_array out = tg_array_view(TG_F32, TG_SHAPE(rows), y + from);
    return tg_loader_new(tg_samples_of_arrays(TG_ARRAYS(in, out)), .batch = BATCH,
                         .shuffle = shuffle, .seed = 9);
}

static problem problem_new(void)
{
    problem p = { .store = tg_store_new(.seed = 5) };
    p.weight = tg_param(p.store, "w", TG_SHAPE(WIDTH), tg_init_normal(0, 1));
    p.plateau = tg_plateau_new(p.store, "plateau", .base = 0.1, .factor = 0.5, .patience = 0);
    p.train = open_loader(0, ROWS, true);
    p.validation = open_loader(0, HELD, false);
    return p;
}

static void problem_free(problem *p)
{
    tg_loader_free(p->train);
    tg_loader_free(p->validation);
    tg_store_free(p->store);
}

static void open_data(void)
{
    rng random = rng_of(3, 1);
    for (int i = 0; i < ROWS; i++) {
        for (int j = 0; j < WIDTH; j++) x[i][j] = (float)rng_between(&random, -1, 1);
        y[i] = x[i][0] - 2 * x[i][1] + 0.5f;
    }
    strcpy(folder, "/tmp/tapegrad-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    error = (tg_error){ .status = TG_OK };
}

static void remove_folder(void)
{
    char command[80];
    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}

/* A path in the folder; good until the next but three. */
static const char *path_to(const char *name)
{
    static char paths[4][128];
    static int last;
    last = (last + 1) % 4;
    (void)snprintf(paths[last], sizeof paths[last], "%s/%s", folder, name);
    return paths[last];
}

/* Squares, with noise in training. */
static tg_tensor *step(void *context, tg_batch *batch)
{
    const problem *p = context;
    tg_tensor *w = tg_read(batch->tape, p->weight);
    tg_tensor *guess = tg_sum(tg_mul(batch->field[0], w), .axis = 1);
    if (batch->training)
        guess =
            tg_add(guess, tg_normal(batch->tape, "noise", TG_F32, TG_SHAPE(batch->rows), 0, 0.1));
    tg_tensor *loss = tg_mse(guess, batch->field[1]);
    tg_track(batch, "distance", tg_mean(tg_abs(tg_sub(guess, batch->field[1]))));
    if (batch->training) {
        const tg_updates made = tg_adam(loss, .schedule = tg_plateau_lr(&p->plateau));
        tg_track_last(batch, "lr", made.lr);
    }
    return loss;
}

static void get_weights(const problem *p, float w[WIDTH])
{
    ck_assert_int_eq(tg_var_get(p->weight, w, WIDTH), TG_OK);
}

static void ck_fine(tg_fitted end)
{
    ck_assert_msg(end.status == TG_OK, "%s", error.text);
    ck_assert_int_ne(end.end, TG_FIT_ERROR);
}

/* ---- The loop by hand ------------------------------------------------------------------------ */

typedef struct program {
    tg_tape *tape;
    tg_tensor *x, *y, *loss;
    tg_plan *plan;
} program;

static program program_new(problem *p, int64_t rows, bool training)
{
    program made = { .tape = tg_tape_new(p->store) };
    made.x = tg_input(made.tape, "x", TG_F32, TG_SHAPE(rows, WIDTH));
    made.y = tg_input(made.tape, "y", TG_F32, TG_SHAPE(rows));
    tg_tensor *guess = tg_sum(tg_mul(made.x, tg_read(made.tape, p->weight)), .axis = 1);
    if (training)
        guess = tg_add(guess, tg_normal(made.tape, "noise", TG_F32, TG_SHAPE(rows), 0, 0.1));
    made.loss = tg_mse(guess, made.y);
    if (training) tg_adam(made.loss, .schedule = tg_plateau_lr(&p->plateau));
    made.plan = training ? tg_compile(made.tape, made.loss) : tg_compile_pure(made.tape, made.loss);
    return made;
}

static double pass(tg_loader *loader, const program *full, const program *tail)
{
    double sum = 0, all = 0;
    for (int64_t rows; (rows = tg_loader_peek(loader)) > 0;) {
        const program *now = rows == BATCH ? full : tail;
        ck_assert_int_eq(tg_loader_next(loader, TG_LIST(now->x, now->y)), rows);
        ck_assert_int_eq(tg_run(now->plan), TG_OK);
        sum += tg_item(now->loss) * (double)rows;
        all += (double)rows;
    }
    ck_assert_int_eq(tg_loader_next(loader, TG_LIST(full->x, full->y)), 0);
    return sum / all;
}

/* The last epoch's losses of training and validation. */
static void train_by_hand(problem *p, int epochs, double losses[2])
{
    const program of[4] = { program_new(p, BATCH, true), program_new(p, ROWS % BATCH, true),
                            program_new(p, BATCH, false), program_new(p, HELD % BATCH, false) };
    for (int epoch = 0; epoch < epochs; epoch++) {
        losses[0] = pass(p->train, &of[0], &of[1]);
        losses[1] = pass(p->validation, &of[2], &of[3]);
        (void)tg_plateau_feed(&p->plateau, losses[1]);
    }
    for (int i = 0; i < 4; i++) {
        tg_plan_free(of[i].plan);
        tg_tape_free(of[i].tape);
    }
}

typedef struct seen {
    int steps, epochs, stop_at;
    double losses[2];
} seen;

static bool see(void *context, const tg_fit_moment *moment)
{
    seen *s = context;
    if (!moment->epoch_ended) {
        ck_assert_int_eq(moment->step, s->steps);
        ck_assert_int_eq(moment->epoch, s->steps / STEPS_EPOCH);
        return ++s->steps != s->stop_at;
    }
    ck_assert_int_eq(moment->epoch, s->steps / STEPS_EPOCH - 1);
    s->epochs++;
    s->losses[0] = tg_runner_value(moment->train, "loss");
    s->losses[1] = tg_runner_value(moment->validation, "loss");
    ck_assert_double_eq(moment->value, s->losses[1]);
    return true;
}

START_TEST(it_is_the_loop_that_one_would_write)
{
    problem hand = problem_new(), fitted = problem_new();
    seen what = { .stop_at = -1 };
    double losses[2];
    train_by_hand(&hand, 6, losses);
    const tg_fitted end =
        tg_fit(fitted.store, step, &fitted, fitted.train, &error, .validation = fitted.validation,
               .epochs = 6, .plateau = &fitted.plateau, .keep_last = true, .callback = see,
               .callback_context = &what);
    ck_fine(end);
    ck_assert(end.end == TG_FIT_EPOCHS && end.epochs == 6 && end.steps == 6 * STEPS_EPOCH);
    ck_assert(what.steps == 30 && what.epochs == 6 && !end.restored);
    float w[2][WIDTH];
    get_weights(&hand, w[0]);
    get_weights(&fitted, w[1]);
    ck_assert_mem_eq(w[0], w[1], sizeof w[0]);
    ck_assert_double_eq(losses[0], what.losses[0]);
    ck_assert_double_eq(losses[1], what.losses[1]);
    problem_free(&hand);
    problem_free(&fitted);
}
END_TEST

/* ---- Early stopping: a loss that is known ------------------------------------------------------
 */

/* Each step takes 1 off w; the loss of the validation is |w + 3 epochs of steps|. */
static tg_tensor *walk(void *context, tg_batch *batch)
{
    const problem *p = context;
    tg_tensor *w = tg_mean(tg_read(batch->tape, p->weight));
    if (!batch->training) {
        tg_track(batch, "nearness", tg_neg(tg_abs(tg_add_num(w, 3.0 * STEPS_EPOCH))));
        return tg_abs(tg_add_num(w, 3.0 * STEPS_EPOCH));
    }
    tg_track(batch, "nearness", w);
    tg_gd(tg_mul_num(w, WIDTH), .lr = 1);
    return w;
}

static problem walk_new(void)
{
    problem p = problem_new();
    ck_assert_int_eq(tg_var_set(p.weight, ((float[]){ 0, 0, 0 }), WIDTH), TG_OK);
    return p;
}

START_TEST(it_stops_early_with_the_best_weights)
{
    for (int i = 0; i < 4; i++) {
        problem p = walk_new();
        const bool files = i & 1, maximize = i & 2;
        const tg_fitted end =
            tg_fit(p.store, walk, &p, p.train, &error, .epochs = 50, .validation = p.validation,
                   .patience = 2, .watch = maximize ? "nearness" : "loss", .maximize = maximize,
                   .checkpoints = files ? path_to(maximize ? "a" : "b") : NULL);
        ck_fine(end);
        ck_assert_int_eq(end.end, TG_FIT_PATIENCE);
        ck_assert_str_eq(tg_fit_end_name(end.end),
                         "no better for as many epochs as were to be borne");
        ck_assert(end.epochs == 5 && end.best_epoch == 2 && end.best == 0 && end.restored);
        float w[WIDTH];
        get_weights(&p, w);
        ck_assert_float_eq(w[0], -3 * STEPS_EPOCH);
        if (files) { /* one that has ended ends at once */
            const tg_fitted again =
                tg_fit(p.store, walk, &p, p.train, &error, .epochs = 50, .validation = p.validation,
                       .patience = 2, .watch = maximize ? "nearness" : "loss", .maximize = maximize,
                       .checkpoints = path_to(maximize ? "a" : "b"));
            ck_fine(again);
            ck_assert(again.end == TG_FIT_PATIENCE && again.epochs == 5 && again.restored);
            ck_assert(again.resumed_epochs == 5 && again.best == 0 && again.best_epoch == 2);
            get_weights(&p, w);
            ck_assert_float_eq(w[0], -3 * STEPS_EPOCH);
        }
        problem_free(&p);
    }
}
END_TEST

START_TEST(the_last_weights_are_kept_if_asked)
{
    problem p = walk_new();
    const tg_fitted end = tg_fit(p.store, walk, &p, p.train, &error, .epochs = 7,
                                 .validation = p.validation, .keep_last = true);
    ck_fine(end);
    ck_assert(end.end == TG_FIT_EPOCHS && end.best_epoch == 2 && !end.restored);
    float w[WIDTH];
    get_weights(&p, w);
    ck_assert_float_eq(w[0], -7 * STEPS_EPOCH);
    problem_free(&p);
}
END_TEST

/* ---- Stopped, killed, gone on with
 * --------------------------------------------------------------- */

enum { EPOCHS = 5 };

static tg_fitted fit_into(problem *p, const char *name, int stop_at, seen *what)
{
    char run[128], csv[128];
    (void)snprintf(run, sizeof run, "%s/%s", folder, name);
    (void)snprintf(csv, sizeof csv, "%s/%s.csv", folder, name);
    *what = (seen){ .stop_at = stop_at };
    return tg_fit(p->store, step, p, p->train, &error, .validation = p->validation,
                  .epochs = EPOCHS, .plateau = &p->plateau, .checkpoints = run, .csv = csv,
                  .log_every = 1, .save_every = 2, .callback = stop_at ? see : NULL,
                  .callback_context = what);
}

/* The bytes of a file, with an end. */
static char *read_all(const char *path)
{
    FILE *in = fopen(path, "rb");
    ck_assert_msg(in != NULL, "%s", path);
    char *text = calloc(1, 1 << 20);
    ck_assert_ptr_nonnull(text);
    ck_assert_uint_gt(fread(text, 1, (1 << 20) - 1, in), 0);
    fclose(in);
    return text;
}

START_TEST(a_run_that_was_stopped_anywhere_has_the_same_bits)
{
    problem whole = problem_new();
    seen what;
    float want[WIDTH], got[WIDTH];
    const tg_fitted all = fit_into(&whole, "whole", 0, &what);
    ck_fine(all);
    get_weights(&whole, want);
    char *log = read_all(path_to("whole.csv"));
    ck_assert_ptr_nonnull(strstr(log, "loss/validation"));
    ck_assert_ptr_nonnull(strstr(log, "loss/step"));
    ck_assert_ptr_nonnull(strstr(log, "lr"));
    for (int stop = 1; stop <= EPOCHS * STEPS_EPOCH; stop += 3) {
        char name[32];
        (void)snprintf(name, sizeof name, "stop%d", stop);
        problem first = problem_new(), second = problem_new();
        const tg_fitted part = fit_into(&first, name, stop, &what);
        ck_fine(part);
        ck_assert(part.end == TG_FIT_CALLBACK && part.steps == stop);
        const tg_fitted rest = fit_into(&second, name, 0, &what);
        ck_fine(rest);
        ck_assert_int_eq(rest.resumed_steps, stop);
        ck_assert(rest.epochs == EPOCHS && rest.steps == all.steps);
        ck_assert(rest.best == all.best && rest.best_epoch == all.best_epoch);
        get_weights(&second, got);
        ck_assert_mem_eq(want, got, sizeof want);
        (void)snprintf(name, sizeof name, "stop%d.csv", stop);
        char *pieces = read_all(path_to(name));
        ck_assert_str_eq(log, pieces);
        free(pieces);
        problem_free(&first);
        problem_free(&second);
    }
    free(log);
    problem_free(&whole);
}
END_TEST

/* Each child goes on where the one before was killed. */
START_TEST(a_run_that_is_killed_at_any_moment_comes_to_the_same_weights)
{
    problem whole = problem_new();
    seen what;
    float want[WIDTH], got[WIDTH];
    const tg_fitted all = fit_into(&whole, "whole", 0, &what);
    ck_fine(all);
    get_weights(&whole, want);
    rng random = rng_of(17, 0);
    bool done = false;
    int kills = 0;
    for (int tries = 0; !done && tries < 300; tries++) {
        const pid_t child = fork();
        if (child == 0) {
            problem p = problem_new();
            _exit(fit_into(&p, "killed", 0, &what).status != TG_OK);
        }
        ck_assert_int_gt(child, 0);
        (void)usleep((useconds_t)(rng_between(&random, 0, 1) * (kills < 20 ? 12000 : 1e6)));
        (void)kill(child, SIGKILL);
        int status;
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        kills += WIFSIGNALED(status);
        done = WIFEXITED(status);
        if (done) ck_assert_int_eq(WEXITSTATUS(status), 0);
    }
    ck_assert(done);
    problem p = problem_new();
    const tg_fitted rest = fit_into(&p, "killed", 0, &what);
    ck_fine(rest);
    ck_assert_int_eq(rest.steps, all.steps);
    get_weights(&p, got);
    ck_assert_mem_eq(want, got, sizeof want);
    problem_free(&p);
    problem_free(&whole);
}
END_TEST

static tg_tensor *other_step(void *context, tg_batch *batch)
{
    tg_tensor *loss = step(context, batch);
    tg_param(tg_tape_store(batch->tape), "more", TG_SCALAR, tg_init_zeros());
    return loss;
}

START_TEST(a_checkpoint_of_another_model_is_refused)
{
    problem first = problem_new(), second = problem_new();
    ck_fine(tg_fit(first.store, step, &first, first.train, &error, .epochs = 1,
                   .checkpoints = path_to("run")));
    const tg_fitted end = tg_fit(second.store, other_step, &second, second.train, &error,
                                 .epochs = 1, .checkpoints = path_to("run"));
    ck_assert_int_ne(end.status, TG_OK);
    ck_assert_msg(strstr(error.text, "more") != NULL, "%s", error.text);
    problem_free(&first);
    problem_free(&second);
}
END_TEST

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

static Suite *fit_suite(void)
{
    Suite *suite = suite_create("fit");
    TCase *cases = tcase_create("fit");
    tcase_add_checked_fixture(cases, open_data, remove_folder);
    tcase_add_test(cases, it_is_the_loop_that_one_would_write);
    tcase_add_test(cases, it_stops_early_with_the_best_weights);
    tcase_add_test(cases, the_last_weights_are_kept_if_asked);
    tcase_add_test(cases, a_run_that_was_stopped_anywhere_has_the_same_bits);
    tcase_add_test(cases, a_run_that_is_killed_at_any_moment_comes_to_the_same_weights);
    tcase_add_test(cases, a_checkpoint_of_another_model_is_refused);
    tcase_add_test(cases, rows_and_logs_say_what_happened);
    tcase_add_test(cases, a_loss_that_is_not_finite_ends_the_run);
    tcase_add_test(cases, options_that_make_no_sense_are_refused);
    tcase_add_test(cases, without_memory_it_is_an_error_and_nothing_leaks);
    tcase_add_test(cases, the_rate_that_is_found_is_below_the_one_that_diverges);
    tcase_add_test(cases, a_step_without_the_schedule_is_told_so);
    suite_add_tcase(suite, cases);
    return suite;
}

int main(void) { return run_suite(fit_suite()); }
