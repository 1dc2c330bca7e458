/* gemm_tile.h: the inner kernels of the built-in matrix product, for one element type and
 * one instruction set. gemm_kernels.c includes this file once for each pair, after defining what
 * follows; the file undefines it again.
 *
 *     TILE_NAME(name)     the name of this pair's [name]
 *     TILE_TARGET         the attribute that lets a function use the instruction set
 *     TILE_REAL           float or double
 *     TILE_VECTOR         a type of several of them, aligned like one of them
 *     TILE_ROWS           the rows of c, each of two vectors, that fit in the registers
 *     TILE_FMA(a, b, c)   a * b + c on vectors, rounded once where the instruction set can,
 *     TILE_FMA1(a, b, c)  and on single elements
 *     TILE_SUM(vector)    the sum of its lanes
 *     TILE_JOIN(low, high)  a vector whose halves are read from two places
 *     TILE_EVEN(low, high)  every second element of a vector at one place, and of one at another
 *     TILE_TRANSPOSE4     transposes 4 by 4 elements: (four lines, from where, out, out row)
 *     TILE_TRANSPOSE      TILE_BLOCK by TILE_BLOCK, which is 4 or 8
 *
 * The compiler unrolls the loops that have constant bounds, and keeps the sums in registers: gcc
 * only where TILE_UNROLL tells it to before it decides what is an array in memory. */

enum {
    TILE_NAME(lanes) = sizeof(TILE_VECTOR) / sizeof(TILE_REAL),
    TILE_NAME(columns) = 2 * TILE_NAME(lanes)
};

/* How a lies for a tile: what a step along k reads, one element beside the other, as in a packed
 * panel; or a line for each row, contiguous along k. */
enum { TILE_NAME(beside), TILE_NAME(in_lines) };

/* One tile of c, or its first [rows] rows: the sums over k of a column of a times a row of b. An
 * element of a is at [i * a_row + p * a_step], where by [how] one of the strides is 1; the rows of
 * b lie [b_row] apart. */
TILE_TARGET static inline __attribute__((always_inline)) void
TILE_NAME(rows)(int rows, int how, int64_t k, const TILE_REAL *a, int64_t a_row, int64_t a_step,
                const TILE_REAL *b, int64_t b_row, TILE_REAL *c, int64_t c_row, bool add)
{
    /* Aligned, for where a sanitizer keeps them in memory and the compiler forgets to. */
    _Alignas(64) const TILE_VECTOR zero = { 0 };
    _Alignas(64) TILE_VECTOR sum[TILE_ROWS][2];
    TILE_UNROLL
    for (int i = 0; i < rows; i++) {
        sum[i][0] = sum[i][1] = zero;
    }
    for (int64_t p = 0; p < k; p++) {
        const TILE_VECTOR left = *(const TILE_VECTOR *)b;
        const TILE_VECTOR right = *(const TILE_VECTOR *)(b + TILE_NAME(lanes));
        TILE_UNROLL
        for (int i = 0; i < rows; i++) {
            const TILE_VECTOR factor = a[how == TILE_NAME(in_lines) ? i * a_row : i] - zero;
            sum[i][0] = TILE_FMA(factor, left, sum[i][0]);
            sum[i][1] = TILE_FMA(factor, right, sum[i][1]);
        }
        a += how == TILE_NAME(in_lines) ? 1 : a_step;
        b += b_row;
    }
    if (add) {
        TILE_UNROLL
        for (int i = 0; i < rows; i++) {
            sum[i][0] += *(TILE_VECTOR *)(c + i * c_row);
            sum[i][1] += *(TILE_VECTOR *)(c + i * c_row + TILE_NAME(lanes));
        }
    }
    TILE_UNROLL
    for (int i = 0; i < rows; i++) {
        *(TILE_VECTOR *)(c + i * c_row) = sum[i][0];
        *(TILE_VECTOR *)(c + i * c_row + TILE_NAME(lanes)) = sum[i][1];
    }
}

