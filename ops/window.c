/* window.c: sliding windows as a view, and its adjoint fold, which adds windows up again. A
 * convolution is a product over windows, a pooling a reduction of them. */
#include "ops/window.h"
#include "kernels/accumulate.h"
#include "ops/ops.h"
#include "ops/window_rewrite.h"

#include "kernels/parallel.h"

#include <inttypes.h>

static const tg_site at = { 0 };

static void window_print(const void *attr, FILE *out)
{
    const tg__window_attr *window = attr;
    fprintf(out, " axis=%d stride=%" PRId64 " dilation=%" PRId64, (int)window->axis, window->stride,
            window->dilation);
}

/* ---- Window ----------------------------------------------------------------------------- */

static bool window_view(const tg_op *op, const void *attr, int rank, const int64_t *dim,
                        const tg__view *in, tg__view *out)
{
    const tg__window_attr *window = attr;
    const int axis = (int)window->axis;
    (void)op;
    *out = *in;
    out->rank = rank;
    out->dim[axis] = dim[axis];
    /* Where nothing is stepped over, the steps may be of any length. */
    out->stride[axis] = in->stride[axis] * (dim[axis] > 1 ? window->stride : 1);
    out->dim[rank - 1] = dim[rank - 1];
    out->stride[rank - 1] = in->stride[axis] * (dim[rank - 1] > 1 ? window->dilation : 1);
    return true;
}

static tg_tensor *fold(tg_site site, tg_tensor *x, tg__window_attr attr);
static tg_tensor *window(tg_site site, tg_tensor *x, int64_t size, tg__window_attr attr);

static void window_vjp(tg_tensor *y, tg_tensor *g, tg_tensor **to)
{
    to[0] = fold(at, g, *(const tg__window_attr *)y->attr);
}

const tg_op tg__op_window = { .name = "window",
                              .kind = TG_KIND_VIEW,
                              .arity = 1,
                              .view = window_view,
                              .vjp = window_vjp,
                              .print = window_print };

/* How many windows fit; -1 if not even one. */
static int64_t windows_in(int64_t length, int64_t size, int64_t stride, int64_t dilation)
{
    int64_t reach;
    if (__builtin_mul_overflow(size - 1, dilation, &reach) || reach >= length) return -1;
    return (length - 1 - reach) / stride + 1;
}

static tg_tensor *window(tg_site site, tg_tensor *x, int64_t size, tg__window_attr attr)
{
    int64_t dim[TG_MAX_RANK];
    memcpy(dim, x->dim, sizeof *dim * x->rank);
    dim[attr.axis] = windows_in(attr.length, size, attr.stride, attr.dilation);
    dim[x->rank] = size;
    if (!tg__shape_ok(x->tape, site, "window", (tg_dtype)x->dtype, x->rank + 1, dim)) return NULL;
    return tg__record(x->tape, site, &tg__op_window, (tg_dtype)x->dtype, x->rank + 1, dim, 1, &x,
                      &attr, sizeof attr);
}

static bool steps_ok(tg_site site, const char *name, tg_tensor *x, int64_t stride, int64_t dilation)
{
    if (stride >= 1 && dilation >= 1) return true;
    tg__fail_op(x->tape, site, TG_ERR_ARGUMENT, name, 1, &x,
                "stride and dilation are %" PRId64 " and %" PRId64 ", and must be at least 1",
                stride, dilation);
    return false;
}

tg_tensor *tg_window_at(tg_site site, tg_tensor *x, int axis, int64_t size, int64_t stride,
                        int64_t dilation)
{
    site = tg__within(site, "tg_window");
    if (!tg__ready(site, "window", 1, &x)) return NULL;
    const int positive = tg__axis(site, "window", x, axis);
    if (positive < 0 || !steps_ok(site, "window", x, stride, dilation)) return NULL;
    if (x->rank == TG_MAX_RANK)
        return tg__fail_op(x->tape, site, TG_ERR_SHAPE, "window", 1, &x,
                           "the result would have %d axes, more than %d", x->rank + 1, TG_MAX_RANK);
    const int64_t length = x->dim[positive];
    if (size < 1 || windows_in(length, size, stride, dilation) < 0)
        return tg__fail_op(x->tape, site, TG_ERR_SHAPE, "window", 1, &x,
                           "a window of %" PRId64 " elements, %" PRId64
                           " apart, does not fit into axis %d of size %" PRId64 "; tg_pad the axis "
                           "or take a smaller one",
                           size, dilation, positive, length);
    return window(site, x, size, (tg__window_attr){ positive, length, stride, dilation });
}

