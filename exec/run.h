/* run.h: making plans and running them, for the public functions. */
#ifndef TG_RUN_INTERNAL_H
#define TG_RUN_INTERNAL_H

#include "plan/plan.h"

tg_plan *tg__plan_new(tg_tape *tape, int threads);
/* Plans and allocates; a failed plan can only be released. */
tg_status tg__plan_make(tg_plan *plan, const tg__wanted *wanted);
/* Looks up where the leaves' values are, after they were set to other nodes. */
void tg__plan_bind(tg_plan *plan);
/* Runs the plan; the tape keeps the message of a failure, and forgets an older one. */
tg_status tg__plan_run(tg_plan *plan);
/* After a run of a compiled plan: what it keeps is the value of its nodes from now on. */
void tg__plan_publish(tg_plan *plan);
void tg__plan_withdraw(tg_plan *plan);
/* Puts the plan on one of its tape's lists, which frees it with the tape. */
void tg__plan_hang(tg_plan *plan, tg_plan **list);
void tg__plan_release(tg_plan *plan);
/* Runs one call; on failure the plan's error names the line. */
tg_status tg__call_run(tg_plan *plan, tg__call *call, tg_site site);

#endif
