/* test_taken_rows.c: products of what loops compute, which is handed on to them as it is made: that
 * it happens, as in an attention; that what is between needs no memory; and that results are right,
 * and the same for any number of threads. */
#include <tapegrad.h>

#include "tests/plan/products.h"

/* ---- Products of what loops compute ------------------------------------------------------ */

typedef enum hiding { NONE, LATER, RANDOM, WINDOW, HIDINGS } hiding;

typedef struct attending {
    tg_dtype dtype;
    int64_t heads, steps, keys, width, values;
    hiding mask;
} attending;

/* True where a step may see a key. Of some steps it hides all. */
static tg_tensor *mask_of(const attending *p)
{
    const size_t count = (size_t)(p->steps * p->keys);
    bool *data = new_numbers(count, sizeof *data);
    rng dice = rng_of(count, 5);
    for (size_t i = 0; i < count; i++) {
        const int64_t step = (int64_t)i / p->keys, key = (int64_t)i % p->keys;
        data[i] = p->mask == LATER    ? key <= step
                  : p->mask == RANDOM ? step % 17 != 3 && rng_once_in(&dice, 3)
                                      : key > step - 40 && key < step - 8;
    }
    tg_tensor *mask = tg_input(tape, "mask", TG_BOOL, TG_SHAPE(p->steps, p->keys));
    ck_assert_int_eq(tg_feed(mask, data, count), TG_OK);
    free(data);
    return mask;
}

/* Attention, its gradients, and a gradient of these. */
static size_t record_attention(const attending *p, tg_tensor *in[3], tg_tensor *out[5])
{
    in[0] = random_input("q", p->dtype, TG_SHAPE(p->heads, p->steps, p->width));
    in[1] = random_input("k", p->dtype, TG_SHAPE(p->heads, p->keys, p->width));
    in[2] = random_input("v", p->dtype, TG_SHAPE(p->heads, p->keys, p->values));
    out[0] = tg_attention(in[0], in[1], in[2], .mask = p->mask ? mask_of(p) : NULL);
    tg_vjp(tg_sum(tg_square(out[0])), NULL, (tg_list){ 3, in }, out + 1);
    tg_vjp(tg_sum(tg_square(out[1])), NULL, (tg_list){ 1, in + 1 }, out + 4);
    ck_no_error();
    return 5;
}

static void compare(tg_plan *plan, tg_plan *other, size_t count, tg_tensor *const *out,
                    double tolerance)
{
    run(plan);
    double *got[5], *want[5];
    for (size_t i = 0; i < count; i++) got[i] = numbers_of(out[i]);
    run(other);
    for (size_t i = 0; i < count; i++) want[i] = numbers_of(out[i]);
    for (size_t i = 0; i < count; i++) {
        for (int64_t j = 0; j < tg_count(out[i]); j++) ck_close(got[i][j], want[i][j], tolerance);
        free(got[i]);
        free(want[i]);
    }
}

START_TEST(attention_in_loops_is_attention)
{
    rng dice = rng_of((uint64_t)_i, 2);
    const attending p = { .dtype = rng_once_in(&dice, 2) ? TG_F64 : TG_F32,
                          .heads = 8 + rng_below(&dice, 5),
                          .steps = 64 + rng_below(&dice, 80),
                          .keys = _i % 3 == 0 ? 96 : 128 + rng_below(&dice, 60),
                          .width = 4 + rng_below(&dice, 20),
                          .values = 4 + rng_below(&dice, 20),
                          .mask = (hiding)(_i % HIDINGS) };
    tg_tensor *in[3], *out[5];
    const tg_list kept = { record_attention(&p, in, out), out };
    tg_plan *plan = tg_compile_pure(tape, .keep = kept);
    tg_plan *shared = tg_compile_pure(tape, .keep = kept, .threads = 3);
    tg_plan *naive = tg_compile_pure(tape, .keep = kept, .naive = true);
    ck_no_error();
    compare(plan, naive, kept.count, out, p.dtype == TG_F64 ? 1e-11 : 2e-4);
    compare(plan, shared, kept.count, out, 0);
    tg_plan_free(plan);
    tg_plan_free(shared);
    tg_plan_free(naive);
}
END_TEST

/* Values of so many elements in memory. */
static int kept_of(const tg_plan *plan, int64_t count)
{
    const tg__program *program = plan->program;
    int kept = 0;
    for (size_t v = 0; v < program->count; v++)
        kept += program->values[v].count == count && program->storage[v].place == TG_PLACE_BLOCK;
    return kept;
}

/* Nothing of it is in memory that has an element for each pair of a step and a key; for a gradient,
 * e^score alone. */
