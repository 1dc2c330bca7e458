/* health_network.h: a small network for the tests of health reports, in which faults can be
 * planted.
 */
#ifndef TG_TESTS_HEALTH_NETWORK_H
#define TG_TESTS_HEALTH_NETWORK_H

#include "tests/support/random.h"
#include "tests/support/recorded.h"

enum { ROWS = 32, INPUTS = 4, UNITS = 16 };

static tg_error error;

/* ---- A small network --------------------------------------------------------------------- */

/* What a fault is planted in. */
typedef struct recipe {
    tg_init init;
    bool has_init, zero_bias;
    tg_tensor *(*activation)(tg_site at, tg_tensor *x);
    double rate, scale; /* of Adam; of the inputs; 0: 1e-3, 1 */
    double bias;        /* of the second layer, where it is not 0 */
    double feature;     /* what feature 2 is multiplied with; 0: 1 */
    bool noisy;         /* with dropout */
} recipe;

static tg_tensor *x, *loss, *hidden[2];
static tg_updates step;
static tg_linear layer[3];
static double data[ROWS * INPUTS], target[ROWS];

static inline void feed(const recipe *r)
{
    rng random = rng_of(3, 0);
    for (int i = 0; i < ROWS; i++) {
        double *row = data + (ptrdiff_t)i * INPUTS;
        for (int k = 0; k < INPUTS; k++) row[k] = rng_between(&random, -1, 1);
        target[i] = row[0] * row[1] + row[2] - 0.5 * row[3];
        for (int k = 0; k < INPUTS; k++) row[k] *= r->scale != 0 ? r->scale : 1;
        row[2] *= r->feature != 0 ? r->feature : 1;
    }
}

static inline void record(const recipe *r)
{
    const tg_init init = r->has_init ? r->init : tg_init_he_normal(0);
    const tg_init bias = r->zero_bias ? tg_init_zeros() : (tg_init){ .kind = TG_INIT_DEFAULT };
    feed(r);
    x = tg_input(tape, "x", TG_F64, TG_SHAPE(ROWS, INPUTS));
    tg_tensor *t = tg_input(tape, "t", TG_F64, TG_SHAPE(ROWS, 1)), *h = x;
    for (int i = 0; i < 3; i++) {
        char name[] = "fc0";
        name[2] = (char)('0' + i);
        layer[i] = tg_linear_new(store, name, i ? UNITS : INPUTS, i == 2 ? 1 : UNITS, .init = init,
                                 .bias_init = bias);
        h = tg_linear_apply(&layer[i], h);
        if (i == 1 && r->noisy) h = tg_dropout(h, 0.3, "drop", true);
        if (i < 2) h = hidden[i] = (r->activation ? r->activation : tg_relu_at)(TG_HERE, h);
    }
    if (r->bias != 0) {
        double all[UNITS];
        for (int i = 0; i < UNITS; i++) all[i] = r->bias;
        ck_assert_int_eq(tg_var_set(layer[1].bias, all, UNITS), TG_OK);
    }
    loss = tg_mean(tg_square(tg_sub(h, t)));
    step = tg_adam(loss, .lr = r->rate != 0 ? r->rate : 1e-3);
    ck_assert_int_eq(tg_feed(x, data, ROWS * INPUTS), TG_OK);
    ck_assert_int_eq(tg_feed(t, target, ROWS), TG_OK);
    ck_no_error();
}

static inline void train(int steps)
{
    tg_plan *plan = tg_compile(tape, loss);
    for (int i = 0; i < steps; i++) run(plan);
    tg_plan_free(plan);
}

static inline tg_health *report(tg_tensor *of)
{
    tg_health *health = tg_health_new(of, &error, .updates = &step, .features = x);
    ck_assert_msg(health != NULL, "%s", error.text);
    return health;
}

/* The finding of that topic that says [words]; fails if there is none. */
static inline const tg_health_finding *found(const tg_health *health, tg_health_topic topic,
                                             tg_health_severity severity, const char *words)
{
    for (size_t i = 0; i < health->finding_count; i++) {
        const tg_health_finding *f = &health->finding[i];
        if (f->topic == topic && f->severity == severity && strstr(f->seen, words)) return f;
    }
    tg_health_print(health, stderr);
    ck_abort_msg("no finding says \"%s\"", words);
    return NULL;
}

#endif
