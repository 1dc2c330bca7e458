/* test_windows.c: products over sliding windows, which are convolutions, and what the planner makes
 * of them and of their gradients: nothing is laid out in windows where that can be helped, and the
 * results are the naive executor's. */
#include "exec/plan.h"
#include "ops/dot.h"
#include "ops/window.h" /* before recorded.h, which takes the names store and tape */

#include "tests/support/random.h"
#include "tests/support/recorded.h"

/* A convolution over one to three axes. */
typedef struct convolution {
    int axes;
    int64_t batch, in, out, groups, length[3], size[3], stride[3], dilation[3];
    bool kernel_right; /* the windows are the left operand */
    int folds;         /* that are left in its gradient by the input: of one window */
    int dots; /* of three, one of them one for each phase of a stride: those over one term are
               * multiplications */
} convolution;

static const convolution convolutions[] = {
    { 1, 2, 3, 4, 1, { 9 }, { 3 }, { 1 }, { 1 }, false, 0, 3 },
    { 1, 1, 1, 1, 1, { 5 }, { 5 }, { 1 }, { 1 }, false, 1, 1 },
    { 1, 3, 2, 5, 1, { 20 }, { 4 }, { 1 }, { 3 }, true, 0, 3 },
    { 1, 2, 3, 2, 1, { 17 }, { 3 }, { 2 }, { 1 }, false, 0, 4 },
    { 2, 2, 3, 4, 1, { 7, 9 }, { 3, 3 }, { 1, 1 }, { 1, 1 }, false, 0, 3 },
    { 2, 3, 2, 6, 1, { 8, 6 }, { 3, 2 }, { 1, 1 }, { 1, 2 }, true, 0, 3 },
    { 2, 4, 5, 3, 1, { 12, 12 }, { 5, 5 }, { 1, 1 }, { 2, 1 }, false, 0, 3 },
    { 2, 2, 2, 3, 1, { 9, 9 }, { 3, 3 }, { 2, 1 }, { 1, 1 }, false, 0, 4 },
    { 2, 2, 6, 4, 2, { 6, 7 }, { 3, 3 }, { 1, 1 }, { 1, 1 }, false, 0, 3 },
    { 2, 2, 4, 4, 4, { 6, 7 }, { 3, 1 }, { 1, 1 }, { 1, 1 }, false, 0, 3 },
    { 2, 3, 16, 16, 1, { 20, 20 }, { 3, 3 }, { 1, 1 }, { 1, 1 }, false, 0, 3 },
    { 3, 2, 2, 3, 1, { 5, 4, 6 }, { 2, 3, 2 }, { 1, 1, 1 }, { 1, 1, 2 }, false, 0, 3 },
};

typedef struct recorded {
    tg_tensor *x, *w, *y, *by_x, *by_w;
} recorded;

static tg_tensor *random_input(rng *r, const char *name, tg_dtype dtype, tg_shape shape)
{
    static float narrow[1 << 17];
    static double wide[1 << 17];
    tg_tensor *x = tg_input(tape, name, dtype, shape);
    const size_t count = (size_t)tg_count(x);
    ck_assert(count <= COUNT_OF(wide));
    for (size_t i = 0; i < count; i++) narrow[i] = (float)(wide[i] = rng_between(r, -1, 1));
    const void *data = dtype == TG_F32 ? (const void *)narrow : (const void *)wide;
    ck_assert_int_eq(tg_feed_as(x, dtype, data, count), TG_OK);
    return x;
}

