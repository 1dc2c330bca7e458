/* playground.h: points of two classes in a plane: the problems of the TensorFlow playground, after
 * its dataset.ts, and what its networks are fed of a point. */
#ifndef EXAMPLES_PLAYGROUND_H
#define EXAMPLES_PLAYGROUND_H

#include <tapegrad.h>

enum { PLAYGROUND_SETS = 4, PLAYGROUND_INPUTS = 7, PLAYGROUND_REACH = 6 };

/* What one point is made of: numbers in [-1, 1), and standard normal ones. */
typedef struct playground_draw {
    float even[4], normal[2];
} playground_draw;

typedef struct playground_set {
    const char *name;
    /* Makes the point of a class (0 or 1) and returns the class that it is labelled with, which
     * noise may change. */
    int (*make)(const playground_draw *draw, int class, double noise, float point[2]);
} playground_set;

extern const playground_set playground_sets[PLAYGROUND_SETS];
/* NULL if there is none of that name. */
const playground_set *playground_find(const char *name);

/* Makes [count] points, of which the share [test] goes to *held_out: x is f32 [rows, 2], within
 * PLAYGROUND_REACH but for a few, and y f32 [rows, 1], 0 or 1. */
tg_status playground_make(const playground_set *set, int64_t count, double test, double noise,
                          uint64_t seed, tg_dataset *learn, tg_dataset *held_out, tg_error *error);

/* The number of an input by its name, such as "x1^2"; -1 if there is none. */
int playground_input(const char *name, size_t length);
/* points [rows, 2] to [rows, inputs]: those that are in use, side by side. */
tg_tensor *playground_inputs(tg_tensor *points, const bool uses[PLAYGROUND_INPUTS]);

#endif
