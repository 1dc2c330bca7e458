/* loss.c: what the losses share. No loss has a gradient of its own: the vjps of its operations give
 * it, and the planner fuses them into one pass over the elements or the rows. */
#include "loss.h"

#undef TG_HERE
#define TG_HERE at

bool tg__loss_takes(const tg__loss *loss, const char *role, tg_tensor *x)
{
    if (!x || !tg__nn_is_float(loss->at, loss->op, role, x)) return false;
    const tg_reduction reduction = loss->reduction;
    if (reduction == TG_MEAN || reduction == TG_SUM || reduction == TG_NONE) return true;
    tg_fail(tg_tape_of(x), loss->at, TG_ERR_ARGUMENT,
            "%s: unknown reduction %d: TG_MEAN, TG_SUM or TG_NONE", loss->op, (int)reduction);
    return false;
}

bool tg__loss_matches(const tg__loss *loss, const char *role, tg_tensor *x, const char *other,
                      tg_tensor *y)
{
    return y && tg__nn_matches(loss->at, loss->op, role, x, other, y);
}

bool tg__loss_option(const tg__loss *loss, tg_tensor *x, const char *option, double value,
                     bool holds, const char *rule)
{
    if (!holds)
        tg_fail(tg_tape_of(x), loss->at, TG_ERR_ARGUMENT, "%s: %s = %g must %s", loss->op, option,
                value, rule);
    return holds;
}

tg_tensor *tg__loss_share(tg_site at, tg_tensor *share, tg_tensor *x)
{
    tg_tensor *zero = tg_number_like(x, 0);
    tg_tensor *none = tg_equal(share, zero);
    tg_tensor *moot = tg_and(none, tg_is_infinite(x));
    return tg_mul(share, tg_select(moot, zero, x));
}

tg_tensor *tg__loss_mask(tg_site at, tg_tensor *labels, int64_t classes)
{
    if (!labels) return NULL;
    tg_shape column = tg_shape_from(labels);
    column.dim[column.rank++] = 1;
    tg_tensor *classes_row = tg_iota(tg_tape_of(labels), tg_dtype_of(labels), classes);
    return tg_equal(tg_reshape(labels, column), classes_row);
}

/* A select, not a product with the mask: the product with an infinite element that is not the
 * label's would be NaN. */
tg_tensor *tg__loss_picked(tg_site at, tg_tensor *mask, tg_tensor *x)
{
    tg_tensor *zero = tg_number_like(x, 0);
    return tg_sum(tg_select(mask, x, zero), .axis = -1);
}

tg_tensor *tg__loss_end(const tg__loss *loss, tg_tensor *items)
{
    const tg_site at = loss->at;
    if (!items || loss->reduction == TG_NONE) return items;
    return loss->reduction == TG_SUM ? tg_sum(items) : tg_mean(items);
}
