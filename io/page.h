/* page.h: what the files of a report share: the page in the making, and how a section is begun,
 * filled and ended. */
#ifndef TG_PAGE_INTERNAL_H
#define TG_PAGE_INTERNAL_H

#include "io/bytes.h"
#include "tg_page.h"

/* Sections are HTML as soon as they are made; tg_page_write puts head and contents before them. */
struct tg_page {
    tg_allocator allocator;
    tg_error error;
    tg__report report;  /* of the call in hand; its status is the first error's */
    tg__bytes title;    /* escaped */
    tg__bytes contents; /* the entries of the table of contents */
    tg__bytes body;     /* the sections */
    int64_t sections;
    size_t contents_before, body_before; /* their sizes before the call in hand */
};

/* A public function's call: is the page fit for a section of that title? Begins it, and its entry
 * in the contents. If not, the page's status is not TG_OK, and the caller returns that. */
bool tg__page_enter(tg_site at, tg_page *page, const char *function, const char *title);
/* The same for a function with options: reads them first. */
#define TG__PAGE_ENTER(args, given, function)                                                      \
    (tg__page_options(&(args), (given), (given) ? (given)->page : NULL, (function)) &&             \
     tg__page_enter((args).at, (args).page, (function), (args).title))
bool tg__page_options(void *options, const void *given, tg_page *page, const char *function);
/* Ends the section, or takes it off again if there was an error. Returns the page's status. */
tg_status tg__page_leave(tg_page *page);

/* Text as HTML has it, in elements and in quoted attributes: & < > " ' escaped; what is not UTF-8,
 * and control characters, replaced by U+FFFD, but for tabs and ends of lines ("\n", "\r\n"). */
void tg__page_text(tg__bytes *out, const char *text);
/* A number for people: a whole one with all its digits, another with six. */
void tg__page_number(tg__bytes *out, double value);
/* "12 bytes", "1.2 MB (1234567 bytes)". */
void tg__page_bytes(tg__bytes *out, uint64_t bytes);

/* Something that may be wider than the page, and is moved within it then: a table, a picture. */
void tg__page_wide_begin(tg_page *page, const char *title);
void tg__page_wide_end(tg_page *page);

/* The style sheet, in pieces, up to a NULL. */
extern const char *const tg__page_style[];

#endif
