/* tg_health.h: a health report of a training step: gradients and updates by layer, dead and
 * saturated units, the first value that is not finite, and advice, in the order in which a training
 * is usually debugged: learning rate, initialisation, more data, architecture, more epochs,
 * relevance of features.
 *
 *     tg_updates step = tg_adam(loss);
 *     ... some steps
 *     tg_error error;
 *     tg_health *health = tg_health_new(loss, &error, .updates = &step, .features = x);
 *     if (!health) return fprintf(stderr, "%s\n", error.text), 1;
 *     tg_health_print(health, stdout);
 *     tg_health_free(health);
 *
 * It computes the loss, the gradients and the update once, with the current inputs and variables,
 * and with the random draws (dropout) of the next run. It changes nothing: no assignment is made,
 * no counter moves, and what it records is removed from the tape again. Its memory is about that of
 * a training step, and twice as much if something is not finite; a small part stays with the tape
 * until that is rewound. */
#ifndef TG_HEALTH_H
#define TG_HEALTH_H

#include "tg_run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- What is found ---------------------------------------------------------------------- */

typedef enum tg_health_severity {
    TG_HEALTH_GOOD = 0, /* no findings */
    TG_HEALTH_NOTE,     /* worth knowing; may be intended */
    TG_HEALTH_WARNING,  /* training will be slow or poor */
    TG_HEALTH_FAULT     /* training will fail */
} tg_health_severity;

/* The topics, in the order in which to check them. */
typedef enum tg_health_topic {
    TG_HEALTH_NUMBERS = 0, /* values that are not finite: then nothing else is judged */
    TG_HEALTH_LEARNING_RATE,
    TG_HEALTH_INITIALISATION,
    TG_HEALTH_DATA,
    TG_HEALTH_ARCHITECTURE,
    TG_HEALTH_EPOCHS,
    TG_HEALTH_FEATURES
} tg_health_topic;

/* "learning rate". Never NULL. */
TG_API const char *tg_health_topic_name(tg_health_topic topic);

/* The thresholds. cs231n.github.io/neural-networks-3 ("ratio of weights:updates") compares the
 * update with 1e-3 of the weights; a factor of 100 to either side is allowed here. "Dead" is
 * defined as by Maas et al. 2013, saturation as by Glorot and Bengio 2010; their numbers, and all
 * others, were chosen for this library.
 *
 *   learning rate   the median update-to-weight ratio of the layers that have a gradient is above
 *                   0.1 (fault: above 1), or below 1e-5 before convergence: the loss is above 0.01
 *                   of the first one, if that is given, and norm of gradient times norm of weights
 *                   is above 1e-3 of the loss
 *   initialisation  of three or more layers with matrices, the norm of the first one's gradient is
 *                   below 1e-3 or above 1e3 times that of the last one; the same for the deviations
 *                   of the last and the first of three or more hidden activations; more than half
 *                   of the units of a rectifier are dead (fault: all), in a batch of at least 8
 *                   rows; more than half of the values of a squashing function are saturated and a
 *                   product of matrices follows (at the output they may be); all rows or all
 *                   columns of a matrix are equal and have equal gradients, to 1e-5 of the largest
 *                   element, so that their units stay copies of each other; a parameter's gradient
 *                   is exactly 0
 *   data            the validation loss is above twice the training loss, and above 0.1 of the
 *                   first one, if that is given
 *   architecture    the training loss is above 0.9 of the first one
 *   epochs          the training loss is above 0.5 of the first one
 *   features        a feature is the same in all rows; the largest deviation is above 100 times the
 *                   median one, or, with up to 100 features, the smallest below 1/100 of it; a
 *                   feature's gradient is below 1e-6 times the median one */

typedef struct tg_health_finding {
    tg_health_severity severity;
    tg_health_topic topic;
    const char *seen;   /* what was measured, and where; UTF-8, no newline at the end */
    const char *advice; /* what to try */
} tg_health_finding;

/* ---- What is measured ------------------------------------------------------------------- */

/* Norms are Euclidean. A number that does not exist is NaN: the update of a parameter that is not
 * assigned, a ratio to weights that are all 0. */

/* The parameters whose names are equal up to the last dot; a name without a dot is a layer of its
 * own. Layers and parameters are in the order of their first use by the loss. */
typedef struct tg_health_layer {
    const char *name; /* "encoder.0" of "encoder.0.weight" */
    int64_t count;    /* elements */
    double weights;   /* norm of the values, */
    double gradient;  /* of the gradient, */
    double update;    /* of new - old, for the value that the tape assigns */
    double ratio;     /* update / weights */
} tg_health_layer;

typedef struct tg_health_parameter {
    const tg_var *var; /* valid as long as its store */
    size_t layer;      /* its index among the layers */
    int64_t count;
    double weights, gradient, update, ratio; /* as for layers */
    bool symmetric;    /* rows or columns are equal and will stay so */
} tg_health_parameter;

