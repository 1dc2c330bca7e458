/* test_recurrent.c: plain recurrent layers, GRU and LSTM: against numbers computed elsewhere, in
 * both dtypes and both orders, planned and naive; and what they promise of lengths, states, dropout
 * and nothing at all. */
#include "tests/support/both_ways.h"
#include "recurrent_known.h"

enum { STEPS = 3, BATCH = 3, IN = 2, HIDDEN = 2 };
static const int32_t some_lengths[BATCH] = { 3, 1, 2 };

/* ---- Operands --------------------------------------------------------------------------- */

/* a * f(b i + c), in the tape's dtype. */
static tg_tensor *wave(const char *name, tg_shape shape, double (*f)(double), double a, double b,
                       double c)
{
    double data[256];
    float narrow[256];
    const size_t count = (size_t)tg_shape_count(shape);
    ck_assert_uint_le(count, 256);
    for (size_t i = 0; i < count; i++) narrow[i] = (float)(data[i] = a * f(b * (double)i + c));
    tg_tensor *x = tg_input(tape, name, TG_DTYPE_DEFAULT, shape);
    if (tg_dtype_of(x) == TG_F64) ck_assert_int_eq(tg_feed(x, data, count), TG_OK);
    else ck_assert_int_eq(tg_feed(x, narrow, count), TG_OK);
    return x;
}

/* The store's variables, from number [first] on, get values that depend on their places. */
static void set_variables(size_t first)
{
    for (size_t v = first; v < tg_var_count(store); v++) {
        tg_var *var = tg_var_nth(store, v);
        const size_t count = (size_t)tg_shape_count(tg_var_shape(var));
        double data[256];
        float narrow[256];
        ck_assert_uint_le(count, 256);
        for (size_t i = 0; i < count; i++)
            narrow[i] =
                (float)(data[i] = 0.6 * sin(1.3 * (double)i + 0.7 * (double)(v - first) + 0.5));
        if (tg_var_dtype(var) == TG_F64) ck_assert_int_eq(tg_var_set(var, data, count), TG_OK);
        else ck_assert_int_eq(tg_var_set(var, narrow, count), TG_OK);
    }
}

typedef struct shape_of_net {
    const char *name;
    tg_recurrent_kind kind;
    bool relu, deep; /* two layers in both directions, with lengths and a state before */
    const double *known;
    size_t count;
} shape_of_net;

#define NET(name, kind, relu, deep, known)                                                         \
    {                                                                                              \
        name, kind, relu, deep, known, sizeof(known) / sizeof *(known)                             \
    }
static const shape_of_net nets[] = {
    NET("rnn", TG_RNN, false, false, known_rnn_1),
    NET("rnn, deep", TG_RNN, false, true, known_rnn_2),
    NET("rnn of relu", TG_RNN, true, false, known_relu_1),
    NET("rnn of relu, deep", TG_RNN, true, true, known_relu_2),
    NET("gru", TG_GRU, false, false, known_gru_1),
    NET("gru, deep", TG_GRU, false, true, known_gru_2),
    NET("lstm", TG_LSTM, false, false, known_lstm_1),
    NET("lstm, deep", TG_LSTM, false, true, known_lstm_2),
};

static tg_recurrent new_net(const shape_of_net *n, tg_recurrent_args args)
{
    args.store = store;
    args.name = "net";
    args.in = IN;
    args.hidden = HIDDEN;
    args.relu = n->relu;
    if (n->deep) {
        args.layers = 2;
        args.bidirectional = true;
    }
    const size_t first = tg_var_count(store);
    tg_recurrent net = n->kind == TG_LSTM  ? tg_lstm_new_with(&args)
                       : n->kind == TG_GRU ? tg_gru_new_with(&args)
                                           : tg_rnn_new_with(&args);
    ck_assert_msg(tg_store_status(store) == TG_OK, "%s", tg_store_error(store));
    set_variables(first);
    return net;
}

/* A call of a net, and what it gives. */
typedef struct called {
    tg_recurrent net;
    tg_tensor *x, *y, *loss;
    tg_recurrent_state before, end;
} called;

static tg_tensor *weighted(tg_tensor *x, double b, double c)
{
    return tg_sum(tg_mul(x, wave("weights", tg_shape_from(x), cos, 1, b, c)));
}

