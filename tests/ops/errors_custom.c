/* errors_custom.c: operations of the user's that are declared, applied or written wrongly: rules
 * and kernels that fail, lie, or give what is not theirs. */
#include "tests/support/bad_input.h"

/* ---- Operations to misuse --------------------------------------------------------------- */

static tg_status cube_run(const tg_call *k)
{
    const double *in = k->in[0].data;
    double *out = k->out.data;
    for (int64_t i = 0; i < k->out.count; i++) out[i] = in[i] * in[i] * in[i];
    return TG_OK;
}

static void cube_vjp(tg_tensor *result, tg_tensor *g, tg_tensor *const in[], tg_tensor *to[])
{
    (void)result;
    to[0] = tg_mul(g, tg_mul_num(tg_square(in[0]), 3));
}

static tg_op *cube, *any;

static void open_custom(void)
{
    open_operands();
    cube = tg_op_new(store, "cube", .run = cube_run, .vjp = cube_vjp);
    any = tg_op_new(store, "any", .run = cube_run, .arity = -1);
    ck_assert(cube && any);
}

/* ---- Declaring -------------------------------------------------------------------------- */

/* The store has that error, of this line; cleared, it works. */
static void ck_store_error(const char *call, int line, tg_status status, const char *words)
{
    char place[64];
    (void)snprintf(place, sizeof place, "errors_custom.c:%d", line);
    ck_assert_msg(tg_store_status(store) == status, "%s: %s", call, tg_store_error(store));
    ck_assert_msg(strstr(tg_store_error(store), words) != NULL, "%s", tg_store_error(store));
    ck_assert_msg(strstr(tg_store_error(store), "tg_op_new") != NULL, "%s", tg_store_error(store));
    ck_assert_msg(strstr(tg_store_error(store), place) != NULL, "%s", tg_store_error(store));
    ck_assert_ptr_null(tg_op_new(store, "late", .run = cube_run));
    ck_assert_msg(strstr(tg_store_error(store), words) != NULL, "%s", tg_store_error(store));
    contract_note("", call, contract_kind(status, tg_store_error(store)), tg_store_error(store));
    tg_store_clear_error(store);
    ck_unchanged(call);
}
#define NOT_MADE(call, words)                                                                      \
    do {                                                                                           \
        ck_assert_ptr_null(call);                                                                  \
        ck_store_error(#call, __LINE__, TG_ERR_ARGUMENT, words);                                   \
    } while (0)

START_TEST(operations_that_cannot_be)
{
    IS_SILENT(tg_op_new(NULL, "op", .run = cube_run));
    NOT_MADE(tg_op_new(store, NULL, .run = cube_run), "(NULL)");
    NOT_MADE(tg_op_new(store, "", .run = cube_run), "\"\" is no name");
    NOT_MADE(tg_op_new(store, "a b", .run = cube_run), "\"a b\" is no name");
    NOT_MADE(tg_op_new(store, "%s", .run = cube_run), "\"%s\" is no name");
    NOT_MADE(tg_op_new(store, "\xc3\xa4", .run = cube_run), "letters, digits and _");
    NOT_MADE(tg_op_new(store, "op"), "op has no kernel");
    NOT_MADE(tg_op_new(store, "op", .vjp = cube_vjp), "op has no kernel");
    NOT_MADE(tg_op_new(store, "op", .run = cube_run, .arity = 0), "op has .arity = 0");
    NOT_MADE(tg_op_new(store, "op", .run = cube_run, .arity = -2), "op has .arity = -2");
    NOT_MADE(tg_op_new(store, "op", .run = cube_run, .arity = 255), "op has .arity = 255");
    NOT_MADE(tg_op_new(store, "op", .run = cube_run, .arity = INT_MIN), "op has .arity = -2147");
    NOT_MADE(tg_op_new(store, "op", .run = cube_run, .arity = INT_MAX), "op has .arity = 2147");
    ACCEPTS(tg_op_name(NULL)[0] == 0);
    ACCEPTS(tg_attr_of(NULL) == NULL);
    ACCEPTS(tg_op_of(NULL) == NULL);
    ACCEPTS(tg_op_context(NULL) == NULL);
    ck_assert_ptr_null(tg_op_of(x));
    ck_assert_ptr_null(tg_op_new(store, "op", .run = cube_run, .dtype = (tg_dtype)77));
    ck_store_error("tg_op_new(.dtype = 77)", __LINE__ - 1, TG_ERR_DTYPE, "op");
    ck_assert_ptr_null(tg_attr_of(x));
    ck_assert_ptr_null(tg_attr_of(tg_iota(tape, TG_I32, 3))); /* has some, of its own */
}
END_TEST

/* ---- Applying --------------------------------------------------------------------------- */

START_TEST(operands_that_an_operation_does_not_take)
{
    enum { MANY = UINT16_MAX + 1 };
    static tg_tensor *list[MANY];
    const int attr = 1;
    tg_tape *twin = tg_tape_new(store); /* of the same store */
    tg_tensor *theirs = tg_input(twin, "theirs", TG_F64, TG_SHAPE(2, 3));
    tg_op *stranger = tg_op_new(foreign_store, "stranger", .run = cube_run);
    for (int i = 0; i < MANY; i++) list[i] = x;
    IS_SILENT(tg_apply(NULL, TG_LIST(x)));
    IS_SILENT(tg_apply(cube, (tg_list){ 1, NULL }));
    IS_SILENT(tg_apply(cube, (tg_list){ 0, NULL }));
    IS_SILENT(tg_apply(cube, TG_LIST(NULL)));
    IS_SILENT(tg_apply(any, TG_LIST(x, NULL)));
    IS_REFUSED(tg_apply(cube, TG_LIST(stale)), TG_ERR_STATE, "tg_apply", "operand 0 is stale");
    IS_REFUSED(tg_apply(any, TG_LIST(x, foreign)), TG_ERR_ARGUMENT, "tg_apply", "another tape");
    IS_REFUSED(tg_apply(any, TG_LIST(x, theirs)), TG_ERR_ARGUMENT, "tg_apply", "another tape");
    IS_REFUSED(tg_apply(stranger, TG_LIST(x)), TG_ERR_ARGUMENT, "tg_apply",
               "stranger was made in another store");
    IS_REFUSED(tg_apply(cube, TG_LIST(x, x)), TG_ERR_ARGUMENT, "tg_apply",
               "cube takes 1 operands, and is given 2");
    IS_REFUSED(tg_apply(cube, (tg_list){ MANY, list }), TG_ERR_UNSUPPORTED, "tg_apply",
               "at most 65535 operands");
    IS_REFUSED(tg_apply(any, (tg_list){ 65, list }), TG_ERR_ARGUMENT, "tg_apply",
               "64 operands at most, and is given 65");
    IS_REFUSED(tg_apply(cube, TG_LIST(x), .attr_size = 8), TG_ERR_ARGUMENT, "tg_apply",
               ".attr is NULL, with .attr_size = 8");
    IS_REFUSED(tg_apply(cube, TG_LIST(x), .attr = &attr, .attr_size = SIZE_MAX), TG_ERR_ARGUMENT,
               "tg_apply", "too large");
    IS_REFUSED(tg_apply(cube, TG_LIST(x), .attr = &attr, .attr_size = (size_t)INT32_MAX + 1),
               TG_ERR_ARGUMENT, "tg_apply", "too large, with .attr_size = 2147483648");
    tg_tape_free(twin);
}
END_TEST

/* ---- Shape rules ------------------------------------------------------------------------ */

typedef struct shape_lie {
    tg_status status;
    const char *text; /* what the rule says */
    int dtype, rank;
    int64_t size;
    tg_status want;
    const char *words;
} shape_lie;
static const shape_lie shape_lies[] = {
    { TG_ERR_SHAPE, "needs a square", TG_F64, 1, 3, TG_ERR_SHAPE, "liar: needs a square" },
    { TG_ERR_DTYPE, "", TG_F64, 1, 3, TG_ERR_DTYPE, "liar: its shape rule refuses" },
    { TG_ERR_INTERNAL, "%s%n", TG_F64, 1, 3, TG_ERR_INTERNAL, "liar: %s%n" },
    { (tg_status)99, "odd", TG_F64, 1, 3, (tg_status)99, "liar: odd" },
    { TG_OK, "", 0, 1, 3, TG_ERR_DTYPE, "liar: its shape rule gives the unknown dtype 0" },
    { TG_OK, "", 77, 1, 3, TG_ERR_DTYPE, "unknown dtype 77" },
    { TG_OK, "", -1, 1, 3, TG_ERR_DTYPE, "unknown dtype -1" },
    { TG_OK, "", TG_F64, 9, 3, TG_ERR_SHAPE, "0 to 8 axes" },
    { TG_OK, "", TG_F64, -1, 3, TG_ERR_SHAPE, "0 to 8 axes" },
    { TG_OK, "", TG_F64, INT_MIN, 3, TG_ERR_SHAPE, "0 to 8 axes" },
    { TG_OK, "", TG_F64, 1, -3, TG_ERR_SHAPE, "axis 0 of [-3] is negative" },
    { TG_OK, "", TG_F64, 1, INT64_MAX, TG_ERR_SHAPE, "more bytes" },
    { TG_OK, "", TG_F64, 2, INT64_C(1) << 40, TG_ERR_SHAPE, "more bytes" },
};

static tg_status lying_shape(const void *attr, int arity, const tg_type *in, tg_type *out,
                             tg_error *error)
{
    const shape_lie *lie = &shape_lies[*(const int *)attr];
    (void)arity, (void)in;
    out->dtype = (tg_dtype)lie->dtype;
    out->shape.rank = lie->rank;
    for (int i = 0; i < TG_MAX_RANK; i++) out->shape.dim[i] = lie->size;
    (void)snprintf(error->text, sizeof error->text, "%s", lie->text);
    return lie->status;
}

START_TEST(shape_rules_that_refuse_or_lie)
{
    const shape_lie *lie = &shape_lies[_i];
    tg_op *liar = tg_op_new(store, "liar", .run = cube_run, .shape = lying_shape);
    IS_REFUSED(tg_apply(liar, TG_LIST(x), .attr = &_i, .attr_size = sizeof _i), lie->want,
               "tg_apply", lie->words);
    contract_note("", "tg_apply: a shape rule", contract_kind(lie->want, lie->words), lie->words);
}
END_TEST

/* A message without an end. */
static tg_status endless_shape(const void *attr, int arity, const tg_type *in, tg_type *out,
                               tg_error *error)
{
    (void)attr, (void)arity, (void)in, (void)out;
    memset(error->text, 'x', sizeof error->text);
    return TG_ERR_SHAPE;
}

START_TEST(a_message_without_an_end_is_cut)
{
    tg_op *op = tg_op_new(store, "endless", .run = cube_run, .shape = endless_shape);
    IS_REFUSED(tg_apply(op, TG_LIST(x)), TG_ERR_SHAPE, "tg_apply", "endless: xxxx");
}
END_TEST

/* ---- Kernels ---------------------------------------------------------------------------- */

typedef struct failure {
    tg_status status;
    const char *text;
    tg_status want;
    const char *words;
} failure;
static const failure failures[] = {
    { TG_ERR_NUMERIC, "entry 3 is negative", TG_ERR_NUMERIC, "entry 3 is negative" },
    { TG_ERR_INDEX, "", TG_ERR_INDEX, "failing" },
    { TG_ERR_MEMORY, "%s%n", TG_ERR_MEMORY, "%s%n" },
    { (tg_status)99, "odd", (tg_status)99, "odd" },
    { (tg_status)-1, "", (tg_status)-1, "failing" },
    { TG_ERR_IO, NULL, TG_ERR_IO, "xxxx" }, /* without an end */
};

static tg_status failing_run(const tg_call *k)
{
    const failure *f = &failures[*(const int *)k->attr];
    if (f->text) (void)snprintf(k->error->text, sizeof k->error->text, "%s", f->text);
    else memset(k->error->text, 'x', sizeof k->error->text);
    return f->status;
}

START_TEST(kernels_that_fail)
{
    const failure *f = &failures[_i];
    double got[6];
    tg_op *failing = tg_op_new(store, "failing", .run = failing_run);
    tg_tensor *bad = tg_apply(failing, TG_LIST(x), .attr = &_i, .attr_size = sizeof _i);
    tg_assign(weight, tg_add(bad, x)); /* never made */
    ck_no_error();
    for (int way = 0; way < 3; way++) {
        tg_plan *plan = tg_compile(tape, bad, .naive = way == 1, .threads = way == 2 ? 2 : 1);
        ck_assert_int_eq(tg_run(plan), f->want);
        const char *message = tg_plan_error(plan);
        ck_assert_msg(strstr(message, f->words) != NULL, "%s", message);
        ck_assert_msg(strstr(message, "failing") != NULL, "%s", message);
        ck_assert_msg(strstr(message, "errors_custom.c:") != NULL, "%s", message);
        ck_assert_uint_lt(strlen(message), TG_ERROR_TEXT);
        contract_note("", "tg_run", contract_kind(f->want, message), message);
        ck_no_error(); /* it does not stick */
        ck_assert_int_eq(tg_report(tape, NULL), 1);
        ck_assert_int_eq(tg_var_get(weight, got, 6), TG_OK);
        for (int i = 0; i < 6; i++) ck_assert(got[i] == 1);
        tg_plan_free(plan);
    }
    ck_assert_int_eq(tg_get(bad, got, 6), f->want);
    ck_assert_int_eq(tg_commit(tape), f->want);
    ck_assert_int_eq(tg_var_get(weight, got, 6), TG_OK);
    for (int i = 0; i < 6; i++) ck_assert(got[i] == 1);
    tg_tensor *cubes = tg_apply(cube, TG_LIST(x));
    tg_plan *pure = tg_compile_pure(tape, cubes); /* the rest of the tape goes on */
    ck_assert_int_eq(tg_run(pure), TG_OK);
    ck_assert_int_eq(tg_get(cubes, got, 6), TG_OK);
    ck_assert(got[1] == 8);
    tg_plan_free(pure);
}
END_TEST

/* ---- Rules of derivatives --------------------------------------------------------------- */

static tg_tensor *given; /* what a rule gives */

static void giving_vjp(tg_tensor *result, tg_tensor *g, tg_tensor *const in[], tg_tensor *to[])
{
    (void)result, (void)g, (void)in;
    to[0] = given;
}

static void failing_vjp(tg_tensor *result, tg_tensor *g, tg_tensor *const in[], tg_tensor *to[])
{
    (void)result, (void)in;
    to[0] = tg_fail(tg_tape_of(g), TG_HERE, TG_ERR_UNSUPPORTED, "tg_vjp: no slope here");
}

static void wrong_vjp(tg_tensor *result, tg_tensor *g, tg_tensor *const in[], tg_tensor *to[])
{
    (void)result;
    to[0] = tg_matmul(g, in[0]); /* [2, 3] . [2, 3] */
}

/* What a rule does wrong is told with the line on which its operation was applied. */
typedef struct gift {
    tg_tensor **what;
    tg_status status;
    const char *words;
} gift;
static const gift gifts[] = {
    { &y, TG_ERR_SHAPE, "gave operand 0 a gradient [4, 5] f64; it must be [2, 3] f64" },
    { &narrow, TG_ERR_SHAPE, "gradient [2, 3] f32; it must be [2, 3] f64" },
    { &integer, TG_ERR_SHAPE, "gradient [2, 3] i32" },
    { &number, TG_ERR_SHAPE, "gradient [] f64" },
    { &foreign, TG_ERR_STATE, "a gradient that is not of this tape" },
    { &stale, TG_ERR_STATE, "a gradient that is not of this tape" },
};

START_TEST(rules_that_give_what_is_no_gradient)
{
    const gift *g = &gifts[_i];
    double got[6];
    tg_op *giving = tg_op_new(store, "giving", .run = cube_run, .vjp = giving_vjp);
    tg_tensor *applied = tg_apply(giving, TG_LIST(x)), *out = NULL;
    const int line = __LINE__ - 1;
    tg_tensor *loss = tg_sum(applied);
    given = *g->what;
    remember();
    ck_assert_ptr_null(tg_grad(loss, x));
    ck_error("tg_grad(loss, x)", __FILE__, line, g->status, "tg_grad: the rule of giving",
             g->words);
    ck_assert_int_eq(tg_vjp(loss, NULL, TG_LIST(x), &out), g->status);
    ck_error("tg_vjp(loss, ...)", __FILE__, line, g->status, "the rule of giving", g->words);
    ck_assert_ptr_null(out);
    given = NULL; /* no slope: zeros */
    ck_assert_int_eq(tg_get(tg_grad(loss, x), got, 6), TG_OK);
    for (int i = 0; i < 6; i++) ck_assert(got[i] == 0);
}
END_TEST

START_TEST(rules_that_fail)
{
    tg_op *failing = tg_op_new(store, "failing", .run = cube_run, .vjp = failing_vjp);
    tg_op *wrong = tg_op_new(store, "wrong", .run = cube_run, .vjp = wrong_vjp);
    tg_tensor *loss = tg_sum(tg_apply(failing, TG_LIST(x)));
    tg_tensor *other = tg_sum(tg_apply(wrong, TG_LIST(x)));
    const int line = __LINE__ - 1; /* what a rule records has the line of its operation */
    remember();
    ck_assert_ptr_null(tg_grad(loss, x));
    ck_error("tg_grad(loss, x)", __FILE__, line - 1, TG_ERR_UNSUPPORTED, "tg_grad",
             "no slope here");
    ck_assert_ptr_null(tg_grad(other, x));
    ck_error("tg_grad(other, x)", __FILE__, line, TG_ERR_SHAPE, "tg_grad: in tg_matmul",
             "inner dimensions");
}
END_TEST

TCase *errors_custom(void)
{
    TCase *cases = tcase_create("custom");
    tcase_add_checked_fixture(cases, open_custom, close_operands);
    tcase_add_test(cases, operations_that_cannot_be);
    tcase_add_test(cases, operands_that_an_operation_does_not_take);
    tcase_add_loop_test(cases, shape_rules_that_refuse_or_lie, 0, COUNT_OF(shape_lies));
    tcase_add_test(cases, a_message_without_an_end_is_cut);
    tcase_add_loop_test(cases, kernels_that_fail, 0, COUNT_OF(failures));
    tcase_add_loop_test(cases, rules_that_give_what_is_no_gradient, 0, COUNT_OF(gifts));
    tcase_add_test(cases, rules_that_fail);
    return cases;
}
