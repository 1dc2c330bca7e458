/* divide.c: the check of an integer divisor. As the check of an index, it is a node of its own
 * before the division: equal checks merge, and the division itself cannot fail. */
#include "ops/ops.h"

#include <inttypes.h>

#define FIRST_ZERO(x, dtype, type, T, ...)                                                         \
    case dtype: {                                                                                  \
        const T *p = (x)->data;                                                                    \
        while (at < count && p[at] != 0) at++;                                                     \
        break;                                                                                     \
    }

static tg_status check_divisor_call(const tg__call *call)
{
    const tg__operand *x = &call->in[0];
    const int64_t count = tg__operand_count(x);
    int64_t at = 0;
    switch (x->dtype) {
        TG_EACH_INT(FIRST_ZERO, x)
    default: break;
    }
    if (at < count) {
        tg__error_set(call->error, TG_ERR_NUMERIC,
                      "an integer is divided by 0, at position %" PRId64
                      " of the divisor (tg_floor_div, tg_remainder)",
                      at);
        return TG_ERR_NUMERIC;
    }
    if (count) memcpy(call->out.data, x->data, (size_t)count * tg_dtype_size(x->dtype));
    return TG_OK;
}

const tg_op tg__op_check_divisor = { .name = "check_divisor",
                                     .kind = TG_KIND_CALL,
                                     .arity = 1,
                                     .flags = TG_OP_FALLIBLE,
                                     .call = check_divisor_call,
                                     .no_gradient = "its value is not a float" };

tg_tensor *tg__check_divisor(tg_site at, tg_tensor *x)
{
    return tg__record_like(at, &tg__op_check_divisor, 1, &x);
}
