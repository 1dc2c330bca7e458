/* operation.c: an operation of your own: defined, checked, a wrong one detected, and used.
 *
 * The current through a diode and a resistor in series solves an equation without a solution in
 * elementary functions; it can be written with Lambert's W, the inverse of w e^w. W is computed by
 * an iteration, which is a short loop in C but would be many operations. So it becomes an
 * operation: a kernel, a rule for its derivative, and a check that both agree. */
#include "common.h"

#include <math.h>

static const char about[] =
    "Registers Lambert's W function, w e^w = x, as an operation; proves its derivatives, and "
    "shows\n"
    "what the proof says of a wrong rule. Then fits the saturation current, the slope and the\n"
    "series resistance of a diode to 40 measured currents. The truth: 1e-9 A, 0.04 V and 2 Ohm.\n";

enum { POINTS = 40 };

/* ---- 1. The kernel: plain C on plain arrays ----------------------------------------------- */

/* Halley's iteration (Corless et al., "On the Lambert W function", 1996), for x >= -1/e. */
static double lambert_w(double x)
{
    if (isinf(x)) return x;
    double w = x < 1 ? sqrt(fmax(0, 2 * (1 + exp(1) * x))) - 1 : log1p(x);
    for (int i = 0; i < 50 && w > -1; i++) {
        const double e = exp(w), excess = w * e - x;
        const double step = excess / (e * (w + 1) - (w + 2) * excess / (2 * w + 2));
        w -= step;
        if (fabs(step) <= 1e-15 * (1 + fabs(w))) break;
    }
    return w;
}

static tg_status w_run(const tg_call *k)
{
    const double *x = k->in[0].data;
    double *w = k->out.data;
    for (int64_t i = 0; i < k->out.count; i++) {
        if (x[i] < -exp(-1)) { /* fails the run, which then changes nothing */
            snprintf(k->error->text, sizeof k->error->text, "%g is less than -1/e", x[i]);
            return TG_ERR_NUMERIC;
        }
        w[i] = lambert_w(x[i]);
    }
    return TG_OK;
}

/* The result has the shape of the operand; other dtypes are refused. */
static tg_status w_shape(const void *attr, int arity, const tg_type *in, tg_type *out,
                         tg_error *error)
{
    (void)attr, (void)arity;
    *out = in[0];
    if (in[0].dtype == TG_F64) return TG_OK;
    snprintf(error->text, sizeof error->text, "takes f64 only");
    return TG_ERR_DTYPE;
}

/* ---- 2. The rule: what the derivative is, in operations ----------------------------------- */

/* From w e^w = x: dw/dx = e^-w / (1 + w). It is recorded with operations, W among them, so it can
 * be differentiated further. */
static void w_vjp(tg_tensor *w, tg_tensor *g, tg_tensor *const in[], tg_tensor *to[])
{
    (void)in;
    to[0] = tg_div(tg_mul(g, tg_exp(tg_neg(w))), tg_add_num(w, 1));
}

/* The same with a wrong sign. */
static void wrong_vjp(tg_tensor *w, tg_tensor *g, tg_tensor *const in[], tg_tensor *to[])
{
    (void)in;
    to[0] = tg_div(tg_mul(g, tg_exp(w)), tg_add_num(w, 1));
}

/* ---- 3. The check ------------------------------------------------------------------------- */

/* True if the right rule passes the check, and the wrong one does not. */
static bool prove(tg_store *store, tg_op *lambert)
{
    const double places[] = { -0.2, 0, 0.5, 3, 200 };
    tg_op *wrong = tg_op_new(store, "wrong_w", .run = w_run, .shape = w_shape, .vjp = wrong_vjp);
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *x = tg_input(tape, "x", TG_F64, TG_SHAPE(5));
    tg_feed(x, places, 5);
    const tg_status right = tg_check_op(lambert, TG_LIST(x));
    printf("%s: %s\n", tg_op_name(lambert), right == TG_OK ? "proven" : tg_tape_error(tape));
    const tg_status caught = tg_check_op(wrong, TG_LIST(x));
    printf("%s: %s\n", tg_op_name(wrong), caught == TG_OK ? "proven" : tg_tape_error(tape));
    tg_tape_free(tape);
    return right == TG_OK && caught == TG_ERR_NUMERIC;
}

/* ---- 4. The use --------------------------------------------------------------------------- */

