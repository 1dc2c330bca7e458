/* serve.c: a trained network that answers in several threads at once. They share one plan, its
 * program and the weights; each has an instance of the plan: memory of its own for inputs, values
 * and results. */
#include "common.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static const char about[] =
    "Trains a small network to tell in which of three rings a point of a plane lies. Then threads\n"
    "answer requests, a point each, at the same time. Every answer must be, to the bit, what the\n"
    "plan gives by itself.\n";

enum { BATCH = 256, WIDTH = 128, RINGS = 3, MOST_THREADS = 256 };

typedef struct settings {
    int64_t seed, steps, threads, requests;
    bool usual;
    double started; /* the program */
} settings;

typedef struct network {
    tg_linear hidden, out;
} network;

static tg_tensor *network_logits(const network *net, tg_tensor *x)
{
    return tg_linear_apply(&net->out, tg_relu(tg_linear_apply(&net->hidden, x)));
}

/* The point of that number, and in which ring it lies: all over the rings, each of width 1. */
static int32_t make_point(int64_t number, float point[2])
{
    const double radius = RINGS * fmod(0.6180339887 * (double)number, 1);
    const double angle = fmod(1.3247179572 * (double)number, 8);
    point[0] = (float)(radius * cos(angle));
    point[1] = (float)(radius * sin(angle));
    return (int32_t)radius;
}

/* Returns main's result. */
static int train(const network *net, tg_store *store, int64_t steps)
{
    float points[BATCH][2];
    int32_t rings[BATCH];
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *x = tg_input(tape, "x", TG_F32, TG_SHAPE(BATCH, 2));
    tg_tensor *y = tg_input(tape, "y", TG_I32, TG_SHAPE(BATCH));
    tg_tensor *loss = tg_cross_entropy(network_logits(net, x), y);
    tg_adam(loss, .lr = 1e-2);
    tg_plan *plan = tg_compile(tape, loss);
    for (int64_t step = 0; step < steps; step++) {
        for (int64_t i = 0; i < BATCH; i++) rings[i] = make_point(step * BATCH + i, points[i]);
        if (tg_feed(x, *points, 2 * BATCH) || tg_feed(y, rings, BATCH) || tg_run(plan)) break;
    }
    const int status = tg_report(tape, stderr);
    tg_plan_free(plan);
    tg_tape_free(tape);
    return status;
}

/* ---- Serving -------------------------------------------------------------------------------- */

typedef struct request {
    float point[2], answer[RINGS]; /* the plan's own answer */
} request;

/* What all threads share. They only read it, but for [next]. */
typedef struct service {
    tg_tensor *point, *probabilities;
    tg_plan *plan;
    request *requests;
    int64_t count;
    atomic_llong next; /* the first request that nobody has taken */
} service;

typedef struct worker {
    service *service;
    tg_instance *instance;
    pthread_t thread;
    int64_t same; /* answers that are the plan's */
} worker;

static void *work(void *context)
{
    worker *w = context;
    service *s = w->service;
    float answer[RINGS];
    for (int64_t i; (i = atomic_fetch_add(&s->next, 1)) < s->count;) {
        const request *asked = &s->requests[i];
        if (tg_instance_feed(w->instance, s->point, asked->point, 2) ||
            tg_instance_run(w->instance) ||
            tg_instance_get(w->instance, s->probabilities, answer, RINGS)) {
            fprintf(stderr, "%s\n", tg_instance_error(w->instance));
            break;
        }
        w->same += memcmp(answer, asked->answer, sizeof answer) == 0;
    }
    return NULL;
}

/* Answers all requests by that many threads; how many answers are those of the plan. */
static int64_t serve(service *s, int64_t threads)
{
    worker workers[MOST_THREADS];
    int64_t started = 0, same = 0;
    for (int64_t i = 0; i < threads; i++) /* in the tape's thread */
        workers[i] = (worker){ .service = s, .instance = tg_instance_new(s->plan) };
    while (started < threads &&
           !pthread_create(&workers[started].thread, NULL, work, &workers[started]))
        started++;
    for (int64_t i = 0; i < started; i++) pthread_join(workers[i].thread, NULL);
    for (int64_t i = 0; i < threads; i++) {
        same += workers[i].same;
        tg_instance_free(workers[i].instance);
    }
    return same;
}

/* Lets the plan answer points that the training has not seen. The share of answers in which the
 * likeliest ring is the right one; NaN on an error. */
static double ask_plan(service *s, int64_t first)
{
    int64_t right = 0;
    for (int64_t i = 0; i < s->count; i++) {
        request *one = &s->requests[i];
        const int32_t ring = make_point(first + i, one->point);
        if (tg_feed(s->point, one->point, 2) || tg_run(s->plan) ||
            tg_get(s->probabilities, one->answer, RINGS))
            return (double)NAN;
        int best = 0;
        for (int k = 1; k < RINGS; k++)
            if (one->answer[k] > one->answer[best]) best = k;
        right += best == ring;
    }
    return (double)right / (double)s->count;
}

/* Returns main's result. */
static int run(const settings *set, const network *net, tg_store *store)
{
    tg_tape *tape = tg_tape_new(store);
    service s = { .point = tg_input(tape, "point", TG_F32, TG_SHAPE(1, 2)),
                  .count = set->requests };
    s.probabilities = tg_softmax(network_logits(net, s.point));
    s.plan = tg_compile_pure(tape, s.probabilities);
    s.requests = calloc((size_t)s.count, sizeof *s.requests);
    const double right = s.requests ? ask_plan(&s, set->steps * BATCH) : (double)NAN;
    const double begun = seconds_now();
    const int64_t same = isnan(right) ? 0 : serve(&s, set->threads);
    const double seconds = seconds_now() - begun;
    int status = tg_report(tape, stderr) || same != s.count;
    print_result("serve", set->started,
                 "threads=%lld requests=%lld same=%lld right=%.3f a_second=%.0f",
                 (long long)set->threads, (long long)s.count, (long long)same, right,
                 (double)s.count / seconds);
    if (set->usual) status |= !expect_figure("right", right, 0.95, 1);
    free(s.requests);
    tg_plan_free(s.plan);
    tg_tape_free(tape);
    return status;
}

int main(int argc, char **argv)
{
    settings s = { .seed = 1, .steps = 1000, .threads = 2, .requests = 100000 };
    s.usual = parse_options(
        argc, argv, about,
        (const option[]){
            { "seed", "for the weights", .count = &s.seed },
            { "steps", "training steps", .count = &s.steps },
            { "threads", "threads that answer, 256 at most", .count = &s.threads, .least = 1 },
            { "requests", "points to ask for", .count = &s.requests, .least = 1 },
            { 0 } });
    if (s.threads > MOST_THREADS) s.threads = MOST_THREADS;
    s.started = seconds_now();
    tg_store *store = tg_store_new(.seed = (uint64_t)s.seed);
    const network net = { tg_linear_new(store, "hidden", 2, WIDTH),
                          tg_linear_new(store, "out", WIDTH, RINGS) };
    int status = train(&net, store, s.steps);
    if (!status) status = run(&s, &net, store);
    tg_store_free(store);
    return status;
}
