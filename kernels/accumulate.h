/* accumulate.h: sums of terms that come one by one and not side by side, as where an index says to
 * which sum each belongs: docs/sums.md, "one after the other".
 *
 * The sum of floats is a double. That of doubles is a double and what its additions have rounded
 * off (Knuth, The Art of Computer Programming 2, 4.2.2, theorem B), which is added at the end. */
#ifndef TG_OPS_ACCUMULATE_H
#define TG_OPS_ACCUMULATE_H

#include <stdint.h>

/* [sum] and x, and into [lost] what that rounds off. Nothing is lost beside an infinity. */
#define TG__ADD_KEPT(name, T)                                                                      \
    static inline void name(T x, T *sum, T *lost)                                                  \
    {                                                                                              \
        const T before = *sum, after = before + x, part = after - before;                          \
        const T rest = (before - (after - part)) + (x - part);                                     \
        *sum = after;                                                                              \
        *lost += after - after == 0 ? rest : 0;                                                    \
    }
TG__ADD_KEPT(tg__add_kept_f32, float)
TG__ADD_KEPT(tg__add_kept_f64, double)

static inline void tg__add_f32(float x, double *sum) { *sum += (double)x; }

#endif
