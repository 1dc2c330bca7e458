/* lstm.c: the cell of the long short-term memory. */
#include "recurrent.h"

#undef TG_HERE
#define TG_HERE step->at

static tg_recurrent_state step_of(const tg__cell_step *step)
{
    enum { INPUT, FORGET, CELL, OUTPUT };
    tg_tensor *input = tg_sigmoid(tg__cell_sum(step, INPUT));
    tg_tensor *forget = tg_sigmoid(tg__cell_sum(step, FORGET));
    tg_tensor *proposed = tg_tanh(tg__cell_sum(step, CELL));
    tg_tensor *output = tg_sigmoid(tg__cell_sum(step, OUTPUT));
    tg_tensor *kept = tg_mul(forget, step->before.c);
    tg_tensor *c = tg_add(kept, tg_mul(input, proposed));
    tg_tensor *h = tg_mul(output, tg_tanh(c));
    return (tg_recurrent_state){ .h = h, .c = c };
}

const tg__cell_kind tg__lstm_cell = {
    .maker = "tg_lstm_new", .gates = "ifgo", .has_c = true, .step = step_of
};

tg_recurrent tg_lstm_new_with(const tg_recurrent_args *given)
{
    return tg__recurrent_new(given, TG_LSTM, &tg__lstm_cell);
}
