/* test_emitted_operations.c: every operation of the registry and every composition of the closure
 * matrix (tests/ops/closure.h), with derivatives of first and second order, in f64 and f32: as a C
 * file it gives what its plan gives, in every bit if it calls no function of the C library. And
 * functions of the C library are within some ulps of the library's own. */
#include "tests/ops/closure.h"

#include "tests/support/suite.h"
#include "tests/emit/emitted.h"

enum { TOGETHER = 6, DRAWS = 4, MOST_FILES = DRAWS * TOGETHER };

typedef struct trace {
    emitted file;
    char name[64];
    bool exact;
    tg_dtype dtype;
    int inputs, kept;
    char input[96][16];
    size_t input_bytes[96];
    void *data[96];
    snapshot want;
} trace;

static trace traces[MOST_FILES];

/* Names by which the inputs are found again. */
static void name_inputs(tg_tape *tape)
{
    for (size_t i = 0; i < tape->count; i++) {
        tg_tensor *x = tape->nodes[i];
        if (x->op != &tg__op_input) continue;
        char text[16];
        (void)snprintf(text, sizeof text, "in%u", x->id);
        x->name = tg__arena_string(tg__tape_arena(tape), text);
    }
}

static void take_inputs(trace *t, const tg_tape *tape)
{
    for (size_t i = 0; i < tape->count; i++) {
        tg_tensor *x = tape->nodes[i];
        if (x->op != &tg__op_input) continue;
        ck_assert_int_lt(t->inputs, 96);
        const int n = t->inputs++;
        (void)snprintf(t->input[n], sizeof t->input[n], "in%u", x->id);
        t->input_bytes[n] = (size_t)tg_count(x) * tg_dtype_size(tg_dtype_of(x));
        t->data[n] = malloc(t->input_bytes[n] + 1);
        ck_assert_ptr_nonnull(t->data[n]);
        ck_assert_int_eq(tg_get_as(x, tg_dtype_of(x), t->data[n], (size_t)tg_count(x)), TG_OK);
    }
}

/* Records a draw of the row, emits its plan, and runs it. False if there is nothing to compare. */
static bool run_row(trace *t, const row *r, tg_dtype dtype, int turn)
{
    program *p = &current;
    tg_error error;
    char text[300];
    memset(t, 0, sizeof *t);
    t->dtype = dtype;
    if (!record_program(p, r->sample, r->op, !r->no_gradient, dtype, (uint64_t)turn)) {
        tg_tape_clear_error(p->d.tape);
        return false;
    }
    fill(p, r->sample->dyadic);
    name_inputs(p->d.tape);
    (void)snprintf(t->name, sizeof t->name, "%.40s %s", r->name, tg_dtype_name(dtype));
    (void)snprintf(t->file.name, sizeof t->file.name, "r_%.30s_%s_%d", r->name,
                   tg_dtype_name(dtype), turn);
    for (char *c = t->file.name; *c; c++)
        if (*c == ' ' || *c == '.' || *c == '-' || *c == ',' || *c == '(' || *c == ')') *c = '_';
    tg_plan *plan = compile(p, false);
    ck_assert_msg(plan != NULL, "%s: %s", t->name, tg_tape_error(p->d.tape));
    const tg_status status =
        tg_emit_c(plan, t->file.name, .path = folder, .error = &error, .variables = true);
    tg_plan_free(plan);
    ck_assert_msg(status == TG_OK, "%s: %s", t->name, error.text);
    if (has_custom(t->file.name)) return false;
    t->exact = is_exact(t->file.name);
    take_inputs(t, p->d.tape);
    ck_assert_msg(run_once(p, false, &t->want, text, sizeof text), "%s: %s", t->name, text);
    return true;
}

/* Of [count] elements; relative to the largest and 1. */
static void compare_kept(trace *t, int i)
{
    const snapshot *want = &t->want;
    const emitted_member *m = member_of(&t->file, "out", NULL, i);
    ck_assert_msg(m != NULL, "%s has no output %d", t->name, i);
    const void *got = data_of(&t->file, m);
    const size_t count = want->count[i];
    const double scale = 1 + magnitude(want->dtype[i], count, want->data[i]);
    const double limit = t->exact ? 0 : t->dtype == TG_F64 ? 1e-11 : 5e-4;
    for (size_t j = 0; j < count; j++) {
        const double x = element(want->dtype[i], got, j),
                     y = element(want->dtype[i], want->data[i], j);
        if (x == y || (isnan(x) && isnan(y))) continue;
        ck_assert_msg(fabs(x - y) <= limit * scale, "%s: output %d[%zu] is %.17g, not %.17g",
                      t->name, i, j, x, y);
    }
}

static void run_file(trace *t)
{
    for (int i = 0; i < t->inputs; i++) {
        const emitted_member *m = member_of(&t->file, "in", t->input[i], 0);
        if (m) memcpy(data_of(&t->file, m), t->data[i], t->input_bytes[i]);
    }
    const int status = t->file.run(t->file.s);
    ck_assert_msg(status == 0, "%s gives %d", t->name, status);
    for (int i = 0; i < t->want.kept; i++) compare_kept(t, i);
}

START_TEST(a_row_gives_what_its_plan_gives)
{
    emitted *list[MOST_FILES];
    int count = 0;
    make_folder();
    current.d.store = tg_store_new(.seed = 5, .dtype = TG_F64, .keep_denormals = true);
    current.d.tape = tg_tape_new(current.d.store);
    for (int i = _i * TOGETHER; i < (_i + 1) * TOGETHER && i < row_count(); i++) {
        const row r = row_at(i);
        if (!r.sample) continue;
        for (int d = 0; d < scaled(DRAWS); d++)
            if (run_row(&traces[count], &r, (d + i) % 2 ? TG_F64 : TG_F32, d / 2)) {
                list[count] = &traces[count].file;
                count++;
            }
    }
    if (count) load_emitted(list, count, "");
    for (int i = 0; i < count; i++) {
        run_file(&traces[i]);
        free_snapshot(&traces[i].want);
        for (int k = 0; k < traces[i].inputs; k++) free(traces[i].data[k]);
        free_emitted(&traces[i].file);
    }
    tg_tape_free(current.d.tape);
    tg_store_free(current.d.store);
    remove_folder();
}
END_TEST

