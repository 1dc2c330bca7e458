/* errors_arrays.c: bad input to what moves elements: shapes that do not fit, axes that are not
 * there, and sizes, offsets and steps at the ends of their range. */
#include "tests/support/bad_input.h"

#define BIG     POWER(40, 24)
#define LONGEST ((int64_t)(SIZE_MAX / 2) - 64) /* of bytes */

/* ---- Views and pads --------------------------------------------------------------------- */

START_TEST(movement)
{
    IS_REFUSED(tg_reshape(x, TG_SHAPE(7)), TG_ERR_SHAPE, "tg_reshape", "[7] does not have as many");
    IS_REFUSED(tg_reshape(x, TG_SHAPE(7)), TG_ERR_SHAPE, "tg_reshape", "x  [2, 3] f64");
    IS_REFUSED(tg_reshape(x, TG_SHAPE(-1, -1)), TG_ERR_SHAPE, "tg_reshape",
               "only one axis may be -1");
    IS_REFUSED(tg_reshape(x, TG_SHAPE(4, -1)), TG_ERR_SHAPE, "tg_reshape", "no size for the -1");
    IS_REFUSED(tg_reshape(empty, TG_SHAPE(0, -1)), TG_ERR_SHAPE, "tg_reshape", "any would do");
    IS_REFUSED(tg_reshape(x, TG_SHAPE(INT64_MAX, INT64_MAX)), TG_ERR_SHAPE, "tg_reshape",
               "elements");
    IS_REFUSED(tg_reshape(x, (tg_shape){ .rank = 9 }), TG_ERR_SHAPE, "tg_reshape", "0 to 8 axes");
    IS_REFUSED(tg_permute(x, TG_AXES(0)), TG_ERR_SHAPE, "tg_permute", "every axis");
    IS_REFUSED(tg_permute(x, TG_AXES(0, 0)), TG_ERR_SHAPE, "tg_permute", "axis 0 is named twice");
    IS_REFUSED(tg_permute(x, TG_AXES(0, 2)), TG_ERR_SHAPE, "tg_permute", "axis 2 is out of range");
    IS_REFUSED(tg_permute(x, TG_AXES(0, 1, 2, 3, 4, 5, 6, 7, 8)), TG_ERR_SHAPE, "tg_permute",
               "every");
    IS_REFUSED(tg_transpose(vector), TG_ERR_SHAPE, "tg_transpose", "two axes");
    IS_REFUSED(tg_transpose(number), TG_ERR_SHAPE, "tg_transpose", "two axes");
    IS_REFUSED(tg_broadcast(x, TG_SHAPE(3)), TG_ERR_SHAPE, "tg_broadcast",
               "does not broadcast to [3]");
    IS_REFUSED(tg_broadcast(x, TG_SHAPE(2, 4)), TG_ERR_SHAPE, "tg_broadcast", "to [2, 4]");
    IS_REFUSED(tg_broadcast(x, TG_SHAPE(-1, 2, 3)), TG_ERR_SHAPE, "tg_broadcast", "negative");
    IS_REFUSED(tg_broadcast(x, TG_SHAPE(INT64_C(1) << 61, 2, 3)), TG_ERR_SHAPE, "tg_broadcast",
               "bytes");
    IS_REFUSED(tg_slice(x, 2, 0, 1, 1), TG_ERR_SHAPE, "tg_slice", "axis 2 is out of range");
    IS_REFUSED(tg_slice(x, INT_MIN, 0, 1, 1), TG_ERR_SHAPE, "tg_slice", "is out of range");
    IS_REFUSED(tg_slice(x, 0, 0, 1, INT64_MIN), TG_ERR_ARGUMENT, "tg_slice", "step is -92233");
    IS_REFUSED(tg_slice(x, -3, 0, 1, 1), TG_ERR_SHAPE, "tg_slice", "axis -3 is out of range");
    IS_REFUSED(tg_slice(number, 0, 0, 1, 1), TG_ERR_SHAPE, "tg_slice", "scalar");
    IS_REFUSED(tg_slice(x, 0, 0, 1, 0), TG_ERR_ARGUMENT, "tg_slice", "step is 0");
    IS_REFUSED(tg_slice(x, 0, 0, 1, -1), TG_ERR_ARGUMENT, "tg_slice", "step is -1");
    IS_REFUSED(tg_pad(x, 5, 1, 1, 0, 0), TG_ERR_SHAPE, "tg_pad", "axis 5 is out of range");
    IS_REFUSED(tg_pad(x, 0, -1, 0, 0, 0), TG_ERR_ARGUMENT, "tg_pad", "-1, 0, 0");
    IS_REFUSED(tg_pad(x, 0, 0, INT64_MAX, 0, 0), TG_ERR_SHAPE, "tg_pad", "longer than 2^63");
    IS_REFUSED(tg_pad(x, 1, 0, 0, INT64_MAX, 0), TG_ERR_SHAPE, "tg_pad", "longer than 2^63");
    IS_REFUSED(tg_pad(x, 1, INT64_MAX / 2, 0, 0, 0), TG_ERR_SHAPE, "tg_pad", "more bytes");
    IS_REFUSED(tg_pad(byte, 0, 1, 0, 0, -1), TG_ERR_DTYPE, "tg_pad", "u8 cannot hold -1");
    IS_REFUSED(tg_pad(byte, 0, 1, 0, 0, 0.5), TG_ERR_DTYPE, "tg_pad", "u8 cannot hold 0.5");
    IS_REFUSED(tg_pad(narrow, 0, 1, 0, 0, 1e39), TG_ERR_DTYPE, "tg_pad", "f32 cannot hold 1e+39");
    IS_REFUSED(tg_pad(flag, 0, 1, 0, 0, 2), TG_ERR_DTYPE, "tg_pad", "bool cannot hold 2");
}
END_TEST

