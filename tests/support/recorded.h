/* recorded.h: the store and the tape that a test records on, and checks of what they say.
 * For test programs that are one suite of one file. */
#ifndef TG_TESTS_RECORDED_H
#define TG_TESTS_RECORDED_H

#include <tapegrad.h>

#include "tests/support/suite.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static tg_store *store;
static tg_tape *tape;

static inline void open_tape(void)
{
    store = tg_store_new(.seed = 7, .dtype = TG_F64);
    tape = tg_tape_new(store);
    ck_assert_ptr_nonnull(tape);
}

static inline void close_tape(void)
{
    tg_tape_free(tape);
    tg_store_free(store);
}

static inline void ck_no_error(void)
{
    ck_assert_msg(!tg_tape_error(tape)[0], "%s", tg_tape_error(tape));
}

static inline void ck_says(const char *words)
{
    ck_assert_msg(strstr(tg_tape_error(tape), words), "\"%s\" is not in: %s", words,
                  tg_tape_error(tape));
}

/* Does the message name that place? Compilers differ in the line of a call that stands on several.
 */
static inline bool names_place(const char *message, const char *file, int line)
{
    const char *name = strrchr(file, '/') ? strrchr(file, '/') + 1 : file;
    const char *place = strstr(message, name);
    const long named = place ? strtol(place + strlen(name) + 1, NULL, 10) : 0;
    return named <= line && named > line - 3;
}

/* The tape's error says [words] and names that place; then it is forgotten. */
static inline void ck_says_at(const char *file, int line, const char *words)
{
    ck_assert_msg(tg_tape_status(tape) != TG_OK, "%s:%d is not refused", file, line);
    ck_says(words);
    ck_assert_msg(names_place(tg_tape_error(tape), file, line), "%s:%d is not in: %s", file, line,
                  tg_tape_error(tape));
    tg_tape_clear_error(tape);
}

/* [expression] gives NULL and an error of that status that says [words]. */
#define ck_refused(expression, status, words)                                                      \
    do {                                                                                           \
        ck_assert_ptr_null(expression);                                                            \
        ck_assert_int_eq(tg_tape_status(tape), status);                                            \
        ck_says_at(__FILE__, __LINE__, words);                                                     \
    } while (0)

/* Equal, or within [tolerance] of 1 + |want|. */
static inline void ck_close(double got, double want, double tolerance)
{
    const bool same = got == want || (isnan(got) && isnan(want));
    ck_assert_msg(same || fabs(got - want) <= tolerance * (1 + fabs(want)), "got %.17g, want %.17g",
                  got, want);
}

static inline void ck_values(tg_tensor *x, size_t count, const double *want)
{
    double got[64];
    ck_no_error();
    ck_assert_int_eq(tg_count(x), (int64_t)count);
    ck_assert_int_eq(tg_get(x, got, count), TG_OK);
    for (size_t i = 0; i < count; i++) ck_close(got[i], want[i], 1e-14);
}

static inline void run(tg_plan *plan)
{
    ck_no_error();
    ck_assert_msg(tg_run(plan) == TG_OK, "%s", tg_plan_error(plan));
}

#endif
