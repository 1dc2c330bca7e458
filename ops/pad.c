/* pad.c: elements put before, behind and between those of an axis. It is recorded axis by axis, and
 * the planner makes one pass of several. A convolution begins with one, so it must be quick: what
 * is padded are lines of a few dozen elements. */
#include "autograd/value.h"
#include "ops/ops.h"
#include "ops/window.h"

#include "kernels/parallel.h"

#include <inttypes.h>

static const tg_site at = { 0 };

static void fill(void *out, tg_dtype dtype, int64_t count, double value)
{
    switch (dtype) {
    case TG_F32:
        for (int64_t i = 0; i < count; i++) ((float *)out)[i] = (float)value;
        break;
    case TG_F64:
        for (int64_t i = 0; i < count; i++) ((double *)out)[i] = value;
        break;
    case TG_I32:
        for (int64_t i = 0; i < count; i++) ((int32_t *)out)[i] = (int32_t)value;
        break;
    case TG_I64:
        for (int64_t i = 0; i < count; i++) ((int64_t *)out)[i] = (int64_t)value;
        break;
    default: memset(out, (int)value, (size_t)count); break;
    }
}

typedef struct padding {
    const tg__pad_attr *attr;
    const tg__view *from;
    const int64_t *dim; /* of the result */
    tg_dtype dtype;
    int whole; /* from this axis on the operand is dense, and nothing is added */
    int64_t step[TG_MAX_RANK + 1]; /* elements of the result from that axis on */
    unsigned char element[8];      /* the value */
    const void *end;               /* of the result */
} padding;

/* [count] elements of the padding's value. */
static unsigned char *blank(const padding *p, unsigned char *to, int64_t count)
{
    fill(to, p->dtype, count, p->attr->value);
    return to + (size_t)count * tg_dtype_size(p->dtype);
}

enum { CHUNK = 8 };

/* Lines of single elements, [apart] from each other in the operand: so many of the padding's value,
 * then the operand's with some between them, then so many. */
typedef struct lines {
    int64_t count, apart;
    int64_t before, length, stride, between, after;
} lines;

/* Lines are short, and what pads them shorter. So where there is room, a few elements are written
 * whole, and what comes behind is put right by what follows. */
#define LINES(type, T)                                                                             \
    static inline void copy_##type(const T *from, int64_t n, T *to)                                \
    {                                                                                              \
        int64_t i = 0;                                                                             \
        for (; i + CHUNK <= n; i += CHUNK) memcpy(to + i, from + i, CHUNK * sizeof(T));            \
        if (i < n && n >= CHUNK) memcpy(to + n - CHUNK, from + n - CHUNK, CHUNK * sizeof(T));      \
        else                                                                                       \
            for (; i < n; i++) to[i] = from[i];                                                    \
    }                                                                                              \
    static inline T *blank_##type(const T *values, int64_t n, T *to, const T *end)                 \
    {                                                                                              \
        if (n <= CHUNK && end - to >= CHUNK) memcpy(to, values, CHUNK * sizeof(T));                \
        else                                                                                       \
            for (int64_t i = 0; i < n; i++) to[i] = *values;                                       \
        return to + n;                                                                             \
    }                                                                                              \
    static T *pad_lines_##type(const lines *l, const void *value, const T *first, T *to,           \
                               const T *end)                                                       \
    {                                                                                              \
        T values[CHUNK];                                                                           \
        for (int i = 0; i < CHUNK; i++) memcpy(&values[i], value, sizeof(T));                      \
        for (int64_t k = 0; k < l->count; k++) {                                                   \
            const T *from = first + k * l->apart;                                                  \
            to = blank_##type(values, l->before, to, end);                                         \
            if (l->between == 0 && l->stride == 1) {                                               \
                copy_##type(from, l->length, to);                                                  \
                to += l->length;                                                                   \
            } else {                                                                               \
                for (int64_t i = 0; i < l->length; i++, from += l->stride) {                       \
                    if (i > 0) to = blank_##type(values, l->between, to, end);                     \
                    *to++ = *from;                                                                 \
                }                                                                                  \
            }                                                                                      \
            to = blank_##type(values, l->after, to, end);                                          \
        }                                                                                          \
        return to;                                                                                 \
    }
LINES(u32, uint32_t)
LINES(u64, uint64_t)
LINES(u8, uint8_t)

static unsigned char *pad_lines(const padding *p, const lines *l, const void *from, void *to)
{
    switch (tg_dtype_size(p->dtype)) {
    case 4: return (void *)pad_lines_u32(l, p->element, from, to, p->end);
    case 8: return (void *)pad_lines_u64(l, p->element, from, to, p->end);
    default: return pad_lines_u8(l, p->element, from, to, p->end);
    }
}

/* The lines along the last axis, and how many of them are one after the other. */
static lines lines_of(const padding *p, int axis)
{
    const int last = p->from->rank - 1;
    const int64_t length = p->from->dim[last], between = p->attr->between[last];
    lines l = { .count = 1,
                .before = p->attr->before[last],
                .length = length,
                .stride = p->from->stride[last],
                .between = between };
    l.after = p->dim[last] - l.before - (length > 0 ? length + (length - 1) * between : 0);
    if (axis == last) return l;
    l.count = p->from->dim[axis];
    l.apart = p->from->stride[axis];
    return l;
}

