/* test_scaler.c: columns brought to a scale, in place, in a store and on a tape; one-hot labels. */
#include "tests/support/suite.h"
#include "tests/support/disk.h"
#include "tests/support/failing_allocator.h"
#include "told.h"

#include <math.h>

static failing_allocator heap;
static tg_allocator allocator;

static void open_heap(void)
{
    heap = (failing_allocator){ .calls = 0 };
    allocator = (tg_allocator){ failing_alloc, failing_free, &heap };
}
static void close_heap(void) { ck_assert_uint_eq(heap.live, 0); }

/* Two columns, and one of equal numbers. */
enum { ROWS = 5, COLUMNS = 3 };
static double table[ROWS * COLUMNS] = { 1, -10, 7, 2, 0, 7, 4, 10, 7, 8, 20, 7, 10, 80, 7 };
static tg_array view(double *data) { return tg_array_view(TG_F64, TG_SHAPE(ROWS, COLUMNS), data); }

/* By hand: the sums of squares are 60 and 5000, the quartiles 2, 4, 8 and 0, 10, 20. */
static const struct {
    tg_scaling by;
    double shift[COLUMNS], scale[COLUMNS];
} known[] = {
    { TG_SCALE_STANDARD, { 5, 20, 7 }, { 3.4641016151377544, 31.622776601683793, 1 } },
    { TG_SCALE_RANGE, { 1, -10, 7 }, { 9, 90, 1 } },
    { TG_SCALE_ROBUST, { 4, 10, 7 }, { 6, 20, 1 } },
};
enum { KINDS = sizeof known / sizeof *known };

START_TEST(scalers_measure_columns)
{
    for (int k = 0; k < KINDS; k++) {
        double data[ROWS * COLUMNS];
        memcpy(data, table, sizeof data);
        tg_array x = view(data);
        tg_scaler scaler;
        ck_fine(tg_scaler_fit(&scaler, &x, &error, .by = known[k].by, .allocator = &allocator));
        ck_assert_mem_eq(data, table, sizeof data);
        for (int c = 0; c < COLUMNS; c++) {
            ck_assert_double_eq_tol(((double *)scaler.shift.data)[c], known[k].shift[c], 1e-15);
            ck_assert_double_eq_tol(((double *)scaler.scale.data)[c], known[k].scale[c], 1e-14);
        }
        ck_fine(tg_scaler_apply(&scaler, &x, &error));
        for (int i = 0; i < ROWS * COLUMNS; i++) {
            const int c = i % COLUMNS;
            ck_assert_double_eq_tol(data[i], (table[i] - known[k].shift[c]) / known[k].scale[c],
                                    1e-14);
        }
        ck_fine(tg_scaler_invert(&scaler, &x, &error));
        for (int i = 0; i < ROWS * COLUMNS; i++) ck_assert_double_eq_tol(data[i], table[i], 1e-13);
        tg_scaler_free(&scaler);
        ck_assert(!scaler.shift.data && !scaler.scale.data);
    }
}
END_TEST

