/* test_plan.c: what planning does to a tape: what it drops, merges, simplifies and fuses, the
 * memory it lays out, and where assignments land. Values are compared with the naive executor. */
#include <tapegrad.h>

#include "exec/code.h"
#include "exec/plan.h"
#include "ops/dot.h" /* before recorded.h, which takes the names store and tape */
#include "ops/registry.h"

#include "tests/support/failing_allocator.h"
#include "tests/support/recorded.h"

/* The kernels of a pure plan that keeps [x] alone, which is run and compared with the naive
 * executor, bit for bit. */
static size_t kernels_of(tg_tensor *x)
{
    static double planned[4096], reference[4096];
    ck_no_error();
    const size_t count = (size_t)tg_count(x);
    ck_assert_uint_le(count, 4096);
    tg_plan *plan = tg_compile_pure(tape, x), *naive = tg_compile_pure(tape, x, .naive = true);
    run(plan);
    ck_assert_int_eq(tg_get(x, planned, count), TG_OK);
    run(naive);
    ck_assert_int_eq(tg_get(x, reference, count), TG_OK);
    for (size_t i = 0; i < count; i++) /* of a NaN, the bits are nobody's business */
        ck_assert_msg(memcmp(&planned[i], &reference[i], sizeof *planned) == 0 ||
                          (isnan(planned[i]) && isnan(reference[i])),
                      "element %zu: %.17g, not %.17g", i, planned[i], reference[i]);
    const size_t kernels = tg_plan_kernels(plan);
    tg_plan_free(naive);
    tg_plan_free(plan);
    return kernels;
}

/* The values that the plan computes for [x]: instructions before they become kernels. */
static size_t values_of(tg_tensor *x)
{
    tg_plan *plan = tg_compile_pure(tape, x);
    size_t computed = 0;
    ck_no_error();
    for (size_t i = 0; i < plan->program->count; i++)
        computed += plan->program->members[i].kernel != TG__NONE;
    tg_plan_free(plan);
    return computed;
}

static tg_tensor *filled(const char *name, tg_shape shape)
{
    static double data[4096];
    tg_tensor *x = tg_input(tape, name, TG_F64, shape);
    for (int64_t i = 0; i < tg_count(x); i++) data[i] = sin((double)(i + 1)) + 0.1;
    ck_assert_int_eq(tg_feed(x, data, (size_t)tg_count(x)), TG_OK);
    return x;
}

static double value_of(tg_var *var)
{
    double value = (double)NAN;
    ck_assert_int_eq(tg_var_get(var, &value, 1), TG_OK);
    return value;
}

static tg_var *scalar(const char *name, double value)
{
    return tg_param(store, name, TG_SCALAR, tg_init_constant(value));
}

/* ---- Dropping, merging, simplifying ----------------------------------------------------- */

START_TEST(what_nothing_needs_is_dropped)
{
    tg_tensor *x = filled("x", TG_SHAPE(10));
    for (int i = 0; i < 20; i++)
        (void)tg_matmul(filled("a", TG_SHAPE(2, 2)), filled("b", TG_SHAPE(2, 2)));
    ck_assert_uint_eq(values_of(tg_exp(x)), 1);
}
END_TEST

START_TEST(equal_values_are_computed_once)
{
    tg_tensor *x = filled("x", TG_SHAPE(10)), *y = filled("y", TG_SHAPE(10));
    ck_assert_uint_eq(values_of(tg_mul(tg_exp(x), tg_exp(x))), 2);
    ck_assert_uint_eq(values_of(tg_mul(tg_add(x, y), tg_add(y, x))), 2); /* either way round */
    ck_assert_uint_eq(values_of(tg_mul(tg_sub(x, y), tg_sub(y, x))), 3);
    tg_tensor *twice = tg_add(tg_mul_num(x, 3), tg_exp(tg_mul_num(x, 3)));
    ck_assert_uint_eq(values_of(twice), 3);
    ck_assert_uint_eq(kernels_of(twice), 1);
}
END_TEST

START_TEST(values_with_other_attributes_or_numbers_are_not_merged)
{
    tg_tensor *x = filled("x", TG_SHAPE(4, 4));
    ck_assert_uint_eq(values_of(tg_add(tg_sum(x, .axis = 0), tg_sum(x, .axis = 1))), 3);
    ck_assert_uint_eq(values_of(tg_add(tg_mul_num(x, 2), tg_mul_num(x, 3))), 3);
    ck_assert_uint_eq(values_of(tg_add(tg_pad(x, 0, 1, 0, 0, 5.0), tg_pad(x, 0, 0, 1, 0, 5.0))), 3);
    ck_assert_uint_eq(values_of(tg_mul(x, tg_transpose(x))), 1); /* views are free, but not equal */
    (void)kernels_of(tg_mul(x, tg_transpose(x)));
    (void)kernels_of(tg_add(tg_slice(x, 0, 0, 2, 1), tg_slice(x, 0, 2, 4, 1)));
    tg_tensor *index = tg_iota(tape, TG_I32, 4);
    ck_assert_uint_eq(values_of(tg_add(tg_gather(x, index, 0), tg_gather(x, index, 1))), 5);
}
END_TEST

