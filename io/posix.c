/* posix.c: the default I/O layer. Errors are return values; the caller's errno is not changed. */
#include "io/io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- Reading ------------------------------------------------------------------------ */

/* 0 for a regular file, else a code (tg__not_a_file). */
static int kind_of(const struct stat *status)
{
    if (S_ISREG(status->st_mode)) return 0;
    if (S_ISDIR(status->st_mode)) return TG__IS_FOLDER;
    if (S_ISFIFO(status->st_mode)) return TG__IS_FIFO;
    return S_ISSOCK(status->st_mode) ? TG__IS_SOCKET : TG__IS_DEVICE;
}

const char *tg__not_a_file(int number)
{
    switch (number) {
    case TG__IS_FOLDER: return "a directory";
    case TG__IS_FIFO: return "a FIFO (a pipe)";
    case TG__IS_SOCKET: return "a socket";
    case TG__IS_DEVICE: return "a device";
    default: return NULL;
    }
}

/* Checks before opening, because opening a device may have effects; and again what was opened, as
 * it may have changed. With O_NONBLOCK a FIFO does not wait for a writer. */
static int open_file(const char *path, int *descriptor)
{
    struct stat status;
    if (stat(path, &status) < 0) return errno;
    int result = kind_of(&status);
    if (result) return result;
    *descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (*descriptor < 0) return errno;
    if (fstat(*descriptor, &status) < 0) result = errno;
    else result = kind_of(&status);
    /* Reading must wait for data: some file systems fetch it first. */
    if (!result && fcntl(*descriptor, F_SETFL, 0) < 0) result = errno;
    if (result) (void)close(*descriptor);
    return result;
}

static int file_open(void *context, const char *path, void **file)
{
    (void)context;
    const int before = errno;
    int descriptor = -1;
    const int result = open_file(path, &descriptor);
    errno = before;
    *file = (void *)(intptr_t)descriptor;
    return result;
}

static int64_t file_read(void *context, void *file, void *buffer, size_t size)
{
    (void)context;
    const int before = errno;
    const ssize_t got = read((int)(intptr_t)file, buffer, size);
    const int64_t result = got < 0 ? -(int64_t)errno : (int64_t)got;
    errno = before;
    return result;
}

static int file_close(void *context, void *file)
{
    (void)context;
    const int before = errno;
    /* After EINTR Linux has closed the descriptor; closing again could close another file. */
    const int result = close((int)(intptr_t)file) < 0 && errno != EINTR ? errno : 0;
    errno = before;
    return result;
}

int tg__posix_size(void *file, uint64_t *size)
{
    const int before = errno;
    struct stat status;
    const int result = fstat((int)(intptr_t)file, &status) < 0 ? errno : 0;
    errno = before;
    *size = result ? 0 : (uint64_t)status.st_size;
    return result;
}

int tg__posix_seek(void *file, uint64_t offset)
{
    const int before = errno;
    const off_t to = (off_t)offset;
    if (to < 0 || (uint64_t)to != offset) return EOVERFLOW;
    const int result = lseek((int)(intptr_t)file, to, SEEK_SET) < 0 ? errno : 0;
    errno = before;
    return result;
}

/* ---- Writing ------------------------------------------------------------------------ */

static int file_create(void *context, const char *path, void **file)
{
    (void)context;
    const int before = errno;
    const int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0666);
    const int result = descriptor < 0 ? errno : 0;
    errno = before;
    *file = (void *)(intptr_t)descriptor;
    return result;
}

static int64_t file_write(void *context, void *file, const void *buffer, size_t size)
{
    (void)context;
    const int before = errno;
    const ssize_t put = write((int)(intptr_t)file, buffer, size);
    const int64_t result = put < 0 ? -(int64_t)errno : (int64_t)put;
    errno = before;
    return result;
}

static int file_sync(void *context, void *file)
{
    (void)context;
    const int before = errno;
    const int result = fsync((int)(intptr_t)file) < 0 ? errno : 0;
    errno = before;
    return result;
}

static int file_rename(void *context, const char *from, const char *to)
{
    (void)context;
    const int before = errno;
    const int result = rename(from, to) < 0 ? errno : 0;
    errno = before;
    return result;
}

static int file_remove(void *context, const char *path)
{
    (void)context;
    const int before = errno;
    const int result = unlink(path) < 0 ? errno : 0;
    errno = before;
    return result;
}

