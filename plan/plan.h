/* plan.h: what a plan is made of, and the passes that make one.
 *
 *   compile.c, value.c   who asks for a plan; key.c, which plan can be used again
 *   lower.c, order.c, simplify.c, windows.c   nodes that are wanted -> values, in an order that
 *              keeps memory small, simplified and merged
 *   constant.c what the first run computes for all
 *   fuse.c     values -> kernels
 *   pair.c     neighbouring maps -> one instruction
 *   layout.c   values that need memory -> places in one block; what is updated in place
 *   emit.c, emit_loop.c, emit_scalar.c   kernels -> instructions
 *   loop.c, scalar.c   what runs them
 *   run.c      instructions -> results; the public functions
 *   draws.c    which random draws a plan contains, and what its runs do to their counters
 *   naive.c    the reference: no passes at all
 */
#ifndef TG_PLAN_H
#define TG_PLAN_H

#include "autograd/engine.h"
#include "kernels/parallel.h"

#define TG_NO_VALUE UINT32_MAX

/* ---- Values ----------------------------------------------------------------------------- */

/* What part a value plays in the kernel that computes it. */
typedef enum tg__role {
    TG_ROLE_NONE,
    TG_ROLE_FULL,  /* one element for each position of the kernel */
    TG_ROLE_ROW,   /* one element for each row */
    TG_ROLE_WHOLE, /* the reduction of all positions: known when the kernel ends */
} tg__role;

typedef enum tg__place {
    TG_PLACE_NONE,  /* lives in registers only */
    TG_PLACE_BLOCK, /* in the plan's block, at [offset] */
    TG_PLACE_LEAF,  /* where leaf number [leaf] points */
} tg__place;

typedef struct tg__value {
    const tg_op *op;
    uint32_t *in;          /* operands: values with smaller numbers */
    const tg__view **view; /* how each is seen; a map's NULL: dense, position by position */
    const int64_t *dim;
    int64_t count;
    const void *attr;
    const tg_site *site;
    uint8_t dtype, rank;
    uint16_t arity;
    uint32_t attr_size;
    uint32_t leaf; /* leaves, and the variable of an assignment */
    bool output;
    bool constant; /* computed by the first run alone, or a leaf that is the same in all; */
    bool stays;    /* and its memory is nobody else's */

    /* Fusion. */
    uint8_t role;
    uint8_t place;
    bool limit_aligned, last_user_full;
    bool several_kernels;
    bool absorbed;         /* done in another's instruction, the next in the kernel */
    bool given_away;       /* its memory, to a value that [shares] it */
    uint32_t kernel;       /* that computes it */
    uint32_t next;         /* in the kernel, in order */
    uint32_t limit;        /* the first kernel that uses it (kernels run from high to low) */
    uint32_t last_user;    /* the last kernel that uses it */
    uint32_t shared_by;    /* a fused kernel that reads it position by position */
    int64_t limit_columns; /* that its uses in [limit] ask for; 0: none */
    uint32_t uses;         /* in its own kernel */
    uint32_t paired;       /* the map that is done in this one's instruction */
    const tg__pair *pair;

    /* Memory and registers. */
    size_t offset, bytes;   /* in the plan's block */
    uint32_t reg;           /* in its kernel's code, or its slot in a scalar program */
    uint32_t sight;         /* where emission keeps how it is seen; a guess, to be checked */
    uint32_t last_position; /* in the kernel being emitted: where it is used last */
    uint32_t shares;        /* a value whose memory this one takes over in place */
} tg__value;

typedef struct tg__leaf {
    const tg_op *op;
    tg_tensor *node; /* NULL: a folded number, or a variable that is only assigned */
    tg_var *var;
    const char *name; /* of the node, copied: the plan may outlive it */
    double number;
    void *data;     /* where its value is */
    size_t storage; /* numbers: the place in the plan's block where kernels can read them */
    uint32_t key;   /* its number in the structure's key, to bind it anew */
    uint8_t dtype;
} tg__leaf;

/* ---- Kernels ---------------------------------------------------------------------------- */

typedef enum tg__kernel_kind {
    TG_KERNEL_LOOP,   /* instructions over blocks of rows */
    TG_KERNEL_SCALAR, /* instructions over single numbers */
    TG_KERNEL_CALL,   /* one operation */
    TG_KERNEL_REDUCE  /* one reduction that no loop took */
} tg__kernel_kind;

typedef struct tg__loop tg__loop;
typedef struct tg__scalar_program tg__scalar_program;

typedef struct tg__kernel {
    tg__kernel_kind kind;
    bool constant;          /* of values that are: the first run executes it */
    int64_t count, columns; /* positions; positions in a row, 0 where rows do not matter */
    uint32_t first;         /* its values, in order */
    uint32_t length;
    tg__loop *loop;
    tg__scalar_program *program;
    tg__operand *values; /* a call's operands and, last, its result */
    size_t partials;     /* in the plan's block: where whole reductions gather */
    size_t partials_bytes;
} tg__kernel;

/* An assignment whose value lands by a copy when the run ends. */
typedef struct tg__landing {
    uint32_t value, leaf;
} tg__landing;

/* ---- Plans ------------------------------------------------------------------------------ */

/* The draws by one key. */
typedef struct tg__plan_draw {
    uint64_t key;
    tg__counter *counter;
    uint64_t runs; /* how many counts they take: 1, or more where runs are unrolled */
    uint64_t from; /* the first of them, in this run */
} tg__plan_draw;

