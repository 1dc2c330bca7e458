/* tg_conv.h: convolutions, pooling, and resampling, in one to three dimensions.
 *
 * Arrays are laid out as in PyTorch: x is [N, C, L], [N, C, H, W] or [N, C, D, H, W], a batch of N
 * items with C channels and one to three spatial axes. N may be 0. All functions take f32 and f64,
 * and are compositions of windows (tg_window), products (tg_dot) and reductions, without kernels or
 * backward passes of their own. A NULL operand gives NULL, as with primitives.
 *
 * A spatial axis of size n, with kernel size k, gives
 *
 *     (n + padding before and behind - dilation (k - 1) - 1) / stride + 1
 *
 * elements, rounded down; if there is none, that is an error that names the axis. */
#ifndef TG_CONV_H
#define TG_CONV_H

#include "tg_random.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Convolution ------------------------------------------------------------------------ */

/* The steps of a kernel. A number holds for every spatial axis; if the axes differ, the option with
 * _shape has a number for each: .stride_shape = TG_SHAPE(2, 1). Give one of the two. */
#define TG_CONV_OPTIONS                                                                            \
    int64_t stride; /* default 1 */                                                                \
    tg_shape stride_shape;                                                                         \
    int64_t padding; /* zeros at both ends of each axis; default 0 */                              \
    tg_shape padding_shape;                                                                        \
    int64_t dilation; /* the distance of the kernel's elements in x; default 1 */                  \
    tg_shape dilation_shape;                                                                       \
    int64_t groups; /* default 1; outputs of a group depend on the inputs of that group only */    \
    bool same;      /* pad so that the size stays the same for stride 1. If the padding is odd,    \
                       the extra zero is behind, as in PyTorch */                                  \
    bool full;      /* pad by dilation (k - 1): all positions at which the kernel overlaps x */

/* The same as numbers for each of [dims] axes. [before] and [after] are the zeros added at the ends
 * of the axes; for a transposed convolution, the elements removed from the ends of the result (or,
 * if negative, added). */
enum { TG_CONV_DIMS = 3 };
typedef struct tg_conv_steps {
    int dims;
    int64_t stride[TG_CONV_DIMS], dilation[TG_CONV_DIMS];
    int64_t before[TG_CONV_DIMS], after[TG_CONV_DIMS];
    int64_t groups;
} tg_conv_steps;

/* A convolution in one to three dimensions. To share variables with another layer, assign the
 * fields. */
typedef struct tg_conv {
    tg_var *weight; /* [out, in / groups, kernel...] */
    tg_var *bias;   /* [out]; NULL without a bias */
    tg_conv_steps steps;
} tg_conv;

typedef struct tg_conv_args {
    size_t struct_size;
    tg_site at;
    tg_store *store;
    const char *name; /* the variables are "<name>.weight" and "<name>.bias" */
    int64_t in, out;  /* channels */
    int64_t kernel;   /* its size along every axis, or */
    tg_shape kernel_shape;
    TG_CONV_OPTIONS
    bool no_bias;
    tg_init init;      /* of the weight; default: uniform in +-1/sqrt(fan), where fan is the
                          number of inputs of one output, as in PyTorch */
    tg_init bias_init; /* default: the same */
} tg_conv_args;
#define TG_CONV_DEFAULTS                                                                           \
    .struct_size = TG_OPTIONS_SIZE(tg_conv_args, bias_init), .stride = 1, .dilation = 1, .groups = 1

/* tg_conv2d_new(store, "conv1", 1, 6, 5, .same = true). An error sticks to the store and leaves the
 * variables NULL. */
TG_API tg_conv tg_conv1d_new_with(const tg_conv_args *args);
TG_API tg_conv tg_conv2d_new_with(const tg_conv_args *args);
TG_API tg_conv tg_conv3d_new_with(const tg_conv_args *args);
/* x [N, in, ...] gives [N, out, ...]. */
TG_API tg_tensor *tg_conv_apply_at(tg_site at, const tg_conv *layer, tg_tensor *x);

typedef struct tg_convolve_args {
    size_t struct_size;
    tg_site at;
    tg_tensor *x;      /* [N, in, ...] */
    tg_tensor *weight; /* [out, in / groups, kernel...], of x's rank and dtype */
    tg_tensor *bias;   /* [out]; NULL: none */
    TG_CONV_OPTIONS
} tg_convolve_args;
#define TG_CONVOLVE_DEFAULTS                                                                       \
    .struct_size = TG_OPTIONS_SIZE(tg_convolve_args, full), .stride = 1, .dilation = 1, .groups = 1

