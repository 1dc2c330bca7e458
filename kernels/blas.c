/* blas.c: cuts a product into panels by its shape alone and gives each to the built-in kernel
 * (gemm.c), or to the BLAS that the build was told to take, as single-threaded calls. A BLAS that
 * threads on its own gives other bits for other numbers of threads; panels do not. */
#include "kernels/blas.h"
#include "kernels/gemm_inside.h"

#if TG_HAVE_CBLAS
#include <cblas.h>
#endif

enum {
    MOST_PANELS = 8,
    PANEL_WORK = 1000 * 1000,         /* flops that a panel is worth at least: some 0.01 ms, */
    BLAS_PANEL_WORK = 6 * PANEL_WORK, /* or in calls of a BLAS */
    MOVE_WORK = 8,                    /* moving an element of an operand costs so many flops */
    BLAS_WORK = 48 * 48 * 48,         /* products in all, from which a BLAS pays */
    PANEL_WIDTH = 32,                 /* at least, */
    BLAS_PANEL_WIDTH = 128, /* or in calls of a BLAS, each of which packs the shared operand */
    COLUMN_UNIT = 32,       /* panels end where the tiles of all kernels end */
    ROW_UNIT = 12
};

typedef struct product {
    tg_dtype dtype;
    int64_t m, n, k;
    tg__matrix a, b;
    unsigned char *c;
    unsigned char *scratch;
    bool by_rows; /* the side that is cut: m, else n */
    int64_t panels;
} product;

/* ---- The BLAS --------------------------------------------------------------------------- */

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
    if (x.column == 1 && x.row >= columns && fits_int(x.row))
        *out = (operand){ CblasNoTrans, (int)x.row };
    else if (x.row == 1 && x.column >= rows && fits_int(x.column))
        *out = (operand){ CblasTrans, (int)x.column };
    else return false;
    return true;
}

/* Is it a product for the BLAS? Vectors and small products are not, whatever it takes the machine
 * for. */
static bool suits_blas(const product *p)
{
    operand a, b;
    const double work = (double)p->m * (double)p->n * (double)p->k;
    return p->m > TG__GEMM_FEW && p->n > TG__GEMM_FEW && work >= BLAS_WORK && tg__is_plain(p->a) &&
           tg__is_plain(p->b) && fits_int(p->m) && fits_int(p->n) &&
           describe(p->a, p->m, p->k, &a) && describe(p->b, p->k, p->n, &b);
}

static void multiply_by_blas(const tg__product *p)
{
    operand a = { 0 }, b = { 0 };
    (void)describe(p->a, p->m, p->k, &a);
    (void)describe(p->b, p->k, p->n, &b);
    const int m = (int)p->m, n = (int)p->n, k = (int)p->k, lead = (int)p->c_row;
    if (p->kernel->size == sizeof(float))
        cblas_sgemm(CblasRowMajor, a.transpose, b.transpose, m, n, k, 1, p->a.data, a.lead,
                    p->b.data, b.lead, 0, p->c, lead);
    else
        cblas_dgemm(CblasRowMajor, a.transpose, b.transpose, m, n, k, 1, p->a.data, a.lead,
                    p->b.data, b.lead, 0, p->c, lead);
}
#else
static bool suits_blas(const product *p)
{
    (void)p;
    return false;
}
static void multiply_by_blas(const tg__product *p) { (void)p; }
#endif

/* ---- The cut ---------------------------------------------------------------------------- */

/* Cuts the longer side, so that the panels share the smaller operand, into a power of two of
 * panels. On one thread, the panels of a large product cost 1 to 3 % over one call of OpenBLAS
 * with its AVX2 kernels, 1 to 7 % with AVX-512. */
static void cut(product *p)
{
    const double m = (double)p->m, n = (double)p->n, k = (double)p->k;
    const double work = 2 * m * n * k + MOVE_WORK * (m * k + k * n + m * n);
    p->by_rows = p->m > p->n;
    const bool by_blas = suits_blas(p);
    const double least = by_blas ? BLAS_PANEL_WORK : PANEL_WORK;
    const int64_t width = by_blas ? BLAS_PANEL_WIDTH : PANEL_WIDTH;
    p->panels = 1;
    const int64_t panels_by_width = (p->by_rows ? p->m : p->n) / width;
    while (p->panels < MOST_PANELS && p->panels * 2 <= panels_by_width &&
           work >= 2.0 * (double)p->panels * least) {
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

static void multiply_panels(void *context, int64_t first, int64_t last, int worker)
{
    const product *p = context;
    const size_t size = p->dtype == TG_F32 ? sizeof(float) : sizeof(double);
    unsigned char *scratch = p->scratch + (size_t)worker * tg__gemm_scratch(p->dtype);
    const bool by_blas = suits_blas(p);
    /* But for a BLAS, panels that are computed in one call have the same bits. */
    const int64_t together = by_blas ? 1 : last - first;
    for (int64_t panel = first; panel < last; panel += together) {
        const int64_t begin = panel_begin(p, panel);
        const int64_t length = panel_begin(p, panel + together) - begin;
        const int64_t i = p->by_rows ? begin : 0, j = p->by_rows ? 0 : begin;
        const int64_t m = p->by_rows ? length : p->m, n = p->by_rows ? p->n : length;
        const tg__matrix a = tg__matrix_from(p->a, i, 0, size);
        const tg__matrix b = tg__matrix_from(p->b, 0, j, size);
        void *c = p->c + (size_t)(i * p->n + j) * size;
        if (by_blas) {
            const tg__product part =
                tg__gemm_product(tg__gemm_isa(), p->dtype, m, n, p->k, a, b, c, p->n, scratch);
            tg__gemm_chunks(&part, multiply_by_blas);
        } else {
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
    /* Each call packs the shared operand, so there are few; a thread may be late, so not one. */
    tg__parallel(pool, p.panels, p.panels / (2 * tg__pool_threads(pool)), multiply_panels, &p);
}

size_t tg__gemm_scratch(tg_dtype dtype)
{
    (void)dtype;
    return tg__gemm_builtin_scratch();
}

const char *tg__gemm_name(void)
{
#if TG_HAVE_OPENBLAS
    return "openblas";
#elif TG_HAVE_CBLAS
    return "cblas";
#else
    return "built-in";
#endif
}

void tg__gemm_setup(void)
{
    (void)tg__machine_caches();
#if TG_HAVE_OPENBLAS
    if (openblas_get_num_threads() != 1) openblas_set_num_threads(1);
#endif
}
