/* gradient.c: the reverse pass. It records the products that each operation's rule gives,
 * on the same tape, so gradients are ordinary nodes and can be differentiated again.
 *
 * A node's operands precede it on the tape, so walking the tape backwards meets every node
 * after all of its uses: there is nothing to sort. */
#include "autograd/engine.h"
#include "tg_ops.h"

/* on_path[id]: does a differentiable path lead from one of [wrt] to node [id] (id <= last)? */
static bool *mark_paths(const tg_tape *tape, uint32_t last, size_t count, tg_tensor *const wrt[])
{
    bool *on_path = tg__alloc_zero(&tape->allocator, (size_t)last + 1);
    if (!on_path) return NULL;
    uint32_t first = last;
    for (size_t i = 0; i < count; i++) {
        if (wrt[i]->id > last) continue;
        on_path[wrt[i]->id] = true;
        if (wrt[i]->id < first) first = wrt[i]->id;
    }
    for (uint32_t id = first; id <= last; id++) {
        const tg_tensor *x = tape->nodes[id];
        if (!x->op->vjp || !tg__is_float(x->dtype)) continue;
        for (int i = 0; i < x->arity && !on_path[id]; i++) on_path[id] = on_path[x->in[i]->id];
    }
    return on_path;
}

bool tg_depends(const tg_tensor *y, const tg_tensor *x)
{
    if (!y || !x || !tg__alive(y) || !tg__alive(x)) return false;
    if (y->tape != x->tape || x->id > y->id || !tg__is_float(x->dtype)) return false;
    tg_tensor *wrt = y->tape->nodes[x->id];
    bool *on_path = mark_paths(y->tape, y->id, 1, &wrt);
    if (!on_path) /* not to know is not "no" */
        tg__fail_op(y->tape, tg__line_of(y), TG_ERR_MEMORY, "depends", 0, NULL, "out of memory");
    const bool depends = on_path && on_path[y->id];
    tg__free(&y->tape->allocator, on_path);
    return depends;
}

/* ---- Cotangents that wait ----------------------------------------------------------------- */

/* Many slices of one array, or many products with one matrix, each have a cotangent for it, and the
 * sum of all is cheaper made from all of them than one by one. So where an operation says that it
 * would rather join, its cotangent waits until the operand is reached, and comes with the others.
 */
typedef struct waiting {
    tg_tensor *y, *g, *to; /* to: what the rule gave; NULL where it has not been asked yet */
    int operand;
    uint32_t next; /* of the same operand: its place + 1, or 0 */
} waiting;

typedef struct reverse_pass {
    tg_tape *tape;
    const bool *on_path;
    tg_tensor **sum; /* of the cotangents of each node, so far */
    uint32_t *first; /* of each node: the first that waits for it: its place + 1 */
    waiting *waiting;
    size_t count, capacity;
} reverse_pass;

static bool no_memory(reverse_pass *pass, tg_site at)
{
    tg__fail_op(pass->tape, at, TG_ERR_MEMORY, "vjp", 0, NULL, "out of memory");
    return false;
}

static void add_cotangent(reverse_pass *pass, tg_site at, uint32_t id, tg_tensor *g)
{
    tg_tensor **sum = &pass->sum[id];
    *sum = *sum ? tg_add_at(at, *sum, g) : g;
}

static bool set_aside(reverse_pass *pass, tg_tensor *y, tg_tensor *g, tg_tensor *to, int operand)
{
    if (!tg__grow(&pass->tape->allocator, &pass->waiting, &pass->capacity, pass->count + 1,
                  sizeof *pass->waiting))
        return no_memory(pass, y->site);
    uint32_t *first = &pass->first[y->in[operand]->id];
    pass->waiting[pass->count++] = (waiting){ y, g, to, operand, *first };
    *first = (uint32_t)pass->count;
    return true;
}

/* The operand's own cotangent, which nothing else is joined with. */
static bool add_alone(reverse_pass *pass, const waiting *w)
{
    tg_tensor *x = w->y->in[w->operand], *few[3] = { NULL, NULL, NULL };
    tg_tensor *to = w->to;
    if (!to) { /* of an operation of few operands */
        pass->tape->origin = w->y->site;
        w->y->op->vjp(w->y, w->g, few);
        to = few[w->operand];
    }
    if (to) add_cotangent(pass, w->y->site, x->id, to);
    return true;
}

/* Takes those of the first one's operation off the list that begins at *[place]; returns how many.
 */
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

/* Joins what [list] holds, of one operation; or adds one after the other. */
static bool join(reverse_pass *pass, tg_tensor *x, waiting *const *list, size_t count,
                 tg_tensor **y, tg_tensor **g)
{
    for (size_t i = 0; i < count; i++) {
        y[i] = list[i]->y;
        g[i] = list[i]->g;
    }
    pass->tape->origin = list[0]->y->site;
    tg_tensor *all = count > 1 ? y[0]->op->join(x, count, y, g) : NULL;
    if (all) add_cotangent(pass, list[0]->y->site, x->id, all);
    for (size_t i = 0; i < count && !all && pass->tape->error.status == TG_OK; i++)
        if (!add_alone(pass, list[i])) return false;
    return true;
}

