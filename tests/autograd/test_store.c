/* test_store.c: stores and their variables: names, initial values, groups by prefix, copying
 * in and out; and how options that were written are told from those left out. */
#include "tests/support/captured.h"
#include "tests/support/recorded.h"

/* The store's error says [words]; then it is forgotten. */
static void ck_store_says(tg_status status, const char *words)
{
    ck_assert_int_eq(tg_store_status(store), status);
    ck_assert_msg(strstr(tg_store_error(store), words), "\"%s\" is not in: %s", words,
                  tg_store_error(store));
    tg_store_clear_error(store);
    ck_assert_int_eq(tg_store_status(store), TG_OK);
}

static tg_var *zeros(const char *name, tg_shape shape)
{
    return tg_param(store, name, shape, tg_init_zeros());
}

/* ---- Stores ----------------------------------------------------------------------------- */

START_TEST(a_store_has_the_options_it_was_given)
{
    ck_assert_int_eq(tg_store_dtype(store), TG_F64);
    ck_assert_uint_eq(tg_store_seed(store), 7);
    ck_assert_int_eq(tg_store_step(store), 0);
    tg_store_set_step(store, 12);
    ck_assert_int_eq(tg_store_step(store), 12);
    tg_store_set_step(store, -1); /* no step */
    ck_assert_int_eq(tg_store_step(store), 12);
    tg_store *plain = tg_store_new(.seed = 0);
    ck_assert_int_eq(tg_store_dtype(plain), TG_F32);
    tg_store_free(plain);
}
END_TEST

START_TEST(a_store_of_integers_is_refused)
{
    tg_store *wrong = tg_store_new(.dtype = TG_I32);
    ck_assert_ptr_nonnull(wrong);
    ck_assert_int_eq(tg_store_status(wrong), TG_ERR_DTYPE);
    ck_assert_ptr_nonnull(strstr(tg_store_error(wrong), "test_store.c"));
    tg_store_free(wrong);
    ck_assert_ptr_null(tg_store_new(.allocator = &(tg_allocator){ NULL, NULL, NULL }));
}
END_TEST

START_TEST(a_null_store_is_no_crash)
{
    ck_assert_int_eq(tg_store_status(NULL), TG_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(tg_store_error(NULL), "NULL"));
    ck_assert_int_eq(tg_store_dtype(NULL), TG_DTYPE_DEFAULT);
    ck_assert_uint_eq(tg_store_seed(NULL), 0);
    ck_assert_int_eq(tg_store_step(NULL), 0);
    ck_assert_ptr_null(tg_find(NULL, "w"));
    ck_assert_ptr_null(tg_find(store, NULL));
    ck_assert_uint_eq(tg_var_count(NULL), 0);
    ck_assert_ptr_null(tg_var_nth(NULL, 0));
    ck_assert_uint_eq(tg_freeze(NULL, ""), 0);
    ck_assert_int_eq(tg_param_count(NULL, ""), 0);
    ck_assert_ptr_null(tg_param(NULL, "w", TG_SHAPE(1), tg_init_zeros()));
    ck_assert_ptr_null(tg_state(NULL, "w", TG_F32, TG_SHAPE(1), 0));
    ck_assert_str_eq(tg_var_name(NULL), "");
    ck_assert_int_eq(tg_var_shape(NULL).rank, -1);
    ck_assert_int_eq(tg_var_dtype(NULL), TG_DTYPE_DEFAULT);
    ck_assert_ptr_null(tg_var_store(NULL));
    ck_assert(!tg_var_trainable(NULL));
    float x = 0;
    ck_assert_int_eq(tg_var_get(NULL, &x, 1), TG_ERR_ARGUMENT);
    ck_assert_int_eq(tg_var_set(NULL, &x, 1), TG_ERR_ARGUMENT);
    tg_store_clear_error(NULL);
    tg_store_set_step(NULL, 1);
    tg_store_fail(NULL, TG_HERE, TG_ERR_IO, "nothing");
    tg_store_print(NULL, stderr);
    tg_store_free(NULL);
}
END_TEST

