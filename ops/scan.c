/* scan.c: running sums, products and extremes along an axis. The sum is a primitive, whose adjoint
 * is the same sum from the other end. Products are a tree of multiplications, so that their
 * gradient divides by nothing. The largest are picked by their positions. */
#include "ops/ops.h"

/* ---- Sums ------------------------------------------------------------------------------- */

typedef struct scan_attr {
    int64_t axis, from_end;
} scan_attr;

/* Columns of a slice are summed side by side, floats in double; [step] is that of the result. */
enum { COLUMNS = 64 };
#define CUMSUM(type, T, Total)                                                                     \
    static void cumsum_##type(int64_t n, int64_t step, int64_t width, const T *x, T *out)          \
    {                                                                                              \
        Total total[COLUMNS] = { 0 };                                                              \
        for (int64_t i = 0; i < n; i++, x += step, out += step)                                    \
            for (int64_t j = 0; j < width; j++) {                                                  \
                total[j] += (Total)x[j];                                                           \
                out[j] = (T)total[j];                                                              \
            }                                                                                      \
    }
CUMSUM(f32, float, double)
CUMSUM(f64, double, double)
CUMSUM(i32, int32_t, uint32_t)
CUMSUM(i64, int64_t, uint64_t)
CUMSUM(u8, uint8_t, uint32_t)

#define CUMSUM_CASE(code, type, T)                                                                 \
    case code:                                                                                     \
        cumsum_##type(n, step, width, (const T *)x->data + first, (T *)call->out.data + first);    \
        break;

static tg_status cumsum_call(const tg__call *call)
{
    const scan_attr *attr = call->attr;
    const tg__value *x = &call->in[0];
    int64_t outer, inner;
    tg__around(x, attr->axis, &outer, &inner);
    const int64_t n = x->dim[attr->axis], step = attr->from_end ? -inner : inner;
    for (int64_t i = 0; n > 0 && i < outer; i++)
        for (int64_t j = 0; j < inner; j += COLUMNS) {
            const int64_t width = inner - j < COLUMNS ? inner - j : COLUMNS;
            const int64_t first = (i * n + (attr->from_end ? n - 1 : 0)) * inner + j;
            switch (x->dtype) {
                CUMSUM_CASE(TG_F32, f32, float)
                CUMSUM_CASE(TG_F64, f64, double)
                CUMSUM_CASE(TG_I32, i32, int32_t)
                CUMSUM_CASE(TG_I64, i64, int64_t)
            default:
                cumsum_u8(n, step, width, (const uint8_t *)x->data + first,
                          (uint8_t *)call->out.data + first);
                break;
            }
        }
    return TG_OK;
}

static tg_tensor *cumsum(tg_site site, tg_tensor *x, scan_attr attr);

static void cumsum_vjp(tg_tensor *y, tg_tensor *g, tg_tensor **to)
{
    const scan_attr *attr = y->attr;
    to[0] = cumsum(*y->site, g, (scan_attr){ attr->axis, !attr->from_end });
}

static void scan_print(const void *attr, FILE *out)
{
    const scan_attr *scan = attr;
    fprintf(out, " axis=%d%s", (int)scan->axis, scan->from_end ? " from the end" : "");
}

const tg_op tg__op_cumsum = { .name = "cumsum",
                              .kind = TG_KIND_CALL,
                              .arity = 1,
                              .call = cumsum_call,
                              .vjp = cumsum_vjp,
                              .print = scan_print };

static tg_tensor *cumsum(tg_site site, tg_tensor *x, scan_attr attr)
{
    if (!x) return NULL;
    return tg__record(x->tape, site, &tg__op_cumsum, (tg_dtype)x->dtype, x->rank, x->dim, 1, &x,
                      &attr, sizeof attr);
}

/* The axis of a scan of numbers; -1 with an error. */
static int scan_axis(tg_site site, const char *name, tg_tensor *x, int axis)
{
    return tg__ready(site, name, 1, &x) && tg__dtype_in(site, name, x, TG_SET_NUMBER)
               ? tg__axis(site, name, x, axis)
               : -1;
}

tg_tensor *tg_cumsum_at(tg_site site, tg_tensor *x, int axis)
{
    site = tg__within(site, "tg_cumsum");
    const int positive = scan_axis(site, "cumsum", x, axis);
    return positive < 0 ? NULL : cumsum(site, x, (scan_attr){ positive, 0 });
}

/* ---- Products --------------------------------------------------------------------------- */

/* [first] and [second] in turns along the axis; first may have one element more. */
static tg_tensor *interleave(tg_site at, tg_tensor *first, tg_tensor *second, int axis)
{
    if (!first || !second) return NULL;
    const int64_t n = first->dim[axis], m = second->dim[axis];
    tg_tensor *even = tg_slice(first, axis, 0, m, 1);
    tg_tensor *pairs = tg_stack(TG_LIST(even, second), axis + 1);
    tg_shape shape = tg_shape_from(even);
    if (shape.rank >= 0) shape.dim[axis] = 2 * m;
    tg_tensor *y = tg_reshape(pairs, shape);
    return n == m ? y : tg_concat(TG_LIST(y, tg_slice(first, axis, m, n, 1)), axis);
}