START_TEST(attributes_tell_values_apart_even_among_many)
{
    tg_tensor *x = filled("x", TG_SHAPE(4)), *sum = tg_number(tape, 0);
    for (int i = 0; i < 1500; i++) sum = tg_add(sum, tg_pad(x, 0, 1, 0, 0, i));
    ck_values(tg_slice(sum, 0, 0, 1, 1), 1, (const double[]){ 1500 * 1499 / 2 });
}
END_TEST

START_TEST(random_values_are_never_merged)
{
    tg_tensor *a = tg_uniform(tape, "a", TG_F64, TG_SHAPE(10), 0, 1);
    tg_tensor *b = tg_uniform(tape, "b", TG_F64, TG_SHAPE(10), 0, 1);
    ck_assert_uint_eq(values_of(tg_sub(a, b)), 3);
    ck_assert(tg_item(tg_sum(tg_abs(tg_sub(a, b)))) > 0);
}
END_TEST

START_TEST(what_costs_nothing_to_simplify_vanishes)
{
    tg_tensor *x = filled("x", TG_SHAPE(10)), *y = tg_exp(x);
    ck_assert_uint_eq(values_of(tg_mul_num(y, 1)), 1);
    ck_assert_uint_eq(values_of(tg_mul(tg_number(tape, 1), y)), 1);
    ck_assert_uint_eq(values_of(tg_div_num(y, 1)), 1);
    ck_assert_uint_eq(values_of(tg_add_num(y, 0)), 1);    /* exp is never -0 */
    ck_assert_uint_eq(values_of(tg_add_num(x, -0.0)), 1); /* the copy that is kept */
    ck_assert_uint_eq(values_of(tg_sub_num(y, 0)), 1);
    ck_assert_uint_eq(values_of(tg_neg(tg_neg(y))), 1);
    ck_assert_uint_eq(values_of(tg_sum(tg_reshape(y, TG_SHAPE(10, 1)), .axis = 1)), 1);
    ck_assert_uint_eq(values_of(tg_transpose(tg_transpose(tg_reshape(y, TG_SHAPE(2, 5))))), 1);
}
END_TEST

START_TEST(simplifying_changes_no_bit)
{
    const double odd[6] = { -0.0, 0.0, (double)NAN, (double)INFINITY, -(double)INFINITY, 5e-324 };
    tg_tensor *x = tg_input(tape, "x", TG_F64, TG_SHAPE(6));
    ck_assert_int_eq(tg_feed(x, odd, 6), TG_OK);
    (void)kernels_of(tg_add_num(x, 0)); /* -0 + 0 is 0 */
    (void)kernels_of(tg_sub_num(x, 0));
    (void)kernels_of(tg_sub_num(x, -0.0));
    (void)kernels_of(tg_mul_num(x, 1));
    (void)kernels_of(tg_mul_num(x, 0));
    (void)kernels_of(tg_sub(x, x));
    (void)kernels_of(tg_div(x, x));
    (void)kernels_of(tg_add(x, tg_neg(tg_exp(x))));
    (void)kernels_of(tg_sub(x, tg_neg(x)));
    (void)kernels_of(tg_add(tg_neg(x), tg_neg(x)));
    double got[6];
    ck_assert_int_eq(tg_get(tg_mul_num(x, 0), got, 6), TG_OK);
    ck_assert(signbit(got[0]) && !signbit(got[1]) && isnan(got[2]) && isnan(got[3]));
}
END_TEST

/* ---- Fusing ----------------------------------------------------------------------------- */

START_TEST(transposes_go_into_a_product_without_a_copy)
{
    tg_tensor *a = filled("a", TG_SHAPE(7, 5)), *b = filled("b", TG_SHAPE(7, 6));
    tg_tensor *y = tg_matmul(tg_transpose(a), b);
    ck_assert_uint_eq(values_of(y), 1);
    ck_assert_uint_eq(values_of(tg_matmul(b, tg_transpose(tg_slice(b, 0, 1, 5, 2)))), 1);
    tg_tensor *out[2];
    ck_assert_int_eq(tg_vjp(y, NULL, (tg_list){ 0, NULL }, NULL), TG_ERR_SHAPE);
    tg_tape_clear_error(tape);
    ck_assert_int_eq(tg_vjp(tg_sum(tg_square(y)), NULL, TG_LIST(a, b), out), TG_OK);
    tg_plan *plan = tg_compile_pure(tape, out[0], out[1]);
    ck_no_error();
    size_t products = 0, copies = 0;
    for (size_t i = 0; i < plan->program->count; i++) {
        if (plan->program->members[i].kernel == TG__NONE) continue;
        products += plan->program->values[i].op == &tg__op_dot;
        copies += plan->program->values[i].op == &tg__op_copy;
    }
    ck_assert_uint_eq(products, 3);
    ck_assert_uint_le(copies, 1); /* a's gradient is kept, transposed */
    tg_plan_free(plan);
}
END_TEST

