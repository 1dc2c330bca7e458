/* tg_minimize.h: L-BFGS, for a function that is the same in every evaluation, such as the loss of
 * all data at once; and parameters and gradients as plain vectors, for the optimizers of other
 * libraries.
 *
 *     tg_minimum end = tg_lbfgs(loss, .gradient_tolerance = 1e-8);
 *     tg_report(tape, stderr);
 *     printf("%g after %d iterations: %s\n", end.value, (int)end.iterations,
 *            tg_stop_name(end.stop));
 *
 * (Optimizers that make a step with the gradient of each batch are in tg_optim.h.) */
#ifndef TG_MINIMIZE_H
#define TG_MINIMIZE_H

#include "tg_optim.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Variables as one vector ------------------------------------------------------------ */

/* Variables of a store, concatenated to one vector of doubles, whatever their dtypes. It has memory
 * of its own, from the store's allocator: free it with tg_flat_free, before the store.
 *
 *     tg_flat flat = tg_flat_new(store, .params = "model");
 *     double *x = malloc((size_t)flat.total * sizeof *x);
 *     tg_flat_get(&flat, x); */
typedef struct tg_flat {
    size_t count;          /* of the variables */
    tg_var *const *var;    /* [count] */
    const int64_t *offset; /* [count]: index of the first element of each; its elements are
                              row-major */
    int64_t total;         /* number of elements of all variables */
    void *buffer;          /* for the conversion of one variable */
    tg_tape *memory;       /* owns all of it */
} tg_flat;

typedef struct tg_flat_args {
    size_t struct_size;
    tg_site at;
    tg_store *store;
    const char *params;  /* the trainable parameters under this name; default: all */
    const char *except;  /* except these: names, as optimizers take them; default: none */
    tg_var *const *vars; /* instead of names: these variables, f32 or f64, each once; default:
                            none */
    size_t var_count;    /* of [vars] */
} tg_flat_args;
#define TG_FLAT_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_flat_args, var_count)

/* tg_flat_new(store, .except = "bias"). The order is the store's, or that of the list. On an error,
 * which sticks to the store, all members are NULL and 0: no variable is selected; one of the list
 * is not float, is of another store or listed twice; there is not enough memory. */
TG_API tg_flat tg_flat_new_with(const tg_flat_args *args);
/* Accepts NULL, and a flat that could not be made. */
TG_API void tg_flat_free(tg_flat *flat);

/* Copies the variables' elements to [vector], or back: [total] doubles. An f32 variable gets the
 * nearest numbers. TG_ERR_ARGUMENT for NULL, and for a flat that could not be made. */
TG_API tg_status tg_flat_get(const tg_flat *flat, double *vector);
TG_API tg_status tg_flat_set(const tg_flat *flat, const double *vector);

/* ---- A loss as a function of a vector --------------------------------------------------- */

/* A loss and its gradients, compiled once, as a function f(x) of the vector of its parameters, as
 * the optimizers of other libraries need it.
 *
 *     static double f(unsigned n, const double *x, double *gradient, void *objective)   (NLopt)
 *     {
 *         double value = HUGE_VAL;
 *         tg_objective_value(objective, x, &value, gradient);
 *         return value;
 *     }
 *
 * It belongs to the loss' tape: free it before that, and make a new one after tg_rewind. */
typedef struct tg_objective tg_objective;

typedef struct tg_objective_args {
    size_t struct_size;
    tg_site at;
    tg_tensor *loss;    /* one element, f32 or f64 */
    const char *params; /* as for tg_flat; default: all trainable parameters of the store */
    const char *except; /* default: none */
    tg_var *const *vars; /* default: none */
    size_t var_count;
    int threads;         /* of the plans; default 1 */
} tg_objective_args;
#define TG_OBJECTIVE_DEFAULTS                                                                      \
    .struct_size = TG_OPTIONS_SIZE(tg_objective_args, threads), .threads = 1

/* tg_objective_new(loss). Records the gradients. A parameter that the loss does not depend on has a
 * gradient of 0. Evaluations make no assignments of the tape and move no counter: random draws are
 * the same in each. NULL on an error, which sticks to the tape. */
TG_API tg_objective *tg_objective_new_with(const tg_objective_args *args);
/* Accepts NULL. */
TG_API void tg_objective_free(tg_objective *objective);

/* The parameters that x consists of. NULL for NULL. */
TG_API const tg_flat *tg_objective_flat(const tg_objective *objective);

/* f(x), and its gradient, of the size of x, unless [gradient] is NULL. The variables are set to x;
 * for a NULL x they are not changed. An error is that of the run (see tg_tape_run_error); then
 * neither number is assigned. TG_ERR_ARGUMENT for a NULL objective or value. */
TG_API tg_status tg_objective_value(tg_objective *objective, const double *x, double *value,
                                    double *gradient);

/* ---- L-BFGS ----------------------------------------------------------------------------- */

