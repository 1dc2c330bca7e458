/* run.c: makes plans and runs them. */
#include "exec/run.h"

#include "kernels/blas.h"
#include "exec/code.h"

/* ---- Making and freeing ----------------------------------------------------------------- */

tg_plan *tg__plan_new(tg_tape *tape, int threads)
{
    tg_plan *plan = tg__alloc_zero(&tape->allocator, sizeof *plan);
    if (!plan) return NULL;
    plan->allocator = tape->allocator;
    plan->tape = tape;
    plan->generation = tape->generation;
    plan->threads = threads;
    tg__arena_init(&plan->arena, &plan->allocator);
    return plan;
}

/* The tape is freed: define-by-run's plans go with it; the user's wait for tg_plan_free. */
static void drop_plans(tg_tape *tape)
{
    for (tg_plan *plan = tape->compiled; plan; plan = plan->next) plan->tape = NULL;
    for (tg_plan *plan = tape->cached, *next; plan; plan = next) {
        next = plan->next;
        tg__plan_release(plan);
    }
    tape->cached = NULL;
}

void tg__plan_hang(tg_plan *plan, tg_plan **list)
{
    plan->next = *list;
    *list = plan;
    plan->tape->drop_plans = drop_plans;
}

void tg__plan_release(tg_plan *plan)
{
    const tg_allocator allocator = plan->allocator;
    for (size_t k = 0; k < plan->kernel_count; k++) {
        const tg__kernel *kernel = &plan->kernels[k];
        if (kernel->program) {
            tg__free(&allocator, kernel->program->numbers);
            tg__free(&allocator, kernel->program->loads);
            tg__free(&allocator, kernel->program->stores);
            tg__free(&allocator, kernel->program->functions);
        }
    }
    tg__pool_free(plan->pool);
    tg__free(&allocator, plan->nodes);
    tg__free(&allocator, plan->leaves);
    tg__free(&allocator, plan->kernels);
    tg__free(&allocator, plan->block);
    tg__free(&allocator, plan->key);
    tg__arena_free(&plan->arena);
    tg__free(&allocator, plan);
}

/* Room for everything a run needs: values, numbers that kernels read, workers' registers. */
static tg_status allocate(tg_plan *plan)
{
    size_t bytes = plan->values_bytes, scratch;
    for (size_t i = 0; i < plan->leaf_count; i++) {
        tg__leaf *leaf = &plan->leaves[i];
        leaf->storage = bytes;
        if (leaf->op == &tg__op_number || leaf->op == &tg__op_step)
            bytes += TG_PAD * sizeof(double);
    }
    bytes = (bytes + 63) & ~(size_t)63;
    plan->scratch = bytes;
    if (!tg__size_mul(plan->scratch_each, (size_t)plan->threads, &scratch)) return TG_ERR_MEMORY;
    const size_t zeroed = bytes + scratch; /* kernels read what pads values: it must be something */
    if (scratch < plan->scratch_calls) scratch = plan->scratch_calls;
    if (!tg__size_add(bytes, scratch, &plan->block_bytes)) return TG_ERR_MEMORY;
    plan->block = tg__alloc(&plan->allocator, plan->block_bytes ? plan->block_bytes : 64);
    if (!plan->block) return TG_ERR_MEMORY;
    memset(plan->block, 0, zeroed);
    return TG_OK;
}

/* The values of numbers, where kernels look for them. */
static void place_number(tg_plan *plan, tg__leaf *leaf)
{
    leaf->number = tg__round_to(leaf->dtype, leaf->number);
    leaf->data = plan->block + leaf->storage;
    tg__store_scalar(leaf->dtype, leaf->number, leaf->data);
}

/* Where the operands and the result of a call are. */
static void bind_call(const tg_plan *plan, const tg__kernel *kernel)
{
    const tg__value *x = &plan->nodes[kernel->first];
    tg__operand *values = kernel->values;
    for (int i = 0; i < x->arity; i++) {
        values[i].data = tg__locate(plan, &plan->nodes[x->in[i]]);
        if (!(x->op->flags & TG_OP_VIEWS)) /* dense, but perhaps not from the first element */
            values[i].data = (unsigned char *)values[i].data +
                             (size_t)values[i].view.offset * tg_dtype_size(values[i].dtype);
    }
    values[x->arity].data = tg__locate(plan, x);
}

