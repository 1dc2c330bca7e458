/* errors_transforms.c: bad input to derivatives beyond the gradient, and what the proofs of
 * derivatives say of rules, kernels and functions that are wrong. */
#include "tests/support/bad_input.h"

#include <float.h>

/* No two nodes of 32-bit sizes have 2^63 elements together. */
#define WIDE (sizeof(size_t) >= 8)

/* ---- Products, Jacobians, Hessians ------------------------------------------------------ */

START_TEST(jacobian_vector_products)
{
    tg_tensor *cubes = tg_pow_num(x, 3);
    tg_tensor *wrt[] = { x, NULL }, *tangent[] = { x, NULL };
    IS_SILENT(tg_jvp(NULL, (tg_list){ 1, wrt }, (tg_list){ 1, tangent }));
    IS_REFUSED(tg_jvp(cubes, (tg_list){ 1, NULL }, (tg_list){ 1, tangent }), TG_ERR_ARGUMENT,
               "tg_jvp", "is NULL");
    IS_REFUSED(tg_jvp(cubes, (tg_list){ 1, wrt }, (tg_list){ 1, NULL }), TG_ERR_ARGUMENT, "tg_jvp",
               "is NULL");
    IS_REFUSED(tg_jvp(cubes, (tg_list){ SIZE_MAX, NULL }, (tg_list){ SIZE_MAX, NULL }),
               TG_ERR_ARGUMENT, "tg_jvp", "is NULL");
    IS_REFUSED(tg_jvp(cubes, (tg_list){ 2, wrt }, (tg_list){ 2, tangent }), TG_ERR_ARGUMENT,
               "tg_jvp", "1 of the list is NULL");
    IS_REFUSED(tg_jvp(integer, (tg_list){ 1, wrt }, (tg_list){ 1, tangent }), TG_ERR_DTYPE,
               "tg_jvp", "not i32");
    IS_REFUSED(tg_jvp(cubes, TG_LIST(flag), (tg_list){ 1, tangent }), TG_ERR_DTYPE, "tg_jvp",
               "bool");
    IS_REFUSED(tg_jvp(cubes, (tg_list){ 1, wrt }, TG_LIST(y)), TG_ERR_SHAPE, "tg_jvp",
               "the tangent needs the shape and the dtype of x");
    IS_REFUSED(tg_jvp(cubes, (tg_list){ 1, wrt }, TG_LIST(narrow)), TG_ERR_SHAPE, "tg_jvp",
               "narrow  [2, 3] f32");
    IS_REFUSED(tg_jvp(stale, (tg_list){ 1, wrt }, (tg_list){ 1, tangent }), TG_ERR_STATE, "tg_jvp",
               "stale");
    IS_REFUSED(tg_jvp(cubes, TG_LIST(stale), (tg_list){ 1, tangent }), TG_ERR_STATE, "tg_",
               "stale");
    IS_REFUSED(tg_jvp(cubes, (tg_list){ 1, wrt }, TG_LIST(stale)), TG_ERR_STATE, "tg_", "stale");
    IS_REFUSED(tg_jvp(foreign, (tg_list){ 1, wrt }, (tg_list){ 1, tangent }), TG_ERR_ARGUMENT,
               "tg_", "another tape");
    IS_REFUSED(tg_jvp(cubes, TG_LIST(foreign), (tg_list){ 1, tangent }), TG_ERR_ARGUMENT, "tg_",
               "another tape");
    IS_REFUSED(tg_jvp(cubes, (tg_list){ 1, wrt }, TG_LIST(foreign)), TG_ERR_ARGUMENT, "tg_",
               "another tape");
    IS_REFUSED(tg_jvp(cubes, TG_LIST(x, x), TG_LIST(x, foreign)), TG_ERR_ARGUMENT, "tg_",
               "another tape");
}
END_TEST

