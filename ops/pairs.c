/* pairs.c: two elementwise operations in one instruction, for pairs that are common in updates
 * and activations. Each of the two rounds as it does alone, so a pair changes no bit; what it
 * saves is to write the first result and to read it again. */
#include "ops/map.h"
#include "ops/pairs.h"

#define LOOP(name, type_name, B, C, value)                                                         \
    TG_CLONES static void name(size_t n, void *out, const void *const in[])                        \
    {                                                                                              \
        typedef type_name T;                                                                       \
        T *o = out;                                                                                \
        const T *p = in[0], *q = in[1], *r = in[2];                                                \
        const T q0 = q[0], r0 = r[0];                                                              \
        (void)q0, (void)r0;                                                                        \
        TG_SIMD                                                                                    \
        for (size_t i = 0; i < n; i++) {                                                           \
            const T a = p[i], b = B, c = C;                                                        \
            (void)b, (void)c;                                                                      \
            o[i] = (T)(value);                                                                     \
        }                                                                                          \
    }
#define LOOPS(id, value, dtype, type, T, ...)                                                      \
    LOOP(id##_##type##_vv, T, q[i], r[i], value)                                                   \
    LOOP(id##_##type##_sv, T, q0, r[i], value)                                                     \
    LOOP(id##_##type##_vs, T, q[i], r0, value)                                                     \
    LOOP(id##_##type##_ss, T, q0, r0, value)

/*      name          first   second  goes to   result */
#define PAIRS(PAIR)                                                                                \
    PAIR(mul_add, mul, add, -1, a *b + c)                                                          \
    PAIR(mul_take, mul, sub, 0, a *b - c)                                                          \
    PAIR(take_mul, mul, sub, 1, c - a * b)                                                         \
    PAIR(square_mul, square, mul, -1, a *a *c)                                                     \
    PAIR(sqrt_add, sqrt, add, -1, TG_MATH1(sqrt, a) + c)                                           \
    PAIR(sub_exp, sub, exp, 0, TG_MATH1(tg__power, a - b))                                         \
    PAIR(neg_exp, neg, exp, 0, TG_MATH1(tg__power, -a))

#define KERNELS(id, first, second, operand, value) TG_EACH_FLOAT(LOOPS, id, value)
PAIRS(KERNELS)

#define WAYS(id, dtype, type, ...)                                                                 \
    [dtype] = { id##_##type##_vv, id##_##type##_sv, id##_##type##_vs, id##_##type##_ss },
#define ROW(id, first_op, second_op, goes_to, value)                                               \
    { .first = &tg__op_##first_op,                                                                 \
      .second = &tg__op_##second_op,                                                               \
      .operand = goes_to,                                                                          \
      .way = { TG_EACH_FLOAT(WAYS, id) } },
const tg__pair tg__pairs[] = { PAIRS(ROW){ .first = NULL } };
