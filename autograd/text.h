/* text.h: printf for what the library prints and for its errors. Numbers have a decimal point
 * and no grouping, whatever locale the program or the thread has set; all else is the C
 * library's. Every format that may hold a %g, %f, %e or %a goes through here. */
#ifndef TG_TEXT_H
#define TG_TEXT_H

#include "tg_base.h"

#include <stdarg.h>

/* vsnprintf */
int tg__vformat(char *out, size_t size, const char *format, va_list list) TG_PRINTF(3, 0);
/* fprintf */
int tg__print(FILE *out, const char *format, ...) TG_PRINTF(2, 3);

#endif
