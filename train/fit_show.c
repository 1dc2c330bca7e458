/* fit_show.c: what a run prints and logs: a progress bar, a line for each epoch, the log. */
#include "fit.h"

#include <math.h>
#include <string.h>

#undef TG_HERE
#define TG_HERE at

/* ---- On the terminal --------------------------------------------------------------------------
 */

/* A line that is being written; what does not fit is cut off. */
typedef struct line {
    char text[1024];
    size_t used;
} line;

static void add(line *out, const char *words)
{
    const size_t length = strlen(words);
    if (length >= sizeof out->text - out->used) return;
    memcpy(out->text + out->used, words, length + 1);
    out->used += length;
}

static void add_number(line *out, const char *format, double number)
{
    char text[64];
    (void)tg_format(text, sizeof text, format, number);
    add(out, text);
}

/* With a fixed width, so that the columns of most runs are aligned. */
static void add_value(line *out, double value)
{
    const bool plain = value == 0 || (fabs(value) >= 1e-3 && fabs(value) < 1e4);
    add_number(out, plain ? " %.4f" : " %.3e", value);
}

/* "loss 0.0512  accuracy 0.9841" */
static void add_values(line *out, const tg_runner *runner)
{
    for (size_t i = 0; i < tg_runner_count(runner); i++) {
        if (tg_runner_kind(runner, i) != TG_TRACKED_MEAN) continue;
        if (i > 0) add(out, "  ");
        add(out, tg_runner_name(runner, i));
        add_value(out, tg_runner_value(runner, tg_runner_name(runner, i)));
    }
}

static void show_row(tg__fit *fit, const line *row)
{
    tg_progress_clear(&fit->bar);
    if (fit->args.progress) (void)fprintf(fit->args.progress, "%s\n", row->text);
}

void tg__fit_show_step(tg__fit *fit)
{
    const tg_fit_args *args = &fit->args;
    if (!args->progress) return;
    if (!fit->bar.out) {
        const int64_t count = tg_loader_count(args->train);
        (void)snprintf(fit->bar_label, sizeof fit->bar_label, "epoch %lld/%lld",
                       (long long)fit->now[TG__FIT_DONE] + 1, (long long)args->epochs);
        fit->bar =
            (tg_progress){ .out = args->progress, /* one more: the line ends it, not the bar */
                           .total = count > 0 ? count + 1 : 0,
                           .label = fit->bar_label };
    }
    tg_progress_step(&fit->bar, "loss %.4g", tg_runner_value(fit->train, "loss"));
}

static void show_epoch(tg__fit *fit, bool best)
{
    line row = { .used = 0 };
    char all[24], text[2 * sizeof all + 16];
    const int width = snprintf(all, sizeof all, "%lld", (long long)fit->args.epochs);
    (void)snprintf(text, sizeof text, "epoch %*lld/%s  ", width, (long long)fit->now[TG__FIT_DONE],
                   all);
    add(&row, text);
    add_values(&row, fit->train);
    if (fit->validation) {
        add(&row, " | validation ");
        add_values(&row, fit->validation);
    }
    add_number(&row, " | %.1f s", tg__seconds() - fit->epoch_started);
    if (best) add(&row, " *");
    show_row(fit, &row);
    fit->bar = (tg_progress){ .out = NULL };
}

/* ---- In the log ---------------------------------------------------------------------------------
 */

tg_status tg__fit_open_log(tg__fit *fit)
{
    const tg_fit_args *args = &fit->args;
    const tg_site at = args->at;
    char path[TG__FIT_PATH];
    const char *jsonl = args->jsonl;
    if (!jsonl && args->checkpoints) {
        const int length = snprintf(path, sizeof path, "%s/log.jsonl", args->checkpoints);
        if (length < 0 || (size_t)length >= sizeof path)
            return tg_error_set(fit->error, at, TG_ERR_ARGUMENT,
                                "tg_fit: the path of .checkpoints is too long");
        jsonl = path;
    }
    if (!jsonl && !args->tensorboard && !args->csv && !args->curves && !args->report) return TG_OK;
    fit->log = tg_logger_new(fit->error, .tensorboard = args->tensorboard, .jsonl = jsonl,
                             .csv = args->csv, .resume_at = fit->now[TG__FIT_STEPS], .keep = true,
                             .io = args->io);
    return fit->log ? TG_OK : fit->error->status;
}

static void log_value(tg__fit *fit, const char *name, const char *group, double value)
{
    const tg_site at = fit->args.at;
    char whole[TG_LOGGER_NAME_MOST + 1];
    (void)snprintf(whole, sizeof whole, "%s%s", name, group);
    (void)tg_logger_scalar(fit->log, fit->now[TG__FIT_STEPS] - 1, whole, value);
}

void tg__fit_log_step(tg__fit *fit)
{
    const tg_runner *train = fit->train;
    const int64_t every = fit->args.log_every;
    if (!fit->log || every == 0 || (fit->now[TG__FIT_STEPS] - 1) % every != 0) return;
    log_value(fit, "loss", "/step", tg_runner_latest(train, "loss"));
    for (size_t i = 0; i < tg_runner_count(train); i++)
        if (tg_runner_kind(train, i) == TG_TRACKED_LAST)
            log_value(fit, tg_runner_name(train, i), "",
                      tg_runner_latest(train, tg_runner_name(train, i)));
}

static void log_values(tg__fit *fit, const tg_runner *runner, const char *group)
{
    for (size_t i = 0; i < tg_runner_count(runner); i++)
        if (tg_runner_kind(runner, i) == TG_TRACKED_MEAN)
            log_value(fit, tg_runner_name(runner, i), group,
                      tg_runner_value(runner, tg_runner_name(runner, i)));
}

void tg__fit_complain(tg__fit *fit, const char *text)
{
    if (fit->complained) return;
    fit->complained = true;
    line row = { .used = 0 };
    add(&row, "Not written: ");
    add(&row, text);
    show_row(fit, &row);
}

void tg__fit_show_epoch(tg__fit *fit, bool best)
{
    const tg_site at = fit->args.at;
    show_epoch(fit, best);
    if (!fit->log) return;
    log_values(fit, fit->train, "/train");
    if (fit->validation) log_values(fit, fit->validation, "/validation");
    if (tg_logger_flush(fit->log) != TG_OK) tg__fit_complain(fit, tg_logger_error(fit->log));
    tg_error error;
    if (tg__fit_draw(fit, &error) != TG_OK) tg__fit_complain(fit, error.text);
}
