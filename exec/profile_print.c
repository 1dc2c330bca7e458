/* profile_print.c: what was measured of a plan, as a table and as a trace. */
#include "exec/backend.h"
#include "exec/plan.h"
#include "exec/profile.h"
#include "tg_profile.h"

#include <inttypes.h>

/* ---- What a kernel is ------------------------------------------------------------------- */

enum { TEXT = 200, MOST_NAMES = 6, MOST_LINES = 3 };

/* Adds to a text of TEXT bytes, which is cut where it is too long. */
static void add(char *text, const char *format, const char *word, int number)
{
    const size_t used = strlen(text);
    if (number >= 0) (void)snprintf(text + used, TEXT - used, format, word, number);
    else (void)snprintf(text + used, TEXT - used, format, word);
}

/* "sub exp sum div": the operations of the kernel. */
static void name_operations(const tg__program *program, const tg__kernel *kernel, char *text)
{
    const uint32_t *order = tg__kernel_values(program, kernel);
    text[0] = 0;
    for (uint32_t i = 0; i < kernel->length && i < MOST_NAMES; i++)
        add(text, i ? " %s" : "%s", program->values[order[i]].op->name, -1);
    if (kernel->length > MOST_NAMES) add(text, " %s (%d in all)", "..", (int)kernel->length);
}

/* "model.c:12 14 15": the lines that its values are of, the last one's first. */
static void name_lines(const tg__program *program, const tg__kernel *kernel, char *text)
{
    const uint32_t *order = tg__kernel_values(program, kernel);
    int lines[MOST_LINES], count = 0;
    const char *file = NULL;
    text[0] = 0;
    for (uint32_t i = kernel->length; i-- > 0 && count < MOST_LINES;) {
        const tg_site *site = program->values[order[i]].site;
        bool known = !site->file;
        for (int j = 0; j < count; j++) known |= lines[j] == site->line && file == site->file;
        if (known) continue;
        lines[count++] = site->line;
        if (file == site->file) add(text, "%s%d", " ", site->line);
        else {
            if (file) add(text, "%s", " ", -1);
            add(text, "%s:%d", tg__base_name(site->file), site->line);
        }
        file = site->file;
    }
}

/* ---- The table -------------------------------------------------------------------------- */

static const double LEAST = 0.001; /* a kernel's share of the time that is worth a row */

static void print_time(double seconds, FILE *out)
{
    if (seconds < 1e-3) tg__print(out, "%9.2f us", 1e6 * seconds);
    else if (seconds < 1) tg__print(out, "%9.3f ms", 1e3 * seconds);
    else tg__print(out, "%9.3f s ", seconds);
}

static void print_row(const tg_plan *plan, const tg_profile_row *row, uint32_t k, double whole,
                      FILE *out)
{
    const tg__program *program = plan->program;
    const double each = row->seconds / (double)row->runs;
    char names[TEXT], lines[TEXT];
    name_operations(program, &program->kernels[k], names);
    name_lines(program, &program->kernels[k], lines);
    tg__print(out, "%6.1f%% ", whole > 0 ? 100 * row->seconds / whole : 0.0);
    print_time(each, out);
    tg__print(out, " %9.3f %9.3f ", each > 0 ? 1e-9 * row->bytes / each : 0.0,
              each > 0 ? 1e-9 * row->operations / each : 0.0);
    if (row->limit > 0 && each > 0) tg__print(out, "%6.0f%%", 100 * row->limit / each);
    else fputs("      -", out);
    fprintf(out, "  %-9s %s  ; %s\n", row->backend, names, lines);
}

void tg_profile_print(tg_plan *plan, FILE *out)
{
    const size_t count = tg_profile_count(plan);
    if (!count || !out) return;
    const tg_profile_row first = tg_profile_nth(plan, 0); /* sorts them, and measures the limits */
    const tg__profile *profile = plan->profile;
    double whole = 0;
    for (size_t k = 0; k < plan->program->kernel_count; k++) whole += profile->kernel_seconds[k];
    (void)first;
    fprintf(out, "%" PRId64 " run%s of a plan of %zu kernel%s, ", profile->runs,
            profile->runs == 1 ? "" : "s", plan->program->kernel_count,
            plan->program->kernel_count == 1 ? "" : "s");
    print_time(profile->seconds / (double)profile->runs, out);
    tg__print(out, " each, %.1f%% of it in kernels; %d thread%s\n",
              profile->seconds > 0 ? 100 * whole / profile->seconds : 0.0, plan->threads,
              plan->threads == 1 ? "" : "s");
    tg__print(
        out,
        "this machine's limits: %.1f GB/s, and %.1f (f32) and %.1f (f64) GFLOP/s in products\n"
        "   time       a run      GB/s   GFLOP/s   limit  kernel\n",
        1e-9 * profile->limits.bytes, 1e-9 * profile->limits.f32, 1e-9 * profile->limits.f64);
    size_t i = 0;
    for (; i < count; i++) {
        const tg_profile_row row = tg_profile_nth(plan, i);
        if (row.seconds < LEAST * whole) break; /* so are all that follow */
        print_row(plan, &row, profile->order[i], whole, out);
    }
    if (i < count)
        tg__print(out, "  and %zu kernel%s of less than %.1f%% each\n", count - i,
                  count - i == 1 ? "" : "s", 100 * LEAST);
}

/* ---- The trace -------------------------------------------------------------------------- */

/* A string of JSON. Names and paths are UTF-8, or bytes that readers show as they can. */
static void print_string(const char *text, FILE *out)
{
    fputc('"', out);
    for (; *text; text++) {
        const unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\') fprintf(out, "\\%c", c);
        else if (c < 0x20) fprintf(out, "\\u%04x", c);
        else fputc(c, out);
    }
    fputc('"', out);
}

static void print_event(const tg_plan *plan, const tg__event *event, FILE *out)
{
    const tg__program *program = plan->program;
    const tg__kernel *kernel = &program->kernels[event->kernel];
    char names[TEXT], lines[TEXT];
    const tg__cost cost = plan->profile->costs[event->kernel];
    name_operations(program, kernel, names);
    name_lines(program, kernel, lines);
    fputs("{\"name\": ", out);
    print_string(names, out);
    fputs(", \"cat\": ", out);
    print_string(plan->instance->exe->kernels[event->kernel].backend->name, out);
    tg__print(out, ", \"ph\": \"X\", \"pid\": 1, \"tid\": 1, \"ts\": %.3f, \"dur\": %.3f, ",
              1e6 * event->begin, 1e6 * (event->end - event->begin));
    fprintf(out,
            "\"args\": {\"kernel\": %zu, \"lines\": ", program->kernel_count - 1 - event->kernel);
    print_string(lines, out);
    tg__print(out, ", \"bytes\": %.0f, \"operations\": %.0f}}", cost.bytes, cost.operations);
}

void tg_profile_trace(tg_plan *plan, FILE *out)
{
    if (!plan || !out) return;
    const tg__profile *profile = plan->profile;
    const size_t all = profile ? profile->event_count : 0;
    fputs("{\"displayTimeUnit\": \"ns\", \"traceEvents\": [", out);
    for (size_t i = all > TG__EVENTS ? all - TG__EVENTS : 0, first = i; i < all; i++) {
        fputs(i > first ? ",\n" : "\n", out);
        print_event(plan, &profile->events[i % TG__EVENTS], out);
    }
    fputs("\n]}\n", out);
}
