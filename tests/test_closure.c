/* test_closure.c: the closure matrix. It walks the registry of primitives and proves each by
 * random draws in f64: first derivatives against central differences, second derivatives against
 * differences of the first, the vjp linear in its cotangent, planned execution against naive. A
 * primitive without a sample, or with neither a vjp nor a reason, fails.
 *
 * Everything is measured in projection: with total = sum(y * r), gradients g, and a second scalar
 * slope = sum(g * v), one random direction over all inputs (r among them) serves both orders. */
#include "compare.h"
#include "samples.h"

static const double STEP = 0x1p-9;

enum { DRAWS = 200, KEPT = 3 + 2 * MAX_INPUTS };

/* One draw as recorded. */
typedef struct program {
    draw d;                       /* its last input is the cotangent */
    tg_tensor *total, *slope, *y; /* the first nodes of [kept] */
    tg_tensor *seeds[MAX_INPUTS]; /* v, one for each gradient */
    tg_tensor *kept[KEPT + 1];    /* then gradients, then gradients of the slope */
    int kept_count;
    double at[MAX_INPUTS][MAX_COUNT], toward[MAX_INPUTS][MAX_COUNT];
} program;

static program current;

static const sample *find_sample(const tg_op *op)
{
    for (int i = 0; i < COUNT_OF(samples); i++)
        if (strcmp(samples[i].name, op->name) == 0) return &samples[i];
    return NULL;
}

/* ---- Recording -------------------------------------------------------------------------- */

static bool on_tape(const tg_op *op)
{
    for (size_t i = 0; i < tape->count; i++)
        if (tape->nodes[i]->op == op) return true;
    return false;
}

static void keep(program *p, tg_tensor *x)
{
    p->kept[p->kept_count++] = x;
    p->kept[p->kept_count] = tg_list_end;
}

static void begin(program *p, const tg_op *op, const sample *s, tg_dtype dtype, uint64_t seed)
{
    tg_rewind(tape);
    p->d.random = rng_of(seed, tg__hash(op->name, strlen(op->name), 0));
    p->d.dtype = dtype;
    p->d.input_count = p->kept_count = 0;
    p->y = s->record(&p->d, s, op);
    ck_no_error();
}

/* The program for both orders. */
static void record_derivatives(program *p)
{
    draw *d = &p->d;
    tg_tensor *g[MAX_INPUTS], *h[MAX_INPUTS], *wrt[MAX_INPUTS];
    tg_tensor *y = tg_cast(p->y, d->dtype);
    p->total = tg_sum(tg_mul(y, draw_input(d, tg_shape_from(y), -1, 1)));
    const size_t count = (size_t)d->input_count;
    for (size_t i = 0; i < count; i++) wrt[i] = d->inputs[i].node;
    tg_vjp(p->total, NULL, count, wrt, g);
    p->slope = tg_number_as(tape, d->dtype, 0);
    for (size_t i = 0; i < count; i++) {
        char name[32];
        snprintf(name, sizeof name, "v%zu", i);
        p->seeds[i] = tg_input(tape, name, d->dtype, tg_shape_from(wrt[i]));
        p->slope = tg_add(p->slope, tg_sum(tg_mul(g[i], p->seeds[i])));
    }
    tg_vjp(p->slope, NULL, count, wrt, h);
    keep(p, p->total), keep(p, p->slope), keep(p, y);
    for (size_t i = 0; i < count; i++) keep(p, g[i]);
    for (size_t i = 0; i < count; i++) keep(p, h[i]);
    ck_no_error();
}

/* ---- Values ----------------------------------------------------------------------------- */

static void feed(tg_tensor *node, tg_dtype dtype, int count, const double *values)
{
    float narrow[MAX_COUNT];
    for (int i = 0; i < count; i++) narrow[i] = (float)values[i];
    const void *data = dtype == TG_F32 ? (const void *)narrow : (const void *)values;
    ck_assert_int_eq(tg_feed_as(node, dtype, data, (size_t)count), TG_OK);
}

