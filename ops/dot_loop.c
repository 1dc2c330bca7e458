/* dot_loop.c: products that take part in loops, strip by strip: those whose rows a loop's other
 * values are made of, and those of what it computes. So the attention of a transformer is one loop:
 *
 *     for each 48 rows or so of the scores
 *         scores = queries . keys^T       rows of a product; the keys are packed once
 *         p = e^scores ..
 *         y += p . values                 rows of p are rows of the result
 *
 * and the gradient by the values, p^T . g, is a sum over rows of p, to which each strip adds a
 * part.
 *
 * Where a mask has made p zero at the ends of all rows of a strip, those products are left out. */
#include "ops/dot_loop.h"

#include "kernels/zeros.h"

enum { LEAST_ROWS = 64 };

/* Are all strides of the operands' matrices plain ones? */
static bool is_plain(const tg__batches *p)
{
    for (int i = 0; i < 2; i++)
        if (p->rows[i].count > 1 || p->columns[i].count > 1) return false;
    return true;
}

/* ---- The packed right factor ------------------------------------------------------------ */

/* A worker's memory begins with this, then come the packed factor and what the product needs. */
typedef struct held {
    int64_t from; /* 1 + where the factor begins that is packed, or 0 */
    int finite;   /* all of it: 1 yes, -1 no, 0 not known yet */
} held;

enum { PACKED_AT = 64 };

static size_t packed_bytes(const tg__batches *p)
{
    return (tg__gemm_packed_bytes(p->call->out.dtype, p->n, p->k) + 63) & ~(size_t)63;
}

static size_t rows_scratch(const tg__call *call)
{
    const tg__batches p = tg__dot_batches(call);
    return PACKED_AT + packed_bytes(&p) + tg__gemm_rows_scratch();
}

/* The packed right factor of that place. */
static const unsigned char *pack(const tg__batches *p, int64_t place)
{
    const tg__operand *b = &p->call->in[1];
    const int64_t from = tg__dot_offset(p, &b->view, place);
    held *h = p->call->scratch;
    unsigned char *packed = (unsigned char *)p->call->scratch + PACKED_AT;
    if (h->from == 1 + from) return packed;
    tg__gemm_pack(b->dtype, p->n, p->k, tg__dot_matrix(p, 1, place), packed);
    h->from = 1 + from;
    h->finite = 0;
    return packed;
}

/* ---- Rows that a loop needs ------------------------------------------------------------- */

/* A right factor that stays in a small cache, packed, beside the strip and what else the loop
 * reads, and as many rows as packing it is worth. */
static bool packs(const tg__batches *p)
{
    enum { MOST_BYTES = 32 * 1024, MOST_OF_BATCH = 4 * 1024 * 1024 };
    const tg_dtype dtype = p->call->out.dtype;
    const double bytes = (double)p->n * (double)p->k * (double)tg_dtype_size(dtype);
    return p->m >= LEAST_ROWS && bytes <= (p->count > 1 ? MOST_OF_BATCH : MOST_BYTES) &&
           tg__gemm_packs(dtype, p->m, p->n, p->k) && is_plain(p);
}

static int64_t columns_of(const tg__call *call)
{
    const tg__batches p = tg__dot_batches(call);
    return packs(&p) ? p.n : 0;
}

static void clear_columns(const tg__batches *p, int64_t rows, tg__range needed, unsigned char *out)
{
    const int64_t size = (int64_t)tg_dtype_size(p->call->out.dtype);
    for (int64_t i = 0; i < rows; i++, out += p->n * size) {
        memset(out, 0, (size_t)(needed.first * size));
        memset(out + needed.last * size, 0, (size_t)((p->n - needed.last) * size));
    }
}

