/* lower.c: the first pass of planning. It walks the tape from what is wanted, operands before
 * users and left to right (so the order of recording does not matter), and makes a list of
 * values: views are folded into their users, equal values become one, and what costs nothing
 * to simplify is simplified. Nothing here changes a result, not even in its last bit. */
#include "runtime/plan.h"
#include "runtime/strided.h"

#include <math.h>

/* A tape node as the plan sees it: a value, through a view (NULL: as it is). */
typedef struct ref {
    uint32_t value;
    const tg__view *view;
} ref;

enum { UNSEEN, OPEN, DONE };

typedef struct lowering {
    tg_plan *plan;
    tg_tape *tape;
    const tg__wanted *wanted;
    size_t length;          /* of the tape when planning began */
    uint8_t *state;         /* of each tape node */
    bool *live;
    uint32_t *uses;         /* of each tape node, by live ones */
    ref *refs;
    uint32_t *base;         /* the node that a chain of views looks at */
    uint32_t *assign_of;    /* tape node -> first of its assignments + 1 */
    uint32_t *next_assign;  /* assignment -> next of the same value + 1 */
    uint32_t *user_first, *users; /* of variables that are assigned: who reads them */
    uint32_t *slots;        /* equal values, by hash: value + 1 */
    size_t slot_count;
    tg_tensor **stack;
    size_t depth, stack_capacity;
} lowering;

/* ---- Values -------------------------------------------------------------------------------- */

static tg__node *new_value(lowering *l, const tg_tensor *x, const tg_op *op, int arity)
{
    tg_plan *plan = l->plan;
    if (!tg__grow(&plan->allocator, &plan->nodes, &plan->capacity, plan->count + 1,
                  sizeof *plan->nodes))
        return NULL;
    uint32_t *in = tg__plan_alloc(plan, sizeof *in * (size_t)arity);
    const tg__view **view = tg__plan_alloc(plan, sizeof *view * (size_t)arity);
    int64_t *dim = tg__plan_alloc(plan, sizeof *dim * x->rank);
    if (!in || !view || !dim) return NULL;
    if (x->rank) memcpy(dim, x->dim, sizeof *dim * x->rank);
    tg__node *value = &plan->nodes[plan->count];
    *value = (tg__node){ .op = op, .dtype = x->dtype, .rank = x->rank, .arity = (uint16_t)arity,
                         .in = in, .view = view, .dim = dim, .count = tg__elements(x),
                         .site = x->site, .name = x->name, .leaf = TG_NONE, .kernel = TG_NONE,
                         .next = TG_NONE, .limit = TG_NONE, .last_user = TG_NONE,
                         .shared_by = TG_NONE, .shares = TG_NONE, .reg = TG_NONE,
                         .paired = TG_NONE };
    return value;
}

static bool same_view(const tg__view *a, const tg__view *b)
{
    if (a == b) return true;
    if (!a || !b || a->rank != b->rank || a->offset != b->offset) return false;
    for (int i = 0; i < a->rank; i++)
        if (a->dim[i] != b->dim[i] || a->stride[i] != b->stride[i]) return false;
    return true;
}

static uint64_t hash_value(const tg__node *x)
{
    uint64_t hash = tg__hash(&x->op, sizeof x->op, x->dtype);
    hash = tg__hash(x->in, sizeof *x->in * x->arity, hash);
    if (x->rank) hash = tg__hash(x->dim, sizeof *x->dim * x->rank, hash);
    return x->attr_size ? tg__hash(x->attr, x->attr_size, hash) : hash;
}

static bool same_value(const tg__node *a, const tg__node *b)
{
    if (a->op != b->op || a->dtype != b->dtype || a->rank != b->rank || a->arity != b->arity ||
        a->attr_size != b->attr_size)
        return false;
    for (int i = 0; i < a->rank; i++)
        if (a->dim[i] != b->dim[i]) return false;
    for (int i = 0; i < a->arity; i++)
        if (a->in[i] != b->in[i] || !same_view(a->view[i], b->view[i])) return false;
    return a->attr_size == 0 || memcmp(a->attr, b->attr, a->attr_size) == 0;
}

