/* segment.c: the largest and the smallest of the elements that an index sends to one place, and
 * reductions over segments, which are made of scatters and gathers. (The sum is scatter-add, in
 * index.c.) */
#include "ops/index.h"

#include <math.h>

/* ---- Scatter-max and scatter-min -------------------------------------------------------- */

/* [better] is true for a NaN too, so that a NaN anywhere is the result. A result begins as that
 * END of the dtype's range which every element is at least as good as. */
#define LOWEST(low, high)  (low)
#define HIGHEST(low, high) (high)
#define EXTREME(id, better, END, dtype, type, T, U, low, high, ...)                                \
    static void id##_##type(const tg__call *call)                                                  \
    {                                                                                              \
        const tg__index_attr *attr = call->attr;                                                   \
        const tg__operand *index = &call->in[1];                                                   \
        int64_t outer, inner;                                                                      \
        tg__around(&call->out, attr->axis, &outer, &inner);                                        \
        const int64_t picks = tg__operand_count(index), count = tg__operand_count(&call->out);     \
        const T *from = call->in[0].data;                                                          \
        T *const y = call->out.data;                                                               \
        const T none = END(low, high);                                                             \
        for (int64_t i = 0; i < count; i++) y[i] = none;                                           \
        for (int64_t i = 0; i < outer; i++)                                                        \
            for (int64_t k = 0; k < picks; k++, from += inner) {                                   \
                T *const to = y + (i * attr->size + tg__index_at(index, k)) * inner;               \
                for (int64_t j = 0; j < inner; j++) {                                              \
                    const T x = from[j], m = to[j];                                                \
                    to[j] = (better) ? x : m;                                                      \
                }                                                                                  \
            }                                                                                      \
    }
#define EXTREME_CASE(id, dtype, type, ...)                                                         \
    case dtype:                                                                                    \
        id##_##type(call);                                                                         \
        break;
#define EXTREME_OP(id, OP, END)                                                                    \
    TG_EACH_FLOAT(EXTREME, id, x OP m || x != x, END)                                              \
    TG_EACH_INT(EXTREME, id, x OP m, END)                                                          \
    static tg_status id##_call(const tg__call *call)                                               \
    {                                                                                              \
        switch (call->out.dtype) {                                                                 \
            TG_EACH_NUMBER(EXTREME_CASE, id)                                                       \
        default: break;                                                                            \
        }                                                                                          \
        return TG_OK;                                                                              \
    }                                                                                              \
    const tg_op tg__op_##id = { .name = #id,                                                       \
                                .kind = TG_KIND_CALL,                                              \
                                .arity = 2,                                                        \
                                .call = id##_call,                                                 \
                                .vjp = extreme_vjp,                                                \
                                .print = tg__index_print };

/* All elements that are the extreme get equal shares, as in tg_max; their number is counted in
 * integers, so it is exact. Nothing is equal to a NaN: it goes to all elements of its place. */
static void extreme_vjp(tg_tensor *y, tg_tensor *g, tg_tensor **to)
{
    const tg_site at = { 0 };
    const tg__index_attr attr = *(const tg__index_attr *)y->attr;
    tg_tensor *x = y->in[0], *checked = y->in[1], *zero = tg_number_like(g, 0);
    tg_tensor *there = tg_stop_gradient(tg__gather(at, y, checked, attr));
    tg_tensor *best = tg_equal(x, there);
    tg_tensor *ties = tg__scatter(at, &tg__op_scatter_add, tg_cast(best, TG_I64), checked, attr);
    tg_tensor *shares = tg_cast(tg_maximum_num(ties, 1), (tg_dtype)g->dtype);
    tg_tensor *part = tg__gather(at, tg_div(g, shares), checked, attr);
    tg_tensor *rest = tg_select(tg_is_nan(there), there, zero);
    to[0] = tg_select(best, part, rest);
}

EXTREME_OP(scatter_max, >, LOWEST)
EXTREME_OP(scatter_min, <, HIGHEST)

tg_tensor *tg_scatter_max_at(tg_site site, tg_tensor *x, tg_tensor *index, int axis, int64_t size)
{
    site = tg__within(site, "tg_scatter_max");
    return tg__scatter_by(site, &tg__op_scatter_max, x, index, axis, size);
}