/* All inputs [k] steps along the direction. */
static void feed_step(const program *p, int k)
{
    double values[MAX_COUNT];
    for (int i = 0; i < p->d.input_count; i++) {
        const input *x = &p->d.inputs[i];
        for (int j = 0; j < x->count; j++) values[j] = p->at[i][j] + k * STEP * p->toward[i][j];
        feed(x->node, p->d.dtype, x->count, values);
    }
}

static double rounded_to(double x, double grain) { return nearbyint(x / grain) * grain; }

/* Elements of all operands together are spread evenly over their ranges in random order, so that
 * no two are near enough to tie within a step: there are kinks at ties. */
static void fill(program *p, bool dyadic)
{
    draw *d = &p->d;
    static int order[MAX_INPUTS * MAX_COUNT];
    int total = 0, place = 0;
    for (int i = 0; i < d->input_count; i++) total += d->inputs[i].count;
    rng_shuffle(&d->random, total, order);
    for (int i = 0; i < d->input_count; i++) {
        const input *x = &d->inputs[i];
        double v[MAX_COUNT];
        for (int j = 0; j < x->count; j++) {
            const double part = (order[place++] + rng_between(&d->random, 0.25, 0.75)) / total;
            p->at[i][j] = x->low + (x->high - x->low) * part;
            p->toward[i][j] = rng_between(&d->random, -1, 1);
            v[j] = rng_between(&d->random, -1, 1);
            if (!dyadic) continue;
            p->at[i][j] = rounded_to(p->at[i][j], 0x1p-8);
            p->toward[i][j] = rounded_to(p->toward[i][j], 0x1p-2);
            v[j] = rounded_to(v[j], 0x1p-4);
        }
        if (p->kept_count > 1) feed(p->seeds[i], d->dtype, x->count, v);
    }
    feed_step(p, 0);
}

static tg_plan *compile(const program *p, bool naive)
{
    tg_plan *plan = tg_compile(tape, .keep = p->kept, .pure = true, .naive = naive);
    ck_no_error();
    return plan;
}

/* Copies the values of all kept nodes, one after the other. */
static unsigned char *take_values(const program *p)
{
    size_t bytes = 1, at = 0;
    for (int i = 0; i < p->kept_count; i++)
        bytes += (size_t)tg_count(p->kept[i]) * tg_dtype_size(tg_dtype_of(p->kept[i]));
    unsigned char *values = calloc(bytes, 1);
    for (int i = 0; i < p->kept_count; i++) {
        tg_tensor *x = p->kept[i];
        ck_assert_int_eq(tg_get_as(x, tg_dtype_of(x), values + at, (size_t)tg_count(x)), TG_OK);
        at += (size_t)tg_count(x) * tg_dtype_size(tg_dtype_of(x));
    }
    return values;
}

/* ---- Checks ----------------------------------------------------------------------------- */

static void refute(const tg_op *op, uint64_t seed, const char *what, double got, double want)
{
    tg_dump(tape, stderr);
    ck_abort_msg("%s, draw %llu: %s: got %.17g, want %.17g", op->name, (unsigned long long)seed,
                 what, got, want);
}

static void check_executors(const program *p, const tg_op *op, uint64_t seed, double tolerance)
{
    unsigned char *values[2];
    for (int naive = 0; naive < 2; naive++) {
        tg_plan *plan = compile(p, naive);
        run(plan);
        values[naive] = take_values(p);
        tg_plan_free(plan);
    }
    bool *rounded = rounded_nodes(tape);
    size_t at = 0;
    for (int i = 0; i < p->kept_count; i++) {
        const tg_tensor *x = p->kept[i];
        const size_t count = (size_t)tg_count(x);
        const tg_dtype dtype = tg_dtype_of(x);
        const size_t wrong = first_difference(dtype, count, values[0] + at, values[1] + at,
                                              rounded[x->id] ? tolerance : 0);
        if (wrong < count) {
            char what[64];
            snprintf(what, sizeof what, "planned is not naive, %%%u[%zu]", x->id, wrong);
            refute(op, seed, what, element(dtype, values[0] + at, wrong),
                   element(dtype, values[1] + at, wrong));
        }
        at += count * tg_dtype_size(dtype);
    }
    free(rounded);
    free(values[0]);
    free(values[1]);
}

