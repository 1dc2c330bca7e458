/* tg_normalization.h: layers that normalise: batch, layer, RMS, group and instance norm.
 *
 * Each subtracts the mean of x and divides by its standard deviation, over certain axes, and then
 * scales and shifts by parameters:
 *
 *     y = (x - mean) / sqrt(variance + eps) * weight + bias
 *
 * The variance is the biased one, computed in two passes: the mean first. If all elements are
 * equal, y is the bias (up to rounding in f64), and gradients of every order are finite. x is
 * float, of the variables' dtype. Constructors' errors stick to the store and leave all variables
 * NULL; weights are initialised with 1, biases with 0, under PyTorch's names. A NULL operand gives
 * NULL, as with primitives. */
#ifndef TG_NORMALIZATION_H
#define TG_NORMALIZATION_H

#include "tg_random.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Batch norm ------------------------------------------------------------------------- */

/* Normalises each channel over the batch (Ioffe and Szegedy 2015): PyTorch's BatchNorm1d, 2d and
 * 3d. */
typedef struct tg_batch_norm {
    tg_var *weight, *bias; /* [features]; NULL for .no_affine */
    /* The running statistics, [features], and the number of batches in them (i64, of rank 0). NULL
     * for .no_statistics. They are states: no optimizer trains them. */
    tg_var *running_mean, *running_var, *num_batches_tracked;
    int64_t features;
    double eps, momentum;
    bool cumulative;
} tg_batch_norm;

typedef struct tg_batch_norm_args {
    size_t struct_size;
    tg_site at;
    tg_store *store;
    const char *name;   /* the variables are "<name>.weight" and so on */
    int64_t features;   /* the channels, at least 1 */
    double eps;         /* greater than 0; default 1e-5 */
    double momentum;    /* the weight of the new batch in the running statistics, in [0, 1];
                           default 0.1 */
    bool cumulative;    /* the running statistics are the mean over all batches; PyTorch's
                           momentum=None */
    bool no_affine;     /* neither weight nor bias */
    bool no_statistics; /* no running statistics: those of the batch in inference, too */
} tg_batch_norm_args;
#define TG_BATCH_NORM_DEFAULTS                                                                     \
    .struct_size = TG_OPTIONS_SIZE(tg_batch_norm_args, no_statistics), .eps = 1e-5, .momentum = 0.1

/* tg_batch_norm_new(store, "bn1", 16). */
TG_API tg_batch_norm tg_batch_norm_new_with(const tg_batch_norm_args *args);
/* x [N, features, ...] of rank 2 to 5; y has its shape.
 *
 * With [training] mean and variance are those of the batch, over all axes but the channels; there
 * must be more than one element for each channel. Assignments (tg_assign) are recorded that update
 * the running statistics in each run:
 *
 *     running = (1 - momentum) running + momentum batch
 *
 * with the unbiased variance (divided by n - 1). No gradient passes through them. A run makes one
 * assignment to a variable, so applying the same layer twice in training on one tape is an error:
 * concatenate the batches, or apply a copy of the struct whose running_mean is NULL, which uses the
 * batch's statistics and updates none. (With tg_unroll each step may apply it once.)
 *
 * Without [training] the running statistics from before the run are used. */
TG_API tg_tensor *tg_batch_norm_apply_at(tg_site at, const tg_batch_norm *layer, tg_tensor *x,
                                         bool training);

/* ---- Layer norm, RMS norm --------------------------------------------------------------- */

/* Normalises each item over the last axes (Ba, Kiros and Hinton 2016). */
typedef struct tg_layer_norm {
    tg_var *weight, *bias; /* of [shape]; NULL for .no_affine; with .no_bias the bias is NULL,
                              too */
    tg_shape shape;
    double eps;
} tg_layer_norm;

typedef struct tg_layer_norm_args {
    size_t struct_size;
    tg_site at;
    tg_store *store;
    const char *name;
    tg_shape shape; /* of the last axes of x, which are normalised; no size is 0 */
    double eps;     /* greater than 0; default 1e-5 */
    bool no_affine, no_bias;
} tg_layer_norm_args;
#define TG_LAYER_NORM_DEFAULTS                                                                     \
    .struct_size = TG_OPTIONS_SIZE(tg_layer_norm_args, no_bias), .eps = 1e-5

/* tg_layer_norm_new(store, "ln", TG_SHAPE(128)). */
TG_API tg_layer_norm tg_layer_norm_new_with(const tg_layer_norm_args *args);
/* x [..., shape]; y has its shape. */
TG_API tg_tensor *tg_layer_norm_apply_at(tg_site at, const tg_layer_norm *layer, tg_tensor *x);

/* Divides by the root mean square over the last axes (Zhang and Sennrich 2019): y = x /
 * sqrt(mean(x^2) + eps) * weight. The mean is not subtracted; zeros stay zeros. */
