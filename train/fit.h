/* fit.h: a run of tg_fit while it goes on: what its files share. Private to train/. */
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
    tg_error *error; /* the caller's, or [why] */
    tg_error why;
    tg_fitted result;
    tg_runner *train, *validation;
    tg_early_stop stop;
    tg_var *run;                  /* its state */
    int64_t now[TG__FIT_NUMBERS]; /* the same */
    tg_checkpoints *checkpoints;  /* NULL: none */
    tg_logger *log;               /* NULL: none */
    bool complained;              /* that one of these could not be written */
    tg_snapshot *best;            /* of the best epoch, where there are no checkpoints */
    tg__gallery *gallery;         /* NULL: none */
    tg_progress bar;
    char bar_label[TG__FIT_LABEL];
    double started, epoch_started; /* seconds */
    bool any_epoch;                /* one has ended in this call */
} tg__fit;

/* The runner whose values are watched. */
const tg_runner *tg__fit_judge(const tg__fit *fit);

/* fit_show.c: the bar after a step; a row and the log after an epoch, or after every .log_every
 * steps. */
void tg__fit_show_step(tg__fit *fit);
void tg__fit_show_epoch(tg__fit *fit, bool best);
tg_status tg__fit_open_log(tg__fit *fit);
void tg__fit_log_step(tg__fit *fit);
/* Says once, where progress is shown, that the log, or what is drawn, could not be written. The
 * error becomes the run's when it has ended. */
void tg__fit_complain(tg__fit *fit, const char *text);

/* fit_report.c: pictures of rows for the page, from the validation; NULL where there are none to be
 * had. look: of the batch that ran last, of so many rows. */
tg__gallery *tg__gallery_new(tg__fit *fit);
void tg__gallery_free(tg__gallery *gallery);
void tg__gallery_clear(tg__gallery *gallery);
void tg__gallery_look(tg__fit *fit, int64_t rows);
/* Draws .curves and writes .report, as of now. */
tg_status tg__fit_draw(tg__fit *fit, tg_error *error);

#endif
