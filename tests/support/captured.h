/* captured.h: what a function prints to a stream, as a string. */
#ifndef TG_TESTS_CAPTURED_H
#define TG_TESTS_CAPTURED_H

#include <check.h>
#include <stdio.h>
#include <string.h>

static char captured[1 << 16];

/* A stream whose text is in [captured] once it has been closed. */
static inline FILE *capture(void)
{
    captured[0] = 0;
    FILE *out = fmemopen(captured, sizeof captured, "w");
    ck_assert_ptr_nonnull(out);
    return out;
}

static inline void ck_captured(const char *words)
{
    ck_assert_msg(strstr(captured, words), "\"%s\" is not in: %s", words, captured);
}

/* How often [words] occurs in the captured text. */
static inline int captured_times(const char *words)
{
    int times = 0;
    for (const char *at = captured; (at = strstr(at, words)); at++) times++;
    return times;
}

#endif
