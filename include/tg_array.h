/* tg_array.h: operations on whole arrays: reductions, scans, sorting, movement, indexing,
 * contraction. What tg_ops.h says of all operations holds here too. */
#ifndef TG_ARRAY_H
#define TG_ARRAY_H

#include "tg_ops.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Reductions ------------------------------------------------------------------------- */

typedef struct tg_reduce_args {
    size_t struct_size;
    tg_site at;
    tg_tensor *x;
    int axis;     /* one axis; default TG_ALL_AXES */
    tg_axes axes; /* or several: .axes = TG_AXES(0, 2) */
    bool keep;    /* keep the reduced axes with size 1; default: drop them */
} tg_reduce_args;
#define TG_REDUCE_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_reduce_args, keep), .axis = TG_ALL_AXES

/* tg_sum(x), tg_sum(x, .axis = -1, .keep = true). Sums are accumulated pairwise or in
 * double. The sum of nothing is 0, its product 1 and its mean NaN; max, min, argmax and argmin of
 * nothing are errors. At a tie, max and min share the gradient equally. */
TG_API tg_tensor *tg_sum_with(const tg_reduce_args *args);  /* number */
/* The sum of x^2, as f64 whatever x is: no square of an f32 overflows it, or vanishes in it. */
TG_API tg_tensor *tg_sum_squares_with(const tg_reduce_args *args); /* float */
TG_API tg_tensor *tg_mean_with(const tg_reduce_args *args); /* float */
TG_API tg_tensor *tg_max_with(const tg_reduce_args *args);  /* number */
TG_API tg_tensor *tg_min_with(const tg_reduce_args *args);  /* number */
/* The product of all, in the order of the elements; as the last of tg_cumprod. */
TG_API tg_tensor *tg_prod_with(const tg_reduce_args *args); /* number */
/* Of bools. Of nothing: false, and true. */
TG_API tg_tensor *tg_any_with(const tg_reduce_args *args);
TG_API tg_tensor *tg_all_with(const tg_reduce_args *args);
/* The first position of the largest (smallest) element along one axis (default: of the flattened
 * tensor), as i64. A NaN counts as the largest (smallest). Number. */
TG_API tg_tensor *tg_argmax_with(const tg_reduce_args *args);
TG_API tg_tensor *tg_argmin_with(const tg_reduce_args *args);
/* ln sum e^x, finite wherever the largest x is; of nothing or of -infinities -infinity, with a
 * gradient of 0. Float. */
TG_API tg_tensor *tg_logsumexp_with(const tg_reduce_args *args);

typedef struct tg_variance_args {
    size_t struct_size;
    tg_site at;
    tg_tensor *x;
    int axis;
    tg_axes axes;
    bool keep;
    double correction; /* the sum of squares is divided by n - correction; default 1, as in PyTorch
                          (.correction = 0 for what layer norm takes) */
} tg_variance_args;
#define TG_VARIANCE_DEFAULTS                                                                       \
    .struct_size = TG_OPTIONS_SIZE(tg_variance_args, correction), .axis = TG_ALL_AXES,             \
    .correction = 1

/* Squared distances from the mean, in two passes; float. With no more than [correction] elements:
 * NaN. The standard deviation of equal elements is 0, with a gradient of 0. */
TG_API tg_tensor *tg_variance_with(const tg_variance_args *args);
TG_API tg_tensor *tg_std_with(const tg_variance_args *args);

typedef struct tg_norm_args {
    size_t struct_size;
    tg_site at;
    tg_tensor *x;
    int axis;
    tg_axes axes;
    bool keep;
    double p; /* at least 1, or INFINITY; default 2 */
} tg_norm_args;
#define TG_NORM_DEFAULTS                                                                           \
    .struct_size = TG_OPTIONS_SIZE(tg_norm_args, p), .axis = TG_ALL_AXES, .p = 2

/* (sum |x|^p)^(1/p), and max |x| for p = INFINITY; float. The norm of zeros is 0, with a gradient
 * of 0 to any order. */
TG_API tg_tensor *tg_norm_with(const tg_norm_args *args);

