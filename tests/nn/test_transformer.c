/* test_transformer.c: the blocks of transformers and their stack: against PyTorch, and as a model
 * of text that may not look ahead. */
#include "attention.h"

static tg_transformer_encoder_layer new_encoder_layer(bool norm_first)
{
    return tg_transformer_encoder_layer_new(store, "layer", 4, 2, 6, .norm_first = norm_first,
                                            .activation = norm_first ? tg_gelu_at : tg_relu_at);
}

START_TEST(an_encoder_layer_is_pytorchs_norm_behind)
{
    open_float_tape(_i);
    const tg_transformer_encoder_layer layer = new_encoder_layer(false);
    tg_tensor *x = filled("x", TG_SHAPE(2, 3, 4), 1);
    fill_variables();
    ck_known("post", tg_transformer_encoder_layer_apply(&layer, x), TG_LIST(x));
    close_tape();
}
END_TEST

START_TEST(an_encoder_layer_is_pytorchs_norm_first)
{
    open_float_tape(_i);
    const tg_transformer_encoder_layer layer = new_encoder_layer(true);
    tg_tensor *x = filled("x", TG_SHAPE(2, 3, 4), 1);
    fill_variables();
    ck_known("pre", tg_transformer_encoder_layer_apply(&layer, x, .causal = true), TG_LIST(x));
    close_tape();
}
END_TEST

START_TEST(a_decoder_layer_is_pytorchs)
{
    open_float_tape(_i);
    const tg_transformer_decoder_layer layer =
        tg_transformer_decoder_layer_new(store, "layer", 4, 2, 6, .activation = tg_gelu_at);
    const bool there[] = { 1, 1, 1, 0, 1, 1, 0, 1, 1, 0 };
    tg_tensor *mask = tg_constant(tape, TG_BOOL, TG_SHAPE(2, 5), there);
    tg_tensor *x = filled("x", TG_SHAPE(2, 3, 4), 1);
    tg_tensor *memory = filled("memory", TG_SHAPE(2, 5, 4), 2);
    fill_variables();
    tg_tensor *y = tg_transformer_decoder_layer_apply(&layer, x, memory, .causal = true,
                                                      .memory_key_mask = mask);
    ck_known("decoder", y, TG_LIST(x, memory));
    bool zero[40];
    for (int i = 0; i < 40; i++) zero[i] = i / 4 == 3 || i / 4 == 6 || i / 4 == 9;
    ck_zeros(tg_grad(weighed(y), memory), zero);
    close_tape();
}
END_TEST

START_TEST(a_decoder_layer_is_pytorchs_norm_first)
{
    open_float_tape(_i);
    const tg_transformer_decoder_layer layer =
        tg_transformer_decoder_layer_new(store, "layer", 4, 2, 6, .norm_first = true);
    bool may[15];
    for (int i = 0; i < 15; i++) may[i] = i * 7 % 5 < 3;
    tg_tensor *mask = tg_constant(tape, TG_BOOL, TG_SHAPE(3, 5), may);
    tg_tensor *x = filled("x", TG_SHAPE(2, 3, 4), 1);
    tg_tensor *memory = filled("memory", TG_SHAPE(2, 5, 4), 2);
    fill_variables();
    tg_tensor *y = tg_transformer_decoder_layer_apply(&layer, x, memory, .memory_mask = mask);
    ck_known("predecoder", y, TG_LIST(x, memory));
    close_tape();
}
END_TEST

START_TEST(second_derivatives_of_the_blocks_are_right)
{
    open_tape();
    const bool first = _i == 1;
    const tg_transformer_encoder_layer layer = tg_transformer_encoder_layer_new(
        store, "layer", 4, 2, 6, .norm_first = first, .activation = tg_gelu_at);
    const tg_transformer_decoder_layer decoder = tg_transformer_decoder_layer_new(
        store, "decoder", 4, 2, 6, .activation = tg_gelu_at, .norm_first = first);
    tg_tensor *x = filled("x", TG_SHAPE(2, 3, 4), 1);
    tg_tensor *memory = filled("memory", TG_SHAPE(2, 2, 4), 2);
    ck_derivatives(
        tg_transformer_encoder_layer_apply(&layer, x),
        TG_LIST(x, tg_read(tape, layer.linear1.weight), tg_read(tape, layer.norm1.bias)));
    ck_derivatives(tg_transformer_decoder_layer_apply(&decoder, x, memory, .causal = true),
                   TG_LIST(x, memory, tg_read(tape, decoder.norm3.weight)));
    close_tape();
}
END_TEST

