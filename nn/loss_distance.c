/* loss_distance.c: losses of pairs of vectors that should be near or far: by the angle between
 * them, or by a norm of their difference. */
#include "loss.h"

#include <math.h>

#undef TG_HERE
#define TG_HERE at

/* ---- Angles ----------------------------------------------------------------------------- */

static bool has_axis(const tg__loss *loss, tg_tensor *x, int axis)
{
    const int rank = tg_rank(x);
    if (axis >= -rank && axis < rank) return true;
    tg_fail(tg_tape_of(x), loss->at, TG_ERR_SHAPE,
            "%s: axis %d is out of range for vectors in %s  %s", loss->op, axis,
            tg__nn_shape_words(tg_shape_from(x)).text, tg_name_of(x));
    return false;
}

/* The cosine of the angle. A vector of zeros has no direction: its operands are replaced before the
 * quotient, so the value and all derivatives are 0. Computed in f64, in which products of f32
 * neither overflow nor underflow. */
static tg_tensor *cosine(tg_site at, tg_tensor *a, tg_tensor *b, int axis)
{
    const tg_dtype dtype = tg_dtype_of(a);
    a = tg_cast(a, TG_F64);
    b = tg_cast(b, TG_F64);
    tg_tensor *dot = tg_sum(tg_mul(a, b), .axis = axis);
    tg_tensor *length_a = tg_norm(a, .axis = axis);
    tg_tensor *length_b = tg_norm(b, .axis = axis);
    tg_tensor *scale = tg_mul(length_a, length_b);
    tg_tensor *zero = tg_number_like(scale, 0), *one = tg_number_like(scale, 1);
    tg_tensor *lost = tg_equal(scale, zero);
    return tg_cast(tg_select(lost, zero, tg_div(dot, tg_select(lost, one, scale))), dtype);
}

tg_tensor *tg_cosine_similarity_with(const tg_cosine_similarity_args *given)
{
    tg_cosine_similarity_args args = { TG_COSINE_SIMILARITY_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_cosine_similarity", a)) return NULL;
    if (!tg__nn_enter(&args.at, "tg_cosine_similarity", 2, TG__NN_OPERANDS(args.a, args.b)))
        return NULL;
    const tg__loss loss = { args.at, "tg_cosine_similarity", TG_NONE };
    if (!tg__loss_takes(&loss, "a", args.a)) return NULL;
    if (!tg__loss_matches(&loss, "a", args.a, "b", args.b)) return NULL;
    return has_axis(&loss, args.a, args.axis) ? cosine(loss.at, args.a, args.b, args.axis) : NULL;
}

/* True if the target has x's dtype, and x's shape without the last axis. */
static bool marks_rows(const tg__loss *loss, tg_tensor *x, tg_tensor *target)
{
    if (!target) return false;
    tg_shape rows = tg_shape_from(x);
    rows.dim[--rows.rank] = 0;
    if (tg_dtype_of(target) != tg_dtype_of(x)) {
        tg_fail(tg_tape_of(x), loss->at, TG_ERR_DTYPE,
                "%s: the target must be %s as the vectors are, not %s (see tg_cast)", loss->op,
                tg_dtype_name(tg_dtype_of(x)), tg_dtype_name(tg_dtype_of(target)));
        return false;
    }
    if (tg_shape_equal(rows, tg_shape_from(target))) return true;
    tg_fail(tg_tape_of(x), loss->at, TG_ERR_SHAPE,
            "%s: the target must have one element for each pair of vectors, %s, and is %s  %s",
            loss->op, tg__nn_shape_words(rows).text, tg__nn_shape_words(tg_shape_from(target)).text,
            tg_name_of(target));
    return false;
}

tg_tensor *tg_cosine_embedding_with(const tg_cosine_embedding_args *given)
{
    tg_cosine_embedding_args args = { TG_COSINE_EMBEDDING_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_cosine_embedding", a)) return NULL;
    if (!tg__nn_enter(&args.at, "tg_cosine_embedding", 3,
                      TG__NN_OPERANDS(args.a, args.b, args.target)))
        return NULL;
    const tg_site at = args.at;
    const tg__loss loss = { at, "tg_cosine_embedding", args.reduction };
    if (!tg__loss_takes(&loss, "a", args.a)) return NULL;
    if (!tg__loss_matches(&loss, "a", args.a, "b", args.b)) return NULL;
    if (!has_axis(&loss, args.a, -1) || !marks_rows(&loss, args.a, args.target)) return NULL;
    if (!tg__loss_option(&loss, args.a, "margin", args.margin,
                         args.margin >= -1 && args.margin <= 1, "lie in [-1, 1]"))
        return NULL;
    tg_tensor *near = cosine(at, args.a, args.b, -1);
    tg_tensor *together = tg_greater(args.target, tg_number_like(args.target, 0));
    tg_tensor *apart = tg_relu(tg_sub_num(near, args.margin));
    return tg__loss_end(&loss, tg_select(together, tg_rsub_num(1, near), apart));
}

/* ---- Norms of differences --------------------------------------------------------------- */

tg_tensor *tg_triplet_with(const tg_triplet_args *given)
{
    tg_triplet_args args = { TG_TRIPLET_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_triplet", anchor)) return NULL;
    if (!tg__nn_enter(&args.at, "tg_triplet", 3,
                      TG__NN_OPERANDS(args.anchor, args.positive, args.negative)))
        return NULL;
    const tg_site at = args.at;
    const tg__loss loss = { at, "tg_triplet", args.reduction };
    const double margin = args.margin;
    const double p = args.p;
    const double eps = args.eps;
    tg_tensor *x = args.anchor;
    if (!tg__loss_takes(&loss, "anchor", x)) return NULL;
    if (!tg__loss_matches(&loss, "anchor", x, "positive", args.positive) ||
        !tg__loss_matches(&loss, "anchor", x, "negative", args.negative) || !has_axis(&loss, x, -1))
        return NULL;
    if (!tg__loss_option(&loss, x, "margin", margin, isfinite(margin) && margin > 0,
                         "be finite and greater than 0") ||
        !tg__loss_option(&loss, x, "p", p, p >= 1, "be at least 1") ||
        !tg__loss_option(&loss, x, "eps", eps, isfinite(eps) && eps >= 0,
                         "be finite and at least 0"))
        return NULL;
    tg_tensor *to_positive = tg_add_num(tg_sub(x, args.positive), eps);
    tg_tensor *to_negative = tg_add_num(tg_sub(x, args.negative), eps);
    tg_tensor *near = tg_norm(to_positive, .axis = -1, .p = p);
    tg_tensor *far = tg_norm(to_negative, .axis = -1, .p = p);
    return tg__loss_end(&loss, tg_relu(tg_add_num(tg_sub(near, far), margin)));
}
