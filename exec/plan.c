/* plan.c: makes plans and runs them. */
#include "exec/plan.h"
#include "exec/profile.h"

#include "kernels/blas.h"
#include "tg_jit.h"

/* ---- Making and freeing ----------------------------------------------------------------- */

tg_plan *tg__plan_new(tg_tape *tape, int threads)
{
    tg_plan *plan = tg__alloc_zero(&tape->allocator, sizeof *plan);
    if (!plan) return NULL;
    plan->allocator = tape->allocator;
    plan->tape = tape;
    plan->generation = tape->generation;
    plan->threads = threads;
    plan->holders = 1;
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

void tg__plan_hold(tg_plan *plan) { (void)__atomic_add_fetch(&plan->holders, 1, __ATOMIC_RELAXED); }

void tg__plan_release(tg_plan *plan)
{
    if (__atomic_sub_fetch(&plan->holders, 1, __ATOMIC_ACQ_REL) > 0) return;
    const tg_allocator allocator = plan->allocator;
    tg__profile_free(plan->profile);
    tg__instance_free(plan->instance);
    tg__free(&allocator, plan->key);
    tg__free(&allocator, plan->output_nodes);
    tg__free(&allocator, plan->native);
    tg__free(&allocator, plan);
}

tg_status tg__plan_make(tg_plan *plan, const tg__wanted *wanted, size_t *bytes)
{
    tg__gemm_setup();
    if (wanted->naive) plan->threads = 1;
    tg__program *program = tg__program_make(wanted, bytes);
    tg__executable *exe = program ? tg__executable_make(program, plan->threads, plan->trap) : NULL;
    if (!exe) return TG_ERR_MEMORY;
    if (plan->native) *plan->native = tg__native_compile(exe);
    plan->instance = tg__instance_new(exe, plan->tape->store, plan->threads);
    tg__executable_release(exe); /* the instance holds it */
    if (!plan->instance) return TG_ERR_MEMORY;
    plan->program = plan->instance->program;
    tg__plan_bind(plan, NULL);
    return TG_OK;
}

void tg__plan_bind(tg_plan *plan, tg_tensor *const *nodes)
{
    tg__instance *instance = plan->instance;
    for (size_t i = 0; i < plan->program->leaf_count; i++) {
        const tg__leaf *leaf = &plan->program->leaves[i];
        const tg_tensor *node = nodes ? nodes[leaf->key] : leaf->node;
        if (leaf->op == &tg__op_number && nodes) instance->numbers[i] = node->number;
        if (tg__leaf_is_number(leaf)) continue;
        if (leaf->var) instance->leaf[i] = leaf->var->data;
        else if (node) instance->leaf[i] = node->data;
    }
    tg__instance_bind(instance);
}

size_t tg__plan_memory(const tg_plan *plan)
{
    return plan->instance->block_bytes + plan->key_size + tg__program_bytes(plan->program) +
           plan->instance->exe->state_bytes;
}

/* ---- Running ---------------------------------------------------------------------------- */

/* The counts that the run's draws begin with. */
static void begin_draws(tg_plan *plan)
{
    for (size_t i = 0; i < plan->program->draw_count; i++) {
        const tg__program_draw *draw = &plan->program->draws[i];
        plan->instance->drawn[i] = plan->key ? tg__drawn_from(plan->tape, draw->key, draw->counter)
                                             : tg__counter_value(draw->counter);
    }
}

void tg__plan_count_draws(tg_plan *plan)
{
    for (size_t i = 0; i < plan->program->draw_count; i++) {
        const tg__program_draw *draw = &plan->program->draws[i];
        const uint64_t from = plan->instance->drawn[i];
        if (plan->key) tg__drawn(plan->tape, draw->key, from, draw->runs);
        else if (plan->steps) tg__counter_reach(draw->counter, from + draw->runs);
    }
}

static tg_status run_once(tg_plan *plan)
{
    tg_store *store = plan->tape->store;
    const uint64_t age = tg__tape_age(plan->tape);
    tg__error_clear(&plan->error);
    tg__error_clear(&plan->instance->error);
    begin_draws(plan);
    const tg_status status = tg__instance_run(plan->instance);
    if (status != TG_OK) {
        plan->error = plan->instance->error;
        return status;
    }
    plan->age = age;
    if (plan->program->assign_count > 0) {
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

/* A run has made the values that the plan keeps: they are read where it left them, until
 * another plan that keeps them runs. Those of inputs and constants never move. */
static void publish(tg_plan *plan)
{
    for (size_t i = 0; i < plan->output_count; i++) {
        tg_tensor *x = plan->output_nodes[i];
        x->plan = plan;
        if (x->op == &tg__op_input || x->op == &tg__op_constant) continue;
        x->age = plan->age;
        x->data = tg__locate(plan->instance, plan->program->outputs[i]);
    }
}

/* A run that failed has written over some of the values that the one before had kept. */
static void withdraw(tg_plan *plan)
{
    for (size_t i = 0; i < plan->output_count; i++) {
        tg_tensor *x = plan->output_nodes[i];
        if (x->plan == plan && x->op != &tg__op_input && x->op != &tg__op_constant) x->data = NULL;
    }
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
        withdraw(plan);
        return status;
    }
    tg__plan_count_draws(plan);
    plan->has_run = true;
    publish(plan);
    return TG_OK;
}

void tg_plan_free(tg_plan *plan)
{
    if (!plan) return;
    tg_tape *tape = plan->tape;
    if (tape) {
        for (tg_plan **p = &tape->compiled; *p; p = &(*p)->next)
            if (*p == plan) {
                *p = plan->next;
                break;
            }
        /* Its values go with it. */
        const bool current = plan->generation == tape->generation;
        if (current) withdraw(plan);
        for (size_t id = 0; current && id < tape->count; id++)
            if (tape->nodes[id]->plan == plan) tape->nodes[id]->plan = NULL;
        plan->tape = NULL; /* for the instances that still hold it */
    }
    tg__plan_release(plan);
}

const char *tg_plan_error(const tg_plan *plan)
{
    return plan ? plan->error.text : "the plan is NULL: tg_compile failed (tg_report tells why)";
}

size_t tg_plan_bytes(const tg_plan *plan) { return plan ? plan->instance->block_bytes : 0; }
size_t tg_plan_kernels(const tg_plan *plan) { return plan ? plan->program->kernel_count : 0; }

tg_jit_info tg_plan_jit(const tg_plan *plan)
{
    if (!plan || !plan->native) return (tg_jit_info){ .text = "" };
    const tg__native_result *native = plan->native;
    return (tg_jit_info){ .asked = true,
                          .cached = native->cached,
                          .functions = native->functions,
                          .instructions = native->instructions,
                          .seconds = native->seconds,
                          .text = native->text };
}
