/* test_layer.c: what all constructors of layers have in common: which names they refuse, and
 * that their errors are told as theirs, before a variable is made. */
#include "tests/support/recorded.h"

#define LAYER(id, ...)                                                                             \
    static const void *make_##id(tg_store *s, const char *name) { return __VA_ARGS__; }
LAYER(linear, tg_linear_new(s, name, 2, 3).weight)
LAYER(linear_weight, tg_linear_new(s, name, 2, 3, .no_bias = true).weight)
LAYER(bilinear, tg_bilinear_new(s, name, 2, 3, 4).weight)
LAYER(embedding, tg_embedding_new(s, name, 5, 2).weight)
LAYER(prelu, tg_prelu_new(s, name, 3).weight)
LAYER(conv1d, tg_conv1d_new(s, name, 2, 3, .kernel = 3).weight)
LAYER(conv2d, tg_conv2d_new(s, name, 2, 3, .kernel = 3).weight)
LAYER(conv3d, tg_conv3d_new(s, name, 2, 3, .kernel = 3).weight)
LAYER(transpose1d, tg_conv_transpose1d_new(s, name, 2, 3, .kernel = 3).weight)
LAYER(transpose2d, tg_conv_transpose2d_new(s, name, 2, 3, .kernel = 3).weight)
LAYER(transpose3d, tg_conv_transpose3d_new(s, name, 2, 3, .kernel = 3).weight)
LAYER(batch_norm, tg_batch_norm_new(s, name, 4).weight)
LAYER(layer_norm, tg_layer_norm_new(s, name, TG_SHAPE(4)).weight)
LAYER(scaled_norm, tg_layer_norm_new(s, name, TG_SHAPE(4), .no_bias = true).weight)
LAYER(rms_norm, tg_rms_norm_new(s, name, TG_SHAPE(4)).weight)
LAYER(group_norm, tg_group_norm_new(s, name, 2, 4).weight)
LAYER(instance_norm, tg_instance_norm_new(s, name, 4, .affine = true).weight)
LAYER(rnn, tg_rnn_new(s, name, 2, 3, .layers = 2).cell[0].weight_ih)
LAYER(gru, tg_gru_new(s, name, 2, 3, .no_bias = true).cell[0].weight_ih)
LAYER(lstm, tg_lstm_new(s, name, 2, 3, .bidirectional = true).cell[0].weight_ih)
LAYER(attention, tg_multihead_attention_new(s, name, 4, 2).in_proj_weight)
LAYER(encoder_layer, tg_transformer_encoder_layer_new(s, name, 4, 2, 3).self_attn.in_proj_weight)
LAYER(decoder_layer, tg_transformer_decoder_layer_new(s, name, 4, 2, 3).self_attn.in_proj_weight)
LAYER(encoder, tg_transformer_encoder_new(s, name, 2, 4, 2, 3, .norm = true).layers)
LAYER(decoder, tg_transformer_decoder_new(s, name, 2, 4, 2, 3, .norm = true).layers)

typedef struct constructor {
    const char *op;
    const void *(*make)(tg_store *store, const char *name); /* NULL: it could not be made */
} constructor;
static const constructor constructors[] = {
    { "tg_linear_new", make_linear },
    { "tg_linear_new", make_linear_weight },
    { "tg_bilinear_new", make_bilinear },
    { "tg_embedding_new", make_embedding },
    { "tg_prelu_new", make_prelu },
    { "tg_conv1d_new", make_conv1d },
    { "tg_conv2d_new", make_conv2d },
    { "tg_conv3d_new", make_conv3d },
    { "tg_conv_transpose1d_new", make_transpose1d },
    { "tg_conv_transpose2d_new", make_transpose2d },
    { "tg_conv_transpose3d_new", make_transpose3d },
    { "tg_batch_norm_new", make_batch_norm },
    { "tg_layer_norm_new", make_layer_norm },
    { "tg_layer_norm_new", make_scaled_norm },
    { "tg_rms_norm_new", make_rms_norm },
    { "tg_group_norm_new", make_group_norm },
    { "tg_instance_norm_new", make_instance_norm },
    { "tg_rnn_new", make_rnn },
    { "tg_gru_new", make_gru },
    { "tg_lstm_new", make_lstm },
    { "tg_multihead_attention_new", make_attention },
    { "tg_transformer_encoder_layer_new", make_encoder_layer },
    { "tg_transformer_decoder_layer_new", make_decoder_layer },
    { "tg_transformer_encoder_new", make_encoder },
    { "tg_transformer_decoder_new", make_decoder },
};

