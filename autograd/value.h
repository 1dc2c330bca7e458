/* value.h: values, what a program is made of, and rewrite rules, by which an operation says what
 * a value may become.
 *
 * A program (plan/program.h) is a list of values, each computed by one operation from values before
 * it. It differs from a tape in two ways: what only looks at elements in another order is no value
 * of its own but a view, with which its users see the value behind; and equal values are one.
 *
 *     tape                           values
 *     %0 param w   [3, 4]            0 read   [3, 4]
 *     %1 permute   [4, 3]  of %0     1 exp    [4, 3]  of 0 seen as {4:1, 3:4}
 *     %2 exp       [4, 3]  of %1     2 add    [4, 3]  of 1, 1
 *     %3 exp       [4, 3]  of %1
 *     %4 add       [4, 3]  of %2, %3                                                          */
#ifndef TG_VALUE_H
#define TG_VALUE_H

#include "autograd/tape.h"
#include "kernels/memory.h"

/* No value, no leaf, no kernel, no register. */
#define TG__NONE UINT32_MAX

typedef struct tg__value {
    const tg_op *op;
    uint32_t *in;          /* operands: values with smaller numbers */
    const tg__view **view; /* how each is seen. NULL, of a map's operand: dense, as it is */
    const int64_t *dim;
    int64_t count;
    const void *attr; /* of a number: the number, a double */
    const tg_site *site;
    uint32_t attr_size;
    uint32_t leaf; /* of leaves, and of assignments the variable's; else TG__NONE */
    uint8_t dtype, rank;
    uint16_t arity;
    bool output;   /* read after the run */
    bool constant; /* the same in all runs, */
    bool stays;    /* and its memory is nobody else's */
} tg__value;

/* What a tape's node is in the program: a value, through a view that has the node's shape. NULL: as
 * it is. */
struct tg__ref {
    uint32_t value;
    const tg__view *view;
};
static inline tg__ref tg__no_ref(void) { return (tg__ref){ TG__NONE, NULL }; }

/* ---- Lists of values -------------------------------------------------------------------- */

/* A site of a tape, and the program's copy of it: the program may outlive the tape. */
typedef struct tg__kept_site {
    const tg_site *from, *kept;
} tg__kept_site;
enum { TG__KEPT_SITES = 256 };

/* A list that grows. The value behind the last one is being made: tg__value_new begins it, and
 * tg__value_keep ends it. */
typedef struct tg__values {
    const tg_allocator *allocator;
    tg__arena *arena;  /* for what values point at */
    const tg_op *copy; /* what tg__value_copy makes */
    tg__value *list;
    size_t count, capacity;
    uint32_t *slots; /* a hash table of equal values: number + 1, or 0 */
    size_t slot_count;
    size_t compared;                     /* how many entries searches have looked at */
    tg__kept_site sites[TG__KEPT_SITES]; /* those copied last, by hash */
} tg__values;

/* An empty list with room for [expected] values before anything is copied; false when out of
 * memory. [copy] is the operation of a view that needs memory; NULL where no view is made dense.
 * tg__values_end frees the table, and not the list. */
bool tg__values_begin(tg__values *values, const tg_allocator *allocator, tg__arena *arena,
                      const tg_op *copy, size_t expected);
void tg__values_end(tg__values *values);

/* A new value of the shape, dtype and site of [x], its operands still to be set. NULL when out of
 * memory. */
tg__value *tg__value_new(tg__values *values, const tg_tensor *x, const tg_op *op, int arity);
/* The same with the shape of [view] and those attributes; the operands are still to be set. */
tg__value *tg__value_new_as(tg__values *values, const tg_tensor *x, const tg__view *view,
                            const tg_op *op, int arity, const void *attr, size_t attr_size);
/* Copies attributes into the new value; false when out of memory. */
bool tg__value_set_attr(tg__values *values, tg__value *value, const void *attr, size_t size);
/* Makes the new value one of the list, unless an equal one is there. Returns its number. */
uint32_t tg__value_keep(tg__values *values);
/* Operand [i] of a map: its view is collapsed, and NULL if it is the whole value in order. False
 * when out of memory. */
bool tg__value_set_map_operand(tg__values *values, tg__value *value, int i, tg__ref r);
/* The view, copied; NULL when out of memory. */
const tg__view *tg__value_view(tg__values *values, const tg__view *view);
/* A dense copy of what [view] sees of value [from]; the node [x] gives dtype and site. */
tg__ref tg__value_copy(tg__values *values, const tg_tensor *x, uint32_t from, const tg__view *view);

/* ---- Rewriting -------------------------------------------------------------------------- */

/* What a rule is given: the values so far, and what the tape's nodes are among them. What a rule
 * has read of the list moves when it adds a value. */
struct tg__rewriter {
    tg__values values;
    const uint32_t *uses; /* of nodes by their places: how often they are used */
    const tg__ref *refs;  /* of those that are among the values already */
};

static inline tg__value *tg__value_at(tg__rewriter *r, uint32_t value)
{
    return &r->values.list[value];
}
/* What the operand of a node that is being rewritten is. */
static inline tg__ref tg__ref_of(const tg__rewriter *r, const tg_tensor *x)
{
    return r->refs[x->place];
}
static inline uint32_t tg__uses_of(const tg__rewriter *r, const tg_tensor *x)
{
    return r->uses[x->place];
}

/* [x], with those attributes, of what its operand, the value [inner], is made of: both in one. No
 * value when out of memory. */
tg__ref tg__value_joined(tg__rewriter *r, const tg_tensor *x, uint32_t inner, const void *attr,
                         size_t attr_size);

#endif
