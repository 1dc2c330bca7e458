/* activation_table.c: 17 activations have the ranges, slopes and constants that are taught.
 *
 * Formula: sigma' = sigma (1 - sigma); tanh x = 2 sigma(2x) - 1; SELU(x < 0) = 1.758 (e^x - 1)
 *
 * Values from -30 to 30 and their slopes by the tape, against the ranges, differences, and
 * PyTorch's slopes at 0: of ReLU 0, of its leaky kinds that of the left side, of a tie of maxout
 * the mean. Here maxout is the larger of x and -x/2, softmax the first of (x, 0), which is
 * sigma(x), PReLU's slope is 0.25, where its training begins, and the steps at 0 are up already: 1.
 */
#include "course.h"

#include <math.h>

static const char about[] = "Values, slopes and ranges of 17 activations.\n";

enum { COUNT = 6001, ZERO = 3000, DRAWN = 801, FIRST = ZERO - 400 };

static tg_prelu learned;
static tg_tensor *leaky(tg_site at, tg_tensor *x) { return tg_leaky_relu_at(at, x, 0.01); }
static tg_tensor *prelu(tg_site at, tg_tensor *x) { return tg_prelu_apply_at(at, &learned, x); }
static tg_tensor *elu(tg_site at, tg_tensor *x) { return tg_elu_at(at, x, 1); }
static tg_tensor *maxout(tg_site at, tg_tensor *x)
{
    return tg_pick(tg_maxout_at(at, tg_stack(TG_LIST(x, tg_mul_num(x, -0.5)), 1), 1, 2), 1, 0);
}
static tg_tensor *softmax(tg_site at, tg_tensor *x)
{
    (void)at;
    return tg_pick(tg_softmax(tg_stack(TG_LIST(x, tg_zeros_like(x)), 1)), 1, 0);
}

typedef struct activation {
    const char *name;
    tg_tensor *(*f)(tg_site at, tg_tensor *x);
    double low, high, slope; /* the slope at 0 */
} activation;

enum { SIGMOID = 3, TANH = 4, SELU = 10, GELU = 11, SILU = 13, ALL = 17 };
static const activation table[ALL] = {
    { "identity", tg_identity_at, -INFINITY, INFINITY, 1 },
    { "step", tg_binary_step_at, 0, 1, 0 },
    { "sign step", tg_sign_step_at, -1, 1, 0 },
    { "sigmoid", tg_sigmoid_at, 0, 1, 0.25 },
    { "tanh", tg_tanh_at, -1, 1, 1 },
    { "arctan", tg_atan_at, -1.5708, 1.5708, 1 },
    { "ReLU", tg_relu_at, 0, INFINITY, 0 },
    { "leaky ReLU", leaky, -INFINITY, INFINITY, 0.01 },
    { "PReLU", prelu, -INFINITY, INFINITY, 0.25 },
    { "ELU", elu, -1, INFINITY, 1 },
    { "SELU", tg_selu_at, -1.758100, INFINITY, 1.7580993408473768 },
    { "GELU", tg_gelu_at, -0.169972, INFINITY, 0.5 },
    { "softplus", tg_softplus_at, 0, INFINITY, 0.5 },
    { "SiLU", tg_silu_at, -0.278465, INFINITY, 0.5 },
    { "Gaussian", tg_gaussian_at, 0, 1, 0 },
    { "maxout", maxout, 0, INFINITY, 0.25 },
    { "softmax", softmax, 0, 1, 0.25 },
};

static double at[COUNT], value[ALL][COUNT], slope[ALL][COUNT], least[ALL], most[ALL];

/* Does it keep to its range, and come near its ends, as far as 30 shows? */
static bool fits(int k)
{
    const double low = table[k].low, high = table[k].high;
    return least[k] >= low && least[k] <= (isinf(low) ? -0.29 : low + 0.04) && most[k] <= high &&
           most[k] >= (isinf(high) ? 14 : high - 0.04);
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "activation_table", about);
    for (int i = 0; i < COUNT; i++) at[i] = (i - ZERO) / 100.0;
    tg_store *store = tg_store_new(.seed = (uint64_t)c.seed, .dtype = TG_F64);
    learned = tg_prelu_new(store, "prelu", 1);
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *x = tg_constant(tape, TG_F64, TG_SHAPE(COUNT), at);
    for (int k = 0; k < ALL; k++) {
        tg_tensor *y = table[k].f(TG_HERE, x), *by_x = tg_grad(tg_sum(y), x);
        tg_get(y, value[k], COUNT);
        tg_get(by_x, slope[k], COUNT);
        least[k] = most[k] = value[k][0];
    }
    plot *p = plot_new("Activations and their slopes", 6);
    if (course_fine(&c, tape)) {
        double apart = 0, sigmoid = 0, by_tanh = 0, ranges_wrong = 0, at_zero_wrong = 0;
        for (int k = 0; k < ALL; k++) {
            for (int i = 0; i < COUNT; i++) { /* kinks are at 0 */
                least[k] = fmin(least[k], value[k][i]);
                most[k] = fmax(most[k], value[k][i]);
                if (i == 0 || i == COUNT - 1 || (i >= ZERO - 1 && i <= ZERO + 1)) continue;
                const double difference = (value[k][i + 1] - value[k][i - 1]) / 0.02;
                apart = fmax(apart, fabs(slope[k][i] - difference));
            }
            ranges_wrong += !fits(k);
            at_zero_wrong += !(fabs(slope[k][ZERO] - table[k].slope) <= 1e-9);
        }
        for (int i = 0; i < COUNT; i++) {
            const double s = value[SIGMOID][i], t = 2 / (1 + exp(-2 * at[i])) - 1;
            sigmoid = fmax(sigmoid, fabs(slope[SIGMOID][i] - s * (1 - s)));
            by_tanh = fmax(by_tanh, fabs(t - value[TANH][i]));
        }
        course_expect(&c, "ranges_wrong", ranges_wrong, 0, 0);
        course_expect(&c, "slopes_off", apart, 0, 1e-4);
        course_expect(&c, "slopes_at_0_wrong", at_zero_wrong, 0, 0);
        course_expect(&c, "sigmoid_slope_off", sigmoid, 0, 1e-12);
        course_expect(&c, "tanh_off", by_tanh, 0, 1e-12);
        course_expect(&c, "selu_lambda", slope[SELU][COUNT - 1], 1.05065, 1.05075);
        course_expect(&c, "selu_alpha", -value[SELU][0] / slope[SELU][COUNT - 1], 1.67325, 1.67327);
        course_expect(&c, "silu_least", least[SILU], -0.2785, -0.278);
        course_expect(&c, "gelu_least", least[GELU], -0.17, -0.1699);
        for (int k = 0; k < ALL; k++) {
            plot_panel(p, table[k].name, NULL, NULL);
            plot_line(p, k ? NULL : "value", at + FIRST, value[k] + FIRST, DRAWN);
            plot_line(p, k ? NULL : "slope", at + FIRST, slope[k] + FIRST, DRAWN);
        }
    }
    tg_tape_free(tape);
    tg_store_free(store);
    return course_end(&c, p);
}