TILE_TARGET static void TILE_NAME(tile)(const tg__tiles *t)
{
    /* Read once: the compiler cannot know that no store changes them. */
    const int64_t count = t->count, k = t->k, a_row = t->a_row, a_step = t->a_step;
    const int64_t a_tile = t->a_tile, b_row = t->b_row, c_row = t->c_row;
    const TILE_REAL *a = t->a, *const b = t->b;
    TILE_REAL *c = t->c;
    const bool add = t->add;
#define TILE_OF(height)                                                                            \
    if (a_row == 1)                                                                                \
        for (int64_t i = 0; i < count; i++, a += a_tile, c += height * c_row)                      \
            TILE_NAME(rows)(height, TILE_NAME(beside), k, a, 1, a_step, b, b_row, c, c_row, add);  \
    else                                                                                           \
        for (int64_t i = 0; i < count; i++, a += a_tile, c += height * c_row)                      \
            TILE_NAME(rows)(height, TILE_NAME(in_lines), k, a, a_row, 1, b, b_row, c, c_row, add);
    switch (t->rows) {
    case 1: TILE_OF(1) break;
    case TILE_ROWS / 2: TILE_OF(TILE_ROWS / 2) break;
    case TILE_ROWS * 2 / 3: TILE_OF(TILE_ROWS * 2 / 3) break;
    default: TILE_OF(TILE_ROWS)
    }
#undef TILE_OF
}

/* The same sums, in tiles of one or two vectors, where lines of a lie anywhere and are read in runs,
 * [apart] elements from one place along k to the next; b is packed in panels as wide. */
TILE_TARGET static inline __attribute__((always_inline)) void
TILE_NAME(run_rows)(int rows, int vectors, const tg__gemm_runs *r, const void *const *lines,
                    const TILE_REAL *b, TILE_REAL *c, int64_t c_row, bool add)
{
    _Alignas(64) const TILE_VECTOR zero = { 0 };
    _Alignas(64) TILE_VECTOR sum[TILE_ROWS][2];
    const TILE_REAL *line[TILE_ROWS];
    const int64_t apart = r->apart;
    TILE_UNROLL
    for (int i = 0; i < rows; i++) {
        line[i] = lines[i];
        sum[i][0] = sum[i][1] = zero;
    }
    for (const tg__gemm_run *run = r->run, *last = run + r->count; run < last; run++) {
        for (int64_t p = run->from; p != run->to; p += apart) {
            const TILE_VECTOR left = *(const TILE_VECTOR *)b;
            const TILE_VECTOR right = *(const TILE_VECTOR *)(b + (vectors - 1) * TILE_NAME(lanes));
            TILE_UNROLL
            for (int i = 0; i < rows; i++) {
                const TILE_VECTOR factor = line[i][p] - zero;
                sum[i][0] = TILE_FMA(factor, left, sum[i][0]);
                if (vectors == 2) sum[i][1] = TILE_FMA(factor, right, sum[i][1]);
            }
            b += vectors * TILE_NAME(lanes);
        }
    }
    TILE_UNROLL
    for (int i = 0; i < rows; i++) {
        TILE_UNROLL
        for (int v = 0; v < vectors; v++) {
            TILE_VECTOR *const to = (TILE_VECTOR *)(c + i * c_row + v * TILE_NAME(lanes));
            if (add) sum[i][v] += *to;
            *to = sum[i][v];
        }
    }
}

TILE_TARGET static void TILE_NAME(runs)(int rows, bool half, const tg__gemm_runs *r,
                                        const void *const *lines, const void *b, void *c,
                                        int64_t c_row, bool add)
{
#define TILE_OF(height)                                                                            \
    if (half) TILE_NAME(run_rows)(height, 1, r, lines, b, c, c_row, add);                          \
    else TILE_NAME(run_rows)(height, 2, r, lines, b, c, c_row, add);
    switch (rows) {
    case 1: TILE_OF(1) break;
    case TILE_ROWS / 2: TILE_OF(TILE_ROWS / 2) break;
    case TILE_ROWS * 2 / 3: TILE_OF(TILE_ROWS * 2 / 3) break;
    default: TILE_OF(TILE_ROWS)
    }
#undef TILE_OF
}

/* One vector where it lies. [high] is for halves. */
TILE_TARGET static inline __attribute__((always_inline)) TILE_VECTOR
TILE_NAME(read)(unsigned how, const TILE_REAL *low, const TILE_REAL *high)
{
    switch (how & (TG__HALVES | TG__EVEN)) {
    case TG__HALVES: return TILE_JOIN(low, high);
    case TG__EVEN: return TILE_EVEN(low, low + TILE_NAME(lanes));
    case TG__HALVES | TG__EVEN: return TILE_EVEN(low, high);
    default: return *(const TILE_VECTOR *)low;
    }
}

/* The same sums where the rows of b lie [step[p]] from the beginnings of two lines, a vector each,
 * or of four, each half a vector. They go into a tile of their own. */
