/* test_errors.c: a walk over the functions that record, with bad input of every kind that
 * concerns them. Each gives one error, of the expected status, that names the function, what was
 * wrong and the line of this file; changes nothing else; and after it the tape works. */
#include "bad_input.h"

/* ---- Elementwise functions, by tables ---------------------------------------------------------
 */

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
        "tg_" #name, (tg_##name), set                                                              \
    }
static const unary unaries[] = {
    UNARY(neg, SIGNED),   UNARY(abs, SIGNED),    UNARY(sign, SIGNED),
    UNARY(exp, FLOATS),   UNARY(expm1, FLOATS),  UNARY(log, FLOATS),
    UNARY(log1p, FLOATS), UNARY(sqrt, FLOATS),   UNARY(sin, FLOATS),
    UNARY(cos, FLOATS),   UNARY(tanh, FLOATS),   UNARY(sigmoid, FLOATS),
    UNARY(erf, FLOATS),   UNARY(erfc, FLOATS),   UNARY(square, NUMBERS),
    UNARY(not, BOOLS),    UNARY(transpose, ALL), UNARY(stop_gradient, ALL),
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
    IS_SILENT(f->function(TG_HERE, NULL));
    IS_REFUSED(f->function(TG_HERE, stale), TG_ERR_STATE, f->name, "stale");
    for (int dtype = TG_F32; dtype <= TG_BOOL; dtype++) {
        tg_tensor *operand = of_dtype((tg_dtype)dtype);
        if (takes(f->set, (tg_dtype)dtype)) {
            ck_assert_msg(f->function(TG_HERE, operand) != NULL, "%s: %s", f->name,
                          tg_tape_error(tape));
            length = tg_tape_length(tape);
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
        "tg_" #name, (tg_##name), set                                                              \
    }
static const binary binaries[] = {
    BINARY(add, NUMBERS),       BINARY(sub, NUMBERS),    BINARY(mul, NUMBERS),
    BINARY(div, FLOATS),        BINARY(pow, FLOATS),     BINARY(maximum, NUMBERS),
    BINARY(minimum, NUMBERS),   BINARY(equal, ALL),      BINARY(not_equal, ALL),
    BINARY(less, ALL),          BINARY(less_equal, ALL), BINARY(greater, ALL),
    BINARY(greater_equal, ALL), BINARY(and, BOOLS),      BINARY(or, BOOLS),
};

START_TEST(functions_of_two_operands)
{
    const binary *f = &binaries[_i];
    /* The three that are compositions of others are named so in their stories. */
    const char *name = strcmp(f->name, "tg_not_equal") == 0       ? "tg_equal"
                       : strcmp(f->name, "tg_greater") == 0       ? "tg_less"
                       : strcmp(f->name, "tg_greater_equal") == 0 ? "tg_less_equal"
                                                                  : f->name;
    tg_tensor *good = f->set == BOOLS ? flag : x;
    IS_SILENT(f->function(TG_HERE, good, NULL));
    IS_SILENT(f->function(TG_HERE, NULL, good));
    IS_SILENT(f->function(TG_HERE, NULL, NULL));
    IS_REFUSED(f->function(TG_HERE, good, stale), TG_ERR_STATE, name, "stale");
    IS_REFUSED(f->function(TG_HERE, stale, good), TG_ERR_STATE, name, "stale");
    IS_REFUSED(f->function(TG_HERE, good, foreign), TG_ERR_ARGUMENT, name, "another tape");
    IS_REFUSED(f->function(TG_HERE, foreign, good), TG_ERR_ARGUMENT, name, "another tape");
    for (int dtype = TG_F32; dtype <= TG_BOOL; dtype++) {
        tg_tensor *operand = of_dtype((tg_dtype)dtype);
        if (takes(f->set, (tg_dtype)dtype)) {
            ck_assert_ptr_nonnull(f->function(TG_HERE, operand, operand));
            length = tg_tape_length(tape);
        } else {
            IS_REFUSED(f->function(TG_HERE, operand, operand), TG_ERR_DTYPE, name,
                       tg_dtype_name((tg_dtype)dtype));
        }
        if (operand == good) continue; /* no two dtypes mix */
        IS_REFUSED(f->function(TG_HERE, operand, good), TG_ERR_DTYPE, name, "tg_cast");
        IS_REFUSED(f->function(TG_HERE, good, operand), TG_ERR_DTYPE, name, "tg_cast");
    }
    if (f->set == BOOLS) return;
    IS_REFUSED(f->function(TG_HERE, x, y), TG_ERR_SHAPE, name, "do not broadcast");
    IS_REFUSED(f->function(TG_HERE, x, y), TG_ERR_SHAPE, name, "x  [2, 3] f64  ");
    IS_REFUSED(f->function(TG_HERE, x, y), TG_ERR_SHAPE, name, "y  [4, 5] f64  ");
    IS_REFUSED(f->function(TG_HERE, tall, x), TG_ERR_SHAPE, name, "do not broadcast");
    IS_REFUSED(f->function(TG_HERE, x, empty), TG_ERR_SHAPE, name, "do not broadcast");
}
END_TEST

typedef struct with_number {
    const char *name;
    tg_tensor *(*function)(tg_site at, tg_tensor *x, double c);
    bool floats;
} with_number;
#define WITH_NUMBER(name, as, floats)                                                              \
    {                                                                                              \
        as, (tg_##name), floats                                                                    \
    }
static tg_tensor *rsub(tg_site at, tg_tensor *a, double c) { return (tg_rsub_num)(at, c, a); }
static tg_tensor *rdiv(tg_site at, tg_tensor *a, double c) { return (tg_rdiv_num)(at, c, a); }
static const with_number with_numbers[] = {
    WITH_NUMBER(add_num, "tg_add", false),
    WITH_NUMBER(sub_num, "tg_sub", false),
    WITH_NUMBER(mul_num, "tg_mul", false),
    WITH_NUMBER(div_num, "tg_div", true),
    WITH_NUMBER(pow_num, "tg_pow", true),
    WITH_NUMBER(maximum_num, "tg_maximum", false),
    WITH_NUMBER(minimum_num, "tg_minimum", false),
    { "tg_sub", rsub, false },
    { "tg_div", rdiv, true },
};

START_TEST(functions_with_a_number)
{
    const with_number *f = &with_numbers[_i];
    IS_SILENT(f->function(TG_HERE, NULL, 2));
    IS_REFUSED(f->function(TG_HERE, stale, 2), TG_ERR_STATE, "tg_", "stale");
    IS_REFUSED(f->function(TG_HERE, byte, 256), TG_ERR_DTYPE, "tg_number", "u8 cannot hold 256");
    IS_REFUSED(f->function(TG_HERE, byte, -1), TG_ERR_DTYPE, "tg_number", "u8 cannot hold -1");
    IS_REFUSED(f->function(TG_HERE, integer, 0x1p31), TG_ERR_DTYPE, "tg_number", "i32 cannot hold");
    IS_REFUSED(f->function(TG_HERE, wide_integer, 0x1p63), TG_ERR_DTYPE, "tg_number", "i64 cannot");
    IS_REFUSED(f->function(TG_HERE, integer, (double)NAN), TG_ERR_DTYPE, "tg_number", "i32 cannot");
    IS_REFUSED(f->function(TG_HERE, flag, 1), TG_ERR_DTYPE, f->name, "bool");
    if (f->floats) IS_REFUSED(f->function(TG_HERE, integer, 2), TG_ERR_DTYPE, f->name, "i32");
}
END_TEST

/* ---- Reductions ---------------------------------------------------------------------------------
 */

typedef struct reduction {
    const char *name;
    tg_tensor *(*function)(tg_reduce_args args);
    bool floats, picks;
} reduction;
static const reduction reductions[] = {
    { "tg_sum", tg_sum_with, false, false },      { "tg_mean", tg_mean_with, true, false },
    { "tg_max", tg_max_with, false, true },       { "tg_min", tg_min_with, false, true },
    { "tg_argmax", tg_argmax_with, false, true },
};
#define REDUCE(...)                                                                                \
    f->function((tg_reduce_args){ .call = { TG_HERE, "" #__VA_ARGS__ }, __VA_ARGS__ })

START_TEST(reductions_of_axes_that_are_not_there)
{
    const reduction *f = &reductions[_i];
    IS_SILENT(REDUCE(NULL));
    IS_REFUSED(REDUCE(stale), TG_ERR_STATE, f->name, "stale");
    IS_REFUSED(REDUCE(x, .axis = 2), TG_ERR_SHAPE, f->name, "axis 2 is out of range for rank 2");
    IS_REFUSED(REDUCE(x, .axis = -3), TG_ERR_SHAPE, f->name, "axis -3 is out of range");
    IS_REFUSED(REDUCE(x, .axis = INT_MIN), TG_ERR_SHAPE, f->name, "is out of range");
    IS_REFUSED(REDUCE(x, .axis = INT_MAX), TG_ERR_SHAPE, f->name, "is out of range");
    IS_REFUSED(REDUCE(number, .axis = 0), TG_ERR_SHAPE, f->name, "axis 0 of a scalar");
    IS_REFUSED(REDUCE(x, .axes = TG_AXES(0, 5)), TG_ERR_SHAPE, f->name, "axis 5 is out of range");
    IS_REFUSED(REDUCE(x, .axes = TG_AXES(1, -1)), TG_ERR_SHAPE, f->name, "axis 1 is named twice");
    IS_REFUSED(REDUCE(x, .axis = 1, .axes = TG_AXES(0)), TG_ERR_ARGUMENT, f->name, "not both");
    IS_REFUSED(REDUCE(x, .axes = TG_AXES(0, 0, 0, 0, 0, 0, 0, 0, 0)), TG_ERR_SHAPE, f->name,
               "more than 8 axes");
    IS_REFUSED(REDUCE(x, .axes = { .count = 100 }), TG_ERR_SHAPE, f->name, "");
    IS_REFUSED(REDUCE(flag), TG_ERR_DTYPE, f->name, "bool");
    if (f->floats) IS_REFUSED(REDUCE(integer), TG_ERR_DTYPE, f->name, "i32");
    if (f->picks) {
        IS_REFUSED(REDUCE(empty), TG_ERR_SHAPE, f->name, "axis 1 is empty");
        IS_REFUSED(REDUCE(empty, .axis = 1), TG_ERR_SHAPE, f->name, "axis 1 is empty");
    }
    if (f->function == tg_argmax_with)
        IS_REFUSED(REDUCE(tall, .axes = TG_AXES(0, 1)), TG_ERR_UNSUPPORTED, f->name, "one axis");
}
END_TEST

/* ---- Leaves
 * ---------------------------------------------------------------------------------------- */

START_TEST(leaves)
{
    const tg_shape overflow = TG_SHAPE(INT64_C(1) << 62, 4), negative = TG_SHAPE(2, -1);
    const tg_shape beyond = { .rank = 100 };
    const tg_dtype unknown = (tg_dtype)77;
    IS_SILENT(tg_number(NULL, 1));
    IS_SILENT(tg_number_as(NULL, TG_F32, 1));
    IS_SILENT(tg_number_like(NULL, 1));
    IS_SILENT(tg_full(NULL, TG_F32, TG_SHAPE(1), 1));
    IS_SILENT(tg_zeros_like(NULL));
    IS_SILENT(tg_ones_like(NULL));
    IS_SILENT(tg_constant(NULL, TG_F32, TG_SHAPE(1), values));
    IS_SILENT(tg_iota(NULL, TG_I32, 1));
    IS_SILENT(tg_uniform(NULL, "k", TG_F32, TG_SHAPE(1), 0, 1));
    IS_SILENT(tg_normal(NULL, "k", TG_F32, TG_SHAPE(1), 0, 1));
    IS_SILENT(tg_step(NULL));
    IS_SILENT(tg_input(NULL, "x", TG_F32, TG_SHAPE(1)));
    IS_REFUSED(tg_number_as(tape, unknown, 1), TG_ERR_DTYPE, "tg_number", "? cannot hold 1");
    IS_REFUSED(tg_number_as(tape, TG_U8, 300), TG_ERR_DTYPE, "tg_number", "u8 cannot hold 300");
    IS_REFUSED(tg_number_like(stale, 1), TG_ERR_STATE, "tg_number", "stale");
    IS_REFUSED(tg_zeros_like(stale), TG_ERR_STATE, "tg_", "stale");
    IS_REFUSED(tg_full(tape, unknown, TG_SHAPE(2), 1), TG_ERR_DTYPE, "tg_", "?");
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
    IS_REFUSED(tg_uniform(tape, "k", TG_I32, TG_SHAPE(2), 0, 1), TG_ERR_DTYPE, "tg_uniform", "i32");
    IS_REFUSED(tg_uniform(tape, "k", TG_F32, overflow, 0, 1), TG_ERR_SHAPE, "tg_uniform",
               "more bytes");
    IS_REFUSED(tg_normal(tape, "k", unknown, TG_SHAPE(2), 0, 1), TG_ERR_DTYPE, "tg_normal", "?");
    IS_REFUSED(tg_normal(tape, "k", TG_F32, beyond, 0, 1), TG_ERR_SHAPE, "tg_normal",
               "0 to 8 axes");
    IS_REFUSED(tg_input(tape, "in", unknown, TG_SHAPE(2)), TG_ERR_DTYPE, "tg_input", "77");
    IS_REFUSED(tg_input(tape, "in", TG_F32, negative), TG_ERR_SHAPE, "tg_input", "[2, -1]");
    IS_REFUSED(tg_input(tape, "in", TG_F32, overflow), TG_ERR_SHAPE, "tg_input", "more bytes");
    IS_REFUSED(tg_input(tape, "in", TG_F32, TG_SHAPE(INT64_C(1) << 59)), TG_ERR_MEMORY, "tg_input",
               "in: out of memory");
    IS_REFUSED(tg_constant(tape, TG_U8, TG_SHAPE(INT64_C(1) << 61), values), TG_ERR_MEMORY,
               "tg_constant", "out of memory");
}
END_TEST

/* ---- Movement
 * ----------------------------------------------------------------------------------------- */

START_TEST(movement)
{
    IS_SILENT(tg_reshape(NULL, TG_SHAPE(6)));
    IS_REFUSED(tg_reshape(stale, TG_SHAPE(6)), TG_ERR_STATE, "tg_reshape", "stale");
    IS_REFUSED(tg_reshape(x, TG_SHAPE(7)), TG_ERR_SHAPE, "tg_reshape", "[7] does not have as many");
    IS_REFUSED(tg_reshape(x, TG_SHAPE(7)), TG_ERR_SHAPE, "tg_reshape", "x  [2, 3] f64");
    IS_REFUSED(tg_reshape(x, TG_SHAPE(-1, -1)), TG_ERR_SHAPE, "tg_reshape",
               "only one axis may be -1");
    IS_REFUSED(tg_reshape(x, TG_SHAPE(4, -1)), TG_ERR_SHAPE, "tg_reshape", "no size for the -1");
    IS_REFUSED(tg_reshape(empty, TG_SHAPE(0, -1)), TG_ERR_SHAPE, "tg_reshape", "any would do");
    IS_REFUSED(tg_reshape(x, TG_SHAPE(INT64_MAX, INT64_MAX)), TG_ERR_SHAPE, "tg_reshape",
               "elements");
    IS_REFUSED(tg_reshape(x, (tg_shape){ .rank = 9 }), TG_ERR_SHAPE, "tg_reshape", "0 to 8 axes");
    IS_SILENT(tg_permute(NULL, TG_AXES(0)));
    IS_REFUSED(tg_permute(stale, TG_AXES(1, 0)), TG_ERR_STATE, "tg_permute", "stale");
    IS_REFUSED(tg_permute(x, TG_AXES(0)), TG_ERR_SHAPE, "tg_permute", "every axis");
    IS_REFUSED(tg_permute(x, TG_AXES(0, 0)), TG_ERR_SHAPE, "tg_permute", "axis 0 is named twice");
    IS_REFUSED(tg_permute(x, TG_AXES(0, 2)), TG_ERR_SHAPE, "tg_permute", "axis 2 is out of range");
    IS_REFUSED(tg_permute(x, TG_AXES(0, 1, 2, 3, 4, 5, 6, 7, 8)), TG_ERR_SHAPE, "tg_permute",
               "every");
    IS_REFUSED(tg_transpose(vector), TG_ERR_SHAPE, "tg_transpose", "two axes");
    IS_REFUSED(tg_transpose(number), TG_ERR_SHAPE, "tg_transpose", "two axes");
    IS_SILENT(tg_broadcast(NULL, TG_SHAPE(2)));
    IS_REFUSED(tg_broadcast(stale, TG_SHAPE(2, 3)), TG_ERR_STATE, "tg_broadcast", "stale");
    IS_REFUSED(tg_broadcast(x, TG_SHAPE(3)), TG_ERR_SHAPE, "tg_broadcast",
               "does not broadcast to [3]");
    IS_REFUSED(tg_broadcast(x, TG_SHAPE(2, 4)), TG_ERR_SHAPE, "tg_broadcast", "to [2, 4]");
    IS_REFUSED(tg_broadcast(x, TG_SHAPE(-1, 2, 3)), TG_ERR_SHAPE, "tg_broadcast", "negative");
    IS_REFUSED(tg_broadcast(x, TG_SHAPE(INT64_C(1) << 61, 2, 3)), TG_ERR_SHAPE, "tg_broadcast",
               "bytes");
    IS_SILENT(tg_slice(NULL, 0, 0, 1, 1));
    IS_REFUSED(tg_slice(stale, 0, 0, 1, 1), TG_ERR_STATE, "tg_slice", "stale");
    IS_REFUSED(tg_slice(x, 2, 0, 1, 1), TG_ERR_SHAPE, "tg_slice", "axis 2 is out of range");
    IS_REFUSED(tg_slice(x, -3, 0, 1, 1), TG_ERR_SHAPE, "tg_slice", "axis -3 is out of range");
    IS_REFUSED(tg_slice(number, 0, 0, 1, 1), TG_ERR_SHAPE, "tg_slice", "scalar");
    IS_REFUSED(tg_slice(x, 0, 0, 1, 0), TG_ERR_ARGUMENT, "tg_slice", "step is 0");
    IS_REFUSED(tg_slice(x, 0, 0, 1, -1), TG_ERR_ARGUMENT, "tg_slice", "step is -1");
    IS_SILENT(tg_pad(NULL, 0, 0, 0, 0, 0));
    IS_REFUSED(tg_pad(stale, 0, 1, 1, 0, 0), TG_ERR_STATE, "tg_pad", "stale");
    IS_REFUSED(tg_pad(x, 5, 1, 1, 0, 0), TG_ERR_SHAPE, "tg_pad", "axis 5 is out of range");
    IS_REFUSED(tg_pad(x, 0, -1, 0, 0, 0), TG_ERR_ARGUMENT, "tg_pad", "-1, 0, 0");
    IS_REFUSED(tg_pad(x, 0, 0, INT64_MAX, 0, 0), TG_ERR_SHAPE, "tg_pad", "longer than 2^63");
    IS_REFUSED(tg_pad(x, 1, 0, 0, INT64_MAX, 0), TG_ERR_SHAPE, "tg_pad", "longer than 2^63");
    IS_REFUSED(tg_pad(x, 1, INT64_MAX / 2, 0, 0, 0), TG_ERR_SHAPE, "tg_pad", "more bytes");
    IS_REFUSED(tg_pad(byte, 0, 1, 0, 0, -1), TG_ERR_ARGUMENT, "tg_pad", "u8 cannot hold -1");
    IS_REFUSED(tg_pad(flag, 0, 1, 0, 0, 2), TG_ERR_ARGUMENT, "tg_pad", "bool cannot hold 2");
}
END_TEST

START_TEST(joining_selecting_and_casting)
{
    IS_SILENT(tg_concat(NULL, 0));
    IS_SILENT(tg_concat((tg_tensor *const[]){ tg_list_end }, 0));
    IS_SILENT(tg_concat(TG_LIST(NULL, x), 0));
    IS_SILENT(tg_concat(TG_LIST(x, NULL), 0));
    IS_REFUSED(tg_concat(TG_LIST(x, stale), 0), TG_ERR_STATE, "tg_concat", "operand 1 is stale");
    IS_REFUSED(tg_concat(TG_LIST(x, foreign), 0), TG_ERR_ARGUMENT, "tg_concat", "another tape");
    IS_REFUSED(tg_concat(TG_LIST(x, x), 2), TG_ERR_SHAPE, "tg_concat", "axis 2 is out of range");
    IS_REFUSED(tg_concat(TG_LIST(number, number), 0), TG_ERR_SHAPE, "tg_concat", "scalar");
    IS_REFUSED(tg_concat(TG_LIST(x, y), 0), TG_ERR_SHAPE, "tg_concat", "operands 0 and 1");
    IS_REFUSED(tg_concat(TG_LIST(x, vector), 0), TG_ERR_SHAPE, "tg_concat", "vector  [3] f64");
    IS_REFUSED(tg_concat(TG_LIST(x, x, narrow), 0), TG_ERR_SHAPE, "tg_concat", "operands 0 and 2");
    IS_REFUSED(tg_concat(TG_LIST(huge, huge, huge, huge), 0), TG_ERR_SHAPE, "tg_concat", "bytes");
    IS_SILENT(tg_select(NULL, x, x));
    IS_SILENT(tg_select(flag, NULL, x));
    IS_SILENT(tg_select(flag, x, NULL));
    IS_REFUSED(tg_select(flag, x, stale), TG_ERR_STATE, "tg_select", "stale");
    IS_REFUSED(tg_select(flag, x, foreign), TG_ERR_ARGUMENT, "tg_select", "another tape");
    IS_REFUSED(tg_select(x, x, x), TG_ERR_DTYPE, "tg_select", "condition must be bool, not f64");
    IS_REFUSED(tg_select(flag, x, narrow), TG_ERR_DTYPE, "tg_select", "tg_cast");
    IS_REFUSED(tg_select(flag, x, y), TG_ERR_SHAPE, "tg_select", "do not broadcast");
    IS_REFUSED(tg_select(flag, y, y), TG_ERR_SHAPE, "tg_select", "do not broadcast");
    IS_SILENT(tg_cast(NULL, TG_F32));
    IS_REFUSED(tg_cast(stale, TG_F32), TG_ERR_STATE, "tg_cast", "stale");
    IS_REFUSED(tg_cast(x, (tg_dtype)55), TG_ERR_DTYPE, "tg_cast", "unknown dtype 55");
}
END_TEST

START_TEST(a_list_longer_than_an_operation_can_hold)
{
    enum { MANY = UINT16_MAX + 2 };
    static tg_tensor *list[MANY + 1];
    for (int i = 0; i < MANY; i++) list[i] = x;
    list[MANY] = tg_list_end;
    tg_tensor *joined = tg_concat(list, 0);
    const int line = __LINE__ - 1;
    if (joined)
        ck_assert_int_eq(tg_dim(joined, 0), 2 * MANY); /* all, or an error */
    else
        ck_error("tg_concat", __FILE__, line, TG_ERR_UNSUPPORTED, "tg_concat", "65535");
}
END_TEST

/* ---- Indices and products
 * ----------------------------------------------------------------------------- */

START_TEST(indices)
{
    tg_tensor *index = tg_input(tape, "index", TG_I32, TG_SHAPE(2));
    tg_tensor *deep = tg_reshape(x, TG_SHAPE(1, 1, 1, 1, 1, 1, 2, 3));
    length = tg_tape_length(tape);
    IS_SILENT(tg_gather(NULL, index, 0));
    IS_SILENT(tg_gather(x, NULL, 0));
    IS_REFUSED(tg_gather(x, stale, 0), TG_ERR_STATE, "tg_gather", "stale");
    IS_REFUSED(tg_gather(foreign, index, 0), TG_ERR_ARGUMENT, "tg_gather", "another tape");
    IS_REFUSED(tg_gather(x, vector, 0), TG_ERR_DTYPE, "tg_gather", "i32 or i64, not f64");
    IS_REFUSED(tg_gather(x, byte, 0), TG_ERR_DTYPE, "tg_gather", "i32 or i64, not u8");
    IS_REFUSED(tg_gather(x, index, 2), TG_ERR_SHAPE, "tg_gather", "axis 2 is out of range");
    IS_REFUSED(tg_gather(number, index, 0), TG_ERR_SHAPE, "tg_gather", "scalar");
    IS_REFUSED(tg_gather(deep, integer, 0), TG_ERR_SHAPE, "tg_gather", "9 axes, more than 8");
    tg_tensor *many = tg_broadcast(tg_number_as(tape, TG_I32, 0), TG_SHAPE(INT64_C(1) << 60));
    length = tg_tape_length(tape);
    IS_REFUSED(tg_gather(x, many, 0), TG_ERR_SHAPE, "tg_gather", "more bytes");
    IS_SILENT(tg_scatter_add(NULL, index, 0, 3));
    IS_SILENT(tg_scatter_add(x, NULL, 0, 3));
    IS_REFUSED(tg_scatter_add(stale, index, 0, 3), TG_ERR_STATE, "tg_scatter_add", "stale");
    IS_REFUSED(tg_scatter_add(x, vector, 0, 3), TG_ERR_DTYPE, "tg_scatter_add", "i32 or i64");
    IS_REFUSED(tg_scatter_add(flag, index, 0, 3), TG_ERR_DTYPE, "tg_scatter_add", "bool");
    IS_REFUSED(tg_scatter_add(x, index, 1, 3), TG_ERR_SHAPE, "tg_scatter_add", "from axis 1 on");
    IS_REFUSED(tg_scatter_add(x, index, 2, 3), TG_ERR_SHAPE, "tg_scatter_add", "from axis 2 on");
    IS_REFUSED(tg_scatter_add(x, index, 0, -1), TG_ERR_SHAPE, "tg_scatter_add", "(-1)");
    IS_REFUSED(tg_scatter_add(number, index, 0, 3), TG_ERR_SHAPE, "tg_scatter_add",
               "from axis 0 on");
    IS_REFUSED(tg_scatter_add(x, index, 0, INT64_MAX), TG_ERR_SHAPE, "tg_scatter_add",
               "more bytes");
    IS_SILENT(tg_check_index(NULL, 3));
    IS_REFUSED(tg_check_index(stale, 3), TG_ERR_STATE, "tg_check_index", "stale");
    IS_REFUSED(tg_check_index(x, 3), TG_ERR_DTYPE, "tg_check_index", "i32 or i64");
    IS_REFUSED(tg_check_index(index, -1), TG_ERR_ARGUMENT, "tg_check_index", "the size is -1");
}
END_TEST

START_TEST(products)
{
    tg_tensor *batch = tg_input(tape, "batch", TG_F64, TG_SHAPE(5, 3, 4));
    length = tg_tape_length(tape);
    IS_SILENT(tg_matmul(NULL, x));
    IS_SILENT(tg_matmul(x, NULL));
    IS_REFUSED(tg_matmul(x, stale), TG_ERR_STATE, "tg_matmul", "stale");
    IS_REFUSED(tg_matmul(x, foreign), TG_ERR_ARGUMENT, "tg_matmul", "another tape");
    IS_REFUSED(tg_matmul(integer, integer), TG_ERR_DTYPE, "tg_matmul", "i32");
    IS_REFUSED(tg_matmul(x, narrow), TG_ERR_DTYPE, "tg_matmul", "f64 and f32; use tg_cast");
    IS_REFUSED(tg_matmul(x, vector), TG_ERR_SHAPE, "tg_matmul", "at least two axes");
    IS_REFUSED(tg_matmul(number, x), TG_ERR_SHAPE, "tg_matmul", "at least two axes");
    IS_REFUSED(tg_matmul(x, y), TG_ERR_SHAPE, "tg_matmul",
               "inner dimensions differ: [2, 3] . [4, 5]");
    IS_REFUSED(tg_matmul(tall, batch), TG_ERR_SHAPE, "tg_matmul", "inner dimensions differ");
    tg_tensor *long_rows = tg_broadcast(number, TG_SHAPE(INT64_C(1) << 30, INT64_C(1) << 20, 4));
    tg_tensor *columns = tg_broadcast(number, TG_SHAPE(4, INT64_C(1) << 20));
    length = tg_tape_length(tape);
    IS_REFUSED(tg_matmul(long_rows, columns), TG_ERR_SHAPE, "tg_matmul", "more bytes");
    IS_REFUSED(tg_matmul(tall, tall), TG_ERR_SHAPE, "tg_matmul", "inner dimensions differ");
    IS_REFUSED(tg_matmul(huge, huge), TG_ERR_SHAPE, "tg_matmul", "inner dimensions differ");
}
END_TEST

START_TEST(batches_of_products_that_do_not_broadcast)
{
    tg_tensor *a = tg_input(tape, "a", TG_F64, TG_SHAPE(2, 3, 4));
    tg_tensor *b = tg_input(tape, "b", TG_F64, TG_SHAPE(5, 4, 3));
    length = tg_tape_length(tape);
    IS_REFUSED(tg_matmul(a, b), TG_ERR_SHAPE, "tg_matmul", "leading axes do not broadcast");
}
END_TEST

/* The message that the design shows. */
START_TEST(the_story_of_a_product_names_operands_lines_and_the_way_out)
{
    tg_var *w = tg_param(store, "out.weight", TG_SHAPE(256, 784), (tg_init){ 0 });
    const int made = __LINE__ - 1;
    tg_tensor *input = tg_input(tape, "x", TG_F64, TG_SHAPE(64, 784));
    tg_tensor *hidden = tg_tanh(input), *read = tg_read(tape, w);
    const int used = __LINE__ - 1;
    ck_assert_ptr_null(tg_matmul(hidden, read));
    char want[1024];
    (void)snprintf(want, sizeof want,
                   "%s:%d: tg_matmul: inner dimensions differ: [64, 784] . [256, 784]\n"
                   "    left   tanh  [64, 784] f64  %s:%d\n"
                   "    right  param out.weight  [256, 784] f64  %s:%d\n"
                   "    did you mean tg_matmul(x, tg_transpose(w))?",
                   __FILE__, used + 2, __FILE__, used, __FILE__, made);
    ck_assert_str_eq(tg_tape_error(tape), want);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("errors");
    TCase *all = tcase_create("errors");
    tcase_add_checked_fixture(all, open_operands, close_operands);
    tcase_add_loop_test(all, functions_of_one_operand, 0, COUNT_OF(unaries));
    tcase_add_test(all, a_node_of_another_tape_is_reported_on_both);
    tcase_add_loop_test(all, functions_of_two_operands, 0, COUNT_OF(binaries));
    tcase_add_loop_test(all, functions_with_a_number, 0, COUNT_OF(with_numbers));
    tcase_add_loop_test(all, reductions_of_axes_that_are_not_there, 0, COUNT_OF(reductions));
    tcase_add_test(all, leaves);
    tcase_add_test(all, movement);
    tcase_add_test(all, joining_selecting_and_casting);
    tcase_add_test(all, a_list_longer_than_an_operation_can_hold);
    tcase_add_test(all, indices);
    tcase_add_test(all, products);
    tcase_add_test(all, batches_of_products_that_do_not_broadcast);
    tcase_add_test(all, the_story_of_a_product_names_operands_lines_and_the_way_out);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
