/* tg_loss.h: losses, and penalties that are added to them.
 *
 * Like all of tg_nn.h they are compositions of primitives. Operands are f32 or f64 (labels i32 or
 * i64), of one dtype and one shape: nothing is broadcast, because [n, 1] against [n] would silently
 * give a loss of n x n elements. An operand that does not fit, an option out of its range, or an
 * unknown reduction is an error, and nothing is recorded. Every loss can be differentiated by all
 * of its float operands, targets included; tg_stop_gradient prevents a gradient. Values of operands
 * are not checked, except labels: one outside [0, classes) is an error of the run. */
#ifndef TG_LOSS_H
#define TG_LOSS_H

#include "tg_random.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The reduction of a loss' items: their mean (NaN if there are none), their sum (0 if there are
 * none), or no reduction. */
typedef enum tg_reduction { TG_MEAN = 0, TG_SUM, TG_NONE } tg_reduction;

/* ---- Of numbers ------------------------------------------------------------------------- */

typedef struct tg_loss_args {
    size_t struct_size;
    tg_site at;
    tg_tensor *prediction;
    tg_tensor *target; /* of the prediction's shape and dtype */
    tg_reduction reduction;
} tg_loss_args;
#define TG_LOSS_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_loss_args, reduction)

/* In this section d = prediction - target; there is an item for each element. */

/* tg_mse(prediction, target, .reduction = TG_SUM): d^2. */
TG_API tg_tensor *tg_mse_with(const tg_loss_args *args);
/* d^2 / 2, whose gradient is d. With N rows, 1/(2N) sum |d|^2 over all is
 * tg_div_num(tg_half_mse(prediction, target, .reduction = TG_SUM), N). */
TG_API tg_tensor *tg_half_mse_with(const tg_loss_args *args);
/* |d|, with slope 0 at 0. */
TG_API tg_tensor *tg_l1_loss_with(const tg_loss_args *args);

typedef struct tg_huber_args {
    size_t struct_size;
    tg_site at;
    tg_tensor *prediction;
    tg_tensor *target;
    double delta; /* > 0; default 1 */
    tg_reduction reduction;
} tg_huber_args;
#define TG_HUBER_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_huber_args, reduction), .delta = 1

/* tg_huber(prediction, target, .delta = 0.5) (Huber 1964): d^2 / 2 for |d| <= delta, else delta
 * (|d| - delta / 2). The slope is d clamped to +-delta, also for infinite d. */
TG_API tg_tensor *tg_huber_with(const tg_huber_args *args);

typedef struct tg_smooth_l1_args {
    size_t struct_size;
    tg_site at;
    tg_tensor *prediction;
    tg_tensor *target;
    double beta; /* > 0; default 1 */
    tg_reduction reduction;
} tg_smooth_l1_args;
#define TG_SMOOTH_L1_DEFAULTS                                                                      \
    .struct_size = TG_OPTIONS_SIZE(tg_smooth_l1_args, reduction), .beta = 1

/* Huber's loss with delta = beta, divided by beta (Girshick 2015): the slope is at most 1. */
TG_API tg_tensor *tg_smooth_l1_with(const tg_smooth_l1_args *args);

/* ---- Of classes ------------------------------------------------------------------------- */

/* For the losses of this section [logits] is float, [..., classes], and [labels], i32 or i64, has
 * its shape without the last axis. There is an item for each row. */

typedef struct tg_cross_entropy_args {
    size_t struct_size;
    tg_site at;
    tg_tensor *logits;
    tg_tensor *labels; /* class numbers; or soft labels: probabilities of the classes, of the
                          logits' shape and dtype */
    tg_reduction reduction;
    tg_tensor *weight;      /* of each class: [classes], of the logits' dtype; default: 1 */
    double label_smoothing; /* in [0, 1]: this share of each label is distributed evenly over all
                               classes; default 0 */
    int64_t ignore_index;   /* rows with this label are ignored; default TG_NO_INDEX: there are
                               none. Not with soft labels */
} tg_cross_entropy_args;
#define TG_CROSS_ENTROPY_DEFAULTS                                                                  \
    .struct_size = TG_OPTIONS_SIZE(tg_cross_entropy_args, ignore_index), .ignore_index = TG_NO_INDEX

