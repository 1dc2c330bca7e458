/* parallel.h: pools of threads. (Only io/ahead.c has a thread of its own.) A pool runs a
 * function over the indices of a range; how the range is cut never depends on the number of
 * threads. */
#ifndef TG_PARALLEL_H
#define TG_PARALLEL_H

#include "tg_base.h"

#include <pthread.h>

typedef struct tg__pool tg__pool;

/* One piece of work: indices [first, last) on worker [worker] (0 is the caller's thread,
 * the others 1 .. threads-1: for private scratch memory). */
typedef void (*tg__work)(void *context, int64_t first, int64_t last, int worker);

/* A pool of up to [threads] threads, the caller's among them. threads <= 1 needs no pool:
 * NULL is a valid pool of one, and is what comes back when no thread can be made or memory
 * ran out. Fewer threads are used if some cannot be made. */
tg__pool *tg__pool_new(const tg_allocator *allocator, int threads);
/* Ends the threads and waits for them. Accepts NULL, and a pool that came through a fork. */
void tg__pool_free(tg__pool *pool);
/* The number of threads, which no later event raises: scratch memory may be sized by it. */
int tg__pool_threads(const tg__pool *pool);

/* Runs work(context, ...) over [0, count), handing out runs of [grain] indices; returns when
 * all is done. With one thread, or count <= grain, all of it runs on the caller's thread in
 * one call. Rebuilds the threads after a fork. Allocates nothing.
 *
 * One thread at a time may call this for a pool. Called from inside a piece of work of the
 * same pool, it runs serially on that piece's thread, under that thread's worker number.
 * Every thread computes with the caller's rounding mode and its handling of denormals. */
void tg__parallel(tg__pool *pool, int64_t count, int64_t grain, tg__work work, void *context);

/* Starts a thread like those of a pool: all signals are blocked in it, because they are for the
 * program's own threads. False if none can be made. */
bool tg__thread_start(pthread_t *thread, void *(*work)(void *argument), void *argument);

/* The floating-point environment of a worker's share of a run: on x86 and AArch64, denormals are
 * flushed to zero if [flush], and kept if not, whichever the caller does: a program linked with
 * -ffast-math begins with flushing. Returns what restore needs. Restoring brings back the caller's
 * modes and status flags. */
typedef struct tg__fpu {
    uint64_t saved;
} tg__fpu;
tg__fpu tg__fpu_enter(bool flush);
void tg__fpu_leave(tg__fpu fpu);

#endif
