/* gan_data.h: what the gan example imitates, and how good an imitation is. */
#ifndef EXAMPLES_GAN_DATA_H
#define EXAMPLES_GAN_DATA_H

#include <tapegrad.h>

/* A distribution: one of [points], each as likely as another, blurred by noise. */
typedef struct gan_data {
    tg_dataset points; /* x [rows, columns], y [rows]: which class it is of */
    int64_t classes;
    double deviation; /* of the noise in each column */
    double reach;     /* a good sample is no farther from the nearest point */
    bool bounded;     /* all of it is within -1 and 1 */
} gan_data;

/* Eight Gaussians on a circle: each is a class. */
tg_status gan_data_circle(gan_data *out, tg_error *error);
/* The digits of a CSV file, their ink from -1 to 1. Of every 100 of them 99 are within reach of
 * another. */
tg_status gan_data_digits(gan_data *out, const char *path, tg_error *error);
void gan_data_free(gan_data *data);

int64_t gan_data_columns(const gan_data *data);
/* [rows] draws: [rows, columns]. [points] is an input, fed with the data's points. */
tg_tensor *gan_data_draw(const gan_data *data, tg_tensor *points, int64_t rows);

typedef struct gan_score {
    double good; /* the share of good samples */
    int64_t hit; /* classes that are the nearest of at least a quarter of their share of samples,
                    all of them good */
} gan_score;

gan_score gan_data_judge(const gan_data *data, const float *samples, int64_t count);

#endif
