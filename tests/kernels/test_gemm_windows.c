/* test_gemm_windows.c: products with windows that the built-in kernels read where they lie: those
 * of convolutions and of their gradients, against a plain loop and against the packed product.
 * Pictures end at a fence, and hold NaN or infinities wherever no window looks. */
#include "tests/support/suite.h"
#include "fenced.h"
#include "gemm_problem.h"
#include "kernels/gemm_inside.h"

/* ---- Convolutions ------------------------------------------------------------------------- */

/* Which of the three products, or one of windows with windows; and with its sides exchanged. */
typedef enum kind { FORWARD, BY_WEIGHT, OF_WINDOWS, KINDS } kind;

typedef struct convolution {
    kind kind;
    bool turned;                                  /* the windows are the left operand */
    bool flipped;                                 /* the kernel is walked backwards */
    int64_t images, channels, out, height, width; /* of what comes out */
    int64_t rows, columns, down, right;           /* of the kernel, and its dilation */
    int64_t gap;                                  /* behind each row of a picture */
    int64_t stride;
} convolution;

typedef struct operands {
    problem p;
    tg__steps places[2], kernel[2], cotangent;
    fenced memory[2];
} operands;

static int64_t count_of(const tg__steps *s)
{
    int64_t count = 1;
    for (int i = 0; i < s->count; i++) count *= s->size[i];
    return count;
}

static int64_t places_of(const convolution *c) { return c->images * c->height * c->width; }
static int64_t weights_of(const convolution *c) { return c->channels * c->rows * c->columns; }

/* NaN and infinities, and numbers where [rows] and [columns] look from [origin] on. */
static void fill(tg_dtype dtype, void *data, int64_t length, int64_t origin, const tg__steps *rows,
                 const tg__steps *columns)
{
    static const double bad[] = { NAN, INFINITY, -INFINITY };
    const double leaks = bad[random_below(3)];
    for (int64_t i = 0; i < length; i++) put(dtype, data, i, leaks);
    for (int64_t i = 0; i < count_of(rows); i++)
        for (int64_t j = 0; j < count_of(columns); j++)
            put(dtype, data, origin + place(rows, 0, i) + place(columns, 0, j), random_value());
}

/* All pictures' windows: a row for each place in the kernel, a column for each one in a picture. */
static tg__matrix new_windows(operands *o, int i, const convolution *c)
{
    const int64_t line = (c->width - 1) * c->stride + 1 + (c->columns - 1) * c->right + c->gap;
    const int64_t plane = line * ((c->height - 1) * c->stride + 1 + (c->rows - 1) * c->down);
    const int64_t sign = c->flipped ? -1 : 1;
    o->places[i] = (tg__steps){ .count = 3,
                                .size = { c->images, c->height, c->width },
                                .step = { c->channels * plane, c->stride * line, c->stride } };
    o->kernel[i] = (tg__steps){ .count = 3,
                                .size = { c->channels, c->rows, c->columns },
                                .step = { plane, sign * c->down * line, sign * c->right } };
    const int64_t length = c->images * c->channels * plane - c->gap;
    const int64_t origin =
        c->flipped ? (c->rows - 1) * c->down * line + (c->columns - 1) * c->right : 0;
    const size_t size = size_of(o->p.dtype);
    o->memory[i] = new_fenced((size_t)length * size, random_below(4) > 0);
    fill(o->p.dtype, o->memory[i].data, length, origin, &o->kernel[i], &o->places[i]);
    return (tg__matrix){ .data = o->memory[i].data + (size_t)origin * size,
                         .rows = &o->kernel[i],
                         .columns = &o->places[i] };
}

/* A matrix, its rows or its columns contiguous, with a gap behind each. */
static tg__matrix new_plain(operands *o, int64_t rows, int64_t columns)
{
    const bool transposed = random_below(2);
    const int64_t lines = transposed ? columns : rows, length = transposed ? rows : columns;
    const tg__steps across = { 1, { lines }, { length + random_below(3) } };
    const tg__steps along = { 1, { length }, { 1 } };
    const int64_t count = (lines - 1) * across.step[0] + length;
    o->memory[1] = new_fenced((size_t)count * size_of(o->p.dtype), random_below(4) > 0);
    fill(o->p.dtype, o->memory[1].data, count, 0, &across, &along);
    return (tg__matrix){ .data = o->memory[1].data,
                         .row = transposed ? 1 : across.step[0],
                         .column = transposed ? across.step[0] : 1 };
}

