/* graph.c: a graph attention network (Velickovic et al., "Graph attention networks", 2018), where
 * the graph is a list of edges. A node's new state is the mean of its neighbours' states, weighted
 * by the softmax of a score over all edges that lead to the node: a softmax of segments of the
 * list.
 *
 * The graph is the karate club of Zachary ("An information flow model for conflict and fission in
 * small groups", 1977): its members, and who met whom outside of the club. The club split after a
 * conflict between its instructor and its president. The network is trained with the labels of
 * these two alone, and predicts for all others whom they followed. */
#include "common.h"

static const char about[] =
    "Tells with whom each of 34 members of a karate club went when it fell apart, from who met\n"
    "whom: two layers of graph attention over the list of edges, which know the side of two.\n";

/* ---- The graph --------------------------------------------------------------------------- */

enum {
    MEMBERS = 34,
    MEETINGS = 78,
    EDGES = 2 * MEETINGS + MEMBERS,
    INSTRUCTOR = 0,
    PRESIDENT = 33
};

static const unsigned char meetings[MEETINGS][2] = {
    { 0, 1 },   { 0, 2 },   { 0, 3 },   { 0, 4 },   { 0, 5 },   { 0, 6 },   { 0, 7 },   { 0, 8 },
    { 0, 10 },  { 0, 11 },  { 0, 12 },  { 0, 13 },  { 0, 17 },  { 0, 19 },  { 0, 21 },  { 0, 31 },
    { 1, 2 },   { 1, 3 },   { 1, 7 },   { 1, 13 },  { 1, 17 },  { 1, 19 },  { 1, 21 },  { 1, 30 },
    { 2, 3 },   { 2, 7 },   { 2, 8 },   { 2, 9 },   { 2, 13 },  { 2, 27 },  { 2, 28 },  { 2, 32 },
    { 3, 7 },   { 3, 12 },  { 3, 13 },  { 4, 6 },   { 4, 10 },  { 5, 6 },   { 5, 10 },  { 5, 16 },
    { 6, 16 },  { 8, 30 },  { 8, 32 },  { 8, 33 },  { 9, 33 },  { 13, 33 }, { 14, 32 }, { 14, 33 },
    { 15, 32 }, { 15, 33 }, { 18, 32 }, { 18, 33 }, { 19, 33 }, { 20, 32 }, { 20, 33 }, { 22, 32 },
    { 22, 33 }, { 23, 25 }, { 23, 27 }, { 23, 29 }, { 23, 32 }, { 23, 33 }, { 24, 25 }, { 24, 27 },
    { 24, 31 }, { 25, 31 }, { 26, 29 }, { 26, 33 }, { 27, 33 }, { 28, 31 }, { 28, 33 }, { 29, 32 },
    { 29, 33 }, { 30, 32 }, { 30, 33 }, { 31, 32 }, { 31, 33 }, { 32, 33 },
};

/* Whom each member followed. 0: the instructor, 1: the president. */
static const int32_t went[MEMBERS] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 1, 0,
                                       0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };

/* Lists each meeting in both directions, and an edge from each node to itself, so that a layer
 * keeps a part of the node's own state. */
static void list_edges(int32_t from[EDGES], int32_t to[EDGES])
{
    for (int i = 0; i < MEETINGS; i++) {
        from[2 * i] = to[2 * i + 1] = meetings[i][0];
        to[2 * i] = from[2 * i + 1] = meetings[i][1];
    }
    for (int i = 0; i < MEMBERS; i++) from[2 * MEETINGS + i] = to[2 * MEETINGS + i] = i;
}

/* ---- A layer ----------------------------------------------------------------------------- */

typedef struct graph_layer {
    tg_linear state, ask, answer; /* linear maps of a node: its state; its part in the score of an
                                     edge to it, and from it */
} graph_layer;

static graph_layer graph_layer_new(tg_store *store, const char *name, int64_t in, int64_t out)
{
    char names[3][64];
    snprintf(names[0], sizeof names[0], "%s.state", name);
    snprintf(names[1], sizeof names[1], "%s.ask", name);
    snprintf(names[2], sizeof names[2], "%s.answer", name);
    return (graph_layer){ tg_linear_new(store, names[0], in, out, .no_bias = true),
                          tg_linear_new(store, names[1], out, 1, .no_bias = true),
                          tg_linear_new(store, names[2], out, 1, .no_bias = true) };
}

