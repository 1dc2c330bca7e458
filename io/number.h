/* number.h: decimal numbers as text, read and written the same way in every locale. */
#ifndef TG_NUMBER_H
#define TG_NUMBER_H

#include <locale.h>
#include <stdbool.h>
#include <stddef.h>
#if defined(__APPLE__)
#include <xlocale.h>
#endif

/* The C locale, made when a number first needs it. Begins as all zero. */
typedef struct tg__numbers {
    locale_t c_locale;
} tg__numbers;

typedef enum tg__number_kind {
    TG_NUMBER,
    TG_NUMBER_NONFINITE, /* nan, inf, infinity, in any case, with a sign or not */
    TG_NUMBER_HUGE,      /* beyond the range of a double */
    TG_NUMBER_BAD,       /* not a number, or one with something behind it */
    TG_NUMBER_NO_MEMORY
} tg__number_kind;

/* Reads [length] bytes: [+-] digits [. digits] [e [+-] digits], correctly rounded. The byte
 * behind the text must be readable, and none that could continue a number. */
tg__number_kind tg__number_read(tg__numbers *numbers, const char *text, size_t length,
                                double *value);
enum { TG__NUMBER_ROOM = 32 };
/* Writes a number with as few digits as tg__number_read needs to read it back, bit for bit, of a
 * float if it is [single]; or nan, inf, -inf. False when out of memory. */
bool tg__number_write(tg__numbers *numbers, double value, bool single, char out[TG__NUMBER_ROOM]);
void tg__numbers_free(tg__numbers *numbers);

#endif
