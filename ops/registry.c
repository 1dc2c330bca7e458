/* registry.c: the array of all operations, made of registry.def. */
#include "ops/registry.h"

#define OP(id) &tg__op_##id,
const tg_op *const tg__registry[] = {
#include "ops/registry.def"
    NULL,
};
