/* joined.c: samples made of other samples: a subset; several sources, one after the other. */
#include "io/data.h"

#include <string.h>

/* ---- A subset ----------------------------------------------------------------------- */

typedef struct subset {
    tg_allocator allocator;
    tg_samples *samples;
    int64_t *rows;
    int64_t count, at;
} subset;

static int subset_next(void *context, void *const out[], tg_error *error)
{
    subset *of = context;
    if (of->at >= of->count) return 0;
    const int got = tg__samples_read(of->samples, of->rows[of->at], out, error);
    if (got == 1) of->at++;
    if (got == 0) {
        error->status = TG_ERR_FORMAT;
        (void)snprintf(error->text, sizeof error->text,
                       "the subset's row %lld is sample %lld, and the samples end before it",
                       (long long)of->at, (long long)of->rows[of->at]);
        return -1;
    }
    return got;
}

static tg_status subset_seek(void *context, int64_t sample, tg_error *error)
{
    (void)error;
    ((subset *)context)->at = sample;
    return TG_OK;
}

static void subset_interrupt(void *context)
{
    const subset *of = context;
    if (of->samples->interrupt) of->samples->interrupt(of->samples->context);
}

static void subset_close(void *context)
{
    subset *of = context;
    if (!of) return;
    const tg_allocator allocator = of->allocator;
    tg_samples_free(of->samples);
    tg__free(&allocator, of->rows);
    tg__free(&allocator, of);
}

static tg_status check_rows(tg__report *report, const tg_samples_subset_args *args)
{
    if (tg__samples_check(report, args->samples) != TG_OK) return report->status;
    if (!args->samples->seek)
        return tg__complain(report, TG_ERR_ARGUMENT,
                            "the samples have no .seek, and come in their order alone");
    if (args->count < 0 || (args->count > 0 && !args->rows))
        return tg__complain(report, TG_ERR_ARGUMENT, "a count of %lld rows, listed at %s",
                            (long long)args->count, tg__place_text(args->rows));
    const int64_t length = args->samples->length;
    for (int64_t i = 0; i < args->count; i++)
        if (args->rows[i] < 0 || (length >= 0 && args->rows[i] >= length))
            return tg__complain(report, TG_ERR_INDEX,
                                "rows[%lld] is %lld; the samples are counted from 0, and end "
                                "before %lld",
                                (long long)i, (long long)args->rows[i],
                                (long long)(length < 0 ? INT64_MAX : length));
    return TG_OK;
}

/* The context of a subset; NULL, with an error in the report, if there is no memory. */
static subset *subset_new(tg__report *report, const tg_samples_subset_args *args)
{
    const tg_allocator *allocator = tg__allocator_or_default(args->allocator);
    size_t bytes;
    if (!tg__array_bytes(TG_I64, TG_SHAPE(args->count), &bytes)) bytes = SIZE_MAX;
    subset *of = tg__alloc(allocator, sizeof *of);
    int64_t *rows = tg__alloc(allocator, bytes);
    if (!of || (bytes > 0 && !rows)) {
        tg__free(allocator, of);
        tg__free(allocator, rows);
        tg__complain_memory(report, bytes);
        return NULL;
    }
    if (bytes > 0) memcpy(rows, args->rows, bytes);
    *of = (subset){ *allocator, args->samples, rows, args->count, 0 };
    return of;
}

tg_samples *tg_samples_subset_with(const tg_samples_subset_args *given)
{
    tg_samples_subset_args args = { TG_SAMPLES_SUBSET_DEFAULTS };
    tg_error why = { TG_OK, "" };
    tg__report report = { .error = &why };
    subset *of = NULL;
    if (tg__io_options(&args, given, &why, "tg_samples_subset")) {
        report = tg__report_new(args.at, "tg_samples_subset", NULL, &why);
        if (check_rows(&report, &args) == TG_OK) of = subset_new(&report, &args);
        if (!of) tg_samples_free(args.samples);
    } else {
        report.status = why.status;
    }
    return tg__samples_make(
        &report, &(tg_samples_args){
                     TG_SAMPLES_DEFAULTS, .fields = tg_samples_fields(of ? of->samples : NULL),
                     .next = subset_next, .seek = subset_seek, .close = subset_close,
                     .interrupt = of && of->samples->interrupt ? subset_interrupt : NULL,
                     .context = of, .length = args.count, .allocator = args.allocator });
}

/* ---- One behind the other ----------------------------------------------------------- */

typedef struct chain {
    tg_allocator allocator;
    int64_t count, part, at; /* the next sample is number [at] of part number [part] */
    tg_samples *parts[];
} chain;

static int chain_next(void *context, void *const out[], tg_error *error)
{
    chain *of = context;
    for (; of->part < of->count; of->part++, of->at = 0) {
        tg_samples *part = of->parts[of->part];
        if (part->length >= 0 && of->at >= part->length) continue;
        const int got = tg__samples_read(part, of->at, out, error);
        if (got == 1) of->at++;
        if (got != 0) return got;
        if (part->length < 0) continue;
        error->status = TG_ERR_FORMAT;
        (void)snprintf(error->text, sizeof error->text,
                       "part %lld ends before its sample %lld, and has a .length of %lld",
                       (long long)of->part, (long long)of->at, (long long)part->length);
        return -1;
    }
    return 0;
}

static tg_status chain_seek(void *context, int64_t sample, tg_error *error)
{
    chain *of = context;
    (void)error;
    of->part = 0;
    while (of->part < of->count && sample >= of->parts[of->part]->length)
        sample -= of->parts[of->part++]->length;
    of->at = sample;
    return TG_OK;
}

