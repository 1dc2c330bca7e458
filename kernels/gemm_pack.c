/* gemm_pack.c: copies blocks of an operand into panels, which the inner kernel reads from end to
 * end, for the blocked product (gemm.c) and for the one that reads windows where they lie
 * (gemm_slide.c). */
#include "kernels/gemm_inside.h"

enum { SHORT_RUN = 8 };

/* Run by run; or, where runs across are short and those down contiguous, line by line. */
void tg__pack_panel(const tg__product *p, tg__matrix x, tg__side across, tg__side deep,
                    int64_t first, int count, int width, tg__range depth, unsigned char *out)
{
    const tg__gemm_kernel *kernel = p->kernel;
    const int64_t size = (int64_t)kernel->size;
    const unsigned char *from = x.data;
    const void *line[TG__GEMM_TILE_BYTES / 4], *here[TG__GEMM_TILE_BYTES / 4];
    const tg__walk begin = tg__walk_from(across, first);
    tg__walk down = tg__walk_from(deep, depth.first);
    const bool by_lines = across.steps && tg__walk_ahead(&begin, count) < SHORT_RUN &&
                          down.stride == 1 && tg__walk_ahead(&down, depth.last - depth.first) >= 4;
    if (by_lines) tg__find_lines(p, x, across, first, count, line);
    for (int64_t d = depth.first, length; d < depth.last; d += length) {
        length = tg__walk_ahead(&down, depth.last - d);
        const int64_t at = tg__walk_over(&down, length);
        unsigned char *to = out + (size_t)((d - depth.first) * width) * kernel->size;
        if (by_lines) {
            for (int i = 0; i < count; i++) here[i] = (const unsigned char *)line[i] + at * size;
            kernel->pack_lines(width, count, length, here, to);
            continue;
        }
        tg__walk walk = begin;
        for (int i = 0, lines; i < count; i += lines) {
            lines = (int)tg__walk_ahead(&walk, count - i);
            const int64_t start = tg__walk_over(&walk, lines);
            kernel->pack(width, lines, i + lines == count ? width - i : lines, length,
                         from + (start + at) * size, walk.stride, down.stride,
                         to + (size_t)i * kernel->size);
        }
    }
}

/* How wide the next panel is, where so many lines are left. */
typedef int width_of(const tg__gemm_kernel *kernel, int64_t left);

static int width_of_b(const tg__gemm_kernel *kernel, int64_t left)
{
    (void)left;
    return kernel->columns;
}

static void pack_side(const tg__product *p, tg__matrix x, tg__side across, tg__side deep,
                      tg__range lines, tg__range depth, width_of *width_at, unsigned char *out)
{
    const tg__gemm_kernel *kernel = p->kernel;
    const int64_t length = depth.last - depth.first, size = (int64_t)kernel->size;
    const bool beside = tg__is_plain(x) && across.stride == 1;
    for (int64_t i = lines.first, count; i < lines.last; i += count) {
        const int64_t left = lines.last - i;
        const int width = width_at(kernel, left);
        count = width;
        if (beside) { /* all panels of that width */
            while (count < left && width_at(kernel, left - count) == width) count += width;
            kernel->pack_wide(width, tg__smaller(count, left), length,
                              (const unsigned char *)x.data +
                                  (i + depth.first * deep.stride) * size,
                              deep.stride, out);
        } else {
            tg__pack_panel(p, x, across, deep, i, (int)tg__smaller(left, width), width, depth, out);
        }
        out += (size_t)(length * count * size);
    }
}

void tg__pack_a(const tg__product *p, tg__range rows, tg__range depth, unsigned char *out)
{
    pack_side(p, p->a, tg__rows_of(p->a), tg__columns_of(p->a), rows, depth, tg__tile_rows, out);
}

void tg__pack_b(const tg__product *p, tg__range columns, tg__range depth, unsigned char *out)
{
    pack_side(p, p->b, tg__columns_of(p->b), tg__rows_of(p->b), columns, depth, width_of_b, out);
}
