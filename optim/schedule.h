/* schedule.h: what the files of schedules share. Private to optim/.
 *
 * A schedule keeps its constructor's options byte for byte. A file defines its kind, which is
 * two functions and a name, and a constructor:
 *
 *     static const tg__schedule_kind step = { "tg_step_lr", step_rate, step_fits, false };
 *
 *     tg_schedule tg_step_lr_with(const tg_step_lr_args *given)
 *     {
 *         tg_step_lr_args args = { TG_STEP_LR_DEFAULTS };
 *         return TG__SCHEDULE(&step, args, given);
 *     }
 *
 * The functions get the options back with TG__OPTIONS. The warm-up is none of their business. */
#ifndef TG_OPTIM_SCHEDULE_H
#define TG_OPTIM_SCHEDULE_H

#include "optimizer.h"

#include <string.h>

typedef struct tg__schedule_kind {
    const char *name;
    tg_tensor *(*rate)(tg_site at, const tg_schedule *schedule, tg_tensor *count);
    bool (*fits)(tg_site at, const tg_schedule *schedule, tg_tape *tape, int depth);
    bool delays;
} tg__schedule_kind;

/* [args], of [size] bytes, holds the defaults, and then the options that were [given]. */
tg_schedule tg__schedule_made(const tg__schedule_kind *kind, void *args, size_t size,
                              const void *given, const int64_t *warmup);
#define TG__SCHEDULE(kind, args, given)                                                            \
    tg__schedule_made((kind), &(args), TG__FITTING(args), (given), &(args).warmup)
/* The size of the options; a division by 0, which does not compile, if there is no room for them.
 */
#define TG__FITTING(args)                                                                          \
    (sizeof(args) + 0 * (1 / (sizeof(args) <= sizeof(((tg_schedule *)0)->room))))

#define TG__OPTIONS(args, schedule) memcpy(&(args), (schedule)->room, sizeof(args))

/* Reports a whole number that is too small. */
bool tg__at_least(tg_tape *tape, tg_site at, const char *op, const char *option, int64_t value,
                  int64_t least);
/* Reports .steps that are none, or no more than the warm-up. */
bool tg__steps_fit(tg_tape *tape, tg_site at, const tg_schedule *schedule, int64_t steps);
/* Reports two numbers of which [low] is the larger one. */
bool tg__in_order(tg_tape *tape, tg_site at, const char *op, const char *low_option, double low,
                  const char *high_option, double high);

/* A schedule inside another: its numbers, and the rate that it records. */
bool tg__part_fits(tg_tape *tape, tg_site at, const tg_schedule *part, int depth);
tg_tensor *tg__schedule_record(tg_site at, const tg_schedule *schedule, tg_tensor *count);

/* How much each element of [count] has passed: the sum of weight[i] over the borders[i] <= it. */
tg_tensor *tg__passed(tg_site at, tg_tensor *count, size_t borders, const double *border,
                      const double *weight);
/* from + (to - from) share; by half a wave of a cosine. */
tg_tensor *tg__line(tg_site at, double from, double to, tg_tensor *share);
tg_tensor *tg__half_wave(tg_site at, double from, double to, tg_tensor *share);

#endif
