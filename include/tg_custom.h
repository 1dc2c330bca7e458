/* tg_custom.h: operations of your own: a kernel in C and the rule of its derivative.
 *
 *     static tg_status cube_run(const tg_call *k)
 *     {
 *         const double *x = k->in[0].data;
 *         double *y = k->out.data;
 *         for (int64_t i = 0; i < k->out.count; i++) y[i] = x[i] * x[i] * x[i];
 *         return TG_OK;
 *     }
 *     static void cube_vjp(tg_tensor *y, tg_tensor *g, tg_tensor *const in[], tg_tensor *to[])
 *     {
 *         to[0] = tg_mul(g, tg_mul_num(tg_square(in[0]), 3));
 *     }
 *
 *     tg_op *cube = tg_op_new(store, "cube", .run = cube_run, .vjp = cube_vjp);
 *     tg_tensor *y = tg_apply(cube, TG_LIST(x));
 *     tg_check_op(cube, TG_LIST(x));            (tg_transforms.h: is the vjp right?)
 *
 * The rule is made of operations (also custom ones), so its result can be differentiated again.
 * Kernels must not leave by longjmp or an exception, and must not use a tape. */
#ifndef TG_CUSTOM_H
#define TG_CUSTOM_H

#include "tg_array.h"

#ifdef __cplusplus
extern "C" {
#endif

/* An operation. It belongs to its store, and can be used on all tapes of that store. */
typedef struct tg_op tg_op;

typedef struct tg_type {
    tg_dtype dtype;
    tg_shape shape;
} tg_type;

/* An operand or a result in memory: dense, row-major. */
typedef struct tg_operand {
    tg_dtype dtype;
    tg_shape shape;
    int64_t count; /* elements */
    void *data;    /* aligned to the element's size; operands must not be changed */
} tg_operand;

/* One call of an operation: what its kernel is given. */
typedef struct tg_call {
    const void *context; /* as given to tg_op_new */
    const void *attr;    /* as given to tg_apply; NULL if there are none */
    int arity;
    const tg_operand *in;
    tg_operand out;  /* to be filled; its memory does not overlap an operand's */
    tg_error *error; /* for the message of a failure (snprintf to error->text) */
} tg_call;

/* Computes the result. Any status but TG_OK fails the run, which then assigns nothing. It may be
 * called by any thread, at any time, with any data: it must be a function of operands and
 * attributes alone. */
typedef tg_status (*tg_run_fn)(const tg_call *call);
/* The result's type, from those of the operands. Any status but TG_OK is an error of the recording,
 * with [error]'s message. */
typedef tg_status (*tg_shape_fn)(const void *attr, int arity, const tg_type *in, tg_type *out,
                                 tg_error *error);
/* The same with the [context] that was given to tg_op_new. */
typedef tg_status (*tg_shape_in_fn)(const void *context, const void *attr, int arity,
                                    const tg_type *in, tg_type *out, tg_error *error);
/* Records the vector-Jacobian products: to[i] = g . dy/din[i], of in[i]'s shape and dtype. to[i] is
 * NULL before the call, and may stay NULL where no gradient passes. [g] has y's shape;
 * tg_attr_of(y) and tg_op_of(y) give the attributes and the operation. */
typedef void (*tg_vjp_fn)(tg_tensor *y, tg_tensor *g, tg_tensor *const in[], tg_tensor *to[]);

typedef struct tg_op_args {
    size_t struct_size;
    tg_site at;
    tg_store *store;
    const char *name;        /* letters, digits and _; for messages and dumps; copied */
    tg_run_fn run;           /* required */
    tg_shape_fn shape;       /* default: all operands have one type, which is the result's, ... */
    tg_dtype dtype;          /* ... of this dtype; default: the store's */
    tg_vjp_fn vjp;           /* without one, differentiating is an error, unless ... */
    const char *no_gradient; /* ... this says why no gradient passes; copied */
    int arity;               /* default 1; at most 64; -1: any number, at least one */
    const void *context; /* for the kernel and the rules: other operations, tables; not copied */
    tg_shape_in_fn shape_in; /* instead of .shape; default: none */
} tg_op_args;
#define TG_OP_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_op_args, shape_in), .arity = 1

/* tg_op_new(store, "cube", .run = cube_run, .vjp = cube_vjp). NULL on an error, which sticks to
 * the store. */
TG_API tg_op *tg_op_new_with(const tg_op_args *args);
TG_API const char *tg_op_name(const tg_op *op);
/* The .context that was given to tg_op_new; NULL for NULL. */
TG_API const void *tg_op_context(const tg_op *op);

typedef struct tg_apply_args {
    size_t struct_size;
    tg_site at;
    const tg_op *op;
    tg_list operands; /* TG_LIST(a, b): of one tape of the operation's store */
    const void *attr; /* copied. Operations with equal bytes are equal: set padding to
                         0, */
    size_t attr_size; /* and store no pointers to data that may change; below 2^31 */
} tg_apply_args;
#define TG_APPLY_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_apply_args, attr_size)

/* tg_apply(cube, TG_LIST(x)): records the operation. */
TG_API tg_tensor *tg_apply_with(const tg_apply_args *args);
/* The operation and the attributes of a node that tg_apply recorded; NULL for others. */
TG_API const tg_op *tg_op_of(const tg_tensor *y);
TG_API const void *tg_attr_of(const tg_tensor *y);

#ifdef __cplusplus
}
#endif

/* How C programs call these: the macros supply the call's site, and the defaults of options. */
#ifndef __cplusplus
#define tg_op_new(...) tg_op_new_with(&(tg_op_args){ TG_OP_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_apply(...)                                                                              \
    tg_apply_with(&(tg_apply_args){ TG_APPLY_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#endif

#endif
