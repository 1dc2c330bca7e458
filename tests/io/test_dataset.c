/* test_dataset.c: datasets from files and in memory. */
#include "tests/support/suite.h"
#include "io_files.h"
#include "three_classes.h"

static tg_error error;

static void expect_message(const char *text)
{
    ck_assert_msg(strstr(error.text, text), "'%s' is not in '%s'", text, error.text);
}

/* ---- Datasets from files ---------------------------------------------------------------- */

static memory_layer layer;
static counting_heap heap;

static void quiet(bytes zero, bytes one)
{
    layer = (memory_layer){ .file = { zero, one } };
    heap = (counting_heap){ .calls = 0 };
}

static tg_status read_pair(tg_dataset *data, int64_t classes)
{
    const tg_io_layer io = memory_io(&layer);
    const tg_allocator allocator = counting_allocator(&heap);
    const tg_status status = tg_dataset_from_idx(data, "file.0", "file.1", &error, .io = &io,
                                                 .allocator = &allocator, .classes = classes);
    ck_assert_int_eq(status, error.status);
    ck_assert_int_eq(layer.open_files, 0);
    ck_assert_int_eq(heap.blocks, status == TG_OK ? 2 : 0);
    return status;
}

static tg_status read_table(tg_dataset *data, const char *text, tg_dataset_csv_args args)
{
    const tg_io_layer io = memory_io(&layer);
    const tg_allocator allocator = counting_allocator(&heap);
    bytes file = bytes_of_text(text);
    quiet(file, file);
    args.out = data;
    args.path = "file.0";
    args.error = &error;
    args.io = &io;
    args.allocator = &allocator;
    const tg_status status = tg_dataset_from_csv_with(&args);
    ck_assert_int_eq(status, error.status);
    ck_assert_int_eq(layer.open_files, 0);
    ck_assert_int_eq(heap.blocks, status == TG_OK ? 2 : 0);
    free(file.data);
    return status;
}

START_TEST(images_and_labels_make_a_dataset)
{
    bytes images = bytes_idx(0x08, IDX_DIMS(3, 2, 2), 12), labels = bytes_idx(0x08, IDX_DIMS(3), 3);
    tg_dataset data;
    quiet(images, labels);
    ck_assert_int_eq(read_pair(&data, 3), TG_OK);
    ck_assert_int_eq(tg_dataset_rows(&data), 3);
    ck_assert_int_eq(data.x.dtype, TG_U8);
    ck_assert_int_eq(data.y.dtype, TG_I32);
    for (int i = 0; i < 3; i++) ck_assert_int_eq(((int32_t *)data.y.data)[i], i);
    tg_dataset_free(&data);
    ck_assert_int_eq(heap.blocks, 0);
    ck_assert_int_eq(tg_dataset_rows(&data), 0);
    tg_dataset_free(&data);
    quiet(images, labels);
    ck_assert_int_eq(read_pair(&data, 2), TG_ERR_INDEX);
    expect_message("file.1: item 2 (from 0) has the label 2, which is not one of 0 .. 1");

    /* Without .classes a label is any number, a negative one too. */
    const tg_io_layer io = memory_io(&layer);
    bytes any = bytes_idx(0x0C, IDX_DIMS(3), 12); /* i32, big end first */
    any.data[any.size - 4] = 0xff;
    quiet(images, any);
    ck_assert_msg(tg_dataset_from_idx(&data, "file.0", "file.1", &error, .io = &io) == TG_OK, "%s",
                  error.text);
    ck_assert_int_lt(((int32_t *)data.y.data)[2], 0);
    tg_dataset_free(&data);
    quiet(images, any);
    ck_assert_int_eq(read_pair(&data, INT64_MAX), TG_ERR_INDEX);
    free(images.data);
    free(labels.data);
    free(any.data);
}
END_TEST

START_TEST(images_and_labels_that_do_not_belong_together_are_refused)
{
    bytes images = bytes_idx(0x08, IDX_DIMS(3, 2, 2), 12), labels = bytes_idx(0x08, IDX_DIMS(3), 3);
    bytes four = bytes_idx(0x08, IDX_DIMS(4), 4), reals = bytes_idx(0x0E, IDX_DIMS(3), 24);
    tg_dataset data;
    quiet(labels, images);
    ck_assert_int_eq(read_pair(&data, TG_AUTO), TG_ERR_SHAPE);
    expect_message("are images and labels swapped?");
    quiet(images, four);
    ck_assert_int_eq(read_pair(&data, TG_AUTO), TG_ERR_SHAPE);
    expect_message("file.1: 4 labels, but 3 images [3, 2, 2] in file.0");
    quiet(images, reals);
    ck_assert_int_eq(read_pair(&data, TG_AUTO), TG_ERR_DTYPE);
    quiet(images, labels);
    ck_assert_int_eq(read_pair(&data, -1), TG_ERR_ARGUMENT);
    free(images.data);
    free(labels.data);
    free(four.data);
    free(reals.data);
}
END_TEST

