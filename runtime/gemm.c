/* gemm.c: the built-in matrix product, in the manner of Goto and van de Geijn, "Anatomy of
 * High-Performance Matrix Multiplication" (2008). Blocks of b and a are packed into scratch
 * memory that fits the caches; the inner kernel (gemm_tile.h) keeps a tile of c in registers.
 *
 * An element of c is one chain of multiply-adds over k in blocks of DEPTH, whatever tile it
 * falls into; so cutting a product into panels, or exchanging its operands, changes no bits.
 * Only a matrix times a few vectors may sum in another order. */
#include "runtime/gemm.h"

#include <string.h>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

enum {
    DEPTH = 256,             /* of a packed block, along k */
    A_BYTES = 144 * 1024,    /* of a packed block of a: half of a small L2 cache */
    B_BYTES = 1024 * 1024,   /* of a packed block of b: L3, or a large L2 */
    TILE_BYTES = 12 * 2 * 64 /* of the largest tile of any kernel */
};

/* What the product needs of an element type and an instruction set; see gemm_tile.h. */
typedef struct gemm_kernel {
    size_t size;
    int rows, columns;
    void (*tile)(int rows, int64_t k, const void *a, const void *b, int64_t b_row, void *c,
                 int64_t c_row, bool add);
    void (*place)(int rows, int columns, const void *tile, void *c, int64_t c_row, int64_t c_column,
                  bool add);
    void (*pack)(int width, int count, int lines, int64_t depth, const void *from, int64_t across,
                 int64_t deep, void *out);
    void (*pack_lines)(int width, int count, int64_t depth, const void *const *line, void *out);
    void (*dots)(int64_t count, int64_t k, const void *a, const void *b, int64_t b_column, void *c,
                 int64_t c_column, bool add);
} gemm_kernel;

/* ---- The kernels ------------------------------------------------------------------------ */

#define PASTE(a, b) a##b

/* Vectors that may lie at any element and hold what was stored as plain elements. */
#define VECTOR_OF(real, bytes)                                                                     \
    real __attribute__((vector_size(bytes), aligned(sizeof(real)), may_alias))

typedef VECTOR_OF(float, 16) float_x4;
typedef VECTOR_OF(double, 16) double_x2;

#if defined(__SSE2__)
static inline void transpose_float(const float *const line[4], int64_t p, float *to, int64_t to_row)
{
    __m128 r0 = _mm_loadu_ps(line[0] + p), r1 = _mm_loadu_ps(line[1] + p);
    __m128 r2 = _mm_loadu_ps(line[2] + p), r3 = _mm_loadu_ps(line[3] + p);
    _MM_TRANSPOSE4_PS(r0, r1, r2, r3);
    _mm_storeu_ps(to, r0);
    _mm_storeu_ps(to + to_row, r1);
    _mm_storeu_ps(to + 2 * to_row, r2);
    _mm_storeu_ps(to + 3 * to_row, r3);
}
static inline void transpose_double(const double *const line[4], int64_t p, double *to,
                                    int64_t to_row)
{
    for (int i = 0; i < 4; i += 2) {
        for (int q = 0; q < 4; q += 2) {
            const __m128d r0 = _mm_loadu_pd(line[i] + p + q),
                          r1 = _mm_loadu_pd(line[i + 1] + p + q);
            _mm_storeu_pd(to + q * to_row + i, _mm_unpacklo_pd(r0, r1));
            _mm_storeu_pd(to + (q + 1) * to_row + i, _mm_unpackhi_pd(r0, r1));
        }
    }
}
#else
static inline void transpose_float(const float *const line[4], int64_t p, float *to, int64_t to_row)
{
    for (int q = 0; q < 4; q++) {
        for (int i = 0; i < 4; i++) to[q * to_row + i] = line[i][p + q];
    }
}
static inline void transpose_double(const double *const line[4], int64_t p, double *to,
                                    int64_t to_row)
{
    for (int q = 0; q < 4; q++) {
        for (int i = 0; i < 4; i++) to[q * to_row + i] = line[i][p + q];
    }
}
#endif

