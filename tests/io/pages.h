/* pages.h: for the tests of reports: a page on a disk in memory, a look at the HTML that it
 * becomes, and what sections are made of. */
#ifndef TG_TESTS_PAGES_H
#define TG_TESTS_PAGES_H

#include "tests/support/disk.h"
#include "tests/support/failing_allocator.h"

#include <check.h>
#include <ctype.h>
#include <stdio.h>

static disk drive;
static tg_io_layer io;
static failing_allocator heap;
static tg_allocator allocator;
static tg_error error;
static tg_page *page;
static char *html; /* the file as it was last written */

static inline void begin_page(void)
{
    page = tg_page_new("A page", &error, .allocator = &allocator);
    ck_assert_ptr_nonnull(page);
}

static inline void open_drive(void)
{
    drive = (disk){ .calls = 0 };
    heap = (failing_allocator){ .calls = 0 };
    io = disk_io(&drive);
    allocator = failing_interface(&heap);
    html = NULL;
    begin_page();
}

static inline void close_drive(void)
{
    tg_page_free(page);
    free(html);
    disk_empty(&drive);
    ck_assert_int_eq(drive.open_files, 0);
    ck_assert_uint_eq(heap.live, 0);
}

/* Reads the file into [html]. */
static inline void read_page(void)
{
    const disk_file *file = disk_find(&drive, "a.html");
    free(html);
    html = calloc(1, file->size + 1);
    ck_assert_ptr_nonnull(html);
    memcpy(html, file->data, file->size);
    ck_assert_uint_eq(strlen(html), file->size);
}

static inline void write_page(void)
{
    const tg_status status = tg_page_write(page, "a.html", &error, .io = &io);
    ck_assert_msg(status == TG_OK, "%s", error.text);
    read_page();
}

/* (AddressSanitizer's strstr looks at all that is left of a page of megabytes each time.) */
static inline int occurrences(const char *words)
{
    const size_t length = strlen(words);
    int count = 0;
    for (const char *p = html; *p; p++) count += *p == *words && strncmp(p, words, length) == 0;
    return count;
}

static inline void ck_has(const char *words, int times)
{
    ck_assert_msg(occurrences(words) == times, "\"%s\" is there %d times, not %d", words,
                  occurrences(words), times);
}

/* ---- A page that is whole --------------------------------------------------------------- */

enum { TAG = 24, DEEP = 64 };

static inline bool is_void(const char *tag)
{
    return strcmp(tag, "meta") == 0 || strcmp(tag, "img") == 0;
}

static inline void read_tag(const char *p, char tag[TAG])
{
    int length = 0;
    for (; length < TAG - 1 && isalnum((unsigned char)p[length]); length++) tag[length] = p[length];
    tag[length] = 0;
}

/* Behind the tag at [p], which begins with <. Quotes are closed, and hold no <. */
static inline const char *end_of_tag(const char *p)
{
    for (bool quoted = false; *++p != '>' || quoted;) {
        if (!*p || *p == '<') ck_abort_msg("a tag is not ended");
        if (*p == '"') quoted = !quoted;
    }
    return p + 1;
}

/* Do all elements begin and end in each other? (Check writes down each assertion: few, then.) */
static inline void ck_balanced(void)
{
    static char open[DEEP][TAG];
    int depth = 0;
    for (const char *p = html; (p = strchr(p, '<')) != NULL;) {
        char tag[TAG];
        const bool ends = p[1] == '/';
        read_tag(p + 1 + ends, tag);
        const char *behind = end_of_tag(p);
        if (p[1] == '!' || is_void(tag) || behind[-2] == '/') {
            p = behind;
            continue;
        }
        if (!*tag || depth == DEEP) ck_abort_msg("no tag, or too deep: %.40s", p);
        if (!ends) strcpy(open[depth++], tag);
        else if (depth == 0 || strcmp(open[--depth], tag) != 0) ck_abort_msg("%.40s", p);
        p = behind;
    }
    ck_assert_int_eq(depth, 0);
}

/* Each id once, and each link leads to one. */
static inline void ck_ids(void)
{
    char id[80], words[100];
    for (const char *p = html; (p = strstr(p, " id=\"")) != NULL; p++) {
        ck_assert_int_eq(sscanf(p, " id=\"%70[^\"]", id), 1);
        (void)snprintf(words, sizeof words, " id=\"%s\"", id);
        ck_has(words, 1);
    }
    for (const char *p = html; (p = strstr(p, " href=\"")) != NULL; p++) {
        ck_assert_int_eq(sscanf(p, " href=\"#%70[^\"]", id), 1);
        (void)snprintf(words, sizeof words, " id=\"%s\"", id);
        ck_has(words, 1);
    }
}

/* The file is one, from its first word to its last. */
static inline void ck_ended(void)
{
    read_page();
    ck_assert_int_eq(strncmp(html, "<!DOCTYPE html>\n<html lang=\"en\">\n", 33), 0);
    ck_assert_str_eq(html + strlen(html) - 24, "</main>\n</body>\n</html>\n");
    ck_balanced();
    ck_ids();
}

/* As any page must be: of that many sections. */
static inline void ck_whole(int sections)
{
    write_page();
    ck_ended();
    ck_has("<section ", sections);
    ck_has("<h2 ", sections);
    ck_has("<li><a ", sections);
    ck_has("<title>A page</title>", 1);
    ck_has("<h1>A page</h1>", 1);
    ck_has("http:", 0);
    ck_has("https:", 0);
    ck_has("<script", 0);
    ck_has("url(", 0);
}

static const double steps[4] = { 0, 1, 2, 3 }, losses[4] = { 3, 2, 1, 0.5 };
static const tg_series series[2] = { { "a<b", 4, steps, losses }, { "b", 3, steps, losses } };
static int64_t counts[3][3] = { { 8, 2, 0 }, { 1, 4, 0 }, { 0, 0, 0 } };
static uint8_t pixels[4 * 3 * 4] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };

static inline tg_array counts_array(void) { return tg_array_view(TG_I64, TG_SHAPE(3, 3), counts); }

static tg_store *store;
static tg_plan *plan;
static tg_tape *tape;

static inline void open_model(void)
{
    store = tg_store_new(.seed = 1);
    tape = tg_tape_new(store);
    const tg_linear first = tg_linear_new(store, "net.first", 3, 2);
    const tg_linear last = tg_linear_new(store, "net.last", 2, 1);
    (void)tg_param(store, "scale<", TG_SCALAR, tg_init_ones());
    tg_freeze(store, "net.first.bias");
    tg_tensor *x = tg_input(tape, "x<y", TG_F32, TG_SHAPE(4, 3));
    tg_tensor *loss = tg_mean(tg_linear_apply(&last, tg_linear_apply(&first, x)));
    tg_adam(loss, .allow_unused = true);
    plan = tg_compile(tape, loss);
    ck_assert_msg(plan != NULL, "%s", tg_tape_error(tape));
}

static inline void close_model(void)
{
    tg_plan_free(plan);
    tg_tape_free(tape);
    tg_store_free(store);
}

#endif
