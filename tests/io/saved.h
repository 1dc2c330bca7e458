/* saved.h: the disk, the store and the pictures of stores that the tests of saving share. Each test
 * program has its own. */
#ifndef TG_TESTS_SAVED_H
#define TG_TESTS_SAVED_H

#include "tests/support/disk.h"
#include "tests/support/failing_allocator.h"

#include <check.h>

static disk drive;
static tg_io_layer io;
static failing_allocator heap;
static tg_error error;
static tg_store *store;

#define PATH "model"

static inline tg_store *new_store(uint64_t seed)
{
    return tg_store_new(.seed = seed,
                        .allocator = &(tg_allocator){ failing_alloc, failing_free, &heap });
}

static inline void open_drive(void)
{
    drive = (disk){ .calls = 0 };
    heap = (failing_allocator){ .calls = 0 };
    io = disk_io(&drive);
    store = new_store(7);
}

static inline void close_drive(void)
{
    tg_store_free(store);
    disk_empty(&drive);
    ck_assert_int_eq(drive.open_files, 0);
    ck_assert_uint_eq(heap.live, 0);
}

static inline void ck_fine(tg_status status)
{
    ck_assert_msg(status == TG_OK && !error.text[0], "%s: %s", tg_status_name(status), error.text);
}

/* The error is of that status and says [words]. */
static inline void ck_told(tg_status got, tg_status status, const char *words)
{
    ck_assert_msg(got == status && error.status == status, "%s: %s", tg_status_name(got),
                  error.text);
    ck_assert_msg(strstr(error.text, words) != NULL, "\"%s\" is not in: %s", words, error.text);
    ck_assert_int_eq(drive.open_files, 0);
}

/* ---- Stores ----------------------------------------------------------------------------- */

static const char long_name[] =
    "block.0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567"
    "890123456789012345678901234567890123456789012345678901234567890123456789012345678901.weight";

static const uint32_t odd_floats[6] = { 0x7fc00001, 0xffc12345, 0x80000000,
                                        0x00000001, 0x807fffff, 0x7f800000 };

/* One of everything. [random] chooses the values that do not matter. */
static inline void fill(tg_store *s, bool odd)
{
    float numbers[6];
    const int64_t big[2] = { INT64_MIN, INT64_MAX };
    const int32_t small[2] = { -1, 2147483647 };
    const uint8_t bytes[3] = { 0, 128, 255 };
    const bool flags[2] = { true, false };
    const tg_init init = { TG_INIT_NORMAL, 0, 1 };
    memcpy(numbers, odd_floats, sizeof numbers);
    tg_var *w = tg_param(s, "fc.weight", TG_SHAPE(2, 3), init);
    (void)tg_param(s, long_name, TG_SHAPE(5), init);
    (void)tg_param(s, "größe \"quoted\\\".バイアス", TG_SCALAR, init);
    (void)tg_param(s, "none", TG_SHAPE(0, 3), init);
    tg_var *i64 = tg_state(s, "a.i64", TG_I64, TG_SHAPE(2), 1);
    tg_var *i32 = tg_state(s, "a.i32", TG_I32, TG_SHAPE(2), 1);
    tg_var *u8 = tg_state(s, "a.u8", TG_U8, TG_SHAPE(3), 1);
    tg_var *flag = tg_state(s, "a.bool", TG_BOOL, TG_SHAPE(2, 1), 1);
    (void)tg_state(s, "fc.weight.adam.step", TG_F64, TG_SCALAR, 0.1);
    (void)tg_state(s, "bn.running_mean", TG_F64, TG_SHAPE(3), -0.3);
    if (!odd) return;
    ck_assert_int_eq(tg_var_set(w, numbers, 6), TG_OK);
    ck_assert_int_eq(tg_var_set(i64, big, 2), TG_OK);
    ck_assert_int_eq(tg_var_set(i32, small, 2), TG_OK);
    ck_assert_int_eq(tg_var_set(u8, bytes, 3), TG_OK);
    ck_assert_int_eq(tg_var_set(flag, flags, 2), TG_OK);
    tg_store_set_step(s, INT64_C(9007199254740993)); /* more than a double holds */
}

/* All that a store is, as bytes. */
typedef struct picture {
    size_t size;
    unsigned char bytes[8192];
} picture;

static inline void draw(picture *p, const void *data, size_t size)
{
    ck_assert_uint_le(p->size + size, sizeof p->bytes);
    if (size) memcpy(p->bytes + p->size, data, size);
    p->size += size;
}

static inline picture picture_of(const tg_store *s)
{
    picture p = { .size = 0 };
    const int64_t step = tg_store_step(s);
    const uint64_t seed = tg_store_seed(s);
    draw(&p, &step, sizeof step);
    draw(&p, &seed, sizeof seed);
    for (size_t i = 0; i < tg_var_count(s); i++) {
        unsigned char values[4096];
        const tg_var *var = tg_var_nth(s, i);
        const size_t count = (size_t)tg_shape_count(tg_var_shape(var));
        const bool trains = tg_var_trainable(var);
        draw(&p, tg_var_name(var), strlen(tg_var_name(var)) + 1);
        ck_assert_int_eq(tg_var_get_as(var, tg_var_dtype(var), values, count), TG_OK);
        draw(&p, values, count * tg_dtype_size(tg_var_dtype(var)));
        draw(&p, &trains, 1);
    }
    return p;
}

static inline void ck_same(const picture *a, const picture *b)
{
    ck_assert_uint_eq(a->size, b->size);
    ck_assert_mem_eq(a->bytes, b->bytes, a->size);
}

#endif
