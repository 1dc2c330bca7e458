/* window_product.c: the fold of a product, which is the gradient of a convolution by its input, as
 * products of windows.
 *
 * As it comes from the rules of differentiation, that gradient is a product laid out in windows
 * that are then folded up: many times the memory of the input. Element l of a folded axis is the
 * sum over places o and taps t, with o s + t d = l, of a product over W[t] G[o], at stride s and
 * dilation d. Elements that are s apart, l = s i + p, have the same taps: those with t d = p modulo
 * s, which are s / g apart, if g is the common divisor of s and d; or none. So each of the s phases
 * p of the axis is a product of windows of the padded cotangent G, at stride 1, with every
 * (s / g)-th tap of the kernel W, read backwards. With U taps t + u s / g, and q = U - 1 - u,
 * element i of a phase is the sum over q < U of
 *
 *     W[t + (U - 1 - q) s / g] G[(p - t d) / s + i - (U - 1 - q) d / g].
 *
 * Example: 3 taps at stride 2. Elements 0, 2, 4 of the axis are W[2] G[i - 1] + W[0] G[i], and
 * elements 1, 3, 5 are W[1] G[i]. No product is with a zero, but at the ends of G. */
#include "ops/window_product.h"

#include "ops/dot_rewrite.h"
#include "ops/ops.h"

/* ---- Recognising a folded product ------------------------------------------------------- */

/* The next fold inwards. False if there is one along its axis already. */
static bool add_window(tg__folded_product *f, const tg_tensor *fold)
{
    tg__window_attr window = ((const tg__fold_attr *)fold->attr)->window[0];
    const tg_tensor *x = fold->in[0];
    const int j = f->count++;
    for (int i = 0; i < j; i++)
        if (f->window[i].axis == window.axis) return false;
    f->size[j] = x->dim[x->rank - 1];
    f->places[j] = x->dim[window.axis];
    f->length[j] = window.length;
    /* Where nothing is stepped over, steps may be of any length. */
    if (f->places[j] == 1) window.stride = 1;
    if (f->size[j] == 1) window.dilation = 1;
    f->window[j] = window;
    return true;
}

bool tg__find_folded_product(tg__rewriter *r, const tg_tensor *x, tg__folded_product *f)
{
    const tg_tensor *t = x;
    *f = (tg__folded_product){ .rank = x->rank };
    for (; t->op == x->op && f->count < TG_FOLDS; t = t->in[0])
        if (tg__elements(t) == 0 || (t != x && tg__uses_of(r, t) != 1) || !add_window(f, t))
            return false;
    const tg__ref ref = tg__ref_of(r, t);
    if (t->op == x->op || tg__uses_of(r, t) != 1) return false;
    f->dot = *tg__value_at(r, ref.value);
    if (f->dot.op != &tg__op_dot) return false;
    f->attr = *(const tg__dot_attr *)f->dot.attr;
    const tg__view seen = ref.view ? *ref.view : tg__view_dense(t->rank, t->dim);
    if (!tg__dot_find_axes(&f->dot, &seen, f->axis)) return false;
    /* The innermost fold takes the last axis, the one around it the last but one. */
    for (int j = 0; j < f->count; j++) {
        f->tap[j] = f->axis[x->rank + j];
        f->place[j] = f->axis[f->window[j].axis];
    }
    f->kernel = tg__dot_operand_of(&f->attr, f->tap[0]);
    for (int j = 0; j < f->count; j++)
        if (f->kernel < 0 || tg__dot_operand_of(&f->attr, f->tap[j]) != f->kernel ||
            tg__dot_operand_of(&f->attr, f->place[j]) != 1 - f->kernel)
            return false;
    return f->dot.view[1 - f->kernel]->rank + f->count <= TG_MAX_RANK;
}

/* ---- Phases ----------------------------------------------------------------------------- */

int64_t tg__count_phases(const tg__folded_product *f)
{
    int64_t count = 1;
    for (int j = 0; j < f->count && count <= TG_PHASES; j++)
        count *= f->window[j].stride <= TG_PHASES ? f->window[j].stride : TG_PHASES + 1;
    return count;
}

tg__phase tg__phase_of(const tg__folded_product *f, int j, int64_t begin)
{
    const int64_t stride = f->window[j].stride, dilation = f->window[j].dilation;
    const int64_t at = f->first[j] + begin, divisor = tg__common_divisor(stride, dilation);
    tg__phase p = { .tap_step = stride / divisor, .place_step = dilation / divisor };
    if (begin < f->length[j]) p.elements = (f->length[j] - 1 - begin) / stride + 1;
    while (p.tap < f->size[j] && p.tap < p.tap_step && (at - p.tap * dilation) % stride != 0)
        p.tap++;
    if (p.tap == f->size[j] || p.tap == p.tap_step) return p;
    p.taps = (f->size[j] - 1 - p.tap) / p.tap_step + 1;
    p.place = (at - p.tap * dilation) / stride;
    return p;
}

