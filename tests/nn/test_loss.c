/* test_loss.c: every loss against known numbers, planned and naive, f64 and f32, with all
 * reductions and both orders of derivatives; against differences; and at extreme operands. */
#include "tests/support/both_ways.h"
#include "loss_values.h"

/* ---- Every loss at one point ------------------------------------------------------------ */

typedef tg_tensor *(*record)(tg_tensor *const in[], tg_reduction reduction);

static tg_tensor *labels(int64_t count, const int64_t *data)
{
    return tg_constant(tape, TG_I64, TG_SHAPE(count), data);
}
static tg_tensor *five(void) { return labels(5, (int64_t[]){ 1, 3, 0, 2, 3 }); }
static tg_tensor *some_ignored(void) { return labels(5, (int64_t[]){ 1, -7, 0, -7, 3 }); }

#define RECORD(name, ...)                                                                          \
    static tg_tensor *name(tg_tensor *const in[], tg_reduction reduce) { return __VA_ARGS__; }
RECORD(mse, tg_mse(in[0], in[1], .reduction = reduce))
RECORD(half_mse, tg_half_mse(in[0], in[1], .reduction = reduce))
RECORD(l1, tg_l1_loss(in[0], in[1], .reduction = reduce))
RECORD(huber, tg_huber(in[0], in[1], .delta = 0.75, .reduction = reduce))
RECORD(smooth_l1, tg_smooth_l1(in[0], in[1], .beta = 0.5, .reduction = reduce))
RECORD(cross_entropy, tg_cross_entropy(in[0], five(), .reduction = reduce))
RECORD(weighted, tg_cross_entropy(in[0], five(), .weight = in[1], .reduction = reduce))
RECORD(smoothed, tg_cross_entropy(in[0], five(), .label_smoothing = 0.125, .reduction = reduce))
RECORD(ignoring, tg_cross_entropy(in[0], some_ignored(), .ignore_index = -7, .reduction = reduce))
RECORD(with_all, tg_cross_entropy(in[0], some_ignored(), .weight = in[1], .label_smoothing = 0.25,
                                  .ignore_index = -7, .reduction = reduce))
RECORD(soft, tg_cross_entropy(in[0], in[1], .reduction = reduce))
RECORD(soft_with_all, tg_cross_entropy(in[0], in[1], .weight = in[2], .label_smoothing = 0.25,
                                       .reduction = reduce))
RECORD(nll, tg_nll(in[0], five(), .reduction = reduce))
RECORD(nll_with_all,
       tg_nll(in[0], some_ignored(), .weight = in[1], .ignore_index = -7, .reduction = reduce))
RECORD(binary, tg_binary_cross_entropy(in[0], in[1], .reduction = reduce))
RECORD(binary_weighted,
       tg_binary_cross_entropy(in[0], in[1], .pos_weight = in[2], .reduction = reduce))
RECORD(kl_div, tg_kl_div(in[0], in[1], .reduction = reduce))
RECORD(hinge, tg_hinge(in[0], in[1], .reduction = reduce))
RECORD(squared_hinge, tg_squared_hinge(in[0], in[1], .reduction = reduce))
RECORD(perceptron, tg_perceptron_loss(in[0], in[1], .reduction = reduce))
RECORD(multi_margin, tg_multi_margin(in[0], five(), .margin = 0.75, .reduction = reduce))
RECORD(multi_margin_squared,
       tg_multi_margin(in[0], five(), .p = 2, .margin = 1.25, .reduction = reduce))
RECORD(margin_loss, tg_margin_loss(in[0], five(), .rho = 0.75, .reduction = reduce))
static tg_tensor *cosine_similarity(tg_tensor *const in[], tg_reduction reduce)
{
    tg_tensor *y = tg_cosine_similarity(in[0], in[1], .axis = 0);
    return reduce == TG_NONE ? y : reduce == TG_SUM ? tg_sum(y) : tg_mean(y);
}
RECORD(cosine_embedding,
       tg_cosine_embedding(in[0], in[1], in[2], .margin = -0.25, .reduction = reduce))
RECORD(triplet, tg_triplet(in[0], in[1], in[2], .margin = 1.5, .reduction = reduce))
RECORD(triplet_3, tg_triplet(in[0], in[1], in[2], .margin = 1.5, .p = 3, .reduction = reduce))
RECORD(discriminator, tg_discriminator_loss(in[0], in[1], .reduction = reduce))
RECORD(critic, tg_discriminator_loss(in[0], in[1], .form = TG_GAN_WASSERSTEIN, .reduction = reduce))
RECORD(generator, tg_generator_loss(in[0], .reduction = reduce))
RECORD(minimax, tg_generator_loss(in[0], .form = TG_GAN_MINIMAX, .reduction = reduce))
RECORD(of_critic, tg_generator_loss(in[0], .form = TG_GAN_WASSERSTEIN, .reduction = reduce))
RECORD(margin_ranking, tg_margin_ranking(in[0], in[1], in[2], .margin = 0.25, .reduction = reduce))
RECORD(bernoulli_nll, tg_bernoulli_nll(in[0], in[1], .reduction = reduce))
RECORD(gaussian_nll, tg_gaussian_nll(in[0], in[1], in[2], .reduction = reduce))
RECORD(gaussian_nll_full,
       tg_gaussian_nll(in[0], in[1], in[2], .full = true, .eps = 0.25, .reduction = reduce))