/* ---- Stacks ----------------------------------------------------------------------------- */

static tg_tensor *mask_of(tg_shape shape, const bool *may)
{
    return tg_constant(tape, TG_BOOL, shape, may);
}

/* Which of two sequences' three elements are there, and which of their memories' five. */
static tg_tensor *elements_there(void)
{
    return mask_of(TG_SHAPE(2, 3), (const bool[]){ 1, 1, 1, 1, 0, 1 });
}
static tg_tensor *memories_there(void)
{
    return mask_of(TG_SHAPE(2, 5), (const bool[]){ 1, 1, 1, 0, 1, 1, 0, 1, 1, 0 });
}

/* Which elements may attend to which memories. */
static tg_tensor *some_memories(void)
{
    bool may[15];
    for (int i = 0; i < 15; i++) may[i] = (i / 5 + 2 * i) % 5 < 3;
    return mask_of(TG_SHAPE(3, 5), may);
}

static tg_transformer_encoder new_encoder(bool first)
{
    return tg_transformer_encoder_new(store, "layer", 2, 4, 2, 6, .norm_first = first,
                                      .norm = first, .activation = first ? tg_gelu_at : tg_relu_at);
}

static tg_transformer_decoder new_decoder(bool first)
{
    return tg_transformer_decoder_new(store, "layer", 2, 4, 2, 6, .norm_first = first,
                                      .norm = first, .activation = first ? tg_gelu_at : tg_relu_at);
}

static tg_tensor *decoded(const tg_transformer_decoder *stack, tg_tensor *x, tg_tensor *memory)
{
    return tg_transformer_decoder_apply(
        stack, x, memory, .causal = true, .key_mask = elements_there(),
        .memory_mask = some_memories(), .memory_key_mask = memories_there());
}

START_TEST(an_encoder_is_pytorchs)
{
    open_float_tape(_i % 2);
    const bool first = _i >= 2;
    const tg_transformer_encoder stack = new_encoder(first);
    tg_tensor *x = filled("x", TG_SHAPE(2, 3, 4), 1);
    fill_variables();
    tg_tensor *y =
        tg_transformer_encoder_apply(&stack, x, .causal = true, .key_mask = elements_there());
    ck_known(first ? "encoder_first" : "encoder_behind", y, TG_LIST(x));
    close_tape();
}
END_TEST

START_TEST(a_decoder_is_pytorchs)
{
    open_float_tape(_i % 2);
    const bool first = _i >= 2;
    const tg_transformer_decoder stack = new_decoder(first);
    tg_tensor *x = filled("x", TG_SHAPE(2, 3, 4), 1);
    tg_tensor *memory = filled("memory", TG_SHAPE(2, 5, 4), 2);
    fill_variables();
    tg_tensor *y = decoded(&stack, x, memory);
    ck_known(first ? "decoder_first" : "decoder_behind", y, TG_LIST(x, memory));
    bool zero[40];
    for (int i = 0; i < 40; i++) zero[i] = i / 4 == 3 || i / 4 == 6 || i / 4 == 9;
    ck_zeros(tg_grad(weighed(y), memory), zero);
    close_tape();
}
END_TEST

