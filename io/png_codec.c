/* png_codec.c: PNG files by libpng. libpng reports an error by a call that must not return. So
 * everything that calls it runs inside of guarded(), which calls setjmp and has no local variables
 * that change in between. Everything that is allocated is in the codec, and freed afterwards. */
#include "io/png.h"

#include <png.h>
#include <setjmp.h>
#include <string.h>

typedef struct codec {
    tg__report *report;
    const tg_allocator *allocator;
    png_structp png;
    png_infop info;
    jmp_buf error;
    bool starved; /* an allocation failed */
    unsigned char *row;
    /* If it reads: */
    tg__source *source;
    int64_t most;
    tg_png_report *is;
    tg__growing *pixels;
    size_t row_bytes, bytes;
    /* If it writes: */
    tg__sink *sink;
    tg__png_rows *rows;
} codec;

/* ---- What libpng calls ------------------------------------------------------------------ */

static void on_error(png_structp png, png_const_charp words)
{
    codec *c = png_get_error_ptr(png);
    char seen[TG_TEXT_SEEN];
    if (c->starved) tg__complain(c->report, TG_ERR_MEMORY, "out of memory for a PNG picture");
    tg__complain(c->report, TG_ERR_FORMAT, "a damaged PNG picture: libpng says \"%s\"",
                 tg__text_seen(seen, words, strlen(words)));
    longjmp(c->error, 1);
}

/* Warnings about data that the pixels do not need are ignored. */
static void on_warning(png_structp png, png_const_charp words) { (void)png, (void)words; }

static png_voidp on_malloc(png_structp png, png_alloc_size_t size)
{
    codec *c = png_get_mem_ptr(png);
    void *block = tg__alloc(c->allocator, size);
    c->starved |= !block;
    return block;
}

static void on_free(png_structp png, png_voidp block)
{
    codec *c = png_get_mem_ptr(png);
    tg__free(c->allocator, block);
}

/* Returns to guarded(), after an error was reported. */
static void leave(codec *c) { longjmp(c->error, 1); }

static void on_read(png_structp png, png_bytep out, size_t size)
{
    codec *c = png_get_io_ptr(png);
    size_t got;
    if (tg__source_read(c->source, out, size, &got) == TG_OK && got < size)
        tg__complain(c->report, TG_ERR_FORMAT, "cut short: it ends after %llu bytes",
                     (unsigned long long)c->source->offset);
    if (c->report->status != TG_OK) leave(c);
}

static void on_write(png_structp png, png_bytep data, size_t size)
{
    codec *c = png_get_io_ptr(png);
    if (tg__sink_write(c->sink, data, size) != TG_OK) leave(c);
}

static void on_flush(png_structp png) { (void)png; }

static void guarded(codec *c, void (*work)(codec *c))
{
    if (c->report->status == TG_OK && setjmp(c->error) == 0) work(c);
}

static void need_row(codec *c)
{
    c->row = tg__alloc(c->allocator, c->row_bytes);
    if (c->row) return;
    tg__complain_memory(c->report, c->row_bytes);
    leave(c);
}

/* ---- Reading ---------------------------------------------------------------------------- */

enum { SIGNATURE = 8, PASSES = 7 };

static tg_status check_signature(tg__source *source)
{
    unsigned char bytes[SIGNATURE];
    size_t got;
    const tg_status status = tg__source_read(source, bytes, sizeof bytes, &got);
    if (status != TG_OK) return status;
    if (got == 0) return tg__complain(source->report, TG_ERR_FORMAT, "the file is empty");
    if (got < sizeof bytes && memcmp(bytes, "\x89PNG\r\n\x1a\n", got) == 0)
        return tg__complain(source->report, TG_ERR_FORMAT, "cut short: it ends after %zu bytes",
                            got);
    if (got == sizeof bytes && png_sig_cmp(bytes, 0, sizeof bytes) == 0) return TG_OK;
    const char *what = tg__looks_like(bytes, got);
    if (what && strcmp(what, "a PNG picture") == 0)
        return tg__complain(source->report, TG_ERR_FORMAT,
                            "a damaged PNG picture: its line ends were changed, as if it were "
                            "text");
    return tg__complain(source->report, TG_ERR_FORMAT, "not a PNG picture%s%s",
                        what ? ": this looks like " : "", what ? what : "");
}

