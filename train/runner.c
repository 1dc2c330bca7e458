/* runner.c: a step that is recorded once for each number of rows, and run over the batches of a
 * loader.
 *
 * Invariant: sums[] are the sums over the batches since the epoch began, or since it was resumed;
 * [rows] is their number of rows. [fresh] says that the next batch begins a new epoch, so the sums
 * can still be read after the end of an epoch.
 *
 * Example: an epoch has batches of 64, 64 and 32 rows with losses 1, 2 and 4. The sum is 64 * 1 +
 * 64 * 2 + 32 * 4 = 320, the rows are 160, and the value of "loss" is 2. */
#include "runner.h"

#include "common.h"

#include <math.h>
#include <string.h>

#undef TG_HERE
#define TG_HERE at

/* The layout of the state of the sums: the loader's position, the rows, then the sums. */
enum { EPOCH, ROW, ROWS, HEAD };

/* For full batches, for the last one of an epoch, and one more for sources of unknown length. */
enum { PROGRAMS = 3 };

/* The step, recorded for batches of a number of rows. */
typedef struct program {
    tg_tape *tape; /* NULL: not recorded yet */
    tg_batch batch;
    tg__tracked tracked;
    tg_tensor *input[TG_MAX_FIELDS + 2]; /* the fields, the mask, the position */
    size_t inputs;
    tg_tensor *loss;
    tg_plan *plan;
} program;

struct tg_runner {
    tg_tape *memory; /* holds all memory except the programs'; nothing is recorded on it */
    tg_runner_args args;
    char *loader_state, *sums_state; /* names of states; NULL: there are none */
    program program[PROGRAMS];
    size_t programs, last;
    size_t tracked; /* number of tracked values, equal in all programs */
    tg_shape shape[TG_MOST_TRACKED];
    int64_t offset[TG_MOST_TRACKED + 1]; /* [i] is the index in [sums] where value i begins */
    double *sums, *latest, *kept;        /* kept: a buffer for the state of the sums */
    int64_t rows;
    bool fresh;
};

/* ---- Errors ------------------------------------------------------------------------------- */

static tg_status say(const char *text, tg_status status, tg_error *error)
{
    return tg_error_set(error, (tg_site){ 0 }, status, "%s", text);
}

tg_status tg__take_error(tg_tape *tape, tg_error *error)
{
    tg_store *store = tg_tape_store(tape);
    if (tg_store_status(store) != TG_OK)
        return say(tg_store_error(store), tg_store_status(store), error);
    tg_status status = tg_tape_status(tape);
    if (status != TG_OK) {
        (void)say(tg_tape_error(tape), status, error);
        tg_tape_clear_error(tape);
        return status;
    }
    status = tg_tape_run_status(tape);
    return status == TG_OK ? TG_OK : say(tg_tape_run_error(tape), status, error);
}

static tg_status no_runner(tg_site at, const char *function, tg_error *error)
{
    return tg_error_set(error, at, TG_ERR_ARGUMENT, "%s: the runner is NULL", function);
}

static tg_status no_memory(tg_site at, tg_error *error)
{
    return tg_error_set(error, at, TG_ERR_MEMORY, "tg_runner: out of memory");
}

/* ---- Recording ---------------------------------------------------------------------------- */

static void program_free(program *p)
{
    tg_plan_free(p->plan);
    tg_tape_free(p->tape);
    *p = (program){ .tape = NULL };
}

/* The shape [rows, ...]. */
static tg_shape with_rows(int64_t rows, tg_shape shape)
{
    tg_shape all = { .rank = shape.rank + 1, .dim = { rows } };
    for (int i = 0; i < shape.rank; i++) all.dim[i + 1] = shape.dim[i];
    return all;
}

static void make_inputs(const tg_runner *r, program *p, int64_t rows)
{
    const tg_site at = r->args.at;
    const tg_fields fields = tg_loader_fields(r->args.loader);
    const bool pads = tg_loader_pads(r->args.loader);
    for (size_t i = 0; i < fields.count; i++) {
        const tg_field *field = &fields.field[i];
        p->input[p->inputs++] =
            tg_input(p->tape, field->name, field->dtype, with_rows(rows, field->shape));
    }
    p->batch = (tg_batch){ .tape = p->tape,
                           .rows = rows,
                           .fields = fields.count - pads,
                           .mask = pads ? p->input[fields.count - 1] : NULL,
                           .training = r->args.training,
                           .schedule = r->args.schedule,
                           .tracked = &p->tracked };
    memcpy(p->batch.field, p->input, p->batch.fields * sizeof *p->input);
    p->tracked = (tg__tracked){ .count = 1, .one = { { .name = "loss", .count = 1 } } };
}