static called call_net(const shape_of_net *n)
{
    called k = { .net = new_net(n, (tg_recurrent_args){ TG_RECURRENT_DEFAULTS, .in = 0 }) };
    const tg_shape state = TG_SHAPE(k.net.layers * k.net.directions, BATCH, HIDDEN);
    k.x = wave("x", TG_SHAPE(STEPS, BATCH, IN), sin, 1, 2.1, 0.3);
    tg_tensor *lengths = NULL;
    if (n->deep) {
        k.before.h = wave("h", state, cos, 0.5, 1.1, 0);
        if (n->kind == TG_LSTM) k.before.c = wave("c", state, cos, 0.5, 0.8, 1);
        lengths = tg_constant(tape, TG_I32, TG_SHAPE(BATCH), some_lengths);
    }
    k.y = tg_recurrent_apply(&k.net, k.x, .lengths = lengths, .state = n->deep ? &k.before : NULL,
                             .end = &k.end);
    ck_no_error();
    k.loss = tg_add(weighted(k.y, 0.9, 0), weighted(k.end.h, 0.7, 1));
    if (n->kind == TG_LSTM) k.loss = tg_add(k.loss, weighted(k.end.c, 0.5, 2));
    return k;
}

/* ---- Known numbers ---------------------------------------------------------------------- */

static tg_tensor *flat(tg_tensor *x) { return tg_reshape(x, TG_SHAPE(-1)); }

/* The nodes whose values are known, one behind the other. */
static tg_tensor *all_known(const called *k)
{
    tg_tensor *list[64], *wrt[64], *gradient[64];
    int count = 0, wanted = 0;
    list[count++] = flat(k->y);
    list[count++] = flat(k->end.h);
    if (k->end.c) list[count++] = flat(k->end.c);
    wrt[wanted++] = k->x;
    if (k->before.h) wrt[wanted++] = k->before.h;
    if (k->before.c) wrt[wanted++] = k->before.c;
    for (size_t v = 0; v < tg_var_count(store); v++)
        wrt[wanted++] = tg_read(tape, tg_var_nth(store, v));
    ck_assert_int_eq(tg_vjp(k->loss, NULL, (tg_list){ (size_t)wanted, wrt }, gradient), TG_OK);
    for (int i = 0; i < wanted; i++) list[count++] = flat(gradient[i]);
    return tg_concat((tg_list){ (size_t)count, list }, 0);
}

START_TEST(outputs_states_and_gradients_have_their_known_values)
{
    const shape_of_net *n = &nets[_i];
    const called k = call_net(n);
    ck_both_ways(all_known(&k), n->count, n->known, 1e-10);
}
END_TEST

START_TEST(the_same_in_f32)
{
    const shape_of_net *n = &nets[_i];
    close_tape();
    store = tg_store_new(.seed = 7, .dtype = TG_F32);
    tape = tg_tape_new(store);
    const called k = call_net(n);
    ck_both_ways(all_known(&k), n->count, n->known, 1e-6);
}
END_TEST

START_TEST(derivatives_of_both_orders_agree_with_differences)
{
    const shape_of_net *n = &nets[_i];
    const called k = call_net(n);
    tg_tensor *wrt[8];
    int count = 0;
    wrt[count++] = k.x;
    if (k.before.h) wrt[count++] = k.before.h;
    if (k.before.c) wrt[count++] = k.before.c;
    const tg_recurrent_cell *last = &k.net.cell[k.net.layers * k.net.directions - 1];
    wrt[count++] = tg_read(tape, k.net.cell[0].weight_ih);
    wrt[count++] = tg_read(tape, k.net.cell[0].weight_hh);
    wrt[count++] = tg_read(tape, last->bias_ih);
    wrt[count++] = tg_read(tape, last->bias_hh);
    tg_tensor *y = tg_concat(TG_LIST(flat(k.y), flat(k.end.h)), 0);
    if (k.end.c) y = tg_concat(TG_LIST(y, flat(k.end.c)), 0);
    ck_assert_msg(tg_check_gradient(y, (tg_list){ (size_t)count, wrt }, .entries = 6) == TG_OK,
                  "%s: %s", n->name, tg_tape_error(tape));
}
END_TEST