START_TEST(hessian_vector_products)
{
    tg_tensor *loss = tg_sum(tg_pow_num(x, 3));
    IS_REFUSED(tg_hvp(x, x, x), TG_ERR_SHAPE, "tg_hvp", "a function of one element");
    IS_REFUSED(tg_hvp(empty, x, x), TG_ERR_SHAPE, "tg_hvp", "a function of one element");
    IS_REFUSED(tg_hvp(integer, x, x), TG_ERR_DTYPE, "tg_hvp", "not i32");
    IS_REFUSED(tg_hvp(loss, byte, x), TG_ERR_DTYPE, "tg_hvp", "not u8");
    IS_REFUSED(tg_hvp(loss, x, y), TG_ERR_SHAPE, "tg_hvp", "the vector needs the shape");
    IS_REFUSED(tg_hvp(loss, x, narrow), TG_ERR_SHAPE, "tg_hvp", "and the dtype of x");
}
END_TEST

START_TEST(jacobians)
{
    tg_tensor *loss = tg_sum(tg_pow_num(x, 3)), *cubes = tg_pow_num(x, 3);
    tg_tensor *five = tg_reshape(x, TG_SHAPE(1, 1, 1, 2, 3)), *of_five = tg_sum(five);
    tg_tensor *wide = tg_broadcast(number, TG_SHAPE(1 << 20));
    IS_REFUSED(tg_jacobian(integer, x), TG_ERR_DTYPE, "tg_jacobian", "not i32");
    IS_REFUSED(tg_jacobian(cubes, integer), TG_ERR_DTYPE, "tg_jacobian", "not i32");
    IS_REFUSED(tg_jacobian(five, five), TG_ERR_SHAPE, "tg_jacobian", "10 axes, more than 8");
    if (WIDE) IS_REFUSED(tg_jacobian(huge, huge), TG_ERR_SHAPE, "tg_jacobian", "more bytes");
    IS_REFUSED(tg_jacobian(wide, wide), TG_ERR_UNSUPPORTED, "tg_jacobian", "up to 65535");
    tg_tensor *line = tg_broadcast(number, TG_SHAPE(POWER(59, 27)));
    IS_REFUSED(tg_jacobian(line, x), TG_ERR_SHAPE, "tg_", "more bytes");
    IS_REFUSED(tg_hessian(x, x), TG_ERR_SHAPE, "tg_hessian", "a function of one element");
    IS_REFUSED(tg_hessian(flag, x), TG_ERR_DTYPE, "tg_hessian", "not bool");
    IS_REFUSED(tg_hessian(loss, flag), TG_ERR_DTYPE, "tg_hessian", "not bool");
    IS_REFUSED(tg_hessian(of_five, five), TG_ERR_SHAPE, "tg_hessian", "10 axes");
    if (WIDE) IS_REFUSED(tg_hessian(loss, huge), TG_ERR_SHAPE, "tg_hessian", "more bytes");
    IS_REFUSED(tg_hessian(loss, wide), TG_ERR_UNSUPPORTED, "tg_hessian", "up to 65535");
}
END_TEST

/* ---- Custom operations to be proven wrong ----------------------------------------------- */

/* out = in^3, but for what [attr] asks. */
enum lie { HONEST, RANDOM, FAILING, NARROWED };

static tg_status cube_run(const tg_call *k)
{
    static int calls;
    const int lie = k->attr ? *(const int *)k->attr : HONEST;
    calls++;
    if (lie == FAILING) return TG_ERR_UNSUPPORTED;
    for (int64_t i = 0; i < k->out.count; i++) {
        if (k->out.dtype == TG_F32) {
            const float v = ((const float *)k->in[0].data)[i];
            ((float *)k->out.data)[i] = v * v * v;
        } else {
            const double v = ((const double *)k->in[0].data)[i];
            ((double *)k->out.data)[i] = v * v * v + (lie == RANDOM ? calls : 0);
        }
    }
    return TG_OK;
}

static tg_status absolute_run(const tg_call *k)
{
    const double *in = k->in[0].data;
    for (int64_t i = 0; i < k->out.count; i++) ((double *)k->out.data)[i] = fabs(in[i]);
    return TG_OK;
}

