/* windows.c: what planning does about windows. Pads along several axes become one, and so do folds;
 * of a product only the part that is wanted is computed.
 *
 * The gradient of a convolution by its input, as it comes from the rules, is a product laid
 * out in windows that are then folded up: many times the memory of the input. For windows at
 * stride 1 it is also a product of windows: those of the padded cotangent, with the kernel turned
 * around. Element l of a folded axis is the sum over places o and taps t, with o + t d = l, of a
 * product over W[t] G[o]; with q = size - 1 - t, that is W[size - 1 - q] G[l - (size - 1 - q) d].
 */
#include "ops/dot.h"
#include "ops/window.h"
#include "plan/lower.h"

enum { MOST_FOLDS = TG_FOLDS };

/* What there is to a product that is folded along [count] axes. */
typedef struct folding {
    const tg__value *dot;
    tg__dot_attr attr;
    int count;
    const tg__window_attr *window[MOST_FOLDS];
    int64_t size[MOST_FOLDS];               /* of each window */
    int tap[MOST_FOLDS], place[MOST_FOLDS]; /* their axes, of the product's result */
    int axis[TG_MAX_RANK]; /* of the result, for each axis of what is folded first */
    int kernel;            /* the operand that has the taps; the other has the places */
} folding;

/* ---- Recognising it --------------------------------------------------------------------- */

/* Which axis of the dense result of [dot] is each axis of [view]? */
static bool find_axes(const tg__value *dot, const tg__view *view, int *axis)
{
    const tg__view dense = tg__view_dense(dot->rank, dot->dim);
    uint32_t taken = 0;
    if (view->rank != dot->rank) return false;
    for (int i = 0; i < view->rank; i++) {
        int k = 0;
        while (k < dot->rank && (taken >> k & 1 || dense.dim[k] != view->dim[i] ||
                                 (view->dim[i] != 1 && dense.stride[k] != view->stride[i])))
            k++;
        if (k == dot->rank) return false;
        taken |= 1u << k;
        axis[i] = k;
    }
    return view->offset == 0;
}

/* The operand whose axis the result's axis [k] is; -1: both, it is of the batch. */
static int operand_of(const folding *f, int k)
{
    if (k < f->attr.batch) return -1;
    return k < f->attr.batch + f->attr.m ? 0 : 1;
}

/* The folds from [x] inwards, and the product behind them. */
static bool recognise(tg__lowering *l, const tg_tensor *x, folding *f)
{
    const tg_tensor *t = x;
    *f = (folding){ 0 };
    for (; t->op == &tg__op_fold && f->count < MOST_FOLDS; t = t->in[0]) {
        const tg__window_attr *window = ((const tg__fold_attr *)t->attr)->window;
        if (window->stride != 1 || tg__elements(t) == 0 || (t != x && l->uses[t->place] != 1))
            return false;
        f->window[f->count] = window;
        f->size[f->count++] = t->in[0]->dim[t->in[0]->rank - 1];
    }
    const tg__ref r = l->refs[t->place];
    if (t->op == &tg__op_fold || l->uses[t->place] != 1) return false;
    f->dot = &l->plan->nodes[r.value];
    if (f->dot->op != &tg__op_dot) return false;
    f->attr = *(const tg__dot_attr *)f->dot->attr;
    const tg__view seen = r.view ? *r.view : tg__view_dense(t->rank, t->dim);
    if (!find_axes(f->dot, &seen, f->axis)) return false;
    /* The innermost fold takes the last axis, the one around it the last but one. */
    for (int j = 0; j < f->count; j++) {
        f->tap[j] = f->axis[x->rank + j];
        f->place[j] = f->axis[f->window[j]->axis];
    }
    f->kernel = operand_of(f, f->tap[0]);
    for (int j = 0; j < f->count; j++)
        if (f->kernel < 0 || operand_of(f, f->tap[j]) != f->kernel ||
            operand_of(f, f->place[j]) != 1 - f->kernel)
            return false;
    return f->dot->view[1 - f->kernel]->rank + f->count <= TG_MAX_RANK;
}

/* ---- The operands ----------------------------------------------------------------------- */

/* The axis of an operand that is the result's axis [k]. */
static int operand_axis(const folding *f, int operand, int k)
{
    return operand == 0 ? k : (int)(k - f->attr.m + f->attr.k);
}

