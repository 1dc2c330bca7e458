/* test_shifts.c: values that are read at other places than they are computed: stencils, pads,
 * slices, rolls. In a loop of one block they need no kernels of their own and no memory; in larger
 * ones a pad or a concatenation needs none. The results are the naive executor's. */
#include "exec/plan.h"
#include "ops/window.h" /* before recorded.h, which takes the names store and tape */

#include "tests/support/random.h"
#include "tests/support/recorded.h"

enum { MOST = 5000, STEPS = 3 };

static void feed_draws(rng *r, tg_tensor *x)
{
    static float narrow[MOST];
    static double wide[MOST];
    const size_t count = (size_t)tg_count(x);
    ck_assert(count <= MOST);
    for (size_t i = 0; i < count; i++) narrow[i] = (float)(wide[i] = rng_between(r, -1, 1));
    const bool f32 = tg_dtype_of(x) == TG_F32;
    const void *data = f32 ? (const void *)narrow : (const void *)wide;
    ck_assert_int_eq(tg_feed_as(x, tg_dtype_of(x), data, count), TG_OK);
}

/* ---- Steps of stencils ------------------------------------------------------------------ */

/* y' = x (1, y_0, y_1, ..): what is shifted is needed again where it is. */
static tg_tensor *chain(tg_tensor *x, tg_tensor *y)
{
    const int64_t n = tg_count(x);
    tg_tensor *slope = tg_mul(x, tg_pad(tg_slice(y, 0, 0, n - 1, 1), 0, 1, 0, 0, 1));
    return tg_add(y, tg_mul_num(slope, 0.5));
}

/* Circular, from both sides, and from further away. */
static tg_tensor *circle(tg_tensor *x, tg_tensor *y)
{
    tg_tensor *left = tg_roll(y, 0, 1), *right = tg_roll(y, 0, -1), *far = tg_roll(y, 0, -2);
    return tg_add(tg_mul(tg_add(left, far), x), tg_sub(right, y));
}

/* Inside of a border: fewer positions than there are elements. */
static tg_tensor *border(tg_tensor *x, tg_tensor *y)
{
    const int64_t n = tg_count(x);
    tg_tensor *left = tg_slice(y, 0, 0, n - 2, 1), *right = tg_slice(y, 0, 2, n, 1);
    tg_tensor *inner = tg_mul(tg_add(left, right), tg_slice(x, 0, 1, n - 1, 1));
    return tg_add(y, tg_pad(inner, 0, 1, 1, 0, 0));
}

/* Of a plane with 20 columns, between borders of different values. */
static tg_tensor *plane(tg_tensor *x, tg_tensor *y)
{
    const int64_t m = 20, n = tg_count(x) / m;
    tg_tensor *grid = tg_reshape(y, TG_SHAPE(n, m));
    tg_tensor *tall = tg_pad(grid, 0, 1, 1, 0, 2), *wide = tg_pad(grid, 1, 1, 1, 0, -1);
    tg_tensor *up = tg_slice(tall, 0, 0, n, 1), *down = tg_slice(tall, 0, 2, n + 2, 1);
    tg_tensor *left = tg_slice(wide, 1, 0, m, 1), *right = tg_slice(wide, 1, 2, m + 2, 1);
    tg_tensor *sum = tg_add(tg_add(up, down), tg_sub(left, right));
    return tg_mul(tg_reshape(sum, TG_SHAPE(n * m)), x);
}

/* Backwards, one in two with gaps between, and one for all. */
static tg_tensor *turned(tg_tensor *x, tg_tensor *y)
{
    const int64_t n = tg_count(x);
    tg_tensor *half = tg_slice(tg_square(y), 0, 0, n, 2);
    tg_tensor *spread = tg_pad(half, 0, 0, n % 2 ? 0 : 1, 1, 0.25);
    tg_tensor *first = tg_broadcast(tg_slice(y, 0, 0, 1, 1), TG_SHAPE(n));
    return tg_add(tg_mul(tg_flip(y, TG_AXES(0)), x), tg_mul(spread, first));
}

/* Two shifts of one value to the same side, with other values there. */
static tg_tensor *twice(tg_tensor *x, tg_tensor *y)
{
    const int64_t n = tg_count(x);
    tg_tensor *z = tg_mul(x, y), *cut = tg_slice(z, 0, 0, n - 3, 1);
    tg_tensor *a = tg_pad(cut, 0, 3, 0, 0, 1), *b = tg_pad(cut, 0, 3, 0, 0, 2);
    tg_tensor *c = tg_pad(tg_slice(z, 0, 3, n, 1), 0, 0, 3, 0, 3);
    return tg_sub(tg_mul(a, b), tg_mul(c, z));
}

