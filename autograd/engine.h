/* engine.h: the engine's own view of stores, tapes, nodes and operations.
 *
 * The engine knows no particular operation, but for the tg__op_... declared below, which it must
 * name: leaves whose values come from outside, the assignment, and what the planner's clean-up
 * looks for. Everything else about an operation is in its tg_op. */
#ifndef TG_ENGINE_H
#define TG_ENGINE_H

#include <stdarg.h>
#include <string.h>

#include "autograd/memory.h"
#include "autograd/text.h"
#include "tg_custom.h"
#include "tg_run.h"

enum { TG_DTYPES = TG_BOOL + 1 };

/* Is there an element of that dtype for the number, but for a float's rounding? Integers have none
 * for fractions, NaN and infinities; bool has 0 and 1; f32 none for what would become infinite. */
bool tg__dtype_holds(tg_dtype dtype, double value);
/* Which numbers it holds, for errors: "only whole numbers from 0 to 255". */
const char *tg__dtype_range(tg_dtype dtype);
/* The numbers of a float dtype next to a finite x: the least that is not below it, the largest that
 * is not above, the largest that is below; infinite where there is none. */
double tg__dtype_from(tg_dtype dtype, double x);
double tg__dtype_to(tg_dtype dtype, double x);
double tg__dtype_below(tg_dtype dtype, double x);
/* Can the dtype hold what is up to [most] deviations from the mean? */
bool tg__holds_normal(tg_dtype dtype, double mean, double deviation, double most);
/* One element as a double, and back. */
double tg__load_scalar(int dtype, const void *from);
void tg__store_scalar(int dtype, double value, void *to);

/* ---- Views ------------------------------------------------------------------------------ */

/* How a node sees another's elements: element i is base[offset + sum of i_k * stride_k]. */
typedef struct tg__view {
    int rank;
    int64_t dim[TG_MAX_RANK];
    int64_t stride[TG_MAX_RANK]; /* in elements */
    int64_t offset;
} tg__view;

tg__view tg__view_dense(int rank, const int64_t *dim);
/* Removes axes of size 1 and joins neighbours that step as one. */
tg__view tg__view_collapse(const tg__view *view);
/* Row-major without gaps, whatever the offset. */
bool tg__view_is_dense(const tg__view *view);
/* Does it see all the [count] elements there are, in order? NULL does. */
bool tg__view_is_whole(const tg__view *view, int64_t count);
/* Equal in all there is to a view; NULL equals NULL. */
bool tg__view_same(const tg__view *a, const tg__view *b);
int64_t tg__view_count(const tg__view *view);
/* Views the elements of [view] in another shape of the same count; false if that needs a copy. */
bool tg__view_reshape(const tg__view *view, int rank, const int64_t *dim, tg__view *out);

/* ---- Operations ------------------------------------------------------------------------- */

typedef enum tg__kind {
    TG_KIND_LEAF,   /* a value from outside: one of the operations declared below */
    TG_KIND_MAP,    /* elementwise over operands of one shape */
    TG_KIND_REDUCE, /* over the axes of a tg__reduce_attr, which stay with size 1 */
    TG_KIND_VIEW,   /* the operand's elements in another order: no arithmetic */
    TG_KIND_CALL,   /* anything else: a function from dense operands to a dense result */
    TG_KIND_ASSIGN
} tg__kind;

/* n elements, n a multiple of TG_PAD; operands may be the output. One function for each way
 * operands may come: as vectors, or as one element that stands for all. */
typedef void (*tg__map_fn)(size_t n, void *out, const void *const in[]);
enum { TG_MAP_VECTORS, TG_MAP_SCALAR_B, TG_MAP_SCALAR_A, TG_MAP_WAYS };
/* Operations that scalar programs do in one instruction; CALL goes through the map's function. */
typedef enum tg__scalar_code {
    TG_CODE_CALL,
    TG_CODE_NEG,
    TG_CODE_ADD,
    TG_CODE_SUB,
    TG_CODE_MUL,
    TG_CODE_DIV,
    TG_CODE_SELECT
} tg__scalar_code;

