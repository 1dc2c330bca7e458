/* tg_runner.h: a step that a program records, run over the batches of a loader, epoch after epoch.
 *
 *     static tg_tensor *step(void *context, tg_batch *batch)
 *     {
 *         const model *net = context;
 *         tg_tensor *logits = model_apply(net, batch->field[0], batch->training);
 *         tg_tensor *loss = tg_cross_entropy(logits, batch->field[1]);
 *         tg_track(batch, "accuracy", tg_accuracy(logits, batch->field[1]));
 *         if (batch->training) tg_adam(loss, .lr = 1e-3);
 *         return loss;
 *     }
 *
 *     tg_runner *train = tg_runner_new(store, step, &net, loader, &error, .training = true);
 *     for (int epoch = 0; epoch < 10 && tg_runner_epoch(train, &error) == TG_OK; epoch++)
 *         printf("%g %g\n", tg_runner_value(train, "loss"), tg_runner_value(train, "accuracy"));
 *     tg_runner_free(train);
 *
 * A plan has fixed shapes, so a step is recorded once for each number of rows that batches have:
 * for full ones and for the short one at the end of an epoch. The runner makes tapes, inputs and
 * plans, and averages tracked values, weighted by the rows of each batch. tg_fit (tg_fit.h) uses
 * runners; a loop of your own can, too. */
#ifndef TG_RUNNER_H
#define TG_RUNNER_H

#include "tg_data.h"
#include "tg_optim.h"
#include "tg_run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Recording a step ------------------------------------------------------------------- */

/* The arguments of a step function: inputs on a tape of its own. */
typedef struct tg_batch {
    tg_tape *tape;
    int64_t rows;                    /* of all inputs, which are [rows, ...] */
    size_t fields;
    tg_tensor *field[TG_MAX_FIELDS]; /* one input for each field of the loader, in its order */
    tg_tensor *mask;                 /* of a loader with .pad: 1 for a row of the data, 0 for a
                                        copy, f32 [rows]; else NULL */
    bool training;                   /* record an update, too, and apply layers in training mode */
    tg_schedule schedule;            /* given to the runner, for the optimizer's .schedule; none:
                                        the optimizer uses its own rate */
    struct tg__tracked *tracked;     /* private */
} tg_batch;

/* Records a step and returns its loss: one number, float, the mean over the batch's rows. It is
 * called once for each number of rows, must record the same program for all of them, and calls an
 * optimizer if batch->training. NULL with an error on the tape, or for a reason of its own. */
typedef tg_tensor *(*tg_step_fn)(void *context, tg_batch *batch);

enum { TG_MOST_TRACKED = 32 };

/* Values that are tracked beside the loss. [name] is not copied: it must be valid as long as the
 * runner. Names are unique in a batch; "loss" is taken. A NULL node is ignored silently, like any
 * NULL operand; other errors stick to the tape.
 *
 * tg_track: one number, of any dtype, a mean over the batch's rows. Its value for an epoch is the
 * mean over the batches, weighted by their rows (with a mask, by the rows of the data).
 *
 * tg_track_sum: numbers of any shape that are added over batches: counts, a confusion matrix, the
 * sums of tg_r2_sums. They are added in f64.
 *
 * tg_track_last: one number; its value for an epoch is that of the last batch, such as the learning
 * rate. */
TG_API void tg_track_at(tg_site at, tg_batch *batch, const char *name, tg_tensor *value);
TG_API void tg_track_sum_at(tg_site at, tg_batch *batch, const char *name, tg_tensor *values);
TG_API void tg_track_last_at(tg_site at, tg_batch *batch, const char *name, tg_tensor *value);

/* Tracks a classifier: "accuracy", and as a sum "confusion", [classes, classes], as by
 * tg_confusion_matrix, both without rows that a mask excludes. A report of tg_fit shows the matrix,
 * and examples of rows that were classified correctly and wrongly. [logits] is float [rows,
 * classes], [labels] i32 or i64 [rows]. */
TG_API void tg_track_classes_at(tg_site at, tg_batch *batch, tg_tensor *logits, tg_tensor *labels);

/* ---- Running it ------------------------------------------------------------------------- */

typedef struct tg_runner tg_runner; /* valid until tg_runner_free */

typedef struct tg_runner_args {
    size_t struct_size;
    tg_site at;
    tg_store *store;
    tg_step_fn step;
    void *context;        /* passed to step */
    tg_loader *loader;    /* borrowed */
    tg_error *error;      /* may be NULL */
    bool training;        /* runs make the updates of the step */
    tg_schedule schedule; /* passed to step as batch->schedule; default: none */
    const char *name;     /* of the states with which a run can be resumed; default: no states */
    int threads;          /* of the plans; default 1 */
} tg_runner_args;
#define TG_RUNNER_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_runner_args, threads), .threads = 1

/* tg_runner_new(store, step, &net, loader, &error, .training = true): records the step for full
 * batches, and for the last one of an epoch if the loader knows its size; other sizes are recorded
 * when they occur. Free it before the store and the loader. NULL on an error.
 *
 * Without .training no update is made, whatever the step records, no counter moves, and random
 * draws are the same in every batch: evaluating a model changes nothing. With .training, a step
 * that records no update is an error (TG_ERR_STATE).
 *
 * With .name = "train" the position in the data is the state "train.loader" (tg_loader_keep), and
 * the sums that tg_runner_keep saves are the state "train.sums"; so a run that is resumed in the
 * middle of an epoch gives the same values as one that was not interrupted. */