static tg_tensor *slope_of(tg_tensor *in) { return tg_mul_num(tg_square(in), 3); }

static void right_vjp(tg_tensor *r, tg_tensor *g, tg_tensor *const in[], tg_tensor *to[])
{
    (void)r;
    to[0] = tg_mul(g, slope_of(in[0]));
}
/* Twice the slope at [1, 2]. */
static void wrong_vjp(tg_tensor *r, tg_tensor *g, tg_tensor *const in[], tg_tensor *to[])
{
    static const double factors[] = { 1, 1, 1, 1, 1, 2 };
    tg_tensor *factor = tg_constant(tg_tape_of(g), TG_F64, TG_SHAPE(2, 3), factors);
    (void)r;
    to[0] = tg_mul(tg_mul(g, slope_of(in[0])), factor);
}
static void missing_vjp(tg_tensor *r, tg_tensor *g, tg_tensor *const in[], tg_tensor *to[])
{
    (void)r, (void)g, (void)in, (void)to;
}
static void affine_vjp(tg_tensor *r, tg_tensor *g, tg_tensor *const in[], tg_tensor *to[])
{
    (void)r;
    to[0] = tg_add_num(tg_mul(g, slope_of(in[0])), 1);
}
static void squared_vjp(tg_tensor *r, tg_tensor *g, tg_tensor *const in[], tg_tensor *to[])
{
    (void)r;
    to[0] = tg_mul(tg_square(g), slope_of(in[0]));
}
/* Right, but cut off from a second derivative. */
static void stopped_vjp(tg_tensor *r, tg_tensor *g, tg_tensor *const in[], tg_tensor *to[])
{
    (void)r;
    to[0] = tg_mul(g, tg_stop_gradient(slope_of(in[0])));
}
static void sign_vjp(tg_tensor *r, tg_tensor *g, tg_tensor *const in[], tg_tensor *to[])
{
    (void)r;
    to[0] = tg_mul(g, tg_sign(in[0]));
}
static void misshapen_vjp(tg_tensor *r, tg_tensor *g, tg_tensor *const in[], tg_tensor *to[])
{
    (void)r, (void)in;
    to[0] = tg_sum(g);
}

typedef struct untrue {
    const char *name;
    tg_run_fn run;
    tg_vjp_fn vjp;
    int lie;
    tg_status status;
    const char *words[4]; /* of its message */
} untrue;
/* clang-format off */
static const untrue untruths[] = {
    { "wrong",     cube_run, wrong_vjp,     HONEST,  TG_ERR_NUMERIC,     { "wrong first derivative", "entry [1, 2]", "differences give", "x  [2, 3] f64" } },
    { "missing",   cube_run, missing_vjp,   HONEST,  TG_ERR_NUMERIC,     { "wrong first derivative", "entry [0, 0]", "it is 0, and differences give", "" } },
    { "affine",    cube_run, affine_vjp,    HONEST,  TG_ERR_NUMERIC,     { "linear", "<u, Jv>", "", "" } },
    { "squared",   cube_run, squared_vjp,   HONEST,  TG_ERR_NUMERIC,     { "linear", "<J'u, v>", "", "" } },
    { "stopped",   cube_run, stopped_vjp,   HONEST,  TG_ERR_NUMERIC,     { "wrong second derivative", "entry [0, 0]", "it is 0, and", "" } },
    { "random",    cube_run, right_vjp,     RANDOM,  TG_ERR_NUMERIC,     { "two runs differ", "entry [0, 0]", "the first gives", "and the second" } },
    { "failing",   cube_run, right_vjp,     FAILING, TG_ERR_UNSUPPORTED, { "cannot be computed", "failing", "", "" } },
    { "misshapen", cube_run, misshapen_vjp, HONEST,  TG_ERR_SHAPE,       { "the rule of misshapen", "[] f64", "[2, 3] f64", "" } },
    { "unruly",    cube_run, NULL,          HONEST,  TG_ERR_UNSUPPORTED, { "", "", "", "" } },
};
/* clang-format on */

