/* errors_losses.c: bad input to losses and penalties. */
#include "tests/support/bad_input.h"

static tg_tensor *labels, *score, *steps, *word;

static void open_losses(void)
{
    open_operands();
    labels = tg_input(tape, "labels", TG_I64, TG_SHAPE(2));
    score = tg_sum(tg_square(x), .axis = -1);
    steps = tg_input(tape, "steps", TG_F64, TG_SHAPE(4, 2, 3));
    word = tg_input(tape, "word", TG_I64, TG_SHAPE(2, 3));
}

/* ---- Of pairs --------------------------------------------------------------------------- */

typedef struct pair {
    const char *name;
    tg_tensor *(*record)(tg_site at, tg_tensor *a, tg_tensor *b, tg_reduction reduction);
} pair;

#define PAIR(id, type, DEFAULTS, first, second)                                                    \
    static tg_tensor *id(tg_site at, tg_tensor *a, tg_tensor *b, tg_reduction reduction)           \
    {                                                                                              \
        return tg_##id##_with(&(tg_##type##_args){ DEFAULTS, .at = at, .first = a, .second = b,    \
                                                   .reduction = reduction });                      \
    }
PAIR(mse, loss, TG_LOSS_DEFAULTS, prediction, target)
PAIR(half_mse, loss, TG_LOSS_DEFAULTS, prediction, target)
PAIR(l1_loss, loss, TG_LOSS_DEFAULTS, prediction, target)
PAIR(hinge, loss, TG_LOSS_DEFAULTS, prediction, target)
PAIR(squared_hinge, loss, TG_LOSS_DEFAULTS, prediction, target)
PAIR(perceptron_loss, loss, TG_LOSS_DEFAULTS, prediction, target)
PAIR(huber, huber, TG_HUBER_DEFAULTS, prediction, target)
PAIR(smooth_l1, smooth_l1, TG_SMOOTH_L1_DEFAULTS, prediction, target)
PAIR(binary_cross_entropy, binary_cross_entropy, TG_BINARY_CROSS_ENTROPY_DEFAULTS, logits, target)
PAIR(kl_div, kl_div, TG_KL_DIV_DEFAULTS, log_probabilities, target)
PAIR(bernoulli_nll, loss, TG_LOSS_DEFAULTS, prediction, target)
PAIR(poisson_nll, poisson_nll, TG_POISSON_NLL_DEFAULTS, prediction, target)
PAIR(gaussian_kl, gaussian_kl, TG_GAUSSIAN_KL_DEFAULTS, mean, log_variance)
PAIR(discriminator_loss, discriminator_loss, TG_DISCRIMINATOR_LOSS_DEFAULTS, real, fake)
static const pair pairs[] = {
    { "tg_mse", mse },
    { "tg_half_mse", half_mse },
    { "tg_l1_loss", l1_loss },
    { "tg_hinge", hinge },
    { "tg_squared_hinge", squared_hinge },
    { "tg_perceptron_loss", perceptron_loss },
    { "tg_huber", huber },
    { "tg_smooth_l1", smooth_l1 },
    { "tg_binary_cross_entropy", binary_cross_entropy },
    { "tg_kl_div", kl_div },
    { "tg_bernoulli_nll", bernoulli_nll },
    { "tg_poisson_nll", poisson_nll },
    { "tg_gaussian_kl", gaussian_kl },
    { "tg_discriminator_loss", discriminator_loss },
};

START_TEST(losses_of_pairs_that_do_not_fit)
{
    const pair *f = &pairs[_i];
    const tg_reduction unknown = (tg_reduction)9;
    tried = f->name;
    IS_REFUSED(f->record(TG_HERE, x, y, TG_MEAN), TG_ERR_SHAPE, f->name, "differ in shape");
    IS_REFUSED(f->record(TG_HERE, number, x, TG_MEAN), TG_ERR_SHAPE, f->name, "[]");
    IS_REFUSED(f->record(TG_HERE, x, narrow, TG_MEAN), TG_ERR_DTYPE, f->name, "f32");
    IS_REFUSED(f->record(TG_HERE, x, integer, TG_MEAN), TG_ERR_DTYPE, f->name, "i32");
    IS_REFUSED(f->record(TG_HERE, flag, x, TG_MEAN), TG_ERR_DTYPE, f->name, "bool");
    IS_REFUSED(f->record(TG_HERE, x, x, unknown), TG_ERR_ARGUMENT, f->name, "reduction 9");
}
END_TEST

