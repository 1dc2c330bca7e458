/* tg_graph.h: layers over graphs. What tg_nn.h says of layers holds here, too; that header includes
 * this one.
 *
 * A graph of n nodes is given by the features of its nodes, x [n, in], and by its edges: edge e
 * leads from node source[e] to node target[e], both i32 or i64 [edges]. An index outside of [0, n)
 * is an error of the run. An undirected graph has each edge in both directions. Several graphs are
 * one graph without edges between them. Messages of your own need no layer:
 *
 *     tg_tensor *sent = tg_relu(tg_linear_apply(&message, tg_gather(x, source, 0)));
 *     tg_tensor *got = tg_segment_sum(sent, target, n); (or mean, max, min) */
#ifndef TG_GRAPH_H
#define TG_GRAPH_H

#include "tg_random.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Graph convolution ------------------------------------------------------------------ */

/* Graph convolution (Kipf and Welling 2017): y = D^-1/2 (A + 1) D^-1/2 x weight^T + bias, where A
 * is the matrix of the edges, and the diagonal matrix D has the number of edges to each node, plus
 * 1 for the node itself. */
typedef struct tg_gcn {
    tg_var *weight; /* [out, in] */
    tg_var *bias;   /* [out]; NULL without a bias */
} tg_gcn;

typedef struct tg_gcn_args {
    size_t struct_size;
    tg_site at;
    tg_store *store;
    const char *name; /* the variables are "<name>.weight" and "<name>.bias" */
    int64_t in, out;  /* at least 1 */
    bool no_bias;
    tg_init init; /* of the weight; default: Glorot uniform. The bias is initialised with 0 */
} tg_gcn_args;
#define TG_GCN_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_gcn_args, init)

/* tg_gcn_new(store, "conv1", 34, 16). */
TG_API tg_gcn tg_gcn_new_with(const tg_gcn_args *args);
/* x [n, in] gives [n, out]. The edges must not lead from a node to itself. */
TG_API tg_tensor *tg_gcn_apply_at(tg_site at, const tg_gcn *layer, tg_tensor *x, tg_tensor *source,
                                  tg_tensor *target);

/* ---- Means of neighbours ----------------------------------------------------------------- */

/* GraphSAGE (Hamilton, Ying and Leskovec 2017): y_i = self x_i + weight m_i + bias, where m_i is
 * the mean of x_j over the edges from j to i (0 if there is none). */
typedef struct tg_sage {
    tg_var *weight; /* [out, in] */
    tg_var *self;   /* [out, in] */
    tg_var *bias;   /* [out]; NULL without a bias */
} tg_sage;

typedef struct tg_sage_args {
    size_t struct_size;
    tg_site at;
    tg_store *store;
    const char *name; /* the variables are "<name>.weight", "<name>.self" and "<name>.bias" */
    int64_t in, out;  /* at least 1 */
    bool no_bias;
    tg_init init; /* of both weights; default: Glorot uniform. The bias is initialised with 0 */
} tg_sage_args;
#define TG_SAGE_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_sage_args, init)

/* tg_sage_new(store, "conv1", 34, 16). */
TG_API tg_sage tg_sage_new_with(const tg_sage_args *args);
/* x [n, in] gives [n, out]. */
TG_API tg_tensor *tg_sage_apply_at(tg_site at, const tg_sage *layer, tg_tensor *x,
                                   tg_tensor *source, tg_tensor *target);

/* ---- Graph attention ---------------------------------------------------------------------- */

/* Graph attention (Velickovic et al. 2018): h = x weight^T is split into heads. Node i gets the
 * mean of h_j over its neighbours j and itself, weighted by the softmax of leaky_relu(sender . h_j
 * + receiver . h_i). */
typedef struct tg_gat {
    tg_var *weight;           /* [heads out, in] */
    tg_var *sender, *receiver; /* [heads, out] */
    tg_var *bias;             /* [heads out], or [out] for .mean; NULL without a bias */
    int64_t heads;
    bool mean;
    double slope;
} tg_gat;

typedef struct tg_gat_args {
    size_t struct_size;
    tg_site at;
    tg_store *store;
    const char *name;  /* the variables are "<name>.weight" and so on */
    int64_t in, out;   /* at least 1; out is that of one head */
    int64_t heads;     /* at least 1; default 1 */
    bool mean;         /* of the heads; default: the heads are concatenated */
    double slope;      /* of the leaky ReLU; default 0.2 */
    bool no_bias;
    tg_init init;      /* of weight, sender and receiver; default: Glorot uniform */
} tg_gat_args;
#define TG_GAT_DEFAULTS                                                                            \
    .struct_size = TG_OPTIONS_SIZE(tg_gat_args, init), .heads = 1, .slope = 0.2

/* tg_gat_new(store, "attention", 34, 8, .heads = 4). */
TG_API tg_gat tg_gat_new_with(const tg_gat_args *args);
/* x [n, in] gives [n, heads out], or [n, out] for .mean. The edges must not lead from a node to
 * itself. */
TG_API tg_tensor *tg_gat_apply_at(tg_site at, const tg_gat *layer, tg_tensor *x, tg_tensor *source,
                                  tg_tensor *target);

#ifdef __cplusplus
}
#endif

/* How C programs call these: the macros supply the call's site, and the defaults of options. */
#ifndef __cplusplus
#define tg_gcn_new(...)                                                                            \
    tg_gcn_new_with(&(tg_gcn_args){ TG_GCN_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_sage_new(...)                                                                           \
    tg_sage_new_with(&(tg_sage_args){ TG_SAGE_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_gat_new(...)                                                                            \
    tg_gat_new_with(&(tg_gat_args){ TG_GAT_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_gcn_apply(...)  tg_gcn_apply_at(TG_HERE, __VA_ARGS__)
#define tg_sage_apply(...) tg_sage_apply_at(TG_HERE, __VA_ARGS__)
#define tg_gat_apply(...)  tg_gat_apply_at(TG_HERE, __VA_ARGS__)
#endif

#endif