#define TILE_NAME(name) PASTE(float_baseline_, name)
#define TILE_TARGET
#define TILE_REAL         float
#define TILE_VECTOR       float_x4
#define TILE_ROWS         6
#define TILE_FMA(a, b, c) ((a) * (b) + (c))
#define TILE_TRANSPOSE4   transpose_float
#include "runtime/gemm_tile.h"

#define TILE_NAME(name) PASTE(double_baseline_, name)
#define TILE_TARGET
#define TILE_REAL         double
#define TILE_VECTOR       double_x2
#define TILE_ROWS         6
#define TILE_FMA(a, b, c) ((a) * (b) + (c))
#define TILE_TRANSPOSE4   transpose_double
#include "runtime/gemm_tile.h"

/* The choice is made by hand rather than by target_clones: the sizes of the tiles differ,
 * the baseline must not call fma, and it works in every compiler and under every sanitizer. */
#if defined(__x86_64__)
#define HAVE_X86_KERNELS 1

typedef VECTOR_OF(float, 32) float_x8;
typedef VECTOR_OF(double, 32) double_x4;
typedef VECTOR_OF(float, 64) float_x16;
typedef VECTOR_OF(double, 64) double_x8;

#define TILE_NAME(name) PASTE(float_avx2_, name)
#define TILE_TARGET     __attribute__((target("avx2,fma")))
#define TILE_REAL       float
#define TILE_VECTOR     float_x8
#define TILE_ROWS       6
#define TILE_FMA        _mm256_fmadd_ps
#define TILE_TRANSPOSE4 transpose_float
#include "runtime/gemm_tile.h"

#define TILE_NAME(name) PASTE(double_avx2_, name)
#define TILE_TARGET     __attribute__((target("avx2,fma")))
#define TILE_REAL       double
#define TILE_VECTOR     double_x4
#define TILE_ROWS       6
#define TILE_FMA        _mm256_fmadd_pd
#define TILE_TRANSPOSE4 transpose_double
#include "runtime/gemm_tile.h"

#define TILE_NAME(name) PASTE(float_avx512_, name)
#define TILE_TARGET     __attribute__((target("avx512f,avx2,fma")))
#define TILE_REAL       float
#define TILE_VECTOR     float_x16
#define TILE_ROWS       12
#define TILE_FMA        _mm512_fmadd_ps
#define TILE_TRANSPOSE4 transpose_float
#include "runtime/gemm_tile.h"

#define TILE_NAME(name) PASTE(double_avx512_, name)
#define TILE_TARGET     __attribute__((target("avx512f,avx2,fma")))
#define TILE_REAL       double
#define TILE_VECTOR     double_x8
#define TILE_ROWS       12
#define TILE_FMA        _mm512_fmadd_pd
#define TILE_TRANSPOSE4 transpose_double
#include "runtime/gemm_tile.h"
#endif

tg__isa tg__gemm_isa(void)
{
#if HAVE_X86_KERNELS
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        return __builtin_cpu_supports("avx512f") ? TG__ISA_AVX512 : TG__ISA_AVX2;
    }
#endif
    return TG__ISA_BASELINE;
}

static const gemm_kernel *choose_kernel(tg__isa isa, tg_dtype dtype)
{
    const bool is_float = dtype == TG_F32;
    switch (isa) {
#if HAVE_X86_KERNELS
    case TG__ISA_AVX512: return is_float ? &float_avx512_kernel : &double_avx512_kernel;
    case TG__ISA_AVX2: return is_float ? &float_avx2_kernel : &double_avx2_kernel;
#endif
    default: return is_float ? &float_baseline_kernel : &double_baseline_kernel;
    }
}

/* ---- The blocks ------------------------------------------------------------------------- */

/* A product, or a part of one: c may be transposed, so both of its strides are general. */
typedef struct product {
    const gemm_kernel *kernel;
    int64_t m, n, k;
    tg__matrix a, b;
    void *c;
    int64_t c_row, c_column;
    unsigned char *packed_a, *packed_b;
} product;

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t parts_of(int64_t length, int64_t part) { return (length - 1) / part + 1; }

