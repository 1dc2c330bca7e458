/* derivatives_recurrences.c: functions that do little at a time, over and over: an LSTM,
 * Runge-Kutta steps, a determinant by minors. */
#include "derivatives.h"

#include <math.h>
#include <string.h>

/* ---- LSTM ------------------------------------------------------------------------------- */

/* ADBench's lstm: all weights are diagonal; the forget and the output gate see the layer's input,
 * the input gate and the change its hidden state. A layer's parameters are a row of weights and one
 * of biases, each forget, input, output, change; its state is a row hidden, a row cell. */
enum { LAYERS = 2, CELLS = 14, LETTERS = 1024, GATES = 4 };
enum { FORGET, INPUT, OUTPUT, CHANGE };

static void prepare_lstm(work *w)
{
    fill_uniform(add_parameter(w, "main", TG_SHAPE(2 * LAYERS, GATES * CELLS)),
                 2 * LAYERS * GATES * CELLS, -1, 1, 21);
    fill_uniform(add_parameter(w, "extra", TG_SHAPE(3, CELLS)), 3 * CELLS, -1, 1, 22);
    fill_uniform(add_fixed(w, "state", TG_SHAPE(2 * LAYERS, CELLS)), 2 * LAYERS * CELLS, -1, 1, 23);
    /* Letters as bits, as in ADBench. */
    double *sequence = add_fixed(w, "sequence", TG_SHAPE(LETTERS, CELLS));
    fill_uniform(sequence, LETTERS * CELLS, 0, 2, 24);
    for (int i = 0; i < LETTERS * CELLS; i++) sequence[i] = floor(sequence[i]);
}

/* Row [row] of a matrix, and what of it belongs to a gate. */
static tg_tensor *row_of(tg_tensor *x, int64_t row)
{
    return tg_squeeze(tg_slice(x, 0, row, row + 1, 1), 0);
}
static tg_tensor *part_of(tg_tensor *x, int64_t row, int64_t gate)
{
    return tg_slice(row_of(x, row), 0, gate * CELLS, (gate + 1) * CELLS, 1);
}

typedef struct layer {
    tg_tensor *weight[GATES], *bias[GATES];
    tg_tensor *hidden, *cell;
} layer;

static layer layer_of(tg_tensor *parameters, tg_tensor *state, int64_t index)
{
    layer l = { .hidden = row_of(state, 2 * index), .cell = row_of(state, 2 * index + 1) };
    for (int gate = 0; gate < GATES; gate++) {
        l.weight[gate] = part_of(parameters, 2 * index, gate);
        l.bias[gate] = part_of(parameters, 2 * index + 1, gate);
    }
    return l;
}

static tg_tensor *linear(const layer *l, int gate, tg_tensor *x)
{
    return tg_add(tg_mul(x, l->weight[gate]), l->bias[gate]);
}

static void layer_step(layer *l, tg_tensor *input)
{
    tg_tensor *forget = tg_sigmoid(linear(l, FORGET, input));
    tg_tensor *in = tg_sigmoid(linear(l, INPUT, l->hidden));
    tg_tensor *out = tg_sigmoid(linear(l, OUTPUT, input));
    tg_tensor *change = tg_tanh(linear(l, CHANGE, l->hidden));
    l->cell = tg_add(tg_mul(l->cell, forget), tg_mul(in, change));
    l->hidden = tg_mul(out, tg_tanh(l->cell));
}

/* What the network says of letters 0..LETTERS-2 is compared with the letters behind them; the log
 * of 2 + sum e^y is ADBench's. */
static tg_tensor *record_lstm(const work *w, tg_tape *tape, tg_tensor *const p[],
                              tg_tensor *const fixed[])
{
    (void)w, (void)tape;
    static tg_tensor *said[LETTERS];
    tg_tensor *sequence = fixed[1], *extra[3];
    layer layers[LAYERS];
    for (int i = 0; i < 3; i++) extra[i] = row_of(p[1], i);
    for (int i = 0; i < LAYERS; i++) layers[i] = layer_of(p[0], fixed[0], i);
    for (int64_t t = 0; t < LETTERS - 1; t++) {
        tg_tensor *x = tg_mul(row_of(sequence, t), extra[0]);
        for (int i = 0; i < LAYERS; i++) {
            layer_step(&layers[i], x);
            x = layers[i].hidden;
        }
        said[t] = x;
    }
    tg_tensor *y = tg_add(tg_mul(tg_stack((tg_list){ LETTERS - 1, said }, 0), extra[1]), extra[2]);
    tg_tensor *total = tg_add_num(tg_sum(tg_exp(y), .axis = 1, .keep = true), 2);
    tg_tensor *wanted = tg_slice(sequence, 0, 1, LETTERS, 1);
    tg_tensor *score = tg_sum(tg_mul(wanted, tg_sub(y, tg_log(total))));
    return tg_mul_num(score, -1.0 / (CELLS * (LETTERS - 1)));
}

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }

