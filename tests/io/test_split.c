/* test_split.c: a dataset in two or many parts: random ones, and those with the same share of every
 * class. */
#include "tests/support/suite.h"
#include "parts.h"

/* ---- The same share of every class ------------------------------------------------------ */

START_TEST(a_split_takes_its_share_of_every_class_and_each_row_once)
{
    const tg_dataset whole = three_classes();
    for (int percent = 1; percent < 100; percent++) {
        tg_dataset train, test;
        bool seen[ROWS] = { false };
        const double fraction = percent / 100.0;
        ck_assert_int_eq(tg_split_stratified(&whole, &train, &test, &error, .fraction = fraction,
                                             .seed = (uint64_t)percent),
                         TG_OK);
        ck_assert_int_eq(tg_dataset_rows(&test), (int64_t)floor(fraction * ROWS + 0.5));
        ck_assert_int_eq(tg_dataset_rows(&test) + tg_dataset_rows(&train), ROWS);
        for (int part = 0; part < 2; part++) {
            const tg_dataset *set = part ? &test : &train;
            for (int64_t i = 0; i < tg_dataset_rows(set); i++) {
                const int row = (int)((float *)set->x.data)[2 * i];
                ck_assert(!seen[row]);
                seen[row] = true;
                ck_assert_int_eq(((int32_t *)set->y.data)[i], y_values[row]);
            }
        }
        const int32_t classes[] = { -7, 5, 300 };
        for (int i = 0; i < 3; i++) {
            const double share = fraction * (double)of_class(&whole, classes[i]);
            ck_assert(fabs((double)of_class(&test, classes[i]) - share) < 1);
        }
        tg_dataset_free(&train);
        tg_dataset_free(&test);
    }
}
END_TEST

START_TEST(a_split_is_the_same_everywhere_and_another_for_another_seed)
{
    /* Written down once: a change here changes everybody's test sets. */
    static const int expected[] = { 2, 13, 24, 36, 40, 43, 61, 73, 75, 82 };
    const tg_dataset whole = three_classes();
    tg_dataset train, test, other;
    ck_assert_int_eq(tg_split_stratified(&whole, &train, &test, &error, .fraction = 0.1, .seed = 3),
                     TG_OK);
    for (int64_t i = 0; i < tg_dataset_rows(&test); i++)
        ck_assert_int_eq((int)((float *)test.x.data)[2 * i], expected[i]);
    tg_dataset_free(&train);
    ck_assert_int_eq(
        tg_split_stratified(&whole, &train, &other, &error, .fraction = 0.1, .seed = 4), TG_OK);
    ck_assert(memcmp(test.x.data, other.x.data, 10 * 2 * sizeof(float)) != 0);
    tg_dataset_free(&train);
    tg_dataset_free(&test);
    tg_dataset_free(&other);
}
END_TEST

START_TEST(labels_of_every_integer_dtype_split_the_same)
{
    uint8_t bytes_y[ROWS];
    int64_t long_y[ROWS];
    bool bool_y[ROWS];
    tg_dataset whole = three_classes(), train, test, first = { .x = { .data = NULL } };
    for (int i = 0; i < ROWS; i++) long_y[i] = bytes_y[i] = bool_y[i] = i % 3 == 0;
    const tg_array classes[3] = { tg_array_view(TG_I64, TG_SHAPE(ROWS), long_y),
                                  tg_array_view(TG_U8, TG_SHAPE(ROWS), bytes_y),
                                  tg_array_view(TG_BOOL, TG_SHAPE(ROWS), bool_y) };
    for (int i = 0; i < 3; i++) {
        whole.y = classes[i];
        ck_assert_int_eq(tg_split_stratified(&whole, &train, &test, &error, .seed = 1), TG_OK);
        ck_assert_int_eq(tg_dataset_rows(&test), 21);
        if (i == 0) first = test;
        else ck_assert_mem_eq(first.x.data, test.x.data, 21 * 2 * sizeof(float));
        tg_dataset_free(&train);
        if (i > 0) tg_dataset_free(&test);
    }
    tg_dataset_free(&first);
}
END_TEST

