/* lower.c: the first pass of planning. It walks the tape from what is wanted, operands before
 * users and left to right (so the order of recording does not matter), and makes a list of
 * values: views are folded into their users, equal values become one, and what costs nothing
 * to simplify is simplified (simplify.c). None of it changes a result, but for the last bits of
 * a product that is computed as that of the transposes, and for f32 denormals, which an
 * operation that is gone no longer flushes. */
#include "plan/lower.h"

enum { UNSEEN, OPEN, DONE };

/* ---- Values ----------------------------------------------------------------------------- */

/* The site, copied into the plan, which may outlive the tape; many nodes in a row have one of a
 * few.
 */
static const tg_site *keep_site(tg__lowering *l, const tg_site *site)
{
    const uint64_t hash = tg__hash_word(0, (uint64_t)(uintptr_t)site);
    tg__kept_site *place = &l->sites[hash % TG__KEPT_SITES];
    if (place->from == site) return place->kept;
    tg_site *kept = tg__plan_alloc(l->plan, sizeof *kept);
    if (!kept) return NULL;
    *kept = *site;
    *place = (tg__kept_site){ site, kept };
    return kept;
}

tg__value *tg__lower_new(tg__lowering *l, const tg_tensor *x, const tg_op *op, int arity)
{
    tg_plan *plan = l->plan;
    if (!tg__grow(&plan->allocator, &plan->nodes, &plan->capacity, plan->count + 1,
                  sizeof *plan->nodes))
        return NULL;
    const size_t operands = (size_t)arity, views = sizeof(tg__view *) * operands;
    const size_t dims = sizeof *x->dim * x->rank;
    unsigned char *block = tg__plan_alloc(plan, views + dims + sizeof(uint32_t) * operands);
    const tg_site *site = keep_site(l, x->site);
    if (!block || !site) return NULL;
    const tg__view **view = (const tg__view **)(void *)block;
    int64_t *dim = (int64_t *)(void *)(block + views);
    uint32_t *in = (uint32_t *)(void *)(block + views + dims);
    if (x->rank) memcpy(dim, x->dim, sizeof *dim * x->rank);
    tg__value *value = &plan->nodes[plan->count];
    *value = (tg__value){ .op = op,
                          .dtype = x->dtype,
                          .rank = x->rank,
                          .arity = (uint16_t)arity,
                          .in = in,
                          .view = view,
                          .dim = dim,
                          .count = tg__elements(x),
                          .site = site,
                          .leaf = TG_NO_VALUE,
                          .kernel = TG_NO_VALUE,
                          .next = TG_NO_VALUE,
                          .limit = TG_NO_VALUE,
                          .last_user = TG_NO_VALUE,
                          .shared_by = TG_NO_VALUE,
                          .shares = TG_NO_VALUE,
                          .reg = TG_NO_VALUE,
                          .paired = TG_NO_VALUE };
    return value;
}

static uint64_t hash_view(uint64_t hash, const tg__view *view)
{
    hash = tg__hash_word(hash, (uint64_t)view->rank);
    hash = tg__hash_word(hash, (uint64_t)view->offset);
    for (int i = 0; i < view->rank; i++) {
        hash = tg__hash_word(hash, (uint64_t)view->dim[i]);
        hash = tg__hash_word(hash, (uint64_t)view->stride[i]);
    }
    return hash;
}

/* Of all that same_value compares: how operands are seen, too, or all slices of an array meet. */
static uint64_t hash_value(const tg__value *x)
{
    uint64_t hash = tg__hash_word(x->dtype, (uint64_t)(uintptr_t)x->op);
    for (int i = 0; i < x->arity; i++) {
        hash = tg__hash_word(hash, x->in[i]);
        if (x->view[i]) hash = hash_view(hash, x->view[i]);
    }
    for (int i = 0; i < x->rank; i++) hash = tg__hash_word(hash, (uint64_t)x->dim[i]);
    return tg__hash_words(hash, x->attr, x->attr_size);
}

