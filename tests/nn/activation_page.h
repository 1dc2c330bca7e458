/* activation_page.h: the tables and plots of docs/activations.md, made of the rows of
 * activations.h and of what the functions give. */
#ifndef TG_TESTS_ACTIVATION_PAGE_H
#define TG_TESTS_ACTIVATION_PAGE_H

#include <stdio.h>
#include <string.h>

#include "activations.h"

#define ACTIVATION_PAGE "docs/activations.md"
/* The tables begin with this line; what stands above it is written by hand. */
#define ACTIVATION_MARK "<!-- What follows is printed by test_activation --markdown. -->\n"

/* Plots: [-4, 4], a point a column. */
enum { PLOT_COLUMNS = 65, PLOT_LINES = 13 };

static const char *const smoothness_words[] = {
    [JUMPS] = "jumps",
    [KINKED] = "continuous; the slope jumps",
    [BENT] = "continuous slope; the second derivative jumps",
    [SMOOTH] = "smooth",
};

static void print_limit(double x, FILE *out)
{
    if (isnan(x)) fputs("NaN", out);
    else if (isinf(x)) fputs(x > 0 ? "inf" : "-inf", out);
    else fprintf(out, "%.6g", x);
}

static void print_kinks(const activation_row *row, FILE *out)
{
    for (int i = 0; i < row->kinks; i++)
        fprintf(out, "%s%.6g at %g", i ? ", " : "", row->kink[i][2], row->kink[i][0]);
}

static void print_activation(const activation_row *row, FILE *out)
{
    fprintf(out, "| `%s` | %s | %s | %s | %s | ", row->call, row->value, row->slope, row->range,
            smoothness_words[row->smooth]);
    print_kinks(row, out);
    for (int i = 0; i < 2; i++) {
        fputs(" | ", out);
        print_limit(row->at_minus[i], out);
        fputs(", ", out);
        print_limit(row->at_plus[i], out);
    }
    fputs(" |\n", out);
}

static void print_activations(FILE *out)
{
    fputs(ACTIVATION_MARK, out);
    fputs("\n## Of one number\n\n"
          "| function | value | slope | range | continuity | slope at kinks | value at -inf, inf | "
          "slope there |\n|---|---|---|---|---|---|---|---|\n",
          out);
    for (size_t i = 0; i < sizeof activation_rows / sizeof *activation_rows; i++)
        print_activation(&activation_rows[i], out);
    fputs("\n## Across elements\n\n"
          "| function | value | slope | range | continuity |\n|---|---|---|---|---|\n",
          out);
    for (size_t i = 0; i < sizeof across_rows / sizeof *across_rows; i++) {
        const across_row *row = &across_rows[i];
        if (row->call)
            fprintf(out, "| `%s` | %s | %s | %s | %s |\n", row->call, row->value, row->slope,
                    row->range, row->smooth);
    }
}

static double clamped(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

static tg_tensor *applied(const activation_row *row, tg_tensor *x)
{
    return row->unary ? row->unary(TG_HERE, x) : row->with_number(TG_HERE, x, row->number);
}

/* Value and slope at the points of a plot; false on an error, which is on the tape. */
static bool sample_plot(const activation_row *row, tg_tape *tape, double *y, double *slope)
{
    double at[PLOT_COLUMNS];
    for (int i = 0; i < PLOT_COLUMNS; i++) at[i] = (i - PLOT_COLUMNS / 2) / 8.0;
    tg_rewind(tape);
    tg_tensor *x = tg_constant(tape, TG_F64, TG_SHAPE(PLOT_COLUMNS), at);
    tg_tensor *value = applied(row, x);
    return tg_get(value, y, PLOT_COLUMNS) == TG_OK &&
           tg_get(tg_grad(tg_sum(value), x), slope, PLOT_COLUMNS) == TG_OK;
}

/* The picture of a function and its slope: "o" and "."; axes where they are in sight. */
static void print_plot(const activation_row *row, tg_tape *tape, FILE *out)
{
    double y[PLOT_COLUMNS], slope[PLOT_COLUMNS];
    char cells[PLOT_LINES][PLOT_COLUMNS + 1];
    double low = 0, high = 1;
    if (!sample_plot(row, tape, y, slope)) return;
    for (int i = 0; i < PLOT_COLUMNS; i++) {
        low = clamped(fmin(low, fmin(y[i], slope[i])), -2, 0);
        high = clamped(fmax(high, fmax(y[i], slope[i])), 1, 4);
    }
    const double step = (high - low) / (PLOT_LINES - 1);
#define LINE(value) (int)floor((high - (value)) / step + 0.5)
    memset(cells, ' ', sizeof cells);
    for (int i = 0; i < PLOT_COLUMNS; i++) cells[LINE(0)][i] = '-';
    for (int i = 0; i < PLOT_LINES; i++) cells[i][PLOT_COLUMNS / 2] = '|';
    for (int i = 0; i < PLOT_COLUMNS; i++) {
        const int at = LINE(y[i]), slope_at = LINE(slope[i]);
        if (slope_at >= 0 && slope_at < PLOT_LINES) cells[slope_at][i] = '.';
        if (at >= 0 && at < PLOT_LINES) cells[at][i] = 'o';
    }
    fprintf(out, "\n### %s\n\n```text\n", row->name);
    for (int i = 0; i < PLOT_LINES; i++) {
        int length = PLOT_COLUMNS;
        while (length > 0 && cells[i][length - 1] == ' ') length--;
        const bool labelled = i == 0 || i == PLOT_LINES - 1 || i == LINE(0);
        if (labelled) fprintf(out, "%6.2f %.*s\n", high - i * step, length, cells[i]);
        else fprintf(out, "%6s %.*s\n", "", length, cells[i]);
    }
#undef LINE
    fputs("```\n", out);
}

static void print_page(tg_tape *tape, FILE *out)
{
    print_activations(out);
    fputs("\n## Plots\n\nFrom -4 to 4: the value `o`, and the slope `.` where they differ.\n", out);
    for (size_t i = 0; i < sizeof activation_rows / sizeof *activation_rows; i++)
        print_plot(&activation_rows[i], tape, out);
}

#endif
