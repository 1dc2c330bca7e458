/* movement.c: operations that move elements and compute nothing. Most are views: they change how
 * the operand's memory is read, and copy it only if a kernel needs it dense. The broadcast's
 * adjoint is the sum, and the sum's the broadcast: this file and reduce.c use each other. */
#include "ops/ops.h"
#include "ops/window.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

static const tg_site at = { 0 };

/* ---- Reshape ---------------------------------------------------------------------------- */

static bool reshape_view(const tg_op *op, const void *attr, int rank, const int64_t *dim,
                         const tg__view *in, tg__view *out)
{
    (void)op, (void)attr;
    return tg__view_reshape(in, rank, dim, out);
}

static void reshape_vjp(tg_tensor *y, tg_tensor *g, tg_tensor **to)
{
    to[0] = tg__reshape_to(at, g, y->in[0]->rank, y->in[0]->dim);
}

const tg_op tg__op_reshape = {
    .name = "reshape", .kind = TG_KIND_VIEW, .arity = 1, .view = reshape_view, .vjp = reshape_vjp
};

tg_tensor *tg__reshape_to(tg_site site, tg_tensor *x, int rank, const int64_t *dim)
{
    if (!x) return NULL;
    if (x->rank == rank && memcmp(x->dim, dim, sizeof *dim * (size_t)rank) == 0) return x;
    return tg__record(x->tape, site, &tg__op_reshape, (tg_dtype)x->dtype, rank, dim, 1, &x, NULL,
                      0);
}

tg_tensor *tg_reshape_at(tg_site site, tg_tensor *x, tg_shape shape)
{
    site = tg__within(site, "tg_reshape");
    if (!tg__ready(site, "reshape", 1, &x)) return NULL;
    if (shape.rank < 0 || shape.rank > TG_MAX_RANK)
        return tg__fail_op(x->tape, site, TG_ERR_SHAPE, "reshape", 1, &x,
                           "a shape has 0 to %d axes of size 0 or more, and at most one -1",
                           TG_MAX_RANK);
    char text[TG_SHAPE_TEXT];
    const int64_t count = tg__elements(x);
    int64_t known = 1;
    int unknown = -1;
    bool overflow = false;
    for (int i = 0; i < shape.rank; i++) {
        if (shape.dim[i] >= 0) {
            overflow |= __builtin_mul_overflow(known, shape.dim[i], &known);
        } else if (shape.dim[i] == -1 && unknown < 0) {
            unknown = i;
        } else {
            return tg__fail_op(x->tape, site, TG_ERR_SHAPE, "reshape", 1, &x,
                               "%s: only one axis may be -1, and none less",
                               tg__shape_text(text, shape.rank, shape.dim));
        }
    }
    if (unknown >= 0) {
        if (overflow || known == 0 || count % known != 0)
            return tg__fail_op(x->tape, site, TG_ERR_SHAPE, "reshape", 1, &x,
                               "no size for the -1 of %s gives %" PRId64 " elements%s",
                               tg__shape_text(text, shape.rank, shape.dim), count,
                               known == 0 ? " (an axis is 0, so any would do)" : "");
        shape.dim[unknown] = count / known;
    } else if (overflow || known != count) {
        return tg__fail_op(x->tape, site, TG_ERR_SHAPE, "reshape", 1, &x,
                           "%s does not have as many elements (%" PRId64 ")",
                           tg__shape_text(text, shape.rank, shape.dim), count);
    }
    /* If one axis is 0 the count fits, but the others may still be too long. */
    if (!tg__shape_ok(x->tape, site, "reshape", (tg_dtype)x->dtype, shape.rank, shape.dim))
        return NULL;
    return tg__reshape_to(site, x, shape.rank, shape.dim);
}

/* ---- Permute ---------------------------------------------------------------------------- */

typedef struct permute_attr {
    int8_t axis[TG_MAX_RANK]; /* result axis i is operand axis axis[i]; -1 behind the last */
} permute_attr;
#define NO_AXES                                                                                    \
    {                                                                                              \
        {                                                                                          \
            -1, -1, -1, -1, -1, -1, -1, -1                                                         \
        }                                                                                          \
    }

static bool permute_view(const tg_op *op, const void *attr, int rank, const int64_t *dim,
                         const tg__view *in, tg__view *out)
{
    const permute_attr *permute = attr;
    (void)op, (void)dim;
    *out = (tg__view){ .rank = rank, .offset = in->offset };
    for (int i = 0; i < rank; i++) {
        out->dim[i] = in->dim[permute->axis[i]];
        out->stride[i] = in->stride[permute->axis[i]];
    }
    return true;
}

