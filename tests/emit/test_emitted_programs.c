/* test_emitted_programs.c: random programs (tests/plan/program.h) as C files: several steps of each
 * give what the plan gives, in outputs, variables and status. Those without functions of the C
 * library do so in every bit.
 *
 * TG_TEST_SEED=n runs that program alone, TG_TEST_FIRST=n some 960 from there on. */
#include "tests/support/compare.h"
#include "tests/plan/program_feed.h"

#include "tests/emit/emitted.h"

enum { BATCH = 12, BATCHES = 10, RUNS = 3 };

typedef struct piece {
    tg_dtype dtype;
    size_t count;
    void *data;
} piece;

/* What one program was given, and what its plan gave. */
typedef struct trace {
    uint64_t seed;
    program p;
    bool exact, refused;
    piece fed[RUNS][MAX_FED], out[RUNS][MAX_OUTPUTS], var[MAX_VARS];
    char input[MAX_FED][16];
    tg_status status[RUNS];
    emitted file;
} trace;

static trace traces[BATCH];

static piece piece_of(tg_dtype dtype, size_t count)
{
    const piece x = { dtype, count, calloc(count + 1, tg_dtype_size(dtype)) };
    ck_assert_ptr_nonnull(x.data);
    return x;
}

/* Records, compiles and emits the program of that seed, and runs its plan. */
static void run_plan(trace *t, uint64_t seed)
{
    tg_error error;
    memset(t, 0, sizeof *t);
    t->seed = t->p.seed = seed;
    store = tg_store_new(.seed = 7, .dtype = TG_F64, .keep_denormals = true);
    tape = tg_tape_new(store);
    init_program(&t->p, seed, (making){ 0 });
    make_variables(&t->p);
    make_operations(&t->p);
    record(&t->p, 0);
    ck_no_error();
    tg_plan *plan = tg_compile(tape, .keep = { (size_t)t->p.output_count, t->p.outputs });
    ck_no_error();
    if (getenv("TG_TEST_SEED")) tg_plan_print(plan, stdout);
    (void)snprintf(t->file.name, sizeof t->file.name, "p%llu", (unsigned long long)seed);
    const tg_status status =
        tg_emit_c(plan, t->file.name, .path = folder, .error = &error, .variables = true);
    /* An operation of the user's may come with several kinds of operands. */
    ck_assert_msg(status == TG_OK || strstr(error.text, "with other operands"),
                  "TG_TEST_SEED=%llu: %s", (unsigned long long)seed, error.text);
    t->refused = status != TG_OK;
    t->exact = !t->refused && is_exact(t->file.name);
    if (!t->refused && has_custom(t->file.name)) t->refused = true;
    for (int step = 0; step < RUNS && !t->refused; step++) {
        ck_assert_int_eq(feed_all(&t->p, step), TG_OK);
        for (int i = 0; i < t->p.fed_count; i++) {
            tg_tensor *x = t->p.fed[i].x;
            (void)snprintf(t->input[i], sizeof t->input[i], "fed.%d", i);
            t->fed[step][i] = piece_of(tg_dtype_of(x), (size_t)tg_count(x));
            ck_assert_int_eq(
                tg_get_as(x, tg_dtype_of(x), t->fed[step][i].data, t->fed[step][i].count), TG_OK);
        }
        t->status[step] = tg_run(plan);
        for (int i = 0; i < t->p.output_count && t->status[step] == TG_OK; i++) {
            tg_tensor *x = t->p.outputs[i];
            t->out[step][i] = piece_of(tg_dtype_of(x), (size_t)tg_count(x));
            ck_assert_int_eq(
                tg_get_as(x, tg_dtype_of(x), t->out[step][i].data, t->out[step][i].count), TG_OK);
        }
    }
    for (int i = 0; i < t->p.var_count && !t->refused; i++) {
        const tg_shape shape = tg_var_shape(t->p.vars[i]);
        t->var[i] = piece_of(t->p.dtype, (size_t)tg_shape_count(shape));
        ck_assert_int_eq(tg_var_get_as(t->p.vars[i], t->p.dtype, t->var[i].data, t->var[i].count),
                         TG_OK);
    }
    tg_plan_free(plan);
    close_tape();
}

