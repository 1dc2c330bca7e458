/* errors_told.h: checks of the errors that functions about files and data tell a tg_error or keep:
 * for the errors_*.c of io/. */
#ifndef TG_TESTS_ERRORS_TOLD_H
#define TG_TESTS_ERRORS_TOLD_H

#include "tests/support/bad_input.h"

static tg_error error;

/* The message has these words and names the file of the call; the store and its tapes are as they
 * were. */
static inline void ck_text_told(const char *call, const char *file, tg_status status,
                                const char *text, const char *words)
{
    const char *slash = strrchr(file, '/');
    ck_assert_msg(strstr(text, words) != NULL, "\"%s\" is not in: %s", words, text);
    ck_assert_msg(strstr(text, slash ? slash + 1 : file) != NULL, "%s: no place in: %s", call,
                  text);
    contract_note("", call, contract_kind(status, text), text);
    ck_no_error();
    ck_unchanged(call);
}

/* The error has that status besides; then it is forgotten. */
static inline void ck_told(const char *call, const char *file, tg_status got, tg_status status,
                           const char *words)
{
    ck_assert_msg(got == status && error.status == status, "%s: %s: %s", call, tg_status_name(got),
                  error.text);
    ck_text_told(call, file, status, error.text, words);
    error = (tg_error){ TG_OK, "" };
}

/* The call, which returns a status, fails. */
#define TELLS(call, status, words)                                                                 \
    do {                                                                                           \
        remember();                                                                                \
        const tg_status answer = (call);                                                           \
        ck_told(#call, __FILE__, answer, status, words);                                           \
    } while (0)
/* The call returns NULL. */
#define REFUSES(call, wanted, words)                                                               \
    do {                                                                                           \
        remember();                                                                                \
        ck_assert_ptr_null(call);                                                                  \
        ck_told(#call, __FILE__, error.status, wanted, words);                                     \
    } while (0)

#endif
