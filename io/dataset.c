/* dataset.c: datasets (examples and their labels): from files, and rows taken from another
 * dataset. */
#include "io/io.h"

#include <string.h>

int64_t tg_dataset_rows(const tg_dataset *data)
{
    return data && data->x.dtype && data->x.shape.rank > 0 ? data->x.shape.dim[0] : 0;
}

void tg_dataset_free(tg_dataset *data)
{
    if (!data) return;
    tg_array_free(&data->x);
    tg_array_free(&data->y);
}

/* ---- From IDX files ----------------------------------------------------------------- */

/* Converts labels of either integer dtype to i32. */
static tg_status labels_to_i32(tg__report *report, tg_array *labels)
{
    if (labels->dtype == TG_I32) return TG_OK;
    if (labels->dtype != TG_U8)
        return tg__complain(report, TG_ERR_DTYPE, "labels must be integers; these are %s",
                            tg_dtype_name(labels->dtype));
    tg_array wide;
    const tg_status status =
        tg__array_make(report, tg__array_allocator(labels), TG_I32, labels->shape, &wide);
    if (status != TG_OK) return status;
    const uint8_t *from = labels->data;
    int32_t *to = wide.data;
    for (int64_t i = 0; i < labels->shape.dim[0]; i++) to[i] = from[i];
    tg_array_free(labels);
    *labels = wide;
    return TG_OK;
}

static tg_status check_labels(tg__report *report, const tg_array *labels, int64_t classes)
{
    if (classes == TG_AUTO) return TG_OK;
    const int32_t *label = labels->data;
    for (int64_t i = 0; i < labels->shape.dim[0]; i++)
        if (label[i] < 0 || label[i] >= classes)
            return tg__complain(
                report, TG_ERR_INDEX,
                "item %lld (from 0) has the label %d, which is not one of 0 .. %lld", (long long)i,
                (int)label[i], (long long)classes - 1);
    return TG_OK;
}

static tg_status check_pair(tg__report *report, const char *images, const tg_dataset *data)
{
    char x[TG_SHAPE_SEEN], y[TG_SHAPE_SEEN];
    tg__shape_seen(x, data->x.shape);
    tg__shape_seen(y, data->y.shape);
    if (data->y.shape.rank != 1)
        return tg__complain(report, TG_ERR_SHAPE, "labels must be of rank 1; these are %s%s", y,
                            data->x.shape.rank == 1 ? " (are images and labels swapped?)" : "");
    if (data->x.shape.dim[0] != data->y.shape.dim[0])
        return tg__complain(
            report, TG_ERR_SHAPE,
            "%lld labels, but %lld images %s in %.500s (files of two different sets?)",
            (long long)data->y.shape.dim[0], (long long)data->x.shape.dim[0], x, images);
    return TG_OK;
}

/* True if the number of classes is at least 1, or TG_AUTO. */
static bool classes_hold(int64_t classes) { return classes == TG_AUTO || classes >= 1; }

tg_status tg_dataset_from_idx_with(const tg_dataset_idx_args *given)
{
    tg_dataset_idx_args args = { TG_DATASET_IDX_DEFAULTS };
    if (!TG__IO_OPTIONS(args, given, "tg_dataset_from_idx")) return TG_ERR_ARGUMENT;

    tg__report report = tg__report_new(args.at, "tg_dataset_from_idx", args.images, args.error);
    tg_dataset *data = args.out;
    if (!data) return tg__complain(&report, TG_ERR_ARGUMENT, "the dataset to read into is NULL");
    memset(data, 0, sizeof *data);
    if (!classes_hold(args.classes))
        return tg__complain(&report, TG_ERR_ARGUMENT, ".classes is %lld, and must be at least 1",
                            (long long)args.classes);
    const tg_allocator *allocator = tg__allocator_or_default(args.allocator);
    tg_status status = tg__idx_load(&report, args.io, allocator, &data->x);
    report.path = args.labels;
    if (status == TG_OK) status = tg__idx_load(&report, args.io, allocator, &data->y);
    if (status == TG_OK) status = check_pair(&report, args.images, data);
    if (status == TG_OK) status = labels_to_i32(&report, &data->y);
    if (status == TG_OK) status = check_labels(&report, &data->y, args.classes);
    if (status != TG_OK) tg_dataset_free(data);
    return status;
}

/* ---- From CSV files ----------------------------------------------------------------- */

