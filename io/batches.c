/* batches.c: a dataset in batches. The position is (epoch, row); the order of an epoch is computed
 * from the seed and the epoch's number when it is needed. */
#include "io/io.h"

#include "autograd/engine.h"

/* ---- Making ------------------------------------------------------------------------- */

/* Batches that could not be made have epochs of one batch, which fails: so a loop that ignores the
 * error still ends. */
static tg_batches unusable(tg_batches batches)
{
    batches.size = batches.rows = 1;
    return batches;
}

static bool allocate(tg__report *report, const tg_allocator *allocator, size_t count, size_t size,
                     void **out)
{
    size_t bytes;
    if (!tg__size_mul(count, size, &bytes)) bytes = SIZE_MAX;
    *out = tg__alloc(allocator, bytes);
    if (*out || bytes == 0) return true;
    tg__complain_memory(report, bytes);
    return false;
}

static bool allocate_buffers(tg__report *report, const tg_dataset *data, tg_batches *batches)
{
    const size_t rows = (size_t)batches->rows;
    const size_t largest = batches->size < batches->rows ? (size_t)batches->size : rows;
    const size_t all = (size_t)data->x.shape.dim[0];
    void *order = NULL;
    const bool done =
        allocate(report, &batches->allocator, all, sizeof *batches->order, &order) &&
        allocate(report, &batches->allocator, largest, tg__row_bytes(&data->x), &batches->x) &&
        (!data->y.dtype ||
         allocate(report, &batches->allocator, largest, tg__row_bytes(&data->y), &batches->y));
    batches->order = order;
    return done;
}

tg_batches tg_batches_new_with(const tg_batches_args *given)
{
    tg_batches_args args = { TG_BATCHES_DEFAULTS };
    tg_error why = { TG_OK, "" };
    if (!tg__io_options(&args, given, &why, "tg_batches_new"))
        return unusable((tg_batches){ .error = why });

    tg_batches batches = { .data = args.data, .size = args.size, .seed = args.seed };
    tg__report report = tg__report_new(args.at, "tg_batches_new", NULL, &batches.error);
    batches.shuffle = args.shuffle;
    batches.ordered = -1;
    batches.allocator = *tg__allocator_or_default(args.allocator);
    if (tg__dataset_check(&report, args.data) != TG_OK) return unusable(batches);
    if (args.size < 1) {
        tg__complain(&report, TG_ERR_ARGUMENT, "a batch of %lld rows; it has at least one",
                     (long long)args.size);
        return unusable(batches);
    }
    batches.rows = args.data->x.shape.dim[0];
    if (args.drop_last) batches.rows -= batches.rows % args.size;
    if (!allocate_buffers(&report, args.data, &batches)) {
        tg_error error = batches.error;
        tg_batches_free(&batches);
        batches.error = error;
        return unusable(batches);
    }
    return batches;
}

void tg_batches_free(tg_batches *batches)
{
    if (!batches) return;
    tg__free(&batches->allocator, batches->order);
    tg__free(&batches->allocator, batches->x);
    tg__free(&batches->allocator, batches->y);
    *batches = (tg_batches){ .data = NULL };
}

/* ---- The position ------------------------------------------------------------------- */

static int64_t coming_rows(const tg_batches *batches)
{
    const int64_t left = batches->rows - batches->row;
    return left < batches->size ? left : batches->size;
}

int64_t tg_batches_peek(const tg_batches *batches)
{
    if (!batches) return -1;
    const int64_t rows = coming_rows(batches);
    return rows > 0 && batches->error.status != TG_OK ? -1 : rows;
}

int64_t tg_batches_count(const tg_batches *batches)
{
    if (!batches || batches->size < 1) return 0;
    return batches->rows / batches->size + (batches->rows % batches->size > 0);
}

int64_t tg_batches_rest(const tg_batches *batches)
{
    if (!batches || batches->rows < 1) return 0;
    const int64_t rest = batches->rows % batches->size;
    return rest > 0 ? rest : batches->size;
}

tg_status tg_batches_seek(tg_batches *batches, int64_t epoch, int64_t row)
{
    if (!batches || epoch < 0 || row < 0 || row > batches->rows) return TG_ERR_ARGUMENT;
    batches->epoch = epoch;
    batches->row = row;
    return TG_OK;
}

/* Computes the order of the current epoch. */
static void arrange(tg_batches *batches)
{
    if (batches->ordered == batches->epoch) return;
    tg__arrange(batches->order, batches->data->x.shape.dim[0], batches->seed, batches->epoch,
                batches->shuffle);
    batches->ordered = batches->epoch;
}

/* ---- Feeding ------------------------------------------------------------------------ */

static bool feed(tg_site at, const tg_batches *batches, const tg_array *from, tg_tensor *input,
                 const char *name, void *buffer, int64_t rows)
{
    tg_shape batch = from->shape;
    batch.dim[0] = rows;
    if (!tg__takes_batch(at, "tg_batches_next", name, input, from->dtype, batch,
                         "for a short last batch record a second step (see tg_batches_peek), or "
                         "leave it out with .drop_last = true"))
        return false;
    tg__gather_rows(from, batches->order + batches->row, rows, buffer);
    const int64_t count = tg_shape_count(tg_shape_from(input));
    at.function = "tg_batches_next";
    return tg__feed(at, input, from->dtype, buffer, (size_t)count) == TG_OK;
}

static bool feed_both(tg_site at, tg_batches *batches, tg_tensor *x, tg_tensor *y, int64_t rows)
{
    const tg_dataset *data = batches->data;
    tg_tape *tape = tg_tape_of(x ? x : y);
    if (batches->error.status != TG_OK) {
        tg_fail(tape, at, batches->error.status,
                "tg_batches_next: the batches could not be made: %s", batches->error.text);
        return false;
    }
    /* A missing input has its own message on its tape, if it was an error. */
    if (!x || tg_tape_status(tape) != TG_OK) return false;
    if (y && !data->y.dtype) {
        tg_fail(tape, at, TG_ERR_ARGUMENT,
                "tg_batches_next: y is given, but the data has no labels");
        return false;
    }
    arrange(batches);
    return feed(at, batches, &data->x, x, "x", batches->x, rows) &&
           (!y || feed(at, batches, &data->y, y, "y", batches->y, rows));
}

int64_t tg_batches_next_at(tg_site at, tg_batches *batches, tg_tensor *x, tg_tensor *y)
{
    if (!batches) {
        tg_fail(tg_tape_of(x), at, TG_ERR_ARGUMENT, "tg_batches_next: the batches are NULL");
        return -1;
    }
    const int64_t rows = coming_rows(batches);
    if (rows <= 0) {
        batches->epoch++;
        batches->row = 0;
        return 0;
    }
    const bool fed = feed_both(at, batches, x, y, rows);
    batches->row += rows;
    return fed ? rows : -1;
}
