/* closure.h: the closure matrix. A row is a primitive of the registry, or a composition of the
 * public interface; a column is something that is proven of it by random draws. test_closure.c
 * asks that every cell holds, and tools/closure.c prints them.
 *
 *   vjp        the gradient against central differences of fourth order, in f64
 *   jvp        the same of tg_jvp; and <u, Jv> = <J'u, v> to 1e-12
 *   second     the gradient of the gradient against differences of the gradient
 *   f32        the value and both derivatives in f32 against those in f64, in f32's epsilons
 *   f64        vjp(a u + b w) against a vjp(u) + b vjp(w), in f64; without a vjp, two runs
 *   executors  planned against naive in both dtypes, in their epsilons; in every bit where the
 *              order of a sum is not free
 *   singular   how many awkward places singular.h lists, and tests
 *
 * A cell that cannot be is declared, with a reason. */
#ifndef TG_TESTS_CLOSURE_H
#define TG_TESTS_CLOSURE_H

#include <float.h>

#include "ops/registry.h"

#include "closure_compositions.h"
#include "closure_program.h"
#include "closure_singular.h"

typedef enum column {
    COLUMN_VJP,
    COLUMN_JVP,
    COLUMN_SECOND,
    COLUMN_F32,
    COLUMN_F64,
    COLUMN_EXECUTORS,
    COLUMN_SINGULAR,
    COLUMNS
} column;

/* The largest errors that hold. */
static const double LIMITS[COLUMNS] = { 1e-7, 1e-7, 1e-6, 100, 1e-13, 100, 0 };
static const double ADJOINT_LIMIT = 1e-12;

typedef enum cell_kind {
    CELL_EMPTY,
    CELL_MEASURED, /* [worst] is the largest error */
    CELL_COUNTED,  /* [worst] is how many there are */
    CELL_DECLARED, /* it cannot be, for [reason] */
    CELL_FAILED
} cell_kind;

typedef struct cell {
    cell_kind kind;
    double worst;
    const char *reason;
} cell;

typedef struct row {
    const char *name;
    const tg_op *op; /* NULL: a composition */
    const sample *sample;
    const char *no_gradient;
    cell cells[COLUMNS];
    uint64_t draw;   /* the seed of the last draw */
    char message[600]; /* of the first failure */
    FILE *dump;      /* where to print its tape; or NULL */
} row;

typedef struct closure_options {
    uint64_t seed; /* of the first draw; the others follow */
    int draws;
    FILE *dump;
} closure_options;

static program current;

/* ---- Findings --------------------------------------------------------------------------- */

static void refute(row *r, column c, const char *text)
{
    r->cells[c].kind = CELL_FAILED;
    if (r->message[0]) return;
    if (!current.d.tape) { /* it needs no draw to be wrong */
        snprintf(r->message, sizeof r->message, "%s: %s", r->name, text);
        return;
    }
    snprintf(r->message, sizeof r->message, "%s, draw %llu: %s", r->name,
             (unsigned long long)r->draw, text);
    if (r->dump) tg_dump(current.d.tape, r->dump);
}

/* [error] is how far [got] is from [want]. */
static void judge(row *r, column c, double error, double limit, const char *what, double got,
                  double want)
{
    cell *x = &r->cells[c];
    if (!(error <= limit)) {
        char text[200];
        snprintf(text, sizeof text, "%s: got %.17g, want %.17g", what, got, want);
        refute(r, c, text);
    } else if (x->kind != CELL_FAILED) {
        x->kind = CELL_MEASURED;
        x->worst = fmax(x->worst, error);
    }
}

/* ---- Executors and dtypes --------------------------------------------------------------- */

/* Error of [a], relative to the largest element of [b] and 1, where it is largest. */
static double distance(const snapshot *a, const snapshot *b, int i, size_t *place)
{
    const double scale = 1 + magnitude(b->dtype[i], b->count[i], b->data[i]);
    double worst = 0;
    *place = 0;
    for (size_t j = 0; j < a->count[i]; j++) {
        const double x = element(a->dtype[i], a->data[i], j),
                     y = element(b->dtype[i], b->data[i], j);
        if (x == y || (isnan(x) && isnan(y))) continue;
        const double error = isfinite(x) && isfinite(y) ? fabs(x - y) / scale : (double)INFINITY;
        if (error <= worst) continue;
        worst = error;
        *place = j;
    }
    return worst;
}

static void judge_kept(row *r, column c, const snapshot *a, const snapshot *b, int i, size_t place,
                       double error, const char *what)
{
    char text[80];
    snprintf(text, sizeof text, "%s, %%%u[%zu]", what, current.kept[i]->id, place);
    if (a->count[i] == 0) judge(r, c, 0, 0, text, 0, 0);
    else
        judge(r, c, error, LIMITS[c], text, element(a->dtype[i], a->data[i], place),
              element(b->dtype[i], b->data[i], place));
}

