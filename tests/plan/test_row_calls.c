/* test_row_calls.c: products whose rows are computed inside of the loops that use them: that it
 * happens, that the product needs no memory then, and that the bits are those of the product alone,
 * whatever is made of it and however many threads there are. */
#include <tapegrad.h>

#include "kernels/blas.h"

#include "tests/plan/products.h"

/* ---- Problems --------------------------------------------------------------------------- */

typedef struct problem {
    tg_dtype dtype;
    int64_t batch, m, n, k; /* batch 0: none */
    bool left, right;       /* these are transposes */
} problem;

static tg_tensor *matrix(const char *name, const problem *p, int64_t rows, int64_t columns,
                         bool transposed)
{
    const int64_t first = transposed ? columns : rows, second = transposed ? rows : columns;
    tg_tensor *x = random_input(
        name, p->dtype, p->batch ? TG_SHAPE(p->batch, first, second) : TG_SHAPE(first, second));
    return transposed ? tg_transpose(x) : x;
}

static tg_tensor *product(const problem *p)
{
    return tg_matmul(matrix("a", p, p->m, p->k, p->left), matrix("b", p, p->k, p->n, p->right));
}

/* ---- What is made of a product ---------------------------------------------------------- */

static tg_tensor *with_bias(tg_tensor *x)
{
    tg_tensor *bias = random_input("bias", tg_dtype_of(x), TG_SHAPE(tg_dim(x, -1)));
    return tg_relu(tg_add(x, bias));
}
static tg_tensor *attention(tg_tensor *x) { return tg_softmax(tg_mul_num(x, 0.5)); }
static tg_tensor *nearest(tg_tensor *x) { return tg_min(x, .axis = -1); }
static tg_tensor *whole_sum(tg_tensor *x) { return tg_sum(tg_square(x)); }
static tg_tensor *normalised(tg_tensor *x)
{
    return tg_div(tg_sub(x, tg_mean(x, .axis = -1, .keep = true)),
                  tg_add_num(tg_max(tg_abs(x), .axis = -1, .keep = true), 1));
}

static tg_tensor *(*const uses[])(tg_tensor *x) = { with_bias, attention, nearest, whole_sum,
                                                    normalised };
enum { USES = sizeof uses / sizeof *uses };

/* ---- Checks ----------------------------------------------------------------------------- */

static double *values_of(tg_plan *plan, tg_tensor *x)
{
    run(plan);
    return numbers_of(x);
}

/* The use of the product, and of the same numbers fed to another tape node: the same bits. */
static void check(const problem *p, tg_tensor *(*use)(tg_tensor *), int threads)
{
    tg_tensor *x = product(p), *y = use(x);
    tg_plan *alone = tg_compile_pure(tape, x);
    ck_no_error();
    double *numbers = values_of(alone, x);
    tg_tensor *fed = tg_input(tape, "fed", p->dtype, tg_shape_from(x));
    feed(fed, numbers);
    tg_tensor *other = use(fed);
    tg_plan *joined = tg_compile_pure(tape, y, .threads = threads);
    tg_plan *apart = tg_compile_pure(tape, other);
    ck_no_error();
    int kept;
    ck_assert_int_eq(products_in_loops(alone, &kept), 0);
    ck_assert_int_eq(products_in_loops(joined, &kept), 1);
    ck_assert_int_eq(kept, 0);
    double *got = values_of(joined, y), *want = values_of(apart, other);
    /* Whole sums are cut at rows, or not; and a BLAS has an order of its own. */
    const bool bits = use != whole_sum && !strcmp(tg__gemm_name(), "built-in");
    const double tolerance = bits ? 0 : p->dtype == TG_F64 ? 1e-12 : 1e-4;
    for (int64_t i = 0; i < tg_count(y); i++) ck_close(got[i], want[i], tolerance);
    free(numbers);
    free(got);
    free(want);
    tg_plan_free(alone);
    tg_plan_free(joined);
    tg_plan_free(apart);
}

/* ---- Tests ------------------------------------------------------------------------------ */

START_TEST(a_product_in_a_loop_has_the_bits_of_the_product)
{
    rng dice = rng_of((uint64_t)_i, 1);
    const problem p = { .dtype = rng_once_in(&dice, 2) ? TG_F64 : TG_F32,
                        .batch = rng_once_in(&dice, 2) ? 1 + rng_below(&dice, 5) : 0,
                        .m = 64 + rng_below(&dice, 150),
                        .n = 32 + rng_below(&dice, 70),
                        .k = 2 + rng_below(&dice, 38),
                        .left = rng_once_in(&dice, 2),
                        .right = rng_once_in(&dice, 2) };
    check(&p, uses[_i % USES], 1 + rng_below(&dice, 3));
}
END_TEST