RECORD(gaussian_kl, tg_gaussian_kl(in[0], in[1], .reduction = reduce))
RECORD(gaussian_kl_of_two, tg_gaussian_kl(in[0], in[1], in[2], in[3], .reduction = reduce))
RECORD(poisson_nll, tg_poisson_nll(in[0], in[1], .reduction = reduce))
RECORD(poisson_nll_of_rates, tg_poisson_nll(in[0], in[1], .log_input = false, .full = true,
                                            .eps = 0.015625, .reduction = reduce))
static tg_tensor *gradient_penalty(tg_tensor *const in[], tg_reduction reduce)
{
    tg_tensor *score = tg_sum(tg_square(tg_tanh(tg_matmul(in[0], in[1]))), .axis = 1);
    return tg_gradient_penalty(score, in[0], .reduction = reduce);
}
static tg_tensor *ctc(tg_tensor *const in[], tg_reduction reduce)
{
    /* What stands beyond a row's labels may be anything. */
    const int32_t symbols[] = { 1, 1, 2, 3, -1, 99 };
    tg_tensor *words = tg_constant(tape, TG_I32, TG_SHAPE(2, 3), symbols);
    return tg_ctc(tg_log_softmax(in[0]), words, .input_lengths = labels(2, (int64_t[]){ 6, 4 }),
                  .label_lengths = labels(2, (int64_t[]){ 3, 1 }), .reduction = reduce);
}

/* In the order of known_losses. */
static const record records[] = {
    mse,
    half_mse,
    l1,
    huber,
    smooth_l1,
    cross_entropy,
    weighted,
    smoothed,
    ignoring,
    with_all,
    soft,
    soft_with_all,
    nll,
    nll_with_all,
    binary,
    binary_weighted,
    kl_div,
    hinge,
    squared_hinge,
    perceptron,
    multi_margin,
    multi_margin_squared,
    margin_loss,
    cosine_similarity,
    cosine_embedding,
    triplet,
    triplet_3,
    discriminator,
    critic,
    generator,
    minimax,
    of_critic,
    gradient_penalty,
    ctc,
    margin_ranking,
    bernoulli_nll,
    gaussian_nll,
    gaussian_nll_full,
    gaussian_kl,
    gaussian_kl_of_two,
    poisson_nll,
    poisson_nll_of_rates,
};

static void open_operands(const known_loss *k, tg_dtype dtype, tg_tensor *in[])
{
    float narrow[64];
    for (int i = 0; i < k->count; i++) {
        const size_t count = (size_t)tg_shape_count(k->shape[i]);
        in[i] = tg_input(tape, (const char *[]){ "a", "b", "c", "d" }[i], dtype, k->shape[i]);
        for (size_t j = 0; j < count; j++) narrow[j] = (float)k->in[i][j];
        const void *data = dtype == TG_F64 ? (const void *)k->in[i] : narrow;
        ck_assert_int_eq(tg_feed_as(in[i], dtype, data, count), TG_OK);
    }
}

/* The sum of x's elements, times -1, -0.5, 0, 0.5, 1, -1, ... */
static tg_tensor *mixed(tg_tensor *x)
{
    tg_tensor *place = tg_iota(tape, tg_dtype_of(x), tg_count(x));
    tg_tensor *fifth = tg_remainder(place, tg_number_like(x, 5));
    tg_tensor *share = tg_mul_num(tg_sub_num(fifth, 2), 0.5);
    return tg_sum(tg_mul(tg_reshape(x, TG_SHAPE(tg_count(x))), share));
}

