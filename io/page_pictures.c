/* page_pictures.c: small pictures in a report, side by side, embedded as PNG. */
#include "io/page.h"
#include "io/png.h"
#include "io/png_bytes.h"

#include <inttypes.h>
#include <string.h>

/* ---- Base 64 (RFC 4648) ----------------------------------------------------------------- */

static void put_base64(tg__bytes *out, const unsigned char *data, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < size; i += 3) {
        const size_t left = size - i < 3 ? size - i : 3;
        uint32_t bits = 0;
        for (size_t k = 0; k < 3; k++) bits = bits << 8 | (k < left ? data[i + k] : 0);
        for (size_t k = 0; k < 4; k++)
            tg__put_byte(out, k > left ? '=' : (unsigned char)digits[bits >> (18 - 6 * k) & 63]);
    }
}

/* ---- Pixels ----------------------------------------------------------------------------- */

/* Expands grey with opacity to four channels, in place: the PNG writer does not write two
 * channels. */
static void spread(unsigned char *row, int64_t width)
{
    for (int64_t x = width; x-- > 0;) {
        const unsigned char grey = row[2 * x], opacity = row[2 * x + 1];
        memset(row + 4 * x, grey, 3);
        row[4 * x + 3] = opacity;
    }
}

/* The picture as bytes [height][width][*channels]; NULL if there is no memory. */
static unsigned char *pixels_of(tg__report *report, const tg_allocator *allocator,
                                tg__png_rows *rows, int *channels)
{
    size_t row, bytes;
    *channels = rows->channels == 2 ? 4 : rows->channels;
    if (!tg__size_mul((size_t)rows->width, (size_t)*channels, &row) ||
        !tg__size_mul(row, (size_t)rows->height, &bytes))
        bytes = SIZE_MAX;
    unsigned char *pixels = tg__alloc(allocator, bytes);
    if (!pixels) return (void)tg__complain_memory(report, bytes), NULL;
    const size_t given = (size_t)rows->width * (size_t)rows->channels;
    for (int64_t y = 0; y < rows->height; y++) {
        unsigned char *to = pixels + (size_t)y * row;
        const unsigned char *from = tg__png_row(rows, y, to);
        if (from != to) memcpy(to, from, given);
        if (rows->channels == 2) spread(to, rows->width);
    }
    return pixels;
}

static void put_image(tg_page *page, tg__png_rows *rows)
{
    int channels;
    tg__bytes png = { .allocator = &page->allocator };
    unsigned char *pixels = pixels_of(&page->report, &page->allocator, rows, &channels);
    if (!pixels) return;
    if (tg__put_png(&png, pixels, (uint32_t)rows->height, (uint32_t)rows->width,
                    (unsigned)channels))
        put_base64(&page->body, tg__bytes_data(&png), tg__bytes_size(&png));
    else (void)tg__complain(&page->report, TG_ERR_MEMORY, "out of memory for a picture");
    tg__bytes_free(&png);
    tg__free(&page->allocator, pixels);
}

/* ---- The section ------------------------------------------------------------------------ */

static void put_picture(tg_page *page, const tg_page_pictures_args *args, int64_t i)
{
    static const char *const marks[] = {
        "", "<span class=\"mark\" role=\"img\" aria-label=\"right\">\xe2\x9c\x93</span> ",
        "<span class=\"mark\" role=\"img\" aria-label=\"wrong\">\xe2\x9c\x97</span> "
    };
    static const char *const looks[] = { "", " class=\"right\"", " class=\"wrong\"" };
    const tg_page_picture *one = &args->pictures[i];
    const char *caption = one->caption && *one->caption ? one->caption : NULL;
    tg__bytes *out = &page->body;
    tg__png_rows rows;
    if (tg__png_look(&page->report, &one->picture, &rows) != TG_OK) return;
    rows.black = args->low;
    rows.white = args->high;
    tg__put_format(out, "<figure%s style=\"width:%dpx\"><img alt=\"", looks[one->mark],
                   args->width);
    if (caption) tg__page_text(out, caption);
    else tg__put_format(out, "picture %" PRId64, i + 1);
    tg__put_format(out,
                   "\" width=\"%" PRId64 "\" height=\"%" PRId64 "\" src=\"data:image/png;base64,",
                   rows.width, rows.height);
    put_image(page, &rows);
    tg__put_text(out, "\">");
    if (caption || one->mark != TG_PAGE_UNMARKED) {
        tg__put_text(out, "<figcaption>");
        tg__put_text(out, marks[one->mark]);
        tg__page_text(out, caption ? caption : "");
        tg__put_text(out, "</figcaption>");
    }
    tg__put_text(out, "</figure>\n");
}

static tg_status check(tg__report *report, const tg_page_pictures_args *args)
{
    enum { NARROWEST = 8, WIDEST = 2000 };
    if (args->count < 0 || (args->count > 0 && !args->pictures))
        return tg__complain(report, TG_ERR_ARGUMENT, "there are %" PRId64 " pictures, and %s",
                            args->count, args->count < 0 ? "cannot" : "they are NULL");
    if (args->width < NARROWEST || args->width > WIDEST)
        return tg__complain(report, TG_ERR_ARGUMENT, ".width = %d; it is %d to %d pixels",
                            args->width, NARROWEST, WIDEST);
    if (!(args->low < args->high && args->high - args->low <= 1e300))
        return tg__complain(report, TG_ERR_ARGUMENT,
                            ".low = %g must be below .high = %g, and both finite", args->low,
                            args->high);
    for (int64_t i = 0; i < args->count; i++)
        if ((unsigned)args->pictures[i].mark > TG_PAGE_WRONG)
            return tg__complain(report, TG_ERR_ARGUMENT,
                                "picture %" PRId64 " has the mark %d, which there is not", i,
                                (int)args->pictures[i].mark);
    return TG_OK;
}

tg_status tg_page_pictures_with(const tg_page_pictures_args *given)
{
    tg_page_pictures_args args = { TG_PAGE_PICTURES_DEFAULTS };
    if (!TG__PAGE_ENTER(args, given, "tg_page_pictures"))
        return given ? tg_page_status(given->page) : TG_ERR_ARGUMENT;
    tg_page *page = args.page;
    if (check(&page->report, &args) == TG_OK) {
        tg__put_text(&page->body, args.count ? "<div class=\"pictures\">\n" : "<p>None.</p>\n");
        for (int64_t i = 0; i < args.count && page->report.status == TG_OK; i++)
            put_picture(page, &args, i);
        if (args.count) tg__put_text(&page->body, "</div>\n");
    }
    return tg__page_leave(page);
}
