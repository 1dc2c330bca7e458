/* test_random_programs.c: the judge of the planner. Random programs, with variables that they
 * update, run several steps: planned with one thread and with two, with one output in the place
 * of many, define-by-run with its cached plans; and must agree with the naive executor in all
 * outputs and, at the end, in all variables. Some must fail in one step: with the same message
 * everywhere, and without a trace. Smooth ones are also compared with differences.
 *
 * A failing program is printed, cut down as far as is cheap, with its seed: TG_TEST_SEED=n runs
 * that one alone. */
#include <unistd.h>

#include "tests/support/compare.h"
#include "program_feed.h"

enum { PROGRAMS = 5000, PROOFS = 1060, STEPS = 3, PARTS = 20 };

/* What each part of a test is at, in a file that outlives a crash: seed + 1, or 0. */
static FILE *under_way;

static void note(int part, uint64_t at)
{
    const off_t place = (off_t)((size_t)part * sizeof at);
    ck_assert_int_eq(pwrite(fileno(under_way), &at, sizeof at, place), (ssize_t)sizeof at);
}

/* ---- Ways to run one -------------------------------------------------------------------- */

typedef struct way {
    const char *name;
    bool naive, rerecord, commit; /* recorded anew in every step; without tg_compile */
    int threads;
    bool last; /* keeps the last of the outputs alone */
    bool jit;  /* for a few programs: the compiler takes its time */
} way;

static const way ways[] = {
    { "naive", true, false, false, 1, false, false },
    { "planned", false, false, false, 1, false, false },
    { "planned, 2 threads", false, false, false, 2, false, false },
    { "planned, one output", false, false, false, 1, true, false },
    { "machine code", false, false, false, 2, false, true },
    { "naive, recorded anew", true, true, false, 1, false, false },
    { "define-by-run", false, true, true, 1, false, false },
};
enum { JIT_EVERY = 100 };

/* All that came out of a run: outputs of every step, then variables. */
typedef struct piece {
    tg_dtype dtype;
    size_t count;
    unsigned char *data;
    int step, output; /* of a variable: the step is -1 */
} piece;

enum { MAX_PIECES = STEPS * MAX_OUTPUTS + MAX_VARS };
typedef struct result {
    piece pieces[MAX_PIECES];
    int count;
    tg_error error[STEPS]; /* how the steps ended */
} result;

static piece *add_piece(result *out, tg_dtype dtype, int64_t count, int step, int output)
{
    piece *x = &out->pieces[out->count++];
    *x = (piece){ dtype, (size_t)count, NULL, step, output };
    x->data = malloc((size_t)count * tg_dtype_size(dtype) + 1);
    ck_assert_ptr_nonnull(x->data);
    return x;
}

static void free_result(result *r)
{
    for (int i = 0; i < r->count; i++) free(r->pieces[i].data);
    r->count = 0;
}

static int first_output(const program *p, const way *w)
{
    return w->last ? p->output_count - 1 : 0;
}

/* The step's outputs; those of a step that fails are not there. */
static void take_outputs(program *p, const way *w, int step, result *out)
{
    const int before = out->count;
    for (int i = first_output(p, w); i < p->output_count; i++) {
        tg_tensor *x = p->outputs[i];
        piece *to = add_piece(out, tg_dtype_of(x), tg_count(x), step, i);
        if (tg_get_as(x, to->dtype, to->data, to->count) == TG_OK) continue;
        out->error[step] = tape->run_error.status ? tape->run_error : tape->error;
        while (out->count > before) free(out->pieces[--out->count].data);
        return;
    }
}

static tg_plan *compile(program *p, const way *w)
{
    const int first = first_output(p, w);
    const tg_list keep = { (size_t)(p->output_count - first), p->outputs + first };
    tg_plan *plan =
        tg_compile(tape, .keep = keep, .threads = w->threads, .naive = w->naive, .jit = w->jit);
    ck_no_error();
    return plan;
}