START_TEST(columns_are_standardized_with_the_moments_of_another_set)
{
    double values[] = { 1, 7, 100, 3, 7, 100.5, 5, 7, 99.5 }, other[] = { 3, 8, 100 };
    tg_array x = tg_array_view(TG_F64, TG_SHAPE(3, 3), values);
    tg_array test = tg_array_view(TG_F64, TG_SHAPE(1, 3), other), mean, deviation;
    ck_assert_int_eq(tg_moments(&x, &mean, &deviation, &error), TG_OK);
    ck_assert(((double *)mean.data)[0] == 3 && ((double *)mean.data)[1] == 7);
    ck_assert_double_eq_tol(((double *)deviation.data)[0], sqrt(8.0 / 3), 1e-15);
    ck_assert(((double *)deviation.data)[1] == 0);
    ck_assert_int_eq(tg_standardize(&x, &mean, &deviation, &error), TG_OK);
    ck_assert_int_eq(tg_standardize(&test, &mean, &deviation, &error), TG_OK);
    ck_assert_double_eq_tol(values[0], -sqrt(1.5), 1e-15);
    ck_assert(values[1] == 0 && values[3] == 0);
    ck_assert(other[0] == 0 && other[1] == 1 && other[2] == 0);
    float narrow[] = { 0.1f, 0.1f, 0.1f };
    tg_array_free(&mean);
    tg_array_free(&deviation);
    x = tg_array_view(TG_F32, TG_SHAPE(3), narrow);
    ck_assert_int_eq(tg_moments(&x, &mean, &deviation, &error), TG_OK);
    ck_assert_int_eq(tg_standardize(&test, &mean, &deviation, &error), TG_ERR_SHAPE);
    ck_assert_int_eq(tg_standardize(&x, &mean, &deviation, &error), TG_OK);
    ck_assert(narrow[0] == 0 && narrow[2] == 0);
    tg_array_free(&mean);
    tg_array_free(&deviation);
    x = tg_array_view(TG_F32, TG_SHAPE(0, 3), NULL);
    ck_assert_int_eq(tg_moments(&x, &mean, &deviation, &error), TG_ERR_SHAPE);
    x = tg_array_view(TG_F32, TG_SCALAR, narrow);
    ck_assert_int_eq(tg_moments(&x, &mean, &deviation, &error), TG_ERR_SHAPE);
    x = tg_array_view(TG_U8, TG_SHAPE(3), narrow);
    ck_assert_int_eq(tg_moments(&x, &mean, &deviation, &error), TG_ERR_DTYPE);
    ck_assert_int_eq(tg_moments(NULL, &mean, &deviation, &error), TG_ERR_ARGUMENT);
    ck_assert_int_eq(tg_moments(&x, NULL, &deviation, &error), TG_ERR_ARGUMENT);
}
END_TEST

START_TEST(the_standard_one_is_that_of_tg_standardize)
{
    double a[ROWS * COLUMNS], b[ROWS * COLUMNS];
    for (int i = 0; i < ROWS * COLUMNS; i++) a[i] = b[i] = table[i] / 3;
    tg_array x = view(a), y = view(b), mean, deviation;
    tg_scaler scaler;
    ck_fine(tg_scaler_fit(&scaler, &x, &error));
    ck_fine(tg_scaler_apply(&scaler, &x, &error));
    ck_fine(tg_moments(&y, &mean, &deviation, &error));
    ck_fine(tg_standardize(&y, &mean, &deviation, &error));
    ck_assert_mem_eq(a, b, sizeof a);
    tg_array_free(&mean);
    tg_array_free(&deviation);
    tg_scaler_free(&scaler);
}
END_TEST

START_TEST(a_range_goes_where_it_is_told)
{
    float data[] = { 1, 5, 2, 5, 3, 5 };
    tg_array x = tg_array_view(TG_F32, TG_SHAPE(3, 2), data);
    tg_scaler scaler;
    ck_fine(tg_scaler_fit(&scaler, &x, &error, .by = TG_SCALE_RANGE, .low = -1, .high = 1));
    ck_fine(tg_scaler_apply(&scaler, &x, &error));
    ck_assert(data[0] == -1 && data[2] == 0 && data[4] == 1);
    ck_assert(data[1] == -1 && data[5] == -1); /* without extent: at .low */
    tg_scaler_free(&scaler);
    ck_told(tg_scaler_fit(&scaler, &x, &error, .by = TG_SCALE_RANGE, .low = 1, .high = 1),
            TG_ERR_ARGUMENT, ".low is 1");
    ck_told(tg_scaler_fit(&scaler, &x, &error, .by = (tg_scaling)9), TG_ERR_ARGUMENT, ".by is 9");
}
END_TEST

