/* map.h: the kernels of elementwise operations, a loop for each dtype. Those of two operands
 * have a loop for each way these may come: as vectors, or one of them as a single element. And
 * the entries of a tg__map. Macros whose parameters end with the columns of a dtype are for rows
 * of the table in kernels/dtype.h. */
#ifndef TG_MAP_H
#define TG_MAP_H

#include "kernels/elementwise.h"
#include "ops/ops.h"

/* A loop over one operand x, of type In, that stores [value] as an Out. */
#define TG_LOOP1(name, In, Out, value)                                                             \
    TG_CLONES static void name(size_t n, void *out, const void *const in[])                        \
    {                                                                                              \
        typedef In T;                                                                              \
        Out *o = out;                                                                              \
        const T *p = in[0];                                                                        \
        TG_SIMD                                                                                    \
        for (size_t i = 0; i < n; i++) {                                                           \
            const T x = p[i];                                                                      \
            o[i] = (Out)(value);                                                                   \
        }                                                                                          \
    }

/* A loop over two operands, a of type First and b of type Second, which [value] knows as T. A
 * and B are expressions for the two elements: p[i] or p0, q[i] or q0. */
#define TG_LOOP2(name, First, Second, Out, A, B, value)                                            \
    TG_CLONES static void name(size_t n, void *out, const void *const in[])                        \
    {                                                                                              \
        typedef Second T;                                                                          \
        Out *o = out;                                                                              \
        const First *p = in[0], p0 = p[0];                                                         \
        const T *q = in[1], q0 = q[0];                                                             \
        (void)p0, (void)q0;                                                                        \
        TG_SIMD                                                                                    \
        for (size_t i = 0; i < n; i++) {                                                           \
            const First a = A;                                                                     \
            const T b = B;                                                                         \
            o[i] = (Out)(value);                                                                   \
        }                                                                                          \
    }
#define TG_LOOPS2(id, First, Second, Out, value)                                                   \
    TG_LOOP2(id##_vv, First, Second, Out, p[i], q[i], value)                                       \
    TG_LOOP2(id##_vs, First, Second, Out, p[i], q0, value)                                         \
    TG_LOOP2(id##_sv, First, Second, Out, p0, q[i], value)

/* The loops of one dtype, whose result has the same dtype. */
#define TG_MAP1(id, value, dtype, type, T, ...) TG_LOOP1(id##_##type, T, T, value)
#define TG_MAP2(id, value, dtype, type, T, ...) TG_LOOPS2(id##_##type, T, T, T, value)

/* Entries of a tg__map: the loops, by number of operands, and the text of their value. */
#define TG_WAYS1(id, dtype, type, ...) [dtype] = { id##_##type },
#define TG_WAYS2(id, dtype, type, ...)                                                             \
    [dtype] = { id##_##type##_vv, id##_##type##_vs, id##_##type##_sv },
#define TG_TEXT(text, dtype, ...) [dtype] = text,

#endif
