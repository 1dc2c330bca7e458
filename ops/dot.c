/* dot.c: the product of two arrays over any axes, batched. Operands may be views: transposes and
 * slices become leading dimensions of a BLAS call, and axes that no stride can join (those of
 * sliding windows, of batches further in) are walked while the built-in kernel packs them. So a
 * convolution is a product of windows that are never laid out in memory. */
#include "ops/dot.h"
#include "ops/dot_loop.h"
#include "ops/dot_rewrite.h"
#include "ops/ops.h"

/* ---- The call --------------------------------------------------------------------------- */

static void multiply(void *context, int64_t first, int64_t last, int worker)
{
    const tg__batches *p = context;
    const tg__operand *y = &p->call->out;
    const size_t bytes = (size_t)(p->m * p->n) * tg_dtype_size(y->dtype);
    unsigned char *scratch = p->call->scratch;
    scratch += (size_t)worker * tg__gemm_scratch(y->dtype);
    for (int64_t i = first; i < last; i++) {
        const tg__matrix left = tg__dot_matrix(p, 0, i);
        const tg__matrix right = tg__dot_matrix(p, 1, i);
        tg__gemm(p->pool, y->dtype, p->m, p->n, p->k, left, right,
                 (unsigned char *)y->data + (size_t)i * bytes, scratch);
    }
}

/* Many products are shared out among threads, few are cut each: the bits are the same. */
static tg_status dot_call(const tg__call *call)
{
    tg__batches p = tg__dot_batches(call);
    const bool shared = p.count >= 2 * tg__pool_threads(call->pool);
    if (!shared) p.pool = call->pool;
    tg__parallel(shared ? call->pool : NULL, p.count, 1, multiply, &p);
    return TG_OK;
}

static size_t dot_scratch(const tg__call *call, int threads)
{
    return tg__gemm_scratch(call->out.dtype) * (size_t)threads;
}

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
                           .accepts = tg__dot_accepts,
                           .scratch = dot_scratch,
                           .rows = &tg__dot_rows,
                           .collect = &tg__dot_collect,
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
