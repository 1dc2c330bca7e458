/* plot.c: keeps what is drawn, panel by panel, and writes it when the ranges of all axes are known.
 */
#include "plot.h"

#include <tapegrad.h>

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_PANELS = 60, MOST_ITEMS = 40, MOST_TICKS = 8, NAME = 80, COLOURS = 8 };
enum { LEFT = 58, RIGHT = 14, TOP = 52, BOTTOM = 46, HEAD = 54 }; /* pixels */

typedef enum item_kind { LINE, DOTS, BARS, FIELD, IMAGE } item_kind;

typedef struct item {
    item_kind kind;
    char name[NAME]; /* "": none */
    int colour;
    int64_t count, rows, columns;
    double *x, *y; /* of lines and dots; y alone of the others */
    double low, high;
    bool is_signed;
} item;

typedef struct range {
    double low, high;
    bool given, logarithmic;
} range;

typedef struct panel {
    char title[NAME], x_label[NAME], y_label[NAME];
    char (*names)[NAME]; /* of bars */
    range x, y;
    item items[MOST_ITEMS];
    int count, colours;
} panel;

struct plot {
    char title[160];
    int columns, count;
    bool failed;
    panel *panels[MOST_PANELS];
};

static const char *const colours[COLOURS] = { "#1f6feb", "#d9641c", "#1a7f37", "#8250df",
                                              "#cf222e", "#0a8ea0", "#9a6700", "#57606a" };

/* ---- Keeping -------------------------------------------------------------------------------- */

static void copy_text(char *out, size_t size, const char *text)
{
    (void)snprintf(out, size, "%s", text ? text : "");
}

plot *plot_new(const char *title, int columns)
{
    plot *p = calloc(1, sizeof *p);
    if (!p) return NULL;
    copy_text(p->title, sizeof p->title, title);
    p->columns = columns < 1 ? 1 : columns > 6 ? 6 : columns;
    return p;
}

void plot_free(plot *p)
{
    if (!p) return;
    for (int i = 0; i < p->count; i++) {
        for (int k = 0; k < p->panels[i]->count; k++) {
            free(p->panels[i]->items[k].x);
            free(p->panels[i]->items[k].y);
        }
        free(p->panels[i]->names);
        free(p->panels[i]);
    }
    free(p);
}

void plot_panel(plot *p, const char *title, const char *x_label, const char *y_label)
{
    panel *made = p && p->count < MOST_PANELS ? calloc(1, sizeof *made) : NULL;
    if (!made) {
        if (p) p->failed = true;
        return;
    }
    copy_text(made->title, NAME, title);
    copy_text(made->x_label, NAME, x_label);
    copy_text(made->y_label, NAME, y_label);
    p->panels[p->count++] = made;
}

static panel *at_hand(plot *p) { return p && p->count > 0 ? p->panels[p->count - 1] : NULL; }

void plot_log_x(plot *p)
{
    if (at_hand(p)) at_hand(p)->x.logarithmic = true;
}

void plot_log_y(plot *p)
{
    if (at_hand(p)) at_hand(p)->y.logarithmic = true;
}

static void set_range(range *r, double low, double high)
{
    r->low = low;
    r->high = high;
    r->given = true;
}

void plot_x_range(plot *p, double low, double high)
{
    if (at_hand(p)) set_range(&at_hand(p)->x, low, high);
}

void plot_y_range(plot *p, double low, double high)
{
    if (at_hand(p)) set_range(&at_hand(p)->y, low, high);
}

static double *copy_numbers(plot *p, const double *numbers, int64_t count)
{
    double *copy = malloc((size_t)(count > 0 ? count : 1) * sizeof *copy);
    if (!copy) p->failed = true;
    else if (count > 0) memcpy(copy, numbers, (size_t)count * sizeof *copy);
    return copy;
}

/* A new item of the panel at hand; NULL if there is no room. */
static item *add_item(plot *p, item_kind kind, const char *name)
{
    panel *at = at_hand(p);
    if (!at || at->count == MOST_ITEMS) {
        if (p) p->failed = true;
        return NULL;
    }
    item *made = &at->items[at->count++];
    *made = (item){ .kind = kind, .colour = -1 };
    copy_text(made->name, NAME, name);
    for (int i = 0; i + 1 < at->count && *made->name; i++)
        if (strcmp(at->items[i].name, made->name) == 0) made->colour = at->items[i].colour;
    if (made->colour < 0 && kind <= BARS) made->colour = at->colours++ % COLOURS;
    return made;
}