/* ---- Scans ------------------------------------------------------------------------------ */

/* Element i along [axis] is the sum (product, largest) of elements 0..i. Products are multiplied
 * in order, in f64 with an exponent of any size, and rounded once: each is right, but for a rounding
 * of f64 an element, wherever it can be held, though others along the axis be infinite or 0. So are
 * derivatives, up to the 13th, which are sums of such products: they divide by nothing, are right
 * beside zeros, and err by no more roundings than there are elements, of the sum of their terms'
 * sizes. Integers wrap around. */
TG_API tg_tensor *tg_cumsum_at(tg_site at, tg_tensor *x, int axis);  /* number */
TG_API tg_tensor *tg_cumprod_at(tg_site at, tg_tensor *x, int axis); /* number */
/* A NaN is the largest from where it stands. At a tie the first has the gradient. Number. */
TG_API tg_tensor *tg_cummax_at(tg_site at, tg_tensor *x, int axis);
/* Where those largest elements stand, as i64. Number. */
TG_API tg_tensor *tg_cumargmax_at(tg_site at, tg_tensor *x, int axis);

/* ---- Sorting ---------------------------------------------------------------------------- */

typedef struct tg_sort_args {
    size_t struct_size;
    tg_site at;
    tg_tensor *x;
    int axis; /* default: the last */
    bool descending;
} tg_sort_args;
#define TG_SORT_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_sort_args, descending), .axis = -1

/* tg_sort(x), tg_sort(x, .axis = 0, .descending = true). Equal elements keep their order; a NaN
 * counts as the largest. Number. */
TG_API tg_tensor *tg_sort_with(const tg_sort_args *args);
/* The positions the sorted elements come from, as i64. Number. */
TG_API tg_tensor *tg_argsort_with(const tg_sort_args *args);

typedef struct tg_top_k_args {
    size_t struct_size;
    tg_site at;
    tg_tensor *x;
    int64_t k;           /* how many: 0 to the size of the axis */
    int axis;            /* default: the last */
    bool smallest;       /* default: the largest */
    tg_tensor **indices; /* receives their positions, as i64; default: not wanted */
} tg_top_k_args;
#define TG_TOP_K_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_top_k_args, indices), .axis = -1

/* tg_top_k(x, 5, .indices = &where): the k largest elements along an axis, the largest first; at
 * a tie the first ones. Number. */
TG_API tg_tensor *tg_top_k_with(const tg_top_k_args *args);

/* ---- Movement: views, which cost no copy unless a kernel needs one ---------------------- */

/* The same elements in another shape; one dimension may be -1 and is worked out. */
TG_API tg_tensor *tg_reshape_at(tg_site at, tg_tensor *x, tg_shape shape);
/* A new axis of size 1, before the axis that is now there (-1: behind the last). */
TG_API tg_tensor *tg_unsqueeze_at(tg_site at, tg_tensor *x, int axis);
/* Without that axis, whose size must be 1. */
TG_API tg_tensor *tg_squeeze_at(tg_site at, tg_tensor *x, int axis);
/* Axis i of the result is axis axes[i] of x; every axis once. */
TG_API tg_tensor *tg_permute_at(tg_site at, tg_tensor *x, tg_axes axes);
/* Swaps the last two axes. */
TG_API tg_tensor *tg_transpose_at(tg_site at, tg_tensor *x);
/* To [shape] by NumPy's rule: missing leading axes and axes of size 1 are repeated. */
TG_API tg_tensor *tg_broadcast_at(tg_site at, tg_tensor *x, tg_shape shape);
/* Elements start, start + step, ... before stop along one axis. Negative starts and stops
 * count from the end; both are clamped as in Python. [step] is at least 1 (tg_flip turns). */
TG_API tg_tensor *tg_slice_at(tg_site at, tg_tensor *x, int axis, int64_t start, int64_t stop,
                              int64_t step);
