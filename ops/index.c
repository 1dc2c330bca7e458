/* index.c: gather and its adjoint scatter-add, by slices and by single elements; and the check
 * of an index. Indices are data, so they are checked in every run. The check is a node of its
 * own before every gather and scatter: equal checks merge, and nothing is read or written by an
 * index that was not checked. */
#include "ops/index.h"
#include "kernels/accumulate.h"
#include "kernels/vector.h"

#include <inttypes.h>

static const tg_site at = { 0 };

static tg_status check(const tg__call *call, const tg__operand *index, int64_t size)
{
    const int64_t count = tg__operand_count(index);
    for (int64_t i = 0; i < count; i++) {
        const int64_t value = tg__index_at(index, i);
        if (value >= 0 && value < size) continue;
        tg__error_set(call->error, TG_ERR_INDEX,
                      "index %" PRId64 " at position %" PRId64 " is outside [0, %" PRId64 ")",
                      value, i, size);
        return TG_ERR_INDEX;
    }
    return TG_OK;
}

void tg__index_print(const void *attr, FILE *out)
{
    const tg__index_attr *index = attr;
    fprintf(out, " axis=%d size=%" PRId64, (int)index->axis, index->size);
}

/* ---- Gather ----------------------------------------------------------------------------- */

/* Elements that one thread at least moves. Rows by an index are far apart: those that come so much
 * later are called for in time. */
enum { GRAIN = 16384, AHEAD = 12 };

/* Rows that an index names: [picks] of them, of [run] bytes, from each of some slices of [size]. */
typedef struct gather_job {
    const tg__operand *x, *index;
    unsigned char *to;
    size_t run;
    int64_t picks, size;
} gather_job;

static void gather_rows(void *context, int64_t first, int64_t last, int worker)
{
    const gather_job *job = context;
    (void)worker;
    int64_t slice = first / job->picks, k = first % job->picks;
    for (int64_t i = first; i < last; i++) {
        const unsigned char *from = job->x->data;
        from += (size_t)(slice * job->size) * job->run;
        if (k + AHEAD < job->picks)
            __builtin_prefetch(from + (size_t)tg__index_at(job->index, k + AHEAD) * job->run);
        tg__copy_run(job->to + (size_t)i * job->run,
                     from + (size_t)tg__index_at(job->index, k) * job->run, job->run);
        if (++k == job->picks) k = 0, slice++;
    }
}

static tg_status gather_call(const tg__call *call)
{
    const tg__index_attr *attr = call->attr;
    const tg__operand *x = &call->in[0], *index = &call->in[1];
    int64_t outer, inner;
    tg__around(x, attr->axis, &outer, &inner);
    gather_job job = { .x = x,
                       .index = index,
                       .to = call->out.data,
                       .run = (size_t)inner * tg_dtype_size(x->dtype),
                       .picks = tg__operand_count(index),
                       .size = attr->size };
    tg__parallel(call->pool, outer * job.picks, 1 + GRAIN / (inner + 1), gather_rows, &job);
    return TG_OK;
}

static void gather_vjp(tg_tensor *y, tg_tensor *g, tg_tensor **to)
{
    to[0] = tg__scatter(at, &tg__op_scatter_add, g, y->in[1], *(const tg__index_attr *)y->attr);
}

const tg_op tg__op_gather = { .name = "gather",
                              .kind = TG_KIND_CALL,
                              .arity = 2,
                              .call = gather_call,
                              .vjp = gather_vjp,
                              .print = tg__index_print };

static bool index_ok(tg_site site, const char *name, tg_tensor *x, tg_tensor *index)
{
    tg_tensor *in[] = { x, index };
    if (!tg__ready(site, name, 2, in)) return false;
    if (index->dtype == TG_I32 || index->dtype == TG_I64) return true;
    tg__fail_op(x->tape, site, TG_ERR_DTYPE, name, 2, in,
                "an index is i32 or i64, not %s; use tg_cast",
                tg_dtype_name((tg_dtype)index->dtype));
    return false;
}