/* What comes back to pictures: [out] lines of their places, one picture's behind the other's, or
 * before it. */
static tg__matrix new_cotangent(operands *o, const convolution *c)
{
    const int64_t places = c->height * c->width, plane = places + random_below(2) * c->gap;
    const int64_t picture = c->out * plane, count = c->images * picture - (plane - places);
    const int64_t origin = c->flipped ? (c->images - 1) * picture : 0;
    const tg__steps rows = { 1, { c->out }, { plane } };
    o->cotangent = (tg__steps){ .count = 2,
                                .size = { c->images, places },
                                .step = { c->flipped ? -picture : picture, 1 } };
    const size_t size = size_of(o->p.dtype);
    o->memory[1] = new_fenced((size_t)count * size, random_below(4) > 0);
    fill(o->p.dtype, o->memory[1].data, count, origin, &rows, &o->cotangent);
    return (tg__matrix){ .data = o->memory[1].data + (size_t)origin * size,
                         .row = plane,
                         .columns = &o->cotangent };
}

/* [o] must stay where it is: the matrices point into it. */
static void open_operands(operands *o, const convolution *c, tg_dtype dtype)
{
    *o = (operands){ .p = { .dtype = dtype, .m = c->out } };
    problem *p = &o->p;
    p->b = new_windows(o, 0, c);
    p->n = places_of(c);
    p->k = weights_of(c);
    if (c->kind == FORWARD) {
        p->a = new_plain(o, p->m, p->k);
    } else if (c->kind == BY_WEIGHT) {
        p->a = new_cotangent(o, c);
        p->b = transposed(p->b);
        p->n = weights_of(c);
        p->k = places_of(c);
    } else {
        convolution other = *c;
        other.images = 1;
        other.height = 1 + random_below(3);
        other.width = c->out;
        p->a = transposed(new_windows(o, 1, &other));
        p->m = places_of(&other);
    }
    if (c->turned) {
        const tg__matrix a = p->a;
        const int64_t m = p->m;
        p->a = transposed(p->b);
        p->b = transposed(a);
        p->m = p->n;
        p->n = m;
    }
    p->c_row = p->n;
}

static void close_operands(operands *o)
{
    for (int i = 0; i < 2; i++) free_fenced(o->memory[i]);
}

/* ---- The ways to a product ---------------------------------------------------------------- */

typedef bool (*way)(const tg__product *p);

/* The product by that way alone, transposed if it is to be, and then with the smallest blocks, into
 * a matrix of NaN with gaps and guards. NULL where the way is not taken; then nothing was written.
 */
static void *compute_by(way take, const problem *p, bool across)
{
    unsigned char *scratch = new_scratch(1);
    const int64_t width = (across ? p->m : p->n) + 3, height = across ? p->n : p->m;
    const int64_t count = height * width + 2 * GUARD;
    unsigned char *c = new_array(p->dtype, count, NAN);
    static const tg__caches small = { 1, 1 };
    tg__gemm_kernel kernel = *tg__gemm_choose((tg__isa)p->by, p->dtype);
    if (across) kernel.caches = &small;
    const tg__product product = { .kernel = &kernel,
                                  .m = p->m,
                                  .n = p->n,
                                  .k = p->k,
                                  .a = p->a,
                                  .b = p->b,
                                  .c = c + GUARD * size_of(p->dtype),
                                  .c_row = across ? 1 : width,
                                  .c_column = across ? width : 1,
                                  .packed_a = scratch,
                                  .packed_b = scratch + TG__GEMM_A_BYTES };
    const bool taken = take(&product);
    free_array(scratch);
    int64_t kept = 0;
    for (int64_t i = 0; i < count; i++) kept += isnan(get(p->dtype, c, i)) != 0;
    ck_assert_int_eq(count - kept, taken ? p->m * p->n : 0);
    if (!taken) {
        free_array(c);
        return NULL;
    }
    unsigned char *dense = new_array(p->dtype, p->m * p->n, NAN);
    for (int64_t i = 0; i < p->m; i++)
        for (int64_t j = 0; j < p->n; j++)
            put(p->dtype, dense, i * p->n + j,
                get(p->dtype, c, GUARD + (across ? j * width + i : i * width + j)));
    free_array(c);
    return dense;
}

static void check_close(const problem *p, const void *c)
{
    const int64_t share = 1 + p->m * p->n * p->k / 200000;
    problem dense = *p;
    dense.c_row = p->n;
    for (int64_t i = 0; i < p->m; i++)
        for (int64_t j = 0; j < p->n; j++)
            if (random_below(share) == 0) check_element(&dense, c, i, j);
}