START_TEST(options_of_losses_of_pairs)
{
    const double nan = (double)NAN, infinite = (double)INFINITY;
    IS_REFUSED(tg_huber(x, x, .delta = 0), TG_ERR_ARGUMENT, "tg_huber", "delta = 0");
    IS_REFUSED(tg_huber(x, x, .delta = -1), TG_ERR_ARGUMENT, "tg_huber", "delta = -1");
    IS_REFUSED(tg_huber(x, x, .delta = infinite), TG_ERR_ARGUMENT, "tg_huber", "inf");
    IS_REFUSED(tg_smooth_l1(x, x, .beta = 0), TG_ERR_ARGUMENT, "tg_smooth_l1", "tg_l1_loss");
    IS_REFUSED(tg_smooth_l1(x, x, .beta = nan), TG_ERR_ARGUMENT, "tg_smooth_l1", "nan");
    IS_REFUSED(tg_binary_cross_entropy(x, x, .pos_weight = y), TG_ERR_SHAPE,
               "tg_binary_cross_entropy", "[4, 5]");
    IS_REFUSED(tg_binary_cross_entropy(x, x, .pos_weight = narrow), TG_ERR_DTYPE,
               "tg_binary_cross_entropy", "f32");
    IS_REFUSED(tg_discriminator_loss(x, x, .form = (tg_gan_form)7), TG_ERR_ARGUMENT,
               "tg_discriminator_loss", "form 7");
    IS_REFUSED(tg_generator_loss(integer), TG_ERR_DTYPE, "tg_generator_loss", "i32");
    IS_REFUSED(tg_generator_loss(x, .form = (tg_gan_form)-1), TG_ERR_ARGUMENT, "tg_generator_loss",
               "form -1");
}
END_TEST

START_TEST(losses_of_three_that_do_not_fit)
{
    const double nan = (double)NAN;
    IS_REFUSED(tg_margin_ranking(x, y, x), TG_ERR_SHAPE, "tg_margin_ranking", "differ in shape");
    IS_REFUSED(tg_margin_ranking(x, x, integer), TG_ERR_DTYPE, "tg_margin_ranking", "i32");
    IS_REFUSED(tg_margin_ranking(x, x, x, .margin = nan), TG_ERR_ARGUMENT, "tg_margin_ranking",
               "margin = nan");
    IS_REFUSED(tg_margin_ranking(x, x, x, .reduction = (tg_reduction)3), TG_ERR_ARGUMENT,
               "tg_margin_ranking", "reduction 3");
    IS_REFUSED(tg_gaussian_nll(x, x, y), TG_ERR_SHAPE, "tg_gaussian_nll", "variance");
    IS_REFUSED(tg_gaussian_nll(x, narrow, x), TG_ERR_DTYPE, "tg_gaussian_nll", "f32");
    IS_REFUSED(tg_gaussian_nll(x, x, x, .eps = -1), TG_ERR_ARGUMENT, "tg_gaussian_nll", "eps = -1");
    IS_REFUSED(tg_gaussian_nll(x, x, x, .eps = nan), TG_ERR_ARGUMENT, "tg_gaussian_nll",
               "eps = nan");
    IS_REFUSED(tg_poisson_nll(x, x, .eps = nan), TG_ERR_ARGUMENT, "tg_poisson_nll", "eps = nan");
    IS_REFUSED(tg_poisson_nll(x, x, .eps = -2), TG_ERR_ARGUMENT, "tg_poisson_nll", "eps = -2");
    IS_REFUSED(tg_gaussian_kl(x, x, y), TG_ERR_SHAPE, "tg_gaussian_kl", "other mean");
    IS_REFUSED(tg_gaussian_kl(x, x, .other_log_variance = narrow), TG_ERR_DTYPE, "tg_gaussian_kl",
               "f32");
}
END_TEST

/* ---- Of classes ------------------------------------------------------------------------- */