tg_tensor *tg_gather_at(tg_site site, tg_tensor *x, tg_tensor *index, int axis)
{
    site = tg__within(site, "tg_gather");
    tg_tensor *in[] = { x, index };
    if (!index_ok(site, "gather", x, index)) return NULL;
    const int positive = tg__axis(site, "gather", x, axis);
    if (positive < 0) return NULL;
    if (x->rank - 1 + index->rank > TG_MAX_RANK)
        return tg__fail_op(x->tape, site, TG_ERR_SHAPE, "gather", 2, in,
                           "the result would have %d axes, more than %d", x->rank - 1 + index->rank,
                           TG_MAX_RANK);
    const tg__index_attr attr = { positive, x->dim[positive] };
    const size_t length = x->tape->count;
    tg_tensor *checked = tg_check_index_at(site, index, attr.size);
    return tg__whole(x->tape, length, tg__gather(site, x, checked, attr));
}

tg_tensor *tg__gather(tg_site site, tg_tensor *x, tg_tensor *checked, tg__index_attr attr)
{
    if (!checked) return NULL;
    int rank = 0;
    int64_t dim[TG_MAX_RANK];
    for (int i = 0; i < attr.axis; i++) dim[rank++] = x->dim[i];
    for (int i = 0; i < checked->rank; i++) dim[rank++] = checked->dim[i];
    for (int i = (int)attr.axis + 1; i < x->rank; i++) dim[rank++] = x->dim[i];
    if (!tg__shape_ok(x->tape, site, "gather", (tg_dtype)x->dtype, rank, dim)) return NULL;
    return tg__record(x->tape, site, &tg__op_gather, (tg_dtype)x->dtype, rank, dim, 2,
                      (tg_tensor *[]){ x, checked }, &attr, sizeof attr);
}

/* ---- Scatter-add ------------------------------------------------------------------------ */

/* Floats that go to one place of the result are read together, in their order, and added up
 * there (accumulate.h). [order] lists the picks by place; those of place p end at end[p]. */
typedef struct sorted_picks {
    int64_t *end, *order;
} sorted_picks;

static size_t scatter_scratch(const tg__call *call, int threads)
{
    (void)threads;
    const tg__index_attr *attr = call->attr;
    if (!tg__is_float((int)call->out.dtype) || tg__operand_count(&call->out) == 0) return 0;
    return sizeof(int64_t) * ((size_t)attr->size + (size_t)tg__operand_count(&call->in[1]));
}

static sorted_picks sort_picks(const tg__operand *index, int64_t size, void *scratch)
{
    const sorted_picks p = { scratch, (int64_t *)scratch + size };
    const int64_t count = tg__operand_count(index);
    memset(p.end, 0, (size_t)size * sizeof *p.end);
    for (int64_t k = 0; k < count; k++) p.end[tg__index_at(index, k)]++;
    /* At first end[p] is where place p begins; the next loop moves it to the end. */
    for (int64_t i = 0, begin = 0; i < size; i++) {
        const int64_t length = p.end[i];
        p.end[i] = begin;
        begin += length;
    }
    for (int64_t k = 0; k < count; k++) p.order[p.end[tg__index_at(index, k)]++] = k;
    return p;
}

TG_INLINE void add_f32(float x, double *sum, double *lost)
{
    (void)lost;
    tg__add_f32(x, sum);
}
TG_INLINE void add_f64(double x, double *sum, double *lost) { tg__add_kept_f64(x, sum, lost); }

/* The sum of [count] rows, by their order, of which [ahead] more follow in the list. */
enum { STRIP = 128, LINE = 64 };
#define SCATTER(id, dtype, type, T, ...)                                                           \
    TG_CLONES static void place_##type(const int64_t *order, int64_t count, int64_t ahead,         \
                                       int64_t inner, const T *x, T *y)                            \
    {                                                                                              \
        for (int64_t j = 0; j < inner; j += STRIP) {                                               \
            const int64_t width = inner - j < STRIP ? inner - j : STRIP;                           \
            double sum[STRIP], lost[STRIP];                                                        \
            memset(sum, 0, (size_t)width * sizeof *sum);                                           \
            memset(lost, 0, (size_t)width * sizeof *lost);                                         \
            for (int64_t k = 0; k < count; k++) {                                                  \
                const T *const row = x + order[k] * inner + j;                                     \
                const T *const later =                                                             \
                    k + AHEAD < count + ahead ? x + order[k + AHEAD] * inner + j : row;            \
                for (int64_t q = 0; q < width; q += LINE / (int64_t)sizeof(T))                     \
                    __builtin_prefetch(later + q);                                                 \
                TG_SIMD                                                                            \
                for (int64_t q = 0; q < width; q++) add_##type(row[q], sum + q, lost + q);         \
            }                                                                                      \
            for (int64_t q = 0; q < width; q++) y[j + q] = (T)(sum[q] + lost[q]);                  \
        }                                                                                          \
    }
