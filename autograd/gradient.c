/* gradient.c: the reverse pass. It records the products that each operation's rule gives,
 * on the same tape, so gradients are ordinary nodes and can be differentiated again.
 *
 * A node's operands precede it on the tape, so going through the nodes that lead to the result
 * (reach.c) from the last recorded to the first meets every node after all of its uses. */
#include "autograd/engine.h"
#include "tg_ops.h"

/* ---- Cotangents that wait ----------------------------------------------------------------- */

/* An array that is used by many slices, or a matrix that is in many products, gets a cotangent
 * from each use. Their sum is cheaper if it is made of all of them at once. So if an operation
 * has a join (op.h), its cotangents for that operand wait until the reverse pass reaches the
 * operand, and are joined then. */
typedef struct waiting {
    tg_tensor *y, *g, *to; /* to: what the rule of y gave; NULL: it was not called yet */
    int operand;
    uint32_t next; /* the next one of this operand: its place + 1, or 0 */
} waiting;

/* A node that leads to the result. */
typedef struct state {
    tg_tensor *sum; /* of its cotangents, so far */
    uint32_t first; /* the first that waits for it: its place + 1 */
    bool on_path;   /* a node that is differentiated by, or one that depends on such a node */
} state;

typedef struct reverse_pass {
    tg_tape *tape;
    tg__reach reach;
    state *state; /* of each node of the reach */
    waiting *waiting;
    size_t count, capacity;
} reverse_pass;

static bool no_memory(reverse_pass *pass, tg_site at)
{
    tg__fail_op(pass->tape, at, TG_ERR_MEMORY, "vjp", 0, NULL, "out of memory");
    return false;
}

static bool is_on_path(const reverse_pass *pass, const tg_tensor *x)
{
    const size_t place = tg__reach_place(&pass->reach, x);
    return place < pass->reach.count && pass->state[place].on_path;
}

/* Of a node on the path. */
static state *state_of(const reverse_pass *pass, const tg_tensor *x)
{
    return &pass->state[tg__reach_place(&pass->reach, x)];
}

static void add_cotangent(reverse_pass *pass, tg_site at, const tg_tensor *x, tg_tensor *g)
{
    tg_tensor **sum = &state_of(pass, x)->sum;
    *sum = *sum ? tg_add_at(at, *sum, g) : g;
}

static bool set_aside(reverse_pass *pass, tg_tensor *y, tg_tensor *g, tg_tensor *to, int operand)
{
    if (!tg__grow(&pass->tape->allocator, &pass->waiting, &pass->capacity, pass->count + 1,
                  sizeof *pass->waiting))
        return no_memory(pass, *y->site);
    uint32_t *first = &state_of(pass, y->in[operand])->first;
    pass->waiting[pass->count++] = (waiting){ y, g, to, operand, *first };
    *first = (uint32_t)pass->count;
    return true;
}

/* Adds what waits to the sum of its operand, joined with nothing. */
static bool add_alone(reverse_pass *pass, const waiting *w)
{
    tg_tensor *x = w->y->in[w->operand], *few[3] = { NULL, NULL, NULL };
    tg_tensor *to = w->to;
    if (!to) { /* an operation that joins has three operands at most */
        pass->tape->origin = *w->y->site;
        w->y->op->vjp(w->y, w->g, few);
        to = few[w->operand];
    }
    if (to) add_cotangent(pass, *w->y->site, x, to);
    return true;
}

/* Takes those with the operation and the operand number of the first off the list that begins at
 * *[place]; returns how many. */
static size_t take_alike(reverse_pass *pass, uint32_t *place, waiting **out)
{
    const waiting *like = &pass->waiting[*place - 1];
    const tg_op *op = like->y->op;
    const int operand = like->operand;
    size_t count = 0;
    while (*place) {
        waiting *w = &pass->waiting[*place - 1];
        if (w->y->op == op && w->operand == operand) {
            out[count++] = w;
            *place = w->next;
        } else {
            place = &w->next;
        }
    }
    return count;
}

/* Joins those in [list], which are of one operation; where they cannot be joined, adds them one
 * by one. */
static bool join(reverse_pass *pass, tg_tensor *x, waiting *const *list, size_t count,
                 tg_tensor **y, tg_tensor **g)
{
    for (size_t i = 0; i < count; i++) {
        y[i] = list[i]->y;
        g[i] = list[i]->g;
    }
    pass->tape->origin = *list[0]->y->site;
    tg_tensor *all = count > 1 ? y[0]->op->join(x, count, y, g) : NULL;
    if (all) add_cotangent(pass, *list[0]->y->site, x, all);
    for (size_t i = 0; i < count && !all && pass->tape->error.status == TG_OK; i++)
        if (!add_alone(pass, list[i])) return false;
    return true;
}

