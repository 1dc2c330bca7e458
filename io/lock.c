/* lock.c: a file that one open run has to itself. The lock goes when the process does, however it
 * ends, and it keeps out other openings in the same process too, which POSIX's own locks do not. */
#define _DEFAULT_SOURCE 1 /* flock */

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
