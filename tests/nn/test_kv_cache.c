/* test_kv_cache.c: a decoder's cache of keys and values against a pass over the whole sequence. */
#include <tapegrad.h>

#include "exec/plan.h" /* before recorded.h, which takes the names store and tape */

#include "tests/support/random.h"
#include "tests/support/recorded.h"

enum { BATCH = 2, TOKENS = 7, WIDTH = 8, HEADS = 2, LAYERS = 3, CELLS = BATCH * TOKENS * WIDTH };

static double tokens[BATCH][TOKENS][WIDTH];

static void open_tokens(void)
{
    rng r = rng_of(7, 7);
    open_tape();
    for (int i = 0; i < CELLS; i++) (&tokens[0][0][0])[i] = rng_between(&r, -1, 1);
}

/* Tokens [first, first + count) of both sequences, as [BATCH, count, WIDTH]. */
static void feed_tokens(tg_tensor *x, int first, int count)
{
    static double part[CELLS];
    for (int b = 0; b < BATCH; b++)
        memcpy(part + b * count * WIDTH, tokens[b][first], (size_t)(count * WIDTH) * sizeof *part);
    ck_assert_int_eq(tg_feed(x, part, (size_t)(BATCH * count * WIDTH)), TG_OK);
}

static tg_transformer_encoder encoder_new(void)
{
    return tg_transformer_encoder_new(store, "blocks", LAYERS, WIDTH, HEADS, 2 * WIDTH,
                                      .norm_first = true, .norm = true);
}

/* Whatever the pieces in which the tokens come. */
START_TEST(tokens_one_by_one_give_what_all_at_once_give)
{
    static const int pieces[][TOKENS + 1] = { { 1, 1, 1, 1, 1, 1, 1 }, { 3, 1, 2, 1 }, { 7 } };
    const bool decodes = _i >= 3, naive = _i == 4;
    const int *piece = pieces[decodes ? 0 : _i];
    const tg_transformer_encoder encoder = encoder_new();
    const tg_transformer_decoder decoder =
        tg_transformer_decoder_new(store, "decoder", LAYERS, WIDTH, HEADS, WIDTH);
    tg_kv_cache cache =
        tg_kv_cache_new(store, "cache", LAYERS, WIDTH, HEADS, TOKENS, .batch = BATCH);
    double want[BATCH][TOKENS][WIDTH], seen[CELLS];
    tg_tensor *x = tg_input(tape, "x", TG_F64, TG_SHAPE(BATCH, TOKENS, WIDTH));
    tg_tensor *memory = tg_mul_num(x, 0.5);
    tg_tensor *y = decodes ? tg_transformer_decoder_apply(&decoder, x, memory, .causal = true)
                           : tg_transformer_encoder_apply(&encoder, x, .causal = true);
    feed_tokens(x, 0, TOKENS);
    ck_no_error();
    ck_assert_int_eq(tg_get(y, &want[0][0][0], CELLS), TG_OK);

    for (int at = 0; at < TOKENS; at += *piece++) {
        const int count = *piece;
        tg_tape *other = tg_tape_new(store);
        tg_tensor *next = tg_input(other, "x", TG_F64, TG_SHAPE(BATCH, count, WIDTH));
        tg_tensor *given =
            decodes ? tg_constant(other, TG_F64, TG_SHAPE(BATCH, TOKENS, WIDTH), tokens) : NULL;
        y = decodes ? tg_transformer_decoder_apply(&decoder, next, tg_mul_num(given, 0.5),
                                                   .causal = true, .cache = &cache)
                    : tg_transformer_encoder_apply(&encoder, next, .causal = true, .cache = &cache);
        tg_plan *plan = tg_compile(other, y, .naive = naive);
        ck_assert_msg(plan, "%s", tg_tape_error(other));
        if (!naive) ck_assert_uint_eq(plan->program->landing_count, 0); /* all is in place */
        feed_tokens(next, at, count);
        ck_assert_int_eq(tg_run(plan), TG_OK);
        ck_assert_int_eq(tg_get(y, seen, (size_t)(BATCH * count * WIDTH)), TG_OK);
        for (int b = 0; b < BATCH; b++)
            for (int i = 0; i < count * WIDTH; i++)
                ck_close(seen[b * count * WIDTH + i], (&want[b][at][0])[i], 1e-13);
        tg_plan_free(plan);
        tg_tape_free(other);
    }
}
END_TEST

static tg_tensor *token;

/* One token a run, at whose place a table gives what is added. */
static tg_plan *writer_new(const tg_transformer_encoder *blocks, const tg_kv_cache *cache,
                           tg_tensor **y)
{
    token = tg_input(tape, "token", TG_F64, TG_SHAPE(BATCH, 1, WIDTH));
    tg_tensor *place = tg_kv_cache_positions(tape, cache, 1);
    tg_tensor *x = tg_add(token, tg_reshape(tg_cast(place, TG_F64), TG_SCALAR));
    *y = tg_transformer_encoder_apply(blocks, x, .causal = true, .cache = cache);
    tg_plan *plan = tg_compile(tape, *y, place);
    ck_no_error();
    return plan;
}

