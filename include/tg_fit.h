/* tg_fit.h: a complete training run: epochs, validation, early stopping, checkpoints, logs, curves,
 * a report; and a test to find a learning rate.
 *
 *     tg_fitted end = tg_fit(store, step, &net, train, &error, .validation = held_out,
 *                            .epochs = 50, .patience = 5, .checkpoints = "runs/a",
 *                            .report = "report.html", .progress = stderr);
 *     if (end.status) return fprintf(stderr, "%s\n", error.text), 1;
 *     printf("%g after epoch %d\n", end.best, (int)end.best_epoch + 1);
 *
 * [step] is a function of yours that records a step (tg_runner.h): model, loss, optimizer and what
 * is tracked. Each part can also be used alone, for a loop of your own: tg_runner, tg_early_stop,
 * tg_plateau, tg_checkpoints, tg_logger, tg_draw_curves, tg_page, tg_progress, tg_snapshot. */
#ifndef TG_FIT_H
#define TG_FIT_H

#include "tg_checkpoint.h"
#include "tg_logger.h"
#include "tg_runner.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- A run ------------------------------------------------------------------------------ */

/* The argument of a callback, which is called after each training step and after each epoch. It may
 * read values from the runners (tg_runner_value), and use the training's loader, the store and the
 * logger. */
typedef struct tg_fit_moment {
    int64_t epoch, step; /* numbers of this epoch and step, from 0, counted over the whole run */
    bool epoch_ended;    /* false: after a step; true: after an epoch and its validation */
    bool best;           /* after an epoch: it is the best so far */
    double value;        /* of .watch; NaN after a step */
    const tg_runner *train, *validation; /* validation: NULL if there is none */
    tg_logger *log;                      /* NULL if there is none */
    tg_progress *progress;               /* call tg_progress_clear for it before printing to the
                                            terminal */
} tg_fit_moment;
/* False ends the run, which makes a checkpoint first. */
typedef bool (*tg_fit_fn)(void *context, const tg_fit_moment *moment);

typedef enum tg_fit_end {
    TG_FIT_ERROR = 0, /* an error: see the status */
    TG_FIT_EPOCHS,    /* the last epoch was reached */
    TG_FIT_PATIENCE,  /* no improvement for .patience epochs */
    TG_FIT_CALLBACK   /* the callback returned false */
} tg_fit_end;
/* As text. Never NULL. */
TG_API const char *tg_fit_end_name(tg_fit_end end);

typedef struct tg_fitted {
    tg_status status;
    tg_fit_end end;
    int64_t epochs, steps;    /* of the whole run */
    int64_t resumed_epochs;   /* of these, how many had been made when the checkpoint was saved;
                                 likewise steps */
    int64_t resumed_steps;
    double best;              /* of .watch; NaN if no epoch gave a number */
    int64_t best_epoch;       /* its epoch, from 0; -1: none */
    bool restored;            /* the store has the state after that epoch */
    double seconds;           /* of this call */
} tg_fitted;