/* x [batch, groups, in, lengths], w [groups, out, in, sizes] to [groups, out, batch, places]. */
static recorded record(const convolution *c, tg_dtype dtype)
{
    rng r = rng_of((uint64_t) _Alignof(int), (uint64_t)(c - convolutions));
    const bool grouped = c->groups > 1;
    tg_shape shape = TG_SHAPE(c->batch), kernel = { 0 };
    if (grouped) shape.dim[shape.rank++] = kernel.dim[kernel.rank++] = c->groups;
    kernel.dim[kernel.rank++] = c->out / c->groups;
    shape.dim[shape.rank++] = kernel.dim[kernel.rank++] = c->in / c->groups;
    const int first = shape.rank;
    for (int i = 0; i < c->axes; i++) {
        shape.dim[shape.rank++] = c->length[i];
        kernel.dim[kernel.rank++] = c->size[i];
    }
    recorded q = { .x = random_input(&r, "x", dtype, shape),
                   .w = random_input(&r, "w", dtype, kernel) };
    tg_tensor *windows = q.x;
    for (int i = 0; i < c->axes; i++)
        windows = tg_window(windows, first + i, c->size[i], c->stride[i], c->dilation[i]);
    tg_axes of_w = { .count = 1 + c->axes }, of_x = { .count = 1 + c->axes };
    of_w.axis[0] = grouped ? 2 : 1;
    of_x.axis[0] = grouped ? 2 : 1;
    for (int i = 0; i < c->axes; i++) {
        of_w.axis[1 + i] = of_w.axis[0] + 1 + i;
        of_x.axis[1 + i] = first + c->axes + i;
    }
    tg_axes w_batch = { 0 }, x_batch = { 0 };
    if (grouped) {
        w_batch = TG_AXES(0);
        x_batch = TG_AXES(1);
    }
    q.y = c->kernel_right ? tg_dot(windows, q.w, .a_axes = of_x, .b_axes = of_w, .a_batch = x_batch,
                                   .b_batch = w_batch)
                          : tg_dot(q.w, windows, .a_axes = of_w, .b_axes = of_x, .a_batch = w_batch,
                                   .b_batch = x_batch);
    tg_tensor *total = tg_sum(tg_mul(q.y, random_input(&r, "u", dtype, tg_shape_from(q.y))));
    q.by_x = tg_grad(total, q.x);
    q.by_w = tg_grad(total, q.w);
    ck_no_error();
    return q;
}

static void get(tg_tensor *x, double *out)
{
    static float narrow[1 << 17];
    const size_t count = (size_t)tg_count(x);
    if (tg_dtype_of(x) == TG_F64) {
        ck_assert_int_eq(tg_get(x, out, count), TG_OK);
        return;
    }
    ck_assert(count <= COUNT_OF(narrow));
    ck_assert_int_eq(tg_get(x, narrow, count), TG_OK);
    for (size_t i = 0; i < count; i++) out[i] = (double)narrow[i];
}

START_TEST(convolutions_and_their_gradients_are_those_of_the_naive_executor)
{
    static double got[1 << 15], want[1 << 15];
    const convolution *c = &convolutions[_i / 2];
    const tg_dtype dtype = _i % 2 ? TG_F32 : TG_F64;
    const recorded q = record(c, dtype);
    tg_tensor *const list[] = { q.y, q.by_x, q.by_w };
    for (int k = 0; k < 3; k++) {
        tg_plan *planned = tg_compile(tape, list[k]),
                *naive = tg_compile(tape, list[k], .naive = true);
        run(planned);
        get(list[k], got);
        run(naive);
        get(list[k], want);
        for (int64_t i = 0; i < tg_count(list[k]); i++)
            ck_close(got[i], want[i], dtype == TG_F32 ? 2e-5 : 1e-13);
        tg_plan_free(planned);
        tg_plan_free(naive);
    }
}
END_TEST

static int calls_of(const tg_plan *plan, const tg_op *op)
{
    int calls = 0;
    for (size_t i = 0; i < plan->program->kernel_count; i++) {
        const tg__kernel *kernel = &plan->program->kernels[i];
        calls += kernel->kind == TG_KERNEL_CALL &&
                 plan->program->values[tg__kernel_first(plan->program, kernel)].op == op;
    }
    return calls;
}

/* Folds, alone or in loops. */
static int folds_of(const tg_plan *plan)
{
    int folds = 0;
    for (size_t i = 0; i < plan->program->count; i++)
        folds += plan->program->values[i].op == &tg__op_fold &&
                 plan->program->members[i].kernel != TG__NONE;
    return folds;
}

/* The windows of an input are several times its size: no value of the plan may be. */
START_TEST(neither_a_convolution_nor_its_gradients_lay_out_windows)
{
    const convolution *c = &convolutions[_i];
    const recorded q = record(c, TG_F32);
    tg_plan *plan = tg_compile(tape, q.y, q.by_x, q.by_w);
    ck_no_error();
    ck_assert_int_eq(folds_of(plan), c->folds);
    ck_assert_int_eq(calls_of(plan, &tg__op_dot), c->dots);
    tg_plan_free(plan);
}
END_TEST

