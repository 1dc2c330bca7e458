/* jets.c: From sixteen measurements a network tells five kinds of jets nearly as well as their true
 * probabilities do.
 *
 * Formula: AUC_k = P(p_k(jet of kind k) > p_k(jet of another kind)), p = softmax(MLP(x))
 *
 * A generated table, a stand-in for simulated collisions at the LHC: jets of gluons, light quarks,
 * W and Z bosons and top quarks. Mass, multiplicity and two measures of prongs are normal numbers,
 * whose means (and the width of the mass) depend on the kind, each measured four times with noise;
 * half of the measurements are exponentials. The network has layers of 64, 32 and 32 units. So the
 * true probability of each kind is known, and no model can do better.
 */
#include "course.h"

#include <math.h>

static const char about[] = "Tells five kinds of jets by sixteen measurements of each.\n";

enum { TRAIN = 8000, TEST = 4000, ROWS = TRAIN + TEST, KINDS = 5, TRAITS = 4, TIMES = 4 };
enum { FEATURES = TRAITS * TIMES, EVERY = 50 };

static const char *const names[KINDS] = { "gluon", "light quark", "W", "Z", "top" };
static float x[ROWS][FEATURES], true_log_p[ROWS][KINDS]; /* but for a constant of each row */
static int32_t y[ROWS];

static void collide(int64_t seed)
{
    /* Logarithm of the mass in GeV, multiplicity, two prongs, three prongs. */
    static const double mean[KINDS][TRAITS] = {
        { 4.1, 1, 0, 0.2 },  { 3.8, -0.6, 0, -0.3 },  { 4.38, -0.2, 1.2, 0 },
        { 4.51, 0, 1.2, 0 }, { 5.15, 0.9, 0.4, 1.5 },
    };
    static const double of_mass[KINDS] = { 0.5, 0.5, 0.12, 0.12, 0.15 }; /* deviations */
    const double of_others = 0.6, noise = 0.15;
    tg_dice dice = { .key = (uint64_t)seed };
    for (int i = 0; i < ROWS; i++) {
        y[i] = (int32_t)tg_dice_below(&dice, KINDS);
        for (int t = 0; t < TRAITS; t++) {
            const double trait =
                mean[y[i]][t] + (t ? of_others : of_mass[y[i]]) * tg_dice_normal(&dice);
            double average = 0; /* all that the measurements tell of the trait */
            for (int m = 0; m < TIMES; m++) {
                const double value = trait + noise * tg_dice_normal(&dice);
                average += value / TIMES;
                x[i][t * TIMES + m] = (float)(m % 2 ? exp(value) : value);
            }
            for (int k = 0; k < KINDS; k++) {
                const double variance = pow(t ? of_others : of_mass[k], 2) + noise * noise / TIMES;
                const double square = pow(average - mean[k][t], 2);
                true_log_p[i][k] -= (float)(square / variance + log(variance)) / 2;
            }
        }
    }
}

static tg_tensor *apply(const tg_linear layer[4], tg_tensor *input)
{
    tg_tensor *h = tg_scaled(input, "jets");
    for (int i = 0; i < 3; i++) h = tg_relu(tg_linear_apply(&layer[i], h));
    return tg_linear_apply(&layer[3], h);
}

static tg_tensor *step(void *context, tg_batch *batch)
{
    tg_tensor *loss = tg_cross_entropy(apply(context, batch->field[0]), batch->field[1]);
    if (batch->training) tg_adam(loss, .schedule = batch->schedule);
    return loss;
}

/* The share of other jets that is taken for one of the kind, by the share of the kind that is kept.
 */
static void draw(void (*as)(plot *, const char *, const double *, const double *, int64_t), plot *p,
                 const char *name, tg_tensor *score, tg_tensor *is_kind)
{
    double kept[TEST / EVERY] = { 0 }, taken[TEST / EVERY] = { 0 };
    tg_tensor *sorted =
        tg_gather(tg_cast(is_kind, TG_F64), tg_argsort(score, .descending = true), 0);
    tg_tensor *others = tg_rsub_num(1, sorted);
    tg_tensor *right = tg_div(tg_cumsum(sorted, 0), tg_sum(sorted));
    tg_tensor *wrong = tg_div(tg_cumsum(others, 0), tg_sum(others));
    tg_get(tg_slice(right, 0, EVERY - 1, TEST, EVERY), kept, TEST / EVERY);
    tg_get(tg_slice(wrong, 0, EVERY - 1, TEST, EVERY), taken, TEST / EVERY);
    as(p, name, kept, taken, TEST / EVERY);
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "jets", about);
    collide(c.seed);
    tg_error error;
    tg_store *store = tg_store_new(.seed = (uint64_t)c.seed);
    tg_linear layers[] = { tg_linear_new(store, "1", FEATURES, 64),
                           tg_linear_new(store, "2", 64, 32), tg_linear_new(store, "3", 32, 32),
                           tg_linear_new(store, "4", 32, KINDS) };
    const tg_dataset train = { tg_array_view(TG_F32, TG_SHAPE(TRAIN, FEATURES), x),
                               tg_array_view(TG_I32, TG_SHAPE(TRAIN), y) };
    tg_scaler scaler = { 0 };
    tg_loader *loader =
        tg_loader_new(tg_samples_of_dataset(&train), .batch = 100, .seed = (uint64_t)c.seed);
    if (tg_scaler_fit(&scaler, &train.x, &error) ||
        tg_scaler_keep(store, "jets", &scaler, &error) ||
        tg_fit(store, step, layers, loader, &error, .epochs = 10,
               .schedule = tg_one_cycle_lr(.peak = 1e-2, .steps = 10 * TRAIN / 100))
            .status)
        fprintf(stderr, "%s\n", error.text);

    tg_tape *tape = tg_tape_new(store);
    tg_tensor *asked = tg_constant(tape, TG_F32, TG_SHAPE(TEST, FEATURES), x[TRAIN]);
    tg_tensor *labels = tg_constant(tape, TG_I32, TG_SHAPE(TEST), y + TRAIN);
    tg_tensor *truth =
        tg_softmax(tg_constant(tape, TG_F32, TG_SHAPE(TEST, KINDS), true_log_p[TRAIN]));
    tg_tensor *p_kind = tg_softmax(apply(layers, asked));
    tg_tensor *is_kind = tg_one_hot(labels, KINDS, TG_F32);
    double least = 1, gap = 0;
    plot *p = plot_new("Jets: how many others are taken for each kind", 1);
    plot_panel(p, "lines: network; dots: true probabilities", "share of the kind that is kept",
               "share of the others");
    plot_log_y(p);
    for (int k = 0; k < KINDS; k++) {
        tg_tensor *score = tg_pick(p_kind, 1, k), *is = tg_pick(is_kind, 1, k);
        const double auc = tg_item(tg_roc_auc(score, is));
        least = fmin(least, auc);
        gap = fmax(gap, tg_item(tg_roc_auc(tg_pick(truth, 1, k), is)) - auc);
        draw(plot_line, p, names[k], score, is);
        draw(plot_dots, p, names[k], tg_pick(truth, 1, k), is);
    }
    course_expect(&c, "auc_least", least, 0.85, 0.99);
    course_expect(&c, "below_the_best", gap, 0, 0.02);
    course_fine(&c, tape);
    tg_tape_free(tape);
    tg_loader_free(loader);
    tg_scaler_free(&scaler);
    tg_store_free(store);
    return course_end(&c, p);
}
