/* recurrent_cell.c: the parts that the steps of recurrent cells are made of. */
#include "recurrent.h"

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
