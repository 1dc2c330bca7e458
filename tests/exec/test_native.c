/* test_native.c: plans as machine code. What they compute has the bits that the interpreter gives,
 * for every elementwise operation and for everything that ends a stretch of instructions; where
 * nothing can be compiled, the plan runs as without .jit, and says why. */
#include "exec/plan.h" /* before recorded.h, which takes the names store and tape */

#include "tests/support/random.h"
#include "tests/support/recorded.h"

#include "exec/native.h"

enum { STEPS = 3, MOST_KEPT = 256, MOST_FED = 120000 };

/* ---- Two plans of one recording ----------------------------------------------------------- */

typedef struct recording {
    tg_dtype dtype;
    tg_tensor *fed[8], *kept[MOST_KEPT];
    int fed_count, kept_count;
    bool keep_denormals;
    int threads;
} recording;

typedef void record_fn(recording *r);

static tg_tensor *fed(recording *r, tg_dtype dtype, tg_shape shape)
{
    char name[16];
    (void)snprintf(name, sizeof name, "x%d", r->fed_count);
    return r->fed[r->fed_count++] = tg_input(tape, name, dtype, shape);
}

static void keep(recording *r, tg_tensor *x)
{
    ck_no_error();
    ck_assert_int_lt(r->kept_count, MOST_KEPT);
    r->kept[r->kept_count++] = x;
}

/* All bytes that a run leaves. */
typedef struct bytes {
    unsigned char *at;
    size_t count;
} bytes;

static void add_bytes(bytes *to, const void *from, size_t count)
{
    to->at = realloc(to->at, to->count + count + 1);
    ck_assert_ptr_nonnull(to->at);
    memcpy(to->at + to->count, from, count);
    to->count += count;
}

static void feed_all(const recording *r, rng *random)
{
    static double doubles[MOST_FED];
    static float floats[MOST_FED];
    static int32_t whole[MOST_FED];
    for (int i = 0; i < r->fed_count; i++) {
        const size_t n = (size_t)tg_count(r->fed[i]);
        ck_assert_uint_le(n, MOST_FED);
        for (size_t j = 0; j < n; j++) {
            doubles[j] = rng_between(random, -2, 2);
            floats[j] = (float)doubles[j];
            whole[j] = rng_below(random, 41) - 20;
        }
        const tg_dtype dtype = tg_dtype_of(r->fed[i]);
        const void *const data = dtype == TG_F32   ? (const void *)floats
                                 : dtype == TG_F64 ? (const void *)doubles
                                                   : whole;
        ck_assert_int_eq(tg_feed_as(r->fed[i], dtype, data, n), TG_OK);
    }
}

static void take(tg_dtype dtype, size_t count, tg_status (*get)(void *, tg_dtype, void *, size_t),
                 void *from, bytes *out)
{
    void *data = malloc(count * tg_dtype_size(dtype) + 1);
    ck_assert_ptr_nonnull(data);
    ck_assert_int_eq(get(from, dtype, data, count), TG_OK);
    add_bytes(out, data, count * tg_dtype_size(dtype));
    free(data);
}

static tg_status get_node(void *x, tg_dtype dtype, void *out, size_t count)
{
    return tg_get_as(x, dtype, out, count);
}
static tg_status get_variable(void *var, tg_dtype dtype, void *out, size_t count)
{
    return tg_var_get_as(var, dtype, out, count);
}

