/* errors_elementwise.c: bad input to leaves and to operations on elements. Functions of one kind
 * are rows of a table, which says what dtypes they take. */
#include "tests/support/bad_input.h"

/* ---- Tables ----------------------------------------------------------------------------- */

enum { FLOATS = 1, SIGNED, NUMBERS, BOOLS, ALL };

static tg_tensor *of_dtype(tg_dtype dtype)
{
    tg_tensor *const nodes[] = { NULL, narrow, x, integer, wide_integer, byte, flag };
    return nodes[dtype];
}

static bool takes(int set, tg_dtype dtype)
{
    switch (set) {
    case FLOATS: return dtype == TG_F32 || dtype == TG_F64;
    case SIGNED: return dtype != TG_U8 && dtype != TG_BOOL;
    case NUMBERS: return dtype != TG_BOOL;
    case BOOLS: return dtype == TG_BOOL;
    default: return true;
    }
}

typedef struct unary {
    const char *name;
    tg_tensor *(*function)(tg_site at, tg_tensor *x);
    int set;
} unary;
#define UNARY(name, set)                                                                           \
    {                                                                                              \
        "tg_" #name, tg_##name##_at, set                                                           \
    }
static const unary unaries[] = {
    UNARY(neg, SIGNED),      UNARY(abs, SIGNED),         UNARY(sign, SIGNED),
    UNARY(exp, FLOATS),      UNARY(expm1, FLOATS),       UNARY(log, FLOATS),
    UNARY(log1p, FLOATS),    UNARY(sqrt, FLOATS),        UNARY(exp2, FLOATS),
    UNARY(log2, FLOATS),     UNARY(log10, FLOATS),       UNARY(rsqrt, FLOATS),
    UNARY(cbrt, FLOATS),     UNARY(reciprocal, FLOATS),  UNARY(sin, FLOATS),
    UNARY(cos, FLOATS),      UNARY(tan, FLOATS),         UNARY(asin, FLOATS),
    UNARY(acos, FLOATS),     UNARY(atan, FLOATS),        UNARY(sinh, FLOATS),
    UNARY(cosh, FLOATS),     UNARY(tanh, FLOATS),        UNARY(asinh, FLOATS),
    UNARY(acosh, FLOATS),    UNARY(atanh, FLOATS),       UNARY(sigmoid, FLOATS),
    UNARY(softplus, FLOATS), UNARY(log_sigmoid, FLOATS), UNARY(erf, FLOATS),
    UNARY(erfc, FLOATS),     UNARY(erfinv, FLOATS),      UNARY(lgamma, FLOATS),
    UNARY(digamma, FLOATS),  UNARY(floor, FLOATS),       UNARY(ceil, FLOATS),
    UNARY(round, FLOATS),    UNARY(trunc, FLOATS),       UNARY(square, NUMBERS),
    UNARY(is_nan, FLOATS),   UNARY(is_infinite, FLOATS), UNARY(is_finite, FLOATS),
    UNARY(not, BOOLS),       UNARY(stop_gradient, ALL),  UNARY(normal_pdf, FLOATS),
    UNARY(gelu, FLOATS),     UNARY(gelu_slope, FLOATS),
};

/* A node of two tapes is reported on both, for nobody knows which of them will be asked. */
START_TEST(a_node_of_another_tape_is_reported_on_both)
{
    ck_assert_ptr_null(tg_add(x, foreign));
    ck_assert_int_eq(tg_tape_status(tape), TG_ERR_ARGUMENT);
    ck_assert_int_eq(tg_tape_status(foreign_tape), TG_ERR_ARGUMENT);
    ck_assert_str_eq(tg_tape_error(tape), tg_tape_error(foreign_tape));
}
END_TEST

START_TEST(functions_of_one_operand)
{
    const unary *f = &unaries[_i];
    tried = f->name;
    for (int dtype = TG_F32; dtype <= TG_BOOL; dtype++) {
        tg_tensor *operand = of_dtype((tg_dtype)dtype);
        if (takes(f->set, (tg_dtype)dtype)) {
            ck_assert_msg(f->function(TG_HERE, operand) != NULL, "%s: %s", f->name,
                          tg_tape_error(tape));
            continue;
        }
        IS_REFUSED(f->function(TG_HERE, operand), TG_ERR_DTYPE, f->name,
                   tg_dtype_name((tg_dtype)dtype));
    }
}
END_TEST

