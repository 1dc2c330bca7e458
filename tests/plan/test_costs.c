/* test_costs.c: that work grows as programs do: a program four times as large takes four times the
 * work, counted in nodes looked at and entries compared, and not sixteen. */
#include <tapegrad.h>

#include "plan/gaps.h"
#include "exec/plan.h" /* before recorded.h, which takes the names store and tape */

#include "tests/support/failing_allocator.h"
#include "tests/support/random.h"
#include "tests/support/recorded.h"

static tg_var *scalar(const char *stem, int i, double value)
{
    char name[40];
    snprintf(name, sizeof name, "%s%d", stem, i);
    return tg_param(store, name, TG_SCALAR, tg_init_constant(value));
}

/* What [work] counts for [count] things, on a tape of their own. */
static size_t count_work(size_t (*work)(int count), int count)
{
    open_tape();
    const size_t done = work(count);
    ck_no_error();
    close_tape();
    return done;
}

/* Each thing costs at most [each], be there a thousand or four thousand of them. */
static void ck_linear(size_t (*work)(int count), size_t each)
{
    for (int count = 1000; count <= 4000; count *= 2) {
        const size_t done = count_work(work, count);
        ck_assert_msg(done <= each * (size_t)count, "%zu steps for %d things, %zu each at most",
                      done, count, each);
    }
}

/* ---- Planning --------------------------------------------------------------------------- */

static size_t compare_in_plan(tg_tensor *result)
{
    const size_t before = tape->compared;
    tg_plan *plan = tg_compile_pure(tape, result);
    ck_no_error();
    tg_plan_free(plan);
    return tape->compared - before;
}

static size_t pick_rows(int count)
{
    tg_tensor *x = tg_input(tape, "x", TG_F64, TG_SHAPE(count, 3)), *y = tg_number(tape, 0);
    for (int i = 0; i < count; i++) y = tg_add(y, tg_sum(tg_exp(tg_pick(x, 0, i))));
    return compare_in_plan(y);
}

static size_t pick_columns_of_products(int count)
{
    tg_tensor *x = tg_input(tape, "x", TG_F64, TG_SHAPE(2, count)), *y = tg_number(tape, 0);
    for (int i = 0; i < count; i++) {
        tg_tensor *column = tg_slice(x, 1, i, i + 1, 1);
        y = tg_add(y, tg_sum(tg_matmul(column, tg_transpose(column))));
    }
    return compare_in_plan(y);
}

START_TEST(equal_values_are_found_among_slices_of_one_array)
{
    ck_linear(pick_rows, 20);
    ck_linear(pick_columns_of_products, 40);
}
END_TEST

static size_t number_many(int count)
{
    tg_tensor *y = tg_number(tape, 0);
    tg_tensor *x = tg_input(tape, "x", TG_F64, TG_SCALAR);
    for (int i = 0; i < count; i++) y = tg_add(y, tg_mul(x, tg_number(tape, 2 + i)));
    return compare_in_plan(y);
}

START_TEST(equal_numbers_are_found) { ck_linear(number_many, 4); }
END_TEST

/* Arrays of all sizes, of which every second one dies at once: gaps of all sizes. */
static size_t leave_gaps(int count)
{
    tg_tensor *y = tg_number(tape, 0), *kept[4000];
    for (int i = 0; i < count; i++) {
        tg_tensor *x = tg_read(tape, tg_state(store, "s", TG_F64, TG_SHAPE(1), 1));
        const int64_t size = 1 + (i * 7919) % 997;
        tg_tensor *wide = tg_cumsum(tg_broadcast(x, TG_SHAPE(size)), 0);
        kept[i] = tg_cumsum(wide, 0);
        y = tg_add(y, tg_mul_num(tg_sum(tg_cumsum(kept[i], 0)), 1.0 / (1 + i)));
    }
    for (int i = 0; i < count; i += 2) y = tg_add(y, tg_sum(tg_cumsum(tg_neg(kept[i]), 0)));
    return compare_in_plan(y);
}

START_TEST(memory_is_found_among_many_gaps) { ck_linear(leave_gaps, 400); }
END_TEST

