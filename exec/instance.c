/* instance.c: makes instances and runs them. */
#include "exec/backend.h"
#include "exec/profile.h"

/* ---- Making and freeing ----------------------------------------------------------------- */

/* Kernels read whole vectors, beyond the end of a value or of a register: what they read there must
 * be something. All else is written before it is read. */
static void clear_padding(tg__instance *instance, size_t scratch)
{
    const tg__program *program = instance->program;
    for (size_t v = 0; v < program->count; v++) {
        const tg__storage *storage = &program->storage[v];
        const tg__value *x = &program->values[v];
        if (storage->place != TG_PLACE_BLOCK) continue;
        const size_t used = (size_t)x->count * tg_dtype_size((tg_dtype)x->dtype);
        memset(instance->block + storage->offset + used, 0, storage->bytes - used);
    }
    memset(instance->block + program->values_bytes, 0,
           program->block_bytes - program->values_bytes + scratch);
}

/* Room for everything a run needs. */
static bool allocate(tg__instance *instance, int threads)
{
    const tg__executable *exe = instance->exe;
    const tg__program *program = exe->program;
    const tg_allocator *allocator = &exe->allocator;
    size_t scratch;
    if (!tg__size_mul(exe->worker_bytes, (size_t)threads, &scratch)) return false;
    if (scratch < exe->first_bytes) scratch = exe->first_bytes;
    const size_t registers = scratch;
    if (scratch < exe->call_bytes) scratch = exe->call_bytes;
    if (!tg__size_add(program->block_bytes, scratch, &instance->block_bytes)) return false;
    instance->block = tg__alloc(allocator, instance->block_bytes ? instance->block_bytes : 64);
    instance->leaf = tg__alloc_zero(allocator, (program->leaf_count + 1) * sizeof(void *));
    instance->numbers = tg__alloc_zero(allocator, (program->leaf_count + 1) * sizeof(double));
    instance->drawn = tg__alloc_zero(allocator, (program->draw_count + 1) * sizeof(uint64_t));
    instance->state = tg__alloc_zero(allocator, exe->state_bytes ? exe->state_bytes : 64);
    if (!instance->block || !instance->leaf || !instance->numbers || !instance->drawn ||
        !instance->state)
        return false;
    clear_padding(instance, registers);
    for (size_t i = 0; i < program->leaf_count; i++)
        instance->numbers[i] = program->leaves[i].number;
    return true;
}

tg__instance *tg__instance_new(tg__executable *exe, tg_store *store, int threads)
{
    tg__instance *instance = tg__alloc_zero(&exe->allocator, sizeof *instance);
    if (!instance) return NULL;
    tg__executable_hold(exe);
    instance->exe = exe;
    instance->program = exe->program;
    instance->store = store;
    if (threads > 1) instance->pool = tg__pool_new(&exe->allocator, threads);
    if (allocate(instance, threads)) return instance;
    tg__instance_free(instance);
    return NULL;
}

void tg__instance_free(tg__instance *instance)
{
    if (!instance) return;
    const tg_allocator allocator = instance->exe->allocator;
    tg__pool_free(instance->pool);
    tg__free(&allocator, instance->block);
    tg__free(&allocator, instance->leaf);
    tg__free(&allocator, instance->numbers);
    tg__free(&allocator, instance->drawn);
    tg__free(&allocator, instance->state);
    tg__executable_release(instance->exe);
    tg__free(&allocator, instance);
}

/* The number of leaf [i], where kernels look for it. */
static void place_number(tg__instance *instance, size_t i)
{
    const tg__leaf *leaf = &instance->program->leaves[i];
    instance->numbers[i] = tg__round_to(leaf->dtype, instance->numbers[i]);
    instance->leaf[i] = instance->block + leaf->offset;
    tg__store_scalar(leaf->dtype, instance->numbers[i], instance->leaf[i]);
}

void tg__instance_bind(tg__instance *instance)
{
    const tg__program *program = instance->program;
    const tg__fpu fpu = tg__fpu_enter(false);
    for (size_t i = 0; i < program->leaf_count; i++)
        if (tg__leaf_is_number(&program->leaves[i])) place_number(instance, i);
    for (size_t k = 0; k < program->kernel_count; k++) {
        const tg__backend *backend = instance->exe->kernels[k].backend;
        if (backend->bind) backend->bind(instance, (uint32_t)k);
    }
    tg__fpu_leave(fpu);
}

/* ---- Running ---------------------------------------------------------------------------- */

/* What is the store's step now. */
static void place_steps(tg__instance *instance)
{
    const tg__program *program = instance->program;
    for (size_t i = 0; i < program->leaf_count; i++) {
        if (program->leaves[i].op != &tg__op_step) continue;
        instance->numbers[i] = (double)instance->store->step;
        place_number(instance, i);
    }
}

static tg_status run_kernels(tg__instance *instance)
{
    const tg__program *program = instance->program;
    const tg__prepared *prepared = instance->exe->kernels;
    for (size_t k = program->kernel_count; k-- > 0;) {
        if (program->kernels[k].constant && instance->settled) continue;
        const tg_status status = prepared[k].backend->run(instance, (uint32_t)k);
        if (status != TG_OK) return status;
    }
    return TG_OK;
}

tg_status tg__instance_run(tg__instance *instance)
{
    const tg__program *program = instance->program;
    place_steps(instance);
    const tg_status status =
        instance->profile ? tg__profile_kernels(instance) : run_kernels(instance);
    if (status != TG_OK) return status;
    instance->settled = true;
    for (size_t i = 0; i < program->landing_count; i++) {
        const tg__landing *landing = &program->landings[i];
        const tg__value *x = &program->values[landing->value];
        const size_t bytes = (size_t)x->count * tg_dtype_size((tg_dtype)x->dtype);
        if (bytes)
            memcpy(instance->leaf[landing->leaf], tg__locate(instance, landing->value), bytes);
    }
    return TG_OK;
}