/* Records, compiles, runs some steps: all that is kept in each, and the variables at the end. */
static bytes run_steps(recording r, record_fn *record, bool jit, tg_jit_info *info)
{
    bytes out = { NULL, 0 };
    rng random = rng_of(3, 1);
    store = tg_store_new(.seed = 5, .dtype = r.dtype, .keep_denormals = r.keep_denormals);
    tape = tg_tape_new(store);
    record(&r);
    tg_plan *plan = tg_compile(tape, .keep = { (size_t)r.kept_count, r.kept },
                               .threads = r.threads ? r.threads : 1, .jit = jit);
    ck_no_error();
    *info = tg_plan_jit(plan);
    ck_assert_int_eq(info->asked, jit);
    if (jit && info->functions == 0) ck_assert_str_ne(info->text, "");
    for (int step = 0; step < STEPS; step++) {
        feed_all(&r, &random);
        run(plan);
        for (int i = 0; i < r.kept_count; i++)
            take(tg_dtype_of(r.kept[i]), (size_t)tg_count(r.kept[i]), get_node, r.kept[i], &out);
    }
    for (size_t i = 0; i < tg_var_count(store); i++) {
        tg_var *var = tg_var_nth(store, i);
        take(tg_var_dtype(var), (size_t)tg_shape_count(tg_var_shape(var)), get_variable, var, &out);
    }
    info->text = ""; /* it goes with the plan */
    tg_plan_free(plan);
    close_tape();
    return out;
}

/* The plan has the same bits as machine code, of at least so many instructions. */
static void ck_same(recording r, record_fn *record, int64_t least)
{
    tg_jit_info info;
    const bytes want = run_steps(r, record, false, &info);
    ck_assert_int_eq(info.functions, 0);
    const bytes got = run_steps(r, record, true, &info);
    ck_assert_uint_eq(got.count, want.count);
    ck_assert_int_ge(info.instructions, least);
    ck_assert_int_ge(info.instructions, info.functions);
    size_t i = 0;
    while (i < got.count && got.at[i] == want.at[i]) i++;
    ck_assert_msg(i == got.count, "byte %zu of %zu differs", i, got.count);
    free(got.at);
    free(want.at);
}

/* ---- Operations --------------------------------------------------------------------------- */

/* Each is followed by another, so that there is a stretch. */
static void record_floats(recording *r)
{
    tg_tensor *a = fed(r, r->dtype, TG_SHAPE(200)), *b = fed(r, r->dtype, TG_SHAPE(200));
    tg_tensor *x = a, *nan = tg_div(a, tg_number_like(a, 0));
#define UNARY(id, call, ...)                                                                       \
    keep(r, tg_add_num(call, 1));                                                                  \
    x = nan;                                                                                       \
    keep(r, tg_add_num(call, 1));                                                                  \
    x = a;
#define BINARY(id, call, ...) keep(r, tg_mul(call, a));
#include "ops/elementwise.def"
#undef UNARY
#undef BINARY
    keep(r, tg_polygamma(2, tg_square(a)));
    tg_tensor *less = tg_less(a, b), *either = tg_or(less, tg_equal(a, tg_square(b)));
    keep(r, tg_select(tg_and(less, tg_not(either)), tg_exp(a), b));
    keep(r, tg_add(tg_cast(less, r->dtype), tg_cast(tg_cast(a, TG_I32), r->dtype)));
    keep(r, tg_cast(tg_mul(tg_cast(a, TG_F64), tg_cast(b, TG_F64)), TG_F32));
    keep(r, tg_cast(tg_mul_num(a, 100), TG_U8));
    keep(r, tg_cast(tg_mul_num(a, 1e12), TG_I64));
}

static void record_integers(recording *r)
{
    static const tg_dtype dtypes[] = { TG_I32, TG_I64, TG_U8 };
    tg_tensor *a = fed(r, TG_I32, TG_SHAPE(70)), *b = fed(r, TG_I32, TG_SHAPE(70));
    tg_tensor *one = tg_number_like(b, 1);
    for (int i = 0; i < COUNT_OF(dtypes); i++) {
        tg_tensor *x = tg_cast(a, dtypes[i]), *y = tg_cast(tg_maximum(b, one), dtypes[i]);
        keep(r, tg_add(tg_mul(x, y), tg_sub(y, x)));
        keep(r, tg_maximum(tg_floor_div(x, y), tg_remainder(x, y)));
        keep(r, tg_minimum(tg_square(x), y));
        keep(r, tg_select(tg_less(x, y), tg_add(x, x), tg_mul(y, y)));
        if (dtypes[i] != TG_U8) keep(r, tg_add(tg_neg(tg_abs(x)), tg_sign(y)));
    }
}

