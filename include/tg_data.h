/* tg_data.h: data pipelines: samples from any source, in batches, shuffled or weighted,
 * transformed, and made ahead by a thread.
 *
 *     tg_loader *loader = tg_loader_new(tg_samples_of_dataset(&train), .batch = 64, .seed = 1,
 *                                       .prefetch = 4,
 *                                       .transforms = TG_TRANSFORMS(
 *                                           tg_image_scale(), tg_image_shift(.pixels = 2),
 *                                           tg_image_flip(.probability = 0.5)));
 *     for (int epoch = 0; epoch < 10; epoch++)
 *         while (tg_loader_next(loader, TG_LIST(x, y)) > 0)
 *             tg_run(step);
 *     tg_loader_free(loader);
 *
 * A sample is one or more fields, such as a picture and its label, each an array with a dtype and a
 * shape that all samples share. A batch has the same fields, with the rows as first dimension.
 *
 * Everything is a function of the seed and the position: the order of an epoch, which samples are
 * drawn by weights, the random numbers of every transform (Philox 4x32-10, as in tg_random.h, by
 * seed, epoch, row and transform). The batches do not depend on the number of batches made ahead,
 * on whether there is a thread, or on where a run began: they are the same, bit for bit, on one
 * machine. (Normal numbers use the C library's log and cos, which may differ by a bit elsewhere.)
 *
 * An object that could not be made keeps its error, and the error is reported where the object is
 * used: that of samples by the loader that gets them, that of a loader by the tape at its first
 * batch. A program need not check before, but can (tg_samples_error, tg_loader_error).
 *
 * For an array in memory that is only shuffled, tg_batches (tg_io.h) is simpler; with the same seed
 * its epochs have the same order. */
#ifndef TG_DATA_H
#define TG_DATA_H

#include "tg_io.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Fields ----------------------------------------------------------------------------- */

/* One array of a sample. */
typedef struct tg_field {
    const char *name; /* for messages: "x", "label" */
    tg_dtype dtype;
    tg_shape shape; /* of one sample: without the rows; up to TG_MAX_RANK - 1 axes */
} tg_field;

enum { TG_MAX_FIELDS = 8 };

/* TG_FIELDS({ "x", TG_F32, TG_SHAPE(28, 28) }, { "y", TG_I32, TG_SCALAR }): a list of fields. It is
 * valid as long as the block in which it is written; functions that get it copy it. */
typedef struct tg_fields {
    size_t count; /* 0: no list */
    const tg_field *field;
} tg_fields;

/* TG_ARRAYS(x, y): a list of arrays. */
typedef struct tg_arrays {
    size_t count;
    const tg_array *array;
} tg_arrays;

#ifndef __cplusplus
#define TG_FIELDS(...)                                                                             \
    ((tg_fields){ sizeof((const tg_field[]){ __VA_ARGS__ }) / sizeof(tg_field),                    \
                  (const tg_field[]){ __VA_ARGS__ } })
#define TG_ARRAYS(...)                                                                             \
    ((tg_arrays){ sizeof((const tg_array[]){ __VA_ARGS__ }) / sizeof(tg_array),                    \
                  (const tg_array[]){ __VA_ARGS__ } })
#endif

/* ---- Samples ---------------------------------------------------------------------------- */

/* A source of samples. If it could not be made, it keeps the error; it is NULL only if there is no
 * memory. A function that gets samples (tg_loader_new, tg_samples_subset) owns them from then on,
 * also if it fails, and frees them; tg_samples_free is for samples that were given to none. */
typedef struct tg_samples tg_samples;

/* The functions of a source. They get its context, and are called by one thread at a time: by the
 * loader's thread if it makes batches ahead, at any time. They must not use a tape, nor leave by
 * longjmp or an exception. The message of an error goes to [error], for example by
 * snprintf(error->text, sizeof error->text, ...); the caller of tg_loader_next gets it behind the
 * number of the sample.
 *
 * next: writes the next sample, field i to out[i], which is aligned to its elements, and returns 1;
 * 0 at the end; a negative number on an error, whose status is error->status (TG_ERR_IO if it is
 * not set). */
