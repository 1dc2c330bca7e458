/* folds.c: assigns a dataset's rows to folds for cross-validation: at random, with equal shares of
 * each class, or by groups whose rows stay in one fold. */
#include "io/split.h"

#include <string.h>

typedef struct folding {
    tg__report *report;
    const tg_allocator *allocator;
    const tg_folds_make_args *args;
    int64_t rows;
    int64_t *fold; /* [rows] */
    int64_t *list; /* [rows]: temporary */
} folding;

void tg_folds_free(tg_folds *folds)
{
    if (!folds) return;
    if (folds->allocator.free) {
        tg__free(&folds->allocator, folds->order);
        tg__free(&folds->allocator, folds->start);
    }
    *folds = (tg_folds){ .count = 0 };
}

/* ---- Which fold --------------------------------------------------------------------- */

/* Assigns the rows to the folds in turn. */
static void deal(const folding *f, const int64_t *rows, int64_t count, int64_t *next)
{
    for (int64_t i = 0; i < count; i++) {
        f->fold[rows[i]] = *next;
        *next = *next + 1 < f->args->count ? *next + 1 : 0;
    }
}

static void fold_all(const folding *f)
{
    uint64_t state = tg__random_start(f->args->seed, TG__STREAM_FOLDS);
    int64_t next = 0;
    tg__shuffle(f->list, f->rows, &state);
    deal(f, f->list, f->rows, &next);
}

/* Each class begins at the fold where the class before it ended, so that the folds' sizes differ by
 * at most 1. */
static tg_status fold_classes(const folding *f)
{
    const tg_array *y = &f->args->data->y;
    const uint64_t seed = tg__random_start(f->args->seed, TG__STREAM_FOLDS);
    tg__classes classes;
    int64_t next = 0;
    if (tg__classes_find(f->report, f->allocator, y, f->list, f->rows, &classes) == TG_OK)
        for (int64_t c = 0; c < classes.class_count; c++) {
            tg__class_shuffle(&classes, c, y, seed);
            deal(f, classes.rows + classes.classes[c].first, classes.classes[c].count, &next);
        }
    tg__classes_free(f->allocator, &classes);
    return f->report->status;
}

/* ---- Groups ------------------------------------------------------------------------- */

/* True if fold [a] has fewer rows than [b]; for equal sizes, if its number is lower. The order of a
 * heap. */
static bool emptier(const int64_t *sizes, int64_t a, int64_t b)
{
    return sizes[a] != sizes[b] ? sizes[a] < sizes[b] : a < b;
}

static void sift_down(int64_t *heap, int64_t count, const int64_t *sizes)
{
    for (int64_t at = 0;;) {
        int64_t least = at;
        for (int64_t child = 2 * at + 1; child <= 2 * at + 2 && child < count; child++)
            if (emptier(sizes, heap[child], heap[least])) least = child;
        if (least == at) return;
        const int64_t swap = heap[at];
        heap[at] = heap[least];
        heap[least] = swap;
        at = least;
    }
}

/* Sorts groups by size, the largest first, by counting; groups of equal size keep their order in
 * [list], which was shuffled. The result is in [out]. */
static void by_size(const folding *f, const tg__classes *groups, const int64_t *list, int64_t *out)
{
    int64_t *starts = f->list; /* [rows], by size */
    memset(starts, 0, (size_t)f->rows * sizeof *starts);
    for (int64_t g = 0; g < groups->class_count; g++) starts[groups->classes[g].count - 1]++;
    for (int64_t size = f->rows, before = 0; size > 0; size--) {
        const int64_t here = starts[size - 1];
        starts[size - 1] = before;
        before += here;
    }
    for (int64_t i = 0; i < groups->class_count; i++)
        out[starts[groups->classes[list[i]].count - 1]++] = list[i];
}

