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

/* Walks back from [y], whose cotangent is in sum[y->id], to the oldest of [wrt]. */
static void walk(tg_tape *tape, const tg_tensor *y, const bool *on_path, tg_tensor **sum)
{
    for (uint32_t id = y->id + 1; id-- > 0 && tape->error.status == TG_OK;) {
        tg_tensor *x = tape->nodes[id], *g = sum[id];
        if (!g || !on_path[id] || !x->op->vjp) continue;
        tg_tensor *few[3] = { NULL, NULL, NULL }, **to = few;
        if (x->arity > 3) {
            to = tg__alloc_zero(&tape->allocator, x->arity * sizeof *to);
            if (!to) {
                tg__fail_op(tape, x->site, TG_ERR_MEMORY, "vjp", 0, NULL, "out of memory");
                return;
            }
        }
        tape->origin = x->site; /* what is recorded now comes from the line of [x] */
        x->op->vjp(x, g, to);
        for (int i = 0; i < x->arity; i++) {
            const uint32_t operand = x->in[i]->id;
            if (!to[i] || !on_path[operand]) continue;
            sum[operand] = sum[operand] ? (tg_add)(x->site, sum[operand], to[i]) : to[i];
        }
        if (to != few) tg__free(&tape->allocator, to);
    }
}

/* The cotangent to begin with, or NULL with a story. */
static tg_tensor *seed(tg_site at, tg_tensor *y, tg_tensor *cotangent)
{
    if (!tg__is_float(y->dtype))
        return tg__fail_op(y->tape, at, TG_ERR_DTYPE, "vjp", 1, &y,
                           "only f32 and f64 have derivatives");
    if (cotangent) {
        if (cotangent->dtype == y->dtype && tg__same_shape(cotangent, y)) return cotangent;
        return tg__fail_op(y->tape, at, TG_ERR_SHAPE, "vjp", 2, (tg_tensor *[]){ y, cotangent },
                           "the cotangent must have the shape and the dtype of y");
    }
    if (tg__elements(y) == 1) return (tg_ones_like)(at, y);
    return tg__fail_op(y->tape, at, TG_ERR_SHAPE, "vjp", 1, &y,
                       "the gradient is that of one number; reduce y (tg_sum, tg_mean) or give a "
                       "cotangent of its shape");
}

tg_status tg_vjp_at(tg_site at, tg_tensor *y, tg_tensor *cotangent, size_t count,
                    tg_tensor *const wrt[], tg_tensor *out[])
{
    for (size_t i = 0; out && i < count; i++) out[i] = NULL;
    if (!y) return TG_ERR_ARGUMENT;
    tg_tape *tape = y->tape;
    if (!tg__ready(at, "vjp", 1, &y) ||
        (cotangent && !tg__ready(at, "vjp", 2, (tg_tensor *[]){ y, cotangent })))
        return tape->error.status ? tape->error.status : TG_ERR_STATE;
    if ((!wrt || !out) && count) {
        tg__fail_op(tape, at, TG_ERR_ARGUMENT, "vjp", 0, NULL, "the list of nodes is NULL");
        return tape->error.status;
    }
    for (size_t i = 0; i < count; i++) {
        if (!wrt[i]) {
            tg__fail_op(tape, at, TG_ERR_ARGUMENT, "vjp", 0, NULL, "node %zu of the list is NULL",
                        i);
            return tape->error.status;
        }
        if (!tg__ready(at, "vjp", 2, (tg_tensor *[]){ y, wrt[i] })) return tape->error.status;
        if (!tg__is_float(wrt[i]->dtype)) {
            tg__fail_op(tape, at, TG_ERR_DTYPE, "vjp", 2, (tg_tensor *[]){ y, wrt[i] },
                        "only f32 and f64 have derivatives");
            return tape->error.status;
        }
    }
    const size_t length = tape->count;
    cotangent = seed(at, y, cotangent);
    if (!cotangent) return tape->error.status;

    bool *on_path = mark_paths(tape, y->id, count, wrt);
    tg_tensor **sum = tg__alloc_zero(&tape->allocator, ((size_t)y->id + 1) * sizeof *sum);
    const tg_site origin = tape->origin;
    if (on_path && sum) {
        sum[y->id] = cotangent;
        walk(tape, y, on_path, sum);
        tape->origin = origin;
        for (size_t i = 0; i < count; i++) {
            out[i] = wrt[i]->id <= y->id ? sum[wrt[i]->id] : NULL;
            if (!out[i]) out[i] = (tg_zeros_like)(at, wrt[i]);
        }
    } else {
        tg__fail_op(tape, at, TG_ERR_MEMORY, "vjp", 0, NULL, "out of memory");
    }
    tg__free(&tape->allocator, on_path);
    tg__free(&tape->allocator, sum);
    if (tape->error.status != TG_OK) {
        (void)tg__whole(tape, length, NULL);
        for (size_t i = 0; i < count; i++) out[i] = NULL;
    }
    return tape->error.status;
}

tg_tensor *tg_grad_at(tg_site at, tg_tensor *loss, tg_tensor *x)
{
    tg_tensor *out = NULL;
    if (!loss || !x) return NULL;
    (void)tg_vjp_at(at, loss, NULL, 1, &x, &out);
    return out;
}