START_TEST(axes_that_come_and_go)
{
    tg_tensor *full = tg_reshape(x, TG_SHAPE(1, 1, 1, 1, 1, 1, 2, 3));
    IS_REFUSED(tg_unsqueeze(x, 3), TG_ERR_SHAPE, "tg_unsqueeze", "axis 3 is out of range for the");
    IS_REFUSED(tg_unsqueeze(x, -4), TG_ERR_SHAPE, "tg_unsqueeze", "axis -4 is out of range");
    IS_REFUSED(tg_unsqueeze(x, INT_MIN), TG_ERR_SHAPE, "tg_unsqueeze", "is out of range");
    IS_REFUSED(tg_unsqueeze(x, INT_MAX), TG_ERR_SHAPE, "tg_unsqueeze", "is out of range");
    IS_REFUSED(tg_unsqueeze(full, 0), TG_ERR_SHAPE, "tg_unsqueeze", "9 axes, more than 8");
    IS_REFUSED(tg_squeeze(x, 0), TG_ERR_SHAPE, "tg_squeeze", "axis 0 has size 2");
    IS_REFUSED(tg_squeeze(empty, 1), TG_ERR_SHAPE, "tg_squeeze", "axis 1 has size 0");
    IS_REFUSED(tg_squeeze(x, 2), TG_ERR_SHAPE, "tg_squeeze", "axis 2 is out of range");
    IS_REFUSED(tg_squeeze(number, -1), TG_ERR_SHAPE, "tg_squeeze", "of a scalar");
    IS_REFUSED(tg_flip(x, TG_AXES(2)), TG_ERR_SHAPE, "tg_flip", "axis 2 is out of range");
    IS_REFUSED(tg_flip(x, TG_AXES(0, -9)), TG_ERR_SHAPE, "tg_flip", "axis -9 is out of range");
    IS_REFUSED(tg_flip(x, TG_AXES(1, -1)), TG_ERR_SHAPE, "tg_flip", "axis 1 is named twice");
    IS_REFUSED(tg_flip(x, TG_AXES(0, 0, 0, 0, 0, 0, 0, 0, 0)), TG_ERR_SHAPE, "tg_flip",
               "more than 8 axes");
    IS_REFUSED(tg_flip(x, (tg_axes){ .count = 100 }), TG_ERR_SHAPE, "tg_flip", "");
    IS_REFUSED(tg_flip(number, TG_AXES(0)), TG_ERR_SHAPE, "tg_flip", "of a scalar");
}
END_TEST

