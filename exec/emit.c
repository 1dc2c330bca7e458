/* emit.c: kernels to what runs them: instructions for loops and scalar programs, operands and
 * results for calls. */
#include "exec/code.h"

/* ---- Calls ------------------------------------------------------------------------------ */

/* The operands and the result, but for where they are, which a run fills in. */
static bool emit_call(tg_plan *plan, tg__kernel *kernel)
{
    const tg__value *x = &plan->nodes[kernel->first];
    kernel->values = tg__plan_alloc(plan, sizeof *kernel->values * (x->arity + 1u));
    if (!kernel->values) return false;
    for (int i = 0; i < x->arity; i++) {
        const tg__view *view = x->view[i];
        kernel->values[i] = (tg__operand){ .rank = view->rank,
                                           .dim = view->dim,
                                           .view = *view,
                                           .dtype = (tg_dtype)plan->nodes[x->in[i]].dtype };
    }
    kernel->values[x->arity] = (tg__operand){ .rank = x->rank,
                                              .dim = x->dim,
                                              .dtype = (tg_dtype)x->dtype,
                                              .view = tg__view_dense(x->rank, x->dim) };
    if (x->op->kind == TG_KIND_CALL && x->op->scratch) {
        const tg__call call = { .op = x->op,
                                .attr = x->attr,
                                .arity = x->arity,
                                .in = kernel->values,
                                .out = kernel->values[x->arity] };
        const size_t bytes = x->op->scratch(&call, plan->threads);
        if (bytes > plan->scratch_calls) plan->scratch_calls = bytes;
    }
    return true;
}

/* ---- The pass --------------------------------------------------------------------------- */

static bool emit(tg_plan *plan, uint32_t k, tg__arena *scratch)
{
    tg__kernel *kernel = &plan->kernels[k];
    tg__arena_reset(scratch);
    switch (kernel->kind) {
    case TG_KERNEL_SCALAR: return tg__emit_scalars(plan, k);
    case TG_KERNEL_LOOP: return tg__emit_loop(plan, k, scratch);
    default: return emit_call(plan, kernel);
    }
}

tg_status tg__emit(tg_plan *plan)
{
    bool ok = true;
    tg__arena scratch;
    tg__arena_init(&scratch, &plan->allocator);
    for (size_t k = plan->kernel_count; ok && k-- > 0;) /* in the order of runs */
        ok = emit(plan, (uint32_t)k, &scratch);
    tg__arena_free(&scratch);
    return ok ? TG_OK : TG_ERR_MEMORY;
}
