/* interpolate.c: interpolation to any size, and padding with elements of x. Both work on one axis
 * after the other. */
#include "spatial.h"

#include <math.h>

#undef TG_HERE
#define TG_HERE at

/* ---- Elements by their places --------------------------------------------------------------- */

/* The elements place[0 .. size) of x along the axis. */
static tg_tensor *taken(tg_site at, tg_tensor *x, int axis, const int64_t *place, int64_t size)
{
    if (!x || !place) return NULL;
    return tg_gather(x, tg_constant(tg_tape_of(x), TG_I64, TG_SHAPE(size), place), axis);
}

/* Memory for [size] places, on x's tape; NULL on an error. */
static int64_t *places_of(tg_site at, const char *op, tg_tensor *x, int64_t size)
{
    if (size <= INT64_C(1) << 40) return tg_scratch(tg_tape_of(x), (size_t)size * sizeof(int64_t));
    tg_fail(tg_tape_of(x), at, TG_ERR_MEMORY, "%s: an axis of %lld elements is too long", op,
            (long long)size);
    return NULL;
}

/* ---- Interpolation -----------------------------------------------------------------------------
 */

/* The place among [n] elements from which element [i] of [size] is interpolated. */
static double place_of(int64_t i, int64_t n, int64_t size, bool align_corners)
{
    if (align_corners) return size > 1 ? (double)i * (double)(n - 1) / (double)(size - 1) : 0;
    return ((double)i + 0.5) * (double)n / (double)size - 0.5;
}

static tg_tensor *nearest_along(tg_site at, tg_tensor *x, int axis, int64_t size)
{
    const int64_t n = tg_dim(x, axis);
    int64_t *place = places_of(at, "tg_interpolate", x, size);
    for (int64_t i = 0; i < size && place; i++)
        place[i] =
            n > INT64_MAX / size ? (int64_t)((double)i * (double)n / (double)size) : i * n / size;
    return taken(at, x, axis, place, size);
}

static int64_t within(int64_t i, int64_t n) { return i < 0 ? 0 : i < n ? i : n - 1; }

/* The weights of the elements at -1, 0, 1 and 2 of a cubic convolution (a = -0.75) at [t] in [0,
 * 1). */
static void cubic_weights(double t, double w[4])
{
    const double a = -0.75;
    const double far[2] = { 1 + t, 2 - t }, near[2] = { t, 1 - t };
    for (int k = 0; k < 2; k++) {
        w[k ? 3 : 0] = ((a * far[k] - 5 * a) * far[k] + 8 * a) * far[k] - 4 * a;
        w[k ? 2 : 1] = ((a + 2) * near[k] - (a + 3)) * near[k] * near[k] + 1;
    }
}

static tg_tensor *drawn_along(const tg_interpolate_args *args, tg_tensor *x, int axis, int64_t size)
{
    const tg_site at = args->at;
    const int64_t n = tg_dim(x, axis);
    double *rows = tg__nn_matrix(at, "tg_interpolate", x, size, n);
    if (!rows) return NULL;
    for (int64_t i = 0; i < size; i++) {
        double place = place_of(i, n, size, args->align_corners), w[4];
        if (args->by == TG_LINEAR) place = fmax(place, 0);
        const int64_t left = (int64_t)floor(place);
        const double t = place - (double)left;
        if (args->by == TG_LINEAR) {
            rows[i * n + within(left, n)] += 1 - t;
            rows[i * n + within(left + 1, n)] += t;
            continue;
        }
        cubic_weights(t, w);
        for (int k = 0; k < 4; k++) rows[i * n + within(left - 1 + k, n)] += w[k];
    }
    return tg__nn_along(at, x, axis, size, rows);
}

