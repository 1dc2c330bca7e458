/* metric_r2.c: the coefficient of determination, from sums over rows that can be added over
 * batches. */
#include "metric.h"

#include <math.h>

#undef TG_HERE
#define TG_HERE at

static bool have_rows(tg_site at, const char *op, tg_tensor *prediction, tg_tensor *target)
{
    if (!prediction || !target) return false;
    if (!tg__nn_is_float(at, op, "prediction", prediction)) return false;
    if (!tg__nn_matches(at, op, "prediction", prediction, "target", target)) return false;
    if (tg_rank(target) > 0) return true;
    tg_fail(tg_tape_of(target), at, TG_ERR_SHAPE,
            "%s: the first axis counts the rows, and a single number, of shape [], has none", op);
    return false;
}

/* The sums, f64 [4, ...]: rows, targets, their squares, squared errors. With [centred] the first
 * row's target is subtracted from all: the score does not change, is exact for constant targets,
 * and a large mean cancels no digits of the deviations. */
static tg_tensor *sums_of(tg_site at, tg_tensor *prediction, tg_tensor *target, bool centred)
{
    target = tg_cast(tg_stop_gradient(target), TG_F64);
    prediction = tg_cast(tg_stop_gradient(prediction), TG_F64);
    tg_tensor *error = tg_sub(target, prediction);
    if (centred) target = tg_sub(target, tg_slice(target, 0, 0, 1, 1));
    tg_tensor *sum = tg_sum(target, .axis = 0);
    tg_tensor *squares = tg_sum(tg_square(target), .axis = 0);
    tg_tensor *errors = tg_sum(tg_square(error), .axis = 0);
    if (!sum || !squares || !errors) return NULL;
    tg_tensor *rows = tg_number_like(sum, (double)tg_dim(target, 0));
    rows = tg_broadcast(rows, tg_shape_from(sum));
    return tg_stack(TG_LIST(rows, sum, squares, errors), 0);
}

/* A variance below this share of the mean square counts as 0: rounding may leave as much of
 * constant targets that are summed over many batches. Targets that differ have a smaller share only
 * if f32 could hardly distinguish them. */
#define CANCELLED 0x1p-44

static tg_tensor *score(tg_site at, tg_tensor *sums)
{
    tg_tensor *rows = tg_pick(sums, 0, 0), *sum = tg_pick(sums, 0, 1);
    tg_tensor *squares = tg_pick(sums, 0, 2), *errors = tg_pick(sums, 0, 3);
    tg_tensor *spread = tg_sub(squares, tg_div(tg_square(sum), rows));
    tg_tensor *constant = tg_less_equal(spread, tg_mul_num(squares, CANCELLED));
    tg_tensor *safe = tg_select(constant, tg_number_like(spread, 1), spread);
    tg_tensor *scores = tg_rsub_num(1, tg_div(errors, safe));
    tg_tensor *zero = tg_number_like(errors, 0);
    tg_tensor *missed = tg_and(constant, tg_greater(errors, zero));
    scores = tg_select(missed, zero, scores);
    tg_tensor *too_few = tg_less(rows, tg_number_like(rows, 2));
    scores = tg_select(too_few, tg_number_like(scores, (double)NAN), scores);
    return tg__metric_end(at, scores);
}

tg_tensor *tg_r2_at(tg_site at, tg_tensor *prediction, tg_tensor *target)
{
    if (!tg__nn_enter(&at, "tg_r2", 2, TG__NN_OPERANDS(prediction, target))) return NULL;
    if (!have_rows(at, "tg_r2", prediction, target)) return NULL;
    return score(at, sums_of(at, prediction, target, true));
}

tg_tensor *tg_r2_sums_at(tg_site at, tg_tensor *prediction, tg_tensor *target)
{
    if (!tg__nn_enter(&at, "tg_r2_sums", 2, TG__NN_OPERANDS(prediction, target))) return NULL;
    if (!have_rows(at, "tg_r2_sums", prediction, target)) return NULL;
    return sums_of(at, prediction, target, false);
}

tg_tensor *tg_r2_of_sums_at(tg_site at, tg_tensor *sums)
{
    if (!tg_enter(&at, "tg_r2_of_sums", TG_LIST(sums))) return NULL;
    if (!tg__metric_are_sums(at, "tg_r2_of_sums", "tg_r2_sums", sums, 4, false)) return NULL;
    return score(at, tg_stop_gradient(sums));
}
