/* conv_transpose.c: transposed convolutions. The result is the gradient of a convolution by its x.
 */
#include "spatial.h"

#undef TG_HERE
#define TG_HERE at

/* ---- Options ---------------------------------------------------------------------------- */

typedef struct transpose_options {
    TG_CONV_TRANSPOSE_OPTIONS
} transpose_options;

/* The options that both argument structs have. */
#define OPTIONS_OF(args)                                                                           \
    {                                                                                              \
        .stride = (args).stride, .stride_shape = (args).stride_shape, .padding = (args).padding,   \
        .padding_shape = (args).padding_shape, .dilation = (args).dilation,                        \
        .dilation_shape = (args).dilation_shape, .output_padding = (args).output_padding,          \
        .output_padding_shape = (args).output_padding_shape, .groups = (args).groups               \
    }

static bool steps_of(const transpose_options *o, tg_conv_steps *steps, tg_error *why)
{
    const tg__nn_option stride = { "stride", o->stride, o->stride_shape, 1, 1 };
    const tg__nn_option padding = { "padding", o->padding, o->padding_shape, 0, 0 };
    const tg__nn_option dilation = { "dilation", o->dilation, o->dilation_shape, 1, 1 };
    const tg__nn_option more = { "output_padding", o->output_padding, o->output_padding_shape, 0,
                                 0 };
    int64_t output_padding[TG_CONV_DIMS];
    if (!tg__nn_groups_of(o->groups, &steps->groups, why) ||
        !tg__nn_option_of(&stride, steps->dims, steps->stride, why) ||
        !tg__nn_option_of(&padding, steps->dims, steps->before, why) ||
        !tg__nn_option_of(&dilation, steps->dims, steps->dilation, why) ||
        !tg__nn_option_of(&more, steps->dims, output_padding, why))
        return false;
    for (int i = 0; i < steps->dims; i++) {
        if (output_padding[i] >= steps->stride[i] && output_padding[i] >= steps->dilation[i])
            return tg__nn_message(
                why, TG_ERR_ARGUMENT,
                "output_padding is %lld, and must be less than the stride, %lld, or "
                "the dilation, %lld",
                (long long)output_padding[i], (long long)steps->stride[i],
                (long long)steps->dilation[i]);
        steps->after[i] = steps->before[i] - output_padding[i];
    }
    return true;
}

/* ---- The function ----------------------------------------------------------------------- */

/* True if spatial axis [i] of the result has an element, and its length fits int64_t. */
static bool axis_fits(int64_t n, int64_t kernel, const tg_conv_steps *steps, int i)
{
    const int64_t reach = tg__nn_reach(kernel, steps->dilation[i]), most = INT64_MAX / 8;
    if (n < 1 || reach < 0 || reach > most || n > most / steps->stride[i] ||
        steps->before[i] > most || steps->after[i] < -most)
        return false;
    return (n - 1) * steps->stride[i] + 1 + reach > steps->before[i] + steps->after[i];
}

static bool axes_fit(const tg__nn_conv *conv, const tg_conv_steps *steps, tg_error *why)
{
    int64_t kernel[TG_CONV_DIMS];
    tg__nn_conv_kernel(conv->weight, kernel);
    for (int i = 0; i < steps->dims; i++) {
        if (axis_fits(tg_dim(conv->x, 2 + i), kernel[i], steps, i)) continue;
        return tg__nn_message(
            why, TG_ERR_SHAPE,
            "axis %d of the result would have no element, or too many: x has %lld, "
            "the kernel %lld, stride is %lld, dilation %lld, padding %lld, "
            "output_padding %lld",
            2 + i, (long long)tg_dim(conv->x, 2 + i), (long long)kernel[i],
            (long long)steps->stride[i], (long long)steps->dilation[i], (long long)steps->before[i],
            (long long)(steps->before[i] - steps->after[i]));
    }
    return true;
}

/* Records the transposed convolution; its operands have been checked. */
static tg_tensor *convolve_transposed(const tg__nn_conv *conv, const tg_conv_steps *steps)
{
    tg_error why = { TG_OK, "" };
    if (tg__nn_conv_steps_fit(conv, steps, &why) && axes_fit(conv, steps, &why))
        return tg__nn_conv_product(conv, steps);
    tg__nn_conv_fail(conv, &why);
    return NULL;
}

