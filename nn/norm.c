/* norm.c: layer, RMS, group and instance norm, which normalise each item alone. They work on rows,
 * the last axes, so that the planner fuses all operations on a row into one loop. Batch norm is in
 * batch_norm.c. */
#include "norm.h"

#include <float.h>
#include <math.h>

#undef TG_HERE
#define TG_HERE at

/* ---- What they share with batch norm ---------------------------------------------------- */

double tg__nn_eps(tg_store *store, const char *op, tg_site at, double eps)
{
    if (eps >= (double)FLT_MIN && isfinite(eps)) return eps;
    tg_store_fail(store, at, TG_ERR_ARGUMENT,
                  "%s: eps = %g must be a normal f32 greater than 0: it is what a row of equal "
                  "elements is divided by",
                  op, eps);
    return 0;
}

bool tg__nn_affine_new(tg_site at, const char *op, tg_store *store, const char *layer,
                       tg_shape shape, tg_var **weight, tg_var **bias)
{
    *weight = tg__nn_field(at, op, store, layer, "weight", shape, tg_init_ones());
    *bias = *weight ? tg__nn_field(at, op, store, layer, "bias", shape, tg_init_zeros()) : NULL;
    if (!*bias) *weight = NULL;
    return *weight != NULL;
}

/* True if x is f32 or f64, and of the dtype of the layer's variables. */
static bool has_dtype(tg_site at, const char *op, tg_tensor *x, const tg_var *var)
{
    if (!tg__nn_is_float(at, op, "operand", x)) return false;
    if (!var || tg_var_dtype(var) == tg_dtype_of(x)) return true;
    tg_fail(tg_tape_of(x), at, TG_ERR_DTYPE, "%s: x is %s, and \"%s\" is %s (see tg_cast)", op,
            tg_dtype_name(tg_dtype_of(x)), tg_var_name(var), tg_dtype_name(tg_var_dtype(var)));
    return false;
}

bool tg__nn_has_channels(tg_site at, const char *op, tg_tensor *x, const tg_var *var,
                         int64_t channels, int least_rank, int most_rank)
{
    const int rank = tg_rank(x);
    if (!has_dtype(at, op, x, var)) return false;
    if (rank >= least_rank && rank <= most_rank && tg_dim(x, 1) == channels) return true;
    tg_fail(tg_tape_of(x), at, TG_ERR_SHAPE,
            "%s: the layer takes [N, %lld, ...] of rank %d to %d, and x is %s  %s", op,
            (long long)channels, least_rank, most_rank, tg__nn_shape_words(tg_shape_from(x)).text,
            tg_name_of(x));
    return false;
}

int64_t tg__nn_channel_size(const tg_tensor *x)
{
    int64_t size = 1;
    for (int i = 2; i < tg_rank(x); i++) size *= tg_dim(x, i);
    return size;
}

tg_tensor *tg__nn_channel_rows(tg_site at, tg_tensor *x)
{
    const int64_t items = tg_dim(x, 0), channels = tg_dim(x, 1), size = tg__nn_channel_size(x);
    if (size == 1) return tg_rank(x) == 2 ? x : tg_reshape(x, TG_SHAPE(items, channels));
    return tg_rank(x) == 3 ? x : tg_reshape(x, TG_SHAPE(items, channels, size));
}

/* The values are broadcast over the items first. The vjp is then a sum over each row, which is
 * fused with the operations on the row, and a small sum over the items. In one step it would be a
 * sum over the first and the last axes, for which the rows would be copied in another order. */
tg_tensor *tg__nn_per_channel(tg_site at, tg_tensor *values, tg_tensor *rows)
{
    if (tg_rank(rows) == 2 || !values) return values;
    const int64_t channels = tg_dim(rows, 1);
    tg_tensor *column = tg_reshape(values, TG_SHAPE(channels, 1));
    return tg_broadcast(column, TG_SHAPE(tg_dim(rows, 0), channels, 1));
}

/* ---- Rows ------------------------------------------------------------------------------- */

/* The last [count] axes. */
static tg_axes last_axes(int count)
{
    tg_axes axes = { .count = count };
    for (int i = 0; i < count; i++) axes.axis[i] = i - count;
    return axes;
}

