/* test_phases.c: gradients by the input of convolutions at strides, and transposed convolutions.
 * The planner makes a product of windows of them for each phase of the stride, where that pays, and
 * nothing is folded then; the results are the naive executor's. */
#include "exec/plan.h"
#include "ops/interleave.h" /* before recorded.h, which takes the names store and tape */

#include "tests/support/random.h"
#include "tests/support/recorded.h"

enum { MOST = 1 << 15 };

/* A convolution over one to three axes, of x [batch, in, length...]. Of the convolution the
 * gradient by x, or the transposed convolution, has so many folds and interleaved products in its
 * plan. */
typedef struct convolution {
    int axes;
    int64_t batch, in, out, groups;
    int64_t length[3], kernel[3], stride[3], padding[3], dilation[3];
    int folds, interleaved;
    int64_t more[3]; /* transposed: output_padding */
} convolution;

/* clang-format off */
static const convolution convolutions[] = {
    { 2, 2, 4, 3, 1, { 16, 16 }, { 3, 3 }, { 2, 2 }, { 1, 1 }, { 1, 1 }, 0, 1, { 0 } },
    { 2, 2, 4, 3, 1, { 15, 13 }, { 3, 3 }, { 2, 2 }, { 1, 1 }, { 1, 1 }, 0, 1, { 0 } },
    { 2, 2, 4, 3, 1, { 17, 18 }, { 3, 3 }, { 2, 2 }, { 0, 0 }, { 1, 1 }, 0, 1, { 0 } },
    { 2, 2, 4, 3, 1, { 17, 16 }, { 3, 3 }, { 2, 2 }, { 2, 0 }, { 1, 1 }, 0, 1, { 0 } },
    { 2, 1, 4, 3, 1, { 16, 17 }, { 5, 5 }, { 2, 2 }, { 2, 2 }, { 1, 1 }, 0, 1, { 0 } },
    { 2, 1, 3, 4, 1, { 18, 16 }, { 7, 7 }, { 2, 2 }, { 3, 3 }, { 1, 1 }, 0, 1, { 0 } },
    { 2, 2, 4, 3, 1, { 16, 16 }, { 4, 4 }, { 2, 2 }, { 1, 1 }, { 1, 1 }, 0, 1, { 0 } },
    { 2, 1, 3, 4, 1, { 31, 31 }, { 11, 11 }, { 4, 4 }, { 2, 2 }, { 1, 1 }, 0, 1, { 0 } },
    { 2, 1, 4, 3, 1, { 20, 21 }, { 4, 4 }, { 3, 3 }, { 1, 2 }, { 1, 1 }, 0, 1, { 0 } },
    { 2, 2, 4, 3, 1, { 9, 9 }, { 3, 3 }, { 2, 1 }, { 1, 1 }, { 1, 1 }, 0, 1, { 0 } },
    { 2, 2, 4, 3, 1, { 9, 16 }, { 3, 3 }, { 1, 2 }, { 0, 1 }, { 1, 1 }, 0, 1, { 0 } },
    { 2, 2, 4, 3, 1, { 20, 16 }, { 5, 3 }, { 3, 2 }, { 1, 1 }, { 1, 1 }, 0, 1, { 0 } },
    { 2, 2, 4, 3, 1, { 16, 16 }, { 3, 1 }, { 2, 2 }, { 1, 0 }, { 1, 1 }, 0, 1, { 0 } }, /* gaps */
    { 2, 2, 4, 3, 1, { 16, 26 }, { 3, 2 }, { 2, 3 }, { 1, 0 }, { 1, 1 }, 0, 1, { 0 } },
    { 2, 2, 4, 3, 1, { 16, 16 }, { 3, 3 }, { 2, 2 }, { 2, 1 }, { 2, 2 }, 0, 1, { 0 } },
    { 2, 2, 4, 3, 1, { 18, 20 }, { 3, 3 }, { 2, 2 }, { 3, 2 }, { 3, 1 }, 0, 1, { 0 } },
    { 2, 2, 6, 4, 2, { 16, 16 }, { 3, 3 }, { 2, 2 }, { 1, 1 }, { 1, 1 }, 0, 1, { 0 } },
    { 2, 2, 4, 4, 4, { 16, 16 }, { 3, 3 }, { 2, 2 }, { 1, 1 }, { 1, 1 }, 0, 1, { 0 } },
    { 1, 3, 4, 3, 1, { 40 }, { 5 }, { 2 }, { 2 }, { 1 }, 0, 1, { 0 } },
    { 1, 3, 4, 3, 1, { 41 }, { 4 }, { 3 }, { 0 }, { 2 }, 0, 1, { 0 } },
    { 1, 1, 4, 1, 1, { 128 }, { 20 }, { 16 }, { 0 }, { 1 }, 0, 1, { 0 } },
    { 3, 1, 3, 4, 1, { 7, 6, 12 }, { 3, 3, 3 }, { 2, 2, 2 }, { 1, 1, 1 }, { 1, 1, 1 }, 0, 1, { 0 } },
    { 3, 1, 4, 4, 2, { 7, 6, 12 }, { 3, 3, 3 }, { 2, 1, 2 }, { 1, 1, 1 }, { 1, 1, 1 }, 0, 2, { 0 } },
    /* nothing overlaps, or a kernel of one element */
    { 2, 2, 4, 3, 1, { 16, 16 }, { 2, 2 }, { 2, 2 }, { 0, 0 }, { 1, 1 }, 1, 0, { 0 } },
    { 2, 2, 4, 3, 1, { 15, 15 }, { 3, 3 }, { 3, 3 }, { 0, 0 }, { 1, 1 }, 1, 0, { 0 } },
    { 2, 2, 4, 3, 1, { 16, 16 }, { 1, 1 }, { 2, 2 }, { 0, 0 }, { 1, 1 }, 0, 0, { 0 } },
    /* short rows, few channels, many phases */
    { 2, 2, 4, 3, 1, { 8, 8 }, { 3, 3 }, { 2, 2 }, { 1, 1 }, { 1, 1 }, 1, 0, { 0 } },
    { 2, 1, 1, 16, 1, { 16, 16 }, { 3, 3 }, { 2, 2 }, { 1, 1 }, { 1, 1 }, 1, 0, { 0 } },
    { 1, 1, 4, 3, 1, { 170 }, { 20 }, { 17 }, { 0 }, { 1 }, 1, 0, { 0 } },
};

