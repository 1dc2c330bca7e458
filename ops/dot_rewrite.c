/* dot_rewrite.c: the rewrite rules of products: what is turned around or cut behind a product is
 * done before it, and a product over one term is a multiplication. The rules are given values of
 * that operation only, and take it from there. */
#include "ops/dot_rewrite.h"

#include "ops/ops.h"

/* ---- Axes ------------------------------------------------------------------------------- */

bool tg__dot_find_axes(const tg__value *dot, const tg__view *view, int *axis)
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

int tg__dot_operand_of(const tg__dot_attr *attr, int k)
{
    if (k < attr->batch) return -1;
    return k < attr->batch + attr->m ? 0 : 1;
}

int tg__dot_operand_axis(const tg__dot_attr *attr, int operand, int k)
{
    return operand == 0 ? k : (int)(k - attr->m + attr->k);
}

tg__view tg__view_permuted(const tg__view *view, const int *order)
{
    tg__view out = { .rank = view->rank, .offset = view->offset };
    for (int i = 0; i < view->rank; i++) {
        out.dim[i] = view->dim[order[i]];
        out.stride[i] = view->stride[order[i]];
    }
    return out;
}

/* ---- Transposed products ---------------------------------------------------------------- */

/* The view with the axes behind the batch exchanged: the second [q] before the first [p]. */
static tg__view exchanged(const tg__view *view, int64_t batch, int64_t p, int64_t q)
{
    tg__view out = *view;
    for (int64_t i = 0; i < p + q; i++) {
        const int64_t from = batch + (i < q ? p + i : i - q), to = batch + i;
        out.dim[to] = view->dim[from];
        out.stride[to] = view->stride[from];
    }
    return out;
}

static bool same_steps(const tg__view *a, const tg__view *b)
{
    for (int i = 0; i < a->rank; i++)
        if (a->dim[i] != b->dim[i] || (a->stride[i] != b->stride[i] && a->dim[i] != 1))
            return false;
    return a->rank == b->rank && a->offset == b->offset;
}

/* If [part] is nothing but the transpose of the whole product, which nobody else wants, the product
 * of the transposes in the other order: (a . b)^T = b^T . a^T. Reading operands in another order
 * costs nothing; the product may round differently. */
static bool transposed(tg__rewriter *r, const tg_tensor *x, tg__ref of, const tg__view *part,
                       tg__ref *result)
{
    const tg_tensor *operand = x->in[0];
    const tg_op *product = tg__value_at(r, of.value)->op;
    if (of.view || operand->op != product || tg__uses_of(r, operand) != 1 ||
        x->rank != operand->rank)
        return false;
    const tg__dot_attr *attr = operand->attr;
    const tg__view dense = tg__view_dense(operand->rank, operand->dim);
    const tg__view turned = exchanged(&dense, attr->batch, attr->m, attr->n);
    if (!same_steps(part, &turned)) return false;
    *result = tg__no_ref();
    const tg__dot_attr other = { attr->batch, attr->n, attr->m, attr->k };
    tg__value *value = tg__value_new(&r->values, x, product, 2);
    if (!value || !tg__value_set_attr(&r->values, value, &other, sizeof other)) return true;
    const tg__value *dot = tg__value_at(r, of.value);
    const tg__view left = exchanged(dot->view[1], attr->batch, attr->k, attr->n);
    const tg__view right = exchanged(dot->view[0], attr->batch, attr->m, attr->k);
    value->in[0] = dot->in[1];
    value->in[1] = dot->in[0];
    value->site = dot->site;
    if (!(value->view[0] = tg__value_view(&r->values, &left)) ||
        !(value->view[1] = tg__value_view(&r->values, &right)))
        return true;
    *result = (tg__ref){ tg__value_keep(&r->values), NULL };
    return true;
}

/* ---- Parts of products ------------------------------------------------------------------ */

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

/* If [x] shows a part of a product that nobody else wants, cut along one axis that is one
 * operand's: the product with that part of the operand. */
