/* jvp.c: derivatives along a direction. The vjp J'u is linear in its cotangent u, so the vjp of J'u
 * by u is the transpose of the transpose: the Jacobian-vector product. The value of u does not
 * matter (Townsend, "A new trick for calculating Jacobian vector products", 2017). */
#include "operands.h"

#undef TG_HERE
#define TG_HERE at

/* ---- Checks ----------------------------------------------------------------------------- */

bool tg__is_float_node(tg_site at, const char *op, tg_tensor *x)
{
    if (!x || tg_tape_status(tg_tape_of(x)) != TG_OK) return false;
    const tg_dtype dtype = tg_dtype_of(x);
    if (dtype == TG_F32 || dtype == TG_F64) return true;
    tg_fail(tg_tape_of(x), at, TG_ERR_DTYPE, "%s: only f32 and f64 have derivatives, not %s", op,
            tg_dtype_name(dtype));
    tg_fail_operands(tg_tape_of(x), TG_LIST(x));
    return false;
}

static bool on_one_tape(tg_site at, const char *op, tg_tensor *y, tg_tensor *x)
{
    if (tg_tape_of(x) == tg_tape_of(y)) return true;
    tg_tensor *const both[] = { y, x };
    for (int i = 0; i < 2; i++) { /* both tapes get the error */
        tg_fail(tg_tape_of(both[i]), at, TG_ERR_ARGUMENT,
                "%s: one of the operands was recorded on another tape than the other", op);
        tg_fail_operands(tg_tape_of(both[i]), (tg_list){ 2, both });
    }
    return false;
}

bool tg__is_operand(tg_site at, const char *op, tg_tensor *y, tg_tensor *x)
{
    return x && on_one_tape(at, op, y, x) && tg__is_float_node(at, op, x);
}

bool tg__is_like(tg_site at, const char *op, tg_tensor *x, tg_tensor *like, const char *what)
{
    if (!like || !on_one_tape(at, op, x, like)) return false;
    if (tg_dtype_of(like) == tg_dtype_of(x) &&
        tg_shape_equal(tg_shape_from(like), tg_shape_from(x)))
        return true;
    tg_fail(tg_tape_of(x), at, TG_ERR_SHAPE, "%s: the %s needs the shape and the dtype of x", op,
            what);
    tg_fail_operands(tg_tape_of(x), TG_LIST(x, like));
    return false;
}

bool tg__is_one(tg_site at, const char *op, tg_tensor *loss)
{
    if (tg_count(loss) == 1) return true;
    tg_fail(tg_tape_of(loss), at, TG_ERR_SHAPE,
            "%s: takes a function of one element; reduce it (tg_sum, tg_mean)", op);
    tg_fail_operands(tg_tape_of(loss), TG_LIST(loss));
    return false;
}

/* ---- Transforms ------------------------------------------------------------------------- */

tg_tensor *tg_jvp_at(tg_site at, tg_tensor *y, tg_list operands, tg_list tangents)
{
    static const char op[] = "tg_jvp";
    if (!tg_enter(&at, op, TG_LIST(y))) return NULL;
    if (!tg__is_float_node(at, op, y)) return NULL;
    tg_tape *tape = tg_tape_of(y);
    const size_t count = operands.count;
    tg_tensor *const *wrt = operands.node, *const *tangent = tangents.node;
    if (tangents.count != count)
        return tg_fail(tape, at, TG_ERR_ARGUMENT, "%s: there are %zu nodes and %zu tangents", op,
                       count, tangents.count);
    if (count && (!wrt || !tangent))
        return tg_fail(tape, at, TG_ERR_ARGUMENT, "%s: the list of nodes or tangents is NULL", op);
    for (size_t i = 0; i < count; i++) {
        if (!wrt[i] || !tangent[i])
            return tg_fail(tape, at, TG_ERR_ARGUMENT, "%s: %s %zu of the list is NULL", op,
                           wrt[i] ? "tangent" : "node", i);
        if (!tg__is_operand(at, op, y, wrt[i]) ||
            !tg__is_like(at, op, wrt[i], tangent[i], "tangent"))
            return NULL;
    }
    if (count == 0) return tg_zeros_like(y);
    tg_tensor **products = tg_scratch(tape, count * sizeof *products);
    tg_tensor *u = tg_zeros_like(y), *out = NULL;
    if (!u || !products || tg_vjp(y, u, operands, products) != TG_OK) return NULL;
    if (count == 1) {
        (void)tg_vjp(products[0], tangent[0], TG_LIST(u), &out);
        return out;
    }
    tg_tensor *along = NULL; /* sum of <J'u, tangent>: one reverse pass for all pairs */
    for (size_t i = 0; i < count; i++) {
        tg_tensor *part = tg_sum(tg_mul(products[i], tangent[i]));
        along = along ? tg_add(along, tg_cast(part, tg_dtype_of(along))) : part;
    }
    return tg_grad(along, u);
}

tg_tensor *tg_hvp_at(tg_site at, tg_tensor *loss, tg_tensor *x, tg_tensor *v)
{
    static const char op[] = "tg_hvp";
    if (!tg_enter(&at, op, TG_LIST(loss, x, v))) return NULL;
    if (!tg__is_float_node(at, op, loss) || !tg__is_operand(at, op, loss, x) ||
        !tg__is_one(at, op, loss) || !tg__is_like(at, op, x, v, "vector"))
        return NULL;
    tg_tensor *out = NULL, *gradient = tg_grad(loss, x);
    if (gradient) (void)tg_vjp(gradient, v, TG_LIST(x), &out);
    return out;
}