/* ---- Fold ------------------------------------------------------------------------------- */

/* A fold is a nest of loops, one for each axis of the operand: a step along the axis is a step in
 * the operand, and one in the result, where all that arrives at one place is added up. */
typedef struct axis_loop {
    int64_t count, from, to; /* steps, of so many elements of the operand and of the result */
} axis_loop;

typedef struct fold_nest {
    int loops;
    axis_loop loop[TG_MAX_RANK + 2]; /* at least two, the innermost last */
    int outer;                       /* those outside all windows */
    int64_t block;                   /* elements of the result inside these */
    int64_t from, to;                /* where these begin, from the block's beginning */
    int64_t part;                    /* elements of the result inside the outermost */
} fold_nest;

/* The two innermost loops. What is contiguous, as a window's few elements or the places of a
 * product, is worth a loop of its own. */
#define FOLD(type, T, U)                                                                           \
    static inline void add_##type(T *to, T x) { *to = (T)((U)*to + (U)x); }                        \
    static void fold_##type(axis_loop a, axis_loop b, const T *x, T *out)                          \
    {                                                                                              \
        for (int64_t i = 0; i < a.count; i++, x += a.from, out += a.to) {                          \
            if (b.from == 1 && b.to == 1 && b.count == 2) {                                        \
                add_##type(out, x[0]);                                                             \
                add_##type(out + 1, x[1]);                                                         \
            } else if (b.from == 1 && b.to == 1) {                                                 \
                for (int64_t k = 0; k < b.count; k++) add_##type(out + k, x[k]);                   \
            } else {                                                                               \
                for (int64_t k = 0; k < b.count; k++) add_##type(out + k * b.to, x[k * b.from]);   \
            }                                                                                      \
        }                                                                                          \
    }
FOLD(f32, float, float)
FOLD(f64, double, double)
FOLD(i32, int32_t, uint32_t)
FOLD(i64, int64_t, uint64_t)
FOLD(u8, uint8_t, uint32_t)

/* Where more than LEAST_WIDE terms may arrive at one place, floats are added as accumulate.h says:
 * in a block of doubles, which are the sums; or, of doubles, what is lost. */
enum { LEAST_WIDE = 256 };

static void wide_f32(axis_loop a, axis_loop b, const float *x, double *sums)
{
    for (int64_t i = 0; i < a.count; i++, x += a.from, sums += a.to)
        for (int64_t k = 0; k < b.count; k++) tg__add_f32(x[k * b.from], sums + k * b.to);
}
static void wide_f64(axis_loop a, axis_loop b, const double *x, double *out, double *lost)
{
    for (int64_t i = 0; i < a.count; i++, x += a.from, out += a.to, lost += a.to)
        for (int64_t k = 0; k < b.count; k++)
            tg__add_kept_f64(x[k * b.from], out + k * b.to, lost + k * b.to);
}

/* [place] is that of [out] in its block. */
static void fold_wide(tg_dtype dtype, const axis_loop *two, const void *x, void *out, int64_t place,
                      double *block)
{
    if (dtype == TG_F32) wide_f32(two[0], two[1], x, block + place);
    else wide_f64(two[0], two[1], x, out, block + place);
}

static void fold_two(tg_dtype dtype, const axis_loop *two, const void *x, void *out)
{
    switch (dtype) {
    case TG_F32: fold_f32(two[0], two[1], x, out); break;
    case TG_F64: fold_f64(two[0], two[1], x, out); break;
    case TG_I32: fold_i32(two[0], two[1], x, out); break;
    case TG_I64: fold_i64(two[0], two[1], x, out); break;
    default: fold_u8(two[0], two[1], x, out); break;
    }
}

/* From that loop inwards; [place] is that of [out] in its block, once inside one. (At most ten
 * calls one inside the other.) */
