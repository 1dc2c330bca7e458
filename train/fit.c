/* fit.c: a training run, made of runners, early stopping, a plateau and checkpoints.
 *
 * Invariant: whenever a checkpoint is made, everything that the further run depends on is in the
 * store: weights and optimizer state, the loader's position and the sums of the epoch, the plateau,
 * early stopping's counts, the numbers of epochs and steps. At the end of an epoch all of these are
 * updated first; then the checkpoint of the best state is made, then that of the last one. A run
 * that is killed between the two repeats the epoch, and gives the same bits. */
#include "fit.h"

#include <math.h>
#include <string.h>

#undef TG_HERE
#define TG_HERE at

const char *tg_fit_end_name(tg_fit_end end)
{
    switch (end) {
    case TG_FIT_ERROR: return "an error";
    case TG_FIT_EPOCHS: return "that was the last epoch";
    case TG_FIT_PATIENCE: return "no improvement for .patience epochs";
    case TG_FIT_CALLBACK: return "the callback returned false";
    }
    return "unknown";
}

/* ---- Options ----------------------------------------------------------------------------------
 */

static tg_status check_args(const tg_fit_args *args, tg_error *error)
{
    const char *wrong = NULL;
    if (!args->store) wrong = "the store is NULL";
    else if (!args->train) wrong = "the loader of the training data is NULL";
    else if (args->epochs < 0) wrong = ".epochs must be at least 0";
    else if (!args->watch || !*args->watch) wrong = ".watch needs a name";
    else if (!args->name || !*args->name) wrong = ".name is empty";
    else if (args->save_every < 0) wrong = ".save_every must be at least 0";
    else if (args->log_every < 0) wrong = ".log_every must be at least 0";
    else if (args->save_every > 0 && !args->checkpoints) wrong = ".save_every needs .checkpoints";
    else if (strlen(args->name) > TG__FIT_LABEL) wrong = ".name is longer than 64 bytes";
    if (!wrong) return TG_OK;
    return tg_error_set(error, args->at, TG_ERR_ARGUMENT, "tg_fit: %s", wrong);
}

static tg_status out_of_memory(const tg__fit *fit)
{
    return tg_error_set(fit->error, fit->args.at, TG_ERR_MEMORY, "tg_fit: out of memory");
}

/* ---- What it is made of -------------------------------------------------------------------------
 */

static tg_runner *open_runner(tg__fit *fit, tg_loader *loader, bool training, const char *name)
{
    const tg_fit_args *args = &fit->args;
    return tg_runner_new_with(&(tg_runner_args){
        TG_RUNNER_DEFAULTS, .at = args->at, .store = args->store, .step = args->step,
        .context = args->context, .loader = loader, .error = fit->error, .training = training,
        .schedule = args->schedule, .name = name, .threads = args->threads });
}

static bool is_tracked(const tg_runner *runner, const char *name)
{
    for (size_t i = 0; i < tg_runner_count(runner); i++)
        if (strcmp(tg_runner_name(runner, i), name) == 0)
            return tg_runner_kind(runner, i) != TG_TRACKED_SUM;
    return false;
}

static tg_status open_runners(tg__fit *fit)
{
    const tg_fit_args *args = &fit->args;
    char name[2 * TG__FIT_LABEL];
    (void)snprintf(name, sizeof name, "%s.train", args->name);
    fit->train = open_runner(fit, args->train, true, name);
    if (!fit->train) return fit->error->status;
    if (args->validation) fit->validation = open_runner(fit, args->validation, false, NULL);
    if (args->validation && !fit->validation) return fit->error->status;
    const tg_runner *judge = tg__fit_judge(fit);
    if (tg_runner_count(judge) == 0 || is_tracked(judge, args->watch)) return TG_OK;
    return tg_error_set(fit->error, args->at, TG_ERR_ARGUMENT,
                        "tg_fit: .watch is \"%s\", and the step tracks no number of that name",
                        args->watch);
}

/* Makes or finds the states of early stopping and of the run itself. */
static tg_status open_states(tg__fit *fit)
{
    const tg_fit_args *args = &fit->args;
    const tg_site at = args->at;
    char name[2 * TG__FIT_LABEL];
    (void)snprintf(name, sizeof name, "%s.stop", args->name);
    fit->stop = tg_early_stop_new(args->store, name, .patience = args->patience,
                                  .least_change = args->least_change, .maximize = args->maximize);
    (void)snprintf(name, sizeof name, "%s.run", args->name);
    fit->run = tg_state(args->store, name, TG_I64, TG_SHAPE(TG__FIT_NUMBERS), 0);
    if (fit->stop.state && fit->run) return TG_OK;
    return tg_error_set(fit->error, (tg_site){ 0 }, tg_store_status(args->store), "%s",
                        tg_store_error(args->store));
}

/* Restores the newest checkpoint, if there is one; else the run continues from what the store
 * has. */
