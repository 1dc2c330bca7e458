/* common.h: what the functions of train/ share: options whose errors go to a tg_error, and a clock.
 * Private to train/. */
#ifndef TG_TRAIN_COMMON_H
#define TG_TRAIN_COMMON_H

#include <tapegrad.h>

/* Empties the error, which may be NULL, and reads the options of [given] over those of [args], which
 * has the defaults of [function]. False with the error told. */
bool tg__train_options(void *args, const void *given, tg_error *error, const char *function);
/* Seconds since some moment in the past. */
double tg__seconds(void);

#endif