typedef struct binary {
    const char *name;
    tg_tensor *(*function)(tg_site at, tg_tensor *a, tg_tensor *b);
    int set;
} binary;
#define BINARY(name, set)                                                                          \
    {                                                                                              \
        "tg_" #name, tg_##name##_at, set                                                           \
    }
static const binary binaries[] = {
    BINARY(add, NUMBERS),       BINARY(sub, NUMBERS),    BINARY(mul, NUMBERS),
    BINARY(div, FLOATS),        BINARY(pow, FLOATS),     BINARY(maximum, NUMBERS),
    BINARY(minimum, NUMBERS),   BINARY(equal, ALL),      BINARY(not_equal, ALL),
    BINARY(less, ALL),          BINARY(less_equal, ALL), BINARY(greater, ALL),
    BINARY(greater_equal, ALL), BINARY(and, BOOLS),      BINARY(or, BOOLS),
    BINARY(xor, BOOLS),         BINARY(atan2, FLOATS),   BINARY(hypot, FLOATS),
    BINARY(logaddexp, FLOATS),  BINARY(xlogy, FLOATS),   BINARY(floor_div, NUMBERS),
    BINARY(remainder, NUMBERS),
};

START_TEST(functions_of_two_operands)
{
    const binary *f = &binaries[_i];
    tried = f->name;
    /* The three that are compositions of others are named so in their messages. */
    const char *name = strcmp(f->name, "tg_not_equal") == 0       ? "tg_equal"
                       : strcmp(f->name, "tg_greater") == 0       ? "tg_less"
                       : strcmp(f->name, "tg_greater_equal") == 0 ? "tg_less_equal"
                                                                  : f->name;
    tg_tensor *good = f->set == BOOLS ? flag : x;
    IS_SILENT(f->function(TG_HERE, NULL, NULL));
    for (int dtype = TG_F32; dtype <= TG_BOOL; dtype++) {
        tg_tensor *operand = of_dtype((tg_dtype)dtype);
        if (takes(f->set, (tg_dtype)dtype)) {
            ck_assert_ptr_nonnull(f->function(TG_HERE, operand, operand));
        } else {
            IS_REFUSED(f->function(TG_HERE, operand, operand), TG_ERR_DTYPE, name,
                       tg_dtype_name((tg_dtype)dtype));
        }
        if (operand == good) continue; /* no two dtypes mix */
        IS_REFUSED(f->function(TG_HERE, operand, good), TG_ERR_DTYPE, name, "tg_cast");
        IS_REFUSED(f->function(TG_HERE, good, operand), TG_ERR_DTYPE, name, "tg_cast");
    }
    if (f->set == BOOLS) return;
    tg_tensor *deep = tg_broadcast(number, TG_SHAPE(POWER(40, 26), 1, 1));
    IS_REFUSED(f->function(TG_HERE, x, y), TG_ERR_SHAPE, name, "do not broadcast");
    IS_REFUSED(f->function(TG_HERE, x, y), TG_ERR_SHAPE, name, "x  [2, 3] f64  ");
    IS_REFUSED(f->function(TG_HERE, x, y), TG_ERR_SHAPE, name, "y  [4, 5] f64  ");
    IS_REFUSED(f->function(TG_HERE, tall, x), TG_ERR_SHAPE, name, "do not broadcast");
    IS_REFUSED(f->function(TG_HERE, x, empty), TG_ERR_SHAPE, name, "do not broadcast");
    if (f->set == NUMBERS || f->set == FLOATS || f->set == ALL)
        IS_REFUSED(f->function(TG_HERE, huge, deep), TG_ERR_SHAPE, "tg_", "more bytes");
}
END_TEST

START_TEST(orders)
{
    IS_REFUSED(tg_polygamma(0, integer), TG_ERR_DTYPE, "tg_polygamma", "not i32");
    IS_REFUSED(tg_polygamma(1, flag), TG_ERR_DTYPE, "tg_polygamma", "not bool");
    IS_REFUSED(tg_polygamma(-1, x), TG_ERR_ARGUMENT, "tg_polygamma",
               "the order is -1; it goes from 0 to 500");
    IS_REFUSED(tg_polygamma(INT_MAX, x), TG_ERR_ARGUMENT, "tg_polygamma", "from 0 to 500");
    ck_assert_ptr_nonnull(tg_polygamma(500, x));
}
END_TEST

