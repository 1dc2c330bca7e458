/* custom.c: a model, a loss and an optimizer of your own, made of primitives alone, in five steps
 * from top to bottom.
 *
 * A particle moves in an energy E(x) = x^4/4 - x^2/2: two wells, at x = -1 and x = 1, and a barrier
 * of height 1/4 between them. The energy cannot be measured, only the force -dE/dx; and every tenth
 * measurement is an outlier. The program finds the wells and the barrier. */
#include "common.h"

#include <math.h>

static const char about[] =
    "Learns an energy from measured forces: a model, a loss and an optimizer written against the\n"
    "graph API. The model is an energy; what is compared with the data is its derivative, so the\n"
    "training differentiates a derivative. The loss forgives outliers; --squared puts the usual\n"
    "one in its place, and shows what the forgiving was for. At the end Newton's method, with\n"
    "first and second derivatives of the learned energy, finds the bottom of a well. The truth:\n"
    "a well at 1 with curvature 2, behind a barrier of 0.25.\n";

enum { POINTS = 400, BUMPS = 12 };

/* ---- 1. A layer is a struct of variables and a function that records ---------------------- */

/* A sum of bumps: E(x) = sum of height * exp(-((x - centre) / width)^2). */
typedef struct bumps {
    tg_var *height, *centre, *log_width; /* [BUMPS] each */
} bumps;

static bumps bumps_new(tg_store *store)
{
    const tg_init spread = { .kind = TG_INIT_UNIFORM, .a = -2, .b = 2 };
    return (bumps){
        .height = tg_param(store, "bumps.height", TG_SHAPE(BUMPS), tg_init_zeros()),
        .centre = tg_param(store, "bumps.centre", TG_SHAPE(BUMPS), spread),
        .log_width = tg_param(store, "bumps.log_width", TG_SHAPE(BUMPS), tg_init_constant(-0.5)),
    };
}

/* The energies [n] at the positions x [n]. The parameter is the logarithm of a width, so that
 * widths are positive. */
static tg_tensor *bumps_energy(const bumps *model, tg_tensor *x)
{
    tg_tape *tape = tg_tape_of(x);
    tg_tensor *column = tg_reshape(x, TG_SHAPE(-1, 1)); /* [n, 1], broadcasts: [n, BUMPS] */
    tg_tensor *distance = tg_div(tg_sub(column, tg_read(tape, model->centre)),
                                 tg_exp(tg_read(tape, model->log_width)));
    tg_tensor *bump = tg_exp(tg_neg(tg_square(distance)));
    return tg_sum(tg_mul(bump, tg_read(tape, model->height)), .axis = 1);
}

/* ---- 2. A derivative is a node like any other --------------------------------------------- */

/* The forces [n], -dE/dx. Each energy depends on its own position alone, so the gradient of the sum
 * of all energies is the vector of all derivatives. */
static tg_tensor *bumps_force(const bumps *model, tg_tensor *x)
{
    return tg_neg(tg_grad(tg_sum(bumps_energy(model, x)), x));
}

/* ---- 3. A loss is a function that records ------------------------------------------------- */

/* A smooth form of Huber's loss: with s = scale, s^2 (sqrt(1 + (error/s)^2) - 1) is about error^2/2
 * for errors much smaller than s, and grows like s |error| for larger ones. So the gradient by an
 * outlier is bounded. */
static tg_tensor *robust_loss(tg_tensor *prediction, tg_tensor *target, double scale)
{
    tg_tensor *error = tg_div_num(tg_sub(prediction, target), scale);
    tg_tensor *each = tg_sub_num(tg_sqrt(tg_add_num(tg_square(error), 1)), 1);
    return tg_mul_num(tg_mean(each), scale * scale);
}

/* ---- 4. An optimizer records assignments -------------------------------------------------- */

/* SGD with momentum: v = 0.9 v + dloss/dw, w = w - lr v. Reads give the values from before the run,
 * and assignments take effect when it ends, so their order does not matter. (tg_sgd does the same,
 * with more options.) */
static void descend(tg_tensor *loss, tg_var *const vars[], size_t count, tg_tensor *lr)
{
    tg_tape *tape = tg_tape_of(loss);
    for (size_t i = 0; i < count; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s.velocity", tg_var_name(vars[i]));
        tg_var *velocity =
            tg_state(tg_tape_store(tape), name, tg_var_dtype(vars[i]), tg_var_shape(vars[i]), 0);
        tg_tensor *w = tg_read(tape, vars[i]);
        tg_tensor *v = tg_add(tg_mul_num(tg_read(tape, velocity), 0.9), tg_grad(loss, w));
        tg_assign(velocity, v);
        tg_assign(vars[i], tg_sub(w, tg_mul(lr, v)));
    }
}

/* ---- 5. Record once and run often, or record as you go ------------------------------------ */

