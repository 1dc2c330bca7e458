/* compare.c: comparisons, logic, select and casts: elementwise primitives whose operands and
 * result have different dtypes. A bool is a byte, 0 or 1. */
#include "ops/ops.h"
#include "kernels/vector.h"

static const tg_site at = { 0 };

/* ---- Comparisons ------------------------------------------------------------------------ */

#define COMPARISON(id, marks, value)                                                               \
    TG_LOOPS2(id, f32, float, uint8_t, value)                                                      \
    TG_LOOPS2(id, f64, double, uint8_t, value)                                                     \
    TG_LOOPS2(id, i32, int32_t, uint8_t, value)                                                    \
    TG_LOOPS2(id, i64, int64_t, uint8_t, value)                                                    \
    TG_LOOPS2(id, u8, uint8_t, uint8_t, value)                                                     \
    static double id##_scalar(double a, double b, double unused)                                   \
    {                                                                                              \
        (void)unused;                                                                              \
        return value;                                                                              \
    }                                                                                              \
    static const tg__map id##_map = { .way = { [TG_F32] = TG_WAYS2(id, f32),                       \
                                               [TG_F64] = TG_WAYS2(id, f64),                       \
                                               [TG_I32] = TG_WAYS2(id, i32),                       \
                                               [TG_I64] = TG_WAYS2(id, i64),                       \
                                               [TG_U8] = TG_WAYS2(id, u8),                         \
                                               [TG_BOOL] = TG_WAYS2(id, u8) },                     \
                                      .scalar = id##_scalar };                                     \
    const tg_op tg__op_##id = { .name = #id,                                                       \
                                .kind = TG_KIND_MAP,                                               \
                                .arity = 2,                                                        \
                                .flags = marks,                                                    \
                                .map = &id##_map,                                                  \
                                .no_gradient = "its value is not a float" };

COMPARISON(less, 0, a < b)
COMPARISON(less_equal, 0, a <= b)
COMPARISON(equal, TG_OP_COMMUTES, a == b)

tg_tensor *tg_less_at(tg_site site, tg_tensor *a, tg_tensor *b)
{
    site = tg__within(site, "tg_less");
    return tg__binary_to(site, &tg__op_less, a, b, TG_SET_ANY, TG_BOOL);
}
tg_tensor *tg_less_equal_at(tg_site site, tg_tensor *a, tg_tensor *b)
{
    site = tg__within(site, "tg_less_equal");
    return tg__binary_to(site, &tg__op_less_equal, a, b, TG_SET_ANY, TG_BOOL);
}
tg_tensor *tg_equal_at(tg_site site, tg_tensor *a, tg_tensor *b)
{
    site = tg__within(site, "tg_equal");
    return tg__binary_to(site, &tg__op_equal, a, b, TG_SET_ANY, TG_BOOL);
}
tg_tensor *tg_greater_at(tg_site site, tg_tensor *a, tg_tensor *b)
{
    return tg_less_at(tg__within(site, "tg_greater"), b, a);
}
tg_tensor *tg_greater_equal_at(tg_site site, tg_tensor *a, tg_tensor *b)
{
    return tg_less_equal_at(tg__within(site, "tg_greater_equal"), b, a);
}
tg_tensor *tg_not_equal_at(tg_site site, tg_tensor *a, tg_tensor *b)
{
    site = tg__within(site, "tg_not_equal");
    const size_t length = tg_tape_length(tg_tape_of(a));
    tg_tensor *equal = tg_equal_at(site, a, b);
    return equal ? tg__whole(a->tape, length, tg_not_at(site, equal)) : NULL;
}

/* ---- Kinds of floats -------------------------------------------------------------------- */

static bool is_float(tg_site site, const char *name, tg_tensor *x)
{
    return tg__ready(site, name, 1, &x) && tg__dtype_in(site, name, x, TG_SET_FLOAT);
}

