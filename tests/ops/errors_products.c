/* errors_products.c: bad input to indexing, products of matrices and einsum. */
#include "tests/support/bad_input.h"

/* ---- Indices ---------------------------------------------------------------------------- */

START_TEST(indices)
{
    tg_tensor *index = tg_input(tape, "index", TG_I32, TG_SHAPE(2));
    tg_tensor *deep = tg_reshape(x, TG_SHAPE(1, 1, 1, 1, 1, 1, 2, 3));
    IS_REFUSED(tg_gather(x, vector, 0), TG_ERR_DTYPE, "tg_gather", "i32 or i64, not f64");
    IS_REFUSED(tg_gather(x, byte, 0), TG_ERR_DTYPE, "tg_gather", "i32 or i64, not u8");
    IS_REFUSED(tg_gather(x, index, 2), TG_ERR_SHAPE, "tg_gather", "axis 2 is out of range");
    IS_REFUSED(tg_gather(number, index, 0), TG_ERR_SHAPE, "tg_gather", "scalar");
    IS_REFUSED(tg_gather(deep, integer, 0), TG_ERR_SHAPE, "tg_gather", "9 axes, more than 8");
    tg_tensor *many = tg_broadcast(tg_number_as(tape, TG_I32, 0), TG_SHAPE(POWER(60, 28)));
    IS_REFUSED(tg_gather(x, many, 0), TG_ERR_SHAPE, "tg_gather", "more bytes");
    IS_REFUSED(tg_scatter_add(x, vector, 0, 3), TG_ERR_DTYPE, "tg_scatter_add", "i32 or i64");
    IS_REFUSED(tg_scatter_add(flag, index, 0, 3), TG_ERR_DTYPE, "tg_scatter_add", "bool");
    IS_REFUSED(tg_scatter_add(x, index, INT_MIN, 3), TG_ERR_SHAPE, "tg_scatter_add",
               "from axis -2");
    IS_REFUSED(tg_scatter_add(x, index, 1, 3), TG_ERR_SHAPE, "tg_scatter_add", "from axis 1 on");
    IS_REFUSED(tg_scatter_add(x, index, 2, 3), TG_ERR_SHAPE, "tg_scatter_add", "from axis 2 on");
    IS_REFUSED(tg_scatter_add(x, index, 0, -1), TG_ERR_SHAPE, "tg_scatter_add", "(-1)");
    IS_REFUSED(tg_scatter_add(number, index, 0, 3), TG_ERR_SHAPE, "tg_scatter_add",
               "from axis 0 on");
    IS_REFUSED(tg_scatter_add(x, index, 0, INT64_MAX), TG_ERR_SHAPE, "tg_scatter_add",
               "more bytes");
    IS_REFUSED(tg_check_index(x, 3), TG_ERR_DTYPE, "tg_check_index", "i32 or i64");
    IS_REFUSED(tg_check_index(index, -1), TG_ERR_ARGUMENT, "tg_check_index", "the size is -1");
}
END_TEST

typedef tg_tensor *scatter_function(tg_site at, tg_tensor *x, tg_tensor *index, int axis,
                                    int64_t size);
static const struct {
    const char *name;
    scatter_function *function;
} scatters[] = {
    { "tg_scatter_max", tg_scatter_max_at },
    { "tg_scatter_min", tg_scatter_min_at },
};

START_TEST(scattered_extremes)
{
    scatter_function *const f = scatters[_i].function;
    const char *name = scatters[_i].name;
    tg_tensor *index = tg_input(tape, "index", TG_I32, TG_SHAPE(2));
    tried = name;
    IS_REFUSED(f(TG_HERE, x, vector, 0, 3), TG_ERR_DTYPE, name, "i32 or i64");
    IS_REFUSED(f(TG_HERE, flag, index, 0, 3), TG_ERR_DTYPE, name, "bool");
    IS_REFUSED(f(TG_HERE, x, index, 1, 3), TG_ERR_SHAPE, name, "from axis 1 on");
    IS_REFUSED(f(TG_HERE, x, index, INT_MIN, 3), TG_ERR_SHAPE, name, "from axis -2");
    IS_REFUSED(f(TG_HERE, x, index, 0, -1), TG_ERR_SHAPE, name, "(-1)");
    IS_REFUSED(f(TG_HERE, x, index, 0, INT64_MAX), TG_ERR_SHAPE, name, "more bytes");
}
END_TEST

