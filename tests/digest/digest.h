/* digest.h: what the parts of the program "digest" share: its options, hashes of what was computed,
 * and the line that they make. It uses the public headers alone, for older states to compile it
 * too. */
#ifndef TG_TESTS_DIGEST_H
#define TG_TESTS_DIGEST_H

#include <tapegrad.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGEST_STEPS = 3 }; /* that everything is run for */

typedef struct digest_options {
    uint64_t first, programs;
    bool networks, check, pieces;
} digest_options;

/* ---- Ways to run something -------------------------------------------------------------- */

typedef struct digest_way {
    const char *name;
    bool naive, rerecord, commit; /* recorded anew in every step; without tg_compile */
    int threads;
    bool last; /* keeps the last of the outputs alone */
} digest_way;

enum { NAIVE, PLANNED, THREADS, LAST, ANEW, DEFINE, DIGEST_WAYS };
static const digest_way digest_ways[DIGEST_WAYS] = {
    [NAIVE] = { "naive", true, false, false, 1, false },
    [PLANNED] = { "planned", false, false, false, 1, false },
    [THREADS] = { "two_threads", false, false, false, 2, false },
    [LAST] = { "one_output", false, false, false, 1, true },
    [ANEW] = { "naive_anew", true, true, false, 1, false },
    [DEFINE] = { "define_by_run", false, true, true, 1, false },
};

/* ---- Results ---------------------------------------------------------------------------- */

/* What came of running something in one way. */
typedef struct digest_result {
    bool ran;
    uint64_t bits, values; /* hashes of all pieces: as they are, and made canonical */
    tg_status status[DIGEST_STEPS];
    char text[TG_ERROR_TEXT]; /* of the first error of a plan */
    size_t kernels, bytes;
} digest_result;

/* An output or a variable after a step. [exact]: its sums are exact but for the sign of a zero. */
typedef struct digest_piece {
    const char *subject, *way, *what;
    int step, index;
    tg_dtype dtype;
    size_t count;
    bool exact;
    void *data;
} digest_piece;

/* FNV-1a (Fowler, Noll and Vo), which has no tables and no seed: the same numbers everywhere. */
static const uint64_t DIGEST_NOTHING = 0xCBF29CE484222325u;

static inline uint64_t digest_bytes(uint64_t hash, const void *data, size_t size)
{
    const unsigned char *bytes = data;
    for (size_t i = 0; i < size; i++) hash = (hash ^ bytes[i]) * 0x100000001B3u;
    return hash;
}

/* Makes equal what executors may answer differently: any NaN is one NaN, and if sums are exact -0
 * is 0. */
static inline void digest_canonical(const digest_piece *x)
{
    for (size_t i = 0; i < x->count; i++) {
        if (x->dtype == TG_F32) {
            float *value = (float *)x->data + i;
            if (isnan(*value)) *value = NAN;
            if (x->exact && *value == 0) *value = 0;
        } else if (x->dtype == TG_F64) {
            double *value = (double *)x->data + i;
            if (isnan(*value)) *value = (double)NAN;
            if (x->exact && *value == 0) *value = 0;
        }
    }
}

/* Ends the program if there is no memory. */
static inline void *digest_found(void *memory)
{
    if (memory) return memory;
    fputs("digest: out of memory\n", stderr);
    exit(1);
}

/* Adds a piece to the hashes; its data are not the same afterwards. */
static inline void digest_add(const digest_options *o, const digest_piece *x, digest_result *out)
{
    const size_t size = x->count * tg_dtype_size(x->dtype);
    const uint64_t bits = digest_bytes(DIGEST_NOTHING, x->data, size);
    if (o->pieces)
        printf("piece %s %s step %d %s %d %s x %zu %016" PRIx64 "\n", x->subject, x->way, x->step,
               x->what, x->index, tg_dtype_name(x->dtype), x->count, bits);
    const int64_t facts[] = { x->step, x->index, x->dtype, (int64_t)x->count };
    out->bits = digest_bytes(digest_bytes(out->bits, facts, sizeof facts), &bits, sizeof bits);
    digest_canonical(x);
    out->values = digest_bytes(digest_bytes(out->values, facts, sizeof facts), x->data, size);
}

