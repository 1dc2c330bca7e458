/* tg_normalization.h: layers that normalise: batch, layer, RMS, group and instance norm.
 *
 * Each takes from x its mean and divides by its standard deviation, over the elements that its
 * name says, and then scales and shifts by what is learned:
 *
 *     y = (x - mean) / sqrt(variance + eps) * weight + bias
 *
 * The variance is the biased one, in two passes: the mean first. Where all elements are equal, y
 * is the bias (to rounding in f64) and gradients of every order are finite. x is float, of the
 * variables' dtype. Constructors' errors stick to the store and leave all variables NULL; weights
 * begin as ones, biases as zeros, under PyTorch's names. As with the primitives, a NULL operand
 * passes through. */
#ifndef TG_NORMALIZATION_H
#define TG_NORMALIZATION_H

#include "tg_random.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Batch norm ------------------------------------------------------------------------- */

/* Over the batch, for each channel (Ioffe and Szegedy 2015): PyTorch's BatchNorm1d, 2d and 3d. */
typedef struct tg_batch_norm {
    tg_var *weight, *bias; /* [features]; NULL for .no_affine */
    /* The running statistics: [features], and how many batches went into them (i64, of rank 0).
     * NULL for .no_statistics. They are states: no optimizer trains them. */
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
    double momentum;    /* the share of the new batch in the running statistics, in [0, 1];
                           default 0.1 */
    bool cumulative;    /* they are the plain mean over all batches instead; PyTorch's
                           momentum=None */
    bool no_affine;     /* neither weight nor bias */
    bool no_statistics; /* the batch's own statistics in inference, too */
} tg_batch_norm_args;
#define TG_BATCH_NORM_DEFAULTS                                                                     \
    .struct_size = TG_OPTIONS_SIZE(tg_batch_norm_args, no_statistics), .eps = 1e-5, .momentum = 0.1

/* tg_batch_norm_new(store, "bn1", 16). */
TG_API tg_batch_norm tg_batch_norm_new_with(const tg_batch_norm_args *args);
/* x [N, features, ...] of rank 2 to 5; y has its shape.
 *
 * With [training] mean and variance are the batch's, over all axes but that of the channels, which
 * takes more than one element for each channel; and assignments are recorded (tg_assign), by which
 * a run moves the running statistics:
 *
 *     running = (1 - momentum) running + momentum batch
 *
 * where the variance is the unbiased one, divided by n - 1. No gradient passes into them. A run
 * makes one assignment to a variable, so the same layer twice in training on one tape is an error:
 * concatenate the batches, or apply a copy of the struct whose running_mean is NULL, which uses
 * the batch's statistics and moves nothing. (In tg_unroll every step has its own.)
 *
 * Without [training] they are the running ones, as they are before the run. */
TG_API tg_tensor *tg_batch_norm_apply_at(tg_site at, const tg_batch_norm *layer, tg_tensor *x,
                                         bool training);

/* ---- Layer norm, RMS norm --------------------------------------------------------------- */

/* Over the last axes, for each item (Ba, Kiros and Hinton 2016). */
typedef struct tg_layer_norm {
    tg_var *weight, *bias; /* of [shape]; NULL for .no_affine, the bias for .no_bias too */
    tg_shape shape;
    double eps;
} tg_layer_norm;

typedef struct tg_layer_norm_args {
    size_t struct_size;
    tg_site at;
    tg_store *store;
    const char *name;
    tg_shape shape; /* of the last axes of x, over which is normalised; no size is 0 */
    double eps;     /* greater than 0; default 1e-5 */
    bool no_affine, no_bias;
} tg_layer_norm_args;
#define TG_LAYER_NORM_DEFAULTS                                                                     \
    .struct_size = TG_OPTIONS_SIZE(tg_layer_norm_args, no_bias), .eps = 1e-5

/* tg_layer_norm_new(store, "ln", TG_SHAPE(128)). */
TG_API tg_layer_norm tg_layer_norm_new_with(const tg_layer_norm_args *args);
/* x [..., shape]; y has its shape. */
TG_API tg_tensor *tg_layer_norm_apply_at(tg_site at, const tg_layer_norm *layer, tg_tensor *x);

