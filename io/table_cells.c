/* table_cells.c: makes columns of rows of text: which row has the names, the type of each column,
 * and its values. Words are sorted, so that the codes depend only on the set of words. */
#include "io/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MISSING_DEFAULT "NA, N/A, NaN, nan, NULL, null, ?"

/* What a field can be read as. A whole number with leading zeros is a word, unless the caller sets
 * the type. */
typedef enum cell_kind {
    CELL_MISSING,
    CELL_INTEGER,
    CELL_PADDED, /* 007 */
    CELL_NUMBER,
    CELL_WORD,
    CELL_NO_MEMORY
} cell_kind;

/* What is known of a column while it is made. */
typedef struct draft {
    tg_column_type type;   /* 0: not known yet */
    const tg_column *like; /* or NULL */
    bool numbers, words;   /* there are fields that are no integers; that are no numbers */
    bool any;              /* there is a field that is not missing */
    const char **cells;    /* [rows], of words; NULL where missing */
} draft;

typedef struct maker {
    tg__report *report;
    const tg_read_table_args *args;
    const tg_allocator *allocator;
    const tg__cells *cells;
    tg__numbers numbers;
    tg__growing scratch; /* a number with its decimal comma replaced by a point */
    draft *drafts;       /* [columns] */
    bool header;
    tg_table table;
} maker;

/* ---- One field ---------------------------------------------------------------------- */

static bool is_missing(const maker *m, const char *text)
{
    const char *list = m->args->missing ? m->args->missing : MISSING_DEFAULT;
    tg__field item;
    tg__cut how;
    if (!*text) return true;
    while (tg__list_next(&list, &item, &how))
        if (tg__field_is(item, text)) return true;
    return false;
}

/* [+-] digits, and nothing else. */
static bool read_integer(const char *text, int64_t *value, bool *padded)
{
    const bool negative = *text == '-';
    const char *p = text + (*text == '-' || *text == '+');
    *padded = p[0] == '0' && p[1];
    *value = 0;
    if (!*p) return false;
    for (; *p; p++) {
        const int digit = *p - '0';
        if (digit < 0 || digit > 9 || __builtin_mul_overflow(*value, 10, value) ||
            __builtin_sub_overflow(*value, digit, value))
            return false;
    }
    return negative || !__builtin_sub_overflow(0, *value, value);
}

/* The text with a decimal point instead of the comma; NULL if there is no memory. With a decimal
 * comma "1.5" is no number. */
static const char *with_point(maker *m, const char *text)
{
    m->scratch.used = 0;
    const size_t size = strlen(text) + 1;
    if (!tg__reserve(m->allocator, &m->scratch, size, SIZE_MAX)) return NULL;
    char *out = m->scratch.data;
    for (size_t i = 0; i < size; i++)
        out[i] = text[i] == ',' ? '.' : text[i] == '.' ? ',' : text[i];
    return out;
}

static cell_kind classify(maker *m, const char *text, double *number, int64_t *integer)
{
    bool padded;
    *number = 0;
    *integer = 0;
    if (is_missing(m, text)) return CELL_MISSING;
    if (read_integer(text, integer, &padded)) {
        *number = (double)*integer;
        return padded ? CELL_PADDED : CELL_INTEGER;
    }
    *integer = 0;
    if (m->args->decimal == ',') text = with_point(m, text);
    if (!text) return CELL_NO_MEMORY;
    switch (tg__number_read(&m->numbers, text, strlen(text), number)) {
    case TG_NUMBER: return CELL_NUMBER;
    case TG_NUMBER_NONFINITE: return m->args->nonfinite ? CELL_NUMBER : CELL_WORD;
    case TG_NUMBER_NO_MEMORY: return CELL_NO_MEMORY;
    default: return CELL_WORD;
    }
}

