/* gru.c: the cell of the gated recurrent unit. */
#include "recurrent.h"

#undef TG_HERE
#define TG_HERE step->at

static tg_recurrent_state step_of(const tg__cell_step *step)
{
    enum { RESET, UPDATE, NEW };
    tg_tensor *reset = tg_sigmoid(tg__cell_sum(step, RESET));
    tg_tensor *update = tg_sigmoid(tg__cell_sum(step, UPDATE));
    tg_tensor *input = tg__cell_x(step, NEW);
    tg_tensor *recalled = tg_mul(reset, tg__cell_h(step, NEW));
    tg_tensor *proposed = tg_tanh(tg_add(input, recalled));
    /* (1 - z) n + z h, written with one product */
    tg_tensor *away = tg_sub(step->before.h, proposed);
    return (tg_recurrent_state){ .h = tg_add(proposed, tg_mul(update, away)) };
}

const tg__cell_kind tg__gru_cell = {
    .maker = "tg_gru_new", .gates = "rzn", .splits_biases = true, .step = step_of
};

tg_recurrent tg_gru_new_with(const tg_recurrent_args *given)
{
    return tg__recurrent_new(given, TG_GRU, &tg__gru_cell);
}
