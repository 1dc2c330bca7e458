/* errors_activations.c: bad input to activations. */
#include "tests/support/bad_input.h"

/* ---- What all of them refuse ------------------------------------------------------------ */

#define OF_ONE_OPERAND(name, ...)                                                                  \
    static tg_tensor *name(tg_site at, tg_tensor *a) { return __VA_ARGS__; }

OF_ONE_OPERAND(softmax,
               tg_softmax_with(&(tg_softmax_args){ TG_SOFTMAX_DEFAULTS, .at = at, .x = a }))
OF_ONE_OPERAND(log_softmax,
               tg_log_softmax_with(&(tg_softmax_args){ TG_SOFTMAX_DEFAULTS, .at = at, .x = a }))
OF_ONE_OPERAND(leaky_relu, tg_leaky_relu_at(at, a, 0.1))
OF_ONE_OPERAND(elu, tg_elu_at(at, a, 1))
OF_ONE_OPERAND(celu, tg_celu_at(at, a, 1))
OF_ONE_OPERAND(soft_shrink, tg_soft_shrink_at(at, a, 0.5))
OF_ONE_OPERAND(hard_shrink, tg_hard_shrink_at(at, a, 0.5))
OF_ONE_OPERAND(threshold, tg_threshold_at(at, a, 1, 0))
OF_ONE_OPERAND(maxout, tg_maxout_at(at, a, -1, 3))
OF_ONE_OPERAND(glu, tg_glu_at(at, a, 0))
static tg_tensor *prelu(tg_site at, tg_tensor *a)
{
    const tg_prelu layer = { tg_find(store, "slope.weight") };
    return tg_prelu_apply_at(at, &layer, a);
}

static void open_activations(void)
{
    open_operands();
    tg_prelu_new(store, "slope", 1);
    tg_prelu_new(store, "slopes", 3);
    variables = tg_var_count(store);
}

static const struct {
    const char *name;
    tg_tensor *(*function)(tg_site at, tg_tensor *x);
} activations[] = {
    { "tg_identity", tg_identity_at },
    { "tg_binary_step", tg_binary_step_at },
    { "tg_sign_step", tg_sign_step_at },
    { "tg_relu", tg_relu_at },
    { "tg_relu6", tg_relu6_at },
    { "tg_leaky_relu", leaky_relu },
    { "tg_hard_tanh", tg_hard_tanh_at },
    { "tg_hard_sigmoid", tg_hard_sigmoid_at },
    { "tg_hard_swish", tg_hard_swish_at },
    { "tg_soft_shrink", soft_shrink },
    { "tg_hard_shrink", hard_shrink },
    { "tg_threshold", threshold },
    { "tg_tanh_shrink", tg_tanh_shrink_at },
    { "tg_elu", elu },
    { "tg_celu", celu },
    { "tg_selu", tg_selu_at },
    { "tg_gelu_tanh", tg_gelu_tanh_at },
    { "tg_softsign", tg_softsign_at },
    { "tg_silu", tg_silu_at },
    { "tg_mish", tg_mish_at },
    { "tg_gaussian", tg_gaussian_at },
    { "tg_maxout", maxout },
    { "tg_glu", glu },
    { "tg_softmax", softmax },
    { "tg_log_softmax", log_softmax },
    { "tg_prelu_apply", prelu },
};

START_TEST(activations_of_what_has_none)
{
    tg_tensor *(*function)(tg_site at, tg_tensor * x) = activations[_i].function;
    tried = activations[_i].name;
    IS_REFUSED(function(TG_HERE, flag), TG_ERR_DTYPE, tried, "not bool");
    IS_REFUSED(function(TG_HERE, integer), TG_ERR_DTYPE, tried, "not i32");
    IS_REFUSED(function(TG_HERE, byte), TG_ERR_DTYPE, tried, "not u8");
    ck_assert_ptr_nonnull(function(TG_HERE, x));
    ck_no_error();
}
END_TEST

/* ---- Options ---------------------------------------------------------------------------- */

