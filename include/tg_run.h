/* tg_run.h: plans. A plan is made once from the nodes that are wanted and run any number
 * of times. It drops what nothing needs, merges equal nodes, fuses elementwise chains and
 * row reductions, lays out one block of memory, and updates state in place. A run
 * allocates nothing, and its results do not depend on the number of threads. */
#ifndef TG_RUN_H
#define TG_RUN_H

#include "tg_tape.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A set of assignments, as an optimizer returns it, good until the tape is rewound. */
typedef struct tg_updates {
    tg_tape *tape;
    uint32_t recording;    /* which of the tape's recordings they are of */
    uint32_t first, count; /* a range of the tape's assignments, in recorded order */
    tg_tensor *lr;         /* of an optimizer's step (tg_optim.h): the learning rate, */
    tg_tensor *norm;       /* the gradients' norm before clipping, */
    tg_tensor *skipped;    /* how many steps were left out: f64 of rank 0, or NULL */
} tg_updates;

/* The assignments from the one numbered [first] on, for optimizers of your own: [first] is what
 * tg_assign_count gave before theirs. None, { 0 }, for NULL or if there are fewer. */
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
    bool naive;                /* the reference executor: one node at a time, in order */
    bool trap;                 /* naive, and a NaN or infinity stops the run and is named */
    bool steps;                /* completed runs count: they move the counters of the plan's draws
                                  (tg_random.h) and, if they assign, the store's step. Default
                                  true; with .steps = false the plan draws what is next, however
                                  often it runs, and moves nothing */
    bool profile;              /* measures its runs, kernel by kernel (tg_profile.h) */
} tg_compile_args;
#define TG_COMPILE_DEFAULTS                                                                        \
    .struct_size = TG_OPTIONS_SIZE(tg_compile_args, profile), .threads = 1, .steps = true

/* tg_compile(tape, loss, accuracy, .threads = 2): a plan that keeps the named values and
 * makes the tape's assignments. NULL if the tape has failed, or on an error, which then
 * sticks to the tape. What is made of constants and numbers alone is computed by the first
 * run and kept, as long as it takes no more than 64 MB. */
TG_API tg_plan *tg_compile_with(const tg_compile_args *args);
/* tg_compile_pure(tape, accuracy) is that with .pure = true, without any assignment: an accuracy
 * plan on a training tape must not train. */
/* Accepts NULL. */
TG_API void tg_plan_free(tg_plan *plan);

/* Runs the plan. An error assigns nothing, moves no counter and does not stick: feed something
 * better and run again; until then what the plan keeps has no values (tg_item gives NaN, tg_get the
 * run's status). tg_report prints it. NULL is TG_ERR_ARGUMENT. */
TG_API tg_status tg_run(tg_plan *plan);
/* The text of the last run's error; "" if it succeeded. */
TG_API const char *tg_plan_error(const tg_plan *plan);

/* Bytes that the plan holds while it runs, known before the first run: values, constants
 * and the threads' working space. Variables and inputs are not counted. */
TG_API size_t tg_plan_bytes(const tg_plan *plan);
/* The number of kernels that the first run executes; later ones leave out those of constants. */
TG_API size_t tg_plan_kernels(const tg_plan *plan);
/* The kernels with their instructions, the buffers, the bytes. */
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
