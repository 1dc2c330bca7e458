/* reduce.c: the primitives that reduce: sum, sum of squares, mean, max, min, argmax, argmin; and
 * any and all, which are max and min of bools. Nodes keep the reduced axes with size 1; the
 * public functions remove them by a reshape, which costs nothing. The sum's adjoint is the
 * broadcast, and the broadcast's the sum: this file and movement.c use each other. Kernel functions
 * are in reduce_kernels.c. */
#include "ops/ops.h"
#include "ops/reduce_kernels.h"

static const tg_site at = { 0 };

/* ---- Rules ------------------------------------------------------------------------------ */

tg_tensor *tg__spread_like(tg_site site, tg_tensor *x, const tg_tensor *like)
{
    return tg__broadcast_to(site, x, like->rank, like->dim);
}

static void sum_vjp(tg_tensor *y, tg_tensor *g, tg_tensor **to)
{
    to[0] = tg__spread_like(at, g, y->in[0]);
}

/* 2 x g. In f32, g may be out of range where the product is not. */
static void sum_squares_vjp(tg_tensor *y, tg_tensor *g, tg_tensor **to)
{
    tg_tensor *x = y->in[0], *twice = tg__spread_like(at, tg_mul_num(g, 2), x);
    to[0] = x->dtype == TG_F64 ? tg_mul(twice, x) : tg__scaled(at, twice, x);
}

static void mean_vjp(tg_tensor *y, tg_tensor *g, tg_tensor **to)
{
    const int64_t n = tg__elements(y->in[0]) / (tg__elements(y) ? tg__elements(y) : 1);
    to[0] = tg__spread_like(at, tg_div_num(g, (double)n), y->in[0]);
}

/* All elements that are the extreme get equal shares. */
static void extreme_vjp(tg_tensor *y, tg_tensor *g, tg_tensor **to)
{
    const tg__reduce_attr *attr = y->attr;
    tg_tensor *x = y->in[0], *zero = tg_number_like(g, 0), *one = tg_number_like(g, 1);
    tg_tensor *best = tg_equal(x, tg__spread_like(at, y, x));
    tg_tensor *ties = tg__sum_axes(at, tg_select(best, one, zero), attr->axes);
    /* Nothing is equal to a NaN, so then all get NaN; else it would be lost. */
    tg_tensor *fixed = tg_stop_gradient(y);
    tg_tensor *rest = tg_select(tg_is_nan(fixed), fixed, zero);
    tg_tensor *part = tg__spread_like(at, tg_div(g, ties), x);
    to[0] = tg_select(best, part, tg__spread_like(at, rest, x));
}

static void print_axes(const void *attr, FILE *out)
{
    const tg__reduce_attr *reduce = attr;
    const char *separator = " axes=";
    for (int i = 0; i < TG_MAX_RANK; i++)
        if (reduce->axes >> i & 1) fprintf(out, "%s%d", separator, i), separator = ",";
}

/* ---- Operations ------------------------------------------------------------------------- */

#define REDUCTION(id, rule, rest)                                                                  \
    const tg_op tg__op_##id = { .name = #id,                                                       \
                                .kind = TG_KIND_REDUCE,                                            \
                                .arity = 1,                                                        \
                                .reduce = tg__##id##_kernels,                                      \
                                .combine = rest,                                                   \
                                .vjp = rule,                                                       \
                                .print = print_axes,                                               \
                                .domain = { { -2, 2 }, { 0, 0 } } };

REDUCTION(sum, sum_vjp, NULL)
REDUCTION(sum_squares, sum_squares_vjp, &tg__op_sum)
REDUCTION(mean, mean_vjp, NULL)
REDUCTION(max, extreme_vjp, NULL)
REDUCTION(min, extreme_vjp, NULL)

/* Records the reduction over the axes of the set, which stay with size 1. A sum of squares of
 * single elements is recorded as a square (op.h, combine). */
static tg_tensor *reduce_axes(tg_site site, const tg_op *op, tg_tensor *x, uint32_t axes)
{
    int64_t dim[TG_MAX_RANK];
    bool single = true;
    for (int i = 0; i < x->rank; i++) {
        dim[i] = axes >> i & 1 ? 1 : x->dim[i];
        single = single && dim[i] == x->dim[i];
    }
    const bool squares = op == &tg__op_sum_squares;
    if (squares && single) return tg_square_at(site, tg_cast_at(site, x, TG_F64));
    const tg__reduce_attr attr = { axes };
    return tg__record(x->tape, site, op, squares ? TG_F64 : (tg_dtype)x->dtype, x->rank, dim, 1, &x,
                      &attr, sizeof attr);
}

