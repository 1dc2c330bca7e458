/* blas.c: cuts a product into panels by its shape alone and gives each to the BLAS as one
 * single-threaded call, or to the built-in kernel (gemm.c). A BLAS that threads on its own
 * gives other bits for other numbers of threads; panels do not. */
#include "runtime/blas.h"
#include "runtime/gemm.h"

#include <string.h>

#if TG_HAVE_CBLAS
#include <cblas.h>
#endif

enum {
    MOST_PANELS = 8,
    PANEL_WORK = 6 * 1000 * 1000, /* flops that a panel is worth at least: some 0.05 ms */
    MOVE_WORK = 8,                /* moving an element of an operand costs so many flops */
    BUILTIN_DEPTH = 8,            /* terms of a sum, */
    BUILTIN_WORK = 48 * 48 * 48,  /* and products in all, from which the built-in kernel pays */
    PANEL_WIDTH = 128,            /* at least: each panel packs the shared operand again, */
    WINDOWS_WIDTH = 32,           /* unless it is read where it lies */
    COLUMN_UNIT = 32,             /* panels end where the tiles of all kernels end */
    ROW_UNIT = 12
};

/* ---- One panel -------------------------------------------------------------------------- */

#if TG_HAVE_CBLAS
/* An operand in a BLAS' terms: dense lines [lead] apart, which are the rows of the matrix or
 * of its transpose. */
typedef struct operand {
    CBLAS_TRANSPOSE transpose;
    int lead;
} operand;

static bool fits_int(int64_t value) { return value >= 1 && value <= INT_MAX; }

static bool describe(tg__matrix x, int64_t rows, int64_t columns, operand *out)
{
    int64_t lead;
    if (x.rows || x.columns) return false;
    if ((x.column == 1 || columns == 1) && (x.row >= columns || rows == 1)) {
        out->transpose = CblasNoTrans;
        lead = rows == 1 ? columns : x.row;
    } else if ((x.row == 1 || rows == 1) && (x.column >= rows || columns == 1)) {
        out->transpose = CblasTrans;
        lead = columns == 1 ? rows : x.column;
    } else {
        return false;
    }
    if (!fits_int(lead)) return false;
    out->lead = (int)lead;
    return true;
}

/* y = matrix . x, or with the matrix transposed; y is zeroed first rather than scaled by
 * zero, which in some BLAS keeps a NaN. */
static void matrix_vector(tg_dtype dtype, CBLAS_TRANSPOSE transpose, int rows, int columns,
                          const void *matrix, int lead, const void *x, int x_step, void *y,
                          int y_length)
{
    memset(y, 0, (size_t)y_length * (dtype == TG_F32 ? sizeof(float) : sizeof(double)));
    if (dtype == TG_F32) {
        cblas_sgemv(CblasRowMajor, transpose, rows, columns, 1, matrix, lead, x, x_step, 1, y, 1);
    } else {
        cblas_dgemv(CblasRowMajor, transpose, rows, columns, 1, matrix, lead, x, x_step, 1, y, 1);
    }
}

/* False if this BLAS cannot take the product. One row or one column goes to gemv, which is
 * up to 7 times as fast as gemm for it. */
static bool multiply_by_blas(tg_dtype dtype, int64_t m, int64_t n, int64_t k, tg__matrix a,
                             tg__matrix b, void *c, int64_t c_row)
{
    operand left, right;
    if (!fits_int(m) || !fits_int(n) || !fits_int(k) || !fits_int(c_row) ||
        !describe(a, m, k, &left) || !describe(b, k, n, &right)) {
        return false;
    }
    const int rows = (int)m, columns = (int)n, depth = (int)k;
    if (m == 1 && fits_int(a.column)) {
        if (right.transpose == CblasNoTrans) {
            matrix_vector(dtype, CblasTrans, depth, columns, b.data, right.lead, a.data,
                          (int)a.column, c, columns);
        } else {
            matrix_vector(dtype, CblasNoTrans, columns, depth, b.data, right.lead, a.data,
                          (int)a.column, c, columns);
        }
    } else if (n == 1 && c_row == 1 && fits_int(b.row)) {
        if (left.transpose == CblasNoTrans) {
            matrix_vector(dtype, CblasNoTrans, rows, depth, a.data, left.lead, b.data, (int)b.row,
                          c, rows);
        } else {
            matrix_vector(dtype, CblasTrans, depth, rows, a.data, left.lead, b.data, (int)b.row, c,
                          rows);
        }
    } else if (dtype == TG_F32) {
        cblas_sgemm(CblasRowMajor, left.transpose, right.transpose, rows, columns, depth, 1, a.data,
                    left.lead, b.data, right.lead, 0, c, (int)c_row);
    } else {
        cblas_dgemm(CblasRowMajor, left.transpose, right.transpose, rows, columns, depth, 1, a.data,
                    left.lead, b.data, right.lead, 0, c, (int)c_row);
    }
    return true;
}
#else
static bool multiply_by_blas(tg_dtype dtype, int64_t m, int64_t n, int64_t k, tg__matrix a,
                             tg__matrix b, void *c, int64_t c_row)
{
    (void)dtype, (void)m, (void)n, (void)k, (void)a, (void)b, (void)c, (void)c_row;
    return false;
}
#endif

/* ---- The cut ---------------------------------------------------------------------------- */

typedef struct product {
    tg_dtype dtype;
    int64_t m, n, k;
    tg__matrix a, b;
    unsigned char *c;
    unsigned char *scratch;
    bool by_rows; /* the side that is cut: m, else n */
    int64_t panels;
} product;