static void ck_known(const known_loss *k, record f, tg_dtype dtype)
{
    const double tolerance = dtype == TG_F64 ? 1e-12 : 1e-6;
    tg_tensor *in[MOST_OPERANDS], *slope[MOST_OPERANDS], *all = NULL;
    open_operands(k, dtype, in);
    ck_both_ways(f(in, TG_NONE), k->item_count, k->items, tolerance);
    ck_both_ways(f(in, TG_SUM), 1, &k->sum, tolerance);
    tg_tensor *mean = f(in, TG_MEAN);
    ck_assert_int_eq(tg_rank(mean), 0);
    ck_both_ways(mean, 1, &k->mean, tolerance);
    ck_assert_int_eq(tg_vjp(mean, NULL, (tg_list){ (size_t)k->count, in }, slope), TG_OK);
    for (int i = 0; i < k->count; i++) {
        ck_both_ways(slope[i], (size_t)tg_count(in[i]), k->slope[i], tolerance);
        all = all ? tg_add(all, mixed(slope[i])) : mixed(slope[i]);
    }
    for (int i = 0; i < k->count && k->second[0]; i++)
        ck_both_ways(tg_grad(all, in[i]), (size_t)tg_count(in[i]), k->second[i], tolerance);
}

START_TEST(losses_and_their_derivatives_have_their_known_values)
{
    ck_assert_int_eq(COUNT_OF(records), COUNT_OF(known_losses));
    ck_known(&known_losses[_i], records[_i], TG_F64);
    ck_known(&known_losses[_i], records[_i], TG_F32);
}
END_TEST

START_TEST(derivatives_of_losses_agree_with_differences)
{
    tg_tensor *in[MOST_OPERANDS];
    const known_loss *k = &known_losses[_i];
    open_operands(k, TG_F64, in);
    tg_tensor *list[MOST_OPERANDS + 1];
    for (int i = 0; i < k->count; i++) list[i] = in[i];
    tg_tensor *loss = records[_i](in, TG_MEAN);
    const tg_status status =
        tg_check_gradient(loss, (tg_list){ (size_t)k->count, list }, .tolerance = 1e-5);
    ck_assert_msg(status == TG_OK, "%s: %s", k->name, tg_tape_error(tape));
}
END_TEST

/* ---- The curriculum's formulas ---------------------------------------------------------- */

START_TEST(half_mse_is_the_textbooks_squared_error)
{
    tg_tensor *y = fed("y", TG_SHAPE(2, 2), (double[]){ 1, 2, 3, 4 });
    tg_tensor *t = fed("t", TG_SHAPE(2, 2), (double[]){ 0, 4, 3, 1 });
    tg_tensor *loss = tg_div_num(tg_half_mse(y, t, .reduction = TG_SUM), 2);
    ck_values(loss, 1, (double[]){ (1 + 4 + 0 + 9) / 4.0 });
    ck_values(tg_grad(loss, y), 4, (double[]){ 0.5, -1, 0, 1.5 });
}
END_TEST

START_TEST(nll_of_log_softmax_is_cross_entropy)
{
    const known_loss *k = &known_losses[5];
    tg_tensor *in[MOST_OPERANDS];
    open_operands(k, TG_F64, in);
    tg_tensor *direct = tg_cross_entropy(in[0], five(), .reduction = TG_NONE);
    tg_tensor *nll_items = tg_nll(tg_log_softmax(in[0]), five(), .reduction = TG_NONE);
    tg_tensor *total = tg_logsumexp(in[0], .axis = -1);
    tg_tensor *own = tg_take_along(in[0], tg_unsqueeze(five(), -1), 1);
    ck_both_ways(nll_items, k->item_count, k->items, 1e-14);
    ck_both_ways(direct, k->item_count, k->items, 1e-14);
    ck_both_ways(tg_sub(total, tg_squeeze(own, 1)), k->item_count, k->items, 1e-14);
}
END_TEST

START_TEST(the_perceptron_learns_from_mistakes_and_ties_alone)
{
    tg_tensor *f = fed("f", TG_SHAPE(5), (double[]){ 2, -2, 2, 0, -0.0 });
    tg_tensor *y = fed("y", TG_SHAPE(5), (double[]){ 1, 1, -1, 1, -1 });
    ck_values(tg_perceptron_loss(f, y, .reduction = TG_NONE), 5, (double[]){ 0, 2, 2, 0, 0 });
    tg_tensor *slope = tg_grad(tg_perceptron_loss(f, y, .reduction = TG_SUM), f);
    ck_values(slope, 5, (double[]){ 0, -1, 1, -1, 1 });
}
END_TEST

/* ---- Ignored rows ----------------------------------------------------------------------- */

