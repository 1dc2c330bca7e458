/* loss_gan.c: the losses of discriminator and generator of a generative adversarial net, and the
 * penalty that keeps the norm of a critic's gradient near 1. They take logits (a critic's scores),
 * of which log(sigmoid) is computed exactly. */
#include "loss.h"

#include <math.h>

#undef TG_HERE
#define TG_HERE at

static bool form_is_known(const tg__loss *loss, tg_tensor *x, tg_gan_form form)
{
    if (form == TG_GAN_NON_SATURATING || form == TG_GAN_MINIMAX || form == TG_GAN_WASSERSTEIN)
        return true;
    tg_fail(tg_tape_of(x), loss->at, TG_ERR_ARGUMENT,
            "%s: unknown form %d: TG_GAN_NON_SATURATING, TG_GAN_MINIMAX or TG_GAN_WASSERSTEIN",
            loss->op, (int)form);
    return false;
}

tg_tensor *tg_discriminator_loss_with(const tg_discriminator_loss_args *given)
{
    tg_discriminator_loss_args args = { TG_DISCRIMINATOR_LOSS_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_discriminator_loss", real)) return NULL;
    if (!tg__nn_enter(&args.at, "tg_discriminator_loss", 2, TG__NN_OPERANDS(args.real, args.fake)))
        return NULL;
    const tg_site at = args.at;
    const tg__loss loss = { at, "tg_discriminator_loss", args.reduction };
    if (!tg__loss_takes(&loss, "real", args.real)) return NULL;
    if (!tg__loss_matches(&loss, "real", args.real, "fake", args.fake)) return NULL;
    if (!form_is_known(&loss, args.real, args.form)) return NULL;
    if (args.form == TG_GAN_WASSERSTEIN) return tg__loss_end(&loss, tg_sub(args.fake, args.real));
    tg_tensor *missed = tg_softplus(tg_neg(args.real));
    return tg__loss_end(&loss, tg_add(missed, tg_softplus(args.fake)));
}

tg_tensor *tg_generator_loss_with(const tg_generator_loss_args *given)
{
    tg_generator_loss_args args = { TG_GENERATOR_LOSS_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_generator_loss", fake)) return NULL;
    if (!tg_enter(&args.at, "tg_generator_loss", TG_LIST(args.fake))) return NULL;
    const tg_site at = args.at;
    const tg__loss loss = { at, "tg_generator_loss", args.reduction };
    if (!tg__loss_takes(&loss, "fake", args.fake)) return NULL;
    if (!form_is_known(&loss, args.fake, args.form)) return NULL;
    switch (args.form) {
    case TG_GAN_MINIMAX: return tg__loss_end(&loss, tg_neg(tg_softplus(args.fake)));
    case TG_GAN_WASSERSTEIN: return tg__loss_end(&loss, tg_neg(args.fake));
    default: return tg__loss_end(&loss, tg_softplus(tg_neg(args.fake)));
    }
}

/* ---- The gradient penalty --------------------------------------------------------------- */

static bool leads(const tg__loss *loss, tg_tensor *x, tg_tensor *score)
{
    if (tg_depends(score, x)) return true;
    tg_fail(tg_tape_of(score), loss->at, TG_ERR_ARGUMENT, "%s: the score does not depend on x",
            loss->op);
    return false;
}

/* x [n, ...] as [n, number of the other elements]. */
static tg_tensor *as_rows(tg_site at, tg_tensor *x)
{
    tg_shape row = tg_shape_from(x);
    const int64_t rows = row.dim[0];
    row.dim[0] = 1;
    return tg_reshape(x, TG_SHAPE(rows, tg_shape_count(row)));
}

tg_tensor *tg_gradient_penalty_with(const tg_gradient_penalty_args *given)
{
    tg_gradient_penalty_args args = { TG_GRADIENT_PENALTY_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_gradient_penalty", score)) return NULL;
    if (!tg__nn_enter(&args.at, "tg_gradient_penalty", 2, TG__NN_OPERANDS(args.score, args.x)))
        return NULL;
    const tg_site at = args.at;
    const tg__loss loss = { at, "tg_gradient_penalty", args.reduction };
    const double norm = args.norm;
    tg_tensor *score = args.score, *x = args.x;
    if (!tg__loss_takes(&loss, "score", score)) return NULL;
    if (!tg__loss_takes(&loss, "input x", x) || !leads(&loss, x, score)) return NULL;
    if (tg_rank(x) < 1)
        return tg_fail(tg_tape_of(x), at, TG_ERR_SHAPE,
                       "%s: x must have a first axis that counts its rows, and is []", loss.op);
    if (!tg__loss_option(&loss, x, "norm", norm, isfinite(norm) && norm >= 0,
                         "be finite and at least 0"))
        return NULL;
    tg_tensor *slope = as_rows(at, tg_grad(tg_sum(score), x));
    tg_tensor *length = tg_norm(slope, .axis = -1);
    return tg__loss_end(&loss, tg_square(tg_sub_num(length, norm)));
}