static const convolution transposed[] = {
    { 2, 2, 3, 4, 1, { 8, 8 }, { 4, 4 }, { 2, 2 }, { 1, 1 }, { 1, 1 }, 0, 1, { 0 } },
    { 2, 2, 3, 4, 1, { 8, 8 }, { 3, 3 }, { 2, 2 }, { 1, 1 }, { 1, 1 }, 0, 1, { 1, 1 } },
    { 2, 2, 3, 4, 1, { 9, 9 }, { 5, 5 }, { 2, 2 }, { 2, 4 }, { 1, 1 }, 0, 1, { 1, 0 } },
    { 2, 2, 3, 4, 1, { 8, 9 }, { 3, 3 }, { 2, 3 }, { 4, 3 }, { 1, 2 }, 0, 1, { 1, 2 } },
    { 2, 2, 3, 4, 1, { 8, 9 }, { 3, 3 }, { 2, 2 }, { 1, 0 }, { 3, 5 }, 0, 1, { 2, 4 } },
    { 2, 2, 4, 6, 2, { 8, 8 }, { 4, 4 }, { 2, 2 }, { 1, 1 }, { 1, 1 }, 0, 1, { 0 } },
    { 2, 2, 3, 4, 1, { 8, 8 }, { 3, 3 }, { 1, 1 }, { 1, 1 }, { 1, 1 }, 0, 0, { 0 } },
    { 2, 2, 3, 4, 1, { 8, 8 }, { 2, 2 }, { 2, 2 }, { 0, 0 }, { 1, 1 }, 1, 0, { 0 } },
    { 2, 2, 3, 4, 1, { 8, 8 }, { 1, 1 }, { 2, 3 }, { 1, 2 }, { 1, 1 }, 0, 0, { 1, 2 } },
    { 2, 2, 3, 4, 1, { 8, 8 }, { 1, 1 }, { 1, 1 }, { 5, 0 }, { 8, 8 }, 0, 0, { 7, 3 } },
    { 1, 2, 3, 4, 1, { 20 }, { 6 }, { 4 }, { 1 }, { 1 }, 0, 1, { 3 } },
    { 3, 1, 3, 4, 1, { 3, 2, 8 }, { 3, 2, 3 }, { 2, 2, 2 }, { 1, 0, 1 }, { 1, 1, 1 }, 0, 1, { 0 } },
    { 3, 1, 4, 6, 2, { 3, 2, 8 }, { 3, 2, 3 }, { 2, 2, 2 }, { 1, 0, 1 }, { 1, 1, 1 }, 0, 2, { 1, 0, 1 } },
};
/* clang-format on */

/* ---- Recording -------------------------------------------------------------------------- */

