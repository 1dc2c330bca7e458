/* test_conv.c: convolutions and transposed convolutions: known numbers, loops in C, derivatives to
 * second order, and what follows from the definition. */
#include "conv_rows.h"
#include "spatial.h"

/* ---- Rows ------------------------------------------------------------------------------- */

typedef struct operands {
    tg_tensor *x, *weight, *bias;
} operands;

static operands operands_of(const conv_row *row, tg_dtype dtype, int64_t out)
{
    return (operands){ sines("x", dtype, shape_of(row->rank, row->x), 0.9, 1),
                       sines("weight", dtype, shape_of(row->rank, row->weight), 1.7, 2),
                       sines("bias", dtype, TG_SHAPE(out), 1.1, 3) };
}

static tg_tensor *record_conv(const conv_row *row, const operands *of)
{
    const int rank = row->rank;
    const tg_shape stride = per_axis(rank, row->stride), dilation = per_axis(rank, row->dilation);
    if (row->same)
        return tg_convolve(of->x, of->weight, of->bias, .stride_shape = stride,
                           .dilation_shape = dilation, .groups = row->groups, .same = true);
    return tg_convolve(of->x, of->weight, of->bias, .stride_shape = stride,
                       .padding_shape = per_axis(rank, row->padding), .dilation_shape = dilation,
                       .groups = row->groups);
}

static tg_tensor *record_transpose(const conv_row *row, const operands *of)
{
    const int rank = row->rank;
    return tg_convolve_transpose(
        of->x, of->weight, of->bias, .stride_shape = per_axis(rank, row->stride),
        .padding_shape = per_axis(rank, row->padding),
        .dilation_shape = per_axis(rank, row->dilation),
        .output_padding_shape = per_axis(rank, row->output_padding), .groups = row->groups);
}

/* Both tables, one behind the other. */
enum { CONVS = COUNT_OF(conv_rows), ROWS = CONVS + COUNT_OF(transpose_rows) };

static const conv_row *row_at(int i)
{
    return i < CONVS ? &conv_rows[i] : &transpose_rows[i - CONVS];
}

static tg_tensor *record_row(int i, tg_dtype dtype, operands *of)
{
    const conv_row *row = row_at(i);
    *of = operands_of(row, dtype, row->y[1]);
    return i < CONVS ? record_conv(row, of) : record_transpose(row, of);
}

START_TEST(values_and_derivatives_are_pytorchs)
{
    operands of;
    tg_tensor *y = record_row(_i, TG_F64, &of), *all[7];
    ck_shape(y, shape_of(row_at(_i)->rank, row_at(_i)->y));
    const int count = derivatives(y, 3, (tg_tensor *[]){ of.x, of.weight, of.bias }, all);
    ck_probes(count, all, row_at(_i)->want);
}
END_TEST

START_TEST(single_precision_is_right_to_its_last_digits)
{
    operands of, narrow_of;
    tg_tensor *wide[7], *narrow[7];
    tg_tensor *y = record_row(_i, TG_F64, &of), *narrow_y = record_row(_i, TG_F32, &narrow_of);
    derivatives(y, 3, (tg_tensor *[]){ of.x, of.weight, of.bias }, wide);
    derivatives(narrow_y, 3, (tg_tensor *[]){ narrow_of.x, narrow_of.weight, narrow_of.bias },
                narrow);
    for (int i = 0; i < 7; i++) ck_narrow(narrow[i], wide[i], i < 4 ? 1e-6 : 4e-6);
}
END_TEST

