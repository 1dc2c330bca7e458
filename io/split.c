/* split.c: splits a dataset at random, or with the same share of every class. Which row is in which
 * part is a function of labels, fractions and seed; random numbers and sort are the library's own,
 * so it is the same on every machine. */
#include "io/split.h"

#include "kernels/dtype.h"

#include <math.h>
#include <string.h>

void tg__shuffle(int64_t *numbers, int64_t count, uint64_t *state)
{
    for (int64_t left = count; left > 1; left--) {
        const uint64_t bound = (uint64_t)left, low = tg__uneven(bound);
        uint64_t drawn;
        do {
            drawn = tg__random(state);
        } while (drawn < low);
        const int64_t other = (int64_t)(drawn % bound), mine = numbers[left - 1];
        numbers[left - 1] = numbers[other];
        numbers[other] = mine;
    }
}

/* ---- Rows by label ------------------------------------------------------------------ */

int64_t tg__label_at(const tg_array *labels, int64_t row)
{
    return tg__integer_at((int)labels->dtype, labels->data, row);
}

/* Sorts the rows by label; rows with equal labels keep their order. A radix sort by bytes, between
 * [rows] and [spare], in eight passes. */
static void sort_by_label(const tg_array *y, int64_t count, int64_t *rows, int64_t *spare)
{
    for (int shift = 0; shift < 64; shift += 8) {
        int64_t start[257] = { 0 };
        for (int pass = 0; pass < 2; pass++) {
            for (int64_t i = 0; i < count; i++) {
                /* Flipping the sign bit sorts negative labels first. */
                const uint64_t key = (uint64_t)tg__label_at(y, rows[i]) ^ (uint64_t)1 << 63;
                const size_t byte = (key >> shift) & 255;
                if (pass == 0) start[byte + 1]++;
                else spare[start[byte]++] = rows[i];
            }
            for (int b = 0; pass == 0 && b < 256; b++) start[b + 1] += start[b];
        }
        int64_t *swap = rows;
        rows = spare;
        spare = swap;
    }
}

int64_t *tg__rows_alloc(tg__report *report, const tg_allocator *allocator, int64_t count)
{
    size_t bytes;
    /* One more than the rows, so that 0 rows need no special case. */
    if ((uint64_t)count >= SIZE_MAX || !tg__size_mul((size_t)count + 1, sizeof(int64_t), &bytes))
        bytes = SIZE_MAX;
    int64_t *rows = tg__alloc(allocator, bytes);
    if (!rows) tg__complain_memory(report, bytes);
    return rows;
}

static tg_status find_classes(tg__report *report, const tg_allocator *allocator,
                              const tg_array *labels, tg__classes *out)
{
    size_t bytes;
    const int64_t *rows = out->rows;
    int64_t count = out->count > 0;
    for (int64_t i = 1; i < out->count; i++)
        count += tg__label_at(labels, rows[i]) != tg__label_at(labels, rows[i - 1]);
    if (!tg__size_mul((size_t)count, sizeof *out->classes, &bytes)) bytes = SIZE_MAX;
    out->classes = tg__alloc(allocator, bytes);
    if (!out->classes && count > 0) return tg__complain_memory(report, bytes);
    for (int64_t i = 0; i < out->count; i++) {
        if (i == 0 || tg__label_at(labels, rows[i]) != tg__label_at(labels, rows[i - 1]))
            out->classes[out->class_count++] = (tg__class){ .first = i };
        out->classes[out->class_count - 1].count++;
    }
    return TG_OK;
}

tg_status tg__classes_find(tg__report *report, const tg_allocator *allocator,
                           const tg_array *labels, const int64_t *rows, int64_t count,
                           tg__classes *out)
{
    *out = (tg__classes){ .count = count };
    out->rows = tg__rows_alloc(report, allocator, count);
    out->spare = out->rows ? tg__rows_alloc(report, allocator, count) : NULL;
    if (!out->spare) return report->status;
    if (count) memcpy(out->rows, rows, (size_t)count * sizeof *rows);
    sort_by_label(labels, count, out->rows, out->spare);
    return find_classes(report, allocator, labels, out);
}

void tg__classes_free(const tg_allocator *allocator, tg__classes *classes)
{
    tg__free(allocator, classes->rows);
    tg__free(allocator, classes->spare);
    tg__free(allocator, classes->classes);
}

void tg__class_shuffle(tg__classes *classes, int64_t which, const tg_array *labels, uint64_t seed)
{
    const tg__class *class = &classes->classes[which];
    int64_t *rows = classes->rows + class->first;
    uint64_t state = tg__random_start(seed, (uint64_t)tg__label_at(labels, rows[0]));
    tg__shuffle(rows, class->count, &state);
}

