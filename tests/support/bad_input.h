/* bad_input.h: operands of every kind, and the checks that bad input gives one error and
 * changes nothing: for the errors_*.c, each of which has a store and tapes of its own. */
#ifndef TG_TESTS_BAD_INPUT_H
#define TG_TESTS_BAD_INPUT_H

#include "contract.h"
#include "failing_allocator.h"
#include "recorded.h"

/* ---- What there is, and that it does not change ----------------------------------------- */

static tg_store *foreign_store;
static tg_tape *foreign_tape;
static tg_tensor *foreign;              /* [2, 3] f64: of another tape, */
static tg_tensor *stale, *dead;         /* from many rewinds ago, from before the last */
static tg_var *weight, *foreign_weight; /* [2, 3] */
static tg_tensor *x, *y, *tall, *vector, *narrow, *integer, *wide_integer, *byte, *flag, *number;
static tg_tensor *empty, *huge;
static size_t length, foreign_length, assignments, variables; /* before the call */
static const char *tried; /* the function, where it is called through a pointer */
static const double values[6] = { 1, 2, 3, 4, 5, 6 };

/* 2^[wide] where memory has addresses of 64 bits, which bear that many elements; 2^[narrow] where
 * they have 32. */
#define POWER(wide, narrow) (INT64_C(1) << (sizeof(size_t) < 8 ? (narrow) : (wide)))

static failing_allocator memory = { .largest = (size_t)1 << 28 }; /* as if there were no more */

static inline void remember(void)
{
    length = tg_tape_length(tape);
    foreign_length = tg_tape_length(foreign_tape);
    assignments = tg_assign_count(tape);
    variables = tg_var_count(store);
}

/* The operands, on a tape that was rewound. */
static inline void record_operands(void)
{
    x = tg_input(tape, "x", TG_F64, TG_SHAPE(2, 3));
    y = tg_input(tape, "y", TG_F64, TG_SHAPE(4, 5));
    tall = tg_input(tape, "tall", TG_F64, TG_SHAPE(2, 3, 4));
    vector = tg_input(tape, "vector", TG_F64, TG_SHAPE(3));
    narrow = tg_input(tape, "narrow", TG_F32, TG_SHAPE(2, 3));
    integer = tg_input(tape, "integer", TG_I32, TG_SHAPE(2, 3));
    wide_integer = tg_input(tape, "wide", TG_I64, TG_SHAPE(2, 3));
    byte = tg_input(tape, "byte", TG_U8, TG_SHAPE(2, 3));
    flag = tg_input(tape, "flag", TG_BOOL, TG_SHAPE(2, 3));
    number = tg_input(tape, "number", TG_F64, TG_SCALAR);
    empty = tg_input(tape, "empty", TG_F64, TG_SHAPE(2, 0));
    huge = tg_broadcast(number, TG_SHAPE(POWER(30, 14), POWER(29, 13))); /* a view: no memory */
    ck_assert_int_eq(tg_feed(x, values, 6), TG_OK);
    ck_no_error();
}

static inline void open_operands(void)
{
    tried = NULL;
    store = tg_store_new(.seed = 7, .dtype = TG_F64,
                         .allocator = &(tg_allocator){ failing_alloc, failing_free, &memory });
    tape = tg_tape_new(store);
    foreign_store = tg_store_new(.dtype = TG_F64);
    foreign_tape = tg_tape_new(foreign_store);
    foreign = tg_input(foreign_tape, "foreign", TG_F64, TG_SHAPE(2, 3));
    foreign_weight = tg_param(foreign_store, "foreign", TG_SHAPE(2, 3), tg_init_zeros());
    weight = tg_param(store, "weight", TG_SHAPE(2, 3), tg_init_constant(1));
    stale = tg_input(tape, "old", TG_F64, TG_SHAPE(2, 3));
    for (int i = 0; i < 80; i++) { /* until other nodes are written over it */
        tg_rewind(tape);
        for (int k = 0; k < 100; k++) (void)tg_number(tape, k);
    }
    dead = tg_input(tape, "dead", TG_F64, TG_SHAPE(2, 3));
    tg_rewind(tape);
    record_operands();
    remember();
}

static inline void close_operands(void)
{
    tg_tape_free(foreign_tape);
    tg_store_free(foreign_store);
    close_tape();
    ck_assert_uint_eq(memory.live, 0);
}

/* ---- The tape's state after a refusal --------------------------------------------------- */

/* With an error on the tape good input is refused too, and the error stays. */
static inline void ck_sticks(void)
{
    char first[TG_ERROR_TEXT];
    (void)snprintf(first, sizeof first, "%s", tg_tape_error(tape));
    ck_assert_ptr_null(tg_neg(x));
    ck_assert_ptr_null(tg_reshape(x, TG_SHAPE(7)));
    ck_assert_str_eq(tg_tape_error(tape), first);
}

/* A refused call leaves nothing on the tapes, nor in the store. */
static inline void ck_unchanged(const char *call)
{
    ck_assert_msg(tg_tape_length(tape) == length, "%s: %zd nodes were recorded", call,
                  (ssize_t)(tg_tape_length(tape) - length));
    ck_assert_msg(tg_assign_count(tape) == assignments, "%s: assigned", call);
    ck_assert_msg(tg_var_count(store) == variables, "%s: made a variable", call);
    ck_assert_msg(tg_store_status(store) == TG_OK, "%s: %s", call, tg_store_error(store));
    ck_assert_msg(tg_tape_length(foreign_tape) == foreign_length, "%s: recorded elsewhere", call);
}

