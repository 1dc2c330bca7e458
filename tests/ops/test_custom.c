/* test_custom.c: operations of the user's: what kernels and rules are given, what becomes of what
 * they return, and that plans treat them as they treat others. */
#include "tests/support/custom_ops.h"
#include "tests/support/failing_allocator.h"

static const double at6[6] = { 1, -2, 3, 0.5, -0.25, 4 };

/* ---- Kernels and rules ------------------------------------------------------------------ */

START_TEST(an_operation_has_derivatives_of_any_order)
{
    tg_op *cube = new_cube();
    tg_tensor *x = fed("x", TG_SHAPE(2, 3), at6), *y = tg_apply(cube, TG_LIST(x));
    ck_shape(y, TG_SHAPE(2, 3));
    ck_assert_str_eq(tg_op_name(cube), "cube");
    double value[6], first[6], second[6];
    for (int i = 0; i < 6; i++) {
        value[i] = at6[i] * at6[i] * at6[i];
        first[i] = 3 * at6[i] * at6[i];
        second[i] = 6 * at6[i];
    }
    tg_tensor *g = tg_grad(tg_sum(y), x), *h = tg_grad(tg_sum(g), x);
    ck_both_ways(y, 6, value, 0);
    ck_both_ways(g, 6, first, 0);
    ck_both_ways(h, 6, second, 0);
    ck_both_ways(tg_grad(tg_sum(h), x), 6, (const double[]){ 6, 6, 6, 6, 6, 6 }, 0);
    ck_both_ways(tg_jvp(y, TG_LIST(x), TG_LIST(x)), 6,
                 (const double[]){ 3, -24, 81, 0.375, -0.046875, 192 }, 0);
    ck_assert(tg_depends(y, x));
}
END_TEST

typedef struct affine {
    double scale, offset;
} affine;

/* scale a b + offset c, with a number for c. */
static tg_status affine_run(const tg_call *k)
{
    const affine *p = k->attr;
    const double *a = k->in[0].data, *b = k->in[1].data, *c = k->in[2].data;
    double *y = k->out.data;
    ck_assert_int_eq(k->arity, 3);
    ck_assert_int_eq(k->in[2].shape.rank, 0);
    ck_assert_int_eq(k->in[2].count, 1);
    for (int64_t i = 0; i < k->out.count; i++) y[i] = p->scale * a[i] * b[i] + p->offset * c[0];
    return TG_OK;
}

static void affine_vjp(tg_tensor *y, tg_tensor *g, tg_tensor *const in[], tg_tensor *to[])
{
    const affine *p = tg_attr_of(y);
    to[0] = tg_mul(tg_mul_num(g, p->scale), in[1]);
    to[1] = tg_mul(tg_mul_num(g, p->scale), in[0]);
    to[2] = tg_mul_num(tg_sum(g), p->offset);
}

START_TEST(several_operands_and_attributes_reach_kernel_and_rule)
{
    tg_op *op = tg_op_new(store, "affine", .run = affine_run, .shape = like_first,
                          .vjp = affine_vjp, .arity = 3);
    const affine two = { 2, 10 }, five = { 5, -1 };
    const double b_at[6] = { 2, 1, 0, -1, 3, 0.5 };
    tg_tensor *a = fed("a", TG_SHAPE(6), at6), *b = fed("b", TG_SHAPE(6), b_at);
    tg_tensor *c = fed("c", TG_SCALAR, (const double[]){ 0.25 });
    tg_tensor *y = tg_apply(op, TG_LIST(a, b, c), .attr = &two, .attr_size = sizeof two);
    tg_tensor *z = tg_apply(op, TG_LIST(a, a, c), .attr = &five, .attr_size = sizeof five);
    double want[6], by_a[6];
    for (int i = 0; i < 6; i++) want[i] = 2 * at6[i] * b_at[i] + 2.5;
    for (int i = 0; i < 6; i++) by_a[i] = 2 * b_at[i] + 10 * at6[i];
    ck_both_ways(y, 6, want, 0);
    tg_tensor *sum = tg_sum(tg_add(y, z));
    ck_both_ways(tg_grad(sum, a), 6, by_a, 1e-15);
    ck_both_ways(tg_grad(sum, c), 1, (const double[]){ 54 }, 0);
    ck_assert(((const affine *)tg_attr_of(z))->scale == 5);
    ck_assert_ptr_null(tg_attr_of(tg_slice(y, 0, 1, 3, 1)));
    ck_assert_ptr_null(tg_attr_of(tg_sum(y, .axis = 0)));
    ck_assert_ptr_null(tg_attr_of(NULL));
}
END_TEST

