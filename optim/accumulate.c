/* accumulate.c: gradients of several batches, added up. What has been added is handed to an
 * optimizer as a function that has them as its gradients: the sum over all parameters of <mean
 * gradient, parameter>. So every optimizer can take it, with its clipping and weight decay. */
#include "optimizer.h"

#undef TG_HERE
#define TG_HERE at

static const tg__optim_rule rule = { .op = "tg_accumulate", .state = "accumulated", .lr = 1 };

tg_updates tg_accumulate_with(tg_accumulate_args args)
{
    if (!tg_enter(&args.call.at, "tg_accumulate", 1, &args.loss)) return tg__optim_none();
    const tg_site at = args.call.at;
    const tg__optim_args common = { .call = { .at = at },
                                    .loss = args.loss,
                                    .params = args.params,
                                    .except = args.except,
                                    .allow_unused = args.allow_unused,
                                    .state = args.state };
    tg__optim optim;
    if (!tg__optim_begin(&optim, &rule, common) || !tg__optim_collect(&optim))
        return tg__optim_none();
    for (size_t i = 0; i < optim.count; i++) {
        const tg__optim_param *param = &optim.param[i];
        tg_var *sum = tg__optim_state(&optim, param, "sum");
        tg_tensor *before = sum ? tg_read(optim.tape, sum) : NULL;
        tg_assign(sum, tg_add(before, param->grad));
        (void)tg__optim_count(&optim, param);
    }
    return tg__optim_end(&optim);
}

/* The state of a parameter, if anything has been accumulated for it. */
static tg_var *found_state(const tg__optim *optim, tg_var *var, const char *what)
{
    char name[TG__STATE_NAME];
    return tg__optim_state_name(optim, var, what, name) ? tg_find(tg_tape_store(optim->tape), name)
                                                        : NULL;
}

/* <mean of the accumulated gradients, parameter>, whose gradient is that mean. */
static tg_tensor *pull(tg_site at, tg_tape *tape, tg_var *var, tg_var *sum, tg_var *count)
{
    tg_tensor *times = tg_read(tape, count), *total = tg_read(tape, sum);
    tg_tensor *divisor = tg_cast(tg_maximum_num(times, 1), tg_var_dtype(var));
    tg_assign(sum, tg_zeros_like(total));
    tg_assign(count, tg_zeros_like(times));
    return tg_sum(tg_mul(tg_div(total, divisor), tg_read(tape, var)));
}

tg_tensor *tg_accumulated_with(tg_accumulated_args args)
{
    tg_tape *tape = args.tape;
    if (!tg_enter_tape(&args.call.at, "tg_accumulated", tape)) return NULL;
    const tg_site at = args.call.at;
    const tg__optim_args common = { .params = args.params,
                                    .except = args.except,
                                    .state = args.state };
    const tg__optim optim = { .at = at, .tape = tape, .rule = rule, .args = common };
    const tg_store *store = tg_tape_store(tape);
    tg_tensor *total = NULL;
    for (size_t i = 0; i < tg_var_count(store); i++) {
        tg_var *var = tg_var_at(store, i);
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
