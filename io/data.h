/* data.h: what the files of the data pipelines share.
 *
 *     samples.c, joined.c     sources of samples
 *     order.c                 which sample stands at which row of an epoch
 *     augment.c               transforms, as a list of stages
 *     image.c, mixup.c        what they do to images, and to batches
 *     batch.c                 a batch, made of all these
 *     ahead.c                 batches ahead of the program, by a thread
 *     loader.c                the public functions of a loader */
#ifndef TG_DATA_INTERNAL_H
#define TG_DATA_INTERNAL_H

#include "tg_data.h"
#include "io/io.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

/* ---- Fields ------------------------------------------------------------------------- */

enum { TG__FIELD_NAME = 32 };

/* A list of fields, with their names. */
typedef struct tg__layout {
    size_t count;
    tg_field field[TG_MAX_FIELDS + 1]; /* and the mask */
    char name[TG_MAX_FIELDS + 1][TG__FIELD_NAME];
} tg__layout;

/* Copies the fields, of which there must be some that samples can have. Complains. */
tg_status tg__layout_set(tg__report *report, tg__layout *layout, tg_fields fields);
/* Appends one that is as it should be. */
void tg__layout_add(tg__layout *layout, const char *name, tg_dtype dtype, tg_shape shape);
/* The names of a copy stand in the copy. */
void tg__layout_copy(tg__layout *to, const tg__layout *from);
/* "x f32 [28, 28]". Returns [out]. */
enum { TG_FIELD_SEEN = TG__FIELD_NAME + TG_SHAPE_SEEN + 8 };
const char *tg__field_seen(char out[TG_FIELD_SEEN], const tg_field *field);
/* The bytes of one sample's, or of a field of [rows] samples; false if memory cannot hold them. */
bool tg__field_bytes(const tg_field *field, int64_t rows, size_t *bytes);
/* The shape of [rows] samples' field. */
tg_shape tg__batch_shape(const tg_field *field, int64_t rows);

/* ---- Samples ------------------------------------------------------------------------ */

struct tg_samples {
    tg_allocator allocator;
    tg_error error; /* why it could not be made */
    tg__layout fields;
    int64_t length; /* -1: not known */
    tg_next_fn next;
    tg_seek_fn seek;
    tg_rewind_fn rewind;
    tg_close_fn close, interrupt;
    void *context;
    int64_t at; /* the sample that next gives; -1: not known, as while it is called */
};

/* tg_samples_new for [function]; if report->status is not TG_OK, samples that keep that error. */
tg_samples *tg__samples_make(tg__report *report, const tg_samples_args *args);
/* Reads a sample; returns as tg_next_fn does. */
int tg__samples_read(tg_samples *samples, int64_t sample, void *const out[], tg_error *error);
/* Could they be made? Else complains with their error. */
tg_status tg__samples_check(tg__report *report, const tg_samples *samples);

/* ---- The order ---------------------------------------------------------------------- */

/* The running sums of weights, for [count] samples; complains of what are no weights. */
tg_status tg__weights_sum(tg__report *report, const tg_array *weights, int64_t count, double *sums);
/* The sample that [u] in [0, 1) draws. */
int64_t tg__weights_draw(const double *sums, int64_t count, double u);

/* The dice of one stage for one row. Stage 0 draws samples by weight; transforms count from 1. */
tg_dice tg__dice(uint64_t seed, tg_position at, int stage);

/* ---- Transforms --------------------------------------------------------------------- */

typedef enum tg__transform_kind {
    TG__NO_TRANSFORM,
    TG__SCALE,
    TG__NORMALIZE,
    TG__SHIFT,
    TG__FLIP,
    TG__CROP,
    TG__CUTOUT,
    TG__NOISE,
    TG__ONE_HOT,
    TG__MAP,
    TG__MIXUP
} tg__transform_kind;

/* An image's place in memory: [planes][height][width][inner], one of planes and inner being 1. */
typedef struct tg__image {
    int64_t planes, height, width, inner;
    size_t size; /* of an element */
} tg__image;

