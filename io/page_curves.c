/* page_curves.c: learning curves in a report: the picture of curves.c, with a style sheet and title
 * that apply to it alone.
 *
 * A <style> inside of an SVG element applies to the whole page. So each of its selectors is
 * prefixed with the picture's id: "text{fill:#000}" becomes "#curves-3 text{fill:#000}". */
#include "io/curves.h"
#include "io/page.h"

#include <inttypes.h>
#include <string.h>

/* A part of a text. */
typedef struct text {
    const char *at, *end;
} text;

/* Splits [rest] at the first occurrence of [words]: *before receives what precedes it, including
 * the words if [with], and [rest] what follows. False, and nothing changes, if it does not
 * occur. */
static bool cut(text *rest, const char *words, bool with, text *before)
{
    const size_t length = strlen(words);
    for (const char *p = rest->at; (size_t)(rest->end - p) >= length; p++) {
        if (memcmp(p, words, length) != 0) continue;
        *before = (text){ rest->at, with ? p + length : p };
        rest->at = p + length;
        return true;
    }
    return false;
}

static void put(tg__bytes *out, text what) { tg__put(out, what.at, (size_t)(what.end - what.at)); }

/* Copies rules of the form "a,b{..}", also inside of "@media(..){..}", with prefixed selectors. */
static void put_style(tg__bytes *out, text style, int64_t number)
{
    bool in_rule = false, begins = true; /* begins: a selector begins here */
    for (const char *p = style.at; p < style.end; p++) {
        const bool blank = *p == ' ' || *p == '\n';
        const bool at_rule = begins && *p == '@';
        if (at_rule) {
            for (; p < style.end && *p != '{'; p++) tg__put_byte(out, (unsigned char)*p);
            if (p == style.end) break;
        } else if (begins && !blank && *p != '}') {
            tg__put_format(out, "#curves-%" PRId64 " ", number);
            begins = false;
        }
        tg__put_byte(out, (unsigned char)*p);
        if (*p == '{' && !at_rule) in_rule = true;
        if (*p == '}' || at_rule || (*p == ',' && !in_rule)) begins = true;
        if (*p == '}') in_rule = false;
    }
}

/* Copies the SVG with [title] as title, and without the namespace, which HTML does not need. */
static void put_picture(tg_page *page, const char *title, const tg__bytes *svg)
{
    tg__bytes *out = &page->body;
    const char *data = (const char *)tg__bytes_data(svg);
    text rest = { data, data + tg__bytes_size(svg) }, part;
    tg__put_format(out, "<svg id=\"curves-%" PRId64 "\" class=\"curves\"", page->sections);
    if (!cut(&rest, "<svg xmlns=\"http://www.w3.org/2000/svg\"", false, &part))
        (void)cut(&rest, "<svg", false, &part);
    if (cut(&rest, "<title>", true, &part)) {
        put(out, part);
        tg__page_text(out, title);
        (void)cut(&rest, "</title>", false, &part);
        tg__put_text(out, "</title>");
    }
    if (cut(&rest, "<style>", true, &part)) {
        put(out, part);
        (void)cut(&rest, "</style>", false, &part);
        put_style(out, part, page->sections);
        tg__put_text(out, "</style>");
    }
    put(out, rest);
}

tg_status tg_page_curves_with(const tg_page_curves_args *given)
{
    tg_page_curves_args args = { TG_PAGE_CURVES_DEFAULTS };
    if (!TG__PAGE_ENTER(args, given, "tg_page_curves"))
        return given ? tg_page_status(given->page) : TG_ERR_ARGUMENT;
    tg_page *page = args.page;
    const tg_curves_args curves = { TG_CURVES_DEFAULTS,      .series = args.series,
                                    .count = args.count,     .x_label = args.x_label,
                                    .y_label = args.y_label, .log_x = args.log_x,
                                    .log_y = args.log_y,     .smooth = args.smooth,
                                    .width = args.width,     .height = args.height };
    tg__bytes svg = { .allocator = &page->allocator };
    tg__page_wide_begin(page, args.title);
    if (tg__curves_svg(&page->report, &curves, &svg) == TG_OK) put_picture(page, args.title, &svg);
    tg__bytes_free(&svg);
    tg__page_wide_end(page);
    return tg__page_leave(page);
}
