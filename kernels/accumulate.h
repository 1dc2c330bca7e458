/* accumulate.h: sums whose terms come one by one, as where an index says to which sum each term
 * belongs: docs/sums.md, "one after the other".
 *
 * The sum of floats is a double. That of doubles is a double, and another for what its additions
 * have rounded off (Knuth, The Art of Computer Programming 2, 4.2.2, theorem B), which is added
 * at the end. */
#ifndef TG_OPS_ACCUMULATE_H
#define TG_OPS_ACCUMULATE_H

#include <stdint.h>

/* Adds x to [sum], and to [lost] what this rounds off. Beside an infinity nothing is lost. */
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
