/* program_record.h: a whole random program: its shape, its variables, its operations, what it
 * assigns and what comes out of it. */
#ifndef TG_TESTS_PROGRAM_RECORD_H
#define TG_TESTS_PROGRAM_RECORD_H

#include "program_derive.h"
#include "program_math.h"

/* ---- The frame -------------------------------------------------------------------------- */

static inline tg_shape draw_program_shape(rng *r)
{
    static const tg_shape large[] = {
        { 1, { 1025 } },    { 1, { 3000 } },         { 1, { 9001 } },     { 1, { 20000 } },
        { 2, { 2, 1023 } }, { 2, { 5, 1025 } },      { 2, { 3, 2049 } },  { 2, { 2, 4097 } },
        { 2, { 2, 8191 } }, { 2, { 2, 8193 } },      { 2, { 300, 7 } },   { 2, { 1024, 3 } },
        { 2, { 40, 33 } },  { 2, { 16, 128 } },      { 2, { 513, 2 } },   { 2, { 3, 4096 } },
        { 2, { 200, 48 } }, { 3, { 100, 16, 3 } },   { 3, { 7, 5, 65 } }, { 2, { 1, 8192 } },
        { 2, { 1500, 1 } }, { 4, { 2, 3, 4, 100 } },
    };
    const int choice = rng_below(r, 14);
    if (choice < 2) return large[rng_below(r, COUNT_OF(large))];
    tg_shape shape = { .rank = rng_below(r, 5) };
    for (int i = 0; i < shape.rank; i++) {
        shape.dim[i] = choice == 2 ? 1 + rng_below(r, 40) : 1 + rng_below(r, 5);
        if (rng_once_in(r, 40)) shape.dim[i] = 0;
    }
    while (count_of(shape) > 4000) shape.dim[--shape.rank] = 0;
    return shape;
}

static inline void init_program(program *p, uint64_t seed, making how)
{
    *p = (program){ .seed = seed, .making = how, .random = rng_of(seed, 1) };
    rng *r = &p->random;
    p->kind = (kind)rng_below(r, 3);
    p->dtype = rng_once_in(r, 2) ? TG_F64 : TG_F32;
    p->shape = draw_program_shape(r);
    p->faulty = rng_once_in(r, 20);
    if (how.proof) {
        p->kind = SMOOTH;
        p->dtype = TG_F64;
        p->faulty = false;
        while (count_of(p->shape) > 60) p->shape.dim[--p->shape.rank] = 0;
    }
    p->limit = 2 * count_of(p->shape) + 1000;
    if (how.proof) p->limit = 200;
    if (p->limit > MAX_ELEMENTS) p->limit = MAX_ELEMENTS;
}

/* Two of one shape, to be swapped, and others; the same in every store. */
static inline void make_variables(program *p)
{
    rng r = rng_of(p->seed, 2);
    p->var_count = 1 + rng_below(&r, MAX_VARS);
    for (int i = 0; i < p->var_count; i++) {
        static char memory[MAX_ELEMENTS * sizeof(double)];
        tg_shape shape = p->shape;
        if (i >= 2 && rng_once_in(&r, 3)) shape = TG_SCALAR;
        else if (i >= 2 && shape.rank && rng_once_in(&r, 2)) shape.dim[0] = 1;
        char name[16];
        snprintf(name, sizeof name, "var.%d", i);
        p->vars[i] = tg_state(store, name, p->dtype, shape, 0);
        draw_values(&r, p->kind, p->dtype, count_of(shape), memory);
        tg_var_set_as(p->vars[i], p->dtype, memory, (size_t)count_of(shape));
    }
}

/* ---- Assignments ------------------------------------------------------------------------ */

/* What a variable may become without leaving its range, over any number of steps. */
static inline tg_tensor *tamed(const program *p, tg_tensor *x)
{
    if (p->kind == MOVES) return x;
    if (p->kind == SMOOTH) return tg_tanh(x);
    return tg_maximum_num(tg_minimum_num(x, 4), -4);
}

static inline void assign(program *p, int i, tg_tensor *value)
{
    if (!value || p->assigned[i] || p->making.no_assignment) return;
    tg_assign(p->vars[i], value);
    p->assigned[i] = true;
}

/* The variable reads itself or another through a view: alone, or beside what stands there. */
static inline tg_tensor *draw_self_reading(program *p, tg_tensor *w, tg_tensor *partner,
                                           tg_shape shape)
{
    rng *r = &p->random;
    tg_tensor *from = rng_once_in(r, 3) ? partner : w;
    tg_tensor *view = seen_as(p, draw_rearranged(p, from), shape);
    if (!view) return NULL;
    switch (rng_below(r, 4)) {
    case 0: return view;
    case 1: return tamed(p, tg_add(w, view));
    case 2: return tamed(p, tg_sub(view, tg_mul(w, view)));
    default: return tamed(p, tg_sub(tg_mul_num(view, 2), partner));
    }
}

