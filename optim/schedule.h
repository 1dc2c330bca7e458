/* schedule.h: what the files of schedules share. Private to optim/.
 *
 * A schedule stores its constructor's options as bytes. A file defines a kind, which is a name and
 * two functions, and its constructor:
 *
 *     static const tg__schedule_kind step = { "tg_step_lr", step_rate, step_fits, false };
 *
 *     tg_schedule tg_step_lr_with(const tg_step_lr_args *given)
 *     {
 *         tg_step_lr_args args = { TG_STEP_LR_DEFAULTS };
 *         return TG__SCHEDULE(&step, args, given);
 *     }
 *
 * The functions get the options back with TG__OPTIONS. They do not see the warm-up: schedule.c
 * applies it. */
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

/* Makes a schedule. [args], of [size] bytes, holds the defaults; the options [given] overwrite
 * them. */
tg_schedule tg__schedule_made(const tg__schedule_kind *kind, void *args, size_t size,
                              const void *given, const int64_t *warmup);
#define TG__SCHEDULE(kind, args, given)                                                            \
    tg__schedule_made((kind), &(args), TG__FITTING(args), (given), &(args).warmup)
/* The size of the options. If a tg_schedule has no room for them, this is a division by 0, which
 * does not compile. */
#define TG__FITTING(args)                                                                          \
    (sizeof(args) + 0 * (1 / (sizeof(args) <= sizeof(((tg_schedule *)0)->room))))

#define TG__OPTIONS(args, schedule) memcpy(&(args), (schedule)->room, sizeof(args))

/* False, with an error, if the whole number is below [least]. */
bool tg__at_least(tg_tape *tape, tg_site at, const char *op, const char *option, int64_t value,
                  int64_t least);
/* False, with an error, if .steps is below 1, or not above the warm-up. */
bool tg__steps_fit(tg_tape *tape, tg_site at, const tg_schedule *schedule, int64_t steps);
/* False, with an error, if [low] is above [high]. */
bool tg__in_order(tg_tape *tape, tg_site at, const char *op, const char *low_option, double low,
                  const char *high_option, double high);

/* A schedule inside another: checks its options, and records its rate. */
bool tg__part_fits(tg_tape *tape, tg_site at, const tg_schedule *part, int depth);
tg_tensor *tg__schedule_record(tg_site at, const tg_schedule *schedule, tg_tensor *count);

/* For each element of [count]: the sum of weight[i] over all i with border[i] <= element. */
tg_tensor *tg__passed(tg_site at, tg_tensor *count, size_t borders, const double *border,
                      const double *weight);
/* from + (to - from) * share; the second one along half a period of a cosine. */
tg_tensor *tg__line(tg_site at, double from, double to, tg_tensor *share);
tg_tensor *tg__half_wave(tg_site at, double from, double to, tg_tensor *share);

#endif
