/* clip.c: clipping gradients by their global norm. The norm is computed in f64, in which no square
 * of an f32 overflows or underflows. The selects below also keep derivatives finite, since an
 * update may be differentiated. */
#include "optimizer.h"

#include <math.h>

#undef TG_HERE
#define TG_HERE at

bool tg__order_fits(tg_tape *tape, tg_site at, const char *op, const char *option, double order)
{
    if (order == 1 || order == 2 || order == HUGE_VAL) return true;
    tg_fail(tape, at, TG_ERR_ARGUMENT, "%s: %s = %g is none of 1, 2 and HUGE_VAL", op, option,
            order);
    return false;
}

/* The contribution of one tensor to the norm, f64 of rank 0: a sum of squares, a sum, or a maximum
 * of magnitudes. */
static tg_tensor *part_of(tg_site at, tg_tensor *x, double order)
{
    if (order == 2) return tg_sum_squares(x);
    tg_tensor *magnitudes = tg_abs(x);
    /* In f64, because a sum of f32 may overflow f32. The maximum of an empty tensor does not exist:
     * 0. */
    if (order == 1) return tg_sum(tg_cast(magnitudes, TG_F64));
    if (tg_count(x) == 0) return tg_number_as(tg_tape_of(x), TG_F64, 0);
    return tg_cast(tg_max(magnitudes), TG_F64);
}

static tg_tensor *all_parts(tg_site at, tg_list list, double order)
{
    tg_tensor *total = NULL;
    for (size_t i = 0; list.node && i < list.count; i++) {
        tg_tensor *x = list.node[i];
        const tg_dtype dtype = tg_dtype_of(x);
        if (x && dtype != TG_F32 && dtype != TG_F64) {
            tg_fail(tg_tape_of(x), at, TG_ERR_DTYPE,
                    "tg_global_norm: tensor %zu is %s; a norm is that of f32 or f64", i,
                    tg_dtype_name(dtype));
            return NULL;
        }
        tg_tensor *part = part_of(at, x, order);
        if (!part) return NULL;
        if (!total) total = part;
        else total = order == HUGE_VAL ? tg_maximum(total, part) : tg_add(total, part);
    }
    return total;
}

/* The root of a sum of squares. Its derivative at 0 is infinite, so the root of 0 is a constant.
 * NaN is not equal to 0, and stays NaN. */
static tg_tensor *root_of(tg_site at, tg_tensor *total)
{
    tg_tensor *zero = tg_number_like(total, 0);
    tg_tensor *one = tg_number_like(total, 1);
    tg_tensor *vanishes = tg_equal(total, zero);
    tg_tensor *root = tg_sqrt(tg_select(vanishes, one, total));
    return tg_select(vanishes, zero, root);
}

static tg_tape *tape_of(tg_list list)
{
    return list.node && list.count ? tg_tape_of(list.node[0]) : NULL;
}

tg_tensor *tg_global_norm_with(const tg_global_norm_args *given)
{
    tg_global_norm_args args = { TG_GLOBAL_NORM_DEFAULTS };
    tg_tape *tape = given ? tape_of(given->list) : NULL;
    if (!tg_tape_options(&args, given, "tg_global_norm", tape)) return NULL;
    if (!tg_enter(&args.at, "tg_global_norm", args.list)) return NULL;
    if (!tg__order_fits(tape, args.at, "tg_global_norm", "order", args.order)) return NULL;
    tg_tensor *total = all_parts(args.at, args.list, args.order);
    return total && args.order == 2 ? root_of(args.at, total) : total;
}

/* limit / norm where norm > limit, else 1. A select and not a minimum of the two: that would divide
 * by 0 for a norm of 0. */
static tg_tensor *clip_scale(tg_site at, tg_tensor *norm, double limit)
{
    tg_tensor *one = tg_number_like(norm, 1);
    tg_tensor *exceeds = tg_greater(norm, tg_number_like(norm, limit));
    tg_tensor *divisor = tg_select(exceeds, norm, one);
    return tg_select(exceeds, tg_rdiv_num(limit, divisor), one);
}

/* The product is in f64: the scale may be smaller than any f32 although the products are not. */
static tg_tensor *scaled(tg_site at, tg_tensor *x, tg_tensor *scale)
{
    return tg_cast(tg_mul(tg_cast(x, TG_F64), scale), tg_dtype_of(x));
}

static tg_tensor *clip(const tg_clip_norm_args *args)
{
    tg_site at = args->at;
    if (!tg_enter(&at, "tg_clip_norm", args->list)) return NULL;
    tg_tape *tape = tape_of(args->list);
    if (args->list.count && !args->out)
        return tg_fail(tape, at, TG_ERR_ARGUMENT, "tg_clip_norm: out is NULL");
    tg_tensor *norm = tg_global_norm(args->list, .order = args->order);
    if (!norm || !tg__in_range(tape, at, "tg_clip_norm", "limit", args->limit, TG__POSITIVE))
        return NULL;
    tg_tensor *scale = clip_scale(at, norm, args->limit);
    for (size_t i = 0; i < args->list.count; i++)
        args->out[i] = scaled(at, args->list.node[i], scale);
    return scale && tg_tape_status(tape) == TG_OK ? norm : NULL;
}

tg_tensor *tg_clip_norm_with(const tg_clip_norm_args *given)
{
    tg_clip_norm_args args = { TG_CLIP_NORM_DEFAULTS };
    tg_tape *tape = given ? tape_of(given->list) : NULL;
    if (!tg_tape_options(&args, given, "tg_clip_norm", tape)) return NULL;
    tg_tensor *norm = clip(&args);
    for (size_t i = 0; !norm && args.out && i < args.list.count; i++) args.out[i] = NULL;
    return norm;
}
