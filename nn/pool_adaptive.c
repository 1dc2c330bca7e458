/* pool_adaptive.c: pooling to a given size. If that size divides x's, it is pooling with adjacent
 * windows. Else windows differ in size and overlap: the mean is a product with a matrix along each
 * axis; for the maximum the windows are filled up to one size with -infinity. */
#include "spatial.h"

#include <math.h>

#undef TG_HERE
#define TG_HERE at

typedef struct adaptive {
    tg_site at;
    const char *op;
    tg_tensor *x;
    int dims;
    int64_t size[TG_CONV_DIMS]; /* of the result, along each spatial axis */
} adaptive;

static int64_t length_of(const adaptive *p, int i) { return tg_dim(p->x, 2 + i); }

/* The first element of window [k] along axis [i], and the one behind its last. n / size and n %
 * size are multiplied separately, because k * n could overflow. */
static int64_t begin_of(const adaptive *p, int i, int64_t k)
{
    const int64_t n = length_of(p, i), size = p->size[i];
    return k * (n / size) + k * (n % size) / size;
}
static int64_t end_of(const adaptive *p, int i, int64_t k)
{
    const int64_t n = length_of(p, i), size = p->size[i], next = k + 1;
    return next * (n / size) + (next * (n % size) + size - 1) / size;
}

static bool checked(const char *op, const tg_adaptive_pool_args *args, adaptive *p)
{
    *p = (adaptive){ .at = args->at, .op = op, .x = args->x };
    if (!args->x || !tg__nn_spatial(p->at, op, args->x, false)) return false;
    p->dims = tg_rank(args->x) - 2;
    tg_error why = { TG_OK, "" };
    const tg__nn_option size = { "size", args->size, args->size_shape, 0, 1 };
    bool holds = tg__nn_option_of(&size, p->dims, p->size, &why);
    for (int i = 0; holds && i < p->dims; i++) {
        if (length_of(p, i) < 1)
            holds =
                tg__nn_message(&why, TG_ERR_SHAPE, "axis %d of x has no elements to pool", 2 + i);
        else if (p->size[i] > INT64_C(1) << 31)
            holds = tg__nn_message(&why, TG_ERR_MEMORY, "size is %lld, more than memory could hold",
                                   (long long)p->size[i]);
    }
    if (holds) return true;
    tg_fail(tg_tape_of(p->x), p->at, why.status, "%s: %s", op, why.text);
    tg_fail_operands(tg_tape_of(p->x), TG_LIST(p->x));
    return false;
}

/* True if the result's sizes divide x's. Then [args] are the options of the equal pooling. */
static bool divides(const adaptive *p, tg_pool_args *args)
{
    *args = (tg_pool_args){ TG_POOL_DEFAULTS, .at = p->at, .x = p->x };
    for (int i = 0; i < p->dims; i++) {
        if (length_of(p, i) % p->size[i] != 0) return false;
        args->kernel_shape.dim[args->kernel_shape.rank++] = length_of(p, i) / p->size[i];
    }
    return true;
}

/* ---- The mean --------------------------------------------------------------------------- */

/* The mean along axis [i]: row k of the matrix is 1/count at the elements of window k. */
static tg_tensor *mean_along(const adaptive *p, tg_tensor *x, int i)
{
    const int64_t n = length_of(p, i), size = p->size[i];
    double *rows = tg__nn_matrix(p->at, p->op, p->x, size, n);
    if (!rows) return NULL;
    for (int64_t k = 0; k < size; k++) {
        const int64_t begin = begin_of(p, i, k), end = end_of(p, i, k);
        for (int64_t e = begin; e < end; e++) rows[k * n + e] = 1 / (double)(end - begin);
    }
    return tg__nn_along(p->at, x, 2 + i, size, rows);
}

tg_tensor *tg_adaptive_avg_pool_with(const tg_adaptive_pool_args *given)
{
    tg_adaptive_pool_args args = { TG_ADAPTIVE_POOL_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_adaptive_avg_pool", x)) return NULL;
    if (!tg_enter(&args.at, "tg_adaptive_avg_pool", TG_LIST(args.x))) return NULL;
    adaptive p;
    tg_pool_args even;
    if (!checked("tg_adaptive_avg_pool", &args, &p)) return NULL;
    if (divides(&p, &even)) return tg_avg_pool_with(&even);
    tg_tensor *y = p.x;
    for (int i = 0; i < p.dims; i++) y = mean_along(&p, y, i);
    return tg_name(y, "adaptive_avg_pool");
}

/* ---- The maximum ------------------------------------------------------------------------ */

static int64_t longest(const adaptive *p, int i)
{
    int64_t most = 0;
    for (int64_t k = 0; k < p->size[i]; k++) {
        const int64_t length = end_of(p, i, k) - begin_of(p, i, k);
        if (length > most) most = length;
    }
    return most;
}

/* Splits the axis into two: the windows, and their elements. Shorter windows are filled with
 * -infinity. */
static tg_tensor *windows_along(const adaptive *p, tg_tensor *x, int axis, int i)
{
    const tg_site at = p->at;
    const int64_t size = p->size[i], most = longest(p, i);
    tg_tape *tape = tg_tape_of(p->x);
    int64_t *index = tg_scratch(tape, (size_t)(size * most) * sizeof *index);
    bool *real = tg_scratch(tape, (size_t)(size * most) * sizeof *real);
    if (!x || !index || !real) return NULL;
    for (int64_t k = 0; k < size; k++)
        for (int64_t e = 0; e < most; e++) {
            const int64_t begin = begin_of(p, i, k), end = end_of(p, i, k);
            real[k * most + e] = begin + e < end;
            index[k * most + e] = begin + e < end ? begin + e : begin;
        }
    tg_tensor *places = tg_constant(tape, TG_I64, TG_SHAPE(size, most), index);
    tg_tensor *windows = tg_gather(x, places, axis);
    tg_shape shape = TG_SHAPE(size, most);
    while (axis + shape.rank < tg_rank(windows)) shape.dim[shape.rank++] = 1;
    tg_tensor *mask = tg_constant(tape, TG_BOOL, shape, real);
    return tg_select(mask, windows, tg_number_like(windows, -(double)INFINITY));
}

tg_tensor *tg_adaptive_max_pool_with(const tg_adaptive_pool_args *given)
{
    tg_adaptive_pool_args args = { TG_ADAPTIVE_POOL_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_adaptive_max_pool", x)) return NULL;
    if (!tg_enter(&args.at, "tg_adaptive_max_pool", TG_LIST(args.x))) return NULL;
    const tg_site at = args.at;
    adaptive p;
    tg_pool_args even;
    if (!checked("tg_adaptive_max_pool", &args, &p)) return NULL;
    if (divides(&p, &even)) return tg_max_pool_with(&even);
    tg_tensor *windows = p.x;
    tg_axes order = TG_AXES(0, 1), axes = { 0, { 0 } };
    for (int i = 0; i < p.dims; i++) {
        windows = windows_along(&p, windows, 2 + 2 * i, i);
        order.axis[order.count++] = 2 + 2 * i;
    }
    for (int i = 0; i < p.dims; i++) {
        order.axis[order.count++] = 3 + 2 * i;
        axes.axis[axes.count++] = 2 + p.dims + i;
    }
    return tg_name(tg_max(tg_permute(windows, order), .axes = axes), "adaptive_max_pool");
}
