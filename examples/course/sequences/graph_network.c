/* graph_network.c: A network that passes messages along edges tells what no node can tell alone.
 *
 * Formula: h' = D^-1/2 (A + I) D^-1/2 h W, as a sum over the edges that lead to each node
 *
 * A graph of two groups: two nodes of one group know each other with a chance of 0.1, of two
 * groups with 0.02. Each node has a number that hints at its group, under noise twice as large, and
 * the group of ten nodes is known. Two layers of graph convolution (Kipf and Welling 2017) over the
 * list of edges stand beside the same layers where each node sees itself alone.
 */
#include "course.h"

#include <math.h>

static const char about[] = "Tells the groups of a graph's nodes by a graph network.\n";

enum { NODES = 200, KNOWN = 10, MOST = NODES * NODES, HIDDEN = 16, STEPS = 100 };

/* Edges, both ways, behind one from each node to itself; and what the nodes know. */
typedef struct graph {
    int64_t count;
    int32_t from[MOST], to[MOST], group[NODES];
    float hint[NODES];
} graph;

static void add_edge(graph *g, int from, int to)
{
    g->from[g->count] = from;
    g->to[g->count++] = to;
}

static void make_graph(graph *g, int64_t seed)
{
    tg_dice dice = { .key = (uint64_t)seed };
    for (int i = 0; i < NODES; i++) {
        g->group[i] = i % 2;
        g->hint[i] = (float)(g->group[i] - 0.5 + tg_dice_normal(&dice));
        add_edge(g, i, i);
    }
    for (int i = 0; i < NODES; i++)
        for (int k = 0; k < i; k++) {
            if (tg_dice_uniform(&dice) >= (g->group[i] == g->group[k] ? 0.1 : 0.02)) continue;
            add_edge(g, i, k);
            add_edge(g, k, i);
        }
}

/* h [nodes, units]: the sum over the edges to a node, each over the root of both ends' degrees. */
static tg_tensor *pass_on(tg_tensor *h, tg_tensor *from, tg_tensor *to)
{
    tg_tensor *ones = tg_full(tg_tape_of(h), TG_F32, TG_SHAPE(tg_dim(to, 0), 1), 1);
    tg_tensor *scale = tg_rsqrt(tg_segment_sum(ones, to, NODES));
    return tg_mul(tg_segment_sum(tg_gather(tg_mul(h, scale), from, 0), to, NODES), scale);
}

/* Trains with the first [edges] of them; the share of right nodes among those that are not known.
 * [chance] receives that of group 1. */
static double learn(course *c, const graph *g, int64_t edges, float chance[NODES])
{
    tg_store *store = tg_store_new(.seed = (uint64_t)c->seed);
    const tg_linear first = tg_linear_new(store, "first", 1, HIDDEN),
                    second = tg_linear_new(store, "second", HIDDEN, 2);
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *from = tg_constant(tape, TG_I32, TG_SHAPE(edges), g->from);
    tg_tensor *to = tg_constant(tape, TG_I32, TG_SHAPE(edges), g->to);
    tg_tensor *hint = tg_constant(tape, TG_F32, TG_SHAPE(NODES, 1), g->hint);
    tg_tensor *h = tg_relu(tg_linear_apply(&first, pass_on(hint, from, to)));
    tg_tensor *logits = tg_linear_apply(&second, pass_on(h, from, to));
    tg_tensor *known = tg_constant(tape, TG_I32, TG_SHAPE(KNOWN), g->group);
    tg_adam(tg_cross_entropy(tg_slice(logits, 0, 0, KNOWN, 1), known), .lr = 0.02);
    tg_tensor *found = tg_pick(tg_softmax(logits), 1, 1);
    tg_plan *step = tg_compile(tape, found);
    for (int i = 0; i <= STEPS; i++) tg_run(step); /* the last shows what was learned */
    tg_get(found, chance, NODES);
    course_fine(c, tape);
    tg_plan_free(step);
    tg_tape_free(tape);
    tg_store_free(store);
    double right = 0;
    for (int i = KNOWN; i < NODES; i++) right += (chance[i] > 0.5f) == g->group[i];
    return right / (NODES - KNOWN);
}

/* What the net makes of each node, over its own number, with a colour for its true group. */
static void draw(plot *p, const char *title, const graph *g, const float chance[NODES])
{
    plot_panel(p, title, "the node's own number", "chance of group 1");
    plot_y_range(p, -0.05, 1.05);
    for (int group = 0; group < 2; group++) {
        double x[NODES / 2], y[NODES / 2];
        for (int i = 0; i < NODES / 2; i++) {
            x[i] = (double)g->hint[2 * i + group];
            y[i] = (double)chance[2 * i + group];
        }
        plot_dots(p, group ? "in group 1" : "in group 0", x, y, NODES / 2);
    }
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "graph_network", about);
    static graph g;
    static float chance[2][NODES];
    make_graph(&g, c.seed);
    const double alone = learn(&c, &g, NODES, chance[0]), all = learn(&c, &g, g.count, chance[1]);
    /* The best guess of the number alone is right with Phi(1/2) = 0.69. */
    course_expect(&c, "without_edges", alone, 0.3, 0.8);
    course_expect(&c, "with_edges", all, 0.88, 1);
    plot *p = plot_new("Two groups of nodes", 2);
    draw(p, "from each node's own number", &g, chance[0]);
    draw(p, "with messages along edges", &g, chance[1]);
    return course_end(&c, p);
}
