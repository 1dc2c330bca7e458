/* page.c: reports of training runs as one HTML file: making a page, its sections, errors,
 * writing. */
#include "io/page.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* ---- Text ------------------------------------------------------------------------------- */

/* True for C0, DEL and C1. */
static bool is_control(const char *text, size_t length)
{
    const unsigned char *c = (const unsigned char *)text;
    return length == 1 ? c[0] < 0x20 || c[0] == 0x7f : c[0] == 0xc2 && c[1] < 0xa0;
}

static const char *escape_of(char c)
{
    switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return NULL;
    }
}

void tg__page_text(tg__bytes *out, const char *text)
{
    for (size_t left = strlen(text), step; left > 0; text += step, left -= step) {
        const size_t length = tg__utf8_length(text, left);
        const char *escape = escape_of(*text);
        step = length ? length : 1;
        if (escape) tg__put_text(out, escape);
        else if (*text == '\n' || *text == '\t') tg__put_byte(out, (unsigned char)*text);
        else if (*text == '\r' && text[1] == '\n') continue;
        else if (length == 0 || is_control(text, length)) tg__put_text(out, "\xef\xbf\xbd");
        else tg__put(out, text, length);
    }
}

void tg__page_number(tg__bytes *out, double value)
{
    const bool whole = isfinite(value) && floor(value) == value && fabs(value) < 0x1p53;
    if (isnan(value)) tg__put_text(out, "nan");
    else tg__put_format(out, whole ? "%.0f" : "%.6g", value == 0 ? 0 : value);
}

void tg__page_bytes(tg__bytes *out, uint64_t bytes)
{
    static const char *const units[] = { "kB", "MB", "GB", "TB" };
    double size = (double)bytes / 1000;
    int unit = 0;
    for (; size >= 999.95 && unit < 3; unit++) size /= 1000;
    if (bytes >= 1000) tg__put_format(out, "%.1f %s (%" PRIu64 " bytes)", size, units[unit], bytes);
    else tg__put_format(out, "%" PRIu64 " byte%s", bytes, bytes == 1 ? "" : "s");
}

/* ---- Sections --------------------------------------------------------------------------- */

static void begin_call(tg_page *page, tg_site at, const char *function)
{
    page->report.at = at;
    page->report.function = function;
    page->contents_before = tg__bytes_size(&page->contents);
    page->body_before = tg__bytes_size(&page->body);
}

bool tg__page_options(void *options, const void *given, tg_page *page, const char *function)
{
    const char *fault = tg_options_read(options, given);
    if (!fault) return true;
    if (page && page->report.status == TG_OK) {
        begin_call(page, given ? ((const tg_options *)given)->at : (tg_site){ 0 }, function);
        (void)tg__complain(&page->report, TG_ERR_ARGUMENT, "%s", fault);
    }
    return false;
}

bool tg__page_enter(tg_site at, tg_page *page, const char *function, const char *title)
{
    if (!page || page->report.status != TG_OK) return false;
    begin_call(page, at, function);
    if (!title || !*title) {
        (void)tg__complain(&page->report, TG_ERR_ARGUMENT, "the section's title is %s",
                           title ? "empty" : "NULL");
        return false;
    }
    const int64_t number = ++page->sections;
    tg__put_format(&page->contents, "<li><a href=\"#section-%" PRId64 "\">", number);
    tg__page_text(&page->contents, title);
    tg__put_text(&page->contents, "</a></li>\n");
    tg__put_format(&page->body,
                   "<section id=\"section-%" PRId64 "\" aria-labelledby=\"title-%" PRId64 "\">\n"
                   "<h2 id=\"title-%" PRId64 "\">",
                   number, number, number);
    tg__page_text(&page->body, title);
    tg__put_text(&page->body, "</h2>\n");
    return true;
}

tg_status tg__page_leave(tg_page *page)
{
    tg__put_text(&page->body, "</section>\n");
    if (page->body.failed || page->contents.failed)
        (void)tg__complain(&page->report, TG_ERR_MEMORY, "out of memory for the section");
    if (page->report.status != TG_OK) {
        page->contents.memory.used = page->contents_before;
        page->body.memory.used = page->body_before;
        page->sections--;
    }
    return page->report.status;
}

