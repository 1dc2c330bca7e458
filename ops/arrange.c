/* arrange.c: what is made of slices, pads, joins and reshapes: splitting and stacking, rolling
 * and repeating, diagonals and triangles, the update of a slice. Only tg_flip is a primitive: a
 * view with negative strides. */
#include "ops/ops.h"

#include <inttypes.h>

/* ---- Flip ------------------------------------------------------------------------------- */

typedef struct flip_attr {
    uint32_t axes;
} flip_attr;

static bool flip_view(const tg_op *op, const void *attr, int rank, const int64_t *dim,
                      const tg__view *in, tg__view *out)
{
    const uint32_t axes = ((const flip_attr *)attr)->axes;
    (void)op;
    *out = *in;
    for (int i = 0; i < rank; i++) {
        if (!(axes >> i & 1) || dim[i] <= 1) continue;
        out->offset += (dim[i] - 1) * in->stride[i];
        out->stride[i] = -in->stride[i];
    }
    return true;
}

static tg_tensor *flip(tg_site at, tg_tensor *x, flip_attr attr);

static void flip_vjp(tg_tensor *y, tg_tensor *g, tg_tensor **to)
{
    to[0] = flip(*y->site, g, *(const flip_attr *)y->attr);
}

static void flip_print(const void *attr, FILE *out)
{
    const char *separator = " axes=";
    for (int i = 0; i < TG_MAX_RANK; i++)
        if (((const flip_attr *)attr)->axes >> i & 1)
            fprintf(out, "%s%d", separator, i), separator = ",";
}

const tg_op tg__op_flip = { .name = "flip",
                            .kind = TG_KIND_VIEW,
                            .arity = 1,
                            .view = flip_view,
                            .vjp = flip_vjp,
                            .print = flip_print };

static tg_tensor *flip(tg_site at, tg_tensor *x, flip_attr attr)
{
    return tg__record(x->tape, at, &tg__op_flip, (tg_dtype)x->dtype, x->rank, x->dim, 1, &x, &attr,
                      sizeof attr);
}

tg_tensor *tg_flip_at(tg_site at, tg_tensor *x, tg_axes axes)
{
    at = tg__within(at, "tg_flip");
    if (!tg__ready(at, "flip", 1, &x)) return NULL;
    if (axes.count < 0)
        return tg__fail_op(x->tape, at, TG_ERR_SHAPE, "flip", 1, &x, "more than %d axes",
                           TG_MAX_RANK);
    flip_attr attr = { 0 };
    for (int i = 0; i < axes.count; i++) {
        const int axis = tg__axis(at, "flip", x, axes.axis[i]);
        if (axis < 0) return NULL;
        if (attr.axes >> axis & 1)
            return tg__fail_op(x->tape, at, TG_ERR_SHAPE, "flip", 1, &x, "axis %d is named twice",
                               axis);
        attr.axes |= 1u << axis;
    }
    return flip(at, x, attr);
}

/* ---- Axes of size 1 --------------------------------------------------------------------- */

/* The place of a new axis among the x->rank + 1; -1 with an error. */
static int new_axis(tg_site at, const char *name, tg_tensor *x, int axis)
{
    const int rank = x->rank + 1, positive = axis < 0 ? axis + rank : axis;
    if (rank <= TG_MAX_RANK && positive >= 0 && positive < rank) return positive;
    if (rank > TG_MAX_RANK)
        tg__fail_op(x->tape, at, TG_ERR_SHAPE, name, 1, &x,
                    "the result would have %d axes, more than %d", rank, TG_MAX_RANK);
    else
        tg__fail_op(x->tape, at, TG_ERR_SHAPE, name, 1, &x,
                    "axis %d is out of range for the result's rank %d", axis, rank);
    return -1;
}

/* x with an axis of size 1 at [axis]. */
static tg_tensor *with_axis(tg_site at, tg_tensor *x, int axis)
{
    if (!x) return NULL;
    int64_t dim[TG_MAX_RANK];
    for (int i = 0; i < x->rank; i++) dim[i + (i >= axis)] = x->dim[i];
    dim[axis] = 1;
    return tg__reshape_to(at, x, x->rank + 1, dim);
}

