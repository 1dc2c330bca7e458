/* activation.h: what the files of activations share. Private to nn/. */
#ifndef TG_NN_ACTIVATION_H
#define TG_NN_ACTIVATION_H

#include "operands.h"

#include <math.h>

/* Is there an operand that [op] takes? A NULL is none, silently; other errors are on the tape. */
bool tg__nn_activates(tg_site at, const char *op, tg_tensor *x);

/* Is the number that the caller gave as [what] finite once it has x's dtype? */
bool tg__nn_finite_option(tg_site at, const char *op, const char *what, tg_tensor *x, double value);

/* x where it is positive, else x * slope, for a [slope] that broadcasts to x. */
tg_tensor *tg__nn_leaky(tg_site at, tg_tensor *x, tg_tensor *slope);

#endif