typedef tg_tensor *segment_function(tg_site at, tg_tensor *x, tg_tensor *index, int64_t count);
static const struct {
    const char *name;
    segment_function *function;
    bool floats;
} segments[] = {
    { "tg_segment_sum", tg_segment_sum_at, false },
    { "tg_segment_mean", tg_segment_mean_at, true },
    { "tg_segment_max", tg_segment_max_at, false },
    { "tg_segment_min", tg_segment_min_at, false },
    { "tg_segment_softmax", tg_segment_softmax_at, true },
};

START_TEST(rows_of_segments)
{
    segment_function *const f = segments[_i].function;
    const char *name = segments[_i].name;
    tg_tensor *index = tg_input(tape, "index", TG_I32, TG_SHAPE(2));
    tried = name;
    IS_REFUSED(f(TG_HERE, x, vector, 3), TG_ERR_DTYPE, name, "i32 or i64");
    IS_REFUSED(f(TG_HERE, flag, index, 3), TG_ERR_DTYPE, name, "bool");
    if (segments[_i].floats)
        IS_REFUSED(f(TG_HERE, integer, index, 3), TG_ERR_DTYPE, name, "not i32");
    else ck_assert_ptr_nonnull(f(TG_HERE, integer, index, 3));
    IS_REFUSED(f(TG_HERE, y, index, 3), TG_ERR_SHAPE, name, "from axis 0 on");
    IS_REFUSED(f(TG_HERE, x, index, -1), TG_ERR_SHAPE, name, "(-1)");
    IS_REFUSED(f(TG_HERE, x, index, INT64_MAX), TG_ERR_SHAPE, name, "more bytes");
}
END_TEST

START_TEST(an_index_for_each_element)
{
    const int64_t big = POWER(40, 26);
    tg_tensor *lines = tg_input(tape, "lines", TG_I32, TG_SHAPE(1, 3));
    IS_REFUSED(tg_take_along(x, x, 0), TG_ERR_DTYPE, "tg_take_along", "i32 or i64, not f64");
    IS_REFUSED(tg_take_along(x, flag, 0), TG_ERR_DTYPE, "tg_take_along", "not bool");
    IS_REFUSED(tg_take_along(x, integer, 2), TG_ERR_SHAPE, "tg_take_along", "axis 2 is out of");
    IS_REFUSED(tg_take_along(x, integer, INT_MIN), TG_ERR_SHAPE, "tg_take_along",
               "is out of range");
    IS_REFUSED(tg_take_along(y, integer, 0), TG_ERR_SHAPE, "tg_take_along",
               "the index needs the shape of x in all axes but 0, or 1 there");
    IS_REFUSED(tg_take_along(tall, integer, 0), TG_ERR_SHAPE, "tg_take_along", "left   tall");
    IS_REFUSED(tg_scatter_add_along(x, byte, 0, 2), TG_ERR_DTYPE, "tg_scatter_add_along", "not u8");
    IS_REFUSED(tg_scatter_add_along(flag, integer, 0, 2), TG_ERR_DTYPE, "tg_scatter_add_along",
               "bool");
    IS_REFUSED(tg_scatter_add_along(x, integer, 5, 2), TG_ERR_SHAPE, "tg_scatter_add_along",
               "axis 5 is out of range");
    IS_REFUSED(tg_scatter_add_along(x, integer, 0, -1), TG_ERR_ARGUMENT, "tg_scatter_add_along",
               "the size is -1");
    IS_REFUSED(tg_scatter_add_along(x, integer, 0, INT64_MIN), TG_ERR_ARGUMENT,
               "tg_scatter_add_along", "must not be negative");
    IS_REFUSED(tg_scatter_add_along(x, lines, 0, 2), TG_ERR_SHAPE, "tg_scatter_add_along",
               "an entry for each element along axis 0");
    IS_REFUSED(tg_scatter_add_along(tall, integer, 0, 2), TG_ERR_SHAPE, "tg_scatter_add_along",
               "the index needs the shape of x");
    IS_REFUSED(tg_scatter_add_along(x, integer, 0, INT64_MAX), TG_ERR_SHAPE, "tg_scatter_add_along",
               "more bytes");
    ck_assert_int_eq(tg_dim(tg_scatter_add_along(x, integer, 0, big), 0), big); /* not computed */
}
END_TEST

