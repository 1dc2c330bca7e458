/* samples.c: sources of samples: from functions of the user, from arrays, from datasets. */
#include "io/data.h"

#include <string.h>

/* ---- Fields ------------------------------------------------------------------------- */

const char *tg__field_seen(char out[TG_FIELD_SEEN], const tg_field *field)
{
    char shape[TG_SHAPE_SEEN];
    (void)snprintf(out, TG_FIELD_SEEN, "%.*s %s %s", TG__FIELD_NAME, field->name,
                   tg_dtype_name(field->dtype), tg__shape_seen(shape, field->shape));
    return out;
}

tg_shape tg__batch_shape(const tg_field *field, int64_t rows)
{
    tg_shape shape = { .rank = field->shape.rank + 1 };
    shape.dim[0] = rows;
    memcpy(shape.dim + 1, field->shape.dim, (size_t)field->shape.rank * sizeof *shape.dim);
    return shape;
}

bool tg__field_bytes(const tg_field *field, int64_t rows, size_t *bytes)
{
    return tg__array_bytes(field->dtype, tg__batch_shape(field, rows), bytes);
}

void tg__layout_add(tg__layout *layout, const char *name, tg_dtype dtype, tg_shape shape)
{
    char *own = layout->name[layout->count];
    if (name) (void)snprintf(own, TG__FIELD_NAME, "%s", name);
    else (void)snprintf(own, TG__FIELD_NAME, "field %zu", layout->count);
    layout->field[layout->count++] = (tg_field){ own, dtype, shape };
}

void tg__layout_copy(tg__layout *to, const tg__layout *from)
{
    to->count = 0;
    for (size_t i = 0; i < from->count; i++)
        tg__layout_add(to, from->field[i].name, from->field[i].dtype, from->field[i].shape);
}

static tg_status check_field(tg__report *report, const tg_field *field, size_t i)
{
    size_t bytes;
    if (tg_dtype_size(field->dtype) == 0)
        return tg__complain(report, TG_ERR_DTYPE, "field %zu has the dtype %d, which is none", i,
                            (int)field->dtype);
    if (field->shape.rank < 0 || field->shape.rank >= TG_MAX_RANK)
        return tg__complain(report, TG_ERR_SHAPE,
                            "field %zu has rank %d; with the rows in front up to %d axes are left",
                            i, field->shape.rank, TG_MAX_RANK - 1);
    for (int axis = 0; axis < field->shape.rank; axis++)
        if (field->shape.dim[axis] < 0)
            return tg__complain(report, TG_ERR_SHAPE, "field %zu has the size %lld along axis %d",
                                i, (long long)field->shape.dim[axis], axis);
    if (!tg__field_bytes(field, 1, &bytes))
        return tg__complain(report, TG_ERR_MEMORY, "field %zu has more bytes than memory can hold",
                            i);
    return TG_OK;
}

tg_status tg__layout_set(tg__report *report, tg__layout *layout, tg_fields fields)
{
    if (fields.count < 1 || fields.count > TG_MAX_FIELDS || !fields.field)
        return tg__complain(report, TG_ERR_ARGUMENT,
                            "%zu fields at %s; a sample has 1 to %d of them, which "
                            "TG_FIELDS({ \"x\", TG_F32, TG_SHAPE(3) }) lists",
                            fields.count, tg__place_text(fields.field), TG_MAX_FIELDS);
    layout->count = 0;
    for (size_t i = 0; i < fields.count; i++) {
        const tg_field *field = &fields.field[i];
        if (check_field(report, field, i) != TG_OK) return report->status;
        tg__layout_add(layout, field->name, field->dtype, field->shape);
    }
    return TG_OK;
}

/* ---- Making ------------------------------------------------------------------------- */