START_TEST(a_cache_that_is_full_fails_the_run_and_can_begin_anew)
{
    const tg_transformer_encoder blocks = encoder_new();
    const tg_kv_cache cache =
        tg_kv_cache_new(store, "cache", LAYERS, WIDTH, HEADS, 3, .batch = BATCH);
    double first[3][BATCH * WIDTH], again[BATCH * WIDTH];
    tg_tensor *y;
    tg_plan *plan = writer_new(&blocks, &cache, &y);
    for (int t = 0; t < 3; t++) {
        feed_tokens(token, t, 1);
        run(plan);
        ck_assert_int_eq(tg_get(y, first[t], BATCH * WIDTH), TG_OK);
    }
    ck_assert_int_eq(tg_run(plan), TG_ERR_INDEX);
    ck_assert_int_eq(tg_kv_cache_seek(&cache, 0), TG_OK);
    for (int t = 0; t < 3; t++) {
        feed_tokens(token, t, 1);
        run(plan);
        ck_assert_int_eq(tg_get(y, again, BATCH * WIDTH), TG_OK);
        ck_assert_mem_eq(again, first[t], sizeof again);
        if (t == 1) ck_assert_int_eq(tg_kv_cache_seek(&cache, 2), TG_OK); /* where it is */
    }
    ck_assert_int_eq(tg_kv_cache_seek(&cache, 1), TG_OK);
    feed_tokens(token, 1, 1);
    run(plan);
    ck_assert_int_eq(tg_get(y, again, BATCH * WIDTH), TG_OK);
    ck_assert_mem_eq(again, first[1], sizeof again);
    ck_assert_int_eq(tg_kv_cache_seek(&cache, 4), TG_ERR_ARGUMENT);
    ck_assert_int_eq(tg_kv_cache_seek(&cache, -1), TG_ERR_ARGUMENT);
    ck_assert_int_eq(tg_kv_cache_seek(NULL, 0), TG_ERR_ARGUMENT);
    tg_plan_free(plan);
}
END_TEST

START_TEST(what_does_not_fit_the_cache_is_an_error)
{
    const tg_transformer_encoder blocks = encoder_new();
    const tg_kv_cache cache = tg_kv_cache_new(store, "cache", LAYERS, WIDTH, HEADS, TOKENS);
    const tg_kv_cache few = tg_kv_cache_new(store, "few", 1, WIDTH, HEADS, TOKENS, .batch = BATCH);
    const tg_kv_cache none = { 0 };
    tg_tensor *x = tg_input(tape, "x", TG_F64, TG_SHAPE(BATCH, 1, WIDTH));
    tg_tensor *long_x = tg_input(tape, "long", TG_F64, TG_SHAPE(1, TOKENS + 1, WIDTH));
#define APPLY(x, ...) tg_transformer_encoder_apply(&blocks, x, __VA_ARGS__)
    ck_refused(APPLY(x, .causal = true, .cache = &cache), TG_ERR_SHAPE, "tg_transformer_encoder");
    ck_refused(APPLY(long_x, .causal = true, .cache = &cache), TG_ERR_SHAPE, "with 7 tokens");
    ck_refused(APPLY(x, .causal = true, .cache = &few), TG_ERR_ARGUMENT, "the cache has 1 layers");
    ck_refused(APPLY(x, .cache = &cache), TG_ERR_ARGUMENT, "it is self-attention, .causal");
    ck_refused(tg_kv_cache_positions(tape, &none, 1), TG_ERR_ARGUMENT, "tg_kv_cache_new");
    ck_refused(tg_kv_cache_positions(tape, &cache, TOKENS + 1), TG_ERR_SHAPE, "1 to 7 tokens");
    tg_kv_cache bad = tg_kv_cache_new(store, "bad", 1, WIDTH, 3, 4);
    ck_assert_int_eq(bad.count, 0);
    ck_assert_msg(strstr(tg_store_error(store), "heads share the width"), "%s",
                  tg_store_error(store));
    tg_store_clear_error(store);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kv_cache");
    TCase *cases = tcase_create("kv_cache");
    tcase_add_checked_fixture(cases, open_tokens, close_tape);
    tcase_add_loop_test(cases, tokens_one_by_one_give_what_all_at_once_give, 0, 5);
    tcase_add_test(cases, a_cache_that_is_full_fails_the_run_and_can_begin_anew);
    tcase_add_test(cases, what_does_not_fit_the_cache_is_an_error);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
