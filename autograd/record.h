/* record.h: recording: what operations check, and how they append a node. */
#ifndef TG_RECORD_H
#define TG_RECORD_H

#include "autograd/tape.h"

/* Can the operands be used together: are they not NULL, alive, and on one tape without an error?
 * Reports what is wrong, except a NULL or the tape's error, which have been reported. */
bool tg__ready(tg_site at, const char *name, int arity, tg_tensor *const in[]);
/* The tape of a list's first node; NULL for an empty list. */
tg_tape *tg__list_tape(tg_list list);
/* The same of an operation's list of operands, one to UINT16_MAX of them, whose number is [count].
 */
bool tg__list_ready(tg_site at, const char *name, tg_list list, int *count);
/* The tape exists and has not failed. */
bool tg__tape_ready(const tg_tape *tape);
/* A shape's rank and dims are legal and its count and bytes can exist; else reports. */
bool tg__shape_ok(tg_tape *tape, tg_site at, const char *name, tg_dtype dtype, int rank,
                  const int64_t *dim);
/* Turns a possibly negative axis into [0, rank), or reports it and returns -1. */
int tg__axis(tg_site at, const char *name, tg_tensor *x, int axis);

/* Appends a node. [dim] may belong to an operand (it is then shared) or be a local. Operands
 * have been checked. NULL, with an error, when out of memory or too large. */
tg_tensor *tg__record(tg_tape *tape, tg_site at, const tg_op *op, tg_dtype dtype, int rank,
                      const int64_t *dim, int arity, tg_tensor *const in[], const void *attr,
                      size_t attr_size);
/* The site with that function's name, if it has none: the name of the function that the user
 * called stays. */
static inline tg_site tg__within(tg_site at, const char *function)
{
    if (!at.function) at.function = function;
    return at;
}
/* For a function that records several nodes, all or none: if its result [y] is NULL, what the
 * tape has beyond [length] is removed, with its assignments and keys. Returns y. */
tg_tensor *tg__whole(tg_tape *tape, size_t length, tg_tensor *y);
/* Frees the sites of the tape's nodes. */
void tg__sites_free(tg_tape *tape);
/* The same shape and dtype as the first operand, no attributes. */
tg_tensor *tg__record_like(tg_site at, const tg_op *op, int arity, tg_tensor *const in[]);

static inline int64_t tg__elements(const tg_tensor *x)
{
    int64_t count = 1;
    for (int i = 0; i < x->rank; i++) count *= x->dim[i];
    return count;
}
static inline bool tg__same_shape(const tg_tensor *a, const tg_tensor *b)
{
    return a->rank == b->rank &&
           (a->dim == b->dim || memcmp(a->dim, b->dim, sizeof(int64_t) * a->rank) == 0);
}

#endif
