/* digit_cnn.h: a small convolutional network that classifies digits, for the examples that show
 * what is inside of one: the data, the network, its training. */
#ifndef EXAMPLES_DIGIT_CNN_H
#define EXAMPLES_DIGIT_CNN_H

#include "common.h"

enum { DIGIT_MAPS = 8 };

/* Square images of digits; x is [rows, ...] with side * side elements a row. */
typedef struct digit_data {
    tg_dataset learn, test;
    int64_t side;
    double black; /* the value of black */
} digit_data;

/* Loads the 1,797 digits of 8x8 that come with Tapegrad, the last fifth as test set; or MNIST,
 * 28x28, from its four files in [folder], if that is not NULL. */
tg_status digit_data_load(digit_data *out, const char *folder, uint64_t seed, tg_error *error);
void digit_data_free(digit_data *data);
/* Copies row [row] of the test set as the network's input: side * side numbers in [0, 1]. */
void digit_data_image(const digit_data *data, int64_t row, float *ink);

/* Two convolutions of 8 and 24 channels, each with ReLU and max pooling, and a linear layer. */
typedef struct digit_cnn {
    tg_conv conv1, conv2;
    tg_linear out;
} digit_cnn;

/* The kernels of the first convolution are 3x3 for small images, else 5x5. */
digit_cnn digit_cnn_new(tg_store *store, int64_t side);
/* The logits [rows, 10] of [ink], [rows, 1, side, side] in [0, 1]. */
tg_tensor *digit_cnn_logits(const digit_cnn *net, tg_tensor *ink);

typedef struct digit_course {
    int64_t epochs; /* 0: 30 for small images, else 1 */
    int64_t threads;
    uint64_t seed; /* of the order of the batches */
} digit_course;

/* Trains, with a progress bar; *accuracy receives the accuracy on the test set. Returns main's
 * result: 1 on an error, which is printed. */
int digit_cnn_train(tg_store *store, const digit_cnn *net, const digit_data *data,
                    digit_course course, double *accuracy);

#endif
