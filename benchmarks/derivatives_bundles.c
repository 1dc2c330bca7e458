/* derivatives_bundles.c: the residuals of bundle adjustment and their Jacobian, all observations at
 * once. A residual depends on the 15 numbers of its own camera, point and weight alone. So the
 * gradient of a sum over all observations has one row of each block of the Jacobian, and two
 * reverse passes make all of it. */
#include "derivatives.h"

#include <math.h>
#include <string.h>

/* ADBench's ba, first size. Camera: rotation (axis times angle), center, focal length, principal
 * point, radial distortion. */
enum { CAMERAS = 49, POINTS = 7776, OBSERVATIONS = 31843 };
enum { ROTATION = 0, CENTER = 3, FOCAL = 6, PRINCIPAL = 7, RADIAL = 9, CAMERA = 11 };
enum { POINT = CAMERA, WEIGHT = POINT + 3, OWN = WEIGHT + 1 }; /* numbers of an observation */

static const char name[] = "ba n=49 m=7776 p=31843";
static const limit others = { 19100, "the same by CoDiPack, on another machine" };

/* ---- Plain C ---------------------------------------------------------------------------- */

typedef struct scene {
    double *cameras, *points, *weights, *features;
    int32_t *camera, *point; /* of each observation */
    double *errors, *weight_errors;
} scene;

static void cross(const double *a, const double *b, double *to)
{
    to[0] = a[1] * b[2] - a[2] * b[1];
    to[1] = a[2] * b[0] - a[0] * b[2];
    to[2] = a[0] * b[1] - a[1] * b[0];
}

/* Rodrigues' formula. */
static void rotate(const double *rotation, const double *x, double *to)
{
    double squared = 0, along = 0, axis[3], turned[3];
    for (int i = 0; i < 3; i++) squared += rotation[i] * rotation[i];
    if (squared == 0) {
        cross(rotation, x, turned);
        for (int i = 0; i < 3; i++) to[i] = x[i] + turned[i];
        return;
    }
    const double angle = sqrt(squared), cosine = cos(angle), sine = sin(angle);
    for (int i = 0; i < 3; i++) axis[i] = rotation[i] / angle;
    for (int i = 0; i < 3; i++) along += axis[i] * x[i];
    cross(axis, x, turned);
    for (int i = 0; i < 3; i++) {
        to[i] = x[i] * cosine + turned[i] * sine + axis[i] * along * (1 - cosine);
    }
}

static void plain_residual(const double *camera, const double *point, double weight,
                           const double *feature, double *error)
{
    double x[3], seen[3], squared = 0;
    for (int i = 0; i < 3; i++) x[i] = point[i] - camera[CENTER + i];
    rotate(camera + ROTATION, x, seen);
    for (int i = 0; i < 2; i++) squared += seen[i] / seen[2] * (seen[i] / seen[2]);
    const double stretch = 1 + camera[RADIAL] * squared + camera[RADIAL + 1] * squared * squared;
    for (int i = 0; i < 2; i++) {
        const double place = seen[i] / seen[2] * stretch * camera[FOCAL] + camera[PRINCIPAL + i];
        error[i] = weight * (place - feature[i]);
    }
}

static void run_plain(void *context)
{
    const scene *s = context;
    for (int i = 0; i < OBSERVATIONS; i++) {
        plain_residual(s->cameras + CAMERA * s->camera[i], s->points + 3 * s->point[i],
                       s->weights[i], s->features + 2 * i, s->errors + 2 * i);
    }
    for (int i = 0; i < OBSERVATIONS; i++) {
        s->weight_errors[i] = 1 - s->weights[i] * s->weights[i];
    }
}

