/* tg_tape.h: stores of variables, tapes of operations, values, differentiation.
 *
 * Three owners, three lifetimes. A store holds variables (weights, optimizer state)
 * for as long as the model lives; a tape holds the nodes of one recorded computation;
 * a plan (tg_run.h) holds the buffers of one way to run it. Each is freed at once;
 * nothing inside is freed singly. Free plans before their tape, tapes before their store.
 *
 * Errors stick: the first failed operation on a tape keeps its text there and returns
 * NULL; operations given a NULL, or recorded after it, return NULL and do nothing. So a
 * program checks once, with tg_report or tg_tape_status. Nothing here ever aborts or
 * prints unasked. A tape and its nodes belong to one thread at a time. */
#ifndef TG_TAPE_H
#define TG_TAPE_H

#include "tg_base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tg_store tg_store;   /* variables; lives as long as the model */
typedef struct tg_var tg_var;       /* one variable; lives as long as its store */
typedef struct tg_tape tg_tape;     /* nodes; lives until tg_tape_free */
typedef struct tg_tensor tg_tensor; /* one node; lives until its tape is rewound or freed */
typedef struct tg_plan tg_plan;     /* one way to run a tape; see tg_run.h */

/* ---- Lists of nodes --------------------------------------------------------------------- */

/* Nodes for a function that takes any number of them; borrowed. TG_LIST(a, b, c) makes one of the
 * nodes written, (tg_list){ count, array } of an array. A NULL among the nodes is passed on as the
 * error it is, like any NULL operand. */
typedef struct tg_list {
    size_t count;
    tg_tensor *const *node;
} tg_list;

/* [nodes] ends with tg_list_end. */
TG_API tg_list tg_list_of(tg_tensor *const nodes[]);
TG_API extern tg_tensor *const tg_list_end;

/* ---- Options ---------------------------------------------------------------------------- */

/* As tg_options_read, for a function [op] ("tg_adam") whose errors stick to a tape, or to a store;
 * these tell the fault there, and return false. */
TG_API bool tg_tape_options(void *options, const void *given, const char *op, tg_tape *tape);
TG_API bool tg_store_options(void *options, const void *given, const char *op, tg_store *store);

/* The beginning of a function with options:
 *
 *     tg_tensor *my_loss_with(const my_loss_args *given)
 *     {
 *         my_loss_args args = { MY_LOSS_DEFAULTS };
 *         if (!TG_READ_OPTIONS(args, given, "my_loss", x)) return NULL;
 *
 * for which [x] is a member that holds a node of the tape; or there are members [tape] or [store].
 */
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
    tg_dtype dtype;                /* what TG_DTYPE_DEFAULT means; default TG_F32 */
    const tg_allocator *allocator; /* copied; default: the C library's */
    bool keep_denormals;           /* default: arithmetic in f32 may take and give 0 for them */
} tg_store_args;
#define TG_STORE_DEFAULTS                                                                          \
    .struct_size = TG_OPTIONS_SIZE(tg_store_args, keep_denormals), .dtype = TG_F32

/* tg_store_new(.seed = 1). NULL when out of memory. */
TG_API tg_store *tg_store_new_with(const tg_store_args *args);
/* Accepts NULL. */
TG_API void tg_store_free(tg_store *store);

/* The first error that stuck to the store (a layer that could not be made). */
TG_API tg_status tg_store_status(const tg_store *store);
/* Its text; "" if there is none. */
TG_API const char *tg_store_error(const tg_store *store);
TG_API void tg_store_clear_error(tg_store *store);
/* Makes an error stick to the store, as the library's own do; the first one stays. The format is
 * printf's; numbers have a decimal point in every locale. */
TG_API void tg_store_fail(tg_store *store, tg_site at, tg_status status, const char *format, ...)
    TG_PRINTF(4, 5);

/* Memory for whoever makes layers of the store's variables, zeroed, aligned to 16 bytes; it lives
 * as long as the store. NULL when out of memory (nothing sticks to the store), or for a size of 0.
 */
TG_API void *tg_store_memory(tg_store *store, size_t size);

TG_API tg_dtype tg_store_dtype(const tg_store *store);
TG_API uint64_t tg_store_seed(const tg_store *store);
/* The number of completed runs that assigned anything, but for those of plans made with .steps =
 * false. tg_step reads it. Draws and an optimizer's schedule do not look at it: they have counts of
 * their own (tg_random.h, tg_optim.h). A negative step is ignored. */