/* What waits for [x] is added to its cotangent. */
static bool gather(reverse_pass *pass, tg_tensor *x)
{
    size_t total = 0;
    for (uint32_t i = pass->first[x->id]; i; i = pass->waiting[i - 1].next) total++;
    if (total == 0) return true;
    const tg_allocator *allocator = &pass->tape->allocator;
    waiting **list = tg__alloc(allocator, total * sizeof *list);
    tg_tensor **y = tg__alloc(allocator, 2 * total * sizeof(tg_tensor *));
    bool ok = list && y;
    while (ok && pass->first[x->id]) {
        const size_t count = take_alike(pass, &pass->first[x->id], list);
        ok = join(pass, x, list, count, y, y + total);
    }
    tg__free(allocator, list);
    tg__free(allocator, y);
    return ok || no_memory(pass, x->site);
}

/* ---- The pass ----------------------------------------------------------------------------- */

/* Does anything but operand [i] want a cotangent? */
static bool others_want(const reverse_pass *pass, const tg_tensor *x, int operand)
{
    for (int i = 0; i < x->arity; i++)
        if (i != operand && pass->on_path[x->in[i]->id]) return true;
    return false;
}

/* Hands the cotangent [g] of [x] on to its operands. */
static bool pass_on(reverse_pass *pass, tg_tensor *x, tg_tensor *g)
{
    int late = x->op->joins ? x->op->joins(x) : -1;
    if (late >= 0 && !pass->on_path[x->in[late]->id]) late = -1;
    if (late >= 0 && !others_want(pass, x, late)) return set_aside(pass, x, g, NULL, late);
    tg_tensor *few[3] = { NULL, NULL, NULL }, **to = few;
    if (x->arity > 3) {
        to = tg__alloc_zero(&pass->tape->allocator, x->arity * sizeof *to);
        if (!to) return no_memory(pass, x->site);
    }
    bool ok = true;
    pass->tape->origin = x->site; /* what is recorded now comes from the line of [x] */
    x->op->vjp(x, g, to);
    for (int i = 0; i < x->arity && ok; i++) {
        if (!to[i] || !pass->on_path[x->in[i]->id]) continue;
        if (i == late) ok = set_aside(pass, x, g, to[i], i);
        else add_cotangent(pass, x->site, x->in[i]->id, to[i]);
    }
    if (to != few) tg__free(&pass->tape->allocator, to);
    return ok;
}

/* Walks back from [y], whose cotangent is in sum[y->id], to the oldest node there is. */
static void walk(reverse_pass *pass, const tg_tensor *y)
{
    const tg_tape *tape = pass->tape;
    for (uint32_t id = y->id + 1; id-- > 0 && tape->error.status == TG_OK;) {
        tg_tensor *x = tape->nodes[id];
        if (!pass->on_path[id]) continue;
        pass->tape->origin = x->site;
        if (!gather(pass, x)) return;
        if (pass->sum[id] && x->op->vjp && !pass_on(pass, x, pass->sum[id])) return;
    }
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
    const char *name = function + 3; /* behind tg_ */
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

    bool *on_path = mark_paths(tape, y->id, count, wrt);
    tg_tensor **sum = tg__alloc_zero(&tape->allocator, ((size_t)y->id + 1) * sizeof *sum);
    uint32_t *first = tg__alloc_zero(&tape->allocator, ((size_t)y->id + 1) * sizeof *first);
    const tg_site origin = tape->origin;
    const char *const deriving = tape->deriving;
    if (on_path && sum && first) {
        sum[y->id] = cotangent;
        reverse_pass pass = { .tape = tape, .on_path = on_path, .sum = sum, .first = first };
        if (!deriving) tape->deriving = at.function;
        walk(&pass, y);
        tg__free(&tape->allocator, pass.waiting);
        tape->origin = origin;
        tape->deriving = deriving;
        for (size_t i = 0; i < count; i++) {
            out[i] = wrt[i]->id <= y->id ? sum[wrt[i]->id] : NULL;
            if (!out[i]) out[i] = tg_zeros_like_at(at, wrt[i]);
        }
    } else {
        tg__fail_op(tape, at, TG_ERR_MEMORY, name, 0, NULL, "out of memory");
    }
    tg__free(&tape->allocator, on_path);
    tg__free(&tape->allocator, sum);
    tg__free(&tape->allocator, first);
    if (tape->error.status != TG_OK) {
        (void)tg__whole(tape, length, NULL);
        (void)tg_undo(at); /* rules know the lines of their nodes, and not this call */
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
