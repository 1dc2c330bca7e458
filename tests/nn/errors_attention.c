/* errors_attention.c: bad input to attention and transformers. */
#include "tests/support/bad_input.h"

static tg_multihead_attention heads;
static tg_transformer_encoder_layer encoder;
static tg_transformer_decoder_layer decoder;
static tg_transformer_encoder stack;
static tg_transformer_decoder decoders;
static tg_tensor *wide_flag, *alone; /* bool */
static tg_tensor *two, *three, *even, *high;

static void open_attention(void)
{
    open_operands();
    heads = tg_multihead_attention_new(store, "heads", 3, 1);
    encoder = tg_transformer_encoder_layer_new(store, "encoder", 3, 1, 4);
    decoder = tg_transformer_decoder_layer_new(store, "decoder", 3, 1, 4);
    stack = tg_transformer_encoder_new(store, "stack", 2, 3, 1, 4);
    decoders = tg_transformer_decoder_new(store, "decoders", 2, 3, 1, 4, .norm_first = true);
    ck_assert_msg(stack.count == 2 && decoders.count == 2, "%s", tg_store_error(store));
    wide_flag = tg_input(tape, "wide_flag", TG_BOOL, TG_SHAPE(7, 7));
    alone = tg_input(tape, "alone", TG_BOOL, TG_SHAPE(2));
    two = tg_input(tape, "two", TG_F64, TG_SHAPE(2, 2, 3));
    three = tg_input(tape, "three", TG_F64, TG_SHAPE(3, 2, 3));
    even = tg_input(tape, "even", TG_F64, TG_SHAPE(2, 4));
    high = tg_input(tape, "high", TG_F64, TG_SHAPE(1, 1, 1, 1, 1, 1, 1, 2));
    variables = tg_var_count(store);
}

/* Who uses a node sees that it is stale: others may have been recorded before. */

START_TEST(attention)
{
    IS_REFUSED(tg_attention(integer, x, x), TG_ERR_DTYPE, "tg_attention", "not i32");
    IS_REFUSED(tg_attention(x, narrow, x), TG_ERR_DTYPE, "tg_attention", "one dtype");
    IS_REFUSED(tg_attention(x, x, integer), TG_ERR_DTYPE, "tg_attention", "one dtype");
    IS_REFUSED(tg_attention(x, x, x, x), TG_ERR_DTYPE, "tg_attention", "must be bool");
    IS_REFUSED(tg_attention(vector, x, x), TG_ERR_SHAPE, "tg_attention", "[..., T, d]");
    IS_REFUSED(tg_attention(x, x, number), TG_ERR_SHAPE, "tg_attention", "[..., S, e]");
    IS_REFUSED(tg_attention(x, y, y), TG_ERR_SHAPE, "tg_attention", "one last axis");
    IS_REFUSED(tg_attention(x, x, y), TG_ERR_SHAPE, "tg_attention", "a value for each key");
    IS_REFUSED(tg_attention(x, x, x, wide_flag), TG_ERR_SHAPE, "tg_attention", "the mask");
    IS_REFUSED(tg_attention(x, x, x, flag), TG_ERR_SHAPE, "tg_attention", "[2, 3]");
    IS_REFUSED(tg_attention(two, three, x), TG_ERR_SHAPE, "tg_attention", "must broadcast");
    IS_REFUSED(tg_attention(two, x, three), TG_ERR_SHAPE, "tg_attention", "must broadcast");
    IS_REFUSED(tg_attention(x, x, x, .scale = (double)NAN), TG_ERR_ARGUMENT, "tg_attention",
               "scale = nan");
    IS_REFUSED(tg_attention(x, x, x, .scale = (double)INFINITY), TG_ERR_ARGUMENT, "tg_attention",
               "scale = inf");
    IS_REFUSED(tg_attention(x, x, x, .dropout = 1.5), TG_ERR_ARGUMENT, "tg_attention",
               "dropout = 1.5");
    IS_REFUSED(tg_attention(x, x, x, .dropout = (double)NAN), TG_ERR_ARGUMENT, "tg_attention",
               "dropout = nan");
    IS_REFUSED(tg_attention(x, x, x, .dropout = 0.5, .training = true), TG_ERR_ARGUMENT,
               "tg_attention", ".key");
}
END_TEST