START_TEST(every_operation)
{
    ck_same((recording){ .dtype = TG_F32 }, record_floats, 70);
    ck_same((recording){ .dtype = TG_F64 }, record_floats, 70);
    ck_same((recording){ .dtype = TG_F32 }, record_integers, 30);
}
END_TEST

/* ---- What ends a stretch ------------------------------------------------------------------ */

/* Elements at other positions, in registers and in memory; bools between floats, in registers that
 * are used again. */
static void record_neighbours(recording *r)
{
    tg_tensor *x = fed(r, r->dtype, TG_SHAPE(300)), *first = x;
    for (int i = 0; i < 6; i++) {
        tg_tensor *left = tg_pad(tg_slice(x, 0, 0, 299, 1), 0, 1, 0, 0, 0.5);
        tg_tensor *right = tg_pad(tg_slice(x, 0, 1, 300, 1), 0, 0, 1, 0, -0.5);
        tg_tensor *bend = tg_sub(tg_add(left, right), tg_add(x, x));
        tg_tensor *up = tg_less(left, right), *far = tg_less(tg_abs(bend), tg_abs(x));
        x = tg_add(x, tg_mul_num(tg_select(tg_and(up, far), tg_tanh(bend), left), 0.25));
    }
    keep(r, x);
    keep(r, tg_grad(tg_sum(tg_square(x)), first));
}

/* Rows of so many columns: reductions, what is spread along them, means down columns. */
static void record_rows(recording *r)
{
    static const int64_t columns[] = { 3, 16, 40, 33, 1200 };
    for (int i = 0; i < COUNT_OF(columns); i++) {
        tg_tensor *x = fed(r, r->dtype, TG_SHAPE(37, columns[i]));
        tg_tensor *shift = tg_mean(x, .axis = -1, .keep = true);
        tg_tensor *flat = tg_sub(x, shift),
                  *scale = tg_mean(tg_square(flat), .axis = -1, .keep = true);
        tg_tensor *y = tg_softmax(tg_mul(flat, tg_rsqrt(tg_add_num(scale, 1e-5))), -1);
        keep(r, tg_sub(tg_mul(y, x), shift));
        keep(r, tg_grad(tg_sum(tg_square(y)), x));
    }
}

/* A step of Adam, whose variables are read and written in one loop, with a schedule of the store's
 * step. */
static void record_training(recording *r)
{
    tg_tensor *x = fed(r, r->dtype, TG_SHAPE(8, 5));
    tg_var *w = tg_param(store, "w", TG_SHAPE(5, 33), tg_init_uniform(-0.5, 0.5));
    tg_var *b = tg_param(store, "b", TG_SHAPE(33), tg_init_zeros());
    tg_tensor *y = tg_tanh(tg_add(tg_matmul(x, tg_read(tape, w)), tg_read(tape, b)));
    tg_tensor *loss = tg_mean(tg_square(tg_sub(y, tg_number_like(y, 0.25))));
    tg_adam(loss, .lr = 0.01, .weight_decay = 0.1);
    keep(r, loss);
}

/* A masked attention, in which products take part in loops, and other parts of transformers. */
static void record_attention(recording *r)
{
    tg_tensor *x = fed(r, r->dtype, TG_SHAPE(8, 128, 16)),
              *labels = fed(r, TG_I32, TG_SHAPE(8, 128));
    tg_tensor *mixed = tg_attention(x, tg_mul_num(x, 0.5), tg_square(x), .causal = true);
    tg_tensor *y = tg_gelu(tg_add(mixed, tg_mul_num(x, 0.3)));
    tg_tensor *known = tg_cast(tg_remainder(labels, tg_number_like(labels, 16)), TG_I32);
    tg_tensor *loss = tg_cross_entropy(y, known);
    keep(r, loss);
    keep(r, tg_grad(loss, x));
}

