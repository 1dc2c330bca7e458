/* program.h: programs. A program is what a plan computes, as data: values, the kernels that compute
 * them in turn, where each value is kept, and what comes from outside. The passes of plan/ make it
 * (passes.h); then it never changes. It holds no pointer into its memory: values kept in memory
 * have offsets in one block, and what comes from outside are leaves with numbers, so it can be run
 * by several at once (exec/instance.h), printed or compared. Beside its own memory it refers to
 * operations, and to variables of its store.
 *
 * One example goes through the files of all passes: the softmax of an f32 [200, 64] input along its
 * rows, y = exp(x - max) / sum. Its tape is
 *
 *     %0 input x [200, 64]     %3 sub [200, 64] of %0, %2     %6 broadcast [200, 64] of %5
 *     %1 max     [200, 1]      %4 exp [200, 64] of %3         %7 div       [200, 64] of %4, %6
 *     %2 broadcast [200, 64]   %5 sum [200, 1]  of %4
 *
 * and its program has one leaf, six values and one kernel. (A view is written as its axes, each as
 * size:stride.)
 *
 *     values                                             members        storage
 *     0 input [200, 64]  leaf 0                          -              leaf 0
 *     1 max   [200, 1]   of 0                            kernel 0 row   -
 *     2 sub   [200, 64]  of 0, 1 seen as {200:1 64:0}    kernel 0 full  -
 *     3 exp   [200, 64]  of 2                            kernel 0 full  -
 *     4 sum   [200, 1]   of 3                            kernel 0 row   -
 *     5 div   [200, 64]  of 3, 4 seen as {200:1 64:0}    kernel 0 full  block 0..51200
 *
 *     kernel 0: a loop over 12800 positions in rows of 64
 *
 * (tg_plan_print writes such a list for any plan.) exec/code.h shows the kernel's instructions. */
#ifndef TG_PROGRAM_H
#define TG_PROGRAM_H

#include "autograd/value.h"

/* ---- Kernels ---------------------------------------------------------------------------- */

typedef enum tg__kernel_kind {
    TG_KERNEL_LOOP,   /* maps and reductions along rows, over all positions together */
    TG_KERNEL_SCALAR, /* maps of single numbers */
    TG_KERNEL_CALL,   /* one operation */
    TG_KERNEL_REDUCE, /* one reduction that no loop took */
    TG_KERNEL_NODE    /* one operation of any kind, on dense operands: of naive programs */
} tg__kernel_kind;

/* What a loop asks of its blocks (plan/loops.h), each more than the one before. */
typedef enum tg__blocks {
    TG_BLOCKS_ANY,
    TG_BLOCKS_IN_ORDER, /* the positions of a block are in order in registers: none is tall */
    TG_BLOCKS_ONE,      /* there is one: values are read elsewhere than position by position */
    TG_BLOCKS_MIXED     /* and values with other numbers of elements are computed in it */
} tg__blocks;

typedef struct tg__kernel {
    tg__kernel_kind kind;
    bool constant;  /* of values that are: an instance's first run executes it */
    bool gathers;   /* of a loop: there are members by column */
    bool strips;    /* are there calls that take part in it strip by strip (plan/loops.h)? */
    uint8_t blocks; /* what it asks of its blocks, a tg__blocks */
    int64_t count,
        columns;        /* of a loop: positions; positions in a row, 0 where rows do not matter */
    int64_t line, unit; /* rows that stand together (tg__row_shape) if the loop collects; else 0 */
    uint32_t first, length; /* its values: order[first] .. order[first + length - 1] */
    size_t partials;        /* in the block: where reductions of all rows gather */
    size_t partials_bytes;
} tg__kernel;

