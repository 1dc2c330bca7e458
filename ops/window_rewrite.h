/* window_rewrite.h: the rewrite rules of folds. */
#ifndef TG_WINDOW_REWRITE_H
#define TG_WINDOW_REWRITE_H

#include "autograd/value.h"

extern const tg__rewrites tg__fold_rewrites;

#endif