static void add_points(plot *p, item_kind kind, const char *name, const double *x, const double *y,
                       int64_t count)
{
    item *made = add_item(p, kind, name);
    if (!made) return;
    made->x = copy_numbers(p, x, count);
    made->y = copy_numbers(p, y, count);
    made->count = made->x && made->y ? count : 0;
}

void plot_line(plot *p, const char *name, const double *x, const double *y, int64_t count)
{
    add_points(p, LINE, name, x, y, count);
}

void plot_dots(plot *p, const char *name, const double *x, const double *y, int64_t count)
{
    add_points(p, DOTS, name, x, y, count);
}

void plot_curve(plot *p, const char *name, const double *y, int64_t count)
{
    item *made = add_item(p, LINE, name);
    if (!made) return;
    made->x = copy_numbers(p, y, count);
    made->y = copy_numbers(p, y, count);
    made->count = made->x && made->y ? count : 0;
    for (int64_t i = 0; i < made->count; i++) made->x[i] = (double)i;
}

void plot_bars(plot *p, const char *const *names, const double *values, int count)
{
    item *made = add_item(p, BARS, NULL);
    if (!made) return;
    panel *at = at_hand(p);
    made->y = copy_numbers(p, values, count);
    if (!at->names) at->names = calloc((size_t)count + 1, sizeof *at->names);
    if (!made->y || !at->names) return;
    for (int i = 0; i < count; i++) copy_text(at->names[i], NAME, names[i]);
    made->count = count;
}

static void add_cells(plot *p, item_kind kind, const double *values, int rows, int columns,
                      double low, double high, bool is_signed)
{
    item *made = add_item(p, kind, NULL);
    if (!made) return;
    made->y = copy_numbers(p, values, (int64_t)rows * columns);
    made->rows = made->y ? rows : 0;
    made->columns = columns;
    made->low = low;
    made->high = high;
    made->is_signed = is_signed;
}

void plot_field(plot *p, const double *values, int rows, int columns, double low, double high)
{
    add_cells(p, FIELD, values, rows, columns, low, high, true);
}

void plot_image(plot *p, const double *values, int rows, int columns, double low, double high,
                bool is_signed)
{
    add_cells(p, IMAGE, values, rows, columns, low, high, is_signed);
}

/* ---- Axes ----------------------------------------------------------------------------------- */

static bool shows(const range *r, double value)
{
    return isfinite(value) && (!r->logarithmic || value > 0);
}

static void widen(range *r, double value)
{
    if (r->given || !shows(r, value)) return;
    r->low = fmin(r->low, value);
    r->high = fmax(r->high, value);
}

/* The ranges of a panel, from what is in it, with a little room. */
static void find_ranges(panel *at)
{
    range *const both[] = { &at->x, &at->y };
    for (int k = 0; k < 2; k++)
        if (!both[k]->given) {
            both[k]->low = HUGE_VAL;
            both[k]->high = -HUGE_VAL;
        }
    for (int i = 0; i < at->count; i++) {
        const item *one = &at->items[i];
        for (int64_t k = 0; k < one->count; k++) {
            if (one->kind == BARS) widen(&at->y, one->y[k]), widen(&at->y, 0);
            else if (shows(&at->x, one->x[k]) && shows(&at->y, one->y[k]))
                widen(&at->x, one->x[k]), widen(&at->y, one->y[k]);
        }
        if (one->kind == BARS) widen(&at->x, 0), widen(&at->x, (double)one->count);
    }
    for (int k = 0; k < 2; k++) {
        range *r = both[k];
        if (!(r->low < HUGE_VAL)) r->low = r->logarithmic ? 1 : 0, r->high = 1;
        if (r->given) continue;
        if (r->logarithmic) {
            const double room = r->high > r->low ? pow(r->high / r->low, 0.04) : 2;
            r->low /= room;
            r->high *= room;
        } else if (k == 1 || r->high == r->low) {
            const double room = r->high > r->low ? (r->high - r->low) * 0.05 : 0.5;
            r->low -= r->low == 0 && k == 1 && at->items[0].kind == BARS ? 0 : room;
            r->high += room;
        }
    }
}