/* Keeps the value last made, unless an equal one is there already. Returns its number. */
static uint32_t keep(lowering *l)
{
    tg_plan *plan = l->plan;
    const tg__node *fresh = &plan->nodes[plan->count];
    const bool merges = !(fresh->op->flags & TG_OP_RANDOM) && fresh->op->kind != TG_KIND_LEAF &&
                        fresh->op->kind != TG_KIND_ASSIGN;
    if (merges) {
        size_t slot = (size_t)hash_value(fresh) & (l->slot_count - 1);
        while (l->slots[slot]) {
            if (same_value(&plan->nodes[l->slots[slot] - 1], fresh)) return l->slots[slot] - 1;
            slot = (slot + 1) & (l->slot_count - 1);
        }
        l->slots[slot] = (uint32_t)plan->count + 1;
    }
    return (uint32_t)plan->count++;
}

/* The view of [r], whose shape is that of tape node [x], as a full one. */
static tg__view full_view(ref r, const tg_tensor *x)
{
    return r.view ? *r.view : tg__view_dense(x->rank, x->dim);
}

static const tg__view *keep_view(lowering *l, const tg__view *view)
{
    tg__view *copy = tg__plan_alloc(l->plan, sizeof *copy);
    if (copy) *copy = *view;
    return copy;
}

/* Is the view the whole of its value, element by element? */
static bool is_identity(const lowering *l, ref r)
{
    return !r.view || (r.view->offset == 0 && tg__view_is_dense(r.view) &&
                       tg__view_count(r.view) == l->plan->nodes[r.value].count);
}

/* Sets operand [i] of a map: NULL or a collapsed view. */
static bool set_map_operand(lowering *l, tg__node *value, int i, ref r)
{
    value->in[i] = r.value;
    value->view[i] = NULL;
    if (is_identity(l, r)) return true;
    const tg__view flat = tg__view_collapse(r.view);
    return (value->view[i] = keep_view(l, &flat)) != NULL;
}

/* Sets operand [i] of a call or a reduction: a view with the axes of the operand. */
static bool set_operand(lowering *l, tg__node *value, int i, ref r, const tg_tensor *x)
{
    const tg__view view = full_view(r, x);
    value->in[i] = r.value;
    return (value->view[i] = keep_view(l, &view)) != NULL;
}

/* The elements of [r], which has the shape of [x], as a value of their own. */
static ref copied(lowering *l, ref r, const tg_tensor *x)
{
    tg__node *value = new_value(l, x, &tg__op_copy, 1);
    if (!value || !set_map_operand(l, value, 0, r)) return (ref){ TG_NONE, NULL };
    return (ref){ keep(l), NULL };
}

/* ---- Leaves ------------------------------------------------------------------------------------ */

