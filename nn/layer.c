/* layer.c: what the layers' constructors share. A constructor has no tape, so its error sticks to
 * the store; a function that applies such a layer reports that message again on its tape. */
#include "layer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#undef TG_HERE
#define TG_HERE at

/* ---- Names and variables ---------------------------------------------------------------- */

/* Room for "<layer>.<what>". */
enum { FIELD_NAME = TG__NN_NAME_LENGTH + 128 };

bool tg__nn_fields_free(tg_site at, const char *op, tg_store *store, const char *layer,
                        const char *const fields[])
{
    for (size_t i = 0; fields[i]; i++) {
        char name[FIELD_NAME];
        (void)snprintf(name, sizeof name, "%s.%s", layer, fields[i]);
        if (!tg_find(store, name)) continue;
        /* The variable exists, so this fails, with a message that says where it was made. */
        (void)tg__nn_field(at, op, store, layer, fields[i], TG_SCALAR, tg_init_zeros());
        return false;
    }
    return true;
}

bool tg__nn_layer_named(tg_site at, const char *op, tg_store *store, const char *name,
                        const char *const fields[])
{
    if (!store || tg_store_status(store) != TG_OK) return false;
    const size_t length = name ? strlen(name) : 0;
    if (length >= 1 && length <= TG__NN_NAME_LENGTH)
        return !fields || tg__nn_fields_free(at, op, store, name, fields);
    if (length == 0)
        tg_store_fail(store, at, TG_ERR_ARGUMENT,
                      "%s: a layer needs a name of 1 to %d bytes, and this one is %s", op,
                      (int)TG__NN_NAME_LENGTH, name ? "empty" : "NULL");
    else
        tg_store_fail(store, at, TG_ERR_ARGUMENT,
                      "%s: a layer needs a name of 1 to %d bytes, and \"%.40s...\" has %zu", op,
                      (int)TG__NN_NAME_LENGTH, name, length);
    return false;
}

tg_var *tg__nn_field(tg_site at, const char *op, tg_store *store, const char *layer,
                     const char *what, tg_shape shape, tg_init init)
{
    char name[FIELD_NAME];
    if (tg_store_status(store) != TG_OK) return NULL;
    (void)snprintf(name, sizeof name, "%s.%s", layer, what);
    tg_var *var = tg_param(store, name, shape, init);
    if (!var) tg__nn_retell(at, op, store);
    return var;
}

void tg__nn_retell(tg_site at, const char *op, tg_store *store)
{
    const tg_status status = tg_store_status(store);
    if (status == TG_OK) return;
    char rest[TG_ERROR_TEXT];
    tg__nn_rest_of_message(at, tg_store_error(store), rest);
    tg_store_clear_error(store);
    tg_store_fail(store, at, status, "%s: %s", op, rest);
}

/* ---- Defaults --------------------------------------------------------------------------- */

/* The fans of a weight [out, in, kernel...], counted as torch.nn.init does; 1 for a weight of fewer
 * than two axes. */
tg_init tg__nn_with_fans(tg_init init, tg_shape weight)
{
    if (init.kind != TG_INIT_FAN_NORMAL && init.kind != TG_INIT_FAN_UNIFORM) return init;
    double in = 1, out = 1;
    for (int i = 0; i < weight.rank && weight.rank >= 2; i++) {
        const double size = (double)weight.dim[i];
        if (i != 0) in *= size;
        if (i != 1) out *= size;
    }
    const double sum = fmax(in, 1) + (init.a == 2 ? fmax(out, 1) : 0);
    const double b = init.b * sqrt(init.a / sum);
    return init.kind == TG_INIT_FAN_UNIFORM ? tg_init_uniform(-b, b) : tg_init_normal(0, b);
}

tg_init tg__nn_chosen_init(tg_init init, double fan, tg_shape weight)
{
    if (init.kind != TG_INIT_DEFAULT) return tg__nn_with_fans(init, weight);
    const double bound = 1 / sqrt(fan < 1 ? 1 : fan);
    return (tg_init){ .kind = TG_INIT_UNIFORM, .a = -bound, .b = bound };
}

/* ---- Layers that could not be made ------------------------------------------------------ */

tg_tensor *tg__nn_no_layer(tg_site at, const char *op, const char *make, tg_tape *tape)
{
    const char *why = tg_store_error(tg_tape_store(tape));
    return tg_fail(tape, at, TG_ERR_ARGUMENT, "%s: the layer has no weight: %s%s", op,
                   why[0] ? "it could not be made:\n    " : make, why);
}
