/* fold.c: see fold.h. Lines go in batches: all lines of a batch for one element of the windows,
 * then for the next one, so what is read was not written just before. */
#include "kernels/fold.h"

#include "kernels/accumulate.h"
#include "kernels/vector.h"

/* Lines of a batch; and elements of their sums along lines, if there are several. */
enum { BATCH = 64, BATCH_ELEMENTS = 1024 };

typedef struct batch {
    int count;
    int64_t n;                    /* windows in a line */
    int64_t x[BATCH], out[BATCH]; /* where each begins */
} batch;

/* ---- Lines ------------------------------------------------------------------------------ */

/* Where column [i] of the axes before the last of [elements] is. */
static void place_of(const tg__folding *f, int64_t i, int64_t *from, int64_t *to)
{
    *from = *to = 0;
    for (int k = f->elements - 2; k >= 0; k--) {
        const tg__fold_axis *axis = &f->element[k];
        *from += i % axis->count * axis->from;
        *to += i % axis->count * axis->to;
        i /= axis->count;
    }
}

static int64_t outer_elements(const tg__folding *f)
{
    int64_t count = 1;
    for (int k = 0; k < f->elements - 1; k++) count *= f->element[k].count;
    return count;
}

/* The sums of a line: elements [step] apart in the result lie side by side, so vectors are added.
 */
typedef struct sums {
    int64_t reach, step, length; /* elements in the result; sums[step][length] */
} sums;

static sums sums_of(const tg__folding *f, int64_t n)
{
    const tg__fold_axis *inner = &f->element[f->elements - 1];
    const int64_t step = n > 1 ? f->axis[f->axes - 1].to : 1, last = (inner->count - 1) * inner->to;
    return (sums){ (n - 1) * step + last + 1, step, n + last / step };
}

/* What arrives at one place comes from windows in their order: elements begin with the last. */
#define FOLD(type, T, U)                                                                           \
    TG_INLINE void run_##type(int64_t n, const T *x, int64_t from, T *out, int64_t to)             \
    {                                                                                              \
        if (from == 1 && to == 1) {                                                                \
            for (int64_t k = 0; k < n; k++) out[k] = (T)((U)out[k] + (U)x[k]);                     \
        } else {                                                                                   \
            for (int64_t k = 0; k < n; k++) out[k * to] = (T)((U)out[k * to] + (U)x[k * from]);    \
        }                                                                                          \
    }                                                                                              \
    TG_INLINE void spread_##type(const sums *s, const T *sum, T *out)                              \
    {                                                                                              \
        if (s->step == 2) {                                                                        \
            const T *odd = sum + s->length;                                                        \
            for (int64_t k = 0; k < s->reach / 2; k++) {                                           \
                out[2 * k] = (T)((U)out[2 * k] + (U)sum[k]);                                       \
                out[2 * k + 1] = (T)((U)out[2 * k + 1] + (U)odd[k]);                               \
            }                                                                                      \
            if (s->reach % 2) run_##type(1, sum + s->reach / 2, 1, out + s->reach - 1, 1);         \
            return;                                                                                \
        }                                                                                          \
        for (int64_t r = 0; r < s->step && r < s->reach; r++)                                      \
            run_##type((s->reach - r - 1) / s->step + 1, sum + r * s->length, 1, out + r,          \
                       s->step);                                                                   \
    }                                                                                              \
    TG_CLONES static void lines_##type(const tg__folding *f, const batch *b, const T *x, T *out)   \
    {                                                                                              \
        const tg__fold_axis line = f->axis[f->axes - 1], inner = f->element[f->elements - 1];      \
        for (int64_t i = outer_elements(f); i-- > 0;) {                                            \
            int64_t from, to;                                                                      \
            place_of(f, i, &from, &to);                                                            \
            for (int64_t t = inner.count; t-- > 0;)                                                \
                for (int l = 0; l < b->count; l++)                                                 \
                    run_##type(b->n, x + b->x[l] + from + t * inner.from, line.from,               \
                               out + b->out[l] + to + t * inner.to, line.to);                      \
        }                                                                                          \
    }                                                                                              \
    TG_CLONES static void sums_##type(const tg__folding *f, const batch *b, const T *x, T *out)    \
    {                                                                                              \
        const tg__fold_axis line = f->axis[f->axes - 1], inner = f->element[f->elements - 1];      \
        const sums s = sums_of(f, b->n);                                                           \
        T sum[2 * TG_FOLD_LINE];                                                                   \
        for (int64_t i = outer_elements(f); i-- > 0;) {                                            \
            int64_t from, to;                                                                      \
            place_of(f, i, &from, &to);                                                            \
            memset(sum, 0, (size_t)(b->count * s.step * s.length) * sizeof(T));                    \
            for (int64_t t = inner.count; t-- > 0;) {                                              \
                const int64_t place = t * inner.to;                                                \
                T *at = sum + place % s.step * s.length + place / s.step;                          \
                for (int l = 0; l < b->count; l++)                                                 \
                    run_##type(b->n, x + b->x[l] + from + t * inner.from, line.from,               \
                               at + l * s.step * s.length, 1);                                     \
            }                                                                                      \
            for (int l = 0; l < b->count; l++)                                                     \
                spread_##type(&s, sum + l * s.step * s.length, out + b->out[l] + to);              \
        }                                                                                          \
    }