START_TEST(one_hot_vectors)
{
    const int64_t big = POWER(40, 24);
    tg_tensor *full = tg_reshape(integer, TG_SHAPE(1, 1, 1, 1, 1, 1, 2, 3));
    IS_REFUSED(tg_one_hot(x, 3, TG_F32), TG_ERR_DTYPE, "tg_one_hot", "takes i32, i64, not f64");
    IS_REFUSED(tg_one_hot(byte, 3, TG_F32), TG_ERR_DTYPE, "tg_one_hot", "not u8");
    IS_REFUSED(tg_one_hot(integer, 3, (tg_dtype)77), TG_ERR_DTYPE, "tg_one_hot", "dtype 77");
    IS_REFUSED(tg_one_hot(integer, -1, TG_F32), TG_ERR_SHAPE, "tg_one_hot", "-1 classes");
    IS_REFUSED(tg_one_hot(integer, INT64_MIN, TG_F32), TG_ERR_SHAPE, "tg_one_hot", "classes must");
    IS_REFUSED(tg_one_hot(full, 3, TG_F32), TG_ERR_SHAPE, "tg_one_hot", "index of rank 8");
    IS_REFUSED(tg_one_hot(wide_integer, INT64_MAX, TG_F32), TG_ERR_SHAPE, "tg_one_hot",
               "more bytes");
    IS_REFUSED(tg_one_hot(wide_integer, INT64_MAX / 32, TG_F64), TG_ERR_SHAPE, "tg_one_hot",
               "more bytes");
    IS_REFUSED(tg_one_hot(integer, INT64_C(1) << 40, TG_F32), TG_ERR_DTYPE, "tg_one_hot",
               "an i32 index cannot name 1099511627776 classes");
    ck_assert_int_eq(tg_dim(tg_one_hot(wide_integer, big, TG_U8), 2), big); /* not computed */
}
END_TEST

/* ---- Products --------------------------------------------------------------------------- */

START_TEST(products)
{
    tg_tensor *batch = tg_input(tape, "batch", TG_F64, TG_SHAPE(5, 3, 4));
    IS_REFUSED(tg_matmul(integer, integer), TG_ERR_DTYPE, "tg_matmul", "i32");
    IS_REFUSED(tg_matmul(x, narrow), TG_ERR_DTYPE, "tg_matmul", "f64 and f32; use tg_cast");
    IS_REFUSED(tg_matmul(x, vector), TG_ERR_SHAPE, "tg_matmul", "at least two axes");
    IS_REFUSED(tg_matmul(number, x), TG_ERR_SHAPE, "tg_matmul", "at least two axes");
    IS_REFUSED(tg_matmul(x, y), TG_ERR_SHAPE, "tg_matmul",
               "inner dimensions differ: [2, 3] . [4, 5]");
    IS_REFUSED(tg_matmul(tall, batch), TG_ERR_SHAPE, "tg_matmul", "inner dimensions differ");
    tg_tensor *long_rows = tg_broadcast(number, TG_SHAPE(POWER(30, 12), POWER(20, 12), 4));
    tg_tensor *columns = tg_broadcast(number, TG_SHAPE(4, POWER(20, 12)));
    IS_REFUSED(tg_matmul(long_rows, columns), TG_ERR_SHAPE, "tg_matmul", "more bytes");
    IS_REFUSED(tg_matmul(tall, tall), TG_ERR_SHAPE, "tg_matmul", "inner dimensions differ");
    IS_REFUSED(tg_matmul(huge, huge), TG_ERR_SHAPE, "tg_matmul", "inner dimensions differ");
}
END_TEST

