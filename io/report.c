/* report.c: the messages of readers and writers of files. */
#include "io/io.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

tg__report tg__report_new(tg_site at, const char *function, const char *path, tg_error *error)
{
    if (error) {
        error->status = TG_OK;
        error->text[0] = 0;
    }
    return (tg__report){ .at = at, .function = function, .path = path, .error = error };
}

/* Appends as much as fits. */
static void append(tg_error *error, const char *format, va_list list)
{
    const size_t used = strlen(error->text);
    (void)tg__vformat(error->text + used, sizeof error->text - used, format, list);
}

static void add(tg_error *error, const char *format, ...) TG_PRINTF(2, 3);
static void add(tg_error *error, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    append(error, format, list);
    va_end(list);
}

/* Replaces control characters, which a path may have and which would disturb a terminal. */
static void hide_controls(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f) *text = '?';
}

tg_status tg__complain(tg__report *report, tg_status status, const char *format, ...)
{
    if (report->status != TG_OK) return report->status;
    report->status = status;
    tg_error *error = report->error;
    if (!error) return status;
    error->status = status;
    error->text[0] = 0;
    if (report->at.file) add(error, "%.500s:%d: ", report->at.file, report->at.line);
    add(error, "%s: ", report->function);
    const size_t before = strlen(error->text);
    if (report->path) add(error, "%.1000s: ", *report->path ? report->path : "(an empty path)");
    if (report->part) add(error, "%.100s: ", report->part);
    hide_controls(error->text + before);
    va_list list;
    va_start(list, format);
    append(error, format, list);
    va_end(list);
    return status;
}

tg_status tg__complain_memory(tg__report *report, size_t bytes)
{
    return tg__complain(report, TG_ERR_MEMORY, "out of memory (%zu bytes)", bytes);
}

tg_status tg__complain_errno(tg__report *report, const char *what, int number)
{
    char reason[128];
    const int before = errno;
    if (strerror_r(number, reason, sizeof reason) != 0)
        (void)snprintf(reason, sizeof reason, "error %d", number);
    errno = before;
    return tg__complain(report, TG_ERR_IO, "%s: %s", what, reason);
}

bool tg__io_options(void *options, const void *given, tg_error *error, const char *function)
{
    const char *fault = tg_options_read(options, given);
    if (!fault) return true;
    const tg_site at = given ? ((const tg_options *)given)->at : (tg_site){ 0 };
    tg__report report = tg__report_new(at, function, NULL, error);
    tg__complain(&report, TG_ERR_ARGUMENT, "%s", fault);
    return false;
}

const char *tg__text_seen(char out[TG_TEXT_SEEN], const char *text, size_t length)
{
    enum { ESCAPED = 4, ROOM = TG_TEXT_SEEN - 4 }; /* "\xNN"; room for "..." and the end */
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        const unsigned char c = (unsigned char)text[i];
        if (used + ESCAPED > ROOM) {
            memcpy(out + used, "...", 4);
            return out;
        }
        if (c >= 0x20 && c < 0x7f) out[used++] = (char)c;
        else used += (size_t)snprintf(out + used, ESCAPED + 1, "\\x%02x", c);
    }
    out[used] = 0;
    return out;
}

const char *tg__shape_seen(char out[TG_SHAPE_SEEN], tg_shape shape)
{
    size_t used = 0;
    out[used++] = '[';
    for (int i = 0; i < shape.rank; i++)
        used += (size_t)snprintf(out + used, TG_SHAPE_SEEN - used, "%s%lld", i ? ", " : "",
                                 (long long)shape.dim[i]);
    memcpy(out + used, "]", 2);
    return out;
}
