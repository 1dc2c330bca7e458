/* test_singular.c: every row of singular.h, in f32 and f64, as single numbers (scalar programs), as
 * rows and as columns of a matrix (loops); planned, naive and define-by-run. NaN, infinities and
 * the signs of zeros are compared exactly, other numbers to rounding. And that nothing is missing
 * in the table, and that docs/singular-points.md shows it.
 *
 * test_singular --markdown prints the tables of that page. */
#include "autograd/engine.h"
#include "ops/registry.h"
#include "tests/support/captured.h"
#include "tests/support/recorded.h"
#include "singular.h"
#include "singular_page.h"

#include <float.h>

enum { LANES = 40, MOST = 4 * LANES }; /* copies of a row: two whole blocks of lanes and a rest */

typedef enum trial_form { ALONE, ROWS, COLUMNS, FORMS } trial_form;
typedef enum trial_mode { PLANNED, NAIVE, DEFINE_BY_RUN, MODES } trial_mode;

static const char *const form_names[] = { "alone", "in rows", "in columns" };
static const char *const mode_names[] = { "planned", "naive", "define-by-run" };

/* One way to run a row. */
typedef struct trial {
    const singular_row *row;
    tg_dtype dtype;
    trial_form form;
    trial_mode mode;
} trial;

static int length_of(const singular_numbers *numbers)
{
    return numbers->count < 0 ? 0 : numbers->count;
}

static bool is_elementwise(const singular_row *row)
{
    return row->unary || row->binary || row->with_number;
}

static int operands_of(const singular_row *row)
{
    return row->in[1].count == 0 || row->with_number ? 1 : 2;
}

/* ---- Recording -------------------------------------------------------------------------- */

static int copies(const trial *t) { return t->form == ALONE ? 1 : LANES; }

/* Where the element [i] of [n] of the copy [lane] stands. */
static int place(const trial *t, int n, int i, int lane)
{
    return t->form == COLUMNS ? i * LANES + lane : lane * n + i;
}

static tg_tensor *operand(const trial *t, int which)
{
    const singular_numbers *numbers = &t->row->in[which];
    const int n = length_of(numbers);
    tg_shape shape = t->form == COLUMNS ? TG_SHAPE(n, LANES) : TG_SHAPE(LANES, n);
    if (t->form == ALONE) shape = TG_SHAPE(n);
    if (is_elementwise(t->row)) shape = t->form == ALONE ? TG_SCALAR : TG_SHAPE(LANES);
    double wide[MOST] = { 0 };
    for (int i = 0; i < n; i++)
        for (int lane = 0; lane < copies(t); lane++) wide[place(t, n, i, lane)] = numbers->at[i];

    float narrow[MOST];
    int32_t i32[MOST];
    int64_t i64[MOST];
    uint8_t u8[MOST];
    const void *data = wide;
    for (int i = 0; i < MOST; i++) {
        if (t->dtype == TG_F32) narrow[i] = (float)wide[i], data = narrow;
        if (t->dtype == TG_I32) i32[i] = (int32_t)wide[i], data = i32;
        if (t->dtype == TG_I64) i64[i] = (int64_t)wide[i], data = i64;
        if (t->dtype == TG_U8) u8[i] = (uint8_t)wide[i], data = u8;
    }
    tg_tensor *x = tg_input(tape, which ? "b" : "a", t->dtype, shape);
    ck_assert_int_eq(tg_feed_as(x, t->dtype, data, (size_t)(n * copies(t))), TG_OK);
    return x;
}

static tg_tensor *record(const trial *t, tg_tensor *in[])
{
    const singular_row *row = t->row;
    for (int i = 0; i < operands_of(row); i++) in[i] = operand(t, i);
    if (row->unary) return row->unary(TG_HERE, in[0]);
    if (row->binary) return row->binary(TG_HERE, in[0], in[1]);
    if (row->with_number) return row->with_number(TG_HERE, in[0], row->in[1].at[0]);
    return row->record(in, t->form == COLUMNS ? 0 : -1);
}

/* The gradients of the sum of y in the operands. */
static void gradients(tg_tensor *y, int count, tg_tensor *const in[], tg_tensor *to[])
{
    ck_assert_int_eq(tg_vjp(y, tg_ones_like(y), (tg_list){ (size_t)count, in }, to), TG_OK);
}

/* ---- Comparing -------------------------------------------------------------------------- */

