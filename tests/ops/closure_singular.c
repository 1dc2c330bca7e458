/* closure_singular.c: counts the rows of singular.h for the closure matrix. */
#include "closure_singular.h"

#include <string.h>

#include "singular.h"

int singular_count(const char *name)
{
    int count = 0;
    for (size_t i = 0; i < sizeof singular_rows / sizeof *singular_rows; i++)
        count += strcmp(singular_rows[i].op, name) == 0;
    return count;
}

const char *singular_reason_of(const char *name)
{
    for (size_t i = 0; i < sizeof singular_none / sizeof *singular_none; i++)
        if (strcmp(singular_none[i].name, name) == 0) return singular_none[i].reason;
    return NULL;
}