static ref lower_leaf(lowering *l, tg_tensor *x)
{
    const ref failed = { TG_NONE, NULL };
    tg_plan *plan = l->plan;
    /* Numbers that are equal for good are one: all of them, or where others may come in the
     * place of the number, only those that are part of the structure. */
    const bool fixed = plan->exact_numbers || x->number == 0 || x->number == 1 || x->number == -1;
    if (x->op == &tg__op_number && fixed) {
        uint64_t hash = tg__hash(&x->number, sizeof x->number, x->dtype);
        size_t slot = (size_t)hash & (l->slot_count - 1);
        for (; l->slots[slot]; slot = (slot + 1) & (l->slot_count - 1)) {
            const tg__node *old = &plan->nodes[l->slots[slot] - 1];
            if (old->op == x->op && old->dtype == x->dtype &&
                memcmp(&plan->leaves[old->leaf].number, &x->number, sizeof x->number) == 0)
                return (ref){ l->slots[slot] - 1, NULL };
        }
        l->slots[slot] = (uint32_t)plan->count + 1;
    }
    if (!tg__grow(&plan->allocator, &plan->leaves, &plan->leaf_capacity, plan->leaf_count + 1,
                  sizeof *plan->leaves))
        return failed;
    /* A node that has its value already is as good as a constant. */
    const tg_op *op = x->op->kind == TG_KIND_LEAF ? x->op : &tg__op_constant;
    tg__node *value = new_value(l, x, op, 0);
    if (!value) return failed;
    plan->leaves[plan->leaf_count] = (tg__leaf){ .op = op, .node = x, .var = x->var,
                                                 .number = x->number, .dtype = x->dtype };
    value->leaf = (uint32_t)plan->leaf_count++;
    value->place = TG_PLACE_LEAF;
    return (ref){ (uint32_t)plan->count++, NULL };
}

/* ---- Simplification ---------------------------------------------------------------------------------- */

/* Is [r] one number throughout, and [number] for good? */
static bool is_number(const lowering *l, ref r, double number)
{
    const tg__node *x = &l->plan->nodes[r.value];
    if (x->op != &tg__op_number) return false;
    const double value = l->plan->leaves[x->leaf].number;
    return value == number && signbit(value) == signbit(number);
}

/* What [x] is simpler than it looks: TG_NONE, or a value it equals in every bit. [in] may be
 * rewritten, and so may the operation. */
static ref simplify(lowering *l, const tg_op **op, ref *in)
{
    const tg__node *nodes = l->plan->nodes;
    if (*op == &tg__op_mul && is_number(l, in[0], 1)) return in[1];
    if (*op == &tg__op_mul && is_number(l, in[1], 1)) return in[0];
    if (*op == &tg__op_div && is_number(l, in[1], 1)) return in[0];
    if (*op == &tg__op_sub && is_number(l, in[1], 0)) return in[0];
    for (int i = 0; i < 2 && *op == &tg__op_add; i++) {
        /* x + 0 is x unless x is -0, which the operation behind x may rule out. */
        if (is_number(l, in[i], -0.0)) return in[1 - i];
        if (is_number(l, in[i], 0) && nodes[in[1 - i].value].op->flags & TG_OP_NO_MINUS_ZERO)
            return in[1 - i];
    }
    if (*op == &tg__op_neg && !in[0].view && nodes[in[0].value].op == &tg__op_neg) {
        const tg__node *inner = &nodes[in[0].value];
        if (!inner->view[0]) return (ref){ inner->in[0], NULL };
        tg__view whole; /* with all axes again, which a map's operand has lost */
        (void)tg__view_reshape(inner->view[0], inner->rank, inner->dim, &whole);
        const tg__view *kept = keep_view(l, &whole);
        if (kept) return (ref){ inner->in[0], kept };
    }
    /* a + -b, a - -b, -a + b: exact, one instruction less. */
    const bool sum = *op == &tg__op_add, difference = *op == &tg__op_sub;
    if (sum || difference) {
        const tg__node *right = &nodes[in[1].value], *left = &nodes[in[0].value];
        if (!in[1].view && right->op == &tg__op_neg) {
            in[1] = (ref){ right->in[0], right->view[0] };
            *op = sum ? &tg__op_sub : &tg__op_add;
        } else if (sum && !in[0].view && left->op == &tg__op_neg) {
            const ref negated = { left->in[0], left->view[0] };
            in[0] = in[1];
            in[1] = negated;
            *op = &tg__op_sub;
        }
    }
    return (ref){ TG_NONE, NULL };
}

/* ---- Operations ---------------------------------------------------------------------------------------- */

