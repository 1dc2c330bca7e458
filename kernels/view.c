/* view.c: see view.h. */
#include "kernels/view.h"

tg__view tg__view_dense(int rank, const int64_t *dim)
{
    tg__view view = { .rank = rank };
    int64_t step = 1;
    for (int i = rank - 1; i >= 0; i--) {
        view.dim[i] = dim[i];
        view.stride[i] = step;
        step *= dim[i] ? dim[i] : 1;
    }
    return view;
}

int64_t tg__view_count(const tg__view *view)
{
    int64_t count = 1;
    for (int i = 0; i < view->rank; i++) count *= view->dim[i];
    return count;
}

tg__view tg__view_collapse(const tg__view *view)
{
    tg__view out = { .offset = view->offset };
    for (int i = 0; i < view->rank; i++) {
        if (view->dim[i] == 1) continue;
        const int last = out.rank - 1;
        if (out.rank && out.stride[last] == view->stride[i] * view->dim[i]) {
            out.dim[last] *= view->dim[i];
            out.stride[last] = view->stride[i];
        } else {
            out.dim[out.rank] = view->dim[i];
            out.stride[out.rank++] = view->stride[i];
        }
    }
    return out;
}

bool tg__view_is_dense(const tg__view *view)
{
    if (tg__view_count(view) == 0) return true;
    const tg__view flat = tg__view_collapse(view);
    return flat.rank == 0 || (flat.rank == 1 && flat.stride[0] == 1);
}

bool tg__view_is_whole(const tg__view *view, int64_t count)
{
    return !view || (view->offset == 0 && tg__view_is_dense(view) && tg__view_count(view) == count);
}

bool tg__view_same(const tg__view *a, const tg__view *b)
{
    if (a == b) return true;
    if (!a || !b || a->rank != b->rank || a->offset != b->offset) return false;
    for (int i = 0; i < a->rank; i++)
        if (a->dim[i] != b->dim[i] || a->stride[i] != b->stride[i]) return false;
    return true;
}

bool tg__view_reshape(const tg__view *view, int rank, const int64_t *dim, tg__view *out)
{
    const tg__view flat = tg__view_collapse(view);
    *out = tg__view_dense(rank, dim);
    out->offset = view->offset;
    if (tg__view_count(view) == 0) return true;
    /* Each group of old axes that can be stepped through as one must be cut into whole new axes. */
    int axis = rank - 1;
    for (int i = flat.rank - 1; i >= 0; i--) {
        int64_t left = flat.dim[i], step = flat.stride[i];
        while (left > 1) {
            while (axis >= 0 && dim[axis] == 1) out->stride[axis--] = 0;
            if (axis < 0 || left % dim[axis] != 0) return false;
            out->stride[axis] = step;
            step *= dim[axis];
            left /= dim[axis--];
        }
    }
    for (; axis >= 0; axis--) out->stride[axis] = 0;
    return true;
}
