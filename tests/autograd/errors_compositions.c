/* errors_compositions.c: calls that are made of others: whose name an error has, when it is
 * recorded and when it runs, and that a refused one leaves nothing behind. */
#include "tests/support/bad_input.h"

/* ---- A composition of the user's -------------------------------------------------------- */

/* They have the names of the functions that are tried by them: the book knows public ones alone. */
#define INNER "tg_enter"
#define OUTER "tg_enter_tape"
static tg_var *fresh;

#undef TG_HERE
#define TG_HERE at
/* Does all that a call can do to a tape and its store, and then what [end] says. */
static tg_tensor *composed(tg_site at, tg_tensor *a, tg_tensor *b, tg_tensor *(*end)(tg_site at))
{
    if (!tg_enter(&at, INNER, TG_LIST(a, b))) return NULL;
    fresh = tg_state(store, "fresh", TG_F64, TG_SHAPE(2, 3), 0);
    tg_tensor *drawn = tg_uniform(tape, "key", TG_F64, TG_SHAPE(2, 3), 0, 1);
    tg_tensor *sum = tg_add(tg_read(tape, fresh), tg_mul(drawn, a));
    tg_assign(fresh, sum);
    tg_override(tape, weight, sum);
    return end ? end(at) : tg_add(sum, b);
}
static tg_tensor *ends_with_a_misfit(tg_site at) { return tg_matmul(x, y); }
static tg_tensor *ends_with_a_softmax(tg_site at) { return tg_softmax(integer); }
static tg_tensor *ends_with_words(tg_site at)
{
    return tg_fail(tape, at, TG_ERR_ARGUMENT, "it is %d", 7);
}
static tg_tensor *ends_in_silence(tg_site at) { return tg_undo(at); }
static tg_tensor *outer(tg_site at, tg_tensor *a)
{
    if (!tg_enter(&at, OUTER, TG_LIST(a))) return NULL;
    tg_tensor *first = tg_exp(a);
    return composed(at, first, a, ends_with_a_misfit);
}
static tg_tensor *labelled(tg_site at, tg_tensor *labels)
{
    if (!tg_enter_tape(&at, "labelled", tape)) return NULL;
    return tg_cross_entropy(x, labels);
}
#undef TG_HERE
#define TG_HERE ((tg_site){ __FILE__, __LINE__, NULL, NULL })

START_TEST(a_refused_call_leaves_nothing)
{
    tried = INNER;
    IS_REFUSED(composed(TG_HERE, x, x, ends_with_a_misfit), TG_ERR_SHAPE,
               "in tg_matmul: ", "inner");
    IS_REFUSED(composed(TG_HERE, x, x, ends_with_a_softmax), TG_ERR_DTYPE,
               "in tg_softmax: ", "i32");
    IS_REFUSED(composed(TG_HERE, x, x, ends_with_words), TG_ERR_ARGUMENT, INNER, "it is 7");
    IS_REFUSED(composed(TG_HERE, x, y, NULL), TG_ERR_SHAPE, "in tg_add: ", "do not broadcast");
    IS_REFUSED(composed(TG_HERE, x, foreign, NULL), TG_ERR_ARGUMENT, INNER, "another tape");
    IS_REFUSED(composed(TG_HERE, stale, x, NULL), TG_ERR_STATE, INNER, "stale");
    IS_SILENT(composed(TG_HERE, x, NULL, NULL));
    IS_SILENT(composed(TG_HERE, NULL, x, NULL));
    IS_SILENT(composed(TG_HERE, x, x, ends_in_silence));
    tried = OUTER;
    IS_REFUSED(outer(TG_HERE, x), TG_ERR_SHAPE, OUTER ": in tg_matmul", "inner dimensions");
    tried = INNER;
    /* Variables and overrides are as before, and the key is free. */
    ck_assert_ptr_null(tg_find(store, "fresh"));
    ck_assert_ptr_eq(tg_var_of(tg_read(tape, weight)), weight);
    ck_assert_int_eq(tg_override_end(tape, weight), TG_ERR_STATE);
    tg_tape_clear_error(tape);
    tg_tensor *good = composed(TG_HERE, x, x, NULL);
    ck_no_error();
    double got[6];
    ck_assert_int_eq(tg_get(good, got, 6), TG_OK);
    ck_assert_int_eq(tg_commit(tape), TG_OK);
    IS_REFUSED(composed(TG_HERE, x, x, NULL), TG_ERR_ARGUMENT, "in tg_uniform: ", "used twice");
}
END_TEST

/* A variable that is gone with its call is no variable of the store. */
START_TEST(a_handle_of_a_variable_that_was_taken_back)
{
    double got[6] = { 0 };
    ck_assert_ptr_null(composed(TG_HERE, x, x, ends_with_words));
    tg_tape_clear_error(tape);
    ck_assert_ptr_nonnull(fresh);
    ck_assert_int_ne(tg_var_get(fresh, got, 6), TG_OK);
    ck_assert_ptr_null(tg_read(tape, fresh));
    ck_says("belongs to another store");
    tg_tape_clear_error(tape);
}
END_TEST

