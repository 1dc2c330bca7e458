/* logger.c: loggers: opening, writing and closing their outputs, errors, and the scalars and text
 * that are written to several outputs.
 *
 * Each output is a tg__sink: it is made under a temporary name, gets its name when all outputs
 * could be made, and is then appended to. So a file that a resumed run continues is a copy of the
 * part that is kept. */
#include "io/logger.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { WAITING_MOST = 1 << 16 }; /* bytes that are buffered for an output at most */

/* ---- Time ------------------------------------------------------------------------------- */

static struct timespec time_by(clockid_t clock)
{
    struct timespec now = { 0, 0 };
    (void)clock_gettime(clock, &now);
    return now;
}

static double seconds_of(struct timespec now)
{
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double tg__wall_time(void) { return seconds_of(time_by(CLOCK_REALTIME)); }

/* ---- Writing ---------------------------------------------------------------------------- */

/* The report; [path] is the current file, or NULL if the error concerns none. */
static tg__report *report_on(tg_logger *log, const char *path)
{
    log->report.path = path;
    return &log->report;
}

/* Writes the buffered records. After a failure the end of the file is unknown. */
static void write_out(tg_logger *log, tg__output *output)
{
    tg__bytes *waiting = &output->waiting;
    if (output->broken || tg__bytes_size(waiting) == 0) return;
    (void)report_on(log, output->path);
    output->broken =
        tg__sink_write(&output->sink, tg__bytes_data(waiting), tg__bytes_size(waiting)) != TG_OK;
    waiting->memory.used = 0;
    (void)report_on(log, NULL);
}

static void sync_output(tg_logger *log, tg__output *output)
{
    if (!output->path || output->broken) return;
    (void)report_on(log, output->path);
    (void)tg__sink_sync(&output->sink);
    (void)report_on(log, NULL);
}

static void write_all(tg_logger *log)
{
    for (int i = 0; i < TG__OUTPUTS; i++)
        if (log->output[i].path) write_out(log, &log->output[i]);
    log->written = seconds_of(time_by(CLOCK_MONOTONIC));
}

/* ---- Calls ------------------------------------------------------------------------------ */

static bool is_name(const char *name)
{
    if (!*name || strlen(name) > TG_LOGGER_NAME_MOST || !tg__is_utf8(name)) return false;
    for (; *name; name++)
        if ((unsigned char)*name < 0x20 || *name == 0x7f) return false;
    return true;
}

static void begin_call(tg_logger *log, tg_site at, const char *function)
{
    log->report.at = at;
    log->report.function = function;
    for (int i = 0; i < TG__OUTPUTS; i++)
        log->output[i].whole = tg__bytes_size(&log->output[i].waiting);
}

bool tg__logger_enter(tg_site at, tg_logger *log, const char *function, int64_t step,
                      const char *name)
{
    char seen[TG_TEXT_SEEN];
    if (!log || log->report.status != TG_OK) return false;
    begin_call(log, at, function);
    if (step < 0)
        (void)tg__complain(&log->report, TG_ERR_ARGUMENT,
                           "step %" PRId64 " is negative; steps are counted from 0", step);
    else if (!name) (void)tg__complain(&log->report, TG_ERR_ARGUMENT, "the name is NULL");
    else if (!is_name(name))
        (void)tg__complain(&log->report, TG_ERR_ARGUMENT,
                           "\"%s\" is no name: one is UTF-8 without control characters, of 1 to %d "
                           "bytes",
                           tg__text_seen(seen, name, strlen(name)), TG_LOGGER_NAME_MOST);
    return log->report.status == TG_OK;
}

tg_status tg__logger_leave(tg_logger *log)
{
    bool full = false;
    for (int i = 0; i < TG__OUTPUTS; i++) {
        tg__output *output = &log->output[i];
        if (output->waiting.failed) {
            output->waiting.memory.used = output->whole; /* removes an incomplete record */
            output->waiting.failed = false;
            (void)tg__complain(&log->report, TG_ERR_MEMORY, "out of memory for what is logged");
        }
        full = full || tg__bytes_size(&output->waiting) >= WAITING_MOST;
    }
    const double now = seconds_of(time_by(CLOCK_MONOTONIC));
    if (full || log->report.status != TG_OK || now - log->written >= log->interval) write_all(log);
    return log->report.status;
}

/* Also after an error: what was logged before it is still written. */
tg_status tg_logger_flush_at(tg_site at, tg_logger *log)
{
    if (!log) return TG_ERR_ARGUMENT;
    begin_call(log, at, "tg_logger_flush");
    write_all(log);
    for (int i = 0; i < TG__OUTPUTS; i++) sync_output(log, &log->output[i]);
    return log->report.status;
}

tg_status tg_logger_status(const tg_logger *log)
{
    return log ? log->report.status : TG_ERR_ARGUMENT;
}
const char *tg_logger_error(const tg_logger *log) { return log ? log->error.text : ""; }

/* ---- Closing ---------------------------------------------------------------------------- */

static void close_output(tg_logger *log, tg__output *output)
{
    if (!output->path) return;
    if (output->placed) {
        write_out(log, output);
        sync_output(log, output);
    }
    if (output->sink.report) (void)tg__sink_close(&output->sink);
    tg__bytes_free(&output->waiting);
}

void tg_logger_free(tg_logger *log)
{
    if (!log) return;
    const tg_allocator allocator = log->allocator;
    log->report.function = "tg_logger_free";
    for (int i = 0; i < TG__OUTPUTS; i++) close_output(log, &log->output[i]);
    tg__book_free(&log->book);
    tg__free(&allocator, log->paths);
    tg__free(&allocator, log);
}

/* ---- Opening ---------------------------------------------------------------------------- */

static tg_status check(tg__report *report, const tg_logger_args *args)
{
    const char *const paths[] = { args->tensorboard, args->jsonl, args->csv };
    for (int i = 0; i < TG__OUTPUTS; i++)
        if (paths[i] && !*paths[i])
            return tg__complain(report, TG_ERR_ARGUMENT, "the path of an output is empty");
    if (args->jsonl && args->csv && strcmp(args->jsonl, args->csv) == 0)
        return tg__complain(report, TG_ERR_ARGUMENT,
                            ".jsonl and .csv are the same file; give each its own");
    if (args->resume_at != TG_AUTO && args->resume_at < 0)
        return tg__complain(report, TG_ERR_ARGUMENT,
                            ".resume_at = %" PRId64 " is negative; steps are counted from 0",
                            args->resume_at);
    if (!(args->flush_seconds >= 0))
        return tg__complain(report, TG_ERR_ARGUMENT, ".flush_seconds = %g is not a time from 0 on",
                            args->flush_seconds);
    return TG_OK;
}

/* Makes the folders of a path, all parts before the last slash. */
static tg_status make_folders(tg__report *report, const tg_io_layer *io, char *path)
{
    if (!io->make_folder) return TG_OK;
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        int result;
        *slash = 0;
        do {
            result = io->make_folder(io->context, path);
        } while (result == EINTR);
        report->path = path;
        if (result != 0) (void)tg__complain_errno(report, "this folder cannot be made", result);
        report->path = NULL;
        *slash = '/';
        if (result != 0) return report->status;
    }
    return TG_OK;
}