static void compute(const tg__call *call, int64_t first, int64_t count, tg__range needed, void *out)
{
    const tg__batches p = tg__dot_batches(call);
    const tg_dtype dtype = call->out.dtype;
    const int64_t size = (int64_t)tg_dtype_size(dtype);
    unsigned char *to = out;
    for (int64_t rows; count > 0; first += rows, count -= rows, to += rows * p.n * size) {
        const int64_t place = first / p.m, row = first % p.m;
        rows = p.m - row < count ? p.m - row : count;
        unsigned char *work = (unsigned char *)call->scratch + PACKED_AT + packed_bytes(&p);
        tg__matrix left = tg__dot_matrix(&p, 0, place);
        left.data = (const unsigned char *)left.data + row * left.row * size;
        if (needed.first < needed.last)
            tg__gemm_rows(dtype, rows, p.n, p.k, left, pack(&p, place), needed,
                          (tg__range){ 0, p.k }, to, work);
        clear_columns(&p, rows, needed, to);
    }
}

const tg__row_call tg__dot_rows = { .columns = columns_of,
                                    .scratch = rows_scratch,
                                    .compute = compute };

/* ---- Rows that a loop has computed ------------------------------------------------------ */

/* Is that operand, but for its last two axes being exchanged perhaps, all that lies in memory? */
static bool is_all(const tg__batches *p, int i, int64_t rows, int64_t columns)
{
    const tg__view *view = &p->call->in[i].view;
    int64_t step = rows * columns;
    for (int axis = p->rank - 1; axis >= 0; axis--) {
        if (view->dim[axis] != 1 && view->stride[axis] != step) return false;
        step *= view->dim[axis];
    }
    return view->offset == 0;
}

static bool steps_by(const tg__steps *steps, int64_t step)
{
    return steps->count == 1 && steps->step[0] == step;
}

tg__taken tg__dot_taken(const tg__batches *p, int i)
{
    const tg__taken nothing = { .how = TG__TAKES_NOTHING };
    if (!is_plain(p)) return nothing;
    const int64_t rows = i == 0 ? p->m : p->k, columns = i == 0 ? p->k : p->n;
    if (!is_all(p, i, rows, columns)) return nothing;
    if (steps_by(&p->columns[i], 1) && steps_by(&p->rows[i], columns))
        return i == 0 ? (tg__taken){ TG__TAKES_ROWS, rows, columns, p->n }
                      : (tg__taken){ TG__TAKES_TERMS, rows, columns, p->m };
    if (i == 0 && steps_by(&p->rows[i], 1) && steps_by(&p->columns[i], rows))
        return (tg__taken){ TG__TAKES_TERMS, columns, rows, p->n };
    return nothing;
}

/* It pays where the operand is large, and larger than the result, so that what is saved is more
 * than what is lost: sums are written once for each strip. */
static bool rows_of(const tg__call *call, int i, tg__row_shape *shape)
{
    enum { LEAST_BYTES = 256 * 1024, MOST_SUMS = 4 * 1024 * 1024, LEAST_PLACES = 8 };
    const tg__batches p = tg__dot_batches(call);
    const double size = (double)tg_dtype_size(call->out.dtype);
    const tg__taken t = tg__dot_taken(&p, i);
    const double elements = (double)p.count * (double)t.rows * (double)t.columns;
    if (t.how == TG__TAKES_NOTHING || elements * size < LEAST_BYTES || t.columns < 2 * t.others ||
        !tg__gemm_packs(call->out.dtype, p.m, p.n, p.k))
        return false;
    const bool terms = t.how == TG__TAKES_TERMS;
    *shape = (tg__row_shape){ t.columns, 1, terms ? t.rows : 1, true };
    if (!terms) return packs(&p);
    return t.rows >= LEAST_ROWS && p.count >= LEAST_PLACES &&
           (double)p.m * (double)p.n * size <= MOST_SUMS;
}

static size_t add_scratch(const tg__call *call)
{
    const tg__batches p = tg__dot_batches(call);
    const size_t rows = rows_scratch(call), terms = tg__gemm_add_scratch(call->out.dtype, p.n);
    return rows > PACKED_AT + terms ? rows : PACKED_AT + terms;
}

/* Is all of that part of a plain matrix finite? A product by 0 of what is not is NaN. */
static bool is_finite(tg_dtype dtype, tg__matrix x, int64_t rows, int64_t columns)
{
    return x.column == 1 ? tg__all_finite(dtype, rows, columns, x.row, x.data)
                         : x.row == 1 && tg__all_finite(dtype, columns, rows, x.column, x.data);
}

