/* cache.c: the folder of shared objects; belongs to jit.h.
 *
 *     tapegrad/                  of this user, whom nobody else can replace
 *         0123...cdef.so         a shared object; its name is a hash of all that it is made of
 *         build-Xy3fPq/          where one is being made
 *
 * Objects are made in a folder of their own, and renamed when they are whole. So there are no
 * locks: of two processes that make the same, the second replaces the file by an equal one. What is
 * loaded is run, so a file is not loaded unless it is whole: behind what the compiler wrote is a
 * line with the length and a hash of that. */
#include "jit/inside.h"

#include "kernels/hash.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- The key ----------------------------------------------------------------------------- */

typedef struct hashes {
    uint64_t bytes, words;
} hashes;

static void add_bytes(hashes *h, const void *data, size_t size)
{
    h->bytes = tg__hash(data, size, h->bytes);
    h->words = tg__hash_words(tg__hash_word(h->words, size), data, size);
}

static void add_text(hashes *h, const char *text) { add_bytes(h, text, strlen(text) + 1); }

static void add_number(hashes *h, int64_t number) { add_bytes(h, &number, sizeof number); }

void tg__jit_key_of(const tg__jit_compiler *compiler, const char *source, size_t length,
                    char key[TG_JIT_KEY + 1])
{
    const char *machine = tg__jit_machine_flag();
    hashes h = { 0, 1 };
    add_text(&h, TG_VERSION);
    add_text(&h, compiler->path);
    add_number(&h, compiler->size);
    add_number(&h, (int64_t)compiler->changed.tv_sec);
    add_number(&h, (int64_t)compiler->changed.tv_nsec);
    for (const char *const *flag = tg__jit_flags; *flag; flag++) add_text(&h, *flag);
    add_text(&h, machine ? machine : "");
    for (const char *const *part = tg__jit_prelude; *part; part++) add_text(&h, *part);
    add_bytes(&h, source, length);
    (void)snprintf(key, TG_JIT_KEY + 1, "%016llx%016llx", (unsigned long long)h.bytes,
                   (unsigned long long)h.words);
}

/* ---- The folder -------------------------------------------------------------------------- */

/* One that only this user may write into, and no link to another. */
static bool is_own(const struct stat *status)
{
    return status->st_uid == geteuid() && (status->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* Makes it, with the folders above it. */
static void make_folders(char *path)
{
    for (char *slash = path + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        (void)mkdir(path, S_IRWXU);
        *slash = '/';
    }
    (void)mkdir(path, S_IRWXU);
}

static bool is_usable(char *path, char *note)
{
    struct stat status;
    if (lstat(path, &status) != 0) make_folders(path);
    const char *why = NULL;
    if (lstat(path, &status) != 0) why = strerror(errno);
    else if (!S_ISDIR(status.st_mode)) why = "it is no folder";
    else if (!is_own(&status)) why = "others own it or may write into it";
    if (why) (void)snprintf(note, TG_JIT_TEXT, "nothing is cached in %.300s: %s", path, why);
    return !why;
}

char *tg__jit_cache_folder(const tg_allocator *allocator, char *note, char *text)
{
    const char *own = tg__jit_setting("TAPEGRAD_JIT_CACHE");
    const char *usual = tg__jit_setting("XDG_CACHE_HOME"), *home = tg__jit_setting("HOME");
    char *path = NULL;
    if (own && *own == '/') path = tg__jit_join(allocator, own, "", "", text);
    else if (own)
        (void)snprintf(note, TG_JIT_TEXT,
                       "nothing is cached: TAPEGRAD_JIT_CACHE is \"%.200s\", and must begin with /",
                       own);
    else if (usual && *usual == '/') path = tg__jit_join(allocator, usual, "/tapegrad", "", text);
    else if (home && *home == '/')
        path = tg__jit_join(allocator, home, "/.cache/tapegrad", "", text);
    else (void)snprintf(note, TG_JIT_TEXT, "nothing is cached: set HOME or TAPEGRAD_JIT_CACHE");
    for (size_t end = path ? strlen(path) : 0; end > 1 && path[end - 1] == '/'; end--)
        path[end - 1] = '\0'; /* "link/" would be what the link points to */
    if (!path || is_usable(path, note)) return path;
    tg__free(allocator, path);
    return NULL;
}

/* ---- Whole files ------------------------------------------------------------------------- */

/* The last bytes of a file: "tapegrad", a space, the length and the hash of what is before them. */
enum { SEAL = 8 + 1 + 16 + 16 };

static void seal_of(char seal[SEAL + 1], uint64_t length, uint64_t hash)
{
    (void)snprintf(seal, SEAL + 1, "tapegrad %016llx%016llx", (unsigned long long)length,
                   (unsigned long long)hash);
}

/* [size] bytes, or fewer at the end of the file; -1 if it cannot be read. */
static int64_t read_all(int file, void *data, size_t size)
{
    size_t done = 0;
    while (done < size) {
        const ssize_t got = read(file, (char *)data + done, size - done);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return -1;
        if (got == 0) break;
        done += (size_t)got;
    }
    return (int64_t)done;
}

/* The hash of the file's next [length] bytes, which depends on the key, too. */
static bool hash_file(int file, int64_t length, const char *key, uint64_t *hash)
{
    unsigned char bytes[4096];
    *hash = tg__hash(key, TG_JIT_KEY, 0);
    while (length > 0) {
        const size_t size = length < (int64_t)sizeof bytes ? (size_t)length : sizeof bytes;
        if (read_all(file, bytes, size) != (int64_t)size) return false;
        *hash = tg__hash(bytes, size, *hash);
        length -= (int64_t)size;
    }
    return true;
}

static bool is_whole(int file, const char *key)
{
    struct stat status;
    char found[SEAL + 1] = "", wanted[SEAL + 1];
    uint64_t hash;
    if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode) || !is_own(&status)) return false;
    const int64_t length = (int64_t)status.st_size - SEAL;
    if (length <= 0 || !hash_file(file, length, key, &hash)) return false;
    if (read_all(file, found, SEAL) != SEAL) return false;
    seal_of(wanted, (uint64_t)length, hash);
    return memcmp(found, wanted, SEAL) == 0;
}