/* tg_cross_entropy(logits, labels): -log softmax(logits)[label] = log(sum(e^logits)) -
 * logits[label], with the maximum subtracted first; stable for all finite logits. With soft labels:
 * the sum over classes of share * -log softmax; the shares need not add up to 1, and a share of 0
 * of a logit of -infinity gives 0 (PyTorch: NaN).
 *
 * With weights an item is multiplied by its label's weight (soft labels: each class' part by that
 * class' weight), and TG_MEAN divides by the sum of the rows' weights (soft labels: by the number
 * of rows), as in PyTorch. With label_smoothing = s the label's share is 1 - s, and every class
 * gets s / classes in addition. An ignored row has item 0, weight 0 and a gradient of exactly 0,
 * whatever its logits; if all rows are ignored the mean is NaN, as in PyTorch. */
TG_API tg_tensor *tg_cross_entropy_with(const tg_cross_entropy_args *args);

typedef struct tg_nll_args {
    size_t struct_size;
    tg_site at;
    tg_tensor *log_probabilities; /* [..., classes], as tg_log_softmax gives them */
    tg_tensor *labels;
    tg_reduction reduction;
    tg_tensor *weight;    /* this and ignore_index as for tg_cross_entropy */
    int64_t ignore_index;
} tg_nll_args;
#define TG_NLL_DEFAULTS                                                                            \
    .struct_size = TG_OPTIONS_SIZE(tg_nll_args, ignore_index), .ignore_index = TG_NO_INDEX

/* tg_nll(log_probabilities, labels): -log_probabilities[label]; for tg_log_softmax(logits) it
 * equals tg_cross_entropy(logits, labels). */
TG_API tg_tensor *tg_nll_with(const tg_nll_args *args);

typedef struct tg_multi_margin_args {
    size_t struct_size;
    tg_site at;
    tg_tensor *logits;
    tg_tensor *labels;
    double p;      /* 1 or 2; default 1 */
    double margin; /* > 0; default 1 */
    tg_reduction reduction;
} tg_multi_margin_args;
#define TG_MULTI_MARGIN_DEFAULTS                                                                   \
    .struct_size = TG_OPTIONS_SIZE(tg_multi_margin_args, reduction), .p = 1, .margin = 1

/* tg_multi_margin(logits, labels, .p = 2) (Crammer and Singer 2001; in PyTorch's form): the sum
 * over all classes j other than the label of max(0, margin - logits[label] + logits[j])^p /
 * classes. The slope at the kink is 0. */
TG_API tg_tensor *tg_multi_margin_with(const tg_multi_margin_args *args);

typedef struct tg_margin_loss_args {
    size_t struct_size;
    tg_site at;
    tg_tensor *logits; /* at least two classes */
    tg_tensor *labels;
    double rho; /* the required margin, in (0, 1]; default 1 */
    tg_reduction reduction;
} tg_margin_loss_args;
#define TG_MARGIN_LOSS_DEFAULTS                                                                    \
    .struct_size = TG_OPTIONS_SIZE(tg_margin_loss_args, reduction), .rho = 1

/* tg_margin_loss(logits, labels, .rho = 0.5): the ramp loss of the margin m = p[label] - (largest
 * other p), where p = softmax(logits): 1 for m <= 0, 1 - m/rho between, 0 for m >= rho. The slope
 * at both kinks is 0. */
TG_API tg_tensor *tg_margin_loss_with(const tg_margin_loss_args *args);

typedef struct tg_ctc_args {
    size_t struct_size;
    tg_site at;
    tg_tensor *log_probabilities; /* [time, batch, classes], time >= 1 */
    tg_tensor *labels;            /* [batch, longest], without blanks */
    tg_tensor *input_lengths;     /* [batch], i32 or i64, in [1, time]; NULL: time for all */
    tg_tensor *label_lengths;     /* [batch], in [0, longest]; NULL: longest for all. Labels
                                     behind the length may be any number */
    int64_t blank;                /* the blank's class; default 0 */
    bool zero_infinity;           /* an infinite item becomes 0 */
    tg_reduction reduction;
} tg_ctc_args;
#define TG_CTC_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_ctc_args, reduction)

/* tg_ctc(log_probabilities, labels, .input_lengths = n) (Graves et al. 2006): -log of the
 * probability, summed over all paths, that the steps give the labels, where symbols may be repeated
 * and blanks may stand between them. There is an item for each row of the batch: infinite, with a
 * gradient of 0, if there are too few steps. TG_MEAN divides each by its number of labels (at least
 * 1) first, as in PyTorch. A length out of its range is an error of the run. About 10 nodes are
 * recorded for each step. */
TG_API tg_tensor *tg_ctc_with(const tg_ctc_args *args);

