/* health.h: what the files of the health report share. health.c begins and ends it; health_memory.c
 * allocates; health_find.c walks the tape; health_measure.c records, runs and measures;
 * health_nonfinite.c finds the first value that is not finite; health_findings.c derives the
 * findings. */
#ifndef TG_TRAIN_HEALTH_H
#define TG_TRAIN_HEALTH_H

#include <tapegrad.h>

#include <math.h>
#include <string.h>

/* Properties of an activation, found by its name. */
typedef struct tg__health_kind {
    const char *name;
    bool primitive; /* one operation has this name; else it is a composition, whose result is named
                       so */
    double dead;    /* a unit whose outputs have at most this magnitude is dead; NaN: it is no
                       rectifier */
    double low, high; /* outputs at or beyond these are saturated; infinite: they never are */
} tg__health_kind;

typedef struct tg__health_param {
    tg_tensor *read;
    tg_tensor *value, *gradient; /* the value assigned to it, the gradient; or NULL */
    tg_tensor *kept_value, *kept_gradient;
} tg__health_param;

typedef struct tg__health_act {
    tg_tensor *y, *kept;
    const tg__health_kind *kind;
    int axis;     /* of the units */
    bool inner;   /* recorded inside of a layer's function */
    size_t entry; /* its index in the report's activations */
} tg__health_act;

/* Sums over the nodes of one entry. */
typedef struct tg__health_sums {
    double count, mean, squares; /* elements, their mean, sum of squared deviations from it */
    double units, dead, saturated;
} tg__health_sums;

typedef struct tg__health {
    tg_health_args args;
    tg_site at;
    tg_tape *tape; /* of the loss */
    tg_tape *room; /* its memory is freed when the report is made */
    tg_health *out;
    size_t length; /* of the tape before the call */
    size_t loss_at;
    tg__health_param *param; /* [out->parameter_count] */
    tg__health_act *act;     /* [act_count] */
    size_t act_count;
    tg_tensor **kept; /* the nodes that the plan keeps */
    size_t kept_count;
    tg_tensor *loss, *rate, *features, *slope; /* kept; slope: the gradient by the features */
    double *weights, *gradient, *value;        /* elements of one node each, as doubles */
    float *narrow;
    tg_health_layer *layer; /* the tables of [out], while they are written */
    tg_health_parameter *parameter;
    tg_health_activation *activation;
    tg__health_sums *sums; /* of the activations */
    tg_health_feature *feature;
    tg_health_finding *finding;
} tg__health;

/* These return false on an error: of the tape, of the run, or, if neither has one, of memory. */

/* Finds the parameters, what is assigned to them, and the activations. */
bool tg__health_find(tg__health *h);
/* Records gradients and what the plan is to keep; runs it; fills the report's tables. */
bool tg__health_measure(tg__health *h);
/* Finds the first value that is not finite, if the loss, a gradient or an assigned value is not. */
bool tg__health_nonfinite(tg__health *h);
/* Writes the findings and the verdict. */
bool tg__health_judge(tg__health *h);

/* Zeroed memory of a tape, for so many of that size; NULL if there is none left. */
void *tg__health_zeroed(tg_tape *tape, size_t count, size_t size);
/* The same for the report: tg__health_room's until the report is made, tg__health_keep's as long as
 * the report. */
void *tg__health_room(const tg__health *h, size_t count, size_t size);
void *tg__health_keep(const tg__health *h, size_t count, size_t size);
/* A copy of the text in the report's memory; NULL if there is none left. */
const char *tg__health_text(const tg__health *h, const char *text);
/* A new node of another shape with the elements of [x]. A plan keeps that one, so that nothing that
 * is known of [x] (whether its value is current) changes. */
tg_tensor *tg__health_view(const tg__health *h, tg_tensor *x);
/* Compiles a plan of the nodes, without assignments, and runs it. NULL with an error in .error. */
tg_plan *tg__health_run(tg__health *h, tg_tensor *const *nodes, size_t count);
/* Copies the elements of a float node that the plan has kept to [to], as doubles; [narrow] has room
 * for as many floats. */
bool tg__health_values(tg_tensor *x, double *to, float *narrow);
/* The last part of a path. */
const char *tg__health_base(const char *path);

#endif
