/* errors_layers.c: bad input to layers, metrics, optimizers and schedules. What they say
 * of their own rules stands in test_nn.c, test_linear.c, test_optim_use.c and test_schedule.c; here
 * they are given what no function may take. */
#include "bad_input.h"

static tg_tensor *labels, *loss;

static void open_layers(void)
{
    open_operands();
    labels = tg_input(tape, "labels", TG_I64, TG_SHAPE(2));
    loss = tg_sum(tg_mul(x, tg_read(tape, weight)));
    leaves_nodes = true;
    length = tg_tape_length(tape);
}

/* ---- Layers ----------------------------------------------------------------------------- */

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

/* ---- Metrics ---------------------------------------------------------------------------- */

START_TEST(metrics)
{
    IS_SILENT(tg_accuracy(NULL, labels));
    IS_SILENT(tg_accuracy(x, NULL));
    IS_REFUSED(tg_accuracy(stale, labels), TG_ERR_STATE, "tg_", "stale");
    IS_REFUSED(tg_accuracy(foreign, labels), TG_ERR_ARGUMENT, "tg_", "another tape");
    IS_REFUSED(tg_accuracy(x, integer), TG_ERR_SHAPE, "tg_accuracy", "labels");
    IS_SILENT(tg_correct(NULL, labels));
    IS_SILENT(tg_correct(x, NULL));
    IS_REFUSED(tg_correct(stale, labels), TG_ERR_STATE, "tg_", "stale");
    IS_REFUSED(tg_correct(foreign, labels), TG_ERR_ARGUMENT, "tg_", "another tape");
    IS_REFUSED(tg_correct(x, vector), TG_ERR_DTYPE, "tg_correct", "i32 or i64");
}
END_TEST

/* ---- Optimizers ------------------------------------------------------------------------- */

/* An optimizer records before all of its options are known to be good; the tape with an error on
 * it runs nothing, so only assignments and variables count. */
#define NO_UPDATES(call, status, name, words)                                                      \
    do {                                                                                           \
        const tg_updates none = (call);                                                            \
        ck_assert(!none.tape && none.count == 0);                                                  \
        ck_assert_msg(tg_tape_status(tape) == status, "%s: %s", #call, tg_tape_error(tape));       \
        ck_says(name);                                                                             \
        ck_says(words);                                                                            \
        contract_note(tried, #call, contract_kind(status, tg_tape_error(tape)),                    \
                      tg_tape_error(tape));                                                        \
        ck_assert_uint_eq(tg_assign_count(tape), assignments);                                     \
        ck_assert_uint_eq(tg_var_count(store), variables);                                         \
        tg_tape_clear_error(tape);                                                                 \
        tg_tape_clear_error(foreign_tape);                                                         \
        FAIL_FIRST();                                                                              \
        ck_assert_ptr_null((call).tape);                                                           \
        ck_says(FIRST_ERROR);                                                                      \
        contract_note(tried, #call, BAD_AFTER, NULL);                                              \
        tg_tape_clear_error(tape);                                                                 \
    } while (0)

typedef struct options {
    tg_tensor *loss, *lr_at;
    double lr;
} options;

#define OPTIMIZER(name)                                                                            \
    static tg_updates name##_with(tg_site at, options o)                                           \
    {                                                                                              \
        return tg_##name##_with((tg_##name##_args){                                                \
            .call = { at, o.lr_at ? "" : ".lr" }, .loss = o.loss, .lr = o.lr, .lr_at = o.lr_at }); \
    }
OPTIMIZER(gd)
OPTIMIZER(sgd)
OPTIMIZER(adagrad)
OPTIMIZER(rmsprop)
OPTIMIZER(adadelta)
OPTIMIZER(adam)
static tg_updates adamw_with(tg_site at, options o)
{
    return tg_adamw_with((tg_adam_args){
        .call = { at, o.lr_at ? "" : ".lr" }, .loss = o.loss, .lr = o.lr, .lr_at = o.lr_at });
}

typedef struct optimizer {
    const char *name;
    tg_updates (*function)(tg_site at, options o);
} optimizer;
static const optimizer optimizers[] = {
    { "tg_gd", gd_with },           { "tg_sgd", sgd_with },   { "tg_adagrad", adagrad_with },
    { "tg_rmsprop", rmsprop_with }, { "tg_adam", adam_with }, { "tg_adadelta", adadelta_with },
    { "tg_adamw", adamw_with },
};
#define STEP(...) f->function(TG_HERE, (options){ __VA_ARGS__ })

START_TEST(steps_down_what_is_no_loss)
{
    const optimizer *f = &optimizers[_i];
    tried = f->name;
    ck_assert_ptr_null(STEP(NULL, .lr = 0.1).tape);
    contract_note(tried, "STEP(NULL)", BAD_NULL, NULL);
    ck_no_error();
    NO_UPDATES(STEP(stale, .lr = 0.1), TG_ERR_STATE, f->name, "stale");
    NO_UPDATES(STEP(x, .lr = 0.1), TG_ERR_SHAPE, f->name, "has 6 elements");
    NO_UPDATES(STEP(integer, .lr = 0.1), TG_ERR_DTYPE, f->name, "not i32");
    NO_UPDATES(STEP(number, .lr = 0.1), TG_ERR_ARGUMENT, f->name, "weight");
    NO_UPDATES(STEP(loss, .lr = -1), TG_ERR_ARGUMENT, f->name, "lr = -1");
    NO_UPDATES(STEP(loss, .lr = (double)NAN), TG_ERR_ARGUMENT, f->name, "lr = nan");
    NO_UPDATES(STEP(loss, .lr = (double)INFINITY), TG_ERR_ARGUMENT, f->name, "lr = inf");
    NO_UPDATES(STEP(loss, .lr_at = x), TG_ERR_SHAPE, f->name, ".lr_at must be one");
    NO_UPDATES(STEP(loss, .lr_at = integer), TG_ERR_SHAPE, f->name, "of rank 2");
    tg_tensor *theirs = tg_number(foreign_tape, 0.1);
    NO_UPDATES(STEP(loss, .lr_at = theirs), TG_ERR_ARGUMENT, "tg_", "another tape");
    tg_updates good = STEP(loss, .lr = 0.1);
    ck_assert_msg(good.tape == tape && good.count > 0, "%s", tg_tape_error(tape));
    ck_assert_int_eq(tg_commit(tape), TG_OK);
}
END_TEST