START_TEST(batches_of_products_that_do_not_broadcast)
{
    tg_tensor *a = tg_input(tape, "a", TG_F64, TG_SHAPE(2, 3, 4));
    tg_tensor *b = tg_input(tape, "b", TG_F64, TG_SHAPE(5, 4, 3));
    IS_REFUSED(tg_matmul(a, b), TG_ERR_SHAPE, "tg_matmul", "leading axes do not broadcast");
}
END_TEST

START_TEST(products_over_any_axes)
{
    tg_tensor *wide = tg_broadcast(number, TG_SHAPE(POWER(32, 18)));
    tg_tensor *five = tg_reshape(x, TG_SHAPE(1, 1, 1, 2, 3));
    IS_REFUSED(tg_dot(x, stale), TG_ERR_STATE, "tg_dot", "operand 1 is stale");
    IS_REFUSED(tg_dot(integer, x), TG_ERR_DTYPE, "tg_dot", "takes f32, f64, not i32");
    IS_REFUSED(tg_dot(x, narrow), TG_ERR_DTYPE, "tg_dot", "f64 and f32; use tg_cast");
    IS_REFUSED(tg_dot(x, x, .a_axes = TG_AXES(2), .b_axes = TG_AXES(0)), TG_ERR_SHAPE, "tg_dot",
               "axis 2 is out of range");
    IS_REFUSED(tg_dot(x, x, .a_axes = TG_AXES(0), .b_axes = TG_AXES(INT_MAX)), TG_ERR_SHAPE,
               "tg_dot", "axis 2147483647 is out of range");
    IS_REFUSED(tg_dot(x, x, .a_axes = TG_AXES(0, 0), .b_axes = TG_AXES(0, 1)), TG_ERR_SHAPE,
               "tg_dot", "axis 0 is named twice");
    IS_REFUSED(tg_dot(x, x, .a_batch = TG_AXES(0), .a_axes = TG_AXES(0)), TG_ERR_SHAPE, "tg_dot",
               "axis 0 is named twice");
    IS_REFUSED(tg_dot(x, x, .a_axes = TG_AXES(0)), TG_ERR_SHAPE, "tg_dot",
               "the summed axes of the two must be as many");
    IS_REFUSED(tg_dot(x, x, .a_batch = TG_AXES(0), .b_batch = TG_AXES(1)), TG_ERR_SHAPE, "tg_dot",
               "the batch axes of the two");
    IS_REFUSED(tg_dot(x, x, .a_axes = TG_AXES(0), .b_axes = TG_AXES(1)), TG_ERR_SHAPE, "tg_dot",
               "agree in size");
    IS_REFUSED(tg_dot(x, x, .a_axes = { .count = -1 }), TG_ERR_SHAPE, "tg_dot", "more than 8 axes");
    IS_REFUSED(tg_dot(x, x, .b_batch = { .count = 100 }), TG_ERR_SHAPE, "tg_dot", "");
    IS_REFUSED(tg_dot(five, five), TG_ERR_SHAPE, "tg_dot", "10 axes, more than 8");
    IS_REFUSED(tg_dot(wide, wide), TG_ERR_SHAPE, "tg_dot", "more bytes");
    IS_REFUSED(tg_outer(flag, x), TG_ERR_DTYPE, "tg_outer", "not bool");
    IS_REFUSED(tg_outer(narrow, x), TG_ERR_DTYPE, "tg_outer", "f32 and f64; use tg_cast");
    IS_REFUSED(tg_outer(five, five), TG_ERR_SHAPE, "tg_outer", "10 axes, more than 8");
    IS_REFUSED(tg_outer(wide, wide), TG_ERR_SHAPE, "tg_outer", "more bytes");
}
END_TEST

