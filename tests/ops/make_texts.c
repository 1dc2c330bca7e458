/* make_texts.c: writes the C file of texts.h. A text becomes the body of a function of the operands
 * alone, so it compiles only if it names nothing but these, T, and what kernels/elementwise.h has.
 *
 * Usage: make_texts FILE */
#include "ops/registry.h"
#include "tests/ops/texts.h"

#include <stdio.h>

static const char operand_names[] = "xabc"; /* x if there is one */

static void write_loop(FILE *out, const tg_op *op, tg_dtype dtype)
{
    const char *type = tg__c_type((int)dtype), *result = tg__c_type((int)text_result(op, dtype));
    const char *names = op->arity == 1 ? operand_names : operand_names + 1;
    fprintf(out, "\n#define T %s\nTG_INLINE %s %s_%s_value(", type, result, op->name,
            tg_dtype_name(dtype));
    for (int i = 0; i < op->arity; i++)
        fprintf(out, "%s%s %c", i ? ", " : "", tg__c_type((int)text_operand(op, i, dtype)),
                names[i]);
    fprintf(out, ")\n{\n    return (%s)(%s);\n}\n#undef T\n", result, op->map->text[dtype]);
    fprintf(out,
            "TG_CLONES static void %s_%s(size_t n, void *out, const void *const in[])\n{\n"
            "    %s *o = out;\n",
            op->name, tg_dtype_name(dtype), result);
    for (int i = 0; i < op->arity; i++)
        fprintf(out, "    const %s *p%d = in[%d];\n", tg__c_type((int)text_operand(op, i, dtype)),
                i, i);
    fprintf(out, "    TG_SIMD\n    for (size_t i = 0; i < n; i++) o[i] = %s_%s_value(", op->name,
            tg_dtype_name(dtype));
    for (int i = 0; i < op->arity; i++) fprintf(out, "%sp%d[i]", i ? ", " : "", i);
    fputs(");\n}\n", out);
}

static bool has_text(const tg_op *op, int dtype)
{
    return op->kind == TG_KIND_MAP && op->map->text[dtype];
}

int main(int argc, char **argv)
{
    FILE *out = argc == 2 ? fopen(argv[1], "w") : NULL;
    if (!out) {
        fputs("usage: make_texts FILE\n", stderr);
        return 1;
    }
    fputs("/* Written by make_texts.c. */\n#include \"kernels/elementwise.h\"\n#include "
          "\"tests/ops/texts.h\"\n",
          out);
    for (const tg_op *const *op = tg__registry; *op; op++)
        for (int d = 1; d < TG_DTYPES; d++)
            if (has_text(*op, d)) write_loop(out, *op, (tg_dtype)d);
    fputs("\nconst text_loop text_loops[] = {\n", out);
    for (const tg_op *const *op = tg__registry; *op; op++)
        for (int d = 1; d < TG_DTYPES; d++)
            if (has_text(*op, d))
                fprintf(out, "    { \"%s\", (tg_dtype)%d, %s_%s },\n", (*op)->name, d, (*op)->name,
                        tg_dtype_name((tg_dtype)d));
    fputs("    { NULL, TG_DTYPE_DEFAULT, NULL },\n};\n", out);
    return fclose(out) != 0;
}
