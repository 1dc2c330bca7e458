/* test_sam.c: gradients at the worst point nearby. */
#include "trajectory.h"

static int passes[2];

static tg_tensor *loss_of(void *context, tg_tape *of, int pass)
{
    (void)of;
    ck_assert_ptr_eq(context, passes);
    passes[pass]++;
    return make_loss();
}

static void plain_sam(problem *p)
{
    double norm = 0, at[ALL];
    for (int i = 0; i < ALL; i++) norm += p->g[i] * p->g[i];
    for (int i = 0; i < ALL; i++) at[i] = p->w[i] + 0.1 * p->g[i] / sqrt(norm);
    for (int i = 0; i < ALL; i++) {
        const double g = at[i] * at[i] * at[i] - pull[i];
        p->a[i] = 0.9 * p->a[i] + g;
        p->w[i] -= 0.01 * p->a[i];
    }
}
static tg_updates record_sam(tg_tensor *loss)
{
    (void)loss;
    const tg_sam_result sam = tg_sam(tape, loss_of, passes, .rho = 0.1);
    ck_assert_uint_eq(sam.grads.count, 2);
    return tg_sgd(.wrt = sam.wrt, .grads = sam.grads, .lr = 0.01, .momentum = 0.9);
}

START_TEST(sam_takes_gradients_uphill)
{
    const trajectory path = { "sam", record_sam, plain_sam };
    memset(passes, 0, sizeof passes);
    follow(&path, 1e-12);
    ck_assert(passes[0] == 1 && passes[1] == 1);
}
END_TEST

static tg_tensor *flat(void *context, tg_tape *of, int pass)
{
    (void)context, (void)of, (void)pass;
    return tg_sum(tg_mul_num(tg_read(tape, weight), 0));
}

START_TEST(sam_stays_where_the_gradient_is_0)
{
    const tg_sam_result sam = tg_sam(tape, flat, NULL, .params = "layer.weight");
    ck_no_error();
    ck_values(sam.grads.node[0], WEIGHTS, (const double[]){ 0, 0, 0 });
    ck_values(tg_read(tape, weight), WEIGHTS, start); /* no longer that point */
}
END_TEST

static tg_tensor *nothing(void *context, tg_tape *of, int pass)
{
    return pass == *(const int *)context ? NULL : loss_of(passes, of, pass);
}

START_TEST(sam_without_a_loss_is_an_error)
{
    const int pass = _i;
    const tg_sam_result sam = tg_sam(tape, nothing, (void *)(uintptr_t)&pass);
    ck_says("tg_sam: the function gave no loss");
    ck_assert(!sam.loss && sam.grads.count == 0 && sam.wrt.count == 0);
    tg_tape_clear_error(tape);
    ck_values(tg_read(tape, weight), WEIGHTS, start);
    ck_refused(tg_sam(tape, NULL, NULL).loss, TG_ERR_ARGUMENT, "the function is NULL");
    ck_refused(tg_sam(tape, loss_of, passes, .rho = 0).loss, TG_ERR_ARGUMENT, "rho = 0");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sam");
    TCase *cases = tcase_create("sam");
    tcase_add_checked_fixture(cases, open_problem, close_tape);
    tcase_add_test(cases, sam_takes_gradients_uphill);
    tcase_add_test(cases, sam_stays_where_the_gradient_is_0);
    tcase_add_loop_test(cases, sam_without_a_loss_is_an_error, 0, 2);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}