typedef struct tg__map {
    tg__map_fn way[TG_DTYPES][TG_MAP_WAYS];         /* by the dtype of the last operand */
    double (*scalar)(double a, double b, double c); /* the same for one element, in double */
    tg__scalar_code opcode;
} tg__map;

/* Two maps in one instruction, for where the second alone wants the first's result, as its
 * operand [operand] (-1: either). in[0] and in[1] are the first's operands, in[2] the second's
 * other one; way + 1: in[1] is one element that stands for all, way + 2: in[2] is. */
typedef struct tg__pair {
    const tg_op *first, *second;
    int operand;
    tg__map_fn way[TG_DTYPES][4];
} tg__pair;
extern const tg__pair tg__pairs[]; /* ends with a first of NULL */

typedef struct tg__reduce_attr {
    uint32_t axes; /* bit k: axis k is reduced */
} tg__reduce_attr;

/* What a block gives to the reduction of all. */
typedef union tg__partial {
    double real;
    int64_t whole;
} tg__partial;

/* A reduction's kernels for one dtype. */
typedef struct tg__reduce {
    /* out[r] = the reduction of in[r * n .. r * n + n) for r < rows */
    void (*rows)(int64_t rows, int64_t n, const void *in, void *out);
    /* out[j] = the reduction over i < rows of in[i * n + j] for j < n */
    void (*columns)(int64_t rows, int64_t n, const void *in, void *out);
    /* Whole tensors go block by block: each block's reduction into part, then all of them. A
     * reduction of that dtype exists if it has these. */
    void (*block)(int64_t n, const void *in, tg__partial *part);
    void (*finish)(int64_t blocks, int64_t count, const tg__partial *part, void *out);
} tg__reduce;

/* A dense operand or result of a call. */
typedef struct tg__value {
    void *data;
    int rank;
    const int64_t *dim;
    tg_dtype dtype;
    tg__view view; /* of an operand, where the operation said it takes views; else dense */
} tg__value;

static inline int64_t tg__value_count(const tg__value *x)
{
    int64_t count = 1;
    for (int i = 0; i < x->rank; i++) count *= x->dim[i];
    return count;
}

typedef struct tg__pool tg__pool;

typedef struct tg__call {
    const tg_op *op;
    const void *attr;
    int arity;
    const tg__value *in;
    tg__value out;
    tg__pool *pool;
    void *scratch;        /* op->scratch bytes */
    uint64_t seed, drawn; /* of a draw: the seed, and the count of its key */
    tg_error *error; /* for the text of a failure; never NULL */
} tg__call;

/* Where an operation may be sampled by the tests; also says what it means to be smooth. */
typedef struct tg__domain {
    double low, high;
} tg__domain;

enum {
    TG_OP_COMMUTES = 1,       /* operands may be swapped */
    TG_OP_RANDOM = 2,         /* a draw: attributes begin with a tg__draw_attr; never merged */
    TG_OP_VIEWS = 4,          /* a call that takes strided operands */
    TG_OP_FALLIBLE = 8,       /* a call whose operands' values may be wrong */
    TG_OP_NO_MINUS_ZERO = 16, /* a result of 0 is never -0 */
    TG_OP_DIVIDES = 32,       /* integers by the second operand, which is checked before */
};

