/* operands.h: checks that the transforms share. Private to transforms/. */
#ifndef TG_TRANSFORMS_OPERANDS_H
#define TG_TRANSFORMS_OPERANDS_H

#include <tapegrad.h>

/* Is [x] a float node of a tape that has not failed? What is wrong sticks to the tape, but for a
 * NULL, which somebody has reported. */
bool tg__is_float_node(tg_site at, const char *op, tg_tensor *x);
/* The same, and of y's tape. */
bool tg__is_operand(tg_site at, const char *op, tg_tensor *y, tg_tensor *x);
/* Has [like], a tangent or a vector, the shape and dtype of [x]? */
bool tg__is_like(tg_site at, const char *op, tg_tensor *x, tg_tensor *like, const char *what);
/* Has it one element? */
bool tg__is_one(tg_site at, const char *op, tg_tensor *loss);

#endif