/* ---- Of two classes, and of probabilities ----------------------------------------------- */

typedef struct tg_binary_cross_entropy_args {
    size_t struct_size;
    tg_site at;
    tg_tensor *logits;
    tg_tensor *target;     /* of the logits' shape and dtype: 0, 1, or a probability */
    tg_tensor *pos_weight; /* of target 1: one number, or one for each position of the last axis;
                              default: 1 */
    tg_reduction reduction;
} tg_binary_cross_entropy_args;
#define TG_BINARY_CROSS_ENTROPY_DEFAULTS                                                           \
    .struct_size = TG_OPTIONS_SIZE(tg_binary_cross_entropy_args, reduction)

/* tg_binary_cross_entropy(logits, target): -w y log(sigmoid(x)) - (1 - y) log(1 - sigmoid(x)), with
 * x a logit, y its target and w its pos_weight; accurate in both tails, and 0 if x is infinite and
 * has the right sign (PyTorch's binary_cross_entropy_with_logits: NaN). There is an item for each
 * element. */
TG_API tg_tensor *tg_binary_cross_entropy_with(const tg_binary_cross_entropy_args *args);

typedef struct tg_kl_div_args {
    size_t struct_size;
    tg_site at;
    tg_tensor *log_probabilities; /* of the model */
    tg_tensor *target;            /* probabilities, of that shape and dtype */
    tg_reduction reduction;
} tg_kl_div_args;
#define TG_KL_DIV_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_kl_div_args, reduction)

/* tg_kl_div(log_probabilities, target): target * (log(target) - log_probabilities), and 0 where the
 * target is 0. There is an item for each element, so TG_MEAN is not the divergence: the divergence
 * averaged over N rows (PyTorch's "batchmean") is the TG_SUM divided by N. The derivative by a
 * target of 0 is -log_probabilities. */
TG_API tg_tensor *tg_kl_div_with(const tg_kl_div_args *args);

/* For the next three the target is -1 or 1 (not checked); there is an item for each element. */

/* max(0, 1 - target * prediction). The slope at the kink is 0. */
TG_API tg_tensor *tg_hinge_with(const tg_loss_args *args);
/* The square of the hinge loss. */
TG_API tg_tensor *tg_squared_hinge_with(const tg_loss_args *args);
/* The perceptron's loss (Rosenblatt 1958): 0 if the prediction has the target's sign, else -target
 * * prediction. For a prediction of 0 the loss is 0, but its slope is -target, so that weights of 0
 * get a gradient. */
TG_API tg_tensor *tg_perceptron_loss_with(const tg_loss_args *args);

typedef struct tg_margin_ranking_args {
    size_t struct_size;
    tg_site at;
    tg_tensor *a, *b;  /* scores of two things; of one shape and dtype */
    tg_tensor *target; /* of the same: 1 if a should have the higher score, -1 if b should */
    double margin;     /* finite; default 0 */
    tg_reduction reduction;
} tg_margin_ranking_args;
#define TG_MARGIN_RANKING_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_margin_ranking_args, reduction)

/* tg_margin_ranking(a, b, target, .margin = 0.5): max(0, margin - target * (a - b)). The slope at
 * the kink is 0. There is an item for each element. */
TG_API tg_tensor *tg_margin_ranking_with(const tg_margin_ranking_args *args);

/* ---- Of distributions ------------------------------------------------------------------- */

/* Negative log-likelihoods of a target under a distribution whose parameters a model predicts;
 * there is an item for each element. */

/* tg_bernoulli_nll(prediction, target), with p the predicted probability and y the target, 0, 1 or
 * a probability: -y log(p) - (1 - y) log(1 - p), the binary cross-entropy of probabilities
 * (PyTorch's BCELoss). As in PyTorch the logarithms are at least -100; for probabilities below
 * 1e-12 the slope is that at 1e-12. NaN for a p outside [0, 1]. For logits use
 * tg_binary_cross_entropy, which is accurate in both tails. */
TG_API tg_tensor *tg_bernoulli_nll_with(const tg_loss_args *args);

typedef struct tg_gaussian_nll_args {
    size_t struct_size;
    tg_site at;
    tg_tensor *prediction; /* the mean */
    tg_tensor *target;     /* of its shape and dtype, as is the variance */
    tg_tensor *variance;
    bool full;  /* with the constant log(2 pi) / 2; default: without */
    double eps; /* smaller variances count as this; finite, >= 0; default 1e-6 */
    tg_reduction reduction;
} tg_gaussian_nll_args;
#define TG_GAUSSIAN_NLL_DEFAULTS                                                                   \
    .struct_size = TG_OPTIONS_SIZE(tg_gaussian_nll_args, reduction), .eps = 1e-6

