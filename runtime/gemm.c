/* gemm.c: the built-in matrix product, in the manner of Goto and van de Geijn, "Anatomy of
 * High-Performance Matrix Multiplication" (2008). Blocks of b and a are packed into scratch
 * memory that fits the caches; the inner kernel (gemm_tile.h) keeps a tile of c in registers.
 * Windows are not packed but read where they lie (gemm_slide.c).
 *
 * An element of c is one chain of multiply-adds over k in blocks of DEPTH, whatever tile it
 * falls into; so cutting a product into panels, or exchanging its operands, changes no bits.
 * Only a matrix times a few vectors may sum in another order. */
#include "runtime/gemm_inside.h"

#include <string.h>

/* ---- The blocks ------------------------------------------------------------------------- */

/* Element (i, j) of a plain matrix. */
static const void *in(const tg__product *p, tg__matrix x, int64_t i, int64_t j)
{
    return (const unsigned char *)x.data + (i * x.row + j * x.column) * (int64_t)p->kernel->size;
}

static bool is_plain(tg__matrix x) { return !x.rows && !x.columns; }

/* One tile at (i, j) of c, of which [columns] are inside, and perhaps not all rows. */
static void multiply_tile(const tg__product *p, int64_t i, int64_t j, int height, int columns,
                          int64_t depth, const void *a, const void *b, int64_t b_row, bool add)
{
    const tg__gemm_kernel *kernel = p->kernel;
    const int rows = (int)tg__smaller(p->m - i, height);
    if (rows == height && columns == kernel->columns && p->c_column == 1) {
        kernel->tile(height, depth, a, b, b_row, tg__in_c(p, i, j), p->c_row, add);
        return;
    }
    _Alignas(64) unsigned char tile[TG__GEMM_TILE_BYTES];
    kernel->tile(height, depth, a, b, b_row, tile, kernel->columns, false);
    kernel->place(rows, columns, tile, kernel->columns, tg__in_c(p, i, j), p->c_row, p->c_column,
                  add);
}

/* ---- Packing ---------------------------------------------------------------------------- */

enum { SHORT_RUN = 8 };

/* Run by run; or, where runs across are short and those down contiguous, line by line. */
void tg__pack_panel(const tg__product *p, tg__matrix x, tg__side across, tg__side deep,
                    int64_t first, int count, int width, tg__range depth, unsigned char *out)
{
    const tg__gemm_kernel *kernel = p->kernel;
    const int64_t size = (int64_t)kernel->size;
    const unsigned char *from = x.data;
    const void *line[TG__GEMM_TILE_BYTES / 4], *here[TG__GEMM_TILE_BYTES / 4];
    const tg__walk begin = tg__walk_from(across, first);
    tg__walk down = tg__walk_from(deep, depth.first);
    const bool by_lines = across.steps && tg__walk_ahead(&begin, count) < SHORT_RUN &&
                          down.stride == 1 && tg__walk_ahead(&down, depth.last - depth.first) >= 4;
    if (by_lines) tg__find_lines(p, x, across, first, count, line);
    for (int64_t d = depth.first, length; d < depth.last; d += length) {
        length = tg__walk_ahead(&down, depth.last - d);
        const int64_t at = tg__walk_over(&down, length);
        unsigned char *to = out + (size_t)((d - depth.first) * width) * kernel->size;
        if (by_lines) {
            for (int i = 0; i < count; i++) here[i] = (const unsigned char *)line[i] + at * size;
            kernel->pack_lines(width, count, length, here, to);
            continue;
        }
        tg__walk walk = begin;
        for (int i = 0, lines; i < count; i += lines) {
            lines = (int)tg__walk_ahead(&walk, count - i);
            const int64_t start = tg__walk_over(&walk, lines);
            kernel->pack(width, lines, i + lines == count ? width - i : lines, length,
                         from + (start + at) * size, walk.stride, down.stride,
                         to + (size_t)i * kernel->size);
        }
    }
}

void tg__pack_a(const tg__product *p, tg__range rows, tg__range depth)
{
    const tg__gemm_kernel *kernel = p->kernel;
    unsigned char *out = p->packed_a;
    for (int64_t i = rows.first, height; i < rows.last; i += height) {
        height = tg__tile_rows(kernel, rows.last - i);
        tg__pack_panel(p, p->a, tg__rows_of(p->a), tg__columns_of(p->a), i,
                       (int)tg__smaller(rows.last - i, height), (int)height, depth, out);
        out += (size_t)((depth.last - depth.first) * height) * kernel->size;
    }
}

/* Rows of b that are read once, and are contiguous, are read where they are. */
static bool reads_b_in_place(const tg__product *p, int64_t columns)
{
    return is_plain(p->b) && p->b.column == 1 && p->m <= p->kernel->rows &&
           columns == p->kernel->columns;
}

static void pack_b(const tg__product *p, tg__range columns, tg__range depth)
{
    const tg__gemm_kernel *kernel = p->kernel;
    const int64_t length = depth.last - depth.first;
    unsigned char *out = p->packed_b;
    for (int64_t j = columns.first; j < columns.last; j += kernel->columns) {
        const int count = (int)tg__smaller(columns.last - j, kernel->columns);
        if (!reads_b_in_place(p, count)) {
            tg__pack_panel(p, p->b, tg__columns_of(p->b), tg__rows_of(p->b), j, count,
                           kernel->columns, depth, out);
        }
        out += (size_t)length * (size_t)kernel->columns * kernel->size;
    }
}

