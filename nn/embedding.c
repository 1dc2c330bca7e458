/* embedding.c: the embedding layer: a table with one row for each symbol. */
#include "layer.h"

#include <string.h>

#undef TG_HERE
#define TG_HERE at

static bool arguments_hold(tg_site at, const char *op, const tg_embedding_args *args)
{
    if (!tg__nn_layer_named(at, op, args->store, args->name, TG__NN_FIELDS("weight"))) return false;
    if (args->num < 0 || args->dim < 0) {
        tg_store_fail(args->store, at, TG_ERR_SHAPE,
                      "%s: layer \"%s\" cannot have %lld rows of %lld elements", op, args->name,
                      (long long)args->num, (long long)args->dim);
        return false;
    }
    const bool padded = args->padding_index != TG_NO_INDEX;
    if (!padded || (args->padding_index >= -args->num && args->padding_index < args->num))
        return true;
    tg_store_fail(args->store, at, TG_ERR_INDEX,
                  "%s: padding_index = %lld is outside the table \"%s\" of %lld rows", op,
                  (long long)args->padding_index, args->name, (long long)args->num);
    return false;
}

/* Sets one row of the table to zeros. False if there is no memory. */
static bool clear_row(tg_site at, tg_var *weight, int64_t row)
{
    const tg_shape shape = tg_var_shape(weight);
    const size_t size = tg_dtype_size(tg_var_dtype(weight)), dim = (size_t)shape.dim[1];
    const size_t count = (size_t)tg_shape_count(shape);
    if (count == 0) return true;
    tg_tape *tape = tg_tape_new(tg_var_store(weight)); /* only for its scratch memory */
    char *table = tape ? tg_scratch(tape, count * size) : NULL;
    bool cleared = table && tg_var_get_as(weight, tg_var_dtype(weight), table, count) == TG_OK;
    if (cleared) {
        memset(table + (size_t)row * dim * size, 0, dim * size);
        cleared = tg_var_set_as(weight, tg_var_dtype(weight), table, count) == TG_OK;
    }
    tg_tape_free(tape);
    return cleared;
}

tg_embedding tg_embedding_new_with(const tg_embedding_args *given)
{
    tg_embedding_args args = { TG_EMBEDDING_DEFAULTS };
    if (!TG_READ_STORE_OPTIONS(args, given, "tg_embedding_new")) return (tg_embedding){ 0 };

    const tg_site at = args.at;
    static const char op[] = "tg_embedding_new";
    tg_embedding layer = { .weight = NULL };
    if (!arguments_hold(at, op, &args)) return layer;
    const tg_shape shape = TG_SHAPE(args.num, args.dim);
    const tg_init normal = { .kind = TG_INIT_NORMAL, .a = 0, .b = 1 };
    const bool chosen = args.init.kind != TG_INIT_DEFAULT;
    layer.weight = tg__nn_field(at, op, args.store, args.name, "weight", shape,
                                chosen ? tg__nn_with_fans(args.init, shape) : normal);
    if (!layer.weight) return layer;
    layer.padded = args.padding_index != TG_NO_INDEX;
    if (!layer.padded) return layer;
    layer.padding_index = args.padding_index + (args.padding_index < 0 ? args.num : 0);
    if (clear_row(at, layer.weight, layer.padding_index)) return layer;
    tg_store_fail(args.store, at, TG_ERR_MEMORY,
                  "%s: out of memory for the row of the padding of \"%s\"", op, args.name);
    return (tg_embedding){ .weight = NULL };
}

/* The rows, with the gradient stopped where the index is that of the padding. */
static tg_tensor *without_padding(tg_site at, tg_tensor *rows, tg_tensor *index, int64_t padding)
{
    tg_tensor *is_padding = tg_equal(index, tg_number_like(index, (double)padding));
    return tg_select(tg_unsqueeze(is_padding, -1), tg_stop_gradient(rows), rows);
}

tg_tensor *tg_embedding_apply_at(tg_site at, const tg_embedding *layer, tg_tensor *index)
{
    if (!tg_enter(&at, "tg_embedding_apply", TG_LIST(index))) return NULL;
    static const char op[] = "tg_embedding_apply";
    tg_tape *tape = tg_tape_of(index);
    if (!layer || !layer->weight)
        return tg__nn_no_layer(at, op, "make it with tg_embedding_new", tape);
    if (tg_dtype_of(index) != TG_I32 && tg_dtype_of(index) != TG_I64)
        return tg_fail(tape, at, TG_ERR_DTYPE,
                       "%s: the index must be i32 or i64, not %s (see tg_cast)", op,
                       tg_dtype_name(tg_dtype_of(index)));
    if (tg_rank(index) >= TG_MAX_RANK)
        return tg_fail(tape, at, TG_ERR_SHAPE,
                       "%s: the index %s has %d axes, and there is no room for one more", op,
                       tg__nn_shape_words(tg_shape_from(index)).text, tg_rank(index));
    tg_tensor *weight = tg_read(tape, layer->weight);
    tg_tensor *rows = tg_gather(weight, index, 0);
    if (layer->padded) rows = without_padding(at, rows, index, layer->padding_index);
    return tg_name(rows, "embedding");
}
