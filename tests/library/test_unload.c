/* test_unload.c: the library may be unloaded at any time, even while plans live whose threads
 * look or wait for their next job in its code.
 *
 * Usage: test_unload PLUGIN... */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 20, THREADS = 2 };

typedef void *(*maker)(int threads);
typedef void (*freer)(void *work);
typedef const char *(*teller)(void);

/* What is never freed; from here a leak checker finds it. */
static void *kept[64];
static int kept_count;

static void complain(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why ? why : "failed");
}

/* POSIX gives functions as pointers to objects. */
#define LOOK_UP(library, name, function)                                                           \
    (*(void **)&(function) = dlsym(library, name), (function) != NULL)

/* Loads a plugin, has it run a plan, and unloads it with the plan freed or alive. The library's
 * code has to be there afterwards. */
static int load_and_unload(const char *plugin, int free_first)
{
    maker work_new;
    freer work_free;
    teller tg_version;
    void *library = dlopen(plugin, RTLD_NOW | RTLD_LOCAL);
    if (!library || !LOOK_UP(library, "work_new", work_new) ||
        !LOOK_UP(library, "work_free", work_free) || !LOOK_UP(library, "tg_version", tg_version)) {
        complain(plugin, dlerror());
        return 1;
    }
    void *work = work_new(THREADS);
    if (!work) {
        complain(plugin, "the plan does not run");
        return 1;
    }
    if (free_first) work_free(work);
    else kept[kept_count++] = work;
    if (dlclose(library)) {
        complain(plugin, dlerror());
        return 1;
    }
    nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
    return strlen(tg_version()) == 0;
}

int main(int argc, char **argv)
{
    int failed = argc < 2 || argc > 3;
    for (int i = 1; i < argc && !failed; i++)
        for (int round = 0; round < ROUNDS && !failed; round++)
            failed = load_and_unload(argv[i], round % 2);
    return failed;
}
