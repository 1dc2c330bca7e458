/* shape.c: dtypes, shapes, views, options. */
#include "autograd/engine.h"

#include <math.h>

#include <ctype.h>

size_t tg_dtype_size(tg_dtype dtype)
{
    switch (dtype) {
    case TG_F32:
    case TG_I32: return 4;
    case TG_F64:
    case TG_I64: return 8;
    case TG_U8:
    case TG_BOOL: return 1;
    default: return 0;
    }
}

const char *tg_dtype_name(tg_dtype dtype)
{
    static const char *const names[] = { "default", "f32", "f64", "i32", "i64", "u8", "bool" };
    return (unsigned)dtype < sizeof names / sizeof *names ? names[dtype] : "?";
}

bool tg__dtype_holds(tg_dtype dtype, double value)
{
    const bool whole = isfinite(value) && trunc(value) == value;
    switch (dtype) {
    case TG_F32: return !isfinite(value) || isfinite((float)value);
    case TG_I32: return whole && value >= INT32_MIN && value <= INT32_MAX;
    case TG_I64: return whole && value >= -0x1p63 && value < 0x1p63;
    case TG_U8: return whole && value >= 0 && value <= UINT8_MAX;
    case TG_BOOL: return value == 0 || value == 1;
    default: return true;
    }
}

const char *tg__dtype_range(tg_dtype dtype)
{
    switch (dtype) {
    case TG_F32: return "only numbers from -3.4028235e38 to 3.4028235e38, and infinities";
    case TG_I32: return "only whole numbers from -2147483648 to 2147483647";
    case TG_I64: return "only whole numbers from -2^63 to 2^63 - 1";
    case TG_U8: return "only whole numbers from 0 to 255";
    case TG_BOOL: return "only 0 and 1";
    default: return "any number";
    }
}

double tg__dtype_from(tg_dtype dtype, double x)
{
    if (dtype == TG_F64) return x;
    const float y = (float)x;
    return (double)((double)y < x ? nextafterf(y, INFINITY) : y);
}

double tg__dtype_to(tg_dtype dtype, double x) { return -tg__dtype_from(dtype, -x); }

double tg__dtype_below(tg_dtype dtype, double x)
{
    const double y = tg__dtype_to(dtype, x);
    if (y < x) return y;
    return dtype == TG_F64 ? nextafter(x, -(double)INFINITY)
                           : (double)nextafterf((float)x, -INFINITY);
}

bool tg__holds_normal(tg_dtype dtype, double mean, double deviation, double most)
{
    const double reach = fabs(mean) + most * deviation;
    return isfinite(reach) && tg__dtype_holds(dtype, reach);
}

double tg__load_scalar(int dtype, const void *from)
{
    switch (dtype) {
    case TG_F32: return (double)*(const float *)from;
    case TG_F64: return *(const double *)from;
    case TG_I32: return *(const int32_t *)from;
    case TG_I64: return (double)*(const int64_t *)from;
    default: return *(const uint8_t *)from;
    }
}

void tg__store_scalar(int dtype, double value, void *to)
{
    switch (dtype) {
    case TG_F32: *(float *)to = (float)value; break;
    case TG_F64: *(double *)to = value; break;
    case TG_I32: *(int32_t *)to = (int32_t)value; break;
    case TG_I64: *(int64_t *)to = (int64_t)value; break;
    case TG_U8: *(uint8_t *)to = (uint8_t)value; break;
    default: *(uint8_t *)to = value != 0; break;
    }
}

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

/* ---- Views ------------------------------------------------------------------------------ */

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
    /* Each run of the old axes that steps as one must be cut into whole new axes. */
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

uint64_t tg__hash(const void *data, size_t size, uint64_t seed)
{
    uint64_t hash = seed ^ 0xcbf29ce484222325u;
    const unsigned char *bytes = data;
    for (size_t i = 0; i < size; i++) hash = (hash ^ bytes[i]) * 0x100000001b3u;
    return hash;
}

uint64_t tg__hash_words(uint64_t hash, const void *data, size_t size)
{
    const unsigned char *bytes = data;
    uint64_t word;
    for (; size >= sizeof word; size -= sizeof word, bytes += sizeof word) {
        memcpy(&word, bytes, sizeof word);
        hash = tg__hash_word(hash, word);
    }
    word = 0;
    if (size) memcpy(&word, bytes, size);
    return size ? tg__hash_word(hash, word) : hash;
}
