/* recurrent.c: applies a recurrent net along time. What does not depend on the state is recorded
 * once for all steps: the products with the inputs are one product, and the biases are broadcast
 * over all steps, as a view, so that their gradients are one sum. Each step records the product
 * with the state and the cell's step function. */
#include "recurrent.h"

#include <stdio.h>

#undef TG_HERE
#define TG_HERE at

static const tg__cell_kind *const kinds[] = {
    [TG_RNN] = &tg__rnn_cell,
    [TG_GRU] = &tg__gru_cell,
    [TG_LSTM] = &tg__lstm_cell,
};

/* The row of a kind. For a number that is none of tg_recurrent_kind, that of TG_RNN. */
static const tg__cell_kind *cell_kind_of(tg_recurrent_kind kind)
{
    return kinds[(size_t)kind < sizeof kinds / sizeof *kinds ? kind : TG_RNN];
}

enum { KEY_MAX_LENGTH = 512 };

/* One call of tg_recurrent_apply. */
typedef struct walk {
    tg_site at;
    tg_tape *tape;
    const tg_recurrent *net;
    const tg__cell_kind *kind; /* the row of the net's kind */
    int64_t steps, batch, hidden;
    tg_tensor *alive; /* bool [T, N, 1]: is the step within its sequence? NULL: all are */
} walk;

/* ---- A layer in one direction ----------------------------------------------------------- */

/* What all steps of one layer in one direction share. */
typedef struct lane {
    tg_tensor *x;               /* [T, N, G*H], as are the biases */
    tg_tensor *x_bias, *h_bias; /* NULL: none */
    tg_tensor *weight_hh;       /* [H, G*H] */
} lane;

/* The bias broadcast to all steps and rows: a view. */
static tg_tensor *repeated(const walk *w, tg_tensor *bias)
{
    const tg_site at = w->at;
    if (!bias) return NULL;
    return tg_broadcast(bias, TG_SHAPE(w->steps, w->batch, tg_dim(bias, -1)));
}

/* The products of all inputs [T, N, in], as one: [T, N, G*H]. */
static tg_tensor *input_product(const walk *w, tg_tensor *weight, tg_tensor *x)
{
    const tg_site at = w->at;
    tg_tensor *rows = tg_reshape(x, TG_SHAPE(w->steps * w->batch, tg_dim(x, -1)));
    tg_tensor *product = tg_matmul(rows, tg_transpose(weight));
    return tg_reshape(product, TG_SHAPE(w->steps, w->batch, tg_dim(weight, 0)));
}

static lane begin_lane(const walk *w, const tg_recurrent_cell *cell, tg_tensor *x)
{
    const tg_site at = w->at;
    lane l = { .x = input_product(w, tg_read(w->tape, cell->weight_ih), x) };
    l.weight_hh = tg_transpose(tg_read(w->tape, cell->weight_hh));
    if (!cell->bias_ih) return l;
    tg_tensor *bias_ih = tg_read(w->tape, cell->bias_ih);
    tg_tensor *bias_hh = tg_read(w->tape, cell->bias_hh);
    if (w->kind->splits_biases) {
        l.x_bias = repeated(w, bias_ih);
        l.h_bias = repeated(w, bias_hh);
    } else {
        l.x_bias = repeated(w, tg_add(bias_ih, bias_hh));
    }
    return l;
}

static tg_tensor *at_time(const walk *w, tg_tensor *all, int64_t time)
{
    return all ? tg_pick_at(w->at, all, 0, time) : NULL;
}

static tg_recurrent_state one_step(const walk *w, const lane *l, int64_t time,
                                   tg_recurrent_state before, tg_tensor **out)
{
    const tg_site at = w->at;
    tg__cell_step step = { .at = at, .net = w->net, .hidden = w->hidden, .before = before };
    step.x = at_time(w, l->x, time);
    step.x_bias = at_time(w, l->x_bias, time);
    step.h_bias = at_time(w, l->h_bias, time);
    step.h = tg_matmul(before.h, l->weight_hh);
    tg_recurrent_state after = w->kind->step(&step);
    *out = after.h;
    if (!w->alive) return after;
    tg_tensor *alive = at_time(w, w->alive, time);
    *out = tg_select(alive, after.h, tg_number_like(after.h, 0));
    after.h = tg_select(alive, after.h, before.h);
    if (after.c) after.c = tg_select(alive, after.c, before.c);
    return after;
}

