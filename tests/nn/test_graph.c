/* test_graph.c: layers over graphs, against sums over neighbours that are written out. */
#include "tests/support/both_ways.h"

enum { NODES = 5, IN = 3, OUT = 2, HEADS = 2, EDGES = 7 };

static const int32_t from[EDGES] = { 0, 1, 2, 3, 0, 2, 3 }, to[EDGES] = { 1, 0, 1, 1, 3, 0, 2 };
static double x_values[NODES * IN];
static tg_tensor *x, *source, *target;

static void open_graph(void)
{
    open_tape();
    for (int i = 0; i < NODES * IN; i++) x_values[i] = sin(1.1 * i + 0.4);
    x = tg_input(tape, "x", TG_F64, TG_SHAPE(NODES, IN));
    ck_assert_int_eq(tg_feed(x, x_values, NODES * IN), TG_OK);
    source = tg_constant(tape, TG_I32, TG_SHAPE(EDGES), from);
    target = tg_constant(tape, TG_I32, TG_SHAPE(EDGES), to);
}

/* The variable's values, at most 32, after they were set to sines. */
static const double *known(tg_var *var, double start)
{
    static double values[8][32];
    static int last;
    last = (last + 1) % 8;
    const int64_t count = tg_shape_count(tg_var_shape(var));
    for (int64_t i = 0; i < count; i++) values[last][i] = sin(0.9 * (double)i + start);
    ck_assert_int_eq(tg_var_set(var, values[last], (size_t)count), TG_OK);
    return values[last];
}

/* x_row . weight_row */
static double dot(int node, const double *weight, int row)
{
    double sum = 0;
    for (int k = 0; k < IN; k++) sum += x_values[node * IN + k] * weight[row * IN + k];
    return sum;
}

static void ck_proven(tg_tensor *y, tg_tensor *weight)
{
    ck_assert_msg(tg_check_gradient(y, TG_LIST(x, weight), .entries = 30) == TG_OK, "%s",
                  tg_tape_error(tape));
}

START_TEST(a_graph_convolution_weighs_by_degrees)
{
    const tg_gcn layer = tg_gcn_new(store, "gcn", IN, OUT);
    ck_assert_ptr_nonnull(layer.bias);
    const double *w = known(layer.weight, 0.3), *b = known(layer.bias, 1);
    double degree[NODES], want[NODES * OUT];
    for (int i = 0; i < NODES; i++) degree[i] = 1;
    for (int e = 0; e < EDGES; e++) degree[to[e]]++;
    for (int i = 0; i < NODES; i++)
        for (int o = 0; o < OUT; o++) {
            double sum = dot(i, w, o) / degree[i];
            for (int e = 0; e < EDGES; e++)
                if (to[e] == i) sum += dot(from[e], w, o) / sqrt(degree[i] * degree[from[e]]);
            want[i * OUT + o] = sum + b[o];
        }
    tg_tensor *y = tg_gcn_apply(&layer, x, source, target);
    ck_both_ways(y, NODES * OUT, want, 1e-14);
    ck_proven(y, tg_read(tape, layer.weight));
}
END_TEST

START_TEST(means_of_neighbours_stand_beside_the_node)
{
    const tg_sage layer = tg_sage_new(store, "sage", IN, OUT);
    const double *w = known(layer.weight, 0.3), *s = known(layer.self, 2),
                 *b = known(layer.bias, 1);
    double want[NODES * OUT];
    for (int i = 0; i < NODES; i++)
        for (int o = 0; o < OUT; o++) {
            double sum = 0;
            int degree = 0;
            for (int e = 0; e < EDGES; e++)
                if (to[e] == i) sum += dot(from[e], w, o), degree++;
            want[i * OUT + o] = dot(i, s, o) + (degree ? sum / degree : 0) + b[o];
        }
    tg_tensor *y = tg_sage_apply(&layer, x, source, target);
    ck_both_ways(y, NODES * OUT, want, 1e-14);
    ck_proven(y, tg_read(tape, layer.weight));
}
END_TEST

static double leaky(double a) { return a > 0 ? a : 0.2 * a; }

