/* clock.h: the time, for what is measured. */
#ifndef TG_CLOCK_H
#define TG_CLOCK_H

#include <time.h>

/* Seconds since an unspecified moment, which no setting of the system's time changes; 0 if there is
 * no such clock. */
static inline double tg__clock(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) return 0;
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

#endif
