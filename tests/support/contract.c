/* contract.c: which kinds of bad input concern a public function, and was each of them tried?
 * The answer to the first comes from the prototypes in the public headers: a function that takes
 * a shape is given bad shapes, one that takes two nodes is given nodes of two tapes, and so on.
 * What a prototype demands and a function does not need is excused here, with the reason. */
#include "contract.h"

#include <ctype.h>
#include <glob.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MOST_FUNCTIONS = 1000, MOST_CASES = 1 << 14, NAME = CONTRACT_NAME };

typedef struct entry {
    char name[NAME];
    unsigned kinds; /* a bit for each kind that was tried */
} entry;

typedef struct book {
    entry entries[MOST_FUNCTIONS];
    int count;
    uint64_t cases[MOST_CASES]; /* a hash table of what makes a case distinct; 0: free */
    int distinct, of_kind[BAD_KINDS];
} book;

static book *open_book;

/* ---- Keeping the book ------------------------------------------------------------------- */

bool contract_open(void)
{
    FILE *file = tmpfile(); /* Check runs each test in a process of its own */
    if (!file) return false;
    void *pages = MAP_FAILED;
    if (ftruncate(fileno(file), sizeof *open_book) == 0)
        pages = mmap(NULL, sizeof *open_book, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(file), 0);
    (void)fclose(file);
    if (pages == MAP_FAILED) return false;
    open_book = pages;
    return true;
}

/* "tg_sum" for tg_sum, tg_sum_with and tg_input_at, for the macros drop the tails. */
static void bare_name(char *out, const char *name, size_t length)
{
    static const char *const tails[] = { "_with", "_at", "_as", "_pure" };
    if (length >= NAME) length = NAME - 1;
    memcpy(out, name, length);
    out[length] = 0;
    if (strcmp(out, "tg_number_as") == 0) return;
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
        const size_t tail = strlen(tails[i]);
        if (length <= tail || strcmp(out + length - tail, tails[i]) != 0) continue;
        out[length - tail] = 0;
        return;
    }
}

static size_t word_length(const char *text)
{
    size_t length = 0;
    while (isalnum((unsigned char)text[length]) || text[length] == '_') length++;
    return length;
}

static entry *entry_of(const char *name)
{
    for (int i = 0; i < open_book->count; i++)
        if (strcmp(open_book->entries[i].name, name) == 0) return &open_book->entries[i];
    ck_assert_int_lt(open_book->count, MOST_FUNCTIONS);
    entry *e = &open_book->entries[open_book->count++];
    strcpy(e->name, name);
    return e;
}

static uint64_t hash(uint64_t h, const char *text)
{
    for (; text && *text; text++) h = (h ^ (unsigned char)*text) * 0x100000001b3u;
    return h;
}

static bool is_new(uint64_t h)
{
    size_t slot = h % MOST_CASES;
    for (; open_book->cases[slot]; slot = (slot + 1) % MOST_CASES)
        if (open_book->cases[slot] == h) return false;
    ck_assert_int_lt(open_book->distinct, MOST_CASES - 1);
    open_book->cases[slot] = h;
    return true;
}

void contract_called(char name[CONTRACT_NAME], const char *function, const char *call)
{
    const char *written = call;
    while (*written == '(' || *written == ' ') written++;
    if (strncmp(written, "tg_", 3) == 0) bare_name(name, written, word_length(written));
    else bare_name(name, function, strlen(function));
}

void contract_note(const char *function, const char *call, bad_kind kind, const char *message)
{
    char name[NAME];
    contract_called(name, function, call);
    entry_of(name)->kinds |= 1u << kind;
    const char *words = message ? strstr(message, ": ") : NULL; /* without the line */
    if (kind == BAD_AFTER || !is_new(hash(hash(hash(0xcbf29ce484222325u, name), call), words) | 1))
        return;
    open_book->distinct++;
    open_book->of_kind[kind]++;
}