START_TEST(every_failure_on_the_way_to_a_dataset_is_an_error_and_nothing_more)
{
    bytes images = bytes_idx(0x08, IDX_DIMS(3, 2, 2), 12), labels = bytes_idx(0x08, IDX_DIMS(3), 3);
    for (int memory = 0; memory < 2; memory++) {
        tg_dataset data;
        int at = 1;
        for (;; at++) {
            quiet(images, labels);
            *(memory ? &heap.fail_at : &layer.fail_at) = at;
            const tg_status status = read_pair(&data, 3);
            if (status == TG_OK) break;
            ck_assert_int_eq(status, memory ? TG_ERR_MEMORY : TG_ERR_IO);
        }
        ck_assert_int_gt(at, 5);
        tg_dataset_free(&data);
    }
    free(images.data);
    free(labels.data);
}
END_TEST

START_TEST(a_column_of_a_table_becomes_labels)
{
    static const char text[] = "1,10,0\n2,20,1\n3,30,2\n";
    tg_dataset data;
    ck_assert_int_eq(
        read_table(&data, text, (tg_dataset_csv_args){ TG_DATASET_CSV_DEFAULTS, .classes = 3 }),
        TG_OK);
    ck_assert(tg_shape_equal(data.x.shape, TG_SHAPE(3, 2)));
    ck_assert(tg_shape_equal(data.y.shape, TG_SHAPE(3)));
    ck_assert(((float *)data.x.data)[3] == 20);
    ck_assert_int_eq(((int32_t *)data.y.data)[2], 2);
    tg_dataset_free(&data);
    ck_assert_int_eq(
        read_table(&data, text, (tg_dataset_csv_args){ TG_DATASET_CSV_DEFAULTS, .label = 0 }),
        TG_OK);
    ck_assert_int_eq(((int32_t *)data.y.data)[2], 3);
    ck_assert(((float *)data.x.data)[0] == 10);
    tg_dataset_free(&data);
    ck_assert_int_eq(
        read_table(&data, "1,2.5\n",
                   (tg_dataset_csv_args){ TG_DATASET_CSV_DEFAULTS, .label_dtype = TG_F64 }),
        TG_OK);
    ck_assert(((double *)data.y.data)[0] == 2.5);
    tg_dataset_free(&data);
}
END_TEST

START_TEST(wrong_label_columns_are_refused)
{
    /* clang-format off */
    static const struct {
        const char *text, *message;
        tg_dataset_csv_args args;
        tg_status status;
    } rows[] = {
        { "1,2\n",        "no label column 2",                                 { TG_DATASET_CSV_DEFAULTS, .label = 2 },
          TG_ERR_INDEX },
        { "1,2\n",        "no label column -3",                                { TG_DATASET_CSV_DEFAULTS, .label = -3 },
          TG_ERR_INDEX },
        { "1\n",          "nothing is left beside the label",                  { TG_DATASET_CSV_DEFAULTS, .label = -1 },
          TG_ERR_SHAPE },
        { "1,2\n3,0.5\n", "line 2, field 2: the label 0.5",                    { TG_DATASET_CSV_DEFAULTS, .label = -1 },
          TG_ERR_FORMAT },
        { "1,3e9\n",      "is not a whole number of 32 bits",                  { TG_DATASET_CSV_DEFAULTS, .label = -1 },
          TG_ERR_FORMAT },
        { "1,nan\n",      "the label nan",                                     { TG_DATASET_CSV_DEFAULTS, .nonfinite = true },
          TG_ERR_FORMAT },
        { "1,2\n1,3\n",   "line 2, field 2: the label 3 is not one of 0 .. 2", { TG_DATASET_CSV_DEFAULTS, .classes = 3 },
          TG_ERR_INDEX },
        { "1,-1\n",       "the label -1 is not one of 0 .. 2",                 { TG_DATASET_CSV_DEFAULTS, .classes = 3 },
          TG_ERR_INDEX },
        { "1,2\n",        ".label_dtype is u8",                                { TG_DATASET_CSV_DEFAULTS, .label_dtype = TG_U8 },
          TG_ERR_DTYPE },
        { "1,2\n",        ".classes is 3",                                     { TG_DATASET_CSV_DEFAULTS, .label_dtype = TG_F32, .classes = 3 },
          TG_ERR_ARGUMENT },
    };
    /* clang-format on */
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        tg_dataset data;
        ck_assert_int_eq(read_table(&data, rows[i].text, rows[i].args), rows[i].status);
        expect_message(rows[i].message);
    }
}
END_TEST

