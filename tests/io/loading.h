/* loading.h: what the tests of the data pipelines share: a small data set, a source that counts
 * or fails, and a loader's batches as bytes. Each test program has its own. */
#ifndef TG_TESTS_LOADING_H
#define TG_TESTS_LOADING_H

#include "io_files.h"
#include "tests/support/random.h"
#include "tests/support/recorded.h"

enum { ROWS = 23, SIDE = 4 };

/* Row i holds pixels 1 + i, ..., and the label i. */
static float pixels[ROWS][SIDE][SIDE];
static int32_t labels[ROWS];

static inline tg_dataset small_data(void)
{
    /* Once: threads of other loaders may be reading it. */
    for (int i = pixels[0][0][0] == 0 ? 0 : ROWS; i < ROWS; i++) {
        for (int k = 0; k < SIDE * SIDE; k++) ((float *)pixels[i])[k] = (float)(1 + i + k * ROWS);
        labels[i] = i;
    }
    return (tg_dataset){ .x = tg_array_view(TG_F32, TG_SHAPE(ROWS, SIDE, SIDE), pixels),
                         .y = tg_array_view(TG_I32, TG_SHAPE(ROWS), labels) };
}

static const double weights[ROWS] = { 3, 0, 1, 0.5, 2, 0, 0, 1, 1, 1, 1, 4 };

/* Everything random that there is. */
#define VARIED                                                                                     \
    TG_TRANSFORMS(tg_image_shift(.pixels = 1), tg_image_flip(), tg_image_noise(),                  \
                  tg_label_one_hot(.classes = ROWS), tg_mixup(.alpha = 0.7))

/* ---- Batches as bytes ------------------------------------------------------------------- */

/* What a loader gave, one batch behind the other: rows, and all that was fed. */
typedef struct batch_log {
    unsigned char *data;
    size_t size, room;
} batch_log;

static inline void batch_log_add(batch_log *t, const void *data, size_t size)
{
    if (t->size + size > t->room) {
        t->room = 2 * (t->size + size);
        t->data = realloc(t->data, t->room);
        ck_assert_ptr_nonnull(t->data);
    }
    memcpy(t->data + t->size, data, size);
    t->size += size;
}

static inline void batch_log_free(batch_log *t)
{
    free(t->data);
    *t = (batch_log){ .data = NULL };
}

static inline bool batch_log_same(const batch_log *a, const batch_log *b)
{
    return a->size == b->size && (a->size == 0 || memcmp(a->data, b->data, a->size) == 0);
}

/* Inputs that fit the coming batch of [rows]. */
static inline size_t inputs_for(tg_loader *loader, int64_t rows, tg_tensor *in[])
{
    const tg_fields fields = tg_loader_fields(loader);
    for (size_t i = 0; i < fields.count; i++) {
        tg_shape shape = { .rank = fields.field[i].shape.rank + 1, .dim = { rows } };
        for (int k = 1; k < shape.rank; k++) shape.dim[k] = fields.field[i].shape.dim[k - 1];
        in[i] = tg_input(tape, fields.field[i].name, fields.field[i].dtype, shape);
    }
    return fields.count;
}

/* The next batch, whose inputs have [full] rows if that is not 0; adds it to the log. */
static inline int64_t take(tg_loader *loader, int64_t full, batch_log *t)
{
    tg_tensor *in[TG_MAX_FIELDS + 1];
    const int64_t coming = tg_loader_peek(loader);
    ck_assert_int_ge(coming, 0);
    tg_rewind(tape);
    const size_t count = inputs_for(loader, full ? full : coming > 0 ? coming : 1, in);
    const int64_t rows = tg_loader_next(loader, (tg_list){ count, in });
    ck_no_error();
    ck_assert_int_eq(rows, coming);
    batch_log_add(t, &rows, sizeof rows);
    for (size_t i = 0; rows > 0 && i < count; i++) {
        unsigned char got[1 << 14];
        const size_t size = (size_t)tg_count(in[i]) * tg_dtype_size(tg_dtype_of(in[i]));
        ck_assert_uint_le(size, sizeof got);
        ck_assert_int_eq(tg_get_as(in[i], tg_dtype_of(in[i]), got, (size_t)tg_count(in[i])), TG_OK);
        batch_log_add(t, got, size);
    }
    return rows;
}

/* [count] calls of it. */
static inline batch_log take_all(tg_loader *loader, int64_t full, int count)
{
    batch_log t = { .data = NULL };
    for (int i = 0; i < count; i++) (void)take(loader, full, &t);
    return t;
}