/* Over the last axes, by the root of the mean square alone (Zhang and Sennrich 2019):
 * y = x / sqrt(mean(x^2) + eps) * weight. Nothing is taken off, and zeros stay zeros. */
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
    double eps;     /* greater than 0; default TG_AUTO: the distance of 1 to the next number of
                       the store's dtype, 2^-23 or 2^-52, as in PyTorch */
    bool no_affine;
} tg_rms_norm_args;
#define TG_RMS_NORM_DEFAULTS                                                                       \
    .struct_size = TG_OPTIONS_SIZE(tg_rms_norm_args, no_affine), .eps = TG_AUTO

/* tg_rms_norm_new(store, "norm", TG_SHAPE(128)). */
TG_API tg_rms_norm tg_rms_norm_new_with(const tg_rms_norm_args *args);
/* x [..., shape]; y has its shape. */
TG_API tg_tensor *tg_rms_norm_apply_at(tg_site at, const tg_rms_norm *layer, tg_tensor *x);

/* ---- Group norm, instance norm ---------------------------------------------------------- */

/* Over groups of channels, for each item (Wu and He 2018). */
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
    int64_t groups, channels; /* at least 1; the groups are of equal size */
    double eps;               /* greater than 0; default 1e-5 */
    bool no_affine;
} tg_group_norm_args;
#define TG_GROUP_NORM_DEFAULTS                                                                     \
    .struct_size = TG_OPTIONS_SIZE(tg_group_norm_args, no_affine), .eps = 1e-5

/* tg_group_norm_new(store, "gn", 4, 16). */
TG_API tg_group_norm tg_group_norm_new_with(const tg_group_norm_args *args);
/* x [N, channels, ...]; y has its shape. A group of one element gives the bias. */
TG_API tg_tensor *tg_group_norm_apply_at(tg_site at, const tg_group_norm *layer, tg_tensor *x);

/* Over the spatial axes, for each item and channel (Ulyanov et al. 2016). There are no running
 * statistics, and as in PyTorch no weight and bias, unless they are asked for. */
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
 * where m is the mean of x^2 over [size] channels, of which size / 2, rounded down, stand before
 * the channel; what is outside is 0 and counts, as in PyTorch. */
TG_API tg_tensor *tg_local_response_norm_with(const tg_local_response_norm_args *args);

/* ---- Norms of weights -------------------------------------------------------------------- */

/* A layer applies the weights that are put in the place of its own (tg_override):
 *
 *     tg_var *g = tg_param(store, "out.g", TG_SHAPE(10), tg_init_constant(1));
 *     tg_override(tape, layer.weight, tg_weight_norm(tg_read(tape, layer.weight),
 *                                                    tg_read(tape, g), 0));
 *     tg_tensor *y = tg_linear_apply(&layer, x);
 *     tg_override_end(tape, layer.weight); */

/* g v / |v| (Salimans and Kingma 2016): v is float, of rank 1 or more, g [v's size along axis], and
 * |v| is taken over all other axes. Where |v| is 0, so are result and gradients by v. */
TG_API tg_tensor *tg_weight_norm_at(tg_site at, tg_tensor *v, tg_tensor *g, int axis);

/* A weight divided by its largest singular value (Miyato et al. 2018), which is estimated by power
 * iteration, a step in each run of training. */
typedef struct tg_spectral_norm {
    tg_var *u, *v; /* "<name>.u" [rows] and "<name>.v" [columns]: states, the singular vectors */
    int64_t steps;
    double eps;
} tg_spectral_norm;

typedef struct tg_spectral_norm_args {
    size_t struct_size;
    tg_site at;
    tg_store *store;
    const char *name;
    int64_t rows;    /* the weight's size along its first axis, at least 1 */
    int64_t columns; /* of all others, at least 1 */
    int64_t steps;   /* of the iteration, at least 1; default 1 */
    double eps;      /* no norm of the iteration's vectors is less; greater than 0; default 1e-12 */
} tg_spectral_norm_args;
#define TG_SPECTRAL_NORM_DEFAULTS                                                                  \
    .struct_size = TG_OPTIONS_SIZE(tg_spectral_norm_args, eps), .steps = 1, .eps = 1e-12

/* tg_spectral_norm_new(store, "conv1.norm", 16, 3 * 5 * 5): starts from normal vectors. An error
 * sticks to the store and leaves both variables NULL. */
TG_API tg_spectral_norm tg_spectral_norm_new_with(const tg_spectral_norm_args *args);
/* weight / s, s = u . W v, W the weight as [rows, columns]. With [training], .steps times
 * v = W^T u / |W^T u|, u = W v / |W v| come before, whose results a run assigns; so once a tape.
 * Without it u and v are those of the store. No gradient passes into them: that of s by W is
 * u v^T. */
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
