/* tg_tape.h: stores of variables, tapes of operations, values, differentiation.
 *
 * There are three owners. A store holds variables (weights, optimizer state), as long as the model
 * is used; a tape holds the nodes of one recorded computation; a plan (tg_run.h) holds the buffers
 * of one way to run it. Each is freed as a whole; nothing inside is freed separately. Free plans
 * before their tape, tapes before their store.
 *
 * Errors stick: the first failing operation on a tape stores its message there and returns NULL;
 * operations with a NULL operand, or recorded after it, return NULL and do nothing. So a program
 * checks once, with tg_report or tg_tape_status. No function aborts, or prints without being asked.
 * A tape and its nodes belong to one thread at a time. */
#ifndef TG_TAPE_H
#define TG_TAPE_H

#include "tg_base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tg_store tg_store;   /* variables; valid until tg_store_free */
typedef struct tg_var tg_var;       /* a variable; valid as long as its store */
typedef struct tg_tape tg_tape;     /* nodes; valid until tg_tape_free */
typedef struct tg_tensor tg_tensor; /* a node; valid until its tape is rewound or freed */
typedef struct tg_plan tg_plan;     /* one way to run a tape; see tg_run.h */

/* ---- Lists of nodes --------------------------------------------------------------------- */

/* Nodes for a function that takes any number of them; borrowed. TG_LIST(a, b, c) is a list of these
 * nodes, (tg_list){ count, array } one of an array. A NULL among the nodes is treated like a NULL
 * operand. */
typedef struct tg_list {
    size_t count;
    tg_tensor *const *node;
} tg_list;

/* [nodes] ends with tg_list_end. */
TG_API tg_list tg_list_of(tg_tensor *const nodes[]);
TG_API extern tg_tensor *const tg_list_end;

/* ---- Options ---------------------------------------------------------------------------- */

/* As tg_options_read, for a function [op] ("tg_adam") whose errors stick to a tape, or to a store:
 * an error of the options is reported there, and the result is false. */
TG_API bool tg_tape_options(void *options, const void *given, const char *op, tg_tape *tape);
TG_API bool tg_store_options(void *options, const void *given, const char *op, tg_store *store);

/* The beginning of a function with options:
 *
 *     tg_tensor *my_loss_with(const my_loss_args *given)
 *     {
 *         my_loss_args args = { MY_LOSS_DEFAULTS };
 *         if (!TG_READ_OPTIONS(args, given, "my_loss", x)) return NULL;
 *
 * where [x] is a member that is a node of the tape. The other two are for structs with a member
 * [tape] or [store]. */
#define TG_READ_OPTIONS(options, given, op, x) \
    tg_tape_options(&(options), (given), (op), (given) ? tg_tape_of((given)->x) : NULL)
#define TG_READ_TAPE_OPTIONS(options, given, op) \
    tg_tape_options(&(options), (given), (op), (given) ? (given)->tape : NULL)
#define TG_READ_STORE_OPTIONS(options, given, op) \
    tg_store_options(&(options), (given), (op), (given) ? (given)->store : NULL)

/* ---- Stores ----------------------------------------------------------------------------- */

typedef struct tg_store_args {
    size_t struct_size;
    tg_site at;
    uint64_t seed;                 /* of initialisers and random operations; default 0 */
    tg_dtype dtype;                /* meaning of TG_DTYPE_DEFAULT; default TG_F32 */
    const tg_allocator *allocator; /* copied; default: the C library's */
    bool keep_denormals;           /* default: arithmetic in f32 may treat them as 0 */
} tg_store_args;
#define TG_STORE_DEFAULTS                                                                          \
    .struct_size = TG_OPTIONS_SIZE(tg_store_args, keep_denormals), .dtype = TG_F32

/* tg_store_new(.seed = 1). NULL if there is no memory. */
TG_API tg_store *tg_store_new_with(const tg_store_args *args);
/* Accepts NULL. */
TG_API void tg_store_free(tg_store *store);

/* The status of the first error that stuck to the store (such as a layer that could not be
 * made). */
TG_API tg_status tg_store_status(const tg_store *store);
/* Its message; "" if there is none. */
TG_API const char *tg_store_error(const tg_store *store);
TG_API void tg_store_clear_error(tg_store *store);
/* Makes an error stick to the store, as the library's own errors do; the first one stays. The
 * format is as printf's; numbers have a decimal point in every locale. */
