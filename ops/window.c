/* window.c: sliding windows as a view, and its adjoint fold, which adds windows up again. A
 * convolution is a product over windows, a pooling a reduction of them. */
#include "ops/window.h"
#include "ops/ops.h"

#include <inttypes.h>

static const tg_site at = { NULL, 0 };

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

tg_tensor *(tg_window)(tg_site site, tg_tensor *x, int axis, int64_t size, int64_t stride,
                       int64_t dilation)
{
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

/* x is [outer, windows, middle, size]; the result [outer, length, middle]. */
typedef struct folding {
    int64_t outer, windows, middle, size, length, stride, dilation;
} folding;

#define FOLD(type, T, U)                                                                           \
    static void fold_##type(const folding *f, const T *x, T *out)                                  \
    {                                                                                              \
        for (int64_t i = 0; i < f->outer; i++, out += f->length * f->middle)                       \
            for (int64_t w = 0; w < f->windows; w++)                                               \
                for (int64_t j = 0; j < f->middle; j++, x += f->size) {                            \
                    T *to = out + w * f->stride * f->middle + j;                                   \
                    for (int64_t k = 0; k < f->size; k++, to += f->dilation * f->middle)           \
                        *to = (T)((U)*to + (U)x[k]);                                               \
                }                                                                                  \
    }
FOLD(f32, float, float)
FOLD(f64, double, double)
FOLD(i32, int32_t, uint32_t)
FOLD(i64, int64_t, uint64_t)
FOLD(u8, uint8_t, uint32_t)

static tg_status fold_call(const tg__call *call)
{
    const tg__window_attr *attr = call->attr;
    const tg__value *x = &call->in[0];
    folding f = { .outer = 1,
                  .windows = x->dim[attr->axis],
                  .middle = 1,
                  .size = x->dim[x->rank - 1],
                  .length = attr->length,
                  .stride = attr->stride,
                  .dilation = attr->dilation };
    for (int i = 0; i < x->rank - 1; i++)
        if (i != attr->axis) *(i < attr->axis ? &f.outer : &f.middle) *= x->dim[i];
    if (f.windows == 1) f.stride = 1; /* as in the view */
    if (f.size == 1) f.dilation = 1;
    memset(call->out.data, 0, (size_t)tg__value_count(&call->out) * tg_dtype_size(x->dtype));
    switch (x->dtype) {
    case TG_F32: fold_f32(&f, x->data, call->out.data); break;
    case TG_F64: fold_f64(&f, x->data, call->out.data); break;
    case TG_I32: fold_i32(&f, x->data, call->out.data); break;
    case TG_I64: fold_i64(&f, x->data, call->out.data); break;
    default: fold_u8(&f, x->data, call->out.data); break;
    }
    return TG_OK;
}

static void fold_vjp(tg_tensor *y, tg_tensor *g, tg_tensor **to)
{
    const tg_tensor *x = y->in[0];
    to[0] = window(at, g, x->dim[x->rank - 1], *(const tg__window_attr *)y->attr);
}

const tg_op tg__op_fold = { .name = "fold",
                            .kind = TG_KIND_CALL,
                            .arity = 1,
                            .call = fold_call,
                            .vjp = fold_vjp,
                            .print = window_print };

static tg_tensor *fold(tg_site site, tg_tensor *x, tg__window_attr attr)
{
    if (!x) return NULL;
    int64_t dim[TG_MAX_RANK];
    memcpy(dim, x->dim, sizeof *dim * x->rank);
    dim[attr.axis] = attr.length;
    return tg__record(x->tape, site, &tg__op_fold, (tg_dtype)x->dtype, x->rank - 1, dim, 1, &x,
                      &attr, sizeof attr);
}

tg_tensor *(tg_fold)(tg_site site, tg_tensor *x, int axis, int64_t length, int64_t stride,
                     int64_t dilation)
{
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