TILE_TARGET static inline __attribute__((always_inline)) void
TILE_NAME(slide_rows)(int rows, unsigned how, int64_t k, const TILE_REAL *a,
                      const TILE_REAL *const *line, const int64_t *step, TILE_REAL *sums, bool add)
{
    _Alignas(64) const TILE_VECTOR zero = { 0 };
    _Alignas(64) TILE_VECTOR sum[TILE_ROWS][2];
    const TILE_REAL *const first = line[0], *const second = line[1];
    const bool halves = how & TG__HALVES;
    const TILE_REAL *const third = halves ? line[2] : second, *const last = halves ? line[3] : NULL;
    TILE_UNROLL
    for (int i = 0; i < rows; i++) sum[i][0] = sum[i][1] = zero;
    for (int64_t p = 0; p < k; p++) {
        const int64_t at = step[p];
        const TILE_VECTOR left = TILE_NAME(read)(how, first + at, second + at);
        const TILE_VECTOR right = TILE_NAME(read)(how, third + at, halves ? last + at : NULL);
        TILE_UNROLL
        for (int i = 0; i < rows; i++) {
            const TILE_VECTOR factor = a[i] - zero;
            sum[i][0] = TILE_FMA(factor, left, sum[i][0]);
            sum[i][1] = TILE_FMA(factor, right, sum[i][1]);
        }
        a += rows;
    }
    TILE_VECTOR *const to = (TILE_VECTOR *)sums;
    if (add) {
        TILE_UNROLL
        for (int i = 0; i < rows; i++) {
            sum[i][0] += to[2 * i];
            sum[i][1] += to[2 * i + 1];
        }
    }
    TILE_UNROLL
    for (int i = 0; i < rows; i++) {
        to[2 * i] = sum[i][0];
        to[2 * i + 1] = sum[i][1];
    }
}

TILE_TARGET static inline __attribute__((always_inline)) void
TILE_NAME(slide_how)(int rows, unsigned how, int64_t k, const TILE_REAL *a,
                     const TILE_REAL *const *line, const int64_t *step, TILE_REAL *sums, bool add)
{
    switch (how) {
    case 0: TILE_NAME(slide_rows)(rows, 0, k, a, line, step, sums, add); break;
    case 1: TILE_NAME(slide_rows)(rows, 1, k, a, line, step, sums, add); break;
    case 2: TILE_NAME(slide_rows)(rows, 2, k, a, line, step, sums, add); break;
    default: TILE_NAME(slide_rows)(rows, 3, k, a, line, step, sums, add); break;
    }
}

TILE_TARGET static void TILE_NAME(slide)(int rows, unsigned how, int64_t k, const void *a,
                                         const void *const *lines, const int64_t *step, void *sums,
                                         bool add)
{
    const TILE_REAL *const *line = (const TILE_REAL *const *)lines;
    switch (rows) {
    case 1: TILE_NAME(slide_how)(1, how, k, a, line, step, sums, add); break;
    case TILE_ROWS / 2:
        TILE_NAME(slide_how)(TILE_ROWS / 2, how, k, a, line, step, sums, add);
        break;
    case TILE_ROWS * 2 / 3:
        TILE_NAME(slide_how)(TILE_ROWS * 2 / 3, how, k, a, line, step, sums, add);
        break;
    default: TILE_NAME(slide_how)(TILE_ROWS, how, k, a, line, step, sums, add);
    }
}

/* Puts the part of a tile that is inside c into it. */
TILE_TARGET static void TILE_NAME(place)(int rows, int columns, const void *tile, int tile_row,
                                         void *c, int64_t c_row, int64_t c_column, bool add)
{
    const TILE_REAL *from = tile;
    TILE_REAL *to = c;
    for (int i = 0; i < rows; i++, from += tile_row, to += c_row) {
        if (add) {
            for (int j = 0; j < columns; j++) to[j * c_column] += from[j];
        } else if (c_column == 1) {
            memcpy(to, from, (size_t)columns * sizeof *to);
        } else {
            for (int j = 0; j < columns; j++) to[j * c_column] = from[j];
        }
    }
}

/* Puts a vector, or half of one, of each row of a tile into c. */
TILE_TARGET static void TILE_NAME(put)(int rows, bool half, const void *tile, void *c,
                                       int64_t c_row)
{
    const TILE_REAL *from = tile;
    TILE_REAL *to = c;
    for (int i = 0; i < rows; i++, from += TILE_NAME(columns), to += c_row) {
        if (half) memcpy(to, from, sizeof(TILE_VECTOR) / 2);
        else *(TILE_VECTOR *)to = *(const TILE_VECTOR *)from;
    }
}

