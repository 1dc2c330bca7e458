/* layer.h: what the layers' constructors share: names, variables, defaults. Private to nn/. */
#ifndef TG_NN_LAYER_H
#define TG_NN_LAYER_H

#include "operands.h"

enum { TG__NN_NAME_LENGTH = 512 };

/* The names of a layer's variables, with a NULL at the end: TG__NN_FIELDS("weight", "bias"). */
#define TG__NN_FIELDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* True if [op] can make a layer of that name with the variables "<name>.<field>": the name is
 * valid, and none of them exists. Else an error of [op] is on the store, if there was none before.
 * A constructor that does not know the fields yet passes NULL, and calls tg__nn_fields_free
 * later. */
bool tg__nn_layer_named(tg_site at, const char *op, tg_store *store, const char *name,
                        const char *const fields[]);
bool tg__nn_fields_free(tg_site at, const char *op, tg_store *store, const char *layer,
                        const char *const fields[]);

/* A new variable "<layer>.<what>", for the constructor [op]; NULL on an error. */
tg_var *tg__nn_field(tg_site at, const char *op, tg_store *store, const char *layer,
                     const char *what, tg_shape shape, tg_init init);

/* Call where a function that [op] called may have failed, and there was no error before: its
 * message is reported again as an error of [op], at [at]. Does nothing where there is no error. */
void tg__nn_retell(tg_site at, const char *op, tg_store *store);

/* [init]; if it needs the layer's fans, with those of a weight of that shape. */
tg_init tg__nn_with_fans(tg_init init, tg_shape weight);
/* [init] if the caller gave one. Else PyTorch's default for linear layers and convolutions: uniform
 * in +-1/sqrt(fan), where a fan below 1 counts as 1. */
tg_init tg__nn_chosen_init(tg_init init, double fan, tg_shape weight);

/* Reports that [op] was given a layer without variables: because [make] (a hint) was not called, or
 * had an error. Returns NULL. */
tg_tensor *tg__nn_no_layer(tg_site at, const char *op, const char *make, tg_tape *tape);

#endif
