/* constant.c: what depends on constants and numbers alone, and on no draw, is the same in every
 * run, so the first run computes it. Such values have kernels of their own, which later runs leave
 * out, and those that others want have memory that nothing else uses.
 *
 * That memory has a limit, TG__CONSTANT_BYTES for a program: what would go beyond it is computed in
 * every run, as all else. So are the results of the user's own operations, which may look at more
 * than their operands, and arrays made of single numbers, which cost less to compute than to read.
 * Plans of define-by-run have no constants: the next recording brings others. */
#include "plan/passes.h"

/* Is every run's value the same? Operands come first. */
static bool is_constant(const tg__program *program, const tg__value *x)
{
    switch (x->op->kind) {
    case TG_KIND_LEAF: return x->op == &tg__op_number || x->op == &tg__op_constant;
    case TG_KIND_MAP:
    case TG_KIND_REDUCE:
    case TG_KIND_CALL: break;
    default: return false;
    }
    if (x->op->flags & TG_OP_RANDOM || x->op->custom) return false;
    for (int i = 0; i < x->arity; i++)
        if (!program->values[x->in[i]].constant) return false;
    return true;
}

/* Made by maps of single numbers alone; [is] tells it of the values before. */
static bool is_uniform(const tg__program *program, const tg__value *x, const bool *is)
{
    for (int i = 0; i < x->arity; i++)
        if (program->values[x->in[i]].count != 1 && !is[x->in[i]]) return false;
    return x->op->kind == TG_KIND_MAP;
}

/* Is the value, which others than constants want, worth its memory? Then that is taken off what is
 * left. */
static bool keeps(const tg__value *x, bool uniform, size_t *left)
{
    size_t bytes;
    if (uniform && x->count != 1) return false;
    if (!tg__padded_bytes(x->count, tg_dtype_size((tg_dtype)x->dtype), &bytes) || bytes > *left)
        return false;
    *left -= bytes;
    return true;
}

bool tg__find_constants(tg__program *program)
{
    if (!program->exact_numbers) return true;
    /* Of each value: is it uniform, do others want it, others than constants? */
    bool *uniform = tg__alloc_zero(&program->allocator, 3 * program->count + 1);
    if (!uniform) return false;
    bool *wanted = uniform + program->count, *needed = wanted + program->count;
    size_t left = TG__CONSTANT_BYTES;
    for (size_t v = 0; v < program->count; v++) {
        tg__value *x = &program->values[v];
        x->constant = is_constant(program, x);
        uniform[v] = x->constant && is_uniform(program, x, uniform);
    }
    for (size_t v = program->count; v-- > 0;) {
        tg__value *x = &program->values[v];
        if (x->output || x->op->kind == TG_KIND_ASSIGN) wanted[v] = needed[v] = true;
        if (!wanted[v]) continue;
        if (x->constant && needed[v] && x->op->kind != TG_KIND_LEAF)
            x->stays = x->constant = keeps(x, uniform[v], &left);
        for (int i = 0; i < x->arity; i++) {
            wanted[x->in[i]] = true;
            if (!x->constant) needed[x->in[i]] = true;
        }
    }
    tg__free(&program->allocator, uniform);
    return true;
}
