/* peak.h: how many fused multiply-adds a core of this machine makes: the limit of products. */
#ifndef TG_BENCHMARKS_PEAK_H
#define TG_BENCHMARKS_PEAK_H

#include <tapegrad.h>

/* Floating-point operations of one call of bench_peak. */
double bench_peak_flops(tg_dtype dtype);
/* Independent multiply-adds in registers, and nothing else, by the widest vectors that the
 * library's products use. A contender of bench_run; context: a tg_dtype, TG_F32 or TG_F64. */
void bench_peak(void *context);

#endif
