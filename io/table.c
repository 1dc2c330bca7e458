/* table.c: tables in memory: finding, keeping and removing columns by name. */
#include "io/table.h"

#include <stdlib.h>
#include <string.h>

void tg__column_free(const tg_allocator *allocator, tg_column *column)
{
    tg__free(allocator, column->name);
    tg_array_free(&column->values);
    tg__free(allocator, column->missing);
    tg__free(allocator, column->words);
    *column = (tg_column){ .name = NULL };
}

void tg_table_free(tg_table *table)
{
    if (!table) return;
    for (int64_t i = 0; i < table->column_count; i++)
        tg__column_free(&table->allocator, &table->columns[i]);
    if (table->allocator.free) tg__free(&table->allocator, table->columns);
    *table = (tg_table){ .columns = NULL };
}

static int64_t place_of(const tg_table *table, const char *name)
{
    for (int64_t i = 0; i < table->column_count; i++)
        if (strcmp(table->columns[i].name, name) == 0) return i;
    return -1;
}

const tg_column *tg_table_column(const tg_table *table, const char *name)
{
    const int64_t place = table && name ? place_of(table, name) : -1;
    return place < 0 ? NULL : &table->columns[place];
}

const char *tg__column_type_name(tg_column_type type)
{
    return type == TG_COLUMN_NUMBER ? "number" : type == TG_COLUMN_INTEGER ? "integer" : "words";
}

bool tg__table_alloc(tg__report *report, const tg_allocator *allocator, int64_t count, size_t size,
                     void *out_pointer)
{
    size_t bytes;
    void *block = NULL;
    if ((uint64_t)count > SIZE_MAX || !tg__size_mul((size_t)count, size, &bytes)) bytes = SIZE_MAX;
    else block = tg__alloc_zero(allocator, bytes);
    memcpy(out_pointer, &block, sizeof block);
    if (block || bytes == 0) return true;
    tg__complain_memory(report, bytes);
    return false;
}

/* ---- Checks ------------------------------------------------------------------------- */

static bool is_column(const tg_column *column, int64_t rows)
{
    static const tg_dtype dtypes[] = {
        [TG_COLUMN_NUMBER] = TG_F64, [TG_COLUMN_INTEGER] = TG_I64, [TG_COLUMN_WORDS] = TG_I32
    };
    const tg_array *values = &column->values;
    return column->name && column->type >= TG_COLUMN_NUMBER && column->type <= TG_COLUMN_WORDS &&
           values->dtype == dtypes[column->type] && values->shape.rank == 1 &&
           values->shape.dim[0] == rows && (values->data || rows == 0) && column->word_count >= 0 &&
           (column->words || column->word_count == 0);
}

/* The user may have changed the codes, so they are checked. */
static bool codes_hold(const tg_column *column, int64_t rows)
{
    const int32_t *codes = column->values.data;
    if (column->type != TG_COLUMN_WORDS) return true;
    for (int64_t i = 0; i < rows; i++)
        if (codes[i] >= column->word_count || codes[i] < -1 ||
            (codes[i] < 0 && !(column->missing && column->missing[i])))
            return false;
    return true;
}

tg_status tg__table_check(tg__report *report, const tg_table *table)
{
    char seen[TG_TEXT_SEEN];
    if (!table) return tg__complain(report, TG_ERR_ARGUMENT, "the table is NULL");
    if (table->column_count < 0 || table->rows < 0 || !table->allocator.alloc ||
        !table->allocator.free || (table->column_count > 0 && !table->columns))
        return tg__complain(report, TG_ERR_ARGUMENT,
                            "the table is empty: no tg_read_table has made it");
    for (int64_t i = 0; i < table->column_count; i++) {
        const tg_column *column = &table->columns[i];
        if (!is_column(column, table->rows))
            return tg__complain(report, TG_ERR_ARGUMENT,
                                "the table is damaged: its column %lld (from 0) is none",
                                (long long)i);
        if (!codes_hold(column, table->rows))
            return tg__complain(report, TG_ERR_INDEX,
                                "the column \"%s\" has a code that no word has: its codes are 0 .. "
                                "%d, and -1 where .missing says so",
                                tg__text_seen(seen, column->name, strlen(column->name)),
                                (int)column->word_count - 1);
    }
    return TG_OK;
}

/* ---- Lists of columns --------------------------------------------------------------- */

static tg_status complain_name(tg__report *report, const tg_table *table, const char *name,
                               size_t length)
{
    enum { SHOWN = 6 };
    char seen[TG_TEXT_SEEN], list[SHOWN * (TG_TEXT_SEEN + 4) + 32] = "";
    size_t used = 0;
    for (int64_t i = 0; i < table->column_count && i < SHOWN; i++) {
        const char *other = table->columns[i].name;
        used += (size_t)snprintf(list + used, sizeof list - used, "%s\"%s\"", i ? ", " : "",
                                 tg__text_seen(seen, other, strlen(other)));
    }
    return tg__complain(report, TG_ERR_ARGUMENT, "there is no column \"%s\"; the table has %s%s",
                        tg__text_seen(seen, name, length), used ? list : "none",
                        table->column_count > SHOWN ? ", ..." : "");
}

int64_t tg__column_named(tg__report *report, const tg_table *table, const char *name)
{
    const int64_t place = name ? place_of(table, name) : -1;
    if (!name) tg__complain(report, TG_ERR_ARGUMENT, "the column's name is NULL");
    else if (place < 0) complain_name(report, table, name, strlen(name));
    return place;
}