static void fold_loops(const fold_nest *f, tg_dtype dtype, int depth, const unsigned char *x,
                       unsigned char *out, int64_t place, double *wide)
{
    const int64_t size = (int64_t)tg_dtype_size(dtype);
    /* Zeros come just before what is added to them, while they are in the cache. */
    unsigned char *const block = out;
    if (depth == f->outer) {
        memset(out, 0, (size_t)(f->block * size));
        if (wide) memset(wide, 0, (size_t)f->block * sizeof *wide);
        x += f->from * size;
        out += f->to * size;
        place = f->to;
    }
    if (depth == f->loops - 2) {
        if (wide) fold_wide(dtype, f->loop + depth, x, out, place, wide);
        else fold_two(dtype, f->loop + depth, x, out);
    } else {
        const axis_loop *loop = &f->loop[depth];
        for (int64_t i = 0; i < loop->count; i++)
            fold_loops(f, dtype, depth + 1, x + i * loop->from * size, out + i * loop->to * size,
                       place + i * loop->to, wide);
    }
    if (depth != f->outer || !wide) return;
    if (dtype == TG_F32)
        for (int64_t i = 0; i < f->block; i++) ((float *)(void *)block)[i] = (float)wide[i];
    else
        for (int64_t i = 0; i < f->block; i++) ((double *)(void *)block)[i] += wide[i];
}

typedef struct fold_job {
    const fold_nest *f;
    tg_dtype dtype;
    const unsigned char *x;
    unsigned char *out;
    double *wide; /* a block for each worker; or NULL */
} fold_job;

/* A part of the outermost loop, which is outside all windows. */
static void fold_part(void *context, int64_t first, int64_t last, int worker)
{
    const fold_job *job = context;
    const axis_loop *loop = &job->f->loop[0];
    const int64_t size = (int64_t)tg_dtype_size(job->dtype);
    double *wide = job->wide ? job->wide + worker * job->f->block : NULL;
    for (int64_t i = first; i < last; i++)
        fold_loops(job->f, job->dtype, 1, job->x + i * loop->from * size,
                   job->out + i * loop->to * size, 0, wide);
}

/* Axis [i] of the result, which is [step] elements apart, is two of the operand's if windows were
 * cut from it: those of the windows and of their elements. The one that steps less in the operand
 * goes inside. Either way what arrives at one place arrives in the windows' order, so the sum does
 * not depend on how the operand lies: elements that go outside begin with the last. */
static void add_window_loops(fold_nest *f, const tg__operand *x, int i, int element_axis,
                             const tg__window_attr *attr, int64_t step)
{
    const int64_t windows = x->dim[i], size = x->dim[element_axis];
    /* As in the view: where nothing is stepped over, steps may be of any length. */
    const axis_loop by_window = { windows, x->view.stride[i],
                                  windows > 1 ? step * attr->stride : 0 };
    axis_loop by_element = { size, x->view.stride[element_axis],
                             size > 1 ? step * attr->dilation : 0 };
    if (by_element.from <= by_window.from) {
        f->loop[f->loops++] = by_window;
        f->loop[f->loops++] = by_element;
        return;
    }
    f->from += (size - 1) * by_element.from;
    f->to += (size - 1) * by_element.to;
    by_element.from = -by_element.from;
    by_element.to = -by_element.to;
    f->loop[f->loops++] = by_element;
    f->loop[f->loops++] = by_window;
}

/* The loops of a fold. */
static fold_nest nest_of(const tg__call *call)
{
    const tg__fold_attr *attr = call->attr;
    const tg__operand *x = &call->in[0], *out = &call->out;
    const tg__view dense = tg__view_dense(out->rank, out->dim);
    fold_nest f = { .outer = -1, .block = 1, .part = dense.stride[0] };
    for (int i = 0; i < out->rank; i++) {
        int j = 0;
        while (j < attr->count && attr->window[j].axis != i) j++;
        if (j < attr->count) {
            if (f.outer < 0) f.outer = f.loops;
            add_window_loops(&f, x, i, out->rank + j, &attr->window[j], dense.stride[i]);
        } else {
            f.loop[f.loops++] = (axis_loop){ x->dim[i], x->view.stride[i], dense.stride[i] };
        }
        if (f.outer >= 0) f.block *= out->dim[i];
    }
    return f;
}