/* ---- Variables -------------------------------------------------------------------------- */

START_TEST(variables_are_found_by_name_and_in_order)
{
    char name[32];
    for (int i = 0; i < 300; i++) {
        (void)snprintf(name, sizeof name, "layer.%d.weight", i);
        ck_assert_ptr_nonnull(zeros(name, TG_SHAPE(i % 3)));
    }
    ck_assert_uint_eq(tg_var_count(store), 300);
    for (int i = 0; i < 300; i++) {
        (void)snprintf(name, sizeof name, "layer.%d.weight", i);
        tg_var *var = tg_find(store, name);
        ck_assert_ptr_nonnull(var);
        ck_assert_ptr_eq(var, tg_var_nth(store, (size_t)i));
        ck_assert_str_eq(tg_var_name(var), name);
        ck_assert(tg_shape_equal(tg_var_shape(var), TG_SHAPE(i % 3)));
        ck_assert_ptr_eq(tg_var_store(var), store);
        ck_assert_int_eq(tg_var_dtype(var), TG_F64);
    }
    ck_assert_ptr_null(tg_var_nth(store, 300));
    ck_assert_ptr_null(tg_find(store, "layer.300.weight"));
    ck_assert_int_eq(tg_store_status(store), TG_OK); /* not to be there is no error */
}
END_TEST

START_TEST(names_must_be_new_and_without_control_characters)
{
    ck_assert_ptr_nonnull(zeros("w", TG_SHAPE(1)));
    ck_assert_ptr_null(zeros("w", TG_SHAPE(1)));
    ck_store_says(TG_ERR_ARGUMENT, "there is a variable w already, made at ");
    ck_assert_ptr_null(zeros("", TG_SHAPE(1)));
    ck_store_says(TG_ERR_ARGUMENT, "1 to 1000 bytes");
    ck_assert_ptr_null(zeros("a\nb", TG_SHAPE(1)));
    ck_store_says(TG_ERR_ARGUMENT, "control character");
    ck_assert_ptr_null(zeros("a\x7f", TG_SHAPE(1)));
    ck_store_says(TG_ERR_ARGUMENT, "control character");
    ck_assert_ptr_null(zeros(NULL, TG_SHAPE(1)));
    ck_store_says(TG_ERR_ARGUMENT, "not be NULL");
    char text[1002];
    memset(text, 'x', sizeof text);
    text[1001] = 0;
    ck_assert_ptr_null(zeros(text, TG_SHAPE(1)));
    ck_store_says(TG_ERR_ARGUMENT, "1 to 1000 bytes");
    text[1000] = 0;
    ck_assert_ptr_nonnull(zeros(text, TG_SHAPE(1)));
    ck_assert_ptr_nonnull(zeros("größe.重み", TG_SHAPE(1)));
    ck_assert_uint_eq(tg_var_count(store), 3);
}
END_TEST

START_TEST(a_variable_that_memory_cannot_hold_is_refused)
{
    ck_assert_ptr_null(zeros("w", TG_SHAPE(INT64_MAX, 2)));
    ck_store_says(TG_ERR_SHAPE, "w: no variable can have the shape");
    ck_assert_ptr_null(zeros("w", TG_SHAPE(INT64_MAX / 8)));
    tg_store_clear_error(store);
    ck_assert_ptr_null(zeros("w", TG_SHAPE(3, -1)));
    ck_store_says(TG_ERR_SHAPE, "[3, -1]");
    ck_assert_ptr_null(zeros("w", (tg_shape){ .rank = 100 }));
    ck_store_says(TG_ERR_SHAPE, "w");
    ck_assert_ptr_null(tg_state(store, "w", (tg_dtype)99, TG_SHAPE(1), 0));
    ck_store_says(TG_ERR_DTYPE, "unknown dtype 99");
    ck_assert_uint_eq(tg_var_count(store), 0);
}
END_TEST

