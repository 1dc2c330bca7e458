/* jit.h: C that the process compiles for itself, and loads. This folder knows nothing of plans: it
 * takes the text of a C file, and gives the addresses of its functions. exec/native.c writes the
 * text.
 *
 *     text ──▶ key ──▶ the cache has it? ──▶ load
 *                           no └─▶ compiler ──▶ load ──▶ cache
 *
 * What is compiled is [prelude] and [text]. The prelude (made by embed.py from the headers that
 * kernels are compiled with) has what the value of an elementwise operation may name, and defines
 * names that begin with tg or TG. The flags are those of the library, so the same loops give the
 * same bits; but for an instruction set, that of the library's copies for this processor. If these
 * call vector functions of the C library, so must the text: it is an error if it calls one for a
 * single number, as a loop does whose count need not be whole vectors.
 *
 *     environment.c   the variables that say what to do
 *     files.c         paths and folders
 *     process.c       runs a program with a time limit
 *     compiler.c      finds the compiler, and compiles
 *     cache.c         the folder of shared objects: who may write there, what is kept
 *     object.c        what is declared here: key, cache or compiler, loading */
#ifndef TG_JIT_JIT_H
#define TG_JIT_JIT_H

#include "kernels/memory.h"

/* A shared object that is loaded. */
typedef struct tg__jit_object tg__jit_object;

typedef struct tg__jit_result {
    tg__jit_object *object; /* NULL: none, and [text] says why and what to do */
    bool cached;            /* the compiler did not run */
    char text[512];         /* "" if all went well; with an object: why it could not be cached */
} tg__jit_result;

/* Compiles C of that length, or finds it in the cache, and loads it. It may be called by several
 * threads at once, and by several processes. It changes nothing of the process: no handler of
 * signals, no working directory, no variable of the environment. */
tg__jit_result tg__jit_load(const tg_allocator *allocator, const char *text, size_t length);
/* The address of one of its functions; NULL: there is none of that name. */
void *tg__jit_symbol(const tg__jit_object *object, const char *name);
/* Accepts NULL. Afterwards no function of it may be called. */
void tg__jit_free(tg__jit_object *object);

/* Does the environment ask for it (TAPEGRAD_JIT)? And for a line about each plan, at the end of
 * which file (TAPEGRAD_JIT_LOG)? NULL: no. */
bool tg__jit_wanted(void);
const char *tg__jit_log(void);

#endif
