/* anomalies.c: An autoencoder that has never seen a digit gives it back worse than those it knows.
 *
 * Formula: error(x) = |x - decode(encode(x))|^2 / 64, with a code of two numbers
 *
 * The network 64-128-2-128-64 learns to give back digits of 8x8 cells, but for the zeros, which are
 * kept from it. Fresh digits are for testing: the error tells zeros from the others, and the area
 * under the ROC curve is the chance that a zero has a larger error than another digit. The code is
 * a map of the digits.
 */
#include "course.h"

#include "common.h"

static const char about[] = "Tells digits of an unseen class by an autoencoder's error.\n";

enum { HIDDEN = 128, CODE = 2, UNSEEN = 0, EPOCHS = 40, SHOWN = 8, TEST = 359 };

typedef struct autoencoder {
    tg_linear encoder, code, decoder, out;
} autoencoder;

/* What the net makes of ink [n, 64] from 0 to 16. */
typedef struct result {
    tg_tensor *code, *again, *error; /* [n, 2], ink again, [n] */
} result;

static result apply(const autoencoder *net, tg_tensor *ink)
{
    tg_tensor *share = tg_div_num(ink, DIGIT_INK);
    tg_tensor *h = tg_silu(tg_linear_apply(&net->encoder, share));
    tg_tensor *code = tg_tanh(tg_linear_apply(&net->code, h));
    h = tg_silu(tg_linear_apply(&net->decoder, code));
    tg_tensor *again = tg_sigmoid(tg_linear_apply(&net->out, h));
    return (result){ code, tg_mul_num(again, DIGIT_INK),
                     tg_mean(tg_square(tg_sub(again, share)), .axis = 1) };
}

static tg_tensor *step(void *context, tg_batch *batch)
{
    tg_tensor *loss = tg_mean(apply(context, batch->field[0]).error);
    if (batch->training) tg_adam(loss, .lr = 2e-3);
    return loss;
}

/* All digits in two parts, [learn] without the unseen class. */
static tg_status load(uint64_t seed, tg_dataset *learn, tg_dataset *test, tg_error *error)
{
    tg_dataset all = { 0 }, most = { 0 };
    int64_t known[2000], count = 0;
    if (digits_load(&all, DIGITS_FILE, error) == TG_OK &&
        tg_split_stratified(&all, &most, test, error, .seed = seed) == TG_OK) {
        const int32_t *label = most.y.data;
        for (int64_t i = 0; i < tg_dataset_rows(&most) && count < 2000; i++)
            if (label[i] != UNSEEN) known[count++] = i;
        tg_dataset_take(&most, known, count, learn, error);
    }
    tg_dataset_free(&all);
    tg_dataset_free(&most);
    return error->status;
}

/* The codes by class, and some digits, over what came back: the unseen class, and others. */
static void draw(plot *p, const tg_dataset *test, const float *code, const float *again)
{
    const int32_t *label = test->y.data;
    const float *ink = test->x.data;
    plot_panel(p, "the code of each test digit", NULL, NULL);
    for (int digit = 0; digit < DIGIT_CLASSES; digit++) {
        double x[TEST], y[TEST];
        int count = 0;
        for (int i = 0; i < TEST; i++)
            if (label[i] == digit) x[count] = code[2 * i], y[count++] = code[2 * i + 1];
        plot_dots(p, (char[]){ (char)('0' + digit), 0 }, x, y, count);
    }
    for (int known = 0; known < 2; known++) {
        enum { ACROSS = SHOWN * DIGIT_SIDE };
        double image[2 * DIGIT_SIDE * ACROSS];
        for (int i = 0, n = 0; i < TEST && n < SHOWN; i++) {
            if ((label[i] != UNSEEN) != known) continue;
            for (int k = 0; k < DIGIT_CELLS; k++) {
                const int at = k / DIGIT_SIDE * ACROSS + DIGIT_SIDE * n + k % DIGIT_SIDE;
                image[at] = (double)ink[DIGIT_CELLS * i + k];
                image[at + DIGIT_SIDE * ACROSS] = (double)again[DIGIT_CELLS * i + k];
            }
            n++;
        }
        plot_panel(p, known ? "known, and given back" : "unseen, and given back", NULL, NULL);
        plot_image(p, image, 2 * DIGIT_SIDE, ACROSS, 0, DIGIT_INK, false);
    }
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "anomalies", about);
    tg_error error = { 0 };
    tg_dataset learn = { 0 }, test = { 0 };
    if (load((uint64_t)c.seed, &learn, &test, &error))
        return fprintf(stderr, "%s\n", error.text), 1;
    tg_store *store = tg_store_new(.seed = (uint64_t)c.seed);
    autoencoder net = { tg_linear_new(store, "encoder", DIGIT_CELLS, HIDDEN),
                        tg_linear_new(store, "code", HIDDEN, CODE),
                        tg_linear_new(store, "decoder", CODE, HIDDEN),
                        tg_linear_new(store, "out", HIDDEN, DIGIT_CELLS) };
    tg_loader *loader =
        tg_loader_new(tg_samples_of_dataset(&learn), .batch = 32, .seed = (uint64_t)c.seed);
    const tg_fitted end = tg_fit(store, step, &net, loader, &error, .epochs = EPOCHS);
    if (end.status) fprintf(stderr, "%s\n", error.text);

    tg_tape *tape = tg_tape_new(store);
    tg_tensor *ink = tg_constant(tape, TG_F32, test.x.shape, test.x.data);
    tg_tensor *label = tg_constant(tape, TG_I32, test.y.shape, test.y.data);
    tg_tensor *unseen = tg_equal_num(label, UNSEEN);
    const result r = apply(&net, ink);
    float error_of[2] = { 0 }; /* the means of those that are known, and of the unseen class */
    tg_get(tg_segment_mean(r.error, tg_cast(unseen, TG_I32), 2), error_of, 2);
    course_expect(&c, "auc", tg_item(tg_roc_auc(r.error, tg_cast(unseen, TG_F32))), 0.85, 1);
    course_expect(&c, "unseen_over_known", (double)(error_of[1] / error_of[0]), 1.3, 10);
    static float code[TEST * CODE], again[TEST * DIGIT_CELLS];
    tg_get(r.code, code, TEST * CODE);
    tg_get(r.again, again, TEST * DIGIT_CELLS);
    plot *p = plot_new("Digits without zeros, by two numbers", 3);
    if (course_fine(&c, tape)) draw(p, &test, code, again);
    tg_tape_free(tape);
    tg_loader_free(loader);
    tg_store_free(store);
    tg_dataset_free(&learn);
    tg_dataset_free(&test);
    return course_end(&c, p);
}
