/* compiler.c: finds the compiler, and compiles; belongs to jit.h.
 *
 * No shell has a part in it: the compiler is a path, and its arguments are a list. It works in the
 * folder that it is given, where its temporary files are, too, and its messages are in English. */
#include "jit/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- Finding ----------------------------------------------------------------------------- */

#if defined(__GNUC__) && !defined(__clang__)
static const char *const usual[] = { "gcc", "cc", NULL };
#else
static const char *const usual[] = { "cc", "clang", "gcc", NULL };
#endif

static bool is_program(const char *path, struct stat *status)
{
    return stat(path, status) == 0 && S_ISREG(status->st_mode) && access(path, X_OK) == 0;
}

/* [path], whose first [length] bytes are a folder of PATH, and [name]; or NULL. */
static char *in_folder(const tg_allocator *allocator, const char *folder, size_t length,
                       const char *name, char *text)
{
    struct stat status;
    const size_t size = length + strlen(name) + 2;
    char *path = tg__alloc(allocator, size);
    if (!path) {
        tg__jit_no_memory(text);
        return NULL;
    }
    memcpy(path, folder, length);
    path[length] = '/';
    strcpy(path + length + 1, name);
    if (is_program(path, &status)) return path;
    tg__free(allocator, path);
    return NULL;
}

/* Looks in the folders of PATH that do not depend on the working directory. NULL and a [text] of
 * "": it is in none. */
static char *in_path(const tg_allocator *allocator, const char *name, char *text)
{
    const char *folder = tg__jit_setting("PATH");
    char *found = NULL;
    for (bool more = folder != NULL; more && !found && !*text;) {
        const size_t length = strcspn(folder, ":");
        if (*folder == '/') found = in_folder(allocator, folder, length, name, text);
        more = folder[length] == ':';
        folder += length + 1;
    }
    return found;
}

static char *path_of(const tg_allocator *allocator, const char *name, char *text)
{
    return strchr(name, '/') ? tg__jit_join(allocator, name, "", "", text)
                             : in_path(allocator, name, text);
}

bool tg__jit_find_compiler(const tg_allocator *allocator, tg__jit_compiler *compiler, char *text)
{
    const char *own = tg__jit_setting("TAPEGRAD_CC");
    const char *const only[] = { own, NULL };
    struct stat status;
    *text = '\0';
    *compiler = (tg__jit_compiler){ .path = NULL };
    for (const char *const *name = own ? only : usual; *name && !compiler->path && !*text; name++)
        compiler->path = path_of(allocator, *name, text);
    if (*text) return false;
    if (!compiler->path || !is_program(compiler->path, &status)) {
        if (own)
            (void)snprintf(text, TG_JIT_TEXT,
                           "TAPEGRAD_CC is \"%.300s\", which is no program; it must be the path of "
                           "a C compiler or its name in PATH, without arguments",
                           own);
        else
            (void)snprintf(text, TG_JIT_TEXT,
                           "there is no C compiler (%s, %s) in PATH; install one, or set "
                           "TAPEGRAD_CC to its path",
                           usual[0], usual[1]);
        tg__free(allocator, compiler->path);
        compiler->path = NULL;
        return false;
    }
    compiler->size = (int64_t)status.st_size;
    compiler->changed = status.st_mtim;
    return true;
}

/* ---- Arguments --------------------------------------------------------------------------- */

/* That of the copies which the library's kernels have (TG_CLONES). */
const char *tg__jit_machine_flag(void)
{
#if defined(TG_HAVE_TARGET_CLONES) && defined(__x86_64__) && !defined(__clang__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("x86-64-v4")) return "-march=x86-64-v4";
    if (__builtin_cpu_supports("x86-64-v3")) return "-march=x86-64-v3";
#endif
    return NULL;
}

static size_t length_of(char *const *list)
{
    size_t count = 0;
    while (list && list[count]) count++;
    return count;
}

