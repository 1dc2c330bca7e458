/* Runs if the compiler and the C library can choose a function's copy at load time. */
static float values[64];

__attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
static void add_one(float *x, int count)
{
    for (int i = 0; i < count; i++) x[i] += 1.0F;
}

int main(void)
{
    add_one(values, 64);
    return values[63] == 1.0F ? 0 : 1;
}