static tg_tensor *permute(tg_site site, tg_tensor *x, const permute_attr *attr);

static void permute_vjp(tg_tensor *y, tg_tensor *g, tg_tensor **to)
{
    const permute_attr *attr = y->attr;
    permute_attr inverse = NO_AXES;
    for (int i = 0; i < y->rank; i++) inverse.axis[attr->axis[i]] = (int8_t)i;
    to[0] = permute(at, g, &inverse);
}

static void permute_print(const void *attr, FILE *out)
{
    const permute_attr *permute = attr;
    fputs(" axes=", out);
    for (int i = 0; i < TG_MAX_RANK && permute->axis[i] >= 0; i++)
        fprintf(out, "%s%d", i ? "," : "", permute->axis[i]);
}

const tg_op tg__op_permute = { .name = "permute",
                               .kind = TG_KIND_VIEW,
                               .arity = 1,
                               .view = permute_view,
                               .vjp = permute_vjp,
                               .print = permute_print };

static tg_tensor *permute(tg_site site, tg_tensor *x, const permute_attr *attr)
{
    int64_t dim[TG_MAX_RANK];
    for (int i = 0; i < x->rank; i++) dim[i] = x->dim[attr->axis[i]];
    return tg__record(x->tape, site, &tg__op_permute, (tg_dtype)x->dtype, x->rank, dim, 1, &x, attr,
                      sizeof *attr);
}

tg_tensor *tg_permute_at(tg_site site, tg_tensor *x, tg_axes axes)
{
    site = tg__within(site, "tg_permute");
    if (!tg__ready(site, "permute", 1, &x)) return NULL;
    if (axes.count != x->rank)
        return tg__fail_op(x->tape, site, TG_ERR_SHAPE, "permute", 1, &x,
                           "every axis must be named once: %d for rank %d", axes.count, x->rank);
    permute_attr attr = NO_AXES;
    unsigned seen = 0;
    for (int i = 0; i < x->rank; i++) {
        const int axis = tg__axis(site, "permute", x, axes.axis[i]);
        if (axis < 0) return NULL;
        if (seen >> axis & 1)
            return tg__fail_op(x->tape, site, TG_ERR_SHAPE, "permute", 1, &x,
                               "axis %d is named twice; every axis must be named once", axis);
        seen |= 1u << axis;
        attr.axis[i] = (int8_t)axis;
    }
    return permute(site, x, &attr);
}

tg_tensor *tg_transpose_at(tg_site site, tg_tensor *x)
{
    site = tg__within(site, "tg_transpose");
    if (!tg__ready(site, "transpose", 1, &x)) return NULL;
    if (x->rank < 2)
        return tg__fail_op(x->tape, site, TG_ERR_SHAPE, "transpose", 1, &x,
                           "needs at least two axes to swap");
    permute_attr attr = NO_AXES;
    for (int i = 0; i < x->rank && i < TG_MAX_RANK; i++) attr.axis[i] = (int8_t)i;
    attr.axis[x->rank - 1] = (int8_t)(x->rank - 2);
    attr.axis[x->rank - 2] = (int8_t)(x->rank - 1);
    return permute(site, x, &attr);
}

/* ---- Broadcast -------------------------------------------------------------------------- */

static bool broadcast_view(const tg_op *op, const void *attr, int rank, const int64_t *dim,
                           const tg__view *in, tg__view *out)
{
    (void)op, (void)attr;
    *out = (tg__view){ .rank = rank, .offset = in->offset };
    const int missing = rank - in->rank;
    for (int i = 0; i < rank; i++) {
        out->dim[i] = dim[i];
        out->stride[i] = i < missing || in->dim[i - missing] == 1 ? 0 : in->stride[i - missing];
    }
    return true;
}

static void broadcast_vjp(tg_tensor *y, tg_tensor *g, tg_tensor **to)
{
    const tg_tensor *x = y->in[0];
    const int missing = y->rank - x->rank;
    uint32_t axes = 0;
    for (int i = 0; i < y->rank; i++)
        if (i < missing || (x->dim[i - missing] == 1 && y->dim[i] != 1)) axes |= 1u << i;
    to[0] = tg__reshape_to(at, tg__sum_axes(at, g, axes), x->rank, x->dim);
}