/* So a state dict can be read by name, in any order. */
START_TEST(variables_are_named_as_in_pytorch)
{
    static const char *const fields[] = {
        "self_attn.in_proj_weight",
        "self_attn.in_proj_bias",
        "self_attn.out_proj.weight",
        "self_attn.out_proj.bias",
        "multihead_attn.in_proj_weight",
        "multihead_attn.in_proj_bias",
        "multihead_attn.out_proj.weight",
        "multihead_attn.out_proj.bias",
        "linear1.weight",
        "linear1.bias",
        "linear2.weight",
        "linear2.bias",
        "norm1.weight",
        "norm1.bias",
        "norm2.weight",
        "norm2.bias",
        "norm3.weight",
        "norm3.bias",
    };
    open_tape();
    ck_assert_int_eq(new_decoder(true).count, 2);
    ck_assert_uint_eq(tg_var_count(store), 2 * COUNT_OF(fields) + 2);
    for (size_t i = 0; i < 2 * COUNT_OF(fields); i++) {
        char want[128];
        snprintf(want, sizeof want, "layer.layers.%zu.%s", i / COUNT_OF(fields),
                 fields[i % COUNT_OF(fields)]);
        ck_assert_str_eq(tg_var_name(tg_var_nth(store, i)), want);
    }
    ck_assert_str_eq(tg_var_name(tg_var_nth(store, 2 * COUNT_OF(fields))), "layer.norm.weight");
    ck_assert_str_eq(tg_var_name(tg_var_nth(store, 2 * COUNT_OF(fields) + 1)), "layer.norm.bias");
    close_tape();
}
END_TEST

START_TEST(second_derivatives_of_the_stacks_are_right)
{
    open_tape();
    const bool first = _i == 1;
    const tg_transformer_decoder stack = tg_transformer_decoder_new(
        store, "layer", 2, 4, 2, 6, .norm_first = first, .norm = first, .activation = tg_gelu_at);
    const tg_transformer_encoder encoder = tg_transformer_encoder_new(
        store, "encoder", 2, 4, 2, 6, .norm_first = first, .norm = first, .activation = tg_gelu_at);
    tg_tensor *x = filled("x", TG_SHAPE(2, 3, 4), 1);
    tg_tensor *source = filled("source", TG_SHAPE(2, 5, 4), 2);
    tg_tensor *memory =
        tg_transformer_encoder_apply(&encoder, source, .key_mask = memories_there());
    ck_derivatives(decoded(&stack, x, memory),
                   TG_LIST(x, source, tg_read(tape, encoder.layers[0].linear2.weight),
                           tg_read(tape, stack.layers[0].multihead_attn.in_proj_bias)));
    close_tape();
}
END_TEST

START_TEST(a_stack_is_its_layers_one_after_the_other)
{
    open_tape();
    const tg_transformer_encoder stack =
        tg_transformer_encoder_new(store, "encoder", 3, 4, 2, 6, .norm_first = true, .norm = true);
    const tg_transformer_decoder decoder =
        tg_transformer_decoder_new(store, "decoder", 3, 4, 2, 6, .dropout = 0);
    tg_tensor *x = filled("x", TG_SHAPE(2, 3, 4), 1), *y = x, *z = x;
    double values[24];
    ck_assert_int_eq(stack.count, 3);
    ck_assert_ptr_null(decoder.norm.weight);
    for (int i = 0; i < 3; i++) {
        y = tg_transformer_encoder_layer_apply(&stack.layers[i], y, .causal = true);
        z = tg_transformer_decoder_layer_apply(&decoder.layers[i], z, x, .causal = true);
    }
    compute(tg_layer_norm_apply(&stack.norm, y), true, 24, values);
    ck_both_ways(tg_transformer_encoder_apply(&stack, x, .causal = true), 24, values, 1e-14);
    compute(z, true, 24, values);
    ck_both_ways(tg_transformer_decoder_apply(&decoder, x, x, .causal = true, .training = true), 24,
                 values, 1e-14);
    close_tape();
}
END_TEST

/* Time first, and a sequence without a batch. */
START_TEST(forms_of_sequences_agree)
{
    open_tape();
    const tg_transformer_decoder stack = new_decoder(true);
    tg_tensor *x = filled("x", TG_SHAPE(2, 3, 4), 1), *items[2];
    tg_tensor *memory = filled("memory", TG_SHAPE(2, 5, 4), 2);
    double values[24];
    compute(tg_transformer_decoder_apply(&stack, x, memory, .causal = true), true, 24, values);
    const tg_axes turn = TG_AXES(1, 0, 2);
    tg_tensor *y = tg_transformer_decoder_apply(
        &stack, tg_permute(x, turn), tg_permute(memory, turn), .causal = true, .time_first = true);
    ck_both_ways(tg_permute(y, turn), 24, values, 1e-14);
    for (int i = 0; i < 2; i++)
        items[i] = tg_transformer_decoder_apply(&stack, tg_pick(x, 0, i), tg_pick(memory, 0, i),
                                                .causal = true);
    ck_both_ways(tg_stack(TG_LIST(items[0], items[1]), 0), 24, values, 1e-14);
    close_tape();
}
END_TEST

