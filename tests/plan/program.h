/* program.h: random programs, as functions of a seed: the pool of nodes that they grow in, leaves,
 * and the plainest arithmetic; program_*.h have the other operations, program_record.h the whole.
 * Three kinds, by what can be asked of them:
 *
 *   MOVES    elementwise arithmetic of any values (NaN, infinities; denormals of f64, for whether
 *            one of f32 that is fed is flushed is left open), movement, indexing, scans, sorting,
 *            integers, largest and smallest elements: executors agree in every bit
 *   WHOLE    whole numbers so small that sums and products of matrices are exact in whatever
 *            order they are added: executors agree here too
 *   SMOOTH   smooth functions of small values, sums, means, products, derivatives: within rounding
 *
 * What a program does depends on its seed alone, never on a value; numbers and constants also
 * depend on [variant], so that the same structure can be recorded with other data. */
#ifndef TG_TESTS_PROGRAM_H
#define TG_TESTS_PROGRAM_H

#include "tests/support/recorded.h"
#include "tests/support/random.h"

enum { POOL = 240, MAX_VARS = 5, MAX_OUTPUTS = 8, MAX_FED = 24, MAX_ELEMENTS = 50000 };
enum { FAULT_STEP = 1 }; /* of a faulty program: the step whose data are bad */

typedef enum kind { MOVES, WHOLE, SMOOTH } kind;

/* A node that later ones may use. */
typedef struct entry {
    tg_tensor *x;
    double most; /* bound of its magnitude, in WHOLE and SMOOTH */
    int grain;   /* in WHOLE: it is a multiple of 2^-grain */
    bool rough;  /* in SMOOTH: rounding is free, so nothing may branch on it; all that depends on
                    a variable is rough, so programs are smooth functions of their variables */
} entry;

/* What is fed: anything, or (if low < high) whole numbers of that range, and of a faulty program
 * one that is bad. */
typedef struct feed {
    tg_tensor *x;
    int low, high;
    bool faulty;
    int bad;
} feed;

/* How a program is made, beside its seed. */
typedef struct making {
    bool proof;         /* SMOOTH, f64, small: for a comparison with differences */
    int operations;     /* no more than so many of its operations; 0: all */
    int output;         /* this output alone, counted from 1; 0: all */
    bool no_assignment; /* for a variable to stay what it is */
} making;

typedef struct program {
    uint64_t seed, variant;
    making making;
    rng random, data;
    kind kind;
    tg_dtype dtype; /* of most of it */
    tg_shape shape; /* of most of it */
    int64_t limit;  /* of a node's elements */
    bool faulty;    /* one of its runs must fail */
    int operations; /* how many it has */
    entry pool[POOL];
    int count;
    tg_var *vars[MAX_VARS];
    bool assigned[MAX_VARS];
    int var_count;
    tg_tensor *outputs[MAX_OUTPUTS];
    int output_count;
    feed fed[MAX_FED];
    int fed_count, noise_count, derivatives;
    tg_tensor *fault;             /* the node that fails */
    tg_op *mix, *picked, *refuse; /* operations of the user's (program_custom.h) */
} program;

/* ---- The pool --------------------------------------------------------------------------- */

static inline int64_t count_of(tg_shape shape) { return tg_shape_count(shape); }

static inline void add(program *p, tg_tensor *x, double most, int grain, bool rough)
{
    if (x && p->count < POOL) p->pool[p->count++] = (entry){ x, most, grain, rough };
}

/* In WHOLE all sums must stay exact: bits above and below the point fit the dtype. */
static inline bool fits(const program *p, tg_dtype dtype, double most, int grain)
{
    if (p->kind == MOVES) return true;
    if (p->kind == SMOOTH) return most <= 50;
    return ldexp(most, grain) <= (dtype == TG_F32 ? 0x1p20 : dtype == TG_F64 ? 0x1p46 : 0x1p28);
}

static inline bool is_float(tg_dtype dtype) { return dtype == TG_F32 || dtype == TG_F64; }

