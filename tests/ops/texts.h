/* texts.h: the texts of elementwise operations as loops. make_texts.c writes a C file with a loop
 * for each operation and dtype, made of the text alone; test_texts.c compares what they compute
 * with what the kernels do. */
#ifndef TG_TESTS_TEXTS_H
#define TG_TESTS_TEXTS_H

#include "autograd/op.h"

#include <string.h>

typedef struct text_loop {
    const char *op;
    tg_dtype dtype; /* of the last operand */
    tg__map_fn loop;
} text_loop;

extern const text_loop text_loops[]; /* ends with an op of NULL */

static inline bool is_one_of(const char *name, const char *const list[])
{
    for (; *list; list++)
        if (strcmp(name, *list) == 0) return true;
    return false;
}

static inline tg_dtype dtype_named(const char *name)
{
    for (int d = 1; d < TG_DTYPES; d++)
        if (strcmp(name, tg_dtype_name((tg_dtype)d)) == 0) return (tg_dtype)d;
    return TG_DTYPE_DEFAULT;
}

/* The dtype of operand [i], where the last is of [dtype]. */
static inline tg_dtype text_operand(const tg_op *op, int i, tg_dtype dtype)
{
    if (i == 0 && strcmp(op->name, "select") == 0) return TG_BOOL;
    return i == 0 && strcmp(op->name, "scale") == 0 ? TG_F64 : dtype;
}

/* The dtype of the result. */
static inline tg_dtype text_result(const tg_op *op, tg_dtype dtype)
{
    static const char *const comparisons[] = { "less", "less_equal", "equal", NULL };
    if (is_one_of(op->name, comparisons)) return TG_BOOL;
    return strncmp(op->name, "cast_", 5) == 0 ? dtype_named(op->name + 5) : dtype;
}

#endif
