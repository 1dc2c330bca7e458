/* gan_data.h: the distribution that the example "gan" learns, and a score for samples. */
#ifndef EXAMPLES_GAN_DATA_H
#define EXAMPLES_GAN_DATA_H

#include <tapegrad.h>

/* A distribution: one of the points, all equally likely, plus normal noise. */
typedef struct gan_data {
    tg_dataset points; /* x [rows, columns], y [rows]: the class of each point */
    int64_t classes;
    double deviation; /* of the noise in each column */
    double reach;     /* a sample is good if a point is at most as far away */
    bool bounded;     /* all values are in [-1, 1] */
} gan_data;

/* Eight Gaussians on a circle; each is a class. */
tg_status gan_data_circle(gan_data *out, tg_error *error);
/* The digits of a CSV file, with ink from -1 to 1. The reach is such that 99 of 100 digits are
 * within reach of another one. */
tg_status gan_data_digits(gan_data *out, const char *path, tg_error *error);
void gan_data_free(gan_data *data);

int64_t gan_data_columns(const gan_data *data);
/* Draws [rows, columns]. [points] is an input that was fed with the data's points. */
tg_tensor *gan_data_draw(const gan_data *data, tg_tensor *points, int64_t rows);

typedef struct gan_score {
    double good; /* share of good samples */
    int64_t hit; /* classes with at least a quarter of an equal share of good samples */
} gan_score;

gan_score gan_data_judge(const gan_data *data, const float *samples, int64_t count);

#endif
