/* test_schedule_kinds.c: every kind of schedule against the recursion, or the formula, by which
 * PyTorch 2 documents the scheduler of that name, and against each other where they coincide. */
#include "tests/support/recorded.h"

enum { STEPS = 120 };

/* ---- The schedules, and what PyTorch does ------------------------------------------------------
 */

/* Each fills in the rates after 0, 1, ... steps, from the one before where PyTorch does so. */
typedef void (*rates)(double rate[STEPS]);
typedef tg_schedule (*schedule)(void);

static const double pi = 3.14159265358979323846;

static tg_schedule step(void) { return tg_step_lr(.base = 0.3, .gamma = 0.5, .every = 7); }
static void step_is(double rate[STEPS])
{
    rate[0] = 0.3;
    for (int n = 1; n < STEPS; n++) rate[n] = rate[n - 1] * (n % 7 == 0 ? 0.5 : 1);
}

static const int64_t drops[] = { 0, 5, 5, 17, 64 };
static tg_schedule multi_step(void)
{
    return tg_multi_step_lr(drops, 5, .base = 0.3, .gamma = 0.7);
}
static void multi_step_is(double rate[STEPS])
{
    double now = 0.3;
    for (int n = 0; n < STEPS; n++) {
        for (int i = 0; i < 5; i++)
            if (drops[i] == n) now *= 0.7;
        rate[n] = now;
    }
}

static tg_schedule exponential(void) { return tg_exponential_lr(.base = 0.3, .gamma = 0.97); }
static void exponential_is(double rate[STEPS])
{
    rate[0] = 0.3;
    for (int n = 1; n < STEPS; n++) rate[n] = rate[n - 1] * 0.97;
}

static tg_schedule inverse_time(void)
{
    return tg_inverse_time_lr(.base = 0.3, .gamma = 0.5, .every = 4, .power = 0.75);
}
static void inverse_time_is(double rate[STEPS])
{
    for (int n = 0; n < STEPS; n++) rate[n] = 0.3 / pow(1 + 0.5 * n / 4, 0.75);
}

static tg_schedule polynomial(void)
{
    return tg_polynomial_lr(.base = 0.3, .power = 1.5, .steps = 50);
}
static void polynomial_is(double rate[STEPS])
{
    rate[0] = 0.3;
    for (int n = 1; n < STEPS; n++) {
        const double decay = n > 50 ? 1 : (1 - n / 50.0) / (1 - (n - 1) / 50.0);
        rate[n] = rate[n - 1] * pow(decay, 1.5);
    }
}
static tg_schedule polynomial_to(void)
{
    return tg_polynomial_lr(.base = 0.1, .final = 0.4, .power = 3, .steps = 21, .warmup = 1);
}
static void polynomial_to_is(double rate[STEPS])
{
    rate[0] = 0.1;
    for (int n = 1; n < STEPS; n++) rate[n] = 0.4 - 0.3 * pow(fmax(1 - (n - 1) / 20.0, 0), 3);
}

static tg_schedule linear(void)
{
    return tg_linear_lr(.base = 0.3, .start = 1.0 / 3, .end = 0.9, .steps = 30);
}
static void linear_is(double rate[STEPS])
{
    const double start = 1.0 / 3, end = 0.9;
    rate[0] = 0.3 * start;
    for (int n = 1; n < STEPS; n++)
        rate[n] =
            rate[n - 1] * (n > 30 ? 1 : 1 + (end - start) / (30 * start + (n - 1) * (end - start)));
}

static tg_schedule cosine(void) { return tg_cosine_lr(.base = 0.3, .final = 0.01, .steps = 90); }
static void cosine_is(double rate[STEPS])
{
    rate[0] = 0.3;
    for (int n = 1; n < STEPS; n++)
        rate[n] =
            n > 90 ? 0.01
                   : (1 + cos(pi * n / 90)) / (1 + cos(pi * (n - 1) / 90)) * (rate[n - 1] - 0.01) +
                         0.01;
}

