/* schedule.c: learning rates as functions of the store's step counter. They are tensors, so a
 * plan follows its schedule without being made again. */
#include "optimizer.h"

#undef TG_HERE
#define TG_HERE at

/* What the schedules share. */
typedef struct schedule {
    tg_site at;
    tg_tape *tape;
    const char *op;
    double base;
    int64_t warmup;
    tg_tensor *count; /* n: the runs so far */
    tg_tensor *after; /* s: those since the warm-up, never negative */
} schedule;

static bool begin(schedule *plan, const char *op, tg_call call, tg_tape *tape, double base,
                  int64_t warmup)
{
    const tg_site at = call.at;
    *plan = (schedule){ .at = at, .tape = tape, .op = op, .warmup = warmup };
    plan->base = tg_option(call, "base", base, 1e-3);
    if (!tg__in_range(tape, at, op, "base", plan->base, TG__NOT_NEGATIVE)) return false;
    if (warmup < 0) {
        tg_fail(tape, at, TG_ERR_ARGUMENT, "%s: warmup = %lld must be at least 0", op,
                (long long)warmup);
        return false;
    }
    plan->count = tg_step(tape);
    plan->after = plan->count;
    if (warmup > 0) plan->after = tg_maximum_num(tg_sub_num(plan->count, (double)warmup), 0);
    return plan->after;
}

static bool at_least_one(const schedule *plan, const char *option, int64_t value)
{
    if (value >= 1) return true;
    tg_fail(plan->tape, plan->at, TG_ERR_ARGUMENT, "%s: %s = %lld must be at least 1", plan->op,
            option, (long long)value);
    return false;
}

/* The rate, scaled in the warm-up, during which it still is the base. */
static tg_tensor *warmed(const schedule *plan, tg_tensor *rate)
{
    const tg_site at = plan->at;
    if (plan->warmup == 0) return rate;
    tg_tensor *share = tg_div_num(tg_add_num(plan->count, 1), (double)plan->warmup);
    return tg_mul(rate, tg_minimum_num(share, 1));
}

static tg_tensor *decayed(const schedule *plan, double gamma, tg_tensor *times)
{
    const tg_site at = plan->at;
    tg_tensor *factor = tg_pow(tg_number_as(plan->tape, TG_F64, gamma), times);
    return warmed(plan, tg_mul_num(factor, plan->base));
}

tg_tensor *tg_constant_lr_with(tg_constant_lr_args args)
{
    if (!tg_enter_tape(&args.call.at, "tg_constant_lr", args.tape)) return NULL;
    const tg_site at = args.call.at;
    schedule plan;
    if (!begin(&plan, "tg_constant_lr", args.call, args.tape, args.base, args.warmup)) return NULL;
    return warmed(&plan, tg_number_as(args.tape, TG_F64, plan.base));
}

tg_tensor *tg_step_lr_with(tg_step_lr_args args)
{
    if (!tg_enter_tape(&args.call.at, "tg_step_lr", args.tape)) return NULL;
    const tg_site at = args.call.at;
    const double gamma = tg_option(args.call, "gamma", args.gamma, 0.1);
    schedule plan;
    if (!begin(&plan, "tg_step_lr", args.call, args.tape, args.base, args.warmup) ||
        !tg__in_range(args.tape, at, plan.op, "gamma", gamma, TG__POSITIVE) ||
        !at_least_one(&plan, "every", args.every))
        return NULL;
    /* A cast to an integer truncates, which is the floor of what is not negative. */
    tg_tensor *whole = tg_cast(tg_div_num(plan.after, (double)args.every), TG_I64);
    return decayed(&plan, gamma, tg_cast(whole, TG_F64));
}

tg_tensor *tg_exponential_lr_with(tg_exponential_lr_args args)
{
    if (!tg_enter_tape(&args.call.at, "tg_exponential_lr", args.tape)) return NULL;
    const tg_site at = args.call.at;
    const bool every_given = args.every != 0 || tg_written(args.call, "every");
    const int64_t every = every_given ? args.every : 1;
    schedule plan;
    if (!begin(&plan, "tg_exponential_lr", args.call, args.tape, args.base, args.warmup) ||
        !tg__in_range(args.tape, at, plan.op, "gamma", args.gamma, TG__POSITIVE) ||
        !at_least_one(&plan, "every", every))
        return NULL;
    return decayed(&plan, args.gamma, tg_div_num(plan.after, (double)every));
}

tg_tensor *tg_cosine_lr_with(tg_cosine_lr_args args)
{
    if (!tg_enter_tape(&args.call.at, "tg_cosine_lr", args.tape)) return NULL;
    const tg_site at = args.call.at;
    const double pi = 3.14159265358979323846;
    schedule plan;
    if (!begin(&plan, "tg_cosine_lr", args.call, args.tape, args.base, args.warmup) ||
        !tg__in_range(args.tape, at, plan.op, "final", args.final, TG__NOT_NEGATIVE) ||
        !at_least_one(&plan, "steps", args.steps))
        return NULL;
    if (args.warmup >= args.steps)
        return tg_fail(args.tape, at, TG_ERR_ARGUMENT,
                       "tg_cosine_lr: warmup = %lld must be less than steps = %lld, which counts "
                       "the warm-up",
                       (long long)args.warmup, (long long)args.steps);
    const double span = (double)(args.steps - args.warmup);
    tg_tensor *progress = tg_minimum_num(tg_div_num(plan.after, span), 1);
    tg_tensor *wave = tg_add_num(tg_cos(tg_mul_num(progress, pi)), 1);
    tg_tensor *rate = tg_add_num(tg_mul_num(wave, (plan.base - args.final) / 2), args.final);
    return warmed(&plan, rate);
}