START_TEST(an_operand_may_be_of_integers_and_the_result_of_another_shape)
{
    tg_op *pick = new_pick();
    tg_tensor *x = fed("x", TG_SHAPE(6), at6), *index = tg_input(tape, "i", TG_I64, TG_SHAPE(2, 2));
    ck_assert_int_eq(tg_feed(index, ((const int64_t[]){ 2, 0, 2, 5 }), 4), TG_OK);
    tg_tensor *y = tg_apply(pick, TG_LIST(x, index));
    ck_shape(y, TG_SHAPE(2, 2));
    ck_both_ways(y, 4, (const double[]){ 3, 1, 3, 4 }, 0);
    ck_both_ways(tg_grad(tg_sum(tg_square(y)), x), 6, (const double[]){ 2, 0, 12, 0, 0, 8 }, 0);
}
END_TEST

/* How many elements are greater than 0, in each row. */
static tg_status count_run(const tg_call *k)
{
    const double *x = k->in[0].data;
    const int64_t columns = k->in[0].shape.dim[1];
    int32_t *y = k->out.data;
    for (int64_t i = 0; i < k->out.count; i++) {
        y[i] = 0;
        for (int64_t j = 0; j < columns; j++) y[i] += x[i * columns + j] > 0;
    }
    return TG_OK;
}

static tg_status count_shape(const void *attr, int arity, const tg_type *in, tg_type *out,
                             tg_error *error)
{
    (void)attr, (void)arity, (void)error;
    *out = (tg_type){ TG_I32, TG_SHAPE(in[0].shape.dim[0]) };
    return TG_OK;
}

/* The type that the context holds. */
static tg_status shape_of_context(const void *context, const void *attr, int arity,
                                  const tg_type *in, tg_type *out, tg_error *error)
{
    const tg_type *type = context;
    (void)attr, (void)arity, (void)error;
    *out = (tg_type){ type->dtype, in[0].shape };
    return TG_OK;
}

static tg_status zeros_run(const tg_call *k)
{
    memset(k->out.data, 0, (size_t)k->out.count * tg_dtype_size(k->out.dtype));
    return TG_OK;
}

START_TEST(a_shape_rule_may_look_at_the_context)
{
    static const tg_type whole = { .dtype = TG_I64 }, small = { .dtype = TG_U8 };
    tg_op *a =
        tg_op_new(store, "a", .run = zeros_run, .context = &whole, .shape_in = shape_of_context);
    tg_op *b =
        tg_op_new(store, "b", .run = zeros_run, .context = &small, .shape_in = shape_of_context);
    tg_tensor *x = fed("x", TG_SHAPE(6), at6);
    ck_assert_int_eq(tg_dtype_of(tg_apply(a, TG_LIST(x))), TG_I64);
    ck_assert_int_eq(tg_dtype_of(tg_apply(b, TG_LIST(x))), TG_U8);
    ck_assert_ptr_null(tg_op_new(store, "both", .run = zeros_run, .shape = count_shape,
                                 .shape_in = shape_of_context));
    ck_assert_int_eq(tg_store_status(store), TG_ERR_ARGUMENT);
    ck_assert(strstr(tg_store_error(store), "both .shape and .shape_in") != NULL);
    tg_store_clear_error(store);
}
END_TEST