/* What part a value has in the kernel that computes it. */
typedef enum tg__role {
    TG_ROLE_FULL,      /* one element for each position */
    TG_ROLE_ROW,       /* one element for each row */
    TG_ROLE_COLUMN,    /* the reduction of each column of all rows: known when the kernel ends */
    TG_ROLE_WHOLE,     /* the reduction of all positions: likewise */
    TG_ROLE_COLLECTED, /* a call, to whose elements positions are added: likewise */
    TG_ROLE_OWN        /* as many elements as it has, of a loop of one block */
} tg__role;

/* A value as a member of a kernel. */
typedef struct tg__member {
    uint32_t kernel;   /* TG__NONE: a leaf, or computed by none */
    uint32_t position; /* order[kernels[kernel].first + position] is the value */
    uint8_t role;
    /* Two maps in one instruction (pair.c): operand [paired] of this map is computed with it, by
     * tg__pairs[pair - 1]; pair 0: none. That operand is [absorbed], and stands right before. */
    uint8_t pair, paired;
    bool absorbed;
    uint8_t collected; /* of TG_ROLE_COLLECTED: the operand that is, */
    bool by_strips;    /* and whether strip by strip */
} tg__member;

/* Are all elements of operand [i] of [x], which has so many, among those that are seen, once each?
 * A call that collects takes them in as they would lie in memory then. */
static inline bool tg__shows_all(const tg__value *x, int i, int64_t count)
{
    return !x->view[i] || tg__view_count(x->view[i]) == count;
}

/* Is it known only when its kernel ends? */
static inline bool tg__ends_late(const tg__member *member)
{
    return member->role == TG_ROLE_COLUMN || member->role == TG_ROLE_WHOLE;
}

/* ---- Memory ----------------------------------------------------------------------------- */

typedef enum tg__place {
    TG_PLACE_NONE,  /* in registers only */
    TG_PLACE_BLOCK, /* in the block, at [offset] */
    TG_PLACE_LEAF,  /* where the value's leaf is */
} tg__place;

/* Where a value is kept. */
typedef struct tg__storage {
    size_t offset, bytes;
    uint32_t shares; /* the value whose memory it takes over; TG__NONE: none */
    uint8_t place;
} tg__storage;

/* What comes from outside, and where assignments go. */
typedef struct tg__leaf {
    const tg_op *op;
    tg_tensor *node;  /* of the tape, which may be gone; NULL: a folded number, or a variable that
                         is only assigned */
    tg_var *var;      /* that is read or assigned; or NULL */
    const char *name; /* of the node; or NULL */
    double number;
    size_t offset; /* of numbers: where kernels read them in the block */
    uint32_t key;  /* of define-by-run: the node's number in the structure's key */
    uint8_t dtype;
} tg__leaf;
static inline bool tg__leaf_is_number(const tg__leaf *leaf)
{
    return leaf->op == &tg__op_number || leaf->op == &tg__op_step;
}

/* An assignment whose value is copied to the variable when the run ends. */
typedef struct tg__landing {
    uint32_t value, leaf;
} tg__landing;

/* The draws by one key. */
typedef struct tg__program_draw {
    uint64_t key;
    tg__counter *counter;
    uint64_t runs; /* how many counts they take: 1, or more where runs are unrolled */
} tg__program_draw;

/* What errors say of a value of a naive program: of which node it is. */
typedef struct tg__origin {
    uint32_t id;
    const char *name, *var; /* or NULL */
} tg__origin;

/* ---- Programs --------------------------------------------------------------------------- */

typedef struct tg__program {
    tg_allocator allocator;
    tg__arena arena;     /* what the lists below point at */
    bool exact_numbers;  /* numbers stay as they are: of compiled plans */
    bool keep_denormals; /* of f32 */

    tg__value *values;    /* what is computed, */
    tg__member *members;  /* where, */
    tg__storage *storage; /* and where it is kept: three lists by value */
    size_t count, capacity;
    tg__leaf *leaves;
    size_t leaf_count, leaf_capacity;
    tg__kernel *kernels; /* they run from the last to the first */
    size_t kernel_count, kernel_capacity;
    uint32_t *order; /* the values of all kernels */
    tg__landing *landings;
    size_t landing_count, assign_count;
    tg__program_draw *draws; /* by key, in ascending order */
    size_t draw_count;
    uint32_t *outputs; /* values */
    size_t output_count;
    tg__origin *origins; /* by value; NULL but for naive programs */

    size_t values_bytes; /* of the block: values and partial results; then numbers, */
    size_t block_bytes;  /* up to here */
} tg__program;