static void plain_layer(const double *weight, const double *bias, double *hidden, double *cell,
                        const double *input)
{
    double linear[GATES][CELLS];
    for (int gate = 0; gate < GATES; gate++) {
        const double *x = gate == FORGET || gate == OUTPUT ? input : hidden;
        for (int i = 0; i < CELLS; i++) {
            linear[gate][i] = x[i] * weight[gate * CELLS + i] + bias[gate * CELLS + i];
        }
    }
    for (int i = 0; i < CELLS; i++) {
        cell[i] = cell[i] * sigmoid(linear[FORGET][i]) +
                  sigmoid(linear[INPUT][i]) * tanh(linear[CHANGE][i]);
        hidden[i] = sigmoid(linear[OUTPUT][i]) * tanh(cell[i]);
    }
}

static double plain_lstm(const work *w)
{
    const double *extra = w->p[1].data;
    double state[LAYERS][2][CELLS], score = 0;
    memcpy(state, w->fixed[0].data, sizeof state);
    for (int t = 0; t < LETTERS - 1; t++) {
        const double *letter = w->fixed[1].data + t * CELLS, *wanted = letter + CELLS;
        double read[CELLS], y[CELLS], total = 2;
        for (int i = 0; i < CELLS; i++) read[i] = letter[i] * extra[i];
        const double *x = read;
        for (int l = 0; l < LAYERS; l++) {
            const double *weight = w->p[0].data + 2 * l * GATES * CELLS;
            plain_layer(weight, weight + GATES * CELLS, state[l][0], state[l][1], x);
            x = state[l][0];
        }
        for (int i = 0; i < CELLS; i++) {
            y[i] = x[i] * extra[CELLS + i] + extra[2 * CELLS + i];
            total += exp(y[i]);
        }
        for (int i = 0; i < CELLS; i++) score += wanted[i] * (y[i] - log(total));
    }
    return -score / (CELLS * (LETTERS - 1));
}

/* ---- Runge-Kutta ------------------------------------------------------------------------ */

/* cmpad's an_ode: y' = x * (1, y_0, y_1, ..) from 0 at time 0 to time 2. It differentiates the last
 * y, which no information has reached after so few steps: it is exactly 0. So that the check means
 * something, a weighted sum of all y is differentiated here, which is no more and no less work. */
enum { EQUATIONS = 1000, STEPS = 100 };

static void prepare_ode(work *w)
{
    fill_uniform(add_parameter(w, "x", TG_SHAPE(EQUATIONS)), EQUATIONS, 0, 1, 31337);
    fill_uniform(add_fixed(w, "weights", TG_SHAPE(EQUATIONS)), EQUATIONS, -1, 1, 32);
}

static tg_tensor *slope_at(tg_tensor *x, tg_tensor *y)
{
    return tg_mul(x, tg_pad(tg_slice(y, 0, 0, EQUATIONS - 1, 1), 0, 1, 0, 0, 1));
}

static tg_tensor *moved(tg_tensor *y, tg_tensor *slope, double h)
{
    return tg_add(y, tg_mul_num(slope, h));
}

static tg_tensor *record_ode(const work *w, tg_tape *tape, tg_tensor *const p[],
                             tg_tensor *const fixed[])
{
    (void)w;
    const double h = 2.0 / STEPS;
    tg_tensor *x = p[0], *y = tg_full(tape, TG_F64, TG_SHAPE(EQUATIONS), 0);
    for (int i = 0; i < STEPS; i++) {
        tg_tensor *k1 = slope_at(x, y);
        tg_tensor *k2 = slope_at(x, moved(y, k1, h / 2));
        tg_tensor *k3 = slope_at(x, moved(y, k2, h / 2));
        tg_tensor *k4 = slope_at(x, moved(y, k3, h));
        tg_tensor *inner = tg_mul_num(tg_add(k2, k3), 2);
        y = moved(y, tg_add(tg_add(k1, inner), k4), h / 6);
    }
    return tg_sum(tg_mul(y, fixed[0]));
}

static void plain_slope(const double *x, const double *y, double *to)
{
    to[0] = x[0];
    for (int i = 1; i < EQUATIONS; i++) to[i] = x[i] * y[i - 1];
}

static void plain_move(const double *y, const double *slope, double h, double *to)
{
    for (int i = 0; i < EQUATIONS; i++) to[i] = y[i] + h * slope[i];
}

static double plain_ode(const work *w)
{
    const double *x = w->p[0].data, h = 2.0 / STEPS;
    double y[EQUATIONS] = { 0 }, at[EQUATIONS], k[4][EQUATIONS], total = 0;
    for (int step = 0; step < STEPS; step++) {
        plain_slope(x, y, k[0]);
        plain_move(y, k[0], h / 2, at);
        plain_slope(x, at, k[1]);
        plain_move(y, k[1], h / 2, at);
        plain_slope(x, at, k[2]);
        plain_move(y, k[2], h, at);
        plain_slope(x, at, k[3]);
        for (int i = 0; i < EQUATIONS; i++) {
            y[i] += h * (k[0][i] + 2 * k[1][i] + 2 * k[2][i] + k[3][i]) / 6;
        }
    }
    for (int i = 0; i < EQUATIONS; i++) total += y[i] * w->fixed[0].data[i];
    return total;
}

