/* coupling.c: affine coupling: a small net of one half of each row gives a scale and a shift for
 * the other half. */
#include "layer.h"

#include <math.h>
#include <stdio.h>

#undef TG_HERE
#define TG_HERE at

/* ---- Making -----------------------------------------------------------------------------------
 */

static bool arguments_hold(const tg_coupling_args *args)
{
    static const char op[] = "tg_coupling_new";
    const tg_site at = args->at;
    if (!tg__nn_layer_named(
            at, op, args->store, args->name,
            TG__NN_FIELDS("hidden.weight", "hidden.bias", "out.weight", "out.bias")))
        return false;
    if (args->width < 2 || args->hidden < 1 || args->width > INT32_MAX)
        tg_store_fail(args->store, at, TG_ERR_SHAPE,
                      "%s: layer \"%s\" cannot have a width of %lld and %lld hidden units", op,
                      args->name, (long long)args->width, (long long)args->hidden);
    else if (!(args->limit > 0 && isfinite(args->limit)))
        tg_store_fail(args->store, at, TG_ERR_ARGUMENT, "%s: limit = %g must be finite and above 0",
                      op, args->limit);
    return tg_store_status(args->store) == TG_OK;
}

tg_coupling tg_coupling_new_with(const tg_coupling_args *given)
{
    tg_coupling_args args = { TG_COUPLING_DEFAULTS };
    static const char op[] = "tg_coupling_new";
    if (!TG_READ_STORE_OPTIONS(args, given, op)) return (tg_coupling){ 0 };
    const tg_coupling none = { .width = args.width, .swap = args.swap, .limit = args.limit };
    const tg_site at = args.at;
    if (!arguments_hold(&args)) return none;
    const int64_t first = args.width / 2, rest = args.width - first;
    const int64_t stays = args.swap ? rest : first, moves = args.width - stays;
    char name[TG__NN_NAME_LENGTH + 16];
    tg_coupling layer = none;
    (void)snprintf(name, sizeof name, "%s.hidden", args.name);
    layer.hidden = tg_linear_new(args.store, name, stays, args.hidden);
    (void)snprintf(name, sizeof name, "%s.out", args.name);
    if (layer.hidden.weight)
        layer.out = tg_linear_new(args.store, name, args.hidden, 2 * moves, .init = tg_init_zeros(),
                                  .bias_init = tg_init_zeros());
    if (layer.out.weight) return layer;
    tg__nn_retell(at, op, args.store);
    return none;
}

/* ---- Applying ----------------------------------------------------------------------------------
 */

/* The halves of the rows, and the scale and shift of the one that changes. */
typedef struct parts {
    tg_tensor *stays, *moves;
    tg_tensor *log_scale, *shift; /* for the half that changes */
} parts;

/* Enters [op], checks x, splits it, and computes scale and shift. False if that fails. */
static bool cut(tg_site *at_, const char *op, const tg_coupling *layer, tg_tensor *x, parts *p)
{
    if (!tg_enter(at_, op, TG_LIST(x))) return false;
    const tg_site at = *at_;
    tg_tape *tape = tg_tape_of(x);
    if (!layer || !layer->out.weight)
        return tg__nn_no_layer(at, op, "make it with tg_coupling_new", tape);
    if (tg_dtype_of(x) != tg_var_dtype(layer->out.weight) || tg_rank(x) != 2 ||
        tg_dim(x, 1) != layer->width) {
        const bool same = tg_dtype_of(x) == tg_var_dtype(layer->out.weight);
        tg_fail(tape, at, same ? TG_ERR_SHAPE : TG_ERR_DTYPE, "%s: \"%s\" takes %s [rows, %lld]",
                op, tg_var_name(layer->out.weight), tg_dtype_name(tg_var_dtype(layer->out.weight)),
                (long long)layer->width);
        tg_fail_operands(tape, TG_LIST(x));
        return false;
    }
    const int64_t first = layer->width / 2;
    tg_tensor *a = tg_slice(x, 1, 0, first, 1), *b = tg_slice(x, 1, first, layer->width, 1);
    p->stays = layer->swap ? b : a;
    p->moves = layer->swap ? a : b;
    tg_tensor *made =
        tg_linear_apply(&layer->out, tg_tanh(tg_linear_apply(&layer->hidden, p->stays)));
    const int64_t moves = tg_dim(p->moves, 1);
    tg_tensor *raw = tg_slice(made, 1, 0, moves, 1);
    p->log_scale = tg_mul_num(tg_tanh(tg_div_num(raw, layer->limit)), layer->limit);
    p->shift = tg_slice(made, 1, moves, 2 * moves, 1);
    return p->shift != NULL;
}

static tg_tensor *joined(tg_site at, const tg_coupling *layer, tg_tensor *stays, tg_tensor *moved)
{
    return layer->swap ? tg_concat(TG_LIST(moved, stays), 1) : tg_concat(TG_LIST(stays, moved), 1);
}

tg_tensor *tg_coupling_apply_at(tg_site at, const tg_coupling *layer, tg_tensor *x,
                                tg_tensor **log_det)
{
    parts p;
    if (log_det) *log_det = NULL;
    if (!cut(&at, "tg_coupling_apply", layer, x, &p)) return NULL;
    tg_tensor *moved = tg_add(tg_mul(p.moves, tg_exp(p.log_scale)), p.shift);
    tg_tensor *sum = log_det ? tg_sum(p.log_scale, .axis = 1) : NULL;
    tg_tensor *y = joined(at, layer, p.stays, moved);
    if (log_det) *log_det = y ? sum : NULL;
    return y;
}

tg_tensor *tg_coupling_invert_at(tg_site at, const tg_coupling *layer, tg_tensor *y)
{
    parts p;
    if (!cut(&at, "tg_coupling_invert", layer, y, &p)) return NULL;
    tg_tensor *back = tg_mul(tg_sub(p.moves, p.shift), tg_exp(tg_neg(p.log_scale)));
    return joined(at, layer, p.stays, back);
}
