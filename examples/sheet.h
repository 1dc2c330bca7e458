/* sheet.h: a sheet of small pictures, each a matrix of numbers with a caption, as one SVG file; or
 * the matrices alone, as a PNG file. */
#ifndef EXAMPLES_SHEET_H
#define EXAMPLES_SHEET_H

#include <stdbool.h>
#include <stdint.h>

typedef enum tile_colours {
    TILE_INK = 0, /* 0 is white, 1 black */
    TILE_HEAT,    /* 0 is white, 1 dark red */
    TILE_SIGNED   /* -1 is blue, 0 white, 1 orange */
} tile_colours;

/* A dot on a tile, from (0, 0) at the top left to (1, 1); dots outside are left out. */
typedef struct tile_dot {
    float x, y;
    bool orange; /* else blue */
    bool ring;   /* else filled */
} tile_dot;

typedef struct tile {
    const float *value; /* [rows, columns]; NULL: the place stays empty */
    int64_t rows, columns;
    tile_colours colours;
    double full; /* the value that is drawn as 1; 0: the largest magnitude on the tile */
    const tile_dot *dots;
    int64_t dot_count;
    char caption[48]; /* below the tile; without < and & */
} tile;

/* Tiles from left to right, row by row, as wide as the page allows, up to a limit. */
typedef struct sheet {
    const char *title, *subtitle;
    const char *const *headings; /* one above each row; NULL: none */
    const tile *tiles;
    int64_t count;
    int64_t across; /* tiles in a row */
} sheet;

/* Writes the file. On an error it prints why on standard error and returns false. */
bool sheet_write(const sheet *s, const char *path);
/* The same as a PNG file, without text and dots; see png_write. Does nothing for a NULL path. */
bool sheet_write_png(const sheet *s, const char *path);

#endif
