/* common.c: see common.h. */
#include "common.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

/* ---- Options ---------------------------------------------------------------------------- */

static void print_usage(FILE *out, const char *program, const char *about, size_t most)
{
    fprintf(out,
            "Usage: %s [--threads N] [--case TEXT] [--quick] [--jit]%s\n\n%s\n\n"
            "  --threads N   run on N threads, 1 to 256 (default 1)\n"
            "  --case TEXT   only the cases whose name contains TEXT\n"
            "  --quick       a few repetitions only: the figures are rough\n"
            "  --jit         plans run as machine code; how long compiling took goes to stderr\n",
            program, most ? " [--most N]" : "", about);
    if (most) fprintf(out, "  --most N      sizes up to N (default %zu)\n", most);
    fputs("  --help        print this\n\n"
          "Prints a line of JSON for each result: the median of many repetitions, and, where\n"
          "there is one, the limit it should approach, timed in turns with it, and their ratio.\n",
          out);
}

/* 0 if it is none. */
static int thread_count(const char *text)
{
    char *end;
    const long count = strtol(text, &end, 10);
    return *end || end == text || count < 1 || count > 256 ? 0 : (int)count;
}

/* 0 if it is none. */
static size_t size_of(const char *text)
{
    char *end;
    const double size = strtod(text, &end); /* 1e7 too */
    return *end || end == text || !(size >= 1 && size <= 1e9) ? 0 : (size_t)size;
}

bench_options bench_begin(int argc, char **argv, const char *about)
{
    return bench_begin_sizes(argc, argv, about, 0);
}

bench_options bench_begin_sizes(int argc, char **argv, const char *about, size_t most)
{
    bench_options options = { .threads = 1, .most = most };
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            print_usage(stdout, argv[0], about, most);
            exit(EXIT_SUCCESS);
        } else if (strcmp(argv[i], "--quick") == 0) {
            options.quick = true;
        } else if (strcmp(argv[i], "--jit") == 0) {
            setenv("TAPEGRAD_JIT", "1", 1); /* what tg_compile looks for */
            setenv("TAPEGRAD_JIT_LOG", "/dev/stderr", 0);
        } else if (strcmp(argv[i], "--case") == 0 && value) {
            options.only = argv[++i];
        } else if (strcmp(argv[i], "--threads") == 0 && value) {
            options.threads = thread_count(argv[++i]);
        } else if (most && strcmp(argv[i], "--most") == 0 && value) {
            options.most = size_of(argv[++i]);
            if (options.most == 0) options.threads = 0;
        } else {
            options.threads = 0;
        }
        if (options.threads == 0) {
            fprintf(stderr, "%s: cannot make sense of \"%s\"\n\n", argv[0], argv[i]);
            print_usage(stderr, argv[0], about, most);
            exit(2);
        }
    }
    return options;
}

/* Of this program: whether any case was wanted. */
static bool found_case;

bool bench_wants(const bench_options *options, const char *name)
{
    const bool wanted = !options->only || strstr(name, options->only) != NULL;
    found_case |= wanted;
    return wanted;
}

int bench_end(const bench_options *options)
{
    if (found_case) return EXIT_SUCCESS;
    fprintf(stderr, "no case has \"%s\" in its name; without --case all are run\n", options->only);
    return 2;
}

void bench_check(const tg_tape *tape)
{
    if (tg_report(tape, stderr) != 0) exit(EXIT_FAILURE);
}

/* ---- Data ------------------------------------------------------------------------------- */

void *bench_alloc(size_t bytes)
{
    void *memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
    if (!memory) {
        fputs("out of memory\n", stderr);
        exit(EXIT_FAILURE);
    }
    return memory;
}

void bench_fill(float *to, size_t count, float low, float high)
{
    uint32_t state = 2463534242u;
    for (size_t i = 0; i < count; i++) {
        state = state * 1664525u + 1013904223u;
        to[i] = low + (high - low) * (float)(state >> 8) / (float)(1 << 24);
    }
}

/* ---- Time ------------------------------------------------------------------------------- */

