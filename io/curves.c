/* curves.c: learning curves as a picture: ranges, a legend, axes with a grid, one line for each
 * series. They are drawn on a canvas, which assembles the file in memory; then it is written at
 * once. */
#include "io/curves.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <strings.h>

/* Lengths in pixels; the width of text is an estimate. */
enum {
    MARGIN = 18,
    TITLE_HEIGHT = 30,
    LEGEND_ROW = 20,
    LEGEND_LINE = 22,
    NUMBERS_HEIGHT = 24,
    LABEL_HEIGHT = 22,
    PLOT_LEAST = 60
};
enum { NAME_SHOWN = 40, DOTTED_MOST = 60 };

typedef struct picture {
    const tg_curves_args *args;
    tg__canvas *canvas;
    double left, top, right, bottom; /* of the plot area */
    int legend_rows, legend_shown;   /* number of series in the legend */
    bool marked;                     /* some points are drawn as crosses */
    tg__axis x, y;
} picture;

static double width_of(const char *text)
{
    size_t size;
    return TG__CHARACTER * tg__characters(text, INT_MAX, &size);
}

/* The pen of series k. If there are more series than colours, the further lines are dashed. */
static tg__pen pen_of(int64_t k, tg__pen_kind kind)
{
    return (tg__pen){ kind, (int)(k % TG__COLOURS), k >= TG__COLOURS && kind != TG__PEN_MARK };
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
    return LEGEND_LINE + 8 + TG__CHARACTER * (tg__characters(name, NAME_SHOWN, &size) + 1) + 14;
}

static const char *name_of(const tg_series *series) { return series->name ? series->name : ""; }

/* Places the next entry of the legend, on the first row with room for it. */
static void place_entry(const picture *p, const char *name, double *x, int *row)
{
    if (*x > MARGIN && *x + entry_width(name) > p->args->width - MARGIN) {
        *x = MARGIN;
        ++*row;
    }
}

/* Computes the number of rows of the legend, and how many entries it can show. */
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
        tg__canvas_line(p->canvas, pen_of(k, TG__PEN_LINE), x, y + 10, x + LEGEND_LINE, y + 10);
        tg__canvas_text(
            p->canvas,
            (tg__label){ .x = x + LEGEND_LINE + 8, .y = y + 14, .text = name, .most = NAME_SHOWN });
        x += entry_width(name);
    }
}

/* ---- The page --------------------------------------------------------------------------- */

static void begin_page(picture *p)
{
    const tg_curves_args *args = p->args;
    tg__canvas_begin(p->canvas, args->width, args->height, args->title ? args->title : "Curves");
    if (args->title)
        tg__canvas_text(p->canvas, (tg__label){ .x = MARGIN,
                                                .y = MARGIN + 14,
                                                .text = args->title,
                                                .letters = TG__LETTERS_TITLE });
    draw_legend(p, MARGIN - 4 + (args->title ? TITLE_HEIGHT : 0));
}

/* The plot area is what remains of the page. */
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
    const tg_curves_args *args = p->args;
    const tg__pen grid = { .kind = TG__PEN_GRID };
    tg__label label = { .x = p->left - 8, .letters = TG__LETTERS_FAINT, .anchor = TG__AT_END };
    for (int i = 0; i < p->y.ticks; i++) {
        const double y = tg__axis_place(&p->y, p->y.tick[i].value);
        tg__canvas_line(p->canvas, grid, p->left, y, p->right, y);
        label.y = y + 4;
        label.text = p->y.tick[i].label;
        tg__canvas_text(p->canvas, label);
    }
    label.y = p->bottom + 18;
    label.anchor = TG__AT_MIDDLE;
    for (int i = 0; i < p->x.ticks; i++) {
        label.x = tg__axis_place(&p->x, p->x.tick[i].value);
        tg__canvas_line(p->canvas, grid, label.x, p->bottom, label.x, p->top);
        label.text = p->x.tick[i].label;
        tg__canvas_text(p->canvas, label);
    }
    if (args->x_label && *args->x_label)
        tg__canvas_text(p->canvas, (tg__label){ .x = (p->left + p->right) / 2,
                                                .y = p->bottom + NUMBERS_HEIGHT + 14,
                                                .text = args->x_label,
                                                .anchor = TG__AT_MIDDLE });
    if (args->y_label && *args->y_label)
        tg__canvas_text(p->canvas, (tg__label){ .x = MARGIN + 6,
                                                .y = (p->top + p->bottom) / 2,
                                                .text = args->y_label,
                                                .anchor = TG__AT_MIDDLE,
                                                .upward = true });
}

