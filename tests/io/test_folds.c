/* test_folds.c: folds for cross-validation: of any rows, of the same share of every class, of
 * groups. */
#include "tests/support/suite.h"
#include "parts.h"

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
    tcase_add_test(cases, folds_are_equally_large);
    tcase_add_test(cases, stratified_folds_share_each_class);
    tcase_add_test(cases, groups_stay_together);
    tcase_add_test(cases, folds_that_cannot_be_are_refused);
    tcase_add_test(cases, every_allocation_may_fail);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
