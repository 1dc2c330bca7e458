/* gemm_lines.c: where the lines of an operand lie that no one stride joins, and how they are cut
 * into vectors. */
#include "kernels/gemm_inside.h"

tg__walk tg__walk_from(tg__side side, int64_t i)
{
    tg__walk w = { .steps = side.steps, .at = i * side.stride, .stride = side.stride };
    if (!side.steps) return w;
    int64_t rest = i + side.first;
    w.at = 0;
    for (int k = side.steps->count - 1; k >= 0; k--) {
        w.position[k] = rest % side.steps->size[k];
        rest /= side.steps->size[k];
        w.at += w.position[k] * side.steps->step[k];
    }
    w.stride = side.steps->step[side.steps->count - 1];
    return w;
}

void tg__find_lines(const tg__product *p, tg__matrix x, tg__side side, int64_t first, int64_t count,
                    const void **line)
{
    tg__walk walk = tg__walk_from(side, first);
    for (int64_t i = 0; i < count; i++)
        line[i] =
            (const unsigned char *)x.data + tg__walk_over(&walk, 1) * (int64_t)p->kernel->size;
}

static int64_t lanes_for(int64_t run, int64_t width) { return tg__parts_of(run, width) * width; }

bool tg__choose_pieces(int lanes, int64_t run, int64_t apart, tg__pieces *out)
{
    if (run < 1 || (apart != 1 && apart != 2)) return false;
    const bool halves = lanes_for(run, lanes / 2) < lanes_for(run, lanes);
    *out = (tg__pieces){ .how = (halves ? TG__HALVES : 0) | (apart == 2 ? TG__EVEN : 0),
                         .width = halves ? lanes / 2 : lanes,
                         .count = halves ? 2 : 1 };
    out->reach = apart * out->width - 1;
    return run * 5 >= lanes_for(run, out->width) * 3;
}

int64_t tg__run_of(tg__side side, int64_t count, int64_t *apart)
{
    const tg__steps *steps = side.steps;
    const int last = steps ? steps->count - 1 : 0;
    *apart = steps ? steps->step[last] : side.stride;
    return steps ? steps->size[last] : count;
}

int64_t tg__farthest(tg__side side, int64_t count)
{
    int64_t most = 0;
    if (!side.steps) return side.stride > 0 ? (count - 1) * side.stride : 0;
    for (int k = 0; k < side.steps->count; k++)
        if (side.steps->step[k] > 0) most += (side.steps->size[k] - 1) * side.steps->step[k];
    return most;
}