/* tg_convolve(x, weight, NULL, .padding = 1): the function without a layer, for any kernel. As in
 * PyTorch it is a cross-correlation (the kernel is not reversed):
 *
 *     y[n, o, i] = bias[o] + sum over c, j of weight[o, c, j] x[n, c, stride i + dilation j] */
TG_API tg_tensor *tg_convolve_with(const tg_convolve_args *args);

/* ---- Transposed convolution ------------------------------------------------------------- */

/* The adjoint of a convolution: the gradient, by its x, of the convolution with the same weight and
 * options. An axis of size n gives
 *
 *     (n - 1) stride - 2 padding + dilation (k - 1) + output_padding + 1
 *
 * elements. */
typedef struct tg_conv_transpose {
    tg_var *weight; /* [in, out / groups, kernel...] */
    tg_var *bias;   /* [out]; NULL without a bias */
    tg_conv_steps steps;
} tg_conv_transpose;

#define TG_CONV_TRANSPOSE_OPTIONS                                                                  \
    int64_t stride; /* default 1 */                                                                \
    tg_shape stride_shape;                                                                         \
    int64_t padding; /* of the convolution; removed from the result here; default 0 */             \
    tg_shape padding_shape;                                                                        \
    int64_t dilation; /* default 1 */                                                              \
    tg_shape dilation_shape;                                                                       \
    int64_t output_padding; /* elements added to the end of the result; less than the stride or    \
                               the dilation. Default 0 */                                          \
    tg_shape output_padding_shape;                                                                 \
    int64_t groups; /* default 1 */

typedef struct tg_conv_transpose_args {
    size_t struct_size;
    tg_site at;
    tg_store *store;
    const char *name;
    int64_t in, out;
    int64_t kernel;
    tg_shape kernel_shape;
    TG_CONV_TRANSPOSE_OPTIONS
    bool no_bias;
    tg_init init;      /* default: uniform in +-1/sqrt(fan), where fan is out / groups times the
                          elements of the kernel, as in PyTorch */
    tg_init bias_init; /* default: the same */
} tg_conv_transpose_args;
#define TG_CONV_TRANSPOSE_DEFAULTS                                                                 \
    .struct_size = TG_OPTIONS_SIZE(tg_conv_transpose_args, bias_init), .stride = 1, .dilation = 1, \
    .groups = 1

/* tg_conv_transpose2d_new(store, "up1", 16, 8, 4, .stride = 2, .padding = 1). */
TG_API tg_conv_transpose tg_conv_transpose1d_new_with(const tg_conv_transpose_args *args);
TG_API tg_conv_transpose tg_conv_transpose2d_new_with(const tg_conv_transpose_args *args);
TG_API tg_conv_transpose tg_conv_transpose3d_new_with(const tg_conv_transpose_args *args);
TG_API tg_tensor *tg_conv_transpose_apply_at(tg_site at, const tg_conv_transpose *layer,
                                             tg_tensor *x);

typedef struct tg_convolve_transpose_args {
    size_t struct_size;
    tg_site at;
    tg_tensor *x;      /* [N, in, ...] */
    tg_tensor *weight; /* [in, out / groups, kernel...] */
    tg_tensor *bias;   /* [out]; NULL: none */
    TG_CONV_TRANSPOSE_OPTIONS
} tg_convolve_transpose_args;
#define TG_CONVOLVE_TRANSPOSE_DEFAULTS                                                             \
    .struct_size = TG_OPTIONS_SIZE(tg_convolve_transpose_args, groups), .stride = 1,               \
    .dilation = 1, .groups = 1

TG_API tg_tensor *tg_convolve_transpose_with(const tg_convolve_transpose_args *args);

/* ---- Pooling ---------------------------------------------------------------------------- */

typedef struct tg_pool_args {
    size_t struct_size;
    tg_site at;
    tg_tensor *x;
    int64_t kernel; /* the window's size along every spatial axis, or */
    tg_shape kernel_shape;
    int64_t stride; /* default TG_AUTO: the kernel, so that windows are adjacent */
    tg_shape stride_shape;
    int64_t padding; /* at most half the kernel; default 0 */
    tg_shape padding_shape;
    int64_t dilation; /* default 1 */
    tg_shape dilation_shape;
    bool exclude_padding; /* tg_avg_pool: the mean does not count padding; PyTorch's
                             count_include_pad = False */
    bool ceil; /* round the number of windows up: the last one may reach beyond the padding, so
                  that no element of x is left out, and takes the elements that exist; PyTorch's
                  ceil_mode */
} tg_pool_args;
#define TG_POOL_DEFAULTS                                                                           \
    .struct_size = TG_OPTIONS_SIZE(tg_pool_args, ceil), .stride = TG_AUTO, .dilation = 1