/* One camera, point and observation like those of the data, all others near them. */
static scene scene_new(void)
{
    static const double camera[CAMERA] = { -0.76, -1.11, -0.85, 34.6,  39.7,  53.9,
                                           419,   5.86,  -8.52, 0.088, 0.0027 };
    static const double point[3] = { 7.2, 0.0011, 3.02 };
    scene s = { .cameras = new_numbers(CAMERAS * CAMERA), .points = new_numbers(POINTS * 3) };
    s.weights = new_numbers(OBSERVATIONS);
    s.features = new_numbers(2 * OBSERVATIONS);
    s.errors = new_numbers(2 * OBSERVATIONS);
    s.weight_errors = new_numbers(OBSERVATIONS);
    s.camera = bench_alloc(OBSERVATIONS * sizeof *s.camera);
    s.point = bench_alloc(OBSERVATIONS * sizeof *s.point);
    fill_uniform(s.cameras, CAMERAS * CAMERA, 0.95, 1.05, 51);
    fill_uniform(s.points, POINTS * 3, -0.5, 0.5, 52);
    fill_uniform(s.weights, OBSERVATIONS, 0, 1, 53);
    fill_uniform(s.features, 2 * OBSERVATIONS, 200, 900, 54);
    for (int i = 0; i < CAMERAS * CAMERA; i++) s.cameras[i] *= camera[i % CAMERA];
    for (int i = 0; i < POINTS * 3; i++) s.points[i] += point[i % 3];
    for (int32_t i = 0; i < OBSERVATIONS; i++) {
        s.camera[i] = i % CAMERAS;
        s.point[i] = i % POINTS;
    }
    return s;
}

static void scene_free(scene *s)
{
    void *const blocks[] = { s->cameras, s->points, s->weights,       s->features,
                             s->errors,  s->camera, s->weight_errors, s->point };
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) free(blocks[i]);
}

/* ---- Recording -------------------------------------------------------------------------- */

typedef struct recorded {
    tg_store *store;
    tg_tape *tape;
    tg_tensor *errors, *weight_errors;     /* [p, 2], [p] */
    tg_tensor *jacobian, *weight_jacobian; /* [p, 2, OWN], [p] */
    tg_plan *function, *derivative;
    double plan_us;
} recorded;

/* [rows[0], ..] of an array with a number of each observation in each row. */
static void split_rows(tg_tensor *x, size_t count, tg_tensor *rows[])
{
    tg_split(x, 0, count, NULL, rows);
    for (size_t i = 0; i < count; i++) rows[i] = tg_reshape(rows[i], TG_SHAPE(-1));
}

static tg_tensor *dot3(tg_tensor *const a[3], tg_tensor *const b[3])
{
    tg_tensor *sum = tg_mul(a[0], b[0]);
    sum = tg_add(sum, tg_mul(a[1], b[1]));
    return tg_add(sum, tg_mul(a[2], b[2]));
}

static void record_cross(tg_tensor *const a[3], tg_tensor *const b[3], tg_tensor *to[3])
{
    for (int i = 0; i < 3; i++) {
        const int j = (i + 1) % 3, k = (i + 2) % 3;
        tg_tensor *left = tg_mul(a[j], b[k]);
        to[i] = tg_sub(left, tg_mul(a[k], b[j]));
    }
}

static void record_rotate(tg_tensor *const rotation[3], tg_tensor *const x[3], tg_tensor *to[3])
{
    tg_tensor *squared = dot3(rotation, rotation), *axis[3], *turned[3], *shifted[3];
    tg_tensor *turns = tg_greater(squared, tg_number_like(squared, 0));
    tg_tensor *angle = tg_sqrt(tg_select(turns, squared, tg_number_like(squared, 1)));
    tg_tensor *cosine = tg_cos(angle), *sine = tg_sin(angle), *inverse = tg_reciprocal(angle);
    for (int i = 0; i < 3; i++) axis[i] = tg_mul(rotation[i], inverse);
    record_cross(axis, x, turned);
    record_cross(rotation, x, shifted);
    tg_tensor *along = tg_mul(dot3(axis, x), tg_rsub_num(1, cosine));
    for (int i = 0; i < 3; i++) {
        tg_tensor *sum = tg_add(tg_mul(x[i], cosine), tg_mul(turned[i], sine));
        sum = tg_add(sum, tg_mul(axis[i], along));
        to[i] = tg_select(turns, sum, tg_add(x[i], shifted[i]));
    }
}