static double seconds_of(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double bench_seconds(void) { return seconds_of(CLOCK_MONOTONIC); }
double bench_cpu_seconds(void) { return seconds_of(CLOCK_PROCESS_CPUTIME_ID); }

void bench_add(bench_samples *samples, double seconds)
{
    if (samples->count < BENCH_SAMPLES) samples->seconds[samples->count++] = seconds;
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_median(bench_samples *samples)
{
    qsort(samples->seconds, samples->count, sizeof *samples->seconds, compare_doubles);
    return 1e6 * samples->seconds[samples->count / 2];
}

double bench_budget(const bench_options *options) { return options->quick ? 0.01 : 2.0; }

static const double TURN = 5e-3;   /* seconds that a contender runs at a stretch, at least */
static const double SAMPLE = 1e-4; /* that one sample covers, at least */

static double time_calls(const bench_contender *contender, long calls)
{
    const double begin = bench_seconds();
    for (long i = 0; i < calls; i++) contender->call(contender->context);
    return (bench_seconds() - begin) / (double)calls;
}

void bench_run(const bench_options *options, bench_contender *contenders, size_t count)
{
    bench_samples *samples = bench_alloc(count * sizeof *samples);
    long *calls = bench_alloc(count * sizeof *calls);
    for (size_t i = 0; i < count; i++) {
        samples[i].count = 0;
        time_calls(&contenders[i], 1);
        const double rough = time_calls(&contenders[i], 2);
        calls[i] = rough < SAMPLE ? (long)(SAMPLE / rough) + 1 : 1;
    }
    const double begin = bench_seconds();
    const size_t least = options->quick ? 3 : 25;
    for (size_t turn = 0; turn < least || bench_seconds() - begin < bench_budget(options); turn++) {
        for (size_t i = 0; i < count; i++) {
            const double until = bench_seconds() + TURN;
            do {
                bench_add(&samples[i], time_calls(&contenders[i], calls[i]));
            } while (bench_seconds() < until);
        }
    }
    for (size_t i = 0; i < count; i++) contenders[i].us = bench_median(&samples[i]);
    free(calls);
    free(samples);
}

/* ---- Results ---------------------------------------------------------------------------- */

/* Four digits and more, and no exponents for bytes. */
static void print_number(double value) { printf(value < 1e4 ? "%.4g" : "%.0f", value); }

void bench_print(bench_line line)
{
    printf("{\"bench\": \"%s\", \"case\": \"%s\", \"metric\": \"%s\", \"value\": ", line.bench,
           line.name, line.metric);
    print_number(line.value);
    printf(", \"unit\": \"%s\"", line.unit);
    if (line.limit > 0) {
        printf(", \"limit\": ");
        print_number(line.limit);
        printf(", \"ratio\": %.3g, \"limit_is\": \"%s\"", line.value / line.limit, line.limit_is);
    }
    printf(", \"threads\": %d}\n", line.threads);
    fflush(stdout); /* for whoever waits at the other end of a pipe */
}

enum { ALIGNED = 64 };

static void *counted_alloc(void *context, size_t size)
{
    if (size > SIZE_MAX - 2 * (size_t)ALIGNED) return NULL;
    unsigned char *block = aligned_alloc(ALIGNED, (size + 2 * ALIGNED - 1) / ALIGNED * ALIGNED);
    if (!block) return NULL;
    memcpy(block, &size, sizeof size);
    *(double *)context += (double)size;
    return block + ALIGNED;
}

static void counted_free(void *context, void *block)
{
    size_t size;
    unsigned char *begin = (unsigned char *)block - ALIGNED;
    memcpy(&size, begin, sizeof size);
    *(double *)context -= (double)size;
    free(begin);
}

static double bytes_in_use;

const tg_allocator *bench_allocator(void)
{
    static const tg_allocator counted = { counted_alloc, counted_free, &bytes_in_use };
    return &counted;
}

double bench_bytes(void) { return bytes_in_use; }

double bench_peak_memory(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0) return 0;
#if defined(__APPLE__)
    return (double)usage.ru_maxrss;
#else
    return 1024.0 * (double)usage.ru_maxrss;
#endif
}
