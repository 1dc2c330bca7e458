/* errors_norms.c: bad input to the layers of tg_normalization.h and tg_layer.h, but for the linear
 * one, which is in errors_layers.c. */
#include "tests/support/bad_input.h"

static tg_batch_norm batch;
static tg_layer_norm rows;
static tg_rms_norm rms;
static tg_group_norm group;
static tg_instance_norm instance;
static tg_bilinear pair;
static tg_embedding table;
static tg_tensor *old_index, *old_tall; /* from before a rewind */

static void open_norms(void)
{
    open_operands();
    batch = tg_batch_norm_new(store, "bn", 3);
    rows = tg_layer_norm_new(store, "ln", TG_SHAPE(3));
    rms = tg_rms_norm_new(store, "rms", TG_SHAPE(3));
    group = tg_group_norm_new(store, "gn", 1, 3);
    instance = tg_instance_norm_new(store, "in", 3, .affine = true);
    pair = tg_bilinear_new(store, "pair", 3, 5, 2);
    table = tg_embedding_new(store, "table", 4, 2);
    old_index = tg_input(tape, "old index", TG_I64, TG_SHAPE(2));
    old_tall = tg_input(tape, "old tall", TG_F64, TG_SHAPE(2, 3, 4));
    stale = tg_input(tape, "old", TG_F64, TG_SHAPE(2, 3));
    tg_rewind(tape);
    record_operands();
    variables = tg_var_count(store);
}

