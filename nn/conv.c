/* conv.c: convolutions over one to three axes, as a layer and as a function of a kernel. */
#include "spatial.h"

#undef TG_HERE
#define TG_HERE at

/* ---- Options ---------------------------------------------------------------------------- */

typedef struct conv_options {
    TG_CONV_OPTIONS
} conv_options;

/* The options that both argument structs have. */
#define OPTIONS_OF(args)                                                                           \
    {                                                                                              \
        .stride = (args).stride, .stride_shape = (args).stride_shape, .padding = (args).padding,   \
        .padding_shape = (args).padding_shape, .dilation = (args).dilation,                        \
        .dilation_shape = (args).dilation_shape, .groups = (args).groups, .same = (args).same,     \
        .full = (args).full                                                                        \
    }

static bool padding_of(const conv_options *options, const int64_t kernel[], tg_conv_steps *steps,
                       tg_error *why)
{
    const tg__nn_option padding = { "padding", options->padding, options->padding_shape, 0, 0 };
    if (options->same + options->full + tg__nn_option_given(&padding) > 1)
        return tg__nn_message(why, TG_ERR_ARGUMENT, "give one of padding, same and full");
    if (!tg__nn_option_of(&padding, steps->dims, steps->before, why)) return false;
    for (int i = 0; i < steps->dims; i++) {
        const int64_t reach = tg__nn_reach(kernel[i], steps->dilation[i]);
        if (reach < 0)
            return tg__nn_message(why, TG_ERR_SHAPE,
                                  "a kernel of %lld with dilation %lld is longer than any axis",
                                  (long long)kernel[i], (long long)steps->dilation[i]);
        if (options->same && steps->stride[i] != 1)
            return tg__nn_message(
                why, TG_ERR_ARGUMENT,
                "same keeps the size with stride 1 alone, and stride is %lld; give "
                "the padding",
                (long long)steps->stride[i]);
        if (options->same) steps->before[i] = reach / 2;
        if (options->full) steps->before[i] = reach;
        steps->after[i] = options->same ? reach - reach / 2 : steps->before[i];
    }
    return true;
}

static bool steps_of(const conv_options *options, const int64_t kernel[], tg_conv_steps *steps,
                     tg_error *why)
{
    const tg__nn_option stride = { "stride", options->stride, options->stride_shape, 1, 1 };
    const tg__nn_option dilation = { "dilation", options->dilation, options->dilation_shape, 1, 1 };
    return tg__nn_groups_of(options->groups, &steps->groups, why) &&
           tg__nn_option_of(&stride, steps->dims, steps->stride, why) &&
           tg__nn_option_of(&dilation, steps->dims, steps->dilation, why) &&
           padding_of(options, kernel, steps, why);
}

/* ---- The function ----------------------------------------------------------------------- */

static bool sizes_fit(const tg__nn_conv *conv, const tg_conv_steps *steps, tg_error *why)
{
    int64_t kernel[TG_CONV_DIMS];
    tg__nn_conv_kernel(conv->weight, kernel);
    for (int i = 0; i < steps->dims; i++) {
        const int64_t reach = tg__nn_reach(kernel[i], steps->dilation[i]);
        const int64_t n = tg_dim(conv->x, 2 + i), before = steps->before[i],
                      after = steps->after[i];
        if (tg__nn_places(n, before, after, reach, steps->stride[i]) >= 1) continue;
        return tg__nn_message(why, TG_ERR_SHAPE,
                              "a kernel of %lld with dilation %lld does not fit into axis %d of x, "
                              "whose size is %lld, with padding %lld and %lld",
                              (long long)kernel[i], (long long)steps->dilation[i], 2 + i,
                              (long long)n, (long long)before, (long long)after);
    }
    return true;
}