/* True if the loss is valid; else an error is on the tape. */
static bool loss_fits(const tg_runner *r, const program *p)
{
    const tg_site at = r->args.at;
    const tg_tensor *loss = p->loss;
    if (tg_tape_status(p->tape) != TG_OK) return false;
    const tg_dtype dtype = tg_dtype_of(loss);
    const char *wrong = NULL;
    if (!loss) wrong = "NULL, and there is no error on the tape";
    else if (tg_tape_of(loss) != p->tape) wrong = "a node of another tape than batch->tape";
    else if (tg_count(loss) != 1) wrong = "more or less than one number; take its tg_mean";
    else if (dtype != TG_F32 && dtype != TG_F64) wrong = "no float";
    if (wrong) tg_fail(p->tape, at, TG_ERR_ARGUMENT, "tg_runner_new: the step returns %s", wrong);
    else if (r->args.training && tg_assign_count(p->tape) == 0)
        tg_fail(p->tape, at, TG_ERR_STATE,
                "tg_runner_new: the step records no update; call an optimizer if "
                "batch->training, or leave out .training");
    return tg_tape_status(p->tape) == TG_OK;
}

static bool record(tg_runner *r, program *p, int64_t rows)
{
    const tg_site at = r->args.at;
    make_inputs(r, p, rows);
    p->loss = r->args.step(r->args.context, &p->batch);
    if (!loss_fits(r, p)) return false;
    p->tracked.one[0].value = tg_cast(p->loss, TG_F64);
    if (r->args.training && r->loader_state)
        p->input[p->inputs++] = tg_loader_keep(r->args.loader, p->tape, r->loader_state);
    tg_tensor *keep[TG_MOST_TRACKED + 3] = { p->loss };
    size_t count = 1;
    for (size_t i = 0; i < p->tracked.count; i++) keep[count++] = p->tracked.one[i].value;
    if (p->tracked.guess) keep[count++] = p->tracked.guess;
    if (p->tracked.labels) keep[count++] = p->tracked.labels;
    const bool training = r->args.training;
    p->plan = tg_compile(p->tape, .keep = { count, keep }, .threads = r->args.threads,
                         .pure = !training, .steps = training);
    return p->plan;
}

/* ---- What is tracked ------------------------------------------------------------------------ */

static bool same_tracked(const tg__tracked_one *a, const tg__tracked_one *b)
{
    return strcmp(a->name, b->name) == 0 && a->kind == b->kind &&
           tg_shape_equal(a->shape, b->shape);
}

/* TG_OK if this program tracks the same values as the first; else an error. */
static tg_status check_tracked(const tg_runner *r, const program *p, tg_error *error)
{
    const tg__tracked *first = &r->program[0].tracked, *now = &p->tracked;
    bool same = first->count == now->count;
    size_t i = 0;
    while (i < now->count && same && same_tracked(&first->one[i], &now->one[i])) i++;
    if (same && i == now->count) return TG_OK;
    return tg_error_set(error, r->args.at, TG_ERR_STATE,
                        "tg_runner: of batches of %lld rows the step tracks other things than of "
                        "those of %lld rows (%zu and %zu; number %zu differs); it must record the "
                        "same for all of them",
                        (long long)p->batch.rows, (long long)r->program[0].batch.rows, now->count,
                        first->count, i < now->count && same ? i + 1 : now->count);
}

/* Allocates the sums for what the first program tracks. */
static tg_status lay_out(tg_runner *r, tg_error *error)
{
    const tg__tracked *tracked = &r->program[0].tracked;
    int64_t total = 0;
    for (size_t i = 0; i < tracked->count; i++) {
        r->offset[i] = total;
        total += tracked->one[i].count; /* counts of nodes in memory: no overflow */
        r->shape[i] = tracked->one[i].shape;
    }
    r->offset[tracked->count] = total;
    r->sums = tg_scratch(r->memory, (size_t)total * sizeof *r->sums);
    r->latest = tg_scratch(r->memory, (size_t)total * sizeof *r->latest);
    r->kept = tg_scratch(r->memory, (size_t)(HEAD + total) * sizeof *r->kept);
    if (!r->sums || !r->latest || !r->kept) return no_memory(r->args.at, error);
    memset(r->sums, 0, (size_t)total * sizeof *r->sums);
    r->tracked = tracked->count;
    return TG_OK;
}

