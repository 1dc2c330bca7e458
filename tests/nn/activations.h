/* activations.h: the tables of activations: what of one number, and what across elements. */
#ifndef TG_TESTS_ACTIVATIONS_H
#define TG_TESTS_ACTIVATIONS_H

#include <tapegrad.h>

#include <math.h>

/* How many derivatives are continuous at the kinks; a smooth one has no kinks. */
typedef enum smoothness { JUMPS, KINKED, BENT, SMOOTH } smoothness;

enum { MOST_KINKS = 2 };

typedef struct activation_row {
    const char *name, *call;
    tg_tensor *(*unary)(tg_site at, tg_tensor *x); /* one of the two */
    tg_tensor *(*with_number)(tg_site at, tg_tensor *x, double c);
    double number;
    const char *value, *slope, *range; /* in words */
    double low, high;                  /* the range's ends: infima */
    smoothness smooth;
    double at_minus[2], at_plus[2]; /* value and slope at the infinities */
    int kinks;
    double kink[MOST_KINKS][3]; /* x, value, slope */
} activation_row;

/* As doubles: the macros of math.h are floats. */
#define INF  ((double)INFINITY)
#define QNAN ((double)NAN)

#define HALF_PI     1.57079632679489661923
#define SELU_LAMBDA 1.05070098735548049342
#define SELU_LOW    1.75809934084737685994 /* lambda * alpha */

#define UNARY(function)       .unary = function
#define WITH(function, value) .with_number = function, .number = value
#define NO_KINKS              .kinks = 0
#define KINKS(...)                                                                                 \
    .kinks = (int)(sizeof((double[][3]){ __VA_ARGS__ }) / sizeof(double[3])),                      \
    .kink = { __VA_ARGS__ }
#define ROW(id, written, function, value_words, slope_words, range_words, from, to, how, minus,    \
            minus_slope, plus, plus_slope, ...)                                                    \
    { .name = id,                                                                                  \
      .call = written,                                                                             \
      function,                                                                                    \
      .value = value_words,                                                                        \
      .slope = slope_words,                                                                        \
      .range = range_words,                                                                        \
      .low = from,                                                                                 \
      .high = to,                                                                                  \
      .smooth = how,                                                                               \
      .at_minus = { minus, minus_slope },                                                          \
      .at_plus = { plus, plus_slope },                                                             \
      __VA_ARGS__ },

static inline tg_tensor *threshold_1(tg_site at, tg_tensor *x, double value)
{
    return tg_threshold_at(at, x, 1, value);
}

static const activation_row activation_rows[] = {
#include "activations.def"
};

/* ---- Across elements -------------------------------------------------------------------- */

typedef struct across_row {
    const char *name, *call;
    tg_tensor *(*record)(tg_tensor *x, int axis);
    bool first_axis; /* the known numbers are along axis 0, not the last one */
    const char *value, *slope, *range, *smooth; /* in words */
    double low, high;
    size_t kernels; /* of a plan that keeps value and gradient, along the last axis; 0: any */
} across_row;

/* Slopes of the channels: those of the known numbers. */
static const double prelu_slopes[] = { 0.25, -0.5, 0.1, 0, 2, 0.01 };

static inline tg_tensor *across_softmax(tg_tensor *x, int axis)
{
    return tg_softmax(x, .axis = axis);
}
static inline tg_tensor *across_log_softmax(tg_tensor *x, int axis)
{
    return tg_log_softmax(x, .axis = axis);
}
static inline tg_tensor *across_maxout(tg_tensor *x, int axis)
{
    return tg_maxout(x, axis, axis == 0 ? 2 : 3);
}
static inline tg_tensor *across_glu(tg_tensor *x, int axis) { return tg_glu(x, axis); }
static inline tg_tensor *across_prelu(tg_tensor *x, int axis)
{
    (void)axis;
    tg_store *store = tg_tape_store(tg_tape_of(x));
    tg_prelu layer = { tg_find(store, "act.weight") };
    if (!layer.weight) {
        layer = tg_prelu_new(store, "act", 6);
        const float narrow[] = { 0.25F, -0.5F, 0.1F, 0, 2, 0.01F };
        if (tg_store_dtype(store) == TG_F32) tg_var_set(layer.weight, narrow, 6);
        else tg_var_set(layer.weight, prelu_slopes, 6);
    }
    return tg_prelu_apply(&layer, x);
}

/* clang-format off */
#define ACROSS(id, written, how, first, value_words, slope_words, range_words, smooth_words, \
               from, to, kernel_count) \
    { .name = id, .call = written, .record = across_##how, .first_axis = first, \
      .value = value_words, .slope = slope_words, .range = range_words, .smooth = smooth_words, \
      .low = from, .high = to, .kernels = kernel_count },

static const across_row across_rows[] = {
    ACROSS("softmax", "tg_softmax(x)", softmax, false,
           "y_i = e^x_i / sum e^x_j", "y_i ((i = j) - y_j)", "(0, 1)", "smooth", 0, 1, 1)
    ACROSS("softmax, axis 0", NULL, softmax, true, NULL, NULL, NULL, NULL, 0, 1, 0)
    ACROSS("log_softmax", "tg_log_softmax(x)", log_softmax, false,
           "x_i - ln sum e^x_j", "(i = j) - softmax(x)_j", "(-inf, 0)", "smooth", -INF, 0, 2)
    ACROSS("log_softmax, axis 0", NULL, log_softmax, true, NULL, NULL, NULL, NULL, -INF, 0, 0)
    ACROSS("maxout", "tg_maxout(x, -1, 3)", maxout, false,
           "the largest of each 3 neighbours", "1 for it, else 0; at a tie shared equally",
           "(-inf, inf)", "continuous; the slope jumps at ties", -INF, INF, 1)
    ACROSS("maxout, axis 0", NULL, maxout, true, NULL, NULL, NULL, NULL, -INF, INF, 0)
    ACROSS("glu", "tg_glu(x, -1)", glu, false,
           "a s, with x = [a, b], s = sigmoid(b)", "s in a, a s (1 - s) in b",
           "(-inf, inf)", "smooth", -INF, INF, 2)
    ACROSS("glu, axis 0", NULL, glu, true, NULL, NULL, NULL, NULL, -INF, INF, 0)
    ACROSS("prelu", "tg_prelu_apply(&layer, x)", prelu, false,
           "x for x > 0, else weight x", "1 for x > 0, else weight; x for x < 0 in the weight",
           "(-inf, inf)", "continuous; the slope jumps at 0", -INF, INF, 1)
};
/* clang-format on */

#endif
