/* The program of consumer.c in C++. */
#include <cmath>
#include <tapegrad.hpp>

int main(int argc, char **argv)
{
    if (argc != 2 || std::string(argv[1]) != tg::version() || std::string(argv[1]) != TG_VERSION) {
        std::fprintf(stderr, "expected version %s, linked %s, header %s\n", argc > 1 ? argv[1] : "?",
                     tg::version(), TG_VERSION);
        return 1;
    }
    tg::store store(tg::store_options().with_dtype(tg::f64));
    tg::tape tape(store);
    const tg::tensor x = tg::number(tape, 2.0);
    const double slope = grad(x * sin(x), x).item();
    const double truth = std::sin(2.0) + 2.0 * std::cos(2.0);
    if (!(std::fabs(slope - truth) < 1e-12)) {
        std::fprintf(stderr, "d/dx x sin x at 2: got %.17g, expected %.17g\n", slope, truth);
        return 1;
    }
    return tape.report(stderr);
}
