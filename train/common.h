/* common.h: what the functions of train/ share: reading options whose errors go to a tg_error, and
 * a clock. Private to train/. */
#ifndef TG_TRAIN_COMMON_H
#define TG_TRAIN_COMMON_H

#include <tapegrad.h>

/* Clears *error, which may be NULL, and reads the options [given] over [args], which holds the
 * defaults of [function]. False with an error in *error. */
bool tg__train_options(void *args, const void *given, tg_error *error, const char *function);
/* Seconds since an unspecified moment; only differences mean something. */
double tg__seconds(void);

#endif
