/* norm.h: what the normalising layers share. Private to nn/. */
#ifndef TG_NN_NORM_H
#define TG_NN_NORM_H

#include "layer.h"

/* [eps] if it is valid: finite, and at least the smallest normal f32, because the root of
 * variance + eps is a divisor. Else 0, with an error of [op] on the store. */
double tg__nn_eps(tg_store *store, const char *op, tg_site at, double eps);

/* Makes the variables "<layer>.weight", ones, and "<layer>.bias", zeros, for [op]. False, with both
 * NULL, if one cannot be made. */
bool tg__nn_affine_new(tg_site at, const char *op, tg_store *store, const char *layer,
                       tg_shape shape, tg_var **weight, tg_var **bias);

/* True if x is [N, channels, ...] with a rank in the range, f32 or f64, and of the dtype of [var],
 * if that is not NULL. Else an error of [op] on the tape. */
bool tg__nn_has_channels(tg_site at, const char *op, tg_tensor *x, const tg_var *var,
                         int64_t channels, int least_rank, int most_rank);

/* x [N, C, ...] as [N, C, elements of a channel]; as [N, C] if a channel has one element. */
tg_tensor *tg__nn_channel_rows(tg_site at, tg_tensor *x);
/* The number of elements that one channel of one item has. */
int64_t tg__nn_channel_size(const tg_tensor *x);

/* Values [C] in a shape that broadcasts to [rows], which are a result of tg__nn_channel_rows. */
tg_tensor *tg__nn_per_channel(tg_site at, tg_tensor *values, tg_tensor *rows);

#endif