START_TEST(cross_entropy_of_what_does_not_fit)
{
    const double nan = (double)NAN;
    IS_REFUSED(tg_cross_entropy(x, vector), TG_ERR_DTYPE, "tg_cross_entropy", "i32 or i64");
    IS_REFUSED(tg_cross_entropy(x, narrow), TG_ERR_DTYPE, "tg_cross_entropy", "f32");
    IS_REFUSED(tg_cross_entropy(x, integer), TG_ERR_SHAPE, "tg_cross_entropy", "labels");
    IS_REFUSED(tg_cross_entropy(number, number), TG_ERR_DTYPE, "tg_cross_entropy", "f64");
    IS_REFUSED(tg_cross_entropy(x, labels, .weight = labels), TG_ERR_DTYPE, "tg_cross_entropy",
               "weight must be f64");
    IS_REFUSED(tg_cross_entropy(x, labels, .weight = x), TG_ERR_SHAPE, "tg_cross_entropy",
               "each class, [3]");
    IS_REFUSED(tg_cross_entropy(x, labels, .label_smoothing = 1.5), TG_ERR_ARGUMENT,
               "tg_cross_entropy", "label_smoothing = 1.5");
    IS_REFUSED(tg_cross_entropy(x, x, .label_smoothing = -0.5), TG_ERR_ARGUMENT, "tg_cross_entropy",
               "label_smoothing = -0.5");
    IS_REFUSED(tg_cross_entropy(x, labels, .label_smoothing = nan), TG_ERR_ARGUMENT,
               "tg_cross_entropy", "nan");
    IS_REFUSED(tg_cross_entropy(x, x, .ignore_index = 0), TG_ERR_ARGUMENT, "tg_cross_entropy",
               "soft labels");
    IS_REFUSED(tg_cross_entropy(x, labels, .reduction = (tg_reduction)-1), TG_ERR_ARGUMENT,
               "tg_cross_entropy", "reduction -1");
}
END_TEST

START_TEST(other_losses_of_classes_of_what_does_not_fit)
{
    IS_REFUSED(tg_nll(x, x), TG_ERR_DTYPE, "tg_nll", "i32 or i64");
    IS_REFUSED(tg_nll(x, word), TG_ERR_SHAPE, "tg_nll", "[2]");
    IS_REFUSED(tg_nll(x, labels, .weight = vector, .reduction = (tg_reduction)3), TG_ERR_ARGUMENT,
               "tg_nll", "reduction 3");
    IS_REFUSED(tg_nll(x, labels, .weight = number), TG_ERR_SHAPE, "tg_nll", "weight");
    IS_REFUSED(tg_multi_margin(x, word), TG_ERR_SHAPE, "tg_multi_margin", "labels");
    IS_REFUSED(tg_multi_margin(x, labels, .p = 3), TG_ERR_ARGUMENT, "tg_multi_margin", "p = 3");
    IS_REFUSED(tg_multi_margin(x, labels, .margin = 0), TG_ERR_ARGUMENT, "tg_multi_margin",
               "margin = 0");
    IS_REFUSED(tg_margin_loss(x, labels, .rho = 2), TG_ERR_ARGUMENT, "tg_margin_loss", "rho = 2");
    IS_REFUSED(tg_margin_loss(x, integer), TG_ERR_SHAPE, "tg_margin_loss", "labels");
}
END_TEST

START_TEST(ctc_of_what_does_not_fit)
{
    IS_REFUSED(tg_ctc(x, word), TG_ERR_SHAPE, "tg_ctc", "[time, batch, classes]");
    IS_REFUSED(tg_ctc(integer, word), TG_ERR_DTYPE, "tg_ctc", "i32");
    IS_REFUSED(tg_ctc(steps, labels), TG_ERR_SHAPE, "tg_ctc", "labels must be");
    IS_REFUSED(tg_ctc(steps, word, .input_lengths = word), TG_ERR_SHAPE, "tg_ctc", "input_lengths");
    IS_REFUSED(tg_ctc(steps, word, .label_lengths = x), TG_ERR_DTYPE, "tg_ctc", "label_lengths");
    IS_REFUSED(tg_ctc(steps, word, .blank = 3), TG_ERR_ARGUMENT, "tg_ctc", "blank = 3");
    IS_REFUSED(tg_ctc(steps, word, .blank = -1), TG_ERR_ARGUMENT, "tg_ctc", "blank = -1");
    IS_REFUSED(tg_ctc(steps, word, .reduction = (tg_reduction)4), TG_ERR_ARGUMENT, "tg_ctc",
               "reduction 4");
    tg_tensor *other = tg_input(foreign_tape, "other", TG_F64, TG_SHAPE(4, 2, 3));
    IS_REFUSED(tg_ctc(other, word), TG_ERR_ARGUMENT, "tg_", "another tape");
    tg_rewind(tape);
    tg_tensor *old = steps;
    tg_tensor *again = tg_input(tape, "word", TG_I64, TG_SHAPE(2, 3));
    ck_assert_ptr_null(tg_ctc(old, again));
    ck_says("stale");
    contract_note("", "tg_ctc(old, again)", BAD_STALE, tg_tape_error(tape));
}
END_TEST

