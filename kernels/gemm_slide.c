/* gemm_slide.c: products c = a . b with sliding windows as b, as those of convolutions. Packing the
 * windows for the cache would copy each element of x as often as windows contain it. They are read
 * where they lie instead: a row of b is contiguous runs of x, and the next row is the same runs a
 * little further on. So a tile of c keeps where its columns begin in the first row of b, and one
 * list of steps says how far each row of b is from the first.
 *
 * Example: a 3 x 3 kernel over one image x of 6 x 6, so c has 4 x 4 = 16 columns and b 9 rows:
 *
 *     column (y, x) begins at 6 y + x        0 1 2 3 | 6 7 8 9 | 12 13 14 15 | 18 19 20 21
 *     row (ky, kx) is 6 ky + kx further on   0 1 2 6 7 8 12 13 14
 *
 * With vectors of 4 elements a tile of 16 columns is the four pieces between the bars. For row d of
 * b, it loads piece k from x + line[k] + step[d], for all d in turn, and multiplies by column d of
 * a: for d = 4 (ky = kx = 1) these are x[7 8 9 10], x[13 14 15 16], x[19 20 21 22], x[25 26 27 28].
 *
 * The invariant: a whole piece may be read at every step, because its last element is at most
 * [farthest], where the last column begins, from its first; where that is not so, at the end of x,
 * the tile's columns are packed, and steps are those of the packed panel.
 *
 * The sums are those of the packed product, to the last bit: k is cut into the same parts. */
#include "kernels/gemm_inside.h"

enum { MOST_PIECES = 4 };

/* So many columns of b that lie side by side, up to the width of a vector, or of half of one. */
typedef struct piece {
    int64_t column, width;
    const unsigned char *line; /* in the first row of b */
} piece;

typedef struct sliding {
    const tg__product *p;
    tg__pieces cut;
    int pieces;             /* in a tile */
    int64_t *step, *packed; /* from the first row of b to each other; and in a packed panel */
    int64_t farthest;       /* where the last column begins */
    int64_t rows;           /* of a that are packed at once */
    unsigned char *panel;
} sliding;

/* The memory that was meant for packed b: two lists of steps, and a panel. */
static bool divide_memory(sliding *s)
{
    const tg__product *p = s->p;
    const size_t steps = (size_t)p->k * sizeof *s->step;
    const size_t panel = (size_t)p->k * (size_t)p->kernel->columns * p->kernel->size;
    if (p->k > TG__GEMM_B_BYTES / 64 || 2 * steps + panel > TG__GEMM_B_BYTES) return false;
    s->panel = p->packed_b;
    s->step = (int64_t *)(void *)(p->packed_b + panel);
    s->packed = s->step + p->k;
    const int64_t line = p->k * (int64_t)p->kernel->size, tile = line * p->kernel->rows;
    const int64_t tiles = tg__gemm_a_block(p, p->m * line) / tile;
    s->rows = (tiles > 0 ? tiles : 1) * p->kernel->rows;
    return tile <= TG__GEMM_A_BYTES;
}

/* ---- The columns of a tile ---------------------------------------------------------------- */

static void find_steps(sliding *s)
{
    const tg__product *p = s->p;
    tg__walk walk = tg__walk_from(tg__rows_of(p->b), 0);
    for (int64_t d = 0; d < p->k; d++) {
        s->step[d] = tg__walk_over(&walk, 1);
        s->packed[d] = d * p->kernel->columns;
    }
    s->farthest = tg__farthest(tg__columns_of(p->b), p->n);
}

/* The pieces from column [j] on, where [walk] is. False if reading whole pieces would go beyond all
 * that b sees. */
static bool find_pieces(const sliding *s, int64_t j, tg__walk *walk, piece out[])
{
    const tg__product *p = s->p;
    bool inside = true;
    for (int i = 0; i < s->pieces; i++) {
        if (j >= p->n) { /* nothing is left: read something */
            out[i] = (piece){ j, 0, out[0].line };
            continue;
        }
        const int64_t width = tg__walk_ahead(walk, tg__smaller(p->n - j, s->cut.width));
        const int64_t at = tg__walk_over(walk, width);
        out[i] =
            (piece){ j, width, (const unsigned char *)p->b.data + at * (int64_t)p->kernel->size };
        inside &= at + s->cut.reach <= s->farthest;
        j += width;
    }
    return inside;
}

/* The same of a packed panel. */
static void pack_pieces(const sliding *s, int64_t j, piece out[])
{
    const tg__product *p = s->p;
    const int columns = p->kernel->columns;
    const int64_t count = tg__smaller(p->n - j, columns);
    tg__pack_panel(p, p->b, tg__columns_of(p->b), tg__rows_of(p->b), j, (int)count, columns,
                   (tg__range){ 0, p->k }, s->panel);
    for (int i = 0; i < s->pieces; i++) {
        const int64_t begin = (int64_t)i * s->cut.width, rest = count > begin ? count - begin : 0;
        out[i] = (piece){ j + begin, tg__smaller(rest, s->cut.width),
                          s->panel + (size_t)begin * p->kernel->size };
    }
}

