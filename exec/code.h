/* code.h: the instructions of loops and of scalar programs.
 *
 * A loop goes over its positions block by block, and over each block with a list of instructions.
 * An instruction is one vectorised C loop over the block: it reads registers and writes one.
 * Registers are pointers: to a block of elements in the worker's scratch memory (temporary), or to
 * the block's part of a value in memory, moved on from block to block. So what instructions hand on
 * stays in the cache, and what the loop needs no memory for has none.
 *
 * The softmax of plan/program.h is cut into 13 blocks of 16 rows, 1024 positions, and becomes
 *
 *     r0  memory of x, 4096 bytes further on in each block       r1 r2 r3  temporary
 *     r4  memory of div, likewise
 *
 *     REDUCE  r1 = max of each row of r0                 16 elements
 *     SPREAD  r2 = r1, each along its row                1024 elements
 *     MAP     r1 = exp(r0 - r2)                          a pair of maps in one instruction (pair.c)
 *     REDUCE  r2 = sum of each row of r1
 *     SPREAD  r3 = r2
 *     MAP     r4 = r1 / r3
 *
 * A product whose rows the softmax takes is no instruction: it computes rows for several blocks, a
 * strip, which then read its register block by block. Nor is one that takes in rows of the softmax:
 * it waits until those of a strip stand in a register, or in memory.
 *
 * A register may be another one's, shifted: z = y + pad(y[:-1]), with y = exp(x), of up to 1024
 * elements, becomes
 *
 *     r0  memory of x        r1  temporary        r2  r1, an element before
 *     r3  memory of z
 *
 *     MAP     r1 = exp(r0)
 *     INSET   r2 = the pad's value                       1 element, in the margin of r1
 *     MAP     r3 = r1 + r2
 *
 * Rows of fewer than 32 elements stand side by side in registers, column by column, which makes a
 * block tall; then a LOAD brings each operand into that form, REDUCE works on whole vectors, and a
 * STORE takes results back to rows. Where a call collects rows, COLLECT hands it those of the
 * block; blocks then are parts of what one thread has to do in order (tg__cut). */
#ifndef TG_CODE_H
#define TG_CODE_H

#include "exec/backend.h"
#include "exec/function.h"
#include "plan/loops.h"

/* ---- Loops ------------------------------------------------------------------------------ */

/* A register is a pointer that instructions go through. Before each block, those that look
 * into memory are moved to the block's first element. */
typedef enum tg__reg_kind {
    TG_REG_TEMP,    /* in the worker's scratch memory, at [offset] */
    TG_REG_SHIFTED, /* another temporary one, [step] elements further on */
    TG_REG_MEMORY,  /* a value in memory, from element [offset] on, [step] further on in each block
                     */
    TG_REG_ONE,     /* one element of a value in memory, element [offset] */
    TG_REG_STRIP,   /* in the worker's scratch memory, at byte [offset]: rows that a call has
                       computed or will take in, [step] further on in each block of a strip */
} tg__reg_kind;

typedef struct tg__reg {
    uint8_t kind, size; /* bytes of an element */
    bool row;           /* one element for each row */
    uint32_t value;     /* while it is emitted; */
    uint32_t leaf;      /* then where it is: TG_NO_VALUE for the plan's block */
    int64_t offset;     /* in memory, then, of bytes from there */
    int64_t step;       /* of the first block to the next one, in elements, then in bytes */
} tg__reg;

typedef enum tg__code {
    TG_DO_MAP,         /* fn over the block */
    TG_DO_MAP_ROWS,    /* fn over one element for each row */
    TG_DO_NATIVE,      /* several of the first, as one function (native.h) */
    TG_DO_NATIVE_ROWS, /* several of the second */
    TG_DO_LOAD,        /* the block's elements of a view of a register, which has the whole value */
    TG_DO_LOAD_ROWS,   /* the rows' elements of a view */
    TG_DO_INSET,  /* the block's elements of what another value, whole in a register, is part of */
    TG_DO_FILL,   /* a register full of one element */
    TG_DO_SPREAD, /* each row's element along its row */
    TG_DO_REDUCE, /* each row to one element */
    TG_DO_WHOLE,  /* the block's part of a whole reduction of all positions */
    TG_DO_WHOLE_ROWS, /* or of all rows */
    TG_DO_COLUMNS,    /* the block's part of a reduction of each column */
    TG_DO_COLLECT,    /* the block's rows to the call that collects them */
    TG_DO_STORE,      /* a register to memory, exactly the block's elements */
    TG_DO_STORE_ROWS
} tg__code;

/* The elements of the positions [first, end) that INSET writes. */
typedef struct tg__part {
    tg__inset inset;
    int64_t first, end;
} tg__part;

