/* errors_layers.c: bad input to the fully connected layer, to layers over graphs and to coupling.
 * What they say of their own rules stands in the tests of each; here they are given what no
 * function may take. */
#include "tests/support/bad_input.h"

START_TEST(layers)
{
    const tg_linear layer = { .weight = weight }, strange = { .weight = foreign_weight };
    const tg_linear none = { NULL, NULL };
    IS_SILENT(tg_linear_apply(&layer, NULL));
    IS_REFUSED(tg_linear_apply(NULL, x), TG_ERR_ARGUMENT, "tg_linear_apply", "has no weight");
    IS_REFUSED(tg_linear_apply(&none, x), TG_ERR_ARGUMENT, "tg_linear_apply", "has no weight");
    IS_REFUSED(tg_linear_apply(&strange, x), TG_ERR_ARGUMENT, "tg_", "another store");
    IS_REFUSED(tg_linear_apply(&layer, y), TG_ERR_SHAPE, "tg_linear_apply", "takes [..., 3]");
    IS_REFUSED(tg_linear_apply(&layer, number), TG_ERR_SHAPE, "tg_linear_apply", "x is []");
    IS_REFUSED(tg_linear_apply(&layer, narrow), TG_ERR_DTYPE, "tg_", "f32 and f64");
    IS_REFUSED(tg_linear_apply(&layer, stale), TG_ERR_STATE, "tg_", "stale");
    ck_assert_ptr_null(tg_linear_apply(&layer, foreign)); /* it is its tape that tells */
    ck_assert_msg(strstr(tg_tape_error(foreign_tape), "another store") != NULL, "%s",
                  tg_tape_error(foreign_tape));
    tg_tape_clear_error(foreign_tape);
    ck_assert_ptr_null(tg_linear_new(NULL, "l", 2, 3).weight);
    contract_note("", "tg_linear_new(NULL, \"l\", 2, 3)", BAD_NULL, NULL);
    ck_assert_ptr_null(tg_linear_new(store, NULL, 2, 3).weight);
    ck_assert_msg(strstr(tg_store_error(store), "tg_linear_new: a layer needs a name") != NULL,
                  "%s", tg_store_error(store));
    tg_store_clear_error(store);
    ck_assert_ptr_null(tg_linear_new(store, "l", -2, 3).weight);
    ck_assert_msg(strstr(tg_store_error(store), "-2 inputs and 3 outputs") != NULL, "%s",
                  tg_store_error(store));
    contract_note("", "tg_linear_new(store, \"l\", -2, 3)", BAD_SHAPE, NULL);
    tg_store_clear_error(store);
    const tg_linear big = tg_linear_new(store, "l", INT64_MAX, INT64_MAX);
    ck_assert(!big.weight && !big.bias);
    ck_assert_int_eq(tg_store_status(store), TG_ERR_SHAPE);
    contract_note("", "tg_linear_new(store, \"l\", INT64_MAX, INT64_MAX)", BAD_SIZE, NULL);
    tg_store_clear_error(store);
    ck_assert_uint_eq(tg_var_count(store), variables);
}
END_TEST

#define REFUSES_GRAPH(apply, layer, bare, name)                                                    \
    do {                                                                                           \
        IS_SILENT(apply(&layer, NULL, nodes, nodes));                                              \
        IS_SILENT(apply(&layer, x, NULL, nodes));                                                  \
        IS_SILENT(apply(&layer, x, nodes, NULL));                                                  \
        IS_REFUSED(apply(NULL, x, nodes, nodes), TG_ERR_ARGUMENT, name, "make it with");           \
        IS_REFUSED(apply(&bare, x, nodes, nodes), TG_ERR_ARGUMENT, name, "make it with");          \
        IS_REFUSED(apply(&layer, stale, nodes, nodes), TG_ERR_STATE, name, "stale");               \
        IS_REFUSED(apply(&layer, x, foreign, nodes), TG_ERR_ARGUMENT, name, "tape");               \
        IS_REFUSED(apply(&layer, narrow, nodes, nodes), TG_ERR_DTYPE, name, "f64");                \
        IS_REFUSED(apply(&layer, y, nodes, nodes), TG_ERR_SHAPE, name, "[nodes, 3]");              \
        IS_REFUSED(apply(&layer, x, vector, nodes), TG_ERR_DTYPE, name, "i32 or i64");             \
        IS_REFUSED(apply(&layer, x, nodes, fewer), TG_ERR_SHAPE, name, "as many edges");           \
        tg_tensor *bad = apply(&layer, x, nodes, beyond);                                          \
        double got[8];                                                                             \
        ck_assert_int_eq(tg_get(bad, got, 4), TG_ERR_INDEX);                                       \
        contract_note(name, "an edge to nowhere", BAD_INDEX, NULL);                                \
        remember();                                                                                \
    } while (0)