static void count_vjp(tg_tensor *y, tg_tensor *g, tg_tensor *const in[], tg_tensor *to[])
{
    (void)y, (void)g, (void)in, (void)to;
    ck_abort_msg("a result of integers has no gradient to pass on");
}

START_TEST(a_result_of_integers_stops_gradients)
{
    tg_op *count =
        tg_op_new(store, "count", .run = count_run, .shape = count_shape, .vjp = count_vjp);
    tg_tensor *x = fed("x", TG_SHAPE(2, 3), at6), *n = tg_apply(count, TG_LIST(x));
    int32_t got[2];
    ck_assert_int_eq(tg_dtype_of(n), TG_I32);
    ck_assert_int_eq(tg_get(n, got, 2), TG_OK);
    ck_assert(got[0] == 2 && got[1] == 2);
    tg_tensor *y = tg_mul(tg_cast(n, TG_F64), tg_sum(x, .axis = 1));
    ck_assert(!tg_depends(n, x));
    ck_both_ways(tg_grad(tg_sum(y), x), 6, (const double[]){ 2, 2, 2, 2, 2, 2 }, 0);
}
END_TEST

START_TEST(no_gradient_passes_an_operation_without_a_rule)
{
    tg_op *op = tg_op_new(store, "blind", .run = cube_run, .no_gradient = "it is a test");
    tg_tensor *x = fed("x", TG_SHAPE(6), at6), *y = tg_apply(op, TG_LIST(x));
    ck_assert(!tg_depends(y, x));
    ck_both_ways(tg_grad(tg_sum(y), x), 6, (const double[6]){ 0 }, 0);
    ck_both_ways(tg_grad(tg_sum(tg_mul(x, y)), x), 6,
                 (const double[]){ 1, -8, 27, 0.125, -0.015625, 64 }, 0);
}
END_TEST

/* A rule that gives a gradient to its second operand alone. */
static void second_vjp(tg_tensor *y, tg_tensor *g, tg_tensor *const in[], tg_tensor *to[])
{
    (void)y, (void)in;
    ck_assert_ptr_null(to[0]);
    to[1] = g;
}

static tg_status second_run(const tg_call *k)
{
    memcpy(k->out.data, k->in[1].data, (size_t)k->out.count * sizeof(double));
    return TG_OK;
}

START_TEST(a_rule_may_leave_an_operand_without_a_gradient)
{
    tg_op *op = tg_op_new(store, "second", .run = second_run, .vjp = second_vjp, .arity = 2);
    tg_tensor *x = fed("x", TG_SHAPE(6), at6), *z = fed("z", TG_SHAPE(6), at6);
    tg_tensor *y = tg_sum(tg_apply(op, TG_LIST(x, z)));
    ck_both_ways(tg_grad(y, x), 6, (const double[6]){ 0 }, 0);
    ck_both_ways(tg_grad(y, z), 6, (const double[]){ 1, 1, 1, 1, 1, 1 }, 0);
}
END_TEST

/* Two operations, each in the other's rule, and one in its own. */
static tg_op *my_sine, *my_cosine, *my_exp;

static tg_status sine_run(const tg_call *k)
{
    const double *x = k->in[0].data;
    for (int64_t i = 0; i < k->out.count; i++) ((double *)k->out.data)[i] = sin(x[i]);
    return TG_OK;
}

static tg_status cosine_run(const tg_call *k)
{
    const double *x = k->in[0].data;
    for (int64_t i = 0; i < k->out.count; i++) ((double *)k->out.data)[i] = cos(x[i]);
    return TG_OK;
}

static tg_status exp_run(const tg_call *k)
{
    const double *x = k->in[0].data;
    for (int64_t i = 0; i < k->out.count; i++) ((double *)k->out.data)[i] = exp(x[i]);
    return TG_OK;
}

