/* singular.h: what every operation does where it is awkward: at kinks, poles, ties, empties and
 * infinities. A row is a point, the value there, the gradient and, where it tells something, the
 * second derivative. test_singular.c runs every row and makes docs/singular-points.md of them;
 * operations that are nowhere awkward are in a second list, with the reason. */
#ifndef TG_TESTS_SINGULAR_H
#define TG_TESTS_SINGULAR_H

#include <tapegrad.h>

#include <math.h>
#include <stdint.h>

#include "singular_records.h"

/* Up to four numbers: a vector, or one number. */
typedef struct singular_numbers {
    int count; /* 0: none are stated; SINGULAR_EMPTY: there are none */
    double at[4];
} singular_numbers;

enum { SINGULAR_EMPTY = -1, SINGULAR_OPERANDS = 2 };

/* In which forms the row holds: always alone; unless said otherwise, also as rows and as columns
 * of a matrix. */
typedef enum singular_forms { SINGULAR_ALL, SINGULAR_LAST_AXIS, SINGULAR_ALONE } singular_forms;

typedef struct singular_row {
    const char *op;      /* the primitive's name, or the composition's without its tg_; "" in a
                            row that is the title of those below it */
    const char *section; /* that title */
    const char *text;    /* what is recorded, as the page shows it; NULL: op(x), op(a, b) */
    /* One of them records it. */
    tg_tensor *(*unary)(tg_site at, tg_tensor *x);
    tg_tensor *(*binary)(tg_site at, tg_tensor *a, tg_tensor *b);
    tg_tensor *(*with_number)(tg_site at, tg_tensor *x, double c); /* in[1] is the number */
    tg_tensor *(*record)(tg_tensor *const in[], int axis);
    tg_dtype dtype; /* of the operands; 0: f64, and f32 if all numbers fit into it */
    singular_forms forms;
    singular_numbers in[SINGULAR_OPERANDS];
    singular_numbers value, slope[SINGULAR_OPERANDS];
    /* The gradients of the sum of slope[0] in a and in b, and of that of slope[1] in b. */
    singular_numbers second[3];
    tg_status status; /* instead of a value: the error */
    const char *says;
    const char *note;
} singular_row;

typedef struct singular_reason {
    const char *name, *reason;
} singular_reason;

/* A number that nothing promises. */
#define ANY 12345.0
/* As doubles: the macros of math.h are floats. */
#define INF  ((double)INFINITY)
#define QNAN ((double)NAN)

#define LN2        0.69314718055994530942
#define LOG2E      1.44269504088896340736
#define LOG10E     0.43429448190325182765
#define TWO_SQRTPI 1.12837916709551257390
#define PI_4       0.78539816339744830962
#define SQRT1_2    0.70710678118654752440
#define SQRT_PI_2  0.88622692545275801365
#define EULER      0.57721566490153286061
#define ZETA_2     1.64493406684822643647
#define SELU_AT_0  1.75809934084737685994

/* clang-format off */
#define N(number)   { 1, { number } }
#define V(...)      { (int)(sizeof((double[]){ __VA_ARGS__ }) / sizeof(double)), { __VA_ARGS__ } }
#define NOTHING     { SINGULAR_EMPTY, { 0 } }
#define UNSTATED    { 0, { 0 } }

#define SECTION(title) { .op = "", .section = title },
#define U(id, x, y, to_x, xx, why) \
    { .op = #id, .unary = tg_##id##_at, .in = { N(x) }, .value = N(y), .slope = { N(to_x) }, \
      .second = { N(xx) }, .note = why }
#define U64(id, x, y, to_x, xx, why) \
    { .op = #id, .dtype = TG_F64, .unary = tg_##id##_at, .in = { N(x) }, .value = N(y), \
      .slope = { N(to_x) }, .second = { N(xx) }, .note = why }
