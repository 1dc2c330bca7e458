/* schedule_decay.c: rates that go from one number to another and stay there, or decrease without
 * end. */
#include "schedule.h"

#include <stdint.h>

#undef TG_HERE
#define TG_HERE at

static bool base_fits(tg_site at, const tg_schedule *s, tg_tape *tape, double base)
{
    return tg__in_range(tape, at, s->name, "base", base, TG__NOT_NEGATIVE);
}

/* base gamma^times. */
static tg_tensor *decayed(tg_site at, double base, double gamma, tg_tensor *times)
{
    return tg_mul_num(tg_pow(tg_number_like(times, gamma), times), base);
}

/* ---- Constant ------------------------------------------------------------------------------- */

static tg_tensor *constant_rate(tg_site at, const tg_schedule *s, tg_tensor *count)
{
    tg_constant_lr_args args;
    TG__OPTIONS(args, s);
    return tg_full(tg_tape_of(count), TG_F64, tg_shape_from(count), args.base);
}

static bool constant_fits(tg_site at, const tg_schedule *s, tg_tape *tape, int depth)
{
    (void)depth;
    tg_constant_lr_args args;
    TG__OPTIONS(args, s);
    return base_fits(at, s, tape, args.base);
}

static const tg__schedule_kind constant = { "tg_constant_lr", constant_rate, constant_fits, false };

tg_schedule tg_constant_lr_with(const tg_constant_lr_args *given)
{
    tg_constant_lr_args args = { TG_CONSTANT_LR_DEFAULTS };
    return TG__SCHEDULE(&constant, args, given);
}

/* ---- In steps ------------------------------------------------------------------------------- */

static tg_tensor *step_rate(tg_site at, const tg_schedule *s, tg_tensor *count)
{
    tg_step_lr_args args;
    TG__OPTIONS(args, s);
    tg_tensor *times = tg_floor(tg_div_num(count, (double)args.every));
    return decayed(at, args.base, args.gamma, times);
}

static bool step_fits(tg_site at, const tg_schedule *s, tg_tape *tape, int depth)
{
    (void)depth;
    tg_step_lr_args args;
    TG__OPTIONS(args, s);
    return base_fits(at, s, tape, args.base) &&
           tg__in_range(tape, at, s->name, "gamma", args.gamma, TG__POSITIVE) &&
           tg__at_least(tape, at, s->name, "every", args.every, 1);
}

static const tg__schedule_kind step = { "tg_step_lr", step_rate, step_fits, false };

tg_schedule tg_step_lr_with(const tg_step_lr_args *given)
{
    tg_step_lr_args args = { TG_STEP_LR_DEFAULTS };
    return TG__SCHEDULE(&step, args, given);
}

/* ---- At milestones -------------------------------------------------------------------------- */

enum { MOST_MILESTONES = 1 << 20 };

static tg_tensor *multi_step_rate(tg_site at, const tg_schedule *s, tg_tensor *count)
{
    tg_multi_step_lr_args args;
    TG__OPTIONS(args, s);
    tg_tape *tape = tg_tape_of(count);
    if (args.count == 0) return tg_full(tape, TG_F64, tg_shape_from(count), args.base);
    double *border = tg_scratch(tape, 2 * args.count * sizeof *border);
    if (!border) return NULL;
    for (size_t i = 0; i < args.count; i++) {
        border[i] = (double)args.milestones[i];
        border[args.count + i] = 1;
    }
    tg_tensor *times = tg__passed(at, count, args.count, border, border + args.count);
    return decayed(at, args.base, args.gamma, times);
}

