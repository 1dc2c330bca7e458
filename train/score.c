/* score.c: runs a step once over all batches of a loader. */
#include "runner.h"

#include <math.h>
#include <string.h>

#undef TG_HERE
#define TG_HERE at

double tg_score_at(tg_site at, tg_store *store, tg_step_fn step, void *context, tg_loader *loader,
                   const char *name, tg_error *error)
{
    tg_error why;
    if (!error) error = &why;
    tg_runner *runner = tg_runner_new(store, step, context, loader, error);
    if (!runner) return (double)NAN;
    double score = (double)NAN;
    if (tg_runner_begin(runner, 0, error) == TG_OK && tg_runner_epoch(runner, error) == TG_OK) {
        score = tg_runner_value(runner, name);
        bool there = false;
        for (size_t i = 0; i < tg_runner_count(runner); i++)
            there |= name && strcmp(tg_runner_name(runner, i), name) == 0 &&
                     tg_runner_kind(runner, i) != TG_TRACKED_SUM;
        if (!there)
            tg_error_set(error, at, TG_ERR_ARGUMENT,
                         "tg_score: the step tracks no number under the name \"%s\"",
                         name ? name : "NULL");
    }
    tg_runner_free(runner);
    return score;
}