tg_tensor *tg_unsqueeze_at(tg_site at, tg_tensor *x, int axis)
{
    at = tg__within(at, "tg_unsqueeze");
    if (!tg__ready(at, "unsqueeze", 1, &x)) return NULL;
    const int positive = new_axis(at, "unsqueeze", x, axis);
    return positive < 0 ? NULL : with_axis(at, x, positive);
}

tg_tensor *tg_squeeze_at(tg_site at, tg_tensor *x, int axis)
{
    at = tg__within(at, "tg_squeeze");
    if (!tg__ready(at, "squeeze", 1, &x)) return NULL;
    const int positive = tg__axis(at, "squeeze", x, axis);
    if (positive < 0) return NULL;
    if (x->dim[positive] != 1)
        return tg__fail_op(x->tape, at, TG_ERR_SHAPE, "squeeze", 1, &x,
                           "axis %d has size %" PRId64 ", and only one of size 1 can go", positive,
                           x->dim[positive]);
    return tg__drop_axes(at, x, 1u << positive, false);
}

tg_tensor *tg_pick_at(tg_site at, tg_tensor *x, int axis, int64_t index)
{
    at = tg__within(at, "tg_pick");
    if (!tg__ready(at, "pick", 1, &x)) return NULL;
    const int positive = tg__axis(at, "pick", x, axis);
    if (positive < 0) return NULL;
    const int64_t size = x->dim[positive];
    if (index < -size || index >= size)
        return tg__fail_op(x->tape, at, TG_ERR_INDEX, "pick", 1, &x,
                           "index %" PRId64 " is outside axis %d, of size %" PRId64, index,
                           positive, size);
    const int64_t start = index < 0 ? index + size : index;
    const size_t length = x->tape->count;
    tg_tensor *slice = tg_slice(x, positive, start, start + 1, 1);
    return tg__whole(x->tape, length, tg__drop_axes(at, slice, 1u << positive, false));
}

/* ---- Joining and splitting -------------------------------------------------------------- */

/* Gives each node of [list], the operands of tg_stack, an axis of size 1 at [axis]. */
static bool stand_up(tg_site at, tg_tensor **list, int count, int axis)
{
    for (int i = 0; i < count; i++)
        if (!(list[i] = with_axis(at, list[i], axis))) return false;
    return true;
}

tg_tensor *tg_stack_at(tg_site at, tg_list operands, int axis)
{
    at = tg__within(at, "tg_stack");
    tg_tensor *const *list = operands.node;
    int count;
    if (!tg__list_ready(at, "stack", operands, &count)) return NULL;
    tg_tensor *first = list[0];
    const int positive = new_axis(at, "stack", first, axis);
    if (positive < 0) return NULL;
    for (int i = 1; i < count; i++)
        if (list[i]->dtype != first->dtype || !tg__same_shape(list[i], first))
            return tg__fail_op(first->tape, at, TG_ERR_SHAPE, "stack", 2,
                               (tg_tensor *[]){ first, list[i] },
                               "operands 0 and %d must have one dtype and one shape", i);
    int64_t dim[TG_MAX_RANK];
    for (int i = 0; i < first->rank; i++) dim[i + (i >= positive)] = first->dim[i];
    dim[positive] = count;
    if (!tg__shape_ok(first->tape, at, "stack", (tg_dtype)first->dtype, first->rank + 1, dim))
        return NULL;
    const size_t length = first->tape->count;
    tg_tensor **raised = tg_scratch(first->tape, operands.count * sizeof *raised);
    if (!raised) return NULL;
    memcpy(raised, list, operands.count * sizeof *raised);
    const tg_list all = { operands.count, raised };
    const bool ok = stand_up(at, raised, count, positive);
    return tg__whole(first->tape, length, ok ? tg_concat(all, positive) : NULL);
}

/* The sizes add up, and none is negative. */
static bool sizes_fit(int64_t size, size_t count, const int64_t *sizes)
{
    for (size_t i = 0; i < count; i++) {
        if (sizes[i] < 0 || sizes[i] > size) return false;
        size -= sizes[i];
    }
    return size == 0;
}

