/* naive.c: naive programs, the reference. Every node that is needed is a value of its own, in
 * memory of its own, computed by a kernel of its own from dense operands, in the order of the tape:
 * nothing is merged, simplified, fused or used again, and a view is a copy. Inputs and constants
 * stay where they are; variables are copied when the run begins, and assigned when it ends. */
#include "plan/passes.h"

typedef struct naive {
    tg__program *program;
    uint32_t *value; /* of each node, by place */
} naive;

/* The value of [x]: its operation on dense operands. */
static bool add_value(naive *n, tg__values *values, tg_tensor *x)
{
    tg__value *value = tg__value_new(values, x, x->op, x->arity);
    if (!value || !tg__value_set_attr(values, value, x->attr, x->attr_size)) return false;
    for (int i = 0; i < x->arity; i++) {
        value->in[i] = n->value[x->in[i]->place];
        value->view[i] = NULL;
    }
    if (x->op->kind == TG_KIND_LEAF) {
        tg__leaf *leaf = tg__leaf_new(n->program, x->op, x);
        if (!leaf) return false;
        leaf->var = tg__var_behind(x);
        leaf->number = x->op == &tg__op_number ? x->number : 0;
        value->leaf = (uint32_t)(leaf - n->program->leaves);
    }
    n->value[x->place] = (uint32_t)values->count++;
    return true;
}

/* Where an assignment goes. */
static bool add_landing(naive *n, const tg_tensor *assign)
{
    tg__program *program = n->program;
    tg__leaf *leaf = tg__leaf_new(program, &tg__op_read, NULL);
    if (!leaf) return false;
    leaf->var = assign->var;
    leaf->dtype = assign->dtype;
    program->landings[program->landing_count++] =
        (tg__landing){ .value = n->value[assign->place],
                       .leaf = (uint32_t)(leaf - program->leaves) };
    return true;
}

static bool add_values(naive *n, const tg__wanted *wanted, const bool *needed, tg__values *values)
{
    tg__program *program = n->program;
    bool ok = true;
    for (size_t p = 1; ok && p <= wanted->count; p++) {
        tg_tensor *x = wanted->nodes[p - 1];
        if (!needed[p]) continue;
        if (x->op == &tg__op_assign) n->value[p] = n->value[x->in[0]->place];
        else ok = add_value(n, values, x);
    }
    for (size_t i = 0; ok && i < wanted->assign_count; i++) ok = add_landing(n, wanted->assigns[i]);
    for (size_t i = 0; ok && i < wanted->output_count; i++) {
        program->outputs[i] = n->value[wanted->outputs[i]->place];
        values->list[program->outputs[i]].output = true;
    }
    program->assign_count = wanted->assign_count;
    program->output_count = wanted->output_count;
    return ok;
}

/* What errors say of the nodes. */
static bool note_origins(naive *n, const tg__wanted *wanted, const bool *needed)
{
    tg__program *program = n->program;
    program->origins = tg__program_alloc(program, sizeof *program->origins * program->count);
    if (!program->origins) return false;
    for (size_t p = 1; p <= wanted->count; p++) {
        const tg_tensor *x = wanted->nodes[p - 1];
        if (!needed[p] || x->op == &tg__op_assign) continue;
        const char *name = x->name ? tg__arena_string(&program->arena, x->name) : NULL;
        if (x->name && !name) return false;
        const tg_var *var = tg__var_behind(x);
        program->origins[n->value[p]] = (tg__origin){ x->id, name, var ? var->name : NULL };
    }
    return true;
}

/* Memory for the value [v], behind [*bytes], unless it has its own already. */
static bool place_value(tg__program *program, size_t v, size_t *bytes)
{
    const tg__value *x = &program->values[v];
    tg__storage *storage = &program->storage[v];
    if (x->op == &tg__op_input || x->op == &tg__op_constant) return true;
    if (!tg__padded_bytes(x->count, tg_dtype_size((tg_dtype)x->dtype), &storage->bytes) ||
        storage->bytes > SIZE_MAX - 63)
        return false;
    storage->bytes = (storage->bytes + 63) & ~(size_t)63;
    storage->offset = *bytes;
    if (x->leaf != TG__NONE && tg__leaf_is_number(&program->leaves[x->leaf]))
        program->leaves[x->leaf].offset = *bytes; /* which has the number before a run */
    else storage->place = TG_PLACE_BLOCK;
    return tg__size_add(*bytes, storage->bytes, bytes);
}

/* A kernel and memory for each value. Kernels run from the last to the first. */
static bool place_values(tg__program *program)
{
    const tg_allocator *allocator = &program->allocator;
    const size_t count = program->count;
    program->kernels = tg__alloc(allocator, (count + 1) * sizeof *program->kernels);
    program->order = tg__alloc(allocator, (count + 1) * sizeof *program->order);
    if (!program->kernels || !program->order) return false;
    program->kernel_count = program->kernel_capacity = count;
    for (size_t v = 0; v < count; v++) {
        const uint32_t k = (uint32_t)(count - 1 - v);
        program->members[v].kernel = k;
        program->order[k] = (uint32_t)v;
        program->kernels[k] = (tg__kernel){
            .kind = TG_KERNEL_NODE, .count = program->values[v].count, .first = k, .length = 1
        };
        if (!place_value(program, v, &program->values_bytes)) return false;
    }
    program->block_bytes = program->values_bytes;
    return true;
}

bool tg__lower_naive(tg__program *program, const tg__wanted *wanted, const bool *needed)
{
    naive n = { .program = program };
    tg__values values;
    size_t live = 1;
    for (size_t p = 1; p <= wanted->count; p++) live += needed[p];
    n.value = tg__alloc(&program->allocator, (wanted->count + 1) * sizeof *n.value);
    program->landings =
        tg__program_alloc(program, sizeof *program->landings * wanted->assign_count);
    program->outputs = tg__program_alloc(program, sizeof *program->outputs * wanted->output_count);
    bool ok = tg__values_begin(&values, &program->allocator, &program->arena, NULL, live) &&
              n.value && program->landings && program->outputs &&
              add_values(&n, wanted, needed, &values);
    program->values = values.list;
    program->count = values.count;
    program->capacity = values.capacity;
    tg__values_end(&values);
    ok = ok && note_origins(&n, wanted, needed) && tg__program_lists(program) &&
         place_values(program);
    tg__free(&program->allocator, n.value);
    return ok;
}