/* Errors are ignored: some file systems cannot sync a folder, and a folder that may be written need
 * not be readable. */
static int file_sync_folder(void *context, const char *path)
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

static int file_make_folder(void *context, const char *path)
{
    (void)context;
    const int before = errno;
    struct stat status;
    int result = mkdir(path, 0777) < 0 ? errno : 0;
    /* On a read-only file system mkdir may report that error even if the folder exists. */
    if (result && stat(path, &status) == 0) result = S_ISDIR(status.st_mode) ? 0 : ENOTDIR;
    errno = before;
    return result;
}

/* ---- Taking the place of a file --------------------------------------------------------- */

enum { PATH_BYTES = 4096, MOST_LINKS = 40 };

/* Replaces [path] by the target of the link. */
static int follow(char *path, size_t size)
{
    char to[PATH_BYTES];
    const ssize_t length = readlink(path, to, sizeof to);
    if (length < 0) return errno;
    const char *slash = strrchr(path, '/');
    const size_t folder = length && to[0] == '/' ? 0 : slash ? (size_t)(slash - path) + 1 : 0;
    if (folder + (size_t)length >= size || (size_t)length == sizeof to) return ENAMETOOLONG;
    memcpy(path + folder, to, (size_t)length);
    path[folder + (size_t)length] = 0;
    return 0;
}

/* True if the process may not write to the file. For root only the mode counts. */
static bool is_read_only(const char *path, const struct stat *status)
{
    if (!(status->st_mode & S_IWUSR)) return true;
    return faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) < 0 && errno == EACCES;
}

/* Link by link, because the last link may point at a file that does not exist yet. */
static int find_target(const char *path, char *out, size_t size)
{
    if (strlen(path) >= size) return ENAMETOOLONG;
    strcpy(out, path);
    for (int links = 0; links < MOST_LINKS; links++) {
        struct stat status;
        if (lstat(out, &status) < 0) return errno == ENOENT ? 0 : errno;
        if (!S_ISLNK(status.st_mode)) {
            const int kind = kind_of(&status);
            return kind ? kind : is_read_only(out, &status) ? TG__IS_READ_ONLY : 0;
        }
        const int result = follow(out, size);
        if (result) return result;
    }
    return ELOOP;
}

static int file_target(void *context, const char *path, char *out, size_t size)
{
    (void)context;
    const int before = errno;
    const int result = find_target(path, out, size);
    errno = before;
    return result;
}

/* Copies group, mode and owner of another file, as far as the process and the file system can. If
 * the group cannot be set, the group gets no more rights than everybody. */
static void take_permissions(int descriptor, const struct stat *from)
{
    const uid_t same_owner = (uid_t)-1;
    struct stat now;
    mode_t mode = from->st_mode & 0777;
    if (fstat(descriptor, &now) < 0) return;
    if (now.st_gid != from->st_gid && fchown(descriptor, same_owner, from->st_gid) < 0)
        mode &= ~(mode_t)070 | (mode & 07) << 3;
    (void)fchmod(descriptor, mode);
    /* Last, because after giving the file away the process may no longer change it. */
    if (now.st_uid != from->st_uid && fchown(descriptor, from->st_uid, (gid_t)-1) < 0) return;
}

static int file_create_like(void *context, const char *path, const char *like, void **file)
{
    struct stat status;
    const int before = errno;
    if (stat(like, &status) < 0) {
        const int result = errno == ENOENT ? file_create(context, path, file) : errno;
        errno = before;
        return result;
    }
    /* Nobody else may open it before it has its mode. */
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY;
    const int descriptor = open(path, flags, S_IRUSR | S_IWUSR);
    const int result = descriptor < 0 ? errno : 0;
    if (!result) take_permissions(descriptor, &status);
    errno = before;
    *file = (void *)(intptr_t)descriptor;
    return result;
}

const tg_io_layer tg__posix_io = {
    .open = file_open,
    .read = file_read,
    .close = file_close,
    .create = file_create,
    .write = file_write,
    .sync = file_sync,
    .rename = file_rename,
    .remove = file_remove,
    .sync_folder = file_sync_folder,
    .target = file_target,
    .create_like = file_create_like,
    .make_folder = file_make_folder,
};