const tg_op tg__op_broadcast = { .name = "broadcast",
                                 .kind = TG_KIND_VIEW,
                                 .arity = 1,
                                 .view = broadcast_view,
                                 .vjp = broadcast_vjp };

tg_tensor *tg__broadcast_to(tg_site site, tg_tensor *x, int rank, const int64_t *dim)
{
    if (!x) return NULL;
    if (x->rank == rank && memcmp(x->dim, dim, sizeof *dim * (size_t)rank) == 0) return x;
    size_t bytes;
    tg_shape shape = { .rank = rank };
    memcpy(shape.dim, dim, sizeof *dim * (size_t)rank);
    const int64_t count = tg_shape_count(shape);
    if (count < 0 || !tg__padded_bytes(count, tg_dtype_size((tg_dtype)x->dtype), &bytes)) {
        char text[TG_SHAPE_TEXT];
        return tg__fail_op(x->tape, site, TG_ERR_SHAPE, "broadcast", 1, &x,
                           "%s has more bytes than memory can have addresses",
                           tg__shape_text(text, rank, dim));
    }
    return tg__record(x->tape, site, &tg__op_broadcast, (tg_dtype)x->dtype, rank, dim, 1, &x, NULL,
                      0);
}

tg_tensor *tg_broadcast_at(tg_site site, tg_tensor *x, tg_shape shape)
{
    site = tg__within(site, "tg_broadcast");
    if (!tg__ready(site, "broadcast", 1, &x) ||
        !tg__shape_ok(x->tape, site, "broadcast", (tg_dtype)x->dtype, shape.rank, shape.dim))
        return NULL;
    const int missing = shape.rank - x->rank;
    bool fits = missing >= 0;
    for (int i = 0; fits && i < x->rank; i++)
        fits = x->dim[i] == 1 || x->dim[i] == shape.dim[i + missing];
    if (fits) return tg__broadcast_to(site, x, shape.rank, shape.dim);
    char text[TG_SHAPE_TEXT];
    return tg__fail_op(x->tape, site, TG_ERR_SHAPE, "broadcast", 1, &x,
                       "does not broadcast to %s: from the right, axes must agree or be 1",
                       tg__shape_text(text, shape.rank, shape.dim));
}

/* ---- Slice ------------------------------------------------------------------------------ */

typedef struct slice_attr {
    int64_t axis, start, step;
} slice_attr;

static bool slice_view(const tg_op *op, const void *attr, int rank, const int64_t *dim,
                       const tg__view *in, tg__view *out)
{
    const slice_attr *slice = attr;
    (void)op, (void)rank;
    *out = *in;
    out->offset += slice->start * in->stride[slice->axis];
    out->stride[slice->axis] *= slice->step;
    out->dim[slice->axis] = dim[slice->axis];
    return true;
}

tg_tensor *tg__unslice(tg_site site, const tg_tensor *y, tg_tensor *part)
{
    const slice_attr *slice = y->attr;
    const int axis = (int)slice->axis;
    const int64_t count = y->dim[axis], size = y->in[0]->dim[axis];
    if (count == 0 || !part) return part ? tg_zeros_like_at(site, y->in[0]) : NULL;
    const int64_t last = slice->start + (count - 1) * slice->step;
    return tg_pad_at(site, part, axis, slice->start, size - 1 - last, slice->step - 1, 0.0);
}

static void slice_vjp(tg_tensor *y, tg_tensor *g, tg_tensor **to) { to[0] = tg__unslice(at, y, g); }

static int slice_joins(const tg_tensor *y)
{
    const slice_attr *slice = y->attr;
    return slice->step == 1 && y->dim[slice->axis] > 0 ? 0 : -1;
}

/* A slice of an array along an axis, with step 1, and its cotangent. */
typedef struct slice_part {
    tg_tensor *g;
    uint32_t id; /* of the slice */
    int64_t axis, start, size;
} slice_part;

/* Compares for sorting: by the place along the axis, and of equal parts the one recorded first
 * comes first. */
static int by_place(const void *a, const void *b)
{
    const slice_part *left = a, *right = b;
    if (left->axis != right->axis) return left->axis < right->axis ? -1 : 1;
    if (left->start != right->start) return left->start < right->start ? -1 : 1;
    return left->id < right->id ? -1 : 1;
}

static bool are_equal(const slice_part *a, const slice_part *b)
{
    return a->axis == b->axis && a->start == b->start && a->size == b->size;
}