/* Numbers that stay as they are give a number, by the very function that a run would call. */
static bool fold(lowering *l, const tg_tensor *x, const tg_op *op, const ref *in, ref *result)
{
    const tg_plan *plan = l->plan;
    double operands[3] = { 0, 0, 0 };
    if (!plan->exact_numbers || !tg__is_float(x->dtype) || tg__elements(x) != 1) return false;
    for (int i = 0; i < x->arity; i++) {
        const tg__node *operand = &plan->nodes[in[i].value];
        if (operand->op != &tg__op_number) return false;
        operands[i] = tg__round_to(operand->dtype, plan->leaves[operand->leaf].number);
    }
    tg_tensor number = *x;
    number.op = &tg__op_number;
    number.number = tg__round_to(x->dtype, op->map->scalar(operands[0], operands[1], operands[2]));
    const size_t leaves = plan->leaf_count;
    *result = lower_leaf(l, &number);
    if (plan->leaf_count > leaves) plan->leaves[leaves].node = NULL; /* no node of the tape */
    return true;
}

static ref lower_map(lowering *l, const tg_tensor *x)
{
    const ref failed = { TG_NONE, NULL };
    ref in[3];
    const tg_op *op = x->op;
    for (int i = 0; i < x->arity; i++) in[i] = l->refs[x->in[i]->id];
    if (tg__is_float(x->dtype)) {
        const ref simpler = simplify(l, &op, in);
        if (simpler.value != TG_NONE) return simpler;
        ref folded;
        if (fold(l, x, op, in, &folded)) return folded;
    }
    if (op->flags & TG_OP_COMMUTES && in[0].value > in[1].value) {
        const ref first = in[0];
        in[0] = in[1];
        in[1] = first;
    }
    tg__node *value = new_value(l, x, op, x->arity);
    if (!value) return failed;
    for (int i = 0; i < x->arity; i++)
        if (!set_map_operand(l, value, i, in[i])) return failed;
    return (ref){ keep(l), NULL };
}

/* Copies the node's attributes into the plan. */
static bool set_attr(lowering *l, tg__node *value, const tg_tensor *x)
{
    if (x->attr_size == 0) return true;
    void *attr = tg__plan_alloc(l->plan, x->attr_size);
    if (!attr) return false;
    memcpy(attr, x->attr, x->attr_size);
    value->attr = attr;
    value->attr_size = x->attr_size;
    return true;
}

/* The view with the reduced axes behind the others. */
static tg__view reduced_last(const tg__view *view, uint32_t axes)
{
    tg__view out = { .rank = view->rank, .offset = view->offset };
    int to = 0;
    for (uint32_t last = 0; last < 2; last++)
        for (int i = 0; i < view->rank; i++)
            if ((axes >> i & 1) == last) {
                out.dim[to] = view->dim[i];
                out.stride[to++] = view->stride[i];
            }
    return out;
}

/* A dense copy of what the view sees. */
static ref copied_view(lowering *l, const tg_tensor *x, uint32_t from, const tg__view *view)
{
    const ref failed = { TG_NONE, NULL };
    tg_tensor shape = *x;
    shape.rank = (uint8_t)view->rank;
    shape.dim = view->dim;
    tg__node *value = new_value(l, &shape, &tg__op_copy, 1);
    if (!value || !set_map_operand(l, value, 0, (ref){ from, view })) return failed;
    return (ref){ keep(l), NULL };
}

/* Reductions come in two forms: over the last axes of any view, which loops can take; or of a
 * dense operand over neighbouring axes further in front. All others have the reduced axes
 * moved to the end. */
