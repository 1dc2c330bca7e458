/* data.h: what the files of the data pipelines share.
 *
 *     samples.c, joined.c     sources of samples
 *     order.c                 which sample is at which row of an epoch
 *     augment.c               transforms, as a list of stages
 *     image.c, mixup.c        their work on images, and on batches
 *     batch.c                 a batch, made of all these
 *     ahead.c                 batches made ahead of the program, by a thread
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

/* A list of fields, which owns their names. */
typedef struct tg__layout {
    size_t count;
    tg_field field[TG_MAX_FIELDS + 1]; /* and the mask */
    char name[TG_MAX_FIELDS + 1][TG__FIELD_NAME];
} tg__layout;

/* Copies the fields and checks them: at least one, with names, dtypes and shapes that samples may
 * have. Reports errors. */
tg_status tg__layout_set(tg__report *report, tg__layout *layout, tg_fields fields);
/* Appends a field that is known to be valid. */
void tg__layout_add(tg__layout *layout, const char *name, tg_dtype dtype, tg_shape shape);
/* Copies a layout; the fields of the copy point at its own names. */
void tg__layout_copy(tg__layout *to, const tg__layout *from);
/* Writes a field as "x f32 [28, 28]". Returns [out]. */
enum { TG_FIELD_SEEN = TG__FIELD_NAME + TG_SHAPE_SEEN + 8 };
const char *tg__field_seen(char out[TG_FIELD_SEEN], const tg_field *field);
/* The size in bytes of the field of [rows] samples. False if it overflows. */
bool tg__field_bytes(const tg_field *field, int64_t rows, size_t *bytes);
/* The shape of the field of [rows] samples. */
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
    int64_t at; /* the sample that next will give; -1: unknown, as while it is called */
};

/* tg_samples_new, for the public function [function]. If report->status is not TG_OK, it makes
 * samples that keep that error. */
tg_samples *tg__samples_make(tg__report *report, const tg_samples_args *args);
/* Reads sample number [sample] into [out]. Returns as a tg_next_fn does. */
int tg__samples_read(tg_samples *samples, int64_t sample, void *const out[], tg_error *error);
/* TG_OK if the samples are usable; else reports the error with which they were made. */
tg_status tg__samples_check(tg__report *report, const tg_samples *samples);

/* ---- The order ---------------------------------------------------------------------- */

/* The running sums of the weights of [count] samples. Reports weights that are invalid. */
tg_status tg__weights_sum(tg__report *report, const tg_array *weights, int64_t count, double *sums);
/* The index of the sample that [u] in [0, 1) selects. */
int64_t tg__weights_draw(const double *sums, int64_t count, double u);

/* The random numbers of one stage for one row. Stage 0 draws samples by weight; transforms are
 * stages from 1 on. */
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

/* The layout of an image in memory: [planes][height][width][inner]; planes or inner is 1. */
typedef struct tg__image {
    int64_t planes, height, width, inner;
    size_t size; /* of an element */
} tg__image;

/* A transform of a loader. */
typedef struct tg__stage {
    tg_transform does;
    int number;               /* its index in the list, from 1 */
    const char *name;         /* "tg_image_flip" */
    tg__layout from;          /* the fields of its input */
    tg__image image;          /* the layout of the field that it changes, if that is an image */
    int64_t elements;         /* of that field */
    double *shift, *scale;    /* one for each element or each channel; [period] of them: */
    int64_t repeat, period;   /* element i uses number i / repeat % period */
    void *out[TG_MAX_FIELDS]; /* its result for each field; NULL: the field stays as it is */
    size_t out_fields;
    void *copy[2]; /* copies of a batch's fields, for mix-up */
    int64_t *order;
} tg__stage;

/* Checks the transform for samples with [fields], which become those of its output. Allocates from
 * the arena, for batches of up to [batch] rows. Reports errors. */
