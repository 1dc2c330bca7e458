/* playground.c: the points of the problems, and the inputs computed from them. */
#include "playground.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

/* ---- Problems ---------------------------------------------------------------------------- */

/* A disc inside of a ring. The noise moves the point before its label is determined. */
static int make_circle(const playground_draw *draw, int class, double noise, float point[2])
{
    const double share = ((double)draw->even[0] + 1) / 2, angle = pi * (double)draw->even[1];
    const double radius = class ? 2.5 * share : 3.5 + 1.5 * share;
    point[0] = (float)(radius * sin(angle));
    point[1] = (float)(radius * cos(angle));
    const double seen = hypot((double)point[0] + 5 * noise * (double)draw->even[2],
                              (double)point[1] + 5 * noise * (double)draw->even[3]);
    return seen < 2.5;
}

/* Four squares as on a chess board, with gaps. */
static int make_xor(const playground_draw *draw, int class, double noise, float point[2])
{
    (void)class;
    double seen[2];
    for (int i = 0; i < 2; i++) {
        point[i] = 5 * draw->even[i] + (draw->even[i] > 0 ? 0.3f : -0.3f);
        seen[i] = (double)point[i] + 5 * noise * (double)draw->even[2 + i];
    }
    return seen[0] * seen[1] >= 0;
}

/* Two normal distributions; more noise makes them wider. */
static int make_gauss(const playground_draw *draw, int class, double noise, float point[2])
{
    const double deviation = sqrt(0.5 + 7 * noise);
    for (int i = 0; i < 2; i++)
        point[i] = (float)((class ? 2 : -2) + deviation * (double)draw->normal[i]);
    return class;
}

/* Two arms of a spiral. */
static int make_spiral(const playground_draw *draw, int class, double noise, float point[2])
{
    const double share = ((double)draw->even[0] + 1) / 2;
    const double angle = 3.5 * pi * share + (class ? 0 : pi);
    point[0] = (float)(5 * share * sin(angle) + noise * (double)draw->even[2]);
    point[1] = (float)(5 * share * cos(angle) + noise * (double)draw->even[3]);
    return class;
}

const playground_set playground_sets[PLAYGROUND_SETS] = {
    { "circle", make_circle },
    { "xor", make_xor },
    { "gauss", make_gauss },
    { "spiral", make_spiral },
};

const playground_set *playground_find(const char *name)
{
    for (int i = 0; i < PLAYGROUND_SETS; i++)
        if (!strcmp(playground_sets[i].name, name)) return &playground_sets[i];
    return NULL;
}

/* ---- Points ------------------------------------------------------------------------------ */

/* Draws the random numbers for [count] points. False on an error. */
static bool draw_numbers(uint64_t seed, int64_t count, float *even, float *normal, tg_error *error)
{
    tg_store *store = tg_store_new(.seed = seed);
    tg_tape *tape = tg_tape_new(store);
    tg_get(tg_uniform(tape, "even", TG_F32, TG_SHAPE(count, 4), -1, 1), even, (size_t)count * 4);
    tg_get(tg_normal(tape, "normal", TG_F32, TG_SHAPE(count, 2), 0, 1), normal, (size_t)count * 2);
    error->status = tg_tape_status(tape);
    snprintf(error->text, sizeof error->text, "%s", tg_tape_error(tape));
    tg_tape_free(tape);
    tg_store_free(store);
    return error->status == TG_OK;
}

/* Fills the rows from [from] on with points, of both classes in turn. */
static void fill(const playground_set *set, double noise, int64_t from, const float *even,
                 const float *normal, tg_dataset *out)
{
    float *x = out->x.data, *y = out->y.data;
    for (int64_t i = 0; i < tg_dataset_rows(out); i++) {
        playground_draw draw;
        memcpy(draw.even, even + 4 * (from + i), sizeof draw.even);
        memcpy(draw.normal, normal + 2 * (from + i), sizeof draw.normal);
        y[i] = (float)set->make(&draw, (from + i) % 2 != 0, noise, x + 2 * i);
    }
}

static bool dataset_new(tg_dataset *out, int64_t rows)
{
    return !tg_array_new(&out->x, TG_F32, TG_SHAPE(rows, 2), NULL) &&
           !tg_array_new(&out->y, TG_F32, TG_SHAPE(rows, 1), NULL);
}

tg_status playground_make(const playground_set *set, int64_t count, double test, double noise,
                          uint64_t seed, tg_dataset *learn, tg_dataset *held_out, tg_error *error)
{
    /* At least one point for each of training and test. */
    const int64_t tests = (int64_t)fmin(fmax(test * (double)count, 1), (double)(count - 1));
    float *even = malloc((size_t)count * 4 * sizeof *even);
    float *normal = malloc((size_t)count * 2 * sizeof *normal);
    *error = (tg_error){ TG_ERR_MEMORY, "out of memory" };
    if (even && normal && dataset_new(learn, count - tests) && dataset_new(held_out, tests) &&
        draw_numbers(seed, count, even, normal, error)) {
        fill(set, noise, 0, even, normal, learn);
        fill(set, noise, count - tests, even, normal, held_out);
    }
    free(even);
    free(normal);
    return error->status;
}

/* ---- Inputs ------------------------------------------------------------------------------ */

static tg_tensor *x1_itself(tg_tensor *x1, tg_tensor *x2) { return (void)x2, x1; }
static tg_tensor *x2_itself(tg_tensor *x1, tg_tensor *x2) { return (void)x1, x2; }
static tg_tensor *x1_square(tg_tensor *x1, tg_tensor *x2) { return (void)x2, tg_square(x1); }
static tg_tensor *x2_square(tg_tensor *x1, tg_tensor *x2) { return (void)x1, tg_square(x2); }
static tg_tensor *product(tg_tensor *x1, tg_tensor *x2) { return tg_mul(x1, x2); }
static tg_tensor *x1_sine(tg_tensor *x1, tg_tensor *x2) { return (void)x2, tg_sin(x1); }
static tg_tensor *x2_sine(tg_tensor *x1, tg_tensor *x2) { return (void)x1, tg_sin(x2); }

static const struct {
    const char *name;
    tg_tensor *(*make)(tg_tensor *x1, tg_tensor *x2);
} inputs[PLAYGROUND_INPUTS] = {
    { "x1", x1_itself }, { "x2", x2_itself },    { "x1^2", x1_square },  { "x2^2", x2_square },
    { "x1x2", product }, { "sin(x1)", x1_sine }, { "sin(x2)", x2_sine },
};

int playground_input(const char *name, size_t length)
{
    for (int i = 0; i < PLAYGROUND_INPUTS; i++)
        if (strlen(inputs[i].name) == length && !strncmp(inputs[i].name, name, length)) return i;
    return -1;
}

tg_tensor *playground_inputs(tg_tensor *points, const bool uses[PLAYGROUND_INPUTS])
{
    tg_tensor *x1 = tg_pick(points, 1, 0), *x2 = tg_pick(points, 1, 1);
    tg_tensor *list[PLAYGROUND_INPUTS];
    int count = 0;
    for (int i = 0; i < PLAYGROUND_INPUTS; i++)
        if (uses[i]) list[count++] = inputs[i].make(x1, x2);
    return tg_stack((tg_list){ (size_t)count, list }, 1);
}
