/* leaves.c: what a tape's own leaves are recorded by: numbers, constants, the step, and counting.
 * Inputs and variables are recorded by autograd/, which also defines these operations (op.c). */
#include "ops/ops.h"

/* ---- Numbers ---------------------------------------------------------------------------- */

/* [like], which may be NULL, is shown in an error. */
static tg_tensor *number(tg_site at, tg_tape *tape, tg_dtype dtype, tg_tensor *like, double value)
{
    if (!tg__tape_ready(tape)) return NULL;
    if (dtype == TG_DTYPE_DEFAULT) dtype = tape->store->dtype;
    if (!tg_dtype_size(dtype))
        return tg__fail_op(tape, at, TG_ERR_DTYPE, NULL, 0, NULL, "unknown dtype %d", (int)dtype);
    if (!tg__holds(at, NULL, tape, dtype, like, value)) return NULL;
    tg_tensor *x = tg__record(tape, at, &tg__op_number, dtype, 0, NULL, 0, NULL, NULL, 0);
    if (x) x->number = tg__is_float((int)dtype) ? value : value + 0.0; /* not -0 */
    return x;
}

tg_tensor *tg_number_as_at(tg_site site, tg_tape *tape, tg_dtype dtype, double value)
{
    return number(tg__within(site, "tg_number_as"), tape, dtype, NULL, value);
}

tg_tensor *tg_number_at(tg_site site, tg_tape *tape, double value)
{
    return number(tg__within(site, "tg_number"), tape, TG_DTYPE_DEFAULT, NULL, value);
}

tg_tensor *tg_number_like_at(tg_site site, tg_tensor *x, double value)
{
    site = tg__within(site, "tg_number_like");
    if (!tg__ready(site, NULL, 1, &x)) return NULL;
    return number(site, x->tape, (tg_dtype)x->dtype, x, value);
}

tg_tensor *tg_full_at(tg_site at, tg_tape *tape, tg_dtype dtype, tg_shape shape, double value)
{
    at = tg__within(at, "tg_full");
    const size_t length = tg_tape_length(tape);
    tg_tensor *element = number(at, tape, dtype, NULL, value);
    if (!element) return NULL;
    const bool fits =
        tg__shape_ok(tape, at, "full", (tg_dtype)element->dtype, shape.rank, shape.dim);
    return tg__whole(tape, length,
                     fits ? tg__broadcast_to(at, element, shape.rank, shape.dim) : NULL);
}

static tg_tensor *full_like(tg_site at, tg_tensor *x, double value)
{
    tg_tensor *element = tg_number_like(x, value);
    if (!element) return NULL;
    return tg__whole(x->tape, element->id, tg__broadcast_to(at, element, x->rank, x->dim));
}

tg_tensor *tg_zeros_like_at(tg_site at, tg_tensor *x)
{
    return full_like(tg__within(at, "tg_zeros_like"), x, 0);
}
tg_tensor *tg_ones_like_at(tg_site at, tg_tensor *x)
{
    return full_like(tg__within(at, "tg_ones_like"), x, 1);
}

typedef tg_tensor *binary_fn(tg_site at, tg_tensor *a, tg_tensor *b);

/* [record] of x and a number, for the function [name]. */
static tg_tensor *with_number(tg_site at, const char *name, binary_fn *record, tg_tensor *x,
                              double c)
{
    at = tg__within(at, name);
    tg_tensor *number = tg_number_like(x, c);
    return number ? tg__whole(x->tape, number->id, record(at, x, number)) : NULL;
}
/* [record] of a number and x. */
static tg_tensor *number_with(tg_site at, const char *name, binary_fn *record, double c,
                              tg_tensor *x)
{
    at = tg__within(at, name);
    tg_tensor *number = tg_number_like(x, c);
    return number ? tg__whole(x->tape, number->id, record(at, number, x)) : NULL;
}

tg_tensor *tg_add_num_at(tg_site at, tg_tensor *x, double c)
{
    return with_number(at, "tg_add_num", tg_add_at, x, c);
}
tg_tensor *tg_sub_num_at(tg_site at, tg_tensor *x, double c)
{
    return with_number(at, "tg_sub_num", tg_sub_at, x, c);
}
tg_tensor *tg_mul_num_at(tg_site at, tg_tensor *x, double c)
{
    return with_number(at, "tg_mul_num", tg_mul_at, x, c);
}
tg_tensor *tg_div_num_at(tg_site at, tg_tensor *x, double c)
{
    return with_number(at, "tg_div_num", tg_div_at, x, c);
}
tg_tensor *tg_pow_num_at(tg_site at, tg_tensor *x, double c)
{
    return with_number(at, "tg_pow_num", tg_pow_at, x, c);
}
tg_tensor *tg_maximum_num_at(tg_site at, tg_tensor *x, double c)
{
    return with_number(at, "tg_maximum_num", tg_maximum_at, x, c);
}
tg_tensor *tg_minimum_num_at(tg_site at, tg_tensor *x, double c)
{
    return with_number(at, "tg_minimum_num", tg_minimum_at, x, c);
}
tg_tensor *tg_equal_num_at(tg_site at, tg_tensor *x, double c)
{
    return with_number(at, "tg_equal_num", tg_equal_at, x, c);
}
tg_tensor *tg_not_equal_num_at(tg_site at, tg_tensor *x, double c)
{
    return with_number(at, "tg_not_equal_num", tg_not_equal_at, x, c);
}
tg_tensor *tg_less_num_at(tg_site at, tg_tensor *x, double c)
{
    return with_number(at, "tg_less_num", tg_less_at, x, c);
}
tg_tensor *tg_less_equal_num_at(tg_site at, tg_tensor *x, double c)
{
    return with_number(at, "tg_less_equal_num", tg_less_equal_at, x, c);
}
tg_tensor *tg_greater_num_at(tg_site at, tg_tensor *x, double c)
{
    return with_number(at, "tg_greater_num", tg_greater_at, x, c);
}
tg_tensor *tg_greater_equal_num_at(tg_site at, tg_tensor *x, double c)
{
    return with_number(at, "tg_greater_equal_num", tg_greater_equal_at, x, c);
}
tg_tensor *tg_rsub_num_at(tg_site at, double c, tg_tensor *x)
{
    return number_with(at, "tg_rsub_num", tg_sub_at, c, x);
}
tg_tensor *tg_rdiv_num_at(tg_site at, double c, tg_tensor *x)
{
    return number_with(at, "tg_rdiv_num", tg_div_at, c, x);
}