tg_samples *tg__samples_make(tg__report *report, const tg_samples_args *args)
{
    const tg_allocator *allocator = tg__allocator_or_default(args->allocator);
    tg_samples *samples = tg__alloc_zero(allocator, sizeof *samples);
    if (!samples) {
        if (args->close) args->close(args->context);
        return NULL;
    }
    samples->allocator = *allocator;
    samples->context = args->context;
    samples->close = args->close;
    samples->next = args->next;
    samples->seek = args->seek;
    samples->rewind = args->rewind;
    samples->interrupt = args->interrupt;
    samples->length = args->length == TG_AUTO ? -1 : args->length;
    if (report->status == TG_OK) (void)tg__layout_set(report, &samples->fields, args->fields);
    if (!args->next)
        tg__complain(report, TG_ERR_ARGUMENT, ".next is NULL: nothing says what the samples are");
    if (args->length < 0 && args->length != TG_AUTO)
        tg__complain(report, TG_ERR_ARGUMENT, ".length is %lld; it is at least 0, or TG_AUTO",
                     (long long)args->length);
    if (report->status != TG_OK) {
        samples->error = *report->error;
        samples->length = -1;
        samples->fields.count = 0;
    }
    return samples;
}

/* Samples that keep the error of options that were refused. */
static tg_samples *refused(const tg_error *why)
{
    tg_error error = *why;
    tg__report report = { .error = &error, .status = why->status };
    return tg__samples_make(&report, &(tg_samples_args){ TG_SAMPLES_DEFAULTS });
}

tg_samples *tg_samples_new_with(const tg_samples_args *given)
{
    tg_samples_args args = { TG_SAMPLES_DEFAULTS };
    tg_error why = { TG_OK, "" };
    if (!tg__io_options(&args, given, &why, "tg_samples_new")) return refused(&why);
    tg__report report = tg__report_new(args.at, "tg_samples_new", NULL, &why);
    return tg__samples_make(&report, &args);
}

void tg_samples_free(tg_samples *samples)
{
    if (!samples) return;
    if (samples->close) samples->close(samples->context);
    const tg_allocator allocator = samples->allocator;
    tg__free(&allocator, samples);
}

/* ---- Asking ------------------------------------------------------------------------- */

tg_status tg_samples_status(const tg_samples *samples)
{
    return samples ? samples->error.status : TG_ERR_MEMORY;
}

const char *tg_samples_error(const tg_samples *samples)
{
    return samples ? samples->error.text : "the samples are NULL: there was no memory for them";
}

int64_t tg_samples_length(const tg_samples *samples) { return samples ? samples->length : -1; }

tg_fields tg_samples_fields(const tg_samples *samples)
{
    if (!samples || samples->fields.count == 0) return (tg_fields){ 0, NULL };
    return (tg_fields){ samples->fields.count, samples->fields.field };
}

tg_status tg__samples_check(tg__report *report, const tg_samples *samples)
{
    const tg_status status = tg_samples_status(samples);
    if (status == TG_OK) return TG_OK;
    if (!samples) return tg__complain(report, status, "%s", tg_samples_error(samples));
    return tg__complain(report, status, "the samples could not be made: %s", samples->error.text);
}

/* ---- Reading ------------------------------------------------------------------------ */

static int failed(tg_error *error, tg_status status, const char *text)
{
    *error = (tg_error){ .status = status };
    (void)snprintf(error->text, sizeof error->text, "%s", text);
    return -1;
}

/* Makes sure that an error of the user's function has a message. Returns its negative status. */
static int told(tg_error *error, tg_status status, const char *function)
{
    char text[128];
    (void)snprintf(text, sizeof text, "the samples' %s failed, and did not say why", function);
    error->text[sizeof error->text - 1] = 0;
    if (error->status == TG_OK) error->status = status;
    if (!error->text[0]) return failed(error, error->status, text);
    return -1;
}

/* Calls next for sample number [sample]. Until it has returned, the position is unknown. */
static int next(tg_samples *samples, int64_t sample, void *const out[], tg_error *error)
{
    char text[96];
    samples->at = -1;
    *error = (tg_error){ .status = TG_OK };
    const int got = samples->next(samples->context, out, error);
    if (got < 0) return told(error, TG_ERR_IO, "next");
    if (got > 1) {
        (void)snprintf(text, sizeof text, "the samples' next returned %d; it returns 1, 0 or -1",
                       got);
        return failed(error, TG_ERR_ARGUMENT, text);
    }
    if (got == 1) samples->at = sample + 1;
    return got;
}

static int begin(tg_samples *samples, tg_error *error)
{
    if (samples->at == 0) return 1;
    if (!samples->rewind)
        return failed(error, TG_ERR_STATE,
                      "the samples have been read, and have neither .seek nor .rewind: they can be "
                      "read once, in their order");
    samples->at = -1;
    *error = (tg_error){ .status = TG_OK };
    const tg_status status = samples->rewind(samples->context, error);
    if (status != TG_OK) return told(error, status, "rewind");
    samples->at = 0;
    return 1;
}