/* tg_max_pool(x, 2), tg_max_pool(x, 3, .stride = 2, .padding = 1): the largest element of each
 * window. Padding is -infinity; NaN gives NaN. If several elements of a window are the largest,
 * they share the gradient equally (PyTorch gives all of it to the first). */
TG_API tg_tensor *tg_max_pool_with(const tg_pool_args *args);
/* The mean of each window. Padding is zeros, which count unless .exclude_padding is set. Positions
 * beyond the padding, which a window of .ceil may have, do not count. */
TG_API tg_tensor *tg_avg_pool_with(const tg_pool_args *args);
/* The root of the sum of squares of each window; padding is zeros. A window of zeros gives 0 with
 * a gradient of 0, to any order. */
TG_API tg_tensor *tg_l2_pool_with(const tg_pool_args *args);

typedef struct tg_adaptive_pool_args {
    size_t struct_size;
    tg_site at;
    tg_tensor *x;
    int64_t size; /* of every spatial axis of the result, or */
    tg_shape size_shape;
} tg_adaptive_pool_args;
#define TG_ADAPTIVE_POOL_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_adaptive_pool_args, size_shape)

/* tg_adaptive_avg_pool(x, 1) is global pooling; tg_adaptive_max_pool(x, .size_shape = TG_SHAPE(4,
 * 6)). Element i of [size] is computed from the elements floor(i n / size) up to, not including,
 * ceil((i + 1) n / size) of an axis of n, as in PyTorch. Ties as in tg_max_pool. */
TG_API tg_tensor *tg_adaptive_max_pool_with(const tg_adaptive_pool_args *args);
TG_API tg_tensor *tg_adaptive_avg_pool_with(const tg_adaptive_pool_args *args);

/* ---- Resolution and shape --------------------------------------------------------------- */

/* Makes every spatial axis [times] as long. Nearest: each element is repeated. Bilinear (two
 * spatial axes): interpolated linearly; element i of the result is at (i + 1/2) / times - 1/2 of x,
 * and positions outside have the value of the end: PyTorch's align_corners = False. */
TG_API tg_tensor *tg_upsample_nearest_at(tg_site at, tg_tensor *x, int64_t times);
TG_API tg_tensor *tg_upsample_linear_at(tg_site at, tg_tensor *x, int64_t times);
/* The method of interpolation. */
typedef enum tg_interpolation {
    TG_NEAREST = 0, /* element i of [size] is element floor(i n / size) of n; any dtype */
    TG_LINEAR,      /* linear, bilinear or trilinear */
    TG_CUBIC        /* from four neighbours an axis, by the cubic convolution of Keys (1981) with
                       a = -0.75 */
} tg_interpolation;

typedef struct tg_interpolate_args {
    size_t struct_size;
    tg_site at;
    tg_tensor *x;              /* [N, C, ...], with 1 to 3 spatial axes */
    int64_t size;              /* of every spatial axis of the result, at least 1, or */
    tg_shape size_shape;
    tg_interpolation by;       /* default TG_NEAREST */
    bool align_corners;        /* the first and last elements of the result are those of x */
} tg_interpolate_args;
#define TG_INTERPOLATE_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_interpolate_args, align_corners)

/* tg_interpolate(x, .size_shape = TG_SHAPE(20, 30), .by = TG_LINEAR): x at another resolution;
 * PyTorch's interpolate. Element i of an axis is at (i + 1/2) n / size - 1/2 of x, or, with
 * .align_corners, at i (n - 1) / (size - 1); positions outside have the value of the end.
 * TG_NEAREST excludes .align_corners. Float, except TG_NEAREST. */
TG_API tg_tensor *tg_interpolate_with(const tg_interpolate_args *args);

/* Pads one axis of n elements of x: mirrored at its ends, which are not repeated (at most n - 1);
 * with copies of the end; or with elements from the other end (at most n). PyTorch's pad with mode
 * "reflect", "replicate" and "circular". Any dtype. */
TG_API tg_tensor *tg_pad_reflect_at(tg_site at, tg_tensor *x, int axis, int64_t before,
                                    int64_t after);