static tg_tensor *random_input(rng *r, const char *name, tg_dtype dtype, tg_shape shape)
{
    static float narrow[MOST];
    static double wide[MOST];
    tg_tensor *x = tg_input(tape, name, dtype, shape);
    const size_t count = (size_t)tg_count(x);
    ck_assert(count <= COUNT_OF(wide));
    for (size_t i = 0; i < count; i++) narrow[i] = (float)(wide[i] = rng_between(r, -1, 1));
    const void *data = dtype == TG_F32 ? (const void *)narrow : (const void *)wide;
    ck_assert_int_eq(tg_feed_as(x, dtype, data, count), TG_OK);
    return x;
}

static tg_shape shape_of(int axes, const int64_t *number)
{
    tg_shape shape = { .rank = axes };
    memcpy(shape.dim, number, sizeof *number * (size_t)axes);
    return shape;
}

typedef struct recorded {
    tg_tensor *x, *w, *y, *u, *by_x, *by_w, *again;
} recorded;

/* y = f(x, w), or its transpose; the gradients of the sum of u y^3, and the gradient by x once
 * more. */
static recorded record(const convolution *c, bool is_transposed, tg_dtype dtype)
{
    rng r = rng_of((uint64_t)c->axes, (uint64_t)c->kernel[0]);
    tg_shape shape = TG_SHAPE(c->batch, c->in);
    tg_shape kernel =
        is_transposed ? TG_SHAPE(c->in, c->out / c->groups) : TG_SHAPE(c->out, c->in / c->groups);
    for (int i = 0; i < c->axes; i++) {
        shape.dim[shape.rank++] = c->length[i];
        kernel.dim[kernel.rank++] = c->kernel[i];
    }
    const tg_shape stride = shape_of(c->axes, c->stride), padding = shape_of(c->axes, c->padding),
                   dilation = shape_of(c->axes, c->dilation), more = shape_of(c->axes, c->more);
    recorded q = { .x = random_input(&r, "x", dtype, shape),
                   .w = random_input(&r, "w", dtype, kernel) };
    q.y = is_transposed
              ? tg_convolve_transpose(q.x, q.w, NULL, .stride_shape = stride,
                                      .padding_shape = padding, .dilation_shape = dilation,
                                      .output_padding_shape = more, .groups = c->groups)
              : tg_convolve(q.x, q.w, NULL, .stride_shape = stride, .padding_shape = padding,
                            .dilation_shape = dilation, .groups = c->groups);
    ck_no_error();
    q.u = random_input(&r, "u", dtype, tg_shape_from(q.y));
    tg_tensor *cubes = tg_mul(tg_square(q.y), q.y);
    tg_tensor *total = tg_sum(tg_mul(cubes, q.u)), *to[2];
    tg_vjp(total, NULL, TG_LIST(q.x, q.w), to);
    q.by_x = to[0];
    q.by_w = to[1];
    tg_tensor *v = random_input(&r, "v", dtype, shape);
    q.again = tg_grad(tg_sum(tg_mul(q.by_x, v)), q.x);
    ck_no_error();
    return q;
}

static void get(tg_tensor *x, double *out)
{
    static float narrow[MOST];
    const size_t count = (size_t)tg_count(x);
    ck_assert(count <= COUNT_OF(narrow));
    if (tg_dtype_of(x) == TG_F64) {
        ck_assert_int_eq(tg_get(x, out, count), TG_OK);
        return;
    }
    ck_assert_int_eq(tg_get(x, narrow, count), TG_OK);
    for (size_t i = 0; i < count; i++) out[i] = (double)narrow[i];
}

/* So many values of the plan that are computed, by the operation of that name. */
static int values_of(const tg_plan *plan, const char *name)
{
    int count = 0;
    for (size_t i = 0; i < plan->program->count; i++)
        count += strcmp(plan->program->values[i].op->name, name) == 0 &&
                 plan->program->members[i].kernel != TG__NONE;
    return count;
}

/* ---- Tests ------------------------------------------------------------------------------ */

/* The planned values are the naive ones, and on any number of threads the same. */
static void compare(tg_tensor *x)
{
    static double got[MOST], want[MOST], first[MOST];
    tg_plan *naive = tg_compile(tape, x, .naive = true);
    run(naive);
    get(x, want);
    tg_plan_free(naive);
    double most = 0;
    for (int64_t i = 0; i < tg_count(x); i++) most = fmax(most, fabs(want[i]));
    for (int threads = 1; threads < 4; threads++) {
        tg_plan *plan = tg_compile(tape, x, .threads = threads);
        run(plan);
        get(x, got);
        tg_plan_free(plan);
        if (threads == 1) memcpy(first, got, sizeof got);
        ck_assert_mem_eq(got, first, (size_t)tg_count(x) * sizeof *got);
    }
    const double tolerance = (tg_dtype_of(x) == TG_F32 ? 1e-5 : 1e-13) * (1 + most);
    for (int64_t i = 0; i < tg_count(x); i++)
        ck_assert_msg(fabs(got[i] - want[i]) <= tolerance, "%lld: %.17g, not %.17g", (long long)i,
                      got[i], want[i]);
}

