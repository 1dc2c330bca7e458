/* registered.c: prints the symbol of every operation of the registry, for test_registry.sh. Fails
 * if one does not have the name by which the list knows it. */
#include "ops/ops.h"

int main(void)
{
    static const char *const symbols[] = {
#define OP(id) "tg__op_" #id,
#include "ops/registry.def"
#undef OP
    };
    const size_t prefix = strlen("tg__op_");
    int wrong = 0;
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
        if (strcmp(tg__registry[i]->name, symbols[i] + prefix) != 0) {
            fprintf(stderr, "%s is called \"%s\"\n", symbols[i], tg__registry[i]->name);
            wrong++;
        }
        puts(symbols[i]);
    }
    return wrong > 0;
}
