/* window.c: sliding windows as a view, and its adjoint fold, which adds windows up again. A
 * convolution is a product over windows, a pooling a reduction of them. */
#include "ops/window.h"
#include "kernels/fold.h"
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

/* The fold of an operand that lies so. */
tg__folding tg__folding_of(const tg__fold_attr *attr, const tg__view *x)
{
    const int rank = x->rank - (int)attr->count;
    int64_t dim[TG_MAX_RANK];
    int first = rank;
    memcpy(dim, x->dim, sizeof dim);
    for (int j = 0; j < attr->count; j++) {
        const int axis = (int)attr->window[j].axis;
        dim[axis] = attr->window[j].length;
        if (axis < first) first = axis;
    }
    const tg__view out = tg__view_dense(rank, dim);
    tg__folding f = { .axes = rank,
                      .elements = (int)attr->count,
                      .unit_rows = 1,
                      .unit = 1,
                      .by_line = tg__fold_by_line(attr, x) };
    for (int i = 0; i < rank; i++) {
        f.axis[i] = (tg__fold_axis){ x->dim[i], x->stride[i], out.stride[i] };
        if (i < first) continue;
        f.unit_rows *= x->dim[i];
        f.unit *= dim[i];
    }
    for (int j = 0; j < attr->count; j++) {
        const tg__window_attr *window = &attr->window[j];
        const int axis = (int)window->axis;
        const int64_t size = x->dim[rank + j], step = out.stride[axis];
        /* As in the view: where nothing is stepped over, steps may be of any length. */
        f.axis[axis].to = x->dim[axis] > 1 ? step * window->stride : 0;
        f.element[j] =
            (tg__fold_axis){ size, x->stride[rank + j], size > 1 ? step * window->dilation : 0 };
    }
    while (f.axes > 1 && f.axis[f.axes - 1].count == 1) f.axes--; /* for longer lines */
    return f;
}

static int64_t units_of(const tg__folding *f)
{
    int64_t rows = 1;
    for (int i = 0; i < f->axes; i++) rows *= f->axis[i].count;
    return f->unit_rows ? rows / f->unit_rows : 0;
}

static size_t fold_scratch(const tg__call *call, int threads)
{
    const tg__operand *x = &call->in[0];
    if (!tg__fold_is_wide(call->attr, (int)x->dtype, &x->view)) return 0;
    return sizeof(double) * (size_t)tg__folding_of(call->attr, &x->view).unit * (size_t)threads;
}

typedef struct fold_job {
    const tg__folding *f;
    const tg__operand *x;
    void *out;
    double *wide; /* a unit for each worker; or NULL */
} fold_job;

static void fold_units(void *context, int64_t first, int64_t last, int worker)
{
    const fold_job *job = context;
    const tg__folding *f = job->f;
    const tg__operand *x = job->x;
    if (!job->wide)
        tg__fold_rows(f, x->dtype, x->data, x->view.offset, first * f->unit_rows,
                      (last - first) * f->unit_rows, job->out);
    else
        for (int64_t i = first; i < last; i++)
            tg__fold_unit_wide(f, x->dtype, x->data, x->view.offset, i, job->out,
                               job->wide + worker * f->unit);
}

static tg_status fold_call(const tg__call *call)
{
    enum { GRAIN = 16384 };
    const tg__operand *x = &call->in[0];
    const tg__folding f = tg__folding_of(call->attr, &x->view);
    const bool wide = tg__fold_is_wide(call->attr, (int)x->dtype, &x->view);
    fold_job job = { &f, x, call->out.data, wide ? call->scratch : NULL };
    tg__parallel(call->pool, units_of(&f), 1 + GRAIN / f.unit, fold_units, &job);
    return TG_OK;
}

/* Threads share units: where there are few, what is folded is to be in memory. */
static bool fold_rows(const tg__call *call, int i, tg__row_shape *shape)
{
    enum { LEAST_UNITS = 8, FEW = 32768 };
    const tg__view *x = &call->in[i].view;
    const tg__folding f = tg__folding_of(call->attr, x);
    const int64_t count = tg__view_count(x);
    if (tg__fold_is_wide(call->attr, (int)call->in[i].dtype, x) ||
        (units_of(&f) < LEAST_UNITS && count > FEW))
        return false;
    *shape = (tg__row_shape){ 1, f.by_line ? f.axis[f.axes - 1].count : 1, f.unit_rows, false };
    for (int j = 0; j < f.elements; j++) shape->columns *= f.element[j].count;
    return true;
}

/* The rows of a block lie one after the other, or side by side. */
static void fold_add(const tg__call *call, int i, int64_t row, int64_t rows, bool tall)
{
    const tg__fold_attr *fold = call->attr;
    const tg__view *x = &call->in[i].view;
    const int rank = x->rank - (int)fold->count;
    tg__view block = tg__view_dense(x->rank, x->dim);
    if (tall) {
        const tg__view by_row = tg__view_dense(rank, x->dim);
        memcpy(block.stride, by_row.stride, (size_t)rank * sizeof *block.stride);
        for (int j = rank; j < x->rank; j++) block.stride[j] *= rows;
    }
    const tg__folding f = tg__folding_of(fold, &block);
    int64_t columns = 1;
    for (int j = rank; j < x->rank; j++) columns *= x->dim[j];
    tg__fold_rows(&f, call->in[i].dtype, call->in[i].data, tall ? -row : -row * columns, row, rows,
                  call->out.data);
}

static const tg__collect fold_collect = { .rows = fold_rows, .add = fold_add };

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
                            .collect = &fold_collect,
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