/* Element (i, j) of a plain matrix. */
static const void *in(const product *p, tg__matrix x, int64_t i, int64_t j)
{
    return (const unsigned char *)x.data + (i * x.row + j * x.column) * (int64_t)p->kernel->size;
}

static bool is_plain(tg__matrix x) { return !x.rows && !x.columns; }

static void *in_c(const product *p, int64_t i, int64_t j)
{
    return (unsigned char *)p->c + (i * p->c_row + j * p->c_column) * (int64_t)p->kernel->size;
}

/* The height of tile that [rows] rows take: few rows need not pay for a whole one. */
static int tile_rows(const gemm_kernel *kernel, int64_t rows)
{
    if (rows <= 1) return 1;
    return rows <= kernel->rows / 2 ? kernel->rows / 2 : kernel->rows;
}

/* One tile at (i, j) of c, of which [rows] by [columns] are inside. */
static void multiply_tile(const product *p, int64_t i, int64_t j, int rows, int columns,
                          int64_t depth, const void *a, const void *b, int64_t b_row, bool add)
{
    const gemm_kernel *kernel = p->kernel;
    const int height = tile_rows(kernel, rows);
    if (rows == height && columns == kernel->columns && p->c_column == 1) {
        kernel->tile(height, depth, a, b, b_row, in_c(p, i, j), p->c_row, add);
        return;
    }
    _Alignas(64) unsigned char tile[TILE_BYTES];
    kernel->tile(height, depth, a, b, b_row, tile, kernel->columns, false);
    kernel->place(rows, columns, tile, in_c(p, i, j), p->c_row, p->c_column, add);
}

typedef struct range {
    int64_t first, last;
} range;

/* ---- Packing ---------------------------------------------------------------------------- */

/* One side of a matrix: its rows or its columns. */
typedef struct side {
    const tg__steps *steps; /* NULL: [stride] apart */
    int64_t stride, first;
} side;

static side rows_of(tg__matrix x) { return (side){ x.rows, x.row, x.first_row }; }
static side columns_of(tg__matrix x) { return (side){ x.columns, x.column, x.first_column }; }

/* Where line [i] of the side is, in elements; and how many from there on, up to [most], are
 * [stride] apart. */
static int64_t run_at(side s, int64_t i, int64_t most, int64_t *offset, int64_t *stride)
{
    if (!s.steps) {
        *offset = i * s.stride;
        *stride = s.stride;
        return most;
    }
    const tg__steps *steps = s.steps;
    const int inner = steps->count - 1;
    int64_t rest = i + s.first, at = 0;
    const int64_t left = steps->size[inner] - rest % steps->size[inner];
    for (int k = inner; k >= 0; k--) {
        at += rest % steps->size[k] * steps->step[k];
        rest /= steps->size[k];
    }
    *offset = at;
    *stride = steps->step[inner];
    return left < most ? left : most;
}

enum { SHORT_RUN = 8 };

/* Where each of the lines is that goes into a panel. */
static void find_lines(const product *p, const tg__matrix *x, side across, int64_t first, int count,
                       const unsigned char *line[])
{
    int64_t start, step;
    for (int i = 0, lines; i < count; i += lines) {
        lines = (int)run_at(across, first + i, count - i, &start, &step);
        for (int k = 0; k < lines; k++)
            line[i + k] =
                (const unsigned char *)x->data + (start + k * step) * (int64_t)p->kernel->size;
    }
}

/* Packs lines [first, first + count) of one side, as deep as the range of the other, into a panel
 * of [width]: run by run, or, where runs across are short and those down contiguous, line by line.
 */