/* The compiler, its flags, and files. */
static char **arguments_of(const tg_allocator *allocator, const tg__jit_compiler *compiler,
                           char *source, char *object, char *text)
{
    static char output_flag[] = "-o", math[] = "-lm";
    const char *machine = tg__jit_machine_flag();
    size_t count = 0, at = 0;
    while (tg__jit_flags[count]) count++;
    char **list = tg__alloc(allocator, (count + 7) * sizeof *list);
    if (!list) {
        tg__jit_no_memory(text);
        return NULL;
    }
    list[at++] = compiler->path;
    for (size_t i = 0; i < count; i++) list[at++] = (char *)(uintptr_t)tg__jit_flags[i];
    if (machine) list[at++] = (char *)(uintptr_t)machine;
    list[at++] = output_flag;
    list[at++] = object;
    list[at++] = source;
    list[at++] = math;
    list[at] = NULL;
    return list;
}

static bool is_for(const char *entry, const char *name)
{
    const size_t length = strcspn(name, "=");
    return strncmp(entry, name, length + 1) == 0;
}

extern char **environ;

/* That of the process, but for these two, of the form "NAME=value". */
static char **environment_with(const tg_allocator *allocator, char *first, char *second, char *text)
{
    const size_t count = length_of(environ);
    char **list = tg__alloc(allocator, (count + 3) * sizeof *list);
    if (!list) {
        tg__jit_no_memory(text);
        return NULL;
    }
    size_t at = 0;
    for (size_t i = 0; i < count && environ[i]; i++)
        if (!is_for(environ[i], first) && !is_for(environ[i], second)) list[at++] = environ[i];
    list[at++] = first;
    list[at++] = second;
    list[at] = NULL;
    return list;
}

/* ---- Compiling --------------------------------------------------------------------------- */

/* The prelude, and the source with line numbers of its own. */
static bool write_parts(int file, const char *source, size_t length)
{
    static const char line[] = "#line 1 \"tapegrad\"\n";
    for (const char *const *part = tg__jit_prelude; *part; part++)
        if (!tg__jit_write(file, *part, strlen(*part))) return false;
    return tg__jit_write(file, line, sizeof line - 1) && tg__jit_write(file, source, length);
}

static bool write_source(const char *path, const char *source, size_t length, char *text)
{
    const int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    const bool written = file >= 0 && write_parts(file, source, length);
    int fault = errno;
    if (file >= 0 && close(file) != 0 && written) fault = errno;
    else if (written) return true;
    (void)snprintf(text, TG_JIT_TEXT, "%s cannot be written: %s", path, strerror(fault));
    return false;
}

/* Appends the beginning of what the compiler wrote, without control characters, and without the
 * beginning of a character at the end. */
static void append_output(const char *path, char *text)
{
    const size_t used = strlen(text);
    const int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0) return;
    char *begin = text + used, *c = begin + 2;
    const size_t room = TG_JIT_TEXT - used;
    const ssize_t got = room > 3 ? read(file, c, room - 3) : 0;
    (void)close(file);
    if (got <= 0) return;
    char *end = c + got;
    memcpy(begin, ":\n", 2);
    while (end > c && (end[-1] == '\n' || (unsigned char)end[-1] >= 0x80)) end--;
    *end = '\0';
    for (; c < end; c++)
        if (((unsigned char)*c < ' ' && *c != '\n' && *c != '\t') || *c == 127) *c = '?';
}

/* That of the environment, up to a day, or the usual one. */
static bool time_limit(int64_t *seconds, char *text)
{
    enum { USUAL = 120, DAY = 24 * 3600 };
    const char *value = tg__jit_setting("TAPEGRAD_JIT_SECONDS");
    *seconds = value ? 0 : USUAL;
    bool digits = true;
    for (const char *c = value; c && *c && digits; c++) {
        digits = *c >= '0' && *c <= '9';
        if (*seconds < DAY) *seconds = 10 * *seconds + (*c - '0');
    }
    if (digits && *seconds > 0) {
        if (*seconds > DAY) *seconds = DAY;
        return true;
    }
    (void)snprintf(text, TG_JIT_TEXT,
                   "TAPEGRAD_JIT_SECONDS is \"%.100s\", and must be a whole number above 0", value);
    return false;
}