static tg_status complain_cell(maker *m, int64_t row, int64_t column, const char *text,
                               const char *what)
{
    char seen[2][TG_TEXT_SEEN];
    const int64_t *lines = m->cells->lines.data;
    const char *name = m->table.columns[column].name;
    return tg__complain(m->report, TG_ERR_FORMAT,
                        "line %lld, column \"%s\" (field %lld): \"%s\" %s", (long long)lines[row],
                        tg__text_seen(seen[0], name, strlen(name)), (long long)column + 1,
                        tg__text_seen(seen[1], text, strlen(text)), what);
}

/* ---- The header --------------------------------------------------------------------- */

static const char *after(const char *text) { return text + strlen(text) + 1; }

/* Updates what is known of the columns by a row. */
static tg_status look_at_row(maker *m, const char **text)
{
    double number;
    int64_t integer;
    for (int64_t i = 0; i < m->cells->columns; i++, *text = after(*text)) {
        draft *d = &m->drafts[i];
        const cell_kind kind = classify(m, *text, &number, &integer);
        if (kind == CELL_NO_MEMORY) return tg__complain_memory(m->report, strlen(*text));
        d->any = d->any || kind != CELL_MISSING;
        d->numbers = d->numbers || kind == CELL_NUMBER;
        d->words = d->words || kind == CELL_WORD || kind == CELL_PADDED;
    }
    return TG_OK;
}

/* The same for all rows but the first. */
static tg_status look_below(maker *m)
{
    const char *text = m->cells->text.data;
    tg_status status = TG_OK;
    for (int64_t i = 0; i < m->cells->columns; i++) text = after(text);
    for (int64_t row = 1; status == TG_OK && row < m->cells->rows; row++)
        status = look_at_row(m, &text);
    return status;
}

/* True if a field of the first row occurs again in its column. */
static bool first_comes_again(const maker *m)
{
    const tg__cells *cells = m->cells;
    const char *end = (const char *)cells->text.data + cells->text.used;
    const char *first = cells->text.data, *text = first;
    for (int64_t i = 0; i < cells->columns; i++) text = after(text);
    for (int64_t column = 0; text < end; text = after(text)) {
        if (*first && strcmp(first, text) == 0) return true;
        first = after(first);
        if (++column < cells->columns) continue;
        column = 0;
        first = cells->text.data;
    }
    return false;
}

static bool first_is_names_of(const maker *m, const tg_table *like)
{
    const char *text = m->cells->text.data;
    if (like->column_count != m->cells->columns) return false;
    for (int64_t i = 0; i < like->column_count; i++, text = after(text))
        if (strcmp(text, like->columns[i].name) != 0) return false;
    return true;
}

static tg_status find_header(maker *m)
{
    const tg_read_table_args *args = m->args;
    const char *text = m->cells->text.data;
    bool all_missing = true, numbers_below = false;
    double number;
    int64_t integer;
    m->header = args->header == 1;
    if (args->header != TG_AUTO) return TG_OK;
    if (args->like) {
        m->header = first_is_names_of(m, args->like);
        return TG_OK;
    }
    if (m->cells->rows < 2) return TG_OK;
    for (int64_t i = 0; i < m->cells->columns; i++, text = after(text)) {
        const cell_kind kind = classify(m, text, &number, &integer);
        if (kind == CELL_NO_MEMORY) return tg__complain_memory(m->report, strlen(text));
        if (kind != CELL_MISSING && kind != CELL_WORD) return TG_OK;
        all_missing = all_missing && kind == CELL_MISSING;
        numbers_below = numbers_below || (m->drafts[i].any && !m->drafts[i].words);
    }
    m->header = !all_missing && (numbers_below || !first_comes_again(m));
    return TG_OK;
}

/* ---- Names and types ---------------------------------------------------------------- */

