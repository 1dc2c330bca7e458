/* tg_recurrent.h: recurrent layers: plain (Elman) ones, GRU and LSTM; several layers, both
 * directions, sequences of unequal length, state carried from one call to the next. Names, layouts
 * and gates are PyTorch's, so that its state dicts load by name.
 *
 * A step is recorded for each position in time: T of them, for each layer and direction. The
 * products with the inputs do not wait for each other, and are one for all steps. */
#ifndef TG_RECURRENT_H
#define TG_RECURRENT_H

#include "tg_random.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Variables -------------------------------------------------------------------------- */

typedef enum tg_recurrent_kind { TG_RNN = 0, TG_GRU, TG_LSTM } tg_recurrent_kind;

/* The variables of one layer in one direction. G is the number of gates, H that of hidden units:
 * rows 0 to H-1 are the first gate's, and so on. The gates of an LSTM are i, f, g, o, those of a
 * GRU r, z, n; a plain layer has one. */
typedef struct tg_recurrent_cell {
    tg_var *weight_ih; /* [G*H, in]; [G*H, D*H] above the first layer, with D directions */
    tg_var *weight_hh; /* [G*H, H] */
    tg_var *bias_ih;   /* [G*H]; NULL without biases */
    tg_var *bias_hh;   /* the same */
} tg_recurrent_cell;

enum { TG_RECURRENT_CELLS = 32 }; /* the most that a net may have: layers times directions */

typedef struct tg_recurrent {
    tg_recurrent_kind kind;
    int layers, directions;
    bool relu, batch_first;
    double dropout;
    tg_recurrent_cell cell[TG_RECURRENT_CELLS]; /* layer * directions + direction; then NULLs */
} tg_recurrent;

typedef struct tg_recurrent_args {
    size_t struct_size;
    tg_site at;
    tg_store *store;
    const char *name; /* of the variables: "<name>.weight_ih_l0", "<name>.weight_hh_l0",
                         "<name>.bias_ih_l0", "<name>.bias_hh_l0"; l1, l2 of the layers above;
                         with "_reverse" behind it the one that reads from the end */
    int64_t in, hidden;
    int layers;         /* default 1 */
    bool bidirectional; /* each layer reads from both ends; what it gives is [forward, reverse] */
    bool no_bias;
    bool batch_first; /* inputs and outputs are [N, T, ..]; default: [T, N, ..] */
    double dropout;   /* the share that is dropped between layers, in [0, 1]; default 0 */
    bool relu;        /* of tg_rnn_new: max(.., 0) in the place of tanh */
    tg_init init;     /* of all variables; default: uniform in +-1/sqrt(hidden) */
} tg_recurrent_args;
#define TG_RECURRENT_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_recurrent_args, init), .layers = 1

/* tg_lstm_new(store, "lstm", 64, 128, .layers = 2). An error (a name, a size, a share out of its
 * range, more than TG_RECURRENT_CELLS layers and directions) sticks to the store and leaves all
 * variables NULL. One step of each, with x' = weight_ih . x + bias_ih and h' = weight_hh . h +
 * bias_hh, a part for each gate:
 *
 * h = tanh(x' + h') (Elman, "Finding structure in time", 1990). */
TG_API tg_recurrent tg_rnn_new_with(const tg_recurrent_args *args);
/* r = sigmoid(x'r + h'r), z = sigmoid(x'z + h'z), n = tanh(x'n + r h'n), h = (1 - z) n + z h
 * (Cho et al. 2014, in PyTorch's form, with the bias inside r's product). */
TG_API tg_recurrent tg_gru_new_with(const tg_recurrent_args *args);
/* i, f, o = sigmoid(x' + h'), g = tanh(x'g + h'g), c = f c + i g, h = o tanh(c)
 * (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000). */
TG_API tg_recurrent tg_lstm_new_with(const tg_recurrent_args *args);

/* ---- Use -------------------------------------------------------------------------------- */

/* What a net remembers between steps: [layers * directions, N, H], also if batch_first. */
typedef struct tg_recurrent_state {
    tg_tensor *h;
    tg_tensor *c; /* of an LSTM; NULL of others */
} tg_recurrent_state;

typedef struct tg_recurrent_apply_args {
    size_t struct_size;
    tg_site at;
    const tg_recurrent *net;
    tg_tensor *x;                    /* [T, N, in]; [N, T, in] if the net is batch_first */
    tg_tensor *lengths;              /* i32 or i64 [N]: how many steps each sequence has; default:
                                        T. One outside [0, T] is an error of the run */
    const tg_recurrent_state *state; /* the state before the first step; default: zeros */
    tg_recurrent_state *end;         /* receives the state after the last step */
    bool training;                   /* is anything dropped between layers? */
    const char *key;                 /* then: of the draws, which are "<key>.0", "<key>.1" .. */
} tg_recurrent_apply_args;
#define TG_RECURRENT_APPLY_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_recurrent_apply_args, key)

/* tg_recurrent_apply(&net, x, .lengths = lengths, .state = &before, .end = &after): the top layer's
 * h at each step, [T, N, D*H] ([N, T, D*H]). For T = 0 it has no elements, and the state stays.
 *
 * Beyond its length a sequence's state stays and its outputs are 0, its inputs are not looked at
 * (they may be NaN) and receive gradients of exactly 0; the reverse direction begins at its last
 * step. Truncated backpropagation carries a state on through tg_stop_gradient, or through
 * variables from run to run. [state] and [end] may be one struct. On an error both fields of [end]
 * are NULL; a NULL in [state] is an error that has been reported, and passes. */
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