/* The program for batches of that many rows, recorded if there is none yet; NULL on an error. */
static program *find_program(tg_runner *r, int64_t rows, tg_error *error)
{
    for (size_t i = 0; i < r->programs; i++)
        if (r->program[i].batch.rows == rows) return &r->program[i];
    const size_t place = r->programs < PROGRAMS ? r->programs : PROGRAMS - 1;
    program *p = &r->program[place];
    program_free(p);
    if (place == r->programs - 1) r->programs--;
    p->tape = tg_tape_new_with(
        &(tg_tape_args){ TG_TAPE_DEFAULTS, .at = r->args.at, .store = r->args.store });
    tg_status status = p->tape ? TG_OK : no_memory(r->args.at, error);
    if (status == TG_OK && !record(r, p, rows)) {
        status = tg__take_error(p->tape, error);
        if (status == TG_OK) status = no_memory(r->args.at, error);
    }
    if (status == TG_OK) status = place == 0 ? lay_out(r, error) : check_tracked(r, p, error);
    if (status == TG_OK) {
        r->programs = place + 1;
        return p;
    }
    program_free(p);
    return NULL;
}

/* ---- Making one ----------------------------------------------------------------------------- */

static tg_status check_args(const tg_runner_args *args)
{
    const char *wrong = NULL;
    if (!args->store) wrong = "the store is NULL";
    else if (!args->step) wrong = "the step function is NULL";
    else if (!args->loader) wrong = "the loader is NULL";
    else if (args->name && !*args->name) wrong = "its .name is empty";
    if (wrong)
        return tg_error_set(args->error, args->at, TG_ERR_ARGUMENT, "tg_runner_new: %s", wrong);
    if (tg_loader_status(args->loader) != TG_OK)
        return say(tg_loader_error(args->loader), tg_loader_status(args->loader), args->error);
    if (tg_store_status(args->store) != TG_OK)
        return say(tg_store_error(args->store), tg_store_status(args->store), args->error);
    return TG_OK;
}

/* The text "name.field". */
static char *state_name(tg_tape *memory, const char *name, const char *field)
{
    const size_t size = strlen(name) + strlen(field) + 2;
    char *text = tg_scratch(memory, size);
    if (text) (void)snprintf(text, size, "%s.%s", name, field);
    return text;
}

/* Records the programs whose numbers of rows are known, and makes the state of the sums. */
static tg_status begin(tg_runner *r)
{
    const tg_runner_args *args = &r->args;
    if (args->name && args->training) {
        r->loader_state = state_name(r->memory, args->name, "loader");
        r->sums_state = state_name(r->memory, args->name, "sums");
        if (!r->loader_state || !r->sums_state) return no_memory(args->at, args->error);
    }
    const int64_t full = tg_loader_batch(args->loader), rest = tg_loader_rest(args->loader);
    const int64_t batches = tg_loader_count(args->loader);
    tg_error why = { .status = TG_OK };
    tg_error *error = args->error ? args->error : &why;
    if (full > 0 && batches != 0 && !find_program(r, full, error)) return error->status;
    if (full > 0 && rest > 0 && !tg_loader_pads(args->loader) && !find_program(r, rest, error))
        return error->status;
    return r->sums_state && r->programs > 0 ? tg_runner_keep_at(args->at, r, error) : TG_OK;
}

tg_runner *tg_runner_new_with(const tg_runner_args *given)
{
    tg_runner_args args = { TG_RUNNER_DEFAULTS };
    if (!tg__train_options(&args, given, given ? given->error : NULL, "tg_runner_new")) return NULL;
    if (check_args(&args) != TG_OK) return NULL;
    tg_tape *memory =
        tg_tape_new_with(&(tg_tape_args){ TG_TAPE_DEFAULTS, .at = args.at, .store = args.store });
    tg_runner *r = memory ? tg_scratch(memory, sizeof *r) : NULL;
    if (!r) {
        tg_tape_free(memory);
        (void)no_memory(args.at, args.error);
        return NULL;
    }
    memset(r, 0, sizeof *r);
    r->memory = memory;
    r->args = args;
    r->fresh = true;
    if (begin(r) == TG_OK) {
        r->args.error = NULL; /* the caller's error struct must not be used after this call */
        return r;
    }
    tg_runner_free(r);
    return NULL;
}

void tg_runner_free(tg_runner *r)
{
    if (!r) return;
    for (size_t i = 0; i < PROGRAMS; i++) program_free(&r->program[i]);
    tg_tape_free(r->memory);
}

/* ---- Running --------------------------------------------------------------------------------- */

static void clear_sums(tg_runner *r)
{
    if (r->sums) memset(r->sums, 0, (size_t)r->offset[r->tracked] * sizeof *r->sums);
    r->rows = 0;
}

