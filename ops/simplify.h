/* simplify.h: the rewrite rules of +, -, * and /. */
#ifndef TG_SIMPLIFY_H
#define TG_SIMPLIFY_H

#include "autograd/value.h"

extern const tg__rewrites tg__arithmetic_rewrites;

#endif