/* Moves to [sample]; if there is no seek, by reading samples into [out]. Returns as next does. */
static int go_to(tg_samples *samples, int64_t sample, void *const out[], tg_error *error)
{
    if (samples->seek) {
        samples->at = -1;
        *error = (tg_error){ .status = TG_OK };
        const tg_status status = samples->seek(samples->context, sample, error);
        if (status != TG_OK) return told(error, status, "seek");
        samples->at = sample;
        return 1;
    }
    int got = samples->at >= 0 && samples->at <= sample ? 1 : begin(samples, error);
    while (got == 1 && samples->at < sample) got = next(samples, samples->at, out, error);
    return got;
}

int tg__samples_read(tg_samples *samples, int64_t sample, void *const out[], tg_error *error)
{
    const int got = samples->at == sample ? 1 : go_to(samples, sample, out, error);
    return got == 1 ? next(samples, sample, out, error) : got;
}

/* ---- A function --------------------------------------------------------------------- */

typedef struct by_number {
    tg_allocator allocator;
    tg_sample_fn sample;
    tg_close_fn close;
    void *context;
    int64_t at, length;
} by_number;

static int number_next(void *context, void *const out[], tg_error *error)
{
    by_number *from = context;
    if (from->at >= from->length) return 0;
    const tg_status status = from->sample(from->context, from->at, out, error);
    if (status != TG_OK) {
        error->status = status;
        return -1;
    }
    from->at++;
    return 1;
}

static tg_status number_seek(void *context, int64_t sample, tg_error *error)
{
    (void)error;
    ((by_number *)context)->at = sample;
    return TG_OK;
}

static void number_close(void *context)
{
    by_number *from = context;
    if (!from) return;
    if (from->close) from->close(from->context);
    const tg_allocator allocator = from->allocator;
    tg__free(&allocator, from);
}

/* [close] is called in any case, also if the samples could not be made. */
static tg_samples *of_function(tg__report *report, const tg_samples_of_function_args *args)
{
    const tg_allocator *allocator = tg__allocator_or_default(args->allocator);
    by_number *from = tg__alloc(allocator, sizeof *from);
    if (from) {
        *from = (by_number){ .allocator = *allocator,
                             .sample = args->sample,
                             .close = args->close,
                             .context = args->context,
                             .length = args->length };
    } else {
        if (args->close) args->close(args->context);
        tg__complain_memory(report, sizeof *from);
    }
    return tg__samples_make(report, &(tg_samples_args){ TG_SAMPLES_DEFAULTS, .fields = args->fields,
                                                        .next = number_next, .seek = number_seek,
                                                        .close = number_close, .context = from,
                                                        .length = args->length,
                                                        .allocator = args->allocator });
}

tg_samples *tg_samples_of_function_with(const tg_samples_of_function_args *given)
{
    tg_samples_of_function_args args = { TG_SAMPLES_OF_FUNCTION_DEFAULTS };
    tg_error why = { TG_OK, "" };
    if (!tg__io_options(&args, given, &why, "tg_samples_of_function")) return refused(&why);
    tg__report report = tg__report_new(args.at, "tg_samples_of_function", NULL, &why);
    if (!args.sample)
        tg__complain(&report, TG_ERR_ARGUMENT, ".sample is NULL: nothing says what they are");
    if (args.length < 0)
        tg__complain(&report, TG_ERR_ARGUMENT, ".length is %lld; it is at least 0",
                     (long long)args.length);
    return of_function(&report, &args);
}

/* ---- Arrays ------------------------------------------------------------------------- */

/* Samples that are rows of arrays. */
typedef struct rows_of {
    tg_allocator allocator;
    size_t count;
    tg_array array[TG_MAX_FIELDS];
    size_t bytes[TG_MAX_FIELDS]; /* of a row of each array */
} rows_of;

static tg_status rows_sample(void *context, int64_t sample, void *const out[], tg_error *error)
{
    const rows_of *from = context;
    (void)error;
    for (size_t i = 0; i < from->count; i++)
        if (from->bytes[i] > 0)
            memcpy(out[i],
                   (const unsigned char *)from->array[i].data + (size_t)sample * from->bytes[i],
                   from->bytes[i]);
    return TG_OK;
}

