/* layer.c: what the layers' constructors share. A constructor's errors stick to the store, because
 * there is no tape yet; who applies a layer that could not be made is told them again. */
#include "layer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#undef TG_HERE
#define TG_HERE at

bool tg__nn_layer_named(tg_site at, const char *op, tg_store *store, const char *name)
{
    if (name && name[0] && strlen(name) <= TG__NN_NAME_LENGTH) return true;
    tg_store_fail(store, at, TG_ERR_ARGUMENT, "%s: a layer needs a name of 1 to %d bytes", op,
                  (int)TG__NN_NAME_LENGTH);
    return false;
}

tg_var *tg__nn_field(tg_site at, tg_store *store, const char *layer, const char *what,
                     tg_shape shape, tg_init init)
{
    char name[TG__NN_NAME_LENGTH + 32];
    (void)snprintf(name, sizeof name, "%s.%s", layer, what);
    return tg_param(store, name, shape, init);
}

bool tg__nn_init_given(tg_call call, const char *option, tg_init init)
{
    return init.kind || init.a != 0 || init.b != 0 || tg_written(call, option);
}

tg_init tg__nn_chosen_init(tg_call call, const char *option, tg_init init, double fan)
{
    if (tg__nn_init_given(call, option, init)) return init;
    const double bound = 1 / sqrt(fan < 1 ? 1 : fan);
    return (tg_init){ .kind = TG_INIT_UNIFORM, .a = -bound, .b = bound };
}

tg_tensor *tg__nn_no_layer(tg_site at, const char *op, const char *make, tg_tape *tape)
{
    const char *why = tg_store_error(tg_tape_store(tape));
    return tg_fail(tape, at, TG_ERR_ARGUMENT, "%s: the layer has no weight: %s%s", op,
                   why[0] ? "it could not be made:\n    " : make, why);
}