static tg_status name_columns(maker *m)
{
    const char *text = m->cells->text.data;
    char number[24];
    for (int64_t i = 0; i < m->cells->columns; i++, text = after(text)) {
        (void)snprintf(number, sizeof number, "%lld", (long long)i);
        const char *name = m->args->like        ? m->args->like->columns[i].name
                           : m->header && *text ? text
                                                : number;
        const size_t size = strlen(name) + 1;
        m->table.columns[i].name = tg__alloc(m->allocator, size);
        if (!m->table.columns[i].name) return tg__complain_memory(m->report, size);
        memcpy(m->table.columns[i].name, name, size);
    }
    return TG_OK;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static tg_status check_names(maker *m)
{
    char seen[TG_TEXT_SEEN];
    const int64_t count = m->cells->columns;
    const char **names;
    if (!tg__table_alloc(m->report, m->allocator, count, sizeof *names, &names))
        return m->report->status;
    for (int64_t i = 0; i < count; i++) names[i] = m->table.columns[i].name;
    qsort(names, (size_t)count, sizeof *names, by_text);
    tg_status status = TG_OK;
    for (int64_t i = 1; status == TG_OK && i < count; i++)
        if (strcmp(names[i - 1], names[i]) == 0)
            status = tg__complain(m->report, TG_ERR_FORMAT,
                                  "line %lld has two columns of the name \"%s\" (.header = 0 "
                                  "and .skip_lines number the columns instead)",
                                  (long long)*(const int64_t *)m->cells->lines.data,
                                  tg__text_seen(seen, names[i], strlen(names[i])));
    tg__free(m->allocator, names);
    return status;
}

static tg_status check_like(maker *m)
{
    const tg_table *like = m->args->like;
    const tg__cells *cells = m->cells;
    if (like->column_count != cells->columns)
        return tg__complain(m->report, TG_ERR_FORMAT,
                            "its rows have %lld fields, and the table of .like has %lld columns",
                            (long long)cells->columns, (long long)like->column_count);
    if (m->header && !first_is_names_of(m, like))
        return tg__complain(m->report, TG_ERR_FORMAT,
                            "the names in its first row are not those of the table of .like");
    for (int64_t i = 0; i < cells->columns; i++) {
        m->drafts[i].like = &like->columns[i];
        m->drafts[i].type = like->columns[i].type;
    }
    return TG_OK;
}

static tg_column_type type_named(const char *text, size_t length)
{
    for (tg_column_type type = TG_COLUMN_NUMBER; type <= TG_COLUMN_WORDS; type++)
        if (tg__field_is((tg__field){ text, length, false }, tg__column_type_name(type)))
            return type;
    return (tg_column_type)0;
}

/* Parses an item such as "zip: words". */
static tg_status read_type(maker *m, tg__field item)
{
    char seen[TG_TEXT_SEEN];
    const char *colon = item.text + item.length;
    while (colon > item.text && colon[-1] != ':') colon--;
    tg__field type = { colon, (size_t)(item.text + item.length - colon), item.quoted };
    tg__field name = { item.text, colon > item.text ? (size_t)(colon - item.text) - 1 : 0,
                       item.quoted };
    type = tg__field_trimmed(',', type);
    name = tg__field_trimmed(',', name);
    const tg_column_type found = type_named(type.text, type.length);
    if (colon == item.text || !found)
        return tg__complain(m->report, TG_ERR_ARGUMENT,
                            "\"%s\" in .types gives no type: write \"name: number\", \"name: "
                            "integer\" or \"name: words\"",
                            tg__text_seen(seen, item.text, item.length));
    for (int64_t i = 0; i < m->table.column_count; i++)
        if (tg__field_is(name, m->table.columns[i].name)) {
            m->drafts[i].type = found;
            return TG_OK;
        }
    return tg__complain(m->report, TG_ERR_ARGUMENT,
                        ".types names a column \"%s\", which the file does not have",
                        tg__text_seen(seen, name.text, name.length));
}

static tg_status find_types(maker *m)
{
    const char *list = m->args->types ? m->args->types : "";
    tg__field item;
    tg__cut how;
    while (tg__list_next(&list, &item, &how)) {
        if (read_type(m, item) != TG_OK) return m->report->status;
    }
    for (int64_t i = 0; i < m->table.column_count; i++) {
        draft *d = &m->drafts[i];
        if (!d->type)
            d->type = d->words || !d->any ? TG_COLUMN_WORDS
                      : d->numbers        ? TG_COLUMN_NUMBER
                                          : TG_COLUMN_INTEGER;
        m->table.columns[i].type = d->type;
    }
    return TG_OK;
}

/* ---- Values ------------------------------------------------------------------------- */

static tg_status allocate_values(maker *m)
{
    static const tg_dtype dtypes[] = {
        [TG_COLUMN_NUMBER] = TG_F64, [TG_COLUMN_INTEGER] = TG_I64, [TG_COLUMN_WORDS] = TG_I32
    };
    const int64_t rows = m->table.rows;
    for (int64_t i = 0; i < m->table.column_count; i++) {
        tg_column *column = &m->table.columns[i];
        draft *d = &m->drafts[i];
        if (tg__array_make(m->report, m->allocator, dtypes[column->type], TG_SHAPE(rows),
                           &column->values) != TG_OK)
            return m->report->status;
        if (column->type == TG_COLUMN_WORDS &&
            !tg__table_alloc(m->report, m->allocator, rows, sizeof *d->cells, &d->cells))
            return m->report->status;
    }
    return TG_OK;
}

static tg_status mark_missing(maker *m, tg_column *column, int64_t row)
{
    if (!column->missing && !tg__table_alloc(m->report, m->allocator, m->table.rows,
                                             sizeof *column->missing, &column->missing))
        return m->report->status;
    column->missing[row] = true;
    column->missing_count++;
    if (column->type == TG_COLUMN_NUMBER) ((double *)column->values.data)[row] = (double)NAN;
    if (column->type == TG_COLUMN_WORDS) ((int32_t *)column->values.data)[row] = -1;
    return TG_OK;
}

static tg_status put_cell(maker *m, int64_t row, int64_t place, const char *text)
{
    tg_column *column = &m->table.columns[place];
    double number;
    int64_t integer;
    if (column->type == TG_COLUMN_WORDS) {
        if (is_missing(m, text)) return mark_missing(m, column, row - m->header);
        m->drafts[place].cells[row - m->header] = text;
        return TG_OK;
    }
    const cell_kind kind = classify(m, text, &number, &integer);
    if (kind == CELL_NO_MEMORY) return tg__complain_memory(m->report, strlen(text));
    if (kind == CELL_MISSING) return mark_missing(m, column, row - m->header);
    if (column->type == TG_COLUMN_INTEGER) {
        if (kind != CELL_INTEGER && kind != CELL_PADDED)
            return complain_cell(m, row, place, text, "is no integer of 64 bits");
        ((int64_t *)column->values.data)[row - m->header] = integer;
        return TG_OK;
    }
    if (kind == CELL_WORD)
        return complain_cell(m, row, place, text,
                             m->args->decimal == '.' && strchr(text, ',')
                                 ? "is not a number (for a decimal comma say .decimal = ',')"
                                 : "is not a number");
    ((double *)column->values.data)[row - m->header] = number;
    return TG_OK;
}

static tg_status fill(maker *m)
{
    const tg__cells *cells = m->cells;
    const char *text = cells->text.data;
    for (int64_t row = 0; row < cells->rows; row++)
        for (int64_t place = 0; place < cells->columns; place++, text = after(text))
            if (!(row == 0 && m->header) && put_cell(m, row, place, text) != TG_OK)
                return m->report->status;
    return TG_OK;
}

/* ---- Words -------------------------------------------------------------------------- */

/* Sorts the words and removes duplicates. Returns how many remain. */
static int64_t unique(const char **words, int64_t count)
{
    int64_t used = 0;
    if (count) qsort(words, (size_t)count, sizeof *words, by_text);
    for (int64_t i = 0; i < count; i++)
        if (used == 0 || strcmp(words[used - 1], words[i]) != 0) words[used++] = words[i];
    return used;
}

static tg_status find_words(maker *m, int64_t place)
{
    const draft *d = &m->drafts[place];
    tg_column *column = &m->table.columns[place];
    const char **words;
    int64_t count = 0;
    if (d->like) {
        column->word_count = d->like->word_count;
        return tg__words_copy(m->report, m->allocator, (const char *const *)d->like->words,
                              d->like->word_count, &column->words);
    }
    if (!tg__table_alloc(m->report, m->allocator, m->table.rows, sizeof *words, &words))
        return m->report->status;
    for (int64_t i = 0; i < m->table.rows; i++)
        if (d->cells[i]) words[count++] = d->cells[i];
    count = unique(words, count);
    if (count > INT32_MAX)
        tg__complain(m->report, TG_ERR_UNSUPPORTED, "a column has more than %d words", INT32_MAX);
    else if (tg__words_copy(m->report, m->allocator, words, count, &column->words) == TG_OK)
        column->word_count = (int32_t)count;
    tg__free(m->allocator, words);
    return m->report->status;
}

static tg_status number_words(maker *m, int64_t place)
{
    const draft *d = &m->drafts[place];
    tg_column *column = &m->table.columns[place];
    int32_t *codes = column->values.data;
    if (find_words(m, place) != TG_OK) return m->report->status;
    for (int64_t row = 0; row < m->table.rows; row++) {
        if (!d->cells[row]) continue;
        codes[row] = tg__word_code(column, d->cells[row]);
        if (codes[row] >= 0) continue;
        if (!m->args->unknown_missing)
            return complain_cell(m, row + m->header, place, d->cells[row],
                                 "is not among the words of .like (.unknown_missing = true takes "
                                 "such for missing)");
        if (mark_missing(m, column, row) != TG_OK) return m->report->status;
    }
    return TG_OK;
}

/* ---- The table ---------------------------------------------------------------------- */

static tg_status make(maker *m)
{
    const int64_t columns = m->cells->columns;
    if (!tg__table_alloc(m->report, m->allocator, columns, sizeof *m->drafts, &m->drafts) ||
        !tg__table_alloc(m->report, m->allocator, columns, sizeof *m->table.columns,
                         &m->table.columns))
        return m->report->status;
    m->table.column_count = columns;
    tg_status status = m->args->like ? TG_OK : look_below(m);
    if (status == TG_OK) status = find_header(m);
    const char *first = m->cells->text.data;
    if (status == TG_OK && !m->header && !m->args->like) status = look_at_row(m, &first);
    m->table.rows = m->cells->rows - m->header;
    if (status == TG_OK && m->table.rows == 0)
        status = tg__complain(m->report, TG_ERR_FORMAT, "there is no row behind its names");
    if (status == TG_OK && m->args->like) status = check_like(m);
    if (status == TG_OK) status = name_columns(m);
    if (status == TG_OK) status = check_names(m);
    if (status == TG_OK) status = find_types(m);
    if (status == TG_OK) status = allocate_values(m);
    if (status == TG_OK) status = fill(m);
    for (int64_t i = 0; status == TG_OK && i < columns; i++)
        if (m->table.columns[i].type == TG_COLUMN_WORDS) status = number_words(m, i);
    return status;
}

tg_status tg__cells_to_table(tg__report *report, const tg_read_table_args *args,
                             const tg_allocator *allocator, const tg__cells *cells)
{
    maker m = { .report = report, .args = args, .allocator = allocator, .cells = cells };
    m.table.allocator = *allocator;
    const tg_status status = make(&m);
    for (int64_t i = 0; m.drafts && i < cells->columns; i++) tg__free(allocator, m.drafts[i].cells);
    tg__free(allocator, m.drafts);
    tg__free(allocator, m.scratch.data);
    tg__numbers_free(&m.numbers);
    if (status == TG_OK) *args->out = m.table;
    else tg_table_free(&m.table);
    return status;
}