static tg_tensor *softmax(tg_tensor *x)
{
    tg_tensor *e = tg_exp(tg_sub(x, tg_max(x, .axis = -1, .keep = true)));
    return tg_div(e, tg_sum(e, .axis = -1, .keep = true));
}

/* Into the loop of what follows, whichever way round and however the operands lie. */
START_TEST(a_product_over_one_term_is_a_multiplication)
{
    tg_tensor *column = filled("column", TG_SHAPE(20, 1)), *row = filled("row", TG_SHAPE(1, 64));
    ck_assert_uint_eq(kernels_of(tg_tanh(tg_matmul(column, row))), 1);
    ck_assert_uint_eq(kernels_of(tg_tanh(tg_transpose(tg_matmul(column, row)))), 1);
    ck_assert_uint_eq(kernels_of(tg_tanh(tg_matmul(tg_flip(column, TG_AXES(0)), row))), 1);
    tg_tensor *left = filled("left", TG_SHAPE(3, 5, 1)),
              *right = filled("right", TG_SHAPE(3, 1, 7));
    ck_assert_uint_eq(kernels_of(tg_tanh(tg_matmul(left, right))), 1);
    ck_assert_uint_eq(kernels_of(tg_tanh(tg_outer(left, right))), 1);
}
END_TEST

/* The copies of operands that the loops of a plan for [x] make for each block. */
static size_t copies_for(tg_tensor *x)
{
    size_t copies = 0;
    tg_plan *plan = tg_compile_pure(tape, x);
    ck_no_error();
    for (size_t k = 0; k < plan->program->kernel_count; k++) {
        const tg__loop *loop = plan->instance->exe->kernels[k].code;
        for (uint32_t i = 0; i < loop->code_count; i++) copies += loop->code[i].code == TG_DO_LOAD;
    }
    tg_plan_free(plan);
    return copies;
}

START_TEST(rows_are_read_where_they_lie)
{
    tg_tensor *all = filled("all", TG_SHAPE(6, 640));
    tg_tensor *odd = tg_slice(all, 0, 1, 6, 2), *one = tg_slice(all, 0, 2, 3, 1);
    tg_tensor *part = tg_slice(all, 1, 7, 600, 1); /* does not fill vectors */
    tg_tensor *const centred[] = {
        tg_sub(odd, tg_max(odd, .axis = 1, .keep = true)),
        tg_sub(tg_mul(all, one), tg_sum(all, .axis = 1, .keep = true)),
        tg_sub(part, tg_max(part, .axis = 1, .keep = true)),
    };
    for (int i = 0; i < 3; i++) {
        ck_assert_uint_eq(kernels_of(centred[i]), 1);
        ck_assert_uint_eq(copies_for(centred[i]), i < 2 ? 0 : 1);
    }
}
END_TEST

START_TEST(a_softmax_is_one_kernel_forward_and_one_backward)
{
    tg_tensor *x = filled("x", TG_SHAPE(30, 40)), *w = filled("w", TG_SHAPE(30, 40));
    tg_tensor *y = softmax(x), *g;
    ck_assert_uint_eq(kernels_of(y), 1);
    ck_assert_int_eq(tg_vjp(y, w, TG_LIST(x), &g), TG_OK);
    ck_assert_uint_le(kernels_of(g), 2);
}
END_TEST

START_TEST(layer_normalisation_is_one_kernel)
{
    tg_tensor *x = filled("x", TG_SHAPE(30, 40));
    tg_tensor *centred = tg_sub(x, tg_mean(x, .axis = -1, .keep = true));
    tg_tensor *variance = tg_mean(tg_square(centred), .axis = -1, .keep = true);
    ck_assert_uint_eq(kernels_of(tg_div(centred, tg_sqrt(tg_add_num(variance, 1e-5)))), 1);
}
END_TEST