START_TEST(an_ignored_row_counts_for_nothing_whatever_stands_in_it)
{
    const double data[] = { 1, 0, NAN, INFINITY, 0, 2 };
    tg_tensor *x = fed("x", TG_SHAPE(3, 2), data);
    tg_tensor *y = labels(3, (int64_t[]){ 0, -100, 1 });
    tg_tensor *w = fed("w", TG_SHAPE(2), (double[]){ 3, 1 });
    const double one = log1p(exp(-1)), two = log1p(exp(-2));
    const double p = 1 / (1 + exp(1)), q = 1 / (1 + exp(2));
    tg_tensor *plain = tg_cross_entropy(x, y, .ignore_index = -100);
    ck_both_ways(plain, 1, (double[]){ (one + two) / 2 }, 1e-14);
    double slope[6];
    const double want[] = { -p / 2, p / 2, 0, 0, q / 2, -q / 2 };
    for (int naive = 0; naive < 2; naive++) {
        compute(tg_grad(plain, x), naive, 6, slope);
        for (int i = 0; i < 6; i++) ck_close(slope[i], want[i], 1e-14);
        ck_assert(slope[2] == 0 && slope[3] == 0);
    }
    tg_tensor *all =
        tg_cross_entropy(x, y, .ignore_index = -100, .weight = w, .label_smoothing = 0.5);
    const double spread = 0.25 * (3 * one + 1 * (1 + one) + 3 * (2 + two) + two);
    ck_both_ways(all, 1, (double[]){ (0.5 * (3 * one + two) + spread) / 4 }, 1e-14);
    compute(tg_grad(all, x), false, 6, slope);
    ck_assert(slope[2] == 0 && slope[3] == 0);
    ck_both_ways(tg_cross_entropy(x, y, .ignore_index = -100, .reduction = TG_NONE), 3,
                 (double[]){ one, 0, two }, 1e-14);
}
END_TEST

START_TEST(if_all_rows_are_ignored_the_mean_is_nan_and_the_gradient_zero)
{
    tg_tensor *x = fed("x", TG_SHAPE(2, 2), (double[]){ 1, 0, 3, 4 });
    tg_tensor *y = labels(2, (int64_t[]){ 0, 0 });
    tg_tensor *mean = tg_cross_entropy(x, y, .ignore_index = 0);
    ck_values(mean, 1, (double[]){ NAN });
    ck_values(tg_grad(mean, x), 4, (double[]){ 0, 0, 0, 0 });
    ck_values(tg_nll(x, y, .ignore_index = 0), 1, (double[]){ NAN });
    ck_values(tg_cross_entropy(x, y, .ignore_index = 0, .reduction = TG_SUM), 1, (double[]){ 0 });
}
END_TEST

START_TEST(a_label_that_is_neither_a_class_nor_ignored_is_an_error_of_the_run)
{
    tg_tensor *x = fed("x", TG_SHAPE(2, 2), (double[]){ 1, 0, 3, 4 });
    tg_tensor *y = tg_input(tape, "y", TG_I32, TG_SHAPE(2));
    tg_tensor *losses[] = {
        tg_cross_entropy(x, y, .ignore_index = -1),
        tg_nll(x, y, .ignore_index = -1),
        tg_multi_margin(x, y),
        tg_nll(x, y),
    };
    for (int i = 0; i < COUNT_OF(losses); i++) {
        tg_plan *plan = tg_compile_pure(tape, losses[i]);
        ck_assert_int_eq(tg_feed(y, ((const int32_t[]){ 1, 2 }), 2), TG_OK);
        ck_assert_int_eq(tg_run(plan), TG_ERR_INDEX);
        ck_assert_msg(strstr(tg_plan_error(plan), "2") != NULL, "%s", tg_plan_error(plan));
        ck_assert_int_eq(tg_feed(y, ((const int32_t[]){ 1, -1 }), 2), TG_OK);
        ck_assert_int_eq(tg_run(plan), i < 2 ? TG_OK : TG_ERR_INDEX);
        tg_plan_free(plan);
    }
}
END_TEST

/* ---- Extreme operands ------------------------------------------------------------------- */

/* The losses of [x] and their slopes there, without a NaN that is not asked for. */
static void ck_extreme(tg_tensor *items, tg_tensor *x, const double *want, const double *slope)
{
    const size_t count = (size_t)tg_count(items), size = (size_t)tg_count(x);
    double got[16];
    tg_tensor *gradient = tg_grad(tg_sum(items), x);
    for (int naive = 0; naive < 2; naive++) {
        compute(items, naive, count, got);
        for (size_t i = 0; i < count; i++) ck_close(got[i], want[i], 1e-13);
        compute(gradient, naive, size, got);
        for (size_t i = 0; i < size; i++) ck_close(got[i], slope[i], 1e-13);
    }
}

