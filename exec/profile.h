/* profile.h: what is measured of a plan's runs. */
#ifndef TG_EXEC_PROFILE_H
#define TG_EXEC_PROFILE_H

#include "exec/instance.h"

/* One execution of a kernel. Seconds since measuring began. */
typedef struct tg__event {
    double begin, end;
    uint32_t kernel;
} tg__event;
enum { TG__EVENTS = 1 << 16 };

/* How fast the machine is with the plan's threads, as far as this library's own kernels reach it.
 */
typedef struct tg__limits {
    double bytes, f32, f64; /* bytes and operations a second; 0: not known */
} tg__limits;

/* What a run of a kernel moves and does (tg_profile_row). */
typedef struct tg__cost {
    double bytes, operations;
    bool is_f64;
} tg__cost;

struct tg__profile {
    tg_allocator allocator;
    double began;   /* by the clock */
    int64_t runs;   /* of the plan, */
    double seconds; /* and what they took, kernels and all */
    int64_t *kernel_runs;
    double *kernel_seconds;
    tg__cost *costs;    /* of each kernel */
    tg__event *events;  /* a ring */
    size_t event_count; /* all there ever were */
    uint32_t *order;    /* kernels that have run, by time, when [sorted] */
    size_t order_count;
    bool sorted, measured; /* the limits */
    tg__limits limits;
};

void tg__profile_free(tg__profile *profile); /* accepts NULL */
/* Runs all kernels of the instance, which has a profile, and measures them. */
tg_status tg__profile_kernels(tg__instance *instance);

#endif