static void compare_all(const recorded *q)
{
    tg_tensor *const list[] = { q->y, q->by_x, q->by_w, q->again };
    for (int k = 0; k < COUNT_OF(list); k++) compare(list[k]);
}

START_TEST(gradients_of_strided_convolutions_are_those_of_the_naive_executor)
{
    const recorded q = record(&convolutions[_i / 2], false, _i % 2 ? TG_F32 : TG_F64);
    compare_all(&q);
}
END_TEST

START_TEST(transposed_convolutions_are_those_of_the_naive_executor)
{
    const recorded q = record(&transposed[_i / 2], true, _i % 2 ? TG_F32 : TG_F64);
    compare_all(&q);
}
END_TEST

static void check_plan(const convolution *c, tg_tensor *x)
{
    tg_plan *plan = tg_compile(tape, x);
    ck_no_error();
    ck_assert_int_eq(values_of(plan, "fold"), c->folds);
    ck_assert_int_eq(values_of(plan, "interleave"), c->interleaved);
    tg_plan_free(plan);
}

START_TEST(gradients_of_strided_convolutions_fold_nothing_where_that_pays)
{
    const recorded q = record(&convolutions[_i], false, TG_F32);
    tg_tensor *by_x = NULL;
    tg_vjp(q.y, q.u, TG_LIST(q.x), &by_x);
    check_plan(&convolutions[_i], by_x);
}
END_TEST

START_TEST(transposed_convolutions_fold_nothing_where_that_pays)
{
    const recorded q = record(&transposed[_i], true, TG_F32);
    check_plan(&transposed[_i], q.y);
}
END_TEST

/* <f^T(x), u> = <x, f(u)>. */
START_TEST(a_transposed_convolution_is_the_adjoint_of_the_convolution)
{
    const convolution *c = &transposed[_i];
    const recorded q = record(c, true, TG_F64);
    tg_tensor *back =
        tg_convolve(q.u, q.w, NULL, .stride_shape = shape_of(c->axes, c->stride),
                    .padding_shape = shape_of(c->axes, c->padding),
                    .dilation_shape = shape_of(c->axes, c->dilation), .groups = c->groups);
    ck_no_error();
    for (int i = 0; i < c->axes; i++) /* output_padding may have room for more places */
        back = tg_slice(back, 2 + i, 0, c->length[i], 1);
    double left, right;
    ck_assert_int_eq(tg_get(tg_sum(tg_mul(q.y, q.u)), &left, 1), TG_OK);
    ck_assert_int_eq(tg_get(tg_sum(tg_mul(q.x, back)), &right, 1), TG_OK);
    ck_close(left, right, 1e-12);
}
END_TEST

/* What is behind the padding of a convolution is not computed: each phase has as many elements as
 * there are of it in x. */
START_TEST(phases_are_cut_with_the_padding)
{
    enum { SIDE = 16, HALF = SIDE / 2 };
    const recorded q = record(&convolutions[0], false, TG_F32);
    tg_tensor *by_x = NULL;
    tg_vjp(q.y, q.u, TG_LIST(q.x), &by_x);
    tg_plan *plan = tg_compile(tape, by_x);
    ck_assert_int_eq(values_of(plan, "dot"), 4);
    ck_assert_int_eq(values_of(plan, "pad"), 1);
    for (size_t i = 0; i < plan->program->count; i++) {
        const tg__value *x = &plan->program->values[i];
        if (plan->program->members[i].kernel == TG__NONE) continue;
        if (strcmp(x->op->name, "dot") == 0) ck_assert_int_eq(x->count, 2 * 4 * HALF * HALF);
        if (strcmp(x->op->name, "interleave") == 0) ck_assert_int_eq(x->count, tg_count(q.x));
    }
    tg_plan_free(plan);
}
END_TEST