/* ---- Lines ------------------------------------------------------------------------------ */

/* A position on the page, and the index of the point there. */
typedef struct place {
    double x, y;
    int64_t i;
} place;

/* A line that is being drawn. Of successive points within one column of pixels it draws the first,
 * the last, the highest and the lowest: all the points cover the same pixels. */
typedef struct line {
    tg__canvas *canvas;
    bool begun, any; /* begun: the run has its first position; any: the column has a point */
    place first, last, lowest, highest;
} line;

static void put_place(line *l, const place *at)
{
    tg__canvas_path_point(l->canvas, at->x, at->y, l->begun);
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
    if (at.y > l->lowest.y) l->lowest = at; /* y grows downwards */
    if (at.y < l->highest.y) l->highest = at;
    l->last = at;
}

/* The points of a series in order, smoothed. */
typedef struct walk {
    const picture *p;
    const tg_series *series;
    double smooth, mean, weight;
} walk;

/* The position of the next point. False if it cannot be shown; the line is then interrupted. */
static bool next_place(walk *w, int64_t i, place *out)
{
    const double x = w->series->x[i], y = w->series->y[i];
    const tg_curves_args *args = w->p->args;
    if (!tg__axis_takes(args->log_x, x) || !tg__axis_takes(args->log_y, y)) return false;
    /* The shares add up to 1, so neither the products nor their sum overflow. */
    w->weight = w->smooth * w->weight + (1 - w->smooth);
    const double share = (1 - w->smooth) / w->weight;
    w->mean = share * y + (1 - share) * w->mean;
    *out = (place){ tg__axis_place(&w->p->x, x), tg__axis_place(&w->p->y, w->mean), i };
    return true;
}

static void draw_line(picture *p, int64_t k, double smooth, tg__pen_kind kind)
{
    walk w = { .p = p, .series = &p->args->series[k], .smooth = smooth };
    line l = { .canvas = p->canvas };
    tg__canvas_path_begin(p->canvas, pen_of(k, kind));
    for (int64_t i = 0; i < w.series->count; i++) {
        place at;
        if (next_place(&w, i, &at)) add_place(&l, at);
        else if (tg__axis_takes(p->args->log_x, w.series->x[i])) end_run(&l);
    }
    end_run(&l);
    tg__canvas_path_end(p->canvas);
}

/* Draws dots: for all points if there are few, else for points without a line to them. */
static void draw_dots(picture *p, int64_t k, double smooth)
{
    const tg_series *s = &p->args->series[k];
    walk w = { .p = p, .series = s, .smooth = smooth };
    double before = -1;
    bool alone = true;
    place at = { 0 }, pending = { 0 };
    bool waits = false; /* [pending] is the only point of its run so far */
    tg__canvas_dots_begin(p->canvas, (int)(k % TG__COLOURS));
    for (int64_t i = 0; i <= s->count; i++) {
        const bool there = i < s->count && next_place(&w, i, &at);
        if (there && s->count <= DOTTED_MOST) {
            tg__canvas_dot(p->canvas, at.x, at.y, 2.6);
            continue;
        }
        if (waits && !there && alone && floor(pending.x) != before) {
            tg__canvas_dot(p->canvas, pending.x, pending.y, 1.4);
            before = floor(pending.x);
        }
        alone = there && !waits;
        waits = there;
        pending = at;
    }
    tg__canvas_dots_end(p->canvas);
}

/* Draws crosses where the line is interrupted, no two of them closer than their width. */
static void draw_marks(picture *p, int64_t k)
{
    enum { SIZE = 3 };
    const tg_series *s = &p->args->series[k];
    double before[2] = { -HUGE_VAL, -HUGE_VAL };
    tg__canvas_path_begin(p->canvas, pen_of(k, TG__PEN_MARK));
    for (int64_t i = 0; i < s->count; i++) {
        if (!tg__axis_takes(p->args->log_x, s->x[i]) || tg__axis_takes(p->args->log_y, s->y[i]))
            continue;
        const bool low = isfinite(s->y[i]) || s->y[i] < 0;
        const double x = tg__axis_place(&p->x, s->x[i]);
        if (fabs(x - before[low]) < 2 * SIZE + 1) continue;
        before[low] = x;
        p->marked = true;
        tg__canvas_path_cross(p->canvas, x, low ? p->bottom - 2 * SIZE : p->top + 2 * SIZE, SIZE);
    }
    tg__canvas_path_end(p->canvas);
}