/* Records all steps. Returns the outputs [T, N, H]; *state, which holds the state before the first
 * step, receives that after the last. In reverse, the steps behind a sequence's end come first and
 * leave its state as it is. */
static tg_tensor *run_lane(const walk *w, int cell, tg_tensor *x, tg_recurrent_state *state)
{
    const tg_site at = w->at;
    const lane l = begin_lane(w, &w->net->cell[cell], x);
    if (w->steps == 0) return tg_full(w->tape, tg_dtype_of(x), TG_SHAPE(0, w->batch, w->hidden), 0);
    tg_tensor **outputs = tg_scratch(w->tape, (size_t)w->steps * sizeof(tg_tensor *));
    if (!outputs) return NULL;
    const bool backward = cell % w->net->directions;
    for (int64_t i = 0; i < w->steps; i++) {
        const int64_t time = backward ? w->steps - 1 - i : i;
        *state = one_step(w, &l, time, *state, &outputs[time]);
        if (!state->h) return NULL;
    }
    return tg_stack((tg_list){ (size_t)w->steps, outputs }, 0);
}

/* ---- Layers ----------------------------------------------------------------------------- */

static tg_tensor *dropped(const walk *w, tg_tensor *x, const char *key, int layer)
{
    char name[KEY_MAX_LENGTH + 16];
    (void)snprintf(name, sizeof name, "%s.%d", key, layer);
    return tg_dropout_at(w->at, x, w->net->dropout, name, true);
}

/* The state before a cell's first step: the caller's, or zeros. */
static tg_recurrent_state state_of(const walk *w, const tg_recurrent_state *all, int cell,
                                   tg_dtype dtype)
{
    const tg_site at = w->at;
    tg_recurrent_state state = { NULL, NULL };
    if (all) {
        state.h = tg_pick(all->h, 0, cell);
        if (w->kind->has_c) state.c = tg_pick(all->c, 0, cell);
    } else {
        state.h = tg_full(w->tape, dtype, TG_SHAPE(w->batch, w->hidden), 0);
        if (w->kind->has_c) state.c = state.h;
    }
    return state;
}

/* Records all layers, one above the other. Returns the outputs of the top one; ends[] receives the
 * state of each cell after its last step. */
static tg_tensor *run_layers(const walk *w, const tg_recurrent_apply_args *args, tg_tensor *x,
                             tg_recurrent_state ends[])
{
    const tg_site at = w->at;
    const tg_recurrent *net = w->net;
    for (int layer = 0; layer < net->layers; layer++) {
        tg_tensor *sides[2] = { NULL, NULL };
        for (int d = 0; d < net->directions; d++) {
            const int cell = layer * net->directions + d;
            ends[cell] = state_of(w, args->state, cell, tg_dtype_of(x));
            sides[d] = run_lane(w, cell, x, &ends[cell]);
        }
        x = net->directions == 2 ? tg_concat(TG_LIST(sides[0], sides[1]), -1) : sides[0];
        if (!x) return NULL;
        if (args->training && net->dropout > 0 && layer < net->layers - 1)
            x = dropped(w, x, args->key, layer);
    }
    return x;
}

/* The states of all cells, stacked. */
static tg_recurrent_state joined(const walk *w, const tg_recurrent_state ends[])
{
    const tg_site at = w->at;
    const int cells = w->net->layers * w->net->directions;
    tg_tensor *h[TG_RECURRENT_CELLS], *c[TG_RECURRENT_CELLS];
    for (int i = 0; i < cells; i++) {
        h[i] = ends[i].h;
        c[i] = ends[i].c;
    }
    tg_recurrent_state all = { tg_stack((tg_list){ (size_t)cells, h }, 0), NULL };
    if (w->kind->has_c) all.c = tg_stack((tg_list){ (size_t)cells, c }, 0);
    return all;
}

