/* mnist_fit.c: a complete training run in forty lines: a convolutional network on MNIST, with
 * augmented images, a tenth of the data for validation, a learning rate that falls at plateaus,
 * early stopping, checkpoints and a report. If it is stopped and started again, it resumes at the
 * last checkpoint. The example "mnist" has more models. */
#include <tapegrad.h>

typedef struct net {
    tg_conv conv1, conv2;
    tg_linear out;
    tg_plateau rate;
} net;

static tg_tensor *step(void *context, tg_batch *batch)
{
    const net *n = context;
    tg_tensor *x = tg_div_num(tg_cast(batch->field[0], TG_F32), 255), *y = batch->field[1];
    x = tg_max_pool(tg_relu(tg_conv_apply(&n->conv1, tg_unsqueeze(x, 1))), 2);
    x = tg_max_pool(tg_relu(tg_conv_apply(&n->conv2, x)), 2);
    x = tg_linear_apply(&n->out, tg_flatten(x, 1));
    tg_track_classes(batch, x, y);
    tg_tensor *loss = tg_cross_entropy(x, y);
    if (batch->training) tg_adamw(loss, .schedule = tg_plateau_lr(&n->rate, .warmup = 200));
    return loss;
}

int main(int argc, char **argv)
{
    if (argc != 3) return puts("Usage: mnist_fit IMAGES LABELS (files of MNIST)"), argc != 2;
    tg_error error;
    tg_dataset all, learn, held_out;
    if (tg_dataset_from_idx(&all, argv[1], argv[2], &error, .classes = 10) ||
        tg_split_stratified(&all, &learn, &held_out, &error, .fraction = 0.1, .seed = 1))
        return fprintf(stderr, "%s\n", error.text), 1;
    tg_store *store = tg_store_new(.seed = 1);
    net n = { tg_conv2d_new(store, "conv1", 1, 16, 5, .same = true),
              tg_conv2d_new(store, "conv2", 16, 32, 5, .same = true),
              tg_linear_new(store, "out", 32 * 49, 10), tg_plateau_new(store, "r", .patience = 1) };
    tg_loader *train = tg_loader_new(tg_samples_of_dataset(&learn), .prefetch = 4,
                                     .transforms = TG_TRANSFORMS(tg_image_shift()));
    tg_loader *validation = tg_loader_new(tg_samples_of_dataset(&held_out), .batch = 500);
    tg_fitted end = tg_fit(store, step, &n, train, &error, .validation = validation, .epochs = 30,
                           .patience = 4, .plateau = &n.rate, .checkpoints = "mnist-run",
                           .report = "mnist-run.html", .progress = stdout);
    tg_loader_free(train), tg_loader_free(validation), tg_store_free(store);
    tg_dataset_free(&all), tg_dataset_free(&learn), tg_dataset_free(&held_out);
    if (end.status) return fprintf(stderr, "%s\n", error.text), 1;
    if (!(end.best < 0.05))
        fprintf(stderr, "The loss is %g, and should be below 0.05.\n", end.best);
    return !(end.best < 0.05);
}
