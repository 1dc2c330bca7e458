/* weight_decay.c: A term alpha |theta|^2 in the loss is weight decay for SGD, with momentum or
 * without, but not for Adam.
 *
 * Formula: J = L + alpha |theta|^2, dJ/dtheta = dL/dtheta + 2 alpha theta
 *
 * A network of 16 tanh units is trained on 100 noisy points, once by squares to give a number and
 * once by cross-entropy to give a class. On the left the norm of its weights at the end, for
 * several alpha: the larger, the smaller. On the right how far two trainings are apart, one with
 * the term in its loss and one without it but with weight decay of 2 alpha, decoupled for Adam
 * (AdamW).
 */
#include "course.h"

#include <math.h>

static const char about[] = "Trains with L2 in the loss, and with weight decay.\n";

enum { ROWS = 100, UNITS = 16, STEPS = 300, ALPHAS = 5, MOST = UNITS * 4 + 1 };

typedef enum method { SGD, MOMENTUM, ADAM } method;

typedef struct run {
    method by;
    bool classes;
    double alpha;
    bool decay;                 /* as weight decay, not in the loss */
    double weights[MOST], norm; /* in the end */
} run;

static void update(const run *r, tg_tensor *loss, tg_tape *tape)
{
    const double decay = r->decay ? 2 * r->alpha : 0;
    if (!r->decay) loss = tg_add(loss, tg_mul_num(tg_l2_penalty(tape), r->alpha));
    if (r->by == SGD) tg_sgd(loss, .lr = 0.1, .weight_decay = decay);
    if (r->by == MOMENTUM) tg_sgd(loss, .lr = 0.02, .momentum = 0.9, .weight_decay = decay);
    if (r->by == ADAM) tg_adamw(loss, .lr = 0.02, .weight_decay = decay);
}

static bool train(course *c, run *r)
{
    tg_store *store = tg_store_new(.seed = (uint64_t)c->seed, .dtype = TG_F64);
    const tg_linear hidden = tg_linear_new(store, "hidden", 2, UNITS);
    const tg_linear out = tg_linear_new(store, "out", UNITS, 1);
    tg_tape *tape = tg_tape_new(store);
    double xs[ROWS * 2] = { 0 }, noise[ROWS] = { 0 };
    tg_get(tg_normal(tape, "x", TG_F64, TG_SHAPE(ROWS, 2), 0, 1), xs, (size_t)ROWS * 2);
    tg_get(tg_normal(tape, "noise", TG_F64, TG_SHAPE(ROWS), 0, 0.5), noise, ROWS);
    tg_rewind(tape);
    tg_tensor *x = tg_constant(tape, TG_F64, TG_SHAPE(ROWS, 2), xs);
    tg_tensor *truth = tg_sum(tg_sin(tg_mul_num(x, 2)), .axis = 1, .keep = true);
    tg_tensor *y = tg_add(truth, tg_constant(tape, TG_F64, TG_SHAPE(ROWS, 1), noise));
    tg_tensor *guess = tg_linear_apply(&out, tg_tanh(tg_linear_apply(&hidden, x)));
    tg_tensor *is_class = tg_cast(tg_greater_num(y, 0), TG_F64);
    update(r, r->classes ? tg_binary_cross_entropy(guess, is_class) : tg_mse(guess, y), tape);
    tg_plan *step = tg_compile(tape, guess);
    for (int i = 0; i < STEPS && !tg_run(step); i++) continue;
    const tg_var *const vars[] = { hidden.weight, hidden.bias, out.weight, out.bias };
    double *to = r->weights;
    for (int v = 0; v < 4; v++) {
        const size_t count = (size_t)tg_shape_count(tg_var_shape(vars[v]));
        tg_var_get(vars[v], to, count);
        to += count;
    }
    r->norm = 0;
    for (int k = 0; k < MOST; k++) r->norm = hypot(r->norm, r->weights[k]);
    const bool fine = course_fine(c, tape);
    tg_plan_free(step);
    tg_tape_free(tape);
    tg_store_free(store);
    return fine;
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "weight_decay", about);
    static const double alphas[ALPHAS] = { 1e-4, 1e-3, 1e-2, 3e-2, 0.1 };
    static const char *const names[3] = { "SGD", "momentum", "Adam" };
    static run in_loss, decayed;
    static double norms[2][ALPHAS];
    double apart[3] = { 0 };
    bool fine = true;
    for (int by = SGD; by <= ADAM && fine; by++) {
        in_loss = (run){ .by = (method)by, .alpha = 0.01 };
        decayed = (run){ .by = (method)by, .alpha = 0.01, .decay = true };
        fine = train(&c, &in_loss) && train(&c, &decayed);
        for (int k = 0; k < MOST; k++)
            apart[by] = fmax(apart[by], fabs(in_loss.weights[k] - decayed.weights[k]));
    }
    for (int i = 0; i < 2 * ALPHAS && fine; i++) {
        in_loss = (run){ .by = MOMENTUM, .classes = i >= ALPHAS, .alpha = alphas[i % ALPHAS] };
        fine = train(&c, &in_loss);
        norms[i / ALPHAS][i % ALPHAS] = in_loss.norm;
    }
    plot *p = plot_new("L2 in the loss, and weight decay", 2);
    if (course_check(&c, "trained", fine)) {
        course_expect(&c, "apart_sgd", apart[SGD], 0, 1e-12);
        course_expect(&c, "apart_momentum", apart[MOMENTUM], 0, 1e-12);
        course_expect(&c, "apart_adam", apart[ADAM], 0.05, HUGE_VAL);
        bool shrinks = true;
        for (int i = 1; i < ALPHAS; i++)
            shrinks &= norms[0][i] < norms[0][i - 1] && norms[1][i] < norms[1][i - 1];
        course_check(&c, "norms_shrink", shrinks);
        course_expect(&c, "norm_squares_least_over_largest", norms[0][0] / norms[0][ALPHAS - 1],
                      1.5, HUGE_VAL);
        course_expect(&c, "norm_entropy_least_over_largest", norms[1][0] / norms[1][ALPHAS - 1],
                      1.5, HUGE_VAL);
        plot_panel(p, "Weights in the end", "alpha", "norm");
        plot_log_x(p);
        plot_line(p, "squares", alphas, norms[0], ALPHAS);
        plot_line(p, "cross-entropy", alphas, norms[1], ALPHAS);
        plot_panel(p, "L2 against decay", NULL, "largest difference of a weight");
        plot_bars(p, names, apart, 3);
    }
    return course_end(&c, p);
}
