/* operands.h: the checks that losses and metrics share. Private to nn/. */
#ifndef TG_NN_OPERANDS_H
#define TG_NN_OPERANDS_H

#include <tapegrad.h>

/* A shape in words: "[64, 10]". */
typedef struct tg__nn_words {
    char text[TG_MAX_RANK * 22 + 4];
} tg__nn_words;
tg__nn_words tg__nn_shape_words(tg_shape shape);

/* [op] is the public function that checks, for its error. Both report on the tape. */
bool tg__nn_is_float(tg_site at, const char *op, const char *role, tg_tensor *x);
bool tg__nn_same_shape(tg_site at, const char *op, const char *role, tg_tensor *x,
                       const char *other, tg_tensor *y);

/* Do the labels fit the logits [..., classes]? False if either is NULL, or on an error. */
bool tg__nn_labels_fit(tg_site at, const char *op, tg_tensor *logits, tg_tensor *labels);
/* The labels, once they fit the logits [..., classes]; a label outside [0, classes) is an
 * error of the run. NULL if either is NULL, or on an error. */
tg_tensor *tg__nn_labels(tg_site at, const char *op, tg_tensor *logits, tg_tensor *labels);

/* x [..., n] as a matrix [rows, n]: one product is faster than a batch of them. */
tg_tensor *tg__nn_as_rows(tg_site at, tg_tensor *x);

#endif
