/* test_counter.c: what moves draws and learning rates, and what does not. A draw's counter moves
 * by the completed runs of plans that contain it; a schedule by the steps of the optimizer that it
 * was given to. */
#include "tests/support/disk.h"
#include "tests/support/problem.h"

#include <pthread.h>

enum { N = 4 };

static tg_tensor *noise(tg_tape *on, const char *key)
{
    return tg_uniform(on, key, TG_F64, TG_SHAPE(N), 0, 1);
}

/* The first [count] draws by the key, one after the other, of a store with the same seed. */
static void draws_of(const char *key, int count, double (*to)[N])
{
    tg_store *other = tg_store_new(.seed = 7, .dtype = TG_F64);
    tg_tape *on = tg_tape_new(other);
    tg_tensor *x = noise(on, key);
    tg_plan *plan = tg_compile(on, x);
    for (int i = 0; i < count; i++) {
        run(plan);
        ck_assert_int_eq(tg_get(x, to[i], N), TG_OK);
    }
    tg_plan_free(plan);
    tg_tape_free(on);
    tg_store_free(other);
}

static void ck_draw(tg_tensor *x, const double *want)
{
    double got[N];
    ck_assert_int_eq(tg_get(x, got, N), TG_OK);
    ck_assert_mem_eq(got, want, sizeof got);
}

static void run_and_ck(tg_plan *plan, tg_tensor *x, const double *want)
{
    run(plan);
    ck_draw(x, want);
}

/* ---- Draws of plans ------------------------------------------------------------------------- */

START_TEST(a_plan_that_assigns_nothing_draws_anew_in_every_run)
{
    double a[6][N];
    draws_of("a", 6, a);
    ck_assert_mem_ne(a[0], a[1], sizeof a[0]);
    tg_tensor *x = noise(tape, "a");
    tg_plan *plan = tg_compile(tape, x, .naive = _i);
    for (int i = 0; i < 6; i++) run_and_ck(plan, x, a[i]);
    ck_assert_int_eq(tg_store_step(store), 0);
    tg_plan_free(plan);
}
END_TEST

START_TEST(only_plans_that_contain_a_draw_move_it)
{
    double a[4][N], b[3][N];
    draws_of("a", 4, a);
    draws_of("b", 3, b);
    tg_var *count = tg_state(store, "count", TG_F64, TG_SCALAR, 0);
    tg_tensor *x = noise(tape, "a"), *y = noise(tape, "b");
    (void)tg_assign(count, tg_add_num(tg_read(tape, count), 1));
    tg_tape *other = tg_tape_new(store);
    tg_tensor *z = noise(other, "a");
    tg_plan *one = tg_compile(tape, x), *two = tg_compile_pure(tape, y),
            *three = tg_compile(other, z);
    run_and_ck(one, x, a[0]);
    run_and_ck(two, y, b[0]);
    run_and_ck(two, y, b[1]);
    run_and_ck(three, z, a[1]); /* another tape's draw of one key goes on with the same sequence */
    run_and_ck(one, x, a[2]);
    run_and_ck(three, z, a[3]);
    run_and_ck(two, y, b[2]);
    ck_assert_int_eq(tg_store_step(store), 2);
    tg_plan_free(one);
    tg_plan_free(two);
    tg_plan_free(three);
    tg_tape_free(other);
}
END_TEST

START_TEST(a_plan_without_steps_moves_nothing)
{
    double a[2][N];
    draws_of("a", 2, a);
    tg_var *count = tg_state(store, "count", TG_F64, TG_SCALAR, 0);
    tg_tensor *x = noise(tape, "a");
    (void)tg_assign(count, tg_add_num(tg_read(tape, count), 1));
    tg_plan *still = tg_compile(tape, x, .steps = false, .naive = _i),
            *moving = tg_compile(tape, x);
    for (int i = 0; i < 3; i++) run_and_ck(still, x, a[0]);
    double counted;
    ck_assert_int_eq(tg_var_get(count, &counted, 1), TG_OK);
    ck_assert(counted == 3);
    ck_assert_int_eq(tg_store_step(store), 0);
    run_and_ck(moving, x, a[0]);
    run_and_ck(still, x, a[1]);
    ck_assert_int_eq(tg_store_step(store), 1);
    tg_plan_free(still);
    tg_plan_free(moving);
}
END_TEST

