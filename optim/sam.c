/* sam.c: sharpness-aware minimisation: an optimizer gets the gradients at the point nearby where
 * the loss is (to first order) largest. The loss is recorded twice; in the second recording, reads
 * of the parameters give that point. */
#include "optimizer.h"

#undef TG_HERE
#define TG_HERE at

static const tg__optim_rule rule = { .op = "tg_sam" };

/* rho / |g|, or 0 where |g| is 0; f64, of rank 0. */
static tg_tensor *scale_of(const tg__optim *optim, tg_list grads, double rho)
{
    const tg_site at = optim->at;
    tg_tensor *norm = tg_global_norm(grads);
    tg_tensor *moves = tg_greater_num(norm, 0);
    tg_tensor *scale = tg_rdiv_num(rho, tg_select(moves, norm, tg_number_like(norm, 1)));
    return tg_select(moves, scale, tg_zeros_like(scale));
}

/* From here on, reads of the parameters give w + scale g. False on an error; then reads give w
 * again. */
static bool climb(const tg__optim *optim, tg_tensor *scale, tg_tensor **point)
{
    const tg_site at = optim->at;
    for (size_t i = 0; i < optim->count; i++) {
        const tg__optim_param *param = &optim->param[i];
        tg_tensor *step = tg_mul(tg_cast(param->grad, TG_F64), scale);
        point[i] = tg_stop_gradient(tg_add(param->value, tg__optim_cast(optim, step)));
        if (tg_override(optim->tape, param->var, point[i]) == TG_OK) continue;
        while (i-- > 0) (void)tg_override_end(optim->tape, optim->param[i].var);
        return false;
    }
    return true;
}

/* Calls the caller's function to record the loss; NULL with an error. */
static tg_tensor *recorded(const tg_sam_args *args, tg_site at, int pass)
{
    tg_tensor *loss = args->loss(args->context, args->tape, pass);
    if (loss && tg_tape_of(loss) == args->tape) return loss;
    if (tg_tape_status(args->tape) == TG_OK)
        tg_fail(args->tape, at, TG_ERR_ARGUMENT,
                loss ? "tg_sam: the loss is of another tape" : "tg_sam: the function gave no loss");
    (void)tg_undo(at);
    return NULL;
}

/* Records the loss at the point, and its gradients by the point, into grad[]. Reads give w
 * again. */
static bool differentiate(const tg__optim *optim, const tg_sam_args *args, tg_tensor **point,
                          tg_tensor **grad)
{
    const tg_site at = optim->at;
    tg_tensor *loss = recorded(args, at, 1);
    for (size_t i = 0; i < optim->count; i++)
        (void)tg_override_end(optim->tape, optim->param[i].var);
    return loss && tg_vjp(loss, NULL, (tg_list){ optim->count, point }, grad) == TG_OK;
}

static tg_sam_result sam(tg_sam_args *args)
{
    const tg_sam_result none = { .loss = NULL };
    tg__optim optim;
    if (!args->loss) {
        tg_fail(args->tape, args->at, TG_ERR_ARGUMENT, "tg_sam: the function is NULL");
        return none;
    }
    if (!tg__in_range(args->tape, args->at, rule.op, "rho", args->rho, TG__POSITIVE)) return none;
    const tg__optim_args common = { .at = args->at,
                                    .loss = recorded(args, args->at, 0),
                                    .clip_norm = HUGE_VAL,
                                    .clip_value = HUGE_VAL,
                                    .clip_order = 2,
                                    .params = args->params,
                                    .except = args->except,
                                    .allow_unused = args->allow_unused };
    if (!common.loss || !tg__optim_start(&optim, &rule, &common, &common) ||
        !tg__optim_collect(&optim))
        return none;
    const tg_site at = optim.at;
    const size_t count = optim.count;
    tg_tensor **list = tg_scratch(optim.tape, 3 * count * sizeof *list);
    if (!list) return none;
    tg_tensor **value = list, **grad = list + count, **point = list + 2 * count;
    for (size_t i = 0; i < count; i++) {
        value[i] = optim.param[i].value;
        grad[i] = optim.param[i].grad;
    }
    tg_tensor *scale = scale_of(&optim, (tg_list){ count, grad }, args->rho);
    if (!scale || !climb(&optim, scale, point) || !differentiate(&optim, args, point, grad)) {
        (void)tg_undo(at);
        return none;
    }
    return (tg_sam_result){ common.loss, { count, grad }, { count, value } };
}

tg_sam_result tg_sam_with(const tg_sam_args *given)
{
    tg_sam_args args = { TG_SAM_DEFAULTS };
    if (!TG_READ_TAPE_OPTIONS(args, given, "tg_sam")) return (tg_sam_result){ .loss = NULL };
    if (!args.tape || !tg_enter_tape(&args.at, "tg_sam", args.tape))
        return (tg_sam_result){ .loss = NULL };
    return sam(&args);
}
