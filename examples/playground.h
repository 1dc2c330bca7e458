/* playground.h: points of two classes in a plane: the problems of the TensorFlow playground, after
 * its dataset.ts, and the inputs that its networks get for a point. */
#ifndef EXAMPLES_PLAYGROUND_H
#define EXAMPLES_PLAYGROUND_H

#include <tapegrad.h>

enum { PLAYGROUND_SETS = 4, PLAYGROUND_INPUTS = 7, PLAYGROUND_REACH = 6 };

/* The random numbers for one point: uniform in [-1, 1), and standard normal. */
typedef struct playground_draw {
    float even[4], normal[2];
} playground_draw;

typedef struct playground_set {
    const char *name;
    /* Makes a point of a class (0 or 1). Returns the class of its label, which noise may change. */
    int (*make)(const playground_draw *draw, int class, double noise, float point[2]);
} playground_set;

extern const playground_set playground_sets[PLAYGROUND_SETS];
/* The problem of that name; NULL if there is none. */
const playground_set *playground_find(const char *name);

/* Makes [count] points, of which the share [test] goes to *held_out. x is f32 [rows, 2], nearly
 * always within PLAYGROUND_REACH; y is f32 [rows, 1], 0 or 1. */
tg_status playground_make(const playground_set *set, int64_t count, double test, double noise,
                          uint64_t seed, tg_dataset *learn, tg_dataset *held_out, tg_error *error);

/* The index of an input by its name, such as "x1^2"; -1 if there is none. */
int playground_input(const char *name, size_t length);
/* The inputs that are in use, [rows, inputs], of the points [rows, 2]. */
tg_tensor *playground_inputs(tg_tensor *points, const bool uses[PLAYGROUND_INPUTS]);

#endif