/* The check leaves its nodes, and nothing else. */
static void ck_disproved(const char *call, tg_status status, const char *name,
                         const char *const *words)
{
    double got[6];
    ck_assert_msg(tg_tape_status(tape) == status, "%s: %s", call, tg_tape_error(tape));
    ck_says(name);
    for (int i = 0; i < 4; i++)
        if (words[i]) ck_says(words[i]);
    ck_says("errors_transforms.c:");
    contract_note("", call, contract_kind(status, tg_tape_error(tape)), tg_tape_error(tape));
    tg_tape_clear_error(tape);
    ck_assert_uint_eq(tg_assign_count(tape), assignments);
    ck_assert_uint_eq(tg_var_count(store), variables);
    ck_assert_int_eq(tg_get(x, got, 6), TG_OK); /* inputs have their values again */
    ck_assert_mem_eq(got, values, sizeof got);
    ck_assert_int_eq(tg_var_get(weight, got, 6), TG_OK);
    for (int i = 0; i < 6; i++) ck_assert(got[i] == 1);
}

START_TEST(a_wrong_operation_is_shown_to_be)
{
    const untrue *u = &untruths[_i];
    tg_op *op = tg_op_new(store, u->name, .run = u->run, .vjp = u->vjp);
    tg_op *honest = tg_op_new(store, "honest", .run = cube_run, .vjp = right_vjp);
    const tg_status status =
        tg_check_op(op, TG_LIST(x), .attr = &u->lie, .attr_size = sizeof u->lie);
    ck_assert_int_eq(status, u->status);
    ck_disproved("tg_check_op", u->status, u->name, u->words);
    /* The other order of proof finds it too, at a variable. */
    tg_tensor *read = tg_read(tape, weight);
    tg_tensor *of = tg_apply(op, TG_LIST(read), .attr = &u->lie, .attr_size = sizeof u->lie);
    ck_assert_int_eq(tg_check_gradient(tg_sum(of), TG_LIST(read)), u->status);
    ck_disproved("tg_check_gradient", u->status, "tg_", (const char *[4]){ NULL });
    ck_assert_int_eq(tg_check_op(honest, TG_LIST(x)), TG_OK);
    ck_no_error();
}
END_TEST

START_TEST(a_second_derivative_is_not_asked_for)
{
    tg_op *op = tg_op_new(store, "stopped", .run = cube_run, .vjp = stopped_vjp);
    ck_assert_int_eq(tg_check_op(op, TG_LIST(x), .first_order = true), TG_OK);
    ck_no_error();
}
END_TEST

START_TEST(a_kink_at_the_point_is_found)
{
    static const double at_zero[6] = { 1, 2, 3, 4, 0, 6 };
    tg_op *op = tg_op_new(store, "absolute", .run = absolute_run, .vjp = sign_vjp);
    ck_assert_int_eq(tg_feed(x, at_zero, 6), TG_OK);
    /* Differences to both sides give a slope of 0. */
    ck_assert_int_eq(tg_check_op(op, TG_LIST(x), .first_order = true), TG_OK);
    static const double beside[6] = { 1, 2, 3, 4, 1e-4, 6 };
    ck_assert_int_eq(tg_feed(x, beside, 6), TG_OK);
    ck_assert_int_eq(tg_check_op(op, TG_LIST(x), .step = 0x1p-9), TG_ERR_NUMERIC);
    ck_says("entry [1, 1]");
    ck_says("or a kink is near");
    double got[6];
    tg_tape_clear_error(tape);
    ck_assert_int_eq(tg_get(x, got, 6), TG_OK);
    ck_assert_mem_eq(got, beside, sizeof got);
}
END_TEST

