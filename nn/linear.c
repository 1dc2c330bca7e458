/* linear.c: the fully connected layer, y = x . W^T + b. */
#include "layer.h"

#undef TG_HERE
#define TG_HERE at

static bool arguments_hold(tg_site at, const char *op, const tg_linear_args *args)
{
    if (!tg__nn_layer_named(at, op, args->store, args->name,
                            TG__NN_FIELDS("weight", args->no_bias ? NULL : "bias")))
        return false;
    if (args->in >= 0 && args->out >= 0) return true;
    tg_store_fail(args->store, at, TG_ERR_SHAPE,
                  "%s: layer \"%s\" cannot have %lld inputs and %lld outputs", op, args->name,
                  (long long)args->in, (long long)args->out);
    return false;
}

tg_linear tg_linear_new_with(const tg_linear_args *given)
{
    tg_linear_args args = { TG_LINEAR_DEFAULTS };
    if (!TG_READ_STORE_OPTIONS(args, given, "tg_linear_new")) return (tg_linear){ 0 };

    const tg_site at = args.at;
    static const char op[] = "tg_linear_new";
    tg_linear layer = { NULL, NULL };
    if (!arguments_hold(at, op, &args)) return layer;

    const double fan = (double)args.in;
    const tg_shape shape = TG_SHAPE(args.out, args.in);
    layer.weight = tg__nn_field(at, op, args.store, args.name, "weight", shape,
                                tg__nn_chosen_init(args.init, fan, shape));
    if (!layer.weight || args.no_bias) return layer;
    layer.bias = tg__nn_field(at, op, args.store, args.name, "bias", TG_SHAPE(args.out),
                              tg__nn_chosen_init(args.bias_init, fan, shape));
    /* If the bias could not be made, the layer must not look like one without a bias. */
    if (!layer.bias) layer.weight = NULL;
    return layer;
}

tg_tensor *tg_linear_apply_at(tg_site at, const tg_linear *layer, tg_tensor *x)
{
    if (!tg_enter(&at, "tg_linear_apply", TG_LIST(x))) return NULL;
    tg_tape *tape = tg_tape_of(x);
    if (!layer || !layer->weight)
        return tg__nn_no_layer(at, "tg_linear_apply", "make it with tg_linear_new", tape);
    tg_tensor *weight = tg_read(tape, layer->weight);
    tg_tensor *bias = layer->bias ? tg_read(tape, layer->bias) : NULL;
    if (!weight || (layer->bias && !bias)) return NULL;
    if (tg_rank(x) < 1 || tg_dim(x, -1) != tg_dim(weight, -1))
        return tg_fail(tape, at, TG_ERR_SHAPE,
                       "tg_linear_apply: \"%s\" %s takes [..., %lld], and x is %s  %s",
                       tg_var_name(layer->weight), tg__nn_shape_words(tg_shape_from(weight)).text,
                       (long long)tg_dim(weight, -1), tg__nn_shape_words(tg_shape_from(x)).text,
                       tg_name_of(x));

    tg_tensor *rows = tg__nn_as_rows(at, x);
    tg_tensor *y = tg_matmul(rows, tg_transpose(weight));
    if (bias) y = tg_add(y, bias);
    if (!y || tg_rank(x) == 2) return y;
    tg_shape shape = tg_shape_from(x);
    shape.dim[shape.rank - 1] = tg_dim(y, -1);
    return tg_reshape(y, shape);
}
