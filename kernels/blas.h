/* blas.h: matrix products, by the BLAS the build found or by the built-in kernel. */
#ifndef TG_BLAS_H
#define TG_BLAS_H

#include "kernels/view.h"
#include "kernels/parallel.h"

/* How the rows, or the columns, of a matrix are laid out where one stride does not say it: several
 * axes, each of so many steps, the last the fastest. */
typedef struct tg__steps {
    int count;
    int64_t size[TG_MAX_RANK], step[TG_MAX_RANK];
} tg__steps;

/* One operand: element (i, j) is at data[i * row + j * column]; or, where there are [rows] or
 * [columns], at the place they give for first_row + i or first_column + j, in the place of i * row
 * or j * column. A BLAS takes plain matrices whose one stride is 1 and the other at least the
 * length of the axis it does not step along (or that axis is at most 1 long); the built-in kernel
 * takes all. */
typedef struct tg__matrix {
    const void *data;
    int64_t row, column;
    const tg__steps *rows, *columns;
    int64_t first_row, first_column;
} tg__matrix;

/* Terms of a chain of a sum, at most; and how many each has but for the last, where k of them, of
 * one chunk, are cut into chains. That is part of the result: each is summed on its own
 * (docs/sums.md). */
enum { TG__GEMM_DEPTH = 256 };
static inline int64_t tg__gemm_depth(int64_t k)
{
    const int64_t chains = (k + TG__GEMM_DEPTH - 1) / TG__GEMM_DEPTH;
    return chains > 1 ? (k + chains - 1) / chains : k;
}

/* c[m,n] = a[m,k] . b[k,n], c dense row-major, for f32 or f64. Overwrites c whatever it held
 * (k == 0 gives zeros). Larger products are cut into panels chosen from the shape alone, so
 * the bits do not depend on the pool's threads. Needs [scratch] bytes of tg__gemm_scratch for each
 * worker of the pool. Sizes beyond the BLAS's int are handled by the built-in kernel. */
void tg__gemm(tg__pool *pool, tg_dtype dtype, int64_t m, int64_t n, int64_t k, tg__matrix a,
              tg__matrix b, void *c, void *scratch);
/* Bytes of scratch memory that tg__gemm needs for one worker, a multiple of 64; the memory is
 * aligned to 64 bytes. With a BLAS only the products it cannot take ever touch it. */
size_t tg__gemm_scratch(tg_dtype dtype);
/* A product whose rows are computed a few at a time, by the built-in kernel: b is packed first, and
 * once. The bits are those of tg__gemm without a BLAS; m is that of the whole product. For what
 * tg__gemm_packs takes: plain operands, and sizes whose sums have one order however they are cut.
 */
bool tg__gemm_packs(tg_dtype dtype, int64_t m, int64_t n, int64_t k);
size_t tg__gemm_packed_bytes(tg_dtype dtype, int64_t n, int64_t k);
void tg__gemm_pack(tg_dtype dtype, int64_t n, int64_t k, tg__matrix b, void *packed);
/* c[m,n] = a[m,k] . b, for some of the rows. Of the columns those from [columns.first] on are
 * computed, and perhaps some before; of the sums only [terms] are added: the others are products by
 * 0, which change no bit. [scratch] as that of tg__gemm. */
void tg__gemm_rows(tg_dtype dtype, int64_t m, int64_t n, int64_t k, tg__matrix a,
                   const void *packed, tg__range columns, tg__range terms, void *c, void *scratch);
/* Bytes of scratch memory that tg__gemm_rows needs. */
size_t tg__gemm_rows_scratch(void);
/* c[m,n] += a[m,k] . b[k,n], plain operands, k at most TG__GEMM_DEPTH: each sum is one chain
 * (docs/sums.md), which is added to what c holds. The rows of c are [c_row] elements apart. */
void tg__gemm_add(tg_dtype dtype, int64_t m, int64_t n, int64_t k, tg__matrix a, tg__matrix b,
                  void *c, int64_t c_row, void *scratch);
/* Bytes of scratch memory that tg__gemm_add needs, whatever m and k are. */
size_t tg__gemm_add_scratch(tg_dtype dtype, int64_t n);
/* Are the sums of that product, built in, dot products in lanes (docs/sums.md)? */
bool tg__gemm_has_dots(tg_dtype dtype, int64_t m, int64_t n, int64_t k, tg__matrix a, tg__matrix b);
/* "openblas", "cblas" (another BLAS with that interface) or "built-in". */
const char *tg__gemm_name(void);
/* Asks the system for the sizes of caches, so that no run does, and tells the BLAS not to thread.
 * OpenBLAS has one setting for the whole process, so this changes the threading of a host program's
 * own OpenBLAS calls too. Idempotent. */
void tg__gemm_setup(void);

#endif
