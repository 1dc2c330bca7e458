/* gemm_inside.h: what the files of the built-in matrix product share. */
#ifndef TG_GEMM_INSIDE_H
#define TG_GEMM_INSIDE_H

#include "kernels/cache.h"
#include "kernels/gemm.h"

enum {
    TG__GEMM_A_BYTES = 144 * 1024,    /* of memory for packed blocks of a, */
    TG__GEMM_B_BYTES = 1024 * 1024,   /* and of b: larger blocks gain nothing */
    TG__GEMM_LEAST_A = 48 * 1024,     /* of a block of a, */
    TG__GEMM_LEAST_B = 512 * 1024,    /* and of b: packing a again and again costs more */
    TG__GEMM_JOIN_BYTES = 512 * 1024, /* of the sums of a chunk of k, and of what they lost */
    TG__GEMM_TURN_BYTES = 128 * 1024, /* of a result that is transposed at the end */
    TG__GEMM_MOST_ROWS = 12,          /* of the largest tile of any kernel, */
    TG__GEMM_MOST_COLUMNS = 32,       /* and of the widest */
    TG__GEMM_TILE_BYTES = TG__GEMM_MOST_ROWS * 2 * 64
};

/* The order of a sum is the same on every instruction set, so where it has lanes, those of the
 * widest vectors are meant: others take several vectors for one. */
enum {
    TG__GEMM_VECTOR_BYTES = 64,      /* of a line in gemm_along.c, in a slot */
    TG__GEMM_LANE_BYTES = 128,       /* of the partial sums of a dot product */
    TG__GEMM_CHUNK_BYTES = 32 * 1024 /* of the terms of a chunk of k */
};

/* As many places along k as a vector has lanes, or two halves of one, each perhaps not full: where
 * they are from the beginning of a line of a and of one of b, and reals whose bits are all set, or
 * none, for the lanes that count and those that do not. */
typedef struct tg__gemm_slot {
    int64_t a[2], b[2];
    const void *mask[2];
    int width[2];
} tg__gemm_slot;

/* How a vector is read where it lies; the ways may be combined. */
enum {
    TG__HALVES = 1, /* from two places */
    TG__EVEN = 2,   /* every second element */
    TG__MASKED = 4  /* some lanes count for nothing */
};

enum {
    TG__GEMM_LINES = 6,  /* of b, in a tile of dot products */
    TG__GEMM_STRIP = 512 /* columns of a row that are summed together */
};

/* Tiles of c below each other, each of [rows] rows (one of tg__tile_rows) and two vectors of
 * columns: the sums over k of columns of a times rows of b. Strides are in elements; an element of
 * a tile's a is at [i * a_row + p * a_step], where one of the strides is 1, and the a of the next
 * tile is [a_tile] further on. */
typedef struct tg__tiles {
    int rows;
    int64_t count, k;
    const void *a, *b;
    int64_t a_row, a_step, a_tile, b_row;
    void *c;
    int64_t c_row;
    bool add; /* to what c holds */
} tg__tiles;

/* Places along k at which lines are read, [apart] elements from one to the next in each run: from
 * element [from] of a line on, up to [to]. */
typedef struct tg__gemm_run {
    int64_t from, to;
} tg__gemm_run;
typedef struct tg__gemm_runs {
    const tg__gemm_run *run;
    int64_t count, apart;
} tg__gemm_runs;

/* What the product needs of an element type and an instruction set; see gemm_tile.h. */
typedef struct tg__gemm_kernel {
    size_t size;
    int rows, columns; /* of a tile; [columns] are two vectors */
    int lanes;         /* of TG__GEMM_VECTOR_BYTES */
    void (*tile)(const tg__tiles *t);
    void (*runs)(int rows, bool half, const tg__gemm_runs *runs, const void *const *line,
                 const void *b, void *c, int64_t c_row, bool add);
    void (*slide)(int rows, unsigned how, int64_t k, const void *a, const void *const *line,
                  const int64_t *step, void *sums, bool add);
    void (*along)(int rows, unsigned how, int64_t count, const tg__gemm_slot *slot,
                  const void *const *a, const void *const *b, void *sums);
    void (*place)(int rows, int columns, const void *tile, int tile_row, void *c, int64_t c_row,
                  int64_t c_column, bool add);
    void (*put)(int rows, bool half, const void *tile, void *c, int64_t c_row);
    void (*pack)(int width, int count, int lines, int64_t depth, const void *from, int64_t across,
                 int64_t deep, void *out);
    void (*pack_lines)(int width, int count, int64_t depth, const void *const *line, void *out);
    void (*pack_wide)(int width, int64_t count, int64_t depth, const void *from, int64_t deep,
                      void *out);
    void (*turn)(int64_t rows, int64_t columns, const void *from, int64_t from_row, void *to,
                 int64_t to_row);
    void (*dots)(int64_t count, int64_t k, const void *a, const void *b, int64_t b_column, void *c,
                 int64_t c_column);
    void (*row)(int64_t columns, int64_t k, const void *a, const void *b, int64_t b_row, void *c,
                bool add);
    bool (*small)(int64_t m, int64_t n, int64_t k, const void *a, int64_t a_row, int64_t a_column,
                  const void *b, int64_t b_row, int64_t b_column, void *c, int64_t c_row,
                  int64_t c_column);
    const tg__caches *caches; /* NULL: this machine's; tests have others */
} tg__gemm_kernel;

