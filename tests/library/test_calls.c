/* test_calls.c: random calls with random operands, NULL, stale and foreign ones among them, sizes
 * at the ends of their range, and allocations that fail. Each call gives a documented status or
 * NULL; errors stick until they are cleared; and after all of it the tape trains as it did before.
 */
#include "tests/support/failing_allocator.h"
#include "tests/support/recorded.h"
#include "tests/support/random.h"

enum { NODES = 24, CALLS = 40, ROUNDS = 500 }; /* 20,000 calls */

typedef struct session {
    rng random;
    tg_tensor *nodes[NODES]; /* NULL, live, stale and foreign ones */
    int keys;
} session;

static failing_allocator memory;
static tg_tape *other;
static tg_var *weight;

/* ---- Random arguments ------------------------------------------------------------------- */

static tg_tensor *any_node(session *s) { return s->nodes[rng_below(&s->random, NODES)]; }

static int any_axis(session *s)
{
    static const int odd[] = { INT_MIN, INT_MAX, -9, 8 };
    return rng_once_in(&s->random, 8) ? odd[rng_below(&s->random, COUNT_OF(odd))]
                                      : rng_below(&s->random, 5) - 2;
}

static int64_t any_size(session *s)
{
    static const int64_t odd[] = { INT64_MIN, INT64_MAX, -1, INT64_C(1) << 40, INT64_C(1) << 62 };
    return rng_once_in(&s->random, 8) ? odd[rng_below(&s->random, COUNT_OF(odd))]
                                      : rng_below(&s->random, 5);
}

static tg_shape any_shape(session *s)
{
    tg_shape shape = { .rank = rng_once_in(&s->random, 30) ? 9 : rng_below(&s->random, 4) };
    for (int i = 0; i < shape.rank && i < TG_MAX_RANK; i++) shape.dim[i] = any_size(s);
    return shape;
}

static tg_dtype any_dtype(session *s)
{
    return rng_once_in(&s->random, 2) ? TG_F64 : (tg_dtype)(rng_below(&s->random, 9) - 1);
}

static tg_axes any_axes(session *s)
{
    tg_axes axes = { .count = rng_below(&s->random, 4) - 1 };
    for (int i = 0; i < axes.count; i++) axes.axis[i] = any_axis(s);
    return axes;
}

static double any_number(session *s)
{
    static const double odd[] = { NAN, INFINITY, -INFINITY, 0, -1, 1e300 };
    return rng_once_in(&s->random, 4) ? odd[rng_below(&s->random, COUNT_OF(odd))]
                                      : rng_between(&s->random, -2, 2);
}

static const char *any_key(session *s)
{
    static char key[16];
    (void)snprintf(key, sizeof key, "%d", s->keys++);
    return rng_once_in(&s->random, 8) ? NULL : rng_once_in(&s->random, 8) ? "twice" : key;
}

static const char *any_subscripts(session *s)
{
    static const char letters[] = "ijk,,->.. ";
    static char text[12];
    const int length = rng_below(&s->random, (int)sizeof text);
    for (int i = 0; i < length; i++)
        text[i] = letters[rng_below(&s->random, (int)sizeof letters - 1)];
    text[length] = 0;
    return rng_once_in(&s->random, 2) ? text : "ij,jk";
}

/* ---- Random calls ----------------------------------------------------------------------- */

static tg_tensor *move_something(session *s, tg_tensor *x)
{
    const int axis = any_axis(s);
    const int64_t n = any_size(s), m = any_size(s), k = any_size(s);
    switch (rng_below(&s->random, 20)) {
    case 0: return tg_reshape(x, any_shape(s));
    case 1: return tg_broadcast(x, any_shape(s));
    case 2: return tg_permute(x, any_axes(s));
    case 3: return tg_transpose(x);
    case 4: return tg_slice(x, axis, n, m, k);
    case 5: return tg_flip(x, any_axes(s));
    case 6: return tg_diagonal(x, n);
    case 7: return tg_window(x, axis, n, m, k);
    case 8: return tg_pad(x, axis, n, m, k, any_number(s));
    case 9: return tg_concat(TG_LIST(x, any_node(s), x), axis);
    case 10: return tg_stack(TG_LIST(x, any_node(s)), axis);
    case 11: return tg_roll(x, axis, n);
    case 12: return tg_repeat(x, axis, n);
    case 13: return tg_tile(x, axis, n);
    case 14: return tg_diag(x, n);
    case 15: return tg_tril(x, n);
    case 16: return tg_update_slice(x, axis, n, m, k, any_node(s));
    case 17: return tg_fold(x, axis, n, m, k);
    case 18: return tg_unsqueeze(x, axis);
    default: return tg_squeeze(x, axis);
    }
}

