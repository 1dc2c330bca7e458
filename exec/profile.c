/* profile.c: measures the kernels of a plan's runs, and says what each of them has to do. */
#include "exec/profile.h"

#include "exec/backend.h"
#include "exec/plan.h"
#include "kernels/blas.h"
#include "kernels/clock.h"
#include "tg_profile.h"

#include <stdlib.h>

/* ---- What a kernel has to do ------------------------------------------------------------ */

/* Bytes of the elements that [view] sees of the value; NULL: all of it. */
static double bytes_seen(const tg__value *x, const tg__view *view)
{
    double seen = 1;
    for (int i = 0; view && i < view->rank; i++)
        if (view->stride[i] != 0) seen *= (double)view->dim[i];
    if (!view || seen > (double)x->count) seen = (double)x->count;
    return seen * (double)tg_dtype_size((tg_dtype)x->dtype);
}

static double bytes_of(const tg__value *x)
{
    return (double)x->count * (double)tg_dtype_size((tg_dtype)x->dtype);
}

/* Operands of a naive value, which have no views, are dense. */
static double call_operations(const tg__program *program, const tg__value *x)
{
    tg__view dense[2];
    const tg__view *in[2];
    if (!x->op->operations || x->arity != 2) return (double)x->count;
    for (int i = 0; i < 2; i++) {
        const tg__value *operand = &program->values[x->in[i]];
        dense[i] = tg__view_dense(operand->rank, operand->dim);
        in[i] = x->view[i] ? x->view[i] : &dense[i];
    }
    return x->op->operations(x->attr, in, x->count);
}

static double operations_of(const tg__program *program, const tg__value *x)
{
    switch (x->op->kind) {
    case TG_KIND_MAP: return (double)x->count;
    case TG_KIND_REDUCE:
        return x->view[0] ? (double)tg__view_count(x->view[0])
                          : (double)program->values[x->in[0]].count;
    case TG_KIND_CALL: return call_operations(program, x);
    default: return 0;
    }
}

/* What the program's value [v] itself moves, in a kernel. */
static double bytes_written(const tg__program *program, uint32_t v)
{
    const tg__value *x = &program->values[v];
    if (x->op->kind == TG_KIND_LEAF) return x->op == &tg__op_read ? 2 * bytes_of(x) : 0;
    return program->storage[v].place == TG_PLACE_NONE ? 0 : bytes_of(x);
}

/* Of each value from outside a kernel the bytes are counted once in it: [counted], by value, has
 * the number of the kernel in which they were counted last, from 1. */
static tg__cost cost_of(const tg__program *program, uint32_t k, uint32_t *counted)
{
    const tg__kernel *kernel = &program->kernels[k];
    const uint32_t *order = tg__kernel_values(program, kernel);
    tg__cost cost = { 0 };
    for (uint32_t i = 0; i < kernel->length; i++) {
        const tg__value *x = &program->values[order[i]];
        cost.operations += operations_of(program, x);
        cost.is_f64 |= x->dtype == TG_F64;
        for (int j = 0; j < x->arity; j++) {
            const uint32_t from = x->in[j];
            if (program->members[from].kernel == k || counted[from] == k + 1) continue;
            counted[from] = k + 1;
            cost.bytes += bytes_seen(&program->values[from], x->view[j]);
        }
        cost.bytes += bytes_written(program, order[i]);
    }
    return cost;
}

static bool find_costs(const tg__program *program, tg__cost *costs)
{
    uint32_t *counted = tg__alloc_zero(&program->allocator, (program->count + 1) * sizeof *counted);
    if (!counted) return false;
    for (size_t k = 0; k < program->kernel_count; k++)
        costs[k] = cost_of(program, (uint32_t)k, counted);
    tg__free(&program->allocator, counted);
    return true;
}

/* ---- Measuring -------------------------------------------------------------------------- */