START_TEST(splits_that_make_no_sense_are_refused)
{
    const tg_dataset whole = three_classes();
    tg_dataset train, test, reals = whole, bare = whole, uneven = whole, wide = whole,
                            scalar = whole;
    reals.y = tg_array_view(TG_F32, TG_SHAPE(ROWS), x_values);
    bare.y = (tg_array){ .data = NULL };
    uneven.y.shape = TG_SHAPE(ROWS - 1);
    wide.y.shape = TG_SHAPE(ROWS, 1);
    scalar.x.shape = TG_SCALAR;
    const double fractions[] = { 1, -0.1, 1.5, (double)NAN };
    for (size_t i = 0; i < 4; i++)
        ck_assert_int_eq(
            tg_split_stratified(&whole, &train, &test, &error, .fraction = fractions[i]),
            TG_ERR_ARGUMENT);
    ck_assert_int_eq(tg_split_stratified(&whole, &train, &test, &error, .fraction = 0),
                     TG_ERR_ARGUMENT);
    ck_assert_int_eq(tg_split_stratified(&reals, &train, &test, &error), TG_ERR_DTYPE);
    ck_assert_int_eq(tg_split_stratified(&bare, &train, &test, &error), TG_ERR_DTYPE);
    ck_assert_int_eq(tg_split_stratified(&uneven, &train, &test, &error), TG_ERR_SHAPE);
    ck_assert_int_eq(tg_split_stratified(&wide, &train, &test, &error), TG_ERR_SHAPE);
    ck_assert_int_eq(tg_split_stratified(&scalar, &train, &test, &error), TG_ERR_SHAPE);
    ck_assert_int_eq(tg_split_stratified(NULL, &train, &test, &error), TG_ERR_ARGUMENT);
    ck_assert_int_eq(tg_split_stratified(&whole, &train, &train, &error), TG_ERR_ARGUMENT);
    ck_assert_int_eq(tg_split_stratified(&whole, NULL, &test, &error), TG_ERR_ARGUMENT);
    tg_dataset none = { .x = tg_array_view(TG_F32, TG_SHAPE(0, 2), NULL),
                        .y = tg_array_view(TG_U8, TG_SHAPE(0), NULL) };
    ck_assert_int_eq(tg_split_stratified(&none, &train, &test, &error), TG_OK);
    ck_assert_int_eq(tg_dataset_rows(&train) + tg_dataset_rows(&test), 0);
}
END_TEST

START_TEST(every_allocation_of_a_split_may_fail)
{
    const tg_dataset whole = three_classes();
    for (int at = 1;; at++) {
        tg_dataset train, test;
        heap = (counting_heap){ .fail_at = at };
        const tg_allocator allocator = counting_allocator(&heap);
        const tg_status status =
            tg_split_stratified(&whole, &train, &test, &error, .allocator = &allocator);
        if (status == TG_OK) {
            ck_assert_int_eq(at, 10);
            tg_dataset_free(&train);
            tg_dataset_free(&test);
            ck_assert_int_eq(heap.blocks, 0);
            return;
        }
        ck_assert_int_eq(status, TG_ERR_MEMORY);
        ck_assert_int_eq(heap.blocks, 0);
        ck_assert_ptr_null(train.x.data);
        ck_assert_ptr_null(test.x.data);
    }
}
END_TEST

/* ---- Any rows, and many parts ----------------------------------------------------------- */

START_TEST(a_random_split_takes_each_row_once)
{
    tg_dataset train, test, again, other;
    int seen[ROWS] = { 0 };
    data.y = (tg_array){ .dtype = TG_DTYPE_DEFAULT }; /* no labels are needed */
    ck_fine(tg_split_random(&data, &train, &test, &error, .fraction = 0.25, .seed = 3));
    ck_assert_int_eq(tg_dataset_rows(&test), 26); /* 25.75 */
    ck_assert_int_eq(tg_dataset_rows(&train), ROWS - 26);
    mark(&train, seen);
    mark(&test, seen);
    for (int i = 0; i < ROWS; i++) ck_assert_int_eq(seen[i], 1);
    ck_fine(tg_split_random(&data, &other, &again, &error, .fraction = 0.25, .seed = 3));
    ck_assert_mem_eq(again.x.data, test.x.data, 26 * sizeof(double));
    tg_dataset_free(&again);
    tg_dataset_free(&other);
    ck_fine(tg_split_random(&data, &other, &again, &error, .fraction = 0.25, .seed = 4));
    ck_assert_mem_ne(again.x.data, test.x.data, 26 * sizeof(double));
    tg_dataset_free(&again);
    tg_dataset_free(&other);
    tg_dataset_free(&train);
    tg_dataset_free(&test);
    ck_told(tg_split_random(&data, &train, &test, &error, .fraction = 1), TG_ERR_ARGUMENT,
            "tg_split_random: .fraction is 1");
    ck_told(tg_split_random(&data, &train, &train, &error), TG_ERR_ARGUMENT, "two datasets");
}
END_TEST

START_TEST(every_row_is_as_likely)
{
    int drawn[ROWS] = { 0 };
    enum { TIMES = 2000 };
    for (int seed = 0; seed < TIMES; seed++) {
        tg_dataset train, test;
        ck_fine(tg_split_random(&data, &train, &test, &error, .seed = (uint64_t)seed));
        mark(&test, drawn);
        tg_dataset_free(&train);
        tg_dataset_free(&test);
    }
    /* 21 of 103; five deviations of the binomial. */
    const double share = 21.0 / ROWS, mean = TIMES * share;
    for (int i = 0; i < ROWS; i++) ck_assert(fabs(drawn[i] - mean) < 5 * sqrt(mean * (1 - share)));
}
END_TEST