typedef struct with_number {
    const char *name, *says; /* the second is what it is called in its messages */
    tg_tensor *(*function)(tg_site at, tg_tensor *x, double c);
    bool floats;
} with_number;
#define WITH_NUMBER(name, as, floats)                                                              \
    {                                                                                              \
        "tg_" #name, as, tg_##name##_at, floats                                                    \
    }
static tg_tensor *rsub(tg_site at, tg_tensor *a, double c) { return tg_rsub_num_at(at, c, a); }
static tg_tensor *rdiv(tg_site at, tg_tensor *a, double c) { return tg_rdiv_num_at(at, c, a); }
static const with_number with_numbers[] = {
    WITH_NUMBER(add_num, "tg_add", false),         WITH_NUMBER(sub_num, "tg_sub", false),
    WITH_NUMBER(mul_num, "tg_mul", false),         WITH_NUMBER(div_num, "tg_div", true),
    WITH_NUMBER(pow_num, "tg_pow", true),          WITH_NUMBER(maximum_num, "tg_maximum", false),
    WITH_NUMBER(minimum_num, "tg_minimum", false), { "tg_rsub_num", "tg_sub", rsub, false },
    { "tg_rdiv_num", "tg_div", rdiv, true },
};

START_TEST(functions_with_a_number)
{
    const with_number *f = &with_numbers[_i];
    tried = f->name;
    IS_REFUSED(f->function(TG_HERE, byte, 256), TG_ERR_DTYPE, f->name, "u8 cannot hold 256");
    IS_REFUSED(f->function(TG_HERE, byte, -1), TG_ERR_DTYPE, f->name, "u8 cannot hold -1");
    IS_REFUSED(f->function(TG_HERE, integer, 0x1p31), TG_ERR_DTYPE, f->name, "i32 cannot hold");
    IS_REFUSED(f->function(TG_HERE, wide_integer, 0x1p63), TG_ERR_DTYPE, f->name, "i64 cannot");
    IS_REFUSED(f->function(TG_HERE, byte, 1 / 255.0), TG_ERR_DTYPE, f->name,
               "u8 cannot hold 0.003921568627, only whole numbers from 0 to 255; use TG_F32");
    IS_REFUSED(f->function(TG_HERE, integer, 127.5), TG_ERR_DTYPE, f->name, "tg_cast(x, TG_F32)");
    IS_REFUSED(f->function(TG_HERE, integer, (double)NAN), TG_ERR_DTYPE, f->name, "i32 cannot");
    IS_REFUSED(f->function(TG_HERE, wide_integer, -(double)INFINITY), TG_ERR_DTYPE, f->name,
               "i64 cannot hold -inf");
    IS_REFUSED(f->function(TG_HERE, flag, 0.5), TG_ERR_DTYPE, f->name, "bool cannot hold 0.5");
    IS_REFUSED(f->function(TG_HERE, narrow, -1e300), TG_ERR_DTYPE, f->name, "use TG_F64");
    IS_REFUSED(f->function(TG_HERE, integer, (double)NAN), TG_ERR_DTYPE, f->name, "i32 cannot");
    IS_REFUSED(f->function(TG_HERE, flag, 1), TG_ERR_DTYPE, f->says, "bool");
    if (f->floats) IS_REFUSED(f->function(TG_HERE, integer, 2), TG_ERR_DTYPE, f->says, "i32");
}
END_TEST

static const with_number compared[] = {
    WITH_NUMBER(equal_num, "tg_equal_num", false),
    WITH_NUMBER(not_equal_num, "tg_not_equal_num", false),
    WITH_NUMBER(less_num, "tg_less_num", false),
    WITH_NUMBER(less_equal_num, "tg_less_equal_num", false),
    WITH_NUMBER(greater_num, "tg_greater_num", false),
    WITH_NUMBER(greater_equal_num, "tg_greater_equal_num", false),
};

