/* test_random_programs.c: the judge of the planner. Random programs, with variables that they
 * update, run several steps: planned with one thread and with two, with one output in the place
 * of many, define-by-run with its cached plans; and must agree with the naive executor in all
 * outputs and, at the end, in all variables.
 *
 * A failing program's seed is printed with its tape: TG_TEST_SEED=n runs that one alone. */
#include "compare.h"
#include "program_shape.h"

enum { PROGRAMS = 5000, STEPS = 3 };

/* ---- A program -------------------------------------------------------------------------- */

static const tg_shape large_shapes[] = {
    { 1, { 1025 } },    { 1, { 3000 } },         { 1, { 9001 } },     { 1, { 20000 } },
    { 2, { 2, 1023 } }, { 2, { 5, 1025 } },      { 2, { 3, 2049 } },  { 2, { 2, 4097 } },
    { 2, { 2, 8191 } }, { 2, { 2, 8193 } },      { 2, { 300, 7 } },   { 2, { 1024, 3 } },
    { 2, { 40, 33 } },  { 2, { 16, 128 } },      { 2, { 513, 2 } },   { 2, { 3, 4096 } },
    { 2, { 200, 48 } }, { 3, { 100, 16, 3 } },   { 3, { 7, 5, 65 } }, { 2, { 1, 8192 } },
    { 2, { 1500, 1 } }, { 4, { 2, 3, 4, 100 } },
};

static tg_shape draw_program_shape(rng *r)
{
    const int choice = rng_below(r, 10);
    if (choice < 2) return large_shapes[rng_below(r, COUNT_OF(large_shapes))];
    tg_shape shape = { .rank = rng_below(r, 5) };
    for (int i = 0; i < shape.rank; i++) {
        shape.dim[i] = choice == 2 ? 1 + rng_below(r, 40) : 1 + rng_below(r, 5);
        if (rng_once_in(r, 40)) shape.dim[i] = 0;
    }
    while (count_of(shape) > 4000) shape.dim[--shape.rank] = 0;
    return shape;
}

static void init_program(program *p, uint64_t seed)
{
    *p = (program){ .seed = seed, .random = rng_of(seed, 1) };
    rng *r = &p->random;
    p->kind = (kind)rng_below(r, 3);
    p->dtype = rng_once_in(r, 2) ? TG_F64 : TG_F32;
    p->shape = draw_program_shape(r);
    p->limit = 2 * count_of(p->shape) + 1000;
    if (p->limit > MAX_ELEMENTS) p->limit = MAX_ELEMENTS;
}

/* Two of one shape, to be swapped, and others; the same in every store. */
static void make_variables(program *p)
{
    rng r = rng_of(p->seed, 2);
    p->var_count = 1 + rng_below(&r, MAX_VARS);
    for (int i = 0; i < p->var_count; i++) {
        static char memory[MAX_ELEMENTS * sizeof(double)];
        tg_shape shape = p->shape;
        if (i >= 2 && rng_once_in(&r, 3))
            shape = TG_SCALAR;
        else if (i >= 2 && shape.rank && rng_once_in(&r, 2))
            shape.dim[0] = 1;
        char name[16];
        snprintf(name, sizeof name, "var.%d", i);
        p->vars[i] = tg_state(store, name, p->dtype, shape, 0);
        draw_values(&r, p->kind, p->dtype, count_of(shape), memory);
        tg_var_set_as(p->vars[i], p->dtype, memory, (size_t)count_of(shape));
    }
}

/* [x] in another shape, if some view of it has that shape. */
static tg_tensor *seen_as(const program *p, tg_tensor *x, tg_shape shape)
{
    tg_shape both;
    if (tg_count(x) == count_of(shape)) return tg_reshape(x, shape);
    if (!broadcast_shape(p, tg_shape_from(x), shape, &both) || !tg_shape_equal(both, shape))
        return NULL;
    return tg_broadcast(x, shape);
}

/* What a variable may become without leaving its range, over any number of steps. */
static tg_tensor *tamed(const program *p, tg_tensor *x)
{
    if (p->kind == MOVES) return x;
    if (p->kind == SMOOTH) return tg_tanh(x);
    return tg_maximum_num(tg_minimum_num(x, 4), -4);
}

static void assign(program *p, int i, tg_tensor *value)
{
    if (!value || p->assigned[i]) return;
    tg_assign(p->vars[i], value);
    p->assigned[i] = true;
}