/* An optimizer's step, a swap, a view of a variable, one value for two, or a value. */
static inline void assign_somehow(program *p)
{
    rng *r = &p->random;
    const int i = rng_below(r, p->var_count), other = rng_below(r, p->var_count);
    if (p->assigned[i]) return;
    const tg_shape shape = tg_var_shape(p->vars[i]);
    tg_tensor *w = tg_read(tape, p->vars[i]), *partner = tg_read(tape, p->vars[other]);
    const int choice = rng_below(r, 7);
    const bool alike = tg_shape_equal(shape, tg_var_shape(p->vars[other]));
    if (choice == 0 && alike && !p->assigned[other]) {
        assign(p, i, partner);
        assign(p, other, w);
        return;
    }
    if (choice <= 2) {
        assign(p, i, draw_self_reading(p, w, alike ? partner : w, shape));
        return;
    }
    for (int tries = 0; tries < 20; tries++) {
        const entry *e = pick(p, p->dtype);
        if (!e || (p->kind == WHOLE && e->grain > 0)) continue;
        tg_tensor *x = seen_as(p, e->x, shape);
        if (!x) continue;
        const bool tame = p->kind == MOVES || (p->kind == SMOOTH ? e->most <= 2 : e->most <= 4);
        if (choice == 3) x = tamed(p, tg_sub(w, x));
        else if (choice == 4 && p->kind == SMOOTH) x = tamed(p, tg_sub(w, tg_mul_num(x, 0.125)));
        else if (!tame) x = tamed(p, x);
        assign(p, i, x);
        if (choice == 5 && alike) assign(p, other, x);
        return;
    }
}

/* ---- The whole -------------------------------------------------------------------------- */

/* clang-format off */
static void (*const adders[])(program *) = {
    /* elementwise */
    add_exact_unary, add_exact_unary, add_smooth_unary, add_smooth_unary, add_binary, add_binary,
    add_binary, add_binary, add_with_number, add_with_number, add_comparison, add_logic,
    add_select, add_select, add_cast, add_integer, add_function, add_function, add_rounding,
    add_question, add_power, add_function_of_two, add_function_of_two, add_division,
    /* reductions, scans, sorting */
    add_reduction, add_reduction, add_reduction, add_any_all, add_prod, add_statistic,
    add_statistic, add_scan, add_scan, add_sorted, add_pattern,
    /* movement */
    add_movement, add_movement, add_movement, add_movement, add_pad, add_twins, add_concat,
    add_stack, add_split, add_turns, add_turns, add_triangle, add_update, add_fold,
    add_beside_itself, add_beside_itself,
    /* indexing and contraction */
    add_gather, add_scatter, add_segments, add_along, add_one_hot, add_categorical, add_product,
    add_product, add_dot, add_einsum, add_convolution, add_custom,
    /* derivatives */
    add_derivative, add_moved_gradient,
};
/* clang-format on */

static inline void add_operation(program *p) { adders[rng_below(&p->random, COUNT_OF(adders))](p); }

/* A fault comes last, when all else could have been assigned. */
static inline void choose_outputs(program *p)
{
    const int count = 1 + rng_below(&p->random, MAX_OUTPUTS);
    tg_tensor *all[MAX_OUTPUTS];
    for (int i = 0; i < count - 1; i++) all[i] = pick_any(p)->x;
    all[count - 1] = p->fault ? p->fault : p->pool[p->count - 1].x;
    for (int i = 0; i < count; i++)
        if (p->making.output == 0 || p->making.output == i + 1 || p->fault)
            p->outputs[p->output_count++] = all[i];
}

/* Records the program of its seed; [variant] chooses its constants. Variables exist. */
static inline void record(program *p, uint64_t variant)
{
    const program made = *p;
    init_program(p, p->seed, p->making);
    memcpy(p->vars, made.vars, sizeof p->vars);
    p->var_count = made.var_count;
    p->mix = made.mix, p->picked = made.picked, p->refuse = made.refuse;
    p->variant = variant;
    p->data = rng_of(p->seed, 1000 + variant);
    rng *r = &p->random;
    for (int i = 0; i < p->var_count; i++)
        add(p, tg_read(tape, p->vars[i]), p->kind == WHOLE ? 4 : 2, 0, p->kind == SMOOTH);
    add_leaf(p, p->dtype);
    add_leaf(p, rng_once_in(r, 3) ? (p->dtype == TG_F64 ? TG_F32 : TG_F64) : p->dtype);
    add_leaf(p, rng_once_in(r, 2) ? TG_BOOL : TG_I64);
    if (rng_once_in(r, 2)) add_leaf(p, rng_once_in(r, 2) ? TG_I32 : TG_U8);
    p->operations = 5 + rng_below(r, count_of(p->shape) > 5000 ? 20 : 56);
    for (int i = 0; i < p->operations && p->count < POOL - 10; i++) {
        if (p->making.operations && i >= p->making.operations) break;
        if (p->faulty && i == 4) add_fault(p);
        add_operation(p);
        if (rng_once_in(r, 8)) add_leaf(p, p->dtype);
        if (rng_once_in(r, 10)) assign_somehow(p);
        if (i == p->operations * 2 / 3 && rng_once_in(r, 2)) add_derivative(p);
    }
    for (int i = 0; i < p->var_count; i++) assign_somehow(p);
    choose_outputs(p);
}

#endif
