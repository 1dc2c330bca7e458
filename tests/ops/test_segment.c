/* test_segment.c: scatters of extremes, and reductions of segments, against loops in C; what they
 * have in common with reductions along an axis; and what there is of nothing. */
#include "tests/support/random.h"
#include "tests/support/recorded.h"

#include <float.h>
#include <limits.h>

enum { MOST = 4096 };

/* ---- Against loops ---------------------------------------------------------------------- */

static void read_doubles(tg_tensor *x, double *out)
{
    tg_tensor *wide = tg_cast(x, TG_F64);
    ck_assert_int_le(tg_count(wide), MOST);
    ck_assert_msg(tg_get(wide, out, (size_t)tg_count(wide)) == TG_OK, "%s", tg_tape_error(tape));
}

/* What a place holds to which nothing comes. */
static double of_nothing(tg_dtype dtype, bool largest)
{
    switch (dtype) {
    case TG_F32:
    case TG_F64: return largest ? -(double)INFINITY : (double)INFINITY;
    case TG_I32: return largest ? INT32_MIN : INT32_MAX;
    case TG_I64: return largest ? (double)INT64_MIN : (double)INT64_MAX;
    default: return largest ? 0 : UINT8_MAX;
    }
}

/* x [outer, picks, inner] into y [outer, size, inner]; 0 to 255, so all dtypes hold it. */
START_TEST(extremes_are_those_of_a_loop)
{
    static double x[MOST], want[MOST], got[MOST];
    const tg_dtype dtypes[] = { TG_F32, TG_F64, TG_I32, TG_I64, TG_U8 };
    rng random = rng_of(11, (uint64_t)_i);
    const bool largest = rng_once_in(&random, 2), narrow = rng_once_in(&random, 2);
    const tg_dtype dtype = dtypes[rng_below(&random, COUNT_OF(dtypes))];
    const int outer = rng_below(&random, 4), inner = 1 + rng_below(&random, 9);
    const int rows = rng_below(&random, 5), columns = 1 + rng_below(&random, 4);
    const int picks = rows * columns, size = 1 + rng_below(&random, 6);
    int64_t places[32];
    for (int k = 0; k < picks; k++) places[k] = rng_below(&random, size);
    for (int i = 0; i < outer * picks * inner; i++) x[i] = rng_below(&random, 256);
    for (int i = 0; i < outer * size * inner; i++) want[i] = of_nothing(dtype, largest);
    for (int i = 0; i < outer * picks * inner; i++) {
        const int place = (int)places[i / inner % picks];
        double *to = &want[(i / inner / picks * size + place) * inner + i % inner];
        *to = largest ? fmax(*to, x[i]) : fmin(*to, x[i]);
    }
    tg_tensor *from = tg_constant(tape, TG_F64, TG_SHAPE(outer, rows, columns, inner), x);
    tg_tensor *index = tg_constant(tape, TG_I64, TG_SHAPE(rows, columns), places);
    if (narrow) index = tg_cast(index, TG_I32);
    from = tg_cast(from, dtype);
    tg_tensor *y =
        largest ? tg_scatter_max(from, index, 1, size) : tg_scatter_min(from, index, -2, size);
    ck_no_error();
    ck_assert_int_eq(tg_dtype_of(y), dtype);
    ck_assert(tg_shape_equal(tg_shape_from(y), TG_SHAPE(outer, size, inner)));
    read_doubles(y, got);
    for (int i = 0; i < outer * size * inner; i++) ck_assert(got[i] == want[i]);
}
END_TEST