/* Element [index] along the axis, which goes: x[:, i]. Negative ones count from the end. */
TG_API tg_tensor *tg_pick_at(tg_site at, tg_tensor *x, int axis, int64_t index);
/* Along these axes from the last element to the first. */
TG_API tg_tensor *tg_flip_at(tg_site at, tg_tensor *x, tg_axes axes);
/* The diagonal of the last two axes, which it replaces: x[..., i, i + offset]. */
TG_API tg_tensor *tg_diagonal_at(tg_site at, tg_tensor *x, int64_t offset);
/* All windows of [size] elements, [dilation] apart, that begin at multiples of [stride] and fit
 * into the axis: the axis of length n becomes that of the windows, (n - dilation*(size-1) - 1) /
 * stride + 1 of them, and a new last axis has the window's elements. (torch's unfold, with
 * dilation.) Convolutions and pooling are made of it. */
TG_API tg_tensor *tg_window_at(tg_site at, tg_tensor *x, int axis, int64_t size, int64_t stride,
                               int64_t dilation);

/* ---- Movement: copies ------------------------------------------------------------------- */

/* [before] and [after] elements of [value] around x along one axis, and [between] of them
 * between its neighbours. All at least 0; x's dtype must hold the value (see tg_number_at). x
 * itself, if nothing is added. */
TG_API tg_tensor *tg_pad_at(tg_site at, tg_tensor *x, int axis, int64_t before, int64_t after,
                            int64_t between, double value);
/* tg_concat(TG_LIST(a, b, c), 0). All but that axis must agree. */
TG_API tg_tensor *tg_concat_at(tg_site at, tg_list list, int axis);
/* Operands of one shape along a new axis, which stands at place [axis] of the result. */
TG_API tg_tensor *tg_stack_at(tg_site at, tg_list list, int axis);
/* [count] parts of the sizes given, which must add up to the axis; [sizes] NULL: of equal size.
 * On an error every out[i] is NULL. */
TG_API tg_status tg_split_at(tg_site at, tg_tensor *x, int axis, size_t count, const int64_t *sizes,
                             tg_tensor *out[]);
/* Element i goes to (i + shift) modulo the size of the axis. */
TG_API tg_tensor *tg_roll_at(tg_site at, tg_tensor *x, int axis, int64_t shift);
/* Each element [times] times, one beside the other (torch's repeat_interleave). */
TG_API tg_tensor *tg_repeat_at(tg_site at, tg_tensor *x, int axis, int64_t times);
/* The whole array [times] times, one behind the other. */
TG_API tg_tensor *tg_tile_at(tg_site at, tg_tensor *x, int axis, int64_t times);
/* x [.., n] as the diagonal [offset] of a matrix [.., n + |offset|, n + |offset|] of zeros. */
TG_API tg_tensor *tg_diag_at(tg_site at, tg_tensor *x, int64_t offset);
/* [n, n] of [dtype]: 1 on the diagonal, else 0. */
TG_API tg_tensor *tg_eye_at(tg_site at, tg_tape *tape, tg_dtype dtype, int64_t n);
/* x with zeros above (below) the diagonal [offset] of its last two axes. */
TG_API tg_tensor *tg_tril_at(tg_site at, tg_tensor *x, int64_t offset);
TG_API tg_tensor *tg_triu_at(tg_site at, tg_tensor *x, int64_t offset);
/* bool [rows, columns]: true on and below the diagonal [offset]; for causal attention. */
TG_API tg_tensor *tg_tril_mask_at(tg_site at, tg_tape *tape, int64_t rows, int64_t columns,
                                  int64_t offset);
/* x, but for the slice that the same arguments of tg_slice name, which is [value] (of the
 * slice's shape, or broadcast to it). */
TG_API tg_tensor *tg_update_slice_at(tg_site at, tg_tensor *x, int axis, int64_t start,
                                     int64_t stop, int64_t step, tg_tensor *value);
/* The adjoint of tg_window: x [.., windows, .., size], whose axis [axis] counts windows and whose
 * last axis is the window's; every element is added where tg_window took it from, in an axis of
 * [length]. Number. */
TG_API tg_tensor *tg_fold_at(tg_site at, tg_tensor *x, int axis, int64_t length, int64_t stride,
                             int64_t dilation);