static tg_status place_groups(const folding *f, const tg__classes *groups)
{
    const int64_t count = groups->class_count, folds = f->args->count;
    int64_t *order = groups->spare; /* there are at most as many groups as rows */
    int64_t *shuffled = tg__rows_alloc(f->report, f->allocator, count);
    int64_t *heap = shuffled ? tg__rows_alloc(f->report, f->allocator, folds) : NULL;
    int64_t *sizes = heap ? tg__rows_alloc(f->report, f->allocator, folds) : NULL;
    uint64_t state = tg__random_start(f->args->seed, TG__STREAM_FOLDS);
    if (sizes) {
        for (int64_t g = 0; g < count; g++) shuffled[g] = g;
        tg__shuffle(shuffled, count, &state);
        by_size(f, groups, shuffled, order);
        for (int64_t i = 0; i < folds; i++) heap[i] = i, sizes[i] = 0;
        for (int64_t i = 0; i < count; i++) {
            const tg__class *group = &groups->classes[order[i]];
            for (int64_t k = 0; k < group->count; k++)
                f->fold[groups->rows[group->first + k]] = heap[0];
            sizes[heap[0]] += group->count;
            sift_down(heap, folds, sizes);
        }
    }
    tg__free(f->allocator, shuffled);
    tg__free(f->allocator, heap);
    tg__free(f->allocator, sizes);
    return f->report->status;
}

static tg_status fold_groups(const folding *f)
{
    tg__classes groups;
    tg_status status =
        tg__classes_find(f->report, f->allocator, f->args->groups, f->list, f->rows, &groups);
    if (status == TG_OK && groups.class_count < f->args->count)
        status = tg__complain(f->report, TG_ERR_ARGUMENT,
                              "%lld folds of %lld groups: there would be empty ones",
                              (long long)f->args->count, (long long)groups.class_count);
    if (status == TG_OK) status = place_groups(f, &groups);
    tg__classes_free(f->allocator, &groups);
    return status;
}

/* ---- Making ------------------------------------------------------------------------- */

static tg_status check(tg__report *report, const tg_folds_make_args *args)
{
    if (tg__dataset_check(report, args->data) != TG_OK) return report->status;
    const int64_t rows = tg_dataset_rows(args->data);
    const tg_array *groups = args->groups;
    if (args->count < 2 || args->count > rows)
        return tg__complain(report, TG_ERR_ARGUMENT,
                            "%lld folds of %lld rows; there are 2 at least, and none is empty",
                            (long long)args->count, (long long)rows);
    if (args->stratified && groups)
        return tg__complain(report, TG_ERR_ARGUMENT, ".stratified and .groups do not go together");
    if (args->stratified) return tg__labels_check(report, &args->data->y, "the data's y");
    if (!groups) return TG_OK;
    if (tg__labels_check(report, groups, ".groups") != TG_OK) return report->status;
    if (groups->shape.dim[0] == rows && groups->data) return TG_OK;
    return tg__complain(report, TG_ERR_SHAPE, ".groups has %lld elements at %s for %lld rows",
                        (long long)groups->shape.dim[0], tg__place_text(groups->data),
                        (long long)rows);
}

/* Lists the rows of each fold. */
static tg_status list_rows(const folding *f, tg_folds *out)
{
    out->order = tg__rows_alloc(f->report, f->allocator, f->rows);
    out->start = out->order ? tg__rows_alloc(f->report, f->allocator, out->count) : NULL;
    if (!out->start) return f->report->status;
    memset(out->start, 0, ((size_t)out->count + 1) * sizeof *out->start);
    for (int64_t i = 0; i < f->rows; i++) out->start[f->fold[i] + 1]++;
    for (int64_t k = 0; k < out->count; k++) out->start[k + 1] += out->start[k];
    /* start[fold] moves to the end of the fold's rows; below it is moved back. */
    for (int64_t i = 0; i < f->rows; i++) out->order[out->start[f->fold[i]]++] = i;
    for (int64_t k = out->count; k > 0; k--) out->start[k] = out->start[k - 1];
    out->start[0] = 0;
    return TG_OK;
}

tg_status tg_folds_make_with(const tg_folds_make_args *given)
{
    tg_folds_make_args args = { TG_FOLDS_MAKE_DEFAULTS };
    if (!TG__IO_OPTIONS(args, given, "tg_folds_make")) return TG_ERR_ARGUMENT;

    tg__report report = tg__report_new(args.at, "tg_folds_make", NULL, args.error);
    if (!args.out) return tg__complain(&report, TG_ERR_ARGUMENT, "the folds to write to are NULL");
    *args.out = (tg_folds){ .count = 0 };
    if (check(&report, &args) != TG_OK) return report.status;
    folding f = { .report = &report, .args = &args, .rows = tg_dataset_rows(args.data) };
    f.allocator = args.allocator ? args.allocator : tg__array_allocator(&args.data->x);
    tg_folds folds = { .count = args.count, .rows = f.rows, .allocator = *f.allocator };
    f.fold = tg__rows_alloc(&report, f.allocator, f.rows);
    f.list = f.fold ? tg__rows_alloc(&report, f.allocator, f.rows) : NULL;
    for (int64_t i = 0; f.list && i < f.rows; i++) f.list[i] = i;
    if (f.list && args.groups) (void)fold_groups(&f);
    else if (f.list && args.stratified) (void)fold_classes(&f);
    else if (f.list) fold_all(&f);
    if (report.status == TG_OK) (void)list_rows(&f, &folds);
    tg__free(f.allocator, f.fold);
    tg__free(f.allocator, f.list);
    if (report.status == TG_OK) *args.out = folds;
    else tg_folds_free(&folds);
    return report.status;
}

