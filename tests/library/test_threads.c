/* test_threads.c: the bits of a result do not depend on the number of threads, nor on the run;
 * and several threads, each with a tape of its own, may read one store at the same time. */
#include "tests/support/random.h"
#include "tests/support/suite.h"

#include <tapegrad.h>

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_THREADS = 4, READERS = 4 };

/* ---- The same bits with any number of threads ------------------------------------------- */

/* Everything that a program computes, to be compared byte by byte. */
typedef struct bytes {
    unsigned char *data;
    size_t size;
} bytes;

static void append(bytes *to, const void *from, size_t size)
{
    unsigned char *grown = realloc(to->data, to->size + size);
    ck_assert_ptr_nonnull(grown);
    memcpy(grown + to->size, from, size);
    to->data = grown;
    to->size += size;
}

static void append_value(bytes *to, tg_tensor *x)
{
    const size_t count = (size_t)tg_count(x), size = count * tg_dtype_size(tg_dtype_of(x));
    void *values = malloc(size);
    ck_assert_ptr_nonnull(values);
    ck_assert_int_eq(tg_get_as(x, tg_dtype_of(x), values, count), TG_OK);
    append(to, values, size);
    free(values);
}

static void append_variables(bytes *to, const tg_store *store)
{
    for (size_t i = 0; i < tg_var_count(store); i++) {
        const tg_var *var = tg_var_nth(store, i);
        const size_t count = (size_t)tg_shape_count(tg_var_shape(var));
        const size_t size = count * tg_dtype_size(tg_var_dtype(var));
        void *values = malloc(size);
        ck_assert_ptr_nonnull(values);
        ck_assert_int_eq(tg_var_get_as(var, tg_var_dtype(var), values, count), TG_OK);
        append(to, values, size);
        free(values);
    }
}

/* A float program: what is recorded, and the nodes whose values count. */
typedef void (*recorder)(tg_tape *tape, tg_dtype dtype, tg_tensor *keep[3]);

static bytes run_program(recorder record, tg_dtype dtype, int threads)
{
    bytes result = { NULL, 0 };
    tg_tensor *keep[3] = { NULL, NULL, NULL };
    tg_store *store = tg_store_new(.seed = 3);
    tg_tape *tape = tg_tape_new(store);
    record(tape, dtype, keep);
    tg_plan *plan = tg_compile(tape, keep[0], keep[1], keep[2], .threads = threads);
    ck_assert_msg(plan != NULL, "%s", tg_tape_error(tape));
    ck_assert_int_eq(tg_run(plan), TG_OK);
    for (int i = 0; i < 3; i++)
        if (keep[i]) append_value(&result, keep[i]);
    tg_plan_free(plan);
    tg_tape_free(tape);
    tg_store_free(store);
    return result;
}

static void ck_same_bits(recorder record, tg_dtype dtype)
{
    const bytes one = run_program(record, dtype, 1);
    for (int threads = 1; threads <= MOST_THREADS; threads++) {
        const bytes other = run_program(record, dtype, threads);
        ck_assert_uint_eq(one.size, other.size);
        ck_assert_msg(memcmp(one.data, other.data, one.size) == 0, "%s: other bits with %d threads",
                      tg_dtype_name(dtype), threads);
        free(other.data);
    }
    free(one.data);
}

static tg_tensor *noise(tg_tape *tape, const char *key, tg_dtype dtype, tg_shape shape)
{
    return tg_normal(tape, key, dtype, shape, 0, 1);
}

static void elementwise(tg_tape *tape, tg_dtype dtype, tg_tensor *keep[3])
{
    tg_tensor *x = noise(tape, "x", dtype, TG_SHAPE(scaled(300007)));
    keep[0] = tg_mul(tg_tanh(x), tg_exp(tg_neg(tg_square(x))));
    keep[1] = tg_sum(tg_add(keep[0], tg_mul(tg_sigmoid(x), tg_gelu(x))));
    keep[2] = tg_grad(keep[1], x);
}