/* For an instruction set that this machine has. */
const tg__gemm_kernel *tg__gemm_choose(tg__isa isa, tg_dtype dtype);

/* In what order the terms of an element are added (docs/sums.md). The layout of the operands and
 * the sizes decide it, once for a product however it is cut. */
typedef enum tg__gemm_order {
    TG__CHAINS, /* one after the other in panels of k, and these one after the other */
    TG__DOTS,   /* in lanes: contiguous lines along k, of which there are few on one side */
    TG__ALONG   /* in lanes, over runs that lie apart: gemm_along.c */
} tg__gemm_order;

/* A product, or a part of one: c may be transposed, so both of its strides are general. */
typedef struct tg__product {
    const tg__gemm_kernel *kernel;
    tg__gemm_order order;
    int64_t m, n, k;
    tg__matrix a, b;
    void *c;
    int64_t c_row, c_column;
    bool adds; /* to what c holds */
    unsigned char *packed_a, *packed_b, *joins, *turns;
} tg__product;

static inline void *tg__in_c(const tg__product *p, int64_t i, int64_t j)
{
    return (unsigned char *)p->c + (i * p->c_row + j * p->c_column) * (int64_t)p->kernel->size;
}

static inline bool tg__is_plain(tg__matrix x) { return !x.rows && !x.columns; }

