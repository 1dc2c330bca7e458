/* gemm.c: the built-in matrix product, in the manner of Goto and van de Geijn, "Anatomy of
 * High-Performance Matrix Multiplication" (2008). Blocks of b and a are packed into scratch
 * memory that fits the caches; the inner kernel (gemm_tile.h) keeps a tile of c in registers.
 * Windows are not packed but read where they lie (gemm_slide.c).
 *
 * The order of an element's sum follows from the layout of the operands, from k and from whether m
 * or n is at most TG__GEMM_FEW (docs/sums.md). Whatever instruction set, tile and panel it falls
 * into, its bits are the same; but without fused multiply-adds, where products are rounded, they
 * differ. */
#include "kernels/accumulate.h"
#include "kernels/gemm_inside.h"

#include <string.h>

/* ---- The blocks ------------------------------------------------------------------------- */

/* Element (i, j) of a plain matrix. */
static const void *in(const tg__product *p, tg__matrix x, int64_t i, int64_t j)
{
    return (const unsigned char *)x.data + (i * x.row + j * x.column) * (int64_t)p->kernel->size;
}

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

/* Rows of b that are read once, and are contiguous, are read where they are. */
static bool reads_b_in_place(const tg__product *p, int64_t columns)
{
    return tg__is_plain(p->b) && p->b.column == 1 && p->m <= p->kernel->rows &&
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

/* Row [i] of a, packed if need be. */
static const void *contiguous_row(const tg__product *p, int64_t i)
{
    const void *a = in(p, p->a, i, 0);
    if (p->a.column == 1) return a;
    p->kernel->pack(1, 1, 1, p->k, a, 1, p->a.column, p->packed_a);
    return p->packed_a;
}

/* A few rows times a matrix whose columns are contiguous: packing it would cost more. */
static void multiply_by_dots(const tg__product *p)
{
    const tg__gemm_kernel *kernel = p->kernel;
    for (int64_t i = 0; i < p->m; i++)
        kernel->dots(p->n, p->k, contiguous_row(p, i), in(p, p->b, 0, 0), p->b.column,
                     tg__in_c(p, i, 0), p->c_column);
}

/* One row times a matrix whose rows are contiguous, each of them read once from end to end. False:
 * it is not that. */
static bool multiply_row(const tg__product *p)
{
    const tg__gemm_kernel *kernel = p->kernel;
    if (p->m != 1 || p->b.column != 1 || p->c_column != 1) return false;
    const int64_t depth = tg__gemm_depth(p->k);
    const unsigned char *a = contiguous_row(p, 0);
    for (int64_t d = 0; d < p->k; d += depth)
        kernel->row(p->n, tg__smaller(p->k - d, depth), a + d * (int64_t)kernel->size,
                    in(p, p->b, d, 0), p->b.row, p->c, d > 0);
    return true;
}

/* ---- A chunk ---------------------------------------------------------------------------- */

static bool multiply_small(const tg__product *p)
{
    return p->kernel->small(p->m, p->n, p->k, p->a.data, p->a.row, p->a.column, p->b.data, p->b.row,
                            p->b.column, p->c, p->c_row, p->c_column);
}

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

/* At most a chunk of k. */
static void multiply_chunk(const tg__product *part)
{
    tg__product p = *part, turned = transposed(p);
    if (p.order == TG__DOTS) {
        multiply_by_dots(&p);
        return;
    }
    if (p.order == TG__ALONG) {
        tg__gemm_along(&p);
        return;
    }
    const bool plain = tg__is_plain(p.a) && tg__is_plain(p.b);
    if (!plain && (tg__gemm_slide(&p) || tg__gemm_slide(&turned))) return;
    if (plain && (multiply_small(&p) || multiply_row(&p) || multiply_row(&turned))) return;
    /* Placing a transposed tile costs something, so it must be worth it. */
    const tg__gemm_kernel *kernel = p.kernel;
    const bool turns = work_in_tiles(kernel, p.n, p.m) * 1.25 < work_in_tiles(kernel, p.m, p.n);
    multiply_blocked(turns ? &turned : &p);
}

/* ---- Chunks ----------------------------------------------------------------------------- */

/* Adds [more] to the sums, and to [lost] what that rounds off. */
#define JOIN(type, T)                                                                              \
    static void join_##type(int64_t n, const T *more, T *sums, int64_t step, T *lost)              \
    {                                                                                              \
        for (int64_t i = 0; i < n; i++) tg__add_kept_##type(more[i], sums + i * step, lost + i);   \
    }                                                                                              \
    static void add_lost_##type(int64_t n, const T *lost, T *sums, int64_t step)                   \
    {                                                                                              \
        for (int64_t i = 0; i < n; i++) sums[i * step] += lost[i];                                 \
    }
JOIN(f32, float)
JOIN(f64, double)

/* The part of c whose sums, and what they lost, there is memory for: all of k. */
static void multiply_part(tg__product *p, void (*multiply)(const tg__product *))
{
    const size_t size = p->kernel->size;
    const int64_t chunk = tg__gemm_chunk(size), k = p->k;
    unsigned char *more = p->joins, *lost = more + TG__GEMM_JOIN_BYTES / 2;
    tg__product part = *p;
    memset(lost, 0, (size_t)(p->m * p->n) * size);
    for (int64_t d = 0; d < k; d += chunk) {
        part.k = tg__smaller(k - d, chunk);
        part.a = tg__matrix_from(p->a, 0, d, size);
        part.b = tg__matrix_from(p->b, d, 0, size);
        if (d > 0) {
            part.c = more;
            part.c_row = p->n;
            part.c_column = 1;
        }
        multiply(&part);
        for (int64_t i = 0; i < p->m && d > 0; i++) {
            const size_t at = (size_t)(i * p->n) * size;
            if (size == sizeof(float))
                join_f32(p->n, (float *)(void *)(more + at), tg__in_c(p, i, 0), p->c_column,
                         (float *)(void *)(lost + at));
            else
                join_f64(p->n, (double *)(void *)(more + at), tg__in_c(p, i, 0), p->c_column,
                         (double *)(void *)(lost + at));
        }
    }
    for (int64_t i = 0; i < p->m; i++) {
        const void *from = lost + (size_t)(i * p->n) * size;
        if (size == sizeof(float)) add_lost_f32(p->n, from, tg__in_c(p, i, 0), p->c_column);
        else add_lost_f64(p->n, from, tg__in_c(p, i, 0), p->c_column);
    }
}

void tg__gemm_chunks(const tg__product *p, void (*multiply)(const tg__product *part))
{
    enum { ROWS = 240 }; /* of a part, if that is not all of them */
    const size_t size = p->kernel->size;
    if (p->k <= tg__gemm_chunk(size)) {
        multiply(p);
        return;
    }
    const int64_t most = TG__GEMM_JOIN_BYTES / 2 / (int64_t)size;
    const int64_t columns = tg__smaller(p->n, most / tg__smaller(p->m, ROWS));
    const int64_t rows = tg__smaller(p->m, most / columns);
    for (int64_t i = 0; i < p->m; i += rows)
        for (int64_t j = 0; j < p->n; j += columns) {
            tg__product part = *p;
            part.m = tg__smaller(p->m - i, rows);
            part.n = tg__smaller(p->n - j, columns);
            part.a = tg__matrix_from(p->a, i, 0, size);
            part.b = tg__matrix_from(p->b, 0, j, size);
            part.c = tg__in_c(p, i, j);
            multiply_part(&part, multiply);
        }
}

/* ---- The product ------------------------------------------------------------------------ */

/* Few rows of a times contiguous columns of b, along a k that is worth lanes. */
static bool has_dots(const tg__product *p)
{
    return p->m <= TG__GEMM_FEW && p->b.row == 1 &&
           p->k * (int64_t)p->kernel->size >= 2 * TG__GEMM_LANE_BYTES;
}

/* The order of the sums, and which way round the product is for it; the instruction set has no say.
 */
static tg__product in_order(tg__product p)
{
    const tg__product turned = transposed(p);
    bool (*const in_lanes)(const tg__product *) =
        tg__is_plain(p.a) && tg__is_plain(p.b) ? has_dots : tg__gemm_runs_along;
    const int lanes = p.kernel->lanes;
    p.order = TG__CHAINS;
    if (tg__gemm_slides(&p, lanes) || tg__gemm_slides(&turned, lanes)) return p;
    if (!in_lanes(&p)) {
        if (!in_lanes(&turned)) return p;
        p = turned;
    }
    p.order = in_lanes == has_dots ? TG__DOTS : TG__ALONG;
    return p;
}

tg__product tg__gemm_product(tg__isa isa, tg_dtype dtype, int64_t m, int64_t n, int64_t k,
                             tg__matrix a, tg__matrix b, void *c, int64_t c_row, void *scratch)
{
    unsigned char *memory = scratch;
    return (tg__product){ .kernel = tg__gemm_choose(isa, dtype),
                          .m = m,
                          .n = n,
                          .k = k,
                          .a = a,
                          .b = b,
                          .c = c,
                          .c_row = c_row,
                          .c_column = 1,
                          .packed_a = memory,
                          .packed_b = memory + TG__GEMM_A_BYTES,
                          .joins = memory + TG__GEMM_A_BYTES + TG__GEMM_B_BYTES };
}

size_t tg__gemm_builtin_scratch(void)
{
    return TG__GEMM_A_BYTES + TG__GEMM_B_BYTES + TG__GEMM_JOIN_BYTES;
}

void tg__gemm_builtin(tg__isa isa, tg_dtype dtype, int64_t m, int64_t n, int64_t k, tg__matrix a,
                      tg__matrix b, void *c, int64_t c_row, void *scratch)
{
    if (m <= 0 || n <= 0) return;
    const tg__product p = tg__gemm_product(isa, dtype, m, n, k, a, b, c, c_row, scratch);
    if (k <= 0) {
        for (int64_t i = 0; i < m; i++) memset(tg__in_c(&p, i, 0), 0, (size_t)n * p.kernel->size);
        return;
    }
    const tg__product ordered = in_order(p);
    tg__gemm_chunks(&ordered, multiply_chunk);
}