/* sum(gradient * direction), the gradients being kept from place [first] on. */
static double project(const program *p, int first, double *scale)
{
    double sum = 0, values[MAX_COUNT];
    *scale = 0;
    for (int i = 0; i < p->d.input_count; i++) {
        const int count = p->d.inputs[i].count;
        ck_assert_int_eq(tg_get(p->kept[first + i], values, (size_t)count), TG_OK);
        for (int j = 0; j < count; j++) {
            sum += values[j] * p->toward[i][j];
            *scale += fabs(values[j] * p->toward[i][j]);
        }
    }
    return sum;
}

static void check_differences(const program *p, tg_plan *plan, const tg_op *op, uint64_t seed)
{
    double scale[2], value[2], at[2][5];
    run(plan);
    value[0] = project(p, 3, &scale[0]);
    value[1] = project(p, 3 + p->d.input_count, &scale[1]);
    for (int k = -2; k <= 2; k++) {
        feed_step(p, k);
        run(plan);
        at[0][k + 2] = tg_item(p->total);
        at[1][k + 2] = tg_item(p->slope);
    }
    for (int order = 0; order < 2; order++) {
        const double *f = at[order];
        const double want = (8 * (f[3] - f[1]) - (f[4] - f[0])) / (12 * STEP);
        const double tolerance = order == 0 ? 1e-7 : 1e-6;
        /* The differences' own rounding: a few ulps of f over a step. */
        const double floor = 1e-11 * (1 + fabs(f[2]));
        if (!(fabs(value[order] - want) <= tolerance * scale[order] + floor))
            refute(op, seed, order == 0 ? "first derivative" : "second derivative", value[order],
                   want);
    }
}

/* Runs with the cotangent a u + b w and takes the gradients of the operands. */
static void gradients_at(const program *p, tg_plan *plan, const double *cotangent, double *out)
{
    const int last = p->d.input_count - 1;
    feed(p->d.inputs[last].node, TG_F64, p->d.inputs[last].count, cotangent);
    run(plan);
    for (int i = 0; i < last; i++) {
        ck_assert_int_eq(tg_get(p->kept[3 + i], out, (size_t)p->d.inputs[i].count), TG_OK);
        out += p->d.inputs[i].count;
    }
}

static void check_linear(program *p, tg_plan *plan, const tg_op *op, uint64_t seed)
{
    static double of[4][MAX_INPUTS * MAX_COUNT], with[4][MAX_COUNT]; /* u, w, a u + b w, 0 */
    const int last = p->d.input_count - 1;
    const double a = rng_between(&p->d.random, -2, 2), b = rng_between(&p->d.random, -2, 2);
    int total = 0;
    for (int i = 0; i < last; i++) total += p->d.inputs[i].count;
    for (int j = 0; j < p->d.inputs[last].count; j++) {
        with[0][j] = p->at[last][j];
        with[1][j] = rng_between(&p->d.random, -1, 1);
        with[2][j] = a * with[0][j] + b * with[1][j];
        with[3][j] = 0;
    }
    feed_step(p, 0);
    for (int k = 0; k < 4; k++) gradients_at(p, plan, with[k], of[k]);
    const double scale =
        1 + magnitude(TG_F64, (size_t)total, of[0]) + magnitude(TG_F64, (size_t)total, of[1]);
    for (int j = 0; j < total; j++) {
        const double want = a * of[0][j] + b * of[1][j];
        if (!(fabs(of[2][j] - want) <= 1e-13 * scale))
            refute(op, seed, "linearity", of[2][j], want);
        if (of[3][j] != 0) refute(op, seed, "vjp of a zero cotangent", of[3][j], 0);
    }
}

/* ---- Differentiable operations ---------------------------------------------------------- */