tg_status tg_split_at(tg_site at, tg_tensor *x, int axis, size_t count, const int64_t *sizes,
                      tg_tensor *out[])
{
    for (size_t i = 0; out && i < count; i++) out[i] = NULL;
    if (!x) return TG_ERR_ARGUMENT;
    if (!tg__ready(at, "split", 1, &x)) return tg_tape_status(tg_tape_of(x));
    const int positive = tg__axis(at, "split", x, axis);
    if (positive < 0) return x->tape->error.status;
    const int64_t size = x->dim[positive];
    const bool fits =
        sizes ? sizes_fit(size, count, sizes) : (int64_t)count > 0 && size % (int64_t)count == 0;
    if (!out && count)
        tg__fail_op(x->tape, at, TG_ERR_ARGUMENT, "split", 1, &x, "the list for the parts is NULL");
    else if (!fits)
        tg__fail_op(x->tape, at, TG_ERR_SHAPE, "split", 1, &x,
                    sizes ? "the %zu sizes do not add up to axis %d, which has %" PRId64
                          : "%zu equal parts do not make up axis %d, which has %" PRId64,
                    count, positive, size);
    if (x->tape->error.status != TG_OK) return x->tape->error.status;
    const size_t length = x->tape->count;
    int64_t start = 0;
    for (size_t i = 0; i < count; i++) {
        const int64_t stop = start + (sizes ? sizes[i] : size / (int64_t)count);
        out[i] = tg_slice(x, positive, start, stop, 1);
        start = stop;
    }
    if (x->tape->error.status != TG_OK) {
        (void)tg__whole(x->tape, length, NULL);
        for (size_t i = 0; i < count; i++) out[i] = NULL;
    }
    return x->tape->error.status;
}

/* ---- Turning and repeating -------------------------------------------------------------- */

tg_tensor *tg_roll_at(tg_site at, tg_tensor *x, int axis, int64_t shift)
{
    at = tg__within(at, "tg_roll");
    if (!tg__ready(at, "roll", 1, &x)) return NULL;
    const int positive = tg__axis(at, "roll", x, axis);
    if (positive < 0) return NULL;
    const int64_t size = x->dim[positive];
    if (size == 0 || shift % size == 0) return x;
    const int64_t first = shift % size < 0 ? -(shift % size) : size - shift % size;
    const size_t length = x->tape->count;
    tg_tensor *head = tg_slice(x, positive, first, size, 1);
    tg_tensor *tail = tg_slice(x, positive, 0, first, 1);
    return tg__whole(x->tape, length, tg_concat(TG_LIST(head, tail), positive));
}

/* Repeats along a new axis before or behind [axis], and joins the two. */
static tg_tensor *repeat(tg_site at, const char *name, tg_tensor *x, int axis, int64_t times,
                         int behind)
{
    if (!tg__ready(at, name, 1, &x)) return NULL;
    const int positive = tg__axis(at, name, x, axis);
    if (positive < 0) return NULL;
    if (times < 0)
        return tg__fail_op(x->tape, at, TG_ERR_ARGUMENT, name, 1, &x,
                           "the number of times is %" PRId64 ", and must not be negative", times);
    int64_t dim[TG_MAX_RANK + 1], joined[TG_MAX_RANK];
    memcpy(joined, x->dim, sizeof *joined * x->rank);
    if (__builtin_mul_overflow(joined[positive], times, &joined[positive]))
        return tg__fail_op(x->tape, at, TG_ERR_SHAPE, name, 1, &x,
                           "the repeated axis would be longer than 2^63");
    if (!tg__shape_ok(x->tape, at, name, (tg_dtype)x->dtype, x->rank, joined)) return NULL;
    if (x->rank == TG_MAX_RANK && times != 1)
        return tg__fail_op(x->tape, at, TG_ERR_UNSUPPORTED, name, 1, &x,
                           "takes up to %d axes; reshape to join some", TG_MAX_RANK - 1);
    if (times == 1) return x;
    const int fresh = positive + behind;
    for (int i = 0; i < x->rank; i++) dim[i + (i >= fresh)] = x->dim[i];
    dim[fresh] = times;
    const size_t length = x->tape->count;
    tg_tensor *many = tg__broadcast_to(at, with_axis(at, x, fresh), x->rank + 1, dim);
    return tg__whole(x->tape, length, tg__reshape_to(at, many, x->rank, joined));
}

