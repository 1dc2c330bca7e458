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

/* tg_sum(x), tg_sum(x, .axis = -1, .keep = true). Sums are accumulated pairwise or in f64. Of no
 * elements the sum is 0, the product 1, the mean NaN; max, min, argmax and argmin are errors. At a
 * tie, max and min share the gradient equally. */
TG_API tg_tensor *tg_sum_with(const tg_reduce_args *args);  /* number */
/* The sum of x^2, as f64 for any dtype of x: no square of an f32 overflows or underflows. */
TG_API tg_tensor *tg_sum_squares_with(const tg_reduce_args *args); /* float */
TG_API tg_tensor *tg_mean_with(const tg_reduce_args *args); /* float */
TG_API tg_tensor *tg_max_with(const tg_reduce_args *args);  /* number */
TG_API tg_tensor *tg_min_with(const tg_reduce_args *args);  /* number */
/* The product of all elements, multiplied in their order; as the last element of tg_cumprod. */
TG_API tg_tensor *tg_prod_with(const tg_reduce_args *args); /* number */
/* Is any (are all) of the bools true? Of no elements: false (true). */
TG_API tg_tensor *tg_any_with(const tg_reduce_args *args);
TG_API tg_tensor *tg_all_with(const tg_reduce_args *args);
/* The first position of the largest (smallest) element along one axis (default: of the flattened
 * tensor), as i64. A NaN counts as the largest (smallest). Number. */
TG_API tg_tensor *tg_argmax_with(const tg_reduce_args *args);
TG_API tg_tensor *tg_argmin_with(const tg_reduce_args *args);
/* ln(sum(e^x)), finite if the largest x is. Of no elements, or of -infinity alone: -infinity, with
 * a gradient of 0. Float. */
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

/* The mean squared deviation from the mean, computed in two passes; float. NaN if there are no more
 * than [correction] elements. The standard deviation of equal elements is 0, with a gradient of
 * 0. */
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

/* Element i along [axis] is the sum (product, maximum) of elements 0..i. Products are computed in
 * order, in f64 with an exponent of unlimited range, and rounded once. So each is right to one f64
 * rounding an element wherever its value can be represented, even if other products along the axis
 * overflow or are 0. The same holds for derivatives, up to the 13th: they are sums of such
 * products, divide by nothing (so they are right beside zeros), and their error is at most as many
 * roundings of the sum of the terms' magnitudes as there are elements. Integers wrap around. */
TG_API tg_tensor *tg_cumsum_at(tg_site at, tg_tensor *x, int axis);  /* number */
TG_API tg_tensor *tg_cumprod_at(tg_site at, tg_tensor *x, int axis); /* number */
/* From its position on, a NaN is the largest. At a tie the first element gets the gradient.
 * Number. */
TG_API tg_tensor *tg_cummax_at(tg_site at, tg_tensor *x, int axis);
/* The positions of those maxima, as i64. Number. */
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
/* The positions in x of the sorted elements, as i64. Number. */
TG_API tg_tensor *tg_argsort_with(const tg_sort_args *args);

typedef struct tg_top_k_args {
    size_t struct_size;
    tg_site at;
    tg_tensor *x;
    int64_t k;           /* how many: 0 to the size of the axis */
    int axis;            /* default: the last */
    bool smallest;       /* default: the largest */
    tg_tensor **indices; /* receives their positions, as i64; default: not computed */
} tg_top_k_args;
#define TG_TOP_K_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_top_k_args, indices), .axis = -1

/* tg_top_k(x, 5, .indices = &where): the k largest elements along an axis, the largest first; at
 * a tie the first ones. Number. */
TG_API tg_tensor *tg_top_k_with(const tg_top_k_args *args);

/* ---- Movement: views, which cost no copy unless a kernel needs one ---------------------- */

/* The same elements in another shape; one dimension may be -1 and is computed from the others. */
TG_API tg_tensor *tg_reshape_at(tg_site at, tg_tensor *x, tg_shape shape);
/* Inserts an axis of size 1 before that axis (-1: behind the last). */
TG_API tg_tensor *tg_unsqueeze_at(tg_site at, tg_tensor *x, int axis);
/* Removes that axis, whose size must be 1. */
TG_API tg_tensor *tg_squeeze_at(tg_site at, tg_tensor *x, int axis);
/* Axis i of the result is axis axes[i] of x; every axis once. */
TG_API tg_tensor *tg_permute_at(tg_site at, tg_tensor *x, tg_axes axes);
/* Swaps the last two axes. */
TG_API tg_tensor *tg_transpose_at(tg_site at, tg_tensor *x);
/* Broadcasts to [shape] by NumPy's rule: missing leading axes and axes of size 1 are repeated. */
TG_API tg_tensor *tg_broadcast_at(tg_site at, tg_tensor *x, tg_shape shape);
/* Elements start, start + step, ... before stop along one axis. Negative starts and stops count
 * from the end; both are clamped as in Python. [step] is at least 1 (use tg_flip to reverse). */
