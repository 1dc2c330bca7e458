/* sketch.c: the learning curve and four test digits as text for a terminal, in block characters. */
#include "picture.h"
#include "common.h"
#include "svg.h"

#include <math.h>
#include <stdio.h>

enum { COLUMNS = 60, ROWS = 6, EIGHTHS = 8 };

/* ---- The learning curve ------------------------------------------------------------------ */

/* The bottom of the chart: the largest tenth below all accuracies. */
static double lowest_tenth(const picture *p)
{
    double low = 0.9;
    for (int64_t i = 0; i < p->epochs; i++)
        low = fmin(low, floor(10 * fmax(p->history[i].test_accuracy, 0)) / 10);
    return low;
}

/* The character for the part of a column of [height] eighths that is in a row, counted from the
 * bottom. */
static const char *block(int height, int row)
{
    static const char *const blocks[EIGHTHS + 1] = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
    const int part = height - row * EIGHTHS;
    return blocks[part < 0 ? 0 : part > EIGHTHS ? EIGHTHS : part];
}

static void sketch_curve(const picture *p)
{
    const double low = lowest_tenth(p);
    /* An epoch takes several columns; if there are too many epochs, some are left out. */
    const int64_t wide = p->epochs < COLUMNS ? COLUMNS / p->epochs : 1;
    const int columns = (int)(p->epochs < COLUMNS ? wide * p->epochs : COLUMNS);
    printf("\nTest accuracy, epoch by epoch\n\n");
    for (int row = ROWS - 1; row >= 0; row--) {
        if (row == ROWS - 1) printf("  100%% ");
        else if (row == 0) printf("  %3.0f%% ", 100 * low);
        else printf("       ");
        for (int column = 0; column < columns; column++) {
            const int64_t epoch = column * p->epochs / columns;
            const double share = (p->history[epoch].test_accuracy - low) / (1 - low);
            fputs(block((int)(ROWS * EIGHTHS * fmax(share, 0) + 0.5), row), stdout);
        }
        putchar('\n');
    }
    printf("       1%*d\n", columns - 1, (int)p->epochs);
}

/* ---- Digits ---------------------------------------------------------------------------- */

enum { SKETCHED = 4, DIGIT_COLUMNS = 2 * DIGIT_SIDE + 2 };

static void sketch_digits(const picture *p, const int64_t *digits, int count)
{
    static const char *const shades[] = { "  ", "░░", "▒▒", "▓▓", "██" };
    putchar('\n');
    for (int row = 0; row < DIGIT_SIDE; row++) {
        for (int i = 0; i < count; i++) {
            const float *ink = p->ink + digits[i] * DIGIT_CELLS + row * DIGIT_SIDE;
            fputs("  ", stdout);
            for (int column = 0; column < DIGIT_SIDE; column++)
                fputs(shades[(int)fmin(fmax((double)ink[column] / 4 + 0.5, 0), 4)], stdout);
        }
        putchar('\n');
    }
    for (int i = 0; i < count; i++) {
        char caption[64];
        const int label = (int)p->label[digits[i]], guess = (int)p->guess[digits[i]];
        snprintf(caption, sizeof caption, label == guess ? "read as %d" : "read as %d, is %d",
                 guess, label);
        printf("  %-*s", DIGIT_COLUMNS - 2, caption);
    }
    printf("\n\n");
}

void picture_sketch(const picture *p)
{
    int64_t digits[SKETCHED];
    const int count = p->digits < SKETCHED ? (int)p->digits : SKETCHED;
    for (int i = 0; i < count; i++) digits[i] = i;
    const int64_t wrong = picture_next_wrong(p, 0);
    if (wrong >= count && wrong < p->digits) digits[count - 1] = wrong; /* a wrong one */
    sketch_curve(p);
    sketch_digits(p, digits, count);
}
