/* neural_ode.c: A network learns the law of a motion from the motion alone, and goes on with it.
 *
 * Formula: dx/dt = net(x); x' = x + h/6 (k1 + 2 k2 + 2 k3 + k4), the steps of Runge and Kutta
 *
 * A pendulum loses its swing to friction: angle' = speed, speed' = -sin(angle) - 0.15 speed, which
 * the net does not know. From each state that was seen it follows its own law for some steps, all
 * on the tape, and the loss says how far it is from the state that the pendulum had then. The last
 * third of the motion is not shown: the net goes there from the start, over all steps.
 */
#include "course.h"

#include <math.h>
#include <string.h>

static const char about[] = "Learns a vector field through an integrator, and extrapolates.\n";

enum { SEEN = 120, ALL = 180, AHEAD = 6, STARTS = SEEN - AHEAD, HIDDEN = 32 };
static const double h = 0.15;

typedef struct net {
    tg_linear hidden, out;
} net;

/* How fast the states x [n, 2] change. */
static tg_tensor *law(const net *n, tg_tensor *x)
{
    return tg_linear_apply(&n->out, tg_tanh(tg_linear_apply(&n->hidden, x)));
}

static tg_tensor *advance(const net *n, tg_tensor *x)
{
    tg_tensor *k1 = law(n, x);
    tg_tensor *k2 = law(n, tg_add(x, tg_mul_num(k1, h / 2)));
    tg_tensor *k3 = law(n, tg_add(x, tg_mul_num(k2, h / 2)));
    tg_tensor *k4 = law(n, tg_add(x, tg_mul_num(k3, h)));
    tg_tensor *sum = tg_add(tg_add(k1, k4), tg_mul_num(tg_add(k2, k3), 2));
    return tg_add(x, tg_mul_num(sum, h / 6));
}

/* The motion itself, by steps so small that they need no Runge and Kutta. */
static void swing(double path[ALL][2])
{
    double angle = 2.5, speed = 0;
    for (int i = 0; i < ALL; i++) {
        path[i][0] = angle;
        path[i][1] = speed;
        for (int k = 0; k < 1000; k++) {
            angle += speed * h / 1000;
            speed -= (sin(angle) + 0.15 * speed) * h / 1000;
        }
    }
}

static void draw(plot *p, const char *name, double path[][2], int count)
{
    double x[ALL], y[ALL];
    for (int i = 0; i < count; i++) x[i] = path[i][0], y[i] = path[i][1];
    if (name[0] == 'n') plot_line(p, name, x, y, count);
    else plot_dots(p, name, x, y, count);
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "neural_ode", about);
    tg_store *store = tg_store_new(.seed = (uint64_t)c.seed, .dtype = TG_F64);
    const net n = { tg_linear_new(store, "hidden", 2, HIDDEN, .init = tg_init_normal(0, 0.5)),
                    tg_linear_new(store, "out", HIDDEN, 2) };
    static double path[ALL][2], own[ALL][2], before[ALL][2];
    swing(path);

    tg_tape *tape = tg_tape_new(store);
    tg_tensor *x = tg_constant(tape, TG_F64, TG_SHAPE(SEEN, 2), path);
    tg_tensor *at = tg_slice(x, 0, 0, STARTS, 1), *loss = tg_number(tape, 0);
    for (int i = 1; i <= AHEAD; i++) {
        at = advance(&n, at);
        loss = tg_add(loss, tg_mse(at, tg_slice(x, 0, i, STARTS + i, 1)));
    }
    tg_tensor *step = tg_input(tape, "at", TG_F64, TG_SHAPE(1, 2)), *next = advance(&n, step);
    tg_plan *walk = tg_compile_pure(tape, next);
    course_check(&c, "derivatives",
                 tg_check_gradient(loss, TG_LIST(tg_read(tape, n.hidden.weight)), .entries = 20) ==
                     TG_OK);
    double(*paths[])[2] = { before, own };
    for (int trained = 0; trained < 2; trained++) {
        if (trained) tg_lbfgs(loss, .max_iterations = 300);
        double *place = memcpy(paths[trained][0], path[0], sizeof path[0]);
        for (int i = 1; i < ALL; i++) {
            tg_feed(step, place, 2);
            tg_run(walk);
            tg_get(next, place = paths[trained][i], 2);
        }
    }
    course_fine(&c, tape);

    double unseen = 0, untrained = 0;
    for (int i = SEEN; i < ALL; i++) {
        unseen = fmax(unseen, hypot(own[i][0] - path[i][0], own[i][1] - path[i][1]));
        untrained = fmax(untrained, hypot(before[i][0] - path[i][0], before[i][1] - path[i][1]));
    }
    course_expect(&c, "farthest_unseen", unseen, 0, 0.1);
    course_expect(&c, "farthest_untrained", untrained, 0.5, 1e3);

    plot *p = plot_new("A law of motion, learned from one motion", 1);
    plot_panel(p, NULL, "angle", "speed");
    draw(p, "seen", path, SEEN);
    draw(p, "to come", path + SEEN, ALL - SEEN);
    draw(p, "net", own, ALL);
    tg_plan_free(walk);
    tg_tape_free(tape);
    tg_store_free(store);
    return course_end(&c, p);
}
