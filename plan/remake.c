/* remake.c: values that are made again instead of kept. A large value that the forward pass uses
 * and the backward pass needs once more would wait in memory all the time between. If it is made by
 * maps and a product of what is small or is there anyway, its later users get a copy of its own:
 * the same operations once more, right before them.
 *
 * Of an attention, with scores of [1024, 1024] and rows of 64 elements:
 *
 *     5 dot  [1024, 1024]  of queries, keys             5 dot  [1024, 1024]
 *     6 max  [1024, 1]     of 5                         6 max  [1024, 1]
 *     7 sub  [1024, 1024]  of 5, 6                      7 sub  [1024, 1024]
 *     8 exp  [1024, 1024]  of 7                         8 exp  [1024, 1024]
 *     9 dot  [1024, 64]    of 8, values                 9 dot  [1024, 64]
 *     ..                                               ..
 *     27 mul [1024, 1024]  of 8, 26                     27 dot  [1024, 1024]  again
 *                                                       28 sub  [1024, 1024]  again, of 27, 6
 *                                                       29 exp  [1024, 1024]  again
 *                                                       30 mul [1024, 1024]  of 29, 26
 *
 * A user is later if another of its operands comes from the value by way of something that no loop
 * over its elements could compute, as 26 does from 9. */
#include "plan/passes.h"

enum {
    LEAST_BYTES = 1 << 26, /* less is read again as fast as it is made again */
    MOST_STEPS = 8,        /* operations that are made again for one value */
    SMALL = 16,            /* a small operand: at most this part of the value; of a product, half */
    MOST_COPIES = 256
};

/* How a value comes from the one that is looked at: not at all; by what its loop computes; by way
 * of something else. */
enum { APART, BESIDE, BEHIND };

/* A value that is made again. */
typedef struct copy {
    uint32_t value;
    uint32_t steps[MOST_STEPS]; /* what is made, operands first; the last is the value */
    uint32_t count, before;     /* right before that value, the first of the later users */
} copy;

typedef struct remaking {
    tg__program *program;
    uint8_t *how; /* by value */
    copy *copies; /* by [before] */
    size_t count;
    uint32_t *place; /* by value, and then by copy: its number in the new list */
} remaking;

/* ---- Which values ----------------------------------------------------------------------- */

/* Is [w] as large as [v], or does it have an element for each row of v? */
static bool is_beside(const tg__value *v, const tg__value *w)
{
    return w->count == v->count || w->count == v->count / v->dim[v->rank - 1];
}

static bool is_rowwise(const tg__value *x)
{
    return x->op->kind == TG_KIND_MAP || x->op->kind == TG_KIND_REDUCE;
}

/* Operand [i] of [x], or, where that is a copy already, the value it is a copy of. */
static uint32_t original(const remaking *r, const tg__value *x, int i)
{
    return x->in[i] < r->program->count ? x->in[i] : r->copies[x->in[i] - r->program->count].value;
}

/* Does [u] use the value and something behind it? */
static bool is_later(const remaking *r, const tg__value *u, uint32_t v)
{
    bool uses = false, behind = false;
    for (int i = 0; i < u->arity; i++) {
        uses |= u->in[i] == v;
        behind |= r->how[original(r, u, i)] == BEHIND;
    }
    return uses && behind;
}

/* Notes how all values come from [v]; false if nobody is a later user of it. */
static bool find_later(const remaking *r, uint32_t v, uint32_t *first)
{
    const tg__program *program = r->program;
    const tg__value *from = &program->values[v];
    bool later = false;
    memset(r->how, APART, program->count);
    r->how[v] = BESIDE;
    for (uint32_t u = v + 1; u < program->count; u++) {
        const tg__value *x = &program->values[u];
        bool behind = false, beside = false;
        for (int i = 0; i < x->arity; i++) {
            behind |= r->how[original(r, x, i)] == BEHIND;
            beside |= r->how[original(r, x, i)] == BESIDE;
        }
        if (behind || (beside && !(is_rowwise(x) && is_beside(from, x)))) r->how[u] = BEHIND;
        else if (beside) r->how[u] = BESIDE;
        if (!later && is_later(r, x, v)) {
            later = true;
            *first = u;
        }
    }
    return later;
}

/* ---- What is made again ----------------------------------------------------------------- */

/* Is the product's part in a loop what its rows say, and are its operands small beside it? */
static bool is_short_product(const tg__program *program, uint32_t v)
{
    const tg__value *x = &program->values[v];
    if (x->op->kind != TG_KIND_CALL || !x->op->rows || x->arity > TG__LOOP_OPERANDS) return false;
    for (int i = 0; i < x->arity; i++)
        if (program->values[x->in[i]].count > x->count / 2) return false;
    tg__operand operands[TG__LOOP_OPERANDS + 1];
    tg__describe_call(program, v, operands);
    const tg__call call = tg__call_of(x, operands);
    return x->op->rows->columns(&call) > 0;
}

