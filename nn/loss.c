/* loss.c: losses. They hold no gradient: it follows from the primitives', and the planner
 * makes one pass over the rows of it. */
#include "operands.h"

#undef TG_HERE
#define TG_HERE at

static tg_tensor *reduced(tg_site at, const char *op, tg_tensor *items, tg_reduction reduction)
{
    if (!items) return NULL;
    switch (reduction) {
    case TG_MEAN: return tg_mean(items);
    case TG_SUM: return tg_sum(items);
    case TG_NONE: return items;
    }
    return tg_fail(tg_tape_of(items), at, TG_ERR_ARGUMENT,
                   "%s: unknown reduction %d: TG_MEAN, TG_SUM or TG_NONE", op, (int)reduction);
}

tg_tensor *tg_mse_with(tg_mse_args args)
{
    const tg_site at = args.call.at;
    if (!args.prediction || !args.target) return NULL;
    if (!tg__nn_is_float(at, "tg_mse", "prediction", args.prediction)) return NULL;
    if (!tg__nn_same_shape(at, "tg_mse", args.prediction, args.target)) return NULL;
    tg_tensor *error = tg_sub(args.prediction, args.target);
    return reduced(at, "tg_mse", tg_square(error), args.reduction);
}

/* Which element of each row is the label's: [...] to bool [..., classes]. A mask and not a
 * gather, because an elementwise condition fuses with what is done to the row. */
static tg_tensor *label_mask(tg_site at, tg_tensor *labels, int64_t classes)
{
    if (!labels) return NULL;
    tg_shape column = tg_shape_from(labels);
    column.dim[column.rank++] = 1;
    tg_tensor *classes_row = tg_iota(tg_tape_of(labels), tg_dtype_of(labels), classes);
    return tg_equal(tg_reshape(labels, column), classes_row);
}

/* The label's element of each row. Not a product with the mask, which would make a NaN of
 * another element's infinity. */
static tg_tensor *picked(tg_site at, tg_tensor *mask, tg_tensor *x)
{
    tg_tensor *zero = tg_number_like(x, 0);
    return tg_sum(tg_select(mask, x, zero), .axis = -1);
}

tg_tensor *tg_cross_entropy_with(tg_cross_entropy_args args)
{
    const tg_site at = args.call.at;
    tg_tensor *labels = tg__nn_labels(at, "tg_cross_entropy", args.logits, args.labels);
    tg_tensor *mask = label_mask(at, labels, tg_dim(args.logits, -1));
    if (!mask) return NULL;
    tg_tensor *peak = tg_max(args.logits, .axis = -1, .keep = true);
    tg_tensor *low = tg_sub(args.logits, tg_stop_gradient(peak));
    tg_tensor *log_total = tg_log(tg_sum(tg_exp(low), .axis = -1));
    tg_tensor *items = tg_sub(log_total, picked(at, mask, low));
    return reduced(at, "tg_cross_entropy", items, args.reduction);
}

/* 1 below 0, 0 above [rho], the straight line between. At the kinks a constant is taken, so
 * the slope there is 0; NaN meets neither condition and passes. */
static tg_tensor *ramp(tg_site at, tg_tensor *margin, double rho)
{
    tg_tensor *zero = tg_number_like(margin, 0);
    tg_tensor *one = tg_number_like(margin, 1);
    tg_tensor *line = tg_sub(one, tg_div_num(margin, rho));
    tg_tensor *far = tg_greater_equal(margin, tg_number_like(margin, rho));
    tg_tensor *falling = tg_select(far, zero, line);
    return tg_select(tg_less_equal(margin, zero), one, falling);
}

tg_tensor *tg_margin_loss_with(tg_margin_loss_args args)
{
    const tg_site at = args.call.at;
    const double rho = tg_option(args.call, "rho", args.rho, 1);
    tg_tensor *labels = tg__nn_labels(at, "tg_margin_loss", args.logits, args.labels);
    if (!labels) return NULL;
    tg_tape *tape = tg_tape_of(args.logits);
    if (!(rho > 0 && rho <= 1))
        return tg_fail(tape, at, TG_ERR_ARGUMENT,
                       "tg_margin_loss: rho = %g must lie in (0, 1]: it is a difference of "
                       "probabilities",
                       rho);
    const int64_t classes = tg_dim(args.logits, -1);
    if (classes < 2)
        return tg_fail(tape, at, TG_ERR_SHAPE,
                       "tg_margin_loss: a margin needs at least two classes, and the logits are %s",
                       tg__nn_shape_words(tg_shape_from(args.logits)).text);

    tg_tensor *mask = label_mask(at, labels, classes);
    tg_tensor *share = tg_softmax(args.logits, .axis = -1);
    tg_tensor *own = picked(at, mask, share);
    tg_tensor *below_all = tg_number_like(share, -1);
    tg_tensor *rival = tg_max(tg_select(mask, below_all, share), .axis = -1);
    return reduced(at, "tg_margin_loss", ramp(at, tg_sub(own, rival), rho), args.reduction);
}
