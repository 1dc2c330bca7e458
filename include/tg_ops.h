/* tg_ops.h: the primitives, and a few short compositions of them.
 *
 * Every operation checks its operands, appends one node (and, where shapes differ, the
 * broadcasts) to their tape and returns it; nothing is computed yet. Given a NULL it
 * returns NULL and does nothing. All operands must live on one tape and have one dtype.
 * Shapes broadcast as in NumPy. Unless said otherwise the result has its operand's dtype.
 *
 * "float" means f32 or f64, "number" any dtype but bool, "any" any dtype. Integer
 * arithmetic wraps around. Gradients at kinks follow PyTorch's choices. */
#ifndef TG_OPS_H
#define TG_OPS_H

#include "tg_run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Leaves ----------------------------------------------------------------------------- */

/* One number, of rank 0 and the store's default dtype (or [dtype]). The value is data, not
 * structure: recording the same program with another number reuses its plan. */
TG_API tg_tensor *(tg_number)(tg_site at, tg_tape *tape, double value);
TG_API tg_tensor *(tg_number_as)(tg_site at, tg_tape *tape, tg_dtype dtype, double value);
/* A number of x's tape and dtype. */
TG_API tg_tensor *(tg_number_like)(tg_site at, tg_tensor *x, double value);
/* Every element is [value]. */
TG_API tg_tensor *(tg_full)(tg_site at, tg_tape *tape, tg_dtype dtype, tg_shape shape, double value);
TG_API tg_tensor *(tg_zeros_like)(tg_site at, tg_tensor *x);
TG_API tg_tensor *(tg_ones_like)(tg_site at, tg_tensor *x);
/* The given data, copied. */
TG_API tg_tensor *(tg_constant)(tg_site at, tg_tape *tape, tg_dtype dtype, tg_shape shape,
                                const void *data);
/* 0, 1, ..., count-1. Any dtype but bool. */
TG_API tg_tensor *(tg_iota)(tg_site at, tg_tape *tape, tg_dtype dtype, int64_t count);
/* Random numbers, uniform in [low, high), or normal. They are a function of the store's
 * seed and step and of [key] alone (Philox 4x32-10, Salmon et al. 2011; normal by Box and
 * Muller): never of threads or of the order of recording. The same key twice on one tape
 * is an error. Float. */
TG_API tg_tensor *(tg_uniform)(tg_site at, tg_tape *tape, const char *key, tg_dtype dtype,
                               tg_shape shape, double low, double high);
TG_API tg_tensor *(tg_normal)(tg_site at, tg_tape *tape, const char *key, tg_dtype dtype,
                              tg_shape shape, double mean, double deviation);
/* The store's step counter (completed runs that assigned), as f64 of rank 0. */
TG_API tg_tensor *(tg_step)(tg_site at, tg_tape *tape);

/* ---- Elementwise, one operand ----------------------------------------------------------- */

TG_API tg_tensor *(tg_neg)(tg_site at, tg_tensor *x);     /* -x; signed numbers */
TG_API tg_tensor *(tg_abs)(tg_site at, tg_tensor *x);     /* |x|; signed numbers; slope 0 at 0 */
TG_API tg_tensor *(tg_sign)(tg_site at, tg_tensor *x);    /* -1, 0, 1; signed numbers; slope 0 */
TG_API tg_tensor *(tg_exp)(tg_site at, tg_tensor *x);     /* e^x; float, as are all below */
TG_API tg_tensor *(tg_expm1)(tg_site at, tg_tensor *x);   /* e^x - 1, exact near 0 */
TG_API tg_tensor *(tg_log)(tg_site at, tg_tensor *x);     /* ln x */
TG_API tg_tensor *(tg_log1p)(tg_site at, tg_tensor *x);   /* ln(1 + x), exact near 0 */
TG_API tg_tensor *(tg_sqrt)(tg_site at, tg_tensor *x);
TG_API tg_tensor *(tg_sin)(tg_site at, tg_tensor *x);
TG_API tg_tensor *(tg_cos)(tg_site at, tg_tensor *x);
TG_API tg_tensor *(tg_tanh)(tg_site at, tg_tensor *x);
TG_API tg_tensor *(tg_sigmoid)(tg_site at, tg_tensor *x); /* 1 / (1 + e^-x) */
TG_API tg_tensor *(tg_erf)(tg_site at, tg_tensor *x);
TG_API tg_tensor *(tg_erfc)(tg_site at, tg_tensor *x);    /* 1 - erf(x), exact for large x */
TG_API tg_tensor *(tg_square)(tg_site at, tg_tensor *x);  /* x * x; number */
TG_API tg_tensor *(tg_not)(tg_site at, tg_tensor *x);     /* bool */

