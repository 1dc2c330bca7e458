/* test_sort.c: sorting, and what stands where, against insertion: values and
 * gradients, of all dtypes, on operands that lie in memory in different ways. */
#include "lines.h"

/* Does a stand before b? A NaN is the largest. */
static bool before(double a, double b, bool descending)
{
    if (descending) return isnan(a) ? !isnan(b) : a > b;
    return isnan(b) ? !isnan(a) : a < b;
}

/* By insertion, which keeps the order of equal elements. */
static void sort_places(const array *x, int64_t n, int64_t *places, int64_t *order, bool descending)
{
    for (int64_t i = 0; i < n; i++) {
        int64_t to = i;
        for (; to > 0 && before(x->at[places[i]], x->at[places[order[to - 1]]], descending); to--)
            order[to] = order[to - 1];
        order[to] = i;
    }
}

static void ck_sorted(tg_dtype dtype, const layout *l, int length, int form, bool descending)
{
    start_over();
    static int64_t places[LONGEST], order[LONGEST];
    static double best[LONGEST];
    rng random = rng_of((uint64_t)length, (uint64_t)dtype);
    const tg_shape shape = shape_with(l->shape, l->long_axis, length);
    const int axis = l->long_axis;
    const int64_t k = length / 3 + (length > 0);
    if (tg_shape_count(shape) > 20000) return; /* too long for insertion */
    const array x = drawn_array(&random, dtype, shape);
    for (int64_t i = 0; i < x.count && is_float(dtype); i++) {
        if (rng_once_in(&random, 3)) x.at[i] = rint(x.at[i]); /* equal ones, and both zeros */
        if (rng_once_in(&random, 20)) x.at[i] = (double)NAN;
    }
    const array sorted = array_of(shape), from = array_of(shape), received = array_of(shape);
    const array cotangent = drawn_array(&random, dtype, shape);
    const array most = array_of(shape_with(shape, axis, k)), most_from = array_of(most.shape);
    for (int64_t group = 0; group < group_count(shape, l->axes); group++) {
        const int64_t n = group_of(shape, l->axes, group, places);
        sort_places(&x, n, places, order, descending);
        for (int64_t i = 0; i < n; i++) {
            best[i] = sorted.at[places[i]] = x.at[places[order[i]]];
            from.at[places[i]] = (double)order[i];
            received.at[places[order[i]]] = cotangent.at[places[i]];
        }
        for (int64_t i = 0; i < group_of(most.shape, l->axes, group, places); i++) {
            most.at[places[i]] = best[i];
            most_from.at[places[i]] = (double)order[i];
        }
    }
    tg_tensor *in = operand_of(dtype, x, form), *where = NULL;
    tg_tensor *y = tg_sort(in, .axis = axis, .descending = descending);
    ck_elements("sort", y, sorted, 0);
    ck_elements("argsort", tg_argsort(in, .axis = axis, .descending = descending), from, 0);
    tg_tensor *top = tg_top_k(in, k, .axis = axis, .smallest = !descending, .indices = &where);
    ck_elements("top_k", top, most, 0);
    ck_elements("the positions of top_k", where, most_from, 0);
    if (is_float(dtype)) ck_received("sort", y, cotangent, in, received, 0);
}

START_TEST(sorting_is_what_insertion_gives)
{
    for (int l = 0; l < COUNT_OF(layouts); l++)
        for (int k = 0; k <= COUNT_OF(lengths); k++)
            for (tg_dtype dtype = TG_F32; dtype < TG_BOOL; dtype++)
                if (layouts[l].axes == 1u << layouts[l].long_axis)
                    ck_sorted(dtype, &layouts[l], k < COUNT_OF(lengths) ? lengths[k] : 0,
                              (l + k) % FORMS, _i);
}
END_TEST

START_TEST(sorting_takes_the_last_axis_unless_told)
{
    const double x[] = { 3, 1, 2, 6, 5, 4 };
    tg_tensor *in = tg_constant(tape, TG_F64, TG_SHAPE(2, 3), x), *where = NULL;
    ck_values(tg_sort(in), 6, (const double[]){ 1, 2, 3, 4, 5, 6 });
    ck_values(tg_sort(in, .axis = 0, .descending = true), 6, (const double[]){ 6, 5, 4, 3, 1, 2 });
    ck_values(tg_top_k(in, 2), 4, (const double[]){ 3, 2, 6, 5 });
    ck_assert_int_eq(tg_count(tg_top_k(in, 0, .indices = &where)), 0);
    ck_assert_int_eq(tg_count(where), 0);
    tg_tensor *lone = tg_top_k(in, 1, .indices = &where);
    ck_values(tg_grad(tg_sum(lone), in), 6, (const double[]){ 1, 0, 0, 1, 0, 0 });
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sort");
    TCase *cases = tcase_create("sort");
    tcase_add_checked_fixture(cases, open_tape, close_tape);
    tcase_add_loop_test(cases, sorting_is_what_insertion_gives, 0, 2);
    tcase_add_test(cases, sorting_takes_the_last_axis_unless_told);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