static tg_status resume(tg__fit *fit)
{
    const tg_fit_args *args = &fit->args;
    const tg_site at = args->at;
    if (args->checkpoints) {
        fit->checkpoints =
            tg_checkpoints_open(args->store, args->checkpoints, fit->error, .keep = args->keep,
                                .maximize = args->maximize, .io = args->io);
        if (!fit->checkpoints || tg_checkpoints_resume(fit->checkpoints, fit->error) != TG_OK)
            return fit->error->status;
    }
    if (tg_var_get(fit->run, fit->now, TG__FIT_NUMBERS) != TG_OK) return out_of_memory(fit);
    fit->result.resumed_epochs = fit->now[TG__FIT_DONE];
    fit->result.resumed_steps = fit->now[TG__FIT_STEPS];
    if (fit->now[TG__FIT_STEPS] == 0) return TG_OK;
    if (tg_runner_resume(fit->train, fit->error) != TG_OK) return fit->error->status;
    if (tg_loader_position(args->train).epoch == fit->now[TG__FIT_DONE]) return TG_OK;
    return tg_runner_begin(fit->train, fit->now[TG__FIT_DONE], fit->error);
}

/* ---- Saving -------------------------------------------------------------------------------------
 */

static tg_status write_states(tg__fit *fit)
{
    const tg_site at = fit->args.at;
    (void)tg_var_set(fit->run, fit->now, TG__FIT_NUMBERS);
    return tg_runner_keep(fit->train, fit->error);
}

static tg_status save_last(tg__fit *fit)
{
    const tg_site at = fit->args.at;
    if (!fit->checkpoints || write_states(fit) != TG_OK) return fit->error->status;
    return tg_checkpoints_save(fit->checkpoints, fit->error);
}

static bool wants_best(const tg__fit *fit) { return fit->validation && !fit->args.keep_last; }

static tg_status save_best(tg__fit *fit, double score)
{
    const tg_site at = fit->args.at;
    if (fit->checkpoints) {
        if (write_states(fit) != TG_OK) return fit->error->status;
        return tg_checkpoints_save_best(fit->checkpoints, score, fit->error);
    }
    if (!wants_best(fit)) return TG_OK;
    return tg_snapshot_take(&fit->best, fit->args.store, fit->error);
}

/* Restores the best state, if there is one. */
static tg_status restore_best(tg__fit *fit)
{
    const tg_site at = fit->args.at;
    if (!wants_best(fit) || tg_early_stop_best_index(&fit->stop) < 0) return TG_OK;
    if (fit->checkpoints) {
        if (isnan(tg_checkpoints_best(fit->checkpoints))) return TG_OK;
        if (tg_checkpoints_load_best(fit->checkpoints, fit->error) != TG_OK)
            return fit->error->status;
    } else {
        if (!fit->best) return TG_OK;
        if (tg_snapshot_restore(fit->args.store, fit->best, fit->error) != TG_OK)
            return fit->error->status;
    }
    fit->result.restored = true;
    return TG_OK;
}

/* ---- Steps and epochs
 * ---------------------------------------------------------------------------- */

/* Calls the callback. False if it ends the run. */
static bool go_on(tg__fit *fit, bool epoch_ended, bool best, double value)
{
    const tg_fit_args *args = &fit->args;
    const tg_fit_moment moment = {
        .epoch = fit->now[TG__FIT_DONE] - epoch_ended,
        .step = fit->now[TG__FIT_STEPS] - 1,
        .epoch_ended = epoch_ended,
        .best = best,
        .value = value,
        .train = fit->train,
        .validation = fit->validation,
        .log = fit->log,
        .progress = &fit->bar,
    };
    if (!args->callback || args->callback(args->callback_context, &moment)) return true;
    fit->result.end = TG_FIT_CALLBACK;
    return false;
}

static tg_status not_finite(const tg__fit *fit, double loss)
{
    return tg_error_set(fit->error, fit->args.at, TG_ERR_NUMERIC,
                        "tg_fit: the loss is %g in step %lld, of epoch %lld; lower the learning "
                        "rate, or ask tg_health_new in a callback, step by step, where it begins",
                        loss, (long long)fit->now[TG__FIT_STEPS],
                        (long long)fit->now[TG__FIT_DONE] + 1);
}

/* The steps of an epoch, until it ends or the callback ends the run. */
static tg_status train_epoch(tg__fit *fit)
{
    const tg_fit_args *args = &fit->args;
    const tg_site at = args->at;
    int64_t rows;
    while ((rows = tg_runner_next(fit->train, fit->error)) > 0) {
        fit->now[TG__FIT_STEPS]++;
        const double loss = tg_runner_latest(fit->train, "loss");
        if (!isfinite(loss) && !args->allow_nonfinite) return not_finite(fit, loss);
        tg__fit_show_step(fit);
        tg__fit_log_step(fit);
        if (args->save_every > 0 && fit->now[TG__FIT_STEPS] % args->save_every == 0 &&
            save_last(fit) != TG_OK)
            return fit->error->status;
        if (!go_on(fit, false, false, (double)NAN)) return save_last(fit);
    }
    return rows < 0 ? fit->error->status : TG_OK;
}