START_TEST(derivatives_agree_with_differences)
{
    operands of;
    tg_tensor *y = record_row(_i, TG_F64, &of);
    ck_assert_msg(tg_check_gradient(y, TG_LIST(of.x, of.weight, of.bias), .entries = 12) == TG_OK,
                  "%s: %s", row_at(_i)->name, tg_tape_error(tape));
    tg_tensor *gradients[7];
    derivatives(y, 3, (tg_tensor *[]){ of.x, of.weight, of.bias }, gradients);
    tg_tensor *penalty = tg_sum(tg_square(gradients[1]));
    ck_assert_msg(tg_check_gradient(penalty, TG_LIST(of.x, of.weight), .entries = 4) == TG_OK,
                  "penalty of %s: %s", row_at(_i)->name, tg_tape_error(tape));
}
END_TEST

/* ---- Loops ------------------------------------------------------------------------------ */

/* Everything with three spatial axes, those in front of size 1. */
typedef struct loops {
    int64_t n, groups, in, out; /* channels of one group */
    int64_t x[3], y[3], kernel[3], stride[3], padding[3], dilation[3];
} loops;

static loops loops_of(const conv_row *row)
{
    loops l = { .n = row->x[0],
                .groups = row->groups,
                .in = row->weight[1],
                .out = row->weight[0] / row->groups };
    for (int i = 0; i < 3; i++) {
        const int axis = i - (5 - row->rank);
        l.x[i] = l.y[i] = l.kernel[i] = l.stride[i] = l.dilation[i] = 1;
        if (axis < 0) continue;
        l.x[i] = row->x[2 + axis];
        l.y[i] = row->y[2 + axis];
        l.kernel[i] = row->weight[2 + axis];
        l.stride[i] = row->stride[axis];
        l.dilation[i] = row->dilation[axis];
        l.padding[i] = row->same ? l.dilation[i] * (l.kernel[i] - 1) / 2 : row->padding[axis];
    }
    return l;
}

/* The place in x [x0, x1, x2] of element k of the window at [y]; -1: in the padding. */
static int64_t place_of(const loops *l, const int64_t y[3], const int64_t k[3])
{
    int64_t place = 0;
    for (int i = 0; i < 3; i++) {
        const int64_t at = y[i] * l->stride[i] + k[i] * l->dilation[i] - l->padding[i];
        if (at < 0 || at >= l->x[i]) return -1;
        place = place * l->x[i] + at;
    }
    return place;
}

static int64_t volume(const int64_t size[3]) { return size[0] * size[1] * size[2]; }

static void unravel(int64_t place, const int64_t size[3], int64_t out[3])
{
    for (int i = 2; i >= 0; i--, place /= size[i + 1]) out[i] = place % size[i];
}

/* One element of one output channel: the sum over channels and kernel. */
static double element_of(const loops *l, const double *x, const double *weight, int64_t y_at)
{
    int64_t y[3], k[3];
    double sum = 0;
    unravel(y_at, l->y, y);
    for (int64_t c = 0; c < l->in; c++)
        for (int64_t k_at = 0; k_at < volume(l->kernel); k_at++) {
            unravel(k_at, l->kernel, k);
            const int64_t place = place_of(l, y, k);
            if (place >= 0)
                sum += x[c * volume(l->x) + place] * weight[c * volume(l->kernel) + k_at];
        }
    return sum;
}

START_TEST(elements_are_those_of_loops)
{
    static double x[MOST_VALUES], weight[MOST_VALUES], bias[16], want[MOST_VALUES];
    const loops l = loops_of(&conv_rows[_i]);
    operands of;
    tg_tensor *y = record_row(_i, TG_F64, &of);
    get_doubles(of.x, (size_t)tg_count(of.x), x);
    get_doubles(of.weight, (size_t)tg_count(of.weight), weight);
    get_doubles(of.bias, (size_t)tg_count(of.bias), bias);
    double *to = want;
    for (int64_t n = 0; n < l.n; n++)
        for (int64_t o = 0; o < l.groups * l.out; o++)
            for (int64_t at = 0; at < volume(l.y); at++) {
                const int64_t first = n * l.groups * l.in + o / l.out * l.in;
                *to++ = bias[o] + element_of(&l, x + first * volume(l.x),
                                             weight + o * l.in * volume(l.kernel), at);
            }
    ck_both_ways(y, (size_t)(to - want), want, 1e-14);
}
END_TEST