/* The terms of the sums of those rows that are not products by 0. */
static tg__range terms_of(const tg__batches *p, int64_t place, int64_t rows, const void *in)
{
    const tg__operand *b = &p->call->in[1];
    const tg__range all = { 0, p->k };
    const tg__range used = tg__nonzero_columns(b->dtype, rows, p->k, in);
    held *h = p->call->scratch;
    if (used.last - used.first == p->k) return all;
    if (h->finite == 0)
        h->finite = is_finite(b->dtype, tg__dot_matrix(p, 1, place), p->k, p->n) ? 1 : -1;
    return h->finite > 0 ? used : all;
}

/* Rows [row, row + rows) of the left operand of one place. */
static void add_rows(const tg__batches *p, int64_t place, int64_t row, int64_t rows, const void *in)
{
    const tg__operand *y = &p->call->out;
    const int64_t size = (int64_t)tg_dtype_size(y->dtype);
    const unsigned char *packed = pack(p, place);
    const tg__matrix left = { .data = in, .row = p->k, .column = 1 };
    tg__gemm_rows(y->dtype, rows, p->n, p->k, left, packed, (tg__range){ 0, p->n },
                  terms_of(p, place, rows, in),
                  (unsigned char *)y->data + (place * p->m + row) * p->n * size,
                  (unsigned char *)p->call->scratch + PACKED_AT + packed_bytes(p));
}

/* So many terms, [row, row + rows), of the sums of one place: rows of the other operand times rows
 * of operand [i] that were computed. */
static void add_terms(const tg__batches *p, int i, int64_t columns, int64_t place, int64_t row,
                      int64_t rows, const void *in)
{
    const int other = 1 - i;
    const tg__operand *y = &p->call->out;
    const int64_t size = (int64_t)tg_dtype_size(y->dtype);
    unsigned char *sums = (unsigned char *)y->data + place * p->m * p->n * size;
    unsigned char *work = (unsigned char *)p->call->scratch + PACKED_AT;
    tg__matrix factor = tg__dot_matrix(p, other, place);
    const int64_t step = i == 0 ? factor.row : factor.column;
    const unsigned char *from = (const unsigned char *)factor.data + row * step * size, *at = in;
    if (row == 0) memset(sums, 0, (size_t)(p->m * p->n * size));
    for (int64_t count; rows > 0; rows -= count, at += count * columns * size) {
        count = rows < TG__GEMM_DEPTH ? rows : TG__GEMM_DEPTH;
        factor.data = from;
        tg__range some = tg__nonzero_columns(y->dtype, count, columns, at);
        if (some.last - some.first < columns &&
            !(i == 0 ? is_finite(y->dtype, factor, count, p->n)
                     : is_finite(y->dtype, factor, p->m, count)))
            some = (tg__range){ 0, columns };
        const int64_t length = some.last - some.first;
        const unsigned char *part = at + some.first * size;
        if (i == 0)
            tg__gemm_add(y->dtype, length, p->n, count,
                         (tg__matrix){ .data = part, .row = 1, .column = columns }, factor,
                         sums + some.first * p->n * size, p->n, work);
        else
            tg__gemm_add(y->dtype, p->m, length, count, factor,
                         (tg__matrix){ .data = part, .row = columns, .column = 1 },
                         sums + some.first * size, p->n, work);
        from += count * step * size;
    }
}

static void add(const tg__call *call, int i, int64_t row, int64_t rows, bool tall)
{
    (void)tall; /* as it asked for strips */
    const tg__batches p = tg__dot_batches(call);
    const tg__taken t = tg__dot_taken(&p, i);
    const int64_t size = (int64_t)tg_dtype_size(call->out.dtype);
    const unsigned char *in = call->in[i].data;
    for (int64_t count; rows > 0; row += count, rows -= count, in += count * t.columns * size) {
        const int64_t place = row / t.rows, first = row % t.rows;
        count = t.rows - first < rows ? t.rows - first : rows;
        if (t.how == TG__TAKES_ROWS) add_rows(&p, place, first, count, in);
        else add_terms(&p, i, t.columns, place, first, count, in);
    }
}

const tg__collect tg__dot_collect = { .rows = rows_of, .scratch = add_scratch, .add = add };
