/* test_plateau.c: the rate that a metric lowers, against the steps of PyTorch's ReduceLROnPlateau;
 * that plans follow it, and that files keep its state. */
#include "tests/support/disk.h"
#include "tests/support/problem.h"
#include "tests/support/random.h"

/* ---- PyTorch's ----------------------------------------------------------------------------------
 */

typedef struct reference {
    double rate, best, factor, threshold, least, eps;
    int64_t bad, wait, patience, cooldown;
    bool maximize, absolute;
} reference;

static bool improves(const reference *r, double a)
{
    if (!r->maximize && !r->absolute) return a < r->best * (1.0 - r->threshold);
    if (!r->maximize && r->absolute) return a < r->best - r->threshold;
    if (r->maximize && !r->absolute) return a > r->best * (r->threshold + 1.0);
    return a > r->best + r->threshold;
}

static double step_of(reference *r, double metric)
{
    if (improves(r, metric)) {
        r->best = metric;
        r->bad = 0;
    } else {
        r->bad += 1;
    }
    if (r->wait > 0) {
        r->wait -= 1;
        r->bad = 0;
    }
    if (r->bad > r->patience) {
        const double lowered = fmax(r->rate * r->factor, r->least);
        if (r->rate - lowered > r->eps) r->rate = lowered;
        r->wait = r->cooldown;
        r->bad = 0;
    }
    return r->rate;
}

static const struct {
    double factor, threshold, least, eps;
    int64_t patience, cooldown;
} settings[] = {
    { 0.1, 1e-4, 0, 1e-8, 10, 0 }, { 0.5, 1e-2, 0, 1e-8, 2, 3 }, { 0.5, 0, 0.03, 0, 0, 0 },
    { 0.9, 0.1, 0, 0.02, 1, 1 },   { 0, 0.05, 1e-3, 0, 3, 0 },
};

static tg_plateau make_plateau(const char *name, int setting, bool maximize, bool absolute)
{
    return tg_plateau_new(store, name, .base = 0.4, .factor = settings[setting].factor,
                          .patience = settings[setting].patience,
                          .threshold = settings[setting].threshold, .absolute = absolute,
                          .maximize = maximize, .cooldown = settings[setting].cooldown,
                          .least = settings[setting].least, .eps = settings[setting].eps);
}

static void ck_state(const tg_plateau *plateau, const reference *want)
{
    double state[4];
    ck_assert_int_eq(tg_var_get(plateau->state, state, 4), TG_OK);
    ck_assert_double_eq(state[0], want->rate);
    ck_assert_double_eq(state[1], want->best);
    ck_assert_double_eq(state[2], (double)want->bad);
    ck_assert_double_eq(state[3], (double)want->wait);
}

START_TEST(it_steps_as_pytorch_does)
{
    const int setting = _i / 4;
    const bool maximize = _i & 1, absolute = _i & 2;
    const tg_plateau plateau = make_plateau("plateau", setting, maximize, absolute);
    ck_assert_msg(plateau.state != NULL, "%s", tg_store_error(store));
    reference r = { .rate = 0.4,
                    .best = maximize ? -INFINITY : INFINITY,
                    .factor = settings[setting].factor,
                    .threshold = settings[setting].threshold,
                    .least = settings[setting].least,
                    .eps = settings[setting].eps,
                    .patience = settings[setting].patience,
                    .cooldown = settings[setting].cooldown,
                    .maximize = maximize,
                    .absolute = absolute };
    int lowered = 0;
    rng random = rng_of(11, (uint64_t)_i);
    for (int n = 0; n < 300; n++) {
        /* A loss that falls and levels out, or an accuracy, with noise; now and then no number. */
        const double noise = 0.05 * rng_between(&random, -1, 1);
        const double loss = 0.5 + exp(-n / 20.0) + noise;
        const double metric = n % 31 == 30 ? NAN : maximize ? -loss + 2 : loss;
        const double before = r.rate, want = step_of(&r, metric);
        lowered += want < before;
        ck_assert_double_eq(tg_plateau_feed(&plateau, metric), want);
        ck_state(&plateau, &r);
    }
    ck_assert_int_gt(lowered, 0);
}
END_TEST

