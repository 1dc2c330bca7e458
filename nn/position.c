/* position.c: sinusoidal encodings of positions (Vaswani et al. 2017). */
#include "operands.h"

#include <math.h>
#include <stdlib.h>

#undef TG_HERE
#define TG_HERE at

/* Columns 2i and 2i + 1: sine and cosine with a period of 2 pi 10000^(2i / width) positions. */
static double wave(int64_t t, int64_t column, int64_t width)
{
    const double pair = (double)(column - column % 2);
    const double angle = (double)t * pow(10000, -pair / (double)width);
    return column % 2 ? cos(angle) : sin(angle);
}

static bool arguments_hold(tg_site at, tg_tape *tape, tg_dtype dtype, int64_t length, int64_t width)
{
    const char *const name = "tg_sinusoidal_positions";
    if (dtype != TG_F32 && dtype != TG_F64) {
        tg_fail(tape, at, TG_ERR_DTYPE, "%s: the dtype must be f32 or f64, not %s", name,
                tg_dtype_name(dtype));
        return false;
    }
    const int64_t count = tg_shape_count(TG_SHAPE(length, width));
    if (length >= 0 && width >= 0 && count >= 0 && count <= PTRDIFF_MAX / 8) return true;
    tg_fail(tape, at, TG_ERR_SHAPE, "%s: there cannot be %lld positions of width %lld", name,
            (long long)length, (long long)width);
    return false;
}

tg_tensor *tg_sinusoidal_positions_at(tg_site at, tg_tape *tape, tg_dtype dtype, int64_t length,
                                      int64_t width)
{
    if (!tg_enter_tape(&at, "tg_sinusoidal_positions", tape)) return NULL;
    if (dtype == TG_DTYPE_DEFAULT) dtype = tg_store_dtype(tg_tape_store(tape));
    if (!arguments_hold(at, tape, dtype, length, width)) return NULL;

    const int64_t count = length * width;
    void *table = tg_scratch(tape, count ? (size_t)count * tg_dtype_size(dtype) : 1);
    if (!table) return NULL;
    for (int64_t i = 0; i < count; i++) {
        const double value = wave(i / width, i % width, width);
        if (dtype == TG_F64) ((double *)table)[i] = value;
        else ((float *)table)[i] = (float)value;
    }
    return tg_constant(tape, dtype, TG_SHAPE(length, width), table);
}
