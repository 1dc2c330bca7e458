/* call.c: the backends of single operations: calls, and reductions that no loop took. */
#include "exec/backend.h"

#include <stdlib.h>

/* ---- Running one call ------------------------------------------------------------------- */

/* The error is that of the function which the user called; an operation of the user's own is named,
 * too. */
static void set_error(tg_error *error, tg_status status, const tg_op *op, tg_site site,
                      const char *text)
{
    tg__error_set(error, status, "%s:%d: ", site.file ? site.file : "?", site.line);
    if (site.function) tg__error_add(error, "%s: ", site.function);
    if (op->custom) tg__error_add(error, "%s%s: ", site.function ? "in " : "", op->name);
    else if (!site.function) tg__error_add(error, "tg_%s: ", op->name);
    tg__error_add(error, "%s", text);
}

static int has_key(const void *key, const void *draw)
{
    const uint64_t sought = *(const uint64_t *)key, found = ((const tg__program_draw *)draw)->key;
    return (sought > found) - (sought < found);
}

/* The count with which this run makes the draw, one of the program's. */
static uint64_t draw_count(const tg__instance *instance, const tg__draw_attr *attr)
{
    const tg__program *program = instance->program;
    const tg__program_draw *draw =
        bsearch(&attr->key, program->draws, program->draw_count, sizeof *draw, has_key);
    return instance->drawn[draw - program->draws] + attr->ahead;
}

tg_status tg__call_run(tg__instance *instance, tg__call *call, tg_site site, bool naive)
{
    /* Beside an axis of 0 another may be of any length, and kernels would walk along it. */
    if (tg__operand_count(&call->out) == 0 && !(call->op->flags & TG_OP_FALLIBLE)) return TG_OK;
    tg_error inner;
    call->pool = naive ? NULL : instance->pool;
    call->seed = instance->store->seed;
    if (call->op->flags & TG_OP_RANDOM) call->drawn = draw_count(instance, call->attr);
    call->error = &inner;
    tg__error_clear(&inner);
    const bool reference = naive && call->op->reference;
    const tg_status status = reference ? call->op->reference(call) : call->op->call(call);
    if (status != TG_OK) set_error(&instance->error, status, call->op, site, inner.text);
    return status;
}

/* ---- Calls ------------------------------------------------------------------------------ */

static bool takes_call(const tg__program *program, const tg__kernel *kernel)
{
    (void)program;
    return kernel->kind == TG_KERNEL_CALL;
}

static bool prepare_call(tg__preparing *p, uint32_t k)
{
    const tg__program *program = p->exe->program;
    const uint32_t v = tg__kernel_first(program, &program->kernels[k]);
    const tg__value *x = &program->values[v];
    const size_t bytes = sizeof(tg__operand) * (x->arity + 1u);
    if (x->op->kind == TG_KIND_CALL && x->op->scratch) {
        tg__operand *operands = tg__arena_alloc(&p->scratch, bytes);
        if (!operands) return false;
        tg__describe_call(program, v, operands);
        const tg__call call = tg__call_of(x, operands);
        tg__needs_call(p, x->op->scratch(&call, p->exe->threads));
    }
    return tg__needs_state(p, k, bytes);
}

static void bind_call(tg__instance *instance, uint32_t k)
{
    const tg__program *program = instance->program;
    const uint32_t v = tg__kernel_first(program, &program->kernels[k]);
    const tg__value *x = &program->values[v];
    tg__operand *operands = tg__state(instance, k);
    if (!operands[x->arity].dim) tg__describe_call(program, v, operands);
    for (int i = 0; i < x->arity; i++) {
        operands[i].data = tg__locate(instance, x->in[i]);
        if (!(x->op->flags & TG_OP_VIEWS)) /* dense, but perhaps not from the first element */
            operands[i].data = (unsigned char *)operands[i].data +
                               (size_t)operands[i].view.offset * tg_dtype_size(operands[i].dtype);
    }
    operands[x->arity].data = tg__locate(instance, v);
}

static tg_status run_call(tg__instance *instance, uint32_t k)
{
    const tg__program *program = instance->program;
    const tg__value *x = &program->values[tg__kernel_first(program, &program->kernels[k])];
    tg__call call = tg__call_of(x, tg__state(instance, k));
    call.scratch = tg__scratch(instance);
    const tg__fpu fpu = tg__fpu_enter(tg__flushes(program, x->dtype, x->dtype));
    const tg_status status = tg__call_run(instance, &call, *x->site, false);
    tg__fpu_leave(fpu);
    return status;
}

static void print_name(const tg__executable *exe, uint32_t k, FILE *out)
{
    const tg__program *program = exe->program;
    const tg__kernel *kernel = &program->kernels[k];
    fprintf(out, "%s %s", exe->kernels[k].backend->name,
            program->values[tg__kernel_first(program, kernel)].op->name);
}

const tg__backend tg__call_backend = { .name = "call",
                                       .takes = takes_call,
                                       .prepare = prepare_call,
                                       .bind = bind_call,
                                       .run = run_call,
                                       .print = print_name };

/* ---- Reductions ------------------------------------------------------------------------- */

static bool takes_reduce(const tg__program *program, const tg__kernel *kernel)
{
    (void)program;
    return kernel->kind == TG_KERNEL_REDUCE;
}

static bool prepare_reduce(tg__preparing *p, uint32_t k)
{
    (void)p, (void)k;
    return true;
}

static tg_status run_reduce(tg__instance *instance, uint32_t k)
{
    const tg__program *program = instance->program;
    const uint32_t v = tg__kernel_first(program, &program->kernels[k]);
    const tg__value *x = &program->values[v], *operand = &program->values[x->in[0]];
    const tg__view *view = x->view[0];
    const uint32_t axes = ((const tg__reduce_attr *)x->attr)->axes;
    int64_t outer = 1, reduced = 1, inner = 1;
    for (int i = 0; i < view->rank; i++) {
        if (axes >> i & 1) reduced *= view->dim[i];
        else if (axes >> i) outer *= view->dim[i];
        else inner *= view->dim[i];
    }
    const size_t size = tg_dtype_size((tg_dtype)operand->dtype);
    const size_t result = tg_dtype_size((tg_dtype)x->dtype);
    const tg__reduce *reduce = &x->op->reduce[operand->dtype];
    const unsigned char *in = tg__locate(instance, x->in[0]);
    unsigned char *out = tg__locate(instance, v);
    in += (size_t)view->offset * size;
    const tg__fpu fpu = tg__fpu_enter(tg__flushes(program, operand->dtype, operand->dtype));
    if (inner == 1) reduce->rows(outer, reduced, in, out);
    else
        for (int64_t i = 0; i < outer; i++)
            reduce->columns(reduced, inner, in + (size_t)(i * reduced * inner) * size,
                            out + (size_t)(i * inner) * result);
    tg__fpu_leave(fpu);
    return TG_OK;
}

const tg__backend tg__reduce_backend = { .name = "reduction",
                                         .takes = takes_reduce,
                                         .prepare = prepare_reduce,
                                         .run = run_reduce,
                                         .print = print_name };
