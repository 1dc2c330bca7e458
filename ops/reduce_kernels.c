/* reduce_kernels.c: the kernel functions of reductions: sums, whose order is part of the result,
 * and extremes. */
#include "ops/reduce_kernels.h"

#include "kernels/vector.h"

/* ---- Sums ------------------------------------------------------------------------------- */

/* All sums have one order (docs/sums.md). Fewer than LANES terms are added one after the other in
 * double. More terms are cut into panels. In a panel, term i is added to lane i % LANES, and the
 * lanes are then added by halves, in double. Two panels of equal size are joined to one of twice
 * the size as soon as there are two, as digits of a growing binary number are carried; what is left
 * at the end is added from the smallest on.
 *
 * Lanes of f32 are floats. If one overflows, where the sum might not, all terms are added again
 * in lanes of double. */
enum { LANES = 32, PANEL = 1024, STRIP_BYTES = 512, LEVELS = 64 };

/* How many joins follow panel [i], counted from 0: as many as the binary number i has ones at
 * its end. */
static inline int joins_after(int64_t i) { return __builtin_ctzll(~(unsigned long long)i); }

/* The sums of panels that wait for another of their size, the largest first. */
typedef struct waiting {
    double sum[LEVELS];
    int depth;
} waiting;

/* Adds panel [i], the next one. */
TG_INLINE void add_panel(waiting *w, int64_t i, double sum)
{
    w->sum[w->depth++] = sum;
    for (int join = joins_after(i); join > 0; join--, w->depth--)
        w->sum[w->depth - 2] += w->sum[w->depth - 1];
}
TG_INLINE double total_of(waiting *w)
{
    double total = 0;
    while (w->depth > 0) total += w->sum[--w->depth];
    return total;
}

static double add_pairwise(int64_t n, const tg__partial *part)
{
    waiting w;
    w.depth = 0;
    for (int64_t i = 0; i < n; i++) add_panel(&w, i, part[i].real);
    return total_of(&w);
}

