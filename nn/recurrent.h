/* recurrent.h: what the cells of recurrent nets share. Private to nn/. */
#ifndef TG_NN_RECURRENT_H
#define TG_NN_RECURRENT_H

#include "operands.h"

/* What a cell sees of one step; all of them [N, G*H] but the state, [N, H]. */
typedef struct tg__cell_step {
    tg_site at;
    tg_tensor *x;               /* weight_ih . x */
    tg_tensor *h;               /* weight_hh . h */
    tg_tensor *x_bias, *h_bias; /* either may be NULL */
    tg_recurrent_state before;
    int64_t hidden;
} tg__cell_step;

/* What is added up for a gate: of the input, of the state, and both. [N, H]. */
tg_tensor *tg__cell_x(const tg__cell_step *step, int gate);
tg_tensor *tg__cell_h(const tg__cell_step *step, int gate);
tg_tensor *tg__cell_sum(const tg__cell_step *step, int gate);

/* The state after the step. */
tg_recurrent_state tg__rnn_step(const tg__cell_step *step, bool relu);
tg_recurrent_state tg__gru_step(const tg__cell_step *step);
tg_recurrent_state tg__lstm_step(const tg__cell_step *step);

/* All variables, or an error on the store. */
tg_recurrent tg__recurrent_new(const tg_recurrent_args *args, tg_recurrent_kind kind);

#endif
