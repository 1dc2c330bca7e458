/* lock.c: locks a file for one open run. The lock ends with the process, however that ends. It also
 * excludes further openings in the same process, which POSIX's own locks do not. */
#define _DEFAULT_SOURCE 1 /* for flock */

#include "io/io.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

int tg__lock(const char *path, int *descriptor)
{
    const int before = errno;
    int result = 0, file, got = 0;
    do {
        file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    } while (file < 0 && errno == EINTR);
    if (file < 0) result = errno;
    do {
        if (file >= 0) got = flock(file, LOCK_EX | LOCK_NB);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        result = errno;
        (void)close(file);
    } else {
        *descriptor = file;
    }
    errno = before;
    return result;
}

void tg__unlock(int descriptor)
{
    const int before = errno;
    if (descriptor >= 0) (void)close(descriptor);
    errno = before;
}
