/* tg_flow.h: layers of normalising flows. What tg_nn.h says of layers holds here, too; that header
 * includes this one.
 *
 * A flow maps samples of a simple distribution to another one by steps that can be inverted and
 * whose determinants are known. So the density of its output is known:
 *
 *     log p(x) = log p0(z) + sum of log |det dz/dx| over the steps from x to z */
#ifndef TG_FLOW_H
#define TG_FLOW_H

#include "tg_layer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Affine coupling (Dinh, Sohl-Dickstein and Bengio, "Density estimation using Real NVP", 2017). The
 * first half of a row's width, rounded down, stays, and determines the scale s and shift t of the
 * other half:
 *
 *     [s, t] = out(tanh(hidden(x_stays)));   y_moves = x_moves exp(limit tanh(s / limit)) + t
 *
 * With .swap the second half stays, and the first one is changed. */
typedef struct tg_coupling {
    tg_linear hidden; /* "<name>.hidden", [hidden, width of x_stays] */
    tg_linear out;    /* "<name>.out", [2 width of x_moves, hidden]; initialised with 0, so that
                         y is x */
    int64_t width;
    bool swap;
    double limit;
} tg_coupling;

typedef struct tg_coupling_args {
    size_t struct_size;
    tg_site at;
    tg_store *store;
    const char *name;
    int64_t width;  /* of a row, at least 2 */
    int64_t hidden; /* units of the net, at least 1 */
    bool swap;      /* exchange the roles of the halves */
    double limit;   /* of the logarithm of the scale, greater than 0; default 2 */
} tg_coupling_args;
#define TG_COUPLING_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_coupling_args, limit), .limit = 2

/* tg_coupling_new(store, "step1", 2, 64, .swap = true). */
TG_API tg_coupling tg_coupling_new_with(const tg_coupling_args *args);
/* Maps x [n, width] to y [n, width]. *log_det, unless log_det is NULL, receives log |det dy/dx|
 * [n]; NULL on an error. */
TG_API tg_tensor *tg_coupling_apply_at(tg_site at, const tg_coupling *layer, tg_tensor *x,
                                       tg_tensor **log_det);
/* The inverse: x from y. */
TG_API tg_tensor *tg_coupling_invert_at(tg_site at, const tg_coupling *layer, tg_tensor *y);

#ifdef __cplusplus
}
#endif

/* How C programs call these: the macros supply the call's site, and the defaults of options. */
#ifndef __cplusplus
#define tg_coupling_new(...)                                                                       \
    tg_coupling_new_with(&(tg_coupling_args){ TG_COUPLING_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_coupling_apply(...)  tg_coupling_apply_at(TG_HERE, __VA_ARGS__)
#define tg_coupling_invert(...) tg_coupling_invert_at(TG_HERE, __VA_ARGS__)
#endif

#endif
