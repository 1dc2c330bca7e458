/* test_search.c: searches for hyper-parameters: what is tried and in which order, which trials go
 * on, how results are ranked, and what a callback is told. */
#include "searched.h"

/* ---- Grids ------------------------------------------------------------------------------ */

START_TEST(a_grid_is_the_product_with_the_last_range_first)
{
    static const double lr[] = { 1e-3, 1e-2, 0.1, 1 }, width[] = { 3, 4, 5 }, beta[] = { 7, -1, 7 };
    tg_search *found = found_by(
        tg_grid_search(TG_RANGES({ "lr", .low = 1e-3, .high = 1, .log = true, .points = 4 },
                                 { "width", .low = 2.5, .high = 5.9, .whole = true },
                                 { "beta", TG_VALUES(7, -1, 7) }),
                       note, begin_notes(3, NULL), &error, .budget = 5));
    ck_assert_int_eq(noted.count, 4 * 3 * 3);
    ck_assert_int_eq(tg_search_count(found), noted.count);
    for (int n = 0, i = 0; i < 4; i++)
        for (int j = 0; j < 3; j++)
            for (int k = 0; k < 3; k++, n++) {
                ck_assert_int_eq(noted.trial[n].number, n);
                ck_assert_int_eq(noted.trial[n].round, 0);
                ck_assert_double_eq(noted.trial[n].budget, 5);
                ck_assert(isnan(noted.trial[n].score));
                ck_assert_double_eq_tol(noted.values[n][0], lr[i], 1e-15 * lr[i]);
                ck_assert_double_eq(noted.values[n][1], width[j]);
                ck_assert_double_eq(noted.values[n][2], beta[k]);
            }
    tg_search_free(found);
}
END_TEST

/* The values of a grid of one range. */
static void ck_points(tg_range range, int count, const double *want)
{
    range.name = "x";
    tg_search *found =
        found_by(tg_grid_search((tg_ranges){ 1, &range }, note, begin_notes(1, NULL), &error));
    ck_assert_int_eq(noted.count, count);
    for (int i = 0; i < count; i++) ck_assert_double_eq_tol(noted.values[i][0], want[i], 1e-13);
    tg_search_free(found);
}
#define POINTS(range, ...)                                                                         \
    ck_points((tg_range)range, COUNT_OF(((const double[]){ __VA_ARGS__ })),                        \
              (const double[]){ __VA_ARGS__ })

START_TEST(points_of_a_grid)
{
    POINTS(R(.low = -1, .high = 2, .points = 4), -1, 0, 1, 2);
    POINTS(R(.low = -1, .high = 2, .points = 1), -1);
    POINTS(R(.low = 2, .high = 2, .points = 3), 2, 2, 2);
    POINTS(R(.low = 1, .high = 16, .log = true, .points = 5), 1, 2, 4, 8, 16);
    POINTS(R(.low = 1, .high = 10, .whole = true, .points = 4), 1, 4, 7, 10);
    POINTS(R(.low = 0.2, .high = 3.9, .whole = true, .points = 50), 1, 2, 3);
    POINTS(R(.low = -1.5, .high = 1.5, .whole = true), -1, 0, 1);
    POINTS(R(.low = 4, .high = 4, .whole = true), 4);
    POINTS(R(.low = 1, .high = 100, .whole = true, .log = true, .points = 8), 1, 2, 4, 7, 14, 27,
           52, 100);
    POINTS(R(.low = 1, .high = 8, .whole = true, .log = true, .points = 9), 1, 2, 3, 4, 5, 6, 8);
}
END_TEST

/* ---- Random draws ----------------------------------------------------------------------- */

static tg_search *draw(uint64_t seed, int64_t trials)
{
    return found_by(tg_random_search(TG_RANGES({ "lr", .low = 1e-4, .high = 1, .log = true },
                                               { "width", .low = 8, .high = 20, .whole = true },
                                               { "beta", TG_VALUES(0.9, 0.99, 0.5) }),
                                     note, begin_notes(3, NULL), &error, .trials = trials,
                                     .seed = seed));
}