typedef struct tg_rms_norm {
    tg_var *weight; /* of [shape]; NULL for .no_affine */
    tg_shape shape;
    double eps;
} tg_rms_norm;

typedef struct tg_rms_norm_args {
    size_t struct_size;
    tg_site at;
    tg_store *store;
    const char *name;
    tg_shape shape; /* as for layer norm */
    double eps;     /* greater than 0; default TG_AUTO: the machine epsilon of the store's dtype,
                       2^-23 or 2^-52, as in PyTorch */
    bool no_affine;
} tg_rms_norm_args;
#define TG_RMS_NORM_DEFAULTS                                                                       \
    .struct_size = TG_OPTIONS_SIZE(tg_rms_norm_args, no_affine), .eps = TG_AUTO

/* tg_rms_norm_new(store, "norm", TG_SHAPE(128)). */
TG_API tg_rms_norm tg_rms_norm_new_with(const tg_rms_norm_args *args);
/* x [..., shape]; y has its shape. */
TG_API tg_tensor *tg_rms_norm_apply_at(tg_site at, const tg_rms_norm *layer, tg_tensor *x);

/* ---- Group norm, instance norm ---------------------------------------------------------- */

/* Normalises each item over groups of channels (Wu and He 2018). */
typedef struct tg_group_norm {
    tg_var *weight, *bias; /* [channels]; NULL for .no_affine */
    int64_t groups, channels;
    double eps;
} tg_group_norm;

typedef struct tg_group_norm_args {
    size_t struct_size;
    tg_site at;
    tg_store *store;
    const char *name;
    int64_t groups, channels; /* at least 1; all groups have the same size */
    double eps;               /* greater than 0; default 1e-5 */
    bool no_affine;
} tg_group_norm_args;
#define TG_GROUP_NORM_DEFAULTS                                                                     \
    .struct_size = TG_OPTIONS_SIZE(tg_group_norm_args, no_affine), .eps = 1e-5

/* tg_group_norm_new(store, "gn", 4, 16). */
TG_API tg_group_norm tg_group_norm_new_with(const tg_group_norm_args *args);
/* x [N, channels, ...]; y has its shape. A group of one element gives the bias. */
TG_API tg_tensor *tg_group_norm_apply_at(tg_site at, const tg_group_norm *layer, tg_tensor *x);

/* Normalises each item and channel over the spatial axes (Ulyanov et al. 2016). There are no
 * running statistics, and, as in PyTorch, no weight and bias unless .affine is set. */
typedef struct tg_instance_norm {
    tg_var *weight, *bias; /* [channels]; NULL without .affine */
    int64_t channels;
    double eps;
} tg_instance_norm;

typedef struct tg_instance_norm_args {
    size_t struct_size;
    tg_site at;
    tg_store *store;
    const char *name;
    int64_t channels; /* at least 1 */
    double eps;       /* greater than 0; default 1e-5 */
    bool affine;
} tg_instance_norm_args;
#define TG_INSTANCE_NORM_DEFAULTS                                                                  \
    .struct_size = TG_OPTIONS_SIZE(tg_instance_norm_args, affine), .eps = 1e-5

/* tg_instance_norm_new(store, "in", 16, .affine = true). */
TG_API tg_instance_norm tg_instance_norm_new_with(const tg_instance_norm_args *args);
/* x [N, channels, ...] of rank 3 to 5 with more than one element for each item and channel; y has
 * its shape. */
TG_API tg_tensor *tg_instance_norm_apply_at(tg_site at, const tg_instance_norm *layer,
                                            tg_tensor *x);

/* ---- Over neighbouring channels ---------------------------------------------------------- */

typedef struct tg_local_response_norm_args {
    size_t struct_size;
    tg_site at;
    tg_tensor *x;  /* [N, channels, ...], float, of rank 2 to 5 */
    int64_t size;  /* how many channels, at least 1 */
    double alpha;  /* default 1e-4 */
    double beta;   /* default 0.75 */
    double k;      /* greater than 0; default 1 */
} tg_local_response_norm_args;
#define TG_LOCAL_RESPONSE_NORM_DEFAULTS                                                            \
    .struct_size = TG_OPTIONS_SIZE(tg_local_response_norm_args, k), .alpha = 1e-4, .beta = 0.75,   \
    .k = 1

/* tg_local_response_norm(x, 5) (Krizhevsky, Sutskever and Hinton 2012): x / (k + alpha m)^beta,
 * where m is the mean of x^2 over [size] neighbouring channels, of which size / 2, rounded down,
 * precede the channel; channels that do not exist count as 0, as in PyTorch. */
TG_API tg_tensor *tg_local_response_norm_with(const tg_local_response_norm_args *args);

/* ---- Norms of weights -------------------------------------------------------------------- */

