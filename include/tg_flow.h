/* tg_flow.h: layers of normalising flows. What tg_nn.h says of layers holds here too; this header
 * is part of it.
 *
 * A flow turns numbers of a simple distribution into others, by steps that can be turned back and
 * whose determinants are known, so that the density of what comes out is:
 *
 *     log p(x) = log p0(z) + sum of log |det dz/dx| over the steps from x to z */
#ifndef TG_FLOW_H
#define TG_FLOW_H

#include "tg_layer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Affine coupling (Dinh, Sohl-Dickstein and Bengio, "Density estimation using Real NVP", 2017): of
 * a row's width the first half, rounded down, stays, and moves the rest:
 *
 *     [s, t] = out(tanh(hidden(x_stays)));   y_moves = x_moves exp(limit tanh(s / limit)) + t
 *
 * With .swap the rest stays and the first half is moved. */
typedef struct tg_coupling {
    tg_linear hidden; /* "<name>.hidden", of [hidden, what stays] */
    tg_linear out;    /* "<name>.out", of [2 what moves, hidden]; begins as 0: y is x */
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
    bool swap;      /* the other half is moved */
    double limit;   /* of the scale's logarithm, greater than 0; default 2 */
} tg_coupling_args;
#define TG_COUPLING_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_coupling_args, limit), .limit = 2

/* tg_coupling_new(store, "step1", 2, 64, .swap = true). */
TG_API tg_coupling tg_coupling_new_with(const tg_coupling_args *args);
/* x [n, width] gives y [n, width]; *log_det, unless log_det is NULL, log |det dy/dx| [n], NULL on
 * an error. */
TG_API tg_tensor *tg_coupling_apply_at(tg_site at, const tg_coupling *layer, tg_tensor *x,
                                       tg_tensor **log_det);
/* x of y. */
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