static ref lower_reduce(lowering *l, const tg_tensor *x)
{
    const ref failed = { TG_NONE, NULL };
    const tg_tensor *operand = x->in[0];
    ref r = l->refs[operand->id];
    if (tg__elements(x) == tg__elements(operand) && tg__elements(x) > 0)
        return r; /* over axes of size 1 */
    tg__view view = full_view(r, operand);
    tg__reduce_attr attr = *(const tg__reduce_attr *)x->attr;
    for (int i = 0; i < view.rank; i++)
        if (view.dim[i] == 1) attr.axes &= ~(1u << i); /* where they stand must not matter */
    const bool rows = tg__reduces_rows(&view, attr.axes);
    if (!rows && !(tg__view_is_dense(&view) && tg__reduces_block(&view, attr.axes))) {
        view = reduced_last(&view, attr.axes);
        int reduced = 0;
        for (uint32_t rest = attr.axes; rest; rest &= rest - 1) reduced++;
        attr.axes = ((1u << reduced) - 1) << (view.rank - reduced);
    }
    if (!tg__view_is_dense(&view) && !tg__loop_takes(x->op, x->dtype, &view, tg__elements(x))) {
        r = copied_view(l, operand, r.value, &view);
        if (r.value == TG_NONE) return failed;
        view = tg__view_dense(view.rank, view.dim);
    }
    tg__node *value = new_value(l, x, x->op, 1);
    tg__reduce_attr *kept = tg__plan_alloc(l->plan, sizeof *kept);
    if (!value || !kept) return failed;
    *kept = attr;
    value->attr = kept;
    value->attr_size = sizeof *kept;
    value->in[0] = r.value;
    if (!(value->view[0] = keep_view(l, &view))) return failed;
    return (ref){ keep(l), NULL };
}

static ref lower_call(lowering *l, const tg_tensor *x)
{
    const ref failed = { TG_NONE, NULL };
    /* Copies first: they append values of their own. */
    ref few[3], *in = few;
    if (x->arity > 3 && !(in = tg__plan_alloc(l->plan, sizeof *in * x->arity))) return failed;
    for (int i = 0; i < x->arity; i++) {
        in[i] = l->refs[x->in[i]->id];
        const tg__view view = full_view(in[i], x->in[i]);
        const bool fits = x->op->flags & TG_OP_VIEWS ? x->op->accepts(&view)
                                                     : tg__view_is_dense(&view);
        if (!fits) in[i] = copied(l, in[i], x->in[i]);
        if (in[i].value == TG_NONE) return failed;
    }
    tg__node *value = new_value(l, x, x->op, x->arity);
    if (!value || !set_attr(l, value, x)) return failed;
    for (int i = 0; i < x->arity; i++)
        if (!set_operand(l, value, i, in[i], x->in[i])) return failed;
    return (ref){ keep(l), NULL };
}

/* The view with its last two axes swapped. */
static tg__view swapped(const tg__view *view)
{
    tg__view out = *view;
    const int i = view->rank - 2, j = view->rank - 1;
    out.dim[i] = view->dim[j], out.dim[j] = view->dim[i];
    out.stride[i] = view->stride[j], out.stride[j] = view->stride[i];
    return out;
}

static bool same_steps(const tg__view *a, const tg__view *b)
{
    for (int i = 0; i < a->rank; i++)
        if (a->dim[i] != b->dim[i] || (a->stride[i] != b->stride[i] && a->dim[i] != 1)) return false;
    return a->rank == b->rank && a->offset == b->offset;
}

/* If [view] is nothing but the transpose of a product that nobody else wants, the product of
 * the transposes in the other order: (a . b)^T = b^T . a^T, which a BLAS does for nothing. */
static bool lower_transposed_dot(lowering *l, const tg_tensor *x, ref r, const tg__view *view,
                                 ref *result)
{
    const tg_tensor *operand = x->in[0];
    if (r.view || operand->op != &tg__op_dot || l->plan->nodes[r.value].op != &tg__op_dot ||
        l->uses[operand->id] != 1 || x->rank != operand->rank)
        return false;
    const tg__view dense = tg__view_dense(operand->rank, operand->dim);
    const tg__view turned = swapped(&dense);
    if (!same_steps(view, &turned)) return false;
    tg__node *value = new_value(l, x, &tg__op_dot, 2);
    *result = (ref){ TG_NONE, NULL };
    if (!value) return true;
    const tg__node *dot = &l->plan->nodes[r.value];
    for (int i = 0; i < 2; i++) {
        const tg__view other = swapped(dot->view[1 - i]);
        value->in[i] = dot->in[1 - i];
        if (!(value->view[i] = keep_view(l, &other))) return true;
    }
    value->site = dot->site;
    *result = (ref){ keep(l), NULL };
    return true;
}