START_TEST(slopes_and_alphas)
{
    const double inf = (double)INFINITY, nan = (double)NAN;
    IS_REFUSED(tg_leaky_relu(x, nan), TG_ERR_ARGUMENT, "tg_leaky_relu", "slope = nan");
    IS_REFUSED(tg_leaky_relu(x, -inf), TG_ERR_ARGUMENT, "tg_leaky_relu", "slope = -inf");
    IS_REFUSED(tg_leaky_relu(narrow, 1e300), TG_ERR_ARGUMENT, "tg_leaky_relu", "finite in f32");
    IS_REFUSED(tg_elu(x, nan), TG_ERR_ARGUMENT, "tg_elu", "alpha = nan");
    IS_REFUSED(tg_elu(x, inf), TG_ERR_ARGUMENT, "tg_elu", "alpha = inf");
    IS_REFUSED(tg_celu(x, nan), TG_ERR_ARGUMENT, "tg_celu", "alpha = nan must be positive");
    IS_REFUSED(tg_celu(x, 0), TG_ERR_ARGUMENT, "tg_celu", "alpha = 0 must be positive");
    IS_REFUSED(tg_celu(x, -1), TG_ERR_ARGUMENT, "tg_celu", "alpha = -1 must be positive");
    IS_REFUSED(tg_celu(x, inf), TG_ERR_ARGUMENT, "tg_celu", "alpha = inf");
    IS_REFUSED(tg_celu(x, 1e-310), TG_ERR_ARGUMENT, "tg_celu", "1 / alpha = inf");
    IS_REFUSED(tg_celu(narrow, 1e-40), TG_ERR_ARGUMENT, "tg_celu", "finite in f32");
}
END_TEST

START_TEST(thresholds)
{
    const double inf = (double)INFINITY, nan = (double)NAN;
    IS_REFUSED(tg_soft_shrink(x, -1), TG_ERR_ARGUMENT, "tg_soft_shrink", "threshold = -1 must not");
    IS_REFUSED(tg_soft_shrink(x, nan), TG_ERR_ARGUMENT, "tg_soft_shrink", "threshold = nan");
    IS_REFUSED(tg_hard_shrink(x, -0.5), TG_ERR_ARGUMENT, "tg_hard_shrink", "threshold = -0.5");
    IS_REFUSED(tg_hard_shrink(narrow, 1e300), TG_ERR_ARGUMENT, "tg_hard_shrink", "finite in f32");
    IS_REFUSED(tg_threshold(x, inf, 0), TG_ERR_ARGUMENT, "tg_threshold", "threshold = inf");
    IS_REFUSED(tg_threshold(x, 0, -inf), TG_ERR_ARGUMENT, "tg_threshold", "value = -inf");
}
END_TEST

START_TEST(axes_that_are_not_there)
{
    IS_REFUSED(tg_softmax(x, .axis = 2), TG_ERR_SHAPE, "tg_softmax", "axis 2 is out of range");
    IS_REFUSED(tg_softmax(x, .axis = INT_MIN), TG_ERR_SHAPE, "tg_softmax", "is out of range");
    IS_REFUSED(tg_softmax(number), TG_ERR_SHAPE, "tg_softmax", "of a scalar");
    IS_REFUSED(tg_softmax(empty), TG_ERR_SHAPE, "", "is empty");
    IS_REFUSED(tg_log_softmax(x, .axis = -9), TG_ERR_SHAPE, "tg_log_softmax",
               "axis -9 is out of range");
    IS_REFUSED(tg_log_softmax(number), TG_ERR_SHAPE, "tg_log_softmax", "of a scalar");
    IS_REFUSED(tg_log_softmax(empty), TG_ERR_SHAPE, "", "is empty");
    IS_REFUSED(tg_glu(x, INT_MAX), TG_ERR_SHAPE, "tg_glu", "is out of range");
    IS_REFUSED(tg_glu(x, -3), TG_ERR_SHAPE, "tg_glu", "axis -3 is out of range");
    IS_REFUSED(tg_glu(number, 0), TG_ERR_SHAPE, "tg_glu", "of a scalar");
    IS_REFUSED(tg_maxout(x, 2, 1), TG_ERR_SHAPE, "tg_maxout", "axis 2 is out of range");
    IS_REFUSED(tg_maxout(number, -1, 1), TG_ERR_SHAPE, "tg_maxout", "of a scalar");
}
END_TEST

START_TEST(sizes_that_do_not_divide)
{
    const char *all_axes = "has all 8 already";
    tg_tensor *deep = tg_input(tape, "deep", TG_F64, TG_SHAPE(1, 1, 1, 1, 1, 1, 1, 4));
    IS_REFUSED(tg_glu(x, 1), TG_ERR_SHAPE, "tg_glu",
               "axis 1 of the operand [2, 3]  x has no halves");
    IS_REFUSED(tg_maxout(x, 1, 2), TG_ERR_SHAPE, "tg_maxout", "pieces = 2 does not divide the 3");
    IS_REFUSED(tg_maxout(x, 1, 0), TG_ERR_SHAPE, "tg_maxout", "pieces = 0");
    IS_REFUSED(tg_maxout(x, 1, -3), TG_ERR_SHAPE, "tg_maxout", "pieces = -3");
    IS_REFUSED(tg_maxout(x, 1, INT64_MIN), TG_ERR_SHAPE, "tg_maxout", "pieces = -9");
    IS_REFUSED(tg_maxout(deep, 7, 2), TG_ERR_SHAPE, "tg_maxout", all_axes);
}
END_TEST

