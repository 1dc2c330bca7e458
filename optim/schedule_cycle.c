/* schedule_cycle.c: periodic rates, and the momenta that belong to them. Whether the border of a
 * cycle is reached is decided by whole numbers, which f64 holds exactly up to 2^53, so rounding
 * cannot move a border. */
#include "schedule.h"

#undef TG_HERE
#define TG_HERE at

static bool number_fits(tg_site at, const tg_schedule *s, tg_tape *tape, const char *option,
                        double value, tg__range range)
{
    return tg__in_range(tape, at, s->name, option, value, range);
}

/* ---- Cosine with restarts ------------------------------------------------------------------- */

/* The borders between cycles of growing length. At each border the beginning of the current cycle
 * grows by start[i], and its length by length[i]. Cycles that begin beyond 2^53 steps are left
 * out. */
enum { MOST_CYCLES = 64 };
typedef struct cycles {
    size_t count;
    double border[MOST_CYCLES], start[MOST_CYCLES], length[MOST_CYCLES];
} cycles;

static void list_cycles(cycles *c, double first, double growth)
{
    double begin = 0, length = first;
    for (c->count = 0; c->count < MOST_CYCLES && begin + length < 0x1p53; c->count++) {
        begin += length;
        c->border[c->count] = begin;
        c->start[c->count] = length;
        c->length[c->count] = length * (growth - 1);
        length *= growth;
    }
}

static tg_tensor *restarts_rate(tg_site at, const tg_schedule *s, tg_tensor *count)
{
    tg_cosine_restarts_lr_args args;
    TG__OPTIONS(args, s);
    const double first = (double)args.first;
    tg_tensor *share = tg_div_num(count, first);
    if (args.growth == 1) {
        tg_tensor *before = tg_mul_num(tg_floor(share), first);
        share = tg_div_num(tg_sub(count, before), first);
    } else {
        cycles c;
        list_cycles(&c, first, (double)args.growth);
        if (c.count > 0) {
            tg_tensor *start = tg__passed(at, count, c.count, c.border, c.start);
            tg_tensor *longer = tg__passed(at, count, c.count, c.border, c.length);
            share = tg_div(tg_sub(count, start), tg_add_num(longer, first));
        }
    }
    return tg__half_wave(at, args.base, args.final, share);
}

static bool restarts_fits(tg_site at, const tg_schedule *s, tg_tape *tape, int depth)
{
    (void)depth;
    tg_cosine_restarts_lr_args args;
    TG__OPTIONS(args, s);
    return number_fits(at, s, tape, "base", args.base, TG__NOT_NEGATIVE) &&
           number_fits(at, s, tape, "final", args.final, TG__NOT_NEGATIVE) &&
           tg__at_least(tape, at, s->name, "first", args.first, 1) &&
           tg__at_least(tape, at, s->name, "growth", args.growth, 1);
}

static const tg__schedule_kind restarts = { "tg_cosine_restarts_lr", restarts_rate, restarts_fits,
                                            false };

tg_schedule tg_cosine_restarts_lr_with(const tg_cosine_restarts_lr_args *given)
{
    tg_cosine_restarts_lr_args args = { TG_COSINE_RESTARTS_LR_DEFAULTS };
    return TG__SCHEDULE(&restarts, args, given);
}

/* ---- Up and down ---------------------------------------------------------------------------- */

/* h m of tg_schedule.h: 0 at the base, 1 at the peak of the first cycle. */
static tg_tensor *height(tg_site at, const tg_cyclic_args *args, tg_tensor *count)
{
    const double up = (double)args->up;
    const double down = args->down > 0 ? (double)args->down : up;
    tg_tensor *cycle = tg_floor(tg_div_num(count, up + down));
    tg_tensor *step = tg_sub(count, tg_mul_num(cycle, up + down));
    tg_tensor *rising = tg_div_num(step, up);
    tg_tensor *falling = tg_div_num(tg_rsub_num(up + down, step), down);
    tg_tensor *h = tg_minimum(rising, falling);
    if (args->mode == TG_CYCLE_HALVED) return tg_mul(h, tg_pow(tg_number_like(cycle, 0.5), cycle));
    if (args->mode == TG_CYCLE_EXPONENTIAL)
        return tg_mul(h, tg_pow(tg_number_like(count, args->gamma), count));
    return h;
}

static tg_tensor *cyclic_rate(tg_site at, const tg_schedule *s, tg_tensor *count)
{
    tg_cyclic_args args;
    TG__OPTIONS(args, s);
    return tg__line(at, args.base, args.peak, height(at, &args, count));
}

static tg_tensor *cyclic_momentum(tg_site at, const tg_schedule *s, tg_tensor *count)
{
    tg_cyclic_args args;
    TG__OPTIONS(args, s);
    return tg__line(at, args.peak_momentum, args.base_momentum, height(at, &args, count));
}

static bool momenta_fit(tg_site at, const tg_schedule *s, tg_tape *tape, double base, double peak)
{
    return number_fits(at, s, tape, "base_momentum", base, TG__UP_TO_ONE) &&
           number_fits(at, s, tape, "peak_momentum", peak, TG__UP_TO_ONE) &&
           tg__in_order(tape, at, s->name, "base_momentum", base, "peak_momentum", peak);
}