static void record_residuals(tg_tensor *const own[OWN], tg_tensor *const feature[2],
                             tg_tensor *error[2])
{
    tg_tensor *x[3], *seen[3], *place[2];
    for (int i = 0; i < 3; i++) x[i] = tg_sub(own[POINT + i], own[CENTER + i]);
    record_rotate(own + ROTATION, x, seen);
    for (int i = 0; i < 2; i++) place[i] = tg_div(seen[i], seen[2]);
    tg_tensor *squared = tg_add(tg_square(place[0]), tg_square(place[1]));
    tg_tensor *stretch = tg_mul(own[RADIAL + 1], squared);
    stretch = tg_add_num(tg_mul(tg_add(own[RADIAL], stretch), squared), 1);
    stretch = tg_mul(stretch, own[FOCAL]);
    for (int i = 0; i < 2; i++) {
        place[i] = tg_add(tg_mul(place[i], stretch), own[PRINCIPAL + i]);
        error[i] = tg_mul(own[WEIGHT], tg_sub(place[i], feature[i]));
    }
}

static void record_jacobian(recorded *t, tg_tensor *const own[OWN], tg_tensor *const error[2])
{
    tg_tensor *rows[2 * OWN];
    tg_tensor *ones = tg_ones_like(error[0]);
    for (int i = 0; i < 2; i++) tg_vjp(error[i], ones, (tg_list){ OWN, own }, rows + i * OWN);
    t->jacobian =
        tg_reshape(tg_stack((tg_list){ 2 * OWN, rows }, 1), TG_SHAPE(OBSERVATIONS, 2, OWN));
    tg_vjp(t->weight_errors, ones, TG_LIST(own[WEIGHT]), &t->weight_jacobian);
}

static tg_tensor *input_of(tg_tape *tape, const char *what, tg_shape shape, const double *data)
{
    tg_tensor *input = tg_input(tape, what, TG_F64, shape);
    tg_feed(input, data, (size_t)tg_shape_count(shape));
    return input;
}

static tg_tensor *index_of(tg_tape *tape, const char *what, const int32_t *data)
{
    tg_tensor *input = tg_input(tape, what, TG_I32, TG_SHAPE(OBSERVATIONS));
    tg_feed(input, data, OBSERVATIONS);
    return input;
}

/* A row for each of an observation's own numbers. */
static void record_own(tg_tape *tape, const scene *s, tg_tensor *own[OWN])
{
    tg_tensor *cameras = input_of(tape, "cameras", TG_SHAPE(CAMERAS, CAMERA), s->cameras);
    tg_tensor *points = input_of(tape, "points", TG_SHAPE(POINTS, 3), s->points);
    tg_tensor *camera = index_of(tape, "camera", s->camera);
    tg_tensor *point = index_of(tape, "point", s->point);
    split_rows(tg_gather(tg_transpose(cameras), camera, 1), CAMERA, own);
    split_rows(tg_gather(tg_transpose(points), point, 1), 3, own + POINT);
    own[WEIGHT] = input_of(tape, "weights", TG_SHAPE(OBSERVATIONS), s->weights);
}

static recorded recorded_new(const scene *s, int threads)
{
    recorded t = { .store = tg_store_new(.dtype = TG_F64) };
    t.tape = tg_tape_new(t.store);
    const double begin = bench_seconds();
    tg_tensor *own[OWN], *feature[2], *error[2];
    record_own(t.tape, s, own);
    tg_tensor *features = input_of(t.tape, "features", TG_SHAPE(OBSERVATIONS, 2), s->features);
    split_rows(tg_transpose(features), 2, feature);
    record_residuals(own, feature, error);
    t.errors = tg_stack(TG_LIST(error[0], error[1]), 1);
    t.weight_errors = tg_rsub_num(1, tg_square(own[WEIGHT]));
    record_jacobian(&t, own, error);
    t.derivative = tg_compile_pure(t.tape, t.jacobian, t.weight_jacobian, .threads = threads);
    t.plan_us = 1e6 * (bench_seconds() - begin);
    t.function = tg_compile_pure(t.tape, t.errors, t.weight_errors, .threads = threads);
    bench_check(t.tape);
    return t;
}

static void recorded_free(recorded *t)
{
    tg_plan_free(t->function);
    tg_plan_free(t->derivative);
    tg_tape_free(t->tape);
    tg_store_free(t->store);
}

static void run_plan(void *context) { tg_run(context); }