static bool same_value(const tg__value *a, const tg__value *b)
{
    if (a->op != b->op || a->dtype != b->dtype || a->rank != b->rank || a->arity != b->arity ||
        a->attr_size != b->attr_size)
        return false;
    for (int i = 0; i < a->rank; i++)
        if (a->dim[i] != b->dim[i]) return false;
    for (int i = 0; i < a->arity; i++)
        if (a->in[i] != b->in[i] || !tg__view_same(a->view[i], b->view[i])) return false;
    return a->attr_size == 0 || memcmp(a->attr, b->attr, a->attr_size) == 0;
}

uint32_t tg__lower_keep(tg__lowering *l)
{
    tg_plan *plan = l->plan;
    const tg__value *fresh = &plan->nodes[plan->count];
    const bool merges = !(fresh->op->flags & TG_OP_RANDOM) && fresh->op->kind != TG_KIND_LEAF &&
                        fresh->op->kind != TG_KIND_ASSIGN;
    if (merges) {
        size_t slot = (size_t)hash_value(fresh) & (l->slot_count - 1);
        while (l->slots[slot]) {
            l->tape->compared++;
            if (same_value(&plan->nodes[l->slots[slot] - 1], fresh)) return l->slots[slot] - 1;
            slot = (slot + 1) & (l->slot_count - 1);
        }
        l->slots[slot] = (uint32_t)plan->count + 1;
    }
    return (uint32_t)plan->count++;
}

/* The view of [r], whose shape is that of tape node [x], as a full one. */
static tg__view full_view(tg__ref r, const tg_tensor *x)
{
    return r.view ? *r.view : tg__view_dense(x->rank, x->dim);
}

const tg__view *tg__keep_view(tg__lowering *l, const tg__view *view)
{
    tg__view *copy = tg__plan_alloc(l->plan, sizeof *copy);
    if (copy) *copy = *view;
    return copy;
}

/* Is the view the whole of its value, element by element? */
static bool is_identity(const tg__lowering *l, tg__ref r)
{
    return tg__view_is_whole(r.view, l->plan->nodes[r.value].count);
}

bool tg__set_map_operand(tg__lowering *l, tg__value *value, int i, tg__ref r)
{
    value->in[i] = r.value;
    value->view[i] = NULL;
    if (is_identity(l, r)) return true;
    const tg__view flat = tg__view_collapse(r.view);
    return (value->view[i] = tg__keep_view(l, &flat)) != NULL;
}

/* Sets operand [i] of a call or a reduction: a view with the axes of the operand. */
static bool set_operand(tg__lowering *l, tg__value *value, int i, tg__ref r, const tg_tensor *x)
{
    const tg__view view = full_view(r, x);
    value->in[i] = r.value;
    return (value->view[i] = tg__keep_view(l, &view)) != NULL;
}

/* The elements of [r], which has the shape of [x], as a value of their own. */
static tg__ref copied(tg__lowering *l, tg__ref r, const tg_tensor *x)
{
    tg__value *value = tg__lower_new(l, x, &tg__op_copy, 1);
    if (!value || !tg__set_map_operand(l, value, 0, r)) return (tg__ref){ TG_NO_VALUE, NULL };
    return (tg__ref){ tg__lower_keep(l), NULL };
}

/* ---- Leaves ----------------------------------------------------------------------------- */

