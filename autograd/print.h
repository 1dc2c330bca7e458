/* print.h: what dumps and drawings share. */
#ifndef TG_PRINT_H
#define TG_PRINT_H

#include <stdio.h>

/* A path's last part. */
const char *tg__base_name(const char *path);
/* Text inside a Graphviz label: quotes and backslashes are escaped. */
void tg__print_quoted(const char *text, FILE *out);

#endif
