/* operands.h: checks that the transforms share. Private to transforms/. */
#ifndef TG_TRANSFORMS_OPERANDS_H
#define TG_TRANSFORMS_OPERANDS_H

#include <tapegrad.h>

/* True if [x] is an f32 or f64 node of a tape without an error. Else an error sticks to the tape; a
 * NULL gives false silently, because it was reported before. */
bool tg__is_float_node(tg_site at, const char *op, tg_tensor *x);
/* The same, and x is on y's tape. */
bool tg__is_operand(tg_site at, const char *op, tg_tensor *y, tg_tensor *x);
/* True if [like], a tangent or a vector called [what], has the shape and dtype of [x]. */
bool tg__is_like(tg_site at, const char *op, tg_tensor *x, tg_tensor *like, const char *what);
/* True if [loss] has one element. */
bool tg__is_one(tg_site at, const char *op, tg_tensor *loss);

#endif
