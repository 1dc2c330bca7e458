/* picture.h: the picture of the example "digits": the learning curve, and test digits with the
 * network's answers, as an SVG file (picture.c) and as text (sketch.c). */
#ifndef EXAMPLES_PICTURE_H
#define EXAMPLES_PICTURE_H

#include <stdbool.h>
#include <stdint.h>

/* The results of one epoch. */
typedef struct picture_point {
    double train_loss, train_accuracy, test_loss, test_accuracy;
} picture_point;

typedef struct picture {
    const char *subtitle;
    const picture_point *history; /* [epochs], at least one */
    int64_t epochs;
    const float *ink; /* [digits, 8, 8], from 0 to 16 */
    const int32_t *label;
    const int64_t *guess;
    int64_t digits;
} picture;

/* The index of the first wrong digit from [at] on; p->digits if there is none. */
int64_t picture_next_wrong(const picture *p, int64_t at);

/* Writes the file. False, with errno set, if it cannot be written. */
bool picture_write(const picture *p, const char *path);
/* Prints the picture as text to standard output, in 80 columns. */
void picture_sketch(const picture *p);

#endif