/* Machine code for some instructions (native.h). */
typedef struct tg__native_code {
    union {
        tg__function_fn map;
        void (*scalar)(double *slots, const uint32_t *at,
                       double (*const *functions)(double, double, double));
    } run;
    const uint32_t *at; /* the registers, or slots and functions, that it uses */
    uint32_t count;
} tg__native_code;

typedef struct tg__insn {
    uint8_t code, size;
    uint8_t ones;        /* of a map, bit i: one element of in[i] stands for all */
    bool flush;          /* denormals, in its arithmetic, */
    bool switches;       /* which before it were, or were not */
    uint32_t out, in[3]; /* registers */
    uint32_t value;      /* that it computes, loads or stores */
    uint32_t count;      /* elements, if they are not as many as the block's positions; or 0 */
    uint32_t call;       /* COLLECT: which of the loop's */
    tg__map_fn map;
    const tg__view *view; /* loads: of what. In a tall block of a column, if there is [at], */
    const int64_t *at;    /* where each begins; or NULL: of all, as it lies in memory */
    const tg__part *part;
    const tg__reduce *reduce;
    const tg__native_code *native;
    size_t partial; /* where a reduction of all rows gathers, among the partials */
} tg__insn;

/* A register that looks into memory, and how many bytes it moves on from block to block. */
typedef struct tg__move {
    int64_t step;
    uint32_t reg;
} tg__move;

/* When a call takes part in a loop. */
typedef enum tg__turn {
    TG_TURN_BEFORE, /* a strip, whose rows it computes */
    TG_TURN_BEHIND, /* a strip, whose rows it takes in */
    TG_TURN_BLOCK   /* in each block, by an instruction, to take in its rows */
} tg__turn;

typedef struct tg__loop_call {
    uint8_t turn, operand; /* that it takes in */
    bool flush;
    bool shown;          /* the elements of [mask] by which columns are needed: true, or false */
    uint32_t value, reg; /* of its rows; TG__NONE: in memory */
    const tg__operand *operands; /* but for where they are; the result behind them */
    size_t scratch;              /* where its memory is in that of a worker */
    const tg__view *mask; /* how positions see the bools in memory that say which columns of a
                             strip are needed; NULL: all are */
    uint32_t mask_value;
} tg__loop_call;

typedef struct tg__loop {
    tg__cut cut;
    int64_t longest;   /* elements that a register has room for */
    size_t slot_bytes; /* of one temporary register, with the margins */
    size_t margin;     /* before its elements, and behind them: for those of shifted ones */
    size_t scratch;    /* of one worker: the registers' table, then the temporaries */
    tg__reg *regs;
    tg__move *moves;
    uint32_t reg_count, move_count;
    tg__insn *before, *code; /* once for each worker; for each block */
    uint32_t before_count, code_count;
    tg__loop_call *calls;
    uint32_t call_count;
    bool strips; /* there are calls before or behind strips */
    uint32_t temps;
    bool flush; /* denormals, unless an instruction switches */
} tg__loop;

/* Bytes of the table of registers: where each is now. */
static inline size_t tg__loop_table(const tg__loop *loop)
{
    return (loop->reg_count * sizeof(void *) + 63) & ~(size_t)63;
}

/* ---- Scalar programs -------------------------------------------------------------------- */

typedef struct tg__op1 {
    uint8_t code; /* TG_CODE_..., TG_CODE_ROUND added for f32 */
    uint16_t function;
    uint32_t out, a, b, c; /* slots */
} tg__op1;

enum { TG_CODE_ROUND = 16 };

typedef struct tg__transfer {
    uint32_t slot, value; /* the value loaded from or stored to; of numbers the leaf */
    int64_t offset;       /* of the element loaded */
    int dtype;
} tg__transfer;

/* Of an instance: the slots, and where what is loaded and stored is, loads first. Numbers are put
 * into their slots, which nothing else writes, when the instance is bound. */
typedef struct tg__scalar_program {
    uint32_t slot_count;
    tg__op1 *code;
    uint32_t code_count;
    tg__transfer *numbers, *loads, *stores;
    uint32_t number_count, load_count, store_count;
    double (**functions)(double, double, double);
    uint32_t function_count;
    const tg__native_code *native;
    uint32_t native_count, native_end; /* so many, for the instructions before the end */
} tg__scalar_program;

/* What a map computes of numbers in double, as its text does of elements (tg__map); NULL: it has no
 * text. */
const char *tg__number_text(const tg_op *op);

/* Of the two backends: make code. False when out of memory. */
bool tg__emit_loop(tg__preparing *p, uint32_t k);
bool tg__emit_scalars(tg__preparing *p, uint32_t k);

#endif