/* Sorts the parts. True if no two overlap, but for those that are equal, and at least two
 * differ. */
static bool are_apart(slice_part *part, size_t count)
{
    size_t places = 1;
    qsort(part, count, sizeof *part, by_place);
    for (size_t i = 1; i < count; i++) {
        const slice_part *last = &part[i - 1], *next = &part[i];
        if (are_equal(last, next)) continue;
        if (next->axis != last->axis || next->start < last->start + last->size) return false;
        places++;
    }
    return places > 1;
}

/* The concatenation of any number of nodes, in steps, because a node has at most UINT16_MAX
 * operands. Overwrites the list. */
static tg_tensor *concat_all(size_t count, tg_tensor **list, int axis)
{
    enum { MOST = 1 << 15 };
    while (count > MOST) {
        size_t kept = 0;
        for (size_t i = 0; i < count; i += MOST) {
            const size_t these = count - i < MOST ? count - i : MOST;
            list[kept++] = tg_concat_at(at, (tg_list){ these, list + i }, axis);
        }
        count = kept;
    }
    return tg_concat_at(at, (tg_list){ count, list }, axis);
}

/* Concatenates the cotangents, with zeros between, to an array of that shape. Padding each of n
 * cotangents to the whole array and adding them would cost n times as much. */
static tg_tensor *join_parts(int rank, const int64_t *shape, slice_part *part, size_t count,
                             tg_tensor **list)
{
    const int64_t axis = part[0].axis;
    tg_tensor *zero = tg_number_like(part[0].g, 0);
    size_t used = 0;
    int64_t from = 0, dim[TG_MAX_RANK];
    memcpy(dim, shape, sizeof *dim * (size_t)rank);
    for (size_t i = 0; i <= count;) {
        const int64_t to = i < count ? part[i].start : shape[axis];
        dim[axis] = to - from;
        if (to > from) list[used++] = tg__broadcast_to(at, zero, rank, dim);
        if (i == count) break;
        dim[axis] = part[i].size;
        tg_tensor *g = tg__reshape_to(at, part[i].g, rank, dim);
        size_t next = i + 1;
        for (; next < count && are_equal(&part[i], &part[next]); next++)
            g = tg_add(g, tg__reshape_to(at, part[next].g, rank, dim));
        list[used++] = g;
        from = to + part[i].size;
        i = next;
    }
    return concat_all(used, list, (int)axis);
}

/* ---- Slices of slices */

/* The part of an array that a slice of a slice shows: a range of each axis. */
typedef struct box {
    int64_t start[TG_MAX_RANK], size[TG_MAX_RANK];
} box;

/* [g] has the elements of the box, perhaps without its axes of size 1, or with other ones. The
 * axis of the array that axis [k] of g is; -1 if the sizes do not fit, or axis k has size 1. */
static int axis_in_box(const tg_tensor *x, const box *b, const tg_tensor *g, int k)
{
    int found = -1, i = 0;
    for (int j = 0; j < g->rank; j++) {
        if (g->dim[j] == 1) continue;
        while (i < x->rank && b->size[i] == 1) i++;
        if (i == x->rank || b->size[i] != g->dim[j]) return -1;
        if (j == k) found = i;
        i++;
    }
    return found;
}

/* If a cotangent is a pad of something with zeros, as that of a slice is: what is inside the
 * zeros. The box becomes that part. */
static tg_tensor *without_zeros(const tg_tensor *x, tg_tensor *g, box *b, bool *peeled)
{
    tg_tensor *inner = g; /* the node inside the last pad found */
    for (;; g = g->in[0]) {
        if (g->op == &tg__op_reshape) continue;
        if (g->op != &tg__op_pad) return inner;
        const tg__pad_attr *pad = g->attr;
        int k = 0; /* pads are recorded with one axis */
        while (k < g->rank && g->dim[k] == g->in[0]->dim[k]) k++;
        const int axis = k < g->rank ? axis_in_box(x, b, g, k) : -1;
        if (axis < 0 || pad->value != 0 || signbit(pad->value) || pad->between[k] != 0 ||
            g->in[0]->dim[k] == 0)
            return inner;
        b->start[axis] += pad->before[k];
        b->size[axis] = g->in[0]->dim[k];
        inner = g->in[0];
        *peeled = true;
    }
}