START_TEST(elementwise_work_with_a_full_sum_is_one_loop_forward_and_backward)
{
    tg_tensor *x = filled("x", TG_SHAPE(4000));
    tg_tensor *y = tg_sum(tg_add(tg_mul(tg_tanh(x), tg_exp(tg_neg(tg_square(x)))), tg_sigmoid(x)));
    tg_tensor *g = tg_grad(y, x);
    tg_plan *plan = tg_compile_pure(tape, y, g);
    ck_no_error();
    size_t loops = 0;
    for (size_t k = 0; k < plan->program->kernel_count; k++)
        loops += plan->program->kernels[k].kind == TG_KERNEL_LOOP;
    ck_assert_uint_eq(loops, 1);
    ck_assert_uint_le(plan->program->kernel_count, 2); /* and perhaps numbers of one element */
    tg_plan_free(plan);
}
END_TEST

START_TEST(an_adam_update_is_one_kernel_and_in_place)
{
    tg_var *w = tg_param(store, "w", TG_SHAPE(1000), (tg_init){ TG_INIT_NORMAL, 0, 1 });
    tg_var *m = tg_state(store, "m", TG_F64, TG_SHAPE(1000), 0);
    tg_var *v = tg_state(store, "v", TG_F64, TG_SHAPE(1000), 0);
    tg_tensor *g = filled("g", TG_SHAPE(1000));
    tg_tensor *m1 = tg_assign(m, tg_add(tg_mul_num(tg_read(tape, m), 0.9), tg_mul_num(g, 0.1)));
    tg_tensor *v1 =
        tg_assign(v, tg_add(tg_mul_num(tg_read(tape, v), 0.999), tg_mul_num(tg_square(g), 0.001)));
    tg_assign(
        w, tg_sub(tg_read(tape, w), tg_div(tg_mul_num(m1, 0.01), tg_add_num(tg_sqrt(v1), 1e-8))));
    tg_plan *plan = tg_compile(tape);
    ck_no_error();
    ck_assert_uint_eq(tg_plan_kernels(plan), 1);
    ck_assert_uint_eq(plan->program->landing_count, 0);
    ck_assert_uint_eq(plan->program->values_bytes, 0); /* no memory but the variables' own */
    run(plan);
    tg_plan_free(plan);
}
END_TEST

/* ---- Memory ----------------------------------------------------------------------------- */

START_TEST(a_run_allocates_nothing_and_the_block_is_as_announced)
{
    failing_allocator counting = { 0 };
    const tg_allocator allocator = failing_interface(&counting);
    tg_store *own = tg_store_new(.seed = 1, .allocator = &allocator);
    tg_tape *program = tg_tape_new(own);
    tg_linear hidden = tg_linear_new(own, "hidden", 20, 30),
              last = tg_linear_new(own, "out", 30, 5);
    tg_tensor *x = tg_input(program, "x", TG_F32, TG_SHAPE(16, 20));
    tg_tensor *y = tg_input(program, "y", TG_I32, TG_SHAPE(16));
    tg_tensor *loss =
        tg_cross_entropy(tg_linear_apply(&last, tg_relu(tg_linear_apply(&hidden, x))), y);
    tg_adam(loss);
    for (int threads = 1; threads <= 2; threads++) {
        tg_plan *sizing = tg_compile(program, loss, .threads = threads);
        ck_assert_ptr_nonnull(sizing);
        counting.sought = tg_plan_bytes(sizing); /* before any run */
        counting.sought_calls = 0;
        tg_plan *plan = tg_compile(program, loss, .threads = threads);
        ck_assert_ptr_nonnull(plan);
        ck_assert_uint_eq(tg_plan_bytes(plan), counting.sought);
        ck_assert_uint_eq(counting.sought_calls, 1);
        const size_t calls = counting.calls, live = counting.live_bytes;
        for (int i = 0; i < 3; i++) ck_assert_int_eq(tg_run(plan), TG_OK);
        ck_assert(isfinite(tg_item(loss)));
        ck_assert_uint_eq(counting.calls, calls);
        ck_assert_uint_eq(counting.live_bytes, live);
        ck_assert_uint_eq(tg_plan_bytes(plan), counting.sought);
        tg_plan_free(plan);
        tg_plan_free(sizing);
    }
    tg_tape_free(program);
    tg_store_free(own);
    ck_assert_uint_eq(counting.live, 0);
    ck_assert_uint_eq(counting.live_bytes, 0);
}
END_TEST

START_TEST(a_long_chain_needs_few_buffers)
{
    tg_tensor *x = filled("x", TG_SHAPE(32, 32)), *w = filled("w", TG_SHAPE(32, 32));
    tg_tensor *y = x;
    for (int i = 0; i < 50; i++) y = tg_mul_num(tg_matmul(y, w), 0.05);
    tg_plan *plan = tg_compile_pure(tape, y);
    ck_no_error();
    ck_assert_uint_le(plan->program->values_bytes, 3 * 32 * 32 * sizeof(double));
    tg_plan_free(plan);
}
END_TEST

/* Ten layers hold ten results for the way back. Cotangents come and go: each gives its layer's
 * gradient, updates the weight, and makes place for the next, though the weights are recorded from
 * the first layer to the last. */
