/* image.c: operations on the pixels of images. A pixel is [inner] adjacent elements, u8 or f32, in
 * each of the planes. */
#include "io/data.h"

#include <string.h>

static size_t row_bytes(const tg__image *image)
{
    return (size_t)image->width * (size_t)image->inner * image->size;
}

/* Fills [pixels] pixels. */
static void fill_pixels(const tg__image *image, unsigned char *out, int64_t pixels, double fill)
{
    const size_t count = (size_t)pixels * (size_t)image->inner;
    const float number = (float)fill;
    if (image->size == 1) {
        memset(out, (int)fill, count);
        return;
    }
    for (size_t i = 0; i < count; i++) memcpy(out + i * sizeof number, &number, sizeof number);
}

/* Writes one row of a window: the elements of row [from] of the image, from column [right] on. */
static void window_row(const tg__image *image, const unsigned char *from, const tg__image *to,
                       int64_t right, double fill, unsigned char *out)
{
    const size_t pixel = (size_t)image->inner * image->size;
    const int64_t before = right < 0 ? -right : 0, end = image->width - right;
    const int64_t first = before < to->width ? before : to->width;
    const int64_t last = end < first ? first : end < to->width ? end : to->width;
    fill_pixels(image, out, first, fill);
    if (last > first)
        memcpy(out + (size_t)first * pixel, from + (size_t)(first + right) * pixel,
               (size_t)(last - first) * pixel);
    fill_pixels(image, out + (size_t)last * pixel, to->width - last, fill);
}

void tg__image_window(const tg__image *image, const void *from, const tg__image *to, int64_t down,
                      int64_t right, double fill, void *out)
{
    const unsigned char *plane = from;
    unsigned char *row = out;
    for (int64_t p = 0; p < image->planes; p++) {
        for (int64_t y = 0; y < to->height; y++) {
            const int64_t wanted = y + down;
            if (wanted < 0 || wanted >= image->height) fill_pixels(image, row, to->width, fill);
            else window_row(image, plane + (size_t)wanted * row_bytes(image), to, right, fill, row);
            row += row_bytes(to);
        }
        plane += (size_t)image->height * row_bytes(image);
    }
}

void tg__image_mirror(const tg__image *image, const void *from, bool vertical, void *out)
{
    const size_t row = row_bytes(image), pixel = (size_t)image->inner * image->size;
    const unsigned char *plane = from;
    unsigned char *to = out;
    for (int64_t p = 0; p < image->planes; p++) {
        for (int64_t y = 0; y < image->height; y++) {
            const unsigned char *line =
                plane + (size_t)(vertical ? image->height - 1 - y : y) * row;
            if (vertical) memcpy(to, line, row);
            for (int64_t x = 0; !vertical && x < image->width; x++)
                memcpy(to + (size_t)x * pixel, line + (size_t)(image->width - 1 - x) * pixel,
                       pixel);
            to += row;
        }
        plane += (size_t)image->height * row;
    }
}

/* Clips [first, last) to [0, size). */
static void clip(int64_t *first, int64_t *last, int64_t size)
{
    if (*first < 0) *first = 0;
    if (*last > size) *last = size;
}

void tg__image_square(const tg__image *image, int64_t row, int64_t column, int64_t side,
                      double fill, void *out)
{
    const size_t pixel = (size_t)image->inner * image->size;
    int64_t bottom = row + side, right = column + side;
    clip(&row, &bottom, image->height);
    clip(&column, &right, image->width);
    unsigned char *plane = out;
    for (int64_t p = 0; p < image->planes; p++) {
        for (int64_t y = row; y < bottom && right > column; y++)
            fill_pixels(image, plane + (size_t)y * row_bytes(image) + (size_t)column * pixel,
                        right - column, fill);
        plane += (size_t)image->height * row_bytes(image);
    }
}