/* The constructor refuses, and makes no variable. */
#define NOT_MADE(call, field, status, kind, words)                                                 \
    do {                                                                                           \
        ck_assert_ptr_null((call).field);                                                          \
        ck_assert_msg(tg_store_status(store) == status, "%s: %s", #call, tg_store_error(store));   \
        ck_assert_msg(strstr(tg_store_error(store), words) != NULL, "%s", tg_store_error(store));  \
        ck_assert_msg(names_place(tg_store_error(store), __FILE__, __LINE__), "%s",                \
                      tg_store_error(store));                                                      \
        contract_note("", #call, kind, NULL);                                                      \
        tg_store_clear_error(store);                                                               \
        ck_assert_uint_eq(tg_var_count(store), variables);                                         \
    } while (0)
/* A NULL store is refused in silence. */
#define NO_STORE(call, field)                                                                      \
    do {                                                                                           \
        ck_assert_ptr_null((call).field);                                                          \
        contract_note("", #call, BAD_NULL, NULL);                                                  \
    } while (0)
/* What every layer's function refuses. */
#define REFUSES_ALL(apply, layer, none, name, ...)                                                 \
    do {                                                                                           \
        IS_SILENT(apply(&layer, NULL __VA_ARGS__));                                                \
        IS_REFUSED(apply(NULL, x __VA_ARGS__), TG_ERR_ARGUMENT, name, "has no weight");            \
        IS_REFUSED(apply(&none, x __VA_ARGS__), TG_ERR_ARGUMENT, name, "has no weight");           \
        IS_REFUSED(apply(&layer, stale __VA_ARGS__), TG_ERR_STATE, "tg_", "stale");                \
        IS_REFUSED(apply(&layer, narrow __VA_ARGS__), TG_ERR_DTYPE, name, "x is f32, and");        \
        IS_REFUSED(apply(&layer, integer __VA_ARGS__), TG_ERR_DTYPE, name, "not i32");             \
        IS_REFUSED(apply(&layer, y __VA_ARGS__), TG_ERR_SHAPE, name, "[4, 5]");                    \
        IS_REFUSED(apply(&layer, number __VA_ARGS__), TG_ERR_SHAPE, name, "[]");                   \
    } while (0)
#define COMMA ,

START_TEST(batch_norms)
{
    const tg_batch_norm none = { .features = 0 };
    tg_batch_norm strange = batch;
    strange.weight = foreign_weight;
    tg_tensor *one = tg_input(tape, "one", TG_F64, TG_SHAPE(1, 3));
    REFUSES_ALL(tg_batch_norm_apply, batch, none, "tg_batch_norm_apply", COMMA true);
    REFUSES_ALL(tg_batch_norm_apply, batch, none, "tg_batch_norm_apply", COMMA false);
    IS_REFUSED(tg_batch_norm_apply(&batch, vector, true), TG_ERR_SHAPE, "tg_batch_norm_apply",
               "of rank 2 to 5");
    IS_REFUSED(tg_batch_norm_apply(&batch, one, true), TG_ERR_SHAPE, "tg_batch_norm_apply",
               "more than one element for each channel, and x is [1, 3]");
    IS_REFUSED(tg_batch_norm_apply(&strange, x, true), TG_ERR_ARGUMENT, "read", "another store");
    ck_assert_ptr_nonnull(tg_batch_norm_apply(&batch, x, true));
    assignments = tg_assign_count(tape);
    IS_REFUSED(tg_batch_norm_apply(&batch, x, true), TG_ERR_STATE, "tg_batch_norm_apply",
               "cannot move the running statistics twice");
}
END_TEST

START_TEST(batch_norms_that_cannot_be_made)
{
    const tg_status wrong = TG_ERR_ARGUMENT;
    NO_STORE(tg_batch_norm_new(NULL, "l", 3), running_mean);
    NOT_MADE(tg_batch_norm_new(store, NULL, 3), weight, wrong, BAD_ARGUMENT, "needs a name");
    NOT_MADE(tg_batch_norm_new(store, "l", 0), weight, TG_ERR_SHAPE, BAD_SHAPE, "have 0 channels");
    NOT_MADE(tg_batch_norm_new(store, "l", -3), weight, TG_ERR_SHAPE, BAD_SHAPE, "-3 channels");
    NOT_MADE(tg_batch_norm_new(store, "l", 3, .eps = 0), weight, wrong, BAD_ARGUMENT, "eps = 0");
    NOT_MADE(tg_batch_norm_new(store, "l", 3, .eps = -1), weight, wrong, BAD_ARGUMENT, "eps = -1");
    NOT_MADE(tg_batch_norm_new(store, "l", 3, .eps = (double)NAN), weight, wrong, BAD_ARGUMENT,
             "eps = nan");
    NOT_MADE(tg_batch_norm_new(store, "l", 3, .momentum = 1.5), weight, wrong, BAD_ARGUMENT,
             "momentum = 1.5");
    NOT_MADE(tg_batch_norm_new(store, "l", 3, .momentum = (double)NAN), weight, wrong, BAD_ARGUMENT,
             "momentum = nan");
    NOT_MADE(tg_batch_norm_new(store, "l", INT64_MAX), weight, TG_ERR_SHAPE, BAD_SIZE, "l.weight");
    NOT_MADE(tg_batch_norm_new(store, "bn", 3), running_mean, wrong, BAD_ARGUMENT, "bn.weight");
    NOT_MADE(tg_batch_norm_new(store, "bn", 3, .no_affine = true), running_mean, wrong,
             BAD_ARGUMENT, "bn.running_mean already");
}
END_TEST

START_TEST(norms_of_rows)
{
    const tg_layer_norm no_rows = { .eps = 1 };
    const tg_rms_norm no_rms = { .eps = 1 };
    tg_layer_norm strange = rows;
    strange.bias = foreign_weight;
    REFUSES_ALL(tg_layer_norm_apply, rows, no_rows, "tg_layer_norm_apply", );
    REFUSES_ALL(tg_rms_norm_apply, rms, no_rms, "tg_rms_norm_apply", );
    IS_REFUSED(tg_layer_norm_apply(&strange, x), TG_ERR_ARGUMENT, "read", "another store");
    NO_STORE(tg_layer_norm_new(NULL, "l", TG_SHAPE(3)), weight);
    NO_STORE(tg_rms_norm_new(NULL, "l", TG_SHAPE(3)), weight);
    NOT_MADE(tg_layer_norm_new(store, "", TG_SHAPE(3)), weight, TG_ERR_ARGUMENT, BAD_ARGUMENT,
             "tg_layer_norm_new: a layer needs a name");
    NOT_MADE(tg_rms_norm_new(store, "", TG_SHAPE(3)), weight, TG_ERR_ARGUMENT, BAD_ARGUMENT,
             "tg_rms_norm_new: a layer needs a name");
    NOT_MADE(tg_layer_norm_new(store, "l", TG_SCALAR), weight, TG_ERR_SHAPE, BAD_SHAPE, "[]");
    NOT_MADE(tg_layer_norm_new(store, "l", TG_SHAPE(3, 0)), weight, TG_ERR_SHAPE, BAD_SHAPE,
             "[3, 0]");
    NOT_MADE(tg_layer_norm_new(store, "l", TG_SHAPE(-3)), weight, TG_ERR_SHAPE, BAD_SHAPE, "[");
    NOT_MADE(tg_rms_norm_new(store, "l", TG_SHAPE(0)), weight, TG_ERR_SHAPE, BAD_SHAPE, "[0]");
    NOT_MADE(tg_layer_norm_new(store, "l", TG_SHAPE(INT64_MAX, 4)), weight, TG_ERR_SHAPE, BAD_SIZE,
             "l.weight");
    NOT_MADE(tg_rms_norm_new(store, "l", TG_SHAPE(INT64_MAX, 4)), weight, TG_ERR_SHAPE, BAD_SIZE,
             "l.weight");
    NOT_MADE(tg_layer_norm_new(store, "l", TG_SHAPE(3), .eps = 0), weight, TG_ERR_ARGUMENT,
             BAD_ARGUMENT, "eps = 0");
    NOT_MADE(tg_rms_norm_new(store, "l", TG_SHAPE(3), .eps = 1e-300), weight, TG_ERR_ARGUMENT,
             BAD_ARGUMENT, "eps = 1e-300");
    NOT_MADE(tg_layer_norm_new(store, "ln", TG_SHAPE(3)), bias, TG_ERR_ARGUMENT, BAD_ARGUMENT,
             "ln.weight");
}
END_TEST

START_TEST(norms_of_groups)
{
    const tg_group_norm no_group = { .eps = 1 };
    const tg_instance_norm no_instance = { .eps = 1 };
    REFUSES_ALL(tg_group_norm_apply, group, no_group, "tg_group_norm_apply", );
    IS_SILENT(tg_instance_norm_apply(&instance, NULL));
    IS_REFUSED(tg_instance_norm_apply(&no_instance, tall), TG_ERR_ARGUMENT,
               "tg_instance_norm_apply", "has no weight");
    IS_REFUSED(tg_instance_norm_apply(&instance, old_tall), TG_ERR_STATE, "tg_", "stale");
    IS_REFUSED(tg_instance_norm_apply(&instance, flag), TG_ERR_DTYPE, "tg_instance_norm_apply",
               "not bool");
    IS_REFUSED(tg_instance_norm_apply(&instance, x), TG_ERR_SHAPE, "tg_instance_norm_apply",
               "of rank 3 to 5");
    tg_tensor *points = tg_input(tape, "points", TG_F64, TG_SHAPE(2, 3, 1));
    IS_REFUSED(tg_instance_norm_apply(&instance, points), TG_ERR_SHAPE, "tg_instance_norm_apply",
               "more than one element");
    NO_STORE(tg_group_norm_new(NULL, "l", 1, 3), weight);
    NO_STORE(tg_instance_norm_new(NULL, "l", 3), weight);
    NOT_MADE(tg_group_norm_new(store, "l", 2, 3), weight, TG_ERR_SHAPE, BAD_SHAPE,
             "2 groups of 3 channels");
    NOT_MADE(tg_group_norm_new(store, "l", 0, 3), weight, TG_ERR_SHAPE, BAD_SHAPE, "0 groups");
    NOT_MADE(tg_group_norm_new(store, "l", 1, -3), weight, TG_ERR_SHAPE, BAD_SHAPE, "-3 channels");
    NOT_MADE(tg_group_norm_new(store, "l", 1, 3, .eps = -1), weight, TG_ERR_ARGUMENT, BAD_ARGUMENT,
             "eps = -1");
    NOT_MADE(tg_instance_norm_new(store, "l", 0), weight, TG_ERR_SHAPE, BAD_SHAPE, "0 channels");
    NOT_MADE(tg_instance_norm_new(store, "l", 3, .eps = (double)INFINITY), weight, TG_ERR_ARGUMENT,
             BAD_ARGUMENT, "eps = inf");
    NOT_MADE(tg_instance_norm_new(store, NULL, 3), weight, TG_ERR_ARGUMENT, BAD_ARGUMENT,
             "tg_instance_norm_new: a layer needs a name");
}
END_TEST

START_TEST(bilinears_and_embeddings)
{
    const tg_bilinear no_pair = { NULL, NULL };
    const tg_embedding no_table = { NULL, false, 0 };
    tg_tensor *five = tg_input(tape, "five", TG_F64, TG_SHAPE(2, 5));
    IS_SILENT(tg_bilinear_apply(&pair, NULL, five));
    IS_SILENT(tg_bilinear_apply(&pair, x, NULL));
    IS_REFUSED(tg_bilinear_apply(&no_pair, x, five), TG_ERR_ARGUMENT, "tg_bilinear_apply",
               "has no weight");
    IS_REFUSED(tg_bilinear_apply(&pair, five, x), TG_ERR_SHAPE, "tg_bilinear_apply",
               "takes [..., 3] and [..., 5]");
    IS_REFUSED(tg_bilinear_apply(&pair, x, y), TG_ERR_SHAPE, "tg_bilinear_apply", "[4, 5]");
    IS_REFUSED(tg_bilinear_apply(&pair, number, five), TG_ERR_SHAPE, "tg_bilinear_apply", "[]");
    IS_REFUSED(tg_bilinear_apply(&pair, narrow, five), TG_ERR_DTYPE, "tg_", "f32 and f64");
    const tg_bilinear square = tg_bilinear_new(store, "square", 3, 3, 2);
    const tg_bilinear cube = tg_bilinear_new(store, "cube", 4, 4, 2);
    variables = tg_var_count(store);
    IS_REFUSED(tg_bilinear_apply(&cube, old_tall, tall), TG_ERR_STATE, "tg_", "stale");
    IS_REFUSED(tg_bilinear_apply(&square, x, foreign), TG_ERR_ARGUMENT, "tg_", "another tape");
    NO_STORE(tg_bilinear_new(NULL, "l", 1, 2, 3), weight);
    NOT_MADE(tg_bilinear_new(store, "l", 1, -2, 3), weight, TG_ERR_SHAPE, BAD_SHAPE,
             "1 and -2 inputs and 3 outputs");
    NOT_MADE(tg_bilinear_new(store, NULL, 1, 2, 3), weight, TG_ERR_ARGUMENT, BAD_ARGUMENT,
             "tg_bilinear_new: a layer needs a name");

    IS_SILENT(tg_embedding_apply(&table, NULL));
    IS_REFUSED(tg_embedding_apply(&no_table, integer), TG_ERR_ARGUMENT, "tg_embedding_apply",
               "has no weight");
    IS_REFUSED(tg_embedding_apply(&table, old_index), TG_ERR_STATE, "tg_", "stale");
    IS_REFUSED(tg_embedding_apply(&table, x), TG_ERR_DTYPE, "tg_embedding_apply", "not f64");
    tg_tensor *deep = tg_input(tape, "deep", TG_I64, TG_SHAPE(1, 1, 1, 1, 1, 1, 1, 1));
    IS_REFUSED(tg_embedding_apply(&table, deep), TG_ERR_SHAPE, "tg_embedding_apply", "no room");
    NO_STORE(tg_embedding_new(NULL, "l", 4, 2), weight);
    NOT_MADE(tg_embedding_new(store, "l", -4, 2), weight, TG_ERR_SHAPE, BAD_SHAPE, "-4 rows");
    NOT_MADE(tg_embedding_new(store, "l", 4, 2, .padding_index = 4), weight, TG_ERR_INDEX,
             BAD_INDEX, "padding_index = 4");
    NOT_MADE(tg_embedding_new(store, "l", 4, 2, .padding_index = -5), weight, TG_ERR_INDEX,
             BAD_INDEX, "padding_index = -5");
    NOT_MADE(tg_embedding_new(store, "l", 0, 2, .padding_index = 0), weight, TG_ERR_INDEX,
             BAD_INDEX, "of 0 rows");
    NOT_MADE(tg_embedding_new(store, "", 4, 2), weight, TG_ERR_ARGUMENT, BAD_ARGUMENT,
             "tg_embedding_new: a layer needs a name");
}
END_TEST

START_TEST(dropouts)
{
    IS_REFUSED(tg_dropout(integer, 0.5, "a", true), TG_ERR_DTYPE, "tg_dropout", "not i32");
    IS_REFUSED(tg_dropout(x, -0.1, "a", true), TG_ERR_ARGUMENT, "tg_dropout", "p = -0.1");
    IS_REFUSED(tg_dropout(x, 1.5, "a", false), TG_ERR_ARGUMENT, "tg_dropout", "p = 1.5");
    IS_REFUSED(tg_dropout(x, (double)NAN, "a", true), TG_ERR_ARGUMENT, "tg_dropout", "p = nan");
    IS_REFUSED(tg_dropout(x, 0.5, NULL, true), TG_ERR_ARGUMENT, "tg_dropout", "key is NULL");
    IS_REFUSED(tg_dropout(x, 0.5, "", false), TG_ERR_ARGUMENT, "tg_dropout", "key is empty");
    IS_REFUSED(tg_spatial_dropout(old_tall, 0.5, "a", true), TG_ERR_STATE, "tg_", "stale");
    IS_REFUSED(tg_spatial_dropout(flag, 0.5, "a", true), TG_ERR_DTYPE, "tg_spatial_dropout",
               "not bool");
    IS_REFUSED(tg_spatial_dropout(x, 0.5, "a", true), TG_ERR_SHAPE, "tg_spatial_dropout",
               "[N, C, ...]");
    IS_REFUSED(tg_spatial_dropout(tall, 2, "a", true), TG_ERR_ARGUMENT, "tg_spatial_dropout",
               "p = 2");
    IS_REFUSED(tg_spatial_dropout(tall, 0.5, NULL, true), TG_ERR_ARGUMENT, "tg_spatial_dropout",
               "key is NULL");
}
END_TEST

START_TEST(norms_of_weights)
{
    const tg_spectral_norm none = { .steps = 1 };
    tg_tensor *lengths = tg_input(tape, "g", TG_F64, TG_SHAPE(2));
    IS_REFUSED(tg_weight_norm(integer, lengths, 0), TG_ERR_DTYPE, "tg_weight_norm", "i32");
    IS_REFUSED(tg_weight_norm(narrow, lengths, 0), TG_ERR_DTYPE, "tg_weight_norm", "one dtype");
    IS_REFUSED(tg_weight_norm(x, lengths, 2), TG_ERR_SHAPE, "tg_weight_norm", "no axis 2");
    IS_REFUSED(tg_weight_norm(x, lengths, 1), TG_ERR_SHAPE, "tg_weight_norm", "a length for each");
    contract_note("tg_weight_norm", "axis 2", BAD_AXIS, NULL);

    NO_STORE(tg_spectral_norm_new(NULL, "s", 2, 3), u);
    NOT_MADE(tg_spectral_norm_new(store, "", 2, 3), u, TG_ERR_ARGUMENT, BAD_ARGUMENT,
             "tg_spectral_norm_new: a layer needs a name");
    NOT_MADE(tg_spectral_norm_new(store, "s", 0, 3), u, TG_ERR_SHAPE, BAD_SIZE, "0 x 3");
    NOT_MADE(tg_spectral_norm_new(store, "s", 2, 3, .steps = 0), u, TG_ERR_ARGUMENT, BAD_ARGUMENT,
             "steps = 0");
    NOT_MADE(tg_spectral_norm_new(store, "s", 2, 3, .eps = 0), u, TG_ERR_ARGUMENT, BAD_ARGUMENT,
             "eps = 0");
    const tg_spectral_norm norm = tg_spectral_norm_new(store, "spectral", 2, 3);
    IS_SILENT(tg_spectral_norm_apply(&norm, NULL, true));
    IS_REFUSED(tg_spectral_norm_apply(NULL, x, true), TG_ERR_ARGUMENT, "tg_spectral_norm_apply",
               "tg_spectral_norm_new");
    IS_REFUSED(tg_spectral_norm_apply(&none, x, true), TG_ERR_ARGUMENT, "tg_spectral_norm_apply",
               "tg_spectral_norm_new");
    IS_REFUSED(tg_spectral_norm_apply(&norm, stale, true), TG_ERR_STATE, "tg_spectral_norm_apply",
               "stale");
    IS_REFUSED(tg_spectral_norm_apply(&norm, y, true), TG_ERR_SHAPE, "tg_spectral_norm_apply",
               "2 x 3");
    IS_REFUSED(tg_spectral_norm_apply(&norm, narrow, true), TG_ERR_DTYPE, "tg_spectral_norm_apply",
               "f64");
}
END_TEST

START_TEST(local_response)
{
    IS_REFUSED(tg_local_response_norm(integer, 3), TG_ERR_DTYPE, "tg_local_response_norm", "i32");
    IS_REFUSED(tg_local_response_norm(vector, 3), TG_ERR_SHAPE, "tg_local_response_norm",
               "rank 2 to 5");
    IS_REFUSED(tg_local_response_norm(x, 0), TG_ERR_ARGUMENT, "tg_local_response_norm", "size = 0");
    IS_REFUSED(tg_local_response_norm(x, 3, .k = 0), TG_ERR_ARGUMENT, "tg_local_response_norm",
               "k = 0");
    IS_REFUSED(tg_local_response_norm(x, 3, .beta = HUGE_VAL), TG_ERR_ARGUMENT,
               "tg_local_response_norm", "finite");
}
END_TEST

TCase *errors_norms(void)
{
    TCase *cases = tcase_create("norms");
    tcase_add_checked_fixture(cases, open_norms, close_operands);
    tcase_add_test(cases, batch_norms);
    tcase_add_test(cases, batch_norms_that_cannot_be_made);
    tcase_add_test(cases, norms_of_rows);
    tcase_add_test(cases, norms_of_groups);
    tcase_add_test(cases, bilinears_and_embeddings);
    tcase_add_test(cases, dropouts);
    tcase_add_test(cases, norms_of_weights);
    tcase_add_test(cases, local_response);
    return cases;
}
