/* disk.h: a disk in memory for the tests of saving: an I/O layer with a few files, which fails on
 * demand, reads and writes little at a time, and counts what is open. */
#ifndef TG_TESTS_DISK_H
#define TG_TESTS_DISK_H

#include <tapegrad.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { DISK_FILES = 8 };

typedef struct disk_file {
    char path[128]; /* "": none */
    unsigned char *data;
    size_t size, at;
    bool synced;
    int mode; /* as create_like passes it on */
} disk_file;

typedef struct disk {
    disk_file file[DISK_FILES];
    int calls, fail_at; /* the call (from 1) that fails */
    bool persistent;    /* and all after it */
    int fail_with;      /* the errno value; 0: EIO */
    size_t longest;     /* bytes taken by one call; 0: any number */
    bool storm;         /* EINTR before every success */
    bool storming;
    int open_files, refused_removals;
    bool renamed_unsynced; /* a file took its name before it was synced */
} disk;

static inline int disk_breaks(disk *d)
{
    d->storming = d->storm && !d->storming;
    if (d->storming) return EINTR;
    d->calls++;
    const bool breaks =
        d->fail_at && (d->persistent ? d->calls >= d->fail_at : d->calls == d->fail_at);
    return breaks ? (d->fail_with ? d->fail_with : EIO) : 0;
}

static inline disk_file *disk_find(disk *d, const char *path)
{
    for (int i = 0; i < DISK_FILES; i++)
        if (strcmp(d->file[i].path, path) == 0) return &d->file[i];
    return NULL;
}

static inline int disk_open(void *context, const char *path, void **file)
{
    disk *d = context;
    const int fault = disk_breaks(d);
    disk_file *found = disk_find(d, path);
    if (fault || !found) return fault ? fault : ENOENT;
    found->at = 0;
    d->open_files++;
    *file = found;
    return 0;
}

static inline int64_t disk_read(void *context, void *file, void *buffer, size_t size)
{
    disk *d = context;
    disk_file *from = file;
    const int fault = disk_breaks(d);
    if (fault) return -fault;
    if (d->longest && size > d->longest) size = d->longest;
    if (size > from->size - from->at) size = from->size - from->at;
    if (size) memcpy(buffer, from->data + from->at, size);
    from->at += size;
    return (int64_t)size;
}

static inline int disk_close(void *context, void *file)
{
    disk *d = context;
    (void)file;
    d->open_files--;
    d->storming = d->storm; /* after EINTR from close nobody calls it again */
    return disk_breaks(d);
}

static inline int disk_create(void *context, const char *path, void **file)
{
    disk *d = context;
    const int fault = disk_breaks(d);
    if (fault) return fault;
    if (disk_find(d, path)) return EEXIST;
    disk_file *fresh = disk_find(d, "");
    if (!fresh || strlen(path) >= sizeof fresh->path) return ENOSPC;
    strcpy(fresh->path, path);
    d->open_files++;
    *file = fresh;
    return 0;
}

static inline int disk_target(void *context, const char *path, char *out, size_t size)
{
    const int fault = disk_breaks(context);
    if (fault || strlen(path) >= size) return fault ? fault : ENAMETOOLONG;
    strcpy(out, path);
    return 0;
}

static inline int disk_create_like(void *context, const char *path, const char *like, void **file)
{
    const disk_file *old = disk_find(context, like);
    const int fault = disk_create(context, path, file);
    if (!fault && old) ((disk_file *)*file)->mode = old->mode;
    return fault;
}

static inline int64_t disk_write(void *context, void *file, const void *buffer, size_t size)
{
    disk *d = context;
    disk_file *to = file;
    const int fault = disk_breaks(d);
    if (fault) return -fault;
    if (d->longest && size > d->longest) size = d->longest;
    unsigned char *grown = realloc(to->data, to->size + size);
    if (!grown) return -ENOSPC;
    memcpy(grown + to->size, buffer, size);
    to->data = grown;
    to->size += size;
    to->synced = false;
    return (int64_t)size;
}

static inline int disk_sync(void *context, void *file)
{
    const int fault = disk_breaks(context);
    if (!fault) ((disk_file *)file)->synced = true;
    return fault;
}

static inline void disk_drop(disk_file *file)
{
    free(file->data);
    *file = (disk_file){ .path = "" };
}

static inline int disk_rename(void *context, const char *from, const char *to)
{
    disk *d = context;
    const int fault = disk_breaks(d);
    disk_file *source = disk_find(d, from), *old = disk_find(d, to);
    if (fault || !source) return fault ? fault : ENOENT;
    if (old) disk_drop(old);
    strcpy(source->path, to);
    d->renamed_unsynced |= !source->synced;
    return 0;
}

static inline int disk_remove(void *context, const char *path)
{
    disk *d = context;
    const int fault = disk_breaks(d);
    disk_file *found = disk_find(d, path);
    d->refused_removals += fault && fault != EINTR;
    if (fault || !found) return fault ? fault : ENOENT;
    disk_drop(found);
    return 0;
}

static inline int disk_sync_folder(void *context, const char *path)
{
    (void)path;
    return disk_breaks(context);
}

static inline tg_io_layer disk_io(disk *d)
{
    return (tg_io_layer){ .open = disk_open,
                          .read = disk_read,
                          .close = disk_close,
                          .context = d,
                          .create = disk_create,
                          .write = disk_write,
                          .sync = disk_sync,
                          .rename = disk_rename,
                          .remove = disk_remove,
                          .sync_folder = disk_sync_folder,
                          .target = disk_target,
                          .create_like = disk_create_like };
}

/* Puts a file there, in the place of one that was. */
static inline void disk_put(disk *d, const char *path, const void *data, size_t size)
{
    disk_file *file = disk_find(d, path);
    if (!file) file = disk_find(d, "");
    disk_drop(file);
    strcpy(file->path, path);
    file->data = malloc(size + 1);
    if (!file->data) abort();
    memcpy(file->data, data, size);
    file->size = size;
}

static inline int disk_count(const disk *d)
{
    int count = 0;
    for (int i = 0; i < DISK_FILES; i++) count += d->file[i].path[0] != 0;
    return count;
}

static inline void disk_empty(disk *d)
{
    for (int i = 0; i < DISK_FILES; i++) disk_drop(&d->file[i]);
}

#endif