START_TEST(quartiles_lie_between_order_statistics)
{
    /* At places 0.75, 1.5 and 2.25 of 1, 2, 4, 8: 1.75, 3 and 5. Of one number it is that. */
    double data[] = { 8, 1, 4, 2 };
    tg_array x = tg_array_view(TG_F64, TG_SHAPE(4), data);
    tg_scaler scaler;
    ck_fine(tg_scaler_fit(&scaler, &x, &error, .by = TG_SCALE_ROBUST));
    ck_assert(*(double *)scaler.shift.data == 3 && *(double *)scaler.scale.data == 3.25);
    tg_scaler_free(&scaler);
    x = tg_array_view(TG_F64, TG_SHAPE(1), data);
    ck_fine(tg_scaler_fit(&scaler, &x, &error, .by = TG_SCALE_ROBUST));
    ck_assert(*(double *)scaler.shift.data == 8 && *(double *)scaler.scale.data == 1);
    tg_scaler_free(&scaler);
}
END_TEST

START_TEST(missing_values_are_an_error_or_skipped)
{
    double data[] = { 1, (double)NAN, 3, 4, 5, (double)NAN };
    tg_array x = tg_array_view(TG_F64, TG_SHAPE(3, 2), data);
    tg_scaler scaler;
    ck_told(tg_scaler_fit(&scaler, &x, &error), TG_ERR_NUMERIC, "a NaN in row 0, column 1");
    ck_assert_ptr_null(scaler.shift.data);
    for (int k = 0; k < KINDS; k++) {
        ck_fine(tg_scaler_fit(&scaler, &x, &error, .by = known[k].by, .skip_missing = true));
        ck_assert(((double *)scaler.shift.data)[1] == 4 && ((double *)scaler.scale.data)[1] == 1);
        tg_scaler_free(&scaler);
    }
    ck_fine(tg_scaler_fit(&scaler, &x, &error, .skip_missing = true));
    ck_fine(tg_scaler_apply(&scaler, &x, &error));
    ck_assert(isnan(data[1]) && data[3] == 0 && data[2] == 0);
    tg_scaler_free(&scaler);
    data[3] = (double)NAN;
    ck_told(tg_scaler_fit(&scaler, &x, &error, .skip_missing = true), TG_ERR_NUMERIC,
            "nothing but NaN in column 1");
    data[0] = -(double)INFINITY;
    ck_told(tg_scaler_fit(&scaler, &x, &error, .skip_missing = true), TG_ERR_NUMERIC,
            "an infinity in row 0, column 0");
    double far[] = { -1.7e308, 1.7e308 };
    x = tg_array_view(TG_F64, TG_SHAPE(2), far);
    for (int k = 0; k < KINDS; k++)
        if (known[k].by != TG_SCALE_ROBUST)
            ck_told(tg_scaler_fit(&scaler, &x, &error, .by = known[k].by), TG_ERR_NUMERIC,
                    "so far apart");
}
END_TEST

START_TEST(arrays_that_do_not_fit_are_refused)
{
    double data[6] = { 1, 2, 3, 4, 5, 6 };
    int32_t whole[2] = { 1, 2 };
    tg_array x = tg_array_view(TG_F64, TG_SHAPE(3, 2), data);
    tg_array integers = tg_array_view(TG_I32, TG_SHAPE(2), whole);
    tg_scaler scaler, none = { .shift = { .data = NULL } };
    ck_told(tg_scaler_fit(&scaler, &integers, &error), TG_ERR_DTYPE, "i32");
    ck_fine(tg_scaler_fit(&scaler, &x, &error));
    ck_told(tg_scaler_apply(&scaler, &integers, &error), TG_ERR_DTYPE, "i32");
    ck_told(tg_scaler_apply(&none, &x, &error), TG_ERR_ARGUMENT, "empty or damaged");
    x.shape = TG_SHAPE(2, 3);
    ck_told(tg_scaler_invert(&scaler, &x, &error), TG_ERR_SHAPE,
            "the scaler has 2 columns, and x 3");
    x.shape = TG_SHAPE(0, 2);
    ck_told(tg_scaler_fit(&none, &x, &error), TG_ERR_SHAPE, "no rows");
    ck_fine(tg_scaler_apply(&scaler, &x, &error));
    tg_scaler_free(&scaler);
}
END_TEST

