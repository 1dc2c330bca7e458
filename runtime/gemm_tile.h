/* gemm_tile.h: the inner kernels of the built-in matrix product, for one element type and
 * one instruction set. gemm.c includes this file once for each pair, after defining what
 * follows; the file undefines it again.
 *
 *     TILE_NAME(name)     the name of this pair's [name]
 *     TILE_TARGET         the attribute that lets a function use the instruction set
 *     TILE_REAL           float or double
 *     TILE_VECTOR         a type of several of them, aligned like one of them
 *     TILE_ROWS           the rows of c, each of two vectors, that fit in the registers
 *     TILE_FMA(a, b, c)   a * b + c on vectors
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

/* [rows] is 1, TILE_ROWS / 2 or TILE_ROWS, and the width to which a was packed. */
TILE_TARGET static void TILE_NAME(tile)(int rows, int64_t k, const void *a, const void *b,
                                        int64_t b_row, void *c, int64_t c_row, bool add)
{
    if (rows == 1) TILE_NAME(rows)(1, k, a, b, b_row, c, c_row, add);
    else if (rows == TILE_ROWS / 2) TILE_NAME(rows)(TILE_ROWS / 2, k, a, b, b_row, c, c_row, add);
    else TILE_NAME(rows)(TILE_ROWS, k, a, b, b_row, c, c_row, add);
}

/* Puts the part of a tile that is inside c into it. */
TILE_TARGET static void TILE_NAME(place)(int rows, int columns, const void *tile, void *c,
                                         int64_t c_row, int64_t c_column, bool add)
{
    const TILE_REAL *from = tile;
    TILE_REAL *to = c;
    for (int i = 0; i < rows; i++, from += TILE_NAME(columns), to += c_row) {
        if (add) {
            for (int j = 0; j < columns; j++) to[j * c_column] += from[j];
        } else if (c_column == 1) {
            memcpy(to, from, (size_t)columns * sizeof *to);
        } else {
            for (int j = 0; j < columns; j++) to[j * c_column] = from[j];
        }
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

static const gemm_kernel TILE_NAME(kernel) = {
    .size = sizeof(TILE_REAL),
    .rows = TILE_ROWS,
    .columns = TILE_NAME(columns),
    .tile = TILE_NAME(tile),
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
#undef TILE_TRANSPOSE4