#define ACCEPTS_NOT(call)                                                                          \
    do {                                                                                           \
        ck_assert(!(call));                                                                        \
        contract_note("", #call, BAD_NULL, NULL);                                                  \
    } while (0)

START_TEST(the_functions_themselves)
{
    tg_site at = TG_HERE;
    tried = "tg_enter";
    ACCEPTS_NOT(tg_enter(&at, "f", TG_LIST(NULL)));
    ACCEPTS_NOT(tg_enter(&at, "f", TG_LIST(x, NULL)));
    ACCEPTS_NOT(tg_enter(&at, "f", (tg_list){ 1, NULL }));
    ACCEPTS_NOT(tg_enter_tape(&at, "f", NULL));
    ACCEPTS(tg_undo((tg_site){ 0 }) == NULL);
    ck_no_error();
    at = TG_HERE;
    remember();
    ck_assert(!tg_enter(&at, "tg_enter", TG_LIST(x, stale)));
    ck_error("tg_enter", __FILE__, at.line, TG_ERR_STATE, "tg_enter", "operand 1 is stale");
    at = TG_HERE;
    IS_IDLE_AFTER_AN_ERROR(tg_enter(&at, "tg_enter", TG_LIST(x)));
    tried = "tg_enter_tape";
    IS_IDLE_AFTER_AN_ERROR(tg_enter_tape(&at, "tg_enter_tape", tape));
    tried = NULL;
    /* Entered twice: the outer name and the first mark stay. */
    at = TG_HERE;
    ck_assert(tg_enter(&at, "first", TG_LIST(x)));
    ck_assert_ptr_nonnull(tg_exp(x));
    ck_assert(tg_enter(&at, "second", TG_LIST(x)));
    ck_assert_str_eq(at.function, "first");
    (void)tg_undo(at);
    ck_unchanged("tg_undo");
    (void)tg_undo(at); /* and again, for nothing */
    ck_unchanged("tg_undo");
    tg_rewind(tape);
    x = tg_input(tape, "x", TG_F64, TG_SHAPE(2, 3));
    (void)tg_undo(at); /* of before */
    ck_assert_uint_eq(tg_tape_length(tape), 1);
}
END_TEST

/* An error where a rule of differentiation records is that of who asked for the derivative. */
static void rule_that_fails(tg_tensor *g_of, tg_tensor *g, tg_tensor *const in[], tg_tensor *to[])
{
    (void)g_of;
    to[0] = tg_matmul(g, in[0]);
}
static tg_status copies(const tg_call *k)
{
    memcpy(k->out.data, k->in[0].data, (size_t)k->out.count * sizeof(double));
    return TG_OK;
}

START_TEST(derivatives_that_cannot_be_recorded)
{
    tg_op *op = tg_op_new(store, "wrong", .run = copies, .vjp = rule_that_fails);
    tg_tensor *loss = tg_sum(tg_apply(op, TG_LIST(tg_read(tape, weight))));
    const tg_tensor *read = tg_read(tape, weight);
    remember();
    ck_assert_ptr_null(tg_adam(loss).tape);
    ck_error("tg_adam(loss)", "errors_compositions.c", 0, TG_ERR_SHAPE,
             "tg_adam: in tg_matmul: ", "inner dimensions");
    ck_assert_ptr_eq(tg_read(tape, weight), read);
    ck_assert_ptr_null(tg_hvp(loss, tg_read(tape, weight), x));
    ck_error("tg_hvp(loss, ...)", "errors_compositions.c", 0, TG_ERR_SHAPE,
             "tg_hvp: in tg_matmul: ", "inner dimensions");
}
END_TEST

/* ---- Runs ------------------------------------------------------------------------------- */

static tg_tensor *label_of(int64_t value)
{
    return tg_constant(tape, TG_I64, TG_SHAPE(2), ((int64_t[]){ 0, value }));
}

/* The value cannot be computed, and the message is that of the function that the user called. */
static void ck_fails(tg_tensor *value, const char *message, int line)
{
    char begins[300];
    for (int way = 0; way < 2; way++) {
        ck_no_error();
        ck_assert_msg(value != NULL, "%d", line);
        tg_tensor *whole = tg_sum(tg_cast(value, TG_F64));
        tg_plan *plan = tg_compile_pure(tape, whole, .naive = way == 1);
        ck_assert_ptr_nonnull(plan);
        ck_assert_int_ne(tg_run(plan), TG_OK);
        const char *said = tg_plan_error(plan);
        (void)snprintf(begins, sizeof begins, "%s:%d: %s", __FILE__, line, message);
        ck_assert_msg(strncmp(said, begins, strlen(begins)) == 0, "%s, not %s", said, begins);
        tg_plan_free(plan);
    }
}
#define FAILS_AS(value, message) ck_fails(value, message, __LINE__)

START_TEST(runs_tell_the_function_that_was_called)
{
    static const char outside[] = "index 9 at position 1 is outside [0, 3)";
    char message[200];
    tg_tensor *bad = label_of(9);
#define INDEXED(value, function)                                                                   \
    do {                                                                                           \
        (void)snprintf(message, sizeof message, "%s: %s", function, outside);                      \
        FAILS_AS(value, message);                                                                  \
    } while (0)
    INDEXED(tg_cross_entropy(x, bad), "tg_cross_entropy");
    INDEXED(tg_nll(x, bad), "tg_nll");
    INDEXED(tg_multi_margin(x, bad), "tg_multi_margin");
    INDEXED(tg_margin_loss(x, bad), "tg_margin_loss");
    INDEXED(tg_perplexity(x, bad), "tg_perplexity");
    INDEXED(tg_accuracy(x, bad), "tg_accuracy");
    INDEXED(tg_top_k_accuracy(x, bad, 1), "tg_top_k_accuracy");
    INDEXED(tg_confusion_matrix(x, bad), "tg_confusion_matrix");
    INDEXED(tg_gather(x, bad, 1), "tg_gather");
    INDEXED(tg_scatter_add(tall, bad, 0, 3), "tg_scatter_add");
    INDEXED(tg_scatter_max(tall, bad, 0, 3), "tg_scatter_max");
    INDEXED(tg_scatter_min(tall, bad, 0, 3), "tg_scatter_min");
    INDEXED(tg_segment_sum(tall, bad, 3), "tg_segment_sum");
    INDEXED(tg_segment_mean(tall, bad, 3), "tg_segment_mean");
    INDEXED(tg_segment_max(tall, bad, 3), "tg_segment_max");
    INDEXED(tg_segment_min(tall, bad, 3), "tg_segment_min");
    INDEXED(tg_segment_softmax(tall, bad, 3), "tg_segment_softmax");
    INDEXED(tg_one_hot(bad, 3, TG_F64), "tg_one_hot");
    INDEXED(tg_check_index(bad, 3), "tg_check_index");
    INDEXED(labelled(TG_HERE, bad), "labelled");
    tg_embedding table = tg_embedding_new(store, "table", 3, 4);
    INDEXED(tg_embedding_apply(&table, bad), "tg_embedding_apply");
#undef INDEXED
    tg_tensor *steps = tg_input(tape, "steps", TG_F64, TG_SHAPE(4, 2, 3));
    tg_tensor *word = tg_constant(tape, TG_I64, TG_SHAPE(2, 1), ((int64_t[]){ 1, 2 }));
    FAILS_AS(tg_ctc(steps, word, .label_lengths = bad), "tg_ctc: index 9");
    FAILS_AS(tg_ctc(steps, word, .input_lengths = bad), "tg_ctc: index -1");
    tg_tensor *none = tg_zeros_like(integer);
    FAILS_AS(tg_floor_div(integer, none), "tg_floor_div: an integer is divided by 0");
    FAILS_AS(tg_remainder(integer, none), "tg_remainder: an integer is divided by 0");
    FAILS_AS(tg_remainder(integer, tg_zeros_like(none)), "tg_remainder: an integer is divided");
}
END_TEST

static tg_status fails(const tg_call *k)
{
    (void)snprintf(k->error->text, TG_ERROR_TEXT, "not today");
    return TG_ERR_NUMERIC;
}

#undef TG_HERE
#define TG_HERE at
static tg_tensor *applied(tg_site at, tg_op *op)
{
    if (!tg_enter_tape(&at, "applied", tape)) return NULL;
    return tg_apply(op, TG_LIST(x));
}
#undef TG_HERE
#define TG_HERE ((tg_site){ __FILE__, __LINE__, NULL, NULL })

START_TEST(an_operation_of_the_users_is_told_too)
{
    tg_op *op = tg_op_new(store, "late", .run = fails);
    FAILS_AS(tg_apply(op, TG_LIST(x)), "late: not today");
    FAILS_AS(applied(TG_HERE, op), "applied: in late: not today");
}
END_TEST

TCase *errors_compositions(void)
{
    TCase *cases = tcase_create("compositions");
    tcase_add_checked_fixture(cases, open_operands, close_operands);
    tcase_add_test(cases, a_refused_call_leaves_nothing);
    tcase_add_test(cases, a_handle_of_a_variable_that_was_taken_back);
    tcase_add_test(cases, the_functions_themselves);
    tcase_add_test(cases, derivatives_that_cannot_be_recorded);
    tcase_add_test(cases, runs_tell_the_function_that_was_called);
    tcase_add_test(cases, an_operation_of_the_users_is_told_too);
    return cases;
}