/* The padding of two axes is one pass, and of the input's gradient the padding's is not computed.
 * That gradient reads the kernel turned around, where it lies. */
START_TEST(a_padded_convolution_computes_nothing_for_its_padding)
{
    rng r = rng_of(3, 4);
    tg_tensor *x = random_input(&r, "x", TG_F64, TG_SHAPE(2, 3, 7, 8));
    tg_tensor *w = random_input(&r, "w", TG_F64, TG_SHAPE(4, 3, 3, 3));
    tg_tensor *padded = tg_pad(tg_pad(x, 2, 1, 1, 0, 0), 3, 1, 1, 0, 0);
    tg_tensor *windows = tg_window(tg_window(padded, 2, 3, 1, 1), 3, 3, 1, 1);
    tg_tensor *y = tg_dot(w, windows, .a_axes = TG_AXES(1, 2, 3), .b_axes = TG_AXES(1, 4, 5));
    tg_tensor *by_x = tg_grad(tg_sum(tg_square(y)), x);
    tg_plan *plan = tg_compile(tape, by_x), *naive = tg_compile(tape, by_x, .naive = true);
    ck_no_error();
    ck_assert_int_eq(calls_of(plan, &tg__op_pad), 2);
    ck_assert_int_eq(calls_of(plan, &tg__op_dot), 2);
    for (size_t i = 0; i < plan->program->count; i++) {
        const tg__value *node = &plan->program->values[i];
        if (node->op != &tg__op_dot || plan->program->members[i].kernel == TG__NONE) continue;
        ck_assert(node->count == tg_count(x) || node->count == tg_count(y));
        ck_assert(plan->program->values[node->in[0]].op == &tg__op_input);
    }
    double got[336], want[336];
    run(plan);
    ck_assert_int_eq(tg_get(by_x, got, 336), TG_OK);
    run(naive);
    ck_assert_int_eq(tg_get(by_x, want, 336), TG_OK);
    for (int i = 0; i < 336; i++) ck_close(got[i], want[i], 1e-13);
    tg_plan_free(plan);
    tg_plan_free(naive);
}
END_TEST

/* What is folded is wanted itself, or folded twice: then it is laid out, and right. */
/* Folds of two axes are one pass. Sums of elements that are in several windows along both have the
 * order of two passes, unless what is folded is a product. */
enum { FOLD_CASES = 4 };
START_TEST(folds_of_several_axes_are_one_pass)
{
    static const struct {
        int64_t size, stride, folds;
        bool product;
    } cases[FOLD_CASES] = {
        { 2, 2, 1, false }, { 3, 2, 1, false }, { 1, 2, 1, false }, { 3, 2, 1, true }
    };
    static double got[2 * 3 * 9 * 9], want[COUNT_OF(got)];
    const int64_t size = cases[_i].size, stride = cases[_i].stride;
    rng r = rng_of(6, (uint64_t)_i);
    tg_tensor *x = random_input(&r, "x", TG_F64, TG_SHAPE(2, 3, 9, 9));
    tg_tensor *w = random_input(&r, "w", TG_F64, TG_SHAPE(4, 3, size, size));
    tg_tensor *y = cases[_i].product ? tg_convolve(x, w, NULL, .stride = stride)
                                     : tg_max_pool(x, size, .stride = stride);
    tg_tensor *by_x = tg_grad(tg_sum(tg_square(y)), x);
    tg_plan *plan = tg_compile(tape, by_x), *naive = tg_compile(tape, by_x, .naive = true);
    ck_no_error();
    ck_assert_int_eq(folds_of(plan), (int)cases[_i].folds);
    run(plan);
    get(by_x, got);
    run(naive);
    get(by_x, want);
    for (int k = 0; k < COUNT_OF(got); k++)
        ck_close(got[k], want[k], cases[_i].product ? 1e-13 : 0);
    tg_plan_free(plan);
    tg_plan_free(naive);
}
END_TEST

/* Large enough that the images are shared out. Elements between, and at both ends of the images'
 * axis; and the gradient, which slices, and folds windows that overlap. */