typedef struct tg_fit_args {
    size_t struct_size;
    tg_site at;
    tg_store *store;
    tg_step_fn step;
    void *context;           /* passed to step */
    tg_loader *train;        /* borrowed, as are all pointers below */
    tg_error *error;         /* may be NULL */
    tg_loader *validation;   /* held-back data; default: none */
    int64_t epochs;          /* of the whole run, >= 0; default 10 */
    int threads;             /* of the plans; default 1 */
    tg_schedule schedule;    /* passed to step as batch->schedule; default: none */
    const tg_plateau *plateau; /* fed with the value of .watch; default: none */
    const char *watch;       /* what epochs are compared by: "loss" or a name of tg_track, of the
                                validation, or else of the training; default "loss" */
    bool maximize;           /* larger ones are better; default: smaller ones */
    int64_t patience;        /* as many epochs without improvement end the run; default TG_AUTO:
                                never */
    double least_change;     /* as for tg_early_stop; default 0 */
    bool keep_last;          /* end with the last weights; default: with the best ones, if there
                                is validation */
    bool allow_nonfinite;    /* continue if the loss is not finite; default: an error */
    const char *checkpoints; /* a folder; default: none */
    int64_t keep;            /* number of files, 1 to TG_MOST_CHECKPOINTS; default 3 */
    int64_t save_every;      /* steps between checkpoints, besides those after each epoch;
                                default 0: none */
    const char *tensorboard; /* a folder for event files; default: none */
    const char *jsonl;       /* a file; default: none, but see .checkpoints below */
    const char *csv;         /* a file; default: none */
    int64_t log_every;       /* steps between entries, besides those of epochs; 0: epochs only;
                                default 10 */
    const char *curves;      /* a picture, as by tg_draw_curves; default: none */
    const char *report;      /* an HTML file; default: none */
    const char *title;       /* of both; default "A training run" */
    const char *const *classes; /* names for the report, one for each class; default: numbers */
    FILE *progress;          /* a line for each epoch, and on a terminal a bar; default: none */
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
 * An epoch is a pass over the training data, then one over the validation data, which changes
 * nothing. Training values (the loss and what is tracked) are means over the steps, each with the
 * weights that it had. The value of .watch is fed to the plateau and to early stopping. The best
 * epoch's state is kept, in memory or as best.safetensors, and the store has it at the end,
 * including the optimizer's state.
 *
 *   .checkpoints  A run resumes from the newest checkpoint in the folder, if there is one, and
 *                 gives the same bits as one that was not interrupted. If the checkpointed run had
 *                 ended, this one ends at once. The states of the run are in the store, under
 *                 .name: "fit.run", "fit.stop", "fit.train.loader" and "fit.train.sums". The folder
 *                 also has a log, log.jsonl, unless .jsonl names another file, so that curves are
 *                 continued.
 *   logs          "loss/train", "loss/validation" and so on after each epoch, with the number of
 *                 its last step; every .log_every steps "loss/step", and the values of
 *                 tg_track_last under their names. A resumed run continues an existing log; a new
 *                 run replaces it.
 *   .curves       The loss of training and validation. This file and the report are written after
 *                 every epoch, so a browser can follow.
 *   .report       All tracked values; of tg_track_classes the confusion matrix of the validation,
 *                 and rows that were classified wrongly and correctly, if field 0 is a picture: u8
 *                 or float, [height, width], with 1 or 3 channels before or behind, sides of 4 to
 *                 256; layers; plans. The final report is of the weights that the run ends with.
 *   .progress     epoch  3/20  loss 0.0512  accuracy 0.9841 | validation loss 0.0634  ... | 2.1 s *
 *                 with a star for the best epoch so far.
 *
 * A loss that is not finite ends the run with an error (TG_ERR_NUMERIC) that names the step;
 * .allow_nonfinite = true is for optimizers that skip such steps (.skip_nonfinite).
 *
 * Errors: those of the parts. The weights are then those after the last complete step, and saved
 * files are kept. A log, curves or a report that cannot be written do not end the run: that is
 * reported once on .progress, and is the status at the end, next to the reason for which the run
 * ended. */
TG_API tg_fitted tg_fit_with(const tg_fit_args *args);

/* ---- The learning rate to begin with ------------------------------------------------------ */

typedef struct tg_found_lr {
    tg_status status;
    double suggested; /* NaN if the loss decreased nowhere */
    double lowest;    /* the rate with the least smoothed loss */
    double diverged;  /* the rate at which the loss was .diverge times its least value; NaN: it
                         did not diverge */
    int64_t steps;    /* number of steps made */
} tg_found_lr;

typedef struct tg_find_lr_args {
    size_t struct_size;
    tg_site at;
    tg_store *store;
    tg_step_fn step;
    void *context;      /* passed to step */
    tg_loader *loader;  /* borrowed */
    tg_error *error;    /* may be NULL */
    double low;         /* > 0; default 1e-7 */
    double high;        /* > low; default 10 */
    int64_t steps;      /* >= 10; default 100 */
    double smooth;      /* smoothing factor of the loss, 0 to below 1; default 0.9 */
    double diverge;     /* > 1; default 4 */
    int threads;        /* default 1 */
    const char *curves; /* a picture of the loss over the rate, as by tg_draw_curves; default:
                           none */
    const tg_io_layer *io; /* default: POSIX */
} tg_find_lr_args;
#define TG_FIND_LR_DEFAULTS                                                                        \
    .struct_size = TG_OPTIONS_SIZE(tg_find_lr_args, io), .low = 1e-7, .high = 10, .steps = 100,    \
    .smooth = 0.9, .diverge = 4, .threads = 1

/* tg_find_lr(store, step, &net, loader, &error) (Smith, "Cyclical learning rates for training
 * neural networks", 2017): trains for some steps with a rate that grows from low to high by a
 * constant factor, until the loss is not finite or .diverge times its least value. Then everything
 * is restored: store, counters, the loader's position. The step must use batch->schedule for its
 * optimizer (else TG_ERR_STATE).
 *
 * The loss is smoothed by exponential means from both ends. The suggestion is the rate at which the
 * loss decreases fastest over the logarithm of the rate: use it as initial rate, or as the peak of
 * a schedule. */
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
