/* window_rewrite.c: the rewrite rules of folds. Those along several axes become one; and the fold
 * of a product, which is the gradient of a convolution by its input, becomes a product of windows.
 * The rules are given nodes of fold only, so x->op is that operation.
 *
 * As it comes from the rules of differentiation, that gradient is a product laid out in windows
 * that are then folded up: many times the memory of the input. For windows at stride 1 it is also a
 * product of windows: those of the padded cotangent, with the kernel turned around. Element l of a
 * folded axis is the sum over places o and taps t, with o + t d = l, of a product over W[t] G[o];
 * with q = size - 1 - t, that is W[size - 1 - q] G[l - (size - 1 - q) d]. */
#include "ops/window_rewrite.h"

#include "ops/dot_rewrite.h"
#include "ops/ops.h"
#include "ops/window.h"

/* ---- Recognising a folded product ------------------------------------------------------- */

/* A product that is folded along [count] axes. */
typedef struct folded_product {
    const tg__value *dot;
    tg__dot_attr attr;
    int count;
    const tg__window_attr *window[TG_FOLDS];
    int64_t size[TG_FOLDS];             /* of each window */
    int tap[TG_FOLDS], place[TG_FOLDS]; /* their axes, of the product's result */
    int axis[TG_MAX_RANK];              /* of the result, for each axis of what is folded first */
    int kernel; /* the operand that has the taps; the other has the places */
} folded_product;

/* The folds from [x] inwards, and the product behind them. */
static bool recognise(tg__rewriter *r, const tg_tensor *x, folded_product *f)
{
    const tg_tensor *t = x;
    *f = (folded_product){ 0 };
    for (; t->op == x->op && f->count < TG_FOLDS; t = t->in[0]) {
        const tg__window_attr *window = ((const tg__fold_attr *)t->attr)->window;
        if (window->stride != 1 || tg__elements(t) == 0 || (t != x && tg__uses_of(r, t) != 1))
            return false;
        f->window[f->count] = window;
        f->size[f->count++] = t->in[0]->dim[t->in[0]->rank - 1];
    }
    const tg__ref ref = tg__ref_of(r, t);
    if (t->op == x->op || tg__uses_of(r, t) != 1) return false;
    f->dot = tg__value_at(r, ref.value);
    if (f->dot->op != &tg__op_dot) return false;
    f->attr = *(const tg__dot_attr *)f->dot->attr;
    const tg__view seen = ref.view ? *ref.view : tg__view_dense(t->rank, t->dim);
    if (!tg__dot_find_axes(f->dot, &seen, f->axis)) return false;
    /* The innermost fold takes the last axis, the one around it the last but one. */
    for (int j = 0; j < f->count; j++) {
        f->tap[j] = f->axis[x->rank + j];
        f->place[j] = f->axis[f->window[j]->axis];
    }
    f->kernel = tg__dot_operand_of(&f->attr, f->tap[0]);
    for (int j = 0; j < f->count; j++)
        if (f->kernel < 0 || tg__dot_operand_of(&f->attr, f->tap[j]) != f->kernel ||
            tg__dot_operand_of(&f->attr, f->place[j]) != 1 - f->kernel)
            return false;
    return f->dot->view[1 - f->kernel]->rank + f->count <= TG_MAX_RANK;
}

/* ---- Its operands ----------------------------------------------------------------------- */

/* The view with [count] axes more among those that are summed over, behind them. [attr] is that of
 * the product without them. */
static tg__view with_taps(const tg__dot_attr *attr, int operand, const tg__view *view, int count,
                          const int64_t *size, const int64_t *stride)
{
    const int at = (int)(attr->batch + attr->k + (operand == 0 ? attr->m : 0));
    tg__view out = { .rank = view->rank + count, .offset = view->offset };
    for (int i = 0; i < out.rank; i++) {
        const bool fresh = i >= at && i < at + count;
        const int from = i < at ? i : i - count;
        out.dim[i] = fresh ? size[i - at] : view->dim[from];
        out.stride[i] = fresh ? stride[i - at] : view->stride[from];
    }
    return out;
}

/* The kernel, its taps turned around and summed over. */
static tg__view kernel_view(const folded_product *f)
{
    tg__view view = *f->dot->view[f->kernel];
    int64_t stride[TG_FOLDS];
    bool gone[TG_MAX_RANK] = { false };
    for (int j = 0; j < f->count; j++) {
        const int axis = tg__dot_operand_axis(&f->attr, f->kernel, f->tap[j]);
        view.offset += (f->size[j] - 1) * view.stride[axis];
        stride[j] = -view.stride[axis];
        gone[axis] = true;
    }
    tg__view rest = { .offset = view.offset };
    for (int i = 0; i < view.rank; i++) {
        if (gone[i]) continue;
        rest.dim[rest.rank] = view.dim[i];
        rest.stride[rest.rank++] = view.stride[i];
    }
    /* Behind the batch and, for a left operand, its own axes, of which the taps are none. */
    tg__dot_attr attr = f->attr;
    if (f->kernel == 0) attr.m -= f->count;
    return with_taps(&attr, f->kernel, &rest, f->count, f->size, stride);
}

/* The axes of the view from the largest stride to the smallest: as they lie in memory. */
static void memory_order(const tg__view *view, int *order)
{
    for (int i = 0; i < view->rank; i++) {
        int k = i;
        for (; k > 0 && view->stride[order[k - 1]] < view->stride[i]; k--) order[k] = order[k - 1];
        order[k] = i;
    }
}