START_TEST(pads_and_folds_are_the_same_on_any_number_of_threads)
{
    enum { IMAGES = 7, CHANNELS = 5, SIDE = 41 };
    static double got[1 << 18], want[1 << 18];
    rng r = rng_of(7, (uint64_t)_i);
    tg_tensor *x = random_input(&r, "x", TG_F64, TG_SHAPE(IMAGES, CHANNELS, SIDE, SIDE));
    tg_tensor *wide = tg_pad(tg_pad(x, 3, 2, 1, 0, 0.5), 2, 0, 3, 0, 0.5);
    if (_i == 1) wide = tg_pad(wide, 0, 1, 2, 1, 0.5);
    tg_tensor *y = tg_max_pool(wide, 3, .stride = 2);
    tg_tensor *by_x = tg_grad(tg_sum(tg_square(y)), x), *list[] = { wide, y, by_x };
    for (int k = 0; k < COUNT_OF(list); k++) {
        tg_plan *naive = tg_compile(tape, list[k], .naive = true);
        run(naive);
        get(list[k], want);
        tg_plan_free(naive);
        for (int threads = 1; threads < 5; threads++) {
            tg_plan *plan = tg_compile(tape, list[k], .threads = threads);
            ck_no_error();
            run(plan);
            get(list[k], got);
            ck_assert_mem_eq(got, want, (size_t)tg_count(list[k]) * sizeof *got);
            tg_plan_free(plan);
        }
    }
}
END_TEST

/* A pooling over one to three axes. */
typedef struct pooling {
    int axes;
    int64_t images, channels, length[3], kernel, stride, padding, dilation;
    bool max, laid_out; /* are windows laid out in memory? */
} pooling;

/* clang-format off */
static const pooling poolings[] = {
    { 2, 2, 3, { 9, 11 }, 3, 2, 1, 1, true, false },
    { 2, 2, 3, { 9, 11 }, 3, 2, 1, 1, false, false },
    { 2, 3, 5, { 40, 40 }, 3, 2, 1, 1, true, false },  /* several blocks in an image */
    { 2, 3, 5, { 40, 36 }, 3, 1, 1, 1, true, false },
    { 2, 3, 5, { 41, 37 }, 5, 3, 2, 1, true, false },
    { 2, 3, 5, { 41, 37 }, 3, 2, 1, 2, true, false },
    { 2, 3, 5, { 30, 31 }, 7, 2, 3, 1, true, false },  /* long rows */
    { 2, 3, 5, { 30, 31 }, 7, 2, 3, 1, false, false },
    { 2, 4, 5, { 12, 14 }, 2, 2, 0, 1, true, false },
    { 2, 4, 5, { 12, 14 }, 2, 3, 0, 1, true, false },  /* elements in no window */
    { 2, 4, 5, { 6, 6 }, 4, 2, 1, 1, true, false },    /* several images in a block */
    { 2, 4, 5, { 2, 2 }, 2, 1, 0, 1, true, false },    /* one window */
    { 2, 4, 5, { 6, 6 }, 6, 1, 0, 1, false, false },
    { 2, 4, 5, { 3, 12 }, 3, 2, 0, 1, true, false },
    { 2, 4, 5, { 12, 3 }, 3, 2, 0, 1, true, false },
    { 1, 5, 7, { 50 }, 3, 2, 1, 1, true, false },
    { 1, 5, 7, { 50 }, 5, 1, 2, 1, false, false },
    { 1, 1, 3, { 40000 }, 3, 2, 1, 1, true, true },    /* few channels to share out */
    { 3, 2, 3, { 7, 8, 9 }, 3, 2, 1, 1, true, true },  /* sums along three axes */
};
/* clang-format on */

static tg_tensor *pooled(const pooling *c, tg_tensor *x)
{
    return c->max ? tg_max_pool(x, c->kernel, .stride = c->stride, .padding = c->padding,
                                .dilation = c->dilation)
                  : tg_avg_pool(x, c->kernel, .stride = c->stride, .padding = c->padding,
                                .dilation = c->dilation);
}