static void rowwise(tg_tape *tape, tg_dtype dtype, tg_tensor *keep[3])
{
    tg_tensor *x = noise(tape, "x", dtype, TG_SHAPE(scaled(301), 997));
    keep[0] = tg_softmax(x);
    keep[1] = tg_max(tg_mul(keep[0], x), .axis = 0); /* down the columns */
    keep[2] = tg_grad(tg_sum(tg_square(keep[0])), x);
}

static void reductions(tg_tape *tape, tg_dtype dtype, tg_tensor *keep[3])
{
    tg_tensor *x = noise(tape, "x", dtype, TG_SHAPE(7, scaled(400), 101));
    keep[0] = tg_sum(x, .axes = TG_AXES(0, 2));
    keep[1] = tg_mean(x, .axis = 1);
    keep[2] = tg_sum(tg_square(tg_permute(x, TG_AXES(2, 0, 1))), .axis = 1);
}

static void products(tg_tape *tape, tg_dtype dtype, tg_tensor *keep[3])
{
    tg_tensor *a = noise(tape, "a", dtype, TG_SHAPE(scaled(500), 300));
    tg_tensor *b = noise(tape, "b", dtype, TG_SHAPE(scaled(700), 300));
    keep[0] = tg_matmul(a, tg_transpose(b));
    keep[1] = tg_grad(tg_sum(tg_square(keep[0])), b);
    keep[2] =
        tg_matmul(tg_reshape(a, TG_SHAPE(-1, 10, 30)), noise(tape, "c", dtype, TG_SHAPE(30, 50)));
}

static const recorder recorders[] = { elementwise, rowwise, reductions, products };

START_TEST(programs_give_the_same_bits_with_any_number_of_threads)
{
    ck_same_bits(recorders[_i / 2], _i % 2 ? TG_F64 : TG_F32);
}
END_TEST

enum { BATCH = 64, FEATURES = 200, CLASSES = 10 };

/* Losses, weights and optimizer state of a few steps of Adam. */
static bytes train(int threads)
{
    bytes result = { NULL, 0 };
    tg_store *store = tg_store_new(.seed = 11);
    const tg_linear hidden = tg_linear_new(store, "hidden", FEATURES, 256);
    const tg_linear out = tg_linear_new(store, "out", 256, CLASSES);
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *x = noise(tape, "x", TG_F32, TG_SHAPE(BATCH, FEATURES));
    tg_tensor *label = tg_argmax(tg_slice(x, 1, 0, CLASSES, 1), .axis = 1);
    tg_tensor *logits = tg_linear_apply(&out, tg_relu(tg_linear_apply(&hidden, x)));
    tg_tensor *loss = tg_cross_entropy(logits, label);
    (void)tg_adam(loss, .lr = 1e-2, .clip_norm = 1);
    tg_plan *step = tg_compile(tape, loss, .threads = threads);
    ck_assert_msg(step != NULL, "%s%s", tg_store_error(store), tg_tape_error(tape));
    for (int i = 0; i < scaled(30); i++) {
        ck_assert_int_eq(tg_run(step), TG_OK);
        append_value(&result, loss);
    }
    append_variables(&result, store);
    tg_plan_free(step);
    tg_tape_free(tape);
    tg_store_free(store);
    return result;
}

START_TEST(training_gives_the_same_bits_with_any_number_of_threads)
{
    const bytes one = train(1);
    float first, last;
    memcpy(&first, one.data, sizeof first);
    memcpy(&last, one.data + sizeof first * (size_t)(scaled(30) - 1), sizeof last);
    ck_assert(isfinite(last) && last <= first);
    for (int threads = 1; threads <= MOST_THREADS; threads++) {
        const bytes other = train(threads);
        ck_assert_uint_eq(one.size, other.size);
        ck_assert_msg(memcmp(one.data, other.data, one.size) == 0, "other bits with %d threads",
                      threads);
        free(other.data);
    }
    free(one.data);
}
END_TEST

/* ---- Several threads read one store ------------------------------------------------------------
 */

typedef struct reader {
    const tg_linear *hidden, *out;
    tg_store *store;
    int number;
    int steps;
    bool failed;
    double results[64];
} reader;

/* Records, differentiates, plans and runs on a tape of its own: compiled and define-by-run.
 * Check's macros are for the main thread; here a failure is only noted. */