START_TEST(many_rows_in_few_columns_and_few_in_many)
{
    const problem tall = { .dtype = TG_F64, .m = 3001, .n = 33, .k = 5, .right = true };
    const problem wide = { .dtype = TG_F32, .m = 65, .n = 900, .k = 9 };
    check(&tall, uses[_i], 2);
    check(&wide, uses[_i], 2);
}
END_TEST

/* Who else uses the product finds it in memory, where the loop's call has put it. */
START_TEST(a_product_that_others_want_too_is_kept)
{
    const problem p = { .dtype = TG_F64, .batch = 2, .m = 70 + _i, .n = 37 + _i, .k = 9 };
    tg_tensor *x = product(&p), *y = tg_exp(tg_mul_num(x, 0.25));
    tg_tensor *z = tg_matmul(x, tg_transpose(y));
    tg_plan *both = tg_compile_pure(tape, .keep = TG_LIST(x, y, z), .threads = 2);
    tg_plan *naive = tg_compile_pure(tape, .keep = TG_LIST(x, y, z), .naive = true);
    int kept;
    ck_no_error();
    ck_assert_int_eq(products_in_loops(both, &kept), 1);
    ck_assert_int_eq(kept, 1);
    for (int i = 0; i < 3; i++) {
        tg_tensor *out = (tg_tensor *[]){ x, y, z }[i];
        double *got = values_of(both, out), *want = values_of(naive, out);
        for (int64_t j = 0; j < tg_count(out); j++) ck_close(got[j], want[j], 1e-12);
        free(got);
        free(want);
    }
    tg_plan_free(both);
    tg_plan_free(naive);
}
END_TEST

/* Scores, mask, softmax and their gradient: nothing of [steps, steps] is kept but what the products
 * behind it read. */
START_TEST(the_scores_of_attention_are_not_kept)
{
    const int64_t heads = 4, steps = 96, width = 16;
    tg_tensor *part[3], *gradient[3];
    for (int i = 0; i < 3; i++) {
        char name[] = { 'q', (char)('0' + i), 0 };
        part[i] = random_input(name, TG_F32, TG_SHAPE(heads, steps, width));
    }
    tg_tensor *shares = tg_softmax(tg_matmul(part[0], tg_transpose(part[1])));
    tg_tensor *loss = tg_sum(tg_square(tg_matmul(shares, part[2])));
    tg_vjp(loss, NULL, (tg_list){ 3, part }, gradient);
    tg_plan *plan = tg_compile_pure(tape, loss, .keep = (tg_list){ 3, gradient }, .threads = 2);
    tg_plan *naive = tg_compile_pure(tape, loss, .keep = (tg_list){ 3, gradient }, .naive = true);
    int kept;
    ck_no_error();
    ck_assert_int_eq(products_in_loops(plan, &kept), 2); /* the scores, and their cotangent */
    ck_assert_int_eq(kept, 0);
    for (int i = 0; i < 3; i++) {
        double *got = values_of(plan, gradient[i]), *want = values_of(naive, gradient[i]);
        for (int64_t j = 0; j < tg_count(gradient[i]); j++) ck_close(got[j], want[j], 1e-4);
        free(got);
        free(want);
    }
    tg_plan_free(plan);
    tg_plan_free(naive);
}
END_TEST

/* Few rows, or a factor of more than 32 KB, are better multiplied as a whole. */
START_TEST(not_every_product_is_worth_it)
{
    const problem cases[] = { { .dtype = TG_F32, .m = 63, .n = 64, .k = 64 },
                              { .dtype = TG_F32, .m = 200, .n = 31, .k = 64 },
                              { .dtype = TG_F32, .m = 200, .n = 100, .k = 82 } };
    int kept;
    tg_plan *plan = tg_compile_pure(tape, tg_relu(product(&cases[_i])));
    ck_no_error();
    ck_assert_int_eq(products_in_loops(plan, &kept), 0);
    tg_plan_free(plan);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("row_calls");
    TCase *all = tcase_create("row_calls");
    tcase_add_checked_fixture(all, open_tape, close_tape);
    tcase_add_loop_test(all, a_product_in_a_loop_has_the_bits_of_the_product, 0, scaled(60));
    tcase_add_loop_test(all, many_rows_in_few_columns_and_few_in_many, 0, USES);
    tcase_add_loop_test(all, a_product_that_others_want_too_is_kept, 0, 4);
    tcase_add_test(all, the_scores_of_attention_are_not_kept);
    tcase_add_loop_test(all, not_every_product_is_worth_it, 0, 3);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
