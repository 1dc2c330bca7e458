/* shape.c: shapes and lists of axes. */
#include "autograd/engine.h"

tg_shape tg_shape_of(const int64_t *dims)
{
    tg_shape shape = { 0 };
    for (; dims && *dims != INT64_MIN; dims++) {
        /* -1 is legal in the one place that gives it a meaning: tg_reshape. */
        if (shape.rank == TG_MAX_RANK || *dims < -1) return (tg_shape){ .rank = -1 };
        shape.dim[shape.rank++] = *dims;
    }
    return shape;
}

tg_axes tg_axes_of(const int *axes)
{
    tg_axes list = { 0 };
    for (; axes && *axes != INT_MIN; axes++) {
        if (list.count == TG_MAX_RANK) return (tg_axes){ .count = -1 };
        list.axis[list.count++] = *axes;
    }
    return list;
}

int64_t tg_shape_count(tg_shape shape)
{
    if (shape.rank < 0 || shape.rank > TG_MAX_RANK) return -1;
    int64_t count = 1;
    bool empty = false, overflow = false;
    for (int i = 0; i < shape.rank; i++) {
        if (shape.dim[i] < 0) return -1;
        empty |= shape.dim[i] == 0;
        overflow |= __builtin_mul_overflow(count, shape.dim[i] ? shape.dim[i] : 1, &count);
    }
    return overflow ? -1 : empty ? 0 : count;
}

bool tg_shape_equal(tg_shape a, tg_shape b)
{
    if (a.rank != b.rank || a.rank < 0) return false;
    for (int i = 0; i < a.rank; i++)
        if (a.dim[i] != b.dim[i]) return false;
    return true;
}
