/* loss_values.h: what every loss is at one point, and its first and second derivatives there, as
 * PyTorch 1.13 has them in double precision: of its own losses, and of the formulas in tg_loss.h
 * for those that it lacks; but for rankings and distributions. For test_loss.c. */
#ifndef TG_TESTS_LOSS_VALUES_H
#define TG_TESTS_LOSS_VALUES_H

#include <tapegrad.h>

enum { MOST_OPERANDS = 4 };

typedef struct known_loss {
    const char *name;
    int count;
    tg_shape shape[MOST_OPERANDS];
    const double *in[MOST_OPERANDS];
    size_t item_count;
    double sum, mean;
    const double *items;
    const double *slope[MOST_OPERANDS]; /* the gradients of the mean in each operand */
    /* The gradients of the sum of all slopes, whose elements are multiplied by -1, -0.5, 0, 0.5, 1,
     * -1, ... in turn. NULL: PyTorch has none. */
    const double *second[MOST_OPERANDS];
} known_loss;

#define D(...) (const double[]){ __VA_ARGS__ }
static const known_loss known_losses[] = {
#include "loss_values_rows.def"
#include "loss_values_pairs.def"
#include "loss_values_likelihoods.def"
};
#undef D

#endif
