/* progress.c: a progress bar, which is drawn only on a terminal. */
#include "io/io.h"

#include "kernels/clock.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

enum { FRESH = 0, DRAWING, QUIET };
enum { LINE_BYTES = 80, BAR_CELLS = 20 };

static bool is_terminal(FILE *out)
{
    const int before = errno;
    const int descriptor = fileno(out); /* -1 for a stream in memory */
    const bool terminal = descriptor >= 0 && isatty(descriptor);
    errno = before;
    return terminal;
}

static void begin(tg_progress *bar)
{
    bar->state = bar->out && (bar->always || is_terminal(bar->out)) ? DRAWING : QUIET;
    bar->started = tg__clock();
    bar->drawn = bar->started - 1;
    bar->done = 0;
    bar->width = 0;
    bar->text[0] = 0;
}

/* ---- Drawing ------------------------------------------------------------------------ */

/* A line that is being written; what does not fit is cut off. */
typedef struct line {
    char text[LINE_BYTES];
    size_t used;
} line;

static void add(line *out, const char *format, ...) TG_PRINTF(2, 3);
static void add(line *out, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    const size_t room = sizeof out->text - out->used;
    const int wrote = tg__vformat(out->text + out->used, room, format, list);
    va_end(list);
    if (wrote > 0) out->used += (size_t)wrote < room ? (size_t)wrote : room - 1;
}

static void add_time(line *out, double seconds)
{
    const double capped = seconds < 359999 ? seconds : 359999; /* at most 99:59:59; also for NaN */
    const int whole = capped > 0 ? (int)capped : 0;
    if (whole >= 3600) add(out, " %d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60);
    else add(out, " %d:%02d", whole / 60, whole % 60);
}

static void add_bar(line *out, const tg_progress *bar)
{
    char cells[BAR_CELLS + 1];
    const double share = (double)bar->done / (double)bar->total;
    const int full = (int)(share * BAR_CELLS);
    for (int i = 0; i < BAR_CELLS; i++) cells[i] = i < full ? '=' : i == full ? '>' : ' ';
    cells[BAR_CELLS] = 0;
    add(out, "[%s] %3d%% ", cells, (int)(share * 100));
}

/* Label, bar, count, rate, time left (at the end: time taken), and the caller's text. */
static void compose(line *out, const tg_progress *bar, double now)
{
    const double taken = now - bar->started;
    const double timed = (double)bar->done - 1; /* measured from the end of the first step */
    const bool over = bar->total > 0 && bar->done >= bar->total;
    if (bar->label) add(out, "%.30s ", bar->label);
    if (bar->total > 0) {
        add_bar(out, bar);
        add(out, "%lld/%lld", (long long)bar->done, (long long)bar->total);
    } else {
        add(out, "%lld", (long long)bar->done);
    }
    if (taken > 0 && timed > 0) {
        const double rate = timed / taken;
        if (rate >= 1) add(out, " %.*f/s", rate < 100 ? 1 : 0, rate);
        else add(out, " %.1fs each", 1 / rate);
    }
    if (over || bar->total <= 0) add_time(out, taken);
    else if (timed > 0) add_time(out, taken / timed * (double)(bar->total - bar->done));
    if (bar->text[0]) add(out, " %s", bar->text);
}

/* Replaces control characters, and removes an incomplete UTF-8 character at the end. */
static void clean(line *out)
{
    if (out->used == sizeof out->text - 1) {
        size_t end = out->used;
        while (end > 0 && ((unsigned char)out->text[end - 1] & 0xC0) == 0x80) end--;
        if (end > 0 && (unsigned char)out->text[end - 1] >= 0xC0) out->text[end - 1] = 0;
    }
    for (char *p = out->text; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f) *p = '?';
}

static void draw(tg_progress *bar, double now)
{
    const int before = errno;
    line out = { .used = 0 };
    compose(&out, bar, now);
    clean(&out);
    /* Spaces overwrite the rest of a longer line. */
    (void)fprintf(bar->out, "\r%-*s", bar->width, out.text);
    (void)fflush(bar->out);
    bar->width = (int)strlen(out.text);
    bar->drawn = now;
    errno = before;
}

/* ---- Steps -------------------------------------------------------------------------- */

/* Replaces "-nan", as printf writes a NaN with its sign bit set, by "nan". */
static void plain_nan(char *text)
{
    for (char *p = text; (p = strstr(p, "-nan")) != NULL;) memmove(p, p + 1, strlen(p));
}

void tg_progress_step(tg_progress *bar, const char *format, ...)
{
    if (!bar) return;
    if (bar->state == FRESH) begin(bar);
    bar->done++;
    const bool last = bar->total > 0 && bar->done >= bar->total;
    if (bar->state == DRAWING) {
        if (format) {
            va_list list;
            va_start(list, format);
            if (tg__vformat(bar->text, sizeof bar->text, format, list) < 0) bar->text[0] = 0;
            va_end(list);
            plain_nan(bar->text);
        }
        const double now = tg__clock();
        if (!last && now - bar->drawn >= 0.1) draw(bar, now);
    }
    if (last) tg_progress_end(bar);
}

void tg_progress_clear(tg_progress *bar)
{
    if (!bar || bar->state != DRAWING || bar->width == 0) return;
    const int before = errno;
    (void)fprintf(bar->out, "\r%*s\r", bar->width, "");
    (void)fflush(bar->out);
    errno = before;
    bar->width = 0;
    bar->drawn -= 1; /* so that the next step draws */
}

void tg_progress_end(tg_progress *bar)
{
    if (!bar || bar->state == FRESH) return;
    if (bar->state == DRAWING) {
        draw(bar, tg__clock());
        (void)fputc('\n', bar->out);
        (void)fflush(bar->out);
    }
    bar->state = FRESH;
}
