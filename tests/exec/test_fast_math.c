/* test_fast_math.c: a program linked with -ffast-math begins with denormals flushed to 0, in f64
 * too. Runs keep them or flush them as the store says, and leave the program's mode as it was.
 * Numbers are compared by their bits: in that mode a comparison takes a denormal for 0. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tapegrad.h>

enum { SKIPPED = 77, COUNT = 100 };

static int failures;

static void check(bool holds, const char *what)
{
    if (holds) return;
    fprintf(stderr, "%s\n", what);
    failures++;
}

static bool flushes(void)
{
    volatile double small = 0x1p-1022;
    small = small * 0.25;
    uint64_t bits;
    const double now = small;
    memcpy(&bits, &now, sizeof bits);
    return bits == 0;
}

/* 2^-1060, and 2^-140 as a float. */
static const uint64_t SMALL = (uint64_t)1 << 14;
static const uint32_t NARROW = (uint32_t)1 << 9;

static void product(bool keep, tg_dtype dtype, bool naive, int64_t count, int threads)
{
    tg_store *store = tg_store_new(.dtype = dtype, .keep_denormals = keep);
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *x = tg_input(tape, "x", dtype, TG_SHAPE(count));
    double wide[COUNT];
    float narrow[COUNT];
    for (int i = 0; i < COUNT; i++) wide[i] = 0x1p-700, narrow[i] = 0x1p-100f;
    const void *data = dtype == TG_F32 ? (void *)narrow : (void *)wide;
    tg_feed_as(x, dtype, data, (size_t)count);
    tg_tensor *y = tg_mul_num(x, dtype == TG_F32 ? 0x1p-40 : 0x1p-360);
    tg_tensor *last = tg_pick(tg_cumsum(y, 0), 0, 0);
    tg_plan *plan = tg_compile(tape, y, last, .naive = naive, .threads = threads);
    if (tg_report(tape, stderr) != 0 || tg_run(plan) != TG_OK) exit(EXIT_FAILURE);
    tg_get_as(y, dtype, dtype == TG_F32 ? (void *)narrow : (void *)wide, (size_t)count);
    for (int i = 0; i < count; i++) {
        uint64_t bits = 0;
        memcpy(&bits, dtype == TG_F32 ? (void *)&narrow[i] : (void *)&wide[i],
               tg_dtype_size(dtype));
        if (dtype == TG_F64) check(bits == SMALL, "f64 is flushed");
        else if (keep) check(bits == NARROW, "f32 is flushed, and should be kept");
        else if (count > 1) check(bits == 0, "f32 is kept, and may be flushed");
    }
    if (dtype == TG_F32 && keep) check(tg_item(last) > 0x1p-141, "tg_item flushes");
    check(flushes(), "a run has changed the program's mode");
    tg_plan_free(plan);
    tg_tape_free(tape);
    tg_store_free(store);
}

int main(void)
{
    if (!flushes()) return SKIPPED;
    for (int keep = 0; keep < 2; keep++)
        for (int naive = 0; naive < 2; naive++)
            for (int threads = 1; threads < 4; threads += 2)
                for (int64_t count = 1; count <= COUNT; count += COUNT - 1) {
                    product(keep, TG_F32, naive, count, threads);
                    product(keep, TG_F64, naive, count, threads);
                }
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
