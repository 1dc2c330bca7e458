/* operation.cpp: an operation of your own, made of lambdas: defined, checked, a wrong one detected,
 * and used; the C++ version of ../operation.c. */
#include "common.hpp"

#include <cmath>

static const char about[] =
    "Registers Lambert's W function, w e^w = x, as an operation; proves its derivatives, and "
    "shows\n"
    "what the proof says of a wrong rule. Then fits the saturation current, the slope and the\n"
    "series resistance of a diode to 40 measured currents. The truth: 1e-9 A, 0.04 V and 2 Ohm.\n";

enum { POINTS = 40 };

/* ---- 1. The kernel: plain C++ on plain arrays --------------------------------------------- */

/* Halley's iteration (Corless et al., "On the Lambert W function", 1996), for x >= -1/e. */
static double lambert_w(double x)
{
    if (std::isinf(x)) return x;
    double w = x < 1 ? std::sqrt(std::fmax(0, 2 * (1 + std::exp(1) * x))) - 1 : std::log1p(x);
    for (int i = 0; i < 50 && w > -1; i++) {
        const double e = std::exp(w), excess = w * e - x;
        const double step = excess / (e * (w + 1) - (w + 2) * excess / (2 * w + 2));
        w -= step;
        if (std::fabs(step) <= 1e-15 * (1 + std::fabs(w))) break;
    }
    return w;
}

/* ---- 2. The operation: kernel, type of the result, rule ----------------------------------- */

/* From w e^w = x: dw/dx = e^-w / (1 + w), recorded with operations, W among them, so it can be
 * differentiated further. [sign] is -1 for the right rule. */
static tg::op lambert_op(tg::store &store, const char *name, double sign)
{
    const auto kernel = [](const tg::kernel &k) {
        const auto x = k.in<double>();
        const auto w = k.out<double>();
        for (std::size_t i = 0; i < w.size(); i++) {
            if (x[i] < -std::exp(-1)) { /* fails the run, which then changes nothing */
                char message[40];
                std::snprintf(message, sizeof message, "%g is less than -1/e", x[i]);
                throw tg::error(TG_ERR_NUMERIC, message);
            }
            w[i] = lambert_w(x[i]);
        }
    };
    const auto type = [](const tg::types &in) {
        if (in[0].dtype != tg::f64) throw tg::error(TG_ERR_DTYPE, "takes f64 only");
        return in[0];
    };
    const auto rule = [sign](tg::tensor w, tg::tensor g, const tg::operands &) {
        return g * exp(sign < 0 ? -w : w) / (w + 1);
    };
    return tg::op_new(store, name,
                      tg::op_options().with_run(kernel).with_shape(type).with_vjp(rule));
}

/* ---- 3. The check ------------------------------------------------------------------------- */

/* True if the right rule passes the check, and the wrong one does not. */
static bool prove(tg::store &store, tg::op lambert)
{
    const tg::op wrong = lambert_op(store, "wrong_w", 1);
    tg::tape tape(store);
    const tg::tensor x = tg::input(tape, "x", tg::f64, { 5 });
    x.feed(std::vector<double>{ -0.2, 0, 0.5, 3, 200 });
    const tg_status right = check_op(lambert, x);
    std::printf("%s: %s\n", lambert.name(), right == TG_OK ? "proven" : tape.error());
    const tg_status caught = check_op(wrong, x);
    std::printf("%s: %s\n", wrong.name(), caught == TG_OK ? "proven" : tape.error());
    return right == TG_OK && caught == TG_ERR_NUMERIC;
}

/* ---- 4. The use --------------------------------------------------------------------------- */

/* The parameters are logarithms, so that the quantities are positive. */
struct diode {
    tg::var saturation, slope, resistance; /* each of one element */

    diode(tg::store &store, const std::string &name, double saturation_, double slope_,
          double resistance_)
        : saturation(one(store, name + ".saturation", saturation_)),
          slope(one(store, name + ".slope", slope_)),
          resistance(one(store, name + ".resistance", resistance_))
    {
    }

    /* The logarithms of the currents at the voltages v. The current c solves v = slope ln(c /
     * saturation) + resistance c; so with r = resistance / slope, r c e^(r c) = r saturation e^(v /
     * slope). */
    tg::tensor log_current(tg::op lambert, tg::tensor v) const
    {
        const tg::tensor log_slope = read(v.tape(), slope);
        const tg::tensor log_r = read(v.tape(), resistance) - log_slope;
        const tg::tensor exponent = v / exp(log_slope) + read(v.tape(), saturation);
        return log(apply(lambert, exp(exponent + log_r))) - log_r;
    }

  private:
    static tg::var one(tg::store &store, const std::string &name, double value)
    {
        return tg::param(store, name, {}, tg::init_constant(std::log(value)));
    }
};

static double value_of(tg::var var)
{
    const auto value = var.get<double>();
    return value.empty() ? NAN : std::exp(value[0]);
}

int main(int argc, char **argv)
{
    std::int64_t seed = 1, steps = 3000;
    const bool usual = take_options(argc, argv, about,
                                    { take("seed", "of the measurements' noise", seed),
                                      take("steps", "of the fit", steps, 1) });
    const double started = seconds_now();
    tg::store store(
        tg::store_options().with_seed(static_cast<std::uint64_t>(seed)).with_dtype(tg::f64));
    const tg::op lambert = lambert_op(store, "lambert_w", -1);
    const bool proven = prove(store, lambert);

    /* The measurements: the true currents with 1 % of noise. */
    std::vector<double> volts(POINTS);
    for (int i = 0; i < POINTS; i++)
        volts[static_cast<std::size_t>(i)] = 0.3 + 0.9 * i / (POINTS - 1);
    const diode truth(store, "truth", 1e-9, 0.04, 2);
    tg::tape tape(store);
    const tg::tensor v = tg::constant(tape, { POINTS }, volts);
    const tg::tensor noise = tg::normal(tape, "noise", tg::f64, { POINTS }, 0, 0.01);
    const auto currents = (truth.log_current(lambert, v) + noise).get<double>();

    /* The fit. */
    const diode model(store, "model", 1e-6, 0.1, 10);
    const tg::tensor measured = tg::constant(tape, { POINTS }, currents);
    const tg::tensor loss = mse(model.log_current(lambert, v), measured);
    const tg_schedule schedule =
        tg::cosine_lr(tg::cosine_lr_options().with_base(0.1).with_steps(steps));
    adam(loss, tg::adam_options().with_schedule(schedule).with_params("model"));
    tg::plan step = tg::compile(tape, loss);
    for (std::int64_t i = 0; i < steps && step.run() == TG_OK; i++)
        if (i % (steps / 5 > 0 ? steps / 5 : 1) == 0)
            std::printf("step %5lld   loss %.6f\n", static_cast<long long>(i), loss.item());
    int status = tape.report(stderr);
    if (!status)
        print_result("operation", started, "saturation=%.2e slope=%.4f resistance=%.3f",
                     value_of(model.saturation), value_of(model.slope), value_of(model.resistance));
    if (!status && usual)
        status = !expect_figure("saturation", value_of(model.saturation), 0.7e-9, 1.4e-9) ||
                 !expect_figure("slope", value_of(model.slope), 0.038, 0.042) ||
                 !expect_figure("resistance", value_of(model.resistance), 1.8, 2.2);
    return status || !proven;
}
