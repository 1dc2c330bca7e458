/* order.c: which row of the data is at which row of an epoch, as a function of the seed and of the
 * position. */
#include "io/data.h"

#include "kernels/philox.h"

#include <math.h>

void tg__arrange(int64_t *order, int64_t count, uint64_t seed, int64_t epoch, bool shuffle)
{
    /* Every epoch starts from the same order, so that it does not depend on the epochs before. */
    for (int64_t i = 0; i < count; i++) order[i] = i;
    uint64_t state = tg__random_start(seed, (uint64_t)epoch);
    if (shuffle) tg__shuffle(order, count, &state);
}

/* ---- Weights ------------------------------------------------------------------------ */

tg_status tg__weights_sum(tg__report *report, const tg_array *weights, int64_t count, double *sums)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++) {
        const double weight = weights->dtype == TG_F32 ? (double)((const float *)weights->data)[i]
                                                       : ((const double *)weights->data)[i];
        if (!(weight >= 0) || isinf(weight))
            return tg__complain(report, TG_ERR_ARGUMENT,
                                ".weights[%lld] is %g; weights are finite and not negative",
                                (long long)i, weight);
        sums[i] = sum += weight;
    }
    if (!(sum > 0) || isinf(sum))
        return tg__complain(report, TG_ERR_ARGUMENT,
                            "the sum of .weights is %g; it must be above 0 and finite", sum);
    return TG_OK;
}

int64_t tg__weights_draw(const double *sums, int64_t count, double u)
{
    const double wanted = u * sums[count - 1];
    /* Binary search for the first sum above it. A sample of weight 0 has the sum of the one before,
     * so it is never found. */
    int64_t low = 0, high = count - 1;
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        if (sums[middle] > wanted) high = middle;
        else low = middle + 1;
    }
    /* If the product was rounded up to the total sum: the last sample with a weight. */
    while (low > 0 && sums[low] == sums[low - 1]) low--;
    return low;
}

/* ---- Dice --------------------------------------------------------------------------- */

tg_dice tg__dice(uint64_t seed, tg_position at, int stage)
{
    enum { STAGES = 32 };
    _Static_assert((int)TG_MAX_TRANSFORMS < (int)STAGES, "each transform has numbers of its own");
    const tg__stream stream =
        tg__stream_of(seed, (uint64_t)at.epoch, (uint64_t)at.row * STAGES + (uint64_t)stage);
    return (tg_dice){ .key = stream.key, .high = stream.high };
}

double tg_dice_uniform(tg_dice *dice)
{
    if (!dice) return 0;
    return tg__uniform_at((tg__stream){ dice->key, dice->high }, dice->next++);
}

double tg_dice_normal(tg_dice *dice)
{
    if (!dice) return 0;
    return tg__normal_at((tg__stream){ dice->key, dice->high }, dice->next++);
}

int64_t tg_dice_below(tg_dice *dice, int64_t count)
{
    if (!dice || count < 1) return 0;
    const uint64_t bound = (uint64_t)count, low = tg__uneven(bound);
    for (;;) {
        const tg__philox r = tg__philox_at(dice->key, dice->high, dice->next++);
        const uint64_t drawn = (uint64_t)r.v[0] << 32 | r.v[1];
        if (drawn >= low) return (int64_t)(drawn % bound);
    }
}