/* Lists what [v] is made of, down to what is small or comes from outside; false: it is too much. */
static bool list_steps(const remaking *r, uint32_t v, copy *c)
{
    const tg__program *program = r->program;
    const tg__value *x = &program->values[v];
    for (uint32_t i = 0; i < c->count; i++)
        if (c->steps[i] == v) return true;
    if (x->op->kind == TG_KIND_MAP) {
        for (int i = 0; i < x->arity; i++) {
            const tg__value *operand = &program->values[x->in[i]];
            const bool there = operand->op->kind == TG_KIND_LEAF || operand->constant ||
                               operand->output || operand->count <= x->count / SMALL;
            if (!there && (x->view[i] || !list_steps(r, x->in[i], c))) return false;
        }
    } else if (!is_short_product(program, v)) {
        return false;
    }
    if (c->count == MOST_STEPS) return false;
    c->steps[c->count++] = v;
    return true;
}

static bool is_large(const tg__value *x)
{
    return x->op->kind == TG_KIND_MAP && !x->output && !x->constant && x->rank > 0 &&
           x->count >= LEAST_BYTES / (int64_t)tg_dtype_size((tg_dtype)x->dtype);
}

static bool find_copies(remaking *r)
{
    size_t capacity = 0;
    const tg__program *program = r->program;
    for (uint32_t v = 0; v < program->count && r->count < MOST_COPIES; v++) {
        copy c = { .value = v };
        if (!is_large(&program->values[v]) || !list_steps(r, v, &c) || c.count == 1 ||
            !find_later(r, v, &c.before))
            continue;
        if (!tg__grow(&program->allocator, &r->copies, &capacity, r->count + 1, sizeof c))
            return false;
        size_t at = r->count++;
        for (; at > 0 && r->copies[at - 1].before > c.before; at--)
            r->copies[at] = r->copies[at - 1];
        r->copies[at] = c;
    }
    return true;
}

/* ---- The new list ----------------------------------------------------------------------- */

/* Appends value [v], whose operands get their new numbers: of those that are made again for it, the
 * first [steps] of [c], the last ones in the list. */
static bool append(remaking *r, tg__value *list, uint32_t *length, uint32_t v, const copy *c,
                   uint32_t steps)
{
    tg__value x = r->program->values[v];
    const uint32_t *old = x.in;
    x.in = tg__program_alloc(r->program, sizeof *x.in * x.arity);
    if (!x.in) return false;
    for (int i = 0; i < x.arity; i++) {
        x.in[i] = r->place[old[i]];
        for (uint32_t s = 0; s < steps; s++)
            if (c->steps[s] == old[i]) x.in[i] = *length - steps + s;
    }
    list[(*length)++] = x;
    return true;
}

/* Later users ask for the copy: its number is behind those of all values. */
static void hand_over(remaking *r)
{
    for (uint32_t k = 0; k < r->count; k++) {
        const copy *c = &r->copies[k];
        uint32_t first;
        (void)find_later(r, c->value, &first);
        for (uint32_t u = c->before; u < r->program->count; u++) {
            tg__value *x = &r->program->values[u];
            if (!is_later(r, x, c->value)) continue;
            for (int i = 0; i < x->arity; i++)
                if (x->in[i] == c->value) x->in[i] = (uint32_t)r->program->count + k;
        }
    }
}

static bool make_list(remaking *r)
{
    tg__program *program = r->program;
    size_t capacity = program->count, next = 0;
    uint32_t length = 0;
    for (size_t k = 0; k < r->count; k++) capacity += r->copies[k].count;
    tg__value *list = tg__alloc(&program->allocator, capacity * sizeof *list);
    bool ok = list != NULL;
    for (uint32_t v = 0; ok && v < program->count; v++) {
        for (; ok && next < r->count && r->copies[next].before == v; next++) {
            const copy *c = &r->copies[next];
            for (uint32_t s = 0; ok && s < c->count; s++)
                ok = append(r, list, &length, c->steps[s], c, s);
            r->place[program->count + next] = length - 1;
        }
        ok = ok && append(r, list, &length, v, NULL, 0);
        r->place[v] = length - 1;
    }
    for (size_t i = 0; ok && i < program->output_count; i++)
        program->outputs[i] = r->place[program->outputs[i]];
    tg__free(&program->allocator, ok ? program->values : list);
    if (!ok) return false;
    program->values = list;
    program->count = length;
    program->capacity = capacity;
    return true;
}

bool tg__remake(tg__program *program)
{
    const tg_allocator *allocator = &program->allocator;
    remaking r = { .program = program };
    r.how = tg__alloc(allocator, program->count + 1);
    bool ok = r.how && find_copies(&r);
    if (ok && r.count > 0) {
        r.place = tg__alloc(allocator, (program->count + r.count) * sizeof *r.place);
        if (r.place) hand_over(&r);
        ok = r.place && make_list(&r);
    }
    tg__free(allocator, r.how);
    tg__free(allocator, r.copies);
    tg__free(allocator, r.place);
    return ok;
}
