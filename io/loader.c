/* loader.c: the public functions of a loader: making it, feeding, the position. */
#include "io/data.h"

#include "autograd/engine.h"

#include <string.h>

struct tg_loader {
    tg_allocator allocator;
    tg_error error;    /* the error with which it was made */
    tg__layout fields; /* of a batch, with the mask */
    tg_position at;
    tg__maker maker;
    tg__ahead ahead;
    tg__arena arena; /* owns all its memory */
};

/* ---- Making ------------------------------------------------------------------------- */

/* A loader that could not be made has epochs of one batch, which fails: so a loop that ignores the
 * error still ends. */
static void make_unusable(tg_loader *loader)
{
    loader->fields.count = 0;
    loader->maker.batch = loader->maker.rows = 1;
}

/* Allocates [count] (not negative) times [size] bytes from the arena; NULL, with an error in the
 * report, if there is no memory. */
static void *take(tg__report *report, tg_loader *loader, int64_t count, size_t size)
{
    size_t bytes;
    const bool fits = (uint64_t)count <= SIZE_MAX && tg__size_mul((size_t)count, size, &bytes) &&
                      bytes <= PTRDIFF_MAX / 2;
    void *block = NULL;
    if (fits && report->status == TG_OK) block = tg__arena_values(&loader->arena, bytes);
    if (!block) tg__complain_memory(report, fits ? bytes : SIZE_MAX);
    return block;
}

static tg_status check_numbers(tg__report *report, const tg_loader_args *args)
{
    if (args->batch < 1)
        return tg__complain(report, TG_ERR_ARGUMENT, "a batch of %lld rows; it has at least one",
                            (long long)args->batch);
    if (args->prefetch < 0)
        return tg__complain(report, TG_ERR_ARGUMENT, ".prefetch is %lld; it is at least 0",
                            (long long)args->prefetch);
    if (args->transforms.count > TG_MAX_TRANSFORMS ||
        (args->transforms.count > 0 && !args->transforms.transform))
        return tg__complain(report, TG_ERR_ARGUMENT,
                            "%zu transforms at %s; there are up to %d, and "
                            "TG_TRANSFORMS(tg_image_flip()) lists them",
                            args->transforms.count, tg__place_text(args->transforms.transform),
                            TG_MAX_TRANSFORMS);
    if (args->draws != TG_AUTO && (!args->weights || args->draws < 0))
        return tg__complain(report, TG_ERR_ARGUMENT, ".draws is %lld%s", (long long)args->draws,
                            args->weights ? "; it is at least 0" : ", and there are no .weights");
    return TG_OK;
}

/* TG_OK if the samples can be read in the order that the options ask for; else reports an error. */
static tg_status check_order(tg__report *report, const tg_loader_args *args)
{
    const tg_samples *samples = args->samples;
    const char *option = args->weights ? ".weights need" : args->shuffle ? ".shuffle needs" : NULL;
    if (tg__samples_check(report, samples) != TG_OK || !option) return report->status;
    if (samples->length >= 0 && samples->seek) return TG_OK;
    return tg__complain(report, TG_ERR_ARGUMENT,
                        "%s samples of a known length that can seek, and these have no %s%s",
                        option, samples->seek ? ".length" : ".seek",
                        args->weights ? "" : ": write .shuffle = false for their own order");
}

static tg_status set_weights(tg__report *report, tg_loader *loader, const tg_loader_args *args)
{
    char shape[TG_SHAPE_SEEN];
    const tg_array *weights = args->weights;
    tg__maker *maker = &loader->maker;
    const int64_t length = args->samples->length;
    if (weights->dtype != TG_F32 && weights->dtype != TG_F64)
        return tg__complain(report, TG_ERR_DTYPE, ".weights are %s; they must be f32 or f64",
                            tg_dtype_name(weights->dtype));
    if (tg__rows_check(report, weights, "the array of .weights") != TG_OK) return report->status;
    if (tg_shape_count(weights->shape) != length || weights->shape.dim[0] != length)
        return tg__complain(report, TG_ERR_SHAPE, ".weights are %s, and there are %lld samples",
                            tg__shape_seen(shape, weights->shape), (long long)length);
    maker->rows = args->draws == TG_AUTO ? length : args->draws;
    if (length == 0 && maker->rows == 0) return TG_OK;
    maker->sums = take(report, loader, length, sizeof *maker->sums);
    return maker->sums ? tg__weights_sum(report, weights, length, maker->sums) : report->status;
}