TG_API int64_t tg_store_step(const tg_store *store);
TG_API void tg_store_set_step(tg_store *store, int64_t step);

/* ---- Variables -------------------------------------------------------------------------- */

/* How a new variable is filled. Random ones are functions of the store's seed and the
 * variable's name alone. The functions of tg_init.h make them. */
typedef enum tg_init_kind {
    TG_INIT_DEFAULT = 0,      /* as the layer does; tg_param knows no layer, and refuses it */
    TG_INIT_CONSTANT,         /* a */
    TG_INIT_UNIFORM,          /* in [a, b) */
    TG_INIT_NORMAL,           /* the mean a, the standard deviation b */
    TG_INIT_TRUNCATED_NORMAL, /* the same, within two deviations */
    TG_INIT_ORTHOGONAL,       /* times a */
    TG_INIT_SPARSE,           /* a share a of zeros in each column, the deviation b */
    TG_INIT_IDENTITY,         /* times a */
    TG_INIT_DIRAC,            /* times a, in b groups */
    TG_INIT_FAN_NORMAL,       /* of the layer's own fans, a of them (1: in; 2: in and out): the */
    TG_INIT_FAN_UNIFORM       /* deviation, or the bound, is b where each is 1. For layers alone */
} tg_init_kind;
typedef struct tg_init {
    tg_init_kind kind;
    double a, b;
} tg_init;

/* A new trainable variable (a parameter) of the store's default dtype, named with dots
 * ("encoder.0.weight"). A name twice, an empty one, or one with control characters is
 * an error that sticks to the store. */
TG_API tg_var *tg_param_at(tg_site at, tg_store *store, const char *name, tg_shape shape,
                           tg_init init);
/* A variable that no optimizer trains (optimizer state, running statistics): made on the
 * first call, found on later ones, which must ask for the same shape and dtype. */
TG_API tg_var *tg_state_at(tg_site at, tg_store *store, const char *name, tg_dtype dtype,
                           tg_shape shape, double value);

/* The variable of that name, or NULL (which is no error). */
TG_API tg_var *tg_find(const tg_store *store, const char *name);
/* Variables in the order they were made; NULL past the end. */
TG_API size_t tg_var_count(const tg_store *store);
TG_API tg_var *tg_var_nth(const tg_store *store, size_t index);

TG_API const char *tg_var_name(const tg_var *var);
TG_API tg_shape tg_var_shape(const tg_var *var);
TG_API tg_dtype tg_var_dtype(const tg_var *var);
TG_API tg_store *tg_var_store(const tg_var *var);
/* Made by tg_param, and not frozen. */
TG_API bool tg_var_trainable(const tg_var *var);

/* Freezes (or thaws) the parameters whose names begin with [prefix] at a dot's border:
 * "conv" takes "conv.weight" and not "conv2.weight"; "" takes all. Returns how many: 0 where no
 * parameter lies under it. */
TG_API size_t tg_freeze(tg_store *store, const char *prefix);
TG_API size_t tg_unfreeze(tg_store *store, const char *prefix);
/* Does [name] lie under [prefix], in the sense above? */
TG_API bool tg_name_under(const char *name, const char *prefix);
/* Does [name] begin or end with [part], at a dot's border? "bias" takes "fc.bias" and "bias.fc",
 * and not "unbias". NULL takes none. The options .except and .no_decay mean each of their names so
 * (tg_name_among). */
TG_API bool tg_name_has(const char *name, const char *part);
/* Does [name] begin or end, at a dot's border, with one of [parts], between which are commas (and
 * spaces, which do not count)? As tg_name_has for each of them: "bias, norm.weight" takes
 * "fc.bias", "block.norm.weight" and "norm.weight". NULL takes none, an empty part neither. So
 * .no_decay and .except are meant, also those of tg_accumulate and tg_l2_penalty. */
TG_API bool tg_name_among(const char *name, const char *parts);
/* Elements in all parameters under [prefix]. */
TG_API int64_t tg_param_count(const tg_store *store, const char *prefix);

/* Copies [count] elements in or out; the count must be the variable's, and the dtype,
 * taken from the pointer's type, too. */