START_TEST(a_run_that_fails_draws_its_numbers_again)
{
    double a[2][N];
    draws_of("a", 2, a);
    tg_tensor *x = noise(tape, "a"), *index = tg_input(tape, "index", TG_I32, TG_SHAPE(1));
    tg_tensor *y = tg_gather(x, index, 0);
    tg_plan *plan = tg_compile(tape, x, y, .naive = _i);
    run_and_ck(plan, x, a[0]);
    tg_feed(index, &(int32_t){ N }, 1);
    for (int i = 0; i < 2; i++) ck_assert_int_eq(tg_run(plan), TG_ERR_INDEX);
    tg_feed(index, &(int32_t){ 0 }, 1);
    run_and_ck(plan, x, a[1]);
    tg_plan_free(plan);
}
END_TEST

START_TEST(setting_the_step_changes_no_draw)
{
    double a[2][N];
    draws_of("a", 2, a);
    tg_tensor *x = noise(tape, "a");
    tg_plan *plan = tg_compile(tape, x);
    run_and_ck(plan, x, a[0]);
    tg_store_set_step(store, 0);
    run_and_ck(plan, x, a[1]);
    tg_plan_free(plan);
}
END_TEST

START_TEST(checking_a_derivative_moves_no_draw)
{
    double a[2][N];
    draws_of("a", 2, a);
    tg_tensor *w = tg_input(tape, "w", TG_F64, TG_SHAPE(N)), *x = noise(tape, "a");
    tg_feed(w, ((double[N]){ 1, 2, -1, 0.5 }), N);
    tg_plan *plan = tg_compile(tape, x);
    run_and_ck(plan, x, a[0]);
    ck_assert_msg(tg_check_gradient(tg_mul(x, tg_pow_num(w, 3)), TG_LIST(w)) == TG_OK, "%s",
                  tg_tape_error(tape));
    run_and_ck(plan, x, a[1]);
    tg_plan_free(plan);
}
END_TEST

/* ---- Draws of unrolled runs ----------------------------------------------------------------- */

START_TEST(unrolled_runs_draw_what_runs_would_and_the_next_run_goes_on)
{
    enum { RUNS = 3 };
    double a[2 * RUNS + 2][N];
    tg_tensor *x[RUNS];
    draws_of("a", 2 * RUNS + 2, a);
    tg_unroll(tape);
    for (int i = 0; i < RUNS; i++) {
        x[i] = noise(tape, "a");
        tg_unroll_step(tape);
    }
    tg_unroll_end(tape);
    tg_plan *all = tg_compile(tape, x[0], x[1], x[2], .naive = _i);
    tg_plan *first = tg_compile(tape, x[0], .naive = _i);
    for (int k = 0; k < 2; k++) {
        run(all);
        for (int i = 0; i < RUNS; i++) ck_draw(x[i], a[RUNS * k + i]);
    }
    run_and_ck(first, x[0], a[2 * RUNS]); /* uses one count only */
    run_and_ck(first, x[0], a[2 * RUNS + 1]);
    tg_plan_free(all);
    tg_plan_free(first);
}
END_TEST

/* ---- Draws in define-by-run ----------------------------------------------------------------- */

START_TEST(a_recording_draws_once_and_the_next_one_anew)
{
    double a[5][N], b[3][N];
    draws_of("a", 5, a);
    draws_of("b", 3, b);
    tg_tensor *x = noise(tape, "a");
    (void)noise(tape, "b"); /* never computed */
    ck_draw(x, a[0]);
    ck_draw(tg_mul_num(x, 1), a[0]);
    tg_rewind(tape);
    ck_draw(noise(tape, "a"), a[1]);
    (void)noise(tape, "b");
    tg_rewind(tape);
    tg_tape *other = tg_tape_new(store);
    ck_draw(noise(other, "a"), a[2]);
    ck_draw(noise(other, "b"), b[0]);
    tg_tape_free(other);
    x = noise(tape, "a");
    tg_tensor *one = tg_input(tape, "one", TG_F64, TG_SCALAR), *y = tg_mul(x, one);
    ck_draw(x, a[3]);
    other = tg_tape_new(store);
    tg_tensor *z = noise(other, "a");
    tg_plan *plan = tg_compile(other, z);
    run_and_ck(plan, z, a[3]); /* the recording has not ended */
    tg_feed(one, &(double){ 1 }, 1);
    ck_draw(y, a[3]); /* and keeps to what it has drawn, computed again */
    tg_rewind(tape);
    ck_draw(noise(tape, "a"), a[4]);
    tg_plan_free(plan);
    tg_tape_free(other);
}
END_TEST