/* The largest value of the plan that has memory. */
static int64_t largest_of(const tg_plan *plan)
{
    int64_t most = 0;
    for (size_t i = 0; i < plan->program->count; i++)
        if (plan->program->storage[i].place == TG_PLACE_BLOCK &&
            plan->program->values[i].count > most)
            most = plan->program->values[i].count;
    return most;
}

/* What a pooling's gradient folds has no memory, and there are ties; the bits are those of the
 * naive executor on any number of threads. */
START_TEST(a_pooling_and_its_gradient_lay_out_no_windows)
{
    static double got[1 << 18], want[1 << 18];
    const pooling *c = &poolings[_i / 2];
    rng r = rng_of(8, (uint64_t)_i);
    tg_shape shape = TG_SHAPE(c->images, c->channels);
    for (int i = 0; i < c->axes; i++) shape.dim[shape.rank++] = c->length[i];
    tg_tensor *x = random_input(&r, "x", _i % 2 ? TG_F32 : TG_F64, shape);
    tg_tensor *y = pooled(c, tg_relu(x));
    tg_tensor *g = random_input(&r, "g", tg_dtype_of(x), tg_shape_from(y)), *by_x = NULL;
    tg_vjp(y, g, TG_LIST(x), &by_x);
    tg_plan *naive = tg_compile(tape, by_x, .naive = true);
    run(naive);
    get(by_x, want);
    tg_plan_free(naive);
    for (int threads = 1; threads < 4; threads++) {
        tg_plan *plan = tg_compile(tape, by_x, .threads = threads);
        ck_no_error();
        ck_assert(c->laid_out || largest_of(plan) < 2 * tg_count(x));
        run(plan);
        get(by_x, got);
        ck_assert_mem_eq(got, want, (size_t)tg_count(x) * sizeof *got);
        tg_plan_free(plan);
    }
}
END_TEST

START_TEST(a_product_that_is_wanted_unfolded_is_folded_as_it_is)
{
    rng r = rng_of(1, 2);
    tg_tensor *w = random_input(&r, "w", TG_F64, TG_SHAPE(3, 4, 2));
    tg_tensor *g = random_input(&r, "g", TG_F64, TG_SHAPE(3, 5, 6));
    tg_tensor *spread = tg_dot(w, g, .a_axes = TG_AXES(0), .b_axes = TG_AXES(0)); /* [4, 2, 5, 6] */
    tg_tensor *laid = tg_permute(spread, TG_AXES(0, 2, 3, 1));
    tg_tensor *y = tg_fold(laid, 2, 7, 1, 1);
    tg_tensor *z = tg_fold(tg_permute(spread, TG_AXES(0, 3, 2, 1)), 2, 6, 1, 1);
    static double got[2][512];
    for (int naive = 0; naive < 2; naive++) {
        tg_plan *plan = tg_compile(tape, y, z, spread, .naive = naive != 0);
        run(plan);
        ck_assert_int_eq(tg_get(y, got[naive], (size_t)tg_count(y)), TG_OK);
        ck_assert_int_eq(tg_get(z, got[naive] + 140, (size_t)tg_count(z)), TG_OK);
        tg_plan_free(plan);
    }
    for (int i = 0; i < 140 + tg_count(z); i++) ck_close(got[0][i], got[1][i], 1e-14);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("windows");
    TCase *all = tcase_create("windows");
    tcase_add_checked_fixture(all, open_tape, close_tape);
    tcase_add_loop_test(all, convolutions_and_their_gradients_are_those_of_the_naive_executor, 0,
                        2 * COUNT_OF(convolutions));
    tcase_add_loop_test(all, neither_a_convolution_nor_its_gradients_lay_out_windows, 0,
                        COUNT_OF(convolutions));
    tcase_add_test(all, a_padded_convolution_computes_nothing_for_its_padding);
    tcase_add_loop_test(all, folds_of_several_axes_are_one_pass, 0, FOLD_CASES);
    tcase_add_loop_test(all, pads_and_folds_are_the_same_on_any_number_of_threads, 0, 2);
    tcase_add_loop_test(all, a_pooling_and_its_gradient_lay_out_no_windows, 0,
                        2 * COUNT_OF(poolings));
    tcase_add_test(all, a_product_that_is_wanted_unfolded_is_folded_as_it_is);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