#define SCATTER_CASE(id, dtype, type, T, ...)                                                      \
    case dtype:                                                                                    \
        place_##type(order, count, job->picks - begin - count, job->inner,                         \
                     (const T *)job->x + slice * job->picks * job->inner,                          \
                     (T *)job->y + i * job->inner);                                                \
        break;
TG_EACH_FLOAT(SCATTER, scatter)

typedef struct scatter_job {
    sorted_picks sorted;
    tg_dtype dtype;
    const void *x;
    void *y;
    int64_t size, picks, inner;
} scatter_job;

/* Places of the result, of all its slices. */
static void scatter_places(void *context, int64_t first, int64_t last, int worker)
{
    const scatter_job *job = context;
    (void)worker;
    int64_t slice = first / job->size, place = first % job->size;
    for (int64_t i = first; i < last; i++) {
        const int64_t begin = place ? job->sorted.end[place - 1] : 0;
        const int64_t count = job->sorted.end[place] - begin;
        const int64_t *order = job->sorted.order + begin;
        switch (job->dtype) {
            TG_EACH_FLOAT(SCATTER_CASE, scatter)
        default: break;
        }
        if (++place == job->size) place = 0, slice++;
    }
}

#define ADD_RUN(id, dtype, type, T, U, ...)                                                        \
    static void add_run_##type(int64_t n, T *to, const T *from)                                    \
    {                                                                                              \
        for (int64_t i = 0; i < n; i++) to[i] = (T)((U)to[i] + (U)from[i]);                        \
    }
#define ADD_RUN_CASE(id, dtype, type, T, ...)                                                      \
    case dtype: add_run_##type(inner, (T *)y->data + to, (const T *)x->data + from); break;
TG_EACH_INT(ADD_RUN, add)

static void scatter_floats(const tg__call *call, int64_t outer, int64_t inner)
{
    const tg__index_attr *attr = call->attr;
    const tg__operand *x = &call->in[0], *index = &call->in[1];
    scatter_job job = { .sorted = sort_picks(index, attr->size, call->scratch),
                        .dtype = x->dtype,
                        .x = x->data,
                        .y = call->out.data,
                        .size = attr->size,
                        .picks = tg__operand_count(index),
                        .inner = inner };
    const int64_t each = (job.picks / attr->size + 1) * inner;
    tg__parallel(call->pool, outer * attr->size, 1 + GRAIN / each, scatter_places, &job);
}

static tg_status scatter_call(const tg__call *call)
{
    const tg__index_attr *attr = call->attr;
    const tg__operand *x = &call->in[0], *index = &call->in[1], *y = &call->out;
    int64_t outer, inner;
    tg__around(y, attr->axis, &outer, &inner);
    if (tg__operand_count(y) == 0) return TG_OK;
    if (tg__is_float((int)x->dtype)) {
        scatter_floats(call, outer, inner);
        return TG_OK;
    }
    const int64_t picks = tg__operand_count(index);
    memset(y->data, 0, (size_t)tg__operand_count(y) * tg_dtype_size(y->dtype));
    int64_t from = 0;
    for (int64_t i = 0; i < outer; i++)
        for (int64_t k = 0; k < picks; k++, from += inner) {
            const int64_t to = (i * attr->size + tg__index_at(index, k)) * inner;
            switch (x->dtype) {
                TG_EACH_INT(ADD_RUN_CASE, add)
            default: break;
            }
        }
    return TG_OK;
}

static void scatter_vjp(tg_tensor *y, tg_tensor *g, tg_tensor **to)
{
    to[0] = tg__gather(at, g, y->in[1], *(const tg__index_attr *)y->attr);
}

const tg_op tg__op_scatter_add = { .name = "scatter_add",
                                   .kind = TG_KIND_CALL,
                                   .arity = 2,
                                   .call = scatter_call,
                                   .scratch = scatter_scratch,
                                   .vjp = scatter_vjp,
                                   .print = tg__index_print };