/* ---- Transposed convolutions ------------------------------------------------------------ */

/* <g, conv(x)> has the gradient in x that the transposed convolution makes of g: where a number is
 * given for output padding, the convolution drops what its stride does not reach. */
START_TEST(the_transposed_convolution_is_the_gradient_in_x)
{
    const conv_row *row = &transpose_rows[_i];
    operands of;
    tg_tensor *y = record_row(CONVS + _i, TG_F64, &of);
    tg_tensor *z = sines("z", TG_F64, tg_shape_from(y), 0.3, 0);
    const int rank = row->rank;
    tg_tensor *forward =
        tg_convolve(z, of.weight, NULL, .stride_shape = per_axis(rank, row->stride),
                    .padding_shape = per_axis(rank, row->padding),
                    .dilation_shape = per_axis(rank, row->dilation), .groups = row->groups);
    ck_shape(forward, tg_shape_from(of.x));
    tg_tensor *back = tg_grad(tg_sum(tg_mul(of.x, forward)), z);
    tg_tensor *bare = tg_convolve_transpose(
        of.x, of.weight, NULL, .stride_shape = per_axis(rank, row->stride),
        .padding_shape = per_axis(rank, row->padding),
        .dilation_shape = per_axis(rank, row->dilation),
        .output_padding_shape = per_axis(rank, row->output_padding), .groups = row->groups);
    static double want[MOST_VALUES];
    compute(back, true, (size_t)tg_count(back), want);
    ck_both_ways(bare, (size_t)tg_count(back), want, 1e-14);
}
END_TEST

/* ---- Numbers from lectures -------------------------------------------------------------- */

static tg_tensor *plane(int64_t height, int64_t width, const double *data)
{
    return tg_constant(tape, TG_F64, TG_SHAPE(1, 1, height, width), data);
}

START_TEST(three_by_three_kernels_give_the_numbers_on_the_slides)
{
    const double a[] = {
        3, 3, 2, 1, 0, 0, 0, 1, 3, 1, 3, 1, 2, 2, 3, 2, 0, 0, 2, 2, 2, 0, 0, 0, 1
    };
    const double b[] = {
        1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0
    };
    tg_tensor *of_a = plane(3, 3, (double[]){ 0, 1, 2, 2, 2, 0, 0, 1, 2 });
    tg_tensor *of_b = plane(3, 3, (double[]){ 1, 0, 1, 0, 1, 0, 1, 0, 1 });
    ck_values(tg_convolve(plane(5, 5, a), of_a, NULL), 9,
              (double[]){ 12, 12, 17, 10, 17, 19, 9, 6, 14 });
    ck_values(tg_convolve(plane(5, 5, b), of_b, NULL), 9, (double[]){ 4, 3, 4, 2, 4, 3, 2, 3, 4 });
}
END_TEST

START_TEST(sizes_follow_the_rule)
{
    tg_tensor *small = tg_input(tape, "small", TG_F64, TG_SHAPE(1, 1, 7, 7));
    tg_tensor *kernel = tg_input(tape, "kernel", TG_F64, TG_SHAPE(1, 1, 3, 3));
    ck_shape(tg_convolve(small, kernel, NULL), TG_SHAPE(1, 1, 5, 5));
    ck_shape(tg_convolve(small, kernel, NULL, .stride = 2), TG_SHAPE(1, 1, 3, 3));
    ck_shape(tg_convolve(small, kernel, NULL, .same = true), TG_SHAPE(1, 1, 7, 7));
    ck_shape(tg_convolve(small, kernel, NULL, .full = true), TG_SHAPE(1, 1, 9, 9));
    ck_shape(tg_convolve(small, kernel, NULL, .full = true, .dilation = 2), TG_SHAPE(1, 1, 11, 11));
    tg_tensor *photo = tg_input(tape, "photo", TG_F64, TG_SHAPE(1, 3, 227, 227));
    const tg_conv first = tg_conv2d_new(store, "alexnet", 3, 96, 11, .stride = 4);
    ck_shape(tg_conv_apply(&first, photo), TG_SHAPE(1, 96, 55, 55));
    tg_tensor *line = tg_input(tape, "line", TG_F64, TG_SHAPE(1, 1, 12));
    tg_tensor *short_kernel = tg_input(tape, "short", TG_F64, TG_SHAPE(1, 1, 5));
    ck_shape(tg_convolve(line, short_kernel, NULL), TG_SHAPE(1, 1, 8));
}
END_TEST