/* Values, and what x receives of random cotangents, of all five. */
START_TEST(segments_are_those_of_a_loop)
{
    enum { ROWS = 40, WIDTH = 3, COUNT = 7 };
    double x[ROWS][WIDTH], g[COUNT][WIDTH], sum[COUNT][WIDTH] = { 0 }, most[COUNT][WIDTH];
    double least[COUNT][WIDTH], powers[COUNT][WIDTH] = { 0 }, rows[COUNT] = { 0 }, got[MOST];
    int32_t to[ROWS];
    rng random = rng_of(12, (uint64_t)_i);
    for (int i = 0; i < ROWS; i++) {
        to[i] = rng_below(&random, COUNT - 1); /* the last has no rows */
        rows[to[i]]++;
        for (int j = 0; j < WIDTH; j++) {
            const double value = x[i][j] = rng_between(&random, -3, 3);
            const bool first = rows[to[i]] == 1;
            sum[to[i]][j] += value;
            powers[to[i]][j] += exp(value);
            most[to[i]][j] = first ? value : fmax(value, most[to[i]][j]);
            least[to[i]][j] = first ? value : fmin(value, least[to[i]][j]);
        }
    }
    for (int s = 0; s < COUNT; s++)
        for (int j = 0; j < WIDTH; j++) {
            g[s][j] = rng_between(&random, -1, 1);
            if (rows[s] == 0) most[s][j] = least[s][j] = 0;
        }
    tg_tensor *in = tg_constant(tape, TG_F64, TG_SHAPE(ROWS, WIDTH), x);
    tg_tensor *index = tg_constant(tape, TG_I32, TG_SHAPE(ROWS), to);
    tg_tensor *cotangent = tg_constant(tape, TG_F64, TG_SHAPE(COUNT, WIDTH), g);
    tg_tensor *y[] = { tg_segment_sum(in, index, COUNT), tg_segment_mean(in, index, COUNT),
                       tg_segment_max(in, index, COUNT), tg_segment_min(in, index, COUNT) };
    for (int k = 0; k < COUNT_OF(y); k++) {
        read_doubles(y[k], got);
        for (int s = 0; s < COUNT; s++)
            for (int j = 0; j < WIDTH; j++) {
                const double want[] = { sum[s][j], sum[s][j] / fmax(rows[s], 1), most[s][j],
                                        least[s][j] };
                ck_close(got[s * WIDTH + j], want[k], 1e-14);
            }
        tg_tensor *received;
        ck_assert_int_eq(tg_vjp(y[k], cotangent, TG_LIST(in), &received), TG_OK);
        read_doubles(received, got);
        for (int i = 0; i < ROWS; i++)
            for (int j = 0; j < WIDTH; j++) {
                const int s = to[i];
                const double want[] = { g[s][j], g[s][j] / rows[s],
                                        x[i][j] == most[s][j] ? g[s][j] : 0,
                                        x[i][j] == least[s][j] ? g[s][j] : 0 };
                ck_close(got[i * WIDTH + j], want[k], 1e-14);
            }
    }
    read_doubles(tg_segment_softmax(in, index, COUNT), got);
    for (int i = 0; i < ROWS; i++)
        for (int j = 0; j < WIDTH; j++)
            ck_close(got[i * WIDTH + j], exp(x[i][j]) / powers[to[i]][j], 1e-14);
    ck_no_error();
}
END_TEST

/* ---- Against reductions along an axis --------------------------------------------------- */

/* Equal, or both NaN. */
static void ck_same(tg_tensor *a, tg_tensor *b, double tolerance)
{
    double left[MOST], right[MOST];
    ck_assert(a && b && tg_count(a) == tg_count(b));
    read_doubles(a, left);
    read_doubles(b, right);
    for (int64_t i = 0; i < tg_count(a); i++) ck_close(left[i], right[i], tolerance);
}

/* Of columns with ties, a NaN, infinities and nothing special: [8, 5] as one segment. */
static const double columns[8][5] = {
    { 1, 2, 3, -(double)INFINITY, 0.0 },
    { 4, 2, 3, -(double)INFINITY, -0.0 },
    { 4, 2, (double)NAN, 5, 0.5 },
    { -1, 2, 3, 5, -0.5 },
    { 0, 2, 1, (double)INFINITY, 0.25 },
    { 4, 2, 2, -3, 0.75 },
    { -1, 2, 0, 4, 0.5 },
    { 3, 2, 9, 0, 0.125 },
};

