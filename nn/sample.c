/* sample.c: draws the next token from logits. Classes that must not be drawn get a logit of
 * -infinity. */
#include "operands.h"

#include <math.h>

#undef TG_HERE
#define TG_HERE at

/* Excludes the logits below [least], one number for each row. */
static tg_tensor *ruled(tg_site at, tg_tensor *logits, tg_tensor *least)
{
    tg_tensor *never = tg_number_like(logits, -(double)INFINITY);
    return tg_select(tg_less(logits, least), never, logits);
}

static tg_tensor *most_likely(tg_site at, tg_tensor *logits, int64_t count)
{
    tg_tensor *first = tg_top_k(logits, count);
    return ruled(at, logits, tg_slice(first, -1, count - 1, count, 1));
}

/* Top-p sampling: keeps the most probable classes whose probabilities, summed in descending order,
 * first reach [share]. */
static tg_tensor *nucleus(tg_site at, tg_tensor *logits, double share)
{
    tg_tensor *sorted = tg_sort(logits, .descending = true);
    tg_tensor *p = tg_softmax(sorted);
    tg_tensor *before = tg_sub(tg_cumsum(p, -1), p);
    tg_tensor *more = tg_number_like(sorted, (double)INFINITY);
    tg_tensor *kept = tg_select(tg_less_num(before, share), sorted, more);
    return ruled(at, logits, tg_min(kept, .axis = -1, .keep = true));
}

static bool options_hold(tg_tape *tape, const tg_sample_args *args)
{
    const int64_t classes = tg_rank(args->logits) ? tg_dim(args->logits, -1) : 0;
    const char *wrong = NULL;
    if (!(args->temperature >= 0) || isinf(args->temperature))
        wrong = "temperature must be finite and at least 0";
    else if (args->top_k != TG_AUTO && args->top_k < 1) wrong = "top_k must be at least 1";
    else if (!(args->top_p > 0) || args->top_p > 1) wrong = "top_p must lie in (0, 1]";
    if (wrong) tg_fail(tape, args->at, TG_ERR_ARGUMENT, "tg_sample: %s", wrong);
    else if (classes < 1)
        tg_fail(tape, args->at, TG_ERR_SHAPE, "tg_sample: the logits must have classes");
    return !wrong && classes >= 1;
}

tg_tensor *tg_sample_with(const tg_sample_args *given)
{
    tg_sample_args args = { TG_SAMPLE_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_sample", logits)) return NULL;
    if (!tg_enter(&args.at, "tg_sample", TG_LIST(args.logits))) return NULL;
    const tg_site at = args.at;
    tg_tensor *logits = args.logits;
    tg_tape *tape = tg_tape_of(logits);
    const tg_dtype dtype = tg_dtype_of(logits);
    if (dtype != TG_F32 && dtype != TG_F64)
        return tg_fail(tape, at, TG_ERR_DTYPE, "tg_sample: the logits must be f32 or f64, not %s",
                       tg_dtype_name(dtype));
    if (!options_hold(tape, &args)) return NULL;
    if (args.temperature == 0) return tg_argmax(logits, .axis = -1);
    if (args.temperature != 1) logits = tg_div_num(logits, args.temperature);
    const int64_t classes = tg_dim(logits, -1);
    if (args.top_k != TG_AUTO && args.top_k < classes) logits = most_likely(at, logits, args.top_k);
    if (args.top_p < 1) logits = nucleus(at, logits, args.top_p);
    return tg_categorical(logits, args.key);
}
