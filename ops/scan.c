/* scan.c: running sums, products and extremes along an axis. The sum is a primitive; its adjoint
 * is the same sum from the other end. Products are in product.c. Extremes are taken by their
 * positions. */
#include "kernels/accumulate.h"
#include "ops/attributes.h"
#include "ops/ops.h"

/* ---- Sums ------------------------------------------------------------------------------- */

/* Up to COLUMNS columns are summed side by side (accumulate.h). [step] is the distance of
 * elements along the axis, and negative from the end. */
enum { COLUMNS = 64 };
#define CUMSUM(type, T, sums, add, value)                                                          \
    static void cumsum_##type(int64_t n, int64_t step, int64_t width, const T *x, T *out)          \
    {                                                                                              \
        sums total;                                                                                \
        memset(&total, 0, sizeof total);                                                           \
        for (int64_t i = 0; i < n; i++, x += step, out += step)                                    \
            for (int64_t j = 0; j < width; j++) {                                                  \
                add;                                                                               \
                out[j] = (T)(value);                                                               \
            }                                                                                      \
    }
#define CUMSUM_INT(id, dtype, type, T, U, ...)                                                     \
    CUMSUM(type, T, sums_int, total.sum[j] += (U)x[j], total.sum[j])
typedef struct sums_f32 {
    double sum[COLUMNS];
} sums_f32;
typedef struct sums_f64 {
    double sum[COLUMNS], lost[COLUMNS];
} sums_f64;
typedef struct sums_int {
    uint64_t sum[COLUMNS];
} sums_int;
CUMSUM(f32, float, sums_f32, tg__add_f32(x[j], total.sum + j), total.sum[j])
CUMSUM(f64, double, sums_f64, tg__add_kept_f64(x[j], total.sum + j, total.lost + j),
       total.sum[j] + total.lost[j])
TG_EACH_INT(CUMSUM_INT, cumsum)

#define CUMSUM_CASE(id, dtype, type, T, ...)                                                       \
    case dtype:                                                                                    \
        cumsum_##type(n, step, width, (const T *)x->data + first, (T *)call->out.data + first);    \
        break;

static tg_status cumsum_call(const tg__call *call)
{
    const tg__scan_attr *attr = call->attr;
    const tg__operand *x = &call->in[0];
    int64_t outer, inner;
    tg__around(x, attr->axis, &outer, &inner);
    const int64_t n = x->dim[attr->axis], step = attr->from_end ? -inner : inner;
    for (int64_t i = 0; n > 0 && i < outer; i++)
        for (int64_t j = 0; j < inner; j += COLUMNS) {
            const int64_t width = inner - j < COLUMNS ? inner - j : COLUMNS;
            const int64_t first = (i * n + (attr->from_end ? n - 1 : 0)) * inner + j;
            switch (x->dtype) {
                TG_EACH_NUMBER(CUMSUM_CASE, cumsum)
            default: break;
            }
        }
    return TG_OK;
}

static tg_tensor *cumsum(tg_site site, tg_tensor *x, tg__scan_attr attr);

static void cumsum_vjp(tg_tensor *y, tg_tensor *g, tg_tensor **to)
{
    const tg__scan_attr *attr = y->attr;
    to[0] = cumsum(*y->site, g, (tg__scan_attr){ attr->axis, !attr->from_end });
}

static void scan_print(const void *attr, FILE *out)
{
    const tg__scan_attr *scan = attr;
    fprintf(out, " axis=%d%s", (int)scan->axis, scan->from_end ? " from the end" : "");
}

const tg_op tg__op_cumsum = { .name = "cumsum",
                              .kind = TG_KIND_CALL,
                              .arity = 1,
                              .call = cumsum_call,
                              .vjp = cumsum_vjp,
                              .print = scan_print };

static tg_tensor *cumsum(tg_site site, tg_tensor *x, tg__scan_attr attr)
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
    return positive < 0 ? NULL : cumsum(site, x, (tg__scan_attr){ positive, 0 });
}

/* ---- Products --------------------------------------------------------------------------- */

tg_tensor *tg_cumprod_at(tg_site site, tg_tensor *x, int axis)
{
    site = tg__within(site, "tg_cumprod");
    const int positive = scan_axis(site, "cumprod", x, axis);
    return positive < 0 ? NULL : tg__products(site, x, positive, true);
}

/* ---- Extremes --------------------------------------------------------------------------- */

#define CUMARGMAX(better, dtype, type, T, ...)                                                     \
    static void cumargmax_##type(int64_t n, int64_t step, const T *x, int64_t *out)                \
    {                                                                                              \
        int64_t best = 0;                                                                          \
        for (int64_t i = 0; i < n; i++) {                                                          \
            const T a = x[i * step], m = x[best * step];                                           \
            if (better) best = i;                                                                  \
            out[i * step] = best;                                                                  \
        }                                                                                          \
    }
TG_EACH_FLOAT(CUMARGMAX, m == m && (a > m || a != a))
TG_EACH_INT(CUMARGMAX, a > m)

#define CUMARGMAX_CASE(id, dtype, type, T, ...)                                                    \
    case dtype: cumargmax_##type(n, inner, (const T *)x->data + first, out); break;

static tg_status cumargmax_call(const tg__call *call)
{
    const tg__scan_attr *attr = call->attr;
    const tg__operand *x = &call->in[0];
    int64_t outer, inner;
    tg__around(x, attr->axis, &outer, &inner);
    const int64_t n = x->dim[attr->axis];
    for (int64_t i = 0; i < outer; i++)
        for (int64_t j = 0; j < inner; j++) {
            const int64_t first = i * n * inner + j;
            int64_t *out = (int64_t *)call->out.data + first;
            switch (x->dtype) {
                TG_EACH_NUMBER(CUMARGMAX_CASE, cumargmax)
            default: break;
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
    const tg__scan_attr attr = { axis, 0 };
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
