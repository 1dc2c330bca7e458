/* loss_margin.c: losses of margins: of a signed prediction, of two scores, of several logits, of
 * probabilities. */
#include "loss.h"

#include <math.h>

#undef TG_HERE
#define TG_HERE at

/* ---- Of two classes, -1 and 1 ----------------------------------------------------------- */

/* prediction * target, or NULL on an error. */
static tg_tensor *agreement(const tg__loss *loss, const tg_loss_args *args)
{
    const tg_site at = loss->at;
    if (!tg__loss_takes(loss, "prediction", args->prediction)) return NULL;
    if (!tg__loss_matches(loss, "prediction", args->prediction, "target", args->target))
        return NULL;
    return tg_mul(args->prediction, args->target);
}

tg_tensor *tg_hinge_with(const tg_loss_args *given)
{
    tg_loss_args args = { TG_LOSS_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_hinge", prediction)) return NULL;
    if (!tg__nn_enter(&args.at, "tg_hinge", 2, TG__NN_OPERANDS(args.prediction, args.target)))
        return NULL;
    const tg_site at = args.at;
    const tg__loss loss = { at, "tg_hinge", args.reduction };
    tg_tensor *right = agreement(&loss, &args);
    return tg__loss_end(&loss, tg_relu(tg_rsub_num(1, right)));
}

tg_tensor *tg_squared_hinge_with(const tg_loss_args *given)
{
    tg_loss_args args = { TG_LOSS_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_squared_hinge", prediction)) return NULL;
    if (!tg__nn_enter(&args.at, "tg_squared_hinge", 2,
                      TG__NN_OPERANDS(args.prediction, args.target)))
        return NULL;
    const tg_site at = args.at;
    const tg__loss loss = { at, "tg_squared_hinge", args.reduction };
    tg_tensor *right = agreement(&loss, &args);
    return tg__loss_end(&loss, tg_square(tg_relu(tg_rsub_num(1, right))));
}

/* At 0 the slope is 1, where tg_relu has 0: with all weights 0 every prediction is 0, and the
 * weights must still get a gradient. */
tg_tensor *tg_perceptron_loss_with(const tg_loss_args *given)
{
    tg_loss_args args = { TG_LOSS_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_perceptron_loss", prediction)) return NULL;
    if (!tg__nn_enter(&args.at, "tg_perceptron_loss", 2,
                      TG__NN_OPERANDS(args.prediction, args.target)))
        return NULL;
    const tg_site at = args.at;
    const tg__loss loss = { at, "tg_perceptron_loss", args.reduction };
    tg_tensor *wrong = tg_rsub_num(0, agreement(&loss, &args)); /* tg_neg gives -0 */
    tg_tensor *zero = tg_number_like(wrong, 0);
    return tg__loss_end(&loss, tg_select(tg_less(wrong, zero), zero, wrong));
}

/* ---- Of two scores ---------------------------------------------------------------------- */

tg_tensor *tg_margin_ranking_with(const tg_margin_ranking_args *given)
{
    tg_margin_ranking_args args = { TG_MARGIN_RANKING_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_margin_ranking", a)) return NULL;
    if (!tg__nn_enter(&args.at, "tg_margin_ranking", 3,
                      TG__NN_OPERANDS(args.a, args.b, args.target)))
        return NULL;
    const tg_site at = args.at;
    const tg__loss loss = { at, "tg_margin_ranking", args.reduction };
    const double margin = args.margin;
    if (!tg__loss_takes(&loss, "a", args.a) || !tg__loss_matches(&loss, "a", args.a, "b", args.b) ||
        !tg__loss_matches(&loss, "a", args.a, "target", args.target))
        return NULL;
    if (!tg__loss_option(&loss, args.a, "margin", margin, isfinite(margin), "be finite"))
        return NULL;
    tg_tensor *ahead = tg_mul(args.target, tg_sub(args.a, args.b));
    return tg__loss_end(&loss, tg_relu(tg_rsub_num(margin, ahead)));
}

/* ---- Of several classes ----------------------------------------------------------------- */

static bool has_rivals(const tg__loss *loss, tg_tensor *logits)
{
    if (tg_dim(logits, -1) >= 2) return true;
    tg_fail(tg_tape_of(logits), loss->at, TG_ERR_SHAPE,
            "%s: a margin needs at least two classes, and the logits are %s", loss->op,
            tg__nn_shape_words(tg_shape_from(logits)).text);
    return false;
}

tg_tensor *tg_multi_margin_with(const tg_multi_margin_args *given)
{
    tg_multi_margin_args args = { TG_MULTI_MARGIN_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_multi_margin", logits)) return NULL;
    if (!tg__nn_enter(&args.at, "tg_multi_margin", 2, TG__NN_OPERANDS(args.logits, args.labels)))
        return NULL;
    const tg_site at = args.at;
    const tg__loss loss = { at, "tg_multi_margin", args.reduction };
    const double margin = args.margin;
    const double p = args.p;
    tg_tensor *logits = args.logits;
    if (!tg__loss_takes(&loss, "logits", logits)) return NULL;
    if (!tg__nn_labels_fit(at, loss.op, logits, args.labels)) return NULL;
    if (!tg__loss_option(&loss, logits, "p", p, p == 1 || p == 2, "be 1 or 2") ||
        !tg__loss_option(&loss, logits, "margin", margin, isfinite(margin) && margin > 0,
                         "be finite and greater than 0"))
        return NULL;

    const int64_t classes = tg_dim(logits, -1);
    tg_tensor *mask = tg__loss_mask(at, tg_check_index(args.labels, classes), classes);
    tg_tensor *own = tg_unsqueeze(tg__loss_picked(at, mask, logits), -1);
    tg_tensor *short_of = tg_relu(tg_add_num(tg_sub(logits, own), margin));
    if (p == 2) short_of = tg_square(short_of);
    tg_tensor *others = tg_select(mask, tg_number_like(short_of, 0), short_of);
    return tg__loss_end(&loss, tg_div_num(tg_sum(others, .axis = -1), (double)classes));
}

/* 1 for margin < 0, 0 for margin > [rho], linear between. At the two kinks a constant is chosen, so
 * the slope is 0. For NaN both conditions are false, so it stays NaN. */
static tg_tensor *ramp(tg_site at, tg_tensor *margin, double rho)
{
    tg_tensor *zero = tg_number_like(margin, 0);
    tg_tensor *one = tg_number_like(margin, 1);
    tg_tensor *line = tg_sub(one, tg_div_num(margin, rho));
    tg_tensor *far = tg_greater_equal(margin, tg_number_like(margin, rho));
    tg_tensor *falling = tg_select(far, zero, line);
    return tg_select(tg_less_equal(margin, zero), one, falling);
}

tg_tensor *tg_margin_loss_with(const tg_margin_loss_args *given)
{
    tg_margin_loss_args args = { TG_MARGIN_LOSS_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_margin_loss", logits)) return NULL;
    if (!tg__nn_enter(&args.at, "tg_margin_loss", 2, TG__NN_OPERANDS(args.logits, args.labels)))
        return NULL;
    const tg_site at = args.at;
    const tg__loss loss = { at, "tg_margin_loss", args.reduction };
    const double rho = args.rho;
    tg_tensor *logits = args.logits;
    if (!tg__loss_takes(&loss, "logits", logits)) return NULL;
    if (!tg__nn_labels_fit(at, loss.op, logits, args.labels) || !has_rivals(&loss, logits))
        return NULL;
    if (!tg__loss_option(&loss, logits, "rho", rho, rho > 0 && rho <= 1,
                         "lie in (0, 1]: it is a difference of probabilities"))
        return NULL;

    const int64_t classes = tg_dim(logits, -1);
    tg_tensor *mask = tg__loss_mask(at, tg_check_index(args.labels, classes), classes);
    tg_tensor *share = tg_softmax(logits, .axis = -1);
    tg_tensor *own = tg__loss_picked(at, mask, share);
    tg_tensor *below_all = tg_number_like(share, -1);
    tg_tensor *rival = tg_max(tg_select(mask, below_all, share), .axis = -1);
    return tg__loss_end(&loss, ramp(at, tg_sub(own, rival), rho));
}