/* Behind which element of the result's axis stand the operand's first [count]. */
static int64_t ends_at(const padding *p, int axis, int64_t count)
{
    return count > 0 ? p->attr->before[axis] + count + (count - 1) * p->attr->between[axis] : 0;
}

static unsigned char *pad_range(const padding *p, int axis, int64_t first, int64_t last,
                                const unsigned char *from, unsigned char *to);

/* Copies what lies from that axis on to its place in the result, and returns where that ends. (One
 * call inside the other for each axis: at most eight.) */
static unsigned char *pad_axis(const padding *p, int axis, const unsigned char *from,
                               unsigned char *to)
{
    const size_t size = tg_dtype_size(p->dtype);
    if (axis == p->whole) {
        const size_t bytes = size * (size_t)p->step[axis];
        tg__copy_run(to, from, bytes);
        return to + bytes;
    }
    if (axis + 1 == p->from->rank) {
        const lines l = lines_of(p, axis);
        return pad_lines(p, &l, from, to);
    }
    const int64_t count = p->from->dim[axis], step = p->step[axis + 1];
    const int64_t before = p->attr->before[axis] * step;
    const int64_t after = (p->dim[axis] - ends_at(p, axis, count)) * step;
    const bool together = p->attr->between[axis] == 0 && count > 0;
    if (together && axis + 1 == p->whole && p->from->stride[axis] == step) {
        to = blank(p, to, before);
        tg__copy_run(to, from, size * (size_t)(count * step));
        return blank(p, to + size * (size_t)(count * step), after);
    }
    if (together && axis + 2 == p->from->rank && p->whole == p->from->rank) {
        const lines l = lines_of(p, axis);
        return blank(p, pad_lines(p, &l, from, blank(p, to, before)), after);
    }
    return pad_range(p, axis, 0, count, from, to);
}

/* Elements [first, last) of the operand's axis, with what stands before each, and behind the last
 * of all; [from] is the first of all. */
static unsigned char *pad_range(const padding *p, int axis, int64_t first, int64_t last,
                                const unsigned char *from, unsigned char *to)
{
    const int64_t stride = p->from->stride[axis] * (int64_t)tg_dtype_size(p->dtype);
    const int64_t step = p->step[axis + 1];
    for (int64_t i = first; i < last; i++) {
        to = blank(p, to, (i > 0 ? p->attr->between[axis] : p->attr->before[axis]) * step);
        to = pad_axis(p, axis + 1, from + i * stride, to);
    }
    return last < p->from->dim[axis] ? to
                                     : blank(p, to, (p->dim[axis] - ends_at(p, axis, last)) * step);
}

typedef struct padding_job {
    padding p;
    const unsigned char *from;
    unsigned char *to;
} padding_job;

/* A part of the first axis. Nothing behind it may be written, not even to be put right. */
static void pad_part(void *context, int64_t first, int64_t last, int worker)
{
    const padding_job *job = context;
    padding p = job->p;
    (void)worker;
    const int64_t bytes = p.step[1] * (int64_t)tg_dtype_size(p.dtype);
    const int64_t end = last < p.from->dim[0] ? ends_at(&p, 0, last) : p.dim[0];
    p.end = job->to + end * bytes;
    (void)pad_range(&p, 0, first, last, job->from, job->to + ends_at(&p, 0, first) * bytes);
}

/* Many images, or whatever the first axis counts, are shared out among threads. */
static tg_status pad_call(const tg__call *call)
{
    enum { GRAIN = 16384 };
    const tg__view *view = &call->in[0].view;
    padding_job job = {
        .p = { .attr = call->attr, .from = view, .dim = call->out.dim, .dtype = call->out.dtype },
        .to = call->out.data
    };
    padding *p = &job.p;
    const int64_t size = (int64_t)tg_dtype_size(p->dtype);
    fill(p->element, p->dtype, 1, p->attr->value);
    p->whole = view->rank;
    p->step[p->whole] = 1;
    for (int i = view->rank - 1; i >= 0; i--) p->step[i] = p->step[i + 1] * p->dim[i];
    p->end = job.to + p->step[0] * size;
    while (p->whole > 0 && view->dim[p->whole - 1] == p->dim[p->whole - 1] &&
           (view->stride[p->whole - 1] == p->step[p->whole] || view->dim[p->whole - 1] == 1))
        p->whole--;
    job.from = (const unsigned char *)call->in[0].data + view->offset * size;
    if (view->rank > 2 && p->whole > 1 && view->dim[0] > 1 && p->step[1] > 0)
        tg__parallel(call->pool, view->dim[0], 1 + GRAIN / p->step[1], pad_part, &job);
    else (void)pad_axis(p, 0, job.from, job.to);
    return TG_OK;
}

