/* singular_records.h: how the rows of singular.h record what is not a function of one or two
 * elements. The operands are vectors along [axis], alone or many side by side. */
#ifndef TG_TESTS_SINGULAR_RECORDS_H
#define TG_TESTS_SINGULAR_RECORDS_H

#include <tapegrad.h>

#define RECORD(name, recorded)                                                                     \
    static tg_tensor *singular_##name(tg_tensor *const in[], int axis)                             \
    {                                                                                              \
        (void)axis;                                                                                \
        return recorded;                                                                           \
    }

static inline tg_tensor *is_true(tg_tensor *x) { return tg_equal(x, x); }
static inline tg_tensor *nonzero(tg_tensor *x) { return tg_cast(x, TG_BOOL); }
static inline tg_tensor *as_index(tg_tensor *x) { return tg_cast(x, TG_I64); }

/* The element [i] along the axis, which stays. */
static inline tg_tensor *element(tg_tensor *x, int axis, int64_t i)
{
    return tg_slice(x, axis, i, i + 1, 1);
}

/* ---- Elementwise ------------------------------------------------------------------------ */

RECORD(clamp, tg_clamp(in[0], -1, 2))
RECORD(first_of, tg_select(is_true(in[0]), in[0], in[1]))
RECORD(second_of, tg_select(tg_not(is_true(in[1])), in[0], in[1]))
RECORD(first_of_reciprocal, tg_select(is_true(in[0]), in[0], tg_reciprocal(in[1])))
static tg_tensor *singular_first_of_guarded(tg_tensor *const in[], int axis)
{
    (void)axis;
    tg_tensor *safe = tg_select(is_true(in[0]), tg_ones_like(in[1]), in[1]);
    return tg_select(is_true(in[0]), in[0], tg_reciprocal(safe));
}
RECORD(trigamma, tg_polygamma(1, in[0]))
RECORD(tetragamma, tg_polygamma(2, in[0]))
RECORD(polygamma_below, tg_polygamma(-1, in[0]))
RECORD(cast_f32, tg_cast(in[0], TG_F32))
RECORD(cast_f64, tg_cast(in[0], TG_F64))
RECORD(cast_i32, tg_cast(in[0], TG_I32))
RECORD(cast_i64, tg_cast(in[0], TG_I64))
RECORD(cast_u8, tg_cast(in[0], TG_U8))
RECORD(cast_bool, tg_cast(in[0], TG_BOOL))
RECORD(number_u8, tg_number_as(tg_tape_of(in[0]), TG_U8, 300))
RECORD(number_i32, tg_number_as(tg_tape_of(in[0]), TG_I32, -0.5))
RECORD(full_u8, tg_full(tg_tape_of(in[0]), TG_U8, TG_SHAPE(2), -1))
RECORD(iota_u8, tg_iota(tg_tape_of(in[0]), TG_U8, 257))
RECORD(iota_none, tg_iota(tg_tape_of(in[0]), TG_I32, 0))

/* ---- Reductions ------------------------------------------------------------------------- */

RECORD(sum, tg_sum(in[0], .axis = axis))
RECORD(sum_squares, tg_sum_squares(in[0], .axis = axis))
RECORD(mean, tg_mean(in[0], .axis = axis))
RECORD(max, tg_max(in[0], .axis = axis))
RECORD(min, tg_min(in[0], .axis = axis))
RECORD(prod, tg_prod(in[0], .axis = axis))
RECORD(any, tg_any(nonzero(in[0]), .axis = axis))
RECORD(all, tg_all(nonzero(in[0]), .axis = axis))
RECORD(argmax, tg_argmax(in[0], .axis = axis))
RECORD(argmin, tg_argmin(in[0], .axis = axis))
RECORD(logsumexp, tg_logsumexp(in[0], .axis = axis))
RECORD(variance, tg_variance(in[0], .axis = axis))
RECORD(variance_0, tg_variance(in[0], .axis = axis, .correction = 0))
RECORD(deviation, tg_std(in[0], .axis = axis))
RECORD(norm_1, tg_norm(in[0], .axis = axis, .p = 1))
RECORD(norm_2, tg_norm(in[0], .axis = axis))
RECORD(norm_3, tg_norm(in[0], .axis = axis, .p = 3))
RECORD(norm_3_halves, tg_norm(in[0], .axis = axis, .p = 1.5))
RECORD(norm_most, tg_norm(in[0], .axis = axis, .p = (double)INFINITY))
RECORD(norm_half, tg_norm(in[0], .axis = axis, .p = 0.5))