/* Adds the values of the program's run, over [rows] rows, to the sums. */
static bool add_up(tg_runner *r, const program *p, int64_t rows)
{
    for (size_t i = 0; i < r->tracked; i++) {
        const tg__tracked_one *one = &p->tracked.one[i];
        double *sum = r->sums + r->offset[i], *latest = r->latest + r->offset[i];
        if (tg_get(one->value, latest, (size_t)one->count) != TG_OK) return false;
        const double weight = one->kind == TG_TRACKED_MEAN ? (double)rows : 1;
        for (int64_t k = 0; k < one->count; k++)
            sum[k] = one->kind == TG_TRACKED_LAST ? latest[k] : sum[k] + weight * latest[k];
    }
    r->rows += rows;
    return true;
}

/* Ends the epoch: takes the loader's mark, which it gives once. Returns 0, or -status. */
static int64_t end_epoch(tg_site at, tg_runner *r, tg_error *error)
{
    r->fresh = true;
    if (r->programs == 0) { /* there are no inputs for tg_loader_next */
        const int64_t epoch = tg_loader_position(r->args.loader).epoch;
        const tg_status status = tg_loader_seek(r->args.loader, epoch + 1, 0);
        return status == TG_OK ? 0 : -(int64_t)tg_error_set(error, at, status, "tg_runner_next");
    }
    program *p = &r->program[0];
    const int64_t rows = tg_loader_next(r->args.loader, (tg_list){ p->inputs, p->input });
    return rows == 0 ? 0 : -(int64_t)tg__take_error(p->tape, error);
}

int64_t tg_runner_next_at(tg_site at, tg_runner *r, tg_error *error)
{
    if (error) *error = (tg_error){ .status = TG_OK };
    if (!r) return -(int64_t)no_runner(at, "tg_runner_next", error);
    tg_loader *loader = r->args.loader;
    const int64_t coming = tg_loader_peek(loader);
    if (coming == 0) return end_epoch(at, r, error);
    /* If the next batch cannot be read, its rows are unknown; tg_loader_next then reports the
     * error, with inputs of any number of rows. */
    const int64_t rows = coming < 0 || tg_loader_pads(loader) ? tg_loader_batch(loader) : coming;
    tg_error why;
    if (!error) error = &why;
    program *p = find_program(r, rows, error);
    if (!p) return -(int64_t)error->status;
    if (r->fresh) clear_sums(r);
    r->fresh = false;
    const int64_t fed = tg_loader_next(loader, (tg_list){ p->inputs, p->input });
    if (fed <= 0 || tg_run(p->plan) != TG_OK || !add_up(r, p, fed))
        return -(int64_t)tg__take_error(p->tape, error);
    r->last = (size_t)(p - r->program);
    return fed;
}

tg_status tg_runner_epoch_at(tg_site at, tg_runner *r, tg_error *error)
{
    tg_error why;
    if (!error) error = &why;
    int64_t rows;
    do rows = tg_runner_next_at(at, r, error);
    while (rows > 0);
    return rows < 0 ? error->status : TG_OK;
}

tg_status tg_runner_begin_at(tg_site at, tg_runner *r, int64_t epoch, tg_error *error)
{
    if (error) *error = (tg_error){ .status = TG_OK };
    if (!r) return no_runner(at, "tg_runner_begin", error);
    const tg_status status = tg_loader_seek(r->args.loader, epoch, 0);
    if (status != TG_OK)
        return tg_error_set(error, at, status, "tg_runner_begin: there is no epoch %lld",
                            (long long)epoch);
    clear_sums(r);
    r->fresh = true;
    return TG_OK;
}

/* ---- What came of it ------------------------------------------------------------------------ */

/* The index of the value tracked under that name; -1 if there is none. */
static int find(const tg_runner *r, const char *name)
{
    for (size_t i = 0; name && r && i < r->tracked; i++)
        if (strcmp(r->program[0].tracked.one[i].name, name) == 0) return (int)i;
    return -1;
}

double tg_runner_value(const tg_runner *r, const char *name)
{
    const int i = find(r, name);
    if (i < 0 || r->rows == 0) return (double)NAN;
    const tg_tracked_kind kind = r->program[0].tracked.one[i].kind;
    if (kind == TG_TRACKED_SUM) return (double)NAN;
    const double sum = r->sums[r->offset[i]];
    return kind == TG_TRACKED_MEAN ? sum / (double)r->rows : sum;
}

double tg_runner_latest(const tg_runner *r, const char *name)
{
    const int i = find(r, name);
    if (i < 0 || r->rows == 0 || r->program[0].tracked.one[i].kind == TG_TRACKED_SUM)
        return (double)NAN;
    return r->latest[r->offset[i]];
}

