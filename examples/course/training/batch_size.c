/* batch_size.c: In as many epochs large batches make fewer steps, and end higher.
 *
 * Formula: steps = epochs * ceil(n / b)
 *
 * A network of 32 ReLUs reads the 1797 digits of 8 x 8 cells that come with Tapegrad, for ten
 * epochs by plain SGD of the rate 0.05, in batches of 8, 32, 128, 512 and all. The loss of all
 * digits is measured after each epoch. On the right the same losses stand over the number of steps:
 * there the sizes are much alike, so what large batches lack is steps.
 */
#include "course.h"

static const char about[] = "Trains on digits with five sizes of batches for ten epochs each.\n";

enum { SIZES = 5, EPOCHS = 10 };

typedef struct model {
    tg_linear hidden, out;
} model;

static tg_tensor *record(void *context, tg_batch *batch)
{
    const model *net = context;
    tg_tensor *x = tg_mul_num(batch->field[0], 1 / 16.0);
    tg_tensor *logits = tg_linear_apply(&net->out, tg_relu(tg_linear_apply(&net->hidden, x)));
    tg_tensor *loss = tg_cross_entropy(logits, batch->field[1]);
    if (batch->training) tg_gd(loss, .lr = 0.05);
    return loss;
}

/* The loss of all digits after each epoch, that before the first one included. */
static bool train(course *c, const tg_dataset *digits, int64_t size, double losses[EPOCHS + 1],
                  int64_t *steps)
{
    const int64_t rows = tg_dataset_rows(digits);
    tg_store *store = tg_store_new(.seed = (uint64_t)c->seed);
    model net = { tg_linear_new(store, "hidden", 64, 32, .init = tg_init_he_normal(0)),
                  tg_linear_new(store, "out", 32, 10) };
    tg_loader *batches =
        tg_loader_new(tg_samples_of_dataset(digits), .batch = size, .seed = (uint64_t)c->seed);
    tg_loader *all = tg_loader_new(tg_samples_of_dataset(digits), .batch = rows, .shuffle = false);
    tg_error error = { 0 };
    tg_runner *learn = tg_runner_new(store, record, &net, batches, &error, .training = true);
    tg_runner *look = tg_runner_new(store, record, &net, all, &error);
    for (int e = 0; e <= EPOCHS && !error.status; e++) {
        if (e > 0) tg_runner_epoch(learn, &error);
        if (!error.status) tg_runner_epoch(look, &error);
        losses[e] = tg_runner_value(look, "loss");
    }
    *steps = tg_store_step(store);
    if (error.status) fprintf(stderr, "%s\n", error.text);
    tg_runner_free(learn);
    tg_runner_free(look);
    tg_loader_free(batches);
    tg_loader_free(all);
    tg_store_free(store);
    return error.status == TG_OK;
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "batch_size", about);
    int64_t sizes[SIZES] = { 8, 32, 128, 512, 0 }, steps[SIZES];
    double losses[SIZES][EPOCHS + 1], at[SIZES][EPOCHS + 1];
    tg_dataset digits = { 0 };
    tg_error error = { 0 };
    bool fine = !tg_dataset_from_csv(&digits, TG_EXAMPLES_DATA "/digits.csv.gz", &error);
    if (!fine) fprintf(stderr, "%s\n", error.text);
    sizes[SIZES - 1] = tg_dataset_rows(&digits);
    for (int i = 0; i < SIZES && fine; i++)
        fine = train(&c, &digits, sizes[i], losses[i], steps + i);
    plot *p = plot_new("Sizes of batches", 2);
    if (course_check(&c, "trained", fine)) {
        bool rising = true;
        for (int i = 0; i < SIZES; i++) {
            char key[32];
            snprintf(key, sizeof key, "steps_%d", (int)sizes[i]);
            const double theory = EPOCHS * (double)((1797 + sizes[i] - 1) / sizes[i]);
            course_expect(&c, key, (double)steps[i], theory, theory);
            snprintf(key, sizeof key, "loss_%d", (int)sizes[i]);
            course_expect(&c, key, losses[i][EPOCHS], 0, 2.5);
            rising &= i == 0 || losses[i][EPOCHS] > losses[i - 1][EPOCHS];
        }
        course_check(&c, "larger_ends_higher", rising);
        /* 150 steps in batches of 128, and 171 in batches of 32. */
        course_expect(&c, "128_over_32_at_like_steps", losses[2][EPOCHS] / losses[1][3], 0.5, 2);
        for (int panel = 0; panel < 2; panel++) {
            plot_panel(p, panel ? "By steps" : "By epochs", panel ? "step" : "epoch", "loss");
            plot_log_y(p);
            if (panel) plot_log_x(p);
            for (int i = 0; i < SIZES; i++) {
                char name[24];
                snprintf(name, sizeof name, "%d", (int)sizes[i]);
                for (int e = 0; e <= EPOCHS; e++)
                    at[i][e] = panel ? (double)(steps[i] * e) / EPOCHS : e;
                plot_line(p, name, at[i], losses[i], EPOCHS + 1);
            }
        }
    }
    tg_dataset_free(&digits);
    return course_end(&c, p);
}