START_TEST(binary_cross_entropy_is_exact_in_both_tails)
{
    const double far = 1e4, inf = (double)INFINITY;
    const double at[] = { far, far, -far, -far, inf, inf, -inf, -inf, far };
    const double target[] = { 1, 0, 1, 0, 1, 0, 1, 0, 0.25 };
    tg_tensor *x = fed("x", TG_SHAPE(9), at), *y = fed("y", TG_SHAPE(9), target);
    ck_extreme(tg_binary_cross_entropy(x, y, .reduction = TG_NONE), x,
               (double[]){ 0, far, far, 0, 0, inf, inf, 0, 7500 },
               (double[]){ 0, 1, -1, 0, 0, 1, -1, 0, 0.75 });
    tg_tensor *none = tg_sub(y, y);
    ck_extreme(tg_discriminator_loss(x, x, .reduction = TG_NONE), x,
               (double[]){ far, far, far, far, inf, inf, inf, inf, far },
               (double[]){ 1, 1, -1, -1, 1, 1, -1, -1, 1 });
    ck_extreme(tg_generator_loss(x, .reduction = TG_NONE), x,
               (double[]){ 0, 0, far, far, 0, 0, inf, inf, 0 },
               (double[]){ 0, 0, -1, -1, 0, 0, -1, -1, 0 });
    ck_extreme(
        tg_huber(x, none, .reduction = TG_NONE), x,
        (double[]){ far - 0.5, far - 0.5, far - 0.5, far - 0.5, inf, inf, inf, inf, far - 0.5 },
        (double[]){ 1, 1, -1, -1, 1, 1, -1, -1, 1 });
}
END_TEST

START_TEST(cross_entropy_of_extreme_logits_is_exact_whatever_the_labels)
{
    const double inf = (double)INFINITY;
    tg_tensor *x = fed("x", TG_SHAPE(3, 2), (double[]){ 1e4, -1e4, -1e4, 1e4, 0, -inf });
    tg_tensor *y = fed("y", TG_SHAPE(3, 2), (double[]){ 1, 0, 0.75, 0.25, 1, 0 });
    const double slope[] = { 0, 0, -0.75, 0.75, 0, 0 };
    ck_extreme(tg_cross_entropy(x, y, .reduction = TG_NONE), x, (double[]){ 0, 15000, 0 }, slope);
    ck_extreme(tg_kl_div(x, y, .reduction = TG_NONE), x,
               (double[]){ -1e4, 0, 0.75 * log(0.75) + 7500, 0.25 * log(0.25) - 2500, 0, 0 },
               (double[]){ -1, 0, -0.75, -0.25, -1, 0 });
    tg_tensor *first = labels(3, (int64_t[]){ 0, 0, 0 });
    tg_tensor *w = fed("w", TG_SHAPE(2), (double[]){ 2, 0 });
    ck_extreme(tg_cross_entropy(x, first, .weight = w, .reduction = TG_NONE), x,
               (double[]){ 0, 40000, 0 }, (double[]){ 0, 0, -2, 2, 0, 0 });
    ck_extreme(tg_multi_margin(x, first, .reduction = TG_NONE), x, (double[]){ 0, 10000.5, 0 },
               (double[]){ 0, 0, -0.5, 0.5, 0, 0 });
}
END_TEST

START_TEST(vectors_without_a_direction_have_no_gradient_to_second_order)
{
    tg_tensor *a = fed("a", TG_SHAPE(2, 2), (double[]){ 0, 0, 3, 4 });
    tg_tensor *b = fed("b", TG_SHAPE(2, 2), (double[]){ 1, 2, 4, 3 });
    tg_tensor *near = tg_cosine_similarity(a, b);
    ck_values(near, 2, (double[]){ 0, 24.0 / 25 });
    tg_tensor *slope = tg_grad(tg_sum(near), a);
    const double want[] = { 0, 0, 4.0 / 25 - 3 * 24.0 / 625, 3.0 / 25 - 4 * 24.0 / 625 };
    ck_both_ways(slope, 4, want, 1e-14);
    double second[4];
    compute(tg_grad(tg_sum(tg_square(slope)), a), false, 4, second);
    ck_assert(second[0] == 0 && second[1] == 0 && isfinite(second[2]) && isfinite(second[3]));
    tg_tensor *same = tg_triplet(a, a, b, .eps = 0, .reduction = TG_SUM, .margin = 9);
    compute(tg_grad(tg_sum(tg_square(tg_grad(same, a))), a), false, 4, second);
    for (int i = 0; i < 4; i++) ck_assert(isfinite(second[i]));
}
END_TEST

