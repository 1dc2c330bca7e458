/* checkpoint.c: the last few states of a run's store, written to a few files in turn, and the best
 * one. Each file is complete or absent (tg_save), and has its number in its metadata. So there is
 * no separate list, which could be wrong. */
#include "tg_checkpoint.h"

#include "autograd/engine.h"
#include "io/io.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_TEXT = 32, DAMAGED = -1 };

struct tg_checkpoints {
    tg_store *store;
    const tg_io_layer *io; /* as given; NULL: POSIX */
    tg_allocator allocator;
    char *folder;
    char *path; /* of the file being used */
    size_t path_size;
    int lock; /* -1: none */
    int64_t keep, number, passed_over;
    bool maximize;
    double best;
    int64_t found[TG_MOST_CHECKPOINTS]; /* the number in each file; 0: none; DAMAGED */
};

/* ---- Files ------------------------------------------------------------------------------ */

/* The path of file number [place]; for a negative place that of the best checkpoint. */
static const char *path_of(const tg_checkpoints *c, int64_t place)
{
    if (place < 0) (void)snprintf(c->path, c->path_size, "%s/best.safetensors", c->folder);
    else (void)snprintf(c->path, c->path_size, "%s/last-%" PRId64 ".safetensors", c->folder, place);
    return c->path;
}

static bool is_there(const tg_checkpoints *c, const char *path)
{
    const tg_io_layer *io = c->io ? c->io : &tg__posix_io;
    void *file;
    int result;
    do {
        result = io->open(io->context, path, &file);
    } while (result == EINTR);
    if (result == 0) (void)io->close(io->context, file);
    return result != ENOENT;
}

/* Reads the value of a metadata key as text. False if the file is damaged. */
static bool read_text(const tg_checkpoints *c, const char *path, const char *key,
                      char text[NUMBER_TEXT])
{
    tg_metadata metadata;
    text[0] = 0;
    if (tg_read_metadata_with(&(tg_read_metadata_args){ TG_READ_METADATA_DEFAULTS, .out = &metadata,
                                                        .path = path, .io = c->io,
                                                        .allocator = &c->allocator }) != TG_OK)
        return false;
    const char *value = tg_metadata_find(&metadata, key);
    const bool fits = value && strlen(value) < NUMBER_TEXT;
    if (fits) strcpy(text, value);
    tg_metadata_free(&metadata);
    return fits;
}

/* Reads the numbers of all files, and the score of the best one. */
static void look_around(tg_checkpoints *c)
{
    char text[NUMBER_TEXT];
    for (int64_t place = 0; place < TG_MOST_CHECKPOINTS; place++) {
        if (!is_there(c, path_of(c, place))) continue;
        const bool read = read_text(c, c->path, "checkpoint", text);
        const long long number = read ? strtoll(text, NULL, 10) : 0;
        c->found[place] = number > 0 ? number : DAMAGED;
    }
    uint64_t bits; /* of the score, as hexadecimal: exact, in every locale */
    if (is_there(c, path_of(c, -1)) && read_text(c, c->path, "score", text) &&
        sscanf(text, "%" SCNx64, &bits) == 1)
        memcpy(&c->best, &bits, sizeof bits);
}

/* ---- Opening ---------------------------------------------------------------------------- */

static tg_status prepare_folder(tg_checkpoints *c, tg__report *report)
{
    const tg_io_layer *io = c->io ? c->io : &tg__posix_io;
    const int result = io->make_folder ? io->make_folder(io->context, c->folder) : 0;
    if (result) return tg__complain_errno(report, "is no folder and cannot be made one", result);
    if (c->io) return TG_OK;
    (void)snprintf(c->path, c->path_size, "%s/lock", c->folder);
    const int locked = tg__lock(c->path, &c->lock);
    if (locked == EWOULDBLOCK)
        return tg__complain(report, TG_ERR_STATE,
                            "another run has these checkpoints open; wait for it, or give this one "
                            "a folder of its own");
    if (locked) return tg__complain_errno(report, "its lock cannot be made", locked);
    return TG_OK;
}

tg_checkpoints *tg_checkpoints_open_with(const tg_checkpoints_args *given)
{
    tg_checkpoints_args args = { TG_CHECKPOINTS_DEFAULTS };
    if (!TG__IO_OPTIONS(args, given, "tg_checkpoints_open")) return NULL;
    tg__report report = tg__report_new(args.at, "tg_checkpoints_open", args.folder, args.error);
    const char *wrong = NULL;
    if (!args.store) wrong = "the store is NULL";
    else if (!args.folder || !*args.folder) wrong = "it needs the name of a folder";
    else if (args.keep < 1 || args.keep > TG_MOST_CHECKPOINTS) wrong = ".keep must be 1 to 100";
    if (wrong) {
        tg__complain(&report, TG_ERR_ARGUMENT, "%s", wrong);
        return NULL;
    }
    const tg_allocator *allocator = &args.store->allocator;
    const size_t length = strlen(args.folder) + 1, room = length + NUMBER_TEXT + 32;
    tg_checkpoints *c = tg__alloc_zero(allocator, sizeof *c + length + room);
    if (!c) {
        tg__complain_memory(&report, sizeof *c + length + room);
        return NULL;
    }
    c->store = args.store;
    c->io = args.io;
    c->allocator = *allocator;
    c->folder = (char *)(c + 1);
    c->path = c->folder + length;
    c->path_size = room;
    memcpy(c->folder, args.folder, length);
    c->keep = args.keep;
    c->maximize = args.maximize;
    c->best = (double)NAN;
    c->lock = -1;
    if (prepare_folder(c, &report) == TG_OK) {
        look_around(c);
        return c;
    }
    tg_checkpoints_free(c);
    return NULL;
}

