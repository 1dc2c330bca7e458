/* maml.c: model-agnostic meta-learning (Finn, Abbeel, Levine 2017). A network is trained so that
 * one step of gradient descent on ten points of a new sine wave fits that wave. The outer gradient
 * goes through the inner step, whose gradient is recorded like everything else. For comparison, a
 * network that is trained on all waves at once learns their mean, from which one step helps
 * little. */
#include "common.h"

#include <math.h>

static const char about[] =
    "Trains a network 1-40-40-1 on sine waves of random amplitude and phase, such that one step "
    "of\n"
    "gradient descent on ten points of a new wave fits it; and beside it, on the same points, one\n"
    "that knows nothing of that step. Prints how well each fits new waves after 0 to 10 steps.\n";

enum { POINTS = 10, WIDTH = 40, TASKS = 25, STEPS = 10, TRIALS = 200 };

/* ---- Waves -------------------------------------------------------------------------------- */

/* A number in [low, high), by splitmix64. */
static double uniform(uint64_t *state, double low, double high)
{
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return low + (high - low) * (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

/* Points for the inner step, and others for the loss after it. */
typedef struct wave {
    float x[2][POINTS], y[2][POINTS];
} wave;

static wave wave_new(uint64_t *state)
{
    const double amplitude = uniform(state, 0.1, 5), phase = uniform(state, 0, acos(-1));
    wave w;
    for (int part = 0; part < 2; part++)
        for (int i = 0; i < POINTS; i++) {
            const double x = uniform(state, -5, 5);
            w.x[part][i] = (float)x;
            w.y[part][i] = (float)(amplitude * sin(x - phase));
        }
    return w;
}

/* ---- The network and its losses ------------------------------------------------------------ */

typedef struct network {
    tg_linear first, second, out;
    const char *name; /* prefix of its parameters' names */
} network;

static network network_new(tg_store *store, const char *name)
{
    char names[3][32];
    for (int i = 0; i < 3; i++) snprintf(names[i], sizeof names[i], "%s.%d", name, i);
    return (network){ tg_linear_new(store, names[0], 1, WIDTH),
                      tg_linear_new(store, names[1], WIDTH, WIDTH),
                      tg_linear_new(store, names[2], WIDTH, 1), name };
}

static tg_tensor *loss_of(const network *net, tg_tensor *x, tg_tensor *y)
{
    tg_tensor *hidden = tg_relu(tg_linear_apply(&net->first, x));
    hidden = tg_relu(tg_linear_apply(&net->second, hidden));
    return tg_mse(tg_linear_apply(&net->out, hidden), y);
}

typedef struct task {
    tg_tensor *x[2], *y[2]; /* inputs [POINTS, 1] */
} task;

static task task_new(tg_tape *tape, int number)
{
    task t;
    char name[32];
    for (int part = 0; part < 2; part++) {
        snprintf(name, sizeof name, "x%d.%d", number, part);
        t.x[part] = tg_input(tape, name, TG_F32, TG_SHAPE(POINTS, 1));
        snprintf(name, sizeof name, "y%d.%d", number, part);
        t.y[part] = tg_input(tape, name, TG_F32, TG_SHAPE(POINTS, 1));
    }
    return t;
}

static void task_feed(const task *t, const wave *w)
{
    for (int part = 0; part < 2; part++) {
        tg_feed(t->x[part], w->x[part], POINTS);
        tg_feed(t->y[part], w->y[part], POINTS);
    }
}

/* losses[i]: the loss at the second points, after i steps at the first. */
static void adapt(const network *net, const task *t, double rate, int steps, tg_tensor *losses[])
{
    tg_tape *tape = tg_tape_of(t->x[0]);
    tg_unroll(tape);
    for (int i = 0; i <= steps; i++) {
        losses[i] = loss_of(net, t->x[1], t->y[1]);
        if (i == steps) break;
        tg_sgd(loss_of(net, t->x[0], t->y[0]), .lr = rate, .params = net->name);
        tg_unroll_step(tape);
    }
    tg_unroll_end(tape);
}

/* ---- Training ------------------------------------------------------------------------------ */

typedef struct training {
    tg_tape *tape;
    task tasks[TASKS];
    tg_plan *step;
    tg_tensor *loss;
} training;

static training training_new(tg_store *store, const network *meta, const network *plain,
                             double rate)
{
    training t = { .tape = tg_tape_new(store) };
    tg_tensor *after = NULL, *before = NULL;
    for (int i = 0; i < TASKS; i++) {
        t.tasks[i] = task_new(t.tape, i);
        tg_tensor *losses[2];
        adapt(meta, &t.tasks[i], rate, 1, losses);
        tg_tensor *same = loss_of(plain, t.tasks[i].x[0], t.tasks[i].y[0]);
        after = after ? tg_add(after, losses[1]) : losses[1];
        before = before ? tg_add(before, same) : same;
    }
    t.loss = tg_div_num(after, TASKS);
    tg_adam(t.loss, .lr = 1e-3, .params = meta->name);
    tg_adam(tg_div_num(before, TASKS), .lr = 1e-3, .params = plain->name);
    t.step = tg_compile(t.tape, t.loss);
    return t;
}

static void train(const training *t, int64_t steps, uint64_t *state)
{
    tg_progress bar = { .out = stderr, .total = steps, .label = "training" };
    for (int64_t i = 0; i < steps; i++) {
        for (int k = 0; k < TASKS; k++) {
            const wave w = wave_new(state);
            task_feed(&t->tasks[k], &w);
        }
        if (tg_run(t->step)) break;
        tg_progress_step(&bar, "loss %.3f", tg_item(t->loss));
    }
    tg_progress_end(&bar);
}

/* The mean losses of new waves after 0 to STEPS steps. */
static int judge(tg_store *store, const network *net, double rate, uint64_t seed,
                 double mean[STEPS + 1])
{
    tg_tape *tape = tg_tape_new(store);
    const task t = task_new(tape, 0);
    tg_tensor *losses[STEPS + 1];
    adapt(net, &t, rate, STEPS, losses);
    tg_plan *plan = tg_compile(tape, .keep = { STEPS + 1, losses });
    for (int i = 0; i <= STEPS; i++) mean[i] = 0;
    for (int n = 0; n < TRIALS; n++) {
        const wave w = wave_new(&seed);
        task_feed(&t, &w);
        if (tg_run(plan)) break;
        for (int i = 0; i <= STEPS; i++) mean[i] += tg_item(losses[i]) / TRIALS;
    }
    const int status = tg_report(tape, stderr);
    tg_plan_free(plan);
    tg_tape_free(tape);
    return status;
}

int main(int argc, char **argv)
{
    int64_t seed = 1, steps = 3000;
    double rate = 0.01;
    const bool usual = parse_options(
        argc, argv, about,
        (const option[]){ { "seed", "for weights and waves", .count = &seed },
                          { "steps", "of training, of 25 waves each", .count = &steps },
                          { "rate", "of the inner steps", .number = &rate },
                          { 0 } });
    const double started = seconds_now();
    tg_store *store = tg_store_new(.seed = (uint64_t)seed);
    const network meta = network_new(store, "meta"), plain = network_new(store, "plain");
    const training t = training_new(store, &meta, &plain, rate);
    int status = tg_report(t.tape, stderr);
    uint64_t state = (uint64_t)seed;
    if (!status) train(&t, steps, &state);
    if (!status) status = tg_report(t.tape, stderr);

    double ours[STEPS + 1] = { 0 }, theirs[STEPS + 1] = { 0 };
    if (!status) status = judge(store, &meta, rate, 1u << 20, ours);
    if (!status) status = judge(store, &plain, rate, 1u << 20, theirs);
    if (!status) {
        printf("Mean squared error on %d new waves, after so many steps on ten points:\n", TRIALS);
        puts("steps   learned to learn   trained on all");
        for (int i = 0; i <= STEPS; i += i < 2 ? 1 : 4)
            printf("%5d   %16.3f   %14.3f\n", i, ours[i], theirs[i]);
        print_result("maml", started, "before=%.3f after=%.3f after10=%.3f plain=%.3f plain10=%.3f",
                     ours[0], ours[1], ours[STEPS], theirs[1], theirs[STEPS]);
    }
    tg_plan_free(t.step);
    tg_tape_free(t.tape);
    tg_store_free(store);
    if (!status) /* holds for any number of training steps */
        status = !expect_figure("after / before", ours[1] / ours[0], 0, 0.999999) ||
                 !expect_figure("after10 / plain10", ours[STEPS] / theirs[STEPS], 0, 0.999999);
    if (!status && usual) status = !expect_figure("after / plain", ours[1] / theirs[1], 0, 0.5);
    return status;
}
