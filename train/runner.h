/* runner.h: what recording a step leaves behind for those who run it. Private to train/. */
#ifndef TG_TRAIN_RUNNER_H
#define TG_TRAIN_RUNNER_H

#include <tapegrad.h>

/* Something that is watched. Values are f64: of a mean or a last one one number. */
typedef struct tg__tracked_one {
    const char *name;
    tg_tracked_kind kind;
    tg_tensor *value;
    tg_shape shape;
    int64_t count; /* of its values */
} tg__tracked_one;

/* All that a batch watches, the loss first, as the step recorded it. */
typedef struct tg__tracked {
    size_t count;
    tg__tracked_one one[TG_MOST_TRACKED];
    tg_tensor *guess, *labels; /* of tg_track_classes; NULL: none */
} tg__tracked;

/* Adds what [function] of the user's was given. False with an error on the tape, or silently for a
 * NULL. */
bool tg__track(tg_site at, const char *function, tg_batch *batch, const char *name,
               tg_tracked_kind kind, tg_tensor *value);

/* Moves an error of the tape, of its store or of its last run to [error]; TG_OK if there is none. A
 * tape that goes on has none then. */
tg_status tg__take_error(tg_tape *tape, tg_error *error);

#endif