/* ---- In stores, files and on tapes ------------------------------------------------------ */

START_TEST(a_scaler_is_saved_with_its_model)
{
    disk drive = { .calls = 0 };
    const tg_io_layer io = disk_io(&drive);
    tg_array x = view(table);
    tg_scaler scaler, back;
    tg_store *store = tg_store_new(.allocator = &allocator), *other = tg_store_new();
    ck_fine(tg_scaler_fit(&scaler, &x, &error, .by = TG_SCALE_ROBUST));
    ck_fine(tg_scaler_keep(store, "in.scaler", &scaler, &error));
    ck_fine(tg_scaler_keep(store, "in.scaler", &scaler, &error)); /* again: found */
    ck_assert_uint_eq(tg_var_count(store), 2);
    ck_fine(tg_save(store, "model", &error, .io = &io));
    ck_told(tg_scaler_from(&back, other, "in.scaler", &error), TG_ERR_ARGUMENT,
            "no scaler \"in.scaler\"");
    ck_fine(tg_load(other, "model", &error, .io = &io));
    ck_fine(tg_scaler_from(&back, other, "in.scaler", &error));
    ck_assert_mem_eq(back.shift.data, scaler.shift.data, COLUMNS * sizeof(double));
    ck_assert_mem_eq(back.scale.data, scaler.scale.data, COLUMNS * sizeof(double));
    tg_scaler_free(&back);
    /* Without optimizers' states it is still there. */
    ck_fine(tg_save(store, "model", &error, .io = &io, .params_only = true));
    ck_fine(tg_load(other, "model", &error, .io = &io, .params_only = true));
    /* Another number of columns is refused, and nothing is made of half a scaler. */
    (void)tg_state(store, "half.scale", TG_F64, TG_SHAPE(7), 0);
    ck_told(tg_scaler_keep(store, "half", &scaler, &error), TG_ERR_SHAPE, "half.scale");
    ck_assert_ptr_null(tg_find(store, "half.shift"));
    ck_assert_int_eq(tg_store_status(store), TG_OK);
    tg_scaler_free(&scaler);
    tg_store_free(store);
    tg_store_free(other);
    disk_empty(&drive);
}
END_TEST

START_TEST(on_a_tape_it_is_the_same_to_the_bit)
{
    const tg_dtype dtypes[] = { TG_F32, TG_F64 };
    for (int d = 0; d < 2; d++) {
        tg_array x, y;
        ck_assert_int_eq(tg_array_new(&x, dtypes[d], TG_SHAPE(4, 2, 3), NULL), TG_OK);
        ck_assert_int_eq(tg_array_new(&y, dtypes[d], TG_SHAPE(4, 2, 3), NULL), TG_OK);
        for (int i = 0; i < 24; i++) {
            const double value = sin(i) * 10 + i % 6;
            if (d) ((double *)x.data)[i] = ((double *)y.data)[i] = value;
            else ((float *)x.data)[i] = ((float *)y.data)[i] = (float)value;
        }
        tg_scaler scaler;
        tg_store *store = tg_store_new();
        tg_tape *tape = tg_tape_new(store);
        ck_fine(tg_scaler_fit(&scaler, &x, &error));
        ck_fine(tg_scaler_keep(store, "scaler", &scaler, &error));
        tg_tensor *in = tg_input(tape, "x", dtypes[d], TG_SHAPE(4, 2, 3));
        tg_tensor *scaled = tg_scaled(in, "scaler"), *back = tg_unscaled(scaled, "scaler");
        ck_assert_int_eq(tg_dtype_of(scaled), dtypes[d]);
        ck_assert(tg_shape_equal(tg_shape_from(scaled), TG_SHAPE(4, 2, 3)));
        ck_assert_int_eq(tg_feed_array(in, &y), TG_OK);
        union {
            float single[24];
            double wide[24];
        } out;
        const size_t size = 24 * tg_dtype_size(dtypes[d]);
        for (int step = 0; step < 2; step++) {
            ck_fine(step ? tg_scaler_invert(&scaler, &x, &error)
                         : tg_scaler_apply(&scaler, &x, &error));
            ck_assert_int_eq(tg_get_as(step ? back : scaled, dtypes[d], &out, 24), TG_OK);
            ck_assert_mem_eq(&out, x.data, size);
        }
        ck_assert_int_eq(tg_tape_status(tape), TG_OK);
        tg_scaler_free(&scaler);
        tg_array_free(&x);
        tg_array_free(&y);
        tg_tape_free(tape);
        tg_store_free(store);
    }
}
END_TEST

