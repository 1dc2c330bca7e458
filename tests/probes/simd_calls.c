/* Links only if the loop calls vector functions from all of its copies: the scalar function is
 * nowhere defined, and those of all widths are. */
#include "kernels/vector.h"

__attribute__((simd("notinbranch"))) extern float probe(float x);
__attribute__((simd("notinbranch"))) extern double probe_wide(double x);

#define DEFINE(name)                                                                               \
    void name(void);                                                                               \
    void name(void) {}
DEFINE(_ZGVbN4v_probe)
DEFINE(_ZGVcN8v_probe)
DEFINE(_ZGVdN8v_probe)
DEFINE(_ZGVeN16v_probe)
DEFINE(_ZGVbN2v_probe_wide)
DEFINE(_ZGVcN4v_probe_wide)
DEFINE(_ZGVdN4v_probe_wide)
DEFINE(_ZGVeN8v_probe_wide)

float values[64];
double wide_values[64];

TG_CLONES static void compute(void)
{
    TG_SIMD
    for (int i = 0; i < 64; i++) values[i] = probe(values[i]);
    TG_SIMD
    for (int i = 0; i < 64; i++) wide_values[i] = probe_wide(wide_values[i]);
}

int main(void)
{
    compute();
    return values[63] == 0.0F ? 0 : 1;
}