START_TEST(an_initial_value_must_fit)
{
    ck_assert_ptr_null(tg_param(store, "w", TG_SHAPE(1), (tg_init){ TG_INIT_NORMAL, 0, -1 }));
    ck_store_says(TG_ERR_ARGUMENT, "deviation");
    ck_assert_ptr_null(tg_param(store, "w", TG_SHAPE(1), (tg_init){ TG_INIT_UNIFORM, 1, 0 }));
    ck_store_says(TG_ERR_ARGUMENT, "range");
    ck_assert_ptr_null(
        tg_param(store, "w", TG_SHAPE(1), (tg_init){ TG_INIT_NORMAL, 0, (double)NAN }));
    ck_store_says(TG_ERR_ARGUMENT, "w");
    ck_assert_ptr_null(tg_param(store, "w", TG_SHAPE(1), (tg_init){ (tg_init_kind)99, 0, 0 }));
    ck_store_says(TG_ERR_ARGUMENT, "kind 99");
    ck_assert_ptr_null(tg_state(store, "n", TG_U8, TG_SHAPE(1), 256));
    ck_store_says(TG_ERR_ARGUMENT, "u8");
    ck_assert_ptr_null(tg_state(store, "n", TG_I32, TG_SHAPE(1), 3e9));
    ck_store_says(TG_ERR_ARGUMENT, "i32");
    ck_assert_ptr_null(tg_state(store, "n", TG_I64, TG_SHAPE(1), 0x1p63));
    ck_store_says(TG_ERR_ARGUMENT, "i64");
    ck_assert_ptr_null(tg_state(store, "n", TG_I64, TG_SHAPE(1), (double)NAN));
    ck_store_says(TG_ERR_ARGUMENT, "i64");
}
END_TEST

START_TEST(state_is_made_once_and_found_again)
{
    tg_var *state = tg_state(store, "running.mean", TG_F32, TG_SHAPE(2), 1.5);
    ck_assert_ptr_nonnull(state);
    ck_assert(!tg_var_trainable(state));
    const float new[2] = { 3, 4 };
    ck_assert_int_eq(tg_var_set(state, new, 2), TG_OK);
    ck_assert_ptr_eq(tg_state(store, "running.mean", TG_F32, TG_SHAPE(2), 1.5), state);
    float got[2];
    ck_assert_int_eq(tg_var_get(state, got, 2), TG_OK);
    ck_assert(got[0] == 3 && got[1] == 4);
    ck_assert_ptr_null(tg_state(store, "running.mean", TG_F32, TG_SHAPE(3), 0));
    ck_store_says(TG_ERR_SHAPE, "running.mean is f32 [2] already, asked for as f32 [3]");
    ck_assert_ptr_null(tg_state(store, "running.mean", TG_F64, TG_SHAPE(2), 0));
    ck_store_says(TG_ERR_SHAPE, "asked for as f64 [2]");
    ck_assert_ptr_null(tg_state(store, "running.mean", TG_F32, (tg_shape){ .rank = 100 }, 0));
    ck_store_says(TG_ERR_SHAPE, "running.mean");
    ck_assert_ptr_null(tg_state(store, "running.mean", TG_F32, (tg_shape){ .rank = -1 }, 0));
    ck_store_says(TG_ERR_SHAPE, "running.mean");
    ck_assert_uint_eq(tg_var_count(store), 1);
}
END_TEST

