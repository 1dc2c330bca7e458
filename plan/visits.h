/* visits.h: in which order fuse.c comes to the values. */
#ifndef TG_VISITS_H
#define TG_VISITS_H

#include "plan/program.h"

/* All values, each behind its users; the caller frees the list. NULL when out of memory. */
uint32_t *tg__order_visits(const tg__program *program);

#endif
