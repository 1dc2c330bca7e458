/* resample.c: upsampling, pixel shuffle, flatten. */
#include "spatial.h"

#include <math.h>

#undef TG_HERE
#define TG_HERE at

/* True if [times] is at least 1; else an error of [op]. */
static bool times_hold(tg_site at, const char *op, tg_tensor *x, int64_t times)
{
    if (times >= 1 && times <= INT32_MAX) return true;
    tg_fail(tg_tape_of(x), at, TG_ERR_ARGUMENT, "%s: times is %lld, and must be 1 to %d", op,
            (long long)times, (int)INT32_MAX);
    tg_fail_operands(tg_tape_of(x), TG_LIST(x));
    return false;
}

/* ---- Upsampling ------------------------------------------------------------------------- */

tg_tensor *tg_upsample_nearest_at(tg_site at, tg_tensor *x, int64_t times)
{
    if (!tg_enter(&at, "tg_upsample_nearest", TG_LIST(x))) return NULL;
    if (!tg__nn_spatial(at, "tg_upsample_nearest", x, true) ||
        !times_hold(at, "tg_upsample_nearest", x, times))
        return NULL;
    const int rank = tg_rank(x);
    for (int axis = 2; axis < rank; axis++) x = tg_repeat(x, axis, times);
    return x;
}

/* Linear upsampling: element k of the result is interpolated between two neighbours in x. */
static tg_tensor *linear_along(tg_site at, tg_tensor *x, int axis, int64_t times)
{
    const int64_t n = tg_dim(x, axis), size = n * times;
    double *rows = tg__nn_matrix(at, "tg_upsample_linear", x, size, n);
    if (!rows) return NULL;
    for (int64_t k = 0; k < size; k++) {
        const double place = fmax(0, ((double)k + 0.5) / (double)times - 0.5);
        const int64_t left = (int64_t)place, right = left + 1 < n ? left + 1 : left;
        rows[k * n + left] += 1 - (place - (double)left);
        rows[k * n + right] += place - (double)left;
    }
    return tg__nn_along(at, x, axis, size, rows);
}

tg_tensor *tg_upsample_linear_at(tg_site at, tg_tensor *x, int64_t times)
{
    if (!tg_enter(&at, "tg_upsample_linear", TG_LIST(x))) return NULL;
    if (!tg__nn_spatial(at, "tg_upsample_linear", x, false) ||
        !times_hold(at, "tg_upsample_linear", x, times))
        return NULL;
    const int rank = tg_rank(x);
    for (int axis = 2; axis < rank; axis++) {
        if (tg_dim(x, axis) >= 1) continue;
        tg_fail(tg_tape_of(x), at, TG_ERR_SHAPE,
                "tg_upsample_linear: axis %d of x has no elements to draw lines between", axis);
        tg_fail_operands(tg_tape_of(x), TG_LIST(x));
        return NULL;
    }
    for (int axis = 2; x && axis < rank; axis++) x = linear_along(at, x, axis, times);
    return x;
}

/* ---- Pixel shuffle ---------------------------------------------------------------------- */

static bool is_image(tg_site at, const char *op, tg_tensor *x, int64_t times)
{
    if (!tg__nn_usable(at, x)) return false;
    if (tg_rank(x) == 4) return times_hold(at, op, x, times);
    tg_fail(tg_tape_of(x), at, TG_ERR_SHAPE, "%s: x must be [N, C, H, W], and is %s", op,
            tg__nn_shape_words(tg_shape_from(x)).text);
    tg_fail_operands(tg_tape_of(x), TG_LIST(x));
    return false;
}

tg_tensor *tg_pixel_shuffle_at(tg_site at, tg_tensor *x, int64_t times)
{
    if (!tg_enter(&at, "tg_pixel_shuffle", TG_LIST(x))) return NULL;
    if (!is_image(at, "tg_pixel_shuffle", x, times)) return NULL;
    const int64_t n = tg_dim(x, 0), block = times * times, c = tg_dim(x, 1) / block;
    const int64_t h = tg_dim(x, 2), w = tg_dim(x, 3);
    if (tg_dim(x, 1) % block != 0) {
        tg_fail(tg_tape_of(x), at, TG_ERR_SHAPE,
                "tg_pixel_shuffle: times^2 = %lld must divide the %lld channels of x",
                (long long)block, (long long)tg_dim(x, 1));
        tg_fail_operands(tg_tape_of(x), TG_LIST(x));
        return NULL;
    }
    tg_tensor *blocks = tg_reshape(x, TG_SHAPE(n, c, times, times, h, w));
    tg_tensor *beside = tg_permute(blocks, TG_AXES(0, 1, 4, 2, 5, 3));
    return tg_reshape(beside, TG_SHAPE(n, c, h * times, w * times));
}

tg_tensor *tg_pixel_unshuffle_at(tg_site at, tg_tensor *x, int64_t times)
{
    if (!tg_enter(&at, "tg_pixel_unshuffle", TG_LIST(x))) return NULL;
    if (!is_image(at, "tg_pixel_unshuffle", x, times)) return NULL;
    const int64_t n = tg_dim(x, 0), c = tg_dim(x, 1);
    const int64_t h = tg_dim(x, 2) / times, w = tg_dim(x, 3) / times;
    if (tg_dim(x, 2) % times != 0 || tg_dim(x, 3) % times != 0) {
        tg_fail(tg_tape_of(x), at, TG_ERR_SHAPE,
                "tg_pixel_unshuffle: times = %lld must divide the height and the width of x",
                (long long)times);
        tg_fail_operands(tg_tape_of(x), TG_LIST(x));
        return NULL;
    }
    tg_tensor *blocks = tg_reshape(x, TG_SHAPE(n, c, h, times, w, times));
    tg_tensor *apart = tg_permute(blocks, TG_AXES(0, 1, 3, 5, 2, 4));
    return tg_reshape(apart, TG_SHAPE(n, c * times * times, h, w));
}

/* ---- Flatten ---------------------------------------------------------------------------- */

tg_tensor *tg_flatten_at(tg_site at, tg_tensor *x, int axis)
{
    if (!tg_enter(&at, "tg_flatten", TG_LIST(x))) return NULL;
    if (!tg__nn_usable(at, x)) return NULL;
    tg_shape shape = tg_shape_from(x);
    const int first = axis < 0 ? axis + shape.rank : axis;
    if (first < 0 || first >= shape.rank) {
        tg_fail(tg_tape_of(x), at, TG_ERR_SHAPE, "tg_flatten: axis %d is out of range for x %s",
                axis, tg__nn_shape_words(shape).text);
        tg_fail_operands(tg_tape_of(x), TG_LIST(x));
        return NULL;
    }
    while (shape.rank > first + 1) shape.dim[first] *= shape.dim[--shape.rank];
    return tg_reshape(x, shape);
}