static void restarts_are(double rate[STEPS], int first, int growth)
{
    int step = 0, length = first;
    for (int n = 0; n < STEPS; n++, step++) {
        if (step >= length) {
            step -= length;
            length *= growth;
        }
        rate[n] = 0.01 + 0.29 * (1 + cos(pi * step / length)) / 2;
    }
}
static tg_schedule restarts(void)
{
    return tg_cosine_restarts_lr(.base = 0.3, .final = 0.01, .first = 7);
}
static void restarts_is(double rate[STEPS]) { restarts_are(rate, 7, 1); }
static tg_schedule doubling(void)
{
    return tg_cosine_restarts_lr(.base = 0.3, .final = 0.01, .first = 3, .growth = 2);
}
static void doubling_is(double rate[STEPS]) { restarts_are(rate, 3, 2); }
static tg_schedule tripling(void)
{
    return tg_cosine_restarts_lr(.base = 0.3, .final = 0.01, .first = 1, .growth = 3);
}
static void tripling_is(double rate[STEPS]) { restarts_are(rate, 1, 3); }

/* The height of a cycle, by which CyclicLR scales rate and momentum. */
static double cyclic_height(int n, int up, int down, tg_cycle_mode mode)
{
    const double total = up + down, ratio = up / total;
    const double cycle = floor(1 + n / total), x = 1 + n / total - cycle;
    const double scale = x <= ratio ? x / ratio : (x - 1) / (ratio - 1);
    return scale * (mode == TG_CYCLE_HALVED        ? 1 / pow(2, cycle - 1)
                    : mode == TG_CYCLE_EXPONENTIAL ? pow(0.98, n)
                                                   : 1);
}
#define CYCLIC(name, one_up, one_down, one_mode)                                                   \
    static tg_schedule name(void)                                                                  \
    {                                                                                              \
        return tg_cyclic_lr(.base = 0.01, .peak = 0.3, .up = (one_up), .down = (one_down),         \
                            .mode = (one_mode), .gamma = 0.98);                                    \
    }                                                                                              \
    static void name##_is(double rate[STEPS])                                                      \
    {                                                                                              \
        const int down = (one_down) ? (one_down) : (one_up);                                       \
        for (int n = 0; n < STEPS; n++)                                                            \
            rate[n] = 0.01 + 0.29 * cyclic_height(n, one_up, down, one_mode);                      \
    }                                                                                              \
    static tg_schedule name##_momentum(void)                                                       \
    {                                                                                              \
        return tg_cyclic_momentum(.up = (one_up), .down = (one_down), .mode = (one_mode),          \
                                  .gamma = 0.98);                                                  \
    }                                                                                              \
    static void name##_momentum_is(double rate[STEPS])                                             \
    {                                                                                              \
        const int down = (one_down) ? (one_down) : (one_up);                                       \
        for (int n = 0; n < STEPS; n++)                                                            \
            rate[n] = 0.9 - (0.9 - 0.8) * cyclic_height(n, one_up, down, one_mode);                \
    }
CYCLIC(triangular, 8, 0, TG_CYCLE_TRIANGULAR)
CYCLIC(skew, 3, 13, TG_CYCLE_TRIANGULAR)
CYCLIC(halved, 5, 11, TG_CYCLE_HALVED)
CYCLIC(shrinking, 1, 1, TG_CYCLE_EXPONENTIAL)

