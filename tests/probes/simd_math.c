/* Links if libm has the vector functions that loops over those of kernels/vector.h call, in each of
 * their copies. They came one by one: tanh, erf and others with glibc 2.35. */
#include "kernels/vector.h"

enum { COUNT = 64 };
float values[COUNT];
double wide_values[COUNT];

#define LOOP1(id)                                                                                  \
    TG_CLONES static void call_##id(void)                                                          \
    {                                                                                              \
        TG_SIMD                                                                                    \
        for (int i = 0; i < COUNT; i++) values[i] = tg__vector_##id##f(values[i]);                 \
        TG_SIMD                                                                                    \
        for (int i = 0; i < COUNT; i++) wide_values[i] = tg__vector_##id(wide_values[i]);          \
    }
#define LOOP2(id)                                                                                  \
    TG_CLONES static void call_##id(void)                                                          \
    {                                                                                              \
        TG_SIMD                                                                                    \
        for (int i = 0; i < COUNT; i++) values[i] = tg__vector_##id##f(values[i], 2);              \
        TG_SIMD                                                                                    \
        for (int i = 0; i < COUNT; i++) wide_values[i] = tg__vector_##id(wide_values[i], 2);       \
    }
#define ALL(ONE, TWO)                                                                              \
    ONE(exp)                                                                                       \
    ONE(exp2)                                                                                      \
    ONE(expm1)                                                                                     \
    ONE(sinh) ONE(log) ONE(log2) ONE(log10) ONE(log1p) ONE(atan) ONE(erf) ONE(erfc) ONE(sin)       \
        ONE(cos) ONE(tan) TWO(pow) TWO(atan2)
ALL(LOOP1, LOOP2)

int main(void)
{
#define CALL(id) call_##id();
    ALL(CALL, CALL)
    return values[0] > 2;
}
