/* test_parallel.c: the pool of threads runs every index once, whatever the counts, forks and
 * failures around it; and the floating-point environment comes back as it was. */
#include "tests/support/sanitized.h"
#include "tests/support/random.h"
#include "tests/support/suite.h"
#include "kernels/memory.h"
#include "kernels/parallel.h"

#include <fenv.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST_COUNT = 5000, MOST_THREADS = 300 };

static tg__pool *pool_of(int threads) { return tg__pool_new(&tg__default_allocator, threads); }

/* ---- Every index once ------------------------------------------------------------------- */

typedef struct visits {
    int64_t count, grain;
    int threads;
    atomic_int calls, wrong;
    atomic_uchar times[MOST_COUNT];
} visits;

/* Lets helpers that sleep come and take their share. */
static void pause_briefly(void)
{
    const struct timespec time = { 0, 50000 };
    nanosleep(&time, NULL);
}

static void visit(void *context, int64_t first, int64_t last, int worker)
{
    visits *v = context;
    atomic_fetch_add(&v->calls, 1);
    if (first < 0 || first >= last || last > v->count || worker < 0 || worker >= v->threads) {
        atomic_fetch_add(&v->wrong, 1);
        return;
    }
    const bool whole = first == 0 && last == v->count;
    if (first == 0 && !whole) pause_briefly();
    const bool run = first % v->grain == 0 && (last == first + v->grain || last == v->count);
    if (!whole && !run) atomic_fetch_add(&v->wrong, 1);
    for (int64_t i = first; i < last; i++) atomic_fetch_add(&v->times[i], 1);
}

static int visit_all(tg__pool *pool, int64_t count, int64_t grain)
{
    static visits v;
    v.count = count;
    v.grain = grain;
    v.threads = tg__pool_threads(pool);
    atomic_store(&v.calls, 0);
    atomic_store(&v.wrong, 0);
    for (int i = 0; i < MOST_COUNT; i++) atomic_store(&v.times[i], 0);
    tg__parallel(pool, count, grain, visit, &v);
    int wrong = atomic_load(&v.wrong);
    for (int i = 0; i < MOST_COUNT; i++) wrong += atomic_load(&v.times[i]) != (i < count);
    ck_assert_msg(wrong == 0, "count %lld, grain %lld, %d threads: %d wrong", (long long)count,
                  (long long)grain, v.threads, wrong);
    return atomic_load(&v.calls);
}

START_TEST(every_index_is_visited_exactly_once)
{
    static const int threads[] = { 1, 2, 3, 4, 8 };
    static const int64_t small[] = { 1, 2, 3, 7, 8, 9, 64, 100 };
    rng random = { 1 };
    for (size_t t = 0; t < sizeof threads / sizeof *threads; t++) {
        tg__pool *pool = pool_of(threads[t]);
        ck_assert_int_eq(tg__pool_threads(pool), threads[t]);
        for (size_t c = 0; c < sizeof small / sizeof *small; c++) {
            for (size_t g = 0; g < sizeof small / sizeof *small; g++) {
                visit_all(pool, small[c], small[g]);
            }
        }
        for (int i = 0; i < scaled(200); i++) {
            const int64_t count = (int64_t)(rng_next(&random) % (MOST_COUNT + 1));
            visit_all(pool, count, 1 + (int64_t)(rng_next(&random) % 300));
        }
        tg__pool_free(pool);
    }
}
END_TEST

START_TEST(one_thread_and_small_work_take_one_call)
{
    ck_assert_ptr_null(pool_of(1));
    ck_assert_ptr_null(pool_of(0));
    ck_assert_ptr_null(pool_of(-5));
    ck_assert_int_eq(tg__pool_threads(NULL), 1);
    ck_assert_int_eq(visit_all(NULL, 1000, 10), 1);
    tg__pool *pool = pool_of(2);
    ck_assert_int_eq(visit_all(pool, 100, 100), 1);
    ck_assert_int_eq(visit_all(pool, 101, 100), 2);
    tg__pool_free(pool);
    tg__pool_free(NULL);
}
END_TEST

START_TEST(no_indices_means_no_call)
{
    tg__pool *pool = pool_of(3);
    ck_assert_int_eq(visit_all(pool, 0, 1), 0);
    ck_assert_int_eq(visit_all(NULL, 0, 1), 0);
    ck_assert_int_eq(visit_all(pool, -7, 1), 0);
    tg__pool_free(pool);
}
END_TEST

static void add_length(void *context, int64_t first, int64_t last, int worker)
{
    (void)worker;
    atomic_fetch_add((atomic_llong *)context, last - first);
}