/* OneCycleLR's phases: end, and the values between which it goes. */
static double one_cycle_at(int n, int phases, const double end[], const double value[], bool linear)
{
    double begin = 0;
    for (int i = 0; i < phases; i++) {
        if (n > end[i] && i + 1 < phases) {
            begin = end[i];
            continue;
        }
        const double share = (n - begin) / (end[i] - begin), from = value[i], to = value[i + 1];
        return linear ? (to - from) * share + from : to + (from - to) / 2 * (1 + cos(pi * share));
    }
    return NAN;
}
static void one_cycle_are(double rate[STEPS], double rise, bool linear, bool three, double ends,
                          double peak, double last)
{
    const int steps = 80;
    const double two_ends[] = { rise * steps - 1, steps - 1 };
    const double three_ends[] = { rise * steps - 1, 2 * rise * steps - 2, steps - 1 };
    const double two_values[] = { ends, peak, last }, three_values[] = { ends, peak, ends, last };
    for (int n = 0; n < STEPS; n++)
        rate[n] = n >= steps ? rate[steps - 1] /* PyTorch refuses these */
                  : three    ? one_cycle_at(n, 3, three_ends, three_values, linear)
                             : one_cycle_at(n, 2, two_ends, two_values, linear);
}
#define ONE_CYCLE(name, one_rise, one_linear, three)                                               \
    static tg_schedule name(void)                                                                  \
    {                                                                                              \
        return tg_one_cycle_lr(.peak = 0.5, .steps = 80, .rise = (one_rise), .div = 10,            \
                               .final_div = 200, .linear = (one_linear), .three_phase = (three));  \
    }                                                                                              \
    static void name##_is(double rate[STEPS])                                                      \
    {                                                                                              \
        one_cycle_are(rate, one_rise, one_linear, three, 0.05, 0.5, 0.05 / 200);                   \
    }                                                                                              \
    static tg_schedule name##_momentum(void)                                                       \
    {                                                                                              \
        return tg_one_cycle_momentum(.steps = 80, .rise = (one_rise), .linear = (one_linear),      \
                                     .three_phase = (three));                                      \
    }                                                                                              \
    static void name##_momentum_is(double rate[STEPS])                                             \
    {                                                                                              \
        one_cycle_are(rate, one_rise, one_linear, three, 0.95, 0.85, 0.95);                        \
    }
ONE_CYCLE(one_cycle, 0.3, false, false)
ONE_CYCLE(one_cycle_linear, 0.33, true, false)
ONE_CYCLE(one_cycle_three, 0.4, false, true)
ONE_CYCLE(one_cycle_three_lines, 0.21, true, true)
ONE_CYCLE(one_cycle_falling, 0.0, false, false)
ONE_CYCLE(one_cycle_rising, 1.0, true, false)

static tg_stage stages[3];
static tg_schedule sequence(void)
{
    stages[0] = (tg_stage){ 0, linear() };
    stages[1] = (tg_stage){ 20, doubling() };
    stages[2] = (tg_stage){ 65, tg_constant_lr(.base = 0.02, .warmup = 5) };
    return tg_sequence_lr(stages, 3);
}
static void sequence_is(double rate[STEPS])
{
    double second[STEPS];
    linear_is(rate);
    doubling_is(second);
    for (int n = 20; n < STEPS; n++)
        rate[n] = n < 65 ? second[n - 20] : 0.02 * fmin((n - 64) / 5.0, 1);
}

static tg_schedule factors[2];
static tg_schedule product(void)
{
    factors[0] = sequence();
    factors[1] = tg_exponential_lr(.base = 1, .gamma = 0.97);
    return tg_product_lr(factors, 2, .warmup = 3);
}
static void product_is(double rate[STEPS])
{
    double whole[STEPS];
    sequence_is(whole);
    for (int n = 0; n < STEPS; n++) {
        const int s = n < 3 ? 0 : n - 3;
        rate[n] = fmin((n + 1) / 3.0, 1) * whole[s] * pow(0.97, s);
    }
}

