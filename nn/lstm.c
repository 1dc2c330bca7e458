/* lstm.c: the long short-term memory. */
#include "recurrent.h"

#undef TG_HERE
#define TG_HERE step->at

tg_recurrent tg_lstm_new_with(const tg_recurrent_args *given)
{
    tg_recurrent_args args = { TG_RECURRENT_DEFAULTS };
    if (!TG_READ_STORE_OPTIONS(args, given, "tg_lstm_new")) return (tg_recurrent){ 0 };
    return tg__recurrent_new(&args, TG_LSTM);
}

tg_recurrent_state tg__lstm_step(const tg__cell_step *step)
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
