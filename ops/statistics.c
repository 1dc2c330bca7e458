/* statistics.c: reductions made of others: product, logsumexp, variance, norms. Each is written
 * so that its gradient is right, and finite, where the plain formula's is not. */
#include <math.h>

#include "ops/ops.h"

/* Reads the options of a reduction: the operand must be there, with a dtype in [set], and its
 * axes become a set. False with an error. */
static bool begin(const tg_reduce_args *args, const char *name, unsigned set, uint32_t *axes)
{
    tg_tensor *x = args->x;
    return tg__ready(args->at, name, 1, &x) && tg__dtype_in(args->at, name, x, set) &&
           tg__axes_of(args, name, axes);
}

/* How many elements go into each result. */
static int64_t reduced_count(const tg_tensor *x, uint32_t axes)
{
    int64_t count = 1;
    for (int i = 0; i < x->rank; i++)
        if (axes >> i & 1) count *= x->dim[i];
    return count;
}

static tg_axes axes_in(uint32_t set)
{
    tg_axes axes = { 0 };
    for (int i = 0; i < TG_MAX_RANK; i++)
        if (set >> i & 1) axes.axis[axes.count++] = i;
    return axes;
}

static tg_tensor *like(tg_site at, tg_tensor *y, tg_tensor *x)
{
    return tg_cast(y, tg_dtype_of(x));
}

/* max |x| or max x over the axes, kept. */
static tg_tensor *largest(tg_site at, tg_tensor *x, uint32_t axes)
{
    if (axes == 0) return x;
    return tg_max(x, .axes = axes_in(axes), .keep = true);
}

/* ---- Product ---------------------------------------------------------------------------- */

tg_tensor *tg_prod_with(const tg_reduce_args *given)
{
    tg_reduce_args args = { TG_REDUCE_DEFAULTS };
    if (!TG__READ_OPTIONS(args, given, "tg_prod", x)) return NULL;
    uint32_t axes;
    if (!begin(&args, "prod", TG_SET_NUMBER, &axes)) return NULL;
    tg_tensor *x = args.x;
    tg_tape *tape = x->tape;
    const tg_site at = args.at;
    const size_t length = tape->count;
    if (axes == 0) return x;
    /* Puts the reduced axes together, where the first of them is, and joins them. */
    tg_axes order = { .count = x->rank };
    int64_t dim[TG_MAX_RANK], joined[3] = { 1, 1, 1 };
    int to = 0;
    for (int part = 0; part < 3; part++)
        for (int i = 0; i < x->rank; i++) {
            const bool reduced = axes >> i & 1, before = !(axes & ((2u << i) - 1));
            if (part != (reduced ? 1 : before ? 0 : 2)) continue;
            order.axis[to++] = i;
            joined[part] *= x->dim[i];
        }
    for (int i = 0; i < x->rank; i++) dim[i] = axes >> i & 1 ? 1 : x->dim[i];
    tg_tensor *lines = tg__reshape_to(at, tg_permute(x, order), 3, joined);
    tg_tensor *products = lines ? tg__products(at, lines, 1, false) : NULL;
    tg_tensor *y = tg__reshape_to(at, products, x->rank, dim);
    return tg__whole(tape, length, tg__drop_axes(at, y, axes, args.keep));
}

/* ---- Logsumexp -------------------------------------------------------------------------- */

tg_tensor *tg_logsumexp_with(const tg_reduce_args *given)
{
    tg_reduce_args args = { TG_REDUCE_DEFAULTS };
    if (!TG__READ_OPTIONS(args, given, "tg_logsumexp", x)) return NULL;
    uint32_t axes;
    if (!begin(&args, "logsumexp", TG_SET_FLOAT, &axes)) return NULL;
    tg_tensor *x = args.x;
    tg_tape *tape = x->tape;
    const tg_site at = args.at;
    const size_t length = tape->count;
    tg_tensor *zero = tg_number_like(x, 0), *one = tg_number_like(x, 1);
    /* What is subtracted is added again, so no gradient needs to pass through it; it only has to
     * be finite. */
    tg_tensor *shift = zero;
    if (reduced_count(x, axes) > 0) {
        tg_tensor *most = tg_stop_gradient(largest(at, x, axes));
        shift = tg_select(tg_is_finite(most), most, zero);
    }
    tg_tensor *sum = tg__sum_axes(at, tg_exp(tg_sub(x, shift)), axes);
    /* Where all elements are -infinity, the slope is 0, not 0 / 0. */
    tg_tensor *none = tg_equal(sum, zero);
    tg_tensor *log = tg_add(tg_log(tg_select(none, one, sum)), shift);
    tg_tensor *y = tg_select(none, tg_number_like(x, -(double)INFINITY), log);
    return tg__whole(tape, length, tg__drop_axes(at, y, axes, args.keep));
}

/* ---- Variance --------------------------------------------------------------------------- */

static tg_reduce_args reduction_of(tg_variance_args args)
{
    return (tg_reduce_args){ TG_REDUCE_DEFAULTS, .at = args.at,     .x = args.x,
                             .axis = args.axis,  .axes = args.axes, .keep = args.keep };
}

/* x minus its first element along the axes. A variance does not change by that, and where all
 * elements are equal the differences are exactly 0; those from a mean are not, because the mean
 * rounds. */
