/* tensorboard_files.c: writes the event files that tensorboard_files.py reads, to the folder named:
 * a run that is cut off at step 9, and the one that goes on from step 5. */
#include <tapegrad.h>

#include <math.h>
#include <stdio.h>

enum { STEPS = 10, RESUMED = 5, COUNT = 1000 };

static void log_scalars(tg_logger *log, int64_t first, double factor)
{
    for (int64_t step = first; step < STEPS; step++) {
        tg_logger_scalar(log, step, "loss/train", factor * (double)step);
        tg_logger_scalar(log, step, "loss/größe", 1.0 / (double)(step + 1));
    }
}

static void log_odd_scalars(tg_logger *log)
{
    tg_logger_scalar(log, 0, "odd", (double)NAN);
    tg_logger_scalar(log, 1, "odd", (double)INFINITY);
    tg_logger_scalar(log, 2, "odd", -(double)INFINITY);
    tg_logger_scalar(log, INT64_C(1) << 40, "odd", 1e300);
}

static void log_histograms(tg_logger *log)
{
    float values[COUNT];
    for (int i = 0; i < COUNT; i++) values[i] = (float)(i * i) / COUNT - 100;
    tg_logger_histogram(log, RESUMED, "weights", values, COUNT);
    tg_logger_histogram(log, RESUMED, "nothing", values, 0);
}

static void log_images(tg_logger *log)
{
    static uint8_t pixels[7 * 5 * 4];
    for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (uint8_t)(i * 7);
    const tg_array grey = tg_array_view(TG_U8, TG_SHAPE(7, 5), pixels);
    const tg_array colour = tg_array_view(TG_U8, TG_SHAPE(5, 7, 3), pixels);
    const tg_array clear = tg_array_view(TG_U8, TG_SHAPE(7, 5, 4), pixels);
    tg_logger_image(log, RESUMED, "grey", &grey);
    tg_logger_image(log, RESUMED, "colour", &colour);
    tg_logger_image(log, RESUMED, "clear", &clear);
}

/* y = sum of (x w + b)^2, and its gradient. */
static int log_graph(tg_logger *log)
{
    tg_store *store = tg_store_new(.seed = 1);
    tg_tape *tape = tg_tape_new(store);
    tg_linear fc = tg_linear_new(store, "block.fc", 3, 2);
    tg_tensor *x = tg_input(tape, "x", TG_F32, TG_SHAPE(4, 3));
    tg_tensor *loss = tg_name(tg_mean(tg_square(tg_linear_apply(&fc, x))), "loss");
    tg_sgd(loss, .lr = 0.1);
    tg_logger_graph(log, tape);
    printf("%zu nodes\n", tg_tape_length(tape));
    const int status = tg_report(tape, stderr);
    tg_tape_free(tape);
    tg_store_free(store);
    return status;
}

static int finish(tg_logger *log, const tg_error *error)
{
    const tg_status status = tg_logger_flush(log);
    if (status != TG_OK) fprintf(stderr, "%s\n", log ? tg_logger_error(log) : error->text);
    tg_logger_free(log);
    return status != TG_OK;
}

int main(int count, char **words)
{
    tg_error error;
    if (count != 2) return fprintf(stderr, "usage: %s FOLDER\n", words[0]), 2;
    tg_logger *log = tg_logger_new(&error, .tensorboard = words[1]);
    const tg_hparam hparams[] = { { "lr", .number = 0.125 }, { "optimizer", .text = "adam" } };
    tg_logger_hparams(log, hparams, 2);
    log_scalars(log, 0, 1);
    if (finish(log, &error)) return 1;

    log = tg_logger_new(&error, .tensorboard = words[1], .resume_at = RESUMED);
    log_scalars(log, RESUMED, -1);
    log_odd_scalars(log);
    log_histograms(log);
    log_images(log);
    tg_logger_text(log, RESUMED, "note", "some *words*");
    const int failed = log_graph(log);
    return finish(log, &error) || failed;
}