/* An activation that the loss depends on: relu, relu6, leaky_relu, prelu, elu, celu, selu, gelu,
 * gelu_tanh, silu, mish, hard_swish, softplus, sigmoid, tanh, hard_sigmoid, hard_tanh, softsign.
 *
 * Its units are the positions along the last axis; for rank 4 and 5, and for rank 3 behind a
 * convolution, norm or pooling, the channels (axis 1). All other positions are rows. Activations
 * inside of one layer's call with the same name, line and number of units, such as the gates of all
 * steps of an LSTM, are one entry.
 *
 * A unit of relu or relu6 is dead if it is 0 in every row; one of gelu, gelu_tanh, silu, mish or
 * hard_swish if it is within 1e-6 of 0. A value of sigmoid, tanh, hard_sigmoid, hard_tanh or
 * softsign is saturated if the derivative there is at most 1/20 of the largest one; one of relu6 if
 * it is 6. */
typedef struct tg_health_activation {
    const char *name;     /* "relu" */
    const char *function; /* the function called, "tg_relu", "tg_lstm_apply"; may be NULL */
    const char *file;     /* of the call in the user's program, as the compiler names the file;
                             may be NULL */
    int line;
    int64_t rows, units;
    double dead;      /* the share of units; NaN if the activation has no dead units by
                         definition */
    double saturated; /* the share of values; NaN if the activation does not saturate */
    double mean, deviation;
    bool hidden;      /* a product of matrices lies between it and the loss */
} tg_health_activation;

/* A column of .features: element i of each row. */
typedef struct tg_health_feature {
    double mean, deviation; /* over the rows */
    double gradient;        /* mean magnitude of the gradient of the loss; NaN if there is none */
} tg_health_feature;

/* The first value that is not finite, on the way to a loss, a gradient or an update that is not
 * finite. All values that it is computed from are finite. */
typedef struct tg_health_nonfinite {
    const char *operation; /* tg_operation_of: "log"; "input", or "read" of a variable */
    const char *name;      /* of the node, or of the variable; "" if it has none */
    const char *function;  /* as of activations */
    const char *file;
    int line;
    int64_t count, nans, infinities; /* elements, and how many of them are NaN and infinite */
    bool backward;                   /* it belongs to the gradient or the update */
} tg_health_nonfinite;

/* A report. It owns all that it points at, except names of variables and of source files; free it
 * before its store. It is still valid when the tape is rewound. */
typedef struct tg_health {
    tg_health_severity severity;          /* the worst of all findings */
    const char *verdict;                  /* as text */
    size_t finding_count;
    const tg_health_finding *finding;     /* [finding_count], by topic, the worst first */
    size_t layer_count;
    const tg_health_layer *layer;
    size_t parameter_count;
    const tg_health_parameter *parameter;
    size_t activation_count;
    const tg_health_activation *activation; /* in the order of recording */
    int64_t feature_rows;                   /* of .features */
    size_t feature_count;
    const tg_health_feature *feature;
    const tg_health_nonfinite *nonfinite;   /* NULL if all is finite */
    double loss;
    double gradient;      /* norm of all gradients */
    double ratio;         /* the median of the layers that have a gradient */
    double learning_rate; /* of .updates; NaN without */
    tg_tape *memory;      /* owns all of it */
} tg_health;

/* ---- Asking for it ---------------------------------------------------------------------- */

typedef struct tg_health_args {
    size_t struct_size;
    tg_site at;
    tg_tensor *loss;           /* one element, f32 or f64 */
    tg_error *error;           /* may be NULL */
    const tg_updates *updates; /* only these assignments count as updates; default: all of the
                                  tape */
    tg_tensor *features;       /* f32 or f64 [rows, ...], an input or computed from one; default:
                                  none. All axes but the first are the features */
    double train_loss;         /* losses that the program knows, such as the mean of an epoch;
                                  compared if given; default TG_AUTO: not given */
    double validation_loss;    /* default TG_AUTO: not given */
    double first_loss;         /* of the untrained network; default TG_AUTO: not given */
} tg_health_args;
#define TG_HEALTH_DEFAULTS                                                                         \
    .struct_size = TG_OPTIONS_SIZE(tg_health_args, first_loss), .train_loss = TG_AUTO,             \
    .validation_loss = TG_AUTO, .first_loss = TG_AUTO

/* tg_health_new(loss, &error): a report on all trainable parameters that [loss] depends on. NULL on
 * an error, which does not stick to the tape: the tape or its store had an error before (with its
 * status); there is no loss, or it depends on no trainable parameter (TG_ERR_ARGUMENT); the updates
 * are not of this recording; the features have no rows; there is not enough memory; the run failed,
 * such as by an index out of range. That run is then the tape's last one (tg_tape_run_error). */
TG_API tg_health *tg_health_new_with(const tg_health_args *args);
/* Accepts NULL. */
TG_API void tg_health_free(tg_health *health);
/* Prints everything: tables, findings and the verdict. Prints nothing for NULL. */
TG_API void tg_health_print(const tg_health *health, FILE *out);

#ifdef __cplusplus
}
#endif

/* How C programs call these: the macros supply the call's site, and the defaults of options. */
#ifndef __cplusplus
#define tg_health_new(...)                                                                         \
    tg_health_new_with(&(tg_health_args){ TG_HEALTH_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#endif

#endif