/* ---- Indexing --------------------------------------------------------------------------- */

/* Indices are i32 or i64. They are data: one outside [0, size) is an error of the run, found
 * before anything is read, at every run. */

/* The slices of x along [axis] that [index] (any shape) names; the axis is replaced by index's
 * shape: a table [v, d] and an index [n] give [n, d]. */
TG_API tg_tensor *tg_gather_at(tg_site at, tg_tensor *x, tg_tensor *index, int axis);
/* The adjoint: zeros of x's shape but [size] along the axis, to which the slices of x are
 * added where index says. Number. */
TG_API tg_tensor *tg_scatter_add_at(tg_site at, tg_tensor *x, tg_tensor *index, int axis,
                                    int64_t size);
/* As tg_scatter_add, but the largest (smallest) of the slices' elements that come to a place, and
 * -infinity (infinity) where none does; of integers the smallest (largest) that the dtype has. A
 * NaN passes, and at a tie all share the gradient equally, as in tg_max. Number. */
TG_API tg_tensor *tg_scatter_max_at(tg_site at, tg_tensor *x, tg_tensor *index, int axis,
                                    int64_t size);
TG_API tg_tensor *tg_scatter_min_at(tg_site at, tg_tensor *x, tg_tensor *index, int axis,
                                    int64_t size);
/* result[.., i, ..] = x[.., index[.., i, ..], ..]: an index for each element. It has x's rank,
 * and x's sizes but along [axis] (or 1, to be broadcast). What tg_argsort gives, sorts x. */
TG_API tg_tensor *tg_take_along_at(tg_site at, tg_tensor *x, tg_tensor *index, int axis);
/* The adjoint: zeros with [size] along the axis, to which the elements of x are added. Number. */
TG_API tg_tensor *tg_scatter_add_along_at(tg_site at, tg_tensor *x, tg_tensor *index, int axis,
                                          int64_t size);
/* index unchanged; a value outside [0, size) is an error of the run. */
TG_API tg_tensor *tg_check_index_at(tg_site at, tg_tensor *index, int64_t size);
/* [.., classes] of [dtype]: 1 where the index says, else 0. */
TG_API tg_tensor *tg_one_hot_at(tg_site at, tg_tensor *index, int64_t classes, tg_dtype dtype);

/* ---- Segments: reductions of the rows that an index puts together ------------------------- */

/* x [n, ..] has a row for each element of [index], i32 or i64 [n], which says to which of [count]
 * segments the row belongs: the edges of a graph and the nodes that they lead to, say. Rows need
 * not be in order. The result is [count, ..], a row for each segment. (As in tg_scatter_add, the
 * index may have more axes, or none; x begins with its shape.) What is here is made of gather and
 * scatter: an index out of range is an error of the run. */

/* The sum of nothing is 0. tg_scatter_add along axis 0. Number. */
TG_API tg_tensor *tg_segment_sum_at(tg_site at, tg_tensor *x, tg_tensor *index, int64_t count);
/* The sum, which must fit into the dtype, over the number of rows; 0 of nothing. Float. */
TG_API tg_tensor *tg_segment_mean_at(tg_site at, tg_tensor *x, tg_tensor *index, int64_t count);
/* tg_scatter_max and tg_scatter_min along axis 0, but 0 of nothing. Number. */
TG_API tg_tensor *tg_segment_max_at(tg_site at, tg_tensor *x, tg_tensor *index, int64_t count);
TG_API tg_tensor *tg_segment_min_at(tg_site at, tg_tensor *x, tg_tensor *index, int64_t count);
/* Of x's shape: each element's softmax among those of its segment (and column), e^x over the sum of
 * e^x, without overflow. Where all of a segment are -infinity, as behind a mask, they are 0, with a
 * gradient of 0; a NaN or +infinity makes all of its segment NaN, as in tg_softmax. Float. */
TG_API tg_tensor *tg_segment_softmax_at(tg_site at, tg_tensor *x, tg_tensor *index, int64_t count);

/* ---- Contraction (float) ---------------------------------------------------------------- */

