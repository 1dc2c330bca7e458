/* jitting.h: what the tests of jit/ share: a folder for each test, with a cache and a folder for
 * temporary files; compilers that are scripts; and a call that checks that nothing else of the
 * process, and of the folders, has changed. */
#ifndef TG_TESTS_JITTING_H
#define TG_TESTS_JITTING_H

#include "jit/inside.h"

#include "tests/support/folder.h"
#include "tests/support/suite.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static char real_compiler[512];

/* ---- Files ------------------------------------------------------------------------------- */

static inline void put_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    ck_assert_msg(file != NULL, "%s: %s", path, strerror(errno));
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

/* A compiler of that name, in the folder. In the script $out is the file to make, and $source the
 * file to compile; "$0.calls" has a line for each call. */
static inline void write_compiler(const char *name, const char *script)
{
    char text[2048];
    const char *path = path_to(name);
    (void)snprintf(text, sizeof text,
                   "#!/bin/sh\n"
                   "echo call >>\"$0.calls\"\n"
                   "here=${0%%/*}\n"
                   "take=\n"
                   "for argument; do\n"
                   "    [ \"$take\" ] && out=$argument take=\n"
                   "    case $argument in -o) take=yes ;; *.c) source=$argument ;; esac\n"
                   "done\n"
                   "%s\n",
                   script);
    put_text(path, text);
    ck_assert_int_eq(chmod(path, 0700), 0);
}

static inline void set(const char *name, const char *value)
{
    ck_assert_int_eq(value ? setenv(name, value, 1) : unsetenv(name), 0);
}

/* Writes it, and makes it the compiler. */
static inline void use_compiler(const char *name, const char *script)
{
    write_compiler(name, script);
    set("TAPEGRAD_CC", path_to(name));
}

static inline int calls_of(const char *name)
{
    char calls[64], line[16];
    (void)snprintf(calls, sizeof calls, "%s.calls", name);
    FILE *file = fopen(path_to(calls), "r");
    int count = 0;
    while (file && fgets(line, sizeof line, file)) count++;
    if (file) (void)fclose(file);
    return count;
}

/* How many names in a folder begin and end so. */
static inline int count_names(const char *path, const char *begin, const char *end)
{
    DIR *names = opendir(path);
    int count = 0;
    for (const struct dirent *entry; names && (entry = readdir(names));) {
        const size_t length = strlen(entry->d_name);
        count += entry->d_name[0] != '.' && strncmp(entry->d_name, begin, strlen(begin)) == 0 &&
                 length >= strlen(end) && strcmp(entry->d_name + length - strlen(end), end) == 0;
    }
    if (names) (void)closedir(names);
    return count;
}

static inline int count_cached(void) { return count_names(path_to("cache"), "", ".so"); }

/* The path of the only object in the cache. */
static inline const char *only_cached(void)
{
    static char path[256];
    DIR *names = opendir(path_to("cache"));
    ck_assert_ptr_nonnull(names);
    int count = 0;
    for (const struct dirent *entry; (entry = readdir(names));)
        if (strstr(entry->d_name, ".so") && ++count)
            (void)snprintf(path, sizeof path, "%s/%.64s", path_to("cache"), entry->d_name);
    (void)closedir(names);
    ck_assert_int_eq(count, 1);
    return path;
}

/* ---- Before and after a test --------------------------------------------------------------- */

static inline void open_folders(void)
{
    make_folder();
    ck_assert_int_eq(mkdir(path_to("temporary"), 0700), 0);
    set("TMPDIR", path_to("temporary"));
    set("TAPEGRAD_JIT_CACHE", path_to("cache"));
    set("HOME", path_to("home"));
    set("XDG_CACHE_HOME", NULL);
    set("TAPEGRAD_JIT_SECONDS", NULL);
    set("TAPEGRAD_CC", real_compiler);
}

static inline void close_folders(void) { remove_folder(); }

/* A compiler that takes no time: it copies an object that was made before, whose function
 * [answer] gives 42, of 100,000 bytes and more. What is compiled does not matter. */