void tg__page_wide_begin(tg_page *page, const char *title)
{
    tg__put_text(&page->body, "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"");
    tg__page_text(&page->body, title);
    tg__put_text(&page->body, "\">\n");
}

void tg__page_wide_end(tg_page *page) { tg__put_text(&page->body, "</div>\n"); }

/* ---- Making and freeing ----------------------------------------------------------------- */

tg_page *tg_page_new_with(const tg_page_args *given)
{
    tg_page_args args = { TG_PAGE_DEFAULTS };
    if (!TG__IO_OPTIONS(args, given, "tg_page_new")) return NULL;
    tg__report report = tg__report_new(args.at, "tg_page_new", NULL, args.error);
    if (!args.title || !*args.title) {
        (void)tg__complain(&report, TG_ERR_ARGUMENT, "the page's title is %s",
                           args.title ? "empty" : "NULL");
        return NULL;
    }
    const tg_allocator *allocator = tg__allocator_or_default(args.allocator);
    tg_page *page = tg__alloc_zero(allocator, sizeof *page);
    if (!page) return (void)tg__complain_memory(&report, sizeof *page), NULL;
    page->allocator = *allocator;
    page->title.allocator = page->contents.allocator = page->body.allocator = &page->allocator;
    page->report = tg__report_new(args.at, "tg_page_new", NULL, &page->error);
    tg__page_text(&page->title, args.title);
    if (!page->title.failed) return page;
    (void)tg__complain(&report, TG_ERR_MEMORY, "out of memory for the title");
    tg_page_free(page);
    return NULL;
}

void tg_page_free(tg_page *page)
{
    if (!page) return;
    const tg_allocator allocator = page->allocator;
    tg__bytes_free(&page->title);
    tg__bytes_free(&page->contents);
    tg__bytes_free(&page->body);
    tg__free(&allocator, page);
}

tg_status tg_page_status(const tg_page *page)
{
    return page ? page->report.status : TG_ERR_ARGUMENT;
}
const char *tg_page_error(const tg_page *page) { return page ? page->error.text : ""; }

/* ---- Writing ---------------------------------------------------------------------------- */

/* Writes what precedes the sections. The security policy forbids the browser to fetch or run
 * anything, whatever the page contains. */
static void put_head(tg__bytes *out, const tg_page *page)
{
    tg__put_text(
        out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
             "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
             "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'\">\n"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
             "<meta name=\"color-scheme\" content=\"light dark\">\n"
             "<meta name=\"generator\" content=\"Tapegrad " TG_VERSION "\">\n<title>");
    tg__put(out, tg__bytes_data(&page->title), tg__bytes_size(&page->title));
    tg__put_text(out, "</title>\n<style>\n");
    for (int i = 0; tg__page_style[i]; i++) tg__put_text(out, tg__page_style[i]);
    tg__put_text(out, "</style>\n</head>\n<body>\n<header>\n<h1>");
    tg__put(out, tg__bytes_data(&page->title), tg__bytes_size(&page->title));
    tg__put_text(out, "</h1>\n");
    if (page->sections > 0) {
        tg__put_text(out, "<nav aria-label=\"Contents\">\n<ul>\n");
        tg__put(out, tg__bytes_data(&page->contents), tg__bytes_size(&page->contents));
        tg__put_text(out, "</ul>\n</nav>\n");
    }
    tg__put_text(out, "</header>\n<main>\n");
}

/* Writes what follows the sections. A page after an error states that it is incomplete. */
static void put_end(tg__bytes *out, const tg_page *page)
{
    if (page->report.status != TG_OK) {
        tg__put_text(out, "<section role=\"alert\">\n<h2>The rest is missing</h2>\n<pre>\n");
        tg__page_text(out, page->error.text);
        tg__put_text(out, "</pre>\n</section>\n");
    }
    tg__put_text(out, "</main>\n</body>\n</html>\n");
}

static tg_status write_file(tg__report *report, const tg_page *page, const tg__bytes *head,
                            const tg__bytes *end, const tg_io_layer *io)
{
    tg__sink sink;
    tg_status status = tg__sink_open(&sink, report, io, &page->allocator);
    if (status == TG_OK) status = tg__sink_write(&sink, tg__bytes_data(head), tg__bytes_size(head));
    if (status == TG_OK && page->sections > 0)
        status = tg__sink_write(&sink, tg__bytes_data(&page->body), tg__bytes_size(&page->body));
    if (status == TG_OK) status = tg__sink_write(&sink, tg__bytes_data(end), tg__bytes_size(end));
    if (status == TG_OK) (void)tg__sink_commit(&sink);
    return tg__sink_close(&sink);
}

tg_status tg_page_write_with(const tg_page_write_args *given)
{
    tg_page_write_args args = { TG_PAGE_WRITE_DEFAULTS };
    if (!TG__IO_OPTIONS(args, given, "tg_page_write")) return TG_ERR_ARGUMENT;
    tg__report report = tg__report_new(args.at, "tg_page_write", args.path, args.error);
    const tg_page *page = args.page;
    if (!page)
        return tg__complain(&report, TG_ERR_ARGUMENT,
                            "the page is NULL; the error of tg_page_new says why");
    tg__bytes head = { .allocator = &page->allocator }, end = head;
    put_head(&head, page);
    put_end(&end, page);
    if (head.failed || end.failed)
        (void)tg__complain(&report, TG_ERR_MEMORY, "out of memory for the page's head");
    else (void)write_file(&report, page, &head, &end, args.io);
    tg__bytes_free(&head);
    tg__bytes_free(&end);
    if (page->report.status != TG_OK)
        (void)tg__complain(&report, page->report.status,
                           "written up to a section that has an error:\n    %s", page->error.text);
    return report.status;
}