tg__ref tg__lower_leaf(tg__lowering *l, tg_tensor *x)
{
    const tg__ref failed = { TG_NO_VALUE, NULL };
    tg_plan *plan = l->plan;
    /* Numbers that are equal for good are one: all of them, or where others may come in the
     * place of the number, only those that are part of the structure. */
    if (x->op == &tg__op_number && (plan->exact_numbers || tg__is_structural(x))) {
        const uint64_t hash = tg__hash_words(x->dtype, &x->number, sizeof x->number);
        size_t slot = (size_t)hash & (l->slot_count - 1);
        for (; l->slots[slot]; slot = (slot + 1) & (l->slot_count - 1)) {
            l->tape->compared++;
            const tg__value *old = &plan->nodes[l->slots[slot] - 1];
            if (old->op == x->op && old->dtype == x->dtype &&
                memcmp(&plan->leaves[old->leaf].number, &x->number, sizeof x->number) == 0)
                return (tg__ref){ l->slots[slot] - 1, NULL };
        }
        l->slots[slot] = (uint32_t)plan->count + 1;
    }
    if (!tg__grow(&plan->allocator, &plan->leaves, &plan->leaf_capacity, plan->leaf_count + 1,
                  sizeof *plan->leaves))
        return failed;
    /* A node that has its value already is as good as a constant. */
    const tg_op *op = x->op->kind == TG_KIND_LEAF ? x->op : &tg__op_constant;
    tg__value *value = tg__lower_new(l, x, op, 0);
    const char *name = x->name ? tg__arena_string(&plan->arena, x->name) : NULL;
    if (!value || (x->name && !name)) return failed;
    plan->leaves[plan->leaf_count] =
        (tg__leaf){ .op = op, .node = x, .name = name, .dtype = x->dtype };
    if (op == &tg__op_read) plan->leaves[plan->leaf_count].var = x->var;
    if (op == &tg__op_number) plan->leaves[plan->leaf_count].number = x->number;
    value->leaf = (uint32_t)plan->leaf_count++;
    value->place = TG_PLACE_LEAF;
    return (tg__ref){ (uint32_t)plan->count++, NULL };
}

/* ---- Operations ------------------------------------------------------------------------- */

static tg__ref lower_map(tg__lowering *l, const tg_tensor *x)
{
    const tg__ref failed = { TG_NO_VALUE, NULL };
    tg__ref in[3];
    const tg_op *op = x->op;
    for (int i = 0; i < x->arity; i++) in[i] = l->refs[x->in[i]->place];
    if (tg__is_float(x->dtype)) {
        const tg__ref simpler = tg__simplify(l, &op, in);
        if (simpler.value != TG_NO_VALUE) return simpler;
        tg__ref folded;
        if (tg__fold(l, x, op, in, &folded)) return folded;
    }
    if (op->flags & TG_OP_COMMUTES && in[0].value > in[1].value) {
        const tg__ref first = in[0];
        in[0] = in[1];
        in[1] = first;
    }
    tg__value *value = tg__lower_new(l, x, op, x->arity);
    if (!value) return failed;
    for (int i = 0; i < x->arity; i++)
        if (!tg__set_map_operand(l, value, i, in[i])) return failed;
    return (tg__ref){ tg__lower_keep(l), NULL };
}

/* Copies the node's attributes into the plan. */
static bool set_attr(tg__lowering *l, tg__value *value, const tg_tensor *x)
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

tg__ref tg__lower_copy(tg__lowering *l, const tg_tensor *x, uint32_t from, const tg__view *view)
{
    const tg__ref failed = { TG_NO_VALUE, NULL };
    tg_tensor shape = *x;
    shape.rank = (uint8_t)view->rank;
    shape.dim = view->dim;
    tg__value *value = tg__lower_new(l, &shape, &tg__op_copy, 1);
    if (!value || !tg__set_map_operand(l, value, 0, (tg__ref){ from, view })) return failed;
    return (tg__ref){ tg__lower_keep(l), NULL };
}

/* Reductions come in two forms: over the last axes of any view, which loops can take; or of a
 * dense operand over neighbouring axes further in front. All others have the reduced axes
 * moved to the end. [view] is what is seen of value [from], and [x] has the result's shape. */