/* ---- Tiles -------------------------------------------------------------------------------- */

/* A piece that is not full is put as if it were, where the next ones come and put that right. */
static void place_pieces(const sliding *s, int64_t i, int rows, const piece pieces[],
                         const unsigned char *tile)
{
    const tg__product *p = s->p;
    for (int k = 0; k < s->pieces; k++, tile += (size_t)s->cut.width * p->kernel->size) {
        const piece *at = &pieces[k];
        void *c = tg__in_c(p, i, at->column);
        if (at->width == 0) return;
        if (p->c_column == 1 && at->column + s->cut.width <= p->n)
            p->kernel->put(rows, s->cut.how & TG__HALVES, tile, c, p->c_row);
        else
            p->kernel->place(rows, (int)at->width, tile, p->kernel->columns, c, p->c_row,
                             p->c_column, false);
    }
}

/* All rows of the range, of the columns of a tile. */
static void multiply_pieces(const sliding *s, tg__range rows, const piece pieces[], unsigned how,
                            const int64_t *step)
{
    const tg__product *p = s->p;
    const tg__gemm_kernel *kernel = p->kernel;
    const int64_t depth = tg__gemm_depth(p->k);
    const unsigned char *a = p->packed_a;
    const void *line[MOST_PIECES];
    _Alignas(64) unsigned char tile[TG__GEMM_TILE_BYTES];
    for (int k = 0; k < s->pieces; k++) line[k] = pieces[k].line;
    for (int64_t i = rows.first, height; i < rows.last; i += height) {
        height = tg__tile_rows(kernel, rows.last - i);
        for (int64_t d = 0, length; d < p->k; d += length) {
            length = tg__smaller(p->k - d, depth);
            kernel->slide((int)height, how, length, a, line, step + d, tile, d > 0);
            a += (size_t)(length * height) * kernel->size;
        }
        place_pieces(s, i, (int)tg__smaller(rows.last - i, height), pieces, tile);
    }
}

/* All columns of the rows in the range, which are packed. */
static void multiply_columns(const sliding *s, tg__range rows)
{
    const tg__side columns = tg__columns_of(s->p->b);
    const int last = s->pieces - 1;
    piece pieces[MOST_PIECES];
    tg__walk walk = tg__walk_from(columns, 0);
    for (int64_t j = 0; j < s->p->n; j = pieces[last].column + pieces[last].width) {
        const bool inside = find_pieces(s, j, &walk, pieces);
        if (!inside) {
            pack_pieces(s, j, pieces);
            walk = tg__walk_from(columns, pieces[last].column + pieces[last].width);
        }
        /* What was packed is contiguous. */
        const unsigned how = inside ? s->cut.how : s->cut.how & ~(unsigned)TG__EVEN;
        multiply_pieces(s, rows, pieces, how, inside ? s->step : s->packed);
    }
}

/* Whether it is worth it must not depend on how many columns the part has. Where runs along k are
 * longer, as in the gradient by the kernel, gemm_runs.c takes them. */
static bool find_cut(const tg__product *p, int lanes, tg__pieces *cut)
{
    int64_t apart, ignored;
    if (!p->b.rows && !p->b.columns) return false;
    const int64_t run = tg__run_of(tg__columns_of(p->b), 2 * lanes, &apart);
    if (p->b.rows && p->b.columns && tg__run_of(tg__rows_of(p->b), p->k, &ignored) > run)
        return false;
    return tg__choose_pieces(lanes, run, apart, cut);
}

bool tg__gemm_slides(const tg__product *p, int lanes)
{
    tg__pieces cut;
    const int64_t deepest = TG__GEMM_A_BYTES / (TG__GEMM_MOST_ROWS * (int64_t)p->kernel->size);
    return p->k <= deepest && find_cut(p, lanes, &cut);
}

bool tg__gemm_slide(const tg__product *p)
{
    sliding s = { .p = p };
    if (!find_cut(p, p->kernel->columns / 2, &s.cut) || !divide_memory(&s)) return false;
    s.pieces = 2 * s.cut.count;
    find_steps(&s);
    for (tg__range rows = { 0, 0 }; rows.first < p->m; rows.first = rows.last) {
        rows.last = rows.first + tg__smaller(p->m - rows.first, s.rows);
        tg__pack_a(p, rows, (tg__range){ 0, p->k }, p->packed_a);
        multiply_columns(&s, rows);
    }
    return true;
}