/* Runs the plan, or for want of one what the outputs need, and all assignments. */
static void run_step(program *p, const way *w, tg_plan *plan, int step, result *out)
{
    tg_error *error = &out->error[step];
    error->status = plan ? tg_run(plan) : TG_OK;
    if (error->status != TG_OK) {
        snprintf(error->text, sizeof error->text, "%s", tg_plan_error(plan));
        return;
    }
    take_outputs(p, w, step, out);
    if (w->commit && error->status == TG_OK && tg_commit(tape) != TG_OK)
        *error = tape->run_error.status ? tape->run_error : tape->error;
}

/* Leaves the tape open, for it to be looked at. */
static void run_way(program *p, const way *w, result *out)
{
    tg_plan *plan = NULL;
    *out = (result){ .count = 0 };
    open_tape();
    make_variables(p);
    make_operations(p);
    for (int step = 0; step < STEPS; step++) {
        if (step == 0 || w->rerecord) {
            tg_plan_free(plan);
            plan = NULL;
            tg_rewind(tape);
            record(p, w->rerecord ? (uint64_t)step : 0);
            ck_assert_msg(!tg_tape_error(tape)[0], "TG_TEST_SEED=%llu cannot be recorded: %s",
                          (unsigned long long)p->seed, tg_tape_error(tape));
            if (!w->commit) plan = compile(p, w);
        }
        ck_assert_int_eq(feed_all(p, step), TG_OK);
        run_step(p, w, plan, step, out);
    }
    for (int i = 0; i < p->var_count; i++) {
        const tg_shape shape = tg_var_shape(p->vars[i]);
        piece *to = add_piece(out, p->dtype, count_of(shape), -1, i);
        ck_assert_int_eq(tg_var_get_as(p->vars[i], to->dtype, to->data, to->count), TG_OK);
    }
    tg_plan_free(plan);
}

/* ---- The comparison --------------------------------------------------------------------- */

/* What is wrong with a program; [text] is empty if nothing is. */
typedef struct verdict {
    const way *way;
    int output; /* -1: none in particular */
    char text[3 * TG_ERROR_TEXT];
} verdict;

static const piece *find_piece(const result *r, int step, int output)
{
    for (int i = 0; i < r->count; i++)
        if (r->pieces[i].step == step && r->pieces[i].output == output) return &r->pieces[i];
    return NULL;
}

/* Elementwise results agree in their bits; exact sums but for the sign of a zero. */
static double tolerance_of(const program *p, tg_dtype dtype)
{
    if (p->kind == MOVES) return 0;
    if (p->kind == WHOLE) return 1e-300;
    return dtype == TG_F64 ? 1e-9 : 2e-3;
}

/* A step fails if it must, and says what the other executor says. */
static bool compare_errors(const program *p, const result *got, const result *want, verdict *v)
{
    for (int step = 0; step < STEPS; step++) {
        const tg_error *x = &got->error[step], *y = &want->error[step];
        const bool must = p->fault && step == FAULT_STEP;
        if (must == (x->status != TG_OK) && x->status == y->status &&
            (!must || strcmp(x->text, y->text) == 0))
            continue;
        snprintf(v->text, sizeof v->text, "step %d ends with %d \"%s\", want %d \"%s\"%s", step,
                 x->status, x->text, y->status, y->text, must ? "; it must fail" : "");
        return false;
    }
    return true;
}

static void compare(const program *p, const result *got, const result *want, verdict *v)
{
    if (!compare_errors(p, got, want, v)) return;
    for (int i = 0; i < got->count; i++) {
        const piece *x = &got->pieces[i], *y = find_piece(want, x->step, x->output);
        ck_assert_ptr_nonnull(y);
        const size_t wrong =
            first_difference(x->dtype, x->count, x->data, y->data, tolerance_of(p, x->dtype));
        if (wrong == x->count) continue;
        v->output = x->step < 0 ? -1 : x->output;
        snprintf(v->text, sizeof v->text, "%s %d[%zu] in step %d: got %.17g, want %.17g",
                 x->step < 0 ? "variable" : "output", x->output, wrong, x->step,
                 element(x->dtype, x->data, wrong), element(x->dtype, y->data, wrong));
        return;
    }
}