START_TEST(a_stale_loss_of_one_element)
{
    const optimizer *f = &optimizers[_i];
    tried = f->name;
    tg_rewind(tape);
    x = tg_input(tape, "x", TG_F64, TG_SHAPE(2, 3));
    assignments = tg_assign_count(tape);
    NO_UPDATES(STEP(loss, .lr = 0.1), TG_ERR_STATE, "tg_", "stale");
}
END_TEST

START_TEST(accumulating_and_clipping)
{
    tg_tensor *list[] = { x, NULL }, *out[] = { x, x };
    tried = "tg_accumulate";
    ck_assert_ptr_null(tg_accumulate(NULL).tape);
    contract_note("", "tg_accumulate(NULL)", BAD_NULL, NULL);
    NO_UPDATES(tg_accumulate(x), TG_ERR_SHAPE, "tg_accumulate", "one number");
    NO_UPDATES(tg_accumulate(integer), TG_ERR_DTYPE, "tg_accumulate", "not i32");
    NO_UPDATES(tg_accumulate(stale), TG_ERR_STATE, "tg_accumulate", "stale");
    tried = NULL;
    IS_SILENT(tg_accumulated(NULL));
    IS_REFUSED(tg_accumulated(tape), TG_ERR_STATE, "tg_accumulated",
               "no parameter has accumulated");
    IS_SILENT(tg_global_norm(2, list));
    IS_REFUSED(tg_global_norm(1, (tg_tensor *[]){ stale }), TG_ERR_STATE, "tg_", "stale");
    IS_REFUSED(tg_global_norm(2, (tg_tensor *[]){ x, foreign }), TG_ERR_ARGUMENT, "tg_", "another");
    IS_REFUSED(tg_global_norm(1, (tg_tensor *[]){ integer }), TG_ERR_DTYPE, "tg_global_norm",
               "tensor 0 is i32");
    ACCEPTS(tg_global_norm(0, NULL) == NULL);
    ACCEPTS(tg_global_norm(2, NULL) == NULL);
    IS_SILENT(tg_clip_norm(2, NULL, 1, out));
    IS_SILENT(tg_clip_norm(2, list, 1, out));
    IS_REFUSED(tg_clip_norm(1, (tg_tensor *[]){ stale }, 1, out), TG_ERR_STATE, "tg_", "stale");
    IS_REFUSED(tg_clip_norm(2, (tg_tensor *[]){ x, foreign }, 1, out), TG_ERR_ARGUMENT, "tg_",
               "anot");
    IS_REFUSED(tg_clip_norm(1, list, 0, out), TG_ERR_ARGUMENT, "tg_clip_norm", "limit = 0");
    IS_REFUSED(tg_clip_norm(1, list, (double)NAN, out), TG_ERR_ARGUMENT, "tg_clip_norm", "nan");
}
END_TEST

START_TEST(schedules)
{
    IS_SILENT(tg_constant_lr(NULL));
    IS_SILENT(tg_step_lr(NULL, .every = 1));
    IS_SILENT(tg_exponential_lr(NULL, .gamma = 0.5));
    IS_SILENT(tg_cosine_lr(NULL, .steps = 5));
    IS_REFUSED(tg_constant_lr(tape, .base = -1), TG_ERR_ARGUMENT, "tg_constant_lr", "base = -1");
    IS_REFUSED(tg_constant_lr(tape, .warmup = INT64_MIN), TG_ERR_ARGUMENT, "tg_constant_lr",
               "warmup");
    IS_REFUSED(tg_step_lr(tape, .every = 0), TG_ERR_ARGUMENT, "tg_step_lr", "every = 0");
    IS_REFUSED(tg_step_lr(tape, .every = 1, .gamma = -1), TG_ERR_ARGUMENT, "tg_step_lr",
               "gamma = -1");
    IS_REFUSED(tg_exponential_lr(tape, .gamma = (double)NAN), TG_ERR_ARGUMENT, "tg_exponential_lr",
               "gamma = nan");
    IS_REFUSED(tg_cosine_lr(tape, .steps = 0), TG_ERR_ARGUMENT, "tg_cosine_lr", "steps = 0");
    IS_REFUSED(tg_cosine_lr(tape, .steps = INT64_MIN), TG_ERR_ARGUMENT, "tg_cosine_lr",
               "steps = -9");
}
END_TEST

TCase *errors_layers(void)
{
    TCase *cases = tcase_create("layers");
    tcase_add_checked_fixture(cases, open_layers, close_operands);
    tcase_add_test(cases, layers);
    tcase_add_test(cases, metrics);
    tcase_add_loop_test(cases, steps_down_what_is_no_loss, 0, COUNT_OF(optimizers));
    tcase_add_loop_test(cases, a_stale_loss_of_one_element, 0, COUNT_OF(optimizers));
    tcase_add_test(cases, accumulating_and_clipping);
    tcase_add_test(cases, schedules);
    return cases;
}