TG_API tg_status tg_var_get_as(const tg_var *var, tg_dtype dtype, void *out, size_t count);
TG_API tg_status tg_var_set_as(tg_var *var, tg_dtype dtype, const void *data, size_t count);

/* The dtype of what a pointer points at. */
#ifndef __cplusplus
#define TG_DTYPE_OF(pointer)                                                                \
    _Generic((pointer), float *: TG_F32, const float *: TG_F32, double *: TG_F64,           \
             const double *: TG_F64, int32_t *: TG_I32, const int32_t *: TG_I32,            \
             int64_t *: TG_I64, const int64_t *: TG_I64, uint8_t *: TG_U8,                  \
             const uint8_t *: TG_U8, bool *: TG_BOOL, const bool *: TG_BOOL)
#endif

/* Lists the variables: name, dtype, shape, count, whether trainable; and the total. */
TG_API void tg_store_print(const tg_store *store, FILE *out);

/* ---- Tapes ------------------------------------------------------------------------------ */

typedef struct tg_tape_args {
    size_t struct_size;
    tg_site at;
    tg_store *store; /* required; a NULL store is reported by tg_report(NULL) */
} tg_tape_args;
#define TG_TAPE_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_tape_args, store)

/* tg_tape_new(store). NULL when out of memory or without a store. */
TG_API tg_tape *tg_tape_new_with(const tg_tape_args *args);
/* Accepts NULL. */
TG_API void tg_tape_free(tg_tape *tape);
/* Forgets all nodes, values and errors, and keeps the memory and the cached plans for the
 * next recording. Handles from before are stale: using one is an error (TG_ERR_STATE) that sticks
 * to its tape, and names the node until its memory is used again. While the tape lives, none makes
 * the program crash. That it is found is certain while fewer than 120,000 nodes were recorded on
 * the tape since. Older ones are found too, except where a node of the recording now stands at
 * exactly the old one's place, which is so for at most one in 40. Plans made with tg_compile from
 * the old nodes can no longer be run. */
TG_API void tg_rewind(tg_tape *tape);

TG_API tg_status tg_tape_status(const tg_tape *tape);
/* The text of the first error; "" if there is none. Lives until the next change. */
TG_API const char *tg_tape_error(const tg_tape *tape);
/* The same of the tape's last run, by a plan or by reading a value; its error does not stick, and
 * goes with the next run. */
TG_API tg_status tg_tape_run_status(const tg_tape *tape);
TG_API const char *tg_tape_run_error(const tg_tape *tape);
TG_API void tg_tape_clear_error(tg_tape *tape);
/* Makes an error stick to the tape, as the library's own do; the first one stays. The format is
 * printf's; numbers have a decimal point in every locale. Always returns NULL, so that a
 * composition can say `return tg_fail(...)`. */
TG_API tg_tensor *tg_fail(tg_tape *tape, tg_site at, tg_status status, const char *format, ...)
    TG_PRINTF(4, 5);
/* Prints the first error of the store, the tape or its last run, if there is one. Returns 0
 * if there is none, else 1: fit to be main's result. */
TG_API int tg_report(const tg_tape *tape, FILE *out);

/* For functions that are made of others. Each call is told as the user made it, and is all or
 * nothing: it records what it means, or gives an error and leaves tape and store as they were.
 *
 *     tg_tensor *gate_at(tg_site at, tg_tensor *x, tg_tensor *y)      (TG_HERE is at; see
 * tg_base.h)
 *     {
 *         if (!tg_enter(&at, "gate", TG_LIST(x, y))) return NULL;
 *         return tg_mul(x, tg_sigmoid(y));
 *     }
 *
 * False if one of the operands is NULL, in silence; and with an error if one is stale or not on
 * the first one's tape; so, too, if the tape has failed before. Else [at] gets the function's name,
 * unless a function around this one has given it its own, and knows what the tape has now: an error
 * that is reported with this site, here or further in, takes what was recorded since off the tape
 * again, with its assignments, overrides and random keys, and new variables out of the store. The
 * name is not copied; the site is good for this call alone. A further call with the same site
 * checks more operands: those that may be left out. */
