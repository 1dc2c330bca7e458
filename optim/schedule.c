/* schedule.c: learning rates as functions of a count of steps. A schedule is a value; it is
 * recorded, as a tensor, by who has a count: an optimizer its own, so a plan follows its schedule
 * without being made again. */
#include "optimizer.h"

#undef TG_HERE
#define TG_HERE at

/* ---- What the schedules share ------------------------------------------------------------- */

/* s: the steps since the warm-up, never negative. */
static tg_tensor *after_warmup(tg_site at, const tg_schedule *s, tg_tensor *count)
{
    if (s->warmup == 0) return count;
    return tg_maximum_num(tg_sub_num(count, (double)s->warmup), 0);
}

/* The rate, scaled in the warm-up, during which it still is the base. */
static tg_tensor *warmed(tg_site at, const tg_schedule *s, tg_tensor *count, tg_tensor *rate)
{
    if (s->warmup == 0) return rate;
    tg_tensor *share = tg_div_num(tg_add_num(count, 1), (double)s->warmup);
    return tg_mul(rate, tg_minimum_num(share, 1));
}

static tg_tensor *decayed(tg_site at, const tg_schedule *s, tg_tensor *count, tg_tensor *times)
{
    tg_tensor *factor = tg_pow(tg_number_like(count, s->gamma), times);
    return warmed(at, s, count, tg_mul_num(factor, s->base));
}

/* ---- Options that cannot be read ------------------------------------------------------------ */

static tg_tensor *no_rate(tg_site at, const tg_schedule *s, tg_tensor *count)
{
    (void)at, (void)s, (void)count;
    return NULL;
}

/* The schedule that tells the fault when it is to be recorded; [name] and [fault] are constants. */
static tg_schedule refused(tg_site at, const char *name, const char *fault)
{
    return (tg_schedule){
        .rate = no_rate, .at = at, .name = name, .context = (void *)(uintptr_t)fault
    };
}

/* ---- Each of them --------------------------------------------------------------------------- */

static tg_tensor *constant_rate(tg_site at, const tg_schedule *s, tg_tensor *count)
{
    tg_tensor *base = tg_full(tg_tape_of(count), TG_F64, tg_shape_from(count), s->base);
    return warmed(at, s, count, base);
}

tg_schedule tg_constant_lr_with(const tg_constant_lr_args *given)
{
    tg_constant_lr_args args = { TG_CONSTANT_LR_DEFAULTS };
    const char *fault = tg_options_read(&args, given);
    if (fault) return refused(given ? given->at : args.at, "tg_constant_lr", fault);

    return (tg_schedule){ .rate = constant_rate,
                          .at = args.at,
                          .name = "tg_constant_lr",
                          .base = args.base,
                          .warmup = args.warmup };
}

static tg_tensor *step_rate(tg_site at, const tg_schedule *s, tg_tensor *count)
{
    /* A cast to an integer truncates, which is the floor of what is not negative. */
    tg_tensor *part = tg_div_num(after_warmup(at, s, count), (double)s->every);
    return decayed(at, s, count, tg_cast(tg_cast(part, TG_I64), TG_F64));
}

tg_schedule tg_step_lr_with(const tg_step_lr_args *given)
{
    tg_step_lr_args args = { TG_STEP_LR_DEFAULTS };
    const char *fault = tg_options_read(&args, given);
    if (fault) return refused(given ? given->at : args.at, "tg_step_lr", fault);

    return (tg_schedule){ .rate = step_rate,
                          .at = args.at,
                          .name = "tg_step_lr",
                          .base = args.base,
                          .gamma = args.gamma,
                          .every = args.every,
                          .warmup = args.warmup };
}

static tg_tensor *exponential_rate(tg_site at, const tg_schedule *s, tg_tensor *count)
{
    return decayed(at, s, count, tg_div_num(after_warmup(at, s, count), (double)s->every));
}

tg_schedule tg_exponential_lr_with(const tg_exponential_lr_args *given)
{
    tg_exponential_lr_args args = { TG_EXPONENTIAL_LR_DEFAULTS };
    const char *fault = tg_options_read(&args, given);
    if (fault) return refused(given ? given->at : args.at, "tg_exponential_lr", fault);

    return (tg_schedule){ .rate = exponential_rate,
                          .at = args.at,
                          .name = "tg_exponential_lr",
                          .base = args.base,
                          .gamma = args.gamma,
                          .every = args.every,
                          .warmup = args.warmup };
}

static tg_tensor *cosine_rate(tg_site at, const tg_schedule *s, tg_tensor *count)
{
    const double pi = 3.14159265358979323846;
    const double span = (double)(s->steps - s->warmup);
    tg_tensor *progress = tg_minimum_num(tg_div_num(after_warmup(at, s, count), span), 1);
    tg_tensor *wave = tg_add_num(tg_cos(tg_mul_num(progress, pi)), 1);
    tg_tensor *rate = tg_add_num(tg_mul_num(wave, (s->base - s->final) / 2), s->final);
    return warmed(at, s, count, rate);
}