TG_API void tg_store_fail(tg_store *store, tg_site at, tg_status status, const char *format, ...)
    TG_PRINTF(4, 5);

/* Zeroed memory for makers of layers, aligned to 16 bytes; valid as long as the store. NULL if
 * there is no memory (nothing sticks to the store), or for a size of 0. */
TG_API void *tg_store_memory(tg_store *store, size_t size);

TG_API tg_dtype tg_store_dtype(const tg_store *store);
TG_API uint64_t tg_store_seed(const tg_store *store);
/* The number of completed runs with assignments, except those of plans made with .steps = false.
 * tg_step reads it. Random draws and the schedules of optimizers do not use it: they have counts of
 * their own (tg_random.h, tg_optim.h). A negative step is ignored. */
TG_API int64_t tg_store_step(const tg_store *store);
TG_API void tg_store_set_step(tg_store *store, int64_t step);

/* ---- Variables -------------------------------------------------------------------------- */

/* How a new variable is filled. Random numbers are functions of the store's seed and the variable's
 * name alone. Use the functions of tg_init.h to make them. */
typedef enum tg_init_kind {
    TG_INIT_DEFAULT = 0,      /* the layer's default; tg_param has none, and refuses it */
    TG_INIT_CONSTANT,         /* a */
    TG_INIT_UNIFORM,          /* in [a, b) */
    TG_INIT_NORMAL,           /* mean a, standard deviation b */
    TG_INIT_TRUNCATED_NORMAL, /* the same, within two deviations */
    TG_INIT_ORTHOGONAL,       /* orthogonal, times a */
    TG_INIT_SPARSE,           /* a share a of zeros in each column, else deviation b */
    TG_INIT_IDENTITY,         /* the identity, times a */
    TG_INIT_DIRAC,            /* dirac, times a, in b groups */
    TG_INIT_FAN_NORMAL,       /* of the layer's own fans, a of them (1: in; 2: in and out): */
    TG_INIT_FAN_UNIFORM       /* the deviation, or bound, is b for fans of 1. Layers only */
} tg_init_kind;
typedef struct tg_init {
    tg_init_kind kind;
    double a, b;
} tg_init;

/* A new trainable variable (a parameter) of the store's default dtype, named with dots
 * ("encoder.0.weight"). A name that exists, an empty one, or one with control characters is an
 * error that sticks to the store. */
TG_API tg_var *tg_param_at(tg_site at, tg_store *store, const char *name, tg_shape shape,
                           tg_init init);
/* A variable that no optimizer trains (optimizer state, running statistics): made by the first
 * call, found by later ones, which must ask for the same shape and dtype. */
TG_API tg_var *tg_state_at(tg_site at, tg_store *store, const char *name, tg_dtype dtype,
                           tg_shape shape, double value);

/* The variable of that name, or NULL (which is no error). */
TG_API tg_var *tg_find(const tg_store *store, const char *name);
/* Variables in the order in which they were made; NULL beyond the last. */
TG_API size_t tg_var_count(const tg_store *store);
TG_API tg_var *tg_var_nth(const tg_store *store, size_t index);

TG_API const char *tg_var_name(const tg_var *var);
TG_API tg_shape tg_var_shape(const tg_var *var);
TG_API tg_dtype tg_var_dtype(const tg_var *var);
TG_API tg_store *tg_var_store(const tg_var *var);
/* Made by tg_param, and not frozen. */
TG_API bool tg_var_trainable(const tg_var *var);

/* Freezes (unfreezes) all parameters under [prefix]: the one of that name, and those whose names
 * begin with it and a dot. "conv" means "conv.weight" and not "conv2.weight"; "" means all. Returns
 * their number; 0 if there are none. */
TG_API size_t tg_freeze(tg_store *store, const char *prefix);
TG_API size_t tg_unfreeze(tg_store *store, const char *prefix);
/* Is [name] under [prefix], in that sense? */
TG_API bool tg_name_under(const char *name, const char *prefix);
/* Does [name] begin or end with [part], separated by a dot from the rest? "bias" matches "fc.bias"
 * and "bias.fc", not "unbias". NULL matches nothing. */