tg_tensor *tg_repeat_at(tg_site at, tg_tensor *x, int axis, int64_t times)
{
    at = tg__within(at, "tg_repeat");
    return repeat(at, "repeat", x, axis, times, 1);
}
tg_tensor *tg_tile_at(tg_site at, tg_tensor *x, int axis, int64_t times)
{
    at = tg__within(at, "tg_tile");
    return repeat(at, "tile", x, axis, times, 0);
}

/* ---- Diagonals and triangles ------------------------------------------------------------ */

static bool is_matrix(tg_site at, const char *name, tg_tensor *x)
{
    if (!tg__ready(at, name, 1, &x)) return false;
    if (x->rank >= 2) return true;
    tg__fail_op(x->tape, at, TG_ERR_SHAPE, name, 1, &x, "needs at least two axes");
    return false;
}

/* How long the diagonal is, and where in the flattened matrix it begins. */
static int64_t diagonal_of(int64_t rows, int64_t columns, int64_t offset, int64_t *first)
{
    if (offset >= columns || offset <= -rows) return 0;
    *first = offset >= 0 ? offset : -offset * columns;
    const int64_t down = rows - (offset < 0 ? -offset : 0);
    const int64_t across = columns - (offset > 0 ? offset : 0);
    return down < across ? down : across;
}

/* The diagonal is every (columns + 1)-th element of the matrix as one row. */
tg_tensor *tg_diagonal_at(tg_site at, tg_tensor *x, int64_t offset)
{
    at = tg__within(at, "tg_diagonal");
    if (!is_matrix(at, "diagonal", x)) return NULL;
    const int rank = x->rank - 1;
    const int64_t rows = x->dim[rank - 1], columns = x->dim[rank];
    int64_t dim[TG_MAX_RANK], first = 0;
    const int64_t count = diagonal_of(rows, columns, offset, &first);
    memcpy(dim, x->dim, sizeof *dim * x->rank);
    dim[rank - 1] = rows * columns;
    const size_t length = x->tape->count;
    tg_tensor *flat = tg__reshape_to(at, x, rank, dim);
    const int64_t stop = count ? first + (count - 1) * (columns + 1) + 1 : first;
    return tg__whole(x->tape, length, tg_slice(flat, -1, first, stop, columns + 1));
}

tg_tensor *tg_diag_at(tg_site at, tg_tensor *x, int64_t offset)
{
    at = tg__within(at, "tg_diag");
    if (!tg__ready(at, "diag", 1, &x)) return NULL;
    const int64_t far = offset < 0 && offset != INT64_MIN ? -offset : offset;
    int64_t dim[TG_MAX_RANK + 1], side = 0, first = 0, area = 0;
    const bool fits = x->rank >= 1 && x->rank < TG_MAX_RANK && offset != INT64_MIN &&
                      !__builtin_add_overflow(x->dim[x->rank - 1], far, &side) &&
                      !__builtin_mul_overflow(side, side, &area);
    if (!fits)
        return tg__fail_op(x->tape, at, TG_ERR_SHAPE, "diag", 1, &x,
                           "with offset %" PRId64
                           " needs an operand of 1 to %d axes, and room for a "
                           "square matrix",
                           offset, TG_MAX_RANK - 1);
    memcpy(dim, x->dim, sizeof *dim * x->rank);
    dim[x->rank - 1] = dim[x->rank] = side;
    if (!tg__shape_ok(x->tape, at, "diag", (tg_dtype)x->dtype, x->rank + 1, dim)) return NULL;
    const int64_t count = diagonal_of(side, side, offset, &first);
    const size_t length = x->tape->count;
    const int64_t used = count ? first + (count - 1) * (side + 1) + 1 : first;
    tg_tensor *flat = tg_pad(x, -1, first, area - used, side, 0.0);
    return tg__whole(x->tape, length, tg__reshape_to(at, flat, x->rank + 1, dim));
}

