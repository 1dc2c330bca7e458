/* pool.c: pooling: reductions over windows. The axes of a window are the last ones, so the planner
 * reduces rows. */
#include "spatial.h"

#include <math.h>

#undef TG_HERE
#define TG_HERE at

/* ---- Windows ---------------------------------------------------------------------------- */

/* A call whose operands and options are being checked. */
typedef struct pool {
    tg_site at;
    const char *op;
    tg_tensor *x;
    int64_t kernel[TG_CONV_DIMS];
    tg_conv_steps steps;
    bool ceil;
} pool;

/* Reports [why] on the tape. Returns false. */
static bool pool_fail(const pool *p, const tg_error *why)
{
    tg_fail(tg_tape_of(p->x), p->at, why->status, "%s: %s", p->op, why->text);
    tg_fail_operands(tg_tape_of(p->x), TG_LIST(p->x));
    return false;
}

static bool options_hold(const tg_pool_args *args, pool *p, tg_error *why)
{
    const int dims = p->steps.dims;
    const tg__nn_option kernel = { "kernel", args->kernel, args->kernel_shape, 0, 1 };
    tg__nn_option stride = { "stride", args->stride, args->stride_shape, TG_AUTO, 1 };
    const tg__nn_option padding = { "padding", args->padding, args->padding_shape, 0, 0 };
    const tg__nn_option dilation = { "dilation", args->dilation, args->dilation_shape, 1, 1 };
    if (!tg__nn_option_of(&kernel, dims, p->kernel, why)) return false;
    if (!tg__nn_option_given(&stride)) {
        stride.shape.rank = dims;
        for (int i = 0; i < dims; i++) stride.shape.dim[i] = p->kernel[i];
    }
    if (!tg__nn_option_of(&stride, dims, p->steps.stride, why) ||
        !tg__nn_option_of(&padding, dims, p->steps.before, why) ||
        !tg__nn_option_of(&dilation, dims, p->steps.dilation, why))
        return false;
    for (int i = 0; i < dims; i++) p->steps.after[i] = p->steps.before[i];
    return true;
}

/* With .ceil there may be one more window, if it begins within x or within the padding before it
 * (as in PyTorch). This sets the padding behind x to what that window needs. */
static void reach_further(pool *p, int i, int64_t n, int64_t reach)
{
    const int64_t stride = p->steps.stride[i], padding = p->steps.before[i];
    if (!p->ceil || reach < 0 || padding > p->kernel[i] / 2 || n < 1) return;
    const int64_t room =
        n + 2 * padding - reach - 1; /* the last place for a window; may be negative */
    int64_t last = (room > 0 ? room / stride + (room % stride > 0) : 0) * stride;
    if (last >= n + padding) last -= stride;
    const int64_t needed = last + reach + 1 - n - padding;
    if (needed > padding) p->steps.after[i] = needed;
}

static bool windows_fit(pool *p, tg_error *why)
{
    for (int i = 0; i < p->steps.dims; i++) {
        const int64_t n = tg_dim(p->x, 2 + i), padding = p->steps.before[i];
        const int64_t reach = tg__nn_reach(p->kernel[i], p->steps.dilation[i]);
        reach_further(p, i, n, reach);
        /* Else a window could lie in the padding alone. */
        if (padding > p->kernel[i] / 2)
            return tg__nn_message(why, TG_ERR_ARGUMENT,
                                  "padding is %lld, and must be at most half the kernel, %lld",
                                  (long long)padding, (long long)p->kernel[i]);
        if (n < 1 || tg__nn_places(n, padding, p->steps.after[i], reach, p->steps.stride[i]) < 1)
            return tg__nn_message(
                why, TG_ERR_SHAPE,
                "a kernel of %lld with dilation %lld does not fit into axis %d of x, "
                "whose size is %lld, with padding %lld",
                (long long)p->kernel[i], (long long)p->steps.dilation[i], 2 + i, (long long)n,
                (long long)padding);
    }
    return true;
}

static bool checked(const char *op, const tg_pool_args *args, pool *p)
{
    *p = (pool){ .at = args->at, .op = op, .x = args->x, .ceil = args->ceil };
    if (!args->x || !tg__nn_spatial(p->at, op, args->x, false)) return false;
    p->steps.dims = tg_rank(args->x) - 2;
    tg_error why = { TG_OK, "" };
    return (options_hold(args, p, &why) && windows_fit(p, &why)) || pool_fail(p, &why);
}