/* to[p * to_row + i] = line[i][p] */
TILE_TARGET static void TILE_NAME(transpose)(int count, int64_t depth, const TILE_REAL *const *line,
                                             TILE_REAL *to, int64_t to_row)
{
    const int whole = count - count % 4;
    int64_t p = 0;
    for (; p + TILE_BLOCK <= depth; p += TILE_BLOCK) {
        TILE_REAL *const out = to + p * to_row;
        int i = 0;
        for (; i + TILE_BLOCK <= count; i += TILE_BLOCK)
            TILE_TRANSPOSE(line + i, p, out + i, to_row);
        for (; i < whole; i += 4)
            for (int q = 0; q < TILE_BLOCK; q += 4)
                TILE_TRANSPOSE4(line + i, p + q, out + q * to_row + i, to_row);
    }
    for (int64_t q = 0; q < p; q++)
        for (int i = whole; i < count; i++) to[q * to_row + i] = line[i][q];
    for (; p < depth; p++)
        for (int i = 0; i < count; i++) to[p * to_row + i] = line[i][p];
}

/* to[j * to_row + i] = from[i * from_row + j] */
TILE_TARGET static void TILE_NAME(turn)(int64_t rows, int64_t columns, const void *from,
                                        int64_t from_row, void *to, int64_t to_row)
{
    const TILE_REAL *line[TG__GEMM_MOST_COLUMNS];
    for (int64_t i = 0; i < rows; i += TG__GEMM_MOST_COLUMNS) {
        const int count = (int)tg__smaller(rows - i, TG__GEMM_MOST_COLUMNS);
        for (int r = 0; r < count; r++) line[r] = (const TILE_REAL *)from + (i + r) * from_row;
        TILE_NAME(transpose)(count, columns, line, (TILE_REAL *)to + i, to_row);
    }
}

/* out[p * width + i] = line[i][p], and 0 for i from count on. */
TILE_TARGET static void TILE_NAME(pack_lines)(int width, int count, int64_t depth,
                                              const void *const *line, void *out)
{
    static const TILE_REAL zeros[TG__GEMM_DEPTH];
    const TILE_REAL *from[TG__GEMM_MOST_COLUMNS];
    for (int64_t p = 0; p < depth; p += TG__GEMM_DEPTH) {
        for (int i = 0; i < width; i++)
            from[i] = i < count ? (const TILE_REAL *)line[i] + p : zeros;
        TILE_NAME(transpose)(width, tg__smaller(depth - p, TG__GEMM_DEPTH), from,
                             (TILE_REAL *)out + p * width, width);
    }
}

/* Copies [count] lines of [depth] elements side by side, so that what is needed together
 * lies together: out[p * width + i] = from[i * across + p * deep], and 0 for i from count on, up to
 * [lines]. */
TILE_TARGET static void TILE_NAME(pack)(int width, int count, int lines, int64_t depth,
                                        const void *from, int64_t across, int64_t deep, void *out)
{
    const TILE_REAL *source = from;
    TILE_REAL *packed = out;
    if (across == 1 && lines == count && count > 1) {
        for (int64_t p = 0; p < depth; p++)
            for (int i = 0; i < count; i++) packed[p * width + i] = source[p * deep + i];
        return;
    }
    if (deep == 1 && count >= 4 && lines == width) {
        const void *line[TG__GEMM_MOST_COLUMNS];
        for (int i = 0; i < count; i++) line[i] = source + i * across;
        TILE_NAME(pack_lines)(width, count, depth, line, out);
        return;
    }
    for (int i = 0; i < lines; i++)
        for (int64_t p = 0; p < depth; p++)
            packed[p * width + i] = i < count ? source[i * across + p * deep] : 0;
}

/* The panels of a few lines at a time, so that what is read of a step is whole cache lines. */
TILE_TARGET static inline __attribute__((always_inline)) void
TILE_NAME(pack_beside)(int width, int64_t count, int64_t depth, const TILE_REAL *from, int64_t deep,
                       TILE_REAL *out)
{
    enum { AT_ONCE = 8 };
    while (count >= width) {
        const int64_t panels = tg__smaller(count / width, AT_ONCE);
        for (int64_t p = 0; p < depth; p++)
            for (int64_t t = 0; t < panels; t++)
                memcpy(out + (t * depth + p) * width, from + p * deep + t * width,
                       (size_t)width * sizeof *out);
        count -= panels * width;
        from += panels * width;
        out += panels * width * depth;
    }
    for (int64_t p = 0; p < depth && count > 0; p++)
        for (int64_t i = 0; i < width; i++) out[p * width + i] = i < count ? from[p * deep + i] : 0;
}

