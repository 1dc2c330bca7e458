/* fit.h: the struct of a running tg_fit, and what its files share. Private to train/. */
#ifndef TG_TRAIN_FIT_H
#define TG_TRAIN_FIT_H

#include "common.h"
#include "runner.h"

enum { TG__FIT_LABEL = 64, TG__FIT_PATH = 4096 };

/* The state of the run itself, i64, in the store under "<name>.run". */
enum { TG__FIT_DONE, TG__FIT_STEPS, TG__FIT_NUMBERS }; /* epochs that have ended, steps made */

typedef struct tg__gallery tg__gallery; /* rows for the report: fit_report.c */

typedef struct tg__fit {
    tg_fit_args args;
    tg_error *error; /* the caller's, or &why */
    tg_error why;
    tg_fitted result;
    tg_runner *train, *validation;
    tg_early_stop stop;
    tg_var *run;                  /* its state */
    int64_t now[TG__FIT_NUMBERS]; /* its values */
    tg_checkpoints *checkpoints;  /* NULL: none */
    tg_logger *log;               /* NULL: none */
    bool complained;              /* a failure to write one of these was reported */
    tg_snapshot *best;            /* of the best epoch, if there are no checkpoints */
    tg__gallery *gallery;         /* NULL: none */
    tg_progress bar;
    char bar_label[TG__FIT_LABEL];
    double started, epoch_started; /* seconds */
    bool any_epoch;                /* an epoch has ended in this call */
} tg__fit;

/* The runner whose values are compared: the validation's, or else the training's. */
static inline const tg_runner *tg__fit_judge(const tg__fit *fit)
{
    return fit->validation ? fit->validation : fit->train;
}

/* fit_show.c: the progress bar after a step; a line, and the log, after an epoch or after each
 * .log_every steps. */
void tg__fit_show_step(tg__fit *fit);
void tg__fit_show_epoch(tg__fit *fit, bool best);
tg_status tg__fit_open_log(tg__fit *fit);
void tg__fit_log_step(tg__fit *fit);
/* Reports once, on the progress stream, that the log or a picture could not be written. The error
 * is returned when the run has ended. */
void tg__fit_complain(tg__fit *fit, const char *text);

/* fit_report.c: pictures of rows of the validation data, for the report; NULL where there are none.
 * [look] is the batch that ran last. */
tg__gallery *tg__gallery_new(tg__fit *fit);
void tg__gallery_free(tg__gallery *gallery);
void tg__gallery_clear(tg__gallery *gallery);
void tg__gallery_look(tg__fit *fit, int64_t rows);
/* Draws .curves and writes .report, with the current values. */
tg_status tg__fit_draw(tg__fit *fit, tg_error *error);

#endif
