/* test_jit_bits.c: loops of elementwise operations that are compiled at run time give the bits of
 * the library's kernels. (tests/ops/test_texts.c does the same for all operations, in loops that
 * are compiled with the library.) */
#include "ops/registry.h"

#include "tests/jit/jitting.h"
#include "tests/support/random.h"

#include <float.h>
#include <math.h>

enum { RUN = 4096, MOST_OPERANDS = 3, TEXT = 1 << 16 };

static const char *const operations[] = { "exp", "tanh",  "sigmoid", "erf",  "gelu",  "pow",
                                          "sin", "log1p", "add",     "sqrt", "select" };
static const tg_dtype dtypes[] = { TG_F32, TG_F64 };

/* Where kernels do without vector functions of libm, sines of large angles are no inline code. */
static bool is_inside(const tg_op *op) { return !(op->flags & TG_OP_OUTSIDE); }

static const tg_op *op_named(const char *name)
{
    for (const tg_op *const *op = tg__registry; *op; op++)
        if (strcmp((*op)->name, name) == 0) return *op;
    ck_abort_msg("there is no operation \"%s\"", name);
}

/* ---- Loops ----------------------------------------------------------------------------------- */

static bool is_condition(const tg_op *op, int i)
{
    return i == 0 && strcmp(op->name, "select") == 0;
}

static const char *c_type(tg_dtype dtype) { return dtype == TG_F32 ? "float" : "double"; }

/* Appends a loop to the text. */
static void write_loop(char *text, const tg_op *op, tg_dtype dtype)
{
    const char *names = op->arity == 1 ? "x" : "abc", *type = c_type(dtype);
    char *end = text + strlen(text);
#define ADD(...) end += snprintf(end, (size_t)(text + TEXT - end), __VA_ARGS__)
    ADD("#define T %s\nvoid %s_%s(size_t n, void *out, const void *const in[])\n{\n    T *o = "
        "out;\n",
        type, op->name, tg_dtype_name(dtype));
    for (int i = 0; i < op->arity; i++) {
        const char *operand = is_condition(op, i) ? "uint8_t" : type;
        ADD("    const %s *p%d = in[%d];\n", operand, i, i);
    }
    ADD("    n &= ~(size_t)15;\n    TG_SIMD\n    for (size_t i = 0; i < n; i++) {\n");
    for (int i = 0; i < op->arity; i++)
        ADD("        const %s %c = p%d[i];\n", is_condition(op, i) ? "uint8_t" : type, names[i], i);
    ADD("        o[i] = %s;\n    }\n}\n#undef T\n", op->map->text[dtype]);
#undef ADD
    ck_assert_int_lt(end - text, TEXT - 1);
}

/* ---- Operands -------------------------------------------------------------------------------- */

static double draw_number(rng *r, bool narrow)
{
    static const double special[] = { 0.0,      -0.0,      1,        -1,        0.5,      -0.5,
                                      INFINITY, -INFINITY, NAN,      FLT_MAX,   -FLT_MAX, DBL_MAX,
                                      FLT_MIN,  DBL_MIN,   0x1p-149, 0x1p-1074, 0x1p31,   1e22 };
    const int reach = narrow ? 149 : 1074;
    switch (rng_below(r, 4)) {
    case 0: return special[rng_below(r, COUNT_OF(special))];
    case 1: return rng_between(r, -4, 4);
    case 2: return rng_between(r, -100, 100);
    default: return ldexp(rng_between(r, -2, 2), rng_below(r, 2 * reach) - reach);
    }
}

static _Alignas(64) unsigned char operands[MOST_OPERANDS][RUN * 8];
static _Alignas(64) unsigned char by_kernel[RUN * 8], by_text[RUN * 8];

static void fill_operands(rng *r, const tg_op *op, tg_dtype dtype)
{
    for (int k = 0; k < op->arity; k++) {
        float *singles = (float *)(void *)operands[k];
        double *doubles = (double *)(void *)operands[k];
        for (int i = 0; i < RUN; i++) {
            const double number = draw_number(r, dtype == TG_F32);
            if (is_condition(op, k)) operands[k][i] = (unsigned char)rng_below(r, 2);
            else if (dtype == TG_F32) singles[i] = (float)number;
            else doubles[i] = number;
        }
    }
}

/* ---- Comparing ------------------------------------------------------------------------------- */

/* Equal bits, or two that are no number. */
static bool is_same(tg_dtype dtype, size_t i)
{
    const size_t size = tg_dtype_size(dtype);
    const unsigned char *a = by_kernel + i * size, *b = by_text + i * size;
    return memcmp(a, b, size) == 0 ||
           (isnan(tg__load_scalar((int)dtype, a)) && isnan(tg__load_scalar((int)dtype, b)));
}

static void compare(const tg__jit_object *object, const tg_op *op, tg_dtype dtype)
{
    const void *in[MOST_OPERANDS] = { operands[0], operands[1], operands[2] };
    char name[64];
    rng r = rng_of(1, dtype);
    (void)snprintf(name, sizeof name, "%s_%s", op->name, tg_dtype_name(dtype));
    void *symbol = tg__jit_symbol(object, name);
    ck_assert_msg(symbol != NULL, "there is no %s", name);
    tg__map_fn loop;
    memcpy(&loop, &symbol, sizeof loop);
    for (int draw = 0; draw < scaled(4); draw++) {
        fill_operands(&r, op, dtype);
        op->map->way[dtype][TG_MAP_VECTORS](RUN, by_kernel, in);
        loop(RUN, by_text, in);
        for (size_t i = 0; i < RUN; i++)
            ck_assert_msg(is_same(dtype, i),
                          "%s, element %zu: the kernel gives %.17g, the text "
                          "%.17g",
                          name, i,
                          tg__load_scalar((int)dtype, by_kernel + i * tg_dtype_size(dtype)),
                          tg__load_scalar((int)dtype, by_text + i * tg_dtype_size(dtype)));
    }
}

START_TEST(loops_give_the_bits_of_kernels)
{
    static char text[TEXT];
    for (int i = 0; i < COUNT_OF(operations); i++)
        for (int d = 0; d < COUNT_OF(dtypes); d++)
            if (is_inside(op_named(operations[i])))
                write_loop(text, op_named(operations[i]), dtypes[d]);
    const tg__jit_result result = load(text);
    ck_assert_msg(result.object != NULL, "%s", result.text);
    for (int i = 0; i < COUNT_OF(operations); i++)
        for (int d = 0; d < COUNT_OF(dtypes); d++)
            if (is_inside(op_named(operations[i])))
                compare(result.object, op_named(operations[i]), dtypes[d]);
    tg__jit_free(result.object);
}
END_TEST

int main(void)
{
    if (!find_real_compiler()) return 77;
    Suite *suite = suite_create("jit_bits");
    TCase *cases = tcase_create("jit_bits");
    tcase_add_checked_fixture(cases, open_folders, close_folders);
    tcase_add_test(cases, loops_give_the_bits_of_kernels);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