static void sine_vjp(tg_tensor *y, tg_tensor *g, tg_tensor *const in[], tg_tensor *to[])
{
    (void)y;
    to[0] = tg_mul(g, tg_apply(my_cosine, TG_LIST(in[0])));
}

static void cosine_vjp(tg_tensor *y, tg_tensor *g, tg_tensor *const in[], tg_tensor *to[])
{
    (void)y;
    to[0] = tg_neg(tg_mul(g, tg_apply(my_sine, TG_LIST(in[0]))));
}

static void exp_vjp(tg_tensor *y, tg_tensor *g, tg_tensor *const in[], tg_tensor *to[])
{
    (void)in;
    to[0] = tg_mul(g, y);
}

START_TEST(rules_may_use_custom_operations_and_their_own)
{
    my_sine = tg_op_new(store, "sine", .run = sine_run, .vjp = sine_vjp);
    my_cosine = tg_op_new(store, "cosine", .run = cosine_run, .vjp = cosine_vjp);
    my_exp = tg_op_new(store, "e", .run = exp_run, .vjp = exp_vjp);
    tg_tensor *x = fed("x", TG_SHAPE(6), at6);
    tg_tensor *y = tg_apply(my_sine, TG_LIST(x)), *z = tg_apply(my_exp, TG_LIST(x));
    double of_sine[6], of_exp[6];
    for (int order = 0; order < 5; order++) {
        for (int i = 0; i < 6; i++) {
            of_sine[i] = order % 2 ? cos(at6[i]) : sin(at6[i]);
            if (order % 4 > 1) of_sine[i] = -of_sine[i];
            of_exp[i] = exp(at6[i]);
        }
        ck_both_ways(y, 6, of_sine, 0);
        ck_both_ways(z, 6, of_exp, 0);
        y = tg_grad(tg_sum(y), x);
        z = tg_grad(tg_sum(z), x);
    }
}
END_TEST

/* The kernel is one thing; the rule is had from the same function, written with operations. */
static tg_status swish_run(const tg_call *k)
{
    const double *x = k->in[0].data;
    for (int64_t i = 0; i < k->out.count; i++) ((double *)k->out.data)[i] = x[i] / (1 + exp(-x[i]));
    return TG_OK;
}

static void swish_vjp(tg_tensor *y, tg_tensor *g, tg_tensor *const in[], tg_tensor *to[])
{
    (void)y;
    (void)tg_vjp(tg_mul(in[0], tg_sigmoid(in[0])), g, (tg_list){ 1, in }, to);
}

START_TEST(a_rule_may_differentiate_a_composition)
{
    tg_op *swish = tg_op_new(store, "swish", .run = swish_run, .vjp = swish_vjp);
    tg_tensor *x = fed("x", TG_SHAPE(6), at6), *y = tg_apply(swish, TG_LIST(tg_tanh(x)));
    tg_tensor *same = tg_mul(tg_tanh(x), tg_sigmoid(tg_tanh(x)));
    double want[6];
    for (int order = 0; order < 4; order++) {
        compute(same, true, 6, want);
        ck_both_ways(y, 6, want, 1e-14);
        y = tg_grad(tg_sum(tg_sin(y)), x);
        same = tg_grad(tg_sum(tg_sin(same)), x);
    }
}
END_TEST

/* The sum of any number of operands. */
static tg_status total_run(const tg_call *k)
{
    double *y = k->out.data;
    for (int64_t i = 0; i < k->out.count; i++) {
        y[i] = 0;
        for (int j = 0; j < k->arity; j++) y[i] += ((const double *)k->in[j].data)[i];
    }
    return TG_OK;
}

enum { MOST_OPERANDS = 64 };

static void total_vjp(tg_tensor *y, tg_tensor *g, tg_tensor *const in[], tg_tensor *to[])
{
    (void)in;
    const int *count = tg_attr_of(y); /* a rule is not told how many operands there are */
    for (int i = 0; i < *count; i++) to[i] = g;
}