/* Planned against naive. Leaves what was planned in [planned]; false if one of them fails. */
static bool check_executors(row *r, snapshot *planned)
{
    const program *p = &current;
    snapshot naive = { .kept = 0 };
    char text[300];
    planned->kept = 0;
    if (!run_once(p, false, planned, text, sizeof text) ||
        !run_once(p, true, &naive, text, sizeof text)) {
        refute(r, COLUMN_EXECUTORS, text);
        free_snapshot(planned);
        return false;
    }
    bool *rounded = rounded_nodes(p->d.tape);
    for (int i = 0; i < p->kept_count; i++) {
        const bool narrow = planned->dtype[i] == TG_F32;
        size_t place = first_difference(planned->dtype[i], planned->count[i], planned->data[i],
                                        naive.data[i], 0);
        double error = place < planned->count[i] ? (double)INFINITY : 0;
        if (rounded[p->kept[i]->id])
            error = distance(planned, &naive, i, &place) / (narrow ? FLT_EPSILON : DBL_EPSILON);
        judge_kept(r, COLUMN_EXECUTORS, planned, &naive, i, error > 0 ? place : 0, error,
                   "planned is not naive");
    }
    free(rounded);
    free_snapshot(&naive);
    return true;
}

/* Of the program in f32, which is recorded now, against the one in f64. Sums over everything are
 * left out: they may cancel. */
static void check_dtypes(row *r, const snapshot *narrow, const snapshot *wide)
{
    for (int i = 0; i < narrow->kept; i++) {
        if (i == AT_TOTAL || i == AT_SLOPE || i == AT_PAIR) continue;
        size_t place;
        const double error = distance(narrow, wide, i, &place) / FLT_EPSILON;
        const bool number = tg__is_float((int)narrow->dtype[i]);
        judge_kept(r, COLUMN_F32, narrow, wide, i, place, number || error == 0 ? error : INFINITY,
                   "f32 is not f64");
    }
}

/* ---- Derivatives ------------------------------------------------------------------------ */

/* Central differences of fourth order, from the values -2 to 2 steps away. */
static double difference(const double f[5])
{
    return (8 * (f[3] - f[1]) - (f[4] - f[0])) / (12 * STEP);
}

/* The sum of g * direction over the first [count] inputs, g being kept from [first] on; and of its
 * magnitudes. */
static double project(const program *p, int first, int count, double *scale)
{
    double sum = 0, values[MAX_COUNT];
    *scale = 0;
    for (int i = 0; i < count; i++) {
        get_doubles(p->kept[first + i], values);
        for (int j = 0; j < p->d.inputs[i].count; j++) {
            sum += values[j] * p->toward[i][j];
            *scale += fabs(values[j] * p->toward[i][j]);
        }
    }
    return sum;
}

/* Both scalars and y, from two steps before to two behind. */
typedef struct walk {
    double total[5], slope[5], y[5][MAX_COUNT];
} walk;

static void take_walk(const program *p, tg_plan *plan, walk *w)
{
    for (int k = 0; k < 5; k++) {
        feed_step(p, k - 2);
        tg_run(plan);
        get_doubles(p->kept[AT_TOTAL], &w->total[k]);
        get_doubles(p->kept[AT_SLOPE], &w->slope[k]);
        get_doubles(p->kept[AT_Y], w->y[k]);
    }
    feed_step(p, 0);
    tg_run(plan);
}

static void check_orders(row *r, const walk *w)
{
    const program *p = &current;
    const int count = p->d.input_count;
    double scale[2];
    const double first = project(p, AT_GRADIENTS, count, &scale[0]);
    const double second = project(p, AT_GRADIENTS + count, count, &scale[1]);
    /* What the differences themselves round: a few ulps of f over a step. */
    const double floor = 1e-11 * (1 + fabs(w->total[2]));
    scale[0] += floor / LIMITS[COLUMN_VJP];
    scale[1] += 1e-11 * (1 + fabs(w->slope[2])) / LIMITS[COLUMN_SECOND];
    double want = difference(w->total);
    judge(r, COLUMN_VJP, fabs(first - want) / scale[0], LIMITS[COLUMN_VJP], "first derivative",
          first, want);
    want = difference(w->slope);
    judge(r, COLUMN_SECOND, fabs(second - want) / scale[1], LIMITS[COLUMN_SECOND],
          "second derivative", second, want);
}

