/* lower.c: the first pass of planning. It walks the tape from what is wanted, operands before
 * users and left to right (so the order of recording does not matter), and makes a list of
 * values: views are folded into their users, equal values become one, and what costs nothing
 * to simplify is simplified, by the rules of the operations (tg__rewrites). None of it changes a
 * result, but for the last bits of a product that is computed as that of the transposes, and for
 * f32 denormals, which an operation that is gone no longer flushes.
 *
 * Of the softmax in program.h, the two broadcasts become views with which sub and div see their
 * second operands, so eight nodes become six values, the first of them a leaf. */
#include "plan/lower.h"

#include "autograd/record.h"
#include "ops/registry.h"
#include "plan/loops.h"

enum { UNSEEN, OPEN, DONE };

/* The view of [r], whose shape is that of tape node [x], as a full one. */
static tg__view full_view(tg__ref r, const tg_tensor *x)
{
    return r.view ? *r.view : tg__view_dense(x->rank, x->dim);
}

/* Is the view the whole of its value, element by element? */
static bool is_identity(const tg__lowering *l, tg__ref r)
{
    return tg__view_is_whole(r.view, l->rewriter.values.list[r.value].count);
}

/* Sets operand [i] of a call or a reduction: a view with the axes of the operand. */
static bool set_operand(tg__lowering *l, tg__value *value, int i, tg__ref r, const tg_tensor *x)
{
    const tg__view view = full_view(r, x);
    value->in[i] = r.value;
    return (value->view[i] = tg__value_view(&l->rewriter.values, &view)) != NULL;
}

/* The elements of [r], which has the shape of [x], as a value of their own. */
static tg__ref copied(tg__lowering *l, tg__ref r, const tg_tensor *x)
{
    const tg__view view = full_view(r, x);
    return tg__value_copy(&l->rewriter.values, x, r.value, &view);
}

/* ---- Leaves ----------------------------------------------------------------------------- */

/* Numbers that are equal for good are one value: all of them; or, where others may come in the
 * place of the number, only those that are part of the structure. */
static tg__ref lower_leaf(tg__lowering *l, tg_tensor *x)
{
    tg__values *values = &l->rewriter.values;
    /* A node that has its value already is as good as a constant. */
    const tg_op *op = x->op->kind == TG_KIND_LEAF ? x->op : &tg__op_constant;
    tg__value *value = tg__value_new(values, x, op, 0);
    if (!value) return tg__no_ref();
    if (op == &tg__op_number) {
        if (!tg__value_set_attr(values, value, &x->number, sizeof x->number)) return tg__no_ref();
        if (!l->wanted->exact_numbers && !tg__is_structural(x)) value->attr_size = 0;
    }
    const size_t count = values->count;
    const uint32_t v = tg__value_keep(values);
    if (v < count) return (tg__ref){ v, NULL };
    tg__leaf *leaf = tg__leaf_new(l->program, op, x);
    if (!leaf) return tg__no_ref();
    if (op == &tg__op_read) leaf->var = x->var;
    if (op == &tg__op_number) leaf->number = x->number;
    leaf->key = x->place - 1;
    values->list[v].leaf = (uint32_t)(leaf - l->program->leaves);
    return (tg__ref){ v, NULL };
}

/* ---- Operations ------------------------------------------------------------------------- */

/* Numbers that stay as they are give a number, by the very function that a run would call. */
static bool fold_numbers(tg__lowering *l, const tg_tensor *x, const tg_op *op, const tg__ref *in,
                         tg__ref *result)
{
    double operands[3] = { 0, 0, 0 };
    if (!l->wanted->exact_numbers || tg__elements(x) != 1) return false;
    for (int i = 0; i < x->arity; i++) {
        const tg__value *operand = &l->rewriter.values.list[in[i].value];
        if (operand->op != &tg__op_number) return false;
        operands[i] = tg__round_to(operand->dtype, *(const double *)operand->attr);
    }
    tg_tensor number = *x;
    number.op = &tg__op_number;
    number.rank = 0; /* as those of the tape */
    number.number = tg__round_to(x->dtype, op->map->scalar(operands[0], operands[1], operands[2]));
    const size_t leaves = l->program->leaf_count;
    *result = lower_leaf(l, &number);
    if (l->program->leaf_count > leaves)
        l->program->leaves[leaves].node = NULL; /* no node of the tape */
    return true;
}