/* The place where the elements of the box begin, if they are contiguous in the array; else -1. */
static int64_t place_of(const tg_tensor *x, const box *b)
{
    int64_t place = 0;
    bool whole = true; /* the box has the whole size of all axes after this one */
    for (int i = x->rank - 1, partial = 0; i >= 0; i--) {
        if (!whole && b->size[i] != 1) return -1;
        if (b->size[i] != x->dim[i]) partial++;
        whole = partial == 0;
    }
    for (int i = 0; i < x->rank; i++) place = place * x->dim[i] + b->start[i];
    return place;
}

/* The cotangents of slices of slices, such as two picks in a row, are mostly zeros. The parts
 * inside the zeros are joined, if each is contiguous in the array. NULL if one is not. */
static tg_tensor *join_pieces(tg_tensor *x, size_t count, tg_tensor *const y[],
                              tg_tensor *const g[], slice_part *part, tg_tensor **list)
{
    bool peeled = false;
    for (size_t i = 0; i < count; i++) {
        const slice_attr *slice = y[i]->attr;
        box b = { .start = { 0 } };
        memcpy(b.size, y[i]->dim, sizeof *y[i]->dim * y[i]->rank);
        b.start[slice->axis] = slice->start;
        tg_tensor *inner = without_zeros(x, g[i], &b, &peeled);
        const int64_t place = place_of(x, &b);
        if (place < 0) return NULL;
        part[i] = (slice_part){ inner, y[i]->id, 0, place, tg__elements(inner) };
    }
    const int64_t whole = tg__elements(x);
    if (!peeled || !are_apart(part, count)) return NULL;
    return tg__reshape_to(at, join_parts(1, &whole, part, count, list), x->rank, x->dim);
}

static tg_tensor *slice_join(tg_tensor *x, size_t count, tg_tensor *const y[], tg_tensor *const g[])
{
    const tg_allocator *allocator = &x->tape->allocator;
    slice_part *part = tg__alloc(allocator, count * sizeof *part);
    tg_tensor **list = tg__alloc(allocator, (2 * count + 2) * sizeof(tg_tensor *)), *all = NULL;
    if (part && list) all = join_pieces(x, count, y, g, part, list);
    if (part && list && !all && tg__tape_ready(x->tape)) {
        for (size_t i = 0; i < count; i++) {
            const slice_attr *slice = y[i]->attr;
            part[i] =
                (slice_part){ g[i], y[i]->id, slice->axis, slice->start, y[i]->dim[slice->axis] };
        }
        if (are_apart(part, count)) all = join_parts(x->rank, x->dim, part, count, list);
    }
    tg__free(allocator, part);
    tg__free(allocator, list);
    return all;
}

static void slice_print(const void *attr, FILE *out)
{
    const slice_attr *slice = attr;
    fprintf(out, " axis=%d start=%" PRId64 " step=%" PRId64, (int)slice->axis, slice->start,
            slice->step);
}

const tg_op tg__op_slice = { .name = "slice",
                             .kind = TG_KIND_VIEW,
                             .arity = 1,
                             .view = slice_view,
                             .vjp = slice_vjp,
                             .joins = slice_joins,
                             .join = slice_join,
                             .print = slice_print };

static int64_t clamp_position(int64_t position, int64_t size)
{
    if (position < 0) position += size;
    return position < 0 ? 0 : position > size ? size : position;
}

tg_tensor *tg_slice_at(tg_site site, tg_tensor *x, int axis, int64_t start, int64_t stop,
                       int64_t step)
{
    site = tg__within(site, "tg_slice");
    if (!tg__ready(site, "slice", 1, &x)) return NULL;
    const int positive = tg__axis(site, "slice", x, axis);
    if (positive < 0) return NULL;
    if (step < 1)
        return tg__fail_op(x->tape, site, TG_ERR_ARGUMENT, "slice", 1, &x,
                           "the step is %" PRId64 ", and must be at least 1", step);
    const int64_t size = x->dim[positive];
    start = clamp_position(start, size);
    stop = clamp_position(stop, size);
    int64_t dim[TG_MAX_RANK];
    memcpy(dim, x->dim, sizeof *dim * x->rank);
    dim[positive] = stop > start ? (stop - start - 1) / step + 1 : 0;
    const slice_attr attr = { positive, start, step < size ? step : size > 0 ? size : 1 };
    return tg__record(x->tape, site, &tg__op_slice, (tg_dtype)x->dtype, x->rank, dim, 1, &x, &attr,
                      sizeof attr);
}

