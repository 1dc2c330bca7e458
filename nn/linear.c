/* linear.c: the fully connected layer, y = x . W^T + b. */
#include "operands.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#undef TG_HERE
#define TG_HERE at

enum { NAME_MAX_LENGTH = 512 };

/* A new variable "<layer>.<field>". */
static tg_var *field(tg_site at, const tg_linear_args *args, const char *what, tg_shape shape,
                     tg_init init)
{
    char name[NAME_MAX_LENGTH + 16];
    snprintf(name, sizeof name, "%s.%s", args->name, what);
    return tg_param(args->store, name, shape, init);
}

/* PyTorch's default: uniform in +-1/sqrt(in), for the bias too. */
static tg_init usual_init(int64_t in)
{
    const double bound = 1 / sqrt(in < 1 ? 1.0 : (double)in);
    return (tg_init){ .kind = TG_INIT_UNIFORM, .a = -bound, .b = bound };
}

static tg_init chosen_init(const tg_linear_args *args, const char *option, tg_init init)
{
    const bool given = init.kind || init.a != 0 || init.b != 0 || tg_written(args->call, option);
    return given ? init : usual_init(args->in);
}

static bool arguments_hold(tg_site at, const tg_linear_args *args)
{
    if (!args->name || !args->name[0] || strlen(args->name) > NAME_MAX_LENGTH) {
        tg_store_fail(args->store, at, TG_ERR_ARGUMENT,
                      "tg_linear_new: a layer needs a name of 1 to %d bytes", (int)NAME_MAX_LENGTH);
        return false;
    }
    if (args->in < 0 || args->out < 0) {
        tg_store_fail(args->store, at, TG_ERR_SHAPE,
                      "tg_linear_new: layer \"%s\" cannot have %lld inputs and %lld outputs",
                      args->name, (long long)args->in, (long long)args->out);
        return false;
    }
    return true;
}

tg_linear tg_linear_new_with(tg_linear_args args)
{
    const tg_site at = args.call.at;
    tg_linear layer = { NULL, NULL };
    if (!args.store || !arguments_hold(at, &args)) return layer;

    layer.weight = field(at, &args, "weight", TG_SHAPE(args.out, args.in),
                         chosen_init(&args, "init", args.init));
    if (!layer.weight || args.no_bias) return layer;
    layer.bias = field(at, &args, "bias", TG_SHAPE(args.out),
                       chosen_init(&args, "bias_init", args.bias_init));
    /* Half a layer must not pass for one without a bias. */
    if (!layer.bias) layer.weight = NULL;
    return layer;
}

/* x [..., in] as a matrix [rows, in]: one product is faster than a batch of them. */
static tg_tensor *as_rows(tg_site at, tg_tensor *x)
{
    tg_shape leading = tg_shape_from(x);
    const int64_t in = leading.dim[--leading.rank];
    return tg_reshape(x, TG_SHAPE(tg_shape_count(leading), in));
}

tg_tensor *(tg_linear_apply)(tg_site at, const tg_linear *layer, tg_tensor *x)
{
    if (!x) return NULL;
    tg_tape *tape = tg_tape_of(x);
    if (!layer || !layer->weight) {
        const char *why = tg_store_error(tg_tape_store(tape));
        return tg_fail(tape, at, TG_ERR_ARGUMENT, "tg_linear_apply: the layer has no weight: %s%s",
                       why[0] ? "it could not be made:\n    " : "make it with tg_linear_new", why);
    }
    tg_tensor *weight = tg_read(tape, layer->weight);
    tg_tensor *bias = layer->bias ? tg_read(tape, layer->bias) : NULL;
    if (!weight || (layer->bias && !bias)) return NULL;
    if (tg_rank(x) < 1 || tg_dim(x, -1) != tg_dim(weight, -1))
        return tg_fail(tape, at, TG_ERR_SHAPE,
                       "tg_linear_apply: \"%s\" %s takes [..., %lld], and x is %s  %s",
                       tg_var_name(layer->weight), tg__nn_shape_words(tg_shape_from(weight)).text,
                       (long long)tg_dim(weight, -1), tg__nn_shape_words(tg_shape_from(x)).text,
                       tg_name_of(x));

    tg_tensor *rows = tg_rank(x) == 2 ? x : as_rows(at, x);
    tg_tensor *y = tg_matmul(rows, tg_transpose(weight));
    if (bias) y = tg_add(y, bias);
    if (!y || tg_rank(x) == 2) return y;
    tg_shape shape = tg_shape_from(x);
    shape.dim[shape.rank - 1] = tg_dim(y, -1);
    return tg_reshape(y, shape);
}