/* Where between 0 and 1. */
static double share(const range *r, double value)
{
    if (r->logarithmic) return log(value / r->low) / log(r->high / r->low);
    return (value - r->low) / (r->high - r->low);
}

/* Round numbers in the range; how many. */
static int find_ticks(const range *r, double ticks[MOST_TICKS])
{
    int count = 0;
    if (r->logarithmic) {
        const int from = (int)ceil(log10(r->low) - 1e-9), to = (int)floor(log10(r->high) + 1e-9);
        const int step = 1 + (to - from) / 6;
        for (int e = from; e <= to && count < MOST_TICKS; e += step) ticks[count++] = pow(10, e);
        return count;
    }
    const double rough = (r->high - r->low) / 5, power = pow(10, floor(log10(rough)));
    const double step = power * (rough < 2 * power ? 2 : rough < 5 * power ? 5 : 10);
    for (double at = ceil(r->low / step - 1e-9) * step; at <= r->high + 1e-9 * step; at += step)
        if (count < MOST_TICKS) ticks[count++] = fabs(at) < step * 1e-6 ? 0 : at;
    return count;
}

/* ---- Writing -------------------------------------------------------------------------------- */

static void print(FILE *out, const char *format, ...) TG_PRINTF(2, 3);

/* fprintf, with points in every locale: numbers are made by tg_format before. */
static void print(FILE *out, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    (void)vfprintf(out, format, list);
    va_end(list);
}

/* A number as text; good until the eighth call after. */
static const char *number(double value, const char *format)
{
    static char texts[8][32];
    static int last;
    last = (last + 1) % 8;
    (void)tg_format(texts[last], sizeof texts[last], format, value);
    return texts[last];
}
static const char *place(double value) { return number(value, "%.1f"); }

static void print_words(FILE *out, const char *words)
{
    for (; *words; words++) {
        if (*words == '<') fputs("&lt;", out);
        else if (*words == '>') fputs("&gt;", out);
        else if (*words == '&') fputs("&amp;", out);
        else fputc(*words, out);
    }
}

static void print_text(FILE *out, double x, double y, const char *look, const char *words)
{
    print(out, "<text x=\"%s\" y=\"%s\" %s>", place(x), place(y), look);
    print_words(out, words);
    fputs("</text>\n", out);
}

/* The plot area of a panel, in pixels. */
typedef struct area {
    double left, top, width, height;
} area;

static double to_x(const panel *at, area a, double x)
{
    return a.left + a.width * share(&at->x, x);
}
static double to_y(const panel *at, area a, double y)
{
    return a.top + a.height * (1 - share(&at->y, y));
}

static void draw_axes(FILE *out, const panel *at, area a)
{
    double ticks[MOST_TICKS];
    const bool bars = at->items[0].kind == BARS && at->count > 0;
    for (int i = bars ? 0 : find_ticks(&at->x, ticks); i-- > 0;) {
        const double x = to_x(at, a, ticks[i]);
        print(out, "<path class=\"g\" d=\"M%s %sv%s\"/>\n", place(x), place(a.top),
              place(a.height));
        print_text(out, x, a.top + a.height + 15, "class=\"f\" text-anchor=\"middle\"",
                   number(ticks[i], "%.4g"));
    }
    for (int i = find_ticks(&at->y, ticks); i-- > 0;) {
        const double y = to_y(at, a, ticks[i]);
        print(out, "<path class=\"g\" d=\"M%s %sh%s\"/>\n", place(a.left), place(y),
              place(a.width));
        print_text(out, a.left - 6, y + 4, "class=\"f\" text-anchor=\"end\"",
                   number(ticks[i], "%.4g"));
    }
    print_text(out, a.left + a.width / 2, a.top + a.height + 32,
               "class=\"f\" text-anchor=\"middle\"", at->x_label);
    if (!*at->y_label) return;
    char look[120];
    (void)snprintf(look, sizeof look,
                   "class=\"f\" text-anchor=\"middle\" transform=\"rotate(-90 %s %s)\"",
                   place(a.left - 44), place(a.top + a.height / 2));
    print_text(out, a.left - 44, a.top + a.height / 2, look, at->y_label);
}