tg_tensor *tg__sum_axes(tg_site site, tg_tensor *x, uint32_t axes)
{
    return x ? reduce_axes(site, &tg__op_sum, x, axes) : NULL;
}

tg_tensor *tg__sum_squares_axes(tg_site site, tg_tensor *x, uint32_t axes)
{
    return x ? reduce_axes(site, &tg__op_sum_squares, x, axes) : NULL;
}

/* ---- Public functions ------------------------------------------------------------------- */

bool tg__axes_of(const tg_reduce_args *args, const char *name, uint32_t *axes)
{
    tg_tensor *x = args->x;
    const tg_site site = args->at;
    *axes = 0;
    if (args->axes.count < 0)
        return tg__fail_op(x->tape, site, TG_ERR_SHAPE, name, 1, &x, "more than %d axes",
                           TG_MAX_RANK) != NULL;
    if (args->axis != TG_ALL_AXES) {
        if (args->axes.count)
            return tg__fail_op(x->tape, site, TG_ERR_ARGUMENT, name, 1, &x,
                               "give .axis or .axes, not both") != NULL;
        const int axis = tg__axis(site, name, x, args->axis);
        *axes = axis < 0 ? 0 : 1u << axis;
        return axis >= 0;
    }
    for (int i = 0; i < args->axes.count; i++) {
        const int axis = tg__axis(site, name, x, args->axes.axis[i]);
        if (axis < 0) return false;
        if (*axes >> axis & 1)
            return tg__fail_op(x->tape, site, TG_ERR_SHAPE, name, 1, &x, "axis %d is named twice",
                               axis) != NULL;
        *axes |= 1u << axis;
    }
    if (args->axes.count == 0) *axes = (1u << x->rank) - 1;
    return true;
}

tg_tensor *tg__drop_axes(tg_site site, tg_tensor *y, uint32_t axes, bool keep)
{
    if (!y || keep || axes == 0) return y;
    int rank = 0;
    int64_t dim[TG_MAX_RANK];
    for (int i = 0; i < y->rank; i++)
        if (!(axes >> i & 1)) dim[rank++] = y->dim[i];
    return tg__reshape_to(site, y, rank, dim);
}

static bool something_to_pick(const tg_reduce_args *args, const char *name, uint32_t axes)
{
    tg_tensor *x = args->x;
    for (int i = 0; i < x->rank; i++)
        if (axes >> i & 1 && x->dim[i] == 0)
            return tg__fail_op(x->tape, args->at, TG_ERR_SHAPE, name, 1, &x,
                               "axis %d is empty, and nothing has no largest or smallest element",
                               i) != NULL;
    return true;
}

static tg_tensor *reduction(const tg_reduce_args *args, const tg_op *op, unsigned set, bool picks)
{
    tg_tensor *x = args->x;
    uint32_t axes;
    if (!tg__ready(args->at, op->name, 1, &x) || !tg__dtype_in(args->at, op->name, x, set) ||
        !tg__axes_of(args, op->name, &axes) || (picks && !something_to_pick(args, op->name, axes)))
        return NULL;
    const size_t length = x->tape->count;
    tg_tensor *y = reduce_axes(args->at, op, x, axes);
    return tg__whole(x->tape, length, tg__drop_axes(args->at, y, axes, args->keep));
}