/* And so are their gradients, and the last column's gradient by its cotangent. */
START_TEST(one_segment_is_the_reduction_of_its_axis)
{
    tg_tensor *x =
        tg_cast(tg_constant(tape, TG_F64, TG_SHAPE(8, 5), columns), _i % 2 ? TG_F64 : TG_F32);
    tg_tensor *all = tg_cast(tg_zeros_like(tg_iota(tape, TG_I32, 8)), _i / 2 ? TG_I64 : TG_I32);
    tg_tensor *w = tg_cast(tg_add_num(tg_iota(tape, TG_F32, 5), 1), tg_dtype_of(x));
    tg_tensor *pairs[][2] = { { tg_segment_max(x, all, 1), tg_max(x, .axis = 0, .keep = true) },
                              { tg_segment_min(x, all, 1), tg_min(x, .axis = 0, .keep = true) },
                              { tg_segment_mean(x, all, 1), tg_mean(x, .axis = 0, .keep = true) },
                              { tg_segment_sum(x, all, 1), tg_sum(x, .axis = 0, .keep = true) },
                              { tg_segment_softmax(x, all, 1), tg_softmax(x, .axis = 0) } };
    for (int k = 0; k < COUNT_OF(pairs); k++) {
        tg_tensor *received[2], *again[2];
        ck_same(pairs[k][0], pairs[k][1], tg_dtype_of(x) == TG_F32 ? 4e-7 : 1e-15);
        for (int i = 0; i < 2; i++) {
            tg_tensor *g = tg_broadcast(w, tg_shape_from(pairs[k][i]));
            ck_assert_int_eq(tg_vjp(pairs[k][i], g, TG_LIST(x), &received[i]), TG_OK);
            again[i] = tg_pick(tg_grad(tg_sum(tg_pick(received[i], 1, 4)), w), 0, 4);
        }
        ck_same(received[0], received[1], 1e-6);
        ck_same(again[0], again[1], 1e-6);
    }
    ck_no_error();
}
END_TEST

/* ---- Nothing, masks, and the ends of the range ------------------------------------------ */

static void ck_all_finite(tg_tensor *x)
{
    double values[MOST];
    read_doubles(x, values);
    for (int64_t i = 0; i < tg_count(x); i++)
        ck_assert_msg(isfinite(values[i]), "element %d is %g", (int)i, values[i]);
}

typedef tg_tensor *segment_function(tg_site at, tg_tensor *x, tg_tensor *index, int64_t count);
static segment_function *const functions[] = { tg_segment_sum_at, tg_segment_mean_at,
                                               tg_segment_max_at, tg_segment_min_at,
                                               tg_segment_softmax_at };

/* The value, the gradient and the gradient of the gradient, in x and in the cotangent. */
static void ck_finite_to_second_order(segment_function *f, tg_tensor *x, tg_tensor *index,
                                      int64_t count)
{
    tg_tensor *y = f(TG_HERE, x, index, count), *received, *again[2];
    tg_tensor *g = tg_add_num(tg_input(tape, "g", tg_dtype_of(x), tg_shape_from(y)), 1);
    ck_assert_int_eq(tg_vjp(y, g, TG_LIST(x), &received), TG_OK);
    ck_assert_int_eq(tg_vjp(received, tg_ones_like(received), TG_LIST(x, g), again), TG_OK);
    ck_all_finite(y);
    ck_all_finite(received);
    ck_all_finite(again[0]);
    ck_all_finite(again[1]);
    ck_no_error();
}

START_TEST(empty_segments_are_finite_to_second_order)
{
    const double x[] = { 1, 3, 3, -2, 1e30, -1e30 };
    const int64_t to[] = { 1, 1, 1, 3, 5, 5 };
    tg_tensor *wide = tg_constant(tape, TG_F64, TG_SHAPE(6), x);
    tg_tensor *index = tg_constant(tape, TG_I64, TG_SHAPE(6), to);
    ck_finite_to_second_order(functions[_i], wide, index, 8);
    ck_finite_to_second_order(functions[_i], tg_cast(wide, TG_F32), index, 8);
}
END_TEST

