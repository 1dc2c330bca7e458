/* strided.h: walking a view's elements in their logical order. */
#ifndef TG_STRIDED_H
#define TG_STRIDED_H

#include "kernels/view.h"

/* Copies elements [first, first + count) of a collapsed view (tg__view_collapse), each of
 * [size] bytes, to out, densely. [base] is element 0 of what the view looks at. */
void tg__view_load(const tg__view *view, size_t size, const void *base, int64_t first,
                   int64_t count, void *out);
/* The same [columns] times, column c from base[at[c]] on; their results one after the other. */
void tg__view_load_columns(const tg__view *view, size_t size, const void *base, int64_t columns,
                           const int64_t *at, int64_t first, int64_t count, void *out);
/* Between [rows, columns] and [columns, rows]: transposes. */
void tg__rows_to_columns(size_t size, const void *from, int64_t rows, int64_t columns, void *to);
void tg__columns_to_rows(size_t size, const void *from, int64_t rows, int64_t columns, void *to);
/* out[0 .. count) = the one element at [value]. */
void tg__fill(size_t size, const void *value, int64_t count, void *out);

#endif
