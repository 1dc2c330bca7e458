/* orthogonal.h: vectors made orthonormal, for the initialiser of that name (fill.c). */
#ifndef TG_ORTHOGONAL_H
#define TG_ORTHOGONAL_H

#include "kernels/memory.h"

/* Vector k of [length] elements begins at element k * step of the memory. */
int64_t tg__orthogonal_step(int64_t length);
/* Bytes of memory for them and for the work on them; false on overflow. */
bool tg__orthogonal_bytes(int64_t count, int64_t length, size_t *bytes);
/* Makes [count] vectors, of at least as many elements, orthonormal, in order: vector k minus its
 * projections on those before it, divided by its length. The rest of the memory must be 0
 * before. */
void tg__orthonormalize(double *at, int64_t count, int64_t length);

#endif
