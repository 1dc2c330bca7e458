/* curves.c: learning curves as an SVG picture: ranges, a legend, axes with a grid, a line a series.
 * The text is put together in memory, whose size the picture's bounds, and then written whole. */
#include "io/curves.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* Lengths in pixels; text has a width that is guessed. */
enum {
    MARGIN = 18,
    TITLE_HEIGHT = 30,
    LEGEND_ROW = 20,
    LEGEND_LINE = 22,
    NUMBERS_HEIGHT = 24,
    LABEL_HEIGHT = 22,
    PLOT_LEAST = 60
};
#define CHARACTER 6.7
enum { COLOURS = 8, NAME_SHOWN = 40, DOTTED_MOST = 60 };

typedef struct picture {
    const tg_curves_args *args;
    tg__bytes svg;
    double left, top, right, bottom; /* of the plot */
    int legend_rows, legend_shown;   /* how many series are named there */
    bool marked;                     /* there are crosses */
    tg__axis x, y;
} picture;

/* ---- Text ------------------------------------------------------------------------------- */

/* The characters of a text, at most [most]; *size is their bytes. What is not UTF-8 counts byte by
 * byte. */
static int characters(const char *text, int most, size_t *size)
{
    int count = 0;
    size_t left = strlen(text);
    for (*size = 0; left > 0 && count < most; count++) {
        const size_t length = tg__utf8_length(text + *size, left);
        *size += length ? length : 1;
        left -= length ? length : 1;
    }
    return count;
}

/* As XML has it; what may not stand there is replaced by U+FFFD. */
static void put_escaped(tg__bytes *svg, const char *text, int most)
{
    size_t size;
    (void)characters(text, most, &size);
    for (size_t at = 0; at < size;) {
        const unsigned char c = (unsigned char)text[at];
        const size_t length = tg__utf8_length(text + at, size - at);
        if (c == '&') tg__put_text(svg, "&amp;");
        else if (c == '<') tg__put_text(svg, "&lt;");
        else if (c == '>') tg__put_text(svg, "&gt;");
        else if (c == '"') tg__put_text(svg, "&quot;");
        else if (length == 0 || c < 0x20 || c == 0x7f) tg__put_text(svg, "\xef\xbf\xbd");
        else tg__put(svg, text + at, length);
        at += length ? length : 1;
    }
    if (text[size]) tg__put_text(svg, "\xe2\x80\xa6"); /* ... */
}

static double width_of(const char *text)
{
    size_t size;
    return CHARACTER * characters(text, INT_MAX, &size);
}

static void put_label(picture *p, double x, double y, const char *look, const char *text)
{
    tg__put_format(&p->svg, "<text x=\"%.1f\" y=\"%.1f\" %s>", x, y, look);
    put_escaped(&p->svg, text, INT_MAX);
    tg__put_text(&p->svg, "</text>\n");
}

/* ---- Ranges ----------------------------------------------------------------------------- */

static void widen(double *low, double *high, double value)
{
    *low = fmin(*low, value);
    *high = fmax(*high, value);
}

static void make_axes(picture *p)
{
    const tg_curves_args *args = p->args;
    double low[2] = { HUGE_VAL, HUGE_VAL }, high[2] = { -HUGE_VAL, -HUGE_VAL };
    for (int64_t k = 0; k < args->count; k++) {
        const tg_series *s = &args->series[k];
        for (int64_t i = 0; i < s->count; i++) {
            if (!tg__axis_takes(args->log_x, s->x[i])) continue;
            widen(&low[0], &high[0], s->x[i]);
            if (tg__axis_takes(args->log_y, s->y[i])) widen(&low[1], &high[1], s->y[i]);
        }
    }
    tg__axis_make(&p->x, args->log_x, low[0], high[0], args->width / 110 + 1);
    tg__axis_make(&p->y, args->log_y, low[1], high[1], args->height / 70 + 1);
}

/* ---- The legend ------------------------------------------------------------------------- */

static double entry_width(const char *name)
{
    size_t size;
    return LEGEND_LINE + 8 + CHARACTER * (characters(name, NAME_SHOWN, &size) + 1) + 14;
}