START_TEST(elements_are_copied_in_and_out_if_count_and_dtype_are_right)
{
    tg_var *w = tg_param(store, "w", TG_SHAPE(2, 2), tg_init_constant(9));
    double got[4] = { 0 };
    const double want[4] = { 1, 2, 3, 4 };
    const float wrong[4] = { 0 };
    ck_assert_int_eq(tg_var_get(w, got, 4), TG_OK);
    ck_assert(got[0] == 9 && got[3] == 9);
    ck_assert_int_eq(tg_var_set(w, want, 3), TG_ERR_SHAPE);
    ck_store_says(TG_ERR_SHAPE, "w is f64 [2, 2] (4 elements), given 3 elements of f64");
    ck_assert_int_eq(tg_var_set(w, wrong, 4), TG_ERR_DTYPE);
    ck_store_says(TG_ERR_DTYPE, "elements of f32");
    ck_assert_int_eq(tg_var_set_as(w, TG_F64, NULL, 4), TG_ERR_ARGUMENT);
    ck_store_says(TG_ERR_ARGUMENT, "NULL");
    ck_assert_int_eq(tg_var_get(w, got, 5), TG_ERR_SHAPE);
    ck_store_says(TG_ERR_SHAPE, "tg_var_get");
    ck_assert_int_eq(tg_var_get_as(w, TG_F64, NULL, 4), TG_ERR_ARGUMENT);
    ck_store_says(TG_ERR_ARGUMENT, "tg_var_get");
    ck_assert_int_eq(tg_var_get(w, got, 4), TG_OK);
    ck_assert(got[0] == 9 && got[3] == 9);
    ck_assert_int_eq(tg_var_set(w, want, 4), TG_OK);
    ck_assert_int_eq(tg_var_get(w, got, 4), TG_OK);
    ck_assert_mem_eq(got, want, sizeof want);
    ck_assert_int_eq(tg_var_set_as(zeros("empty", TG_SHAPE(0, 3)), TG_F64, NULL, 0), TG_OK);
}
END_TEST

START_TEST(the_same_seed_and_name_give_the_same_initial_values)
{
    const tg_init init = { TG_INIT_NORMAL, 0, 1 };
    double first[8], again[8], other[8], seeded[8];
    tg_var *w = tg_param(store, "w", TG_SHAPE(8), init);
    tg_var *v = tg_param(store, "v", TG_SHAPE(8), init);
    ck_assert_int_eq(tg_var_get(w, first, 8), TG_OK);
    ck_assert_int_eq(tg_var_get(v, other, 8), TG_OK);
    ck_assert_mem_ne(first, other, sizeof first);
    tg_store *twin = tg_store_new(.seed = 7, .dtype = TG_F64);
    ck_assert_ptr_nonnull(tg_param(twin, "before", TG_SHAPE(3), init)); /* the order is nothing */
    ck_assert_int_eq(tg_var_get(tg_param(twin, "w", TG_SHAPE(8), init), again, 8), TG_OK);
    ck_assert_mem_eq(first, again, sizeof first);
    tg_store *stranger = tg_store_new(.seed = 8, .dtype = TG_F64);
    ck_assert_int_eq(tg_var_get(tg_param(stranger, "w", TG_SHAPE(8), init), seeded, 8), TG_OK);
    ck_assert_mem_ne(first, seeded, sizeof first);
    tg_store_free(twin);
    tg_store_free(stranger);
}
END_TEST

START_TEST(uniform_initial_values_stay_in_their_range)
{
    enum { N = 4096 };
    static double got[N];
    tg_var *w = tg_param(store, "w", TG_SHAPE(N), (tg_init){ TG_INIT_UNIFORM, -2, 3 });
    ck_assert_int_eq(tg_var_get(w, got, N), TG_OK);
    double sum = 0;
    for (int i = 0; i < N; i++) {
        ck_assert(got[i] >= -2 && got[i] < 3);
        sum += got[i];
    }
    ck_assert(fabs(sum / N - 0.5) < 0.12); /* five deviations of the mean */
}
END_TEST

/* ---- Groups -----------------------------------------------------------------------------------
 */

