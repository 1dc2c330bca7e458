/* A program outside the tree, to be built against the installed library and as the user of a
 * subproject. Its one argument is the version that the build says it has. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <tapegrad.h>

int main(int argc, char **argv)
{
    if (argc != 2 || strcmp(argv[1], tg_version()) != 0 || strcmp(argv[1], TG_VERSION) != 0) {
        fprintf(stderr, "expected version %s, linked %s, header %s\n", argc > 1 ? argv[1] : "?",
                tg_version(), TG_VERSION);
        return 1;
    }
    tg_store *store = tg_store_new(.dtype = TG_F64);
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *x = tg_number(tape, 2.0);
    const double slope = tg_item(tg_grad(tg_mul(x, tg_sin(x)), x));
    const double truth = sin(2.0) + 2.0 * cos(2.0);
    int status = tg_report(tape, stderr);
    if (!(fabs(slope - truth) < 1e-12)) {
        fprintf(stderr, "d/dx x sin x at 2: got %.17g, expected %.17g\n", slope, truth);
        status = 1;
    }
    tg_tape_free(tape);
    tg_store_free(store);
    return status;
}