static tg__ref reduce_axes(tg__lowering *l, const tg_op *op, const tg_tensor *x, uint32_t from,
                           tg__view view, uint32_t axes)
{
    const tg__ref failed = { TG_NO_VALUE, NULL };
    tg__reduce_attr attr = { axes };
    const bool rows = tg__reduces_rows(&view, attr.axes);
    if (!rows && !(tg__view_is_dense(&view) && tg__reduces_block(&view, attr.axes))) {
        view = reduced_last(&view, attr.axes);
        int reduced = 0;
        for (uint32_t rest = attr.axes; rest; rest &= rest - 1) reduced++;
        attr.axes = ((1u << reduced) - 1) << (view.rank - reduced);
    }
    const uint8_t dtype = l->plan->nodes[from].dtype;
    if (!tg__view_is_dense(&view) && !tg__loop_takes(op, dtype, &view, tg__elements(x))) {
        tg_tensor operand = *x;
        operand.dtype = dtype;
        const tg__ref copy = tg__lower_copy(l, &operand, from, &view);
        if (copy.value == TG_NO_VALUE) return failed;
        from = copy.value;
        view = tg__view_dense(view.rank, view.dim);
    }
    tg__value *value = tg__lower_new(l, x, op, 1);
    tg__reduce_attr *kept = tg__plan_alloc(l->plan, sizeof *kept);
    if (!value || !kept) return failed;
    *kept = attr;
    value->attr = kept;
    value->attr_size = sizeof *kept;
    value->in[0] = from;
    if (!(value->view[0] = tg__keep_view(l, &view))) return failed;
    return (tg__ref){ tg__lower_keep(l), NULL };
}

/* The reduced axes at the end of the view. */
static uint32_t trailing_axes(const tg__view *view, uint32_t axes)
{
    uint32_t trailing = 0;
    for (int i = view->rank - 1; i >= 0 && (view->dim[i] == 1 || axes >> i & 1); i--)
        trailing |= axes & 1u << i;
    return trailing;
}

/* Axes in several places, as those of a batch and of an image's pixels, are reduced the last ones
 * first: a loop takes those with what they are made of, and little is left for the others. */
static tg__ref lower_reduce(tg__lowering *l, const tg_tensor *x)
{
    const tg_tensor *operand = x->in[0];
    const tg__ref r = l->refs[operand->place];
    if (tg__elements(x) == tg__elements(operand) && tg__elements(x) > 0)
        return r; /* over axes of size 1 */
    const tg__view view = full_view(r, operand);
    uint32_t axes = ((const tg__reduce_attr *)x->attr)->axes;
    for (int i = 0; i < view.rank; i++)
        if (view.dim[i] == 1) axes &= ~(1u << i); /* where they stand must not matter */
    const uint32_t trailing = trailing_axes(&view, axes);
    if (trailing == 0 || trailing == axes || tg__reduces_block(&view, axes))
        return reduce_axes(l, x->op, x, r.value, view, axes);
    tg_tensor first = *x;
    int64_t dim[TG_MAX_RANK];
    first.dim = dim;
    for (int i = 0; i < view.rank; i++) dim[i] = trailing >> i & 1 ? 1 : view.dim[i];
    const tg__ref half = reduce_axes(l, x->op, &first, r.value, view, trailing);
    if (half.value == TG_NO_VALUE) return half;
    const tg_op *op = x->op->combine ? x->op->combine : x->op;
    return reduce_axes(l, op, x, half.value, tg__view_dense(view.rank, dim), axes & ~trailing);
}

static tg__ref lower_call(tg__lowering *l, const tg_tensor *x)
{
    const tg__ref failed = { TG_NO_VALUE, NULL };
    tg__ref other;
    if (x->op == &tg__op_fold && (tg__folded_dot(l, x, &other) || tg__joined_fold(l, x, &other)))
        return other;
    if (x->op == &tg__op_pad && tg__joined_pad(l, x, &other)) return other;
    /* Copies first: they append values of their own. */
    tg__ref few[3], *in = few;
    if (x->arity > 3 && !(in = tg__plan_alloc(l->plan, sizeof *in * x->arity))) return failed;
    for (int i = 0; i < x->arity; i++) {
        in[i] = l->refs[x->in[i]->place];
        const tg__view view = full_view(in[i], x->in[i]);
        const bool fits = x->op->flags & TG_OP_VIEWS
                              ? !x->op->accepts || x->op->accepts(x->attr, i, &view)
                              : tg__view_is_dense(&view);
        if (!fits) in[i] = copied(l, in[i], x->in[i]);
        if (in[i].value == TG_NO_VALUE) return failed;
    }
    tg__value *value = tg__lower_new(l, x, x->op, x->arity);
    if (!value || !set_attr(l, value, x)) return failed;
    for (int i = 0; i < x->arity; i++)
        if (!set_operand(l, value, i, in[i], x->in[i])) return failed;
    return (tg__ref){ tg__lower_keep(l), NULL };
}

