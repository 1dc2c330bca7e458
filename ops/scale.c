/* scale.c: an array times an f64 factor, in the array's dtype: what the derivative of a sum of
 * squares is made of. */
#include "ops/map.h"

static const tg_site at = { 0 };

static double scale_scalar(double s, double x, double unused)
{
    (void)unused;
    return s * x;
}

static void scale_vjp(tg_tensor *y, tg_tensor *g, tg_tensor **to)
{
    to[0] = tg_mul(tg_cast(g, TG_F64), tg_cast(y->in[1], TG_F64));
    to[1] = tg__scaled(at, y->in[0], g);
}

#define SCALE_LOOP(id, value, dtype, type, T, ...) TG_LOOPS2(id##_##type, double, T, T, value)
#define SCALE(value)                                                                               \
    TG_EACH_FLOAT(SCALE_LOOP, scale, value)                                                        \
    static const tg__map scale_map = { .way = { TG_EACH_FLOAT(TG_WAYS2, scale) },                  \
                                       .text = { TG_EACH_FLOAT(TG_TEXT, #value) },                 \
                                       .scalar = scale_scalar };
/* clang-format off */
SCALE(a * (double)b)
/* clang-format on */

const tg_op tg__op_scale = {
    .name = "scale", .kind = TG_KIND_MAP, .arity = 2, .map = &scale_map, .vjp = scale_vjp
};

tg_tensor *tg__scaled(tg_site site, tg_tensor *s, tg_tensor *x)
{
    if (!s || !x) return NULL;
    return tg__record(x->tape, site, &tg__op_scale, (tg_dtype)x->dtype, x->rank, x->dim, 2,
                      (tg_tensor *[]){ s, x }, NULL, 0);
}
