/* weight_norm.c: reparametrised weights: a direction and a length (weight norm), or a weight
 * divided by its largest singular value (spectral norm). */
#include "layer.h"

#include <math.h>
#include <stdio.h>

#undef TG_HERE
#define TG_HERE at

/* ---- Direction and length ------------------------------------------------------------------- */

static bool weight_norm_fits(tg_site at, tg_tensor *v, tg_tensor *g, int axis)
{
    static const char op[] = "tg_weight_norm";
    tg_tape *tape = tg_tape_of(v);
    const int rank = tg_rank(v);
    if (!tg__nn_is_float(at, op, "v", v)) return false;
    if (tg_dtype_of(g) != tg_dtype_of(v))
        tg_fail(tape, at, TG_ERR_DTYPE, "%s: v and g must be of one dtype", op);
    else if (axis < 0 || axis >= rank)
        tg_fail(tape, at, TG_ERR_SHAPE, "%s: v of rank %d has no axis %d", op, rank, axis);
    else if (!tg_shape_equal(tg_shape_from(g), TG_SHAPE(tg_dim(v, axis))))
        tg_fail(tape, at, TG_ERR_SHAPE,
                "%s: g must have a length for each of the %lld along axis %d", op,
                (long long)tg_dim(v, axis), axis);
    if (tg_tape_status(tape) == TG_OK) return true;
    tg_fail_operands(tape, TG_LIST(v, g));
    return false;
}

tg_tensor *tg_weight_norm_at(tg_site at, tg_tensor *v, tg_tensor *g, int axis)
{
    if (!tg_enter(&at, "tg_weight_norm", TG_LIST(v, g))) return NULL;
    const int rank = tg_rank(v), along = axis < 0 ? axis + rank : axis;
    if (!weight_norm_fits(at, v, g, along)) return NULL;
    tg_axes others = { .count = 0 };
    tg_shape shape = { .rank = rank };
    for (int i = 0; i < rank; i++) {
        shape.dim[i] = i == along ? tg_dim(v, i) : 1;
        if (i != along) others.axis[others.count++] = i;
    }
    tg_tensor *norm = others.count ? tg_norm(v, .axes = others, .keep = true) : tg_abs(v);
    tg_tensor *none = tg_equal_num(norm, 0);
    tg_tensor *safe = tg_select(none, tg_ones_like(norm), norm);
    return tg_mul(v, tg_div(tg_reshape(g, shape), safe));
}

/* ---- The largest singular value -------------------------------------------------------------- */

/* Fills the state with a random vector of length 1. */
static bool fill(tg_site at, tg_store *store, tg_var *state)
{
    tg_tape *tape = tg_tape_new(store);
    if (!tape) return false;
    const tg_dtype dtype = tg_var_dtype(state);
    tg_tensor *x = tg_normal(tape, tg_var_name(state), dtype, tg_var_shape(state), 0, 1);
    tg_tensor *unit = tg_div(x, tg_norm(x));
    const size_t count = (size_t)tg_count(x);
    void *values = tg_scratch(tape, count * tg_dtype_size(dtype));
    const bool done = values && tg_get_as(unit, dtype, values, count) == TG_OK &&
                      tg_var_set_as(state, dtype, values, count) == TG_OK;
    tg_tape_free(tape);
    return done;
}

static tg_var *new_vector(const tg_spectral_norm_args *args, const char *what, int64_t size)
{
    static const char op[] = "tg_spectral_norm_new";
    const tg_site at = args->at;
    char name[TG__NN_NAME_LENGTH + 8];
    (void)snprintf(name, sizeof name, "%s.%s", args->name, what);
    tg_var *state = tg_state(args->store, name, tg_store_dtype(args->store), TG_SHAPE(size), 0);
    if (!state) {
        tg__nn_retell(at, op, args->store);
        return NULL;
    }
    if (fill(at, args->store, state)) return state;
    tg_store_fail(args->store, at, TG_ERR_MEMORY, "%s: out of memory", op);
    return NULL;
}

