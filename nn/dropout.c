/* dropout.c: dropout of elements and of channels. The mask is a random draw on the tape: each step
 * draws another one, and a run with the same seed repeats it. */
#include "operands.h"

#undef TG_HERE
#define TG_HERE at

static bool arguments_hold(tg_site at, const char *op, tg_tensor *x, double p, const char *key)
{
    if (!tg__nn_is_float(at, op, "operand", x)) return false;
    if (!(p >= 0 && p <= 1))
        tg_fail(tg_tape_of(x), at, TG_ERR_ARGUMENT,
                "%s: p = %g must lie in [0, 1]: it is a probability", op, p);
    else if (!key || !key[0])
        tg_fail(tg_tape_of(x), at, TG_ERR_ARGUMENT,
                "%s: the key is %s; it must be a name, such as \"encoder.dropout\"", op,
                key ? "empty" : "NULL");
    else return true;
    return false;
}

/* x / (1 - p) where the mask of [shape] keeps it, else 0. A select and not a product with the mask,
 * because a dropped infinity or NaN must become 0. */
static tg_tensor *dropped(tg_site at, tg_tensor *x, double p, const char *key, tg_shape shape)
{
    if (p == 0) return x;
    if (p == 1) return tg_zeros_like(x);
    tg_tensor *scaled = tg_mul_num(x, 1 / (1 - p));
    tg_tensor *kept = tg_bernoulli(tg_tape_of(x), key, TG_BOOL, shape, 1 - p);
    return tg_name(tg_select(kept, scaled, tg_number_like(x, 0)), "dropout");
}

tg_tensor *tg_dropout_at(tg_site at, tg_tensor *x, double p, const char *key, bool training)
{
    if (!tg_enter(&at, "tg_dropout", TG_LIST(x))) return NULL;
    if (!arguments_hold(at, "tg_dropout", x, p, key)) return NULL;
    return training ? dropped(at, x, p, key, tg_shape_from(x)) : x;
}

tg_tensor *tg_spatial_dropout_at(tg_site at, tg_tensor *x, double p, const char *key, bool training)
{
    if (!tg_enter(&at, "tg_spatial_dropout", TG_LIST(x))) return NULL;
    if (!arguments_hold(at, "tg_spatial_dropout", x, p, key)) return NULL;
    if (tg_rank(x) < 3)
        return tg_fail(tg_tape_of(x), at, TG_ERR_SHAPE,
                       "tg_spatial_dropout: it takes [N, C, ...] with an axis behind the channels, "
                       "and x is %s  %s",
                       tg__nn_shape_words(tg_shape_from(x)).text, tg_name_of(x));
    tg_shape channels = tg_shape_from(x);
    for (int i = 2; i < channels.rank; i++) channels.dim[i] = 1;
    return training ? dropped(at, x, p, key, channels) : x;
}