START_TEST(losses_of_nothing_are_nan_as_means_and_zero_as_sums)
{
    const known_loss *k = &known_losses[_i];
    if (strcmp(k->name, "gradient_penalty") == 0 || strcmp(k->name, "ctc") == 0 ||
        strcmp(k->name, "cosine_similarity") == 0)
        return; /* whose operands are not rows */
    tg_tensor *in[MOST_OPERANDS];
    if (tg_shape_count(k->shape[0]) == 20) { /* the labels are five */
        tg_tensor *none = tg_input(tape, "x", TG_F64, TG_SHAPE(0, 4));
        tg_tensor *y = tg_input(tape, "y", TG_I32, TG_SHAPE(0));
        ck_values(tg_cross_entropy(none, y), 1, (double[]){ NAN });
        ck_values(tg_nll(none, y, .reduction = TG_SUM), 1, (double[]){ 0 });
        ck_values(tg_multi_margin(none, y, .reduction = TG_SUM), 1, (double[]){ 0 });
        return;
    }
    for (int i = 0; i < k->count; i++) {
        tg_shape shape = k->shape[i];
        if (shape.rank == 2 || i == 2) shape.dim[0] = 0;
        const bool per_class = shape.rank == 1 && k->shape[i].dim[0] == 4;
        in[i] = tg_input(tape, "none", TG_F64, per_class ? k->shape[i] : shape);
    }
    tg_tensor *sum = records[_i](in, TG_SUM);
    ck_values(sum, 1, (double[]){ 0 });
    ck_values(records[_i](in, TG_MEAN), 1, (double[]){ NAN });
    ck_assert_int_eq(tg_count(tg_grad(sum, in[0])), 0);
    ck_no_error();
}
END_TEST

/* ---- Of distributions ------------------------------------------------------------------- */

START_TEST(impossible_probabilities_cost_100_with_the_slope_at_1e_12)
{
    tg_tensor *p = fed("p", TG_SHAPE(7), (double[]){ 0, 1, 0, 1, 0.25, 1e-20, 1e-60 });
    tg_tensor *y = fed("y", TG_SHAPE(7), (double[]){ 0, 1, 1, 0, 1, 1, 1 });
    const double cost[] = { 0, 0, 100, 100, -log(0.25), -log(1e-20), 100 };
    ck_extreme(tg_bernoulli_nll(p, y, .reduction = TG_NONE), p, cost,
               (double[]){ 1, -1, -1e12, 1e12, -4, -1e12, -1e12 });
    tg_tensor *beyond = fed("beyond", TG_SHAPE(2), (double[]){ -0.5, 1.5 });
    tg_tensor *any = fed("any", TG_SHAPE(2), (double[]){ 0.5, 0.5 });
    ck_values(tg_bernoulli_nll(beyond, any, .reduction = TG_NONE), 2, (double[]){ NAN, NAN });
}
END_TEST

START_TEST(bernoulli_of_sigmoids_is_the_binary_cross_entropy_of_logits)
{
    tg_tensor *x = fed("x", TG_SHAPE(5), (double[]){ -20, -1, 0, 3, 15 });
    tg_tensor *y = fed("y", TG_SHAPE(5), (double[]){ 0.5, 1, 0.25, 0, 1 });
    tg_tensor *logits = tg_binary_cross_entropy(x, y, .reduction = TG_NONE);
    tg_tensor *same = tg_bernoulli_nll(tg_sigmoid(x), y, .reduction = TG_NONE);
    ck_both_ways(tg_sub(same, logits), 5, (double[]){ 0, 0, 0, 0, 0 }, 1e-9);
}
END_TEST

START_TEST(a_variance_below_eps_counts_as_eps_and_keeps_the_slope_there)
{
    tg_tensor *v = fed("v", TG_SHAPE(4), (double[]){ 0, -3, 0.25, 0.5 });
    tg_tensor *zero = fed("zero", TG_SHAPE(4), (double[]){ 0, 0, 0, 0 });
    tg_tensor *d = fed("d", TG_SHAPE(4), (double[]){ 1, 1, 1, 1 });
    const double at = (log(0.25) + 4) / 2, slope = (4 - 16) / 2.0;
    ck_extreme(tg_gaussian_nll(d, zero, v, .eps = 0.25, .reduction = TG_NONE), v,
               (double[]){ at, at, at, (log(0.5) + 2) / 2 }, (double[]){ slope, slope, slope, -1 });
}
END_TEST

START_TEST(a_count_of_zero_costs_its_rate_alone)
{
    const double inf = (double)INFINITY;
    tg_tensor *x = fed("x", TG_SHAPE(3), (double[]){ -inf, 0, 0 });
    tg_tensor *t = fed("t", TG_SHAPE(3), (double[]){ 0, 0, 1 });
    ck_extreme(tg_poisson_nll(x, t, .full = true, .reduction = TG_NONE), x, (double[]){ 0, 1, 1 },
               (double[]){ 0, 1, 0 });
    tg_tensor *rate = fed("rate", TG_SHAPE(2), (double[]){ 0, 3 });
    tg_tensor *none = fed("none", TG_SHAPE(2), (double[]){ 0, 0 });
    ck_extreme(tg_poisson_nll(rate, none, .log_input = false, .reduction = TG_NONE), rate,
               (double[]){ 0, 3 }, (double[]){ 1, 1 });
}
END_TEST