/* Copies [count] lines that lie beside each other into panels of [width]: element p of line i is at
 * from[p * deep + i], and goes to out[(i / width * depth + p) * width + i % width]. The last panel
 * is filled up with zeros. [width] is one of a tile's. */
TILE_TARGET static void TILE_NAME(pack_wide)(int width, int64_t count, int64_t depth,
                                             const void *from, int64_t deep, void *out)
{
#define TILE_OF(width) TILE_NAME(pack_beside)(width, count, depth, from, deep, out)
    if (width == TILE_NAME(columns)) TILE_OF(TILE_NAME(columns));
    else if (width == TILE_ROWS) TILE_OF(TILE_ROWS);
    else if (width == TILE_ROWS * 2 / 3) TILE_OF(TILE_ROWS * 2 / 3);
    else if (width == TILE_ROWS / 2) TILE_OF(TILE_ROWS / 2);
    else TILE_OF(1);
#undef TILE_OF
}

typedef int64_t TILE_NAME(bits) __attribute__((vector_size(sizeof(TILE_VECTOR))));

/* The lanes of a slot's first part, where it has two. */
enum { TILE_NAME(half) = TG__GEMM_VECTOR_BYTES / sizeof(TILE_REAL) / 2 };

/* One vector of this instruction set of what a slot names of a line, from lane [lane] on. But for
 * the slot's own lanes, zeros. */
TILE_TARGET static inline __attribute__((always_inline)) TILE_VECTOR
TILE_NAME(slot)(unsigned how, int lane, const TILE_REAL *line, const int64_t *at,
                TILE_NAME(bits) mask)
{
    const int half = TILE_NAME(half);
    const int apart = how & TG__EVEN ? 2 : 1;
    const bool high = how & TG__HALVES && lane >= half;
    const TILE_REAL *low = line + at[high] + apart * (high ? lane - half : lane);
    TILE_VECTOR all;
    if ((int)TILE_NAME(lanes) > half)
        all = TILE_NAME(read)(how, low, how & TG__HALVES ? line + at[1] : NULL);
    else all = TILE_NAME(read)(how & TG__EVEN, low, NULL);
    return how & TG__MASKED ? (TILE_VECTOR)((TILE_NAME(bits))all & mask) : all;
}

/* The mask of those lanes. */
TILE_TARGET static inline __attribute__((always_inline)) TILE_NAME(bits)
    TILE_NAME(mask)(unsigned how, int lane, const tg__gemm_slot *slot)
{
    const int half = TILE_NAME(half);
    const bool high = how & TG__HALVES && lane >= half;
    const TILE_REAL *low = (const TILE_REAL *)slot->mask[high] + (high ? lane - half : lane);
    if ((int)TILE_NAME(lanes) > half)
        return (TILE_NAME(bits))TILE_NAME(read)(how & TG__HALVES, low, slot->mask[1]);
    return (TILE_NAME(bits))TILE_NAME(read)(0, low, NULL);
}

/* The sum of several vectors, lane by lane by halves, whatever their size. */
TILE_TARGET static inline __attribute__((always_inline)) TILE_REAL
TILE_NAME(sum_of)(int count, TILE_VECTOR *vector)
{
    for (int width = count / 2; width > 0; width /= 2)
        for (int i = 0; i < width; i++) vector[i] += vector[i + width];
    return TILE_SUM(vector[0]);
}

/* The partial sums, in one vector of each slot from lane [lane] on, of the dot products of [rows]
 * lines with LINES others. They go to [sums], [apart] vectors apart. */
TILE_TARGET static inline __attribute__((always_inline)) void
TILE_NAME(along_lanes)(int rows, unsigned how, int lane, int64_t count, const tg__gemm_slot *slot,
                       const TILE_REAL *const *a, const TILE_REAL *const *b, TILE_VECTOR *sums,
                       int apart)
{
    _Alignas(64) const TILE_VECTOR zero = { 0 };
    _Alignas(64) TILE_VECTOR sum[TILE_ROWS / 3][TG__GEMM_LINES], left[TILE_ROWS / 3];
    TILE_NAME(bits) mask = { 0 };
    TILE_UNROLL
    for (int i = 0; i < rows; i++) {
        TILE_UNROLL
        for (int j = 0; j < TG__GEMM_LINES; j++) sum[i][j] = zero;
    }
    for (int64_t s = 0; s < count; s++) {
        if (how & TG__MASKED) mask = TILE_NAME(mask)(how, lane, slot + s);
        TILE_UNROLL
        for (int i = 0; i < rows; i++)
            left[i] = TILE_NAME(slot)(how & ~(unsigned)TG__EVEN, lane, a[i], slot[s].a, mask);
        TILE_UNROLL
        for (int j = 0; j < TG__GEMM_LINES; j++) {
            const TILE_VECTOR right = TILE_NAME(slot)(how, lane, b[j], slot[s].b, mask);
            TILE_UNROLL
            for (int i = 0; i < rows; i++) sum[i][j] = TILE_FMA(left[i], right, sum[i][j]);
        }
    }
    TILE_UNROLL
    for (int i = 0; i < rows; i++) {
        TILE_UNROLL
        for (int j = 0; j < TG__GEMM_LINES; j++) sums[(i * TG__GEMM_LINES + j) * apart] = sum[i][j];
    }
}

