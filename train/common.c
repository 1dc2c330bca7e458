/* common.c: reading options whose errors go to a tg_error, and a clock. */
#include "common.h"

#include <time.h>

bool tg__train_options(void *args, const void *given, tg_error *error, const char *function)
{
    if (error) *error = (tg_error){ .status = TG_OK };
    const char *fault = tg_options_read(args, given);
    if (!fault) return true;
    const tg_site at = given ? ((const tg_options *)given)->at : (tg_site){ 0 };
    (void)tg_error_set(error, at, TG_ERR_ARGUMENT, "%s: %s", function, fault);
    return false;
}

double tg__seconds(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) return 0;
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