/* An operand as a plain matrix. */
static tg__matrix laid_out(const problem *p, tg__matrix x, int64_t rows, int64_t columns)
{
    void *data = new_array(p->dtype, rows * columns, 0);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < columns; j++)
            put(p->dtype, data, i * columns + j, element_of(p, x, i, j));
    return (tg__matrix){ .data = data, .row = columns, .column = 1 };
}

static void *compute_packed(const problem *p)
{
    problem q = *p;
    q.a = laid_out(p, p->a, p->m, p->k);
    q.b = laid_out(p, p->b, p->k, p->n);
    q.c_row = p->n;
    void *c = new_array(p->dtype, p->m * p->n, NAN);
    compute(&q, NULL, c);
    free_operand(q.a);
    free_operand(q.b);
    return c;
}

/* How often each way was taken, for each element type and instruction set. */
typedef struct tally {
    int slid[2][TG__ISA_AVX512 + 1], in_runs[2][TG__ISA_AVX512 + 1], along[2][TG__ISA_AVX512 + 1];
} tally;

static bool by_runs(const tg__product *p)
{
    const bool one_chunk = p->k <= tg__gemm_chunk(p->kernel->size);
    if (p->c_column != 1 || !one_chunk || !tg__gemm_has_runs(p)) return false;
    tg__gemm_by_runs(p);
    return true;
}

static void check_chains(const problem *p, way take, int taken[2][TG__ISA_AVX512 + 1])
{
    const size_t bytes = (size_t)(p->m * p->n) * size_of(p->dtype);
    for (int across = 0; across < 2; across++) {
        void *c = compute_by(take, p, across);
        if (!c) return;
        taken[p->dtype == TG_F64][p->by]++;
        if (p->m > TG__GEMM_FEW && p->n > TG__GEMM_FEW) {
            void *packed = compute_packed(p);
            ck_assert_msg(memcmp(c, packed, bytes) == 0, "not the bits of the packed product");
            free_array(packed);
        } else {
            check_close(p, c);
        }
        free_array(c);
    }
}

static bool along(const tg__product *p)
{
    if (!tg__gemm_runs_along(p)) return false;
    tg__gemm_along(p);
    return true;
}

static void check_along(const problem *p, tally *t)
{
    void *c = compute_by(along, p, false), *other = compute_by(along, p, true);
    ck_assert(!c == !other);
    if (!c) return;
    t->along[p->dtype == TG_F64][p->by]++;
    check_close(p, c);
    ck_assert_mem_eq(c, other, (size_t)(p->m * p->n) * size_of(p->dtype));
    free_array(c);
    free_array(other);
}

/* All instruction sets and both types, by every way. */
static void check_convolution(const convolution *c, tally *t)
{
    for (tg_dtype dtype = TG_F32; dtype <= TG_F64; dtype++) {
        operands o;
        open_operands(&o, c, dtype);
        for (o.p.by = BY_LIBRARY; o.p.by <= (int)tg__gemm_isa(); o.p.by++) {
            o.p.c_row = o.p.n + (o.p.by == BY_LIBRARY ? 0 : random_below(4));
            check_product(&o.p);
            if (o.p.by == BY_LIBRARY) continue;
            check_chains(&o.p, tg__gemm_slide, t->slid);
            check_chains(&o.p, by_runs, t->in_runs);
            check_along(&o.p, t);
        }
        check_same_bits(&o.p);
        close_operands(&o);
    }
}

static void ck_often(int taken[2][TG__ISA_AVX512 + 1], int least)
{
    for (int i = 0; i < 2; i++)
        for (int isa = 0; isa <= (int)tg__gemm_isa(); isa++)
            ck_assert_msg(taken[i][isa] >= least, "%s, instruction set %d: only %d times",
                          i ? "f64" : "f32", isa, taken[i][isa]);
}

/* ---- Values ------------------------------------------------------------------------------- */

/* Runs of 1 to 40 places, at strides of 1 and 2, are cut into vectors, halves of vectors, or
 * packed. */