static ref lower_view(lowering *l, const tg_tensor *x)
{
    ref r = l->refs[x->in[0]->id], transposed;
    const tg__view from = full_view(r, x->in[0]);
    tg__view view;
    if (!x->op->view(x->op, x->attr, x->rank, x->dim, &from, &view)) {
        r = copied(l, r, x->in[0]);
        const tg__view dense = tg__view_dense(x->in[0]->rank, x->in[0]->dim);
        if (r.value == TG_NONE) return r;
        (void)x->op->view(x->op, x->attr, x->rank, x->dim, &dense, &view);
    }
    if (lower_transposed_dot(l, x, r, &view, &transposed)) return transposed;
    const tg__view *kept = keep_view(l, &view);
    return kept ? (ref){ r.value, kept } : (ref){ TG_NONE, NULL };
}

static ref lower_assign(lowering *l, const tg_tensor *x)
{
    const ref failed = { TG_NONE, NULL };
    tg_plan *plan = l->plan;
    /* The variable is a leaf of the plan even if nothing reads it. */
    uint32_t leaf = TG_NONE;
    for (size_t i = 0; i < plan->leaf_count && leaf == TG_NONE; i++)
        if (plan->leaves[i].var == x->var && plan->leaves[i].op == &tg__op_read) leaf = (uint32_t)i;
    if (leaf == TG_NONE) {
        if (!tg__grow(&plan->allocator, &plan->leaves, &plan->leaf_capacity, plan->leaf_count + 1,
                      sizeof *plan->leaves))
            return failed;
        leaf = (uint32_t)plan->leaf_count++;
        plan->leaves[leaf] = (tg__leaf){ .op = &tg__op_read, .var = x->var, .dtype = x->dtype };
    }
    tg__node *value = new_value(l, x, &tg__op_assign, 1);
    if (!value || !set_map_operand(l, value, 0, l->refs[x->in[0]->id])) return failed;
    value->leaf = leaf;
    return (ref){ keep(l), NULL };
}

static bool is_leaf(const lowering *l, const tg_tensor *x)
{
    return x->op->kind == TG_KIND_LEAF ||
           (l->wanted->use_values && x->data && x->fed == x->tape->fed);
}

static ref lower(lowering *l, tg_tensor *x)
{
    if (is_leaf(l, x)) return lower_leaf(l, x);
    switch (x->op->kind) {
    case TG_KIND_MAP: return lower_map(l, x);
    case TG_KIND_REDUCE: return lower_reduce(l, x);
    case TG_KIND_VIEW: return lower_view(l, x);
    case TG_KIND_CALL: return lower_call(l, x);
    default: return lower_assign(l, x);
    }
}

/* ---- The walk ----------------------------------------------------------------------------------------------- */

static bool push(lowering *l, tg_tensor *x)
{
    if (l->state[x->id] != UNSEEN) return true;
    if (!tg__grow(&l->plan->allocator, &l->stack, &l->stack_capacity, l->depth + 1,
                  sizeof *l->stack))
        return false;
    l->stack[l->depth++] = x;
    return true;
}

/* What an assignment pulled forward needs a value that is still under way further down: the
 * assignment comes too early. It goes, with all that stands on it, and is made at the end. */
static void postpone(lowering *l)
{
    for (bool found = false; !found && l->depth > 0;) {
        const tg_tensor *top = l->stack[--l->depth];
        if (l->state[top->id] != OPEN) continue;
        l->state[top->id] = UNSEEN;
        found = top->op == &tg__op_assign;
    }
}