/* With far more units than sequences the gradients of the variables are gathered another way. */
START_TEST(derivatives_of_a_wide_net_agree_with_differences)
{
    const shape_of_net *n = &nets[_i];
    if (n->deep) return;
    tg_recurrent_args args = { TG_RECURRENT_DEFAULTS, .store = store, .name = "wide", .in = IN,
                               .hidden = 12 };
    args.relu = n->relu;
    const tg_recurrent net = n->kind == TG_LSTM  ? tg_lstm_new_with(&args)
                             : n->kind == TG_GRU ? tg_gru_new_with(&args)
                                                 : tg_rnn_new_with(&args);
    tg_tensor *x = wave("x", TG_SHAPE(STEPS, 2, IN), sin, 1, 2.1, 0.3);
    tg_tensor *y = tg_recurrent_apply(&net, x);
    tg_tensor *wrt[] = { x, tg_read(tape, net.cell[0].weight_ih),
                         tg_read(tape, net.cell[0].weight_hh) };
    ck_assert_msg(tg_check_gradient(y, (tg_list){ 3, wrt }, .entries = 6) == TG_OK, "%s: %s",
                  n->name, tg_tape_error(tape));
}
END_TEST

/* ---- Variables -------------------------------------------------------------------------- */

START_TEST(variables_have_pytorchs_names_shapes_and_order)
{
    static const struct {
        const char *name;
        int64_t rows, columns; /* 0: of a bias */
    } want[] = {
        { "net.weight_ih_l0", 8, 2 },         { "net.weight_hh_l0", 8, 2 },
        { "net.bias_ih_l0", 8, 0 },           { "net.bias_hh_l0", 8, 0 },
        { "net.weight_ih_l0_reverse", 8, 2 }, { "net.weight_hh_l0_reverse", 8, 2 },
        { "net.bias_ih_l0_reverse", 8, 0 },   { "net.bias_hh_l0_reverse", 8, 0 },
        { "net.weight_ih_l1", 8, 4 },         { "net.weight_hh_l1", 8, 2 },
        { "net.bias_ih_l1", 8, 0 },           { "net.bias_hh_l1", 8, 0 },
        { "net.weight_ih_l1_reverse", 8, 4 }, { "net.weight_hh_l1_reverse", 8, 2 },
        { "net.bias_ih_l1_reverse", 8, 0 },   { "net.bias_hh_l1_reverse", 8, 0 },
    };
    tg_lstm_new(store, "net", IN, HIDDEN, .layers = 2, .bidirectional = true);
    ck_assert_uint_eq(tg_var_count(store), (size_t)COUNT_OF(want));
    for (int i = 0; i < COUNT_OF(want); i++) {
        const tg_var *var = tg_var_nth(store, (size_t)i);
        const tg_shape shape =
            want[i].columns ? TG_SHAPE(want[i].rows, want[i].columns) : TG_SHAPE(want[i].rows);
        ck_assert_str_eq(tg_var_name(var), want[i].name);
        ck_assert(tg_shape_equal(tg_var_shape(var), shape));
    }
}
END_TEST

START_TEST(variables_start_uniform_in_one_over_the_root_of_the_units)
{
    double data[64 * 16], most = 0, sum = 0;
    const tg_recurrent net = tg_gru_new(store, "net", 3, 16, .no_bias = true);
    ck_assert(!net.cell[0].bias_ih && !net.cell[0].bias_hh);
    ck_assert_int_eq(tg_var_get(net.cell[0].weight_hh, data, 48 * 16), TG_OK);
    for (int i = 0; i < 48 * 16; i++) {
        most = fmax(most, fabs(data[i]));
        sum += data[i];
    }
    ck_assert(most <= 0.25 && most > 0.24 && fabs(sum / (48 * 16)) < 0.02);
    const tg_recurrent same = tg_rnn_new(store, "same", 3, 2, .init = tg_init_constant(3));
    ck_assert_int_eq(tg_var_get(same.cell[0].bias_hh, data, 2), TG_OK);
    ck_assert(data[0] == 3 && data[1] == 3);
}
END_TEST

