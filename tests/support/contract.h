/* contract.h: the book that the tests of bad input keep, for test_errors.c and the errors_*.c that
 * are linked to it. Every refusal that a test sees is entered with the function that refused, the
 * kind of bad input, the call and the message; contract.c then reads the public headers, works out
 * from each prototype which kinds concern the function, and fails if one of them was never tried.
 */
#ifndef TG_TESTS_CONTRACT_H
#define TG_TESTS_CONTRACT_H

#include <tapegrad.h>

#include <check.h>

typedef enum bad_kind {
    BAD_NULL,     /* a NULL where something should be */
    BAD_STALE,    /* a node from before a rewind */
    BAD_TAPE,     /* a node of another tape */
    BAD_STORE,    /* a variable or an operation of another store */
    BAD_DTYPE,    /* a dtype that is unknown, mixed, or not taken */
    BAD_AXIS,     /* an axis that is not there, or named twice */
    BAD_SHAPE,    /* shapes that do not fit, negative sizes, too many axes */
    BAD_SIZE,     /* more than memory or a number can hold */
    BAD_INDEX,    /* an index out of range, when the program runs */
    BAD_ARGUMENT, /* a number or a text out of its range */
    BAD_STATE,    /* the right call at the wrong time */
    BAD_FORMAT,   /* a malformed text or file */
    BAD_NUMERIC,  /* a derivative that is wrong, a value that is not finite */
    BAD_AFTER,    /* good input, after an error */
    BAD_KINDS
} bad_kind;

/* The function that [call] calls: see contract_note. */
enum { CONTRACT_NAME = 48 };
void contract_called(char name[CONTRACT_NAME], const char *function, const char *call);
/* Enters a case. [call] is the call as it is written; a call through a pointer ("f->function(...)")
 * counts for [function] instead, as tables name it. [message] may be NULL. */
void contract_note(const char *function, const char *call, bad_kind kind, const char *message);
/* The kind of an error, from its status and its words. */
bad_kind contract_kind(tg_status status, const char *message);

/* Opens the book, which child processes share; false if there is no memory for it. */
bool contract_open(void);
/* The tests of the book itself: is there a case for all that concerns each function? They come
 * after all others. */
TCase *contract_case(void);
/* Prints how many cases there were. */
void contract_print(FILE *out);

/* The parts of the program, a file each; errors_operands.c is made from the headers. */
TCase *errors_operands(void);
TCase *errors_elementwise(void);
TCase *errors_reductions(void);
TCase *errors_arrays(void);
TCase *errors_products(void);
TCase *errors_random(void);
TCase *errors_custom(void);
TCase *errors_train(void);
TCase *errors_transforms(void);
TCase *errors_run(void);
TCase *errors_store(void);
TCase *errors_layers(void);
TCase *errors_norms(void);
TCase *errors_conv(void);
TCase *errors_losses(void);
TCase *errors_activations(void);
TCase *errors_recurrent(void);
TCase *errors_attention(void);
TCase *errors_loader(void);
TCase *errors_files(void);
TCase *errors_save(void);
TCase *errors_logger(void);
TCase *errors_page(void);
TCase *errors_metrics(void);
TCase *errors_compositions(void);
TCase *errors_minimize(void);
TCase *errors_optimizers(void);
TCase *errors_schedules(void);
TCase *errors_health(void);

#endif