static tg__ref lower_view(tg__lowering *l, const tg_tensor *x)
{
    tg__ref r = l->refs[x->in[0]->place], transposed;
    const tg__view from = full_view(r, x->in[0]);
    tg__view view;
    if (!x->op->view(x->op, x->attr, x->rank, x->dim, &from, &view)) {
        r = copied(l, r, x->in[0]);
        const tg__view dense = tg__view_dense(x->in[0]->rank, x->in[0]->dim);
        if (r.value == TG_NO_VALUE) return r;
        (void)x->op->view(x->op, x->attr, x->rank, x->dim, &dense, &view);
    }
    if (tg__transposed_dot(l, x, r, &view, &transposed) ||
        tg__sliced_dot(l, x, r, &from, &view, &transposed))
        return transposed;
    tg__view *kept = tg__arena_alloc(&l->scratch, sizeof *kept); /* who uses it makes a copy */
    if (!kept) return (tg__ref){ TG_NO_VALUE, NULL };
    *kept = view;
    return (tg__ref){ r.value, kept };
}

/* The variable is a leaf of the plan even if nothing reads it. */
static uint32_t leaf_of(tg__lowering *l, const tg_tensor *assign)
{
    tg_plan *plan = l->plan;
    tg_tensor *read = tg__var_used(l->tape, assign->var)->read;
    if (read && l->state[read->place] == DONE) return plan->nodes[l->refs[read->place].value].leaf;
    if (!tg__grow(&plan->allocator, &plan->leaves, &plan->leaf_capacity, plan->leaf_count + 1,
                  sizeof *plan->leaves))
        return TG_NO_VALUE;
    plan->leaves[plan->leaf_count] =
        (tg__leaf){ .op = &tg__op_read, .var = assign->var, .dtype = assign->dtype };
    return (uint32_t)plan->leaf_count++;
}

static tg__ref lower_assign(tg__lowering *l, const tg_tensor *x)
{
    const tg__ref failed = { TG_NO_VALUE, NULL };
    const uint32_t leaf = leaf_of(l, x);
    if (leaf == TG_NO_VALUE) return failed;
    tg__value *value = tg__lower_new(l, x, &tg__op_assign, 1);
    if (!value || !tg__set_map_operand(l, value, 0, l->refs[x->in[0]->place])) return failed;
    value->leaf = leaf;
    return (tg__ref){ tg__lower_keep(l), NULL };
}

static tg__ref lower(tg__lowering *l, tg_tensor *x)
{
    if (tg__is_source(l->wanted, x)) return tg__lower_leaf(l, x);
    switch (x->op->kind) {
    case TG_KIND_MAP: return lower_map(l, x);
    case TG_KIND_REDUCE: return lower_reduce(l, x);
    case TG_KIND_VIEW: return lower_view(l, x);
    case TG_KIND_CALL: return lower_call(l, x);
    default: return lower_assign(l, x);
    }
}

/* ---- The walk --------------------------------------------------------------------------- */

static bool push(tg__lowering *l, tg_tensor *x)
{
    if (l->state[x->place] != UNSEEN) return true;
    if (!tg__grow(&l->plan->allocator, &l->stack, &l->stack_capacity, l->depth + 1,
                  sizeof *l->stack))
        return false;
    l->stack[l->depth++] = x;
    return true;
}

/* What an assignment pulled forward needs a value that is still under way further down: the
 * assignment comes too early. It goes, with all that stands on it, and is made at the end. */
static void postpone(tg__lowering *l)
{
    for (bool found = false; !found && l->depth > 0;) {
        const tg_tensor *top = l->stack[--l->depth];
        if (l->state[top->place] != OPEN) continue;
        l->state[top->place] = UNSEEN;
        found = top->op == &tg__op_assign;
    }
}

/* Pushes what must come before [x], the first on top: its operands; before an assignment also
 * all who read the variable, so that it can be updated in place behind them. */