/* The new states [nodes, out] of x [nodes, in]; the ends of the edges are [edges]. */
static tg_tensor *graph_layer_apply(const graph_layer *layer, tg_tensor *x, tg_tensor *from,
                                    tg_tensor *to)
{
    const int64_t nodes = tg_dim(x, 0);
    tg_tensor *h = tg_linear_apply(&layer->state, x);
    tg_tensor *ask = tg_gather(tg_linear_apply(&layer->ask, h), to, 0);
    tg_tensor *answer = tg_gather(tg_linear_apply(&layer->answer, h), from, 0);
    tg_tensor *scores = tg_leaky_relu(tg_add(ask, answer), 0.2);
    tg_tensor *weights = tg_segment_softmax(scores, to, nodes); /* [edges, 1] */
    return tg_segment_sum(tg_mul(weights, tg_gather(h, from, 0)), to, nodes);
}

/* ---- The program ------------------------------------------------------------------------- */

int main(int argc, char **argv)
{
    int64_t seed = 1, steps = 30, hidden = 8;
    double lr = 0.02;
    const bool usual = parse_options(
        argc, argv, about,
        (const option[]){ { "seed", "for the first weights", .count = &seed },
                          { "steps", "training steps", .count = &steps },
                          { "hidden", "numbers a member", .count = &hidden, .least = 1 },
                          { "lr", "learning rate of Adam", .number = &lr },
                          { 0 } });
    const double started = seconds_now();

    tg_store *store = tg_store_new(.seed = (uint64_t)seed);
    const graph_layer first = graph_layer_new(store, "first", MEMBERS, hidden);
    const graph_layer second = graph_layer_new(store, "second", hidden, 2);

    static int32_t ends[2][EDGES];
    list_edges(ends[0], ends[1]);
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *from = tg_constant(tape, TG_I32, TG_SHAPE(EDGES), ends[0]);
    tg_tensor *to = tg_constant(tape, TG_I32, TG_SHAPE(EDGES), ends[1]);
    tg_tensor *nothing_known = tg_eye(tape, TG_F32, MEMBERS); /* but the number of each member */
    tg_tensor *h = tg_tanh(graph_layer_apply(&first, nothing_known, from, to));
    tg_tensor *logits = graph_layer_apply(&second, h, from, to);

    const int32_t told[2] = { INSTRUCTOR, PRESIDENT };
    tg_tensor *known = tg_constant(tape, TG_I32, TG_SHAPE(2), told);
    tg_tensor *sides = tg_constant(tape, TG_I32, TG_SHAPE(2), ((int32_t[]){ 0, 1 }));
    tg_tensor *loss = tg_cross_entropy(tg_gather(logits, known, 0), sides);
    tg_adam(loss, .lr = lr);
    tg_tensor *chance = tg_pick(tg_softmax(logits), 1, 1); /* of following the president */
    tg_plan *step = tg_compile(tape, loss, chance);

    for (int64_t i = 0; i <= steps; i++) tg_run(step); /* the last run gives the final results */

    float p[MEMBERS] = { 0 };
    tg_get(chance, p, MEMBERS);
    int right = 0;
    for (int i = 0; i < MEMBERS; i++) {
        right += (p[i] > 0.5f) == went[i];
        printf("%2d: %3.0f %% with the president, went with the %s%s", i + 1, 100 * (double)p[i],
               went[i] ? "president " : "instructor", (p[i] > 0.5f) == went[i] ? "  " : " *");
        fputs(i % 2 ? "\n" : "   ", stdout);
    }
    printf("%d of %d are told right, of which two were known.\n", right, MEMBERS);

    print_result("graph", started, "accuracy=%.2f loss=%.4f", right / (double)MEMBERS,
                 tg_item(loss));
    int status = tg_report(tape, stderr);
    if (!status && usual) status = !expect_figure("accuracy", right / (double)MEMBERS, 0.8, 1);
    tg_plan_free(step);
    tg_tape_free(tape);
    tg_store_free(store);
    return status;
}
