/* dot_matrix.c: operands of products as matrices: their axes are joined where they step as one. */
#include "ops/dot_matrix.h"

/* Axes [first, first + count) of a view, those of size 1 left out, and joined where they step as
 * one. */
static tg__steps steps_of(const tg__view *view, int first, int count)
{
    tg__steps steps = { 0 };
    for (int i = first; i < first + count; i++) {
        if (view->dim[i] == 1) continue;
        const int last = steps.count - 1;
        if (last >= 0 && steps.step[last] == view->dim[i] * view->stride[i]) {
            steps.size[last] *= view->dim[i];
            steps.step[last] = view->stride[i];
            continue;
        }
        steps.size[steps.count] = view->dim[i];
        steps.step[steps.count++] = view->stride[i];
    }
    return steps;
}

static int64_t length_of(const tg__steps *steps)
{
    int64_t length = 1;
    for (int i = 0; i < steps->count; i++) length *= steps->size[i];
    return length;
}

/* The rows and columns of operand [i]. */
static void sides_of(const tg__dot_attr *attr, int i, const tg__view *view, tg__steps *rows,
                     tg__steps *columns)
{
    const int batch = (int)attr->batch, m = (int)attr->m, n = (int)attr->n, k = (int)attr->k;
    *rows = steps_of(view, batch, i == 0 ? m : k);
    *columns = steps_of(view, batch + (i == 0 ? m : k), i == 0 ? k : n);
}

static int64_t stride_of(const tg__steps *steps)
{
    return steps->count ? steps->step[steps->count - 1] : 0;
}

/* A plain matrix can be handed over as it is if it steps by 1 along one axis, and along the other
 * by at least the first one's length; or if it is windows, which overlap: laid out, they would be
 * several times what they look at. Others need runs that are worth packing, too; along the summed
 * axes these may go backwards, as those of a kernel that is turned around. */
bool tg__dot_accepts(const void *attr, int operand, const tg__view *view)
{
    tg__steps rows, columns;
    sides_of(attr, operand, view, &rows, &columns);
    const int64_t row = stride_of(&rows), column = stride_of(&columns);
    if (rows.count == 0 && columns.count == 0) return true;
    if (rows.count <= 1 && columns.count <= 1) {
        if (rows.count == 0) return column == 1;
        if (columns.count == 0) return row >= 1;
        return (column == 1 && row >= 1) || (row == 1 && column >= 1);
    }
    return row == 1 || column == 1 || (operand == 0 ? column : row) == -1;
}

/* A matrix of one row or one column has a stride that does not matter; give it a legal one. */
static tg__matrix matrix(const tg__operand *x, int64_t offset, const tg__steps *rows,
                         const tg__steps *columns)
{
    tg__matrix m = { .data =
                         (const unsigned char *)x->data + offset * (int64_t)tg_dtype_size(x->dtype),
                     .row = stride_of(rows),
                     .column = stride_of(columns),
                     .rows = rows->count > 1 ? rows : NULL,
                     .columns = columns->count > 1 ? columns : NULL };
    if (columns->count == 0) {
        m.column = 1;
        if (rows->count == 0) m.row = 1;
    } else if (rows->count == 0) {
        m.row = length_of(columns);
    }
    return m;
}

bool tg__dot_sums_in_lanes(const tg__dot_attr *attr, tg_dtype dtype, const tg__view *a,
                           const tg__view *b)
{
    const tg__operand x = { .view = *a, .dtype = dtype }, y = { .view = *b, .dtype = dtype };
    tg__steps rows[2], columns[2];
    sides_of(attr, 0, a, &rows[0], &columns[0]);
    sides_of(attr, 1, b, &rows[1], &columns[1]);
    return tg__gemm_has_dots(dtype, length_of(&rows[0]), length_of(&columns[1]),
                             length_of(&rows[1]), matrix(&x, 0, &rows[0], &columns[0]),
                             matrix(&y, 0, &rows[1], &columns[1]));
}

int64_t tg__dot_offset(const tg__batches *p, const tg__view *view, int64_t place)
{
    int64_t offset = view->offset;
    for (int i = p->rank - 1; i >= 0; i--) {
        offset += place % view->dim[i] * view->stride[i];
        place /= view->dim[i];
    }
    return offset;
}

tg__matrix tg__dot_matrix(const tg__batches *p, int i, int64_t place)
{
    const tg__operand *x = &p->call->in[i];
    return matrix(x, tg__dot_offset(p, &x->view, place), &p->rows[i], &p->columns[i]);
}

tg__batches tg__dot_batches(const tg__call *call)
{
    const tg__dot_attr *attr = call->attr;
    tg__batches p = { .call = call, .rank = (int)attr->batch, .count = 1, .m = 1, .n = 1, .k = 1 };
    for (int i = 0; i < call->out.rank; i++)
        *(i < attr->batch ? &p.count : i < attr->batch + attr->m ? &p.m : &p.n) *= call->out.dim[i];
    for (int64_t i = 0; i < attr->k; i++) p.k *= call->in[1].dim[attr->batch + i];
    for (int i = 0; i < 2; i++) sides_of(attr, i, &call->in[i].view, &p.rows[i], &p.columns[i]);
    return p;
}
