/* gemm.c: the built-in matrix product, in the manner of Goto and van de Geijn, "Anatomy of
 * High-Performance Matrix Multiplication" (2008): the inner kernel (gemm_tile.h) keeps a tile of c
 * in registers, and blocks of b and a are packed into scratch memory that fits the caches.
 *
 * Packing takes 0.25 to 0.5 cycles an element, in which a core could make 4 to 16 multiply-adds. It
 * pays where an element is used often. So operands are read where they lie if few tiles share a
 * part of them; and the transposed product is computed if it has less to pack: x . w^T with few
 * rows of x and a large w packs only x that way. Windows are never packed (gemm_slide.c,
 * gemm_runs.c).
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

/* The tiles whose first is at (i, j) of c, of which [columns] are inside, and perhaps not all rows
 * of the last. */
static void multiply_tiles(const tg__product *p, tg__tiles *t, int64_t i, int64_t j, int columns)
{
    const tg__gemm_kernel *kernel = p->kernel;
    if (i + t->count * t->rows <= p->m && columns == kernel->columns) {
        t->c = tg__in_c(p, i, j);
        t->c_row = p->c_row;
        kernel->tile(t);
        return;
    }
    _Alignas(64) unsigned char tile[TG__GEMM_TILE_BYTES];
    tg__tiles one = *t;
    one.count = 1;
    one.c = tile;
    one.c_row = kernel->columns;
    one.add = false;
    for (int64_t n = t->count; n > 0; n--, i += one.rows) {
        kernel->tile(&one);
        kernel->place((int)tg__smaller(p->m - i, one.rows), columns, tile, kernel->columns,
                      tg__in_c(p, i, j), p->c_row, 1, t->add);
        one.a = (const unsigned char *)one.a + one.a_tile * (int64_t)kernel->size;
    }
}

/* Which parts of the operands are read where they lie: packing them would cost more than it gains.
 * The others, and parts of tiles at an edge, are packed. */
typedef struct in_place {
    bool a, b;
} in_place;

static in_place choose(const tg__product *p)
{
    /* That read the same part. Where a step along k is in another line, tiles of a get in each
     * other's way in the cache. */
    enum { FEW_TILES = 8, FEW_PANELS = 4, FEW_PANELS_IN_LINES = 32 };
    const tg__gemm_kernel *kernel = p->kernel;
    const bool in_lines = p->a.column == 1, beside = p->a.row == 1;
    const int64_t panels = in_lines ? FEW_PANELS_IN_LINES : beside ? FEW_PANELS : 0;
    if (tg__gemm_has_runs(p)) return (in_place){ .a = true };
    return (in_place){
        .a = tg__is_plain(p->a) && p->n <= panels * kernel->columns,
        .b = tg__is_plain(p->b) && p->b.column == 1 && p->m <= FEW_TILES * kernel->rows,
    };
}

/* How many tiles of that height are next; the first of them may not be full, then it is alone. */
static int64_t equal_tiles(const tg__gemm_kernel *kernel, int64_t rows, int height)
{
    int64_t count = 1;
    while (rows - count * height >= height &&
           tg__tile_rows(kernel, rows - count * height) == height)
        count++;
    return count;
}

/* Where both operands are packed or lie along k as [depth] says; of which [terms] are multiplied.
 */
static void multiply_block(const tg__product *p, in_place where, tg__range rows, tg__range columns,
                           tg__range depth, tg__range terms)
{
    const tg__gemm_kernel *kernel = p->kernel;
    const int64_t length = depth.last - depth.first, size = (int64_t)kernel->size;
    const int64_t from = terms.first - depth.first;
    for (int64_t i = rows.first, count; i < rows.last; i += count) {
        const int height = tg__tile_rows(kernel, rows.last - i);
        tg__tiles t = { .rows = height,
                        .k = terms.last - terms.first,
                        .add = p->adds || depth.first > 0 };
        t.count = equal_tiles(kernel, rows.last - i, height);
        count = t.count * height;
        if (where.a && i + count <= rows.last) {
            t.a = in(p, p->a, i, depth.first);
            t.a_row = p->a.row;
            t.a_step = p->a.column;
            t.a_tile = height * p->a.row;
        } else {
            t.a = p->packed_a + (i - rows.first) * length * size;
            t.a_row = 1;
            t.a_step = height;
            t.a_tile = height * length;
        }
        t.a = (const unsigned char *)t.a + from * t.a_step * size;
        for (int64_t j = columns.first; j < columns.last; j += kernel->columns) {
            const int width = (int)tg__smaller(columns.last - j, kernel->columns);
            const bool lies = where.b && width == kernel->columns;
            t.b = lies ? in(p, p->b, depth.first, j)
                       : p->packed_b + (j - columns.first) * length * size;
            t.b_row = lies ? p->b.row : kernel->columns;
            t.b = (const unsigned char *)t.b + from * t.b_row * size;
            multiply_tiles(p, &t, i, j, width);
        }
    }
}