/* Records the convolution; its operands have been checked. */
static tg_tensor *convolve(const tg__nn_conv *conv, const tg_conv_steps *steps)
{
    const tg_site at = conv->at;
    tg_error why = { TG_OK, "" };
    if (!tg__nn_conv_steps_fit(conv, steps, &why) || !sizes_fit(conv, steps, &why)) {
        tg__nn_conv_fail(conv, &why);
        return NULL;
    }
    tg__nn_conv padded = *conv;
    for (int i = 0; i < steps->dims; i++)
        padded.x = tg_pad(padded.x, 2 + i, steps->before[i], steps->after[i], 0, 0);
    return tg__nn_conv_product(&padded, steps);
}

tg_tensor *tg_convolve_with(const tg_convolve_args *given)
{
    tg_convolve_args args = { TG_CONVOLVE_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_convolve", x)) return NULL;
    if (!tg__nn_enter(&args.at, "tg_convolve", 2, TG__NN_OPERANDS(args.x, args.weight, args.bias)))
        return NULL;
    const tg__nn_conv conv = { args.at, "tg_convolve", args.x, args.weight, args.bias, false };
    const conv_options options = OPTIONS_OF(args);
    if (!tg__nn_conv_fits(&conv)) return NULL;
    tg_conv_steps steps = { .dims = tg_rank(args.x) - 2 };
    int64_t kernel[TG_CONV_DIMS];
    tg__nn_conv_kernel(args.weight, kernel);
    tg_error why = { TG_OK, "" };
    if (!steps_of(&options, kernel, &steps, &why)) {
        tg__nn_conv_fail(&conv, &why);
        return NULL;
    }
    return convolve(&conv, &steps);
}

/* ---- The layer -------------------------------------------------------------------------- */

static tg_conv new_layer(const char *op, int dims, const tg_conv_args *args)
{
    tg_conv layer = { NULL, NULL, { .dims = dims } };
    if (!tg__nn_layer_named(args->at, op, args->store, args->name,
                            TG__NN_FIELDS("weight", args->no_bias ? NULL : "bias")))
        return layer;
    tg__nn_conv_new new = TG__NN_CONV_NEW(args, .op = op, .dims = dims, .transposed = false);
    const conv_options options = OPTIONS_OF(*args);
    const tg__nn_option kernel = { "kernel", args->kernel, args->kernel_shape, 0, 1 };
    tg_error why = { TG_OK, "" };
    if (!tg__nn_option_of(&kernel, dims, new.kernel, &why) ||
        !steps_of(&options, new.kernel, &layer.steps, &why)) {
        tg__nn_conv_new_fail(&new, &why);
        return layer;
    }
    new.groups = layer.steps.groups;
    tg__nn_conv_variables(&new, &layer.weight, &layer.bias);
    return layer;
}

tg_conv tg_conv1d_new_with(const tg_conv_args *given)
{
    tg_conv_args args = { TG_CONV_DEFAULTS };
    if (!TG_READ_STORE_OPTIONS(args, given, "tg_conv1d_new")) return (tg_conv){ 0 };
    return new_layer("tg_conv1d_new", 1, &args);
}
tg_conv tg_conv2d_new_with(const tg_conv_args *given)
{
    tg_conv_args args = { TG_CONV_DEFAULTS };
    if (!TG_READ_STORE_OPTIONS(args, given, "tg_conv2d_new")) return (tg_conv){ 0 };
    return new_layer("tg_conv2d_new", 2, &args);
}
tg_conv tg_conv3d_new_with(const tg_conv_args *given)
{
    tg_conv_args args = { TG_CONV_DEFAULTS };
    if (!TG_READ_STORE_OPTIONS(args, given, "tg_conv3d_new")) return (tg_conv){ 0 };
    return new_layer("tg_conv3d_new", 3, &args);
}

tg_tensor *tg_conv_apply_at(tg_site at, const tg_conv *layer, tg_tensor *x)
{
    if (!tg_enter(&at, "tg_conv_apply", TG_LIST(x))) return NULL;
    tg__nn_conv conv = { at, "tg_conv_apply", x, NULL, NULL, false };
    if (!tg__nn_conv_read(&conv, layer ? layer->weight : NULL, layer ? layer->bias : NULL,
                          "make it with tg_conv2d_new"))
        return NULL;
    return tg__nn_conv_fits(&conv) ? convolve(&conv, &layer->steps) : NULL;
}