START_TEST(dropout_is_for_training_and_draws_once_a_key)
{
    open_tape();
    const tg_transformer_encoder stack =
        tg_transformer_encoder_new(store, "encoder", 2, 4, 2, 6, .dropout = 0.5);
    const tg_transformer_decoder_layer decoder =
        tg_transformer_decoder_layer_new(store, "decoder", 4, 2, 6, .dropout = 0.5);
    tg_tensor *x = filled("x", TG_SHAPE(2, 3, 4), 1);
    tg_tensor *still = tg_transformer_encoder_apply(&stack, x);
    tg_tensor *moved = tg_transformer_encoder_apply(&stack, x, .training = true);
    tg_tensor *again = tg_transformer_encoder_apply(&stack, x, .training = true, .key = "again");
    ck_no_error();
    ck_assert_double_gt(tg_item(tg_max(tg_abs(tg_sub(still, moved)))), 1e-3);
    ck_assert_double_gt(tg_item(tg_max(tg_abs(tg_sub(again, moved)))), 1e-3);
    still = tg_transformer_decoder_layer_apply(&decoder, x, x);
    moved = tg_transformer_decoder_layer_apply(&decoder, x, x, .training = true);
    ck_assert_double_gt(tg_item(tg_max(tg_abs(tg_sub(still, moved)))), 1e-3);
    const tg_transformer_decoder blocks =
        tg_transformer_decoder_new(store, "blocks", 2, 4, 2, 6, .dropout = 0.5);
    still = tg_transformer_decoder_apply(&blocks, x, x);
    moved = tg_transformer_decoder_apply(&blocks, x, x, .training = true);
    again = tg_transformer_decoder_apply(&blocks, x, x, .training = true, .key = "more");
    ck_no_error();
    ck_assert_double_gt(tg_item(tg_max(tg_abs(tg_sub(still, moved)))), 1e-3);
    ck_assert_double_gt(tg_item(tg_max(tg_abs(tg_sub(again, moved)))), 1e-3);
    ck_refused(tg_transformer_encoder_apply(&stack, x, .training = true), TG_ERR_ARGUMENT, "key");
    close_tape();
}
END_TEST

START_TEST(pytorchs_defaults)
{
    open_tape();
    const tg_transformer_encoder_layer layer =
        tg_transformer_encoder_layer_new(store, "layer", 4, 2);
    const tg_transformer_encoder_layer none =
        tg_transformer_encoder_layer_new(store, "none", 4, 2, .dropout = 0);
    ck_assert(tg_shape_equal(tg_var_shape(layer.linear1.weight), TG_SHAPE(2048, 4)));
    ck_assert(layer.dropout == 0.1 && layer.self_attn.dropout == 0.1 && !layer.norm_first);
    ck_assert(layer.norm1.eps == 1e-5 && layer.activation == tg_relu_at);
    ck_assert(none.dropout == 0 && none.self_attn.dropout == 0);
    close_tape();
}
END_TEST

/* ---- A model of text -------------------------------------------------------------------- */

enum { SYMBOLS = 5, LENGTH = 8, BATCH = 4, WIDTH = 8 };

/* Embeddings of symbols and of positions, blocks that do not look ahead, and the symbols again. */
typedef struct gpt {
    tg_embedding tokens, positions;
    tg_transformer_encoder blocks;
    tg_linear head;
} gpt;

static gpt gpt_new(void)
{
    return (gpt){
        .tokens = tg_embedding_new(store, "tokens", SYMBOLS, WIDTH),
        .positions = tg_embedding_new(store, "positions", LENGTH, WIDTH),
        .blocks =
            tg_transformer_encoder_new(store, "blocks", 2, WIDTH, 2, 16, .dropout = 0,
                                       .activation = tg_gelu_at, .norm_first = true, .norm = true),
        .head = tg_linear_new(store, "head", WIDTH, SYMBOLS),
    };
}