START_TEST(windows_of_every_width_slide)
{
    tally t = { 0 };
    dice = rng_of((uint64_t)_i, 1);
    const int64_t width = 1 + _i % 40;
    const convolution c = { .kind = FORWARD,
                            .turned = random_below(3) == 0,
                            .flipped = random_below(3) == 0,
                            .images = 1 + 40 / width + random_below(3),
                            .channels = 1 + random_below(4),
                            .out = 1 + random_below(30),
                            .height = 1 + random_below(4),
                            .width = width,
                            .rows = 1 + random_below(3),
                            .columns = 1 + random_below(3),
                            .down = 1 + random_below(2),
                            .right = 1 + random_below(2),
                            .gap = random_below(3),
                            .stride = 1 + _i / 40 };
    check_convolution(&c, &t);
    /* From 16 places on, no vector of any kernel is so long that two fifths are wasted. */
    if (width >= 16 && !c.turned) ck_often(t.slid, 2);
}
END_TEST

/* The gradient by the weight, of kernels whose columns are far apart. */
START_TEST(products_along_runs_of_every_length_add_up)
{
    tally t = { 0 };
    dice = rng_of((uint64_t)_i, 2);
    const int64_t width = 1 + _i % 40;
    const convolution c = { .kind = BY_WEIGHT,
                            .turned = random_below(2),
                            .flipped = random_below(3) == 0,
                            .images = 1 + random_below(3),
                            .channels = 1 + random_below(3),
                            .out = 1 + random_below(11),
                            .height = 1 + (_i % 4 == 3 ? 5000 : 700) / width,
                            .width = width,
                            .rows = 1 + random_below(2),
                            .columns = 1 + random_below(3),
                            .down = 1 + random_below(2),
                            .right = 3,
                            .gap = random_below(3),
                            .stride = 1 + _i / 40 };
    check_convolution(&c, &t);
    if (width >= 16 && !(c.turned && c.stride == 2)) ck_often(t.along, 1);
    if (_i % 4 != 3) ck_often(t.in_runs, 1);
}
END_TEST

static convolution random_convolution(void)
{
    static const int64_t widths[] = {
        3, 4, 5, 7, 8, 9, 10, 12, 14, 16, 17, 24, 28, 31, 32, 33, 40
    };
    convolution c = { .kind = (kind)random_below(KINDS),
                      .turned = random_below(2),
                      .flipped = random_below(3) == 0,
                      .images = 1 + random_below(3),
                      .channels = 1 + random_below(4),
                      .out = 1 + random_below(random_below(4) ? 20 : 70),
                      .height = 1 + random_below(8),
                      .width = widths[random_below(sizeof widths / sizeof *widths)],
                      .rows = 1 + random_below(4),
                      .columns = 1 + random_below(5),
                      .down = 1 + random_below(3),
                      .right = 1 + random_below(3) / 2,
                      .gap = random_below(2) * random_below(9),
                      .stride = random_below(2) ? 1 : 1 + random_below(3) };
    if (random_below(4) == 0) c.channels = 10 + random_below(60); /* k beyond 256 */
    if (random_below(8) == 0) c.columns = 6 + random_below(30);   /* a kernel with runs */
    if (c.kind == BY_WEIGHT && random_below(2)) c.height += 30;
    if (c.kind == OF_WINDOWS) c.out = 1 + c.out % 40;
    return c;
}

START_TEST(convolutions_and_their_gradients_match_a_plain_loop)
{
    tally t = { 0 };
    dice = rng_of(3, 0);
    for (int i = 0; i < scaled(150); i++) {
        convolution c = random_convolution();
        while (places_of(&c) * weights_of(&c) * c.out > 2000000 && c.out > 1) c.out /= 2;
        while (places_of(&c) * weights_of(&c) * c.out > 2000000 && c.channels > 1) c.channels /= 2;
        check_convolution(&c, &t);
    }
    ck_often(t.slid, scaled(150) / 10);
    ck_often(t.in_runs, scaled(150) / 10);
    ck_often(t.along, scaled(150) / 30);
}
END_TEST

/* As deep as a block of rows is packed whole, for kernels of 6 and of 12 rows of floats and of
 * doubles; and as deep as lists of steps find room. */
START_TEST(as_deep_as_packing_allows_and_deeper)
{
    static const int64_t depths[] = { 255,  256,  257,  511,  512,  513,  1535,  1536,  1537,
                                      2048, 3071, 3072, 3073, 6144, 6145, 16383, 16384, 16385 };
    tally t = { 0 };
    dice = rng_of((uint64_t)_i, 4);
    const convolution c = { .kind = FORWARD,
                            .turned = _i % 4 == 1,
                            .images = 2,
                            .channels = depths[_i],
                            .out = 13 + random_below(20),
                            .height = 1,
                            .width = 14 + random_below(4),
                            .rows = 1,
                            .columns = 1,
                            .down = 1,
                            .right = 1,
                            .stride = 1 + _i % 3 / 2 };
    check_convolution(&c, &t);
    if (depths[_i] <= 1536 && !c.turned) ck_often(t.slid, 2);
}
END_TEST
enum { DEPTHS = 18 };

