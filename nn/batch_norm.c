/* batch_norm.c: batch norm. The statistics of a channel are taken over the items and over the
 * spatial axes, in two steps: a sum over each row of x, then a sum over the items. The first is
 * computed in the loop that produces the row. One reduction over the first and the last axes would
 * need a copy of x in another order; two steps take half the time, forward and backward. */
#include "norm.h"

#include <stdio.h>

#undef TG_HERE
#define TG_HERE at

/* ---- Making ----------------------------------------------------------------------------- */

static bool arguments_hold(tg_site at, const char *op, const tg_batch_norm_args *args,
                           tg_batch_norm *layer)
{
    if (!tg__nn_layer_named(at, op, args->store, args->name,
                            TG__NN_FIELDS(args->no_affine ? NULL : "weight", "bias")) ||
        (!args->no_statistics &&
         !tg__nn_fields_free(at, op, args->store, args->name,
                             TG__NN_FIELDS("running_mean", "running_var", "num_batches_tracked"))))
        return false;
    if (args->features < 1) {
        tg_store_fail(args->store, at, TG_ERR_SHAPE, "%s: layer \"%s\" cannot have %lld channels",
                      op, args->name, (long long)args->features);
        return false;
    }
    layer->momentum = args->momentum;
    if (!(layer->momentum >= 0 && layer->momentum <= 1)) {
        tg_store_fail(args->store, at, TG_ERR_ARGUMENT,
                      "%s: momentum = %g must lie in [0, 1]: it is the new batch's share", op,
                      layer->momentum);
        return false;
    }
    layer->eps = tg__nn_eps(args->store, op, args->at, args->eps);
    return layer->eps > 0;
}

/* A new state "<layer>.<what>"; NULL on an error. */
static tg_var *new_state(const char *op, const tg_batch_norm_args *args, const char *what,
                         tg_dtype dtype, tg_shape shape, double value)
{
    const tg_site at = args->at;
    char name[TG__NN_NAME_LENGTH + 32];
    (void)snprintf(name, sizeof name, "%s.%s", args->name, what);
    tg_var *state = tg_state(args->store, name, dtype, shape, value);
    if (!state) tg__nn_retell(at, op, args->store);
    return state;
}

/* Makes the running statistics. False if one cannot be made. */
static bool make_statistics(const char *op, const tg_batch_norm_args *args, tg_batch_norm *layer)
{
    const tg_shape shape = TG_SHAPE(args->features);
    const tg_dtype dtype = tg_store_dtype(args->store);
    layer->running_mean = new_state(op, args, "running_mean", dtype, shape, 0);
    if (!layer->running_mean) return false;
    layer->running_var = new_state(op, args, "running_var", dtype, shape, 1);
    if (!layer->running_var) return false;
    layer->num_batches_tracked = new_state(op, args, "num_batches_tracked", TG_I64, TG_SCALAR, 0);
    return layer->num_batches_tracked != NULL;
}

/* The layer with its options, and NULL for all variables. */
static tg_batch_norm without_variables(const tg_batch_norm *layer)
{
    return (tg_batch_norm){ .eps = layer->eps,
                            .momentum = layer->momentum,
                            .cumulative = layer->cumulative };
}

tg_batch_norm tg_batch_norm_new_with(const tg_batch_norm_args *given)
{
    tg_batch_norm_args args = { TG_BATCH_NORM_DEFAULTS };
    if (!TG_READ_STORE_OPTIONS(args, given, "tg_batch_norm_new")) return (tg_batch_norm){ 0 };

    static const char op[] = "tg_batch_norm_new";
    const tg_site at = args.at;
    tg_batch_norm layer = { .cumulative = args.cumulative };
    if (!arguments_hold(at, op, &args, &layer)) return without_variables(&layer);
    bool made =
        args.no_affine || tg__nn_affine_new(at, op, args.store, args.name, TG_SHAPE(args.features),
                                            &layer.weight, &layer.bias);
    if (made && !args.no_statistics) made = make_statistics(op, &args, &layer);
    if (!made) return without_variables(&layer);
    layer.features = args.features;
    return layer;
}

/* ---- The batch's statistics ------------------------------------------------------------- */

typedef struct moments {
    tg_tensor *mean;     /* [C] */
    tg_tensor *variance; /* [C], f64 */
    tg_tensor *centred;  /* rows - mean of their channel */
} moments;

/* The mean of each channel of the rows [N, C, L] or [N, C]: [C]. */
static tg_tensor *channel_mean(tg_site at, tg_tensor *rows)
{
    if (tg_rank(rows) == 3) rows = tg_mean(rows, .axis = 2);
    return tg_mean(rows, .axis = 0);
}

/* The mean of the squares of each channel, in f64. The sum over the items comes last, so that in
 * the backward pass one number is broadcast along each row. */
static tg_tensor *channel_variance(tg_site at, tg_tensor *rows)
{
    const bool long_rows = tg_rank(rows) == 3;
    tg_tensor *squares = tg_sum_squares(rows, .axis = long_rows ? 2 : 0);
    if (long_rows) squares = tg_sum(squares, .axis = 0);
    return squares ? tg_div_num(squares, (double)tg_count(rows) / (double)tg_count(squares)) : NULL;
}

static moments moments_of_batch(tg_site at, tg_tensor *rows)
{
    moments batch = { .mean = channel_mean(at, rows) };
    batch.centred = tg_sub(rows, tg__nn_per_channel(at, batch.mean, rows));
    batch.variance = channel_variance(at, batch.centred);
    return batch;
}

/* ---- The running statistics ------------------------------------------------------------- */

