/* suite.h: what every test program ends with. */
#ifndef TG_TESTS_SUITE_H
#define TG_TESTS_SUITE_H

#include <check.h>
#include <stdlib.h>

#define COUNT_OF(table) ((int)(sizeof(table) / sizeof *(table)))

/* main's result. */
static inline int run_suite(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