START_TEST(absurd_counts_and_grains_do_not_overflow)
{
    static const int64_t cases[][2] = { { INT64_MAX, INT64_MAX / 3 },
                                        { INT64_MAX, INT64_MAX },
                                        { INT64_MAX, INT64_MAX - 1 },
                                        { 5, INT64_MAX },
                                        { 50, 0 },
                                        { 50, -3 },
                                        { 50, INT64_MIN } };
    tg__pool *pool = pool_of(4);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        atomic_llong length = 0;
        tg__parallel(pool, cases[i][0], cases[i][1], add_length, &length);
        ck_assert_int_eq(atomic_load(&length), cases[i][0]);
    }
    tg__pool_free(pool);
}
END_TEST

/* ---- Really in parallel ----------------------------------------------------------------- */

typedef struct meeting {
    int expected;
    atomic_int present;
    atomic_bool missed;
    double quotient[4];
    atomic_uint workers;
} meeting;

/* Waits until all runs of the job have begun, which takes as many threads. */
static void meet(void *context, int64_t first, int64_t last, int worker)
{
    meeting *m = context;
    (void)last;
    const time_t start = time(NULL);
    atomic_fetch_or(&m->workers, 1U << worker);
    atomic_fetch_add(&m->present, 1);
    while (atomic_load(&m->present) < m->expected && !atomic_load(&m->missed)) {
        sched_yield();
        if (time(NULL) - start > 60) atomic_store(&m->missed, true);
    }
    volatile double one = 1, three = 3;
    m->quotient[first] = one / three;
}

START_TEST(runs_execute_at_the_same_time_on_different_workers)
{
    tg__pool *pool = pool_of(4);
    for (int i = 0; i < scaled(50); i++) {
        meeting m = { .expected = 4 };
        tg__parallel(pool, 4, 1, meet, &m);
        ck_assert(!atomic_load(&m.missed));
        ck_assert_uint_eq(atomic_load(&m.workers), 15);
    }
    tg__pool_free(pool);
}
END_TEST

START_TEST(jobs_follow_each_other_with_and_without_pauses)
{
    tg__pool *pool = pool_of(3);
    for (int i = 0; i < scaled(3000); i++) {
        atomic_llong length = 0;
        tg__parallel(pool, 1 + i % 40, 3, add_length, &length);
        ck_assert_int_eq(atomic_load(&length), 1 + i % 40);
        if (i % 16 == 0) pause_briefly();
    }
    tg__pool_free(pool);
}
END_TEST

START_TEST(workers_compute_with_the_callers_rounding_mode)
{
    tg__pool *pool = pool_of(4);
    const volatile double one = 1, three = 3;
    const int modes[] = { FE_UPWARD, FE_DOWNWARD, FE_TONEAREST };
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        meeting m = { .expected = 4 };
        ck_assert_int_eq(fesetround(modes[i]), 0);
        const double expected = one / three;
        tg__parallel(pool, 4, 1, meet, &m);
        fesetround(FE_TONEAREST);
        ck_assert(!atomic_load(&m.missed));
        for (int j = 0; j < 4; j++) ck_assert(m.quotient[j] == expected);
    }
    tg__pool_free(pool);
}
END_TEST

/* ---- Nesting ---------------------------------------------------------------------------- */

typedef struct nest {
    tg__pool *pool;
    meeting meeting; /* makes all threads take part */
    atomic_llong inner;
    atomic_int wrong;
} nest;

typedef struct inner_work {
    nest *nest;
    pthread_t thread;
    int worker;
} inner_work;

static void count_inside(void *context, int64_t first, int64_t last, int worker)
{
    const inner_work *w = context;
    if (worker != w->worker || !pthread_equal(w->thread, pthread_self())) {
        atomic_fetch_add(&w->nest->wrong, 1);
    }
    atomic_fetch_add(&w->nest->inner, last - first);
}

static void nest_work(void *context, int64_t first, int64_t last, int worker)
{
    nest *n = context;
    inner_work w = { n, pthread_self(), worker };
    meet(&n->meeting, first, last, worker);
    for (int i = 0; i < 10; i++) tg__parallel(n->pool, 10, 1, count_inside, &w);
}

START_TEST(nested_work_runs_serially_on_its_own_worker)
{
    tg__pool *pool = pool_of(4);
    for (int i = 0; i < scaled(50); i++) {
        nest n = { .pool = pool, .meeting = { .expected = 4 } };
        tg__parallel(pool, 4, 1, nest_work, &n);
        ck_assert(!atomic_load(&n.meeting.missed));
        ck_assert_int_eq(atomic_load(&n.wrong), 0);
        ck_assert_int_eq(atomic_load(&n.inner), 400);
    }
    tg__pool_free(pool);
}
END_TEST