bad_kind contract_kind(tg_status status, const char *message)
{
    if (strstr(message, " stale")) return BAD_STALE;
    if (strstr(message, "another tape")) return BAD_TAPE;
    if (strstr(message, "another store")) return BAD_STORE;
    if (strstr(message, "NULL")) return BAD_NULL;
    switch (status) {
    case TG_ERR_DTYPE: return BAD_DTYPE;
    case TG_ERR_INDEX: return BAD_INDEX;
    case TG_ERR_STATE: return BAD_STATE;
    case TG_ERR_FORMAT: return BAD_FORMAT;
    case TG_ERR_NUMERIC: return BAD_NUMERIC;
    case TG_ERR_ARGUMENT: return BAD_ARGUMENT;
    case TG_ERR_UNSUPPORTED:
    case TG_ERR_MEMORY: return BAD_SIZE;
    default: break;
    }
    if (strstr(message, "more bytes") || strstr(message, "longer than") ||
        strstr(message, "room for"))
        return BAD_SIZE;
    if (strstr(message, "out of range") || strstr(message, "named twice") ||
        strstr(message, "of a scalar") || strstr(message, "from axis"))
        return BAD_AXIS;
    return BAD_SHAPE;
}

/* ---- What concerns a function ----------------------------------------------------------- */

enum {
    NULLS = 1 << BAD_NULL,
    STALE = 1 << BAD_STALE,
    TAPE = 1 << BAD_TAPE,
    STORE = 1 << BAD_STORE,
    DTYPE = 1 << BAD_DTYPE,
    AXIS = 1 << BAD_AXIS,
    SHAPE = 1 << BAD_SHAPE,
    SIZE = 1 << BAD_SIZE,
    AFTER = 1 << BAD_AFTER,
};

typedef struct excuse {
    const char *function;
    unsigned kinds;
    const char *reason;
} excuse;

static const excuse excuses[] = {
    { "tg_list_of", STALE | AFTER, "counts nodes without looking at them" },
    { "tg_op_name", STALE, "an operation is not a node" },
    { "tg_rewind", AFTER, "clears errors" },
    { "tg_tape_clear_error", AFTER, "clears errors" },
    { "tg_tape_free", AFTER, "frees whatever happened" },
    { "tg_fail_operands", STALE | TAPE | AFTER,
      "only describes what it is given, behind an error" },
    { "tg_print", AFTER, "prints the shape of a node without a value" },
    { "tg_depends", STALE | TAPE, "answers no: nothing leads from there" },
    { "tg_batches_next", STALE | TAPE, "feeds by tg_feed, which tells" },
    { "tg_dtype_size", DTYPE, "answers 0" },
    { "tg_dtype_name", DTYPE, "answers ?" },
    { "tg_shape_count", SHAPE | SIZE, "answers -1" },
    { "tg_shape_equal", SHAPE | SIZE, "answers false" },
    { "tg_dim", AXIS, "answers -1" },
    { "tg_array_view", DTYPE | SHAPE | SIZE, "believes its caller; who reads the array checks it" },
    { "tg_cast", SHAPE, "takes any shape" },
    { "tg_reshape", DTYPE, "takes any dtype" },
    { "tg_store_new", DTYPE, "the store that it makes keeps the error: test_store.c" },
    { "tg_function_lr", NULLS | STALE | TAPE | AFTER,
      "keeps what it is given: tg_schedule_rate is tried with it" },
    { "tg_get", TAPE, "takes one node" },
    { "tg_instance_feed", AFTER,
      "runs in another thread than the tape's, so it does not look at it" },
    { "tg_instance_get", AFTER, "likewise" },
    { "tg_instance_item", AFTER, "likewise" },
    { "tg_logger_graph", AFTER, "draws what is recorded, whatever happened" },
};

/* Is [kind] excused for [name]? */
static unsigned excused(const char *name)
{
    unsigned kinds = 0;
    for (size_t i = 0; i < sizeof excuses / sizeof *excuses; i++)
        if (strcmp(excuses[i].function, name) == 0) kinds |= excuses[i].kinds;
    return kinds;
}

static int occurrences(const char *text, const char *word)
{
    int count = 0;
    while ((text = strstr(text, word)) != NULL) text += strlen(word), count++;
    return count;
}