START_TEST(a_cotangent_does_not_wait_for_the_updates_of_other_layers)
{
    enum { LAYERS = 10, WIDTH = 8, ROWS = 512 };
    static const size_t one = ROWS * WIDTH * sizeof(double);
    tg_tensor *x = filled("x", TG_SHAPE(ROWS, WIDTH));
    for (int i = 0; i < LAYERS; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "layer%d", i);
        tg_var *w = tg_param(store, name, TG_SHAPE(WIDTH, WIDTH), tg_init_he_normal(WIDTH));
        x = tg_tanh(tg_matmul(x, tg_read(tape, w)));
    }
    tg_gd(tg_mean(tg_square(x)), .lr = 0.1);
    tg_plan *plan = tg_compile(tape, .threads = 1);
    ck_no_error();
    ck_assert_uint_le(plan->program->values_bytes, (LAYERS + 3) * one);
    tg_plan_free(plan);
}
END_TEST

START_TEST(no_value_is_overwritten_while_it_is_needed)
{
    tg_tensor *x = filled("x", TG_SHAPE(8, 8)), *w = filled("w", TG_SHAPE(8, 8));
    tg_tensor *kept[30], *y = x, *sum = NULL;
    for (int i = 0; i < 30; i++) {
        y = kept[i] = tg_mul_num(tg_matmul(y, i % 3 ? w : tg_transpose(w)), 0.2);
        if (i >= 7) y = tg_add(y, kept[i - 7]); /* long lives across many kernels */
        sum = sum ? tg_add(sum, tg_exp(y)) : y;
    }
    double planned[64], reference[64];
    tg_plan *plan = tg_compile_pure(tape, sum), *naive = tg_compile_pure(tape, sum, .naive = true);
    run(plan);
    ck_assert_int_eq(tg_get(sum, planned, 64), TG_OK);
    run(naive);
    ck_assert_int_eq(tg_get(sum, reference, 64), TG_OK);
    for (int i = 0; i < 64; i++) ck_close(planned[i], reference[i], 1e-12);
    tg_plan_free(naive);
    tg_plan_free(plan);
}
END_TEST

/* A value may take over the memory of its operand, but not of one that is kept, nor of one
 * that is read in another order too. Longer than a block, or it would not show. */
START_TEST(memory_is_not_taken_over_from_what_is_read_or_kept)
{
    enum { N = 90 };
    static double got[N * N], product[N * N];
    tg_tensor *x = tg_div_num(tg_reshape(tg_iota(tape, TG_F64, N * N), TG_SHAPE(N, N)), N * N);
    tg_tensor *y = tg_matmul(x, x), *z = tg_matmul(x, tg_transpose(x));
    tg_tensor *turned = tg_add(y, tg_transpose(y)), *double_z = tg_add(z, z);
    tg_plan *plan = tg_compile(tape, turned, z, double_z), *just_y = tg_compile(tape, y);
    run(just_y);
    ck_assert_int_eq(tg_get(y, product, N * N), TG_OK);
    run(plan);
    ck_assert_int_eq(tg_get(turned, got, N * N), TG_OK);
    for (int i = 0; i < N * N; i++) ck_assert(got[i] == product[i] + product[i % N * N + i / N]);
    ck_assert_int_eq(tg_get(z, product, N * N), TG_OK);
    ck_assert_int_eq(tg_get(double_z, got, N * N), TG_OK);
    for (int i = 0; i < N * N; i++) ck_assert(got[i] == 2 * product[i]);
    tg_plan_free(just_y);
    tg_plan_free(plan);
}
END_TEST

/* ---- Assignments ------------------------------------------------------------------------------
 */

START_TEST(two_variables_can_be_swapped)
{
    tg_var *a = tg_param(store, "a", TG_SHAPE(100), tg_init_constant(1));
    tg_var *b = tg_param(store, "b", TG_SHAPE(100), tg_init_constant(2));
    tg_var *s = scalar("s", 3), *t = scalar("t", 4);
    tg_assign(a, tg_read(tape, b));
    tg_assign(b, tg_read(tape, a));
    tg_assign(s, tg_read(tape, t));
    tg_assign(t, tg_read(tape, s));
    tg_plan *swap = tg_compile(tape);
    run(swap);
    double got[100];
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(tg_var_get(a, got, 100), TG_OK);
        ck_assert(got[0] == 2 - i && got[99] == 2 - i);
        ck_assert_int_eq(tg_var_get(b, got, 100), TG_OK);
        ck_assert(got[0] == 1 + i && got[99] == 1 + i);
        ck_assert(value_of(s) == 4 - i && value_of(t) == 3 + i);
        if (i == 0) run(swap);
    }
    ck_assert_int_eq(tg_store_step(store), 2);
    tg_plan_free(swap);
}
END_TEST