/* Matrix product over the last two axes; leading axes broadcast. [m,k] . [k,n] = [m,n];
 * [b,m,k] . [k,n] = [b,m,n]. Transposes and slices of the operands cost nothing. */
TG_API tg_tensor *tg_matmul_at(tg_site at, tg_tensor *a, tg_tensor *b);
/* a_i b_j for all i and j: the result has a's axes and then b's. */
TG_API tg_tensor *tg_outer_at(tg_site at, tg_tensor *a, tg_tensor *b);

typedef struct tg_dot_args {
    size_t struct_size;
    tg_site at;
    tg_tensor *a, *b;
    tg_axes a_axes, b_axes;   /* summed over: a's axis a_axes[i] with b's b_axes[i] */
    tg_axes a_batch, b_batch; /* of which both have the same element */
} tg_dot_args;
#define TG_DOT_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_dot_args, b_batch)

/* tg_dot(a, b, .a_axes = TG_AXES(-1), .b_axes = TG_AXES(0)): the product over any axes. The
 * result's axes are the batch, then the rest of a's, then the rest of b's. No axes: an outer
 * product. */
TG_API tg_tensor *tg_dot_with(const tg_dot_args *args);

/* Einstein's sum convention as in NumPy: tg_einsum("bij,bjk->bik", TG_LIST(a, b)). A letter for
 * each axis; letters that are not in the result are summed over; a letter twice in one operand
 * takes its diagonal; without "->" the result has the letters that stand once, in alphabetical
 * order; "..." stands for leading axes that broadcast. Several operands are contracted from left to
 * right. A malformed string is an error (TG_ERR_FORMAT) that names the place. */
TG_API tg_tensor *tg_einsum_at(tg_site at, const char *subscripts, tg_list list);

#ifdef __cplusplus
}
#endif