static tg_tensor *reduce_something(session *s, tg_tensor *x)
{
    const int axis = any_axis(s);
    switch (rng_below(&s->random, 12)) {
    case 0: return tg_sum(x);
    case 1: return tg_mean(x, .axis = axis);
    case 2: return tg_max(x, .axes = any_axes(s), .keep = true);
    case 3: return tg_prod(x, .axis = axis);
    case 4: return tg_argmax(x, .axis = axis);
    case 5: return tg_logsumexp(x, .axis = axis);
    case 6: return tg_variance(x, .axis = axis, .correction = any_number(s));
    case 7: return tg_norm(x, .axes = any_axes(s), .p = any_number(s));
    case 8: return tg_cumprod(x, axis);
    case 9: return tg_cummax(x, axis);
    case 10: return tg_sort(x, .axis = axis, .descending = true);
    default: return tg_top_k(x, any_size(s), .axis = axis);
    }
}

static tg_tensor *combine_something(session *s, tg_tensor *x, tg_tensor *y)
{
    const int axis = any_axis(s);
    tg_tensor *out[2] = { NULL, NULL };
    switch (rng_below(&s->random, 21)) {
    case 0: return tg_mul(x, y);
    case 1: return tg_floor_div(x, y);
    case 2: return tg_select(any_node(s), x, y);
    case 3: return tg_less(x, y);
    case 4: return tg_cast(x, any_dtype(s));
    case 5: return tg_matmul(x, y);
    case 6: return tg_outer(x, y);
    case 7: return tg_dot(x, y, .a_axes = any_axes(s), .b_axes = any_axes(s));
    case 8: return tg_einsum(any_subscripts(s), TG_LIST(x, y));
    case 9: return tg_gather(x, y, axis);
    case 10: return tg_scatter_add(x, y, axis, any_size(s));
    case 11: return tg_take_along(x, y, axis);
    case 12: return tg_one_hot(x, any_size(s), any_dtype(s));
    case 13: return tg_grad(x, y);
    case 14: return tg_jvp(x, TG_LIST(y), TG_LIST(x));
    case 15: return tg_hvp(x, y, y);
    case 16: return tg_jacobian(x, y);
    case 17: return tg_scatter_max(x, y, axis, any_size(s));
    case 18: return tg_segment_softmax(x, y, any_size(s));
    case 19: return tg_polygamma(axis, x);
    default: (void)tg_split(x, axis, 2, NULL, out); return out[1];
    }
}

static tg_tensor *make_something(session *s)
{
    const double a = any_number(s), b = any_number(s);
    switch (rng_below(&s->random, 8)) {
    case 0: return tg_full(tape, any_dtype(s), any_shape(s), a);
    case 1: return tg_iota(tape, any_dtype(s), any_size(s));
    case 2: return tg_uniform(tape, any_key(s), any_dtype(s), any_shape(s), a, b);
    case 3: return tg_truncated_normal(tape, any_key(s), TG_F64, TG_SHAPE(2), a, b, a, b);
    case 4:
        return tg_integers(tape, any_key(s), any_dtype(s), any_shape(s), any_size(s), any_size(s));
    case 5: return tg_categorical(any_node(s), any_key(s));
    case 6: return tg_tril_mask(tape, any_size(s), any_size(s), any_size(s));
    default: return tg_read(tape, weight);
    }
}

static tg_tensor *call_something(session *s)
{
    switch (rng_below(&s->random, 5)) {
    case 0: return make_something(s);
    case 1: return move_something(s, any_node(s));
    case 2: return reduce_something(s, any_node(s));
    default: return combine_something(s, any_node(s), any_node(s));
    }
}

/* ---- The rounds ------------------------------------------------------------------------- */

