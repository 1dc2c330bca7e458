/* common.h: what the examples share: their options, the digits, a clock, how they print, and what
 * they expect of their results. None of it is Tapegrad; a program of yours needs nothing of this.
 */
#ifndef EXAMPLES_COMMON_H
#define EXAMPLES_COMMON_H

#include <tapegrad.h>

/* ---- Options ------------------------------------------------------------------------- */

/* An option "--name value" (or "--name=value"), and the one variable that takes its value;
 * what that variable holds before is the default. A flag takes no value. */
typedef struct option {
    const char *name, *help;
    const char **text;
    double *number;
    int64_t *count;
    bool *flag;
    double least; /* of numbers and counts */
} option;

/* Reads the command line into the variables of [options], a list that ends with { 0 }. --help
 * prints [about], the options and their defaults, and ends the program; so does, with status 2,
 * what makes no sense. Returns whether the run is a usual one, of which it is known what comes of
 * it: no option was given but such as a seed, threads, or the name of a file to write. */
bool parse_options(int argc, char **argv, const char *about, const option *options);

/* ---- Digits -------------------------------------------------------------------------- */

/* The digits that come with Tapegrad: cells of ink from 0 (white) to DIGIT_INK. */
#define DIGITS_FILE TG_EXAMPLES_DATA "/digits.csv.gz"
enum { DIGIT_SIDE = 8, DIGIT_CELLS = 64, DIGIT_INK = 16, DIGIT_CLASSES = 10 };

/* Reads a CSV file of rows of DIGIT_CELLS numbers and the digit. */
tg_status digits_load(tg_dataset *out, const char *path, tg_error *error);

/* ---- Output -------------------------------------------------------------------------- */

/* Seconds since some moment in the past. */
double seconds_now(void);

/* Prints a line above the progress bar, which may stand on the terminal's last line. */
void print_row(tg_progress *bar, const char *format, ...) TG_PRINTF(2, 3);

/* Writes a picture to the PNG file [path], as --png asks for it, and says where it is. If it
 * cannot, says why on standard error and returns false; a Tapegrad without libpng is told so too,
 * and is no error. */
bool png_write(const tg_array *picture, const char *path);

/* The last line of every example: "result: example=NAME ... seconds=1.23", where [format] makes
 * the part between, pairs of key=value, and [started] is what seconds_now() was at the start. */
void print_result(const char *name, double started, const char *format, ...) TG_PRINTF(3, 4);

/* Does [value] lie in [low, high]? If not, says so on standard error. Every example ends with a
 * status other than 0 if a usual run does not have the result that it should have. */
bool expect_figure(const char *name, double value, double low, double high);

#endif