void tg_checkpoints_free(tg_checkpoints *c)
{
    if (!c) return;
    tg__unlock(c->lock);
    const tg_allocator allocator = c->allocator;
    tg__free(&allocator, c);
}

int64_t tg_checkpoints_number(const tg_checkpoints *c) { return c ? c->number : 0; }
double tg_checkpoints_best(const tg_checkpoints *c) { return c ? c->best : (double)NAN; }
int64_t tg_checkpoints_damaged(const tg_checkpoints *c) { return c ? c->passed_over : 0; }

/* ---- Loading ---------------------------------------------------------------------------- */

static tg_status no_checkpoints(tg_site at, const char *function, tg_error *error)
{
    tg__report report = tg__report_new(at, function, NULL, error);
    return tg__complain(&report, TG_ERR_ARGUMENT, "they could not be opened: they are NULL");
}

static tg_status load(tg_site at, tg_checkpoints *c, const char *path, tg_error *error)
{
    return tg_load_with(&(tg_load_args){ TG_LOAD_DEFAULTS, .at = at, .store = c->store,
                                         .path = path, .error = error, .io = c->io });
}

/* The index of the newest file that is not known to be damaged; negative if there is none. */
static int64_t newest(const tg_checkpoints *c)
{
    int64_t place = -1;
    for (int64_t i = 0; i < TG_MOST_CHECKPOINTS; i++)
        if (c->found[i] > 0 && (place < 0 || c->found[i] > c->found[place])) place = i;
    return place;
}

static int64_t count_damaged(const tg_checkpoints *c)
{
    int64_t count = 0;
    for (int64_t i = 0; i < TG_MOST_CHECKPOINTS; i++) count += c->found[i] == DAMAGED;
    return count;
}

tg_status tg_checkpoints_resume_at(tg_site at, tg_checkpoints *c, tg_error *error)
{
    if (!c) return no_checkpoints(at, "tg_checkpoints_resume", error);
    tg__report report = tg__report_new(at, "tg_checkpoints_resume", c->folder, error);
    for (int64_t place; (place = newest(c)) >= 0; c->found[place] = DAMAGED) {
        const tg_status status = load(at, c, path_of(c, place), error);
        if (status == TG_OK) c->number = c->found[place];
        if (status != TG_ERR_FORMAT && status != TG_ERR_IO) {
            c->passed_over = count_damaged(c);
            return status;
        }
    }
    c->number = 0;
    if (count_damaged(c) == 0) return TG_OK;
    report = tg__report_new(at, "tg_checkpoints_resume", c->folder, error);
    return tg__complain(&report, TG_ERR_FORMAT,
                        "none of its checkpoints is whole; take them away to begin anew");
}

tg_status tg_checkpoints_load_best_at(tg_site at, tg_checkpoints *c, tg_error *error)
{
    if (!c) return no_checkpoints(at, "tg_checkpoints_load_best", error);
    tg__report report = tg__report_new(at, "tg_checkpoints_load_best", c->folder, error);
    if (!is_there(c, path_of(c, -1)))
        return tg__complain(&report, TG_ERR_STATE, "there is no best one: no score has been saved");
    return load(at, c, c->path, error);
}

/* ---- Saving ----------------------------------------------------------------------------- */

static tg_status save(tg_site at, const tg_checkpoints *c, const char *path, const char *key,
                      const char *value, tg_error *error)
{
    const tg_pair metadata[] = { { key, value }, { NULL, NULL } };
    return tg_save_with(&(tg_save_args){ TG_SAVE_DEFAULTS, .at = at, .store = c->store,
                                         .path = path, .error = error, .io = c->io,
                                         .metadata = metadata });
}

/* The highest number among the undamaged files. */
static int64_t highest(const tg_checkpoints *c)
{
    const int64_t place = newest(c);
    const int64_t found = place < 0 ? 0 : c->found[place];
    return found > c->number ? found : c->number;
}

/* Removes files that remain from a run that kept more. */
static void drop_old(tg_checkpoints *c)
{
    const tg_io_layer *io = c->io ? c->io : &tg__posix_io;
    for (int64_t place = c->keep; place < TG_MOST_CHECKPOINTS; place++)
        if (c->found[place] > 0 && c->found[place] <= c->number - c->keep &&
            io->remove(io->context, path_of(c, place)) == 0)
            c->found[place] = 0;
}

/* A run that did not resume continues the numbering of the files that exist, which are not its
 * own. */
tg_status tg_checkpoints_save_at(tg_site at, tg_checkpoints *c, tg_error *error)
{
    if (!c) return no_checkpoints(at, "tg_checkpoints_save", error);
    const int64_t number = highest(c) + 1, place = number % c->keep;
    char text[NUMBER_TEXT];
    (void)snprintf(text, sizeof text, "%" PRId64, number);
    const tg_status status = save(at, c, path_of(c, place), "checkpoint", text, error);
    if (status != TG_OK) return status;
    c->number = c->found[place] = number;
    drop_old(c);
    return TG_OK;
}

tg_status tg_checkpoints_save_best_at(tg_site at, tg_checkpoints *c, double score, tg_error *error)
{
    if (!c) return no_checkpoints(at, "tg_checkpoints_save_best", error);
    (void)tg__report_new(at, "tg_checkpoints_save_best", c->folder, error);
    const bool better =
        isnan(c->best) ? !isnan(score) : (c->maximize ? score > c->best : score < c->best);
    if (!better) return TG_OK;
    char text[NUMBER_TEXT];
    uint64_t bits;
    memcpy(&bits, &score, sizeof bits);
    (void)snprintf(text, sizeof text, "%016" PRIx64, bits);
    const tg_status status = save(at, c, path_of(c, -1), "score", text, error);
    if (status == TG_OK) c->best = score;
    return status;
}