typedef int (*tg_next_fn)(void *context, void *const out[], tg_error *error);
/* Moves to a sample, counted from 0; next then gives it. */
typedef tg_status (*tg_seek_fn)(void *context, int64_t sample, tg_error *error);
/* Moves back to the first sample. */
typedef tg_status (*tg_rewind_fn)(void *context, tg_error *error);
/* Frees the context (close), or makes a waiting next return (interrupt). */
typedef void (*tg_close_fn)(void *context);
/* Writes sample number [sample], field i to out[i]. */
typedef tg_status (*tg_sample_fn)(void *context, int64_t sample, void *const out[],
                                  tg_error *error);

typedef struct tg_samples_args {
    size_t struct_size;
    tg_site at;
    tg_fields fields;              /* TG_FIELDS(...) */
    tg_next_fn next;               /* required */
    void *context;                 /* default: none */
    tg_seek_fn seek;               /* default: none; samples can be read in their order only */
    tg_rewind_fn rewind;           /* default: by .seek; without both there is one epoch */
    tg_close_fn close;             /* default: nothing to free. Called once, at the end */
    tg_close_fn interrupt;         /* default: none. Makes a waiting next return: see below */
    int64_t length;                /* number of samples; default TG_AUTO: until next returns 0 */
    const tg_allocator *allocator; /* default: the C library's */
} tg_samples_args;
#define TG_SAMPLES_DEFAULTS                                                                        \
    .struct_size = TG_OPTIONS_SIZE(tg_samples_args, allocator), .length = TG_AUTO

/* tg_samples_new(TG_FIELDS({ "x", TG_F32, TG_SHAPE(3) }), read_sample, file, .rewind = rewind_it):
 * samples from functions of the program.
 *
 * With .length and .seek they can be shuffled, weighted and divided into subsets. Without .seek a
 * position is reached by reading up to it, if necessary from the beginning. A source that ends
 * before its .length is an error; samples behind it are not read.
 *
 * tg_loader_free waits for a call that its thread is in. If next may wait for long, for example on
 * a socket, it needs an .interrupt: it is called once, by the thread that frees the loader,
 * possibly while next is running; next should then return soon, with any result. */
TG_API tg_samples *tg_samples_new_with(const tg_samples_args *args);

typedef struct tg_samples_of_function_args {
    size_t struct_size;
    tg_site at;
    tg_fields fields;              /* TG_FIELDS(...) */
    tg_sample_fn sample;           /* required */
    void *context;                 /* default: none */
    int64_t length;                /* required: number of samples; at least 0 */
    tg_close_fn close;             /* default: nothing to free */
    const tg_allocator *allocator; /* default: the C library's */
} tg_samples_of_function_args;
#define TG_SAMPLES_OF_FUNCTION_DEFAULTS                                                            \
    .struct_size = TG_OPTIONS_SIZE(tg_samples_of_function_args, allocator)

/* tg_samples_of_function(TG_FIELDS({ "x", TG_F32, TG_SHAPE(2) }), spiral, NULL, .length = 1000):
 * samples that a function computes or finds by their number. */
TG_API tg_samples *tg_samples_of_function_with(const tg_samples_of_function_args *args);

typedef struct tg_samples_of_arrays_args {
    size_t struct_size;
    tg_site at;
    tg_arrays arrays;              /* TG_ARRAYS(x, y); borrowed: the data must outlive the
                                      samples */
    const tg_allocator *allocator; /* default: the C library's */
} tg_samples_of_arrays_args;
#define TG_SAMPLES_OF_ARRAYS_DEFAULTS                                                              \
    .struct_size = TG_OPTIONS_SIZE(tg_samples_of_arrays_args, allocator)

/* tg_samples_of_arrays(TG_ARRAYS(images, boxes, labels)): the rows of arrays that have equally
 * many. The fields are called "field 0" and so on. */
TG_API tg_samples *tg_samples_of_arrays_with(const tg_samples_of_arrays_args *args);