/* An optimizer's step, a swap, a view of another variable, one value for two, or a value. */
static void assign_somehow(program *p)
{
    rng *r = &p->random;
    const int i = rng_below(r, p->var_count), other = rng_below(r, p->var_count);
    if (p->assigned[i]) return;
    const tg_shape shape = tg_var_shape(p->vars[i]);
    tg_tensor *w = tg_read(tape, p->vars[i]), *partner = tg_read(tape, p->vars[other]);
    const int choice = rng_below(r, 6);
    const bool alike = tg_shape_equal(shape, tg_var_shape(p->vars[other]));
    if (choice == 0 && alike && !p->assigned[other]) {
        assign(p, i, partner);
        assign(p, other, w);
        return;
    }
    if (choice == 1) {
        tg_tensor *view = partner;
        if (tg_rank(partner) >= 2 && tg_dim(partner, -1) == tg_dim(partner, -2))
            view = tg_transpose(partner);
        assign(p, i, seen_as(p, view, shape));
        return;
    }
    for (int tries = 0; tries < 20; tries++) {
        const entry *e = pick(p, p->dtype);
        if (!e || (p->kind == WHOLE && e->grain > 0)) continue;
        tg_tensor *x = seen_as(p, e->x, shape);
        if (!x) continue;
        const bool tame = p->kind == MOVES || (p->kind == SMOOTH ? e->most <= 2 : e->most <= 4);
        if (choice == 2)
            x = tamed(p, tg_sub(w, x));
        else if (choice == 3 && p->kind == SMOOTH)
            x = tamed(p, tg_sub(w, tg_mul_num(x, 0.125)));
        else if (!tame)
            x = tamed(p, x);
        assign(p, i, x);
        if (choice == 4 && alike) assign(p, other, x);
        return;
    }
}

/* Gradients of something made of the last entries by variables and inputs. */
static void add_gradients(program *p)
{
    tg_tensor *loss = tg_number_as(tape, p->dtype, 0);
    for (int i = 0; i < 3; i++) {
        const entry *e = pick(p, p->dtype);
        if (e && tg_count(e->x)) loss = tg_add(loss, tg_mean(e->x));
    }
    tg_tensor *wrt[3], *g[3];
    size_t count = 0;
    for (int i = 0; i < p->var_count && count < 2; i++) wrt[count++] = tg_read(tape, p->vars[i]);
    const entry *e = pick(p, p->dtype);
    if (e) wrt[count++] = e->x;
    tg_vjp(loss, NULL, count, wrt, g);
    for (size_t i = 0; i < count; i++) add(p, tg_tanh(g[i]), 1, 0, true);
}

static void choose_outputs(program *p)
{
    const int count = 1 + rng_below(&p->random, MAX_OUTPUTS);
    p->outputs[p->output_count++] = p->pool[p->count - 1].x;
    while (p->output_count < count) p->outputs[p->output_count++] = pick_any(p)->x;
    p->outputs[p->output_count] = tg_list_end;
}

/* Records the program of [seed]; [variant] chooses its constants. Variables exist. */
static void record(program *p, uint64_t variant)
{
    const program made = *p;
    init_program(p, p->seed);
    memcpy(p->vars, made.vars, sizeof p->vars);
    p->var_count = made.var_count;
    p->variant = variant;
    p->data = rng_of(p->seed, 1000 + variant);
    rng *r = &p->random;
    for (int i = 0; i < p->var_count; i++)
        add(p, tg_read(tape, p->vars[i]), p->kind == WHOLE ? 4 : 2, 0, true & (p->kind == SMOOTH));
    add_leaf(p, p->dtype);
    add_leaf(p, rng_once_in(r, 3) ? (p->dtype == TG_F64 ? TG_F32 : TG_F64) : p->dtype);
    add_leaf(p, rng_once_in(r, 2) ? TG_BOOL : TG_I64);
    if (rng_once_in(r, 2)) add_leaf(p, rng_once_in(r, 2) ? TG_I32 : TG_U8);
    const int operations = 5 + rng_below(r, count_of(p->shape) > 5000 ? 20 : 55);
    for (int i = 0; i < operations && p->count < POOL - 10; i++) {
        add_operation(p);
        if (rng_once_in(r, 8)) add_leaf(p, p->dtype);
        if (rng_once_in(r, 10)) assign_somehow(p);
        if (p->kind == SMOOTH && i == operations * 2 / 3 && rng_once_in(r, 2)) add_gradients(p);
    }
    for (int i = 0; i < p->var_count; i++) assign_somehow(p);
    choose_outputs(p);
}

/* ---- Ways to run one --------------------------------------------------------------------------
 */

typedef struct way {
    const char *name;
    bool naive, rerecord, commit; /* recorded anew in every step; without tg_compile */
    int threads, outputs;         /* how many of the outputs are kept; 0: all */
} way;

static const way ways[] = {
    { "naive", true, false, false, 1, 0 },
    { "planned", false, false, false, 1, 0 },
    { "planned, 2 threads", false, false, false, 2, 0 },
    { "planned, one output", false, false, false, 1, 1 },
    { "naive, recorded anew", true, true, false, 1, 0 },
    { "define-by-run", false, true, true, 1, 0 },
};

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
}