static bool is_documented(tg_status status)
{
    return strcmp(tg_status_name(status), "unknown status") != 0 && status != TG_ERR_INTERNAL;
}

/* Tapes of its own, for nodes kept for ever would need ever more memory. */
static void begin_round(session *s)
{
    tape = tg_tape_new(store); /* stale handles are always found */
    other = tg_tape_new(store);
    tg_tensor *old = tg_input(tape, "old", TG_F64, TG_SHAPE(2, 3));
    tg_rewind(tape);
    memset(s->nodes, 0, sizeof s->nodes);
    s->nodes[1] = old;
    s->nodes[2] = tg_input(other, "foreign", TG_F64, TG_SHAPE(2, 3));
    s->nodes[3] = tg_input(tape, "i", TG_I64, TG_SHAPE(2, 3));
    for (int i = 4; i < NODES; i++)
        s->nodes[i] =
            tg_input(tape, "x", i % 8 ? TG_F64 : TG_F32, i % 3 ? TG_SHAPE(2, 3) : TG_SHAPE(3, 3));
}

/* Small values are computed, a status at most. */
static void look_at(tg_tensor *x)
{
    unsigned char got[8 * 4096];
    if (tg_count(x) > 4096) return;
    const tg_status status = tg_get_as(x, tg_dtype_of(x), got, (size_t)tg_count(x));
    ck_assert_msg(is_documented(status), "%d", (int)status);
}

/* A number that depends on nothing but the tape's soundness. */
static void ck_trains(int round)
{
    memory.fail_at = 0;
    tg_tape_clear_error(tape);
    tg_rewind(tape);
    const double one[6] = { 1, 1, 1, 1, 1, 1 };
    ck_assert_int_eq(tg_var_set(weight, one, 6), TG_OK);
    tg_tensor *w = tg_read(tape, weight), *loss = tg_sum(tg_square(w));
    tg_assign(weight, tg_sub(w, tg_mul_num(tg_grad(loss, w), 0.25)));
    const double before = tg_item(loss);
    ck_assert_msg(before == 6, "round %d: %g: %s", round, before, tg_tape_error(tape));
    ck_assert_int_eq(tg_commit(tape), TG_OK);
    double got[6];
    ck_assert_int_eq(tg_var_get(weight, got, 6), TG_OK);
    for (int i = 0; i < 6; i++) ck_close(got[i], 0.5, 1e-14);
}

START_TEST(random_calls_give_a_status_and_do_no_harm)
{
    memory = (failing_allocator){ .largest = (size_t)1 << 20 };
    const tg_allocator allocator = failing_interface(&memory);
    store = tg_store_new(.seed = 7, .dtype = TG_F64, .allocator = &allocator);
    weight = tg_param(store, "w", TG_SHAPE(2, 3), tg_init_constant(1));
    const int rounds = scaled(ROUNDS);
    for (int round = 0; round < rounds; round++) {
        session s = { .random = rng_of((uint64_t)round, 0xca115) };
        begin_round(&s);
        for (int i = 0; i < CALLS; i++) {
            if (rng_once_in(&s.random, 30)) memory.fail_at = memory.calls + 1;
            tg_tensor *y = call_something(&s);
            memory.fail_at = 0;
            const tg_status status = tg_tape_status(tape);
            ck_assert_msg(is_documented(status), "round %d, call %d: %s", round, i,
                          tg_tape_error(tape));
            ck_assert_msg(status == TG_OK || !y || tg_tape_of(y) == other, "round %d, call %d: %s",
                          round, i, tg_tape_error(tape));
            if (status != TG_OK && !rng_once_in(&s.random, 8)) tg_tape_clear_error(tape);
            tg_tape_clear_error(other);
            if (!y) continue;
            s.nodes[4 + rng_below(&s.random, NODES - 4)] = y;
            if (rng_once_in(&s.random, 4)) look_at(y);
            tg_tape_clear_error(tape);
        }
        ck_trains(round);
        tg_tape_free(other);
        tg_tape_free(tape);
    }
    tg_store_free(store);
    ck_assert_uint_eq(memory.live, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("calls");
    TCase *all = tcase_create("calls");
    tcase_add_test(all, random_calls_give_a_status_and_do_no_harm);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
