/* Links if libm has the vector functions that loops over those of kernels/vector.h call, in each of
 * their copies. They came one by one: tanh, erf and others with glibc 2.35. */
#include "kernels/vector.h"

enum { COUNT = 64 };
float values[COUNT];
double wide_values[COUNT];

#define LOOP1(id, own)                                                                             \
    TG_CLONES static void call_##id(void)                                                          \
    {                                                                                              \
        TG_SIMD                                                                                    \
        for (int i = 0; i < COUNT; i++) values[i] = tg__vector_##id##f(values[i]);                 \
        TG_SIMD                                                                                    \
        for (int i = 0; i < COUNT; i++) wide_values[i] = tg__vector_##id(wide_values[i]);          \
    }
#define LOOP2(id, own)                                                                             \
    TG_CLONES static void call_##id(void)                                                          \
    {                                                                                              \
        TG_SIMD                                                                                    \
        for (int i = 0; i < COUNT; i++) values[i] = tg__vector_##id##f(values[i], 2);              \
        TG_SIMD                                                                                    \
        for (int i = 0; i < COUNT; i++) wide_values[i] = tg__vector_##id(wide_values[i], 2);       \
    }
TG_VECTOR_FUNCTIONS(LOOP1, LOOP2, LOOP2)

int main(void)
{
#define CALL(id, own) call_##id();
    TG_VECTOR_FUNCTIONS(CALL, CALL, CALL)
    return values[0] > 2;
}
