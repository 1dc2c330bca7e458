/* clip.c: clipping gradients by their global norm. All of it is f64, in which no square of an f32
 * overflows or vanishes; each guard below is there for the gradient too, since an update may be
 * differentiated. */
#include "optimizer.h"

#undef TG_HERE
#define TG_HERE at

static tg_tensor *sum_of_squares(tg_site at, tg_list list)
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
        tg_tensor *part = tg_sum_squares(x);
        if (!part) return NULL;
        total = total ? tg_add(total, part) : part;
    }
    return total;
}

/* The root of 0 has an infinite slope: there the branch is a constant. A NaN is not 0, and
 * passes. */
tg_tensor *tg_global_norm_at(tg_site at, tg_list list)
{
    if (!tg_enter(&at, "tg_global_norm", list)) return NULL;
    tg_tensor *total = sum_of_squares(at, list);
    if (!total) return NULL;
    tg_tensor *zero = tg_number_like(total, 0);
    tg_tensor *one = tg_number_like(total, 1);
    tg_tensor *vanishes = tg_equal(total, zero);
    tg_tensor *root = tg_sqrt(tg_select(vanishes, one, total));
    return tg_select(vanishes, zero, root);
}

/* limit / norm where that is below 1. Not a minimum of the two, which would divide by 0. */
static tg_tensor *clip_scale(tg_site at, tg_tensor *norm, double limit)
{
    tg_tensor *one = tg_number_like(norm, 1);
    tg_tensor *exceeds = tg_greater(norm, tg_number_like(norm, limit));
    tg_tensor *divisor = tg_select(exceeds, norm, one);
    return tg_select(exceeds, tg_rdiv_num(limit, divisor), one);
}

/* In f64: a scale may be smaller than any f32 where the products are not. */
static tg_tensor *scaled(tg_site at, tg_tensor *x, tg_tensor *scale)
{
    return tg_cast(tg_mul(tg_cast(x, TG_F64), scale), tg_dtype_of(x));
}

tg_tensor *tg_clip_norm_at(tg_site at, tg_list list, double limit, tg_tensor *out[])
{
    const bool entered = tg_enter(&at, "tg_clip_norm", list);
    tg_tensor *norm = entered ? tg_global_norm(list) : NULL;
    if (norm && !tg__in_range(tg_tape_of(norm), at, "tg_clip_norm", "limit", limit, TG__POSITIVE))
        norm = NULL;
    tg_tensor *scale = norm ? clip_scale(at, norm, limit) : NULL;
    for (size_t i = 0; out && i < list.count; i++)
        out[i] = scale ? scaled(at, list.node[i], scale) : NULL;
    if (scale && tg_tape_status(tg_tape_of(scale)) == TG_OK) return norm;
    for (size_t i = 0; out && i < list.count; i++) out[i] = NULL;
    return NULL;
}