TG_API bool tg_enter(tg_site *at, const char *function, tg_list operands);
/* The same for a function that is given a tape, which must not be NULL nor have failed. */
TG_API bool tg_enter_tape(tg_site *at, const char *function, tg_tape *tape);
/* Goes back to what there was at tg_enter, where that is not known from an error with this site:
 * a function of the user's returned NULL, tg_scratch had no memory. Returns NULL. */
TG_API tg_tensor *tg_undo(tg_site at);

TG_API tg_store *tg_tape_store(const tg_tape *tape);
/* The nodes recorded so far. */
TG_API size_t tg_tape_length(const tg_tape *tape);
/* The assignments recorded so far. */
TG_API uint32_t tg_assign_count(const tg_tape *tape);

/* Memory for whoever records on the tape, aligned to 16 bytes; it lives until the tape is
 * rewound or freed. NULL when out of memory, which sticks to the tape. */
TG_API void *tg_scratch(tg_tape *tape, size_t size);
/* Adds the operands to the tape's standing error, a line each with name, shape and origin, as
 * the library's own messages end. For compositions, after tg_fail. */
TG_API void tg_fail_operands(tg_tape *tape, tg_list operands);

/* ---- Nodes ------------------------------------------------------------------------------ */

/* These accept NULL: NULL tape, dtype 0, a shape of rank -1, "" as the name. Asked about a stale
 * handle they say the same, and that is an error of its tape, which tg_tape_of still gives. */
TG_API tg_tape *tg_tape_of(const tg_tensor *x);
TG_API tg_dtype tg_dtype_of(const tg_tensor *x);
TG_API tg_shape tg_shape_from(const tg_tensor *x);
TG_API int tg_rank(const tg_tensor *x);
/* The size of one axis; -1 for a NULL node or an axis out of range (neither is an error). */
TG_API int64_t tg_dim(const tg_tensor *x, int axis);
TG_API int64_t tg_count(const tg_tensor *x);
/* How many operands its operation has. */
TG_API int tg_arity(const tg_tensor *x);
/* Was it recorded by tg_input? The variable that tg_read reads here; NULL for other nodes. */
TG_API bool tg_is_input(const tg_tensor *x);
TG_API tg_var *tg_var_of(const tg_tensor *x);
/* Names a node for errors, dumps and drawings; returns it. The name is copied. */
TG_API tg_tensor *tg_name(tg_tensor *x, const char *name);
TG_API const char *tg_name_of(const tg_tensor *x);

/* ---- Leaves, and the bridges to variables ----------------------------------------------- */

/* A node whose values the program feeds (zeros until then). */
TG_API tg_tensor *tg_input_at(tg_site at, tg_tape *tape, const char *name, tg_dtype dtype,
                              tg_shape shape);
/* Copies [count] elements into an input; they stay until the next feeding. */
TG_API tg_status tg_feed_as(tg_tensor *input, tg_dtype dtype, const void *data, size_t count);

/* The value of a variable before the run. One node per variable and tape, made once. */
TG_API tg_tensor *tg_read_at(tg_site at, tg_tape *tape, tg_var *var);
/* [value] becomes the variable's value when the run ends. Shape and dtype must be the
 * variable's. A second assignment to a variable on one tape is an error that names both
 * lines. Returns the value. */
TG_API tg_tensor *tg_assign_at(tg_site at, tg_var *var, tg_tensor *value);
/* What an earlier tg_assign on this tape gave the variable; else its tg_read. */
TG_API tg_tensor *tg_latest_at(tg_site at, tg_tape *tape, tg_var *var);
/* From here on tg_read of [var] on this tape returns [value] (fast weights, averaged
 * weights), until tg_override_end takes the innermost override of [var] off again. */
TG_API tg_status tg_override_at(tg_site at, tg_tape *tape, tg_var *var, tg_tensor *value);
TG_API tg_status tg_override_end_at(tg_site at, tg_tape *tape, tg_var *var);

/* Records several runs one after the other, as one computation that can be differentiated: steps of
 * an optimizer, with respect to its learning rate or the weights before them. From tg_unroll on,
 * tg_assign makes no assignment; it says what tg_read of that variable gives after tg_unroll_step,
 * which begins the next run: there tg_step is one more, a variable may be assigned again, and
 * random draws may use their keys again, for the numbers that the next run would draw.
 * tg_unroll_end takes all of it off: reads give the variables again, and an outer optimizer can
 * assign them.
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

/* Records the vector-Jacobian product: out[i] = cotangent . dy/dwrt[i], for each node
 * of [wrt].
 * [cotangent] has y's shape and dtype; NULL means ones, for a y of one element. The results
 * are ordinary nodes, so this can be applied to them again. A node that y does not depend
 * on gets zeros. On an error every out[i] is NULL. */