/* ---- Elementwise, two operands and three ------------------------------------------------ */

TG_API tg_tensor *(tg_add)(tg_site at, tg_tensor *a, tg_tensor *b); /* number */
TG_API tg_tensor *(tg_sub)(tg_site at, tg_tensor *a, tg_tensor *b); /* number */
TG_API tg_tensor *(tg_mul)(tg_site at, tg_tensor *a, tg_tensor *b); /* number */
TG_API tg_tensor *(tg_div)(tg_site at, tg_tensor *a, tg_tensor *b); /* float */
TG_API tg_tensor *(tg_pow)(tg_site at, tg_tensor *a, tg_tensor *b); /* float */
/* The larger and the smaller; a NaN of either passes; at a tie each gets half the gradient. */
TG_API tg_tensor *(tg_maximum)(tg_site at, tg_tensor *a, tg_tensor *b); /* number */
TG_API tg_tensor *(tg_minimum)(tg_site at, tg_tensor *a, tg_tensor *b); /* number */
/* Comparisons: bool; any. */
TG_API tg_tensor *(tg_equal)(tg_site at, tg_tensor *a, tg_tensor *b);
TG_API tg_tensor *(tg_not_equal)(tg_site at, tg_tensor *a, tg_tensor *b);
TG_API tg_tensor *(tg_less)(tg_site at, tg_tensor *a, tg_tensor *b);
TG_API tg_tensor *(tg_less_equal)(tg_site at, tg_tensor *a, tg_tensor *b);
TG_API tg_tensor *(tg_greater)(tg_site at, tg_tensor *a, tg_tensor *b);
TG_API tg_tensor *(tg_greater_equal)(tg_site at, tg_tensor *a, tg_tensor *b);
TG_API tg_tensor *(tg_and)(tg_site at, tg_tensor *a, tg_tensor *b); /* bool */
TG_API tg_tensor *(tg_or)(tg_site at, tg_tensor *a, tg_tensor *b);  /* bool */
/* Where [condition] (bool) holds a, else b. The branch not taken gets a gradient of 0. */
TG_API tg_tensor *(tg_select)(tg_site at, tg_tensor *condition, tg_tensor *a, tg_tensor *b);

/* With a C number, which takes x's dtype. */
TG_API tg_tensor *(tg_add_num)(tg_site at, tg_tensor *x, double c);  /* x + c */
TG_API tg_tensor *(tg_sub_num)(tg_site at, tg_tensor *x, double c);  /* x - c */
TG_API tg_tensor *(tg_rsub_num)(tg_site at, double c, tg_tensor *x); /* c - x */
TG_API tg_tensor *(tg_mul_num)(tg_site at, tg_tensor *x, double c);  /* x * c */
TG_API tg_tensor *(tg_div_num)(tg_site at, tg_tensor *x, double c);  /* x / c */
TG_API tg_tensor *(tg_rdiv_num)(tg_site at, double c, tg_tensor *x); /* c / x */
/* x ^ c; exact and finite for negative x and integer c. */
TG_API tg_tensor *(tg_pow_num)(tg_site at, tg_tensor *x, double c);
TG_API tg_tensor *(tg_maximum_num)(tg_site at, tg_tensor *x, double c);
TG_API tg_tensor *(tg_minimum_num)(tg_site at, tg_tensor *x, double c);