START_TEST(windows_that_do_not_fit)
{
    tg_tensor *full = tg_reshape(x, TG_SHAPE(1, 1, 1, 1, 1, 1, 2, 3));
    IS_REFUSED(tg_window(x, 2, 1, 1, 1), TG_ERR_SHAPE, "tg_window", "axis 2 is out of range");
    IS_REFUSED(tg_window(x, 1, 4, 1, 1), TG_ERR_SHAPE, "tg_window",
               "a window of 4 elements, 1 apart, does not fit into axis 1 of size 3");
    IS_REFUSED(tg_window(x, 1, 2, 1, 3), TG_ERR_SHAPE, "tg_window", "3 apart, does not fit");
    IS_REFUSED(tg_window(x, 1, 0, 1, 1), TG_ERR_SHAPE, "tg_window", "a window of 0 elements");
    IS_REFUSED(tg_window(x, 1, -1, 1, 1), TG_ERR_SHAPE, "tg_window", "a window of -1 elements");
    IS_REFUSED(tg_window(x, 1, INT64_MIN, 1, 1), TG_ERR_SHAPE, "tg_window", "does not fit");
    IS_REFUSED(tg_window(x, 1, INT64_MAX, 1, INT64_MAX), TG_ERR_SHAPE, "tg_window", "does not fit");
    IS_REFUSED(tg_window(x, 1, 1, 0, 1), TG_ERR_ARGUMENT, "tg_window", "are 0 and 1, and must");
    IS_REFUSED(tg_window(x, 1, 1, 1, INT64_MIN), TG_ERR_ARGUMENT, "tg_window", "must be at least");
    IS_REFUSED(tg_window(empty, 1, 1, 1, 1), TG_ERR_SHAPE, "tg_window", "axis 1 of size 0");
    IS_REFUSED(tg_window(full, 7, 1, 1, 1), TG_ERR_SHAPE, "tg_window", "9 axes, more than 8");
    IS_REFUSED(tg_window(huge, 0, POWER(29, 13), 1, 1), TG_ERR_SHAPE, "tg_window", "more bytes");
    IS_REFUSED(tg_window(number, 0, 1, 1, 1), TG_ERR_SHAPE, "tg_window", "of a scalar");
    double got[6]; /* one window, or windows of one: nothing is stepped over */
    ck_assert_int_eq(tg_get(tg_window(x, 1, 3, INT64_MAX, 1), got, 6), TG_OK);
    ck_assert_mem_eq(got, values, sizeof got);
    ck_assert_int_eq(tg_get(tg_window(x, 1, 1, 1, INT64_MAX), got, 6), TG_OK);
    ck_assert_mem_eq(got, values, sizeof got);
    ck_assert_int_eq(tg_get(tg_fold(tg_unsqueeze(x, -1), 1, 3, 1, INT64_MAX), got, 6), TG_OK);
    ck_assert_mem_eq(got, values, sizeof got);
    IS_REFUSED(tg_fold(flag, 0, 4, 1, 1), TG_ERR_DTYPE, "tg_fold", "not bool");
    IS_REFUSED(tg_fold(x, 0, 5, 1, 1), TG_ERR_SHAPE, "tg_fold", "2 windows of 3 elements are not");
    IS_REFUSED(tg_fold(x, 0, -1, 1, 1), TG_ERR_SHAPE, "tg_fold", "an axis of size -1");
    IS_REFUSED(tg_fold(x, 0, INT64_MIN, 1, 1), TG_ERR_SHAPE, "tg_fold", "are not what");
    IS_REFUSED(tg_fold(x, 0, INT64_MAX, 1, 1), TG_ERR_SHAPE, "tg_fold", "are not what");
    IS_REFUSED(tg_fold(x, 0, 4, 0, 1), TG_ERR_ARGUMENT, "tg_fold", "are 0 and 1, and must");
    IS_REFUSED(tg_fold(x, 0, 4, 1, -1), TG_ERR_ARGUMENT, "tg_fold", "are 1 and -1, and must");
    IS_REFUSED(tg_fold(x, 0, 4, 1, INT64_MAX), TG_ERR_SHAPE, "tg_fold", "are not what");
    IS_REFUSED(tg_fold(x, 1, 4, 1, 1), TG_ERR_SHAPE, "tg_fold", "the last axis has the windows'");
    IS_REFUSED(tg_fold(x, 9, 4, 1, 1), TG_ERR_SHAPE, "tg_fold", "axis 9 is out of range");
    IS_REFUSED(tg_fold(vector, 0, 4, 1, 1), TG_ERR_SHAPE, "tg_fold", "the last axis");
    IS_REFUSED(tg_fold(empty, 0, 4, 1, 1), TG_ERR_SHAPE, "tg_fold", "of 0 elements");
    /* Two windows of 3 at a stride of 2^61. */
    IS_REFUSED(tg_fold(x, 0, (BIG << 21) + 3, BIG << 21, 1), TG_ERR_SHAPE, "tg_fold", "more bytes");
}
END_TEST

