/* reduce_kernels.h: the kernel functions of reductions, by the operand's dtype. */
#ifndef TG_REDUCE_KERNELS_H
#define TG_REDUCE_KERNELS_H

#include "autograd/op.h"

extern const tg__reduce tg__sum_kernels[TG_DTYPES], tg__sum_squares_kernels[TG_DTYPES],
    tg__mean_kernels[TG_DTYPES], tg__max_kernels[TG_DTYPES], tg__min_kernels[TG_DTYPES];

#endif