TG_API tg_tensor *tg_slice_at(tg_site at, tg_tensor *x, int axis, int64_t start, int64_t stop,
                              int64_t step);
/* Element [index] along the axis, which is removed: x[:, i]. Negative indices count from the
 * end. */
TG_API tg_tensor *tg_pick_at(tg_site at, tg_tensor *x, int axis, int64_t index);
/* Reverses the order of elements along these axes. */
TG_API tg_tensor *tg_flip_at(tg_site at, tg_tensor *x, tg_axes axes);
/* The diagonal of the last two axes, which it replaces: x[..., i, i + offset]. */
TG_API tg_tensor *tg_diagonal_at(tg_site at, tg_tensor *x, int64_t offset);
/* All windows of [size] elements, [dilation] apart, that begin at multiples of [stride] and fit
 * into the axis. The axis, of length n, becomes that of the windows, of length (n -
 * dilation*(size-1) - 1) / stride + 1; a new last axis has the window's elements. (torch's unfold,
 * with dilation.) Convolutions and pooling are made of it. */
TG_API tg_tensor *tg_window_at(tg_site at, tg_tensor *x, int axis, int64_t size, int64_t stride,
                               int64_t dilation);

/* ---- Movement: copies ------------------------------------------------------------------- */

/* Adds [before] and [after] elements of [value] at the ends of one axis of x, and [between] of them
 * between neighbours. All counts are at least 0; x's dtype must represent the value (see
 * tg_number_at). Returns x if nothing is added. */
TG_API tg_tensor *tg_pad_at(tg_site at, tg_tensor *x, int axis, int64_t before, int64_t after,
                            int64_t between, double value);
/* tg_concat(TG_LIST(a, b, c), 0). All other axes must agree. */
TG_API tg_tensor *tg_concat_at(tg_site at, tg_list list, int axis);
/* Stacks operands of one shape along a new axis, which is axis [axis] of the result. */
TG_API tg_tensor *tg_stack_at(tg_site at, tg_list list, int axis);
/* Splits the axis into [count] parts with these sizes, which must add up to its size; [sizes] NULL:
 * equal parts. On an error every out[i] is NULL. */
TG_API tg_status tg_split_at(tg_site at, tg_tensor *x, int axis, size_t count, const int64_t *sizes,
                             tg_tensor *out[]);
/* Element i goes to (i + shift) modulo the size of the axis. */
TG_API tg_tensor *tg_roll_at(tg_site at, tg_tensor *x, int axis, int64_t shift);
/* Repeats each element [times] times, next to each other (torch's repeat_interleave). */
TG_API tg_tensor *tg_repeat_at(tg_site at, tg_tensor *x, int axis, int64_t times);
/* Repeats the whole array [times] times along the axis. */
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
/* x with the slice that tg_slice selects with the same arguments replaced by [value] (of the
 * slice's shape, or broadcast to it). */
TG_API tg_tensor *tg_update_slice_at(tg_site at, tg_tensor *x, int axis, int64_t start,
                                     int64_t stop, int64_t step, tg_tensor *value);
/* The adjoint of tg_window: x is [.., windows, .., size], where [axis] counts windows and the last
 * axis has a window's elements. Each element is added to the position from which tg_window took it,
 * in an axis of [length]. Number. */
TG_API tg_tensor *tg_fold_at(tg_site at, tg_tensor *x, int axis, int64_t length, int64_t stride,
                             int64_t dilation);

/* ---- Indexing --------------------------------------------------------------------------- */

/* Indices are i32 or i64. They are data: one outside [0, size) is an error of the run, which every
 * run checks before anything is read. */

/* Replaces [axis] of x by the slices that [index] (of any shape) selects: the axis becomes index's
 * axes. A table [v, d] and an index [n] give [n, d]. */
TG_API tg_tensor *tg_gather_at(tg_site at, tg_tensor *x, tg_tensor *index, int axis);
/* The adjoint: a result of x's shape but [size] along the axis, filled with zeros, to which the
 * slices of x are added at the positions in index. Number. */