static void draw_points(FILE *out, const panel *at, area a, const item *one)
{
    bool joined = false;
    const char *colour = colours[one->colour];
    if (one->kind == LINE)
        print(out, "<path fill=\"none\" stroke=\"%s\" stroke-width=\"1.6\" d=\"", colour);
    else print(out, "<g fill=\"%s\" fill-opacity=\".75\">\n", colour);
    for (int64_t k = 0; k < one->count; k++) {
        const bool inside = shows(&at->x, one->x[k]) && shows(&at->y, one->y[k]);
        const double x = inside ? to_x(at, a, one->x[k]) : 0,
                     y = inside ? to_y(at, a, one->y[k]) : 0;
        if (inside && one->kind == LINE)
            print(out, "%c%s %s", joined ? 'L' : 'M', place(x), place(y));
        else if (inside && x >= a.left - 1 && x <= a.left + a.width + 1 && y >= a.top - 1 &&
                 y <= a.top + a.height + 1)
            print(out, "<circle cx=\"%s\" cy=\"%s\" r=\"2.6\"/>\n", place(x), place(y));
        joined = inside;
    }
    fputs(one->kind == LINE ? "\"/>\n" : "</g>\n", out);
}

static void draw_bars(FILE *out, const panel *at, area a, const item *one)
{
    const double step = a.width / (double)(one->count > 0 ? one->count : 1);
    const double zero = to_y(at, a, at->y.logarithmic ? at->y.low : fmax(at->y.low, 0));
    for (int64_t k = 0; k < one->count; k++) {
        const double left = a.left + step * (double)k, x = left + step / 2;
        const double y = shows(&at->y, one->y[k]) ? to_y(at, a, one->y[k]) : zero;
        print(out, "<rect x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" fill=\"%s\"/>\n",
              place(left + step * 0.15), place(fmin(y, zero)), place(step * 0.7),
              place(fabs(zero - y)), colours[one->colour]);
        print_text(out, x, fmin(y, zero) - 4, "class=\"f\" text-anchor=\"middle\"",
                   number(one->y[k], "%.3g"));
        print_text(out, x, a.top + a.height + 15, "class=\"f\" text-anchor=\"middle\"",
                   at->names[k]);
    }
}

/* Blue, white, orange; or grey. */
static void print_colour(FILE *out, const item *one, double value)
{
    double t = one->high > one->low ? (value - one->low) / (one->high - one->low) : 0.5;
    t = t > 0 ? t < 1 ? t : 1 : 0;
    if (!isfinite(value)) t = 0.5;
    static const double ends[2][3] = { { 31, 111, 235 }, { 217, 100, 28 } };
    int rgb[3];
    for (int i = 0; i < 3; i++) {
        const double part = fabs(2 * t - 1), end = ends[t > 0.5][i];
        rgb[i] = (int)(one->is_signed ? 255 + (end - 255) * part + 0.5 : 255 * t + 0.5);
    }
    print(out, "#%02x%02x%02x", (unsigned)rgb[0], (unsigned)rgb[1], (unsigned)rgb[2]);
}

static void draw_cells(FILE *out, area a, const item *one)
{
    const bool up = one->kind == FIELD;
    double width = a.width / (double)one->columns, height = a.height / (double)one->rows;
    double left = a.left, top = a.top;
    if (!up) { /* square cells, in the middle */
        width = height = fmin(width, height);
        left += (a.width - width * (double)one->columns) / 2;
        top += (a.height - height * (double)one->rows) / 2;
    }
    fputs("<g shape-rendering=\"crispEdges\">\n", out);
    for (int64_t r = 0; r < one->rows; r++)
        for (int64_t c = 0; c < one->columns; c++) {
            const double y =
                up ? a.top + a.height - height * (double)(r + 1) : top + height * (double)r;
            print(out, "<path d=\"M%s %sh%sv%sh-%sz\" fill=\"",
                  number(left + width * (double)c, "%.2f"), number(y, "%.2f"),
                  number(width, "%.2f"), number(height, "%.2f"), number(width, "%.2f"));
            print_colour(out, one, one->y[r * one->columns + c]);
            fputs("\"/>\n", out);
        }
    fputs("</g>\n", out);
}

