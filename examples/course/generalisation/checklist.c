/* checklist.c: Of eight trainings that are spoilt in different ways a health report names the
 * fault, and of one that is well none.
 *
 * Formula: |update| / |weights| near 1e-3; validation loss < 2 training loss < first training loss
 *
 * The lectures' list, in its order: learning rate, initialisation, more data, architecture, more
 * epochs, relevance of features. A net of 4-16-16-1 learns y = 8 x_1 x_2 x_3 + noise from 1000
 * points of a cube; in each training but the first one thing is spoilt. tg_health_new looks at one
 * more step, and is told the losses of training, validation and the first step. What counts is the
 * first finding of the report, which is where the list would begin.
 */
#include "course.h"

static const char about[] = "Spoils a training in eight ways; a health report names each.\n";

enum { INPUTS = 4, WIDTH = 16, ROWS = 1000, MOST_STEPS = 200 };

typedef struct recipe {
    const char *name;
    tg_health_topic topic; /* of what is to be found; 0: nothing */
    double rate;
    tg_init init;
    int rows, steps;
    double leak;    /* of the activations: 1 makes the net linear */
    double feature; /* what the last feature is multiplied with */
} recipe;

static tg_tensor *loss_of(const tg_linear layer[3], double leak, tg_tensor *x, tg_tensor *y)
{
    tg_tensor *h = tg_leaky_relu(tg_linear_apply(&layer[0], x), leak);
    h = tg_leaky_relu(tg_linear_apply(&layer[1], h), leak);
    return tg_mse(tg_linear_apply(&layer[2], h), y);
}

/* So many points. */
static void draw(tg_dice dice, const recipe *r, int rows, float x[], float y[])
{
    for (int i = 0; i < rows; i++) {
        float *row = x + i * INPUTS;
        for (int k = 0; k < INPUTS; k++) row[k] = (float)(2 * tg_dice_uniform(&dice) - 1);
        y[i] = 8 * row[0] * row[1] * row[2] + 0.5F * (float)tg_dice_normal(&dice);
        row[INPUTS - 1] *= (float)r->feature;
    }
}

/* Trains, and asks: is the first finding of the recipe's topic; without one, is there none? */
static bool diagnose(course *c, const recipe *r, double losses[MOST_STEPS])
{
    float x[ROWS * INPUTS], y[ROWS], other_x[ROWS * INPUTS], other_y[ROWS];
    const uint64_t seed = (uint64_t)c->seed;
    draw((tg_dice){ seed, 0, 0 }, r, r->rows, x, y);
    draw((tg_dice){ seed, 1, 0 }, r, ROWS, other_x, other_y);
    tg_store *store = tg_store_new(.seed = seed);
    const tg_init none = tg_init_zeros(), small = tg_init_scaled(r->init, 0.1);
    const tg_linear layers[] = {
        tg_linear_new(store, "first", INPUTS, WIDTH, .init = r->init, .bias_init = none),
        tg_linear_new(store, "second", WIDTH, WIDTH, .init = r->init, .bias_init = none),
        tg_linear_new(store, "third", WIDTH, 1, .init = small, .bias_init = none)
    };
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *points = tg_constant(tape, TG_F32, TG_SHAPE(r->rows, INPUTS), x);
    tg_tensor *others = tg_constant(tape, TG_F32, TG_SHAPE(ROWS, INPUTS), other_x);
    tg_tensor *right = tg_constant(tape, TG_F32, TG_SHAPE(r->rows, 1), y);
    tg_tensor *other_right = tg_constant(tape, TG_F32, TG_SHAPE(ROWS, 1), other_y);
    tg_tensor *loss = loss_of(layers, r->leak, points, right);
    tg_tensor *held = loss_of(layers, r->leak, others, other_right);
    const tg_updates updates = tg_adam(loss, .lr = r->rate);
    tg_plan *plan = tg_compile(tape, loss, held);
    for (int i = 0; i < r->steps; i++) {
        tg_run(plan);
        losses[i] = tg_item(loss);
    }
    tg_error error = { 0 };
    tg_health *health = tg_health_new(loss, &error, .updates = &updates, .features = points,
                                      .first_loss = losses[0], .train_loss = losses[r->steps - 1],
                                      .validation_loss = tg_item(held));
    if (!health) fprintf(stderr, "%s\n", error.text);
    const bool any = health && health->finding_count > 0;
    const bool named = health && (r->topic ? any && health->finding[0].topic == r->topic : !any);
    tg_health_free(health);
    tg_plan_free(plan);
    tg_tape_free(tape);
    tg_store_free(store);
    return named;
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "checklist", about);
    const tg_init good = tg_init_he_normal(0);
    const recipe recipes[] = {
        { "healthy", 0, 0.01, good, ROWS, 200, 0.1, 1 },
        { "rate too high", TG_HEALTH_LEARNING_RATE, 1, good, ROWS, 5, 0.1, 1 },
        { "rate too low", TG_HEALTH_LEARNING_RATE, 1e-7, good, ROWS, 200, 0.1, 1 },
        { "equal weights", TG_HEALTH_INITIALISATION, 0.01, tg_init_constant(0.1), ROWS, 200, 0.1,
          1 },
        { "too few samples", TG_HEALTH_DATA, 0.01, good, 20, 100, 0.1, 1 },
        { "linear net", TG_HEALTH_ARCHITECTURE, 0.01, good, ROWS, 50, 1, 1 },
        { "too few steps", TG_HEALTH_EPOCHS, 0.01, good, ROWS, 20, 0.1, 1 },
        { "constant feature", TG_HEALTH_FEATURES, 0.01, good, ROWS, 200, 0.1, 0 },
        { "unscaled feature", TG_HEALTH_FEATURES, 0.01, good, ROWS, 200, 0.1, 1000 },
    };
    enum { ALL = sizeof recipes / sizeof *recipes };
    plot *p = plot_new("What is wrong, by the report, and how the loss goes", 3);
    int right = 0;
    for (int i = 0; i < ALL; i++) {
        double losses[MOST_STEPS];
        const recipe *r = &recipes[i];
        if (diagnose(&c, r, losses)) right++;
        else fprintf(stderr, "%s: something else is named\n", r->name);
        char title[64];
        snprintf(title, sizeof title, "%s (%s)", r->name,
                 r->topic ? tg_health_topic_name(r->topic) : "nothing");
        plot_panel(p, title, "step", "training loss");
        plot_log_y(p);
        plot_x_range(p, 0, MOST_STEPS);
        plot_y_range(p, 1e-3, 1e3);
        plot_curve(p, NULL, losses, r->steps);
    }
    course_expect(&c, "named_rightly", right, ALL, ALL);
    return course_end(&c, p);
}
