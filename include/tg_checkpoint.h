/* tg_checkpoint.h: checkpoints of a training run: a folder with the last few states of its store,
 * and the best one. A run that was stopped anywhere, killed even, goes on as if it had not been:
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
 * What is in them is what tg_save puts into a file: parameters, the state of optimizers, schedules,
 * plateaus and averages, the counters of random draws, the positions of loaders (tg_loader_keep),
 * scalers (tg_scaler_keep). Each is a safetensors file with checksums, written beside the others
 * and put in its place by a rename, so a reader sees whole files only. */
#ifndef TG_CHECKPOINT_H
#define TG_CHECKPOINT_H

#include "tg_save.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The checkpoints of one run: "last-0.safetensors" and so on, in turn, and "best.safetensors".
 * While they are open no other program, and nobody else in this one, can open them to write. */
typedef struct tg_checkpoints tg_checkpoints;

enum { TG_MOST_CHECKPOINTS = 100 };

typedef struct tg_checkpoints_args {
    size_t struct_size;
    tg_site at;
    tg_store *store;    /* must outlive them */
    const char *folder; /* is made, if it is not there */
    tg_error *error;    /* may be NULL */
    int64_t keep;       /* of the last ones, 1 to TG_MOST_CHECKPOINTS; default 3 */
    bool maximize;      /* larger scores are better; default: smaller ones */
    const tg_io_layer *io; /* default: POSIX. Another one does not keep others out, and the folder
                              must be there unless it can make_folder */
} tg_checkpoints_args;
#define TG_CHECKPOINTS_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_checkpoints_args, io), .keep = 3

/* tg_checkpoints_open(store, "runs/a", &error, .keep = 5): looks at what is there, and loads
 * nothing. NULL on an error: TG_ERR_STATE if somebody has them open, TG_ERR_ARGUMENT, TG_ERR_IO,
 * TG_ERR_MEMORY. */
TG_API tg_checkpoints *tg_checkpoints_open_with(const tg_checkpoints_args *args);
/* Accepts NULL. */
TG_API void tg_checkpoints_free(tg_checkpoints *checkpoints);

/* The number of the checkpoint that was saved or resumed last, from 1 on; 0: none, and for NULL. */
TG_API int64_t tg_checkpoints_number(const tg_checkpoints *checkpoints);
/* The best score so far; NaN if there is none, and for NULL. */
TG_API double tg_checkpoints_best(const tg_checkpoints *checkpoints);

/* Loads the newest checkpoint that is whole; TG_OK, and number 0, if there is none at all. One that
 * is damaged is passed over for the one before it; if none is whole, it is TG_ERR_FORMAT. One of
 * another model is refused with the difference, as by tg_load, and nothing has changed. */
TG_API tg_status tg_checkpoints_resume_at(tg_site at, tg_checkpoints *checkpoints,
                                          tg_error *error);
/* How many damaged ones tg_checkpoints_resume has passed over; 0 for NULL. */
TG_API int64_t tg_checkpoints_damaged(const tg_checkpoints *checkpoints);
/* Saves the store as the next checkpoint, in the place of the oldest if there are .keep. On an
 * error, such as a full disk, those that are there stay as they are. */
TG_API tg_status tg_checkpoints_save_at(tg_site at, tg_checkpoints *checkpoints, tg_error *error);
/* Saves the store as the best one, if [score] is better than that of the best one there is; a NaN
 * never is. */
TG_API tg_status tg_checkpoints_save_best_at(tg_site at, tg_checkpoints *checkpoints, double score,
                                             tg_error *error);
/* Loads the best one; TG_ERR_STATE if there is none. */
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