/* May so many floats arrive at one place that they need doubles? */
static bool is_wide(const tg__call *call)
{
    const tg__fold_attr *attr = call->attr;
    const tg__operand *x = &call->in[0];
    double most = 1;
    for (int j = 0; j < attr->count; j++) {
        const int64_t windows = x->dim[attr->window[j].axis], size = x->dim[call->out.rank + j];
        most *= (double)(windows < size ? windows : size);
    }
    return tg__is_float((int)x->dtype) && most > LEAST_WIDE;
}

static size_t fold_scratch(const tg__call *call, int threads)
{
    if (!is_wide(call)) return 0;
    return sizeof(double) * (size_t)nest_of(call).block * (size_t)threads;
}

static tg_status fold_call(const tg__call *call)
{
    enum { GRAIN = 16384 };
    const tg__operand *x = &call->in[0];
    const fold_nest f = nest_of(call);
    fold_job job = { &f, x->dtype, x->data, call->out.data, NULL };
    job.x += x->view.offset * (int64_t)tg_dtype_size(x->dtype);
    if (is_wide(call)) job.wide = call->scratch;
    if (f.outer > 0) tg__parallel(call->pool, f.loop[0].count, 1 + GRAIN / f.part, fold_part, &job);
    else fold_loops(&f, x->dtype, 0, job.x, job.out, 0, job.wide);
    return TG_OK;
}

static void fold_print(const void *attr, FILE *out)
{
    const tg__fold_attr *fold = attr;
    for (int i = 0; i < fold->count; i++) window_print(&fold->window[i], out);
}

static void fold_vjp(tg_tensor *y, tg_tensor *g, tg_tensor **to)
{
    const tg_tensor *x = y->in[0];
    to[0] = window(at, g, x->dim[x->rank - 1], ((const tg__fold_attr *)y->attr)->window[0]);
}

const tg_op tg__op_fold = { .name = "fold",
                            .kind = TG_KIND_CALL,
                            .arity = 1,
                            .flags = TG_OP_VIEWS,
                            .call = fold_call,
                            .rewrites = &tg__fold_rewrites,
                            .scratch = fold_scratch,
                            .vjp = fold_vjp,
                            .print = fold_print };

static tg_tensor *fold(tg_site site, tg_tensor *x, tg__window_attr attr)
{
    if (!x) return NULL;
    int64_t dim[TG_MAX_RANK];
    memcpy(dim, x->dim, sizeof *dim * x->rank);
    dim[attr.axis] = attr.length;
    const tg__fold_attr one = { .count = 1, .window = { attr } };
    return tg__record(x->tape, site, &tg__op_fold, (tg_dtype)x->dtype, x->rank - 1, dim, 1, &x,
                      &one, sizeof one);
}

tg_tensor *tg_fold_at(tg_site site, tg_tensor *x, int axis, int64_t length, int64_t stride,
                      int64_t dilation)
{
    site = tg__within(site, "tg_fold");
    if (!tg__ready(site, "fold", 1, &x) || !tg__dtype_in(site, "fold", x, TG_SET_NUMBER))
        return NULL;
    const int positive = tg__axis(site, "fold", x, axis);
    if (positive < 0 || !steps_ok(site, "fold", x, stride, dilation)) return NULL;
    const int64_t windows = x->dim[positive], size = x->dim[x->rank - 1];
    if (positive == x->rank - 1)
        return tg__fail_op(x->tape, site, TG_ERR_SHAPE, "fold", 1, &x,
                           "the last axis has the windows' elements; another counts windows");
    const bool fits =
        length >= 1 && size >= 1 && windows_in(length, size, stride, dilation) == windows;
    if (!fits)
        return tg__fail_op(
            x->tape, site, TG_ERR_SHAPE, "fold", 1, &x,
            "%" PRId64 " windows of %" PRId64 " elements are not what tg_window cuts "
            "from an axis of size %" PRId64 " at stride %" PRId64 " and dilation %" PRId64,
            windows, size, length, stride, dilation);
    int64_t dim[TG_MAX_RANK];
    memcpy(dim, x->dim, sizeof *dim * x->rank);
    dim[positive] = length;
    if (!tg__shape_ok(x->tape, site, "fold", (tg_dtype)x->dtype, x->rank - 1, dim)) return NULL;
    return fold(site, x, (tg__window_attr){ positive, length, stride, dilation });
}
