/* test_search_use.c: searches for hyper-parameters as programs use them: tables, progress and
 * files, what is refused, a lack of memory, and a training. */
#include "tests/support/captured.h"
#include "tests/support/failing_allocator.h"
#include "tests/support/folder.h"
#include "searched.h"

#include <unistd.h>

/* ---- Text ------------------------------------------------------------------------------- */

static double text_score(const tg_trial *t)
{
    return t->number == 2 ? (double)NAN : 1e-3 / 3 * (double)(t->number + 1) / t->budget;
}

static tg_search *halve_for_text(FILE *progress)
{
    return found_by(tg_halving_search(
        TG_RANGES({ "l\xc3\xa4nge", .low = 1, .high = 1e6, .log = true },
                  { "n", .low = 2e6, .high = 2e6, .whole = true }),
        note, begin_notes(2, text_score), &error, .trials = 4, .factor = 4, .progress = progress));
}

START_TEST(tables_are_aligned)
{
    FILE *out = capture();
    tg_search *found = halve_for_text(NULL);
    tg_search_print(found, out);
    ck_assert_int_eq(fclose(out), 0);
    char want[1024], x[4][32];
    for (int i = 0; i < 4; i++) (void)snprintf(x[i], sizeof x[i], "%.6g", noted.values[i][0]);
    size_t wide = 5;
    for (int i = 0; i < 4; i++)
        if (strlen(x[i]) > wide) wide = strlen(x[i]);
    const int w = (int)wide;
    (void)snprintf(want, sizeof want,
                   "trial  %*sl\xc3\xa4nge        n        score  round  budget\n"
                   "    0  %*s  2000000  8.33333e-05      1       4\n"
                   "    1  %*s  2000000  0.000666667      0       1\n"
                   "    3  %*s  2000000   0.00133333      0       1\n"
                   "    2  %*s  2000000          nan      0       1\n",
                   w - 5, "", w, x[0], w, x[1], w, x[3], w, x[2]);
    ck_assert_str_eq(captured, want);
    out = capture();
    tg_search_print(NULL, out);
    tg_search_print(found, NULL);
    ck_assert_int_eq(fclose(out), 0);
    ck_assert_str_eq(captured, "");
    tg_search_free(found);
}
END_TEST

START_TEST(progress_is_a_line_a_trial)
{
    FILE *out = capture();
    tg_search_free(halve_for_text(out));
    ck_assert_int_eq(fclose(out), 0);
    char want[256];
    (void)snprintf(want, sizeof want,
                   "trial 0, round 0, budget 1: l\xc3\xa4nge %.6g, n 2000000; score 0.000333333, "
                   "the best so far\ntrial 1,",
                   noted.values[0][0]);
    ck_captured(want);
    ck_captured("; score nan, best 0.000333333 of trial 0\ntrial 3");
    ck_captured("\ntrial 0, round 1, budget 4: ");
    ck_assert_int_eq(captured_times("\n"), 5);
}
END_TEST

START_TEST(files_can_be_read_back)
{
    make_folder();
    const char *path = path_to("found.csv");
    tg_search *found = found_by(tg_grid_search(
        TG_RANGES({ "height, \"cm\"", .low = 1, .high = 3, .points = 6 }, { "n", TG_VALUES(4) }),
        note, begin_notes(2, text_score), &error));
    ck_assert_msg(tg_search_write(found, path, &error) == TG_OK, "%s", error.text);
    tg_table table;
    ck_assert_msg(tg_read_table(&table, path, &error, .nonfinite = true) == TG_OK, "%s",
                  error.text);
    ck_assert_int_eq(table.rows, 6);
    static const char *const names[] = { "trial", "height, \"cm\"", "n",      "score",
                                         "round", "budget",         "seconds" };
    ck_assert_int_eq(table.column_count, COUNT_OF(names));
    for (int k = 0; k < COUNT_OF(names); k++) ck_assert_str_eq(table.columns[k].name, names[k]);
    const int64_t *numbers = table.columns[0].values.data;
    const double *heights = table.columns[1].values.data;
    for (int i = 0; i < 6; i++) {
        const tg_trial *t = tg_search_ranked(found, i);
        ck_assert_int_eq(numbers[i], t->number);
        ck_assert_double_eq(heights[i], t->values[0]);
    }
    tg_table_free(&table);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(rmdir(folder), 0);
    ck_assert_int_eq(tg_search_write(found, path, &error), TG_ERR_IO);
    ck_assert_int_eq(tg_search_write(found, NULL, &error), TG_ERR_ARGUMENT);
    ck_assert_int_eq(tg_search_write(NULL, path, NULL), TG_ERR_ARGUMENT);
    tg_search_free(found);
}
END_TEST