/* ---- What is checked before ------------------------------------------------------------- */

static const char OP[] = "tg_recurrent_apply";

static bool net_is_whole(const walk *w)
{
    const tg_recurrent *net = w->net;
    const int cells = net ? net->layers * net->directions : 0;
    bool whole = cells > 0 && cells <= TG_RECURRENT_CELLS;
    for (int i = 0; whole && i < cells; i++) {
        const tg_recurrent_cell *cell = &net->cell[i];
        whole = cell->weight_ih && cell->weight_hh && !cell->bias_ih == !cell->bias_hh;
    }
    if (whole) return true;
    const char *why = tg_store_error(tg_tape_store(w->tape));
    tg_fail(w->tape, w->at, TG_ERR_ARGUMENT, "%s: the net lacks variables: %s%s", OP,
            why[0] ? "it could not be made:\n    " : "make it with tg_lstm_new or its like", why);
    return false;
}

static bool input_fits(const walk *w, tg_tensor *x)
{
    const tg_var *weight = w->net->cell[0].weight_ih;
    const long long in = (long long)tg_var_shape(weight).dim[1];
    if (tg_rank(x) != 3 || tg_dim(x, -1) != in) {
        tg_fail(w->tape, w->at, TG_ERR_SHAPE, "%s: \"%s\" %s takes %s, %lld], and x is %s  %s", OP,
                tg_var_name(weight), tg__nn_shape_words(tg_var_shape(weight)).text,
                w->net->batch_first ? "[batch, steps" : "[steps, batch", in,
                tg__nn_shape_words(tg_shape_from(x)).text, tg_name_of(x));
        return false;
    }
    if (tg_dtype_of(x) == tg_var_dtype(weight)) return true;
    tg_fail(w->tape, w->at, TG_ERR_DTYPE, "%s: \"%s\" is %s, and x is %s (see tg_cast)", OP,
            tg_var_name(weight), tg_dtype_name(tg_var_dtype(weight)),
            tg_dtype_name(tg_dtype_of(x)));
    return false;
}

static bool part_fits(const walk *w, const char *role, tg_tensor *part, tg_tensor *x)
{
    const tg_shape want = TG_SHAPE(w->net->layers * w->net->directions, w->batch, w->hidden);
    if (!tg_shape_equal(tg_shape_from(part), want)) {
        tg_fail(w->tape, w->at, TG_ERR_SHAPE,
                "%s: the %s must be [layers * directions, batch, hidden] = %s, and it is %s  %s",
                OP, role, tg__nn_shape_words(want).text,
                tg__nn_shape_words(tg_shape_from(part)).text, tg_name_of(part));
        return false;
    }
    if (tg_dtype_of(part) == tg_dtype_of(x)) return true;
    tg_fail(w->tape, w->at, TG_ERR_DTYPE, "%s: x is %s, and the %s is %s (see tg_cast)", OP,
            tg_dtype_name(tg_dtype_of(x)), role, tg_dtype_name(tg_dtype_of(part)));
    return false;
}

static bool state_fits(const walk *w, const tg_recurrent_state *state, tg_tensor *x)
{
    if (!state) return true;
    if (!state->h || (w->kind->has_c && !state->c)) return false; /* that error is on the tape */
    if (!part_fits(w, "state's h", state->h, x)) return false;
    return !w->kind->has_c || part_fits(w, "state's c", state->c, x);
}

static bool lengths_fit(const walk *w, tg_tensor *lengths)
{
    if (!lengths) return true;
    if (tg_dtype_of(lengths) != TG_I32 && tg_dtype_of(lengths) != TG_I64) {
        tg_fail(w->tape, w->at, TG_ERR_DTYPE, "%s: the lengths must be i32 or i64, not %s", OP,
                tg_dtype_name(tg_dtype_of(lengths)));
        return false;
    }
    if (tg_shape_equal(tg_shape_from(lengths), TG_SHAPE(w->batch))) return true;
    tg_fail(w->tape, w->at, TG_ERR_SHAPE,
            "%s: the lengths must be [%lld], one for each sequence, and they are %s  %s", OP,
            (long long)w->batch, tg__nn_shape_words(tg_shape_from(lengths)).text,
            tg_name_of(lengths));
    return false;
}