/* A register has integers, and then floats of their size. */
static void record_reuse(recording *r)
{
    tg_tensor *a = fed(r, TG_I32, TG_SHAPE(50)), *b = fed(r, TG_I32, TG_SHAPE(50));
    tg_tensor *x = fed(r, TG_F32, TG_SHAPE(50)), *y = fed(r, TG_F32, TG_SHAPE(50));
    tg_tensor *three = tg_number_like(a, 3);
    tg_tensor *same = tg_equal(tg_remainder(a, three), tg_remainder(b, three));
    keep(r, tg_floor_div(tg_select(same, x, y), tg_add_num(tg_abs(y), 0.01)));
    keep(r, tg_remainder(tg_cast(tg_remainder(a, tg_maximum(b, three)), TG_F32), x));
}

/* Single numbers; numbers of a few elements in many steps; more than a function has room for. */
static void record_numbers(recording *r)
{
    tg_tensor *x = fed(r, r->dtype, (tg_shape){ 0 }), *y = fed(r, r->dtype, (tg_shape){ 0 }),
              *first = x;
    for (int i = 0; i < 200; i++) {
        tg_tensor *longer = tg_less(x, y);
        tg_tensor *z = tg_select(longer, tg_sin(x), tg_div(y, tg_add_num(tg_square(x), 1)));
        y = tg_maximum(tg_sub(tg_abs(x), z), tg_neg(y));
        x = tg_mul_num(tg_add(z, tg_exp(tg_neg(tg_abs(y)))), 0.7);
    }
    keep(r, x);
    keep(r, tg_grad(x, first));
}

static void record_recurrence(recording *r)
{
    tg_tensor *u = fed(r, r->dtype, TG_SHAPE(14)), *x = u, *h = u;
    for (int i = 0; i < 60; i++) {
        tg_tensor *open = tg_sigmoid(tg_add(tg_mul(x, u), h)), *in = tg_tanh(tg_mul(h, x));
        h = tg_add(tg_mul(open, h), tg_mul(tg_sub(tg_number_like(open, 1), open), in));
        x = tg_mul(h, tg_mul_num(x, 0.9));
    }
    keep(r, x);
    keep(r, tg_grad(tg_mean(x), u));
}

/* Many blocks, the last of which is no whole vector. */
static void record_long(recording *r)
{
    tg_tensor *x = fed(r, r->dtype, TG_SHAPE(100003)), *y = fed(r, r->dtype, TG_SHAPE(100003));
    keep(r, tg_add(tg_mul(tg_exp(tg_neg(tg_square(x))), y), tg_mul_num(tg_sub(x, y), 0.3)));
    keep(r, tg_sum(tg_mul(tg_add(x, y), tg_sub(x, y))));
}

/* Results that are denormal, in f32 and f64 side by side. */
static void record_denormals(recording *r)
{
    tg_tensor *x = fed(r, TG_F32, TG_SHAPE(100)), *y = fed(r, TG_F64, TG_SHAPE(100));
    tg_tensor *tiny = tg_mul_num(tg_mul_num(x, 1e-30), 1e-9);
    tg_tensor *small = tg_mul_num(tg_mul_num(y, 1e-300), 1e-12);
    keep(r, tg_add(tg_mul_num(tg_cast(tiny, TG_F64), 1e9), tg_add(small, small)));
    keep(r, tg_mul_num(tg_add(tiny, tiny), 1e9));
}

START_TEST(every_kind_of_loop)
{
    static const struct {
        record_fn *record;
        int64_t least;
    } cases[] = { { record_neighbours, 40 },  { record_rows, 10 }, { record_training, 10 },
                  { record_attention, 10 },   { record_reuse, 2 }, { record_numbers, 1000 },
                  { record_recurrence, 200 }, { record_long, 4 },  { record_denormals, 4 } };
    for (int d = 0; d < 2; d++)
        ck_same((recording){ .dtype = d ? TG_F64 : TG_F32, .keep_denormals = d, .threads = 2 },
                cases[_i].record, cases[_i].least);
}
END_TEST