static inline int64_t tg__smaller(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t tg__parts_of(int64_t length, int64_t part) { return (length - 1) / part + 1; }

static inline int64_t tg__gemm_chunk(size_t size) { return TG__GEMM_CHUNK_BYTES / (int64_t)size; }

static inline const tg__caches *tg__gemm_caches(const tg__product *p)
{
    return p->kernel->caches ? p->kernel->caches : tg__machine_caches();
}

/* Half of a cache, or [most] if its size is not known. */
static inline int64_t tg__gemm_half(int64_t cache, int64_t least, int64_t most)
{
    if (cache <= 0 || cache / 2 > most) return most;
    return cache / 2 < least ? least : cache / 2;
}

/* Bytes of a that are packed at once, at most, where there are [all] of them: they stay in the L2
 * cache while a block of b goes by. Those of b stay in the L3 cache, or in the L2 where there is
 * none. How many they are changes no bits, because it does not decide how deep blocks are. Small
 * operands are one block on every machine, and ask for no caches. */
static inline int64_t tg__gemm_a_block(const tg__product *p, int64_t all)
{
    if (all <= TG__GEMM_LEAST_A) return TG__GEMM_A_BYTES;
    const tg__caches *caches = tg__gemm_caches(p);
    return tg__gemm_half(caches->l2, TG__GEMM_LEAST_A, TG__GEMM_A_BYTES);
}
static inline int64_t tg__gemm_b_block(const tg__product *p, int64_t all)
{
    if (all <= TG__GEMM_LEAST_B) return TG__GEMM_B_BYTES;
    const tg__caches *caches = tg__gemm_caches(p);
    return tg__gemm_half(caches->l3 ? caches->l3 : caches->l2, TG__GEMM_LEAST_B, TG__GEMM_B_BYTES);
}

/* The matrix from row [i] and column [j] on. */
static inline tg__matrix tg__matrix_from(tg__matrix x, int64_t i, int64_t j, size_t size)
{
    int64_t at = 0;
    if (x.rows) x.first_row += i;
    else at += i * x.row;
    if (x.columns) x.first_column += j;
    else at += j * x.column;
    x.data = (const unsigned char *)x.data + at * (int64_t)size;
    return x;
}

tg__product tg__gemm_product(tg__isa isa, tg_dtype dtype, int64_t m, int64_t n, int64_t k,
                             tg__matrix a, tg__matrix b, void *c, int64_t c_row, void *scratch);
/* What tg__gemm_builtin does with it. */
void tg__gemm_multiply(tg__product *p);
/* The product chunk by chunk of k, each by [multiply], joined without losing more than one chunk
 * does. */
void tg__gemm_chunks(const tg__product *p, void (*multiply)(const tg__product *part));

/* The height of the next tile where [rows] rows are left: there are tiles of all the kernel's rows,
 * of two thirds, of half and of one. */
static inline int tg__tile_rows(const tg__gemm_kernel *kernel, int64_t rows)
{
    const int most = kernel->rows, less = most * 2 / 3;
    if (rows <= 1) return 1;
    if (rows <= most / 2) return most / 2;
    return rows <= less || (rows > most && rows <= 2 * less) ? less : most;
}

/* One side of a matrix: its rows or its columns. */
typedef struct tg__side {
    const tg__steps *steps; /* NULL: [stride] apart */
    int64_t stride, first;
} tg__side;

static inline tg__side tg__rows_of(tg__matrix x)
{
    return (tg__side){ x.rows, x.row, x.first_row };
}
static inline tg__side tg__columns_of(tg__matrix x)
{
    return (tg__side){ x.columns, x.column, x.first_column };
}

/* A walk along a side, without a division for each step. */
typedef struct tg__walk {
    const tg__steps *steps;
    int64_t position[TG_MAX_RANK];
    int64_t at, stride;
} tg__walk;

/* From line [i] on. */
tg__walk tg__walk_from(tg__side side, int64_t i);

/* How many lines, up to [most], are [stride] apart from here on. */
static inline int64_t tg__walk_ahead(const tg__walk *w, int64_t most)
{
    if (!w->steps) return most;
    const int inner = w->steps->count - 1;
    return tg__smaller(most, w->steps->size[inner] - w->position[inner]);
}

/* Goes over so many of them; returns where the first is. */
static inline int64_t tg__walk_over(tg__walk *w, int64_t lines)
{
    const int64_t at = w->at;
    w->at += lines * w->stride;
    if (!w->steps) return at;
    const tg__steps *steps = w->steps;
    int k = steps->count - 1;
    w->position[k] += lines;
    for (; k > 0 && w->position[k] == steps->size[k]; k--) {
        w->at += steps->step[k - 1] - w->position[k] * steps->step[k];
        w->position[k] = 0;
        w->position[k - 1]++;
    }
    return at;
}

/* Where each of so many lines of a side of [x] begins. */
void tg__find_lines(const tg__product *p, tg__matrix x, tg__side side, int64_t first, int64_t count,
                    const void **line);

/* Packs lines [first, first + count) of one side, as deep as the range of the other, into a panel
 * of [width]. */
void tg__pack_panel(const tg__product *p, tg__matrix x, tg__side across, tg__side deep,
                    int64_t first, int count, int width, tg__range depth, unsigned char *out);
/* Packs those rows of a in panels as high as their tiles, those columns of b in panels as wide. */
void tg__pack_a(const tg__product *p, tg__range rows, tg__range depth, unsigned char *out);
void tg__pack_b(const tg__product *p, tg__range columns, tg__range depth, unsigned char *out);

/* How lines are cut into pieces of a vector's width, or of half of it. */
typedef struct tg__pieces {
    unsigned how;     /* TG__HALVES, TG__EVEN */
    int width, count; /* lanes; in a vector */
    int64_t reach;    /* elements from the first to the last that is read for a piece */
} tg__pieces;
/* For runs of so many elements, so many apart: 1 or 2; in vectors of so many lanes. False where
 * more lanes would go to waste than packing costs. */
bool tg__choose_pieces(int lanes, int64_t run, int64_t apart, tg__pieces *out);
/* How long the runs of a side are, and how many elements apart; those of a plain side are as long
 * as [count]. */
int64_t tg__run_of(tg__side side, int64_t count, int64_t *apart);
/* The largest offset on a side of so many lines. */
int64_t tg__farthest(tg__side side, int64_t count);

/* If b is windows, whose columns are contiguous in runs that are worth it: the product, with b read
 * where it lies. False: it is not. The same bits as with b packed. */
bool tg__gemm_slide(const tg__product *p);
/* Would vectors of so many lanes slide, over the product's whole k? */
bool tg__gemm_slides(const tg__product *p, int lanes);
/* Are a's lines, which lie anywhere, worth reading where they lie? Then, where rows of c are
 * contiguous: the product. The same bits as with a packed. */
bool tg__gemm_has_runs(const tg__product *p);
void tg__gemm_by_runs(const tg__product *p);
/* Are both contiguous along k, in runs, as in the gradient of a convolution by its weight? Not
 * where k, of the whole product, is short. */
bool tg__gemm_runs_along(const tg__product *p);
/* Then: dot products of lines that are read where they lie. */
void tg__gemm_along(const tg__product *p);

#endif