static tg_status set_order(tg__report *report, tg_loader *loader, const tg_loader_args *args)
{
    tg__maker *maker = &loader->maker;
    maker->rows = args->samples->length;
    maker->ordered = -1;
    if (args->weights) {
        if (set_weights(report, loader, args) != TG_OK) return report->status;
    } else if (args->shuffle) {
        maker->order = take(report, loader, maker->rows, sizeof *maker->order);
        if (!maker->order) return report->status;
    }
    if (maker->rows >= 0 && args->drop_last) maker->rows -= maker->rows % args->batch;
    return report->status;
}

/* The rows of the largest batch. In a short epoch that is the epoch's length, unless batches are
 * padded. */
static int64_t largest_batch(const tg_loader *loader)
{
    const tg__maker *maker = &loader->maker;
    const bool short_epochs = !maker->pad && maker->rows >= 0 && maker->rows < maker->batch;
    return short_epochs ? maker->rows : maker->batch;
}

static tg_status set_stages(tg__report *report, tg_loader *loader, const tg_loader_args *args)
{
    tg__maker *maker = &loader->maker;
    const size_t count = args->transforms.count;
    maker->stages = take(report, loader, (int64_t)count, sizeof *maker->stages);
    for (size_t i = 0; i < count && report->status == TG_OK; i++) {
        tg__stage *stage = &maker->stages[i];
        tg__stage_set(report, stage, &args->transforms.transform[i], (int)i + 1,
                      largest_batch(loader), &maker->fields, &loader->arena);
        if (!tg__stage_mixes(stage) && maker->all_stages > maker->sample_stages)
            tg__complain(report, TG_ERR_ARGUMENT,
                         "transform %zu, %s, works on samples, and cannot stand behind tg_mixup, "
                         "which works on batches",
                         i + 1, stage->name);
        maker->sample_stages += !tg__stage_mixes(stage);
        maker->all_stages++;
    }
    return report->status;
}

/* Allocates a sample and the batches. */
static tg_status set_memory(tg__report *report, tg_loader *loader, const tg_loader_args *args)
{
    tg__maker *maker = &loader->maker;
    tg__ahead *ahead = &loader->ahead;
    const tg__layout *raw = &args->samples->fields;
    for (size_t i = 0; maker->sample_stages > 0 && i < raw->count; i++) {
        size_t bytes = SIZE_MAX / 2;
        (void)tg__field_bytes(&raw->field[i], 1, &bytes);
        maker->sample[i] = take(report, loader, 1, bytes);
    }
    ahead->count = args->prefetch > 0 ? args->prefetch : 1;
    ahead->slots = take(report, loader, ahead->count, sizeof *ahead->slots);
    for (int64_t s = 0; s < ahead->count && report->status == TG_OK; s++)
        for (size_t i = 0; i < loader->fields.count; i++) {
            size_t bytes = SIZE_MAX / 2;
            (void)tg__field_bytes(&loader->fields.field[i], largest_batch(loader), &bytes);
            ahead->slots[s].field[i] = take(report, loader, 1, bytes);
        }
    return report->status;
}

static tg_status set_up(tg__report *report, tg_loader *loader, const tg_loader_args *args)
{
    tg__maker *maker = &loader->maker;
    if (check_numbers(report, args) != TG_OK || check_order(report, args) != TG_OK)
        return report->status;
    tg__layout_copy(&maker->fields, &args->samples->fields);
    maker->batch = args->batch;
    maker->seed = args->seed;
    maker->drop_last = args->drop_last;
    maker->pad = args->pad;
    if (set_order(report, loader, args) != TG_OK || set_stages(report, loader, args) != TG_OK)
        return report->status;
    tg__layout_copy(&loader->fields, &maker->fields);
    if (args->pad) tg__layout_add(&loader->fields, "mask", TG_F32, TG_SCALAR);
    loader->ahead.maker = maker;
    loader->ahead.wanted = args->prefetch > 0;
    return set_memory(report, loader, args);
}

