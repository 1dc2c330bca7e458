/* test_gemm.c: matrix products by the BLAS of the build and by every built-in kernel of this
 * machine, against a plain loop in long double. (Those with windows: test_gemm_windows.c.) */
#include "tests/support/suite.h"
#include "gemm_problem.h"
#include "kernels/gemm_inside.h"

/* All four layouts and both types, by the library and by every kernel. */
static void check_shape(int64_t m, int64_t n, int64_t k)
{
    for (int layout = 0; layout < 4; layout++) {
        for (tg_dtype dtype = TG_F32; dtype <= TG_F64; dtype++) {
            problem p = { .dtype = dtype, .m = m, .n = n, .k = k };
            p.a = new_operand(dtype, m, k, layout & 1, random_below(2) * random_below(9));
            p.b = new_operand(dtype, k, n, layout & 2, random_below(2) * random_below(9));
            for (p.by = BY_LIBRARY; p.by <= (int)tg__gemm_isa(); p.by++) {
                p.c_row = p.by == BY_LIBRARY ? n : n + random_below(5);
                check_product(&p);
            }
            check_same_bits(&p);
            free_operand(p.a);
            free_operand(p.b);
        }
    }
}

/* ---- The tests -------------------------------------------------------------------------- */

START_TEST(products_of_random_shapes_match_a_plain_loop)
{
    static const int64_t sizes[] = { 0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  11, 12,
                                     13, 15, 16, 17, 24, 25, 31, 32, 33, 48, 63, 65 };
    const int64_t count = sizeof sizes / sizeof *sizes;
    dice = rng_of(1, 0);
    for (int i = 0; i < scaled(300); i++) {
        check_shape(sizes[random_below(count)], sizes[random_below(count)],
                    sizes[random_below(count)]);
    }
}
END_TEST

START_TEST(products_beyond_one_block_match_a_plain_loop)
{
    static const int64_t shapes[][3] = {
        { 1, 3, 40000 },  { 5, 7, 257 },    { 13, 33, 1000 }, { 3, 1, 40000 },   { 9, 1100, 259 },
        { 300, 20, 300 }, { 150, 1, 700 },  { 1, 1500, 520 }, { 290, 150, 64 },  { 2, 90, 40000 },
        { 700, 3, 5 },    { 2, 2000, 3 },   { 700, 130, 90 }, { 200, 600, 100 }, { 32, 1500, 40 },
        { 1500, 33, 40 }, { 50, 1200, 33 }, { 1200, 50, 33 }, { 96, 64, 300 },   { 90, 100, 1 },
    };
    dice = rng_of(2, 0);
    for (int i = 0; i < scaled(sizeof shapes / sizeof *shapes); i++) {
        check_shape(shapes[i][0], shapes[i][1], shapes[i][2]);
    }
}
END_TEST

START_TEST(an_empty_sum_is_zero_and_an_empty_product_nothing)
{
    static const int64_t shapes[][3] = { { 3, 4, 0 },    { 0, 4, 5 }, { 3, 0, 5 }, { 0, 0, 0 },
                                         { 200, 70, 0 }, { 1, 9, 0 }, { 9, 1, 0 } };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        check_shape(shapes[i][0], shapes[i][1], shapes[i][2]);
    }
}
END_TEST

static void check_strides(int64_t m, int64_t n, int64_t k, const int64_t *strides, int64_t origin)
{
    for (tg_dtype dtype = TG_F32; dtype <= TG_F64; dtype++) {
        unsigned char *values = new_random(dtype, 2 * origin);
        const unsigned char *middle = values + (size_t)origin * size_of(dtype);
        problem p = { .dtype = dtype, .m = m, .n = n, .k = k, .c_row = n };
        p.a = (tg__matrix){ .data = middle, .row = strides[0], .column = strides[1] };
        p.b = (tg__matrix){ .data = middle, .row = strides[2], .column = strides[3] };
        for (p.by = BY_LIBRARY; p.by <= (int)tg__gemm_isa(); p.by++) check_product(&p);
        check_same_bits(&p);
        free_array(values);
    }
}