static void explain_marks(picture *p)
{
    if (!p->marked) return;
    tg__canvas_text(p->canvas,
                    (tg__label){ .x = p->right,
                                 .y = p->bottom + NUMBERS_HEIGHT + 14,
                                 .text = p->args->log_y ? "\xc3\x97 not finite, or not above 0"
                                                        : "\xc3\x97 not finite",
                                 .letters = TG__LETTERS_FAINT,
                                 .anchor = TG__AT_END });
}

/* With few points the exponential mean would lag too far behind, so they are not smoothed. */
static void draw_series(picture *p, int64_t k)
{
    const double smooth = p->args->series[k].count > DOTTED_MOST ? p->args->smooth : 0;
    if (smooth > 0) draw_line(p, k, 0, TG__PEN_PALE);
    draw_line(p, k, smooth, TG__PEN_LINE);
    draw_dots(p, k, smooth);
    draw_marks(p, k);
}

static tg_status draw_all(tg__canvas *canvas, const tg_curves_args *args)
{
    picture p = { .args = args, .canvas = canvas };
    make_axes(&p);
    plan_legend(&p);
    place_plot(&p);
    begin_page(&p);
    draw_axes(&p);
    for (int64_t k = 0; k < args->count; k++) draw_series(&p, k);
    explain_marks(&p);
    return tg__canvas_end(canvas);
}

/* ---- Public ----------------------------------------------------------------------------- */

static bool is_png(const char *path)
{
    const size_t length = path ? strlen(path) : 0;
    return length >= 4 && strcasecmp(path + length - 4, ".png") == 0;
}

static tg_status check_size(tg__report *report, const tg_curves_args *args)
{
    enum { SMALLEST = 200, LARGEST = 10000, SCALE_MOST = 8 };
    if (args->width < SMALLEST || args->width > LARGEST || args->height < SMALLEST ||
        args->height > LARGEST)
        return tg__complain(report, TG_ERR_ARGUMENT,
                            "a picture of %d x %d pixels; width and height are %d to %d",
                            args->width, args->height, SMALLEST, LARGEST);
    if (!(args->scale >= 1 && args->scale <= SCALE_MOST))
        return tg__complain(report, TG_ERR_ARGUMENT, ".scale = %g is not in [1, %d]", args->scale,
                            SCALE_MOST);
    if (is_png(args->path) && fmax(args->width, args->height) * args->scale > TG_CURVES_MAX_SIDE)
        return tg__complain(report, TG_ERR_ARGUMENT,
                            ".scale = %g times %d x %d pixels is more than the %d that a side of a "
                            "PNG may have here",
                            args->scale, args->width, args->height, TG_CURVES_MAX_SIDE);
    return TG_OK;
}

static tg_status check(tg__report *report, const tg_curves_args *args)
{
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
    return check_size(report, args);
}

static tg_status write_file(tg__report *report, const tg_io_layer *io, const tg__bytes *file)
{
    tg__sink sink;
    tg_status status = tg__sink_open(&sink, report, io, file->allocator);
    if (status == TG_OK) status = tg__sink_write(&sink, tg__bytes_data(file), tg__bytes_size(file));
    if (status == TG_OK) (void)tg__sink_commit(&sink);
    return tg__sink_close(&sink);
}

static tg_status draw(tg__canvas canvas, const tg_curves_args *args)
{
    return check(canvas.report, args) == TG_OK ? draw_all(&canvas, args) : canvas.report->status;
}

tg_status tg__curves_svg(tg__report *report, const tg_curves_args *args, tg__bytes *svg)
{
    return draw(tg__canvas_svg(report, svg), args);
}

tg_status tg_draw_curves_with(const tg_curves_args *given)
{
    tg_curves_args args = { TG_CURVES_DEFAULTS };
    if (!TG__IO_OPTIONS(args, given, "tg_draw_curves")) return TG_ERR_ARGUMENT;
    tg__report report = tg__report_new(args.at, "tg_draw_curves", args.path, args.error);
    tg__bytes file = { .allocator = tg__allocator_or_default(args.allocator) };
    const tg_status status = is_png(args.path)
                                 ? draw(tg__canvas_png(&report, &file, args.scale), &args)
                                 : tg__curves_svg(&report, &args, &file);
    if (status == TG_OK) (void)write_file(&report, args.io, &file);
    tg__bytes_free(&file);
    return report.status;
}
