/* trajectory.h: an optimizer beside its formula as a plain loop, over the problem of problem.h. */
#ifndef TG_TESTS_TRAJECTORY_H
#define TG_TESTS_TRAJECTORY_H

#include "tests/support/problem.h"

enum { STEPS = 20 };

/* The weight decay of formulas that have one. */
static const double decay = 0.1;

typedef struct problem {
    double w[ALL], g[ALL];                    /* g is made anew for every step */
    double a[ALL], b[ALL], c[ALL], d[ALL], s; /* the optimizer's state */
    int t;                                    /* the step, from 1 */
} problem;

typedef void (*formula)(problem *p);
typedef tg_updates (*recorder)(tg_tensor *loss);

typedef struct trajectory {
    const char *name;
    recorder record;
    formula step;
} trajectory;

static inline void gradient_of(problem *p)
{
    for (int i = 0; i < ALL; i++) p->g[i] = p->w[i] * p->w[i] * p->w[i] - pull[i];
}

/* m and v, in a and b. */
static inline void moments(problem *p, double beta1, double beta2)
{
    for (int i = 0; i < ALL; i++) {
        p->a[i] = beta1 * p->a[i] + (1 - beta1) * p->g[i];
        p->b[i] = beta2 * p->b[i] + (1 - beta2) * p->g[i] * p->g[i];
    }
}

static inline void add_decay(problem *p)
{
    for (int i = 0; i < ALL; i++) p->g[i] += decay * p->w[i];
}

/* [tolerance]: of each element after each step, relative to it or to 1. */
static inline void follow(const trajectory *path, double tolerance)
{
    problem plain = { .t = 0 };
    memcpy(plain.w, start, sizeof start);
    tg_tensor *loss = make_loss();
    const tg_updates updates = path->record(loss);
    ck_no_error();
    ck_assert_ptr_eq(updates.tape, tape);
    ck_assert_uint_eq(updates.first, 0);
    ck_assert_uint_eq(updates.count, tg_assign_count(tape));
    tg_plan *step = tg_compile(tape, loss);
    for (int t = 1; t <= STEPS; t++) {
        double w[ALL];
        plain.t = t;
        gradient_of(&plain);
        path->step(&plain);
        run(step);
        get_parameters(w);
        for (int i = 0; i < ALL; i++)
            ck_assert_msg(fabs(w[i] - plain.w[i]) <= tolerance * (1 + fabs(plain.w[i])),
                          "%s: step %d, element %d: got %.17g, want %.17g", path->name, t, i, w[i],
                          plain.w[i]);
    }
    tg_plan_free(step);
}

#endif