/* NULL when out of memory. */
static tg__profile *profile_new(const tg__program *program)
{
    const tg_allocator *allocator = &program->allocator;
    const size_t kernels = program->kernel_count + 1;
    tg__profile *profile = tg__alloc_zero(allocator, sizeof *profile);
    if (!profile) return NULL;
    profile->allocator = *allocator;
    profile->kernel_runs = tg__alloc_zero(allocator, kernels * sizeof *profile->kernel_runs);
    profile->kernel_seconds = tg__alloc_zero(allocator, kernels * sizeof *profile->kernel_seconds);
    profile->order = tg__alloc(allocator, kernels * sizeof *profile->order);
    profile->events = tg__alloc(allocator, TG__EVENTS * sizeof *profile->events);
    profile->costs = tg__alloc(allocator, kernels * sizeof *profile->costs);
    if (profile->kernel_runs && profile->kernel_seconds && profile->order && profile->events &&
        profile->costs && find_costs(program, profile->costs))
        return profile;
    tg__profile_free(profile);
    return NULL;
}

void tg__profile_free(tg__profile *profile)
{
    if (!profile) return;
    const tg_allocator allocator = profile->allocator;
    tg__free(&allocator, profile->kernel_runs);
    tg__free(&allocator, profile->kernel_seconds);
    tg__free(&allocator, profile->order);
    tg__free(&allocator, profile->events);
    tg__free(&allocator, profile->costs);
    tg__free(&allocator, profile);
}

tg_status tg__profile_kernels(tg__instance *instance)
{
    const tg__program *program = instance->program;
    tg__profile *profile = instance->profile;
    const double start = tg__clock();
    tg_status status = TG_OK;
    if (profile->event_count == 0) profile->began = start;
    profile->sorted = false;
    for (size_t k = program->kernel_count; k-- > 0 && status == TG_OK;) {
        if (program->kernels[k].constant && instance->settled) continue;
        tg__event *event = &profile->events[profile->event_count++ % TG__EVENTS];
        const double begin = tg__clock();
        status = instance->exe->kernels[k].backend->run(instance, (uint32_t)k);
        const double end = tg__clock();
        *event = (tg__event){ begin - profile->began, end - profile->began, (uint32_t)k };
        profile->kernel_runs[k]++;
        profile->kernel_seconds[k] += end - begin;
    }
    profile->runs++;
    profile->seconds += tg__clock() - start;
    return status;
}

/* ---- What the machine can do ------------------------------------------------------------ */

enum { SIDE = 512, TRIES = 4 };
static const size_t copied = (size_t)1 << 25; /* bytes: more than caches hold for long */

typedef struct copying {
    unsigned char *from, *to;
} copying;

static void copy_part(void *context, int64_t first, int64_t last, int worker)
{
    const copying *c = context;
    (void)worker;
    memcpy(c->to + first, c->from + first, (size_t)(last - first));
}

static double measure_bytes(tg__pool *pool, unsigned char *memory)
{
    copying c = { memory, memory + copied };
    double best = 0;
    for (int i = 0; i < TRIES; i++) {
        const double start = tg__clock();
        tg__parallel(pool, (int64_t)copied, 1 << 20, copy_part, &c);
        const double rate = 2 * (double)copied / (tg__clock() - start);
        if (rate > best) best = rate;
    }
    return best;
}

static double measure_product(tg__pool *pool, tg_dtype dtype, unsigned char *memory, void *scratch)
{
    const size_t bytes = (size_t)SIDE * SIDE * tg_dtype_size(dtype);
    const tg__matrix a = { .data = memory, .row = SIDE, .column = 1 };
    const tg__matrix b = { .data = memory + bytes, .row = SIDE, .column = 1 };
    double best = 0;
    for (int i = 0; i < TRIES; i++) {
        const double start = tg__clock();
        tg__gemm(pool, dtype, SIDE, SIDE, SIDE, a, b, memory + 2 * bytes, scratch);
        const double rate = 2.0 * SIDE * SIDE * SIDE / (tg__clock() - start);
        if (rate > best) best = rate;
    }
    return best;
}

/* Measures the machine with so many threads; zeros when out of memory. */
static tg__limits measure_limits(const tg_allocator *allocator, int threads)
{
    tg__limits limits = { 0 };
    tg__pool *pool = threads > 1 ? tg__pool_new(allocator, threads) : NULL;
    unsigned char *memory = tg__alloc_zero(allocator, 2 * copied);
    void *scratch = tg__alloc(allocator, tg__gemm_scratch(TG_F64) * (size_t)threads);
    if (memory && scratch) {
        limits.bytes = measure_bytes(pool, memory);
        limits.f32 = measure_product(pool, TG_F32, memory, scratch);
        limits.f64 = measure_product(pool, TG_F64, memory, scratch);
    }
    tg__free(allocator, memory);
    tg__free(allocator, scratch);
    tg__pool_free(pool);
    return limits;
}