/* From the parameters, with the members of an options struct among them. */
static unsigned concerns(const char *parameters)
{
    unsigned kinds = 0;
    const int lists = occurrences(parameters, "tg_list ");
    const int nodes =
        occurrences(parameters, "tg_tensor *") - occurrences(parameters, "tg_tensor **") -
        occurrences(parameters, "tg_tensor *out") - occurrences(parameters, "const tg_tensor *");
    const bool options = strstr(parameters, "size_t struct_size") != NULL;
    const int pointers = occurrences(parameters, "*");
    if (pointers &&
        (!options || nodes || strstr(parameters, "tg_tape *") || strstr(parameters, "tg_store *")))
        kinds |= NULLS;
    if (nodes > 0) kinds |= STALE | AFTER;
    if (nodes > 1 || lists > 0) kinds |= TAPE;
    if (strstr(parameters, "tg_tape *tape") && strstr(parameters, "tg_site at")) kinds |= AFTER;
    if (strstr(parameters, "tg_var *var") && strstr(parameters, "tg_site at")) kinds |= STORE;
    if (strstr(parameters, "int axis") || strstr(parameters, "tg_axes ")) kinds |= AXIS;
    if (strstr(parameters, "tg_dtype ")) kinds |= DTYPE;
    if (strstr(parameters, "tg_shape ")) kinds |= SHAPE | SIZE;
    return kinds;
}

/* ---- Reading the headers ---------------------------------------------------------------- */

/* Blanks out comments. */
static void drop_comments(char *text)
{
    for (char *p = text; (p = strstr(p, "/*")) != NULL;) {
        char *end = strstr(p, "*/");
        ck_assert_ptr_nonnull(end);
        memset(p, ' ', (size_t)(end + 2 - p));
    }
}

/* All public headers, one behind the other; the caller frees them. */
static char *read_headers(void)
{
    enum { MOST = 1 << 21 };
    char *all = calloc(1, MOST), path[1024];
    ck_assert_ptr_nonnull(all);
    size_t used = 0;
    glob_t headers;
    (void)snprintf(path, sizeof path, "%s/include/tg_*.h", getenv("TAPEGRAD_SOURCE"));
    ck_assert_msg(glob(path, 0, NULL, &headers) == 0, "there is no %s", path);
    for (size_t i = 0; i < headers.gl_pathc; i++) {
        FILE *file = fopen(headers.gl_pathv[i], "r");
        ck_assert_msg(file != NULL, "cannot read %s", headers.gl_pathv[i]);
        used += fread(all + used, 1, MOST - 1 - used, file);
        (void)fclose(file);
    }
    globfree(&headers);
    drop_comments(all);
    return all;
}

static void copy_between(char *out, size_t size, const char *from, const char *to)
{
    const size_t length = (size_t)(to - from) < size ? (size_t)(to - from) : size - 1;
    memcpy(out, from, length);
    out[length] = 0;
}

/* The members of the options struct that the parameters name, behind them. */
static void add_members(char *parameters, size_t size, const char *all)
{
    char type[NAME + 16], *end = strstr(parameters, "_args *args");
    if (!end) return;
    const char *begin = end;
    while (begin > parameters && (isalnum((unsigned char)begin[-1]) || begin[-1] == '_')) begin--;
    (void)snprintf(type, sizeof type, "typedef struct %.*s_args {", (int)(end - begin), begin);
    const char *body = strstr(all, type);
    ck_assert_msg(body != NULL, "%s is in no header", type);
    const char *close = strstr(body, "\n}");
    size_t used = strlen(parameters);
    copy_between(parameters + used, size - used, body + strlen(type), close);
    if (!strstr(parameters, "TG_OPTIMIZER_OPTIONS")) return;
    used = strlen(parameters);
    (void)snprintf(parameters + used, size - used, " size_t struct_size; tg_tensor *loss, *lr_at;");
}

