/* gradient.c: the reverse pass. It records the products that each operation's rule gives,
 * on the same tape, so gradients are ordinary nodes and can be differentiated again.
 *
 * A node's operands precede it on the tape, so walking the tape backwards meets every node
 * after all of its uses: there is nothing to sort. */
#include <stdlib.h>

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
    if (!y || !x || y->tape != x->tape || x->id > y->id || !tg__is_float(x->dtype)) return false;
    if (y->generation != y->tape->generation || x->generation != y->tape->generation) return false;
    tg_tensor *wrt = y->tape->nodes[x->id];
    bool *on_path = mark_paths(y->tape, y->id, 1, &wrt);
    if (!on_path) /* not to know is not "no" */
        tg__fail_op(y->tape, y->site, TG_ERR_MEMORY, "depends", 0, NULL, "out of memory");
    const bool depends = on_path && on_path[y->id];
    tg__free(&y->tape->allocator, on_path);
    return depends;
}

/* ---- Cotangents of parts ------------------------------------------------------------------ */

/* Many slices of one array each have their cotangent. Padding each to the whole array and adding
 * would take the square of their number; so they wait until the array is reached, and are joined.
 */
typedef struct pending {
    const tg_tensor *y; /* the slice */
    tg_tensor *g;
    tg__part part;
    uint32_t next; /* of the same array: its place + 1, or 0 */
} pending;

typedef struct reverse_pass {
    tg_tape *tape;
    const bool *on_path;
    tg_tensor **sum; /* of the cotangents of each node, so far */
    uint32_t *parts; /* of each node: the first pending one's place + 1 */
    pending *pending;
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
    *sum = *sum ? (tg_add)(at, *sum, g) : g;
}

static bool set_aside(reverse_pass *pass, const tg_tensor *y, tg_tensor *g, tg__part part)
{
    if (!tg__grow(&pass->tape->allocator, &pass->pending, &pass->capacity, pass->count + 1,
                  sizeof *pass->pending))
        return no_memory(pass, y->site);
    uint32_t *first = &pass->parts[y->in[0]->id];
    pass->pending[pass->count++] = (pending){ y, g, part, *first };
    *first = (uint32_t)pass->count;
    return true;
}

/* In order along the axis; of equal parts the one recorded first. */
static int by_place(const void *a, const void *b)
{
    const pending *left = *(const pending *const *)a, *right = *(const pending *const *)b;
    if (left->part.axis != right->part.axis) return left->part.axis < right->part.axis ? -1 : 1;
    if (left->part.start != right->part.start) return left->part.start < right->part.start ? -1 : 1;
    return left->y->id < right->y->id ? -1 : 1;
}

/* Adds the cotangents of parts that are the same; returns how many are left. */
static size_t add_equal(pending **list, size_t count)
{
    size_t kept = 1;
    for (size_t i = 1; i < count; i++) {
        pending *last = list[kept - 1], *next = list[i];
        if (next->part.axis == last->part.axis && next->part.start == last->part.start &&
            tg__same_shape(next->y, last->y))
            last->g = (tg_add)(next->y->site, last->g, next->g);
        else list[kept++] = next;
    }
    return kept;
}

static bool are_apart(pending *const *list, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const tg__part last = list[i - 1]->part, next = list[i]->part;
        if (next.axis != last.axis || next.start < last.start + list[i - 1]->y->dim[last.axis])
            return false;
    }
    return count > 1;
}

/* What has been set aside for [x], as one cotangent; or as many as there are. */
static bool gather_parts(reverse_pass *pass, const tg_tensor *x)
{
    size_t count = 0;
    for (uint32_t i = pass->parts[x->id]; i; i = pass->pending[i - 1].next) count++;
    if (count == 0) return true;
    const tg_allocator *allocator = &pass->tape->allocator;
    pending **list = tg__alloc(allocator, count * sizeof *list);
    int64_t *starts = tg__alloc(allocator, count * sizeof *starts);
    tg_tensor **parts = tg__alloc(allocator, count * sizeof *parts);
    const bool ok = list && starts && parts;
    count = 0;
    for (uint32_t i = pass->parts[x->id]; ok && i; i = pass->pending[i - 1].next)
        list[count++] = &pass->pending[i - 1];
    if (ok) {
        qsort(list, count, sizeof *list, by_place);
        count = add_equal(list, count);
        for (size_t i = 0; i < count; i++) {
            starts[i] = list[i]->part.start;
            parts[i] = list[i]->g;
        }
        if (are_apart(list, count)) {
            const int64_t axis = list[0]->part.axis;
            add_cotangent(pass, x->site, x->id, tg__join_parts(x, axis, count, starts, parts));
        } else {
            for (size_t i = 0; i < count; i++) {
                tg_tensor *to = NULL;
                pass->tape->origin = list[i]->y->site;
                list[i]->y->op->vjp((tg_tensor *)list[i]->y, list[i]->g, &to);
                add_cotangent(pass, list[i]->y->site, x->id, to);
            }
        }
    }
    tg__free(allocator, list);
    tg__free(allocator, starts);
    tg__free(allocator, parts);
    return ok || no_memory(pass, x->site);
}

