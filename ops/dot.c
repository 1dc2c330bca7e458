/* dot.c: the product of two arrays over any axes, batched. Operands may be views: transposes and
 * slices become leading dimensions of a BLAS call, and axes that no stride can join (those of
 * sliding windows, of batches further in) are walked while the built-in kernel packs them. So a
 * convolution is a product of windows that are never laid out in memory. */
#include "ops/dot.h"
#include "ops/dot_rewrite.h"
#include "ops/ops.h"

#include "kernels/blas.h"

/* ---- Operands as matrices --------------------------------------------------------------- */

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
static bool dot_accepts(const void *attr, int operand, const tg__view *view)
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

/* ---- The call --------------------------------------------------------------------------- */

/* One product for each place of the batch. */
typedef struct batches {
    const tg__call *call;
    tg__pool *pool; /* of each product; NULL where the batch is shared out */
    int rank;       /* axes of the batch */
    int64_t count, m, n, k;
    tg__steps rows[2], columns[2];
} batches;

/* Where the operand begins for that place of the batch. */
static int64_t offset_of(const batches *p, const tg__view *view, int64_t place)
{
    int64_t offset = view->offset;
    for (int i = p->rank - 1; i >= 0; i--) {
        offset += place % view->dim[i] * view->stride[i];
        place /= view->dim[i];
    }
    return offset;
}

static void multiply(void *context, int64_t first, int64_t last, int worker)
{
    const batches *p = context;
    const tg__operand *a = &p->call->in[0], *b = &p->call->in[1], *y = &p->call->out;
    const size_t bytes = (size_t)(p->m * p->n) * tg_dtype_size(y->dtype);
    unsigned char *scratch = p->call->scratch;
    scratch += (size_t)worker * tg__gemm_scratch(y->dtype);
    for (int64_t i = first; i < last; i++) {
        const tg__matrix left = matrix(a, offset_of(p, &a->view, i), &p->rows[0], &p->columns[0]);
        const tg__matrix right = matrix(b, offset_of(p, &b->view, i), &p->rows[1], &p->columns[1]);
        tg__gemm(p->pool, y->dtype, p->m, p->n, p->k, left, right,
                 (unsigned char *)y->data + (size_t)i * bytes, scratch);
    }
}

static batches batches_of(const tg__call *call)
{
    const tg__dot_attr *attr = call->attr;
    batches p = { .call = call, .rank = (int)attr->batch, .count = 1, .m = 1, .n = 1, .k = 1 };
    for (int i = 0; i < call->out.rank; i++)
        *(i < attr->batch ? &p.count : i < attr->batch + attr->m ? &p.m : &p.n) *= call->out.dim[i];
    for (int64_t i = 0; i < attr->k; i++) p.k *= call->in[1].dim[attr->batch + i];
    for (int i = 0; i < 2; i++) sides_of(attr, i, &call->in[i].view, &p.rows[i], &p.columns[i]);
    return p;
}

/* Many products are shared out among threads, few are cut each: the bits are the same. */
static tg_status dot_call(const tg__call *call)
{
    batches p = batches_of(call);
    const bool shared = p.count >= 2 * tg__pool_threads(call->pool);
    if (!shared) p.pool = call->pool;
    tg__parallel(shared ? call->pool : NULL, p.count, 1, multiply, &p);
    return TG_OK;
}