/* Pushes what must come before [x], the first on top: its operands; before an assignment also
 * all who read the variable, so that it can be updated in place behind them. */
static bool push_before(lowering *l, const tg_tensor *x)
{
    if (is_leaf(l, x)) return true;
    if (x->op == &tg__op_assign && l->user_first) {
        for (uint32_t i = l->user_first[x->var->index]; i < l->user_first[x->var->index + 1]; i++)
            if (!push(l, l->tape->nodes[l->users[i]])) return false;
        /* The leaf itself may have readers that are no such users: outputs, assignments. */
        tg_tensor *read = x->var->index < l->tape->reads_capacity ? l->tape->reads[x->var->index]
                                                                  : NULL;
        if (read && l->live[read->id] && !push(l, read)) return false;
    }
    for (int i = x->arity; i-- > 0;) {
        if (l->state[x->in[i]->id] == OPEN) {
            postpone(l);
            return true;
        }
        if (!push(l, x->in[i])) return false;
    }
    return true;
}

/* Lowers [root] and all it needs. */
static bool walk(lowering *l, tg_tensor *root)
{
    if (!push(l, root)) return false;
    while (l->depth > 0) {
        tg_tensor *x = l->stack[l->depth - 1];
        if (l->state[x->id] == UNSEEN) {
            l->state[x->id] = OPEN;
            if (!push_before(l, x)) return false;
            continue;
        }
        l->depth--;
        if (l->state[x->id] == DONE) continue;
        l->state[x->id] = DONE;
        l->refs[x->id] = lower(l, x);
        if (l->refs[x->id].value == TG_NONE) return false;
        /* What is assigned is assigned at once, while it is near. */
        for (uint32_t a = l->assign_of ? l->assign_of[x->id] : 0; a; a = l->next_assign[a - 1])
            if (!push(l, l->wanted->assigns[a - 1])) return false;
    }
    return true;
}

/* Which nodes are needed; what views look at; who reads the variables that are assigned. */
static bool mark_live(lowering *l)
{
    const tg__wanted *wanted = l->wanted;
    for (size_t i = 0; i < wanted->output_count; i++) {
        l->live[wanted->outputs[i]->id] = true;
        l->uses[wanted->outputs[i]->id]++;
    }
    for (size_t i = 0; i < wanted->assign_count; i++) l->live[wanted->assigns[i]->id] = true;
    for (size_t id = l->length; id-- > 0;) {
        const tg_tensor *x = l->tape->nodes[id];
        if (!l->live[id] || is_leaf(l, x)) continue;
        for (int i = 0; i < x->arity; i++) {
            l->live[x->in[i]->id] = true;
            l->uses[x->in[i]->id]++;
        }
    }
    if (wanted->assign_count == 0) return true;

    const tg_allocator *allocator = &l->plan->allocator;
    const size_t vars = l->tape->store->count;
    l->base = tg__alloc(allocator, sizeof *l->base * l->length);
    l->assign_of = tg__alloc_zero(allocator, sizeof *l->assign_of * l->length);
    l->next_assign = tg__alloc_zero(allocator, sizeof *l->next_assign * wanted->assign_count);
    l->user_first = tg__alloc_zero(allocator, sizeof *l->user_first * (vars + 2));
    if (!l->base || !l->assign_of || !l->next_assign || !l->user_first) return false;
    for (size_t i = wanted->assign_count; i-- > 0;) {
        uint32_t *first = &l->assign_of[wanted->assigns[i]->in[0]->id];
        l->next_assign[i] = *first;
        *first = (uint32_t)i + 1;
    }
    /* A variable's users, counted and then listed: user_first[v] .. user_first[v + 1]. */
    size_t total = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t id = 0; id < l->length; id++) {
            const tg_tensor *x = l->tape->nodes[id];
            const bool view = x->op->kind == TG_KIND_VIEW;
            l->base[id] = view ? l->base[x->in[0]->id] : (uint32_t)id;
            if (!l->live[id] || view || x->op == &tg__op_assign || is_leaf(l, x)) continue;
            for (int i = 0; i < x->arity; i++) {
                const tg_tensor *from = l->tape->nodes[l->base[x->in[i]->id]];
                if (from->op != &tg__op_read) continue;
                uint32_t *at = &l->user_first[from->var->index + 1];
                if (pass == 0) at[0]++;
                else l->users[at[0]++] = (uint32_t)id;
                total += pass == 0;
            }
        }
        if (pass == 1) break;
        l->users = tg__alloc(allocator, sizeof *l->users * (total + 1));
        if (!l->users) return false;
        /* Counts to first places, one to the right: filling shifts them back. */
        uint32_t sum = 0;
        for (size_t v = 1; v <= vars; v++) {
            const uint32_t count = l->user_first[v];
            l->user_first[v] = sum;
            sum += count;
        }
        l->user_first[vars + 1] = sum;
    }
    return true;
}

