/* operands.h: the checks that layers, losses and metrics share. Private to nn/. */
#ifndef TG_NN_OPERANDS_H
#define TG_NN_OPERANDS_H

#include <tapegrad.h>

/* A shape in words: "[64, 10]". */
typedef struct tg__nn_words {
    char text[TG_MAX_RANK * 22 + 4];
} tg__nn_words;
tg__nn_words tg__nn_shape_words(tg_shape shape);

/* tg_enter with operands of which the first [required] must be there; others may be NULL. */
bool tg__nn_enter(tg_site *at, const char *op, size_t required, size_t count,
                  tg_tensor *const operands[]);
#define TG__NN_OPERANDS(...)                                                                       \
    sizeof((tg_tensor *[]){ __VA_ARGS__ }) / sizeof(tg_tensor *), (tg_tensor *[]) { __VA_ARGS__ }

/* Does [from] broadcast to [to], which stays as it is? */
bool tg__nn_broadcasts(tg_shape from, tg_shape to);

/* [op] is the public function that checks, for its error, which goes to the tape. */
bool tg__nn_is_float(tg_site at, const char *op, const char *role, tg_tensor *x);
/* Is y float, and has it the shape and the dtype of the float x? */
bool tg__nn_matches(tg_site at, const char *op, const char *role, tg_tensor *x, const char *other,
                    tg_tensor *y);

/* What stands in a message behind its place, which is [at], and the name of the function: for those
 * who tell it as theirs. */
void tg__nn_rest_of_message(tg_site at, const char *message, char rest[TG_ERROR_TEXT]);

/* Do the labels fit the logits [..., classes]? False if either is NULL, or on an error. */
bool tg__nn_labels_fit(tg_site at, const char *op, tg_tensor *logits, tg_tensor *labels);
/* The labels, once they fit the logits [..., classes]; a label outside [0, classes) is an
 * error of the run. NULL if either is NULL, or on an error. */
tg_tensor *tg__nn_labels(tg_site at, const char *op, tg_tensor *logits, tg_tensor *labels);

/* x [..., n] as a matrix [rows, n]: one product is faster than a batch of them. */
tg_tensor *tg__nn_as_rows(tg_site at, tg_tensor *x);

#endif
