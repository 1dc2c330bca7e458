/* tg_init.h: how new variables are filled: for tg_param, and the layers' .init. */
#ifndef TG_INIT_H
#define TG_INIT_H

#include "tg_tape.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is drawn is a function of the store's seed and the variable's name alone. The fans are the
 * numbers of inputs and outputs of one unit: for a weight [out, in], [fan_in] is in and [fan_out]
 * is out; for a convolution's [out, in, k...] both times the product of k. A fan of 0 (for Glorot:
 * two of 0) means the layer's own: given to the .init of a layer of any kind, it is taken from the
 * shape of the layer's weight, as PyTorch does (so a transposed convolution's, [in, out, k...], is
 * taken for [out, in, k...]), and a .bias_init takes those of the weight:
 *
 *     tg_conv2d_new(store, "conv", 3, 16, .kernel = 5, .init = tg_init_he_normal(0))
 *
 * tg_param knows no layer, and refuses it. Any other fan below 1 counts as 1, so nothing divides by
 * zero; so does one of the layer's. What cannot be (a negative deviation, a shape of too low
 * a rank, a NaN or, but for a constant, an infinity) is an error of the constructor or the tg_param
 * that is to use it. */
/* Any number that the dtype has, infinities too. */
TG_API tg_init tg_init_constant(double value);
TG_API tg_init tg_init_zeros(void);
TG_API tg_init tg_init_ones(void);
/* In [low, high), finite bounds between which the dtype has a number, as of tg_uniform; or all low,
 * if high is low. */
TG_API tg_init tg_init_uniform(double low, double high);
/* Both finite, and 8.58 deviations, which no draw exceeds, within what the dtype can hold. */
TG_API tg_init tg_init_normal(double mean, double deviation);
/* Normal, drawn anew until it lies within two deviations of the mean: PyTorch's trunc_normal_ with
 * a and b there. (The deviation of what is left is 0.87962566103423978 of the one given.) */
TG_API tg_init tg_init_truncated_normal(double mean, double deviation);
/* For ReLU (He et al. 2015): N(0, 2 / fan_in), and U(-b, b) with b = sqrt(6 / fan_in). PyTorch
 * calls them kaiming. */
TG_API tg_init tg_init_he_normal(int64_t fan_in);
TG_API tg_init tg_init_he_uniform(int64_t fan_in);
/* For tanh and sigmoid (Glorot and Bengio 2010): N(0, 2 / (fan_in + fan_out)), and U(-b, b)
 * with b = sqrt(6 / (fan_in + fan_out)). PyTorch calls them xavier. */
TG_API tg_init tg_init_glorot_normal(int64_t fan_in, int64_t fan_out);
TG_API tg_init tg_init_glorot_uniform(int64_t fan_in, int64_t fan_out);
/* (LeCun et al. 1998): N(0, 1 / fan_in), and U(-b, b) with b = sqrt(3 / fan_in). */
TG_API tg_init tg_init_lecun_normal(int64_t fan_in);
TG_API tg_init tg_init_lecun_uniform(int64_t fan_in);
/* A weight [rows, ...] whose rows, laid flat, are orthonormal; or, if there are more rows than
 * elements in one, its columns (Saxe et al. 2014). Every such matrix is as likely. Rank >= 2. */
TG_API tg_init tg_init_orthogonal(void);
/* Of rank 2: N(0, deviation^2), but in each column ceil(sparsity * rows) zeros at random places
 * (Martens 2010); sparsity in [0, 1]. */
TG_API tg_init tg_init_sparse(double sparsity, double deviation);
/* Of rank 2: ones on the diagonal, else 0. */
TG_API tg_init tg_init_identity(void);
/* Of rank 3 to 5, a convolution's [out, in / groups, k...]: in each group output i is input i, as
 * far as there are both, by a 1 in the middle of the window; else 0. A number of groups that does
 * not divide [out] is an error. */
TG_API tg_init tg_init_dirac(int64_t groups);

/* The same, times [gain], which must be finite, and for a random one not negative: for a uniform
 * range its bounds, for a normal distribution mean and deviation. */
TG_API tg_init tg_init_scaled(tg_init init, double gain);
/* By how much a nonlinearity shrinks a deviation, as torch.nn.init.calculate_gain has it: 1 for
 * "linear", "sigmoid" and "conv1d" to "conv3d", 5/3 for "tanh", sqrt(2) for "relu", 3/4 for
 * "selu", sqrt(2 / (1 + slope^2)) for "leaky_relu", whose [slope] nothing else looks at (PyTorch's
 * default is 0.01). NaN for another name, or NULL, which no initialiser takes.
 *
 *     tg_init_scaled(tg_init_glorot_uniform(in, out), tg_init_gain("tanh", 0)) */
TG_API double tg_init_gain(const char *nonlinearity, double slope);

#ifdef __cplusplus
}
#endif
#endif