/* Rows, with lanes of type Lane. */
#define SUM_RUN(name, T, Lane, TERM)                                                               \
    TG_INLINE double name##_panel(int64_t n, const T *x)                                           \
    {                                                                                              \
        const int64_t whole = n - n % LANES;                                                       \
        Lane lane[LANES] = { 0 };                                                                  \
        for (int64_t i = 0; i < whole; i += LANES) TG_SIMD                                         \
        for (int k = 0; k < LANES; k++) lane[k] += TERM((Lane)x[i + k]);                           \
        for (int64_t i = whole; i < n; i++) lane[i - whole] += TERM((Lane)x[i]);                   \
        double sum[LANES / 2];                                                                     \
        for (int k = 0; k < LANES / 2; k++)                                                        \
            sum[k] = (double)lane[k] + (double)lane[k + LANES / 2];                                \
        for (int width = LANES / 4; width > 0; width /= 2)                                         \
            for (int k = 0; k < width; k++) sum[k] += sum[k + width];                              \
        return sum[0];                                                                             \
    }                                                                                              \
    TG_INLINE double name(int64_t n, const T *x)                                                   \
    {                                                                                              \
        if (n <= PANEL) return name##_panel(n, x);                                                 \
        waiting w;                                                                                 \
        w.depth = 0;                                                                               \
        for (int64_t i = 0; i * PANEL < n; i++) {                                                  \
            const int64_t rest = n - i * PANEL;                                                    \
            add_panel(&w, i, name##_panel(rest < PANEL ? rest : PANEL, x + i * PANEL));            \
        }                                                                                          \
        return total_of(&w);                                                                       \
    }

/* Columns, a strip at a time, in the same order. */
#define SUM_STRIP(name, T, Lane, TERM)                                                             \
    TG_CLONES static void name##_panel(int64_t rows, int64_t n, const T *x, int64_t width,         \
                                       double *total)                                              \
    {                                                                                              \
        Lane lane[LANES][STRIP_BYTES / sizeof(T)];                                                 \
        for (int64_t i = 0; i < LANES; i++) TG_SIMD                                                \
        for (int64_t j = 0; j < width; j++) lane[i][j] = i < rows ? TERM((Lane)x[i * n + j]) : 0;  \
        for (int64_t i = LANES; i < rows; i++) TG_SIMD                                             \
        for (int64_t j = 0; j < width; j++) lane[i % LANES][j] += TERM((Lane)x[i * n + j]);        \
        double sum[LANES / 2][STRIP_BYTES / sizeof(T)];                                            \
        for (int k = 0; k < LANES / 2; k++) TG_SIMD                                                \
        for (int64_t j = 0; j < width; j++)                                                        \
            sum[k][j] = (double)lane[k][j] + (double)lane[k + LANES / 2][j];                       \
        for (int half = LANES / 4; half > 0; half /= 2)                                            \
            for (int k = 0; k < half; k++) TG_SIMD                                                 \
        for (int64_t j = 0; j < width; j++) sum[k][j] += sum[k + half][j];                         \
        memcpy(total, sum[0], (size_t)width * sizeof *total);                                      \
    }                                                                                              \
    static void name(int64_t rows, int64_t n, const T *x, int64_t width, double *total)            \
    {                                                                                              \
        if (rows <= PANEL) {                                                                       \
            name##_panel(rows, n, x, width, total);                                                \
            return;                                                                                \
        }                                                                                          \
        double stack[LEVELS][STRIP_BYTES / sizeof(T)];                                             \
        int depth = 0;                                                                             \
        for (int64_t i = 0; i * PANEL < rows; i++) {                                               \
            const int64_t rest = rows - i * PANEL;                                                 \
            name##_panel(rest < PANEL ? rest : PANEL, n, x + i * PANEL * n, width,                 \
                         stack[depth++]);                                                          \
            for (int join = joins_after(i); join > 0; join--, depth--)                             \
                for (int64_t j = 0; j < width; j++) stack[depth - 2][j] += stack[depth - 1][j];    \
        }                                                                                          \
        for (int64_t j = 0; j < width; j++) total[j] = 0;                                          \
        while (depth-- > 0)                                                                        \
            for (int64_t j = 0; j < width; j++) total[j] += stack[depth][j];                       \
    }