/* Runs it in all ways. If one of them is wrong, its tape stays open. */
static bool is_right(program *p, uint64_t seed, making how, verdict *v)
{
    result reference = { .count = 0 }, other = { .count = 0 };
    *v = (verdict){ .output = -1 };
    init_program(p, seed, how);
    for (int i = 0; i < COUNT_OF(ways) && !v->text[0]; i++) {
        if (ways[i].jit && seed % JIT_EVERY) continue;
        if (i) close_tape();
        v->way = &ways[i];
        if (ways[i].naive) {
            free_result(&reference);
            run_way(p, &ways[i], &reference);
            compare_errors(p, &reference, &reference, v);
        } else {
            run_way(p, &ways[i], &other);
            compare(p, &other, &reference, v);
            free_result(&other);
        }
    }
    free_result(&reference);
    if (!v->text[0]) close_tape();
    return !v->text[0];
}

/* ---- Cutting down what fails ------------------------------------------------------------ */

/* Is it still wrong, made so? Then this is what it is made like, and [v] says what is wrong. */
static void try_making(uint64_t seed, making *made, making less, verdict *v)
{
    static program p;
    verdict found;
    if (is_right(&p, seed, less, &found)) return;
    close_tape();
    *made = less;
    *v = found;
}

/* The first operations alone, as few as will do; one output; no assignments. */
static void cut_down(uint64_t seed, int operations, making *made, verdict *v)
{
    making less = *made;
    for (less.operations = 1; less.operations < operations && !made->operations; less.operations++)
        try_making(seed, made, less, v);
    less = *made;
    less.no_assignment = true;
    try_making(seed, made, less, v);
    less = *made;
    less.output = v->output >= 0 ? v->output + 1 : 1;
    try_making(seed, made, less, v);
}

/* Prints the nodes that matter: what the output, or all outputs and assignments, are made of. */
static void dump_needed(const program *p)
{
    bool *needed = calloc(tape->count + 1, sizeof *needed);
    ck_assert_ptr_nonnull(needed);
    for (int i = 0; i < p->output_count; i++) needed[p->outputs[i]->id] = true;
    for (size_t i = 0; i < tape->assign_count; i++) needed[tape->assigns[i]->id] = true;
    for (size_t id = tape->count; id-- > 0;)
        for (int i = 0; needed[id] && i < tape->nodes[id]->arity; i++)
            needed[tape->nodes[id]->in[i]->id] = true;
    FILE *all = tmpfile();
    ck_assert_ptr_nonnull(all);
    tg_dump(tape, all);
    rewind(all);
    char line[1024];
    size_t id;
    while (fgets(line, sizeof line, all))
        if (sscanf(line, "%%%zu", &id) != 1 || id >= tape->count || needed[id]) fputs(line, stderr);
    fclose(all);
    free(needed);
    fputs("outputs:", stderr);
    for (int i = 0; i < p->output_count; i++) fprintf(stderr, " %%%u", p->outputs[i]->id);
    fputc('\n', stderr);
}

static void judge(uint64_t seed)
{
    static program p;
    verdict v;
    making made = { .proof = false };
    if (is_right(&p, seed, made, &v)) return;
    close_tape();
    cut_down(seed, p.operations, &made, &v);
    verdict last;
    if (!is_right(&p, seed, made, &last)) dump_needed(&p);
    ck_abort_msg("TG_TEST_SEED=%llu (%d operations), %s: %s", (unsigned long long)seed,
                 made.operations ? made.operations : p.operations, v.way->name, v.text);
}

/* ---- Derivatives ------------------------------------------------------------------------ */