typedef tg_tensor *(*step_fn)(tg_tensor *x, tg_tensor *y);
static const step_fn steps[] = { chain, circle, border, plane, twice, turned };
enum { LOCAL = 5 }; /* the last one's gradient has a sum over all elements */
static const tg_dtype dtypes[] = { TG_F32, TG_F64 };

typedef struct stencil {
    tg_tensor *x, *y, *loss, *by_x;
} stencil;

static stencil record_stencil(step_fn step, tg_dtype dtype, int64_t n)
{
    rng r = rng_of(5, (uint64_t)n);
    stencil s = { .x = tg_input(tape, "x", dtype, TG_SHAPE(n)) };
    tg_tensor *start = tg_input(tape, "y", dtype, TG_SHAPE(n));
    feed_draws(&r, s.x);
    feed_draws(&r, start);
    s.y = start;
    for (int i = 0; i < STEPS; i++) s.y = step(s.x, s.y);
    s.loss = tg_sum(tg_square(s.y));
    s.by_x = tg_grad(s.loss, s.x);
    ck_no_error();
    return s;
}

static void get(tg_tensor *x, double *to)
{
    static float narrow[MOST];
    const size_t count = (size_t)tg_count(x);
    if (tg_dtype_of(x) == TG_F64) {
        ck_assert_int_eq(tg_get(x, to, count), TG_OK);
        return;
    }
    ck_assert_int_eq(tg_get(x, narrow, count), TG_OK);
    for (size_t i = 0; i < count; i++) to[i] = narrow[i];
}

static void check_plan(const stencil *s, const double *want, int threads)
{
    static double got[2 * MOST + 1];
    const int64_t n = tg_count(s->x);
    tg_plan *plan = tg_compile(tape, s->y, s->loss, s->by_x, .threads = threads);
    for (int i = 0; i < 2; i++) run(plan);
    get(s->y, got);
    get(s->by_x, got + n);
    get(s->loss, got + 2 * n);
    const double tolerance = tg_dtype_of(s->x) == TG_F32 ? 1e-4 : 1e-12;
    for (int64_t i = 0; i < n; i++) ck_assert(got[i] == want[i]);
    for (int64_t i = n; i <= 2 * n; i++) ck_close(got[i], want[i], tolerance);
    tg_plan_free(plan);
}

/* Elements are the same bit for bit; sums, which the loss and the gradient have, nearly. */
START_TEST(stencils_are_those_of_the_naive_executor)
{
    static const int64_t sizes[] = { 40, 60, 320, 1000, 1020, 1040, 2060, MOST };
    static double want[2 * MOST + 1];
    const tg_dtype dtype = dtypes[_i % 2];
    for (int i = 0; i < COUNT_OF(sizes); i++) {
        const stencil s = record_stencil(steps[_i / 2], dtype, sizes[i]);
        tg_plan *naive = tg_compile(tape, s.y, s.loss, s.by_x, .naive = true);
        run(naive);
        get(s.y, want);
        get(s.by_x, want + sizes[i]);
        get(s.loss, want + 2 * sizes[i]);
        tg_plan_free(naive);
        for (int threads = 1; threads <= 2; threads++) check_plan(&s, want, threads);
        tg_rewind(tape);
    }
}
END_TEST

/* ---- What becomes of them --------------------------------------------------------------- */

static int kernels_of(const tg_plan *plan, tg__kernel_kind kind)
{
    int found = 0;
    for (size_t k = 0; k < plan->program->kernel_count; k++)
        found += plan->program->kernels[k].kind == kind;
    return found;
}

/* One loop, in which only what is asked for has memory. */
START_TEST(a_stencil_that_fits_a_block_is_one_loop)
{
    const stencil s = record_stencil(steps[_i], TG_F64, 900);
    tg_plan *function = tg_compile(tape, s.loss), *gradient = tg_compile(tape, s.by_x);
    ck_no_error();
    ck_assert_int_eq((int)tg_plan_kernels(function), 1);
    ck_assert_int_eq((int)tg_plan_kernels(gradient), 1 + 2 * (_i == LOCAL));
    for (size_t v = 0; _i < LOCAL && v < gradient->program->count; v++)
        ck_assert(gradient->program->storage[v].place != TG_PLACE_BLOCK ||
                  gradient->program->values[v].output);
    tg_plan_free(function);
    tg_plan_free(gradient);
}
END_TEST

