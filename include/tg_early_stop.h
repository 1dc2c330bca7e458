/* tg_early_stop.h: early stopping: ends a training when a metric of held-back data does not improve
 * any more (Prechelt, "Early stopping - but when?", 1998).
 *
 *     tg_early_stop stop = tg_early_stop_new(store, "stop", .patience = 5);
 *     for (epoch = 0; epoch < 100; epoch++) {
 *         ... a pass over the training set, and the loss of the validation set
 *         if (tg_early_stop_feed(&stop, loss)) break;
 *         if (tg_early_stop_improved(&stop)) ... (a snapshot or a checkpoint of the best weights)
 *     }
 *
 * Its counts are a variable of the store, so a run that is resumed from a checkpoint continues with
 * them. It is called between runs, by the program; it records nothing. */
#ifndef TG_EARLY_STOP_H
#define TG_EARLY_STOP_H

#include "tg_tape.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tg_early_stop {
    tg_var *state; /* f64 [4], under the given name: the number of metrics so far; which of them
                      was the best, from 1 on, 0 if none; the best one, at first infinite; how
                      many since then in a row were not better */
    int64_t patience;   /* as given */
    double least_change;
    bool maximize;
} tg_early_stop;

typedef struct tg_early_stop_args {
    size_t struct_size;
    tg_site at;
    tg_store *store;
    const char *name;    /* of its variable */
    int64_t patience;    /* as many in a row may be not better, >= 1; then training should end;
                            default 10. TG_AUTO: any number */
    double least_change; /* a metric is better if it differs from the best by more than this, >=
                            0; default 0 */
    bool maximize;       /* larger metrics are better */
} tg_early_stop_args;
#define TG_EARLY_STOP_DEFAULTS                                                                     \
    .struct_size = TG_OPTIONS_SIZE(tg_early_stop_args, maximize), .patience = 10

/* tg_early_stop_new(store, "stop", .patience = 5). Its state is not a parameter; if the store has
 * it already, it is used. On an error, which sticks to the store, all members are NULL and 0. */
TG_API tg_early_stop tg_early_stop_new_with(const tg_early_stop_args *args);

/* Takes the next metric. True if .patience metrics in a row were not better than the best one, so
 * that training should end. NaN is not better. False, without any change, for a tg_early_stop that
 * could not be made. */
TG_API bool tg_early_stop_feed(const tg_early_stop *stop, double metric);
/* Was the last metric the best so far? */
TG_API bool tg_early_stop_improved(const tg_early_stop *stop);
/* The best metric; NaN if there is none. Its index, counted from 0; -1 if there is none. The number
 * of metrics so far. */
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