tg_tensor *tg_scatter_add_at(tg_site site, tg_tensor *x, tg_tensor *index, int axis, int64_t size)
{
    site = tg__within(site, "tg_scatter_add");
    return tg__scatter_by(site, &tg__op_scatter_add, x, index, axis, size);
}

tg_tensor *tg__scatter_by(tg_site site, const tg_op *op, tg_tensor *x, tg_tensor *index, int axis,
                          int64_t size)
{
    tg_tensor *in[] = { x, index };
    if (!index_ok(site, op->name, x, index) || !tg__dtype_in(site, op->name, x, TG_SET_NUMBER))
        return NULL;
    const int rank = x->rank - index->rank + 1;
    if (rank > TG_MAX_RANK)
        return tg__fail_op(x->tape, site, TG_ERR_SHAPE, op->name, 2, in,
                           "the result would have %d axes, more than %d", rank, TG_MAX_RANK);
    const int positive = axis < 0 && rank > 0 ? axis + rank : axis;
    bool fits = positive >= 0 && positive < rank && size >= 0;
    for (int i = 0; fits && i < index->rank; i++) fits = x->dim[positive + i] == index->dim[i];
    if (!fits)
        return tg__fail_op(
            x->tape, site, TG_ERR_SHAPE, op->name, 2, in,
            "from axis %d on, x must have the shape of the index, and the size (%" PRId64
            ") must not be negative",
            axis, size);
    const size_t length = x->tape->count;
    tg_tensor *checked = tg_check_index_at(site, index, size);
    const tg__index_attr attr = { positive, size };
    return tg__whole(x->tape, length, tg__scatter(site, op, x, checked, attr));
}

tg_tensor *tg__scatter(tg_site site, const tg_op *op, tg_tensor *x, tg_tensor *checked,
                       tg__index_attr attr)
{
    if (!checked) return NULL;
    const int rank = x->rank - checked->rank + 1;
    int64_t dim[TG_MAX_RANK];
    for (int i = 0; i < attr.axis; i++) dim[i] = x->dim[i];
    dim[attr.axis] = attr.size;
    for (int i = (int)attr.axis + 1; i < rank; i++) dim[i] = x->dim[i + checked->rank - 1];
    if (!tg__shape_ok(x->tape, site, op->name, (tg_dtype)x->dtype, rank, dim)) return NULL;
    return tg__record(x->tape, site, op, (tg_dtype)x->dtype, rank, dim, 2,
                      (tg_tensor *[]){ x, checked }, &attr, sizeof attr);
}

/* ---- One index for each element --------------------------------------------------------- */

#define COPY_ALONG(id, bytes, bits, T)                                                             \
    case bytes: {                                                                                  \
        T *to = y->data;                                                                           \
        const T *from = (const T *)x->data + i * attr->size * inner;                               \
        for (int64_t k = 0; k < picks; k++)                                                        \
            for (int64_t j = 0; j < inner; j++, place++)                                           \
                to[place] = from[tg__index_at(index, place) * inner + j];                          \
        break;                                                                                     \
    }

static tg_status take_along_call(const tg__call *call)
{
    const tg__index_attr *attr = call->attr;
    const tg__operand *x = &call->in[0], *index = &call->in[1], *y = &call->out;
    int64_t outer, inner, place = 0;
    tg__around(x, attr->axis, &outer, &inner);
    const int64_t picks = index->dim[attr->axis];
    for (int64_t i = 0; i < outer; i++) switch (tg_dtype_size(x->dtype)) {
            TG_EACH_SIZE(COPY_ALONG, take)
        default: break;
        }
    return TG_OK;
}

#define ADD_ALONG(id, dtype, type, T, U, ...)                                                      \
    case dtype: {                                                                                  \
        T *to = (T *)y->data + i * attr->size * inner;                                             \
        const T *from = x->data;                                                                   \
        for (int64_t k = 0; k < picks; k++)                                                        \
            for (int64_t j = 0; j < inner; j++, place++) {                                         \
                T *cell = to + tg__index_at(index, place) * inner + j;                             \
                *cell = (T)((U)*cell + (U)from[place]);                                            \
            }                                                                                      \
        break;                                                                                     \
    }

