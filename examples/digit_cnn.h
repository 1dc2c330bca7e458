/* digit_cnn.h: a small convolutional network that reads digits, for the examples that look into
 * one: the data, the network, its training. */
#ifndef EXAMPLES_DIGIT_CNN_H
#define EXAMPLES_DIGIT_CNN_H

#include "common.h"

enum { DIGIT_MAPS = 8 };

/* Square images of digits; x of each is [rows, ...] with side * side elements a row. */
typedef struct digit_data {
    tg_dataset learn, test;
    int64_t side;
    double black; /* the value of full ink */
} digit_data;

/* The 1,797 digits of 8x8 that come with Tapegrad, the last fifth for testing; or MNIST, 28x28,
 * from its four files in [folder], if that is not NULL. */
tg_status digit_data_load(digit_data *out, const char *folder, uint64_t seed, tg_error *error);
void digit_data_free(digit_data *data);
/* Row [row] of the test set as it is fed to the network: side * side numbers from 0 to 1. */
void digit_data_image(const digit_data *data, int64_t row, float *ink);

/* Two convolutions of 8 and 24 maps, each with ReLU and max pooling, and a linear layer. */
typedef struct digit_cnn {
    tg_conv conv1, conv2;
    tg_linear out;
} digit_cnn;

/* The windows of the first convolution are of 3x3 for small images, else of 5x5. */
digit_cnn digit_cnn_new(tg_store *store, int64_t side);
/* [ink] is [rows, 1, side, side], from 0 to 1; the result is [rows, 10], un-normalised. */
tg_tensor *digit_cnn_logits(const digit_cnn *net, tg_tensor *ink);

typedef struct digit_course {
    int64_t epochs; /* 0: 30 for small images, else 1 */
    int64_t threads;
    uint64_t seed; /* of the order */
} digit_course;

/* Trains, with a progress bar, and puts the accuracy on the test set into *accuracy. Returns
 * main's result: 1 on an error, which it prints. */
int digit_cnn_train(tg_store *store, const digit_cnn *net, const digit_data *data,
                    digit_course course, double *accuracy);

#endif
