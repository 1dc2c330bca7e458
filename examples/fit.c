/* fit.c: fits a curve to measurements by L-BFGS: two overlapping peaks on a linear background.
 * Every evaluation uses all points, so a line search is worth its cost: some tens of iterations
 * find eight parameters to the precision that the noise allows; a first-order optimizer would take
 * thousands. */
#include "common.h"

#include <math.h>

static const char about[] =
    "Fits the sum of two Gaussian peaks and a sloping background to 200 measurements with noise:\n"
    "eight parameters, by L-BFGS. The truth: peaks at 3.5 and 5 of the heights 2 and 1 and the\n"
    "widths 0.6 and 0.9, and a background of 0.3 that falls by 0.02 for each unit.\n";

enum { POINTS = 200, PEAKS = 2 };

/* The parameters of all peaks: positions, heights, logarithms of the widths. */
typedef struct model {
    tg_var *position, *height, *log_width; /* [PEAKS] */
    tg_var *level, *slope;                 /* [] */
} model;

static model model_new(tg_store *store)
{
    const tg_shape peaks = TG_SHAPE(PEAKS);
    model m = { tg_param(store, "model.position", peaks, tg_init_zeros()),
                tg_param(store, "model.height", peaks, tg_init_constant(1)),
                tg_param(store, "model.log_width", peaks, tg_init_zeros()),
                tg_param(store, "model.level", TG_SCALAR, tg_init_zeros()),
                tg_param(store, "model.slope", TG_SCALAR, tg_init_zeros()) };
    tg_var_set(m.position, ((const double[PEAKS]){ 2, 7 }), PEAKS); /* as seen in a plot */
    return m;
}

/* The curve [n] at the positions x [n, 1]. */
static tg_tensor *curve(const model *m, tg_tensor *x)
{
    tg_tape *tape = tg_tape_of(x);
    tg_tensor *away = tg_sub(x, tg_read(tape, m->position)); /* [n, PEAKS] */
    tg_tensor *scaled = tg_div(away, tg_exp(tg_read(tape, m->log_width)));
    tg_tensor *bell = tg_exp(tg_mul_num(tg_square(scaled), -0.5));
    tg_tensor *peaks = tg_sum(tg_mul(bell, tg_read(tape, m->height)), .axis = 1);
    tg_tensor *line = tg_mul(tg_squeeze(x, 1), tg_read(tape, m->slope));
    return tg_add(peaks, tg_add(line, tg_read(tape, m->level)));
}

/* Measurements at the positions x, with noise of that deviation. */
static void measure(tg_tensor *x, double deviation, double y[POINTS])
{
    double place[POINTS] = { 0 };
    tg_tensor *noise = tg_normal(tg_tape_of(x), "noise", TG_F64, TG_SHAPE(POINTS), 0, deviation);
    tg_get(x, place, POINTS);
    tg_get(noise, y, POINTS);
    for (int i = 0; i < POINTS; i++) {
        const double a = (place[i] - 3.5) / 0.6, b = (place[i] - 5) / 0.9;
        y[i] += 2 * exp(-a * a / 2) + exp(-b * b / 2) + 0.3 - 0.02 * place[i];
    }
}

static bool print_iteration(void *context, int64_t iteration, double value, double gradient_norm)
{
    (void)context;
    if (iteration % 10 == 0)
        printf("iteration %3lld   mean square %.6f   gradient %.1e\n", (long long)iteration, value,
               gradient_norm);
    return true;
}

int main(int argc, char **argv)
{
    int64_t seed = 1;
    double deviation = 0.02;
    const bool usual =
        parse_options(argc, argv, about,
                      (const option[]){ { "seed", "of the noise", .count = &seed },
                                        { "noise", "its deviation", .number = &deviation },
                                        { 0 } });
    const double started = seconds_now();
    tg_store *store = tg_store_new(.seed = (uint64_t)seed, .dtype = TG_F64);
    const model m = model_new(store);
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *x =
        tg_reshape(tg_mul_num(tg_iota(tape, TG_F64, POINTS), 10.0 / POINTS), TG_SHAPE(POINTS, 1));
    double y[POINTS] = { 0 };
    measure(x, deviation, y);
    tg_tensor *loss = tg_mse(curve(&m, x), tg_constant(tape, TG_F64, TG_SHAPE(POINTS), y));

    const tg_minimum end = tg_lbfgs(loss, .gradient_tolerance = 1e-9, .callback = print_iteration);
    int status = tg_report(tape, stderr) || end.status != TG_OK;
    if (!status) {
        double position[PEAKS] = { 0 }, height[PEAKS] = { 0 }, log_width[PEAKS] = { 0 };
        tg_var_get(m.position, position, PEAKS);
        tg_var_get(m.height, height, PEAKS);
        tg_var_get(m.log_width, log_width, PEAKS);
        printf("%lld iterations, %lld evaluations: %s\n", (long long)end.iterations,
               (long long)end.evaluations, tg_stop_name(end.stop));
        for (int i = 0; i < PEAKS; i++)
            printf("peak at %.3f, height %.3f, width %.3f\n", position[i], height[i],
                   exp(log_width[i]));
        print_result("fit", started, "iterations=%lld residual=%.4f first=%.3f second=%.3f",
                     (long long)end.iterations, sqrt(end.value), position[0], position[1]);
        if (usual)
            status = !expect_figure("residual", sqrt(end.value), 0.015, 0.025) ||
                     !expect_figure("first", position[0], 3.4, 3.6) ||
                     !expect_figure("second", position[1], 4.8, 5.2);
    }
    tg_tape_free(tape);
    tg_store_free(store);
    return status;
}
