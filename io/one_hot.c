/* one_hot.c: labels as one-hot rows. */
#include "io/split.h"

#include "kernels/dtype.h"

static tg_status check(tg__report *report, const tg_one_hot_array_args *args)
{
    size_t bytes;
    const tg_array *labels = args->labels;
    if (!labels) return tg__complain(report, TG_ERR_ARGUMENT, "the labels are NULL");
    if (labels->dtype != TG_I32 && labels->dtype != TG_I64 && labels->dtype != TG_U8 &&
        labels->dtype != TG_BOOL)
        return tg__complain(report, TG_ERR_DTYPE, "labels are integers; these are %s",
                            labels->dtype ? tg_dtype_name(labels->dtype) : "empty");
    if (labels->shape.rank < 0 || labels->shape.rank >= TG_MAX_RANK ||
        !tg__array_bytes(labels->dtype, labels->shape, &bytes) || (bytes && !labels->data))
        return tg__complain(report, TG_ERR_SHAPE,
                            "the labels are no array that has room for one "
                            "more axis: their rank is %d",
                            labels->shape.rank);
    if (args->classes != TG_AUTO && args->classes < 1)
        return tg__complain(report, TG_ERR_ARGUMENT, ".classes is %lld, and must be at least 1",
                            (long long)args->classes);
    if (!tg_dtype_size(args->dtype))
        return tg__complain(report, TG_ERR_DTYPE, ".dtype is unknown: %d", (int)args->dtype);
    return TG_OK;
}

static int64_t largest(const tg_array *labels, int64_t count)
{
    int64_t most = -1;
    for (int64_t i = 0; i < count; i++)
        if (tg__label_at(labels, i) > most) most = tg__label_at(labels, i);
    return most;
}

static void put_one(tg_array *out, int64_t i)
{
    const size_t at = (size_t)i * tg_dtype_size(out->dtype);
    tg__store_scalar((int)out->dtype, 1, (unsigned char *)out->data + at);
}

tg_status tg_one_hot_array_with(const tg_one_hot_array_args *given)
{
    tg_one_hot_array_args args = { TG_ONE_HOT_ARRAY_DEFAULTS };
    if (!TG__IO_OPTIONS(args, given, "tg_one_hot_array")) return TG_ERR_ARGUMENT;

    tg__report report = tg__report_new(args.at, "tg_one_hot_array", NULL, args.error);
    if (!args.out || args.out == args.labels)
        return tg__complain(&report, TG_ERR_ARGUMENT, "the array to write to is %s",
                            args.out ? "that of the labels" : "NULL");
    *args.out = (tg_array){ .dtype = TG_DTYPE_DEFAULT };
    if (check(&report, &args) != TG_OK) return report.status;
    const tg_array *labels = args.labels;
    const int64_t count = tg_shape_count(labels->shape), most = largest(labels, count);
    const int64_t classes =
        args.classes == TG_AUTO ? (most < INT64_MAX ? most + 1 : most) : args.classes;
    for (int64_t i = 0; i < count; i++)
        if (tg__label_at(labels, i) < 0 || tg__label_at(labels, i) >= classes)
            return tg__complain(
                &report, TG_ERR_INDEX, "label %lld (from 0) is %lld, which is not one of 0 .. %lld",
                (long long)i, (long long)tg__label_at(labels, i), (long long)classes - 1);
    tg_shape shape = labels->shape;
    shape.dim[shape.rank++] = classes;
    const tg_status status =
        tg__array_make(&report, args.allocator ? args.allocator : tg__array_allocator(labels),
                       args.dtype, shape, args.out);
    for (int64_t i = 0; status == TG_OK && i < count; i++)
        put_one(args.out, i * classes + tg__label_at(labels, i));
    return status;
}