TG_API tg_tensor *tg_scatter_add_at(tg_site at, tg_tensor *x, tg_tensor *index, int axis,
                                    int64_t size);
/* As tg_scatter_add, with the largest (smallest) of the elements that have the same position. A
 * position without elements has -infinity (infinity); of integers the least (largest) number of the
 * dtype. NaN gives NaN; at a tie all share the gradient equally, as in tg_max. Number. */
TG_API tg_tensor *tg_scatter_max_at(tg_site at, tg_tensor *x, tg_tensor *index, int axis,
                                    int64_t size);
TG_API tg_tensor *tg_scatter_min_at(tg_site at, tg_tensor *x, tg_tensor *index, int axis,
                                    int64_t size);
/* result[.., i, ..] = x[.., index[.., i, ..], ..]: one index for each element. The index has x's
 * rank, and x's sizes except along [axis] (or 1, which is broadcast). With the result of tg_argsort
 * it sorts x. */
TG_API tg_tensor *tg_take_along_at(tg_site at, tg_tensor *x, tg_tensor *index, int axis);
/* The adjoint: zeros, with [size] along the axis, to which the elements of x are added. Number. */
TG_API tg_tensor *tg_scatter_add_along_at(tg_site at, tg_tensor *x, tg_tensor *index, int axis,
                                          int64_t size);
/* Returns index; a value outside [0, size) is an error of the run. */
TG_API tg_tensor *tg_check_index_at(tg_site at, tg_tensor *index, int64_t size);
/* [.., classes] of [dtype]: 1 at the index, else 0. */
TG_API tg_tensor *tg_one_hot_at(tg_site at, tg_tensor *index, int64_t classes, tg_dtype dtype);

/* ---- Segments: reductions of the rows that an index puts together ------------------------- */

/* x [n, ..] has a row for each element of [index], i32 or i64 [n]: the number of the segment, of
 * [count], that the row belongs to; for example the edges of a graph and the nodes that they lead
 * to. Rows may be in any order. The result is [count, ..], a row for each segment. (As in
 * tg_scatter_add, the index may have more axes, or none; x begins with its shape.) These functions
 * are made of gather and scatter: an index out of range is an error of the run. */

/* The sum; 0 for an empty segment. It is tg_scatter_add along axis 0. Number. */
TG_API tg_tensor *tg_segment_sum_at(tg_site at, tg_tensor *x, tg_tensor *index, int64_t count);
/* The sum, which the dtype must hold, divided by the number of rows; 0 for an empty segment.
 * Float. */
TG_API tg_tensor *tg_segment_mean_at(tg_site at, tg_tensor *x, tg_tensor *index, int64_t count);
/* tg_scatter_max and tg_scatter_min along axis 0, but 0 for an empty segment. Number. */
TG_API tg_tensor *tg_segment_max_at(tg_site at, tg_tensor *x, tg_tensor *index, int64_t count);
TG_API tg_tensor *tg_segment_min_at(tg_site at, tg_tensor *x, tg_tensor *index, int64_t count);
/* The softmax of each element among those of its segment (and column): e^x / sum(e^x), without
 * overflow, of x's shape. If all elements of a segment are -infinity, as behind a mask, the result
 * is 0 with a gradient of 0. A NaN or +infinity makes its whole segment NaN, as in tg_softmax.
 * Float. */
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
    tg_axes a_axes, b_axes;   /* axes that are summed over: a's a_axes[i] with b's b_axes[i] */
    tg_axes a_batch, b_batch; /* axes that both have, element by element */
} tg_dot_args;
#define TG_DOT_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_dot_args, b_batch)

/* tg_dot(a, b, .a_axes = TG_AXES(-1), .b_axes = TG_AXES(0)): the product over any axes. The
 * result's axes are the batch, then a's other axes, then b's. Without axes: an outer product. */
TG_API tg_tensor *tg_dot_with(const tg_dot_args *args);

/* Einstein's summation convention as in NumPy: tg_einsum("bij,bjk->bik", TG_LIST(a, b)). One letter
 * for each axis; letters that are not in the result are summed over; a letter that occurs twice in
 * one operand takes its diagonal; without "->" the result has the letters that occur once, in
 * alphabetical order; "..." means leading axes that broadcast. Several operands are contracted from
 * left to right. A malformed string is an error (TG_ERR_FORMAT) with the position. */
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
