/* inside.h: what the files of this folder share. Functions that can fail return false or NULL, and
 * have then written why, and what to do, into [text], which has TG_JIT_TEXT bytes. */
#ifndef TG_JIT_INSIDE_H
#define TG_JIT_INSIDE_H

#include "jit/jit.h"

#include <time.h>

enum { TG_JIT_TEXT = sizeof(((tg__jit_result *)0)->text) };

/* ---- prelude.c, written by embed.py ------------------------------------------------------- */

extern const char *const tg__jit_prelude[]; /* parts of one text, then NULL */
extern const char *const tg__jit_flags[];   /* the compiler's, then NULL */

/* ---- environment.c ------------------------------------------------------------------------ */

/* May the process do what its environment says? Not if others set that (set-user-id). */
bool tg__jit_trusts(char *text);
/* The variable of the environment; NULL if there is none, or it is "". */
const char *tg__jit_setting(const char *name);

/* ---- files.c ------------------------------------------------------------------------------ */

void tg__jit_no_memory(char *text);
/* a followed by b and c. */
char *tg__jit_join(const tg_allocator *allocator, const char *a, const char *b, const char *c,
                   char *text);
/* Writes all of it, or sets errno. */
bool tg__jit_write(int file, const void *data, size_t size);
/* Makes a new folder that only this user may enter: [parent]/[name]XXXXXX, where each X is any
 * character. */
char *tg__jit_new_folder(const tg_allocator *allocator, const char *parent, const char *name,
                         char *text);
/* With the files that are in it, as far as that is possible; [name] is relative to the open folder
 * [parent], or to none (AT_FDCWD). */
void tg__jit_remove_folder(int parent, const char *name);

/* ---- process.c ---------------------------------------------------------------------------- */

typedef enum tg__jit_fate {
    TG_JIT_EXITED,      /* [number] is the status */
    TG_JIT_KILLED,      /* the signal */
    TG_JIT_TIMED_OUT,   /* 0: it was killed at the time limit */
    TG_JIT_LOST,        /* an errno value: how it ended is not known */
    TG_JIT_NOT_STARTED, /* an errno value */
} tg__jit_fate;
typedef struct tg__jit_ending {
    tg__jit_fate fate;
    int number;
} tg__jit_ending;

/* Runs a program for at most so many seconds. Its input is empty; what it writes goes into the file
 * [output]. When this returns, nothing that it has started is left in its process group. Both lists
 * end with NULL. */
tg__jit_ending tg__jit_run(char *const arguments[], char *const environment[], const char *output,
                           int64_t seconds);

/* ---- compiler.c --------------------------------------------------------------------------- */

typedef struct tg__jit_compiler {
    char *path; /* of the allocator */
    int64_t size;
    struct timespec changed;
} tg__jit_compiler;

bool tg__jit_find_compiler(const tg_allocator *allocator, tg__jit_compiler *compiler, char *text);
/* The flag for the instruction set of the library's kernels on this processor; NULL: none. */
const char *tg__jit_machine_flag(void);
/* Compiles the prelude and the source, in the [folder]. Returns the path of the shared object. */
char *tg__jit_compile(const tg_allocator *allocator, const tg__jit_compiler *compiler,
                      const char *source, size_t length, const char *folder, char *text);

/* ---- cache.c ------------------------------------------------------------------------------ */

enum { TG_JIT_KEY = 32 }; /* hexadecimal digits */

/* The names of all that an object is made of, as a hash. */
void tg__jit_key_of(const tg__jit_compiler *compiler, const char *source, size_t length,
                    char key[TG_JIT_KEY + 1]);

/* The folder of the cache; NULL: there is none that can be used, and [note] says why; or memory is
 * out, and [text] says so. */
char *tg__jit_cache_folder(const tg_allocator *allocator, char *note, char *text);
/* Is it there and whole? What is not is removed. Renews its time. */
bool tg__jit_cache_has(const char *path, const char *key);
/* Appends to the shared object that is at [path] what tg__jit_cache_has wants to see. */
bool tg__jit_cache_seal(const char *path, const char *key);
/* Removes what was not used for a month; of the rest, but for [key], the oldest beyond so many
 * bytes; and what processes that were killed have left. */
void tg__jit_cache_clean(const tg_allocator *allocator, const char *folder, const char *key,
                         int64_t most_bytes);

#endif
