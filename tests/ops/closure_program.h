/* closure_program.h: one draw of the closure matrix: an operation and its derivatives as nodes,
 * with the values that go in and those that come out.
 *
 * Everything is measured in projection: with total = sum(y * u), gradients g, and a second scalar
 * slope = sum(g * v), one random direction over all inputs (u among them) serves both orders. */
#ifndef TG_TESTS_CLOSURE_PROGRAM_H
#define TG_TESTS_CLOSURE_PROGRAM_H

#include "tests/support/compare.h"
#include "closure_samples.h"

static const double STEP = 0x1p-9;

/* Where in the list of kept nodes what stands; the gradients are followed by as many of the
 * slope. Where there is no derivative, y alone is kept. */
enum { AT_Y, AT_JVP, AT_TOTAL, AT_SLOPE, AT_PAIR, AT_GRADIENTS };
enum { KEPT = AT_GRADIENTS + 2 * MAX_INPUTS };

typedef struct program {
    draw d;                       /* its last input is the cotangent u, if it is smooth */
    tg_tensor *y;                 /* as recorded */
    tg_tensor *seeds[MAX_INPUTS]; /* v, one for each gradient */
    tg_tensor *tangents[MAX_INPUTS];
    tg_tensor *kept[KEPT];
    int kept_count;
    bool smooth; /* it has derivatives */
    double at[MAX_INPUTS][MAX_COUNT], toward[MAX_INPUTS][MAX_COUNT];
} program;

/* The values of all kept nodes after a run. */
typedef struct snapshot {
    unsigned char *data[KEPT];
    tg_dtype dtype[KEPT];
    size_t count[KEPT];
    int kept;
} snapshot;

/* ---- Recording -------------------------------------------------------------------------- */

static void keep(program *p, tg_tensor *x) { p->kept[p->kept_count++] = x; }

/* Nodes that are kept may be NULL: the tape then has an error. */
static void record_derivatives(program *p)
{
    draw *d = &p->d;
    tg_tensor *g[MAX_INPUTS] = { NULL }, *h[MAX_INPUTS] = { NULL }, *x[MAX_INPUTS];
    const size_t operands = (size_t)d->input_count, count = operands + 1;
    if (!p->y) return;
    tg_tensor *u = draw_input(d, tg_shape_from(p->y), -1, 1), *total = tg_sum(tg_mul(p->y, u));
    tg_tensor *slope = tg_number_as(d->tape, d->dtype, 0);
    for (size_t i = 0; i < count; i++) x[i] = d->inputs[i].node;
    tg_vjp(total, NULL, (tg_list){ count, x }, g);
    for (size_t i = 0; i < count; i++) {
        p->seeds[i] = tg_input(d->tape, "v", d->dtype, tg_shape_from(x[i]));
        p->tangents[i] = tg_input(d->tape, "t", d->dtype, tg_shape_from(x[i]));
        slope = tg_add(slope, tg_sum(tg_mul(g[i], p->seeds[i])));
    }
    tg_vjp(slope, NULL, (tg_list){ count, x }, h);
    tg_tensor *jvp = tg_jvp(p->y, (tg_list){ operands, x }, (tg_list){ operands, p->tangents });
    keep(p, jvp), keep(p, total), keep(p, slope), keep(p, tg_sum(tg_mul(u, jvp)));
    for (size_t i = 0; i < count; i++) keep(p, g[i]);
    for (size_t i = 0; i < count; i++) keep(p, h[i]);
}

/* Records the draw of that seed; false if the tape has an error. */
static bool record_program(program *p, const sample *s, const tg_op *op, bool smooth,
                           tg_dtype dtype, uint64_t seed)
{
    tg_rewind(p->d.tape);
    p->d.random = rng_of(seed, tg__hash(s->name, strlen(s->name), 0));
    p->d.dtype = dtype;
    p->d.input_count = p->kept_count = 0;
    p->smooth = smooth;
    p->y = s->record(&p->d, s, op);
    keep(p, p->y);
    if (smooth) record_derivatives(p);
    return tg_tape_status(p->d.tape) == TG_OK && tg_store_status(p->d.store) == TG_OK;
}