static tg_status take_item(tg__report *report, const tg_table *table, tg__field item,
                           int64_t *place)
{
    for (*place = 0; *place < table->column_count; ++*place)
        if (tg__field_is(item, table->columns[*place].name)) return TG_OK;
    return complain_name(report, table, item.text, item.length);
}

static tg_status read_list(tg__report *report, const tg_table *table, const char *list,
                           int64_t *places, int64_t *count)
{
    char seen[TG_TEXT_SEEN];
    tg__field item;
    tg__cut how;
    bool *listed;
    if (tg__list_check(report, list, "the list of columns") != TG_OK) return report->status;
    if (!tg__table_alloc(report, &table->allocator, table->column_count, sizeof *listed, &listed))
        return report->status;
    while (report->status == TG_OK && tg__list_next(&list, &item, &how)) {
        int64_t place;
        if (take_item(report, table, item, &place) != TG_OK) break;
        if (listed[place])
            tg__complain(report, TG_ERR_ARGUMENT, "the list has the column \"%s\" twice",
                         tg__text_seen(seen, item.text, item.length));
        else places[(*count)++] = place;
        listed[place] = true;
    }
    tg__free(&table->allocator, listed);
    return report->status;
}

tg_status tg__columns_named(tg__report *report, const tg_table *table, const char *list,
                            int64_t **places, int64_t *count)
{
    const int64_t most = table->column_count;
    *count = 0;
    if (!tg__table_alloc(report, &table->allocator, most, sizeof **places, places))
        return report->status;
    if (list) (void)read_list(report, table, list, *places, count);
    else
        for (; *count < most; ++*count) (*places)[*count] = *count;
    if (report->status == TG_OK) return TG_OK;
    tg__free(&table->allocator, *places);
    *places = NULL;
    *count = 0;
    return report->status;
}

/* ---- Words -------------------------------------------------------------------------- */

tg_status tg__words_copy(tg__report *report, const tg_allocator *allocator,
                         const char *const *words, int64_t count, char ***out)
{
    size_t text = 0, bytes;
    for (int64_t i = 0; i < count; i++) text += strlen(words[i]) + 1;
    if (!tg__size_mul((size_t)count, sizeof **out, &bytes) || !tg__size_add(bytes, text, &bytes))
        bytes = SIZE_MAX;
    *out = tg__alloc(allocator, bytes);
    if (!*out && bytes) return tg__complain_memory(report, bytes);
    char *next = (char *)(*out + count);
    for (int64_t i = 0; i < count; i++) {
        const size_t size = strlen(words[i]) + 1;
        (*out)[i] = memcpy(next, words[i], size);
        next += size;
    }
    return TG_OK;
}

int32_t tg__word_code(const tg_column *column, const char *word)
{
    int32_t first = 0, end = column->word_count;
    while (first < end) {
        const int32_t middle = first + (end - first) / 2;
        const int order = strcmp(word, column->words[middle]);
        if (order == 0) return middle;
        if (order < 0) end = middle;
        else first = middle + 1;
    }
    return -1;
}

/* ---- Keeping and taking away -------------------------------------------------------- */

/* Moves the columns at [places] to the front, in that order, and frees the others. [fresh] has room
 * for the columns that stay, [stays] for a flag for each column. */
static void keep(tg_table *table, const int64_t *places, int64_t count, tg_column *fresh,
                 bool *stays)
{
    for (int64_t i = 0; i < count; i++) {
        fresh[i] = table->columns[places[i]];
        stays[places[i]] = true;
    }
    for (int64_t i = 0; i < table->column_count; i++) {
        if (!stays[i]) tg__column_free(&table->allocator, &table->columns[i]);
        table->columns[i] = (tg_column){ .name = NULL };
    }
    for (int64_t i = 0; i < count; i++) table->columns[i] = fresh[i];
    table->column_count = count;
}

/* Replaces the list by that of all other columns; [stays] has room for flags. */
static void turn_around(const tg_table *table, int64_t *places, int64_t *count, bool *stays)
{
    for (int64_t i = 0; i < *count; i++) stays[places[i]] = true;
    *count = 0;
    for (int64_t i = 0; i < table->column_count; i++) {
        if (!stays[i]) places[(*count)++] = i;
        stays[i] = false;
    }
}

static tg_status choose(tg__report *report, tg_table *table, const char *columns, bool drop)
{
    int64_t *places = NULL, count = 0;
    bool *stays = NULL;
    tg_column *fresh = NULL;
    if (tg__table_check(report, table) != TG_OK) return report->status;
    const tg_allocator *allocator = &table->allocator;
    if (tg__columns_named(report, table, columns, &places, &count) == TG_OK &&
        tg__table_alloc(report, allocator, table->column_count, sizeof *stays, &stays) &&
        tg__table_alloc(report, allocator, table->column_count, sizeof *fresh, &fresh)) {
        if (drop) turn_around(table, places, &count, stays);
        keep(table, places, count, fresh, stays);
    }
    tg__free(allocator, places);
    tg__free(allocator, stays);
    tg__free(allocator, fresh);
    return report->status;
}

tg_status tg_table_select_at(tg_site at, tg_table *table, const char *columns, tg_error *error)
{
    tg__report report = tg__report_new(at, "tg_table_select", NULL, error);
    return choose(&report, table, columns, false);
}

tg_status tg_table_drop_at(tg_site at, tg_table *table, const char *columns, tg_error *error)
{
    tg__report report = tg__report_new(at, "tg_table_drop", NULL, error);
    return choose(&report, table, columns, true);
}