struct tg_op {
    const char *name;
    tg__kind kind;
    uint8_t arity; /* 255: any number */
    uint8_t flags;
    const tg__map *map;
    const tg__reduce *reduce; /* an array by the operand's dtype */
    /* Reduces what a reduction made of parts; NULL: the same does. A reduction that needs another
     * one is never of single elements. */
    const tg_op *combine;
    bool (*view)(const tg_op *op, const void *attr, int rank, const int64_t *dim,
                 const tg__view *in, tg__view *out);
    tg_status (*call)(const tg__call *call);
    /* Of a TG_OP_VIEWS call: can it take operand [i] as it is, or does it need a copy? NULL: it
     * takes any view. */
    bool (*accepts)(const void *attr, int i, const tg__view *view);
    /* Bytes to compute such a call with so many threads; NULL: none. There are no data yet, nor a
     * pool. */
    size_t (*scratch)(const tg__call *call, int threads);
    /* Records the products of the cotangent [g] of [y]: to[i] for operand i, which stays
     * NULL where no gradient passes. */
    void (*vjp)(tg_tensor *y, tg_tensor *g, tg_tensor **to);
    /* The operand for which y's cotangent should wait for those of other uses; -1: none. */
    int (*joins)(const tg_tensor *y);
    /* The sum of the cotangents of [x] that so many uses y[i] of it, by this operation, have for it
     * when their own are g[i]. NULL if these cannot be joined, and nothing is recorded then. */
    tg_tensor *(*join)(tg_tensor *x, size_t count, tg_tensor *const y[], tg_tensor *const g[]);
    const char *no_gradient; /* why there is no vjp */
    tg__domain domain[2];    /* of a map's float operands a and b */
    /* Appends the attributes to a dump; NULL: none worth it. */
    void (*print)(const void *attr, FILE *out);
    const struct tg__custom *custom; /* of an operation of the user's (ops/custom.c) */
};

/* What the attributes of every draw begin with. */
typedef struct tg__draw_attr {
    uint64_t key;   /* the hash of its name */
    uint64_t ahead; /* added to the key's count: which of several unrolled runs it belongs to */
} tg__draw_attr;

/* Every operation, for the tests and the documentation; ends with NULL. */
extern const tg_op *const tg__registry[];

/* The operations that the engine must name. */
extern const tg_op tg__op_input, tg__op_constant, tg__op_number, tg__op_read, tg__op_step,
    tg__op_assign; /* values from and to the outside */
extern const tg_op tg__op_add, tg__op_sub, tg__op_mul, tg__op_div, tg__op_neg; /* clean-up */
extern const tg_op tg__op_copy; /* what a view that needs memory becomes */
extern const tg_op tg__op_dot;  /* takes transposes from its operands, */
extern const tg_op tg__op_fold, tg__op_pad; /* and folds become windows of one */

/* ---- Nodes ------------------------------------------------------------------------------ */

/* What a value may come from, beside constants. A node has the bits of all its operands. */
enum { TG__INPUTS = 1, TG__VARIABLES = 2, TG__COUNTERS = 4, TG__ORIGINS = 8 };

struct tg_tensor {
    const tg_tensor *self; /* this node; see nodes.c */
    const tg_op *op;
    tg_tape *tape;
    uint32_t id;         /* its place on the tape */
    uint32_t generation; /* of the tape, when it was recorded */
    uint8_t dtype, rank;
    uint16_t arity;
    uint32_t attr_size;
    const int64_t *dim;
    tg_tensor **in;
    const void *attr;    /* compared byte by byte: no padding, no pointers */
    const char *name;    /* or NULL */
    const tg_site *site; /* never NULL; kept by the tape, or the variable's */
    /* Values. Where [data] is set it holds the node's value: fed, constant, or from a run. */
    void *data;
    tg_plan *plan;     /* the compiled plan that covers the node, kept or not */
    uint64_t age;      /* the tape's when a run made [data]; of an input: 0 until one read it */
    uint32_t place;    /* while a plan is made or looked for: in what is planned, from 1; else 0 */
    uint32_t slot;     /* in the tg__reach that saw it last; only that knows whether it is in it */
    uint32_t reached;  /* the tape's number, if what tg_depends asked of last depends on it */
    uint8_t from;      /* TG__INPUTS and the like */
    union {
        tg_tensor *arg[3]; /* where [in] points when there are no more than these; */
        struct {           /* leaves have none, and an assignment has one */
            tg_tensor *assigned;
            union {
                tg_var *var;   /* of read and assign, */
                double number; /* of tg__op_number */
            };
        };
    };
};

