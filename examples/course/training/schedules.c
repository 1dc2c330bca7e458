/* schedules.c: A learning rate that falls ends lower than one that stays, because the noise of the
 * batches goes with it.
 *
 * Formula: a_s = a_0, a_0 c^floor(s / k), a_0 c^s, a_0 / (1 + s / k), a_0 (1 + cos(pi s / n)) / 2
 *
 * Twenty weights of a linear model are learned by SGD from batches of four rows, drawn anew in each
 * step, whose answers have noise; what is measured is the mean square by which the weights miss the
 * true ones, over 8 models. All schedules have the largest rate 0.1 and 1200 steps: it
 * stays, falls by 0.3 every 300 steps, exponentially to 0.1 in 400 steps, by 1 / (1 + s / 50), in a
 * line to 0, in a half wave of the cosine, or rises first and falls then (one cycle).
 */
#include "course.h"

#include <math.h>

static const char about[] = "Draws schedules of the learning rate, and trains by each of them.\n";

enum { KINDS = 7, STEPS = 1200, MODELS = 8, WEIGHTS = 20, ROWS = 4, MEANS = STEPS / 10 };
static const char *const names[KINDS] = { "constant", "step",   "exponential", "inverse_time",
                                          "linear",   "cosine", "one_cycle" };

static bool train(course *c, tg_schedule schedule, double rates[STEPS], double misses[MEANS])
{
    tg_store *store = tg_store_new(.seed = (uint64_t)c->seed, .dtype = TG_F64);
    tg_var *var = tg_param(store, "w", TG_SHAPE(MODELS, WEIGHTS, 1), tg_init_zeros());
    tg_tape *tape = tg_tape_new(store);
    tg_get(tg_schedule_rate(schedule, tg_iota(tape, TG_F64, STEPS)), rates, STEPS);
    tg_rewind(tape);
    tg_tensor *x = tg_normal(tape, "x", TG_F64, TG_SHAPE(MODELS, ROWS, WEIGHTS), 0, 1);
    tg_tensor *noise = tg_normal(tape, "noise", TG_F64, TG_SHAPE(MODELS, ROWS, 1), 0, 1);
    tg_tensor *w = tg_read(tape, var); /* the true ones are 1 */
    tg_tensor *wrong = tg_sub(tg_matmul(x, tg_sub_num(w, 1)), noise);
    tg_tensor *loss = tg_div_num(tg_sum(tg_square(wrong)), 2 * ROWS);
    tg_tensor *miss = tg_mean(tg_square(tg_sub_num(w, 1)));
    tg_gd(loss, .schedule = schedule);
    tg_plan *step = tg_compile(tape, miss);
    for (int i = 0; i < STEPS && !tg_run(step); i++) misses[i / 10] += tg_item(miss) / 10;
    const bool fine = course_fine(c, tape);
    tg_plan_free(step);
    tg_tape_free(tape);
    tg_store_free(store);
    return fine;
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "schedules", about);
    const double top = 0.1;
    const tg_schedule schedules[KINDS] = {
        tg_constant_lr(.base = top),
        tg_step_lr(.base = top, .gamma = 0.3, .every = 300),
        tg_exponential_lr(.base = top, .gamma = 0.1, .every = 400),
        tg_inverse_time_lr(.base = top, .every = 50),
        tg_linear_lr(.base = top, .steps = STEPS),
        tg_cosine_lr(.base = top, .steps = STEPS),
        tg_one_cycle_lr(.peak = top, .steps = STEPS),
    };
    static double rates[KINDS][STEPS], misses[KINDS][MEANS], at[MEANS];
    bool fine = true;
    for (int k = 0; k < KINDS && fine; k++) fine = train(&c, schedules[k], rates[k], misses[k]);
    for (int i = 0; i < MEANS; i++) at[i] = 10 * i + 5;
    plot *p = plot_new("Rates that fall", 1);
    if (fine) {
        const double stays = misses[0][MEANS - 1];
        course_expect(&c, names[0], stays, 0, 0.2);
        for (int k = 1; k < KINDS; k++)
            course_expect(&c, names[k], misses[k][MEANS - 1], 0, 0.4 * stays);
        course_expect(&c, "cosine_half_way", rates[5][STEPS / 2], top / 2 - 1e-12, top / 2 + 1e-12);
        plot_panel(p, "Rates", "step", "rate");
        for (int k = 0; k < KINDS; k++) plot_curve(p, names[k], rates[k], STEPS);
        plot_panel(p, "Errors of the weights", "step", "mean square");
        plot_log_y(p);
        for (int k = 0; k < KINDS; k++) plot_line(p, names[k], at, misses[k], MEANS);
    }
    return course_end(&c, p);
}