/* Errors forgotten, the tape works as before. */
static inline void ck_works(void)
{
    double got[6];
    tg_tape_clear_error(tape);
    tg_tape_clear_error(foreign_tape);
    ck_assert_int_eq(tg_get(x, got, 6), TG_OK);
    ck_assert_mem_eq(got, values, sizeof got);
    ck_assert_int_eq(tg_var_get(weight, got, 6), TG_OK);
    for (int i = 0; i < 6; i++) ck_assert(got[i] == 1);
    ck_no_error();
}

/* The message tells the function that was called, behind the line if there is one. */
static inline void ck_names_the_function(const char *call, const char *name)
{
    char called[CONTRACT_NAME + 2];
    contract_called(called, tried ? tried : name, call);
    strcat(called, ": ");
    const char *message = tg_tape_error(tape), *found = strstr(message, called);
    const char *colon = strstr(message, ": ");
    ck_assert_msg(found && (found == message || found == colon + 2),
                  "%s: not told as an error of %s%s", call, called, message);
}

/* The tape has that error, of this line or, where the function cannot know it, of a node's;
 * nothing was recorded; and with the error cleared the tape works as before. */
static inline void ck_error(const char *call, const char *file, int line, tg_status status,
                            const char *name, const char *words)
{
    const char *slash = strrchr(file, '/'), *base = slash ? slash + 1 : file;
    const char *place = strstr(tg_tape_error(tape), base);
    const long named = place ? strtol(place + strlen(base) + 1, NULL, 10) : 0;
    ck_assert_msg(tg_tape_status(tape) == status, "%s: status %s, not %s: %s", call,
                  tg_status_name(tg_tape_status(tape)), tg_status_name(status),
                  tg_tape_error(tape));
    ck_says(name);
    ck_says(words);
    /* Compilers differ in the line of a call that stands on two. */
    ck_assert_msg(line ? named <= line && named > line - 2 : named > 0, "%s: %s", call,
                  tg_tape_error(tape));
    ck_names_the_function(call, name);
    ck_unchanged(call);
    ck_sticks();
    ck_unchanged(call);
    contract_note(tried ? tried : name, call, contract_kind(status, tg_tape_error(tape)),
                  tg_tape_error(tape));
    ck_works();
}

/* The call is refused with NULL and that error; and once more, in silence, after another. */
#define IS_REFUSED(call, status, name, words)                                                      \
    do {                                                                                           \
        remember();                                                                                \
        ck_assert_msg((call) == NULL, "not refused: %s", #call);                                   \
        ck_error(#call, __FILE__, __LINE__, status, name, words);                                  \
        FAIL_FIRST();                                                                              \
        ck_assert_msg((call) == NULL, "not refused after an error: %s", #call);                    \
        ck_first_error_stays(#call, name);                                                         \
    } while (0)
/* The same for a function that returns a status and takes its line from the node. */
#define NODES "bad_input.h"
#define FAILS_AT(call, file, line, status, name, words)                                            \
    do {                                                                                           \
        remember();                                                                                \
        const tg_status answer = (call);                                                           \
        ck_assert_msg(answer == status, "%s: %s", #call, tg_status_name(answer));                  \
        ck_error(#call, file, line, status, name, words);                                          \
        FAIL_FIRST();                                                                              \
        ck_assert_msg((call) != TG_OK, "not refused after an error: %s", #call);                   \
        ck_first_error_stays(#call, name);                                                         \
    } while (0)
#define FAILS(call, status, name, words) FAILS_AT(call, NODES, 0, status, name, words)
#define FAILS_HERE(call, status, name, words)                                                      \
    FAILS_AT(call, __FILE__, __LINE__, status, name, words)
/* A NULL passes in silence. */
#define IS_SILENT(call)                                                                            \
    do {                                                                                           \
        remember();                                                                                \
        ck_assert_msg((call) == NULL, "not refused: %s", #call);                                   \
        ck_no_error();                                                                             \
        ck_unchanged(#call);                                                                       \
        contract_note(tried ? tried : "", #call, BAD_NULL, NULL);                                  \
    } while (0)
/* Good input is refused after an error. */
#define IS_IDLE_AFTER_AN_ERROR(call)                                                               \
    do {                                                                                           \
        remember();                                                                                \
        FAIL_FIRST();                                                                              \
        ck_assert_msg(!(call), "not refused after an error: %s", #call);                           \
        ck_first_error_stays(#call, "");                                                           \
    } while (0)
/* What a function answers to a NULL. */
#define ACCEPTS(condition)                                                                         \
    do {                                                                                           \
        ck_assert(condition);                                                                      \
        contract_note("", #condition, BAD_NULL, NULL);                                             \
    } while (0)
#define ACCEPTS_CALL(call)                                                                         \
    do {                                                                                           \
        call;                                                                                      \
        contract_note("", #call, BAD_NULL, NULL);                                                  \
    } while (0)

#define FIRST_ERROR  "the first error"
#define FAIL_FIRST() ((void)tg_fail(tape, TG_HERE, TG_ERR_NUMERIC, FIRST_ERROR))

static inline void ck_first_error_stays(const char *call, const char *name)
{
    ck_assert_msg(strstr(tg_tape_error(tape), FIRST_ERROR) != NULL, "%s: %s", call,
                  tg_tape_error(tape));
    ck_assert_int_eq(tg_tape_status(tape), TG_ERR_NUMERIC);
    ck_unchanged(call);
    contract_note(tried ? tried : name, call, BAD_AFTER, NULL);
    tg_tape_clear_error(tape);
    tg_tape_clear_error(foreign_tape);
}

#endif