static inline void ck_made(const tg_loader *loader)
{
    ck_assert_msg(tg_loader_status(loader) == TG_OK, "%s", tg_loader_error(loader));
}

static inline tg_loader *varied(int64_t batch, int64_t prefetch, bool weighted, bool pad)
{
    const tg_dataset data = small_data();
    const tg_array array = tg_array_view(TG_F64, TG_SHAPE(ROWS), (void *)(uintptr_t)weights);
    tg_loader *loader =
        tg_loader_new(tg_samples_of_dataset(&data), .batch = batch, .seed = 4, .prefetch = prefetch,
                      .weights = weighted ? &array : NULL, .pad = pad, .transforms = VARIED);
    ck_made(loader);
    return loader;
}

/* [survives] is tried with each of its allocations failing, until none does: [at] is the one. */
static inline void ck_any_allocation(bool (*survives)(int at), int more_than)
{
    int at = 1;
    while (!survives(at)) at++;
    ck_assert_int_gt(at, more_than);
}

/* The loader could not be made, for that reason; it is freed. */
static inline void ck_not_made(tg_loader *loader, tg_status status, const char *words)
{
    ck_assert_ptr_nonnull(loader);
    ck_assert_msg(tg_loader_status(loader) == status && strstr(tg_loader_error(loader), words),
                  "\"%s\" is not in: %s: %s", words, tg_status_name(tg_loader_status(loader)),
                  tg_loader_error(loader));
    tg_loader_free(loader);
}

/* ---- Sources ---------------------------------------------------------------------------- */

/* Gives the i32 numbers 0, 1, ... up to a count, and does what it is told on the way. */
typedef struct counter {
    int32_t at, count;
    int32_t fails_at; /* -1: nowhere */
    int returns;      /* what it returns there */
    int closed, rewound;
} counter;

static inline int counter_next(void *context, void *const out[], tg_error *error)
{
    counter *c = context;
    if (c->at == c->fails_at) {
        c->at++;
        if (c->returns < 0) (void)snprintf(error->text, sizeof error->text, "the tape is torn");
        return c->returns;
    }
    if (c->at >= c->count) return 0;
    *(int32_t *)out[0] = c->at++;
    return 1;
}

static inline tg_status counter_seek(void *context, int64_t sample, tg_error *error)
{
    (void)error;
    ((counter *)context)->at = (int32_t)sample;
    return TG_OK;
}

static inline tg_status counter_rewind(void *context, tg_error *error)
{
    ((counter *)context)->rewound++;
    return counter_seek(context, 0, error);
}

static inline void counter_close(void *context) { ((counter *)context)->closed++; }

#define NUMBER TG_FIELDS({ "n", TG_I32, TG_SCALAR })
#define COUNTER(c, ...)                                                                            \
    tg_samples_new(NUMBER, counter_next, &(c), .close = counter_close, __VA_ARGS__)

/* The numbers of the next batch, which must be as many as that. */
static inline void ck_batch(tg_loader *loader, int64_t count, const int32_t *want)
{
    int32_t got[64];
    tg_rewind(tape);
    tg_tensor *n = tg_input(tape, "n", TG_I32, TG_SHAPE(count ? count : 1));
    ck_assert_int_eq(tg_loader_next(loader, TG_LIST(n)), count);
    ck_no_error();
    if (count == 0) return;
    ck_assert_int_eq(tg_get(n, got, (size_t)count), TG_OK);
    ck_assert_mem_eq(got, want, (size_t)count * sizeof *got);
}
#define CK_BATCH(loader, ...)                                                                      \
    ck_batch(loader, sizeof((int32_t[]){ __VA_ARGS__ }) / sizeof(int32_t),                         \
             (const int32_t[]){ __VA_ARGS__ })
#define CK_END(loader) ck_batch(loader, 0, NULL)

/* The next batch fails with that status, and the tape says [words]. */
static inline void ck_batch_fails(tg_loader *loader, int64_t rows, tg_status status,
                                  const char *words)
{
    tg_rewind(tape);
    tg_tensor *n = tg_input(tape, "n", TG_I32, TG_SHAPE(rows));
    ck_assert_int_eq(tg_loader_next(loader, TG_LIST(n)), -1);
    ck_assert_int_eq(tg_tape_status(tape), status);
    ck_says(words);
    tg_tape_clear_error(tape);
}

#endif