tg_tensor *tg_eye_at(tg_site at, tg_tape *tape, tg_dtype dtype, int64_t n)
{
    at = tg__within(at, "tg_eye");
    if (!tg__tape_ready(tape)) return NULL;
    if (dtype == TG_DTYPE_DEFAULT) dtype = tape->store->dtype;
    if (!tg_dtype_size(dtype))
        return tg__fail_op(tape, at, TG_ERR_DTYPE, "eye", 0, NULL, "unknown dtype %d", (int)dtype);
    if (!tg__shape_ok(tape, at, "eye", dtype, 2, (int64_t[]){ n, n })) return NULL;
    const size_t length = tape->count;
    tg_tensor *place = tg_iota(tape, TG_I64, n);
    return tg__whole(tape, length, tg_cast(tg_equal(place, tg_unsqueeze(place, -1)), dtype));
}

/* bool [rows, columns]: is the column at most the row + offset? */
static tg_tensor *lower_mask(tg_site at, const char *name, tg_tape *tape, int64_t rows,
                             int64_t columns, int64_t offset)
{
    /* The positions are i64, which takes more bytes than the mask does. */
    if (!tg__shape_ok(tape, at, name, TG_I64, 1, &rows) ||
        !tg__shape_ok(tape, at, name, TG_I64, 1, &columns))
        return NULL;
    /* Larger offsets give the same mask, and their sums could overflow. */
    const int64_t far = rows + columns;
    offset = offset > far ? far : offset < -far ? -far : offset;
    tg_tensor *row = tg_add_num(tg_iota(tape, TG_I64, rows), (double)offset);
    tg_tensor *column = tg_iota(tape, TG_I64, columns);
    return tg_less_equal(column, tg_unsqueeze(row, -1));
}

tg_tensor *tg_tril_mask_at(tg_site at, tg_tape *tape, int64_t rows, int64_t columns, int64_t offset)
{
    at = tg__within(at, "tg_tril_mask");
    if (!tg__tape_ready(tape) ||
        !tg__shape_ok(tape, at, "tril_mask", TG_BOOL, 2, (int64_t[]){ rows, columns }))
        return NULL;
    const size_t length = tape->count;
    return tg__whole(tape, length, lower_mask(at, "tril_mask", tape, rows, columns, offset));
}

/* What lies on one side of the diagonal; the rest is 0. */
static tg_tensor *triangle(tg_site at, const char *name, tg_tensor *x, int64_t offset, bool lower)
{
    if (!is_matrix(at, name, x)) return NULL;
    const int64_t rows = x->dim[x->rank - 2], columns = x->dim[x->rank - 1];
    const size_t length = x->tape->count;
    tg_tensor *zero = tg_number_like(x, 0);
    tg_tensor *mask = lower_mask(at, name, x->tape, rows, columns,
                                 lower || offset == INT64_MIN ? offset : offset - 1);
    return tg__whole(x->tape, length, lower ? tg_select(mask, x, zero) : tg_select(mask, zero, x));
}

tg_tensor *tg_tril_at(tg_site at, tg_tensor *x, int64_t offset)
{
    at = tg__within(at, "tg_tril");
    return triangle(at, "tril", x, offset, true);
}
tg_tensor *tg_triu_at(tg_site at, tg_tensor *x, int64_t offset)
{
    at = tg__within(at, "tg_triu");
    return triangle(at, "triu", x, offset, false);
}

/* ---- One-hot ---------------------------------------------------------------------------- */