/* The measurements. Random numbers are nodes, too: functions of the store's seed and of a key. */
static int measure(tg_store *store, double x[POINTS], double force[POINTS])
{
    const tg_shape shape = TG_SHAPE(POINTS);
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *at = tg_uniform(tape, "position", TG_F64, shape, -1.6, 1.6);
    tg_tensor *truth = tg_sub(at, tg_pow_num(at, 3));
    tg_tensor *good = tg_add(truth, tg_normal(tape, "noise", TG_F64, shape, 0, 0.03));
    tg_tensor *garbage = tg_uniform(tape, "garbage", TG_F64, shape, 0, 6);
    tg_tensor *dice = tg_uniform(tape, "dice", TG_F64, shape, 0, 1);
    tg_tensor *measured =
        tg_select(tg_less(dice, tg_full(tape, TG_F64, shape, 0.1)), garbage, good);
    tg_get(at, x, POINTS);
    tg_get(measured, force, POINTS);
    const int status = tg_report(tape, stderr);
    tg_tape_free(tape);
    return status;
}

/* Recorded once and run often: the plan is made before the first step. */
static int train(tg_store *store, const bumps *model, int64_t steps, double lr, bool squared)
{
    double x[POINTS] = { 0 }, force[POINTS] = { 0 };
    if (measure(store, x, force)) return 1;

    tg_tape *tape = tg_tape_new(store);
    tg_tensor *at = tg_constant(tape, TG_F64, TG_SHAPE(POINTS), x);
    tg_tensor *target = tg_constant(tape, TG_F64, TG_SHAPE(POINTS), force);
    tg_tensor *prediction = bumps_force(model, at);
    tg_tensor *loss = squared ? tg_mse(prediction, target) : robust_loss(prediction, target, 0.05);
    const tg_schedule schedule = tg_cosine_lr(.base = lr, .steps = steps, .warmup = steps / 20);
    tg_tensor *rate = tg_schedule_rate(schedule, tg_step(tape)); /* all runs are steps here */
    tg_var *const vars[] = { model->height, model->centre, model->log_width };
    descend(loss, vars, 3, rate);
    tg_plan *step = tg_compile(tape, loss);

    for (int64_t i = 0; i < steps && !tg_run(step); i++)
        if (i % (steps / 5 > 0 ? steps / 5 : 1) == 0)
            printf("step %5lld   loss %.6f\n", (long long)i, tg_item(loss));
    const int status = tg_report(tape, stderr);
    tg_plan_free(step);
    tg_tape_free(tape);
    return status;
}

typedef struct place {
    double x, energy, curvature;
} place;

/* Newton's method, recorded as it goes: every round rewinds the tape, records at the new x and
 * reads. The rounds have one structure, so the plan that the first one made serves all. */
static int find_level_place(tg_store *store, const bumps *model, double from, place *out)
{
    tg_tape *tape = tg_tape_new(store);
    *out = (place){ .x = from };
    for (int round = 0; round < 20; round++) {
        tg_rewind(tape);
        tg_tensor *x = tg_constant(tape, TG_F64, TG_SHAPE(1), &out->x);
        tg_tensor *energy = tg_sum(bumps_energy(model, x));
        tg_tensor *slope = tg_grad(energy, x);
        tg_tensor *curvature = tg_grad(tg_sum(slope), x);
        out->energy = tg_item(energy);
        out->curvature = tg_item(curvature);
        const double step = tg_item(slope) / out->curvature;
        if (!(fabs(step) > 1e-12)) break;
        out->x -= step;
    }
    const int status = tg_report(tape, stderr);
    tg_tape_free(tape);
    return status;
}

int main(int argc, char **argv)
{
    int64_t seed = 1, steps = 3000;
    double lr = 0.05;
    bool squared = false;
    const bool usual = parse_options(
        argc, argv, about,
        (const option[]){ { "seed", "for the measurements and the model", .count = &seed },
                          { "steps", "training steps", .count = &steps, .least = 1 },
                          { "lr", "highest learning rate", .number = &lr },
                          { "squared", "use the squared error", .flag = &squared },
                          { 0 } });
    const double started = seconds_now();

    tg_store *store = tg_store_new(.seed = (uint64_t)seed, .dtype = TG_F64);
    const bumps model = bumps_new(store);
    place well, top;
    int status = train(store, &model, steps, lr, squared) ||
                 find_level_place(store, &model, 0.9, &well) ||
                 find_level_place(store, &model, 0.05, &top);
    if (!status) {
        printf("The well is at x = %.4f (truth: 1), its curvature is %.3f (truth: 2).\n", well.x,
               well.curvature);
        printf("The barrier is at x = %.4f (truth: 0), and %.4f high (truth: 0.25).\n", top.x,
               top.energy - well.energy);
        print_result("custom", started, "well=%.4f barrier=%.4f", well.x, top.energy - well.energy);
        if (usual)
            status = !expect_figure("well", well.x, 0.95, 1.05) ||
                     !expect_figure("barrier", top.energy - well.energy, 0.22, 0.28);
    }
    tg_store_free(store);
    return status;
}
