/* hello.cpp: a function of two numbers, its gradient and its Hessian; the C++ version of
 * ../hello.c. */
#include "common.hpp"

#include <cmath>

static const char about[] =
    "Evaluates Rosenbrock's function f(x, y) = (1 - x)^2 + 100 (y - x^2)^2 at a point, with its\n"
    "gradient and its Hessian. At (-1.2, 1), where searches for its minimum traditionally start,\n"
    "they are 24.2, [-215.6, -88] and [[1330, 480], [480, 200]]. The minimum is at (1, 1).\n";

static tg::tensor rosenbrock(tg::tensor x, tg::tensor y)
{
    return square(1 - x) + square(y - square(x)) * 100;
}

int main(int argc, char **argv)
{
    double x0 = -1.2, y0 = 1;
    const bool usual = take_options(argc, argv, about,
                                    { take("x", "the first number", x0, -HUGE_VAL),
                                      take("y", "the second number", y0, -HUGE_VAL) });
    const double started = seconds_now();

    tg::store store(tg::store_options().with_dtype(tg::f64));
    tg::tape tape(store);

    const tg::tensor x = tg::number(tape, x0), y = tg::number(tape, y0);
    const tg::tensor f = rosenbrock(x, y);
    const tg::tensor fx = grad(f, x), fy = grad(f, y);     /* gradients are nodes, */
    const tg::tensor fxx = grad(fx, x), fxy = grad(fx, y); /* so they can be differentiated */
    const tg::tensor fyx = grad(fy, x), fyy = grad(fy, y);

    std::printf("f        = %g\n", f.item());
    std::printf("gradient = [%g, %g]\n", fx.item(), fy.item());
    std::printf("Hessian  = [[%g, %g], [%g, %g]]\n", fxx.item(), fxy.item(), fyx.item(), fyy.item());

    print_result("hello", started, "f=%g", f.item());
    if (tape.report(stderr)) return 1; /* the message of the first error */
    return usual && (!expect_figure("f", f.item(), 24.2 - 1e-9, 24.2 + 1e-9) ||
                     !expect_figure("fx", fx.item(), -215.6 - 1e-9, -215.6 + 1e-9) ||
                     !expect_figure("fxx", fxx.item(), 1330 - 1e-9, 1330 + 1e-9));
}