static void draw_legend(FILE *out, const panel *at, area a)
{
    double x = a.left;
    for (int i = 0; i < at->count; i++) {
        const item *one = &at->items[i];
        bool before = !*one->name;
        for (int k = 0; k < i; k++) before = before || strcmp(at->items[k].name, one->name) == 0;
        if (before) continue;
        print(out, "<circle cx=\"%s\" cy=\"%s\" r=\"4\" fill=\"%s\"/>\n", place(x + 4),
              place(a.top - 11), colours[one->colour]);
        print_text(out, x + 12, a.top - 7, "class=\"f\"", one->name);
        x += 24 + 6.4 * (double)strlen(one->name);
    }
}

/* [whole]: the panel, with what stands around its plot. */
static void draw_panel(FILE *out, panel *at, area whole, int id)
{
    const double left = whole.left, top = whole.top;
    area a = { left + LEFT, top + TOP, whole.width - LEFT - RIGHT, whole.height - TOP - BOTTOM };
    const bool image = at->count > 0 && at->items[0].kind == IMAGE;
    if (image) a = (area){ left + RIGHT, top + 30, whole.width - 2 * RIGHT, whole.height - 40 };
    find_ranges(at);
    print_text(out, left + (image ? RIGHT : LEFT), top + 20, "class=\"h\"", at->title);
    print(out,
          "<clipPath id=\"c%d\"><rect x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\"/></clipPath>\n",
          id, place(a.left), place(a.top), place(a.width), place(a.height));
    for (int i = 0; i < at->count; i++)
        if (at->items[i].kind >= FIELD) draw_cells(out, a, &at->items[i]);
    if (!image) draw_axes(out, at, a);
    for (int i = 0; i < at->count; i++) {
        const item *one = &at->items[i];
        if (one->kind == BARS) draw_bars(out, at, a, one);
        if (one->kind > DOTS) continue;
        print(out, "<g clip-path=\"url(#c%d)\">\n", id);
        draw_points(out, at, a, one);
        fputs("</g>\n", out);
    }
    draw_legend(out, at, a);
}

bool plot_write(const plot *p, const char *path)
{
    FILE *out = p && !p->failed ? fopen(path, "w") : NULL;
    if (!out) return false;
    static const int widths[] = { 640, 430, 340 }, heights[] = { 380, 300, 260 };
    const int size = p->columns < 3 ? p->columns - 1 : 2,
              across = p->count < p->columns ? (p->count > 0 ? p->count : 1) : p->columns;
    const int down = (p->count + p->columns - 1) / p->columns;
    const int width = across * widths[size], height = HEAD + down * heights[size];
    print(out,
          "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" "
          "height=\"%d\" "
          "font-family=\"system-ui, 'Segoe UI', Helvetica, Arial, sans-serif\" font-size=\"12\">\n"
          "<style>.p{fill:#fff}.h,.t{fill:#1f2328}.t{font-size:17px;font-weight:600}"
          ".h{font-size:13px;font-weight:600}.f{fill:#59636e;font-size:11px}"
          ".g{stroke:#d1d9e0;stroke-width:1;fill:none}"
          "@media (prefers-color-scheme:dark){.p{fill:#0d1117}.h,.t{fill:#e6edf3}.f{fill:#9198a1}"
          ".g{stroke:#30363d}}</style>\n<rect class=\"p\" width=\"100%%\" height=\"100%%\"/>\n",
          width, height, width, height);
    print_text(out, RIGHT, 32, "class=\"t\"", p->title);
    for (int i = 0; i < p->count; i++)
        draw_panel(out, p->panels[i],
                   (area){ i % p->columns * widths[size], HEAD + i / p->columns * heights[size],
                           widths[size], heights[size] },
                   i);
    fputs("</svg>\n", out);
    const bool failed = ferror(out);
    return fclose(out) == 0 && !failed;
}