static const char *name_of(const tg_series *series) { return series->name ? series->name : ""; }

/* The place of the next entry, on a row that has room for it. */
static void place_entry(const picture *p, const char *name, double *x, int *row)
{
    if (*x > MARGIN && *x + entry_width(name) > p->args->width - MARGIN) {
        *x = MARGIN;
        ++*row;
    }
}

/* How many rows the entries take, and how many entries there is room for. */
static void plan_legend(picture *p)
{
    const tg_curves_args *args = p->args;
    const int most = (args->height - 150) / LEGEND_ROW > 1 ? (args->height - 150) / LEGEND_ROW : 1;
    double x = MARGIN;
    int row = 0;
    bool named = false;
    for (int64_t k = 0; k < args->count; k++) named = named || *name_of(&args->series[k]);
    for (int64_t k = 0; named && k < args->count; k++) {
        place_entry(p, name_of(&args->series[k]), &x, &row);
        if (row >= most) break;
        x += entry_width(name_of(&args->series[k]));
        p->legend_shown = (int)k + 1;
        p->legend_rows = row + 1;
    }
}

static void draw_legend(picture *p, double top)
{
    double x = MARGIN;
    int row = 0;
    for (int k = 0; k < p->legend_shown; k++) {
        const char *name = name_of(&p->args->series[k]);
        place_entry(p, name, &x, &row);
        const double y = top + LEGEND_ROW * row;
        tg__put_format(&p->svg, "<path class=\"line l%d\"%s d=\"M%.1f %.1fh%d\"/>", k % COLOURS,
                       k >= COLOURS ? " stroke-dasharray=\"5 4\"" : "", x, y + 10, LEGEND_LINE);
        tg__put_format(&p->svg, "<text x=\"%.1f\" y=\"%.1f\">", x + LEGEND_LINE + 8, y + 14);
        put_escaped(&p->svg, name, NAME_SHOWN);
        tg__put_text(&p->svg, "</text>\n");
        x += entry_width(name);
    }
}

/* ---- The page --------------------------------------------------------------------------- */

/* Two sets of colours, for bright and dark pages, that keep apart on either. */
static const char *const bright[COLOURS] = { "#1f6feb", "#d9630b", "#1a7f37", "#cf222e",
                                             "#8250df", "#0f8b8d", "#9a6700", "#bf3989" };
static const char *const dark[COLOURS] = { "#58a6ff", "#f0883e", "#3fb950", "#ff7b72",
                                           "#bc8cff", "#39c5cf", "#d6a52e", "#f778ba" };

static void put_colours(tg__bytes *svg, const char *const colours[COLOURS], const char *page,
                        const char *ink, const char *faint, const char *grid)
{
    tg__put_format(svg, ".page{fill:%s}text{fill:%s}.faint{fill:%s}.grid{stroke:%s}", page, ink,
                   faint, grid);
    for (int i = 0; i < COLOURS; i++)
        tg__put_format(svg, ".l%d{stroke:%s}.d%d{fill:%s}", i, colours[i], i, colours[i]);
    tg__put_byte(svg, '\n');
}

static void begin_page(picture *p)
{
    const tg_curves_args *args = p->args;
    tg__bytes *svg = &p->svg;
    tg__put_format(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" "
        "height=\"%d\" role=\"img\" font-family=\"system-ui, 'Segoe UI', Helvetica, Arial, "
        "sans-serif\" font-size=\"12\">\n<title>",
        args->width, args->height, args->width, args->height);
    put_escaped(svg, args->title ? args->title : "Curves", INT_MAX);
    tg__put_text(svg, "</title>\n<style>\n.line{fill:none;stroke-width:1.8;stroke-linejoin:round;"
                      "stroke-linecap:round}.pale{opacity:.3;stroke-width:1.2}.grid{stroke-width:1}"
                      ".title{font-size:16px;font-weight:600}.mark{fill:none;stroke-width:1.4}\n");
    put_colours(svg, bright, "#ffffff", "#1f2328", "#59636e", "#dde2e7");
    tg__put_text(svg, "@media (prefers-color-scheme:dark){\n");
    put_colours(svg, dark, "#0d1117", "#e6edf3", "#9198a1", "#2a313a");
    tg__put_text(svg, "}\n</style>\n<rect class=\"page\" width=\"100%\" height=\"100%\"/>\n");
    if (args->title) put_label(p, MARGIN, MARGIN + 14, "class=\"title\"", args->title);
    draw_legend(p, MARGIN - 4 + (args->title ? TITLE_HEIGHT : 0));
}

