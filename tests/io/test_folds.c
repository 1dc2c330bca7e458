/* test_folds.c: random splits in two and in many parts, and folds. */
#include "io_files.h"
#include "tg_prepare.h"

#include <check.h>
#include <math.h>

static tg_error error;
static counting_heap heap;

enum { ROWS = 103, CLASSES = 4 };
static double numbers[ROWS];
static int32_t labels[ROWS];
static int64_t groups[ROWS];
static tg_dataset data;

/* Classes of 52, 26, 17 and 8 rows; groups of many sizes. */
static void make_data(void)
{
    for (int i = 0; i < ROWS; i++) {
        numbers[i] = i;
        labels[i] = i % 2 == 0 ? 0 : i % 4 == 1 ? 1 : i % 3 == 0 ? 2 : -5;
        groups[i] = (int64_t)sqrt((double)i) - 3;
    }
    data = (tg_dataset){ .x = tg_array_view(TG_F64, TG_SHAPE(ROWS), numbers),
                         .y = tg_array_view(TG_I32, TG_SHAPE(ROWS), labels) };
    heap = (counting_heap){ .calls = 0 };
}

static void ck_fine(tg_status status)
{
    ck_assert_msg(status == TG_OK && !error.text[0], "%s: %s", tg_status_name(status), error.text);
}

static void ck_told(tg_status got, tg_status status, const char *words)
{
    ck_assert_msg(got == status && error.status == status, "%s: %s", tg_status_name(got),
                  error.text);
    ck_assert_msg(strstr(error.text, words) != NULL, "\"%s\" is not in: %s", words, error.text);
}

/* Marks the rows of a set, which must ascend and have their labels. */
static void mark(const tg_dataset *set, int *seen)
{
    const double *x = set->x.data;
    for (int64_t i = 0; i < tg_dataset_rows(set); i++) {
        const int row = (int)x[i];
        ck_assert(i == 0 || x[i] > x[i - 1]);
        if (set->y.dtype) ck_assert_int_eq(((int32_t *)set->y.data)[i], labels[row]);
        seen[row]++;
    }
}

static int64_t of_class(const tg_dataset *set, int32_t label)
{
    int64_t count = 0;
    for (int64_t i = 0; i < tg_dataset_rows(set); i++)
        count += ((int32_t *)set->y.data)[i] == label;
    return count;
}

/* ---- Splits ----------------------------------------------------------------------------- */

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

/* ---- Folds ------------------------------------------------------------------------------ */

/* Each row is tested once; returns the folds to be freed. */
static tg_folds ck_folds(tg_folds_make_args args)
{
    tg_folds folds;
    int tested[ROWS] = { 0 };
    args.out = &folds;
    args.data = &data;
    args.error = &error;
    ck_fine(tg_folds_make_with(&args));
    ck_assert_int_eq(folds.rows, ROWS);
    for (int64_t k = 0; k < folds.count; k++) {
        tg_dataset train, test;
        tg_array rows, others;
        int seen[ROWS] = { 0 };
        ck_fine(tg_folds_take(&folds, k, &data, &train, &test, &error));
        ck_fine(tg_folds_rows(&folds, k, &others, &rows, &error));
        ck_assert_int_eq(tg_dataset_rows(&test), rows.shape.dim[0]);
        ck_assert_int_eq(tg_dataset_rows(&train), others.shape.dim[0]);
        mark(&train, seen);
        mark(&test, seen);
        mark(&test, tested);
        for (int i = 0; i < ROWS; i++) ck_assert_int_eq(seen[i], 1);
        for (int64_t i = 0; i < rows.shape.dim[0]; i++)
            ck_assert(((int64_t *)rows.data)[i] == (int64_t)((double *)test.x.data)[i]);
        for (int64_t i = 0; i < others.shape.dim[0]; i++)
            ck_assert(((int64_t *)others.data)[i] == (int64_t)((double *)train.x.data)[i]);
        tg_array_free(&rows);
        tg_array_free(&others);
        tg_dataset_free(&train);
        tg_dataset_free(&test);
    }
    for (int i = 0; i < ROWS; i++) ck_assert_int_eq(tested[i], 1);
    return folds;
}

