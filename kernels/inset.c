/* inset.c: see inset.h. A whole is written line by line along its innermost axis. */
#include "kernels/inset.h"

#include "kernels/dtype.h"
#include "kernels/vector.h"

#include <string.h>

/* Can axes [i] and [i + 1] be stepped through as one? The part has all of the second. */
static bool joins(const tg__inset *s, int i)
{
    const tg__view *view = &s->view;
    return s->before[i + 1] == 0 && s->every[i] == 1 && s->every[i + 1] == 1 &&
           view->dim[i + 1] == s->dim[i + 1] &&
           view->stride[i] == view->stride[i + 1] * view->dim[i + 1];
}

static void move_axis(tg__inset *s, int to, int from)
{
    s->dim[to] = s->dim[from];
    s->before[to] = s->before[from];
    s->every[to] = s->every[from];
    s->view.dim[to] = s->view.dim[from];
    s->view.stride[to] = s->view.stride[from];
}

tg__inset tg__inset_collapse(const tg__inset *inset)
{
    tg__inset out = *inset;
    out.rank = 0;
    for (int i = 0; i < inset->rank; i++) {
        const bool alone = inset->dim[i] == 1 && inset->view.dim[i] == 1;
        if (!alone) move_axis(&out, out.rank++, i);
    }
    int last = 0;
    for (int i = 1; i < out.rank; i++) {
        move_axis(&out, last + 1, i);
        if (!joins(&out, last)) {
            last++;
            continue;
        }
        out.dim[last] *= out.dim[last + 1];
        out.before[last] *= out.dim[last + 1];
        out.view.dim[last] *= out.view.dim[last + 1];
        out.view.stride[last] = out.view.stride[last + 1];
    }
    if (out.rank == 0) out.dim[0] = out.every[0] = out.view.dim[0] = 1, out.before[0] = 0;
    out.rank = out.view.rank = last + 1;
    return out;
}

/* Where the part's element is that the outer axes' positions belong to; false if they are outside
 * of it. */
static bool is_inside(const tg__inset *s, const int64_t *position, int64_t *offset)
{
    *offset = s->view.offset;
    for (int i = 0; i < s->rank - 1; i++) {
        int64_t at = position[i] - s->before[i];
        if (s->every[i] != 1) {
            if (at % s->every[i] != 0) return false;
            at /= s->every[i];
        }
        if (at < 0 || at >= s->view.dim[i]) return false;
        *offset += at * s->view.stride[i];
    }
    return true;
}

static int64_t clamp(int64_t x, int64_t high) { return x < 0 ? 0 : x > high ? high : x; }

/* So many elements are copied at once, by vectors: lines are short, and where they begin a few
 * bytes before or behind a multiple of 4096 bytes apart, memcpy may take ten times as long. The
 * empty statement keeps compilers from making a memcpy of the loop over chunks. */
enum { CHUNK = 8 };
#define COPY_CHUNK(T, to, from)                                                                    \
    do {                                                                                           \
        memcpy((to), (from), CHUNK * sizeof(T));                                                   \
        __asm__ volatile("" ::: "memory");                                                         \
    } while (0)

/* Columns [column, column + count) of a line; [from] is the part's first element there, or NULL if
 * the part has none in this line. */
#define LINE(bits, T)                                                                              \
    TG_INLINE void fill_##bits(T value, int64_t count, T *to)                                      \
    {                                                                                              \
        for (int64_t i = 0; i < count; i++) to[i] = value;                                         \
    }                                                                                              \
    TG_INLINE void copy_##bits(const T *restrict from, int64_t stride, int64_t count,              \
                               T *restrict to)                                                     \
    {                                                                                              \
        int64_t i = 0;                                                                             \
        for (; stride == 1 && i + CHUNK <= count; i += CHUNK) COPY_CHUNK(T, to + i, from + i);     \
        for (; i < count; i++) to[i] = from[i * stride];                                           \
    }                                                                                              \
    TG_INLINE void line_##bits(const tg__inset *s, T value, const T *from, int64_t column,         \
                               int64_t count, T *to)                                               \
    {                                                                                              \
        const int inner = s->rank - 1;                                                             \
        const int64_t start = s->before[inner] - column, every = s->every[inner];                  \
        const int64_t length = from ? s->view.dim[inner] : 0, stride = s->view.stride[inner];      \
        if (every != 1) {                                                                          \
            if (s->fills) fill_##bits(value, count, to);                                           \
            int64_t i = start < 0 ? (every - 1 - start) / every : 0;                               \
            for (; i < length && start + i * every < count; i++)                                   \
                to[start + i * every] = from[i * stride];                                          \
            return;                                                                                \
        }                                                                                          \
        const int64_t low = length ? clamp(start, count) : count;                                  \
        const int64_t high = length ? clamp(start + length, count) : count;                        \
        if (high > low) copy_##bits(from + (low - start) * stride, stride, high - low, to + low);  \
        if (!s->fills) return;                                                                     \
        fill_##bits(value, low, to);                                                               \
        fill_##bits(value, count - high, to + high);                                               \
    }

#define LOAD(id, bytes, bits, T)                                                                   \
    LINE(bits, T)                                                                                  \
    TG_CLONES static void load_##bits(const tg__inset *s, const T *base, int64_t *position,        \
                                      int64_t count, T *to)                                        \
    {                                                                                              \
        const int inner = s->rank - 1;                                                             \
        T value;                                                                                   \
        memcpy(&value, s->element, sizeof value);                                                  \
        while (count > 0) {                                                                        \
            int64_t run = s->dim[inner] - position[inner], offset;                                 \
            if (run > count) run = count;                                                          \
            const bool inside = is_inside(s, position, &offset);                                   \
            if (inside || s->fills)                                                                \
                line_##bits(s, value, inside ? base + offset : NULL, position[inner], run, to);    \
            to += run;                                                                             \
            count -= run;                                                                          \
            position[inner] += run;                                                                \
            for (int i = inner; i > 0 && position[i] == s->dim[i]; i--) {                          \
                position[i] = 0;                                                                   \
                position[i - 1]++;                                                                 \
            }                                                                                      \
        }                                                                                          \
    }
TG_EACH_SIZE(LOAD, load)

#define LOAD_CASE(id, bytes, bits, T)                                                              \
    case bytes: load_##bits(inset, base, position, count, out); break;

void tg__inset_load(const tg__inset *inset, size_t size, const void *base, int64_t first,
                    int64_t count, void *out)
{
    int64_t position[TG_MAX_RANK] = { 0 }, rest = first;
    if (count <= 0) return;
    for (int i = inset->rank - 1; i >= 0; i--) {
        position[i] = rest % inset->dim[i];
        rest /= inset->dim[i];
    }
    switch (size) {
        TG_EACH_SIZE(LOAD_CASE, load)
    default: break;
    }
}