START_TEST(an_operation_takes_any_number_of_operands_if_it_says_so)
{
    tg_op *total = tg_op_new(store, "total", .run = total_run, .vjp = total_vjp, .arity = -1);
    tg_tensor *x = fed("x", TG_SHAPE(6), at6), *list[MOST_OPERANDS + 1];
    double want[6];
    for (int i = 0; i < MOST_OPERANDS + 1; i++) list[i] = x;
    for (int i = 0; i < 6; i++) want[i] = MOST_OPERANDS * at6[i];
    ck_both_ways(tg_apply(total, (tg_list){ MOST_OPERANDS, list }), 6, want, 1e-15);
    const int three = 3;
    tg_tensor *y =
        tg_sum(tg_apply(total, TG_LIST(x, x, x), .attr = &three, .attr_size = sizeof three));
    ck_both_ways(tg_grad(y, x), 6, (const double[]){ 3, 3, 3, 3, 3, 3 }, 0);
    list[MOST_OPERANDS] = x;
    ck_refused(tg_apply(total, (tg_list){ MOST_OPERANDS + 1, list }), TG_ERR_ARGUMENT,
               "total takes 64 operands at most");
}
END_TEST

START_TEST(numbers_and_empty_operands_are_operands)
{
    tg_op *cube = new_cube();
    tg_tensor *none = tg_input(tape, "none", TG_F64, TG_SHAPE(3, 0)), *two = tg_number(tape, 2);
    tg_tensor *y = tg_apply(cube, TG_LIST(none));
    ck_shape(y, TG_SHAPE(3, 0));
    ck_both_ways(y, 0, NULL, 0);
    ck_both_ways(tg_grad(tg_sum(y), none), 0, NULL, 0);
    ck_both_ways(tg_grad(tg_apply(cube, TG_LIST(two)), two), 1, (const double[]){ 12 }, 0);
}
END_TEST

/* ---- In plans --------------------------------------------------------------------------- */

START_TEST(views_arrive_dense)
{
    tg_op *cube = new_cube();
    tg_tensor *x = fed("x", TG_SHAPE(2, 3), at6);
    const double transposed[6] = { 1, 0.125, -8, -0.015625, 27, 64 };
    ck_both_ways(tg_apply(cube, TG_LIST(tg_transpose(x))), 6, transposed, 0);
    tg_tensor *ends = tg_slice(x, 1, 0, 3, 2);
    ck_both_ways(tg_apply(cube, TG_LIST(ends)), 4, (const double[]){ 1, 27, 0.125, 64 }, 0);
    tg_tensor *flipped = tg_flip(x, TG_AXES(0, 1));
    ck_both_ways(tg_apply(cube, TG_LIST(flipped)), 6,
                 (const double[]){ 64, -0.015625, 0.125, 27, -8, 1 }, 0);
    tg_tensor *wide = tg_broadcast(tg_slice(x, 0, 1, 2, 1), TG_SHAPE(2, 3));
    ck_both_ways(tg_apply(cube, TG_LIST(wide)), 6,
                 (const double[]){ 0.125, -0.015625, 64, 0.125, -0.015625, 64 }, 0);
    tg_tensor *windows = tg_window(tg_reshape(x, TG_SHAPE(6)), 0, 3, 2, 1);
    ck_both_ways(tg_apply(cube, TG_LIST(windows)), 6,
                 (const double[]){ 1, -8, 27, 27, 0.125, -0.015625 }, 0);
}
END_TEST

START_TEST(a_user_of_a_view_of_the_result_sees_it)
{
    tg_op *cube = new_cube();
    tg_tensor *x = fed("x", TG_SHAPE(2, 3), at6), *y = tg_apply(cube, TG_LIST(tg_neg(x)));
    ck_both_ways(tg_sum(tg_mul(tg_transpose(y), tg_ones_like(tg_transpose(x))), .axis = 0), 2,
                 (const double[]){ -20, -64.109375 }, 0);
}
END_TEST