/* The block of memory is as it would be if all its parts were looked through. */
START_TEST(the_smallest_gap_that_fits_is_taken)
{
    enum { CELLS = 400, STEPS = 20000 };
    bool taken[CELLS] = { false };
    struct {
        size_t at, size;
    } part[CELLS];
    size_t parts = 0, offset;
    tg__gaps gaps;
    rng r = rng_of(5, 1);
    ck_assert(tg__gaps_begin(&gaps, &tg__default_allocator, CELLS));
    for (int step = 0; step < STEPS; step++) {
        if (parts > 0 && rng_between(&r, 0, 1) < (step / 2000 % 2 ? 0.6 : 0.45)) {
            const size_t i = (size_t)(rng_between(&r, 0, 1) * (double)parts);
            ck_assert(tg__gaps_release(&gaps, part[i].at, part[i].size));
            memset(taken + part[i].at, 0, part[i].size);
            part[i] = part[--parts];
            continue;
        }
        const size_t size = 1 + (size_t)(rng_between(&r, 0, 1) * 9);
        size_t best = CELLS, least = CELLS + 1;
        for (size_t from = 0, to; from < CELLS; from = to + 1) {
            for (to = from; to < CELLS && !taken[to]; to++) {
            }
            if (to - from >= size && to - from < least) {
                best = from;
                least = to - from;
            }
        }
        ck_assert_int_eq(tg__gaps_take(&gaps, size, &offset), best < CELLS);
        if (best == CELLS) continue;
        ck_assert_uint_eq(offset, best);
        memset(taken + best, 1, size);
        part[parts].at = best;
        part[parts++].size = size;
    }
    tg__gaps_end(&gaps);
}
END_TEST

/* ---- Derivatives ------------------------------------------------------------------------ */

static size_t step_parameters(int count)
{
    tg_tensor *loss = tg_number(tape, 0);
    for (int i = 0; i < count; i++)
        loss = tg_add(loss, tg_square(tg_read(tape, scalar("w", i, 0.5))));
    (void)tg_sgd(loss, .lr = 0.1);
    return tape->visited;
}

START_TEST(an_optimizer_asks_once_which_parameters_matter) { ck_linear(step_parameters, 8); }
END_TEST

static size_t square_behind(int count)
{
    tg_tensor *x = tg_read(tape, scalar("x", 0, 3)), *y = x, *out = NULL;
    for (int i = 0; i < count; i++) y = tg_sin(y);
    tg_tensor *square = tg_square(x), *g = tg_grad(square, x);
    ck_close(tg_item(g), 6, 1e-15);
    tg_tensor *jv = tg_jvp(square, TG_LIST(x), TG_LIST(tg_number(tape, 1)));
    ck_close(tg_item(jv), 6, 1e-15);
    ck_assert_int_eq(tg_vjp(y, NULL, TG_LIST(square), &out), TG_OK); /* which is behind y */
    ck_assert(tg_depends(square, x) && !tg_depends(y, square));
    return tape->visited;
}

START_TEST(derivatives_look_at_nothing_but_what_leads_to_the_result)
{
    const size_t few = count_work(square_behind, 10), many = count_work(square_behind, 5000);
    ck_assert_uint_le(few, 60);
    /* That y does not depend on the square takes one walk through what it depends on. */
    ck_assert_uint_le(many, few + 2 * 5000);
}
END_TEST

/* Nothing that is older than what it is differentiated by. */
START_TEST(derivatives_stop_at_the_inputs)
{
    open_tape();
    tg_tensor *x = tg_read(tape, scalar("x", 0, 3)), *y = x;
    for (int i = 0; i < 5000; i++) y = tg_sin(y);
    tg_tensor *z = tg_square(tg_add(y, y));
    (void)tg_grad(z, y);
    ck_no_error();
    ck_assert_uint_le(tape->visited, 10);
    close_tape();
}
END_TEST

/* An operation whose rule differentiates on its own account, something that shares nodes with what
 * is being differentiated. */
static tg_status twice_run(const tg_call *k)
{
    *(double *)k->out.data = 2 * *(const double *)k->in[0].data;
    return TG_OK;
}

