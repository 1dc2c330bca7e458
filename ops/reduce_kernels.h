/* reduce_kernels.h: the kernel functions of reductions, by the operand's dtype. */
#ifndef TG_REDUCE_KERNELS_H
#define TG_REDUCE_KERNELS_H

#include "autograd/op.h"

extern const tg__reduce tg__sum_kernels[TG_DTYPES], tg__sum_squares_kernels[TG_DTYPES],
    tg__mean_kernels[TG_DTYPES], tg__max_kernels[TG_DTYPES], tg__min_kernels[TG_DTYPES];

/* Where among n > 0 elements the first is that equals [extreme], the largest or least of them; a
 * NaN equals a NaN. */
typedef int64_t (*tg__place_fn)(int64_t n, const void *in, const void *extreme);
extern const tg__place_fn tg__place_kernels[TG_DTYPES];

#endif