/* A transform in a loader. */
typedef struct tg__stage {
    tg_transform does;
    int number;               /* in the list, from 1 */
    const char *name;         /* "tg_image_flip" */
    tg__layout from;          /* what it is given */
    tg__image image;          /* of the field that it is about, if it is one */
    int64_t elements;         /* of that field */
    double *shift, *scale;    /* of the elements, or of the channels, each of them [period]; */
    int64_t repeat, period;   /* element i has number i / repeat mod period */
    void *out[TG_MAX_FIELDS]; /* what it makes of a sample; NULL: the field stays as it is */
    size_t out_fields;
    void *copy[2]; /* of a batch's fields, for mix-up */
    int64_t *order;
} tg__stage;

/* Checks the transform for samples of [fields], which it changes to what comes out, and takes its
 * memory from the arena; for batches of up to [batch] rows. */
tg_status tg__stage_set(tg__report *report, tg__stage *stage, const tg_transform *does, int number,
                        int64_t batch, tg__layout *fields, tg__arena *arena);
/* Works on batches, not on samples. */
bool tg__stage_mixes(const tg__stage *stage);
/* Makes one sample, whose fields are at now[], which it changes to where its results are. */
tg_status tg__stage_run(const tg__stage *stage, void *now[], tg_dice *dice, tg_error *error);
/* Mixes [rows] rows of a batch. */
void tg__stage_mix(const tg__stage *stage, void *const fields[], int64_t rows, tg_dice *dice);

/* The part of [image], moved by [down] and [right], that is [to]'s; [fill] where there is none. */
void tg__image_window(const tg__image *image, const void *from, const tg__image *to, int64_t down,
                      int64_t right, double fill, void *out);
void tg__image_mirror(const tg__image *image, const void *from, bool vertical, void *out);
/* A square whose first pixel is [row], [column], as far as it lies in the image. */
void tg__image_square(const tg__image *image, int64_t row, int64_t column, int64_t side,
                      double fill, void *out);

/* Mixes [rows] rows of fields[] in place, with probability .probability, by one share for all. */
void tg__mixup_rows(const tg__stage *stage, void *const fields[], int64_t rows, tg_dice *dice);

/* ---- Batches ------------------------------------------------------------------------ */

/* A batch that is made, or what came in its place. */
typedef struct tg__slot {
    tg_position at; /* of its first row */
    int64_t rows;   /* 0: the end of the epoch; -1: [error] */
    int64_t passed; /* rows behind which the next one begins */
    tg_error error;
    void *field[TG_MAX_FIELDS + 1]; /* and the mask */
} tg__slot;

/* What makes batches, one behind the other: the loader's thread, or its user. */
typedef struct tg__maker {
    tg_samples *samples;
    tg__layout fields;   /* of a batch, without the mask */
    int64_t batch, rows; /* of an epoch; -1: not known */
    uint64_t seed;
    bool drop_last, pad;
    int64_t *order, ordered; /* a shuffled epoch's; NULL: as they come, or by */
    double *sums;            /* weights; NULL: none */
    tg__stage *stages;
    int sample_stages, all_stages;
    void *sample[TG_MAX_FIELDS]; /* as it comes, if there are stages for it */
    tg_position at;              /* of the next batch */
    bool ended;                  /* the epoch, of a length that was not known, has no more */
} tg__maker;

/* Makes the next batch. If [hurry] becomes true it may return early, with whatever. */
void tg__make_batch(tg__maker *maker, tg__slot *slot, atomic_bool *hurry);

/* ---- Batches ahead ------------------------------------------------------------------ */

typedef struct tg__ahead {
    tg__maker *maker;
    tg__slot *slots;
    int64_t count;
    bool wanted; /* a thread */
    bool running;
    pid_t process; /* whose thread it is: a fork leaves it behind */
    pthread_t thread;
    pthread_mutex_t mutex; /* guards what follows, while the thread runs */
    pthread_cond_t made_one, taken_one;
    uint64_t made, taken; /* slots, since the beginning */
    bool moved, ends;
    tg_position target; /* where the thread goes when it sees [moved] */
    atomic_bool hurry;  /* what is being made is not wanted any more */
} tg__ahead;

/* The next slot, made by the thread or here. [at]: the user's position. */
const tg__slot *tg__ahead_get(tg__ahead *ahead, tg_position at);
/* It may be used for another batch. */
void tg__ahead_release(tg__ahead *ahead);
void tg__ahead_seek(tg__ahead *ahead, tg_position at);
/* Ends the thread. */
void tg__ahead_end(tg__ahead *ahead);

#endif