/* A function of the variables, and its derivative along a direction by vjp and by jvp. */
typedef struct proof {
    tg_tensor *f, *by_vjp, *by_jvp;
    double *at[MAX_VARS], *along[MAX_VARS];
} proof;

static bool depends_on_variables(const program *p, tg_tensor *x)
{
    for (int i = 0; i < p->var_count; i++)
        if (tg_depends(x, tg_read(tape, p->vars[i]))) return true;
    return false;
}

/* A sum over late entries that depend on variables; NULL if there are none. */
static tg_tensor *draw_function(program *p)
{
    tg_tensor *sum = NULL;
    for (int tries = 0, terms = 0; tries < 60 && terms < 3; tries++) {
        const entry *e = pick(p, p->dtype);
        if (!e || !e->rough || tg_count(e->x) == 0 || !depends_on_variables(p, e->x)) continue;
        tg_tensor *term = tg_sum(tg_sin(e->x));
        sum = sum ? tg_add(sum, term) : term;
        terms++;
    }
    return sum;
}

static bool record_proof(program *p, proof *q)
{
    tg_tensor *wrt[MAX_VARS], *along[MAX_VARS], *g[MAX_VARS];
    rng r = rng_of(p->seed, 3);
    for (int i = 0; i < p->var_count; i++) {
        const size_t n = (size_t)count_of(tg_var_shape(p->vars[i]));
        q->at[i] = malloc((n + 1) * sizeof(double));
        q->along[i] = malloc((n + 1) * sizeof(double));
        ck_assert(q->at[i] && q->along[i]);
        ck_assert_int_eq(tg_var_get_as(p->vars[i], TG_F64, q->at[i], n), TG_OK);
        for (size_t k = 0; k < n; k++) q->along[i][k] = rng_between(&r, -1, 1);
    }
    if (!(q->f = draw_function(p))) return false;
    for (int i = 0; i < p->var_count; i++) {
        wrt[i] = tg_read(tape, p->vars[i]);
        along[i] = tg_constant(tape, TG_F64, tg_var_shape(p->vars[i]), q->along[i]);
    }
    tg_vjp(q->f, NULL, (tg_list){ (size_t)p->var_count, wrt }, g);
    q->by_vjp = tg_number_as(tape, TG_F64, 0);
    for (int i = 0; i < p->var_count; i++)
        q->by_vjp = tg_add(q->by_vjp, tg_sum(tg_mul(g[i], along[i])));
    q->by_jvp = tg_jvp(q->f, (tg_list){ (size_t)p->var_count, wrt },
                       (tg_list){ (size_t)p->var_count, along });
    ck_assert_msg(!tg_tape_error(tape)[0], "TG_TEST_SEED=%llu: %s", (unsigned long long)p->seed,
                  tg_tape_error(tape));
    return true;
}

/* f where the variables have gone [h] times the direction. */
static double value_at(const program *p, const proof *q, tg_plan *plan, double h)
{
    for (int i = 0; i < p->var_count; i++) {
        static double moved[MAX_ELEMENTS];
        const size_t n = (size_t)count_of(tg_var_shape(p->vars[i]));
        for (size_t k = 0; k < n; k++) moved[k] = q->at[i][k] + h * q->along[i][k];
        ck_assert_int_eq(tg_var_set_as(p->vars[i], TG_F64, moved, n), TG_OK);
    }
    run(plan);
    return tg_item(q->f);
}

/* The central difference of fourth order, at the longest step at which half of it gives the same:
 * whether that is so does not depend on the derivative that it is to judge. False if there is no
 * such step: the function is too wild here. */
static bool difference(const program *p, const proof *q, tg_plan *plan, double *slope)
{
    double outer[2] = { 0 }, inner[2], last = NAN;
    for (double h = 0x1p-5; h > 0x1p-17; h /= 2) {
        for (int side = 0; side < 2; side++) {
            inner[side] = value_at(p, q, plan, side ? h : -h);
            if (h == 0x1p-5) outer[side] = value_at(p, q, plan, side ? 2 * h : -2 * h);
        }
        *slope = (8 * (inner[1] - inner[0]) - (outer[1] - outer[0])) / (12 * h);
        if (fabs(*slope - last) <= 1e-7 * (1 + fabs(*slope))) return true;
        memcpy(outer, inner, sizeof outer);
        last = *slope;
    }
    return false;
}