START_TEST(a_full_convolution_multiplies_polynomials)
{
    tg_tensor *a = tg_constant(tape, TG_F64, TG_SHAPE(1, 1, 3), (double[]){ 1, 2, 3 });
    tg_tensor *b = tg_constant(tape, TG_F64, TG_SHAPE(1, 1, 3), (double[]){ 4, 5, 6 });
    tg_tensor *turned = tg_flip(b, TG_AXES(2));
    ck_values(tg_convolve(a, turned, NULL, .full = true), 5, (double[]){ 4, 13, 28, 27, 18 });
}
END_TEST

START_TEST(the_kernel_with_one_in_its_middle_changes_nothing)
{
    double middle[9] = { [4] = 1 }, want[30];
    tg_tensor *x = sines("x", TG_F64, TG_SHAPE(1, 1, 5, 6), 0.9, 1);
    get_doubles(x, 30, want);
    ck_values(tg_convolve(x, plane(3, 3, middle), NULL, .same = true), 30, want);
}
END_TEST

/* What is moved before is moved after, where the border does not show. */
START_TEST(a_convolution_is_equivariant_under_translation)
{
    static double want[MOST_VALUES];
    tg_tensor *inner = sines("x", TG_F64, TG_SHAPE(2, 3, 4, 5), 0.9, 1);
    tg_tensor *weight = sines("weight", TG_F64, TG_SHAPE(2, 3, 3, 3), 1.7, 2);
    tg_tensor *x = tg_pad(tg_pad(inner, 2, 3, 4, 0, 0), 3, 3, 4, 0, 0);
    tg_tensor *y = tg_convolve(x, weight, NULL, .padding = 1);
    tg_tensor *moved_after = tg_roll(tg_roll(y, 2, 2), 3, -1);
    tg_tensor *moved_before =
        tg_convolve(tg_roll(tg_roll(x, 2, 2), 3, -1), weight, NULL, .padding = 1);
    compute(moved_after, true, (size_t)tg_count(y), want);
    ck_both_ways(moved_before, (size_t)tg_count(y), want, 1e-15);
}
END_TEST

/* ---- Layers ----------------------------------------------------------------------------- */

START_TEST(layers_have_pytorchs_names_shapes_and_counts)
{
    const tg_conv one = tg_conv2d_new(store, "one", 1, 1, 3);
    ck_assert_int_eq(tg_param_count(store, "one"), 9 + 1);
    const tg_conv bare = tg_conv3d_new(store, "bare", 1, 1, 3, .no_bias = true);
    ck_assert_int_eq(tg_param_count(store, "bare"), 27);
    ck_assert_ptr_null(bare.bias);
    const tg_conv lenet = tg_conv2d_new(store, "conv1", 1, 6, 5, .padding = 2);
    ck_assert_int_eq(tg_param_count(store, "conv1"), 156);
    ck_assert_str_eq(tg_var_name(lenet.weight), "conv1.weight");
    ck_assert_str_eq(tg_var_name(lenet.bias), "conv1.bias");
    const tg_conv wide =
        tg_conv1d_new(store, "wide", 6, 4, .kernel_shape = TG_SHAPE(7), .groups = 2);
    ck_assert(tg_shape_equal(tg_var_shape(wide.weight), TG_SHAPE(4, 3, 7)));
    const tg_conv_transpose up =
        tg_conv_transpose2d_new(store, "up", 6, 4, .kernel_shape = TG_SHAPE(2, 3), .groups = 2);
    ck_assert(tg_shape_equal(tg_var_shape(up.weight), TG_SHAPE(6, 2, 2, 3)));
    ck_assert(tg_shape_equal(tg_var_shape(up.bias), TG_SHAPE(4)));
    ck_assert_ptr_nonnull(one.weight);
    ck_assert_int_eq(tg_store_status(store), TG_OK);
}
END_TEST

