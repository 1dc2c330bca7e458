/* common.h: what the benchmark programs share: options, data, medians of contenders that take
 * turns, and results as lines of JSON. */
#ifndef TG_BENCHMARKS_COMMON_H
#define TG_BENCHMARKS_COMMON_H

#include <tapegrad.h>

/* ---- Options ---------------------------------------------------------------------------- */

typedef struct bench_options {
    int threads;
    bool quick;       /* a hundredth of a second each: does it run at all? */
    const char *only; /* cases whose name contains this */
    size_t most;      /* of a program with sizes: the largest; else 0 */
} bench_options;

/* Reads the command line; [about] is a sentence for --help. Ends the program, with status 0
 * after --help and 2 after what it cannot make sense of. */
bench_options bench_begin(int argc, char **argv, const char *about);
/* The same for a program that goes through sizes, up to [most] unless --most says otherwise. */
bench_options bench_begin_sizes(int argc, char **argv, const char *about, size_t most);
bool bench_wants(const bench_options *options, const char *name);
/* The program's status: 2, with a word why, if no case was wanted. */
int bench_end(const bench_options *options);

/* Prints the message of a tape that failed, and ends the program. */
void bench_check(const tg_tape *tape);
/* Memory aligned for vectors; ends the program when there is none. Free it with free. */
void *bench_alloc(size_t bytes);
/* Numbers uniform in [low, high), the same in every run. */
void bench_fill(float *to, size_t count, float low, float high);

/* ---- Time ------------------------------------------------------------------------------- */

double bench_seconds(void);
/* That this process has been at work, on all its threads. */
double bench_cpu_seconds(void);

/* Times of the same thing; the median of them is what counts. */
enum { BENCH_SAMPLES = 16384 };
typedef struct bench_samples {
    size_t count;
    double seconds[BENCH_SAMPLES]; /* beyond these, further ones are dropped */
} bench_samples;
void bench_add(bench_samples *samples, double seconds);
/* In microseconds. */
double bench_median(bench_samples *samples);

/* Something to time, and how long one call takes. */
typedef struct bench_contender {
    void (*call)(void *context);
    void *context;
    double us;
} bench_contender;
/* Warms up, then times the contenders in turns, so that whatever else the machine does meets
 * all of them alike. A turn lasts long enough for a contender to get its caches back. */
void bench_run(const bench_options *options, bench_contender *contenders, size_t count);

/* How long the programs keep measuring one case. */
double bench_budget(const bench_options *options);

/* ---- Results ---------------------------------------------------------------------------- */

typedef struct bench_line {
    const char *bench, *name, *metric, *unit;
    double value;
    double limit;         /* what the value should approach; 0: there is none */
    const char *limit_is; /* what was timed as the limit */
    int threads;
} bench_line;
void bench_print(bench_line line);

/* An allocator that knows how many bytes of its are in use; one for each process. */
const tg_allocator *bench_allocator(void);
double bench_bytes(void);

/* The most memory that this process has held so far, in bytes. */
double bench_peak_memory(void);

#endif