static void multiply_block(const tg__product *p, tg__range rows, tg__range columns, tg__range depth)
{
    const tg__gemm_kernel *kernel = p->kernel;
    const int64_t length = depth.last - depth.first;
    const size_t b_panel = (size_t)length * (size_t)kernel->columns * kernel->size;
    const unsigned char *b = p->packed_b;
    for (int64_t j = columns.first; j < columns.last; j += kernel->columns, b += b_panel) {
        const int width = (int)tg__smaller(columns.last - j, kernel->columns);
        const bool in_place = reads_b_in_place(p, width);
        const void *b_rows = in_place ? in(p, p->b, depth.first, j) : b;
        const int64_t b_row = in_place ? p->b.row : kernel->columns;
        const unsigned char *a = p->packed_a;
        for (int64_t i = rows.first, height; i < rows.last; i += height) {
            height = tg__tile_rows(kernel, rows.last - i);
            multiply_tile(p, i, j, (int)height, width, length, a, b_rows, b_row, depth.first > 0);
            a += (size_t)(length * height) * kernel->size;
        }
    }
}

static void multiply_blocked(const tg__product *p)
{
    const tg__gemm_kernel *kernel = p->kernel;
    const int64_t most_depth = tg__gemm_depth(p->k);
    const int64_t line = most_depth * (int64_t)kernel->size;
    const int64_t most_rows = TG__GEMM_A_BYTES / line / kernel->rows * kernel->rows;
    const int64_t most_columns = TG__GEMM_B_BYTES / line / kernel->columns * kernel->columns;

    tg__range columns, depth, rows;
    for (columns.first = 0; columns.first < p->n; columns.first = columns.last) {
        columns.last = columns.first + tg__smaller(p->n - columns.first, most_columns);
        for (depth.first = 0; depth.first < p->k; depth.first = depth.last) {
            depth.last = depth.first + tg__smaller(p->k - depth.first, most_depth);
            pack_b(p, columns, depth);
            for (rows.first = 0; rows.first < p->m; rows.first = rows.last) {
                rows.last = rows.first + tg__smaller(p->m - rows.first, most_rows);
                tg__pack_a(p, rows, depth);
                multiply_block(p, rows, columns, depth);
            }
        }
    }
}

/* A few rows times a matrix whose columns are contiguous: packing it would cost more. */
static void multiply_by_dots(const tg__product *p)
{
    const tg__gemm_kernel *kernel = p->kernel;
    const int64_t most_depth = p->a.column == 1 ? p->k : TG__GEMM_A_BYTES / (int64_t)kernel->size;
    for (int64_t i = 0; i < p->m; i++) {
        for (int64_t first = 0; first < p->k; first += most_depth) {
            const int64_t depth = tg__smaller(p->k - first, most_depth);
            const void *a = in(p, p->a, i, first);
            if (p->a.column != 1) {
                kernel->pack(1, 1, 1, depth, a, 1, p->a.column, p->packed_a);
                a = p->packed_a;
            }
            kernel->dots(p->n, depth, a, in(p, p->b, first, 0), p->b.column, tg__in_c(p, i, 0),
                         p->c_column, first > 0);
        }
    }
}

/* ---- The product ------------------------------------------------------------------------ */

static tg__matrix turned(tg__matrix x)
{
    return (tg__matrix){ x.data, x.column, x.row, x.columns, x.rows, x.first_column, x.first_row };
}

static tg__product transposed(tg__product p)
{
    tg__product other = p;
    other.m = p.n;
    other.n = p.m;
    other.a = turned(p.b);
    other.b = turned(p.a);
    other.c_row = p.c_column;
    other.c_column = p.c_row;
    return other;
}

/* The elements of c that the tiles compute, those beyond its edges too. */
static double work_in_tiles(const tg__gemm_kernel *kernel, int64_t m, int64_t n)
{
    int64_t rows = m / kernel->rows * kernel->rows;
    if (rows > 0 && m > rows) rows -= kernel->rows; /* the last ones may be cut otherwise */
    while (rows < m) rows += tg__tile_rows(kernel, m - rows);
    return (double)rows * (double)tg__parts_of(n, kernel->columns) * kernel->columns;
}

size_t tg__gemm_builtin_scratch(void) { return TG__GEMM_A_BYTES + TG__GEMM_B_BYTES; }

void tg__gemm_builtin(tg__isa isa, tg_dtype dtype, int64_t m, int64_t n, int64_t k, tg__matrix a,
                      tg__matrix b, void *c, int64_t c_row, void *scratch)
{
    if (m <= 0 || n <= 0) return;
    const tg__gemm_kernel *kernel = tg__gemm_choose(isa, dtype);
    if (k <= 0) {
        for (int64_t i = 0; i < m; i++) {
            memset((unsigned char *)c + (size_t)(i * c_row) * kernel->size, 0,
                   (size_t)n * kernel->size);
        }
        return;
    }
    unsigned char *packed = scratch;
    tg__product p = { kernel, m, n, k, a, b, c, c_row, 1, packed, packed + TG__GEMM_A_BYTES };
    const bool plain = is_plain(p.a) && is_plain(p.b);
    if (!plain) {
        const tg__product turned = transposed(p);
        if (tg__gemm_slide(&p) || tg__gemm_slide(&turned) || tg__gemm_along(&p) ||
            tg__gemm_along(&turned))
            return;
    }
    /* Placing a transposed tile costs something, so it must be worth it. */
    if (work_in_tiles(kernel, n, m) * 1.25 < work_in_tiles(kernel, m, n)) p = transposed(p);
    if (plain && p.m <= TG__GEMM_FEW && p.b.row == 1) multiply_by_dots(&p);
    else multiply_blocked(&p);
}