tg_tensor *tg_convolve_transpose_with(const tg_convolve_transpose_args *given)
{
    tg_convolve_transpose_args args = { TG_CONVOLVE_TRANSPOSE_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_convolve_transpose", x)) return NULL;
    if (!tg__nn_enter(&args.at, "tg_convolve_transpose", 2,
                      TG__NN_OPERANDS(args.x, args.weight, args.bias)))
        return NULL;
    const tg__nn_conv conv = { args.at, "tg_convolve_transpose", args.x, args.weight, args.bias,
                               true };
    const transpose_options options = OPTIONS_OF(args);
    if (!tg__nn_conv_fits(&conv)) return NULL;
    tg_conv_steps steps = { .dims = tg_rank(args.x) - 2 };
    tg_error why = { TG_OK, "" };
    if (!steps_of(&options, &steps, &why)) {
        tg__nn_conv_fail(&conv, &why);
        return NULL;
    }
    return convolve_transposed(&conv, &steps);
}

/* ---- The layer -------------------------------------------------------------------------- */

static tg_conv_transpose new_layer(const char *op, int dims, const tg_conv_transpose_args *args)
{
    tg_conv_transpose layer = { NULL, NULL, { .dims = dims } };
    if (!tg__nn_layer_named(args->at, op, args->store, args->name,
                            TG__NN_FIELDS("weight", args->no_bias ? NULL : "bias")))
        return layer;
    tg__nn_conv_new new = TG__NN_CONV_NEW(args, .op = op, .dims = dims, .transposed = true);
    const transpose_options options = OPTIONS_OF(*args);
    const tg__nn_option kernel = { "kernel", args->kernel, args->kernel_shape, 0, 1 };
    tg_error why = { TG_OK, "" };
    if (!tg__nn_option_of(&kernel, dims, new.kernel, &why) ||
        !steps_of(&options, &layer.steps, &why)) {
        tg__nn_conv_new_fail(&new, &why);
        return layer;
    }
    new.groups = layer.steps.groups;
    tg__nn_conv_variables(&new, &layer.weight, &layer.bias);
    return layer;
}

tg_conv_transpose tg_conv_transpose1d_new_with(const tg_conv_transpose_args *given)
{
    tg_conv_transpose_args args = { TG_CONV_TRANSPOSE_DEFAULTS };
    if (!TG_READ_STORE_OPTIONS(args, given, "tg_conv_transpose1d_new"))
        return (tg_conv_transpose){ 0 };

    return new_layer("tg_conv_transpose1d_new", 1, &args);
}
tg_conv_transpose tg_conv_transpose2d_new_with(const tg_conv_transpose_args *given)
{
    tg_conv_transpose_args args = { TG_CONV_TRANSPOSE_DEFAULTS };
    if (!TG_READ_STORE_OPTIONS(args, given, "tg_conv_transpose2d_new"))
        return (tg_conv_transpose){ 0 };

    return new_layer("tg_conv_transpose2d_new", 2, &args);
}
tg_conv_transpose tg_conv_transpose3d_new_with(const tg_conv_transpose_args *given)
{
    tg_conv_transpose_args args = { TG_CONV_TRANSPOSE_DEFAULTS };
    if (!TG_READ_STORE_OPTIONS(args, given, "tg_conv_transpose3d_new"))
        return (tg_conv_transpose){ 0 };

    return new_layer("tg_conv_transpose3d_new", 3, &args);
}

tg_tensor *tg_conv_transpose_apply_at(tg_site at, const tg_conv_transpose *layer, tg_tensor *x)
{
    if (!tg_enter(&at, "tg_conv_transpose_apply", TG_LIST(x))) return NULL;
    tg__nn_conv conv = { at, "tg_conv_transpose_apply", x, NULL, NULL, true };
    if (!tg__nn_conv_read(&conv, layer ? layer->weight : NULL, layer ? layer->bias : NULL,
                          "make it with tg_conv_transpose2d_new"))
        return NULL;
    return tg__nn_conv_fits(&conv) ? convolve_transposed(&conv, &layer->steps) : NULL;
}