START_TEST(single_precision_is_proven_more_coarsely)
{
    static const float singles[6] = { 1, -2, 0.5f, 1.5f, -0.25f, 2 };
    tg_op *right = tg_op_new(store, "right", .run = cube_run, .vjp = right_vjp, .dtype = TG_F32);
    tg_op *affine = tg_op_new(store, "affine", .run = cube_run, .vjp = affine_vjp, .dtype = TG_F32);
    ck_assert_int_eq(tg_feed(narrow, singles, 6), TG_OK);
    ck_assert_msg(tg_check_op(right, TG_LIST(narrow)) == TG_OK, "%s", tg_tape_error(tape));
    ck_assert_int_eq(tg_check_op(affine, TG_LIST(narrow)), TG_ERR_NUMERIC);
    ck_says("linear");
    tg_tape_clear_error(tape);
}
END_TEST

/* ---- Misuse of the proofs --------------------------------------------------------------- */

START_TEST(proofs_of_what_cannot_be_proven)
{
    const double inf = (double)INFINITY, nan_ = (double)NAN;
    tg_tensor *cubes = tg_pow_num(x, 3), *line = tg_broadcast(number, TG_SHAPE(POWER(40, 26)));
    ACCEPTS(tg_check_gradient(NULL, TG_LIST(x)) == TG_ERR_ARGUMENT);
    ck_no_error();
    FAILS_HERE(tg_check_gradient(cubes, (tg_list){ 1, NULL }), TG_ERR_ARGUMENT, "tg_check_gradient",
               "nothing to differentiate by");
    FAILS_HERE(tg_check_gradient(cubes, (tg_list){ 0, NULL }), TG_ERR_ARGUMENT, "tg_check_gradient",
               "nothing to differentiate by");
    ACCEPTS(tg_check_gradient(cubes, TG_LIST(x, NULL)) == TG_ERR_ARGUMENT);
    ck_no_error();
    FAILS_HERE(tg_check_gradient(cubes, TG_LIST(cubes)), TG_ERR_ARGUMENT, "tg_check_gradient",
               "operand 0 is neither an input nor the read of a variable");
    FAILS_HERE(tg_check_gradient(cubes, TG_LIST(x, integer)), TG_ERR_DTYPE, "tg_check_gradient",
               "not i32");
    FAILS_HERE(tg_check_gradient(integer, TG_LIST(x)), TG_ERR_DTYPE, "tg_check_gradient",
               "not i32");
    FAILS_HERE(tg_check_gradient(stale, TG_LIST(x)), TG_ERR_STATE, "tg_", "stale");
    FAILS_HERE(tg_check_gradient(cubes, TG_LIST(stale)), TG_ERR_STATE, "tg_", "stale");
    FAILS_HERE(tg_check_gradient(cubes, TG_LIST(foreign)), TG_ERR_ARGUMENT, "tg_check_gradient",
               "another tape");
    FAILS_HERE(tg_check_gradient(cubes, TG_LIST(x), .step = 0), TG_ERR_ARGUMENT,
               "tg_check_gradient", "step = 0");
    FAILS_HERE(tg_check_gradient(cubes, TG_LIST(x), .step = nan_), TG_ERR_ARGUMENT,
               "tg_check_gradient", "step = nan");
    FAILS_HERE(tg_check_gradient(cubes, TG_LIST(x), .step = inf), TG_ERR_ARGUMENT,
               "tg_check_gradient", "step = inf");
    FAILS_HERE(tg_check_gradient(cubes, TG_LIST(x), .step = -1), TG_ERR_ARGUMENT,
               "tg_check_gradient", "step = -1");
    FAILS_HERE(tg_check_gradient(cubes, TG_LIST(x), .tolerance = -1), TG_ERR_ARGUMENT,
               "tg_check_gradient", "tolerance = -1");
    FAILS_HERE(tg_check_gradient(cubes, TG_LIST(x), .tolerance = nan_), TG_ERR_ARGUMENT,
               "tg_check_gradient", "tolerance = nan");
    FAILS_HERE(tg_check_gradient(cubes, TG_LIST(x), .entries = -1), TG_ERR_ARGUMENT,
               "tg_check_gradient", "entries = -1");
    FAILS_HERE(tg_check_gradient(cubes, TG_LIST(x), .entries = INT64_MIN), TG_ERR_ARGUMENT,
               "tg_check_gradient", "entries = -9223372036854775808");
    ck_assert_int_eq(tg_check_gradient(line, TG_LIST(x)), TG_ERR_MEMORY);
    ck_disproved("tg_check_gradient(line, TG_LIST(x))", TG_ERR_MEMORY,
                 "errors_transforms.c:", (const char *const[4]){ "out of memory" });
    ck_assert_int_eq(tg_check_gradient(empty, TG_LIST(x)), TG_OK); /* nothing is right */
}
END_TEST