static void feed_all(const program *p, int step)
{
    static char memory[MAX_ELEMENTS * sizeof(double)];
    for (int i = 0; i < p->fed_count; i++) {
        rng r = rng_of(p->seed, (uint64_t)(2000 + step * 100 + i));
        tg_tensor *x = p->fed[i];
        draw_values(&r, p->kind, tg_dtype_of(x), tg_count(x), memory);
        ck_assert_int_eq(tg_feed_as(x, tg_dtype_of(x), memory, (size_t)tg_count(x)), TG_OK);
    }
}

static void refute(const program *p, const way *w, const char *what)
{
    tg_dump(tape, stderr);
    fprintf(stderr, "outputs:");
    for (int i = 0; i < p->output_count; i++) fprintf(stderr, " %%%u", p->outputs[i]->id);
    fputc('\n', stderr);
    ck_abort_msg("TG_TEST_SEED=%llu, %s: %s", (unsigned long long)p->seed, w->name, what);
}

static void take_outputs(program *p, const way *w, int step, result *out)
{
    const int count = w->outputs ? w->outputs : p->output_count;
    for (int i = 0; i < count; i++) {
        tg_tensor *x = p->outputs[i];
        piece *to = add_piece(out, tg_dtype_of(x), tg_count(x), step, i);
        if (tg_get_as(x, to->dtype, to->data, to->count) == TG_OK) continue;
        fputs("tg_get failed: ", stderr);
        tg_report(tape, stderr);
        refute(p, w, "tg_get failed");
    }
}

static tg_plan *compile(program *p, const way *w)
{
    tg_tensor *one[] = { p->outputs[0], tg_list_end };
    tg_plan *plan = tg_compile(tape, .keep = w->outputs ? one : p->outputs, .threads = w->threads,
                               .naive = w->naive);
    ck_no_error();
    return plan;
}

static void run_way(program *p, const way *w, result *out)
{
    tg_plan *plan = NULL;
    out->count = 0;
    open_tape();
    make_variables(p);
    for (int step = 0; step < STEPS; step++) {
        if (step == 0 || w->rerecord) {
            tg_plan_free(plan);
            plan = NULL;
            tg_rewind(tape);
            record(p, w->rerecord ? (uint64_t)step : 0);
            ck_no_error();
            if (!w->commit) plan = compile(p, w);
        }
        feed_all(p, step);
        if (plan) run(plan);
        take_outputs(p, w, step, out);
        if (w->commit && tg_commit(tape) != TG_OK) refute(p, w, tg_tape_error(tape));
    }
    for (int i = 0; i < p->var_count; i++) {
        const tg_shape shape = tg_var_shape(p->vars[i]);
        piece *to = add_piece(out, p->dtype, count_of(shape), -1, i);
        ck_assert_int_eq(tg_var_get_as(p->vars[i], to->dtype, to->data, to->count), TG_OK);
    }
    tg_plan_free(plan);
}

/* ---- The comparison
 * ------------------------------------------------------------------------------ */

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

static void compare(const program *p, const way *w, const result *got, const result *want)
{
    for (int i = 0; i < got->count; i++) {
        const piece *x = &got->pieces[i], *y = find_piece(want, x->step, x->output);
        ck_assert_ptr_nonnull(y);
        const size_t wrong =
            first_difference(x->dtype, x->count, x->data, y->data, tolerance_of(p, x->dtype));
        if (wrong == x->count) continue;
        char what[160];
        snprintf(what, sizeof what, "%s %d[%zu] in step %d: got %.17g, want %.17g",
                 x->step < 0 ? "variable" : "output", x->output, wrong, x->step,
                 element(x->dtype, x->data, wrong), element(x->dtype, y->data, wrong));
        refute(p, w, what);
    }
}

static void judge(uint64_t seed)
{
    static program p;
    result reference = { .count = 0 }, other = { .count = 0 };
    init_program(&p, seed);
    for (int i = 0; i < COUNT_OF(ways); i++) {
        if (ways[i].naive) {
            free_result(&reference);
            run_way(&p, &ways[i], &reference);
        } else {
            run_way(&p, &ways[i], &other);
            compare(&p, &ways[i], &other, &reference);
            free_result(&other);
        }
        close_tape();
    }
    free_result(&reference);
}

enum { PARTS = 20 };

START_TEST(random_programs_give_the_same_results_however_they_are_run)
{
    const char *chosen = getenv("TG_TEST_SEED");
    if (chosen) {
        if (_i == 0) judge(strtoull(chosen, NULL, 10));
        return;
    }
    const int programs = scaled(PROGRAMS);
    for (int seed = _i; seed < programs; seed += PARTS) judge((uint64_t)seed);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("random programs");
    TCase *all = tcase_create("all");
    tcase_add_loop_test(all, random_programs_give_the_same_results_however_they_are_run, 0, PARTS);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