START_TEST(a_net_without_biases_is_one_with_biases_of_zero)
{
    const shape_of_net *n = &nets[_i];
    const tg_recurrent bare =
        new_net(n, (tg_recurrent_args){ TG_RECURRENT_DEFAULTS, .no_bias = true });
    tg_recurrent zero = bare;
    for (int i = 0; i < bare.layers * bare.directions; i++) {
        char name[32];
        snprintf(name, sizeof name, "zero.%d", i);
        const tg_shape rows = TG_SHAPE(tg_var_shape(bare.cell[i].weight_hh).dim[0]);
        zero.cell[i].bias_ih = zero.cell[i].bias_hh = tg_param(store, name, rows, tg_init_zeros());
    }
    tg_tensor *x = wave("x", TG_SHAPE(STEPS, BATCH, IN), sin, 1, 2.1, 0.3);
    double want[64];
    const size_t count = (size_t)(STEPS * BATCH * HIDDEN * bare.directions);
    compute(tg_recurrent_apply(&zero, x), true, count, want);
    ck_both_ways(tg_recurrent_apply(&bare, x), count, want, 1e-14);
}
END_TEST

/* ---- Time ------------------------------------------------------------------------------- */

START_TEST(a_state_carried_over_two_calls_gives_what_one_long_call_gives)
{
    const shape_of_net *n = &nets[_i];
    if (n->deep) return; /* the reverse direction starts at the end of what it sees */
    const tg_recurrent net = new_net(n, (tg_recurrent_args){ TG_RECURRENT_DEFAULTS, .layers = 2 });
    tg_tensor *x = wave("x", TG_SHAPE(5, BATCH, IN), sin, 1, 2.1, 0.3);
    tg_tensor *early = tg_slice(x, 0, 0, 2, 1), *late = tg_slice(x, 0, 2, 5, 1);
    tg_recurrent_state end, state;
    tg_tensor *whole = tg_recurrent_apply(&net, x, .end = &end);
    tg_tensor *first = tg_recurrent_apply(&net, early, .end = &state);
    tg_tensor *second = tg_recurrent_apply(&net, late, .state = &state, .end = &state);
    double want[64];
    compute(whole, true, 30, want);
    ck_both_ways(tg_concat(TG_LIST(first, second), 0), 30, want, 1e-14);
    compute(end.h, true, 12, want);
    ck_both_ways(state.h, 12, want, 1e-14);
    compute(tg_grad(tg_sum(tg_square(whole)), x), true, 30, want);
    tg_tensor *both = tg_add(tg_sum(tg_square(first)), tg_sum(tg_square(second)));
    ck_both_ways(tg_grad(both, x), 30, want, 1e-13);
}
END_TEST

START_TEST(truncated_backpropagation_stops_at_the_state)
{
    const tg_recurrent net = tg_lstm_new(store, "net", IN, HIDDEN);
    tg_tensor *x = wave("x", TG_SHAPE(2, BATCH, IN), sin, 1, 2.1, 0.3);
    tg_recurrent_state state;
    tg_tensor *first = tg_recurrent_apply(&net, x, .end = &state);
    ck_assert_ptr_nonnull(first);
    state.h = tg_stop_gradient(state.h);
    state.c = tg_stop_gradient(state.c);
    tg_tensor *y = tg_recurrent_apply(&net, wave("later", TG_SHAPE(2, BATCH, IN), sin, 1, 1.1, 0),
                                      .state = &state);
    double zeros[12] = { 0 };
    ck_both_ways(tg_grad(tg_sum(y), x), 12, zeros, 0);
}
END_TEST

START_TEST(batch_first_swaps_the_axes_of_inputs_and_outputs_alone)
{
    const shape_of_net *n = &nets[_i];
    tg_recurrent net =
        new_net(n, (tg_recurrent_args){ TG_RECURRENT_DEFAULTS, .batch_first = false });
    tg_tensor *x = wave("x", TG_SHAPE(4, BATCH, IN), sin, 1, 2.1, 0.3);
    tg_recurrent_state end, swapped_end;
    tg_tensor *y = tg_recurrent_apply(&net, x, .end = &end);
    net.batch_first = true;
    tg_tensor *swapped =
        tg_recurrent_apply(&net, tg_permute(x, TG_AXES(1, 0, 2)), .end = &swapped_end);
    ck_shape(swapped, TG_SHAPE(BATCH, 4, HIDDEN * net.directions));
    double want[64];
    const size_t count = (size_t)(4 * BATCH * HIDDEN * net.directions);
    compute(y, true, count, want);
    ck_both_ways(tg_permute(swapped, TG_AXES(1, 0, 2)), count, want, 1e-14);
    const size_t states = (size_t)tg_count(end.h);
    compute(end.h, true, states, want);
    ck_both_ways(swapped_end.h, states, want, 1e-14);
}
END_TEST

