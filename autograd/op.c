/* op.c: the operations that the engine must name (op.h). They have no function: leaves are given
 * their values, and assignments are made by plans. */
#include "autograd/op.h"

const tg_op tg__op_input = { .name = "input", .kind = TG_KIND_LEAF, .no_gradient = "a leaf" };
const tg_op tg__op_constant = { .name = "constant", .kind = TG_KIND_LEAF, .no_gradient = "a leaf" };
const tg_op tg__op_number = { .name = "number", .kind = TG_KIND_LEAF, .no_gradient = "a leaf" };
const tg_op tg__op_read = { .name = "read", .kind = TG_KIND_LEAF, .no_gradient = "a leaf" };
const tg_op tg__op_step = { .name = "step", .kind = TG_KIND_LEAF, .no_gradient = "a leaf" };
const tg_op tg__op_assign = {
    .name = "assign", .kind = TG_KIND_ASSIGN, .arity = 1, .no_gradient = "an effect"
};
