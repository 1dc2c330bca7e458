/* graph.c: layers over graphs. For each edge the values of its sending node are gathered and
 * weighted; then they are summed for each receiving node. */
#include "layer.h"

#include <math.h>

#undef TG_HERE
#define TG_HERE at

/* ---- Making -----------------------------------------------------------------------------------
 */

static bool sizes_hold(tg_site at, const char *op, tg_store *store, const char *name, int64_t in,
                       int64_t out, int64_t heads)
{
    if (in >= 1 && out >= 1 && heads >= 1 && out <= INT64_MAX / heads) return true;
    tg_store_fail(store, at, TG_ERR_SHAPE,
                  "%s: layer \"%s\" cannot have %lld inputs, %lld outputs and %lld heads", op, name,
                  (long long)in, (long long)out, (long long)heads);
    return false;
}

static tg_var *new_weight(tg_site at, const char *op, tg_store *store, const char *name,
                          const char *what, int64_t rows, int64_t columns, tg_init init)
{
    if (init.kind == TG_INIT_DEFAULT) init = tg_init_glorot_uniform(columns, rows);
    const tg_shape shape = TG_SHAPE(rows, columns);
    return tg__nn_field(at, op, store, name, what, shape, tg__nn_with_fans(init, shape));
}

static tg_var *new_bias(tg_site at, const char *op, tg_store *store, const char *name, int64_t size)
{
    return tg__nn_field(at, op, store, name, "bias", TG_SHAPE(size), tg_init_zeros());
}

tg_gcn tg_gcn_new_with(const tg_gcn_args *given)
{
    tg_gcn_args args = { TG_GCN_DEFAULTS };
    const tg_gcn none = { NULL, NULL };
    static const char op[] = "tg_gcn_new";
    if (!TG_READ_STORE_OPTIONS(args, given, op)) return none;
    const tg_site at = args.at;
    if (!tg__nn_layer_named(at, op, args.store, args.name,
                            TG__NN_FIELDS("weight", args.no_bias ? NULL : "bias")) ||
        !sizes_hold(at, op, args.store, args.name, args.in, args.out, 1))
        return none;
    tg_gcn layer = {
        new_weight(at, op, args.store, args.name, "weight", args.out, args.in, args.init), NULL
    };
    if (!layer.weight || args.no_bias) return layer;
    layer.bias = new_bias(at, op, args.store, args.name, args.out);
    return layer.bias ? layer : none;
}

tg_sage tg_sage_new_with(const tg_sage_args *given)
{
    tg_sage_args args = { TG_SAGE_DEFAULTS };
    const tg_sage none = { NULL, NULL, NULL };
    static const char op[] = "tg_sage_new";
    if (!TG_READ_STORE_OPTIONS(args, given, op)) return none;
    const tg_site at = args.at;
    if (!tg__nn_layer_named(at, op, args.store, args.name,
                            TG__NN_FIELDS("weight", "self", args.no_bias ? NULL : "bias")) ||
        !sizes_hold(at, op, args.store, args.name, args.in, args.out, 1))
        return none;
    tg_sage layer = none;
    layer.weight =
        new_weight(at, op, args.store, args.name, "weight", args.out, args.in, args.init);
    if (layer.weight)
        layer.self =
            new_weight(at, op, args.store, args.name, "self", args.out, args.in, args.init);
    if (layer.self && !args.no_bias) layer.bias = new_bias(at, op, args.store, args.name, args.out);
    return layer.self && (layer.bias || args.no_bias) ? layer : none;
}

tg_gat tg_gat_new_with(const tg_gat_args *given)
{
    tg_gat_args args = { TG_GAT_DEFAULTS };
    static const char op[] = "tg_gat_new";
    if (!TG_READ_STORE_OPTIONS(args, given, op)) return (tg_gat){ 0 };
    const tg_gat none = { .heads = args.heads, .mean = args.mean, .slope = args.slope };
    const tg_site at = args.at;
    tg_store *store = args.store;
    if (!tg__nn_layer_named(
            at, op, store, args.name,
            TG__NN_FIELDS("weight", "sender", "receiver", args.no_bias ? NULL : "bias")) ||
        !sizes_hold(at, op, store, args.name, args.in, args.out, args.heads))
        return none;
    if (!isfinite(args.slope)) {
        tg_store_fail(store, at, TG_ERR_ARGUMENT, "%s: slope = %g must be finite", op, args.slope);
        return none;
    }
    tg_gat layer = none;
    const int64_t all = args.heads * args.out;
    layer.weight = new_weight(at, op, store, args.name, "weight", all, args.in, args.init);
    if (layer.weight)
        layer.sender =
            new_weight(at, op, store, args.name, "sender", args.heads, args.out, args.init);
    if (layer.sender)
        layer.receiver =
            new_weight(at, op, store, args.name, "receiver", args.heads, args.out, args.init);
    if (layer.receiver && !args.no_bias)
        layer.bias = new_bias(at, op, store, args.name, args.mean ? args.out : all);
    return layer.receiver && (layer.bias || args.no_bias) ? layer : none;
}

/* ---- Checks -------------------------------------------------------------------------------------
 */

/* The operands of a layer, checked. */
typedef struct graph {
    tg_site at;
    const char *op;
    tg_tensor *x, *source, *target;
    int64_t nodes;
} graph;

static bool is_index(const tg_tensor *index)
{
    const tg_dtype dtype = tg_dtype_of(index);
    return tg_rank(index) == 1 && (dtype == TG_I32 || dtype == TG_I64);
}