/* A random entry, rather a late one. [dtype]: 0 any float; NULL if none of some tries suits. */
static inline const entry *pick_any(program *p)
{
    const int late = p->count > 6 && rng_below(&p->random, 2) ? p->count - 6 : 0;
    return &p->pool[late + rng_below(&p->random, p->count - late)];
}

static inline const entry *pick(program *p, tg_dtype dtype)
{
    for (int tries = 0; tries < 40; tries++) {
        const entry *e = pick_any(p);
        const tg_dtype has = tg_dtype_of(e->x);
        if (dtype == TG_DTYPE_DEFAULT ? is_float(has) : has == dtype) return e;
    }
    return NULL;
}

static inline const entry *pick_int(program *p)
{
    for (int tries = 0; tries < 40; tries++) {
        const entry *e = pick_any(p);
        const tg_dtype has = tg_dtype_of(e->x);
        if (has == TG_I32 || has == TG_I64 || has == TG_U8) return e;
    }
    return NULL;
}

/* Do they broadcast, to no more elements than allowed? */
static inline bool broadcast_shape(const program *p, tg_shape a, tg_shape b, tg_shape *out)
{
    *out = (tg_shape){ .rank = a.rank > b.rank ? a.rank : b.rank };
    for (int k = 1; k <= out->rank; k++) {
        const int64_t x = k <= a.rank ? a.dim[a.rank - k] : 1,
                      y = k <= b.rank ? b.dim[b.rank - k] : 1;
        if (x != y && x != 1 && y != 1) return false;
        out->dim[out->rank - k] = x == 1 ? y : x;
    }
    return count_of(*out) <= p->limit;
}

static inline bool broadcast_fits(const program *p, tg_shape a, tg_shape b)
{
    tg_shape out;
    return broadcast_shape(p, a, b, &out);
}

/* Another of the same dtype that broadcasts with [a]; perhaps [a] itself. */
static inline const entry *pick_partner(program *p, const entry *a)
{
    for (int tries = 0; tries < 20; tries++) {
        const entry *b = pick(p, tg_dtype_of(a->x));
        if (b && broadcast_fits(p, tg_shape_from(a->x), tg_shape_from(b->x))) return b;
    }
    return a;
}

/* ---- Leaves ----------------------------------------------------------------------------- */

/* One value of a leaf. */
static inline double draw_value(rng *r, kind k)
{
    static const double odd[] = { NAN, INFINITY, -INFINITY, 0,   -0.0,   1,
                                  -1,  1e30,     -1e-30,    0.5, -2e-310 };
    if (k == WHOLE) return rng_below(r, 9) - 4;
    if (k == MOVES && rng_once_in(r, 12)) return odd[rng_below(r, COUNT_OF(odd))];
    return rng_between(r, -2, 2);
}

static inline void draw_values(rng *r, kind k, tg_dtype dtype, int64_t count, void *out)
{
    for (int64_t i = 0; i < count; i++) {
        switch (dtype) {
        case TG_F32: ((float *)out)[i] = (float)draw_value(r, k); break;
        case TG_F64: ((double *)out)[i] = draw_value(r, k); break;
        case TG_I32: ((int32_t *)out)[i] = rng_below(r, 9) - 4; break;
        case TG_I64: ((int64_t *)out)[i] = rng_below(r, 9) - 4; break;
        case TG_U8: ((uint8_t *)out)[i] = (uint8_t)rng_below(r, 5); break;
        default: ((bool *)out)[i] = rng_once_in(r, 2); break;
        }
    }
}

static inline tg_tensor *new_input(program *p, tg_dtype dtype, tg_shape shape, int low, int high)
{
    char name[32];
    snprintf(name, sizeof name, "fed.%d", p->fed_count);
    tg_tensor *x = tg_input(tape, name, dtype, shape);
    p->fed[p->fed_count++] = (feed){ .x = x, .low = low, .high = high };
    return x;
}

