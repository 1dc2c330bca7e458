/* layer.h: what the layers' constructors share: names, variables, defaults. Private to nn/. */
#ifndef TG_NN_LAYER_H
#define TG_NN_LAYER_H

#include "operands.h"

enum { TG__NN_NAME_LENGTH = 512 };

/* Whether there is a name that a layer can have; else the store has an error of [op]. */
bool tg__nn_layer_named(tg_site at, const char *op, tg_store *store, const char *name);

/* A new variable "<layer>.<what>". */
tg_var *tg__nn_field(tg_site at, tg_store *store, const char *layer, const char *what,
                     tg_shape shape, tg_init init);

/* Did the caller write [init] as [option]? */
bool tg__nn_init_given(tg_call call, const char *option, tg_init init);
/* [init] if the caller wrote it as [option]; else PyTorch's default for weights and biases of
 * linear layers and convolutions: uniform in +-1/sqrt(fan), a fan below 1 counting as 1. */
tg_init tg__nn_chosen_init(tg_call call, const char *option, tg_init init, double fan);

/* Fails for an [op] that is given a layer without variables, because [make] was not called or had
 * an error. NULL. */
tg_tensor *tg__nn_no_layer(tg_site at, const char *op, const char *make, tg_tape *tape);

#endif