START_TEST(proofs_of_operations_that_do_not_apply)
{
    tg_op *cube = tg_op_new(store, "cube", .run = cube_run, .vjp = right_vjp);
    tg_op *stranger = tg_op_new(foreign_store, "stranger", .run = cube_run);
    tg_tensor *sum = tg_add(x, x);
    ACCEPTS(tg_check_op(NULL, TG_LIST(x)) == TG_ERR_ARGUMENT);
    ACCEPTS(tg_check_op(cube, (tg_list){ 1, NULL }) == TG_ERR_ARGUMENT);
    ACCEPTS(tg_check_op(cube, (tg_list){ 0, NULL }) == TG_ERR_ARGUMENT);
    ACCEPTS(tg_check_op(cube, TG_LIST(NULL)) == TG_ERR_ARGUMENT);
    ck_no_error();
    FAILS_HERE(tg_check_op(cube, TG_LIST(x, x)), TG_ERR_ARGUMENT, "cube", "takes 1 operands");
    FAILS_HERE(tg_check_op(cube, TG_LIST(stale)), TG_ERR_STATE, "tg_", "stale");
    FAILS_HERE(tg_check_op(cube, TG_LIST(x, foreign)), TG_ERR_ARGUMENT, "tg_", "another tape");
    FAILS_HERE(tg_check_op(stranger, TG_LIST(x)), TG_ERR_ARGUMENT, "stranger", "another store");
    FAILS_HERE(tg_check_op(cube, TG_LIST(integer)), TG_ERR_DTYPE, "cube", "[2, 3] i32");
    ck_assert_int_eq(tg_check_op(cube, TG_LIST(sum)), TG_ERR_ARGUMENT);
    ck_disproved("tg_check_op(cube, TG_LIST(sum))", TG_ERR_ARGUMENT, "tg_check_op: cube",
                 (const char *const[4]){ "neither an input" });
    ck_assert_int_eq(tg_check_op(cube, TG_LIST(x), .step = (double)NAN), TG_ERR_ARGUMENT);
    ck_disproved("tg_check_op(cube, TG_LIST(x), .step = NAN)", TG_ERR_ARGUMENT, "tg_check_op: cube",
                 (const char *const[4]){ "step = nan" });
    FAILS_HERE(tg_check_op(cube, TG_LIST(x), .attr_size = 3), TG_ERR_ARGUMENT, "cube",
               ".attr is NULL");
}
END_TEST

TCase *errors_transforms(void)
{
    TCase *cases = tcase_create("transforms");
    tcase_add_checked_fixture(cases, open_operands, close_operands);
    tcase_add_test(cases, jacobian_vector_products);
    tcase_add_test(cases, hessian_vector_products);
    tcase_add_test(cases, jacobians);
    tcase_add_loop_test(cases, a_wrong_operation_is_shown_to_be, 0, COUNT_OF(untruths));
    tcase_add_test(cases, a_second_derivative_is_not_asked_for);
    tcase_add_test(cases, a_kink_at_the_point_is_found);
    tcase_add_test(cases, single_precision_is_proven_more_coarsely);
    tcase_add_test(cases, proofs_of_what_cannot_be_proven);
    tcase_add_test(cases, proofs_of_operations_that_do_not_apply);
    return cases;
}