/* ---- In plans and files -------------------------------------------------------------------------
 */

START_TEST(a_plan_made_before_follows_it)
{
    const tg_plateau plateau = make_plateau("plateau", 2, false, false); /* halves at once */
    const tg_schedule factors[] = { tg_plateau_lr(&plateau, .warmup = 2),
                                    tg_exponential_lr(.base = 1, .gamma = 0.9) };
    const tg_updates updates = tg_gd(make_loss(), .schedule = tg_product_lr(factors, 2));
    tg_plan *step = tg_compile(tape, updates.lr);
    double rate = 0.4;
    for (int n = 0; n < 12; n++) {
        run(step);
        ck_close(tg_item(updates.lr), rate * fmin((n + 1) / 2.0, 1) * pow(0.9, n), 1e-15);
        rate = tg_plateau_feed(&plateau, n < 3 ? 5 - n : 5);
        ck_assert_double_eq(rate, n < 3 ? 0.4 : fmax(0.4 * pow(0.5, n - 2), 0.03));
    }
    ck_assert_double_eq(rate, 0.03);
    tg_plan_free(step);

    tg_tensor *rates = tg_schedule_rate(tg_plateau_lr(&plateau), tg_iota(tape, TG_F64, 3));
    ck_values(rates, 3, (const double[]){ 0.03, 0.03, 0.03 });
}
END_TEST

static void save_to(const tg_io_layer *io)
{
    tg_error error;
    ck_assert_msg(tg_save(store, "model", &error, .io = io) == TG_OK, "%s", error.text);
}

/* Saved in the middle, and gone on with in another store, with the same metrics. */
START_TEST(a_file_keeps_its_state)
{
    disk drive = { .calls = 0 };
    const tg_io_layer io = disk_io(&drive);
    tg_error error;
    const tg_plateau first = make_plateau("lr", 1, false, false);
    double rate[60];
    for (int n = 0; n < 60; n++) {
        if (n == 25) save_to(&io);
        rate[n] = tg_plateau_feed(&first, 1.0 / (1 + n % 13));
    }
    ck_assert_double_lt(rate[59], rate[25]);

    tg_store *saved = store;
    for (int made_before = 0; made_before < 2; made_before++) {
        store = tg_store_new(.dtype = TG_F64);
        ck_assert_ptr_nonnull(tg_param(store, "layer.weight", TG_SHAPE(WEIGHTS), tg_init_zeros()));
        ck_assert_ptr_nonnull(tg_param(store, "layer.bias", TG_SHAPE(BIASES), tg_init_zeros()));
        tg_plateau second = { 0 };
        if (made_before) second = make_plateau("lr", 1, false, false);
        ck_assert_msg(tg_load(store, "model", &error, .io = &io) == TG_OK, "%s", error.text);
        if (!made_before) second = make_plateau("lr", 1, false, false);
        for (int n = 25; n < 60; n++)
            ck_assert_double_eq(tg_plateau_feed(&second, 1.0 / (1 + n % 13)), rate[n]);
        tg_store_free(store);
    }
    store = saved;
    disk_empty(&drive);
}
END_TEST

START_TEST(it_is_no_parameter)
{
    const tg_plateau plateau = make_plateau("plateau", 0, false, false);
    ck_assert(!tg_var_trainable(plateau.state));
    ck_assert_ptr_eq(tg_find(store, "plateau"), plateau.state);
    const tg_plateau again = tg_plateau_new(store, "plateau", .base = 7);
    ck_assert_ptr_eq(again.state, plateau.state);
    ck_state(&again, &(reference){ .rate = 0.4, .best = INFINITY }); /* older than .base */
}
END_TEST

/* ---- What is refused ----------------------------------------------------------------------------
 */

static void ck_no_plateau(tg_plateau made, int line, const char *words)
{
    ck_assert_ptr_null(made.state);
    ck_assert_int_ne(tg_store_status(store), TG_OK);
    ck_assert_msg(strstr(tg_store_error(store), words) != NULL, "%s", tg_store_error(store));
    ck_assert(names_place(tg_store_error(store), __FILE__, line));
    tg_store_clear_error(store);
}
#define NO_PLATEAU(made, words) ck_no_plateau(made, __LINE__, words)