START_TEST(any_strides_are_taken)
{
    static const int64_t strides[] = { 0, 1, 2, 3, 40, 41, -1, -2, -40 };
    static const int64_t sizes[] = { 1, 2, 5, 12, 17, 33 };
    dice = rng_of(3, 0);
    for (int i = 0; i < scaled(300); i++) {
        int64_t s[4];
        for (int j = 0; j < 4; j++) {
            s[j] = strides[random_below(sizeof strides / sizeof *strides)];
        }
        check_strides(sizes[random_below(6)], sizes[random_below(6)], sizes[random_below(6)], s,
                      33 * 82 + 1);
    }
}
END_TEST

/* One to three axes of some [length] lines; returns how many. */
static int64_t random_steps(tg__steps *steps, int64_t length)
{
    static const int64_t strides[] = { 1, 1, 2, 3, 7, 40, -1 };
    int64_t lines = 1;
    *steps = (tg__steps){ .count = 1 + (int)random_below(3) };
    for (int k = 0; k < steps->count; k++) {
        steps->size[k] = 1 + random_below(1 + length);
        steps->step[k] = strides[random_below(7)];
        lines *= steps->size[k];
    }
    return lines;
}

/* Lines that no stride joins, as those of sliding windows are; from the first on, or from within.
 */
START_TEST(lines_over_several_axes_are_taken)
{
    enum { ORIGIN = 6 * 13 * 40 + 1 };
    dice = rng_of(5, 0);
    for (int i = 0; i < scaled(400); i++) {
        tg__steps steps[4];
        const tg_dtype dtype = i % 2 ? TG_F32 : TG_F64;
        unsigned char *values = new_random(dtype, 2 * ORIGIN);
        const void *middle = values + (size_t)ORIGIN * size_of(dtype);
        problem p = { .dtype = dtype };
        const int64_t long_side = i % 5 == 0 ? 12 : 5;
        p.m = random_steps(&steps[0], 4);
        p.k = random_steps(&steps[1], long_side);
        p.n = random_steps(&steps[2], long_side);
        steps[3] = steps[1];
        for (int k = 0; k < steps[3].count; k++) steps[3].step[k] = 1 + random_below(9);
        p.a = (tg__matrix){ .data = middle, .rows = &steps[0], .columns = &steps[1] };
        p.b = (tg__matrix){ .data = middle, .rows = &steps[3], .columns = &steps[2] };
        if (random_below(4) == 0) { /* one side plain */
            p.b.rows = NULL;
            p.b.row = 3;
            p.k = p.k < 30 ? p.k : 30;
        }
        if (p.n > 1 && random_below(3) == 0) p.n -= p.b.first_column = 1 + random_below(p.n - 1);
        if (p.m > 1 && random_below(3) == 0) p.m -= p.a.first_row = 1 + random_below(p.m - 1);
        p.c_row = p.n;
        for (p.by = BY_LIBRARY; p.by <= (int)tg__gemm_isa(); p.by++) check_product(&p);
        check_same_bits(&p);
        free_array(values);
    }
}
END_TEST

/* A row on the stack and one in static memory make a matrix of two distant rows. */
START_TEST(strides_beyond_the_int_of_a_blas_are_taken)
{
    static float in_memory[8];
    float on_stack[8];
    for (int i = 0; i < 8; i++) {
        in_memory[i] = (float)i;
        on_stack[i] = (float)(i - 3) / 7;
    }
    const bool up = (uintptr_t)in_memory < (uintptr_t)on_stack;
    const float *low = up ? in_memory : on_stack, *high = up ? on_stack : in_memory;
    const uintptr_t distance = ((uintptr_t)high - (uintptr_t)low) / sizeof(float);
    if (distance <= INT_MAX) return; /* a small address space */
    problem p = { .dtype = TG_F32, .m = 2, .n = 5, .k = 8, .c_row = 5 };
    p.a = (tg__matrix){ .data = low, .row = (int64_t)distance, .column = 1 };
    p.b = new_operand(TG_F32, 8, 5, false, 0);
    for (p.by = BY_LIBRARY; p.by <= (int)tg__gemm_isa(); p.by++) check_product(&p);
    free_operand(p.b);
}
END_TEST