static bool push_before(tg__lowering *l, const tg_tensor *x)
{
    if (tg__is_source(l->wanted, x)) return true;
    if (x->op == &tg__op_assign && l->user_first) {
        for (uint32_t i = l->user_first[x->var->index]; i < l->user_first[x->var->index + 1]; i++)
            if (!push(l, l->wanted->nodes[l->users[i] - 1])) return false;
        /* The leaf itself may have readers that are no such users: outputs, assignments. */
        tg_tensor *read = tg__var_used(l->tape, x->var)->read;
        if (read && l->live[read->place] && !push(l, read)) return false;
    }
    for (int i = x->arity; i-- > 0;) {
        if (l->state[x->in[i]->place] == OPEN) {
            postpone(l);
            return true;
        }
        if (!push(l, x->in[i])) return false;
    }
    return true;
}

/* Lowers [root] and all it needs. */
static bool walk(tg__lowering *l, tg_tensor *root)
{
    if (!push(l, root)) return false;
    while (l->depth > 0) {
        tg_tensor *x = l->stack[l->depth - 1];
        if (l->state[x->place] == UNSEEN) {
            l->state[x->place] = OPEN;
            if (!push_before(l, x)) return false;
            continue;
        }
        l->depth--;
        if (l->state[x->place] == DONE) continue;
        l->state[x->place] = DONE;
        l->refs[x->place] = lower(l, x);
        if (l->refs[x->place].value == TG_NO_VALUE) return false;
        /* What is assigned is assigned at once, while it is near. */
        for (uint32_t a = l->assign_of ? l->assign_of[x->place] : 0; a; a = l->next_assign[a - 1])
            if (!push(l, l->wanted->assigns[a - 1])) return false;
    }
    return true;
}

/* Counts to first places, one to the right: filling shifts them back. */
static uint32_t counts_to_places(uint32_t *first, size_t vars)
{
    uint32_t sum = 0;
    for (size_t v = 1; v <= vars; v++) {
        const uint32_t count = first[v];
        first[v] = sum;
        sum += count;
    }
    first[vars + 1] = sum;
    return sum;
}

/* What views look at; who reads the variables that are assigned, counted and then listed:
 * those of variable v are users[user_first[v]] .. users[user_first[v + 1]]. */
static bool list_users(tg__lowering *l)
{
    const size_t vars = l->tape->store->count;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t p = 1; p <= l->length; p++) {
            const tg_tensor *x = l->wanted->nodes[p - 1];
            const bool view = x->op->kind == TG_KIND_VIEW;
            l->base[p] = view ? l->base[x->in[0]->place] : (uint32_t)p;
            if (!l->live[p] || view || x->op == &tg__op_assign || tg__is_source(l->wanted, x))
                continue;
            for (int i = 0; i < x->arity; i++) {
                const tg_tensor *from = l->wanted->nodes[l->base[x->in[i]->place] - 1];
                if (from->op != &tg__op_read) continue;
                uint32_t *at = &l->user_first[from->var->index + 1];
                if (pass == 0) at[0]++;
                else l->users[at[0]++] = (uint32_t)p;
            }
        }
        if (pass == 1) break;
        const size_t total = counts_to_places(l->user_first, vars);
        l->users = tg__alloc(&l->plan->allocator, sizeof *l->users * (total + 1));
        if (!l->users) return false;
    }
    return true;
}

/* How often nodes are used; where the assignments and the readers of their variables are. */
static bool find_uses(tg__lowering *l)
{
    const tg__wanted *wanted = l->wanted;
    for (size_t i = 0; i < wanted->output_count; i++) l->uses[wanted->outputs[i]->place]++;
    for (size_t p = l->length; p > 0; p--) {
        const tg_tensor *x = wanted->nodes[p - 1];
        if (!l->live[p] || tg__is_source(wanted, x)) continue;
        for (int i = 0; i < x->arity; i++) l->uses[x->in[i]->place]++;
    }
    if (wanted->assign_count == 0) return true;

    const tg_allocator *allocator = &l->plan->allocator;
    const size_t vars = l->tape->store->count;
    l->base = tg__alloc(allocator, sizeof *l->base * (l->length + 1));
    l->assign_of = tg__alloc_zero(allocator, sizeof *l->assign_of * (l->length + 1));
    l->next_assign = tg__alloc_zero(allocator, sizeof *l->next_assign * wanted->assign_count);
    l->user_first = tg__alloc_zero(allocator, sizeof *l->user_first * (vars + 2));
    if (!l->base || !l->assign_of || !l->next_assign || !l->user_first) return false;
    for (size_t i = wanted->assign_count; i-- > 0;) {
        uint32_t *first = &l->assign_of[wanted->assigns[i]->in[0]->place];
        l->next_assign[i] = *first;
        *first = (uint32_t)i + 1;
    }
    return list_users(l);
}