/* 1 / sqrt(mean(x^2) + eps) over the axes, which are kept with size 1. */
static tg_tensor *inverse_size(tg_site at, tg_tensor *x, tg_axes axes, double eps)
{
    tg_tensor *squares = tg_sum_squares(x, .axes = axes, .keep = true);
    if (!squares) return NULL;
    const double count = (double)tg_count(x) / (double)tg_count(squares);
    tg_tensor *mean = tg_div_num(squares, count);
    return tg_cast(tg_rsqrt(tg_add_num(mean, eps)), tg_dtype_of(x));
}

/* (x - mean) / sqrt(variance + eps). */
static tg_tensor *standardised(tg_site at, tg_tensor *x, tg_axes axes, double eps)
{
    tg_tensor *centred = tg_sub(x, tg_mean(x, .axes = axes, .keep = true));
    return tg_mul(centred, inverse_size(at, centred, axes, eps));
}

/* y weight + bias, each if it is not NULL. */
static tg_tensor *scaled_and_shifted(tg_site at, tg_tensor *y, tg_tensor *weight, tg_tensor *bias)
{
    if (weight) y = tg_mul(y, weight);
    return bias ? tg_add(y, bias) : y;
}

/* Reads the variables before anything else is recorded; NULL for those that the layer lacks. False
 * if one cannot be read. */
static bool read_both(tg_site at, tg_tape *tape, tg_var *weight, tg_var *bias, tg_tensor *out[2])
{
    out[0] = weight ? tg_read(tape, weight) : NULL;
    out[1] = bias ? tg_read(tape, bias) : NULL;
    return (out[0] || !weight) && (out[1] || !bias);
}

/* ---- Layer norm and RMS norm ------------------------------------------------------------ */

/* True if the layer can normalise over this shape: 1 axis at least, none empty; else an error of
 * [op]. */
static bool shape_holds(tg_site at, const char *op, tg_store *store, const char *name,
                        tg_shape shape)
{
    bool holds = shape.rank >= 1;
    for (int i = 0; i < shape.rank; i++) holds = holds && shape.dim[i] > 0;
    if (!holds)
        tg_store_fail(store, at, TG_ERR_SHAPE,
                      "%s: layer \"%s\" needs the shape of x's last axes, of at least one axis, "
                      "each of at least 1; it is %s",
                      op, name, tg__nn_shape_words(shape).text);
    return holds;
}

/* True if the last axes of x are the layer's shape; else an error of [op]. */
static bool ends_with(tg_site at, const char *op, tg_tensor *x, tg_shape shape)
{
    bool ends = tg_rank(x) >= shape.rank;
    for (int i = 1; ends && i <= shape.rank; i++) ends = tg_dim(x, -i) == shape.dim[shape.rank - i];
    if (!ends)
        tg_fail(tg_tape_of(x), at, TG_ERR_SHAPE,
                "%s: x must end with the layer's shape, %s, and is %s  %s", op,
                tg__nn_shape_words(shape).text, tg__nn_shape_words(tg_shape_from(x)).text,
                tg_name_of(x));
    return ends;
}

tg_layer_norm tg_layer_norm_new_with(const tg_layer_norm_args *given)
{
    tg_layer_norm_args args = { TG_LAYER_NORM_DEFAULTS };
    if (!TG_READ_STORE_OPTIONS(args, given, "tg_layer_norm_new")) return (tg_layer_norm){ 0 };

    static const char op[] = "tg_layer_norm_new";
    const tg_site at = args.at;
    tg_layer_norm layer = { .eps = 0 };
    if (!tg__nn_layer_named(
            at, op, args.store, args.name,
            TG__NN_FIELDS(args.no_affine ? NULL : "weight", args.no_bias ? NULL : "bias")) ||
        !shape_holds(at, op, args.store, args.name, args.shape))
        return layer;
    const double eps = tg__nn_eps(args.store, op, args.at, args.eps);
    if (eps == 0) return layer;
    if (!args.no_affine && args.no_bias)
        layer.weight =
            tg__nn_field(at, op, args.store, args.name, "weight", args.shape, tg_init_ones());
    else if (!args.no_affine)
        tg__nn_affine_new(at, op, args.store, args.name, args.shape, &layer.weight, &layer.bias);
    if (!layer.weight && !args.no_affine) return layer;
    layer.shape = args.shape;
    layer.eps = eps;
    return layer;
}

