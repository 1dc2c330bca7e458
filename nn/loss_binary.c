/* loss_binary.c: losses of probabilities, element by element. They are computed from logits or
 * log-probabilities, which are accurate in both tails. */
#include "loss.h"

#undef TG_HERE
#define TG_HERE at

static bool pos_weight_fits(const tg__loss *loss, tg_tensor *logits, tg_tensor *weight)
{
    if (!weight) return true;
    if (tg_dtype_of(weight) != tg_dtype_of(logits)) {
        tg_fail(tg_tape_of(logits), loss->at, TG_ERR_DTYPE,
                "%s: the pos_weight must be %s as the logits are, not %s (see tg_cast)", loss->op,
                tg_dtype_name(tg_dtype_of(logits)), tg_dtype_name(tg_dtype_of(weight)));
        return false;
    }
    if (tg_rank(weight) == 0 || (tg_rank(weight) == 1 && tg_dim(weight, 0) == tg_dim(logits, -1)))
        return true;
    tg_fail(tg_tape_of(logits), loss->at, TG_ERR_SHAPE,
            "%s: the pos_weight must be one number or have the size of the logits' last axis\n"
            "    logits      %s  %s\n"
            "    pos_weight  %s  %s",
            loss->op, tg__nn_shape_words(tg_shape_from(logits)).text, tg_name_of(logits),
            tg__nn_shape_words(tg_shape_from(weight)).text, tg_name_of(weight));
    return false;
}

/* Two softpluses, where PyTorch has one and a product: each is exact, and for an infinite logit
 * with the right sign the loss is 0, not NaN. */
tg_tensor *tg_binary_cross_entropy_with(const tg_binary_cross_entropy_args *given)
{
    tg_binary_cross_entropy_args args = { TG_BINARY_CROSS_ENTROPY_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_binary_cross_entropy", logits)) return NULL;
    if (!tg__nn_enter(&args.at, "tg_binary_cross_entropy", 2,
                      TG__NN_OPERANDS(args.logits, args.target, args.pos_weight)))
        return NULL;
    const tg_site at = args.at;
    const tg__loss loss = { at, "tg_binary_cross_entropy", args.reduction };
    if (!tg__loss_takes(&loss, "logits", args.logits)) return NULL;
    if (!tg__loss_matches(&loss, "logits", args.logits, "target", args.target)) return NULL;
    if (!pos_weight_fits(&loss, args.logits, args.pos_weight)) return NULL;
    tg_tensor *yes = args.target;
    if (args.pos_weight) yes = tg_mul(yes, args.pos_weight);
    tg_tensor *missed = tg__loss_share(at, yes, tg_softplus(tg_neg(args.logits)));
    tg_tensor *no = tg_rsub_num(1, args.target);
    tg_tensor *alarm = tg__loss_share(at, no, tg_softplus(args.logits));
    return tg__loss_end(&loss, tg_add(missed, alarm));
}

tg_tensor *tg_kl_div_with(const tg_kl_div_args *given)
{
    tg_kl_div_args args = { TG_KL_DIV_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_kl_div", log_probabilities)) return NULL;
    if (!tg__nn_enter(&args.at, "tg_kl_div", 2,
                      TG__NN_OPERANDS(args.log_probabilities, args.target)))
        return NULL;
    const tg_site at = args.at;
    const tg__loss loss = { at, "tg_kl_div", args.reduction };
    tg_tensor *x = args.log_probabilities, *target = args.target;
    if (!tg__loss_takes(&loss, "log-probabilities", x)) return NULL;
    if (!tg__loss_matches(&loss, "log-probabilities", x, "target", target)) return NULL;
    tg_tensor *entropy = tg_xlogy(target, target);
    tg_tensor *cross = tg__loss_share(at, target, x);
    return tg__loss_end(&loss, tg_sub(entropy, cross));
}
