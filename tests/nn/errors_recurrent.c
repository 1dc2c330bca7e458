/* errors_recurrent.c: bad input to recurrent nets. */
#include "tests/support/bad_input.h"

static tg_recurrent lstm, gru;
static tg_tensor *h, *wide_h, *lengths;
static const tg_recurrent nothing;

static void open_recurrent(void)
{
    open_operands();
    lstm = tg_lstm_new(store, "lstm", 4, 2, .layers = 2, .dropout = 0.5);
    gru = tg_gru_new(store, "gru", 4, 2);
    h = tg_input(tape, "h", TG_F64, TG_SHAPE(2, 3, 2));
    wide_h = tg_input(tape, "wide_h", TG_F64, TG_SHAPE(2, 3, 3));
    lengths = tg_input(tape, "lengths", TG_I64, TG_SHAPE(3));
    variables = tg_var_count(store);
}

/* The constructor leaves no variable in the struct, and a message on the store. */
#define NO_NET(call, bad, status, words)                                                           \
    do {                                                                                           \
        const tg_recurrent none = (call);                                                          \
        for (int i = 0; i < TG_RECURRENT_CELLS; i++)                                               \
            ck_assert(!none.cell[i].weight_ih && !none.cell[i].weight_hh &&                        \
                      !none.cell[i].bias_ih && !none.cell[i].bias_hh);                             \
        ck_assert_msg(tg_store_status(store) == status, "%s: %s", #call, tg_store_error(store));   \
        ck_assert_msg(strstr(tg_store_error(store), words) != NULL, "%s: %s", #call,               \
                      tg_store_error(store));                                                      \
        contract_note("", #call, bad, NULL);                                                       \
        tg_store_clear_error(store);                                                               \
    } while (0)

START_TEST(constructors)
{
    NO_NET(tg_rnn_new(NULL, "net", 2, 3), BAD_NULL, TG_OK, "");
    NO_NET(tg_gru_new(NULL, "net", 2, 3), BAD_NULL, TG_OK, "");
    NO_NET(tg_lstm_new(NULL, "net", 2, 3), BAD_NULL, TG_OK, "");
    NO_NET(tg_rnn_new(store, NULL, 2, 3), BAD_NULL, TG_ERR_ARGUMENT, "tg_rnn_new: a layer needs");
    NO_NET(tg_gru_new(store, "", 2, 3), BAD_ARGUMENT, TG_ERR_ARGUMENT, "tg_gru_new: a layer needs");
    NO_NET(tg_rnn_new(store, "net", -2, 3), BAD_SHAPE, TG_ERR_SHAPE, "-2 inputs and 3 hidden");
    NO_NET(tg_gru_new(store, "net", 2, -3), BAD_SHAPE, TG_ERR_SHAPE, "2 inputs and -3 hidden");
    NO_NET(tg_lstm_new(store, "net", 2, INT64_MAX), BAD_SIZE, TG_ERR_SHAPE, "tg_lstm_new");
    NO_NET(tg_lstm_new(store, "net", INT64_MAX, INT64_MAX / 8), BAD_SIZE, TG_ERR_SHAPE, "net");
    NO_NET(tg_lstm_new(store, "net", 2, 3, .layers = -1), BAD_ARGUMENT, TG_ERR_ARGUMENT,
           "cannot have -1 layers: 1 to 32");
    NO_NET(tg_lstm_new(store, "net", 2, 3, .layers = 0), BAD_ARGUMENT, TG_ERR_ARGUMENT,
           "cannot have 0 layers");
    NO_NET(tg_gru_new(store, "net", 2, 3, .layers = 17, .bidirectional = true), BAD_ARGUMENT,
           TG_ERR_ARGUMENT, "17 layers: 1 to 16, each in both directions");
    NO_NET(tg_gru_new(store, "net", 2, 3, .dropout = 1.5), BAD_ARGUMENT, TG_ERR_ARGUMENT,
           "dropout = 1.5");
    NO_NET(tg_gru_new(store, "net", 2, 3, .dropout = (double)NAN), BAD_ARGUMENT, TG_ERR_ARGUMENT,
           "dropout = ");
    NO_NET(tg_lstm_new(store, "net", 2, 3, .relu = true), BAD_ARGUMENT, TG_ERR_ARGUMENT,
           ".relu is an option of tg_rnn_new");
    ck_assert_uint_eq(tg_var_count(store), variables);
    NO_NET(tg_lstm_new(store, "lstm", 4, 2), BAD_STATE, TG_ERR_ARGUMENT, "lstm.weight_ih_l0");
}
END_TEST

START_TEST(operands)
{
    IS_SILENT(tg_recurrent_apply(&lstm, NULL));
    IS_REFUSED(tg_recurrent_apply(NULL, tall), TG_ERR_ARGUMENT, "tg_recurrent_apply", "variables");
    IS_REFUSED(tg_recurrent_apply(&nothing, tall), TG_ERR_ARGUMENT, "tg_recurrent_apply",
               "make it with tg_lstm_new");
    IS_REFUSED(tg_recurrent_apply(&gru, x), TG_ERR_SHAPE, "tg_recurrent_apply",
               "takes [steps, batch, 4], and x is [2, 3]");
    IS_REFUSED(tg_recurrent_apply(&gru, h), TG_ERR_SHAPE, "tg_recurrent_apply", "x is [2, 3, 2]");
    IS_REFUSED(tg_recurrent_apply(&gru, number), TG_ERR_SHAPE, "tg_recurrent_apply", "x is []");
    tg_tensor *narrow_x = tg_input(tape, "narrow_x", TG_F32, TG_SHAPE(2, 3, 4));
    IS_REFUSED(tg_recurrent_apply(&gru, narrow_x), TG_ERR_DTYPE, "tg_recurrent_apply", "f32");
    tg_tensor *whole = tg_input(tape, "whole", TG_I64, TG_SHAPE(2, 3, 4));
    IS_REFUSED(tg_recurrent_apply(&gru, whole), TG_ERR_DTYPE, "tg_recurrent_apply", "i64");
    tg_recurrent strange = gru;
    strange.cell[0].weight_hh = foreign_weight;
    IS_REFUSED(tg_recurrent_apply(&strange, tall), TG_ERR_ARGUMENT, "tg_", "another store");
    strange = gru;
    strange.cell[0].bias_hh = NULL; /* one of two biases */
    IS_REFUSED(tg_recurrent_apply(&strange, tall), TG_ERR_ARGUMENT, "tg_recurrent_apply",
               "lacks variables");
}
END_TEST

/* A node from before the tape was rewound, of the shape that is asked for. */
START_TEST(stale_operands)
{
    tg_tensor *old = tall, *old_h = h, *old_lengths = lengths;
    tg_rewind(tape);
    x = tg_input(tape, "x", TG_F64, TG_SHAPE(2, 3));
    ck_assert_int_eq(tg_feed(x, values, 6), TG_OK);
    tall = tg_input(tape, "tall", TG_F64, TG_SHAPE(2, 3, 4));
    const tg_recurrent_state state = { old_h, old_h };
    IS_REFUSED(tg_recurrent_apply(&lstm, old), TG_ERR_STATE, "tg_", "stale");
    IS_REFUSED(tg_recurrent_apply(&lstm, tall, old_lengths), TG_ERR_STATE, "tg_", "stale");
    IS_REFUSED(tg_recurrent_apply(&lstm, tall, .state = &state), TG_ERR_STATE, "tg_", "stale");
}
END_TEST

START_TEST(lengths_and_states)
{
    tg_recurrent_state end = { h, h }, state = { NULL, NULL };
    IS_SILENT(tg_recurrent_apply(&gru, tall, .state = &state, .end = &end));
    ck_assert(!end.h && !end.c);
    state = (tg_recurrent_state){ h, NULL };
    IS_SILENT(tg_recurrent_apply(&lstm, tall, .state = &state));
    state = (tg_recurrent_state){ wide_h, h };
    IS_REFUSED(tg_recurrent_apply(&lstm, tall, .state = &state), TG_ERR_SHAPE, "tg_recurrent_apply",
               "state's h must be [layers * directions, batch, hidden]");
    state = (tg_recurrent_state){ h, wide_h };
    IS_REFUSED(tg_recurrent_apply(&lstm, tall, .state = &state), TG_ERR_SHAPE, "tg_recurrent_apply",
               "state's c must be");
    state = (tg_recurrent_state){ h, tg_input(tape, "i", TG_I32, TG_SHAPE(2, 3, 2)) };
    IS_REFUSED(tg_recurrent_apply(&lstm, tall, .state = &state), TG_ERR_DTYPE, "tg_recurrent_apply",
               "state's c is i32");
    state = (tg_recurrent_state){ foreign, h };
    IS_REFUSED(tg_recurrent_apply(&lstm, tall, .state = &state), TG_ERR_ARGUMENT,
               "tg_recurrent_apply", "another tape");
    IS_REFUSED(tg_recurrent_apply(&gru, tall, foreign), TG_ERR_ARGUMENT, "tg_recurrent_apply",
               "another tape");
    IS_REFUSED(tg_recurrent_apply(&gru, tall, vector), TG_ERR_DTYPE, "tg_recurrent_apply",
               "the lengths must be i32 or i64");
    IS_REFUSED(tg_recurrent_apply(&gru, tall, wide_integer), TG_ERR_SHAPE, "tg_recurrent_apply",
               "the lengths must be [3], one for each sequence");
    IS_REFUSED(tg_recurrent_apply(&lstm, tall, .training = true), TG_ERR_ARGUMENT,
               "tg_recurrent_apply", "needs a .key");
    IS_REFUSED(tg_recurrent_apply(&lstm, tall, .training = true, .key = ""), TG_ERR_ARGUMENT,
               "tg_recurrent_apply", "needs a .key");
}
END_TEST

TCase *errors_recurrent(void)
{
    TCase *cases = tcase_create("recurrent");
    tcase_add_checked_fixture(cases, open_recurrent, close_operands);
    tcase_add_test(cases, constructors);
    tcase_add_test(cases, operands);
    tcase_add_test(cases, stale_operands);
    tcase_add_test(cases, lengths_and_states);
    return cases;
}
