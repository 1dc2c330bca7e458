/* read_files.h: IDX and CSV files in memory, which are read, or refused with a message; nothing
 * stays open or allocated. For the tests of the readers. */
#ifndef TG_TESTS_READ_FILES_H
#define TG_TESTS_READ_FILES_H

#include "one_file.h"

/* Nothing is left open or allocated, and a failure has its message. */
static inline void check_clean(tg_status status, const tg_array *array)
{
    ck_assert_int_eq(status, error.status);
    ck_assert_int_eq(layer.open_files, 0);
    ck_assert_int_eq(heap.blocks, array->data ? 1 : 0);
    if (status == TG_OK) {
        ck_assert_str_eq(error.text, "");
        return;
    }
    ck_assert_ptr_null(array->data);
    ck_assert_int_eq(array->dtype, TG_DTYPE_DEFAULT);
    ck_assert_ptr_nonnull(strstr(error.text, "file.0: "));
    ck_assert_ptr_nonnull(strstr(error.text, "read_files.h:"));
}

static inline tg_status read_idx(tg_array *array)
{
    const tg_io_layer io = memory_io(&layer);
    const tg_allocator allocator = counting_allocator(&heap);
    const tg_status status =
        tg_read_idx(array, "file.0", &error, .io = &io, .allocator = &allocator);
    check_clean(status, array);
    return status;
}

static inline tg_status read_csv(tg_array *array, tg_csv_args args)
{
    const tg_io_layer io = memory_io(&layer);
    const tg_allocator allocator = counting_allocator(&heap);
    args.at = TG_HERE;
    args.out = array;
    args.path = "file.0";
    args.error = &error;
    args.io = &io;
    args.allocator = &allocator;
    const tg_status status = tg_read_csv_with(&args);
    check_clean(status, array);
    return status;
}

/* The file is refused as an IDX file, with [text] in the message. */
static inline void expect_idx_error(bytes file, tg_status expected, const char *text)
{
    tg_array array;
    quiet(file);
    ck_assert_int_eq(read_idx(&array), expected);
    ck_assert_msg(strstr(error.text, text), "'%s' is not in '%s'", text, error.text);
    free(file.data);
}

static inline void expect_csv_error(bytes file, tg_csv_args args, tg_status expected,
                                    const char *text)
{
    tg_array array;
    quiet(file);
    ck_assert_int_eq(read_csv(&array, args), expected);
    ck_assert_msg(strstr(error.text, text), "'%s' is not in '%s'", text, error.text);
    free(file.data);
}

static inline void check_shape(const tg_array *array, tg_dtype dtype, tg_shape shape)
{
    ck_assert_int_eq(array->dtype, dtype);
    ck_assert(tg_shape_equal(array->shape, shape));
    ck_assert_uint_eq((uintptr_t)array->data % 64, 0);
}

#endif