START_TEST(a_distribution_does_not_differ_from_itself)
{
    tg_tensor *m = fed("m", TG_SHAPE(3), (double[]){ -2, 0, 5 });
    tg_tensor *s = fed("s", TG_SHAPE(3), (double[]){ -40, 0, 3 });
    tg_tensor *items = tg_gaussian_kl(m, s, m, s, .reduction = TG_NONE);
    ck_both_ways(items, 3, (double[]){ 0, 0, 0 }, 0);
    ck_both_ways(tg_grad(tg_sum(items), m), 3, (double[]){ 0, 0, 0 }, 0);
    tg_tensor *unit = fed("unit", TG_SHAPE(3), (double[]){ 0, 0, 0 });
    tg_tensor *standard = tg_gaussian_kl(m, s, unit, unit, .reduction = TG_NONE);
    ck_both_ways(tg_sub(standard, tg_gaussian_kl(m, s, .reduction = TG_NONE)), 3,
                 (double[]){ 0, 0, 0 }, 1e-15);
}
END_TEST

/* ---- CTC -------------------------------------------------------------------------------- */

/* The probabilities of paths, by hand: two steps, blank and two symbols. */
START_TEST(ctc_adds_up_the_paths_that_spell_the_labels)
{
    const double p[] = { 0.5, 0.25, 0.25, 0.125, 0.5, 0.375 };
    tg_tensor *x = tg_log(fed("p", TG_SHAPE(2, 1, 3), p));
    tg_tensor *word = tg_constant(tape, TG_I64, TG_SHAPE(1, 1), (int64_t[]){ 1 });
    tg_tensor *one = tg_ctc(x, word, .reduction = TG_NONE);
    ck_both_ways(one, 1, (double[]){ -log(0.5 * 0.5 + 0.25 * 0.125 + 0.25 * 0.5) }, 1e-14);
    tg_tensor *two = tg_constant(tape, TG_I64, TG_SHAPE(1, 2), ((int64_t[]){ 1, 2 }));
    ck_both_ways(tg_ctc(x, two), 1, (double[]){ -log(0.25 * 0.375) / 2 }, 1e-14);
    tg_tensor *none = tg_input(tape, "none", TG_I64, TG_SHAPE(1, 0));
    ck_both_ways(tg_ctc(x, none), 1, (double[]){ -log(0.5 * 0.125) }, 1e-14);
    ck_both_ways(tg_ctc(x, two, .label_lengths = labels(1, (int64_t[]){ 0 })), 1,
                 (double[]){ -log(0.5 * 0.125) }, 1e-14);
}
END_TEST

START_TEST(ctc_of_too_few_steps_is_infinite_with_a_gradient_of_zero)
{
    tg_tensor *x = fed("x", TG_SHAPE(2, 1, 3), (double[]){ -1, -2, -3, -1, -1, -1 });
    tg_tensor *twice = tg_constant(tape, TG_I64, TG_SHAPE(1, 2), ((int64_t[]){ 1, 1 }));
    ck_extreme(tg_ctc(x, twice, .reduction = TG_NONE), x, (double[]){ (double)INFINITY },
               (double[]){ 0, 0, 0, 0, 0, 0 });
    ck_values(tg_ctc(x, twice, .zero_infinity = true), 1, (double[]){ 0 });
}
END_TEST

START_TEST(ctc_checks_lengths_and_labels_when_it_runs)
{
    tg_tensor *x = tg_input(tape, "x", TG_F64, TG_SHAPE(2, 1, 3));
    tg_tensor *word = tg_input(tape, "word", TG_I64, TG_SHAPE(1, 1));
    tg_tensor *steps = tg_input(tape, "steps", TG_I64, TG_SHAPE(1));
    tg_tensor *length = tg_input(tape, "length", TG_I64, TG_SHAPE(1));
    tg_tensor *loss = tg_ctc(x, word, .input_lengths = steps, .label_lengths = length);
    tg_plan *plan = tg_compile_pure(tape, loss);
    static const struct {
        int64_t word, steps, length;
        tg_status status;
    } table[] = { { 1, 2, 1, TG_OK },        { 3, 2, 1, TG_ERR_INDEX }, { 1, 3, 1, TG_ERR_INDEX },
                  { 1, 0, 1, TG_ERR_INDEX }, { 1, 2, 2, TG_ERR_INDEX }, { 1, 2, -1, TG_ERR_INDEX },
                  { 3, 2, 0, TG_OK } };
    for (int i = 0; i < COUNT_OF(table); i++) {
        ck_assert_int_eq(tg_feed(word, &table[i].word, 1), TG_OK);
        ck_assert_int_eq(tg_feed(steps, &table[i].steps, 1), TG_OK);
        ck_assert_int_eq(tg_feed(length, &table[i].length, 1), TG_OK);
        ck_assert_msg(tg_run(plan) == table[i].status, "row %d: %s", i, tg_plan_error(plan));
    }
    tg_plan_free(plan);
}
END_TEST