tg_tensor *tg_layer_norm_apply_at(tg_site at, const tg_layer_norm *layer, tg_tensor *x)
{
    if (!tg_enter(&at, "tg_layer_norm_apply", TG_LIST(x))) return NULL;
    static const char op[] = "tg_layer_norm_apply";
    tg_tensor *affine[2];
    if (!layer || layer->shape.rank < 1)
        return tg__nn_no_layer(at, op, "make it with tg_layer_norm_new", tg_tape_of(x));
    if (!has_dtype(at, op, x, layer->weight) || !ends_with(at, op, x, layer->shape) ||
        !read_both(at, tg_tape_of(x), layer->weight, layer->bias, affine))
        return NULL;
    tg_tensor *y = standardised(at, x, last_axes(layer->shape.rank), layer->eps);
    return tg_name(scaled_and_shifted(at, y, affine[0], affine[1]), "layer_norm");
}

tg_rms_norm tg_rms_norm_new_with(const tg_rms_norm_args *given)
{
    tg_rms_norm_args args = { TG_RMS_NORM_DEFAULTS };
    if (!TG_READ_STORE_OPTIONS(args, given, "tg_rms_norm_new")) return (tg_rms_norm){ 0 };

    static const char op[] = "tg_rms_norm_new";
    const tg_site at = args.at;
    tg_rms_norm layer = { .eps = 0 };
    if (!tg__nn_layer_named(at, op, args.store, args.name,
                            TG__NN_FIELDS(args.no_affine ? NULL : "weight")) ||
        !shape_holds(at, op, args.store, args.name, args.shape))
        return layer;
    const double next = tg_store_dtype(args.store) == TG_F64 ? DBL_EPSILON : (double)FLT_EPSILON;
    const double eps = tg__nn_eps(args.store, op, args.at, args.eps == TG_AUTO ? next : args.eps);
    if (eps == 0) return layer;
    if (!args.no_affine)
        layer.weight =
            tg__nn_field(at, op, args.store, args.name, "weight", args.shape, tg_init_ones());
    if (!layer.weight && !args.no_affine) return layer;
    layer.shape = args.shape;
    layer.eps = eps;
    return layer;
}

tg_tensor *tg_rms_norm_apply_at(tg_site at, const tg_rms_norm *layer, tg_tensor *x)
{
    if (!tg_enter(&at, "tg_rms_norm_apply", TG_LIST(x))) return NULL;
    static const char op[] = "tg_rms_norm_apply";
    tg_tensor *affine[2];
    if (!layer || layer->shape.rank < 1)
        return tg__nn_no_layer(at, op, "make it with tg_rms_norm_new", tg_tape_of(x));
    if (!has_dtype(at, op, x, layer->weight) || !ends_with(at, op, x, layer->shape) ||
        !read_both(at, tg_tape_of(x), layer->weight, NULL, affine))
        return NULL;
    tg_tensor *y = tg_mul(x, inverse_size(at, x, last_axes(layer->shape.rank), layer->eps));
    return tg_name(scaled_and_shifted(at, y, affine[0], NULL), "rms_norm");
}

/* ---- Group norm and instance norm ------------------------------------------------------- */

/* Normalises each group of channels of each item, as a row. */
static tg_tensor *by_groups(tg_site at, tg_tensor *x, int64_t groups, double eps,
                            tg_tensor *const affine[2])
{
    const int64_t items = tg_dim(x, 0), size = tg_dim(x, 1) / groups * tg__nn_channel_size(x);
    tg_tensor *y =
        standardised(at, tg_reshape(x, TG_SHAPE(items, groups, size)), last_axes(1), eps);
    if (!affine[0]) return tg_reshape(y, tg_shape_from(x));
    tg_tensor *rows = tg__nn_channel_rows(at, tg_reshape(y, tg_shape_from(x)));
    tg_tensor *weight = tg__nn_per_channel(at, affine[0], rows);
    tg_tensor *bias = tg__nn_per_channel(at, affine[1], rows);
    return tg_reshape(scaled_and_shifted(at, rows, weight, bias), tg_shape_from(x));
}

