/* make.c: makes programs, pass by pass. */
#include "plan/passes.h"

/* Which nodes, by their places, are needed for what is wanted; NULL when out of memory. */
static bool *mark_needed(const tg_allocator *allocator, const tg__wanted *wanted)
{
    bool *needed = tg__alloc_zero(allocator, wanted->count + 1);
    if (!needed) return NULL;
    for (size_t i = 0; i < wanted->output_count; i++) needed[wanted->outputs[i]->place] = true;
    for (size_t i = 0; i < wanted->assign_count; i++) needed[wanted->assigns[i]->place] = true;
    for (size_t p = wanted->count; p > 0; p--) {
        const tg_tensor *x = wanted->nodes[p - 1];
        if (!needed[p] || tg__is_source(wanted, x)) continue;
        for (int i = 0; i < x->arity; i++) needed[x->in[i]->place] = true;
    }
    return needed;
}

/* Lists that are much longer than what is in them become as short as that. */
static bool shorten(const tg__program *program, void *list, size_t *capacity, size_t count,
                    size_t size)
{
    void *old, *exact;
    if (count == 0 || *capacity - count <= count / 8) return true;
    if (!(exact = tg__alloc(&program->allocator, count * size))) return false;
    memcpy(&old, list, sizeof old);
    memcpy(exact, old, count * size);
    tg__free(&program->allocator, old);
    memcpy(list, &exact, sizeof exact);
    *capacity = count;
    return true;
}

static bool trim(tg__program *program)
{
    return shorten(program, &program->values, &program->capacity, program->count,
                   sizeof *program->values) &&
           shorten(program, &program->leaves, &program->leaf_capacity, program->leaf_count,
                   sizeof *program->leaves) &&
           shorten(program, &program->kernels, &program->kernel_capacity, program->kernel_count,
                   sizeof *program->kernels);
}

/* All passes behind the first. */
static bool make(tg__program *program, const tg__wanted *wanted, const bool *needed)
{
    if (wanted->naive) return tg__lower_naive(program, wanted, needed) && trim(program);
    if (!tg__lower(program, wanted, needed) || !tg__find_constants(program) ||
        !tg__remake(program) || !tg__program_lists(program))
        return false;
    tg__live_range *ranges = tg__alloc(&program->allocator, (program->count + 1) * sizeof *ranges);
    const bool ok = ranges && tg__fuse(program, ranges) && tg__pair_maps(program) &&
                    tg__lay_out(program, wanted, ranges) && trim(program);
    tg__free(&program->allocator, ranges);
    return ok;
}

tg__program *tg__program_make(const tg__wanted *wanted, size_t *bytes)
{
    const tg_allocator allocator = wanted->tape->allocator;
    *bytes = 0;
    tg__program *program = tg__alloc_zero(&allocator, sizeof *program);
    if (!program) return NULL;
    program->allocator = allocator;
    program->exact_numbers = wanted->exact_numbers;
    program->keep_denormals = wanted->tape->store->keep_denormals;
    tg__arena_init(&program->arena, &program->allocator);
    bool *needed = mark_needed(&allocator, wanted);
    const bool ok =
        needed && tg__find_draws(program, wanted, needed) && make(program, wanted, needed);
    tg__free(&allocator, needed);
    *bytes = program->values_bytes;
    if (ok) return program;
    tg__program_free(program);
    return NULL;
}