static bool cyclic_fits(tg_site at, const tg_schedule *s, tg_tape *tape, int depth)
{
    (void)depth;
    tg_cyclic_args args;
    TG__OPTIONS(args, s);
    const bool known = args.mode >= TG_CYCLE_TRIANGULAR && args.mode <= TG_CYCLE_EXPONENTIAL;
    if (!known)
        tg_fail(tape, at, TG_ERR_ARGUMENT, "%s: mode = %d is none of tg_cycle_mode", s->name,
                (int)args.mode);
    return known && number_fits(at, s, tape, "base", args.base, TG__NOT_NEGATIVE) &&
           number_fits(at, s, tape, "peak", args.peak, TG__NOT_NEGATIVE) &&
           tg__in_order(tape, at, s->name, "base", args.base, "peak", args.peak) &&
           tg__at_least(tape, at, s->name, "up", args.up, 1) &&
           tg__at_least(tape, at, s->name, "down", args.down, 0) &&
           number_fits(at, s, tape, "gamma", args.gamma, TG__POSITIVE) &&
           momenta_fit(at, s, tape, args.base_momentum, args.peak_momentum);
}

static const tg__schedule_kind cyclic = { "tg_cyclic_lr", cyclic_rate, cyclic_fits, false };
static const tg__schedule_kind cyclic_low = { "tg_cyclic_momentum", cyclic_momentum, cyclic_fits,
                                              true };

tg_schedule tg_cyclic_lr_with(const tg_cyclic_args *given)
{
    tg_cyclic_args args = { TG_CYCLIC_DEFAULTS };
    return TG__SCHEDULE(&cyclic, args, given);
}

tg_schedule tg_cyclic_momentum_with(const tg_cyclic_args *given)
{
    tg_cyclic_args args = { TG_CYCLIC_DEFAULTS };
    return TG__SCHEDULE(&cyclic_low, args, given);
}

/* ---- One cycle ------------------------------------------------------------------------------ */

/* One part of a curve: it ends at count [end], which need not be a whole number, with the value
 * [to]. */
typedef struct phase {
    double end, to;
} phase;

/* A curve that begins at [from] and has these phases, one after the other; after the last one it
 * stays constant. */
static tg_tensor *phases(tg_site at, tg_tensor *count, bool linear, double from, const phase *list,
                         int number)
{
    tg_tensor *step = tg_minimum_num(count, list[number - 1].end), *value = NULL;
    double begin = 0;
    for (int i = 0; i < number; i++) {
        const double length = list[i].end - begin, to = list[i].to;
        tg_tensor *share = tg_number_like(step, 1);
        if (length > 0) share = tg_clamp(tg_div_num(tg_sub_num(step, begin), length), 0, 1);
        tg_tensor *curve =
            linear ? tg__line(at, from, to, share) : tg__half_wave(at, from, to, share);
        value = value ? tg_select(tg_greater_num(step, begin), curve, value) : curve;
        begin = list[i].end;
        from = to;
    }
    return value;
}

/* One cycle that begins at [ends], reaches [middle], returns to [ends], and finishes at [last];
 * with two phases it goes from [middle] to [last] directly. */
static tg_tensor *one_cycle(tg_site at, const tg_schedule *s, const tg_one_cycle_args *args,
                            tg_tensor *count, double ends, double middle, double last)
{
    const double steps = (double)(args->steps - s->warmup), rise = args->rise * steps - 1;
    const phase three[] = { { rise, middle }, { 2 * rise, ends }, { steps - 1, last } };
    const phase two[] = { { rise, middle }, { steps - 1, last } };
    return args->three_phase ? phases(at, count, args->linear, ends, three, 3)
                             : phases(at, count, args->linear, ends, two, 2);
}

static tg_tensor *one_cycle_rate(tg_site at, const tg_schedule *s, tg_tensor *count)
{
    tg_one_cycle_args args;
    TG__OPTIONS(args, s);
    const double first = args.peak / args.div;
    return one_cycle(at, s, &args, count, first, args.peak, first / args.final_div);
}

static tg_tensor *one_cycle_momentum(tg_site at, const tg_schedule *s, tg_tensor *count)
{
    tg_one_cycle_args args;
    TG__OPTIONS(args, s);
    const double high = args.peak_momentum;
    return one_cycle(at, s, &args, count, high, args.base_momentum, high);
}

static bool one_cycle_fits(tg_site at, const tg_schedule *s, tg_tape *tape, int depth)
{
    (void)depth;
    tg_one_cycle_args args;
    TG__OPTIONS(args, s);
    return number_fits(at, s, tape, "peak", args.peak, TG__NOT_NEGATIVE) &&
           tg__steps_fit(tape, at, s, args.steps) &&
           number_fits(at, s, tape, "rise", args.rise, TG__UP_TO_ONE) &&
           number_fits(at, s, tape, "div", args.div, TG__POSITIVE) &&
           number_fits(at, s, tape, "final_div", args.final_div, TG__POSITIVE) &&
           momenta_fit(at, s, tape, args.base_momentum, args.peak_momentum);
}

static const tg__schedule_kind one_cycle_high = { "tg_one_cycle_lr", one_cycle_rate, one_cycle_fits,
                                                  false };
static const tg__schedule_kind one_cycle_low = { "tg_one_cycle_momentum", one_cycle_momentum,
                                                 one_cycle_fits, true };

tg_schedule tg_one_cycle_lr_with(const tg_one_cycle_args *given)
{
    tg_one_cycle_args args = { TG_ONE_CYCLE_DEFAULTS };
    return TG__SCHEDULE(&one_cycle_high, args, given);
}

tg_schedule tg_one_cycle_momentum_with(const tg_one_cycle_args *given)
{
    tg_one_cycle_args args = { TG_ONE_CYCLE_DEFAULTS };
    return TG__SCHEDULE(&one_cycle_low, args, given);
}