START_TEST(comparisons_with_a_number)
{
    const with_number *f = &compared[_i];
    tried = f->name;
    IS_REFUSED(f->function(TG_HERE, byte, 256), TG_ERR_DTYPE, f->name, "u8 cannot hold 256");
    IS_REFUSED(f->function(TG_HERE, integer, (double)NAN), TG_ERR_DTYPE, f->name, "i32 cannot");
    IS_REFUSED(f->function(TG_HERE, integer, 0.5), TG_ERR_DTYPE, f->says, "i32 cannot hold 0.5, ");
    IS_REFUSED(f->function(TG_HERE, byte, -0.5), TG_ERR_DTYPE, "tg_", "u8 cannot hold -0.5");
    IS_REFUSED(f->function(TG_HERE, wide_integer, 1e-9), TG_ERR_DTYPE, f->says,
               "tg_cast(x, TG_F32)");
    IS_REFUSED(f->function(TG_HERE, flag, 2), TG_ERR_DTYPE, "tg_", "bool cannot hold 2");
}
END_TEST

/* ---- Three operands, casts -------------------------------------------------------------- */

START_TEST(selecting_and_casting)
{
    IS_REFUSED(tg_select(x, x, x), TG_ERR_DTYPE, "tg_select", "condition must be bool, not f64");
    IS_REFUSED(tg_select(flag, x, narrow), TG_ERR_DTYPE, "tg_select", "tg_cast");
    IS_REFUSED(tg_select(flag, x, y), TG_ERR_SHAPE, "tg_select", "do not broadcast");
    IS_REFUSED(tg_select(flag, y, y), TG_ERR_SHAPE, "tg_select", "do not broadcast");
    IS_REFUSED(tg_clamp(flag, 0, 1), TG_ERR_DTYPE, "tg_clamp", "not bool");
    IS_REFUSED(tg_clamp(x, 2, 1), TG_ERR_ARGUMENT, "tg_clamp", "the range [2, 1] is empty");
    IS_REFUSED(tg_clamp(x, (double)NAN, 1), TG_ERR_ARGUMENT, "tg_clamp", "[nan, 1]");
    IS_REFUSED(tg_clamp(x, 0, (double)NAN), TG_ERR_ARGUMENT, "tg_clamp", "[0, nan]");
    IS_REFUSED(tg_clamp(byte, -1, 1), TG_ERR_DTYPE, "tg_clamp", "u8 cannot hold -1");
    IS_REFUSED(tg_cast(x, (tg_dtype)55), TG_ERR_DTYPE, "tg_cast", "unknown dtype 55");
}
END_TEST

/* ---- Leaves ----------------------------------------------------------------------------- */