tg_loader *tg_loader_new_with(const tg_loader_args *given)
{
    tg_loader_args args = { TG_LOADER_DEFAULTS };
    tg_error why = { TG_OK, "" };
    const bool read = tg__io_options(&args, given, &why, "tg_loader_new");
    const tg_allocator *allocator = tg__allocator_or_default(args.allocator);
    tg_loader *loader = tg__alloc_zero(allocator, sizeof *loader);
    if (!loader) {
        tg_samples_free(args.samples);
        return NULL;
    }
    loader->allocator = *allocator;
    tg__arena_init(&loader->arena, &loader->allocator);
    atomic_init(&loader->ahead.hurry, false);
    loader->maker.samples = args.samples;
    loader->error = why;
    if (read) {
        tg__report report = tg__report_new(args.at, "tg_loader_new", NULL, &loader->error);
        if (set_up(&report, loader, &args) == TG_OK) return loader;
    }
    make_unusable(loader);
    return loader;
}

void tg_loader_free(tg_loader *loader)
{
    if (!loader) return;
    tg__ahead_end(&loader->ahead);
    tg_samples_free(loader->maker.samples);
    tg__arena_free(&loader->arena);
    const tg_allocator allocator = loader->allocator;
    tg__free(&allocator, loader);
}

/* ---- Asking ------------------------------------------------------------------------- */

tg_status tg_loader_status(const tg_loader *loader)
{
    return loader ? loader->error.status : TG_ERR_MEMORY;
}

const char *tg_loader_error(const tg_loader *loader)
{
    return loader ? loader->error.text : "the loader is NULL: there was no memory for it";
}

tg_fields tg_loader_fields(const tg_loader *loader)
{
    if (!loader || loader->fields.count == 0) return (tg_fields){ 0, NULL };
    return (tg_fields){ loader->fields.count, loader->fields.field };
}

/* The rows of the next batch, if the epoch's length is known. */
static int64_t coming_rows(const tg_loader *loader)
{
    const int64_t left = loader->maker.rows - loader->at.row;
    return left < loader->maker.batch ? left : loader->maker.batch;
}

int64_t tg_loader_peek(tg_loader *loader)
{
    if (!loader) return -1;
    if (loader->maker.rows < 0) return tg__ahead_get(&loader->ahead, loader->at)->rows;
    const int64_t rows = coming_rows(loader);
    return rows > 0 && loader->error.status != TG_OK ? -1 : rows;
}

int64_t tg_loader_count(const tg_loader *loader)
{
    if (!loader) return 0;
    const tg__maker *maker = &loader->maker;
    if (maker->rows < 0) return -1;
    return maker->rows / maker->batch + (maker->rows % maker->batch > 0);
}

int64_t tg_loader_rest(const tg_loader *loader)
{
    if (!loader) return 0;
    const tg__maker *maker = &loader->maker;
    if (maker->rows < 1) return maker->rows;
    const int64_t rest = maker->rows % maker->batch;
    return rest > 0 ? rest : maker->batch;
}

int64_t tg_loader_batch(const tg_loader *loader) { return loader ? largest_batch(loader) : 0; }
bool tg_loader_pads(const tg_loader *loader) { return loader && loader->maker.pad; }

/* ---- The position ------------------------------------------------------------------- */

tg_position tg_loader_position(const tg_loader *loader)
{
    return loader ? loader->at : (tg_position){ 0, 0 };
}

tg_status tg_loader_seek(tg_loader *loader, int64_t epoch, int64_t row)
{
    if (!loader || epoch < 0 || row < 0) return TG_ERR_ARGUMENT;
    if (loader->maker.rows >= 0 && row > loader->maker.rows) return TG_ERR_ARGUMENT;
    loader->at = (tg_position){ epoch, row };
    if (loader->error.status == TG_OK) tg__ahead_seek(&loader->ahead, loader->at);
    return TG_OK;
}

/* The elements of the loader's state in a store. */
enum { PLACE_EPOCH, PLACE_ROW, PLACE_ROWS, PLACE_SEED, PLACE_SIZE };

static void write_place(const tg_loader *loader, int64_t place[PLACE_SIZE])
{
    place[PLACE_EPOCH] = loader->at.epoch;
    place[PLACE_ROW] = loader->at.row;
    place[PLACE_ROWS] = loader->maker.rows;
    memcpy(&place[PLACE_SEED], &loader->maker.seed, sizeof loader->maker.seed);
}

