/* picture.c: the learning curve and the test digits as one SVG file, which any browser opens.
 * Lengths are in pixels, from the top left. */
#include "picture.h"

#include <math.h>
#include <stdio.h>

enum { WIDTH = 960, HEIGHT = 756, LEFT = 48 };

#define INK   "#20252b"
#define FAINT "#6b7580"
#define TRAIN "#a3adb8"
#define TEST  "#1f6feb"
#define WRONG "#d1242f"

int64_t picture_next_wrong(const picture *p, int64_t at)
{
    while (at < p->digits && p->guess[at] == p->label[at]) at++;
    return at;
}

static void text(FILE *out, double x, double y, int size, const char *look, const char *words)
{
    fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" font-size=\"%d\" %s>%s</text>\n", x, y, size, look,
            words);
}

/* ---- Charts ---------------------------------------------------------------------------- */

/* A chart of two curves over the epochs: where it stands, and what its bottom and top mean. A
 * curve may leave it. */
typedef struct chart {
    const picture *p;
    double left, top, width, height;
    double low, high;
    double (*train)(const picture_point *);
    double (*test)(const picture_point *);
} chart;

/* Losses are drawn on a scale of logarithms: what matters of them is their order. */
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

/* A line across the chart, with its label to the left. */
static void draw_level(FILE *out, const chart *c, double value, const char *label)
{
    const double y = height_of(c, value);
    fprintf(out, "<path d=\"M%.1f %.1fh%.1f\" stroke=\"#e4e7eb\"/>\n", c->left, y, c->width);
    text(out, c->left - 8, y + 4, 12, "text-anchor=\"end\" fill=\"" FAINT "\"", label);
}

static void draw_curve(FILE *out, const chart *c, double (*value)(const picture_point *),
                       const char *colour)
{
    /* The inner svg cuts off what lies outside the chart. */
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
    text(out, c->left, c->top - 14, 15, "font-weight=\"600\"", title);
    text(out, right - 42, c->top - 14, 13, "text-anchor=\"end\" fill=\"" TRAIN "\"", "training");
    text(out, right, c->top - 14, 13, "text-anchor=\"end\" fill=\"" TEST "\"", "test");
    snprintf(last, sizeof last, "epoch %lld", (long long)c->p->epochs);
    text(out, c->left, bottom + 20, 12, "fill=\"" FAINT "\"", "epoch 1");
    text(out, right, bottom + 20, 12, "text-anchor=\"end\" fill=\"" FAINT "\"", last);
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

enum { DIGIT_SIZE = 60, DIGIT_STEP = 73, DIGITS_A_ROW = 12 };

static void draw_digit(FILE *out, const picture *p, int64_t digit, double x, double y)
{
    char caption[64];
    const float *ink = p->ink + digit * PICTURE_CELLS;
    const int label = (int)p->label[digit], guess = (int)p->guess[digit];
    const bool wrong = label != guess;
    fprintf(out,
            "<g transform=\"translate(%.1f %.1f) scale(7.5)\">"
            "<rect width=\"8\" height=\"8\" rx=\".4\" fill=\"#fff\" stroke=\"%s\" "
            "stroke-width=\"%s\"/>",
            x, y, wrong ? WRONG : "#d5dae0", wrong ? ".3" : ".12");
    for (int i = 0; i < PICTURE_CELLS; i++)
        if (ink[i] > 0)
            fprintf(out, "<path d=\"M%d %dh1v1h-1z\" opacity=\"%.2g\"/>", i % PICTURE_SIDE,
                    i / PICTURE_SIDE, fmin((double)ink[i] / PICTURE_INK, 1));
    fputs("</g>\n", out);
    snprintf(caption, sizeof caption, wrong ? "%d, is %d" : "%d", guess, label);
    text(out, x + DIGIT_SIZE / 2.0, y + DIGIT_SIZE + 18, 14,
         wrong ? "text-anchor=\"middle\" font-weight=\"600\" fill=\"" WRONG "\""
               : "text-anchor=\"middle\" fill=\"" FAINT "\"",
         caption);
}

static void draw_first_digits(FILE *out, const picture *p, double y)
{
    char words[96];
    const int64_t shown = p->digits < 2 * DIGITS_A_ROW ? p->digits : 2 * DIGITS_A_ROW;
    snprintf(words, sizeof words, "The first %d of %d test digits, and what the network says",
             (int)shown, (int)p->digits);
    text(out, LEFT, y, 15, "font-weight=\"600\"", words);
    for (int i = 0; i < shown; i++)
        draw_digit(out, p, i, LEFT + DIGIT_STEP * (i % DIGITS_A_ROW),
                   y + 14 + 88 * (i / DIGITS_A_ROW));
}

static void draw_wrong_digits(FILE *out, const picture *p, double y)
{
    char words[96];
    int wrong = 0;
    for (int64_t i = 0; (i = picture_next_wrong(p, i)) < p->digits; i++, wrong++)
        if (wrong < DIGITS_A_ROW) draw_digit(out, p, i, LEFT + DIGIT_STEP * wrong, y + 14);
    if (wrong > DIGITS_A_ROW)
        snprintf(words, sizeof words, "%d of the %d that it reads wrong", DIGITS_A_ROW, wrong);
    else if (wrong > 0)
        snprintf(words, sizeof words, "The %d that it reads wrong", wrong);
    else
        snprintf(words, sizeof words, "It reads none of them wrong");
    text(out, LEFT, y, 15, "font-weight=\"600\"", words);
}

/* ---- The file -------------------------------------------------------------------------- */

static void draw(FILE *out, const picture *p)
{
    char title[96];
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" "
            "height=\"%d\" font-family=\"system-ui, 'Segoe UI', Helvetica, Arial, sans-serif\" "
            "fill=\"" INK "\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"#fafbfc\"/>\n",
            WIDTH, HEIGHT, WIDTH, HEIGHT);
    snprintf(title, sizeof title, "%.1f %% of the test digits read right",
             100 * p->history[p->epochs - 1].test_accuracy);
    text(out, LEFT, 58, 28, "font-weight=\"700\"", title);
    text(out, LEFT, 84, 15, "fill=\"" FAINT "\"", p->subtitle);
    draw_loss(out, (chart){ .p = p, .left = 96, .top = 140, .width = 350, .height = 220 });
    draw_accuracy(out, (chart){ .p = p, .left = 548, .top = 140, .width = 364, .height = 220 });
    draw_first_digits(out, p, 428);
    draw_wrong_digits(out, p, 642);
    fputs("</svg>\n", out);
}

bool picture_write(const picture *p, const char *path)
{
    FILE *out = fopen(path, "w");
    if (!out) return false;
    draw(out, p);
    const bool failed = ferror(out);
    return fclose(out) == 0 && !failed;
}