/* ---- The pass ----------------------------------------------------------------------------- */

/* Hands the cotangent [g] of [x] on to its operands. */
static bool pass_on(reverse_pass *pass, tg_tensor *x, tg_tensor *g)
{
    tg__part part;
    if (x->op->part && x->op->part(x, &part))
        return !pass->on_path[x->in[0]->id] || set_aside(pass, x, g, part);
    tg_tensor *few[3] = { NULL, NULL, NULL }, **to = few;
    if (x->arity > 3) {
        to = tg__alloc_zero(&pass->tape->allocator, x->arity * sizeof *to);
        if (!to) return no_memory(pass, x->site);
    }
    pass->tape->origin = x->site; /* what is recorded now comes from the line of [x] */
    x->op->vjp(x, g, to);
    for (int i = 0; i < x->arity; i++)
        if (to[i] && pass->on_path[x->in[i]->id]) add_cotangent(pass, x->site, x->in[i]->id, to[i]);
    if (to != few) tg__free(&pass->tape->allocator, to);
    return true;
}

/* Walks back from [y], whose cotangent is in sum[y->id], to the oldest node there is. */
static void walk(reverse_pass *pass, const tg_tensor *y)
{
    const tg_tape *tape = pass->tape;
    for (uint32_t id = y->id + 1; id-- > 0 && tape->error.status == TG_OK;) {
        tg_tensor *x = tape->nodes[id];
        if (!pass->on_path[id]) continue;
        pass->tape->origin = x->site;
        if (!gather_parts(pass, x)) return;
        if (pass->sum[id] && x->op->vjp && !pass_on(pass, x, pass->sum[id])) return;
    }
}

/* The cotangent to begin with, or NULL with a story. */
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
    if (tg__elements(y) == 1) return (tg_ones_like)(at, y);
    return tg__fail_op(y->tape, at, TG_ERR_SHAPE, name, 1, &y,
                       "the gradient is that of one number; reduce y (tg_sum, tg_mean) or give a "
                       "cotangent of its shape");
}

static tg_status differentiate(tg_site at, const char *name, tg_tensor *y, tg_tensor *cotangent,
                               size_t count, tg_tensor *const wrt[], tg_tensor *out[])
{
    for (size_t i = 0; out && i < count; i++) out[i] = NULL;
    if (!y) return TG_ERR_ARGUMENT;
    tg_tape *tape = y->tape;
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
    const size_t length = tape->count;
    cotangent = seed(at, name, y, cotangent);
    if (!cotangent) return tape->error.status;

    bool *on_path = mark_paths(tape, y->id, count, wrt);
    tg_tensor **sum = tg__alloc_zero(&tape->allocator, ((size_t)y->id + 1) * sizeof *sum);
    uint32_t *parts = tg__alloc_zero(&tape->allocator, ((size_t)y->id + 1) * sizeof *parts);
    const tg_site origin = tape->origin;
    if (on_path && sum && parts) {
        sum[y->id] = cotangent;
        reverse_pass pass = { .tape = tape, .on_path = on_path, .sum = sum, .parts = parts };
        walk(&pass, y);
        tg__free(&tape->allocator, pass.pending);
        tape->origin = origin;
        for (size_t i = 0; i < count; i++) {
            out[i] = wrt[i]->id <= y->id ? sum[wrt[i]->id] : NULL;
            if (!out[i]) out[i] = (tg_zeros_like)(at, wrt[i]);
        }
    } else {
        tg__fail_op(tape, at, TG_ERR_MEMORY, name, 0, NULL, "out of memory");
    }
    tg__free(&tape->allocator, on_path);
    tg__free(&tape->allocator, sum);
    tg__free(&tape->allocator, parts);
    if (tape->error.status != TG_OK) {
        (void)tg__whole(tape, length, NULL);
        for (size_t i = 0; i < count; i++) out[i] = NULL;
    }
    return tape->error.status;
}

tg_status tg_vjp_at(tg_site at, tg_tensor *y, tg_tensor *cotangent, size_t count,
                    tg_tensor *const wrt[], tg_tensor *out[])
{
    return differentiate(at, "vjp", y, cotangent, count, wrt, out);
}

tg_tensor *tg_grad_at(tg_site at, tg_tensor *loss, tg_tensor *x)
{
    tg_tensor *out = NULL;
    if (!loss || !x) return NULL;
    (void)differentiate(at, "grad", loss, NULL, 1, &x, &out);
    return out;
}
