/* searches.c: Where one of two hyper-parameters matters more, as many random trials find better
 * values than a grid, and halving finds good ones for a seventh of the epochs.
 *
 * Formula: a grid of 3 x 3 tries 3 rates, 9 random trials 9; 27 x 1 + 9 x 3 + 3 x 9 + 1 x 27 = 108
 *
 * A small net learns a sine by gradient descent, and is judged by validation data. Its learning
 * rate is looked for in six decades, its width, which matters less, from 8 to 32. Grid and random
 * search are compared in 20 ranges that begin at random places, as nobody knows whether a grid will
 * hit. Then halving tries 27 choices for an epoch, goes on with the best third of them for three
 * times as long, and again; then the same 27 are all trained to the end.
 */
#include "course.h"

#include <math.h>

static const char about[] = "Searches for a learning rate and a width: grid, random, halving.\n";

enum { ROWS = 50, RANGES = 20, TRIALS = 27, ROUNDS = 4 };

static const double epochs[ROUNDS] = { 1, 3, 9, 27 };

typedef struct task {
    float x[2 * ROWS], y[2 * ROWS]; /* training, then validation */
    double spent;                   /* epochs */
    double scores[TRIALS][ROUNDS];  /* of the search at hand, by round */
} task;

/* The loss of validation after a training of so many epochs, each of ten steps. */
static double train(void *context, const tg_trial *t)
{
    task *data = context;
    const int64_t width = (int64_t)tg_trial_value(t, "width");
    tg_store *store = tg_store_new(.seed = t->seed);
    const tg_linear hidden = tg_linear_new(store, "hidden", 1, width);
    const tg_linear out = tg_linear_new(store, "out", width, 1);
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *loss[2];
    for (int i = 0; i < 2; i++) {
        tg_tensor *x = tg_constant(tape, TG_F32, TG_SHAPE(ROWS, 1), data->x + i * ROWS);
        tg_tensor *y = tg_constant(tape, TG_F32, TG_SHAPE(ROWS, 1), data->y + i * ROWS);
        loss[i] = tg_mse(tg_linear_apply(&out, tg_tanh(tg_linear_apply(&hidden, x))), y);
    }
    tg_sgd(loss[0], .lr = tg_trial_value(t, "rate"), .momentum = 0.9);
    tg_plan *step = tg_compile(tape, loss[0]), *judge = tg_compile_pure(tape, loss[1]);
    for (int i = 0; i < 10 * t->budget; i++) tg_run(step);
    tg_run(judge);
    const double score = tg_report(tape, stderr) ? NAN : tg_item(loss[1]);
    data->spent += t->budget;
    data->scores[t->number][t->round] = score;
    tg_plan_free(step);
    tg_plan_free(judge);
    tg_tape_free(tape);
    tg_store_free(store);
    return score;
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "searches", about);
    static task data;
    const uint64_t seed = (uint64_t)c.seed;
    tg_dice dice = { .key = seed };
    for (int i = 0; i < 2 * ROWS; i++) {
        data.x[i] = (float)(4 * tg_dice_uniform(&dice) - 2);
        data.y[i] = sinf(2 * data.x[i]) + 0.03F * (float)tg_dice_normal(&dice);
    }
    plot *p = plot_new("Where to look for a learning rate", 3);
    plot_panel(p, "9 trials of one range", "learning rate", "width");
    plot_log_x(p);
    tg_error error = { 0 };
    double best[2][RANGES], gain = 0;
    for (int k = 0; k < RANGES; k++) {
        const double low = pow(10, 2 * tg_dice_uniform(&dice) - 6);
        const tg_ranges ranges =
            TG_RANGES({ "rate", .low = low, .high = low * 1e6, .log = true, .points = 3 },
                      { "width", .low = 8, .high = 32, .whole = true, .points = 3 });
        for (int i = 0; i < 2; i++) {
            tg_search *found =
                i ? tg_random_search(ranges, train, &data, &error, .budget = 27, .trials = 9,
                                     .seed = seed + 100 * (uint64_t)k)
                  : tg_grid_search(ranges, train, &data, &error, .budget = 27, .seed = seed);
            best[i][k] = found ? tg_search_best(found)->score : NAN;
            for (int64_t n = 0; k == 0 && n < tg_search_count(found); n++) {
                const double *at = tg_search_ranked(found, n)->values;
                plot_dots(p, i ? "random" : "grid", &at[0], &at[1], 1);
            }
            tg_search_free(found);
        }
        gain += log(best[1][k] / best[0][k]) / RANGES;
    }
    plot_panel(p, "the best of each of 20", "range", "validation loss");
    plot_log_y(p);
    for (int i = 0; i < 2; i++) plot_curve(p, i ? "random" : "grid", best[i], RANGES);

    const tg_ranges ranges = TG_RANGES({ "rate", .low = 1e-5, .high = 10, .log = true },
                                       { "width", .low = 8, .high = 32, .whole = true });
    data.spent = 0;
    tg_search *halving =
        tg_halving_search(ranges, train, &data, &error, .trials = TRIALS, .seed = seed);
    const double spent = data.spent;
    plot_panel(p, "halving", "epochs", "validation loss");
    plot_log_x(p);
    plot_log_y(p);
    plot_y_range(p, 1e-4, 10);
    for (int64_t n = 0; n < tg_search_count(halving); n++) {
        const tg_trial *t = tg_search_ranked(halving, n);
        if (t->round) plot_line(p, NULL, epochs, data.scores[t->number], t->round + 1);
        else plot_dots(p, NULL, epochs, data.scores[t->number], 1);
    }
    tg_search *all = tg_random_search(ranges, train, &data, &error, .trials = TRIALS, .seed = seed,
                                      .budget = epochs[ROUNDS - 1]);
    const tg_trial *winner = tg_search_best(halving), *t = tg_search_best(all);
    int64_t rank = 0;
    while (winner && t && t->number != winner->number) t = tg_search_ranked(all, ++rank);
    course_expect(&c, "random_over_grid", exp(gain), 0, 0.8);
    course_expect(&c, "halving_epochs", spent, 108, 108);
    course_expect(&c, "better_than_halving", (double)rank, 0, TRIALS / 4);
    if (error.status) fprintf(stderr, "%s\n", error.text);
    tg_search_free(halving);
    tg_search_free(all);
    return course_end(&c, p);
}
