/* test_texts.c: the text of every elementwise operation is what its kernels compute: compiled by
 * itself (texts.h) it gives the same bits, for every dtype, for numbers of all sizes and special
 * ones. */
#include "ops/registry.h"
#include "tests/ops/texts.h"

#include "tests/support/random.h"
#include "tests/support/recorded.h"

#include <float.h>
#include <inttypes.h>

enum { RUN = 4096, MOST_OPERANDS = 3 };

/* Memory of kernels begins at a vector's place, as that of a plan. */
static _Alignas(64) unsigned char operands[MOST_OPERANDS][RUN * 8];
static _Alignas(64) unsigned char by_kernel[RUN * 8], by_text[RUN * 8];

static const tg_op *op_at(int i) { return tg__registry[i]; }

static int op_count(void)
{
    int count = 0;
    while (tg__registry[count]) count++;
    return count;
}

static tg__map_fn loop_of(const tg_op *op, int dtype)
{
    for (const text_loop *t = text_loops; t->op; t++)
        if (strcmp(t->op, op->name) == 0 && (int)t->dtype == dtype) return t->loop;
    return NULL;
}

/* ---- Operands --------------------------------------------------------------------------- */

static double draw_float(rng *r, bool narrow)
{
    static const double special[] = { 0.0,      -0.0,    1,        -1,        0.5,      -0.5,
                                      2,        -2,      INFINITY, -INFINITY, NAN,      FLT_MAX,
                                      -FLT_MAX, DBL_MAX, FLT_MIN,  DBL_MIN,   0x1p-149, 0x1p-1074,
                                      0x1p31,   -0x1p31, 0x1p63,   -0x1p63,   255,      256 };
    switch (rng_below(r, 4)) {
    case 0: return special[rng_below(r, COUNT_OF(special))];
    case 1: return rng_between(r, -4, 4);
    case 2: return (double)(rng_below(r, 2001) - 1000); /* whole numbers, which are often equal */
    default: {
        const int reach = narrow ? 149 : 1074;
        return ldexp(rng_between(r, -2, 2), rng_below(r, 2 * reach) - reach);
    }
    }
}

static int64_t draw_int(rng *r, int64_t low, int64_t high)
{
    const int64_t special[] = { low, high, 0, 1, low + 1, high - 1, low ? -1 : 2 };
    switch (rng_below(r, 3)) {
    case 0: return special[rng_below(r, COUNT_OF(special))];
    case 1: return low ? rng_below(r, 201) - 100 : rng_below(r, 100);
    default: return (int64_t)rng_next(r);
    }
}

#define FILL_FLOATS(r, dtype, type, T, ...)                                                        \
    case dtype:                                                                                    \
        for (int i = 0; i < RUN; i++) ((T *)out)[i] = (T)draw_float(r, sizeof(T) == 4);            \
        break;
#define FILL_INTS(r, dtype, type, T, U, low, high, ...)                                            \
    case dtype:                                                                                    \
        for (int i = 0; i < RUN; i++) ((T *)out)[i] = (T)draw_int(r, low, high);                   \
        break;

static void fill_operand(rng *r, tg_dtype dtype, void *out)
{
    switch (dtype) {
        TG_EACH_FLOAT(FILL_FLOATS, r)
        TG_EACH_INT(FILL_INTS, r)
    default:
        for (int i = 0; i < RUN; i++) ((uint8_t *)out)[i] = (uint8_t)rng_below(r, 2);
    }
}

/* The order of a polygamma function, which is a small whole number. */
static void fill_orders(rng *r, tg_dtype dtype, unsigned char *out)
{
    for (size_t i = 0; i < RUN; i++)
        tg__store_scalar((int)dtype, 1 + rng_below(r, 20), out + i * tg_dtype_size(dtype));
}

/* ---- Comparing -------------------------------------------------------------------------- */

/* Equal bits, or two that are no number: which NaN a sum of two has depends on the order in which
 * a compiler takes them. */
static bool same_element(tg_dtype dtype, const unsigned char *a, const unsigned char *b)
{
    if (memcmp(a, b, tg_dtype_size(dtype)) == 0) return true;
    return tg__is_float((int)dtype) && isnan(tg__load_scalar((int)dtype, a)) &&
           isnan(tg__load_scalar((int)dtype, b));
}

static void compare(const tg_op *op, tg_dtype dtype, tg__map_fn loop)
{
    rng r = rng_of(1, dtype);
    const void *in[MOST_OPERANDS] = { operands[0], operands[1], operands[2] };
    const tg_dtype result = text_result(op, dtype);
    const size_t size = tg_dtype_size(result);
    ck_assert_int_le(op->arity, MOST_OPERANDS);
    for (int draw = 0; draw < scaled(4); draw++) {
        for (int i = 0; i < op->arity; i++)
            fill_operand(&r, text_operand(op, i, dtype), operands[i]);
        if (strcmp(op->name, "polygamma") == 0) fill_orders(&r, dtype, operands[0]);
        op->map->way[dtype][TG_MAP_VECTORS](RUN, by_kernel, in);
        loop(RUN, by_text, in);
        for (size_t i = 0; i < RUN; i++) {
            const unsigned char *want = by_kernel + i * size, *got = by_text + i * size;
            if (same_element(result, want, got)) continue;
            const double a =
                tg__load_scalar((int)text_operand(op, 0, dtype),
                                operands[0] + i * tg_dtype_size(text_operand(op, 0, dtype)));
            ck_abort_msg("%s of %s, whose first operand is %.17g: the kernel gives %.17g, the text "
                         "\"%s\" %.17g",
                         op->name, tg_dtype_name(dtype), a, tg__load_scalar((int)result, want),
                         op->map->text[dtype], tg__load_scalar((int)result, got));
        }
    }
}

START_TEST(a_map_has_a_text_for_every_dtype_that_it_has_kernels_for)
{
    const tg_op *op = op_at(_i);
    if (op->kind != TG_KIND_MAP) return;
    for (int d = 0; d < TG_DTYPES; d++)
        ck_assert_msg(!op->map->way[d][TG_MAP_VECTORS] == !op->map->text[d],
                      "%s of %s has a kernel or a text, but not both", op->name,
                      tg_dtype_name((tg_dtype)d));
}
END_TEST

START_TEST(a_text_computes_what_the_kernel_does)
{
    const tg_op *op = op_at(_i);
    if (op->kind != TG_KIND_MAP) return;
    int dtypes = 0;
    for (int d = 1; d < TG_DTYPES; d++) {
        if (!op->map->way[d][TG_MAP_VECTORS]) continue;
        const tg__map_fn loop = loop_of(op, d);
        ck_assert_msg(loop, "%s of %s is not in what make_texts.c wrote", op->name,
                      tg_dtype_name((tg_dtype)d));
        compare(op, (tg_dtype)d, loop);
        dtypes++;
    }
    ck_assert_msg(dtypes > 0, "%s has no kernel", op->name);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("texts");
    TCase *cases = tcase_create("texts");
    tcase_add_loop_test(cases, a_map_has_a_text_for_every_dtype_that_it_has_kernels_for, 0,
                        op_count());
    tcase_add_loop_test(cases, a_text_computes_what_the_kernel_does, 0, op_count());
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