/* ---- What is refused -------------------------------------------------------------------- */

static void ck_not_found(tg_search *found, int line, const char *words)
{
    ck_assert_ptr_null(found);
    ck_assert_int_eq(error.status, TG_ERR_ARGUMENT);
    ck_assert_msg(strstr(error.text, words) != NULL, "\"%s\" is not in: %s", words, error.text);
    ck_assert_msg(names_place(error.text, __FILE__, line), "%d is not in: %s", line, error.text);
    ck_assert_int_eq(noted.count, 0);
}
#define NOT_FOUND(found, words) ck_not_found(found, __LINE__, words)
#define REFUSES(range, words)                                                                      \
    NOT_FOUND(                                                                                     \
        tg_random_search(TG_RANGES({ "good", .low = 0, .high = 1 }, range), note, &noted, &error), \
        "tg_random_search: " words)
#define GRID_REFUSES(range, words)                                                                 \
    NOT_FOUND(tg_grid_search(TG_RANGES(range), note, &noted, &error), "tg_grid_search: " words)

START_TEST(ranges_that_make_no_sense_are_refused)
{
    (void)begin_notes(1, NULL);
    REFUSES(R(.name = NULL, .low = 1), "range 1 has no name");
    REFUSES(R(.name = "", .low = 1), "range 1 has no name");
    REFUSES(R(.name = "a\nb", .high = 1), "the name of range 1 has a control character");
    REFUSES(R(.name = "score", .high = 1), "no range may be called \"score\"");
    REFUSES(R(.name = "good", .high = 1), "two ranges are called \"good\"");
    REFUSES(R(.low = 0), "the range \"x\": it has neither bounds nor values");
    REFUSES(R(.low = 2, .high = 1), "the range \"x\": low = 2 is above high = 1");
    REFUSES(R(.low = NAN, .high = 1), "the range \"x\": low = nan and high = 1 must be finite");
    REFUSES(R(.low = 0, .high = INFINITY), "the range \"x\": low = 0 and high = inf");
    REFUSES(R(.low = 0, .high = 1, .log = true), "the range \"x\": .log needs low > 0; it is 0");
    REFUSES(R(.low = -1, .high = 1, .log = true), "the range \"x\": .log needs low > 0; it is -1");
    REFUSES(R(.low = 0.5, .high = 0.75, .whole = true),
            "the range \"x\": no whole number lies between 0.5 and 0.75");
    REFUSES(R(.low = 0, .high = 0x1p54, .whole = true),
            "the range \"x\": bounds of whole numbers are within 2^53");
    REFUSES(R(.low = 0, .high = 1, .points = -1), "the range \"x\": .points = -1 is negative");
    REFUSES(R(.count = 2), "the range \"x\": its count of values is 2, and .values is NULL");
    REFUSES(R(.values = (double[]){ 1 }), "the range \"x\": it has 0 values");
    REFUSES(R(TG_VALUES(1), .high = 1), "the range \"x\": it is a list of values, so low");
    REFUSES(R(TG_VALUES(1), .whole = true), "the range \"x\": it is a list of values, so low");
    REFUSES(R(TG_VALUES(1, NAN)), "the range \"x\": values[1] = nan is not finite");
    GRID_REFUSES(R(.low = 0, .high = 1), "the range \"x\": a grid needs .points");
    GRID_REFUSES(R(.low = 0, .high = 1, .points = 1000001),
                 "the range \"x\": .points = 1000001; 1000000 are");
    GRID_REFUSES(R(.low = 1, .high = 1000001, .whole = true),
                 "the range \"x\": a grid cannot try all of 1e+06 whole");
    NOT_FOUND(tg_grid_search(TG_RANGES({ "x", .low = 0, .high = 1, .points = 1000 },
                                       { "y", .low = 1, .high = 1001, .whole = true }),
                             note, &noted, &error),
              "with the 1001 points of \"y\" the grid has more than 1000000 combinations");
    NOT_FOUND(tg_grid_search((tg_ranges){ 0 }, note, &noted, &error), "there are no ranges");
    tg_range many[TG_SEARCH_MAX_RANGES + 1] = { R(.high = 1) };
    NOT_FOUND(tg_random_search((tg_ranges){ TG_SEARCH_MAX_RANGES + 1, many }, note, &noted, &error),
              "there are 101 ranges");
}
END_TEST