/* ---- PReLU ------------------------------------------------------------------------------ */

/* The call makes no layer and the store says [words]. */
#define NO_PRELU(call, status, words)                                                              \
    do {                                                                                           \
        ck_assert_ptr_null((call).weight);                                                         \
        ck_assert_int_eq(tg_store_status(store), status);                                          \
        ck_assert_msg(strstr(tg_store_error(store), words) != NULL, "%s", tg_store_error(store));  \
        contract_note("", #call, contract_kind(status, tg_store_error(store)),                     \
                      tg_store_error(store));                                                      \
        tg_store_clear_error(store);                                                               \
        ck_assert_uint_eq(tg_var_count(store), variables);                                         \
    } while (0)

START_TEST(prelus_that_cannot_be)
{
    ck_assert_ptr_null(tg_prelu_new(NULL, "p", 1).weight);
    contract_note("", "tg_prelu_new(NULL, \"p\", 1)", BAD_NULL, NULL);
    NO_PRELU(tg_prelu_new(store, NULL, 1), TG_ERR_ARGUMENT, "tg_prelu_new: a layer needs a name");
    NO_PRELU(tg_prelu_new(store, "", 1), TG_ERR_ARGUMENT, "tg_prelu_new: a layer needs a name");
    NO_PRELU(tg_prelu_new(store, "p", 0), TG_ERR_SHAPE, "\"p\" cannot have 0 slopes");
    NO_PRELU(tg_prelu_new(store, "p", -5), TG_ERR_SHAPE, "\"p\" cannot have -5 slopes");
    NO_PRELU(tg_prelu_new(store, "slope", 1), TG_ERR_ARGUMENT, "slope.weight");
    ck_assert_ptr_null(tg_prelu_new(store, "p", INT64_MAX).weight);
    ck_assert_int_ne(tg_store_status(store), TG_OK);
    tg_store_clear_error(store);
    ck_assert_uint_eq(tg_var_count(store), variables);
}
END_TEST

START_TEST(prelus_that_do_not_fit)
{
    const tg_prelu many = { tg_find(store, "slopes.weight") }, none = { NULL };
    const tg_prelu strange = { tg_param(foreign_store, "p", TG_SHAPE(1), tg_init_zeros()) };
    IS_SILENT(tg_prelu_apply(&many, NULL));
    IS_REFUSED(tg_prelu_apply(NULL, x), TG_ERR_ARGUMENT, "tg_prelu_apply", "has no weight");
    IS_REFUSED(tg_prelu_apply(&none, x), TG_ERR_ARGUMENT, "tg_prelu_apply", "has no weight");
    IS_REFUSED(tg_prelu_apply(&strange, x), TG_ERR_ARGUMENT, "tg_", "another store");
    IS_REFUSED(tg_prelu_apply(&many, y), TG_ERR_SHAPE, "tg_prelu_apply",
               "takes [n, 3, ...] or [3]");
    IS_REFUSED(tg_prelu_apply(&many, number), TG_ERR_SHAPE, "tg_prelu_apply", "has 3 slopes");
    IS_REFUSED(tg_prelu_apply(&many, narrow), TG_ERR_DTYPE, "tg_prelu_apply",
               "is f64, and x is f32");
    IS_REFUSED(tg_prelu_apply(&many, stale), TG_ERR_STATE, "", "stale");
}
END_TEST

TCase *errors_activations(void)
{
    TCase *cases = tcase_create("activations");
    tcase_add_checked_fixture(cases, open_activations, close_operands);
    tcase_add_loop_test(cases, activations_of_what_has_none, 0, COUNT_OF(activations));
    tcase_add_test(cases, slopes_and_alphas);
    tcase_add_test(cases, thresholds);
    tcase_add_test(cases, axes_that_are_not_there);
    tcase_add_test(cases, sizes_that_do_not_divide);
    tcase_add_test(cases, prelus_that_cannot_be);
    tcase_add_test(cases, prelus_that_do_not_fit);
    return cases;
}
