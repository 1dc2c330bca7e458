/* backend.c: the list of backends, and executables, which are made by them. */
#include "exec/backend.h"
#include "jit/jit.h"

static const tg__backend *const backends[] = {
    &tg__loop_backend,   &tg__scalar_backend, &tg__call_backend,
    &tg__reduce_backend, &tg__naive_backend,
};
enum { BACKENDS = sizeof backends / sizeof *backends };

/* Every kind of kernel has a backend that takes all of its kind. */
static const tg__backend *backend_of(const tg__program *program, const tg__kernel *kernel)
{
    int i = 0;
    while (i < BACKENDS - 1 && !backends[i]->takes(program, kernel)) i++;
    return backends[i];
}

static bool choose(tg__preparing *p)
{
    tg__executable *exe = p->exe;
    const tg__program *program = exe->program;
    exe->kernels = tg__code_alloc(p, sizeof *exe->kernels * program->kernel_count);
    for (size_t k = 0; exe->kernels && k < program->kernel_count; k++)
        exe->kernels[k] = (tg__prepared){ .backend = backend_of(program, &program->kernels[k]) };
    return exe->kernels != NULL;
}

static bool prepare(tg__preparing *p)
{
    const tg__program *program = p->exe->program;
    if (!choose(p)) return false;
    for (int i = 0; i < 2; i++) {
        p->mark[i] = tg__alloc_zero(&p->exe->allocator, (program->count + 1) * sizeof *p->mark[i]);
        if (!p->mark[i]) return false;
    }
    for (size_t k = program->kernel_count; k-- > 0;) { /* in the order of runs */
        tg__arena_reset(&p->scratch);
        if (!p->exe->kernels[k].backend->prepare(p, (uint32_t)k)) return false;
    }
    return true;
}

tg__executable *tg__executable_make(tg__program *program, int threads, bool trap)
{
    const tg_allocator allocator = program->allocator;
    tg__executable *exe = tg__alloc_zero(&allocator, sizeof *exe);
    if (!exe) {
        tg__program_free(program);
        return NULL;
    }
    exe->allocator = allocator;
    exe->program = program;
    exe->threads = threads;
    exe->trap = trap;
    exe->holders = 1;
    exe->arena = &program->arena;
    tg__preparing p = { .exe = exe };
    tg__arena_init(&p.scratch, &exe->allocator);
    const bool ok = prepare(&p);
    tg__arena_free(&p.scratch);
    for (int i = 0; i < 2; i++) tg__free(&allocator, p.mark[i]);
    if (ok) return exe;
    tg__executable_release(exe);
    return NULL;
}

void tg__executable_hold(tg__executable *exe)
{
    (void)__atomic_add_fetch(&exe->holders, 1, __ATOMIC_RELAXED);
}

void tg__executable_release(tg__executable *exe)
{
    if (!exe || __atomic_sub_fetch(&exe->holders, 1, __ATOMIC_ACQ_REL) > 0) return;
    const tg_allocator allocator = exe->allocator;
    for (size_t k = 0; exe->kernels && k < exe->program->kernel_count; k++) {
        const tg__prepared *kernel = &exe->kernels[k];
        if (kernel->backend->free && kernel->code) kernel->backend->free(exe, (uint32_t)k);
    }
    tg__program_free(exe->program);
    tg__jit_free(exe->object);
    tg__free(&allocator, exe);
}
