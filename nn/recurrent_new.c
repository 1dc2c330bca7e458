/* recurrent_new.c: the variables of recurrent nets. */
#include "recurrent.h"
#include "layer.h"

#include <stdio.h>

static const char *maker_of(tg_recurrent_kind kind)
{
    return kind == TG_LSTM ? "tg_lstm_new" : kind == TG_GRU ? "tg_gru_new" : "tg_rnn_new";
}

static int gates_of(tg_recurrent_kind kind) { return kind == TG_LSTM ? 4 : kind == TG_GRU ? 3 : 1; }

static bool arguments_hold(const tg_recurrent_args *args, tg_recurrent_kind kind, int layers)
{
    const tg_site at = args->call.at;
    const char *maker = maker_of(kind);
    if (!tg__nn_layer_named(at, maker, args->store, args->name)) return false;
    if (args->relu && kind != TG_RNN) {
        tg_store_fail(args->store, at, TG_ERR_ARGUMENT,
                      "%s: .relu is an option of tg_rnn_new alone", maker);
        return false;
    }
    if (args->in < 0 || args->hidden < 0 || args->hidden > INT64_MAX / 4) {
        tg_store_fail(args->store, at, TG_ERR_SHAPE,
                      "%s: net \"%s\" cannot have %lld inputs and %lld hidden units", maker,
                      args->name, (long long)args->in, (long long)args->hidden);
        return false;
    }
    const int most = TG_RECURRENT_CELLS / (args->bidirectional ? 2 : 1);
    if (layers < 1 || layers > most) {
        tg_store_fail(args->store, at, TG_ERR_ARGUMENT,
                      "%s: net \"%s\" cannot have %d layers: 1 to %d%s", maker, args->name, layers,
                      most, args->bidirectional ? ", each in both directions" : "");
        return false;
    }
    if (!(args->dropout >= 0 && args->dropout <= 1)) {
        tg_store_fail(args->store, at, TG_ERR_ARGUMENT,
                      "%s: net \"%s\": dropout = %g must lie in [0, 1]: it is a share", maker,
                      args->name, args->dropout);
        return false;
    }
    return true;
}

/* Where a cell stands: above [in] inputs, as the names' tail says. */
typedef struct place {
    int64_t in, rows;
    char tail[32];
} place;

static tg_var *field(const tg_recurrent_args *args, const place *at, const char *what,
                     tg_shape shape)
{
    char name[32];
    (void)snprintf(name, sizeof name, "%s%s", what, at->tail);
    const tg_init init = tg__nn_chosen_init(args->call, "init", args->init, (double)args->hidden);
    return tg__nn_field(args->call.at, args->store, args->name, name, shape, init);
}

/* False if one of its variables could not be made. */
static bool make_cell(const tg_recurrent_args *args, const place *at, tg_recurrent_cell *cell)
{
    cell->weight_ih = field(args, at, "weight_ih", TG_SHAPE(at->rows, at->in));
    if (!cell->weight_ih) return false;
    cell->weight_hh = field(args, at, "weight_hh", TG_SHAPE(at->rows, args->hidden));
    if (!cell->weight_hh || args->no_bias) return cell->weight_hh;
    cell->bias_ih = field(args, at, "bias_ih", TG_SHAPE(at->rows));
    cell->bias_hh = cell->bias_ih ? field(args, at, "bias_hh", TG_SHAPE(at->rows)) : NULL;
    return cell->bias_hh;
}

tg_recurrent tg__recurrent_new(const tg_recurrent_args *args, tg_recurrent_kind kind)
{
    const int layers = args->layers || tg_written(args->call, "layers") ? args->layers : 1;
    tg_recurrent net = { .kind = kind };
    if (!args->store || !arguments_hold(args, kind, layers)) return net;
    net.layers = layers;
    net.directions = args->bidirectional ? 2 : 1;
    net.relu = args->relu;
    net.batch_first = args->batch_first;
    net.dropout = args->dropout;
    for (int i = 0; i < layers * net.directions; i++) {
        const int layer = i / net.directions;
        place at = { .rows = gates_of(kind) * args->hidden };
        at.in = layer ? net.directions * args->hidden : args->in;
        (void)snprintf(at.tail, sizeof at.tail, "_l%d%s", layer,
                       i % net.directions ? "_reverse" : "");
        /* Half a net must not pass for one without biases. */
        if (!make_cell(args, &at, &net.cell[i])) return (tg_recurrent){ .kind = kind };
    }
    return net;
}
