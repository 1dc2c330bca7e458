/* test_attention.c: scaled-dot-product and multi-head attention: against PyTorch, against
 * differences, and that what is hidden has no influence. */
#include "attention.h"

/* ---- Attention -------------------------------------------------------------------------- */

static void record_qkv(tg_tensor *to[3])
{
    to[0] = filled("q", TG_SHAPE(2, 3, 4), 1);
    to[1] = filled("k", TG_SHAPE(2, 5, 4), 2);
    to[2] = filled("v", TG_SHAPE(2, 5, 2), 3);
}

/* Two of five keys are hidden from every query. */
static tg_tensor *some_mask(void)
{
    bool may[30];
    for (int i = 0; i < 30; i++) may[i] = i * 7 % 5 < 3;
    return tg_constant(tape, TG_BOOL, TG_SHAPE(2, 3, 5), may);
}

START_TEST(attention_is_pytorchs)
{
    tg_tensor *in[3];
    open_float_tape(_i);
    record_qkv(in);
    const tg_list operands = TG_LIST(in[0], in[1], in[2]);
    ck_known("plain", tg_attention(in[0], in[1], in[2]), operands);
    ck_known("causal", tg_attention(in[0], in[1], in[2], .causal = true), operands);
    ck_known("masked", tg_attention(in[0], in[1], in[2], some_mask()), operands);
    tg_tensor *past = tg_tril_mask(tape, 3, 5, 0);
    ck_known("causal", tg_attention(in[0], in[1], in[2], past), operands);
    ck_known("plain", tg_attention(in[0], in[1], in[2], .scale = 0.5), operands);
    close_tape();
}
END_TEST

START_TEST(attentions_derivatives_are_right_to_second_order)
{
    tg_tensor *in[3];
    open_tape();
    record_qkv(in);
    const tg_list operands = TG_LIST(in[0], in[1], in[2]);
    ck_derivatives(tg_attention(in[0], in[1], in[2], .scale = 1.3), operands);
    ck_derivatives(tg_attention(in[0], in[1], in[2], some_mask(), .causal = true), operands);
    close_tape();
}
END_TEST

/* The weights are those with which the values are added; the last query sees all keys. */
START_TEST(weights_can_be_had_and_masks_may_end_together)
{
    tg_tensor *in[3], *weights, *none;
    open_tape();
    record_qkv(in);
    for (int kind = 0; kind < 4; kind++) {
        tg_tensor *mask = kind & 1 ? some_mask() : NULL;
        tg_tensor *y = tg_attention(in[0], in[1], in[2], mask, .causal = kind & 2,
                                    .lower_right = kind & 2, .weights = &weights);
        ck_shape(weights, TG_SHAPE(2, 3, 5));
        double want[12], rows[6], w[30];
        compute(tg_matmul(weights, in[2]), true, 12, want);
        ck_both_ways(y, 12, want, 1e-14);
        compute(tg_sum(weights, .axis = -1), true, 6, rows);
        compute(weights, true, 30, w);
        for (int i = 0; i < 6; i++) ck_assert_double_eq_tol(rows[i], 1, 1e-14);
        for (int i = 0; kind == 2 && i < 30; i++)
            ck_assert((w[i] != 0) == (i % 5 <= i / 5 % 3 + 2)); /* S - T = 2 */
    }
    tg_tensor *past = tg_tril_mask(tape, 3, 5, 2);
    double want[12];
    compute(tg_attention(in[0], in[1], in[2], past), true, 12, want);
    ck_both_ways(tg_attention(in[0], in[1], in[2], .causal = true, .lower_right = true), 12, want,
                 1e-14);
    none = weights;
    ck_assert_ptr_null(tg_attention(in[0], in[0], in[2], .weights = &none));
    ck_assert_ptr_null(none);
    tg_tape_clear_error(tape);

    const tg_multihead_attention layer = tg_multihead_attention_new(store, "m", 4, 2);
    tg_tensor *y = tg_multihead_attention_apply(&layer, in[0], in[1], .weights = &weights);
    ck_shape(weights, TG_SHAPE(2, 2, 3, 5));
    ck_shape(y, TG_SHAPE(2, 3, 4));
    ck_derivatives(tg_mean(tg_square(weights)), TG_LIST(in[0], in[1]));
    close_tape();
}
END_TEST

