/* tg_prepare.h: preparation of data: scaling of columns, with the scaler saved in the model's
 * store; labels as one-hot rows; random splits and folds.
 *
 *     tg_scaler scaler;
 *     if (tg_split_random(&all, &train, &test, &error, .seed = 1) ||
 *         tg_scaler_fit(&scaler, &train.x, &error) ||
 *         tg_scaler_apply(&scaler, &train.x, &error) ||
 *         tg_scaler_apply(&scaler, &test.x, &error) ||
 *         tg_scaler_keep(store, "scaler", &scaler, &error))
 *         return fprintf(stderr, "%s\n", error.text), 1;
 *
 * Functions return the status of their `tg_error *`, which may be NULL, and leave their outputs
 * empty on an error. Which rows are in which part is a function of the seed and of what is stated
 * below, on every machine. */
#ifndef TG_PREPARE_H
#define TG_PREPARE_H

#include "tg_io.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Scalers ---------------------------------------------------------------------------- */

typedef enum tg_scaling {
    TG_SCALE_STANDARD = 1, /* mean 0, (population) standard deviation 1, as tg_standardize */
    TG_SCALE_RANGE,        /* the smallest becomes .low, the largest .high */
    TG_SCALE_ROBUST        /* the median becomes 0, the distance of the first and third quartiles
                              1 */
} tg_scaling;

/* y = (x - shift) / scale for each column. A column is an element of the rows of x [rows, ...]. */
typedef struct tg_scaler {
    tg_array shift; /* f64 [columns] */
    tg_array scale; /* f64 [columns], none of them 0 */
} tg_scaler;

typedef struct tg_scaler_fit_args {
    size_t struct_size;
    tg_site at;
    tg_scaler *out;
    const tg_array *x;
    tg_error *error;
    tg_scaling by;     /* default TG_SCALE_STANDARD */
    double low;        /* for TG_SCALE_RANGE; default 0 */
    double high;       /* default 1 */
    bool skip_missing; /* leave out NaN, which is an error otherwise */
    const tg_allocator *allocator; /* default: that of x */
} tg_scaler_fit_args;
#define TG_SCALER_FIT_DEFAULTS                                                                     \
    .struct_size = TG_OPTIONS_SIZE(tg_scaler_fit_args, allocator), .by = TG_SCALE_STANDARD,        \
    .low = 0, .high = 1

/* tg_scaler_fit(&scaler, &train.x, &error, .by = TG_SCALE_ROBUST): measures the columns of f32 or
 * f64 [rows, ...], with at least one row. A column whose deviation, range or distance of quartiles
 * is 0 is only shifted (its scale is 1). Quartiles are interpolated between order statistics, at
 * (rows - 1) / 4 from either end (definition 7 of Hyndman and Fan, "Sample quantiles in statistical
 * packages", 1996), as in NumPy.
 *
 * Errors: TG_ERR_NUMERIC for an infinity, a NaN without .skip_missing, a column of NaN alone, and
 * for numbers whose difference overflows f64. */
TG_API tg_status tg_scaler_fit_with(const tg_scaler_fit_args *args);
/* Accepts NULL and an empty scaler. */
TG_API void tg_scaler_free(tg_scaler *scaler);
/* Scales f32 or f64 [rows, ...] in place, computed in f64. NaN stays NaN. */
TG_API tg_status tg_scaler_apply_at(tg_site at, const tg_scaler *scaler, tg_array *x,
                                    tg_error *error);
/* The inverse, y * scale + shift: a prediction in the units of the data. */
TG_API tg_status tg_scaler_invert_at(tg_site at, const tg_scaler *scaler, tg_array *y,
                                     tg_error *error);

/* Writes the scaler into the states "name.shift" and "name.scale" of a store, which are made or
 * found, so that tg_save saves it with the model. */
TG_API tg_status tg_scaler_keep_at(tg_site at, tg_store *store, const char *name,
                                   const tg_scaler *scaler, tg_error *error);
/* A new scaler from those states; after a tg_load, which makes them if the store does not have
 * them. */
TG_API tg_status tg_scaler_from_at(tg_site at, tg_scaler *out, const tg_store *store,
                                   const char *name, tg_error *error);
/* Scales a node by those states of its tape's store: x is f32 or f64 [rows, ...]; the result is
 * equal, bit for bit, to that of tg_scaler_apply. If there are no such states, or with another
 * number of columns, that is an error that sticks to the tape. The states are read by each run.
 * Differentiable. */
TG_API tg_tensor *tg_scaled_at(tg_site at, tg_tensor *x, const char *name);
/* The inverse. */
TG_API tg_tensor *tg_unscaled_at(tg_site at, tg_tensor *y, const char *name);

/* ---- Labels ----------------------------------------------------------------------------- */

typedef struct tg_one_hot_array_args {
    size_t struct_size;
    tg_site at;
    const tg_array *labels;
    tg_array *out;
    tg_error *error;
    int64_t classes; /* default TG_AUTO: the largest label plus 1 */
    tg_dtype dtype;  /* default TG_F32 */
    const tg_allocator *allocator; /* default: that of the labels */
} tg_one_hot_array_args;
#define TG_ONE_HOT_ARRAY_DEFAULTS                                                                  \
    .struct_size = TG_OPTIONS_SIZE(tg_one_hot_array_args, allocator), .classes = TG_AUTO,          \
    .dtype = TG_F32

/* tg_one_hot_array(&labels, &rows, &error, .classes = 10): labels of an integer dtype [...] as
 * [..., classes], of any dtype: 1 at the label, else 0. A label outside of 0 .. classes - 1 is
 * TG_ERR_INDEX. */