static void check_jvp(row *r, const walk *w)
{
    const program *p = &current;
    double jvp[MAX_COUNT], u[MAX_COUNT], pair, scale, most = 0;
    const int last = p->d.input_count - 1, count = p->d.inputs[last].count;
    get_doubles(p->kept[AT_JVP], jvp);
    get_doubles(p->kept[AT_PAIR], &pair);
    get_doubles(p->d.inputs[last].node, u);
    const double along = project(p, AT_GRADIENTS, last, &scale);
    for (int j = 0; j < count; j++) {
        scale += fabs(u[j] * jvp[j]);
        most = fmax(most, fmax(fabs(jvp[j]), 1e-4 * fabs(w->y[2][j])));
    }
    for (int j = 0; j < count; j++) {
        const double f[5] = { w->y[0][j], w->y[1][j], w->y[2][j], w->y[3][j], w->y[4][j] };
        judge(r, COLUMN_JVP, fabs(jvp[j] - difference(f)) / (1 + most), LIMITS[COLUMN_JVP], "jvp",
              jvp[j], difference(f));
    }
    const double error = scale > 0 ? fabs(pair - along) / scale : fabs(pair - along);
    const bool adjoint = error <= ADJOINT_LIMIT;
    judge(r, COLUMN_JVP, adjoint ? 0 : INFINITY, 0, "<u, Jv> against <J'u, v>", pair, along);
}

/* Runs with the cotangent a u + b w and takes the gradients of the operands. */
static void gradients_at(const program *p, tg_plan *plan, const double *cotangent, double *out)
{
    const int last = p->d.input_count - 1;
    feed(p->d.inputs[last].node, p->d.inputs[last].count, cotangent);
    tg_run(plan);
    for (int i = 0; i < last; i++) {
        get_doubles(p->kept[AT_GRADIENTS + i], out);
        out += p->d.inputs[i].count;
    }
}

static void check_linear(row *r, tg_plan *plan)
{
    static double of[4][MAX_INPUTS * MAX_COUNT], with[4][MAX_COUNT]; /* u, w, a u + b w, 0 */
    program *p = &current;
    const double grain = r->sample->dyadic ? 0x1p-4 : 0;
    const int last = p->d.input_count - 1;
    const double a = rounded_to(rng_between(&p->d.random, -2, 2), grain);
    const double b = rounded_to(rng_between(&p->d.random, -2, 2), grain);
    size_t total = 0;
    for (int i = 0; i < last; i++) total += (size_t)p->d.inputs[i].count;
    for (int j = 0; j < p->d.inputs[last].count; j++) {
        with[0][j] = p->at[last][j];
        with[1][j] = rounded_to(rng_between(&p->d.random, -1, 1), grain);
        with[2][j] = a * with[0][j] + b * with[1][j];
        with[3][j] = 0;
    }
    for (int k = 0; k < 4; k++) gradients_at(p, plan, with[k], of[k]);
    const double scale = 1 + magnitude(TG_F64, total, of[0]) + magnitude(TG_F64, total, of[1]);
    for (size_t j = 0; j < total; j++) {
        const double want = a * of[0][j] + b * of[1][j];
        judge(r, COLUMN_F64, fabs(of[2][j] - want) / scale, LIMITS[COLUMN_F64], "linearity",
              of[2][j], want);
        judge(r, COLUMN_F64, fabs(of[3][j]), 0, "vjp of a zero cotangent", of[3][j], 0);
    }
    if (total == 0) judge(r, COLUMN_F64, 0, 0, "", 0, 0);
}

static void check_derivatives(row *r)
{
    static walk w;
    tg_plan *plan = compile(&current, false);
    if (!plan) {
        refute(r, COLUMN_VJP, tg_tape_error(current.d.tape));
        return;
    }
    take_walk(&current, plan, &w);
    check_orders(r, &w);
    check_jvp(r, &w);
    check_linear(r, plan);
    tg_plan_free(plan);
}

/* ---- What has no derivative ------------------------------------------------------------- */

/* Nothing passes back through it. */
static void check_no_gradient(row *r)
{
    const program *p = &current;
    tg_tensor *total = tg_sum(tg_cast(p->y, p->d.dtype));
    for (int i = 0; i < p->d.input_count; i++) {
        tg_tensor *x = p->d.inputs[i].node;
        double values[MAX_COUNT] = { 0 };
        if (tg_depends(total, x)) refute(r, COLUMN_VJP, "there is a path through it");
        get_doubles(tg_grad(total, x), values);
        for (int64_t j = 0; j < tg_count(x); j++)
            if (values[j] != 0) refute(r, COLUMN_VJP, "a gradient passes");
    }
}