/* To another dtype. Float to integer truncates toward zero, saturates, and takes NaN to 0;
 * anything to bool is x != 0. Gradients pass between floats and stop elsewhere. */
TG_API tg_tensor *(tg_cast)(tg_site at, tg_tensor *x, tg_dtype dtype);
/* x, through which no gradient passes. */
TG_API tg_tensor *(tg_stop_gradient)(tg_site at, tg_tensor *x);

/* ---- Reductions ------------------------------------------------------------------------- */

typedef struct tg_reduce_args {
    tg_call call;
    tg_tensor *x;
    int axis;     /* one axis; default: all of them */
    tg_axes axes; /* or several: .axes = TG_AXES(0, 2) */
    bool keep;    /* keep the reduced axes with size 1; default: drop them */
} tg_reduce_args;

/* tg_sum(x), tg_sum(x, .axis = -1, .keep = true). Sums are accumulated pairwise or in
 * double. The sum of nothing is 0 and its mean NaN; max, min and argmax of nothing are
 * errors. At a tie, max and min share the gradient equally. */
TG_API tg_tensor *tg_sum_with(tg_reduce_args args);    /* number */
TG_API tg_tensor *tg_mean_with(tg_reduce_args args);   /* float */
TG_API tg_tensor *tg_max_with(tg_reduce_args args);    /* number */
TG_API tg_tensor *tg_min_with(tg_reduce_args args);    /* number */
/* The first position of the largest element along one axis (default: of the flattened
 * tensor), as i64. A NaN counts as the largest. */