static tg_status validate(tg__fit *fit)
{
    const tg_site at = fit->args.at;
    if (!fit->validation) return TG_OK;
    if (tg_runner_begin(fit->validation, 0, fit->error) != TG_OK) return fit->error->status;
    tg__gallery_clear(fit->gallery);
    int64_t rows;
    while ((rows = tg_runner_next(fit->validation, fit->error)) > 0) tg__gallery_look(fit, rows);
    return rows < 0 ? fit->error->status : TG_OK;
}

/* Compares the epoch that has ended with the best one, and saves. */
static tg_status end_epoch(tg__fit *fit)
{
    const tg_fit_args *args = &fit->args;
    const double value = tg_runner_value(tg__fit_judge(fit), args->watch);
    if (args->plateau) (void)tg_plateau_feed(args->plateau, value);
    const bool enough = tg_early_stop_feed(&fit->stop, value);
    const bool best = tg_early_stop_improved(&fit->stop);
    fit->now[TG__FIT_DONE]++;
    fit->any_epoch = true;
    (void)tg_var_set(fit->run, fit->now, TG__FIT_NUMBERS);
    if (best && save_best(fit, value) != TG_OK) return fit->error->status;
    if (save_last(fit) != TG_OK) return fit->error->status;
    tg__fit_show_epoch(fit, best);
    if (enough) fit->result.end = TG_FIT_PATIENCE;
    (void)go_on(fit, true, best, value);
    return TG_OK;
}

/* True if the run that is resumed had been ended by early stopping. */
static bool had_enough(const tg__fit *fit)
{
    const int64_t waited =
        tg_early_stop_count(&fit->stop) - 1 - tg_early_stop_best_index(&fit->stop);
    return fit->args.patience != TG_AUTO && tg_early_stop_count(&fit->stop) > 0 &&
           waited >= fit->args.patience;
}

static tg_status run_epochs(tg__fit *fit)
{
    if (had_enough(fit)) fit->result.end = TG_FIT_PATIENCE;
    while (fit->result.end == TG_FIT_ERROR && fit->now[TG__FIT_DONE] < fit->args.epochs) {
        fit->epoch_started = tg__seconds();
        if (train_epoch(fit) != TG_OK) return fit->error->status;
        if (fit->result.end == TG_FIT_CALLBACK) break;
        if (validate(fit) != TG_OK || end_epoch(fit) != TG_OK) return fit->error->status;
    }
    if (fit->result.end == TG_FIT_ERROR) fit->result.end = TG_FIT_EPOCHS;
    return TG_OK;
}

/* ---- All of it
 * ------------------------------------------------------------------------------------ */

/* Draws curves and report at the end, for the weights that the run ends with. An earlier failure to
 * write is reported as an error here. */
static tg_status draw_end(tg__fit *fit)
{
    if (!fit->log) return TG_OK;
    if (fit->args.report && (fit->result.restored || !fit->any_epoch) && validate(fit) != TG_OK)
        return fit->error->status;
    if (tg_logger_status(fit->log) != TG_OK)
        return tg_error_set(fit->error, (tg_site){ 0 }, tg_logger_status(fit->log), "%s",
                            tg_logger_error(fit->log));
    return tg__fit_draw(fit, fit->error);
}

/* Trains, and restores the best weights at the end. */
static tg_status run(tg__fit *fit)
{
    if (check_args(&fit->args, fit->error) != TG_OK || open_runners(fit) != TG_OK ||
        open_states(fit) != TG_OK || resume(fit) != TG_OK || tg__fit_open_log(fit) != TG_OK)
        return fit->error->status;
    if (fit->args.report && fit->validation) fit->gallery = tg__gallery_new(fit);
    if (run_epochs(fit) != TG_OK) return fit->error->status;
    return restore_best(fit);
}

static void finish(tg__fit *fit)
{
    tg_progress_clear(&fit->bar);
    tg__gallery_free(fit->gallery);
    tg_logger_free(fit->log);
    tg_checkpoints_free(fit->checkpoints);
    tg_snapshot_free(fit->best);
    tg_runner_free(fit->validation);
    tg_runner_free(fit->train);
}

tg_fitted tg_fit_with(const tg_fit_args *given)
{
    tg__fit fit = { .args = { TG_FIT_DEFAULTS } };
    fit.result = (tg_fitted){ .best = (double)NAN, .best_epoch = -1 };
    fit.error = given && given->error ? given->error : &fit.why;
    if (!tg__train_options(&fit.args, given, fit.error, "tg_fit")) {
        fit.result.status = fit.error->status;
        return fit.result;
    }
    fit.started = tg__seconds();
    fit.result.status = run(&fit);
    if (fit.result.status != TG_OK) fit.result.end = TG_FIT_ERROR;
    else fit.result.status = draw_end(&fit);
    fit.result.epochs = fit.now[TG__FIT_DONE];
    fit.result.steps = fit.now[TG__FIT_STEPS];
    fit.result.best = tg_early_stop_best(&fit.stop);
    fit.result.best_epoch = tg_early_stop_best_index(&fit.stop);
    fit.result.seconds = tg__seconds() - fit.started;
    finish(&fit);
    return fit.result;
}
