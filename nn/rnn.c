/* rnn.c: the plain (Elman) recurrent cell. */
#include "recurrent.h"

static tg_recurrent_state step_of(const tg__cell_step *step)
{
    tg_tensor *sum = tg__cell_sum(step, 0);
    tg_tensor *h = step->net->relu ? tg_relu_at(step->at, sum) : tg_tanh_at(step->at, sum);
    return (tg_recurrent_state){ .h = h };
}

const tg__cell_kind tg__rnn_cell = {
    .maker = "tg_rnn_new", .gates = "h", .takes_relu = true, .step = step_of
};

tg_recurrent tg_rnn_new_with(const tg_recurrent_args *given)
{
    return tg__recurrent_new(given, TG_RNN, &tg__rnn_cell);
}