typedef struct tg_samples_of_dataset_args {
    size_t struct_size;
    tg_site at;
    const tg_dataset *data;        /* borrowed: its arrays' data must outlive the samples */
    const tg_allocator *allocator; /* default: the C library's */
} tg_samples_of_dataset_args;
#define TG_SAMPLES_OF_DATASET_DEFAULTS                                                             \
    .struct_size = TG_OPTIONS_SIZE(tg_samples_of_dataset_args, allocator)

/* tg_samples_of_dataset(&data): the fields "x" and, if there are labels, "y". */
TG_API tg_samples *tg_samples_of_dataset_with(const tg_samples_of_dataset_args *args);

typedef struct tg_samples_subset_args {
    size_t struct_size;
    tg_site at;
    tg_samples *samples;           /* with a .seek */
    const int64_t *rows;           /* which of the samples, in this order; copied */
    int64_t count;                 /* how many */
    const tg_allocator *allocator; /* default: the C library's */
} tg_samples_subset_args;
#define TG_SAMPLES_SUBSET_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_samples_subset_args, allocator)

/* tg_samples_subset(samples, rows, count): some of the samples, for splits and folds; a row may
 * occur twice. The rows must be below the length, if that is known. */
TG_API tg_samples *tg_samples_subset_with(const tg_samples_subset_args *args);

typedef struct tg_samples_concat_args {
    size_t struct_size;
    tg_site at;
    tg_samples *const *parts;      /* an array of samples; the array itself is copied */
    int64_t count;                 /* of parts; at least 1 */
    const tg_allocator *allocator; /* default: the C library's */
} tg_samples_concat_args;
#define TG_SAMPLES_CONCAT_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_samples_concat_args, allocator)

/* tg_samples_concat(parts, 2): the samples of all parts, one part behind the other. All have fields
 * of the same dtypes and shapes; the names are those of the first part. The length is known if
 * those of all parts are; it can seek if all of them can. No part may be listed twice. */
TG_API tg_samples *tg_samples_concat_with(const tg_samples_concat_args *args);

/* Frees the samples, and those that they are made of. Accepts NULL. */
TG_API void tg_samples_free(tg_samples *samples);
/* The error with which the samples were made: TG_OK and "" if there was none; TG_ERR_MEMORY for
 * NULL. */
TG_API tg_status tg_samples_status(const tg_samples *samples);
TG_API const char *tg_samples_error(const tg_samples *samples);
/* The number of samples; -1 if it is not known, and for samples that could not be made. */
TG_API int64_t tg_samples_length(const tg_samples *samples);
/* The fields, valid as long as the samples; none of samples that could not be made. */
TG_API tg_fields tg_samples_fields(const tg_samples *samples);

/* ---- Random numbers of a transform ------------------------------------------------------ */

/* The random numbers of one transform for one sample: any number of them, the same ones each time.
 * Each is a function of the three members (Philox 4x32-10, see tg_random.h), and increments [next].
 * Dice of your own may begin with any values, { .key = seed, .high = 7 }. */
typedef struct tg_dice {
    uint64_t key, high, next;
} tg_dice;

/* These return 0 for NULL. Uniform in [0, 1): one of 2^53 numbers. */
TG_API double tg_dice_uniform(tg_dice *dice);
/* Normal, with mean 0 and deviation 1, by Box and Muller (1958). */
TG_API double tg_dice_normal(tg_dice *dice);
/* One of 0 .. count - 1, all equally likely; 0 if count < 1. */
TG_API int64_t tg_dice_below(tg_dice *dice, int64_t count);

/* ---- Transforms ------------------------------------------------------------------------- */

/* A transform of the user: writes field i of the result to out[i], from the fields in[0 ..]. It may
 * be called by another thread, and must be a function of its arguments. Any status but TG_OK fails
 * the batch, with error's message. */
typedef tg_status (*tg_map_fn)(void *context, const void *const in[], void *const out[],
                               tg_dice *dice, tg_error *error);