tg_group_norm tg_group_norm_new_with(const tg_group_norm_args *given)
{
    tg_group_norm_args args = { TG_GROUP_NORM_DEFAULTS };
    if (!TG_READ_STORE_OPTIONS(args, given, "tg_group_norm_new")) return (tg_group_norm){ 0 };

    static const char op[] = "tg_group_norm_new";
    const tg_site at = args.at;
    tg_group_norm layer = { .eps = 0 };
    if (!tg__nn_layer_named(at, op, args.store, args.name,
                            TG__NN_FIELDS(args.no_affine ? NULL : "weight", "bias")))
        return layer;
    if (args.groups < 1 || args.channels < 1 || args.channels % args.groups != 0) {
        tg_store_fail(args.store, at, TG_ERR_SHAPE,
                      "%s: layer \"%s\" cannot have %lld groups of %lld channels", op, args.name,
                      (long long)args.groups, (long long)args.channels);
        return layer;
    }
    const double eps = tg__nn_eps(args.store, op, args.at, args.eps);
    if (eps == 0) return layer;
    if (!args.no_affine && !tg__nn_affine_new(at, op, args.store, args.name,
                                              TG_SHAPE(args.channels), &layer.weight, &layer.bias))
        return layer;
    layer.groups = args.groups;
    layer.channels = args.channels;
    layer.eps = eps;
    return layer;
}

tg_tensor *tg_group_norm_apply_at(tg_site at, const tg_group_norm *layer, tg_tensor *x)
{
    if (!tg_enter(&at, "tg_group_norm_apply", TG_LIST(x))) return NULL;
    static const char op[] = "tg_group_norm_apply";
    tg_tensor *affine[2];
    if (!layer || layer->channels < 1)
        return tg__nn_no_layer(at, op, "make it with tg_group_norm_new", tg_tape_of(x));
    if (!tg__nn_has_channels(at, op, x, layer->weight, layer->channels, 2, TG_MAX_RANK) ||
        !read_both(at, tg_tape_of(x), layer->weight, layer->bias, affine))
        return NULL;
    return tg_name(by_groups(at, x, layer->groups, layer->eps, affine), "group_norm");
}

tg_instance_norm tg_instance_norm_new_with(const tg_instance_norm_args *given)
{
    tg_instance_norm_args args = { TG_INSTANCE_NORM_DEFAULTS };
    if (!TG_READ_STORE_OPTIONS(args, given, "tg_instance_norm_new")) return (tg_instance_norm){ 0 };

    static const char op[] = "tg_instance_norm_new";
    const tg_site at = args.at;
    tg_instance_norm layer = { .eps = 0 };
    if (!tg__nn_layer_named(at, op, args.store, args.name,
                            TG__NN_FIELDS(args.affine ? "weight" : NULL, "bias")))
        return layer;
    if (args.channels < 1) {
        tg_store_fail(args.store, at, TG_ERR_SHAPE, "%s: layer \"%s\" cannot have %lld channels",
                      op, args.name, (long long)args.channels);
        return layer;
    }
    const double eps = tg__nn_eps(args.store, op, args.at, args.eps);
    if (eps == 0) return layer;
    if (args.affine && !tg__nn_affine_new(at, op, args.store, args.name, TG_SHAPE(args.channels),
                                          &layer.weight, &layer.bias))
        return layer;
    layer.channels = args.channels;
    layer.eps = eps;
    return layer;
}

tg_tensor *tg_instance_norm_apply_at(tg_site at, const tg_instance_norm *layer, tg_tensor *x)
{
    if (!tg_enter(&at, "tg_instance_norm_apply", TG_LIST(x))) return NULL;
    static const char op[] = "tg_instance_norm_apply";
    tg_tensor *affine[2];
    if (!layer || layer->channels < 1)
        return tg__nn_no_layer(at, op, "make it with tg_instance_norm_new", tg_tape_of(x));
    if (!tg__nn_has_channels(at, op, x, layer->weight, layer->channels, 3, 5)) return NULL;
    if (tg__nn_channel_size(x) < 2)
        return tg_fail(tg_tape_of(x), at, TG_ERR_SHAPE,
                       "%s: there must be more than one element for each item and channel, and x "
                       "is %s",
                       op, tg__nn_shape_words(tg_shape_from(x)).text);
    if (!read_both(at, tg_tape_of(x), layer->weight, layer->bias, affine)) return NULL;
    return tg_name(by_groups(at, x, layer->channels, layer->eps, affine), "instance_norm");
}
