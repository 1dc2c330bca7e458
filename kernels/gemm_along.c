/* gemm_along.c: products of few rows or columns whose k is contiguous in both operands, in runs, as
 * those of a cotangent with windows: the gradient by the weight of a convolution whose groups have
 * few channels. (Others are in gemm_runs.c.) Windows are read where they lie, as in gemm_slide.c;
 * here an element of c is a dot product of two lines, in as many partial sums as the widest vector
 * has lanes.
 *
 * k alone decides what is summed with what, so a cut along m and n changes no bits. */
#include "kernels/gemm_inside.h"

#include <string.h>

enum {
    MOST_SLOTS = 256, /* in a block of k: so much of both operands fits an L2 cache */
    LEAST_SLOTS = 16, /* of a product, or adding up the lanes costs more than packing */
    MOST_ROWS = 4,
    MOST_LINES = TG__GEMM_B_BYTES / 16 - 16, /* of a, and of b: so many pointers fit */
    MOST_LANES = 16,
    LINE_BYTES = 64
};

typedef struct lines {
    const tg__product *p;
    tg__pieces cut;
    bool full;                      /* all of them are */
    int64_t apart;                  /* elements of b along k; those of a are neighbours */
    int rows;                       /* of a tile */
    int64_t farthest_a, farthest_b; /* where the last place along k is, from a line's beginning */
    tg__gemm_slot *slot;            /* those of a block, */
    int64_t count, safe;            /* so many, of which the first may be read whole */
    tg__walk walk_a, walk_b;        /* along k */
    const void **line_a, **line_b;  /* where each row of a begins, and each column of b */
    double mask[2 * MOST_LANES];    /* reals with all bits set, and zeros */
} lines;

/* ---- Slots -------------------------------------------------------------------------------- */

/* What stands in [mask] so that a vector from there has that many lanes' bits set. */
static const void *mask_of(const lines *s, int width)
{
    return (const unsigned char *)s->mask + (size_t)(s->cut.width - width) * s->p->kernel->size;
}

static bool is_safe(const lines *s, const tg__gemm_slot *slot)
{
    for (int i = 0; i < s->cut.count; i++)
        if (slot->a[i] + s->cut.width - 1 > s->farthest_a ||
            slot->b[i] + s->cut.reach > s->farthest_b)
            return false;
    return true;
}

/* The slot from place [k] on, where the walks are; returns the place behind it. */
static int64_t find_slot(lines *s, int64_t k, tg__gemm_slot *slot)
{
    for (int i = 0; i < s->cut.count; i++) {
        int64_t width = tg__smaller(s->p->k - k, s->cut.width);
        slot->a[i] = i ? slot->a[0] : 0;
        slot->b[i] = i ? slot->b[0] : 0;
        if (width > 0) {
            width = tg__walk_ahead(&s->walk_a, width);
            width = tg__walk_ahead(&s->walk_b, width);
            slot->a[i] = tg__walk_over(&s->walk_a, width);
            slot->b[i] = tg__walk_over(&s->walk_b, width);
        }
        slot->width[i] = (int)width;
        slot->mask[i] = mask_of(s, (int)width);
        k += width;
    }
    return k;
}

/* A block of slots from place [k] on, those at the end that may not be read whole. */
static int64_t find_slots(lines *s, int64_t k)
{
    tg__gemm_slot *end = s->slot + MOST_SLOTS;
    s->safe = s->count = 0;
    while (k < s->p->k && s->count < MOST_SLOTS) {
        tg__gemm_slot found;
        k = find_slot(s, k, &found);
        if (is_safe(s, &found)) s->slot[s->safe++] = found;
        else *--end = found;
        s->count++;
    }
    memmove(s->slot + s->safe, end, (size_t)(s->count - s->safe) * sizeof *end);
    return k;
}

/* ---- Tiles -------------------------------------------------------------------------------- */

/* Copies of what a slot has of the lines, whose elements are so far apart. */
static void copy_lines(const lines *s, const int64_t *at, int64_t apart, const int *width,
                       const void *const *line, int count, unsigned char (*copy)[LINE_BYTES],
                       const void **out)
{
    const size_t size = s->p->kernel->size;
    for (int i = 0; i < count; i++) {
        memset(copy[i], 0, LINE_BYTES);
        for (int k = 0; k < s->cut.count; k++)
            for (int e = 0; e < width[k]; e++)
                memcpy(copy[i] + (size_t)(k * s->cut.width + e) * size,
                       (const unsigned char *)line[i] + (at[k] + e * apart) * (int64_t)size, size);
        out[i] = copy[i];
    }
}

