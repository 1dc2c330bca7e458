/* spatial.h: what convolutions, pooling and resampling share: options with a number for each
 * spatial axis, checks of operands, the product over windows. Private to nn/. */
#ifndef TG_NN_SPATIAL_H
#define TG_NN_SPATIAL_H

#include "layer.h"

/* Writes an error to [why], for a caller that does not know yet whether it goes to a store or to a
 * tape. Returns false. */
bool tg__nn_message(tg_error *why, tg_status status, const char *format, ...) TG_PRINTF(3, 4);

/* An option that is one number for all spatial axes, or one number for each. */
typedef struct tg__nn_option {
    const char *name; /* as "stride"; the member for a number an axis is then "stride_shape" */
    int64_t number;
    tg_shape shape;
    int64_t otherwise; /* the default of the number */
    int64_t least;     /* the least legal value */
} tg__nn_option;

/* True if the caller gave a value other than the default. */
bool tg__nn_option_given(const tg__nn_option *option);
/* The option's value for each of [dims] axes. False, with an error in [why], if one is illegal. */
bool tg__nn_option_of(const tg__nn_option *option, int dims, int64_t out[TG_CONV_DIMS],
                      tg_error *why);

/* Checks the number of groups. False, with an error in [why], if it is illegal. */
bool tg__nn_groups_of(int64_t number, int64_t *groups, tg_error *why);

/* dilation (kernel - 1), the distance from a kernel's first element to its last along an axis; -1
 * if int64_t does not hold it. */
int64_t tg__nn_reach(int64_t kernel, int64_t dilation);
/* The number of places of that kernel on an axis of [length] with that padding; -1 if there is
 * none, or int64_t does not hold it. */
int64_t tg__nn_places(int64_t length, int64_t before, int64_t after, int64_t reach, int64_t stride);

/* True if x belongs to the tape's current recording and the tape has no error. */
bool tg__nn_usable(tg_site at, tg_tensor *x);
/* True if x has a batch axis, channels and 1 to 3 spatial axes, and is f32 or f64, or
 * [any_dtype]. */
bool tg__nn_spatial(tg_site at, const char *op, tg_tensor *x, bool any_dtype);

/* The windows of x [N, C, spatial...] over each spatial axis, as a view: [N, C, places...,
 * kernel...]. [first] is the number of the first spatial axis. */
tg_tensor *tg__nn_windows(tg_site at, tg_tensor *x, int first, const int64_t kernel[],
                          const tg_conv_steps *steps);

/* A matrix of zeros, f64 [rows, columns], on x's tape, for tg__nn_along. NULL, with an error of
 * [op] on the tape, if there is no memory. */
double *tg__nn_matrix(tg_site at, const char *op, tg_tensor *x, int64_t rows, int64_t columns);
/* Multiplies [matrix], [size, n], with each line of x along the axis, which has n elements; the
 * axis then has [size]. */
tg_tensor *tg__nn_along(tg_site at, tg_tensor *x, int axis, int64_t size, const double *matrix);

/* ---- Convolutions (conv_product.c) ------------------------------------------------------ */

/* The options from which a constructor makes the variables. */
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

/* An initialiser of it from the args of either layer; the other arguments are further members. */
#define TG__NN_CONV_NEW(args, ...)                                                                 \
    {                                                                                              \
        .at = (args)->at, .store = (args)->store, .name = (args)->name, .in = (args)->in,          \
        .out = (args)->out, .no_bias = (args)->no_bias, .init = (args)->init,                      \
        .bias_init = (args)->bias_init, __VA_ARGS__                                                \
    }

/* Reports [why] as an error of the constructor. Returns false. */
bool tg__nn_conv_new_fail(const tg__nn_conv_new *new, const tg_error *why);
/* Makes the weight and the bias; both are NULL on an error, which sticks to the store. */
void tg__nn_conv_variables(const tg__nn_conv_new *new, tg_var **weight, tg_var **bias);

/* The operands of a convolution; bias may be NULL. */
typedef struct tg__nn_conv {
    tg_site at;
    const char *op;
    tg_tensor *x, *weight, *bias;
    bool transposed; /* the weight is [in, out / groups, ...], else [out, in / groups, ...] */
} tg__nn_conv;

/* Reads a layer's variables on x's tape. False if that fails; if weight is NULL the error says, by
 * [hint], how to make the layer. */
bool tg__nn_conv_read(tg__nn_conv *conv, tg_var *weight, tg_var *bias, const char *hint);
/* True if the operands' tapes, dtypes and ranks fit each other; else an error is on the tape. */
bool tg__nn_conv_fits(const tg__nn_conv *conv);
/* True if the steps have as many axes as the operands, and the channels fit each other and the
 * groups. False with an error in [why]. */
bool tg__nn_conv_steps_fit(const tg__nn_conv *conv, const tg_conv_steps *steps, tg_error *why);
/* Reports [why] with the operands of [conv]. Returns false. */
bool tg__nn_conv_fail(const tg__nn_conv *conv, const tg_error *why);
/* The sizes of the weight's kernel axes. */
void tg__nn_conv_kernel(const tg_tensor *weight, int64_t kernel[TG_CONV_DIMS]);
/* The product of the windows of x, which is padded already, with the weight, whose kernel is not
 * turned; plus the bias. Transposed: the windows of the result that the product of x and the weight
 * is, folded, without the padding; plus the bias. */
tg_tensor *tg__nn_conv_product(const tg__nn_conv *conv, const tg_conv_steps *steps);

#endif
