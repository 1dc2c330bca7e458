/* dot.c: the batched matrix product. Operands may be views: transposes and slices become
 * leading dimensions of the BLAS call. */
#include "ops/ops.h"

#include "runtime/blas.h"

static const tg_site at = { NULL, 0 };

/* A matrix can be handed over as it is if it steps by 1 along one axis, and along the other
 * by at least the first one's length. */
static bool dot_accepts(const tg__view *view)
{
    const int64_t rows = view->dim[view->rank - 2], columns = view->dim[view->rank - 1];
    const int64_t row = view->stride[view->rank - 2], column = view->stride[view->rank - 1];
    if (rows <= 1 && columns <= 1) return true;
    if (rows <= 1) return column == 1;
    if (columns <= 1) return row >= 1;
    return (column == 1 && row >= columns) || (row == 1 && column >= rows);
}

/* A matrix of one row or one column has a stride that does not matter; give it a legal one. */
static tg__matrix matrix(const tg__value *x, int64_t offset)
{
    const tg__view *view = &x->view;
    const int64_t rows = view->dim[view->rank - 2], columns = view->dim[view->rank - 1];
    tg__matrix m = { (const unsigned char *)x->data + (size_t)offset * tg_dtype_size(x->dtype),
                     view->stride[view->rank - 2], view->stride[view->rank - 1] };
    if (columns <= 1) {
        m.column = 1;
        if (rows <= 1) m.row = 1;
    } else if (rows <= 1) {
        m.row = columns;
    }
    return m;
}

static tg_status dot_call(const tg__call *call)
{
    const tg__value *a = &call->in[0], *b = &call->in[1], *y = &call->out;
    const int batch_rank = y->rank - 2;
    const int64_t m = y->dim[batch_rank], n = y->dim[batch_rank + 1], k = a->dim[batch_rank + 1];
    int64_t batches = 1, position[TG_MAX_RANK] = { 0 };
    for (int i = 0; i < batch_rank; i++) batches *= y->dim[i];
    int64_t a_offset = a->view.offset, b_offset = b->view.offset;
    unsigned char *out = y->data;
    for (int64_t batch = 0; batch < batches; batch++) {
        tg__gemm(call->pool, y->dtype, m, n, k, matrix(a, a_offset), matrix(b, b_offset), out,
                 call->scratch);
        out += (size_t)(m * n) * tg_dtype_size(y->dtype);
        for (int i = batch_rank - 1; i >= 0; i--) {
            a_offset += a->view.stride[i];
            b_offset += b->view.stride[i];
            if (++position[i] < y->dim[i]) break;
            a_offset -= a->view.stride[i] * position[i];
            b_offset -= b->view.stride[i] * position[i];
            position[i] = 0;
        }
    }
    return TG_OK;
}

static size_t dot_scratch(tg_dtype dtype, const int64_t *dim, const void *attr)
{
    (void)dim, (void)attr;
    return tg__gemm_scratch(dtype);
}

/* [m,k] . [k,n] = [m,n]: to a goes [m,n] . [n,k], to b goes [k,m] . [m,n]. */
static void dot_vjp(tg_tensor *y, tg_tensor *g, tg_tensor **to)
{
    to[0] = tg_matmul(g, tg_transpose(y->in[1]));
    to[1] = tg_matmul(tg_transpose(y->in[0]), g);
}

const tg_op tg__op_dot = { .name = "dot",
                           .kind = TG_KIND_CALL,
                           .arity = 2,
                           .flags = TG_OP_VIEWS,
                           .call = dot_call,
                           .accepts = dot_accepts,
                           .scratch = dot_scratch,
                           .vjp = dot_vjp };

/* The batched product of operands of equal rank whose leading axes agree. */
static tg_tensor *dot(tg_site site, tg_tensor *a, tg_tensor *b)
{
    if (!a || !b) return NULL;
    tg_tensor *in[] = { a, b };
    int64_t dim[TG_MAX_RANK];
    memcpy(dim, a->dim, sizeof *dim * a->rank);
    dim[a->rank - 1] = b->dim[b->rank - 1];
    if (!tg__shape_ok(a->tape, site, "matmul", (tg_dtype)a->dtype, a->rank, dim)) return NULL;
    return tg__record(a->tape, site, &tg__op_dot, (tg_dtype)a->dtype, a->rank, dim, 2, in, NULL, 0);
}