/* A key that the program has not used yet. */
static inline const char *new_key(program *p)
{
    static char key[16];
    snprintf(key, sizeof key, "noise.%d", p->noise_count++);
    return key;
}

/* Random numbers no larger than a leaf may be, and whole where they must be. */
static inline tg_tensor *draw_noise(program *p, tg_dtype dtype, tg_shape shape)
{
    const char *key = new_key(p);
    const int choice = rng_below(&p->random, 4);
    if (dtype == TG_BOOL || choice == 0) return tg_bernoulli(tape, key, dtype, shape, 0.4);
    if (!is_float(dtype)) return tg_integers(tape, key, dtype, shape, dtype == TG_U8 ? 0 : -4, 4);
    if (p->kind == WHOLE) return tg_cast(tg_integers(tape, key, TG_I32, shape, -4, 5), dtype);
    if (choice == 1) return tg_uniform(tape, key, dtype, shape, -1, 1);
    if (choice == 2) return tg_tanh(tg_normal(tape, key, dtype, shape, 0, 1));
    return tg_truncated_normal(tape, key, dtype, shape, 0.25, 1, -2, 1.5);
}

static inline double leaf_bound(const program *p) { return p->kind == WHOLE ? 4 : 2; }

/* The program's shape, or one that broadcasts to it, or nothing like it. */
static inline tg_shape draw_leaf_shape(program *p)
{
    rng *r = &p->random;
    tg_shape shape = p->shape;
    const int choice = rng_below(r, 10);
    if (choice < 6 || shape.rank == 0) return shape;
    if (choice == 6) return TG_SCALAR;
    if (choice == 7) return TG_SHAPE(shape.dim[shape.rank - 1]);
    if (choice == 8) {
        shape.dim[shape.rank - 1] = 1;
        return shape;
    }
    shape.dim[rng_below(r, shape.rank)] = 1;
    return shape;
}

static inline tg_tensor *draw_number(program *p, tg_dtype dtype)
{
    static const double structural[] = { 0, 1, -1, 2 };
    const bool fixed = rng_once_in(&p->data, 3);
    double value = fixed ? structural[rng_below(&p->data, COUNT_OF(structural))]
                         : rng_between(&p->data, -2, 2);
    if (p->kind == MOVES && is_float(dtype) && rng_once_in(&p->data, 8)) value = -0.0;
    if (p->kind == WHOLE || !is_float(dtype)) value = nearbyint(value);
    if (dtype == TG_BOOL) value = value != 0;
    return tg_number_as(tape, dtype, dtype == TG_U8 ? fabs(value) : value);
}

static inline void add_leaf(program *p, tg_dtype dtype)
{
    static char memory[MAX_ELEMENTS * sizeof(double)];
    rng *r = &p->random;
    const tg_shape shape = draw_leaf_shape(p);
    const int choice = rng_below(r, 8);
    tg_tensor *x;
    if (choice == 7) {
        x = draw_noise(p, dtype, shape);
    } else if (choice == 6) {
        x = rng_once_in(r, 6) ? tg_cast(tg_step(tape), dtype) : draw_number(p, dtype);
    } else if (choice == 5 && shape.rank == 1 && count_of(shape) <= 256 && dtype != TG_BOOL &&
               p->kind == MOVES) {
        x = tg_iota(tape, dtype, shape.dim[0]);
    } else if (choice >= 3 && p->fed_count < MAX_FED) {
        x = new_input(p, dtype, shape, 0, 0);
    } else {
        draw_values(&p->data, p->kind, dtype, count_of(shape), memory);
        x = tg_constant(tape, dtype, shape, memory);
    }
    add(p, x, leaf_bound(p), 0, false);
}

/* ---- Arithmetic ------------------------------------------------------------------------- */

typedef tg_tensor *(*unary)(tg_site at, tg_tensor *x);
typedef tg_tensor *(*binary)(tg_site at, tg_tensor *a, tg_tensor *b);

