/* hypergradient.c: gradient descent that learns its own learning rate (Baydin et al. 2018). Each
 * step of gradient descent is recorded, and behind it the loss of the next batch. The derivative of
 * that loss by the learning rate, through the step, changes the rate. So even a rate that is a
 * hundred times too small soon grows. The paper derives that derivative by hand; here it is one
 * more call of tg_grad. */
#include "common.h"

#include <math.h>

static const char about[] =
    "Trains logistic regression on the digits by gradient descent with a rate that is far too\n"
    "small: once with that rate as it is, once with one that follows the derivative of the next\n"
    "batch's loss by it, and with rates that were tried out, 10 times apart.\n";

enum { BATCH = 64, TRIED = 4 };

typedef struct settings {
    int64_t seed, epochs;
    double rate, pace; /* the initial rate; the learning rate of the rate */
} settings;

static tg_tensor *loss_of(const tg_linear *layer, tg_tensor *x, tg_tensor *y)
{
    tg_tensor *ink = tg_div_num(tg_reshape(x, TG_SHAPE(BATCH, DIGIT_CELLS)), DIGIT_INK);
    return tg_cross_entropy(tg_linear_apply(layer, ink), y);
}

/* ---- A step ---------------------------------------------------------------------------------- */

/* The inputs of a batch and of the next one, and a plan of the step. */
typedef struct step {
    tg_tape *tape;
    tg_tensor *x[2], *y[2], *loss;
    tg_plan *plan;
} step;

/* With [pace] 0 the rate is constant. */
static step step_new(tg_store *store, const tg_linear *layer, tg_var *rate, double pace)
{
    step s = { .tape = tg_tape_new(store) };
    for (int i = 0; i < 2; i++) {
        s.x[i] = tg_input(s.tape, i ? "next x" : "x", TG_F32, TG_SHAPE(BATCH, DIGIT_CELLS));
        s.y[i] = tg_input(s.tape, i ? "next y" : "y", TG_I32, TG_SHAPE(BATCH));
    }
    tg_tensor *lr = tg_read(s.tape, rate);
    s.loss = loss_of(layer, s.x[0], s.y[0]);
    tg_unroll(s.tape); /* from here on, reads give the weights after the step */
    tg_gd(s.loss, .lr_at = lr, .params = "layer");
    tg_unroll_step(s.tape);
    tg_tensor *next = loss_of(layer, s.x[1], s.y[1]);
    tg_unroll_end(s.tape);
    tg_assign(rate, tg_sub(lr, tg_mul_num(tg_grad(next, lr), pace)));
    tg_gd(s.loss, .lr_at = lr, .params = "layer"); /* the step itself */
    s.plan = tg_compile(s.tape, s.loss);
    return s;
}

static void step_free(step *s)
{
    tg_plan_free(s->plan);
    tg_tape_free(s->tape);
}

/* ---- A training ------------------------------------------------------------------------------ */

typedef struct outcome {
    double loss, rate; /* the mean of the last epoch, and the final rate */
} outcome;

/* Feeds the batch at the position of [batches], and the next one. */
static bool feed(const step *s, tg_batches *batches, tg_batches *ahead)
{
    int64_t rows = tg_batches_next(batches, s->x[0], s->y[0]);
    if (rows <= 0) return false;
    rows = tg_batches_next(ahead, s->x[1], s->y[1]);
    if (rows == 0) rows = tg_batches_next(ahead, s->x[1], s->y[1]); /* from the next epoch */
    return rows > 0;
}

static int train(const settings *set, const tg_dataset *data, double rate, double pace,
                 outcome *out)
{
    tg_store *store = tg_store_new(.seed = (uint64_t)set->seed);
    const tg_linear layer = tg_linear_new(store, "layer", DIGIT_CELLS, DIGIT_CLASSES);
    tg_var *var = tg_state(store, "rate", TG_F32, TG_SCALAR, rate);
    step s = step_new(store, &layer, var, pace);
    tg_batches batches =
        tg_batches_new(data, BATCH, .seed = (uint64_t)set->seed, .drop_last = true);
    tg_batches ahead = tg_batches_new(data, BATCH, .seed = (uint64_t)set->seed, .drop_last = true);
    tg_batches_seek(&ahead, 0, BATCH);
    int status = tg_report(s.tape, stderr);
    for (int64_t epoch = 0; epoch < set->epochs && !status; epoch++) {
        double sum = 0;
        while (feed(&s, &batches, &ahead) && tg_run(s.plan) == TG_OK) sum += tg_item(s.loss);
        status = tg_report(s.tape, stderr);
        out->loss = sum / (double)tg_batches_count(&batches);
    }
    float last = 0;
    tg_var_get(var, &last, 1);
    out->rate = (double)last;
    tg_batches_free(&ahead);
    tg_batches_free(&batches);
    step_free(&s);
    tg_store_free(store);
    return status;
}

int main(int argc, char **argv)
{
    settings s = { .seed = 1, .epochs = 20, .rate = 1e-3, .pace = 0.05 };
    const bool usual = parse_options(
        argc, argv, about,
        (const option[]){ { "seed", "for weights and batches", .count = &s.seed },
                          { "epochs", "passes over the digits", .count = &s.epochs, .least = 1 },
                          { "rate", "to begin with", .number = &s.rate },
                          { "pace", "by which the rate moves", .number = &s.pace },
                          { 0 } });
    const double started = seconds_now();
    tg_dataset data = { 0 };
    tg_error error;
    if (digits_load(&data, DIGITS_FILE, &error)) return fprintf(stderr, "%s\n", error.text), 1;

    outcome follows = { 0 }, tried[TRIED] = { { 0 } };
    int status = train(&s, &data, s.rate, s.pace, &follows);
    puts("rate at first   at the end   loss of the last epoch");
    printf("%13g   %10.4f   %22.4f   (follows its gradient)\n", s.rate, follows.rate, follows.loss);
    double best = HUGE_VAL;
    for (int i = 0; i < TRIED && !status; i++) {
        const double rate = s.rate * pow(10, i);
        status = train(&s, &data, rate, 0, &tried[i]);
        printf("%13g   %10.4f   %22.4f\n", rate, tried[i].rate, tried[i].loss);
        best = fmin(best, tried[i].loss);
    }
    print_result("hypergradient", started, "rate=%.4f loss=%.4f fixed=%.4f best_tried=%.4f",
                 follows.rate, follows.loss, tried[0].loss, best);
    tg_dataset_free(&data);
    if (!status) /* for any options: learning the rate must help */
        status = !expect_figure("rate / first rate", follows.rate / s.rate, 1.000001, HUGE_VAL) ||
                 !expect_figure("loss / fixed", follows.loss / tried[0].loss, 0, 0.999999);
    if (!status && usual) status = !expect_figure("loss / best_tried", follows.loss / best, 0, 3);
    return status;
}