/* As Blelloch ("Prefix sums and their applications", 1990): products of neighbours, on which the
 * same is done; back from there, each level gives the elements in between. */
static tg_tensor *scan_products(tg_site at, tg_tensor *x, int axis)
{
    tg_tensor *level[64];
    int depth = 0;
    level[0] = x;
    while (level[depth] && level[depth]->dim[axis] > 1) {
        tg_tensor *from = level[depth];
        const int64_t whole = from->dim[axis] / 2 * 2;
        tg_tensor *even = tg_slice(from, axis, 0, whole, 2);
        tg_tensor *odd = tg_slice(from, axis, 1, whole, 2);
        level[++depth] = tg_mul(even, odd);
    }
    tg_tensor *y = level[depth]; /* of one element along the axis: its own product */
    while (y && depth-- > 0) {
        /* y has the products up to every odd element; an even one is its predecessor's times it. */
        const int64_t n = level[depth]->dim[axis];
        tg_tensor *first = tg_slice(level[depth], axis, 0, 1, 1);
        tg_tensor *later = tg_slice(level[depth], axis, 2, n, 2);
        tg_tensor *before = tg_slice(y, axis, 0, (n - 1) / 2, 1);
        tg_tensor *even = tg_concat(TG_LIST(first, tg_mul(before, later)), axis);
        y = interleave(at, even, y, axis);
    }
    return y;
}

tg_tensor *tg_cumprod_at(tg_site site, tg_tensor *x, int axis)
{
    site = tg__within(site, "tg_cumprod");
    const int positive = scan_axis(site, "cumprod", x, axis);
    if (positive < 0) return NULL;
    if (x->rank == TG_MAX_RANK && x->dim[positive] > 1)
        return tg__fail_op(x->tape, site, TG_ERR_UNSUPPORTED, "cumprod", 1, &x,
                           "takes up to %d axes; reshape to join some", TG_MAX_RANK - 1);
    const size_t length = x->tape->count;
    return tg__whole(x->tape, length, scan_products(site, x, positive));
}

/* ---- Extremes --------------------------------------------------------------------------- */

#define CUMARGMAX(type, T, better)                                                                 \
    static void cumargmax_##type(int64_t n, int64_t step, const T *x, int64_t *out)                \
    {                                                                                              \
        int64_t best = 0;                                                                          \
        for (int64_t i = 0; i < n; i++) {                                                          \
            const T a = x[i * step], m = x[best * step];                                           \
            if (better) best = i;                                                                  \
            out[i * step] = best;                                                                  \
        }                                                                                          \
    }
CUMARGMAX(f32, float, m == m && (a > m || a != a))
CUMARGMAX(f64, double, m == m && (a > m || a != a))
CUMARGMAX(i32, int32_t, a > m)
CUMARGMAX(i64, int64_t, a > m)
CUMARGMAX(u8, uint8_t, a > m)

static tg_status cumargmax_call(const tg__call *call)
{
    const scan_attr *attr = call->attr;
    const tg__value *x = &call->in[0];
    int64_t outer, inner;
    tg__around(x, attr->axis, &outer, &inner);
    const int64_t n = x->dim[attr->axis];
    for (int64_t i = 0; i < outer; i++)
        for (int64_t j = 0; j < inner; j++) {
            const int64_t first = i * n * inner + j;
            int64_t *out = (int64_t *)call->out.data + first;
            switch (x->dtype) {
            case TG_F32: cumargmax_f32(n, inner, (const float *)x->data + first, out); break;
            case TG_F64: cumargmax_f64(n, inner, (const double *)x->data + first, out); break;
            case TG_I32: cumargmax_i32(n, inner, (const int32_t *)x->data + first, out); break;
            case TG_I64: cumargmax_i64(n, inner, (const int64_t *)x->data + first, out); break;
            default: cumargmax_u8(n, inner, (const uint8_t *)x->data + first, out); break;
            }
        }
    return TG_OK;
}

const tg_op tg__op_cumargmax = { .name = "cumargmax",
                                 .kind = TG_KIND_CALL,
                                 .arity = 1,
                                 .call = cumargmax_call,
                                 .print = scan_print,
                                 .no_gradient = "its value is not a float" };

static tg_tensor *cumargmax(tg_site site, tg_tensor *x, int axis)
{
    const scan_attr attr = { axis, 0 };
    return tg__record(x->tape, site, &tg__op_cumargmax, TG_I64, x->rank, x->dim, 1, &x, &attr,
                      sizeof attr);
}

tg_tensor *tg_cumargmax_at(tg_site site, tg_tensor *x, int axis)
{
    site = tg__within(site, "tg_cumargmax");
    const int positive = scan_axis(site, "cumargmax", x, axis);
    return positive < 0 ? NULL : cumargmax(site, x, positive);
}

tg_tensor *tg_cummax_at(tg_site site, tg_tensor *x, int axis)
{
    site = tg__within(site, "tg_cummax");
    const int positive = scan_axis(site, "cummax", x, axis);
    if (positive < 0) return NULL;
    const size_t length = x->tape->count;
    tg_tensor *where = cumargmax(site, x, positive);
    return tg__whole(x->tape, length, tg_take_along_at(site, x, where, positive));
}