static const struct {
    const char *name;
    schedule make;
    rates are;
} kinds[] = {
    { "step", step, step_is },
    { "multi-step", multi_step, multi_step_is },
    { "exponential", exponential, exponential_is },
    { "inverse time", inverse_time, inverse_time_is },
    { "polynomial", polynomial, polynomial_is },
    { "polynomial, upwards", polynomial_to, polynomial_to_is },
    { "linear", linear, linear_is },
    { "cosine", cosine, cosine_is },
    { "cosine with restarts", restarts, restarts_is },
    { "cosine with restarts, doubling", doubling, doubling_is },
    { "cosine with restarts, tripling", tripling, tripling_is },
    { "cyclic", triangular, triangular_is },
    { "cyclic, skew", skew, skew_is },
    { "cyclic, halved", halved, halved_is },
    { "cyclic, exponential", shrinking, shrinking_is },
    { "cyclic momentum", triangular_momentum, triangular_momentum_is },
    { "cyclic momentum, skew", skew_momentum, skew_momentum_is },
    { "cyclic momentum, halved", halved_momentum, halved_momentum_is },
    { "cyclic momentum, exponential", shrinking_momentum, shrinking_momentum_is },
    { "one cycle", one_cycle, one_cycle_is },
    { "one cycle, linear", one_cycle_linear, one_cycle_linear_is },
    { "one cycle, three phases", one_cycle_three, one_cycle_three_is },
    { "one cycle, three lines", one_cycle_three_lines, one_cycle_three_lines_is },
    { "one cycle, falling", one_cycle_falling, one_cycle_falling_is },
    { "one cycle, rising", one_cycle_rising, one_cycle_rising_is },
    { "one cycle momentum", one_cycle_momentum, one_cycle_momentum_is },
    { "one cycle momentum, linear", one_cycle_linear_momentum, one_cycle_linear_momentum_is },
    { "one cycle momentum, three", one_cycle_three_momentum, one_cycle_three_momentum_is },
    { "one cycle momentum, three lines", one_cycle_three_lines_momentum,
      one_cycle_three_lines_momentum_is },
    { "one cycle momentum, falling", one_cycle_falling_momentum, one_cycle_falling_momentum_is },
    { "one cycle momentum, rising", one_cycle_rising_momentum, one_cycle_rising_momentum_is },
    { "sequence", sequence, sequence_is },
    { "product", product, product_is },
};

/* ---- Against PyTorch's -------------------------------------------------------------------------
 */

static void ck_rates(const char *name, const double *got, const double *want, double tolerance)
{
    for (int n = 0; n < STEPS; n++)
        ck_assert_msg(fabs(got[n] - want[n]) <= tolerance, "%s: step %d: got %.17g, want %.17g",
                      name, n, got[n], want[n]);
}

/* The rates at 0, 1, ..., all recorded at once. */
static void record_rates(tg_schedule made, double rate[STEPS])
{
    tg_tensor *node = tg_schedule_rate(made, tg_iota(tape, TG_F64, STEPS));
    ck_no_error();
    ck_assert_int_eq(tg_get(node, rate, STEPS), TG_OK);
}

START_TEST(rates_are_those_of_pytorch)
{
    double got[STEPS], want[STEPS];
    kinds[_i].are(want);
    record_rates(kinds[_i].make(), got);
    ck_rates(kinds[_i].name, got, want, 1e-12);
}
END_TEST

START_TEST(a_rate_is_a_function_of_the_count_alone)
{
    double want[STEPS], got[STEPS];
    tg_tensor *count = tg_input(tape, "n", TG_F64, TG_SCALAR);
    tg_tensor *rate = tg_schedule_rate(kinds[_i].make(), count);
    tg_plan *plan = tg_compile_pure(tape, rate);
    ck_assert_int_eq(tg_rank(rate), 0);
    kinds[_i].are(want);
    for (int i = 0; i < STEPS; i++) { /* 49 and 120 have no divisor in common: each once */
        const int n = 49 * i % STEPS;
        tg_feed(count, &(double){ n }, 1);
        run(plan);
        got[n] = tg_item(rate);
    }
    ck_rates(kinds[_i].name, got, want, 1e-12);
    tg_plan_free(plan);
}
END_TEST