static tg__ref lower_map(tg__lowering *l, const tg_tensor *x)
{
    tg__ref in[3], result;
    const tg_op *op = x->op;
    for (int i = 0; i < x->arity; i++) in[i] = l->refs[x->in[i]->place];
    if (tg__is_float(x->dtype)) {
        if (op->rewrites && op->rewrites->node &&
            op->rewrites->node(&l->rewriter, x, &op, in, &result))
            return result;
        if (fold_numbers(l, x, op, in, &result)) return result;
    }
    if (op->flags & TG_OP_COMMUTES && in[0].value > in[1].value) {
        const tg__ref first = in[0];
        in[0] = in[1];
        in[1] = first;
    }
    tg__value *value = tg__value_new(&l->rewriter.values, x, op, x->arity);
    if (!value) return tg__no_ref();
    for (int i = 0; i < x->arity; i++)
        if (!tg__value_set_map_operand(&l->rewriter.values, value, i, in[i])) return tg__no_ref();
    return (tg__ref){ tg__value_keep(&l->rewriter.values), NULL };
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

/* Reductions come in two forms: over the last axes of any view, which loops can take; or of a
 * dense operand over neighbouring axes further in front. All others have the reduced axes
 * moved to the end. [view] is what is seen of value [from], and [x] has the result's shape. */
static tg__ref reduce_axes(tg__lowering *l, const tg_op *op, const tg_tensor *x, uint32_t from,
                           tg__view view, uint32_t axes)
{
    tg__reduce_attr attr = { axes };
    const bool rows = tg__reduces_rows(&view, attr.axes);
    if (!rows && !(tg__view_is_dense(&view) && tg__reduces_block(&view, attr.axes))) {
        view = reduced_last(&view, attr.axes);
        int reduced = 0;
        for (uint32_t rest = attr.axes; rest; rest &= rest - 1) reduced++;
        attr.axes = ((1u << reduced) - 1) << (view.rank - reduced);
    }
    const uint8_t dtype = l->rewriter.values.list[from].dtype;
    if (!tg__view_is_dense(&view) && !tg__loop_takes(op, dtype, &view, tg__elements(x))) {
        tg_tensor operand = *x;
        operand.dtype = dtype;
        const tg__ref copy = tg__value_copy(&l->rewriter.values, &operand, from, &view);
        if (copy.value == TG__NONE) return tg__no_ref();
        from = copy.value;
        view = tg__view_dense(view.rank, view.dim);
    }
    tg__value *value = tg__value_new(&l->rewriter.values, x, op, 1);
    if (!value || !tg__value_set_attr(&l->rewriter.values, value, &attr, sizeof attr))
        return tg__no_ref();
    value->in[0] = from;
    if (!(value->view[0] = tg__value_view(&l->rewriter.values, &view))) return tg__no_ref();
    return (tg__ref){ tg__value_keep(&l->rewriter.values), NULL };
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
    if (half.value == TG__NONE) return half;
    const tg_op *op = x->op->combine ? x->op->combine : x->op;
    return reduce_axes(l, op, x, half.value, tg__view_dense(view.rank, dim), axes & ~trailing);
}

static tg__ref lower_call(tg__lowering *l, const tg_tensor *x)
{
    const tg_op *op = x->op;
    tg__ref result;
    if (op->rewrites && op->rewrites->node &&
        op->rewrites->node(&l->rewriter, x, &op, NULL, &result))
        return result;
    /* Copies first: they append values of their own. */
    tg__ref few[3], *in = few;
    if (x->arity > 3 && !(in = tg__program_alloc(l->program, sizeof *in * x->arity)))
        return tg__no_ref();
    for (int i = 0; i < x->arity; i++) {
        in[i] = l->refs[x->in[i]->place];
        const tg__view view = full_view(in[i], x->in[i]);
        const bool fits = op->flags & TG_OP_VIEWS ? !op->accepts || op->accepts(x->attr, i, &view)
                                                  : tg__view_is_dense(&view);
        if (!fits) in[i] = copied(l, in[i], x->in[i]);
        if (in[i].value == TG__NONE) return tg__no_ref();
    }
    tg__value *value = tg__value_new(&l->rewriter.values, x, op, x->arity);
    if (!value || !tg__value_set_attr(&l->rewriter.values, value, x->attr, x->attr_size))
        return tg__no_ref();
    for (int i = 0; i < x->arity; i++)
        if (!set_operand(l, value, i, in[i], x->in[i])) return tg__no_ref();
    return (tg__ref){ tg__value_keep(&l->rewriter.values), NULL };
}

static tg__ref lower_view(tg__lowering *l, const tg_tensor *x)
{
    tg__ref r = l->refs[x->in[0]->place], result;
    const tg__view from = full_view(r, x->in[0]);
    tg__view view;
    if (!x->op->view(x->op, x->attr, x->rank, x->dim, &from, &view)) {
        r = copied(l, r, x->in[0]);
        const tg__view dense = tg__view_dense(x->in[0]->rank, x->in[0]->dim);
        if (r.value == TG__NONE) return r;
        (void)x->op->view(x->op, x->attr, x->rank, x->dim, &dense, &view);
    }
    const tg__rewrites *rewrites = l->rewriter.values.list[r.value].op->rewrites;
    if (rewrites && rewrites->view && rewrites->view(&l->rewriter, x, r, &from, &view, &result))
        return result;
    tg__view *kept = tg__arena_alloc(&l->scratch, sizeof *kept); /* who uses it makes a copy */
    if (!kept) return tg__no_ref();
    *kept = view;
    return (tg__ref){ r.value, kept };
}

/* The variable is a leaf of the program even if nothing reads it. */
static uint32_t leaf_of(tg__lowering *l, const tg_tensor *assign)
{
    tg_tensor *read = tg__var_used(l->wanted->tape, assign->var)->read;
    if (read && l->state[read->place] == DONE)
        return l->rewriter.values.list[l->refs[read->place].value].leaf;
    tg__leaf *leaf = tg__leaf_new(l->program, &tg__op_read, NULL);
    if (!leaf) return TG__NONE;
    leaf->var = assign->var;
    leaf->dtype = assign->dtype;
    return (uint32_t)(leaf - l->program->leaves);
}

static tg__ref lower_assign(tg__lowering *l, const tg_tensor *x)
{
    const uint32_t leaf = leaf_of(l, x);
    if (leaf == TG__NONE) return tg__no_ref();
    tg__value *value = tg__value_new(&l->rewriter.values, x, &tg__op_assign, 1);
    if (!value ||
        !tg__value_set_map_operand(&l->rewriter.values, value, 0, l->refs[x->in[0]->place]))
        return tg__no_ref();
    value->leaf = leaf;
    return (tg__ref){ tg__value_keep(&l->rewriter.values), NULL };
}

static tg__ref lower(tg__lowering *l, tg_tensor *x)
{
    if (tg__is_source(l->wanted, x)) return lower_leaf(l, x);
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
    if (!tg__grow(&l->program->allocator, &l->stack, &l->stack_capacity, l->depth + 1,
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
        tg_tensor *read = tg__var_used(l->wanted->tape, x->var)->read;
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
        if (l->refs[x->place].value == TG__NONE) return false;
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
    const size_t vars = l->wanted->tape->store->count;
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
        l->users = tg__alloc(&l->program->allocator, sizeof *l->users * (total + 1));
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

    const tg_allocator *allocator = &l->program->allocator;
    const size_t vars = l->wanted->tape->store->count;
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
    tg__program *program = l->program;
    program->outputs =
        tg__program_alloc(program, sizeof *program->outputs * l->wanted->output_count);
    if (!program->outputs) return false;
    for (size_t i = 0; i < l->wanted->output_count; i++) {
        const tg_tensor *x = l->wanted->outputs[i];
        tg__ref r = l->refs[x->place];
        const tg__kind kind = l->rewriter.values.list[r.value].op->kind;
        if (!is_identity(l, r) || kind == TG_KIND_LEAF || kind == TG_KIND_ASSIGN)
            r = copied(l, r, x);
        if (r.value == TG__NONE) return false;
        l->rewriter.values.list[r.value].output = true;
        program->outputs[i] = r.value;
    }
    program->output_count = l->wanted->output_count;
    return true;
}

/* The rules that wait until all values are there. */
static bool rewrite_last(tg__lowering *l)
{
    for (uint32_t v = 0; v < l->rewriter.values.count; v++) {
        const tg__rewrites *rewrites = l->rewriter.values.list[v].op->rewrites;
        if (rewrites && rewrites->last && !rewrites->last(&l->rewriter, v)) return false;
    }
    return true;
}

static bool begin(tg__lowering *l)
{
    const tg_allocator *allocator = &l->program->allocator;
    tg__arena_init(&l->scratch, allocator);
    l->state = tg__alloc_zero(allocator, l->length + 1);
    l->rewriter.uses = l->uses = tg__alloc_zero(allocator, (l->length + 1) * sizeof *l->uses);
    l->rewriter.refs = l->refs = tg__alloc(allocator, (l->length + 1) * sizeof *l->refs);
    /* Rarely are there more values than nodes: no list is copied while it grows. */
    size_t live = 1;
    for (size_t p = 1; p <= l->length; p++) live += l->live[p];
    return tg__values_begin(&l->rewriter.values, allocator, &l->program->arena, &tg__op_copy,
                            live) &&
           l->state && l->uses && l->refs && find_uses(l);
}

static void end(tg__lowering *l)
{
    const tg_allocator *allocator = &l->program->allocator;
    tg__values *values = &l->rewriter.values;
    l->program->values = values->list;
    l->program->count = values->count;
    l->program->capacity = values->capacity;
    l->wanted->tape->compared += values->compared;
    tg__values_end(values);
    tg__free(allocator, l->state);
    tg__free(allocator, l->uses);
    tg__free(allocator, l->refs);
    tg__free(allocator, l->base);
    tg__free(allocator, l->assign_of);
    tg__free(allocator, l->next_assign);
    tg__free(allocator, l->user_first);
    tg__free(allocator, l->users);
    tg__free(allocator, l->stack);
    tg__arena_free(&l->scratch);
}

bool tg__lower(tg__program *program, const tg__wanted *wanted, const bool *needed)
{
    tg__lowering l = {
        .program = program, .wanted = wanted, .length = wanted->count, .live = needed
    };
    bool ok = begin(&l);
    for (size_t i = 0; ok && i < wanted->output_count; i++) ok = walk(&l, wanted->outputs[i]);
    uint32_t *order =
        ok ? tg__alloc(&program->allocator, (wanted->assign_count + 1) * sizeof *order) : NULL;
    ok = ok && order && tg__order_assigns(&l, order);
    for (size_t i = 0; ok && i < wanted->assign_count; i++)
        ok = walk(&l, wanted->assigns[order[i]]);
    ok = ok && add_outputs(&l) && rewrite_last(&l);
    program->assign_count = wanted->assign_count;
    tg__free(&program->allocator, order);
    end(&l);
    return ok;
}
