/* recurrent_new.c: the variables of recurrent nets. All kinds have the same ones, with as many rows
 * as their gates need, initialised alike. */
#include "recurrent.h"
#include "layer.h"

#include <stdio.h>
#include <string.h>

static bool arguments_hold(const tg_recurrent_args *args, const tg__cell_kind *kind, int layers)
{
    const tg_site at = args->at;
    const char *maker = kind->maker;
    if (!tg__nn_layer_named(at, maker, args->store, args->name, NULL)) return false;
    if (args->relu && !kind->takes_relu) {
        tg_store_fail(args->store, at, TG_ERR_ARGUMENT,
                      "%s: .relu is an option of tg_rnn_new alone", maker);
        return false;
    }
    if (args->in < 0 || args->hidden < 0 || args->hidden > INT64_MAX / TG__CELL_GATES) {
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

/* One cell's sizes and the end of its variables' names ("_l0_reverse"). */
typedef struct place {
    int64_t in, rows;
    char tail[32];
    const char *maker;
} place;

/* The place of cell number i, in a net with [directions] cells a layer. */
static place place_of(const tg_recurrent_args *args, const tg__cell_kind *kind, int directions,
                      int i)
{
    const int layer = i / directions;
    place at = { .rows = (int64_t)strlen(kind->gates) * args->hidden, .maker = kind->maker };
    at.in = layer ? directions * args->hidden : args->in;
    (void)snprintf(at.tail, sizeof at.tail, "_l%d%s", layer, i % directions ? "_reverse" : "");
    return at;
}

enum { FIELD_NAME = 48 };

static const char *field_name(char name[FIELD_NAME], const place *at, const char *what)
{
    (void)snprintf(name, FIELD_NAME, "%s%s", what, at->tail);
    return name;
}

/* True if none of the cell's variables exists; else an error is on the store. */
static bool cell_is_free(const tg_recurrent_args *args, const place *at)
{
    static const char *const what[] = { "weight_ih", "weight_hh", "bias_ih", "bias_hh" };
    for (int i = 0; i < (args->no_bias ? 2 : 4); i++) {
        char name[FIELD_NAME];
        if (!tg__nn_fields_free(args->at, at->maker, args->store, args->name,
                                TG__NN_FIELDS(field_name(name, at, what[i]))))
            return false;
    }
    return true;
}

/* Makes a variable. [weight] is the shape that a fan-based initialiser counts: the variable's own,
 * or of the weight that a bias belongs to. */
static tg_var *field(const tg_recurrent_args *args, const place *at, const char *what,
                     tg_shape shape, tg_shape weight)
{
    char name[FIELD_NAME];
    const tg_init init = tg__nn_chosen_init(args->init, (double)args->hidden, weight);
    return tg__nn_field(args->at, at->maker, args->store, args->name, field_name(name, at, what),
                        shape, init);
}

/* Makes the cell's variables. False if one could not be made. */
static bool make_cell(const tg_recurrent_args *args, const place *at, tg_recurrent_cell *cell)
{
    const tg_shape ih = TG_SHAPE(at->rows, at->in), hh = TG_SHAPE(at->rows, args->hidden);
    const tg_shape rows = TG_SHAPE(at->rows);
    cell->weight_ih = field(args, at, "weight_ih", ih, ih);
    if (!cell->weight_ih) return false;
    cell->weight_hh = field(args, at, "weight_hh", hh, hh);
    if (!cell->weight_hh || args->no_bias) return cell->weight_hh;
    cell->bias_ih = field(args, at, "bias_ih", rows, ih);
    cell->bias_hh = cell->bias_ih ? field(args, at, "bias_hh", rows, hh) : NULL;
    return cell->bias_hh;
}

tg_recurrent tg__recurrent_new(const tg_recurrent_args *given, tg_recurrent_kind kind,
                               const tg__cell_kind *cells)
{
    tg_recurrent_args args = { TG_RECURRENT_DEFAULTS };
    if (!TG_READ_STORE_OPTIONS(args, given, cells->maker)) return (tg_recurrent){ 0 };
    const int layers = args.layers, directions = args.bidirectional ? 2 : 1;
    tg_recurrent net = { .kind = kind };
    if (!arguments_hold(&args, cells, layers)) return net;
    for (int i = 0; i < layers * directions; i++) {
        const place at = place_of(&args, cells, directions, i);
        if (!cell_is_free(&args, &at)) return net;
    }
    net.layers = layers;
    net.directions = directions;
    net.relu = args.relu;
    net.batch_first = args.batch_first;
    net.dropout = args.dropout;
    for (int i = 0; i < layers * directions; i++) {
        const place at = place_of(&args, cells, directions, i);
        /* If some variables could not be made, the net must not look like one without biases. */
        if (!make_cell(&args, &at, &net.cell[i])) return (tg_recurrent){ .kind = kind };
    }
    return net;
}