tg_tensor *tg_sum_with(const tg_reduce_args *given)
{
    tg_reduce_args args = { TG_REDUCE_DEFAULTS };
    if (!TG__READ_OPTIONS(args, given, "tg_sum", x)) return NULL;
    return reduction(&args, &tg__op_sum, TG_SET_NUMBER, false);
}
tg_tensor *tg_sum_squares_with(const tg_reduce_args *given)
{
    tg_reduce_args args = { TG_REDUCE_DEFAULTS };
    if (!TG__READ_OPTIONS(args, given, "tg_sum_squares", x)) return NULL;
    return reduction(&args, &tg__op_sum_squares, TG_SET_FLOAT, false);
}
tg_tensor *tg_mean_with(const tg_reduce_args *given)
{
    tg_reduce_args args = { TG_REDUCE_DEFAULTS };
    if (!TG__READ_OPTIONS(args, given, "tg_mean", x)) return NULL;
    return reduction(&args, &tg__op_mean, TG_SET_FLOAT, false);
}
tg_tensor *tg_max_with(const tg_reduce_args *given)
{
    tg_reduce_args args = { TG_REDUCE_DEFAULTS };
    if (!TG__READ_OPTIONS(args, given, "tg_max", x)) return NULL;
    return reduction(&args, &tg__op_max, TG_SET_NUMBER, true);
}
tg_tensor *tg_min_with(const tg_reduce_args *given)
{
    tg_reduce_args args = { TG_REDUCE_DEFAULTS };
    if (!TG__READ_OPTIONS(args, given, "tg_min", x)) return NULL;
    return reduction(&args, &tg__op_min, TG_SET_NUMBER, true);
}

/* Any is the largest of the bools, and all the smallest; of no bools it is [of_none]. */
static tg_tensor *quantifier(tg_reduce_args *args, const char *name, const tg_op *op, bool of_none)
{
    tg_tensor *x = args->x;
    const tg_site site = args->at;
    uint32_t axes;
    if (!tg__ready(site, name, 1, &x) || !tg__dtype_in(site, name, x, TG_SET_BOOL) ||
        !tg__axes_of(args, name, &axes))
        return NULL;
    const size_t length = x->tape->count;
    int64_t dim[TG_MAX_RANK], picked = 1;
    for (int i = 0; i < x->rank; i++) {
        dim[i] = axes >> i & 1 ? 1 : x->dim[i];
        if (axes >> i & 1) picked *= x->dim[i];
    }
    tg_tensor *y = picked
                       ? reduce_axes(site, op, x, axes)
                       : tg__broadcast_to(site, tg_number_like_at(site, x, of_none), x->rank, dim);
    return tg__whole(x->tape, length, tg__drop_axes(site, y, axes, args->keep));
}
tg_tensor *tg_any_with(const tg_reduce_args *given)
{
    tg_reduce_args args = { TG_REDUCE_DEFAULTS };
    if (!TG__READ_OPTIONS(args, given, "tg_any", x)) return NULL;
    return quantifier(&args, "any", &tg__op_max, false);
}
tg_tensor *tg_all_with(const tg_reduce_args *given)
{
    tg_reduce_args args = { TG_REDUCE_DEFAULTS };
    if (!TG__READ_OPTIONS(args, given, "tg_all", x)) return NULL;
    return quantifier(&args, "all", &tg__op_min, true);
}

/* ---- Argmax and argmin ------------------------------------------------------------------ */

enum { GRAIN = 16384 };

typedef struct picking {
    const tg__call *call;
    const tg__reduce *extreme;                                 /* of elements side by side; */
    int64_t (*apart)(int64_t n, int64_t step, const void *in); /* the place of others */
    int64_t n, inner;
} picking;

/* Elements side by side: their extreme, and then where the first is that equals it. */
static void pick_lines(void *context, int64_t first, int64_t last, int worker)
{
    const picking *p = context;
    const tg__operand *x = &p->call->in[0];
    const size_t size = tg_dtype_size((tg_dtype)x->dtype);
    int64_t *out = p->call->out.data;
    (void)worker;
    for (int64_t i = first; i < last; i++) {
        const int64_t begin = i / p->inner * p->n * p->inner + i % p->inner;
        const unsigned char *in = (const unsigned char *)x->data + (size_t)begin * size;
        if (p->inner > 1) {
            out[i] = p->apart(p->n, p->inner, in);
            continue;
        }
        tg__partial extreme;
        p->extreme->rows(1, p->n, in, &extreme);
        out[i] = tg__place_kernels[x->dtype](p->n, in, &extreme);
    }
}

#define APART(id, better, dtype, type, T, ...)                                                     \
    static int64_t id##_##type(int64_t n, int64_t step, const void *in)                            \
    {                                                                                              \
        const T *x = in;                                                                           \
        int64_t best = 0;                                                                          \
        for (int64_t i = 1; i < n; i++) {                                                          \
            const T a = x[i * step], m = x[best * step];                                           \
            if (better) best = i;                                                                  \
        }                                                                                          \
        return best;                                                                               \
    }