/* The variable that it reads or assigns to; NULL for other nodes. */
static inline tg_var *tg__var_behind(const tg_tensor *x)
{
    return x->op == &tg__op_read || x->op == &tg__op_assign ? x->var : NULL;
}

/* Where the handle's node was recorded, for errors of functions that are not told where they are
 * called; nowhere if it is stale. */
static inline tg_site tg__line_of(const tg_tensor *x)
{
    if (x->self != x) return (tg_site){ 0 };
    return (tg_site){ .file = x->site->file, .line = x->site->line };
}

/* The pages that a tape's nodes live in, a ring. */
enum { TG__LAPS = sizeof(tg_tensor) / _Alignof(tg_tensor) };
typedef struct tg__page tg__page;
typedef struct tg__region tg__region;
typedef struct tg__ring {
    tg__page *current;
    unsigned char *next, *end; /* of the places for nodes in it */
    size_t pages, fresh, live; /* all; never used yet; with nodes of this recording */
    tg__region *regions;       /* the memory of pages */
} tg__ring;

/* The place for a new node; NULL when out of memory. */
tg_tensor *tg__node_new(tg_tape *tape);
void tg__nodes_rewind(tg_tape *tape);
void tg__nodes_free(tg_tape *tape);
/* The tape that a handle is of or was of, in any state of it. */
tg_tape *tg__tape_of_handle(const tg_tensor *x);

/* ---- Stores ----------------------------------------------------------------------------- */

struct tg_var {
    tg_store *store;
    const char *name;
    size_t index;
    tg_dtype dtype;
    tg_shape shape;
    int64_t count;
    size_t bytes; /* without padding */
    void *data;
    bool parameter, frozen;
    tg_site site;
};

/* How often a key has been drawn by. Counters are a tree by the hashes of keys, two bits a level.
 */
enum { TG__COUNTER_BRANCHES = 4 };
typedef struct tg__counter tg__counter;
struct tg__counter {
    _Atomic(tg__counter *) branch[TG__COUNTER_BRANCHES];
    tg__counter *next; /* made before this one */
    uint64_t key;
    _Atomic uint64_t value;
};

struct tg_store {
    tg_allocator allocator;
    tg__arena arena;
    tg_var **vars;
    size_t count, capacity;
    uint32_t *slots; /* open addressing by name: index + 1, or 0 */
    size_t slot_count;
    uint64_t seed;
    tg_dtype dtype;
    bool keep_denormals;
    int64_t step;
    _Atomic(tg__counter *) counters, newest_counter; /* the tree, and all of them as a list */
    uint64_t loads;                                  /* how often a file has set the counters */
    /* Each change of a variable's value moves the first, each of [step] or [seed] the second: so
     * tapes see that what they know is old. */
    uint64_t variables_moved, counters_moved;
    tg_error error;
};

/* What is wrong with filling such a variable, or parameter, so; NULL: nothing. */
const char *tg__init_fault(tg_init init, tg_dtype dtype, tg_shape shape, bool parameter);
/* Fills a new variable; false when out of memory. */
bool tg__fill_var(const tg_var *var, tg_init init);
/* Forgets all variables but the first [count]: those that nobody has seen yet. */
void tg__store_shrink(tg_store *store, size_t count);

/* The counter of the key, made at 0 if there is none; NULL when out of memory. */
tg__counter *tg__counter_of(tg_store *store, uint64_t key);
uint64_t tg__counter_value(tg__counter *counter);
void tg__counter_set(tg__counter *counter, uint64_t value);
/* Raises it to at least [value]. */
void tg__counter_reach(tg__counter *counter, uint64_t value);
/* The counter after [last], in any order; the first after NULL. NULL at the end. */
tg__counter *tg__counter_next(const tg_store *store, const tg__counter *last);
void tg__counters_free(tg_store *store);

/* ---- Tapes ------------------------------------------------------------------------------ */

/* A draw on a tape. The first one of its key also says what define-by-run has computed of the key's
 * draws in this recording: those of the counts [from] .. [from] + [computed] - 1. */