TG_API tg_tensor *tg_pad_replicate_at(tg_site at, tg_tensor *x, int axis, int64_t before,
                                      int64_t after);
TG_API tg_tensor *tg_pad_circular_at(tg_site at, tg_tensor *x, int axis, int64_t before,
                                     int64_t after);

/* [N, C times^2, H, W] to [N, C, H times, W times], and back: channel c times^2 + i times + j
 * becomes the pixels (i, j) of all blocks (Shi et al. 2016). Any dtype. */
TG_API tg_tensor *tg_pixel_shuffle_at(tg_site at, tg_tensor *x, int64_t times);
TG_API tg_tensor *tg_pixel_unshuffle_at(tg_site at, tg_tensor *x, int64_t times);
/* Joins the axes from [axis] on: tg_flatten(x, 1) is [N, C H W], for a linear layer. Any dtype. */
TG_API tg_tensor *tg_flatten_at(tg_site at, tg_tensor *x, int axis);

#ifdef __cplusplus
}
#endif

/* How C programs call these: the macros supply the call's site, and the defaults of options. */
#ifndef __cplusplus
#define tg_conv1d_new(...)                                                                         \
    tg_conv1d_new_with(&(tg_conv_args){ TG_CONV_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_conv2d_new(...)                                                                         \
    tg_conv2d_new_with(&(tg_conv_args){ TG_CONV_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_conv3d_new(...)                                                                         \
    tg_conv3d_new_with(&(tg_conv_args){ TG_CONV_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_convolve(...)                                                                           \
    tg_convolve_with(&(tg_convolve_args){ TG_CONVOLVE_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_conv_transpose1d_new(...)                                                               \
    tg_conv_transpose1d_new_with(                                                                  \
        &(tg_conv_transpose_args){ TG_CONV_TRANSPOSE_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_conv_transpose2d_new(...)                                                               \
    tg_conv_transpose2d_new_with(                                                                  \
        &(tg_conv_transpose_args){ TG_CONV_TRANSPOSE_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_conv_transpose3d_new(...)                                                               \
    tg_conv_transpose3d_new_with(                                                                  \
        &(tg_conv_transpose_args){ TG_CONV_TRANSPOSE_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_convolve_transpose(...)                                                                 \
    tg_convolve_transpose_with(&(tg_convolve_transpose_args){ TG_CONVOLVE_TRANSPOSE_DEFAULTS,      \
                                                              .at = TG_HERE, __VA_ARGS__ })
#define tg_max_pool(...)                                                                           \
    tg_max_pool_with(&(tg_pool_args){ TG_POOL_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_avg_pool(...)                                                                           \
    tg_avg_pool_with(&(tg_pool_args){ TG_POOL_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_l2_pool(...)                                                                            \
    tg_l2_pool_with(&(tg_pool_args){ TG_POOL_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_adaptive_max_pool(...)                                                                  \
    tg_adaptive_max_pool_with(                                                                     \
        &(tg_adaptive_pool_args){ TG_ADAPTIVE_POOL_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_adaptive_avg_pool(...)                                                                  \
    tg_adaptive_avg_pool_with(                                                                     \
        &(tg_adaptive_pool_args){ TG_ADAPTIVE_POOL_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_interpolate(...)                                                                        \
    tg_interpolate_with(                                                                           \
        &(tg_interpolate_args){ TG_INTERPOLATE_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_pad_reflect(...)          tg_pad_reflect_at(TG_HERE, __VA_ARGS__)
#define tg_pad_replicate(...)        tg_pad_replicate_at(TG_HERE, __VA_ARGS__)
#define tg_pad_circular(...)         tg_pad_circular_at(TG_HERE, __VA_ARGS__)
#define tg_conv_apply(...)           tg_conv_apply_at(TG_HERE, __VA_ARGS__)
#define tg_conv_transpose_apply(...) tg_conv_transpose_apply_at(TG_HERE, __VA_ARGS__)
#define tg_upsample_nearest(...)     tg_upsample_nearest_at(TG_HERE, __VA_ARGS__)
#define tg_upsample_linear(...)      tg_upsample_linear_at(TG_HERE, __VA_ARGS__)
#define tg_pixel_shuffle(...)        tg_pixel_shuffle_at(TG_HERE, __VA_ARGS__)
#define tg_pixel_unshuffle(...)      tg_pixel_unshuffle_at(TG_HERE, __VA_ARGS__)
#define tg_flatten(...)              tg_flatten_at(TG_HERE, __VA_ARGS__)
#endif

#endif
