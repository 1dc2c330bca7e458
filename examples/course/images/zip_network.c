/* zip_network.c: LeCun's network for ZIP codes reads digits with 9760 weights on 64660 connections.
 *
 * Formula: H1 12 x (25 + 64), H2 12 x (8 x 25 + 16), H3 30 x (192 + 1), output 10 x (30 + 1)
 * weights
 *
 * The structure of 1989: two layers of feature maps, 5 x 5 weights shared by all places of a map,
 * stride 2, a threshold for each unit; a map of the second sees eight of the twelve maps of the
 * first (here three groups of four maps each); then 30 units and 10. All with tanh, squared error
 * and targets of +-1. The 8x8 digits, enlarged to 16x16, are a stand-in for the ZIP codes.
 */
#include "course.h"

#include "common.h"

static const char about[] = "Trains the network of LeCun et al. (1989) on enlarged digits.\n";

enum { MAPS = 12, EPOCHS = 12 };

typedef struct net {
    tg_var *h1, *h1_bias, *h2, *h2_bias;
    tg_linear h3, out;
    double curve[EPOCHS];
} net;

static net net_new(tg_store *store)
{
    return (net){
        .h1 = tg_param(store, "h1.weight", TG_SHAPE(MAPS, 1, 5, 5), tg_init_lecun_normal(25)),
        .h1_bias = tg_param(store, "h1.bias", TG_SHAPE(MAPS, 8, 8), tg_init_zeros()),
        .h2 = tg_param(store, "h2.weight", TG_SHAPE(MAPS, 8, 5, 5), tg_init_lecun_normal(200)),
        .h2_bias = tg_param(store, "h2.bias", TG_SHAPE(MAPS, 4, 4), tg_init_zeros()),
        .h3 = tg_linear_new(store, "h3", 192, 30, .init = tg_init_lecun_normal(0)),
        .out = tg_linear_new(store, "out", 30, DIGIT_CLASSES, .init = tg_init_lecun_normal(0)),
    };
}

static tg_tensor *apply(const net *n, tg_tensor *ink)
{
    static const int32_t seen[24] = { 0, 1, 2,  3,  4, 5, 6,  7,  4, 5, 6, 7,
                                      8, 9, 10, 11, 8, 9, 10, 11, 0, 1, 2, 3 };
    tg_tape *tape = tg_tape_of(ink);
    tg_tensor *x = tg_convolve(ink, tg_read(tape, n->h1), NULL, .stride = 2, .padding = 2);
    x = tg_tanh(tg_add(x, tg_read(tape, n->h1_bias)));
    x = tg_gather(x, tg_constant(tape, TG_I32, TG_SHAPE(24), seen), 1);
    x = tg_convolve(x, tg_read(tape, n->h2), NULL, .stride = 2, .padding = 2, .groups = 3);
    x = tg_tanh(tg_add(x, tg_read(tape, n->h2_bias)));
    x = tg_tanh(tg_linear_apply(&n->h3, tg_flatten(x, 1)));
    return tg_tanh(tg_linear_apply(&n->out, x));
}

static tg_tensor *step(void *context, tg_batch *batch)
{
    tg_tensor *x = tg_reshape(batch->field[0], TG_SHAPE(batch->rows, 1, DIGIT_SIDE, DIGIT_SIDE));
    tg_tensor *guess = apply(context, tg_div_num(tg_upsample_linear(x, 2), DIGIT_INK));
    tg_tensor *wanted = tg_one_hot(batch->field[1], DIGIT_CLASSES, TG_F32);
    tg_track(batch, "accuracy", tg_accuracy(guess, batch->field[1]));
    tg_tensor *loss = tg_mse(guess, tg_sub_num(tg_mul_num(wanted, 2), 1));
    if (batch->training) tg_adam(loss, .lr = 3e-3);
    return loss;
}

static bool keep_accuracy(void *context, const tg_fit_moment *moment)
{
    net *n = context;
    if (moment->epoch_ended)
        n->curve[moment->epoch] = tg_runner_value(moment->validation, "accuracy");
    return true;
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "zip_network", about);
    tg_error error;
    tg_dataset digits = { 0 }, learn = { 0 }, test = { 0 };
    if (digits_load(&digits, DIGITS_FILE, &error) ||
        tg_split_stratified(&digits, &learn, &test, &error, .seed = (uint64_t)c.seed))
        return fprintf(stderr, "%s\n", error.text), 1;
    tg_store *store = tg_store_new(.seed = (uint64_t)c.seed);
    net n = net_new(store);
    course_expect(&c, "h1", (double)tg_param_count(store, "h1"), 1068, 1068);
    course_expect(&c, "h2", (double)tg_param_count(store, "h2"), 2592, 2592);
    course_expect(&c, "h3", (double)tg_param_count(store, "h3"), 5790, 5790);
    course_expect(&c, "weights", (double)tg_param_count(store, ""), 9760, 9760);
    /* A unit has as many connections as its kernel has weights, and its threshold. */
    const int connections = 12 * 64 * (25 + 1) + 12 * 16 * (200 + 1) + 30 * 193 + 10 * 31;
    course_expect(&c, "connections", connections, 64660, 64660);

    tg_loader *batches =
        tg_loader_new(tg_samples_of_dataset(&learn), .batch = 32, .seed = (uint64_t)c.seed);
    tg_loader *held_out = tg_loader_new(tg_samples_of_dataset(&test), .shuffle = false);
    const tg_fitted end =
        tg_fit(store, step, &n, batches, &error, .validation = held_out, .keep_last = true,
               .epochs = EPOCHS, .callback = keep_accuracy, .callback_context = &n);
    if (!course_check(&c, "ran", end.status == TG_OK)) fprintf(stderr, "%s\n", error.text);
    course_expect(&c, "test_accuracy", n.curve[EPOCHS - 1], 0.93, 1);

    static const char *const layers[] = { "H1", "H2", "H3", "output" };
    float weights[MAPS * 25];
    double sheet[17 * 23];
    tg_var_get(n.h1, weights, MAPS * 25);
    for (int i = 0; i < 17 * 23; i++) {
        const int row = i / 23, column = i % 23, map = row / 6 * 4 + column / 6;
        const bool gap = row % 6 == 5 || column % 6 == 5;
        sheet[i] = gap ? 0 : (double)weights[map * 25 + row % 6 * 5 + column % 6];
    }
    plot *p = plot_new("The network for ZIP codes", 3);
    plot_panel(p, "weights of its layers", NULL, NULL);
    plot_bars(p, layers, (double[]){ 1068, 2592, 5790, 310 }, 4);
    plot_panel(p, "share of test digits right", "epoch", NULL);
    plot_curve(p, NULL, n.curve, EPOCHS);
    plot_panel(p, "the twelve kernels of H1", NULL, NULL);
    plot_image(p, sheet, 17, 23, -1, 1, true);
    tg_loader_free(batches);
    tg_loader_free(held_out);
    tg_store_free(store);
    tg_dataset_free(&digits);
    tg_dataset_free(&learn);
    tg_dataset_free(&test);
    return course_end(&c, p);
}