FOLD(f32, float, float)
FOLD(f64, double, double)
FOLD(i32, int32_t, uint32_t)
FOLD(i64, int64_t, uint64_t)
FOLD(u8, uint8_t, uint32_t)

#define LINES(type, T)                                                                             \
    if (f->by_line) sums_##type(f, b, x, out);                                                     \
    else lines_##type(f, b, x, out);                                                               \
    break
static void add_lines(const tg__folding *f, tg_dtype dtype, const batch *b, const void *x,
                      void *out)
{
    switch (dtype) {
    case TG_F32: LINES(f32, float);
    case TG_F64: LINES(f64, double);
    case TG_I32: LINES(i32, int32_t);
    case TG_I64: LINES(i64, int64_t);
    default: LINES(u8, uint8_t);
    }
}

/* [wide] belongs to the unit, which begins at element [begin] of the result. */
static void add_wide(const tg__folding *f, tg_dtype dtype, const batch *b, const void *x, void *out,
                     double *wide, int64_t begin)
{
    const tg__fold_axis line = f->axis[f->axes - 1], inner = f->element[f->elements - 1];
    for (int64_t i = outer_elements(f) * inner.count; i-- > 0;) {
        int64_t from, to;
        place_of(f, i / inner.count, &from, &to);
        from += i % inner.count * inner.from;
        to += i % inner.count * inner.to;
        for (int l = 0; l < b->count; l++) {
            const int64_t x_at = b->x[l] + from, at = b->out[l] + to;
            for (int64_t k = 0; k < b->n; k++) {
                const int64_t term = x_at + k * line.from, place = at + k * line.to;
                if (dtype == TG_F32) tg__add_f32(((const float *)x)[term], wide + place - begin);
                else
                    tg__add_kept_f64(((const double *)x)[term], (double *)out + place,
                                     wide + place - begin);
            }
        }
    }
}

/* ---- Rows ------------------------------------------------------------------------------- */

/* Where a walk over rows is. */
typedef struct walk {
    int64_t row, position[TG_MAX_RANK], x, out;
} walk;

static walk walk_from(const tg__folding *f, int64_t x_at, int64_t row)
{
    walk w = { .row = row, .x = x_at };
    for (int i = f->axes - 1; i >= 0; i--) {
        w.position[i] = row % f->axis[i].count;
        row /= f->axis[i].count;
        w.x += w.position[i] * f->axis[i].from;
        w.out += w.position[i] * f->axis[i].to;
    }
    return w;
}

static void step(const tg__folding *f, walk *w, int64_t n)
{
    int i = f->axes - 1;
    w->row += n;
    w->position[i] += n;
    w->x += n * f->axis[i].from;
    w->out += n * f->axis[i].to;
    for (; i > 0 && w->position[i] == f->axis[i].count; i--) {
        w->x += f->axis[i - 1].from - w->position[i] * f->axis[i].from;
        w->out += f->axis[i - 1].to - w->position[i] * f->axis[i].to;
        w->position[i] = 0;
        w->position[i - 1]++;
    }
}

/* The next lines before row [last], which are of one length; units that begin are cleared. */
static void next_batch(const tg__folding *f, walk *w, int64_t last, size_t size, void *out,
                       batch *b)
{
    const int64_t length = f->axis[f->axes - 1].count;
    int most = BATCH;
    b->count = 0;
    while (w->row < last && b->count < most) {
        const int64_t left = length - w->position[f->axes - 1], rest = last - w->row;
        const int64_t n = left < rest ? left : rest;
        if (b->count && n != b->n) return;
        if (!b->count && f->by_line) {
            const sums s = sums_of(f, n);
            const int64_t several = BATCH_ELEMENTS / (s.step * s.length);
            most = several < 1 ? 1 : several < BATCH ? (int)several : BATCH;
        }
        if (w->row % f->unit_rows == 0)
            memset((unsigned char *)out + (size_t)(w->row / f->unit_rows * f->unit) * size, 0,
                   (size_t)(f->unit_rows == 1 ? n * f->unit : f->unit) * size);
        b->n = n;
        b->x[b->count] = w->x;
        b->out[b->count++] = w->out;
        step(f, w, n);
    }
}

void tg__fold_rows(const tg__folding *f, tg_dtype dtype, const void *x, int64_t x_at, int64_t row,
                   int64_t rows, void *out)
{
    batch b;
    for (walk w = walk_from(f, x_at, row); w.row < row + rows;) {
        next_batch(f, &w, row + rows, tg_dtype_size(dtype), out, &b);
        add_lines(f, dtype, &b, x, out);
    }
}

void tg__fold_unit_wide(const tg__folding *f, tg_dtype dtype, const void *x, int64_t x_at,
                        int64_t unit, void *out, double *wide)
{
    batch b;
    const int64_t begin = unit * f->unit, last = (unit + 1) * f->unit_rows;
    memset(wide, 0, (size_t)f->unit * sizeof *wide);
    for (walk w = walk_from(f, x_at, unit * f->unit_rows); w.row < last;) {
        next_batch(f, &w, last, tg_dtype_size(dtype), out, &b);
        add_wide(f, dtype, &b, x, out, wide, begin);
    }
    if (dtype == TG_F32)
        for (int64_t i = 0; i < f->unit; i++) ((float *)out)[begin + i] = (float)wide[i];
    else
        for (int64_t i = 0; i < f->unit; i++) ((double *)out)[begin + i] += wide[i];
}
