/* jacobian.c: full Jacobians, row by row with vjps or column by column with jvps, whichever are
 * fewer. */
#include "operands.h"

#undef TG_HERE
#define TG_HERE at

enum { MOST_PRODUCTS = UINT16_MAX };

/* A tensor of x's shape with a 1 at element [k] and 0 elsewhere. k is data, not structure, so the
 * nodes of all rows are alike. */
static tg_tensor *unit(tg_site at, tg_tensor *x, tg_tensor *positions, int64_t k)
{
    tg_tensor *here = tg_equal(positions, tg_number_like(positions, (double)k));
    return tg_reshape(tg_cast(here, tg_dtype_of(x)), tg_shape_from(x));
}

/* Row [k] (dy_k/dx) or column [k] (dy/dx_k) of the Jacobian, as a vector of y's dtype. (The vjp
 * gives a row in x's dtype.) */
static tg_tensor *product(tg_site at, tg_tensor *y, tg_tensor *x, bool rows, tg_tensor *seed)
{
    tg_tensor *out = NULL;
    if (!seed) return NULL;
    if (rows) (void)tg_vjp(y, seed, TG_LIST(x), &out);
    else out = tg_jvp(y, TG_LIST(x), TG_LIST(seed));
    return tg_reshape(tg_cast(out, tg_dtype_of(y)), TG_SHAPE(-1));
}

static tg_shape joined_shape(const tg_tensor *y, const tg_tensor *x)
{
    tg_shape shape = tg_shape_from(y), tail = tg_shape_from(x);
    for (int i = 0; i < tail.rank; i++) shape.dim[shape.rank++] = tail.dim[i];
    return shape;
}

/* True if the operands fit each other; else an error is on the tape. */
static bool fits(tg_site at, const char *op, tg_tensor *y, tg_tensor *x)
{
    const int rank = tg_rank(y) + tg_rank(x);
    const int64_t m = tg_count(y), n = tg_count(x);
    if (rank > TG_MAX_RANK)
        tg_fail(tg_tape_of(y), at, TG_ERR_SHAPE, "%s: the result would have %d axes, more than %d",
                op, rank, TG_MAX_RANK);
    else if (m > 0 && n > INT64_MAX / (int64_t)sizeof(double) / m)
        tg_fail(tg_tape_of(y), at, TG_ERR_SHAPE,
                "%s: the result has more bytes than memory can have addresses", op);
    else if ((m < n ? m : n) > MOST_PRODUCTS)
        tg_fail(tg_tape_of(y), at, TG_ERR_UNSUPPORTED,
                "%s: records a product for each element of the smaller operand, up to %d; record "
                "one with an input as its cotangent, and run it once a row",
                op, (int)MOST_PRODUCTS);
    else return true;
    tg_fail_operands(tg_tape_of(y), TG_LIST(y, x));
    return false;
}

static tg_tensor *jacobian(tg_site at, const char *op, tg_tensor *y, tg_tensor *x)
{
    if (!fits(at, op, y, x)) return NULL;
    tg_tape *tape = tg_tape_of(y);
    const tg_shape shape = joined_shape(y, x);
    const int64_t m = tg_count(y), n = tg_count(x), count = m <= n ? m : n;
    if (count == 0) {
        tg_tensor *out = NULL; /* nothing to compute, but the operands are checked */
        (void)tg_vjp(y, y, TG_LIST(x), &out);
        return out ? tg_full(tape, tg_dtype_of(y), shape, 0) : NULL;
    }
    const bool rows = m <= n;
    tg_tensor *from = rows ? y : x, *positions = tg_iota(tape, TG_I64, count);
    tg_tensor **list = tg_scratch(tape, (size_t)count * sizeof(tg_tensor *));
    if (!list) return tg_undo(at);
    for (int64_t k = 0; k < count; k++)
        if (!(list[k] = product(at, y, x, rows, unit(at, from, positions, k)))) return NULL;
    return tg_reshape(tg_stack((tg_list){ (size_t)count, list }, rows ? 0 : 1), shape);
}

tg_tensor *tg_jacobian_at(tg_site at, tg_tensor *y, tg_tensor *x)
{
    static const char op[] = "tg_jacobian";
    if (!tg_enter(&at, op, TG_LIST(y, x))) return NULL;
    if (!tg__is_float_node(at, op, y) || !tg__is_operand(at, op, y, x)) return NULL;
    return jacobian(at, op, y, x);
}

tg_tensor *tg_hessian_at(tg_site at, tg_tensor *loss, tg_tensor *x)
{
    static const char op[] = "tg_hessian";
    if (!tg_enter(&at, op, TG_LIST(loss, x))) return NULL;
    if (!tg__is_float_node(at, op, loss) || !tg__is_operand(at, op, loss, x) ||
        !tg__is_one(at, op, loss) || !fits(at, op, x, x))
        return NULL;
    tg_tensor *gradient = tg_grad(loss, x);
    return gradient ? jacobian(at, op, gradient, x) : NULL;
}