/* Its registers are the first worker's alone. */
START_TEST(threads_that_a_loop_of_one_block_cannot_use_take_no_memory)
{
    const stencil s = record_stencil(circle, TG_F64, 900);
    tg_plan *one = tg_compile(tape, s.by_x), *four = tg_compile(tape, s.by_x, .threads = 4);
    ck_no_error();
    ck_assert_uint_eq(tg_plan_bytes(one), tg_plan_bytes(four));
    tg_plan_free(one);
    tg_plan_free(four);
}
END_TEST

/* A step waits for all of the one before; but what is padded is read where it is. */
START_TEST(pads_of_many_elements_are_parts_of_loops)
{
    static const step_fn padded[] = { chain, circle, border, twice };
    const stencil s = record_stencil(padded[_i], TG_F64, MOST);
    tg_plan *gradient = tg_compile(tape, s.loss, s.by_x);
    ck_no_error();
    ck_assert_int_eq(kernels_of(gradient, TG_KERNEL_CALL), 0);
    tg_plan_free(gradient);
}
END_TEST

/* Whatever their dtype. The first two rows are all that a loop could leave out. */
START_TEST(pads_of_integers_and_of_truths_are_parts_of_loops)
{
    const int64_t sizes[] = { 50, 300 };
    for (int i = 0; i < 2; i++) {
        const int64_t n = sizes[i], count = (n + 2) * 20;
        tg_tensor *x = tg_iota(tape, TG_I32, n * 20);
        x = tg_reshape(tg_add(x, x), TG_SHAPE(n, 20));
        tg_tensor *padded = tg_pad(x, 0, 2, 0, 0, -3),
                  *truths = tg_pad(tg_less(x, x), 0, 2, 0, 0, 1);
        tg_tensor *y = tg_select(truths, tg_neg(padded), padded);
        tg_plan *plan = tg_compile(tape, y);
        run(plan);
        int32_t got[MOST * 2];
        ck_assert_int_le(count, COUNT_OF(got));
        ck_assert_int_eq(tg_get(y, got, (size_t)count), TG_OK);
        for (int64_t k = 0; k < count; k++)
            ck_assert_int_eq(got[k], k < 40 ? 3 : 2 * (int32_t)(k - 40));
        for (size_t k = 0; k < plan->program->kernel_count; k++) {
            const tg__kernel *kernel = &plan->program->kernels[k];
            ck_assert(kernel->kind != TG_KERNEL_CALL ||
                      plan->program->values[tg__kernel_first(plan->program, kernel)].op !=
                          &tg__op_pad);
        }
        tg_plan_free(plan);
        tg_rewind(tape);
    }
}
END_TEST

/* A variable is assigned in the loop that reads it shifted: all reads get the old value. */
START_TEST(a_variable_may_be_assigned_where_it_is_read_shifted)
{
    const double start[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18 };
    tg_var *u = tg_param(store, "u", TG_SHAPE(18), tg_init_zeros());
    ck_assert_int_eq(tg_var_set(u, start, 18), TG_OK);
    tg_tensor *read = tg_read(tape, u);
    tg_assign(u, tg_add(read, tg_add(tg_roll(read, 0, 1), tg_roll(tg_square(read), 0, -1))));
    tg_plan *plan = tg_compile(tape);
    run(plan);
    double got[18];
    ck_assert_int_eq(tg_var_get(u, got, 18), TG_OK);
    for (int i = 0; i < 18; i++) {
        const double left = start[(i + 17) % 18], right = start[(i + 1) % 18];
        ck_assert(got[i] == start[i] + (left + right * right));
    }
    tg_plan_free(plan);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("shifts");
    TCase *all = tcase_create("shifts");
    tcase_add_checked_fixture(all, open_tape, close_tape);
    tcase_add_loop_test(all, stencils_are_those_of_the_naive_executor, 0, 2 * COUNT_OF(steps));
    tcase_add_loop_test(all, a_stencil_that_fits_a_block_is_one_loop, 0, COUNT_OF(steps));
    tcase_add_test(all, threads_that_a_loop_of_one_block_cannot_use_take_no_memory);
    tcase_add_loop_test(all, pads_of_many_elements_are_parts_of_loops, 0, 4);
    tcase_add_test(all, pads_of_integers_and_of_truths_are_parts_of_loops);
    tcase_add_test(all, a_variable_may_be_assigned_where_it_is_read_shifted);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