/* A transform of samples on their way into a batch: a plain value, made by one of the functions
 * below. Transforms are applied in the order of the list, each to the results of those before, by
 * the thread that makes the batches. One that does not fit the samples is an error of the loader. A
 * transform changes one field of each sample, .field, by default the first.
 *
 * An image is a field of u8 or f32 of shape [height, width] or [channels, height, width]; or, with
 * .channels_last = true, [height, width, channels]. */
typedef struct tg_transform {
    int kind; /* 0: none, because its options were invalid */
    /* The rest is private: the options of all transforms. */
    int field, label_field;
    bool channels_last, vertical;
    int64_t size[3];
    double probability, number[2], fill;
    const tg_array *array[2];
    tg_fields fields;
    tg_map_fn map;
    void *context;
} tg_transform;

/* TG_TRANSFORMS(tg_image_scale(), tg_image_flip()): a list of transforms. It is valid as long as
 * the block in which it is written; a loader copies it. */
enum { TG_MAX_TRANSFORMS = 30 };
typedef struct tg_transforms {
    size_t count;
    const tg_transform *transform;
} tg_transforms;
#ifndef __cplusplus
#define TG_TRANSFORMS(...)                                                                         \
    ((tg_transforms){ sizeof((const tg_transform[]){ __VA_ARGS__ }) / sizeof(tg_transform),        \
                      (const tg_transform[]){ __VA_ARGS__ } })
#endif

typedef struct tg_image_scale_args {
    size_t struct_size;
    tg_site at;
    double divisor; /* default 255; not 0 */
    int field;      /* default 0 */
} tg_image_scale_args;
#define TG_IMAGE_SCALE_DEFAULTS                                                                    \
    .struct_size = TG_OPTIONS_SIZE(tg_image_scale_args, field), .divisor = 255

/* tg_image_scale(): x / divisor as f32, of a field of u8 or f32 of any shape. Bytes become numbers
 * in [0, 1]. */
TG_API tg_transform tg_image_scale_with(const tg_image_scale_args *args);

typedef struct tg_image_normalize_args {
    size_t struct_size;
    tg_site at;
    double mean;                /* default 0 */
    double deviation;           /* default 1; above 0 */
    const tg_array *means;      /* default: .mean for all. f64, one number for each channel, ... */
    const tg_array *deviations; /* ... or for each element of a sample; default: .deviation */
    int field;                  /* default 0 */
    bool channels_last;
} tg_image_normalize_args;
#define TG_IMAGE_NORMALIZE_DEFAULTS                                                                \
    .struct_size = TG_OPTIONS_SIZE(tg_image_normalize_args, channels_last), .deviation = 1

/* tg_image_normalize(.mean = 0.1307, .deviation = 0.3081): (x - mean) / deviation as f32, of u8 or
 * f32. Arrays with a number for each element, as tg_moments makes them, can be used for fields of
 * any shape; those with a number for each channel for images. A deviation of 0 in an array counts
 * as 1, as in tg_standardize. The loader copies the arrays. */
TG_API tg_transform tg_image_normalize_with(const tg_image_normalize_args *args);

typedef struct tg_image_shift_args {
    size_t struct_size;
    tg_site at;
    int64_t pixels; /* default 2; at least 0 */
    double fill;    /* default 0; for u8 one of 0 .. 255 */
    int field;      /* default 0 */
    bool channels_last;
} tg_image_shift_args;
#define TG_IMAGE_SHIFT_DEFAULTS                                                                    \
    .struct_size = TG_OPTIONS_SIZE(tg_image_shift_args, channels_last), .pixels = 2

/* tg_image_shift(.pixels = 2): moves the image by up to that many pixels in both directions; all (2
 * pixels + 1)^2 moves are equally likely. New pixels are .fill. */
TG_API tg_transform tg_image_shift_with(const tg_image_shift_args *args);

typedef struct tg_image_flip_args {
    size_t struct_size;
    tg_site at;
    double probability; /* default 0.5; from 0 to 1 */
    bool vertical;      /* default: left becomes right; with it, top becomes bottom */
    int field;          /* default 0 */
    bool channels_last;
} tg_image_flip_args;
#define TG_IMAGE_FLIP_DEFAULTS                                                                     \
    .struct_size = TG_OPTIONS_SIZE(tg_image_flip_args, channels_last), .probability = 0.5