/* ---- Scans, sorting, windows ------------------------------------------------------------ */

RECORD(cumsum, tg_cumsum(in[0], axis))
RECORD(cumprod, tg_cumprod(in[0], axis))
RECORD(cumprod_back, tg_grad(tg_sum(tg_cumprod(in[0], axis)), in[0]))
RECORD(cummax, tg_cummax(in[0], axis))
RECORD(cumargmax, tg_cumargmax(in[0], axis))
RECORD(sort, tg_sort(in[0], .axis = axis))
RECORD(sort_down, tg_sort(in[0], .axis = axis, .descending = true))
RECORD(sort_first, element(tg_sort(in[0], .axis = axis), axis, 0))
RECORD(argsort, tg_argsort(in[0], .axis = axis))
RECORD(argsort_down, tg_argsort(in[0], .axis = axis, .descending = true))
RECORD(top_2, tg_top_k(in[0], 2, .axis = axis))
RECORD(low_2, tg_top_k(in[0], 2, .axis = axis, .smallest = true))
RECORD(top_0, tg_top_k(in[0], 0, .axis = axis))
RECORD(top_9, tg_top_k(in[0], 9, .axis = axis))
static tg_tensor *singular_top_2_places(tg_tensor *const in[], int axis)
{
    tg_tensor *places;
    tg_top_k(in[0], 2, .axis = axis, .indices = &places);
    return places;
}
RECORD(pooled, tg_max(tg_window(in[0], axis, 2, 1, 1), .axis = -1))
RECORD(windows_of_3, tg_window(in[0], axis, 3, 1, 1))
RECORD(pairs_folded, tg_fold(tg_window(in[0], -1, 2, 1, 1), -2, tg_dim(in[0], -1), 1, 1))

/* ---- Indexing, movement and products ---------------------------------------------------- */

RECORD(gather, tg_gather(in[0], as_index(in[1]), 0))
RECORD(scatter_add, tg_scatter_add(in[0], as_index(in[1]), 0, 3))
RECORD(scatter_max, tg_scatter_max(in[0], as_index(in[1]), 0, 3))
RECORD(scatter_min, tg_scatter_min(in[0], as_index(in[1]), 0, 3))
RECORD(scatter_max_first, element(singular_scatter_max(in, axis), 0, 0))
RECORD(segment_sum, tg_segment_sum(in[0], as_index(in[1]), 3))
RECORD(segment_mean, tg_segment_mean(in[0], as_index(in[1]), 3))
RECORD(segment_max, tg_segment_max(in[0], as_index(in[1]), 3))
RECORD(segment_min, tg_segment_min(in[0], as_index(in[1]), 3))
RECORD(segment_softmax, tg_segment_softmax(in[0], as_index(in[1]), 3))
RECORD(segment_softmax_first, element(singular_segment_softmax(in, axis), 0, 0))
RECORD(segments_none, tg_segment_max(in[0], as_index(in[1]), 0))
RECORD(take_along, tg_take_along(in[0], as_index(in[1]), axis))
RECORD(scatter_add_along, tg_scatter_add_along(in[0], as_index(in[1]), axis, 3))
RECORD(check_index, tg_check_index(as_index(in[0]), 3))
RECORD(one_hot, tg_one_hot(as_index(in[0]), 3, tg_dtype_of(in[0])))
RECORD(beyond, tg_slice(in[0], axis, -9, 9, 1))
RECORD(backwards, tg_slice(in[0], axis, 2, 1, 1))
RECORD(never, tg_repeat(in[0], axis, 0))
RECORD(tiled_never, tg_tile(in[0], axis, 0))
RECORD(padded, element(tg_pad(in[0], axis, 1, 0, 0, (double)NAN), axis, 1))
RECORD(lower, tg_tril(tg_stack(TG_LIST(in[0], in[1]), -2), 0))
RECORD(upper, tg_triu(tg_stack(TG_LIST(in[0], in[1]), -2), 0))
RECORD(replaced, tg_update_slice(in[0], axis, 0, 1, 1, element(in[1], axis, 0)))
RECORD(matmul,
       tg_squeeze(tg_squeeze(tg_matmul(tg_unsqueeze(in[0], -2), tg_unsqueeze(in[1], -1)), -1), -1))
RECORD(dot, tg_dot(in[0], in[1], .a_axes = TG_AXES(0), .b_axes = TG_AXES(0)))
RECORD(einsum, tg_einsum("i,i->", TG_LIST(in[0], in[1])))
RECORD(outer, tg_outer(in[0], in[1]))

