/* grid.h: small images side by side, row by row, as one PNG file: what the examples write for
 * --png. */
#ifndef EXAMPLES_GRID_H
#define EXAMPLES_GRID_H

#include <stdbool.h>
#include <stdint.h>

typedef struct grid {
    const float *const *images; /* each [side, side] */
    int64_t count, across, side;
    double white, black; /* the numbers that stand for them; what is beyond is cut off */
} grid;

/* Writes the file, and says where it is. If it cannot, says why on standard error and returns
 * false; a Tapegrad without libpng is told so too, and is no error. */
bool grid_write(const grid *g, const char *path);

#endif