/* What waits for [x] is added to its cotangent. */
static bool add_waiting(reverse_pass *pass, tg_tensor *x)
{
    size_t total = 0;
    uint32_t *first = &state_of(pass, x)->first;
    for (uint32_t i = *first; i; i = pass->waiting[i - 1].next) total++;
    if (total == 0) return true;
    const tg_allocator *allocator = &pass->tape->allocator;
    waiting **list = tg__alloc(allocator, total * sizeof *list);
    tg_tensor **y = tg__alloc(allocator, 2 * total * sizeof(tg_tensor *));
    bool ok = list && y;
    while (ok && *first) {
        const size_t count = take_alike(pass, first, list);
        ok = join(pass, x, list, count, y, y + total);
    }
    tg__free(allocator, list);
    tg__free(allocator, y);
    return ok || no_memory(pass, *x->site);
}

/* ---- The pass ----------------------------------------------------------------------------- */

/* Does another operand than that one need a cotangent? */
static bool others_want(const reverse_pass *pass, const tg_tensor *x, int operand)
{
    for (int i = 0; i < x->arity; i++)
        if (i != operand && is_on_path(pass, x->in[i])) return true;
    return false;
}

/* Hands the cotangent [g] of [x] on to its operands. */
static bool pass_on(reverse_pass *pass, tg_tensor *x, tg_tensor *g)
{
    int late = x->op->joins ? x->op->joins(x) : -1;
    if (late >= 0 && !is_on_path(pass, x->in[late])) late = -1;
    if (late >= 0 && !others_want(pass, x, late)) return set_aside(pass, x, g, NULL, late);
    tg_tensor *few[3] = { NULL, NULL, NULL }, **to = few;
    if (x->arity > 3) {
        to = tg__alloc_zero(&pass->tape->allocator, x->arity * sizeof *to);
        if (!to) return no_memory(pass, *x->site);
    }
    bool ok = true;
    pass->tape->origin = *x->site; /* new nodes have the site of [x] */
    x->op->vjp(x, g, to);
    for (int i = 0; i < x->arity && ok; i++) {
        if (!to[i] || !is_on_path(pass, x->in[i])) continue;
        if (i == late) ok = set_aside(pass, x, g, to[i], i);
        else add_cotangent(pass, *x->site, x->in[i], to[i]);
    }
    if (to != few) tg__free(&pass->tape->allocator, to);
    return ok;
}

/* Goes from the result, the last node of the reach, whose cotangent is known, to the first. */
static void walk(reverse_pass *pass)
{
    const tg_tape *tape = pass->tape;
    for (size_t i = pass->reach.count; i-- > 0 && tape->error.status == TG_OK;) {
        tg_tensor *x = tape->nodes[pass->reach.at[i].id];
        if (!pass->state[i].on_path) continue;
        pass->tape->origin = *x->site;
        if (!add_waiting(pass, x)) return;
        tg_tensor *sum = pass->state[i].sum;
        if (sum && x->op->vjp && !pass_on(pass, x, sum)) return;
    }
}

/* Finds the nodes between the result and those of [wrt]; false when out of memory. */
static bool begin(reverse_pass *pass, tg_tensor *y, size_t count, tg_tensor *const wrt[])
{
    uint32_t lowest = y->id;
    for (size_t i = 0; i < count; i++)
        if (wrt[i]->id < lowest) lowest = wrt[i]->id;
    if (!tg__reach_begin(&pass->reach, y, lowest)) return false;
    const tg__reach *reach = &pass->reach;
    pass->state = tg__alloc_zero(&pass->tape->allocator, reach->count * sizeof *pass->state);
    if (!pass->state) return false;
    for (size_t i = 0; i < count; i++) {
        const size_t place = tg__reach_place(reach, wrt[i]);
        if (place < reach->count) pass->state[place].on_path = true;
    }
    for (size_t i = 0; i < reach->count; i++) {
        const tg_tensor *x = pass->tape->nodes[reach->at[i].id];
        bool *on_path = &pass->state[i].on_path;
        if (!tg__leads_on(x)) continue;
        for (int k = 0; k < x->arity && !*on_path; k++) *on_path = is_on_path(pass, x->in[k]);
    }
    return true;
}

