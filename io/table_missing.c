/* table_missing.c: missing values: removes their rows, or fills in values. Everything that can fail
 * is done before the table is changed. */
#include "io/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Rows without them -------------------------------------------------------------- */

/* Moves the rows that stay to the front. Returns their number. */
static int64_t close_up(void *data, size_t size, int64_t rows, const bool *leaves)
{
    unsigned char *bytes = data;
    int64_t used = 0;
    for (int64_t i = 0; i < rows; i++) {
        if (leaves[i]) continue;
        if (used != i) memcpy(bytes + (size_t)used * size, bytes + (size_t)i * size, size);
        used++;
    }
    return used;
}

static void drop_rows(tg_table *table, const bool *leaves)
{
    int64_t rows = 0;
    for (int64_t i = 0; i < table->rows; i++) rows += !leaves[i];
    for (int64_t c = 0; c < table->column_count; c++) {
        tg_column *column = &table->columns[c];
        (void)close_up(column->values.data, tg_dtype_size(column->values.dtype), table->rows,
                       leaves);
        column->values.shape.dim[0] = rows;
        if (!column->missing) continue;
        (void)close_up(column->missing, sizeof *column->missing, table->rows, leaves);
        column->missing_count = 0;
        for (int64_t i = 0; i < rows; i++) column->missing_count += column->missing[i];
        if (column->missing_count > 0) continue;
        tg__free(&table->allocator, column->missing);
        column->missing = NULL;
    }
    table->rows = rows;
}

tg_status tg_table_drop_missing_at(tg_site at, tg_table *table, const char *columns,
                                   tg_error *error)
{
    tg__report report = tg__report_new(at, "tg_table_drop_missing", NULL, error);
    int64_t *places = NULL, count = 0;
    bool *leaves = NULL;
    if (tg__table_check(&report, table) != TG_OK) return report.status;
    if (tg__columns_named(&report, table, columns, &places, &count) == TG_OK &&
        tg__table_alloc(&report, &table->allocator, table->rows, sizeof *leaves, &leaves)) {
        for (int64_t i = 0; i < count; i++) {
            const bool *missing = table->columns[places[i]].missing;
            for (int64_t row = 0; missing && row < table->rows; row++)
                leaves[row] = leaves[row] || missing[row];
        }
        drop_rows(table, leaves);
    }
    tg__free(&table->allocator, places);
    tg__free(&table->allocator, leaves);
    return report.status;
}

/* ---- Values in their place ---------------------------------------------------------- */

/* The change of one column. */
typedef struct repair {
    int64_t place;
    double number;
    int32_t code;
    bool widens; /* integers become numbers: */
    tg_array wide;
    char **words; /* all words, with a new one */
} repair;

typedef struct filling {
    tg__report *report;
    const tg_table_fill_args *args;
    const tg_allocator *allocator;
} filling;

static tg_status complain(const filling *f, tg_status status, const tg_column *column,
                          const char *what)
{
    char seen[TG_TEXT_SEEN];
    return tg__complain(f->report, status, "the column \"%s\" %s",
                        tg__text_seen(seen, column->name, strlen(column->name)), what);
}

static int by_value(const void *a, const void *b)
{
    const double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* The mean of differences from the first value, so that equal values have exactly that mean. */
static double mean_of(const double *values, int64_t count)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++) sum += values[i] - values[0];
    return values[0] + sum / (double)count;
}

static double median_of(const double *sorted, int64_t count)
{
    const double low = sorted[(count - 1) / 2], high = sorted[count / 2];
    return low == high ? low : low / 2 + high / 2;
}

static double most_of(const double *sorted, int64_t count)
{
    double best = sorted[0];
    for (int64_t i = 0, most = 0, run = 0; i < count; i++) {
        run = i > 0 && sorted[i] == sorted[i - 1] ? run + 1 : 1;
        if (run <= most) continue;
        most = run;
        best = sorted[i];
    }
    return best;
}