/* tg_gaussian_nll(mean, target, variance, .full = true) (Nix and Weigend 1994): with d = mean -
 * target and v = max(variance, eps), (log(v) + d^2 / v) / 2. The derivative by a variance below eps
 * is that at eps, as in PyTorch, so that it can grow again. */
TG_API tg_tensor *tg_gaussian_nll_with(const tg_gaussian_nll_args *args);

typedef struct tg_poisson_nll_args {
    size_t struct_size;
    tg_site at;
    tg_tensor *prediction; /* the logarithm of the rate, or the rate */
    tg_tensor *target;     /* counts, of its shape and dtype */
    bool log_input;        /* the prediction is the logarithm; default true */
    bool full;             /* with Stirling's formula for log(target!); default: without */
    double eps;            /* added to the rate before its logarithm; finite, >= 0; default 1e-8 */
    tg_reduction reduction;
} tg_poisson_nll_args;
#define TG_POISSON_NLL_DEFAULTS                                                                    \
    .struct_size = TG_OPTIONS_SIZE(tg_poisson_nll_args, reduction), .log_input = true, .eps = 1e-8

/* tg_poisson_nll(prediction, target, .log_input = false), with a count t: e^x - t x if x is the
 * logarithm of the rate; x - t log(x + eps) if it is the rate. For a count of 0 the second term is
 * 0, for any x. .full adds t log(t) - t + log(2 pi t) / 2 for t > 1, as in PyTorch. */
TG_API tg_tensor *tg_poisson_nll_with(const tg_poisson_nll_args *args);

typedef struct tg_gaussian_kl_args {
    size_t struct_size;
    tg_site at;
    tg_tensor *mean;               /* of the first distribution */
    tg_tensor *log_variance;       /* of its shape and dtype, as are the next two */
    tg_tensor *other_mean;         /* of the second one; default: 0 */
    tg_tensor *other_log_variance; /* default: 0, a variance of 1 */
    tg_reduction reduction;
} tg_gaussian_kl_args;
#define TG_GAUSSIAN_KL_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_gaussian_kl_args, reduction)

/* tg_gaussian_kl(mean, log_variance, .reduction = TG_SUM): the divergence KL(N(m, e^s) || N(n,
 * e^r)) = (e^(s - r) - 1 - (s - r) + (m - n)^2 e^-r) / 2 of each element; for vectors with
 * independent elements it is the sum over them. Without the second distribution it is the
 * divergence from the standard normal distribution, as for variational autoencoders (Kingma and
 * Welling 2014). */
TG_API tg_tensor *tg_gaussian_kl_with(const tg_gaussian_kl_args *args);

/* ---- Of vectors ------------------------------------------------------------------------- */

typedef struct tg_cosine_similarity_args {
    size_t struct_size;
    tg_site at;
    tg_tensor *a, *b; /* of one shape and dtype */
    int axis;         /* of the vectors, which is removed; default: the last */
} tg_cosine_similarity_args;
#define TG_COSINE_SIMILARITY_DEFAULTS                                                              \
    .struct_size = TG_OPTIONS_SIZE(tg_cosine_similarity_args, axis), .axis = -1

/* tg_cosine_similarity(a, b): a.b / (|a| |b|). If the product of the norms is 0: 0, with
 * derivatives of 0 of any order (PyTorch divides by 1e-8 instead). */
TG_API tg_tensor *tg_cosine_similarity_with(const tg_cosine_similarity_args *args);

typedef struct tg_cosine_embedding_args {
    size_t struct_size;
    tg_site at;
    tg_tensor *a, *b;  /* [..., n] */
    tg_tensor *target; /* [...], of their dtype: 1 or -1 */
    double margin;     /* in [-1, 1]; default 0 */
    tg_reduction reduction;
} tg_cosine_embedding_args;
#define TG_COSINE_EMBEDDING_DEFAULTS                                                               \
    .struct_size = TG_OPTIONS_SIZE(tg_cosine_embedding_args, reduction)

/* tg_cosine_embedding(a, b, target): with c the cosine similarity of each pair, 1 - c for a target
 * above 0, else max(0, c - margin). */
TG_API tg_tensor *tg_cosine_embedding_with(const tg_cosine_embedding_args *args);