/* Scratch: for f32 the sums of a slice; for f64 what its sums have rounded off. */
static size_t scatter_along_scratch(const tg__call *call, int threads)
{
    (void)threads;
    int64_t outer, inner;
    const tg__index_attr *attr = call->attr;
    tg__around(&call->out, attr->axis, &outer, &inner);
    return tg__is_float((int)call->out.dtype) ? sizeof(double) * (size_t)(attr->size * inner) : 0;
}

static void add_along_f32(const tg__operand *index, int64_t first, int64_t picks, int64_t inner,
                          const float *x, double *sums)
{
    for (int64_t k = 0, place = first; k < picks; k++)
        for (int64_t j = 0; j < inner; j++, place++)
            tg__add_f32(x[place], sums + tg__index_at(index, place) * inner + j);
}

static void add_along_f64(const tg__operand *index, int64_t first, int64_t picks, int64_t inner,
                          const double *x, double *sums, double *lost)
{
    for (int64_t k = 0, place = first; k < picks; k++)
        for (int64_t j = 0; j < inner; j++, place++) {
            const int64_t cell = tg__index_at(index, place) * inner + j;
            tg__add_kept_f64(x[place], sums + cell, lost + cell);
        }
}

static tg_status scatter_along_call(const tg__call *call)
{
    const tg__index_attr *attr = call->attr;
    const tg__operand *x = &call->in[0], *index = &call->in[1], *y = &call->out;
    int64_t outer, inner, place = 0;
    tg__around(y, attr->axis, &outer, &inner);
    const int64_t picks = index->dim[attr->axis], slice = attr->size * inner;
    double *sums = call->scratch;
    if (x->dtype != TG_F32) /* its sums are in the scratch */
        memset(y->data, 0, (size_t)tg__operand_count(y) * tg_dtype_size(y->dtype));
    for (int64_t i = 0; i < outer; i++) {
        const int64_t first = i * picks * inner;
        if (tg__is_float((int)x->dtype)) memset(sums, 0, (size_t)slice * sizeof *sums);
        switch (x->dtype) {
        case TG_F32: {
            float *to = (float *)y->data + i * slice;
            add_along_f32(index, first, picks, inner, x->data, sums);
            for (int64_t j = 0; j < slice; j++) to[j] = (float)sums[j];
            break;
        }
        case TG_F64: {
            double *to = (double *)y->data + i * slice;
            add_along_f64(index, first, picks, inner, x->data, to, sums);
            for (int64_t j = 0; j < slice; j++) to[j] += sums[j];
            break;
        }
            TG_EACH_INT(ADD_ALONG, add)
        default: break;
        }
    }
    return TG_OK;
}

/* Records one of the two operations. The result has the shape of the index; that of
 * scatter_add_along has [size] along the axis. */
static tg_tensor *along(tg_site site, const tg_op *op, tg_tensor *x, tg_tensor *checked,
                        tg__index_attr attr)
{
    if (!checked) return NULL;
    int64_t dim[TG_MAX_RANK];
    memcpy(dim, checked->dim, sizeof *dim * checked->rank);
    if (op == &tg__op_scatter_add_along) dim[attr.axis] = attr.size;
    if (!tg__shape_ok(x->tape, site, op->name, (tg_dtype)x->dtype, x->rank, dim)) return NULL;
    return tg__record(x->tape, site, op, (tg_dtype)x->dtype, x->rank, dim, 2,
                      (tg_tensor *[]){ x, checked }, &attr, sizeof attr);
}

static void take_along_vjp(tg_tensor *y, tg_tensor *g, tg_tensor **to)
{
    to[0] = along(at, &tg__op_scatter_add_along, g, y->in[1], *(const tg__index_attr *)y->attr);
}
static void scatter_along_vjp(tg_tensor *y, tg_tensor *g, tg_tensor **to)
{
    to[0] = along(at, &tg__op_take_along, g, y->in[1], *(const tg__index_attr *)y->attr);
}

const tg_op tg__op_take_along = { .name = "take_along",
                                  .kind = TG_KIND_CALL,
                                  .arity = 2,
                                  .call = take_along_call,
                                  .vjp = take_along_vjp,
                                  .print = tg__index_print };
const tg_op tg__op_scatter_add_along = { .name = "scatter_add_along",
                                         .kind = TG_KIND_CALL,
                                         .arity = 2,
                                         .call = scatter_along_call,
                                         .scratch = scatter_along_scratch,
                                         .vjp = scatter_along_vjp,
                                         .print = tg__index_print };