typedef struct tg__key_use {
    uint64_t key;
    size_t unrolled; /* the unrolled run that it is in; 0: none */
    tg__counter *counter;
    uint64_t from, computed;
    uint64_t loads;    /* the store's, when they were computed */
    size_t first;      /* the first use of the key: its place among the uses */
    size_t count;      /* of the first one: how many uses there are */
    size_t next_key;   /* of the first ones, in their chain: the next one's place + 1 */
    size_t next_exact; /* in the chain of uses by key and run */
} tg__key_use;

/* The chains of uses begin here; so many of both kinds as there are uses, or more. */
typedef struct tg__key_chain {
    size_t key, exact; /* the place of the first + 1, or 0 */
} tg__key_chain;

/* Enters a use of the key in the run that is being recorded; *[ahead] others came before it.
 * TG_ERR_ARGUMENT if that run has one already. */
tg_status tg__key_enter(tg_tape *tape, uint64_t key, uint64_t *ahead);
/* Forgets all uses but the first [count]. */
void tg__keys_shrink(tg_tape *tape, size_t count);

/* The count that this recording's draws of the key start from. */
uint64_t tg__drawn_from(tg_tape *tape, uint64_t key, tg__counter *counter);
/* Define-by-run has computed draws of the key for [runs] counts from [from] on. */
void tg__drawn(tg_tape *tape, uint64_t key, uint64_t from, uint64_t runs);
/* The recording has ended: moves the counters beyond what was computed. May be called again. */
void tg__draws_end(tg_tape *tape);

typedef struct tg__override {
    tg_var *var; /* NULL: it has ended */
    tg_tensor *value;
    bool unrolled; /* by a run that was unrolled, not by tg_override */
    size_t below;  /* of the same variable: its place + 1, or 0 */
} tg__override;

typedef struct tg__override_list {
    tg__override *item;
    size_t count, capacity;
} tg__override_list;

/* What a recording does with a variable. */
typedef struct tg__var_use {
    uint32_t generation;        /* of the recording; what an older one did is not looked at */
    tg_tensor *read;            /* or NULL */
    size_t assigned;            /* places + 1 among the tape's assignments, */
    size_t overridden, pending; /* its overrides and what is pending, of the innermost; or 0 */
} tg__var_use;

struct tg_tape {
    tg_store *store;
    tg_allocator allocator;
    uint32_t generation;
    tg__ring ring;      /* the nodes; what they point at is in the arenas, */
    tg__arena arena[2]; /* of this generation and of the one before */
    tg_tensor **nodes;
    size_t count, capacity;
    tg_site **sites, *last_site; /* those of all nodes so far, by hash; the one asked for last */
    size_t site_count, site_capacity;
    tg__var_use *uses; /* by variable index */
    size_t use_capacity;
    tg_tensor **assigns; /* in recorded order */
    size_t assign_count, assign_capacity;
    tg__override_list overrides; /* what reads give instead of the variable */
    tg__override_list pending;   /* what the unrolled run has assigned so far */
    size_t unrolled;             /* the unrolled run that is being recorded, from 1; 0: none */
    tg__key_use *keys;           /* of the random nodes of this generation, by arrival */
    tg__key_chain *key_chains;
    size_t key_count, key_capacity, key_chain_count;
    tg_site origin;       /* while differentiating: whose line new nodes take, */
    const char *deriving; /* and the function that asked for it, whose errors have its name */
    /* Values know at which age of the tape they were computed. It is one more after each change of
     * what they come from; since[from]: the age since which that has been as it is. */
    uint64_t age, since[TG__ORIGINS];
    uint64_t variables_seen, counters_seen; /* how far the store's had moved */
    uint64_t evaluated;                     /* the age at which define-by-run last ran something */
    uint64_t settled_age; /* the age at which it knew what the first [settled] assignments assign */
    size_t settled;
    size_t walked; /* how many nodes it has looked at, in this generation */
    /* What tg_depends knows: the nodes whose [reached] is the number lead to [reached_from]. */
    const tg_tensor *reached_from;
    uint32_t reached;
    /* Work done so far, for the tests: nodes that derivatives have looked at, entries that searches
     * have compared (equal values, keys, assignments, gaps in memory). */
    size_t visited, compared;
    bool committed;
    bool read_failed;           /* define-by-run's last run: then its draws are made again */
    tg_error error;             /* the first one; sticks */
    const tg_tensor *unplaced;  /* the stale node that it tells of, without saying where */
    tg_error run_error;         /* the last run's */
    tg_plan *cached, *compiled; /* lists: define-by-run's plans, and the user's */
    /* Set by who hangs plans on the tape, for when it is freed. */
    void (*drop_plans)(tg_tape *tape);
};