/* Are the derivatives of the program's function what differences say? Counts what it cannot
 * judge. */
static void prove(uint64_t seed, int *proven, int *wild)
{
    static program p;
    proof q = { 0 };
    init_program(&p, seed, (making){ .proof = true });
    open_tape();
    make_variables(&p);
    make_operations(&p);
    record(&p, 0);
    if (record_proof(&p, &q)) {
        tg_plan *plan = tg_compile_pure(tape, q.f, q.by_vjp, q.by_jvp, .steps = false);
        ck_no_error();
        ck_assert_int_eq(feed_all(&p, 0), TG_OK);
        double slope = 0;
        if (difference(&p, &q, plan, &slope)) {
            value_at(&p, &q, plan, 0);
            const double by_vjp = tg_item(q.by_vjp), by_jvp = tg_item(q.by_jvp);
            const double allowed = 1e-6 * (1 + fabs(slope));
            if (!(fabs(by_vjp - slope) <= allowed && fabs(by_jvp - slope) <= allowed)) {
                tg_dump(tape, stderr);
                ck_abort_msg("TG_TEST_SEED=%llu: the slope of %%%u by differences is %.12g; vjp "
                             "says %.12g, and jvp %.12g",
                             (unsigned long long)seed, q.f->id, slope, by_vjp, by_jvp);
            }
            ++*proven;
        } else {
            ++*wild;
        }
        tg_plan_free(plan);
    }
    for (int i = 0; i < p.var_count; i++) {
        free(q.at[i]);
        free(q.along[i]);
    }
    close_tape();
}

/* ---- All of them ------------------------------------------------------------------------ */

START_TEST(random_programs_give_the_same_results_however_they_are_run)
{
    const char *chosen = getenv("TG_TEST_SEED");
    if (chosen) {
        if (_i == 0) judge(strtoull(chosen, NULL, 10));
        return;
    }
    const int programs = scaled(PROGRAMS);
    for (int seed = _i; seed < programs; seed += PARTS) {
        note(_i, (uint64_t)seed + 1);
        judge((uint64_t)seed);
    }
    note(_i, 0);
}
END_TEST

START_TEST(derivatives_of_random_programs_are_what_differences_say)
{
    const char *chosen = getenv("TG_TEST_SEED");
    int proven = 0, wild = 0;
    if (chosen) {
        if (_i == 0) prove(strtoull(chosen, NULL, 10), &proven, &wild);
        return;
    }
    const int programs = scaled(PROOFS);
    for (int seed = _i; seed < programs; seed += PARTS) {
        note(PARTS + _i, (uint64_t)seed + 1);
        prove((uint64_t)seed, &proven, &wild);
    }
    note(PARTS + _i, 0);
    ck_assert_msg(wild <= 1 + proven / 20, "of %d programs %d are too wild to be judged",
                  proven + wild, wild);
}
END_TEST

int main(void)
{
    if (!(under_way = tmpfile())) return EXIT_FAILURE;
    Suite *suite = suite_create("random programs");
    TCase *all = tcase_create("all");
    tcase_add_loop_test(all, random_programs_give_the_same_results_however_they_are_run, 0, PARTS);
    tcase_add_loop_test(all, derivatives_of_random_programs_are_what_differences_say, 0, PARTS);
    suite_add_tcase(suite, all);
    const int status = run_suite(suite);
    uint64_t at;
    for (rewind(under_way); fread(&at, sizeof at, 1, under_way) == 1;)
        if (at) fprintf(stderr, "TG_TEST_SEED=%llu was not finished\n", (unsigned long long)at - 1);
    fclose(under_way);
    return status;
}
