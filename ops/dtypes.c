/* dtypes.c: what operations check of dtypes: whether they take one, and whether it holds a number.
 * All files of ops/ may use it: it records nothing. */
#include "ops/ops.h"

static void set_names(unsigned set, char *text, size_t size)
{
    size_t used = 0;
    text[0] = 0;
    for (int d = TG_F32; d < TG_DTYPES; d++)
        if (set >> d & 1 && used < size)
            used += (size_t)snprintf(text + used, size - used, "%s%s", used ? ", " : "",
                                     tg_dtype_name((tg_dtype)d));
}

bool tg__dtype_in(tg_site at, const char *name, tg_tensor *x, unsigned set)
{
    if (set >> x->dtype & 1) return true;
    char names[64];
    set_names(set, names, sizeof names);
    tg__fail_op(x->tape, at, TG_ERR_DTYPE, name, 1, &x, "takes %s, not %s; use tg_cast", names,
                tg_dtype_name((tg_dtype)x->dtype));
    return false;
}

bool tg__holds(tg_site at, const char *name, tg_tape *tape, tg_dtype dtype, tg_tensor *like,
               double value)
{
    if (tg__dtype_holds(dtype, value)) return true;
    const char *wider = "TG_F64";
    if (tg__dtype_holds(TG_I32, value)) wider = "TG_I32";
    else if (tg__dtype_holds(TG_I64, value)) wider = "TG_I64";
    else if (tg__dtype_holds(TG_F32, value)) wider = "TG_F32";
    tg__fail_op(tape, at, TG_ERR_DTYPE, name, like ? 1 : 0, &like,
                "%s cannot hold %.10g, %s; use %s for it (tg_cast(x, %s))", tg_dtype_name(dtype),
                value, tg__dtype_range(dtype), wider, wider);
    return false;
}
