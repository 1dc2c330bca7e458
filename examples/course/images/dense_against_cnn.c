/* dense_against_cnn.c: On images whose objects move, a CNN with fewer weights beats a dense
 * network.
 *
 * Formula: 144 - 64 - 10 has 9930 weights; conv 8, pool, conv 16, pool, conv 32, pool, dense 10:
 * 6218
 *
 * The 8x8 handwritten digits lie at one of 25 places in a field of 12x12, for training and test
 * alike. Both networks see the same batches, with the same optimizer, for as many epochs.
 */
#include "course.h"

#include "common.h"

static const char about[] = "Trains a dense network and a CNN on digits that stand anywhere.\n";

enum { SIDE = 12, EPOCHS = 30 };

typedef struct net {
    bool dense;
    tg_conv conv1, conv2, conv3;
    tg_linear hidden, out;
    double curve[EPOCHS]; /* the accuracy of the test after each epoch */
} net;

static tg_tensor *step(void *context, tg_batch *batch)
{
    const net *n = context;
    tg_tensor *x = tg_unsqueeze(tg_div_num(batch->field[0], DIGIT_INK), 1);
    if (n->dense) {
        x = tg_relu(tg_linear_apply(&n->hidden, tg_flatten(x, 1)));
    } else {
        x = tg_max_pool(tg_relu(tg_conv_apply(&n->conv1, x)), 2);
        x = tg_max_pool(tg_relu(tg_conv_apply(&n->conv2, x)), 2);
        x = tg_max(tg_relu(tg_conv_apply(&n->conv3, x)), .axes = TG_AXES(2, 3));
    }
    x = tg_linear_apply(&n->out, x);
    tg_track(batch, "accuracy", tg_accuracy(x, batch->field[1]));
    tg_tensor *loss = tg_cross_entropy(x, batch->field[1]);
    if (batch->training) tg_adam(loss, .schedule = batch->schedule);
    return loss;
}

static bool keep_accuracy(void *context, const tg_fit_moment *moment)
{
    net *n = context;
    if (moment->epoch_ended)
        n->curve[moment->epoch] = tg_runner_value(moment->validation, "accuracy");
    return true;
}

/* Cut at random from the digit with a border of 4: the digit is always whole. */
static tg_loader *anywhere(tg_dataset *data, int64_t seed)
{
    data->x.shape = TG_SHAPE(tg_dataset_rows(data), DIGIT_SIDE, DIGIT_SIDE);
    return tg_loader_new(
        tg_samples_of_dataset(data), .seed = (uint64_t)seed,
        .transforms = TG_TRANSFORMS(tg_image_crop(.height = SIDE, .width = SIDE, .padding = 4)));
}

/* Trains one of the networks; its number of weights. */
static int64_t train(course *c, net *n, tg_dataset *learn, tg_dataset *test)
{
    tg_error error;
    tg_store *store = tg_store_new(.seed = (uint64_t)c->seed);
    if (n->dense) {
        n->hidden = tg_linear_new(store, "hidden", (int64_t)SIDE * SIDE, 64);
        n->out = tg_linear_new(store, "out", 64, DIGIT_CLASSES);
    } else {
        n->conv1 = tg_conv2d_new(store, "conv1", 1, 8, 3, .same = true);
        n->conv2 = tg_conv2d_new(store, "conv2", 8, 16, 3, .same = true);
        n->conv3 = tg_conv2d_new(store, "conv3", 16, 32, 3, .same = true);
        n->out = tg_linear_new(store, "out", 32, DIGIT_CLASSES);
    }
    const int64_t weights = tg_param_count(store, "");
    tg_loader *batches = anywhere(learn, c->seed), *held_out = anywhere(test, c->seed);
    const tg_schedule falling =
        tg_cosine_lr(.base = 5e-3, .steps = EPOCHS * tg_loader_count(batches));
    const tg_fitted end = tg_fit(store, step, n, batches, &error, .validation = held_out,
                                 .keep_last = true, .epochs = EPOCHS, .schedule = falling,
                                 .callback = keep_accuracy, .callback_context = n);
    if (!course_check(c, n->dense ? "dense_ran" : "cnn_ran", end.status == TG_OK))
        fprintf(stderr, "%s\n", error.text);
    tg_loader_free(batches);
    tg_loader_free(held_out);
    tg_store_free(store);
    return weights;
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "dense_against_cnn", about);
    tg_error error;
    tg_dataset digits = { 0 }, learn = { 0 }, test = { 0 };
    if (digits_load(&digits, DIGITS_FILE, &error) ||
        tg_split_stratified(&digits, &learn, &test, &error, .seed = (uint64_t)c.seed))
        return fprintf(stderr, "%s\n", error.text), 1;
    net dense = { .dense = true }, cnn = { .dense = false };
    course_expect(&c, "dense_weights", (double)train(&c, &dense, &learn, &test), 9930, 9930);
    course_expect(&c, "cnn_weights", (double)train(&c, &cnn, &learn, &test), 6218, 6218);
    const double dense_end = dense.curve[EPOCHS - 1], cnn_end = cnn.curve[EPOCHS - 1];
    course_expect(&c, "dense_accuracy", dense_end, 0.5, 0.95);
    course_expect(&c, "cnn_accuracy", cnn_end, 0.87, 1);
    course_expect(&c, "cnn_ahead_by", cnn_end - dense_end, 0.02, 1);

    plot *p = plot_new("Digits that stand anywhere: test accuracy", 1);
    plot_panel(p, NULL, "epoch", "share right");
    plot_y_range(p, 0, 1);
    plot_curve(p, "dense, 9930 weights", dense.curve, EPOCHS);
    plot_curve(p, "CNN, 6218 weights", cnn.curve, EPOCHS);
    tg_dataset_free(&digits);
    tg_dataset_free(&learn);
    tg_dataset_free(&test);
    return course_end(&c, p);
}