static bool on_tape(const tg_tape *tape, const tg_op *op)
{
    for (size_t i = 0; i < tape->count; i++)
        if (tape->nodes[i]->op == op) return true;
    return false;
}

/* ---- Values going in -------------------------------------------------------------------- */

static void feed(tg_tensor *node, int count, const double *values)
{
    float narrow[MAX_COUNT];
    const tg_dtype dtype = tg_dtype_of(node);
    for (int i = 0; i < count; i++) narrow[i] = (float)values[i];
    const void *data = dtype == TG_F32 ? (const void *)narrow : (const void *)values;
    tg_feed_as(node, dtype, data, (size_t)count);
}

/* All inputs [k] steps along the direction. */
static void feed_step(const program *p, int k)
{
    double values[MAX_COUNT];
    for (int i = 0; i < p->d.input_count; i++) {
        const input *x = &p->d.inputs[i];
        for (int j = 0; j < x->count; j++) values[j] = p->at[i][j] + k * STEP * p->toward[i][j];
        feed(x->node, x->count, values);
    }
}

/* Nearest multiple of [grain]; of 0: the nearest float, so that both dtypes are given the same. */
static double rounded_to(double x, double grain)
{
    return grain > 0 ? nearbyint(x / grain) * grain : (double)(float)x;
}

/* Elements of all operands together are spread evenly over their ranges in random order, so that
 * no two are near enough to tie within a step: there are kinks at ties. */
static void fill(program *p, bool dyadic)
{
    draw *d = &p->d;
    static int order[MAX_INPUTS * MAX_COUNT];
    const int operands = d->input_count - p->smooth;
    int total = 0, place = 0;
    for (int i = 0; i < operands; i++) total += d->inputs[i].count;
    rng_shuffle(&d->random, total, order);
    for (int i = 0; i < d->input_count; i++) {
        const input *x = &d->inputs[i];
        double v[MAX_COUNT];
        for (int j = 0; j < x->count; j++) {
            double part = rng_between(&d->random, 0.25, 0.75);
            if (i < operands) part = (order[place++] + part) / total;
            const double at = x->low + (x->high - x->low) * part;
            p->at[i][j] = rounded_to(at, dyadic ? 0x1p-8 : 0);
            p->toward[i][j] = rounded_to(rng_between(&d->random, -1, 1), dyadic ? 0x1p-2 : 0);
            v[j] = rounded_to(rng_between(&d->random, -1, 1), dyadic ? 0x1p-4 : 0);
        }
        if (!p->smooth) continue;
        feed(p->seeds[i], x->count, v);
        feed(p->tangents[i], x->count, p->toward[i]);
    }
    feed_step(p, 0);
}

/* ---- Values coming out ------------------------------------------------------------------ */

static void get_doubles(tg_tensor *x, double *values)
{
    tg_get_as(x, TG_F64, values, (size_t)tg_count(x));
}

static void free_snapshot(snapshot *s)
{
    for (int i = 0; i < s->kept; i++) free(s->data[i]);
    s->kept = 0;
}

static tg_plan *compile(const program *p, bool naive)
{
    return tg_compile(p->d.tape, .keep = (tg_list){ (size_t)p->kept_count, p->kept }, .pure = true,
                      .naive = naive, .steps = false);
}

/* Runs the program by one of the executors; false, with a word about it, if that fails. */
static bool run_once(const program *p, bool naive, snapshot *out, char *text, size_t size)
{
    tg_plan *plan = compile(p, naive);
    const tg_status status = plan ? tg_run(plan) : tg_tape_status(p->d.tape);
    out->kept = 0;
    for (int i = 0; status == TG_OK && i < p->kept_count; i++) {
        tg_tensor *x = p->kept[i];
        const size_t bytes = (size_t)tg_count(x) * tg_dtype_size(tg_dtype_of(x));
        out->dtype[i] = tg_dtype_of(x);
        out->count[i] = (size_t)tg_count(x);
        out->data[i] = calloc(bytes + 1, 1);
        out->kept++;
        if (out->data[i]) tg_get_as(x, out->dtype[i], out->data[i], out->count[i]);
    }
    if (status != TG_OK)
        snprintf(text, size, "%s", plan ? tg_plan_error(plan) : tg_tape_error(p->d.tape));
    tg_plan_free(plan);
    return status == TG_OK;
}

#endif