/* ---- One function for equal steps --------------------------------------------------------- */

START_TEST(equal_steps_share_functions)
{
    tg_jit_info info;
    const bytes got = run_steps((recording){ .dtype = TG_F64 }, record_recurrence, true, &info);
    free(got.at);
    ck_assert_int_gt(info.functions, 0);
    ck_assert_int_lt(info.functions, info.instructions / 8);
}
END_TEST

/* ---- Without a compiler ------------------------------------------------------------------- */

START_TEST(without_a_compiler)
{
    tg_jit_info info;
    recording r = { .dtype = TG_F32 };
    const bytes want = run_steps(r, record_recurrence, false, &info);
    ck_assert_int_eq(setenv("TAPEGRAD_CC", "/no/such/compiler", 1), 0);
    ck_assert_int_eq(setenv("TAPEGRAD_JIT_CACHE", "/no/such/folder", 1), 0);
    const bytes got = run_steps(r, record_recurrence, true, &info);
    ck_assert_int_eq(info.functions, 0);
    ck_assert_uint_eq(got.count, want.count);
    ck_assert_int_eq(memcmp(got.at, want.at, want.count), 0);
    free(want.at);
    free(got.at);
}
END_TEST

START_TEST(nothing_to_compile)
{
    open_tape();
    tg_tensor *x = tg_input(tape, "x", TG_F32, TG_SHAPE(5));
    tg_plan *plan = tg_compile(tape, tg_exp(x), .jit = true);
    const tg_jit_info info = tg_plan_jit(plan);
    ck_assert(info.asked);
    ck_assert_int_eq(info.functions, 0);
    ck_assert_msg(strstr(info.text, "nothing") != NULL, "%s", info.text);
    tg_plan *naive = tg_compile(tape, tg_exp(x), .jit = true, .naive = true);
    ck_assert_msg(strstr(tg_plan_jit(naive).text, "nothing") != NULL, "%s",
                  tg_plan_jit(naive).text);
    ck_assert(!tg_plan_jit(NULL).asked);
    ck_assert_str_eq(tg_plan_jit(NULL).text, "");
    tg_plan_free(plan);
    tg_plan_free(naive);
    close_tape();
}
END_TEST

/* Programs that are there already ask by the environment. */
START_TEST(the_environment_asks)
{
    open_tape();
    tg_tensor *x = tg_input(tape, "x", TG_F32, TG_SHAPE(5));
    tg_tensor *y = tg_add(tg_square(x), x);
    tg_plan *plan = tg_compile(tape, y);
    ck_assert(!tg_plan_jit(plan).asked);
    tg_plan_free(plan);
    ck_assert_int_eq(setenv("TAPEGRAD_JIT", "1", 1), 0);
    plan = tg_compile(tape, y);
    ck_assert(tg_plan_jit(plan).asked);
    tg_plan_free(plan);
    ck_assert_int_eq(setenv("TAPEGRAD_JIT", "0", 1), 0);
    plan = tg_compile(tape, y);
    ck_assert(!tg_plan_jit(plan).asked);
    tg_plan_free(plan);
    close_tape();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("native");
    TCase *t = tcase_create("native");
    if (system("cc --version > /dev/null 2>&1") == 0) {
        tcase_add_test(t, every_operation);
        tcase_add_loop_test(t, every_kind_of_loop, 0, 9);
        tcase_add_test(t, equal_steps_share_functions);
    }
    tcase_add_test(t, without_a_compiler);
    tcase_add_test(t, nothing_to_compile);
    tcase_add_test(t, the_environment_asks);
    suite_add_tcase(suite, t);
    return run_suite(suite);
}
