/* tg_table.h: tables from CSV files, with names, numbers, words and missing values; and arrays for
 * a model made of them.
 *
 *     tg_error error;
 *     tg_table table;
 *     tg_dataset data;
 *     if (tg_read_table(&table, "income.csv", &error) ||
 *         tg_table_drop(&table, "id", &error) ||
 *         tg_table_fill(&table, "age, hours", TG_FILL_MEDIAN, &error) ||
 *         tg_table_matrix(&table, &data.x, &error, .except = "class", .one_hot = true) ||
 *         tg_table_labels(&table, "class", &data.y, &error))
 *         return fprintf(stderr, "%s\n", error.text), 1;
 *     printf("class 0 is %s\n", tg_table_column(&table, "class")->words[0]);
 *
 * Lists of columns are names separated by commas: "age, hours". Blanks around a name are ignored; a
 * name with a comma is quoted as in the file: "age, \"height, cm\"". NULL is the list of all
 * columns, "" that of none. A name that the table does not have is an error.
 *
 * Functions that change a table do so in place, completely or not at all. Functions return the
 * status of their `tg_error *`, which may be NULL, and leave their outputs empty on an error. */
#ifndef TG_TABLE_H
#define TG_TABLE_H

#include "tg_io.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Tables ----------------------------------------------------------------------------- */

typedef enum tg_column_type {
    TG_COLUMN_NUMBER = 1, /* "number": f64; NaN if missing */
    TG_COLUMN_INTEGER,    /* "integer": i64; 0 if missing */
    TG_COLUMN_WORDS       /* "words": i32 codes; -1 if missing */
} tg_column_type;

/* A column owns all that it points at. Its values may be changed in place; a code must be -1 or an
 * index of a word. */
typedef struct tg_column {
    char *name;
    tg_column_type type;
    tg_array values;       /* [rows] */
    bool *missing;         /* [rows]: is the value missing? NULL if none is */
    int64_t missing_count; /* number of missing values */
    char **words;          /* [word_count]: the word of each code; unique, in the order of their
                              bytes */
    int32_t word_count;
} tg_column;

/* An empty one is all zero. Copying the struct does not copy the data: free only one of the
 * copies. */
typedef struct tg_table {
    tg_column *columns; /* [column_count] */
    int64_t column_count;
    int64_t rows;
    tg_allocator allocator;
} tg_table;

/* Accepts NULL and an empty table. */
TG_API void tg_table_free(tg_table *table);
/* The column of that name, or NULL. */
TG_API const tg_column *tg_table_column(const tg_table *table, const char *name);
/* Keeps the columns of the list, in its order; each may be listed once. */
TG_API tg_status tg_table_select_at(tg_site at, tg_table *table, const char *columns,
                                    tg_error *error);
/* Removes the columns of the list. */
TG_API tg_status tg_table_drop_at(tg_site at, tg_table *table, const char *columns,
                                  tg_error *error);

/* ---- Reading ---------------------------------------------------------------------------- */

/* The limits of a file. */
enum { TG_TABLE_MAX_COLUMNS = 1 << 16 };

typedef struct tg_read_table_args {
    size_t struct_size;
    tg_site at;
    tg_table *out;
    const char *path;
    tg_error *error;
    int64_t header;      /* does the first row have the names? 1, 0; default TG_AUTO: see below */
    char separator;      /* default: detected, see below */
    char decimal;        /* the decimal sign, '.' (default) or ',' */
    const char *missing; /* a list; default: the marks below */
    const char *types;   /* "zip: words, age: number"; default: detected, see below */
    bool nonfinite;      /* nan, inf and infinity are numbers */
    char comment;        /* lines that begin with it are skipped; default: none */
    int64_t skip_lines;  /* lines to skip at the top; default 0 */
    const tg_table *like; /* default: none */
    bool unknown_missing; /* with .like: words that it does not have are missing values, not an
                             error */
    const tg_io_layer *io;         /* default: POSIX */
    const tg_allocator *allocator; /* copied into the table; default: the C library's */
} tg_read_table_args;
#define TG_READ_TABLE_DEFAULTS                                                                     \
    .struct_size = TG_OPTIONS_SIZE(tg_read_table_args, allocator), .header = TG_AUTO, .decimal = '.'

