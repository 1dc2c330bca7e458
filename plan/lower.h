/* lower.h: what lower.c and simplify.c share: the list of values as it grows. */
#ifndef TG_LOWER_H
#define TG_LOWER_H

#include "plan/plan.h"

/* A tape node as the plan sees it: a value, through a view (NULL: as it is). */
typedef struct tg__ref {
    uint32_t value;
    const tg__view *view;
} tg__ref;

/* A tape's site, and the plan's copy of it. */
typedef struct tg__kept_site {
    const tg_site *from, *kept;
} tg__kept_site;
enum { TG__KEPT_SITES = 256 };

typedef struct tg__lowering {
    tg_plan *plan;
    tg_tape *tape;
    const tg__wanted *wanted;
    size_t length;    /* of what may be needed; what follows goes by x->place */
    uint8_t *state;   /* of each tape node */
    const bool *live; /* is it needed? */
    uint32_t *uses;   /* of each tape node, by live ones */
    tg__ref *refs;
    uint32_t *base;               /* the node that a chain of views looks at */
    uint32_t *assign_of;          /* tape node -> first of its assignments + 1 */
    uint32_t *next_assign;        /* assignment -> next of the same value + 1 */
    uint32_t *user_first, *users; /* of variables that are assigned: who reads them */
    uint32_t *slots;              /* equal values, by hash: value + 1 */
    size_t slot_count;
    tg_tensor **stack;
    size_t depth, stack_capacity;
    tg__kept_site sites[TG__KEPT_SITES]; /* those copied last, by hash */
    tg__arena scratch;                   /* for what is not needed after lowering */
} tg__lowering;

/* A new value of the shape and dtype of [x], behind the last one, its operands still to be
 * set. tg__lower_keep makes it one of the list, unless an equal one is there already, and
 * returns its number. NULL when out of memory. */
tg__value *tg__lower_new(tg__lowering *l, const tg_tensor *x, const tg_op *op, int arity);
uint32_t tg__lower_keep(tg__lowering *l);
/* Sets operand [i] of a map: NULL or a collapsed view. False when out of memory. */
bool tg__set_map_operand(tg__lowering *l, tg__value *value, int i, tg__ref r);
/* The view, copied into the plan; NULL when out of memory. */
const tg__view *tg__keep_view(tg__lowering *l, const tg__view *view);
/* A dense copy of what the view sees of value [from]; [x] gives dtype and site. */
tg__ref tg__lower_copy(tg__lowering *l, const tg_tensor *x, uint32_t from, const tg__view *view);
tg__ref tg__lower_leaf(tg__lowering *l, tg_tensor *x);

/* The numbers of the wanted assignments in the order in which they come into the plan. False when
 * out of memory. */
bool tg__order_assigns(const tg__lowering *l, uint32_t *order);

/* What [op] of [in] is simpler than it looks: a value it equals in every bit; else TG_NO_VALUE.
 * [in] may be rewritten, and so may the operation. */
tg__ref tg__simplify(tg__lowering *l, const tg_op **op, tg__ref *in);
/* Numbers that stay as they are give a number, by the very function that a run would call. */
bool tg__fold(tg__lowering *l, const tg_tensor *x, const tg_op *op, const tg__ref *in,
              tg__ref *result);
/* If [view] is nothing but the transpose of a product that nobody else wants, the product of
 * the transposes in the other order: (a . b)^T = b^T . a^T, which a BLAS does for nothing. */
bool tg__transposed_dot(tg__lowering *l, const tg_tensor *x, tg__ref r, const tg__view *view,
                        tg__ref *result);
/* Products that sum over one term become multiplications, which loops take with what follows: the
 * gradient of a weight by one row of a batch goes into the update without being laid out. Last of
 * all, so that transposes have found their products before. False when out of memory. */
bool tg__spread_outer_products(tg__lowering *l);
/* If [x] folds up a product whose one operand had the windows' axes, and the other the axes of
 * their places (the gradient of a convolution by its input): the product with windows of that other
 * operand, padded, which adds up the same without laying out what is to be folded. */
bool tg__folded_dot(tg__lowering *l, const tg_tensor *x, tg__ref *result);
/* If [x] shows a part of a product that nobody else wants, cut along one axis that is one
 * operand's: the product with that part of the operand. [whole] and [part]: what is seen of the
 * product without and with the cut. */
bool tg__sliced_dot(tg__lowering *l, const tg_tensor *x, tg__ref r, const tg__view *whole,
                    const tg__view *part, tg__ref *result);
/* If [x] folds what another fold gives, along another axis: both in one. */
bool tg__joined_fold(tg__lowering *l, const tg_tensor *x, tg__ref *result);
/* If [x] pads what another pad gives, and along other axes: both in one. */
bool tg__joined_pad(tg__lowering *l, const tg_tensor *x, tg__ref *result);

#endif
