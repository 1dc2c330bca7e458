/* errors_optimizers.c: bad input to optimizers, and to what goes around a step: accumulated
 * gradients, clipping, averages. What they say of their own rules stands in test_optimizer*.c. */
#include "tests/support/bad_input.h"

static tg_tensor *loss;

static void open_loss(void)
{
    open_operands();
    loss = tg_sum(tg_mul(x, tg_read(tape, weight)));
}

#define NO_UPDATES(call, status, name, words)                                                      \
    do {                                                                                           \
        remember();                                                                                \
        const tg_updates none = (call);                                                            \
        ck_assert(!none.tape && none.count == 0);                                                  \
        ck_error(#call, __FILE__, __LINE__, status, name, words);                                  \
        FAIL_FIRST();                                                                              \
        ck_assert_ptr_null((call).tape);                                                           \
        ck_first_error_stays(#call, name);                                                         \
    } while (0)

typedef struct options {
    tg_tensor *loss, *lr_at;
    double lr;
} options;

#define OPTIMIZER(name, type, DEFAULTS)                                                            \
    static tg_updates name##_with(tg_site at, options o)                                           \
    {                                                                                              \
        type args = { DEFAULTS, .at = at, .loss = o.loss, .lr_at = o.lr_at };                      \
        if (!o.lr_at) args.lr = o.lr;                                                              \
        return tg_##name##_with(&args);                                                            \
    }
OPTIMIZER(gd, tg_gd_args, TG_GD_DEFAULTS)
OPTIMIZER(sgd, tg_sgd_args, TG_SGD_DEFAULTS)
OPTIMIZER(adagrad, tg_adagrad_args, TG_ADAGRAD_DEFAULTS)
OPTIMIZER(rmsprop, tg_rmsprop_args, TG_RMSPROP_DEFAULTS)
OPTIMIZER(adadelta, tg_adadelta_args, TG_ADADELTA_DEFAULTS)
OPTIMIZER(adam, tg_adam_args, TG_ADAM_DEFAULTS)
OPTIMIZER(adamw, tg_adam_args, TG_ADAMW_DEFAULTS)
OPTIMIZER(adamax, tg_adamax_args, TG_ADAMAX_DEFAULTS)
OPTIMIZER(nadam, tg_nadam_args, TG_NADAM_DEFAULTS)
OPTIMIZER(radam, tg_radam_args, TG_RADAM_DEFAULTS)
OPTIMIZER(adan, tg_adan_args, TG_ADAN_DEFAULTS)
OPTIMIZER(lamb, tg_lamb_args, TG_LAMB_DEFAULTS)
OPTIMIZER(lion, tg_lion_args, TG_LION_DEFAULTS)
OPTIMIZER(rprop, tg_rprop_args, TG_RPROP_DEFAULTS)
OPTIMIZER(muon, tg_muon_args, TG_MUON_DEFAULTS)
OPTIMIZER(schedule_free_sgd, tg_schedule_free_sgd_args, TG_SCHEDULE_FREE_SGD_DEFAULTS)
OPTIMIZER(schedule_free_adamw, tg_schedule_free_adamw_args, TG_SCHEDULE_FREE_ADAMW_DEFAULTS)

typedef struct optimizer {
    const char *name;
    tg_updates (*function)(tg_site at, options o);
} optimizer;
static const optimizer optimizers[] = {
    { "tg_gd", gd_with },
    { "tg_sgd", sgd_with },
    { "tg_adagrad", adagrad_with },
    { "tg_rmsprop", rmsprop_with },
    { "tg_adam", adam_with },
    { "tg_adadelta", adadelta_with },
    { "tg_adamw", adamw_with },
    { "tg_adamax", adamax_with },
    { "tg_nadam", nadam_with },
    { "tg_radam", radam_with },
    { "tg_adan", adan_with },
    { "tg_lamb", lamb_with },
    { "tg_lion", lion_with },
    { "tg_rprop", rprop_with },
    { "tg_muon", muon_with },
    { "tg_schedule_free_sgd", schedule_free_sgd_with },
    { "tg_schedule_free_adamw", schedule_free_adamw_with },
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
    ck_assert_int_eq(tg_feed(x, values, 6), TG_OK);
    NO_UPDATES(STEP(loss, .lr = 0.1), TG_ERR_STATE, "tg_", "stale");
}
END_TEST

/* An optimizer has recorded its learning rate when it comes to these, and may have made states. */
START_TEST(options_of_optimizers)
{
    const double nan = (double)NAN;
    tried = NULL;
    NO_UPDATES(tg_gd(loss, .weight_decay = -1), TG_ERR_ARGUMENT, "tg_gd", "weight_decay = -1");
    NO_UPDATES(tg_gd(loss, .clip_norm = -1), TG_ERR_ARGUMENT, "tg_gd", "clip_norm = -1");
    NO_UPDATES(tg_gd(loss, .params = "none"), TG_ERR_ARGUMENT, "tg_gd", ".params = \"none\"");
    NO_UPDATES(tg_sgd(loss, .momentum = 1.5), TG_ERR_ARGUMENT, "tg_sgd", "momentum = 1.5");
    NO_UPDATES(tg_sgd(loss, .dampening = nan), TG_ERR_ARGUMENT, "tg_sgd", "dampening = nan");
    NO_UPDATES(tg_sgd(loss, .nesterov = true), TG_ERR_ARGUMENT, "tg_sgd", ".nesterov needs");
    NO_UPDATES(tg_sgd(loss, .form = (tg_momentum_form)9), TG_ERR_ARGUMENT, "tg_sgd", ".form");
    NO_UPDATES(tg_adagrad(loss, .eps = -1), TG_ERR_ARGUMENT, "tg_adagrad", "eps = -1");
    NO_UPDATES(tg_rmsprop(loss, .rho = 1), TG_ERR_ARGUMENT, "tg_rmsprop", "rho = 1");
    NO_UPDATES(tg_rmsprop(loss, .momentum = -1), TG_ERR_ARGUMENT, "tg_rmsprop", "momentum = -1");
    NO_UPDATES(tg_rmsprop(loss, .eps = nan), TG_ERR_ARGUMENT, "tg_rmsprop", "eps = nan");
    NO_UPDATES(tg_adadelta(loss, .rho = 1), TG_ERR_ARGUMENT, "tg_adadelta", "rho = 1");
    NO_UPDATES(tg_adadelta(loss, .eps = -1), TG_ERR_ARGUMENT, "tg_adadelta", "eps = -1");
    NO_UPDATES(tg_adam(loss, .beta1 = 1), TG_ERR_ARGUMENT, "tg_adam", "beta1 = 1");
    NO_UPDATES(tg_adam(loss, .beta2 = -0.5), TG_ERR_ARGUMENT, "tg_adam", "beta2 = -0.5");
    NO_UPDATES(tg_adam(loss, .eps = nan), TG_ERR_ARGUMENT, "tg_adam", "eps = nan");
    NO_UPDATES(tg_adamw(loss, .beta1 = 1), TG_ERR_ARGUMENT, "tg_adamw", "beta1 = 1");
    NO_UPDATES(tg_adamw(loss, .weight_decay = nan), TG_ERR_ARGUMENT, "tg_adamw", "= nan");
    char name[1100];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = 0;
    NO_UPDATES(tg_adam(loss, .state = name), TG_ERR_ARGUMENT, "tg_adam", "longer than 1023");
    NO_UPDATES(tg_accumulate(loss, .state = name), TG_ERR_ARGUMENT, "tg_accumulate", "longer");
}
END_TEST

/* A parameter more, and a state of it that is not what the optimizer needs: found when the other
 * parameter's states have been made and assigned. */
START_TEST(a_state_of_another_shape)
{
    tg_var *more = tg_param(store, "zz", TG_SHAPE(2, 3), tg_init_constant(1));
    ck_assert_ptr_nonnull(tg_state(store, "zz.adam.v", TG_F64, TG_SHAPE(5), 0));
    tg_tensor *both = tg_add(loss, tg_sum(tg_read(tape, more)));
    remember();
    ck_assert_ptr_null(tg_adam(both).tape);
    ck_assert_int_eq(tg_tape_status(tape), TG_ERR_SHAPE);
    ck_says("tg_adam: no state \"zz.adam.v\"");
    tg_store_clear_error(store);
    ck_unchanged("tg_adam");
    ck_assert_ptr_null(tg_find(store, "weight.adam.m"));
    tg_tape_clear_error(tape);
    ck_assert_ptr_nonnull(tg_adam(both, .state = "other").tape);
    ck_assert_int_eq(tg_commit(tape), TG_OK);
}
END_TEST

START_TEST(hyper_parameters_of_another_tape)
{
    tg_tensor *theirs = tg_number(foreign_tape, 0.5);
    const char *there = "another tape";
    tried = NULL;
    NO_UPDATES(tg_gd(loss, .weight_decay_at = theirs), TG_ERR_ARGUMENT, "tg_gd", there);
    NO_UPDATES(tg_sgd(loss, .momentum_at = theirs), TG_ERR_ARGUMENT, "tg_sgd", there);
    NO_UPDATES(tg_rmsprop(loss, .rho_at = theirs), TG_ERR_ARGUMENT, "tg_rmsprop", there);
    NO_UPDATES(tg_adam(loss, .beta1_at = theirs), TG_ERR_ARGUMENT, "tg_adam", there);
    NO_UPDATES(tg_adamw(loss, .beta2_at = theirs), TG_ERR_ARGUMENT, "tg_adamw", there);
    NO_UPDATES(tg_adamax(loss, .beta1_at = theirs), TG_ERR_ARGUMENT, "tg_adamax", there);
    NO_UPDATES(tg_lion(loss, .beta1_at = theirs), TG_ERR_ARGUMENT, "tg_lion", there);
    NO_UPDATES(tg_muon(loss, .momentum_at = theirs), TG_ERR_ARGUMENT, "tg_muon", there);
    NO_UPDATES(tg_gd(loss, .wrt = TG_LIST(foreign)), TG_ERR_ARGUMENT, "tg_gd", there);
    NO_UPDATES(tg_gd(.wrt = TG_LIST(x), .grads = TG_LIST(x)), TG_ERR_ARGUMENT, "tg_gd",
               "no tg_read");
    NO_UPDATES(tg_gd(.grads = TG_LIST(x, foreign)), TG_ERR_ARGUMENT, "tg_gd", there);
    NO_UPDATES(tg_gd(.grads = TG_LIST(stale)), TG_ERR_STATE, "tg_gd", "stale");
    ck_assert_ptr_null(tg_gd(.grads = TG_LIST(x, NULL)).tape);
    ck_no_error();
}
END_TEST

static tg_tensor *given_loss(void *context, tg_tape *of, int pass)
{
    (void)of, (void)pass;
    return context;
}

static tg_status status_of(tg_status status)
{
    tg_store_clear_error(store);
    return status;
}

START_TEST(around_a_step)
{
    tried = "tg_sam";
    ck_assert_ptr_null(tg_sam(NULL, given_loss, loss).loss);
    contract_note("", "tg_sam(NULL)", BAD_NULL, NULL);
    IS_REFUSED(tg_sam(tape, NULL, loss).loss, TG_ERR_ARGUMENT, "tg_sam", "function is NULL");
    IS_REFUSED(tg_sam(tape, given_loss, loss, .rho = -1).loss, TG_ERR_ARGUMENT, "tg_sam", "rho");
    IS_REFUSED(tg_sam(tape, given_loss, foreign).loss, TG_ERR_ARGUMENT, "tg_sam", "another tape");
    IS_REFUSED(tg_sam(tape, given_loss, x).loss, TG_ERR_SHAPE, "tg_sam", "one number");
    tried = "tg_ema";
    ck_assert_ptr_null(tg_ema(NULL).tape);
    contract_note("", "tg_ema(NULL)", BAD_NULL, NULL);
    NO_UPDATES(tg_ema(tape, .decay = 1), TG_ERR_ARGUMENT, "tg_ema", "decay = 1");
    tried = "tg_swa";
    ck_assert_ptr_null(tg_swa(NULL).tape);
    contract_note("", "tg_swa(NULL)", BAD_NULL, NULL);
    NO_UPDATES(tg_swa(tape, .start = -1), TG_ERR_ARGUMENT, "tg_swa", "start = -1");
    tried = NULL;
    FAILS_HERE(tg_use_state(tape, "ema.mean"), TG_ERR_STATE, "tg_use_state",
               "no trainable parameter");
    FAILS_HERE(tg_use_state(tape, NULL), TG_ERR_ARGUMENT, "tg_use_state", "NULL");
    ck_assert_int_eq(tg_use_state(NULL, "x"), TG_ERR_ARGUMENT);
    contract_note("", "tg_use_state(NULL)", BAD_NULL, NULL);
    ck_assert_int_eq(status_of(tg_take_state(store, NULL)), TG_ERR_ARGUMENT);
    contract_note("", "tg_take_state(store, NULL)", BAD_NULL, NULL);
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
    NO_UPDATES(tg_accumulate(loss, .weight = 0), TG_ERR_ARGUMENT, "tg_accumulate", "weight = 0");
    NO_UPDATES(tg_accumulate(loss, .weight = -1), TG_ERR_ARGUMENT, "tg_accumulate", "weight = -1");
    NO_UPDATES(tg_accumulate(loss, .weight_at = x), TG_ERR_SHAPE, "tg_accumulate", "of rank 2");
    NO_UPDATES(tg_accumulate(loss, .weight = 2, .weight_at = loss), TG_ERR_ARGUMENT,
               "tg_accumulate", "both given");
    tg_tensor *theirs = tg_number(foreign_tape, 1);
    NO_UPDATES(tg_accumulate(loss, .weight_at = theirs), TG_ERR_ARGUMENT, "tg_accumulate",
               "another tape");
    tried = NULL;
    IS_REFUSED(tg_accumulated(tape), TG_ERR_STATE, "tg_accumulated",
               "no parameter has accumulated");
    IS_SILENT(tg_global_norm((tg_list){ 2, list }));
    IS_REFUSED(tg_global_norm(TG_LIST(stale)), TG_ERR_STATE, "tg_", "stale");
    IS_REFUSED(tg_global_norm(TG_LIST(x, foreign)), TG_ERR_ARGUMENT, "tg_", "another");
    IS_REFUSED(tg_global_norm(TG_LIST(integer)), TG_ERR_DTYPE, "tg_global_norm", "tensor 0 is i32");
    ACCEPTS(tg_global_norm((tg_list){ 0, NULL }) == NULL);
    ACCEPTS(tg_global_norm((tg_list){ 2, NULL }) == NULL);
    IS_SILENT(tg_clip_norm((tg_list){ 2, NULL }, 1, out));
    IS_SILENT(tg_clip_norm((tg_list){ 2, list }, 1, out));
    IS_REFUSED(tg_clip_norm(TG_LIST(stale), 1, out), TG_ERR_STATE, "tg_", "stale");
    IS_REFUSED(tg_clip_norm(TG_LIST(x, foreign), 1, out), TG_ERR_ARGUMENT, "tg_", "anot");
    IS_REFUSED(tg_clip_norm((tg_list){ 1, list }, 0, out), TG_ERR_ARGUMENT, "tg_clip_norm",
               "limit = 0");
    IS_REFUSED(tg_clip_norm((tg_list){ 1, list }, (double)NAN, out), TG_ERR_ARGUMENT,
               "tg_clip_norm", "nan");
}
END_TEST

TCase *errors_optimizers(void)
{
    TCase *cases = tcase_create("optimizers");
    tcase_add_checked_fixture(cases, open_loss, close_operands);
    tcase_add_loop_test(cases, steps_down_what_is_no_loss, 0, COUNT_OF(optimizers));
    tcase_add_loop_test(cases, a_stale_loss_of_one_element, 0, COUNT_OF(optimizers));
    tcase_add_test(cases, options_of_optimizers);
    tcase_add_test(cases, a_state_of_another_shape);
    tcase_add_test(cases, hyper_parameters_of_another_tape);
    tcase_add_test(cases, around_a_step);
    tcase_add_test(cases, accumulating_and_clipping);
    return cases;
}