START_TEST(an_infinity_stays_in_its_row_and_column)
{
    for (tg_dtype dtype = TG_F32; dtype <= TG_F64; dtype++) {
        problem p = { .dtype = dtype, .m = 14, .n = 37, .k = 20, .c_row = 37 };
        p.a = new_operand(dtype, p.m, p.k, false, 0);
        p.b = new_operand(dtype, p.k, p.n, true, 0);
        put(dtype, (void *)(uintptr_t)p.a.data, 13 * 20 + 7, INFINITY);
        put(dtype, (void *)(uintptr_t)p.b.data, 36 * 20 + 7, NAN);
        void *c = new_array(dtype, p.m * p.n, NAN);
        for (p.by = BY_LIBRARY; p.by <= (int)tg__gemm_isa(); p.by++) {
            compute(&p, NULL, c);
            for (int64_t i = 0; i < p.m; i++) {
                for (int64_t j = 0; j < p.n; j++) {
                    const double value = get(dtype, c, i * p.n + j);
                    ck_assert_int_eq(!isfinite(value), i == 13 || j == 36);
                    ck_assert_int_eq(isnan(value) != 0, j == 36);
                }
            }
        }
        free_array(c);
        free_operand(p.a);
        free_operand(p.b);
    }
}
END_TEST

START_TEST(the_bits_do_not_depend_on_the_number_of_threads)
{
    static const int64_t shapes[][3] = { { 1, 2000, 900 },  { 900, 1, 2000 },  { 700, 130, 90 },
                                         { 128, 512, 300 }, { 32, 256, 784 },  { 3, 1030, 777 },
                                         { 1100, 2, 800 },  { 1031, 37, 300 }, { 64, 1500, 64 },
                                         { 500, 500, 100 } };
    static const int threads[] = { 2, 3, 4, 8 };
    dice = rng_of(4, 0);
    for (int s = 0; s < scaled(sizeof shapes / sizeof *shapes); s++) {
        for (int layout = 0; layout < 4; layout++) {
            const tg_dtype dtype = layout % 3 ? TG_F32 : TG_F64;
            problem p = { .dtype = dtype,
                          .by = BY_LIBRARY,
                          .m = shapes[s][0],
                          .n = shapes[s][1],
                          .k = shapes[s][2],
                          .c_row = shapes[s][1] };
            p.a = new_operand(dtype, p.m, p.k, layout & 1, 0);
            p.b = new_operand(dtype, p.k, p.n, layout & 2, 0);
            const size_t bytes = (size_t)(p.m * p.n) * size_of(dtype);
            void *alone = new_array(dtype, p.m * p.n, NAN), *c = new_array(dtype, p.m * p.n, NAN);
            compute(&p, NULL, alone);
            for (int t = 0; t < 4; t++) {
                tg__pool *pool = tg__pool_new(&tg__default_allocator, threads[t]);
                memset(c, 0xff, bytes);
                compute(&p, pool, c);
                ck_assert_msg(memcmp(c, alone, bytes) == 0, "%d threads: other bits", threads[t]);
                tg__pool_free(pool);
            }
            free_array(alone);
            free_array(c);
            free_operand(p.a);
            free_operand(p.b);
        }
    }
}
END_TEST

