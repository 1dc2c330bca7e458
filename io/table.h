/* table.h: what the files of tables share. A table is read in two steps: table_read.c reads a file
 * as rows of text, table_cells.c makes columns of these. */
#ifndef TG_TABLE_INTERNAL_H
#define TG_TABLE_INTERNAL_H

#include "tg_table.h"
#include "io/csv.h"
#include "io/number.h"

/* ---- Columns ------------------------------------------------------------------------ */

void tg__column_free(const tg_allocator *allocator, tg_column *column);
/* TG_OK if this is a valid table; else reports an error about [name]. */
tg_status tg__table_check(tg__report *report, const tg_table *table);
/* The indices of the columns in the list; NULL lists all. The caller frees them with tg__free;
 * there is room for all columns. Reports names that the table does not have, and duplicates. */
tg_status tg__columns_named(tg__report *report, const tg_table *table, const char *list,
                            int64_t **places, int64_t *count);
/* The index of a column; -1, with an error in the report, if there is none. */
int64_t tg__column_named(tg__report *report, const tg_table *table, const char *name);
/* Allocates [count] elements; reports missing memory. 0 elements are no error, and *out may be
 * NULL. */
bool tg__table_alloc(tg__report *report, const tg_allocator *allocator, int64_t count, size_t size,
                     void *out_pointer);
/* Copies words[count] into one block. */
tg_status tg__words_copy(tg__report *report, const tg_allocator *allocator,
                         const char *const *words, int64_t count, char ***out);
/* The code of a word; -1 if the column does not have it. */
int32_t tg__word_code(const tg_column *column, const char *word);
/* "number", "integer", "words". */
const char *tg__column_type_name(tg_column_type type);

/* ---- Rows of text ------------------------------------------------------------------- */

/* All fields, row by row, each with a 0 at the end. */
typedef struct tg__cells {
    tg__growing text;  /* char */
    tg__growing lines; /* int64_t [rows]: the line on which each row begins */
    int64_t columns, rows;
} tg__cells;

/* Makes the columns. On an error *args->out stays empty. */
tg_status tg__cells_to_table(tg__report *report, const tg_read_table_args *args,
                             const tg_allocator *allocator, const tg__cells *cells);

#endif
