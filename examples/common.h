/* common.h: what the examples share: options, the digits, a clock, printing, and checks of their
 * results. It is no part of Tapegrad; your programs need none of it. */
#ifndef EXAMPLES_COMMON_H
#define EXAMPLES_COMMON_H

#include <tapegrad.h>

/* ---- Options ------------------------------------------------------------------------- */

/* An option "--name value" (or "--name=value"), with the one variable that receives its value and
 * holds the default before. A flag takes no value. */
typedef struct option {
    const char *name, *help;
    const char **text;
    double *number;
    int64_t *count;
    bool *flag;
    double least; /* the least value of numbers and counts */
} option;

/* Parses the command line into the variables of [options], a list that ends with { 0 }. --help
 * prints [about] and the options with their defaults, and ends the program; --jit asks for machine
 * code (tg_jit.h); an invalid command line ends the program with status 2. Returns true if no option was given that changes the expected results
 * (others are a seed, threads, files to write). */
bool parse_options(int argc, char **argv, const char *about, const option *options);

/* ---- Digits -------------------------------------------------------------------------- */

/* The digits that come with Tapegrad: 8x8 cells of ink, from 0 (white) to DIGIT_INK. */
#define DIGITS_FILE TG_EXAMPLES_DATA "/digits.csv.gz"
enum { DIGIT_SIDE = 8, DIGIT_CELLS = 64, DIGIT_INK = 16, DIGIT_CLASSES = 10 };

/* Reads a CSV file; each row has DIGIT_CELLS numbers and the digit. */
tg_status digits_load(tg_dataset *out, const char *path, tg_error *error);

/* ---- Output -------------------------------------------------------------------------- */

/* Seconds since an unspecified moment; only differences mean something. */
double seconds_now(void);

/* Prints a line above the progress bar, which may be on the terminal's last line. */
void print_row(tg_progress *bar, const char *format, ...) TG_PRINTF(2, 3);

/* Writes a picture to the PNG file [path], for --png, and prints where it is. On an error it prints
 * why on standard error and returns false; a Tapegrad without libpng is reported, too, but is no
 * error. */
bool png_write(const tg_array *picture, const char *path);

/* --profile FILE: opens the file for the trace of a profile, before anything else takes time. NULL
 * without a path; ends the program, which says why, if it cannot be written. */
FILE *trace_open(const char *path);

/* Prints where the time of the plan's runs went, writes the trace, closes the file, and says where
 * it is. False, after saying so on standard error, if not all was written. [trace] may be NULL. */
bool trace_write(tg_plan *plan, FILE *trace, const char *path);

/* Prints the last line of every example: "result: example=NAME ... seconds=1.23". [format] gives
 * pairs key=value for the middle part; [started] is the result of seconds_now() at the start. */
void print_result(const char *name, double started, const char *format, ...) TG_PRINTF(3, 4);

/* True if [value] is in [low, high]; else prints that on standard error. An example ends with a
 * status other than 0 if a run with default options does not give the expected result. */
bool expect_figure(const char *name, double value, double low, double high);

#endif
