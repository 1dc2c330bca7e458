/* registry.c: every operation there is. The tests walk this list: an operation that is not
 * covered by them fails the suite. */
#include "ops/ops.h"

#define UNARY(id, ...)  extern const tg_op tg__op_##id;
#define BINARY(id, ...) extern const tg_op tg__op_##id;
#include "ops/elementwise.def"
#undef UNARY
#undef BINARY

const tg_op *const tg__registry[] = {
    &tg__op_input,
    &tg__op_constant,
    &tg__op_number,
    &tg__op_read,
    &tg__op_step,
    &tg__op_iota,
    &tg__op_uniform,
    &tg__op_normal,
    &tg__op_truncated_normal,
    &tg__op_integers,
#define UNARY(id, ...)  &tg__op_##id,
#define BINARY(id, ...) &tg__op_##id,
#include "ops/elementwise.def"
#undef UNARY
#undef BINARY
    &tg__op_polygamma,
    &tg__op_less,
    &tg__op_less_equal,
    &tg__op_equal,
    &tg__op_and,
    &tg__op_or,
    &tg__op_not,
    &tg__op_select,
    &tg__op_cast_f32,
    &tg__op_cast_f64,
    &tg__op_cast_i32,
    &tg__op_cast_i64,
    &tg__op_cast_u8,
    &tg__op_cast_bool,
    &tg__op_scale,
    &tg__op_sum,
    &tg__op_sum_squares,
    &tg__op_mean,
    &tg__op_max,
    &tg__op_min,
    &tg__op_argmax,
    &tg__op_argmin,
    &tg__op_cumsum,
    &tg__op_cumprod,
    &tg__op_cumprod_back,
    &tg__op_cumargmax,
    &tg__op_argsort,
    &tg__op_reshape,
    &tg__op_permute,
    &tg__op_broadcast,
    &tg__op_slice,
    &tg__op_flip,
    &tg__op_window,
    &tg__op_fold,
    &tg__op_stop_gradient,
    &tg__op_pad,
    &tg__op_concat,
    &tg__op_gather,
    &tg__op_scatter_add,
    &tg__op_scatter_max,
    &tg__op_scatter_min,
    &tg__op_take_along,
    &tg__op_scatter_add_along,
    &tg__op_check_index,
    &tg__op_check_divisor,
    &tg__op_dot,
    &tg__op_assign,
    NULL,
};