static inline const uint32_t *tg__kernel_values(const tg__program *program,
                                                const tg__kernel *kernel)
{
    return program->order + kernel->first;
}
/* The one value, or the first of several. */
static inline uint32_t tg__kernel_first(const tg__program *program, const tg__kernel *kernel)
{
    return program->order[kernel->first];
}

/* The operands of call [v] and, behind them, its result, but for where they are. */
void tg__describe_call(const tg__program *program, uint32_t v, tg__operand *operands);
static inline tg__call tg__call_of(const tg__value *x, const tg__operand *operands)
{
    return (tg__call){
        .op = x->op, .attr = x->attr, .arity = x->arity, .in = operands, .out = operands[x->arity]
    };
}

/* Denormals are flushed to zero in the arithmetic of f32 alone. */
static inline bool tg__flushes(const tg__program *program, int dtype, int operand_dtype)
{
    return dtype != TG_F64 && operand_dtype != TG_F64 && !program->keep_denormals;
}

/* Floats and bools of one element are computed by scalar programs (and by their functions in
 * the naive executor), so that both executors agree to the last bit. They calculate in double,
 * which cannot hold every i64: maps of i64 operands are left to their kernels. All the operands
 * that are not bool have one dtype, the last one's ([operand_dtype]). */
static inline bool tg__is_scalar(int dtype, int64_t count, int operand_dtype)
{
    return count == 1 && (tg__is_float(dtype) || dtype == TG_BOOL) && operand_dtype != TG_I64;
}
/* The value of [dtype] nearest to [value], as a double. */
static inline double tg__round_to(int dtype, double value)
{
    return dtype == TG_F32 ? (double)(float)value : value;
}

/* ---- Making them ------------------------------------------------------------------------ */

/* Of constant values, kept from the first run on: 64 MB. */
enum { TG__CONSTANT_BYTES = 1 << 26 };

/* What a program is to compute. */
typedef struct tg__wanted {
    tg_tape *tape;
    tg_tensor *const *nodes; /* all that may be needed, operands before users: x->place - 1 is */
    size_t count;            /* where x stands here */
    tg_tensor *const *outputs;
    size_t output_count;
    tg_tensor *const *assigns; /* assign nodes */
    size_t assign_count;
    bool exact_numbers; /* numbers stay as they are, and constants are computed once */
    bool naive;         /* node by node: nothing merged, simplified, fused or used again */
    bool keep_all;      /* of define-by-run: what is computed on the way is an output too */
    uint64_t age;       /* nodes whose values of this age are known are leaves; 0: compute all */
} tg__wanted;

/* Is [x] where the program begins: a leaf, or as good as one? */
static inline bool tg__is_source(const tg__wanted *wanted, const tg_tensor *x)
{
    return x->op->kind == TG_KIND_LEAF || (wanted->age && tg__known_at(x, wanted->age));
}

/* A number that rules simplify by, and that is part of a program's structure: others may come in
 * the place of all else. */
static inline bool tg__is_structural(const tg_tensor *x)
{
    return x->op == &tg__op_number && (x->number == 0 || x->number == 1 || x->number == -1);
}

/* NULL when out of memory; then *[bytes] is what the values would have needed, as far as that is
 * known. */
tg__program *tg__program_make(const tg__wanted *wanted, size_t *bytes);
void tg__program_free(tg__program *program);
/* Bytes that the program itself takes, without its block. */
size_t tg__program_bytes(const tg__program *program);

#endif
