/* health.h: what the files of the health report share: the work of making one. health.c begins and
 * ends it; health_find.c walks the tape; health_measure.c records, runs and measures;
 * health_nonfinite.c looks for the first value that is not finite; health_findings.c judges. */
#ifndef TG_TRAIN_HEALTH_H
#define TG_TRAIN_HEALTH_H

#include <tapegrad.h>

#include <math.h>
#include <string.h>

/* What is known of an activation by its name. */
typedef struct tg__health_kind {
    const char *name;
    bool primitive; /* an operation of its own; else made of others, and its result has the name */
    double dead;    /* outputs of up to this magnitude say nothing; NaN: it is no rectifier */
    double low, high; /* at and beyond these it is saturated; infinite where it never is */
} tg__health_kind;

typedef struct tg__health_param {
    tg_tensor *read;
    tg_tensor *value, *gradient; /* what it is assigned, or NULL */
    tg_tensor *kept_value, *kept_gradient;
} tg__health_param;

typedef struct tg__health_act {
    tg_tensor *y, *kept;
    const tg__health_kind *kind;
    int axis;     /* of the units */
    bool inner;   /* inside of a layer's call */
    size_t entry; /* its place among the report's activations */
} tg__health_act;

/* Sums over the nodes of an entry. */
typedef struct tg__health_sums {
    double count, mean, squares; /* elements, their mean, squares of what they are off it */
    double units, dead, saturated;
} tg__health_sums;

typedef struct tg__health {
    tg_health_args args;
    tg_site at;
    tg_tape *tape; /* of the loss */
    tg_tape *room; /* whose memory is for the time of the work */
    tg_health *out;
    size_t length; /* of the tape before */
    size_t loss_at;
    tg__health_param *param; /* [out->parameter_count] */
    tg__health_act *act;     /* [act_count] */
    size_t act_count;
    tg_tensor **kept; /* what the plan keeps */
    size_t kept_count;
    tg_tensor *loss, *rate, *features, *slope; /* kept; of the features the gradient */
    double *weights, *gradient, *value;        /* elements of one node each */
    float *narrow;
    tg_health_layer *layer; /* what [out] points at, to be written */
    tg_health_parameter *parameter;
    tg_health_activation *activation;
    tg__health_sums *sums; /* of the activations */
    tg_health_feature *feature;
    tg_health_finding *finding;
} tg__health;

/* These return false on an error: the tape's, the run's, or, if neither has one, of memory. */

/* Finds parameters, what they are assigned, and activations. */
bool tg__health_find(tg__health *h);
/* Records gradients and what the plan is to keep; runs it; fills the report's tables. */
bool tg__health_measure(tg__health *h);
/* Finds the first value that is not finite, if the loss, a gradient or an update is not. */
bool tg__health_nonfinite(tg__health *h);
/* Findings and verdict. */
bool tg__health_judge(tg__health *h);

/* Memory for the time of the work, and of the report; zeroed. */
void *tg__health_room(const tg__health *h, size_t count, size_t size);
void *tg__health_keep(const tg__health *h, size_t count, size_t size);
/* A copy in the report's memory; NULL when out of it. */
const char *tg__health_text(const tg__health *h, const char *text);
/* A node of its own, of another shape, with the elements of [x]: a plan that keeps that leaves what
 * is known of [x] as it is. */
tg_tensor *tg__health_view(const tg__health *h, tg_tensor *x);
/* Compiles a plan of the nodes, without assignments, and runs it. NULL on an error, which is in
 * .error then. */
tg_plan *tg__health_run(tg__health *h, tg_tensor *const *nodes, size_t count);
/* The elements of a float node that the plan has kept, as doubles; [narrow] has room for floats. */
bool tg__health_values(tg_tensor *x, double *to, float *narrow);
/* A path's last part. */
const char *tg__health_base(const char *path);

#endif
