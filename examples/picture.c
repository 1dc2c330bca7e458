/* picture.c: the learning curve and the test digits as one SVG file. */
#include "picture.h"
#include "common.h"
#include "svg.h"

#include <math.h>

#define TRAIN SVG_PALE
#define TEST  SVG_BLUE

int64_t picture_next_wrong(const picture *p, int64_t at)
{
    while (at < p->digits && p->guess[at] == p->label[at]) at++;
    return at;
}

/* ---- Charts ---------------------------------------------------------------------------- */

/* A chart of two curves over the epochs: its position, and the values at its bottom and top. A
 * curve may leave the chart. */
typedef struct chart {
    const picture *p;
    double left, top, width, height;
    double low, high;
    double (*train)(const picture_point *);
    double (*test)(const picture_point *);
} chart;

/* Losses are drawn on a logarithmic scale. */
static double log_loss(double loss) { return log10(fmin(fmax(loss, 1e-6), 1e3)); }
static double train_loss(const picture_point *at) { return log_loss(at->train_loss); }
static double test_loss(const picture_point *at) { return log_loss(at->test_loss); }
static double train_accuracy(const picture_point *at) { return at->train_accuracy; }
static double test_accuracy(const picture_point *at) { return at->test_accuracy; }

/* The least and the greatest value of a curve. */
static double lowest(const picture *p, double (*value)(const picture_point *))
{
    double low = INFINITY;
    for (int64_t i = 0; i < p->epochs; i++) low = fmin(low, value(&p->history[i]));
    return low;
}

static double highest(const picture *p, double (*value)(const picture_point *))
{
    double high = -INFINITY;
    for (int64_t i = 0; i < p->epochs; i++) high = fmax(high, value(&p->history[i]));
    return high;
}

static double height_of(const chart *c, double value)
{
    return c->top + c->height * (c->high - value) / (c->high - c->low);
}

static double place_of(const chart *c, int64_t epoch)
{
    if (c->p->epochs == 1) return c->left;
    return c->left + c->width * (double)epoch / (double)(c->p->epochs - 1);
}

/* Draws a line across the chart, with its label to the left. */
static void draw_level(FILE *out, const chart *c, double value, const char *label)
{
    const double y = height_of(c, value);
    fprintf(out, "<path d=\"M%.1f %.1fh%.1f\" stroke=\"#e4e7eb\"/>\n", c->left, y, c->width);
    svg_text(out, c->left - 8, y + 4, 12, "text-anchor=\"end\" fill=\"" SVG_FAINT "\"", label);
}

static void draw_curve(FILE *out, const chart *c, double (*value)(const picture_point *),
                       const char *colour)
{
    /* The inner svg element clips what is outside of the chart. */
    fprintf(out,
            "<svg x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
            "viewBox=\"%.1f %.1f %.1f %.1f\"><polyline points=\"",
            c->left - 5, c->top - 5, c->width + 10, c->height + 10, c->left - 5, c->top - 5,
            c->width + 10, c->height + 10);
    for (int64_t i = 0; i < c->p->epochs; i++)
        fprintf(out, "%.1f,%.1f ", place_of(c, i), height_of(c, value(&c->p->history[i])));
    fprintf(out,
            "\" fill=\"none\" stroke=\"%s\" stroke-width=\"2.5\" stroke-linejoin=\"round\"/>\n",
            colour);
    const int64_t last = c->p->epochs - 1;
    fprintf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"%s\"/></svg>\n", place_of(c, last),
            height_of(c, value(&c->p->history[last])), colour);
}

static void draw_curves(FILE *out, const chart *c, const char *title)
{
    char last[32];
    const double right = c->left + c->width, bottom = c->top + c->height;
    draw_curve(out, c, c->train, TRAIN);
    draw_curve(out, c, c->test, TEST);
    svg_heading(out, c->left, c->top - 14, title);
    svg_text(out, right - 42, c->top - 14, 13, "text-anchor=\"end\" fill=\"" TRAIN "\"",
             "training");
    svg_text(out, right, c->top - 14, 13, "text-anchor=\"end\" fill=\"" TEST "\"", "test");
    snprintf(last, sizeof last, "epoch %lld", (long long)c->p->epochs);
    svg_text(out, c->left, bottom + 20, 12, "fill=\"" SVG_FAINT "\"", "epoch 1");
    svg_text(out, right, bottom + 20, 12, "text-anchor=\"end\" fill=\"" SVG_FAINT "\"", last);
}

