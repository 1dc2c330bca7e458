/* course.c: options, expectations and the result line of the course's programs. */
#include "course.h"

#include "common.h"

#include <math.h>
#include <string.h>

course course_begin(int argc, char **argv, const char *name, const char *about)
{
    course c = { .name = name, .seed = 1, .started = seconds_now() };
    parse_options(argc, argv, about,
                  (const option[]){ { "seed", "for all that is drawn", .count = &c.seed },
                                    { "picture", "SVG file to write", .text = &c.picture },
                                    { 0 } });
    return c;
}

static void add_figure(course *c, const char *key, const char *value)
{
    const size_t used = strlen(c->figures);
    (void)snprintf(c->figures + used, sizeof c->figures - used, " %s=%s", key, value);
}

bool course_expect(course *c, const char *key, double value, double low, double high)
{
    char text[32];
    const bool whole = value == floor(value) && fabs(value) < 1e6;
    (void)tg_format(text, sizeof text, whole ? "%.0f" : "%.4g", value);
    add_figure(c, key, text);
    if (value >= low && value <= high) return true;
    char line[256];
    (void)tg_format(line, sizeof line, "%s: %s is %s, and should lie in [%g, %g]\n", c->name, key,
                    text, low, high);
    fputs(line, stderr);
    c->failures++;
    return false;
}

bool course_check(course *c, const char *key, bool holds)
{
    add_figure(c, key, holds ? "yes" : "no");
    if (!holds) fprintf(stderr, "%s: %s does not hold\n", c->name, key);
    c->failures += !holds;
    return holds;
}

bool course_fine(course *c, const tg_tape *tape)
{
    if (!tg_report(tape, stderr)) return true;
    c->failures++;
    return false;
}

int course_end(course *c, plot *picture)
{
    if (picture && c->picture && !plot_write(picture, c->picture)) {
        fprintf(stderr, "%s: %s cannot be written\n", c->name, c->picture);
        c->failures++;
    }
    plot_free(picture);
    char seconds[32];
    (void)tg_format(seconds, sizeof seconds, "%.2f", seconds_now() - c->started);
    printf("result: course=%s%s seconds=%s\n", c->name, c->figures, seconds);
    return c->failures > 0;
}