tg_tensor *tg_is_nan_at(tg_site site, tg_tensor *x)
{
    site = tg__within(site, "tg_is_nan");
    return is_float(site, "is_nan", x) ? tg_not_equal_at(site, x, x) : NULL;
}

/* |x| and infinity, compared. */
static tg_tensor *against_infinity(tg_site site, tg_tensor *x,
                                   tg_tensor *(*compare)(tg_site, tg_tensor *, tg_tensor *))
{
    const size_t length = x->tape->count;
    tg_tensor *size = tg_abs_at(site, x), *infinity = tg_number_like_at(site, x, (double)INFINITY);
    return tg__whole(x->tape, length, compare(site, size, infinity));
}

tg_tensor *tg_is_infinite_at(tg_site site, tg_tensor *x)
{
    site = tg__within(site, "tg_is_infinite");
    return is_float(site, "is_infinite", x) ? against_infinity(site, x, tg_equal_at) : NULL;
}

tg_tensor *tg_is_finite_at(tg_site site, tg_tensor *x)
{
    site = tg__within(site, "tg_is_finite");
    return is_float(site, "is_finite", x) ? against_infinity(site, x, tg_less_at) : NULL;
}

/* ---- Logic ------------------------------------------------------------------------------ */

#define LOGIC(id, value)                                                                           \
    TG_LOOPS2(id, u8, uint8_t, uint8_t, value)                                                     \
    static double id##_scalar(double x, double y, double unused)                                   \
    {                                                                                              \
        const bool a = x != 0, b = y != 0;                                                         \
        (void)unused;                                                                              \
        return value;                                                                              \
    }                                                                                              \
    static const tg__map id##_map = { .way = { [TG_BOOL] = TG_WAYS2(id, u8) },                     \
                                      .scalar = id##_scalar };                                     \
    const tg_op tg__op_##id = { .name = #id,                                                       \
                                .kind = TG_KIND_MAP,                                               \
                                .arity = 2,                                                        \
                                .flags = TG_OP_COMMUTES,                                           \
                                .map = &id##_map,                                                  \
                                .no_gradient = "its value is not a float" };

LOGIC(and, a &b)
LOGIC(or, a | b)

tg_tensor *tg_and_at(tg_site site, tg_tensor *a, tg_tensor *b)
{
    return tg__binary(tg__within(site, "tg_and"), &tg__op_and, a, b, TG_SET_BOOL);
}
tg_tensor *tg_or_at(tg_site site, tg_tensor *a, tg_tensor *b)
{
    return tg__binary(tg__within(site, "tg_or"), &tg__op_or, a, b, TG_SET_BOOL);
}

tg_tensor *tg_xor_at(tg_site site, tg_tensor *a, tg_tensor *b)
{
    site = tg__within(site, "tg_xor");
    tg_tensor *in[] = { a, b };
    for (int i = 0; i < 2; i++)
        if (!tg__ready(site, "xor", 2, in) || !tg__dtype_in(site, "xor", in[i], TG_SET_BOOL))
            return NULL;
    return tg_not_equal_at(site, a, b);
}

TG_CLONES static void not_u8(size_t n, void *out, const void *const in[])
{
    uint8_t *o = out;
    const uint8_t *p = in[0];
    TG_SIMD
    for (size_t i = 0; i < n; i++) o[i] = p[i] ^ 1;
}

static double not_scalar(double x, double unused1, double unused2)
{
    (void)unused1, (void)unused2;
    return x == 0;
}

static const tg__map not_map = { .way = { [TG_BOOL] = { not_u8 } }, .scalar = not_scalar };
const tg_op tg__op_not = { .name = "not",
                           .kind = TG_KIND_MAP,
                           .arity = 1,
                           .map = &not_map,
                           .no_gradient = "its value is not a float" };

tg_tensor *tg_not_at(tg_site site, tg_tensor *x)
{
    site = tg__within(site, "tg_not");
    return tg__unary(site, &tg__op_not, x, TG_SET_BOOL);
}

/* ---- Select ----------------------------------------------------------------------------- */