tg_status tg__labels_check(tg__report *report, const tg_array *labels, const char *what)
{
    char shape[TG_SHAPE_SEEN];
    if (labels->dtype != TG_I32 && labels->dtype != TG_I64 && labels->dtype != TG_U8 &&
        labels->dtype != TG_BOOL)
        return tg__complain(report, TG_ERR_DTYPE, "classes are told by integer labels; %s is %s",
                            what, labels->dtype ? tg_dtype_name(labels->dtype) : "empty");
    if (labels->shape.rank != 1)
        return tg__complain(report, TG_ERR_SHAPE, "labels must be of rank 1; %s is %s", what,
                            tg__shape_seen(shape, labels->shape));
    return TG_OK;
}

/* ---- Which rows ----------------------------------------------------------------------- */

/* A split that is being made. */
typedef struct splitting {
    tg__report *report;
    const tg_allocator *allocator;
    const tg_dataset *data;
    const double *fractions; /* [count] */
    int64_t count, rows;
    bool stratified;
    uint64_t seed;
    int64_t *part; /* [rows]: the part of each row; -1: none */
    int64_t *list; /* [rows]: temporary */
} splitting;

/* The sum of the fractions from [from] to [to]; exactly 1 if they are meant to add up to it. */
static double sum_of(const splitting *s, int64_t from, int64_t to)
{
    double sum = 0;
    for (int64_t i = from; i < to; i++) sum += s->fractions[i];
    return fabs(sum - 1) < 1e-9 ? 1 : sum;
}

/* The number of rows from a part on. */
static int64_t rows_from(const splitting *s, int64_t part)
{
    return (int64_t)floor(sum_of(s, part, s->count) * (double)s->rows + 0.5);
}

/* Rounds the classes' shares of the test set: those with the largest remainders get one row more,
 * until [left] rows are distributed. */
static void share_out(tg__classes *classes, double fraction, int64_t left)
{
    for (int64_t i = 0; i < classes->class_count; i++) {
        tg__class *class = &classes->classes[i];
        const double share = fraction * (double)class->count;
        class->test = (int64_t)floor(share);
        class->remainder = share - floor(share);
        left -= class->test;
    }
    for (; left > 0; left--) {
        tg__class *best = NULL;
        for (int64_t i = 0; i < classes->class_count; i++) {
            tg__class *class = &classes->classes[i];
            if (class->remainder >= 0 && class->test < class->count &&
                (!best || class->remainder > best->remainder))
                best = class;
        }
        if (!best) return;
        best->test++;
        best->remainder = -1;
    }
}

/* Draws a part from the remaining rows: of each class the first rows after a shuffle. */
static tg_status draw_stratified(const splitting *s, int64_t part)
{
    const tg_array *y = &s->data->y;
    const uint64_t seed = s->seed + (uint64_t)(s->count - 1 - part) * 0x9E3779B97F4A7C15u;
    tg__classes classes;
    int64_t left = 0;
    for (int64_t i = 0; i < s->rows; i++)
        if (s->part[i] < 0) s->list[left++] = i;
    const int64_t wanted = rows_from(s, part) - rows_from(s, part + 1);
    if (tg__classes_find(s->report, s->allocator, y, s->list, left, &classes) == TG_OK) {
        /* What remains of 1 after the fractions of the later parts are assigned. */
        const double rest = 1 - (part + 1 < s->count ? sum_of(s, part + 1, s->count) : 0);
        share_out(&classes, s->fractions[part] / rest, wanted);
        for (int64_t c = 0; c < classes.class_count; c++) {
            tg__class_shuffle(&classes, c, y, seed);
            const tg__class *class = &classes.classes[c];
            for (int64_t i = 0; i < class->test; i++)
                s->part[classes.rows[class->first + i]] = part;
        }
    }
    tg__classes_free(s->allocator, &classes);
    return s->report->status;
}

static void draw_all(const splitting *s)
{
    uint64_t state = tg__random_start(s->seed, TG__STREAM_SPLIT);
    for (int64_t i = 0; i < s->rows; i++) s->list[i] = i;
    tg__shuffle(s->list, s->rows, &state);
    for (int64_t part = s->count, i = 0; part-- > 0;)
        for (; i < rows_from(s, part) && i < s->rows; i++) s->part[s->list[i]] = part;
}

static tg_status draw(const splitting *s)
{
    for (int64_t i = 0; i < s->rows; i++) s->part[i] = -1;
    if (!s->stratified) {
        draw_all(s);
        return TG_OK;
    }
    const bool all = sum_of(s, 0, s->count) == 1;
    tg_status status = TG_OK;
    for (int64_t part = s->count; status == TG_OK && part-- > (all ? 1 : 0);)
        status = draw_stratified(s, part);
    for (int64_t i = 0; all && i < s->rows; i++)
        if (s->part[i] < 0) s->part[i] = 0;
    return status;
}

/* ---- The parts ---------------------------------------------------------------------- */

static tg_status take_part(const splitting *s, int64_t part, tg_dataset *out)
{
    int64_t count = 0;
    for (int64_t i = 0; i < s->rows; i++)
        if (s->part[i] == part) s->list[count++] = i;
    return tg__dataset_gather(s->report, s->allocator, s->data, s->list, count, out);
}