static bool milestones_fit(tg_site at, const tg_schedule *s, tg_tape *tape,
                           const tg_multi_step_lr_args *args)
{
    const char *wrong = NULL;
    if (args->count > MOST_MILESTONES) wrong = "there are more than 2^20 milestones";
    else if (args->count > 0 && !args->milestones) wrong = "the milestones are NULL";
    if (wrong) tg_fail(tape, at, TG_ERR_ARGUMENT, "%s: %s", s->name, wrong);
    if (wrong) return false;
    int64_t before = 0;
    for (size_t i = 0; i < args->count; i++) {
        if (args->milestones[i] < before) {
            tg_fail(tape, at, TG_ERR_ARGUMENT,
                    "%s: milestones[%zu] = %lld must be at least %lld, as they are in order and "
                    "not negative",
                    s->name, i, (long long)args->milestones[i], (long long)before);
            return false;
        }
        before = args->milestones[i];
    }
    return true;
}

static bool multi_step_fits(tg_site at, const tg_schedule *s, tg_tape *tape, int depth)
{
    (void)depth;
    tg_multi_step_lr_args args;
    TG__OPTIONS(args, s);
    return base_fits(at, s, tape, args.base) &&
           tg__in_range(tape, at, s->name, "gamma", args.gamma, TG__POSITIVE) &&
           milestones_fit(at, s, tape, &args);
}

static const tg__schedule_kind multi_step = { "tg_multi_step_lr", multi_step_rate, multi_step_fits,
                                              false };

tg_schedule tg_multi_step_lr_with(const tg_multi_step_lr_args *given)
{
    tg_multi_step_lr_args args = { TG_MULTI_STEP_LR_DEFAULTS };
    return TG__SCHEDULE(&multi_step, args, given);
}

/* ---- Exponential ---------------------------------------------------------------------------- */

static tg_tensor *exponential_rate(tg_site at, const tg_schedule *s, tg_tensor *count)
{
    tg_exponential_lr_args args;
    TG__OPTIONS(args, s);
    return decayed(at, args.base, args.gamma, tg_div_num(count, (double)args.every));
}

static bool exponential_fits(tg_site at, const tg_schedule *s, tg_tape *tape, int depth)
{
    (void)depth;
    tg_exponential_lr_args args;
    TG__OPTIONS(args, s);
    return base_fits(at, s, tape, args.base) &&
           tg__in_range(tape, at, s->name, "gamma", args.gamma, TG__POSITIVE) &&
           tg__at_least(tape, at, s->name, "every", args.every, 1);
}

static const tg__schedule_kind exponential = { "tg_exponential_lr", exponential_rate,
                                               exponential_fits, false };

tg_schedule tg_exponential_lr_with(const tg_exponential_lr_args *given)
{
    tg_exponential_lr_args args = { TG_EXPONENTIAL_LR_DEFAULTS };
    return TG__SCHEDULE(&exponential, args, given);
}

/* ---- Inverse time --------------------------------------------------------------------------- */

static tg_tensor *inverse_time_rate(tg_site at, const tg_schedule *s, tg_tensor *count)
{
    tg_inverse_time_lr_args args;
    TG__OPTIONS(args, s);
    tg_tensor *periods = tg_div_num(count, (double)args.every);
    tg_tensor *divisor = tg_add_num(tg_mul_num(periods, args.gamma), 1);
    return tg_rdiv_num(args.base, tg_pow_num(divisor, args.power));
}

static bool inverse_time_fits(tg_site at, const tg_schedule *s, tg_tape *tape, int depth)
{
    (void)depth;
    tg_inverse_time_lr_args args;
    TG__OPTIONS(args, s);
    return base_fits(at, s, tape, args.base) &&
           tg__in_range(tape, at, s->name, "gamma", args.gamma, TG__NOT_NEGATIVE) &&
           tg__at_least(tape, at, s->name, "every", args.every, 1) &&
           tg__in_range(tape, at, s->name, "power", args.power, TG__NOT_NEGATIVE);
}

static const tg__schedule_kind inverse_time = { "tg_inverse_time_lr", inverse_time_rate,
                                                inverse_time_fits, false };

tg_schedule tg_inverse_time_lr_with(const tg_inverse_time_lr_args *given)
{
    tg_inverse_time_lr_args args = { TG_INVERSE_TIME_LR_DEFAULTS };
    return TG__SCHEDULE(&inverse_time, args, given);
}