static void read_all(tg_tensor *x, double out[MOST])
{
    float narrow[MOST];
    int32_t i32[MOST];
    int64_t i64[MOST];
    uint8_t u8[MOST];
    const tg_dtype dtype = tg_dtype_of(x);
    void *const places[] = { [TG_F32] = narrow, [TG_F64] = out, [TG_I32] = i32,
                             [TG_I64] = i64,    [TG_U8] = u8,   [TG_BOOL] = u8 };
    const int64_t count = tg_count(x);
    ck_assert_int_le(count, MOST);
    const tg_status status = tg_get_as(x, dtype, places[dtype], (size_t)count);
    ck_assert_msg(status == TG_OK, "%s", tg_tape_error(tape));
    for (int i = 0; i < count; i++)
        out[i] = dtype == TG_F32   ? (double)narrow[i]
                 : dtype == TG_F64 ? out[i]
                 : dtype == TG_I32 ? i32[i]
                 : dtype == TG_I64 ? (double)i64[i]
                                   : u8[i];
}

static bool agree(double got, double want, tg_dtype dtype)
{
    if (want == ANY) return true;
    if (isnan(want)) return isnan(got);
    if (want == 0) return got == 0 && !signbit(got) == !signbit(want);
    return got == want || fabs(got - want) <= fabs(want) * (dtype == TG_F32 ? 5e-6 : 2e-14);
}

static void check(const trial *t, tg_tensor *x, const singular_numbers *want, const char *what)
{
    double got[MOST];
    const int n = length_of(want);
    ck_assert_msg(tg_count(x) == n * copies(t), "%s: %lld elements instead of %d", what,
                  (long long)tg_count(x), n * copies(t));
    read_all(x, got);
    for (int i = 0; i < n; i++)
        for (int lane = 0; lane < copies(t); lane++) {
            const double found = got[place(t, n, i, lane)];
            ck_assert_msg(agree(found, want->at[i], tg_dtype_of(x)),
                          "%s at %.9g, %.9g: %s[%d] is %.17g, not %.17g (%s, %s, %s, copy %d)",
                          t->row->text ? t->row->text : t->row->op, t->row->in[0].at[0],
                          t->row->in[1].at[0], what, i, found, want->at[i], tg_dtype_name(t->dtype),
                          form_names[t->form], mode_names[t->mode], lane);
        }
}

/* ---- Running ---------------------------------------------------------------------------- */

static void check_values(const trial *t)
{
    const singular_row *row = t->row;
    const int count = operands_of(row);
    tg_tensor *in[2], *keep[8];
    const singular_numbers *want[8];
    const char *what[8];
    int kept = 0;
#define EXPECT(node, numbers, name)                                                                \
    keep[kept] = (node), want[kept] = (numbers), what[kept] = (name), kept++
    tg_tensor *y = record(t, in), *slope[2], *second[2][2];
    EXPECT(y, &row->value, "the value");
    if (row->slope[0].count) {
        gradients(y, count, in, slope);
        EXPECT(slope[0], &row->slope[0], "the gradient");
        if (row->slope[1].count) EXPECT(slope[1], &row->slope[1], "the gradient in b");
    }
    if (row->second[0].count) {
        for (int i = 0; i < count; i++) gradients(slope[i], count, in, second[i]);
        EXPECT(second[0][0], &row->second[0], "the second derivative");
        if (count == 2) {
            EXPECT(second[0][1], &row->second[1], "the second derivative ab");
            EXPECT(second[1][0], &row->second[1], "the second derivative ba");
            EXPECT(second[1][1], &row->second[2], "the second derivative bb");
        }
    }
    ck_no_error();
    tg_plan *plan = NULL;
    if (t->mode != DEFINE_BY_RUN) {
        plan = tg_compile(tape, .keep = (tg_list){ (size_t)kept, keep }, .naive = t->mode == NAIVE);
        run(plan);
    }
    for (int i = 0; i < kept; i++) check(t, keep[i], want[i], what[i]);
    tg_plan_free(plan);
}

static void check_error(const trial *t)
{
    tg_tensor *in[2], *y = record(t, in);
    const char *message = tg_tape_error(tape);
    tg_status status = tg_tape_status(tape);
    tg_plan *plan = NULL;
    if (y && t->mode == DEFINE_BY_RUN) {
        double unread[MOST];
        status = tg_get_as(y, tg_dtype_of(y), unread, (size_t)tg_count(y));
        FILE *out = capture(); /* an error of a run does not stick to the tape */
        tg_report(tape, out);
        fclose(out);
        message = captured;
    } else if (y) {
        plan = tg_compile(tape, .keep = TG_LIST(y), .naive = t->mode == NAIVE);
        status = tg_run(plan);
        message = tg_plan_error(plan);
    }
    ck_assert_msg(status == t->row->status && strstr(message, t->row->says),
                  "%s (%s, %s): \"%s\" is not in: %s", t->row->text ? t->row->text : t->row->op,
                  form_names[t->form], mode_names[t->mode], t->row->says, message);
    tg_plan_free(plan);
    tg_tape_clear_error(tape);
}