typedef struct tg_triplet_args {
    size_t struct_size;
    tg_site at;
    tg_tensor *anchor, *positive, *negative; /* [..., n] */
    double margin;                           /* > 0; default 1 */
    double p;                                /* of the norm, at least 1; default 2 */
    double eps; /* added to every difference, as in PyTorch; >= 0; default 1e-6 */
    tg_reduction reduction;
} tg_triplet_args;
#define TG_TRIPLET_DEFAULTS                                                                        \
    .struct_size = TG_OPTIONS_SIZE(tg_triplet_args, reduction), .margin = 1, .p = 2, .eps = 1e-6

/* tg_triplet(anchor, positive, negative) (Schroff et al. 2015, without the squares): max(0, margin
 * + |anchor - positive + eps|_p - |anchor - negative + eps|_p). There is an item for each
 * vector. */
TG_API tg_tensor *tg_triplet_with(const tg_triplet_args *args);

/* ---- Of adversaries --------------------------------------------------------------------- */

/* The losses of the two nets (Goodfellow et al. 2014; Arjovsky et al. 2017). */
typedef enum tg_gan_form {
    TG_GAN_NON_SATURATING = 0, /* the generator maximises log D(fake) */
    TG_GAN_MINIMAX,            /* the generator minimises log(1 - D(fake)) */
    TG_GAN_WASSERSTEIN,        /* D is a critic's score; it needs tg_gradient_penalty */
} tg_gan_form;

typedef struct tg_discriminator_loss_args {
    size_t struct_size;
    tg_site at;
    tg_tensor *real, *fake; /* the discriminator's logits; of one shape and dtype */
    tg_gan_form form;
    tg_reduction reduction;
} tg_discriminator_loss_args;
#define TG_DISCRIMINATOR_LOSS_DEFAULTS                                                             \
    .struct_size = TG_OPTIONS_SIZE(tg_discriminator_loss_args, reduction)

/* tg_discriminator_loss(real, fake): -log D(real) - log(1 - D(fake)), with D the sigmoid of the
 * logits; Wasserstein: fake - real. */
TG_API tg_tensor *tg_discriminator_loss_with(const tg_discriminator_loss_args *args);

typedef struct tg_generator_loss_args {
    size_t struct_size;
    tg_site at;
    tg_tensor *fake;
    tg_gan_form form;
    tg_reduction reduction;
} tg_generator_loss_args;
#define TG_GENERATOR_LOSS_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_generator_loss_args, reduction)

/* tg_generator_loss(fake): -log D(fake); minimax: log(1 - D(fake)), whose gradient vanishes where
 * the discriminator is certain; Wasserstein: -fake. */
TG_API tg_tensor *tg_generator_loss_with(const tg_generator_loss_args *args);

typedef struct tg_gradient_penalty_args {
    size_t struct_size;
    tg_site at;
    tg_tensor *score; /* of a critic, for x */
    tg_tensor *x;     /* [n, ...]: each row's score must depend on that row alone */
    double norm;      /* >= 0; default 1 */
    tg_reduction reduction;
} tg_gradient_penalty_args;
#define TG_GRADIENT_PENALTY_DEFAULTS                                                               \
    .struct_size = TG_OPTIONS_SIZE(tg_gradient_penalty_args, reduction), .norm = 1

/* tg_gradient_penalty(score, x) (Gulrajani et al. 2017): (|g| - norm)^2 for each row g of the
 * gradient of sum(score) by x. [x] is usually a random point between real and fake. Its own
 * gradient is of second order; where g is 0, it is 0. A score that does not depend on x is an
 * error. */
TG_API tg_tensor *tg_gradient_penalty_with(const tg_gradient_penalty_args *args);

/* ---- Of parameters ---------------------------------------------------------------------- */

typedef struct tg_penalty_args {
    size_t struct_size;
    tg_site at;
    tg_tape *tape;
    const char *params; /* only parameters under this name (as tg_name_under); default: all */
    const char *except; /* not those whose names begin or end with this at a dot (as
                           tg_name_among); several with commas: "bias, norm.weight" */
} tg_penalty_args;
#define TG_PENALTY_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_penalty_args, except)

/* tg_l2_penalty(tape, .except = "bias"): the sum of |w|, and of w^2, over all elements of the
 * store's trainable parameters, of rank 0, to be scaled and added to a loss. If there is no such
 * parameter, that is an error. (The gradient of a * tg_l2_penalty is that of an optimizer's
 * weight_decay = 2a.) */