/* ---- Lengths ---------------------------------------------------------------------------- */

START_TEST(what_stands_behind_a_sequences_end_has_no_influence_and_no_gradient)
{
    const shape_of_net *n = &nets[_i];
    const tg_recurrent net = new_net(n, (tg_recurrent_args){ TG_RECURRENT_DEFAULTS, .layers = 2 });
    double data[STEPS * BATCH * IN], got[512];
    for (int i = 0; i < STEPS * BATCH * IN; i++)
        data[i] = i / IN / BATCH < some_lengths[i / IN % BATCH] ? sin(i) : (double)NAN;
    tg_tensor *x = fed("x", TG_SHAPE(STEPS, BATCH, IN), data);
    tg_tensor *lengths = tg_constant(tape, TG_I32, TG_SHAPE(BATCH), some_lengths);
    tg_recurrent_state end;
    tg_tensor *y = tg_recurrent_apply(&net, x, .lengths = lengths, .end = &end);
    const int wide = HIDDEN * net.directions;
    tg_tensor *loss = tg_add(tg_sum(y), tg_sum(end.h));
    tg_tensor *to_x = tg_grad(loss, x);
    tg_tensor *to_w = tg_grad(loss, tg_read(tape, net.cell[0].weight_ih));
    for (int naive = 0; naive < 2; naive++) {
        compute(y, naive, (size_t)(STEPS * BATCH * wide), got);
        for (int i = 0; i < STEPS * BATCH * wide; i++) {
            const bool within = i / wide / BATCH < some_lengths[i / wide % BATCH];
            ck_assert(within ? isfinite(got[i]) : got[i] == 0);
        }
        compute(to_x, naive, STEPS * BATCH * IN, got);
        for (int i = 0; i < STEPS * BATCH * IN; i++)
            ck_assert(isnan(data[i]) ? got[i] == 0 : isfinite(got[i]));
        compute(to_w, naive, (size_t)tg_count(to_w), got);
        for (int i = 0; i < tg_count(to_w); i++) ck_assert(isfinite(got[i]));
    }
}
END_TEST

START_TEST(a_length_of_zero_keeps_the_state_and_one_beyond_the_steps_is_refused)
{
    const tg_recurrent net = tg_gru_new(store, "net", IN, HIDDEN, .bidirectional = true);
    tg_tensor *x = wave("x", TG_SHAPE(STEPS, BATCH, IN), sin, 1, 2.1, 0.3);
    tg_tensor *lengths = tg_input(tape, "lengths", TG_I64, TG_SHAPE(BATCH));
    tg_recurrent_state before = { wave("h", TG_SHAPE(2, BATCH, HIDDEN), cos, 1, 1, 0), NULL }, end;
    tg_tensor *y = tg_recurrent_apply(&net, x, .lengths = lengths, .state = &before, .end = &end);
    double h[12], got[36];
    for (int i = 0; i < 12; i++) h[i] = cos(i);
    const double none[36] = { 0 };
    ck_both_ways(y, 36, none, 0);
    ck_both_ways(end.h, 12, h, 0);
    const int64_t beyond[][BATCH] = { { 0, STEPS + 1, 0 }, { -1, 0, 0 } };
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(tg_feed(lengths, beyond[i], BATCH), TG_OK);
        tg_plan *plan = tg_compile_pure(tape, y);
        ck_assert_int_eq(tg_run(plan), TG_ERR_INDEX);
        tg_plan_free(plan);
    }
    ck_assert_int_eq(tg_feed(lengths, ((int64_t[]){ STEPS, STEPS, STEPS }), BATCH), TG_OK);
    compute(y, true, 36, got);
    ck_both_ways(tg_recurrent_apply(&net, x, .state = &before), 36, got, 1e-14);
}
END_TEST

