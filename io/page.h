/* page.h: what the files of a report share: the page, and beginning, filling and ending a
 * section. */
#ifndef TG_PAGE_INTERNAL_H
#define TG_PAGE_INTERNAL_H

#include "io/bytes.h"
#include "tg_page.h"

/* Sections become HTML when they are added; tg_page_write puts head and table of contents before
 * them. */
struct tg_page {
    tg_allocator allocator;
    tg_error error;
    tg__report report;  /* of the current call; its status is that of the first error */
    tg__bytes title;    /* HTML */
    tg__bytes contents; /* HTML of the table of contents */
    tg__bytes body;     /* HTML of the sections */
    int64_t sections;
    size_t contents_before, body_before; /* their sizes before the current call */
};

/* Begins a public function that adds a section with that title, and its entry in the contents.
 * False if the function must return the page's status, which is then not TG_OK. */
bool tg__page_enter(tg_site at, tg_page *page, const char *function, const char *title);
/* The same for a function with options, which it reads first. */
#define TG__PAGE_ENTER(args, given, function)                                                      \
    (tg__page_options(&(args), (given), (given) ? (given)->page : NULL, (function)) &&             \
     tg__page_enter((args).at, (args).page, (function), (args).title))
bool tg__page_options(void *options, const void *given, tg_page *page, const char *function);
/* Ends the section, or removes it after an error. Returns the page's status. */
tg_status tg__page_leave(tg_page *page);

/* Text for HTML elements and quoted attributes: & < > " ' are escaped; what is not UTF-8, and
 * control characters other than tabs and line ends ("\n", "\r\n"), become U+FFFD. */
void tg__page_text(tg__bytes *out, const char *text);
/* A number for people: a whole number with all digits, another one with six. */
void tg__page_number(tg__bytes *out, double value);
/* "12 bytes", "1.2 MB (1234567 bytes)". */
void tg__page_bytes(tg__bytes *out, uint64_t bytes);

/* An element that may be wider than the page, and then scrolls: a table, a picture. */
void tg__page_wide_begin(tg_page *page, const char *title);
void tg__page_wide_end(tg_page *page);

/* The style sheet as a list of strings, ended by NULL. */
extern const char *const tg__page_style[];

#endif
