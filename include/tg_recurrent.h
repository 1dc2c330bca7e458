/* tg_recurrent.h: recurrent layers: plain (Elman) ones, GRU and LSTM; several layers, both
 * directions, sequences of different lengths, and states that are passed from one call to the next.
 * Names, layouts and gates are PyTorch's, so its state dicts can be loaded by name.
 *
 * T steps are recorded, one for each position in time, for each layer and direction. The products
 * with the inputs do not depend on the state, so they are one product for all steps. */
#ifndef TG_RECURRENT_H
#define TG_RECURRENT_H

#include "tg_random.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Variables -------------------------------------------------------------------------- */

typedef enum tg_recurrent_kind { TG_RNN = 0, TG_GRU, TG_LSTM } tg_recurrent_kind;

/* The variables of one layer in one direction. G is the number of gates, H that of hidden units:
 * rows 0 to H-1 belong to the first gate, and so on. The gates of an LSTM are i, f, g, o, those of
 * a GRU r, z, n; a plain layer has one. */
typedef struct tg_recurrent_cell {
    tg_var *weight_ih; /* [G*H, in]; [G*H, D*H] above the first layer, with D directions */
    tg_var *weight_hh; /* [G*H, H] */
    tg_var *bias_ih;   /* [G*H]; NULL without biases */
    tg_var *bias_hh;   /* the same */
} tg_recurrent_cell;

enum { TG_RECURRENT_CELLS = 32 }; /* the largest number of layers times directions */

typedef struct tg_recurrent {
    tg_recurrent_kind kind;
    int layers, directions;
    bool relu, batch_first;
    double dropout;
    tg_recurrent_cell cell[TG_RECURRENT_CELLS]; /* index: layer * directions + direction; the
                                                   rest is NULL */
} tg_recurrent;

typedef struct tg_recurrent_args {
    size_t struct_size;
    tg_site at;
    tg_store *store;
    const char *name; /* of the variables: "<name>.weight_ih_l0", "<name>.weight_hh_l0",
                         "<name>.bias_ih_l0", "<name>.bias_hh_l0"; l1, l2 for the layers above;
                         with "_reverse" at the end for the reverse direction */
    int64_t in, hidden;
    int layers;         /* default 1 */
    bool bidirectional; /* each layer runs in both directions; its output is the concatenation
                           [forward, reverse] */
    bool no_bias;
    bool batch_first; /* inputs and outputs are [N, T, ..]; default: [T, N, ..] */
    double dropout;   /* the share of outputs that is dropped between layers, in [0, 1]; default
                         0 */
    bool relu;        /* for tg_rnn_new: ReLU instead of tanh */
    tg_init init;     /* of all variables; default: uniform in +-1/sqrt(hidden) */
} tg_recurrent_args;
#define TG_RECURRENT_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_recurrent_args, init), .layers = 1

/* tg_lstm_new(store, "lstm", 64, 128, .layers = 2). An error (an invalid name or size, a share out
 * of its range, more than TG_RECURRENT_CELLS layers times directions) sticks to the store and
 * leaves all variables NULL. The formulas of a step use x' = weight_ih . x + bias_ih and h' =
 * weight_hh . h + bias_hh, and for a gate its part of them:
 *
 * h = tanh(x' + h') (Elman, "Finding structure in time", 1990). */
TG_API tg_recurrent tg_rnn_new_with(const tg_recurrent_args *args);
/* r = sigmoid(x'r + h'r), z = sigmoid(x'z + h'z), n = tanh(x'n + r h'n), h = (1 - z) n + z h (Cho
 * et al. 2014, in PyTorch's form, with bias_hh inside of r's product). */
TG_API tg_recurrent tg_gru_new_with(const tg_recurrent_args *args);
/* i, f, o = sigmoid(x' + h'), g = tanh(x'g + h'g), c = f c + i g, h = o tanh(c)
 * (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000). */
TG_API tg_recurrent tg_lstm_new_with(const tg_recurrent_args *args);

/* ---- Use -------------------------------------------------------------------------------- */

/* The state of a net between steps: [layers * directions, N, H], also if batch_first. */
typedef struct tg_recurrent_state {
    tg_tensor *h;
    tg_tensor *c; /* of an LSTM; NULL for others */
} tg_recurrent_state;

typedef struct tg_recurrent_apply_args {
    size_t struct_size;
    tg_site at;
    const tg_recurrent *net;
    tg_tensor *x;                    /* [T, N, in]; [N, T, in] if the net is batch_first */
    tg_tensor *lengths;              /* i32 or i64 [N]: the number of steps of each sequence;
                                        default: T. One outside of [0, T] is an error of the run */
    const tg_recurrent_state *state; /* the state before the first step; default: zeros */
    tg_recurrent_state *end;         /* receives the state after the last step */
    bool training;                   /* dropout between layers is applied */
    const char *key;                 /* required then: keys of its draws are "<key>.0", "<key>.1"
                                        .. */
} tg_recurrent_apply_args;
#define TG_RECURRENT_APPLY_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_recurrent_apply_args, key)

/* tg_recurrent_apply(&net, x, .lengths = lengths, .state = &before, .end = &after): the top layer's
 * h at each step, [T, N, D*H] ([N, T, D*H]). For T = 0 the result has no elements, and the state
 * does not change.
 *
 * Behind the end of a sequence its state does not change and its outputs are 0; its inputs there
 * have no influence (they may be NaN) and get gradients of exactly 0; the reverse direction begins
 * at its last step. For truncated backpropagation pass the state on through tg_stop_gradient, or
 * through variables from run to run. [state] and [end] may be the same struct. On an error both
 * fields of [end] are NULL. A NULL in [state] gives NULL, as an operand does. */
TG_API tg_tensor *tg_recurrent_apply_with(const tg_recurrent_apply_args *args);

#ifdef __cplusplus
}
#endif

/* How C programs call these: the macros supply the call's site, and the defaults of options. */
#ifndef __cplusplus
#define tg_rnn_new(...)                                                                            \
    tg_rnn_new_with(&(tg_recurrent_args){ TG_RECURRENT_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_gru_new(...)                                                                            \
    tg_gru_new_with(&(tg_recurrent_args){ TG_RECURRENT_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_lstm_new(...)                                                                           \
    tg_lstm_new_with(&(tg_recurrent_args){ TG_RECURRENT_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_recurrent_apply(...)                                                                    \
    tg_recurrent_apply_with(                                                                       \
        &(tg_recurrent_apply_args){ TG_RECURRENT_APPLY_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#endif

#endif