static void pad_inset(const void *attr, int i, const tg__view *const in[], tg_dtype dtype,
                      tg__inset *out)
{
    const tg__pad_attr *pad = attr;
    (void)i, (void)in;
    for (int axis = 0; axis < out->rank; axis++) {
        out->before[axis] = pad->before[axis];
        out->every[axis] = pad->between[axis] + 1;
    }
    out->fills = true;
    fill(out->element, dtype, 1, pad->value);
}

static void pad_vjp(tg_tensor *y, tg_tensor *g, tg_tensor **to)
{
    const tg__pad_attr *attr = y->attr;
    to[0] = g;
    for (int i = 0; i < y->rank && to[0]; i++) {
        const int64_t size = y->in[0]->dim[i], step = attr->between[i] + 1;
        if (size == y->dim[i]) continue;
        if (size == 0) {
            to[0] = tg_zeros_like(y->in[0]);
            return;
        }
        to[0] = tg_slice(to[0], i, attr->before[i], attr->before[i] + (size - 1) * step + 1, step);
    }
}

static void pad_print(const void *attr, FILE *out)
{
    const tg__pad_attr *pad = attr;
    for (int i = 0; i < TG_MAX_RANK; i++)
        if (pad->before[i] || pad->between[i])
            fprintf(out, " axis=%d before=%" PRId64 " between=%" PRId64, i, pad->before[i],
                    pad->between[i]);
    tg__print(out, " value=%g", pad->value);
}

/* ---- In a program ------------------------------------------------------------------------ */

/* If [x] pads what another pad gives, and along other axes: both in one. */
static bool rewrite_pad(tg__rewriter *r, const tg_tensor *x, const tg_op **op, tg__ref *in,
                        tg__ref *result)
{
    const tg__ref operand = tg__ref_of(r, x->in[0]);
    const tg__value *inner = tg__value_at(r, operand.value);
    const tg__pad_attr *outer_attr = x->attr, *inner_attr = inner->attr;
    (void)op, (void)in;
    if (operand.view || inner->op != x->op || tg__uses_of(r, x->in[0]) != 1 ||
        memcmp(&inner_attr->value, &outer_attr->value, sizeof outer_attr->value) != 0)
        return false;
    tg__pad_attr attr = *inner_attr;
    for (int i = 0; i < x->rank; i++) {
        if (x->dim[i] == x->in[0]->dim[i]) continue;
        if (x->in[0]->dim[i] != inner->view[0]->dim[i]) return false; /* along one axis twice */
        attr.before[i] = outer_attr->before[i];
        attr.between[i] = outer_attr->between[i];
    }
    *result = tg__value_joined(r, x, operand.value, &attr, sizeof attr);
    return true;
}

static const tg__rewrites pad_rewrites = { .node = rewrite_pad };

const tg_op tg__op_pad = { .name = "pad",
                           .kind = TG_KIND_CALL,
                           .arity = 1,
                           .flags = TG_OP_VIEWS,
                           .call = pad_call,
                           .inset = pad_inset,
                           .rewrites = &pad_rewrites,
                           .vjp = pad_vjp,
                           .print = pad_print };

tg_tensor *tg_pad_at(tg_site site, tg_tensor *x, int axis, int64_t before, int64_t after,
                     int64_t between, double value)
{
    site = tg__within(site, "tg_pad");
    if (!tg__ready(site, "pad", 1, &x)) return NULL;
    const int positive = tg__axis(site, "pad", x, axis);
    if (positive < 0) return NULL;
    if (before < 0 || after < 0 || between < 0)
        return tg__fail_op(x->tape, site, TG_ERR_ARGUMENT, "pad", 1, &x,
                           "before, after and between are %" PRId64 ", %" PRId64 ", %" PRId64
                           ", and must not be negative (tg_slice takes away)",
                           before, after, between);
    if (!tg__holds(site, "pad", x->tape, (tg_dtype)x->dtype, x, value)) return NULL;
    int64_t dim[TG_MAX_RANK], gaps = 0;
    memcpy(dim, x->dim, sizeof *dim * x->rank);
    int64_t *size = &dim[positive];
    if (*size <= 1) between = 0; /* there are no neighbours */
    bool overflow = *size > 1 && __builtin_mul_overflow(*size - 1, between, &gaps);
    overflow |= __builtin_add_overflow(*size, gaps, size) ||
                __builtin_add_overflow(*size, before, size) ||
                __builtin_add_overflow(*size, after, size);
    if (overflow)
        return tg__fail_op(x->tape, site, TG_ERR_SHAPE, "pad", 1, &x,
                           "the padded axis would be longer than 2^63");
    if (!tg__shape_ok(x->tape, site, "pad", (tg_dtype)x->dtype, x->rank, dim)) return NULL;
    if (dim[positive] == x->dim[positive]) return x;
    tg__pad_attr attr = { .value = value };
    attr.before[positive] = before;
    attr.between[positive] = between;
    return tg__record(x->tape, site, &tg__op_pad, (tg_dtype)x->dtype, x->rank, dim, 1, &x, &attr,
                      sizeof attr);
}