/* tg_image_flip(.probability = 0.5): mirrors the image with that probability. */
TG_API tg_transform tg_image_flip_with(const tg_image_flip_args *args);

typedef struct tg_image_crop_args {
    size_t struct_size;
    tg_site at;
    int64_t height;  /* of the result; default TG_AUTO: the image's */
    int64_t width;   /* default TG_AUTO: the image's */
    int64_t padding; /* default 0; at least 0 */
    double fill;     /* default 0; for u8 one of 0 .. 255 */
    int field;       /* default 0 */
    bool channels_last;
} tg_image_crop_args;
#define TG_IMAGE_CROP_DEFAULTS                                                                     \
    .struct_size = TG_OPTIONS_SIZE(tg_image_crop_args, channels_last), .height = TG_AUTO,          \
    .width = TG_AUTO

/* tg_image_crop(.height = 32, .width = 32, .padding = 4): adds that many pixels of .fill around the
 * image, and takes a part of that size; all positions are equally likely. */
TG_API tg_transform tg_image_crop_with(const tg_image_crop_args *args);

typedef struct tg_image_cutout_args {
    size_t struct_size;
    tg_site at;
    int64_t size;       /* the square's side; default 8; at least 1 */
    double fill;        /* default 0; for u8 one of 0 .. 255 */
    double probability; /* default 1; from 0 to 1 */
    int field;          /* default 0 */
    bool channels_last;
} tg_image_cutout_args;
#define TG_IMAGE_CUTOUT_DEFAULTS                                                                   \
    .struct_size = TG_OPTIONS_SIZE(tg_image_cutout_args, channels_last), .size = 8,                \
    .probability = 1

/* tg_image_cutout(.size = 8): a square of .fill, in all channels (DeVries and Taylor, "Improved
 * regularization of convolutional neural networks with cutout", 2017). Its centre is a random
 * pixel, so a part of it may be outside of the image. For an even size, the centre is the pixel to
 * the right of and below the middle. */
TG_API tg_transform tg_image_cutout_with(const tg_image_cutout_args *args);

typedef struct tg_image_noise_args {
    size_t struct_size;
    tg_site at;
    double deviation; /* default 0.1; at least 0 */
    int field;        /* default 0 */
} tg_image_noise_args;
#define TG_IMAGE_NOISE_DEFAULTS                                                                    \
    .struct_size = TG_OPTIONS_SIZE(tg_image_noise_args, field), .deviation = 0.1

/* tg_image_noise(.deviation = 0.1): adds a normal number with mean 0 to each element of an f32
 * field of any shape. */
TG_API tg_transform tg_image_noise_with(const tg_image_noise_args *args);

typedef struct tg_label_one_hot_args {
    size_t struct_size;
    tg_site at;
    int64_t classes; /* required; at least 1 */
    double smooth;   /* default 0; from 0 up to, not including, 1 */
    int field;       /* default 1 */
} tg_label_one_hot_args;
#define TG_LABEL_ONE_HOT_DEFAULTS                                                                  \
    .struct_size = TG_OPTIONS_SIZE(tg_label_one_hot_args, field), .field = 1

/* tg_label_one_hot(.classes = 10): a label, one integer of i32, i64 or u8 a sample, becomes f32
 * [classes]: 1 - smooth + smooth / classes at the label, smooth / classes elsewhere. A label that
 * is no class is TG_ERR_INDEX when its sample is read. */
TG_API tg_transform tg_label_one_hot_with(const tg_label_one_hot_args *args);

typedef struct tg_sample_map_args {
    size_t struct_size;
    tg_site at;
    tg_map_fn map;    /* required */
    void *context;    /* default: none; borrowed */
    tg_fields fields; /* of the result; default: those of its input */
} tg_sample_map_args;
#define TG_SAMPLE_MAP_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_sample_map_args, fields)

/* tg_sample_map(to_gray, NULL, TG_FIELDS({ "x", TG_F32, TG_SHAPE(28, 28) })): a transform of your
 * own. */
