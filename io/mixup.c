/* mixup.c: mix-up of a batch: each row becomes a weighted mean of itself and of another row, labels
 * included (Zhang et al., "mixup: beyond empirical risk minimization", 2018). */
#include "io/data.h"

#include "autograd/engine.h"

#include <math.h>
#include <string.h>

/* The logarithm of a gamma variate (Marsaglia and Tsang, "A simple method for generating gamma
 * variables", 2000). For a shape below 1: a variate of shape + 1 times u^(1/shape); the logarithm,
 * because that power often underflows. */
static double log_gamma_number(tg_dice *dice, double shape)
{
    double below = 0;
    if (shape < 1) {
        below = log(1 - tg_dice_uniform(dice)) / shape;
        shape += 1;
    }
    const double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        const double x = tg_dice_normal(dice), v = 1 + c * x;
        if (v <= 0) continue;
        const double cube = v * v * v, u = 1 - tg_dice_uniform(dice);
        if (log(u) < x * x / 2 + d * (1 - cube + log(cube))) return log(d * cube) + below;
    }
}

/* A variate of Beta(alpha, alpha): a / (a + b) with gamma variates a and b. */
static double beta_number(tg_dice *dice, double alpha)
{
    const double a = log_gamma_number(dice, alpha), b = log_gamma_number(dice, alpha);
    return 1 / (1 + exp(a == b ? 0 : b - a)); /* both may be -infinity */
}

static void mix_rows(float *rows, const float *copy, const int64_t *order, int64_t count,
                     int64_t elements, double share)
{
    for (int64_t row = 0; row < count; row++) {
        float *to = rows + row * elements;
        const float *other = copy + order[row] * elements;
        for (int64_t i = 0; i < elements; i++)
            to[i] = (float)(share * (double)to[i] + (1 - share) * (double)other[i]);
    }
}

void tg__mixup_rows(const tg__stage *stage, void *const fields[], int64_t rows, tg_dice *dice)
{
    const tg_transform *does = &stage->does;
    const int mixed[] = { does->field, does->label_field };
    if (tg_dice_uniform(dice) >= does->probability) return;
    const double share = beta_number(dice, does->number[0]);
    uint64_t state = (uint64_t)tg_dice_below(dice, INT64_MAX);
    for (int64_t i = 0; i < rows; i++) stage->order[i] = i;
    tg__shuffle(stage->order, rows, &state);
    for (int i = 0; i < 2 && mixed[i] >= 0; i++) {
        const int64_t elements = tg_shape_count(stage->from.field[mixed[i]].shape);
        memcpy(stage->copy[i], fields[mixed[i]], (size_t)(rows * elements) * sizeof(float));
        mix_rows(fields[mixed[i]], stage->copy[i], stage->order, rows, elements, share);
    }
}
