/* sort.c: the order of elements along an axis is a primitive. To sort is to take elements along
 * it, so the gradient is that of take_along. */
#include "ops/attributes.h"
#include "ops/ops.h"

#include <inttypes.h>

/* ---- Merging ---------------------------------------------------------------------------- */

/* A stable merge sort of positions by the elements there. Sorted runs, at first of one position,
 * are merged to ones of twice the length, from [order] to [spare] and back. Returns the one of
 * the two that has the result. NaN is the largest. */
#define SORT(LESS, dtype, type, T, ...)                                                            \
    static inline bool less_##type(T a, T b) { return LESS; }                                      \
    static int64_t *sort_##type(int64_t n, int64_t step, bool descending, const T *x,              \
                                int64_t *order, int64_t *spare)                                    \
    {                                                                                              \
        for (int64_t i = 0; i < n; i++) order[i] = i;                                              \
        for (int64_t run = 1; run < n; run *= 2) {                                                 \
            for (int64_t first = 0; first < n; first += 2 * run) {                                 \
                const int64_t middle = first + run < n ? first + run : n;                          \
                const int64_t end = middle + run < n ? middle + run : n;                           \
                int64_t left = first, right = middle;                                              \
                for (int64_t k = first; k < end; k++) {                                            \
                    bool later = left == middle;                                                   \
                    if (!later && right < end) {                                                   \
                        const T a = x[order[left] * step], b = x[order[right] * step];             \
                        later = descending ? less_##type(a, b) : less_##type(b, a);                \
                    }                                                                              \
                    spare[k] = order[later ? right++ : left++];                                    \
                }                                                                                  \
            }                                                                                      \
            int64_t *const swap = order;                                                           \
            order = spare;                                                                         \
            spare = swap;                                                                          \
        }                                                                                          \
        return order;                                                                              \
    }
TG_EACH_FLOAT(SORT, a < b || (a == a && b != b))
TG_EACH_INT(SORT, a < b)

#define SORT_CASE(id, dtype, type, T, ...)                                                         \
    case dtype:                                                                                    \
        order = sort_##type(n, inner, descending, (const T *)x->data + first, order, spare);       \
        break;

static tg_status argsort_call(const tg__call *call)
{
    const tg__sort_attr *attr = call->attr;
    const tg__operand *x = &call->in[0];
    const bool descending = attr->descending;
    int64_t outer, inner;
    tg__around(x, attr->axis, &outer, &inner);
    const int64_t n = x->dim[attr->axis];
    for (int64_t i = 0; i < outer; i++)
        for (int64_t j = 0; j < inner; j++) {
            int64_t *order = call->scratch, *spare = order + n;
            const int64_t first = i * n * inner + j;
            switch (x->dtype) {
                TG_EACH_NUMBER(SORT_CASE, sort)
            default: break;
            }
            int64_t *out = (int64_t *)call->out.data + first;
            for (int64_t k = 0; k < n; k++) out[k * inner] = order[k];
        }
    return TG_OK;
}

/* Two lists of positions; none for a result without elements, whose axis may have any length. */
static size_t argsort_scratch(const tg__call *call, int threads)
{
    (void)threads;
    if (tg__operand_count(&call->out) == 0) return 0;
    return 2 * sizeof(int64_t) * (size_t)call->out.dim[((const tg__sort_attr *)call->attr)->axis];
}

static void sort_print(const void *attr, FILE *out)
{
    const tg__sort_attr *sort = attr;
    fprintf(out, " axis=%d%s", (int)sort->axis, sort->descending ? " descending" : "");
}

const tg_op tg__op_argsort = { .name = "argsort",
                               .kind = TG_KIND_CALL,
                               .arity = 1,
                               .call = argsort_call,
                               .scratch = argsort_scratch,
                               .print = sort_print,
                               .no_gradient = "its value is not a float" };

/* ---- Recording -------------------------------------------------------------------------- */

/* The axis that the options name; -1 with an error. */
static int sort_axis(tg_site at, const char *name, tg_tensor *x, int axis)
{
    if (!tg__ready(at, name, 1, &x) || !tg__dtype_in(at, name, x, TG_SET_NUMBER)) return -1;
    return tg__axis(at, name, x, axis);
}

static tg_tensor *argsort(tg_site at, tg_tensor *x, int axis, bool descending)
{
    const tg__sort_attr attr = { axis, descending };
    return tg__record(x->tape, at, &tg__op_argsort, TG_I64, x->rank, x->dim, 1, &x, &attr,
                      sizeof attr);
}

tg_tensor *tg_argsort_with(const tg_sort_args *given)
{
    tg_sort_args args = { TG_SORT_DEFAULTS };
    if (!TG__READ_OPTIONS(args, given, "tg_argsort", x)) return NULL;
    const int axis = sort_axis(args.at, "argsort", args.x, args.axis);
    return axis < 0 ? NULL : argsort(args.at, args.x, axis, args.descending);
}

tg_tensor *tg_sort_with(const tg_sort_args *given)
{
    tg_sort_args args = { TG_SORT_DEFAULTS };
    if (!TG__READ_OPTIONS(args, given, "tg_sort", x)) return NULL;
    const tg_site at = args.at;
    tg_tensor *x = args.x;
    const int axis = sort_axis(args.at, "sort", x, args.axis);
    if (axis < 0) return NULL;
    const size_t length = x->tape->count;
    tg_tensor *order = argsort(at, x, axis, args.descending);
    return tg__whole(x->tape, length, tg_take_along(x, order, axis));
}

tg_tensor *tg_top_k_with(const tg_top_k_args *given)
{
    tg_top_k_args args = { TG_TOP_K_DEFAULTS };
    if (!TG__READ_OPTIONS(args, given, "tg_top_k", x)) return NULL;
    const tg_site at = args.at;
    tg_tensor *x = args.x;
    if (args.indices) *args.indices = NULL;
    const int axis = sort_axis(args.at, "top_k", x, args.axis);
    if (axis < 0) return NULL;
    if (args.k < 0 || args.k > x->dim[axis])
        return tg__fail_op(x->tape, at, TG_ERR_ARGUMENT, "top_k", 1, &x,
                           "k is %" PRId64 ", and axis %d has %" PRId64 " elements", args.k, axis,
                           x->dim[axis]);
    const size_t length = x->tape->count;
    tg_tensor *order = argsort(at, x, axis, !args.smallest);
    tg_tensor *first = tg_slice(order, axis, 0, args.k, 1);
    tg_tensor *y = tg__whole(x->tape, length, tg_take_along(x, first, axis));
    if (args.indices && y) *args.indices = first;
    return y;
}