TG_API bool tg_name_has(const char *name, const char *part);
/* Does [name] begin or end, in that sense, with one of [parts], a list separated by commas (spaces
 * are ignored)? "bias, norm.weight" matches "fc.bias", "block.norm.weight" and "norm.weight". NULL
 * and empty parts match nothing. The options .no_decay and .except are such lists. */
TG_API bool tg_name_among(const char *name, const char *parts);
/* The number of elements in all parameters under [prefix]. */
TG_API int64_t tg_param_count(const tg_store *store, const char *prefix);

/* Copies [count] elements out or in; the count and the dtype, which the macros take from the
 * pointer's type, must be the variable's. */
TG_API tg_status tg_var_get_as(const tg_var *var, tg_dtype dtype, void *out, size_t count);
TG_API tg_status tg_var_set_as(tg_var *var, tg_dtype dtype, const void *data, size_t count);

/* The dtype for a pointer's type. */
#ifndef __cplusplus
#define TG_DTYPE_OF(pointer)                                                                \
    _Generic((pointer), float *: TG_F32, const float *: TG_F32, double *: TG_F64,           \
             const double *: TG_F64, int32_t *: TG_I32, const int32_t *: TG_I32,            \
             int64_t *: TG_I64, const int64_t *: TG_I64, uint8_t *: TG_U8,                  \
             const uint8_t *: TG_U8, bool *: TG_BOOL, const bool *: TG_BOOL)
#endif

/* Prints the variables: name, dtype, shape, count, whether trainable; and the total. */
TG_API void tg_store_print(const tg_store *store, FILE *out);

/* ---- Tapes ------------------------------------------------------------------------------ */

typedef struct tg_tape_args {
    size_t struct_size;
    tg_site at;
    tg_store *store; /* required; a NULL store is reported by tg_report(NULL) */
} tg_tape_args;
#define TG_TAPE_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_tape_args, store)

/* tg_tape_new(store). NULL if there is no memory or no store. */
TG_API tg_tape *tg_tape_new_with(const tg_tape_args *args);
/* Accepts NULL. */
TG_API void tg_tape_free(tg_tape *tape);
/* Removes all nodes, values and errors, and keeps the memory and the cached plans for the next
 * recording. Handles from before become stale: using one is an error (TG_ERR_STATE) that sticks to
 * its tape, and names the node until its memory is reused. While the tape exists, no stale handle
 * crashes the program. It is always detected while fewer than 120,000 nodes have been recorded on
 * the tape since. Older ones are detected, too, unless a new node is at exactly the same address,
 * which is the case for at most one in 40. Plans made with tg_compile from the old nodes can no
 * longer be run. */
TG_API void tg_rewind(tg_tape *tape);

TG_API tg_status tg_tape_status(const tg_tape *tape);
/* The message of the first error; "" if there is none. Valid until the next change. */
TG_API const char *tg_tape_error(const tg_tape *tape);
/* The same for the tape's last run, by a plan or by reading a value; its error does not stick, and
 * is replaced by the next run. */
TG_API tg_status tg_tape_run_status(const tg_tape *tape);
TG_API const char *tg_tape_run_error(const tg_tape *tape);
TG_API void tg_tape_clear_error(tg_tape *tape);
/* Makes an error stick to the tape, as the library's own errors do; the first one stays. The format
 * is as printf's; numbers have a decimal point in every locale. Always returns NULL, for `return
 * tg_fail(...)` in a composition. */
TG_API tg_tensor *tg_fail(tg_tape *tape, tg_site at, tg_status status, const char *format, ...)
    TG_PRINTF(4, 5);
/* Prints the first error of the store, the tape or its last run, if there is one. Returns 0 if
 * there is none, else 1, as a result for main. */
TG_API int tg_report(const tg_tape *tape, FILE *out);