/* ---- Stop ------------------------------------------------------------------------------- */

static bool view_as_it_is(const tg_op *op, const void *attr, int rank, const int64_t *dim,
                          const tg__view *in, tg__view *out)
{
    (void)op, (void)attr, (void)rank, (void)dim;
    *out = *in;
    return true;
}

const tg_op tg__op_stop_gradient = { .name = "stop_gradient",
                                     .kind = TG_KIND_VIEW,
                                     .arity = 1,
                                     .view = view_as_it_is,
                                     .no_gradient = "that is what it is for" };

tg_tensor *tg_stop_gradient_at(tg_site site, tg_tensor *x)
{
    site = tg__within(site, "tg_stop_gradient");
    return tg__ready(site, "stop_gradient", 1, &x)
               ? tg__record_like(site, &tg__op_stop_gradient, 1, &x)
               : NULL;
}

/* ---- Concat ----------------------------------------------------------------------------- */

static tg_status concat_call(const tg__call *call)
{
    const int64_t axis = *(const int64_t *)call->attr;
    int64_t outer, inner;
    tg__around(&call->out, axis, &outer, &inner);
    const size_t run = (size_t)inner * tg_dtype_size(call->out.dtype);
    unsigned char *to = call->out.data;
    for (int64_t i = 0; i < outer; i++)
        for (int k = 0; k < call->arity; k++) {
            const size_t bytes = run * (size_t)call->in[k].dim[axis];
            tg__copy_run(to, (const unsigned char *)call->in[k].data + (size_t)i * bytes, bytes);
            to += bytes;
        }
    return TG_OK;
}

static void concat_inset(const void *attr, int i, const tg__view *const in[], tg_dtype dtype,
                         tg__inset *out)
{
    const int64_t axis = *(const int64_t *)attr;
    (void)dtype;
    while (i-- > 0) out->before[axis] += in[i]->dim[axis];
}

static void concat_vjp(tg_tensor *y, tg_tensor *g, tg_tensor **to)
{
    const int64_t axis = *(const int64_t *)y->attr;
    int64_t start = 0;
    for (int i = 0; i < y->arity; i++) {
        const int64_t stop = start + y->in[i]->dim[axis];
        to[i] = tg_slice(g, (int)axis, start, stop, 1);
        start = stop;
    }
}

static void concat_print(const void *attr, FILE *out)
{
    fprintf(out, " axis=%d", (int)*(const int64_t *)attr);
}

const tg_op tg__op_concat = { .name = "concat",
                              .kind = TG_KIND_CALL,
                              .arity = 255,
                              .call = concat_call,
                              .inset = concat_inset,
                              .vjp = concat_vjp,
                              .print = concat_print };

tg_tensor *tg_concat_at(tg_site site, tg_list operands, int axis)
{
    site = tg__within(site, "tg_concat");
    tg_tensor *const *list = operands.node;
    int count;
    if (!tg__list_ready(site, "concat", operands, &count)) return NULL;
    tg_tensor *first = list[0];
    const int positive = tg__axis(site, "concat", first, axis);
    if (positive < 0) return NULL;
    int64_t dim[TG_MAX_RANK];
    memcpy(dim, first->dim, sizeof *dim * first->rank);
    dim[positive] = 0;
    for (int i = 0; i < count; i++) {
        bool agrees = list[i]->dtype == first->dtype && list[i]->rank == first->rank;
        for (int k = 0; agrees && k < first->rank; k++)
            agrees = k == positive || list[i]->dim[k] == first->dim[k];
        if (!agrees)
            return tg__fail_op(
                first->tape, site, TG_ERR_SHAPE, "concat", 2, (tg_tensor *[]){ first, list[i] },
                "operands 0 and %d must have one dtype and agree in all axes but %d", i, positive);
        if (__builtin_add_overflow(dim[positive], list[i]->dim[positive], &dim[positive]))
            return tg__fail_op(first->tape, site, TG_ERR_SHAPE, "concat", 1, &first,
                               "the joined axis would be longer than 2^63");
    }
    if (!tg__shape_ok(first->tape, site, "concat", (tg_dtype)first->dtype, first->rank, dim))
        return NULL;
    if (count == 1) return first;
    const int64_t attr = positive;
    return tg__record(first->tape, site, &tg__op_concat, (tg_dtype)first->dtype, first->rank, dim,
                      count, list, &attr, sizeof attr);
}
