/* gemm.h: the built-in matrix product, for builds without a BLAS and for operands that no
 * BLAS takes. Single-threaded; blas.h is what the library calls. */
#ifndef TG_GEMM_H
#define TG_GEMM_H

#include "kernels/blas.h"

/* The instruction sets that the kernel is compiled for, the better the later. */
typedef enum tg__isa { TG__ISA_BASELINE, TG__ISA_AVX2, TG__ISA_AVX512 } tg__isa;

/* The best one that this machine has. */
tg__isa tg__gemm_isa(void);

/* Bytes of scratch memory that the product needs, whatever its size. */
size_t tg__gemm_builtin_scratch(void);

/* An element's bits do not depend on the rest of the product, unless m or n is as small as
 * this: so a product may be cut along m and n in any way, into parts that are larger. */
enum { TG__GEMM_FEW = 3 };

/* c[m,n] = a[m,k] . b[k,n], whatever c held. Any strides, zero and negative ones too; the
 * rows of c are [c_row] elements apart. [isa] must be one that this machine has. [scratch] is
 * aligned to 64 bytes. */
void tg__gemm_builtin(tg__isa isa, tg_dtype dtype, int64_t m, int64_t n, int64_t k, tg__matrix a,
                      tg__matrix b, void *c, int64_t c_row, void *scratch);

#endif