static bool interpolation_fits(const tg_interpolate_args *args, int64_t size[TG_CONV_DIMS])
{
    static const char op[] = "tg_interpolate";
    tg_error why = { TG_OK, "" };
    const int dims = tg_rank(args->x) - 2;
    const tg__nn_option sizes = { "size", args->size, args->size_shape, 0, 1 };
    if (!tg__nn_spatial(args->at, op, args->x, args->by == TG_NEAREST)) return false;
    if (!tg__nn_option_of(&sizes, dims, size, &why)) {
        /* reported below */
    } else if ((unsigned)args->by > TG_CUBIC) {
        tg__nn_message(&why, TG_ERR_ARGUMENT, "there is no interpolation %d", (int)args->by);
    } else if (args->by == TG_NEAREST && args->align_corners) {
        tg__nn_message(&why, TG_ERR_ARGUMENT, ".align_corners is not for nearest elements");
    }
    for (int i = 0; i < dims && why.status == TG_OK; i++)
        if (tg_dim(args->x, 2 + i) < 1)
            tg__nn_message(&why, TG_ERR_SHAPE, "axis %d of x has no elements", 2 + i);
    if (why.status == TG_OK) return true;
    tg_fail(tg_tape_of(args->x), args->at, why.status, "%s: %s", op, why.text);
    tg_fail_operands(tg_tape_of(args->x), TG_LIST(args->x));
    return false;
}

tg_tensor *tg_interpolate_with(const tg_interpolate_args *given)
{
    tg_interpolate_args args = { TG_INTERPOLATE_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_interpolate", x)) return NULL;
    if (!tg_enter(&args.at, "tg_interpolate", TG_LIST(args.x))) return NULL;
    int64_t size[TG_CONV_DIMS];
    if (!interpolation_fits(&args, size)) return NULL;
    tg_tensor *y = args.x;
    const int dims = tg_rank(args.x) - 2;
    for (int i = 0; i < dims && y; i++)
        y = args.by == TG_NEAREST ? nearest_along(args.at, y, 2 + i, size[i])
                                  : drawn_along(&args, y, 2 + i, size[i]);
    return y;
}

/* ---- Around an axis
 * ------------------------------------------------------------------------------ */

typedef enum around { REFLECT, REPLICATE, CIRCULAR } around;

/* The element of n that is at place i, which may be outside of [0, n). */
static int64_t element_at(around how, int64_t i, int64_t n)
{
    if (i >= 0 && i < n) return i;
    if (how == REPLICATE) return within(i, n);
    if (how == CIRCULAR) return i < 0 ? i + n : i - n;
    return i < 0 ? -i : 2 * (n - 1) - i;
}

static tg_tensor *padded(tg_site at, const char *op, tg_tensor *x, int axis, int64_t before,
                         int64_t after, around how)
{
    if (!tg_enter(&at, op, TG_LIST(x))) return NULL;
    tg_tape *tape = tg_tape_of(x);
    const int rank = tg_rank(x), along = axis < 0 ? axis + rank : axis;
    const int64_t n = along >= 0 && along < rank ? tg_dim(x, along) : 0;
    const int64_t most = how == REFLECT ? n - 1 : how == CIRCULAR ? n : INT64_MAX / 4;
    if (along < 0 || along >= rank)
        tg_fail(tape, at, TG_ERR_SHAPE, "%s: axis %d is out of range for x of rank %d", op, axis,
                rank);
    else if (n < 1) tg_fail(tape, at, TG_ERR_SHAPE, "%s: axis %d of x has no elements", op, axis);
    else if (before < 0 || after < 0 || before > most || after > most)
        tg_fail(tape, at, TG_ERR_ARGUMENT,
                "%s: before = %lld and after = %lld must be 0 to %lld for an axis of %lld", op,
                (long long)before, (long long)after, (long long)most, (long long)n);
    if (tg_tape_status(tape) != TG_OK) {
        tg_fail_operands(tape, TG_LIST(x));
        return NULL;
    }
    const int64_t size = before + n + after;
    int64_t *place = places_of(at, op, x, size);
    for (int64_t i = 0; i < size && place; i++) place[i] = element_at(how, i - before, n);
    return taken(at, x, along, place, size);
}

tg_tensor *tg_pad_reflect_at(tg_site at, tg_tensor *x, int axis, int64_t before, int64_t after)
{
    return padded(at, "tg_pad_reflect", x, axis, before, after, REFLECT);
}

tg_tensor *tg_pad_replicate_at(tg_site at, tg_tensor *x, int axis, int64_t before, int64_t after)
{
    return padded(at, "tg_pad_replicate", x, axis, before, after, REPLICATE);
}

tg_tensor *tg_pad_circular_at(tg_site at, tg_tensor *x, int axis, int64_t before, int64_t after)
{
    return padded(at, "tg_pad_circular", x, axis, before, after, CIRCULAR);
}
