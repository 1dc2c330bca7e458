/* tg_png.h: pictures as PNG files (ISO/IEC 15948), read and written by libpng.
 *
 *     tg_array picture;
 *     tg_error error;
 *     if (tg_read_png(&picture, "in.png", &error, .channels = 3) ||
 *         tg_write_png(&picture, "out.png", &error))
 *         return fprintf(stderr, "%s\n", error.text), 1;
 *
 * A picture is an array [height, width, channels], from the top left, with 1 channel (grey), 2
 * (grey and alpha), 3 (red, green, blue) or 4 (and alpha). Numbers are as the file has them: no
 * gamma, no colour profile and no background is applied.
 *
 * Where the library was built without libpng, both functions are TG_ERR_UNSUPPORTED. */
#ifndef TG_PNG_H
#define TG_PNG_H

#include "tg_io.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The most that height and width may be. */
enum { TG_PNG_MAX_SIDE = 1 << 16 };

/* What a file had. */
typedef struct tg_png_report {
    int64_t height, width;
    int channels;    /* of a palette: 3, or 4 if it has transparent colours; likewise others */
    int bits;        /* of a number, or of a place in a palette: 1, 2, 4, 8 or 16 */
    bool palette, interlaced;
} tg_png_report;

typedef struct tg_png_args {
    size_t struct_size;
    tg_site at;
    tg_array *out;
    const char *path;
    tg_error *error;               /* may be NULL */
    int64_t channels;              /* 1, 3 or 4; default 0: those that the file has */
    int64_t max_pixels;            /* more are refused; default 268435456 (2^28) */
    tg_png_report *report;         /* what the file has is written there; default: nowhere */
    const tg_io_layer *io;         /* default: POSIX */
    const tg_allocator *allocator; /* copied into the array; default: the C library's */
} tg_png_args;
#define TG_PNG_DEFAULTS                                                                            \
    .struct_size = TG_OPTIONS_SIZE(tg_png_args, allocator), .max_pixels = 268435456

/* tg_read_png(&picture, "in.png", &error): TG_U8 [height, width, channels], every kind of PNG,
 * interlaced or not. Numbers of 16 bits are rounded to 8, those of fewer are spread from 0 to 255,
 * palettes and transparent colours become what they stand for. The report says what there was.
 *
 * With .channels the picture has so many: grey is (299 red + 587 green + 114 blue) / 1000, rounded
 * (the luma of ITU-R BT.601), colours of a grey picture are that grey three times, an alpha that is
 * not asked for is dropped, and one that is not there is 255.
 *
 * Memory grows with the data that arrives, up to .max_pixels. Checksums must be right, and nothing
 * may follow the picture; texts, profiles and the like are passed over. Errors: TG_ERR_FORMAT for
 * a file that is not as it should be, which libpng words; TG_ERR_UNSUPPORTED for a side above
 * TG_PNG_MAX_SIDE and for too many pixels; TG_ERR_ARGUMENT, TG_ERR_IO, TG_ERR_MEMORY. */
TG_API tg_status tg_read_png_with(const tg_png_args *args);

typedef struct tg_write_png_args {
    size_t struct_size;
    tg_site at;
    const tg_array *picture;
    const char *path;
    tg_error *error;               /* may be NULL */
    int64_t *clamped;              /* how many numbers were not in [0, 1]; default: not told */
    int64_t level;                 /* of compression, 0 to 9; default 6 */
    const tg_io_layer *io;         /* default: POSIX */
    const tg_allocator *allocator; /* for what is needed meanwhile; default: the C library's */
} tg_write_png_args;
#define TG_WRITE_PNG_DEFAULTS                                                                      \
    .struct_size = TG_OPTIONS_SIZE(tg_write_png_args, allocator), .level = 6

/* tg_write_png(&picture, "out.png", &error): [height, width], or [height, width, channels] with 1
 * to 4 channels. TG_U8 as it is, TG_F32 and TG_F64 from 0 (black) to 1 (white): 255 x, rounded, x
 * clamped to [0, 1] before, a NaN to 0. (A picture [channels, height, width] is turned on the tape
 * by tg_permute.) Equal pictures make equal files; they take their place as those of tg_save do.
 * TG_ERR_DTYPE, TG_ERR_SHAPE for what is no picture, with a side of 0 too. */
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
