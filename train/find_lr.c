/* find_lr.c: a range test of the learning rate (Smith, 2017). The step's schedule reads an input,
 * which is fed a rate that grows from step to step. At the end the store is restored. */
#include "runner.h"

#include "common.h"

#include <math.h>
#include <string.h>

#undef TG_HERE
#define TG_HERE at

/* the inputs for the rate, one on each tape */
enum { MOST_INPUTS = 8 };
typedef struct rates {
    tg_tensor *input[MOST_INPUTS];
    size_t count;
} rates;

/* A tg_rate_fn: returns the input of the tape. */
static tg_tensor *record_rate(void *context, tg_tensor *count)
{
    rates *all = context;
    tg_tape *tape = tg_tape_of(count);
    const tg_site at = { __FILE__, __LINE__, "tg_find_lr", NULL };
    tg_tensor *rate = NULL;
    for (size_t i = 0; i < all->count; i++)
        if (tg_tape_of(all->input[i]) == tape) rate = all->input[i];
    if (!rate) {
        if (all->count == MOST_INPUTS)
            return tg_fail(tape, at, TG_ERR_STATE, "tg_find_lr: the step is recorded too often");
        rate = tg_input(tape, "rate", TG_F64, TG_SCALAR);
        if (!rate) return NULL;
        all->input[all->count++] = rate;
    }
    return tg_broadcast(rate, tg_shape_from(count));
}

static void feed_rate(const rates *all, double rate)
{
    for (size_t i = 0; i < all->count; i++) (void)tg_feed(all->input[i], &rate, 1);
}

/* What the range test has measured. */
typedef struct trace {
    double *rate, *loss, *smoothed; /* [args->steps] */
    int64_t count;
    double least;  /* of the smoothed losses */
    bool diverged; /* at the last step */
} trace;

/* ---- Running --------------------------------------------------------------------------------- */

static tg_status check_args(const tg_find_lr_args *args)
{
    const char *wrong = NULL;
    if (!(args->low > 0 && isfinite(args->low))) wrong = ".low must be above 0, and finite";
    else if (!(args->high > args->low && isfinite(args->high)))
        wrong = ".high must be above .low, and finite";
    else if (args->steps < 10 || args->steps > 1000000) wrong = ".steps must be 10 to 1000000";
    else if (!(args->smooth >= 0 && args->smooth < 1)) wrong = ".smooth must lie in [0, 1)";
    else if (!(args->diverge > 1)) wrong = ".diverge must be above 1";
    if (!wrong) return TG_OK;
    return tg_error_set(args->error, args->at, TG_ERR_ARGUMENT, "tg_find_lr: %s", wrong);
}

/* One step at a rate. True if the test should continue. */
static bool test_rate(const tg_find_lr_args *args, tg_runner *runner, const rates *all, trace *t)
{
    const tg_site at = args->at;
    const double part = (double)t->count / (double)(args->steps - 1);
    const double rate = args->low * pow(args->high / args->low, part);
    feed_rate(all, rate);
    int64_t rows = tg_runner_next(runner, args->error);
    if (rows == 0) { /* the next epoch begins */
        feed_rate(all, rate);
        rows = tg_runner_next(runner, args->error);
    }
    if (rows == 0)
        tg_error_set(args->error, at, TG_ERR_ARGUMENT, "tg_find_lr: the loader has no rows");
    if (rows <= 0) return false;
    const double loss = tg_runner_latest(runner, "loss");
    const int64_t i = t->count;
    t->rate[i] = rate;
    t->loss[i] = loss;
    t->count++;
    t->diverged = !isfinite(loss);
    if (t->diverged) return false;
    const double before = i > 0 ? t->smoothed[i - 1] * (1 - pow(args->smooth, (double)i)) : 0;
    t->smoothed[i] = (args->smooth * before + (1 - args->smooth) * loss) /
                     (1 - pow(args->smooth, (double)i + 1));
    if (i == 0 || t->smoothed[i] < t->least) t->least = t->smoothed[i];
    t->diverged = t->smoothed[i] > args->diverge * fabs(t->least);
    return t->count < args->steps && !t->diverged;
}

/* ---- What it shows -----------------------------------------------------------------------------
 */

/* Smooths the losses again, at the end of the test. The losses that were smoothed while it ran
 * depend on earlier steps only, and so lag behind. Here each becomes the mean of two exponential
 * means, one from either end. Losses above the largest of the first tenth are cut to that value, so
 * that the divergence at the end does not reach back. Returns the number of finite losses. */
