/* training.h: benchmarks of training steps. A program describes its nets, and what bounds their
 * time from below; training_main is the rest of it. */
#ifndef TG_BENCHMARKS_TRAINING_H
#define TG_BENCHMARKS_TRAINING_H

#include "multiply.h"

/* So small that the one batch is not learnt by heart: gradients that fade away become denormal
 * numbers, and time something else. */
#define TRAINING_RATE     1e-6
#define TRAINING_MOMENTUM 0.9

typedef enum training_optimizer { TRAINING_ADAM, TRAINING_ADAMW, TRAINING_SGD } training_optimizer;

typedef struct training_case training_case;

typedef struct training {
    const training_case *of;
    tg_store *store;
    tg_tape *tape;
    tg_tensor *loss;
    tg_plan *step, *forward;
    double input_bytes;
    double forward_flops, step_flops; /* of the products, for a program that counts them */
} training;

/* What nothing can be faster than: the bare products of the same step. All of it is called with
 * [context], which the case takes from bench_hold. */
typedef struct training_limits {
    bench_products products;
    void *context;
    void (*forward)(void *context);
    void (*step)(void *context);      /* the forward products and those of the gradient */
    void (*update)(void *context);    /* what the optimizer must do; NULL: not timed */
    double forward_times, step_times; /* the limit is so many times that; default 1 */
    const char *are;                  /* default: "the bare products, by" */
} training_limits;

struct training_case {
    const char *name;
    const void *net; /* what the program knows about it */
    training_optimizer optimizer;
    /* Records the net and feeds it. Returns the loss. */
    tg_tensor *(*record)(training *t);
    /* Fills in the limits, whose products have begun. */
    void (*limit)(const training *t, training_limits *limits);
};

typedef struct training_program {
    const char *bench, *about; /* its name in the results, and for --help */
    size_t count;
    const training_case *cases;
} training_program;
/* Is the program's main: for each case the memory, kernels and time of a step, and the time of its
 * forward pass. */
int training_main(int argc, char **argv, const training_program *program);

/* An input of the step, which counts as memory that it must hold. */
tg_tensor *training_input(training *t, const char *name, tg_dtype dtype, tg_shape shape);
/* Feeds pixels uniform in [0, 1), and the classes in turns. */
void training_feed_images(tg_tensor *images, tg_tensor *labels, int64_t classes);

#endif
