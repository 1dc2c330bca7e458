/* dot_loop.h: products that take part in loops. */
#ifndef TG_DOT_LOOP_H
#define TG_DOT_LOOP_H

#include "autograd/op.h"

extern const tg__row_call tg__dot_rows;
extern const tg__collect tg__dot_collect;

#endif
