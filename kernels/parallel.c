/* parallel.c: the pool of threads and the floating-point control register.
 *
 * A job is published by one store to [state]; a helper joins it by counting itself in, takes
 * runs of indices from a shared counter, and counts itself out. The caller works too, then
 * closes the job and waits for those that joined, never for a thread that has not woken up:
 * on a busy machine a job costs what the caller alone would need. Waiting threads look at
 * [state] for some microseconds, because the next job of a training step usually follows at
 * once, and then sleep. */
#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* sched_getaffinity */
#endif
#include "kernels/parallel.h"
#include "kernels/memory.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#if defined(__SSE2__)
#include <xmmintrin.h>
#elif !defined(__aarch64__)
#include <fenv.h>
#endif

/* [state]: whether a job may be joined, whether the pool ends, how many helpers are in the
 * job, and in the upper half the job's number, by which a helper knows one it has served. */
static const uint64_t JOB_OPEN = 1;
static const uint64_t POOL_ENDS = 2;
static const uint64_t ONE_HELPER = 4;
static const uint64_t HELPERS = 0xfffffffcU;
static const uint64_t ONE_JOB = (uint64_t)1 << 32;

enum {
    CACHE_LINE = 64,
    STACK_BYTES = 1 << 20,
    SPIN_NANOSECONDS = 100000, /* as long as the serial parts of a step */
    LOOKS_PER_CLOCK = 32,      /* reading the clock costs as much as a few looks at [state] */
    MAX_HELPERS = 1 << 16
};

typedef struct helper {
    tg__pool *pool;
    int worker;
    pthread_t thread;
} helper;

struct tg__pool {
    /* What all threads write during a job, each on a cache line of its own. */
    _Alignas(CACHE_LINE) atomic_uint_least64_t state;
    _Alignas(CACHE_LINE) atomic_int_least64_t next_run;

    /* The job: written by the caller while no helper is in one. */
    _Alignas(CACHE_LINE) int64_t count;
    int64_t grain;
    int64_t runs;
    tg__work work;
    void *context;
    uint64_t modes;

    pthread_mutex_t mutex;
    pthread_cond_t job_opened, job_left;
    atomic_int sleeping; /* helpers that sleep, or are about to */
    atomic_bool caller_sleeps;

    const tg_allocator *allocator;
    pid_t process; /* the process of these threads: after a fork the child has none */
    int most_helpers, helpers;
    int64_t spin_nanoseconds;
    helper helper[];
};

/* ---- The floating-point environment ----------------------------------------------------- */

/* The modes of rounding and of denormals. They change results, so all threads must have the
 * same. */
#if defined(__SSE2__)
static const uint64_t FPU_MODES = 0x6000 | 0x8040;
static const uint64_t FPU_FLUSH = 0x8040; /* flush results to zero, read denormals as zero */
static uint64_t fpu_read(void) { return _mm_getcsr(); }
static void fpu_write(uint64_t value) { _mm_setcsr((unsigned)value); }
#elif defined(__aarch64__)
/* FPCR in the lower half, the status flags of FPSR in the upper. */
static const uint64_t FPU_MODES = (3U << 22) | (1U << 24);
static const uint64_t FPU_FLUSH = 1U << 24;
static uint64_t fpu_read(void)
{
    uint64_t control, status;
    __asm__ volatile("mrs %0, fpcr" : "=r"(control));
    __asm__ volatile("mrs %0, fpsr" : "=r"(status));
    return (control & 0xffffffffU) | (status << 32);
}
static void fpu_write(uint64_t value)
{
    __asm__ volatile("msr fpcr, %0" : : "r"(value & 0xffffffffU));
    __asm__ volatile("msr fpsr, %0" : : "r"(value >> 32));
}
#else
/* As C has it: the rounding in the lower half, the status flags in the upper; no flushing. */
static const uint64_t FPU_MODES = 0xffffffffU;
static const uint64_t FPU_FLUSH = 0;
static uint64_t fpu_read(void)
{
    return (uint32_t)fegetround() | (uint64_t)fetestexcept(FE_ALL_EXCEPT) << 32;
}
static void fpu_write(uint64_t value)
{
    const int flags = (int)(value >> 32), now = fetestexcept(FE_ALL_EXCEPT);
    (void)fesetround((int)(value & FPU_MODES));
    (void)feclearexcept(now & ~flags);
    (void)feraiseexcept(flags & ~now);
}
#endif

tg__fpu tg__fpu_enter(bool flush)
{
    const tg__fpu fpu = { fpu_read() };
    const uint64_t wanted = (fpu.saved & ~FPU_FLUSH) | (flush ? FPU_FLUSH : 0);
    if (wanted != fpu.saved) fpu_write(wanted);
    return fpu;
}

void tg__fpu_leave(tg__fpu fpu) { fpu_write(fpu.saved); }

/* ---- Waiting ---------------------------------------------------------------------------- */

