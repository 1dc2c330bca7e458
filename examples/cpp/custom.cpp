/* custom.cpp: a model, a loss and an optimizer of your own: an energy, learned from its forces. The
 * C++ version of ../custom.c, which explains the problem. */
#include "common.hpp"

#include <cmath>

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
struct bumps {
    tg::var height, centre, log_width; /* [BUMPS] each; logarithms keep the widths positive */

    explicit bumps(tg::store &store)
        : height(tg::param(store, "bumps.height", { BUMPS }, tg::init_zeros())),
          centre(tg::param(store, "bumps.centre", { BUMPS }, tg::init_uniform(-2, 2))),
          log_width(tg::param(store, "bumps.log_width", { BUMPS }, tg::init_constant(-0.5)))
    {
    }

    /* The energies [n] at the positions x [n]. */
    tg::tensor energy(tg::tensor x) const
    {
        const tg::tensor column = reshape(x, { -1, 1 }); /* [n, 1], broadcasts: [n, BUMPS] */
        const tg::tensor distance =
            (column - read(x.tape(), centre)) / exp(read(x.tape(), log_width));
        const tg::tensor bump = exp(-square(distance));
        return sum(bump * read(x.tape(), height), tg::reduce_options().with_axis(1));
    }

    /* ---- 2. A derivative is a node like any other ----------------------------------------- */

    /* The forces [n], -dE/dx: the gradient of the sum of all energies is the vector of
     * derivatives. */
    tg::tensor force(tg::tensor x) const { return -grad(sum(energy(x)), x); }
};

/* ---- 3. A loss is a function that records ------------------------------------------------- */

/* A smooth form of Huber's loss: the gradient by an outlier is bounded. */
static tg::tensor robust_loss(tg::tensor prediction, tg::tensor target, double scale)
{
    const tg::tensor error = (prediction - target) / scale;
    return mean(sqrt(square(error) + 1) - 1) * (scale * scale);
}

/* ---- 4. An optimizer records assignments -------------------------------------------------- */

/* SGD with momentum: v = 0.9 v + dloss/dw, w = w - lr v. */
static void descend(tg::tensor loss, std::initializer_list<tg::var> vars, tg::tensor lr)
{
    const tg::tape_ref tape = loss.tape();
    for (const tg::var &var : vars) {
        const tg::var velocity = tg::state(tape.store(), std::string(var.name()) + ".velocity",
                                           var.dtype(), var.shape(), 0);
        const tg::tensor w = read(tape, var);
        const tg::tensor v = read(tape, velocity) * 0.9 + grad(loss, w);
        assign(velocity, v);
        assign(var, w - lr * v);
    }
}

/* ---- 5. Record once and run often, or record as you go ------------------------------------ */

struct measurements {
    std::vector<double> x, force;
};

/* Random numbers are nodes, too: functions of the store's seed and of a key. */
static measurements measure(tg::store &store)
{
    const tg::shape shape = { POINTS };
    tg::tape tape(store);
    const tg::tensor at = tg::uniform(tape, "position", tg::f64, shape, -1.6, 1.6);
    const tg::tensor truth = at - pow(at, 3);
    const tg::tensor good = truth + tg::normal(tape, "noise", tg::f64, shape, 0, 0.03);
    const tg::tensor garbage = tg::uniform(tape, "garbage", tg::f64, shape, 0, 6);
    const tg::tensor dice = tg::uniform(tape, "dice", tg::f64, shape, 0, 1);
    const tg::tensor measured = select(less(dice, 0.1), garbage, good);
    measurements m = { at.get<double>(), measured.get<double>() };
    tape.check();
    return m;
}

/* Recorded once and run often: the plan is made before the first step. */
static void train(tg::store &store, const bumps &model, std::int64_t steps, double lr, bool squared)
{
    const measurements m = measure(store);
    tg::tape tape(store);
    const tg::tensor at = tg::constant(tape, { POINTS }, m.x);
    const tg::tensor target = tg::constant(tape, { POINTS }, m.force);
    const tg::tensor prediction = model.force(at);
    const tg::tensor loss =
        squared ? mse(prediction, target) : robust_loss(prediction, target, 0.05);
    const tg_schedule schedule = tg::cosine_lr(
        tg::cosine_lr_options().with_base(lr).with_steps(steps).with_warmup(steps / 20));
    descend(loss, { model.height, model.centre, model.log_width },
            tg::schedule_rate(schedule, tg::step(tape))); /* all runs are steps here */
    tg::plan step = tg::compile(tape, loss);

    for (std::int64_t i = 0; i < steps && step.run() == TG_OK; i++)
        if (i % (steps / 5 > 0 ? steps / 5 : 1) == 0)
            std::printf("step %5lld   loss %.6f\n", static_cast<long long>(i), loss.item());
    tape.check();
}

struct place {
    double x, energy, curvature;
};

/* Newton's method, recorded in every round: all rounds have the same structure, so the plan that
 * the first one made serves all. */
static place find_level_place(tg::store &store, const bumps &model, double from)
{
    tg::tape tape(store);
    place out = { from, 0, 0 };
    for (int round = 0; round < 20; round++) {
        tape.rewind();
        const tg::tensor x = tg::constant(tape, { 1 }, &out.x, 1);
        const tg::tensor energy = sum(model.energy(x));
        const tg::tensor slope = grad(energy, x);
        const tg::tensor curvature = grad(sum(slope), x);
        out.energy = energy.item();
        out.curvature = curvature.item();
        const double step = slope.item() / out.curvature;
        if (!(std::fabs(step) > 1e-12)) break;
        out.x -= step;
    }
    tape.check();
    return out;
}

int main(int argc, char **argv)
{
    std::int64_t seed = 1, steps = 3000;
    double lr = 0.05;
    bool squared = false;
    const bool usual = take_options(
        argc, argv, about,
        { take("seed", "for the measurements and the model", seed),
          take("steps", "training steps", steps, 1), take("lr", "highest learning rate", lr),
          take("squared", "use the squared error", squared) });
    const double started = seconds_now();
    try {
        tg::store store(
            tg::store_options().with_seed(static_cast<std::uint64_t>(seed)).with_dtype(tg::f64));
        const bumps model(store);
        train(store, model, steps, lr, squared);
        const place well = find_level_place(store, model, 0.9);
        const place top = find_level_place(store, model, 0.05);
        std::printf("The well is at x = %.4f (truth: 1), its curvature is %.3f (truth: 2).\n",
                    well.x, well.curvature);
        std::printf("The barrier is at x = %.4f (truth: 0), and %.4f high (truth: 0.25).\n", top.x,
                    top.energy - well.energy);
        print_result("custom", started, "well=%.4f barrier=%.4f", well.x, top.energy - well.energy);
        return usual && (!expect_figure("well", well.x, 0.95, 1.05) ||
                         !expect_figure("barrier", top.energy - well.energy, 0.22, 0.28));
    } catch (const std::exception &e) { /* also tg::error, thrown by check() */
        std::fprintf(stderr, "%s\n", e.what());
        return 1;
    }
}