static inline void add_exact_unary(program *p)
{
    const entry *e = pick(p, TG_DTYPE_DEFAULT);
    if (!e) return;
    const int choice = rng_below(&p->random, 4);
    if (choice == 0) add(p, tg_neg(e->x), e->most, e->grain, e->rough);
    else if (choice == 1) {
        if (fits(p, tg_dtype_of(e->x), e->most * e->most, 2 * e->grain))
            add(p, tg_square(e->x), e->most * e->most, 2 * e->grain, e->rough);
    } else if (!e->rough) {
        if (choice == 2) add(p, tg_abs(e->x), e->most, e->grain, false);
        else add(p, tg_sign(e->x), 1, 0, false);
    }
}

static inline void add_smooth_unary(program *p)
{
    static const unary any[] = { tg_sin_at, tg_cos_at,  tg_tanh_at, tg_sigmoid_at,
                                 tg_erf_at, tg_erfc_at, tg_gelu_at, tg_normal_pdf_at };
    static const unary wild[] = { tg_exp_at, tg_expm1_at, tg_log_at, tg_log1p_at, tg_sqrt_at };
    const entry *e = pick(p, TG_DTYPE_DEFAULT);
    if (!e || p->kind == WHOLE) return;
    tg_tensor *x = e->x;
    const int choice = rng_below(&p->random, 9);
    if (p->kind == MOVES && choice >= 5) {
        add(p, wild[rng_below(&p->random, COUNT_OF(wild))](TG_HERE, x), 0, 0, false);
    } else if (choice == 5) {
        add(p, tg_exp(tg_tanh(x)), 3, 0, e->rough);
    } else if (choice == 6) {
        add(p, tg_log1p(tg_square(x)), 8, 0, e->rough);
    } else if (choice == 7) {
        add(p, tg_sqrt(tg_add_num(tg_square(x), 0.1)), e->most + 1, 0, e->rough);
    } else {
        add(p, any[rng_below(&p->random, COUNT_OF(any))](TG_HERE, x), 2, 0, e->rough);
    }
}

static inline void add_binary(program *p)
{
    const entry *a = pick(p, TG_DTYPE_DEFAULT);
    if (!a) return;
    const entry *b = pick_partner(p, a);
    const tg_dtype dtype = tg_dtype_of(a->x);
    const bool rough = a->rough || b->rough;
    const int grain = a->grain > b->grain ? a->grain : b->grain;
    const double most = a->most > b->most ? a->most : b->most;
    switch (rng_below(&p->random, p->kind == WHOLE ? 6 : 8)) {
    case 0:
    case 1:
        if (fits(p, dtype, a->most + b->most, grain))
            add(p, tg_add(a->x, b->x), a->most + b->most, grain, rough);
        break;
    case 2:
        if (fits(p, dtype, a->most + b->most, grain))
            add(p, tg_sub(a->x, b->x), a->most + b->most, grain, rough);
        break;
    case 3:
        if (fits(p, dtype, a->most * b->most, a->grain + b->grain))
            add(p, tg_mul(a->x, b->x), a->most * b->most, a->grain + b->grain, rough);
        break;
    case 4:
        if (!rough) add(p, tg_maximum(a->x, b->x), most, grain, false);
        break;
    case 5:
        if (!rough) add(p, tg_minimum(a->x, b->x), most, grain, false);
        break;
    case 6:
        if (p->kind == MOVES) add(p, tg_div(a->x, b->x), 0, 0, false);
        else add(p, tg_div(a->x, tg_add_num(tg_square(b->x), 1)), a->most, 0, rough);
        break;
    default:
        if (p->kind == MOVES) add(p, tg_pow(a->x, b->x), 0, 0, false);
        else add(p, tg_pow(tg_add_num(tg_sigmoid(a->x), 0.5), tg_tanh(b->x)), 2, 0, rough);
        break;
    }
}

