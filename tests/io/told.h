/* told.h: the error that a test program gives to the functions it calls, and what it says. */
#ifndef TG_TESTS_TOLD_H
#define TG_TESTS_TOLD_H

#include "tg_io.h"

#include <check.h>
#include <string.h>

static tg_error error;

static inline void ck_fine(tg_status status)
{
    ck_assert_msg(status == TG_OK && error.status == TG_OK && !error.text[0], "%s: %s",
                  tg_status_name(status), error.text);
}

/* The error is of that status and says [words]. */
static inline void ck_told(tg_status got, tg_status status, const char *words)
{
    ck_assert_msg(got == status && error.status == status, "%s: %s", tg_status_name(got),
                  error.text);
    ck_assert_msg(strstr(error.text, words) != NULL, "\"%s\" is not in: %s", words, error.text);
}

#endif