static void ck_tape_told(tg_tape *tape, const tg_tensor *result, tg_status status,
                         const char *words)
{
    ck_assert_ptr_null(result);
    ck_assert_int_eq(tg_tape_status(tape), status);
    ck_assert_msg(strstr(tg_tape_error(tape), words), "%s", tg_tape_error(tape));
    tg_tape_clear_error(tape);
}

START_TEST(tapes_tell_what_does_not_fit)
{
    tg_array x = view(table);
    tg_scaler scaler;
    tg_store *store = tg_store_new();
    tg_tape *tape = tg_tape_new(store);
    ck_fine(tg_scaler_fit(&scaler, &x, &error));
    ck_fine(tg_scaler_keep(store, "scaler", &scaler, &error));
    tg_tensor *wide = tg_input(tape, "wide", TG_F32, TG_SHAPE(2, 4));
    tg_tensor *whole = tg_input(tape, "whole", TG_I32, TG_SHAPE(2, 3));
    tg_tensor *one = tg_input(tape, "one", TG_F32, TG_SHAPE(2, 3));
    ck_tape_told(tape, tg_scaled(wide, "scaler"), TG_ERR_SHAPE, "3 elements a row");
    ck_tape_told(tape, tg_scaled(whole, "scaler"), TG_ERR_DTYPE, "tg_scaled: x is i32");
    ck_tape_told(tape, tg_unscaled(one, "other"), TG_ERR_ARGUMENT, "no scaler \"other\"");
    ck_tape_told(tape, tg_unscaled(one, NULL), TG_ERR_ARGUMENT, "tg_unscaled");
    ck_assert_ptr_nonnull(tg_scaled(one, "scaler"));
    tg_scaler_free(&scaler);
    tg_tape_free(tape);
    tg_store_free(store);
}
END_TEST

START_TEST(every_allocation_may_fail)
{
    bool done = false;
    for (size_t at = 1; !done; at++) {
        tg_array x = view(table);
        tg_scaler scaler, back;
        heap.calls = 0;
        tg_store *store = tg_store_new(.allocator = &allocator);
        heap.fail_at = heap.calls + at;
        tg_status status =
            tg_scaler_fit(&scaler, &x, &error, .by = TG_SCALE_ROBUST, .allocator = &allocator);
        if (status == TG_OK) status = tg_scaler_keep(store, "s", &scaler, &error);
        ck_assert(status == TG_OK || tg_var_count(store) == 0);
        if (status == TG_OK) status = tg_scaler_from(&back, store, "s", &error);
        else memset(&back, 0, sizeof back);
        ck_assert(status == TG_OK || !back.shift.data);
        ck_assert_int_eq(tg_store_status(store), TG_OK);
        done = status == TG_OK;
        ck_assert(done || status == TG_ERR_MEMORY);
        ck_assert(!done || at > 6);
        heap.fail_at = 0;
        tg_scaler_free(&scaler);
        tg_scaler_free(&back);
        tg_store_free(store);
        ck_assert_uint_eq(heap.live, 0);
    }
}
END_TEST

