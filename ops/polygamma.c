/* polygamma.c: the derivatives of the digamma function. The order is an operand, a number, to
 * which the vjp adds 1. So the function can be differentiated any number of times, and a plan
 * does not depend on the order. */
#include "ops/map.h"

static const tg_site at = { 0 };

static double polygamma_scalar(double order, double x, double unused)
{
    (void)unused;
    return tg__polygamma(order, x);
}

static void polygamma_vjp(tg_tensor *y, tg_tensor *g, tg_tensor **to)
{
    tg_tensor *order = tg_add_num(y->in[0], 1), *x = y->in[1];
    to[1] = tg_mul(g, tg__binary(at, &tg__op_polygamma, order, x, TG_SET_FLOAT));
}

#define MAP(value)                                                                                 \
    TG_EACH_FLOAT(TG_MAP2, polygamma, value)                                                       \
    static const tg__map polygamma_map = { .way = { TG_EACH_FLOAT(TG_WAYS2, polygamma) },          \
                                           .text = { TG_EACH_FLOAT(TG_TEXT, #value) },             \
                                           .scalar = polygamma_scalar };
MAP(tg__polygamma((double)a, (double)b))

const tg_op tg__op_polygamma = { .name = "polygamma",
                                 .kind = TG_KIND_MAP,
                                 .arity = 2,
                                 .flags = TG_OP_OUTSIDE,
                                 .map = &polygamma_map,
                                 .vjp = polygamma_vjp,
                                 .domain = { { 1, 3 }, { 0.5, 3 } } };

/* The kernel is right up to order 1020; the orders above MOST are for derivatives. */
enum { MOST = 500 };

tg_tensor *tg_polygamma_at(tg_site site, int order, tg_tensor *x)
{
    site = tg__within(site, "tg_polygamma");
    if (!tg__ready(site, "polygamma", 1, &x) || !tg__dtype_in(site, "polygamma", x, TG_SET_FLOAT))
        return NULL;
    if (order < 0 || order > MOST)
        return tg__fail_op(x->tape, site, TG_ERR_ARGUMENT, "polygamma", 1, &x,
                           "the order is %d; it goes from 0 to %d", order, MOST);
    if (order == 0) return tg_digamma_at(site, x);
    const size_t length = x->tape->count;
    tg_tensor *number = tg_number_like_at(site, x, order);
    return tg__whole(x->tape, length,
                     number ? tg__binary(site, &tg__op_polygamma, number, x, TG_SET_FLOAT) : NULL);
}