/* ---- Determinant ------------------------------------------------------------------------ */

/* cmpad's det_by_minor: expansion along the first row, recursively. The columns that are left are
 * the bits of [columns]. */
enum { LARGEST = 8 };

static int size_of(const work *w) { return (int)w->p[0].shape.dim[0]; }

static void prepare_det(work *w, int size)
{
    double *a = add_parameter(w, "A", TG_SHAPE(size, size));
    fill_uniform(a, (size_t)(size * size), -1, 1, 41);
}
static void prepare_det5(work *w) { prepare_det(w, 5); }
static void prepare_det8(work *w) { prepare_det(w, 8); }

typedef struct minors {
    int size;
    bool once; /* record equal minors once, instead of anew in each branch of the recursion */
    tg_tensor *entry[LARGEST][LARGEST];
    tg_tensor *made[1 << LARGEST]; /* of the columns that are left */
} minors;

static tg_tensor *record_minor(minors *m, int row, unsigned columns)
{
    if (m->once && m->made[columns]) return m->made[columns];
    tg_tensor *sum = NULL;
    bool minus = false;
    for (int j = 0; j < m->size; j++) {
        if (!(columns >> j & 1)) continue;
        tg_tensor *term = m->entry[row][j];
        if (row < m->size - 1) {
            term = tg_mul(term, record_minor(m, row + 1, columns & ~(1u << j)));
        }
        sum = !sum ? term : minus ? tg_sub(sum, term) : tg_add(sum, term);
        minus = !minus;
    }
    return m->made[columns] = sum;
}

static tg_tensor *record_minors(const work *w, tg_tensor *matrix, bool once)
{
    minors m = { .size = size_of(w), .once = once };
    const int count = m.size * m.size;
    tg_tensor *entries[LARGEST * LARGEST];
    tg_tensor *flat = tg_reshape(matrix, TG_SHAPE(-1));
    if (tg_split(flat, 0, (size_t)count, NULL, entries) != TG_OK) return NULL;
    for (int i = 0; i < count; i++) {
        m.entry[i / m.size][i % m.size] = tg_reshape(entries[i], TG_SCALAR);
    }
    return record_minor(&m, 0, (1u << m.size) - 1);
}

static tg_tensor *record_det(const work *w, tg_tape *tape, tg_tensor *const p[],
                             tg_tensor *const fixed[])
{
    (void)tape, (void)fixed;
    return record_minors(w, p[0], false);
}

static tg_tensor *record_det_once(const work *w, tg_tape *tape, tg_tensor *const p[],
                                  tg_tensor *const fixed[])
{
    (void)tape, (void)fixed;
    return record_minors(w, p[0], true);
}

static double plain_minor(const double *a, int size, int row, unsigned columns)
{
    double sum = 0, sign = 1;
    for (int j = 0; j < size; j++) {
        if (!(columns >> j & 1)) continue;
        const double rest =
            row < size - 1 ? plain_minor(a, size, row + 1, columns & ~(1u << j)) : 1;
        sum += sign * a[row * size + j] * rest;
        sign = -sign;
    }
    return sum;
}

static double plain_det(const work *w)
{
    return plain_minor(w->p[0].data, size_of(w), 0, (1u << size_of(w)) - 1);
}

const work recurrences[] = {
    { .name = "lstm l=2 c=1024",
      .prepare = prepare_lstm,
      .record = record_lstm,
      .plain = plain_lstm,
      .tool = "CoDiPack",
      .tool_us = 3280,
      .step = 1e-3 },
    { .name = "ode n=1000 s=100",
      .prepare = prepare_ode,
      .record = record_ode,
      .plain = plain_ode,
      .tool = "CoDiPack",
      .tool_us = 2270,
      .step = 1e-3 },
    { .name = "det l=5",
      .prepare = prepare_det5,
      .record = record_det,
      .plain = plain_det,
      .tool = "CoDiPack",
      .tool_us = 2.5,
      .step = 1e-3,
      .hessian = "A" },
    { .name = "det l=8",
      .prepare = prepare_det8,
      .record = record_det,
      .plain = plain_det,
      .tool = "CoDiPack",
      .tool_us = 810,
      .step = 1e-3 },
    { .name = "det l=8, minors once",
      .prepare = prepare_det8,
      .record = record_det_once,
      .plain = plain_det,
      .tool = "CoDiPack",
      .tool_us = 810,
      .step = 1e-3,
      .hessian = "A" },
    { 0 },
};
