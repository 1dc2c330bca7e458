/* key.c: the structure of what is wanted, as bytes. Two recordings with equal keys can be run
 * by one plan: only where their leaves' values are differs, and the values of numbers. Only
 * 0, 1 and -1 are structure, because the planner simplifies by them. */
#include "exec/key.h"

#include "exec/plan.h"
#include "kernels/hash.h"

typedef struct keying {
    tg_tape *tape;
    const tg__wanted *wanted;
    tg__key *key;
    tg_tensor **stack;
    size_t depth, stack_capacity;
} keying;

static bool append(keying *k, const void *data, size_t size)
{
    tg__key *key = k->key;
    if (!tg__grow(&k->tape->allocator, &key->bytes, &key->capacity, key->size + size, 1))
        return false;
    if (size) memcpy(key->bytes + key->size, data, size);
    key->size += size;
    return true;
}

/* One node: operation, dtype, shape, operands by their numbers, attributes. */
static bool append_node(keying *k, const tg_tensor *x)
{
    const bool leaf = tg__is_source(k->wanted, x);
    struct {
        const void *op, *var;
        double number;
        uint64_t head;
    } head = { leaf && x->op->kind != TG_KIND_LEAF ? &tg__op_constant : x->op, tg__var_behind(x),
               tg__is_structural(x) ? x->number : 2,
               (uint64_t)x->dtype | (uint64_t)x->rank << 8 | (uint64_t)leaf << 16 |
                   (uint64_t)tg__is_kept(k->wanted, x) << 17 | (uint64_t)x->arity << 32 };
    if (!append(k, &head, sizeof head) || !append(k, x->dim, sizeof *x->dim * x->rank))
        return false;
    if (leaf) return true;
    for (int i = 0; i < x->arity; i++)
        if (!append(k, &x->in[i]->place, sizeof x->place)) return false;
    return append(k, x->attr, x->attr_size);
}

static bool push(keying *k, tg_tensor *x)
{
    if (x->place) return true;
    if (!tg__grow(&k->tape->allocator, &k->stack, &k->stack_capacity, k->depth + 1,
                  sizeof *k->stack))
        return false;
    k->stack[k->depth++] = x;
    return true;
}

/* Can the node's value of the wanted age be had? Not where it comes from outside and that has
 * changed since; nor where a compiled plan covers the node, and what is computed now would not be
 * what its last run computed. */
static bool fits(const tg__wanted *wanted, const tg_tensor *x)
{
    const uint64_t since = x->tape->since[x->from];
    if (x->op->kind != TG_KIND_LEAF && tg__known_at(x, wanted->age)) return true;
    if (x->arity == 0 && since > wanted->age) return false;
    if (x->op->kind == TG_KIND_LEAF || !x->plan || !x->plan->has_run) return true;
    const uint64_t ran = x->plan->age;
    return ran == wanted->age || (since <= ran && since <= wanted->age);
}

/* Operands before users, left to right. */
static bool walk(keying *k, tg_tensor *root)
{
    tg__key *key = k->key;
    if (!push(k, root)) return false;
    while (k->depth > 0) {
        tg_tensor *x = k->stack[k->depth - 1];
        if (x->place) {
            k->depth--;
            continue;
        }
        if (!fits(k->wanted, x)) {
            key->misfit = x;
            return false;
        }
        const size_t depth = k->depth;
        if (!tg__is_source(k->wanted, x))
            for (int i = x->arity; i-- > 0;)
                if (!push(k, x->in[i])) return false;
        if (k->depth > depth) continue; /* operands first */
        k->depth--;
        if (!append_node(k, x) || !tg__grow(&k->tape->allocator, &key->nodes, &key->node_capacity,
                                            key->count + 1u, sizeof *key->nodes))
            return false;
        key->nodes[key->count++] = x;
        x->place = key->count;
        if (x->op == &tg__op_input) x->age = 1; /* a run looks at it */
    }
    return true;
}

bool tg__key_make(tg_tape *tape, const tg__wanted *wanted, tg__key *key)
{
    *key = (tg__key){ 0 };
    keying k = { .tape = tape, .wanted = wanted, .key = key };
    bool ok = true;
    for (size_t i = 0; ok && i < wanted->output_count; i++) {
        tg_tensor *x = wanted->outputs[i];
        ok = walk(&k, x) && append(&k, &x->place, sizeof x->place);
    }
    tg__free(&tape->allocator, k.stack);
    tape->walked += key->count;
    if (ok) key->hash = tg__hash_words(0, key->bytes, key->size);
    else tg__key_free(tape, key);
    return ok;
}

void tg__key_free(tg_tape *tape, tg__key *key)
{
    for (uint32_t i = 0; i < key->count; i++) key->nodes[i]->place = 0;
    tg__free(&tape->allocator, key->bytes);
    tg__free(&tape->allocator, key->nodes);
    *key = (tg__key){ .misfit = key->misfit };
}
