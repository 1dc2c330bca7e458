/* png.c: the public functions that read and write pictures: options, channels, files. */
#include "io/png.h"

#include <math.h>
#include <string.h>

/* ---- Reading ---------------------------------------------------------------------------- */

/* Converts one pixel from [have] to [want] channels. */
static void convert_pixel(unsigned char *to, int want, const unsigned char *from, int have)
{
    const bool colour = have >= 3;
    const int alpha = have % 2 == 0 ? from[have - 1] : 255;
    const int red = from[0], green = colour ? from[1] : red, blue = colour ? from[2] : red;
    if (want == 1) {
        to[0] = (unsigned char)((299 * red + 587 * green + 114 * blue + 500) / 1000);
        return;
    }
    to[0] = (unsigned char)red;
    to[1] = (unsigned char)green;
    to[2] = (unsigned char)blue;
    if (want == 4) to[3] = (unsigned char)alpha;
}

/* Copies the pixels to an array of [want] channels. */
static tg_status convert(tg__report *report, const tg_allocator *allocator, const tg_png_report *is,
                         int want, tg__growing *pixels, tg_array *out)
{
    const tg_shape shape = { 3, { is->height, is->width, want } };
    if (want == is->channels) {
        *out = (tg_array){ TG_U8, shape, pixels->data, *allocator };
        *pixels = (tg__growing){ NULL, 0, 0 };
        return TG_OK;
    }
    const tg_status status = tg__array_make(report, allocator, TG_U8, shape, out);
    if (status != TG_OK) return status;
    const size_t count = (size_t)is->height * (size_t)is->width;
    const size_t have_step = (size_t)is->channels, want_step = (size_t)want;
    for (size_t i = 0; i < count; i++)
        convert_pixel((unsigned char *)out->data + want_step * i, want,
                      (unsigned char *)pixels->data + have_step * i, is->channels);
    return TG_OK;
}

static tg_status check_read(tg__report *report, const tg_png_args *args)
{
    if (!args->out) return tg__complain(report, TG_ERR_ARGUMENT, "the array to read into is NULL");
    *args->out = (tg_array){ .dtype = TG_DTYPE_DEFAULT };
    if (args->channels != 0 && args->channels != 1 && args->channels != 3 && args->channels != 4)
        return tg__complain(report, TG_ERR_ARGUMENT,
                            ".channels is %lld: it may be 1, 3, 4, or 0 for those of the file",
                            (long long)args->channels);
    if (args->max_pixels < 1)
        return tg__complain(report, TG_ERR_ARGUMENT, ".max_pixels is %lld: it is at least 1",
                            (long long)args->max_pixels);
    return TG_OK;
}

tg_status tg_read_png_with(const tg_png_args *given)
{
    tg_png_args args = { TG_PNG_DEFAULTS };
    if (!TG__IO_OPTIONS(args, given, "tg_read_png")) return TG_ERR_ARGUMENT;

    tg__report report = tg__report_new(args.at, "tg_read_png", args.path, args.error);
    const tg_allocator *allocator = tg__allocator_or_default(args.allocator);
    tg_png_report is = { .height = 0 };
    tg__growing pixels = { NULL, 0, 0 };
    tg__source source;
    tg_status status = check_read(&report, &args);
    if (args.report) *args.report = is;
    if (status != TG_OK) return status;
    status = tg__source_open_plain(&source, &report, args.io, allocator);
    if (status == TG_OK) status = tg__png_decode(&source, args.max_pixels, &is, &pixels);
    if (args.report) *args.report = is;
    if (status == TG_OK)
        (void)convert(&report, allocator, &is, args.channels ? (int)args.channels : is.channels,
                      &pixels, args.out);
    tg__free(allocator, pixels.data);
    status = tg__source_close(&source);
    if (status != TG_OK) tg_array_free(args.out);
    return status;
}

/* ---- Writing ---------------------------------------------------------------------------- */

tg_status tg_write_png_with(const tg_write_png_args *given)
{
    tg_write_png_args args = { TG_WRITE_PNG_DEFAULTS };
    if (!TG__IO_OPTIONS(args, given, "tg_write_png")) return TG_ERR_ARGUMENT;

    tg__report report = tg__report_new(args.at, "tg_write_png", args.path, args.error);
    tg__png_rows rows;
    tg__sink sink;
    if (args.clamped) *args.clamped = 0;
    tg_status status = tg__png_look(&report, args.picture, &rows);
    if (status != TG_OK) return status;
    if (args.level < 0 || args.level > 9)
        return tg__complain(&report, TG_ERR_ARGUMENT, ".level is %lld: it is 0 to 9",
                            (long long)args.level);
    rows.level = (int)args.level;
    status = tg__sink_open(&sink, &report, args.io, tg__allocator_or_default(args.allocator));
    if (status == TG_OK) status = tg__png_encode(&sink, &rows);
    if (status == TG_OK) (void)tg__sink_commit(&sink);
    if (status == TG_OK && args.clamped) *args.clamped = rows.clamped;
    return tg__sink_close(&sink);
}
