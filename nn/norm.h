/* norm.h: what the layers that normalise share. Private to nn/. */
#ifndef TG_NN_NORM_H
#define TG_NN_NORM_H

#include "layer.h"

/* [eps], once it is one by which zeros can be divided; 0, with an error of [op] in the store, if it
 * is not. */
double tg__nn_eps(tg_store *store, const char *op, tg_site at, double eps);

/* For [op], the variables "<layer>.weight", ones, and "<layer>.bias", zeros. False, with both NULL,
 * if one cannot be made. */
bool tg__nn_affine_new(tg_site at, const char *op, tg_store *store, const char *layer,
                       tg_shape shape, tg_var **weight, tg_var **bias);

/* Is x [N, channels, ...] of a rank in the range, a float, and of the dtype of [var], unless that
 * is NULL? Else an error of [op]. */
bool tg__nn_has_channels(tg_site at, const char *op, tg_tensor *x, const tg_var *var,
                         int64_t channels, int least_rank, int most_rank);

/* x [N, C, ...] as [N, C, elements of a channel], or as [N, C] where that is one. */
tg_tensor *tg__nn_channel_rows(tg_site at, tg_tensor *x);
/* How many elements a channel of one item has. */
int64_t tg__nn_channel_size(const tg_tensor *x);

/* Values [C] beside [rows], as tg__nn_channel_rows gives them. */
tg_tensor *tg__nn_per_channel(tg_site at, tg_tensor *values, tg_tensor *rows);

#endif