tg_status tg_dataset_from_csv_with(const tg_dataset_csv_args *given)
{
    tg_dataset_csv_args args = { TG_DATASET_CSV_DEFAULTS };
    if (!TG__IO_OPTIONS(args, given, "tg_dataset_from_csv")) return TG_ERR_ARGUMENT;

    tg__report report = tg__report_new(args.at, "tg_dataset_from_csv", args.path, args.error);
    if (!args.out)
        return tg__complain(&report, TG_ERR_ARGUMENT, "the dataset to read into is NULL");
    memset(args.out, 0, sizeof *args.out);
    const tg_dtype label_dtype = args.label_dtype;
    if (label_dtype != TG_I32 && label_dtype != TG_F32 && label_dtype != TG_F64)
        return tg__complain(&report, TG_ERR_DTYPE,
                            ".label_dtype is %s; labels are TG_I32, TG_F32 or TG_F64",
                            tg_dtype_name(label_dtype));
    if (!classes_hold(args.classes) || (args.classes != TG_AUTO && label_dtype != TG_I32))
        return tg__complain(&report, TG_ERR_ARGUMENT, ".classes is %lld, with labels as %s",
                            (long long)args.classes, tg_dtype_name(label_dtype));
    const tg__csv_format format = { .dtype = args.dtype,
                                    .separator = args.separator,
                                    .comment = args.comment,
                                    .skip_lines = args.skip_lines,
                                    .nonfinite = args.nonfinite,
                                    .labelled = true,
                                    .label = args.label,
                                    .label_dtype = label_dtype,
                                    .classes = args.classes };
    return tg__csv_load(&report, format, args.io, tg__allocator_or_default(args.allocator),
                        &args.out->x, &args.out->y);
}

/* ---- Rows --------------------------------------------------------------------------- */

tg_status tg__rows_check(tg__report *report, const tg_array *array, const char *name)
{
    char shape[TG_SHAPE_SEEN];
    size_t bytes;
    if (array->shape.rank < 1 || array->shape.rank > TG_MAX_RANK)
        return tg__complain(report, TG_ERR_SHAPE, "%s has no rows: its rank is %d", name,
                            array->shape.rank);
    if (!tg__array_bytes(array->dtype, array->shape, &bytes) || (bytes > 0 && !array->data))
        return tg__complain(report, TG_ERR_ARGUMENT, "%s is no array: %s %s at %s", name,
                            tg__shape_seen(shape, array->shape), tg_dtype_name(array->dtype),
                            tg__place_text(array->data));
    return TG_OK;
}

tg_status tg__dataset_check(tg__report *report, const tg_dataset *data)
{
    if (!data) return tg__complain(report, TG_ERR_ARGUMENT, "the dataset is NULL");
    tg_status status = tg__rows_check(report, &data->x, "the data's x");
    if (status != TG_OK || !data->y.dtype) return status;
    status = tg__rows_check(report, &data->y, "the data's y");
    if (status == TG_OK && data->x.shape.dim[0] != data->y.shape.dim[0])
        return tg__complain(report, TG_ERR_SHAPE, "the data's x has %lld rows, its y %lld",
                            (long long)data->x.shape.dim[0], (long long)data->y.shape.dim[0]);
    return status;
}

static tg_status gather(tg__report *report, const tg_allocator *allocator, const tg_array *from,
                        const int64_t *rows, int64_t count, tg_array *out)
{
    tg_shape shape = from->shape;
    shape.dim[0] = count;
    const tg_status status = tg__array_make(report, allocator, from->dtype, shape, out);
    if (status == TG_OK && tg_shape_count(shape) > 0) tg__gather_rows(from, rows, count, out->data);
    return status;
}

tg_status tg__dataset_gather(tg__report *report, const tg_allocator *allocator,
                             const tg_dataset *data, const int64_t *rows, int64_t count,
                             tg_dataset *out)
{
    tg_dataset fresh;
    memset(&fresh, 0, sizeof fresh);
    tg_status status = gather(report, allocator, &data->x, rows, count, &fresh.x);
    if (status == TG_OK && data->y.dtype)
        status = gather(report, allocator, &data->y, rows, count, &fresh.y);
    if (status != TG_OK) tg_dataset_free(&fresh);
    *out = fresh;
    return status;
}

tg_status tg_dataset_take_at(tg_site at, const tg_dataset *data, const int64_t *rows, int64_t count,
                             tg_dataset *out, tg_error *error)
{
    tg__report report = tg__report_new(at, "tg_dataset_take", NULL, error);
    if (!out || out == data)
        return tg__complain(&report, TG_ERR_ARGUMENT, "the new dataset is %s",
                            out ? "also the old one" : "NULL");
    memset(out, 0, sizeof *out);
    if (tg__dataset_check(&report, data) != TG_OK) return report.status;
    if (count < 0 || (count > 0 && !rows))
        return tg__complain(&report, TG_ERR_ARGUMENT, "a count of %lld rows, listed at %s",
                            (long long)count, tg__place_text(rows));
    for (int64_t i = 0; i < count; i++)
        if (rows[i] < 0 || rows[i] >= data->x.shape.dim[0])
            return tg__complain(&report, TG_ERR_INDEX,
                                "rows[%lld] is %lld; the data has rows 0 .. %lld", (long long)i,
                                (long long)rows[i], (long long)data->x.shape.dim[0] - 1);
    return tg__dataset_gather(&report, tg__array_allocator(&data->x), data, rows, count, out);
}