TG_API tg_tensor *tg_argmax_with(tg_reduce_args args);
#define tg_sum(...) \
    tg_sum_with((tg_reduce_args){ .call = { TG_HERE, "" #__VA_ARGS__ }, __VA_ARGS__ })
#define tg_mean(...) \
    tg_mean_with((tg_reduce_args){ .call = { TG_HERE, "" #__VA_ARGS__ }, __VA_ARGS__ })
#define tg_max(...) \
    tg_max_with((tg_reduce_args){ .call = { TG_HERE, "" #__VA_ARGS__ }, __VA_ARGS__ })
#define tg_min(...) \
    tg_min_with((tg_reduce_args){ .call = { TG_HERE, "" #__VA_ARGS__ }, __VA_ARGS__ })
#define tg_argmax(...) \
    tg_argmax_with((tg_reduce_args){ .call = { TG_HERE, "" #__VA_ARGS__ }, __VA_ARGS__ })

/* ---- Movement (views: no copy unless a kernel needs one) -------------------------------- */

/* The same elements in another shape; one dimension may be -1 and is worked out. */
TG_API tg_tensor *(tg_reshape)(tg_site at, tg_tensor *x, tg_shape shape);
/* Axis i of the result is axis axes[i] of x; every axis once. */
TG_API tg_tensor *(tg_permute)(tg_site at, tg_tensor *x, tg_axes axes);
/* Swaps the last two axes. */
TG_API tg_tensor *(tg_transpose)(tg_site at, tg_tensor *x);
/* To [shape] by NumPy's rule: missing leading axes and axes of size 1 are repeated. */
TG_API tg_tensor *(tg_broadcast)(tg_site at, tg_tensor *x, tg_shape shape);
/* Elements start, start + step, ... before stop along one axis. Negative starts and stops
 * count from the end; both are clamped as in Python. [step] is at least 1. */
TG_API tg_tensor *(tg_slice)(tg_site at, tg_tensor *x, int axis, int64_t start, int64_t stop,
                             int64_t step);
/* [before] and [after] elements of [value] around x along one axis, and [between] of them
 * between its neighbours. All at least 0. x itself, if nothing is added. */
TG_API tg_tensor *(tg_pad)(tg_site at, tg_tensor *x, int axis, int64_t before, int64_t after,
                           int64_t between, double value);
/* tg_concat(TG_LIST(a, b, c), 0). All but that axis must agree. */
TG_API tg_tensor *(tg_concat)(tg_site at, tg_tensor *const *list, int axis);

/* ---- Indexing --------------------------------------------------------------------------- */

/* The slices of x along [axis] that [index] (i32 or i64, any shape) names; the axis is
 * replaced by index's shape: a table [v, d] and an index [n] give [n, d]. An index outside
 * [0, size) is an error of the run, found before anything is read. */
TG_API tg_tensor *(tg_gather)(tg_site at, tg_tensor *x, tg_tensor *index, int axis);
/* The adjoint: zeros of x's shape but [size] along the axis, to which the slices of x are
 * added where index says. */
TG_API tg_tensor *(tg_scatter_add)(tg_site at, tg_tensor *x, tg_tensor *index, int axis,
                                   int64_t size);
/* index (i32 or i64) unchanged; a value outside [0, size) is an error of the run. */
TG_API tg_tensor *(tg_check_index)(tg_site at, tg_tensor *index, int64_t size);

/* ---- Contraction ------------------------------------------------------------------------ */

/* Matrix product over the last two axes; leading axes broadcast. [m,k] . [k,n] = [m,n];
 * [b,m,k] . [k,n] = [b,m,n]. Transposes and slices of the operands cost nothing. Float. */
TG_API tg_tensor *(tg_matmul)(tg_site at, tg_tensor *a, tg_tensor *b);

#ifdef __cplusplus
}
#endif

/* Each of the functions above takes its call site first; these macros supply it. A macro is
 * not expanded within itself, so the names stay usable as function pointers: (tg_exp). */
#ifndef TG_NO_SITE_MACROS
#define tg_number(...) tg_number(TG_HERE, __VA_ARGS__)
#define tg_number_as(...) tg_number_as(TG_HERE, __VA_ARGS__)
#define tg_number_like(...) tg_number_like(TG_HERE, __VA_ARGS__)
#define tg_full(...) tg_full(TG_HERE, __VA_ARGS__)
#define tg_zeros_like(...) tg_zeros_like(TG_HERE, __VA_ARGS__)
#define tg_ones_like(...) tg_ones_like(TG_HERE, __VA_ARGS__)
#define tg_constant(...) tg_constant(TG_HERE, __VA_ARGS__)
#define tg_iota(...) tg_iota(TG_HERE, __VA_ARGS__)
#define tg_uniform(...) tg_uniform(TG_HERE, __VA_ARGS__)
#define tg_normal(...) tg_normal(TG_HERE, __VA_ARGS__)
#define tg_step(...) tg_step(TG_HERE, __VA_ARGS__)
#define tg_neg(...) tg_neg(TG_HERE, __VA_ARGS__)
#define tg_abs(...) tg_abs(TG_HERE, __VA_ARGS__)
#define tg_sign(...) tg_sign(TG_HERE, __VA_ARGS__)
#define tg_exp(...) tg_exp(TG_HERE, __VA_ARGS__)
#define tg_expm1(...) tg_expm1(TG_HERE, __VA_ARGS__)
#define tg_log(...) tg_log(TG_HERE, __VA_ARGS__)
#define tg_log1p(...) tg_log1p(TG_HERE, __VA_ARGS__)
#define tg_sqrt(...) tg_sqrt(TG_HERE, __VA_ARGS__)
#define tg_sin(...) tg_sin(TG_HERE, __VA_ARGS__)
#define tg_cos(...) tg_cos(TG_HERE, __VA_ARGS__)
#define tg_tanh(...) tg_tanh(TG_HERE, __VA_ARGS__)
#define tg_sigmoid(...) tg_sigmoid(TG_HERE, __VA_ARGS__)
#define tg_erf(...) tg_erf(TG_HERE, __VA_ARGS__)
#define tg_erfc(...) tg_erfc(TG_HERE, __VA_ARGS__)
#define tg_square(...) tg_square(TG_HERE, __VA_ARGS__)
#define tg_not(...) tg_not(TG_HERE, __VA_ARGS__)
#define tg_add(...) tg_add(TG_HERE, __VA_ARGS__)
#define tg_sub(...) tg_sub(TG_HERE, __VA_ARGS__)
#define tg_mul(...) tg_mul(TG_HERE, __VA_ARGS__)
#define tg_div(...) tg_div(TG_HERE, __VA_ARGS__)
#define tg_pow(...) tg_pow(TG_HERE, __VA_ARGS__)
#define tg_maximum(...) tg_maximum(TG_HERE, __VA_ARGS__)
#define tg_minimum(...) tg_minimum(TG_HERE, __VA_ARGS__)
#define tg_equal(...) tg_equal(TG_HERE, __VA_ARGS__)
#define tg_not_equal(...) tg_not_equal(TG_HERE, __VA_ARGS__)
#define tg_less(...) tg_less(TG_HERE, __VA_ARGS__)
#define tg_less_equal(...) tg_less_equal(TG_HERE, __VA_ARGS__)
#define tg_greater(...) tg_greater(TG_HERE, __VA_ARGS__)
#define tg_greater_equal(...) tg_greater_equal(TG_HERE, __VA_ARGS__)
#define tg_and(...) tg_and(TG_HERE, __VA_ARGS__)
#define tg_or(...) tg_or(TG_HERE, __VA_ARGS__)
#define tg_select(...) tg_select(TG_HERE, __VA_ARGS__)
#define tg_add_num(...) tg_add_num(TG_HERE, __VA_ARGS__)
#define tg_sub_num(...) tg_sub_num(TG_HERE, __VA_ARGS__)
#define tg_rsub_num(...) tg_rsub_num(TG_HERE, __VA_ARGS__)
#define tg_mul_num(...) tg_mul_num(TG_HERE, __VA_ARGS__)
#define tg_div_num(...) tg_div_num(TG_HERE, __VA_ARGS__)
#define tg_rdiv_num(...) tg_rdiv_num(TG_HERE, __VA_ARGS__)
#define tg_pow_num(...) tg_pow_num(TG_HERE, __VA_ARGS__)
#define tg_maximum_num(...) tg_maximum_num(TG_HERE, __VA_ARGS__)
#define tg_minimum_num(...) tg_minimum_num(TG_HERE, __VA_ARGS__)
#define tg_cast(...) tg_cast(TG_HERE, __VA_ARGS__)
#define tg_stop_gradient(...) tg_stop_gradient(TG_HERE, __VA_ARGS__)
#define tg_reshape(...) tg_reshape(TG_HERE, __VA_ARGS__)
#define tg_permute(...) tg_permute(TG_HERE, __VA_ARGS__)
#define tg_transpose(...) tg_transpose(TG_HERE, __VA_ARGS__)
#define tg_broadcast(...) tg_broadcast(TG_HERE, __VA_ARGS__)
#define tg_slice(...) tg_slice(TG_HERE, __VA_ARGS__)
#define tg_pad(...) tg_pad(TG_HERE, __VA_ARGS__)
#define tg_concat(...) tg_concat(TG_HERE, __VA_ARGS__)
#define tg_gather(...) tg_gather(TG_HERE, __VA_ARGS__)
#define tg_scatter_add(...) tg_scatter_add(TG_HERE, __VA_ARGS__)
#define tg_check_index(...) tg_check_index(TG_HERE, __VA_ARGS__)
#define tg_matmul(...) tg_matmul(TG_HERE, __VA_ARGS__)
#endif

#endif