TG_API tg_runner *tg_runner_new_with(const tg_runner_args *args);
/* Accepts NULL. */
TG_API void tg_runner_free(tg_runner *runner);

/* Runs the next batch and returns its number of rows, without those of a mask; 0 at the end of the
 * epoch, once; the next call begins the next epoch, with new sums. Negative on an error: the
 * step's, the loader's or that of the run, which then has made no update. */
TG_API int64_t tg_runner_next_at(tg_site at, tg_runner *runner, tg_error *error);
/* Runs the rest of the epoch. */
TG_API tg_status tg_runner_epoch_at(tg_site at, tg_runner *runner, tg_error *error);
/* Moves to the beginning of an epoch, counted from 0, with new sums. */
TG_API tg_status tg_runner_begin_at(tg_site at, tg_runner *runner, int64_t epoch, tg_error *error);

/* Runs the step once over all batches of the loader, from its beginning, and changes nothing.
 * Returns the value of "loss", or of what is tracked under the name. NaN on an error, and for an
 * unknown name (TG_ERR_ARGUMENT).
 *
 *     printf("%.4f of the test set\n", tg_score(store, step, &net, test, "accuracy", &error)); */
TG_API double tg_score_at(tg_site at, tg_store *store, tg_step_fn step, void *context,
                          tg_loader *loader, const char *name, tg_error *error);

/* ---- What came of it -------------------------------------------------------------------- */

/* The value of "loss", or of a name of tg_track or tg_track_last: over the batches of the epoch so
 * far, or of the epoch that has ended, until the next begins. NaN for an unknown name, before the
 * first batch, and for NULL. */
TG_API double tg_runner_value(const tg_runner *runner, const char *name);
/* The same for the last batch alone. */
TG_API double tg_runner_latest(const tg_runner *runner, const char *name);
/* A sum of tg_track_sum, f64; empty for an unknown name. Borrowed, until the next batch. */
TG_API tg_array tg_runner_sum(const tg_runner *runner, const char *name);
/* The number of rows in the sums. */
TG_API int64_t tg_runner_rows(const tg_runner *runner);

/* The tracked values, in the order of recording; the loss is the first. */
typedef enum tg_tracked_kind {
    TG_TRACKED_MEAN = 0,
    TG_TRACKED_SUM,
    TG_TRACKED_LAST
} tg_tracked_kind;
TG_API size_t tg_runner_count(const tg_runner *runner);
/* NULL for an index beyond the last. */
TG_API const char *tg_runner_name(const tg_runner *runner, size_t i);
TG_API tg_tracked_kind tg_runner_kind(const tg_runner *runner, size_t i);

/* The batch that ran last, or, before any, the first one recorded: its inputs, with the values that
 * were fed, its loss and its plan; and the predicted and given classes of tg_track_classes, both
 * i64 [rows], whose values tg_get returns; NULL if that was not called. All NULL for NULL. Valid as
 * long as the runner. */
typedef struct tg_runner_look {
    const tg_batch *batch;
    tg_tensor *loss, *guess, *labels;
    const tg_plan *plan;
} tg_runner_look;
TG_API tg_runner_look tg_runner_last(const tg_runner *runner);

/* ---- Stopping and going on --------------------------------------------------------------- */

/* Saves the sums so far into the store. Only with .name. */
TG_API tg_status tg_runner_keep_at(tg_site at, tg_runner *runner, tg_error *error);
/* Moves to the position in the store, and restores the sums if tg_runner_keep saved them there;
 * else begins new ones. */
TG_API tg_status tg_runner_resume_at(tg_site at, tg_runner *runner, tg_error *error);

#ifdef __cplusplus
}
#endif

/* How C programs call these: the macros supply the call's site, and the defaults of options. */
#ifndef __cplusplus
#define tg_track(...) tg_track_at(TG_HERE, __VA_ARGS__)
#define tg_track_sum(...) tg_track_sum_at(TG_HERE, __VA_ARGS__)
#define tg_track_last(...) tg_track_last_at(TG_HERE, __VA_ARGS__)
#define tg_track_classes(...) tg_track_classes_at(TG_HERE, __VA_ARGS__)
#define tg_runner_new(...)                                                                         \
    tg_runner_new_with(&(tg_runner_args){ TG_RUNNER_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_score(...) tg_score_at(TG_HERE, __VA_ARGS__)
#define tg_runner_next(...) tg_runner_next_at(TG_HERE, __VA_ARGS__)
#define tg_runner_epoch(...) tg_runner_epoch_at(TG_HERE, __VA_ARGS__)
#define tg_runner_begin(...) tg_runner_begin_at(TG_HERE, __VA_ARGS__)
#define tg_runner_keep(...) tg_runner_keep_at(TG_HERE, __VA_ARGS__)
#define tg_runner_resume(...) tg_runner_resume_at(TG_HERE, __VA_ARGS__)
#endif

#endif