static void compare_piece(const trace *t, const char *what, int step, int i, const piece *want,
                          const emitted_member *m, const void *got)
{
    double tolerance = t->p.dtype == TG_F64 && want->dtype == TG_F64 ? 1e-9 : 2e-3;
    if (t->exact) tolerance = t->p.kind == SMOOTH ? 1e-12 : 0;
    if (t->exact && t->p.kind == SMOOTH && t->p.dtype == TG_F32) tolerance = 1e-6;
    ck_assert_msg(m != NULL, "TG_TEST_SEED=%llu: there is no %s %d", (unsigned long long)t->seed,
                  what, i);
    if (want->count) ck_assert_uint_eq(m->count, want->count);
    const size_t wrong = first_difference(want->dtype, want->count, got, want->data, tolerance);
    ck_assert_msg(wrong == want->count,
                  "TG_TEST_SEED=%llu: %s %d[%zu] of step %d is %.17g, not %.17g",
                  (unsigned long long)t->seed, what, i, wrong, step,
                  element(want->dtype, got, wrong), element(want->dtype, want->data, wrong));
}

static void run_file(trace *t)
{
    emitted *e = &t->file;
    /* A comparison of values that are not the same bits may go either way. */
    const bool compares = t->exact || t->p.kind == SMOOTH;
    for (int step = 0; step < RUNS; step++) {
        for (int i = 0; i < t->p.fed_count; i++) {
            const emitted_member *m = member_of(e, "in", t->input[i], 0);
            const piece *x = &t->fed[step][i];
            if (m) memcpy(data_of(e, m), x->data, x->count * tg_dtype_size(x->dtype));
        }
        const int status = e->run(e->s);
        if (!compares) continue;
        ck_assert_msg(status == (int)t->status[step], "TG_TEST_SEED=%llu: step %d gives %d, not %d",
                      (unsigned long long)t->seed, step, status, (int)t->status[step]);
        for (int i = 0; i < t->p.output_count && status == 0; i++) {
            const emitted_member *m = member_of(e, "out", NULL, i);
            compare_piece(t, "output", step, i, &t->out[step][i], m, m ? data_of(e, m) : NULL);
        }
    }
    for (int i = 0; i < t->p.var_count && compares; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "var.%d", i);
        const emitted_member *m = member_of(e, "var", name, 0);
        if (m) compare_piece(t, "variable", -1, i, &t->var[i], m, data_of(e, m));
    }
}

static void free_trace(trace *t)
{
    for (int step = 0; step < RUNS; step++) {
        for (int i = 0; i < MAX_FED; i++) free(t->fed[step][i].data);
        for (int i = 0; i < MAX_OUTPUTS; i++) free(t->out[step][i].data);
    }
    for (int i = 0; i < MAX_VARS; i++) free(t->var[i].data);
    free_emitted(&t->file);
}

START_TEST(a_program_gives_what_its_plan_gives)
{
    const char *one = getenv("TG_TEST_SEED");
    const char *scale = getenv("TG_TEST_SCALE");
    const double part = scale ? atof(scale) : 1;
    const int batch = one || part < 1 ? 1 + (int)(part * (BATCH - 1)) : BATCH;
    emitted *list[BATCH];
    int count = 0, exact = 0;
    make_folder();
    for (int i = 0; i < (one ? 1 : batch); i++) {
        run_plan(&traces[i],
                 one ? (uint64_t)strtoul(one, NULL, 10)
                     : (uint64_t)(_i * BATCH + i +
                                  (getenv("TG_TEST_FIRST") ? atoi(getenv("TG_TEST_FIRST")) : 0)));
        if (!traces[i].refused) list[count++] = &traces[i].file;
        exact += traces[i].exact;
    }
    if (count) load_emitted(list, count, "");
    for (int i = 0; i < (one ? 1 : batch); i++)
        if (!traces[i].refused) run_file(&traces[i]);
    for (int i = 0; i < (one ? 1 : batch); i++) free_trace(&traces[i]);
    if (!one) remove_folder();
    else printf("%s\n", folder);
    if (one) printf("%d exact\n", exact);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("emitted_programs");
    TCase *programs = tcase_create("programs");
    tcase_add_loop_test(programs, a_program_gives_what_its_plan_gives, 0,
                        getenv("TG_TEST_SEED")    ? 1
                        : getenv("TG_TEST_FIRST") ? 80
                                                  : BATCHES);
    suite_add_tcase(suite, programs);
    return run_suite(suite);
}
