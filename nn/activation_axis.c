/* activation_axis.c: activations that combine the elements along an axis: softmax, log-softmax,
 * maxout, the gated linear unit. */
#include "activation.h"

#undef TG_HERE
#define TG_HERE at

/* [axis] counted from the front (a negative one counts from the end); -1, with an error of [op], if
 * x has no such axis. */
static int axis_of(tg_site at, const char *op, tg_tensor *x, int axis)
{
    const int rank = tg_rank(x);
    if (axis >= -rank && axis < rank) return axis < 0 ? axis + rank : axis;
    if (rank == 0)
        tg_fail(tg_tape_of(x), at, TG_ERR_SHAPE, "%s: axis %d of a scalar, which has none", op,
                axis);
    else
        tg_fail(tg_tape_of(x), at, TG_ERR_SHAPE, "%s: axis %d is out of range for the operand %s",
                op, axis, tg__nn_shape_words(tg_shape_from(x)).text);
    return -1;
}

/* ---- Softmax ---------------------------------------------------------------------------- */

/* x - max(x) along the axis. Softmax does not change by this, and exp cannot overflow. The
 * gradients through the maximum would cancel, so it is stopped: this saves the work and the
 * rounding errors. */
static tg_tensor *shifted(tg_site at, tg_tensor *x, int axis)
{
    tg_tensor *peak = tg_max(x, .axis = axis, .keep = true);
    return tg_sub(x, tg_stop_gradient(peak));
}

static int softmax_axis(const char *op, tg_softmax_args args)
{
    if (!tg__nn_activates(args.at, op, args.x)) return -1;
    return axis_of(args.at, op, args.x, args.axis);
}

tg_tensor *tg_softmax_with(const tg_softmax_args *given)
{
    tg_softmax_args args = { TG_SOFTMAX_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_softmax", x)) return NULL;
    if (!tg_enter(&args.at, "tg_softmax", TG_LIST(args.x))) return NULL;
    const tg_site at = args.at;
    const int axis = softmax_axis("tg_softmax", args);
    if (axis < 0) return NULL;
    tg_tensor *power = tg_exp(shifted(at, args.x, axis));
    return tg_name(tg_div(power, tg_sum(power, .axis = axis, .keep = true)), "softmax");
}

tg_tensor *tg_log_softmax_with(const tg_softmax_args *given)
{
    tg_softmax_args args = { TG_SOFTMAX_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_log_softmax", x)) return NULL;
    if (!tg_enter(&args.at, "tg_log_softmax", TG_LIST(args.x))) return NULL;
    const tg_site at = args.at;
    const int axis = softmax_axis("tg_log_softmax", args);
    if (axis < 0) return NULL;
    tg_tensor *low = shifted(at, args.x, axis);
    tg_tensor *total = tg_sum(tg_exp(low), .axis = axis, .keep = true);
    return tg_name(tg_sub(low, tg_log(total)), "log_softmax");
}

/* ---- Groups of neighbours --------------------------------------------------------------- */

tg_tensor *tg_maxout_at(tg_site at, tg_tensor *x, int axis, int64_t pieces)
{
    if (!tg_enter(&at, "tg_maxout", TG_LIST(x))) return NULL;
    if (!tg__nn_activates(at, "tg_maxout", x)) return NULL;
    const int place = axis_of(at, "tg_maxout", x, axis);
    if (place < 0) return NULL;
    tg_shape shape = tg_shape_from(x);
    const int64_t size = shape.dim[place];
    if (pieces < 1 || size % pieces != 0)
        return tg_fail(tg_tape_of(x), at, TG_ERR_SHAPE,
                       "tg_maxout: pieces = %lld does not divide the %lld elements along axis %d "
                       "of the operand %s  %s",
                       (long long)pieces, (long long)size, axis, tg__nn_shape_words(shape).text,
                       tg_name_of(x));
    if (shape.rank == TG_MAX_RANK)
        return tg_fail(tg_tape_of(x), at, TG_ERR_SHAPE,
                       "tg_maxout: the pieces need an axis, and the operand %s has all %d already",
                       tg__nn_shape_words(shape).text, TG_MAX_RANK);
    for (int i = shape.rank++; i > place; i--) shape.dim[i] = shape.dim[i - 1];
    shape.dim[place] = size / pieces;
    shape.dim[place + 1] = pieces;
    tg_tensor *groups = tg_reshape(x, shape);
    return tg_name(tg_max(groups, .axis = place + 1), "maxout");
}

tg_tensor *tg_glu_at(tg_site at, tg_tensor *x, int axis)
{
    if (!tg_enter(&at, "tg_glu", TG_LIST(x))) return NULL;
    if (!tg__nn_activates(at, "tg_glu", x)) return NULL;
    const int place = axis_of(at, "tg_glu", x, axis);
    if (place < 0) return NULL;
    const int64_t size = tg_dim(x, place);
    if (size % 2 != 0)
        return tg_fail(tg_tape_of(x), at, TG_ERR_SHAPE,
                       "tg_glu: axis %d of the operand %s  %s has no halves", axis,
                       tg__nn_shape_words(tg_shape_from(x)).text, tg_name_of(x));
    tg_tensor *passed = tg_slice(x, place, 0, size / 2, 1);
    tg_tensor *gate = tg_slice(x, place, size / 2, size, 1);
    return tg_name(tg_mul(passed, tg_sigmoid(gate)), "glu");
}