tg_tensor *tg_loader_keep_at(tg_site at, tg_loader *loader, tg_tape *tape, const char *name)
{
    static const int64_t nowhere[PLACE_SIZE] = { -1, -1, -1, 0 };
    if (!tg_enter_tape(&at, "tg_loader_keep", tape)) return NULL;
    if (!loader || !name)
        return tg_fail(tape, at, TG_ERR_ARGUMENT, "tg_loader_keep: the %s is NULL",
                       loader ? "name" : "loader");
    if (loader->error.status != TG_OK)
        return tg_fail(tape, at, loader->error.status,
                       "tg_loader_keep: the loader could not be made: %s", loader->error.text);
    tg_store *store = tg_tape_store(tape);
    tg_var *var = tg_state_at(at, store, name, TG_I64, TG_SHAPE(PLACE_SIZE), 0);
    if (!var) {
        tg_fail(tape, at, tg_store_status(store), "tg_loader_keep: %s", tg_store_error(store));
        return NULL;
    }
    tg_tensor *place = tg_input_at(at, tape, name, TG_I64, TG_SHAPE(PLACE_SIZE));
    if (!place || tg__feed(at, place, TG_I64, nowhere, PLACE_SIZE) != TG_OK) return NULL;
    return tg_assign_at(at, var, place) ? place : NULL;
}

/* Restores the position from the store. */
static tg_status resume(tg__report *report, tg_loader *loader, const char *name,
                        const int64_t place[PLACE_SIZE])
{
    static const int64_t fresh[PLACE_SIZE] = { 0 };
    int64_t own[PLACE_SIZE];
    write_place(loader, own);
    if (memcmp(place, fresh, sizeof fresh) == 0) return tg_loader_seek(loader, 0, 0);
    if (place[PLACE_EPOCH] < 0 || place[PLACE_ROW] < 0)
        return tg__complain(report, TG_ERR_STATE,
                            "\"%s\" was assigned and not fed: give tg_loader_next what "
                            "tg_loader_keep returned, behind the fields (and the mask)",
                            name);
    if (place[PLACE_ROWS] != own[PLACE_ROWS] || place[PLACE_SEED] != own[PLACE_SEED])
        return tg__complain(report, TG_ERR_STATE,
                            "\"%s\" is of a loader with %lld rows an epoch and seed %llu; this "
                            "one has %lld and %llu",
                            name, (long long)place[PLACE_ROWS],
                            (unsigned long long)place[PLACE_SEED], (long long)own[PLACE_ROWS],
                            (unsigned long long)own[PLACE_SEED]);
    if (tg_loader_seek(loader, place[PLACE_EPOCH], place[PLACE_ROW]) == TG_OK) return TG_OK;
    return tg__complain(report, TG_ERR_STATE, "\"%s\" says row %lld of an epoch of %lld rows", name,
                        (long long)place[PLACE_ROW], (long long)own[PLACE_ROWS]);
}

tg_status tg_loader_resume_at(tg_site at, tg_loader *loader, const tg_store *store,
                              const char *name, tg_error *error)
{
    tg__report report = tg__report_new(at, "tg_loader_resume", NULL, error);
    int64_t place[PLACE_SIZE];
    if (!loader || !store || !name)
        return tg__complain(&report, TG_ERR_ARGUMENT, "the %s is NULL",
                            !loader  ? "loader"
                            : !store ? "store"
                                     : "name");
    if (loader->error.status != TG_OK)
        return tg__complain(&report, loader->error.status, "the loader could not be made: %s",
                            loader->error.text);
    const tg_var *var = tg_find(store, name);
    if (!var)
        return tg__complain(&report, TG_ERR_ARGUMENT,
                            "the store has no \"%.200s\": tg_loader_keep makes it, or tg_load of a "
                            "file that has it",
                            name);
    if (tg_var_dtype(var) != TG_I64 || !tg_shape_equal(tg_var_shape(var), TG_SHAPE(PLACE_SIZE)))
        return tg__complain(&report, TG_ERR_STATE,
                            "\"%.200s\" is no position of a loader, which is i64 [%d]", name,
                            PLACE_SIZE);
    const tg_status status = tg_var_get_as(var, TG_I64, place, PLACE_SIZE);
    if (status != TG_OK)
        return tg__complain(&report, status, "\"%.200s\" cannot be read: %s", name,
                            tg_status_name(status));
    return resume(&report, loader, name, place);
}

/* ---- Feeding ------------------------------------------------------------------------ */