static void *use_own_pool(void *unused)
{
    (void)unused;
    tg__pool *pool = pool_of(3);
    long wrong = 0;
    for (int i = 0; i < scaled(300); i++) {
        atomic_llong length = 0;
        tg__parallel(pool, 100, 7, add_length, &length);
        wrong += atomic_load(&length) != 100;
    }
    tg__pool_free(pool);
    return wrong ? "wrong" : NULL;
}

START_TEST(pools_of_different_threads_do_not_disturb_each_other)
{
    pthread_t thread[3];
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(pthread_create(&thread[i], NULL, use_own_pool, NULL), 0);
    }
    for (int i = 0; i < 3; i++) {
        void *result;
        pthread_join(thread[i], &result);
        ck_assert_ptr_null(result);
    }
}
END_TEST

/* ---- Forks and failures ----------------------------------------------------------------- */

/* What a child does with the pool of its parent; it exits with 0 if all is well. */
typedef bool (*child_work)(tg__pool *pool);

static bool child_succeeds(child_work work, tg__pool *pool)
{
    int status;
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        signal(SIGALRM, SIG_DFL);
        alarm(60); /* a hang is a failure */
        _exit(work(pool) ? 0 : 1);
    }
    return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
           WEXITSTATUS(status) == 0;
}

static bool counts_right(tg__pool *pool)
{
    atomic_llong length = 0;
    for (int i = 0; i < 20; i++) tg__parallel(pool, 1000, 10, add_length, &length);
    return atomic_load(&length) == 20000;
}

static bool three_threads_meet(tg__pool *pool)
{
    meeting m = { .expected = 3 };
    tg__parallel(pool, 3, 1, meet, &m);
    return !atomic_load(&m.missed);
}

static bool use_and_free(tg__pool *pool)
{
    const bool right = counts_right(pool) && three_threads_meet(pool);
    tg__pool_free(pool);
    return right;
}

static bool just_free(tg__pool *pool)
{
    tg__pool_free(pool);
    return true;
}

static bool use_and_fork_again(tg__pool *pool)
{
    return three_threads_meet(pool) && child_succeeds(use_and_free, pool) && use_and_free(pool);
}

START_TEST(a_child_process_rebuilds_the_threads)
{
    if (UNDER_TSAN) return; /* it refuses threads in the child of a threaded process */
    tg__pool *pool = pool_of(3);
    /* A sanitizer's own locks survive a fork only if no thread is just starting. */
    if (UNDER_SANITIZER) ck_assert(three_threads_meet(pool));
    for (int round = 0; round < 3; round++) { /* the first round: a pool that was never used */
        ck_assert(child_succeeds(use_and_free, pool));
        ck_assert(child_succeeds(just_free, pool));
        ck_assert(child_succeeds(use_and_fork_again, pool));
        ck_assert(counts_right(pool));
    }
    tg__pool_free(pool);
}
END_TEST

START_TEST(many_threads_may_be_asked_for)
{
    tg__pool *pool = pool_of(MOST_THREADS);
    ck_assert_int_ge(tg__pool_threads(pool), 1);
    ck_assert_int_le(tg__pool_threads(pool), MOST_THREADS);
    for (int i = 0; i < 20; i++) visit_all(pool, MOST_COUNT, 1 + i);
    tg__pool_free(pool);
}
END_TEST

#if defined(__linux__)
static bool works_with_few_threads(tg__pool *unused)
{
    (void)unused;
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%ld", &pages) != 1) return false;
    fclose(file);
    const rlim_t bytes = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + ((rlim_t)16 << 20);
    const struct rlimit limit = { bytes, bytes };
    if (setrlimit(RLIMIT_AS, &limit)) return false;
    tg__pool *pool = pool_of(MOST_THREADS);
    const int threads = tg__pool_threads(pool);
    const bool right = threads < MOST_THREADS && counts_right(pool);
    tg__pool_free(pool);
    return right;
}

START_TEST(fewer_threads_are_used_when_some_cannot_be_made)
{
    if (UNDER_SANITIZER) return; /* they need more address space than the limit leaves */
    ck_assert(child_succeeds(works_with_few_threads, NULL));
}
END_TEST
#endif

static void *refuse(void *context, size_t size)
{
    (void)context, (void)size;
    return NULL;
}

static void free_nothing(void *context, void *block) { (void)context, (void)block; }

START_TEST(without_memory_the_pool_is_one_thread)
{
    const tg_allocator allocator = { refuse, free_nothing, NULL };
    ck_assert_ptr_null(tg__pool_new(&allocator, 4));
}
END_TEST

/* ---- The floating-point environment ----------------------------------------------------- */

/* As kernels/parallel.c has it. */
#if defined(__SSE2__) || defined(__aarch64__)
static const bool can_flush = true;
#else
static const bool can_flush = false;
#endif

