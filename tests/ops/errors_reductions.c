/* errors_reductions.c: bad input to reductions, scans and sorting. */
#include "tests/support/bad_input.h"

enum { FLOATS, NUMBERS, BOOLS };

/* ---- Reductions ------------------------------------------------------------------------- */

typedef struct reduction {
    const char *name;
    tg_tensor *(*function)(const tg_reduce_args *);
    int set;
    bool picks;
} reduction;
static const reduction reductions[] = {
    { "tg_sum", tg_sum_with, NUMBERS, false },
    { "tg_sum_squares", tg_sum_squares_with, FLOATS, false },
    { "tg_mean", tg_mean_with, FLOATS, false },
    { "tg_max", tg_max_with, NUMBERS, true },
    { "tg_min", tg_min_with, NUMBERS, true },
    { "tg_prod", tg_prod_with, NUMBERS, false },
    { "tg_logsumexp", tg_logsumexp_with, FLOATS, false },
    { "tg_any", tg_any_with, BOOLS, false },
    { "tg_all", tg_all_with, BOOLS, false },
    { "tg_argmax", tg_argmax_with, NUMBERS, true },
    { "tg_argmin", tg_argmin_with, NUMBERS, true },
};
#define REDUCE(...) f->function(&(tg_reduce_args){ TG_REDUCE_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })

START_TEST(reductions_of_axes_that_are_not_there)
{
    const reduction *f = &reductions[_i];
    tg_tensor *const good = f->set == BOOLS ? flag : x;
    tg_tensor *const scalar = f->set == BOOLS ? tg_number_as(tape, TG_BOOL, 1) : number;
    tried = f->name;
    IS_REFUSED(REDUCE(good, .axis = 2), TG_ERR_SHAPE, f->name, "axis 2 is out of range for rank 2");
    IS_REFUSED(REDUCE(good, .axis = -3), TG_ERR_SHAPE, f->name, "axis -3 is out of range");
    IS_REFUSED(REDUCE(good, .axis = INT_MIN + 1), TG_ERR_SHAPE, f->name, "is out of range");
    IS_REFUSED(REDUCE(good, .axis = INT_MAX), TG_ERR_SHAPE, f->name, "is out of range");
    IS_REFUSED(REDUCE(scalar, .axis = 0), TG_ERR_SHAPE, f->name, "axis 0 of a scalar");
    IS_REFUSED(REDUCE(good, .axes = TG_AXES(0, 5)), TG_ERR_SHAPE, f->name,
               "axis 5 is out of range");
    IS_REFUSED(REDUCE(good, .axes = TG_AXES(1, -1)), TG_ERR_SHAPE, f->name,
               "axis 1 is named twice");
    IS_REFUSED(REDUCE(good, .axis = 1, .axes = TG_AXES(0)), TG_ERR_ARGUMENT, f->name, "not both");
    IS_REFUSED(REDUCE(good, .axes = TG_AXES(0, 0, 0, 0, 0, 0, 0, 0, 0)), TG_ERR_SHAPE, f->name,
               "more than 8 axes");
    IS_REFUSED(REDUCE(good, .axes = { .count = 100 }), TG_ERR_SHAPE, f->name, "");
    if (f->set == BOOLS) IS_REFUSED(REDUCE(x), TG_ERR_DTYPE, f->name, "takes bool, not f64");
    else IS_REFUSED(REDUCE(flag), TG_ERR_DTYPE, f->name, "bool");
    if (f->set == FLOATS) IS_REFUSED(REDUCE(integer), TG_ERR_DTYPE, f->name, "i32");
    IS_IDLE_AFTER_AN_ERROR(REDUCE(good));
    if (f->picks) {
        IS_REFUSED(REDUCE(empty), TG_ERR_SHAPE, f->name, "axis 1 is empty");
        IS_REFUSED(REDUCE(empty, .axis = 1), TG_ERR_SHAPE, f->name, "axis 1 is empty");
    }
    if (f->function == tg_argmax_with || f->function == tg_argmin_with)
        IS_REFUSED(REDUCE(tall, .axes = TG_AXES(0, 1)), TG_ERR_UNSUPPORTED, f->name, "one axis");
}
END_TEST

/* ---- Statistics ------------------------------------------------------------------------- */

typedef struct statistic {
    const char *name;
    tg_tensor *(*function)(const tg_variance_args *);
} statistic;
static const statistic statistics[] = {
    { "tg_variance", tg_variance_with },
    { "tg_std", tg_std_with },
};
#define SPREAD(...)                                                                                \
    f->function(&(tg_variance_args){ TG_VARIANCE_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })

START_TEST(variances)
{
    const statistic *f = &statistics[_i];
    tried = f->name;
    IS_REFUSED(SPREAD(integer), TG_ERR_DTYPE, f->name, "takes f32, f64, not i32");
    IS_REFUSED(SPREAD(flag), TG_ERR_DTYPE, f->name, "not bool");
    IS_REFUSED(SPREAD(x, .axis = 2), TG_ERR_SHAPE, f->name, "axis 2 is out of range");
    IS_REFUSED(SPREAD(x, .axis = INT_MIN + 1), TG_ERR_SHAPE, f->name, "is out of range");
    IS_REFUSED(SPREAD(number, .axis = -1), TG_ERR_SHAPE, f->name, "of a scalar");
    IS_REFUSED(SPREAD(x, .axes = TG_AXES(0, -2)), TG_ERR_SHAPE, f->name, "named twice");
    IS_REFUSED(SPREAD(x, .axis = 0, .axes = TG_AXES(0)), TG_ERR_ARGUMENT, f->name, "not both");
    IS_REFUSED(SPREAD(x, .correction = -1), TG_ERR_ARGUMENT, f->name, "the correction is -1");
    IS_REFUSED(SPREAD(x, .correction = (double)NAN), TG_ERR_ARGUMENT, f->name, "is nan");
    IS_REFUSED(SPREAD(x, .correction = (double)INFINITY), TG_ERR_ARGUMENT, f->name, "is inf");
    const double nan = tg_item(SPREAD(tg_sum(x))); /* of one element */
    ck_assert(isnan(nan));
    ck_no_error();
}
END_TEST

START_TEST(norms)
{
    IS_REFUSED(tg_norm(byte), TG_ERR_DTYPE, "tg_norm", "takes f32, f64, not u8");
    IS_REFUSED(tg_norm(x, .axis = -3), TG_ERR_SHAPE, "tg_norm", "axis -3 is out of range");
    IS_REFUSED(tg_norm(x, .axes = TG_AXES(1, 1)), TG_ERR_SHAPE, "tg_norm", "axis 1 is named twice");
    IS_REFUSED(tg_norm(number, .axis = 0), TG_ERR_SHAPE, "tg_norm", "of a scalar");
    IS_REFUSED(tg_norm(x, .p = 0), TG_ERR_ARGUMENT, "tg_norm", "p is 0;");
    IS_REFUSED(tg_norm(x, .p = 0.5), TG_ERR_ARGUMENT, "tg_norm", "p is 0.5;");
    IS_REFUSED(tg_norm(x, .p = -2), TG_ERR_ARGUMENT, "tg_norm", "p is -2;");
    IS_REFUSED(tg_norm(x, .p = (double)NAN), TG_ERR_ARGUMENT, "tg_norm", "p is nan;");
    IS_REFUSED(tg_norm(x, .p = -(double)INFINITY), TG_ERR_ARGUMENT, "tg_norm", "p is -inf;");
}
END_TEST

/* ---- Scans and sorting ------------------------------------------------------------------ */

typedef struct scan {
    const char *name;
    tg_tensor *(*function)(tg_site at, tg_tensor *x, int axis);
} scan;
static const scan scans[] = {
    { "tg_cumsum", tg_cumsum_at },
    { "tg_cumprod", tg_cumprod_at },
    { "tg_cummax", tg_cummax_at },
    { "tg_cumargmax", tg_cumargmax_at },
};

START_TEST(scans_along_axes_that_are_not_there)
{
    const scan *f = &scans[_i];
    tried = f->name;
    IS_REFUSED(f->function(TG_HERE, flag, 0), TG_ERR_DTYPE, f->name, "not bool");
    IS_REFUSED(f->function(TG_HERE, x, 2), TG_ERR_SHAPE, f->name, "axis 2 is out of range");
    IS_REFUSED(f->function(TG_HERE, x, -9), TG_ERR_SHAPE, f->name, "axis -9 is out of range");
    IS_REFUSED(f->function(TG_HERE, x, INT_MIN), TG_ERR_SHAPE, f->name, "is out of range");
    IS_REFUSED(f->function(TG_HERE, x, INT_MAX), TG_ERR_SHAPE, f->name, "is out of range");
    IS_REFUSED(f->function(TG_HERE, number, 0), TG_ERR_SHAPE, f->name, "axis 0 of a scalar");
    ck_assert_ptr_nonnull(f->function(TG_HERE, empty, 1));
    ck_assert_ptr_nonnull(f->function(TG_HERE, byte, 1));
}
END_TEST

typedef struct sorting {
    const char *name;
    tg_tensor *(*function)(const tg_sort_args *);
} sorting;
static const sorting sortings[] = {
    { "tg_sort", tg_sort_with },
    { "tg_argsort", tg_argsort_with },
};
#define SORT(...) f->function(&(tg_sort_args){ TG_SORT_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })

START_TEST(sorting_along_axes_that_are_not_there)
{
    const sorting *f = &sortings[_i];
    tried = f->name;
    IS_REFUSED(SORT(flag), TG_ERR_DTYPE, f->name, "not bool");
    IS_REFUSED(SORT(x, .axis = 2), TG_ERR_SHAPE, f->name, "axis 2 is out of range for rank 2");
    IS_REFUSED(SORT(x, .axis = -3), TG_ERR_SHAPE, f->name, "axis -3 is out of range");
    IS_REFUSED(SORT(x, .axis = INT_MIN + 1), TG_ERR_SHAPE, f->name, "is out of range");
    IS_REFUSED(SORT(number), TG_ERR_SHAPE, f->name, "of a scalar");
    IS_IDLE_AFTER_AN_ERROR(SORT(x));
}
END_TEST

START_TEST(the_k_largest_of_fewer)
{
    tg_tensor *where = x;
    IS_SILENT(tg_top_k(NULL, 1, .indices = &where));
    ck_assert_ptr_null(where);
    IS_REFUSED(tg_top_k(flag, 1), TG_ERR_DTYPE, "tg_top_k", "not bool");
    IS_REFUSED(tg_top_k(x, 4), TG_ERR_ARGUMENT, "tg_top_k", "k is 4, and axis 1 has 3 elements");
    IS_REFUSED(tg_top_k(x, 3, .axis = 0), TG_ERR_ARGUMENT, "tg_top_k", "axis 0 has 2 elements");
    IS_REFUSED(tg_top_k(x, -1), TG_ERR_ARGUMENT, "tg_top_k", "k is -1");
    IS_REFUSED(tg_top_k(x, INT64_MIN), TG_ERR_ARGUMENT, "tg_top_k", "k is -9223372036854775808");
    IS_REFUSED(tg_top_k(x, INT64_MAX), TG_ERR_ARGUMENT, "tg_top_k", "k is 9223372036854775807");
    IS_REFUSED(tg_top_k(empty, 1), TG_ERR_ARGUMENT, "tg_top_k", "axis 1 has 0 elements");
    IS_REFUSED(tg_top_k(x, 1, .axis = 9), TG_ERR_SHAPE, "tg_top_k", "axis 9 is out of range");
    IS_REFUSED(tg_top_k(number, 0), TG_ERR_SHAPE, "tg_top_k", "of a scalar");
    where = x;
    IS_REFUSED(tg_top_k(x, 9, .indices = &where), TG_ERR_ARGUMENT, "tg_top_k", "k is 9");
    ck_assert_ptr_null(where);
}
END_TEST

/* Beside an axis of 0 another may be of any length; nothing walks along it. */
START_TEST(nothing_is_sorted_at_once)
{
    const int64_t far = INT64_C(1) << 50;
    tg_tensor *none = tg_reshape(tg_slice(vector, 0, 0, 0, 1), TG_SHAPE(far, 0));
    tg_tensor *nothing[] = {
        tg_argsort(none),      tg_sort(none),
        tg_cumargmax(none, 1), tg_cummax(none, 1),
        tg_cumsum(none, 1),    tg_pad(none, 0, 1, 1, 0, 0),
        tg_neg(none),          tg_concat(TG_LIST(none, none), 0),
        tg_top_k(none, 0),     tg_gather(tg_transpose(none), tg_iota(tape, TG_I32, 0), 0),
    };
    ck_no_error();
    for (int i = 0; i < COUNT_OF(nothing); i++)
        for (int naive = 0; naive < 2; naive++) {
            tg_plan *plan = tg_compile(tape, tg_add(nothing[i], nothing[i]), .naive = naive);
            run(plan);
            tg_plan_free(plan);
        }
    ck_no_error();
}
END_TEST

TCase *errors_reductions(void)
{
    TCase *cases = tcase_create("reductions");
    tcase_add_checked_fixture(cases, open_operands, close_operands);
    tcase_add_loop_test(cases, reductions_of_axes_that_are_not_there, 0, COUNT_OF(reductions));
    tcase_add_loop_test(cases, variances, 0, COUNT_OF(statistics));
    tcase_add_test(cases, norms);
    tcase_add_loop_test(cases, scans_along_axes_that_are_not_there, 0, COUNT_OF(scans));
    tcase_add_loop_test(cases, sorting_along_axes_that_are_not_there, 0, COUNT_OF(sortings));
    tcase_add_test(cases, the_k_largest_of_fewer);
    tcase_add_test(cases, nothing_is_sorted_at_once);
    return cases;
}