tg_spectral_norm tg_spectral_norm_new_with(const tg_spectral_norm_args *given)
{
    tg_spectral_norm_args args = { TG_SPECTRAL_NORM_DEFAULTS };
    if (!TG_READ_STORE_OPTIONS(args, given, "tg_spectral_norm_new")) return (tg_spectral_norm){ 0 };
    static const char op[] = "tg_spectral_norm_new";
    const tg_spectral_norm none = { .steps = args.steps, .eps = args.eps };
    const tg_site at = args.at;
    if (!tg__nn_layer_named(at, op, args.store, args.name, TG__NN_FIELDS("u", "v"))) return none;
    if (args.rows < 1 || args.columns < 1)
        tg_store_fail(args.store, at, TG_ERR_SHAPE,
                      "%s: \"%s\" cannot be of a weight of %lld x %lld", op, args.name,
                      (long long)args.rows, (long long)args.columns);
    else if (args.steps < 1 || args.steps > 1000)
        tg_store_fail(args.store, at, TG_ERR_ARGUMENT, "%s: steps = %lld must be 1 to 1000", op,
                      (long long)args.steps);
    else if (!(args.eps > 0 && isfinite(args.eps)))
        tg_store_fail(args.store, at, TG_ERR_ARGUMENT, "%s: eps = %g must be finite and above 0",
                      op, args.eps);
    if (tg_store_status(args.store) != TG_OK) return none;
    tg_spectral_norm norm = none;
    norm.u = new_vector(&args, "u", args.rows);
    norm.v = norm.u ? new_vector(&args, "v", args.columns) : NULL;
    return norm.v ? norm : none;
}

/* x / max(|x|, eps), without a gradient. */
static tg_tensor *unit(tg_site at, tg_tensor *x, double eps)
{
    return tg_stop_gradient(tg_div(x, tg_maximum_num(tg_norm(x), eps)));
}

tg_tensor *tg_spectral_norm_apply_at(tg_site at, const tg_spectral_norm *norm, tg_tensor *weight,
                                     bool training)
{
    static const char op[] = "tg_spectral_norm_apply";
    if (!tg_enter(&at, op, TG_LIST(weight))) return NULL;
    tg_tape *tape = tg_tape_of(weight);
    if (!norm || !norm->u || !norm->v)
        return tg__nn_no_layer(at, op, "make it with tg_spectral_norm_new", tape);
    const int64_t rows = tg_var_shape(norm->u).dim[0];
    const int64_t columns = tg_var_shape(norm->v).dim[0];
    const bool same = tg_dtype_of(weight) == tg_var_dtype(norm->u);
    if (!same || tg_rank(weight) < 1 || tg_dim(weight, 0) != rows ||
        tg_count(weight) != rows * columns) {
        tg_fail(tape, at, same ? TG_ERR_SHAPE : TG_ERR_DTYPE,
                "%s: \"%s\" is for weights of %s, %lld x %lld in all", op, tg_var_name(norm->u),
                tg_dtype_name(tg_var_dtype(norm->u)), (long long)rows, (long long)columns);
        tg_fail_operands(tape, TG_LIST(weight));
        return NULL;
    }
    tg_tensor *matrix = tg_reshape(weight, TG_SHAPE(rows, columns));
    tg_tensor *u = tg_read(tape, norm->u), *v = tg_read(tape, norm->v);
    for (int64_t i = 0; i < norm->steps && training; i++) {
        v = unit(at, tg_matmul(tg_transpose(matrix), tg_unsqueeze(u, 1)), norm->eps);
        v = tg_squeeze(v, 1);
        u = unit(at, tg_matmul(matrix, tg_unsqueeze(v, 1)), norm->eps);
        u = tg_squeeze(u, 1);
    }
    if (training && (!tg_assign(norm->v, v) || !tg_assign(norm->u, u))) return NULL;
    tg_tensor *along = tg_squeeze(tg_matmul(matrix, tg_unsqueeze(v, 1)), 1);
    return tg_div(weight, tg_sum(tg_mul(u, along)));
}