tg_array tg_runner_sum(const tg_runner *r, const char *name)
{
    const int i = find(r, name);
    if (i < 0 || r->program[0].tracked.one[i].kind != TG_TRACKED_SUM)
        return (tg_array){ .data = NULL };
    return tg_array_view(TG_F64, r->shape[i], r->sums + r->offset[i]);
}

int64_t tg_runner_rows(const tg_runner *r) { return r ? r->rows : 0; }
size_t tg_runner_count(const tg_runner *r) { return r ? r->tracked : 0; }

const char *tg_runner_name(const tg_runner *r, size_t i)
{
    return r && i < r->tracked ? r->program[0].tracked.one[i].name : NULL;
}

tg_tracked_kind tg_runner_kind(const tg_runner *r, size_t i)
{
    return r && i < r->tracked ? r->program[0].tracked.one[i].kind : TG_TRACKED_MEAN;
}

tg_runner_look tg_runner_last(const tg_runner *r)
{
    if (!r || r->programs == 0) return (tg_runner_look){ .batch = NULL };
    const program *p = &r->program[r->last < r->programs ? r->last : 0];
    return (tg_runner_look){ .batch = &p->batch,
                             .loss = p->loss,
                             .guess = p->tracked.guess,
                             .labels = p->tracked.labels,
                             .plan = p->plan };
}

/* ---- Stopping and going on ------------------------------------------------------------------ */

/* The state of the sums, made if it does not exist; NULL with an error. */
static tg_var *sums_state(tg_site at, const tg_runner *r, const char *function, tg_error *error)
{
    if (!r->sums_state || r->programs == 0) {
        tg_error_set(error, at, TG_ERR_STATE,
                     "%s: there is nothing to keep: it needs .training, a .name and a batch",
                     function);
        return NULL;
    }
    tg_store *store = r->args.store;
    const int64_t size = HEAD + r->offset[r->tracked];
    tg_var *state = tg_state(store, r->sums_state, TG_F64, TG_SHAPE(size), 0);
    if (!state) {
        (void)say(tg_store_error(store), tg_store_status(store), error);
        tg_store_clear_error(store);
    }
    return state;
}

tg_status tg_runner_keep_at(tg_site at, tg_runner *r, tg_error *error)
{
    tg_error why;
    if (!error) error = &why;
    *error = (tg_error){ .status = TG_OK };
    if (!r) return no_runner(at, "tg_runner_keep", error);
    tg_var *state = sums_state(at, r, "tg_runner_keep", error);
    if (!state) return error->status;
    const tg_position place = tg_loader_position(r->args.loader);
    const int64_t count = r->offset[r->tracked];
    r->kept[EPOCH] = (double)place.epoch;
    r->kept[ROW] = (double)place.row;
    r->kept[ROWS] = (double)r->rows;
    memcpy(r->kept + HEAD, r->sums, (size_t)count * sizeof *r->kept);
    return tg_var_set(state, r->kept, (size_t)(HEAD + count));
}

tg_status tg_runner_resume_at(tg_site at, tg_runner *r, tg_error *error)
{
    tg_error why;
    if (!error) error = &why;
    *error = (tg_error){ .status = TG_OK };
    if (!r) return no_runner(at, "tg_runner_resume", error);
    tg_var *state = sums_state(at, r, "tg_runner_resume", error);
    if (!state) return error->status;
    if (tg_loader_resume(r->args.loader, r->args.store, r->loader_state, error) != TG_OK)
        return error->status;
    const int64_t count = r->offset[r->tracked];
    const tg_status status = tg_var_get(state, r->kept, (size_t)(HEAD + count));
    if (status != TG_OK)
        return tg_error_set(error, at, status, "tg_runner_resume: \"%s\" has no sums of this step",
                            r->sums_state);
    const tg_position place = tg_loader_position(r->args.loader);
    const bool same = r->kept[EPOCH] == (double)place.epoch && r->kept[ROW] == (double)place.row;
    /* The position is behind the last batch of an epoch for which no sums were saved: either its
     * end had been seen, or nothing reads it any more. So that end is skipped. */
    if (!same && tg_loader_peek(r->args.loader) == 0)
        return tg_runner_begin_at(at, r, place.epoch + 1, error);
    clear_sums(r);
    r->fresh = place.row == 0;
    if (!same) return TG_OK;
    r->rows = (int64_t)r->kept[ROWS];
    memcpy(r->sums, r->kept + HEAD, (size_t)count * sizeof *r->sums);
    return TG_OK;
}