/* Adds the dot products over the slots that may not be read whole. */
static void add_unsafe(const lines *s, const void *const *a, const void *const *b, int rows,
                       void *sums)
{
    const tg__gemm_kernel *kernel = s->p->kernel;
    _Alignas(64) unsigned char copy[MOST_ROWS + TG__GEMM_LINES][LINE_BYTES];
    _Alignas(64) unsigned char more[MOST_ROWS * TG__GEMM_LINES * sizeof(double)];
    const void *line[MOST_ROWS + TG__GEMM_LINES];
    const tg__gemm_slot whole = { .a = { 0, s->cut.width }, .b = { 0, s->cut.width } };
    for (int64_t k = s->safe; k < s->count; k++) {
        const tg__gemm_slot *slot = &s->slot[k];
        copy_lines(s, slot->a, 1, slot->width, a, rows, copy, line);
        copy_lines(s, slot->b, s->apart, slot->width, b, TG__GEMM_LINES, copy + MOST_ROWS,
                   line + MOST_ROWS);
        kernel->along(rows, s->cut.how & TG__HALVES, 1, &whole, line, line + MOST_ROWS, more);
        kernel->place(rows, TG__GEMM_LINES, more, TG__GEMM_LINES, sums, TG__GEMM_LINES, 1, true);
    }
}

static void multiply_slots(const lines *s, bool add)
{
    const tg__product *p = s->p;
    const tg__gemm_kernel *kernel = p->kernel;
    const unsigned how = s->cut.how | (s->full ? 0 : TG__MASKED);
    _Alignas(64) unsigned char sums[MOST_ROWS * TG__GEMM_LINES * sizeof(double)];
    for (int64_t i = 0, rows; i < p->m; i += rows) {
        rows = p->m - i <= s->rows / 2 ? s->rows / 2 : s->rows;
        const void *const *a = s->line_a + i;
        for (int64_t j = 0; j < p->n; j += TG__GEMM_LINES) {
            const int columns = (int)tg__smaller(p->n - j, TG__GEMM_LINES);
            const void *const *b = s->line_b + j;
            kernel->along((int)rows, how, s->safe, s->slot, a, b, sums);
            add_unsafe(s, a, b, (int)rows, sums);
            kernel->place((int)tg__smaller(p->m - i, rows), columns, sums, TG__GEMM_LINES,
                          tg__in_c(p, i, j), p->c_row, p->c_column, add);
        }
    }
}

/* The runs of both sides along k; how far those of b are apart, and the pieces they are cut into.
 */
static bool find_runs(const tg__product *p, int64_t *run_a, int64_t *run_b, int64_t *apart,
                      tg__pieces *cut)
{
    int64_t apart_a;
    *run_a = tg__run_of(tg__columns_of(p->a), p->k, &apart_a);
    *run_b = tg__run_of(tg__rows_of(p->b), p->k, apart);
    return apart_a == 1 &&
           tg__choose_pieces(p->kernel->lanes, tg__smaller(*run_a, *run_b), *apart, cut);
}

bool tg__gemm_runs_along(const tg__product *p)
{
    int64_t run_a, run_b, apart;
    tg__pieces cut;
    return p->k >= LEAST_SLOTS * p->kernel->lanes && find_runs(p, &run_a, &run_b, &apart, &cut);
}

/* As many rows and columns as there is memory for their lines. */
static void multiply_lines(const tg__product *p)
{
    lines s = { .p = p, .rows = p->kernel->rows / 3 };
    const tg__side left = tg__columns_of(p->a), right = tg__rows_of(p->b);
    int64_t run_a, run_b;
    (void)find_runs(p, &run_a, &run_b, &s.apart, &s.cut); /* there are, for this order */
    const int64_t run = s.cut.width * s.cut.count;
    s.full = run_a % s.cut.width == 0 && run_b % s.cut.width == 0 && p->k % run == 0 &&
             left.first % run == 0 && right.first % run == 0;
    s.farthest_a = tg__farthest(left, p->k);
    s.farthest_b = tg__farthest(right, p->k);
    s.slot = (tg__gemm_slot *)(void *)p->packed_a;
    s.line_a = (const void **)(void *)p->packed_b;
    s.line_b = s.line_a + p->m + MOST_ROWS;
    tg__find_lines(p, p->a, tg__rows_of(p->a), 0, p->m, s.line_a);
    tg__find_lines(p, p->b, tg__columns_of(p->b), 0, p->n, s.line_b);
    /* Tiles at the edge have the last line again. */
    for (int i = 0; i < MOST_ROWS; i++) s.line_a[p->m + i] = s.line_a[p->m - 1];
    for (int i = 0; i < TG__GEMM_LINES; i++) s.line_b[p->n + i] = s.line_b[p->n - 1];
    s.walk_a = tg__walk_from(left, 0);
    s.walk_b = tg__walk_from(right, 0);
    memset(s.mask, 0xff, (size_t)s.cut.width * p->kernel->size);
    for (int64_t k = 0; k < p->k;) {
        const bool add = k > 0;
        k = find_slots(&s, k);
        multiply_slots(&s, add);
    }
}

void tg__gemm_along(const tg__product *p)
{
    for (int64_t i = 0; i < p->m; i += MOST_LINES)
        for (int64_t j = 0; j < p->n; j += MOST_LINES) {
            tg__product part = *p;
            part.m = tg__smaller(p->m - i, MOST_LINES);
            part.n = tg__smaller(p->n - j, MOST_LINES);
            part.a = tg__matrix_from(p->a, i, 0, p->kernel->size);
            part.b = tg__matrix_from(p->b, 0, j, p->kernel->size);
            part.c = tg__in_c(p, i, j);
            multiply_lines(&part);
        }
}