/* ---- One-hot labels --------------------------------------------------------------------- */

START_TEST(labels_become_rows)
{
    int32_t labels[] = { 2, 0, 1, 2 };
    uint8_t bytes_[] = { 0, 3 };
    tg_array y = tg_array_view(TG_I32, TG_SHAPE(2, 2), labels), out;
    static const float rows[] = { 0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 1 };
    ck_fine(tg_one_hot_array(&y, &out, &error, .allocator = &allocator));
    ck_assert(tg_shape_equal(out.shape, TG_SHAPE(2, 2, 3)) && out.dtype == TG_F32);
    ck_assert_mem_eq(out.data, rows, sizeof rows);
    tg_array_free(&out);
    y = tg_array_view(TG_U8, TG_SHAPE(2), bytes_);
    static const tg_dtype dtypes[] = { TG_F32, TG_F64, TG_I32, TG_I64, TG_U8, TG_BOOL };
    for (size_t d = 0; d < sizeof dtypes / sizeof *dtypes; d++) {
        ck_fine(tg_one_hot_array(&y, &out, &error, .classes = 5, .dtype = dtypes[d]));
        ck_assert(tg_shape_equal(out.shape, TG_SHAPE(2, 5)) && out.dtype == dtypes[d]);
        const size_t size = tg_dtype_size(dtypes[d]);
        for (size_t i = 0; i < 10; i++) {
            bool zero = true;
            for (size_t b = 0; b < size; b++)
                zero = zero && ((unsigned char *)out.data)[i * size + b] == 0;
            ck_assert(zero == !(i == 0 || i == 8));
        }
        tg_array_free(&out);
    }
    ck_told(tg_one_hot_array(&y, &out, &error, .classes = 3), TG_ERR_INDEX,
            "label 1 (from 0) is 3, which is not one of 0 .. 2");
    ck_told(tg_one_hot_array(&y, &out, &error, .classes = 0), TG_ERR_ARGUMENT, ".classes is 0");
    labels[0] = -1;
    y = tg_array_view(TG_I32, TG_SHAPE(4), labels);
    ck_told(tg_one_hot_array(&y, &out, &error), TG_ERR_INDEX, "is -1");
    y = tg_array_view(TG_I32, TG_SHAPE(0), NULL);
    ck_fine(tg_one_hot_array(&y, &out, &error, .classes = 3));
    ck_assert(tg_shape_equal(out.shape, TG_SHAPE(0, 3)));
    tg_array_free(&out);
    y = view(table);
    ck_told(tg_one_hot_array(&y, &out, &error), TG_ERR_DTYPE, "f64");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scaler");
    TCase *cases = tcase_create("scalers");
    tcase_add_checked_fixture(cases, open_heap, close_heap);
    tcase_add_test(cases, scalers_measure_columns);
    tcase_add_test(cases, columns_are_standardized_with_the_moments_of_another_set);
    tcase_add_test(cases, the_standard_one_is_that_of_tg_standardize);
    tcase_add_test(cases, a_range_goes_where_it_is_told);
    tcase_add_test(cases, quartiles_lie_between_order_statistics);
    tcase_add_test(cases, missing_values_are_an_error_or_skipped);
    tcase_add_test(cases, arrays_that_do_not_fit_are_refused);
    tcase_add_test(cases, a_scaler_is_saved_with_its_model);
    tcase_add_test(cases, on_a_tape_it_is_the_same_to_the_bit);
    tcase_add_test(cases, tapes_tell_what_does_not_fit);
    tcase_add_test(cases, every_allocation_may_fail);
    tcase_add_test(cases, labels_become_rows);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