enum { EVENT_NAME = 100 }; /* bytes of an event file's name at most */

/* Names the event file by the time. If such a file exists, it belongs to another logger. */
static tg_status name_events(tg_logger *log, const tg_io_layer *io, char *name)
{
    struct timespec now = time_by(CLOCK_REALTIME);
    for (bool absent = false; !absent; now.tv_nsec++) {
        tg__source source;
        (void)snprintf(name, EVENT_NAME, "/events.out.tfevents.%010lld.%09ld.%ld",
                       (long long)now.tv_sec, (long)now.tv_nsec, (long)getpid());
        (void)report_on(log, log->output[TG__EVENTS].path);
        (void)tg__source_open_if_there(&source, &log->report, io, &log->allocator, &absent);
        if (tg__source_close(&source) != TG_OK) break;
    }
    return log->report.status;
}

/* Copies the paths, and makes that of the event file. */
static tg_status name_outputs(tg_logger *log, const tg_logger_args *args, const tg_io_layer *io)
{
    const char *const given[TG__OUTPUTS] = { args->jsonl, args->csv, args->tensorboard };
    size_t size = EVENT_NAME;
    for (int i = 0; i < TG__OUTPUTS; i++)
        if (given[i] && !tg__size_add(size, strlen(given[i]) + 1, &size)) size = SIZE_MAX;
    char *next = log->paths = tg__alloc(&log->allocator, size);
    if (!next) return tg__complain_memory(&log->report, size);
    for (int i = 0; i < TG__OUTPUTS; i++) {
        if (!given[i]) continue;
        log->output[i].path = next;
        const size_t length = strlen(given[i]);
        memcpy(next, given[i], length + 1);
        next += length + (i != TG__EVENTS); /* the name is appended */
    }
    if (!args->tensorboard) return TG_OK;
    memcpy(next, "/", 2);
    const tg_status status =
        make_folders(&log->report, io, (char *)(uintptr_t)log->output[TG__EVENTS].path);
    return status == TG_OK ? name_events(log, io, next) : status;
}