START_TEST(draws_are_a_function_of_seed_and_number)
{
    static double before[40][3];
    static uint64_t seeds[40];
    static const double betas[] = { 0.9, 0.99, 0.5 };
    tg_search_free(draw(11, 40));
    for (int i = 0; i < 40; i++) {
        memcpy(before[i], noted.values[i], sizeof before[i]);
        seeds[i] = noted.trial[i].seed;
        tg_dice dice = { .key = 11, .high = (uint64_t)i, .next = 0 };
        double u = tg_dice_uniform(&dice);
        ck_close(before[i][0], pow(1e-4, 1 - u) * pow(1, u), 1e-14);
        u = tg_dice_uniform(&dice);
        ck_assert_double_eq(before[i][1], 8 + floor(u * 13));
        u = tg_dice_uniform(&dice);
        ck_assert_double_eq(before[i][2], betas[(int)(3 * u)]);
        dice.next = (uint64_t)1 << 32;
        ck_assert_uint_eq(seeds[i], (uint64_t)tg_dice_below(&dice, INT64_MAX));
        for (int k = 0; k < i; k++) ck_assert(seeds[k] != seeds[i]);
    }
    tg_search_free(draw(11, 100)); /* more trials, and a range fewer */
    ck_assert_int_eq(noted.count, 100);
    for (int i = 0; i < 40; i++) {
        ck_assert(memcmp(before[i], noted.values[i], sizeof before[i]) == 0);
        ck_assert_uint_eq(noted.trial[i].seed, seeds[i]);
    }
    tg_search_free(
        found_by(tg_random_search(TG_RANGES({ "x", .low = 1e-4, .high = 1, .log = true }), note,
                                  begin_notes(1, NULL), &error, .seed = 11)));
    ck_assert_int_eq(noted.count, 20);
    for (int i = 0; i < 20; i++) ck_assert_double_eq(before[i][0], noted.values[i][0]);
    tg_search_free(draw(12, 40)); /* another seed */
    int same = 0;
    for (int i = 0; i < 40; i++) same += before[i][0] == noted.values[i][0];
    ck_assert_int_eq(same, 0);
}
END_TEST

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Kolmogorov's distance between [count] numbers and the uniform distribution on [0, 1]. */
static double distance(double *u, int count)
{
    qsort(u, (size_t)count, sizeof *u, ascending);
    double most = 0;
    for (int i = 0; i < count; i++) {
        most = fmax(most, u[i] - (double)i / count);
        most = fmax(most, (i + 1.0) / count - u[i]);
    }
    return most;
}

START_TEST(draws_are_even)
{
    static double even[MOST], log_even[MOST];
    const int n = 2000;
    tg_search_free(found_by(tg_random_search(
        TG_RANGES({ "a", .low = -3, .high = 5 }, { "b", .low = 1e-6, .high = 1e2, .log = true },
                  { "c", .low = -1.7e308, .high = 1.7e308 }),
        note, begin_notes(3, NULL), &error, .trials = n, .seed = 4)));
    for (int i = 0; i < n; i++) {
        const double *x = noted.values[i];
        ck_assert(x[0] >= -3 && x[0] <= 5 && x[1] >= 1e-6 && x[1] <= 1e2 && isfinite(x[2]));
        even[i] = (x[0] + 3) / 8;
        log_even[i] = log(x[1] / 1e-6) / log(1e8);
    }
    /* Reached by one sample in 100 000 (Kolmogorov): sqrt(n) d > 2.47. */
    ck_assert_double_lt(sqrt(n) * distance(even, n), 2.47);
    ck_assert_double_lt(sqrt(n) * distance(log_even, n), 2.47);
}
END_TEST

/* Pearson's sum over [cells] cells whose shares are [share]. */
static double chi_square(int column, double first, int cells, const double *share)
{
    double counts[16] = { 0 }, sum = 0;
    for (int i = 0; i < noted.count; i++) {
        const double cell = noted.values[i][column] - first;
        ck_assert(cell >= 0 && cell < cells && cell == floor(cell));
        counts[(int)cell]++;
    }
    for (int k = 0; k < cells; k++) {
        const double expected = share[k] * noted.count;
        ck_assert_double_gt(counts[k], 0);
        sum += (counts[k] - expected) * (counts[k] - expected) / expected;
    }
    return sum;
}