void tg__plan_bind(tg_plan *plan)
{
    const tg__fpu fpu = tg__fpu_enter(false);
    for (size_t i = 0; i < plan->leaf_count; i++) {
        tg__leaf *leaf = &plan->leaves[i];
        if (leaf->op == &tg__op_number || leaf->op == &tg__op_step) place_number(plan, leaf);
        else if (leaf->var) leaf->data = leaf->var->data;
        else if (leaf->node) leaf->data = leaf->node->data;
    }
    for (size_t k = 0; k < plan->kernel_count; k++) {
        const tg__kernel *kernel = &plan->kernels[k];
        if (kernel->kind == TG_KERNEL_SCALAR) tg__scalar_bind(plan, kernel);
        if (kernel->kind == TG_KERNEL_CALL) bind_call(plan, kernel);
    }
    tg__fpu_leave(fpu);
}

/* Which nodes, by their places, are needed for what is wanted; NULL when out of memory. */
static bool *mark_needed(const tg_plan *plan, const tg__wanted *wanted)
{
    bool *needed = tg__alloc_zero(&plan->allocator, wanted->count + 1);
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
static bool shorten(const tg_plan *plan, void *list, size_t *capacity, size_t count, size_t size)
{
    void *old, *exact;
    if (count == 0 || *capacity - count <= count / 8) return true;
    if (!(exact = tg__alloc(&plan->allocator, count * size))) return false;
    memcpy(&old, list, sizeof old);
    memcpy(exact, old, count * size);
    tg__free(&plan->allocator, old);
    memcpy(list, &exact, sizeof exact);
    *capacity = count;
    return true;
}

static tg_status trim(tg_plan *plan)
{
    const bool ok =
        shorten(plan, &plan->nodes, &plan->capacity, plan->count, sizeof *plan->nodes) &&
        shorten(plan, &plan->leaves, &plan->leaf_capacity, plan->leaf_count,
                sizeof *plan->leaves) &&
        shorten(plan, &plan->kernels, &plan->kernel_capacity, plan->kernel_count,
                sizeof *plan->kernels);
    return ok ? TG_OK : TG_ERR_MEMORY;
}

tg_status tg__plan_make(tg_plan *plan, const tg__wanted *wanted)
{
    if (plan->threads > 1) plan->pool = tg__pool_new(&plan->allocator, plan->threads);
    tg__gemm_setup();
    bool *needed = mark_needed(plan, wanted);
    tg_status status = needed ? tg__plan_find_draws(plan, wanted, needed) : TG_ERR_MEMORY;
    if (status == TG_OK)
        status =
            plan->naive ? tg__naive_prepare(plan, wanted, needed) : tg__lower(plan, wanted, needed);
    tg__free(&plan->allocator, needed);
    if (plan->naive) return status;
    if (status == TG_OK) status = tg__find_constants(plan);
    if (status == TG_OK) status = tg__fuse(plan);
    if (status == TG_OK) status = tg__pair_maps(plan);
    if (status == TG_OK) status = tg__layout(plan);
    if (status == TG_OK) status = tg__emit(plan);
    if (status == TG_OK) status = trim(plan);
    if (status == TG_OK) status = allocate(plan);
    if (status == TG_OK) tg__plan_bind(plan);
    return status;
}

/* ---- Running ---------------------------------------------------------------------------- */

/* Told as what the user called; an operation of the user's own is named, too. */
static void tell(tg_error *error, tg_status status, const tg_op *op, tg_site site, const char *text)
{
    tg__error_set(error, status, "%s:%d: ", site.file ? site.file : "?", site.line);
    if (site.function) tg__error_add(error, "%s: ", site.function);
    if (op->custom) tg__error_add(error, "%s%s: ", site.function ? "in " : "", op->name);
    else if (!site.function) tg__error_add(error, "tg_%s: ", op->name);
    tg__error_add(error, "%s", text);
}

tg_status tg__call_run(tg_plan *plan, tg__call *call, tg_site site)
{
    /* Beside an axis of 0 another may be of any length, and kernels would walk along it. */
    if (tg__operand_count(&call->out) == 0 && !(call->op->flags & TG_OP_FALLIBLE)) return TG_OK;
    tg_error inner;
    const tg_store *store = plan->tape->store;
    call->pool = plan->pool;
    call->seed = store->seed;
    if (call->op->flags & TG_OP_RANDOM) call->drawn = tg__draw_count(plan, call->attr);
    call->error = &inner;
    tg__error_clear(&inner);
    const tg_status status = call->op->call(call);
    if (status != TG_OK) tell(&plan->error, status, call->op, site, inner.text);
    return status;
}

static tg_status run_call(tg_plan *plan, const tg__kernel *kernel)
{
    const tg__value *x = &plan->nodes[kernel->first];
    const tg__operand *values = kernel->values;
    tg__call call = { .op = x->op,
                      .attr = x->attr,
                      .arity = x->arity,
                      .in = values,
                      .out = values[x->arity],
                      .scratch = plan->block + plan->scratch };
    const tg__fpu fpu = tg__fpu_enter(tg__flushes(plan, x->dtype, x->dtype));
    const tg_status status = tg__call_run(plan, &call, *x->site);
    tg__fpu_leave(fpu);
    return status;
}

static void run_reduce(tg_plan *plan, const tg__kernel *kernel)
{
    const tg__value *x = &plan->nodes[kernel->first], *operand = &plan->nodes[x->in[0]];
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
    const unsigned char *in = tg__locate(plan, operand);
    unsigned char *out = tg__locate(plan, x);
    in += (size_t)view->offset * size;
    const tg__fpu fpu = tg__fpu_enter(tg__flushes(plan, operand->dtype, operand->dtype));
    if (inner == 1) reduce->rows(outer, reduced, in, out);
    else
        for (int64_t i = 0; i < outer; i++)
            reduce->columns(reduced, inner, in + (size_t)(i * reduced * inner) * size,
                            out + (size_t)(i * inner) * result);
    tg__fpu_leave(fpu);
}

/* All kernels, and then the values that waited for the end. */
static tg_status execute(tg_plan *plan)
{
    for (size_t i = 0; i < plan->leaf_count; i++) {
        tg__leaf *leaf = &plan->leaves[i];
        if (leaf->op != &tg__op_step) continue;
        leaf->number = (double)plan->tape->store->step;
        place_number(plan, leaf);
    }
    for (size_t k = plan->kernel_count; k-- > 0;) {
        const tg__kernel *kernel = &plan->kernels[k];
        tg_status status = TG_OK;
        if (kernel->constant && plan->settled) continue;
        switch (kernel->kind) {
        case TG_KERNEL_LOOP: tg__loop_run(plan, kernel); break;
        case TG_KERNEL_SCALAR: tg__scalar_run(kernel); break;
        case TG_KERNEL_REDUCE: run_reduce(plan, kernel); break;
        case TG_KERNEL_CALL: status = run_call(plan, kernel); break;
        }
        if (status != TG_OK) return status;
    }
    plan->settled = true;
    for (size_t i = 0; i < plan->landing_count; i++) {
        const tg__value *x = &plan->nodes[plan->landings[i].value];
        memcpy(plan->leaves[plan->landings[i].leaf].data, plan->block + x->offset,
               (size_t)x->count * tg_dtype_size((tg_dtype)x->dtype));
    }
    return TG_OK;
}

static tg_status run_once(tg_plan *plan)
{
    tg_store *store = plan->tape->store;
    const uint64_t age = tg__tape_age(plan->tape);
    tg__error_clear(&plan->error);
    tg__draws_begin(plan);
    const tg_status status = plan->naive ? tg__naive_run(plan) : execute(plan);
    if (status != TG_OK) return status;
    plan->age = age;
    if (plan->assign_count > 0) {
        store->step += plan->steps;
        store->variables_moved++;
        store->counters_moved++;
    }
    return TG_OK;
}

tg_status tg__plan_run(tg_plan *plan)
{
    tg_error *last = &plan->tape->run_error;
    const tg__fpu fpu = tg__fpu_enter(false); /* f32 arithmetic may enter again */
    const tg_status status = run_once(plan);
    tg__fpu_leave(fpu);
    if (plan->key) plan->tape->read_failed = status != TG_OK;
    tg__error_clear(last);
    if (status != TG_OK) *last = plan->error;
    return status;
}

tg_status tg_run(tg_plan *plan)
{
    if (!plan) return TG_ERR_ARGUMENT;
    if (!plan->tape || plan->generation != plan->tape->generation) {
        tg__error_set(&plan->error, TG_ERR_STATE,
                      "tg_run: the tape of this plan was rewound or freed; compile it again");
        return TG_ERR_STATE;
    }
    tg_tape *tape = plan->tape;
    if (tape->error.status != TG_OK) {
        tg__error_set(&plan->error, tape->error.status, "%s", tape->error.text);
        return tape->error.status;
    }
    const tg_status status = tg__plan_run(plan);
    plan->failed = status != TG_OK;
    if (status != TG_OK) {
        tg__plan_withdraw(plan);
        return status;
    }
    tg__draws_done(plan);
    plan->has_run = true;
    tg__plan_publish(plan);
    return TG_OK;
}

const char *tg_plan_error(const tg_plan *plan)
{
    return plan ? plan->error.text : "the plan is NULL: tg_compile failed (tg_report tells why)";
}

size_t tg_plan_bytes(const tg_plan *plan) { return plan ? plan->block_bytes : 0; }
size_t tg_plan_kernels(const tg_plan *plan) { return plan ? plan->kernel_count : 0; }
