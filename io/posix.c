/* posix.c: the default I/O layer. The library leaves the caller's errno alone: errors travel
 * as return values. */
#include "io/io.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* ---- Reading ------------------------------------------------------------------------ */

static int posix_open(void *context, const char *path, void **file)
{
    (void)context;
    const int before = errno;
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    const int result = descriptor < 0 ? errno : 0;
    errno = before;
    *file = (void *)(intptr_t)descriptor;
    return result;
}

static int64_t posix_read(void *context, void *file, void *buffer, size_t size)
{
    (void)context;
    const int before = errno;
    const ssize_t got = read((int)(intptr_t)file, buffer, size);
    const int64_t result = got < 0 ? -(int64_t)errno : (int64_t)got;
    errno = before;
    return result;
}

static int posix_close(void *context, void *file)
{
    (void)context;
    const int before = errno;
    /* After EINTR the descriptor is gone on Linux, and closing again might hit another's. */
    const int result = close((int)(intptr_t)file) < 0 && errno != EINTR ? errno : 0;
    errno = before;
    return result;
}

/* ---- Writing ------------------------------------------------------------------------ */

static int posix_create(void *context, const char *path, void **file)
{
    (void)context;
    const int before = errno;
    const int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0666);
    const int result = descriptor < 0 ? errno : 0;
    errno = before;
    *file = (void *)(intptr_t)descriptor;
    return result;
}

static int64_t posix_write(void *context, void *file, const void *buffer, size_t size)
{
    (void)context;
    const int before = errno;
    const ssize_t put = write((int)(intptr_t)file, buffer, size);
    const int64_t result = put < 0 ? -(int64_t)errno : (int64_t)put;
    errno = before;
    return result;
}

static int posix_sync(void *context, void *file)
{
    (void)context;
    const int before = errno;
    const int result = fsync((int)(intptr_t)file) < 0 ? errno : 0;
    errno = before;
    return result;
}

static int posix_rename(void *context, const char *from, const char *to)
{
    (void)context;
    const int before = errno;
    const int result = rename(from, to) < 0 ? errno : 0;
    errno = before;
    return result;
}

static int posix_remove(void *context, const char *path)
{
    (void)context;
    const int before = errno;
    const int result = unlink(path) < 0 ? errno : 0;
    errno = before;
    return result;
}

/* Some file systems cannot sync a folder, and one that may be written need not be readable:
 * neither says anything about the file. */
static int posix_sync_folder(void *context, const char *path)
{
    (void)context;
    const int before = errno;
    const int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int result = descriptor < 0 || fsync(descriptor) < 0 ? errno : 0;
    if (descriptor >= 0) (void)close(descriptor);
    if (result == EINVAL || result == ENOTSUP || result == EACCES) result = 0;
    errno = before;
    return result;
}

const tg_io_layer tg__posix_io = {
    .open = posix_open,
    .read = posix_read,
    .close = posix_close,
    .create = posix_create,
    .write = posix_write,
    .sync = posix_sync,
    .rename = posix_rename,
    .remove = posix_remove,
    .sync_folder = posix_sync_folder,
};