/* The index, checked, and broadcast to x's sizes in all axes but [axis]. NULL with an error. */
static tg_tensor *index_along(tg_site site, const char *name, tg_tensor *x, tg_tensor *index,
                              int axis, int64_t size)
{
    bool fits = index->rank == x->rank;
    int64_t dim[TG_MAX_RANK];
    for (int i = 0; fits && i < x->rank; i++) {
        dim[i] = i == axis ? index->dim[i] : x->dim[i];
        fits = index->dim[i] == dim[i] || index->dim[i] == 1;
    }
    if (!fits)
        return tg__fail_op(x->tape, site, TG_ERR_SHAPE, name, 2, (tg_tensor *[]){ x, index },
                           "the index needs the shape of x in all axes but %d, or 1 there", axis);
    return tg__broadcast_to(site, tg_check_index_at(site, index, size), x->rank, dim);
}

tg_tensor *tg_take_along_at(tg_site site, tg_tensor *x, tg_tensor *index, int axis)
{
    site = tg__within(site, "tg_take_along");
    if (!index_ok(site, "take_along", x, index)) return NULL;
    const int positive = tg__axis(site, "take_along", x, axis);
    if (positive < 0) return NULL;
    const size_t length = x->tape->count;
    const tg__index_attr attr = { positive, x->dim[positive] };
    tg_tensor *checked = index_along(site, "take_along", x, index, positive, attr.size);
    return tg__whole(x->tape, length, along(site, &tg__op_take_along, x, checked, attr));
}

tg_tensor *tg_scatter_add_along_at(tg_site site, tg_tensor *x, tg_tensor *index, int axis,
                                   int64_t size)
{
    site = tg__within(site, "tg_scatter_add_along");
    if (!index_ok(site, "scatter_add_along", x, index) ||
        !tg__dtype_in(site, "scatter_add_along", x, TG_SET_NUMBER))
        return NULL;
    const int positive = tg__axis(site, "scatter_add_along", x, axis);
    if (positive < 0) return NULL;
    tg_tensor *in[] = { x, index };
    if (size < 0)
        return tg__fail_op(x->tape, site, TG_ERR_ARGUMENT, "scatter_add_along", 2, in,
                           "the size is %" PRId64 ", and must not be negative", size);
    if (index->rank == x->rank && index->dim[positive] != x->dim[positive])
        return tg__fail_op(x->tape, site, TG_ERR_SHAPE, "scatter_add_along", 2, in,
                           "the index needs an entry for each element along axis %d", positive);
    const size_t length = x->tape->count;
    const tg__index_attr attr = { positive, size };
    tg_tensor *checked = index_along(site, "scatter_add_along", x, index, positive, size);
    return tg__whole(x->tape, length, along(site, &tg__op_scatter_add_along, x, checked, attr));
}

/* ---- Check ------------------------------------------------------------------------------ */

static tg_status check_call(const tg__call *call)
{
    const tg__operand *x = &call->in[0];
    const tg_status status = check(call, x, ((const tg__index_attr *)call->attr)->size);
    if (status == TG_OK)
        memcpy(call->out.data, x->data, (size_t)tg__operand_count(x) * tg_dtype_size(x->dtype));
    return status;
}

const tg_op tg__op_check_index = { .name = "check_index",
                                   .kind = TG_KIND_CALL,
                                   .arity = 1,
                                   .flags = TG_OP_FALLIBLE,
                                   .call = check_call,
                                   .print = tg__index_print,
                                   .no_gradient = "its value is not a float" };

tg_tensor *tg_check_index_at(tg_site site, tg_tensor *index, int64_t size)
{
    site = tg__within(site, "tg_check_index");
    if (!index_ok(site, "check_index", index, index)) return NULL;
    if (size < 0)
        return tg__fail_op(index->tape, site, TG_ERR_ARGUMENT, "check_index", 1, &index,
                           "the size is %" PRId64, size);
    const tg__index_attr attr = { 0, size };
    return tg__record(index->tape, site, &tg__op_check_index, (tg_dtype)index->dtype, index->rank,
                      index->dim, 1, &index, &attr, sizeof attr);
}
