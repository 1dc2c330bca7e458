/* Calls every function that has options; calls.py writes the functions between, from the headers.
 * Compiled with TG_HEADERS, the headers of today's version, of an older one (each struct lacks its
 * last member) or of a newer one (each has one more), and linked with today's library.
 *
 *     calls refusals     today's: options without defaults, or of a size that cannot be, are
 * refused with a message that names the function and says what to do calls newer        a newer
 * program's options are refused so, all of them calls results      what calls do, for comparison:
 * today's program and the older one print the same, since what the older cannot say has its
 * default. Behind its options stand bytes that are no options.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include TG_HEADERS

#define NO_OPTIONS ((size_t)-1) /* instead of a size: NULL for the options */

/* What a call may be given. */
typedef struct things {
    tg_store *store;
    tg_tape *tape;
    tg_tensor *x, *other;
    int tensors; /* how many operands; the others are left out */
    tg_error error;
} things;

typedef struct row {
    const char *macro, *function;
    bool owned; /* is there something that the function's errors go to? */
    bool (*refuse)(things *t, const size_t *size);
    bool (*call)(things *t);
} row;

/* Zeroed memory for results. It is freed at the end of the call. */
static struct {
    void *block[8];
    int count;
} kept;

static void *keep(size_t size)
{
    if (kept.count == 8) return NULL;
    return kept.block[kept.count++] = calloc(1, size);
}

static void *no_result(void) { return NULL; }
#define a_function ((void (*)(void))no_result)

/* The options with bytes behind them that are none. */
static const void *behind(const void *options, size_t size, size_t known)
{
    static union {
        unsigned char bytes[4096];
        tg_options head;
    } room;
    memset(room.bytes, 0xa5, sizeof room);
    memcpy(room.bytes, options, known < size ? known : size);
    return &room;
}

/* @ROWS@ */
enum { ROWS = sizeof rows / sizeof *rows };

/* ---- What calls work on ----------------------------------------------------------------- */

/* Kinds of operands; a function finds one that it takes. */
enum { MATRIX, CUBE, IMAGES, LOSS, TRUTHS, XS };
enum { SAME, INDICES, OTHERS };
enum { TENSORS = 4 };

static tg_tensor *waves(tg_tape *tape, int64_t count, tg_shape shape)
{
    tg_tensor *x = tg_iota(tape, TG_F32, count);
    return tg_reshape(tg_cos(x), shape);
}

/* The square of a parameter w [1], as a scalar. */
static tg_tensor *loss_of(things *t)
{
    tg_var *w = tg_param(t->store, "w", TG_SHAPE(1), tg_init_constant(2));
    return tg_squeeze(tg_square(tg_read(t->tape, w)), 0);
}

static tg_tensor *x_of(things *t, int kind)
{
    switch (kind) {
    case MATRIX: return waves(t->tape, 4, TG_SHAPE(2, 2));
    case CUBE: return waves(t->tape, 8, TG_SHAPE(2, 2, 2));
    case IMAGES: return waves(t->tape, 64, TG_SHAPE(2, 2, 4, 4));
    case TRUTHS: return tg_cast(tg_iota(t->tape, TG_F32, 2), TG_BOOL);
    default: return loss_of(t);
    }
}

/* Made by calls that name no member behind the operands, so that a newer program can make them. */
static bool things_new(things *t, int x, int other, int tensors)
{
    memset(t, 0, sizeof *t);
    t->store = tg_store_new_with(&(tg_store_args){ .struct_size = sizeof(tg_options) });
    t->tape = tg_tape_new_with(
        &(tg_tape_args){ .struct_size = TG_OPTIONS_SIZE(tg_tape_args, store), .store = t->store });
    if (!t->tape) return false;
    t->x = x_of(t, x);
    t->other = other == SAME ? t->x : tg_full(t->tape, TG_I64, TG_SHAPE(2), 1);
    t->tensors = tensors;
    return t->x && t->other;
}

static void things_free(things *t)
{
    tg_tape_free(t->tape);
    tg_store_free(t->store);
    while (kept.count > 0) free(kept.block[--kept.count]);
}

/* ---- Refusals --------------------------------------------------------------------------- */

static int fail(const row *r, const char *call, const char *what)
{
    printf("%s, %s: %s\n", r->macro, call, what);
    return 1;
}

/* The message that the one of tape, store and tg_error has that was told; NULL if not one was. */
static const char *told(const things *t)
{
    const int count = (tg_tape_status(t->tape) != TG_OK) + (tg_store_status(t->store) != TG_OK) +
                      (t->error.status != TG_OK);
    if (count != 1) return NULL;
    if (tg_tape_status(t->tape) == TG_ERR_ARGUMENT) return tg_tape_error(t->tape);
    if (tg_store_status(t->store) == TG_ERR_ARGUMENT) return tg_store_error(t->store);
    return t->error.status == TG_ERR_ARGUMENT ? t->error.text : NULL;
}

