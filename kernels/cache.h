/* cache.h: how large the processor's caches are. Blocks of large products are cut by it; nothing
 * that decides a result, or what a program looks like, may ask. */
#ifndef TG_CACHE_H
#define TG_CACHE_H

#include "tg_base.h"

/* Bytes that one core has to itself: of a cache that several share, its part. */
typedef struct tg__caches {
    int64_t l2, l3; /* 0: there is none, or the system does not say */
} tg__caches;

/* Those of this machine, which are asked for once in a process. */
const tg__caches *tg__machine_caches(void);

/* As the system has them now. [folder]: where Linux describes the caches of a core. */
tg__caches tg__read_caches(const char *folder);

/* "512K" in bytes; 0 if that is no size, or one that no cache has. */
int64_t tg__cache_size(const char *text);
/* How many numbers are in a list such as "0-3,8"; 0 if it is none. */
int64_t tg__count_processors(const char *list);

#endif