/* Draws all parts, and makes out[i] of part i: all of them, or none. */
static tg_status split(splitting *s, tg_dataset *const *out)
{
    s->rows = tg_dataset_rows(s->data);
    s->part = tg__rows_alloc(s->report, s->allocator, s->rows);
    s->list = s->part ? tg__rows_alloc(s->report, s->allocator, s->rows) : NULL;
    tg_status status = s->list ? draw(s) : s->report->status;
    int64_t made = 0;
    while (status == TG_OK && made < s->count) {
        status = take_part(s, made, out[made]);
        made += status == TG_OK;
    }
    while (status != TG_OK && made > 0) tg_dataset_free(out[--made]);
    tg__free(s->allocator, s->part);
    tg__free(s->allocator, s->list);
    return status;
}

static tg_status check_data(const splitting *s)
{
    if (tg__dataset_check(s->report, s->data) != TG_OK) return s->report->status;
    return s->stratified ? tg__labels_check(s->report, &s->data->y, "the data's y") : TG_OK;
}

/* A split in two parts. */
static tg_status split_in_two(const tg_split_args *given, const char *function, bool stratified)
{
    tg_split_args args = { TG_SPLIT_DEFAULTS };
    if (!TG__IO_OPTIONS(args, given, function)) return TG_ERR_ARGUMENT;

    tg__report report = tg__report_new(args.at, function, NULL, args.error);
    if (!args.train || !args.test || args.train == args.test || args.train == args.data ||
        args.test == args.data)
        return tg__complain(&report, TG_ERR_ARGUMENT,
                            "train and test must be two datasets to write to, other than the data");
    memset(args.train, 0, sizeof *args.train);
    memset(args.test, 0, sizeof *args.test);
    const double fractions[] = { 1 - args.fraction, args.fraction };
    splitting s = { .report = &report,
                    .data = args.data,
                    .fractions = fractions,
                    .count = 2,
                    .stratified = stratified,
                    .seed = args.seed };
    if (tg__dataset_check(&report, args.data) != TG_OK) return report.status;
    if (!(args.fraction > 0 && args.fraction < 1))
        return tg__complain(&report, TG_ERR_ARGUMENT,
                            ".fraction is %g; the test set's share lies between 0 and 1",
                            args.fraction);
    if (check_data(&s) != TG_OK) return report.status;
    s.allocator = args.allocator ? args.allocator : tg__array_allocator(&args.data->x);
    return split(&s, (tg_dataset *[]){ args.train, args.test });
}

tg_status tg_split_stratified_with(const tg_split_args *given)
{
    return split_in_two(given, "tg_split_stratified", true);
}

tg_status tg_split_random_with(const tg_split_args *given)
{
    return split_in_two(given, "tg_split_random", false);
}

/* A split in many parts. */
static tg_status check_fractions(const splitting *s)
{
    double sum = 0;
    for (int64_t i = 0; i < s->count; i++) {
        if (!(s->fractions[i] > 0 && s->fractions[i] <= 1))
            return tg__complain(s->report, TG_ERR_ARGUMENT,
                                "fractions[%lld] is %g; it lies above 0, and is at most 1",
                                (long long)i, s->fractions[i]);
        sum += s->fractions[i];
    }
    if (sum <= 1 + 1e-9) return TG_OK;
    return tg__complain(s->report, TG_ERR_ARGUMENT,
                        "the fractions sum up to %g, and there is no more than the whole", sum);
}

tg_status tg_split_parts_with(const tg_split_parts_args *given)
{
    tg_split_parts_args args = { TG_SPLIT_PARTS_DEFAULTS };
    if (!TG__IO_OPTIONS(args, given, "tg_split_parts")) return TG_ERR_ARGUMENT;

    tg__report report = tg__report_new(args.at, "tg_split_parts", NULL, args.error);
    if (!args.parts || !args.fractions)
        return tg__complain(&report, TG_ERR_ARGUMENT, "%s is NULL",
                            args.parts ? "the list of fractions" : "the list of parts");
    if (args.count < 1 || args.count > 1 << 20)
        return tg__complain(&report, TG_ERR_ARGUMENT, "a count of %lld parts is not 1 to %d",
                            (long long)args.count, 1 << 20);
    if (args.data >= args.parts && args.data < args.parts + args.count)
        return tg__complain(&report, TG_ERR_ARGUMENT, "one of the parts is the data itself");
    memset(args.parts, 0, (size_t)args.count * sizeof *args.parts);
    splitting s = { .report = &report,
                    .data = args.data,
                    .fractions = args.fractions,
                    .count = args.count,
                    .stratified = args.stratified,
                    .seed = args.seed };
    if (check_data(&s) != TG_OK || check_fractions(&s) != TG_OK) return report.status;
    s.allocator = args.allocator ? args.allocator : tg__array_allocator(&args.data->x);
    tg_dataset **out = tg__alloc(s.allocator, (size_t)args.count * sizeof *out);
    if (!out) return tg__complain_memory(&report, (size_t)args.count * sizeof *out);
    for (int64_t i = 0; i < args.count; i++) out[i] = &args.parts[i];
    const tg_status status = split(&s, out);
    tg__free(s.allocator, out);
    return status;
}
