/* singular_page.h: the tables of docs/singular-points.md, made of the rows of singular.h. */
#ifndef TG_TESTS_SINGULAR_PAGE_H
#define TG_TESTS_SINGULAR_PAGE_H

#include <stdio.h>
#include <stdlib.h>

#include "singular.h"

#define PAGE "docs/singular-points.md"
/* The tables begin with this line; the text above it is written by hand. */
#define PAGE_MARK "<!-- What follows is printed by test_singular --markdown. -->\n"

/* A file of the source tree, whose root is in the environment; NULL if it is not there. */
static inline FILE *open_source(const char *path, const char *mode)
{
    char whole[1024];
    const char *root = getenv("TAPEGRAD_SOURCE");
    snprintf(whole, sizeof whole, "%s/%s", root ? root : ".", path);
    return fopen(whole, mode);
}

static void print_number(double x, FILE *out)
{
    if (x == ANY) fputs("any", out);
    else if (isnan(x)) fputs("NaN", out);
    else if (isinf(x)) fputs(x > 0 ? "inf" : "-inf", out);
    else if (fabs(x) < 1e10 && x == floor(x)) fprintf(out, "%.0f", x);
    else fprintf(out, "%.6g", x);
}

/* A number as it is, vectors in brackets. */
static void print_numbers(const singular_numbers *numbers, FILE *out)
{
    if (numbers->count != 1) fputs("[", out);
    for (int i = 0; i < numbers->count; i++) {
        if (i) fputs(", ", out);
        print_number(numbers->at[i], out);
    }
    if (numbers->count != 1) fputs("]", out);
}

/* All that are stated, as a cell. */
static void print_cell(const singular_numbers *list, int count, FILE *out)
{
    for (int i = 0; i < count && list[i].count; i++) {
        if (i) fputs("; ", out);
        print_numbers(&list[i], out);
    }
    fputs(" | ", out);
}

static void print_row(const singular_row *row, FILE *out)
{
    fprintf(out, "| `%s%s`", row->text ? row->text : row->op,
            row->text    ? ""
            : row->unary ? "(x)"
                         : "(a, b)");
    if (row->dtype) fprintf(out, ", %s", tg_dtype_name(row->dtype));
    fputs(" | ", out);
    print_cell(row->in, SINGULAR_OPERANDS, out);
    if (row->says) fprintf(out, "error: %s | ", tg_status_name(row->status));
    else print_cell(&row->value, 1, out);
    print_cell(row->slope, SINGULAR_OPERANDS, out);
    print_cell(row->second, 3, out);
    fprintf(out, "%s |\n", row->note ? row->note : "");
}

static void print_tables(FILE *out)
{
    fputs(PAGE_MARK, out);
    for (size_t i = 0; i < sizeof singular_rows / sizeof *singular_rows; i++) {
        const singular_row *row = &singular_rows[i];
        if (row->section)
            fprintf(out,
                    "\n## %s\n\n| operation | at | value | gradient | second derivative | |\n"
                    "|---|---|---|---|---|---|\n",
                    row->section);
        else print_row(row, out);
    }
    fputs("\n## Operations without singular points\n\n| operation | why |\n|---|---|\n", out);
    for (size_t i = 0; i < sizeof singular_none / sizeof *singular_none; i++)
        fprintf(out, "| `%s` | %s |\n", singular_none[i].name, singular_none[i].reason);
}

#endif
