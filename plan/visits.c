/* visits.c: in which order fuse.c comes to the values: backwards, but for reductions down columns,
 * what is made of them, and products of what a loop computes. The loop that computes or reads the
 * operand of these can take it in on the way, if it runs before all that need the result. So
 *
 *   - they are visited right before that operand, when other readers have their loops, or before
 *     another of theirs that comes first;
 *   - assignments that wait for nothing else, and the maps between, are visited first of all, so
 *     they run last. (In a backward pass that is the update of a bias, or of the weight of a norm.
 *     What waits for it in memory, the gradient, is small.) */
#include "plan/visits.h"

#include "plan/loops.h"

typedef struct visiting {
    const tg__program *program;
    bool *late;        /* by value: it is visited first */
    uint32_t *waiting; /* by value: the first + 1 of those that are visited right before it */
    uint32_t *next;    /* by value: the next of these */
    uint32_t *visits;
    size_t count;
} visiting;

static bool is_columns(const tg__program *program, uint32_t v)
{
    const tg__value *x = &program->values[v];
    return x->op->kind == TG_KIND_REDUCE && tg__gathers_columns(x, program->values[x->in[0]].dtype);
}

/* What is made of columns by maps, and of that what only assignments need. */
static void find_late(visiting *s)
{
    const tg__program *program = s->program;
    for (uint32_t v = 0; v < program->count; v++) {
        const tg__value *x = &program->values[v];
        const bool map = x->op->kind == TG_KIND_MAP || x->op->kind == TG_KIND_ASSIGN;
        for (int i = 0; map && i < x->arity; i++)
            s->late[v] |= program->values[x->in[i]].count == x->count &&
                          (s->late[x->in[i]] || is_columns(program, x->in[i]));
    }
    for (uint32_t v = (uint32_t)program->count; v-- > 0;) {
        const tg__value *x = &program->values[v];
        s->late[v] &= !x->output;
        for (int i = 0; !s->late[v] && i < x->arity; i++) s->late[x->in[i]] = false;
    }
}

/* The value that [v] waits for, of its operands the one that is visited first; TG__NONE: it does
 * not wait. */
static uint32_t awaited(const tg__program *program, uint32_t v)
{
    const tg__value *x = &program->values[v];
    tg__row_shape shape;
    int operand;
    if (is_columns(program, v)) return is_columns(program, x->in[0]) ? TG__NONE : x->in[0];
    if (!tg__collects(program, v, &operand, &shape) || !shape.strips) return TG__NONE;
    uint32_t last = x->in[0];
    for (int i = 1; i < x->arity; i++)
        if (x->in[i] > last) last = x->in[i];
    return last;
}

static void visit(visiting *s, uint32_t v) { s->visits[s->count++] = v; }

static void visit_all(visiting *s)
{
    const tg__program *program = s->program;
    for (uint32_t v = (uint32_t)program->count; v-- > 0;)
        if (s->late[v]) visit(s, v);
    for (uint32_t v = (uint32_t)program->count; v-- > 0;) {
        if (s->late[v]) continue;
        const uint32_t from = awaited(program, v);
        if (from != TG__NONE) {
            s->next[v] = s->waiting[from];
            s->waiting[from] = v + 1;
            continue;
        }
        for (uint32_t w = s->waiting[v]; w; w = s->next[w - 1]) visit(s, w - 1);
        visit(s, v);
    }
}

uint32_t *tg__order_visits(const tg__program *program)
{
    const tg_allocator *allocator = &program->allocator;
    const size_t count = program->count + 1;
    visiting s = { .program = program,
                   .late = tg__alloc_zero(allocator, count * sizeof *s.late),
                   .waiting = tg__alloc_zero(allocator, count * sizeof *s.waiting),
                   .next = tg__alloc_zero(allocator, count * sizeof *s.next),
                   .visits = tg__alloc(allocator, count * sizeof *s.visits) };
    const bool ok = s.late && s.waiting && s.next && s.visits;
    if (ok) {
        find_late(&s);
        visit_all(&s);
    }
    tg__free(allocator, s.late);
    tg__free(allocator, s.waiting);
    tg__free(allocator, s.next);
    if (ok) return s.visits;
    tg__free(allocator, s.visits);
    return NULL;
}
