/* cache.c: see cache.h. Linux describes each cache that a core uses in a folder of its own, such as
 *
 *     /sys/devices/system/cpu/cpu0/cache/index2/level             2
 *                                               type              Unified
 *                                               size              512K
 *                                               shared_cpu_list   0,64
 *
 * The two processors of the list share it, so each has 256 KB. All cores are taken to be like the
 * first. Where a file is missing or makes no sense, that cache counts as unknown. Other systems,
 * and containers without these files, are asked by sysconf, if it knows. */
#include "kernels/cache.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- Text ------------------------------------------------------------------------------- */

/* Smaller and larger ones are mistakes of the system, or of a virtual machine. */
static const int64_t LEAST_BYTES = 16 * 1024, MOST_BYTES = (int64_t)1 << 32;
enum { MOST_PROCESSORS = 1 << 16 };

static int64_t plausible(int64_t bytes)
{
    return bytes >= LEAST_BYTES && bytes <= MOST_BYTES ? bytes : 0;
}

/* The digits where [*text] is, which goes behind them; -1 if there are none, or too many. */
static int64_t number(const char **text)
{
    int64_t value = 0;
    const char *first = *text;
    for (; **text >= '0' && **text <= '9'; ++*text) {
        value = 10 * value + (**text - '0');
        if (value > MOST_BYTES) return -1;
    }
    return *text == first ? -1 : value;
}

static bool ends(const char *text) { return *text == '\0' || (*text == '\n' && text[1] == '\0'); }

int64_t tg__cache_size(const char *text)
{
    int64_t bytes = number(&text);
    const int shift = *text == 'K' ? 10 : *text == 'M' ? 20 : *text == 'G' ? 30 : 0;
    if (shift) text++;
    return bytes < 0 || !ends(text) ? 0 : plausible(bytes << shift);
}

int64_t tg__count_processors(const char *list)
{
    int64_t count = 0;
    for (;; list++) {
        const int64_t first = number(&list);
        int64_t last = first;
        if (*list == '-') {
            list++;
            last = number(&list);
        }
        if (first < 0 || last < first || last >= MOST_PROCESSORS) return 0;
        count += last - first + 1;
        if (*list != ',') return ends(list) && count <= MOST_PROCESSORS ? count : 0;
    }
}

/* ---- The system ------------------------------------------------------------------------- */

enum { TEXT = 256 };

/* The file's text; false, and "", if it cannot be read or is longer. */
static bool read_text(const char *folder, int index, const char *name, char text[TEXT])
{
    char path[TEXT];
    text[0] = '\0';
    const int length = snprintf(path, sizeof path, "%s/index%d/%s", folder, index, name);
    if (length < 0 || length >= TEXT) return false;
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return false;
    const ssize_t bytes = read(file, text, TEXT);
    (void)close(file);
    const bool whole = bytes >= 0 && bytes < TEXT;
    text[whole ? bytes : 0] = '\0';
    return whole;
}

static int64_t share(int64_t bytes, int64_t processors)
{
    return processors > 0 ? plausible(bytes / processors) : 0;
}

static tg__caches ask_sysconf(void)
{
    tg__caches caches = { 0, 0 };
#if defined(_SC_LEVEL2_CACHE_SIZE) && defined(_SC_LEVEL3_CACHE_SIZE)
    caches.l2 = plausible(sysconf(_SC_LEVEL2_CACHE_SIZE));
    caches.l3 = share(sysconf(_SC_LEVEL3_CACHE_SIZE), sysconf(_SC_NPROCESSORS_ONLN));
#endif
    return caches;
}

tg__caches tg__read_caches(const char *folder)
{
    enum { MOST_CACHES = 16 };
    tg__caches caches = { 0, 0 };
    char level[TEXT], type[TEXT], size[TEXT], sharers[TEXT];
    for (int i = 0; i < MOST_CACHES && read_text(folder, i, "level", level); i++) {
        int64_t *bytes = NULL;
        if (strcmp(level, "2\n") == 0) bytes = &caches.l2;
        if (strcmp(level, "3\n") == 0) bytes = &caches.l3;
        if (bytes && read_text(folder, i, "type", type) && strcmp(type, "Instruction\n") != 0 &&
            read_text(folder, i, "size", size) && read_text(folder, i, "shared_cpu_list", sharers))
            *bytes = share(tg__cache_size(size), tg__count_processors(sharers));
    }
    return caches.l2 ? caches : ask_sysconf();
}

/* ---- Once ------------------------------------------------------------------------------- */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static tg__caches machine;

static void read_machine(void) { machine = tg__read_caches("/sys/devices/system/cpu/cpu0/cache"); }

const tg__caches *tg__machine_caches(void)
{
    (void)pthread_once(&once, read_machine);
    return &machine;
}