bool tg__jit_cache_has(const char *path, const char *key)
{
    const int file = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) {
        if (errno == ELOOP) (void)unlink(path);
        return false;
    }
    const bool whole = is_whole(file, key);
    if (whole) (void)futimens(file, NULL);
    else (void)unlink(path);
    (void)close(file);
    return whole;
}

bool tg__jit_cache_seal(const char *path, const char *key)
{
    const int file = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) return false;
    struct stat status;
    char seal[SEAL + 1];
    uint64_t hash;
    bool done = fstat(file, &status) == 0 && S_ISREG(status.st_mode) &&
                fchmod(file, S_IRUSR | S_IWUSR | S_IXUSR) == 0 &&
                hash_file(file, (int64_t)status.st_size, key, &hash);
    if (done) {
        seal_of(seal, (uint64_t)status.st_size, hash);
        done = tg__jit_write(file, seal, SEAL);
    }
    return close(file) == 0 && done;
}

/* ---- Cleaning ---------------------------------------------------------------------------- */

enum { DAY = 24 * 3600, MONTH = 30 * DAY };

typedef struct entry {
    char name[TG_JIT_KEY + sizeof ".so"];
    int64_t bytes;
    struct timespec used;
} entry;

typedef struct entries {
    const tg_allocator *allocator;
    int folder;
    entry *list;
    size_t count, capacity;
    int64_t bytes; /* of what stays anyway */
} entries;

static bool is_object(const char *name)
{
    return strspn(name, "0123456789abcdef") == TG_JIT_KEY && strcmp(name + TG_JIT_KEY, ".so") == 0;
}

static bool is_older(const struct stat *status, time_t now, int64_t seconds)
{
    return (int64_t)now - (int64_t)status->st_mtim.tv_sec > seconds;
}

/* Removes what is old, and lists the other objects. */
static void look_at(entries *e, const char *name, const char *key, time_t now)
{
    struct stat status;
    if (fstatat(e->folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0) return;
    if (S_ISDIR(status.st_mode)) {
        if (strncmp(name, "build-", 6) == 0 && is_older(&status, now, DAY))
            tg__jit_remove_folder(e->folder, name);
        return;
    }
    if (!is_object(name)) return;
    if (strncmp(name, key, TG_JIT_KEY) == 0) {
        e->bytes += (int64_t)status.st_size;
    } else if (is_older(&status, now, MONTH)) {
        (void)unlinkat(e->folder, name, 0);
    } else if (tg__grow(e->allocator, &e->list, &e->capacity, e->count + 1, sizeof *e->list)) {
        entry *new = &e->list[e->count++];
        strcpy(new->name, name);
        new->bytes = (int64_t)status.st_size;
        new->used = status.st_mtim;
    }
}

static int by_age(const void *left, const void *right)
{
    const entry *a = left, *b = right;
    if (a->used.tv_sec != b->used.tv_sec) return a->used.tv_sec < b->used.tv_sec ? 1 : -1;
    if (a->used.tv_nsec != b->used.tv_nsec) return a->used.tv_nsec < b->used.tv_nsec ? 1 : -1;
    return strcmp(a->name, b->name);
}

/* Keeps the newest of the list that are no larger together. */
static void keep_bytes(entries *e, int64_t most_bytes)
{
    int64_t bytes = e->bytes;
    if (e->count) qsort(e->list, e->count, sizeof *e->list, by_age);
    for (size_t i = 0; i < e->count; i++) {
        bytes += e->list[i].bytes;
        if (bytes > most_bytes) (void)unlinkat(e->folder, e->list[i].name, 0);
    }
}

void tg__jit_cache_clean(const tg_allocator *allocator, const char *folder, const char *key,
                         int64_t most_bytes)
{
    const int file = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *names = file >= 0 ? fdopendir(file) : NULL;
    if (names) {
        entries e = { .allocator = allocator, .folder = file };
        const time_t now = time(NULL);
        for (const struct dirent *found; (found = readdir(names));)
            look_at(&e, found->d_name, key, now);
        keep_bytes(&e, most_bytes);
        tg__free(allocator, e.list);
        (void)closedir(names);
    } else if (file >= 0) {
        (void)close(file);
    }
}
