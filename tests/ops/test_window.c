/* test_window.c: windows and their adjoint, fold, against loops; and the convolutions and poolings
 * that are made of windows. */
#include "moving.h"

/* ---- Windows ------------------------------------------------------------------------------- */

/* Of size p, at stride q, with dilation r. */
MOVING(window, tg_window(x, m->axis, m->p, m->q, m->r))
static bool from_window(const moving *m, const int64_t *to, int64_t *from)
{
    memcpy(from, to, sizeof *from * (size_t)m->from.rank);
    from[m->axis] = to[m->axis] * m->q + to[m->from.rank] * m->r;
    return true;
}

#define WINDOW "window", record_window, from_window

static const moving windows[] = {
    { WINDOW, R(5), R(3, 3), .p = 3, .q = 1, .r = 1 },
    { WINDOW, R(2, 7), R(2, 3, 2), .axis = 1, .p = 2, .q = 2, .r = 2 },
    { WINDOW, R(7, 3), R(2, 3, 3), .p = 3, .q = 2, .r = 2 },
    { WINDOW, R(2, 6, 3), R(2, 2, 3, 2), .axis = 1, .p = 2, .q = 3, .r = 1 },
    { WINDOW, R(4, 3), R(1, 3, 4), .p = 4, .q = 5, .r = 1 },
    { WINDOW, R(0, 3), R(0, 2, 2), .axis = 1, .p = 2, .q = 1, .r = 1 },
    { WINDOW, R(2, 1, 3, 2, 2, 5), R(2, 1, 3, 2, 2, 3, 2), .axis = 5, .p = 2, .q = 1, .r = 2 },
    { WINDOW, R(1, 3, 1, 2, 1, 1, 2), R(1, 2, 1, 2, 1, 1, 2, 2), .axis = 1, .p = 2, .q = 1,
      .r = 1 },
};

START_TEST(windows_are_cut_as_loops_cut_them)
{
    for (tg_dtype dtype = TG_F32; dtype <= TG_BOOL; dtype++)
        for (int form = 0; form < FORMS; form++) ck_moving(&windows[_i], _i, dtype, form);
}
END_TEST

/* ---- Fold ------------------------------------------------------------------------------- */

/* The adjoint of that window: every element goes where the window took one from. */
static void ck_fold(const moving *window, tg_dtype dtype, int form)
{
    start_over();
    rng random = rng_of((uint64_t)dtype, 1);
    const array x = drawn_array(&random, dtype, window->to), y = array_of(window->from);
    const array cotangent = drawn_array(&random, dtype, window->from);
    const array received = array_of(window->to);
    for (int64_t k = 0; k < x.count; k++) {
        int64_t at[TG_MAX_RANK], to[TG_MAX_RANK];
        index_of(window->to, k, at);
        (void)window->source(window, at, to);
        const int64_t place = place_of(window->from, to);
        y.at[place] = as_dtype(dtype, y.at[place] + x.at[k]);
        received.at[k] = cotangent.at[place];
    }
    tg_tensor *operand = operand_of(dtype, x, form);
    tg_tensor *got =
        tg_fold(operand, window->axis, window->from.dim[window->axis], window->q, window->r);
    ck_elements("fold", got, y, tolerance_of(dtype));
    if (is_float(dtype)) ck_received("fold", got, cotangent, operand, received, 0);
}

START_TEST(windows_are_folded_back_to_where_they_were_cut)
{
    for (int i = 0; i < COUNT_OF(windows); i++)
        for (tg_dtype dtype = TG_F32; dtype < TG_BOOL; dtype++)
            ck_fold(&windows[i], dtype, i % FORMS);
}
END_TEST

/* ---- Convolutions and poolings ---------------------------------------------------------- */

static tg_tensor *image(const double *pixels, int64_t side)
{
    return tg_constant(tape, TG_F64, TG_SHAPE(side, side), pixels);
}

/* [rows, columns] to [rows, columns, size, size]. */
static tg_tensor *patches(tg_tensor *x, int64_t size, int64_t stride)
{
    return tg_window(tg_window(x, 0, size, stride, 1), 1, size, stride, 1);
}

static tg_tensor *convolution(tg_tensor *x, tg_tensor *kernel, int64_t padding)
{
    for (int axis = 0; axis < 2; axis++) x = tg_pad(x, axis, padding, padding, 0, 0);
    return tg_einsum("rcij,ij->rc", TG_LIST(patches(x, tg_dim(kernel, 0), 1), kernel));
}

