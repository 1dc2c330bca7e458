/* common.c: options, a clock and rows of output for the examples. */
#define _POSIX_C_SOURCE 200809L /* clock_gettime, fileno, isatty */
#include "common.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- Help ------------------------------------------------------------------------------ */

static void print_option(FILE *out, const option *one)
{
    char left[40];
    snprintf(left, sizeof left, "--%s%s", one->name,
             one->flag ? "" : one->text ? " TEXT" : " NUMBER");
    fprintf(out, "  %-18s %s", left, one->help);
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
    fprintf(out, "  %-18s show this and stop\n", "--help");
}

/* ---- Parsing --------------------------------------------------------------------------- */

/* Stores the value; says what is wrong with it, or NULL. */
static const char *store_value(const option *one, const char *value)
{
    char *end = NULL;
    errno = 0;
    if (one->text) {
        *one->text = value;
        return NULL;
    }
    if (one->count) {
        *one->count = strtoll(value, &end, 10);
        if (end == value || *end || errno) return "takes a whole number";
        return (double)*one->count < one->least ? "is too small" : NULL;
    }
    *one->number = strtod(value, &end);
    if (end == value || *end || !isfinite(*one->number)) return "takes a number";
    return *one->number < one->least ? "is too small" : NULL;
}

/* The option that begins [argument], "--name" or "--name=value"; NULL if there is none. */
static const option *find_option(const option *options, const char *argument, const char *equals)
{
    const size_t length = equals ? (size_t)(equals - argument) : strlen(argument);
    if (strncmp(argument, "--", 2) != 0) return NULL;
    for (const option *one = options; one->name; one++)
        if (strlen(one->name) == length - 2 && !strncmp(one->name, argument + 2, length - 2))
            return one;
    return NULL;
}

/* Takes the argument in argv[*at], and its value, which may be the next one. Says what is
 * wrong, or NULL. */
static const char *take_argument(int argc, char **argv, int *at, const option *options)
{
    const char *equals = strchr(argv[*at], '=');
    const option *one = find_option(options, argv[*at], equals);
    if (!one) return "is not known";
    if (one->flag) {
        *one->flag = true;
        return equals ? "takes no value" : NULL;
    }
    if (equals) return store_value(one, equals + 1);
    if (*at + 1 == argc) return "needs a value";
    return store_value(one, argv[++*at]);
}

void parse_options(int argc, char **argv, const char *about, const option *options)
{
    for (int i = 1; i < argc; i++)
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
            print_help(stdout, argv[0], about, options);
            exit(EXIT_SUCCESS);
        }
    for (int i = 1; i < argc; i++) {
        const char *argument = argv[i];
        const char *complaint = take_argument(argc, argv, &i, options);
        if (!complaint) continue;
        fprintf(stderr, "%s: \"%s\" %s\n\n", argv[0], argument, complaint);
        print_help(stderr, argv[0], about, options);
        exit(2);
    }
}

/* ---- Output ------------------------------------------------------------------------------ */

double seconds_now(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) return 0;
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void print_row(const char *format, ...)
{
    /* Wipes the bar off; its next step draws it again, a line below. */
    if (isatty(fileno(stderr))) fputs("\r\033[K", stderr);
    va_list list;
    va_start(list, format);
    vprintf(format, list);
    va_end(list);
    putchar('\n');
    fflush(stdout);
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