#define SELECT(type, T)                                                                            \
    TG_CLONES static void select_##type(size_t n, void *out, const void *const in[])               \
    {                                                                                              \
        T *o = out;                                                                                \
        const uint8_t *p = in[0];                                                                  \
        const T *a = in[1], *b = in[2];                                                            \
        TG_SIMD                                                                                    \
        for (size_t i = 0; i < n; i++) o[i] = p[i] ? a[i] : b[i];                                  \
    }
SELECT(f32, float)
SELECT(f64, double)
SELECT(i32, int32_t)
SELECT(i64, int64_t)
SELECT(u8, uint8_t)

static double select_scalar(double p, double a, double b) { return p != 0 ? a : b; }

static void select_vjp(tg_tensor *y, tg_tensor *g, tg_tensor **to)
{
    tg_tensor *zero = tg_number_like(g, 0);
    to[1] = tg_select(y->in[0], g, zero);
    to[2] = tg_select(y->in[0], zero, g);
}

static const tg__map select_map = { .way = { [TG_F32] = { select_f32 },
                                             [TG_F64] = { select_f64 },
                                             [TG_I32] = { select_i32 },
                                             [TG_I64] = { select_i64 },
                                             [TG_U8] = { select_u8 },
                                             [TG_BOOL] = { select_u8 } },
                                    .scalar = select_scalar,
                                    .opcode = TG_CODE_SELECT };
const tg_op tg__op_select = {
    .name = "select", .kind = TG_KIND_MAP, .arity = 3, .map = &select_map, .vjp = select_vjp
};

tg_tensor *tg_select_at(tg_site site, tg_tensor *condition, tg_tensor *a, tg_tensor *b)
{
    site = tg__within(site, "tg_select");
    tg_tensor *in[] = { condition, a, b };
    if (!tg__ready(site, "select", 3, in)) return NULL;
    if (condition->dtype != TG_BOOL)
        return tg__fail_op(condition->tape, site, TG_ERR_DTYPE, "select", 3, in,
                           "the condition must be bool, not %s; compare it with something",
                           tg_dtype_name((tg_dtype)condition->dtype));
    const size_t length = a->tape->count;
    if (!tg__align(site, "select", 3, in, 1, TG_SET_ANY)) return NULL;
    return tg__whole(a->tape, length,
                     tg__record(a->tape, site, &tg__op_select, (tg_dtype)in[1]->dtype, in[1]->rank,
                                in[1]->dim, 3, in, NULL, 0));
}

/* ---- Scale ------------------------------------------------------------------------------ */

#define SCALE(type, T, way, S, X)                                                                  \
    TG_CLONES static void scale_##type##_##way(size_t n, void *out, const void *const in[])        \
    {                                                                                              \
        T *o = out;                                                                                \
        const double *s = in[0], s0 = s[0];                                                        \
        const T *x = in[1], x0 = x[0];                                                             \
        (void)s0, (void)x0;                                                                        \
        TG_SIMD                                                                                    \
        for (size_t i = 0; i < n; i++) o[i] = (T)((S) * (double)(X));                              \
    }
#define SCALES(type, T)                                                                            \
    SCALE(type, T, vv, s[i], x[i])                                                                 \
    SCALE(type, T, vs, s[i], x0)                                                                   \
    SCALE(type, T, sv, s0, x[i])
SCALES(f32, float)
SCALES(f64, double)

static double scale_scalar(double s, double x, double unused)
{
    (void)unused;
    return s * x;
}

static void scale_vjp(tg_tensor *y, tg_tensor *g, tg_tensor **to)
{
    to[0] = tg_mul(tg_cast(g, TG_F64), tg_cast(y->in[1], TG_F64));
    to[1] = tg__scaled(at, y->in[0], g);
}

static const tg__map scale_map = {
    .way = { [TG_F32] = TG_WAYS2(scale, f32), [TG_F64] = TG_WAYS2(scale, f64) },
    .scalar = scale_scalar
};
const tg_op tg__op_scale = {
    .name = "scale", .kind = TG_KIND_MAP, .arity = 2, .map = &scale_map, .vjp = scale_vjp
};