/* The dot products of [rows] lines with LINES others, over so many slots. Where a slot is several
 * vectors, one after the other goes over all slots: the sums are the same. */
TILE_TARGET static inline __attribute__((always_inline)) void
TILE_NAME(along_rows)(int rows, unsigned how, int64_t count, const tg__gemm_slot *slot,
                      const TILE_REAL *const *a, const TILE_REAL *const *b, TILE_REAL *sums)
{
    enum { VECTORS = TG__GEMM_VECTOR_BYTES / sizeof(TILE_VECTOR) };
    _Alignas(64) TILE_VECTOR total[TILE_ROWS / 3 * TG__GEMM_LINES * VECTORS];
    for (int v = 0; v < VECTORS; v++)
        TILE_NAME(along_lanes)
        (rows, how, v * TILE_NAME(lanes), count, slot, a, b, total + v, VECTORS);
    for (int i = 0; i < rows * TG__GEMM_LINES; i++)
        sums[i] = TILE_NAME(sum_of)(VECTORS, total + i * VECTORS);
}

/* [rows] is TILE_ROWS / 3 or half of that. */
TILE_TARGET static void TILE_NAME(along)(int rows, unsigned how, int64_t count,
                                         const tg__gemm_slot *slot, const void *const *a,
                                         const void *const *b, void *sums)
{
    const TILE_REAL *const *left = (const TILE_REAL *const *)a;
    const TILE_REAL *const *right = (const TILE_REAL *const *)b;
#define TILE_ALONG(how)                                                                            \
    case how:                                                                                      \
        if (rows == TILE_ROWS / 3)                                                                 \
            TILE_NAME(along_rows)(TILE_ROWS / 3, how, count, slot, left, right, sums);             \
        else TILE_NAME(along_rows)(TILE_ROWS / 6, how, count, slot, left, right, sums);            \
        break;
    switch (how) {
        TILE_ALONG(0)
        TILE_ALONG(1)
        TILE_ALONG(2)
        TILE_ALONG(3)
        TILE_ALONG(4)
        TILE_ALONG(5)
        TILE_ALONG(6)
        TILE_ALONG(7)
    default: break;
    }
#undef TILE_ALONG
}

/* The lanes of a dot product, and how many of them are computed at once. */
enum {
    TILE_NAME(dot_lanes) = TG__GEMM_LANE_BYTES / sizeof(TILE_REAL),
    TILE_NAME(dot_vectors) = TG__GEMM_LANE_BYTES / sizeof(TILE_VECTOR),
    TILE_NAME(dots_at_once) = 12 / TILE_NAME(dot_vectors)
};

TILE_TARGET static inline __attribute__((always_inline)) void
TILE_NAME(add_terms)(const TILE_REAL *a, const TILE_REAL *b, TILE_VECTOR *sum)
{
    for (int v = 0; v < TILE_NAME(dot_vectors); v++)
        sum[v] = TILE_FMA(*(const TILE_VECTOR *)(a + v * TILE_NAME(lanes)),
                          *(const TILE_VECTOR *)(b + v * TILE_NAME(lanes)), sum[v]);
}

/* The last terms, which do not fill all lanes; of those that do not fill a vector, [last] has a's,
 * and zeros. */
TILE_TARGET static inline __attribute__((always_inline)) void
TILE_NAME(add_rest)(int64_t rest, const TILE_REAL *a, const TILE_REAL *last, const TILE_REAL *b,
                    TILE_VECTOR *sum)
{
    for (int v = 0; v < TILE_NAME(dot_vectors); v++) {
        const int64_t from = v * TILE_NAME(lanes), left = rest - from;
        if (left >= TILE_NAME(lanes)) {
            sum[v] = TILE_FMA(*(const TILE_VECTOR *)(a + from), *(const TILE_VECTOR *)(b + from),
                              sum[v]);
        } else if (left > 0) {
            _Alignas(64) TILE_REAL few[TILE_NAME(lanes)] = { 0 };
            for (int64_t i = 0; i < left; i++) few[i] = b[from + i];
            sum[v] = TILE_FMA(*(const TILE_VECTOR *)last, *(const TILE_VECTOR *)few, sum[v]);
        }
    }
}