/* Calls [check] with the name and the parameters of every public function. Returns how many. */
static int walk_functions(int (*check)(const char *name, const char *parameters), int *failed)
{
    regex_t name_of;
    regmatch_t match[2];
    int count = 0;
    char *all = read_headers();
    ck_assert_int_eq(regcomp(&name_of, "\\(?(tg_[a-z0-9_]+)\\)?\\(", REG_EXTENDED), 0);
    for (char *p = all; (p = strstr(p, "TG_API ")) != NULL;) {
        char prototype[1024], parameters[8192], name[NAME];
        char *end = strchr(p, ';');
        copy_between(prototype, sizeof prototype, p, end);
        p = end;
        if (regexec(&name_of, prototype, 2, match, 0) != 0) continue; /* a constant */
        bare_name(name, prototype + match[1].rm_so, (size_t)(match[1].rm_eo - match[1].rm_so));
        (void)snprintf(parameters, sizeof parameters, "%s", prototype + match[0].rm_eo);
        add_members(parameters, sizeof parameters, all);
        *failed += check(name, parameters);
        count++;
    }
    regfree(&name_of);
    free(all);
    return count;
}

/* ---- The tests -------------------------------------------------------------------------- */

static const char *const kind_names[BAD_KINDS] = {
    "a NULL",       "a stale node", "another tape", "another store",  "a dtype",
    "an axis",      "a shape",      "a size",       "an index",       "an argument",
    "a wrong time", "a format",     "a number",     "after an error",
};

/* Complains of what was never tried; how many. */
static int is_covered(const char *name, const char *parameters)
{
    int missing = 0;
    const unsigned needed = concerns(parameters) & ~excused(name);
    const unsigned tried = entry_of(name)->kinds;
    for (int k = 0; k < BAD_KINDS; k++) {
        if (!(needed >> k & 1) || tried >> k & 1) continue;
        fprintf(stderr, "%s was never tried with: %s\n", name, kind_names[k]);
        missing++;
    }
    return missing;
}

START_TEST(every_public_function_is_tried_with_all_that_concerns_it)
{
    int missing = 0;
    ck_assert_int_gt(walk_functions(is_covered, &missing), 290);
    ck_assert_int_eq(missing, 0);
}
END_TEST

static char public_names[MOST_FUNCTIONS][NAME];
static int public_count;

static int remember(const char *name, const char *parameters)
{
    (void)parameters;
    ck_assert_int_lt(public_count, MOST_FUNCTIONS);
    strcpy(public_names[public_count++], name);
    return 0;
}

static bool is_public(const char *name)
{
    for (int i = 0; i < public_count; i++)
        if (strcmp(public_names[i], name) == 0) return true;
    return false;
}

START_TEST(cases_and_excuses_name_public_functions)
{
    int none = 0;
    (void)walk_functions(remember, &none);
    for (size_t i = 0; i < sizeof excuses / sizeof *excuses; i++)
        ck_assert_msg(is_public(excuses[i].function), "%s", excuses[i].function);
    for (int i = 0; i < open_book->count; i++)
        ck_assert_msg(is_public(open_book->entries[i].name), "\"%s\" is not public",
                      open_book->entries[i].name);
}
END_TEST

START_TEST(there_are_at_least_450_cases) { ck_assert_int_ge(open_book->distinct, 450); }
END_TEST

TCase *contract_case(void)
{
    TCase *cases = tcase_create("contract");
    if (!getenv("TAPEGRAD_SOURCE")) {
        fprintf(stderr,
                "TAPEGRAD_SOURCE is not set: functions without a case are not looked for\n");
        return cases;
    }
    tcase_add_test(cases, cases_and_excuses_name_public_functions);
    tcase_add_test(cases, every_public_function_is_tried_with_all_that_concerns_it);
    tcase_add_test(cases, there_are_at_least_450_cases);
    return cases;
}

void contract_print(FILE *out)
{
    fprintf(out, "%d distinct cases of bad input to %d functions:", open_book->distinct,
            open_book->count);
    for (int k = 0; k < BAD_KINDS; k++)
        if (open_book->of_kind[k]) fprintf(out, " %s %d;", kind_names[k], open_book->of_kind[k]);
    fprintf(out, "\n");
}