START_TEST(a_prefix_ends_at_a_dots_border)
{
    ck_assert(tg_name_under("conv.weight", "conv"));
    ck_assert(tg_name_under("conv.weight", "conv."));
    ck_assert(tg_name_under("conv.weight", "conv.weight"));
    ck_assert(tg_name_under("conv.weight", ""));
    ck_assert(tg_name_under("conv.weight", NULL));
    ck_assert(!tg_name_under("conv2.weight", "conv"));
    ck_assert(!tg_name_under("conv", "conv.weight"));
    ck_assert(!tg_name_under("conv", "conv."));
    ck_assert(!tg_name_under("my.conv", "conv"));
    ck_assert(!tg_name_under(NULL, "conv"));
}
END_TEST

START_TEST(a_part_begins_or_ends_a_name_at_a_dots_border)
{
    ck_assert(tg_name_has("conv.bias", "bias"));
    ck_assert(tg_name_has("conv.norm.bias", "norm.bias"));
    ck_assert(tg_name_has("bias", "bias"));
    ck_assert(tg_name_has("bias.conv", "bias"));
    ck_assert(!tg_name_has("conv.unbias", "bias"));
    ck_assert(!tg_name_has("conv.bias.scale", "bias"));
    ck_assert(!tg_name_has("bias", "conv.bias"));
    ck_assert(!tg_name_has("conv.bias", NULL));
    ck_assert(!tg_name_has(NULL, "bias"));
}
END_TEST

START_TEST(freezing_takes_the_parameters_under_a_prefix)
{
    tg_var *weight = zeros("conv.weight", TG_SHAPE(3, 4)), *bias = zeros("conv.bias", TG_SHAPE(4));
    tg_var *other = zeros("conv2.weight", TG_SHAPE(5));
    ck_assert_ptr_nonnull(tg_state(store, "conv.mean", TG_F64, TG_SHAPE(7), 0));
    ck_assert_int_eq(tg_param_count(store, "conv"), 16);
    ck_assert_int_eq(tg_param_count(store, ""), 21);
    ck_assert_int_eq(tg_param_count(store, "none"), 0);
    ck_assert_uint_eq(tg_freeze(store, "conv"), 2);
    ck_assert(!tg_var_trainable(weight) && !tg_var_trainable(bias) && tg_var_trainable(other));
    ck_assert_int_eq(tg_param_count(store, "conv"), 16); /* frozen ones are parameters still */
    ck_assert_uint_eq(tg_unfreeze(store, "conv.bias"), 1);
    ck_assert(!tg_var_trainable(weight) && tg_var_trainable(bias));
    ck_assert_uint_eq(tg_freeze(store, ""), 3);
    ck_assert_uint_eq(tg_freeze(store, "con"), 0);
    FILE *out = capture();
    tg_store_print(store, out);
    (void)fclose(out);
    ck_captured("conv.weight");
    ck_captured("[3, 4]");
    ck_captured("frozen");
    ck_captured("state");
    ck_captured("4 variables: 21 parameters, 7 elements of state");
    ck_assert_int_eq(captured_times("\n"), 5);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("store");
    TCase *all = tcase_create("store");
    tcase_add_checked_fixture(all, open_tape, close_tape);
    tcase_add_test(all, a_store_has_the_options_it_was_given);
    tcase_add_test(all, a_store_of_integers_is_refused);
    tcase_add_test(all, a_null_store_is_no_crash);
    tcase_add_test(all, variables_are_found_by_name_and_in_order);
    tcase_add_test(all, names_must_be_new_and_without_control_characters);
    tcase_add_test(all, a_variable_that_memory_cannot_hold_is_refused);
    tcase_add_test(all, an_initial_value_must_fit);
    tcase_add_test(all, state_is_made_once_and_found_again);
    tcase_add_test(all, elements_are_copied_in_and_out_if_count_and_dtype_are_right);
    tcase_add_test(all, the_same_seed_and_name_give_the_same_initial_values);
    tcase_add_test(all, uniform_initial_values_stay_in_their_range);
    tcase_add_test(all, a_prefix_ends_at_a_dots_border);
    tcase_add_test(all, a_part_begins_or_ends_a_name_at_a_dots_border);
    tcase_add_test(all, freezing_takes_the_parameters_under_a_prefix);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