static size_t dot_scratch(const tg__call *call, int threads)
{
    return tg__gemm_scratch(call->out.dtype) * (size_t)threads;
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

/* ---- Some rows of it -------------------------------------------------------------------- */

/* A right factor that stays in a small cache, packed, beside the strip and what else the loop
 * reads, and as many rows as packing it is worth. */
static int64_t dot_columns(const tg__call *call)
{
    enum { MOST_BYTES = 32 * 1024, LEAST_ROWS = 64 };
    const batches p = batches_of(call);
    const double bytes = (double)p.n * (double)p.k * (double)tg_dtype_size(call->out.dtype);
    if (p.m < LEAST_ROWS || bytes > MOST_BYTES || !tg__gemm_packs(call->out.dtype, p.m, p.n, p.k))
        return 0;
    for (int i = 0; i < 2; i++)
        if (p.rows[i].count > 1 || p.columns[i].count > 1) return 0;
    return p.n;
}

/* In a worker's memory: 1 + where the right factor begins that is packed, or 0; that factor; and
 * what the product needs. */
enum { PACKED_AT = 64 };

static size_t packed_bytes(const batches *p)
{
    return (tg__gemm_packed_bytes(p->call->out.dtype, p->n, p->k) + 63) & ~(size_t)63;
}

static size_t dot_rows_scratch(const tg__call *call)
{
    const batches p = batches_of(call);
    return PACKED_AT + packed_bytes(&p) + tg__gemm_rows_scratch();
}

static void dot_rows(const tg__call *call, int64_t first, int64_t count, void *out)
{
    const batches p = batches_of(call);
    const tg__operand *a = &call->in[0], *b = &call->in[1];
    const tg_dtype dtype = call->out.dtype;
    const int64_t size = (int64_t)tg_dtype_size(dtype);
    int64_t *packed_from = call->scratch;
    unsigned char *packed = (unsigned char *)call->scratch + PACKED_AT, *to = out;
    for (int64_t rows; count > 0; first += rows, count -= rows, to += rows * p.n * size) {
        const int64_t place = first / p.m, row = first % p.m;
        const int64_t from = offset_of(&p, &b->view, place);
        rows = p.m - row < count ? p.m - row : count;
        if (*packed_from != 1 + from) {
            tg__gemm_pack(dtype, p.n, p.k, matrix(b, from, &p.rows[1], &p.columns[1]), packed);
            *packed_from = 1 + from;
        }
        tg__matrix left = matrix(a, offset_of(&p, &a->view, place), &p.rows[0], &p.columns[0]);
        left.data = (const unsigned char *)left.data + row * left.row * size;
        tg__gemm_rows(dtype, rows, p.n, p.k, left, packed, to, packed + packed_bytes(&p));
    }
}

static const tg__row_call row_call = { .columns = dot_columns,
                                       .scratch = dot_rows_scratch,
                                       .compute = dot_rows };

static double dot_operations(const void *attr, const tg__view *const in[], int64_t results)
{
    const tg__dot_attr *dot = attr;
    double terms = 1;
    for (int64_t i = 0; i < dot->k; i++) terms *= (double)in[1]->dim[dot->batch + i];
    return 2 * terms * (double)results;
}

/* ---- The definition ---------------------------------------------------------------------- */

/* The sum of products of a row and a column, as doubles: halves of halves. (One call inside the
 * other for each halving.) */
static double dot_of(tg_dtype dtype, const unsigned char *a, const unsigned char *b, int64_t b_step,
                     int64_t k)
{
    const size_t size = tg_dtype_size(dtype);
    if (k > 64) {
        const int64_t half = k / 2;
        return dot_of(dtype, a, b, b_step, half) + dot_of(dtype, a + (size_t)half * size,
                                                          b + (size_t)(half * b_step) * size,
                                                          b_step, k - half);
    }
    double sum = 0;
    for (int64_t p = 0; p < k; p++)
        sum += tg__load_scalar((int)dtype, a + (size_t)p * size) *
               tg__load_scalar((int)dtype, b + (size_t)(p * b_step) * size);
    return sum;
}

/* The batched matrix product by its definition. */
static tg_status dot_reference(const tg__call *call)
{
    const tg__operand *a = &call->in[0], *b = &call->in[1], *y = &call->out;
    const tg__dot_attr *attr = call->attr;
    int64_t count = 1, m = 1, n = 1, k = 1;
    for (int i = 0; i < y->rank; i++)
        *(i < attr->batch ? &count : i < attr->batch + attr->m ? &m : &n) *= y->dim[i];
    for (int64_t i = attr->batch + attr->m; i < a->rank; i++) k *= a->dim[i];
    const unsigned char *pa = a->data, *pb = b->data;
    const size_t size = tg_dtype_size(y->dtype);
    for (int64_t batch = 0; batch < count; batch++)
        for (int64_t i = 0; i < m; i++)
            for (int64_t j = 0; j < n; j++) {
                const unsigned char *row = pa + (size_t)((batch * m + i) * k) * size;
                const unsigned char *column = pb + (size_t)(batch * k * n + j) * size;
                const double sum = dot_of(y->dtype, row, column, n, k);
                tg__store_scalar((int)y->dtype, sum,
                                 (unsigned char *)y->data +
                                     (size_t)((batch * m + i) * n + j) * size);
            }
    return TG_OK;
}

/* ---- The rule --------------------------------------------------------------------------- */

/* Behind the batch, the second [q] axes before the first [p]. */
static tg_tensor *exchanged(tg_site at, tg_tensor *x, int64_t batch, int64_t p, int64_t q)
{
    tg_axes axes = { 0 };
    for (int64_t i = 0; i < batch; i++) axes.axis[axes.count++] = (int)i;
    for (int64_t i = 0; i < q; i++) axes.axis[axes.count++] = (int)(batch + p + i);
    for (int64_t i = 0; i < p; i++) axes.axis[axes.count++] = (int)(batch + i);
    return p && q ? tg_permute(x, axes) : x;
}

/* [m,k] . [k,n] = [m,n]: to a goes [m,n] . [n,k], to b goes [k,m] . [m,n]. */
static void dot_vjp(tg_tensor *y, tg_tensor *g, tg_tensor **to)
{
    const tg__dot_attr *of = y->attr;
    const tg_site at = *y->site;
    tg_tensor *a = exchanged(at, y->in[0], of->batch, of->m, of->k);
    tg_tensor *b = exchanged(at, y->in[1], of->batch, of->k, of->n);
    to[0] = tg__dot(at, "dot", g, b, (tg__dot_attr){ of->batch, of->m, of->k, of->n });
    to[1] = tg__dot(at, "dot", a, g, (tg__dot_attr){ of->batch, of->k, of->n, of->m });
}

/* Behind the batch, of which there is none: how many elements the axes have. */
static int64_t size_of(const tg_tensor *x, int64_t first, int64_t count)
{
    int64_t size = 1;
    for (int64_t i = first; i < first + count; i++) size *= x->dim[i];
    return size;
}

/* Of many products with one right factor, as those of a recurrent net's steps, its cotangent is one
 * product of all the left factors with all the cotangents: worth it where copying those side by
 * side is less than making and adding a product for each. */
static int dot_joins(const tg_tensor *y)
{
    const tg__dot_attr *of = y->attr;
    const tg_tensor *a = y->in[0], *b = y->in[1];
    if (of->batch > 0 || a->rank == TG_MAX_RANK || y->rank == TG_MAX_RANK) return -1;
    const double m = (double)size_of(a, 0, of->m), k = (double)size_of(b, 0, of->k);
    const double n = (double)size_of(b, of->k, of->n);
    return m * (k + n) < k * n ? 1 : -1;
}

/* [m, k] of each stacked, as [k, count, m], times the cotangents [count, m, n]. */
static tg_tensor *dot_join(tg_tensor *x, size_t count, tg_tensor *const y[], tg_tensor *const g[])
{
    const tg_site at = *y[0]->site;
    const tg__dot_attr *of = y[0]->attr;
    for (size_t i = 1; i < count; i++)
        if (memcmp(y[i]->attr, of, sizeof *of) != 0 || !tg__same_shape(y[i]->in[0], y[0]->in[0]))
            return NULL;
    tg_tensor **list = tg_scratch(x->tape, 2 * count * sizeof *list);
    if (!list || count >= UINT16_MAX) return NULL;
    tg_tensor **cotangents = list + count;
    for (size_t i = 0; i < count; i++) {
        list[i] = y[i]->in[0];
        cotangents[i] = g[i];
    }
    tg_tensor *left = tg_stack((tg_list){ count, list }, 0);
    left = exchanged(at, left, 0, 1 + of->m, of->k);
    tg_tensor *right = tg_stack((tg_list){ count, cotangents }, 0);
    return tg__dot(at, "dot", left, right, (tg__dot_attr){ 0, of->k, of->n, 1 + of->m });
}

static void dot_print(const void *attr, FILE *out)
{
    const tg__dot_attr *dot = attr;
    if (dot->m == 1 && dot->n == 1 && dot->k == 1) return;
    fprintf(out, " axes=%d,%d,%d", (int)dot->m, (int)dot->n, (int)dot->k);
}

const tg_op tg__op_dot = { .name = "dot",
                           .kind = TG_KIND_CALL,
                           .arity = 2,
                           .flags = TG_OP_VIEWS,
                           .call = dot_call,
                           .reference = dot_reference,
                           .operations = dot_operations,
                           .rewrites = &tg__dot_rewrites,
                           .accepts = dot_accepts,
                           .scratch = dot_scratch,
                           .rows = &row_call,
                           .vjp = dot_vjp,
                           .joins = dot_joins,
                           .join = dot_join,
                           .print = dot_print };

tg_tensor *tg__dot(tg_site at, const char *name, tg_tensor *a, tg_tensor *b, tg__dot_attr attr)
{
    if (!a || !b) return NULL;
    int64_t dim[TG_MAX_RANK];
    int rank = 0;
    for (int64_t i = 0; i < attr.batch + attr.m; i++) dim[rank++] = a->dim[i];
    for (int64_t i = 0; i < attr.n; i++) dim[rank++] = b->dim[attr.batch + attr.k + i];
    if (!tg__shape_ok(a->tape, at, name, (tg_dtype)a->dtype, rank, dim)) return NULL;
    return tg__record(a->tape, at, &tg__op_dot, (tg_dtype)a->dtype, rank, dim, 2,
                      (tg_tensor *[]){ a, b }, &attr, sizeof attr);
}

/* ---- Matrix products -------------------------------------------------------------------- */

/* Broadcasts the leading axes of both to one shape; false with an error. */
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

tg_tensor *tg_matmul_at(tg_site site, tg_tensor *a, tg_tensor *b)
{
    site = tg__within(site, "tg_matmul");
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
    /* One product instead of many: the leading axes of a are so many more rows. */
    if (b->rank == 2) return tg__dot(site, "matmul", a, b, (tg__dot_attr){ 0, a->rank - 1, 1, 1 });
    tg_tape *tape = a->tape;
    const size_t length = tape->count;
    if (!align_batches(site, &a, &b)) return tg__whole(tape, length, NULL);
    return tg__whole(tape, length,
                     tg__dot(site, "matmul", a, b, (tg__dot_attr){ a->rank - 2, 1, 1, 1 }));
}