struct tg_plan {
    tg_plan *next;
    tg_tape *tape;
    tg_allocator allocator;
    tg__arena arena;     /* everything below that has no owner of its own */
    uint32_t generation; /* of the tape it was made from: rewound, it cannot run again */
    bool naive, trap, exact_numbers, has_run;
    bool settled; /* the constant values have been computed */
    bool failed;  /* the last run: it wrote over some of what the one before had kept */
    bool steps;   /* of a compiled plan: completed runs count, in the store's step and the draws */
    uint64_t age; /* of the tape when the last good run began */
    int threads;
    tg__pool *pool;

    tg__value *nodes;
    size_t count, capacity;
    tg__leaf *leaves;
    size_t leaf_count, leaf_capacity;
    tg__kernel *kernels; /* they run from the last to the first */
    size_t kernel_count, kernel_capacity;
    tg__landing *landings;
    size_t landing_count;
    size_t assign_count;

    tg__plan_draw *draws; /* by key, in ascending order */
    size_t draw_count;

    uint32_t *outputs;        /* values */
    tg_tensor **output_nodes; /* of the compiled plan's tape */
    size_t output_count;

    unsigned char *block; /* all values, constants, partial results, workers' registers */
    size_t block_bytes, values_bytes;
    size_t scratch, scratch_each; /* each worker's registers */
    size_t scratch_calls;         /* of all workers together, for calls */

    struct tg__naive *naive_state;

    unsigned char *key; /* the structure, for define-by-run's cache */
    size_t key_size;
    uint64_t key_hash;

    tg_error error;
};

/* Of constant values, kept from the first run on: 64 MB. */
enum { TG__CONSTANT_BYTES = 1 << 26 };

/* What a plan is to compute. */
typedef struct tg__wanted {
    tg_tensor *const *nodes; /* all that may be needed, operands before users: x->place - 1 is */
    size_t count;            /* where x stands here */
    tg_tensor *const *outputs;
    size_t output_count;
    tg_tensor *const *assigns; /* assign nodes */
    size_t assign_count;
    bool keep_all; /* of define-by-run: what is computed on the way is an output too */
    uint64_t age;  /* nodes whose values of this age are known are leaves; 0: compute all */
} tg__wanted;

/* Is [x] where the plan begins: a leaf, or as good as one? */
static inline bool tg__is_source(const tg__wanted *wanted, const tg_tensor *x)
{
    return x->op->kind == TG_KIND_LEAF || (wanted->age && tg__known_at(x, wanted->age));
}

/* A number that the planner simplifies by, and that is part of a plan's structure: others may come
 * in the place of all else. */
static inline bool tg__is_structural(const tg_tensor *x)
{
    return x->op == &tg__op_number && (x->number == 0 || x->number == 1 || x->number == -1);
}

/* The draws of what is wanted (draws.c); [needed], by place: the nodes that it is made from. */
tg_status tg__plan_find_draws(tg_plan *plan, const tg__wanted *wanted, const bool *needed);
/* Before a run, and when its values are there. */
void tg__draws_begin(tg_plan *plan);
void tg__draws_done(tg_plan *plan);
/* The count with which this run makes the draw, one of the plan's. */
uint64_t tg__draw_count(const tg_plan *plan, const tg__draw_attr *attr);

/* The passes; each returns a status and, on failure, leaves what there is for
 * tg__plan_release. */
tg_status tg__lower(tg_plan *plan, const tg__wanted *wanted, const bool *needed);
tg_status tg__find_constants(tg_plan *plan);
tg_status tg__fuse(tg_plan *plan);
tg_status tg__pair_maps(tg_plan *plan);
tg_status tg__layout(tg_plan *plan);
tg_status tg__emit(tg_plan *plan);

/* Of reductions: are the reduced axes neighbours, are they also the last, and can a loop take
 * the reduction, whatever the view's strides? */
bool tg__reduces_block(const tg__view *view, uint32_t axes);
bool tg__reduces_rows(const tg__view *view, uint32_t axes);
bool tg__loop_takes(const tg_op *op, int dtype, const tg__view *view, int64_t results);

/* Denormals are flushed to zero in the arithmetic of f32 alone. */
static inline bool tg__flushes(const tg_plan *plan, int dtype, int operand_dtype)
{
    return dtype != TG_F64 && operand_dtype != TG_F64 && !plan->tape->store->keep_denormals;
}

/* Memory of the plan's arena; NULL when out of memory. */
static inline void *tg__plan_alloc(tg_plan *plan, size_t size)
{
    return tg__arena_alloc(&plan->arena, size ? size : 1);
}

/* Where a value is during a run. */
static inline void *tg__locate(const tg_plan *plan, const tg__value *x)
{
    return x->place == TG_PLACE_LEAF ? plan->leaves[x->leaf].data : plan->block + x->offset;
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

/* Made by emit.c, run by loop.c, scalar.c and run.c. */
void tg__loop_run(tg_plan *plan, const tg__kernel *kernel);
void tg__scalar_run(const tg__kernel *kernel);
/* Puts the numbers of the program into their slots, which nothing else writes, and looks up where
 * its other operands and results are. */
void tg__scalar_bind(const tg_plan *plan, const tg__kernel *kernel);

/* The reference executor: walks the tape's nodes. */
tg_status tg__naive_prepare(tg_plan *plan, const tg__wanted *wanted, const bool *needed);
tg_status tg__naive_run(tg_plan *plan);
/* Where it keeps the value of a node that it computes. */
void *tg__naive_value(const tg_plan *plan, const tg_tensor *x);

#endif