/* Broadcasts the leading axes of both to one shape; false with a story. */
static bool align_batches(tg_site site, tg_tensor **a, tg_tensor **b)
{
    tg_tensor *in[] = { *a, *b };
    const int rank = in[0]->rank > in[1]->rank ? in[0]->rank : in[1]->rank;
    int64_t dim[2][TG_MAX_RANK];
    for (int i = 0; i < rank - 2; i++) {
        int64_t size = 1;
        for (int k = 0; k < 2; k++) {
            const int axis = i - (rank - in[k]->rank);
            if (axis < 0 || in[k]->dim[axis] == 1) continue;
            if (size != 1 && size != in[k]->dim[axis]) {
                tg__fail_op(in[0]->tape, site, TG_ERR_SHAPE, "matmul", 2, in,
                            "the leading axes do not broadcast");
                return false;
            }
            size = in[k]->dim[axis];
        }
        dim[0][i] = dim[1][i] = size;
    }
    for (int k = 0; k < 2; k++)
        for (int i = 1; i <= 2; i++) dim[k][rank - i] = in[k]->dim[in[k]->rank - i];
    *a = tg__broadcast_to(site, in[0], rank, dim[0]);
    *b = tg__broadcast_to(site, in[1], rank, dim[1]);
    return *a && *b;
}

tg_tensor *(tg_matmul)(tg_site site, tg_tensor *a, tg_tensor *b)
{
    tg_tensor *in[] = { a, b };
    if (!tg__ready(site, "matmul", 2, in) || !tg__dtype_in(site, "matmul", a, TG_SET_FLOAT) ||
        !tg__dtype_in(site, "matmul", b, TG_SET_FLOAT))
        return NULL;
    if (a->dtype != b->dtype)
        return tg__fail_op(a->tape, site, TG_ERR_DTYPE, "matmul", 2, in,
                           "the operands are %s and %s; use tg_cast",
                           tg_dtype_name((tg_dtype)a->dtype), tg_dtype_name((tg_dtype)b->dtype));
    if (a->rank < 2 || b->rank < 2)
        return tg__fail_op(a->tape, site, TG_ERR_SHAPE, "matmul", 2, in,
                           "both operands need at least two axes; tg_reshape a vector to a matrix "
                           "of one row or one column");
    if (a->dim[a->rank - 1] != b->dim[b->rank - 2]) {
        char left[TG_SHAPE_TEXT], right[TG_SHAPE_TEXT];
        const bool turned = a->dim[a->rank - 1] == b->dim[b->rank - 1];
        tg__fail_op(a->tape, site, TG_ERR_SHAPE, "matmul", 2, in,
                    "inner dimensions differ: %s . %s", tg__shape_text(left, a->rank, a->dim),
                    tg__shape_text(right, b->rank, b->dim));
        if (turned && a->tape->error.status == TG_ERR_SHAPE)
            tg__error_add(&a->tape->error, "\n    did you mean tg_matmul(x, tg_transpose(w))?");
        return NULL;
    }
    const size_t length = a->tape->count;
    if (b->rank == 2 && a->rank > 2) {
        /* One product instead of many: the leading axes of a are so many more rows. */
        int64_t rows = 1, dim[TG_MAX_RANK];
        for (int i = 0; i < a->rank - 1; i++) rows *= dim[i] = a->dim[i];
        dim[a->rank - 1] = b->dim[1];
        tg_tensor *flat = tg__reshape_to(site, a, 2, (int64_t[]){ rows, a->dim[a->rank - 1] });
        return tg__whole(a->tape, length, tg__reshape_to(site, dot(site, flat, b), a->rank, dim));
    }
    tg_tape *tape = a->tape;
    return tg__whole(tape, length, align_batches(site, &a, &b) ? dot(site, a, b) : NULL);
}