/* The constructor refused, with these words on the store, and made no variable. */
static void ck_not_made(const tg_var *var, const char *function, const char *call, bad_kind kind,
                        const char *words)
{
    const char *message = tg_store_error(store);
    ck_assert_ptr_null(var);
    ck_assert_msg(strstr(message, function) && strstr(message, words), "%s: %s", call, message);
    ck_assert_msg(strstr(message, "errors_attention.c:") != NULL, "%s", message);
    contract_note(function, call, kind, message);
    tg_store_clear_error(store);
    ck_assert_uint_eq(tg_var_count(store), variables);
}
#define NOT_MADE(call, var, function, kind, words)                                                 \
    ck_not_made((call)var, function, #call, kind, words)

START_TEST(layers_that_cannot_be_made)
{
    ACCEPTS(tg_multihead_attention_new(NULL, "l", 4, 2).in_proj_weight == NULL);
    NOT_MADE(tg_multihead_attention_new(store, NULL, 4, 2), .in_proj_weight,
             "tg_multihead_attention_new", BAD_NULL, "needs a name");
    NOT_MADE(tg_multihead_attention_new(store, "l", 4, 3), .in_proj_weight,
             "tg_multihead_attention_new", BAD_SHAPE, "3 heads in a width of 4");
    NOT_MADE(tg_multihead_attention_new(store, "l", 4, 0), .in_proj_weight,
             "tg_multihead_attention_new", BAD_SHAPE, "0 heads");
    NOT_MADE(tg_multihead_attention_new(store, "l", -4, 2), .in_proj_weight,
             "tg_multihead_attention_new", BAD_SHAPE, "width of -4");
    NOT_MADE(tg_multihead_attention_new(store, "l", INT64_MAX, 1), .in_proj_weight,
             "tg_multihead_attention_new", BAD_SIZE, "no room");
    NOT_MADE(tg_multihead_attention_new(store, "l", 4, 2, -0.5), .in_proj_weight,
             "tg_multihead_attention_new", BAD_ARGUMENT, "dropout = -0.5");
    ACCEPTS(tg_transformer_encoder_layer_new(NULL, "l", 4, 2).norm2.bias == NULL);
    NOT_MADE(tg_transformer_encoder_layer_new(store, "", 4, 2), .linear1.weight,
             "tg_transformer_encoder_layer_new", BAD_ARGUMENT, "needs a name");
    NOT_MADE(tg_transformer_encoder_layer_new(store, "l", 4, 3), .linear1.weight,
             "tg_transformer_encoder_layer_new", BAD_SHAPE, "width of 4 with 3 heads");
    NOT_MADE(tg_transformer_encoder_layer_new(store, "l", 4, 2, .feedforward = 0), .linear1.weight,
             "tg_transformer_encoder_layer_new", BAD_SHAPE, "and 0 between");
    NOT_MADE(tg_transformer_encoder_layer_new(store, "l", 4, 2, .eps = 0), .linear1.weight,
             "tg_transformer_encoder_layer_new", BAD_ARGUMENT, "eps = 0");
    ACCEPTS(tg_transformer_decoder_layer_new(NULL, "l", 4, 2).norm3.bias == NULL);
    NOT_MADE(tg_transformer_decoder_layer_new(store, "l", 4, 2, .dropout = 2), .linear1.weight,
             "tg_transformer_decoder_layer_new", BAD_ARGUMENT, "dropout = 2");
    ACCEPTS(tg_transformer_decoder_new(NULL, "l", 2, 4, 2).count == 0);
    NOT_MADE(tg_transformer_decoder_new(store, NULL, 2, 4, 2), .norm.weight,
             "tg_transformer_decoder_new", BAD_NULL, "needs a name");
    NOT_MADE(tg_transformer_decoder_new(store, "l", 0, 4, 2), .norm.weight,
             "tg_transformer_decoder_new", BAD_SHAPE, "0 layers");
    NOT_MADE(tg_transformer_decoder_new(store, "l", 2, 4, 3), .norm.weight,
             "tg_transformer_decoder_new", BAD_SHAPE, "3 heads");
    NOT_MADE(tg_transformer_decoder_new(store, "l", 2, 4, 2, .dropout = -1), .norm.weight,
             "tg_transformer_decoder_new", BAD_ARGUMENT, "dropout = -1");
    ACCEPTS(tg_transformer_encoder_new(NULL, "l", 2, 4, 2).count == 0);
    NOT_MADE(tg_transformer_encoder_new(store, "l", -1, 4, 2), .norm.weight,
             "tg_transformer_encoder_new", BAD_SHAPE, "-1 layers");
    NOT_MADE(tg_transformer_encoder_new(store, "l", 2, 4, 3), .norm.weight,
             "tg_transformer_encoder_new", BAD_SHAPE, "3 heads");
    ck_assert_ptr_null(tg_multihead_attention_new(store, "heads", 3, 1).in_proj_weight);
    tg_store_clear_error(store);
    ck_assert_ptr_null(tg_transformer_encoder_layer_new(store, "encoder", 3, 1, 4).norm2.weight);
    tg_store_clear_error(store);
}
END_TEST

START_TEST(multihead_attention)
{
    const char *const name = "tg_multihead_attention_apply";
    const tg_multihead_attention none = { .heads = 0 };
    const tg_multihead_attention strange = { .in_proj_weight = foreign_weight, .heads = 1 };
    IS_SILENT(tg_multihead_attention_apply(&heads, NULL));
    IS_REFUSED(tg_multihead_attention_apply(NULL, x), TG_ERR_ARGUMENT, name, "has no weight");
    IS_REFUSED(tg_multihead_attention_apply(&none, x), TG_ERR_ARGUMENT, name, "has no weight");
    IS_REFUSED(tg_multihead_attention_apply(&strange, x), TG_ERR_ARGUMENT, "tg_", "another store");
    IS_REFUSED(tg_multihead_attention_apply(&heads, x, foreign), TG_ERR_ARGUMENT, "tg_",
               "another tape");
    IS_REFUSED(tg_multihead_attention_apply(&heads, narrow), TG_ERR_DTYPE, name, "weights' dtype");
    IS_REFUSED(tg_multihead_attention_apply(&heads, vector), TG_ERR_SHAPE, name, "[N, T, width]");
    IS_REFUSED(tg_multihead_attention_apply(&heads, y), TG_ERR_SHAPE, name, "[N, T, width]");
    IS_REFUSED(tg_multihead_attention_apply(&heads, x, tall), TG_ERR_SHAPE, name, "[N, S, width]");
    IS_REFUSED(tg_multihead_attention_apply(&heads, x, x, y), TG_ERR_SHAPE, name, "a value for");
    IS_REFUSED(tg_multihead_attention_apply(&heads, x, .mask = flag), TG_ERR_SHAPE, name,
               "[T, S] or [N, T, S]");
    IS_REFUSED(tg_multihead_attention_apply(&heads, x, .mask = x), TG_ERR_SHAPE, name, "bool");
    IS_REFUSED(tg_multihead_attention_apply(&heads, x, .key_mask = wide_flag), TG_ERR_SHAPE, name,
               "mask of keys");
    IS_REFUSED(tg_multihead_attention_apply(&heads, two, three), TG_ERR_SHAPE, name, "batch size");
    IS_REFUSED(tg_multihead_attention_apply(&heads, stale), TG_ERR_STATE, "tg_", "stale");
    IS_REFUSED(tg_multihead_attention_apply(&heads, x, stale), TG_ERR_STATE, "tg_", "stale");
}
END_TEST

START_TEST(transformers)
{
    const tg_transformer_encoder_layer no_encoder = { .dropout = 0 };
    const tg_transformer_decoder_layer no_decoder = { .dropout = 0 };
    const tg_transformer_encoder no_stack = { .count = 0 };
    IS_SILENT(tg_transformer_encoder_layer_apply(&encoder, NULL));
    IS_REFUSED(tg_transformer_encoder_layer_apply(&no_encoder, x), TG_ERR_ARGUMENT,
               "tg_transformer_encoder_layer_apply", "has no weight");
    IS_REFUSED(tg_transformer_encoder_layer_apply(&encoder, x, wide_flag), TG_ERR_SHAPE, "tg_",
               "the mask");
    IS_REFUSED(tg_transformer_encoder_layer_apply(&encoder, y), TG_ERR_SHAPE,
               "tg_transformer_encoder_layer_apply", "[4, 5]");
    IS_REFUSED(tg_transformer_encoder_layer_apply(&encoder, narrow), TG_ERR_DTYPE,
               "tg_transformer_encoder_layer_apply", "weights' dtype");
    IS_REFUSED(tg_transformer_decoder_layer_apply(&decoder, x, y), TG_ERR_SHAPE,
               "tg_transformer_decoder_layer_apply", "[4, 5]");
    IS_REFUSED(tg_transformer_encoder_layer_apply(&encoder, x, foreign), TG_ERR_ARGUMENT, "tg_",
               "another tape");
    IS_SILENT(tg_transformer_decoder_layer_apply(&decoder, NULL, x));
    IS_SILENT(tg_transformer_decoder_layer_apply(&decoder, x, NULL));
    IS_REFUSED(tg_transformer_decoder_layer_apply(&no_decoder, x, x), TG_ERR_ARGUMENT,
               "tg_transformer_decoder_layer_apply", "has no weight");
    IS_REFUSED(tg_transformer_decoder_layer_apply(&decoder, x, foreign), TG_ERR_ARGUMENT, "tg_",
               "another tape");
    IS_REFUSED(tg_transformer_decoder_layer_apply(&decoder, x, tall), TG_ERR_SHAPE, "tg_",
               "[2, 3, 4]");
    IS_SILENT(tg_transformer_encoder_apply(&stack, NULL));
    IS_REFUSED(tg_transformer_encoder_apply(&no_stack, x), TG_ERR_ARGUMENT,
               "tg_transformer_encoder_apply", "has no weight");
    IS_REFUSED(tg_transformer_encoder_apply(NULL, x), TG_ERR_ARGUMENT,
               "tg_transformer_encoder_apply", "has no weight");
    IS_REFUSED(tg_transformer_encoder_apply(&stack, x, foreign), TG_ERR_ARGUMENT, "tg_",
               "another tape");
    IS_REFUSED(tg_transformer_encoder_layer_apply(&encoder, stale), TG_ERR_STATE, "tg_", "stale");
    IS_REFUSED(tg_transformer_decoder_layer_apply(&decoder, x, stale), TG_ERR_STATE, "tg_",
               "stale");
    IS_REFUSED(tg_transformer_encoder_apply(&stack, stale), TG_ERR_STATE, "tg_", "stale");
}
END_TEST

START_TEST(decoders_of_several_layers)
{
    const char *const name = "tg_transformer_decoder_apply";
    const tg_transformer_decoder none = { .count = 0 }, few = { .count = -1 };
    IS_SILENT(tg_transformer_decoder_apply(&decoders, NULL, x));
    IS_SILENT(tg_transformer_decoder_apply(&decoders, x, NULL));
    IS_REFUSED(tg_transformer_decoder_apply(NULL, x, x), TG_ERR_ARGUMENT, name, "has no weight");
    IS_REFUSED(tg_transformer_decoder_apply(&none, x, x), TG_ERR_ARGUMENT, name, "has no weight");
    IS_REFUSED(tg_transformer_decoder_apply(&few, x, x), TG_ERR_ARGUMENT, name, "has no weight");
    IS_REFUSED(tg_transformer_decoder_apply(&decoders, y, x), TG_ERR_SHAPE, name, "[4, 5]");
    IS_REFUSED(tg_transformer_decoder_apply(&decoders, x, y), TG_ERR_SHAPE, name, "[4, 5]");
    IS_REFUSED(tg_transformer_decoder_apply(&decoders, x, tall), TG_ERR_SHAPE, name, "[2, 3, 4]");
    IS_REFUSED(tg_transformer_decoder_apply(&decoders, narrow, x), TG_ERR_DTYPE, name, "narrow");
    IS_REFUSED(tg_transformer_decoder_apply(&decoders, x, narrow), TG_ERR_DTYPE, name, "narrow");
    IS_REFUSED(tg_transformer_decoder_apply(&decoders, x, foreign), TG_ERR_ARGUMENT, name,
               "another tape");
    IS_REFUSED(tg_transformer_decoder_apply(&decoders, x, x, foreign), TG_ERR_ARGUMENT, name,
               "another tape");
    IS_REFUSED(tg_transformer_decoder_apply(&decoders, x, x, .memory_mask = foreign),
               TG_ERR_ARGUMENT, name, "another tape");
    IS_REFUSED(tg_transformer_decoder_apply(&decoders, x, x, .mask = flag), TG_ERR_SHAPE, name,
               "[T, S] or [N, T, S]");
    IS_REFUSED(tg_transformer_decoder_apply(&decoders, x, x, .key_mask = flag), TG_ERR_SHAPE, name,
               "mask of keys");
    IS_REFUSED(tg_transformer_decoder_apply(&decoders, x, x, .memory_mask = alone), TG_ERR_SHAPE,
               name, "[T, S] or [N, T, S]");
    IS_REFUSED(tg_transformer_decoder_apply(&decoders, x, x, .memory_key_mask = x), TG_ERR_SHAPE,
               name, "mask of keys must be bool");
    IS_REFUSED(tg_transformer_decoder_apply(&decoders, stale, x), TG_ERR_STATE, "tg_", "stale");
    IS_REFUSED(tg_transformer_decoder_apply(&decoders, x, stale), TG_ERR_STATE, "tg_", "stale");
}
END_TEST

START_TEST(rotary_positions)
{
    const char *const name = "tg_rotary_positions";
    ck_assert_int_eq(tg_rank(high), TG_MAX_RANK);
    IS_REFUSED(tg_rotary_positions(integer), TG_ERR_DTYPE, name, "not i32");
    IS_REFUSED(tg_rotary_positions(number), TG_ERR_SHAPE, name, "[..., T, d]");
    IS_REFUSED(tg_rotary_positions(vector), TG_ERR_SHAPE, name, "[..., T, d]");
    IS_REFUSED(tg_rotary_positions(x), TG_ERR_SHAPE, name, "d even");
    IS_REFUSED(tg_rotary_positions(high), TG_ERR_SHAPE, name, "an axis to spare");
    IS_REFUSED(tg_rotary_positions(even, .base = 0), TG_ERR_ARGUMENT, name, "base = 0");
    IS_REFUSED(tg_rotary_positions(even, .base = -2), TG_ERR_ARGUMENT, name, "base = -2");
    IS_REFUSED(tg_rotary_positions(even, .base = (double)NAN), TG_ERR_ARGUMENT, name, "base = nan");
    IS_REFUSED(tg_rotary_positions(even, .base = (double)INFINITY), TG_ERR_ARGUMENT, name,
               "base = inf");
    IS_REFUSED(tg_rotary_positions(even, .positions = vector), TG_ERR_DTYPE, name, "i32 or i64");
    IS_REFUSED(tg_rotary_positions(even, .positions = integer), TG_ERR_SHAPE, name,
               "broadcast to [..., T]");
    ck_assert_ptr_null(tg_rotary_positions(huge));
    ck_says("out of memory");
    ck_unchanged("tg_rotary_positions(huge)");
    ck_works();
    tg_rewind(tape);
    x = tg_input(tape, "x", TG_F64, TG_SHAPE(2, 3));
    ck_assert_int_eq(tg_feed(x, values, 6), TG_OK);
    IS_REFUSED(tg_rotary_positions(even), TG_ERR_STATE, "tg_", "stale");
}
END_TEST

START_TEST(positions)
{
    const char *const name = "tg_sinusoidal_positions";
    IS_REFUSED(tg_sinusoidal_positions(tape, TG_I32, 3, 4), TG_ERR_DTYPE, name, "not i32");
    IS_REFUSED(tg_sinusoidal_positions(tape, (tg_dtype)77, 3, 4), TG_ERR_DTYPE, name, "not ?");
    IS_REFUSED(tg_sinusoidal_positions(tape, TG_F64, -3, 4), TG_ERR_SHAPE, name, "-3 positions");
    IS_REFUSED(tg_sinusoidal_positions(tape, TG_F64, INT64_MAX, 4), TG_ERR_SHAPE, name, "width 4");
}
END_TEST

START_TEST(caches)
{
    ACCEPTS(tg_kv_cache_new(NULL, "c", 2, 4, 2, 3).count == 0);
    NOT_MADE(tg_kv_cache_new(store, NULL, 2, 4, 2, 3), .position, "tg_kv_cache_new", BAD_NULL,
             "needs a name");
    NOT_MADE(tg_kv_cache_new(store, "c", 0, 4, 2, 3), .position, "tg_kv_cache_new", BAD_SHAPE,
             "0 layers");
    NOT_MADE(tg_kv_cache_new(store, "c", 2, 4, 3, 3), .position, "tg_kv_cache_new", BAD_SHAPE,
             "width 4 with 3 heads");
    NOT_MADE(tg_kv_cache_new(store, "c", 2, 4, 2, -1), .position, "tg_kv_cache_new", BAD_SHAPE,
             "-1 tokens");
    ACCEPTS(tg_kv_cache_seek(NULL, 0) == TG_ERR_ARGUMENT);
    const tg_kv_cache cache = tg_kv_cache_new(store, "cache", 2, 4, 2, 3), none = { 0 };
    ck_assert_int_eq(cache.count, 2);
    const char *name = "tg_kv_cache_positions";
    IS_SILENT(tg_kv_cache_positions(NULL, &cache, 1));
    IS_REFUSED(tg_kv_cache_positions(tape, NULL, 1), TG_ERR_ARGUMENT, name, "tg_kv_cache_new");
    IS_REFUSED(tg_kv_cache_positions(tape, &none, 1), TG_ERR_ARGUMENT, name, "tg_kv_cache_new");
    IS_REFUSED(tg_kv_cache_positions(tape, &cache, 0), TG_ERR_SHAPE, name, "not 0");
    IS_REFUSED(tg_kv_cache_positions(tape, &cache, 4), TG_ERR_SHAPE, name, "not 4");

    name = "tg_kv_cache_put";
    tg_tensor *rows = tg_full(tape, TG_F64, TG_SHAPE(1, 2, 1, 2), 1), *keys = rows, *same = rows;
    tg_tensor *single = tg_cast(rows, TG_F32), *theirs = foreign, *nothing = NULL, *old = stale;
    IS_SILENT(tg_kv_cache_put(&cache, 0, NULL, &same));
    IS_SILENT(tg_kv_cache_put(&cache, 0, &nothing, &same));
    IS_REFUSED(tg_kv_cache_put(NULL, 0, &keys, &same), TG_ERR_ARGUMENT, name, "tg_kv_cache_new");
    IS_REFUSED(tg_kv_cache_put(&cache, 2, &keys, &same), TG_ERR_ARGUMENT, name, "not number 2");
    IS_REFUSED(tg_kv_cache_put(&cache, 0, &x, &same), TG_ERR_SHAPE, name, "with 3 tokens");
    IS_REFUSED(tg_kv_cache_put(&cache, 0, &keys, &single), TG_ERR_SHAPE, name, "in its dtype");
    IS_REFUSED(tg_kv_cache_put(&cache, 0, &keys, &theirs), TG_ERR_ARGUMENT, name, "another tape");
    IS_REFUSED(tg_kv_cache_put(&cache, 0, &old, &same), TG_ERR_STATE, name, "stale");
}
END_TEST

START_TEST(sampling)
{
    const char *const name = "tg_sample";
    IS_REFUSED(tg_sample(integer, "next"), TG_ERR_DTYPE, name, "not i32");
    IS_REFUSED(tg_sample(number, "next"), TG_ERR_SHAPE, name, "must have classes");
    IS_REFUSED(tg_sample(x, NULL), TG_ERR_ARGUMENT, name, "key");
    IS_REFUSED(tg_sample(x, "next", .temperature = -1), TG_ERR_ARGUMENT, name, "temperature");
    IS_REFUSED(tg_sample(x, "next", .top_k = -3), TG_ERR_ARGUMENT, name, "top_k");
    IS_REFUSED(tg_sample(x, "next", .top_p = 2), TG_ERR_ARGUMENT, name, "top_p");
}
END_TEST

TCase *errors_attention(void)
{
    TCase *cases = tcase_create("attention");
    tcase_add_checked_fixture(cases, open_attention, close_operands);
    tcase_add_test(cases, attention);
    tcase_add_test(cases, layers_that_cannot_be_made);
    tcase_add_test(cases, multihead_attention);
    tcase_add_test(cases, transformers);
    tcase_add_test(cases, decoders_of_several_layers);
    tcase_add_test(cases, rotary_positions);
    tcase_add_test(cases, positions);
    tcase_add_test(cases, caches);
    tcase_add_test(cases, sampling);
    return cases;
}