static inline void cpu_relax(void)
{
#if defined(__SSE2__)
    _mm_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static int64_t nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* The number of processors that this process may use; 1 if the system does not say. */
static int processors(void)
{
#if defined(__linux__)
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
#endif
#if defined(_SC_NPROCESSORS_ONLN)
    const long online = sysconf(_SC_NPROCESSORS_ONLN);
    if (online > 0) return online < INT_MAX ? (int)online : INT_MAX;
#endif
    return 1;
}

typedef struct patience {
    int64_t end;
    int looks;
} patience;

/* False once the time for spinning is over. */
static bool look_again(const tg__pool *pool, patience *spin)
{
    if (pool->spin_nanoseconds == 0) return false;
    if (spin->looks % LOOKS_PER_CLOCK == 0) {
        const int64_t now = nanoseconds();
        if (spin->looks == 0) spin->end = now + pool->spin_nanoseconds;
        else if (now >= spin->end) return false;
    }
    spin->looks++;
    cpu_relax();
    return true;
}

/* ---- A helper's life -------------------------------------------------------------------- */

typedef enum joined { NOTHING_YET, JOINED, ENDED } joined;

/* Counts this helper into the open job, unless it has served that one ([served]) already. */
static joined try_join(tg__pool *pool, uint32_t *served)
{
    uint64_t state = atomic_load(&pool->state);
    for (;;) {
        if (state & POOL_ENDS) return ENDED;
        if (!(state & JOB_OPEN) || (uint32_t)(state >> 32) == *served) return NOTHING_YET;
        if (atomic_compare_exchange_weak(&pool->state, &state, state + ONE_HELPER)) {
            *served = (uint32_t)(state >> 32);
            return JOINED;
        }
    }
}

static joined join_next_job(tg__pool *pool, uint32_t *served)
{
    patience spin = { 0, 0 };
    joined result;
    do {
        result = try_join(pool, served);
        if (result != NOTHING_YET) return result;
    } while (look_again(pool, &spin));

    /* A helper counts itself as a sleeper before its last look at [state], and the caller opens
     * the job before it reads that count. One of the two comes second and sees what the other
     * did, so no wake-up is lost. */
    pthread_mutex_lock(&pool->mutex);
    atomic_fetch_add(&pool->sleeping, 1);
    while ((result = try_join(pool, served)) == NOTHING_YET) {
        pthread_cond_wait(&pool->job_opened, &pool->mutex);
    }
    atomic_fetch_sub(&pool->sleeping, 1);
    pthread_mutex_unlock(&pool->mutex);
    return result;
}

static void leave_job(tg__pool *pool)
{
    const uint64_t state = atomic_fetch_sub(&pool->state, ONE_HELPER) - ONE_HELPER;
    if ((state & (JOB_OPEN | HELPERS)) == 0 && atomic_load(&pool->caller_sleeps)) {
        pthread_mutex_lock(&pool->mutex);
        pthread_cond_signal(&pool->job_left);
        pthread_mutex_unlock(&pool->mutex);
    }
}

static void take_runs(tg__pool *pool, int worker)
{
    const int64_t runs = pool->runs, grain = pool->grain, count = pool->count;
    for (;;) {
        const int64_t run = atomic_fetch_add_explicit(&pool->next_run, 1, memory_order_relaxed);
        if (run >= runs) return;
        const int64_t first = run * grain;
        pool->work(pool->context, first, grain < count - first ? first + grain : count, worker);
    }
}

static void *live(void *argument)
{
    const helper *self = argument;
    tg__pool *pool = self->pool;
    const uint64_t own_modes = fpu_read();
    uint32_t served = 0;
    while (join_next_job(pool, &served) == JOINED) {
        fpu_write((own_modes & ~FPU_MODES) | pool->modes);
        take_runs(pool, self->worker);
        leave_job(pool);
    }
    return NULL;
}

/* ---- Making and ending ------------------------------------------------------------------ */

bool tg__thread_start(pthread_t *thread, void *(*work)(void *argument), void *argument)
{
    sigset_t all, before;
    pthread_attr_t attributes;
    const bool has_attributes = pthread_attr_init(&attributes) == 0;
    if (has_attributes) pthread_attr_setstacksize(&attributes, STACK_BYTES);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int error = pthread_create(thread, has_attributes ? &attributes : NULL, work, argument);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (has_attributes) pthread_attr_destroy(&attributes);
    return error == 0;
}

/* Makes as many helpers as it can, up to most_helpers. */
static void start_helpers(tg__pool *pool)
{
    pool->helpers = 0;
    while (pool->helpers < pool->most_helpers) {
        helper *next = &pool->helper[pool->helpers];
        next->pool = pool;
        next->worker = pool->helpers + 1;
        if (!tg__thread_start(&next->thread, live, next)) break;
        pool->helpers++;
    }
}

/* Readies a pool that has no threads in this process: a new one, or one that came through a
 * fork, whose mutex and conditions may be in any state and are made anew. */
static bool set_up(tg__pool *pool)
{
    pool->process = getpid();
    pool->helpers = 0;
    atomic_init(&pool->state, 0);
    atomic_init(&pool->next_run, 0);
    atomic_init(&pool->sleeping, 0);
    atomic_init(&pool->caller_sleeps, false);
    pool->spin_nanoseconds = processors() > pool->most_helpers ? SPIN_NANOSECONDS : 0;
    if (pthread_mutex_init(&pool->mutex, NULL)) return false;
    if (pthread_cond_init(&pool->job_opened, NULL) == 0) {
        if (pthread_cond_init(&pool->job_left, NULL) == 0) {
            start_helpers(pool);
            if (pool->helpers > 0) return true;
            pthread_cond_destroy(&pool->job_left);
        }
        pthread_cond_destroy(&pool->job_opened);
    }
    pthread_mutex_destroy(&pool->mutex);
    return false;
}

tg__pool *tg__pool_new(const tg_allocator *allocator, int threads)
{
    if (threads <= 1) return NULL;
    const int helpers = threads - 1 < MAX_HELPERS ? threads - 1 : MAX_HELPERS;
    const size_t size = sizeof(tg__pool) + (size_t)helpers * sizeof(helper);
    tg__pool *pool = tg__alloc(allocator, size);
    if (!pool) return NULL;
    memset(pool, 0, size);
    pool->allocator = allocator;
    pool->most_helpers = helpers;
    if (!set_up(pool)) {
        tg__free(allocator, pool);
        return NULL;
    }
    pool->most_helpers = pool->helpers;
    return pool;
}

void tg__pool_free(tg__pool *pool)
{
    if (!pool) return;
    if (pool->process == getpid() && pool->helpers > 0) {
        pthread_mutex_lock(&pool->mutex);
        atomic_fetch_or(&pool->state, POOL_ENDS);
        pthread_cond_broadcast(&pool->job_opened);
        pthread_mutex_unlock(&pool->mutex);
        for (int i = 0; i < pool->helpers; i++) pthread_join(pool->helper[i].thread, NULL);
        pthread_cond_destroy(&pool->job_left);
        pthread_cond_destroy(&pool->job_opened);
        pthread_mutex_destroy(&pool->mutex);
    }
    tg__free(pool->allocator, pool);
}

int tg__pool_threads(const tg__pool *pool) { return pool ? pool->most_helpers + 1 : 1; }

/* ---- Jobs ------------------------------------------------------------------------------- */

/* The worker number of this thread, for a call from inside a piece of work. */
static int own_worker(const tg__pool *pool)
{
    const pthread_t self = pthread_self();
    for (int i = 0; i < pool->helpers; i++) {
        if (pthread_equal(self, pool->helper[i].thread)) return pool->helper[i].worker;
    }
    return 0;
}

/* Wakes no more helpers than there are runs for them. */
static void wake_helpers(tg__pool *pool)
{
    const int sleeping = atomic_load(&pool->sleeping);
    if (sleeping == 0) return;
    pthread_mutex_lock(&pool->mutex);
    if (pool->runs > sleeping) {
        pthread_cond_broadcast(&pool->job_opened);
    } else {
        for (int64_t i = 1; i < pool->runs; i++) pthread_cond_signal(&pool->job_opened);
    }
    pthread_mutex_unlock(&pool->mutex);
}

/* Closes the job, and waits for the helpers that joined it. */
static void close_job(tg__pool *pool)
{
    patience spin = { 0, 0 };
    uint64_t state = atomic_fetch_and(&pool->state, ~JOB_OPEN);
    while (state & HELPERS) {
        if (!look_again(pool, &spin)) break;
        state = atomic_load(&pool->state);
    }
    if ((state & HELPERS) == 0) return;
    pthread_mutex_lock(&pool->mutex);
    atomic_store(&pool->caller_sleeps, true);
    while (atomic_load(&pool->state) & HELPERS) {
        pthread_cond_wait(&pool->job_left, &pool->mutex);
    }
    atomic_store(&pool->caller_sleeps, false);
    pthread_mutex_unlock(&pool->mutex);
}

void tg__parallel(tg__pool *pool, int64_t count, int64_t grain, tg__work work, void *context)
{
    if (count <= 0) return;
    if (grain < 1) grain = 1;
    if (!pool || count <= grain) {
        work(context, 0, count, 0);
        return;
    }
    if (pool->process != getpid()) set_up(pool);
    if (pool->helpers == 0) {
        work(context, 0, count, 0);
        return;
    }
    if (atomic_load(&pool->state) & (JOB_OPEN | HELPERS)) {
        work(context, 0, count, own_worker(pool));
        return;
    }

    /* If this thread were cancelled here, the helpers would use a context that no longer exists. */
    int cancel_state;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
    pool->count = count;
    pool->grain = grain;
    pool->runs = (count - 1) / grain + 1;
    pool->work = work;
    pool->context = context;
    pool->modes = fpu_read() & FPU_MODES;
    atomic_store_explicit(&pool->next_run, 0, memory_order_relaxed);
    atomic_fetch_add(&pool->state, ONE_JOB + JOB_OPEN);
    wake_helpers(pool);
    take_runs(pool, 0);
    close_job(pool);
    pthread_setcancelstate(cancel_state, NULL);
}