static inline void use_copier(void)
{
    char command[1500];
    put_text(path_to("small.c"), "const char padding[100000] = { 1 };\n"
                                 "int answer(void) { return 42; }\n");
    (void)snprintf(command, sizeof command, "'%s' -O0 -fPIC -shared -o %s %s", real_compiler,
                   path_to("small.so"), path_to("small.c"));
    ck_assert_int_eq(system(command), 0);
    use_compiler("copier", "cp \"$here/small.so\" \"$out\"");
}

/* ---- Loading ------------------------------------------------------------------------------- */

/* What a call may not change. */
typedef struct surroundings {
    char where[256];
    uint64_t variables;
    int files;
    struct sigaction action[32];
    sigset_t blocked;
    int temporary;
} surroundings;

static inline surroundings look_around(void)
{
    surroundings s;
    memset(&s, 0, sizeof s);
    ck_assert_ptr_nonnull(getcwd(s.where, sizeof s.where));
    for (char **entry = environ; *entry; entry++)
        for (const char *c = *entry; *c; c++) s.variables = s.variables * 31 + (unsigned char)*c;
    for (int i = 0; i < 256; i++) s.files += fcntl(i, F_GETFD) >= 0;
    for (int i = 1; i < 32; i++) (void)sigaction(i, NULL, &s.action[i]);
    ck_assert_int_eq(sigprocmask(SIG_BLOCK, NULL, &s.blocked), 0);
    s.temporary = count_names(path_to("temporary"), "", "");
    return s;
}

static inline void ck_same_surroundings(const surroundings *a)
{
    const surroundings b = look_around();
    ck_assert_str_eq(a->where, b.where);
    ck_assert_uint_eq(a->variables, b.variables);
    ck_assert_int_eq(a->files, b.files);
    for (int i = 1; i < 32; i++)
        ck_assert(a->action[i].sa_handler == b.action[i].sa_handler &&
                  a->action[i].sa_flags == b.action[i].sa_flags);
    for (int i = 1; i < 32; i++)
        ck_assert_int_eq(sigismember(&a->blocked, i), sigismember(&b.blocked, i));
    ck_assert_int_eq(b.temporary, 0);
    ck_assert_int_eq(count_names(path_to("cache"), "build", ""), 0);
}

static inline tg__jit_result load_with(const tg_allocator *allocator, const char *text)
{
    const surroundings before = look_around();
    const tg__jit_result result = tg__jit_load(allocator, text, strlen(text));
    ck_same_surroundings(&before);
    ck_assert_msg(result.object || result.text[0], "a failure without a reason");
    ck_assert_ptr_nonnull(memchr(result.text, 0, sizeof result.text));
    return result;
}

static inline tg__jit_result load(const char *text)
{
    return load_with(&tg__default_allocator, text);
}

/* No object, and the reason has these words. */
static inline void ck_refused(tg__jit_result result, const char *words)
{
    ck_assert_msg(!result.object, "it was loaded");
    ck_assert_msg(strstr(result.text, words), "\"%s\" is not in: %s", words, result.text);
}

/* An object that answers. */
static inline void ck_answers(tg__jit_result result)
{
    ck_assert_msg(result.object != NULL, "%s", result.text);
    void *symbol = tg__jit_symbol(result.object, "answer");
    int (*answer)(void);
    ck_assert_ptr_nonnull(symbol);
    memcpy(&answer, &symbol, sizeof answer);
    ck_assert_int_eq(answer(), 42);
}

static const char answering[] = "int answer(void) { return 42; }\n";

/* It answers, was or was not in the cache, and the reason has these words ("": there is none). */
static inline void ck_loads(bool cached, const char *words)
{
    const tg__jit_result result = load(answering);
    ck_answers(result);
    ck_assert_int_eq(result.cached, cached);
    ck_assert_msg(*words ? strstr(result.text, words) != NULL : !result.text[0],
                  "\"%s\" is not: %s", words, result.text);
    tg__jit_free(result.object);
}

/* ---- The program --------------------------------------------------------------------------- */

/* False if there is no compiler; then it says so. */
static inline bool find_real_compiler(void)
{
    tg__jit_compiler compiler;
    char text[TG_JIT_TEXT];
    if (!tg__jit_find_compiler(&tg__default_allocator, &compiler, text)) {
        printf("skipped: %s\n", text);
        return false;
    }
    (void)snprintf(real_compiler, sizeof real_compiler, "%s", compiler.path);
    tg__free(&tg__default_allocator, compiler.path);
    return true;
}

#endif