/* For functions that are compositions of others. An error of one of these is reported under the
 * name of the composition, at the user's line. And a call is all or nothing: it records all of its
 * nodes, or it reports an error and leaves tape and store as they were.
 *
 *     tg_tensor *gate_at(tg_site at, tg_tensor *x, tg_tensor *y)
 *     {                                          (TG_HERE is at: see tg_base.h)
 *         if (!tg_enter(&at, "gate", TG_LIST(x, y))) return NULL;
 *         return tg_mul(x, tg_sigmoid(y));
 *     }
 *
 * False, silently, if one of the operands is NULL; and with an error if one is stale or not on the
 * tape of the first one, or if the tape has an error already. Else [at] gets the function's name,
 * unless a composition that called this one has set its own; and it remembers the state of the
 * tape: an error that is reported with this site, here or in functions called with it, removes all
 * that was recorded since from the tape, with assignments, overrides and random keys, and new
 * variables from the store. The name is not copied; the site is valid for this call alone. A
 * further call with the same site checks more operands, such as optional ones. */
TG_API bool tg_enter(tg_site *at, const char *function, tg_list operands);
/* The same for a function that gets a tape, which must not be NULL nor have an error. */
TG_API bool tg_enter_tape(tg_site *at, const char *function, tg_tape *tape);
/* Restores the state of tape and store at tg_enter, if something failed without an error with this
 * site: a function of the user returned NULL, tg_scratch had no memory. Returns NULL. */
TG_API tg_tensor *tg_undo(tg_site at);

TG_API tg_store *tg_tape_store(const tg_tape *tape);
/* The number of nodes recorded so far. */
TG_API size_t tg_tape_length(const tg_tape *tape);
/* The number of assignments recorded so far. */
TG_API uint32_t tg_assign_count(const tg_tape *tape);

/* Memory for functions that record on the tape, aligned to 16 bytes; valid until the tape is
 * rewound or freed. NULL if there is no memory, which is an error that sticks to the tape. */
TG_API void *tg_scratch(tg_tape *tape, size_t size);
/* Appends the operands to the message of the tape's error, a line for each with name, shape and
 * origin, as in the library's own messages. For compositions, after tg_fail. */
TG_API void tg_fail_operands(tg_tape *tape, tg_list operands);

/* ---- Nodes ------------------------------------------------------------------------------ */

/* These accept NULL: the results are a NULL tape, dtype 0, a shape of rank -1, "" as name. For a
 * stale handle they are the same, and it is an error of its tape, which tg_tape_of still
 * returns. */
TG_API tg_tape *tg_tape_of(const tg_tensor *x);
TG_API tg_dtype tg_dtype_of(const tg_tensor *x);
TG_API tg_shape tg_shape_from(const tg_tensor *x);
TG_API int tg_rank(const tg_tensor *x);
/* The size of one axis; -1 for a NULL node or an axis out of range (neither is an error). */
TG_API int64_t tg_dim(const tg_tensor *x, int axis);
TG_API int64_t tg_count(const tg_tensor *x);
/* The number of operands of its operation. */
TG_API int tg_arity(const tg_tensor *x);
/* Was it recorded by tg_input? And: the variable of a tg_read; NULL for other nodes. */
TG_API bool tg_is_input(const tg_tensor *x);
TG_API tg_var *tg_var_of(const tg_tensor *x);
/* Names a node, for messages, dumps and drawings; returns it. The name is copied. */
TG_API tg_tensor *tg_name(tg_tensor *x, const char *name);
TG_API const char *tg_name_of(const tg_tensor *x);

/* ---- Leaves, and the bridges to variables ----------------------------------------------- */

/* A node whose values the program feeds (zeros until then). */
TG_API tg_tensor *tg_input_at(tg_site at, tg_tape *tape, const char *name, tg_dtype dtype,
                              tg_shape shape);
/* Copies [count] elements into an input; they stay until the next call. */
TG_API tg_status tg_feed_as(tg_tensor *input, tg_dtype dtype, const void *data, size_t count);

/* The value of a variable before the run. One node for each variable and tape, which further calls
 * return. */
TG_API tg_tensor *tg_read_at(tg_site at, tg_tape *tape, tg_var *var);
/* [value] becomes the variable's value when the run ends. Shape and dtype must be the variable's. A
 * second assignment to a variable on one tape is an error that names both lines. Returns
 * [value]. */
