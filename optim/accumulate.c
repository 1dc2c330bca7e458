/* accumulate.c: accumulation of the gradients of several batches. tg_accumulated returns them as a
 * function whose gradients they are: the sum over all parameters of <mean gradient, parameter>,
 * where the mean is weighted by the weights of the batches. Any optimizer can take it as its loss,
 * with its clipping and weight decay. */
#include "optimizer.h"

#undef TG_HERE
#define TG_HERE at

static const tg__optim_rule rule = { .op = "tg_accumulate" };

/* The weight of the micro-batch, f64 of rank 0; NULL with an error. */
static tg_tensor *weight_of(const tg__optim *optim, const tg_accumulate_args *args)
{
    const tg_site at = optim->at;
    tg_tape *tape = optim->tape;
    const bool number = args->weight != 1, tensor = args->weight_at;
    const char *wrong = NULL;
    if (number && tensor) wrong = ".weight and .weight_at are both given; keep one of them";
    if (wrong) return tg_fail(tape, at, TG_ERR_ARGUMENT, "%s: %s", rule.op, wrong);
    if (!tensor) {
        if (!tg__optim_check(optim, "weight", args->weight, TG__POSITIVE)) return NULL;
        return tg_number_as(tape, TG_F64, args->weight);
    }
    tg_site in = at; /* checks that both are on one tape */
    if (!tg_enter(&in, rule.op, TG_LIST(args->loss, args->weight_at))) return NULL;
    const tg_dtype dtype = tg_dtype_of(args->weight_at);
    if (tg_rank(args->weight_at) != 0 || (dtype != TG_F32 && dtype != TG_F64))
        return tg_fail(tape, at, TG_ERR_SHAPE,
                       "%s: .weight_at must be one f32 or f64 number of rank 0, and is %s of rank "
                       "%d",
                       rule.op, tg_dtype_name(dtype), tg_rank(args->weight_at));
    return tg_cast(args->weight_at, TG_F64);
}

tg_updates tg_accumulate_with(const tg_accumulate_args *given)
{
    tg_accumulate_args args = { TG_ACCUMULATE_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_accumulate", loss)) return (tg_updates){ 0 };
    if (!tg_enter(&args.at, "tg_accumulate", TG_LIST(args.loss))) return tg__optim_none();

    const tg_site at = args.at;
    const tg__optim_args common = { .at = at,
                                    .loss = args.loss,
                                    .clip_norm = HUGE_VAL,
                                    .clip_value = HUGE_VAL,
                                    .clip_order = 2,
                                    .params = args.params,
                                    .except = args.except,
                                    .allow_unused = args.allow_unused,
                                    .state = args.state };
    tg__optim optim;
    if (!tg__optim_start(&optim, &rule, &common, &common)) return tg__optim_none();
    tg_tensor *weight = weight_of(&optim, &args);
    if (!weight || !tg__optim_collect(&optim)) return tg__optim_none();
    tg_tensor *factor = tg__optim_cast(&optim, weight);
    for (size_t i = 0; i < optim.count; i++) {
        const tg__optim_param *param = &optim.param[i];
        tg_var *sum = tg__optim_state(&optim, param, "sum");
        tg_tensor *more = tg_mul(param->grad, factor);
        (void)tg__optim_assign(&optim, sum, tg_add(tg__optim_before(&optim, sum), more));
        (void)tg__optim_count(&optim, param, weight);
    }
    tg_updates updates = tg__optim_end(&optim);
    updates.lr = NULL; /* accumulating makes no step */
    return updates;
}

/* The state of a parameter; NULL if nothing has been accumulated for it. */
static tg_var *found_state(const tg__optim *optim, tg_var *var, const char *what)
{
    char name[TG__STATE_NAME];
    return tg__optim_state_name(optim, var, what, name) ? tg_find(tg_tape_store(optim->tape), name)
                                                        : NULL;
}

/* <mean of the accumulated gradients, parameter>, whose gradient by the parameter is that mean. The
 * sums start again from 0. */
static tg_tensor *pull(tg_site at, tg_tape *tape, tg_var *var, tg_var *sum, tg_var *count)
{
    tg_tensor *times = tg_read(tape, count), *total = tg_read(tape, sum);
    tg_tensor *divisor = tg_cast(times, tg_var_dtype(var));
    tg_tensor *nothing = tg_equal_num(divisor, 0); /* no batch: the sum is 0 too */
    divisor = tg_select(nothing, tg_number_like(divisor, 1), divisor);
    tg_assign(sum, tg_zeros_like(total));
    tg_assign(count, tg_zeros_like(times));
    return tg_sum(tg_mul(tg_div(total, divisor), tg_read(tape, var)));
}

tg_tensor *tg_accumulated_with(const tg_accumulated_args *given)
{
    tg_accumulated_args args = { TG_ACCUMULATED_DEFAULTS };
    if (!TG_READ_TAPE_OPTIONS(args, given, "tg_accumulated")) return NULL;
    tg_tape *tape = args.tape;
    if (!tg_enter_tape(&args.at, "tg_accumulated", tape)) return NULL;

    const tg_site at = args.at;
    const tg__optim_args common = { .params = args.params,
                                    .except = args.except,
                                    .state = args.state };
    const tg__optim optim = { .at = at, .tape = tape, .rule = rule, .args = common };
    const tg_store *store = tg_tape_store(tape);
    tg_tensor *total = NULL;
    for (size_t i = 0; i < tg_var_count(store); i++) {
        tg_var *var = tg_var_nth(store, i);
        if (!tg__optim_selects(&optim, var)) continue;
        tg_var *sum = found_state(&optim, var, "sum"), *count = found_state(&optim, var, "step");
        if (!sum || !count) continue;
        tg_tensor *part = pull(at, tape, var, sum, count);
        total = total ? tg_add(total, part) : part;
    }
    if (!total && tg_tape_status(tape) == TG_OK)
        return tg_fail(
            tape, at, TG_ERR_STATE,
            "tg_accumulated: no parameter has accumulated gradients; record tg_accumulate "
            "on another tape of this store first, with the same .params, .except and "
            ".state");
    return total;
}