START_TEST(leading_axes_broadcast)
{
    open_tape();
    tg_tensor *q = filled("q", TG_SHAPE(2, 3, 4), 1), *k = filled("k", TG_SHAPE(5, 4), 2);
    tg_tensor *v = filled("v", TG_SHAPE(2, 1, 5, 2), 3), *slow[2];
    tg_tensor *y = tg_attention(q, k, v);
    double values[24];
    ck_shape(y, TG_SHAPE(2, 2, 3, 2));
    for (int i = 0; i < 2; i++) slow[i] = tg_attention(q, k, tg_pick(tg_pick(v, 0, i), 0, 0));
    compute(tg_stack(TG_LIST(slow[0], slow[1]), 0), true, 24, values);
    ck_both_ways(y, 24, values, 1e-14);
    close_tape();
}
END_TEST

/* Key 1 and its value receive exactly nothing, and their values change nothing. */
START_TEST(what_the_mask_hides_has_no_influence)
{
    tg_tensor *in[3];
    open_float_tape(_i);
    record_qkv(in);
    const bool may[] = { true, false, true, true, true };
    tg_tensor *mask = tg_constant(tape, TG_BOOL, TG_SHAPE(5), may);
    tg_tensor *y = tg_attention(in[0], in[1], in[2], mask);
    bool zero[40];
    for (int i = 0; i < 40; i++) zero[i] = i / 4 % 5 == 1;
    tg_tensor *to_keys = tg_grad(weighed(y), in[1]), *to_values = tg_grad(weighed(y), in[2]);
    ck_zeros(to_keys, zero);
    for (int i = 0; i < 20; i++) zero[i] = i / 2 % 5 == 1;
    ck_zeros(to_values, zero);
    for (int naive = 0; naive < 2; naive++) {
        double first[12], second[12], keys[40];
        compute(y, naive, 12, first);
        fill(40, keys, 1, 2);
        for (int i = 0; i < 40; i++)
            if (i / 4 % 5 == 1) keys[i] = 1e30;
        feed_doubles(in[1], keys);
        compute(y, naive, 12, second);
        ck_assert_mem_eq(first, second, sizeof first);
        fill(40, keys, 1, 2);
        feed_doubles(in[1], keys);
    }
    close_tape();
}
END_TEST

START_TEST(a_query_that_may_attend_to_nothing_gives_0)
{
    tg_tensor *in[3];
    open_float_tape(_i);
    record_qkv(in);
    bool may[15], zero[24];
    for (int i = 0; i < 15; i++) may[i] = i / 5 != 1;
    for (int i = 0; i < 24; i++) zero[i] = i / 4 % 3 == 1;
    tg_tensor *mask = tg_constant(tape, TG_BOOL, TG_SHAPE(3, 5), may);
    tg_tensor *y = tg_attention(in[0], in[1], in[2], mask);
    tg_tensor *loss = weighed(y), *steep = tg_sum(tg_square(tg_grad(loss, in[0])));
    ck_zeros(tg_grad(loss, in[0]), zero);
    ck_zeros(tg_grad(steep, in[0]), zero);
    for (int naive = 0; naive < 2; naive++) {
        double values[40];
        compute(y, naive, 12, values);
        for (int i = 0; i < 12; i++) ck_assert((values[i] == 0) == (i / 2 % 3 == 1));
        compute(tg_grad(steep, in[1]), naive, 40, values);
        for (int i = 0; i < 40; i++) ck_assert(isfinite(values[i]));
    }
    if (_i == 0) ck_derivatives(y, TG_LIST(in[0], in[1], in[2]));
    close_tape();
}
END_TEST

START_TEST(without_keys_the_result_is_0)
{
    open_tape();
    tg_tensor *q = filled("q", TG_SHAPE(2, 3), 1);
    tg_tensor *k = tg_input(tape, "k", TG_F64, TG_SHAPE(0, 3));
    tg_tensor *v = tg_input(tape, "v", TG_F64, TG_SHAPE(0, 2));
    tg_tensor *y = tg_attention(q, k, v, .causal = true);
    ck_both_ways(y, 4, (double[4]){ 0 }, 0);
    ck_both_ways(tg_grad(tg_sum(y), q), 6, (double[6]){ 0 }, 0);
    ck_shape(tg_attention(tg_input(tape, "n", TG_F64, TG_SHAPE(0, 3)), q, q), TG_SHAPE(0, 3));
    close_tape();
}
END_TEST

/* Scores of 1e4 to 4e4, beyond what e^x can hold. */
START_TEST(large_scores_do_not_overflow)
{
    open_float_tape(_i);
    tg_tensor *q = tg_full(tape, float_type(), TG_SHAPE(1, 1), 1e4);
    tg_tensor *k = tg_reshape(tg_iota(tape, float_type(), 4), TG_SHAPE(4, 1));
    tg_tensor *y = tg_attention(q, k, k);
    ck_both_ways(y, 1, (double[]){ 3 }, 0);
    ck_both_ways(tg_grad(y, q), 1, (double[]){ 0 }, 0);
    close_tape();
}
END_TEST