/* The last rows may fill a tile in part: then they are packed. */
static void pack_rows(const tg__product *p, bool lies, tg__range rows, tg__range depth)
{
    const tg__gemm_kernel *kernel = p->kernel;
    int64_t i = rows.first;
    while (lies && i < rows.last) {
        const int height = tg__tile_rows(kernel, rows.last - i);
        if (i + height > rows.last) break;
        i += height;
    }
    const int64_t line = (depth.last - depth.first) * (int64_t)kernel->size;
    tg__pack_a(p, (tg__range){ i, rows.last }, depth, p->packed_a + (i - rows.first) * line);
}

static void pack_columns(const tg__product *p, bool lies, tg__range columns, tg__range depth)
{
    const int64_t count = columns.last - columns.first;
    const int64_t j = columns.first + (lies ? count - count % p->kernel->columns : 0);
    const int64_t line = (depth.last - depth.first) * (int64_t)p->kernel->size;
    tg__pack_b(p, (tg__range){ j, columns.last }, depth, p->packed_b + (j - columns.first) * line);
}

/* All rows, where those columns of b are packed, or read where they lie: as many at once as find
 * room when a is packed. But for the last part of k, all are as deep as the first. */
static void multiply_rows(const tg__product *p, in_place where, tg__range columns, tg__range depth,
                          tg__range terms)
{
    const tg__gemm_kernel *kernel = p->kernel;
    const int64_t line = tg__gemm_depth(p->k) * (int64_t)kernel->size;
    const int64_t block = tg__gemm_a_block(p, p->m * line);
    const int64_t most = block / line / kernel->rows * kernel->rows;
    for (tg__range rows = { 0, 0 }; rows.first < p->m; rows.first = rows.last) {
        rows.last = rows.first + tg__smaller(p->m - rows.first, most);
        pack_rows(p, where.a, rows, depth);
        multiply_block(p, where, rows, columns, depth, terms);
    }
}