static tg_tensor *gpt_apply(const gpt *net, tg_tensor *embedded)
{
    tg_tensor *places = tg_embedding_apply(&net->positions, tg_iota(tape, TG_I64, LENGTH));
    tg_tensor *x = tg_add(embedded, places);
    return tg_linear_apply(&net->head,
                           tg_transformer_encoder_apply(&net->blocks, x, .causal = true));
}

START_TEST(what_is_said_does_not_depend_on_what_comes_after)
{
    open_float_tape(_i);
    const gpt net = gpt_new();
    tg_tensor *x = filled("x", TG_SHAPE(1, LENGTH, WIDTH), 1), *y = gpt_apply(&net, x);
    for (int t = 0; t < LENGTH; t++) {
        bool after[LENGTH * WIDTH];
        for (int i = 0; i < LENGTH * WIDTH; i++) after[i] = i / WIDTH > t;
        ck_zeros(tg_grad(weighed(tg_pick(y, 1, t)), x), after);
    }
    close_tape();
}
END_TEST

/* Symbols count up; the loss of the next one must go from ln 5 to nearly nothing. */
START_TEST(a_gpt_learns_to_count)
{
    open_float_tape(1);
    const gpt net = gpt_new();
    int32_t symbols[BATCH * LENGTH], next[BATCH * LENGTH];
    for (int i = 0; i < BATCH * LENGTH; i++) {
        symbols[i] = (i / LENGTH + i % LENGTH) % SYMBOLS;
        next[i] = (symbols[i] + 1) % SYMBOLS;
    }
    tg_tensor *x = tg_input(tape, "x", TG_I32, TG_SHAPE(BATCH, LENGTH));
    tg_tensor *labels = tg_input(tape, "labels", TG_I32, TG_SHAPE(BATCH, LENGTH));
    tg_feed(x, symbols, BATCH * LENGTH);
    tg_feed(labels, next, BATCH * LENGTH);
    tg_tensor *logits = gpt_apply(&net, tg_embedding_apply(&net.tokens, x));
    tg_tensor *loss = tg_cross_entropy(tg_reshape(logits, TG_SHAPE(BATCH * LENGTH, SYMBOLS)),
                                       tg_reshape(labels, TG_SHAPE(BATCH * LENGTH)));
    tg_adamw(loss, .lr = 1e-2);
    tg_plan *step = tg_compile(tape, loss);
    run(step);
    ck_assert_double_gt(tg_item(loss), 1);
    for (int i = 0; i < 100; i++) run(step);
    ck_assert_double_lt(tg_item(loss), 0.05);
    tg_plan_free(step);
    close_tape();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("transformer");
    TCase *all = tcase_create("all");
    tcase_add_loop_test(all, an_encoder_layer_is_pytorchs_norm_behind, 0, 2);
    tcase_add_loop_test(all, an_encoder_layer_is_pytorchs_norm_first, 0, 2);
    tcase_add_loop_test(all, a_decoder_layer_is_pytorchs, 0, 2);
    tcase_add_loop_test(all, a_decoder_layer_is_pytorchs_norm_first, 0, 2);
    tcase_add_loop_test(all, second_derivatives_of_the_blocks_are_right, 0, 2);
    tcase_add_loop_test(all, an_encoder_is_pytorchs, 0, 4);
    tcase_add_loop_test(all, a_decoder_is_pytorchs, 0, 4);
    tcase_add_test(all, variables_are_named_as_in_pytorch);
    tcase_add_loop_test(all, second_derivatives_of_the_stacks_are_right, 0, 2);
    tcase_add_test(all, a_stack_is_its_layers_one_after_the_other);
    tcase_add_test(all, forms_of_sequences_agree);
    tcase_add_test(all, dropout_is_for_training_and_draws_once_a_key);
    tcase_add_test(all, pytorchs_defaults);
    tcase_add_loop_test(all, what_is_said_does_not_depend_on_what_comes_after, 0, 2);
    tcase_add_test(all, a_gpt_learns_to_count);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