static tg_tensor *from_first(tg_site at, tg_tensor *x, uint32_t axes)
{
    tg_tensor *first = x;
    for (int i = 0; first && i < x->rank; i++)
        if (axes >> i & 1) first = tg_slice(first, i, 0, 1, 1);
    return tg_sub(x, tg_stop_gradient(first));
}

/* The variance, in f64, with its axes dropped or not; NULL with an error. */
static tg_tensor *variance(const tg_variance_args *args, const char *name)
{
    const tg_reduce_args reduce = reduction_of(*args);
    uint32_t axes;
    if (!begin(&reduce, name, TG_SET_FLOAT, &axes)) return NULL;
    tg_tensor *x = args->x;
    const tg_site at = args->at;
    const double correction = args->correction;
    if (!(correction >= 0 && isfinite(correction)))
        return tg__fail_op(x->tape, at, TG_ERR_ARGUMENT, name, 1, &x,
                           "the correction is %g; it must be finite and at least 0", correction);
    const double count = (double)reduced_count(x, axes), divisor = count - correction;
    if (count > 0) x = from_first(at, x, axes);
    tg_tensor *mean = axes != 0 && count > 0 ? tg_mean(x, .axes = axes_in(axes), .keep = true)
                                             : tg_div_num(tg__sum_axes(at, x, axes), count);
    tg_tensor *squares = tg__sum_squares_axes(at, tg_sub(x, mean), axes);
    tg_tensor *y = tg_div_num(squares, divisor > 0 ? divisor : (double)NAN);
    return tg__drop_axes(at, y, axes, args->keep);
}

tg_tensor *tg_variance_with(const tg_variance_args *given)
{
    tg_variance_args args = { TG_VARIANCE_DEFAULTS };
    if (!TG__READ_OPTIONS(args, given, "tg_variance", x)) return NULL;
    const size_t length = tg_tape_length(tg_tape_of(args.x));
    const tg_site at = args.at;
    tg_tensor *y = variance(&args, "variance");
    return args.x ? tg__whole(tg_tape_of(args.x), length, like(at, y, args.x)) : NULL;
}

/* The square root, whose slope at 0 is 0 and not infinite. */
static tg_tensor *safe_sqrt(tg_site at, tg_tensor *x)
{
    tg_tensor *zero = tg_number_like(x, 0), *one = tg_number_like(x, 1);
    tg_tensor *flat = tg_equal(x, zero);
    return tg_select(flat, zero, tg_sqrt(tg_select(flat, one, x)));
}

tg_tensor *tg_std_with(const tg_variance_args *given)
{
    tg_variance_args args = { TG_VARIANCE_DEFAULTS };
    if (!TG__READ_OPTIONS(args, given, "tg_std", x)) return NULL;
    const tg_site at = args.at;
    const size_t length = tg_tape_length(tg_tape_of(args.x));
    tg_tensor *y = variance(&args, "std");
    return args.x ? tg__whole(tg_tape_of(args.x), length, like(at, safe_sqrt(at, y), args.x))
                  : NULL;
}

/* ---- Norms ------------------------------------------------------------------------------ */

tg_tensor *tg_norm_with(const tg_norm_args *given)
{
    tg_norm_args args = { TG_NORM_DEFAULTS };
    if (!TG__READ_OPTIONS(args, given, "tg_norm", x)) return NULL;
    const tg_reduce_args reduce = { TG_REDUCE_DEFAULTS, .at = args.at,     .x = args.x,
                                    .axis = args.axis,  .axes = args.axes, .keep = args.keep };
    uint32_t axes;
    if (!begin(&reduce, "norm", TG_SET_FLOAT, &axes)) return NULL;
    tg_tensor *x = args.x;
    tg_tape *tape = x->tape;
    const tg_site at = args.at;
    const double p = args.p;
    if (!(p >= 1))
        return tg__fail_op(tape, at, TG_ERR_ARGUMENT, "norm", 1, &x,
                           "p is %g; a norm has a p of at least 1, or INFINITY", p);
    const size_t length = tape->count;
    tg_tensor *y;
    if (reduced_count(x, axes) == 0) {
        y = tg__sum_axes(at, x, axes);
    } else if (p == 1) {
        y = tg__sum_axes(at, tg_abs(x), axes);
    } else if (p == 2) {
        y = like(at, safe_sqrt(at, tg__sum_squares_axes(at, x, axes)), x);
    } else if (isinf(p)) {
        y = largest(at, tg_abs(x), axes);
    } else {
        /* The slope of an element of 0 is 0. Its second derivative, which is infinite for p < 2,
         * is left out. */
        tg_tensor *from = tg_cast(x, TG_F64);
        tg_tensor *zero = tg_number_like(from, 0), *one = tg_number_like(from, 1);
        tg_tensor *none = tg_equal(from, zero);
        tg_tensor *power = tg_pow_num(tg_select(none, one, tg_abs(from)), p);
        tg_tensor *sum = tg__sum_axes(at, tg_select(none, zero, power), axes);
        tg_tensor *flat = tg_equal(sum, zero);
        y = like(at, tg_select(flat, zero, tg_pow_num(tg_select(flat, one, sum), 1 / p)), x);
    }
    return tg__whole(tape, length, tg__drop_axes(at, y, axes, args.keep));
}
