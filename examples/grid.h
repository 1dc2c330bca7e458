/* grid.h: small images side by side, row by row, as one PNG file, for the option --png. */
#ifndef EXAMPLES_GRID_H
#define EXAMPLES_GRID_H

#include <stdbool.h>
#include <stdint.h>

typedef struct grid {
    const float *const *images; /* each [side, side] */
    int64_t count, across, side;
    double white, black; /* values that are drawn white and black; others are clamped */
} grid;

/* Writes the file, and prints where it is. On an error it prints why on standard error and returns
 * false; a Tapegrad without libpng is reported, too, but is no error. */
bool grid_write(const grid *g, const char *path);

#endif
