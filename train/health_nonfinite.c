/* health_nonfinite.c: finds the first value that is not finite. If the loss, a gradient or an
 * assigned value is not finite, the nodes that lead to it are computed again and kept. From there
 * the search follows, backwards, those operands that are not finite. So an infinity that is
 * intended and has no effect, such as that of a mask before a softmax, is not reported. */
#include "health.h"

typedef struct trail {
    tg_tensor **view; /* of each node that is searched, by its index; or NULL */
    unsigned char *wanted,
        *on; /* by index: leads to a value that is not finite; was reached by the search */
    size_t length;
} trail;

/* True if the loss, a gradient or an assigned value is infinite or NaN. */
static bool is_needed(const tg__health *h)
{
    if (!isfinite(h->out->loss) || !isfinite(h->out->gradient)) return true;
    for (size_t i = 0; i < h->out->parameter_count; i++)
        if (h->param[i].value && !isfinite(h->parameter[i].update)) return true;
    return false;
}

/* Marks where the search begins: the loss if it is not finite; else the gradients; else the
 * assigned values. */
static void mark_ends(const tg__health *h, unsigned char *marks)
{
    bool any = !isfinite(h->out->loss);
    if (any) marks[h->loss_at] = 1;
    for (int round = 0; round < 2 && !any; round++)
        for (size_t i = 0; i < h->out->parameter_count; i++) {
            const tg_health_parameter *p = &h->parameter[i];
            tg_tensor *x = round ? h->param[i].value : h->param[i].gradient;
            if (!x || isfinite(round ? p->update : p->gradient)) continue;
            marks[tg_index_of(x)] = 1;
            any = true;
        }
}

static bool is_float(const tg_tensor *x)
{
    const tg_dtype dtype = tg_dtype_of(x);
    return dtype == TG_F32 || dtype == TG_F64;
}

/* Records views of all float nodes that lead to the marked ones. */
static bool record(const tg__health *h, trail *t, tg_tensor **kept, size_t *count)
{
    for (size_t i = t->length; i-- > 0;) {
        tg_tensor *x = tg_node(h->tape, i);
        if (!t->wanted[i]) continue;
        for (int k = tg_arity(x); k-- > 0;) t->wanted[tg_index_of(tg_operand_of(x, k))] = 1;
    }
    for (size_t i = 0; i < t->length; i++) {
        tg_tensor *x = tg_node(h->tape, i);
        if (!t->wanted[i] || !is_float(x) || tg_count(x) < 1) continue;
        t->view[i] = tg__health_view(h, x);
        if (!t->view[i]) return false;
        kept[(*count)++] = t->view[i];
    }
    return true;
}

static bool count_elements(const tg__health *h, tg_tensor *view, tg_health_nonfinite *of)
{
    if (!tg__health_values(view, h->weights, h->narrow)) return false;
    of->count = tg_count(view);
    of->nans = of->infinities = 0;
    for (int64_t i = 0; i < of->count; i++) {
        of->nans += isnan(h->weights[i]) != 0;
        of->infinities += isinf(h->weights[i]) != 0;
    }
    return true;
}

/* True for a constant, also a reshaped or broadcast one. */
static bool is_given(const tg_tensor *x)
{
    for (; x; x = tg_operand_of(x, 0)) {
        const char *operation = tg_operation_of(x);
        if (strcmp(operation, "constant") == 0 || strcmp(operation, "number") == 0) return true;
        if (strcmp(operation, "broadcast") != 0 && strcmp(operation, "reshape") != 0) return false;
    }
    return false;
}

/* Follows the values that are not finite backwards. [first] receives the node with the lowest index
 * that is reached. */
static bool follow(const tg__health *h, trail *t, tg_health_nonfinite *first, size_t *at)
{
    *at = t->length;
    for (size_t i = t->length; i-- > 0;) {
        const tg_tensor *x = tg_node(h->tape, i);
        tg_health_nonfinite here = { 0 };
        if (!t->on[i] || !t->view[i]) continue;
        if (!count_elements(h, t->view[i], &here)) return false;
        if (here.nans + here.infinities == 0) continue;
        for (int k = tg_arity(x); k-- > 0;) t->on[tg_index_of(tg_operand_of(x, k))] = 1;
        if (is_given(x)) continue;
        *first = here;
        *at = i;
    }
    return true;
}

static bool describe(const tg__health *h, tg_health_nonfinite *first, size_t at)
{
    const tg_tensor *x = tg_node(h->tape, at);
    const tg_var *var = tg_var_of(x);
    const tg_site site = tg_origin_of(x);
    first->operation = tg__health_text(h, tg_operation_of(x));
    first->name = var ? tg_var_name(var) : tg__health_text(h, tg_name_of(x));
    first->function = site.function;
    first->file = site.file;
    first->line = site.line;
    first->backward = at > h->loss_at;
    tg_health_nonfinite *kept = tg__health_keep(h, 1, sizeof *kept);
    if (!kept || !first->operation || !first->name) return false;
    *kept = *first;
    h->out->nonfinite = kept;
    return true;
}

/* Allocates room for the elements of any node that is searched. */
static bool make_room(tg__health *h, tg_tensor *const *kept, size_t count)
{
    size_t most = 1;
    for (size_t i = 0; i < count; i++)
        if ((size_t)tg_count(kept[i]) > most) most = (size_t)tg_count(kept[i]);
    h->weights = tg__health_room(h, most, sizeof *h->weights);
    h->narrow = tg__health_room(h, most, sizeof *h->narrow);
    return h->weights && h->narrow;
}

bool tg__health_nonfinite(tg__health *h)
{
    if (!is_needed(h)) return true;
    trail t = { .length = tg_tape_length(h->tape) };
    tg_health_nonfinite first = { 0 };
    size_t count = 0, at;
    t.wanted = tg__health_room(h, t.length, 1);
    t.on = tg__health_room(h, t.length, 1);
    t.view = tg__health_room(h, t.length, sizeof(tg_tensor *));
    tg_tensor **kept = tg__health_room(h, t.length, sizeof *kept);
    if (!t.wanted || !t.on || !t.view || !kept) return false;
    mark_ends(h, t.wanted);
    memcpy(t.on, t.wanted, t.length);
    if (!record(h, &t, kept, &count) || !make_room(h, kept, count)) return false;
    tg_plan *plan = tg__health_run(h, kept, count);
    const bool ok = plan && follow(h, &t, &first, &at);
    tg_plan_free(plan);
    return ok && (at == t.length || describe(h, &first, at));
}