static bool fits(const singular_numbers *numbers, bool exactly)
{
    for (int i = 0; i < length_of(numbers); i++) {
        const double size = fabs(numbers->at[i]);
        if (isnan(size) || isinf(size) || size == 0) continue;
        if (size < (double)FLT_MIN || size > (double)FLT_MAX) return false;
        if (exactly && (double)(float)size != size) return false;
    }
    return true;
}

/* Do all its numbers fit into an f32? */
static bool is_narrow(const singular_row *row)
{
    bool narrow = fits(&row->value, false);
    for (int i = 0; i < SINGULAR_OPERANDS; i++)
        narrow &= fits(&row->in[i], true) && fits(&row->slope[i], false);
    for (int i = 0; i < 3; i++) narrow &= fits(&row->second[i], false);
    return narrow;
}

static bool has_form(const singular_row *row, trial_form form)
{
    if (form == COLUMNS) return row->forms == SINGULAR_ALL && !is_elementwise(row);
    return form == ALONE || row->forms != SINGULAR_ALONE;
}

START_TEST(every_row_holds)
{
    const singular_row *row = &singular_rows[_i];
    if (!row->op[0]) return;
    const tg_dtype dtypes[] = { row->dtype ? row->dtype : TG_F64, TG_F32 };
    const int count = !row->dtype && is_narrow(row) ? 2 : 1;
    for (int d = 0; d < count; d++)
        for (int form = 0; form < FORMS; form++)
            for (int mode = 0; mode < MODES; mode++) {
                const trial t = { row, dtypes[d], (trial_form)form, (trial_mode)mode };
                if (!has_form(row, t.form)) continue;
                tg_rewind(tape);
                if (row->says) check_error(&t);
                else check_values(&t);
                ck_no_error();
            }
}
END_TEST

START_TEST(of_nothing_there_is_nothing_and_no_error)
{
    const singular_row *row = &singular_rows[_i];
    if (!is_elementwise(row)) return;
    const tg_dtype dtype = row->dtype ? row->dtype : TG_F64;
    const int count = operands_of(row);
    tg_tensor *a = tg_input(tape, "a", dtype, TG_SHAPE(3, 0)), *to[2];
    tg_tensor *b = tg_input(tape, "b", dtype, TG_SHAPE(0));
    tg_tensor *y = row->unary         ? row->unary(TG_HERE, a)
                   : row->with_number ? row->with_number(TG_HERE, a, 2)
                                      : row->binary(TG_HERE, a, b);
    double none[1];
    ck_no_error();
    ck_assert_int_eq(tg_count(y), 0);
    ck_assert_int_eq(tg_get_as(y, tg_dtype_of(y), none, 0), TG_OK);
    if (!row->slope[0].count) return;
    gradients(y, count, (tg_tensor *[]){ a, b }, to);
    for (int i = 0; i < count; i++) ck_assert_int_eq(tg_get(to[i], none, 0), TG_OK);
    ck_no_error();
}
END_TEST

/* ---- Completeness ----------------------------------------------------------------------- */

static bool has_row(const char *name)
{
    for (int i = 0; i < COUNT_OF(singular_rows); i++)
        if (strcmp(singular_rows[i].op, name) == 0) return true;
    return false;
}

static bool has_reason(const char *name)
{
    for (int i = 0; i < COUNT_OF(singular_none); i++)
        if (strcmp(singular_none[i].name, name) == 0) return true;
    return false;
}

static void check_listed(const char *name)
{
    ck_assert_msg(has_row(name) != has_reason(name),
                  "%s: needs a row in singular_rows or a reason in singular_none, not both", name);
}

START_TEST(every_primitive_has_a_row_or_a_reason_for_having_none)
{
    for (const tg_op *const *op = tg__registry; *op; op++) check_listed((*op)->name);
}
END_TEST

/* What stands between [before] and [after] in the line; false if they do not. */
static bool name_between(const char *line, const char *before, const char *after, char *name)
{
    const char *from = strstr(line, before), *to = from ? strstr(from, after) : NULL;
    if (!to || from != line) return false;
    from += strlen(before);
    snprintf(name, 64, "%.*s", (int)(to - from), from);
    return true;
}