TG_API tg_transform tg_sample_map_with(const tg_sample_map_args *args);

typedef struct tg_mixup_args {
    size_t struct_size;
    tg_site at;
    double alpha;       /* default 0.2; above 0 */
    double probability; /* with which a batch is mixed; default 1; from 0 to 1 */
    int field;          /* default 0 */
    int label_field;    /* default 1; -1: there is none */
} tg_mixup_args;
#define TG_MIXUP_DEFAULTS                                                                          \
    .struct_size = TG_OPTIONS_SIZE(tg_mixup_args, label_field), .alpha = 0.2, .probability = 1,    \
    .label_field = 1

/* tg_mixup(.alpha = 0.2): mixes the rows of a batch with each other (Zhang, Cisse, Dauphin and
 * Lopez-Paz, "mixup: beyond empirical risk minimization", 2018): row i becomes l x_i + (1 - l)
 * x_p(i), and its label likewise, with one l from Beta(alpha, alpha) and one random order p of the
 * rows for the batch. Both fields are f32: labels as numbers, or one-hot (tg_label_one_hot). It
 * works on batches, so only another tg_mixup may follow it. Its random numbers are those of the
 * batch's first row. */
TG_API tg_transform tg_mixup_with(const tg_mixup_args *args);

/* ---- Loaders ---------------------------------------------------------------------------- */

/* Gives samples in batches, epoch after epoch. Only one thread at a time may use it. */
typedef struct tg_loader tg_loader;

/* The position of the next batch: its epoch, and how many rows of that epoch precede it. Both count
 * from 0. */
typedef struct tg_position {
    int64_t epoch, row;
} tg_position;

typedef struct tg_loader_args {
    size_t struct_size;
    tg_site at;
    tg_samples *samples;           /* owned by the loader, which frees them, also if it fails */
    int64_t batch;                 /* rows of a full batch; default 64; at least 1 */
    uint64_t seed;                 /* default 0 */
    bool shuffle;                  /* default true; write .shuffle = false for the samples' order */
    bool drop_last;                /* leave out a last batch that is not full */
    bool pad;                      /* fill it up to a full one, and feed a mask: see below */
    int64_t prefetch;              /* batches that a thread makes ahead; default 0: no thread */
    tg_transforms transforms;      /* TG_TRANSFORMS(...); default: none */
    const tg_array *weights;       /* default: each sample once. f32 or f64 [samples]; copied */
    int64_t draws;                 /* rows of an epoch with .weights; default TG_AUTO: the number
                                      of samples */
    const tg_allocator *allocator; /* default: the C library's */
} tg_loader_args;
#define TG_LOADER_DEFAULTS                                                                         \
    .struct_size = TG_OPTIONS_SIZE(tg_loader_args, allocator), .batch = 64, .shuffle = true,       \
    .draws = TG_AUTO

/* tg_loader_new(samples, .batch = 64, .seed = 1, .prefetch = 4). An error is reported by
 * tg_loader_error, and by the tape at the first tg_loader_next. NULL only if there is no memory.
 *
 * .shuffle needs samples of a known length that can seek. With .weights an epoch has .draws
 * samples, drawn independently, with probabilities proportional to the weights; weights are finite,
 * not negative, and not all 0. Then .shuffle has no effect.
 *
 * With .prefetch = n a thread makes up to n batches ahead while the program computes, from the
 * first batch on. It takes memory for n batches instead of one. All memory, with or without a
 * thread, is allocated here. If no thread can be made, batches are made when they are asked for.
 * The thread blocks all signals, and has a stack of 1 MiB. After a fork the child's loader starts a
 * thread of its own, at the current position; a source that was being read then must allow that.
 *
 * With .pad = true every batch is full, so that one plan serves all of them. Missing rows are
 * copies of the batch's rows, from the first on (so they are finite if the samples are, and labels
 * are classes). There is one more field, "mask", f32: 1 for a row of the data, 0 for a copy. A mean
 * loss is then the sum over the rows, weighted by the mask, divided by the mask's sum:
 *
 *     tg_tensor *each = tg_cross_entropy(logits, y, .reduction = TG_NONE);
 *     tg_tensor *loss = tg_div(tg_sum(tg_mul(each, mask)), tg_sum(mask));
 *
 * (The statistics of batch normalisation in training include the copies.) */
