/* map.h: the kernels of elementwise operations: a loop for each dtype, and for operands of one
 * element that stands for all a loop for each way they may come; and the entries of a tg__map.
 * Those that end with a dtype's columns are for the table's rows (kernels/dtype.h). */
#ifndef TG_MAP_H
#define TG_MAP_H

#include "kernels/elementwise.h"
#include "ops/ops.h"

/* One operand, x of type In: [value], as an Out. */
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

/* Two operands, a of type First and b of type Second, which [value] knows as T; A and B are the
 * elements of their arrays p and q. */
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

/* The loops of a dtype, whose result has the same. */
#define TG_MAP1(id, value, dtype, type, T, ...) TG_LOOP1(id##_##type, T, T, value)
#define TG_MAP2(id, value, dtype, type, T, ...) TG_LOOPS2(id##_##type, T, T, T, value)

/* Entries of a tg__map: the loops, by number of operands, and the text of their value. */
#define TG_WAYS1(id, dtype, type, ...) [dtype] = { id##_##type },
#define TG_WAYS2(id, dtype, type, ...)                                                             \
    [dtype] = { id##_##type##_vv, id##_##type##_vs, id##_##type##_sv },
#define TG_TEXT(text, dtype, ...) [dtype] = text,

#endif
