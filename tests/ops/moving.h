/* moving.h: operations that move elements, and loops that say where each element comes from. */
#ifndef TG_TESTS_MOVING_H
#define TG_TESTS_MOVING_H

#include "tests/support/arrays.h"

/* An operation with its numbers, and where the element [to] of its result comes from: false if
 * from nowhere, so that it is 0. */
typedef struct moving moving;
struct moving {
    const char *name;
    tg_tensor *(*record)(const moving *m, tg_tensor *x);
    bool (*source)(const moving *m, const int64_t *to, int64_t *from);
    tg_shape from, to;
    int axis;
    int64_t p, q, r;
};

#define MOVING(name, call)                                                                         \
    static tg_tensor *record_##name(const moving *m, tg_tensor *x) { return call; }

/* The result of row [row] of a table, and its gradient. */
static inline void ck_moving(const moving *m, int row, tg_dtype dtype, int form)
{
    start_over();
    char name[64];
    snprintf(name, sizeof name, "%s, row %d, form %d", m->name, row, form);
    rng random = rng_of((uint64_t)dtype, (uint64_t)row);
    const array x = drawn_array(&random, dtype, m->from), y = array_of(m->to);
    const array cotangent = drawn_array(&random, dtype, m->to), received = array_of(m->from);
    for (int64_t k = 0; k < y.count; k++) {
        int64_t to[TG_MAX_RANK], from[TG_MAX_RANK];
        index_of(m->to, k, to);
        if (!m->source(m, to, from)) continue;
        const int64_t place = place_of(m->from, from);
        y.at[k] = x.at[place];
        received.at[place] += cotangent.at[k];
    }
    tg_tensor *operand = operand_of(dtype, x, form);
    tg_tensor *got = m->record(m, operand);
    ck_elements(name, got, y, 0);
    if (is_float(dtype)) ck_received(name, got, cotangent, operand, received, tolerance_of(dtype));
}

#endif
