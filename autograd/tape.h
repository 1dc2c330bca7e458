/* tape.h: tapes and their nodes. */
#ifndef TG_TAPE_INTERNAL_H
#define TG_TAPE_INTERNAL_H

#include <string.h>

#include "autograd/op.h"
#include "autograd/store.h"
#include "kernels/dtype.h"

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
    tg_plan *plan;    /* the compiled plan that covers the node, kept or not */
    uint64_t age;     /* the tape's when a run made [data]; of an input: 0 until one read it */
    uint32_t place;   /* while a plan is made or looked up: its place in it, from 1; else 0 */
    uint32_t slot;    /* its place in the tg__reach that found it last, which checks it */
    uint32_t reached; /* equal to the tape's [reached]: the node leads to [reached_from] */
    uint8_t from;     /* TG__INPUTS and the like */
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

/* The site of the node, for errors of functions that have no site of their own; empty if the
 * node is stale. */
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
/* The tape of a handle, whether its node still exists or not. */
tg_tape *tg__tape_of_handle(const tg_tensor *x);

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
    /* What tg_depends found out last: the nodes whose [reached] is this number lead to
     * [reached_from]. */
    const tg_tensor *reached_from;
    uint32_t reached;
    /* Work done so far, for the tests: nodes that derivatives have looked at, entries that searches
     * have compared (equal values, keys, assignments, gaps in memory). */
    size_t visited, compared;
    bool committed;
    bool read_failed;           /* define-by-run's last run failed: its draws are made again */
    tg_error error;             /* the first one; sticks */
    const tg_tensor *unplaced;  /* the stale node of an error that has no place yet */
    tg_error run_error;         /* the last run's */
    tg_plan *cached, *compiled; /* lists: define-by-run's plans, and the user's */
    /* Frees the plans that hang on the tape, when it is freed; set by exec/. */
    void (*drop_plans)(tg_tape *tape);
};

/* The innermost override of the variable, and the innermost that is pending; NULL if it has none. */
tg__override *tg__override_of(const tg_tape *tape, const tg_var *var);
const tg__override *tg__pending_of(const tg_tape *tape, const tg_var *var);
/* The lists are the tape's two. Appends; false when out of memory. */
bool tg__override_put(tg_tape *tape, tg__override_list *list, tg__override item);
/* Ends the override at place [i]. It need not be the innermost of its variable. */
void tg__override_drop(tg_tape *tape, tg__override_list *list, size_t i);
/* Ends all overrides but the first [count]. */
void tg__overrides_shrink(tg_tape *tape, tg__override_list *list, size_t count);

/* What a tape and its store had when a call of the user's began; in the tape's arena. Reads,
 * assignments and keys belong to nodes, and are removed with them. */
struct tg__mark {
    tg_tape *tape;
    uint32_t generation;
    size_t length, overrides, pending, vars;
};
/* Is the node, which is not NULL, part of its tape's present recording? Of one that is not, only
 * this struct may be read, and only if x->self == x. */
static inline bool tg__alive(const tg_tensor *x)
{
    return x->self == x && x->generation == x->tape->generation;
}

/* The tape's age, after a look at what has changed in the store. */
uint64_t tg__tape_age(tg_tape *tape);
/* Is the value in the node that of age [at]? It is if it was computed at that age, or if what it
 * comes from has not changed between the two. The tape's age must have been asked for before. */
static inline bool tg__known_at(const tg_tensor *x, uint64_t at)
{
    const uint64_t since = x->tape->since[x->from];
    return x->data && (x->age == at || (since <= x->age && since <= at));
}

/* What the recording does with the variable: for reading, never NULL; for changing, NULL when
 * out of memory. */
const tg__var_use *tg__var_used(const tg_tape *tape, const tg_var *var);
tg__var_use *tg__var_use_of(tg_tape *tape, const tg_var *var);

static inline tg__arena *tg__tape_arena(tg_tape *tape)
{
    return &tape->arena[tape->generation & 1];
}

#endif