/* The worked examples of two lectures on convolutional networks. */
START_TEST(windows_make_the_convolutions_of_the_textbooks)
{
    const double first[] = { 3, 3, 2, 1, 0, 0, 0, 1, 3, 1, 3, 1, 2,
                             2, 3, 2, 0, 0, 2, 2, 2, 0, 0, 0, 1 };
    tg_tensor *kernel = image((const double[]){ 0, 1, 2, 2, 2, 0, 0, 1, 2 }, 3);
    tg_tensor *x = image(first, 5);
    ck_values(convolution(x, kernel, 0), 9, (const double[]){ 12, 12, 17, 10, 17, 19, 9, 6, 14 });
    tg_tensor *same = convolution(x, kernel, 1); /* padded, its middle is the same */
    ck_values(tg_slice(tg_slice(same, 0, 1, 4, 1), 1, 1, 4, 1), 9,
              (const double[]){ 12, 12, 17, 10, 17, 19, 9, 6, 14 });
    ck_values(tg_slice(same, 0, 0, 1, 1), 5, (const double[]){ 6, 14, 17, 11, 3 });

    const double second[] = { 1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0, 1,
                              1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0 };
    tg_tensor *cross = image((const double[]){ 1, 0, 1, 0, 1, 0, 1, 0, 1 }, 3);
    ck_values(convolution(image(second, 5), cross, 0), 9,
              (const double[]){ 4, 3, 4, 2, 4, 3, 2, 3, 4 });
    /* Each kernel element receives the sum of the pixels that it saw. */
    ck_values(tg_grad(tg_sum(convolution(x, kernel, 0)), kernel), 9,
              (const double[]){ 15, 15, 15, 9, 11, 16, 10, 7, 12 });
}
END_TEST

START_TEST(windows_make_the_poolings_of_the_textbooks)
{
    const double grid[] = { 0, 3, 5, 6, 2, 4, 5, 7, 4, 7, 3, 6, 3, 4, 9, 1, 2,
                            1, 9, 6, 0, 9, 2, 1, 1, 7, 3, 5, 8, 0, 4, 7, 6, 8,
                            0, 8, 3, 4, 5, 5, 3, 4, 7, 9, 4, 6, 5, 2, 6 };
    tg_tensor *x = image(grid, 7), *cut = patches(x, 3, 1);
    ck_values(tg_max(cut, .axes = TG_AXES(2, 3)), 25,
              (const double[]){ 9, 7, 9, 9, 9, 9, 7, 9, 9, 9, 9, 7, 9,
                                9, 9, 9, 7, 7, 8, 8, 9, 9, 7, 8, 8 });
    tg_tensor *means = tg_mean(cut, .axes = TG_AXES(2, 3));
    double got[25];
    ck_assert_int_eq(tg_get(means, got, 25), TG_OK);
    ck_close(got[0], 38.0 / 9, 1e-15);
    ck_close(got[18], 45.0 / 9, 1e-15);
    /* At a stride of 2, nine windows remain; the pixel in all corners of four of them gets 4/9. */
    tg_tensor *strided = patches(x, 3, 2);
    ck_values(tg_max(strided, .axes = TG_AXES(2, 3)), 9,
              (const double[]){ 9, 9, 9, 9, 9, 9, 9, 7, 8 });
    tg_tensor *slope = tg_grad(tg_sum(tg_mean(strided, .axes = TG_AXES(2, 3))), x);
    double slopes[49];
    ck_assert_int_eq(tg_get(slope, slopes, 49), TG_OK);
    ck_close(slopes[0], 1.0 / 9, 1e-15);
    ck_close(slopes[2], 2.0 / 9, 1e-15);
    ck_close(slopes[2 * 7 + 4], 4.0 / 9, 1e-15);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("window");
    TCase *cases = tcase_create("window");
    tcase_add_checked_fixture(cases, open_tape, close_tape);
    tcase_add_loop_test(cases, windows_are_cut_as_loops_cut_them, 0, COUNT_OF(windows));
    tcase_add_test(cases, windows_are_folded_back_to_where_they_were_cut);
    tcase_add_test(cases, windows_make_the_convolutions_of_the_textbooks);
    tcase_add_test(cases, windows_make_the_poolings_of_the_textbooks);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