/* Where nothing comes to, the cotangent receives nothing, not 0 / 0. */
START_TEST(extremes_of_nothing_have_no_part_in_gradients)
{
    tg_tensor *x = tg_constant(tape, TG_F64, TG_SHAPE(3), ((double[]){ 2, 2, -1 }));
    tg_tensor *index = tg_constant(tape, TG_I32, TG_SHAPE(3), ((int32_t[]){ 1, 1, 3 }));
    tg_tensor *g = tg_iota(tape, TG_F64, 5), *received, *again;
    tg_tensor *y = _i ? tg_scatter_max(x, index, 0, 5) : tg_scatter_min(x, index, 0, 5);
    ck_assert_int_eq(tg_vjp(y, g, TG_LIST(x), &received), TG_OK);
    ck_values(received, 3, (double[]){ 0.5, 0.5, 3 });
    ck_assert_int_eq(tg_vjp(received, x, TG_LIST(g), &again), TG_OK);
    ck_values(again, 5, (double[]){ 0, 2, 0, -1, 0 });
}
END_TEST

START_TEST(there_may_be_no_rows_and_no_segments)
{
    tg_tensor *x = tg_input(tape, "x", TG_F32, TG_SHAPE(0, 2));
    tg_tensor *index = tg_input(tape, "index", TG_I32, TG_SHAPE(0));
    ck_finite_to_second_order(functions[_i], x, index, 3);
    ck_finite_to_second_order(functions[_i], x, index, 0);
    tg_tensor *y = functions[_i](TG_HERE, x, index, 3);
    const bool as_x = functions[_i] == tg_segment_softmax_at;
    ck_assert(tg_shape_equal(tg_shape_from(y), as_x ? TG_SHAPE(0, 2) : TG_SHAPE(3, 2)));
    if (!as_x) ck_values(tg_cast(y, TG_F64), 6, (double[6]){ 0 });
}
END_TEST

/* Logits at the ends of f32, masked ones, and a segment of one. */
START_TEST(softmax_bears_any_logits)
{
    const float most = FLT_MAX, none = -INFINITY;
    const float x[] = { most, -most, 1e30F, 1e30F, none, 0, none, none, -most, -1e-40F, 80, 81 };
    const int32_t to[] = { 0, 0, 1, 1, 2, 2, 3, 3, 4, 6, 6, 6 };
    const double e = exp(-1.0), last = exp(-81.0);
    const double want[] = {
        1, 0, 0.5, 0.5, 0, 1, 0, 0, 1, last / (1 + e), e / (1 + e), 1 / (1 + e)
    };
    tg_tensor *in = tg_constant(tape, TG_F32, TG_SHAPE(12), x);
    tg_tensor *index = tg_constant(tape, TG_I32, TG_SHAPE(12), to);
    double got[12];
    read_doubles(tg_segment_softmax(in, index, 7), got);
    for (int i = 0; i < 12; i++) ck_assert(fabs(got[i] - want[i]) <= 1e-6 * want[i]);
    ck_finite_to_second_order(tg_segment_softmax_at, in, index, 7);
}
END_TEST

/* Each logit's weights add up to 1 in each segment that has some, however many there are. */
START_TEST(weights_add_up_to_1)
{
    enum { EDGES = 2000, NODES = 300 };
    static float scores[EDGES];
    static int64_t to[EDGES];
    bool met[NODES] = { false };
    double sums[MOST];
    rng random = rng_of(13, 0);
    for (int i = 0; i < EDGES; i++) {
        scores[i] = (float)rng_between(&random, -500, 500);
        met[to[i] = rng_below(&random, NODES - 20)] = true;
    }
    tg_tensor *index = tg_constant(tape, TG_I64, TG_SHAPE(EDGES), to);
    tg_tensor *x = tg_constant(tape, TG_F32, TG_SHAPE(EDGES), scores);
    read_doubles(tg_segment_sum(tg_segment_softmax(x, index, NODES), index, NODES), sums);
    for (int i = 0; i < NODES; i++) ck_close(sums[i], met[i], 1e-6);
}
END_TEST

