/* tg_init.h: how new variables are filled: for tg_param, and the layers' .init. */
#ifndef TG_INIT_H
#define TG_INIT_H

#include "tg_tape.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The numbers are a function of the store's seed and the variable's name alone. Fans are the
 * numbers of inputs and outputs of a unit: for a weight [out, in], [fan_in] is in and [fan_out] is
 * out; for a convolution's [out, in, k...] both times the product of k. A fan of 0 (for Glorot:
 * both 0) means the layer's own: in the .init of a layer of any kind, it is computed from the shape
 * of the layer's weight as PyTorch does (so a transposed convolution's [in, out, k...] counts as
 * [out, in, k...]); in a .bias_init, from the shape of the weight:
 *
 *     tg_conv2d_new(store, "conv", 3, 16, .kernel = 5, .init = tg_init_he_normal(0))
 *
 * tg_param has no layer, and refuses a fan of 0. Any other fan below 1 counts as 1, so nothing
 * divides by zero; the same holds for fans of the layer. Invalid numbers (a negative deviation, a
 * shape of too low a rank, a NaN, an infinity other than a constant) are errors of the constructor
 * or tg_param that uses them. */
/* Any number that the dtype has, also infinities. */
TG_API tg_init tg_init_constant(double value);
TG_API tg_init tg_init_zeros(void);
TG_API tg_init tg_init_ones(void);
/* In [low, high), with finite bounds between which the dtype has a number, as for tg_uniform; or,
 * if high is low, all low. */
TG_API tg_init tg_init_uniform(double low, double high);
/* Both must be finite, and mean +- 8.58 deviations (which no draw exceeds) must fit the dtype. */
TG_API tg_init tg_init_normal(double mean, double deviation);
/* Normal numbers, redrawn until they are within two deviations of the mean: PyTorch's trunc_normal_
 * with these bounds. (Their deviation is 0.87962566103423978 of the one given.) */
TG_API tg_init tg_init_truncated_normal(double mean, double deviation);
/* For ReLU (He et al. 2015): N(0, 2 / fan_in), and U(-b, b) with b = sqrt(6 / fan_in). PyTorch
 * calls them kaiming. */
TG_API tg_init tg_init_he_normal(int64_t fan_in);
TG_API tg_init tg_init_he_uniform(int64_t fan_in);
/* For tanh and sigmoid (Glorot and Bengio 2010): N(0, 2 / (fan_in + fan_out)), and U(-b, b)
 * with b = sqrt(6 / (fan_in + fan_out)). PyTorch calls them xavier. */
TG_API tg_init tg_init_glorot_normal(int64_t fan_in, int64_t fan_out);
TG_API tg_init tg_init_glorot_uniform(int64_t fan_in, int64_t fan_out);
/* For SELU (LeCun et al. 1998): N(0, 1 / fan_in), and U(-b, b) with b = sqrt(3 / fan_in). */
TG_API tg_init tg_init_lecun_normal(int64_t fan_in);
TG_API tg_init tg_init_lecun_uniform(int64_t fan_in);
/* A weight [rows, ...] whose rows, flattened, are orthonormal; or, if there are more rows than
 * elements in one, its columns (Saxe et al. 2014). Uniformly distributed over all such matrices.
 * Rank >= 2. */
TG_API tg_init tg_init_orthogonal(void);
/* Rank 2: N(0, deviation^2), with ceil(sparsity * rows) zeros at random positions of each column
 * (Martens 2010); sparsity in [0, 1]. */
TG_API tg_init tg_init_sparse(double sparsity, double deviation);
/* Rank 2: ones on the diagonal, else 0. */
TG_API tg_init tg_init_identity(void);
/* Rank 3 to 5, a convolution's [out, in / groups, k...]: the convolution copies input i of each
 * group to its output i, as far as both exist: a 1 in the middle of the window, else 0. A number of
 * groups that does not divide [out] is an error. */
TG_API tg_init tg_init_dirac(int64_t groups);

/* The initialiser times [gain], which must be finite, and for random numbers not negative: the
 * bounds of a uniform distribution, the mean and deviation of a normal one. */
TG_API tg_init tg_init_scaled(tg_init init, double gain);
/* The factor for a nonlinearity as torch.nn.init.calculate_gain returns it: 1 for "linear",
 * "sigmoid" and "conv1d" to "conv3d", 5/3 for "tanh", sqrt(2) for "relu", 3/4 for "selu", sqrt(2 /
 * (1 + slope^2)) for "leaky_relu", the only one that uses [slope] (PyTorch's default is 0.01). NaN,
 * which no initialiser accepts, for another name, or NULL.
 *
 *     tg_init_scaled(tg_init_glorot_uniform(in, out), tg_init_gain("tanh", 0)) */
TG_API double tg_init_gain(const char *nonlinearity, double slope);

#ifdef __cplusplus
}
#endif
#endif