TG_API tg_tensor *tg_l1_penalty_with(const tg_penalty_args *args);
TG_API tg_tensor *tg_l2_penalty_with(const tg_penalty_args *args);

#ifdef __cplusplus
}
#endif

/* How C programs call these: the macros supply the call's site, and the defaults of options. */
#ifndef __cplusplus
#define tg_mse(...) tg_mse_with(&(tg_loss_args){ TG_LOSS_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_half_mse(...)                                                                           \
    tg_half_mse_with(&(tg_loss_args){ TG_LOSS_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_l1_loss(...)                                                                            \
    tg_l1_loss_with(&(tg_loss_args){ TG_LOSS_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_huber(...)                                                                              \
    tg_huber_with(&(tg_huber_args){ TG_HUBER_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_smooth_l1(...)                                                                          \
    tg_smooth_l1_with(&(tg_smooth_l1_args){ TG_SMOOTH_L1_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_cross_entropy(...)                                                                      \
    tg_cross_entropy_with(                                                                         \
        &(tg_cross_entropy_args){ TG_CROSS_ENTROPY_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_nll(...) tg_nll_with(&(tg_nll_args){ TG_NLL_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_multi_margin(...)                                                                       \
    tg_multi_margin_with(                                                                          \
        &(tg_multi_margin_args){ TG_MULTI_MARGIN_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_margin_loss(...)                                                                        \
    tg_margin_loss_with(                                                                           \
        &(tg_margin_loss_args){ TG_MARGIN_LOSS_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_ctc(...) tg_ctc_with(&(tg_ctc_args){ TG_CTC_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_binary_cross_entropy(...)                                                               \
    tg_binary_cross_entropy_with(&(tg_binary_cross_entropy_args){                                  \
        TG_BINARY_CROSS_ENTROPY_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_kl_div(...)                                                                             \
    tg_kl_div_with(&(tg_kl_div_args){ TG_KL_DIV_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_hinge(...) tg_hinge_with(&(tg_loss_args){ TG_LOSS_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_squared_hinge(...)                                                                      \
    tg_squared_hinge_with(&(tg_loss_args){ TG_LOSS_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_perceptron_loss(...)                                                                    \
    tg_perceptron_loss_with(&(tg_loss_args){ TG_LOSS_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_margin_ranking(...)                                                                     \
    tg_margin_ranking_with(                                                                        \
        &(tg_margin_ranking_args){ TG_MARGIN_RANKING_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_bernoulli_nll(...)                                                                      \
    tg_bernoulli_nll_with(&(tg_loss_args){ TG_LOSS_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_gaussian_nll(...)                                                                       \
    tg_gaussian_nll_with(                                                                          \
        &(tg_gaussian_nll_args){ TG_GAUSSIAN_NLL_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_poisson_nll(...)                                                                        \
    tg_poisson_nll_with(                                                                           \
        &(tg_poisson_nll_args){ TG_POISSON_NLL_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_gaussian_kl(...)                                                                        \
    tg_gaussian_kl_with(                                                                           \
        &(tg_gaussian_kl_args){ TG_GAUSSIAN_KL_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_cosine_similarity(...)                                                                  \
    tg_cosine_similarity_with(                                                                     \
        &(tg_cosine_similarity_args){ TG_COSINE_SIMILARITY_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_cosine_embedding(...)                                                                   \
    tg_cosine_embedding_with(                                                                      \
        &(tg_cosine_embedding_args){ TG_COSINE_EMBEDDING_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_triplet(...)                                                                            \
    tg_triplet_with(&(tg_triplet_args){ TG_TRIPLET_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_discriminator_loss(...)                                                                 \
    tg_discriminator_loss_with(                                                                    \
        &(tg_discriminator_loss_args){ TG_DISCRIMINATOR_LOSS_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_generator_loss(...)                                                                     \
    tg_generator_loss_with(                                                                        \
        &(tg_generator_loss_args){ TG_GENERATOR_LOSS_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_gradient_penalty(...)                                                                   \
    tg_gradient_penalty_with(                                                                      \
        &(tg_gradient_penalty_args){ TG_GRADIENT_PENALTY_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_l1_penalty(...)                                                                         \
    tg_l1_penalty_with(&(tg_penalty_args){ TG_PENALTY_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_l2_penalty(...)                                                                         \
    tg_l2_penalty_with(&(tg_penalty_args){ TG_PENALTY_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#endif

#endif