START_TEST(reads_see_the_values_from_before_the_run)
{
    tg_var *w = tg_param(store, "w", TG_SHAPE(3, 3), (tg_init){ TG_INIT_UNIFORM, 0, 1 });
    double old[9], got[9];
    ck_assert_int_eq(tg_var_get(w, old, 9), TG_OK);
    tg_tensor *read = tg_read(tape, w);
    tg_tensor *before = tg_mul_num(read, 2);
    tg_assign(w, tg_transpose(read));
    tg_tensor *after = tg_mul_num(read, 3), *square = tg_matmul(read, read);
    tg_plan *plan = tg_compile(tape, before, after, square, read);
    run(plan);
    ck_assert_int_eq(tg_get(before, got, 9), TG_OK);
    for (int i = 0; i < 9; i++) ck_assert(got[i] == 2 * old[i]);
    ck_assert_int_eq(tg_get(after, got, 9), TG_OK);
    for (int i = 0; i < 9; i++) ck_assert(got[i] == 3 * old[i]);
    ck_assert_int_eq(tg_get(read, got, 9), TG_OK);
    ck_assert_mem_eq(got, old, sizeof old);
    ck_assert_int_eq(tg_get(square, got, 9), TG_OK);
    ck_close(got[1], old[0] * old[1] + old[1] * old[4] + old[2] * old[7], 1e-14);
    ck_assert_int_eq(tg_var_get(w, got, 9), TG_OK);
    for (int i = 0; i < 9; i++) ck_assert(got[i] == old[i % 3 * 3 + i / 3]);
    tg_plan_free(plan);
}
END_TEST

/* Longer than a block, so that what is stored early could be read late. */
START_TEST(an_update_that_reads_its_variable_out_of_order_is_not_made_in_place)
{
    enum { N = 90 };
    static double old[N * N], got[N * N];
    tg_var *w = tg_param(store, "w", TG_SHAPE(N, N), (tg_init){ TG_INIT_UNIFORM, 0, 1 });
    tg_var *v = tg_param(store, "v", TG_SHAPE(N * N), (tg_init){ TG_INIT_UNIFORM, 0, 1 });
    tg_assign(w, tg_add(tg_read(tape, w), tg_transpose(tg_read(tape, w))));
    tg_assign(v, tg_add(tg_read(tape, v), tg_slice(tg_read(tape, v), 0, 0, 1, 1)));
    tg_plan *plan = tg_compile(tape);
    ck_no_error();
    ck_assert_int_eq(tg_var_get(w, old, N * N), TG_OK);
    ck_assert_int_eq(tg_var_get(v, got, N * N), TG_OK);
    const double first = got[0], last = got[N * N - 1];
    run(plan);
    ck_assert_int_eq(tg_var_get(w, got, N * N), TG_OK);
    for (int i = 0; i < N * N; i++) ck_assert(got[i] == old[i] + old[i % N * N + i / N]);
    ck_assert_int_eq(tg_var_get(v, got, N * N), TG_OK);
    ck_assert(got[0] == first + first && got[N * N - 1] == last + first);
    tg_plan_free(plan);
}
END_TEST

/* A random program over a few variables, each of which may be assigned something that reads
 * the others through views, reductions and products. Returns the plan's result. */
enum { SIDE = 36, ELEMENTS = SIDE * SIDE };

static void run_random_updates(uint64_t seed, bool naive, double result[4][ELEMENTS])
{
    tg_store *own = tg_store_new(.seed = seed, .dtype = TG_F64);
    tg_tape *program = tg_tape_new(own);
    tg_var *vars[4];
    tg_tensor *pool[40];
    int count = 0;
    for (int i = 0; i < 4; i++) {
        const char name[] = { (char)('a' + i), 0 };
        vars[i] = tg_param(own, name, TG_SHAPE(SIDE, SIDE), (tg_init){ TG_INIT_UNIFORM, -1, 1 });
        pool[count++] = tg_read(program, vars[i]);
    }
    uint64_t state = seed;
    for (int i = 0; i < 20; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        tg_tensor *a = pool[state >> 33 & 3 ? (state >> 40) % (uint64_t)count : state >> 60 & 3];
        tg_tensor *b = pool[(state >> 50) % (uint64_t)count];
        switch (state >> 36 & 7) {
        case 0: a = tg_transpose(a); break;
        case 1: a = tg_add(a, tg_sum(b, .axis = 1, .keep = true)); break;
        case 2: a = tg_sub(a, tg_max(b, .axis = 0, .keep = true)); break;
        case 3:
            a = tg_concat(TG_LIST(tg_slice(a, 0, 2, SIDE, 1), tg_slice(b, 0, 0, 2, 1)), 0);
            break;
        case 4: a = tg_tanh(tg_mul(a, b)); break;
        case 5: a = tg_mul(a, tg_mean(b)); break;
        default: a = tg_add(tg_neg(a), b); break;
        }
        pool[count++] = a;
        if (i >= 16) tg_assign(vars[i - 16], pool[(state >> 20) % (uint64_t)count]);
    }
    tg_plan *plan = tg_compile(program, .naive = naive);
    ck_assert_msg(plan != NULL, "%s", tg_tape_error(program));
    for (int i = 0; i < 2; i++) ck_assert_int_eq(tg_run(plan), TG_OK);
    for (int i = 0; i < 4; i++) ck_assert_int_eq(tg_var_get(vars[i], result[i], ELEMENTS), TG_OK);
    tg_plan_free(plan);
    tg_tape_free(program);
    tg_store_free(own);
}