/* ---- Bits --------------------------------------------------------------------------------- */

START_TEST(a_cut_changes_no_bits_of_products_with_windows)
{
    dice = rng_of(5, 0);
    for (int round = 0; round < scaled(200); round++) {
        const convolution c = random_convolution();
        operands o;
        open_operands(&o, &c, round & 1 ? TG_F64 : TG_F32);
        const problem *p = &o.p;
        const int64_t least = TG__GEMM_FEW + 1;
        void *all = new_array(p->dtype, p->m * p->n, NAN);
        for (o.p.by = 0; o.p.by <= (int)tg__gemm_isa(); o.p.by++) {
            if (p->m < least || p->n < least) break;
            compute(p, NULL, all);
            const int64_t m = least + random_below(2) * random_below(p->m - least + 1);
            const int64_t n = least + random_below(2) * random_below(p->n - least + 1);
            check_part(p, all, random_below(p->m - m + 1), random_below(p->n - n + 1), m, n);
            check_part(p, all, random_below(p->m - m + 1), 0, m, p->n);
            check_part(p, all, 0, random_below(p->n - n + 1), p->m, n);
        }
        free_array(all);
        close_operands(&o);
    }
}
END_TEST

/* Wide enough for several panels, of pictures whose rows the panels' ends cut. */
START_TEST(the_bits_of_products_with_windows_do_not_depend_on_the_number_of_threads)
{
    static const convolution cases[] = {
        { FORWARD, false, false, 3, 20, 40, 15, 17, 3, 3, 1, 1, 1, 1 },
        { FORWARD, true, true, 3, 20, 40, 15, 17, 3, 3, 1, 1, 2, 2 },
        { BY_WEIGHT, false, false, 2, 60, 24, 22, 27, 3, 3, 1, 3, 1, 1 },
        { BY_WEIGHT, true, false, 2, 60, 24, 22, 27, 3, 3, 2, 1, 1, 1 },
        { BY_WEIGHT, false, false, 3, 4, 520, 22, 28, 3, 3, 1, 1, 0, 2 },
        { OF_WINDOWS, false, false, 5, 20, 37, 12, 13, 3, 3, 1, 1, 3, 1 },
    };
    static const int threads[] = { 1, 2, 3, 5 };
    const convolution *c = &cases[_i / 2];
    dice = rng_of((uint64_t)_i, 6);
    operands o;
    open_operands(&o, c, _i % 2 ? TG_F64 : TG_F32);
    problem *p = &o.p;
    const size_t bytes = (size_t)(p->m * p->n) * size_of(p->dtype);
    void *alone = new_array(p->dtype, p->m * p->n, NAN),
         *all = new_array(p->dtype, p->m * p->n, NAN);
    p->by = (int)tg__gemm_isa();
    compute(p, NULL, alone);
    check_close(p, alone);
    p->by = BY_LIBRARY;
    for (int i = 0; i < 4; i++) {
        tg__pool *pool = tg__pool_new(&tg__default_allocator, threads[i]);
        memset(all, 0xff, bytes);
        compute(p, pool, all);
        ck_assert_msg(memcmp(all, alone, bytes) == 0, "%d threads: other bits", threads[i]);
        tg__pool_free(pool);
    }
    free_array(alone);
    free_array(all);
    close_operands(&o);
}
END_TEST
enum { THREAD_CASES = 12 };

int main(void)
{
    tg__gemm_setup();
    Suite *suite = suite_create("gemm_windows");
    TCase *values = tcase_create("values");
    tcase_add_loop_test(values, windows_of_every_width_slide, 0, 80);
    tcase_add_loop_test(values, products_along_runs_of_every_length_add_up, 0, 80);
    tcase_add_test(values, convolutions_and_their_gradients_match_a_plain_loop);
    tcase_add_loop_test(values, as_deep_as_packing_allows_and_deeper, 0, DEPTHS);
    suite_add_tcase(suite, values);

    TCase *bits = tcase_create("bits");
    tcase_add_test(bits, a_cut_changes_no_bits_of_products_with_windows);
    tcase_add_loop_test(bits,
                        the_bits_of_products_with_windows_do_not_depend_on_the_number_of_threads, 0,
                        THREAD_CASES);
    suite_add_tcase(suite, bits);

    return run_suite(suite);
}
