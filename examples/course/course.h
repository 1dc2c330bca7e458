/* course.h: what the programs of the course share: their options, and what they expect of their
 * figures. plot.h has pictures. */
#ifndef EXAMPLES_COURSE_H
#define EXAMPLES_COURSE_H

#include "plot.h"

#include <tapegrad.h>

/* A run of one of them.
 *
 *     course c = course_begin(argc, argv, "perceptron", about);
 *     ...
 *     course_expect(&c, "and_errors", errors, 0, 0);
 *     plot *p = plot_new("The line moves until no point is on its wrong side", 2);
 *     ...
 *     return course_end(&c, p);
 */
typedef struct course {
    const char *name;
    int64_t seed;        /* --seed; default 1 */
    const char *picture; /* --picture, an SVG file; NULL: none is written */
    /* The rest is private. */
    double started;
    int failures;
    char figures[1024];
} course;

/* Reads the command line: --help prints [about], --seed and --picture are taken. Ends the program on
 * --help and on what makes no sense, as parse_options does. */
course course_begin(int argc, char **argv, const char *name, const char *about);
/* A figure of the result line, which must lie in [low, high], or the program fails. State what theory
 * says, with room for other seeds, not what this run happened to give. */
bool course_expect(course *c, const char *key, double value, double low, double high);
/* The same for something that is true or not. */
bool course_check(course *c, const char *key, bool holds);
/* Fails with the error of a tape or a store, if there is one; true if there is none. */
bool course_fine(course *c, const tg_tape *tape);
/* Writes the picture (NULL: there is none) and frees it, prints the last line, "result: course=NAME
 * KEY=VALUE ... seconds=1.23", and returns main's result: 0 if all was as expected. */
int course_end(course *c, plot *picture);

#endif