tg_tensor *tg__scaled(tg_site site, tg_tensor *s, tg_tensor *x)
{
    if (!s || !x) return NULL;
    return tg__record(x->tape, site, &tg__op_scale, (tg_dtype)x->dtype, x->rank, x->dim, 2,
                      (tg_tensor *[]){ s, x }, NULL, 0);
}

/* ---- Casts ------------------------------------------------------------------------------ */

/* Float to integer saturates and takes NaN to 0; without the bounds it would be undefined. */
#define FLOAT_TO_INT(name, F, T, low, high)                                                        \
    static inline T name(F x)                                                                      \
    {                                                                                              \
        return x != x ? (T)0 : x <= (F)(low) ? (T)(low) : x >= (F)(high) ? (T)(high) : (T)x;       \
    }
FLOAT_TO_INT(f32_to_i32, float, int32_t, INT32_MIN, INT32_MAX)
FLOAT_TO_INT(f32_to_i64, float, int64_t, INT64_MIN, INT64_MAX)
FLOAT_TO_INT(f32_to_u8, float, uint8_t, 0, UINT8_MAX)
FLOAT_TO_INT(f64_to_i32, double, int32_t, INT32_MIN, INT32_MAX)
FLOAT_TO_INT(f64_to_i64, double, int64_t, INT64_MIN, INT64_MAX)
FLOAT_TO_INT(f64_to_u8, double, uint8_t, 0, UINT8_MAX)

#define CAST(from, F, to, T, value)                                                                \
    TG_CLONES static void cast_##from##_##to(size_t n, void *out, const void *const in[])          \
    {                                                                                              \
        T *o = out;                                                                                \
        const F *p = in[0];                                                                        \
        TG_SIMD                                                                                    \
        for (size_t i = 0; i < n; i++) {                                                           \
            const F x = p[i];                                                                      \
            o[i] = value;                                                                          \
        }                                                                                          \
    }
#define CAST_INT(from, F)                                                                          \
    CAST(from, F, f32, float, (float)x)                                                            \
    CAST(from, F, f64, double, (double)x)                                                          \
    CAST(from, F, i32, int32_t, (int32_t)x)                                                        \
    CAST(from, F, i64, int64_t, (int64_t)x)                                                        \
    CAST(from, F, u8, uint8_t, (uint8_t)x)                                                         \
    CAST(from, F, bool, uint8_t, x != 0)