static void rows_close(void *context)
{
    rows_of *from = context;
    if (!from) return;
    const tg_allocator allocator = from->allocator;
    tg__free(&allocator, from);
}

static tg_status check_arrays(tg__report *report, tg_arrays arrays, const char *const names[])
{
    char text[TG__FIELD_NAME];
    if (arrays.count < 1 || arrays.count > TG_MAX_FIELDS || !arrays.array)
        return tg__complain(report, TG_ERR_ARGUMENT,
                            "%zu arrays at %s; a sample has 1 to %d fields, and TG_ARRAYS(x, y) "
                            "lists the arrays of their rows",
                            arrays.count, tg__place_text(arrays.array), TG_MAX_FIELDS);
    for (size_t i = 0; i < arrays.count; i++) {
        const tg_array *array = &arrays.array[i];
        (void)snprintf(text, sizeof text, "array %zu", i);
        if (tg__rows_check(report, array, names ? names[i] : text) != TG_OK) return report->status;
        if (array->shape.dim[0] != arrays.array[0].shape.dim[0])
            return tg__complain(report, TG_ERR_SHAPE, "array 0 has %lld rows, array %zu %lld",
                                (long long)arrays.array[0].shape.dim[0], i,
                                (long long)array->shape.dim[0]);
    }
    return TG_OK;
}

/* The shape of one row. */
static tg_shape row_shape(const tg_array *array)
{
    tg_shape shape = { .rank = array->shape.rank - 1 };
    memcpy(shape.dim, array->shape.dim + 1, (size_t)shape.rank * sizeof *shape.dim);
    return shape;
}

/* [names] may be NULL. */
static tg_samples *of_rows(tg__report *report, tg_arrays arrays, const char *const names[],
                           const tg_allocator *allocator)
{
    tg_field fields[TG_MAX_FIELDS];
    rows_of *from = NULL;
    int64_t length = 0;
    if (report->status == TG_OK && check_arrays(report, arrays, names) == TG_OK) {
        from = tg__alloc_zero(tg__allocator_or_default(allocator), sizeof *from);
        if (!from) tg__complain_memory(report, sizeof *from);
    }
    if (from) {
        from->allocator = *tg__allocator_or_default(allocator);
        from->count = arrays.count;
        length = arrays.array[0].shape.dim[0];
        for (size_t i = 0; i < arrays.count; i++) {
            const tg_array *array = &arrays.array[i];
            from->array[i] = *array;
            from->bytes[i] = tg__row_bytes(array);
            fields[i] = (tg_field){ names ? names[i] : NULL, array->dtype, row_shape(array) };
        }
    }
    return of_function(report,
                       &(tg_samples_of_function_args){
                           TG_SAMPLES_OF_FUNCTION_DEFAULTS, .fields = { arrays.count, fields },
                           .sample = rows_sample, .context = from, .length = length,
                           .close = rows_close, .allocator = allocator });
}

tg_samples *tg_samples_of_arrays_with(const tg_samples_of_arrays_args *given)
{
    tg_samples_of_arrays_args args = { TG_SAMPLES_OF_ARRAYS_DEFAULTS };
    tg_error why = { TG_OK, "" };
    if (!tg__io_options(&args, given, &why, "tg_samples_of_arrays")) return refused(&why);
    tg__report report = tg__report_new(args.at, "tg_samples_of_arrays", NULL, &why);
    return of_rows(&report, args.arrays, NULL, args.allocator);
}

tg_samples *tg_samples_of_dataset_with(const tg_samples_of_dataset_args *given)
{
    static const char *const names[] = { "x", "y" };
    tg_samples_of_dataset_args args = { TG_SAMPLES_OF_DATASET_DEFAULTS };
    tg_error why = { TG_OK, "" };
    if (!tg__io_options(&args, given, &why, "tg_samples_of_dataset")) return refused(&why);
    tg__report report = tg__report_new(args.at, "tg_samples_of_dataset", NULL, &why);
    const bool usable = tg__dataset_check(&report, args.data) == TG_OK;
    const size_t count = usable && args.data->y.dtype ? 2 : 1;
    const tg_array both[] = { usable ? args.data->x : (tg_array){ 0 },
                              count == 2 ? args.data->y : (tg_array){ 0 } };
    return of_rows(&report, (tg_arrays){ count, both }, names, args.allocator);
}
