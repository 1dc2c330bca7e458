/* prelu.c: the leaky ReLU whose slopes are parameters. */
#include "activation.h"
#include "layer.h"

#undef TG_HERE
#define TG_HERE at

tg_prelu tg_prelu_new_with(const tg_prelu_args *given)
{
    tg_prelu_args args = { TG_PRELU_DEFAULTS };
    if (!TG_READ_STORE_OPTIONS(args, given, "tg_prelu_new")) return (tg_prelu){ 0 };

    const tg_site at = args.at;
    static const char op[] = "tg_prelu_new";
    tg_prelu layer = { NULL };
    if (!tg__nn_layer_named(at, op, args.store, args.name, TG__NN_FIELDS("weight"))) return layer;
    if (args.count < 1) {
        tg_store_fail(args.store, at, TG_ERR_SHAPE,
                      "%s: layer \"%s\" cannot have %lld slopes: 1, or one a channel", op,
                      args.name, (long long)args.count);
        return layer;
    }
    const bool chosen = args.init.kind != TG_INIT_DEFAULT;
    const tg_init init =
        chosen ? tg__nn_with_fans(args.init, TG_SHAPE(args.count)) : tg_init_constant(0.25);
    layer.weight =
        tg__nn_field(at, op, args.store, args.name, "weight", TG_SHAPE(args.count), init);
    return layer;
}

/* The shape in which [count] slopes broadcast to x; its rank is -1 if x does not have as many
 * channels. */
static tg_shape slopes_for(tg_tensor *x, int64_t count)
{
    if (count == 1) return TG_SCALAR;
    const int rank = tg_rank(x), axis = rank == 1 ? 0 : 1;
    tg_shape shape = { .rank = tg_dim(x, axis) == count ? rank - axis : -1, .dim = { count } };
    for (int i = 1; i < shape.rank; i++) shape.dim[i] = 1;
    return shape;
}

tg_tensor *tg_prelu_apply_at(tg_site at, const tg_prelu *layer, tg_tensor *x)
{
    if (!tg_enter(&at, "tg_prelu_apply", TG_LIST(x))) return NULL;
    if (!tg__nn_activates(at, "tg_prelu_apply", x)) return NULL;
    tg_tape *tape = tg_tape_of(x);
    if (!layer || !layer->weight)
        return tg__nn_no_layer(at, "tg_prelu_apply", "make it with tg_prelu_new", tape);
    const int64_t count = tg_shape_count(tg_var_shape(layer->weight));
    const tg_shape shape = slopes_for(x, count);
    if (shape.rank < 0)
        return tg_fail(tape, at, TG_ERR_SHAPE,
                       "tg_prelu_apply: \"%s\" has %lld slopes and takes [n, %lld, ...] or [%lld], "
                       "and x is %s  %s",
                       tg_var_name(layer->weight), (long long)count, (long long)count,
                       (long long)count, tg__nn_shape_words(tg_shape_from(x)).text, tg_name_of(x));
    const tg_dtype dtype = tg_var_dtype(layer->weight);
    if (dtype != tg_dtype_of(x))
        return tg_fail(tape, at, TG_ERR_DTYPE, "tg_prelu_apply: \"%s\" is %s, and x is %s  %s",
                       tg_var_name(layer->weight), tg_dtype_name(dtype),
                       tg_dtype_name(tg_dtype_of(x)), tg_name_of(x));
    tg_tensor *slope = tg_reshape(tg_read(tape, layer->weight), shape);
    return tg_name(slope ? tg__nn_leaky(at, x, slope) : NULL, "prelu");
}