static int calls;

static tg_status counted_run(const tg_call *k)
{
    calls++;
    for (int64_t i = 0; i < k->out.count; i++)
        ((double *)k->out.data)[i] = ((const double *)k->in[0].data)[i] + *(const double *)k->attr;
    return TG_OK;
}

static tg_tensor *apply_counted(tg_op *op, tg_tensor *x, double attr)
{
    return tg_apply(op, TG_LIST(x), .attr = &attr, .attr_size = sizeof attr);
}

START_TEST(equal_nodes_merge_and_other_attributes_do_not)
{
    tg_op *op = tg_op_new(store, "counted", .run = counted_run);
    tg_op *twin = tg_op_new(store, "counted", .run = counted_run);
    tg_tensor *x = fed("x", TG_SHAPE(6), at6);
    tg_tensor *y = apply_counted(op, x, 1), *same = apply_counted(op, x, 1);
    tg_tensor *other = apply_counted(op, x, 2), *unused = apply_counted(op, x, 3);
    tg_tensor *of_twin = apply_counted(twin, x, 1);
    tg_plan *plan = tg_compile(tape, y, same, other, of_twin);
    calls = 0;
    run(plan);
    ck_assert_int_eq(calls, 3);
    double got[6];
    get_doubles(other, 6, got);
    for (int i = 0; i < 6; i++) ck_assert(got[i] == at6[i] + 2);
    get_doubles(same, 6, got);
    for (int i = 0; i < 6; i++) ck_assert(got[i] == at6[i] + 1);
    ck_assert_ptr_nonnull(unused);
    tg_plan_free(plan);
}
END_TEST

START_TEST(define_by_run_serves_each_attribute_its_own_values)
{
    tg_op *op = tg_op_new(store, "counted", .run = counted_run);
    calls = 0;
    for (int round = 0; round < 6; round++) {
        tg_rewind(tape);
        tg_tensor *x = tg_number(tape, round);
        ck_assert(tg_item(apply_counted(op, x, round % 2 ? 10 : 20)) ==
                  round + (round % 2 ? 10 : 20));
    }
    ck_assert_int_eq(calls, 6);
}
END_TEST

START_TEST(it_stands_among_other_operations_on_threads_too)
{
    enum { ROWS = 300, COLUMNS = 257 };
    static double want[ROWS * COLUMNS], got[ROWS * COLUMNS];
    tg_op *cube = new_cube();
    tg_tensor *x = tg_normal(tape, "x", TG_F64, TG_SHAPE(ROWS, COLUMNS), 0, 1);
    tg_tensor *y = tg_apply(cube, TG_LIST(tg_softmax(tg_mul_num(x, 2))));
    tg_tensor *g =
        tg_grad(tg_sum(tg_mul(tg_apply(cube, TG_LIST(tg_transpose(y))), tg_transpose(x))), x);
    for (int threads = 0; threads < 4; threads++) {
        tg_plan *plan = tg_compile(tape, y, g, .threads = threads ? threads : 1,
                                   .naive = threads == 0, .steps = false);
        run(plan);
        ck_assert_int_eq(tg_get(g, threads ? got : want, ROWS * COLUMNS), TG_OK);
        for (int i = 0; threads && i < ROWS * COLUMNS; i++) ck_close(got[i], want[i], 1e-13);
        tg_plan_free(plan);
    }
}
END_TEST

START_TEST(dumps_call_it_by_its_name)
{
    char text[2000] = "";
    FILE *file = tmpfile();
    ck_assert_ptr_nonnull(file);
    tg_dump(tg_tape_of(tg_apply(new_cube(), TG_LIST(tg_number(tape, 2)))), file);
    rewind(file);
    const size_t size = fread(text, 1, sizeof text - 1, file);
    text[size] = 0;
    ck_assert_msg(strstr(text, "f64 cube %0 ; test_custom.c:"), "not in: %s", text);
    ck_assert_int_eq(fclose(file), 0);
}
END_TEST

