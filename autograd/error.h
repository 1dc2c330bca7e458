/* error.h: errors. The first one of a tape or a store stays until it is cleared. */
#ifndef TG_ERROR_H
#define TG_ERROR_H

#include "autograd/tape.h"

#include <stdarg.h>

/* Writes one byte of the text only, because every run begins with it. */
static inline void tg__error_clear(tg_error *error)
{
    error->status = TG_OK;
    error->text[0] = 0;
}
void tg__error_set(tg_error *error, tg_status status, const char *format, ...) TG_PRINTF(3, 4);
void tg__error_add(tg_error *error, const char *format, ...) TG_PRINTF(2, 3);
void tg__error_vadd(tg_error *error, const char *format, va_list list) TG_PRINTF(2, 0);
/* Begins the tape's error, and gives true; false if it has one already. The text begins with
 * "file:line: tg_name: ", where [name] may be NULL; within another function with "file:line:
 * tg_function: in tg_name: ". What the call has recorded so far is removed (tg_enter). */
bool tg__fail_begin(tg_tape *tape, tg_site at, tg_status status, const char *name);
/* "tg_name: message" and a line for each operand with its shape and origin. Returns NULL. */
tg_tensor *tg__fail_op(tg_tape *tape, tg_site at, tg_status status, const char *name, int arity,
                       tg_tensor *const in[], const char *format, ...) TG_PRINTF(7, 8);
void tg__error_operands(tg_error *error, int arity, tg_tensor *const in[]);
/* The node if it is alive, else NULL. If it is stale, its tape gets an error, without the place
 * of the call, which is not known here: the next function that reports an error puts it in
 * (tg__place_message). */
const tg_tensor *tg__seen(const tg_tensor *x);
/* Reports on [tape] that operand [i] is stale. */
void tg__fail_stale(tg_tape *tape, tg_site at, const char *name, int i, const tg_tensor *x);
/* tg_feed for a function that has its caller's site: [at], with the function's name. */
tg_status tg__feed(tg_site at, tg_tensor *input, tg_dtype dtype, const void *data, size_t count);
/* Puts the place and the function into the tape's message if it has none yet (tg__seen). */
void tg__place_message(tg_tape *tape, tg_site at, const char *name);
/* "[64, 784]" into a buffer of TG_SHAPE_TEXT, which is returned. */
enum { TG_SHAPE_TEXT = 200 };
const char *tg__shape_text(char *buffer, int rank, const int64_t *dim);

#endif
