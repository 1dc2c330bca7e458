/* object.c: from text to a loaded object; see jit.h.
 *
 * What is made is loaded where it was made, and then kept: what cannot be loaded is never in the
 * cache, and another process that cleans the cache is in nobody's way. Linux loads a file once,
 * however often it is asked for, so two objects of one text may be the same memory. */
#include "jit/inside.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct tg__jit_object {
    tg_allocator allocator;
    void *handle;
};

/* ---- Loading ----------------------------------------------------------------------------- */

static bool load(tg__jit_object *object, const char *path, char *text)
{
    object->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (object->handle) return true;
    const char *why = dlerror();
    (void)snprintf(text, TG_JIT_TEXT, "what was compiled cannot be loaded: %s",
                   why ? why : "the system does not say why");
    return false;
}

/* ---- Making ------------------------------------------------------------------------------ */

typedef struct making {
    const tg_allocator *allocator;
    const char *source;
    size_t length;
    tg__jit_compiler compiler;
    char key[TG_JIT_KEY + 1];
    char *cache; /* a folder, or NULL, */
    char *place; /* and the object in it */
    tg__jit_object *object;
    char note[TG_JIT_TEXT]; /* why nothing is cached */
} making;

/* A folder where compilers write their temporary files, too. */
static char *temporary_folder(making *m, char *text)
{
    const char *parent = tg__jit_setting("TMPDIR");
    return tg__jit_new_folder(m->allocator, parent && *parent == '/' ? parent : "/tmp", "tapegrad-",
                              text);
}

/* In the cache, so that it can be renamed, if there is one, and it can be written. */
static char *build_folder(making *m, char *text)
{
    char *folder = NULL;
    *text = '\0';
    if (m->cache) folder = tg__jit_new_folder(m->allocator, m->cache, "build-", text);
    if (folder) return folder;
    if (m->cache) (void)snprintf(m->note, TG_JIT_TEXT, "nothing is cached: %.400s", text);
    tg__free(m->allocator, m->place);
    m->place = NULL;
    return temporary_folder(m, text);
}

/* 256 MB of objects. */
static const int64_t MOST_BYTES = (int64_t)256 << 20;

static void not_kept(making *m)
{
    (void)snprintf(m->note, TG_JIT_TEXT, "nothing is cached in %.300s: %s", m->cache,
                   strerror(errno));
}

static void keep(making *m, const char *path)
{
    if (rename(path, m->place) == 0)
        tg__jit_cache_clean(m->allocator, m->cache, m->key, MOST_BYTES);
    else not_kept(m);
}

/* Compiles in the folder, and loads. */
static bool make_in(making *m, const char *folder, char *text)
{
    char *path = tg__jit_compile(m->allocator, &m->compiler, m->source, m->length, folder, text);
    if (!path) return false;
    const bool sealed = m->place && tg__jit_cache_seal(path, m->key);
    if (m->place && !sealed) not_kept(m);
    const bool loaded = load(m->object, path, text);
    if (loaded && sealed) keep(m, path);
    tg__free(m->allocator, path);
    return loaded;
}

static bool make(making *m, char *text)
{
    char *folder = build_folder(m, text);
    if (!folder) return false;
    const bool made = make_in(m, folder, text);
    tg__jit_remove_folder(AT_FDCWD, folder);
    tg__free(m->allocator, folder);
    return made;
}

/* The object's place in the cache; false when out of memory. */
static bool find_place(making *m, char *text)
{
    *text = '\0';
    m->cache = tg__jit_cache_folder(m->allocator, m->note, text);
    if (!m->cache) return !*text;
    char *folder = tg__jit_join(m->allocator, m->cache, "/", m->key, text);
    m->place = folder ? tg__jit_join(m->allocator, folder, ".so", "", text) : NULL;
    tg__free(m->allocator, folder);
    return m->place != NULL;
}

static bool take_or_make(making *m, tg__jit_result *result)
{
    if (!tg__jit_find_compiler(m->allocator, &m->compiler, result->text)) return false;
    tg__jit_key_of(&m->compiler, m->source, m->length, m->key);
    if (!find_place(m, result->text)) return false;
    if (m->place && tg__jit_cache_has(m->place, m->key)) {
        result->cached = load(m->object, m->place, result->text);
        if (result->cached) return true;
        (void)unlink(m->place); /* of another machine, whose libraries this one does not have */
    }
    return make(m, result->text);
}

/* ---- The interface ----------------------------------------------------------------------- */

tg__jit_result tg__jit_load(const tg_allocator *allocator, const char *text, size_t length)
{
    tg__jit_result result = { .object = NULL };
    if (!tg__jit_trusts(result.text)) return result;
    making m = { .allocator = allocator, .source = text, .length = length };
    m.object = tg__alloc_zero(allocator, sizeof *m.object);
    if (!m.object) {
        tg__jit_no_memory(result.text);
        return result;
    }
    m.object->allocator = *allocator;
    if (take_or_make(&m, &result)) {
        result.object = m.object;
        memcpy(result.text, m.note, sizeof m.note);
    } else {
        tg__free(allocator, m.object);
    }
    tg__free(allocator, m.place);
    tg__free(allocator, m.cache);
    tg__free(allocator, m.compiler.path);
    return result;
}

void *tg__jit_symbol(const tg__jit_object *object, const char *name)
{
    return dlsym(object->handle, name);
}

void tg__jit_free(tg__jit_object *object)
{
    if (!object) return;
    const tg_allocator allocator = object->allocator;
    (void)dlclose(object->handle);
    tg__free(&allocator, object);
}