/* The reason for which a minimisation has ended. */
typedef enum tg_stop {
    TG_STOP_ERROR = 0,  /* an error: see the status */
    TG_STOP_GRADIENT,   /* no element of the gradient is larger than the tolerance */
    TG_STOP_CHANGE,     /* the value changed by no more than the tolerance */
    TG_STOP_PRECISION,  /* no step lowers the value by more than rounding: this is the dtype's
                           precision */
    TG_STOP_ITERATIONS, /* the largest number of iterations was reached */
    TG_STOP_EVALUATIONS,
    TG_STOP_CALLBACK,   /* the callback returned false */
    TG_STOP_UNBOUNDED,  /* the value decreases along a line without a bound */
    TG_STOP_NOT_FINITE  /* the value or the gradient at the start is not finite */
} tg_stop;

/* As text: "the gradient is within its tolerance". Never NULL. */
TG_API const char *tg_stop_name(tg_stop stop);

/* Called after each iteration, from 1 on, when the variables have the new values. False ends the
 * minimisation. */
typedef bool (*tg_minimize_fn)(void *context, int64_t iteration, double value,
                               double gradient_norm);

typedef struct tg_minimum {
    tg_status status; /* TG_ERR_NUMERIC for TG_STOP_UNBOUNDED and TG_STOP_NOT_FINITE */
    tg_stop stop;
    int64_t iterations, evaluations;
    double value, gradient_norm; /* at the variables' values; the norm is the largest magnitude
                                    of an element. NaN if there was no evaluation */
} tg_minimum;

typedef struct tg_lbfgs_args {
    size_t struct_size;
    tg_site at;
    tg_tensor *loss;            /* one element, f32 or f64; the next five are for it */
    const char *params;         /* as for tg_objective; default: all */
    const char *except;         /* default: none */
    tg_var *const *vars;        /* default: none */
    size_t var_count;
    int threads;                /* default 1 */
    tg_objective *objective;    /* instead of a loss: an objective made before; default: none */
    int history;                /* number of steps in the history, in [1, 1000]; default 10 */
    int64_t max_iterations;     /* >= 0; default 1000 */
    int64_t max_evaluations;    /* >= 1; default INT64_MAX: any number */
    double gradient_tolerance;  /* >= 0; default 1e-6 */
    double change_tolerance;    /* >= 0; default 0 */
    double c1;                  /* 0 < c1 < c2 < 1; default 1e-4 */
    double c2;                  /* default 0.9 */
    tg_minimize_fn callback;    /* default: none */
    void *callback_context;     /* default: NULL */
} tg_lbfgs_args;
#define TG_LBFGS_DEFAULTS                                                                          \
    .struct_size = TG_OPTIONS_SIZE(tg_lbfgs_args, callback_context), .threads = 1, .history = 10,  \
    .max_iterations = 1000, .max_evaluations = INT64_MAX, .gradient_tolerance = 1e-6, .c1 = 1e-4,  \
    .c2 = 0.9

/* tg_lbfgs(loss, .params = "model") (Nocedal 1980; Liu and Nocedal 1989): moves the parameters to a
 * local minimum of the loss. Each iteration searches along d = -H g, where H is computed from the
 * last [history] steps by the two-loop recursion (Nocedal and Wright, Numerical Optimization, 2006,
 * algorithm 7.4), for a point that fulfils the strong Wolfe conditions,
 *
 *     f(x + a d) <= f(x) + c1 a g.d    and    |g(x + a d).d| <= c2 |g.d|,
 *
 * by their algorithms 3.5 and 3.6, with cubic interpolation. If f(x + a d) and f(x) differ by less
 * than rounding, the slope decides the first condition (Hager and Zhang 2005). A step to a point
 * where value or slope is not finite is too long. If d is not a direction of descent it is replaced
 * by -g, and the history is cleared.
 *
 * It ends when no element of the gradient is larger than gradient_tolerance; when an iteration
 * changes the value f by no more than change_tolerance max(|f|, 1); or for another reason of
 * tg_stop. The variables are left at the last accepted point, also after an error of a run. Values
 * and gradients are computed in the loss' dtype, all else in f64.
 *
 * Each call with a loss records its gradients and compiles them; one with an objective records
 * nothing. Memory: 2 history + 5 vectors of doubles, from the store's allocator, until it returns.
 *
 * Wrong arguments and a lack of memory stick to the tape; an error of a run does not, as in tg_run;
 * tg_report prints either. TG_ERR_NUMERIC of a minimisation is no error of the tape: tg_stop_name
 * has its text. */
TG_API tg_minimum tg_lbfgs_with(const tg_lbfgs_args *args);

#ifdef __cplusplus
}
#endif

/* How C programs call these: the macros supply the call's site, and the defaults of options. */
#ifndef __cplusplus
#define tg_flat_new(...) \
    tg_flat_new_with(&(tg_flat_args){ TG_FLAT_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_objective_new(...)                                                                      \
    tg_objective_new_with(                                                                         \
        &(tg_objective_args){ TG_OBJECTIVE_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_lbfgs(...)                                                                              \
    tg_lbfgs_with(&(tg_lbfgs_args){ TG_LBFGS_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#endif

#endif
