/* tg_fit.h: a training run, whole: epochs, validation, early stopping, checkpoints, logs, curves, a
 * report; and where to begin with the learning rate.
 *
 *     tg_fitted end = tg_fit(store, step, &net, train, &error, .validation = held_out,
 *                            .epochs = 50, .patience = 5, .checkpoints = "runs/a",
 *                            .report = "report.html", .progress = stderr);
 *     if (end.status) return fprintf(stderr, "%s\n", error.text), 1;
 *     printf("%g after epoch %d\n", end.best, (int)end.best_epoch + 1);
 *
 * [step] records a step of your own (tg_runner.h), so all that it learns and watches is yours. Each
 * part is there by itself, for a loop of your own: tg_runner, tg_early_stop, tg_plateau,
 * tg_checkpoints, tg_logger, tg_draw_curves, tg_page, tg_progress, tg_snapshot. */
#ifndef TG_FIT_H
#define TG_FIT_H

#include "tg_checkpoint.h"
#include "tg_logger.h"
#include "tg_runner.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- A run ------------------------------------------------------------------------------ */

/* What a callback is told of, after a step of training and after an epoch. The runners say what
 * came of it (tg_runner_value); the loader of the training, the store and the logger may be used.
 */
typedef struct tg_fit_moment {
    int64_t epoch, step; /* which one this was, from 0; of the whole run */
    bool epoch_ended;    /* false: a step; true: an epoch, after its validation */
    bool best;           /* an epoch, and the best yet */
    double value;        /* of what is watched; NaN after a step */
    const tg_runner *train, *validation; /* validation: NULL if there is none */
    tg_logger *log;                      /* NULL if there is none */
    tg_progress *progress;               /* tg_progress_clear it before printing to the terminal */
} tg_fit_moment;
/* False ends the run, whose checkpoint is made then. */
typedef bool (*tg_fit_fn)(void *context, const tg_fit_moment *moment);

typedef enum tg_fit_end {
    TG_FIT_ERROR = 0, /* see the status */
    TG_FIT_EPOCHS,    /* that was the last epoch */
    TG_FIT_PATIENCE,  /* it was no better for .patience epochs */
    TG_FIT_CALLBACK   /* it said so */
} tg_fit_end;
/* In words: "no better for as many epochs as were to be borne". Never NULL. */
TG_API const char *tg_fit_end_name(tg_fit_end end);

typedef struct tg_fitted {
    tg_status status;
    tg_fit_end end;
    int64_t epochs, steps;    /* of the whole run */
    int64_t resumed_epochs;   /* of these, how many a checkpoint had; likewise steps */
    int64_t resumed_steps;
    double best;              /* of what is watched; NaN if no epoch had a number */
    int64_t best_epoch;       /* from 0; -1 */
    bool restored;            /* the store has the state of that epoch */
    double seconds;           /* of this call */
} tg_fitted;

typedef struct tg_fit_args {
    size_t struct_size;
    tg_site at;
    tg_store *store;
    tg_step_fn step;
    void *context;           /* is handed to step */
    tg_loader *train;        /* borrowed, as are all that follow */
    tg_error *error;         /* may be NULL */
    tg_loader *validation;   /* data that are held back; default: none */
    int64_t epochs;          /* of the whole run, >= 0; default 10 */
    int threads;             /* of the plans; default 1 */
    tg_schedule schedule;    /* becomes batch->schedule; default: none */
    const tg_plateau *plateau; /* is fed with what is watched; default: none */
    const char *watch;       /* what an epoch is judged by, "loss" or a name of tg_track: of the
                                validation, or else of the training; default "loss" */
    bool maximize;           /* larger ones are better; default: smaller ones */
    int64_t patience;        /* epochs that may be no better; default TG_AUTO: all */
    double least_change;     /* as for tg_early_stop; default 0 */
    bool keep_last;          /* end with the last weights; default: with the best ones, if there is
                                validation */
    bool allow_nonfinite;    /* go on when the loss is no finite number; default: an error */
    const char *checkpoints; /* a folder; default: none */
    int64_t keep;            /* how many of them, 1 to TG_MOST_CHECKPOINTS; default 3 */
    int64_t save_every;      /* steps, besides at the end of every epoch; default 0: none */
    const char *tensorboard; /* a folder for event files; default: none */
    const char *jsonl;       /* a file; default: none, but see .checkpoints */
    const char *csv;         /* a file; default: none */
    int64_t log_every;       /* steps, besides epochs; 0: epochs alone; default 10 */
    const char *curves;      /* a picture, as by tg_draw_curves; default: none */
    const char *report;      /* an HTML file; default: none */
    const char *title;       /* of both; default "A training run" */
    const char *const *classes; /* names for the report, as many as there are; default: numbers */
    FILE *progress;          /* a row an epoch, and on a terminal a bar; default: none */
    tg_fit_fn callback;      /* default: none */
    void *callback_context;  /* default NULL */
    const char *name;        /* of its states in the store; default "fit" */
    const tg_io_layer *io;   /* default: POSIX */
} tg_fit_args;
#define TG_FIT_DEFAULTS                                                                            \
    .struct_size = TG_OPTIONS_SIZE(tg_fit_args, io), .epochs = 10, .threads = 1, .watch = "loss",  \
    .patience = TG_AUTO, .keep = 3, .log_every = 10, .title = "A training run", .name = "fit"

