/* layout.c: where values are kept. A value's live range goes from the kernel that computes it to
 * the last that uses it, and kernels run in a known order, so one block of memory is laid out
 * before the first run and its size is exact: values first, then numbers that kernels read.
 *
 * The invariant: when kernel k is placed, what is taken in the block are the values that are live
 * there, those of constants, and those that are kept until after the run.
 *
 * Of the softmax in program.h only div needs memory: 51,200 bytes. */
#include "plan/gaps.h"
#include "plan/loops.h"
#include "plan/passes.h"

enum { ALIGN = 64 };

typedef struct layout {
    tg__program *program;
    const tg__live_range *ranges;
    tg__gaps gaps; /* the last one is endless */
    size_t peak;
    uint32_t *ending;    /* by kernel: first value + 1 whose live range ends there */
    uint32_t *next;      /* by value: the next of them */
    uint32_t *last_read; /* by value: the position in the current kernel where it is read last */
    bool *given_away;    /* by value: its memory is another's now */
} layout;

static bool take(layout *l, size_t bytes, size_t *offset)
{
    if (!tg__gaps_take(&l->gaps, bytes, offset)) return false;
    if (*offset + bytes > l->peak) l->peak = *offset + bytes;
    return true;
}

static bool bytes_of(const tg__value *x, size_t *bytes)
{
    if (!tg__padded_bytes(x->count, tg_dtype_size((tg_dtype)x->dtype), bytes)) return false;
    *bytes = (*bytes + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    return true;
}

/* Can [v], which a loop computes position by position, be written over its operand [i]? */
static bool fits_over(const layout *l, uint32_t v, int i)
{
    const tg__program *program = l->program;
    const tg__value *x = &program->values[v], *operand = &program->values[x->in[i]];
    const uint32_t k = program->members[v].kernel, from = x->in[i];
    const tg__live_range *range = &l->ranges[from];
    return program->storage[from].place == TG_PLACE_BLOCK && !operand->output && !operand->stays &&
           !l->given_away[from] && program->members[from].kernel != k && range->last_user == k &&
           range->aligned && operand->count == x->count && !x->view[i] &&
           tg_dtype_size((tg_dtype)operand->dtype) == tg_dtype_size((tg_dtype)x->dtype) &&
           l->last_read[from] == program->members[v].position;
}

/* A value may take over the memory of an operand that is read for the last time where the
 * value is made, position by position. */
static bool take_over(layout *l, uint32_t v)
{
    tg__program *program = l->program;
    const tg__value *x = &program->values[v];
    const tg__member *member = &program->members[v];
    if ((member->role != TG_ROLE_FULL && member->role != TG_ROLE_OWN) ||
        x->op->kind != TG_KIND_MAP || program->kernels[member->kernel].kind != TG_KERNEL_LOOP)
        return false;
    for (int i = 0; i < x->arity; i++) {
        if (!fits_over(l, v, i)) continue;
        program->storage[v].shares = x->in[i];
        program->storage[v].offset = program->storage[x->in[i]].offset;
        l->given_away[x->in[i]] = true;
        return true;
    }
    return false;
}

/* Notes where in the kernel operands are read last. */
static void note_reads(layout *l, const tg__kernel *kernel)
{
    const uint32_t *order = tg__kernel_values(l->program, kernel);
    for (uint32_t i = 0; i < kernel->length; i++) {
        const tg__value *x = &l->program->values[order[i]];
        for (int j = 0; j < x->arity; j++) l->last_read[x->in[j]] = i;
    }
    for (uint32_t i = 0; i < kernel->length; i++) { /* what calls take in, behind all else */
        const tg__value *x = &l->program->values[order[i]];
        const tg__member *member = &l->program->members[order[i]];
        if (member->role == TG_ROLE_COLLECTED)
            l->last_read[x->in[member->collected]] = kernel->length;
    }
}

/* What the kernel computes and others want. */
static bool place_results(layout *l, const tg__kernel *kernel)
{
    tg__program *program = l->program;
    const uint32_t *order = tg__kernel_values(program, kernel);
    for (uint32_t i = 0; i < kernel->length; i++) {
        const uint32_t v = order[i];
        const tg__value *x = &program->values[v];
        tg__storage *storage = &program->storage[v];
        if (storage->place != TG_PLACE_BLOCK || x->stays) continue;
        if (!bytes_of(x, &storage->bytes)) return false;
        if (!take_over(l, v) && !take(l, storage->bytes, &storage->offset)) return false;
        if (x->output || x->op->kind == TG_KIND_ASSIGN) continue; /* kept until after the run */
        const uint32_t last = l->ranges[v].last_user;
        l->next[v] = l->ending[last];
        l->ending[last] = v + 1;
    }
    return true;
}

/* Room for the parts of reductions of all rows, while the kernel runs. */
static bool place_partials(layout *l, tg__kernel *kernel)
{
    const tg__program *program = l->program;
    const uint32_t *order = tg__kernel_values(program, kernel);
    size_t bytes = 0;
    for (uint32_t i = 0; i < kernel->length; i++) {
        const tg__value *x = &program->values[order[i]];
        if (!tg__ends_late(&program->members[order[i]])) continue;
        bytes += tg__partials_of(kernel, x) * sizeof(tg__partial);
    }
    kernel->partials_bytes = bytes = (bytes + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    return bytes == 0 || (take(l, bytes, &kernel->partials) &&
                          tg__gaps_release(&l->gaps, kernel->partials, bytes));
}

static bool place_kernel(layout *l, uint32_t k)
{
    tg__kernel *kernel = &l->program->kernels[k];
    note_reads(l, kernel);
    if (!place_results(l, kernel) || !place_partials(l, kernel)) return false;
    for (uint32_t v = l->ending[k]; v; v = l->next[v - 1]) {
        const tg__storage *storage = &l->program->storage[v - 1];
        if (!l->given_away[v - 1] && !tg__gaps_release(&l->gaps, storage->offset, storage->bytes))
            return false;
    }
    return true;
}

/* Constant values are there before all others, and for good. */
static bool place_constants(layout *l)
{
    tg__program *program = l->program;
    for (size_t v = 0; v < program->count; v++) {
        tg__storage *storage = &program->storage[v];
        if (program->values[v].stays && storage->place == TG_PLACE_BLOCK &&
            (!bytes_of(&program->values[v], &storage->bytes) ||
             !take(l, storage->bytes, &storage->offset)))
            return false;
    }
    return true;
}

/* ---- Assignments ------------------------------------------------------------------------ */

/* The last kernel that can find fault with its operands; TG__NONE if there is none. */
static uint32_t last_fallible(const tg__program *program)
{
    for (uint32_t k = 0; k < program->kernel_count; k++) {
        const tg__kernel *kernel = &program->kernels[k];
        if (kernel->kind == TG_KERNEL_CALL &&
            program->values[tg__kernel_first(program, kernel)].op->flags & TG_OP_FALLIBLE)
            return k;
    }
    return TG__NONE;
}

/* A variable is written in place if nobody reads it any more, and nothing can fail any more:
 * a run that fails assigns nothing. Else the value waits in memory and lands at the end. */
static bool place_assignments(tg__program *program, const tg__live_range *ranges)
{
    program->landings =
        tg__program_alloc(program, sizeof *program->landings * program->assign_count);
    uint32_t *reader = tg__program_alloc(program, sizeof *reader * program->leaf_count);
    if (!program->landings || !reader) return false;
    for (size_t i = 0; i < program->leaf_count; i++) reader[i] = TG__NONE;
    for (size_t v = 0; v < program->count; v++)
        if (program->values[v].op == &tg__op_read) reader[program->values[v].leaf] = (uint32_t)v;
    const uint32_t fallible = last_fallible(program);
    for (size_t v = 0; v < program->count; v++) {
        const tg__value *x = &program->values[v];
        if (x->op != &tg__op_assign) continue;
        const uint32_t k = program->members[v].kernel;
        const tg__live_range *read = reader[x->leaf] == TG__NONE ? NULL : &ranges[reader[x->leaf]];
        bool in_place = fallible == TG__NONE || fallible > k;
        if (read && read->last_user != TG__NONE)
            in_place &= read->last_user > k || (read->last_user == k && read->aligned);
        program->storage[v].place = in_place ? TG_PLACE_LEAF : TG_PLACE_BLOCK;
        if (!in_place)
            program->landings[program->landing_count++] = (tg__landing){ (uint32_t)v, x->leaf };
    }
    return true;
}

/* ---- The pass --------------------------------------------------------------------------- */

/* Behind the values: the numbers that kernels read. */
static bool place_numbers(tg__program *program)
{
    size_t bytes = program->values_bytes, numbers = 0;
    for (size_t i = 0; i < program->leaf_count; i++) {
        program->leaves[i].offset = bytes + numbers;
        if (tg__leaf_is_number(&program->leaves[i])) numbers += TG_PAD * sizeof(double);
    }
    if (!tg__size_add(bytes, numbers, &bytes) || bytes > SIZE_MAX - ALIGN) return false;
    program->block_bytes = (bytes + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    return true;
}

bool tg__lay_out(tg__program *program, const tg__wanted *wanted, const tg__live_range *ranges)
{
    const tg_allocator *allocator = &program->allocator;
    if (!place_assignments(program, ranges)) return false;
    layout l = { .program = program, .ranges = ranges };
    l.ending = tg__alloc_zero(allocator, (program->kernel_count + 1) * sizeof *l.ending);
    l.next = tg__alloc_zero(allocator, (program->count + 1) * sizeof *l.next);
    l.last_read = tg__alloc(allocator, (program->count + 1) * sizeof *l.last_read);
    l.given_away = tg__alloc_zero(allocator, program->count + 1);
    const size_t endless = (size_t)PTRDIFF_MAX & ~(size_t)(ALIGN - 1);
    bool ok = tg__gaps_begin(&l.gaps, allocator, endless) && l.ending && l.next && l.last_read &&
              l.given_away && place_constants(&l);
    for (size_t k = program->kernel_count; ok && k-- > 0;) ok = place_kernel(&l, (uint32_t)k);
    program->values_bytes = l.peak;
    tg__free(allocator, l.ending);
    tg__free(allocator, l.next);
    tg__free(allocator, l.last_read);
    tg__free(allocator, l.given_away);
    tg__gaps_end(&l.gaps);
    wanted->tape->compared += l.gaps.compared;
    return ok && place_numbers(program);
}