START_TEST(layers_begin_uniform_in_one_over_the_root_of_their_fan)
{
    double weight[96], bias[8], most = 0, sum = 0;
    const tg_conv layer = tg_conv2d_new(store, "conv", 6, 8, 2, .groups = 2);
    const double bound = 1 / sqrt(12);
    ck_assert_int_eq(tg_var_get(layer.weight, weight, 96), TG_OK);
    ck_assert_int_eq(tg_var_get(layer.bias, bias, 8), TG_OK);
    for (int i = 0; i < 96; i++) most = fmax(most, fabs(weight[i])), sum += weight[i];
    for (int i = 0; i < 8; i++) ck_assert(fabs(bias[i]) <= bound);
    ck_assert(most <= bound && most > 0.9 * bound && fabs(sum / 96) < 0.2 * bound);
    const tg_conv_transpose up =
        tg_conv_transpose1d_new(store, "up", 2, 12, 8, .no_bias = true, .init = tg_init_zeros());
    ck_assert_int_eq(tg_param_count(store, "up"), 192);
    ck_assert_ptr_nonnull(up.weight);
}
END_TEST

/* Layers and functions agree, and the options are kept. */
START_TEST(a_layer_is_the_function_with_its_variables)
{
    static double want[MOST_VALUES];
    tg_tensor *x = sines("x", TG_F64, TG_SHAPE(2, 4, 7, 6), 0.9, 1);
    const tg_conv conv = tg_conv2d_new(store, "conv", 4, 6, 3, .stride_shape = TG_SHAPE(2, 1),
                                       .padding = 2, .dilation = 2, .groups = 2);
    tg_tensor *y =
        tg_convolve(x, tg_read(tape, conv.weight), tg_read(tape, conv.bias),
                    .stride_shape = TG_SHAPE(2, 1), .padding = 2, .dilation = 2, .groups = 2);
    compute(y, true, (size_t)tg_count(y), want);
    ck_both_ways(tg_conv_apply(&conv, x), (size_t)tg_count(y), want, 1e-14);

    const tg_conv_transpose up =
        tg_conv_transpose2d_new(store, "up", 4, 6, 3, .stride = 3, .padding_shape = TG_SHAPE(1, 0),
                                .output_padding = 2, .groups = 2);
    y = tg_convolve_transpose(x, tg_read(tape, up.weight), tg_read(tape, up.bias), .stride = 3,
                              .padding_shape = TG_SHAPE(1, 0), .output_padding = 2, .groups = 2);
    compute(y, true, (size_t)tg_count(y), want);
    ck_both_ways(tg_conv_transpose_apply(&up, x), (size_t)tg_count(y), want, 1e-14);
}
END_TEST

