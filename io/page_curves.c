/* page_curves.c: learning curves in a report: the picture of curves.c, put into the page such that
 * its style sheet and its title are its own.
 *
 * A <style> within an SVG that stands in a page holds for all of the page. So each of its selectors
 * gets the picture's id before it: "text{fill:#000}" becomes "#curves-3 text{fill:#000}". */
#include "io/curves.h"
#include "io/page.h"

#include <inttypes.h>
#include <string.h>

/* A stretch of text. */
typedef struct text {
    const char *at, *end;
} text;

/* Takes what stands before [words] off [rest] and puts it into [before], with the words if [with];
 * [rest] goes on behind them. False, and nothing changed, if they are not there. */
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

/* Rules of the form "a,b{..}", alone or within "@media(..){..}". */
static void put_style(tg__bytes *out, text style, int64_t number)
{
    bool in_rule = false, begins = true; /* a selector begins */
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

/* The SVG, with [title] as its title and without its namespace, which HTML knows by itself. */
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
