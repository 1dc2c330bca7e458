/* test_snapshot.c: what a store holds, taken and put back. */
#include "tests/support/suite.h"
#include "saved.h"

static tg_snapshot *kept;

static void open_all(void)
{
    open_drive();
    kept = NULL;
}

static void close_all(void)
{
    tg_snapshot_free(kept);
    close_drive();
}

/* All variables get other values. */
static void fill_over(tg_store *s, unsigned char with)
{
    for (size_t i = 0; i < tg_var_count(s); i++) {
        double values[64]; /* more than any of them has */
        tg_var *var = tg_var_nth(s, i);
        memset(values, with, sizeof values);
        const size_t count = (size_t)tg_shape_count(tg_var_shape(var));
        ck_assert_int_eq(tg_var_set_as(var, tg_var_dtype(var), values, count), TG_OK);
    }
}

START_TEST(a_snapshot_brings_every_bit_back)
{
    fill(store, true);
    const picture before = picture_of(store);
    ck_fine(tg_snapshot_take(&kept, store, &error));
    for (int time = 0; time < 2; time++) {
        fill_over(store, (unsigned char)(1 + time));
        tg_store_set_step(store, 5);
        ck_fine(tg_snapshot_restore(store, kept, &error));
        const picture after = picture_of(store);
        ck_same(&before, &after);
    }
    /* In another store of the same variables, seeds and all. */
    tg_store *other = new_store(99);
    fill(other, false);
    ck_fine(tg_snapshot_restore(other, kept, &error));
    const picture there = picture_of(other);
    ck_same(&before, &there);
    tg_store_free(other);
}
END_TEST

START_TEST(the_next_snapshot_takes_the_place_of_the_last)
{
    fill(store, true);
    ck_fine(tg_snapshot_take(&kept, store, &error));
    tg_snapshot *first = kept;
    fill_over(store, 1);
    const picture second = picture_of(store);
    const size_t calls = heap.calls;
    ck_fine(tg_snapshot_take(&kept, store, &error));
    ck_assert_ptr_eq(kept, first);
    ck_assert_uint_eq(heap.calls, calls); /* in the memory that there is */
    fill_over(store, 0);
    ck_fine(tg_snapshot_restore(store, kept, &error));
    const picture after = picture_of(store);
    ck_same(&second, &after);
    /* Of other variables: in new memory. */
    (void)tg_param(store, "more", TG_SHAPE(7), tg_init_constant(2));
    ck_fine(tg_snapshot_take(&kept, store, &error));
    ck_fine(tg_snapshot_restore(store, kept, &error));
}
END_TEST

START_TEST(training_goes_on_as_it_did)
{
    /* With momentum and random draws, whose counts belong to it. */
    tg_var *w = tg_param(store, "w", TG_SHAPE(4), tg_init_constant(1));
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *noise = tg_normal(tape, "noise", TG_F32, TG_SHAPE(4), 0, 1);
    tg_tensor *loss = tg_mean(tg_square(tg_sub(tg_read(tape, w), noise)));
    tg_adam(loss, .lr = 0.1);
    tg_plan *plan = tg_compile(tape, loss);
    for (int i = 0; i < 3; i++) ck_assert_int_eq(tg_run(plan), TG_OK);
    ck_fine(tg_snapshot_take(&kept, store, &error));
    float first[4], second[4];
    for (int time = 0; time < 2; time++) {
        for (int i = 0; i < 5; i++) ck_assert_int_eq(tg_run(plan), TG_OK);
        ck_assert_int_eq(tg_var_get(w, time ? second : first, 4), TG_OK);
        ck_assert_int_eq(tg_store_step(store), 8);
        ck_fine(tg_snapshot_restore(store, kept, &error));
        ck_assert_int_eq(tg_store_step(store), 3);
    }
    ck_assert_mem_eq(first, second, sizeof first);
    tg_plan_free(plan);
    tg_tape_free(tape);
}
END_TEST

START_TEST(values_that_were_read_are_computed_again)
{
    tg_var *w = tg_param(store, "w", TG_SCALAR, tg_init_constant(1));
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *doubled = tg_mul_num(tg_read(tape, w), 2);
    ck_fine(tg_snapshot_take(&kept, store, &error));
    const float five = 5;
    ck_assert_int_eq(tg_var_set(w, &five, 1), TG_OK);
    ck_assert(tg_item(doubled) == 10);
    ck_fine(tg_snapshot_restore(store, kept, &error));
    ck_assert(tg_item(doubled) == 2);
    tg_tape_free(tape);
}
END_TEST