#define APART_ROW(id, dtype, type, ...) [dtype] = id##_##type,
#define ARG_OP(id, kernels, OP)                                                                    \
    TG_EACH_FLOAT(APART, id, m == m && (a OP m || a != a))                                         \
    TG_EACH_INT(APART, id, a OP m)                                                                 \
    static tg_status id##_call(const tg__call *call)                                               \
    {                                                                                              \
        static int64_t (*const apart[TG_DTYPES])(                                                  \
            int64_t, int64_t, const void *) = { TG_EACH_NUMBER(APART_ROW, id) };                   \
        const tg__operand *x = &call->in[0];                                                       \
        picking p = { call, &kernels[x->dtype], apart[x->dtype], 0, 0 };                           \
        const int axis = *(const int32_t *)call->attr;                                             \
        int64_t outer;                                                                             \
        p.n = x->dim[axis];                                                                        \
        tg__around(x, axis, &outer, &p.inner);                                                     \
        const int64_t lines = outer * p.inner;                                                     \
        tg__parallel(call->pool, lines, 1 + GRAIN / (p.n + 1), pick_lines, &p);                    \
        return TG_OK;                                                                              \
    }                                                                                              \
    const tg_op tg__op_##id = { .name = #id,                                                       \
                                .kind = TG_KIND_CALL,                                              \
                                .arity = 1,                                                        \
                                .call = id##_call,                                                 \
                                .print = print_axis,                                               \
                                .no_gradient = "its value is not a float" };

static void print_axis(const void *attr, FILE *out)
{
    fprintf(out, " axis=%d", (int)*(const int32_t *)attr);
}

ARG_OP(argmax, tg__max_kernels, >)
ARG_OP(argmin, tg__min_kernels, <)

static tg_tensor *arg_extreme(const tg_reduce_args *args, const tg_op *op)
{
    tg_tensor *x = args->x;
    const tg_site site = args->at;
    uint32_t axes;
    if (!tg__ready(site, op->name, 1, &x) || !tg__dtype_in(site, op->name, x, TG_SET_NUMBER) ||
        !tg__axes_of(args, op->name, &axes) || !something_to_pick(args, op->name, axes))
        return NULL;
    const uint32_t all = (1u << x->rank) - 1;
    const size_t length = x->tape->count;
    tg_tape *tape = x->tape;
    int32_t axis = 0;
    if (axes & (axes - 1) || x->rank == 0) {
        if (axes != all)
            return tg__fail_op(x->tape, site, TG_ERR_UNSUPPORTED, op->name, 1, &x,
                               "takes one axis, or all of them; reshape to join axes");
        const int64_t flat = tg__elements(x);
        x = tg__reshape_to(site, x, 1, &flat);
        if (!x) return NULL;
    } else {
        while (!(axes >> axis & 1)) axis++;
    }
    int64_t dim[TG_MAX_RANK];
    for (int i = 0; i < x->rank; i++) dim[i] = i == axis ? 1 : x->dim[i];
    tg_tensor *y = tg__record(x->tape, site, op, TG_I64, x->rank, dim, 1, &x, &axis, sizeof axis);
    if (y && x != args->x && args->keep) { /* all axes are kept: each with size 1 */
        for (int i = 0; i < args->x->rank; i++) dim[i] = 1;
        return tg__whole(tape, length, tg__reshape_to(site, y, args->x->rank, dim));
    }
    return tg__whole(tape, length, tg__drop_axes(site, y, 1u << axis, args->keep));
}

tg_tensor *tg_argmax_with(const tg_reduce_args *given)
{
    tg_reduce_args args = { TG_REDUCE_DEFAULTS };
    if (!TG__READ_OPTIONS(args, given, "tg_argmax", x)) return NULL;
    return arg_extreme(&args, &tg__op_argmax);
}
tg_tensor *tg_argmin_with(const tg_reduce_args *given)
{
    tg_reduce_args args = { TG_REDUCE_DEFAULTS };
    if (!TG__READ_OPTIONS(args, given, "tg_argmin", x)) return NULL;
    return arg_extreme(&args, &tg__op_argmin);
}
