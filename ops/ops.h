/* ops.h: what the families of operations share: checks and broadcasting. */
#ifndef TG_OPS_INTERNAL_H
#define TG_OPS_INTERNAL_H

#include "autograd/engine.h"
#include "ops/dot.h"
#include "ops/registry.h"
#include "ops/window.h"
#include "tg_custom.h"
#include "tg_random.h"

/* In ops/ a function that records has its site as [at]. The nodes of a rule have the site of the
 * node that is differentiated (tape->origin), so the site given in rules is not used. */
#undef TG_HERE
#define TG_HERE at

/* TG_READ_OPTIONS; then the site has the function's name. */
#define TG__READ_OPTIONS(args, given, function, x)                                                 \
    (TG_READ_OPTIONS(args, given, function, x) &&                                                  \
     ((args).at = tg__within((args).at, (function)), true))

/* Reports an operand whose dtype is not in the set. */
bool tg__dtype_in(tg_site at, const char *name, tg_tensor *x, unsigned set);
/* The operands of an elementwise operation, broadcast to one shape. [first] is the first
 * whose dtype counts (select's condition does not). False with an error. */
bool tg__align(tg_site at, const char *name, int arity, tg_tensor *in[], int first, unsigned set);
tg_tensor *tg__unary(tg_site at, const tg_op *op, tg_tensor *x, unsigned set);
tg_tensor *tg__binary(tg_site at, const tg_op *op, tg_tensor *a, tg_tensor *b, unsigned set);
/* A comparison or a cast: the result has another dtype. */
tg_tensor *tg__binary_to(tg_site at, const tg_op *op, tg_tensor *a, tg_tensor *b, unsigned set,
                         tg_dtype dtype);

/* Is there an element of that dtype for the number? If not, reports what to cast to, and [like],
 * which has the dtype, and may be NULL. */
bool tg__holds(tg_site at, const char *name, tg_tape *tape, tg_dtype dtype, tg_tensor *like,
               double value);

/* The sizes before and after one axis: x is [outer, axis, inner]. */
static inline void tg__around(const tg__operand *x, int64_t axis, int64_t *outer, int64_t *inner)
{
    *outer = *inner = 1;
    for (int i = 0; i < x->rank; i++)
        if (i != axis) *(i < axis ? outer : inner) *= x->dim[i];
}

/* [x], integers, with a check in each run that none of them is 0. */
tg_tensor *tg__check_divisor(tg_site at, tg_tensor *x);
/* The axes that a reduction's options name, as a set. False with an error. */
bool tg__axes_of(const tg_reduce_args *args, const char *name, uint32_t *axes);
/* The result of a reduction, which kept its axes, without them unless they were asked for. */
tg_tensor *tg__drop_axes(tg_site at, tg_tensor *y, uint32_t axes, bool keep);

/* Copies one element or many. Of a single one a call of memcpy would cost more than the copy. */
static inline void tg__copy_run(void *to, const void *from, size_t bytes)
{
    if (bytes == 8) memcpy(to, from, 8);
    else if (bytes == 4) memcpy(to, from, 4);
    else if (bytes) memcpy(to, from, bytes);
}

/* x broadcast to that shape, which it must fit; x itself if it has the shape. */
tg_tensor *tg__broadcast_to(tg_site at, tg_tensor *x, int rank, const int64_t *dim);
/* x reshaped; the shape is known to fit. */
tg_tensor *tg__reshape_to(tg_site at, tg_tensor *x, int rank, const int64_t *dim);
/* [part] at the places of x that the slice [y] of x shows, and zeros elsewhere. */
tg_tensor *tg__unslice(tg_site at, const tg_tensor *y, tg_tensor *part);
/* Broadcasts the result of a reduction that kept its axes back to the shape of [like]. */
tg_tensor *tg__spread_like(tg_site at, tg_tensor *x, const tg_tensor *like);

/* The sum over a set of axes, which stay with size 1. */
tg_tensor *tg__sum_axes(tg_site at, tg_tensor *x, uint32_t axes);
/* The sum of x^2 over a set of axes, which stay with size 1: f64. */
tg_tensor *tg__sum_squares_axes(tg_site at, tg_tensor *x, uint32_t axes);

/* x times the f64 [s], of the same shape, in the dtype of x. The factor may be out of the range
 * of f32 where the product is not, as the cotangent of a sum of squares may be. It is one pass
 * over memory, without a copy of x in f64. */
tg_tensor *tg__scaled(tg_site at, tg_tensor *s, tg_tensor *x);
/* The products along an axis: the running ones, or one in the place of the axis. */
tg_tensor *tg__products(tg_site at, tg_tensor *x, int axis, bool running);

#endif
