/* emitted.h: files that tg_emit_c has written, compiled as C99 with all warnings as errors, and
 * loaded, for tests that compare what they compute with the plan. Several are compiled together. */
#ifndef TG_TESTS_EMITTED_H
#define TG_TESTS_EMITTED_H

#include <tapegrad.h>

#include "tests/support/folder.h"

#include <dlfcn.h>
#include <unistd.h>

enum { MOST_MEMBERS = 96, EMITTED_NAME = 48 };

/* A member of the struct, as its header declares it. */
typedef struct emitted_member {
    char group[8], type[16], name[64];
    size_t count, offset;
} emitted_member;

typedef struct emitted {
    char name[EMITTED_NAME];
    emitted_member member[MOST_MEMBERS];
    int count;
    size_t bytes;
    unsigned char *s;
    void (*init)(void *s);
    int (*run)(void *s);
} emitted;

static inline const char *emitting_compiler(void)
{
    const char *own = getenv("TAPEGRAD_EMIT_CC");
    return own ? own : "cc";
}

static inline size_t size_of_type(const char *type)
{
    return strcmp(type, "float") == 0 || strcmp(type, "int32_t") == 0 ? 4
           : strcmp(type, "uint8_t") == 0                             ? 1
                                                                      : 8;
}

/* Reads the struct's members from the header. */
static inline void read_members(emitted *e)
{
    char line[512];
    char path[160];
    (void)snprintf(path, sizeof path, "%s/%s.h", folder, e->name);
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s is not there", path);
    int first = -1;
    while (fgets(line, sizeof line, file)) {
        char type[16], name[64], group[8];
        unsigned long count;
        if (strcmp(line, "    struct {\n") == 0) first = e->count;
        else if (first >= 0 && sscanf(line, " } %7[a-z];", group) == 1) {
            for (int i = first; i < e->count; i++)
                (void)snprintf(e->member[i].group, sizeof e->member[i].group, "%s", group);
            first = -1;
        } else if (first >= 0 &&
                   sscanf(line, " %15s %63[A-Za-z0-9_][%lu]", type, name, &count) == 3) {
            ck_assert_int_lt(e->count, MOST_MEMBERS);
            emitted_member *m = &e->member[e->count++];
            (void)snprintf(m->type, sizeof m->type, "%s", type);
            (void)snprintf(m->name, sizeof m->name, "%s", name);
            m->count = count;
        }
    }
    (void)fclose(file);
}

/* What the test asks of the file that it cannot ask in C11 itself. */
static inline void write_adapter(const emitted *e)
{
    char path[160];
    (void)snprintf(path, sizeof path, "%s/%s_adapter.c", folder, e->name);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fprintf(file, "#include \"%s.h\"\n#include <stddef.h>\n", e->name);
    fprintf(file, "size_t %s_bytes(void);\nsize_t %s_bytes(void) { return sizeof(%s); }\n", e->name,
            e->name, e->name);
    fprintf(file, "void %s_init_any(void *s);\nvoid %s_init_any(void *s) { %s_init((%s *)s); }\n",
            e->name, e->name, e->name, e->name);
    fprintf(file, "int %s_run_any(void *s);\nint %s_run_any(void *s) { return %s_run((%s *)s); }\n",
            e->name, e->name, e->name, e->name);
    fprintf(file, "size_t %s_offset(int i);\nsize_t %s_offset(int i)\n{\n", e->name, e->name);
    for (int i = 0; i < e->count; i++)
        fprintf(file, "if (i == %d) return offsetof(%s, %s.%s);\n", i, e->name, e->member[i].group,
                e->member[i].name);
    fprintf(file, "return (size_t)i;\n}\n");
    ck_assert_int_eq(fclose(file), 0);
}

static inline void *symbol_of(void *library, const char *name, const char *end)
{
    char full[EMITTED_NAME + 16];
    (void)snprintf(full, sizeof full, "%s_%s", name, end);
    void *symbol = dlsym(library, full);
    ck_assert_msg(symbol != NULL, "%s is not there", full);
    return symbol;
}

