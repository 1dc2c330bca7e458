/* strided.c: copying the elements of a view, run by run along its innermost axis. */
#include "kernels/strided.h"

#include "kernels/dtype.h"
#include "kernels/vector.h"

#define FILL(id, bytes, bits, T)                                                                   \
    TG_CLONES static void fill_##bits(const T element, int64_t count, T *to)                       \
    {                                                                                              \
        TG_SIMD                                                                                    \
        for (int64_t i = 0; i < count; i++) to[i] = element;                                       \
    }
TG_EACH_SIZE(FILL, fill)

#define FILL_CASE(id, bytes, bits, T)                                                              \
    case bytes: fill_##bits(*(const T *)value, count, out); break;

void tg__fill(size_t size, const void *value, int64_t count, void *out)
{
    switch (size) {
        TG_EACH_SIZE(FILL_CASE, fill)
    default: break;
    }
}

/* ---- Views ------------------------------------------------------------------------------ */

enum { SHORT = 16 }; /* a shorter run is not worth a call of memcpy */

/* [count] elements, [stride] apart. */
#define RUN(bits, T)                                                                               \
    static inline void run_##bits(const T *from, int64_t stride, int64_t count, T *to)             \
    {                                                                                              \
        if (stride == 1 && count >= SHORT) {                                                       \
            memcpy(to, from, (size_t)count * sizeof(T));                                           \
            return;                                                                                \
        }                                                                                          \
        switch (stride) {                                                                          \
        case 0: {                                                                                  \
            const T element = *from;                                                               \
            for (int64_t i = 0; i < count; i++) to[i] = element;                                   \
            break;                                                                                 \
        }                                                                                          \
        case 2:                                                                                    \
            for (int64_t i = 0; i < count; i++) to[i] = from[2 * i];                               \
            break;                                                                                 \
        default:                                                                                   \
            for (int64_t i = 0; i < count; i++) to[i] = from[i * stride];                          \
        }                                                                                          \
    }

/* Run by run along the innermost axis. [position] is where it begins; [offset] where that is. */
#define LOAD(id, bytes, bits, T)                                                                   \
    RUN(bits, T)                                                                                   \
    static void load_##bits(const tg__view *view, const T *from, const int64_t *begin,             \
                            int64_t offset, int64_t count, T *to)                                  \
    {                                                                                              \
        int64_t position[TG_MAX_RANK];                                                             \
        for (int i = 0; i < view->rank; i++) position[i] = begin[i];                               \
        const int inner = view->rank - 1;                                                          \
        const int64_t stride = view->stride[inner], length = view->dim[inner];                     \
        while (count > 0) {                                                                        \
            int64_t run = length - position[inner];                                                \
            if (run > count) run = count;                                                          \
            run_##bits(from + offset, stride, run, to);                                            \
            to += run;                                                                             \
            count -= run;                                                                          \
            position[inner] += run;                                                                \
            offset += run * stride;                                                                \
            for (int i = inner; i > 0 && position[i] == view->dim[i]; i--) {                       \
                offset += view->stride[i - 1] - position[i] * view->stride[i];                     \
                position[i] = 0;                                                                   \
                position[i - 1]++;                                                                 \
            }                                                                                      \
        }                                                                                          \
    }
TG_EACH_SIZE(LOAD, load)

#define LOAD_CASE(id, bytes, bits, T)                                                              \
    case bytes:                                                                                    \
        for (int64_t c = 0; c < columns; c++)                                                      \
            load_##bits(view, base, position, offset + at[c], count, (T *)out + c * count);        \
        break;

void tg__view_load_columns(const tg__view *view, size_t size, const void *base, int64_t columns,
                           const int64_t *at, int64_t first, int64_t count, void *out)
{
    if (count <= 0) return;
    int64_t position[TG_MAX_RANK] = { 0 }, offset = view->offset, rest = first;
    for (int i = view->rank - 1; i >= 0; i--) {
        position[i] = rest % view->dim[i];
        rest /= view->dim[i];
        offset += position[i] * view->stride[i];
    }
    if (view->rank == 0) {
        for (int64_t c = 0; c < columns; c++)
            memcpy((unsigned char *)out + (size_t)c * size,
                   (const unsigned char *)base + (offset + at[c]) * (int64_t)size, size);
        return;
    }
    switch (size) {
        TG_EACH_SIZE(LOAD_CASE, load)
    default: break;
    }
}

void tg__view_load(const tg__view *view, size_t size, const void *base, int64_t first,
                   int64_t count, void *out)
{
    const int64_t here = 0;
    tg__view_load_columns(view, size, base, 1, &here, first, count, out);
}

/* ---- Transposes ------------------------------------------------------------------------- */

/* With a constant number of columns the compiler makes shuffles of vectors. */
#define TRANSPOSE(T, columns, to_at, from_at)                                                      \
    for (int64_t r = 0; r < rows; r++)                                                             \
        for (int64_t c = 0; c < (columns); c++) ((T *)to)[to_at] = ((const T *)from)[from_at];     \
    break
#define TRANSPOSES(name, to_at, from_at, bytes, bits, T)                                           \
    TG_CLONES static void name##_##bits(const T *restrict from, int64_t rows, int64_t columns,     \
                                        T *restrict to)                                            \
    {                                                                                              \
        switch (columns) {                                                                         \
        case 2: TRANSPOSE(T, 2, to_at(2), from_at(2));                                             \
        case 3: TRANSPOSE(T, 3, to_at(3), from_at(3));                                             \
        case 4: TRANSPOSE(T, 4, to_at(4), from_at(4));                                             \
        case 8: TRANSPOSE(T, 8, to_at(8), from_at(8));                                             \
        case 16: TRANSPOSE(T, 16, to_at(16), from_at(16));                                         \
        default: TRANSPOSE(T, columns, to_at(columns), from_at(columns));                          \
        }                                                                                          \
    }
#define BY_ROWS(columns)    r *(columns) + c
#define BY_COLUMNS(columns) c *rows + r
TG_EACH_SIZE(TRANSPOSES, to_columns, BY_COLUMNS, BY_ROWS)
TG_EACH_SIZE(TRANSPOSES, to_rows, BY_ROWS, BY_COLUMNS)

#define TRANSPOSE_CASE(name, bytes, bits, T)                                                       \
    case bytes: name##_##bits(from, rows, columns, to); break;

void tg__rows_to_columns(size_t size, const void *from, int64_t rows, int64_t columns, void *to)
{
    switch (size) {
        TG_EACH_SIZE(TRANSPOSE_CASE, to_columns)
    default: break;
    }
}

void tg__columns_to_rows(size_t size, const void *from, int64_t rows, int64_t columns, void *to)
{
    switch (size) {
        TG_EACH_SIZE(TRANSPOSE_CASE, to_rows)
    default: break;
    }
}