/* ---- Joining, splitting, repeating ------------------------------------------------------ */

START_TEST(joining)
{
    IS_SILENT(tg_concat((tg_list){ 1, NULL }, 0));
    IS_SILENT(tg_concat((tg_list){ 0, NULL }, 0));
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
    IS_SILENT(tg_stack((tg_list){ 1, NULL }, 0));
    IS_SILENT(tg_stack((tg_list){ 0, NULL }, 0));
    IS_SILENT(tg_stack(TG_LIST(NULL, x), 0));
    IS_SILENT(tg_stack(TG_LIST(x, NULL), 0));
    IS_REFUSED(tg_stack(TG_LIST(x, stale), 0), TG_ERR_STATE, "tg_stack", "operand 1 is stale");
    IS_REFUSED(tg_stack(TG_LIST(x, foreign), 0), TG_ERR_ARGUMENT, "tg_stack", "another tape");
    IS_REFUSED(tg_stack(TG_LIST(x, x), 3), TG_ERR_SHAPE, "tg_stack", "axis 3 is out of range");
    IS_REFUSED(tg_stack(TG_LIST(x, x), INT_MIN), TG_ERR_SHAPE, "tg_stack", "is out of range");
    IS_REFUSED(tg_stack(TG_LIST(x, x, y), 0), TG_ERR_SHAPE, "tg_stack", "operands 0 and 2");
    IS_REFUSED(tg_stack(TG_LIST(x, narrow), 0), TG_ERR_SHAPE, "tg_stack",
               "one dtype and one shape");
    IS_REFUSED(tg_stack(TG_LIST(huge, huge, huge, huge), 0), TG_ERR_SHAPE, "tg_stack",
               "more bytes");
    tg_tensor *full = tg_reshape(x, TG_SHAPE(1, 1, 1, 1, 1, 1, 2, 3));
    IS_REFUSED(tg_stack(TG_LIST(full, full), 0), TG_ERR_SHAPE, "tg_stack", "9 axes, more than 8");
}
END_TEST

START_TEST(a_list_longer_than_an_operation_can_hold)
{
    enum { MANY = UINT16_MAX + 2 };
    static tg_tensor *list[MANY];
    for (int i = 0; i < MANY; i++) list[i] = x;
    IS_REFUSED(tg_concat((tg_list){ MANY, list }, 0), TG_ERR_UNSUPPORTED, "tg_concat",
               "at most 65535 operands");
    IS_REFUSED(tg_stack((tg_list){ MANY, list }, 0), TG_ERR_UNSUPPORTED, "tg_stack",
               "at most 65535 operands");
}
END_TEST

