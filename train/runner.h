/* runner.h: what a recorded step leaves for the runner. Private to train/. */
#ifndef TG_TRAIN_RUNNER_H
#define TG_TRAIN_RUNNER_H

#include <tapegrad.h>

/* A tracked value, f64; one number for TG_TRACKED_MEAN and TG_TRACKED_LAST. */
typedef struct tg__tracked_one {
    const char *name;
    tg_tracked_kind kind;
    tg_tensor *value;
    tg_shape shape;
    int64_t count; /* of its elements */
} tg__tracked_one;

/* All values that a batch tracks, in the order of recording; the loss is the first. */
typedef struct tg__tracked {
    size_t count;
    tg__tracked_one one[TG_MOST_TRACKED];
    tg_tensor *guess, *labels; /* the operands of tg_track_classes; NULL if it was not called */
} tg__tracked;

/* Adds a tracked value, for the public function [function]. False with an error on the tape, or
 * silently for NULL. */
bool tg__track(tg_site at, const char *function, tg_batch *batch, const char *name,
               tg_tracked_kind kind, tg_tensor *value);

/* Moves an error of the tape, of its store or of its last run to *error. TG_OK if there is none. If
 * the tape can be used further, it has no error afterwards. */
tg_status tg__take_error(tg_tape *tape, tg_error *error);

#endif