START_TEST(updates_in_place_are_those_of_the_naive_executor)
{
    const char *scale = getenv("TG_TEST_SCALE");
    const uint64_t seeds = (uint64_t)(400 * (scale ? atof(scale) : 1.0)) + 20;
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        static double planned[4][ELEMENTS], naive[4][ELEMENTS];
        run_random_updates(seed, false, planned);
        run_random_updates(seed, true, naive);
        for (int i = 0; i < 4 * ELEMENTS; i++) {
            const double got = planned[i / ELEMENTS][i % ELEMENTS];
            const double want = naive[i / ELEMENTS][i % ELEMENTS];
            ck_assert_msg(fabs(got - want) <= 1e-12 * (1 + fabs(want)),
                          "seed %d, variable %d: %.17g, want %.17g", (int)seed, i / ELEMENTS, got,
                          want);
        }
    }
}
END_TEST

/* An index that is out of range, [before] the updates on the tape or after them; nothing but
 * the last update may need it, unless the loss is [kept]. */
static void ck_a_failed_run_assigns_nothing(bool before, bool naive, bool kept)
{
    tg_var *w = tg_param(store, "w", TG_SHAPE(50), tg_init_constant(1));
    tg_var *s = scalar("s", 5),
           *table = tg_param(store, "table", TG_SHAPE(4, 2), tg_init_constant(2));
    tg_tensor *index = tg_input(tape, "index", TG_I32, TG_SHAPE(3)), *rows = NULL;
    if (before) rows = tg_gather(tg_read(tape, table), index, 0);
    tg_assign(w, tg_mul_num(tg_read(tape, w), 3));
    tg_assign(s, tg_add_num(tg_read(tape, s), 1));
    if (!before) rows = tg_gather(tg_read(tape, table), index, 0);
    tg_tensor *loss = tg_sum(rows);
    tg_assign(table, tg_sub(tg_read(tape, table), tg_grad(loss, tg_read(tape, table))));
    tg_plan *step = tg_compile(tape, kept ? loss : NULL, .naive = naive);
    ck_no_error();
    const int32_t good[3] = { 0, 3, 3 }, bad[3] = { 0, 4, -1 };
    double values[50], rest[8];
    ck_assert_int_eq(tg_feed(index, bad, 3), TG_OK);
    ck_assert_int_eq(tg_run(step), TG_ERR_INDEX);
    ck_assert_ptr_nonnull(strstr(tg_plan_error(step), "index 4 at position 1 is outside [0, 4)"));
    ck_assert_ptr_nonnull(strstr(tg_plan_error(step), "test_plan.c:"));
    ck_no_error(); /* it does not stick */
    ck_assert_int_eq(tg_report(tape, NULL), 1);
    ck_assert_int_eq(tg_store_step(store), 0);
    ck_assert_int_eq(tg_var_get(w, values, 50), TG_OK);
    for (int i = 0; i < 50; i++) ck_assert(values[i] == 1);
    ck_assert_int_eq(tg_var_get(table, rest, 8), TG_OK);
    for (int i = 0; i < 8; i++) ck_assert(rest[i] == 2);
    ck_assert(value_of(s) == 5);
    ck_assert_int_eq(tg_feed(index, good, 3), TG_OK);
    run(step);
    ck_assert_int_eq(tg_report(tape, NULL), 0);
    ck_assert_str_eq(tg_plan_error(step), "");
    ck_assert(value_of(s) == 6);
    if (kept) ck_assert(tg_item(loss) == 12);
    ck_assert_int_eq(tg_var_get(w, values, 50), TG_OK);
    ck_assert(values[0] == 3 && values[49] == 3);
    ck_assert_int_eq(tg_var_get(table, rest, 8), TG_OK);
    ck_assert(rest[0] == 1 && rest[2] == 2 && rest[7] == 0);
    tg_plan_free(step);
}

START_TEST(a_failed_run_assigns_nothing_wherever_it_fails)
{
    ck_a_failed_run_assigns_nothing(_i & 1, _i & 2, _i & 4);
}
END_TEST