/* Enters the layer's function and checks its operands. False if they do not fit. */
static bool enter(graph *g, const tg_var *weight, const char *make)
{
    if (!tg_enter(&g->at, g->op, TG_LIST(g->x, g->source, g->target))) return false;
    const tg_site at = g->at;
    tg_tape *tape = tg_tape_of(g->x);
    if (!weight) return tg__nn_no_layer(at, g->op, make, tape);
    const int64_t in = tg_var_shape(weight).dim[1];
    if (tg_dtype_of(g->x) != tg_var_dtype(weight))
        tg_fail(tape, at, TG_ERR_DTYPE, "%s: x must have the weights' dtype, %s", g->op,
                tg_dtype_name(tg_var_dtype(weight)));
    else if (tg_rank(g->x) != 2 || tg_dim(g->x, 1) != in)
        tg_fail(tape, at, TG_ERR_SHAPE, "%s: \"%s\" takes x [nodes, %lld]", g->op,
                tg_var_name(weight), (long long)in);
    else if (!is_index(g->source) || !is_index(g->target))
        tg_fail(tape, at, TG_ERR_DTYPE,
                "%s: source and target must be nodes' numbers, i32 or i64 [edges]", g->op);
    else if (tg_dim(g->source, 0) != tg_dim(g->target, 0))
        tg_fail(tape, at, TG_ERR_SHAPE, "%s: source and target must have as many edges", g->op);
    if (tg_tape_status(tape) != TG_OK) {
        tg_fail_operands(tape, TG_LIST(g->x, g->source, g->target));
        return false;
    }
    g->nodes = tg_dim(g->x, 0);
    return true;
}

static tg_tensor *mapped(tg_site at, tg_tensor *x, tg_var *weight)
{
    return tg_matmul(x, tg_transpose(tg_read(tg_tape_of(x), weight)));
}

static tg_tensor *biased(tg_site at, tg_tensor *y, tg_var *bias)
{
    return bias && y ? tg_add(y, tg_read(tg_tape_of(y), bias)) : y;
}

/* ---- Applying
 * ------------------------------------------------------------------------------------ */

tg_tensor *tg_gcn_apply_at(tg_site at, const tg_gcn *layer, tg_tensor *x, tg_tensor *source,
                           tg_tensor *target)
{
    graph g = { at, "tg_gcn_apply", x, source, target, 0 };
    if (!enter(&g, layer ? layer->weight : NULL, "make it with tg_gcn_new")) return NULL;
    at = g.at;
    tg_tensor *ones = tg_ones_like(tg_cast(target, tg_dtype_of(x)));
    tg_tensor *degree = tg_add_num(tg_segment_sum(ones, target, g.nodes), 1);
    tg_tensor *scale = tg_unsqueeze(tg_rsqrt(degree), 1); /* [nodes, 1] */
    tg_tensor *h = tg_mul(mapped(at, x, layer->weight), scale);
    tg_tensor *sum = tg_add(h, tg_segment_sum(tg_gather(h, source, 0), target, g.nodes));
    return biased(at, tg_mul(sum, scale), layer->bias);
}

tg_tensor *tg_sage_apply_at(tg_site at, const tg_sage *layer, tg_tensor *x, tg_tensor *source,
                            tg_tensor *target)
{
    graph g = { at, "tg_sage_apply", x, source, target, 0 };
    if (!enter(&g, layer ? layer->weight : NULL, "make it with tg_sage_new")) return NULL;
    at = g.at;
    tg_tensor *sum = tg_segment_sum(tg_gather(x, source, 0), target, g.nodes);
    tg_tensor *ones = tg_ones_like(tg_cast(target, tg_dtype_of(x)));
    tg_tensor *degree = tg_maximum_num(tg_segment_sum(ones, target, g.nodes), 1);
    tg_tensor *mean = tg_div(sum, tg_unsqueeze(degree, 1));
    tg_tensor *y = tg_add(mapped(at, x, layer->self), mapped(at, mean, layer->weight));
    return biased(at, y, layer->bias);
}

tg_tensor *tg_gat_apply_at(tg_site at, const tg_gat *layer, tg_tensor *x, tg_tensor *source,
                           tg_tensor *target)
{
    graph g = { at, "tg_gat_apply", x, source, target, 0 };
    if (!enter(&g, layer ? layer->weight : NULL, "make it with tg_gat_new")) return NULL;
    at = g.at;
    tg_tape *tape = tg_tape_of(x);
    const int64_t heads = layer->heads, out = tg_var_shape(layer->weight).dim[0] / heads;
    tg_tensor *h = tg_reshape(mapped(at, x, layer->weight), TG_SHAPE(g.nodes, heads, out));
    /* The scores of each node as sender and as receiver: [nodes, heads]. */
    tg_tensor *sent = tg_sum(tg_mul(h, tg_read(tape, layer->sender)), .axis = 2);
    tg_tensor *heard = tg_sum(tg_mul(h, tg_read(tape, layer->receiver)), .axis = 2);
    /* An edge from each node to itself, behind the other edges. */
    tg_tensor *own = tg_iota(tape, TG_I64, g.nodes);
    tg_tensor *from = tg_concat(TG_LIST(tg_cast(source, TG_I64), own), 0);
    tg_tensor *to = tg_concat(TG_LIST(tg_cast(target, TG_I64), own), 0);
    tg_tensor *score = tg_add(tg_gather(sent, from, 0), tg_gather(heard, to, 0));
    tg_tensor *share =
        tg_segment_softmax(tg_leaky_relu(score, layer->slope), to, g.nodes); /* [edges, heads] */
    tg_tensor *messages = tg_mul(tg_gather(h, from, 0), tg_unsqueeze(share, 2));
    tg_tensor *y = tg_segment_sum(messages, to, g.nodes); /* [nodes, heads, out] */
    y = layer->mean ? tg_mean(y, .axis = 1) : tg_reshape(y, TG_SHAPE(g.nodes, heads * out));
    return biased(at, y, layer->bias);
}