static void twice_vjp(tg_tensor *y, tg_tensor *g, tg_tensor *const in[], tg_tensor *to[])
{
    (void)y;
    tg_tensor *inner = tg_mul_num(tg_square(in[0]), 0.5), *d = tg_grad(inner, in[0]); /* in[0] */
    to[0] = tg_mul(g, tg_mul_num(tg_div(d, in[0]), 2));
    (void)tg_depends(inner, in[0]);
}

START_TEST(a_rule_may_differentiate)
{
    open_tape();
    tg_op *twice = tg_op_new(store, "twice", .run = twice_run, .vjp = twice_vjp);
    tg_tensor *x = tg_read(tape, scalar("x", 0, 3)), *y = tg_sin(x);
    for (int i = 0; i < 3; i++) y = tg_add(tg_apply(twice, TG_LIST(y)), tg_square(y));
    tg_tensor *g = tg_grad(y, x);
    double value = sin(3), slope = cos(3);
    for (int i = 0; i < 3; i++) {
        slope *= 2 + 2 * value;
        value = 2 * value + value * value;
    }
    ck_no_error();
    ck_close(tg_item(y), value, 1e-14);
    ck_close(tg_item(g), slope, 1e-13);
    close_tape();
}
END_TEST

/* What tg_depends remembers of one node is not taken for another's. */
START_TEST(dependence_is_asked_of_many_nodes)
{
    enum { NODES = 200, LEAVES = 20 };
    bool from[NODES][LEAVES] = { { false } };
    tg_tensor *x[NODES];
    rng r = rng_of(11, 1);
    open_tape();
    for (int i = 0; i < NODES; i++) {
        if (i < LEAVES) {
            x[i] = tg_read(tape, scalar("x", i, 1));
            from[i][i] = true;
            continue;
        }
        const int a = (int)(rng_between(&r, 0, 1) * i), b = (int)(rng_between(&r, 0, 1) * i);
        const bool stops = rng_between(&r, 0, 1) < 0.1;
        x[i] = tg_add(x[a], stops ? tg_stop_gradient(x[b]) : x[b]);
        for (int k = 0; k < LEAVES; k++) from[i][k] = from[a][k] || (!stops && from[b][k]);
    }
    for (int i = 0; i < 4000; i++) {
        const int y = (int)(rng_between(&r, 0, 1) * NODES),
                  k = (int)(rng_between(&r, 0, 1) * LEAVES);
        ck_assert_int_eq(tg_depends(x[y], x[k]), from[y][k]);
        if (i % 1000 == 999) tape->reached = UINT32_MAX - 2; /* numbers run out */
    }
    ck_no_error();
    close_tape();
}
END_TEST

/* ---- Variables and keys ----------------------------------------------------------------- */

static size_t assign_all(int count)
{
    for (int i = 0; i < count; i++) {
        tg_var *var = scalar("w", i, 1);
        ck_assert_ptr_nonnull(tg_assign(var, tg_neg(tg_read(tape, var))));
    }
    tg_plan *plan = tg_compile(tape);
    run(plan);
    tg_plan_free(plan);
    return tape->compared;
}

/* Runs unrolled, an override over each variable's unrolled one, and all taken off again. */
static size_t override_all(int count)
{
    for (int i = 0; i < count; i++) (void)scalar("w", i, 1);
    tg_unroll(tape);
    for (int step = 0; step < 3; step++) {
        for (int i = 0; i < count; i++) {
            tg_var *var = tg_var_nth(store, (size_t)i);
            (void)tg_assign(var, tg_mul_num(tg_read(tape, var), 2));
        }
        tg_unroll_step(tape);
    }
    tg_tensor *five = tg_number(tape, 5);
    for (int i = 0; i < count; i++) tg_override(tape, tg_var_nth(store, (size_t)i), five);
    ck_assert_ptr_eq(tg_read(tape, tg_var_nth(store, 7)), five);
    tg_unroll_end(tape);
    ck_assert_ptr_eq(tg_read(tape, tg_var_nth(store, 7)), five);
    for (int i = 0; i < count; i++) tg_override_end(tape, tg_var_nth(store, (size_t)i));
    ck_close(tg_item(tg_read(tape, tg_var_nth(store, 7))), 1, 0);
    return tape->compared;
}

