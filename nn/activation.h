/* activation.h: what the files of activations share. Private to nn/. */
#ifndef TG_NN_ACTIVATION_H
#define TG_NN_ACTIVATION_H

#include "operands.h"

#include <math.h>

/* Checks that x is there and is f32 or f64. False if not: silently if x is NULL, else with an error
 * of [op] on the tape. */
bool tg__nn_activates(tg_site at, const char *op, tg_tensor *x);

/* Checks that the option [value], called [what] in the message, is finite when converted to x's
 * dtype. */
bool tg__nn_finite_option(tg_site at, const char *op, const char *what, tg_tensor *x, double value);

/* x where x > 0, else x * slope. [slope] broadcasts to x. */
tg_tensor *tg__nn_leaky(tg_site at, tg_tensor *x, tg_tensor *slope);

#endif