START_TEST(a_cut_changes_no_bits_of_the_built_in_kernel)
{
    dice = rng_of(5, 0);
    for (int round = 0; round < scaled(100); round++) {
        const tg_dtype dtype = round & 1 ? TG_F64 : TG_F32;
        problem p = { .dtype = dtype, .m = 4 + random_below(70), .n = 4 + random_below(90) };
        p.k = 1 + random_below(600);
        p.c_row = p.n;
        p.a = new_operand(dtype, p.m, p.k, round & 2, 0);
        p.b = new_operand(dtype, p.k, p.n, round & 4, 0);
        void *c = new_array(dtype, p.m * p.n, NAN);
        for (p.by = 0; p.by <= (int)tg__gemm_isa(); p.by++) {
            compute(&p, NULL, c);
            const int64_t least = TG__GEMM_FEW + 1;
            const int64_t m = least + random_below(2) * random_below(p.m - TG__GEMM_FEW);
            const int64_t n = least + random_below(2) * random_below(p.n - TG__GEMM_FEW);
            check_part(&p, c, random_below(p.m - m + 1), random_below(p.n - n + 1), m, n);
        }
        free_array(c);
        free_operand(p.a);
        free_operand(p.b);
    }
}
END_TEST

/* As [p->by] computes it on a machine with such caches; what lies behind the result is left alone.
 */
static void compute_with_caches(const problem *p, const tg__caches *caches, void *c)
{
    unsigned char *scratch = new_scratch(1);
    tg__product product = tg__gemm_product((tg__isa)p->by, p->dtype, p->m, p->n, p->k, p->a, p->b,
                                           c, p->c_row, scratch);
    tg__gemm_kernel kernel = *product.kernel;
    kernel.caches = caches;
    product.kernel = &kernel;
    tg__gemm_multiply(&product);
    free_array(scratch);
}

/* None that are known, the smallest blocks, odd ones, and the largest. */
static const tg__caches caches_of_others[] = {
    { 0, 0 },
    { 1, 1 },
    { 200 * 1000, 1234 * 1000 },
    { INT64_MAX, INT64_MAX },
};

/* Rows and columns of several blocks, which end within tiles or do not. */
START_TEST(the_bits_do_not_depend_on_the_sizes_of_caches)
{
    static const int64_t shapes[][3] = { { 100, 1100, 260 }, { 331, 37, 300 }, { 130, 2100, 70 },
                                         { 60, 560, 1000 },  { 700, 70, 64 },  { 60, 100, 9000 },
                                         { 2, 1500, 700 } };
    dice = rng_of(6, 0);
    for (int s = 0; s < scaled(COUNT_OF(shapes)); s++) {
        for (int layout = 0; layout < 4; layout++) {
            const tg_dtype dtype = layout % 3 ? TG_F32 : TG_F64;
            problem p = { .dtype = dtype, .m = shapes[s][0], .n = shapes[s][1], .k = shapes[s][2] };
            p.c_row = p.n;
            p.a = new_operand(dtype, p.m, p.k, layout & 1, 0);
            p.b = new_operand(dtype, p.k, p.n, layout & 2, 0);
            const size_t bytes = (size_t)(p.m * p.n) * size_of(dtype);
            void *own = new_array(dtype, p.m * p.n, NAN), *c = new_array(dtype, p.m * p.n, NAN);
            for (p.by = 0; p.by <= (int)tg__gemm_isa(); p.by++) {
                compute(&p, NULL, own);
                for (int i = 0; i < COUNT_OF(caches_of_others); i++) {
                    memset(c, 0xff, bytes);
                    compute_with_caches(&p, &caches_of_others[i], c);
                    ck_assert_msg(memcmp(c, own, bytes) == 0, "by %d, with caches %d: other bits",
                                  p.by, i);
                }
            }
            free_array(own);
            free_array(c);
            free_operand(p.a);
            free_operand(p.b);
        }
    }
}
END_TEST