START_TEST(options_that_make_no_sense_are_refused)
{
    (void)begin_notes(1, NULL);
#define RANDOM(...)  tg_random_search(TG_RANGES(R(.high = 1)), note, &noted, &error, __VA_ARGS__)
#define HALVING(...) tg_halving_search(TG_RANGES(R(.high = 1)), note, &noted, &error, __VA_ARGS__)
    NOT_FOUND(RANDOM(.trial = NULL), "tg_random_search: the function is NULL");
    NOT_FOUND(RANDOM(.trials = 0), ".trials = 0 must be 1 to 1000000");
    NOT_FOUND(RANDOM(.trials = TG_AUTO), ".trials = -9223372036854775808 must be");
    NOT_FOUND(RANDOM(.trials = 1000001), ".trials = 1000001 must be");
    NOT_FOUND(RANDOM(.budget = 0), ".budget = 0 must be finite and above 0");
    NOT_FOUND(RANDOM(.budget = INFINITY), ".budget = inf must be");
    NOT_FOUND(HALVING(.trials = -3), "tg_halving_search: .trials = -3 must be");
    NOT_FOUND(HALVING(.factor = 1), ".factor = 1 must be at least 2");
    NOT_FOUND(HALVING(.budget = 1e308), ".budget = 1e+308 grows beyond");
    ck_assert_ptr_null(tg_grid_search(TG_RANGES(R(.high = 1)), note, &noted, NULL));
    ck_assert_ptr_null(tg_grid_search_with(NULL));
}
END_TEST

/* ---- Memory ----------------------------------------------------------------------------- */

static tg_search *with_allocator(int kind, const tg_allocator *allocator)
{
    const tg_ranges ranges =
        TG_RANGES({ "x", .low = 1, .high = 4, .points = 3 },
                  { "n", .low = 1, .high = 3, .whole = true }, { "v", TG_VALUES(1, 2) });
    notes *n = begin_notes(3, near_score);
    switch (kind) {
    case 0: return tg_grid_search(ranges, note, n, &error, .allocator = allocator);
    case 1: return tg_random_search(ranges, note, n, &error, .allocator = allocator);
    default: return tg_halving_search(ranges, note, n, &error, .allocator = allocator);
    }
}

START_TEST(every_allocation_may_fail)
{
    failing_allocator heap = { 0 };
    const tg_allocator allocator = failing_interface(&heap);
    tg_search_free(found_by(with_allocator(_i, &allocator)));
    ck_assert_uint_eq(heap.live, 0);
    const size_t calls = heap.calls;
    ck_assert_uint_gt(calls, 5);
    for (size_t at = 1; at <= calls; at++) {
        heap = (failing_allocator){ .fail_at = at };
        ck_assert_ptr_null(with_allocator(_i, &allocator));
        ck_assert_uint_eq(heap.live, 0);
        ck_assert_int_eq(error.status, TG_ERR_MEMORY);
        ck_assert_ptr_nonnull(strstr(error.text, "out of memory for "));
        ck_assert_int_eq(noted.count, 0); /* it fails before the first trial */
    }
    heap = (failing_allocator){ 0 };
    tg_search *found = found_by(with_allocator(_i, &allocator));
    for (size_t at = 1; at <= 2; at++) {
        heap.fail_at = heap.calls + at;
        ck_assert_int_eq(tg_search_write(found, "/nowhere/at/all.csv", &error), TG_ERR_MEMORY);
        ck_assert_ptr_nonnull(strstr(error.text, "tg_search_write: out of memory"));
    }
    tg_search_free(found);
    ck_assert_uint_eq(heap.live, 0);
}
END_TEST

