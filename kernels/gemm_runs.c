/* gemm_runs.c: products whose a is windows: the gradient of a convolution by its weight, computed
 * as its transpose, so that a row of c belongs to an element of the kernel, a column to a
 * channel of the cotangent b, and k runs over all pixels. Packing the windows would copy each
 * element of x as often as windows contain it. But a tile reads single elements of a, one for each
 * of its rows, and these may lie anywhere: so it has a pointer to each row's line, and a list of
 * the places along k, which is the same for all lines.
 *
 * Example: a 3 x 3 kernel over one image x of 6 x 6; so k is 4 x 4 pixels, and row (ky, kx) of a
 * begins at 6 ky + kx. The places along k are four runs
 *
 *     0 1 2 3 | 6 7 8 9 | 12 13 14 15 | 18 19 20 21
 *
 * and the row of (1, 2), whose line is 8, reads x[8 9 10 11 | 14 15 16 17 | 20 ..].
 *
 * The sums are those of the packed product, to the last bit. */
#include "kernels/gemm_inside.h"

enum {
    MOST_APART = 4, /* elements along k: further ones share no cache line, which is worth packing */
    MOST_LINES = 16 * 1024,
    LEAST_DEPTH = 8
};

/* In a convolution itself, runs are longer from row to row than along k. */
bool tg__gemm_has_runs(const tg__product *p)
{
    int64_t apart, ignored;
    if (tg__is_plain(p->a) || p->k < LEAST_DEPTH || p->m > MOST_LINES) return false;
    const int64_t run = tg__run_of(tg__columns_of(p->a), p->k, &apart);
    return apart != 0 && apart <= MOST_APART && apart >= -MOST_APART &&
           (!p->a.rows || tg__run_of(tg__rows_of(p->a), p->m, &ignored) <= run);
}

/* The places in the range. */
static tg__gemm_runs find_runs(const tg__product *p, tg__range depth, tg__gemm_run *run)
{
    tg__walk walk = tg__walk_from(tg__columns_of(p->a), depth.first);
    tg__gemm_runs runs = { .run = run, .apart = walk.stride };
    for (int64_t d = depth.first, length; d < depth.last; d += length) {
        length = tg__walk_ahead(&walk, depth.last - d);
        const int64_t from = tg__walk_over(&walk, length);
        run[runs.count++] = (tg__gemm_run){ from, from + length * walk.stride };
    }
    return runs;
}

/* A panel of b: as many columns as a tile has, or half as many. */
typedef struct panel {
    int64_t first;
    int columns, width;
    bool half;
    unsigned char *packed;
} panel;

static panel pack_panel(const tg__product *p, int64_t j, tg__range depth)
{
    const int most = p->kernel->columns;
    panel b = { .first = j, .columns = (int)tg__smaller(p->n - j, most) };
    b.half = b.columns <= most / 2;
    b.width = b.half ? most / 2 : most;
    b.packed = p->packed_b;
    tg__pack_panel(p, p->b, tg__columns_of(p->b), tg__rows_of(p->b), j, b.columns, b.width, depth,
                   b.packed);
    return b;
}

/* Tiles that are all inside of c are computed there. */
static void multiply_tile(const tg__product *p, const tg__gemm_runs *runs, const void *const *line,
                          const panel *b, int64_t i, int rows, bool add)
{
    const tg__gemm_kernel *kernel = p->kernel;
    void *c = tg__in_c(p, i, b->first);
    if (i + rows <= p->m && b->columns == b->width) {
        kernel->runs(rows, b->half, runs, line, b->packed, c, p->c_row, add);
        return;
    }
    _Alignas(64) unsigned char tile[TG__GEMM_TILE_BYTES];
    kernel->runs(rows, b->half, runs, line, b->packed, tile, b->width, false);
    kernel->place((int)tg__smaller(p->m - i, rows), b->columns, tile, b->width, c, p->c_row, 1,
                  add);
}

/* The memory that was meant for packed a has the list of places and the lines. */
static void multiply_depth(const tg__product *p, tg__range depth)
{
    const tg__gemm_kernel *kernel = p->kernel;
    tg__gemm_run *run = (tg__gemm_run *)(void *)p->packed_a;
    const void *const *line = (const void **)(void *)(run + TG__GEMM_DEPTH);
    const tg__gemm_runs runs = find_runs(p, depth, run);
    for (int64_t j = 0; j < p->n; j += kernel->columns) {
        const panel b = pack_panel(p, j, depth);
        for (int64_t i = 0, rows; i < p->m; i += rows) {
            rows = tg__tile_rows(kernel, p->m - i);
            multiply_tile(p, &runs, line + i, &b, i, (int)rows, depth.first > 0);
        }
    }
}

void tg__gemm_by_runs(const tg__product *p)
{
    const int64_t most = tg__gemm_depth(p->k);
    const void **line =
        (const void **)(void *)(p->packed_a + TG__GEMM_DEPTH * sizeof(tg__gemm_run));
    tg__find_lines(p, p->a, tg__rows_of(p->a), 0, p->m, line);
    /* The last tile may have more rows than there are: the last line again. */
    for (int i = 0; i < p->kernel->rows; i++) line[p->m + i] = line[p->m - 1];
    for (tg__range depth = { 0, 0 }; depth.first < p->k; depth.first = depth.last) {
        depth.last = depth.first + tg__smaller(p->k - depth.first, most);
        multiply_depth(p, depth);
    }
}
