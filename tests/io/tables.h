/* tables.h: what the tests of tables share: files in memory, read as tables. */
#ifndef TG_TESTS_TABLES_H
#define TG_TESTS_TABLES_H

#include "one_file.h"
#include "tg_table.h"

#include <check.h>

#define OPTIONS(...) ((tg_read_table_args){ TG_READ_TABLE_DEFAULTS, __VA_ARGS__ })
#define DEFAULTS     ((tg_read_table_args){ TG_READ_TABLE_DEFAULTS })

/* Reads what quiet() has put there. */
static inline tg_status read_bytes(tg_table *out, tg_read_table_args args)
{
    const tg_io_layer io = memory_io(&layer);
    const tg_allocator allocator = counting_allocator(&heap);
    args.out = out;
    args.path = "file.0";
    args.error = &error;
    args.io = &io;
    args.allocator = &allocator;
    const tg_status status = tg_read_table_with(&args);
    ck_assert_int_eq(status, error.status);
    ck_assert_int_eq(layer.open_files, 0);
    return status;
}

/* The heap goes on where another table lives there. */
static inline tg_table read_fine(const char *text, tg_read_table_args args)
{
    bytes file = bytes_of_text(text);
    const int64_t before = heap.blocks;
    tg_table table;
    layer = (memory_layer){ .file = { file, file } };
    heap.fail_at = 0;
    ck_fine(read_bytes(&table, args));
    ck_assert_int_gt(heap.blocks, before);
    free(file.data);
    return table;
}

/* The last table that there is. */
static inline void free_table(tg_table *table)
{
    tg_table_free(table);
    ck_assert_int_eq(heap.blocks, 0);
}

/* Another one stays. */
static inline void free_table_among(tg_table *table, const tg_table *other)
{
    tg_table_free(table);
    ck_assert_ptr_nonnull(other->columns);
}

static inline void ck_refused_bytes(bytes file, tg_read_table_args args, tg_status status,
                                    const char *words)
{
    const int64_t before = heap.blocks;
    tg_table table;
    layer = (memory_layer){ .file = { file, file } };
    ck_told(read_bytes(&table, args), status, words);
    ck_assert(!table.columns && table.column_count == 0 && table.rows == 0);
    ck_assert_int_eq(heap.blocks, before);
}

static inline void ck_refused(const char *text, tg_read_table_args args, tg_status status,
                              const char *words)
{
    bytes file = bytes_of_text(text);
    ck_refused_bytes(file, args, status, words);
    free(file.data);
}

static inline void ck_column(const tg_table *table, int place, const char *name,
                             tg_column_type type)
{
    const tg_column *column = &table->columns[place];
    ck_assert_str_eq(column->name, name);
    ck_assert_msg(column->type == type, "%s: %d", name, (int)column->type);
    ck_assert_int_eq(column->values.shape.dim[0], table->rows);
}

static inline void ck_codes(const tg_table *table, const char *name, int count,
                            const int32_t *codes)
{
    const tg_column *column = tg_table_column(table, name);
    ck_assert_int_eq(column->type, TG_COLUMN_WORDS);
    ck_assert_int_eq(table->rows, count);
    for (int i = 0; i < count; i++) ck_assert_int_eq(((int32_t *)column->values.data)[i], codes[i]);
}

#endif