/* How C programs call these: the macros supply the call's site, and the defaults of options. */
#ifndef __cplusplus
#define tg_sum(...) tg_sum_with(&(tg_reduce_args){ TG_REDUCE_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_sum_squares(...)                                                                        \
    tg_sum_squares_with(&(tg_reduce_args){ TG_REDUCE_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_mean(...)                                                                               \
    tg_mean_with(&(tg_reduce_args){ TG_REDUCE_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_max(...) tg_max_with(&(tg_reduce_args){ TG_REDUCE_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_min(...) tg_min_with(&(tg_reduce_args){ TG_REDUCE_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_prod(...)                                                                               \
    tg_prod_with(&(tg_reduce_args){ TG_REDUCE_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_any(...) tg_any_with(&(tg_reduce_args){ TG_REDUCE_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_all(...) tg_all_with(&(tg_reduce_args){ TG_REDUCE_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_argmax(...)                                                                             \
    tg_argmax_with(&(tg_reduce_args){ TG_REDUCE_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_argmin(...)                                                                             \
    tg_argmin_with(&(tg_reduce_args){ TG_REDUCE_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_logsumexp(...)                                                                          \
    tg_logsumexp_with(&(tg_reduce_args){ TG_REDUCE_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_variance(...)                                                                           \
    tg_variance_with(&(tg_variance_args){ TG_VARIANCE_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_std(...)                                                                                \
    tg_std_with(&(tg_variance_args){ TG_VARIANCE_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_norm(...) tg_norm_with(&(tg_norm_args){ TG_NORM_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_sort(...) tg_sort_with(&(tg_sort_args){ TG_SORT_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_argsort(...)                                                                            \
    tg_argsort_with(&(tg_sort_args){ TG_SORT_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_top_k(...)                                                                              \
    tg_top_k_with(&(tg_top_k_args){ TG_TOP_K_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_dot(...) tg_dot_with(&(tg_dot_args){ TG_DOT_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_cumsum(...) tg_cumsum_at(TG_HERE, __VA_ARGS__)
#define tg_cumprod(...) tg_cumprod_at(TG_HERE, __VA_ARGS__)
#define tg_cummax(...) tg_cummax_at(TG_HERE, __VA_ARGS__)
#define tg_cumargmax(...) tg_cumargmax_at(TG_HERE, __VA_ARGS__)
#define tg_reshape(...) tg_reshape_at(TG_HERE, __VA_ARGS__)
#define tg_unsqueeze(...) tg_unsqueeze_at(TG_HERE, __VA_ARGS__)
#define tg_squeeze(...) tg_squeeze_at(TG_HERE, __VA_ARGS__)
#define tg_permute(...) tg_permute_at(TG_HERE, __VA_ARGS__)
#define tg_transpose(...) tg_transpose_at(TG_HERE, __VA_ARGS__)
#define tg_broadcast(...) tg_broadcast_at(TG_HERE, __VA_ARGS__)
#define tg_slice(...) tg_slice_at(TG_HERE, __VA_ARGS__)
#define tg_pick(...) tg_pick_at(TG_HERE, __VA_ARGS__)
#define tg_flip(...) tg_flip_at(TG_HERE, __VA_ARGS__)
#define tg_diagonal(...) tg_diagonal_at(TG_HERE, __VA_ARGS__)
#define tg_window(...) tg_window_at(TG_HERE, __VA_ARGS__)
#define tg_pad(...) tg_pad_at(TG_HERE, __VA_ARGS__)
#define tg_concat(...) tg_concat_at(TG_HERE, __VA_ARGS__)
#define tg_stack(...) tg_stack_at(TG_HERE, __VA_ARGS__)
#define tg_split(...) tg_split_at(TG_HERE, __VA_ARGS__)
#define tg_roll(...) tg_roll_at(TG_HERE, __VA_ARGS__)
#define tg_repeat(...) tg_repeat_at(TG_HERE, __VA_ARGS__)
#define tg_tile(...) tg_tile_at(TG_HERE, __VA_ARGS__)
#define tg_diag(...) tg_diag_at(TG_HERE, __VA_ARGS__)
#define tg_eye(...) tg_eye_at(TG_HERE, __VA_ARGS__)
#define tg_tril(...) tg_tril_at(TG_HERE, __VA_ARGS__)
#define tg_triu(...) tg_triu_at(TG_HERE, __VA_ARGS__)
#define tg_tril_mask(...) tg_tril_mask_at(TG_HERE, __VA_ARGS__)
#define tg_update_slice(...) tg_update_slice_at(TG_HERE, __VA_ARGS__)
#define tg_fold(...) tg_fold_at(TG_HERE, __VA_ARGS__)
#define tg_gather(...) tg_gather_at(TG_HERE, __VA_ARGS__)
#define tg_scatter_add(...) tg_scatter_add_at(TG_HERE, __VA_ARGS__)
#define tg_scatter_max(...) tg_scatter_max_at(TG_HERE, __VA_ARGS__)
#define tg_scatter_min(...) tg_scatter_min_at(TG_HERE, __VA_ARGS__)
#define tg_take_along(...) tg_take_along_at(TG_HERE, __VA_ARGS__)
#define tg_scatter_add_along(...) tg_scatter_add_along_at(TG_HERE, __VA_ARGS__)
#define tg_check_index(...) tg_check_index_at(TG_HERE, __VA_ARGS__)
#define tg_one_hot(...) tg_one_hot_at(TG_HERE, __VA_ARGS__)
#define tg_segment_sum(...) tg_segment_sum_at(TG_HERE, __VA_ARGS__)
#define tg_segment_mean(...) tg_segment_mean_at(TG_HERE, __VA_ARGS__)
#define tg_segment_max(...) tg_segment_max_at(TG_HERE, __VA_ARGS__)
#define tg_segment_min(...) tg_segment_min_at(TG_HERE, __VA_ARGS__)
#define tg_segment_softmax(...) tg_segment_softmax_at(TG_HERE, __VA_ARGS__)
#define tg_matmul(...) tg_matmul_at(TG_HERE, __VA_ARGS__)
#define tg_outer(...) tg_outer_at(TG_HERE, __VA_ARGS__)
#define tg_einsum(...) tg_einsum_at(TG_HERE, __VA_ARGS__)
#endif

#endif
