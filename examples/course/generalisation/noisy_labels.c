/* noisy_labels.c: A net learns wrong labels by heart, even if all are random; stopped early, it
 * keeps what is true in them.
 *
 * Formula: P(label = y) = 1 - s + s/10, where a share s of the labels is drawn anew from all ten
 *
 * 600 digits of 8x8 (a stand-in for the images of the lecture) train a net of 256 hidden units.
 * With random labels it comes to know all that it is trained on, and guesses at the rest. With half
 * of the labels drawn anew the test accuracy rises, then falls as the wrong ones are learned; 200
 * validation digits, whose labels are as noisy, say where to stop.
 */
#include "course.h"

#include <math.h>

static const char about[] = "Trains a net with wrong labels: all of them random, and a part.\n";

enum { TRAIN = 600, HELD = 200, ALL = 1797, EPOCHS = 120 };

typedef struct run {
    tg_linear hidden, out;
    double train[EPOCHS], test[EPOCHS]; /* accuracies, by epoch */
    double stopped;                     /* of the test, where the validation was best */
    tg_runner *judge;
    tg_error error;
} run;

static tg_tensor *step(void *context, tg_batch *batch)
{
    const run *r = context;
    tg_tensor *h = tg_relu(tg_linear_apply(&r->hidden, batch->field[0]));
    tg_tensor *logits = tg_linear_apply(&r->out, h);
    tg_tensor *loss = tg_cross_entropy(logits, batch->field[1]);
    tg_track(batch, "accuracy", tg_accuracy(logits, batch->field[1]));
    if (batch->training) tg_adam(loss, .lr = 5e-3);
    return loss;
}

/* Rows, from [first] on. */
static tg_loader *load(const tg_dataset *data, int64_t first, int64_t count, uint64_t seed)
{
    int64_t rows[ALL];
    for (int64_t i = 0; i < count; i++) rows[i] = first + i;
    return tg_loader_new(tg_samples_subset(tg_samples_of_dataset(data), rows, count), .batch = 50,
                         .seed = seed, .transforms = TG_TRANSFORMS(tg_image_scale(.divisor = 16)));
}

static bool note(void *context, const tg_fit_moment *moment)
{
    run *r = context;
    if (!moment->epoch_ended) return true;
    if (tg_runner_epoch(r->judge, &r->error)) return false;
    r->train[moment->epoch] = tg_runner_value(moment->train, "accuracy");
    r->test[moment->epoch] = tg_runner_value(r->judge, "accuracy");
    if (moment->best) r->stopped = r->test[moment->epoch];
    return true;
}

/* A training in which a share of the labels, but not those of the test, is drawn anew. */
static run train(course *c, double share)
{
    const uint64_t seed = (uint64_t)c->seed;
    run r = { .stopped = NAN };
    tg_dataset data;
    if (tg_dataset_from_csv(&data, TG_EXAMPLES_DATA "/digits.csv.gz", &r.error)) {
        fprintf(stderr, "%s\n", r.error.text);
        return r;
    }
    int32_t *labels = data.y.data;
    tg_dice dice = { .key = seed };
    for (int i = 0; i < TRAIN + HELD; i++) {
        const bool anew = tg_dice_uniform(&dice) < share;
        const int32_t drawn = (int32_t)tg_dice_below(&dice, 10);
        if (anew) labels[i] = drawn;
    }
    tg_store *store = tg_store_new(.seed = seed);
    r.hidden = tg_linear_new(store, "hidden", 64, 256);
    r.out = tg_linear_new(store, "out", 256, 10);
    tg_loader *rows = load(&data, 0, TRAIN, seed), *held = load(&data, TRAIN, HELD, seed),
              *test = load(&data, TRAIN + HELD, ALL - TRAIN - HELD, seed);
    r.judge = tg_runner_new(store, step, &r, test, &r.error);
    tg_fit(store, step, &r, rows, &r.error, .validation = held, .epochs = EPOCHS, .keep_last = true,
           .callback = note, .callback_context = &r);
    if (r.error.status) fprintf(stderr, "%s\n", r.error.text);
    tg_runner_free(r.judge);
    tg_loader_free(rows);
    tg_loader_free(held);
    tg_loader_free(test);
    tg_store_free(store);
    tg_dataset_free(&data);
    return r;
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "noisy_labels", about);
    const run random = train(&c, 1), half = train(&c, 0.5);
    const int last = EPOCHS - 1;
    course_expect(&c, "random_train", random.train[last], 0.99, 1);
    course_expect(&c, "random_test", random.test[last], 0.05, 0.16);
    course_expect(&c, "half_train", half.train[last], 0.99, 1);
    course_expect(&c, "half_test_at_the_end", half.test[last], 0.3, 0.7);
    course_expect(&c, "half_test_stopped", half.stopped, 0.7, 1);
    plot *p = plot_new("Wrong labels learned by heart", 2);
    plot_panel(p, "all labels random", "epoch", "accuracy");
    plot_y_range(p, 0, 1);
    plot_curve(p, "training", random.train, EPOCHS);
    plot_curve(p, "test", random.test, EPOCHS);
    plot_panel(p, "half of them random", "epoch", "accuracy");
    plot_y_range(p, 0, 1);
    plot_curve(p, "training", half.train, EPOCHS);
    plot_curve(p, "test", half.test, EPOCHS);
    return course_end(&c, p);
}
