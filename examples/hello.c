/* hello.c: a function of two numbers, its gradient and its Hessian. The shortest complete program:
 * record, differentiate, differentiate again, read. */
#include "common.h"

#include <math.h>

static const char about[] =
    "Evaluates Rosenbrock's function f(x, y) = (1 - x)^2 + 100 (y - x^2)^2 at a point, with its\n"
    "gradient and its Hessian. At (-1.2, 1), where searches for its minimum traditionally start,\n"
    "they are 24.2, [-215.6, -88] and [[1330, 480], [480, 200]]. The minimum is at (1, 1).\n";

static tg_tensor *rosenbrock(tg_tensor *x, tg_tensor *y)
{
    tg_tensor *valley = tg_sub(y, tg_square(x));
    return tg_add(tg_square(tg_rsub_num(1, x)), tg_mul_num(tg_square(valley), 100));
}

int main(int argc, char **argv)
{
    double x0 = -1.2, y0 = 1;
    const bool usual = parse_options(
        argc, argv, about,
        (const option[]){ { "x", "the first number", .number = &x0, .least = -HUGE_VAL },
                          { "y", "the second number", .number = &y0, .least = -HUGE_VAL },
                          { 0 } });
    const double started = seconds_now();

    tg_store *store = tg_store_new(.dtype = TG_F64);
    tg_tape *tape = tg_tape_new(store);

    tg_tensor *x = tg_number(tape, x0), *y = tg_number(tape, y0);
    tg_tensor *f = rosenbrock(x, y);
    tg_tensor *fx = tg_grad(f, x), *fy = tg_grad(f, y);     /* gradients are nodes, */
    tg_tensor *fxx = tg_grad(fx, x), *fxy = tg_grad(fx, y); /* so they can be differentiated */
    tg_tensor *fyx = tg_grad(fy, x), *fyy = tg_grad(fy, y);

    printf("f        = %g\n", tg_item(f));
    printf("gradient = [%g, %g]\n", tg_item(fx), tg_item(fy));
    printf("Hessian  = [[%g, %g], [%g, %g]]\n", tg_item(fxx), tg_item(fxy), tg_item(fyx),
           tg_item(fyy));

    print_result("hello", started, "f=%g", tg_item(f));
    int status = tg_report(tape, stderr); /* 0, or the message of the first error */
    if (!status && usual)
        status = !expect_figure("f", tg_item(f), 24.2 - 1e-9, 24.2 + 1e-9) ||
                 !expect_figure("fx", tg_item(fx), -215.6 - 1e-9, -215.6 + 1e-9) ||
                 !expect_figure("fxx", tg_item(fxx), 1330 - 1e-9, 1330 + 1e-9);
    tg_tape_free(tape);
    tg_store_free(store);
    return status;
}
