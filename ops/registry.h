/* registry.h: the operations by name. */
#ifndef TG_REGISTRY_H
#define TG_REGISTRY_H

#include "autograd/op.h"

#define OP(id) extern const tg_op tg__op_##id;
#include "ops/registry.def"
#undef OP

/* All of them (registry.def), for the tests and the documentation; ends with NULL. */
extern const tg_op *const tg__registry[];

#endif