/* c[j] = the sum over k of a[p] * b[j * b_column + p], for a few j. */
TILE_TARGET static inline __attribute__((always_inline)) void
TILE_NAME(few_dots)(int count, int64_t k, const TILE_REAL *a, const TILE_REAL *last,
                    const TILE_REAL *b, int64_t b_column, TILE_REAL *c, int64_t c_column)
{
    _Alignas(64) const TILE_VECTOR zero = { 0 };
    _Alignas(64) TILE_VECTOR sum[TILE_NAME(dots_at_once)][TILE_NAME(dot_vectors)];
    for (int j = 0; j < count; j++)
        for (int v = 0; v < TILE_NAME(dot_vectors); v++) sum[j][v] = zero;
    int64_t p = 0;
    for (; p + TILE_NAME(dot_lanes) <= k; p += TILE_NAME(dot_lanes))
        for (int j = 0; j < count; j++) TILE_NAME(add_terms)(a + p, b + j * b_column + p, sum[j]);
    for (int j = 0; p < k && j < count; j++)
        TILE_NAME(add_rest)(k - p, a + p, last, b + j * b_column + p, sum[j]);
    for (int j = 0; j < count; j++)
        c[j * c_column] = TILE_NAME(sum_of)(TILE_NAME(dot_vectors), sum[j]);
}

TILE_TARGET static void TILE_NAME(dots)(int64_t count, int64_t k, const void *a, const void *b,
                                        int64_t b_column, void *c, int64_t c_column)
{
    const TILE_REAL *row = a, *column = b;
    TILE_REAL *out = c;
    _Alignas(64) TILE_REAL last[TILE_NAME(lanes)] = { 0 };
    const int64_t rest = k % TILE_NAME(lanes), step = TILE_NAME(dots_at_once);
    if (rest) memcpy(last, row + k - rest, (size_t)rest * sizeof *last);
    for (; count >= step; count -= step, column += step * b_column, out += step * c_column)
        TILE_NAME(few_dots)(TILE_NAME(dots_at_once), k, row, last, column, b_column, out, c_column);
    for (; count > 0; count--, column += b_column, out += c_column)
        TILE_NAME(few_dots)(1, k, row, last, column, b_column, out, c_column);
}

/* Adds to the sums of a strip the terms of four rows of b. The last vector may overlap the one
 * before it: its sums are its own. */
TILE_TARGET static inline __attribute__((always_inline)) void
TILE_NAME(add_rows)(int64_t whole, int64_t end, const TILE_REAL *a, const TILE_REAL *b,
                    int64_t b_row, TILE_REAL *sums, TILE_VECTOR *last)
{
    _Alignas(64) const TILE_VECTOR zero = { 0 };
    const TILE_VECTOR a0 = a[0] - zero, a1 = a[1] - zero, a2 = a[2] - zero, a3 = a[3] - zero;
    const TILE_REAL *const b1 = b + b_row, *const b2 = b1 + b_row, *const b3 = b2 + b_row;
#define TILE_FOUR(j, sum)                                                                          \
    TILE_FMA(a3, *(const TILE_VECTOR *)(b3 + (j)),                                                 \
             TILE_FMA(a2, *(const TILE_VECTOR *)(b2 + (j)),                                        \
                      TILE_FMA(a1, *(const TILE_VECTOR *)(b1 + (j)),                               \
                               TILE_FMA(a0, *(const TILE_VECTOR *)(b + (j)), sum))))
    for (int64_t j = 0; j < whole; j += TILE_NAME(lanes)) {
        TILE_VECTOR *sum = (TILE_VECTOR *)(sums + j);
        *sum = TILE_FOUR(j, *sum);
    }
    if (end > whole) *last = TILE_FOUR(end - TILE_NAME(lanes), *last);
#undef TILE_FOUR
}

/* One row of c: the sums over k of a[p] * b[p * b_row + j], each term after the other. A strip of
 * columns at a time, so that the sums stay in the cache and the rows of b are read as they lie. */