TG_API tg_tensor *tg_assign_at(tg_site at, tg_var *var, tg_tensor *value);
/* The value of an earlier tg_assign to the variable on this tape; else its tg_read. */
TG_API tg_tensor *tg_latest_at(tg_site at, tg_tape *tape, tg_var *var);
/* From here on tg_read of [var] on this tape returns [value] (such as fast or averaged weights),
 * until tg_override_end removes the latest override of [var]. */
TG_API tg_status tg_override_at(tg_site at, tg_tape *tape, tg_var *var, tg_tensor *value);
TG_API tg_status tg_override_end_at(tg_site at, tg_tape *tape, tg_var *var);

/* Records several runs, one after the other, as one computation that can be differentiated: for
 * example steps of an optimizer, by its learning rate or by the weights before them. After
 * tg_unroll, tg_assign makes no assignment; its value is what tg_read of that variable returns
 * after the next tg_unroll_step. tg_unroll_step begins the next run: tg_step is one more, a
 * variable may be assigned again, and random draws may use their keys again, for the numbers that
 * the next run would draw. tg_unroll_end ends it: reads give the variables again, and an outer
 * optimizer can assign them.
 *
 *     tg_unroll(tape);
 *     for (int i = 0; i < 3; i++) {
 *         tg_adam(loss_of(&net, x, y), .lr_at = rate);
 *         tg_unroll_step(tape);
 *     }
 *     tg_tensor *after = loss_of(&net, other_x, other_y);
 *     tg_unroll_end(tape);
 *     tg_tensor *slope = tg_grad(after, rate); */
TG_API tg_status tg_unroll_at(tg_site at, tg_tape *tape);
TG_API tg_status tg_unroll_step_at(tg_site at, tg_tape *tape);
TG_API tg_status tg_unroll_end_at(tg_site at, tg_tape *tape);

/* ---- Differentiation -------------------------------------------------------------------- */

/* Records the vector-Jacobian product: out[i] = cotangent . dy/dwrt[i], for each node of [wrt].
 * [cotangent] has y's shape and dtype; NULL means 1, for a y of one element. The results are
 * ordinary nodes and can be differentiated again. A node that y does not depend on gets zeros. On
 * an error every out[i] is NULL. */
TG_API tg_status tg_vjp_at(tg_site at, tg_tensor *y, tg_tensor *cotangent, tg_list wrt,
                           tg_tensor *out[]);
/* d loss / d x, for a loss of one element. */
TG_API tg_tensor *tg_grad_at(tg_site at, tg_tensor *loss, tg_tensor *x);
/* Does a differentiable path lead from [x] to [y]? False for stale nodes, which are no error here.
 * A lack of memory is an error that sticks to their tape. */
TG_API bool tg_depends(const tg_tensor *y, const tg_tensor *x);

/* ---- Values ----------------------------------------------------------------------------- */

/* The values that a compiled plan keeps are those of its last run. Reading a node of a plan that it
 * does not keep is an error, whose message says how to keep it.
 *
 * Reading a node that is in no plan computes it (define-by-run), without any assignment: what it
 * needs is planned and run. The value is then kept, and computed again only after something that it
 * depends on has changed: an input was fed, a variable was changed (by a run of any tape,
 * tg_commit, tg_var_set, tg_load), or, for steps and draws, the store's step or seed. All values in
 * one computation belong to the same state of inputs and variables. A node that depends on a value
 * kept by a compiled plan is computed from that value if nothing else has changed since that run
 * began; else it is an error (TG_ERR_STATE), because it would mix two states.
 *
 * The first read computes only what is read. If there is another one before anything changes,
 * intermediate values are kept, too; so a program that reads a value after each operation computes
 * each operation once. */

/* The only element as a double; NaN on an error. (An error of the run does not stick, as in tg_run;
 * tg_report prints it.) */
TG_API double tg_item(tg_tensor *x);
/* Copies all elements out; count and dtype must be the node's. */
TG_API tg_status tg_get_as(tg_tensor *x, tg_dtype dtype, void *out, size_t count);
/* Computes nodes of one tape in one run, so that tg_item, tg_get and tg_print return their values
 * at once; known values are not computed again. Errors as theirs; TG_ERR_ARGUMENT if one is
 * NULL. */
TG_API tg_status tg_evaluate(tg_list list);
/* Prints shape, dtype and values, without the middle of long axes. Here, and in all output and
 * messages of the library, numbers have a decimal point in every locale. */
