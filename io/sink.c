/* sink.c: a file that appears complete or not at all. Anyone who opens the path, at any time, even
 * after a crash, gets the complete old file or the complete new one. */
#include "io/io.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The folder of a path; the caller frees it. */
static char *folder_of(const tg_allocator *allocator, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash) path = ".";
    const size_t length = slash && slash > path ? (size_t)(slash - path) : 1; /* "." or "/" */
    char *folder = tg__alloc(allocator, length + 1);
    if (!folder) return NULL;
    memcpy(folder, path, length);
    folder[length] = 0;
    return folder;
}

/* Finds the file that will be replaced. */
static tg_status find_target(tg__sink *sink)
{
    enum { PATH_BYTES = 4096 };
    const char *path = sink->report->path;
    const size_t size = sink->io->target ? PATH_BYTES : strlen(path) + 1;
    int result = 0;
    sink->target = tg__alloc(sink->allocator, size);
    if (!sink->target) return tg__complain_memory(sink->report, size);
    if (!sink->io->target) {
        memcpy(sink->target, path, size);
        return TG_OK;
    }
    do {
        result = sink->io->target(sink->io->context, path, sink->target, size);
    } while (result == EINTR);
    if (result == TG__IS_READ_ONLY)
        return tg__complain(sink->report, TG_ERR_IO,
                            "it is read-only: make it writable, remove it, or save elsewhere");
    if (tg__not_a_file(result))
        return tg__complain(sink->report, TG_ERR_IO,
                            "it is %s, and only a regular file is replaced",
                            tg__not_a_file(result));
    return result ? tg__complain_errno(sink->report, "cannot be replaced", result) : TG_OK;
}

/* A random number that differs from those of other processes, threads and times. The process id
 * alone is not enough: containers reuse ids, and files of killed processes may remain. */
static uint64_t draw_number(int turn)
{
    struct timespec now = { 0, 0 };
    (void)clock_gettime(CLOCK_REALTIME, &now);
    const uint64_t parts[] = { (uint64_t)now.tv_sec, (uint64_t)now.tv_nsec, (uint64_t)getpid(),
                               (uintptr_t)&now, (uint64_t)turn };
    uint64_t number = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) number = tg__mix(number + parts[i]);
    return number;
}

/* Makes a file with an unused name. */
static tg_status create(tg__sink *sink)
{
    enum { TRIES = 100, NAME = 64 };
    const tg_io_layer *io = sink->io;
    const size_t size = strlen(sink->folder) + NAME;
    sink->temporary = tg__alloc(sink->allocator, size);
    if (!sink->temporary) return tg__complain_memory(sink->report, size);
    int result = EEXIST;
    for (int i = 0; i < TRIES && result == EEXIST; i++) {
        (void)snprintf(sink->temporary, size, "%s/.tapegrad-%016llx.tmp", sink->folder,
                       (unsigned long long)draw_number(i));
        do {
            result = io->create_like
                         ? io->create_like(io->context, sink->temporary, sink->target, &sink->file)
                         : io->create(io->context, sink->temporary, &sink->file);
        } while (result == EINTR);
    }
    if (result != 0)
        return tg__complain_errno(sink->report, "no temporary file can be made in its folder",
                                  result);
    sink->open = sink->exists = true;
    return TG_OK;
}

tg_status tg__sink_open(tg__sink *sink, tg__report *report, const tg_io_layer *io,
                        const tg_allocator *allocator)
{
    *sink = (tg__sink){ .report = report, .io = io ? io : &tg__posix_io, .allocator = allocator };
    io = sink->io;
    if (!report->path || !*report->path)
        return tg__complain(report, TG_ERR_ARGUMENT, "the file's path is %s",
                            report->path ? "empty" : "NULL");
    if (!io->create || !io->write || !io->sync || !io->rename || !io->remove || !io->sync_folder)
        return tg__complain(report, TG_ERR_ARGUMENT, "the I/O layer in .io is for reading alone");
    if (find_target(sink) != TG_OK) return report->status;
    sink->folder = folder_of(allocator, sink->target);
    if (!sink->folder) return tg__complain_memory(report, strlen(sink->target) + 1);
    return create(sink);
}

tg_status tg__sink_write(tg__sink *sink, const void *data, size_t size)
{
    const unsigned char *next = data;
    while (size > 0) {
        const int64_t put = sink->io->write(sink->io->context, sink->file, next, size);
        if (put == -EINTR) continue;
        if (put < 0) {
            char what[64];
            (void)snprintf(what, sizeof what, "cannot be written at byte %llu",
                           (unsigned long long)sink->offset);
            return tg__complain_errno(sink->report, what, put < -INT_MAX ? EIO : (int)-put);
        }
        if (put == 0 || (uint64_t)put > size)
            return tg__complain(sink->report, TG_ERR_IO,
                                "the I/O layer says that it wrote %lld of %zu bytes",
                                (long long)put, size);
        next += put;
        size -= (size_t)put;
        sink->offset += (uint64_t)put;
    }
    return TG_OK;
}

/* Closes the file; after EINTR it is closed, too. */
static int close_file(tg__sink *sink)
{
    const int result = sink->io->close(sink->io->context, sink->file);
    sink->open = false;
    return result == EINTR ? 0 : result;
}

tg_status tg__sink_sync(tg__sink *sink)
{
    int result;
    do {
        result = sink->io->sync(sink->io->context, sink->file);
    } while (result == EINTR);
    return result == 0 ? TG_OK : tg__complain_errno(sink->report, "cannot be synced", result);
}

/* Renames the file, which has been synced, to its final name. */
static tg_status take_name(tg__sink *sink)
{
    const tg_io_layer *io = sink->io;
    int result;
    do {
        result = io->rename(io->context, sink->temporary, sink->target);
    } while (result == EINTR);
    if (result != 0) return tg__complain_errno(sink->report, "cannot be put in place", result);
    sink->exists = false;
    do {
        result = io->sync_folder(io->context, sink->folder);
    } while (result == EINTR);
    if (result == 0) return TG_OK;
    return tg__complain_errno(sink->report,
                              "is written and in place, but its folder cannot be synced", result);
}

tg_status tg__sink_commit(tg__sink *sink)
{
    tg_status status = tg__sink_sync(sink);
    if (status != TG_OK) return status;
    const int result = close_file(sink);
    if (result != 0) return tg__complain_errno(sink->report, "cannot be closed", result);
    return take_name(sink);
}

tg_status tg__sink_place(tg__sink *sink)
{
    const tg_status status = tg__sink_sync(sink);
    return status == TG_OK ? take_name(sink) : status;
}

tg_status tg__sink_close(tg__sink *sink)
{
    if (sink->open) (void)close_file(sink); /* after an error that was reported, or after a sync */
    while (sink->exists && sink->io->remove(sink->io->context, sink->temporary) == EINTR)
        ;
    tg__free(sink->allocator, sink->target);
    tg__free(sink->allocator, sink->folder);
    tg__free(sink->allocator, sink->temporary);
    sink->target = sink->folder = sink->temporary = NULL;
    sink->exists = false;
    return sink->report->status;
}