START_TEST(splitting)
{
    static const int64_t short_by_one[] = { 1, 1 }, negative[] = { 4, -1 };
    static const int64_t wrapping[] = { INT64_MAX, INT64_MAX, 5 };
    tg_tensor *part[3] = { x, x, x };
    ACCEPTS(tg_split(NULL, 0, 2, NULL, part) == TG_ERR_ARGUMENT);
    ck_assert(!part[0] && !part[1] && part[2] == x);
    FAILS_HERE(tg_split(stale, 0, 2, NULL, part), TG_ERR_STATE, "tg_split", "stale");
    FAILS_HERE(tg_split(x, 2, 2, NULL, part), TG_ERR_SHAPE, "tg_split", "axis 2 is out of range");
    FAILS_HERE(tg_split(x, INT_MIN, 2, NULL, part), TG_ERR_SHAPE, "tg_split", "is out of range");
    FAILS_HERE(tg_split(x, 1, 2, NULL, part), TG_ERR_SHAPE, "tg_split",
               "2 equal parts do not make up axis 1, which has 3");
    FAILS_HERE(tg_split(x, 1, 0, NULL, part), TG_ERR_SHAPE, "tg_split", "0 equal parts");
    FAILS_HERE(tg_split(x, 1, SIZE_MAX, NULL, NULL), TG_ERR_ARGUMENT, "tg_split", "is NULL");
    FAILS_HERE(tg_split(x, 1, 3, NULL, NULL), TG_ERR_ARGUMENT, "tg_split", "parts is NULL");
    FAILS_HERE(tg_split(x, 1, 2, short_by_one, part), TG_ERR_SHAPE, "tg_split",
               "the 2 sizes do not add up to axis 1, which has 3");
    FAILS_HERE(tg_split(x, 1, 2, negative, part), TG_ERR_SHAPE, "tg_split", "do not add up");
    FAILS_HERE(tg_split(x, 1, 3, wrapping, part), TG_ERR_SHAPE, "tg_split", "do not add up");
    FAILS_HERE(tg_split(number, 0, 1, NULL, part), TG_ERR_SHAPE, "tg_split", "of a scalar");
    ck_assert(!part[0] && !part[1] && !part[2]);
}
END_TEST

typedef struct repeating {
    const char *name;
    tg_tensor *(*function)(tg_site at, tg_tensor *x, int axis, int64_t times);
} repeating;
static const repeating repeatings[] = { { "tg_repeat", tg_repeat_at }, { "tg_tile", tg_tile_at } };

START_TEST(repeating_too_often)
{
    const repeating *f = &repeatings[_i];
    tg_tensor *full = tg_reshape(x, TG_SHAPE(1, 1, 1, 1, 1, 1, 2, 3));
    tried = f->name;
    IS_REFUSED(f->function(TG_HERE, x, 2, 2), TG_ERR_SHAPE, f->name, "axis 2 is out of range");
    IS_REFUSED(f->function(TG_HERE, number, 0, 2), TG_ERR_SHAPE, f->name, "of a scalar");
    IS_REFUSED(f->function(TG_HERE, x, 0, -1), TG_ERR_ARGUMENT, f->name, "of times is -1");
    IS_REFUSED(f->function(TG_HERE, x, 0, INT64_MIN), TG_ERR_ARGUMENT, f->name, "not be negative");
    IS_REFUSED(f->function(TG_HERE, x, 0, INT64_MAX), TG_ERR_SHAPE, f->name, "longer than 2^63");
    IS_REFUSED(f->function(TG_HERE, x, 0, BIG << 20), TG_ERR_SHAPE, f->name, "more bytes");
    IS_REFUSED(f->function(TG_HERE, full, 7, 2), TG_ERR_UNSUPPORTED, f->name, "up to 7 axes");
    tg_tensor *long_one = f->function(TG_HERE, x, 0, BIG); /* a view of a view, and not computed */
    ck_assert_int_eq(tg_dim(long_one, 0), 2 * BIG);
    double nowhere;
    FAILS_AT(tg_get_as(long_one, TG_F64, &nowhere, (size_t)tg_count(long_one)), "errors_arrays.c",
             0, TG_ERR_MEMORY, "tg_get", "out of memory");
}
END_TEST

/* ---- Diagonals, triangles, updates ------------------------------------------------------ */

