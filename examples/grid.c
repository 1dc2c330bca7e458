/* grid.c: several small images as one picture; each value is a square of several pixels. */
#include "grid.h"

#include "common.h"

enum { SCALE = 4, GAP = 4 }; /* pixels of a value's side, and between images */

/* The grey between the images. */
static const float paper = 0.9f;

static void put_image(const grid *g, const float *image, float *at, int64_t width)
{
    for (int64_t y = 0; y < g->side * SCALE; y++)
        for (int64_t x = 0; x < g->side * SCALE; x++) {
            const double number = (double)image[y / SCALE * g->side + x / SCALE];
            at[y * width + x] = (float)((number - g->black) / (g->white - g->black));
        }
}

bool grid_write(const grid *g, const char *path)
{
    const int64_t cell = g->side * SCALE + GAP, rows = (g->count + g->across - 1) / g->across;
    const int64_t height = rows * cell + GAP, width = g->across * cell + GAP;
    tg_array picture;
    if (tg_array_new(&picture, TG_F32, TG_SHAPE(height, width), NULL)) {
        fprintf(stderr, "%s: no memory for a picture of %d images\n", path, (int)g->count);
        return false;
    }
    float *pixels = picture.data;
    for (int64_t i = 0; i < height * width; i++) pixels[i] = paper;
    for (int64_t i = 0; i < g->count; i++)
        put_image(g, g->images[i],
                  pixels + (i / g->across * cell + GAP) * width + i % g->across * cell + GAP,
                  width);
    const bool written = png_write(&picture, path);
    tg_array_free(&picture);
    return written;
}