START_TEST(parts_have_their_sizes)
{
    static const struct {
        int64_t count;
        double fractions[3];
        int64_t rows[3];
    } splits[] = {
        { 3, { 0.7, 0.15, 0.15 }, { 72, 16, 15 } }, /* 15.45 from the last, 30.9 from the middle */
        { 2, { 0.5, 0.5 }, { 51, 52 } },
        { 3, { 1.0 / 3, 1.0 / 3, 1.0 / 3 }, { 34, 35, 34 } },
        { 2, { 0.1, 0.2 }, { 10, 21 } },
        { 1, { 1 }, { ROWS } },
        { 1, { 0.5 }, { 52 } },
    };
    for (size_t k = 0; k < sizeof splits / sizeof *splits; k++)
        for (int stratified = 0; stratified < 2; stratified++) {
            tg_dataset parts[3];
            int seen[ROWS] = { 0 };
            int64_t all = 0;
            ck_fine(tg_split_parts(&data, parts, splits[k].fractions, splits[k].count, &error,
                                   .stratified = stratified, .seed = 5));
            for (int64_t i = 0; i < splits[k].count; i++) {
                ck_assert_int_eq(tg_dataset_rows(&parts[i]), splits[k].rows[i]);
                all += splits[k].rows[i];
                mark(&parts[i], seen);
                for (int32_t c = 0; stratified && c < CLASSES; c++) {
                    const int32_t label = (int32_t[]){ 0, 1, 2, -5 }[c];
                    const double share = splits[k].fractions[i] * (double)of_class(&data, label);
                    ck_assert(fabs((double)of_class(&parts[i], label) - share) < 2);
                }
                tg_dataset_free(&parts[i]);
            }
            int marked = 0;
            for (int i = 0; i < ROWS; i++) {
                ck_assert_int_le(seen[i], 1);
                marked += seen[i];
            }
            ck_assert_int_eq(marked, all);
        }
}
END_TEST

START_TEST(two_parts_are_the_split_in_two)
{
    for (int stratified = 0; stratified < 2; stratified++) {
        tg_dataset parts[2], train, test;
        ck_fine(tg_split_parts(&data, parts, ((double[]){ 0.8, 0.2 }), 2, &error,
                               .stratified = stratified, .seed = 9));
        ck_fine(stratified ? tg_split_stratified(&data, &train, &test, &error, .seed = 9)
                           : tg_split_random(&data, &train, &test, &error, .seed = 9));
        ck_assert_int_eq(tg_dataset_rows(&parts[1]), tg_dataset_rows(&test));
        ck_assert_mem_eq(parts[1].x.data, test.x.data,
                         (size_t)tg_dataset_rows(&test) * sizeof(double));
        ck_assert_mem_eq(parts[0].x.data, train.x.data,
                         (size_t)tg_dataset_rows(&train) * sizeof(double));
        tg_dataset_free(&train);
        tg_dataset_free(&test);
        tg_dataset_free(&parts[0]);
        tg_dataset_free(&parts[1]);
    }
}
END_TEST

START_TEST(parts_that_cannot_be_are_refused)
{
    tg_dataset parts[2];
    const tg_dataset bare = { .x = data.x };
    ck_told(tg_split_parts(&data, parts, ((double[]){ 0.8, 0.3 }), 2, &error), TG_ERR_ARGUMENT,
            "sum up to 1.1");
    ck_told(tg_split_parts(&data, parts, ((double[]){ 0.8, 0 }), 2, &error), TG_ERR_ARGUMENT,
            "fractions[1] is 0");
    ck_told(tg_split_parts(&data, parts, ((double[]){ (double)NAN }), 1, &error), TG_ERR_ARGUMENT,
            "fractions[0] is nan");
    ck_told(tg_split_parts(&data, parts, NULL, 2, &error), TG_ERR_ARGUMENT, "of fractions is NULL");
    ck_told(tg_split_parts(&data, parts, ((double[]){ 1 }), 0, &error), TG_ERR_ARGUMENT, "0 parts");
    ck_told(tg_split_parts(&data, &data, ((double[]){ 1 }), 1, &error), TG_ERR_ARGUMENT, "itself");
    ck_told(tg_split_parts(&bare, parts, ((double[]){ 1 }), 1, &error, .stratified = true),
            TG_ERR_DTYPE, "the data's y is empty");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("split");
    TCase *stratified = tcase_create("stratified");
    tcase_add_test(stratified, a_split_takes_its_share_of_every_class_and_each_row_once);
    tcase_add_test(stratified, a_split_is_the_same_everywhere_and_another_for_another_seed);
    tcase_add_test(stratified, labels_of_every_integer_dtype_split_the_same);
    tcase_add_test(stratified, splits_that_make_no_sense_are_refused);
    tcase_add_test(stratified, every_allocation_of_a_split_may_fail);
    suite_add_tcase(suite, stratified);
    TCase *cases = tcase_create("parts");
    tcase_add_checked_fixture(cases, make_data, NULL);
    tcase_add_test(cases, a_random_split_takes_each_row_once);
    tcase_add_test(cases, every_row_is_as_likely);
    tcase_add_test(cases, parts_have_their_sizes);
    tcase_add_test(cases, two_parts_are_the_split_in_two);
    tcase_add_test(cases, parts_that_cannot_be_are_refused);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