/* The values of a numeric column that are not missing, as doubles. */
static tg_status collect(const filling *f, const tg_column *column, double **out, int64_t *count)
{
    const int64_t rows = column->values.shape.dim[0];
    const double *numbers = column->values.data;
    const int64_t *integers = column->values.data;
    *count = 0;
    if (!tg__table_alloc(f->report, f->allocator, rows, sizeof **out, out))
        return f->report->status;
    for (int64_t i = 0; i < rows; i++) {
        if (column->missing && column->missing[i]) continue;
        const double value = column->type == TG_COLUMN_NUMBER ? numbers[i] : (double)integers[i];
        if (!isfinite(value))
            return complain(f, TG_ERR_NUMERIC, column,
                            "has a value that is not finite: it has neither mean nor median");
        (*out)[(*count)++] = value;
    }
    if (*count == 0)
        return complain(f, TG_ERR_ARGUMENT, column,
                        "has no value at all: drop it, or fill it with TG_FILL_VALUE");
    return TG_OK;
}

static tg_status find_number(const filling *f, const tg_column *column, double *out)
{
    double *values = NULL;
    int64_t count;
    *out = f->args->value;
    if (f->args->with == TG_FILL_VALUE) return TG_OK;
    if (collect(f, column, &values, &count) == TG_OK) {
        if (f->args->with != TG_FILL_MEAN) qsort(values, (size_t)count, sizeof *values, by_value);
        *out = f->args->with == TG_FILL_MEAN     ? mean_of(values, count)
               : f->args->with == TG_FILL_MEDIAN ? median_of(values, count)
                                                 : most_of(values, count);
    }
    tg__free(f->allocator, values);
    if (f->report->status == TG_OK && !isfinite(*out))
        complain(f, TG_ERR_NUMERIC, column, "has numbers whose sum is beyond the range of f64");
    return f->report->status;
}

/* The code of the most frequent word. */
static tg_status find_most(const filling *f, const tg_column *column, int32_t *out)
{
    const int32_t *codes = column->values.data;
    int64_t *counts;
    *out = -1;
    if (!tg__table_alloc(f->report, f->allocator, column->word_count, sizeof *counts, &counts))
        return f->report->status;
    for (int64_t i = 0; i < column->values.shape.dim[0]; i++)
        if (codes[i] >= 0) counts[codes[i]]++;
    for (int32_t w = 0; w < column->word_count; w++)
        if (counts[w] > 0 && (*out < 0 || counts[w] > counts[*out])) *out = w;
    tg__free(f->allocator, counts);
    return *out < 0 ? complain(f, TG_ERR_ARGUMENT, column,
                               "has no value at all: drop it, or fill it with TG_FILL_VALUE")
                    : TG_OK;
}

/* The words with the new one inserted in order. */
static tg_status add_word(const filling *f, const tg_column *column, repair *r)
{
    const int32_t count = column->word_count;
    const char **words;
    if (count == INT32_MAX) return complain(f, TG_ERR_UNSUPPORTED, column, "is full of words");
    if (!tg__table_alloc(f->report, f->allocator, (int64_t)count + 1, sizeof *words, &words))
        return f->report->status;
    for (r->code = 0; r->code < count && strcmp(column->words[r->code], f->args->word) < 0;)
        r->code++;
    for (int32_t w = 0; w < count; w++) words[w + (w >= r->code)] = column->words[w];
    words[r->code] = f->args->word;
    (void)tg__words_copy(f->report, f->allocator, words, (int64_t)count + 1, &r->words);
    tg__free(f->allocator, words);
    return f->report->status;
}

static bool same_words(const tg_column *a, const tg_column *b)
{
    if (a->word_count != b->word_count) return false;
    for (int32_t w = 0; w < a->word_count; w++)
        if (strcmp(a->words[w], b->words[w]) != 0) return false;
    return true;
}

/* The column from which the fill value is computed. */
static const tg_column *source_of(const filling *f, const tg_column *column)
{
    const tg_table *from = f->args->from;
    if (!from || f->args->with == TG_FILL_VALUE) return column;
    const int64_t place = tg__column_named(f->report, from, column->name);
    if (place < 0) return NULL;
    const tg_column *source = &from->columns[place];
    const bool words = column->type == TG_COLUMN_WORDS;
    if (words == (source->type == TG_COLUMN_WORDS) && (!words || same_words(column, source)))
        return source;
    complain(f, TG_ERR_ARGUMENT, column,
             words ? "has other words in .from (read one table .like the other)"
                   : "is of words in .from");
    return NULL;
}

