/* program_derive.h: derivatives inside random programs: gradients, products with vectors from
 * either side, second derivatives; and of movement in WHOLE, where they are exact. */
#ifndef TG_TESTS_PROGRAM_DERIVE_H
#define TG_TESTS_PROGRAM_DERIVE_H

#include "program_custom.h"

/* How long a tape may be for another derivative: each makes it some times as long. */
enum { LONG_TAPE = 1200, MAX_DERIVATIVES = 4 };

/* Something of one element, made of late entries; NULL if there is nothing to make it of. */
static inline tg_tensor *draw_loss(program *p)
{
    tg_tensor *loss = tg_number_as(tape, p->dtype, 0);
    for (int i = 0; i < 3; i++) {
        const entry *e = pick(p, p->dtype);
        if (e && tg_count(e->x)) loss = tg_add(loss, tg_mean(e->x));
    }
    return loss;
}

/* A vector of x's shape that rounding cannot touch. */
static inline tg_tensor *draw_direction(program *p, tg_tensor *x)
{
    return tg_cast(tg_integers(tape, new_key(p), TG_I32, tg_shape_from(x), -1, 2), tg_dtype_of(x));
}

/* Variables, and something on the way. */
static inline size_t draw_operands(program *p, tg_tensor *wrt[3])
{
    size_t count = 0;
    for (int i = 0; i < p->var_count && count < 2; i++) wrt[count++] = tg_read(tape, p->vars[i]);
    const entry *e = pick(p, p->dtype);
    if (e) wrt[count++] = e->x;
    return count;
}

static inline void add_derivative(program *p)
{
    rng *r = &p->random;
    if (p->kind != SMOOTH || p->derivatives >= MAX_DERIVATIVES) return;
    if (tg_tape_length(tape) > LONG_TAPE) return;
    p->derivatives++;
    tg_tensor *wrt[3], *out[3] = { NULL, NULL, NULL };
    const size_t count = draw_operands(p, wrt);
    const int choice = rng_below(r, 5);
    if (choice < 2) {
        tg_vjp(draw_loss(p), NULL, (tg_list){ count, wrt }, out);
    } else if (choice == 2) {
        const entry *y = pick(p, p->dtype);
        if (y) tg_vjp(y->x, draw_direction(p, y->x), (tg_list){ count, wrt }, out);
    } else if (choice == 3) {
        const entry *y = pick(p, p->dtype);
        tg_tensor *along[3];
        for (size_t i = 0; i < count; i++) along[i] = draw_direction(p, wrt[i]);
        if (y) out[0] = tg_jvp(y->x, (tg_list){ count, wrt }, (tg_list){ count, along });
    } else if (p->dtype == TG_F64 && tg_tape_length(tape) < LONG_TAPE / 4) {
        tg_tensor *loss = draw_loss(p), *x = wrt[rng_below(r, (int)count)];
        out[0] = tg_hvp(loss, x, draw_direction(p, x));
    }
    for (int i = 0; i < 3; i++) add(p, tg_tanh(out[i]), 1, 0, true);
}

/* The gradient of movement adds whole numbers up: exact in any order. */
static inline void add_moved_gradient(program *p)
{
    const entry *found = p->kind == WHOLE ? pick(p, p->dtype) : NULL;
    if (!found) return;
    const entry e = *found;
    tg_tensor *y = draw_turns(p, draw_movements(p, e.x)), *g = NULL;
    const double most = (double)tg_count(y);
    if (tg_dtype_of(y) != p->dtype || !fits(p, p->dtype, most, 0)) return;
    tg_vjp(y, draw_direction(p, y), TG_LIST(e.x), &g);
    add(p, g, most, 0, false);
}

#endif
