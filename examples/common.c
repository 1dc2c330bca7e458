/* common.c: options, a clock, the digits and printing, for all examples. */
#define _POSIX_C_SOURCE 200809L /* for clock_gettime */
#include "common.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- Help ------------------------------------------------------------------------------ */

static void print_option(FILE *out, const option *one)
{
    char left[40];
    const char *value = one->flag ? "" : one->text ? " TEXT" : " NUMBER";
    snprintf(left, sizeof left, "--%s%s", one->name, value);
    fprintf(out, "  %-21s %s", left, one->help);
    if (one->text && *one->text) fprintf(out, " (default: %s)", *one->text);
    if (one->number) fprintf(out, " (default: %g)", *one->number);
    if (one->count) fprintf(out, " (default: %" PRId64 ")", *one->count);
    fputc('\n', out);
}

static void print_help(FILE *out, const char *program, const char *about, const option *options)
{
    fprintf(out, "Usage: %s%s\n\n%s\n", program, options->name ? " [OPTION...]" : "", about);
    fputs("Options:\n", out);
    for (const option *one = options; one->name; one++) print_option(out, one);
    fprintf(out, "  %-21s run as machine code, compiled at the beginning\n", "--jit");
    fprintf(out, "  %-21s show this and stop\n", "--help");
}

/* ---- Parsing --------------------------------------------------------------------------- */

/* Checks the value of an option. Returns what is wrong, or NULL; stores the value if [store]. */
static const char *take_value(const option *one, const char *value, bool store)
{
    char *end = NULL;
    errno = 0;
    if (one->text) {
        if (store) *one->text = value;
    } else if (one->count) {
        const long long count = strtoll(value, &end, 10);
        if (end == value || *end || errno) return "needs a whole number";
        if ((double)count < one->least) return "is too small";
        if (count > INT32_MAX) return "is too large";
        if (store) *one->count = count;
    } else {
        const double number = strtod(value, &end);
        if (end == value || *end || !isfinite(number)) return "needs a number";
        if (number < one->least) return "is too small";
        if (store) *one->number = number;
    }
    return NULL;
}

/* The option of an argument "--name" or "--name=value"; NULL if there is none. */
static const option *find_option(const option *options, const char *argument)
{
    if (strncmp(argument, "--", 2) != 0) return NULL;
    const char *name = argument + 2;
    const size_t length = strcspn(name, "=");
    for (const option *one = options; one->name; one++)
        if (strlen(one->name) == length && !strncmp(one->name, name, length)) return one;
    return NULL;
}

/* True for options that do not change the expected result: seeds, threads, files. Options that
 * choose what is learned are among them, because the expectation follows the choice. */
static bool is_harmless(const char *name)
{
    static const char *const harmless[] = { "seed",        "threads",     "picture", "no-picture",
                                            "png",         "tensorboard", "report",  "save",
                                            "digits",      "image",       "model",   "prompt",
                                            "temperature", "top-k",       "top-p",   "table",
                                            "profile" };
    for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
        if (strcmp(harmless[i], name) == 0) return true;
    return false;
}

/* Processes the command line. Returns what is wrong with the argument *at, or NULL. */
static const char *take_arguments(int argc, char **argv, const option *options, bool store, int *at)
{
    for (int i = 1; i < argc; i++) {
        *at = i;
        if (!strcmp(argv[i], "--jit")) {
            if (store) setenv("TAPEGRAD_JIT", "1", 1); /* what tg_compile looks for */
            setenv("TAPEGRAD_JIT_LOG", "/dev/stderr", 0);
            continue;
        }
        const option *one = find_option(options, argv[i]);
        const char *value = strchr(argv[i], '='), *complaint = NULL;
        if (!one) return "is not known";
        if (one->flag) {
            if (value) return "takes no value";
            if (store) *one->flag = true;
            continue;
        }
        if (value) complaint = take_value(one, value + 1, store);
        else complaint = i + 1 < argc ? take_value(one, argv[++i], store) : "needs a value";
        if (complaint) return complaint;
    }
    return NULL;
}

bool parse_options(int argc, char **argv, const char *about, const option *options)
{
    int at = 0;
    for (int i = 1; i < argc; i++)
        if (!strcmp(argv[i], "--help")) {
            print_help(stdout, argv[0], about, options);
            exit(EXIT_SUCCESS);
        }
    /* Values are stored only after all were checked, because --help shows the defaults. */
    const char *complaint = take_arguments(argc, argv, options, false, &at);
    if (complaint) {
        fprintf(stderr, "%s: %s %s\n\n", argv[0], argv[at], complaint);
        print_help(stderr, argv[0], about, options);
        exit(2);
    }
    bool usual = true;
    for (int i = 1; i < argc; i++) {
        const option *one = find_option(options, argv[i]);
        if (one) usual = usual && is_harmless(one->name);
    }
    take_arguments(argc, argv, options, true, &at);
    return usual;
}

/* ---- Digits -------------------------------------------------------------------------- */

tg_status digits_load(tg_dataset *out, const char *path, tg_error *error)
{
    if (tg_dataset_from_csv(out, path, error, .classes = DIGIT_CLASSES)) return error->status;
    if (out->x.shape.dim[1] == DIGIT_CELLS) return TG_OK;
    tg_dataset_free(out);
    snprintf(error->text, sizeof error->text, "%s: a row must have %d numbers and the digit", path,
             DIGIT_CELLS);
    return error->status = TG_ERR_FORMAT;
}

/* ---- Output ------------------------------------------------------------------------------ */

double seconds_now(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) return 0;
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void print_row(tg_progress *bar, const char *format, ...)
{
    tg_progress_clear(bar);
    va_list list;
    va_start(list, format);
    vprintf(format, list);
    va_end(list);
    putchar('\n');
    fflush(stdout);
}

bool png_write(const tg_array *picture, const char *path)
{
    tg_error error;
    const tg_status status = tg_write_png(picture, path, &error);
    if (status) fprintf(stderr, "%s\n", error.text);
    else printf("The images are in %s.\n", path);
    return status == TG_OK || status == TG_ERR_UNSUPPORTED;
}

FILE *trace_open(const char *path)
{
    FILE *trace = path ? fopen(path, "w") : NULL;
    if (!path || trace) return trace;
    fprintf(stderr, "%s: %s\n", path, strerror(errno));
    exit(EXIT_FAILURE);
}

bool trace_write(tg_plan *plan, FILE *trace, const char *path)
{
    if (!trace) return true;
    tg_profile_print(plan, stdout);
    tg_profile_trace(plan, trace);
    const bool failed = ferror(trace) != 0;
    if (fclose(trace) || failed) return fprintf(stderr, "%s: cannot be written\n", path), false;
    printf("The trace is in %s, for ui.perfetto.dev.\n", path);
    return true;
}

void print_result(const char *name, double started, const char *format, ...)
{
    printf("result: example=%s ", name);
    va_list list;
    va_start(list, format);
    vprintf(format, list);
    va_end(list);
    printf(" seconds=%.2f\n", seconds_now() - started);
}

bool expect_figure(const char *name, double value, double low, double high)
{
    if (value >= low && value <= high) return true;
    char line[256];
    (void)tg_format(line, sizeof line, "%s is %g, and should lie in [%g, %g]\n", name, value, low,
                    high);
    fputs(line, stderr);
    return false;
}