tg_status tg__stage_set(tg__report *report, tg__stage *stage, const tg_transform *does, int number,
                        int64_t batch, tg__layout *fields, tg__arena *arena);
/* True if it works on batches, not on samples. */
bool tg__stage_mixes(const tg__stage *stage);
/* Applies the transform to one sample: now[] are the addresses of its fields, and become those of
 * the results. */
tg_status tg__stage_run(const tg__stage *stage, void *now[], tg_dice *dice, tg_error *error);
/* Applies a transform of batches to [rows] rows, in place. */
void tg__stage_mix(const tg__stage *stage, void *const fields[], int64_t rows, tg_dice *dice);

/* Copies a window of [image], of the size of [to], whose top left is moved by [down] and [right].
 * Pixels outside of the image are [fill]. */
void tg__image_window(const tg__image *image, const void *from, const tg__image *to, int64_t down,
                      int64_t right, double fill, void *out);
void tg__image_mirror(const tg__image *image, const void *from, bool vertical, void *out);
/* Fills a square with [fill], from pixel [row], [column] on, as far as it is within the image. */
void tg__image_square(const tg__image *image, int64_t row, int64_t column, int64_t side,
                      double fill, void *out);

/* Mixes [rows] rows of fields[] in place, with probability .probability, by one share for all. */
void tg__mixup_rows(const tg__stage *stage, void *const fields[], int64_t rows, tg_dice *dice);

/* ---- Batches ------------------------------------------------------------------------ */

/* A batch; or the end of an epoch, or an error. */
typedef struct tg__slot {
    tg_position at; /* the position of its first row */
    int64_t rows;   /* 0: the end of the epoch; -1: [error] */
    int64_t passed; /* rows of the epoch before the next batch */
    tg_error error;
    void *field[TG_MAX_FIELDS + 1]; /* and the mask */
} tg__slot;

/* Makes batches in order. Used by the loader's thread, or else by its user. */
typedef struct tg__maker {
    tg_samples *samples;
    tg__layout fields;   /* of a batch, without the mask */
    int64_t batch, rows; /* batch: rows of a batch; rows: of an epoch, -1: unknown */
    uint64_t seed;
    bool drop_last, pad;
    int64_t *order, ordered; /* a shuffled epoch's order, of epoch [ordered]; NULL: in the order of
                                the samples, or drawn by weight */
    double *sums;            /* weights; NULL: none */
    tg__stage *stages;
    int sample_stages, all_stages;
    void *sample[TG_MAX_FIELDS]; /* a sample before the stages that work on samples */
    tg_position at;              /* of the next batch */
    bool ended;                  /* an epoch of unknown length has no more samples */
} tg__maker;

/* Makes the next batch. If *hurry becomes true it may return earlier; the slot then has no
 * meaning. */
void tg__make_batch(tg__maker *maker, tg__slot *slot, atomic_bool *hurry);

/* ---- Batches ahead ------------------------------------------------------------------ */

typedef struct tg__ahead {
    tg__maker *maker;
    tg__slot *slots;
    int64_t count;
    bool wanted; /* a thread should run */
    bool running;
    pid_t process; /* the process of the thread: a forked child has no thread */
    pthread_t thread;
    pthread_mutex_t mutex; /* guards the members below while the thread runs */
    pthread_cond_t made_one, taken_one;
    uint64_t made, taken; /* numbers of slots, counted from the start */
    bool moved, ends;
    tg_position target; /* where the thread continues when it sees [moved] */
    atomic_bool hurry;  /* the batch being made will be discarded */
} tg__ahead;

/* The next slot, filled by the thread or here. [at] is the user's position. */
const tg__slot *tg__ahead_get(tg__ahead *ahead, tg_position at);
/* Releases that slot for another batch. */
void tg__ahead_release(tg__ahead *ahead);
void tg__ahead_seek(tg__ahead *ahead, tg_position at);
/* Ends the thread. */
void tg__ahead_end(tg__ahead *ahead);

#endif
