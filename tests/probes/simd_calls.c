/* Links only if the loop calls the vector function: the scalar one is nowhere defined. */
#include <immintrin.h>

__attribute__((simd("notinbranch"))) extern float probe(float x);
__m128 _ZGVbN4v_probe(__m128 x);
__m128 _ZGVbN4v_probe(__m128 x) { return x; }

float values[64];

int main(void)
{
#pragma omp simd
    for (int i = 0; i < 64; i++) values[i] = probe(values[i]);
    return values[63] == 0.0F ? 0 : 1;
}