START_TEST(another_model_is_refused)
{
    (void)tg_param(store, "a", TG_SHAPE(2), tg_init_constant(1));
    (void)tg_param(store, "b", TG_SHAPE(3), tg_init_constant(1));
    ck_fine(tg_snapshot_take(&kept, store, &error));
    static const struct {
        const char *name;
        int64_t size;
        tg_dtype dtype;
        tg_status status;
        const char *words;
    } others[] = {
        { "c", 3, TG_F32, TG_ERR_ARGUMENT, "the store has no \"b\"" },
        { "b", 4, TG_F32, TG_ERR_SHAPE, "\"b\" is f32 [4] in the store and f32 [3]" },
        { "b", 3, TG_F64, TG_ERR_DTYPE, "\"b\" is f64 [3] in the store" },
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        tg_store *other = new_store(1);
        (void)tg_param(other, "a", TG_SHAPE(2), tg_init_constant(5));
        (void)tg_state(other, others[i].name, others[i].dtype, TG_SHAPE(others[i].size), 5);
        const picture before = picture_of(other);
        ck_told(tg_snapshot_restore(other, kept, &error), others[i].status, others[i].words);
        const picture after = picture_of(other);
        ck_same(&before, &after);
        tg_store_free(other);
    }
    (void)tg_state(store, "a.adam.m", TG_F32, TG_SHAPE(2), 0);
    ck_told(tg_snapshot_restore(store, kept, &error), TG_ERR_ARGUMENT,
            "the snapshot has no \"a.adam.m\"");
}
END_TEST

START_TEST(without_memory_all_stays_as_it_was)
{
    for (size_t at = 1, done = 0; !done; at++) {
        tg_snapshot *taken = NULL;
        tg_store *s = new_store(3), *other = new_store(4);
        tg_tape *tape = tg_tape_new(s);
        (void)tg_normal(tape, "noise", TG_F32, TG_SHAPE(4), 0, 1);
        fill(s, true);
        fill(other, false);
        tg_tensor *noise = tg_normal(tape, "more", TG_F32, TG_SHAPE(4), 0, 1);
        tg_plan *plan = tg_compile(tape, noise);
        ck_assert_int_eq(tg_run(plan), TG_OK);
        const picture before = picture_of(other);
        heap.calls = 0;
        heap.fail_at = at;
        tg_status status = tg_snapshot_take(&taken, s, &error);
        ck_assert(status == TG_OK || !taken);
        if (status == TG_OK) {
            status = tg_snapshot_restore(other, taken, &error);
            if (status != TG_OK) {
                const picture after = picture_of(other);
                ck_same(&before, &after);
            }
        }
        heap.fail_at = 0;
        done = status == TG_OK;
        ck_assert(done ? at > 5 : status == TG_ERR_MEMORY);
        tg_snapshot_free(taken);
        tg_plan_free(plan);
        tg_tape_free(tape);
        tg_store_free(s);
        tg_store_free(other);
    }
}
END_TEST

START_TEST(an_empty_store_has_a_snapshot_too)
{
    ck_fine(tg_snapshot_take(&kept, store, &error));
    ck_fine(tg_snapshot_restore(store, kept, &error));
    (void)tg_param(store, "", TG_SCALAR, tg_init_zeros());
    tg_snapshot *held = kept;
    ck_told(tg_snapshot_take(&kept, store, &error), TG_ERR_ARGUMENT, "has an error already");
    ck_told(tg_snapshot_restore(store, kept, &error), TG_ERR_ARGUMENT, "has an error already");
    ck_assert_ptr_eq(kept, held);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("snapshot");
    TCase *cases = tcase_create("snapshots");
    tcase_add_checked_fixture(cases, open_all, close_all);
    tcase_add_test(cases, a_snapshot_brings_every_bit_back);
    tcase_add_test(cases, the_next_snapshot_takes_the_place_of_the_last);
    tcase_add_test(cases, training_goes_on_as_it_did);
    tcase_add_test(cases, values_that_were_read_are_computed_again);
    tcase_add_test(cases, another_model_is_refused);
    tcase_add_test(cases, without_memory_all_stays_as_it_was);
    tcase_add_test(cases, an_empty_store_has_a_snapshot_too);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
