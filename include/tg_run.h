/* tg_run.h: plans. A plan is compiled once for the nodes that are wanted, and run any number of
 * times. It leaves out nodes that nothing needs, merges equal nodes, fuses elementwise operations
 * and row reductions, places all values in one block of memory, and updates variables in place. A
 * run allocates nothing, and its results do not depend on the number of threads. */
#ifndef TG_RUN_H
#define TG_RUN_H

#include "tg_tape.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A set of assignments, as an optimizer returns it; valid until the tape is rewound. */
typedef struct tg_updates {
    tg_tape *tape;
    uint32_t recording;    /* the tape's recording that they belong to */
    uint32_t first, count; /* a range of the tape's assignments, in the order of recording */
    tg_tensor *lr;         /* of an optimizer's step (tg_optim.h): the learning rate, */
    tg_tensor *norm;       /* the gradients' norm before clipping, */
    tg_tensor *skipped;    /* the number of skipped steps: each f64 of rank 0, or NULL */
} tg_updates;

/* The assignments from number [first] on, for optimizers of your own: [first] is the result of
 * tg_assign_count before they were recorded. { 0 } for NULL, or if there are none. */
TG_API tg_updates tg_updates_since(tg_tape *tape, uint32_t first);

typedef struct tg_compile_args {
    size_t struct_size;
    tg_site at;
    tg_tape *tape;
    tg_tensor *keep0, *keep1, *keep2, *keep3; /* nodes whose values the run keeps */
    tg_list keep;                             /* more of them: .keep = TG_LIST(...) */
    const tg_updates *updates; /* only these assignments; default: every one on the tape */
    int threads;               /* default 1; at most 256 */
    bool pure;                 /* no assignments at all */
    bool naive;                /* the reference executor: one node at a time, in the order of
                                  recording */
    bool trap;                 /* naive, and the first NaN or infinity is an error that names its
                                  node */
    bool steps;                /* completed runs count: they increment the counters of the plan's
                                  draws (tg_random.h) and, if they make assignments, the store's
                                  step. Default true; with .steps = false every run draws the
                                  numbers that are next, and changes no counter */
    bool profile;              /* measures its runs, kernel by kernel (tg_profile.h) */
    bool jit;                  /* runs as machine code, which is compiled now (tg_jit.h) */
} tg_compile_args;
#define TG_COMPILE_DEFAULTS                                                                        \
    .struct_size = TG_OPTIONS_SIZE(tg_compile_args, jit), .threads = 1, .steps = true

/* tg_compile(tape, loss, accuracy, .threads = 2): a plan that keeps these values and makes the
 * tape's assignments. NULL if the tape has an error, or on an error, which then sticks to the tape.
 * Values that depend on constants and numbers alone are computed by the first run and kept, up to
 * 64 MB. */
TG_API tg_plan *tg_compile_with(const tg_compile_args *args);
/* tg_compile_pure(tape, accuracy) is tg_compile with .pure = true, without assignments: a plan that
 * evaluates on a training tape must not train. */
/* Accepts NULL. */
TG_API void tg_plan_free(tg_plan *plan);

/* Runs the plan. If it fails, it assigns nothing and changes no counter, and its error does not
 * stick: feed other values and run again; until then the plan's kept values are unknown (tg_item
 * gives NaN, tg_get the run's status). tg_report prints the error. NULL is TG_ERR_ARGUMENT. */
TG_API tg_status tg_run(tg_plan *plan);
/* The message of the last run's error; "" if it succeeded. */
TG_API const char *tg_plan_error(const tg_plan *plan);

/* The memory of the plan in bytes, known before the first run: values, constants and the threads'
 * working memory, without variables and inputs. */
TG_API size_t tg_plan_bytes(const tg_plan *plan);
/* The number of kernels that the first run executes; later runs skip those of constants. */
TG_API size_t tg_plan_kernels(const tg_plan *plan);
/* Prints the kernels with their instructions, the buffers and bytes. */
TG_API void tg_plan_print(const tg_plan *plan, FILE *out);
/* The same as a Graphviz digraph. */
TG_API void tg_plan_draw(const tg_plan *plan, FILE *out);

#ifdef __cplusplus
}
#endif

/* How C programs call these: the macros supply the call's site, and the defaults of options. */
#ifndef __cplusplus
#define tg_compile(...)                                                                            \
    tg_compile_with(&(tg_compile_args){ TG_COMPILE_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_compile_pure(...)                                                                       \
    tg_compile_with(                                                                               \
        &(tg_compile_args){ TG_COMPILE_DEFAULTS, .pure = true, .at = TG_HERE, __VA_ARGS__ })
#endif

#endif
