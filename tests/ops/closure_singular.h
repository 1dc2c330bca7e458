/* closure_singular.h: what singular.h lists of an operation, for the closure matrix. That table has
 * its own helpers, with names of its own, and is compiled alone. */
#ifndef TG_TESTS_CLOSURE_SINGULAR_H
#define TG_TESTS_CLOSURE_SINGULAR_H

/* How many awkward places it lists. */
int singular_count(const char *name);
/* Why it is declared to have none; or NULL. */
const char *singular_reason_of(const char *name);

#endif
