/* hyper.c: checks of numbers, and hyper-parameters: a number, a tensor or a schedule. A plain
 * number is recorded as a number, so a plan has extra nodes only for tensors and schedules. */
#include "optimizer.h"

#include <math.h>

#undef TG_HERE
#define TG_HERE at

/* ---- Numbers ---------------------------------------------------------------------------- */

bool tg__in_range(tg_tape *tape, tg_site at, const char *op, const char *option, double value,
                  tg__range range)
{
    static const char *const words[] = {
        [TG__NOT_NEGATIVE] = "must be finite and at least 0",
        [TG__POSITIVE] = "must be finite and greater than 0",
        [TG__BELOW_ONE] = "must lie in [0, 1)",
        [TG__WITHIN_ONE] = "must lie in (0, 1)",
        [TG__UP_TO_ONE] = "must lie in [0, 1]",
    };
    bool ok = isfinite(value) && value >= 0;
    if (range == TG__POSITIVE || range == TG__WITHIN_ONE) ok = ok && value > 0;
    if (range == TG__BELOW_ONE || range == TG__WITHIN_ONE) ok = ok && value < 1;
    if (range == TG__UP_TO_ONE) ok = ok && value <= 1;
    if (!ok) tg_fail(tape, at, TG_ERR_ARGUMENT, "%s: %s = %g %s", op, option, value, words[range]);
    return ok;
}

bool tg__optim_check(const tg__optim *optim, const char *option, double value, tg__range range)
{
    return tg__in_range(optim->tape, optim->at, optim->rule.op, option, value, range);
}

bool tg__optim_check_count(const tg__optim *optim, const char *option, int64_t value, int64_t least)
{
    if (value >= least) return true;
    tg_fail(optim->tape, optim->at, TG_ERR_ARGUMENT, "%s: %s = %lld must be at least %lld",
            optim->rule.op, option, (long long)value, (long long)least);
    return false;
}

/* ---- Hyper-parameters ------------------------------------------------------------------- */

/* True if x is f32 or f64 of rank 0, on the tape of the loss or gradients; else an error. */
static bool tensor_fits(const tg__optim *optim, const char *name, tg_tensor *x)
{
    const char *op = optim->rule.op;
    tg_tensor *other = optim->args.loss;
    if (!other && optim->args.grads.count) other = optim->args.grads.node[0];
    tg_site at = optim->at;
    if (!tg_enter(&at, op, TG_LIST(other, x))) return false;
    const tg_dtype dtype = tg_dtype_of(x);
    if (tg_rank(x) == 0 && (dtype == TG_F32 || dtype == TG_F64)) return true;
    tg_fail(optim->tape, optim->at, TG_ERR_SHAPE,
            "%s: .%s_at must be one f32 or f64 number of rank 0, and is %s of rank %d", op, name,
            tg_dtype_name(dtype), tg_rank(x));
    return false;
}

/* Reports that two options for one hyper-parameter are given. The learning rate's schedule is
 * .schedule; those of others are .<name>_schedule. */
static void report_two(const tg__optim *optim, const char *name, const char *first,
                       const char *second, bool schedule)
{
    const bool rate = strcmp(name, "lr") == 0;
    tg_fail(optim->tape, optim->at, TG_ERR_ARGUMENT,
            "%s: .%s%s and .%s%s are both given; keep one of them", optim->rule.op, name, first,
            schedule && rate ? "" : name, schedule && rate ? second + 1 : second);
}

bool tg__hyper_fits(tg__optim *optim, const tg__hyper_args *args)
{
    const bool number = args->number != args->usual, tensor = args->tensor;
    const bool schedule = args->schedule && args->schedule->rate;
    if (number && tensor) report_two(optim, args->name, "", "_at", false);
    else if (number && schedule) report_two(optim, args->name, "", "_schedule", true);
    else if (tensor && schedule) report_two(optim, args->name, "_at", "_schedule", true);
    if (number + tensor + schedule > 1) return false;
    optim->rule.counts |= schedule;
    if (schedule) return tg__schedule_fits(optim->tape, optim->at, args->schedule);
    if (tensor) return tensor_fits(optim, args->name, args->tensor);
    return tg__optim_check(optim, args->name, args->number, args->range);
}

/* The number of steps that the optimizer has made before: the largest of its parameters' counts. */
static tg_tensor *steps_before(const tg__optim *optim)
{
    const tg_site at = optim->at;
    tg_tensor *most = NULL;
    for (size_t i = 0; i < optim->count; i++) {
        tg_tensor *steps = optim->param[i].steps;
        most = most ? tg_maximum(most, steps) : steps;
    }
    return tg_sub_num(most, 1);
}

tg__hyper tg__hyper_of(const tg__optim *optim, const tg__hyper_args *args)
{
    const tg_site at = optim->at;
    tg__hyper h = { .number = args->number };
    if (args->schedule && args->schedule->rate)
        h.tensor = tg_schedule_rate(*args->schedule, steps_before(optim));
    else if (args->tensor) h.tensor = tg_cast(args->tensor, TG_F64);
    return h;
}

/* ---- Arithmetic with them --------------------------------------------------------------- */

tg_tensor *tg__times(const tg__optim *optim, tg_tensor *x, tg__hyper h)
{
    const tg_site at = optim->at;
    return h.tensor ? tg_mul(x, tg_cast(h.tensor, tg_dtype_of(x))) : tg_mul_num(x, h.number);
}

tg_tensor *tg__times_rest(const tg__optim *optim, tg_tensor *x, tg__hyper h)
{
    const tg_site at = optim->at;
    if (!h.tensor) return tg_mul_num(x, 1 - h.number);
    return tg_mul(x, tg_cast(tg_rsub_num(1, h.tensor), tg_dtype_of(x)));
}

tg_tensor *tg__power(const tg__optim *optim, tg__hyper h, tg_tensor *n)
{
    const tg_site at = optim->at;
    return tg_pow(h.tensor ? h.tensor : tg_number_as(optim->tape, TG_F64, h.number), n);
}
