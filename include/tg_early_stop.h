/* tg_early_stop.h: when a training has had enough: early stopping, by a metric of data that are
 * held back (Prechelt, "Early stopping - but when?", 1998).
 *
 *     tg_early_stop stop = tg_early_stop_new(store, "stop", .patience = 5);
 *     for (epoch = 0; epoch < 100; epoch++) {
 *         ... a pass over the training set, and the loss of the validation set
 *         if (tg_early_stop_feed(&stop, loss)) break;
 *         if (tg_early_stop_improved(&stop)) ... (a snapshot, a checkpoint: these are the best yet)
 *     }
 *
 * What it remembers is a variable of the store, so a run that goes on from a checkpoint goes on
 * waiting where it was. It decides between runs, in the program; plans know nothing of it. */
#ifndef TG_EARLY_STOP_H
#define TG_EARLY_STOP_H

#include "tg_tape.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tg_early_stop {
    tg_var *state; /* f64 [4], called as this is: how many metrics it was fed with; which of them
                      was the best, from 1 on, 0 if none was; the best, at first infinite; how many
                      in a row were not better */
    int64_t patience;   /* as given */
    double least_change;
    bool maximize;
} tg_early_stop;

typedef struct tg_early_stop_args {
    size_t struct_size;
    tg_site at;
    tg_store *store;
    const char *name;    /* of its variable */
    int64_t patience;    /* how many in a row may be no better before it is enough, >= 1; default
                            10. TG_AUTO: any number of them */
    double least_change; /* a metric must be better than the best by more than this, >= 0; default
                            0 */
    bool maximize;       /* larger metrics are better */
} tg_early_stop_args;
#define TG_EARLY_STOP_DEFAULTS                                                                     \
    .struct_size = TG_OPTIONS_SIZE(tg_early_stop_args, maximize), .patience = 10

/* tg_early_stop_new(store, "stop", .patience = 5). Its state is no parameter. One that the store
 * has already is gone on with. On an error, which sticks to the store, all is NULL and 0. */
TG_API tg_early_stop tg_early_stop_new_with(const tg_early_stop_args *args);

/* Takes the next metric. True if it is enough: .patience metrics in a row were no better than the
 * best. A NaN is not better. False, and nothing is changed, for one that could not be made. */
TG_API bool tg_early_stop_feed(const tg_early_stop *stop, double metric);
/* Was the last one the best yet? */
TG_API bool tg_early_stop_improved(const tg_early_stop *stop);
/* The best one; NaN if there is none. Which one it was, counted from 0; -1 if there is none. How
 * many it was fed with. */
TG_API double tg_early_stop_best(const tg_early_stop *stop);
TG_API int64_t tg_early_stop_best_index(const tg_early_stop *stop);
TG_API int64_t tg_early_stop_count(const tg_early_stop *stop);

#ifdef __cplusplus
}
#endif

/* How C programs call these: the macros supply the call's site, and the defaults of options. */
#ifndef __cplusplus
#define tg_early_stop_new(...)                                                                     \
    tg_early_stop_new_with(                                                                        \
        &(tg_early_stop_args){ TG_EARLY_STOP_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#endif

#endif