/* ---- A training ------------------------------------------------------------------------- */

/* The loss of a line through eight points after t->budget steps of gradient descent with momentum.
 */
static double train(void *context, const tg_trial *t)
{
    (void)context;
    static const double xs[] = { -4, -3, -2, -1, 1, 2, 3, 4 };
    tg_store *own = tg_store_new(.seed = t->seed, .dtype = TG_F64);
    tg_tape *steps = tg_tape_new(own);
    tg_tensor *x = tg_constant(steps, TG_F64, TG_SHAPE(8), xs);
    tg_tensor *w = tg_read(steps, tg_param(own, "w", TG_SCALAR, tg_init_uniform(-1, 1)));
    tg_tensor *b = tg_read(steps, tg_param(own, "b", TG_SCALAR, tg_init_uniform(-1, 1)));
    tg_tensor *miss = tg_sub(tg_add(tg_mul(x, w), b), tg_add_num(tg_mul_num(x, 2), 0.5));
    tg_tensor *loss = tg_mean(tg_square(miss), 0);
    tg_sgd(loss, .lr = tg_trial_value(t, "lr"), .momentum = tg_trial_value(t, "momentum"));
    tg_plan *plan = tg_compile(steps, loss);
    for (int i = 0; i < (int)t->budget; i++)
        if (tg_run(plan) != TG_OK) break;
    const double score = tg_report(steps, stderr) ? (double)NAN : tg_item(loss);
    tg_plan_free(plan);
    tg_tape_free(steps);
    tg_store_free(own);
    return score;
}

START_TEST(it_finds_a_learning_rate)
{
    const tg_ranges ranges = TG_RANGES({ "lr", .low = 1e-5, .high = 10, .log = true, .points = 7 },
                                       { "momentum", TG_VALUES(0, 0.5, 0.9) });
    tg_search *found =
        _i == 0   ? tg_grid_search(ranges, train, NULL, &error, .budget = 60)
        : _i == 1 ? tg_random_search(ranges, train, NULL, &error, .budget = 60, .seed = 2)
                  : tg_halving_search(ranges, train, NULL, &error, .budget = 10, .seed = 2);
    const tg_trial *best = tg_search_best(found_by(found));
    ck_assert_double_lt(best->score, 1e-4);
    /* The curvature along w is 15: what is above 2 (1 + momentum) / 15 flies apart. */
    const double lr = tg_trial_value(best, "lr");
    ck_assert(lr > 1e-3 && lr < 2 * (1 + tg_trial_value(best, "momentum")) / 15);
    int64_t last = tg_search_count(found) - 1;
    while (isnan(tg_search_ranked(found, last)->score)) last--;
    ck_assert_double_gt(tg_search_ranked(found, last)->score, 1e4 * best->score);
    tg_search_free(found);
}
END_TEST

static Suite *search_use_suite(void)
{
    Suite *suite = suite_create("use of searches");
    TCase *cases = tcase_create("use of searches");
    tcase_add_test(cases, tables_are_aligned);
    tcase_add_test(cases, progress_is_a_line_a_trial);
    tcase_add_test(cases, files_can_be_read_back);
    tcase_add_test(cases, ranges_that_make_no_sense_are_refused);
    tcase_add_test(cases, options_that_make_no_sense_are_refused);
    tcase_add_loop_test(cases, every_allocation_may_fail, 0, 3);
    tcase_add_loop_test(cases, it_finds_a_learning_rate, 0, 3);
    suite_add_tcase(suite, cases);
    return suite;
}

int main(void) { return run_suite(search_use_suite()); }