TG_API tg_loader *tg_loader_new_with(const tg_loader_args *args);
/* Waits for the thread, if there is one (see tg_samples_new), and frees the samples. Accepts NULL.
 */
TG_API void tg_loader_free(tg_loader *loader);
/* The error with which the loader was made: TG_OK and "" if there was none; TG_ERR_MEMORY for
 * NULL. */
TG_API tg_status tg_loader_status(const tg_loader *loader);
TG_API const char *tg_loader_error(const tg_loader *loader);
/* The fields of one row of its batches: after the transforms, with the mask of .pad last. They are
 * valid as long as the loader. None of a loader that could not be made. */
TG_API tg_fields tg_loader_fields(const tg_loader *loader);

/* Feeds the next batch to inputs: one for each field in order, then (.pad) the mask, then the input
 * of tg_loader_keep; inputs at the end of that list may be left out, except the mask. Returns the
 * number of rows, without those of .pad. 0 marks the end of the epoch, once; the next call begins
 * the next epoch. The inputs have the fields' dtypes, the number of rows as first dimension, and as
 * many elements a row as the field, in any shape. On an error, which sticks to the inputs' tape,
 * the result is negative and the batch is skipped, so that a loop that ignores errors still ends.
 * (If the length is not known, an error ends the epoch.) */
TG_API int64_t tg_loader_next_at(tg_site at, tg_loader *loader, tg_list inputs);
/* The result of the next tg_loader_next, if the samples can be read: the rows of the next batch; 0
 * at the end of the epoch; negative for a loader that could not be made. If the length is not
 * known, this makes the batch, or waits for it, and is negative if that fails. */
TG_API int64_t tg_loader_peek(tg_loader *loader);
/* The number of batches of an epoch, including a short last one; -1 if the length is not known, 0
 * for NULL. (A loader that could not be made has epochs of one batch of one row, which fails.) */
TG_API int64_t tg_loader_count(const tg_loader *loader);
/* The rows of an epoch's last batch, without those of .pad; 0 if an epoch has none, and for NULL;
 * -1 if the length is not known. */
TG_API int64_t tg_loader_rest(const tg_loader *loader);

/* The rows of its largest batch: of a full one, or of an epoch that has fewer; 0 for NULL. And:
 * does .pad make every batch a full one? */
TG_API int64_t tg_loader_batch(const tg_loader *loader);
TG_API bool tg_loader_pads(const tg_loader *loader);

/* The position behind the last batch that tg_loader_next gave, whatever was made ahead; zeros for
 * NULL. */
TG_API tg_position tg_loader_position(const tg_loader *loader);
/* Moves to a row of an epoch, both counted from 0; batches begin there. TG_ERR_ARGUMENT, and
 * nothing changes, if one is negative or beyond the rows of an epoch. */
TG_API tg_status tg_loader_seek(tg_loader *loader, int64_t epoch, int64_t row);

/* Saves the position with the weights. The position is a state of the store, [name], i64 [4]:
 * epoch, row, rows of an epoch (-1: not known), seed. tg_loader_keep records its assignment on the
 * tape of the training step, and returns the input that tg_loader_next feeds with the position
 * behind its batch. So one run assigns the weights and the position, or, if it fails, neither; and
 * any saved file has both:
 *
 *     tg_tensor *place = tg_loader_keep(loader, tape, "loader");     (before tg_compile)
 *     ...
 *     tg_load(store, path, &error);
 *     tg_loader_resume(loader, store, "loader", &error);
 *     while (tg_loader_next(loader, TG_LIST(x, y, place)) > 0)
 *         tg_run(step);
 *     tg_save(store, path, &error);
 *
 * keep: NULL on an error, which sticks to the tape. Each tape that trains (such as one for the
 * short last batch) has its own input, under the same name. For tg_save's .params_only the position
 * is a variable like others, unless its name is under that of a parameter ("fc.weight.loader"). */
