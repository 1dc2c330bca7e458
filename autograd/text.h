/* text.h: printf for what the library prints and for its errors, and text that grows. Numbers have
 * a decimal point and no grouping, whatever locale the program or the thread has set; all else is
 * the C library's. Every format that may hold a %g, %f, %e or %a goes through here. */
#ifndef TG_TEXT_H
#define TG_TEXT_H

#include "kernels/memory.h"

#include <stdarg.h>

/* vsnprintf */
int tg__vformat(char *out, size_t size, const char *format, va_list list) TG_PRINTF(3, 0);
/* fprintf */
int tg__print(FILE *out, const char *format, ...) TG_PRINTF(2, 3);

typedef struct tg__text {
    const tg_allocator *allocator;
    char *at; /* with a 0 behind it; NULL: nothing yet */
    size_t length, capacity;
    bool failed; /* out of memory: what is put then is lost */
} tg__text;

void tg__text_put(tg__text *text, const char *format, ...) TG_PRINTF(2, 3);
void tg__text_add(tg__text *text, const char *from, size_t length);
/* What was written, "" for nothing. */
const char *tg__text_string(const tg__text *text);
void tg__text_free(tg__text *text);

#endif