/* _i: heads side by side, or their mean. */
START_TEST(attention_shares_among_neighbours_and_the_node)
{
    const tg_gat layer = tg_gat_new(store, "gat", IN, OUT, .heads = HEADS, .mean = _i);
    const double *w = known(layer.weight, 0.3), *s = known(layer.sender, 2);
    const double *r = known(layer.receiver, 1.4), *b = known(layer.bias, 1);
    double want[NODES * HEADS * OUT] = { 0 };
    for (int i = 0; i < NODES; i++)
        for (int k = 0; k < HEADS; k++) {
            double total = 0, sum[OUT] = { 0 };
            for (int e = -1; e < EDGES; e++) {
                const int j = e < 0 ? i : from[e];
                if (e >= 0 && to[e] != i) continue;
                double score = 0;
                for (int o = 0; o < OUT; o++)
                    score += s[k * OUT + o] * dot(j, w, k * OUT + o) +
                             r[k * OUT + o] * dot(i, w, k * OUT + o);
                const double share = exp(leaky(score));
                total += share;
                for (int o = 0; o < OUT; o++) sum[o] += share * dot(j, w, k * OUT + o);
            }
            for (int o = 0; o < OUT; o++) {
                if (_i) want[i * OUT + o] += sum[o] / total / HEADS + b[o] / HEADS;
                else want[(i * HEADS + k) * OUT + o] = sum[o] / total + b[k * OUT + o];
            }
        }
    tg_tensor *y = tg_gat_apply(&layer, x, source, target);
    ck_both_ways(y, (size_t)(NODES * OUT * (_i ? 1 : HEADS)), want, 1e-14);
    ck_proven(y, tg_read(tape, layer.weight));
}
END_TEST

START_TEST(a_graph_without_edges_has_its_nodes)
{
    const tg_gcn layer = tg_gcn_new(store, "gcn", IN, OUT, .no_bias = true);
    const tg_gat attention = tg_gat_new(store, "gat", IN, OUT, .no_bias = true);
    ck_assert_ptr_null(layer.bias);
    tg_tensor *none = tg_input(tape, "none", TG_I64, TG_SHAPE(0));
    double want[NODES * OUT];
    const double *w = known(layer.weight, 0.3);
    for (int i = 0; i < NODES * OUT; i++) want[i] = dot(i / OUT, w, i % OUT);
    ck_both_ways(tg_gcn_apply(&layer, x, none, none), NODES * OUT, want, 1e-15);
    w = known(attention.weight, 0.6);
    for (int i = 0; i < NODES * OUT; i++) want[i] = dot(i / OUT, w, i % OUT);
    ck_both_ways(tg_gat_apply(&attention, x, none, none), NODES * OUT, want, 1e-15);
}
END_TEST

START_TEST(an_edge_to_nowhere_is_an_error_of_the_run)
{
    const tg_sage layer = tg_sage_new(store, "sage", IN, OUT);
    tg_tensor *far = tg_constant(tape, TG_I32, TG_SHAPE(1), ((int32_t[]){ NODES }));
    tg_tensor *near = tg_constant(tape, TG_I32, TG_SHAPE(1), ((int32_t[]){ 0 }));
    double got[NODES * OUT];
    ck_assert_int_eq(tg_get(tg_sage_apply(&layer, x, far, near), got, NODES * OUT), TG_ERR_INDEX);
    ck_assert_int_eq(tg_get(tg_sage_apply(&layer, x, near, far), got, NODES * OUT), TG_ERR_INDEX);
}
END_TEST

static Suite *graph_suite(void)
{
    Suite *suite = suite_create("graph layers");
    TCase *cases = tcase_create("graph layers");
    tcase_add_checked_fixture(cases, open_graph, close_tape);
    tcase_add_test(cases, a_graph_convolution_weighs_by_degrees);
    tcase_add_test(cases, means_of_neighbours_stand_beside_the_node);
    tcase_add_loop_test(cases, attention_shares_among_neighbours_and_the_node, 0, 2);
    tcase_add_test(cases, a_graph_without_edges_has_its_nodes);
    tcase_add_test(cases, an_edge_to_nowhere_is_an_error_of_the_run);
    suite_add_tcase(suite, cases);
    return suite;
}

int main(void) { return run_suite(graph_suite()); }