/* True if the loader has a field for each input; else an error on their tape. */
static bool check_inputs(tg_site at, const tg_loader *loader, tg_list inputs, tg_tape *tape)
{
    const size_t fields = loader->fields.count;
    if (inputs.count > fields + 1) {
        tg_fail(tape, at, TG_ERR_ARGUMENT,
                "tg_loader_next: %zu inputs for %zu fields%s, and the place of tg_loader_keep",
                inputs.count, fields, loader->maker.pad ? " with the mask" : "");
        return false;
    }
    if (loader->maker.pad && inputs.count < fields) {
        tg_fail(tape, at, TG_ERR_ARGUMENT,
                "tg_loader_next: %zu inputs for %zu fields; the last one is the mask of .pad, by "
                "which the loss must weight the rows",
                inputs.count, fields);
        return false;
    }
    return true;
}

static bool feed_field(tg_site at, const tg_loader *loader, const tg__slot *slot, size_t i,
                       tg_tensor *input)
{
    const tg_field *field = &loader->fields.field[i];
    const int64_t rows = loader->maker.pad ? loader->maker.batch : slot->rows;
    const tg_shape shape = tg__batch_shape(field, rows);
    if (!tg__takes_batch(at, "tg_loader_next", field->name, input, field->dtype, shape,
                         "for a short last batch record a second step (see tg_loader_peek), leave "
                         "it out with .drop_last = true, or fill it up with .pad = true"))
        return false;
    return tg__feed(at, input, field->dtype, slot->field[i], (size_t)tg_shape_count(shape)) ==
           TG_OK;
}

/* Feeds a batch to the inputs. [at] has this function's name; the loader's position is behind the
 * batch already. */
static bool feed(tg_site at, const tg_loader *loader, const tg__slot *slot, tg_list inputs)
{
    for (size_t i = 0; i < inputs.count && i < loader->fields.count; i++)
        if (!feed_field(at, loader, slot, i, inputs.node[i])) return false;
    if (inputs.count <= loader->fields.count) return true;
    int64_t place[PLACE_SIZE];
    write_place(loader, place);
    tg_tensor *input = inputs.node[loader->fields.count];
    return tg__takes_batch(at, "tg_loader_next", "the place", input, TG_I64, TG_SHAPE(PLACE_SIZE),
                           "") &&
           tg__feed(at, input, TG_I64, place, PLACE_SIZE) == TG_OK;
}

/* Moves the position behind the batch, and feeds it. */
static int64_t take_batch(tg_site at, tg_loader *loader, const tg__slot *slot, tg_list inputs)
{
    int count = 0;
    tg_tape *tape = tg__list_tape(inputs);
    if (slot->rows == 0) {
        loader->at = (tg_position){ slot->at.epoch + 1, 0 };
        return 0;
    }
    loader->at = slot->at;
    loader->at.row += slot->passed;
    if (slot->rows < 0) {
        tg_fail(tape, at, slot->error.status, "tg_loader_next: %s", slot->error.text);
        return -1;
    }
    /* A missing input has its own message on its tape, if it was an error. */
    if (!tg__list_ready(at, "loader_next", inputs, &count)) return -1;
    if (!check_inputs(at, loader, inputs, tape)) return -1;
    at.function = "tg_loader_next";
    return feed(at, loader, slot, inputs) ? slot->rows : -1;
}

/* One step through an epoch of a loader that could not be made: an error, then the end. */
static int64_t take_nothing(tg_site at, tg_loader *loader, tg_tape *tape)
{
    if (coming_rows(loader) <= 0) {
        loader->at = (tg_position){ loader->at.epoch + 1, 0 };
        return 0;
    }
    tg_fail(tape, at, loader->error.status, "tg_loader_next: the loader could not be made: %s",
            loader->error.text);
    loader->at.row++;
    return -1;
}

int64_t tg_loader_next_at(tg_site at, tg_loader *loader, tg_list inputs)
{
    tg_tape *tape = tg__list_tape(inputs);
    if (!loader) {
        tg_fail(tape, at, TG_ERR_ARGUMENT, "tg_loader_next: the loader is NULL");
        return -1;
    }
    if (loader->error.status != TG_OK) return take_nothing(at, loader, tape);
    const tg__slot *slot = tg__ahead_get(&loader->ahead, loader->at);
    const int64_t rows = take_batch(at, loader, slot, inputs);
    tg__ahead_release(&loader->ahead);
    return rows;
}