static void draw_loss(FILE *out, chart c)
{
    char label[32];
    c.train = train_loss;
    c.test = test_loss;
    c.low = floor(fmin(lowest(c.p, train_loss), lowest(c.p, test_loss)));
    c.high = fmax(ceil(fmax(highest(c.p, train_loss), highest(c.p, test_loss))), c.low + 1);
    for (double power = c.low; power <= c.high; power++) {
        snprintf(label, sizeof label, "%g", pow(10, power));
        draw_level(out, &c, power, label);
    }
    draw_curves(out, &c, "Loss");
}

static void draw_accuracy(FILE *out, chart c)
{
    static const int steps[] = { 1, 2, 5, 10, 20 }; /* percent between two levels */
    char label[32];
    int choice = 0;
    c.train = train_accuracy;
    c.test = test_accuracy;
    const double percent = 100 * fmin(lowest(c.p, test_accuracy), 0.98);
    while (choice < 4 && 100 - percent > 5 * steps[choice]) choice++;
    const int step = steps[choice], low = (int)(percent / step) * step;
    c.low = low / 100.0;
    c.high = 1;
    for (int level = 100; level >= low; level -= step) {
        snprintf(label, sizeof label, "%d%%", level);
        draw_level(out, &c, level / 100.0, label);
    }
    draw_curves(out, &c, "Accuracy");
}

/* ---- Digits ---------------------------------------------------------------------------- */

static void draw_digit(FILE *out, const picture *p, int64_t digit, double x, double y)
{
    char caption[64];
    const int label = (int)p->label[digit], guess = (int)p->guess[digit];
    const bool wrong = label != guess;
    svg_digit(out, x, y, p->ink + digit * DIGIT_CELLS, wrong);
    snprintf(caption, sizeof caption, wrong ? "%d, is %d" : "%d", guess, label);
    svg_text(out, x + SVG_DIGIT_SIZE / 2.0, y + SVG_DIGIT_SIZE + 18, 14,
             wrong ? "text-anchor=\"middle\" font-weight=\"600\" fill=\"" SVG_RED "\""
                   : "text-anchor=\"middle\" fill=\"" SVG_FAINT "\"",
             caption);
}

static void draw_first_digits(FILE *out, const picture *p, double y)
{
    char words[96];
    const int64_t shown = p->digits < 2 * SVG_DIGITS_A_ROW ? p->digits : 2 * SVG_DIGITS_A_ROW;
    snprintf(words, sizeof words, "The first %d of %d test digits, and what the network says",
             (int)shown, (int)p->digits);
    svg_heading(out, SVG_LEFT, y, words);
    for (int i = 0; i < shown; i++)
        draw_digit(out, p, i, SVG_LEFT + SVG_DIGIT_STEP * (i % SVG_DIGITS_A_ROW),
                   y + 14 + 88 * (i / SVG_DIGITS_A_ROW));
}

static void draw_wrong_digits(FILE *out, const picture *p, double y)
{
    char words[96];
    int wrong = 0;
    for (int64_t i = 0; (i = picture_next_wrong(p, i)) < p->digits; i++, wrong++)
        if (wrong < SVG_DIGITS_A_ROW)
            draw_digit(out, p, i, SVG_LEFT + SVG_DIGIT_STEP * wrong, y + 14);
    if (wrong > SVG_DIGITS_A_ROW)
        snprintf(words, sizeof words, "%d of the %d that it reads wrong", SVG_DIGITS_A_ROW, wrong);
    else if (wrong > 0) snprintf(words, sizeof words, "The %d that it reads wrong", wrong);
    else snprintf(words, sizeof words, "It reads none of them wrong");
    svg_heading(out, SVG_LEFT, y, words);
}

/* ---- The file -------------------------------------------------------------------------- */

bool picture_write(const picture *p, const char *path)
{
    char title[96];
    snprintf(title, sizeof title, "%.1f %% of the test digits read right",
             100 * p->history[p->epochs - 1].test_accuracy);
    FILE *out = svg_open(path, 756, title, p->subtitle);
    if (!out) return false;
    draw_loss(out, (chart){ .p = p, .left = 96, .top = 140, .width = 350, .height = 220 });
    draw_accuracy(out, (chart){ .p = p, .left = 548, .top = 140, .width = 364, .height = 220 });
    draw_first_digits(out, p, 428);
    draw_wrong_digits(out, p, 642);
    return svg_close(out);
}