START_TEST(leaves)
{
    const tg_shape overflow = TG_SHAPE(INT64_C(1) << 62, 4), negative = TG_SHAPE(2, -1);
    const tg_shape beyond = { .rank = 100 };
    const tg_dtype unknown = (tg_dtype)77;
    IS_SILENT(tg_constant(NULL, TG_F32, TG_SHAPE(1), values));
    IS_IDLE_AFTER_AN_ERROR(tg_number(tape, 1));
    IS_IDLE_AFTER_AN_ERROR(tg_step(tape));
    IS_REFUSED(tg_number_as(tape, unknown, 1), TG_ERR_DTYPE, "tg_number_as", "unknown dtype");
    IS_REFUSED(tg_number_as(tape, TG_U8, 300), TG_ERR_DTYPE, "tg_number_as", "u8 cannot hold 300");
    IS_REFUSED(tg_number_as(tape, TG_BOOL, 2), TG_ERR_DTYPE, "tg_number_as", "only 0 and 1");
    IS_REFUSED(tg_number_as(tape, TG_F32, 3.5e38), TG_ERR_DTYPE, "tg_number_as", "f32 cannot");
    IS_REFUSED(tg_number_like(byte, 0.5), TG_ERR_DTYPE, "tg_number_like", "u8 cannot hold 0.5");
    IS_REFUSED(tg_full(tape, TG_I64, TG_SHAPE(2), 0.5), TG_ERR_DTYPE, "tg_full", "i64 cannot");
    IS_REFUSED(tg_clamp(integer, 0.5, 1), TG_ERR_DTYPE, "tg_clamp", "i32 cannot hold 0.5");
    IS_REFUSED(tg_clamp(integer, 0, (double)INFINITY), TG_ERR_DTYPE, "tg_clamp", "hold inf");
    IS_REFUSED(tg_full(tape, unknown, TG_SHAPE(2), 1), TG_ERR_DTYPE, "tg_full", "77");
    IS_REFUSED(tg_full(tape, TG_F32, negative, 1), TG_ERR_SHAPE, "tg_full", "axis 1 of [2, -1]");
    IS_REFUSED(tg_full(tape, TG_F32, overflow, 1), TG_ERR_SHAPE, "tg_full", "more bytes than");
    IS_REFUSED(tg_full(tape, TG_F32, beyond, 1), TG_ERR_SHAPE, "tg_full", "0 to 8 axes");
    IS_REFUSED(tg_constant(tape, unknown, TG_SHAPE(2), values), TG_ERR_DTYPE, "tg_constant", "77");
    IS_REFUSED(tg_constant(tape, TG_F64, TG_SHAPE(2), NULL), TG_ERR_ARGUMENT, "tg_constant",
               "NULL");
    IS_REFUSED(tg_constant(tape, TG_F64, negative, values), TG_ERR_SHAPE, "tg_constant",
               "negative");
    IS_REFUSED(tg_constant(tape, TG_F64, overflow, values), TG_ERR_SHAPE, "tg_constant",
               "more bytes");
    IS_REFUSED(tg_constant(tape, TG_F64, beyond, values), TG_ERR_SHAPE, "tg_constant",
               "0 to 8 axes");
    IS_REFUSED(tg_iota(tape, TG_BOOL, 2), TG_ERR_DTYPE, "tg_iota", "bool");
    IS_REFUSED(tg_iota(tape, unknown, 2), TG_ERR_DTYPE, "tg_iota", "cannot count");
    IS_REFUSED(tg_iota(tape, (tg_dtype)-1, 2), TG_ERR_DTYPE, "tg_iota", "cannot count");
    IS_REFUSED(tg_iota(tape, TG_U8, 257), TG_ERR_DTYPE, "tg_iota", "u8 cannot count to 257");
    IS_REFUSED(tg_iota(tape, TG_I32, INT64_MAX), TG_ERR_DTYPE, "tg_iota", "i32 cannot count");
    IS_REFUSED(tg_iota(tape, TG_F64, -1), TG_ERR_SHAPE, "tg_iota", "negative");
    IS_REFUSED(tg_iota(tape, TG_F64, INT64_MAX), TG_ERR_SHAPE, "tg_iota", "more bytes");
    IS_REFUSED(tg_input(tape, "in", unknown, TG_SHAPE(2)), TG_ERR_DTYPE, "tg_input", "77");
    IS_REFUSED(tg_input(tape, "in", TG_F32, negative), TG_ERR_SHAPE, "tg_input", "[2, -1]");
    IS_REFUSED(tg_input(tape, "in", TG_F32, overflow), TG_ERR_SHAPE, "tg_input", "more bytes");
    IS_REFUSED(tg_input(tape, "in", TG_F32, TG_SHAPE(POWER(59, 28))), TG_ERR_MEMORY, "tg_input",
               "in: out of memory");
    IS_REFUSED(tg_constant(tape, TG_U8, TG_SHAPE(POWER(61, 30)), values), TG_ERR_MEMORY,
               "tg_constant", "out of memory");
}
END_TEST

TCase *errors_elementwise(void)
{
    TCase *cases = tcase_create("elementwise");
    tcase_add_checked_fixture(cases, open_operands, close_operands);
    tcase_add_test(cases, a_node_of_another_tape_is_reported_on_both);
    tcase_add_loop_test(cases, functions_of_one_operand, 0, COUNT_OF(unaries));
    tcase_add_loop_test(cases, functions_of_two_operands, 0, COUNT_OF(binaries));
    tcase_add_test(cases, orders);
    tcase_add_loop_test(cases, functions_with_a_number, 0, COUNT_OF(with_numbers));
    tcase_add_loop_test(cases, comparisons_with_a_number, 0, COUNT_OF(compared));
    tcase_add_test(cases, selecting_and_casting);
    tcase_add_test(cases, leaves);
    return cases;
}
