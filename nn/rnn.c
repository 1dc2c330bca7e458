/* rnn.c: the plain recurrent layer. */
#include "recurrent.h"

tg_recurrent tg_rnn_new_with(tg_recurrent_args args) { return tg__recurrent_new(&args, TG_RNN); }

tg_recurrent_state tg__rnn_step(const tg__cell_step *step, bool relu)
{
    tg_tensor *sum = tg__cell_sum(step, 0);
    tg_tensor *h = relu ? (tg_relu)(step->at, sum) : (tg_tanh)(step->at, sum);
    return (tg_recurrent_state){ .h = h };
}