START_TEST(attention_keeps_no_scores)
{
    const attending p = { .dtype = TG_F32,
                          .heads = 8,
                          .steps = 288,
                          .keys = 272,
                          .width = 64,
                          .values = 32,
                          .mask = (hiding)_i };
    tg_tensor *in[3], *out[5];
    (void)record_attention(&p, in, out);
    const int64_t count = p.heads * p.steps * p.keys;
    tg_plan *forward = tg_compile_pure(tape, out[0]);
    tg_plan *both = tg_compile_pure(tape, .keep = (tg_list){ 4, out });
    tg_plan *naive = tg_compile_pure(tape, .keep = (tg_list){ 4, out }, .naive = true);
    ck_no_error();
    ck_assert_int_eq(kept_of(forward, count), 0);
    ck_assert_int_eq(kept_of(both, count), 1);
    int stored;
    ck_assert_int_eq(products_in_loops(forward, &stored), 2);
    ck_assert_int_eq(products_in_loops(both, &stored), 6);
    compare(both, naive, 4, out, 2e-4);
    compare(forward, both, 1, out, 0);
    tg_plan_free(forward);
    tg_plan_free(both);
    tg_plan_free(naive);
}
END_TEST

/* A share of 0 times NaN or infinity is NaN, as without a mask. */
START_TEST(hidden_values_that_are_not_finite_are_not_left_out)
{
    const attending p = { .dtype = TG_F32,
                          .heads = 8,
                          .steps = 128,
                          .keys = 128,
                          .width = 16,
                          .values = 16,
                          .mask = LATER };
    tg_tensor *in[3], *out[5];
    (void)record_attention(&p, in, out);
    const int which = _i % 3;
    double *data = numbers_of(in[which]);
    data[5 * 128 * 16 + 120 * 16 + 7] = _i < 3 ? (double)NAN : (double)INFINITY;
    feed(in[which], data);
    free(data);
    tg_plan *plan = tg_compile_pure(tape, .keep = (tg_list){ 4, out });
    tg_plan *naive = tg_compile_pure(tape, .keep = (tg_list){ 4, out }, .naive = true);
    ck_no_error();
    compare(plan, naive, 4, out, 2e-4);
    tg_plan_free(plan);
    tg_plan_free(naive);
}
END_TEST

/* A product of anything that a loop computes, summed along either side. */
START_TEST(either_operand_may_come_from_a_loop)
{
    tg_tensor *x = random_input("x", TG_F64, TG_SHAPE(9, 80, 100));
    tg_tensor *y = random_input("y", TG_F64, TG_SHAPE(9, 80, 7));
    tg_tensor *made = tg_tanh(tg_mul_num(x, 2));
    tg_tensor *out[] = { tg_matmul(tg_transpose(made), y), tg_matmul(tg_transpose(y), made),
                         tg_matmul(made, random_input("z", TG_F64, TG_SHAPE(9, 100, 11))) };
    tg_plan *plan = tg_compile_pure(tape, out[_i], .threads = 2);
    tg_plan *naive = tg_compile_pure(tape, out[_i], .naive = true);
    int kept;
    ck_no_error();
    ck_assert_int_eq(products_in_loops(plan, &kept), 1);
    ck_assert_uint_eq(plan->program->kernel_count, 1);
    compare(plan, naive, 1, &out[_i], 1e-12);
    tg_plan_free(plan);
    tg_plan_free(naive);
}
END_TEST

/* ---- Made again ------------------------------------------------------------------------- */

/* A softmax of 64 MB is computed again for its gradient, with the same bits; unless somebody keeps
 * it. */
START_TEST(what_is_large_is_made_again_for_the_gradient)
{
    const int64_t heads = 8, steps = 1024, width = _i ? 48 : 4, count = heads * steps * steps;
    tg_tensor *in[3], *to[3];
    for (int i = 0; i < 3; i++)
        in[i] = random_input((char[]){ 'q', (char)('0' + i), 0 }, TG_F64,
                             TG_SHAPE(heads, steps, width));
    tg_tensor *scores = tg_matmul(in[0], tg_transpose(in[1]));
    tg_tensor *peak = tg_stop_gradient(tg_max(scores, .axis = -1, .keep = true));
    tg_tensor *power = tg_exp(tg_sub(scores, peak));
    tg_tensor *y = tg_div(tg_matmul(power, in[2]), tg_sum(power, .axis = -1, .keep = true));
    tg_vjp(tg_sum(tg_square(tg_sin(y))), NULL, (tg_list){ 3, in }, to);
    tg_plan *again = tg_compile_pure(tape, .keep = (tg_list){ 3, to });
    tg_plan *kept = tg_compile_pure(tape, .keep = TG_LIST(to[0], to[1], to[2], power));
    ck_no_error();
    ck_assert_int_eq(kept_of(again, count), 0);
    ck_assert_int_eq(kept_of(kept, count), 1);
    compare(again, kept, 3, to, 0);
    tg_plan_free(again);
    tg_plan_free(kept);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("taken_rows");
    TCase *all = tcase_create("taken_rows");
    tcase_add_checked_fixture(all, open_tape, close_tape);
    tcase_add_loop_test(all, attention_in_loops_is_attention, 0, scaled(24));
    tcase_add_loop_test(all, attention_keeps_no_scores, 0, HIDINGS);
    tcase_add_loop_test(all, hidden_values_that_are_not_finite_are_not_left_out, 0, 6);
    tcase_add_loop_test(all, either_operand_may_come_from_a_loop, 0, 3);
    tcase_add_loop_test(all, what_is_large_is_made_again_for_the_gradient, 0, scaled(2));
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
