/* gemm_tile.h: the inner kernels of the built-in matrix product, for one element type and
 * one instruction set. gemm_kernels.c includes this file once for each pair, after defining what
 * follows; the file undefines it again.
 *
 *     TILE_NAME(name)     the name of this pair's [name]
 *     TILE_TARGET         the attribute that lets a function use the instruction set
 *     TILE_REAL           float or double
 *     TILE_VECTOR         a type of several of them, aligned like one of them
 *     TILE_ROWS           the rows of c, each of two vectors, that fit in the registers
 *     TILE_FMA(a, b, c)   a * b + c on vectors
 *     TILE_SUM(vector)    the sum of its lanes
 *     TILE_JOIN(low, high)  a vector whose halves are read from two places
 *     TILE_EVEN(low, high)  every second element of a vector at one place, and of one at another
 *     TILE_TRANSPOSE4     transposes 4 by 4 elements: (four lines, from where, out, out row)
 *
 * The compiler unrolls the loops that have constant bounds, and keeps the sums in registers. */

enum {
    TILE_NAME(lanes) = sizeof(TILE_VECTOR) / sizeof(TILE_REAL),
    TILE_NAME(columns) = 2 * TILE_NAME(lanes)
};

/* One tile of c, or its first [rows] rows: the sums over k of a column of a times a row of b.
 * The columns of a are packed; the rows of b lie [b_row] apart. */
TILE_TARGET static inline __attribute__((always_inline)) void
TILE_NAME(rows)(int rows, int64_t k, const TILE_REAL *a, const TILE_REAL *b, int64_t b_row,
                TILE_REAL *c, int64_t c_row, bool add)
{
    /* Aligned, for where a sanitizer keeps them in memory and the compiler forgets to. */
    _Alignas(64) const TILE_VECTOR zero = { 0 };
    _Alignas(64) TILE_VECTOR sum[TILE_ROWS][2];
    for (int i = 0; i < rows; i++) sum[i][0] = sum[i][1] = zero;
    for (int64_t p = 0; p < k; p++) {
        const TILE_VECTOR left = *(const TILE_VECTOR *)b;
        const TILE_VECTOR right = *(const TILE_VECTOR *)(b + TILE_NAME(lanes));
        for (int i = 0; i < rows; i++) {
            const TILE_VECTOR factor = a[i] - zero;
            sum[i][0] = TILE_FMA(factor, left, sum[i][0]);
            sum[i][1] = TILE_FMA(factor, right, sum[i][1]);
        }
        a += rows;
        b += b_row;
    }
    for (int i = 0; i < rows; i++) {
        TILE_VECTOR *left = (TILE_VECTOR *)(c + i * c_row);
        TILE_VECTOR *right = (TILE_VECTOR *)(c + i * c_row + TILE_NAME(lanes));
        if (add) sum[i][0] += *left;
        if (add) sum[i][1] += *right;
        *left = sum[i][0];
        *right = sum[i][1];
    }
}