/* ---- Functions of the C library ---------------------------------------------------------- */

enum { ELEMENTS = 2000, MOST_OPS = 80, MOST_ULPS = 8 };

/* How many ulps of [want] apart. */
static double ulps(const char *name, tg_dtype dtype, double got, double want)
{
    if (got == want || (isnan(got) && isnan(want))) return 0;
    if (!isfinite(got) || !isfinite(want)) return INFINITY;
    int exponent;
    /* Near their zeros, of numbers as large as the terms that cancel. */
    const bool cancels = strcmp(name, "gelu_slope") == 0;
    (void)frexp(cancels && fabs(want) < 0.5 ? 0.5 : want, &exponent);
    const double ulp = dtype == TG_F32 ? ldexp(1, exponent < -125 ? -149 : exponent - 24)
                                       : ldexp(1, exponent < -1021 ? -1074 : exponent - 53);
    return fabs(got - want) / ulp;
}

START_TEST(functions_are_within_some_ulps)
{
    static double x[ELEMENTS], want[ELEMENTS];
    const tg_dtype dtype = _i ? TG_F64 : TG_F32;
    const tg_op *ops[MOST_OPS];
    tg_tensor *kept[MOST_OPS];
    int count = 0;
    tg_error error;
    make_folder();
    tg_store *store = tg_store_new(.dtype = dtype, .keep_denormals = true);
    tg_tape *tape = tg_tape_new(store);
    rng random = rng_of(3, 1);
    tg_tensor *inputs[MOST_OPS];
    for (int i = 0; tg__registry[i]; i++) {
        const tg_op *op = tg__registry[i];
        if (op->kind != TG_KIND_MAP || op->arity != 1 || op->domain[0].low == op->domain[0].high)
            continue;
        char name[16];
        (void)snprintf(name, sizeof name, "x%d", count);
        inputs[count] = tg_input(tape, name, dtype, TG_SHAPE(ELEMENTS));
        ops[count] = op;
        kept[count] = tg__record(tape, TG_HERE, op, dtype, 1, (int64_t[]){ ELEMENTS }, 1,
                                 &inputs[count], NULL, 0);
        if (strncmp(op->name, "cast_", 5) != 0) count++;
    }
    tg_plan *plan = tg_compile(tape, .keep = { (size_t)count, kept });
    ck_assert_msg(plan != NULL, "%s", tg_tape_error(tape));
    ck_assert_msg(tg_emit_c(plan, "functions", folder, .error = &error) == TG_OK, "%s", error.text);
    emitted file = { .name = "functions" };
    load_emitted((emitted *[]){ &file }, 1, "");
    for (int i = 0; i < count; i++) {
        const tg__domain *domain = &ops[i]->domain[0];
        const emitted_member *m = member_of(&file, "in", inputs[i]->name, 0);
        for (int k = 0; k < ELEMENTS; k++) {
            x[k] = rng_between(&random, domain->low, domain->high);
            if (dtype == TG_F32) x[k] = (double)(float)x[k];
            if (dtype == TG_F32) ((float *)data_of(&file, m))[k] = (float)x[k];
            else ((double *)data_of(&file, m))[k] = x[k];
        }
        float narrow[ELEMENTS];
        for (int k = 0; k < ELEMENTS; k++) narrow[k] = (float)x[k];
        ck_assert_int_eq(
            tg_feed_as(inputs[i], dtype, dtype == TG_F32 ? (void *)narrow : (void *)x, ELEMENTS),
            TG_OK);
    }
    ck_assert_int_eq(tg_run(plan), TG_OK);
    ck_assert_int_eq(file.run(file.s), 0);
    for (int i = 0; i < count; i++) {
        double worst = 0;
        const emitted_member *m = member_of(&file, "out", NULL, i);
        ck_assert_int_eq(tg_get_as(kept[i], dtype, want, ELEMENTS), TG_OK);
        for (int k = 0; k < ELEMENTS; k++)
            worst =
                fmax(worst, ulps(ops[i]->name, dtype, element(dtype, data_of(&file, m), (size_t)k),
                                 element(dtype, want, (size_t)k)));
        if (getenv("TG_TEST_PRINT"))
            printf("%s %s %.1f\n", ops[i]->name, tg_dtype_name(dtype), worst);
        ck_assert_msg(worst <= MOST_ULPS, "%s of %s is %.1f ulps apart", ops[i]->name,
                      tg_dtype_name(dtype), worst);
    }
    free_emitted(&file);
    tg_plan_free(plan);
    tg_tape_free(tape);
    tg_store_free(store);
    remove_folder();
}
END_TEST

int main(void)
{
    (void)prove, (void)row_holds; /* the matrix itself is proven elsewhere */
    Suite *suite = suite_create("emitted_operations");
    TCase *rows = tcase_create("rows"), *functions = tcase_create("functions");
    tcase_add_loop_test(rows, a_row_gives_what_its_plan_gives, 0,
                        (row_count() + TOGETHER - 1) / TOGETHER);
    tcase_add_loop_test(functions, functions_are_within_some_ulps, 0, 2);
    suite_add_tcase(suite, rows);
    suite_add_tcase(suite, functions);
    return run_suite(suite);
}