#define AS_IT_IS(x) (x)
#define SQUARED(x)  ((x) * (x))
#define RUNS(name, T, Lane, TERM)                                                                  \
    SUM_RUN(run_##name, T, Lane, TERM)                                                             \
    SUM_STRIP(strip_##name, T, Lane, TERM)
RUNS(sum_f32, float, float, AS_IT_IS)
RUNS(sum_f64, double, double, AS_IT_IS)
RUNS(sum_wide_f32, float, double, AS_IT_IS)
RUNS(sum_squares_f32, float, float, SQUARED)
RUNS(sum_squares_f64, double, double, SQUARED)
RUNS(sum_squares_wide_f32, float, double, SQUARED)

/* Have lanes of f32 lost nothing: did no sum overflow; did no square overflow, or vanish beside
 * the sum? If they have, all is added again in lanes of double. */
static inline bool sum_holds(double sum) { return isfinite(sum); }
static inline bool squares_hold(double sum) { return sum >= 0x1p-60 && sum <= 0x1p120; }

/* Of terms of type T, to a result of type Out. */
#define SUM_FLOATS(id, type, T, Out, TERM, wide, holds)                                            \
    TG_CLONES static double id##_again_##type(int64_t n, const T *x)                               \
    {                                                                                              \
        return run_##id##_##wide(n, x);                                                            \
    }                                                                                              \
    TG_INLINE double id##_run_##type(int64_t n, const T *x)                                        \
    {                                                                                              \
        double total = 0;                                                                          \
        if (n < LANES) {                                                                           \
            for (int64_t i = 0; i < n; i++) total += TERM((double)x[i]);                           \
            return total;                                                                          \
        }                                                                                          \
        total = run_##id##_##type(n, x);                                                           \
        return holds(total) ? total : id##_again_##type(n, x);                                     \
    }                                                                                              \
    TG_CLONES static void id##_few_##type(int64_t rows, int64_t n, const T *x, int64_t width,      \
                                          double *total)                                           \
    {                                                                                              \
        for (int64_t j = 0; j < width; j++) total[j] = 0;                                          \
        for (int64_t i = 0; i < rows; i++) TG_SIMD                                                 \
        for (int64_t j = 0; j < width; j++) total[j] += TERM((double)x[i * n + j]);                \
    }                                                                                              \
    static void id##_strip_##type(int64_t rows, int64_t n, const T *x, int64_t width,              \
                                  double *total)                                                   \
    {                                                                                              \
        if (rows < LANES) {                                                                        \
            id##_few_##type(rows, n, x, width, total);                                             \
            return;                                                                                \
        }                                                                                          \
        strip_##id##_##type(rows, n, x, width, total);                                             \
        for (int64_t j = 0; j < width; j++)                                                        \
            if (!holds(total[j])) strip_##id##_##wide(rows, n, x + j, 1, total + j);               \
    }                                                                                              \
    TG_CLONES static void id##_rows_##type(int64_t rows, int64_t n, const void *in, void *out)     \
    {                                                                                              \
        for (int64_t r = 0; r < rows; r++)                                                         \
            ((Out *)out)[r] = (Out)id##_run_##type(n, (const T *)in + r * n);                      \
    }                                                                                              \
    static inline void id##_divided_##type(int64_t rows, int64_t n, const T *x, double divisor,    \
                                           Out *out)                                               \
    {                                                                                              \
        enum { WIDTH = STRIP_BYTES / sizeof(T) };                                                  \
        for (int64_t first = 0; first < n; first += WIDTH) {                                       \
            const int64_t width = first + WIDTH < n ? WIDTH : n - first;                           \
            double total[WIDTH];                                                                   \
            id##_strip_##type(rows, n, x + first, width, total);                                   \
            for (int64_t j = 0; j < width; j++) out[first + j] = (Out)(total[j] / divisor);        \
        }                                                                                          \
    }                                                                                              \
    static void id##_columns_##type(int64_t rows, int64_t n, const void *in, void *out)            \
    {                                                                                              \
        id##_divided_##type(rows, n, in, 1, out);                                                  \
    }                                                                                              \
    TG_CLONES static void id##_block_##type(int64_t n, const void *in, tg__partial *part)          \
    {                                                                                              \
        part->real = id##_run_##type(n, in);                                                       \
    }                                                                                              \
    static void id##_finish_##type(int64_t blocks, int64_t count, const tg__partial *part,         \
                                   void *out)                                                      \
    {                                                                                              \
        (void)count;                                                                               \
        *(Out *)out = (Out)add_pairwise(blocks, part);                                             \
    }
SUM_FLOATS(sum, f32, float, float, AS_IT_IS, wide_f32, sum_holds)
SUM_FLOATS(sum, f64, double, double, AS_IT_IS, f64, sum_holds)
SUM_FLOATS(sum_squares, f32, float, double, SQUARED, wide_f32, squares_hold)
SUM_FLOATS(sum_squares, f64, double, double, SQUARED, f64, isfinite)

/* Columns, whose rows come block by block: in double, so that nothing is lost that would ask for
 * these rows again, and some rows at a time, so that parts are not read and written for each. */
#define GATHER_SUM(id, type, T, TERM)                                                              \
    TG_INLINE void id##_gather_some_##type(int rows, int64_t n, const T *x, tg__partial *part)     \
    {                                                                                              \
        TG_SIMD                                                                                    \
        for (int64_t j = 0; j < n; j++) {                                                          \
            double sum = TERM((double)x[j]);                                                       \
            for (int r = 1; r < rows; r++) sum += TERM((double)x[r * n + j]);                      \
            part[j].real += sum;                                                                   \
        }                                                                                          \
    }                                                                                              \
    TG_CLONES static void id##_gather_##type(bool begins, int64_t rows, int64_t n, const void *in, \
                                             tg__partial *part)                                    \
    {                                                                                              \
        const T *x = in;                                                                           \
        for (int64_t j = 0; begins && j < n; j++) part[j].real = 0;                                \
        for (; rows >= 8; rows -= 8, x += 8 * n) id##_gather_some_##type(8, n, x, part);           \
        if (rows & 4) id##_gather_some_##type(4, n, x, part);                                      \
        if (rows & 2) id##_gather_some_##type(2, n, x + (rows & 4) * n, part);                     \
        if (rows & 1) id##_gather_some_##type(1, n, x + (rows & 6) * n, part);                     \
    }
