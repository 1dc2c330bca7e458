/* spatial.h: what convolutions, pooling and changes of resolution share: options that have a number
 * for every spatial axis, checks of operands, and the product over windows. Private to nn/. */
#ifndef TG_NN_SPATIAL_H
#define TG_NN_SPATIAL_H

#include "layer.h"

/* Puts an error into [why], for who does not know yet whether it goes to a store or a tape. Always
 * false. */
bool tg__nn_message(tg_error *why, tg_status status, const char *format, ...) TG_PRINTF(3, 4);

/* An option that may be one number or one for every spatial axis. */
typedef struct tg__nn_option {
    const char *name; /* "stride"; the other form is "stride_shape" */
    int64_t number;
    tg_shape shape;
    int64_t otherwise; /* the number's default */
    int64_t least;     /* that is legal */
} tg__nn_option;

/* Is it another than the default? */
bool tg__nn_option_given(const tg__nn_option *option);
/* Its value for each of [dims] axes. False with an error in [why]. */
bool tg__nn_option_of(const tg__nn_option *option, int dims, int64_t out[TG_CONV_DIMS],
                      tg_error *why);

/* The number of groups. False with an error in [why]. */
bool tg__nn_groups_of(int64_t number, int64_t *groups, tg_error *why);

/* dilation (kernel - 1), how far a kernel reaches along an axis; -1 if no number holds it. */
int64_t tg__nn_reach(int64_t kernel, int64_t dilation);
/* At how many places it stands on an axis of [length] with that padding; -1 for none or for more
 * than a number holds. */
int64_t tg__nn_places(int64_t length, int64_t before, int64_t after, int64_t reach, int64_t stride);

/* Whether the tape takes the operand: it is of this recording, and there is no error yet. */
bool tg__nn_usable(tg_site at, tg_tensor *x);
/* Whether x is float, or of any dtype, and has a batch axis, channels and 1 to 3 spatial axes. */
bool tg__nn_spatial(tg_site at, const char *op, tg_tensor *x, bool any_dtype);

/* x [N, C, spatial...] with windows of the kernel over every spatial axis: [N, C, places...,
 * kernel...]. [first] is the first spatial axis. */
tg_tensor *tg__nn_windows(tg_site at, tg_tensor *x, int first, const int64_t kernel[],
                          const tg_conv_steps *steps);

/* Zeros [rows, columns] for a matrix of f64, for tg__nn_along to take. NULL if there is no memory
 * for it, which sticks to x's tape as an error of [op]. */
double *tg__nn_matrix(tg_site at, const char *op, tg_tensor *x, int64_t rows, int64_t columns);
/* The product of the matrix [size, n] with every line of x along the axis, of size n, which becomes
 * one of [size]. */
tg_tensor *tg__nn_along(tg_site at, tg_tensor *x, int axis, int64_t size, const double *matrix);

/* ---- Convolutions (conv_product.c) ------------------------------------------------------ */

/* What a constructor makes the variables from. */
typedef struct tg__nn_conv_new {
    tg_site at;
    const char *op;
    tg_store *store;
    const char *name;
    int64_t in, out, groups;
    int dims;
    int64_t kernel[TG_CONV_DIMS];
    bool transposed;
    bool no_bias;
    tg_init init, bias_init;
} tg__nn_conv_new;

/* Its initialiser from the args of either kind of layer; the rest are fields of its own. */
#define TG__NN_CONV_NEW(args, ...)                                                                 \
    {                                                                                              \
        .at = (args)->at, .store = (args)->store, .name = (args)->name, .in = (args)->in,          \
        .out = (args)->out, .no_bias = (args)->no_bias, .init = (args)->init,                      \
        .bias_init = (args)->bias_init, __VA_ARGS__                                                \
    }

/* Fails for the layer's store with that message. Always false. */
bool tg__nn_conv_new_fail(const tg__nn_conv_new *new, const tg_error *why);
/* The weight and the bias; both NULL on an error, which sticks to the store. */
void tg__nn_conv_variables(const tg__nn_conv_new *new, tg_var **weight, tg_var **bias);

/* The operands of a product; bias may be NULL. */
typedef struct tg__nn_conv {
    tg_site at;
    const char *op;
    tg_tensor *x, *weight, *bias;
    bool transposed; /* the weight is [in, out / groups, ...] and not [out, in / groups, ...] */
} tg__nn_conv;

/* Reads a layer's variables onto x's tape; weight is NULL where there is no layer, and [hint] then
 * says how to make one. False if the tape has an error. */
bool tg__nn_conv_read(tg__nn_conv *conv, tg_var *weight, tg_var *bias, const char *hint);
/* Whether they have fitting tapes, dtypes and ranks; else the tape has an error. */
bool tg__nn_conv_fits(const tg__nn_conv *conv);
/* Whether the steps are for such operands, and the channels fit each other and the groups. False
 * with an error in [why]. */
bool tg__nn_conv_steps_fit(const tg__nn_conv *conv, const tg_conv_steps *steps, tg_error *why);
/* Fails for [conv]'s operands with that message. Always false. */
bool tg__nn_conv_fail(const tg__nn_conv *conv, const tg_error *why);
/* The kernel's sizes. */
void tg__nn_conv_kernel(const tg_tensor *weight, int64_t kernel[TG_CONV_DIMS]);
/* The sum over channels and kernel, of a padded x and a weight whose kernel is as it is, and the
 * bias. */
tg_tensor *tg__nn_conv_product(const tg__nn_conv *conv, const tg_conv_steps *steps);

#endif