/* The windows, [N, C, places..., kernel...]; *axes receives the axes of the kernel. */
static tg_tensor *windows_of(const pool *p, double padding, tg_axes *axes)
{
    const tg_site at = p->at;
    tg_tensor *x = p->x;
    *axes = (tg_axes){ 0, { 0 } };
    for (int i = 0; i < p->steps.dims; i++) {
        x = tg_pad(x, 2 + i, p->steps.before[i], p->steps.after[i], 0, padding);
        axes->axis[axes->count++] = 2 + p->steps.dims + i;
    }
    return tg__nn_windows(at, x, 2, p->kernel, &p->steps);
}

/* ---- Pooling ---------------------------------------------------------------------------- */

tg_tensor *tg_max_pool_with(const tg_pool_args *given)
{
    tg_pool_args args = { TG_POOL_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_max_pool", x)) return NULL;
    if (!tg_enter(&args.at, "tg_max_pool", TG_LIST(args.x))) return NULL;
    const tg_site at = args.at;
    pool p;
    tg_axes axes;
    if (!checked("tg_max_pool", &args, &p)) return NULL;
    tg_tensor *windows = windows_of(&p, -(double)INFINITY, &axes);
    return tg_name(tg_max(windows, .axes = axes), "max_pool");
}

/* The number of elements that the mean of the window at [place] counts: those of x, and with
 * [padding] also those of the padding, which counts as equally wide on both sides. */
static int64_t real_elements(const pool *p, int i, int64_t place, bool padding)
{
    const int64_t around = padding ? p->steps.before[i] : 0;
    int64_t count = 0;
    for (int64_t k = 0; k < p->kernel[i]; k++) {
        const int64_t at = place * p->steps.stride[i] + k * p->steps.dilation[i];
        const int64_t element = at - p->steps.before[i];
        count += element >= -around && element < tg_dim(p->x, 2 + i) + around;
    }
    return count;
}

/* y divided, along spatial axis [i], by the number of elements of each window. */
static tg_tensor *divided(const pool *p, tg_tensor *y, int i, bool padding)
{
    const tg_site at = p->at;
    if (!y) return NULL;
    const int64_t places = tg_dim(y, 2 + i);
    double *counts = tg_scratch(tg_tape_of(y), (size_t)places * sizeof *counts);
    if (!counts) return NULL;
    for (int64_t k = 0; k < places; k++) counts[k] = (double)real_elements(p, i, k, padding);
    tg_shape shape = TG_SHAPE(places);
    while (shape.rank < p->steps.dims - i) shape.dim[shape.rank++] = 1;
    tg_tensor *divisor = tg_constant(tg_tape_of(y), TG_F64, shape, counts);
    return tg_div(y, tg_dtype_of(y) == TG_F64 ? divisor : tg_cast(divisor, tg_dtype_of(y)));
}

tg_tensor *tg_avg_pool_with(const tg_pool_args *given)
{
    tg_pool_args args = { TG_POOL_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_avg_pool", x)) return NULL;
    if (!tg_enter(&args.at, "tg_avg_pool", TG_LIST(args.x))) return NULL;
    const tg_site at = args.at;
    pool p;
    tg_axes axes;
    if (!checked("tg_avg_pool", &args, &p)) return NULL;
    tg_tensor *windows = windows_of(&p, 0, &axes);
    bool uneven = args.exclude_padding;
    for (int i = 0; i < p.steps.dims; i++) uneven |= p.steps.after[i] > p.steps.before[i];
    if (!uneven) return tg_name(tg_mean(windows, .axes = axes), "avg_pool");
    tg_tensor *y = tg_sum(windows, .axes = axes);
    for (int i = 0; i < p.steps.dims; i++) y = divided(&p, y, i, !args.exclude_padding);
    return tg_name(y, "avg_pool");
}

tg_tensor *tg_l2_pool_with(const tg_pool_args *given)
{
    tg_pool_args args = { TG_POOL_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_l2_pool", x)) return NULL;
    if (!tg_enter(&args.at, "tg_l2_pool", TG_LIST(args.x))) return NULL;
    const tg_site at = args.at;
    pool p;
    tg_axes axes;
    if (!checked("tg_l2_pool", &args, &p)) return NULL;
    tg_tensor *windows = windows_of(&p, 0, &axes);
    return tg_name(tg_norm(windows, .axes = axes), "l2_pool");
}