TILE_TARGET static void TILE_NAME(row)(int64_t columns, int64_t k, const void *a, const void *b,
                                       int64_t b_row, void *c, bool add)
{
    const TILE_REAL *factor = a;
    for (int64_t first = 0; first < columns; first += TG__GEMM_STRIP) {
        _Alignas(64) TILE_REAL sums[TG__GEMM_STRIP] = { 0 };
        _Alignas(64) TILE_VECTOR last = { 0 };
        const int64_t width = tg__smaller(columns - first, TG__GEMM_STRIP);
        const int64_t whole = width - width % TILE_NAME(lanes);
        const bool narrow = whole == 0; /* not even one vector */
        const TILE_REAL *row = (const TILE_REAL *)b + first;
        int64_t p = 0;
        for (; p + 4 <= k && !narrow; p += 4, row += 4 * b_row)
            TILE_NAME(add_rows)(whole, width, factor + p, row, b_row, sums, &last);
        const TILE_REAL *const over = (const TILE_REAL *)&last + TILE_NAME(lanes) - width;
        for (int64_t j = whole; j < width && !narrow; j++) sums[j] = over[j];
        for (; p < k; p++, row += b_row)
            for (int64_t j = 0; j < width; j++) sums[j] = TILE_FMA1(factor[p], row[j], sums[j]);
        TILE_REAL *to = (TILE_REAL *)c + first;
        for (int64_t j = 0; j < width; j++) to[j] = add ? to[j] + sums[j] : sums[j];
    }
}

/* A product that fits a few registers: its b is copied beside itself, and that is all. False: it is
 * larger. */
TILE_TARGET static bool TILE_NAME(small)(int64_t m, int64_t n, int64_t k, const void *a,
                                         int64_t a_row, int64_t a_column, const void *b,
                                         int64_t b_row, int64_t b_column, void *c, int64_t c_row,
                                         int64_t c_column)
{
    enum { DEEPEST = 32 };
    _Alignas(64) TILE_REAL rows[DEEPEST][TILE_NAME(columns)];
    _Alignas(64) const TILE_VECTOR zero = { 0 };
    if (n > TILE_NAME(columns) || k > DEEPEST || m > 2 * DEEPEST) return false;
    const int vectors = n > TILE_NAME(lanes) ? 2 : 1;
    const TILE_REAL *left = a, *right = b;
    TILE_REAL *out = c;
    for (int64_t p = 0; p < k; p++) {
        for (int v = 0; v < vectors; v++) ((TILE_VECTOR *)rows[p])[v] = zero;
        for (int64_t j = 0; j < n; j++) rows[p][j] = right[p * b_row + j * b_column];
    }
    for (int64_t i = 0; i < m; i++) {
        _Alignas(64) TILE_VECTOR sum[2] = { zero, zero };
        for (int64_t p = 0; p < k; p++) {
            const TILE_VECTOR factor = left[i * a_row + p * a_column] - zero;
            sum[0] = TILE_FMA(factor, ((const TILE_VECTOR *)rows[p])[0], sum[0]);
            if (vectors == 2) sum[1] = TILE_FMA(factor, ((const TILE_VECTOR *)rows[p])[1], sum[1]);
        }
        const TILE_REAL *from = (const TILE_REAL *)sum;
        for (int64_t j = 0; j < n; j++) out[i * c_row + j * c_column] = from[j];
    }
    return true;
}

static const tg__gemm_kernel TILE_NAME(kernel) = {
    .size = sizeof(TILE_REAL),
    .rows = TILE_ROWS,
    .columns = TILE_NAME(columns),
    .lanes = TG__GEMM_VECTOR_BYTES / sizeof(TILE_REAL),
    .tile = TILE_NAME(tile),
    .runs = TILE_NAME(runs),
    .slide = TILE_NAME(slide),
    .put = TILE_NAME(put),
    .along = TILE_NAME(along),
    .place = TILE_NAME(place),
    .pack = TILE_NAME(pack),
    .pack_lines = TILE_NAME(pack_lines),
    .pack_wide = TILE_NAME(pack_wide),
    .turn = TILE_NAME(turn),
    .dots = TILE_NAME(dots),
    .row = TILE_NAME(row),
    .small = TILE_NAME(small),
};

#undef TILE_NAME
#undef TILE_TARGET
#undef TILE_REAL
#undef TILE_VECTOR
#undef TILE_ROWS
#undef TILE_FMA
#undef TILE_FMA1
#undef TILE_JOIN
#undef TILE_EVEN
#undef TILE_SUM
#undef TILE_TRANSPOSE4
#undef TILE_TRANSPOSE
#undef TILE_BLOCK
