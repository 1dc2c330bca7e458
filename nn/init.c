/* init.c: initialisers of weights. Each rule keeps the variance of a unit's output near that of its
 * input, for the activation that it is meant for. The store draws the numbers (autograd/fill.c). */
#include <tapegrad.h>

#include <math.h>
#include <string.h>

tg_init tg_init_constant(double value) { return (tg_init){ .kind = TG_INIT_CONSTANT, .a = value }; }

tg_init tg_init_zeros(void) { return tg_init_constant(0); }
tg_init tg_init_ones(void) { return tg_init_constant(1); }

tg_init tg_init_uniform(double low, double high)
{
    return (tg_init){ .kind = TG_INIT_UNIFORM, .a = low, .b = high };
}

tg_init tg_init_normal(double mean, double deviation)
{
    return (tg_init){ .kind = TG_INIT_NORMAL, .a = mean, .b = deviation };
}

tg_init tg_init_truncated_normal(double mean, double deviation)
{
    return (tg_init){ .kind = TG_INIT_TRUNCATED_NORMAL, .a = mean, .b = deviation };
}

/* ---- By variance ---------------------------------------------------------------------- */

static double fan(int64_t units) { return units < 1 ? 1.0 : (double)units; }

/* A normal distribution with mean 0 and that variance. [own]: how many fans (1: in; 2: in and out)
 * the caller leaves to the layer, whose weight gives them later (tg__nn_with_fans); [variance] is
 * then that for fans of 1. 0: none. */
static tg_init normal(double variance, int own)
{
    if (!own) return tg_init_normal(0, sqrt(variance));
    return (tg_init){ .kind = TG_INIT_FAN_NORMAL, .a = own, .b = sqrt(variance) };
}

static tg_init uniform(double variance, int own)
{
    const double bound = sqrt(3 * variance);
    if (!own) return tg_init_uniform(-bound, bound);
    return (tg_init){ .kind = TG_INIT_FAN_UNIFORM, .a = own, .b = bound };
}

static int own_in(int64_t fan_in) { return fan_in == 0; }
static int own_both(int64_t fan_in, int64_t fan_out) { return fan_in == 0 && fan_out == 0 ? 2 : 0; }

tg_init tg_init_he_normal(int64_t fan_in) { return normal(2 / fan(fan_in), own_in(fan_in)); }
tg_init tg_init_he_uniform(int64_t fan_in) { return uniform(2 / fan(fan_in), own_in(fan_in)); }

tg_init tg_init_glorot_normal(int64_t fan_in, int64_t fan_out)
{
    return normal(2 / (fan(fan_in) + fan(fan_out)), own_both(fan_in, fan_out));
}

tg_init tg_init_glorot_uniform(int64_t fan_in, int64_t fan_out)
{
    return uniform(2 / (fan(fan_in) + fan(fan_out)), own_both(fan_in, fan_out));
}

tg_init tg_init_lecun_normal(int64_t fan_in) { return normal(1 / fan(fan_in), own_in(fan_in)); }
tg_init tg_init_lecun_uniform(int64_t fan_in) { return uniform(1 / fan(fan_in), own_in(fan_in)); }

/* ---- By structure --------------------------------------------------------------------- */

tg_init tg_init_orthogonal(void) { return (tg_init){ .kind = TG_INIT_ORTHOGONAL, .a = 1 }; }

tg_init tg_init_sparse(double sparsity, double deviation)
{
    return (tg_init){ .kind = TG_INIT_SPARSE, .a = sparsity, .b = deviation };
}

tg_init tg_init_identity(void) { return (tg_init){ .kind = TG_INIT_IDENTITY, .a = 1 }; }

tg_init tg_init_dirac(int64_t groups)
{
    return (tg_init){ .kind = TG_INIT_DIRAC, .a = 1, .b = (double)groups };
}

/* ---- Gains ---------------------------------------------------------------------------- */

tg_init tg_init_scaled(tg_init init, double gain)
{
    /* The gain does not multiply the members that are not factors: a share of zeros, a number of
     * groups, a number of fans. */
    const bool counts_fans = init.kind == TG_INIT_FAN_NORMAL || init.kind == TG_INIT_FAN_UNIFORM;
    if (init.kind != TG_INIT_SPARSE && !counts_fans) init.a *= gain;
    if (init.kind != TG_INIT_DIRAC) init.b *= gain;
    return init;
}

double tg_init_gain(const char *nonlinearity, double slope)
{
    static const struct {
        const char *name;
        double gain;
    } known[] = {
        { "linear", 1 },  { "conv1d", 1 },  { "conv2d", 1 },     { "conv3d", 1 },
        { "sigmoid", 1 }, { "selu", 0.75 }, { "tanh", 5.0 / 3 }, { "relu", 1.4142135623730951 },
    };
    if (!nonlinearity) return (double)NAN;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].name, nonlinearity) == 0) return known[i].gain;
    if (strcmp(nonlinearity, "leaky_relu") == 0) return sqrt(2 / (1 + slope * slope));
    return (double)NAN;
}
