/* minimize.h: what the files of tg_minimize.h share. Private to optim/. */
#ifndef TG_OPTIM_MINIMIZE_H
#define TG_OPTIM_MINIMIZE_H

#include "optimizer.h"

/* ---- A loss as a function of a vector ------------------------------------------------------- */

/* The tape and the site of an objective's loss, and its dtype. */
tg_tape *tg__objective_tape(const tg_objective *objective);
tg_dtype tg__objective_dtype(const tg_objective *objective);

/* ---- Along a line --------------------------------------------------------------------------- */

/* A point of a line: f there, and its slope along the line. */
typedef struct tg__point {
    double step, value, slope;
} tg__point;

typedef struct tg__line {
    /* Fills in value and slope at [point->step]. False: the search is over. */
    bool (*evaluate)(void *context, tg__point *point);
    void *context;
    double c1, c2;   /* of the strong Wolfe conditions */
    double rounding; /* by what share of it a value may be wrong */
} tg__line;

typedef enum tg__found {
    TG__FOUND,     /* the point fulfils the conditions, or as much of them as can be had */
    TG__NO_LOWER,  /* none is lower than the beginning */
    TG__UNBOUNDED, /* there is no end to it */
    TG__OVER       /* evaluate has said so */
} tg__found;

/* Searches from the step 0, where [from] is the value and the negative slope, beginning with
 * step 1. The point that is found was not necessarily evaluated last. */
tg__found tg__search_line(const tg__line *line, tg__point from, tg__point *found);

#endif
