/* bilinear.c: the bilinear layer: y[o] = a^T W[o] b + bias[o]. */
#include "layer.h"

#undef TG_HERE
#define TG_HERE at

static bool arguments_hold(tg_site at, const char *op, const tg_bilinear_args *args)
{
    if (!tg__nn_layer_named(at, op, args->store, args->name,
                            TG__NN_FIELDS("weight", args->no_bias ? NULL : "bias")))
        return false;
    if (args->in1 >= 0 && args->in2 >= 0 && args->out >= 0) return true;
    tg_store_fail(args->store, at, TG_ERR_SHAPE,
                  "%s: layer \"%s\" cannot have %lld and %lld inputs and %lld outputs", op,
                  args->name, (long long)args->in1, (long long)args->in2, (long long)args->out);
    return false;
}

tg_bilinear tg_bilinear_new_with(const tg_bilinear_args *given)
{
    tg_bilinear_args args = { TG_BILINEAR_DEFAULTS };
    if (!TG_READ_STORE_OPTIONS(args, given, "tg_bilinear_new")) return (tg_bilinear){ 0 };

    const tg_site at = args.at;
    static const char op[] = "tg_bilinear_new";
    tg_bilinear layer = { NULL, NULL };
    if (!arguments_hold(at, op, &args)) return layer;
    const double fan = (double)args.in1;
    const tg_shape shape = TG_SHAPE(args.out, args.in1, args.in2);
    layer.weight = tg__nn_field(at, op, args.store, args.name, "weight", shape,
                                tg__nn_chosen_init(args.init, fan, shape));
    if (!layer.weight || args.no_bias) return layer;
    layer.bias = tg__nn_field(at, op, args.store, args.name, "bias", TG_SHAPE(args.out),
                              tg__nn_chosen_init(args.bias_init, fan, shape));
    if (!layer.bias) layer.weight = NULL;
    return layer;
}

/* True if a and b fit the weight, and their leading axes are equal. */
static bool operands_fit(tg_site at, const tg_var *weight, tg_tensor *a, tg_tensor *b)
{
    const tg_shape takes = tg_var_shape(weight), left = tg_shape_from(a), right = tg_shape_from(b);
    bool fit = left.rank >= 1 && left.rank == right.rank && tg_dim(a, -1) == takes.dim[1] &&
               tg_dim(b, -1) == takes.dim[2];
    for (int i = 0; fit && i < left.rank - 1; i++) fit = left.dim[i] == right.dim[i];
    if (!fit)
        tg_fail(tg_tape_of(a), at, TG_ERR_SHAPE,
                "tg_bilinear_apply: \"%s\" %s takes [..., %lld] and [..., %lld], alike in the axes "
                "before\n    a  %s  %s\n    b  %s  %s",
                tg_var_name(weight), tg__nn_shape_words(takes).text, (long long)takes.dim[1],
                (long long)takes.dim[2], tg__nn_shape_words(left).text, tg_name_of(a),
                tg__nn_shape_words(right).text, tg_name_of(b));
    return fit;
}

tg_tensor *tg_bilinear_apply_at(tg_site at, const tg_bilinear *layer, tg_tensor *a, tg_tensor *b)
{
    if (!tg__nn_enter(&at, "tg_bilinear_apply", 2, TG__NN_OPERANDS(a, b))) return NULL;
    tg_tape *tape = tg_tape_of(a);
    if (!layer || !layer->weight)
        return tg__nn_no_layer(at, "tg_bilinear_apply", "make it with tg_bilinear_new", tape);
    if (!operands_fit(at, layer->weight, a, b)) return NULL;
    tg_tensor *weight = tg_read(tape, layer->weight);
    tg_tensor *bias = layer->bias ? tg_read(tape, layer->bias) : NULL;
    if (!weight || (layer->bias && !bias)) return NULL;

    /* a . W is one matrix product, [rows, out, in2]; then each row is multiplied with b and
     * summed. */
    tg_tensor *mixed =
        tg_dot(tg__nn_as_rows(at, a), weight, .a_axes = TG_AXES(1), .b_axes = TG_AXES(1));
    tg_tensor *y = tg_sum(tg_mul(mixed, tg_unsqueeze(tg__nn_as_rows(at, b), 1)), .axis = 2);
    if (bias) y = tg_add(y, bias);
    if (!y || tg_rank(a) == 2) return y;
    tg_shape shape = tg_shape_from(a);
    shape.dim[shape.rank - 1] = tg_dim(y, 1);
    return tg_reshape(y, shape);
}