/* ---- Einsum ----------------------------------------------------------------------------- */

typedef struct malformed {
    const char *subscripts, *words;
} malformed;

/* Of one operand [2, 3]. */
static const malformed alone[] = {
    { "i1", "position 1: only letters" },
    { "ij;", "position 2: only letters" },
    { "i\xffj", "position 1: only letters" },
    { "(ij)", "position 0: only letters" },
    { "ij-", "position 2: not ->" },
    { "ij->i>", "position 5: only letters" },
    { "ij->i->j", "position 5: nothing may stand behind" },
    { "ij->i,j", "position 5: nothing may stand behind" },
    { "ij->k", "position 4: this letter stands in no operand" },
    { "ij->ii", "position 5: this letter stands twice in the result" },
    { "i.j", "position 1: not \"...\"" },
    { "ij..", "position 2: not \"...\"" },
    { "......", "position 3: \"...\" twice" },
    { "...ij->......", "position 10: \"...\" twice" },
    { "i...->i", "position 4: the operands' \"...\" is missing" },
    { "ij,jk", "position 2: there are fewer operands" },
    { "ij,", "position 2: there are fewer operands" },
    { "abcdefghi", "position 8: too many axes" },
    { "ij->abcdefghi", "position 12: too many axes" },
};

START_TEST(malformed_strings_are_errors_that_name_the_place)
{
    tried = "tg_einsum";
    const malformed *m = &alone[_i];
    IS_REFUSED(tg_einsum_at(TG_HERE, m->subscripts, TG_LIST(x)), TG_ERR_FORMAT, "tg_einsum",
               m->words);
    contract_note(tried, m->subscripts, BAD_FORMAT, NULL);
}
END_TEST

START_TEST(einsum_of_operands_that_do_not_fit)
{
    tg_tensor *wide = tg_broadcast(number, TG_SHAPE(POWER(32, 18)));
    tg_tensor *five = tg_reshape(x, TG_SHAPE(1, 1, 1, 2, 3));
    IS_SILENT(tg_einsum("i", (tg_list){ 1, NULL }));
    IS_SILENT(tg_einsum("i", (tg_list){ 0, NULL }));
    IS_SILENT(tg_einsum("ij,ij", TG_LIST(x, NULL)));
    IS_SILENT(tg_einsum(NULL, TG_LIST(NULL)));
    IS_REFUSED(tg_einsum(NULL, TG_LIST(x)), TG_ERR_ARGUMENT, "tg_einsum", "the string is NULL");
    IS_REFUSED(tg_einsum("ij,ij", TG_LIST(x, stale)), TG_ERR_STATE, "tg_einsum", "1 is stale");
    IS_REFUSED(tg_einsum("ij,ij", TG_LIST(foreign, x)), TG_ERR_ARGUMENT, "tg_einsum",
               "another tape");
    IS_REFUSED(tg_einsum("ij", TG_LIST(integer)), TG_ERR_DTYPE, "tg_einsum", "not i32");
    IS_REFUSED(tg_einsum("ij,ij", TG_LIST(x, narrow)), TG_ERR_DTYPE, "tg_einsum", "f64 and f32");
    IS_REFUSED(tg_einsum("ij", TG_LIST(x, x)), TG_ERR_FORMAT, "tg_einsum",
               "position 2: there are more operands");
    IS_REFUSED(tg_einsum("ij->i", TG_LIST(x, x)), TG_ERR_FORMAT, "tg_einsum",
               "position 2: there are more operands");
    IS_REFUSED(tg_einsum("", TG_LIST(x)), TG_ERR_SHAPE, "tg_einsum", "of rank 2 has 0 letters");
    IS_REFUSED(tg_einsum("ijk", TG_LIST(x)), TG_ERR_SHAPE, "tg_einsum", "of rank 2 has 3 letters");
    IS_REFUSED(tg_einsum("ijk...", TG_LIST(x)), TG_ERR_SHAPE, "tg_einsum", "has 3 letters");
    IS_REFUSED(tg_einsum("ii", TG_LIST(x)), TG_ERR_SHAPE, "tg_einsum", "the axis i is 3 here");
    IS_REFUSED(tg_einsum("ij,jk", TG_LIST(x, y)), TG_ERR_SHAPE, "tg_einsum",
               "the axis j is 4 here and 3 elsewhere");
    IS_REFUSED(tg_einsum("...,...", TG_LIST(x, y)), TG_ERR_SHAPE, "tg_einsum",
               "an axis of \"...\" is 4 here and 2 elsewhere");
    IS_REFUSED(tg_einsum("i,j", TG_LIST(wide, wide)), TG_ERR_SHAPE, "tg_einsum", "more bytes");
    IS_REFUSED(tg_einsum("abcde,fghij", TG_LIST(five, five)), TG_ERR_FORMAT, "tg_einsum",
               "position 11: the result has too many axes");
    IS_REFUSED(tg_einsum("...,abcde", TG_LIST(five, five)), TG_ERR_FORMAT, "tg_einsum",
               "the result has too many axes");
}
END_TEST