/* [rows] is one of tg__tile_rows, and the width to which a was packed. */
TILE_TARGET static void TILE_NAME(tile)(int rows, int64_t k, const void *a, const void *b,
                                        int64_t b_row, void *c, int64_t c_row, bool add)
{
    switch (rows) {
    case 1: TILE_NAME(rows)(1, k, a, b, b_row, c, c_row, add); break;
    case TILE_ROWS / 2: TILE_NAME(rows)(TILE_ROWS / 2, k, a, b, b_row, c, c_row, add); break;
    case TILE_ROWS * 2 / 3:
        TILE_NAME(rows)(TILE_ROWS * 2 / 3, k, a, b, b_row, c, c_row, add);
        break;
    default: TILE_NAME(rows)(TILE_ROWS, k, a, b, b_row, c, c_row, add);
    }
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
    for (int i = 0; i < rows; i++) sum[i][0] = sum[i][1] = zero;
    for (int64_t p = 0; p < k; p++) {
        const int64_t at = step[p];
        const TILE_VECTOR left = TILE_NAME(read)(how, first + at, second + at);
        const TILE_VECTOR right = TILE_NAME(read)(how, third + at, halves ? last + at : NULL);
        for (int i = 0; i < rows; i++) {
            const TILE_VECTOR factor = a[i] - zero;
            sum[i][0] = TILE_FMA(factor, left, sum[i][0]);
            sum[i][1] = TILE_FMA(factor, right, sum[i][1]);
        }
        a += rows;
    }
    for (int i = 0; i < rows; i++, sums += TILE_NAME(columns)) {
        TILE_VECTOR *left = (TILE_VECTOR *)sums, *right = left + 1;
        if (add) sum[i][0] += *left;
        if (add) sum[i][1] += *right;
        *left = sum[i][0];
        *right = sum[i][1];
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

/* Copies [count] lines of [depth] elements side by side, so that what is needed together
 * lies together: out[p * width + i] = from[i * across + p * deep], and 0 for i from count on, up to
 * [lines]. */
TILE_TARGET static void TILE_NAME(pack)(int width, int count, int lines, int64_t depth,
                                        const void *from, int64_t across, int64_t deep, void *out)
{
    const TILE_REAL *source = from;
    TILE_REAL *packed = out;
    if (across == 1 && lines == count && width > count && count > 1) {
        for (int64_t p = 0; p < depth; p++)
            for (int i = 0; i < count; i++) packed[p * width + i] = source[p * deep + i];
        return;
    }
    if (count == width && width > 1 && across == 1) {
        for (int64_t p = 0; p < depth; p++) {
            memcpy(packed + p * width, source + p * deep, (size_t)width * sizeof *packed);
        }
        return;
    }
    int i = 0;
    for (; deep == 1 && i + 4 <= count; i += 4) {
        int64_t p = 0;
        for (; p + 4 <= depth; p += 4) {
            const TILE_REAL *const four[] = { source + i * across, source + (i + 1) * across,
                                              source + (i + 2) * across,
                                              source + (i + 3) * across };
            TILE_TRANSPOSE4(four, p, packed + p * width + i, width);
        }
        for (; p < depth; p++) {
            for (int r = i; r < i + 4; r++) packed[p * width + r] = source[r * across + p];
        }
    }
    for (; i < lines; i++) {
        for (int64_t p = 0; p < depth; p++) {
            packed[p * width + i] = i < count ? source[i * across + p * deep] : 0;
        }
    }
}

/* The same of lines that lie anywhere, each contiguous: out[p * width + i] = line[i][p]. */
TILE_TARGET static void TILE_NAME(pack_lines)(int width, int count, int64_t depth,
                                              const void *const *line, void *out)
{
    TILE_REAL *packed = out;
    int i = 0;
    for (; i + 4 <= count; i += 4) {
        const TILE_REAL *const four[] = { line[i], line[i + 1], line[i + 2], line[i + 3] };
        int64_t p = 0;
        for (; p + 4 <= depth; p += 4) {
            TILE_TRANSPOSE4(four, p, packed + p * width + i, width);
        }
        for (; p < depth; p++) {
            for (int r = 0; r < 4; r++) packed[p * width + i + r] = four[r][p];
        }
    }
    for (; i < width; i++) {
        const TILE_REAL *from = i < count ? line[i] : NULL;
        for (int64_t p = 0; p < depth; p++) packed[p * width + i] = from ? from[p] : 0;
    }
}

typedef int64_t TILE_NAME(bits) __attribute__((vector_size(sizeof(TILE_VECTOR))));

/* The vectors of a line that a slot names; but for its own lanes, zeros. */
TILE_TARGET static inline __attribute__((always_inline)) TILE_VECTOR
TILE_NAME(slot)(unsigned how, const TILE_REAL *line, const int64_t *at, TILE_NAME(bits) mask)
{
    const TILE_REAL *high = how & TG__HALVES ? line + at[1] : NULL;
    const TILE_VECTOR all = TILE_NAME(read)(how, line + at[0], high);
    return how & TG__MASKED ? (TILE_VECTOR)((TILE_NAME(bits))all & mask) : all;
}

/* The dot products of [rows] lines with LINES others, over so many slots. */
TILE_TARGET static inline __attribute__((always_inline)) void
TILE_NAME(along_rows)(int rows, unsigned how, int64_t count, const tg__gemm_slot *slot,
                      const TILE_REAL *const *a, const TILE_REAL *const *b, TILE_REAL *sums)
{
    _Alignas(64) const TILE_VECTOR zero = { 0 };
    _Alignas(64) TILE_VECTOR sum[TILE_ROWS / 3][TG__GEMM_LINES], right[TG__GEMM_LINES];
    TILE_NAME(bits) mask = { 0 };
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < TG__GEMM_LINES; j++) sum[i][j] = zero;
    for (const tg__gemm_slot *end = slot + count; slot < end; slot++) {
        if (how & TG__MASKED)
            mask = (TILE_NAME(bits))TILE_NAME(read)(how & TG__HALVES, slot->mask[0], slot->mask[1]);
        for (int j = 0; j < TG__GEMM_LINES; j++)
            right[j] = TILE_NAME(slot)(how, b[j], slot->b, mask);
        for (int i = 0; i < rows; i++) {
            const TILE_VECTOR left =
                TILE_NAME(slot)(how & ~(unsigned)TG__EVEN, a[i], slot->a, mask);
            for (int j = 0; j < TG__GEMM_LINES; j++)
                sum[i][j] = TILE_FMA(left, right[j], sum[i][j]);
        }
    }
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < TG__GEMM_LINES; j++) *sums++ = TILE_SUM(sum[i][j]);
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

/* c[j] = the sum over k of a[p] * b[j * b_column + p], for a few j. */
TILE_TARGET static inline __attribute__((always_inline)) void
TILE_NAME(few_dots)(int count, int64_t k, const TILE_REAL *a, const TILE_REAL *b, int64_t b_column,
                    TILE_REAL *c, int64_t c_column, bool add)
{
    _Alignas(64) const TILE_VECTOR zero = { 0 };
    _Alignas(64) TILE_VECTOR sum[4][2];
    for (int j = 0; j < count; j++) sum[j][0] = sum[j][1] = zero;
    int64_t p = 0;
    for (; p + TILE_NAME(columns) <= k; p += TILE_NAME(columns)) {
        const TILE_VECTOR left = *(const TILE_VECTOR *)(a + p);
        const TILE_VECTOR right = *(const TILE_VECTOR *)(a + p + TILE_NAME(lanes));
        for (int j = 0; j < count; j++) {
            const TILE_REAL *line = b + j * b_column + p;
            sum[j][0] = TILE_FMA(left, *(const TILE_VECTOR *)line, sum[j][0]);
            sum[j][1] = TILE_FMA(right, *(const TILE_VECTOR *)(line + TILE_NAME(lanes)), sum[j][1]);
        }
    }
    for (int j = 0; j < count; j++) {
        const TILE_VECTOR both = sum[j][0] + sum[j][1];
        TILE_REAL total = 0;
        for (int lane = 0; lane < TILE_NAME(lanes); lane++) total += both[lane];
        for (int64_t q = p; q < k; q++) total += a[q] * b[j * b_column + q];
        c[j * c_column] = add ? c[j * c_column] + total : total;
    }
}

TILE_TARGET static void TILE_NAME(dots)(int64_t count, int64_t k, const void *a, const void *b,
                                        int64_t b_column, void *c, int64_t c_column, bool add)
{
    const TILE_REAL *column = b;
    TILE_REAL *out = c;
    for (; count >= 4; count -= 4, column += 4 * b_column, out += 4 * c_column) {
        TILE_NAME(few_dots)(4, k, a, column, b_column, out, c_column, add);
    }
    for (; count > 0; count--, column += b_column, out += c_column) {
        TILE_NAME(few_dots)(1, k, a, column, b_column, out, c_column, add);
    }
}

static const tg__gemm_kernel TILE_NAME(kernel) = {
    .size = sizeof(TILE_REAL),
    .rows = TILE_ROWS,
    .columns = TILE_NAME(columns),
    .tile = TILE_NAME(tile),
    .slide = TILE_NAME(slide),
    .put = TILE_NAME(put),
    .along = TILE_NAME(along),
    .place = TILE_NAME(place),
    .pack = TILE_NAME(pack),
    .pack_lines = TILE_NAME(pack_lines),
    .dots = TILE_NAME(dots),
};

#undef TILE_NAME
#undef TILE_TARGET
#undef TILE_REAL
#undef TILE_VECTOR
#undef TILE_ROWS
#undef TILE_FMA
#undef TILE_JOIN
#undef TILE_EVEN
#undef TILE_SUM
#undef TILE_TRANSPOSE4
