/* page_confusion.c: a confusion matrix in a report: a table of counts, shaded by each count's share
 * of its row. */
#include "io/elements.h"
#include "io/page.h"
#include "kernels/dtype.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

typedef struct confusion {
    const tg_array *matrix;
    const char *const *classes; /* names; NULL: numbers */
    int64_t count;
    double row[TG_PAGE_CLASSES_MOST], column[TG_PAGE_CLASSES_MOST]; /* sums */
    double all, right;
} confusion;

static double count_at(const confusion *c, int64_t i, int64_t k)
{
    const tg_dtype dtype = c->matrix->dtype;
    const size_t at = (size_t)(i * c->count + k) * tg_dtype_size(dtype);
    return tg__load_scalar((int)dtype, (const unsigned char *)c->matrix->data + at);
}

/* ---- What is wrong with it -------------------------------------------------------------- */

static tg_status check(tg__report *report, const tg_page_confusion_args *args)
{
    char text[TG_SHAPE_SEEN];
    size_t bytes;
    if (tg__array_check(report, args->matrix, &bytes) != TG_OK) return report->status;
    const tg_shape shape = args->matrix->shape;
    if (args->matrix->dtype == TG_BOOL)
        return tg__complain(report, TG_ERR_DTYPE, "the matrix is bool, and must hold numbers");
    if (shape.rank != 2 || shape.dim[0] != shape.dim[1] || shape.dim[0] < 1 ||
        shape.dim[0] > TG_PAGE_CLASSES_MOST)
        return tg__complain(report, TG_ERR_SHAPE,
                            "the matrix is %s; it must be [classes, classes], of 1 to %d",
                            tg__shape_seen(text, shape), TG_PAGE_CLASSES_MOST);
    for (int64_t i = 0; args->classes && i < shape.dim[0]; i++)
        if (!args->classes[i])
            return tg__complain(report, TG_ERR_ARGUMENT, "the name of class %" PRId64 " is NULL",
                                i);
    return TG_OK;
}

static tg_status add_up(tg__report *report, confusion *c)
{
    for (int64_t i = 0; i < c->count; i++)
        for (int64_t k = 0; k < c->count; k++) {
            const double count = count_at(c, i, k);
            if (!(count >= 0 && isfinite(count)))
                return tg__complain(report, TG_ERR_NUMERIC,
                                    "element [%" PRId64 ", %" PRId64 "] is %g, which is no count",
                                    i, k, count);
            c->row[i] += count;
            c->column[k] += count;
            c->all += count;
            if (i == k) c->right += count;
        }
    return isfinite(c->all) ? TG_OK
                            : tg__complain(report, TG_ERR_NUMERIC, "the counts' sum is infinite");
}

/* ---- The table -------------------------------------------------------------------------- */

static void put_class(tg__bytes *out, const confusion *c, int64_t i)
{
    if (c->classes) tg__page_text(out, c->classes[i]);
    else tg__put_format(out, "%" PRId64, i);
}

enum { MANY = 20 }; /* with more classes cells are small */

/* A share in per cent, with [digits] decimals. */
static void put_share(tg__bytes *out, double part, double of, int digits)
{
    if (of > 0) tg__put_format(out, "%.*f", digits, 100 * (part / of));
    else tg__put_text(out, "\xe2\x80\x93");
}

static int digits_of(const confusion *c) { return c->count > MANY ? 0 : 1; }

/* True if a name is so long that column titles must be vertical. */
static bool are_long(const confusion *c)
{
    enum { FEW = 4 };
    for (int64_t i = 0; c->classes && i < c->count; i++)
        if (strlen(c->classes[i]) > FEW) return true;
    return false;
}

static void put_heads(tg__bytes *out, const confusion *c)
{
    tg__put_format(out, "<thead>\n<tr><th scope=\"col\">is \\ taken for</th>");
    for (int64_t k = 0; k < c->count; k++) {
        tg__put_text(out, are_long(c) ? "<th scope=\"col\"><span class=\"upright\">"
                                      : "<th scope=\"col\"><span>");
        put_class(out, c, k);
        tg__put_text(out, "</span></th>");
    }
    tg__put_text(
        out, "<th scope=\"col\">sum</th><th scope=\"col\">recall,\xc2\xa0%</th></tr>\n</thead>\n");
}