/* What is left of the page when all else has its place. */
static void place_plot(picture *p)
{
    const tg_curves_args *args = p->args;
    double widest = 0;
    for (int i = 0; i < p->y.ticks; i++) widest = fmax(widest, width_of(p->y.tick[i].label));
    const bool y_label = args->y_label && *args->y_label;
    p->left = MARGIN + widest + 8 + (y_label ? LABEL_HEIGHT : 0);
    p->right = fmax(args->width - MARGIN - 6, p->left + PLOT_LEAST);
    p->top = MARGIN + (args->title ? TITLE_HEIGHT : 0) + LEGEND_ROW * p->legend_rows + 6;
    p->bottom = args->height - MARGIN / 2 - NUMBERS_HEIGHT - LABEL_HEIGHT;
    p->bottom = fmax(p->bottom, p->top + PLOT_LEAST);
    p->x.from = p->left;
    p->x.to = p->right;
    p->y.from = p->bottom;
    p->y.to = p->top;
}

static void draw_axes(picture *p)
{
    tg__bytes *svg = &p->svg;
    const tg_curves_args *args = p->args;
    for (int i = 0; i < p->y.ticks; i++) {
        const double y = tg__axis_place(&p->y, p->y.tick[i].value);
        tg__put_format(svg, "<path class=\"grid\" d=\"M%.1f %.1fH%.1f\"/>", p->left, y, p->right);
        put_label(p, p->left - 8, y + 4, "class=\"faint\" text-anchor=\"end\"", p->y.tick[i].label);
    }
    for (int i = 0; i < p->x.ticks; i++) {
        const double x = tg__axis_place(&p->x, p->x.tick[i].value);
        tg__put_format(svg, "<path class=\"grid\" d=\"M%.1f %.1fV%.1f\"/>", x, p->bottom, p->top);
        put_label(p, x, p->bottom + 18, "class=\"faint\" text-anchor=\"middle\"",
                  p->x.tick[i].label);
    }
    if (args->x_label && *args->x_label)
        put_label(p, (p->left + p->right) / 2, p->bottom + NUMBERS_HEIGHT + 14,
                  "text-anchor=\"middle\"", args->x_label);
    if (args->y_label && *args->y_label) {
        const double y = (p->top + p->bottom) / 2;
        tg__put_format(svg, "<g transform=\"translate(%d %.1f) rotate(-90)\">", MARGIN + 6, y);
        put_label(p, 0, 0, "text-anchor=\"middle\"", args->y_label);
        tg__put_text(svg, "</g>\n");
    }
}

/* ---- Lines ------------------------------------------------------------------------------ */

/* A place on the page, and which point is there. */
typedef struct place {
    double x, y;
    int64_t i;
} place;

/* A line in the making. Of the points that follow each other in one column of pixels it keeps the
 * first, the last and those highest and lowest: that is what they would cover. */
typedef struct line {
    tg__bytes *svg;
    bool begun, any; /* the run has its first place; the column has one */
    place first, last, lowest, highest;
} line;

static void put_place(line *l, const place *at)
{
    tg__put_format(l->svg, "%c%.1f %.1f", l->begun ? 'L' : 'M', at->x, at->y);
    l->begun = true;
}

static void end_column(line *l)
{
    if (!l->any) return;
    const place *middle[2] = { &l->lowest, &l->highest };
    if (l->highest.i < l->lowest.i) middle[0] = &l->highest, middle[1] = &l->lowest;
    put_place(l, &l->first);
    for (int k = 0; k < 2; k++)
        if (middle[k]->i != l->first.i && middle[k]->i != l->last.i &&
            (k == 0 || middle[0]->i != middle[1]->i))
            put_place(l, middle[k]);
    if (l->last.i != l->first.i) put_place(l, &l->last);
    l->any = false;
}