static int64_t smooth_both_ways(const tg_find_lr_args *args, trace *t)
{
    int64_t count = 0;
    while (count < t->count && isfinite(t->loss[count])) count++;
    double most = -HUGE_VAL, back = 0, forth = 0;
    for (int64_t i = 0; i < count && i <= args->steps / 10; i++) most = fmax(most, t->loss[i]);
    for (int64_t i = 0; i < count; i++) {
        forth = args->smooth * forth + (1 - args->smooth) * fmin(t->loss[i], most);
        t->smoothed[i] = forth / (1 - pow(args->smooth, (double)i + 1)) / 2;
    }
    for (int64_t i = count - 1; i >= 0; i--) {
        back = args->smooth * back + (1 - args->smooth) * fmin(t->loss[i], most);
        t->smoothed[i] += back / (1 - pow(args->smooth, (double)(count - i))) / 2;
    }
    return count;
}

static tg_found_lr judge(const tg_find_lr_args *args, trace *t)
{
    tg_found_lr found = {
        .suggested = (double)NAN, .lowest = (double)NAN, .diverged = (double)NAN, .steps = t->count
    };
    if (t->diverged) found.diverged = t->rate[t->count - 1];
    t->count = smooth_both_ways(args, t);
    double steepest = 0;
    int64_t lowest = 0;
    for (int64_t i = 0; i < t->count; i++)
        if (t->smoothed[i] < t->smoothed[lowest]) lowest = i;
    /* Differences over a tenth of the steps vary less than those between batches. */
    const int64_t reach = args->steps / 10;
    for (int64_t i = reach; i <= lowest; i++) {
        const double fall = t->smoothed[i] - t->smoothed[i - reach];
        if (fall >= steepest) continue;
        steepest = fall;
        found.suggested = t->rate[i - reach / 2];
    }
    if (t->count > 0) found.lowest = t->rate[lowest];
    return found;
}

static tg_status draw(const tg_find_lr_args *args, const trace *t)
{
    if (!args->curves) return TG_OK;
    const tg_site at = args->at;
    const tg_series series[] = { { "smoothed", t->count, t->rate, t->smoothed },
                                 { "loss", t->count, t->rate, t->loss } };
    return tg_draw_curves(args->curves, series, 2, args->error, .title = "The learning rate",
                          .x_label = "learning rate", .y_label = "loss", .log_x = true,
                          .io = args->io);
}

/* ---- All of it ----------------------------------------------------------------------------------
 */

/* Runs the steps, and restores the store. */
static tg_status test_all(const tg_find_lr_args *args, tg_runner *runner, const rates *all,
                          trace *t)
{
    const tg_site at = args->at;
    tg_error *error = args->error;
    if (all->count == 0)
        return tg_error_set(error, at, TG_ERR_STATE,
                            "tg_find_lr: the step does not use batch->schedule; give it to its "
                            "optimizer, .schedule = batch->schedule");
    tg_snapshot *before = NULL;
    if (tg_snapshot_take(&before, args->store, error) != TG_OK) return error->status;
    while (test_rate(args, runner, all, t)) continue;
    tg_error back;
    (void)tg_snapshot_restore(args->store, before, &back);
    if (error->status == TG_OK && back.status != TG_OK) *error = back;
    tg_snapshot_free(before);
    return error->status;
}

tg_found_lr tg_find_lr_with(const tg_find_lr_args *given)
{
    tg_find_lr_args args = { TG_FIND_LR_DEFAULTS };
    tg_found_lr found = { .suggested = (double)NAN,
                          .lowest = (double)NAN,
                          .diverged = (double)NAN };
    tg_error why = { .status = TG_OK };
    tg_error *error = given && given->error ? given->error : &why;
    if (!tg__train_options(&args, given, error, "tg_find_lr")) {
        found.status = error->status;
        return found;
    }
    args.error = error;
    found.status = check_args(&args);
    if (found.status != TG_OK) return found;

    const tg_site at = args.at;
    rates all = { .count = 0 };
    const tg_position place = tg_loader_position(args.loader);
    tg_runner *runner = tg_runner_new(args.store, args.step, args.context, args.loader, args.error,
                                      .training = true, .threads = args.threads,
                                      .schedule = tg_function_lr(record_rate, &all));
    tg_tape *memory = runner ? tg_tape_new(args.store) : NULL;
    const size_t size = (size_t)args.steps * sizeof(double);
    trace t = { .count = 0 };
    if (memory) t.rate = tg_scratch(memory, 3 * size);
    if (runner && !t.rate) tg_error_set(args.error, at, TG_ERR_MEMORY, "tg_find_lr: out of memory");
    if (runner && t.rate) {
        memset(t.rate, 0, 3 * size);
        t.loss = t.rate + args.steps;
        t.smoothed = t.loss + args.steps;
        (void)test_all(&args, runner, &all, &t);
        if (tg_loader_seek(args.loader, place.epoch, place.row) != TG_OK &&
            args.error->status == TG_OK)
            tg_error_set(args.error, at, TG_ERR_STATE,
                         "tg_find_lr: the loader cannot go back to where it was");
        if (args.error->status == TG_OK) found = judge(&args, &t);
        if (args.error->status == TG_OK) (void)draw(&args, &t);
    }
    found.status = args.error->status;
    tg_tape_free(memory);
    tg_runner_free(runner);
    return found;
}