START_TEST(no_steps_give_no_outputs_and_keep_the_state)
{
    const shape_of_net *n = &nets[_i];
    const tg_recurrent net = new_net(n, (tg_recurrent_args){ TG_RECURRENT_DEFAULTS, .layers = 1 });
    const int cells = net.layers * net.directions;
    tg_tensor *x = tg_input(tape, "x", TG_F64, TG_SHAPE(0, BATCH, IN));
    const tg_shape shape = TG_SHAPE(cells, BATCH, HIDDEN);
    tg_recurrent_state before = { wave("h", shape, cos, 1, 1, 0), NULL }, end;
    if (n->kind == TG_LSTM) before.c = before.h;
    tg_tensor *y = tg_recurrent_apply(&net, x, .state = &before, .end = &end);
    ck_shape(y, TG_SHAPE(0, BATCH, HIDDEN * net.directions));
    double h[24];
    for (int i = 0; i < 24; i++) h[i] = cos(i);
    ck_both_ways(y, 0, h, 0);
    ck_both_ways(end.h, (size_t)(cells * BATCH * HIDDEN), h, 0);
}
END_TEST

START_TEST(no_sequences_give_nothing_and_gradients_of_zero)
{
    const shape_of_net *n = &nets[_i];
    const tg_recurrent net = new_net(n, (tg_recurrent_args){ TG_RECURRENT_DEFAULTS, .layers = 1 });
    tg_tensor *x = tg_input(tape, "x", TG_F64, TG_SHAPE(STEPS, 0, IN));
    tg_recurrent_state end;
    tg_tensor *y = tg_recurrent_apply(&net, x, .end = &end);
    ck_shape(y, TG_SHAPE(STEPS, 0, HIDDEN * net.directions));
    ck_shape(end.h, TG_SHAPE(net.layers * net.directions, 0, HIDDEN));
    tg_tensor *gradient = tg_grad(tg_sum(y), tg_read(tape, net.cell[0].weight_hh));
    const double none[64] = { 0 };
    ck_both_ways(gradient, (size_t)tg_count(gradient), none, 0);
}
END_TEST

/* ---- Dropout ---------------------------------------------------------------------------- */

/* The second layer passes on what it is given, so that it can be seen. */
static tg_recurrent transparent_net(double dropout)
{
    const tg_recurrent net =
        tg_rnn_new(store, "net", 4, 4, .layers = 2, .relu = true, .dropout = dropout);
    double eye[16] = { 0 }, zeros[16] = { 0 };
    for (int i = 0; i < 4; i++) eye[i * 5] = 1;
    ck_assert_int_eq(tg_var_set(net.cell[1].weight_ih, eye, 16), TG_OK);
    ck_assert_int_eq(tg_var_set(net.cell[1].weight_hh, zeros, 16), TG_OK);
    ck_assert_int_eq(tg_var_set(net.cell[1].bias_ih, zeros, 4), TG_OK);
    ck_assert_int_eq(tg_var_set(net.cell[1].bias_hh, zeros, 4), TG_OK);
    return net;
}

START_TEST(between_layers_the_share_is_dropped_and_the_rest_is_larger)
{
    const tg_recurrent net = transparent_net(0.75);
    tg_tensor *x = wave("x", TG_SHAPE(4, 4, 4), sin, 1, 2.1, 0.3);
    tg_tensor *usual = tg_recurrent_apply(&net, x);
    tg_tensor *trained = tg_recurrent_apply(&net, x, .training = true, .key = "drop");
    tg_tensor *again = tg_recurrent_apply(&net, x, .training = true, .key = "again");
    double y[64], dropped[64], other[64];
    compute(usual, false, 64, y);
    compute(trained, false, 64, dropped);
    compute(again, false, 64, other);
    int kept = 0, gone = 0, differ = 0;
    for (int i = 0; i < 64; i++) {
        if (y[i] == 0) continue;
        if (dropped[i] != 0) ck_close(dropped[i], 4 * y[i], 1e-14);
        kept += dropped[i] != 0;
        gone += dropped[i] == 0;
        differ += dropped[i] != other[i];
    }
    ck_assert(kept > 0 && gone > kept && differ > 0);
}
END_TEST