static void end(reverse_pass *pass)
{
    tg__reach_end(&pass->reach);
    tg__free(&pass->tape->allocator, pass->state);
    tg__free(&pass->tape->allocator, pass->waiting);
}

/* The cotangent to begin with, or NULL with an error. */
static tg_tensor *seed(tg_site at, const char *name, tg_tensor *y, tg_tensor *cotangent)
{
    if (!tg__is_float(y->dtype))
        return tg__fail_op(y->tape, at, TG_ERR_DTYPE, name, 1, &y,
                           "only f32 and f64 have derivatives");
    if (cotangent) {
        if (cotangent->dtype == y->dtype && tg__same_shape(cotangent, y)) return cotangent;
        return tg__fail_op(y->tape, at, TG_ERR_SHAPE, name, 2, (tg_tensor *[]){ y, cotangent },
                           "the cotangent must have the shape and the dtype of y");
    }
    if (tg__elements(y) == 1) return tg_ones_like_at(at, y);
    return tg__fail_op(y->tape, at, TG_ERR_SHAPE, name, 1, &y,
                       "the gradient is that of one number; reduce y (tg_sum, tg_mean) or give a "
                       "cotangent of its shape");
}

static tg_status differentiate(tg_site at, const char *function, tg_tensor *y, tg_tensor *cotangent,
                               size_t count, tg_tensor *const wrt[], tg_tensor *out[])
{
    const char *name = function + 3; /* without tg_ */
    for (size_t i = 0; out && i < count; i++) out[i] = NULL;
    if (!y) return TG_ERR_ARGUMENT;
    tg_tape *tape = tg__tape_of_handle(y);
    if (!tg__ready(at, name, 1, &y) ||
        (cotangent && !tg__ready(at, name, 2, (tg_tensor *[]){ y, cotangent })))
        return tape->error.status ? tape->error.status : TG_ERR_STATE;
    if ((!wrt || !out) && count) {
        tg__fail_op(tape, at, TG_ERR_ARGUMENT, name, 0, NULL, "the list of nodes is NULL");
        return tape->error.status;
    }
    for (size_t i = 0; i < count; i++) {
        if (!wrt[i]) {
            tg__fail_op(tape, at, TG_ERR_ARGUMENT, name, 0, NULL, "node %zu of the list is NULL",
                        i);
            return tape->error.status;
        }
        if (!tg__ready(at, name, 2, (tg_tensor *[]){ y, wrt[i] })) return tape->error.status;
        if (!tg__is_float(wrt[i]->dtype)) {
            tg__fail_op(tape, at, TG_ERR_DTYPE, name, 2, (tg_tensor *[]){ y, wrt[i] },
                        "only f32 and f64 have derivatives");
            return tape->error.status;
        }
    }
    at = tg__within(at, function);
    const size_t length = tape->count;
    cotangent = seed(at, name, y, cotangent);
    if (!cotangent) return tape->error.status;

    const tg_site origin = tape->origin;
    const char *const deriving = tape->deriving;
    reverse_pass pass = { .tape = tape, .reach = { .tape = tape } };
    if (begin(&pass, y, count, wrt)) {
        state_of(&pass, y)->sum = cotangent;
        if (!deriving) tape->deriving = at.function;
        walk(&pass);
        tape->origin = origin;
        tape->deriving = deriving;
        for (size_t i = 0; i < count; i++) {
            out[i] = is_on_path(&pass, wrt[i]) ? state_of(&pass, wrt[i])->sum : NULL;
            if (!out[i]) out[i] = tg_zeros_like_at(at, wrt[i]);
        }
    } else {
        tg__fail_op(tape, at, TG_ERR_MEMORY, name, 0, NULL, "out of memory");
    }
    end(&pass);
    if (tape->error.status != TG_OK) {
        (void)tg__whole(tape, length, NULL);
        (void)tg_undo(at); /* an error in a rule has the site of a node, not that of this call */
        for (size_t i = 0; i < count; i++) out[i] = NULL;
    }
    return tape->error.status;
}

tg_status tg_vjp_at(tg_site at, tg_tensor *y, tg_tensor *cotangent, tg_list wrt, tg_tensor *out[])
{
    return differentiate(at, "tg_vjp", y, cotangent, wrt.count, wrt.node, out);
}

tg_tensor *tg_grad_at(tg_site at, tg_tensor *loss, tg_tensor *x)
{
    tg_tensor *out = NULL;
    if (!loss || !x) return NULL;
    (void)differentiate(at, "tg_grad", loss, NULL, 1, &x, &out);
    return out;
}
