/* recurrent.h: the kinds of recurrent cells, a row each, and what their steps are made of. Private
 * to nn/.
 *
 * To add a kind: a file with its row and its public maker (lstm.c is one), a member of
 * tg_recurrent_kind, and an entry in the table of recurrent.c. */
#ifndef TG_NN_RECURRENT_H
#define TG_NN_RECURRENT_H

#include "operands.h"

/* ---- Kinds of cells --------------------------------------------------------------------- */

/* What a step of a cell is made of. N is the batch, G the number of gates, H that of hidden
 * units. */
typedef struct tg__cell_step {
    tg_site at;
    const tg_recurrent *net;
    int64_t hidden;             /* H */
    tg_tensor *x;               /* x weight_ih^T, [N, G*H] */
    tg_tensor *h;               /* before.h weight_hh^T, [N, G*H] */
    tg_tensor *x_bias, *h_bias; /* [N, G*H]; either may be NULL */
    tg_recurrent_state before;  /* its parts are [N, H] */
} tg__cell_step;

enum { TG__CELL_GATES = 4 }; /* the most that a kind may have */

typedef struct tg__cell_kind {
    const char *maker;              /* the public function, for messages: "tg_lstm_new" */
    char gates[TG__CELL_GATES + 1]; /* their letters, in the order of the weights' rows: "ifgo" */
    bool has_c;                     /* the state is h and c; else h alone */
    bool splits_biases; /* a gate needs its x and h parts apart (tg__cell_x, tg__cell_h); else the
                           two biases are added once, before the first step, into x_bias */
    bool takes_relu;    /* the option .relu is allowed */
    /* Records one step; gives the state after it, with c if has_c, NULLs on an error. */
    tg_recurrent_state (*step)(const tg__cell_step *step);
} tg__cell_kind;

extern const tg__cell_kind tg__rnn_cell, tg__gru_cell, tg__lstm_cell;

/* ---- For step functions ----------------------------------------------------------------- */

/* The part of one gate, its number in .gates, with its bias: of the input, of the state, and their
 * sum. [N, H]. Of a kind without splits_biases only the sum has the biases. */
tg_tensor *tg__cell_x(const tg__cell_step *step, int gate);
tg_tensor *tg__cell_h(const tg__cell_step *step, int gate);
tg_tensor *tg__cell_sum(const tg__cell_step *step, int gate);

/* ---- For makers ------------------------------------------------------------------------- */

/* Reads the options and makes the variables of all cells. An error sticks to the store, and all
 * variables of the result are NULL. [cells] is the kind's row. */
tg_recurrent tg__recurrent_new(const tg_recurrent_args *given, tg_recurrent_kind kind,
                               const tg__cell_kind *cells);

#endif