static void *read_store(void *argument)
{
    reader *r = argument;
    tg_tape *tape = tg_tape_new(r->store);
    tg_tape *dynamic = tg_tape_new(r->store);
    tg_tensor *x = tg_input(tape, "x", TG_F32, TG_SHAPE(16, FEATURES));
    tg_tensor *y = tg_linear_apply(r->out, tg_relu(tg_linear_apply(r->hidden, x)));
    tg_tensor *loss = tg_mean(tg_square(y));
    tg_tensor *slope = tg_sum(tg_abs(tg_grad(loss, tg_read(tape, r->hidden->weight))));
    tg_plan *plan = tg_compile_pure(tape, loss, slope, .threads = 1 + r->number % 2);
    float data[16 * FEATURES];
    for (int i = 0; i < 16 * FEATURES; i++) data[i] = (float)sin(i * (r->number + 1));
    for (int i = 0; i < r->steps; i++) {
        data[i] = (float)i;
        if (tg_feed(x, data, 16 * FEATURES) != TG_OK || tg_run(plan) != TG_OK) r->failed = true;
        tg_rewind(dynamic);
        tg_tensor *weight = tg_read(dynamic, r->out->weight);
        const double norm = tg_item(tg_sum(tg_square(tg_mul_num(weight, i))));
        r->results[i % 64] = tg_item(loss) + tg_item(slope) + norm;
    }
    r->failed |= !plan || tg_report(tape, NULL) || tg_report(dynamic, NULL);
    tg_plan_free(plan);
    tg_tape_free(dynamic);
    tg_tape_free(tape);
    return NULL;
}

START_TEST(threads_with_their_own_tapes_read_one_store_at_the_same_time)
{
    static reader serial[READERS], parallel[READERS];
    tg_store *store = tg_store_new(.seed = 2);
    const tg_linear hidden = tg_linear_new(store, "hidden", FEATURES, 32);
    const tg_linear out = tg_linear_new(store, "out", 32, CLASSES);
    pthread_t threads[READERS];
    for (int i = 0; i < READERS; i++) {
        serial[i] = (reader){
            .hidden = &hidden, .out = &out, .store = store, .number = i, .steps = scaled(200)
        };
        parallel[i] = serial[i];
        (void)read_store(&serial[i]);
        ck_assert(!serial[i].failed);
    }
    for (int i = 0; i < READERS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, read_store, &parallel[i]), 0);
    for (int i = 0; i < READERS; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
        ck_assert(!parallel[i].failed);
        ck_assert_mem_eq(parallel[i].results, serial[i].results, sizeof serial[i].results);
    }
    ck_assert(serial[0].results[0] != serial[1].results[0]);
    ck_assert_int_eq(tg_store_step(store), 0);
    tg_store_free(store);
}
END_TEST

/* Each thread has all of its own: nothing global stands between them. */
typedef struct trainer {
    int threads; /* of its plan */
    bytes result;
} trainer;

static void *train_alone(void *argument)
{
    trainer *t = argument;
    t->result = train(t->threads);
    return NULL;
}

START_TEST(threads_with_their_own_stores_train_as_if_alone)
{
    trainer trainers[3] = { { .threads = 1 }, { .threads = 2 }, { .threads = 3 } };
    pthread_t threads[3];
    const bytes alone = train(1);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, train_alone, &trainers[i]), 0);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
        ck_assert_uint_eq(trainers[i].result.size, alone.size);
        ck_assert_mem_eq(trainers[i].result.data, alone.data, alone.size);
        free(trainers[i].result.data);
    }
    free(alone.data);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("threads");
    TCase *all = tcase_create("threads");
    tcase_add_loop_test(all, programs_give_the_same_bits_with_any_number_of_threads, 0,
                        2 * (int)(sizeof recorders / sizeof *recorders));
    tcase_add_test(all, training_gives_the_same_bits_with_any_number_of_threads);
    tcase_add_test(all, threads_with_their_own_tapes_read_one_store_at_the_same_time);
    tcase_add_test(all, threads_with_their_own_stores_train_as_if_alone);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