START_TEST(rates_of_counts_of_eight_axes)
{
    double want[STEPS], got[STEPS];
    kinds[_i].are(want);
    tg_tensor *count = tg_reshape(tg_iota(tape, TG_F64, STEPS), TG_SHAPE(2, 1, 3, 1, 4, 1, 5, 1));
    tg_tensor *rate = tg_schedule_rate(kinds[_i].make(), count);
    ck_no_error();
    ck_assert(tg_shape_equal(tg_shape_from(rate), tg_shape_from(count)));
    ck_assert_int_eq(tg_get(rate, got, STEPS), TG_OK);
    ck_rates(kinds[_i].name, got, want, 1e-12);
}
END_TEST

/* A warm-up of any of them: the ramp, and then the same from 0 on. */
START_TEST(each_has_a_warm_up)
{
    enum { WARMUP = 6 };
    double plain[STEPS], got[STEPS], want[STEPS];
    tg_schedule made = kinds[_i].make();
    if (made.warmup > 0 || strstr(kinds[_i].name, "poly") || strstr(kinds[_i].name, "linear") ||
        strstr(kinds[_i].name, "one cycle") || strcmp(kinds[_i].name, "cosine") == 0)
        return; /* it has one, or counts it among its steps */
    kinds[_i].are(plain);
    made.warmup = WARMUP;
    record_rates(made, got);
    for (int n = 0; n < STEPS; n++) {
        const double ramp = made.delays ? 1 : fmin((n + 1) / (double)WARMUP, 1);
        want[n] = ramp * plain[n < WARMUP ? 0 : n - WARMUP];
    }
    ck_rates(kinds[_i].name, got, want, 1e-12);
}
END_TEST

/* .steps counts the warm-up: what follows it is the schedule of that many fewer. */
START_TEST(steps_are_those_of_the_whole)
{
    const tg_schedule whole[] = {
        tg_polynomial_lr(.base = 0.3, .power = 2, .steps = 60, .warmup = 9),
        tg_linear_lr(.base = 0.3, .steps = 60, .warmup = 9),
        tg_cosine_lr(.base = 0.3, .steps = 60, .warmup = 9),
        tg_one_cycle_lr(.peak = 0.3, .steps = 60, .warmup = 9),
        tg_one_cycle_momentum(.steps = 60, .warmup = 9),
    };
    const tg_schedule rest[] = {
        tg_polynomial_lr(.base = 0.3, .power = 2, .steps = 51),
        tg_linear_lr(.base = 0.3, .steps = 51),
        tg_cosine_lr(.base = 0.3, .steps = 51),
        tg_one_cycle_lr(.peak = 0.3, .steps = 51),
        tg_one_cycle_momentum(.steps = 51),
    };
    for (int i = 0; i < COUNT_OF(whole); i++) {
        double got[STEPS], plain[STEPS], want[STEPS];
        record_rates(whole[i], got);
        record_rates(rest[i], plain);
        for (int n = 0; n < STEPS; n++) {
            const double ramp = whole[i].delays ? 1 : fmin((n + 1) / 9.0, 1);
            want[n] = ramp * plain[n < 9 ? 0 : n - 9];
        }
        ck_rates(whole[i].name, got, want, 1e-15);
    }
}
END_TEST

/* ---- At borders --------------------------------------------------------------------------------
 */

static double rate_at(tg_schedule made, double n)
{
    return tg_item(tg_schedule_rate(made, tg_number_as(tape, TG_F64, n)));
}

