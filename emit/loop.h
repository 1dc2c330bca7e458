/* loop.h: a kernel that is a loop, while it is written.
 *
 * Its values are cut into sections, each of which goes over all positions; and where positions
 * stand in rows, a section goes over the rows, and over each row in passes. A pass ends where a
 * value needs the reduction of a row that the pass computes; a section where a value needs others'
 * elements at other positions, or has another number of elements. A value is a variable in its
 * pass; what later passes read has a row of memory, what later sections read has all of it. */
#ifndef TG_EMIT_LOOP_H
#define TG_EMIT_LOOP_H

#include "emit/file.h"
#include "plan/loops.h"

enum { TG_C_NEST = 24 };

/* Loops inside of each other; [inner] is how many positions are between two steps of one. */
typedef struct tg__c_nest {
    int count;
    int64_t size[TG_C_NEST], inner[TG_C_NEST];
} tg__c_nest;

typedef struct tg__c_item {
    uint32_t value;
    uint32_t section, pass;
    uint32_t store_section, store_pass; /* of an assignment */
    uint8_t level;                      /* 0: a variable, 1: a row, 2: all elements */
    const char *memory;                 /* where it is kept; NULL: nowhere */
    bool whole;                         /* [memory] has all elements, not a row */
} tg__c_item;

typedef struct tg__c_loop_kernel {
    tg__c_kernel c;
    tg__c_item *item; /* by position in the kernel */
    uint32_t count;
    uint32_t sections;
    tg__cut cut;
    int64_t rows, columns; /* columns 0: no rows */
    /* Of the section that is written: */
    uint32_t section, pass;
    int64_t positions;
    bool has_rows;
    int64_t bounds[TG_C_NEST]; /* between loops, ascending */
    int bound_count;
    tg__c_nest row_nest, column_nest;
} tg__c_loop_kernel;

/* The item of value [v] if the kernel computes it; else NULL. */
static inline tg__c_item *tg__c_item_of(const tg__c_loop_kernel *l, uint32_t v)
{
    const tg__member *member = &l->c.f->program->members[v];
    return member->kernel == l->c.k ? &l->item[member->position] : NULL;
}
/* By which its variable is named. */
static inline unsigned tg__c_number(const tg__c_loop_kernel *l, uint32_t v)
{
    return l->c.f->program->members[v].position;
}
static inline int tg__c_role(const tg__c_loop_kernel *l, uint32_t v)
{
    return l->c.f->program->members[v].role;
}
static inline bool tg__c_is_row_call(const tg__c_loop_kernel *l, uint32_t v)
{
    const tg__value *x = tg__c_value(l->c.f, v);
    return x->op->kind == TG_KIND_CALL && !x->op->inset && tg__c_role(l, v) != TG_ROLE_COLLECTED;
}

/* Is operand [i] of [v] read position by position, or row by row? The view, if not all of it in
 * order, goes to [view]; its rank is -1 if it is. */
bool tg__c_is_aligned(const tg__c_loop_kernel *l, uint32_t v, int i, tg__view *view);
/* Sections, passes, and what values need memory. */
void tg__c_order_loop(tg__c_loop_kernel *l);
/* The loops of the section. */
void tg__c_make_nests(tg__c_loop_kernel *l);
/* The element of operand [i] that [v] reads, as an expression. */
const char *tg__c_read(tg__c_loop_kernel *l, uint32_t v, int i);
/* The element of a view: the place in memory, as an expression. [by_row]: for each row. */
void tg__c_put_index(tg__c_loop_kernel *l, tg__text *out, const tg__view *view, bool by_row);
/* Where position by position, or row by row, the elements of [v] are. */
const char *tg__c_position(const tg__c_loop_kernel *l, bool by_row);
/* A value that only moves elements, as statements that set its variable. */
void tg__c_put_inset(tg__c_loop_kernel *l, uint32_t v);
/* Folds that collect rows (fold.c): before the section, at each element, when a row ends. */
void tg__c_collect_begin(tg__c_loop_kernel *l, uint32_t v);
void tg__c_collect_add(tg__c_loop_kernel *l, uint32_t v, const char *element);
void tg__c_collect_row(tg__c_loop_kernel *l, uint32_t v);
/* Products that do so (taken.c), likewise. */
void tg__c_taken_begin(tg__c_loop_kernel *l, uint32_t v);
void tg__c_taken_add(tg__c_loop_kernel *l, uint32_t v, const char *element);
void tg__c_taken_row(tg__c_loop_kernel *l, uint32_t v);
/* A row of a product (product.c). */
void tg__c_product_row(tg__c_loop_kernel *l, uint32_t v, const char *out);

#endif
