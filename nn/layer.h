/* layer.h: what the layers' constructors share: names, variables, defaults. Private to nn/. */
#ifndef TG_NN_LAYER_H
#define TG_NN_LAYER_H

#include "operands.h"

enum { TG__NN_NAME_LENGTH = 512 };

/* The names of a layer's variables; a NULL ends them: TG__NN_FIELDS("weight", "bias"). */
#define TG__NN_FIELDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* Whether [op] can make a layer of that name, with the variables "<name>.<field>": the name is one,
 * and none of them is there. Else the store has an error, of [op] if it had none before. Whoever
 * does not know the fields yet gives NULL, and asks again with tg__nn_fields_free. */
bool tg__nn_layer_named(tg_site at, const char *op, tg_store *store, const char *name,
                        const char *const fields[]);
bool tg__nn_fields_free(tg_site at, const char *op, tg_store *store, const char *layer,
                        const char *const fields[]);

/* A new variable "<layer>.<what>", for [op]. */
tg_var *tg__nn_field(tg_site at, const char *op, tg_store *store, const char *layer,
                     const char *what, tg_shape shape, tg_init init);

/* Where a function that [op] called has failed, at [at], and there was no error before: tells its
 * message as op's own. Nothing where there is no error. */
void tg__nn_retell(tg_site at, const char *op, tg_store *store);

/* [init], where it leaves its fans to the layer with those of the weight of that shape. */
tg_init tg__nn_with_fans(tg_init init, tg_shape weight);
/* That if the caller gave one; else PyTorch's default for weights and biases of
 * linear layers and convolutions: uniform in +-1/sqrt(fan), a fan below 1 counting as 1. */
tg_init tg__nn_chosen_init(tg_init init, double fan, tg_shape weight);

/* Fails for an [op] that is given a layer without variables, because [make] was not called or had
 * an error. NULL. */
tg_tensor *tg__nn_no_layer(tg_site at, const char *op, const char *make, tg_tape *tape);

#endif