/* True if no assignment on this tape moves the statistics yet; else an error of [op]. */
static bool is_first_use(tg_site at, const char *op, tg_tape *tape, tg_var *var)
{
    tg_tensor *before = tg_read(tape, var), *latest = tg_latest(tape, var);
    if (!before || !latest) return false;
    if (before != latest)
        tg_fail(tape, at, TG_ERR_STATE,
                "%s: \"%s\" is assigned on this tape already: one run cannot move the running "
                "statistics twice; concatenate the batches, or apply a copy of the layer whose "
                "running_mean is NULL",
                op, tg_var_name(var));
    return before == latest;
}

static bool can_move(tg_site at, const char *op, tg_tape *tape, const tg_batch_norm *layer)
{
    if (!layer->running_mean) return true;
    return is_first_use(at, op, tape, layer->running_mean) &&
           is_first_use(at, op, tape, layer->running_var) &&
           is_first_use(at, op, tape, layer->num_batches_tracked);
}

/* running = (1 - share) running + share batch. */
static void move(tg_site at, tg_var *running, tg_tensor *batch, tg_tensor *share)
{
    tg_tensor *old = tg_mul(tg_read(tg_tape_of(share), running), tg_rsub_num(1, share));
    tg_assign(running, tg_add(old, tg_mul(tg_stop_gradient(batch), share)));
}

/* Records the assignments to the running statistics. [count] is the number of elements of each
 * channel, for the unbiased variance. */
static void move_statistics(tg_site at, const tg_batch_norm *layer, const moments *batch,
                            double count)
{
    tg_tape *tape = tg_tape_of(batch->mean);
    tg_tensor *batches = tg_add_num(tg_read(tape, layer->num_batches_tracked), 1);
    tg_tensor *share = tg_number_like(batch->mean, layer->momentum);
    if (layer->cumulative) share = tg_rdiv_num(1, tg_cast(batches, tg_dtype_of(batch->mean)));
    tg_tensor *unbiased = tg_mul_num(batch->variance, count / (count - 1));
    move(at, layer->running_mean, batch->mean, share);
    move(at, layer->running_var, tg_cast(unbiased, tg_dtype_of(batch->mean)), share);
    tg_assign(layer->num_batches_tracked, batches);
}

/* ---- Applying --------------------------------------------------------------------------- */

/* centred / sqrt(variance + eps) * weight + bias. The factors of a channel are multiplied first, so
 * that each element takes one product. */
static tg_tensor *normalised(tg_site at, const tg_batch_norm *layer, const moments *by)
{
    tg_tape *tape = tg_tape_of(by->centred);
    tg_tensor *scale = tg_rsqrt(tg_add_num(by->variance, layer->eps));
    scale = tg_cast(scale, tg_dtype_of(by->centred));
    if (layer->weight) scale = tg_mul(scale, tg_read(tape, layer->weight));
    tg_tensor *y = tg_mul(by->centred, tg__nn_per_channel(at, scale, by->centred));
    if (!layer->bias) return y;
    return tg_add(y, tg__nn_per_channel(at, tg_read(tape, layer->bias), by->centred));
}

/* True if each channel has more than one element, which a variance needs. */
static bool is_enough(tg_site at, const char *op, tg_tensor *x)
{
    if (tg_dim(x, 0) * tg__nn_channel_size(x) > 1) return true;
    tg_fail(tg_tape_of(x), at, TG_ERR_SHAPE,
            "%s: the batch's statistics take more than one element for each channel, and x is %s",
            op, tg__nn_shape_words(tg_shape_from(x)).text);
    return false;
}

/* True if the variables of the layer can be read on the tape. */
static bool is_readable(tg_site at, tg_tape *tape, const tg_batch_norm *layer)
{
    tg_var *const vars[] = { layer->weight, layer->bias, layer->running_mean, layer->running_var };
    for (size_t i = 0; i < sizeof vars / sizeof *vars; i++)
        if (vars[i] && !tg_read(tape, vars[i])) return false;
    return true;
}

tg_tensor *tg_batch_norm_apply_at(tg_site at, const tg_batch_norm *layer, tg_tensor *x,
                                  bool training)
{
    if (!tg_enter(&at, "tg_batch_norm_apply", TG_LIST(x))) return NULL;
    static const char op[] = "tg_batch_norm_apply";
    tg_tape *tape = tg_tape_of(x);
    if (!layer || layer->features < 1)
        return tg__nn_no_layer(at, op, "make it with tg_batch_norm_new", tape);
    const tg_var *any = layer->weight ? layer->weight : layer->running_mean;
    const bool of_batch = training || !layer->running_mean;
    if (!tg__nn_has_channels(at, op, x, any, layer->features, 2, 5) ||
        (of_batch && !is_enough(at, op, x)) || !is_readable(at, tape, layer) ||
        (training && !can_move(at, op, tape, layer)))
        return NULL;

    tg_tensor *rows = tg__nn_channel_rows(at, x);
    moments by;
    if (of_batch) {
        by = moments_of_batch(at, rows);
    } else {
        by.mean = tg_read(tape, layer->running_mean);
        by.variance = tg_cast(tg_read(tape, layer->running_var), TG_F64);
        by.centred = tg_sub(rows, tg__nn_per_channel(at, by.mean, rows));
    }
    tg_tensor *y = tg_reshape(normalised(at, layer, &by), tg_shape_from(x));
    if (y && training && layer->running_mean)
        move_statistics(at, layer, &by, (double)tg_dim(x, 0) * (double)tg__nn_channel_size(x));
    return tg_tape_status(tape) == TG_OK ? tg_name(y, "batch_norm") : NULL;
}
