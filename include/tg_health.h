/* tg_health.h: a health report of a training step: gradients and updates by layer, dead and
 * saturated units, the first value that is not finite, and what to try, in the order in which a
 * training is usually debugged: learning rate, initialisation, more data, architecture, more
 * epochs, relevance of features.
 *
 *     tg_updates step = tg_adam(loss);
 *     ... some steps
 *     tg_error error;
 *     tg_health *health = tg_health_new(loss, &error, .updates = &step, .features = x);
 *     if (!health) return fprintf(stderr, "%s\n", error.text), 1;
 *     tg_health_print(health, stdout);
 *     tg_health_free(health);
 *
 * It runs forward, backward and the update once, with what is fed to the inputs now, the variables
 * as they are and draws (dropout) as the next run will have them. It changes nothing: no assignment
 * is made, no counter moves, what it records is taken off the tape again, and the training goes on
 * as if it had not been asked. Its memory is about that of a training step, and as much again if
 * something is not finite; a little stays with the tape until that is rewound. */
#ifndef TG_HEALTH_H
#define TG_HEALTH_H

#include "tg_run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- What is found ---------------------------------------------------------------------- */

typedef enum tg_health_severity {
    TG_HEALTH_GOOD = 0, /* nothing was found */
    TG_HEALTH_NOTE,     /* worth knowing; may well be meant */
    TG_HEALTH_WARNING,  /* training will be slow or poor */
    TG_HEALTH_FAULT     /* training will fail */
} tg_health_severity;

/* What to look at, in this order. */
typedef enum tg_health_topic {
    TG_HEALTH_NUMBERS = 0, /* values that are not finite: nothing else can be judged before */
    TG_HEALTH_LEARNING_RATE,
    TG_HEALTH_INITIALISATION,
    TG_HEALTH_DATA,
    TG_HEALTH_ARCHITECTURE,
    TG_HEALTH_EPOCHS,
    TG_HEALTH_FEATURES
} tg_health_topic;

/* "learning rate". Never NULL. */
TG_API const char *tg_health_topic_name(tg_health_topic topic);

/* The thresholds. The update is compared with 1e-3 by cs231n.github.io/neural-networks-3 ("ratio of
 * weights:updates"), which this takes two orders of magnitude to both sides. "Dead" is of Maas et
 * al. 2013, saturation of Glorot and Bengio 2010; the numbers of those, and the rest, are ours.
 *
 *   learning rate   the median update-to-weight ratio of the layers that have a gradient is above
 *                   0.1 (fault: above 1), or below 1e-5 where there is something left to learn: the
 *                   loss is above 0.01 of the first one, where that is given, and norm of gradient
 *                   times norm of weights above 1e-3 of the loss
 *   initialisation  of three layers with matrices or more, the norm of the first one's gradient is
 *                   below 1e-3 or above 1e3 times that of the last one; of three hidden activations
 *                   or more, the last one's deviation is so to the first one's; more than half of
 *                   the units of a rectifier are dead (fault: all), in a batch of at least 8 rows;
 *                   more than half of the values of a squashing function are saturated where a
 *                   product of matrices follows (at the output they may be); all rows or all
 *                   columns of a matrix are equal and have equal gradients, to 1e-5 of the largest
 *                   element, so that their units stay copies of each other; a parameter's gradient
 *                   is exactly 0
 *   data            the validation loss is above twice the training loss, and above 0.1 of the
 *                   first one, where that is given
 *   architecture    the training loss is above 0.9 of the first one
 *   epochs          the training loss is above 0.5 of the first one
 *   features        a feature is the same in all rows; the largest deviation is above 100 times the
 *                   median one, or, of up to 100 features, the smallest below 1/100 of it; a
 *                   feature's gradient is below 1e-6 times the median one */

typedef struct tg_health_finding {
    tg_health_severity severity;
    tg_health_topic topic;
    const char *seen;   /* what was seen, and where; UTF-8, no newline at the end */
    const char *advice; /* what to try */
} tg_health_finding;

/* ---- What is measured ------------------------------------------------------------------- */

/* Norms are Euclidean. What there is no number for is NaN: an update of what is not assigned, a
 * ratio to weights that are all 0. */

/* The parameters whose names are the same up to the last dot; a name without a dot is a layer of
 * its own. In the order of first use on the way to the loss, as parameters are. */
typedef struct tg_health_layer {
    const char *name; /* "encoder.0" of "encoder.0.weight" */
    int64_t count;    /* elements */
    double weights;   /* norm of the values, */
    double gradient;  /* of the gradient, */
    double update;    /* of new - old, for what the tape assigns */
    double ratio;     /* update / weights */
} tg_health_layer;

typedef struct tg_health_parameter {
    const tg_var *var; /* lives as long as its store */
    size_t layer;      /* its place among the layers */
    int64_t count;
    double weights, gradient, update, ratio; /* as of layers */
    bool symmetric;    /* rows or columns are equal and will stay so */
} tg_health_parameter;