/* ---- A step of graph attention ---------------------------------------------------------- */

/* [nodes, width] from its neighbours along edges. */
static tg_tensor *attend(tg_tensor *h, tg_tensor *from, tg_tensor *to, tg_tensor *ask,
                         tg_tensor *answer)
{
    const int64_t nodes = tg_dim(h, 0);
    tg_tensor *asking = tg_gather(tg_matmul(h, ask), to, 0);
    tg_tensor *scores = tg_add(asking, tg_gather(tg_matmul(h, answer), from, 0)); /* [edges, 1] */
    tg_tensor *weights = tg_segment_softmax(tg_leaky_relu(scores, 0.2), to, nodes);
    return tg_segment_sum(tg_mul(weights, tg_gather(h, from, 0)), to, nodes);
}

START_TEST(graph_attention_has_the_right_gradients)
{
    enum { NODES = 6, WIDTH = 3, EDGES = 9 };
    const int32_t sources[EDGES] = { 0, 1, 2, 3, 3, 4, 0, 2, 1 };
    const int32_t targets[EDGES] = { 1, 2, 1, 1, 2, 2, 3, 3, 4 }; /* none to 0 and 5 */
    double values[NODES * WIDTH + 2 * WIDTH];
    rng random = rng_of(14, 0);
    for (int i = 0; i < COUNT_OF(values); i++) values[i] = rng_between(&random, -1, 1);
    tg_tensor *h = tg_input(tape, "h", TG_F64, TG_SHAPE(NODES, WIDTH));
    tg_tensor *ask = tg_input(tape, "ask", TG_F64, TG_SHAPE(WIDTH, 1));
    tg_tensor *answer = tg_input(tape, "answer", TG_F64, TG_SHAPE(WIDTH, 1));
    tg_feed(h, values, NODES * WIDTH);
    tg_feed(ask, values + NODES * WIDTH, WIDTH);
    tg_feed(answer, values + NODES * WIDTH + WIDTH, WIDTH);
    tg_tensor *from = tg_constant(tape, TG_I32, TG_SHAPE(EDGES), sources);
    tg_tensor *to = tg_constant(tape, TG_I32, TG_SHAPE(EDGES), targets);
    tg_tensor *y = attend(attend(h, from, to, ask, answer), from, to, ask, answer);
    tg_tensor *loss = tg_sum(tg_square(tg_sub_num(y, 0.25)));
    const tg_list by = TG_LIST(h, ask, answer);
    ck_assert_msg(tg_check_gradient(loss, by) == TG_OK, "%s", tg_tape_error(tape));
    tg_tensor *slopes = tg_add(tg_sum(tg_square(tg_grad(loss, h))), tg_sum(tg_grad(loss, ask)));
    ck_assert_msg(tg_check_gradient(slopes, by) == TG_OK, "%s", tg_tape_error(tape));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("segment");
    TCase *all = tcase_create("segment");
    tcase_add_checked_fixture(all, open_tape, close_tape);
    tcase_add_loop_test(all, extremes_are_those_of_a_loop, 0, scaled(60));
    tcase_add_loop_test(all, segments_are_those_of_a_loop, 0, scaled(4));
    tcase_add_loop_test(all, one_segment_is_the_reduction_of_its_axis, 0, 4);
    tcase_add_loop_test(all, empty_segments_are_finite_to_second_order, 0, COUNT_OF(functions));
    tcase_add_loop_test(all, extremes_of_nothing_have_no_part_in_gradients, 0, 2);
    tcase_add_loop_test(all, there_may_be_no_rows_and_no_segments, 0, COUNT_OF(functions));
    tcase_add_test(all, softmax_bears_any_logits);
    tcase_add_test(all, weights_add_up_to_1);
    tcase_add_test(all, graph_attention_has_the_right_gradients);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