/* Ends all but the first [count] overrides of the list, which is one of the tape's two. */
void tg__overrides_shrink(tg_tape *tape, tg__override_list *list, size_t count);

/* A tape and its store as they were when a call of the user's began; in the tape's arena. What
 * belongs to nodes (reads, assignments, keys) goes with the nodes. */
struct tg__mark {
    tg_tape *tape;
    uint32_t generation;
    size_t length, overrides, pending, vars;
};
/* Is the node, which is not NULL, one of its tape's recording? Of another nothing but this struct
 * may be looked at, and that only where x->self == x. */
static inline bool tg__alive(const tg_tensor *x)
{
    return x->self == x && x->generation == x->tape->generation;
}

/* The tape's age, once it has looked at what happened to the store. */
uint64_t tg__tape_age(tg_tape *tape);
/* The value that a run left in the node, by the tape's age when last asked: is it that of age [at]?
 * It is if it was made then, or if what it comes from has not changed since. */
static inline bool tg__known_at(const tg_tensor *x, uint64_t at)
{
    const uint64_t since = x->tape->since[x->from];
    return x->data && (x->age == at || (since <= x->age && since <= at));
}

/* What the recording does with the variable: to look at, never NULL; and to change, NULL when out
 * of memory. */
const tg__var_use *tg__var_used(const tg_tape *tape, const tg_var *var);
tg__var_use *tg__var_use_of(tg_tape *tape, const tg_var *var);

static inline tg__arena *tg__tape_arena(tg_tape *tape)
{
    return &tape->arena[tape->generation & 1];
}

/* ---- Errors ----------------------------------------------------------------------------- */

/* Touches no more of the text than it must: runs begin with it. */
static inline void tg__error_clear(tg_error *error)
{
    error->status = TG_OK;
    error->text[0] = 0;
}
void tg__error_set(tg_error *error, tg_status status, const char *format, ...) TG_PRINTF(3, 4);
void tg__error_add(tg_error *error, const char *format, ...) TG_PRINTF(2, 3);
/* Begins the tape's error unless one stands, which gives false: "file:line: tg_name: ", where
 * [name] may be NULL; within another function: "file:line: tg_function: in tg_name: ". What the
 * call has recorded so far is taken back (tg_enter). */
bool tg__fail_begin(tg_tape *tape, tg_site at, tg_status status, const char *name);
/* "tg_name: message" and a line for each operand with its shape and origin. Returns NULL. */
tg_tensor *tg__fail_op(tg_tape *tape, tg_site at, tg_status status, const char *name, int arity,
                       tg_tensor *const in[], const char *format, ...) TG_PRINTF(7, 8);
void tg__error_operands(tg_error *error, int arity, tg_tensor *const in[]);
/* The node if it is alive. NULL if it is NULL, or stale, which then sticks to its tape; who was
 * called where is put in by the next who complains, if that is said of it here. */
