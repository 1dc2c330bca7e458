/* products.c: single matrix products, in the shapes of the training steps that Tapegrad is compared
 * with others in: by the library, by oneDNN's sgemm and by OpenBLAS where the build found them, and
 * the fused multiply-adds that the machine makes at best, all in turns. */
#include "multiply.h"
#include "peak.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#ifdef BENCH_HAVE_ONEDNN
#include "onednn.h"

#include <oneapi/dnnl/dnnl.h>
#endif
#ifdef BENCH_HAVE_OPENBLAS
#include <cblas.h>
#endif

/* c[m,n] = a[m,k] . b[k,n], so many of them. N: an operand lies row by row; T: its transpose does.
 */
typedef struct product {
    const char *of, *form;
    int64_t m, n, k, batch;
} product;

/* clang-format off */
static const product products[] = {
    { "mlp b1", "NT", 1, 256, 784, 1 }, { "mlp b1", "NT", 1, 128, 256, 1 },
    { "mlp b1", "TN", 256, 784, 1, 1 }, { "mlp b1", "NN", 1, 256, 128, 1 },
    { "mlp b32", "NT", 32, 256, 784, 1 }, { "mlp b32", "NT", 32, 128, 256, 1 },
    { "mlp b32", "TN", 256, 784, 32, 1 }, { "mlp b32", "TN", 128, 256, 32, 1 },
    { "mlp b32", "NN", 32, 256, 128, 1 },
    { "big mlp", "NT", 128, 2048, 1024, 1 }, { "big mlp", "NT", 128, 2048, 2048, 1 },
    { "big mlp", "NT", 128, 1000, 2048, 1 }, { "big mlp", "TN", 2048, 1024, 128, 1 },
    { "big mlp", "TN", 2048, 2048, 128, 1 }, { "big mlp", "TN", 1000, 2048, 128, 1 },
    { "big mlp", "NN", 128, 2048, 2048, 1 }, { "big mlp", "NN", 128, 2048, 1000, 1 },
    { "gpt", "NT", 1024, 384, 128, 1 }, { "gpt", "NT", 1024, 128, 128, 1 },
    { "gpt", "NT", 1024, 512, 128, 1 }, { "gpt", "NT", 1024, 128, 512, 1 },
    { "gpt", "TN", 384, 128, 1024, 1 }, { "gpt", "TN", 128, 128, 1024, 1 },
    { "gpt", "TN", 512, 128, 1024, 1 }, { "gpt", "TN", 128, 512, 1024, 1 },
    { "gpt", "NN", 1024, 128, 384, 1 }, { "gpt", "NN", 1024, 128, 512, 1 },
    { "gpt", "NN", 1024, 512, 128, 1 },
    { "gpt attention", "NT", 128, 128, 32, 32 }, { "gpt attention", "NN", 128, 32, 128, 32 },
    { "gpt attention", "TN", 128, 32, 128, 32 },
    { "lstm", "NT", 32, 512, 128, 1 }, { "lstm", "NN", 32, 128, 512, 1 },
    { "lstm", "TN", 512, 128, 2048, 1 }, { "lstm", "NT", 2048, 512, 64, 1 },
    { "big gpt", "NT", 1024, 1152, 384, 1 }, { "big gpt", "NT", 1024, 8192, 384, 1 },
    { "big gpt", "TN", 8192, 384, 1024, 1 }, { "big gpt", "NN", 1024, 384, 8192, 1 },
    { "square", "NN", 512, 512, 512, 1 }, { "square", "NN", 1024, 1024, 1024, 1 },
};
/* clang-format on */
enum { PRODUCTS = sizeof products / sizeof *products };

/* A product to run, and where its arrays are. */
typedef struct task {
    const product *p;
    tg_dtype dtype;
    const bench_products *run;
    void *a, *b, *c;
} task;

static size_t size_of(tg_dtype dtype) { return dtype == TG_F32 ? sizeof(float) : sizeof(double); }

/* Array [data], of [count] elements each, for product [i]. */
static void *at(const task *t, void *data, int64_t i, int64_t count)
{
    return (unsigned char *)data + (size_t)(i * count) * size_of(t->dtype);
}

/* ---- Ways to multiply ------------------------------------------------------------------------ */

static tg__matrix matrix_of(const void *data, char form, int64_t rows, int64_t columns)
{
    return form == 'N' ? bench_rows(data, columns) : bench_transposed(data, rows);
}

static void by_library(void *context)
{
    const task *t = context;
    const product *p = t->p;
    for (int64_t i = 0; i < p->batch; i++)
        tg__gemm(t->run->pool, t->dtype, p->m, p->n, p->k,
                 matrix_of(at(t, t->a, i, p->m * p->k), p->form[0], p->m, p->k),
                 matrix_of(at(t, t->b, i, p->k * p->n), p->form[1], p->k, p->n),
                 at(t, t->c, i, p->m * p->n), t->run->scratch);
}

#if defined(BENCH_HAVE_ONEDNN) || defined(BENCH_HAVE_OPENBLAS)
static int64_t lead(char form, int64_t rows, int64_t columns)
{
    return form == 'N' ? columns : rows;
}
#endif

#ifdef BENCH_HAVE_ONEDNN
static void by_onednn(void *context)
{
    const task *t = context;
    const product *p = t->p;
    for (int64_t i = 0; i < p->batch; i++)
        (void)dnnl_sgemm(p->form[0], p->form[1], p->m, p->n, p->k, 1, at(t, t->a, i, p->m * p->k),
                         lead(p->form[0], p->m, p->k), at(t, t->b, i, p->k * p->n),
                         lead(p->form[1], p->k, p->n), 0, at(t, t->c, i, p->m * p->n), p->n);
}
#endif