static void end_run(line *l)
{
    end_column(l);
    l->begun = false;
}

static void add_place(line *l, place at)
{
    if (l->any && floor(at.x) != floor(l->first.x)) end_column(l);
    if (!l->any) {
        l->first = l->lowest = l->highest = at;
        l->any = true;
    }
    if (at.y > l->lowest.y) l->lowest = at; /* down is more */
    if (at.y < l->highest.y) l->highest = at;
    l->last = at;
}

/* The points of a series one after the other, smoothed. */
typedef struct walk {
    const picture *p;
    const tg_series *series;
    double smooth, mean, weight;
} walk;

/* Where the next point is; false: there it has none, and the line is interrupted. */
static bool next_place(walk *w, int64_t i, place *out)
{
    const double x = w->series->x[i], y = w->series->y[i];
    const tg_curves_args *args = w->p->args;
    if (!tg__axis_takes(args->log_x, x) || !tg__axis_takes(args->log_y, y)) return false;
    /* From the mean to the point, for neither product could overflow then. */
    w->weight = w->smooth * w->weight + (1 - w->smooth);
    const double share = (1 - w->smooth) / w->weight;
    w->mean = share * y + (1 - share) * w->mean;
    *out = (place){ tg__axis_place(&w->p->x, x), tg__axis_place(&w->p->y, w->mean), i };
    return true;
}

static const char *dashes(int64_t k) { return k >= COLOURS ? " stroke-dasharray=\"5 4\"" : ""; }

static void draw_line(picture *p, int64_t k, double smooth, const char *look)
{
    walk w = { .p = p, .series = &p->args->series[k], .smooth = smooth };
    line l = { .svg = &p->svg };
    tg__put_format(&p->svg, "<path class=\"line %sl%d\"%s d=\"", look, (int)(k % COLOURS),
                   dashes(k));
    for (int64_t i = 0; i < w.series->count; i++) {
        place at;
        if (next_place(&w, i, &at)) add_place(&l, at);
        else if (tg__axis_takes(p->args->log_x, w.series->x[i])) end_run(&l);
    }
    end_run(&l);
    tg__put_text(&p->svg, "\"/>\n");
}

/* Dots where there are few points; else those that no line leads to. */
static void draw_dots(picture *p, int64_t k, double smooth)
{
    const tg_series *s = &p->args->series[k];
    walk w = { .p = p, .series = s, .smooth = smooth };
    double before = -1;
    bool alone = true;
    place at = { 0 }, pending = { 0 };
    bool waits = false; /* [pending] is the first of its run so far */
    tg__put_format(&p->svg, "<g class=\"d%d\">", (int)(k % COLOURS));
    for (int64_t i = 0; i <= s->count; i++) {
        const bool there = i < s->count && next_place(&w, i, &at);
        if (there && s->count <= DOTTED_MOST) {
            tg__put_format(&p->svg, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2.6\"/>", at.x, at.y);
            continue;
        }
        if (waits && !there && alone && floor(pending.x) != before) {
            tg__put_format(&p->svg, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"1.4\"/>", pending.x,
                           pending.y);
            before = floor(pending.x);
        }
        alone = there && !waits;
        waits = there;
        pending = at;
    }
    tg__put_text(&p->svg, "</g>\n");
}

/* Crosses for what the line leaves out, no two of them nearer than their width. */
static void draw_marks(picture *p, int64_t k)
{
    enum { SIZE = 3 };
    const tg_series *s = &p->args->series[k];
    double before[2] = { -HUGE_VAL, -HUGE_VAL };
    tg__put_format(&p->svg, "<path class=\"mark l%d\" d=\"", (int)(k % COLOURS));
    for (int64_t i = 0; i < s->count; i++) {
        if (!tg__axis_takes(p->args->log_x, s->x[i]) || tg__axis_takes(p->args->log_y, s->y[i]))
            continue;
        const bool low = isfinite(s->y[i]) || s->y[i] < 0;
        const double x = tg__axis_place(&p->x, s->x[i]);
        if (fabs(x - before[low]) < 2 * SIZE + 1) continue;
        before[low] = x;
        p->marked = true;
        tg__put_format(&p->svg, "M%.1f %.1fl%d %dm0 %dl%d %d", x - SIZE,
                       (low ? p->bottom - 2 * SIZE : p->top + 2 * SIZE) - SIZE, 2 * SIZE, 2 * SIZE,
                       -2 * SIZE, -2 * SIZE, 2 * SIZE);
    }
    tg__put_text(&p->svg, "\"/>\n");
}