/* ---- The public functions --------------------------------------------------------------- */

tg_status tg_profile(tg_plan *plan, bool on)
{
    if (!plan) return TG_ERR_ARGUMENT;
    if (on && !plan->profile && !(plan->profile = profile_new(plan->program))) return TG_ERR_MEMORY;
    plan->instance->profile = on ? plan->profile : NULL;
    return TG_OK;
}

void tg_profile_reset(tg_plan *plan)
{
    if (!plan || !plan->profile) return;
    tg__profile *profile = plan->profile;
    const size_t kernels = plan->program->kernel_count;
    memset(profile->kernel_runs, 0, kernels * sizeof *profile->kernel_runs);
    memset(profile->kernel_seconds, 0, kernels * sizeof *profile->kernel_seconds);
    profile->event_count = profile->order_count = 0;
    profile->runs = 0;
    profile->seconds = 0;
    profile->sorted = false;
}

size_t tg_profile_count(const tg_plan *plan)
{
    size_t count = 0;
    if (!plan || !plan->profile) return 0;
    for (size_t k = 0; k < plan->program->kernel_count; k++)
        count += plan->profile->kernel_runs[k] > 0;
    return count;
}

/* Of qsort, which has no context: a kernel with its time. */
typedef struct timed {
    double seconds;
    uint32_t kernel;
} timed;

static int by_time(const void *a, const void *b)
{
    const timed *left = a, *right = b;
    if (left->seconds != right->seconds) return left->seconds > right->seconds ? -1 : 1;
    return left->kernel > right->kernel ? -1 : left->kernel < right->kernel;
}

/* Without memory they stay in the order in which they run. */
static void sort(tg__profile *profile, size_t kernels)
{
    timed *list = tg__alloc(&profile->allocator, (kernels + 1) * sizeof *list);
    profile->order_count = 0;
    for (size_t k = kernels; k-- > 0;) {
        if (!profile->kernel_runs[k]) continue;
        if (list) list[profile->order_count] = (timed){ profile->kernel_seconds[k], (uint32_t)k };
        profile->order[profile->order_count++] = (uint32_t)k;
    }
    if (list) {
        qsort(list, profile->order_count, sizeof *list, by_time);
        for (size_t i = 0; i < profile->order_count; i++) profile->order[i] = list[i].kernel;
    }
    profile->sorted = true;
    tg__free(&profile->allocator, list);
}

tg_profile_row tg_profile_nth(tg_plan *plan, size_t i)
{
    if (!plan || !plan->profile) return (tg_profile_row){ 0 };
    tg__profile *profile = plan->profile;
    const tg__program *program = plan->program;
    if (!profile->sorted) sort(profile, program->kernel_count);
    if (i >= profile->order_count) return (tg_profile_row){ 0 };
    if (!profile->measured) profile->limits = measure_limits(&plan->allocator, plan->threads);
    profile->measured = true;
    const uint32_t k = profile->order[i];
    const tg__kernel *kernel = &program->kernels[k];
    const uint32_t last = tg__kernel_values(program, kernel)[kernel->length - 1];
    const tg_site *site = program->values[last].site;
    const tg__cost cost = profile->costs[k];
    tg_profile_row row = { .kernel = (int64_t)(program->kernel_count - 1 - k),
                           .backend = plan->instance->exe->kernels[k].backend->name,
                           .file = site->file,
                           .line = site->line,
                           .values = kernel->length,
                           .runs = profile->kernel_runs[k],
                           .seconds = profile->kernel_seconds[k],
                           .bytes = cost.bytes,
                           .operations = cost.operations };
    const double speed = cost.is_f64 ? profile->limits.f64 : profile->limits.f32;
    if (profile->limits.bytes > 0 && speed > 0) {
        const double moved = cost.bytes / profile->limits.bytes, done = cost.operations / speed;
        row.limit = moved > done ? moved : done;
    }
    return row;
}
