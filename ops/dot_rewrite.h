/* dot_rewrite.h: the rewrite rules of products, and what those of folds need, too: how the axes of
 * a product and of its operands belong together. */
#ifndef TG_DOT_REWRITE_H
#define TG_DOT_REWRITE_H

#include "autograd/value.h"
#include "ops/dot.h"

extern const tg__rewrites tg__dot_rewrites;

/* Which axis of the dense result of the product [dot] each axis of [view] is; false if they are not
 * all of its axes in some order. */
bool tg__dot_find_axes(const tg__value *dot, const tg__view *view, int *axis);
/* The operand whose axis the result's axis [k] is; -1: both, it is of the batch. */
int tg__dot_operand_of(const tg__dot_attr *attr, int k);
/* The axis of that operand that is the result's axis [k]. */
int tg__dot_operand_axis(const tg__dot_attr *attr, int operand, int k);
/* The view with its axes in another order. */
tg__view tg__view_permuted(const tg__view *view, const int *order);

#endif