tg_schedule tg_cosine_lr_with(const tg_cosine_lr_args *given)
{
    tg_cosine_lr_args args = { TG_COSINE_LR_DEFAULTS };
    const char *fault = tg_options_read(&args, given);
    if (fault) return refused(given ? given->at : args.at, "tg_cosine_lr", fault);

    return (tg_schedule){ .rate = cosine_rate,
                          .at = args.at,
                          .name = "tg_cosine_lr",
                          .base = args.base,
                          .final = args.final,
                          .steps = args.steps,
                          .warmup = args.warmup };
}

static tg_tensor *function_rate(tg_site at, const tg_schedule *s, tg_tensor *count)
{
    (void)at;
    return s->function(s->context, count);
}

tg_schedule tg_function_lr_at(tg_site at, tg_rate_fn function, void *context)
{
    return (tg_schedule){ .rate = function_rate,
                          .at = at,
                          .name = "tg_function_lr",
                          .function = function,
                          .context = context };
}

/* ---- Checking ------------------------------------------------------------------------------- */

static bool at_least(tg_tape *tape, tg_site at, const tg_schedule *s, const char *option,
                     int64_t value, int64_t least)
{
    if (value >= least) return true;
    tg_fail(tape, at, TG_ERR_ARGUMENT, "%s: %s = %lld must be at least %lld", s->name, option,
            (long long)value, (long long)least);
    return false;
}

/* The numbers that a kind of schedule has; of a rate that is not ours they may be anything. */
bool tg__schedule_fits(tg_tape *tape, tg_site at, const tg_schedule *s)
{
    if (s->at.file) at = s->at;
    const bool decays = s->rate == step_rate || s->rate == exponential_rate;
    const bool waves = s->rate == cosine_rate;
    if (s->rate == no_rate) {
        tg_fail(tape, at, TG_ERR_ARGUMENT, "%s: %s", s->name, (const char *)s->context);
        return false;
    }
    if (s->rate == function_rate) {
        if (!s->function) tg_fail(tape, at, TG_ERR_ARGUMENT, "%s: the function is NULL", s->name);
        return s->function;
    }
    if (!decays && !waves && s->rate != constant_rate) return true;
    if (!tg__in_range(tape, at, s->name, "base", s->base, TG__NOT_NEGATIVE) ||
        !at_least(tape, at, s, "warmup", s->warmup, 0))
        return false;
    if (decays)
        return tg__in_range(tape, at, s->name, "gamma", s->gamma, TG__POSITIVE) &&
               at_least(tape, at, s, "every", s->every, 1);
    if (!waves) return true;
    if (!tg__in_range(tape, at, s->name, "final", s->final, TG__NOT_NEGATIVE) ||
        !at_least(tape, at, s, "steps", s->steps, 1))
        return false;
    if (s->warmup < s->steps) return true;
    tg_fail(tape, at, TG_ERR_ARGUMENT,
            "%s: warmup = %lld must be less than steps = %lld, which counts the warm-up", s->name,
            (long long)s->warmup, (long long)s->steps);
    return false;
}

/* ---- Recording ------------------------------------------------------------------------------ */

/* What a function that is not ours has returned, as f64. */
static tg_tensor *checked(tg_site at, const tg_schedule *s, tg_tensor *count, tg_tensor *rate)
{
    const char *name = s->name ? s->name : "tg_schedule";
    const tg_dtype dtype = tg_dtype_of(rate);
    tg_tape *tape = tg_tape_of(count);
    if (tg_tape_status(tape) != TG_OK) return NULL;
    if (!rate) return tg_fail(tape, at, TG_ERR_ARGUMENT, "%s: the function gave no rate", name);
    if (tg_tape_of(rate) != tape)
        return tg_fail(tape, at, TG_ERR_ARGUMENT,
                       "%s: the function's rate was recorded on another tape than the count", name);
    if (dtype != TG_F32 && dtype != TG_F64)
        return tg_fail(tape, at, TG_ERR_DTYPE, "%s: the function's rate must be f32 or f64, not %s",
                       name, tg_dtype_name(dtype));
    if (!tg_shape_equal(tg_shape_from(rate), tg_shape_from(count)))
        return tg_fail(tape, at, TG_ERR_SHAPE,
                       "%s: the function's rate must have the shape of the count, of rank %d, and "
                       "is of rank %d",
                       name, tg_rank(count), tg_rank(rate));
    return tg_cast(rate, TG_F64);
}

tg_tensor *tg_schedule_rate_at(tg_site at, tg_schedule schedule, tg_tensor *count)
{
    tg_tape *tape = tg_tape_of(count);
    if (!tg_enter(&at, "tg_schedule_rate", TG_LIST(count))) return NULL;
    if (!schedule.rate)
        return tg_fail(tape, at, TG_ERR_ARGUMENT, "tg_schedule_rate: the schedule is none: { 0 }");
    if (tg_dtype_of(count) != TG_F64)
        return tg_fail(tape, at, TG_ERR_DTYPE,
                       "tg_schedule_rate: the count must be f64, not %s; use tg_cast",
                       tg_dtype_name(tg_dtype_of(count)));
    if (!tg__schedule_fits(tape, at, &schedule)) return NULL;
    tg_site line = at; /* nodes have the schedule's, as errors do */
    if (schedule.at.file) {
        line.file = schedule.at.file;
        line.line = schedule.at.line;
    }
    return checked(line, &schedule, count, schedule.rate(line, &schedule, count));
}
