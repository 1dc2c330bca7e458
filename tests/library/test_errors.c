/* test_errors.c: a walk over all public functions with bad input of every kind that concerns them.
 * Each case gives one error, of the expected status, that names the function, what was wrong and
 * the caller's line; changes nothing else; and after it everything works. The cases stand in
 * errors_*.c, a family of functions each; those of operands that are NULL, stale or of another tape
 * are made from the headers by operands.py. contract.c checks that no function was left out. */
#include "tests/support/contract.h"
#include "tests/support/suite.h"

int main(void)
{
    TCase *(*const families[])(void) = {
        errors_operands,   errors_elementwise,  errors_reductions, errors_arrays,
        errors_products,   errors_random,       errors_custom,     errors_run,
        errors_store,      errors_transforms,   errors_layers,     errors_norms,
        errors_losses,     errors_activations,  errors_recurrent,  errors_attention,
        errors_conv,       errors_compositions, errors_metrics,    errors_minimize,
        errors_optimizers, errors_schedules,    errors_train,      errors_loader,
        errors_files,      errors_save,         errors_logger,     errors_health,
        errors_page,
    };
    if (!contract_open()) return EXIT_FAILURE;
    Suite *suite = suite_create("errors");
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        suite_add_tcase(suite, families[i]());
    suite_add_tcase(suite, contract_case());
    const int result = run_suite(suite);
    contract_print(stdout);
    return result;
}