START_TEST(every_public_operation_has_a_row_or_a_reason)
{
    const char *const headers[] = {
        "tg_ops.h",           "tg_array.h",      "tg_random.h",    "tg_nn.h",
        "tg_normalization.h", "tg_layer.h",      "tg_conv.h",      "tg_loss.h",
        "tg_attention.h",     "tg_activation.h", "tg_recurrent.h", "tg_metric.h",
    };
    int found = 0;
    for (int i = 0; i < COUNT_OF(headers); i++) {
        char path[64], line[512], name[64];
        snprintf(path, sizeof path, "include/%s", headers[i]);
        FILE *file = open_source(path, "r");
        ck_assert_msg(file != NULL, "%s is not there: set TAPEGRAD_SOURCE to its root", path);
        while (fgets(line, sizeof line, file))
            if (name_between(line, "TG_API tg_tensor *tg_", "_at(", name) ||
                name_between(line, "TG_API tg_tensor *tg_", "_with(", name)) {
                check_listed(name);
                found++;
            }
        fclose(file);
    }
    ck_assert_int_gt(found, 150);
}
END_TEST

START_TEST(the_page_shows_the_rows)
{
    FILE *page = open_source(PAGE, "r"), *wanted = tmpfile();
    ck_assert_msg(page != NULL, "%s is not there: set TAPEGRAD_SOURCE to its root", PAGE);
    ck_assert_ptr_nonnull(wanted);
    print_tables(wanted);
    rewind(wanted);
    char line[512], want[512];
    while (fgets(line, sizeof line, page) && strcmp(line, PAGE_MARK) != 0) continue;
    ck_assert_msg(!feof(page), "%s lacks the line %s", PAGE, PAGE_MARK);
    ck_assert_ptr_nonnull(fgets(want, sizeof want, wanted)); /* the mark */
    while (fgets(want, sizeof want, wanted))
        ck_assert_msg(fgets(line, sizeof line, page) && strcmp(line, want) == 0,
                      "%s is not what the rows give: test_singular --markdown\n%s%s", PAGE, line,
                      want);
    ck_assert_msg(!fgets(line, sizeof line, page), "%s has more: %s", PAGE, line);
    fclose(page);
    fclose(wanted);
}
END_TEST

/* ---- What needs more than a point ------------------------------------------------------- */

/* Whatever comes back: NaN or infinity reach the branch that is taken, and no other. */
START_TEST(the_branch_not_taken_gets_no_gradient_even_of_nan)
{
    for (int naive = 0; naive < 2; naive++) {
        tg_rewind(tape);
        const double at[] = { 3, 3, 3, 3 }, back[] = { QNAN, INF, 0, 1 };
        tg_tensor *good = tg_constant(tape, TG_F64, TG_SHAPE(4), at);
        tg_tensor *bad = tg_full(tape, TG_F64, TG_SHAPE(4), QNAN);
        tg_tensor *g = tg_constant(tape, TG_F64, TG_SHAPE(4), back), *to[2];
        tg_tensor *y = tg_select(tg_equal(good, good), good, bad);
        ck_assert_int_eq(tg_vjp(y, g, TG_LIST(good, bad), to), TG_OK);
        tg_plan *plan = tg_compile(tape, .keep = TG_LIST(y, to[0], to[1]), .naive = naive);
        run(plan);
        ck_values(y, 4, at);
        ck_values(to[0], 4, back);
        ck_values(to[1], 4, (double[]){ 0, 0, 0, 0 });
        tg_plan_free(plan);
    }
}
END_TEST

START_TEST(a_guarded_logarithm_has_no_nan_in_its_gradients)
{
    const double at[] = { -1, 0, 2 };
    tg_tensor *x = tg_constant(tape, TG_F64, TG_SHAPE(3), at);
    tg_tensor *positive = tg_greater(x, tg_number(tape, 0));
    tg_tensor *safe = tg_select(positive, x, tg_number(tape, 1));
    tg_tensor *y = tg_select(positive, tg_mul(safe, tg_log(safe)), tg_number(tape, 0));
    tg_tensor *slope = tg_grad(tg_sum(y), x);
    ck_values(y, 3, (double[]){ 0, 0, 2 * log(2) });
    ck_values(slope, 3, (double[]){ 0, 0, 1 + log(2) });
    ck_values(tg_grad(tg_sum(slope), x), 3, (double[]){ 0, 0, 0.5 });
}
END_TEST