/* tg_read_table(&table, "income.csv", &error, .missing = "?", .types = "zip: words").
 *
 * Plain or gzip; UTF-8 or any encoding that contains ASCII, with or without a byte order mark;
 * lines that end in LF or CRLF. A field that begins with a quote ends with one, and may have
 * separators, line ends, and quotes written twice; blanks around other fields are ignored. Blank
 * lines are skipped. All rows must have as many fields as the first one. Errors, with file and
 * line: a row with another number of fields, a NUL byte, a quote that is not closed, a row of more
 * than TG_CSV_MAX_LINE bytes, more than TG_TABLE_MAX_COLUMNS columns, a file without a row.
 *
 * Separator: of tab, semicolon, bar and comma (except the decimal sign), those that occur equally
 * often, outside of quotes, in each of the first lines; of these the most frequent one; of equally
 * frequent ones the first in this list. If there is none, the table has one column.
 *
 * Header: with TG_AUTO the first row has the names if none of its fields is a number, not all are
 * missing, and either some column has a number below, or (in a table of words alone) no field of
 * the row occurs again in its column. With .like, if the row has the names of that table. Columns
 * with an empty name, or all columns if there is no header, are named by their index, from "0" on.
 * Two columns with the same name are an error.
 *
 * Missing: an empty field, quoted or not, and any text in the list .missing; its default is "NA,
 * N/A, NaN, nan, NULL, null, ?"; with "" only empty fields are missing.
 *
 * Types: a column whose values (except missing ones) are all 64-bit whole numbers is of integers;
 * if all are numbers, of numbers, correctly rounded; else of words. Also words: dates, numbers with
 * leading zeros (01234), and a column without any value. A given type must fit: a field that is no
 * number in a column of numbers is an error with line, column and text. Words are numbered in the
 * order of their bytes (in UTF-8 that of their code points), so codes depend on the set of words,
 * not on the order of the rows.
 *
 * .like = &table reads a file with the same columns, by name and order, with the types and the
 * words of that table, so that codes mean the same in both: for a test set, or for predictions. */
TG_API tg_status tg_read_table_with(const tg_read_table_args *args);

/* ---- Missing values --------------------------------------------------------------------- */

/* Removes all rows in which a column of the list has no value. */
TG_API tg_status tg_table_drop_missing_at(tg_site at, tg_table *table, const char *columns,
                                          tg_error *error);

typedef enum tg_fill {
    TG_FILL_VALUE = 1, /* .value; for words .word */
    TG_FILL_MEAN,      /* numbers and integers */
    TG_FILL_MEDIAN,    /* numbers and integers; of an even count, the mean of the two in the
                          middle */
    TG_FILL_MOST       /* the most frequent one; of several the smallest, of words the first */
} tg_fill;

typedef struct tg_table_fill_args {
    size_t struct_size;
    tg_site at;
    tg_table *table;
    const char *columns;
    tg_fill with;
    tg_error *error;
    double value;        /* default 0 */
    const char *word;    /* default: none */
    const tg_table *from; /* default: the table itself */
} tg_table_fill_args;
#define TG_TABLE_FILL_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_table_fill_args, from)

/* tg_table_fill(&table, "age, hours", TG_FILL_MEDIAN, &error): replaces missing values by a value
 * computed from the column, or by a given one. A column of integers becomes one of numbers if the
 * value is no integer; a .word that the column does not have is added, and the codes behind it are
 * increased. Columns without missing values are not changed. A column without any value has no
 * mean, median or most frequent value: an error.
 *
 * .from = &train takes means, medians and most frequent values from the columns with the same names
 * in another table, as for a test set; words must be the same in both (.like). */
TG_API tg_status tg_table_fill_with(const tg_table_fill_args *args);

/* ---- Arrays of columns ------------------------------------------------------------------ */

typedef struct tg_table_matrix_args {
    size_t struct_size;
    tg_site at;
    const tg_table *table;
    tg_array *out;
    tg_error *error;
    const char *columns;           /* a list; default: all */
    const char *except;            /* a list of columns that are left out; default: none */
    tg_dtype dtype;                /* TG_F32 (default) or TG_F64 */
    bool one_hot;                  /* a column of words becomes a column of 0 and 1 for each word */
    bool keep_missing;             /* a missing number is NaN, not an error; of a missing word
                                      all columns are 0 */
    const tg_allocator *allocator; /* default: the table's */
} tg_table_matrix_args;
#define TG_TABLE_MATRIX_DEFAULTS                                                                   \
    .struct_size = TG_OPTIONS_SIZE(tg_table_matrix_args, allocator), .dtype = TG_F32