GATHER_SUM(sum, f32, float, AS_IT_IS)
GATHER_SUM(sum, f64, double, AS_IT_IS)
GATHER_SUM(sum_squares, f32, float, SQUARED)
GATHER_SUM(sum_squares, f64, double, SQUARED)

/* Neighbours, then neighbours of these, in the place of the first. */
TG_CLONES static void join_sums(int64_t parts, int64_t n, tg__partial *part)
{
    for (int64_t step = 1; step < parts; step *= 2)
        for (int64_t i = 0; i + step < parts; i += 2 * step) TG_SIMD
    for (int64_t j = 0; j < n; j++) part[i * n + j].real += part[(i + step) * n + j].real;
}
#define JOIN_SUM(id, type, Out, divisor)                                                           \
    static void id##_join_##type(int64_t parts, int64_t rows, int64_t n, tg__partial *part,        \
                                 void *out)                                                        \
    {                                                                                              \
        (void)rows;                                                                                \
        join_sums(parts, n, part);                                                                 \
        for (int64_t j = 0; j < n; j++) ((Out *)out)[j] = (Out)(part[j].real / (divisor));         \
    }
JOIN_SUM(sum, f32, float, 1)
JOIN_SUM(sum, f64, double, 1)
JOIN_SUM(sum_squares, f32, double, 1)
JOIN_SUM(sum_squares, f64, double, 1)
JOIN_SUM(mean, f32, float, (double)rows)
JOIN_SUM(mean, f64, double, (double)rows)

#define MEAN(id, dtype, type, T, ...)                                                              \
    TG_CLONES static void mean_rows_##type(int64_t rows, int64_t n, const void *in, void *out)     \
    {                                                                                              \
        for (int64_t r = 0; r < rows; r++)                                                         \
            ((T *)out)[r] = (T)(sum_run_##type(n, (const T *)in + r * n) / (double)n);             \
    }                                                                                              \
    static void mean_columns_##type(int64_t rows, int64_t n, const void *in, void *out)            \
    {                                                                                              \
        sum_divided_##type(rows, n, in, (double)rows, out);                                        \
    }                                                                                              \
    static void mean_finish_##type(int64_t blocks, int64_t count, const tg__partial *part,         \
                                   void *out)                                                      \
    {                                                                                              \
        *(T *)out = (T)(add_pairwise(blocks, part) / (double)count);                               \
    }
TG_EACH_FLOAT(MEAN, mean)

/* Columns of what has one result in any order, in a tg__partial's [member], of type M. */
#define GATHER_ANY(id, type, T, member, M, JOIN)                                                   \
    TG_CLONES static void id##_gather_##type(bool begins, int64_t rows, int64_t n, const void *in, \
                                             tg__partial *part)                                    \
    {                                                                                              \
        const T *x = in;                                                                           \
        for (int64_t j = 0; begins && j < n; j++) part[j].member = (M)x[j];                        \
        for (int64_t r = begins; r < rows; r++) TG_SIMD                                            \
        for (int64_t j = 0; j < n; j++) part[j].member = (M)JOIN(x[r * n + j], (T)part[j].member); \
    }                                                                                              \
    TG_CLONES static void id##_join_##type(int64_t parts, int64_t rows, int64_t n,                 \
                                           tg__partial *part, void *out)                           \
    {                                                                                              \
        (void)rows;                                                                                \
        for (int64_t i = 1; i < parts; i++) TG_SIMD                                                \
        for (int64_t j = 0; j < n; j++)                                                            \
            part[j].member = (M)JOIN((T)part[i * n + j].member, (T)part[j].member);                \
        for (int64_t j = 0; j < n; j++) ((T *)out)[j] = (T)part[j].member;                         \
    }