static void check_twice(row *r, const snapshot *first)
{
    snapshot again = { .kept = 0 };
    char text[300];
    if (!run_once(&current, false, &again, text, sizeof text)) refute(r, COLUMN_F64, text);
    for (int i = 0; i < again.kept; i++) {
        size_t place;
        judge_kept(r, COLUMN_F64, first, &again, i, 0, distance(first, &again, i, &place),
                   "two runs differ");
    }
    free_snapshot(&again);
}

/* ---- Rows ------------------------------------------------------------------------------- */

static const sample *find_sample(const char *name)
{
    for (const sample *s = samples; s->name; s++)
        if (strcmp(s->name, name) == 0) return s;
    return NULL;
}

static int primitive_count(void)
{
    int count = 0;
    while (tg__registry[count]) count++;
    return count;
}

static int row_count(void)
{
    int count = primitive_count();
    for (const sample *s = compositions; s->name; s++) count++;
    return count;
}

/* The primitives, and then the compositions. */
static row row_at(int i)
{
    const int primitives = primitive_count();
    if (i >= primitives) {
        const sample *s = &compositions[i - primitives];
        return (row){ .name = s->name, .sample = s, .no_gradient = s->no_gradient };
    }
    const tg_op *op = tg__registry[i];
    return (row){ .name = op->name,
                  .op = op,
                  .sample = find_sample(op->name),
                  .no_gradient = op->vjp ? NULL : op->no_gradient };
}

static bool cell_holds(const cell *x) { return x->kind != CELL_EMPTY && x->kind != CELL_FAILED; }

static bool row_holds(const row *r)
{
    for (int c = 0; c < COLUMNS; c++)
        if (!cell_holds(&r->cells[c])) return false;
    return true;
}

static void declare(row *r, column c, const char *reason)
{
    r->cells[c] = (cell){ .kind = CELL_DECLARED, .reason = reason };
}

static void count_singular(row *r)
{
    const int count = singular_count(r->name);
    const char *reason = singular_reason_of(r->name);
    if (count > 0) r->cells[COLUMN_SINGULAR] = (cell){ .kind = CELL_COUNTED, .worst = count };
    else if (reason) declare(r, COLUMN_SINGULAR, reason);
    else if (!r->op) declare(r, COLUMN_SINGULAR, "those of what it is made of");
    else refute(r, COLUMN_SINGULAR, "it has no row in tests/ops/singular.h, and no reason why not");
}

/* One draw, in both dtypes; false if it cannot be recorded. */
static bool prove_draw(row *r, bool *met)
{
    program *p = &current;
    const bool smooth = !r->no_gradient;
    const bool effect = r->op && (r->op->kind == TG_KIND_LEAF || r->op->kind == TG_KIND_ASSIGN);
    snapshot wide = { .kept = 0 }, narrow = { .kept = 0 };
    bool ok = record_program(p, r->sample, r->op, smooth, TG_F64, r->draw);
    *met = ok && (!r->op || on_tape(p->d.tape, r->op));
    if (ok) {
        fill(p, r->sample->dyadic);
        const bool ran = check_executors(r, &wide);
        if (ran && smooth) check_derivatives(r);
        if (ran && !smooth) check_twice(r, &wide);
        if (!smooth && !effect) check_no_gradient(r);
        ok = record_program(p, r->sample, r->op, smooth, TG_F32, r->draw);
    }
    if (!ok) {
        refute(r, COLUMN_EXECUTORS, tg_tape_error(p->d.tape));
        tg_tape_clear_error(p->d.tape);
    } else {
        fill(p, r->sample->dyadic);
        if (check_executors(r, &narrow) && wide.kept) check_dtypes(r, &narrow, &wide);
    }
    free_snapshot(&wide);
    free_snapshot(&narrow);
    return ok;
}

/* Fills the row's cells. */
static void prove(row *r, closure_options options)
{
    r->dump = options.dump;
    for (int c = COLUMN_VJP; r->no_gradient && c <= COLUMN_SECOND; c++)
        declare(r, (column)c, r->no_gradient);
    count_singular(r);
    if (!r->sample) {
        refute(r, COLUMN_VJP, "it has no sample in tests/ops/closure_samples.h");
        return;
    }
    current.d.store = tg_store_new(.seed = 7, .dtype = TG_F64);
    current.d.tape = tg_tape_new(current.d.store);
    current.d.custom = NULL;
    int recorded = 0;
    for (int i = 0; i < options.draws; i++) {
        bool met = false;
        r->draw = options.seed + (uint64_t)i;
        if (!prove_draw(r, &met)) break;
        recorded += met;
    }
    if (4 * recorded < options.draws) refute(r, COLUMN_EXECUTORS, "it is seldom recorded");
    tg_tape_free(current.d.tape);
    tg_store_free(current.d.store);
    current.d.tape = NULL;
}

#endif
