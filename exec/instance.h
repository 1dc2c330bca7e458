/* instance.h: programs in memory.
 *
 * An executable is a program, and for each kernel the backend that runs it (backend.h) and what the
 * backend has made of it. It never changes, and may be shared by any number of instances.
 *
 * An instance is one way to run it: the memory of its values, where its leaves are, the threads
 * that work on it. Several instances of one executable may run at once, each on a thread of its
 * own, as long as nobody assigns to a variable that they read.
 *
 *     the block of an instance
 *     values and partial results | numbers | working memory of workers and of calls
 *     0 ..        values_bytes     ..  block_bytes (of the program)           ..  block_bytes */
#ifndef TG_EXEC_INSTANCE_H
#define TG_EXEC_INSTANCE_H

#include "autograd/engine.h"
#include "kernels/parallel.h"
#include "plan/program.h"

typedef struct tg__backend tg__backend;
typedef struct tg__profile tg__profile;

/* What runs a kernel. */
typedef struct tg__prepared {
    const tg__backend *backend;
    void *code;   /* of the backend */
    size_t state; /* where the kernel's state is in that of an instance */
} tg__prepared;

typedef struct tg__executable {
    tg_allocator allocator;
    tg__program *program;
    tg__arena *arena;              /* the program's, for the backends */
    tg__prepared *kernels;         /* as the program's */
    int threads;                   /* the most that an instance may have */
    bool trap;                     /* naive: a value that is not finite is an error */
    size_t state_bytes;            /* what backends keep in an instance from bind to run */
    size_t worker_bytes;           /* working memory of each worker, */
    size_t first_bytes;            /* or of the first alone, */
    size_t call_bytes;             /* or of a call, all workers' together */
    struct tg__jit_object *object; /* machine code that kernels run; NULL: none */
    int holders;                   /* plans and instances; atomic */
} tg__executable;

typedef struct tg__instance {
    tg__executable *exe;
    const tg__program *program; /* the executable's */
    tg_store *store;
    tg__pool *pool; /* NULL: one thread */
    unsigned char *block;
    size_t block_bytes;
    void **leaf;     /* where each leaf's value is */
    double *numbers; /* what leaves that are numbers, or the step, are now */
    unsigned char *state;
    uint64_t *drawn;      /* of each of the program's draws: the count that this run begins with */
    tg__profile *profile; /* NULL: none */
    bool settled;         /* the constant values have been computed */
    tg_error error;       /* the last run's */
} tg__instance;

/* Chooses a backend for each kernel and lets it prepare. The program belongs to the executable,
 * also if that fails, which gives NULL: out of memory. It is held once. */
tg__executable *tg__executable_make(tg__program *program, int threads, bool trap);
void tg__executable_hold(tg__executable *exe);
/* The last one frees it. Accepts NULL. */
void tg__executable_release(tg__executable *exe);

/* An instance holds its executable. NULL when out of memory. */
tg__instance *tg__instance_new(tg__executable *exe, tg_store *store, int threads);
void tg__instance_free(tg__instance *instance); /* accepts NULL */
/* Looks up where all is, after [leaf] and [numbers] have been set. */
void tg__instance_bind(tg__instance *instance);
/* All kernels, and then the assignments that waited for the end. [drawn] has been set. */
tg_status tg__instance_run(tg__instance *instance);

/* Where a value is. */
static inline void *tg__locate(const tg__instance *instance, uint32_t v)
{
    const tg__storage *storage = &instance->program->storage[v];
    return storage->place == TG_PLACE_LEAF ? instance->leaf[instance->program->values[v].leaf]
                                           : instance->block + storage->offset;
}
/* The working memory of the workers, or of the call that runs. */
static inline unsigned char *tg__scratch(const tg__instance *instance)
{
    return instance->block + instance->program->block_bytes;
}
static inline void *tg__state(const tg__instance *instance, uint32_t k)
{
    return instance->state + instance->exe->kernels[k].state;
}

#endif
