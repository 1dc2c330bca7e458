/* health_nonfinite.c: the first value that is not finite. If something that matters is not, what it
 * is made from is computed again and kept whole, and followed back: from a node that is not finite
 * to those of its operands that are not. So an infinity that is meant, such as that of a mask
 * before a softmax, is not blamed. */
#include "health.h"

typedef struct trail {
    tg_tensor **view; /* of each node that is looked at, by its place; or NULL */
    unsigned char *wanted,
        *on; /* by place: leads to what is not finite; is on the way from there */
    size_t length;
} trail;

/* Infinite or NaN in what the report is of. */
static bool is_needed(const tg__health *h)
{
    if (!isfinite(h->out->loss) || !isfinite(h->out->gradient)) return true;
    for (size_t i = 0; i < h->out->parameter_count; i++)
        if (h->param[i].value && !isfinite(h->parameter[i].update)) return true;
    return false;
}

/* Marks where the trails begin: at the loss, else at gradients, else at new values. */
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

/* Records views of all floats that lead to the ends. */
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

/* A constant, in whatever shape. */
static bool is_given(const tg_tensor *x)
{
    for (; x; x = tg_operand_of(x, 0)) {
        const char *operation = tg_operation_of(x);
        if (strcmp(operation, "constant") == 0 || strcmp(operation, "number") == 0) return true;
        if (strcmp(operation, "broadcast") != 0 && strcmp(operation, "reshape") != 0) return false;
    }
    return false;
}

/* Follows the trails back; [first] is the last node that is met, of the lowest place. */
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

/* Room for the elements of any node that is looked at. */
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