static bool prove_derivatives(const tg_op *op, const sample *s, uint64_t seed)
{
    program *p = &current;
    begin(p, op, s, TG_F64, seed);
    const bool met = on_tape(op);
    record_derivatives(p);
    fill(p, s->dyadic);
    check_executors(p, op, seed, 1e-12);
    tg_plan *plan = compile(p, false);
    check_differences(p, plan, op, seed);
    if (!s->dyadic) check_linear(p, plan, op, seed);
    tg_plan_free(plan);

    begin(p, op, s, TG_F32, seed);
    record_derivatives(p);
    fill(p, s->dyadic);
    check_executors(p, op, seed, 1e-4);
    return met;
}

/* ---- The others ------------------------------------------------------------------------- */

/* Nothing passes back through them. */
static void check_no_gradient(const program *p, const tg_op *op, uint64_t seed)
{
    tg_tensor *total = tg_sum(tg_cast(p->y, p->d.dtype));
    for (int i = 0; i < p->d.input_count; i++) {
        const input *x = &p->d.inputs[i];
        double values[MAX_COUNT];
        if (tg_depends(total, x->node)) refute(op, seed, "a path through it", 1, 0);
        ck_assert_int_eq(tg_get(tg_grad(total, x->node), values, (size_t)x->count), TG_OK);
        for (int j = 0; j < x->count; j++)
            if (values[j] != 0) refute(op, seed, "a gradient", values[j], 0);
    }
}

static bool prove_values(const tg_op *op, const sample *s, uint64_t seed)
{
    program *p = &current;
    bool met = false;
    for (int narrow = 0; narrow < 2; narrow++) {
        begin(p, op, s, narrow ? TG_F32 : TG_F64, seed);
        met = on_tape(op);
        keep(p, p->y);
        fill(p, false);
        check_executors(p, op, seed, 0);
    }
    begin(p, op, s, TG_F64, seed);
    fill(p, false);
    if (op->kind != TG_KIND_LEAF && op->kind != TG_KIND_ASSIGN) check_no_gradient(p, op, seed);
    return met;
}

/* ---- The matrix -------------------------------------------------------------------------------
 */

START_TEST(every_primitive_has_a_sample_and_a_vjp_or_a_reason)
{
    const tg_op *op = tg__registry[_i];
    ck_assert_msg(find_sample(op), "%s has no sample in tests/samples.h", op->name);
    ck_assert_msg(!op->vjp != !op->no_gradient,
                  "%s must have either a vjp or a reason why it has none", op->name);
    for (int i = 0; i < _i; i++)
        ck_assert_msg(strcmp(tg__registry[i]->name, op->name) != 0, "%s is there twice", op->name);
}
END_TEST

START_TEST(a_primitive_agrees_with_differences_and_with_the_naive_executor)
{
    const tg_op *op = tg__registry[_i];
    const sample *s = find_sample(op);
    ck_assert_msg(s, "%s has no sample in tests/samples.h", op->name);
    const int draws = scaled(DRAWS);
    int met = 0;
    for (int i = 0; i < draws; i++)
        met += op->vjp ? prove_derivatives(op, s, (uint64_t)i) : prove_values(op, s, (uint64_t)i);
    ck_assert_msg(4 * met >= draws, "%s was recorded in %d of %d draws only", op->name, met, draws);
}
END_TEST

int main(void)
{
    int count = 0;
    while (tg__registry[count]) count++;
    Suite *suite = suite_create("closure");
    TCase *complete = tcase_create("complete"), *matrix = tcase_create("matrix");
    tcase_add_loop_test(complete, every_primitive_has_a_sample_and_a_vjp_or_a_reason, 0, count);
    tcase_add_checked_fixture(matrix, open_tape, close_tape);
    tcase_add_loop_test(matrix, a_primitive_agrees_with_differences_and_with_the_naive_executor, 0,
                        count);
    suite_add_tcase(suite, complete);
    suite_add_tcase(suite, matrix);
    return run_suite(suite);
}
