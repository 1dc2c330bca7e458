/* digit_cnn.c: the data, the network and its training. */
#include "digit_cnn.h"

/* ---- Data -------------------------------------------------------------------------------- */

static tg_status load_small(digit_data *out, uint64_t seed, tg_error *error)
{
    tg_dataset all = { 0 };
    out->side = DIGIT_SIDE;
    out->black = DIGIT_INK;
    if (!digits_load(&all, DIGITS_FILE, error))
        tg_split_stratified(&all, &out->learn, &out->test, error, .seed = seed);
    tg_dataset_free(&all);
    return error->status;
}

/* Reads "<folder>/<part>-images-idx3-ubyte.gz" and its labels. */
static tg_status load_part(tg_dataset *out, const char *folder, const char *part, tg_error *error)
{
    char images[1200], labels[1200];
    snprintf(images, sizeof images, "%s/%s-images-idx3-ubyte.gz", folder, part);
    snprintf(labels, sizeof labels, "%s/%s-labels-idx1-ubyte.gz", folder, part);
    return tg_dataset_from_idx(out, images, labels, error, .classes = DIGIT_CLASSES);
}

tg_status digit_data_load(digit_data *out, const char *folder, uint64_t seed, tg_error *error)
{
    *out = (digit_data){ .side = 28, .black = 255 };
    *error = (tg_error){ 0 };
    if (!folder) return load_small(out, seed, error);
    if (load_part(&out->learn, folder, "train", error)) return error->status;
    return load_part(&out->test, folder, "t10k", error);
}

void digit_data_free(digit_data *data)
{
    tg_dataset_free(&data->learn);
    tg_dataset_free(&data->test);
}

void digit_data_image(const digit_data *data, int64_t row, float *ink)
{
    const int64_t cells = data->side * data->side;
    const tg_array *x = &data->test.x;
    for (int64_t i = row * cells; i < (row + 1) * cells; i++) {
        const double value = x->dtype == TG_U8 ? (double)((const uint8_t *)x->data)[i]
                                               : (double)((const float *)x->data)[i];
        *ink++ = (float)(value / data->black);
    }
}

/* ---- The network ------------------------------------------------------------------------- */

digit_cnn digit_cnn_new(tg_store *store, int64_t side)
{
    const int64_t kernel = side < 16 ? 3 : 5, maps = 3 * (int64_t)DIGIT_MAPS;
    return (digit_cnn){
        .conv1 = tg_conv2d_new(store, "conv1", 1, DIGIT_MAPS, kernel, .same = true),
        .conv2 = tg_conv2d_new(store, "conv2", DIGIT_MAPS, maps, 3, .same = true),
        .out = tg_linear_new(store, "out", maps * (side / 4) * (side / 4), DIGIT_CLASSES),
    };
}

tg_tensor *digit_cnn_logits(const digit_cnn *net, tg_tensor *ink)
{
    tg_tensor *x = tg_max_pool(tg_relu(tg_conv_apply(&net->conv1, ink)), 2);
    x = tg_max_pool(tg_relu(tg_conv_apply(&net->conv2, x)), 2);
    return tg_linear_apply(&net->out, tg_flatten(x, 1));
}

/* ---- Training ---------------------------------------------------------------------------- */

/* The network, recorded for a fixed number of rows, and a plan that runs it. */
typedef struct program {
    tg_tape *tape;
    tg_tensor *x, *y, *loss, *correct;
    tg_plan *plan;
} program;

/* A training step, of [steps] in all; with [steps] 0 a test. */
static program program_new(tg_store *store, const digit_cnn *net, const digit_data *data,
                           int64_t rows, int64_t steps, int64_t threads)
{
    program p = { .tape = tg_tape_new(store) };
    p.x = tg_input(p.tape, "x", data->learn.x.dtype, TG_SHAPE(rows, 1, data->side, data->side));
    p.y = tg_input(p.tape, "y", TG_I32, TG_SHAPE(rows));
    tg_tensor *logits = digit_cnn_logits(net, tg_div_num(tg_cast(p.x, TG_F32), data->black));
    p.loss = tg_cross_entropy(logits, p.y);
    p.correct = tg_correct(logits, p.y);
    if (steps > 0)
        tg_adamw(p.loss, .schedule = tg_cosine_lr(.base = 5e-3, .steps = steps),
                 .no_decay = "bias");
    p.plan = tg_compile(p.tape, p.loss, p.correct, .threads = (int)threads);
    return p;
}

/* Frees it. Returns main's result; prints the message of an error on standard error. */
static int program_end(program *p)
{
    const int status = tg_report(p->tape, stderr);
    tg_plan_free(p->plan);
    tg_tape_free(p->tape);
    return status;
}

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

static int learn(tg_store *store, const digit_cnn *net, const digit_data *data, digit_course course)
{
    tg_batches batches = tg_batches_new(&data->learn, least(32, tg_dataset_rows(&data->learn)),
                                        .seed = course.seed, .drop_last = true);
    const int64_t steps = course.epochs * tg_batches_count(&batches);
    program p = program_new(store, net, data, batches.size, steps, course.threads);
    tg_progress bar = { .out = stderr, .total = steps, .label = "training" };
    for (int64_t done = 0; done < steps;) {
        const int64_t rows = tg_batches_next(&batches, p.x, p.y);
        if (rows < 0 || (rows > 0 && tg_run(p.plan))) break;
        if (rows == 0) continue; /* the end of an epoch */
        tg_progress_step(&bar, "loss %.4f", tg_item(p.loss));
        done++;
    }
    tg_progress_end(&bar);
    tg_batches_free(&batches);
    return program_end(&p);
}

static int test(tg_store *store, const digit_cnn *net, const digit_data *data, int64_t threads,
                double *accuracy)
{
    /* 1000 divides the 10,000 of MNIST; the small test set is one batch. */
    tg_batches batches = tg_batches_new(&data->test, least(1000, tg_dataset_rows(&data->test)),
                                        .shuffle = false, .drop_last = true);
    program p = program_new(store, net, data, batches.size, 0, threads);
    double correct = 0;
    while (tg_batches_next(&batches, p.x, p.y) > 0 && !tg_run(p.plan))
        correct += tg_item(p.correct);
    *accuracy = correct / (double)batches.rows;
    tg_batches_free(&batches);
    return program_end(&p);
}

int digit_cnn_train(tg_store *store, const digit_cnn *net, const digit_data *data,
                    digit_course course, double *accuracy)
{
    if (!course.epochs) course.epochs = data->side < 16 ? 30 : 1;
    return learn(store, net, data, course) || test(store, net, data, course.threads, accuracy);
}
