/* compare.h: do two executors agree? What is computed element by element must agree in every
 * bit; sums and products, and what depends on them, within a tolerance. */
#ifndef TG_TESTS_COMPARE_H
#define TG_TESTS_COMPARE_H

#include <math.h>
#include <stdlib.h>

#include "autograd/engine.h"

static inline double element(tg_dtype dtype, const void *data, size_t i)
{
    switch (dtype) {
    case TG_F32: return (double)((const float *)data)[i];
    case TG_F64: return ((const double *)data)[i];
    case TG_I32: return ((const int32_t *)data)[i];
    case TG_I64: return (double)((const int64_t *)data)[i];
    default: return ((const uint8_t *)data)[i];
    }
}

/* The largest finite magnitude. */
static inline double magnitude(tg_dtype dtype, size_t count, const void *data)
{
    double most = 0;
    for (size_t i = 0; i < count; i++) {
        const double size = fabs(element(dtype, data, i));
        if (isfinite(size) && size > most) most = size;
    }
    return most;
}

/* The first element where [a] is not [b], or [count]. A tolerance of 0 asks for equal bits, but
 * a NaN for any NaN; others are relative to the largest element and 1. */
static inline size_t first_difference(tg_dtype dtype, size_t count, const void *a, const void *b,
                                      double tolerance)
{
    const size_t size = tg_dtype_size(dtype);
    const double allowed = tolerance > 0 ? tolerance * (1 + magnitude(dtype, count, b)) : 0;
    for (size_t i = 0; i < count; i++) {
        if (memcmp((const char *)a + i * size, (const char *)b + i * size, size) == 0) continue;
        const double x = element(dtype, a, i), y = element(dtype, b, i);
        if (isnan(x) && isnan(y)) continue;
        if (tolerance > 0 && (x == y || fabs(x - y) <= allowed)) continue;
        return i;
    }
    return count;
}

/* Which nodes depend on a sum or a product of matrices, whose order of adding is free? The caller
 * frees the list. */
static inline bool *rounded_nodes(const tg_tape *t)
{
    bool *rounded = calloc(t->count + 1, sizeof *rounded);
    for (size_t id = 0; rounded && id < t->count; id++) {
        const tg_tensor *x = t->nodes[id];
        const char *name = x->op->name;
        rounded[id] =
            tg__is_float(x->dtype) &&
            (strcmp(name, "sum") == 0 || strcmp(name, "mean") == 0 || strcmp(name, "dot") == 0);
        for (int i = 0; i < x->arity; i++) rounded[id] |= rounded[x->in[i]->id];
    }
    return rounded;
}

#endif
