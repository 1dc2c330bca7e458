/* derivatives.h: what the files of the benchmark `derivatives` share. A function to differentiate
 * is a [work]: how it is recorded, the same in plain C, and the numbers it is applied to. The
 * functions are those of ADBench (Srajer, Kukelova, Fitzgibbon, 2018) and of gradbench (with
 * cmpad's), at sizes used there. All of it is f64. */
#ifndef TG_BENCHMARKS_DERIVATIVES_H
#define TG_BENCHMARKS_DERIVATIVES_H

#include "common.h"

#include <stdlib.h>

enum { MOST_PARAMETERS = 3, MOST_FIXED = 2 };

/* An operand of a function, and its numbers, which the program owns. */
typedef struct array {
    const char *name;
    tg_shape shape;
    double *data;
} array;

typedef struct work {
    const char *name;
    /* Sets up the operands. */
    void (*prepare)(struct work *w);
    /* Records the function of the parameters [p], which is one number; [fixed] is held fixed. */
    tg_tensor *(*record)(const struct work *w, tg_tape *tape, tg_tensor *const p[],
                         tg_tensor *const fixed[]);
    double (*plain)(const struct work *w); /* the same in plain C */
    const char *tool;                      /* the best of the other tools: see derivatives.c */
    double tool_us;                        /* its time for the gradient */
    double step;         /* of finite differences; must stay on one side of every kink */
    bool diagonal;       /* the Hessian has a diagonal only */
    const char *hessian; /* not NULL: record the whole Hessian in this parameter */
    size_t parameters, constants;
    array p[MOST_PARAMETERS], fixed[MOST_FIXED];
} work;

/* Ended by one without a name. */
extern const work reductions[];  /* mixture, log-sum-exp, k-means, least squares */
extern const work recurrences[]; /* LSTM, Runge-Kutta, determinant */

/* Its value is a vector of residuals, and its derivative a Jacobian of small blocks. */
void report_bundles(const bench_options *options);

/* ---- Helpers ---------------------------------------------------------------------------- */

/* Memory for an operand; add_parameter and add_fixed put it last in the list and return it. */
double *new_numbers(size_t count);
double *add_parameter(work *w, const char *name, tg_shape shape);
double *add_fixed(work *w, const char *name, tg_shape shape);
/* Numbers uniform in [low, high); [seed] is any number but 0. */
void fill_uniform(double *to, size_t count, double low, double high, uint32_t seed);

/* Is [got] within [tolerance] of [want], relative to [scale]? Else says so, and ends the program:
 * what computes something else is not worth timing. */
void check_close(const char *name, const char *what, size_t index, double got, double want,
                 double scale, double tolerance);

typedef struct limit {
    double us; /* 0: there is none */
    const char *is;
} limit;
void print_metric(const bench_options *options, const char *name, const char *metric,
                  const char *unit, double value, limit against);

#endif
