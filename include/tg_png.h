/* tg_png.h: pictures as PNG files (ISO/IEC 15948), read and written by libpng.
 *
 *     tg_array picture;
 *     tg_error error;
 *     if (tg_read_png(&picture, "in.png", &error, .channels = 3) ||
 *         tg_write_png(&picture, "out.png", &error))
 *         return fprintf(stderr, "%s\n", error.text), 1;
 *
 * A picture is an array [height, width, channels], from the top left, with 1 channel (grey), 2
 * (grey and alpha), 3 (red, green, blue) or 4 (with alpha). Numbers are those of the file: no
 * gamma, no colour profile and no background is applied.
 *
 * If the library was built without libpng, both functions return TG_ERR_UNSUPPORTED. */
#ifndef TG_PNG_H
#define TG_PNG_H

#include "tg_io.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The largest height and width. */
enum { TG_PNG_MAX_SIDE = 1 << 16 };

/* The properties of a file. */
typedef struct tg_png_report {
    int64_t height, width;
    int channels;    /* for a palette: 3, or 4 if it has transparent colours; likewise for other
                        types */
    int bits;        /* of a number, or of a palette index: 1, 2, 4, 8 or 16 */
    bool palette, interlaced;
} tg_png_report;

typedef struct tg_png_args {
    size_t struct_size;
    tg_site at;
    tg_array *out;
    const char *path;
    tg_error *error;               /* may be NULL */
    int64_t channels;              /* 1, 3 or 4; default 0: those of the file */
    int64_t max_pixels;            /* larger pictures are an error; default 268435456 (2^28) */
    tg_png_report *report;         /* receives the file's properties; default: not wanted */
    const tg_io_layer *io;         /* default: POSIX */
    const tg_allocator *allocator; /* copied into the array; default: the C library's */
} tg_png_args;
#define TG_PNG_DEFAULTS                                                                            \
    .struct_size = TG_OPTIONS_SIZE(tg_png_args, allocator), .max_pixels = 268435456

/* tg_read_png(&picture, "in.png", &error): TG_U8 [height, width, channels], from all kinds of PNG,
 * interlaced or not. Numbers of 16 bits are rounded to 8, those of fewer are scaled to 0 .. 255,
 * palettes and transparent colours are converted to colours and alpha. The report has the
 * properties of the file.
 *
 * .channels sets the number of channels: grey is (299 red + 587 green + 114 blue) / 1000, rounded
 * (the luma of ITU-R BT.601); a grey picture gives three equal colours; alpha is dropped if it is
 * not wanted, and 255 if the file has none.
 *
 * Memory grows with the data that arrives, up to .max_pixels. Checksums must be right, and nothing
 * may follow the picture; texts, profiles and the like are skipped. Errors: TG_ERR_FORMAT for an
 * invalid file, with libpng's message; TG_ERR_UNSUPPORTED for a side above TG_PNG_MAX_SIDE and for
 * too many pixels; TG_ERR_ARGUMENT, TG_ERR_IO, TG_ERR_MEMORY. */
TG_API tg_status tg_read_png_with(const tg_png_args *args);

typedef struct tg_write_png_args {
    size_t struct_size;
    tg_site at;
    const tg_array *picture;
    const char *path;
    tg_error *error;               /* may be NULL */
    int64_t *clamped;              /* receives the number of values that were not in [0, 1];
                                      default: not wanted */
    int64_t level;                 /* of compression, 0 to 9; default 6 */
    const tg_io_layer *io;         /* default: POSIX */
    const tg_allocator *allocator; /* for temporary memory; default: the C library's */
} tg_write_png_args;
#define TG_WRITE_PNG_DEFAULTS                                                                      \
    .struct_size = TG_OPTIONS_SIZE(tg_write_png_args, allocator), .level = 6

/* tg_write_png(&picture, "out.png", &error): [height, width], or [height, width, channels] with 1
 * to 4 channels. TG_U8 is written unchanged; TG_F32 and TG_F64 from 0 (black) to 1 (white): 255 x,
 * rounded, with x clamped to [0, 1] first, and NaN as 0. (Convert a picture [channels, height,
 * width] on the tape, by tg_permute.) Equal pictures give equal files. A file appears complete or
 * not at all, as by tg_save. TG_ERR_DTYPE, TG_ERR_SHAPE for an array that is no picture, also if a
 * side is 0. */
TG_API tg_status tg_write_png_with(const tg_write_png_args *args);

#ifdef __cplusplus
}
#endif

/* How C programs call these: the macros supply the call's site, and the defaults of options. */
#ifndef __cplusplus
#define tg_read_png(...)                                                                           \
    tg_read_png_with(&(tg_png_args){ TG_PNG_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_write_png(...)                                                                          \
    tg_write_png_with(&(tg_write_png_args){ TG_WRITE_PNG_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#endif

#endif
