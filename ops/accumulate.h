/* accumulate.h: sums of terms that come one by one and not side by side, as where an index says to
 * which sum each belongs: docs/sums.md, "one after the other".
 *
 * The sum of floats is a double. That of doubles is a double and what its additions have rounded
 * off (Knuth, The Art of Computer Programming 2, 4.2.2, theorem B), which is added at the end. */
#ifndef TG_OPS_ACCUMULATE_H
#define TG_OPS_ACCUMULATE_H

#include <stdint.h>

static inline void tg__add_f32(float x, double *sum) { *sum += (double)x; }

static inline void tg__add_f64(double x, double *sum, double *lost)
{
    const double before = *sum, after = before + x, part = after - before;
    const double rest = (before - (after - part)) + (x - part);
    *sum = after;
    *lost += after - after == 0 ? rest : 0; /* nothing is lost beside an infinity */
}

#endif