/* Each has at least a tile, and room in the memory that is set aside on every machine. */
START_TEST(blocks_have_room_whatever_the_caches)
{
    const int64_t line = TG__GEMM_DEPTH * (int64_t)sizeof(double);
    for (int i = 0; i < COUNT_OF(caches_of_others); i++) {
        const tg__gemm_kernel kernel = { .caches = &caches_of_others[i] };
        const tg__product p = { .kernel = &kernel };
        for (int64_t all = 1; all < (int64_t)1 << 40; all *= 2) {
            ck_assert_int_ge(tg__gemm_a_block(&p, all), TG__GEMM_MOST_ROWS * line);
            ck_assert_int_ge(tg__gemm_b_block(&p, all), TG__GEMM_MOST_COLUMNS * line);
            ck_assert_int_le(tg__gemm_a_block(&p, all), TG__GEMM_A_BYTES);
            ck_assert_int_le(tg__gemm_b_block(&p, all), TG__GEMM_B_BYTES);
        }
    }
}
END_TEST

static void check_blocks(const tg__caches *caches, int64_t a, int64_t b)
{
    const tg__gemm_kernel kernel = { .caches = caches };
    const tg__product p = { .kernel = &kernel };
    const int64_t all = (int64_t)1 << 30;
    ck_assert_int_eq(tg__gemm_a_block(&p, all), a);
    ck_assert_int_eq(tg__gemm_b_block(&p, all), b);
}

START_TEST(blocks_are_half_of_a_cache)
{
    enum { KB = 1024 };
    const tg__gemm_kernel kernel = { .caches = tg__machine_caches() };
    const tg__product here = { .kernel = &kernel };
    const int64_t all = (int64_t)1 << 30;
    check_blocks(&(tg__caches){ 256 * KB, 1536 * KB }, 128 * KB, 768 * KB);
    check_blocks(&(tg__caches){ 1280 * KB, 0 }, TG__GEMM_A_BYTES, 640 * KB);
    check_blocks(&(tg__caches){ 32 * KB, 64 * KB }, TG__GEMM_LEAST_A, TG__GEMM_LEAST_B);
    check_blocks(&(tg__caches){ 0, 0 }, TG__GEMM_A_BYTES, TG__GEMM_B_BYTES);
    check_blocks(NULL, tg__gemm_a_block(&here, all), tg__gemm_b_block(&here, all));
}
END_TEST

START_TEST(the_library_names_what_it_multiplies_with)
{
    const char *name = tg__gemm_name();
#if TG_HAVE_OPENBLAS
    ck_assert_str_eq(name, "openblas");
#elif TG_HAVE_CBLAS
    ck_assert_str_eq(name, "cblas");
#else
    ck_assert_str_eq(name, "built-in");
#endif
}
END_TEST

int main(void)
{
    tg__gemm_setup();
    tg__gemm_setup();
    Suite *suite = suite_create("gemm");
    TCase *values = tcase_create("values");
    tcase_add_test(values, products_of_random_shapes_match_a_plain_loop);
    tcase_add_test(values, products_beyond_one_block_match_a_plain_loop);
    tcase_add_test(values, an_empty_sum_is_zero_and_an_empty_product_nothing);
    tcase_add_test(values, any_strides_are_taken);
    tcase_add_test(values, lines_over_several_axes_are_taken);
    tcase_add_test(values, strides_beyond_the_int_of_a_blas_are_taken);
    tcase_add_test(values, an_infinity_stays_in_its_row_and_column);
    tcase_add_test(values, the_library_names_what_it_multiplies_with);
    suite_add_tcase(suite, values);

    TCase *bits = tcase_create("bits");
    tcase_add_test(bits, the_bits_do_not_depend_on_the_number_of_threads);
    tcase_add_test(bits, a_cut_changes_no_bits_of_the_built_in_kernel);
    tcase_add_test(bits, the_bits_do_not_depend_on_the_sizes_of_caches);
    suite_add_tcase(suite, bits);

    TCase *blocks = tcase_create("blocks");
    tcase_add_test(blocks, blocks_have_room_whatever_the_caches);
    tcase_add_test(blocks, blocks_are_half_of_a_cache);
    suite_add_tcase(suite, blocks);

    return run_suite(suite);
}