START_TEST(a_dropout_of_one_drops_all_and_of_zero_needs_no_key)
{
    tg_recurrent net = transparent_net(1);
    tg_tensor *x = wave("x", TG_SHAPE(4, 4, 4), sin, 1, 2.1, 0.3);
    const double none[64] = { 0 };
    ck_both_ways(tg_recurrent_apply(&net, x, .training = true, .key = "drop"), 64, none, 0);
    net.dropout = 0;
    double want[64];
    compute(tg_recurrent_apply(&net, x), true, 64, want);
    ck_both_ways(tg_recurrent_apply(&net, x, .training = true), 64, want, 1e-14);
}
END_TEST

/* ---- Use -------------------------------------------------------------------------------- */

START_TEST(a_gru_learns_to_remember_the_first_input)
{
    const tg_recurrent net = tg_gru_new(store, "net", 1, 8);
    const tg_linear out = tg_linear_new(store, "out", 8, 1);
    double data[6 * 16], first[16];
    for (int i = 0; i < 96; i++) data[i] = sin(i * i);
    for (int i = 0; i < 16; i++) first[i] = data[i];
    tg_recurrent_state end;
    tg_tensor *x = fed("x", TG_SHAPE(6, 16, 1), data);
    ck_assert_ptr_nonnull(tg_recurrent_apply(&net, x, .end = &end));
    tg_tensor *guess = tg_linear_apply(&out, tg_pick(end.h, 0, 0));
    tg_tensor *loss = tg_mse(guess, fed("first", TG_SHAPE(16, 1), first));
    const double before = tg_item(loss);
    tg_adam(loss, .lr = 0.02);
    tg_plan *step = tg_compile(tape, loss);
    for (int i = 0; i < 200; i++) run(step);
    ck_assert_double_lt(tg_item(loss), 0.05 * before);
    tg_plan_free(step);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("recurrent");
    TCase *cases = tcase_create("recurrent");
    tcase_add_checked_fixture(cases, open_tape, close_tape);
    tcase_add_loop_test(cases, outputs_states_and_gradients_have_their_known_values, 0,
                        COUNT_OF(nets));
    tcase_add_loop_test(cases, the_same_in_f32, 0, COUNT_OF(nets));
    tcase_add_loop_test(cases, derivatives_of_both_orders_agree_with_differences, 0,
                        COUNT_OF(nets));
    tcase_add_loop_test(cases, derivatives_of_a_wide_net_agree_with_differences, 0, COUNT_OF(nets));
    tcase_add_test(cases, variables_have_pytorchs_names_shapes_and_order);
    tcase_add_test(cases, variables_start_uniform_in_one_over_the_root_of_the_units);
    tcase_add_loop_test(cases, a_net_without_biases_is_one_with_biases_of_zero, 0, COUNT_OF(nets));
    tcase_add_loop_test(cases, a_state_carried_over_two_calls_gives_what_one_long_call_gives, 0,
                        COUNT_OF(nets));
    tcase_add_test(cases, truncated_backpropagation_stops_at_the_state);
    tcase_add_loop_test(cases, batch_first_swaps_the_axes_of_inputs_and_outputs_alone, 0,
                        COUNT_OF(nets));
    tcase_add_loop_test(cases, what_stands_behind_a_sequences_end_has_no_influence_and_no_gradient,
                        0, COUNT_OF(nets));
    tcase_add_test(cases, a_length_of_zero_keeps_the_state_and_one_beyond_the_steps_is_refused);
    tcase_add_loop_test(cases, no_steps_give_no_outputs_and_keep_the_state, 0, COUNT_OF(nets));
    tcase_add_loop_test(cases, no_sequences_give_nothing_and_gradients_of_zero, 0, COUNT_OF(nets));
    tcase_add_test(cases, between_layers_the_share_is_dropped_and_the_rest_is_larger);
    tcase_add_test(cases, a_dropout_of_one_drops_all_and_of_zero_needs_no_key);
    tcase_add_test(cases, a_gru_learns_to_remember_the_first_input);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