static bool has_steps(const product *p)
{
    return p->a.rows || p->a.columns || p->b.rows || p->b.columns;
}

/* Cuts the longer side, so that the panels share the smaller operand, into a power of two of
 * panels. On one thread, the panels of a large product cost 1 to 3 % over one call of OpenBLAS
 * with its AVX2 kernels, 1 to 7 % with AVX-512. */
static void cut(product *p)
{
    const double m = (double)p->m, n = (double)p->n, k = (double)p->k;
    const double work = 2 * m * n * k + MOVE_WORK * (m * k + k * n + m * n);
    p->by_rows = p->m > p->n;
    p->panels = 1;
    const int64_t width = has_steps(p) ? WINDOWS_WIDTH : PANEL_WIDTH;
    const int64_t panels_by_width = (p->by_rows ? p->m : p->n) / width;
    while (p->panels < MOST_PANELS && p->panels * 2 <= panels_by_width &&
           work >= 2.0 * (double)p->panels * PANEL_WORK) {
        p->panels *= 2;
    }
}

/* Where a panel begins on the side that is cut; the end, for the panel after the last. */
static int64_t panel_begin(const product *p, int64_t panel)
{
    const int64_t length = p->by_rows ? p->m : p->n, unit = p->by_rows ? ROW_UNIT : COLUMN_UNIT;
    const int64_t units = (length - 1) / unit + 1;
    return panel == p->panels ? length : panel * units / p->panels * unit;
}

/* Whether the built-in kernel takes the product. Where the build chose the BLAS itself and the
 * machine has AVX-512, the kernel is up to 1.9 times as fast as OpenBLAS 0.3.21 with its AVX2
 * kernels, and level with its AVX-512 ones; not so for vectors and tiny products. Only shape
 * and machine decide. */
static bool is_builtin(const product *p)
{
    if (has_steps(p)) return true;
#if TG_HAVE_CBLAS && TG_BLAS_CHOSEN
    const double work = (double)p->m * (double)p->n * (double)p->k;
    return tg__gemm_isa() == TG__ISA_AVX512 && p->m > TG__GEMM_FEW && p->n > TG__GEMM_FEW &&
           p->k >= BUILTIN_DEPTH && work >= BUILTIN_WORK;
#elif TG_HAVE_CBLAS
    (void)p;
    return false;
#else
    (void)p;
    return true;
#endif
}

/* Whether neighbouring panels may be computed in one call, with the same bits. */
static bool panels_join(const product *p)
{
    return is_builtin(p) && p->m > TG__GEMM_FEW && p->n > TG__GEMM_FEW;
}

/* The matrix from that row, or that column, on. */
static tg__matrix from_row(tg__matrix x, int64_t i, size_t size)
{
    if (x.rows) x.first_row += i;
    else x.data = (const unsigned char *)x.data + i * x.row * (int64_t)size;
    return x;
}
static tg__matrix from_column(tg__matrix x, int64_t j, size_t size)
{
    if (x.columns) x.first_column += j;
    else x.data = (const unsigned char *)x.data + j * x.column * (int64_t)size;
    return x;
}

static void multiply_panels(void *context, int64_t first, int64_t last, int worker)
{
    const product *p = context;
    const size_t size = p->dtype == TG_F32 ? sizeof(float) : sizeof(double);
    unsigned char *scratch = p->scratch + (size_t)worker * tg__gemm_scratch(p->dtype);
    const bool builtin = is_builtin(p);
    const int64_t together = panels_join(p) ? last - first : 1;
    for (int64_t panel = first; panel < last; panel += together) {
        const int64_t begin = panel_begin(p, panel);
        const int64_t length = panel_begin(p, panel + together) - begin;
        const int64_t i = p->by_rows ? begin : 0, j = p->by_rows ? 0 : begin;
        const int64_t m = p->by_rows ? length : p->m, n = p->by_rows ? p->n : length;
        const tg__matrix a = from_row(p->a, i, size), b = from_column(p->b, j, size);
        void *c = p->c + (size_t)(i * p->n + j) * size;
        if (builtin || !multiply_by_blas(p->dtype, m, n, p->k, a, b, c, p->n)) {
            tg__gemm_builtin(tg__gemm_isa(), p->dtype, m, n, p->k, a, b, c, p->n, scratch);
        }
    }
}

void tg__gemm(tg__pool *pool, tg_dtype dtype, int64_t m, int64_t n, int64_t k, tg__matrix a,
              tg__matrix b, void *c, void *scratch)
{
    if (m <= 0 || n <= 0) return;
    product p = { dtype, m, n, k, a, b, c, scratch, false, 1 };
    if (k > 0) cut(&p);
    tg__parallel(pool, p.panels, 1, multiply_panels, &p);
}

size_t tg__gemm_scratch(tg_dtype dtype)
{
    (void)dtype;
    return tg__gemm_builtin_scratch();
}

const char *tg__gemm_name(void)
{
#if TG_HAVE_OPENBLAS && TG_BLAS_CHOSEN
    return tg__gemm_isa() == TG__ISA_AVX512 ? "built-in, openblas for vectors" : "openblas";
#elif TG_HAVE_OPENBLAS
    return "openblas";
#elif TG_HAVE_CBLAS
    return "cblas";
#else
    return "built-in";
#endif
}

void tg__gemm_setup(void)
{
#if TG_HAVE_OPENBLAS
    if (openblas_get_num_threads() != 1) openblas_set_num_threads(1);
#endif
}