START_TEST(a_pure_plan_assigns_nothing)
{
    tg_var *s = scalar("s", 5);
    tg_tensor *twice = tg_assign(s, tg_mul_num(tg_read(tape, s), 2));
    tg_plan *pure = tg_compile_pure(tape, twice);
    run(pure);
    ck_assert(tg_item(twice) == 10 && value_of(s) == 5);
    ck_assert_int_eq(tg_store_step(store), 0);
    tg_plan_free(pure);
}
END_TEST

START_TEST(a_range_of_updates_is_made_alone)
{
    tg_var *v[3] = { scalar("a", 1), scalar("b", 2), scalar("c", 3) };
    for (int i = 0; i < 3; i++) tg_assign(v[i], tg_mul_num(tg_read(tape, v[i]), 10));
    ck_assert_uint_eq(tg_assign_count(tape), 3);
    tg_updates middle = tg_updates_since(tape, 1), beyond = tg_updates_since(tape, 2);
    const tg_updates none = tg_updates_since(tape, 3);
    tg_updates foreign = tg_updates_since(tape, 0), wrapped = middle;
    middle.count = 1;
    beyond.count = 2;
    foreign.tape = NULL;
    wrapped.count = UINT32_MAX;
    ck_assert_ptr_null(tg_updates_since(tape, 4).tape);
    tg_plan *plan = tg_compile(tape, .updates = &middle);
    run(plan);
    ck_assert(value_of(v[0]) == 1 && value_of(v[1]) == 20 && value_of(v[2]) == 3);
    tg_plan_free(plan);
    ck_refused(tg_compile(tape, .updates = &beyond), TG_ERR_ARGUMENT, "do not belong");
    ck_refused(tg_compile(tape, .updates = &foreign), TG_ERR_ARGUMENT, "do not belong");
    ck_refused(tg_compile(tape, .updates = &wrapped), TG_ERR_ARGUMENT, "do not belong");
    ck_refused(tg_compile(tape, .updates = &none), TG_ERR_ARGUMENT, "nothing to compute");
    ck_refused(tg_compile_pure(tape, .updates = &middle), TG_ERR_ARGUMENT, "pure");
    middle = tg_updates_since(tape, 0);
    tg_rewind(tape);
    for (int i = 0; i < 3; i++) tg_assign(v[i], tg_mul_num(tg_read(tape, v[i]), 10));
    ck_refused(tg_compile(tape, .updates = &middle), TG_ERR_ARGUMENT, "do not belong");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("plan");
    TCase *all = tcase_create("plan");
    tcase_add_checked_fixture(all, open_tape, close_tape);
    tcase_add_test(all, what_nothing_needs_is_dropped);
    tcase_add_test(all, equal_values_are_computed_once);
    tcase_add_test(all, values_with_other_attributes_or_numbers_are_not_merged);
    tcase_add_test(all, attributes_tell_values_apart_even_among_many);
    tcase_add_test(all, random_values_are_never_merged);
    tcase_add_test(all, what_costs_nothing_to_simplify_vanishes);
    tcase_add_test(all, simplifying_changes_no_bit);
    tcase_add_test(all, transposes_go_into_a_product_without_a_copy);
    tcase_add_test(all, a_product_over_one_term_is_a_multiplication);
    tcase_add_test(all, rows_are_read_where_they_lie);
    tcase_add_test(all, a_softmax_is_one_kernel_forward_and_one_backward);
    tcase_add_test(all, layer_normalisation_is_one_kernel);
    tcase_add_test(all, elementwise_work_with_a_full_sum_is_one_loop_forward_and_backward);
    tcase_add_test(all, an_adam_update_is_one_kernel_and_in_place);
    tcase_add_test(all, a_run_allocates_nothing_and_the_block_is_as_announced);
    tcase_add_test(all, a_long_chain_needs_few_buffers);
    tcase_add_test(all, a_cotangent_does_not_wait_for_the_updates_of_other_layers);
    tcase_add_test(all, no_value_is_overwritten_while_it_is_needed);
    tcase_add_test(all, memory_is_not_taken_over_from_what_is_read_or_kept);
    tcase_add_test(all, two_variables_can_be_swapped);
    tcase_add_test(all, reads_see_the_values_from_before_the_run);
    tcase_add_test(all, an_update_that_reads_its_variable_out_of_order_is_not_made_in_place);
    tcase_add_test(all, updates_in_place_are_those_of_the_naive_executor);
    tcase_add_loop_test(all, a_failed_run_assigns_nothing_wherever_it_fails, 0, 8);
    tcase_add_test(all, a_pure_plan_assigns_nothing);
    tcase_add_test(all, a_range_of_updates_is_made_alone);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
