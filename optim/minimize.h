/* minimize.h: what the files of tg_minimize.h share. Private to optim/. */
#ifndef TG_OPTIM_MINIMIZE_H
#define TG_OPTIM_MINIMIZE_H

#include "optimizer.h"

/* ---- A loss as a function of a vector ------------------------------------------------------- */

/* The tape, the site and the dtype of an objective's loss. */
tg_tape *tg__objective_tape(const tg_objective *objective);
tg_dtype tg__objective_dtype(const tg_objective *objective);

/* ---- Along a line --------------------------------------------------------------------------- */

/* A point on a line: the value and the slope of f at a step. */
typedef struct tg__point {
    double step, value, slope;
} tg__point;

typedef struct tg__line {
    /* Computes value and slope at [point->step]. False ends the search. */
    bool (*evaluate)(void *context, tg__point *point);
    void *context;
    double c1, c2;   /* the constants of the strong Wolfe conditions */
    double rounding; /* the relative rounding error of a value */
} tg__line;

typedef enum tg__found {
    TG__FOUND,     /* the point fulfils the conditions, or is the best that rounding allows */
    TG__NO_LOWER,  /* no point is lower than the first */
    TG__UNBOUNDED, /* the step or the decrease has no bound */
    TG__OVER       /* evaluate returned false */
} tg__found;

/* Searches from step 0, where [from] has the value and a negative slope; the first step tried is 1.
 * On TG__FOUND *found is the point, which need not be the one that was evaluated last. */
tg__found tg__search_line(const tg__line *line, tg__point from, tg__point *found);

#endif