START_TEST(whole_numbers_and_values_are_all_reached)
{
    tg_search_free(found_by(
        tg_random_search(TG_RANGES({ "a", .low = -2.5, .high = 4.2, .whole = true },
                                   { "b", .low = 1, .high = 7, .whole = true, .log = true },
                                   { "c", TG_VALUES(0, 1, 2, 3, 4, 5, 6) }),
                         note, begin_notes(3, NULL), &error, .trials = 2800, .seed = 4)));
    double even[7], log_even[7];
    for (int k = 0; k < 7; k++) {
        even[k] = 1.0 / 7;
        log_even[k] = log((k + 1.5) / (k + 0.5)) / log(7.5 / 0.5);
    }
    /* Above 33.1 lies one in 100 000, with 6 degrees of freedom. */
    ck_assert_double_lt(chi_square(0, -2, 7, even), 33.1);
    ck_assert_double_lt(chi_square(1, 1, 7, log_even), 33.1);
    ck_assert_double_lt(chi_square(2, 0, 7, even), 33.1);
}
END_TEST

START_TEST(ranges_of_one_value)
{
    tg_search_free(found_by(
        tg_random_search(TG_RANGES({ "a", .low = 0.1, .high = 0.1, .log = true },
                                   { "b", .low = 6.5, .high = 7.5, .whole = true },
                                   { "c", .low = -0x1p53, .high = -0x1p53, .whole = true }),
                         note, begin_notes(3, NULL), &error, .trials = 50)));
    for (int i = 0; i < 50; i++) {
        ck_assert_double_eq(noted.values[i][0], 0.1);
        ck_assert_double_eq(noted.values[i][1], 7);
        ck_assert_double_eq(noted.values[i][2], -0x1p53);
    }
}
END_TEST

/* ---- Halving ---------------------------------------------------------------------------- */

typedef struct halving_row {
    int64_t trials, factor;
    double budget;
    int rounds, counts[8];
    double budgets[8];
} halving_row;

static const halving_row halving_rows[] = {
    { 27, 3, 2, 4, { 27, 9, 3, 1 }, { 2, 6, 18, 54 } },
    { 30, 3, 1, 4, { 30, 10, 3, 1 }, { 1, 3, 9, 27 } },
    { 10, 2, 0.5, 4, { 10, 5, 2, 1 }, { 0.5, 1, 2, 4 } },
    { 8, 3, 1, 2, { 8, 2 }, { 1, 3 } },
    { 5, 6, 1, 1, { 5 }, { 1 } },
    { 4, 4, 10, 2, { 4, 1 }, { 10, 40 } },
    { 1, 2, 1, 1, { 1 }, { 1 } },
};

START_TEST(halving_goes_on_with_the_best)
{
    const halving_row *row = &halving_rows[_i];
    tg_search *found = found_by(tg_halving_search(
        TG_RANGES({ "x", .low = 0, .high = 1 }), note, begin_notes(1, near_score), &error,
        .trials = row->trials, .factor = row->factor, .budget = row->budget, .seed = 3));
    int best = 0, at = 0;
    for (int i = 1; i < row->counts[0]; i++)
        if (fabs(noted.values[i][0] - 0.3) < fabs(noted.values[best][0] - 0.3)) best = i;
    for (int round = 0; round < row->rounds; round++)
        for (int i = 0; i < row->counts[round]; i++, at++) {
            const tg_trial *t = &noted.trial[at];
            ck_assert_int_eq(t->round, round);
            ck_assert_double_eq(t->budget, row->budgets[round]);
            if (round == 0) ck_assert_int_eq(t->number, i);
            else if (i == 0) ck_assert_int_eq(t->number, best);
            /* It is the one that it was, and has the score of the round before. */
            ck_assert_double_eq(noted.values[at][0], noted.values[t->number][0]);
            ck_assert_uint_eq(t->seed, noted.trial[t->number].seed);
            if (round > 0)
                ck_assert_double_eq(t->score,
                                    fabs(t->values[0] - 0.3) + 1 / row->budgets[round - 1]);
        }
    ck_assert_int_eq(noted.count, at);
    ck_assert_int_eq(tg_search_count(found), row->trials);
    ck_assert_int_eq(tg_search_best(found)->number, best);
    ck_assert_int_eq(tg_search_best(found)->round, row->rounds - 1);
    ck_assert_ptr_eq(tg_search_best(found), tg_search_ranked(found, 0));
    /* Those of later rounds first. */
    for (int64_t rank = 0, round = row->rounds - 1; rank < row->trials; rank++) {
        while (round > 0 && rank >= row->counts[round]) round--;
        ck_assert_int_eq(tg_search_ranked(found, rank)->round, round);
    }
    tg_search_free(found);
}
END_TEST