/* With a number on either side: what clean-up looks for. */
static inline void add_with_number(program *p)
{
    const entry *e = pick(p, TG_DTYPE_DEFAULT);
    if (!e) return;
    const tg_dtype dtype = tg_dtype_of(e->x);
    tg_tensor *number = draw_number(p, dtype);
    const int choice = rng_below(&p->random, 6);
    if (!fits(p, dtype, 2 * e->most + 2, e->grain)) return;
    tg_tensor *x = e->x;
    tg_tensor *y = choice == 0   ? tg_add(x, number)
                   : choice == 1 ? tg_add(number, x)
                   : choice == 2 ? tg_sub(x, number)
                   : choice == 3 ? tg_sub(number, x)
                   : choice == 4 ? tg_mul(x, number)
                                 : tg_neg(tg_neg(x));
    add(p, y, 2 * e->most + 2, e->grain, e->rough);
}

static inline void add_comparison(program *p)
{
    static const binary compare[] = { tg_less_at,      tg_less_equal_at, tg_equal_at,
                                      tg_not_equal_at, tg_greater_at,    tg_greater_equal_at };
    const entry *a = rng_once_in(&p->random, 3) ? pick_int(p) : pick(p, TG_DTYPE_DEFAULT);
    if (!a || a->rough) return;
    const entry *b = pick_partner(p, a);
    if (b->rough) return;
    add(p, compare[rng_below(&p->random, COUNT_OF(compare))](TG_HERE, a->x, b->x), 1, 0, false);
}

static inline void add_logic(program *p)
{
    const entry *a = pick(p, TG_BOOL);
    if (!a) return;
    const entry *b = pick_partner(p, a);
    const int choice = rng_below(&p->random, 4);
    add(p,
        choice == 0   ? tg_and(a->x, b->x)
        : choice == 1 ? tg_or(a->x, b->x)
        : choice == 2 ? tg_xor(a->x, b->x)
                      : tg_not(a->x),
        1, 0, false);
}

static inline void add_select(program *p)
{
    const entry *c = pick(p, TG_BOOL);
    const entry *a = rng_once_in(&p->random, 4) ? pick_any(p) : pick(p, TG_DTYPE_DEFAULT);
    if (!c || !a) return;
    const entry *b = pick_partner(p, a);
    tg_shape both;
    if (!broadcast_shape(p, tg_shape_from(a->x), tg_shape_from(b->x), &both) ||
        !broadcast_fits(p, tg_shape_from(c->x), both))
        return;
    add(p, tg_select(c->x, a->x, b->x), fmax(a->most, b->most),
        a->grain > b->grain ? a->grain : b->grain, a->rough || b->rough);
}

static inline void add_cast(program *p)
{
    static const tg_dtype to[] = { TG_F32, TG_F64, TG_I32, TG_I64, TG_U8, TG_BOOL };
    const entry *e = pick_any(p);
    if (p->kind == SMOOTH && is_float(tg_dtype_of(e->x))) return;
    const tg_dtype dtype = to[rng_below(&p->random, COUNT_OF(to))];
    if (p->kind != MOVES && (dtype == TG_U8 || !fits(p, dtype, e->most, e->grain))) return;
    add(p, tg_cast(e->x, dtype), dtype == TG_BOOL ? 1 : e->most, is_float(dtype) ? e->grain : 0,
        false);
}

static inline void add_integer(program *p)
{
    static const binary wraps[] = { tg_add_at, tg_sub_at, tg_mul_at, tg_maximum_at, tg_minimum_at };
    const entry *a = pick_int(p);
    if (!a) return;
    const entry *b = pick_partner(p, a);
    const double most = fmax(a->most + b->most, a->most * b->most);
    if (!fits(p, tg_dtype_of(a->x), most, 0) || (p->kind != MOVES && tg_dtype_of(a->x) == TG_U8))
        return;
    add(p, wraps[rng_below(&p->random, COUNT_OF(wraps))](TG_HERE, a->x, b->x), most, 0, false);
}

#endif
