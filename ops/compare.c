/* compare.c: comparisons, logic, select and casts: elementwise primitives whose operands and
 * result have different dtypes. A bool is a byte, 0 or 1. */
#include "ops/map.h"

static const tg_site at = { 0 };

/* ---- Comparisons ------------------------------------------------------------------------ */

#define COMPARE(id, value, dtype, type, T, ...) TG_LOOPS2(id##_##type, T, T, uint8_t, value)
#define COMPARISON(id, marks, value)                                                               \
    TG_EACH_NUMBER(COMPARE, id, value)                                                             \
    static double id##_scalar(double a, double b, double unused)                                   \
    {                                                                                              \
        (void)unused;                                                                              \
        return value;                                                                              \
    }                                                                                              \
    static const tg__map id##_map = { .way = { TG_EACH_DTYPE(TG_WAYS2, id) },                      \
                                      .text = { TG_EACH_DTYPE(TG_TEXT, #value) },                  \
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
    TG_EACH_BOOL(TG_MAP2, id, value)                                                               \
    static double id##_scalar(double x, double y, double unused)                                   \
    {                                                                                              \
        const bool a = x != 0, b = y != 0;                                                         \
        (void)unused;                                                                              \
        return value;                                                                              \
    }                                                                                              \
    static const tg__map id##_map = { .way = { TG_EACH_BOOL(TG_WAYS2, id) },                       \
                                      .text = { TG_EACH_BOOL(TG_TEXT, #value) },                   \
                                      .scalar = id##_scalar };                                     \
    const tg_op tg__op_##id = { .name = #id,                                                       \
                                .kind = TG_KIND_MAP,                                               \
                                .arity = 2,                                                        \
                                .flags = TG_OP_COMMUTES,                                           \
                                .map = &id##_map,                                                  \
                                .no_gradient = "its value is not a float" };

/* clang-format off */
LOGIC(and, a & b)
LOGIC(or, a | b)
/* clang-format on */

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

static double not_scalar(double x, double unused1, double unused2)
{
    (void)unused1, (void)unused2;
    return x == 0;
}

#define NOT(value)                                                                                 \
    TG_EACH_BOOL(TG_MAP1, not, value)                                                              \
    static const tg__map not_map = { .way = { TG_EACH_BOOL(TG_WAYS1, not ) },                      \
                                     .text = { TG_EACH_BOOL(TG_TEXT, #value) },                    \
                                     .scalar = not_scalar };
NOT(x ^ 1)

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

static double select_scalar(double a, double b, double c) { return a != 0 ? b : c; }

static void select_vjp(tg_tensor *y, tg_tensor *g, tg_tensor **to)
{
    tg_tensor *zero = tg_number_like(g, 0);
    to[1] = tg_select(y->in[0], g, zero);
    to[2] = tg_select(y->in[0], zero, g);
}

#define SELECT_LOOP(id, value, dtype, type, T, ...)                                                \
    TG_CLONES static void id##_##type(size_t n, void *out, const void *const in[])                 \
    {                                                                                              \
        T *o = out;                                                                                \
        const uint8_t *p = in[0];                                                                  \
        const T *q = in[1], *r = in[2];                                                            \
        TG_SIMD                                                                                    \
        for (size_t i = 0; i < n; i++) {                                                           \
            const uint8_t a = p[i];                                                                \
            const T b = q[i], c = r[i];                                                            \
            o[i] = (value);                                                                        \
        }                                                                                          \
    }
#define SELECT(value)                                                                              \
    TG_EACH_NUMBER(SELECT_LOOP, select, value)                                                     \
    static const tg__map select_map = { .way = { TG_EACH_DTYPE(TG_WAYS1, select) },                \
                                        .text = { TG_EACH_DTYPE(TG_TEXT, #value) },                \
                                        .scalar = select_scalar,                                   \
                                        .opcode = TG_CODE_SELECT };
SELECT(a ? b : c)

const tg_op tg__op_select = {
    .name = "select",
    .kind = TG_KIND_MAP,
    .arity = 3,
    .flags = TG_OP_CHOOSES,
    .map = &select_map,
    .vjp = select_vjp
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

/* ---- Casts ------------------------------------------------------------------------------ */

/* Scalar programs (exec/scalar.c) hold only floats and bools. */
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

#define DERIVED     .vjp = cast_vjp, .domain = { { -2, 2 }, { 0, 0 } }
#define NOT_A_FLOAT .no_gradient = "its value is not a float"
/* clang-format off */
/*       dtype    to    type     of floats          of integers  alone             derivatives */
#define CASTS(CAST)                                                                                 \
    CAST(TG_F32,  f32,  float,   (float)x,          (float)x,    cast_scalar,      DERIVED)         \
    CAST(TG_F64,  f64,  double,  (double)x,         (double)x,   cast_scalar,      DERIVED)         \
    CAST(TG_I32,  i32,  int32_t, TG_TO_INT(i32, x), (int32_t)x,  cast_scalar,      NOT_A_FLOAT)     \
    CAST(TG_I64,  i64,  int64_t, TG_TO_INT(i64, x), (int64_t)x,  cast_scalar,      NOT_A_FLOAT)     \
    CAST(TG_U8,   u8,   uint8_t, TG_TO_INT(u8, x),  (uint8_t)x,  cast_scalar,      NOT_A_FLOAT)     \
    CAST(TG_BOOL, bool, uint8_t, x != 0,            x != 0,      cast_bool_scalar, NOT_A_FLOAT)
/* clang-format on */

#define CAST_LOOP(id, Out, value, dtype, type, T, ...) TG_LOOP1(id##_##type, T, Out, value)
#define CAST(code, to, Out, of_float, of_int, alone, derivatives)                                  \
    TG_EACH_FLOAT(CAST_LOOP, cast_##to, Out, of_float)                                             \
    TG_EACH_INT(CAST_LOOP, cast_##to, Out, of_int)                                                 \
    static const tg__map cast_##to##_map = { .way = { TG_EACH_DTYPE(TG_WAYS1, cast_##to) },        \
                                             .text = { TG_EACH_FLOAT(TG_TEXT, #of_float)           \
                                                           TG_EACH_INT(TG_TEXT, #of_int)           \
                                                               TG_EACH_BOOL(TG_TEXT, #of_int) },   \
                                             .scalar = alone };                                    \
    const tg_op tg__op_cast_##to = {                                                               \
        .name = "cast_" #to, .kind = TG_KIND_MAP, .arity = 1, .map = &cast_##to##_map, derivatives \
    };
CASTS(CAST)

#define CAST_ENTRY(code, to, ...) [code] = &tg__op_cast_##to,
static const tg_op *const casts[TG_DTYPES] = { CASTS(CAST_ENTRY) };

tg_tensor *tg_cast_at(tg_site site, tg_tensor *x, tg_dtype dtype)
{
    site = tg__within(site, "tg_cast");
    if (!tg__ready(site, "cast", 1, &x)) return NULL;
    if (dtype == TG_DTYPE_DEFAULT) dtype = x->tape->store->dtype;
    if (!tg_dtype_size(dtype))
        return tg__fail_op(x->tape, site, TG_ERR_DTYPE, "cast", 1, &x, "unknown dtype %d",
                           (int)dtype);
    if (dtype == (tg_dtype)x->dtype) return x;
    return tg__record(x->tape, site, casts[dtype], dtype, x->rank, x->dim, 1, &x, NULL, 0);
}

/* ---- Copies ----------------------------------------------------------------------------- */

#define COPY(value)                                                                                \
    TG_EACH_NUMBER(TG_MAP1, copy, value)                                                           \
    static const tg__map copy_map = { .way = { TG_EACH_DTYPE(TG_WAYS1, copy) },                    \
                                      .text = { TG_EACH_DTYPE(TG_TEXT, #value) },                  \
                                      .scalar = cast_scalar };
COPY(x)

/* What the planner makes of a view that needs memory. Nothing records it. */
const tg_op tg__op_copy = { .name = "copy",
                            .kind = TG_KIND_MAP,
                            .arity = 1,
                            .map = &copy_map,
                            .no_gradient = "made by the planner, which differentiates nothing" };