/* Half of them fail at once, and the best one in the next round. */
static double failing_score(const tg_trial *t)
{
    if (t->number % 2 == 1 || (t->round == 1 && t->number == 6)) return (double)NAN;
    return (double)t->number;
}

/* When the best one fails, the next of the round before is. */
static bool best_is_known(void *context, const tg_trial *trial, const tg_trial *best)
{
    (void)context;
    if (trial->round == 1 && trial->number == 6) ck_assert_int_eq(best->number, 4);
    return true;
}

START_TEST(trials_that_fail_do_not_go_on)
{
    tg_search *found = found_by(tg_halving_search(
        TG_RANGES({ "x", .low = 0, .high = 1 }), note, begin_notes(1, failing_score), &error,
        .trials = 8, .factor = 2, .maximize = true, .callback = best_is_known));
    static const int64_t order[] = { 6, 4, 2, 0, 4, 2, 4 }, ranks[] = { 4, 2, 0, 1, 3, 5, 6, 7 };
    ck_assert_int_eq(noted.count, 8 + 4 + 2 + 1);
    for (int i = 0; i < 7; i++) ck_assert_int_eq(noted.trial[8 + i].number, order[i]);
    for (int i = 0; i < 8; i++) ck_assert_int_eq(tg_search_ranked(found, i)->number, ranks[i]);
    tg_search_free(found);
    found = found_by(tg_halving_search(TG_RANGES({ "x", .low = 0, .high = 1 }), note,
                                       begin_notes(1, failing_score), &error, .trials = 2,
                                       .factor = 2));
    ck_assert_int_eq(noted.count, 2 + 1);
    tg_search_free(found);
}
END_TEST

static double fails(const tg_trial *t) { return t->number >= 0 ? (double)NAN : 0; }

START_TEST(where_all_fail_none_is_the_best)
{
    tg_search *found = found_by(tg_halving_search(TG_RANGES({ "x", .low = 0, .high = 1 }), note,
                                                  begin_notes(1, fails), &error, .trials = 9));
    ck_assert_int_eq(noted.count, 9);
    ck_assert_ptr_null(tg_search_best(found));
    for (int i = 0; i < 9; i++) ck_assert_int_eq(tg_search_ranked(found, i)->number, i);
    ck_assert_ptr_null(tg_search_ranked(found, 9));
    ck_assert_ptr_null(tg_search_ranked(found, -1));
    tg_search_free(found);
}
END_TEST

/* ---- Ranks ------------------------------------------------------------------------------ */

static double listed_score(const tg_trial *t)
{
    static const double scores[] = { 3, NAN, 1, INFINITY, -INFINITY, 3, NAN, 2 };
    return scores[t->number];
}

START_TEST(results_are_ranked)
{
    static const int64_t ranks[2][8] = { { 4, 2, 7, 0, 5, 3, 1, 6 }, { 3, 0, 5, 7, 2, 4, 1, 6 } };
    tg_search *found =
        found_by(tg_grid_search(TG_RANGES({ "x", .low = 1, .high = 8, .whole = true }), note,
                                begin_notes(1, listed_score), &error, .maximize = _i == 1));
    for (int i = 0; i < 8; i++) {
        const tg_trial *t = tg_search_ranked(found, i);
        ck_assert_int_eq(t->number, ranks[_i][i]);
        ck_assert_double_eq(t->values[0], 1 + (double)t->number);
        ck_assert_double_eq(tg_trial_value(t, "x"), t->values[0]);
        ck_assert(isnan(tg_trial_value(t, "y"))); /* after the search that is no error */
        ck_assert(t->seconds >= 0);
    }
    tg_search_free(found);
}
END_TEST

/* ---- On the way ------------------------------------------------------------------------- */

static bool watch(void *context, const tg_trial *trial, const tg_trial *best)
{
    notes *n = context;
    const double score = listed_score(trial);
    ck_assert(trial->score == score || (isnan(trial->score) && isnan(score)));
    static const int64_t best_at[] = { 0, 0, 2, 2, 4, 4, 4, 4 };
    ck_assert_int_eq(best->number, best_at[trial->number]);
    return n->count < n->stop_after;
}