/* The parameters are logarithms, so that the quantities are positive. */
typedef struct diode {
    tg_var *saturation, *slope, *resistance; /* each of one element */
} diode;

static diode diode_new(tg_store *store, const char *name, double saturation, double slope,
                       double resistance)
{
    char names[3][40];
    snprintf(names[0], sizeof names[0], "%s.saturation", name);
    snprintf(names[1], sizeof names[1], "%s.slope", name);
    snprintf(names[2], sizeof names[2], "%s.resistance", name);
    return (diode){ tg_param(store, names[0], TG_SCALAR, tg_init_constant(log(saturation))),
                    tg_param(store, names[1], TG_SCALAR, tg_init_constant(log(slope))),
                    tg_param(store, names[2], TG_SCALAR, tg_init_constant(log(resistance))) };
}

/* The logarithms of the currents at the voltages v. The current c solves v = slope ln(c /
 * saturation) + resistance c; so with r = resistance / slope, r c e^(r c) = r saturation e^(v /
 * slope). */
static tg_tensor *log_current(const diode *d, tg_op *lambert, tg_tensor *v)
{
    tg_tape *tape = tg_tape_of(v);
    tg_tensor *slope = tg_read(tape, d->slope);
    tg_tensor *log_r = tg_sub(tg_read(tape, d->resistance), slope);
    tg_tensor *exponent = tg_add(tg_div(v, tg_exp(slope)), tg_read(tape, d->saturation));
    tg_tensor *w = tg_apply(lambert, TG_LIST(tg_exp(tg_add(exponent, log_r))));
    return tg_sub(tg_log(w), log_r);
}

static double value_of(const tg_var *var)
{
    double value = NAN;
    tg_var_get(var, &value, 1);
    return exp(value);
}

int main(int argc, char **argv)
{
    int64_t seed = 1, steps = 3000;
    const bool usual =
        parse_options(argc, argv, about,
                      (const option[]){ { "seed", "of the measurements' noise", .count = &seed },
                                        { "steps", "of the fit", .count = &steps, .least = 1 },
                                        { 0 } });
    const double started = seconds_now();
    tg_store *store = tg_store_new(.seed = (uint64_t)seed, .dtype = TG_F64);
    tg_op *lambert = tg_op_new(store, "lambert_w", .run = w_run, .shape = w_shape, .vjp = w_vjp);
    const bool proven = prove(store, lambert);

    /* The measurements: the true currents with 1 % of noise. */
    double volts[POINTS], currents[POINTS] = { 0 };
    for (int i = 0; i < POINTS; i++) volts[i] = 0.3 + 0.9 * i / (POINTS - 1);
    const diode truth = diode_new(store, "truth", 1e-9, 0.04, 2);
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *v = tg_constant(tape, TG_F64, TG_SHAPE(POINTS), volts);
    tg_tensor *noise = tg_normal(tape, "noise", TG_F64, TG_SHAPE(POINTS), 0, 0.01);
    tg_get(tg_add(log_current(&truth, lambert, v), noise), currents, POINTS);

    /* The fit. */
    const diode model = diode_new(store, "model", 1e-6, 0.1, 10);
    tg_tensor *measured = tg_constant(tape, TG_F64, TG_SHAPE(POINTS), currents);
    tg_tensor *loss = tg_mse(log_current(&model, lambert, v), measured);
    tg_adam(loss, .schedule = tg_cosine_lr(.base = 0.1, .steps = steps), .params = "model");
    tg_plan *step = tg_compile(tape, loss);
    for (int64_t i = 0; i < steps && !tg_run(step); i++)
        if (i % (steps / 5 > 0 ? steps / 5 : 1) == 0)
            printf("step %5lld   loss %.6f\n", (long long)i, tg_item(loss));
    int status = tg_report(tape, stderr);
    if (!status)
        print_result("operation", started, "saturation=%.2e slope=%.4f resistance=%.3f",
                     value_of(model.saturation), value_of(model.slope), value_of(model.resistance));
    if (!status && usual)
        status = !expect_figure("saturation", value_of(model.saturation), 0.7e-9, 1.4e-9) ||
                 !expect_figure("slope", value_of(model.slope), 0.038, 0.042) ||
                 !expect_figure("resistance", value_of(model.resistance), 1.8, 2.2);
    tg_plan_free(step);
    tg_tape_free(tape);
    tg_store_free(store);
    return status || !proven;
}