START_TEST(graphs)
{
    const tg_gcn gcn = tg_gcn_new(store, "gcn", 3, 2), no_gcn = { NULL, NULL };
    const tg_sage sage = tg_sage_new(store, "sage", 3, 2), no_sage = { NULL, NULL, NULL };
    const tg_gat gat = tg_gat_new(store, "gat", 3, 2), no_gat = { .heads = 1 };
    tg_tensor *nodes = tg_input(tape, "nodes", TG_I64, TG_SHAPE(2));
    tg_tensor *fewer = tg_input(tape, "fewer", TG_I32, TG_SHAPE(1));
    tg_tensor *beyond = tg_constant(tape, TG_I64, TG_SHAPE(2), ((int64_t[]){ 0, 2 }));
    REFUSES_GRAPH(tg_gcn_apply, gcn, no_gcn, "tg_gcn_apply");
    REFUSES_GRAPH(tg_sage_apply, sage, no_sage, "tg_sage_apply");
    REFUSES_GRAPH(tg_gat_apply, gat, no_gat, "tg_gat_apply");
#define NO_GRAPH(call, status_, kind, words)                                                       \
    do {                                                                                           \
        ck_assert_ptr_null((call).weight);                                                         \
        ck_assert_int_eq(tg_store_status(store), status_);                                         \
        ck_assert_msg(strstr(tg_store_error(store), words) != NULL, "%s", tg_store_error(store));  \
        contract_note("", #call, kind, NULL);                                                      \
        tg_store_clear_error(store);                                                               \
    } while (0)
    NO_GRAPH(tg_gcn_new(store, "", 3, 2), TG_ERR_ARGUMENT, BAD_ARGUMENT, "needs a name");
    NO_GRAPH(tg_gcn_new(store, "g", 0, 2), TG_ERR_SHAPE, BAD_SIZE, "0 inputs");
    NO_GRAPH(tg_sage_new(store, "", 3, 2), TG_ERR_ARGUMENT, BAD_ARGUMENT, "needs a name");
    NO_GRAPH(tg_sage_new(store, "g", 3, -2), TG_ERR_SHAPE, BAD_SIZE, "-2 outputs");
    NO_GRAPH(tg_gat_new(store, "", 3, 2), TG_ERR_ARGUMENT, BAD_ARGUMENT, "needs a name");
    NO_GRAPH(tg_gat_new(store, "g", 3, 2, .heads = 0), TG_ERR_SHAPE, BAD_SIZE, "0 heads");
    NO_GRAPH(tg_gat_new(store, "g", 3, 2, .slope = HUGE_VAL), TG_ERR_ARGUMENT, BAD_ARGUMENT,
             "slope = inf");
    NO_GRAPH(tg_coupling_new(store, "", 3, 2).out, TG_ERR_ARGUMENT, BAD_ARGUMENT, "needs a name");
    NO_GRAPH(tg_coupling_new(store, "g", 1, 2).out, TG_ERR_SHAPE, BAD_SIZE, "a width of 1");
    NO_GRAPH(tg_coupling_new(store, "g", 3, 2, .limit = 0).out, TG_ERR_ARGUMENT, BAD_ARGUMENT,
             "limit = 0");
    ck_assert_ptr_null(tg_coupling_new(NULL, "g", 3, 2).out.weight);
    contract_note("", "tg_coupling_new(NULL)", BAD_NULL, NULL);
    const tg_coupling flow = tg_coupling_new(store, "flow", 3, 2), no_flow = { .width = 3 };
    remember();
    IS_SILENT(tg_coupling_apply(&flow, NULL, NULL));
    IS_REFUSED(tg_coupling_apply(NULL, x, NULL), TG_ERR_ARGUMENT, "tg_coupling_apply", "make it");
    IS_REFUSED(tg_coupling_apply(&no_flow, x, NULL), TG_ERR_ARGUMENT, "tg_coupling_apply",
               "make it");
    IS_REFUSED(tg_coupling_apply(&flow, stale, NULL), TG_ERR_STATE, "tg_coupling_apply", "stale");
    IS_REFUSED(tg_coupling_apply(&flow, y, NULL), TG_ERR_SHAPE, "tg_coupling_apply", "[rows, 3]");
    IS_REFUSED(tg_coupling_apply(&flow, narrow, NULL), TG_ERR_DTYPE, "tg_coupling_apply", "f64");
    IS_SILENT(tg_coupling_invert(&flow, NULL));
    IS_REFUSED(tg_coupling_invert(&no_flow, x), TG_ERR_ARGUMENT, "tg_coupling_invert", "make it");
    IS_REFUSED(tg_coupling_invert(&flow, stale), TG_ERR_STATE, "tg_coupling_invert", "stale");
    IS_REFUSED(tg_coupling_invert(&flow, y), TG_ERR_SHAPE, "tg_coupling_invert", "[rows, 3]");
    IS_REFUSED(tg_coupling_invert(&flow, narrow), TG_ERR_DTYPE, "tg_coupling_invert", "f64");
    ck_assert_ptr_null(tg_gcn_new(NULL, "g", 3, 2).weight);
    ck_assert_ptr_null(tg_sage_new(NULL, "g", 3, 2).weight);
    ck_assert_ptr_null(tg_gat_new(NULL, "g", 3, 2).weight);
    contract_note("", "tg_gcn_new(NULL)", BAD_NULL, NULL);
    contract_note("", "tg_sage_new(NULL)", BAD_NULL, NULL);
    contract_note("", "tg_gat_new(NULL)", BAD_NULL, NULL);
}
END_TEST

TCase *errors_layers(void)
{
    TCase *cases = tcase_create("layers");
    tcase_add_checked_fixture(cases, open_operands, close_operands);
    tcase_add_test(cases, layers);
    tcase_add_test(cases, graphs);
    return cases;
}