/* Parts of a gradient that are not cut along folded axes, or wanted beside the whole. */
START_TEST(parts_of_a_gradient_are_parts_of_it)
{
    const recorded q = record(&convolutions[_i < 4 ? 2 : 18], false, TG_F64);
    tg_tensor *by_x = NULL, *part = NULL;
    tg_vjp(q.y, q.u, TG_LIST(q.x), &by_x);
    switch (_i) {
    case 0: part = tg_slice(by_x, 1, 1, 3, 1); break;
    case 1: part = tg_slice(tg_slice(by_x, 2, 3, 16, 1), 3, 1, 18, 2); break;
    case 2: part = tg_slice(tg_slice(tg_slice(by_x, 2, 3, 16, 1), 3, 1, 17, 1), 0, 1, 2, 1); break;
    case 3:
        part = tg_slice(tg_slice(tg_permute(by_x, TG_AXES(3, 1, 0, 2)), 0, 5, 6, 1), 3, 2, 4, 1);
        break;
    case 4: part = tg_slice(tg_reshape(by_x, TG_SHAPE(12, 40)), 1, 1, 40, 1); break;
    case 5: part = tg_slice(tg_reshape(by_x, TG_SHAPE(480)), 0, 40, 471, 1); break;
    case 6: part = tg_concat(TG_LIST(tg_slice(by_x, 2, 0, 20, 1), by_x), 2); break;
    default: part = tg_slice(tg_flip(by_x, TG_AXES(2)), 2, 3, 30, 1); break;
    }
    ck_no_error();
    compare(part);
}
END_TEST
enum { PART_CASES = 8 };

/* A product that is folded along one axis twice has windows of windows: it stays as it is. */
START_TEST(folds_along_one_axis_twice_stay)
{
    const int64_t stride = 1 + _i;
    rng r = rng_of(3, (uint64_t)_i);
    tg_tensor *w = random_input(&r, "w", TG_F64, TG_SHAPE(2, 4, 3, 2));
    tg_tensor *g = random_input(&r, "g", TG_F64, TG_SHAPE(2, 5, 20));
    tg_tensor *laid = tg_dot(w, g, .a_axes = TG_AXES(0), .b_axes = TG_AXES(0));
    laid = tg_permute(laid, TG_AXES(0, 3, 4, 1, 2)); /* [4, 5, 20, 3, 2] */
    tg_tensor *once = tg_fold(laid, 2, 19 * stride + 2, stride, 1);
    compare(tg_fold(once, 2, (19 * stride + 1) * stride + 3, stride, 1));
}
END_TEST

/* Channels last: the windows are the left operand. */
START_TEST(channels_may_be_last)
{
    rng r = rng_of(4, (uint64_t)_i);
    const tg_dtype dtype = _i ? TG_F32 : TG_F64;
    tg_tensor *x = random_input(&r, "x", dtype, TG_SHAPE(2, 17, 16, 4));
    tg_tensor *w = random_input(&r, "w", dtype, TG_SHAPE(3, 3, 4, 3));
    tg_tensor *windows = tg_window(tg_window(x, 1, 3, 2, 1), 2, 3, 2, 1);
    tg_tensor *y = tg_dot(windows, w, .a_axes = TG_AXES(4, 5, 3), .b_axes = TG_AXES(0, 1, 2));
    tg_tensor *u = random_input(&r, "u", dtype, tg_shape_from(y)), *by_x = NULL;
    tg_vjp(y, u, TG_LIST(x), &by_x);
    tg_plan *plan = tg_compile(tape, by_x);
    ck_no_error();
    ck_assert_int_eq(values_of(plan, "fold"), 0);
    tg_plan_free(plan);
    compare(by_x);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("phases");
    TCase *all = tcase_create("phases");
    tcase_add_checked_fixture(all, open_tape, close_tape);
    tcase_add_loop_test(all, gradients_of_strided_convolutions_are_those_of_the_naive_executor, 0,
                        2 * COUNT_OF(convolutions));
    tcase_add_loop_test(all, transposed_convolutions_are_those_of_the_naive_executor, 0,
                        2 * COUNT_OF(transposed));
    tcase_add_loop_test(all, gradients_of_strided_convolutions_fold_nothing_where_that_pays, 0,
                        COUNT_OF(convolutions));
    tcase_add_loop_test(all, transposed_convolutions_fold_nothing_where_that_pays, 0,
                        COUNT_OF(transposed));
    tcase_add_loop_test(all, a_transposed_convolution_is_the_adjoint_of_the_convolution, 0,
                        COUNT_OF(transposed));
    tcase_add_test(all, phases_are_cut_with_the_padding);
    tcase_add_loop_test(all, parts_of_a_gradient_are_parts_of_it, 0, PART_CASES);
    tcase_add_loop_test(all, folds_along_one_axis_twice_stay, 0, 2);
    tcase_add_loop_test(all, channels_may_be_last, 0, 2);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