#define P(id, x, y, why) { .op = #id, .unary = tg_##id##_at, .in = { N(x) }, .value = N(y), .note = why }
#define I1(id, type, x, y, why) \
    { .op = #id, .dtype = type, .unary = tg_##id##_at, .in = { N(x) }, .value = N(y), .note = why }
#define B(id, a, b, y, to_a, to_b, aa, ab, bb, why) \
    { .op = #id, .binary = tg_##id##_at, .in = { N(a), N(b) }, .value = N(y), \
      .slope = { N(to_a), N(to_b) }, .second = { N(aa), N(ab), N(bb) }, .note = why }
#define BN(id, x, c, y, to_x, xx, why) \
    { .op = #id, .text = #id "(x, c)", .with_number = tg_##id##_at, .in = { N(x), N(c) }, \
      .value = N(y), .slope = { N(to_x) }, .second = { N(xx) }, .note = why }
#define C(id, a, b, y, why) \
    { .op = #id, .binary = tg_##id##_at, .in = { N(a), N(b) }, .value = N(y), .note = why }
#define CN(id, x, c, y, why) \
    { .op = #id, .text = #id "(x, c)", .with_number = tg_##id##_at, .in = { N(x), N(c) }, \
      .value = N(y), .note = why }
#define I2(id, type, a, b, y, why) \
    { .op = #id, .dtype = type, .binary = tg_##id##_at, .in = { N(a), N(b) }, .value = N(y), \
      .note = why }
#define E2(id, type, a, b, error, words) \
    { .op = #id, .dtype = type, .binary = tg_##id##_at, .in = { N(a), N(b) }, .status = error, \
      .says = words }
#define F2(name, shown, how, a, b, y, to_a, to_b, why) \
    { .op = name, .text = shown, .record = singular_##how, .in = { N(a), N(b) }, .value = N(y), \
      .slope = { N(to_a), N(to_b) }, .note = why }
#define T(id, type, x, y, to_x, why) \
    { .op = #id, .dtype = type, .record = singular_##id, .in = { N(x) }, .value = N(y), \
      .slope = { N(to_x) }, .note = why }
#define K(id, type, x, y, why) \
    { .op = #id, .dtype = type, .record = singular_##id, .in = { N(x) }, .value = N(y), \
      .note = why }
/* Of one vector: value, gradient, gradient of the gradient's sum. */
#define A(name, shown, how, x, y, to_x, xx, why) \
    { .op = name, .text = shown, .record = singular_##how, .in = { x }, .value = y, \
      .slope = { to_x }, .second = { xx }, .note = why }
/* The same along the last axis alone. */
#define L(name, shown, how, x, y, to_x, xx, why) \
    { .op = name, .text = shown, .record = singular_##how, .forms = SINGULAR_LAST_AXIS, \
      .in = { x }, .value = y, .slope = { to_x }, .second = { xx }, .note = why }
/* Of two. */
#define A2(name, shown, how, in_forms, a, b, y, to_a, to_b, why) \
    { .op = name, .text = shown, .record = singular_##how, .forms = in_forms, .in = { a, b }, \
      .value = y, .slope = { to_a, to_b }, .note = why }
/* Without a gradient. */
#define G(name, shown, how, type, in_forms, x, y, why) \
    { .op = name, .text = shown, .record = singular_##how, .dtype = type, .forms = in_forms, \
      .in = { x }, .value = y, .note = why }
#define G2(name, shown, how, a, b, y, why) \
    { .op = name, .text = shown, .record = singular_##how, .forms = SINGULAR_ALONE, \
      .in = { a, b }, .value = y, .note = why }
#define E(name, shown, how, in_forms, a, b, error, words) \
    { .op = name, .text = shown, .record = singular_##how, .forms = in_forms, .in = { a, b }, \
      .status = error, .says = words }

static const singular_row singular_rows[] = {
#include "singular_elementwise.def"
#include "singular_arrays.def"
#include "singular_activations.def"
};

static const singular_reason singular_none[] = {
    { "input", "a leaf: it has the values that are fed" },
    { "constant", "a leaf: it has the values that are given" },
    { "read", "a leaf: it has the variable's values" },
    { "step", "a leaf: the store's counter" },
    { "number_like", "as number" },
    { "zeros_like", "as number" },
    { "ones_like", "as number" },
    { "and", "defined by a table of all its operands" },
    { "or", "defined by a table of all its operands" },
    { "not", "defined by a table of all its operands" },
    { "xor", "defined by a table of all its operands" },
    { "rsub_num", "as sub" },
    { "rdiv_num", "as div" },
    { "scale", "as mul" },
    { "cast", "as cast_f32, cast_f64, cast_i32, cast_i64, cast_u8 and cast_bool" },
    { "stop_gradient", "x itself; its gradient is 0 at every point" },
    { "assign", "x itself" },
    { "copy", "x itself; the planner makes it, and no function records it" },
    { "reshape", "moves elements; they and their gradients are the same at every point" },
    { "unsqueeze", "moves elements" },
    { "squeeze", "moves elements" },
    { "permute", "moves elements" },
    { "transpose", "moves elements" },
    { "broadcast", "moves elements; the gradient is a sum" },
    { "flip", "moves elements" },
    { "diagonal", "moves elements" },
    { "concat", "moves elements" },
    { "stack", "moves elements" },
    { "interleave", "moves elements; the planner makes it, and no function records it" },
    { "roll", "moves elements" },
    { "diag", "moves elements" },
    { "pick", "moves elements" },
    { "eye", "a constant" },
    { "tril_mask", "a constant" },
    { "identity", "x itself" },
    { "prelu_apply", "as leaky_relu" },
    { "convolve", "linear in x, weight and bias: as dot" },
    { "convolve_transpose", "as convolve" },
    { "conv_apply", "as convolve" },
    { "conv_transpose_apply", "as convolve" },
    { "max_pool", "as max, of each window" },
    { "avg_pool", "as mean, of each window" },
    { "l2_pool", "as norm, of each window" },
    { "adaptive_max_pool", "as max, of each window" },
    { "adaptive_avg_pool", "as mean, of each window" },
    { "upsample_nearest", "moves elements" },
    { "upsample_linear", "linear in x" },
    { "interpolate", "linear in x" },
    { "pad_reflect", "moves elements" },
    { "pad_replicate", "moves elements" },
    { "pad_circular", "moves elements" },
    { "pixel_shuffle", "moves elements" },
    { "pixel_unshuffle", "moves elements" },
    { "flatten", "moves elements" },
    { "linear_apply", "as matmul" },
    { "bilinear_apply", "as matmul" },
    { "embedding_apply", "as gather" },
    { "batch_norm_apply", "as layer_norm, over other elements" },
    { "group_norm_apply", "as layer_norm, over other elements" },
    { "instance_norm_apply", "as layer_norm, over other elements" },
    { "local_response_norm", "a quotient whose divisor is at least k^beta, and k is above 0" },
    { "weight_norm", "as norm, and of a v of zeros zeros: test_weight_norm.c" },
    { "spectral_norm_apply", "as div, by a number of the store's" },
    { "gcn_apply", "linear in x; a degree is at least 1" },
    { "sage_apply", "linear in x" },
    { "gat_apply", "as segment_softmax and leaky_relu" },
    { "coupling_apply", "as exp of what is between two limits" },
    { "coupling_invert", "as exp of what is between two limits" },
    { "spatial_dropout", "as dropout" },
    { "r2_sums", "as sum" },
    { "perplexity_sums", "as cross_entropy" },
    { "half_mse", "as mse" },
    { "smooth_l1", "as huber" },
    { "gaussian_kl", "finite and smooth wherever e^x is" },
    { "ctc", "as logaddexp, of which it is made" },
    { "squared_hinge", "as hinge" },
    { "cosine_embedding", "as cosine_similarity and hinge" },
    { "triplet", "as norm and relu" },
    { "discriminator_loss", "as softplus" },
    { "generator_loss", "as softplus" },
    { "gradient_penalty", "as norm" },
    { "l1_penalty", "as abs" },
    { "l2_penalty", "as square" },
    { "attention", "as softmax and matmul; what a mask hides is 0: test_attention.c" },
    { "multihead_attention_apply", "as attention" },
    { "transformer_encoder_layer_apply", "as attention and layer_norm_apply" },
    { "transformer_decoder_layer_apply", "as attention and layer_norm_apply" },
    { "transformer_encoder_apply", "as transformer_encoder_layer_apply" },
    { "transformer_decoder_apply", "as transformer_decoder_layer_apply" },
    { "sinusoidal_positions", "a constant" },
    { "rotary_positions", "linear" },
    { "recurrent_apply", "as matmul, sigmoid and tanh; with .relu as relu" },
};
/* clang-format on */

#endif
