/* special.h: special functions of one double, as kernels call them (special.c has the formulas).
 * Of f32 they are computed in double and rounded. They change no global state (the C library's
 * lgamma writes signgam), and give the same bits whichever kernel calls them. */
#ifndef TG_SPECIAL_H
#define TG_SPECIAL_H

/* y with erf(y) = x; infinite at +-1, NaN beyond. */
double tg__erfinv(double x);
/* ln |gamma(x)|; infinity at 0, -1, -2, ... */
double tg__lgamma(double x);
/* Its derivative: -+infinity at +-0, NaN at -1, -2, ... */
double tg__digamma(double x);
/* The derivative of order [n], a whole number from 0 to 1020, of the digamma function. Infinity at
 * 0, -1, -2, ... for odd n; for even n as digamma. */
double tg__polygamma(double n, double x);

#endif