/* The view with [count] axes more among those that are summed over, behind them. */
static tg__view with_taps(const folding *f, int operand, const tg__view *view, const int64_t *size,
                          const int64_t *stride)
{
    const int at = (int)(f->attr.batch + f->attr.k + (operand == 0 ? f->attr.m : 0));
    tg__view out = { .rank = view->rank + f->count, .offset = view->offset };
    for (int i = 0; i < out.rank; i++) {
        const bool fresh = i >= at && i < at + f->count;
        const int from = i < at ? i : i - f->count;
        out.dim[i] = fresh ? size[i - at] : view->dim[from];
        out.stride[i] = fresh ? stride[i - at] : view->stride[from];
    }
    return out;
}

/* The kernel, its taps turned around and summed over. */
static tg__view kernel_view(const folding *f)
{
    tg__view view = *f->dot->view[f->kernel];
    int64_t stride[MOST_FOLDS];
    bool gone[TG_MAX_RANK] = { false };
    for (int j = 0; j < f->count; j++) {
        const int axis = operand_axis(f, f->kernel, f->tap[j]);
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
    /* Behind the batch and, for a left operand, its own axes. */
    folding without = *f;
    if (f->kernel == 0) without.attr.m -= f->count;
    return with_taps(&without, f->kernel, &rest, f->size, stride);
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

static tg__view permuted(const tg__view *view, const int *order)
{
    tg__view out = { .rank = view->rank, .offset = view->offset };
    for (int i = 0; i < view->rank; i++) {
        out.dim[i] = view->dim[order[i]];
        out.stride[i] = view->stride[order[i]];
    }
    return out;
}

/* A node of the shape of [view], made by [op]. */
static tg__value *new_node(tg__lowering *l, const tg_tensor *x, const tg__view *view,
                           const tg_op *op, int arity, const void *attr, size_t attr_size)
{
    tg_tensor shape = *x;
    shape.rank = (uint8_t)view->rank;
    shape.dim = view->dim;
    tg__value *value = tg__lower_new(l, &shape, op, arity);
    void *kept = tg__plan_alloc(l->plan, attr_size);
    if (!value || !kept) return NULL;
    memcpy(kept, attr, attr_size);
    value->attr = kept;
    value->attr_size = (uint32_t)attr_size;
    return value;
}

/* The cotangent, padded, as windows whose elements are summed over. */
static bool windows(tg__lowering *l, const tg_tensor *x, const folding *f, tg__ref *out)
{
    const int operand = 1 - f->kernel;
    const tg__view *given = f->dot->view[operand];
    int order[TG_MAX_RANK], where[TG_MAX_RANK];
    uint32_t value = f->dot->in[operand];
    memory_order(given, order);
    const tg__view lying = permuted(given, order);
    tg__pad_attr attr = { .value = 0 };
    int64_t dim[TG_MAX_RANK];
    memcpy(dim, lying.dim, sizeof dim);
    for (int i = 0; i < lying.rank; i++) where[order[i]] = i;
    for (int j = 0; j < f->count; j++) {
        const int64_t reach = (f->size[j] - 1) * f->window[j]->dilation;
        const int axis = where[operand_axis(f, operand, f->place[j])];
        attr.before[axis] = reach;
        dim[axis] = f->window[j]->length + reach;
    }
    const tg__view padded = tg__view_dense(lying.rank, dim);
    tg__value *node = new_node(l, x, &padded, &tg__op_pad, 1, &attr, sizeof attr);
    if (!node) return false;
    node->in[0] = value;
    if (!(node->view[0] = tg__keep_view(l, &lying))) return false;
    value = tg__lower_keep(l);
    tg__view view = permuted(&padded, where);
    int64_t stride[MOST_FOLDS];
    for (int j = 0; j < f->count; j++) {
        const int axis = operand_axis(f, operand, f->place[j]);
        stride[j] = view.stride[axis] * f->window[j]->dilation;
        view.dim[axis] = f->window[j]->length;
    }
    view = with_taps(f, operand, &view, f->size, stride);
    *out = (tg__ref){ value, tg__keep_view(l, &view) };
    return out->view != NULL;
}

/* ---- The product ------------------------------------------------------------------------ */

/* The shape of the new result: without taps, and as long as what the windows were cut from. */
static tg__view result_shape(const folding *f)
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
static tg__view as_folded(const folding *f, const tg_tensor *x, const tg__view *dense)
{
    int order[TG_MAX_RANK];
    for (int i = 0; i < x->rank; i++) {
        order[i] = f->axis[i];
        for (int j = 0; j < f->count; j++) order[i] -= f->tap[j] < f->axis[i];
    }
    return permuted(dense, order);
}

bool tg__folded_dot(tg__lowering *l, const tg_tensor *x, tg__ref *result)
{
    folding f;
    tg__ref in[2];
    *result = (tg__ref){ TG_NO_VALUE, NULL };
    if (!recognise(l, x, &f)) return false;
    /* What follows appends values, and may move the list: [dot] is looked at through a copy. */
    const tg__value dot = *f.dot;
    f.dot = &dot;
    tg__dot_attr attr = f.attr;
    attr.k += f.count;
    *(f.kernel == 0 ? &attr.m : &attr.n) -= f.count;
    const tg__view turned = kernel_view(&f);
    in[f.kernel] = tg__lower_copy(l, x, dot.in[f.kernel], &turned);
    if (in[f.kernel].value == TG_NO_VALUE || !windows(l, x, &f, &in[1 - f.kernel])) return true;
    const tg__view dense = tg__view_dense(turned.rank, turned.dim), shape = result_shape(&f);
    in[f.kernel].view = &dense;
    tg__value *value = new_node(l, x, &shape, &tg__op_dot, 2, &attr, sizeof attr);
    if (!value) return true;
    for (int i = 0; i < 2; i++) {
        value->in[i] = in[i].value;
        if (!(value->view[i] = tg__keep_view(l, in[i].view))) return true;
    }
    value->site = dot.site;
    const tg__view seen = as_folded(&f, x, &shape);
    const uint32_t kept = tg__lower_keep(l);
    const tg__view *view = tg__keep_view(l, &seen);
    if (view) *result = (tg__ref){ kept, view };
    return true;
}

/* ---- Parts ------------------------------------------------------------------------------ */

/* The one axis along which [part] shows less of what [whole] shows; -1 if there is none such. */
static int narrowed_axis(const tg__view *whole, const tg__view *part)
{
    int axis = -1;
    if (whole->rank != part->rank) return -1;
    for (int i = 0; i < whole->rank; i++) {
        if (part->dim[i] != 1 && whole->stride[i] != part->stride[i]) return -1;
        if (part->dim[i] == whole->dim[i]) continue;
        if (axis >= 0 || part->dim[i] == 0 || whole->stride[i] <= 0) return -1;
        axis = i;
    }
    return axis;
}

bool tg__sliced_dot(tg__lowering *l, const tg_tensor *x, tg__ref r, const tg__view *whole,
                    const tg__view *part, tg__ref *result)
{
    const tg__value *found = &l->plan->nodes[r.value];
    folding f = { 0 };
    if (found->op != &tg__op_dot || l->uses[x->in[0]->place] != 1) return false;
    const tg__value dot = *found;
    const int narrowed = narrowed_axis(whole, part);
    if (narrowed < 0 || !find_axes(&dot, whole, f.axis)) return false;
    f.dot = &dot;
    f.attr = *(const tg__dot_attr *)dot.attr;
    const int axis = f.axis[narrowed], operand = operand_of(&f, axis);
    const int64_t start = (part->offset - whole->offset) / whole->stride[narrowed];
    if (operand < 0 || whole->offset + start * whole->stride[narrowed] != part->offset)
        return false;

    int64_t dim[TG_MAX_RANK];
    memcpy(dim, dot.dim, sizeof *dim * dot.rank);
    dim[axis] = part->dim[narrowed];
    const tg__view shape = tg__view_dense(dot.rank, dim);
    tg__view view = *dot.view[operand];
    const int of_operand = operand_axis(&f, operand, axis);
    view.offset += start * view.stride[of_operand];
    view.dim[of_operand] = dim[axis];
    *result = (tg__ref){ TG_NO_VALUE, NULL };
    tg__value *value = new_node(l, x, &shape, &tg__op_dot, 2, &f.attr, sizeof f.attr);
    if (!value) return true;
    for (int i = 0; i < 2; i++) {
        value->in[i] = dot.in[i];
        value->view[i] = i == operand ? tg__keep_view(l, &view) : dot.view[i];
        if (!value->view[i]) return true;
    }
    value->site = dot.site;
    const tg__view seen = permuted(&shape, f.axis);
    const uint32_t kept = tg__lower_keep(l);
    const tg__view *kept_view = tg__keep_view(l, &seen);
    if (kept_view) *result = (tg__ref){ kept, kept_view };
    return true;
}

/* ---- Pads and folds --------------------------------------------------------------------- */

/* [x], with those attributes, of what its operand, value [inner], is made of. */
static tg__ref joined(tg__lowering *l, const tg_tensor *x, uint32_t inner, const void *attr,
                      size_t attr_size)
{
    const tg__ref failed = { TG_NO_VALUE, NULL };
    const uint32_t from = l->plan->nodes[inner].in[0];
    const tg__view view = *l->plan->nodes[inner].view[0];
    const tg__view shape = tg__view_dense(x->rank, x->dim);
    tg__value *value = new_node(l, x, &shape, x->op, 1, attr, attr_size);
    if (!value) return failed;
    value->in[0] = from;
    if (!(value->view[0] = tg__keep_view(l, &view))) return failed;
    return (tg__ref){ tg__lower_keep(l), NULL };
}

/* Do several windows see one element? */
static bool overlaps(const tg__window_attr *window, int64_t windows, int64_t size)
{
    return windows > 1 && size > 1 && window->stride <= (size - 1) * window->dilation;
}

/* Sums along several axes at once round as those along one axis after the other if there are sums
 * along one only. Those of products are another matter (tg__folded_dot). */
static bool may_join(const tg__lowering *l, const tg__value *inner, const tg_tensor *x)
{
    const tg__fold_attr *attr = inner->attr, *last = x->attr;
    const tg__view *view = inner->view[0];
    const int rank = x->rank;
    if (l->plan->nodes[inner->in[0]].op == &tg__op_dot) return true;
    int overlapping = overlaps(last->window, view->dim[last->window[0].axis], view->dim[rank]);
    for (int i = 0; i < attr->count; i++)
        overlapping +=
            overlaps(&attr->window[i], view->dim[attr->window[i].axis], view->dim[rank + 1 + i]);
    return overlapping <= 1;
}

bool tg__joined_fold(tg__lowering *l, const tg_tensor *x, tg__ref *result)
{
    const tg__ref r = l->refs[x->in[0]->place];
    const tg__value *inner = &l->plan->nodes[r.value];
    const tg__fold_attr *outer_attr = x->attr, *inner_attr = inner->attr;
    if (r.view || inner->op != &tg__op_fold || l->uses[x->in[0]->place] != 1 ||
        inner_attr->count == TG_FOLDS || !may_join(l, inner, x))
        return false;
    /* The axis that is folded last has its elements in front of the others'. */
    tg__fold_attr attr = { .count = inner_attr->count + 1, .window = { outer_attr->window[0] } };
    for (int i = 0; i < inner_attr->count; i++) {
        if (inner_attr->window[i].axis >= x->rank ||
            inner_attr->window[i].axis == attr.window[0].axis)
            return false;
        attr.window[i + 1] = inner_attr->window[i];
    }
    *result = joined(l, x, r.value, &attr, sizeof attr);
    return true;
}

bool tg__joined_pad(tg__lowering *l, const tg_tensor *x, tg__ref *result)
{
    const tg__ref r = l->refs[x->in[0]->place];
    const tg__value *inner = &l->plan->nodes[r.value];
    const tg__pad_attr *outer_attr = x->attr, *inner_attr = inner->attr;
    if (r.view || inner->op != &tg__op_pad || l->uses[x->in[0]->place] != 1 ||
        memcmp(&inner_attr->value, &outer_attr->value, sizeof outer_attr->value) != 0)
        return false;
    tg__pad_attr attr = *inner_attr;
    for (int i = 0; i < x->rank; i++) {
        if (x->dim[i] == x->in[0]->dim[i]) continue;
        if (x->in[0]->dim[i] != inner->view[0]->dim[i]) return false; /* along one axis twice */
        attr.before[i] = outer_attr->before[i];
        attr.between[i] = outer_attr->between[i];
    }
    *result = joined(l, x, r.value, &attr, sizeof attr);
    return true;
}
