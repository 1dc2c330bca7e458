/* search_print.c: prints the results of a search, as a line, a table and a file. */
#include "search.h"

#include <math.h>
#include <string.h>

#undef TG_HERE
#define TG_HERE at

/* CELL: room for a number, which has at most 17 characters (-9007199254740992). */
enum { CELL = 32, GAP = 2, OTHERS = 5 };

/* ---- Numbers ---------------------------------------------------------------------------- */

static const char *number_text(char text[CELL], double x, bool whole)
{
    if (isnan(x)) (void)tg_format(text, CELL, "nan"); /* NaN without a sign */
    else (void)tg_format(text, CELL, whole ? "%.0f" : "%.6g", x);
    return text;
}

static const char *value_text(char text[CELL], const tg_trial *trial, size_t k)
{
    return number_text(text, trial->values[k], trial->search->ranges[k].whole);
}

/* ---- A line ----------------------------------------------------------------------------- */

void tg__search_tell(const tg_search *search, const tg_trial *trial, FILE *out)
{
    char text[CELL];
    fprintf(out, "trial %lld", (long long)trial->number);
    if (search->halving) {
        fprintf(out, ", round %lld, budget %s", (long long)trial->round,
                number_text(text, trial->budget, false));
    }
    for (size_t k = 0; k < search->range_count; k++)
        fprintf(out, "%s %s %s", k ? "," : ":", search->ranges[k].name, value_text(text, trial, k));
    fprintf(out, "; score %s", number_text(text, trial->score, false));
    const tg_trial *best = search->best;
    if (best == trial) fputs(", the best so far", out);
    else if (best)
        fprintf(out, ", best %s of trial %lld", number_text(text, best->score, false),
                (long long)best->number);
    fputc('\n', out);
    (void)fflush(out);
}

/* ---- A table ---------------------------------------------------------------------------- */

/* The width of a text in UTF-8 on a terminal; each code point counts as one column. */
static int width_of(const char *text)
{
    int width = 0;
    for (; *text; text++) width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static void print_cell(FILE *out, const char *text, int width)
{
    fprintf(out, "%*s%s", width - width_of(text), "", text);
}

/* The columns beside those of the ranges. */
enum { NUMBER, SCORE, ROUND, BUDGET, COLUMNS };
static const char *const titles[COLUMNS] = { "trial", "score", "round", "budget" };

static const char *other_text(char text[CELL], const tg_trial *trial, int column)
{
    switch (column) {
    case NUMBER: return number_text(text, (double)trial->number, true);
    case SCORE: return number_text(text, trial->score, false);
    case ROUND: return number_text(text, (double)trial->round, true);
    default: return number_text(text, trial->budget, false);
    }
}

static void measure(const tg_search *search, int widths[COLUMNS])
{
    char text[CELL];
    for (int c = 0; c < COLUMNS; c++) widths[c] = width_of(titles[c]);
    for (size_t k = 0; k < search->range_count; k++)
        search->widths[k] = width_of(search->ranges[k].name);
    for (int64_t i = 0; i < search->count; i++) {
        const tg_trial *trial = search->ranked[i];
        for (int c = 0; c < COLUMNS; c++) {
            const int width = width_of(other_text(text, trial, c));
            if (width > widths[c]) widths[c] = width;
        }
        for (size_t k = 0; k < search->range_count; k++) {
            const int width = width_of(value_text(text, trial, k));
            if (width > search->widths[k]) search->widths[k] = width;
        }
    }
}

/* Prints the row of a trial; for NULL the row of titles. */
static void print_row(const tg_search *search, const tg_trial *trial, const int widths[COLUMNS],
                      FILE *out)
{
    char text[CELL];
    print_cell(out, trial ? other_text(text, trial, NUMBER) : titles[NUMBER], widths[NUMBER]);
    for (size_t k = 0; k < search->range_count; k++)
        print_cell(out, trial ? value_text(text, trial, k) : search->ranges[k].name,
                   search->widths[k] + GAP);
    for (int c = SCORE; c < (search->halving ? COLUMNS : ROUND); c++)
        print_cell(out, trial ? other_text(text, trial, c) : titles[c], widths[c] + GAP);
    fputc('\n', out);
}

void tg_search_print(const tg_search *search, FILE *out)
{
    if (!search || !out) return;
    int widths[COLUMNS];
    measure(search, widths);
    print_row(search, NULL, widths, out);
    for (int64_t i = 0; i < search->count; i++) print_row(search, search->ranked[i], widths, out);
}

/* ---- A file ----------------------------------------------------------------------------- */

/* The line of column titles; names of ranges are in quotes. NULL if there is no memory. */
static char *header_of(const tg_search *search, tg_array *room)
{
    static const char first[] = "trial", last[] = ", score, round, budget, seconds";
    size_t size = sizeof first + sizeof last;
    for (size_t k = 0; k < search->range_count; k++) size += 2 * strlen(search->ranges[k].name) + 4;
    const tg_allocator *allocator = search->allocator.alloc ? &search->allocator : NULL;
    if (tg_array_new(room, TG_U8, TG_SHAPE((int64_t)size), allocator) != TG_OK) return NULL;
    char *text = room->data, *end = text;
    end = strcpy(end, first) + strlen(first);
    for (size_t k = 0; k < search->range_count; k++) {
        *end++ = ',';
        *end++ = '"';
        for (const char *c = search->ranges[k].name; *c; c++) {
            if (*c == '"') *end++ = '"';
            *end++ = *c;
        }
        *end++ = '"';
    }
    (void)strcpy(end, last);
    return text;
}

static tg_status numbers_of(const tg_search *search, tg_array *out)
{
    const size_t columns = search->range_count + OTHERS;
    const tg_allocator *allocator = search->allocator.alloc ? &search->allocator : NULL;
    const tg_status status =
        tg_array_new(out, TG_F64, TG_SHAPE(search->count, (int64_t)columns), allocator);
    double *row = out->data;
    for (int64_t i = 0; status == TG_OK && i < search->count; i++, row += columns) {
        const tg_trial *trial = search->ranked[i];
        row[0] = (double)trial->number;
        memcpy(row + 1, trial->values, search->range_count * sizeof *row);
        double *rest = row + 1 + search->range_count;
        rest[0] = trial->score;
        rest[1] = (double)trial->round;
        rest[2] = trial->budget;
        rest[3] = trial->seconds;
    }
    return status;
}

tg_status tg_search_write_at(tg_site at, const tg_search *search, const char *path, tg_error *error)
{
    if (!search || !path)
        return tg_error_set(error, at, TG_ERR_ARGUMENT, "tg_search_write: the %s is NULL",
                            search ? "path" : "search");
    tg_array room = { 0 }, numbers = { 0 };
    const char *header = header_of(search, &room);
    tg_status status = header ? numbers_of(search, &numbers) : TG_ERR_MEMORY;
    if (status != TG_OK) (void)tg_error_set(error, at, status, "tg_search_write: out of memory");
    else status = tg_write_csv(&numbers, path, error, .header = header);
    tg_array_free(&numbers);
    tg_array_free(&room);
    return status;
}