static void explain_marks(picture *p)
{
    if (!p->marked) return;
    put_label(p, p->right, p->bottom + NUMBERS_HEIGHT + 14, "class=\"faint\" text-anchor=\"end\"",
              p->args->log_y ? "\xc3\x97 not finite, or not above 0" : "\xc3\x97 not finite");
}

/* Where there are few points, a mean of them would tell of those long ago. */
static void draw_series(picture *p, int64_t k)
{
    const double smooth = p->args->series[k].count > DOTTED_MOST ? p->args->smooth : 0;
    if (smooth > 0) draw_line(p, k, 0, "pale ");
    draw_line(p, k, smooth, "");
    draw_dots(p, k, smooth);
    draw_marks(p, k);
}

/* ---- Public ----------------------------------------------------------------------------- */

static tg_status check(tg__report *report, const tg_curves_args *args)
{
    enum { SMALLEST = 200, LARGEST = 10000 };
    if (args->count < 0 || args->count > TG_SERIES_MOST)
        return tg__complain(report, TG_ERR_ARGUMENT, "%" PRId64 " series; 0 to %d can be drawn",
                            args->count, TG_SERIES_MOST);
    if (!args->series && args->count > 0)
        return tg__complain(report, TG_ERR_ARGUMENT, "the series are NULL");
    for (int64_t k = 0; k < args->count; k++) {
        const tg_series *s = &args->series[k];
        if (s->count < 0 || (s->count > 0 && (!s->x || !s->y)))
            return tg__complain(report, TG_ERR_ARGUMENT,
                                "series %" PRId64 " has %" PRId64 " points, and %s", k, s->count,
                                s->count < 0 ? "cannot" : "its x or y is NULL");
    }
    if (!(args->smooth >= 0 && args->smooth < 1))
        return tg__complain(report, TG_ERR_ARGUMENT, ".smooth = %g is not in [0, 1)", args->smooth);
    if (args->width < SMALLEST || args->width > LARGEST || args->height < SMALLEST ||
        args->height > LARGEST)
        return tg__complain(report, TG_ERR_ARGUMENT,
                            "a picture of %d x %d pixels; width and height are %d to %d",
                            args->width, args->height, SMALLEST, LARGEST);
    return TG_OK;
}

static tg_status write_file(tg__report *report, const tg_curves_args *args, const tg__bytes *svg)
{
    tg__sink sink;
    tg_status status = tg__sink_open(&sink, report, args->io, svg->allocator);
    if (status == TG_OK) status = tg__sink_write(&sink, tg__bytes_data(svg), tg__bytes_size(svg));
    if (status == TG_OK) (void)tg__sink_commit(&sink);
    return tg__sink_close(&sink);
}

tg_status tg_draw_curves_with(const tg_curves_args *given)
{
    tg_curves_args args = { TG_CURVES_DEFAULTS };
    if (!TG__IO_OPTIONS(args, given, "tg_draw_curves")) return TG_ERR_ARGUMENT;
    tg__report report = tg__report_new(args.at, "tg_draw_curves", args.path, args.error);
    if (check(&report, &args) != TG_OK) return report.status;

    picture p = { .args = &args, .svg.allocator = tg__allocator_or_default(args.allocator) };
    make_axes(&p);
    plan_legend(&p);
    place_plot(&p);
    begin_page(&p);
    draw_axes(&p);
    for (int64_t k = 0; k < args.count; k++) draw_series(&p, k);
    explain_marks(&p);
    tg__put_text(&p.svg, "</svg>\n");
    if (p.svg.failed) (void)tg__complain(&report, TG_ERR_MEMORY, "out of memory for the picture");
    else (void)write_file(&report, &args, &p.svg);
    tg__bytes_free(&p.svg);
    return report.status;
}
