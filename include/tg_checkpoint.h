/* tg_checkpoint.h: checkpoints of a training run: a folder with the last few states of its store,
 * and the best one. A run that was stopped at any point, even killed, continues with the same
 * results as if it had not been:
 *
 *     tg_checkpoints *run = tg_checkpoints_open(store, "runs/a", &error);
 *     if (tg_checkpoints_resume(run, &error)) ...           (the newest, if there is one)
 *     tg_loader_resume(loader, store, "loader", &error);
 *     for (int64_t epoch = tg_checkpoints_number(run); epoch < 10; epoch++) {
 *         while (tg_loader_next(loader, TG_LIST(x, y, place)) > 0) tg_run(step);
 *         if (tg_checkpoints_save(run, &error)) ...
 *         if (tg_checkpoints_save_best(run, loss_of_validation, &error)) ...
 *     }
 *     tg_checkpoints_free(run);
 *
 * A checkpoint has what tg_save writes: parameters, the state of optimizers, schedules, plateaus
 * and averages, the counters of random draws, the positions of loaders (tg_loader_keep), scalers
 * (tg_scaler_keep). Each is a safetensors file with checksums, written under a temporary name and
 * then renamed, so a reader never sees an incomplete file. */
#ifndef TG_CHECKPOINT_H
#define TG_CHECKPOINT_H

#include "tg_save.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The checkpoints of one run: "last-0.safetensors" and so on, in turn, and "best.safetensors".
 * While they are open, nobody else, in this program or another, can open them. */
typedef struct tg_checkpoints tg_checkpoints;

enum { TG_MOST_CHECKPOINTS = 100 };

typedef struct tg_checkpoints_args {
    size_t struct_size;
    tg_site at;
    tg_store *store;    /* must outlive the checkpoints */
    const char *folder; /* is made if it does not exist */
    tg_error *error;    /* may be NULL */
    int64_t keep;       /* number of files for the last states, 1 to TG_MOST_CHECKPOINTS; default
                           3 */
    bool maximize;      /* larger scores are better; default: smaller ones */
    const tg_io_layer *io; /* default: POSIX. With another one there is no lock, and the folder
                              must exist unless the layer has make_folder */
} tg_checkpoints_args;
#define TG_CHECKPOINTS_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_checkpoints_args, io), .keep = 3

/* tg_checkpoints_open(store, "runs/a", &error, .keep = 5): reads which checkpoints exist, and loads
 * nothing. NULL on an error: TG_ERR_STATE if they are open already, TG_ERR_ARGUMENT, TG_ERR_IO,
 * TG_ERR_MEMORY. */
TG_API tg_checkpoints *tg_checkpoints_open_with(const tg_checkpoints_args *args);
/* Accepts NULL. */
TG_API void tg_checkpoints_free(tg_checkpoints *checkpoints);

/* The number of the checkpoint that was saved or resumed last, from 1 on; 0 if there is none, and
 * for NULL. */
TG_API int64_t tg_checkpoints_number(const tg_checkpoints *checkpoints);
/* The best score so far; NaN if there is none, and for NULL. */
TG_API double tg_checkpoints_best(const tg_checkpoints *checkpoints);

/* Loads the newest undamaged checkpoint. If there is none at all: TG_OK and number 0. A damaged one
 * is skipped, and the one before it is taken; if all are damaged: TG_ERR_FORMAT. A checkpoint of
 * another model is an error that names the difference, as in tg_load, and nothing is changed. */
TG_API tg_status tg_checkpoints_resume_at(tg_site at, tg_checkpoints *checkpoints,
                                          tg_error *error);
/* The number of damaged checkpoints that tg_checkpoints_resume has skipped; 0 for NULL. */
TG_API int64_t tg_checkpoints_damaged(const tg_checkpoints *checkpoints);
/* Saves the store as the next checkpoint, which replaces the oldest one if there are .keep. On an
 * error, such as a full disk, the existing checkpoints are not changed. */
TG_API tg_status tg_checkpoints_save_at(tg_site at, tg_checkpoints *checkpoints, tg_error *error);
/* Saves the store as the best checkpoint, if [score] is better than that of the best one so far;
 * NaN never is. */
TG_API tg_status tg_checkpoints_save_best_at(tg_site at, tg_checkpoints *checkpoints, double score,
                                             tg_error *error);
/* Loads the best checkpoint; TG_ERR_STATE if there is none. */
TG_API tg_status tg_checkpoints_load_best_at(tg_site at, tg_checkpoints *checkpoints,
                                             tg_error *error);

#ifdef __cplusplus
}
#endif

/* How C programs call these: the macros supply the call's site, and the defaults of options. */
#ifndef __cplusplus
#define tg_checkpoints_open(...)                                                                   \
    tg_checkpoints_open_with(                                                                      \
        &(tg_checkpoints_args){ TG_CHECKPOINTS_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_checkpoints_resume(...) tg_checkpoints_resume_at(TG_HERE, __VA_ARGS__)
#define tg_checkpoints_save(...) tg_checkpoints_save_at(TG_HERE, __VA_ARGS__)
#define tg_checkpoints_save_best(...) tg_checkpoints_save_best_at(TG_HERE, __VA_ARGS__)
#define tg_checkpoints_load_best(...) tg_checkpoints_load_best_at(TG_HERE, __VA_ARGS__)
#endif

#endif