static bool flushes(void)
{
    const volatile float tiny = 1e-30f;
    const volatile float product = tiny * 1e-10f; /* 1e-40: a denormal */
    return product == 0;
}

/* Emulators, valgrind among them, have no status flags, no flushing of denormals, and not all
 * of the rounding modes. */
static bool flags_exist(void)
{
    const volatile double one = 1, three = 3;
    volatile double quotient;
    feclearexcept(FE_ALL_EXCEPT);
    quotient = one / three;
    (void)quotient;
    return fetestexcept(FE_INEXACT) != 0;
}

START_TEST(leaving_restores_rounding_mode_and_flags)
{
    const volatile double zero = 0, one = 1, three = 3;
    volatile double quotient;
    if (!flags_exist()) return;
    for (int flush = 0; flush < 2; flush++) {
        fesetround(FE_UPWARD);
        const double rounded_up = one / three;
        feclearexcept(FE_ALL_EXCEPT);
        quotient = one / zero;
        const tg__fpu fpu = tg__fpu_enter(flush);
        fesetround(FE_DOWNWARD);
        feclearexcept(FE_ALL_EXCEPT);
        quotient = one / three;
        tg__fpu_leave(fpu);
        const int raised = fetestexcept(FE_ALL_EXCEPT);
        quotient = one / three; /* asking fegetround would ask the x87 unit */
        fesetround(FE_TONEAREST);
        ck_assert(quotient == rounded_up);
        ck_assert(one / three < rounded_up);
        ck_assert_int_eq(raised, FE_DIVBYZERO);
        ck_assert(!flushes());
    }
}
END_TEST

START_TEST(denormals_are_flushed_only_where_asked)
{
    if (!flags_exist()) return;
    ck_assert(!flushes());
    tg__fpu fpu = tg__fpu_enter(false);
    const bool without = flushes();
    tg__fpu_leave(fpu);
    fpu = tg__fpu_enter(true);
    const bool with = flushes();
    tg__fpu_leave(fpu);
    ck_assert(!without);
    ck_assert(with == can_flush);
    ck_assert(!flushes());
    fpu = tg__fpu_enter(true); /* as a caller's own mode */
    const tg__fpu inner = tg__fpu_enter(false);
    const bool inside = flushes();
    tg__fpu_leave(inner);
    const bool after = flushes();
    tg__fpu_leave(fpu);
    ck_assert(!inside && after == can_flush);
}
END_TEST

static void see_flushing(void *context, int64_t first, int64_t last, int worker)
{
    int *seen = context;
    (void)last, (void)worker;
    seen[first] = flushes();
}

START_TEST(helpers_flush_like_the_caller)
{
    if (!flags_exist()) return;
    tg__pool *pool = pool_of(3);
    for (int round = 0; round < scaled(100); round++) {
        int seen[20];
        const bool flush = round % 2;
        const tg__fpu fpu = tg__fpu_enter(flush);
        tg__parallel(pool, 20, 1, see_flushing, seen);
        tg__fpu_leave(fpu);
        for (int i = 0; i < 20; i++) ck_assert_int_eq(seen[i], flush && can_flush);
    }
    tg__pool_free(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("parallel");
    TCase *indices = tcase_create("every index once");
    tcase_add_test(indices, every_index_is_visited_exactly_once);
    tcase_add_test(indices, one_thread_and_small_work_take_one_call);
    tcase_add_test(indices, no_indices_means_no_call);
    tcase_add_test(indices, absurd_counts_and_grains_do_not_overflow);
    tcase_add_test(indices, runs_execute_at_the_same_time_on_different_workers);
    tcase_add_test(indices, jobs_follow_each_other_with_and_without_pauses);
    tcase_add_test(indices, nested_work_runs_serially_on_its_own_worker);
    tcase_add_test(indices, pools_of_different_threads_do_not_disturb_each_other);
    suite_add_tcase(suite, indices);

    TCase *failures = tcase_create("forks and failures");
    tcase_add_test(failures, a_child_process_rebuilds_the_threads);
    tcase_add_test(failures, many_threads_may_be_asked_for);
#if defined(__linux__)
    tcase_add_test(failures, fewer_threads_are_used_when_some_cannot_be_made);
#endif
    tcase_add_test(failures, without_memory_the_pool_is_one_thread);
    suite_add_tcase(suite, failures);

    TCase *environment = tcase_create("floating-point environment");
    tcase_add_test(environment, workers_compute_with_the_callers_rounding_mode);
    tcase_add_test(environment, leaving_restores_rounding_mode_and_flags);
    tcase_add_test(environment, denormals_are_flushed_only_where_asked);
    tcase_add_test(environment, helpers_flush_like_the_caller);
    suite_add_tcase(suite, environment);

    return run_suite(suite);
}