START_TEST(a_commit_ends_a_recording_s_draws_once)
{
    double a[4][N];
    draws_of("a", 4, a);
    tg_var *v = tg_param(store, "v", TG_SHAPE(N), tg_init_zeros());
    for (int i = 0; i < 3; i++) {
        tg_rewind(tape);
        tg_tensor *x = noise(tape, "a");
        tg_assign(v, x);
        if (i == 1) ck_draw(x, a[i]);
        ck_assert_int_eq(tg_commit(tape), TG_OK);
        double got[N];
        ck_assert_int_eq(tg_var_get(v, got, N), TG_OK);
        ck_assert_mem_eq(got, a[i], sizeof got);
    }
    tg_tape *other = tg_tape_new(store);
    ck_draw(noise(other, "a"), a[3]); /* before the rewind */
    tg_tape_free(other);
}
END_TEST

START_TEST(a_recording_that_ends_with_a_failed_run_has_drawn_nothing)
{
    double a[2][N];
    draws_of("a", 2, a);
    for (int i = 0; i < 3; i++) {
        tg_rewind(tape);
        tg_tensor *x = noise(tape, "a"), *index = tg_input(tape, "index", TG_I32, TG_SHAPE(1));
        tg_feed(index, &(int32_t){ i ? 0 : N }, 1);
        ck_draw(x, a[i == 2]);
        ck_assert(isnan(tg_item(tg_gather(x, index, 0))) == (i == 0));
    }
}
END_TEST

/* ---- Draws in files ------------------------------------------------------------------------- */

static disk drive;

START_TEST(counters_are_saved_and_loaded)
{
    double a[5][N], b[5][N];
    tg_error error;
    const tg_io_layer io = disk_io(&drive);
    draws_of("a", 5, a);
    draws_of("b", 5, b);
    tg_tensor *x = noise(tape, "a"), *y = noise(tape, "b");
    tg_plan *one = tg_compile(tape, x), *two = tg_compile(tape, y);
    ck_assert_int_eq(tg_save(store, "0", &error, .io = &io), TG_OK);
    for (int i = 0; i < 3; i++) run_and_ck(one, x, a[i]);
    ck_assert_int_eq(tg_save(store, "3", &error, .io = &io), TG_OK);
    ck_assert_int_eq(tg_save(store, "part", &error, .io = &io, .prefix = "layer"), TG_OK);
    run_and_ck(one, x, a[3]);
    run_and_ck(two, y, b[0]);
    run_and_ck(two, y, b[1]);
    ck_assert_int_eq(tg_load(store, "part", &error, .io = &io, .prefix = "layer"), TG_OK);
    run_and_ck(one, x, a[4]);
    ck_assert_int_eq(tg_load(store, "3", &error, .io = &io), TG_OK);
    run_and_ck(one, x, a[3]);
    run_and_ck(two, y, b[0]); /* of which the file knows nothing: it had not been drawn */
    ck_assert_int_eq(tg_load(store, "0", &error, .io = &io), TG_OK);
    run_and_ck(one, x, a[0]);
    tg_plan_free(one);
    tg_plan_free(two);
    disk_empty(&drive);
}
END_TEST

/* Whatever the order in which keys were met, and whether or not some were never drawn by. */
START_TEST(equal_counters_make_equal_files)
{
    enum { KEYS = 100 };
    char key[KEYS][16];
    tg_error error;
    const tg_io_layer io = disk_io(&drive);
    for (int i = 0; i < KEYS; i++) snprintf(key[i], sizeof key[i], "k%d", i);
    for (int way = 0; way < 2; way++) {
        tg_store *other = tg_store_new(.seed = 7);
        tg_tape *on = tg_tape_new(other);
        if (way) (void)noise(on, "never");
        for (int i = 0; i < KEYS; i++) {
            tg_tensor *x = noise(on, key[way ? KEYS - 1 - i : i]);
            tg_plan *plan = tg_compile(on, x);
            run(plan);
            tg_plan_free(plan);
        }
        ck_assert_int_eq(tg_save(other, way ? "2" : "1", &error, .io = &io), TG_OK);
        tg_tape_free(on);
        tg_store_free(other);
    }
    const disk_file *one = disk_find(&drive, "1"), *two = disk_find(&drive, "2");
    ck_assert_uint_eq(one->size, two->size);
    ck_assert_mem_eq(one->data, two->data, one->size);
    disk_empty(&drive);
}
END_TEST