/* Compiles and loads the files of that name; [flags] besides those that are always given. */
static inline void load_emitted(emitted *const list[], int count, const char *flags)
{
    static int number;
    char command[1024], path[160];
    for (int i = 0; i < count; i++) {
        list[i]->count = 0;
        read_members(list[i]);
        write_adapter(list[i]);
    }
    (void)snprintf(path, sizeof path, "%s/emitted%d.so", folder, number++);
    (void)snprintf(
        command, sizeof command,
        "cd %s && %s -std=c99 -Wall -Wextra -Wpedantic -Werror -O1 %s -fPIC -shared -o %s "
        "*.c -lm >messages 2>&1 || { head -c 4000 messages >&2; exit 1; }",
        folder, emitting_compiler(), flags, path);
    ck_assert_msg(system(command) == 0, "it does not compile: %s", command);
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    ck_assert_msg(library != NULL, "%s", dlerror());
    for (int i = 0; i < count; i++) {
        emitted *e = list[i];
        size_t (*bytes)(void), (*offset)(int);
        *(void **)&bytes = symbol_of(library, e->name, "bytes");
        *(void **)&offset = symbol_of(library, e->name, "offset");
        *(void **)&e->init = symbol_of(library, e->name, "init_any");
        *(void **)&e->run = symbol_of(library, e->name, "run_any");
        for (int k = 0; k < e->count; k++) e->member[k].offset = offset(k);
        e->bytes = bytes();
        e->s = malloc(e->bytes);
        ck_assert_ptr_nonnull(e->s);
        e->init(e->s);
    }
}

/* The member of that group with that name, as C has it; or the [i]-th of the group if name is NULL.
 */
static inline emitted_member *member_of(emitted *e, const char *group, const char *name, int i)
{
    char as_c[64] = "";
    for (size_t k = 0; name && name[k] && k < sizeof as_c - 1; k++)
        as_c[k] = (name[k] >= 'a' && name[k] <= 'z') || (name[k] >= 'A' && name[k] <= 'Z') ||
                          (name[k] >= '0' && name[k] <= '9')
                      ? name[k]
                      : '_';
    for (int k = 0; k < e->count; k++) {
        if (strcmp(e->member[k].group, group) != 0) continue;
        if (name ? strcmp(e->member[k].name, as_c) == 0 : i-- == 0) return &e->member[k];
    }
    return NULL;
}

static inline void *data_of(emitted *e, const emitted_member *m) { return e->s + m->offset; }

/* Do kernels of the file call no functions whose bits another library may have otherwise? (Helpers
 * come before them.) */
static inline bool is_exact(const char *name)
{
    static const char *const inexact[] = {
        "exp",     "expm1", "tanh",       "logistic", "exp2",       "cbrt",   "tan",
        "log",     "log1p", "log2",       "log10",    "sin",        "cos",    "asin",
        "acos",    "atan",  "sinh",       "cosh",     "asinh",      "acosh",  "atanh",
        "erf",     "erfc",  "normal_pdf", "gelu",     "gelu_slope", "erfinv", "lgamma",
        "digamma", "pow",   "atan2",      "hypot",    "polygamma",
    };
    char path[160];
    (void)snprintf(path, sizeof path, "%s/%s.c", folder, name);
    FILE *file = fopen(path, "r");
    if (!file) return false;
    static char line[4096];
    bool kernels = false, exact = true;
    while (fgets(line, sizeof line, file)) {
        kernels |= strstr(line, " kernel_") != NULL;
        for (size_t i = 0; kernels && i < sizeof inexact / sizeof *inexact; i++)
            for (const char *at = strstr(line, inexact[i]); at; at = strstr(at + 1, inexact[i])) {
                const char before = at == line ? ' ' : at[-1];
                const char *end = at + strlen(inexact[i]);
                if (*end == 'f') end++;
                if (strncmp(end, "_f", 2) == 0) end += 4;
                if (*end == '(' && (before == ' ' || before == '(' || before == '-')) exact = false;
            }
    }
    (void)fclose(file);
    return exact;
}

/* Does it call operations of the user's? These are tested elsewhere. */
static inline bool has_custom(const char *name)
{
    char path[160], line[512];
    (void)snprintf(path, sizeof path, "%s/%s.h", folder, name);
    FILE *file = fopen(path, "r");
    bool found = false;
    while (file && fgets(line, sizeof line, file)) found |= strstr(line, "attributes") != NULL;
    if (file) (void)fclose(file);
    if (!found) return false;
    (void)remove(path);
    (void)snprintf(path, sizeof path, "%s/%s.c", folder, name);
    (void)remove(path);
    return true;
}

static inline void free_emitted(emitted *e)
{
    free(e->s);
    e->s = NULL;
}

#endif
