/* emission.h: what emit_operand.c and emit_loop.c share: the code of a loop while it is made.
 *
 * The invariant: instructions are emitted in the order of the kernel's values, so a register
 * belongs to an access from the instruction that fills it to the one that uses the access last;
 * then it is free for the next. A register that looks into memory is never free: it costs nothing.
 *
 * An access is one way in which the loop reads a value. The softmax of plan/program.h has these:
 *
 *     value    form    register   from    to
 *     0 x      full    r0         memory  memory
 *     1 max    row     r1         max     its spread
 *     1 max    spread  r2         ..      sub and exp, which are one instruction
 *     3 exp    full    r1         exp     div         (r1 is free again: max is spread)
 *     4 sum    row     r2         sum     its spread
 *     4 sum    spread  r3         ..      div                                              */
#ifndef TG_EMISSION_H
#define TG_EMISSION_H

#include "exec/code.h"

/* How a value is seen in a loop. The same value may be seen in several ways. */
typedef enum tg__form {
    TG_FORM_FULL,   /* an element for each position */
    TG_FORM_WHOLE,  /* all elements in their order, for every block */
    TG_FORM_ROW,    /* an element for each row */
    TG_FORM_SPREAD, /* a row's element at each position of the row */
    TG_FORM_ONE,    /* one element for all positions */
    TG_FORM_FILLED, /* that element at each position, put there once */
} tg__form;

#define TG__NEVER (TG__NONE - 1) /* of registers that are never given back */

typedef struct tg__access {
    uint32_t value;
    const tg__view *view; /* collapsed; NULL: the value itself */
    tg__form how;
    uint32_t reg;                 /* TG__NONE until it is there */
    uint32_t last;                /* the position in the kernel where it is used last */
    struct tg__access *shifts;    /* these are that one's elements, [shift] further on; or NULL */
    int64_t shift, before, after; /* elements at either end are others; they are in its margins, */
    bool taken[2];                /* which have room for those of one */
    struct tg__access *older;     /* of the same value */
    struct tg__access *ends_too;  /* used last at the same position */
} tg__access;

typedef struct tg__emission {
    tg__executable *exe;
    const tg__program *program;
    tg__arena *scratch;
    const tg__kernel *kernel;
    const uint32_t *order; /* the kernel's values */
    tg__loop *loop;
    uint32_t k;
    tg__access **accesses;
    size_t access_count, access_capacity;
    uint32_t *newest; /* by value: where in the list its newest access is; left from other kernels,
                         so it must be checked */
    tg__access **ending; /* by position in the kernel: those used there last */
    bool assigns;        /* there are assignments in it */
    size_t reg_capacity, code_capacity, before_capacity, call_capacity;
    uint32_t *free_temps;
    size_t free_count, free_capacity;
    tg__insn *stores; /* of assignments: they wait for the end of the block */
    uint32_t store_count;
    size_t partial; /* the next place among the partial results */
    bool failed;
} tg__emission;

static inline const tg__value *tg__emit_value(const tg__emission *e, uint32_t v)
{
    return &e->program->values[v];
}
static inline const tg__member *tg__emit_member(const tg__emission *e, uint32_t v)
{
    return &e->program->members[v];
}
static inline bool tg__in_block(const tg__emission *e, uint32_t v)
{
    return e->program->storage[v].place == TG_PLACE_BLOCK;
}

static inline uint8_t tg__size_of(const tg__emission *e, uint32_t v)
{
    return (uint8_t)tg_dtype_size((tg_dtype)tg__emit_value(e, v)->dtype);
}

static inline bool tg__is_row(const tg__emission *e, uint32_t v)
{
    return tg__emit_member(e, v)->role == TG_ROLE_ROW;
}

static inline bool tg__is_inside(const tg__emission *e, uint32_t v)
{
    return tg__emit_member(e, v)->kernel == e->k;
}

/* A number of elements, for an instruction: 0 where it is that of the positions. */
static inline uint32_t tg__insn_count(const tg__emission *e, int64_t count)
{
    return e->kernel->blocks == TG_BLOCKS_MIXED ? (uint32_t)count : 0;
}

/* An operand of an instruction: that of one of the maps that are done in it. */
typedef struct tg__source {
    uint32_t user;
    int operand;
} tg__source;

/* ---- Registers and instructions --------------------------------------------------------- */

/* A new register. */
uint32_t tg__add_reg(tg__emission *e, tg__reg reg);
/* A temporary one, new or free; and one that is free again, unless it looks into memory. */
uint32_t tg__take_temp(tg__emission *e);
void tg__drop_temp(tg__emission *e, uint32_t reg);
/* An instruction for each block; or for the time before the first. */
void tg__add_insn(tg__emission *e, tg__insn insn, bool before);
/* One that moves elements from one register to another. */
void tg__add_move(tg__emission *e, tg__code code, uint32_t value, uint32_t out, uint32_t from,
                  bool before);

/* ---- Accesses --------------------------------------------------------------------------- */

/* NULL if there is none such. */
tg__access *tg__find_access(const tg__emission *e, uint32_t value, const tg__view *view,
                            tg__form how);
/* How operand [i] of value [v] is read by an instruction that takes vectors and single elements;
 * and the vector that stands for that. NULL when out of memory, which the emission remembers. */
tg__access *tg__operand_access(tg__emission *e, uint32_t v, int i);
tg__access *tg__vector_access(tg__emission *e, uint32_t v, tg__access *s);
/* The operands of the instruction that computes [v], up to three. */
int tg__sources_of(const tg__emission *e, uint32_t v, tg__source out[3]);
/* Notes where every access is used last; gives back the registers of those used last there. */
void tg__note_uses(tg__emission *e);
void tg__drop_ended(tg__emission *e, uint32_t position);
/* The access to all elements of [value], in their order, for an instruction at [position]. */
tg__access *tg__whole_access(tg__emission *e, uint32_t value, uint32_t position);
/* A register for an access that shifts another: that one's, moved on. */
uint32_t tg__shifted_reg(tg__emission *e, const tg__access *s);
/* The register in which the access can be read, filled if it is not there yet. */
uint32_t tg__reg_of(tg__emission *e, tg__access *s);
/* Does one element stand for a whole block? A row's does where a block is one row. */
bool tg__fills_block(const tg__emission *e, uint32_t v, const tg__access *s);

/* ---- Calls (emit_call.c) ---------------------------------------------------------------- */

/* Is [v], which this loop computes, taken in strip by strip, and not in memory? The register of its
 * strip, a new one unless there is one. */
bool tg__needs_strip(const tg__emission *e, uint32_t v);
uint32_t tg__strip_of(tg__emission *e, uint32_t v);
/* A call that computes rows for this loop; and one that takes them in. */
void tg__emit_call(tg__emission *e, uint32_t v);
void tg__emit_collect(tg__emission *e, uint32_t v, uint32_t position);
/* Behind all else in a worker's scratch memory: strips, and what calls need. */
void tg__place_calls(tg__emission *e);

#endif