/* An activation that the loss depends on: relu, relu6, leaky_relu, prelu, elu, celu, selu, gelu,
 * gelu_tanh, silu, mish, hard_swish, softplus, sigmoid, tanh, hard_sigmoid, hard_tanh, softsign.
 *
 * Its units are the positions of the last axis; the channels, axis 1, of an x of rank 4 or 5 and of
 * one of rank 3 that comes from a convolution or from what follows one (norms, pooling). All other
 * positions are rows. Those inside of a layer's call that have one name, line and number of units,
 * such as the gates of all steps of an LSTM, are one entry.
 *
 * A unit of relu or relu6 is dead if it is 0 in every row; one of gelu, gelu_tanh, silu, mish or
 * hard_swish if it is within 1e-6 of 0. A value of sigmoid, tanh, hard_sigmoid, hard_tanh or
 * softsign is saturated if the slope there is at most 1/20 of the steepest; one of relu6 if it is
 * 6. */
typedef struct tg_health_activation {
    const char *name;     /* "relu" */
    const char *function; /* what was called, "tg_relu", "tg_lstm_apply"; may be NULL */
    const char *file;     /* of the call in the user's program, as compilers name it; may be NULL */
    int line;
    int64_t rows, units;
    double dead;      /* the share of units; NaN where there is none such */
    double saturated; /* the share of values; NaN where there is none such */
    double mean, deviation;
    bool hidden;      /* a product of matrices stands between it and the loss */
} tg_health_activation;

/* A column of .features: element i of each row. */
typedef struct tg_health_feature {
    double mean, deviation; /* over the rows */
    double gradient;        /* mean magnitude of the loss' gradient; NaN if it has none */
} tg_health_feature;

/* The first value that is not finite, of those from which a loss, gradient or update is made that
 * is not. The values that it is made from are finite. */
typedef struct tg_health_nonfinite {
    const char *operation; /* tg_operation_of: "log"; "input", or "read" of a variable */
    const char *name;      /* of the node, or of the variable; "" if it has none */
    const char *function;  /* as of activations */
    const char *file;
    int line;
    int64_t count, nans, infinities; /* elements, and how many of them are such */
    bool backward;                   /* it is of the gradient or the update */
} tg_health_nonfinite;

/* A report. It owns all that it points at, but for names of variables and of source files; free it
 * before its store. It stays good when the tape is rewound. */
typedef struct tg_health {
    tg_health_severity severity;          /* the worst of the findings */
    const char *verdict;                  /* in words */
    size_t finding_count;
    const tg_health_finding *finding;     /* [finding_count], by topic, the worst first */
    size_t layer_count;
    const tg_health_layer *layer;
    size_t parameter_count;
    const tg_health_parameter *parameter;
    size_t activation_count;
    const tg_health_activation *activation; /* as recorded */
    int64_t feature_rows;                   /* of .features */
    size_t feature_count;
    const tg_health_feature *feature;
    const tg_health_nonfinite *nonfinite;   /* NULL if all is finite */
    double loss;
    double gradient;      /* norm of all gradients */
    double ratio;         /* the median of the layers that have a gradient */
    double learning_rate; /* of .updates; NaN without */
    tg_tape *memory;      /* what owns all of it */
} tg_health;

/* ---- Asking for it ---------------------------------------------------------------------- */

typedef struct tg_health_args {
    size_t struct_size;
    tg_site at;
    tg_tensor *loss;           /* one element, f32 or f64 */
    tg_error *error;           /* may be NULL */
    const tg_updates *updates; /* count these assignments alone as updates; default: all that the
                                  tape makes */
    tg_tensor *features;       /* f32 or f64 [rows, ...], an input or what is made of it; default:
                                  none. All axes but the first are the features */
    double train_loss;         /* numbers that the program knows, such as the mean of an epoch; not
                                  compared unless given; default TG_AUTO: not given */
    double validation_loss;    /* default TG_AUTO: not given */
    double first_loss;         /* of the untrained network; default TG_AUTO: not given */
} tg_health_args;
#define TG_HEALTH_DEFAULTS                                                                         \
    .struct_size = TG_OPTIONS_SIZE(tg_health_args, first_loss), .train_loss = TG_AUTO,             \
    .validation_loss = TG_AUTO, .first_loss = TG_AUTO

/* tg_health_new(loss, &error): of every trainable parameter that [loss] depends on. NULL on an
 * error, of which nothing sticks to the tape: the tape or its store has failed before
 * (their status), there is no loss or it depends on no trainable parameter (TG_ERR_ARGUMENT), the
 * updates are not of this recording, the features have no rows, memory is short, the run failed,
 * such as by an index out of range. The run is the tape's last one then (tg_tape_run_error). */
TG_API tg_health *tg_health_new_with(const tg_health_args *args);
/* Accepts NULL. */
TG_API void tg_health_free(tg_health *health);
/* All of it as tables, findings and the verdict. Nothing for a NULL. */
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