TG_API tg_status tg_vjp_at(tg_site at, tg_tensor *y, tg_tensor *cotangent, tg_list wrt,
                           tg_tensor *out[]);
/* d loss / d x, for a loss of one element. */
TG_API tg_tensor *tg_grad_at(tg_site at, tg_tensor *loss, tg_tensor *x);
/* Does a differentiable path lead from [x] to [y]? None leads from or to a stale node, which is no
 * error here. Out of memory sticks to their tape. */
TG_API bool tg_depends(const tg_tensor *y, const tg_tensor *x);

/* ---- Values ----------------------------------------------------------------------------- */

/* What a compiled plan keeps is of its last run, until it runs again. Asking for a node inside the
 * plan that it does not keep is an error that says how to keep it.
 *
 * Asking for a node that no plan covers plans and runs what it needs (define-by-run), without any
 * assignment. The value is known from then on, and computed again when something that it is made
 * from has changed: an input was fed, a variable was changed (by a run of any tape, tg_commit,
 * tg_var_set, tg_load), or, for steps and draws, the store's step or seed. All values in one
 * computation are of one age. A node that is made from what a compiled plan kept is computed from
 * that if the rest has not changed since that run began; else it is an error (TG_ERR_STATE), for it
 * would mix two ages.
 *
 * The first read computes what is asked for. If there is another before anything changes, what is
 * computed on the way is kept too, so a program that reads after each step that it records computes
 * each step once. */

/* The single element as a double; NaN on an error. (One of the run it takes does not stick, as in
 * tg_run; tg_report has its text.) */
TG_API double tg_item(tg_tensor *x);
/* Copies all elements out; count and dtype must be the node's. */
TG_API tg_status tg_get_as(tg_tensor *x, tg_dtype dtype, void *out, size_t count);
/* Computes nodes of one tape in one run, so that tg_item, tg_get and tg_print of each have
 * its value at once; what is known already is not computed again. Fails as they do; TG_ERR_ARGUMENT
 * if one is NULL. */
TG_API tg_status tg_evaluate(tg_list list);
/* Prints shape, dtype and values, the middle of long axes left out. Here, and in all else that the
 * library prints or says in errors, numbers have a decimal point, whatever setlocale has set. */
TG_API void tg_print(tg_tensor *x, FILE *out);
/* Runs this tape's assignments, once, in define-by-run; they take the variables as they are now.
 * From then until tg_rewind, asking for what is made from variables, steps or draws is an error
 * (TG_ERR_STATE), read before or not: what it was is gone, and what it would be now is of weights
 * that this recording has moved already. What a compiled plan kept stays. */
TG_API tg_status tg_commit(tg_tape *tape);

/* ---- Looking at a tape ------------------------------------------------------------------ */

/* The tape's nodes one by one, in the order they were recorded, which is one in which they can be
 * computed: operands come before what is made from them. Handles that are stale are told as by
 * tg_rank. */

/* The node recorded at place [index], from 0 on; NULL past the end, and for a NULL tape. */
TG_API tg_tensor *tg_node(const tg_tape *tape, size_t index);
/* The place of a node on its tape; -1 for NULL. */
TG_API int64_t tg_index_of(const tg_tensor *x);
/* Operand [index] of the node's operation, of tg_arity(x); NULL if there is none (no error). */
TG_API tg_tensor *tg_operand_of(const tg_tensor *x, int index);
/* The name of its operation, as dumps have it: "add"; leaves are "input", "read", "number" and the
 * like, an assignment is "assign". "" for NULL. */
TG_API const char *tg_operation_of(const tg_tensor *x);
/* Where it was recorded: file and line of the call in the user's program, and the function that was
 * called there, which may be NULL. Of the read of a variable: where that was made. Nodes of a
 * derivative have the origin of the node that they are derived from. { 0 } for NULL. */
TG_API tg_site tg_origin_of(const tg_tensor *x);

/* One line a node: %7 [64,10] f32 add %3 %6 ; mlp.c:23 */
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