/* Threads that record and run on tapes of their own share a store's counters. */
static void *draw_many(void *context)
{
    static const char *const names[] = { "w.a", "w.b", "x.a", "x.b" };
    const int me = *(const int *)context;
    double sum = 0;
    for (int k = 0; k < 200; k++) {
        tg_tape *on = tg_tape_new(store);
        char key[32];
        snprintf(key, sizeof key, "%s.%d", names[(me + k) % 4], k);
        tg_tensor *x = tg_sum(noise(on, key));
        tg_plan *plan = tg_compile(on, x);
        if (tg_run(plan) == TG_OK) sum += tg_item(x);
        tg_plan_free(plan);
        tg_tape_free(on);
    }
    return sum > 0 ? context : NULL;
}

START_TEST(threads_may_draw_from_one_store)
{
    pthread_t thread[4];
    int who[4];
    for (int i = 0; i < 4; i++) {
        who[i] = i % 2; /* two of them by each key */
        ck_assert_int_eq(pthread_create(&thread[i], NULL, draw_many, &who[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        void *fine;
        ck_assert_int_eq(pthread_join(thread[i], &fine), 0);
        ck_assert_ptr_nonnull(fine);
    }
}
END_TEST

/* What a recording has drawn before a file is loaded is no longer counted. */
START_TEST(loading_forgets_the_draws_of_a_recording)
{
    double a[3][N];
    tg_error error;
    const tg_io_layer io = disk_io(&drive);
    draws_of("a", 3, a);
    ck_draw(noise(tape, "a"), a[0]);
    tg_rewind(tape);
    ck_assert_int_eq(tg_save(store, "1", &error, .io = &io), TG_OK);
    ck_draw(noise(tape, "a"), a[1]);
    ck_assert_int_eq(tg_load(store, "1", &error, .io = &io), TG_OK);
    tg_rewind(tape);
    ck_draw(noise(tape, "a"), a[1]);
    disk_empty(&drive);
}
END_TEST

/* ---- Schedules ------------------------------------------------------------------------------ */

static double cosine_at(int n, double base, int steps)
{
    return base * (1 + cos(acos(-1) * fmin((double)n / steps, 1))) / 2;
}

static tg_updates with_schedule(int kind, tg_tensor *loss, const char *params, tg_schedule rate)
{
    switch (kind) {
    case 0: return tg_gd(loss, .schedule = rate, .params = params);
    case 1: return tg_sgd(loss, .schedule = rate, .params = params, .momentum = 0.5);
    case 2: return tg_adagrad(loss, .schedule = rate, .params = params);
    case 3: return tg_rmsprop(loss, .schedule = rate, .params = params);
    case 4: return tg_adadelta(loss, .schedule = rate, .params = params);
    case 5: return tg_adam(loss, .schedule = rate, .params = params);
    default: return tg_adamw(loss, .schedule = rate, .params = params);
    }
}
enum { OPTIMIZERS = 7 };

START_TEST(a_schedule_follows_the_steps_of_its_optimizer_alone)
{
    tg_var *buffer = tg_state(store, "buffer", TG_F64, TG_SCALAR, 0);
    const tg_updates updates =
        with_schedule(_i, make_loss(), NULL, tg_cosine_lr(.base = 1e-3, .steps = 20));
    const uint32_t first = tg_assign_count(tape);
    tg_assign(buffer, tg_add_num(tg_read(tape, buffer), 1));
    const tg_updates filling = { .tape = tape, .first = first, .count = 1 };
    tg_plan *step = tg_compile(tape, updates.lr, .updates = &updates);
    tg_plan *fill = tg_compile(tape, .updates = &filling);
    tg_plan *look = tg_compile_pure(tape, updates.lr);
    for (int n = 0; n < 4; n++) {
        for (int i = 0; i < 5; i++) run(fill);
        run(look);
        ck_close(tg_item(updates.lr), cosine_at(n, 1e-3, 20), 1e-15);
        run(step);
        ck_close(tg_item(updates.lr), cosine_at(n, 1e-3, 20), 1e-15);
    }
    ck_assert_int_eq(tg_store_step(store), 24);
    tg_plan_free(step);
    tg_plan_free(fill);
    tg_plan_free(look);
}
END_TEST

START_TEST(two_optimizers_have_a_schedule_each)
{
    tg_tensor *loss = make_loss();
    const tg_updates critic = tg_adam(loss, .params = "layer.weight",
                                      .schedule = tg_cosine_lr(.base = 1e-3, .steps = 30));
    const tg_updates generator =
        tg_gd(loss, .params = "layer.bias", .schedule = tg_cosine_lr(.base = 1e-2, .steps = 10));
    tg_plan *one = tg_compile(tape, critic.lr, .updates = &critic);
    tg_plan *two = tg_compile(tape, generator.lr, .updates = &generator);
    for (int n = 0; n < 4; n++) {
        for (int k = 0; k < 3; k++) {
            run(one);
            ck_close(tg_item(critic.lr), cosine_at(3 * n + k, 1e-3, 30), 1e-15);
        }
        run(two);
        ck_close(tg_item(generator.lr), cosine_at(n, 1e-2, 10), 1e-15);
    }
    tg_plan_free(one);
    tg_plan_free(two);
}
END_TEST

/* Records the step anew, as after freezing, and makes it [count] times from step [n] on. */
static void step_from(int kind, int n, int count)
{
    tg_rewind(tape);
    const tg_updates updates =
        with_schedule(kind, make_loss(), NULL, tg_cosine_lr(.base = 1e-3, .steps = 20));
    tg_plan *step = tg_compile(tape, updates.lr);
    for (int i = 0; i < count; i++) {
        run(step);
        ck_close(tg_item(updates.lr), cosine_at(n + i, 1e-3, 20), 1e-15);
    }
    tg_plan_free(step);
}

START_TEST(a_parameter_that_was_frozen_follows_its_group)
{
    step_from(_i, 0, 3);
    ck_assert_uint_eq(tg_freeze(store, "layer.bias"), 1);
    step_from(_i, 3, 4);
    ck_assert_uint_eq(tg_unfreeze(store, "layer.bias"), 1);
    step_from(_i, 7, 2);
}
END_TEST

START_TEST(a_schedule_goes_on_in_unrolled_runs)
{
    tg_tensor *rate[3];
    step_from(_i, 0, 2);
    tg_rewind(tape);
    tg_unroll(tape);
    for (int k = 0; k < 3; k++) {
        rate[k] = with_schedule(_i, make_loss(), NULL, tg_cosine_lr(.base = 1e-3, .steps = 20)).lr;
        tg_unroll_step(tape);
    }
    tg_unroll_end(tape);
    for (int k = 0; k < 3; k++) ck_close(tg_item(rate[k]), cosine_at(2 + k, 1e-3, 20), 1e-15);
}
END_TEST

START_TEST(the_learning_rate_is_among_the_updates)
{
    tg_tensor *loss = make_loss(), *given = tg_number_as(tape, TG_F32, 0.25);
    const tg_updates number = tg_gd(loss, .params = "layer.weight", .lr = 0.125);
    const tg_updates tensor = tg_adam(loss, .params = "layer.bias", .lr_at = given);
    ck_assert_int_eq(tg_dtype_of(tensor.lr), TG_F64);
    ck_assert(tg_item(number.lr) == 0.125 && tg_item(tensor.lr) == 0.25);
    ck_assert_ptr_null(tg_find(store, "layer.weight.gd.step")); /* nothing follows from it */
    ck_assert_ptr_null(tg_gd(NULL).lr);
    ck_assert_ptr_null(tg_accumulate(loss).lr);
}
END_TEST

/* ---- All of it ------------------------------------------------------------------------------ */

typedef struct training {
    tg_store *store;
    tg_tape *tape, *judging;
    tg_plan *step, *judge;
} training;

static training begin_training(void)
{
    training t = { .store = tg_store_new(.seed = 3) };
    t.tape = tg_tape_new(t.store), t.judging = tg_tape_new(t.store);
    const tg_linear layer = tg_linear_new(t.store, "a", N, 3);
    tg_tensor *x = tg_normal(t.tape, "x", TG_F32, TG_SHAPE(5, N), 0, 1);
    tg_tensor *y = tg_linear_apply(&layer, tg_dropout(x, 0.5, "dropout", true));
    tg_tensor *want = tg_sum(x, .axis = 1, .keep = true);
    tg_tensor *loss = tg_mean(tg_square(tg_sub(y, want)));
    tg_sgd(loss, .momentum = 0.9, .schedule = tg_cosine_lr(.base = 0.1, .steps = 20, .warmup = 3));
    t.step = tg_compile(t.tape, loss);
    ck_assert_str_eq(tg_tape_error(t.tape), "");
    tg_var *seen = tg_state(t.store, "seen", TG_F64, TG_SCALAR, 0);
    tg_tensor *z = tg_normal(t.judging, "z", TG_F32, TG_SHAPE(9, N), 0, 1);
    tg_assign(seen, tg_add_num(tg_read(t.judging, seen), 1));
    t.judge = tg_compile(t.judging, tg_mean(tg_linear_apply(&layer, z)));
    return t;
}

static void train(const training *t, int steps, int judgements)
{
    for (int i = 0; i < steps; i++) {
        ck_assert_int_eq(tg_run(t->step), TG_OK);
        for (int k = 0; k < judgements; k++) ck_assert_int_eq(tg_run(t->judge), TG_OK);
    }
}

static void end_training(const training *t, float weights[3 * N])
{
    ck_assert_int_eq(tg_var_get(tg_find(t->store, "a.weight"), weights, 3 * N), TG_OK);
    tg_plan_free(t->step);
    tg_plan_free(t->judge);
    tg_tape_free(t->tape);
    tg_tape_free(t->judging);
    tg_store_free(t->store);
}

START_TEST(a_run_that_resumes_and_is_judged_is_the_run_that_is_not)
{
    float whole[3 * N], resumed[3 * N];
    tg_error error;
    const tg_io_layer io = disk_io(&drive);
    training t = begin_training();
    train(&t, 10, 0);
    end_training(&t, whole);
    t = begin_training();
    train(&t, 4, 2);
    ck_assert_int_eq(tg_save(t.store, "half", &error, .io = &io), TG_OK);
    train(&t, 6, 3);
    end_training(&t, resumed);
    ck_assert_mem_eq(whole, resumed, sizeof whole);
    t = begin_training();
    train(&t, 1, 0);
    ck_assert_msg(tg_load(t.store, "half", &error, .io = &io) == TG_OK, "%s", error.text);
    train(&t, 6, 1);
    end_training(&t, resumed);
    ck_assert_mem_eq(whole, resumed, sizeof whole);
    disk_empty(&drive);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("counter");
    TCase *all = tcase_create("counter");
    tcase_add_checked_fixture(all, open_problem, close_tape);
    tcase_add_loop_test(all, a_plan_that_assigns_nothing_draws_anew_in_every_run, 0, 2);
    tcase_add_test(all, only_plans_that_contain_a_draw_move_it);
    tcase_add_loop_test(all, a_plan_without_steps_moves_nothing, 0, 2);
    tcase_add_loop_test(all, a_run_that_fails_draws_its_numbers_again, 0, 2);
    tcase_add_test(all, setting_the_step_changes_no_draw);
    tcase_add_test(all, checking_a_derivative_moves_no_draw);
    tcase_add_loop_test(all, unrolled_runs_draw_what_runs_would_and_the_next_run_goes_on, 0, 2);
    tcase_add_test(all, a_recording_draws_once_and_the_next_one_anew);
    tcase_add_test(all, a_commit_ends_a_recording_s_draws_once);
    tcase_add_test(all, a_recording_that_ends_with_a_failed_run_has_drawn_nothing);
    tcase_add_test(all, counters_are_saved_and_loaded);
    tcase_add_test(all, equal_counters_make_equal_files);
    tcase_add_test(all, threads_may_draw_from_one_store);
    tcase_add_test(all, loading_forgets_the_draws_of_a_recording);
    tcase_add_loop_test(all, a_schedule_follows_the_steps_of_its_optimizer_alone, 0, OPTIMIZERS);
    tcase_add_test(all, two_optimizers_have_a_schedule_each);
    tcase_add_loop_test(all, a_parameter_that_was_frozen_follows_its_group, 0, OPTIMIZERS);
    tcase_add_loop_test(all, a_schedule_goes_on_in_unrolled_runs, 0, OPTIMIZERS);
    tcase_add_test(all, the_learning_rate_is_among_the_updates);
    tcase_add_test(all, a_run_that_resumes_and_is_judged_is_the_run_that_is_not);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