/* Reads the lines of an existing file that are kept; or writes the first line of a new one. */
static tg_status take_lines(tg_logger *log, int which, const tg_io_layer *io, int64_t resume_at)
{
    tg__output *output = &log->output[which];
    tg__growing text = { NULL, 0, 0 };
    tg__source source;
    bool absent;
    tg__report *report = &log->report;
    tg_status status = tg__source_open_if_there(&source, report, io, &log->allocator, &absent);
    if (status == TG_OK && !absent) status = tg__source_take(&source, &text, UINT64_MAX);
    status = tg__source_close(&source);
    if (which == TG__CSV) tg__csv_begin(&output->waiting);
    if (status == TG_OK && which == TG__CSV)
        status = tg__csv_kept(report, &output->waiting, &text, resume_at);
    else if (status == TG_OK)
        status = tg__json_kept(report, &output->waiting, &text, resume_at,
                               log->keep ? &log->book : NULL);
    tg__free(&log->allocator, text.data);
    return status;
}

/* Makes the output under a temporary name, with its first content. */
static tg_status open_output(tg_logger *log, int which, const tg_io_layer *io, int64_t resume_at)
{
    tg__output *output = &log->output[which];
    tg__report *report = report_on(log, output->path);
    tg_status status = TG_OK;
    if (which == TG__EVENTS)
        tg__events_begin(&output->waiting, tg__wall_time(), log->first, resume_at != TG_AUTO);
    else status = take_lines(log, which, io, resume_at);
    if (status == TG_OK && output->waiting.failed)
        status = tg__complain(report, TG_ERR_MEMORY, "out of memory for what it begins with");
    if (status == TG_OK) status = tg__sink_open(&output->sink, report, io, &log->allocator);
    if (status == TG_OK) write_out(log, output);
    return log->report.status;
}

static tg_status place_output(tg_logger *log, tg__output *output)
{
    (void)report_on(log, output->path);
    const tg_status status = tg__sink_place(&output->sink);
    output->placed = status == TG_OK;
    return status;
}

static tg_status open_outputs(tg_logger *log, const tg_logger_args *args)
{
    const tg_io_layer *io = args->io ? args->io : &tg__posix_io;
    tg_status status = name_outputs(log, args, io);
    for (int i = 0; i < TG__OUTPUTS && status == TG_OK; i++)
        if (log->output[i].path) status = open_output(log, i, io, args->resume_at);
    for (int i = 0; i < TG__OUTPUTS && status == TG_OK; i++)
        if (log->output[i].path) status = place_output(log, &log->output[i]);
    (void)report_on(log, NULL);
    log->written = seconds_of(time_by(CLOCK_MONOTONIC));
    return status;
}

