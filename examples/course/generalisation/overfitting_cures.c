/* overfitting_cures.c: A large net on few noisy samples fits the noise, and each of six cures
 * lowers its error on other data.
 *
 * Formula: J(theta) = mean of (y - f(x))^2 + alpha/2 |theta|^2, stopped where validation is least
 *
 * y = 2 tanh(x_1 + x_2) + noise of deviation 1, with three more inputs that say nothing, is learned
 * from 60 samples by a net of 40 hidden units. Its error of training goes to zero while that of
 * validation falls at first, then rises. Then with L2; with dropout; stopped early, by 200 samples
 * that are held back; with one hidden unit; with thirty times the samples; with noise added to the
 * inputs anew in each step. Bars are the errors of 2000 other samples, where 1 is the noise itself.
 */
#include "course.h"

#include <math.h>

static const char about[] = "Trains a net that overfits, and the same net with six cures.\n";

enum { INPUTS = 5, ROWS = 60, HELD = 200, TEST = 2000, EPOCHS = 400 };

/* A training. What is 0 is not done. */
typedef struct setting {
    const char *name;
    int64_t width, rows, patience;
    double l2, dropout, noise;
    double train[EPOCHS], validation[EPOCHS]; /* losses */
    tg_linear hidden, out;
} setting;

/* Sample number [i], behind the dice of a part of the data. */
static tg_status draw(void *part, int64_t i, void *const out[], tg_error *error)
{
    (void)error;
    tg_dice dice = *(const tg_dice *)part;
    dice.high += (uint64_t)i;
    float *x = out[0];
    for (int k = 0; k < INPUTS; k++) x[k] = (float)tg_dice_normal(&dice);
    *(float *)out[1] = 2 * tanhf(x[0] + x[1]) + (float)tg_dice_normal(&dice);
    return TG_OK;
}

static tg_loader *load(tg_dice *from, int64_t count, double noise)
{
    return tg_loader_new(tg_samples_of_function(TG_FIELDS({ "x", TG_F32, TG_SHAPE(INPUTS) },
                                                          { "y", TG_F32, TG_SHAPE(1) }),
                                                draw, from, .length = count),
                         .batch = 2000, .seed = from->key,
                         .transforms = TG_TRANSFORMS(tg_image_noise(.deviation = noise)));
}

static tg_tensor *step(void *context, tg_batch *batch)
{
    const setting *s = context;
    tg_tensor *h = tg_tanh(tg_linear_apply(&s->hidden, batch->field[0]));
    tg_tensor *kept = tg_dropout(h, s->dropout, "dropout", batch->training);
    tg_tensor *loss = tg_mse(tg_linear_apply(&s->out, kept), batch->field[1]);
    if (batch->training) tg_adam(loss, .lr = 1e-2, .weight_decay = s->l2, .no_decay = "bias");
    return loss;
}

static bool note(void *context, const tg_fit_moment *moment)
{
    setting *s = context;
    if (moment->epoch_ended) {
        s->train[moment->epoch] = tg_runner_value(moment->train, "loss");
        s->validation[moment->epoch] = tg_runner_value(moment->validation, "loss");
    }
    return true;
}

/* The error of the test samples after a training; NaN after an error. */
static double train(const course *c, setting *s)
{
    const uint64_t seed = (uint64_t)c->seed;
    tg_dice rows = { seed, 10000, 0 }, held = { seed, 0, 0 }, test = { seed, 5000, 0 };
    tg_store *store = tg_store_new(.seed = seed);
    s->hidden = tg_linear_new(store, "hidden", INPUTS, s->width);
    s->out = tg_linear_new(store, "out", s->width, 1);
    tg_loader *loaders[] = { load(&rows, s->rows, s->noise), load(&held, HELD, 0),
                             load(&test, TEST, 0) };
    tg_error error = { 0 };
    const tg_fitted end =
        tg_fit(store, step, s, loaders[0], &error, .validation = loaders[1], .epochs = EPOCHS,
               .patience = s->patience ? s->patience : TG_AUTO, .keep_last = !s->patience,
               .callback = note, .callback_context = s);
    tg_runner *runner = tg_runner_new(store, step, s, loaders[2], &error);
    if (end.status || tg_runner_epoch(runner, &error)) fprintf(stderr, "%s\n", error.text);
    const double loss = tg_runner_value(runner, "loss");
    tg_runner_free(runner);
    for (int i = 0; i < 3; i++) tg_loader_free(loaders[i]);
    tg_store_free(store);
    return loss;
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "overfitting_cures", about);
    static setting all[] = { { .name = "none", .width = 40, .rows = ROWS },
                             { .name = "L2", .width = 40, .rows = ROWS, .l2 = 0.1 },
                             { .name = "dropout", .width = 40, .rows = ROWS, .dropout = 0.5 },
                             { .name = "early", .width = 40, .rows = ROWS, .patience = 10 },
                             { .name = "small", .width = 1, .rows = ROWS },
                             { .name = "more data", .width = 40, .rows = 30 * ROWS },
                             { .name = "noise", .width = 40, .rows = ROWS, .noise = 0.6 } };
    enum { ALL = sizeof all / sizeof *all };
    const char *names[ALL];
    double loss[ALL];
    double least = HUGE_VAL, most = 0;
    for (int i = 0; i < ALL; i++) {
        names[i] = all[i].name;
        loss[i] = train(&c, &all[i]);
        if (i) most = fmax(most, loss[i]);
    }
    for (int i = 0; i < EPOCHS; i++) least = fmin(least, all[0].validation[i]);
    course_expect(&c, "train_end", all[0].train[EPOCHS - 1], 0, 0.1);
    course_expect(&c, "validation_end_over_least", all[0].validation[EPOCHS - 1] / least, 1.3, 20);
    course_expect(&c, "worst_cure_over_none", most / loss[0], 0, 0.8);
    plot *p = plot_new("A net that learns the noise, and what helps", 2);
    plot_panel(p, "no cure", "epoch", "mean squared error");
    plot_y_range(p, 0, 4);
    plot_curve(p, "training", all[0].train, EPOCHS);
    plot_curve(p, "validation", all[0].validation, EPOCHS);
    plot_panel(p, "at the end, with each cure", NULL, "error of test samples");
    plot_bars(p, names, loss, ALL);
    return course_end(&c, p);
}