tg_tensor *tg_one_hot_at(tg_site at, tg_tensor *index, int64_t classes, tg_dtype dtype)
{
    at = tg__within(at, "tg_one_hot");
    if (!tg__ready(at, "one_hot", 1, &index) || !tg__dtype_in(at, "one_hot", index, TG_SET_SIGNED))
        return NULL;
    if (classes < 0 || index->rank == TG_MAX_RANK)
        return tg__fail_op(index->tape, at, TG_ERR_SHAPE, "one_hot", 1, &index,
                           "%" PRId64 " classes for an index of rank %d; classes must not be "
                           "negative, and the result has an axis more than the index",
                           classes, index->rank);
    tg_tape *tape = index->tape;
    if (dtype == TG_DTYPE_DEFAULT) dtype = tape->store->dtype;
    if (!tg_dtype_size(dtype))
        return tg__fail_op(tape, at, TG_ERR_DTYPE, "one_hot", 1, &index, "unknown dtype %d",
                           (int)dtype);
    if (index->dtype == TG_I32 && classes > (int64_t)INT32_MAX + 1)
        return tg__fail_op(tape, at, TG_ERR_DTYPE, "one_hot", 1, &index,
                           "an i32 index cannot name %" PRId64 " classes; use tg_cast", classes);
    int64_t dim[TG_MAX_RANK];
    memcpy(dim, index->dim, sizeof *dim * index->rank);
    dim[index->rank] = classes;
    /* The numbers of the classes, in the dtype of the index, may take more bytes than the
     * result. */
    if (!tg__shape_ok(tape, at, "one_hot", dtype, index->rank + 1, dim) ||
        !tg__shape_ok(tape, at, "one_hot", (tg_dtype)index->dtype, 1, &classes) ||
        !tg__shape_ok(tape, at, "one_hot", (tg_dtype)index->dtype, index->rank + 1, dim))
        return NULL;
    const size_t length = tape->count;
    tg_tensor *checked = tg_check_index(index, classes);
    tg_tensor *names = tg_iota(tape, (tg_dtype)index->dtype, classes);
    tg_tensor *hot = tg_equal(tg_unsqueeze(checked, -1), names);
    return tg__whole(tape, length, tg_cast(hot, dtype));
}

/* ---- Update of a slice ------------------------------------------------------------------ */

tg_tensor *tg_update_slice_at(tg_site at, tg_tensor *x, int axis, int64_t start, int64_t stop,
                              int64_t step, tg_tensor *value)
{
    at = tg__within(at, "tg_update_slice");
    tg_tensor *in[] = { x, value };
    if (!tg__ready(at, "update_slice", 2, in)) return NULL;
    tg_tape *tape = x->tape;
    const int positive = tg__axis(at, "update_slice", x, axis);
    if (positive < 0) return NULL;
    if (value->dtype != x->dtype)
        return tg__fail_op(tape, at, TG_ERR_DTYPE, "update_slice", 2, in,
                           "the value is %s and x is %s; use tg_cast",
                           tg_dtype_name((tg_dtype)value->dtype),
                           tg_dtype_name((tg_dtype)x->dtype));
    if (step < 1)
        return tg__fail_op(tape, at, TG_ERR_ARGUMENT, "update_slice", 2, in,
                           "the step is %" PRId64 ", and must be at least 1", step);
    const size_t length = tape->count;
    tg_tensor *slice = tg_slice(x, positive, start, stop, step);
    if (!slice) return tg__whole(tape, length, NULL);
    bool fits = value->rank <= slice->rank;
    for (int i = 1; fits && i <= value->rank; i++) {
        const int64_t size = value->dim[value->rank - i];
        fits = size == 1 || size == slice->dim[slice->rank - i];
    }
    if (!fits) {
        char text[TG_SHAPE_TEXT];
        tg__fail_op(tape, at, TG_ERR_SHAPE, "update_slice", 2, in,
                    "the slice is %s, and the value does not broadcast to it",
                    tg__shape_text(text, slice->rank, slice->dim));
        return tg__whole(tape, length, NULL);
    }
    if (tg__elements(slice) == 0) {
        (void)tg__whole(tape, length, NULL);
        return x;
    }
    tg_tensor *part = tg__broadcast_to(at, value, slice->rank, slice->dim);
    tg_tensor *yes = tg_number_as(tape, TG_BOOL, 1);
    tg_tensor *here = tg__broadcast_to(at, yes, slice->rank, slice->dim);
    tg_tensor *mask = tg__unslice(at, slice, here);
    tg_tensor *placed = tg__unslice(at, slice, part);
    return tg__whole(tape, length, tg_select(mask, placed, x));
}