START_TEST(a_nan_is_the_largest_and_the_smallest_wherever_it_stands)
{
    for (int at = 0; at < 50; at++) {
        double values[50] = { 0 };
        values[at] = QNAN;
        tg_rewind(tape);
        tg_tensor *x = tg_constant(tape, TG_F64, TG_SHAPE(50), values);
        tg_tensor *columns = tg_reshape(x, TG_SHAPE(50, 1));
        ck_values(tg_max(x), 1, (double[]){ QNAN });
        ck_values(tg_min(tg_cast(x, TG_F64), .axis = 0), 1, (double[]){ QNAN });
        ck_values(tg_max(tg_broadcast(columns, TG_SHAPE(50, 3)), .axis = 0), 3,
                  (double[]){ QNAN, QNAN, QNAN });
        tg_tensor *first = tg_argmax(tg_broadcast(columns, TG_SHAPE(50, 2)), .axis = 0);
        ck_values(tg_cast(first, TG_F64), 2, (double[]){ at, at });
    }
}
END_TEST

/* Of reductions over nothing, along one axis of several. */
START_TEST(an_empty_axis_is_reduced_to_the_neutral_element)
{
    tg_tensor *none = tg_input(tape, "none", TG_F64, TG_SHAPE(2, 0));
    ck_values(tg_sum(none, .axis = 1), 2, (double[]){ 0, 0 });
    ck_values(tg_prod(none, .axis = 1), 2, (double[]){ 1, 1 });
    ck_values(tg_mean(none, .axis = 1), 2, (double[]){ QNAN, QNAN });
    ck_assert_int_eq(tg_count(tg_sum(none, .axis = 0)), 0);
    ck_assert_int_eq(tg_count(tg_max(none, .axis = 0)), 0);
    ck_assert_int_eq(tg_count(tg_grad(tg_sum(none), none)), 0);
    ck_no_error();
    tg_tensor *wide = tg_input(tape, "wide", TG_F64, TG_SHAPE(0, 2));
    ck_values(tg_matmul(none, wide), 4, (double[]){ 0, 0, 0, 0 });
}
END_TEST

/* Sums of a million floats, over all and over either axis, planned and naive. */
START_TEST(a_million_floats_are_summed_to_the_last_digit)
{
    enum { SIDE = 1024, COUNT = SIDE * SIDE };
    float *at = malloc(COUNT * sizeof *at);
    ck_assert_ptr_nonnull(at);
    double exact = 0;
    for (int i = 0; i < COUNT; i++) exact += (double)(at[i] = 0.1f + 1.0f / (float)(1 + i % 1000));
    tg_tensor *x = tg_constant(tape, TG_F32, TG_SHAPE(SIDE, SIDE), at);
    tg_tensor *all = tg_sum(x), *flat = tg_sum(tg_reshape(x, TG_SHAPE(1, COUNT)), .axis = 1);
    tg_tensor *rows = tg_sum(tg_cast(tg_sum(x, .axis = 1), TG_F64));
    tg_tensor *columns = tg_sum(tg_cast(tg_sum(x, .axis = 0), TG_F64));
    tg_tensor *mean = tg_mul_num(tg_cast(tg_mean(x), TG_F64), COUNT);
    tg_tensor *const sums[] = { all, flat, rows, columns, mean };
    for (int naive = 0; naive < 2; naive++) {
        tg_plan *plan = tg_compile(tape, .keep = (tg_list){ COUNT_OF(sums), sums }, .naive = naive);
        run(plan);
        for (int i = 0; i < COUNT_OF(sums); i++)
            ck_assert_msg(fabs(tg_item(sums[i]) / exact - 1) < 1.2e-7,
                          "sum %d: got %.9g, want %.9g", i, tg_item(sums[i]), exact);
        tg_plan_free(plan);
    }
    free(at);
}
END_TEST

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--markdown") == 0) {
        print_tables(stdout);
        return EXIT_SUCCESS;
    }
    Suite *suite = suite_create("singular");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, open_tape, close_tape);
    tcase_add_loop_test(all, every_row_holds, 0, COUNT_OF(singular_rows));
    tcase_add_loop_test(all, of_nothing_there_is_nothing_and_no_error, 0, COUNT_OF(singular_rows));
    tcase_add_test(all, every_primitive_has_a_row_or_a_reason_for_having_none);
    tcase_add_test(all, every_public_operation_has_a_row_or_a_reason);
    tcase_add_test(all, the_page_shows_the_rows);
    tcase_add_test(all, the_branch_not_taken_gets_no_gradient_even_of_nan);
    tcase_add_test(all, a_guarded_logarithm_has_no_nan_in_its_gradients);
    tcase_add_test(all, a_nan_is_the_largest_and_the_smallest_wherever_it_stands);
    tcase_add_test(all, an_empty_axis_is_reduced_to_the_neutral_element);
    tcase_add_test(all, a_million_floats_are_summed_to_the_last_digit);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
