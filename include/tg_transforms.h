/* tg_transforms.h: derivatives beyond the gradient, and checks of derivatives. All of it is written
 * with tg_vjp and ordinary operations, so the results are ordinary nodes and can be differentiated
 * again. Operands may be any float nodes: inputs, reads of variables (tg_read), or computed
 * ones. */
#ifndef TG_TRANSFORMS_H
#define TG_TRANSFORMS_H

#include "tg_custom.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The Jacobian-vector product: the derivative of y along [tangent], sum over i of dy/dwrt[i] .
 * tangent[i]; it has y's shape. It is recorded as the vjp of the vjp, which is linear in its
 * cotangent, so no forward rules are needed (the double-backward trick); a plan computes it at the
 * cost of the forward derivative. tangent[i] has wrt[i]'s shape and dtype; lists of different
 * lengths are an error. */
TG_API tg_tensor *tg_jvp_at(tg_site at, tg_tensor *y, tg_list wrt, tg_list tangent);
/* The product of the second derivative of [loss] (one element) by x with v: v and the result have
 * x's shape. The Hessian is not computed. */
TG_API tg_tensor *tg_hvp_at(tg_site at, tg_tensor *loss, tg_tensor *x, tg_tensor *v);
/* All dy_i/dx_j: y's axes and then x's (together at most 8), in y's dtype. It records a vjp or jvp
 * for each element of the smaller of the two. For large ones, record one product with an input as
 * cotangent or tangent, and run that plan once for each row. */
TG_API tg_tensor *tg_jacobian_at(tg_site at, tg_tensor *y, tg_tensor *x);
/* The Jacobian of the gradient of [loss] (one element): x's axes twice. */
TG_API tg_tensor *tg_hessian_at(tg_site at, tg_tensor *loss, tg_tensor *x);

/* ---- Checks of derivatives -------------------------------------------------------------- */

typedef struct tg_check_args {
    size_t struct_size;
    tg_site at;
    tg_tensor *y;             /* a float node */
    tg_list wrt;              /* TG_LIST(x, w): float inputs, or reads of variables */
    double tolerance;         /* relative; default TG_AUTO: 1e-6 in f64, 1e-2 in f32 */
    double step; /* of the differences, relative; default TG_AUTO: 2^-9 in f64, 2^-5 in f32; if
                    an element then fails, 1/16 and (f64) 1/256 of it */
    int64_t entries;          /* at most this many elements of each operand are compared, evenly
                                 spread; default 200 */
    bool first_order;         /* no second derivatives; default: both orders */
    uint64_t seed;            /* of the random cotangents and tangents */
} tg_check_args;
#define TG_CHECK_DEFAULTS                                                                          \
    .struct_size = TG_OPTIONS_SIZE(tg_check_args, seed), .tolerance = TG_AUTO, .step = TG_AUTO,    \
    .entries = 200

/* tg_check_gradient(y, TG_LIST(x, w)): checks the derivatives of a function at the current values
 * of its inputs and variables (feed them first; no kink may be near). With random cotangents u and
 * tangents v it compares
 *
 *   - two runs: a function that is not deterministic has no derivative;
 *   - the planned execution with the naive one;
 *   - <u, Jv> with <J'u, v>, that is jvp with vjp;
 *   - the gradient of <u, y> with central differences of fourth order, element by element;
 *   - the gradient of <gradient, v> with differences of the gradient, element by element.
 *
 * Returns TG_OK, or the status of an error that sticks to the tape: TG_ERR_NUMERIC with the operand
 * and index of a wrong element, its value and the value that it should have. Inputs and variables
 * have their old values afterwards; the nodes that the check recorded stay on the tape, and cost
 * later runs nothing. In f64 the check is 10^4 times as sensitive as in f32. */
TG_API tg_status tg_check_gradient_with(const tg_check_args *args);

typedef struct tg_check_op_args {
    size_t struct_size;
    tg_site at;
    const tg_op *op;
    tg_list operands; /* inputs or reads; integer ones are not varied */
    const void *attr;
    size_t attr_size;
    double tolerance, step; /* these as in tg_check_gradient */
    int64_t entries;
    bool first_order;
    uint64_t seed;
} tg_check_op_args;
#define TG_CHECK_OP_DEFAULTS                                                                       \
    .struct_size = TG_OPTIONS_SIZE(tg_check_op_args, seed), .tolerance = TG_AUTO, .step = TG_AUTO, \
    .entries = 200

/* tg_check_op(cube, TG_LIST(x)): the same for a custom operation. Call it in a test for each kind
 * of operands that the kernel distinguishes. */
TG_API tg_status tg_check_op_with(const tg_check_op_args *args);

#ifdef __cplusplus
}
#endif

/* How C programs call these: the macros supply the call's site, and the defaults of options. */
#ifndef __cplusplus
#define tg_check_gradient(...)                                                                     \
    tg_check_gradient_with(&(tg_check_args){ TG_CHECK_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_check_op(...)                                                                           \
    tg_check_op_with(&(tg_check_op_args){ TG_CHECK_OP_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_jvp(...) tg_jvp_at(TG_HERE, __VA_ARGS__)
#define tg_hvp(...) tg_hvp_at(TG_HERE, __VA_ARGS__)
#define tg_jacobian(...) tg_jacobian_at(TG_HERE, __VA_ARGS__)
#define tg_hessian(...) tg_hessian_at(TG_HERE, __VA_ARGS__)
#endif

#endif