/* One of ten shades, by the square root of the share: this makes rare mistakes visible. */
static void put_cell(tg__bytes *out, const confusion *c, int64_t i, int64_t k)
{
    const double count = count_at(c, i, k), share = c->row[i] > 0 ? count / c->row[i] : 0;
    if (count == 0) {
        tg__put_text(out, i == k ? "<td class=\"hit\">0</td>" : "<td class=\"none\">0</td>");
        return;
    }
    tg__put_format(out, "<td class=\"%s shade-%d\" title=\"", i == k ? "hit" : "miss",
                   (int)fmin(10, ceil(10 * sqrt(share))));
    put_class(out, c, i);
    tg__put_text(out, i == k ? " is right: " : " taken for ");
    if (i != k) {
        put_class(out, c, k);
        tg__put_text(out, ": ");
    }
    put_share(out, count, c->row[i], 1);
    tg__put_text(out, " %\">");
    tg__page_number(out, count);
    tg__put_text(out, "</td>");
}

static void put_rows(tg__bytes *out, const confusion *c)
{
    tg__put_text(out, "<tbody>\n");
    for (int64_t i = 0; i < c->count; i++) {
        tg__put_text(out, "<tr><th scope=\"row\">");
        put_class(out, c, i);
        tg__put_text(out, "</th>");
        for (int64_t k = 0; k < c->count; k++) put_cell(out, c, i, k);
        tg__put_text(out, "<td class=\"sum\">");
        tg__page_number(out, c->row[i]);
        tg__put_text(out, "</td><td class=\"sum\">");
        put_share(out, count_at(c, i, i), c->row[i], digits_of(c));
        tg__put_text(out, "</td></tr>\n");
    }
    tg__put_text(out, "</tbody>\n");
}

static void put_foot(tg__bytes *out, const confusion *c)
{
    tg__put_text(out, "<tfoot>\n<tr><th scope=\"row\">sum</th>");
    for (int64_t k = 0; k < c->count; k++) {
        tg__put_text(out, "<td>");
        tg__page_number(out, c->column[k]);
        tg__put_text(out, "</td>");
    }
    tg__put_text(out, "<td>");
    tg__page_number(out, c->all);
    tg__put_text(out, "</td><td></td></tr>\n<tr><th scope=\"row\">precision,\xc2\xa0%</th>");
    for (int64_t k = 0; k < c->count; k++) {
        tg__put_text(out, "<td>");
        put_share(out, count_at(c, k, k), c->column[k], digits_of(c));
        tg__put_text(out, "</td>");
    }
    tg__put_text(out, "<td></td><td></td></tr>\n</tfoot>\n");
}

static void put_table(tg_page *page, const confusion *c, const char *title)
{
    tg__bytes *out = &page->body;
    tg__put_text(out, "<p>Accuracy: <strong>");
    put_share(out, c->right, c->all, 2);
    tg__put_text(out, " %</strong>, ");
    tg__page_number(out, c->right);
    tg__put_text(out, " of ");
    tg__page_number(out, c->all);
    tg__put_text(out, ". A row is what there is, a column what it was taken for; shades are shares "
                      "of the row.</p>\n");
    tg__page_wide_begin(page, title);
    tg__put_text(out, c->count > MANY ? "<table class=\"confusion many\">\n"
                                      : "<table class=\"confusion\">\n");
    put_heads(out, c);
    put_rows(out, c);
    put_foot(out, c);
    tg__put_text(out, "</table>\n");
    tg__page_wide_end(page);
}

tg_status tg_page_confusion_with(const tg_page_confusion_args *given)
{
    tg_page_confusion_args args = { TG_PAGE_CONFUSION_DEFAULTS };
    if (!TG__PAGE_ENTER(args, given, "tg_page_confusion"))
        return given ? tg_page_status(given->page) : TG_ERR_ARGUMENT;
    tg_page *page = args.page;
    if (check(&page->report, &args) == TG_OK) {
        confusion c = { .matrix = args.matrix,
                        .classes = args.classes,
                        .count = args.matrix->shape.dim[0] };
        if (add_up(&page->report, &c) == TG_OK) put_table(page, &c, args.title);
    }
    return tg__page_leave(page);
}