static void pack_panel(const product *p, tg__matrix x, side across, side deep, int64_t first,
                       int count, int width, range depth, unsigned char *out)
{
    const gemm_kernel *kernel = p->kernel;
    const int64_t size = (int64_t)kernel->size;
    const unsigned char *from = x.data, *line[TILE_BYTES / 4], *here[TILE_BYTES / 4];
    int64_t start, step, down, next;
    const bool by_lines = across.steps && run_at(across, first, count, &start, &step) < SHORT_RUN &&
                          run_at(deep, depth.first, depth.last - depth.first, &down, &next) >= 4 &&
                          next == 1;
    if (by_lines) find_lines(p, &x, across, first, count, line);
    for (int64_t d = depth.first, length; d < depth.last; d += length) {
        length = run_at(deep, d, depth.last - d, &down, &next);
        unsigned char *to = out + (size_t)((d - depth.first) * width) * kernel->size;
        if (by_lines) {
            for (int i = 0; i < count; i++) here[i] = line[i] + down * size;
            kernel->pack_lines(width, count, length, (const void *const *)here, to);
            continue;
        }
        for (int i = 0, lines; i < count; i += lines) {
            lines = (int)run_at(across, first + i, count - i, &start, &step);
            kernel->pack(width, lines, i + lines == count ? width - i : lines, length,
                         from + (start + down) * size, step, next, to + (size_t)i * kernel->size);
        }
    }
}

/* Packed lines in panels of [width]; the last panel of a takes the height of its tile. */
static void pack_a(const product *p, range rows, range depth)
{
    const gemm_kernel *kernel = p->kernel;
    unsigned char *out = p->packed_a;
    for (int64_t i = rows.first; i < rows.last; i += kernel->rows) {
        const int count = (int)smaller(rows.last - i, kernel->rows);
        const int width = tile_rows(kernel, count);
        pack_panel(p, p->a, rows_of(p->a), columns_of(p->a), i, count, width, depth, out);
        out += (size_t)(depth.last - depth.first) * (size_t)width * kernel->size;
    }
}

/* Rows of b that are read once, and are contiguous, are read where they are. */
static bool reads_b_in_place(const product *p, int64_t columns)
{
    return is_plain(p->b) && p->b.column == 1 && p->m <= p->kernel->rows &&
           columns == p->kernel->columns;
}

static void pack_b(const product *p, range columns, range depth)
{
    const gemm_kernel *kernel = p->kernel;
    const int64_t length = depth.last - depth.first;
    unsigned char *out = p->packed_b;
    for (int64_t j = columns.first; j < columns.last; j += kernel->columns) {
        const int count = (int)smaller(columns.last - j, kernel->columns);
        if (!reads_b_in_place(p, count)) {
            pack_panel(p, p->b, columns_of(p->b), rows_of(p->b), j, count, kernel->columns, depth,
                       out);
        }
        out += (size_t)length * (size_t)kernel->columns * kernel->size;
    }
}

static void multiply_block(const product *p, range rows, range columns, range depth)
{
    const gemm_kernel *kernel = p->kernel;
    const int64_t length = depth.last - depth.first;
    const size_t a_panel = (size_t)length * (size_t)kernel->rows * kernel->size;
    const size_t b_panel = (size_t)length * (size_t)kernel->columns * kernel->size;
    const unsigned char *b = p->packed_b;
    for (int64_t j = columns.first; j < columns.last; j += kernel->columns, b += b_panel) {
        const int width = (int)smaller(columns.last - j, kernel->columns);
        const bool in_place = reads_b_in_place(p, width);
        const void *b_rows = in_place ? in(p, p->b, depth.first, j) : b;
        const int64_t b_row = in_place ? p->b.row : kernel->columns;
        const unsigned char *a = p->packed_a;
        for (int64_t i = rows.first; i < rows.last; i += kernel->rows, a += a_panel) {
            const int height = (int)smaller(rows.last - i, kernel->rows);
            multiply_tile(p, i, j, height, width, length, a, b_rows, b_row, depth.first > 0);
        }
    }
}