const tg_tensor *tg__seen(const tg_tensor *x);
/* Operand [i] is stale: the message of that, on [tape]. */
void tg__fail_stale(tg_tape *tape, tg_site at, const char *name, int i, const tg_tensor *x);
/* tg_feed for a function that is told where it is called: [at] has its name. */
tg_status tg__feed(tg_site at, tg_tensor *input, tg_dtype dtype, const void *data, size_t count);
/* Puts into the tape's message, if it lacks it, where it happened and in what function. */
void tg__place_message(tg_tape *tape, tg_site at, const char *name);
/* "[64, 784]" into a buffer of TG_SHAPE_TEXT, which is returned. */
enum { TG_SHAPE_TEXT = 200 };
const char *tg__shape_text(char *buffer, int rank, const int64_t *dim);

/* ---- Recording -------------------------------------------------------------------------- */

/* Are the operands fit to be used together: not NULL, alive, on one tape that has not failed?
 * Reports what is not, except NULLs and failed tapes, about which there is nothing to add. */
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
/* The site with the function's name, unless it has that of one around it. */
static inline tg_site tg__within(tg_site at, const char *function)
{
    if (!at.function) at.function = function;
    return at;
}
/* A function of several nodes records all or none: if its result [y] is NULL, what the tape has
 * beyond [length] is forgotten, with its assignments and keys. Returns y. */
tg_tensor *tg__whole(tg_tape *tape, size_t length, tg_tensor *y);
/* The same shape and dtype as the first operand, no attributes. */
tg_tensor *tg__record_like(tg_site at, const tg_op *op, int arity, tg_tensor *const in[]);

static inline int64_t tg__elements(const tg_tensor *x)
{
    int64_t count = 1;
    for (int i = 0; i < x->rank; i++) count *= x->dim[i];
    return count;
}
static inline bool tg__is_float(int dtype) { return dtype == TG_F32 || dtype == TG_F64; }
static inline bool tg__same_shape(const tg_tensor *a, const tg_tensor *b)
{
    return a->rank == b->rank &&
           (a->dim == b->dim || memcmp(a->dim, b->dim, sizeof(int64_t) * a->rank) == 0);
}

/* Reductions in the form the engine keeps: the axes stay, with size 1. */
tg_tensor *tg__sum_axes(tg_site at, tg_tensor *x, uint32_t axes);

/* ---- Dumps and drawings ----------------------------------------------------------------- */

/* A path's last part. */
const char *tg__base_name(const char *path);
/* Text inside a Graphviz label: quotes and backslashes are escaped. */
void tg__print_quoted(const char *text, FILE *out);

/* ---- What leads to a node ---------------------------------------------------------------- */

/* A node and the [slot] that it had before. */
typedef struct tg__reached {
    uint32_t id, before;
} tg__reached;

/* The nodes with ids of at least [lowest] from which a path of derivatives leads to one node. */
typedef struct tg__reach {
    tg_tape *tape;
    tg__reached *at;
    size_t count, capacity;
} tg__reach;

/* Collects them, in ascending order of their ids; false when out of memory. */
bool tg__reach_begin(tg__reach *reach, tg_tensor *y, uint32_t lowest);
void tg__reach_end(tg__reach *reach);
/* The place of [x] among them; the count if it is none of them. */
static inline size_t tg__reach_place(const tg__reach *reach, const tg_tensor *x)
{
    return x->slot < reach->count && reach->at[x->slot].id == x->id ? x->slot : reach->count;
}
/* Does a derivative lead from its operands to the node? */
static inline bool tg__leads_on(const tg_tensor *x) { return x->op->vjp && tg__is_float(x->dtype); }

/* ---- The rest --------------------------------------------------------------------------- */

/* A hash of bytes (FNV-1a, 64 bits); streams of random numbers depend on it. */
uint64_t tg__hash(const void *data, size_t size, uint64_t seed);

/* A faster one for tables, word by word. */
static inline uint64_t tg__hash_word(uint64_t hash, uint64_t word)
{
    hash ^= word;
    hash = (hash ^ hash >> 32) * 0x9e3779b97f4a7c15u; /* doubles differ in their upper bits, */
    return hash ^ hash >> 29;                         /* tables look at the lower ones */
}
uint64_t tg__hash_words(uint64_t hash, const void *data, size_t size);

#endif
