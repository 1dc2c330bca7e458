/* value.c: lists of values, as a program is made (value.h). */
#include "autograd/value.h"

#include "autograd/record.h"
#include "kernels/hash.h"

/* ---- The list --------------------------------------------------------------------------- */

bool tg__values_begin(tg__values *values, const tg_allocator *allocator, tg__arena *arena,
                      const tg_op *copy, size_t expected)
{
    *values =
        (tg__values){ .allocator = allocator, .arena = arena, .copy = copy, .slot_count = 64 };
    while (values->slot_count < 4 * expected) values->slot_count *= 2;
    values->slots = tg__alloc_zero(allocator, values->slot_count * sizeof *values->slots);
    values->list = tg__alloc(allocator, expected * sizeof *values->list);
    if (values->list) values->capacity = expected;
    return values->slots && values->list;
}

void tg__values_end(tg__values *values)
{
    tg__free(values->allocator, values->slots);
    values->slots = NULL;
}

/* Many nodes in a row have one of a few sites. */
static const tg_site *keep_site(tg__values *values, const tg_site *site)
{
    const uint64_t hash = tg__hash_word(0, (uint64_t)(uintptr_t)site);
    tg__kept_site *place = &values->sites[hash % TG__KEPT_SITES];
    if (place->from == site) return place->kept;
    tg_site *kept = tg__arena_alloc(values->arena, sizeof *kept);
    if (!kept) return NULL;
    *kept = *site;
    *place = (tg__kept_site){ site, kept };
    return kept;
}

static bool grow_slots(tg__values *values);

tg__value *tg__value_new(tg__values *values, const tg_tensor *x, const tg_op *op, int arity)
{
    if (!tg__grow(values->allocator, &values->list, &values->capacity, values->count + 1,
                  sizeof *values->list) ||
        !grow_slots(values))
        return NULL;
    const size_t operands = (size_t)arity, views = sizeof(tg__view *) * operands;
    const size_t dims = sizeof *x->dim * x->rank;
    const size_t bytes = views + dims + sizeof(uint32_t) * operands;
    unsigned char *block = tg__arena_alloc(values->arena, bytes ? bytes : 1);
    const tg_site *site = keep_site(values, x->site);
    if (!block || !site) return NULL;
    const tg__view **view = (const tg__view **)(void *)block;
    int64_t *dim = (int64_t *)(void *)(block + views);
    uint32_t *in = (uint32_t *)(void *)(block + views + dims);
    if (x->rank) memcpy(dim, x->dim, sizeof *dim * x->rank);
    tg__value *value = &values->list[values->count];
    *value = (tg__value){ .op = op,
                          .dtype = x->dtype,
                          .rank = x->rank,
                          .arity = (uint16_t)arity,
                          .in = in,
                          .view = view,
                          .dim = dim,
                          .count = tg__elements(x),
                          .site = site,
                          .leaf = TG__NONE };
    return value;
}

bool tg__value_set_attr(tg__values *values, tg__value *value, const void *attr, size_t size)
{
    if (size == 0) return true;
    void *kept = tg__arena_alloc(values->arena, size);
    if (!kept) return false;
    memcpy(kept, attr, size);
    value->attr = kept;
    value->attr_size = (uint32_t)size;
    return true;
}

tg__value *tg__value_new_as(tg__values *values, const tg_tensor *x, const tg__view *view,
                            const tg_op *op, int arity, const void *attr, size_t attr_size)
{
    tg_tensor shape = *x;
    shape.rank = (uint8_t)view->rank;
    shape.dim = view->dim;
    tg__value *value = tg__value_new(values, &shape, op, arity);
    return value && tg__value_set_attr(values, value, attr, attr_size) ? value : NULL;
}

/* ---- Equal values ----------------------------------------------------------------------- */

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

/* Of all that same_value compares: how operands are seen, too, or all slices of an array would have
 * one hash. */
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

/* Draws, assignments and leaves are never merged; but numbers are, where their users say so
 * (plan/lower.c makes those of one tape equal by their attributes). */
static bool merges(const tg__value *x)
{
    return !(x->op->flags & TG_OP_RANDOM) && x->op->kind != TG_KIND_ASSIGN &&
           (x->op->kind != TG_KIND_LEAF || x->attr_size);
}

/* Some nodes become many values, so there may be more than were expected: at most every second slot
 * is taken. */
static bool grow_slots(tg__values *values)
{
    if (2 * (values->count + 1) <= values->slot_count) return true;
    const size_t count = 2 * values->slot_count;
    uint32_t *slots = tg__alloc_zero(values->allocator, count * sizeof *slots);
    if (!slots) return false;
    for (size_t v = 0; v < values->count; v++) {
        if (!merges(&values->list[v])) continue;
        size_t slot = (size_t)hash_value(&values->list[v]) & (count - 1);
        while (slots[slot]) slot = (slot + 1) & (count - 1);
        slots[slot] = (uint32_t)v + 1;
    }
    tg__free(values->allocator, values->slots);
    values->slots = slots;
    values->slot_count = count;
    return true;
}

uint32_t tg__value_keep(tg__values *values)
{
    const tg__value *fresh = &values->list[values->count];
    if (merges(fresh)) {
        size_t slot = (size_t)hash_value(fresh) & (values->slot_count - 1);
        while (values->slots[slot]) {
            values->compared++;
            if (same_value(&values->list[values->slots[slot] - 1], fresh))
                return values->slots[slot] - 1;
            slot = (slot + 1) & (values->slot_count - 1);
        }
        values->slots[slot] = (uint32_t)values->count + 1;
    }
    return (uint32_t)values->count++;
}

/* ---- Views ------------------------------------------------------------------------------ */

const tg__view *tg__value_view(tg__values *values, const tg__view *view)
{
    tg__view *copy = tg__arena_alloc(values->arena, sizeof *copy);
    if (copy) *copy = *view;
    return copy;
}

bool tg__value_set_map_operand(tg__values *values, tg__value *value, int i, tg__ref r)
{
    value->in[i] = r.value;
    value->view[i] = NULL;
    if (tg__view_is_whole(r.view, values->list[r.value].count)) return true;
    const tg__view flat = tg__view_collapse(r.view);
    return (value->view[i] = tg__value_view(values, &flat)) != NULL;
}

tg__ref tg__value_copy(tg__values *values, const tg_tensor *x, uint32_t from, const tg__view *view)
{
    tg__value *value = tg__value_new_as(values, x, view, values->copy, 1, NULL, 0);
    if (!value || !tg__value_set_map_operand(values, value, 0, (tg__ref){ from, view }))
        return tg__no_ref();
    return (tg__ref){ tg__value_keep(values), NULL };
}

/* ---- Rewriting -------------------------------------------------------------------------- */

tg__ref tg__value_joined(tg__rewriter *r, const tg_tensor *x, uint32_t inner, const void *attr,
                         size_t attr_size)
{
    const uint32_t from = tg__value_at(r, inner)->in[0];
    const tg__view view = *tg__value_at(r, inner)->view[0];
    const tg__view shape = tg__view_dense(x->rank, x->dim);
    tg__value *value = tg__value_new_as(&r->values, x, &shape, x->op, 1, attr, attr_size);
    if (!value) return tg__no_ref();
    value->in[0] = from;
    if (!(value->view[0] = tg__value_view(&r->values, &view))) return tg__no_ref();
    return (tg__ref){ tg__value_keep(&r->values), NULL };
}