/* Every output becomes a value that a kernel writes: no leaf, no view. */
static bool add_outputs(tg__lowering *l)
{
    tg_plan *plan = l->plan;
    plan->outputs = tg__plan_alloc(plan, sizeof *plan->outputs * l->wanted->output_count);
    if (!plan->outputs) return false;
    for (size_t i = 0; i < l->wanted->output_count; i++) {
        const tg_tensor *x = l->wanted->outputs[i];
        tg__ref r = l->refs[x->place];
        if (!is_identity(l, r) || plan->nodes[r.value].op->kind == TG_KIND_LEAF ||
            plan->nodes[r.value].op->kind == TG_KIND_ASSIGN)
            r = copied(l, r, x);
        if (r.value == TG_NO_VALUE) return false;
        plan->nodes[r.value].output = true;
        plan->outputs[i] = r.value;
    }
    plan->output_count = l->wanted->output_count;
    return true;
}

tg_status tg__lower(tg_plan *plan, const tg__wanted *wanted, const bool *needed)
{
    tg_tape *tape = plan->tape;
    const tg_allocator *allocator = &plan->allocator;
    tg__lowering l = {
        .plan = plan, .tape = tape, .wanted = wanted, .length = wanted->count, .live = needed
    };
    tg__arena_init(&l.scratch, allocator);
    l.state = tg__alloc_zero(allocator, l.length + 1);
    l.uses = tg__alloc_zero(allocator, (l.length + 1) * sizeof *l.uses);
    l.refs = tg__alloc(allocator, (l.length + 1) * sizeof *l.refs);
    bool ok = l.state && l.uses && l.refs && find_uses(&l);
    if (ok) {
        size_t live = 1;
        for (size_t p = 1; p <= l.length; p++) live += l.live[p];
        l.slot_count = 64;
        while (l.slot_count < 4 * live) l.slot_count *= 2; /* copies come on top */
        l.slots = tg__alloc_zero(allocator, l.slot_count * sizeof *l.slots);
        /* Rarely are there more values than nodes: no list is copied while it grows. */
        plan->nodes = tg__alloc(allocator, live * sizeof *plan->nodes);
        if (plan->nodes) plan->capacity = live;
        ok = l.slots && plan->nodes;
    }
    for (size_t i = 0; ok && i < wanted->output_count; i++) ok = walk(&l, wanted->outputs[i]);
    uint32_t *order = ok ? tg__alloc(allocator, (wanted->assign_count + 1) * sizeof *order) : NULL;
    ok = ok && order && tg__order_assigns(&l, order);
    for (size_t i = 0; ok && i < wanted->assign_count; i++)
        ok = walk(&l, wanted->assigns[order[i]]);
    ok = ok && add_outputs(&l) && tg__spread_outer_products(&l);
    plan->assign_count = wanted->assign_count;
    tg__free(allocator, order);
    tg__free(allocator, l.state);
    tg__free(allocator, l.uses);
    tg__free(allocator, l.refs);
    tg__free(allocator, l.base);
    tg__free(allocator, l.assign_of);
    tg__free(allocator, l.next_assign);
    tg__free(allocator, l.user_first);
    tg__free(allocator, l.users);
    tg__free(allocator, l.slots);
    tg__free(allocator, l.stack);
    tg__arena_free(&l.scratch);
    return ok ? TG_OK : TG_ERR_MEMORY;
}
