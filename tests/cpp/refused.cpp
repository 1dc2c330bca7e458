/* refused.cpp: what must not compile, a line each: the program is compiled with -DCASE=N for every N
 * that stands here, and each but CASE 0 must be refused. */
#include <tapegrad.hpp>

void refused(tg::store &store, tg::tape &tape, tg::plan &plan, tg::tensor x, tg::var w);
void refused(tg::store &store, tg::tape &tape, tg::plan &plan, tg::tensor x, tg::var w)
{
    (void)store, (void)tape, (void)plan, (void)w;
    const std::vector<float> good = { 1 };
    x = x + 1;
    x.feed(good);
#if CASE == 1 /* an owner has one owner */
    tg::store copy = store;
#elif CASE == 2
    tg::tape copy = tape;
#elif CASE == 3
    tg::plan copy = plan;
#elif CASE == 4 /* comparisons would compare handles */
    if (x == x) return;
#elif CASE == 5
    if (x < x) return;
#elif CASE == 6
    if (x < 1) return;
#elif CASE == 7 /* a bool is no number */
    x = x + true;
#elif CASE == 8 /* and a number no tensor */
    x = matmul(x, 2);
#elif CASE == 9
    tg::tensor zero = 0;
#elif CASE == 10 /* a variable is read on a tape first */
    x = x + w;
#elif CASE == 11 /* no dtype has elements of this type */
    x.feed(std::vector<long double>{ 1 });
#elif CASE == 12
    x.feed(std::vector<unsigned short>{ 1 });
#elif CASE == 13 /* its elements do not lie in memory */
    x.feed(std::vector<bool>{ true });
#elif CASE == 14 /* options of another function */
    sum(x, tg::softmax_options());
#elif CASE == 15 /* an option that is not there */
    (void)tg::adam_options().with_axis(1);
#elif CASE == 16 /* of another type */
    (void)tg::reduce_options().with_axis("yes");
#elif CASE == 17 /* batches of a dataset that is gone */
    tg::batches batches(tg::dataset(), 5);
#elif CASE == 18 /* an order of arguments that is not C's */
    tg::input(tape, tg::f32, "x", { 2 });
#elif CASE == 19 /* a fraction is no size */
    x = reshape(x, { 2.5 });
#elif CASE == 20 /* a lambda that gives no gradient */
    tg::op_new(store, "a", tg::op_options().with_vjp([](tg::tensor, tg::tensor, const tg::operands &) {}));
#elif CASE == 21 /* nodes that do not stand in a list */
    tg::compile(tape, x, x);
#elif CASE == 22 /* attributes that cannot be copied as bytes */
    apply(tg::op(), x, std::string("a"));
#elif CASE == 23 /* an outcome that nobody looks at (-Werror) */
    tg::save(store, "a");
#elif CASE == 24 /* into what cannot be written */
    x.get(good);
#elif CASE == 25 /* macros that C has alone */
    x = tg_exp(x.handle());
#elif CASE == 26
    (void)TG_SHAPE(2, 3);
#elif CASE == 27 /* an instance belongs to one thread at a time */
    tg::instance mine(plan), copy = mine;
#elif CASE == 28 /* and is made on purpose */
    tg::instance mine = plan;
#endif
}