TG_API tg_tensor *tg_loader_keep_at(tg_site at, tg_loader *loader, tg_tape *tape, const char *name);
/* Moves to the position in the store; to the beginning if no run has assigned it yet. Errors:
 * TG_ERR_ARGUMENT if there is no such state; TG_ERR_STATE if it is of a loader with another number
 * of rows or another seed, or if a run has assigned it without having been fed. */
TG_API tg_status tg_loader_resume_at(tg_site at, tg_loader *loader, const tg_store *store,
                                     const char *name, tg_error *error);

#ifdef __cplusplus
}
#endif

/* How C programs call these: the macros supply the call's site, and the defaults of options. */
#ifndef __cplusplus
#define tg_samples_new(...)                                                                        \
    tg_samples_new_with(&(tg_samples_args){ TG_SAMPLES_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_samples_of_function(...)                                                                \
    tg_samples_of_function_with(&(tg_samples_of_function_args){ TG_SAMPLES_OF_FUNCTION_DEFAULTS,   \
                                                                .at = TG_HERE, __VA_ARGS__ })
#define tg_samples_of_arrays(...)                                                                  \
    tg_samples_of_arrays_with(                                                                     \
        &(tg_samples_of_arrays_args){ TG_SAMPLES_OF_ARRAYS_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_samples_of_dataset(...)                                                                 \
    tg_samples_of_dataset_with(&(tg_samples_of_dataset_args){ TG_SAMPLES_OF_DATASET_DEFAULTS,      \
                                                              .at = TG_HERE, __VA_ARGS__ })
#define tg_samples_subset(...)                                                                     \
    tg_samples_subset_with(                                                                        \
        &(tg_samples_subset_args){ TG_SAMPLES_SUBSET_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_samples_concat(...)                                                                     \
    tg_samples_concat_with(                                                                        \
        &(tg_samples_concat_args){ TG_SAMPLES_CONCAT_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_image_scale(...)                                                                        \
    tg_image_scale_with(                                                                           \
        &(tg_image_scale_args){ TG_IMAGE_SCALE_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_image_normalize(...)                                                                    \
    tg_image_normalize_with(                                                                       \
        &(tg_image_normalize_args){ TG_IMAGE_NORMALIZE_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_image_shift(...)                                                                        \
    tg_image_shift_with(                                                                           \
        &(tg_image_shift_args){ TG_IMAGE_SHIFT_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_image_flip(...)                                                                         \
    tg_image_flip_with(                                                                            \
        &(tg_image_flip_args){ TG_IMAGE_FLIP_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_image_crop(...)                                                                         \
    tg_image_crop_with(                                                                            \
        &(tg_image_crop_args){ TG_IMAGE_CROP_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_image_cutout(...)                                                                       \
    tg_image_cutout_with(                                                                          \
        &(tg_image_cutout_args){ TG_IMAGE_CUTOUT_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_image_noise(...)                                                                        \
    tg_image_noise_with(                                                                           \
        &(tg_image_noise_args){ TG_IMAGE_NOISE_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_label_one_hot(...)                                                                      \
    tg_label_one_hot_with(                                                                         \
        &(tg_label_one_hot_args){ TG_LABEL_ONE_HOT_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_sample_map(...)                                                                         \
    tg_sample_map_with(                                                                            \
        &(tg_sample_map_args){ TG_SAMPLE_MAP_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_mixup(...)                                                                              \
    tg_mixup_with(&(tg_mixup_args){ TG_MIXUP_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_loader_new(...)                                                                         \
    tg_loader_new_with(&(tg_loader_args){ TG_LOADER_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_loader_next(...) tg_loader_next_at(TG_HERE, __VA_ARGS__)
#define tg_loader_keep(...) tg_loader_keep_at(TG_HERE, __VA_ARGS__)
#define tg_loader_resume(...) tg_loader_resume_at(TG_HERE, __VA_ARGS__)
#endif

#endif