static inline digest_result digest_begin(void)
{
    return (digest_result){ .ran = true, .bits = DIGEST_NOTHING, .values = DIGEST_NOTHING };
}

static inline void digest_plan(digest_result *out, const tg_plan *plan)
{
    out->kernels = tg_plan_kernels(plan);
    out->bytes = tg_plan_bytes(plan);
}

/* A node's value as a piece, which is added if there is a value. */
static inline tg_status digest_output(const digest_options *o, digest_piece x, tg_tensor *node,
                                      digest_result *out)
{
    x.what = "output";
    x.dtype = tg_dtype_of(node);
    x.count = (size_t)tg_count(node);
    x.data = digest_found(malloc(x.count * tg_dtype_size(x.dtype) + 1));
    const tg_status status = tg_get_as(node, x.dtype, x.data, x.count);
    if (status == TG_OK) digest_add(o, &x, out);
    free(x.data);
    return status;
}

/* All variables of the store. */
static inline void digest_variables(const digest_options *o, digest_piece x, const tg_store *store,
                                    digest_result *out)
{
    x.what = "variable";
    for (size_t i = 0; i < tg_var_count(store); i++) {
        const tg_var *var = tg_var_nth(store, i);
        x.index = (int)i;
        x.dtype = tg_var_dtype(var);
        x.count = (size_t)tg_shape_count(tg_var_shape(var));
        x.data = digest_found(malloc(x.count * tg_dtype_size(x.dtype) + 1));
        tg_var_get_as(var, x.dtype, x.data, x.count);
        digest_add(o, &x, out);
        free(x.data);
    }
}

/* ---- The line --------------------------------------------------------------------------- */

/* How the steps have ended: once, or for each way if the ways differ. */
static inline void digest_print_status(const digest_result results[])
{
    static const tg_status fine[DIGEST_STEPS] = { TG_OK };
    bool alike = true;
    for (int i = 1; i < DIGEST_WAYS; i++)
        alike &= !results[i].ran || memcmp(results[i].status, results[0].status, sizeof fine) == 0;
    if (alike && memcmp(results[0].status, fine, sizeof fine) == 0) {
        printf(" ok\n");
        return;
    }
    for (int i = 0; i < (alike ? 1 : DIGEST_WAYS); i++)
        for (int step = 0; step < DIGEST_STEPS; step++)
            printf("%c%s", step ? ',' : i ? ';' : ' ', tg_status_name(results[i].status[step]));
    printf(" %s\n", results[PLANNED].text);
}

static inline void digest_print(const char *subject, const char *kind,
                                const digest_result results[])
{
    printf("%s %s", subject, kind);
    for (int i = 0; i < DIGEST_WAYS; i++) {
        if (results[i].ran) printf(" %016" PRIx64, results[i].bits);
        else printf(" -");
    }
    for (int i = 0; i < DIGEST_WAYS; i++)
        if (results[i].ran && !digest_ways[i].commit)
            printf("%c%zu/%zu", i ? ',' : ' ', results[i].kernels, results[i].bytes);
    digest_print_status(results);
    fflush(stdout);
}

/* Do the values of these two agree? If not, says so. */
static inline bool digest_agree(const char *subject, const digest_result results[], int a, int b)
{
    const digest_result *x = &results[a], *y = &results[b];
    if (x->values == y->values && memcmp(x->status, y->status, sizeof x->status) == 0) return true;
    fprintf(stderr, "digest: %s: %s and %s differ\n", subject, digest_ways[a].name,
            digest_ways[b].name);
    return false;
}

/* False, with a word why, if the tape or its store has failed. */
static inline bool digest_fine(const char *subject, const char *way, const tg_tape *tape)
{
    if (!tg_tape_error(tape)[0]) return true;
    fprintf(stderr, "digest: %s, %s: %s\n", subject, way, tg_tape_error(tape));
    return false;
}

/* digest_networks.c: steps of training of some networks, a line for each; false if one has failed.
 */
bool digest_networks(const digest_options *o);

#endif
