/* tg_jit.h: a plan's loops and scalar programs as machine code, which a C compiler makes while the
 * program runs. docs/jit.md says when that is worth while.
 *
 *     tg_plan *step = tg_compile(tape, loss, .jit = true);
 *     tg_jit_info jit = tg_plan_jit(step);
 *     printf("%lld functions in %.2f s%s\n", (long long)jit.functions, jit.seconds,
 *            jit.cached ? ", from the cache" : "");
 *
 * Results have the same bits as without. If there is no compiler, or it fails, the plan runs all
 * the same, as it would without .jit, and tg_plan_jit says why. What was compiled is kept in a
 * folder of the user's, so the next process need not compile it again.
 *
 * Variables of the environment, none of which a process with set-user-id reads:
 *
 *     TAPEGRAD_JIT           1: .jit = true for every tg_compile, in programs that are there
 * already TAPEGRAD_CC            the compiler, a name or a path; default: gcc, cc or clang, in the
 * PATH. It must be one that takes gcc's options, and be gcc if gcc compiled the library
 *     TAPEGRAD_JIT_SECONDS   how long it may take before it is stopped; default 120
 *     TAPEGRAD_JIT_CACHE     the folder of what was compiled; default $XDG_CACHE_HOME/tapegrad, or
 *                            ~/.cache/tapegrad. It must belong to the user, and nobody else may
 *                            write there. It is kept below 256 MB, and what was not used for 30
 * days goes                                                              */
#ifndef TG_JIT_H
#define TG_JIT_H

#include "tg_run.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tg_jit_info {
    bool asked;           /* by .jit or the environment; else all of this is zero */
    bool cached;          /* it had been compiled before */
    int64_t functions;    /* of machine code; 0: the plan runs as without .jit */
    int64_t instructions; /* of the plan that these stand for */
    double seconds;       /* that tg_compile took longer */
    const char *text;     /* why there are no functions, or a remark, or ""; as long as the plan */
} tg_jit_info;

/* What became of .jit. All zero, and the text "", for NULL. */
TG_API tg_jit_info tg_plan_jit(const tg_plan *plan);

#ifdef __cplusplus
}
#endif

#endif