/* ---- Layers, losses, metrics ------------------------------------------------------------ */

RECORD(softmax, tg_softmax(in[0], .axis = axis))
RECORD(softmax_first, element(tg_softmax(in[0], .axis = axis), axis, 0))
RECORD(log_softmax, tg_log_softmax(in[0], .axis = axis))
RECORD(log_softmax_first, element(tg_log_softmax(in[0], .axis = axis), axis, 0))
RECORD(maxout_2, tg_maxout(in[0], axis, 2))
RECORD(glu, tg_glu(in[0], axis))
RECORD(threshold_7, tg_threshold(in[0], 0.5, 7))
RECORD(mse, tg_mse(in[0], in[1], .reduction = TG_NONE))
RECORD(mse_mean, tg_mse(in[0], in[1]))
RECORD(l1_loss, tg_l1_loss(in[0], in[1], .reduction = TG_NONE))
RECORD(huber, tg_huber(in[0], in[1], .reduction = TG_NONE))
RECORD(bce, tg_binary_cross_entropy(in[0], in[1], .reduction = TG_NONE))
RECORD(kl_div, tg_kl_div(in[0], in[1], .reduction = TG_NONE))
RECORD(bernoulli_nll, tg_bernoulli_nll(in[0], in[1], .reduction = TG_NONE))
RECORD(gaussian_nll, tg_gaussian_nll(in[0], tg_zeros_like(in[0]), in[1], .eps = 0.25,
                                     .reduction = TG_NONE))
RECORD(poisson_nll, tg_poisson_nll(in[0], in[1], .reduction = TG_NONE))
RECORD(ranking, tg_margin_ranking(in[0], in[1], tg_ones_like(in[0]), .reduction = TG_NONE))
RECORD(hinge, tg_hinge(in[0], in[1], .reduction = TG_NONE))
RECORD(perceptron, tg_perceptron_loss(in[0], in[1], .reduction = TG_NONE))
RECORD(cosine, tg_cosine_similarity(in[0], in[1], .axis = axis))

/* Without variables, over the axis, which is the last. */
static tg_tensor *singular_layer_norm(tg_tensor *const in[], int axis)
{
    const tg_layer_norm layer = { .shape = TG_SHAPE(tg_dim(in[0], axis)), .eps = 1e-4 };
    return tg_layer_norm_apply(&layer, in[0]);
}
static tg_tensor *singular_rms_norm(tg_tensor *const in[], int axis)
{
    const tg_rms_norm layer = { .shape = TG_SHAPE(tg_dim(in[0], axis)), .eps = 1e-4 };
    return tg_rms_norm_apply(&layer, in[0]);
}
RECORD(dropout_all, tg_dropout(in[0], 1, "dropout", true))
RECORD(dropout_none, tg_dropout(in[0], 0, "dropout", true))
RECORD(dropout_nan, tg_dropout(in[0], (double)NAN, "dropout", true))

/* The same label for every row of logits. */
static inline tg_tensor *labels_for(tg_tensor *logits, double label)
{
    tg_shape shape = tg_shape_from(logits);
    shape.rank--;
    return tg_full(tg_tape_of(logits), TG_I64, shape, label);
}
#define LABELLED(loss, label, ...) loss(in[0], labels_for(in[0], label), __VA_ARGS__)
RECORD(cross_entropy_0, LABELLED(tg_cross_entropy, 0, .reduction = TG_NONE))
RECORD(cross_entropy_1, LABELLED(tg_cross_entropy, 1, .reduction = TG_NONE))
RECORD(cross_entropy_9, LABELLED(tg_cross_entropy, 9, .reduction = TG_NONE))
RECORD(soft_labels, tg_cross_entropy(in[0], in[1], .reduction = TG_NONE))
RECORD(nll_0, LABELLED(tg_nll, 0, .reduction = TG_NONE))
RECORD(multi_margin_0, LABELLED(tg_multi_margin, 0, .reduction = TG_NONE))
RECORD(margin_0, LABELLED(tg_margin_loss, 0, .reduction = TG_NONE))
RECORD(margin_1, LABELLED(tg_margin_loss, 1, .reduction = TG_NONE))
RECORD(margin_half, LABELLED(tg_margin_loss, 0, .rho = 0.5, .reduction = TG_NONE))
RECORD(top_k_accuracy_0, tg_top_k_accuracy(in[0], labels_for(in[0], 0), 1))
RECORD(top_k_accuracy_1, tg_top_k_accuracy(in[0], labels_for(in[0], 1), 1))
RECORD(confusion_matrix_1, tg_reshape(tg_confusion_matrix(in[0], labels_for(in[0], 1)), TG_SHAPE(4)))
RECORD(confusion_of_none, tg_full(tg_tape_of(in[0]), TG_I64, TG_SHAPE(2, 2), 0))
RECORD(precision_of_none, tg_precision(singular_confusion_of_none(in, axis), TG_MACRO))
RECORD(recall_of_none, tg_recall(singular_confusion_of_none(in, axis), TG_MACRO))
RECORD(f1_of_none, tg_f1(singular_confusion_of_none(in, axis), TG_MACRO))
RECORD(accuracy_0, tg_accuracy(in[0], labels_for(in[0], 0)))
RECORD(accuracy_1, tg_accuracy(in[0], labels_for(in[0], 1)))
RECORD(correct_0, tg_correct(in[0], labels_for(in[0], 0)))
RECORD(binary_accuracy, tg_binary_accuracy(in[0], in[1]))
RECORD(binary_confusion_matrix,
       tg_reshape(tg_binary_confusion_matrix(in[0], in[1]), TG_SHAPE(4)))