/* From which place on a phase reads. */
static int64_t lowest_place(const tg__phase *p) { return p->place - (p->taps - 1) * p->place_step; }

/* ---- Operands --------------------------------------------------------------------------- */

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

/* The attributes of the operands without taps. */
static tg__dot_attr without_taps(const tg__folded_product *f)
{
    tg__dot_attr attr = f->attr;
    *(f->kernel == 0 ? &attr.m : &attr.n) -= f->count;
    return attr;
}

/* The kernel, the taps of the phases turned around and summed over. */
static tg__view kernel_view(const tg__folded_product *f, const tg__phase *phase)
{
    tg__view view = *f->dot.view[f->kernel];
    int64_t stride[TG_FOLDS], taps[TG_FOLDS];
    bool gone[TG_MAX_RANK] = { false };
    for (int j = 0; j < f->count; j++) {
        const tg__phase *p = &phase[j];
        const int axis = tg__dot_operand_axis(&f->attr, f->kernel, f->tap[j]);
        view.offset += (p->tap + (p->taps - 1) * p->tap_step) * view.stride[axis];
        stride[j] = -p->tap_step * view.stride[axis];
        taps[j] = p->taps;
        gone[axis] = true;
    }
    tg__view rest = { .offset = view.offset };
    for (int i = 0; i < view.rank; i++) {
        if (gone[i]) continue;
        rest.dim[rest.rank] = view.dim[i];
        rest.stride[rest.rank++] = view.stride[i];
    }
    const tg__dot_attr attr = without_taps(f);
    return with_taps(&attr, f->kernel, &rest, f->count, taps, stride);
}

/* A copy of that, with its own axes last in memory, along which products read it, and as they
 * mostly lie in the kernel beside the taps; if these are of one element, as it is. */
static bool copy_kernel(tg__rewriter *r, const tg_tensor *x, const tg__folded_product *f,
                        const tg__view *view, tg__ref *out)
{
    const tg__dot_attr attr = without_taps(f);
    const int batch = (int)attr.batch, k = (int)attr.k + f->count;
    const int own = (int)(f->kernel == 0 ? attr.m : attr.n);
    const int own_at = batch + (f->kernel == 0 ? 0 : k), k_at = batch + (f->kernel == 0 ? own : 0);
    int order[TG_MAX_RANK], where[TG_MAX_RANK], count = 0;
    int64_t elements = 1;
    for (int i = 0; i < own; i++) elements *= view->dim[own_at + i];
    for (int i = 0; i < view->rank; i++) order[i] = i;
    if (elements > 1) {
        for (int i = k - f->count; i < k; i++) order[count++] = k_at + i;
        for (int i = 0; i < batch; i++) order[count++] = i;
        for (int i = 0; i < k - f->count; i++) order[count++] = k_at + i;
        for (int i = 0; i < own; i++) order[count++] = own_at + i;
    }
    for (int i = 0; i < view->rank; i++) where[order[i]] = i;
    const tg__view lying = tg__view_permuted(view, order);
    *out = tg__value_copy(&r->values, x, f->dot.in[f->kernel], &lying);
    if (out->value == TG__NONE) return false;
    const tg__view dense = tg__view_dense(lying.rank, lying.dim);
    const tg__view seen = tg__view_permuted(&dense, where);
    return (out->view = tg__value_view(&r->values, &seen)) != NULL;
}