/* The layer is not made, no variable is, and the store's error is the constructor's. */
static void ck_refuses(const constructor *c, tg_store *s, const char *name, tg_status status,
                       const char *words)
{
    const size_t variables = tg_var_count(s);
    char message[TG_ERROR_TEXT];
    (void)snprintf(message, sizeof message, ": %s: ", c->op);
    ck_assert_msg(!c->make(s, name), "%s takes the name %s", c->op, name ? name : "NULL");
    ck_assert_int_eq(tg_store_status(s), status);
    ck_assert_msg(strstr(tg_store_error(s), message) != NULL, "%s: %s", c->op, tg_store_error(s));
    ck_assert_msg(strstr(tg_store_error(s), "test_layer.c:") != NULL, "%s",
                  tg_store_error(s));
    ck_assert_msg(strstr(tg_store_error(s), words) != NULL, "%s: %s", c->op, tg_store_error(s));
    ck_assert_msg(tg_var_count(s) == variables, "%s made a variable", c->op);
    tg_store_clear_error(s);
}

START_TEST(what_is_no_name_is_refused)
{
    const constructor *c = &constructors[_i];
    tg_store *s = tg_store_new();
    char endless[514];
    memset(endless, 'n', sizeof endless - 1);
    endless[sizeof endless - 1] = 0;
    ck_refuses(c, s, NULL, TG_ERR_ARGUMENT, "this one is NULL");
    ck_refuses(c, s, "", TG_ERR_ARGUMENT, "this one is empty");
    ck_refuses(c, s, endless, TG_ERR_ARGUMENT, "nnn...\" has 513");
    ck_refuses(c, s, "a\nb", TG_ERR_ARGUMENT, "control character");
    ck_assert_ptr_nonnull(c->make(s, endless + 1 + 128)); /* room for the names of parts */
    ck_assert_msg(tg_store_status(s) == TG_OK, "%s", tg_store_error(s));
    tg_store_free(s);
}
END_TEST

/* Each of the layer's variables in turn is there before the layer. */
START_TEST(a_taken_name_is_refused_before_anything_is_made)
{
    const constructor *c = &constructors[_i];
    tg_store *model = tg_store_new();
    ck_assert_ptr_nonnull(c->make(model, "net.layer"));
    for (size_t i = 0; i < tg_var_count(model); i++) {
        const char *name = tg_var_name(tg_var_nth(model, i));
        tg_store *s = tg_store_new();
        char words[256];
        ck_assert_ptr_nonnull(tg_param(s, name, TG_SCALAR, tg_init_zeros()));
        (void)snprintf(words, sizeof words, "there is a variable %s already, made at ", name);
        ck_refuses(c, s, "net.layer", TG_ERR_ARGUMENT, words);
        ck_assert_ptr_nonnull(c->make(s, "net.other"));
        tg_store_free(s);
    }
    tg_store_free(model);
}
END_TEST

START_TEST(the_first_error_of_a_store_stays)
{
    const constructor *c = &constructors[_i];
    tg_store *s = tg_store_new(.dtype = TG_I32); /* no dtype of parameters */
    char message[TG_ERROR_TEXT];
    (void)snprintf(message, sizeof message, "%s", tg_store_error(s));
    ck_assert(strstr(message, "tg_store_new: the default dtype must be") != NULL);
    ck_assert_ptr_null(c->make(s, "layer"));
    ck_assert_ptr_null(c->make(s, NULL));
    ck_assert_str_eq(tg_store_error(s), message);
    ck_assert_uint_eq(tg_var_count(s), 0);
    ck_assert_ptr_null(c->make(NULL, "layer"));
    tg_store_free(s);
}
END_TEST

/* What only tg_param finds out: initialisers and sizes. */
START_TEST(a_variables_fault_is_told_as_the_layers)
{
    tg_store *s = tg_store_new();
    ck_assert_ptr_null(tg_linear_new(s, "l", 2, 3, .init = tg_init_normal(0, -1)).weight);
    ck_assert_msg(strstr(tg_store_error(s), ": tg_linear_new: l.weight: no f32 variable") != NULL,
                  "%s", tg_store_error(s));
    ck_assert_ptr_null(strstr(tg_store_error(s), "tg_param"));
    tg_store_clear_error(s);
    ck_assert_ptr_null(tg_embedding_new(s, "e", INT64_MAX, INT64_MAX).weight);
    ck_assert_msg(strstr(tg_store_error(s), ": tg_embedding_new: e.weight: ") != NULL, "%s",
                  tg_store_error(s));
    ck_assert_int_eq(tg_store_status(s), TG_ERR_SHAPE);
    tg_store_free(s);
}
END_TEST

static Suite *constructors_suite(void)
{
    Suite *suite = suite_create("layer");
    TCase *cases = tcase_create("layer");
    const int count = COUNT_OF(constructors);
    tcase_add_loop_test(cases, what_is_no_name_is_refused, 0, count);
    tcase_add_loop_test(cases, a_taken_name_is_refused_before_anything_is_made, 0, count);
    tcase_add_loop_test(cases, the_first_error_of_a_store_stays, 0, count);
    tcase_add_test(cases, a_variables_fault_is_told_as_the_layers);
    suite_add_tcase(suite, cases);
    return suite;
}

int main(void) { return run_suite(constructors_suite()); }
