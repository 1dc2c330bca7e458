/* window_rewrite.c: the rewrite rules of folds. The fold of a product, which is the gradient of a
 * convolution by its input, becomes products of windows (interleave.h); and others that are along
 * several axes become one. The rules are given nodes of fold only, so x->op is that operation. */
#include "ops/window_rewrite.h"

#include "ops/interleave.h"
#include "ops/ops.h"

/* ---- Several axes in one pass ----------------------------------------------------------- */

/* May a fold along the axes of [attr], of what [view] sees of value [from], be one? Sums along
 * several axes at once round as those along one axis after the other if there are sums along one
 * only, or they are made in that order. Those of products are another matter. */
static bool may_join(tg__rewriter *r, const tg__fold_attr *attr, uint32_t from,
                     const tg__view *view)
{
    const tg__value *x = tg__value_at(r, from);
    return x->op == &tg__op_dot || tg__fold_overlapping(attr, view) <= 1 ||
           (tg__fold_by_line(attr, view) && !tg__fold_is_wide(attr, x->dtype, view));
}

/* If [x] folds what another fold gives, along another axis: both in one. */
static bool joined_fold(tg__rewriter *r, const tg_tensor *x, tg__ref *result)
{
    const tg__ref operand = tg__ref_of(r, x->in[0]);
    const tg__value *inner = tg__value_at(r, operand.value);
    const tg__fold_attr *outer_attr = x->attr, *inner_attr = inner->attr;
    if (operand.view || inner->op != x->op || tg__uses_of(r, x->in[0]) != 1 ||
        inner_attr->count == TG_FOLDS)
        return false;
    /* The axis that is folded last has its elements in front of the others'. */
    tg__fold_attr attr = { .count = inner_attr->count + 1, .window = { outer_attr->window[0] } };
    for (int i = 0; i < inner_attr->count; i++) {
        if (inner_attr->window[i].axis >= x->rank ||
            inner_attr->window[i].axis == attr.window[0].axis)
            return false;
        attr.window[i + 1] = inner_attr->window[i];
    }
    if (!may_join(r, &attr, inner->in[0], inner->view[0])) return false;
    *result = tg__value_joined(r, x, operand.value, &attr, sizeof attr);
    return true;
}

static bool rewrite_fold(tg__rewriter *r, const tg_tensor *x, const tg_op **op, tg__ref *in,
                         tg__ref *result)
{
    (void)op, (void)in;
    return tg__fold_by_phases(r, x, result) || joined_fold(r, x, result);
}

const tg__rewrites tg__fold_rewrites = { .node = rewrite_fold, .view = tg__fold_part_by_phases };
