/* simplify.c: arithmetic that needs no instruction. A result keeps every bit (f32 denormals aside,
 * which an operation that is gone no longer flushes): so x * 0 stays, which may be NaN, and no sum
 * is reordered. These are rules of operations of elementwise.c, which names them in its rows, and
 * turn one of these operations into another: the two files use each other. */
#include "ops/simplify.h"

#include "ops/ops.h"

#include <math.h>

/* Is [x] the number, in every run? */
static bool is_number(tg__rewriter *r, tg__ref x, double number)
{
    const tg__value *value = tg__value_at(r, x.value);
    if (value->op != &tg__op_number) return false;
    const double found = *(const double *)value->attr;
    return found == number && signbit(found) == signbit(number);
}

/* What op(in[0], in[1]) is without arithmetic; TG__NONE if there is none such. */
static tg__ref operand_alone(tg__rewriter *r, const tg_op *op, const tg__ref *in)
{
    if (op == &tg__op_mul && is_number(r, in[0], 1)) return in[1];
    if (op == &tg__op_mul && is_number(r, in[1], 1)) return in[0];
    if (op == &tg__op_div && is_number(r, in[1], 1)) return in[0];
    if (op == &tg__op_sub && is_number(r, in[1], 0)) return in[0];
    for (int i = 0; i < 2 && op == &tg__op_add; i++) {
        /* x + 0 is x unless x is -0, which the operation behind x may rule out. */
        if (is_number(r, in[i], -0.0)) return in[1 - i];
        if (is_number(r, in[i], 0) &&
            tg__value_at(r, in[1 - i].value)->op->flags & TG_OP_NO_MINUS_ZERO)
            return in[1 - i];
    }
    return tg__no_ref();
}

/* - - x */
static tg__ref negated_twice(tg__rewriter *r, const tg_op *op, const tg__ref *in)
{
    const tg__value *inner = tg__value_at(r, in[0].value);
    if (op != &tg__op_neg || in[0].view || inner->op != &tg__op_neg) return tg__no_ref();
    const uint32_t x = inner->in[0];
    if (!inner->view[0]) return (tg__ref){ x, NULL };
    tg__view whole; /* with all axes again, which a map's operand has lost */
    (void)tg__view_reshape(inner->view[0], inner->rank, inner->dim, &whole);
    const tg__view *kept = tg__value_view(&r->values, &whole);
    return kept ? (tg__ref){ x, kept } : tg__no_ref();
}

/* a + -b, a - -b, -a + b: exact, one instruction less. */
static void take_sign(tg__rewriter *r, const tg_op **op, tg__ref *in)
{
    const bool sum = *op == &tg__op_add, difference = *op == &tg__op_sub;
    if (!sum && !difference) return;
    const tg__value *right = tg__value_at(r, in[1].value), *left = tg__value_at(r, in[0].value);
    if (!in[1].view && right->op == &tg__op_neg) {
        in[1] = (tg__ref){ right->in[0], right->view[0] };
        *op = sum ? &tg__op_sub : &tg__op_add;
    } else if (sum && !in[0].view && left->op == &tg__op_neg) {
        const tg__ref negated = { left->in[0], left->view[0] };
        in[0] = in[1];
        in[1] = negated;
        *op = &tg__op_sub;
    }
}

static bool simplify(tg__rewriter *r, const tg_tensor *x, const tg_op **op, tg__ref *in,
                     tg__ref *result)
{
    (void)x;
    *result = operand_alone(r, *op, in);
    if (result->value == TG__NONE) *result = negated_twice(r, *op, in);
    if (result->value != TG__NONE) return true;
    take_sign(r, op, in);
    return false;
}

const tg__rewrites tg__arithmetic_rewrites = { .node = simplify };