START_TEST(diagonals_and_triangles)
{
    tg_tensor *full = tg_reshape(x, TG_SHAPE(1, 1, 1, 1, 1, 1, 2, 3));
    tg_tensor *line = tg_broadcast(tg_number_as(tape, TG_U8, 1), TG_SHAPE(1, LONGEST));
    ck_no_error();
    IS_REFUSED(tg_diagonal(vector, 0), TG_ERR_SHAPE, "tg_diagonal", "at least two axes");
    IS_REFUSED(tg_diagonal(number, 0), TG_ERR_SHAPE, "tg_diagonal", "at least two axes");
    IS_REFUSED(tg_diag(number, 0), TG_ERR_SHAPE, "tg_diag", "an operand of 1 to 7 axes");
    IS_REFUSED(tg_diag(full, 0), TG_ERR_SHAPE, "tg_diag", "an operand of 1 to 7 axes");
    IS_REFUSED(tg_diag(vector, INT64_MIN), TG_ERR_SHAPE, "tg_diag", "offset -9223372036854775808");
    IS_REFUSED(tg_diag(vector, INT64_MAX), TG_ERR_SHAPE, "tg_diag", "offset 9223372036854775807");
    IS_REFUSED(tg_diag(vector, INT64_C(1) << 40), TG_ERR_SHAPE, "tg_diag",
               "room for a square matrix");
    IS_REFUSED(tg_diag(vector, INT64_C(1) << 30), TG_ERR_SHAPE, "tg_diag", "more bytes");
    IS_REFUSED(tg_tril(vector, 0), TG_ERR_SHAPE, "tg_tril", "at least two axes");
    IS_REFUSED(tg_tril(line, 0), TG_ERR_SHAPE, "tg_tril", "more bytes");
    IS_REFUSED(tg_triu(number, 0), TG_ERR_SHAPE, "tg_triu", "at least two axes");
    IS_REFUSED(tg_triu(line, INT64_MIN), TG_ERR_SHAPE, "tg_triu", "more bytes");
    IS_REFUSED(tg_eye(tape, (tg_dtype)77, 2), TG_ERR_DTYPE, "tg_eye", "unknown dtype 77");
    IS_REFUSED(tg_eye(tape, TG_F64, -1), TG_ERR_SHAPE, "tg_eye", "axis 0 of [-1, -1]");
    IS_REFUSED(tg_eye(tape, TG_F64, INT64_MIN), TG_ERR_SHAPE, "tg_eye", "negative");
    IS_REFUSED(tg_eye(tape, TG_F64, BIG), TG_ERR_SHAPE, "tg_eye", "more bytes");
    IS_REFUSED(tg_tril_mask(tape, -1, 2, 0), TG_ERR_SHAPE, "tg_tril_mask", "axis 0 of [-1, 2]");
    IS_REFUSED(tg_tril_mask(tape, 2, INT64_MIN, 0), TG_ERR_SHAPE, "tg_tril_mask", "axis 1 of");
    IS_REFUSED(tg_tril_mask(tape, BIG, BIG, 0), TG_ERR_SHAPE, "tg_tril_mask", "more bytes");
    IS_REFUSED(tg_tril_mask(tape, 1, INT64_MAX - 64, 0), TG_ERR_SHAPE, "tg_tril_mask",
               "more bytes");
}
END_TEST

/* Offsets beyond the matrix are legal: all of it, or nothing. */
START_TEST(offsets_at_the_ends_of_their_range)
{
    static const int64_t offsets[] = { INT64_MIN, INT64_MIN + 1, -4, 4, INT64_MAX - 1, INT64_MAX };
    tg_tensor *line = tg_broadcast(tg_number_as(tape, TG_U8, 1), TG_SHAPE(1, LONGEST));
    for (int i = 0; i < COUNT_OF(offsets); i++) {
        double got[6], zero[6] = { 0 };
        const bool high = offsets[i] > 0;
        ck_assert_int_eq(tg_get(tg_tril(x, offsets[i]), got, 6), TG_OK);
        ck_assert_mem_eq(got, high ? values : zero, sizeof got);
        ck_assert_int_eq(tg_get(tg_triu(x, offsets[i]), got, 6), TG_OK);
        ck_assert_mem_eq(got, high ? zero : values, sizeof got);
        ck_assert_int_eq(tg_count(tg_diagonal(x, offsets[i])), 0);
        ck_assert_int_eq(tg_count(tg_diagonal(tg_transpose(x), offsets[i])), 0);
        ck_assert_int_eq(tg_count(tg_roll(x, 1, offsets[i])), 6);
        ck_assert_int_eq(tg_count(tg_roll(line, 1, offsets[i])), LONGEST);
        ck_assert_int_le(
            tg_count(tg_slice(x, 1, offsets[i], offsets[COUNT_OF(offsets) - 1 - i], 1)), 6);
        ck_assert_int_eq(tg_count(tg_slice(x, 1, 0, 3, high ? offsets[i] : 7)), 2);
        ck_assert_int_le(tg_count(tg_diagonal(line, offsets[i])), 1);
        ck_no_error();
    }
}
END_TEST

