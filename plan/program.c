/* program.c: what all passes need of a program: new leaves, its lists by value, what calls are
 * given, and its end. */
#include "plan/passes.h"

tg__leaf *tg__leaf_new(tg__program *program, const tg_op *op, tg_tensor *node)
{
    if (!tg__grow(&program->allocator, &program->leaves, &program->leaf_capacity,
                  program->leaf_count + 1, sizeof *program->leaves))
        return NULL;
    const char *name = node && node->name ? tg__arena_string(&program->arena, node->name) : NULL;
    if (node && node->name && !name) return NULL;
    tg__leaf *leaf = &program->leaves[program->leaf_count++];
    *leaf = (tg__leaf){ .op = op, .node = node, .name = name, .dtype = node ? node->dtype : 0 };
    return leaf;
}

bool tg__program_lists(tg__program *program)
{
    const tg_allocator *allocator = &program->allocator;
    const size_t count = program->count ? program->count : 1;
    program->members = tg__alloc_zero(allocator, count * sizeof *program->members);
    program->storage = tg__alloc_zero(allocator, count * sizeof *program->storage);
    if (!program->members || !program->storage) return false;
    for (size_t v = 0; v < program->count; v++) {
        program->members[v].kernel = TG__NONE;
        program->storage[v].shares = TG__NONE;
        if (program->values[v].op->kind == TG_KIND_LEAF) program->storage[v].place = TG_PLACE_LEAF;
    }
    return true;
}

void tg__describe_call(const tg__program *program, uint32_t v, tg__operand *operands)
{
    const tg__value *x = &program->values[v];
    for (int i = 0; i < x->arity; i++) {
        const tg__view *view = x->view[i];
        operands[i] = (tg__operand){ .rank = view->rank,
                                     .dim = view->dim,
                                     .view = *view,
                                     .dtype = (tg_dtype)program->values[x->in[i]].dtype };
    }
    operands[x->arity] = (tg__operand){ .rank = x->rank,
                                        .dim = x->dim,
                                        .dtype = (tg_dtype)x->dtype,
                                        .view = tg__view_dense(x->rank, x->dim) };
}

void tg__program_free(tg__program *program)
{
    if (!program) return;
    const tg_allocator allocator = program->allocator;
    tg__free(&allocator, program->values);
    tg__free(&allocator, program->members);
    tg__free(&allocator, program->storage);
    tg__free(&allocator, program->leaves);
    tg__free(&allocator, program->kernels);
    tg__free(&allocator, program->order);
    tg__arena_free(&program->arena);
    tg__free(&allocator, program);
}

size_t tg__program_bytes(const tg__program *program)
{
    const size_t a_value =
        sizeof *program->values + sizeof *program->members + sizeof *program->storage;
    return program->capacity * a_value + tg__arena_bytes(&program->arena);
}
