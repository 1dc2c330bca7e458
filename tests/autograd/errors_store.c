/* errors_store.c: bad input to stores, variables, and the small functions about dtypes and shapes.
 */
#include "tests/support/bad_input.h"

/* ---- Refusals of the store -------------------------------------------------------------- */

/* The store has that error, of this line or of none; it sticks; cleared, the store works. */
static void ck_store_error(const char *call, int line, tg_status status, const char *name,
                           const char *words)
{
    char first[TG_ERROR_TEXT];
    (void)snprintf(first, sizeof first, "%s", tg_store_error(store));
    ck_assert_msg(tg_store_status(store) == status, "%s: %s", call, first);
    ck_assert_msg(strstr(first, words) != NULL, "\"%s\" is not in: %s", words, first);
    ck_assert_msg(strstr(first, name) != NULL, "\"%s\" is not in: %s", name, first);
    ck_assert_msg(!line || names_place(first, __FILE__, line), "line %d is not in: %s", line,
                  first);
    ck_assert_ptr_null(tg_param(store, "late", TG_SHAPE(1), tg_init_zeros()));
    ck_assert_ptr_null(tg_neg(x)); /* nor does a tape of the store record */
    ck_assert_str_eq(tg_store_error(store), first);
    ck_assert_uint_eq(tg_var_count(store), variables);
    contract_note("", call, contract_kind(status, first), first);
    tg_store_clear_error(store);
    ck_unchanged(call);
    ck_works();
}
#define NO_VARIABLE(call, status, name, words)                                                     \
    do {                                                                                           \
        ck_assert_ptr_null(call);                                                                  \
        ck_store_error(#call, __LINE__, status, name, words);                                      \
    } while (0)
#define NO_TRANSFER(call, status, name, words)                                                     \
    do {                                                                                           \
        ck_assert_int_eq(call, status);                                                            \
        ck_store_error(#call, 0, status, name, words);                                             \
    } while (0)

START_TEST(variables_that_cannot_be)
{
    const tg_init zero = tg_init_zeros();
    const tg_shape two = TG_SHAPE(2), negative = TG_SHAPE(2, -1), beyond = { .rank = 100 };
    const tg_shape overflow = TG_SHAPE(INT64_C(1) << 62, 4), large = TG_SHAPE(POWER(40, 27));
    const double nan_ = (double)NAN;
    static char endless[1002];
    memset(endless, 'a', sizeof endless - 1);
    IS_SILENT(tg_param(NULL, "p", two, zero));
    NO_VARIABLE(tg_param(store, NULL, two, zero), TG_ERR_ARGUMENT, "tg_param", "not be NULL");
    NO_VARIABLE(tg_param(store, "", two, zero), TG_ERR_ARGUMENT, "tg_param", "1 to 1000 bytes");
    NO_VARIABLE(tg_param(store, "a\nb", two, zero), TG_ERR_ARGUMENT, "tg_param", "control char");
    NO_VARIABLE(tg_param(store, endless, two, zero), TG_ERR_ARGUMENT, "tg_param", "1000 bytes");
    NO_VARIABLE(tg_param(store, "weight", two, zero), TG_ERR_ARGUMENT, "tg_param",
                "there is a variable weight already, made at");
    NO_VARIABLE(tg_param(store, "p", negative, zero), TG_ERR_SHAPE, "tg_param", "p: ");
    NO_VARIABLE(tg_param(store, "p", beyond, zero), TG_ERR_SHAPE, "tg_param", "more than 8 axes");
    NO_VARIABLE(tg_param(store, "p", overflow, zero), TG_ERR_SHAPE, "tg_param", "[4611686018");
    NO_VARIABLE(tg_param(store, "p", large, zero), TG_ERR_MEMORY, "tg_param", "p: out of memory");
    NO_VARIABLE(tg_param(store, "p", two, (tg_init){ .kind = (tg_init_kind)9 }), TG_ERR_ARGUMENT,
                "tg_param", "kind 9");
    NO_VARIABLE(tg_param(store, "p", two, (tg_init){ TG_INIT_NORMAL, 0, -1 }), TG_ERR_ARGUMENT,
                "tg_param", "a deviation must not be negative");
    NO_VARIABLE(tg_param(store, "p", two, (tg_init){ TG_INIT_NORMAL, 0, nan_ }), TG_ERR_ARGUMENT,
                "tg_param", "nan");
    NO_VARIABLE(tg_param(store, "p", two, (tg_init){ TG_INIT_UNIFORM, 2, 1 }), TG_ERR_ARGUMENT,
                "tg_param", "must not be empty");
    NO_VARIABLE(tg_param(store, "p", two, (tg_init){ TG_INIT_UNIFORM, nan_, 1 }), TG_ERR_ARGUMENT,
                "tg_param", "nan");
    IS_SILENT(tg_state(NULL, "s", TG_F32, two, 0));
    NO_VARIABLE(tg_state(store, NULL, TG_F32, two, 0), TG_ERR_ARGUMENT, "tg_state", "be NULL");
    NO_VARIABLE(tg_state(store, "", TG_F32, two, 0), TG_ERR_ARGUMENT, "tg_state", "1 to 1000");
    NO_VARIABLE(tg_state(store, "s", (tg_dtype)77, two, 0), TG_ERR_DTYPE, "tg_state", "dtype 77");
    NO_VARIABLE(tg_state(store, "s", (tg_dtype)-1, two, 0), TG_ERR_DTYPE, "tg_state", "dtype -1");
    NO_VARIABLE(tg_state(store, "s", TG_F32, overflow, 0), TG_ERR_SHAPE, "tg_state", "s: ");
    NO_VARIABLE(tg_state(store, "s", TG_F32, beyond, 0), TG_ERR_SHAPE, "tg_state", "8 axes");
    NO_VARIABLE(tg_state(store, "s", TG_F32, large, 0), TG_ERR_MEMORY, "tg_state", "out of memory");
    NO_VARIABLE(tg_state(store, "s", TG_U8, two, 256), TG_ERR_ARGUMENT, "tg_state", "u8");
    NO_VARIABLE(tg_state(store, "s", TG_U8, two, 0.5), TG_ERR_ARGUMENT, "tg_state",
                "0.5, 0): only whole numbers from 0 to 255");
    NO_VARIABLE(tg_state(store, "s", TG_BOOL, two, 2), TG_ERR_ARGUMENT, "tg_state", "0 and 1");
    NO_VARIABLE(tg_state(store, "s", TG_F32, two, 1e39), TG_ERR_ARGUMENT, "tg_state", "e38");
    NO_VARIABLE(tg_state(store, "s", TG_I32, two, nan_), TG_ERR_ARGUMENT, "tg_state", "i32");
    NO_VARIABLE(tg_state(store, "weight", TG_F32, two, 0), TG_ERR_SHAPE, "tg_state",
                "weight is f64 [2, 3] already, asked for as f32 [2]");
    contract_note("", "tg_param(store, \"p\", large, zero)", BAD_SIZE, "more bytes");
}
END_TEST

START_TEST(values_of_variables)
{
    double got[6] = { 0 };
    float single[6] = { 0 };
    ACCEPTS(tg_var_get(NULL, got, 6) == TG_ERR_ARGUMENT);
    ACCEPTS(tg_var_set(NULL, got, 6) == TG_ERR_ARGUMENT);
    NO_TRANSFER(tg_var_get(weight, got, 5), TG_ERR_SHAPE, "tg_var_get", "given 5 elements of f64");
    NO_TRANSFER(tg_var_get(weight, single, 6), TG_ERR_DTYPE, "tg_var_get", "6 elements of f32");
    NO_TRANSFER(tg_var_get_as(weight, (tg_dtype)77, got, 6), TG_ERR_DTYPE, "tg_var_get", "of ?");
    NO_TRANSFER(tg_var_get_as(weight, TG_F64, NULL, 6), TG_ERR_ARGUMENT, "tg_var_get", "a NULL");
    NO_TRANSFER(tg_var_set(weight, got, SIZE_MAX), TG_ERR_SHAPE, "tg_var_set",
                sizeof(size_t) < 8 ? "4294967295 el" : "18446744073709551615 el");
    NO_TRANSFER(tg_var_set(weight, single, 6), TG_ERR_DTYPE, "tg_var_set", "6 elements of f32");
    NO_TRANSFER(tg_var_set_as(weight, TG_F64, NULL, 6), TG_ERR_ARGUMENT, "tg_var_set", "a NULL");
}
END_TEST

/* ---- NULL and nonsense ------------------------------------------------------------------ */

START_TEST(what_takes_a_null_store_or_variable)
{
    ACCEPTS_CALL(tg_store_free(NULL));
    ACCEPTS(tg_store_status(NULL) == TG_ERR_ARGUMENT);
    ACCEPTS(tg_store_error(NULL)[0] != 0);
    ACCEPTS_CALL(tg_store_clear_error(NULL));
    ACCEPTS_CALL(tg_store_fail(NULL, TG_HERE, TG_ERR_STATE, "nowhere"));
    ACCEPTS(tg_store_dtype(NULL) == TG_DTYPE_DEFAULT);
    ACCEPTS(tg_store_seed(NULL) == 0);
    ACCEPTS(tg_store_step(NULL) == 0);
    ACCEPTS_CALL(tg_store_set_step(NULL, 3));
    ACCEPTS(tg_find(NULL, "weight") == NULL);
    ACCEPTS(tg_find(store, NULL) == NULL);
    ACCEPTS(tg_var_count(NULL) == 0);
    ACCEPTS(tg_var_nth(NULL, 0) == NULL);
    ACCEPTS(tg_var_name(NULL)[0] == 0);
    ACCEPTS(tg_var_shape(NULL).rank == -1);
    ACCEPTS(tg_var_dtype(NULL) == TG_DTYPE_DEFAULT);
    ACCEPTS(tg_var_store(NULL) == NULL);
    ACCEPTS(tg_var_trainable(NULL) == false);
    ACCEPTS(tg_freeze(NULL, "") == 0);
    ACCEPTS(tg_unfreeze(NULL, "") == 0);
    ACCEPTS(tg_name_under(NULL, "a") == false);
    ACCEPTS(tg_name_under("a", NULL) == true);
    ACCEPTS(tg_name_has(NULL, "a") == false);
    ACCEPTS(tg_name_has("a", NULL) == false);
    ACCEPTS(tg_name_among(NULL, "a") == false);
    ACCEPTS(tg_name_among("a", NULL) == false);
    ACCEPTS(tg_param_count(NULL, "") == 0);
    ACCEPTS(tg_freeze(store, NULL) == 1);
    ACCEPTS(tg_unfreeze(store, NULL) == 1);
    ACCEPTS_CALL(tg_store_print(NULL, NULL));
    tg_store_print(store, NULL);
    ACCEPTS(tg_store_new(.allocator = &(tg_allocator){ NULL, NULL, NULL }) == NULL);
    ck_assert(!tg_var_nth(store, 1) && !tg_var_nth(store, SIZE_MAX));
    ck_assert_int_eq(tg_store_status(store), TG_OK);
}
END_TEST

START_TEST(shapes_dtypes_and_options)
{
    ACCEPTS(tg_shape_of(NULL).rank == 0);
    ACCEPTS(tg_axes_of(NULL).count == 0);
    ACCEPTS(tg_list_of(NULL).count == 0);
    ACCEPTS(tg_store_memory(NULL, 8) == NULL);
    tg_options options = { .struct_size = sizeof options };
    ACCEPTS(tg_options_read(&options, NULL) != NULL);
    ACCEPTS(tg_format(NULL, 0, "%d", 12) == 2);
    ACCEPTS(tg_error_set(NULL, TG_HERE, TG_ERR_IO, "nobody listens") == TG_ERR_IO);
    ACCEPTS(tg_tape_options(&options, NULL, "tg_sum", NULL) == false);
    ACCEPTS(tg_store_options(&options, NULL, "tg_sum", NULL) == false);
    ck_assert_int_eq(tg_shape_of((const int64_t[]){ 1, -2, INT64_MIN }).rank, -1);
    ck_assert_int_eq(tg_shape_count((tg_shape){ .rank = 100 }), -1);
    ck_assert_int_eq(tg_shape_count((tg_shape){ .rank = INT_MIN }), -1);
    ck_assert_int_eq(tg_shape_count(TG_SHAPE(INT64_MAX, 2)), -1);
    ck_assert_int_eq(tg_shape_count(TG_SHAPE(0, INT64_MAX, 2)), -1);
    ck_assert(!tg_shape_equal((tg_shape){ .rank = -1 }, (tg_shape){ .rank = -1 }));
    ck_assert_uint_eq(tg_dtype_size((tg_dtype)-1), 0);
    ck_assert_uint_eq(tg_dtype_size((tg_dtype)77), 0);
    ck_assert_str_eq(tg_dtype_name((tg_dtype)-1), "?");
    ck_assert_str_eq(tg_dtype_name((tg_dtype)INT_MIN), "?");
    ck_assert_str_eq(tg_status_name((tg_status)-1), "unknown status");
}
END_TEST

TCase *errors_store(void)
{
    TCase *cases = tcase_create("store");
    tcase_add_checked_fixture(cases, open_operands, close_operands);
    tcase_add_test(cases, variables_that_cannot_be);
    tcase_add_test(cases, values_of_variables);
    tcase_add_test(cases, what_takes_a_null_store_or_variable);
    tcase_add_test(cases, shapes_dtypes_and_options);
    return cases;
}