/* What is written of a program that has not done its work. */
static void explain(const tg__jit_compiler *compiler, tg__jit_ending ending, int64_t seconds,
                    char *text)
{
    switch (ending.fate) {
    case TG_JIT_EXITED:
        (void)snprintf(text, TG_JIT_TEXT, "%.200s failed with status %d", compiler->path,
                       ending.number);
        return;
    case TG_JIT_KILLED:
        (void)snprintf(text, TG_JIT_TEXT, "%.200s was ended by signal %d", compiler->path,
                       ending.number);
        return;
    case TG_JIT_TIMED_OUT:
        (void)snprintf(text, TG_JIT_TEXT,
                       "%.200s was ended because it was not done after %lld s; "
                       "TAPEGRAD_JIT_SECONDS sets the limit",
                       compiler->path, (long long)seconds);
        return;
    case TG_JIT_LOST:
        (void)snprintf(text, TG_JIT_TEXT,
                       "whether %.200s succeeded is not known (%s): the process ignores SIGCHLD, "
                       "or waits for children that are not its own",
                       compiler->path, strerror(ending.number));
        return;
    case TG_JIT_NOT_STARTED:
        (void)snprintf(text, TG_JIT_TEXT, "%.200s cannot be started: %s", compiler->path,
                       strerror(ending.number));
    }
}

static bool run_compiler(const tg__jit_compiler *compiler, char *const arguments[],
                         char *const environment[], const char *output, char *text)
{
    int64_t seconds;
    if (!time_limit(&seconds, text)) return false;
    const tg__jit_ending ending = tg__jit_run(arguments, environment, output, seconds);
    if (ending.fate == TG_JIT_EXITED && ending.number == 0) return true;
    explain(compiler, ending, seconds, text);
    append_output(output, text);
    return false;
}

/* Has the compiler, which says that it succeeded, written a file? */
static bool is_made(const tg__jit_compiler *compiler, const char *object, const char *output,
                    char *text)
{
    struct stat status;
    const bool exists = lstat(object, &status) == 0 && S_ISREG(status.st_mode);
    if (exists && status.st_size > 0) return true;
    (void)snprintf(text, TG_JIT_TEXT,
                   "%.200s succeeded, but the file that it should have made is %s", compiler->path,
                   exists ? "empty" : "not there");
    append_output(output, text);
    return false;
}

enum { SOURCE, OBJECT, OUTPUT, PLACE, NAMES };

/* With the names of files in the folder. */
static bool compile_files(const tg_allocator *allocator, const tg__jit_compiler *compiler,
                          const char *source, size_t length, char *const name[NAMES], char *text)
{
    static char english[] = "LC_ALL=C";
    if (!write_source(name[SOURCE], source, length, text)) return false;
    char **arguments = arguments_of(allocator, compiler, name[SOURCE], name[OBJECT], text);
    char **environment = arguments ? environment_with(allocator, name[PLACE], english, text) : NULL;
    const bool made = environment &&
                      run_compiler(compiler, arguments, environment, name[OUTPUT], text) &&
                      is_made(compiler, name[OBJECT], name[OUTPUT], text);
    tg__free(allocator, environment);
    tg__free(allocator, arguments);
    return made;
}

char *tg__jit_compile(const tg_allocator *allocator, const tg__jit_compiler *compiler,
                      const char *source, size_t length, const char *folder, char *text)
{
    static const char *const parts[NAMES][2] = {
        [SOURCE] = { "", "/made.c" },
        [OBJECT] = { "", "/made.so" },
        [OUTPUT] = { "", "/output" },
        [PLACE] = { "TMPDIR=", "" },
    };
    char *name[NAMES] = { NULL };
    bool ok = true;
    for (int i = 0; i < NAMES && ok; i++) {
        name[i] = tg__jit_join(allocator, parts[i][0], folder, parts[i][1], text);
        ok = name[i] != NULL;
    }
    ok = ok && compile_files(allocator, compiler, source, length, name, text);
    char *object = ok ? name[OBJECT] : NULL;
    for (int i = 0; i < NAMES; i++)
        if (name[i] != object) tg__free(allocator, name[i]);
    return object;
}