START_TEST(no_restart_is_missed_however_far)
{
    for (int growth = 2; growth <= 5; growth++) {
        const tg_schedule made =
            tg_cosine_restarts_lr(.base = 0.3, .final = 0.1, .first = 7, .growth = growth);
        double begin = 0, length = 7;
        for (; begin + length < 0x1p53; begin += length, length *= growth) {
            ck_close(rate_at(made, begin), 0.3, 1e-15);
            if (length < 1e6 && begin > 0) ck_assert(rate_at(made, begin - 1) < 0.2);
        }
        ck_no_error();
    }
    const tg_schedule equal = tg_cosine_restarts_lr(.base = 0.3, .first = 49);
    for (double cycle = 1; cycle < 1e12; cycle = 10 * cycle + 3) {
        ck_close(rate_at(equal, 49 * cycle), 0.3, 1e-15);
        ck_assert(rate_at(equal, 49 * cycle - 1) < 0.01);
    }
}
END_TEST

START_TEST(rates_at_borders_are_exact)
{
    const tg_schedule wave = tg_cyclic_lr(.base = 0.1, .peak = 0.7, .up = 49, .down = 41);
    for (double cycle = 1; cycle < 1e12; cycle = 10 * cycle + 3) {
        ck_assert(rate_at(wave, 90 * cycle) == 0.1);
        ck_close(rate_at(wave, 90 * cycle + 49), 0.7, 1e-15);
    }
    ck_assert(rate_at(tg_linear_lr(.base = 0.3, .end = 0.5, .steps = 7), 7) == 0.15);
    ck_assert(rate_at(tg_linear_lr(.base = 0.3, .end = 0.5, .steps = 7), 1e15) == 0.15);
    ck_assert(rate_at(tg_polynomial_lr(.base = 0.3, .final = 0.1, .steps = 7), 7) == 0.1);
    ck_assert(rate_at(tg_polynomial_lr(.base = 0.3, .final = 0.1, .steps = 7), 1e15) == 0.1);
    const tg_schedule cycle = tg_one_cycle_lr(.peak = 0.5, .steps = 100, .final_div = 4);
    ck_close(rate_at(cycle, 0), 0.02, 1e-15);
    ck_assert(rate_at(cycle, 99) == 0.005);
    ck_assert(rate_at(cycle, 1e15) == 0.005);
    ck_close(rate_at(cycle, 29), 0.5, 1e-15);
    /* One step is all of the cycle: PyTorch's last. */
    ck_assert(rate_at(tg_one_cycle_lr(.peak = 0.5, .steps = 1, .final_div = 4), 0) == 0.005);
    ck_assert(rate_at(tg_one_cycle_lr(.peak = 0.5, .steps = 1, .rise = 1), 0) == 0.5);
}
END_TEST

/* ---- One against another -----------------------------------------------------------------------
 */

static void ck_alike(tg_schedule a, tg_schedule b)
{
    double of_a[STEPS], of_b[STEPS];
    record_rates(a, of_a);
    record_rates(b, of_b);
    ck_rates(a.name, of_a, of_b, 1e-15);
}

START_TEST(schedules_coincide_where_their_formulas_do)
{
    int64_t every_tenth[STEPS / 10];
    for (int i = 0; i < STEPS / 10; i++) every_tenth[i] = 10 * (i + 1);
    ck_alike(tg_multi_step_lr(every_tenth, STEPS / 10, .base = 0.3, .warmup = 4),
             tg_step_lr(.base = 0.3, .every = 10, .warmup = 4));
    ck_alike(tg_multi_step_lr(NULL, 0, .base = 0.3), tg_constant_lr(.base = 0.3));
    ck_alike(tg_step_lr(.base = 0.3, .gamma = 0.9, .every = 1),
             tg_exponential_lr(.base = 0.3, .gamma = 0.9));
    ck_alike(tg_polynomial_lr(.base = 0.3, .steps = 50), tg_linear_lr(.base = 0.3, .steps = 50));
    ck_alike(tg_inverse_time_lr(.base = 0.3, .gamma = 0), tg_constant_lr(.base = 0.3));
    ck_alike(tg_cosine_restarts_lr(.base = 0.3, .first = STEPS),
             tg_cosine_lr(.base = 0.3, .steps = STEPS));
    ck_alike(tg_cosine_restarts_lr(.base = 0.3, .first = STEPS, .growth = 7),
             tg_cosine_lr(.base = 0.3, .steps = STEPS));
    ck_alike(tg_cyclic_lr(.up = 20, .mode = TG_CYCLE_EXPONENTIAL), tg_cyclic_lr(.up = 20));

    const tg_schedule one = doubling();
    ck_alike(tg_product_lr(&one, 1), one);
    ck_alike(tg_sequence_lr(&(tg_stage){ 0, one }, 1), one);
    const tg_stage rise_and_stay[] = {
        { 0, tg_linear_lr(.base = 0.3, .start = 1 / 8.0, .end = 1, .steps = 7) },
        { 7, tg_exponential_lr(.base = 0.3, .gamma = 1) },
    };
    ck_alike(tg_sequence_lr(rise_and_stay, 2), tg_constant_lr(.base = 0.3, .warmup = 8));
}
END_TEST

