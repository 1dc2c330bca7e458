/* strided.c: copying the elements of a view, run by run along its innermost axis. */
#include "runtime/strided.h"

#define FILL(T)                                                                                    \
    {                                                                                              \
        const T element = *(const T *)value;                                                       \
        T *to = out;                                                                               \
        for (int64_t i = 0; i < count; i++) to[i] = element;                                       \
        break;                                                                                     \
    }

void tg__fill(size_t size, const void *value, int64_t count, void *out)
{
    switch (size) {
    case 4: FILL(uint32_t)
    case 8: FILL(uint64_t)
    default: FILL(uint8_t)
    }
}

#define PICK(T)                                                                                    \
    {                                                                                              \
        const T *p = from;                                                                         \
        T *to = out;                                                                               \
        for (int64_t i = 0; i < count; i++) to[i] = p[i * stride];                                 \
        break;                                                                                     \
    }

/* [count] elements, [stride] apart. */
static void load_run(size_t size, const void *from, int64_t stride, int64_t count, void *out)
{
    if (stride == 1) memcpy(out, from, (size_t)count * size);
    else if (stride == 0) tg__fill(size, from, count, out);
    else switch (size) {
        case 4: PICK(uint32_t)
        case 8: PICK(uint64_t)
        default: PICK(uint8_t)
        }
}

void tg__view_load(const tg__view *view, size_t size, const void *base, int64_t first,
                   int64_t count, void *out)
{
    if (count <= 0) return;
    const int inner = view->rank - 1;
    int64_t position[TG_MAX_RANK] = { 0 }, offset = view->offset, rest = first;
    for (int i = inner; i >= 0; i--) {
        position[i] = rest % view->dim[i];
        rest /= view->dim[i];
        offset += position[i] * view->stride[i];
    }
    const unsigned char *from = base;
    unsigned char *to = out;
    if (inner < 0) {
        memcpy(to, from + offset * (int64_t)size, size);
        return;
    }
    while (count > 0) {
        int64_t run = view->dim[inner] - position[inner];
        if (run > count) run = count;
        load_run(size, from + offset * (int64_t)size, view->stride[inner], run, to);
        to += (size_t)run * size;
        count -= run;
        position[inner] += run;
        offset += run * view->stride[inner];
        for (int i = inner; i > 0 && position[i] == view->dim[i]; i--) {
            offset += view->stride[i - 1] - position[i] * view->stride[i];
            position[i] = 0;
            position[i - 1]++;
        }
    }
}