START_TEST(rolling_and_updating)
{
    IS_REFUSED(tg_roll(x, 2, 1), TG_ERR_SHAPE, "tg_roll", "axis 2 is out of range");
    IS_REFUSED(tg_roll(x, -9, 1), TG_ERR_SHAPE, "tg_roll", "axis -9 is out of range");
    IS_REFUSED(tg_roll(number, 0, 1), TG_ERR_SHAPE, "tg_roll", "of a scalar");
    IS_REFUSED(tg_pick(x, 2, 0), TG_ERR_SHAPE, "tg_pick", "axis 2 is out of range");
    IS_REFUSED(tg_pick(x, 1, 3), TG_ERR_INDEX, "tg_pick", "index 3 is outside axis 1, of size 3");
    IS_REFUSED(tg_pick(x, 1, -4), TG_ERR_INDEX, "tg_pick", "index -4 is outside");
    IS_REFUSED(tg_pick(x, 0, INT64_MIN), TG_ERR_INDEX, "tg_pick", "is outside");
    IS_REFUSED(tg_pick(x, 0, INT64_MAX), TG_ERR_INDEX, "tg_pick", "is outside");
    IS_REFUSED(tg_pick(empty, 1, 0), TG_ERR_INDEX, "tg_pick", "of size 0");
    IS_REFUSED(tg_update_slice(x, 0, 0, 1, 1, narrow), TG_ERR_DTYPE, "tg_update_slice",
               "the value is f32 and x is f64; use tg_cast");
    IS_REFUSED(tg_update_slice(x, 0, 0, 1, 1, tall), TG_ERR_SHAPE, "tg_update_slice",
               "the slice is [1, 3], and the value does not broadcast to it");
    IS_REFUSED(tg_update_slice(x, 1, 0, 2, 1, x), TG_ERR_SHAPE, "tg_update_slice", "is [2, 2]");
    IS_REFUSED(tg_update_slice(x, 3, 0, 1, 1, x), TG_ERR_SHAPE, "tg_update_slice",
               "axis 3 is out of range");
    IS_REFUSED(tg_update_slice(x, 0, 0, 1, 0, x), TG_ERR_ARGUMENT, "tg_update_slice", "step is 0");
    IS_REFUSED(tg_update_slice(x, 0, 0, 1, INT64_MIN, x), TG_ERR_ARGUMENT, "tg_update_slice",
               "must be at least 1");
    IS_REFUSED(tg_update_slice(number, 0, 0, 1, 1, number), TG_ERR_SHAPE, "tg_update_slice",
               "of a scalar");
}
END_TEST

TCase *errors_arrays(void)
{
    TCase *cases = tcase_create("arrays");
    tcase_add_checked_fixture(cases, open_operands, close_operands);
    tcase_add_test(cases, movement);
    tcase_add_test(cases, axes_that_come_and_go);
    tcase_add_test(cases, windows_that_do_not_fit);
    tcase_add_test(cases, joining);
    tcase_add_test(cases, a_list_longer_than_an_operation_can_hold);
    tcase_add_test(cases, splitting);
    tcase_add_loop_test(cases, repeating_too_often, 0, COUNT_OF(repeatings));
    tcase_add_test(cases, diagonals_and_triangles);
    tcase_add_test(cases, offsets_at_the_ends_of_their_range);
    tcase_add_test(cases, rolling_and_updating);
    return cases;
}