/* The rows of c are contiguous. */
static void multiply_blocked(const tg__product *p)
{
    if (tg__gemm_has_runs(p)) {
        tg__gemm_by_runs(p);
        return;
    }
    const tg__gemm_kernel *kernel = p->kernel;
    const in_place where = choose(p);
    const int64_t most_depth = tg__gemm_depth(p->k);
    const int64_t line = most_depth * (int64_t)kernel->size;
    const int64_t block = tg__gemm_b_block(p, p->n * line);
    const int64_t most_columns = block / line / kernel->columns * kernel->columns;

    tg__range columns, depth;
    for (columns.first = 0; columns.first < p->n; columns.first = columns.last) {
        columns.last = columns.first + tg__smaller(p->n - columns.first, most_columns);
        for (depth.first = 0; depth.first < p->k; depth.first = depth.last) {
            depth.last = depth.first + tg__smaller(p->k - depth.first, most_depth);
            pack_columns(p, where.b, columns, depth);
            multiply_rows(p, where, columns, depth, depth);
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

static tg__product transposed(const tg__product *p)
{
    tg__product other = *p;
    other.m = p->n;
    other.n = p->m;
    other.a = turned(p->b);
    other.b = turned(p->a);
    other.c_row = p->c_column;
    other.c_column = p->c_row;
    return other;
}

/* The columns of c are contiguous: a part of it is computed in scratch memory, and transposed. */
static void multiply_turned(const tg__product *p)
{
    const int64_t size = (int64_t)p->kernel->size, most = TG__GEMM_TURN_BYTES / size;
    const int64_t columns = tg__smaller(p->n, most / p->kernel->rows);
    const int64_t parts = tg__parts_of(p->m, most / columns); /* about equally many rows each */
    const int64_t tiles = tg__parts_of(tg__parts_of(p->m, parts), p->kernel->rows);
    const int64_t rows = tg__smaller(tiles * p->kernel->rows, most / columns);
    tg__product part = *p;
    part.c = p->turns;
    part.c_column = 1;
    for (int64_t j = 0; j < p->n; j += columns)
        for (int64_t i = 0; i < p->m; i += rows) {
            part.m = tg__smaller(p->m - i, rows);
            part.n = part.c_row = tg__smaller(p->n - j, columns);
            part.a = tg__matrix_from(p->a, i, 0, p->kernel->size);
            part.b = tg__matrix_from(p->b, 0, j, p->kernel->size);
            multiply_blocked(&part);
            p->kernel->turn(part.m, part.n, part.c, part.c_row, tg__in_c(p, i, j), p->c_column);
        }
}

/* The elements of c that the tiles compute, those beyond its edges too. [wide]: of what width they
 * are at least. */
static double work_in_tiles(const tg__gemm_kernel *kernel, int64_t m, int64_t n, int wide)
{
    int64_t rows = m / kernel->rows * kernel->rows;
    if (rows > 0 && m > rows) rows -= kernel->rows; /* the last ones may be cut otherwise */
    while (rows < m) rows += tg__tile_rows(kernel, m - rows);
    return (double)rows * (double)tg__parts_of(n, wide) * wide;
}

/* What multiply_blocked takes, about: cycles, of which each multiplies and adds two vectors. */
static const double COPYING = 0.25, TRANSPOSING = 0.5; /* cycles an element */
static double cycles_of(const tg__product *p)
{
    const in_place where = choose(p);
    const double m = (double)p->m, n = (double)p->n, k = (double)p->k;
    const int columns = p->kernel->columns, wide = tg__gemm_has_runs(p) ? columns / 2 : columns;
    double cycles = work_in_tiles(p->kernel, p->m, p->n, wide) * k / columns;
    if (!where.a) cycles += m * k * (p->a.row == 1 ? COPYING : TRANSPOSING);
    if (!where.b) cycles += n * k * (p->b.column == 1 ? COPYING : TRANSPOSING);
    return cycles;
}

/* Is the transposed product worth it? */
static bool turns(const tg__product *p, const tg__product *turned)
{
    const double turning = (double)p->m * (double)p->n * TRANSPOSING;
    return cycles_of(turned) + turning < cycles_of(p);
}

/* Nothing to pack but perhaps the last rows, and no tile beyond the right edge: there is no better
 * way. */
static bool fits(const tg__product *p)
{
    const in_place where = choose(p);
    return where.a && where.b && p->m >= p->kernel->rows && p->n % p->kernel->columns == 0;
}

/* At most a chunk of k. */
static void multiply_chunk(const tg__product *p)
{
    if (p->order == TG__DOTS) {
        multiply_by_dots(p);
        return;
    }
    if (p->order == TG__ALONG) {
        tg__gemm_along(p);
        return;
    }
    const bool plain = tg__is_plain(p->a) && tg__is_plain(p->b);
    if (fits(p)) {
        multiply_blocked(p);
        return;
    }
    if (plain && (multiply_small(p) || multiply_row(p))) return;
    const tg__product turned = transposed(p);
    if (plain ? multiply_row(&turned) : tg__gemm_slide(p) || tg__gemm_slide(&turned)) return;
    if (turns(p, &turned)) multiply_turned(&turned);
    else multiply_blocked(p);
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
static void put_in_order(tg__product *p)
{
    const bool plain = tg__is_plain(p->a) && tg__is_plain(p->b);
    p->order = TG__CHAINS;
    if (p->m > TG__GEMM_FEW && p->n > TG__GEMM_FEW) return;
    const tg__product turned = transposed(p);
    bool (*const in_lanes)(const tg__product *) = plain ? has_dots : tg__gemm_runs_along;
    const int lanes = p->kernel->lanes;
    if (tg__gemm_slides(p, lanes) || tg__gemm_slides(&turned, lanes)) return;
    if (!in_lanes(p)) {
        if (!in_lanes(&turned)) return;
        *p = turned;
    }
    p->order = plain ? TG__DOTS : TG__ALONG;
}

bool tg__gemm_has_dots(tg_dtype dtype, int64_t m, int64_t n, int64_t k, tg__matrix a, tg__matrix b)
{
    if (m <= 0 || n <= 0 || k <= 0) return false;
    tg__product p = {
        .kernel = tg__gemm_choose(tg__gemm_isa(), dtype), .m = m, .n = n, .k = k, .a = a, .b = b
    };
    put_in_order(&p);
    return p.order == TG__DOTS;
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
                          .joins = memory + TG__GEMM_A_BYTES + TG__GEMM_B_BYTES,
                          .turns =
                              memory + TG__GEMM_A_BYTES + TG__GEMM_B_BYTES + TG__GEMM_JOIN_BYTES };
}

size_t tg__gemm_builtin_scratch(void)
{
    return TG__GEMM_A_BYTES + TG__GEMM_B_BYTES + TG__GEMM_JOIN_BYTES + TG__GEMM_TURN_BYTES;
}

void tg__gemm_multiply(tg__product *p)
{
    if (p->m <= 0 || p->n <= 0) return;
    if (p->k <= 0) {
        const size_t row = (size_t)p->n * p->kernel->size;
        for (int64_t i = 0; i < p->m; i++) memset(tg__in_c(p, i, 0), 0, row);
        return;
    }
    put_in_order(p);
    tg__gemm_chunks(p, multiply_chunk);
}

void tg__gemm_builtin(tg__isa isa, tg_dtype dtype, int64_t m, int64_t n, int64_t k, tg__matrix a,
                      tg__matrix b, void *c, int64_t c_row, void *scratch)
{
    tg__product p = tg__gemm_product(isa, dtype, m, n, k, a, b, c, c_row, scratch);
    tg__gemm_multiply(&p);
}

/* ---- Rows ------------------------------------------------------------------------------- */

bool tg__gemm_packs(tg_dtype dtype, int64_t m, int64_t n, int64_t k)
{
    return m > TG__GEMM_FEW && n > TG__GEMM_FEW && k > 0 &&
           k <= tg__gemm_chunk(tg_dtype_size(dtype));
}

/* Bytes of a packed row of b. */
static size_t packed_row(const tg__gemm_kernel *kernel, int64_t n)
{
    return (size_t)(tg__parts_of(n, kernel->columns) * kernel->columns) * kernel->size;
}

size_t tg__gemm_packed_bytes(tg_dtype dtype, int64_t n, int64_t k)
{
    return packed_row(tg__gemm_choose(tg__gemm_isa(), dtype), n) * (size_t)k;
}

void tg__gemm_pack(tg_dtype dtype, int64_t n, int64_t k, tg__matrix b, void *packed)
{
    tg__product p = { .kernel = tg__gemm_choose(tg__gemm_isa(), dtype), .n = n, .k = k, .b = b };
    const int64_t most = tg__gemm_depth(k);
    for (tg__range depth = { 0, 0 }; depth.first < k; depth.first = depth.last) {
        depth.last = depth.first + tg__smaller(k - depth.first, most);
        tg__pack_b(&p, (tg__range){ 0, n }, depth,
                   (unsigned char *)packed + packed_row(p.kernel, n) * (size_t)depth.first);
    }
}

size_t tg__gemm_rows_scratch(void) { return TG__GEMM_A_BYTES; }

static tg__range common(tg__range a, tg__range b)
{
    const int64_t first = a.first > b.first ? a.first : b.first;
    const int64_t last = tg__smaller(a.last, b.last);
    return (tg__range){ first, last > first ? last : first };
}

/* A product in chains, whose rows of c are [c_row] elements apart. */
static tg__product in_chains(tg_dtype dtype, int64_t m, int64_t n, int64_t k, tg__matrix a, void *c,
                             int64_t c_row, void *scratch)
{
    return (tg__product){ .kernel = tg__gemm_choose(tg__gemm_isa(), dtype),
                          .m = m,
                          .n = n,
                          .k = k,
                          .a = a,
                          .c = c,
                          .c_row = c_row,
                          .c_column = 1,
                          .packed_a = scratch };
}

/* Whole columns of tiles are computed, of which the first holds the first column. */
void tg__gemm_rows(tg_dtype dtype, int64_t m, int64_t n, int64_t k, tg__matrix a,
                   const void *packed, tg__range columns, tg__range terms, void *c, void *scratch)
{
    tg__product p = in_chains(dtype, m, n, k, a, c, n, scratch);
    const in_place where = { .a = choose(&p).a };
    const int64_t most = tg__gemm_depth(k), size = (int64_t)p.kernel->size;
    const int64_t width = p.kernel->columns;
    columns.first -= columns.first % width;
    columns.last = tg__smaller(tg__parts_of(columns.last, width) * width, n);
    for (tg__range depth = { 0, 0 }; depth.first < k; depth.first = depth.last) {
        depth.last = depth.first + tg__smaller(k - depth.first, most);
        const int64_t length = depth.last - depth.first;
        tg__range part = common(depth, terms);
        if (part.first == part.last) part.first = part.last = depth.first;
        p.packed_b = (unsigned char *)packed + packed_row(p.kernel, n) * (size_t)depth.first +
                     columns.first * length * size;
        multiply_rows(&p, where, columns, depth, part);
    }
}

size_t tg__gemm_add_scratch(tg_dtype dtype, int64_t n)
{
    return TG__GEMM_A_BYTES +
           packed_row(tg__gemm_choose(tg__gemm_isa(), dtype), n) * TG__GEMM_DEPTH;
}

void tg__gemm_add(tg_dtype dtype, int64_t m, int64_t n, int64_t k, tg__matrix a, tg__matrix b,
                  void *c, int64_t c_row, void *scratch)
{
    tg__product p = in_chains(dtype, m, n, k, a, c, c_row, scratch);
    p.b = b;
    p.adds = true;
    p.packed_b = (unsigned char *)scratch + TG__GEMM_A_BYTES;
    if (m > 0 && n > 0 && k > 0) multiply_blocked(&p);
}