/* ---- Of vectors and rows ---------------------------------------------------------------- */

START_TEST(losses_of_vectors_that_do_not_fit)
{
    IS_REFUSED(tg_cosine_similarity(x, y), TG_ERR_SHAPE, "tg_cosine_similarity", "differ");
    IS_REFUSED(tg_cosine_similarity(x, x, .axis = 2), TG_ERR_SHAPE, "tg_cosine_similarity",
               "axis 2 is out of range");
    IS_REFUSED(tg_cosine_similarity(x, x, .axis = INT_MIN), TG_ERR_SHAPE, "tg_cosine_similarity",
               "out of range");
    IS_REFUSED(tg_cosine_similarity(number, number), TG_ERR_SHAPE, "tg_cosine_similarity", "[]");
    tg_tensor *side = tg_input(tape, "side", TG_F64, TG_SHAPE(2));
    IS_REFUSED(tg_cosine_embedding(x, x, labels), TG_ERR_DTYPE, "tg_cosine_embedding", "i64");
    IS_REFUSED(tg_cosine_embedding(x, x, x), TG_ERR_SHAPE, "tg_cosine_embedding", "[2]");
    IS_REFUSED(tg_cosine_embedding(number, number, side), TG_ERR_SHAPE, "tg_cosine_embedding",
               "[]");
    IS_REFUSED(tg_cosine_embedding(x, x, side, .margin = 2), TG_ERR_ARGUMENT, "tg_cosine_embedding",
               "margin = 2");
    IS_REFUSED(tg_triplet(x, x, y), TG_ERR_SHAPE, "tg_triplet", "negative");
    IS_REFUSED(tg_triplet(number, number, number), TG_ERR_SHAPE, "tg_triplet", "[]");
    IS_REFUSED(tg_triplet(x, x, x, .margin = 0), TG_ERR_ARGUMENT, "tg_triplet", "margin = 0");
    IS_REFUSED(tg_triplet(x, x, x, .p = 0.5), TG_ERR_ARGUMENT, "tg_triplet", "p = 0.5");
    IS_REFUSED(tg_triplet(x, x, x, .eps = -1), TG_ERR_ARGUMENT, "tg_triplet", "eps = -1");
}
END_TEST

START_TEST(penalties_of_what_has_none)
{
    IS_REFUSED(tg_gradient_penalty(score, y), TG_ERR_ARGUMENT, "tg_gradient_penalty",
               "does not depend on x");
    IS_REFUSED(tg_gradient_penalty(score, integer), TG_ERR_DTYPE, "tg_gradient_penalty", "i32");
    IS_REFUSED(tg_gradient_penalty(number, number), TG_ERR_SHAPE, "tg_gradient_penalty", "[]");
    IS_REFUSED(tg_gradient_penalty(score, x, .norm = -1), TG_ERR_ARGUMENT, "tg_gradient_penalty",
               "norm = -1");
    IS_REFUSED(tg_l1_penalty(tape, .params = "no"), TG_ERR_ARGUMENT, "tg_l1_penalty",
               ".params = \"no\"");
    IS_REFUSED(tg_l2_penalty(tape, .except = "weight"), TG_ERR_ARGUMENT, "tg_l2_penalty",
               ".except = \"weight\"");
}
END_TEST

TCase *errors_losses(void)
{
    TCase *cases = tcase_create("losses");
    tcase_add_checked_fixture(cases, open_losses, close_operands);
    tcase_add_loop_test(cases, losses_of_pairs_that_do_not_fit, 0, COUNT_OF(pairs));
    tcase_add_test(cases, options_of_losses_of_pairs);
    tcase_add_test(cases, losses_of_three_that_do_not_fit);
    tcase_add_test(cases, cross_entropy_of_what_does_not_fit);
    tcase_add_test(cases, other_losses_of_classes_of_what_does_not_fit);
    tcase_add_test(cases, ctc_of_what_does_not_fit);
    tcase_add_test(cases, losses_of_vectors_that_do_not_fit);
    tcase_add_test(cases, penalties_of_what_has_none);
    return cases;
}