static bool key_fits(const walk *w, const tg_recurrent_apply_args *args)
{
    if (!args->training || w->net->dropout <= 0 || w->net->layers < 2) return true;
    size_t length = 0;
    while (args->key && length <= KEY_MAX_LENGTH && args->key[length]) length++;
    if (length > 0 && length <= KEY_MAX_LENGTH) return true;
    tg_fail(w->tape, w->at, TG_ERR_ARGUMENT,
            "%s: in training a net with dropout needs a .key of 1 to %d bytes, for its draws", OP,
            (int)KEY_MAX_LENGTH);
    return false;
}

/* ---- The call --------------------------------------------------------------------------- */

/* alive[t, n, 0] = t < lengths[n]. */
static tg_tensor *alive_mask(const walk *w, tg_tensor *lengths)
{
    const tg_site at = w->at;
    tg_tensor *checked = tg_check_index(lengths, w->steps + 1);
    tg_tensor *time = tg_iota(w->tape, tg_dtype_of(lengths), w->steps);
    tg_tensor *column = tg_reshape(time, TG_SHAPE(w->steps, 1, 1));
    return tg_less(column, tg_reshape(checked, TG_SHAPE(w->batch, 1)));
}

static tg_tensor *swapped(tg_site at, const tg_recurrent *net, tg_tensor *x)
{
    return net->batch_first ? tg_permute(x, TG_AXES(1, 0, 2)) : x;
}

static bool all_fits(walk *w, const tg_recurrent_apply_args *args)
{
    if (!net_is_whole(w) || !input_fits(w, args->x)) return false;
    w->kind = cell_kind_of(w->net->kind);
    w->steps = tg_dim(args->x, w->net->batch_first ? 1 : 0);
    w->batch = tg_dim(args->x, w->net->batch_first ? 0 : 1);
    w->hidden = tg_var_shape(w->net->cell[0].weight_hh).dim[1];
    return state_fits(w, args->state, args->x) && lengths_fit(w, args->lengths) &&
           key_fits(w, args);
}

static tg_tensor *apply(walk *w, const tg_recurrent_apply_args *args, tg_recurrent_state *end)
{
    const tg_site at = w->at;
    tg_recurrent_state ends[TG_RECURRENT_CELLS];
    if (args->lengths && !(w->alive = alive_mask(w, args->lengths))) return NULL;
    tg_tensor *x = swapped(at, w->net, args->x);
    /* Inputs behind a sequence's end may have any value; 0 times NaN would be NaN, so they are
     * replaced. */
    if (w->alive) x = tg_select(w->alive, x, tg_number_like(x, 0));
    tg_tensor *y = x ? run_layers(w, args, x, ends) : NULL;
    if (!y) return NULL;
    if (args->end) *end = joined(w, ends);
    return swapped(at, w->net, y);
}

tg_tensor *tg_recurrent_apply_with(const tg_recurrent_apply_args *given)
{
    tg_recurrent_apply_args args = { TG_RECURRENT_APPLY_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_recurrent_apply", x)) return NULL;
    const tg_recurrent_state *from = args.state;
    const bool entered = tg__nn_enter(
        &args.at, "tg_recurrent_apply", 1,
        TG__NN_OPERANDS(args.x, args.lengths, from ? from->h : NULL, from ? from->c : NULL));
    walk w = { .at = args.at, .tape = tg_tape_of(args.x), .net = args.net };
    tg_recurrent_state end = { NULL, NULL };
    const bool good = entered && all_fits(&w, &args);
    tg_tensor *y = good ? apply(&w, &args, &end) : NULL;
    if (args.end) *args.end = y ? end : (tg_recurrent_state){ NULL, NULL };
    return y;
}