static tg_status prepare_words(const filling *f, const tg_column *column, const tg_column *source,
                               repair *r)
{
    if (f->args->with == TG_FILL_MOST) return find_most(f, source, &r->code);
    if (f->args->with != TG_FILL_VALUE)
        return complain(f, TG_ERR_DTYPE, column,
                        "is of words, which have neither mean nor median (TG_FILL_MOST takes the "
                        "most frequent one)");
    if (!f->args->word)
        return complain(f, TG_ERR_ARGUMENT, column, "is of words, and there is no .word");
    r->code = tg__word_code(column, f->args->word);
    return r->code < 0 ? add_word(f, column, r) : TG_OK;
}

static tg_status prepare(const filling *f, const tg_column *column, repair *r)
{
    const tg_column *source = source_of(f, column);
    if (!source) return f->report->status;
    if (column->type == TG_COLUMN_WORDS) return prepare_words(f, column, source, r);
    if (find_number(f, source, &r->number) != TG_OK) return f->report->status;
    const double limit = 9007199254740992.0; /* beyond it, not all integers are doubles */
    r->widens = column->type == TG_COLUMN_INTEGER &&
                !(r->number == floor(r->number) && fabs(r->number) <= limit);
    if (!r->widens) return TG_OK;
    return tg__array_make(f->report, f->allocator, TG_F64, column->values.shape, &r->wide);
}

/* Applies the change. Cannot fail. */
static void mend(const filling *f, tg_column *column, const repair *r)
{
    const int64_t rows = column->values.shape.dim[0];
    if (r->widens) {
        for (int64_t i = 0; i < rows; i++)
            ((double *)r->wide.data)[i] = (double)((int64_t *)column->values.data)[i];
        tg_array_free(&column->values);
        column->values = r->wide;
        column->type = TG_COLUMN_NUMBER;
    }
    int32_t *codes = column->values.data;
    if (r->words) {
        for (int64_t i = 0; i < rows; i++) codes[i] += codes[i] >= r->code;
        tg__free(f->allocator, column->words);
        column->words = r->words;
        column->word_count++;
    }
    for (int64_t i = 0; i < rows; i++) {
        if (!column->missing[i]) continue;
        if (column->type == TG_COLUMN_WORDS) codes[i] = r->code;
        else if (column->type == TG_COLUMN_NUMBER) ((double *)column->values.data)[i] = r->number;
        else ((int64_t *)column->values.data)[i] = (int64_t)r->number;
    }
    tg__free(f->allocator, column->missing);
    column->missing = NULL;
    column->missing_count = 0;
}

static tg_status fill(const filling *f, const int64_t *places, int64_t count, repair *repairs)
{
    tg_column *columns = f->args->table->columns;
    int64_t used = 0;
    for (int64_t i = 0; i < count; i++) {
        if (!columns[places[i]].missing) continue;
        repairs[used] = (repair){ .place = places[i] };
        if (prepare(f, &columns[places[i]], &repairs[used++]) == TG_OK) continue;
        for (int64_t k = 0; k < used; k++) {
            tg_array_free(&repairs[k].wide);
            tg__free(f->allocator, repairs[k].words);
        }
        return f->report->status;
    }
    for (int64_t i = 0; i < used; i++) mend(f, &columns[repairs[i].place], &repairs[i]);
    return TG_OK;
}

tg_status tg_table_fill_with(const tg_table_fill_args *given)
{
    tg_table_fill_args args = { TG_TABLE_FILL_DEFAULTS };
    if (!TG__IO_OPTIONS(args, given, "tg_table_fill")) return TG_ERR_ARGUMENT;

    tg__report report = tg__report_new(args.at, "tg_table_fill", NULL, args.error);
    int64_t *places = NULL, count = 0;
    repair *repairs = NULL;
    if (tg__table_check(&report, args.table) != TG_OK ||
        (args.from && tg__table_check(&report, args.from) != TG_OK))
        return report.status;
    if (args.with < TG_FILL_VALUE || args.with > TG_FILL_MOST)
        return tg__complain(&report, TG_ERR_ARGUMENT,
                            "missing values cannot be filled with %d: it is none of TG_FILL_...",
                            (int)args.with);
    if (!isfinite(args.value))
        return tg__complain(&report, TG_ERR_NUMERIC, ".value is %g, which is not finite",
                            args.value);
    const filling f = { &report, &args, &args.table->allocator };
    if (tg__columns_named(&report, args.table, args.columns, &places, &count) == TG_OK &&
        tg__table_alloc(&report, f.allocator, count, sizeof *repairs, &repairs))
        (void)fill(&f, places, count, repairs);
    tg__free(f.allocator, places);
    tg__free(f.allocator, repairs);
    return report.status;
}