tg_logger *tg_logger_new_with(const tg_logger_args *given)
{
    tg_logger_args args = { TG_LOGGER_DEFAULTS };
    if (!TG__IO_OPTIONS(args, given, "tg_logger_new")) return NULL;
    tg__report report = tg__report_new(args.at, "tg_logger_new", NULL, args.error);
    if (check(&report, &args) != TG_OK) return NULL;
    const tg_allocator *allocator = tg__allocator_or_default(args.allocator);
    tg_logger *log = tg__alloc_zero(allocator, sizeof *log);
    if (!log) return (void)tg__complain_memory(&report, sizeof *log), NULL;

    log->allocator = *allocator;
    log->report = report;
    log->report.error = &log->error;
    log->first = args.resume_at == TG_AUTO ? 0 : args.resume_at;
    log->interval = args.flush_seconds;
    log->keep = args.keep;
    log->book.allocator = &log->allocator;
    for (int i = 0; i < TG__OUTPUTS; i++) log->output[i].waiting.allocator = &log->allocator;
    if (open_outputs(log, &args) == TG_OK) return log;
    if (args.error) *args.error = log->error;
    tg_logger_free(log);
    return NULL;
}

/* ---- Scalars and text ------------------------------------------------------------------- */

tg_status tg_logger_scalar_at(tg_site at, tg_logger *log, int64_t step, const char *name,
                              double value)
{
    if (!tg__logger_enter(at, log, "tg_logger_scalar", step, name)) return tg_logger_status(log);
    const double now = tg__wall_time();
    tg__bytes *out;
    if ((out = tg__output_bytes(log, TG__JSONL)) != NULL) {
        tg__json_begin(out, step, name);
        tg__json_key(out, "value");
        tg__json_number(out, value);
        tg__json_end(out, now);
    }
    if ((out = tg__output_bytes(log, TG__CSV)) != NULL) tg__csv_row(out, step, name, value);
    if ((out = tg__output_bytes(log, TG__EVENTS)) != NULL) {
        const tg__event event = tg__event_begin(out, now, step, name);
        tg__put_field_float(out, TG__VALUE_SIMPLE, (float)value);
        tg__event_end(event);
    }
    if (log->keep && !tg__book_add(&log->book, name, (double)step, value))
        (void)tg__complain(&log->report, TG_ERR_MEMORY, "out of memory for a point to keep");
    return tg__logger_leave(log);
}

tg_status tg_logger_text_at(tg_site at, tg_logger *log, int64_t step, const char *name,
                            const char *text)
{
    if (!tg__logger_enter(at, log, "tg_logger_text", step, name)) return tg_logger_status(log);
    if (!text) return tg__complain(&log->report, TG_ERR_ARGUMENT, "the text is NULL");
    if (strlen(text) > TG_LOGGER_TEXT_MOST || !tg__is_utf8(text))
        return tg__complain(&log->report, TG_ERR_ARGUMENT,
                            "the text must be UTF-8, of %d bytes at most", TG_LOGGER_TEXT_MOST);
    const double now = tg__wall_time();
    tg__bytes *out;
    if ((out = tg__output_bytes(log, TG__JSONL)) != NULL) {
        tg__json_begin(out, step, name);
        tg__json_key(out, "text");
        tg__json_text(out, text);
        tg__json_end(out, now);
    }
    if ((out = tg__output_bytes(log, TG__EVENTS)) != NULL) {
        const tg__event event = tg__event_begin(out, now, step, name);
        tg__event_plugin(event, "text", NULL, 0);
        tg__event_words(event, text);
        tg__event_end(event);
    }
    return tg__logger_leave(log);
}

tg_series tg_logger_series(const tg_logger *log, const char *name)
{
    return log ? tg__book_find(&log->book, name) : (tg_series){ .name = name };
}