static bool sliced(tg__rewriter *r, const tg_tensor *x, tg__ref of, const tg__view *whole,
                   const tg__view *part, tg__ref *result)
{
    int axes[TG_MAX_RANK];
    if (tg__uses_of(r, x->in[0]) != 1) return false;
    const tg__value dot = *tg__value_at(r, of.value);
    const tg__dot_attr *attr = dot.attr;
    const int narrowed = narrowed_axis(whole, part);
    if (narrowed < 0 || !tg__dot_find_axes(&dot, whole, axes)) return false;
    const int axis = axes[narrowed], operand = tg__dot_operand_of(attr, axis);
    const int64_t start = (part->offset - whole->offset) / whole->stride[narrowed];
    if (operand < 0 || whole->offset + start * whole->stride[narrowed] != part->offset)
        return false;

    int64_t dim[TG_MAX_RANK];
    memcpy(dim, dot.dim, sizeof *dim * dot.rank);
    dim[axis] = part->dim[narrowed];
    const tg__view shape = tg__view_dense(dot.rank, dim);
    tg__view view = *dot.view[operand];
    const int of_operand = tg__dot_operand_axis(attr, operand, axis);
    view.offset += start * view.stride[of_operand];
    view.dim[of_operand] = dim[axis];
    *result = tg__no_ref();
    tg__value *value = tg__value_new_as(&r->values, x, &shape, dot.op, 2, attr, sizeof *attr);
    if (!value) return true;
    for (int i = 0; i < 2; i++) {
        value->in[i] = dot.in[i];
        value->view[i] = i == operand ? tg__value_view(&r->values, &view) : dot.view[i];
        if (!value->view[i]) return true;
    }
    value->site = dot.site;
    const tg__view seen = tg__view_permuted(&shape, axes);
    const uint32_t kept = tg__value_keep(&r->values);
    const tg__view *kept_view = tg__value_view(&r->values, &seen);
    if (kept_view) *result = (tg__ref){ kept, kept_view };
    return true;
}

static bool rewrite_view(tg__rewriter *r, const tg_tensor *x, tg__ref of, const tg__view *whole,
                         const tg__view *part, tg__ref *result)
{
    return transposed(r, x, of, part, result) || sliced(r, x, of, whole, part, result);
}

/* ---- Outer products --------------------------------------------------------------------- */

/* An operand of the product, seen in the product's shape: the axes [first, first + count) of [dim]
 * are the other one's, along which it repeats. Its own axes in [view], those that are summed over
 * left out, follow one another. */
static tg__view spread(const tg__view *view, const tg__value *product, int first, int count,
                       int summed, int terms)
{
    tg__view out = { .rank = product->rank, .offset = view->offset };
    int from = 0;
    for (int i = 0; i < product->rank; i++) {
        if (from == summed) from += terms;
        out.dim[i] = product->dim[i];
        if (i < first || i >= first + count) out.stride[i] = view->stride[from++];
    }
    return out;
}

/* A product that sums over one term is a multiplication, which a loop takes with what follows: the
 * gradient of a weight by one row of a batch goes into the update without being laid out. Last, so
 * that transposes have found their products before. */
static bool spread_outer(tg__rewriter *r, uint32_t v)
{
    tg__value *x = tg__value_at(r, v);
    const tg__dot_attr *attr = x->attr;
    const int batch = (int)attr->batch, m = (int)attr->m, n = (int)attr->n, k = (int)attr->k;
    int64_t terms = 1;
    for (int i = 0; i < k; i++) terms *= x->view[1]->dim[batch + i];
    if (terms != 1) return true;
    const tg__view side[2] = { spread(x->view[0], x, batch + m, n, batch + m, k),
                               spread(x->view[1], x, batch, m, batch, k) };
    x->op = &tg__op_mul;
    x->attr = NULL;
    x->attr_size = 0;
    for (int i = 0; i < 2; i++)
        if (!tg__value_set_map_operand(&r->values, x, i, (tg__ref){ x->in[i], &side[i] }))
            return false;
    return true;
}

const tg__rewrites tg__dot_rewrites = { .view = rewrite_view, .last = spread_outer };