/* The cotangent, padded, as windows whose elements are summed over. */
static bool windows(tg__rewriter *r, const tg_tensor *x, const folded_product *f, tg__ref *out)
{
    const int operand = 1 - f->kernel;
    const tg__view *given = f->dot->view[operand];
    int order[TG_MAX_RANK], where[TG_MAX_RANK];
    memory_order(given, order);
    const tg__view lying = tg__view_permuted(given, order);
    tg__pad_attr attr = { .value = 0 };
    int64_t dim[TG_MAX_RANK];
    memcpy(dim, lying.dim, sizeof dim);
    for (int i = 0; i < lying.rank; i++) where[order[i]] = i;
    for (int j = 0; j < f->count; j++) {
        const int64_t reach = (f->size[j] - 1) * f->window[j]->dilation;
        const int axis = where[tg__dot_operand_axis(&f->attr, operand, f->place[j])];
        attr.before[axis] = reach;
        dim[axis] = f->window[j]->length + reach;
    }
    const tg__view padded = tg__view_dense(lying.rank, dim);
    tg__value *pad = tg__value_new_as(&r->values, x, &padded, &tg__op_pad, 1, &attr, sizeof attr);
    if (!pad) return false;
    pad->in[0] = f->dot->in[operand];
    if (!(pad->view[0] = tg__value_view(&r->values, &lying))) return false;
    const uint32_t value = tg__value_keep(&r->values);
    tg__view view = tg__view_permuted(&padded, where);
    int64_t stride[TG_FOLDS];
    for (int j = 0; j < f->count; j++) {
        const int axis = tg__dot_operand_axis(&f->attr, operand, f->place[j]);
        stride[j] = view.stride[axis] * f->window[j]->dilation;
        view.dim[axis] = f->window[j]->length;
    }
    view = with_taps(&f->attr, operand, &view, f->count, f->size, stride);
    *out = (tg__ref){ value, tg__value_view(&r->values, &view) };
    return out->view != NULL;
}

/* ---- The product of windows ------------------------------------------------------------- */

/* The shape of the new result: without taps, and as long as what the windows were cut from. */
static tg__view result_shape(const folded_product *f)
{
    int64_t dim[TG_MAX_RANK];
    int rank = 0;
    for (int k = 0; k < f->dot->rank; k++) {
        bool tap = false;
        int64_t size = f->dot->dim[k];
        for (int j = 0; j < f->count; j++) {
            tap |= f->tap[j] == k;
            if (f->place[j] == k) size = f->window[j]->length;
        }
        if (!tap) dim[rank++] = size;
    }
    return tg__view_dense(rank, dim);
}

/* The result's axes in the order of [x]. */
static tg__view as_folded(const folded_product *f, const tg_tensor *x, const tg__view *dense)
{
    int order[TG_MAX_RANK];
    for (int i = 0; i < x->rank; i++) {
        order[i] = f->axis[i];
        for (int j = 0; j < f->count; j++) order[i] -= f->tap[j] < f->axis[i];
    }
    return tg__view_permuted(dense, order);
}

/* If [x] folds up a product whose one operand has the windows' axes, and the other the axes of
 * their places: the product with windows of that other operand, padded, which adds up the same
 * without laying out what is to be folded. */
static bool folded_dot(tg__rewriter *r, const tg_tensor *x, tg__ref *result)
{
    folded_product f;
    tg__ref in[2];
    *result = tg__no_ref();
    if (!recognise(r, x, &f)) return false;
    const tg__value dot = *f.dot; /* what follows adds values, and may move the list */
    f.dot = &dot;
    tg__dot_attr attr = f.attr;
    attr.k += f.count;
    *(f.kernel == 0 ? &attr.m : &attr.n) -= f.count;
    const tg__view turned = kernel_view(&f);
    const tg__view dense = tg__view_dense(turned.rank, turned.dim), shape = result_shape(&f);
    in[f.kernel] = (tg__ref){ dot.in[f.kernel], &turned };
    if (!tg__op_dot.accepts(&attr, f.kernel, &turned)) {
        in[f.kernel] = tg__value_copy(&r->values, x, dot.in[f.kernel], &turned);
        if (in[f.kernel].value == TG__NONE) return true;
        in[f.kernel].view = &dense;
    }
    if (!windows(r, x, &f, &in[1 - f.kernel])) return true;
    tg__value *value = tg__value_new_as(&r->values, x, &shape, &tg__op_dot, 2, &attr, sizeof attr);
    if (!value) return true;
    for (int i = 0; i < 2; i++) {
        value->in[i] = in[i].value;
        if (!(value->view[i] = tg__value_view(&r->values, in[i].view))) return true;
    }
    value->site = dot.site;
    const tg__view seen = as_folded(&f, x, &shape);
    const uint32_t kept = tg__value_keep(&r->values);
    const tg__view *view = tg__value_view(&r->values, &seen);
    if (view) *result = (tg__ref){ kept, view };
    return true;
}

/* ---- Several axes in one pass ----------------------------------------------------------- */

/* May a fold along the axes of [attr], of what [view] sees of value [from], be one? Sums along
 * several axes at once round as those along one axis after the other if there are sums along one
 * only, or they are made in that order. Those of products are another matter (folded_dot). */
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
    return folded_dot(r, x, result) || joined_fold(r, x, result);
}

const tg__rewrites tg__fold_rewrites = { .node = rewrite_fold };