/* The kernel is read where it lies, if a product takes it so. */
static bool find_kernel(tg__rewriter *r, const tg_tensor *x, const tg__folded_product *f,
                        const tg__phase *phase, const tg__dot_attr *attr, tg__ref *out)
{
    const tg__view view = kernel_view(f, phase);
    if (!tg__op_dot.accepts(attr, f->kernel, &view)) return copy_kernel(r, x, f, &view, out);
    *out = (tg__ref){ f->dot.in[f->kernel], tg__value_view(&r->values, &view) };
    return out->view != NULL;
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

/* What phases read of the places along axis [j]: elements before the first, and how many in all. */
static int64_t reach_of(const tg__folded_product *f, int j, int64_t *before)
{
    int64_t low = 0, high = f->places[j];
    for (int64_t begin = 0; begin < f->window[j].stride; begin++) {
        const tg__phase p = tg__phase_of(f, j, begin);
        if (p.taps == 0 || p.elements == 0) continue;
        if (lowest_place(&p) < low) low = lowest_place(&p);
        if (p.place + p.elements > high) high = p.place + p.elements;
    }
    *before = -low;
    return high - low;
}

tg__padded tg__pad_places(tg__rewriter *r, const tg_tensor *x, const tg__folded_product *f)
{
    const int operand = 1 - f->kernel;
    const tg__view *given = f->dot.view[operand];
    int order[TG_MAX_RANK], where[TG_MAX_RANK];
    memory_order(given, order);
    const tg__view lying = tg__view_permuted(given, order);
    tg__pad_attr attr = { .value = 0 };
    int64_t dim[TG_MAX_RANK];
    tg__padded out = { .value = TG__NONE };
    memcpy(dim, lying.dim, sizeof dim);
    for (int i = 0; i < lying.rank; i++) where[order[i]] = i;
    for (int j = 0; j < f->count; j++) {
        const int axis = where[tg__dot_operand_axis(&f->attr, operand, f->place[j])];
        dim[axis] = reach_of(f, j, &out.before[j]);
        attr.before[axis] = out.before[j];
    }
    const tg__view padded = tg__view_dense(lying.rank, dim);
    tg__value *pad = tg__value_new_as(&r->values, x, &padded, &tg__op_pad, 1, &attr, sizeof attr);
    if (!pad) return out;
    pad->in[0] = f->dot.in[operand];
    if (!(pad->view[0] = tg__value_view(&r->values, &lying))) return out;
    out.value = tg__value_keep(&r->values);
    out.view = tg__view_permuted(&padded, where);
    return out;
}

/* Windows of the padded operand, whose elements are summed over. */
static tg__view windows(const tg__folded_product *f, const tg__phase *phase,
                        const tg__padded *padded)
{
    const int operand = 1 - f->kernel;
    tg__view view = padded->view;
    int64_t stride[TG_FOLDS], taps[TG_FOLDS];
    for (int j = 0; j < f->count; j++) {
        const int axis = tg__dot_operand_axis(&f->attr, operand, f->place[j]);
        view.offset += (padded->before[j] + lowest_place(&phase[j])) * view.stride[axis];
        view.dim[axis] = phase[j].elements;
        stride[j] = view.stride[axis] * phase[j].place_step;
        taps[j] = phase[j].taps;
    }
    return with_taps(&f->attr, operand, &view, f->count, taps, stride);
}

/* ---- The product of windows ------------------------------------------------------------- */

/* The shape of the product: without taps, and as long as the phases. */
static tg__view result_shape(const tg__folded_product *f, const tg__phase *phase)
{
    int64_t dim[TG_MAX_RANK];
    int rank = 0;
    for (int k = 0; k < f->dot.rank; k++) {
        bool tap = false;
        int64_t size = f->dot.dim[k];
        for (int j = 0; j < f->count; j++) {
            tap |= f->tap[j] == k;
            if (f->place[j] == k) size = phase[j].elements;
        }
        if (!tap) dim[rank++] = size;
    }
    return tg__view_dense(rank, dim);
}

/* The product's axes in the order of what is folded. */
static tg__view as_folded(const tg__folded_product *f, const tg__view *dense)
{
    int order[TG_MAX_RANK];
    for (int i = 0; i < f->rank; i++) {
        order[i] = f->axis[i];
        for (int j = 0; j < f->count; j++) order[i] -= f->tap[j] < f->axis[i];
    }
    return tg__view_permuted(dense, order);
}

tg__ref tg__product_of_windows(tg__rewriter *r, const tg_tensor *x, const tg__folded_product *f,
                               const tg__phase *phase, const tg__padded *padded)
{
    tg__dot_attr attr = without_taps(f);
    attr.k += f->count;
    const tg__view shape = result_shape(f, phase), read = windows(f, phase, padded);
    tg__ref in[2];
    in[1 - f->kernel] = (tg__ref){ padded->value, &read };
    if (!find_kernel(r, x, f, phase, &attr, &in[f->kernel])) return tg__no_ref();
    tg__value *value = tg__value_new_as(&r->values, x, &shape, &tg__op_dot, 2, &attr, sizeof attr);
    if (!value) return tg__no_ref();
    for (int i = 0; i < 2; i++) {
        value->in[i] = in[i].value;
        if (!(value->view[i] = tg__value_view(&r->values, in[i].view))) return tg__no_ref();
    }
    value->site = f->dot.site;
    const tg__view seen = as_folded(f, &shape);
    const uint32_t kept = tg__value_keep(&r->values);
    const tg__view *view = tg__value_view(&r->values, &seen);
    return view ? (tg__ref){ kept, view } : tg__no_ref();
}
