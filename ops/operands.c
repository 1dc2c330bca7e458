/* operands.c: operands of elementwise operations: brought to one shape, checked, recorded. */
#include "ops/ops.h"

/* The dtype that two dtypes are usually cast to. */
static const char *cast_hint(int a, int b)
{
    if (a == TG_F64 || b == TG_F64) return "TG_F64";
    if (a == TG_F32 || b == TG_F32) return "TG_F32";
    return a == TG_I64 || b == TG_I64 ? "TG_I64" : "TG_I32";
}

bool tg__align(tg_site at, const char *name, int arity, tg_tensor *in[], int first, unsigned set)
{
    if (!tg__ready(at, name, arity, in)) return false;
    for (int i = first; i < arity; i++) {
        if (!tg__dtype_in(at, name, in[i], set)) return false;
        if (in[i]->dtype == in[first]->dtype) continue;
        tg__fail_op(in[0]->tape, at, TG_ERR_DTYPE, name, arity, in,
                    "the operands are %s and %s, and dtypes never promote; use tg_cast(x, %s)",
                    tg_dtype_name((tg_dtype)in[first]->dtype),
                    tg_dtype_name((tg_dtype)in[i]->dtype),
                    cast_hint(in[first]->dtype, in[i]->dtype));
        return false;
    }
    bool equal = true;
    for (int i = 1; i < arity; i++) equal &= tg__same_shape(in[0], in[i]);
    if (equal) return true;

    int rank = 0;
    for (int i = 0; i < arity; i++) rank = in[i]->rank > rank ? in[i]->rank : rank;
    int64_t dim[TG_MAX_RANK];
    for (int k = 0; k < rank; k++) {
        dim[rank - 1 - k] = 1;
        for (int i = 0; i < arity; i++) {
            if (k >= in[i]->rank) continue;
            const int64_t size = in[i]->dim[in[i]->rank - 1 - k];
            if (size == 1) continue;
            if (dim[rank - 1 - k] != 1 && dim[rank - 1 - k] != size) {
                tg__fail_op(in[0]->tape, at, TG_ERR_SHAPE, name, arity, in,
                            "the shapes do not broadcast: axis %d from the end is %lld and %lld; "
                            "axes must agree or be 1",
                            k + 1, (long long)dim[rank - 1 - k], (long long)size);
                return false;
            }
            dim[rank - 1 - k] = size;
        }
    }
    tg_tape *tape = in[0]->tape;
    const size_t length = tape->count;
    for (int i = 0; i < arity; i++)
        if (!(in[i] = tg__broadcast_to(at, in[i], rank, dim)))
            return tg__whole(tape, length, NULL) != NULL;
    return true;
}

tg_tensor *tg__unary(tg_site at, const tg_op *op, tg_tensor *x, unsigned set)
{
    if (!tg__ready(at, op->name, 1, &x) || !tg__dtype_in(at, op->name, x, set)) return NULL;
    return tg__record_like(at, op, 1, &x);
}

tg_tensor *tg__binary(tg_site at, const tg_op *op, tg_tensor *a, tg_tensor *b, unsigned set)
{
    tg_tensor *in[] = { a, b };
    const size_t length = tg_tape_length(tg_tape_of(a));
    if (!tg__align(at, op->name, 2, in, 0, set)) return NULL;
    if (op->flags & TG_OP_DIVIDES && !tg__is_float(b->dtype))
        in[1] = tg__broadcast_to(at, tg__check_divisor(at, b), in[0]->rank, in[0]->dim);
    return tg__whole(a->tape, length, in[1] ? tg__record_like(at, op, 2, in) : NULL);
}

tg_tensor *tg__binary_to(tg_site at, const tg_op *op, tg_tensor *a, tg_tensor *b, unsigned set,
                         tg_dtype dtype)
{
    tg_tensor *in[] = { a, b };
    const size_t length = tg_tape_length(tg_tape_of(a));
    if (!tg__align(at, op->name, 2, in, 0, set)) return NULL;
    return tg__whole(a->tape, length,
                     tg__record(a->tape, at, op, dtype, in[0]->rank, in[0]->dim, 2, in, NULL, 0));
}
