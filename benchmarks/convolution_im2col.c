/* convolution_im2col.c: a convolution by a matrix product, image by image: the windows of an image
 * are written out as columns, and the weight times those is the result. For the gradient by the
 * image the columns are computed, and folded up again. */
#include "convolution_products.h"

#include "kernels/memory.h"

#include <stdlib.h>
#include <string.h>

/* A thread's own. */
typedef struct worker {
    void *scratch;
    float *columns; /* [in, kernel, kernel, places, places], of one image */
    float *product; /* one image's share of the weight's gradient, */
    float *sum;     /* and that of all so far */
} worker;

typedef struct unrolled {
    const task *task;
    tg__pool *pool;
    worker *workers;
} unrolled;

static int64_t window_of(const convolution *c) { return c->in * c->kernel * c->kernel; }
static int64_t area_of(const convolution *c) { return places_of(c) * places_of(c); }
static int64_t weights_of(const convolution *c) { return c->out * window_of(c); }

static float *floats(int64_t count) { return bench_alloc((size_t)count * sizeof(float)); }

static void *im2col_begin(const task *t)
{
    unrolled *u = bench_alloc(sizeof *u);
    *u = (unrolled){ .task = t, .pool = tg__pool_new(&tg__default_allocator, t->threads) };
    const int threads = tg__pool_threads(u->pool);
    u->workers = bench_alloc((size_t)threads * sizeof *u->workers);
    for (int i = 0; i < threads; i++) {
        u->workers[i] = (worker){ .scratch = bench_alloc(tg__gemm_scratch(TG_F32)),
                                  .columns = floats(window_of(t->of) * area_of(t->of)),
                                  .product = floats(weights_of(t->of)),
                                  .sum = floats(weights_of(t->of)) };
    }
    return u;
}

static void im2col_end(void *state)
{
    unrolled *u = state;
    for (int i = 0; i < tg__pool_threads(u->pool); i++) {
        free(u->workers[i].scratch);
        free(u->workers[i].columns);
        free(u->workers[i].product);
        free(u->workers[i].sum);
    }
    free(u->workers);
    tg__pool_free(u->pool);
    free(u);
}

/* ---- Columns ---------------------------------------------------------------------------- */

/* The places from [first] up to [last] at which tap [tap] of the kernel is inside the image. */
typedef struct range {
    int64_t first, last;
} range;

static range inside(const convolution *c, int64_t tap)
{
    const int64_t places = places_of(c), before = c->padding - tap;
    const int64_t first = before > 0 ? (before + c->stride - 1) / c->stride : 0;
    const int64_t last = (c->size - 1 + before) / c->stride + 1;
    return (range){ first, last < places ? last : places };
}

/* to[i] = from[i stride] */
static void gather_row(int64_t count, const float *from, int64_t stride, float *to)
{
    if (stride == 1) {
        memcpy(to, from, (size_t)count * sizeof *to);
    } else {
        for (int64_t i = 0; i < count; i++) to[i] = from[i * stride];
    }
}

/* to[i stride] += from[i] */
static void add_row(int64_t count, const float *from, float *to, int64_t stride)
{
    if (stride == 1) {
        for (int64_t i = 0; i < count; i++) to[i] += from[i];
    } else {
        for (int64_t i = 0; i < count; i++) to[i * stride] += from[i];
    }
}

static void zero(float *to, int64_t count) { memset(to, 0, (size_t)count * sizeof *to); }

/* One tap of the kernel in one channel: [places, places] of the image [size, size]. */
static void unroll_tap(const convolution *c, const float *image, int64_t row, int64_t column,
                       float *to)
{
    const int64_t places = places_of(c);
    const range rows = inside(c, row), columns = inside(c, column);
    zero(to, rows.first * places);
    zero(to + rows.last * places, (places - rows.last) * places);
    for (int64_t i = rows.first; i < rows.last; i++) {
        const float *line = image + (i * c->stride + row - c->padding) * c->size;
        zero(to + i * places, columns.first);
        gather_row(columns.last - columns.first,
                   line + columns.first * c->stride + column - c->padding, c->stride,
                   to + i * places + columns.first);
        zero(to + i * places + columns.last, places - columns.last);
    }
}

static void fold_tap(const convolution *c, const float *from, int64_t row, int64_t column,
                     float *image)
{
    const int64_t places = places_of(c);
    const range rows = inside(c, row), columns = inside(c, column);
    for (int64_t i = rows.first; i < rows.last; i++) {
        float *line = image + (i * c->stride + row - c->padding) * c->size;
        add_row(columns.last - columns.first, from + i * places + columns.first,
                line + columns.first * c->stride + column - c->padding, c->stride);
    }
}

static void unroll(const convolution *c, const float *image, float *columns)
{
    for (int64_t i = 0; i < window_of(c); i++) {
        const int64_t taps = c->kernel * c->kernel, channel = i / taps;
        unroll_tap(c, image + channel * c->size * c->size, i % taps / c->kernel, i % c->kernel,
                   columns + i * area_of(c));
    }
}

static void fold(const convolution *c, const float *columns, float *image)
{
    zero(image, c->in * c->size * c->size);
    for (int64_t i = 0; i < window_of(c); i++) {
        const int64_t taps = c->kernel * c->kernel, channel = i / taps;
        fold_tap(c, columns + i * area_of(c), i % taps / c->kernel, i % c->kernel,
                 image + channel * c->size * c->size);
    }
}

/* ---- Products --------------------------------------------------------------------------- */

static void image_product(const task *t, const worker *w, int64_t image)
{
    const convolution *c = t->of;
    const int64_t window = window_of(c), area = area_of(c);
    float *x = t->data[X] + image * c->in * c->size * c->size;
    float *y = t->data[Y] + image * c->out * area;
    if (t->target == X) {
        tg__gemm(NULL, TG_F32, window, area, c->out, bench_transposed(t->data[W], window),
                 bench_rows(y, area), w->columns, w->scratch);
        fold(c, w->columns, x);
        return;
    }
    unroll(c, x, w->columns);
    if (t->target == Y) {
        tg__gemm(NULL, TG_F32, c->out, area, window, bench_rows(t->data[W], window),
                 bench_rows(w->columns, area), y, w->scratch);
    } else {
        tg__gemm(NULL, TG_F32, c->out, window, area, bench_rows(y, area),
                 bench_transposed(w->columns, area), w->product, w->scratch);
        add_row(weights_of(c), w->product, w->sum, 1);
    }
}

static void images_product(void *context, int64_t first, int64_t last, int index)
{
    const unrolled *u = context;
    for (int64_t i = first; i < last; i++) image_product(u->task, &u->workers[index], i);
}

static void im2col_call(void *state)
{
    const unrolled *u = state;
    const convolution *c = u->task->of;
    const int threads = tg__pool_threads(u->pool);
    for (int i = 0; i < threads; i++) zero(u->workers[i].sum, weights_of(c));
    tg__parallel(u->pool, c->batch, 1, images_product, state);
    if (u->task->target != W) return;
    zero(u->task->data[W], weights_of(c));
    for (int i = 0; i < threads; i++)
        add_row(weights_of(c), u->workers[i].sum, u->task->data[W], 1);
}

const way by_im2col = { "im2col", im2col_begin, im2col_call, im2col_end };