/* ---- Checks ----------------------------------------------------------------------------- */

static void check_values(const recorded *t, const scene *s)
{
    double *errors = new_numbers(2 * OBSERVATIONS), *weight = new_numbers(OBSERVATIONS);
    tg_get(t->errors, errors, 2 * OBSERVATIONS);
    tg_get(t->weight_errors, weight, OBSERVATIONS);
    bench_check(t->tape);
    for (size_t i = 0; i < OBSERVATIONS; i++) {
        for (size_t k = 2 * i; k < 2 * i + 2; k++) {
            check_close(name, "residual", k, errors[k], s->errors[k], 1000, 1e-12);
        }
        check_close(name, "weight residual", i, weight[i], s->weight_errors[i], 1, 1e-14);
    }
    free(weight);
    free(errors);
}

/* Of one observation, from central differences. */
static void plain_block(const scene *s, size_t at, double block[2][OWN])
{
    double own[OWN];
    memcpy(own, s->cameras + CAMERA * s->camera[at], CAMERA * sizeof *own);
    memcpy(own + POINT, s->points + 3 * s->point[at], 3 * sizeof *own);
    own[WEIGHT] = s->weights[at];
    for (int j = 0; j < OWN; j++) {
        const double from = own[j], step = 1e-5 * (1 + fabs(from));
        double low[2], high[2];
        own[j] = from - step;
        plain_residual(own, own + POINT, own[WEIGHT], s->features + 2 * at, low);
        own[j] = from + step;
        plain_residual(own, own + POINT, own[WEIGHT], s->features + 2 * at, high);
        own[j] = from;
        for (int i = 0; i < 2; i++) block[i][j] = (high[i] - low[i]) / (2 * step);
    }
}

static void check_jacobian(const recorded *t, const scene *s)
{
    const size_t size = 2 * OWN;
    double *got = new_numbers(OBSERVATIONS * size), *weight = new_numbers(OBSERVATIONS);
    tg_get(t->jacobian, got, OBSERVATIONS * size);
    tg_get(t->weight_jacobian, weight, OBSERVATIONS);
    bench_check(t->tape);
    for (size_t at = 0; at < OBSERVATIONS; at += 997) {
        double block[2][OWN];
        plain_block(s, at, block);
        for (size_t k = 0; k < size; k++) {
            const double want = block[k / OWN][k % OWN];
            check_close(name, "Jacobian", at * size + k, got[at * size + k], want, 1 + fabs(want),
                        1e-5);
        }
        check_close(name, "weight Jacobian", at, weight[at], -2 * s->weights[at], 1, 1e-14);
    }
    free(weight);
    free(got);
}

/* ---- Results ---------------------------------------------------------------------------- */

void report_bundles(const bench_options *options)
{
    if (!bench_wants(options, name)) return;
    scene s = scene_new();
    recorded t = recorded_new(&s, options->threads);
    run_plain(&s);
    tg_run(t.function);
    check_values(&t, &s);
    tg_run(t.derivative);
    check_jacobian(&t, &s);
    bench_contender times[] = { { run_plain, &s, 0 },
                                { run_plan, t.function, 0 },
                                { run_plan, t.derivative, 0 } };
    bench_run(options, times, 3);
    bench_check(t.tape);
    const limit function = { times[1].us, "the function, planned" }, none = { 0, NULL };
    print_metric(options, name, "function_us", "us", times[1].us,
                 (limit){ times[0].us, "the function in plain C" });
    print_metric(options, name, "jacobian_us", "us", times[2].us, function);
    print_metric(options, name, "next_to_others_us", "us", times[2].us, others);
    print_metric(options, name, "jacobian_plan_us", "us", t.plan_us, none);
    print_metric(options, name, "nodes", "nodes", (double)tg_tape_length(t.tape), none);
    print_metric(options, name, "function_kernels", "kernels", (double)tg_plan_kernels(t.function),
                 none);
    print_metric(options, name, "jacobian_kernels", "kernels",
                 (double)tg_plan_kernels(t.derivative), none);
    print_metric(options, name, "jacobian_plan_bytes", "bytes", (double)tg_plan_bytes(t.derivative),
                 none);
    recorded_free(&t);
    scene_free(&s);
}