TG_API tg_status tg_one_hot_array_with(const tg_one_hot_array_args *args);

/* ---- Splits ----------------------------------------------------------------------------- */

/* tg_split_random(&data, &train, &test, &error, .fraction = 0.2, .seed = 1): as
 * tg_split_stratified, but independent of the labels, which may have any dtype or be missing:
 * floor(fraction * rows + 1/2) rows, drawn without replacement. */
TG_API tg_status tg_split_random_with(const tg_split_args *args);

typedef struct tg_split_parts_args {
    size_t struct_size;
    tg_site at;
    const tg_dataset *data;
    tg_dataset *parts;       /* [count] */
    const double *fractions; /* [count], each above 0, with a sum of at most 1 */
    int64_t count;
    tg_error *error;
    bool stratified; /* equal shares of every class: y has an integer dtype, [rows] */
    uint64_t seed;   /* default 0 */
    const tg_allocator *allocator; /* default: that of the data's x */
} tg_split_parts_args;
#define TG_SPLIT_PARTS_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_split_parts_args, allocator)

/* tg_split_parts(&data, parts, (double[]){ 0.7, 0.15, 0.15 }, 3, &error, .seed = 1): copies the
 * rows into new datasets, in their order in the data. The parts from i on have floor(f * rows +
 * 1/2) rows together, where f is the sum of the fractions from i on; if all fractions add up to
 * less than 1, the other rows are left out. With .stratified the last part is drawn as the test set
 * of tg_split_stratified, the one before it likewise from the remaining rows, and so on: with { 1 -
 * f, f } the parts are those of tg_split_stratified. */
TG_API tg_status tg_split_parts_with(const tg_split_parts_args *args);

/* ---- Folds ------------------------------------------------------------------------------ */

/* The rows of a dataset in [count] folds. Each fold is the test set once, with all others as
 * training set. */
typedef struct tg_folds {
    int64_t count, rows;
    int64_t *order; /* [rows]: the rows of fold 0, ascending, then those of fold 1, ... */
    int64_t *start; /* [count + 1]: the index in [order] where each fold begins */
    tg_allocator allocator;
} tg_folds;

typedef struct tg_folds_make_args {
    size_t struct_size;
    tg_site at;
    tg_folds *out;
    const tg_dataset *data;
    int64_t count;
    tg_error *error;
    bool stratified; /* equal shares of every class: y has an integer dtype, [rows] */
    const tg_array *groups; /* of an integer dtype [rows]; default: none */
    uint64_t seed;          /* default 0 */
    const tg_allocator *allocator; /* default: that of the data's x */
} tg_folds_make_args;
#define TG_FOLDS_MAKE_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_folds_make_args, allocator)

/* tg_folds_make(&folds, &data, 5, &error, .stratified = true, .seed = 1): folds drawn at random;
 * their number is from 2 to the number of rows. Their sizes differ by at most 1; with .stratified
 * so do their numbers of rows of each class.
 *
 * With .groups all rows of a group (of a patient, of a speaker) are in one fold. Groups are
 * assigned in descending order of size, each to the fold with the fewest rows; with as many folds
 * as groups each fold is one group. Not together with .stratified. */
TG_API tg_status tg_folds_make_with(const tg_folds_make_args *args);
/* Accepts NULL and empty folds. */
TG_API void tg_folds_free(tg_folds *folds);
/* The rows of fold [fold], from 0, and all others, as new arrays TG_I64 [n], ascending. */
TG_API tg_status tg_folds_rows_at(tg_site at, const tg_folds *folds, int64_t fold, tg_array *train,
                                  tg_array *test, tg_error *error);
/* The same as new datasets of rows of [data], which must have as many rows as the folds' data. */
TG_API tg_status tg_folds_take_at(tg_site at, const tg_folds *folds, int64_t fold,
                                  const tg_dataset *data, tg_dataset *train, tg_dataset *test,
                                  tg_error *error);

#ifdef __cplusplus
}
#endif

/* How C programs call these: the macros supply the call's site, and the defaults of options. */
#ifndef __cplusplus
#define tg_scaler_fit(...)                                                                         \
    tg_scaler_fit_with(                                                                            \
        &(tg_scaler_fit_args){ TG_SCALER_FIT_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_scaler_apply(...) tg_scaler_apply_at(TG_HERE, __VA_ARGS__)
#define tg_scaler_invert(...) tg_scaler_invert_at(TG_HERE, __VA_ARGS__)
#define tg_scaler_keep(...) tg_scaler_keep_at(TG_HERE, __VA_ARGS__)
#define tg_scaler_from(...) tg_scaler_from_at(TG_HERE, __VA_ARGS__)
#define tg_scaled(...) tg_scaled_at(TG_HERE, __VA_ARGS__)
#define tg_unscaled(...) tg_unscaled_at(TG_HERE, __VA_ARGS__)
#define tg_one_hot_array(...)                                                                      \
    tg_one_hot_array_with(                                                                         \
        &(tg_one_hot_array_args){ TG_ONE_HOT_ARRAY_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_split_random(...)                                                                       \
    tg_split_random_with(&(tg_split_args){ TG_SPLIT_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_split_parts(...)                                                                        \
    tg_split_parts_with(                                                                           \
        &(tg_split_parts_args){ TG_SPLIT_PARTS_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_folds_make(...)                                                                         \
    tg_folds_make_with(                                                                            \
        &(tg_folds_make_args){ TG_FOLDS_MAKE_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_folds_rows(...) tg_folds_rows_at(TG_HERE, __VA_ARGS__)
#define tg_folds_take(...) tg_folds_take_at(TG_HERE, __VA_ARGS__)
#endif

#endif