START_TEST(dropout_keeps_the_mean_and_needs_training)
{
    open_tape();
    tg_tensor *q = tg_full(tape, TG_F64, TG_SHAPE(1, 2000, 1), 0);
    tg_tensor *k = tg_full(tape, TG_F64, TG_SHAPE(1, 10, 1), 0);
    tg_tensor *v = tg_full(tape, TG_F64, TG_SHAPE(1, 10, 1), 1);
    tg_tensor *still = tg_attention(q, k, v, .dropout = 0.3, .key = "a");
    tg_tensor *all = tg_attention(q, k, v, .dropout = 1, .key = "b", .training = true);
    tg_tensor *some = tg_attention(q, k, v, .dropout = 0.3, .key = "c", .training = true);
    ck_close(tg_item(tg_min(still)), 1, 1e-15);
    ck_close(tg_item(tg_max(all)), 0, 0);
    ck_close(tg_item(tg_mean(some)), 1, 0.02);
    ck_assert_double_gt(tg_item(tg_max(some)), 1.2);
    close_tape();
}
END_TEST

/* Forward: product, pass over the rows, product, division. */
START_TEST(the_mask_and_the_softmax_are_one_pass_over_the_scores)
{
    open_float_tape(1);
    tg_tensor *q = tg_input(tape, "q", TG_F32, TG_SHAPE(2, 16, 8));
    tg_tensor *k = tg_input(tape, "k", TG_F32, TG_SHAPE(2, 16, 8));
    tg_tensor *mask = tg_input(tape, "mask", TG_BOOL, TG_SHAPE(16, 16)), *back[3];
    tg_tensor *y = tg_attention(q, k, k, mask);
    tg_plan *forward = tg_compile_pure(tape, y);
    ck_assert_uint_eq(tg_plan_kernels(forward), 4);
    tg_vjp(y, q, TG_LIST(q, k), back);
    tg_plan *both = tg_compile_pure(tape, y, back[0], back[1]);
    /* Back: the result's rows twice, four products, the scores once, and the sum of what reaches k
     * as key and as value. */
    ck_assert_uint_le(tg_plan_kernels(both), 4 + 8);
    tg_plan_free(forward);
    tg_plan_free(both);
    close_tape();
}
END_TEST

/* ---- Several heads ---------------------------------------------------------------------- */

static tg_tensor *there_mask(void)
{
    const bool there[] = { 1, 1, 1, 0, 1, 1, 0, 1, 1, 0 };
    return tg_constant(tape, TG_BOOL, TG_SHAPE(2, 5), there);
}

START_TEST(multihead_attention_is_pytorchs)
{
    open_float_tape(_i);
    const tg_multihead_attention layer = tg_multihead_attention_new(store, "layer", 4, 2);
    tg_tensor *x = filled("x", TG_SHAPE(2, 3, 4), 1);
    tg_tensor *memory = filled("memory", TG_SHAPE(2, 5, 4), 2);
    fill_variables();
    ck_known("self", tg_multihead_attention_apply(&layer, x), TG_LIST(x));
    tg_tensor *y = tg_multihead_attention_apply(&layer, x, memory, .key_mask = there_mask());
    ck_known("cross", y, TG_LIST(x, memory));
    tg_tensor *near = tg_tril_mask(tape, 3, 5, 1);
    y = tg_multihead_attention_apply(&layer, x, memory, .mask = near, .key_mask = there_mask());
    ck_known("masks", y, TG_LIST(x, memory));
    close_tape();
}
END_TEST