/* Every output becomes a value that a kernel writes: no leaf, no view. */
static bool add_outputs(lowering *l)
{
    tg_plan *plan = l->plan;
    plan->outputs = tg__plan_alloc(plan, sizeof *plan->outputs * l->wanted->output_count);
    if (!plan->outputs) return false;
    for (size_t i = 0; i < l->wanted->output_count; i++) {
        const tg_tensor *x = l->wanted->outputs[i];
        ref r = l->refs[x->id];
        if (!is_identity(l, r) || plan->nodes[r.value].op->kind == TG_KIND_LEAF ||
            plan->nodes[r.value].op->kind == TG_KIND_ASSIGN)
            r = copied(l, r, x);
        if (r.value == TG_NONE) return false;
        plan->nodes[r.value].output = true;
        plan->outputs[i] = r.value;
    }
    plan->output_count = l->wanted->output_count;
    return true;
}

tg_status tg__lower(tg_plan *plan, const tg__wanted *wanted)
{
    tg_tape *tape = plan->tape;
    const tg_allocator *allocator = &plan->allocator;
    lowering l = { .plan = plan, .tape = tape, .wanted = wanted, .length = tape->count };
    l.state = tg__alloc_zero(allocator, l.length + 1);
    l.live = tg__alloc_zero(allocator, l.length + 1);
    l.uses = tg__alloc_zero(allocator, (l.length + 1) * sizeof *l.uses);
    l.refs = tg__alloc(allocator, (l.length + 1) * sizeof *l.refs);
    bool ok = l.state && l.live && l.uses && l.refs && mark_live(&l);
    if (ok) {
        size_t live = 1;
        for (size_t id = 0; id < l.length; id++) live += l.live[id];
        l.slot_count = 64;
        while (l.slot_count < 4 * live) l.slot_count *= 2; /* copies come on top */
        l.slots = tg__alloc_zero(allocator, l.slot_count * sizeof *l.slots);
        ok = l.slots != NULL;
    }
    for (size_t i = 0; ok && i < wanted->output_count; i++) ok = walk(&l, wanted->outputs[i]);
    for (size_t i = 0; ok && i < wanted->assign_count; i++) ok = walk(&l, wanted->assigns[i]);
    ok = ok && add_outputs(&l);
    plan->assign_count = wanted->assign_count;
    tg__free(allocator, l.state);
    tg__free(allocator, l.live);
    tg__free(allocator, l.uses);
    tg__free(allocator, l.refs);
    tg__free(allocator, l.base);
    tg__free(allocator, l.assign_of);
    tg__free(allocator, l.next_assign);
    tg__free(allocator, l.user_first);
    tg__free(allocator, l.users);
    tg__free(allocator, l.slots);
    tg__free(allocator, l.stack);
    return ok ? TG_OK : TG_ERR_MEMORY;
}