/* ---- From one rate to another --------------------------------------------------------------- */

/* min(s / T, 1). */
static tg_tensor *share_done(tg_site at, const tg_schedule *s, tg_tensor *count, int64_t steps)
{
    return tg_minimum_num(tg_div_num(count, (double)(steps - s->warmup)), 1);
}

static tg_tensor *polynomial_rate(tg_site at, const tg_schedule *s, tg_tensor *count)
{
    tg_polynomial_lr_args args;
    TG__OPTIONS(args, s);
    tg_tensor *left = tg_rsub_num(1, share_done(at, s, count, args.steps));
    return tg__line(at, args.final, args.base, tg_pow_num(left, args.power));
}

static bool polynomial_fits(tg_site at, const tg_schedule *s, tg_tape *tape, int depth)
{
    (void)depth;
    tg_polynomial_lr_args args;
    TG__OPTIONS(args, s);
    return base_fits(at, s, tape, args.base) &&
           tg__in_range(tape, at, s->name, "final", args.final, TG__NOT_NEGATIVE) &&
           tg__in_range(tape, at, s->name, "power", args.power, TG__POSITIVE) &&
           tg__steps_fit(tape, at, s, args.steps);
}

static const tg__schedule_kind polynomial = { "tg_polynomial_lr", polynomial_rate, polynomial_fits,
                                              false };

tg_schedule tg_polynomial_lr_with(const tg_polynomial_lr_args *given)
{
    tg_polynomial_lr_args args = { TG_POLYNOMIAL_LR_DEFAULTS };
    return TG__SCHEDULE(&polynomial, args, given);
}

static tg_tensor *linear_rate(tg_site at, const tg_schedule *s, tg_tensor *count)
{
    tg_linear_lr_args args;
    TG__OPTIONS(args, s);
    tg_tensor *left = tg_rsub_num(1, share_done(at, s, count, args.steps));
    return tg_mul_num(tg__line(at, args.end, args.start, left), args.base);
}

static bool linear_fits(tg_site at, const tg_schedule *s, tg_tape *tape, int depth)
{
    (void)depth;
    tg_linear_lr_args args;
    TG__OPTIONS(args, s);
    return base_fits(at, s, tape, args.base) &&
           tg__in_range(tape, at, s->name, "start", args.start, TG__NOT_NEGATIVE) &&
           tg__in_range(tape, at, s->name, "end", args.end, TG__NOT_NEGATIVE) &&
           tg__steps_fit(tape, at, s, args.steps);
}

static const tg__schedule_kind linear = { "tg_linear_lr", linear_rate, linear_fits, false };

tg_schedule tg_linear_lr_with(const tg_linear_lr_args *given)
{
    tg_linear_lr_args args = { TG_LINEAR_LR_DEFAULTS };
    return TG__SCHEDULE(&linear, args, given);
}

static tg_tensor *cosine_rate(tg_site at, const tg_schedule *s, tg_tensor *count)
{
    tg_cosine_lr_args args;
    TG__OPTIONS(args, s);
    return tg__half_wave(at, args.base, args.final, share_done(at, s, count, args.steps));
}

static bool cosine_fits(tg_site at, const tg_schedule *s, tg_tape *tape, int depth)
{
    (void)depth;
    tg_cosine_lr_args args;
    TG__OPTIONS(args, s);
    return base_fits(at, s, tape, args.base) &&
           tg__in_range(tape, at, s->name, "final", args.final, TG__NOT_NEGATIVE) &&
           tg__steps_fit(tape, at, s, args.steps);
}

static const tg__schedule_kind cosine = { "tg_cosine_lr", cosine_rate, cosine_fits, false };

tg_schedule tg_cosine_lr_with(const tg_cosine_lr_args *given)
{
    tg_cosine_lr_args args = { TG_COSINE_LR_DEFAULTS };
    return TG__SCHEDULE(&cosine, args, given);
}
