/* number.h: decimal numbers as text, read and written alike in every locale. */
#ifndef TG_NUMBER_H
#define TG_NUMBER_H

#include <locale.h>
#include <stdbool.h>
#include <stddef.h>
#if defined(__APPLE__)
#include <xlocale.h>
#endif

/* The C locale, made when it is first needed. Must be zeroed before use. */
typedef struct tg__numbers {
    locale_t c_locale;
} tg__numbers;

typedef enum tg__number_kind {
    TG_NUMBER,
    TG_NUMBER_NONFINITE, /* nan, inf, infinity, in upper or lower case, with or without a sign */
    TG_NUMBER_HUGE,      /* beyond the range of a double */
    TG_NUMBER_BAD,       /* no number, or other characters behind it */
    TG_NUMBER_NO_MEMORY
} tg__number_kind;

/* Reads [length] bytes: [+-] digits [. digits] [e [+-] digits], correctly rounded. The byte behind
 * the text must be readable, and must not continue a number. */
tg__number_kind tg__number_read(tg__numbers *numbers, const char *text, size_t length,
                                double *value);
enum { TG__NUMBER_ROOM = 32 };
/* Writes the shortest decimal number that tg__number_read reads as the same double (or, if
 * [single], the same float); or nan, inf, -inf. False if there is no memory. */
bool tg__number_write(tg__numbers *numbers, double value, bool single, char out[TG__NUMBER_ROOM]);
void tg__numbers_free(tg__numbers *numbers);

#endif
