/* tg_profile.h: where the time of a plan's runs goes, kernel by kernel, and how far each kernel is
 * from what the machine can do. docs/profiling.md shows how to read it.
 *
 *     tg_plan *step = tg_compile(tape, loss, .profile = true);
 *     for (int i = 0; i < 100; i++) tg_run(step);
 *     tg_profile_print(step, stdout);
 *     tg_profile_trace(step, file);        for chrome://tracing and ui.perfetto.dev
 *
 * A plan that is not profiled pays nothing for it. One that is reads the clock twice for each
 * kernel, 50 to 100 ns. The first runs are slower than the others: let there be some hundred, or
 * call tg_profile_reset after the first ten. Measured are the kernels of tg_run: not what a run
 * does besides (variables that are copied when it ends), and no runs of instances (tg_instance.h).
 */
#ifndef TG_PROFILE_H
#define TG_PROFILE_H

#include "tg_run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What was measured of one kernel. */
typedef struct tg_profile_row {
    int64_t kernel;      /* its number, as tg_plan_print has it */
    const char *backend; /* what ran it: "loop", "scalar", "call", "reduction", "naive" */
    const char *file;    /* where its last result was recorded; NULL: not known */
    int line;
    int64_t values;    /* how many operations of the tape it computes */
    int64_t runs;      /* that were measured */
    double seconds;    /* of all those runs together */
    double bytes;      /* that one run reads and writes: of each operand what it looks at, once */
    double operations; /* of arithmetic in one run: one for each element of each elementwise
                          operation or reduction; 2 m n k of a product of matrices */
    double limit; /* seconds that one run would take if bytes came as fast as memory gives them, and
                     operations were done as fast as in a product of matrices, whichever is longer;
                     0: not known */
} tg_profile_row;

/* Measures the plan's runs from now on, or no longer; what was measured before is kept. So does
 * .profile = true of tg_compile, from the first run on. TG_ERR_MEMORY, or TG_ERR_ARGUMENT for
 * NULL. */
TG_API tg_status tg_profile(tg_plan *plan, bool on);
/* Forgets what was measured. */
TG_API void tg_profile_reset(tg_plan *plan);
/* How many kernels were measured: 0 unless the plan was profiled and has run. */
TG_API size_t tg_profile_count(const tg_plan *plan);
/* The [i]-th of them, the one that took the longest first. All zero if there is none such. The
 * texts live as long as the plan. Knowing the limits takes the first call some 100 ms, in which the
 * speed of memory and of products is measured with the plan's threads. */
TG_API tg_profile_row tg_profile_nth(tg_plan *plan, size_t i);
/* A table, the kernels that took the longest first: share of the time, time of a run, bytes and
 * operations a second, the limit's share of the time, and what the kernel computes at which lines.
 * Kernels that took less than 0.1 % of the time are
 * counted in a last line. Prints nothing if nothing was measured. */
TG_API void tg_profile_print(tg_plan *plan, FILE *out);
/* The last 65,536 kernels that ran, as JSON in the format of Chrome's trace viewer: an event for
 * each, with its beginning and duration in microseconds since measuring began. */
TG_API void tg_profile_trace(tg_plan *plan, FILE *out);

#ifdef __cplusplus
}
#endif

#endif