START_TEST(layers_of_one_and_three_dimensions_apply)
{
    const tg_conv line = tg_conv1d_new(store, "line", 2, 3, 3, .same = true);
    const tg_conv_transpose solid_up =
        tg_conv_transpose3d_new(store, "solid_up", 3, 2, 2, .stride = 2, .no_bias = true);
    const tg_conv solid = tg_conv3d_new(store, "solid", 2, 3, 3, .full = true);
    tg_tensor *x = sines("x", TG_F64, TG_SHAPE(2, 2, 5), 0.9, 1);
    ck_shape(tg_conv_apply(&line, x), TG_SHAPE(2, 3, 5));
    tg_tensor *y = tg_conv_apply(&solid, sines("z", TG_F64, TG_SHAPE(1, 2, 2, 3, 2), 0.9, 1));
    ck_shape(y, TG_SHAPE(1, 3, 4, 5, 4));
    ck_shape(tg_conv_transpose_apply(&solid_up, y), TG_SHAPE(1, 2, 8, 10, 8));
}
END_TEST

/* ---- Edges ------------------------------------------------------------------------------ */

START_TEST(a_batch_of_nothing_gives_nothing_and_no_gradient)
{
    static const double zeros[54];
    tg_tensor *x = tg_input(tape, "x", TG_F64, TG_SHAPE(0, 3, 5, 5));
    tg_tensor *weight = sines("weight", TG_F64, TG_SHAPE(2, 3, 3, 3), 1.7, 2);
    tg_tensor *bias = sines("bias", TG_F64, TG_SHAPE(2), 1.1, 3), *to[2];
    tg_tensor *y = tg_convolve(x, weight, bias);
    ck_shape(y, TG_SHAPE(0, 2, 3, 3));
    ck_assert_int_eq(tg_vjp(tg_sum(y), NULL, TG_LIST(weight, bias), to), TG_OK);
    ck_both_ways(to[0], 54, zeros, 0);
    ck_both_ways(to[1], 2, zeros, 0);
    tg_tensor *up = tg_convolve_transpose(tg_input(tape, "z", TG_F64, TG_SHAPE(0, 2, 3, 3)), weight,
                                          NULL, .stride = 2);
    ck_shape(up, TG_SHAPE(0, 3, 7, 7));
    ck_both_ways(tg_grad(tg_sum(up), weight), 54, zeros, 0);
}
END_TEST

START_TEST(without_input_channels_the_bias_is_left)
{
    tg_tensor *x = tg_input(tape, "x", TG_F64, TG_SHAPE(1, 0, 4));
    tg_tensor *weight = tg_input(tape, "weight", TG_F64, TG_SHAPE(2, 0, 3));
    tg_tensor *bias = tg_constant(tape, TG_F64, TG_SHAPE(2), (double[]){ 3, 4 });
    ck_both_ways(tg_convolve(x, weight, bias), 4, (double[]){ 3, 3, 4, 4 }, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("conv");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, open_tape, close_tape);
    tcase_add_loop_test(all, values_and_derivatives_are_pytorchs, 0, ROWS);
    tcase_add_loop_test(all, single_precision_is_right_to_its_last_digits, 0, ROWS);
    tcase_add_loop_test(all, derivatives_agree_with_differences, 0, ROWS);
    tcase_add_loop_test(all, elements_are_those_of_loops, 0, CONVS);
    tcase_add_loop_test(all, the_transposed_convolution_is_the_gradient_in_x, 0, ROWS - CONVS);
    tcase_add_test(all, three_by_three_kernels_give_the_numbers_on_the_slides);
    tcase_add_test(all, sizes_follow_the_rule);
    tcase_add_test(all, a_full_convolution_multiplies_polynomials);
    tcase_add_test(all, the_kernel_with_one_in_its_middle_changes_nothing);
    tcase_add_test(all, a_convolution_is_equivariant_under_translation);
    tcase_add_test(all, layers_have_pytorchs_names_shapes_and_counts);
    tcase_add_test(all, layers_begin_uniform_in_one_over_the_root_of_their_fan);
    tcase_add_test(all, a_layer_is_the_function_with_its_variables);
    tcase_add_test(all, layers_of_one_and_three_dimensions_apply);
    tcase_add_test(all, a_batch_of_nothing_gives_nothing_and_no_gradient);
    tcase_add_test(all, without_input_channels_the_bias_is_left);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
