/* attention.c: scaled dot-product attention: a product, one pass over the rows of scores, a
 * product.
 *
 * The rows of the softmax are divided by their sums behind the second product, where rows are
 * shorter (d elements and not S). The backward pass then needs only e^score and no sum over the
 * rows of scores: the gradient by the sums is computed from rows of the result (Dao et al.,
 * "FlashAttention", 2022, section 3.1). */
#include "operands.h"

#include <math.h>

#undef TG_HERE
#define TG_HERE at

/* ---- Checks ----------------------------------------------------------------------------- */

static bool misfit(tg_attention_args args, tg_status status, const char *rule)
{
    tg_tape *tape = tg_tape_of(args.q);
    tg_fail(tape, args.at, status, "tg_attention: %s", rule);
    tg_fail_operands(
        tape, (tg_list){ args.mask ? 4 : 3, (tg_tensor *[]){ args.q, args.k, args.v, args.mask } });
    return false;
}

/* Broadcasts the shape [from] into [to], without their last two axes. False if they do not
 * broadcast. */
static bool take_leading(tg_shape *to, tg_shape from)
{
    tg_shape all = { .rank = to->rank > from.rank ? to->rank : from.rank };
    for (int i = 1; i <= all.rank; i++) {
        const int64_t a = i <= to->rank ? to->dim[to->rank - i] : 1;
        const int64_t b = i <= from.rank && i > 2 ? from.dim[from.rank - i] : 1;
        if (i > 2 && a != b && a != 1 && b != 1) return false;
        all.dim[all.rank - i] = i <= 2 || b == 1 ? a : b;
    }
    *to = all;
    return true;
}

static bool operands_fit(tg_attention_args args)
{
    const tg_dtype dtype = tg_dtype_of(args.q);
    if (!tg__nn_is_float(args.at, "tg_attention", "queries", args.q)) return false;
    if (tg_dtype_of(args.k) != dtype || tg_dtype_of(args.v) != dtype)
        return misfit(args, TG_ERR_DTYPE, "queries, keys and values must have one dtype");
    if (args.mask && tg_dtype_of(args.mask) != TG_BOOL)
        return misfit(args, TG_ERR_DTYPE, "the mask must be bool, true where a query may attend");
    if (tg_rank(args.q) < 2 || tg_rank(args.k) < 2 || tg_rank(args.v) < 2)
        return misfit(args, TG_ERR_SHAPE, "it takes q [..., T, d], k [..., S, d], v [..., S, e]");
    if (tg_dim(args.q, -1) != tg_dim(args.k, -1))
        return misfit(args, TG_ERR_SHAPE, "queries and keys must have one last axis, d");
    if (tg_dim(args.k, -2) != tg_dim(args.v, -2))
        return misfit(args, TG_ERR_SHAPE, "there must be a value for each key");
    tg_shape scores = tg_shape_from(args.q);
    scores.dim[scores.rank - 1] = tg_dim(args.k, -2);
    if (!take_leading(&scores, tg_shape_from(args.k)) ||
        !take_leading(&scores, tg_shape_from(args.v)))
        return misfit(args, TG_ERR_SHAPE, "the axes before the last two must broadcast");
    if (args.mask && !tg__nn_broadcasts(tg_shape_from(args.mask), scores))
        return misfit(args, TG_ERR_SHAPE, "the mask must broadcast to the scores [..., T, S]");
    return true;
}

static bool options_hold(tg_attention_args args)
{
    tg_tape *tape = tg_tape_of(args.q);
    if (!isfinite(args.scale)) {
        tg_fail(tape, args.at, TG_ERR_ARGUMENT, "tg_attention: scale = %g must be finite",
                args.scale);
        return false;
    }
    if (!(args.dropout >= 0 && args.dropout <= 1)) {
        tg_fail(tape, args.at, TG_ERR_ARGUMENT, "tg_attention: dropout = %g must lie in [0, 1]",
                args.dropout);
        return false;
    }
    if (args.training && args.dropout > 0 && (!args.key || !args.key[0])) {
        tg_fail(tape, args.at, TG_ERR_ARGUMENT,
                "tg_attention: dropout draws random numbers, and needs a .key");
        return false;
    }
    return true;
}

/* ---- Recording -------------------------------------------------------------------------- */

/* The caller's mask and the causal one, as one; NULL if there is none. */
static tg_tensor *joint_mask(tg_site at, tg_attention_args args)
{
    if (!args.causal) return args.mask;
    const int64_t queries = tg_dim(args.q, -2), keys = tg_dim(args.k, -2);
    tg_tensor *past = tg_tril_mask(tg_tape_of(args.q), queries, keys,
                                   args.lower_right ? keys - queries : 0);
    return args.mask ? tg_and(args.mask, past) : past;
}

/* e^(score - maximum of the row); exactly 0 where the mask hides the score. The maximum cancels in
 * the quotient, so no gradient passes through it. The maximum of a row with all scores hidden is
 * -infinity; 0 is taken instead, because -infinity - -infinity is NaN. */
static tg_tensor *powers(tg_site at, tg_tensor *scores, tg_tensor *mask)
{
    if (mask) scores = tg_select(mask, scores, tg_number_like(scores, -(double)INFINITY));
    tg_tensor *peak = tg_stop_gradient(tg_max(scores, .axis = -1, .keep = true));
    if (mask) {
        tg_tensor *none = tg_equal(peak, tg_number_like(peak, -(double)INFINITY));
        peak = tg_select(none, tg_number_like(peak, 0), peak);
    }
    return tg_exp(tg_sub(scores, peak));
}

/* The sum of each row, which the row is divided by; 1 for a row with all scores hidden. */
static tg_tensor *totals(tg_site at, tg_tensor *power, bool masked)
{
    tg_tensor *total = tg_sum(power, .axis = -1, .keep = true);
    if (!masked) return total;
    tg_tensor *none = tg_equal(total, tg_number_like(total, 0));
    return tg_select(none, tg_number_like(total, 1), total);
}

tg_tensor *tg_attention_with(const tg_attention_args *given)
{
    tg_attention_args args = { TG_ATTENTION_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_attention", q)) return NULL;
    if (args.weights) *args.weights = NULL;
    if (!tg__nn_enter(&args.at, "tg_attention", 3,
                      TG__NN_OPERANDS(args.q, args.k, args.v, args.mask)))
        return NULL;
    const tg_site at = args.at;
    const double width = (double)tg_dim(args.q, -1);
    if (args.scale == TG_AUTO) args.scale = 1 / sqrt(width < 1 ? 1 : width);
    if (!operands_fit(args) || !options_hold(args)) return NULL;

    tg_tensor *products = tg_matmul(args.q, tg_transpose(args.k));
    if (tg_dim(args.k, -2) == 0) {
        if (args.weights) *args.weights = products;
        return tg_matmul(products, args.v); /* there are no keys: zeros */
    }
    tg_tensor *mask = joint_mask(at, args);
    tg_tensor *power = powers(at, tg_mul_num(products, args.scale), mask);
    tg_tensor *total = totals(at, power, mask != NULL);
    tg_tensor *weights = args.weights ? tg_div(power, total) : NULL;
    if (args.training && args.dropout > 0) power = tg_dropout(power, args.dropout, args.key, true);
    /* The reciprocal is recorded before the product. The planner then meets the row sums first, and
     * computes them in the loop that computes e^score. */
    tg_tensor *share = tg_reciprocal(total);
    tg_tensor *y = tg_mul(share, tg_matmul(power, args.v));
    if (args.weights) *args.weights = y ? weights : NULL;
    return y;
}
