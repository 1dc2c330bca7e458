/* penalty.c: sums over a model's parameters (L1, L2), to be added to a loss. */
#include "operands.h"

#undef TG_HERE
#define TG_HERE at

typedef tg_tensor *(*measure)(tg_site at, tg_tensor *x);

static bool chosen(const tg_penalty_args *args, const tg_var *var)
{
    const char *name = tg_var_name(var);
    return tg_var_trainable(var) && tg_name_under(name, args->params) &&
           !tg_name_among(name, args->except);
}

static tg_tensor *summed(const tg_penalty_args *args, const char *op, measure of)
{
    const tg_site at = args->at;
    const tg_store *store = tg_tape_store(args->tape);
    tg_tensor *total = NULL;
    for (size_t i = 0; i < tg_var_count(store); i++) {
        tg_var *var = tg_var_nth(store, i);
        if (!chosen(args, var)) continue;
        tg_tensor *one = tg_sum(of(at, tg_read(args->tape, var)));
        if (!one) return NULL;
        total = total ? tg_add(total, one) : one;
    }
    if (total) return total;
    return tg_fail(args->tape, at, TG_ERR_ARGUMENT,
                   "%s: the store has no trainable parameter with .params = \"%s\" and "
                   ".except = \"%s\" (a prefix ends at a dot; tg_store_print lists the names)",
                   op, args->params ? args->params : "", args->except ? args->except : "");
}

tg_tensor *tg_l1_penalty_with(const tg_penalty_args *given)
{
    tg_penalty_args args = { TG_PENALTY_DEFAULTS };
    if (!TG_READ_TAPE_OPTIONS(args, given, "tg_l1_penalty")) return NULL;
    if (!tg_enter_tape(&args.at, "tg_l1_penalty", args.tape)) return NULL;
    return summed(&args, "tg_l1_penalty", tg_abs_at);
}

tg_tensor *tg_l2_penalty_with(const tg_penalty_args *given)
{
    tg_penalty_args args = { TG_PENALTY_DEFAULTS };
    if (!TG_READ_TAPE_OPTIONS(args, given, "tg_l2_penalty")) return NULL;
    if (!tg_enter_tape(&args.at, "tg_l2_penalty", args.tape)) return NULL;
    return summed(&args, "tg_l2_penalty", tg_square_at);
}