/* tg_table_matrix(&table, &x, &error, .except = "class", .one_hot = true): columns side by side,
 * [rows, n], in the order of the list, or of the table. A column of words is an error without
 * .one_hot; with it there is a column for each word. A missing value is an error that names the
 * column; so is a number that f32 cannot hold. */
TG_API tg_status tg_table_matrix_with(const tg_table_matrix_args *args);

/* A column as labels: TG_I32 [rows]. For words the codes, with the words as names of the classes;
 * for integers the values, if i32 holds them. Missing values and a column of numbers are errors
 * (for numbers to predict use a tg_table_matrix of that column). */
TG_API tg_status tg_table_labels_at(tg_site at, const tg_table *table, const char *column,
                                    tg_array *out, tg_error *error);

/* ---- Writing ---------------------------------------------------------------------------- */

typedef struct tg_write_table_args {
    size_t struct_size;
    tg_site at;
    const tg_table *table;
    const char *path;
    tg_error *error;
    char separator;      /* default ',' */
    char decimal;        /* the decimal sign, '.' (default) or ',' */
    bool no_header;      /* no row of names */
    const char *missing; /* the text for a missing value; default: an empty field */
    const tg_io_layer *io; /* default: POSIX */
} tg_write_table_args;
#define TG_WRITE_TABLE_DEFAULTS                                                                    \
    .struct_size = TG_OPTIONS_SIZE(tg_write_table_args, io), .separator = ',', .decimal = '.'

/* tg_write_table(&table, "out.csv", &error, .missing = "NA"): writes a file that tg_read_table
 * reads back, bit for bit, if the types of words that look like numbers are given. A number has the
 * fewest digits that give the same value; words are quoted if necessary. The file appears complete
 * or not at all, as by tg_save. */
TG_API tg_status tg_write_table_with(const tg_write_table_args *args);

typedef struct tg_write_csv_args {
    size_t struct_size;
    tg_site at;
    const tg_array *array;
    const char *path;
    tg_error *error;
    const char *header;  /* a list of names, one for each column; default: none */
    char separator;      /* default ',' */
    const tg_io_layer *io; /* default: POSIX */
} tg_write_csv_args;
#define TG_WRITE_CSV_DEFAULTS                                                                      \
    .struct_size = TG_OPTIONS_SIZE(tg_write_csv_args, io), .separator = ','

/* tg_write_csv(&array, "out.csv", &error, .header = "x, y"): writes an array of any dtype, [rows,
 * columns] or [rows], as tg_read_csv reads it: a line for each row. Bools are 0 and 1. NaN and
 * infinities are nan, inf and -inf, which need .nonfinite to be read. */
TG_API tg_status tg_write_csv_with(const tg_write_csv_args *args);

#ifdef __cplusplus
}
#endif

/* How C programs call these: the macros supply the call's site, and the defaults of options. */
#ifndef __cplusplus
#define tg_table_select(...) tg_table_select_at(TG_HERE, __VA_ARGS__)
#define tg_table_drop(...) tg_table_drop_at(TG_HERE, __VA_ARGS__)
#define tg_read_table(...)                                                                         \
    tg_read_table_with(                                                                            \
        &(tg_read_table_args){ TG_READ_TABLE_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_table_drop_missing(...) tg_table_drop_missing_at(TG_HERE, __VA_ARGS__)
#define tg_table_fill(...)                                                                         \
    tg_table_fill_with(                                                                            \
        &(tg_table_fill_args){ TG_TABLE_FILL_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_table_matrix(...)                                                                       \
    tg_table_matrix_with(                                                                          \
        &(tg_table_matrix_args){ TG_TABLE_MATRIX_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_table_labels(...) tg_table_labels_at(TG_HERE, __VA_ARGS__)
#define tg_write_table(...)                                                                        \
    tg_write_table_with(                                                                           \
        &(tg_write_table_args){ TG_WRITE_TABLE_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_write_csv(...)                                                                          \
    tg_write_csv_with(&(tg_write_csv_args){ TG_WRITE_CSV_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#endif

#endif