/* To make a layer use other weights than its own, override these (tg_override):
 *
 *     tg_var *g = tg_param(store, "out.g", TG_SHAPE(10), tg_init_constant(1));
 *     tg_override(tape, layer.weight, tg_weight_norm(tg_read(tape, layer.weight),
 *                                                    tg_read(tape, g), 0));
 *     tg_tensor *y = tg_linear_apply(&layer, x);
 *     tg_override_end(tape, layer.weight); */

/* g v / |v| (Salimans and Kingma 2016): v is float, of rank 1 or more, g has [v's size along axis],
 * and |v| is the norm over all other axes. Where |v| is 0, the result and the gradients by v are
 * 0. */
TG_API tg_tensor *tg_weight_norm_at(tg_site at, tg_tensor *v, tg_tensor *g, int axis);

/* A weight divided by its largest singular value (Miyato et al. 2018), which is estimated by power
 * iteration, with .steps steps in each training run. */
typedef struct tg_spectral_norm {
    tg_var *u, *v; /* "<name>.u" [rows] and "<name>.v" [columns]: states, estimates of the
                      singular vectors */
    int64_t steps;
    double eps;
} tg_spectral_norm;

typedef struct tg_spectral_norm_args {
    size_t struct_size;
    tg_site at;
    tg_store *store;
    const char *name;
    int64_t rows;    /* the size of the weight's first axis, at least 1 */
    int64_t columns; /* the product of all others, at least 1 */
    int64_t steps;   /* of the iteration in each run, at least 1; default 1 */
    double eps;      /* lower bound of the norms that the iteration divides by; greater than 0;
                        default 1e-12 */
} tg_spectral_norm_args;
#define TG_SPECTRAL_NORM_DEFAULTS                                                                  \
    .struct_size = TG_OPTIONS_SIZE(tg_spectral_norm_args, eps), .steps = 1, .eps = 1e-12

/* tg_spectral_norm_new(store, "conv1.norm", 16, 3 * 5 * 5): both vectors are initialised with
 * random directions. An error sticks to the store and leaves both variables NULL. */
TG_API tg_spectral_norm tg_spectral_norm_new_with(const tg_spectral_norm_args *args);
/* weight / s, where s = u . W v, and W is the weight as [rows, columns]. With [training] .steps
 * iterations v = W^T u / |W^T u|, u = W v / |W v| come first, and a run assigns their results; so
 * it can be applied once on a tape. Else u and v are those in the store. No gradient passes through
 * u and v: the gradient of s by W is u v^T. */
TG_API tg_tensor *tg_spectral_norm_apply_at(tg_site at, const tg_spectral_norm *norm,
                                            tg_tensor *weight, bool training);

#ifdef __cplusplus
}
#endif

/* How C programs call these: the macros supply the call's site, and the defaults of options. */
#ifndef __cplusplus
#define tg_batch_norm_new(...)                                                                     \
    tg_batch_norm_new_with(                                                                        \
        &(tg_batch_norm_args){ TG_BATCH_NORM_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_layer_norm_new(...)                                                                     \
    tg_layer_norm_new_with(                                                                        \
        &(tg_layer_norm_args){ TG_LAYER_NORM_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_rms_norm_new(...)                                                                       \
    tg_rms_norm_new_with(&(tg_rms_norm_args){ TG_RMS_NORM_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_group_norm_new(...)                                                                     \
    tg_group_norm_new_with(                                                                        \
        &(tg_group_norm_args){ TG_GROUP_NORM_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_instance_norm_new(...)                                                                  \
    tg_instance_norm_new_with(                                                                     \
        &(tg_instance_norm_args){ TG_INSTANCE_NORM_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_local_response_norm(...)                                                                \
    tg_local_response_norm_with(                                                                   \
        &(tg_local_response_norm_args){ TG_LOCAL_RESPONSE_NORM_DEFAULTS, .at = TG_HERE,            \
                                        __VA_ARGS__ })
#define tg_spectral_norm_new(...)                                                                  \
    tg_spectral_norm_new_with(                                                                     \
        &(tg_spectral_norm_args){ TG_SPECTRAL_NORM_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_weight_norm(...)         tg_weight_norm_at(TG_HERE, __VA_ARGS__)
#define tg_spectral_norm_apply(...) tg_spectral_norm_apply_at(TG_HERE, __VA_ARGS__)
#define tg_batch_norm_apply(...)    tg_batch_norm_apply_at(TG_HERE, __VA_ARGS__)
#define tg_layer_norm_apply(...)    tg_layer_norm_apply_at(TG_HERE, __VA_ARGS__)
#define tg_rms_norm_apply(...)      tg_rms_norm_apply_at(TG_HERE, __VA_ARGS__)
#define tg_group_norm_apply(...)    tg_group_norm_apply_at(TG_HERE, __VA_ARGS__)
#define tg_instance_norm_apply(...) tg_instance_norm_apply_at(TG_HERE, __VA_ARGS__)
#endif

#endif