#define SUM_INT(id, dtype, type, T, U, ...)                                                        \
    static void sum_rows_##type(int64_t rows, int64_t n, const void *in, void *out)                \
    {                                                                                              \
        for (int64_t r = 0; r < rows; r++) {                                                       \
            U total = 0;                                                                           \
            for (int64_t i = 0; i < n; i++) total += (U)((const T *)in)[r * n + i];                \
            ((T *)out)[r] = (T)total;                                                              \
        }                                                                                          \
    }                                                                                              \
    static void sum_columns_##type(int64_t rows, int64_t n, const void *in, void *out)             \
    {                                                                                              \
        for (int64_t j = 0; j < n; j++) {                                                          \
            U total = 0;                                                                           \
            for (int64_t i = 0; i < rows; i++) total += (U)((const T *)in)[i * n + j];             \
            ((T *)out)[j] = (T)total;                                                              \
        }                                                                                          \
    }                                                                                              \
    static void sum_block_##type(int64_t n, const void *in, tg__partial *part)                     \
    {                                                                                              \
        T total;                                                                                   \
        sum_rows_##type(1, n, in, &total);                                                         \
        part->whole = (int64_t)total;                                                              \
    }                                                                                              \
    static void sum_finish_##type(int64_t blocks, int64_t count, const tg__partial *part,          \
                                  void *out)                                                       \
    {                                                                                              \
        uint64_t total = 0;                                                                        \
        (void)count;                                                                               \
        for (int64_t i = 0; i < blocks; i++) total += (uint64_t)part[i].whole;                     \
        *(T *)out = (T)(U)total;                                                                   \
    }                                                                                              \
    static inline T sum_wrapped_##type(T a, T b) { return (T)((U)a + (U)b); }                      \
    GATHER_ANY(sum, type, T, whole, int64_t, sum_wrapped_##type)
TG_EACH_INT(SUM_INT, sum)

/* ---- Extremes --------------------------------------------------------------------------- */

/* Joins lanes by halves: a loop for each step, of constant length, so that the compiler makes
 * vectors of them. */
#define JOIN_STEP(width, lane, join)                                                               \
    TG_SIMD                                                                                        \
    for (int k = 0; k < (width); k++) (lane)[k] = join((lane)[k + (width)], (lane)[k]);
#define JOIN(lane, join)                                                                           \
    JOIN_STEP(16, lane, join)                                                                      \
    JOIN_STEP(8, lane, join)                                                                       \
    JOIN_STEP(4, lane, join)                                                                       \
    JOIN_STEP(2, lane, join)                                                                       \
    JOIN_STEP(1, lane, join)

/* [better] also holds for a NaN, so that a NaN anywhere is the result. The last lanes may look at
 * elements for the second time, which changes nothing. A block's extreme is in a tg__partial's
 * [member], of type M. */
#define EXTREME(id, better, member, M, dtype, type, T, ...)                                        \
    static inline T id##_pick_##type(T x, T m) { return (better) ? x : m; }                        \
    TG_INLINE T id##_run_##type(int64_t n, const T *x)                                             \
    {                                                                                              \
        T best = x[0];                                                                             \
        for (int64_t i = 1; n < LANES && i < n; i++) best = id##_pick_##type(x[i], best);          \
        if (n < LANES) return best;                                                                \
        T lane[LANES];                                                                             \
        for (int k = 0; k < LANES; k++) lane[k] = x[0];                                            \
        for (int64_t i = 0; i + LANES <= n; i += LANES) TG_SIMD                                    \
        for (int k = 0; k < LANES; k++) lane[k] = id##_pick_##type(x[i + k], lane[k]);             \
        const T *const last = x + n - LANES;                                                       \
        TG_SIMD                                                                                    \
        for (int k = 0; k < LANES; k++) lane[k] = id##_pick_##type(last[k], lane[k]);              \
        JOIN(lane, id##_pick_##type)                                                               \
        return lane[0];                                                                            \
    }                                                                                              \
    TG_CLONES static void id##_rows_##type(int64_t rows, int64_t n, const void *in, void *out)     \
    {                                                                                              \
        for (int64_t r = 0; r < rows; r++)                                                         \
            ((T *)out)[r] = id##_run_##type(n, (const T *)in + r * n);                             \
    }                                                                                              \
    TG_CLONES static void id##_columns_##type(int64_t rows, int64_t n, const void *in, void *out)  \
    {                                                                                              \
        T *o = out;                                                                                \
        const T *p = in;                                                                           \
        for (int64_t j = 0; j < n; j++) o[j] = p[j];                                               \
        for (int64_t i = 1; i < rows; i++) TG_SIMD                                                 \
        for (int64_t j = 0; j < n; j++) o[j] = id##_pick_##type(p[i * n + j], o[j]);               \
    }                                                                                              \
    TG_CLONES static void id##_block_##type(int64_t n, const void *in, tg__partial *part)          \
    {                                                                                              \
        part->member = (M)id##_run_##type(n, in);                                                  \
    }                                                                                              \
    static void id##_finish_##type(int64_t blocks, int64_t count, const tg__partial *part,         \
                                   void *out)                                                      \
    {                                                                                              \
        T best = (T)part[0].member;                                                                \
        (void)count;                                                                               \
        for (int64_t i = 1; i < blocks; i++) best = id##_pick_##type((T)part[i].member, best);     \
        *(T *)out = best;                                                                          \
    }                                                                                              \
    GATHER_ANY(id, type, T, member, M, id##_pick_##type)
TG_EACH_FLOAT(EXTREME, max, x > m || x != x, real, double)
TG_EACH_INT(EXTREME, max, x > m, whole, int64_t)
TG_EACH_FLOAT(EXTREME, min, x < m || x != x, real, double)
TG_EACH_INT(EXTREME, min, x < m, whole, int64_t)

/* ---- Places ----------------------------------------------------------------------------- */

/* So many elements at once, in vectors, and then those among which it is, one by one. */
#define PLACE(id, same, dtype, type, T, ...)                                                       \
    TG_CLONES static int64_t id##_##type(int64_t n, const void *in, const void *extreme)           \
    {                                                                                              \
        const T *x = in, m = *(const T *)extreme;                                                  \
        int64_t i = 0;                                                                             \
        for (int found = 0; i + LANES <= n; i += LANES) {                                          \
            _Pragma("omp simd reduction(|: found)") for (int k = 0; k < LANES; k++)                \
            {                                                                                      \
                const T a = x[i + k];                                                              \
                found |= same;                                                                     \
            }                                                                                      \
            if (found) break;                                                                      \
        }                                                                                          \
        for (; i < n - 1; i++) {                                                                   \
            const T a = x[i];                                                                      \
            if (same) break;                                                                       \
        }                                                                                          \
        return i;                                                                                  \
    }
TG_EACH_FLOAT(PLACE, place, (a == m) | ((a != a) & (m != m)))
TG_EACH_INT(PLACE, place, a == m)
#define PLACE_ROW(id, dtype, type, ...) [dtype] = id##_##type,
const tg__place_fn tg__place_kernels[TG_DTYPES] = { TG_EACH_NUMBER(PLACE_ROW, place) };

/* ---- By dtype --------------------------------------------------------------------------- */

/* The blocks of [id] are reduced as those of [parts] are. */
#define KERNELS(id, parts, dtype, type, ...)                                                       \
    [dtype] = { id##_rows_##type,   id##_columns_##type,   parts##_block_##type,                   \
                id##_finish_##type, parts##_gather_##type, id##_join_##type },
#define TABLE(id, parts, EACH)                                                                     \
    const tg__reduce tg__##id##_kernels[TG_DTYPES] = { EACH(KERNELS, id, parts) };

TABLE(sum, sum, TG_EACH_NUMBER)
TABLE(sum_squares, sum_squares, TG_EACH_FLOAT)
TABLE(mean, sum, TG_EACH_FLOAT)
TABLE(max, max, TG_EACH_DTYPE)
TABLE(min, min, TG_EACH_DTYPE)