/* What the words would be if a thousand letters were shown. */
START_TEST(a_string_of_any_length_is_an_error_and_no_more)
{
    enum { LONG = 1 << 16 };
    static char text[LONG + 1];
    memset(text, ' ', LONG);
    text[LONG - 1] = '?';
    tried = "tg_einsum";
    IS_REFUSED(tg_einsum_at(TG_HERE, text, TG_LIST(x)), TG_ERR_FORMAT, "tg_einsum",
               "position 65535: only letters");
}
END_TEST

/* As many operands as letters allow, and far more. */
START_TEST(einsum_of_very_many_operands)
{
    enum { MANY = UINT16_MAX + 1 };
    static tg_tensor *list[MANY];
    static char text[2 * MANY + 8];
    for (int i = 0; i < MANY; i++) {
        list[i] = number;
        text[i] = ',';
    }
    text[MANY - 1] = 0;
    tried = "tg_einsum";
    IS_REFUSED(tg_einsum_at(TG_HERE, text, (tg_list){ MANY, list }), TG_ERR_UNSUPPORTED,
               "tg_einsum", "operands");
}
END_TEST

/* The message that the design shows. */
START_TEST(the_message_of_a_product_names_operands_lines_and_the_way_out)
{
    tg_var *w = tg_param(store, "out.weight", TG_SHAPE(256, 784), tg_init_zeros());
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

TCase *errors_products(void)
{
    TCase *cases = tcase_create("products");
    tcase_add_checked_fixture(cases, open_operands, close_operands);
    tcase_add_test(cases, indices);
    tcase_add_loop_test(cases, scattered_extremes, 0, COUNT_OF(scatters));
    tcase_add_loop_test(cases, rows_of_segments, 0, COUNT_OF(segments));
    tcase_add_test(cases, an_index_for_each_element);
    tcase_add_test(cases, one_hot_vectors);
    tcase_add_test(cases, products);
    tcase_add_test(cases, batches_of_products_that_do_not_broadcast);
    tcase_add_test(cases, products_over_any_axes);
    tcase_add_loop_test(cases, malformed_strings_are_errors_that_name_the_place, 0,
                        COUNT_OF(alone));
    tcase_add_test(cases, einsum_of_operands_that_do_not_fit);
    tcase_add_test(cases, a_string_of_any_length_is_an_error_and_no_more);
    tcase_add_test(cases, einsum_of_very_many_operands);
    tcase_add_test(cases, the_message_of_a_product_names_operands_lines_and_the_way_out);
    return cases;
}