#ifdef BENCH_HAVE_OPENBLAS
static void by_openblas(void *context)
{
    const task *t = context;
    const product *p = t->p;
    const CBLAS_TRANSPOSE a = p->form[0] == 'N' ? CblasNoTrans : CblasTrans;
    const CBLAS_TRANSPOSE b = p->form[1] == 'N' ? CblasNoTrans : CblasTrans;
    const int m = (int)p->m, n = (int)p->n, k = (int)p->k;
    const int a_lead = (int)lead(p->form[0], m, k), b_lead = (int)lead(p->form[1], k, n);
    for (int64_t i = 0; i < p->batch; i++) {
        const void *left = at(t, t->a, i, p->m * p->k), *right = at(t, t->b, i, p->k * p->n);
        void *to = at(t, t->c, i, p->m * p->n);
        if (t->dtype == TG_F32)
            cblas_sgemm(CblasRowMajor, a, b, m, n, k, 1, left, a_lead, right, b_lead, 0, to, n);
        else cblas_dgemm(CblasRowMajor, a, b, m, n, k, 1, left, a_lead, right, b_lead, 0, to, n);
    }
}
#endif

typedef struct way {
    const char *name;
    void (*call)(void *context);
    bool only_f32;
} way;

static const way ways[] = {
    { "library", by_library, false },
#ifdef BENCH_HAVE_ONEDNN
    { "onednn", by_onednn, true },
#endif
#ifdef BENCH_HAVE_OPENBLAS
    { "openblas", by_openblas, false },
#endif
};
enum { WAYS = sizeof ways / sizeof *ways };

/* ---- Cases ----------------------------------------------------------------------------------- */

static void *operand(tg_dtype dtype, int64_t count)
{
    void *data = bench_alloc((size_t)count * size_of(dtype));
    float *narrow = bench_alloc((size_t)count * sizeof *narrow);
    bench_fill(narrow, (size_t)count, -1, 1);
    for (int64_t i = 0; i < count; i++) {
        if (dtype == TG_F32) ((float *)data)[i] = narrow[i];
        else ((double *)data)[i] = (double)narrow[i];
    }
    free(narrow);
    return data;
}

static double value_at(const task *t, const void *data, int64_t i)
{
    return t->dtype == TG_F32 ? (double)((const float *)data)[i] : ((const double *)data)[i];
}

/* Ends the program if a way gives another result. */
static void compare(task *t)
{
    const int64_t count = t->p->m * t->p->n * t->p->batch;
    const double most = (t->dtype == TG_F32 ? 1e-6 : 1e-14) * (double)(t->p->k + 16);
    void *const own = t->c, *const other = bench_alloc((size_t)count * size_of(t->dtype));
    by_library(t);
    t->c = other;
    for (int w = 1; w < WAYS; w++) {
        if (ways[w].only_f32 && t->dtype != TG_F32) continue;
        ways[w].call(t);
        for (int64_t i = 0; i < count; i++) {
            if (fabs(value_at(t, own, i) - value_at(t, other, i)) <= most) continue;
            fprintf(stderr, "%s has another result than the library\n", ways[w].name);
            exit(EXIT_FAILURE);
        }
    }
    t->c = own;
    free(other);
}

static void measure(const bench_options *options, const bench_products *run, const product *p,
                    tg_dtype dtype)
{
    char name[96];
    snprintf(name, sizeof name, "%s: %s %s %lldx%lldx%lld x%lld", p->of, tg_dtype_name(dtype),
             p->form, (long long)p->m, (long long)p->n, (long long)p->k, (long long)p->batch);
    if (!bench_wants(options, name)) return;
    task t = { p,
               dtype,
               run,
               operand(dtype, p->m * p->k * p->batch),
               operand(dtype, p->k * p->n * p->batch),
               bench_alloc((size_t)(p->m * p->n * p->batch) * size_of(dtype)) };
    compare(&t);
    bench_contender contenders[WAYS + 1] = { { bench_peak, &t.dtype, 0 } };
    const way *which[WAYS + 1] = { NULL };
    size_t count = 1;
    for (int w = 0; w < WAYS; w++) {
        if (ways[w].only_f32 && dtype != TG_F32) continue;
        which[count] = &ways[w];
        contenders[count++] = (bench_contender){ ways[w].call, &t, 0 };
    }
    bench_run(options, contenders, count);
    const double peak = bench_peak_flops(dtype) / contenders[0].us * 1e-3 * options->threads;
    const double flops = 2 * (double)p->m * (double)p->n * (double)p->k * (double)p->batch;
    for (size_t i = 1; i < count; i++)
        bench_print((bench_line){ .bench = "products",
                                  .name = name,
                                  .metric = which[i]->name,
                                  .value = flops / contenders[i].us * 1e-3,
                                  .unit = "GFLOP/s",
                                  .limit = peak,
                                  .limit_is = "fused multiply-adds in registers",
                                  .threads = options->threads });
    free(t.a);
    free(t.b);
    free(t.c);
}

int main(int argc, char **argv)
{
    const bench_options options =
        bench_begin(argc, argv,
                    "Times single matrix products, by the library and by the peers that the build "
                    "found,\nbeside the fused multiply-adds that the machine makes at best.");
    bench_products run;
    bench_products_begin(&run, options.threads);
#ifdef BENCH_HAVE_ONEDNN
    bench_onednn_threads(options.threads);
#endif
#ifdef BENCH_HAVE_OPENBLAS
    openblas_set_num_threads(options.threads);
#endif
    for (int i = 0; i < PRODUCTS; i++) {
        measure(&options, &run, &products[i], TG_F32);
        measure(&options, &run, &products[i], TG_F64);
    }
    bench_products_end(&run);
    return bench_end(&options);
}