static size_t draw_all(int count)
{
    tg_tensor *y = tg_number(tape, 0);
    for (int i = 0; i < count; i++) {
        char key[32];
        snprintf(key, sizeof key, "key %d", i);
        y = tg_add(y, tg_uniform(tape, key, TG_F64, TG_SCALAR, 0, 1));
    }
    ck_assert(tg_item(y) > 0); /* define-by-run, which keeps count */
    tg_plan *plan = tg_compile(tape, y);
    run(plan);
    tg_plan_free(plan);
    return tape->compared;
}

/* One key in each of many unrolled runs. */
static size_t draw_unrolled(int count)
{
    tg_unroll(tape);
    tg_tensor *y = tg_number(tape, 0);
    for (int i = 0; i < count; i++) {
        y = tg_add(y, tg_uniform(tape, "key", TG_F64, TG_SCALAR, 0, 1));
        tg_unroll_step(tape);
    }
    tg_unroll_end(tape);
    ck_assert(tg_item(y) > 0);
    return tape->compared;
}

START_TEST(assignments_overrides_and_keys_are_found_at_once)
{
    ck_linear(assign_all, 8);
    ck_linear(override_all, 8);
    ck_linear(draw_all, 20);
    ck_linear(draw_unrolled, 20);
}
END_TEST

/* The counters of keys: no deeper in their tree than a few times the bits of their number. */
START_TEST(counters_of_keys_are_found_in_few_steps)
{
    enum { KEYS = 20000 };
    open_tape();
    for (uint64_t key = 0; key < KEYS; key++) { /* not hashed at all */
        tg__counter *counter = tg__counter_of(store, key << 40);
        ck_assert_ptr_nonnull(counter);
        ck_assert_ptr_eq(tg__counter_of(store, key << 40), counter);
    }
    size_t count = 0, deepest = 0;
    for (tg__counter *c = NULL; (c = tg__counter_next(store, c)) != NULL; count++) {
        size_t depth = 0;
        uint64_t hash = tg__hash_word(0, c->key);
        for (const tg__counter *at = store->counters; at != c; depth++, hash >>= 2)
            at = at->branch[hash % TG__COUNTER_BRANCHES];
        if (depth > deepest) deepest = depth;
    }
    ck_assert_uint_eq(count, KEYS);
    ck_assert_uint_le(deepest, 20);
    close_tape();
}
END_TEST

/* A key that is given back can be taken again, in this run and in others. */
START_TEST(keys_are_given_back)
{
    open_tape();
    uint64_t ahead = 9;
    ck_assert_int_eq(tg__key_enter(tape, 1, &ahead), TG_OK);
    ck_assert_uint_eq(ahead, 0);
    ck_assert_int_eq(tg__key_enter(tape, 1, &ahead), TG_ERR_ARGUMENT);
    tg_unroll(tape);
    ck_assert_int_eq(tg__key_enter(tape, 1, &ahead), TG_OK);
    ck_assert_uint_eq(ahead, 1);
    for (uint64_t key = 2; key < 100; key++)
        ck_assert_int_eq(tg__key_enter(tape, key, &ahead), TG_OK);
    tg_unroll_step(tape);
    ck_assert_int_eq(tg__key_enter(tape, 50, &ahead), TG_OK);
    ck_assert_uint_eq(ahead, 1);
    tg__keys_shrink(tape, 2);
    ck_assert_int_eq(tg__key_enter(tape, 50, &ahead), TG_OK);
    ck_assert_uint_eq(ahead, 0);
    ck_assert_int_eq(tg__key_enter(tape, 1, &ahead), TG_OK);
    ck_assert_uint_eq(ahead, 2);
    ck_assert_int_eq(tg__key_enter(tape, 1, &ahead), TG_ERR_ARGUMENT);
    tg__keys_shrink(tape, 0);
    ck_assert_int_eq(tg__key_enter(tape, 1, &ahead), TG_OK);
    ck_assert_uint_eq(ahead, 0);
    tg__keys_shrink(tape, 0);
    close_tape();
}
END_TEST

/* ---- Memory ----------------------------------------------------------------------------- */