/* ---- What there is without being asked for ---------------------------------------------- */

/* A kernel written for one dtype must not be run over another. */
START_TEST(without_a_shape_rule_all_operands_are_of_one_type)
{
    tg_op *wide = tg_op_new(store, "wide", .run = cube_run, .vjp = cube_vjp, .arity = 2);
    tg_op *narrow = tg_op_new(store, "narrow", .run = cube_run, .dtype = TG_F32);
    tg_tensor *x = fed("x", TG_SHAPE(6), at6), *y = tg_slice(x, 0, 0, 3, 1);
    tg_tensor *f = tg_cast(x, TG_F32);
    ck_assert_ptr_nonnull(tg_apply(wide, TG_LIST(x, x)));
    ck_assert_ptr_nonnull(tg_apply(narrow, TG_LIST(f)));
    ck_refused(tg_apply(wide, TG_LIST(x, y)), TG_ERR_SHAPE, "wide takes operands of one shape");
    ck_refused(tg_apply(wide, TG_LIST(x, f)), TG_ERR_DTYPE,
               "all of them f64; operand 1 is another");
    ck_refused(tg_apply(narrow, TG_LIST(x)), TG_ERR_DTYPE, "all of them f32");
}
END_TEST

START_TEST(differentiating_without_a_rule_is_an_error_unless_none_is_meant)
{
    tg_op *bare = tg_op_new(store, "bare", .run = cube_run);
    tg_op *closed = tg_op_new(store, "closed", .run = cube_run, .no_gradient = "a step");
    tg_tensor *x = fed("x", TG_SHAPE(6), at6);
    tg_tensor *open_sum = tg_sum(tg_apply(bare, TG_LIST(x)));
    tg_tensor *closed_sum = tg_sum(tg_apply(closed, TG_LIST(x)));
    double zeros[6] = { 0 };
    ck_values(tg_grad(closed_sum, x), 6, zeros);
    ck_assert(!tg_depends(closed_sum, x));
    ck_assert_ptr_null(tg_grad(open_sum, x));
    ck_assert_int_eq(tg_tape_status(tape), TG_ERR_UNSUPPORTED);
    ck_says("bare has no rule");
}
END_TEST

static tg_status scaled_run(const tg_call *k)
{
    const double *factor = k->context, *x = k->in[0].data;
    for (int64_t i = 0; i < k->out.count; i++) ((double *)k->out.data)[i] = *factor * x[i];
    return TG_OK;
}

static void scaled_vjp(tg_tensor *y, tg_tensor *g, tg_tensor *const in[], tg_tensor *to[])
{
    (void)in;
    to[0] = tg_apply(tg_op_of(y), TG_LIST(g)); /* linear, and its own transpose */
}

START_TEST(kernel_and_rule_reach_the_operation_and_its_context)
{
    static const double three = 3;
    tg_op *op = tg_op_new(store, "scaled", .run = scaled_run, .vjp = scaled_vjp, .context = &three);
    tg_tensor *x = fed("x", TG_SHAPE(6), at6), *y = tg_apply(op, TG_LIST(x));
    ck_assert_ptr_eq(tg_op_of(y), op);
    ck_assert_ptr_null(tg_op_of(x));
    ck_assert_ptr_eq(tg_op_context(op), &three);
    ck_assert_int_eq(tg_arity(y), 1);
    ck_assert_int_eq(tg_check_op(op, TG_LIST(x)), TG_OK);
    ck_no_error();
}
END_TEST

/* ---- Out of memory ---------------------------------------------------------------------- */

/* Makes, applies, differentiates and runs an operation; the [fail_at]-th allocation fails. Returns
 * whether all of it worked. */