/* ---- Penalties -------------------------------------------------------------------------- */

static void make_parameters(void)
{
    static const char *const names[] = { "a.weight", "a.bias", "ab.weight" };
    for (int i = 0; i < COUNT_OF(names); i++) {
        tg_var *var = tg_param(store, names[i], TG_SHAPE(2), tg_init_zeros());
        const double data[] = { -1 - i, 2 * i };
        ck_assert_int_eq(tg_var_set(var, data, 2), TG_OK);
    }
}

START_TEST(penalties_take_the_parameters_that_optimizers_would)
{
    make_parameters();
    ck_values(tg_l1_penalty(tape), 1, (double[]){ 1 + 4 + 7 });
    ck_values(tg_l2_penalty(tape), 1, (double[]){ 1 + 8 + 25 });
    ck_values(tg_l2_penalty(tape, .params = "a"), 1, (double[]){ 9 });
    ck_values(tg_l1_penalty(tape, .except = "bias"), 1, (double[]){ 8 });
    ck_values(tg_l2_penalty(tape, .except = "a"), 1, (double[]){ 25 });
    ck_values(tg_l2_penalty(tape, .except = "bias, ab"), 1, (double[]){ 1 });
    tg_tensor *w = tg_read(tape, tg_find(store, "ab.weight"));
    ck_values(tg_grad(tg_l2_penalty(tape), w), 2, (double[]){ -6, 8 });
    ck_values(tg_grad(tg_l1_penalty(tape), w), 2, (double[]){ -1, 1 });
    tg_freeze(store, "ab");
    ck_values(tg_l2_penalty(tape), 1, (double[]){ 9 });
}
END_TEST

START_TEST(a_gradient_penalty_where_the_slope_is_zero_has_no_gradient)
{
    tg_tensor *x = fed("x", TG_SHAPE(2, 2), (double[]){ 0, 0, 3, 4 });
    tg_tensor *score = tg_mul_num(tg_square(x), 0.5); /* whose gradient is x */
    tg_tensor *penalty = tg_gradient_penalty(score, x, .reduction = TG_NONE);
    ck_values(penalty, 2, (double[]){ 1, 16 });
    ck_values(tg_gradient_penalty(score, x, .norm = 0), 1, (double[]){ 12.5 });
    ck_values(tg_grad(tg_sum(penalty), x), 4, (double[]){ 0, 0, 8 * 0.6, 8 * 0.8 });
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("loss");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, open_tape, close_tape);
    tcase_add_loop_test(all, losses_and_their_derivatives_have_their_known_values, 0,
                        COUNT_OF(known_losses));
    tcase_add_loop_test(all, derivatives_of_losses_agree_with_differences, 0,
                        COUNT_OF(known_losses));
    tcase_add_test(all, half_mse_is_the_textbooks_squared_error);
    tcase_add_test(all, nll_of_log_softmax_is_cross_entropy);
    tcase_add_test(all, the_perceptron_learns_from_mistakes_and_ties_alone);
    tcase_add_test(all, an_ignored_row_counts_for_nothing_whatever_stands_in_it);
    tcase_add_test(all, if_all_rows_are_ignored_the_mean_is_nan_and_the_gradient_zero);
    tcase_add_test(all, a_label_that_is_neither_a_class_nor_ignored_is_an_error_of_the_run);
    tcase_add_test(all, binary_cross_entropy_is_exact_in_both_tails);
    tcase_add_test(all, cross_entropy_of_extreme_logits_is_exact_whatever_the_labels);
    tcase_add_test(all, vectors_without_a_direction_have_no_gradient_to_second_order);
    tcase_add_loop_test(all, losses_of_nothing_are_nan_as_means_and_zero_as_sums, 0,
                        COUNT_OF(known_losses));
    tcase_add_test(all, impossible_probabilities_cost_100_with_the_slope_at_1e_12);
    tcase_add_test(all, bernoulli_of_sigmoids_is_the_binary_cross_entropy_of_logits);
    tcase_add_test(all, a_variance_below_eps_counts_as_eps_and_keeps_the_slope_there);
    tcase_add_test(all, a_count_of_zero_costs_its_rate_alone);
    tcase_add_test(all, a_distribution_does_not_differ_from_itself);
    tcase_add_test(all, ctc_adds_up_the_paths_that_spell_the_labels);
    tcase_add_test(all, ctc_of_too_few_steps_is_infinite_with_a_gradient_of_zero);
    tcase_add_test(all, ctc_checks_lengths_and_labels_when_it_runs);
    tcase_add_test(all, penalties_take_the_parameters_that_optimizers_would);
    tcase_add_test(all, a_gradient_penalty_where_the_slope_is_zero_has_no_gradient);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
