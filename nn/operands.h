/* operands.h: the checks that layers, losses and metrics share. Private to nn/. */
#ifndef TG_NN_OPERANDS_H
#define TG_NN_OPERANDS_H

#include <tapegrad.h>

/* A shape as text: "[64, 10]". */
typedef struct tg__nn_words {
    char text[TG_MAX_RANK * 22 + 4];
} tg__nn_words;
tg__nn_words tg__nn_shape_words(tg_shape shape);

/* tg_enter, where only the first [required] operands must not be NULL. */
bool tg__nn_enter(tg_site *at, const char *op, size_t required, size_t count,
                  tg_tensor *const operands[]);
#define TG__NN_OPERANDS(...)                                                                       \
    sizeof((tg_tensor *[]){ __VA_ARGS__ }) / sizeof(tg_tensor *), (tg_tensor *[]) { __VA_ARGS__ }

/* True if the shape [from] broadcasts to [to] without changing it. */
bool tg__nn_broadcasts(tg_shape from, tg_shape to);

/* In what follows [op] is the public function that checks: the error on the tape has its name, and
 * [role] for the operand. A NULL operand gives false (NULL) silently. */
bool tg__nn_is_float(tg_site at, const char *op, const char *role, tg_tensor *x);
/* True if y has the shape and the dtype of the float x. */
bool tg__nn_matches(tg_site at, const char *op, const char *role, tg_tensor *x, const char *other,
                    tg_tensor *y);

/* The text of [message] behind the site [at] and the function's name, for a function that reports
 * it again under its own name. */
void tg__nn_rest_of_message(tg_site at, const char *message, char rest[TG_ERROR_TEXT]);

/* True if the labels fit the logits [..., classes]: integers, of the logits' shape without the last
 * axis. */
bool tg__nn_labels_fit(tg_site at, const char *op, tg_tensor *logits, tg_tensor *labels);
/* The labels, checked as above; a label outside [0, classes) is an error of the run. NULL on an
 * error. */
tg_tensor *tg__nn_labels(tg_site at, const char *op, tg_tensor *logits, tg_tensor *labels);

/* x [..., n] as a matrix [rows, n]: one matrix product is faster than a batch of them. */
tg_tensor *tg__nn_as_rows(tg_site at, tg_tensor *x);

#endif
