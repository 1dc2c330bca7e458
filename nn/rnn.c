/* rnn.c: the plain recurrent layer. */
#include "recurrent.h"

tg_recurrent tg_rnn_new_with(const tg_recurrent_args *given)
{
    tg_recurrent_args args = { TG_RECURRENT_DEFAULTS };
    if (!TG_READ_STORE_OPTIONS(args, given, "tg_rnn_new")) return (tg_recurrent){ 0 };
    return tg__recurrent_new(&args, TG_RNN);
}

tg_recurrent_state tg__rnn_step(const tg__cell_step *step, bool relu)
{
    tg_tensor *sum = tg__cell_sum(step, 0);
    tg_tensor *h = relu ? tg_relu_at(step->at, sum) : tg_tanh_at(step->at, sum);
    return (tg_recurrent_state){ .h = h };
}
