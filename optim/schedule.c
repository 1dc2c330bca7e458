/* schedule.c: learning rates as functions of a count of steps. A schedule is a plain value. Whoever
 * has a count records the rate as a tensor: an optimizer with its own count, so the same plan
 * serves all steps. This file has what all kinds share, such as the warm-up, and the kind that is a
 * function of the user. */
#include "schedule.h"

#undef TG_HERE
#define TG_HERE at

enum { DEEPEST = 8 }; /* levels of schedules inside schedules */

/* ---- Making one ----------------------------------------------------------------------------- */

static tg_tensor *no_rate(tg_site at, const tg_schedule *s, tg_tensor *count)
{
    (void)at, (void)s, (void)count;
    return NULL;
}

/* Reports an error of the options, whose constant text was stored in the schedule. */
static bool refuse(tg_site at, const tg_schedule *s, tg_tape *tape, int depth)
{
    (void)depth;
    const char *fault;
    TG__OPTIONS(fault, s);
    tg_fail(tape, at, TG_ERR_ARGUMENT, "%s: %s", s->name, fault);
    return false;
}

/* All options begin with struct_size and at. */
static tg_site site_of(const void *args)
{
    tg_options head;
    memcpy(&head, args, sizeof head);
    return head.at;
}

tg_schedule tg__schedule_made(const tg__schedule_kind *kind, void *args, size_t size,
                              const void *given, const int64_t *warmup)
{
    tg_schedule s = { .name = kind->name };
    const char *fault = tg_options_read(args, given);
    s.at = site_of(fault && given ? given : args);
    if (fault) {
        s.rate = no_rate;
        s.fits = refuse;
        memcpy(s.room, &fault, sizeof fault);
        return s;
    }
    s.rate = kind->rate;
    s.fits = kind->fits;
    s.delays = kind->delays;
    s.warmup = *warmup;
    memcpy(s.room, args, size);
    return s;
}

/* ---- A function of the user's --------------------------------------------------------------- */

typedef struct function_args {
    tg_rate_fn function;
    void *context;
} function_args;

static tg_tensor *function_rate(tg_site at, const tg_schedule *s, tg_tensor *count)
{
    (void)at;
    function_args args;
    TG__OPTIONS(args, s);
    return args.function(args.context, count);
}

static bool function_fits(tg_site at, const tg_schedule *s, tg_tape *tape, int depth)
{
    (void)depth;
    function_args args;
    TG__OPTIONS(args, s);
    if (!args.function) tg_fail(tape, at, TG_ERR_ARGUMENT, "%s: the function is NULL", s->name);
    return args.function;
}

tg_schedule tg_function_lr_at(tg_site at, tg_rate_fn function, void *context)
{
    const function_args args = { function, context };
    tg_schedule s = {
        .rate = function_rate, .fits = function_fits, .at = at, .name = "tg_function_lr"
    };
    memcpy(s.room, &args, sizeof args);
    return s;
}

/* ---- Checking ------------------------------------------------------------------------------- */

bool tg__at_least(tg_tape *tape, tg_site at, const char *op, const char *option, int64_t value,
                  int64_t least)
{
    if (value >= least) return true;
    tg_fail(tape, at, TG_ERR_ARGUMENT, "%s: %s = %lld must be at least %lld", op, option,
            (long long)value, (long long)least);
    return false;
}

bool tg__steps_fit(tg_tape *tape, tg_site at, const tg_schedule *s, int64_t steps)
{
    if (!tg__at_least(tape, at, s->name, "steps", steps, 1)) return false;
    if (s->warmup < steps) return true;
    tg_fail(tape, at, TG_ERR_ARGUMENT,
            "%s: warmup = %lld must be less than steps = %lld, which counts the warm-up", s->name,
            (long long)s->warmup, (long long)steps);
    return false;
}

bool tg__in_order(tg_tape *tape, tg_site at, const char *op, const char *low_option, double low,
                  const char *high_option, double high)
{
    if (low <= high) return true;
    tg_fail(tape, at, TG_ERR_ARGUMENT, "%s: %s = %g must be at least %s = %g", op, high_option,
            high, low_option, low);
    return false;
}

static const char *name_of(const tg_schedule *s) { return s->name ? s->name : "tg_schedule"; }

bool tg__part_fits(tg_tape *tape, tg_site at, const tg_schedule *s, int depth)
{
    if (s->at.file) at = s->at; /* the error is in the constructor's options */
    if (depth > DEEPEST) {
        tg_fail(tape, at, TG_ERR_ARGUMENT,
                "%s: schedules lie inside schedules more than %d deep; does one hold itself?",
                name_of(s), DEEPEST);
        return false;
    }
    return tg__at_least(tape, at, name_of(s), "warmup", s->warmup, 0) &&
           (!s->fits || s->fits(at, s, tape, depth));
}

bool tg__schedule_fits(tg_tape *tape, tg_site at, const tg_schedule *s)
{
    return tg__part_fits(tape, at, s, 0);
}

/* ---- Recording ------------------------------------------------------------------------------ */

/* Checks the rate, which may come from a user's function, and casts it to f64. */
static tg_tensor *checked(tg_site at, const tg_schedule *s, tg_tensor *count, tg_tensor *rate)
{
    const char *name = name_of(s);
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

/* A kind's count begins behind the warm-up. During the warm-up the rate of count 0 is multiplied by
 * (count + 1) / warmup, unless the kind delays. */
tg_tensor *tg__schedule_record(tg_site at, const tg_schedule *s, tg_tensor *count)
{
    if (s->at.file) { /* nodes and errors get the line of the constructor */
        at.file = s->at.file;
        at.line = s->at.line;
    }
    const bool warms = s->warmup > 0;
    const double warmup = (double)s->warmup;
    tg_tensor *steps = warms ? tg_maximum_num(tg_sub_num(count, warmup), 0) : count;
    tg_tensor *rate = checked(at, s, count, s->rate(at, s, steps));
    if (!warms || s->delays) return rate;
    tg_tensor *share = tg_div_num(tg_add_num(count, 1), warmup);
    return tg_mul(rate, tg_minimum_num(share, 1));
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
    return tg__schedule_record(at, &schedule, count);
}

/* ---- Pieces of curves ----------------------------------------------------------------------- */

tg_tensor *tg__passed(tg_site at, tg_tensor *count, size_t borders, const double *border,
                      const double *weight)
{
    if (!count) return NULL;
    tg_tape *tape = tg_tape_of(count);
    const int64_t elements = tg_count(count), width = (int64_t)borders;
    tg_tensor *edge = tg_constant(tape, TG_F64, TG_SHAPE(1, width), border);
    tg_tensor *step = tg_constant(tape, TG_F64, TG_SHAPE(1, width), weight);
    tg_tensor *column = tg_reshape(count, TG_SHAPE(elements, 1));
    tg_tensor *reached = tg_cast(tg_greater_equal(column, edge), TG_F64);
    tg_tensor *passed = tg_sum(tg_mul(reached, step), .axis = 1);
    return tg_reshape(passed, tg_shape_from(count));
}

tg_tensor *tg__line(tg_site at, double from, double to, tg_tensor *share)
{
    return tg_add_num(tg_mul_num(share, to - from), from);
}

tg_tensor *tg__half_wave(tg_site at, double from, double to, tg_tensor *share)
{
    const double pi = 3.14159265358979323846;
    tg_tensor *wave = tg_add_num(tg_cos(tg_mul_num(share, pi)), 1);
    return tg_add_num(tg_mul_num(wave, (from - to) / 2), to);
}