static bool whole_message(failing_allocator *memory)
{
    const tg_allocator allocator = failing_interface(memory);
    const affine attr = { 2, 3 };
    tg_store *s = tg_store_new(.dtype = TG_F64, .allocator = &allocator);
    tg_tape *t = tg_tape_new(s);
    tg_op *op = tg_op_new(s, "affine", .run = affine_run, .shape = like_first, .vjp = affine_vjp,
                          .arity = 3);
    tg_tensor *x = tg_input(t, "x", TG_F64, TG_SHAPE(4)), *c = tg_input(t, "c", TG_F64, TG_SCALAR);
    tg_tensor *y = tg_apply(op, TG_LIST(x, x, c), .attr = &attr, .attr_size = sizeof attr);
    tg_tensor *g = tg_grad(tg_sum(y), x);
    tg_plan *plan = tg_compile(t, y, g, .naive = true);
    const bool ok = plan && tg_run(plan) == TG_OK;
    const bool told = !s || !t || tg_store_status(s) == TG_ERR_MEMORY ||
                      tg_tape_status(t) == TG_ERR_MEMORY ||
                      (plan && strstr(tg_plan_error(plan), "memory"));
    ck_assert_msg(ok || told, "store: %s\ntape: %s", tg_store_error(s), tg_tape_error(t));
    tg_plan_free(plan);
    tg_tape_free(t);
    tg_store_free(s);
    ck_assert_uint_eq(memory->live, 0);
    return ok;
}

START_TEST(every_failed_allocation_is_told_and_leaks_nothing)
{
    failing_allocator memory = { 0 };
    ck_assert(whole_message(&memory));
    const size_t points = memory.calls;
    ck_assert_uint_gt(points, 10);
    for (size_t i = 1; i <= points; i++) {
        memory = (failing_allocator){ .fail_at = i, .persistent = _i };
        ck_assert(!whole_message(&memory) || !memory.persistent);
        ck_assert_uint_gt(memory.failures, 0);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("custom");
    TCase *all = tcase_create("custom");
    tcase_add_checked_fixture(all, open_tape, close_tape);
    tcase_add_test(all, an_operation_has_derivatives_of_any_order);
    tcase_add_test(all, several_operands_and_attributes_reach_kernel_and_rule);
    tcase_add_test(all, an_operand_may_be_of_integers_and_the_result_of_another_shape);
    tcase_add_test(all, a_shape_rule_may_look_at_the_context);
    tcase_add_test(all, a_result_of_integers_stops_gradients);
    tcase_add_test(all, no_gradient_passes_an_operation_without_a_rule);
    tcase_add_test(all, a_rule_may_leave_an_operand_without_a_gradient);
    tcase_add_test(all, rules_may_use_custom_operations_and_their_own);
    tcase_add_test(all, a_rule_may_differentiate_a_composition);
    tcase_add_test(all, an_operation_takes_any_number_of_operands_if_it_says_so);
    tcase_add_test(all, numbers_and_empty_operands_are_operands);
    tcase_add_test(all, views_arrive_dense);
    tcase_add_test(all, a_user_of_a_view_of_the_result_sees_it);
    tcase_add_test(all, equal_nodes_merge_and_other_attributes_do_not);
    tcase_add_test(all, define_by_run_serves_each_attribute_its_own_values);
    tcase_add_test(all, it_stands_among_other_operations_on_threads_too);
    tcase_add_test(all, dumps_call_it_by_its_name);
    tcase_add_test(all, without_a_shape_rule_all_operands_are_of_one_type);
    tcase_add_test(all, differentiating_without_a_rule_is_an_error_unless_none_is_meant);
    tcase_add_test(all, kernel_and_rule_reach_the_operation_and_its_context);
    tcase_add_loop_test(all, every_failed_allocation_is_told_and_leaks_nothing, 0, 2);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