/* ---- Constants -------------------------------------------------------------------------- */

tg_tensor *tg_constant_at(tg_site site, tg_tape *tape, tg_dtype dtype, tg_shape shape,
                          const void *data)
{
    site = tg__within(site, "tg_constant");
    if (!tg__tape_ready(tape)) return NULL;
    if (dtype == TG_DTYPE_DEFAULT) dtype = tape->store->dtype;
    const size_t size = tg_dtype_size(dtype);
    if (!size)
        return tg__fail_op(tape, site, TG_ERR_DTYPE, "constant", 0, NULL, "unknown dtype %d",
                           (int)dtype);
    if (!tg__shape_ok(tape, site, "constant", dtype, shape.rank, shape.dim)) return NULL;
    const int64_t count = tg_shape_count(shape);
    if (!data && count)
        return tg__fail_op(tape, site, TG_ERR_ARGUMENT, "constant", 0, NULL, "the data are NULL");
    size_t bytes = 0;
    (void)tg__padded_bytes(count, size, &bytes);
    void *copy = tg__arena_values(tg__tape_arena(tape), bytes);
    tg_tensor *x = copy ? tg__record(tape, site, &tg__op_constant, dtype, shape.rank, shape.dim, 0,
                                     NULL, NULL, 0)
                        : NULL;
    if (!x)
        return tg__fail_op(tape, site, TG_ERR_MEMORY, "constant", 0, NULL,
                           "out of memory (%zu bytes)", bytes);
    if (count) memcpy(copy, data, (size_t)count * size);
    x->data = copy;
    return x;
}

tg_tensor *tg_step_at(tg_site site, tg_tape *tape)
{
    site = tg__within(site, "tg_step");
    if (!tg__tape_ready(tape)) return NULL;
    const size_t length = tape->count;
    tg_tensor *step = tg__record(tape, site, &tg__op_step, TG_F64, 0, NULL, 0, NULL, NULL, 0);
    if (tape->unrolled <= 1 || !step) return step; /* the first unrolled run has this step */
    return tg__whole(tape, length, tg_add_num_at(site, step, (double)(tape->unrolled - 1)));
}

/* ---- Iota ------------------------------------------------------------------------------- */

#define COUNT(out, dtype, type, T, ...)                                                            \
    case dtype:                                                                                    \
        for (int64_t i = 0; i < count; i++) ((T *)(out))[i] = (T)i;                                \
        break;

static tg_status iota_call(const tg__call *call)
{
    const int64_t count = call->out.dim[0];
    switch (call->out.dtype) {
        TG_EACH_NUMBER(COUNT, call->out.data)
    default: break;
    }
    return TG_OK;
}

const tg_op tg__op_iota = {
    .name = "iota", .kind = TG_KIND_CALL, .arity = 0, .call = iota_call, .no_gradient = "a leaf"
};

/* Does the dtype have an element for each whole number below [count]? Floats do, though rounded. */
#define REACHES(count, dtype, type, T, U, low, high, ...)                                          \
    case dtype: return (count) < 1 || (count)-1 <= (int64_t)(high);

static bool can_count(tg_dtype dtype, int64_t count)
{
    switch (dtype) {
        TG_EACH_INT(REACHES, count)
    default: return tg__is_float((int)dtype);
    }
}

tg_tensor *tg_iota_at(tg_site site, tg_tape *tape, tg_dtype dtype, int64_t count)
{
    site = tg__within(site, "tg_iota");
    if (!tg__tape_ready(tape)) return NULL;
    if (dtype == TG_DTYPE_DEFAULT) dtype = tape->store->dtype;
    if (!can_count(dtype, count))
        return tg__fail_op(tape, site, TG_ERR_DTYPE, "iota", 0, NULL, "%s cannot count to %lld",
                           tg_dtype_name(dtype), (long long)count);
    if (!tg__shape_ok(tape, site, "iota", dtype, 1, &count)) return NULL;
    return tg__record(tape, site, &tg__op_iota, dtype, 1, &count, 0, NULL, NULL, 0);
}