static void begin_reading(codec *c)
{
    c->png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, c, on_error, on_warning, c, on_malloc,
                                      on_free);
    if (c->png) c->info = png_create_info_struct(c->png);
    if (!c->info) {
        tg__complain(c->report, TG_ERR_MEMORY, "out of memory for a PNG picture");
        leave(c);
    }
    png_set_read_fn(c->png, c, on_read);
    png_set_sig_bytes(c->png, SIGNATURE);
    png_set_crc_action(c->png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    /* So that larger pictures are reported by us and not by libpng. */
    png_set_user_limits(c->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
#ifdef PNG_HANDLE_AS_UNKNOWN_SUPPORTED
    /* Ignores all chunks but IHDR, PLTE, tRNS, IDAT and IEND, such as texts and colour profiles. */
    png_set_keep_unknown_chunks(c->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
#endif
    png_read_info(c->png, c->info);
}

/* Checks the size, after the header was read, and sets the conversion to 8 bits. */
static void look_at_header(codec *c)
{
    tg_png_report *is = c->is;
    is->height = png_get_image_height(c->png, c->info);
    is->width = png_get_image_width(c->png, c->info);
    is->bits = png_get_bit_depth(c->png, c->info);
    is->palette = png_get_color_type(c->png, c->info) == PNG_COLOR_TYPE_PALETTE;
    is->interlaced = png_get_interlace_type(c->png, c->info) != PNG_INTERLACE_NONE;
    if (is->height > TG_PNG_MAX_SIDE || is->width > TG_PNG_MAX_SIDE)
        tg__complain(c->report, TG_ERR_UNSUPPORTED,
                     "the picture is %lld high and %lld wide, and a side may have %d",
                     (long long)is->height, (long long)is->width, TG_PNG_MAX_SIDE);
    else if (is->height * is->width > c->most)
        tg__complain(c->report, TG_ERR_UNSUPPORTED,
                     "the picture is %lld high and %lld wide, more than the %lld pixels of "
                     ".max_pixels",
                     (long long)is->height, (long long)is->width, (long long)c->most);
    if (c->report->status != TG_OK) leave(c);
    png_set_expand(c->png);
    png_set_scale_16(c->png);
    png_read_update_info(c->png, c->info);
    is->channels = png_get_channels(c->png, c->info);
    c->row_bytes = (size_t)is->width * (size_t)is->channels;
    if (png_get_rowbytes(c->png, c->info) != c->row_bytes) {
        tg__complain(c->report, TG_ERR_INTERNAL, "libpng does not give 8 bits a number");
        leave(c);
    }
    c->bytes = c->row_bytes * (size_t)is->height;
    if (c->bytes / (size_t)is->height == c->row_bytes && c->bytes <= PTRDIFF_MAX) return;
    tg__complain(c->report, TG_ERR_MEMORY, "out of memory for a picture %lld high and %lld wide",
                 (long long)is->height, (long long)is->width);
    leave(c);
}

/* Appends the first [size] bytes of the next row. */
static void take_row(codec *c, size_t size)
{
    png_read_row(c->png, c->row, NULL);
    if (!tg__reserve(c->allocator, c->pixels, size, c->bytes)) {
        tg__complain_memory(c->report, c->pixels->used + size);
        leave(c);
    }
    memcpy((unsigned char *)c->pixels->data + c->pixels->used, c->row, size);
    c->pixels->used += size;
}

/* Reads the rows of each pass of an interlaced picture, one after the other. Memory for the whole
 * picture is not allocated before its data has arrived. */
static void read_rows(codec *c)
{
    const int height = (int)c->is->height, width = (int)c->is->width;
    need_row(c);
    if (!c->is->interlaced)
        for (int y = 0; y < height; y++) take_row(c, c->row_bytes);
    for (int pass = 0; c->is->interlaced && pass < PASSES; pass++) {
        const int columns = PNG_PASS_COLS(width, pass), rows = PNG_PASS_ROWS(height, pass);
        for (int y = 0; columns > 0 && y < rows; y++)
            take_row(c, (size_t)columns * (size_t)c->is->channels);
    }
    png_read_end(c->png, NULL);
}

/* Combines the passes to a picture. */
static tg_status join_passes(codec *c)
{
    const size_t step = (size_t)c->is->channels;
    unsigned char *whole = tg__alloc(c->allocator, c->bytes);
    if (!whole) return tg__complain_memory(c->report, c->bytes);
    const unsigned char *next = c->pixels->data;
    const int height = (int)c->is->height, width = (int)c->is->width;
    for (int pass = 0; pass < PASSES; pass++)
        for (int y = PNG_PASS_START_ROW(pass); y < height; y += 1 << PNG_PASS_ROW_SHIFT(pass))
            for (int x = PNG_PASS_START_COL(pass); x < width; x += 1 << PNG_PASS_COL_SHIFT(pass)) {
                memcpy(whole + (size_t)y * c->row_bytes + (size_t)x * step, next, step);
                next += step;
            }
    tg__free(c->allocator, c->pixels->data);
    *c->pixels = (tg__growing){ whole, c->bytes, c->bytes };
    return TG_OK;
}

static tg_status check_behind(tg__source *source)
{
    unsigned char behind;
    size_t got;
    const tg_status status = tg__source_read(source, &behind, 1, &got);
    if (status != TG_OK || got == 0) return status;
    return tg__complain(source->report, TG_ERR_FORMAT,
                        "more bytes follow the picture's end, from "
                        "byte %llu on",
                        (unsigned long long)source->offset - 1);
}

tg_status tg__png_decode(tg__source *source, int64_t most, tg_png_report *is, tg__growing *out)
{
    codec c = { .report = source->report,
                .allocator = source->allocator,
                .source = source,
                .most = most,
                .is = is,
                .pixels = out };
    if (check_signature(source) != TG_OK) return source->report->status;
    guarded(&c, begin_reading);
    guarded(&c, look_at_header);
    guarded(&c, read_rows);
    png_destroy_read_struct(&c.png, &c.info, NULL);
    tg__free(c.allocator, c.row);
    if (c.report->status == TG_OK) (void)check_behind(source);
    if (c.report->status == TG_OK && is->interlaced) (void)join_passes(&c);
    return c.report->status;
}

/* ---- Writing ---------------------------------------------------------------------------- */

static void write_picture(codec *c)
{
    static const int colours[] = { PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA,
                                   PNG_COLOR_TYPE_RGB, PNG_COLOR_TYPE_RGB_ALPHA };
    const tg__png_rows *rows = c->rows;
    c->png = png_create_write_struct_2(PNG_LIBPNG_VER_STRING, c, on_error, on_warning, c, on_malloc,
                                       on_free);
    if (c->png) c->info = png_create_info_struct(c->png);
    if (!c->info) {
        tg__complain(c->report, TG_ERR_MEMORY, "out of memory for a PNG picture");
        leave(c);
    }
    png_set_write_fn(c->png, c, on_write, on_flush);
    png_set_compression_level(c->png, rows->level);
    png_set_IHDR(c->png, c->info, (png_uint_32)rows->width, (png_uint_32)rows->height, 8,
                 colours[rows->channels - 1], PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_write_info(c->png, c->info);
    need_row(c);
    for (int64_t y = 0; y < rows->height; y++)
        png_write_row(c->png, tg__png_row(c->rows, y, c->row));
    png_write_end(c->png, NULL);
}

tg_status tg__png_encode(tg__sink *sink, tg__png_rows *rows)
{
    codec c = { .report = sink->report, .allocator = sink->allocator, .sink = sink, .rows = rows };
    c.row_bytes = (size_t)rows->width * (size_t)rows->channels;
    guarded(&c, write_picture);
    png_destroy_write_struct(&c.png, &c.info);
    tg__free(c.allocator, c.row);
    return c.report->status;
}
