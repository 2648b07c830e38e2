/* A disk that fails as real ones do, for one process: preloaded before the C library.
 *
 * FAULT_FILE   only files whose path holds this text
 * FAULT_KIND   fsync: a sync fails (EIO) · full: a write fails (ENOSPC)
 *              read-only: opening to write fails (EROFS)
 * FAULT_FROM   the first call that fails, from 1
 * FAULT_COUNT  how many calls fail; 0 for all from there on
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long calls;

static int fails(const char *kind, const char *path)
{
    const char *file = getenv("FAULT_FILE"), *wanted = getenv("FAULT_KIND");
    if (!file || !wanted || strcmp(kind, wanted) || !strstr(path, file))
        return 0;
    long from = atol(getenv("FAULT_FROM")), count = atol(getenv("FAULT_COUNT"));
    long call = atomic_fetch_add(&calls, 1) + 1;
    return call >= from && (count == 0 || call < from + count);
}

static int handle_fails(const char *kind, int fd)
{
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0)
        return 0;
    path[length] = 0;
    return fails(kind, path);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int fsync(int fd)
{
    if (handle_fails("fsync", fd)) { errno = EIO; return -1; }
    return REAL(fsync)(fd);
}

int fdatasync(int fd)
{
    if (handle_fails("fsync", fd)) { errno = EIO; return -1; }
    return REAL(fdatasync)(fd);
}

ssize_t write(int fd, const void *data, size_t length)
{
    if (handle_fails("full", fd)) { errno = ENOSPC; return -1; }
    return REAL(write)(fd, data, length);
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t at)
{
    if (handle_fails("full", fd)) { errno = ENOSPC; return -1; }
    return REAL(pwrite)(fd, data, length, at);
}

ssize_t pwrite64(int fd, const void *data, size_t length, off64_t at)
{
    if (handle_fails("full", fd)) { errno = ENOSPC; return -1; }
    return REAL(pwrite64)(fd, data, length, at);
}

#define OPEN(name)                                                           \
    int name(const char *path, int flags, ...)                               \
    {                                                                        \
        va_list more;                                                        \
        va_start(more, flags);                                               \
        mode_t mode = (flags & O_CREAT) ? va_arg(more, mode_t) : 0;          \
        va_end(more);                                                        \
        if ((flags & O_ACCMODE) != O_RDONLY && fails("read-only", path)) {   \
            errno = EROFS;                                                   \
            return -1;                                                       \
        }                                                                    \
        return REAL(name)(path, flags, mode);                                \
    }

OPEN(open)
OPEN(open64)
