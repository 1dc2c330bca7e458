/* lower.h: what lower.c and order.c share: the lowering of a tape to values. */
#ifndef TG_LOWER_H
#define TG_LOWER_H

#include "plan/passes.h"

typedef struct tg__lowering {
    tg__program *program;
    const tg__wanted *wanted;
    tg__rewriter rewriter; /* the values so far */
    size_t length;         /* of what may be needed; the lists that follow go by x->place */
    uint8_t *state;        /* of each tape node */
    const bool *live;      /* is it needed? */
    uint32_t *uses;        /* of each tape node, by live ones */
    tg__ref *refs;
    uint32_t *base;               /* the node that a chain of views looks at */
    uint32_t *assign_of;          /* tape node -> first of its assignments + 1 */
    uint32_t *next_assign;        /* assignment -> next of the same value + 1 */
    uint32_t *user_first, *users; /* of variables that are assigned: who reads them */
    tg_tensor **stack;
    size_t depth, stack_capacity;
    tg__arena scratch; /* for what is not needed after lowering */
} tg__lowering;

/* The numbers of the wanted assignments in the order in which they come into the program. False
 * when out of memory. */
bool tg__order_assigns(const tg__lowering *l, uint32_t *order);

#endif