/* Each part is rewound when it is read again. */
static tg_status chain_rewind(void *context, tg_error *error)
{
    chain *of = context;
    (void)error;
    of->part = of->at = 0;
    return TG_OK;
}

static void chain_interrupt(void *context)
{
    const chain *of = context;
    for (int64_t i = 0; i < of->count; i++)
        if (of->parts[i]->interrupt) of->parts[i]->interrupt(of->parts[i]->context);
}

static void chain_close(void *context)
{
    chain *of = context;
    if (!of) return;
    const tg_allocator allocator = of->allocator;
    for (int64_t i = 0; i < of->count; i++) tg_samples_free(of->parts[i]);
    tg__free(&allocator, of);
}

static tg_status check_fields(tg__report *report, const tg_samples *part, int64_t i,
                              const tg_samples *first)
{
    char one[TG_FIELD_SEEN], other[TG_FIELD_SEEN];
    const tg__layout *a = &first->fields, *b = &part->fields;
    if (a->count != b->count)
        return tg__complain(report, TG_ERR_SHAPE, "part 0 has %zu fields, part %lld %zu", a->count,
                            (long long)i, b->count);
    for (size_t f = 0; f < a->count; f++) {
        const bool dtypes = a->field[f].dtype == b->field[f].dtype;
        if (dtypes && tg_shape_equal(a->field[f].shape, b->field[f].shape)) continue;
        return tg__complain(report, dtypes ? TG_ERR_SHAPE : TG_ERR_DTYPE,
                            "field %zu of part 0 is %s, that of part %lld %s", f,
                            tg__field_seen(one, &a->field[f]), (long long)i,
                            tg__field_seen(other, &b->field[f]));
    }
    return TG_OK;
}

/* Finds which functions (seek, rewind) all parts have. */
static tg_status check_parts(tg__report *report, tg_samples *const *parts, int64_t count,
                             tg_samples_args *out)
{
    bool seek = true, rewind = true;
    int64_t length = 0;
    for (int64_t i = 0; i < count; i++) {
        const tg_samples *part = parts[i];
        if (tg__samples_check(report, part) != TG_OK) return report->status;
        if (check_fields(report, part, i, parts[0]) != TG_OK) return report->status;
        seek = seek && part->seek;
        rewind = rewind && (part->seek || part->rewind);
        if (part->interrupt) out->interrupt = chain_interrupt;
        if (part->length < 0 || length < 0) length = -1;
        else if (__builtin_add_overflow(length, part->length, &length))
            return tg__complain(report, TG_ERR_ARGUMENT, "the lengths add up to more than 2^63");
    }
    if (length >= 0) out->length = length;
    if (length >= 0 && seek) out->seek = chain_seek;
    else if (rewind) out->rewind = chain_rewind;
    return TG_OK;
}

/* Frees each part once, also if it is listed twice. */
static void free_parts(tg_samples *const *parts, int64_t count)
{
    for (int64_t i = 0; parts && i < count; i++) {
        bool again = false;
        for (int64_t k = 0; k < i; k++) again = again || parts[k] == parts[i];
        if (!again) tg_samples_free(parts[i]);
    }
}

static tg_status check_list(tg__report *report, tg_samples *const *parts, int64_t count)
{
    if (!parts || count < 1)
        return tg__complain(report, TG_ERR_ARGUMENT,
                            "%lld parts, listed at %s; there is at least one", (long long)count,
                            tg__place_text(parts));
    for (int64_t i = 0; i < count; i++)
        for (int64_t k = 0; k < i; k++)
            if (parts[i] && parts[k] == parts[i])
                return tg__complain(report, TG_ERR_ARGUMENT, "parts %lld and %lld are the same",
                                    (long long)k, (long long)i);
    return TG_OK;
}

static chain *chain_new(tg__report *report, const tg_samples_concat_args *args)
{
    const tg_allocator *allocator = tg__allocator_or_default(args->allocator);
    size_t bytes;
    if (!tg__size_mul((size_t)args->count, sizeof(tg_samples *), &bytes) ||
        !tg__size_add(bytes, sizeof(chain), &bytes))
        bytes = SIZE_MAX;
    chain *of = tg__alloc(allocator, bytes);
    if (!of) {
        tg__complain_memory(report, bytes);
        return NULL;
    }
    *of = (chain){ .allocator = *allocator, .count = args->count };
    for (int64_t i = 0; i < args->count; i++) of->parts[i] = args->parts[i];
    return of;
}

tg_samples *tg_samples_concat_with(const tg_samples_concat_args *given)
{
    tg_samples_concat_args args = { TG_SAMPLES_CONCAT_DEFAULTS };
    tg_samples_args made = { TG_SAMPLES_DEFAULTS, .next = chain_next, .close = chain_close };
    tg_error why = { TG_OK, "" };
    tg__report report = { .error = &why };
    chain *of = NULL;
    if (tg__io_options(&args, given, &why, "tg_samples_concat")) {
        report = tg__report_new(args.at, "tg_samples_concat", NULL, &why);
        if (check_list(&report, args.parts, args.count) == TG_OK &&
            check_parts(&report, args.parts, args.count, &made) == TG_OK)
            of = chain_new(&report, &args);
        if (!of) free_parts(args.parts, args.count);
    } else {
        report.status = why.status;
    }
    made.fields = tg_samples_fields(of ? of->parts[0] : NULL);
    made.context = of;
    made.allocator = args.allocator;
    return tg__samples_make(&report, &made);
}