#define CAST_FLOAT(from, F)                                                                        \
    CAST(from, F, f32, float, (float)x)                                                            \
    CAST(from, F, f64, double, (double)x)                                                          \
    CAST(from, F, i32, int32_t, from##_to_i32(x))                                                  \
    CAST(from, F, i64, int64_t, from##_to_i64(x))                                                  \
    CAST(from, F, u8, uint8_t, from##_to_u8(x))                                                    \
    CAST(from, F, bool, uint8_t, x != 0)
CAST_FLOAT(f32, float)
CAST_FLOAT(f64, double)
CAST_INT(i32, int32_t)
CAST_INT(i64, int64_t)
CAST_INT(u8, uint8_t)

/* In scalar programs only floats and bools occur. */
static double cast_scalar(double x, double unused1, double unused2)
{
    (void)unused1, (void)unused2;
    return x;
}
static double cast_bool_scalar(double x, double unused1, double unused2)
{
    (void)unused1, (void)unused2;
    return x != 0;
}

static void cast_vjp(tg_tensor *y, tg_tensor *g, tg_tensor **to)
{
    if (tg__is_float(y->in[0]->dtype)) to[0] = tg_cast(g, (tg_dtype)y->in[0]->dtype);
}

#define CAST_MAP(to, scalar_function)                                                              \
    static const tg__map cast_##to##_map = { .way = { [TG_F32] = { cast_f32_##to },                \
                                                      [TG_F64] = { cast_f64_##to },                \
                                                      [TG_I32] = { cast_i32_##to },                \
                                                      [TG_I64] = { cast_i64_##to },                \
                                                      [TG_U8] = { cast_u8_##to },                  \
                                                      [TG_BOOL] = { cast_u8_##to } },              \
                                             .scalar = scalar_function };
CAST_MAP(f32, cast_scalar)
CAST_MAP(f64, cast_scalar)
CAST_MAP(i32, cast_scalar)
CAST_MAP(i64, cast_scalar)
CAST_MAP(u8, cast_scalar)
CAST_MAP(bool, cast_bool_scalar)

#define NOT_A_FLOAT .no_gradient = "its value is not a float"
const tg_op tg__op_cast[TG_DTYPES] = {
    [TG_F32] = { .name = "cast_f32",
                 .kind = TG_KIND_MAP,
                 .arity = 1,
                 .map = &cast_f32_map,
                 .vjp = cast_vjp,
                 .domain = { { -2, 2 }, { 0, 0 } } },
    [TG_F64] = { .name = "cast_f64",
                 .kind = TG_KIND_MAP,
                 .arity = 1,
                 .map = &cast_f64_map,
                 .vjp = cast_vjp,
                 .domain = { { -2, 2 }, { 0, 0 } } },
    [TG_I32] = { .name = "cast_i32",
                 .kind = TG_KIND_MAP,
                 .arity = 1,
                 .map = &cast_i32_map,
                 NOT_A_FLOAT },
    [TG_I64] = { .name = "cast_i64",
                 .kind = TG_KIND_MAP,
                 .arity = 1,
                 .map = &cast_i64_map,
                 NOT_A_FLOAT },
    [TG_U8] = { .name = "cast_u8",
                .kind = TG_KIND_MAP,
                .arity = 1,
                .map = &cast_u8_map,
                NOT_A_FLOAT },
    [TG_BOOL] = { .name = "cast_bool",
                  .kind = TG_KIND_MAP,
                  .arity = 1,
                  .map = &cast_bool_map,
                  NOT_A_FLOAT },
};

tg_tensor *tg_cast_at(tg_site site, tg_tensor *x, tg_dtype dtype)
{
    site = tg__within(site, "tg_cast");
    if (!tg__ready(site, "cast", 1, &x)) return NULL;
    if (dtype == TG_DTYPE_DEFAULT) dtype = x->tape->store->dtype;
    if (!tg_dtype_size(dtype))
        return tg__fail_op(x->tape, site, TG_ERR_DTYPE, "cast", 1, &x, "unknown dtype %d",
                           (int)dtype);
    if (dtype == (tg_dtype)x->dtype) return x;
    return tg__record(x->tape, site, &tg__op_cast[dtype], dtype, x->rank, x->dim, 1, &x, NULL, 0);
}

/* ---- Copies ----------------------------------------------------------------------------- */

#define COPY(size, T)                                                                              \
    TG_CLONES static void copy_##size(size_t n, void *out, const void *const in[])                 \
    {                                                                                              \
        T *o = out;                                                                                \
        const T *p = in[0];                                                                        \
        TG_SIMD                                                                                    \
        for (size_t i = 0; i < n; i++) o[i] = p[i];                                                \
    }
COPY(8, uint8_t)
COPY(32, uint32_t)
COPY(64, uint64_t)

static const tg__map copy_map = { .way = { [TG_F32] = { copy_32 },
                                           [TG_F64] = { copy_64 },
                                           [TG_I32] = { copy_32 },
                                           [TG_I64] = { copy_64 },
                                           [TG_U8] = { copy_8 },
                                           [TG_BOOL] = { copy_8 } },
                                  .scalar = cast_scalar };
/* Never recorded: what the planner makes of a view that needs memory. */
const tg_op tg__op_copy = { .name = "copy",
                            .kind = TG_KIND_MAP,
                            .arity = 1,
                            .map = &copy_map,
                            .no_gradient = "never recorded" };