/* Records [count] elements, reads a result, and forgets all of it. */
static void step_of(tg_tape *on, int64_t count)
{
    tg_rewind(on);
    tg_tensor *x = tg_input(on, "x", TG_F64, TG_SHAPE(count));
    ck_assert_int_eq(tg_evaluate(TG_LIST(tg_cumsum(tg_exp(x), 0))), TG_OK);
}

/* Shapes that grow, or that come in any order, leave no more than some times what the largest step
 * needs; plans of the same shapes are found again. */
START_TEST(memory_is_that_of_the_largest_step)
{
    enum { STEPS = 100, MORE = 4096, LARGEST = STEPS * MORE * 8, KEPT_PLANS = 1 << 26 };
    failing_allocator memory = { 0 };
    const tg_allocator allocator = failing_interface(&memory);
    rng r = rng_of(3, 1);
    tg_store *counted = tg_store_new(.seed = 1, .allocator = &allocator);
    tg_tape *on = tg_tape_new(counted);
    for (int i = 1; i <= 2 * STEPS; i++)
        step_of(on, (i <= STEPS ? i : 1 + rng_below(&r, STEPS)) * MORE);
    ck_assert_uint_le(memory.live_bytes, KEPT_PLANS + 12 * (size_t)LARGEST);
    /* Plans too large for that limit: eight of one size are kept, and thirty are not. */
    for (int i = 0; i < 30; i++) step_of(on, 2000000 + i);
    ck_assert_uint_le(memory.live_bytes, 40 * (size_t)2000000 * 8);
    size_t kept = 0;
    for (const tg_plan *plan = on->cached; plan; plan = plan->next) kept++;
    ck_assert_uint_ge(kept, 7);
    tg_tape_free(on);
    tg_store_free(counted);
    ck_assert_uint_eq(memory.live, 0);
}
END_TEST

/* A large step once does not hold on to its memory for good, and steps of one size allocate
 * nothing. */
START_TEST(memory_is_given_back)
{
    failing_allocator memory = { 0 };
    const tg_allocator allocator = failing_interface(&memory);
    tg__arena arena;
    tg__arena_init(&arena, &allocator);
    for (int step = 0; step < 4; step++) {
        for (size_t i = 0; i < 20; i++) ck_assert_ptr_nonnull(tg__arena_values(&arena, 1000 * i));
        tg__arena_reset(&arena);
    }
    const size_t calls = memory.calls, bytes = memory.live_bytes;
    for (int step = 0; step < 4; step++) {
        for (size_t i = 20; i-- > 0;) ck_assert_ptr_nonnull(tg__arena_values(&arena, 1000 * i));
        tg__arena_reset(&arena);
    }
    ck_assert_uint_le(memory.calls, calls + 4);
    ck_assert_ptr_nonnull(tg__arena_values(&arena, 50000000));
    tg__arena_reset(&arena);
    ck_assert_ptr_nonnull(tg__arena_alloc(&arena, 100));
    tg__arena_reset(&arena);
    ck_assert_uint_le(memory.live_bytes, 4 * bytes);
    tg__arena_free(&arena);
    ck_assert_uint_eq(memory.live, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("costs");
    TCase *tests = tcase_create("costs");
    tcase_add_test(tests, equal_values_are_found_among_slices_of_one_array);
    tcase_add_test(tests, equal_numbers_are_found);
    tcase_add_test(tests, memory_is_found_among_many_gaps);
    tcase_add_test(tests, the_smallest_gap_that_fits_is_taken);
    tcase_add_test(tests, an_optimizer_asks_once_which_parameters_matter);
    tcase_add_test(tests, derivatives_look_at_nothing_but_what_leads_to_the_result);
    tcase_add_test(tests, derivatives_stop_at_the_inputs);
    tcase_add_test(tests, a_rule_may_differentiate);
    tcase_add_test(tests, dependence_is_asked_of_many_nodes);
    tcase_add_test(tests, assignments_overrides_and_keys_are_found_at_once);
    tcase_add_test(tests, counters_of_keys_are_found_in_few_steps);
    tcase_add_test(tests, keys_are_given_back);
    tcase_add_test(tests, memory_is_that_of_the_largest_step);
    tcase_add_test(tests, memory_is_given_back);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