static void multiply_blocked(const product *p)
{
    const gemm_kernel *kernel = p->kernel;
    const int64_t parts = parts_of(p->k, DEPTH);
    const int64_t most_depth = parts_of(p->k, parts); /* parts of equal depth */
    const int64_t line = most_depth * (int64_t)kernel->size;
    const int64_t most_rows = A_BYTES / line / kernel->rows * kernel->rows;
    const int64_t most_columns = B_BYTES / line / kernel->columns * kernel->columns;

    range columns, depth, rows;
    for (columns.first = 0; columns.first < p->n; columns.first = columns.last) {
        columns.last = columns.first + smaller(p->n - columns.first, most_columns);
        for (depth.first = 0; depth.first < p->k; depth.first = depth.last) {
            depth.last = depth.first + smaller(p->k - depth.first, most_depth);
            pack_b(p, columns, depth);
            for (rows.first = 0; rows.first < p->m; rows.first = rows.last) {
                rows.last = rows.first + smaller(p->m - rows.first, most_rows);
                pack_a(p, rows, depth);
                multiply_block(p, rows, columns, depth);
            }
        }
    }
}

/* A few rows times a matrix whose columns are contiguous: packing it would cost more. */
static void multiply_by_dots(const product *p)
{
    const gemm_kernel *kernel = p->kernel;
    const int64_t most_depth = p->a.column == 1 ? p->k : A_BYTES / (int64_t)kernel->size;
    for (int64_t i = 0; i < p->m; i++) {
        for (int64_t first = 0; first < p->k; first += most_depth) {
            const int64_t depth = smaller(p->k - first, most_depth);
            const void *a = in(p, p->a, i, first);
            if (p->a.column != 1) {
                kernel->pack(1, 1, 1, depth, a, 1, p->a.column, p->packed_a);
                a = p->packed_a;
            }
            kernel->dots(p->n, depth, a, in(p, p->b, first, 0), p->b.column, in_c(p, i, 0),
                         p->c_column, first > 0);
        }
    }
}

/* ---- The product ------------------------------------------------------------------------ */

static tg__matrix turned(tg__matrix x)
{
    return (tg__matrix){ x.data, x.column, x.row, x.columns, x.rows, x.first_column, x.first_row };
}

static product transposed(product p)
{
    product other = p;
    other.m = p.n;
    other.n = p.m;
    other.a = turned(p.b);
    other.b = turned(p.a);
    other.c_row = p.c_column;
    other.c_column = p.c_row;
    return other;
}

/* The elements of c that the tiles compute, those beyond its edges too. */
static double work_in_tiles(const gemm_kernel *kernel, int64_t m, int64_t n)
{
    const int64_t whole = m / kernel->rows * kernel->rows;
    const int64_t rows = whole + (m > whole ? tile_rows(kernel, m - whole) : 0);
    return (double)rows * (double)parts_of(n, kernel->columns) * kernel->columns;
}

size_t tg__gemm_builtin_scratch(void) { return A_BYTES + B_BYTES; }

void tg__gemm_builtin(tg__isa isa, tg_dtype dtype, int64_t m, int64_t n, int64_t k, tg__matrix a,
                      tg__matrix b, void *c, int64_t c_row, void *scratch)
{
    if (m <= 0 || n <= 0) return;
    const gemm_kernel *kernel = choose_kernel(isa, dtype);
    if (k <= 0) {
        for (int64_t i = 0; i < m; i++) {
            memset((unsigned char *)c + (size_t)(i * c_row) * kernel->size, 0,
                   (size_t)n * kernel->size);
        }
        return;
    }
    unsigned char *packed = scratch;
    product p = { kernel, m, n, k, a, b, c, c_row, 1, packed, packed + A_BYTES };
    /* Placing a transposed tile costs something, so it must be worth it. */
    if (work_in_tiles(kernel, n, m) * 1.25 < work_in_tiles(kernel, m, n)) p = transposed(p);
    const bool plain = is_plain(p.a) && is_plain(p.b);
    if (plain && p.m <= TG__GEMM_FEW && p.b.row == 1) multiply_by_dots(&p);
    else multiply_blocked(&p);
}