START_TEST(mnist_is_what_it_is_known_to_be)
{
    static const int64_t histogram[2][10] = {
        { 5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949 },
        { 980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009 },
    };
    static const char *const names[2] = { "train", "t10k" };
    const char *folder = getenv("TAPEGRAD_DATA");
    if (!folder || !*folder) {
        puts("skipped: MNIST, since TAPEGRAD_DATA names no folder with mnist/");
        return;
    }
    for (int set = 0; set < 2; set++) {
        char images[4096], labels[4096];
        int64_t count[10] = { 0 };
        tg_dataset data;
        (void)snprintf(images, sizeof images, "%s/mnist/%s-images-idx3-ubyte.gz", folder,
                       names[set]);
        (void)snprintf(labels, sizeof labels, "%s/mnist/%s-labels-idx1-ubyte.gz", folder,
                       names[set]);
        ck_assert_msg(tg_dataset_from_idx(&data, images, labels, &error, .classes = 10) == TG_OK,
                      "%s", error.text);
        ck_assert(tg_shape_equal(data.x.shape, TG_SHAPE(set ? 10000 : 60000, 28, 28)));
        ck_assert_int_eq(data.x.dtype, TG_U8);
        for (int64_t i = 0; i < tg_dataset_rows(&data); i++) count[((int32_t *)data.y.data)[i]]++;
        for (int i = 0; i < 10; i++) ck_assert_int_eq(count[i], histogram[set][i]);
        tg_dataset_free(&data);
    }
}
END_TEST

/* ---- Datasets in memory ----------------------------------------------------------------- */

START_TEST(arrays_are_made_freed_and_borrowed)
{
    tg_array array;
    ck_assert_int_eq(tg_array_new(&array, TG_I64, TG_SHAPE(3, 5), NULL), TG_OK);
    for (int i = 0; i < 15; i++) ck_assert_int_eq(((int64_t *)array.data)[i], 0);
    tg_array_free(&array);
    ck_assert_ptr_null(array.data);
    tg_array_free(&array);
    tg_array_free(NULL);
    ck_assert_int_eq(tg_array_new(NULL, TG_I64, TG_SHAPE(1), NULL), TG_ERR_ARGUMENT);
    ck_assert_int_eq(tg_array_new(&array, TG_DTYPE_DEFAULT, TG_SHAPE(1), NULL), TG_ERR_DTYPE);
    ck_assert_int_eq(tg_array_new(&array, TG_U8, TG_SHAPE(-1), NULL), TG_ERR_SHAPE);
    ck_assert_int_eq(tg_array_new(&array, TG_F64, TG_SHAPE(INT64_MAX, 4), NULL), TG_ERR_MEMORY);
    ck_assert_int_eq(tg_array_new(&array, TG_F64, TG_SHAPE(INT64_MAX / 4), NULL), TG_ERR_MEMORY);
    ck_assert_int_eq(tg_array_new(&array, TG_F64, TG_SHAPE(4, 0), NULL), TG_OK);
    tg_array_free(&array);
    tg_dataset data = three_classes();
    tg_dataset_free(&data);
    ck_assert(x_values[1][0] == 1);
}
END_TEST

START_TEST(rows_are_taken_in_the_order_asked_for)
{
    const tg_dataset data = three_classes();
    const int64_t rows[] = { 7, 0, 102, 7 }, wrong[] = { 1, 103 }, negative[] = { -1 };
    tg_dataset taken;
    ck_assert_int_eq(tg_dataset_take(&data, rows, 4, &taken, &error), TG_OK);
    ck_assert_int_eq(tg_dataset_rows(&taken), 4);
    for (int i = 0; i < 4; i++) {
        ck_assert(((float *)taken.x.data)[2 * i + 1] == -(float)rows[i]);
        ck_assert_int_eq(((int32_t *)taken.y.data)[i], y_values[rows[i]]);
    }
    tg_dataset_free(&taken);
    ck_assert_int_eq(tg_dataset_take(&data, rows, 0, &taken, &error), TG_OK);
    ck_assert_int_eq(tg_dataset_rows(&taken), 0);
    tg_dataset_free(&taken);
    ck_assert_int_eq(tg_dataset_take(&data, wrong, 2, &taken, &error), TG_ERR_INDEX);
    expect_message("rows[1] is 103; the data has rows 0 .. 102");
    ck_assert_int_eq(tg_dataset_take(&data, negative, 1, &taken, &error), TG_ERR_INDEX);
    ck_assert_int_eq(tg_dataset_take(&data, NULL, 1, &taken, &error), TG_ERR_ARGUMENT);
    ck_assert_int_eq(tg_dataset_take(NULL, rows, 1, &taken, &error), TG_ERR_ARGUMENT);
    ck_assert_int_eq(tg_dataset_take(&data, rows, 1, NULL, &error), TG_ERR_ARGUMENT);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("dataset");
    TCase *files = tcase_create("files");
    tcase_add_test(files, images_and_labels_make_a_dataset);
    tcase_add_test(files, images_and_labels_that_do_not_belong_together_are_refused);
    tcase_add_test(files, every_failure_on_the_way_to_a_dataset_is_an_error_and_nothing_more);
    tcase_add_test(files, a_column_of_a_table_becomes_labels);
    tcase_add_test(files, wrong_label_columns_are_refused);
    tcase_add_test(files, mnist_is_what_it_is_known_to_be);
    suite_add_tcase(suite, files);
    TCase *sets = tcase_create("sets");
    tcase_add_test(sets, arrays_are_made_freed_and_borrowed);
    tcase_add_test(sets, rows_are_taken_in_the_order_asked_for);
    suite_add_tcase(suite, sets);
    return run_suite(suite);
}