#define FOLDS(...) ((tg_folds_make_args){ TG_FOLDS_MAKE_DEFAULTS, __VA_ARGS__ })

static int64_t fold_size(const tg_folds *folds, int64_t k)
{
    return folds->start[k + 1] - folds->start[k];
}

START_TEST(folds_are_equally_large)
{
    for (int64_t count = 2; count <= ROWS; count += count < 12 ? 1 : 13) {
        tg_folds folds = ck_folds(FOLDS(.count = count, .seed = 2));
        for (int64_t k = 0; k < count; k++)
            ck_assert_int_eq(fold_size(&folds, k), ROWS / count + (k < ROWS % count));
        tg_folds_free(&folds);
        ck_assert(!folds.order && !folds.start);
    }
    tg_folds a = ck_folds(FOLDS(.count = 5, .seed = 2)), b = ck_folds(FOLDS(.count = 5, .seed = 2)),
             c = ck_folds(FOLDS(.count = 5, .seed = 3));
    ck_assert_mem_eq(a.order, b.order, sizeof(int64_t[ROWS]));
    ck_assert_mem_ne(a.order, c.order, sizeof(int64_t[ROWS]));
    tg_folds_free(&a);
    tg_folds_free(&b);
    tg_folds_free(&c);
}
END_TEST

START_TEST(stratified_folds_share_each_class)
{
    for (int64_t count = 2; count < 12; count++) {
        tg_folds folds = ck_folds(FOLDS(.count = count, .stratified = true, .seed = 7));
        for (int64_t k = 0; k < count; k++) {
            ck_assert_int_le(llabs((long long)(fold_size(&folds, k) * count - ROWS)), count);
            for (int c = 0; c < CLASSES; c++) {
                const int32_t label = (int32_t[]){ 0, 1, 2, -5 }[c];
                int64_t inside = 0;
                for (int64_t i = folds.start[k]; i < folds.start[k + 1]; i++)
                    inside += labels[folds.order[i]] == label;
                const int64_t all = of_class(&data, label);
                ck_assert(inside == all / count || inside == all / count + 1);
            }
        }
        tg_folds_free(&folds);
    }
}
END_TEST

START_TEST(groups_stay_together)
{
    tg_array group = tg_array_view(TG_I64, TG_SHAPE(ROWS), groups);
    enum { GROUPS = 11 }; /* of 1, 3, 5, ..., 19 and 3 rows */
    for (int64_t count = 2; count <= GROUPS; count++) {
        tg_folds folds = ck_folds(FOLDS(.count = count, .groups = &group, .seed = 1));
        int64_t of_group[GROUPS], most = 0, least = ROWS;
        for (int g = 0; g < GROUPS; g++) of_group[g] = -1;
        for (int64_t k = 0; k < count; k++) {
            if (fold_size(&folds, k) > most) most = fold_size(&folds, k);
            if (fold_size(&folds, k) < least) least = fold_size(&folds, k);
            for (int64_t i = folds.start[k]; i < folds.start[k + 1]; i++) {
                int64_t *in = &of_group[groups[folds.order[i]] + 3];
                ck_assert(*in < 0 || *in == k);
                *in = k;
            }
        }
        ck_assert_int_gt(least, 0);
        if (count <= 4) ck_assert_int_le(most - least, 5);
        if (count == GROUPS) ck_assert(most == 19 && least == 1); /* one group each */
        tg_folds_free(&folds);
    }
    tg_folds folds;
    ck_told(tg_folds_make(&folds, &data, 12, &error, .groups = &group), TG_ERR_ARGUMENT,
            "12 folds of 11 groups");
    ck_told(tg_folds_make(&folds, &data, 3, &error, .groups = &group, .stratified = true),
            TG_ERR_ARGUMENT, "do not go together");
    group.shape.dim[0]--;
    ck_told(tg_folds_make(&folds, &data, 3, &error, .groups = &group), TG_ERR_SHAPE,
            "102 elements");
    ck_told(tg_folds_make(&folds, &data, 3, &error, .groups = &data.x), TG_ERR_DTYPE,
            ".groups is f64");
}
END_TEST

