/* schedule_parts.c: schedules made of others: one after the other, or their product. */
#include "schedule.h"

#undef TG_HERE
#define TG_HERE at

enum { MOST_PARTS = 1000 };

/* False, with an error, if the list is NULL or empty. */
static bool list_fits(tg_site at, const tg_schedule *s, tg_tape *tape, const char *what,
                      const void *list, size_t count)
{
    if (count == 0 || count > MOST_PARTS)
        tg_fail(tape, at, TG_ERR_ARGUMENT, "%s: count = %zu must lie in [1, %d]", s->name, count,
                MOST_PARTS);
    else if (!list) tg_fail(tape, at, TG_ERR_ARGUMENT, "%s: the %s are NULL", s->name, what);
    return list && count > 0 && count <= MOST_PARTS;
}

/* True if element [index] of the list is a schedule with valid options; else an error. */
static bool part_fits(tg_site at, const tg_schedule *s, tg_tape *tape, const char *what,
                      size_t index, const tg_schedule *part, int depth)
{
    if (part->rate) return tg__part_fits(tape, at, part, depth + 1);
    tg_fail(tape, at, TG_ERR_ARGUMENT, "%s: %s[%zu] is no schedule: { 0 }", s->name, what, index);
    return false;
}

/* ---- One after the other -------------------------------------------------------------------- */

static tg_tensor *sequence_rate(tg_site at, const tg_schedule *s, tg_tensor *count)
{
    tg_sequence_lr_args args;
    TG__OPTIONS(args, s);
    tg_tensor *rate = NULL;
    for (size_t i = 0; i < args.count; i++) {
        const double begin = (double)args.stages[i].begin;
        /* Before and after its stage the count is clamped to the stage's borders, where its rate is
         * finite. */
        tg_tensor *own = tg_maximum_num(tg_sub_num(count, begin), 0);
        if (i + 1 < args.count) own = tg_minimum_num(own, (double)args.stages[i + 1].begin - begin);
        tg_tensor *part = tg__schedule_record(at, &args.stages[i].schedule, own);
        rate = rate ? tg_select(tg_greater_equal_num(count, begin), part, rate) : part;
        if (!rate) return NULL;
    }
    return rate;
}

static bool sequence_fits(tg_site at, const tg_schedule *s, tg_tape *tape, int depth)
{
    tg_sequence_lr_args args;
    TG__OPTIONS(args, s);
    if (!list_fits(at, s, tape, "stages", args.stages, args.count)) return false;
    if (args.stages[0].begin != 0) {
        tg_fail(tape, at, TG_ERR_ARGUMENT, "%s: stages[0].begin = %lld must be 0", s->name,
                (long long)args.stages[0].begin);
        return false;
    }
    for (size_t i = 0; i < args.count; i++) {
        const int64_t begin = args.stages[i].begin;
        if (i > 0 && begin <= args.stages[i - 1].begin) {
            tg_fail(tape, at, TG_ERR_ARGUMENT,
                    "%s: stages[%zu].begin = %lld must be greater than that of the stage before, "
                    "%lld",
                    s->name, i, (long long)begin, (long long)args.stages[i - 1].begin);
            return false;
        }
        if (!part_fits(at, s, tape, "stages", i, &args.stages[i].schedule, depth)) return false;
    }
    return true;
}

static const tg__schedule_kind sequence = { "tg_sequence_lr", sequence_rate, sequence_fits, false };

tg_schedule tg_sequence_lr_with(const tg_sequence_lr_args *given)
{
    tg_sequence_lr_args args = { TG_SEQUENCE_LR_DEFAULTS };
    return TG__SCHEDULE(&sequence, args, given);
}

/* ---- The product ---------------------------------------------------------------------------- */

static tg_tensor *product_rate(tg_site at, const tg_schedule *s, tg_tensor *count)
{
    tg_product_lr_args args;
    TG__OPTIONS(args, s);
    tg_tensor *rate = NULL;
    for (size_t i = 0; i < args.count; i++) {
        tg_tensor *factor = tg__schedule_record(at, &args.factors[i], count);
        rate = rate ? tg_mul(rate, factor) : factor;
        if (!rate) return NULL;
    }
    return rate;
}

static bool product_fits(tg_site at, const tg_schedule *s, tg_tape *tape, int depth)
{
    tg_product_lr_args args;
    TG__OPTIONS(args, s);
    if (!list_fits(at, s, tape, "factors", args.factors, args.count)) return false;
    for (size_t i = 0; i < args.count; i++)
        if (!part_fits(at, s, tape, "factors", i, &args.factors[i], depth)) return false;
    return true;
}

static const tg__schedule_kind product = { "tg_product_lr", product_rate, product_fits, false };

tg_schedule tg_product_lr_with(const tg_product_lr_args *given)
{
    tg_product_lr_args args = { TG_PRODUCT_LR_DEFAULTS };
    return TG__SCHEDULE(&product, args, given);
}