/* tg_fit(store, step, &net, loader, &error, .validation = held_out, .epochs = 20).
 *
 * An epoch is a pass over the training data, whose loss and whatever is tracked is that of the
 * weights as they were in each step, then one over the validation data, which changes nothing. What
 * is watched is given to the plateau and to early stopping; the best epoch's state is kept, in
 * memory or as best.safetensors, and at the end the store has it again, optimizer and all.
 *
 *   .checkpoints  A run goes on from the newest of the folder, if there is one, with the very bits
 *                 of one that was not stopped, and one that has ended ends at once. The states of
 *                 the run itself are in the store, under .name: "fit.run", "fit.stop",
 *                 "fit.train.loader" and "fit.train.sums". The folder has a log, too, log.jsonl,
 *                 unless .jsonl says where, so that curves go on.
 *   logs          "loss/train", "loss/validation" and so on once an epoch, under the number of its
 *                 last step; every .log_every steps "loss/step", and the values of tg_track_last
 *                 under their names. A log that is there is gone on with where the run does, and
 *                 begins anew with one that does.
 *   .curves       The loss of training and validation. This and the report are written after every
 *                 epoch, so a browser can follow.
 *   .report       All that is tracked; of tg_track_classes the confusion matrix of the validation,
 *                 and rows that were taken for a right and a wrong class, if field 0 is a picture:
 *                 u8 or float, [height, width], with 1 or 3 channels before or behind, sides of 4
 *                 to 256; layers; plans. At the end it is of the weights that the run ends with.
 *   .progress     epoch  3/20  loss 0.0512  accuracy 0.9841 | validation loss 0.0634  ... | 2.1 s *
 *                 with a star for the best yet.
 *
 * A loss that is not finite ends the run, with an error (TG_ERR_NUMERIC) that says in which step;
 * .allow_nonfinite = true is for optimizers that leave such steps out (.skip_nonfinite).
 *
 * Errors: those of the parts. Weights are then as after the last step that was made; nothing that
 * was saved is lost. What cannot be written of logs, curves and report does not end the run: it is
 * said once on .progress, and is the status at the end, beside why the run ended. */
TG_API tg_fitted tg_fit_with(const tg_fit_args *args);

/* ---- The learning rate to begin with ------------------------------------------------------ */

typedef struct tg_found_lr {
    tg_status status;
    double suggested; /* NaN if the loss fell nowhere */
    double lowest;    /* the rate at which the smoothed loss was least */
    double diverged;  /* the rate at which the loss had risen to .diverge times its least; NaN: it
                         did not */
    int64_t steps;    /* that were made */
} tg_found_lr;

typedef struct tg_find_lr_args {
    size_t struct_size;
    tg_site at;
    tg_store *store;
    tg_step_fn step;
    void *context;      /* is handed to step */
    tg_loader *loader;  /* borrowed */
    tg_error *error;    /* may be NULL */
    double low;         /* > 0; default 1e-7 */
    double high;        /* > low; default 10 */
    int64_t steps;      /* >= 10; default 100 */
    double smooth;      /* of the loss, 0 to below 1; default 0.9 */
    double diverge;     /* > 1; default 4 */
    int threads;        /* default 1 */
    const char *curves; /* a picture of the loss by the rate, as by tg_draw_curves; default: none */
    const tg_io_layer *io; /* default: POSIX */
} tg_find_lr_args;
#define TG_FIND_LR_DEFAULTS                                                                        \
    .struct_size = TG_OPTIONS_SIZE(tg_find_lr_args, io), .low = 1e-7, .high = 10, .steps = 100,    \
    .smooth = 0.9, .diverge = 4, .threads = 1

/* tg_find_lr(store, step, &net, loader, &error) (Smith, "Cyclical learning rates for training
 * neural networks", 2017): trains for some steps with a rate that rises from low to high by the
 * same factor each time, until the loss is not finite or .diverge times its least, and puts
 * everything back: store, counters, the loader's position. The step must give its optimizer
 * batch->schedule (TG_ERR_STATE if it does not).
 *
 * The loss is smoothed by exponential means from both ends. The suggestion is the rate at which it
 * falls the fastest, by the logarithm of the rate: to begin with, or for the peak of a schedule. */
TG_API tg_found_lr tg_find_lr_with(const tg_find_lr_args *args);

#ifdef __cplusplus
}
#endif

/* How C programs call these: the macros supply the call's site, and the defaults of options. */
#ifndef __cplusplus
#define tg_fit(...) tg_fit_with(&(tg_fit_args){ TG_FIT_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_find_lr(...)                                                                            \
    tg_find_lr_with(&(tg_find_lr_args){ TG_FIND_LR_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#endif

#endif