tg_tensor *tg_scatter_min_at(tg_site site, tg_tensor *x, tg_tensor *index, int axis, int64_t size)
{
    site = tg__within(site, "tg_scatter_min");
    return tg__scatter_by(site, &tg__op_scatter_min, x, index, axis, size);
}

/* ---- Segments --------------------------------------------------------------------------- */

/* The number of rows of each segment, as i64, in a shape that broadcasts to that of [like], a
 * result. Both operands have been checked. */
static tg_tensor *rows_of(tg_site at, tg_tensor *index, int64_t count, const tg_tensor *like)
{
    if (!like) return NULL;
    int64_t dim[TG_MAX_RANK] = { count };
    for (int i = 1; i < like->rank; i++) dim[i] = 1;
    tg_tensor *one = tg_number_as(index->tape, TG_I64, 1);
    tg_tensor *ones = tg__broadcast_to(at, one, index->rank, index->dim);
    return tg__reshape_to(at, tg_scatter_add(ones, index, 0, count), like->rank, dim);
}

tg_tensor *tg_segment_sum_at(tg_site at, tg_tensor *x, tg_tensor *index, int64_t count)
{
    at = tg__within(at, "tg_segment_sum");
    return tg__scatter_by(at, &tg__op_scatter_add, x, index, 0, count);
}

tg_tensor *tg_segment_mean_at(tg_site at, tg_tensor *x, tg_tensor *index, int64_t count)
{
    at = tg__within(at, "tg_segment_mean");
    if (!tg__ready(at, "segment_mean", 2, (tg_tensor *[]){ x, index }) ||
        !tg__dtype_in(at, "segment_mean", x, TG_SET_FLOAT))
        return NULL;
    const size_t length = x->tape->count;
    tg_tensor *sum = tg_scatter_add(x, index, 0, count);
    tg_tensor *rows = tg_maximum_num(rows_of(at, index, count, sum), 1);
    return tg__whole(x->tape, length, tg_div(sum, tg_cast(rows, (tg_dtype)x->dtype)));
}

static tg_tensor *extreme(tg_site at, const tg_op *op, tg_tensor *x, tg_tensor *index,
                          int64_t count)
{
    const size_t length = tg_tape_length(tg_tape_of(x));
    tg_tensor *most = tg__scatter_by(at, op, x, index, 0, count);
    if (!most) return NULL;
    tg_tensor *none = tg_equal_num(rows_of(at, index, count, most), 0);
    return tg__whole(x->tape, length, tg_select(none, tg_number_like(x, 0), most));
}

tg_tensor *tg_segment_max_at(tg_site at, tg_tensor *x, tg_tensor *index, int64_t count)
{
    return extreme(tg__within(at, "tg_segment_max"), &tg__op_scatter_max, x, index, count);
}

tg_tensor *tg_segment_min_at(tg_site at, tg_tensor *x, tg_tensor *index, int64_t count)
{
    return extreme(tg__within(at, "tg_segment_min"), &tg__op_scatter_min, x, index, count);
}

/* The largest element is subtracted before the power; that cancels in the quotient, so no
 * gradient needs to pass through it. Where all elements are -infinity, 0 is subtracted: the
 * powers are then 0, and are divided by 1. */
tg_tensor *tg_segment_softmax_at(tg_site at, tg_tensor *x, tg_tensor *index, int64_t count)
{
    at = tg__within(at, "tg_segment_softmax");
    if (!tg__ready(at, "segment_softmax", 2, (tg_tensor *[]){ x, index }) ||
        !tg__dtype_in(at, "segment_softmax", x, TG_SET_FLOAT))
        return NULL;
    const size_t length = x->tape->count;
    tg_tensor *zero = tg_number_like(x, 0), *one = tg_number_like(x, 1);
    tg_tensor *most = tg_stop_gradient(tg_scatter_max(x, index, 0, count));
    tg_tensor *shift = tg_select(tg_equal_num(most, -(double)INFINITY), zero, most);
    tg_tensor *power = tg_exp(tg_sub(x, tg_gather(shift, index, 0)));
    tg_tensor *sum = tg_scatter_add(power, index, 0, count);
    tg_tensor *whole = tg_select(tg_equal(sum, zero), one, sum);
    return tg__whole(x->tape, length, tg_div(power, tg_gather(whole, index, 0)));
}
