/* files.c: paths, files and folders; belongs to jit.h. */
#include "jit/inside.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void tg__jit_no_memory(char *text) { (void)snprintf(text, TG_JIT_TEXT, "out of memory"); }

char *tg__jit_join(const tg_allocator *allocator, const char *a, const char *b, const char *c,
                   char *text)
{
    size_t size = strlen(a) + 1;
    const bool fits = tg__size_add(size, strlen(b), &size) && tg__size_add(size, strlen(c), &size);
    char *joined = fits ? tg__alloc(allocator, size) : NULL;
    if (!joined) {
        tg__jit_no_memory(text);
        return NULL;
    }
    strcpy(joined, a);
    strcat(joined, b);
    strcat(joined, c);
    return joined;
}

bool tg__jit_write(int file, const void *data, size_t size)
{
    const char *next = data;
    while (size > 0) {
        const ssize_t written = write(file, next, size);
        if (written < 0 && errno == EINTR) continue;
        if (written == 0) errno = ENOSPC;
        if (written <= 0) return false;
        next += written;
        size -= (size_t)written;
    }
    return true;
}

char *tg__jit_new_folder(const tg_allocator *allocator, const char *parent, const char *name,
                         char *text)
{
    char *inside = tg__jit_join(allocator, parent, "/", name, text);
    char *path = inside ? tg__jit_join(allocator, inside, "XXXXXX", "", text) : NULL;
    tg__free(allocator, inside);
    if (!path || mkdtemp(path)) return path;
    (void)snprintf(text, TG_JIT_TEXT, "no folder can be made in %s: %s", parent, strerror(errno));
    tg__free(allocator, path);
    return NULL;
}

void tg__jit_remove_folder(int parent, const char *name)
{
    const int folder = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *entries = folder >= 0 ? fdopendir(folder) : NULL;
    if (entries) {
        for (const struct dirent *entry; (entry = readdir(entries));)
            if (unlinkat(folder, entry->d_name, 0) != 0 && strcmp(entry->d_name, ".") != 0 &&
                strcmp(entry->d_name, "..") != 0)
                (void)unlinkat(folder, entry->d_name, AT_REMOVEDIR);
        (void)closedir(entries);
    } else if (folder >= 0) {
        (void)close(folder);
    }
    (void)unlinkat(parent, name, AT_REMOVEDIR);
}