TG_API void tg_print(tg_tensor *x, FILE *out);
/* Runs this tape's assignments once, in define-by-run, with the current variables. From then until
 * tg_rewind, reading a node that depends on variables, steps or draws is an error (TG_ERR_STATE),
 * even if it was read before: its old value is lost, and a new one would use the weights that this
 * recording has changed. Values kept by a compiled plan are not affected. */
TG_API tg_status tg_commit(tg_tape *tape);

/* ---- Looking at a tape ------------------------------------------------------------------ */

/* The nodes of a tape in the order of recording, in which they can be computed: operands precede
 * the nodes that use them. Stale handles are treated as by tg_rank. */

/* The node with number [index], from 0 on; NULL beyond the last, and for a NULL tape. */
TG_API tg_tensor *tg_node(const tg_tape *tape, size_t index);
/* The number of a node on its tape; -1 for NULL. */
TG_API int64_t tg_index_of(const tg_tensor *x);
/* Operand [index] of the node's operation, of tg_arity(x); NULL if there is none (no error). */
TG_API tg_tensor *tg_operand_of(const tg_tensor *x, int index);
/* The name of its operation, as in dumps: "add"; of leaves "input", "read", "number" and so on; of
 * an assignment "assign". "" for NULL. */
TG_API const char *tg_operation_of(const tg_tensor *x);
/* Where it was recorded: file and line of the call in the user's program, and the function that was
 * called there, which may be NULL. For the read of a variable: where the variable was made. Nodes
 * of a derivative have the origin of the node that they were derived from. { 0 } for NULL. */
TG_API tg_site tg_origin_of(const tg_tensor *x);

/* Prints one line for each node: %7 [64,10] f32 add %3 %6 ; mlp.c:23 */
TG_API void tg_dump(const tg_tape *tape, FILE *out);
/* The same as a Graphviz digraph. */
TG_API void tg_draw(const tg_tape *tape, FILE *out);

#ifdef __cplusplus
}
#endif

/* How C programs call these: the macros supply the call's site, and the defaults of options. */
#ifndef __cplusplus
#define TG_LIST(...) tg_list_of((tg_tensor *const[]){ __VA_ARGS__, tg_list_end })
#define tg_store_new(...)                                                                          \
    tg_store_new_with(&(tg_store_args){ TG_STORE_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_param(...) tg_param_at(TG_HERE, __VA_ARGS__)
#define tg_state(...) tg_state_at(TG_HERE, __VA_ARGS__)
#define tg_var_get(var, pointer, count) \
    tg_var_get_as((var), TG_DTYPE_OF(pointer), (pointer), (count))
#define tg_var_set(var, pointer, count) \
    tg_var_set_as((var), TG_DTYPE_OF(pointer), (pointer), (count))
#define tg_tape_new(...)                                                                           \
    tg_tape_new_with(&(tg_tape_args){ TG_TAPE_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_input(...) tg_input_at(TG_HERE, __VA_ARGS__)
#define tg_feed(input, pointer, count) \
    tg_feed_as((input), TG_DTYPE_OF(pointer), (pointer), (count))
#define tg_read(...) tg_read_at(TG_HERE, __VA_ARGS__)
#define tg_assign(...) tg_assign_at(TG_HERE, __VA_ARGS__)
#define tg_latest(...) tg_latest_at(TG_HERE, __VA_ARGS__)
#define tg_override(...) tg_override_at(TG_HERE, __VA_ARGS__)
#define tg_override_end(...) tg_override_end_at(TG_HERE, __VA_ARGS__)
#define tg_unroll(...) tg_unroll_at(TG_HERE, __VA_ARGS__)
#define tg_unroll_step(...) tg_unroll_step_at(TG_HERE, __VA_ARGS__)
#define tg_unroll_end(...) tg_unroll_end_at(TG_HERE, __VA_ARGS__)
#define tg_vjp(...) tg_vjp_at(TG_HERE, __VA_ARGS__)
#define tg_grad(...) tg_grad_at(TG_HERE, __VA_ARGS__)
#define tg_get(x, pointer, count) tg_get_as((x), TG_DTYPE_OF(pointer), (pointer), (count))
#endif

#endif