/* ---- One of them -------------------------------------------------------------------- */

static tg_status check_folds(tg__report *report, const tg_folds *folds, int64_t fold)
{
    if (!folds || !folds->order || !folds->start)
        return tg__complain(report, TG_ERR_ARGUMENT, "the folds are %s",
                            folds ? "empty: no tg_folds_make has made them" : "NULL");
    if (fold < 0 || fold >= folds->count)
        return tg__complain(report, TG_ERR_INDEX, "there is no fold %lld; they are 0 .. %lld",
                            (long long)fold, (long long)folds->count - 1);
    return TG_OK;
}

/* The rows that are not in the fold, in ascending order. */
static tg_status other_rows(tg__report *report, const tg_folds *folds, int64_t fold,
                            tg_array *train)
{
    const int64_t *test = folds->order + folds->start[fold];
    const int64_t count = folds->start[fold + 1] - folds->start[fold];
    const tg_status status =
        tg__array_make(report, &folds->allocator, TG_I64, TG_SHAPE(folds->rows - count), train);
    if (status != TG_OK) return status;
    int64_t *out = train->data;
    for (int64_t row = 0, passed = 0; row < folds->rows; row++) {
        if (passed < count && test[passed] == row) passed++;
        else *out++ = row;
    }
    return TG_OK;
}

tg_status tg_folds_rows_at(tg_site at, const tg_folds *folds, int64_t fold, tg_array *train,
                           tg_array *test, tg_error *error)
{
    tg__report report = tg__report_new(at, "tg_folds_rows", NULL, error);
    if (!train || !test || train == test)
        return tg__complain(&report, TG_ERR_ARGUMENT,
                            "train and test must be two arrays to write to");
    *train = *test = (tg_array){ .dtype = TG_DTYPE_DEFAULT };
    if (check_folds(&report, folds, fold) != TG_OK) return report.status;
    const int64_t count = folds->start[fold + 1] - folds->start[fold];
    tg_status status = tg__array_make(&report, &folds->allocator, TG_I64, TG_SHAPE(count), test);
    if (status == TG_OK) status = other_rows(&report, folds, fold, train);
    if (status == TG_OK && count)
        memcpy(test->data, folds->order + folds->start[fold], (size_t)count * sizeof(int64_t));
    if (status != TG_OK) tg_array_free(test);
    return status;
}

tg_status tg_folds_take_at(tg_site at, const tg_folds *folds, int64_t fold, const tg_dataset *data,
                           tg_dataset *train, tg_dataset *test, tg_error *error)
{
    tg__report report = tg__report_new(at, "tg_folds_take", NULL, error);
    tg_array others = { .dtype = TG_DTYPE_DEFAULT };
    if (!train || !test || train == test || train == data || test == data)
        return tg__complain(&report, TG_ERR_ARGUMENT,
                            "train and test must be two datasets to write to, other than the data");
    memset(train, 0, sizeof *train);
    memset(test, 0, sizeof *test);
    if (check_folds(&report, folds, fold) != TG_OK) return report.status;
    if (tg__dataset_check(&report, data) != TG_OK) return report.status;
    if (tg_dataset_rows(data) != folds->rows)
        return tg__complain(&report, TG_ERR_SHAPE, "folds of %lld rows, and data of %lld",
                            (long long)folds->rows, (long long)tg_dataset_rows(data));
    const tg_allocator *allocator = tg__array_allocator(&data->x);
    const int64_t begin = folds->start[fold], count = folds->start[fold + 1] - begin;
    tg_status status = other_rows(&report, folds, fold, &others);
    if (status == TG_OK)
        status =
            tg__dataset_gather(&report, allocator, data, others.data, folds->rows - count, train);
    if (status == TG_OK)
        status = tg__dataset_gather(&report, allocator, data, folds->order + begin, count, test);
    tg_array_free(&others);
    if (status != TG_OK) tg_dataset_free(train);
    return status;
}