/* However its operands are given: apart, time first, each item alone. */
START_TEST(forms_of_operands_agree)
{
    open_tape();
    const tg_multihead_attention layer = tg_multihead_attention_new(store, "layer", 4, 2);
    tg_tensor *x = filled("x", TG_SHAPE(2, 3, 4), 1), *items[2];
    tg_tensor *copy = tg_add_num(x, 0.0), *other = tg_mul_num(tg_add_num(x, 1), 1.0);
    double values[24];
    fill_variables();
    tg_tensor *mask = tg_constant(tape, TG_BOOL, TG_SHAPE(2, 3, 3),
                                  (bool[]){ 1, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1, 1, 0, 1, 0, 1, 0, 0 });
    tg_tensor *y = tg_multihead_attention_apply(&layer, x, .mask = mask, .causal = true);
    compute(y, true, 24, values);
    ck_both_ways(tg_multihead_attention_apply(&layer, x, copy, .mask = mask, .causal = true), 24,
                 values, 1e-14);
    ck_both_ways(tg_multihead_attention_apply(&layer, x, x, copy, .mask = mask, .causal = true), 24,
                 values, 1e-14);
    tg_tensor *turned = tg_permute(x, TG_AXES(1, 0, 2));
    turned = tg_multihead_attention_apply(&layer, turned, .mask = mask, .causal = true,
                                          .time_first = true);
    ck_both_ways(tg_permute(turned, TG_AXES(1, 0, 2)), 24, values, 1e-14);
    for (int i = 0; i < 2; i++)
        items[i] = tg_multihead_attention_apply(&layer, tg_pick(x, 0, i),
                                                .mask = tg_pick(mask, 0, i), .causal = true);
    ck_both_ways(tg_stack(TG_LIST(items[0], items[1]), 0), 24, values, 1e-14);
    /* Keys and values apart. */
    y = tg_multihead_attention_apply(&layer, x, copy, other);
    compute(y, true, 24, values);
    tg_tensor *same = tg_multihead_attention_apply(&layer, x, tg_mul_num(x, 1.0), other);
    ck_both_ways(same, 24, values, 1e-14);
    ck_derivatives(
        y, TG_LIST(x, tg_read(tape, layer.in_proj_weight), tg_read(tape, layer.in_proj_bias)));
    close_tape();
}
END_TEST

START_TEST(padded_keys_have_no_influence)
{
    open_float_tape(_i);
    const tg_multihead_attention layer = tg_multihead_attention_new(store, "layer", 4, 2);
    tg_tensor *x = filled("x", TG_SHAPE(2, 3, 4), 1);
    tg_tensor *memory = filled("memory", TG_SHAPE(2, 5, 4), 2);
    fill_variables();
    tg_tensor *y = tg_multihead_attention_apply(&layer, x, memory, .key_mask = there_mask());
    bool zero[40];
    for (int i = 0; i < 40; i++) zero[i] = i / 4 == 3 || i / 4 == 6 || i / 4 == 9;
    ck_zeros(tg_grad(weighed(y), memory), zero);
    close_tape();
}
END_TEST

START_TEST(a_layer_without_biases_and_how_weights_start)
{
    open_tape();
    const tg_multihead_attention bare =
        tg_multihead_attention_new(store, "bare", 8, 2, .no_bias = true);
    const tg_multihead_attention full = tg_multihead_attention_new(store, "full", 8, 4);
    double weight[192], bias[24], largest = 0;
    ck_assert_ptr_null(bare.in_proj_bias);
    ck_assert_ptr_null(bare.out_proj.bias);
    ck_assert_str_eq(tg_var_name(full.out_proj.weight), "full.out_proj.weight");
    ck_assert_int_eq(tg_var_get(full.in_proj_weight, weight, 192), TG_OK);
    for (int i = 0; i < 192; i++) largest = fmax(largest, fabs(weight[i]));
    ck_assert(largest <= sqrt(6.0 / 32) && largest > 0.9 * sqrt(6.0 / 32));
    ck_assert_int_eq(tg_var_get(full.in_proj_bias, bias, 24), TG_OK);
    for (int i = 0; i < 24; i++) ck_assert(bias[i] == 0);
    ck_assert_int_eq(tg_var_get(full.out_proj.bias, bias, 8), TG_OK);
    for (int i = 0; i < 8; i++) ck_assert(bias[i] == 0);
    tg_tensor *x = filled("x", TG_SHAPE(2, 3, 8), 1);
    ck_derivatives(tg_multihead_attention_apply(&bare, x), TG_LIST(x));
    close_tape();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("attention");
    TCase *all = tcase_create("all");
    tcase_add_loop_test(all, attention_is_pytorchs, 0, 2);
    tcase_add_test(all, attentions_derivatives_are_right_to_second_order);
    tcase_add_test(all, leading_axes_broadcast);
    tcase_add_test(all, weights_can_be_had_and_masks_may_end_together);
    tcase_add_loop_test(all, what_the_mask_hides_has_no_influence, 0, 2);
    tcase_add_loop_test(all, a_query_that_may_attend_to_nothing_gives_0, 0, 2);
    tcase_add_test(all, without_keys_the_result_is_0);
    tcase_add_loop_test(all, large_scores_do_not_overflow, 0, 2);
    tcase_add_test(all, dropout_keeps_the_mean_and_needs_training);
    tcase_add_test(all, the_mask_and_the_softmax_are_one_pass_over_the_scores);
    tcase_add_loop_test(all, multihead_attention_is_pytorchs, 0, 2);
    tcase_add_test(all, forms_of_operands_agree);
    tcase_add_loop_test(all, padded_keys_have_no_influence, 0, 2);
    tcase_add_test(all, a_layer_without_biases_and_how_weights_start);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