/* Is a call with that size refused as it should be? [size] NULL: the size that the header gives. */
static int refused(const row *r, const char *call, const size_t *size, const char *advice)
{
    things t;
    if (!things_new(&t, LOSS, SAME, TENSORS)) return fail(r, call, "nothing to call it with");
    const size_t nodes = tg_tape_length(t.tape), variables = tg_var_count(t.store);
    int wrong = 0;
    if (!r->refuse(&t, size)) wrong += fail(r, call, "gives something");
    if (tg_tape_length(t.tape) != nodes) wrong += fail(r, call, "records");
    if (tg_assign_count(t.tape) != 0) wrong += fail(r, call, "assigns");
    if (tg_var_count(t.store) != variables) wrong += fail(r, call, "makes variables");
    if (r->owned && advice) {
        const char *message = told(&t);
        char name[80];
        (void)snprintf(name, sizeof name, "%s: ", r->function);
        if (!message) wrong += fail(r, call, "tells nobody, or several");
        else if (!strstr(message, name))
            wrong += fail(r, call, "does not say its name"), puts(message);
        else if (!strstr(message, advice))
            wrong += fail(r, call, "does not say what to do"), puts(message);
    }
    things_free(&t);
    return wrong;
}

static int refusals(void)
{
    static const struct {
        const char *call;
        size_t size;
        const char *advice; /* NULL: nobody is there to be told */
    } faults[] = {
        { "NULL", NO_OPTIONS, NULL },
        { "no defaults", 0, "DEFAULTS" },
        { "too small", 1, "DEFAULTS" },
        { "a size without a site", sizeof(tg_options) - 1, "DEFAULTS" },
        { "too large", 4096, "newer" },
        { "much too large", NO_OPTIONS - 1, "newer" },
    };
    int wrong = 0;
    for (int i = 0; i < ROWS; i++)
        for (size_t f = 0; f < sizeof faults / sizeof *faults; f++)
            wrong += refused(&rows[i], faults[f].call, &faults[f].size, faults[f].advice);
    printf("%d functions, %d faults each, %d wrong\n", (int)ROWS,
           (int)(sizeof faults / sizeof *faults), wrong);
    return wrong > 0;
}

static int newer(void)
{
    int wrong = 0;
    for (int i = 0; i < ROWS; i++) wrong += refused(&rows[i], "a newer program", NULL, "newer");
    printf("%d functions, %d wrong\n", (int)ROWS, wrong);
    return wrong > 0;
}

/* ---- Results ---------------------------------------------------------------------------- */

static void print_values(const tg_store *store)
{
    for (size_t i = 0; i < tg_var_count(store); i++) {
        tg_var *var = tg_var_nth(store, i);
        const size_t count = (size_t)tg_shape_count(tg_var_shape(var));
        double value[64] = { 0 };
        float single[64] = { 0 };
        if (count > 64) continue;
        if (tg_var_dtype(var) == TG_F64) (void)tg_var_get(var, value, count);
        if (tg_var_dtype(var) == TG_F32) (void)tg_var_get(var, single, count);
        printf("%s:", tg_var_name(var));
        for (size_t j = 0; j < count; j++) printf(" %.9g", value[j] + (double)single[j]);
        printf("\n");
    }
}

static bool result(const row *r, int x, int other, int tensors)
{
    things t;
    if (!things_new(&t, x, other, tensors)) return false;
    printf("---- %s, x %d, other %d, %d\n", r->macro, x, other, tensors);
    const bool returned = r->call(&t);
    const bool made = returned && tg_tape_status(t.tape) == TG_OK &&
                      tg_store_status(t.store) == TG_OK && t.error.status == TG_OK;
    (void)tg_commit(t.tape);
    printf("%s\n%s\n%s\n", tg_tape_error(t.tape), tg_store_error(t.store), t.error.text);
    tg_dump(t.tape, stdout);
    print_values(t.store);
    things_free(&t);
    return made;
}

static bool any_result(const row *r)
{
    bool made = false;
    for (int x = 0; x < XS; x++)
        for (int other = 0; other < OTHERS; other++)
            for (int tensors = 1; tensors <= TENSORS; tensors++)
                made |= result(r, x, other, tensors);
    return made;
}

/* Does it need a file, which is not there? */
static bool wants_file(const char *macro)
{
    static const char *const begins[] = { "tg_read_", "tg_map_", "tg_dataset_from_" };
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
        if (strncmp(macro, begins[i], strlen(begins[i])) == 0) return true;
    return false;
}

/* Each function is called with every kind of operands. What all calls refuse shows less; so most
 * functions must find operands that they take. */
static int results(void)
{
    int without = 0;
    for (int i = 0; i < ROWS; i++) {
        if (any_result(&rows[i]) || wants_file(rows[i].macro)) continue;
        fprintf(stderr, "%s takes none of the operands\n", rows[i].macro);
        without++;
    }
    return without > ROWS / 5;
}

int main(int argc, char **argv)
{
    const char *what = argc == 2 ? argv[1] : "";
    if (strcmp(what, "refusals") == 0) return refusals();
    if (strcmp(what, "newer") == 0) return newer();
    if (strcmp(what, "results") == 0) return results();
    fprintf(stderr, "calls refusals | newer | results\n");
    return 2;
}