START_TEST(folds_that_cannot_be_are_refused)
{
    tg_folds folds;
    tg_dataset train, test;
    tg_array a, b;
    ck_told(tg_folds_make(&folds, &data, 1, &error), TG_ERR_ARGUMENT, "1 folds of 103 rows");
    ck_told(tg_folds_make(&folds, &data, ROWS + 1, &error), TG_ERR_ARGUMENT, "104 folds");
    ck_told(tg_folds_rows(&folds, 0, &a, &b, &error), TG_ERR_ARGUMENT, "the folds are empty");
    ck_fine(tg_folds_make(&folds, &data, 3, &error));
    ck_told(tg_folds_rows(&folds, 3, &a, &b, &error), TG_ERR_INDEX, "no fold 3; they are 0 .. 2");
    ck_told(tg_folds_rows(&folds, -1, &a, &b, &error), TG_ERR_INDEX, "no fold -1");
    tg_dataset shorter = { .x = tg_array_view(TG_F64, TG_SHAPE(4), numbers) };
    ck_told(tg_folds_take(&folds, 0, &shorter, &train, &test, &error), TG_ERR_SHAPE,
            "folds of 103 rows, and data of 4");
    ck_told(tg_folds_take(&folds, 0, &data, &train, &train, &error), TG_ERR_ARGUMENT,
            "two datasets");
    tg_folds_free(&folds);
    tg_folds_free(&folds);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    const tg_array group = tg_array_view(TG_I64, TG_SHAPE(ROWS), groups);
    for (int way = 0; way < 4; way++)
        for (int at = 1, done = 0; !done; at++) {
            tg_folds folds = { .count = 0 };
            tg_dataset parts[2] = { { .x = { .data = NULL } } };
            const tg_allocator allocator = counting_allocator(&heap);
            heap = (counting_heap){ .fail_at = at };
            tg_array a = { .data = NULL }, b = { .data = NULL };
            tg_status status;
            if (way == 3)
                status = tg_split_parts(&data, parts, ((double[]){ 0.5, 0.5 }), 2, &error,
                                        .stratified = true, .allocator = &allocator);
            else
                status = tg_folds_make(&folds, &data, 4, &error, .stratified = way == 1,
                                       .groups = way == 2 ? &group : NULL, .allocator = &allocator);
            if (status == TG_OK && way < 3) status = tg_folds_rows(&folds, 1, &a, &b, &error);
            done = status == TG_OK;
            ck_assert(done || status == TG_ERR_MEMORY);
            ck_assert(!done || at > 5);
            tg_folds_free(&folds);
            tg_array_free(&a);
            tg_array_free(&b);
            if (done) tg_dataset_free(&parts[0]);
            if (done) tg_dataset_free(&parts[1]);
            ck_assert_int_eq(heap.blocks, 0);
        }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("folds");
    TCase *cases = tcase_create("folds");
    tcase_add_checked_fixture(cases, make_data, NULL);
    tcase_add_test(cases, a_random_split_takes_each_row_once);
    tcase_add_test(cases, every_row_is_as_likely);
    tcase_add_test(cases, parts_have_their_sizes);
    tcase_add_test(cases, two_parts_are_the_split_in_two);
    tcase_add_test(cases, parts_that_cannot_be_are_refused);
    tcase_add_test(cases, folds_are_equally_large);
    tcase_add_test(cases, stratified_folds_share_each_class);
    tcase_add_test(cases, groups_stay_together);
    tcase_add_test(cases, folds_that_cannot_be_are_refused);
    tcase_add_test(cases, every_allocation_may_fail);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
