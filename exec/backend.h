/* backend.h: what a backend is: one way to run kernels. There is a list of them, and each kernel
 * goes to the first that takes it. To add one is to write these functions and to put it into the
 * list (backend.c); nothing else knows how many there are.
 *
 *     backend      takes                  prepares
 *     loop         loops                  instructions over blocks of positions (code.h)
 *     scalar       scalar programs        instructions over numbers (code.h)
 *     call         calls                  operands
 *     reduce       reductions             nothing
 *     naive        kernels of one node    working memory                                     */
#ifndef TG_BACKEND_H
#define TG_BACKEND_H

#include "exec/instance.h"

/* While an executable is made. */
typedef struct tg__preparing {
    tg__executable *exe;
    tg__arena scratch; /* emptied after each kernel */
    uint32_t *mark[2]; /* by value, for the backends; what is in them is left from others */
} tg__preparing;

struct tg__backend {
    const char *name;
    bool (*takes)(const tg__program *program, const tg__kernel *kernel);
    /* Makes the kernel's code, in the executable's arena, and says what memory a run will need
     * (tg__needs_...). False when out of memory. */
    bool (*prepare)(tg__preparing *p, uint32_t k);
    /* Notes in the instance's state where operands and results are, whenever these have moved.
     * NULL: nothing. The state is zeros before the first time. */
    void (*bind)(tg__instance *instance, uint32_t k);
    /* Computes the kernel's values. On failure the instance's error says why. */
    tg_status (*run)(tg__instance *instance, uint32_t k);
    /* Frees what is not in the arena. NULL: nothing. */
    void (*free)(tg__executable *exe, uint32_t k);
    /* What the kernel is, in a few words, for a dump. */
    void (*print)(const tg__executable *exe, uint32_t k, FILE *out);
};

extern const tg__backend tg__loop_backend, tg__scalar_backend, tg__call_backend, tg__reduce_backend,
    tg__naive_backend;

/* Memory of the executable's arena, at least a byte; NULL when out of memory. */
static inline void *tg__code_alloc(tg__preparing *p, size_t size)
{
    return tg__arena_alloc(p->exe->arena, size ? size : 1);
}
/* The kernel's state in an instance takes so many bytes, aligned to 16. False if that is too
 * much. */
static inline bool tg__needs_state(tg__preparing *p, uint32_t k, size_t bytes)
{
    if (bytes > SIZE_MAX - 15) return false;
    p->exe->kernels[k].state = p->exe->state_bytes;
    return tg__size_add(p->exe->state_bytes, (bytes + 15) & ~(size_t)15, &p->exe->state_bytes);
}
/* Each worker takes so many bytes; or the first alone, if a kernel is never shared out; or a call,
 * of all workers together. */
static inline void tg__needs_workers(tg__preparing *p, size_t bytes)
{
    if (bytes > p->exe->worker_bytes) p->exe->worker_bytes = bytes;
}
static inline void tg__needs_first(tg__preparing *p, size_t bytes)
{
    if (bytes > p->exe->first_bytes) p->exe->first_bytes = bytes;
}
static inline void tg__needs_call(tg__preparing *p, size_t bytes)
{
    if (bytes > p->exe->call_bytes) p->exe->call_bytes = bytes;
}

/* Runs one call; [naive]: by its definition if it has one, on one thread. On failure the instance's
 * error names the line. */
tg_status tg__call_run(tg__instance *instance, tg__call *call, tg_site site, bool naive);

#endif
