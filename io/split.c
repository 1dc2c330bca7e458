/* split.c: a training and a test set with the same share of every class. Which rows go
 * where is a function of labels, fraction and seed: own random numbers, own sort. */
#include "io/io.h"

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

static int64_t label_at(const tg_array *y, int64_t row)
{
    switch (y->dtype) {
    case TG_I32: return ((const int32_t *)y->data)[row];
    case TG_I64: return ((const int64_t *)y->data)[row];
    case TG_U8: return ((const uint8_t *)y->data)[row];
    default: return ((const bool *)y->data)[row];
    }
}

/* Sorts the rows by label and keeps the order of equal ones: a radix sort, a byte at a time,
 * from [rows] to [spare] and back (eight passes). */
static void sort_by_label(const tg_array *y, int64_t count, int64_t *rows, int64_t *spare)
{
    for (int shift = 0; shift < 64; shift += 8) {
        int64_t start[257] = { 0 };
        for (int pass = 0; pass < 2; pass++) {
            for (int64_t i = 0; i < count; i++) {
                /* The sign bit flipped puts negative labels first. */
                const uint64_t key = (uint64_t)label_at(y, rows[i]) ^ (uint64_t)1 << 63;
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

/* ---- How many of each class --------------------------------------------------------- */

typedef struct class_rows {
    int64_t first, count; /* in the sorted rows */
    int64_t test;         /* how many of them go to the test set */
    double remainder;
} class_rows;

static int64_t count_classes(const tg_array *y, const int64_t *rows, int64_t count)
{
    int64_t classes = count > 0;
    for (int64_t i = 1; i < count; i++) classes += label_at(y, rows[i]) != label_at(y, rows[i - 1]);
    return classes;
}

static void find_classes(const tg_array *y, const int64_t *rows, int64_t count, class_rows *classes)
{
    int64_t class = -1;
    for (int64_t i = 0; i < count; i++) {
        if (i == 0 || label_at(y, rows[i]) != label_at(y, rows[i - 1]))
            classes[++class] = (class_rows){ .first = i };
        classes[class].count++;
    }
}

/* The largest remainders get one more each, until the whole test set has its size. */
static void share_out(class_rows *classes, int64_t count, double fraction, int64_t rows)
{
    int64_t left = (int64_t)floor(fraction * (double)rows + 0.5);
    for (int64_t i = 0; i < count; i++) {
        const double share = fraction * (double)classes[i].count;
        classes[i].test = (int64_t)floor(share);
        classes[i].remainder = share - floor(share);
        left -= classes[i].test;
    }
    for (; left > 0; left--) {
        class_rows *best = NULL;
        for (int64_t i = 0; i < count; i++)
            if (classes[i].remainder >= 0 && classes[i].test < classes[i].count &&
                (!best || classes[i].remainder > best->remainder))
                best = &classes[i];
        if (!best) return;
        best->test++;
        best->remainder = -1;
    }
}

/* ---- The split ---------------------------------------------------------------------- */

/* Marks the rows of the test set: of each class, the first of its rows after a shuffle. The
 * shuffle is keyed by the label, so a class keeps its draw whatever other classes there are. */
static void mark_test(const tg_array *y, int64_t *rows, const class_rows *classes, int64_t count,
                      uint64_t seed, bool *in_test)
{
    for (int64_t c = 0; c < count; c++) {
        int64_t *own = rows + classes[c].first;
        uint64_t state = tg__random_start(seed, (uint64_t)label_at(y, own[0]));
        tg__shuffle(own, classes[c].count, &state);
        for (int64_t i = 0; i < classes[c].test; i++) in_test[own[i]] = true;
    }
}

/* Working memory, freed by tg_split_stratified_with. */
typedef struct scratch {
    int64_t *rows, *spare;
    class_rows *classes;
    bool *in_test;
} scratch;

static tg_status allocate(tg__report *report, const tg_allocator *allocator, int64_t count,
                          scratch *out)
{
    size_t bytes;
    /* One more than the rows, so that no rows are no special case. */
    if (!tg__size_mul((size_t)count + 1, sizeof *out->rows, &bytes))
        return tg__complain_memory(report, SIZE_MAX);
    out->rows = tg__alloc(allocator, bytes);
    out->spare = tg__alloc(allocator, bytes);
    out->in_test = tg__alloc_zero(allocator, (size_t)count + 1);
    if (out->rows && out->spare && out->in_test) return TG_OK;
    return tg__complain_memory(report, bytes);
}

/* Fills in_test, and *tests with how many are in it. */
static tg_status choose(tg__report *report, const tg_allocator *allocator, tg_split_args args,
                        double fraction, scratch *work, int64_t *tests)
{
    const tg_array *y = &args.data->y;
    const int64_t count = y->shape.dim[0];
    *tests = 0;
    for (int64_t i = 0; i < count; i++) work->rows[i] = i;
    sort_by_label(y, count, work->rows, work->spare);
    const int64_t classes = count_classes(y, work->rows, count);
    size_t bytes;
    if (classes == 0) return TG_OK;
    if (!tg__size_mul((size_t)classes, sizeof *work->classes, &bytes))
        return tg__complain_memory(report, SIZE_MAX);
    work->classes = tg__alloc(allocator, bytes);
    if (!work->classes) return tg__complain_memory(report, bytes);
    find_classes(y, work->rows, count, work->classes);
    share_out(work->classes, classes, fraction, count);
    mark_test(y, work->rows, work->classes, classes, args.seed, work->in_test);
    for (int64_t i = 0; i < classes; i++) *tests += work->classes[i].test;
    return TG_OK;
}

/* Copies the rows into the two sets. */
static tg_status divide(tg__report *report, const tg_allocator *allocator, tg_split_args args,
                        const scratch *work, int64_t tests)
{
    const int64_t count = tg_dataset_rows(args.data);
    int64_t *train = work->rows, *test = work->rows + (count - tests);
    for (int64_t i = 0, a = 0, b = 0; i < count; i++) {
        if (work->in_test[i]) test[b++] = i;
        else train[a++] = i;
    }
    tg_status status =
        tg__dataset_gather(report, allocator, args.data, train, count - tests, args.train);
    if (status == TG_OK)
        status = tg__dataset_gather(report, allocator, args.data, test, tests, args.test);
    if (status != TG_OK) tg_dataset_free(args.train);
    return status;
}

static tg_status check(tg__report *report, const tg_dataset *data, double fraction)
{
    char shape[TG_SHAPE_SEEN];
    if (tg__dataset_check(report, data) != TG_OK) return report->status;
    const tg_array *y = &data->y;
    if (!(fraction > 0 && fraction < 1))
        return tg__complain(report, TG_ERR_ARGUMENT,
                            ".fraction is %g; the test set's share lies between 0 and 1", fraction);
    if (y->dtype != TG_I32 && y->dtype != TG_I64 && y->dtype != TG_U8 && y->dtype != TG_BOOL)
        return tg__complain(report, TG_ERR_DTYPE,
                            "classes are told by integer labels; the data's y is %s",
                            y->dtype ? tg_dtype_name(y->dtype) : "empty");
    if (y->shape.rank != 1)
        return tg__complain(report, TG_ERR_SHAPE, "labels must be of rank 1; the data's y is %s",
                            tg__shape_seen(shape, y->shape));
    return TG_OK;
}

tg_status tg_split_stratified_with(const tg_split_args *given)
{
    tg_split_args args = { TG_SPLIT_DEFAULTS };
    if (!TG__IO_OPTIONS(args, given, "tg_split_stratified")) return TG_ERR_ARGUMENT;

    tg__report report = tg__report_new(args.at, "tg_split_stratified", NULL, args.error);
    if (!args.train || !args.test || args.train == args.test || args.train == args.data ||
        args.test == args.data)
        return tg__complain(&report, TG_ERR_ARGUMENT,
                            "train and test must be two datasets to write to, other than the data");
    memset(args.train, 0, sizeof *args.train);
    memset(args.test, 0, sizeof *args.test);
    const double fraction = args.fraction;
    if (check(&report, args.data, fraction) != TG_OK) return report.status;
    const tg_allocator *allocator =
        args.allocator ? args.allocator : tg__array_allocator(&args.data->x);
    scratch work = { .rows = NULL };
    int64_t tests = 0;
    tg_status status = allocate(&report, allocator, tg_dataset_rows(args.data), &work);
    if (status == TG_OK) status = choose(&report, allocator, args, fraction, &work, &tests);
    if (status == TG_OK) status = divide(&report, allocator, args, &work, tests);
    tg__free(allocator, work.rows);
    tg__free(allocator, work.spare);
    tg__free(allocator, work.classes);
    tg__free(allocator, work.in_test);
    return status;
}
