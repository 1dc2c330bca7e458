/* recurrent_cell.c: the table of the kinds of recurrent cells, and the parts that their steps are
 * made of. */
#include "recurrent.h"

static const tg__cell_kind *const kinds[] = {
    [TG_RNN] = &tg__rnn_cell,
    [TG_GRU] = &tg__gru_cell,
    [TG_LSTM] = &tg__lstm_cell,
};

const tg__cell_kind *tg__cell_kind_of(tg_recurrent_kind kind)
{
    return kinds[(size_t)kind < sizeof kinds / sizeof *kinds ? kind : TG_RNN];
}

static tg_tensor *gate_of(const tg__cell_step *step, tg_tensor *all, int gate)
{
    if (step->hidden == tg_dim(all, -1)) return all;
    return tg_slice_at(step->at, all, -1, gate * step->hidden, (gate + 1) * step->hidden, 1);
}

static tg_tensor *with_bias(const tg__cell_step *step, tg_tensor *all, tg_tensor *bias, int gate)
{
    tg_tensor *part = gate_of(step, all, gate);
    return bias ? tg_add_at(step->at, part, gate_of(step, bias, gate)) : part;
}

tg_tensor *tg__cell_x(const tg__cell_step *step, int gate)
{
    return with_bias(step, step->x, step->x_bias, gate);
}

tg_tensor *tg__cell_h(const tg__cell_step *step, int gate)
{
    return with_bias(step, step->h, step->h_bias, gate);
}

tg_tensor *tg__cell_sum(const tg__cell_step *step, int gate)
{
    tg_tensor *x = tg__cell_x(step, gate);
    return tg_add_at(step->at, x, tg__cell_h(step, gate));
}