RECORD(roc_auc, tg_roc_auc(in[0], in[1]))
RECORD(average_precision, tg_average_precision(in[0], in[1]))
RECORD(r2, tg_r2(in[0], in[1]))
RECORD(r2_of_sums, tg_r2_of_sums(in[0]))
RECORD(perplexity_0, tg_perplexity(in[0], labels_for(in[0], 0)))
RECORD(perplexity_of_none, tg_perplexity(in[0], labels_for(in[0], 0), .ignore_index = 0))
RECORD(perplexity_of_sums, tg_perplexity_of_sums(in[0]))

/* ---- Random numbers --------------------------------------------------------------------- */

/* On the first operand's tape, in its dtype. */
#define DRAWN(id, ...)                                                                             \
    tg_##id(tg_tape_of(in[0]), "draw", tg_dtype_of(in[0]), TG_SHAPE(1000), __VA_ARGS__)

/* low <= x < high for all elements, as one bool. */
static inline tg_tensor *all_between(tg_tensor *x, double low, double high)
{
    tg_tensor *from = tg_greater_equal(x, tg_number_like(x, low));
    return tg_all(tg_and(from, tg_less(x, tg_number_like(x, high))));
}
RECORD(uniform_narrow, all_between(DRAWN(uniform, 1, 1 + 0x1p-22), 1, 1 + 0x1p-22))
RECORD(uniform_wide, all_between(DRAWN(uniform, -0x1p127, 0x1p126), -0x1p127, 0x1p126))
RECORD(uniform_empty, DRAWN(uniform, 1, 1))
RECORD(uniform_infinite, DRAWN(uniform, 0, (double)INFINITY))
RECORD(normal_point, tg_all(tg_equal(DRAWN(normal, 2, 0), tg_number_like(in[0], 2))))
RECORD(normal_finite, tg_all(tg_is_finite(DRAWN(normal, 0, 1))))
RECORD(normal_negative, DRAWN(normal, 0, -1))
RECORD(truncated_tail, all_between(DRAWN(truncated_normal, 0, 1, 30, 31), 30, 31.0001))
RECORD(truncated_empty, DRAWN(truncated_normal, 0, 1, 2, 2))
RECORD(bernoulli_0, tg_sum(DRAWN(bernoulli, 0)))
RECORD(bernoulli_1, tg_sum(DRAWN(bernoulli, 1)))
RECORD(bernoulli_nan, DRAWN(bernoulli, (double)NAN))
#define INTEGERS(dtype, low, high)                                                                 \
    tg_integers(tg_tape_of(in[0]), "draw", dtype, TG_SHAPE(9), low, high)
RECORD(integers_one, tg_sum(INTEGERS(TG_I64, 5, 6)))
RECORD(integers_half,
       tg_all(tg_less(INTEGERS(TG_I64, INT64_MIN, 0), tg_number_as(tg_tape_of(in[0]), TG_I64, 0))))
RECORD(integers_empty, INTEGERS(TG_I64, 5, 5))
RECORD(integers_beyond, INTEGERS(TG_U8, 0, 257))
RECORD(permutation_0, tg_permutation(tg_tape_of(in[0]), "draw", 0))
RECORD(permutation_1, tg_permutation(tg_tape_of(in[0]), "draw", 1))
RECORD(categorical, tg_categorical(in[0], "draw"))

#endif