START_TEST(a_callback_ends_a_search)
{
    for (int stop_after = 1; stop_after <= 8; stop_after++) {
        notes *n = begin_notes(1, listed_score);
        n->stop_after = stop_after;
        tg_search *found =
            found_by(tg_random_search(TG_RANGES({ "x", .low = 1, .high = 8 }), note, n, &error,
                                      .trials = 8, .callback = watch, .callback_context = n));
        ck_assert_int_eq(noted.count, stop_after);
        ck_assert_int_eq(tg_search_count(found), stop_after);
        for (int i = 0; i < stop_after; i++) {
            const tg_trial *t = tg_search_ranked(found, i);
            ck_assert_int_lt(t->number, stop_after);
        }
        tg_search_free(found);
    }
}
END_TEST

static bool stop_later(void *context, const tg_trial *trial, const tg_trial *best)
{
    (void)best, (void)context;
    return trial->round < 1 || noted.count < 10 + 2;
}

START_TEST(a_callback_ends_halving_between_trials)
{
    tg_search *found = found_by(tg_halving_search(TG_RANGES({ "x", .low = 0, .high = 1 }), note,
                                                  begin_notes(1, near_score), &error, .trials = 10,
                                                  .factor = 2, .callback = stop_later));
    ck_assert_int_eq(noted.count, 12);
    ck_assert_int_eq(tg_search_count(found), 10);
    ck_assert_int_eq(tg_search_ranked(found, 1)->round, 1);
    ck_assert_int_eq(tg_search_ranked(found, 2)->round, 0);
    tg_search_free(found);
}
END_TEST

/* What was the best becomes the worst when it is tried again. */
static double fickle(const tg_trial *t)
{
    return t->round == 0 ? (double)t->number : -(double)t->number;
}

static bool best_of_round(void *context, const tg_trial *trial, const tg_trial *best)
{
    (void)context;
    if (trial->round == 0) ck_assert_int_eq(best->number, 0);
    else if (trial->round == 1) ck_assert_int_eq(best->number, trial->number);
    return true;
}

START_TEST(the_best_so_far_is_that_of_the_round)
{
    tg_search *found = found_by(tg_halving_search(TG_RANGES({ "x", .low = 0, .high = 1 }), note,
                                                  begin_notes(1, fickle), &error, .trials = 9,
                                                  .callback = best_of_round));
    ck_assert_int_eq(tg_search_best(found)->number, 2);
    tg_search_free(found);
}
END_TEST

static double asks(void *context, const tg_trial *t)
{
    (*(int *)context)++;
    return tg_trial_value(t, t->number < 2 ? "lr" : "learning rate");
}

START_TEST(a_name_that_no_range_has_ends_the_search)
{
    int calls = 0;
    tg_search *found = tg_random_search(TG_RANGES({ "lr", .low = 0, .high = 1 }), asks, &calls,
                                        &error, .trials = 8);
    ck_assert_ptr_null(found);
    ck_assert_int_eq(calls, 3);
    ck_assert_int_eq(error.status, TG_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.text, "trial 2 asked for \"learning rate\""));
    ck_assert_ptr_null(tg_random_search(TG_RANGES({ "lr", .low = 0, .high = 1 }), asks, &calls,
                                        NULL, .trials = 8));
}
END_TEST

static Suite *search_suite(void)
{
    Suite *suite = suite_create("search");
    TCase *cases = tcase_create("search");
    tcase_add_test(cases, a_grid_is_the_product_with_the_last_range_first);
    tcase_add_test(cases, points_of_a_grid);
    tcase_add_test(cases, draws_are_a_function_of_seed_and_number);
    tcase_add_test(cases, draws_are_even);
    tcase_add_test(cases, whole_numbers_and_values_are_all_reached);
    tcase_add_test(cases, ranges_of_one_value);
    tcase_add_loop_test(cases, halving_goes_on_with_the_best, 0, COUNT_OF(halving_rows));
    tcase_add_test(cases, trials_that_fail_do_not_go_on);
    tcase_add_test(cases, where_all_fail_none_is_the_best);
    tcase_add_loop_test(cases, results_are_ranked, 0, 2);
    tcase_add_test(cases, a_callback_ends_a_search);
    tcase_add_test(cases, a_callback_ends_halving_between_trials);
    tcase_add_test(cases, the_best_so_far_is_that_of_the_round);
    tcase_add_test(cases, a_name_that_no_range_has_ends_the_search);
    suite_add_tcase(suite, cases);
    return suite;
}

int main(void) { return run_suite(search_suite()); }