START_TEST(numbers_that_make_no_sense_are_refused)
{
    const size_t variables = tg_var_count(store);
    char endless[1100];
    memset(endless, 'n', sizeof endless - 1);
    endless[sizeof endless - 1] = 0;
    NO_PLATEAU(tg_plateau_new(store, NULL), "tg_plateau_new: no state");
    NO_PLATEAU(tg_plateau_new(store, endless), "1 to 1000 bytes");
    NO_PLATEAU(tg_plateau_new(store, "p\n"), "tg_plateau_new");
    NO_PLATEAU(tg_plateau_new(store, "p", .base = -1), "base = -1 must be finite");
    NO_PLATEAU(tg_plateau_new(store, "p", .factor = 1), "factor = 1 must lie in [0, 1)");
    NO_PLATEAU(tg_plateau_new(store, "p", .patience = -1), "patience = -1");
    NO_PLATEAU(tg_plateau_new(store, "p", .threshold = 1), "threshold = 1 must lie in [0, 1)");
    NO_PLATEAU(tg_plateau_new(store, "p", .threshold = NAN, .absolute = true), "threshold = nan");
    NO_PLATEAU(tg_plateau_new(store, "p", .cooldown = -3), "cooldown = -3");
    NO_PLATEAU(tg_plateau_new(store, "p", .least = INFINITY), "least = inf");
    NO_PLATEAU(tg_plateau_new(store, "p", .eps = -1), "eps = -1");
    ck_assert_uint_eq(tg_var_count(store), variables);
    ck_assert_ptr_nonnull(tg_plateau_new(store, "p", .threshold = 3, .absolute = true).state);

    ck_assert_ptr_nonnull(tg_param(store, "q", TG_SCALAR, tg_init_zeros()));
    NO_PLATEAU(tg_plateau_new(store, "q"), "no state of that name");
    ck_assert_ptr_null(tg_plateau_new(NULL, "p").state);
}
END_TEST

START_TEST(what_is_no_plateau_has_no_rate)
{
    const tg_plateau none = { 0 };
    ck_assert(isnan(tg_plateau_feed(NULL, 1)));
    ck_assert(isnan(tg_plateau_feed(&none, 1)));
    tg_tensor *count = tg_number_as(tape, TG_F64, 1);
    ck_refused(tg_schedule_rate(tg_plateau_lr(NULL), count), TG_ERR_ARGUMENT,
               "tg_plateau_lr: there is no plateau");
    ck_refused(tg_schedule_rate(tg_plateau_lr(&none), count), TG_ERR_ARGUMENT,
               "tg_plateau_lr: there is no plateau");
    const tg_plateau plateau = make_plateau("p", 0, false, false);
    ck_refused(tg_schedule_rate(tg_plateau_lr(&plateau, .warmup = -1), count), TG_ERR_ARGUMENT,
               "warmup = -1");
    tg_store *other = tg_store_new();
    const tg_plateau foreign = tg_plateau_new(other, "p");
    ck_refused(tg_schedule_rate(tg_plateau_lr(&foreign), count), TG_ERR_ARGUMENT, "another store");
    tg_store_free(other);
}
END_TEST

static Suite *plateau_suite(void)
{
    Suite *suite = suite_create("plateau");
    TCase *cases = tcase_create("plateau");
    tcase_add_checked_fixture(cases, open_problem, close_tape);
    tcase_add_loop_test(cases, it_steps_as_pytorch_does, 0, 4 * COUNT_OF(settings));
    tcase_add_test(cases, a_plan_made_before_follows_it);
    tcase_add_test(cases, a_file_keeps_its_state);
    tcase_add_test(cases, it_is_no_parameter);
    tcase_add_test(cases, numbers_that_make_no_sense_are_refused);
    tcase_add_test(cases, what_is_no_plateau_has_no_rate);
    suite_add_tcase(suite, cases);
    return suite;
}

int main(void) { return run_suite(plateau_suite()); }