/* The other stages' rates are beyond every number where they do not count. */
START_TEST(stages_do_not_disturb_each_other)
{
    const tg_stage wild[] = {
        { 0, tg_exponential_lr(.base = 1, .gamma = 1e10) },
        { 10, tg_exponential_lr(.base = 1e-100, .gamma = 1e-10) },
    };
    tg_tensor *count = tg_number_as(tape, TG_F64, 3);
    tg_tensor *rate = tg_schedule_rate(tg_sequence_lr(wild, 2), count);
    tg_tensor *slope = tg_grad(rate, count);
    ck_close(tg_item(rate), 1e30, 1e-12);
    ck_close(tg_item(slope), 1e30 * log(1e10), 1e-12);
    ck_close(rate_at(tg_sequence_lr(wild, 2), 200), 0, 0);
}
END_TEST

/* ---- What is refused ---------------------------------------------------------------------------
 */

START_TEST(a_schedule_that_holds_itself_is_refused)
{
    tg_schedule deep[10];
    deep[0] = step();
    for (int i = 1; i < 10; i++) deep[i] = tg_product_lr(&deep[i - 1], 1);
    ck_alike(deep[8], deep[0]);
    tg_tensor *count = tg_number_as(tape, TG_F64, 1);
    ck_assert_ptr_null(tg_schedule_rate(deep[9], count));
    ck_says("more than 8 deep");
    tg_tape_clear_error(tape);

    tg_schedule circle[5]; /* 5^9 ways around, none of which is walked to its end */
    for (int i = 0; i < 5; i++) circle[i] = tg_product_lr(circle, 5);
    ck_assert_ptr_null(tg_schedule_rate(circle[0], count));
    ck_says("does one hold itself?");
    tg_tape_clear_error(tape);
}
END_TEST

static Suite *kinds_suite(void)
{
    Suite *suite = suite_create("schedule_kinds");
    TCase *cases = tcase_create("schedule_kinds");
    tcase_add_checked_fixture(cases, open_tape, close_tape);
    tcase_add_loop_test(cases, rates_are_those_of_pytorch, 0, COUNT_OF(kinds));
    tcase_add_loop_test(cases, a_rate_is_a_function_of_the_count_alone, 0, COUNT_OF(kinds));
    tcase_add_loop_test(cases, rates_of_counts_of_eight_axes, 0, COUNT_OF(kinds));
    tcase_add_loop_test(cases, each_has_a_warm_up, 0, COUNT_OF(kinds));
    tcase_add_test(cases, steps_are_those_of_the_whole);
    tcase_add_test(cases, no_restart_is_missed_however_far);
    tcase_add_test(cases, rates_at_borders_are_exact);
    tcase_add_test(cases, schedules_coincide_where_their_formulas_do);
    tcase_add_test(cases, stages_do_not_disturb_each_other);
    tcase_add_test(cases, a_schedule_that_holds_itself_is_refused);
    suite_add_tcase(suite, cases);
    return suite;
}

int main(void) { return run_suite(kinds_suite()); }
