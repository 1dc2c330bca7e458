/* test_flat.c: variables as one vector, and a loss as a function of it. */
#include "tests/support/failing_allocator.h"
#include "tests/support/recorded.h"

static tg_var *a, *b, *bias;

/* Three parameters, of 2, 3 and 1 elements, and a state between them. */
static void make_variables(void)
{
    a = tg_param(store, "net.a", TG_SHAPE(2), tg_init_constant(1));
    ck_assert_ptr_nonnull(tg_state(store, "net.count", TG_I64, TG_SCALAR, 0));
    b = tg_param(store, "net.b", TG_SHAPE(1, 3), tg_init_constant(2));
    bias = tg_param(store, "head.bias", TG_SCALAR, tg_init_constant(3));
}

static void open_flat(void)
{
    open_tape();
    make_variables();
}

/* sum(a^3) + sum(b^2), without the bias. */
static tg_tensor *make_loss(void)
{
    tg_tensor *first = tg_sum(tg_pow_num(tg_read(tape, a), 3));
    return tg_add(first, tg_sum(tg_square(tg_read(tape, b))));
}

/* ---- Vectors -----------------------------------------------------------------------------------
 */

START_TEST(elements_stand_in_the_order_of_the_store)
{
    tg_flat flat = tg_flat_new(store);
    ck_assert_uint_eq(flat.count, 3);
    ck_assert_int_eq(flat.total, 6);
    ck_assert(flat.var[0] == a && flat.var[1] == b && flat.var[2] == bias);
    ck_assert(flat.offset[0] == 0 && flat.offset[1] == 2 && flat.offset[2] == 5);
    double x[6];
    ck_assert_int_eq(tg_flat_get(&flat, x), TG_OK);
    ck_assert(x[0] == 1 && x[1] == 1 && x[2] == 2 && x[4] == 2 && x[5] == 3);
    for (int i = 0; i < 6; i++) x[i] = i + 0.5;
    ck_assert_int_eq(tg_flat_set(&flat, x), TG_OK);
    double of_b[3], of_bias;
    ck_assert_int_eq(tg_var_get(b, of_b, 3), TG_OK);
    ck_assert_int_eq(tg_var_get(bias, &of_bias, 1), TG_OK);
    ck_assert(of_b[0] == 2.5 && of_b[1] == 3.5 && of_b[2] == 4.5 && of_bias == 5.5);
    tg_flat_free(&flat);
    ck_assert(!flat.var && !flat.memory && flat.total == 0);
    tg_flat_free(&flat);
    tg_flat_free(NULL);
}
END_TEST

START_TEST(names_and_lists_choose)
{
    tg_flat net = tg_flat_new(store, .params = "net"),
            rest = tg_flat_new(store, .except = "b, bias");
    ck_assert(net.count == 2 && net.var[1] == b && net.total == 5);
    ck_assert(rest.count == 1 && rest.var[0] == a && rest.total == 2);
    tg_var *list[] = { bias, a };
    tg_flat listed = tg_flat_new(store, .vars = list, .var_count = 2);
    list[0] = NULL; /* it is copied */
    ck_assert(listed.count == 2 && listed.var[0] == bias && listed.offset[1] == 1);
    ck_assert_int_eq(listed.total, 3);
    tg_freeze(store, "net");
    tg_flat thawed = tg_flat_new(store);
    ck_assert(thawed.count == 1 && thawed.var[0] == bias);
    tg_flat_free(&net);
    tg_flat_free(&rest);
    tg_flat_free(&listed);
    tg_flat_free(&thawed);
}
END_TEST

START_TEST(narrow_variables_take_the_nearest_numbers)
{
    tg_store *wide = store;
    store = tg_store_new(.dtype = TG_F32);
    make_variables();
    tg_var *state = tg_state(store, "wide", TG_F64, TG_SHAPE(2), 0.1);
    tg_var *const list[] = { a, state };
    tg_flat flat = tg_flat_new(store, .vars = list, .var_count = 2);
    const double x[4] = { 0.1, 1 / 3.0, 0.1, 1 / 3.0 };
    double back[4];
    ck_assert_int_eq(tg_flat_set(&flat, x), TG_OK);
    ck_assert_int_eq(tg_flat_get(&flat, back), TG_OK);
    ck_assert(back[0] == (double)0.1f && back[1] == (double)(float)x[1]);
    ck_assert(back[2] == 0.1 && back[3] == x[3]);
    tg_flat_free(&flat);
    tg_store_free(store);
    store = wide;
}
END_TEST

static void ck_no_flat(tg_flat flat, int line, const char *words)
{
    ck_assert(!flat.memory && !flat.var && flat.count == 0 && flat.total == 0);
    ck_assert_int_eq(tg_store_status(store), TG_ERR_ARGUMENT);
    ck_assert_msg(strstr(tg_store_error(store), "tg_flat_new: ") &&
                      strstr(tg_store_error(store), words),
                  "%s", tg_store_error(store));
    ck_assert(names_place(tg_store_error(store), __FILE__, line));
    tg_store_clear_error(store);
}
#define NO_FLAT(flat, words) ck_no_flat(flat, __LINE__, words)

START_TEST(what_is_no_list_of_variables_is_refused)
{
    tg_store *other = tg_store_new();
    tg_var *const twice[] = { a, b, a }, *const none[] = { a, NULL };
    tg_var *const foreign[] = { tg_param(other, "f", TG_SCALAR, tg_init_zeros()) };
    tg_var *const whole[] = { tg_find(store, "net.count") };
    NO_FLAT(tg_flat_new(store, .params = "nothing"), "no trainable parameter");
    NO_FLAT(tg_flat_new(store, .params = "net", .except = "a, b"), "no trainable parameter");
    NO_FLAT(tg_flat_new(store, .vars = twice, .var_count = 3),
            ".vars[2], \"net.a\", is named twice");
    NO_FLAT(tg_flat_new(store, .vars = none, .var_count = 2), ".vars[1], \"\", is NULL");
    NO_FLAT(tg_flat_new(store, .vars = foreign, .var_count = 1), "is of another store");
    NO_FLAT(tg_flat_new(store, .vars = whole, .var_count = 1), "must be f32 or f64");
    NO_FLAT(tg_flat_new(store, .vars = twice), ".var_count is 0");
    NO_FLAT(tg_flat_new(store, .var_count = 2), ".vars is NULL");
    NO_FLAT(tg_flat_new(store, .vars = twice, .var_count = 1, .params = "net"), "both given");
    ck_assert_ptr_null(tg_flat_new(NULL).memory);
    const tg_flat empty = { 0 };
    double x = 0;
    ck_assert_int_eq(tg_flat_get(NULL, &x), TG_ERR_ARGUMENT);
    ck_assert_int_eq(tg_flat_get(&empty, &x), TG_ERR_ARGUMENT);
    ck_assert_int_eq(tg_flat_set(NULL, &x), TG_ERR_ARGUMENT);
    ck_assert_int_eq(tg_flat_set(&empty, &x), TG_ERR_ARGUMENT);
    tg_flat flat = tg_flat_new(store);
    ck_assert_int_eq(tg_flat_get(&flat, NULL), TG_ERR_ARGUMENT);
    ck_assert_int_eq(tg_flat_set(&flat, NULL), TG_ERR_ARGUMENT);
    tg_flat_free(&flat);
    tg_store_free(other);
}
END_TEST

/* ---- Functions ---------------------------------------------------------------------------------
 */

START_TEST(a_loss_is_a_function_of_its_parameters)
{
    tg_tensor *loss = make_loss();
    tg_objective *f = tg_objective_new(loss);
    ck_no_error();
    ck_assert_int_eq(tg_objective_flat(f)->total, 6);
    const double x[6] = { 1, 2, 3, 4, 5, 6 };
    const double want[6] = { 3, 12, 6, 8, 10, 0 }; /* no path leads to the bias */
    double value, gradient[6], held[6];
    ck_assert_int_eq(tg_objective_value(f, x, &value, gradient), TG_OK);
    ck_assert(value == 1 + 8 + 9 + 16 + 25);
    for (int i = 0; i < 6; i++) ck_assert(gradient[i] == want[i]);
    ck_assert_int_eq(tg_flat_get(tg_objective_flat(f), held), TG_OK);
    ck_assert_mem_eq(held, x, sizeof x);

    ck_assert_int_eq(tg_objective_value(f, (const double[]){ 2, 0, 0, 0, 1, 6 }, &value, NULL),
                     TG_OK);
    ck_assert(value == 9);
    ck_assert_int_eq(tg_objective_value(f, NULL, &value, gradient), TG_OK);
    ck_assert(value == 9 && gradient[0] == 12 && gradient[4] == 2);
    tg_objective_free(f);
    tg_objective_free(NULL);
}
END_TEST

START_TEST(a_loss_in_f32_is_one_too)
{
    enum { N = 300 };
    tg_store *wide_store = store;
    tg_tape *wide_tape = tape;
    store = tg_store_new(.dtype = TG_F32);
    tape = tg_tape_new(store);
    tg_var *many = tg_param(store, "many", TG_SHAPE(N), tg_init_zeros());
    tg_objective *f = tg_objective_new(tg_sum(tg_square(tg_read(tape, many))));
    double x[N], gradient[N], value, sum = 0;
    for (int i = 0; i < N; i++) x[i] = i % 8 - 3;
    for (int i = 0; i < N; i++) sum += x[i] * x[i];
    for (int times = 0; times < 2; times++) { /* what lies beside its buffer is still there */
        ck_assert_int_eq(tg_objective_value(f, x, &value, gradient), TG_OK);
        ck_assert(value == sum);
        for (int i = 0; i < N; i++) ck_assert(gradient[i] == 2 * x[i]);
    }
    tg_objective_free(f);
    tg_tape_free(tape);
    tg_store_free(store);
    store = wide_store;
    tape = wide_tape;
}
END_TEST

START_TEST(an_evaluation_moves_nothing_but_the_parameters)
{
    tg_tensor *noise = tg_normal(tape, "noise", TG_F64, TG_SHAPE(2), 0, 1);
    tg_tensor *loss = tg_sum(tg_mul(tg_read(tape, a), noise));
    tg_var *seen = tg_state(store, "seen", TG_F64, TG_SCALAR, 0);
    tg_assign(seen, tg_add_num(tg_read(tape, seen), 1));
    tg_objective *f = tg_objective_new(loss, .params = "net.a");
    double first, again, gradient[2], state;
    ck_assert_int_eq(tg_objective_value(f, NULL, &first, gradient), TG_OK);
    ck_assert_int_eq(tg_objective_value(f, NULL, &again, NULL), TG_OK);
    ck_assert(first == again && first == gradient[0] + gradient[1]);
    ck_assert_int_eq(tg_store_step(store), 0);
    ck_assert_int_eq(tg_var_get(seen, &state, 1), TG_OK);
    ck_assert(state == 0);
    tg_objective_free(f);
}
END_TEST

START_TEST(what_is_no_loss_is_refused)
{
    tg_tensor *loss = make_loss();
    const size_t nodes = tg_tape_length(tape);
    ck_refused(tg_objective_new(tg_read(tape, a)), TG_ERR_SHAPE,
               "tg_objective_new: the loss must be one number");
    tg_tensor *whole = tg_cast(loss, TG_I64);
    ck_refused(tg_objective_new(whole), TG_ERR_DTYPE, "not i64");
    ck_refused(tg_objective_new(loss, .params = "x"), TG_ERR_ARGUMENT, "no trainable parameter");
    ck_refused(tg_objective_new(loss, .threads = 0), TG_ERR_ARGUMENT, "threads");
    ck_assert_uint_eq(tg_tape_length(tape), nodes + 1); /* the cast */
    ck_assert_ptr_null(tg_objective_new(NULL));
    ck_assert_ptr_null(tg_objective_flat(NULL));
    double value = 7;
    ck_assert_int_eq(tg_objective_value(NULL, NULL, &value, NULL), TG_ERR_ARGUMENT);
    tg_objective *f = tg_objective_new(loss);
    ck_assert_int_eq(tg_objective_value(f, NULL, NULL, NULL), TG_ERR_ARGUMENT);
    tg_rewind(tape);
    ck_assert_int_eq(tg_objective_value(f, NULL, &value, NULL), TG_ERR_STATE);
    ck_assert(value == 7);
    tg_objective_free(f);
}
END_TEST

/* Until all of it is made; what was recorded is gone then, and the memory is free. */
START_TEST(any_allocation_may_fail)
{
    failing_allocator heap = { .calls = 0 };
    const tg_allocator allocator = failing_interface(&heap);
    close_tape();
    store = tg_store_new(.dtype = TG_F64, .allocator = &allocator);
    tape = tg_tape_new(store);
    make_variables();
    tg_tensor *loss = make_loss();
    int failed = 0;
    for (size_t at = 1;; at++) {
        const size_t nodes = tg_tape_length(tape);
        heap.fail_at = heap.calls + at;
        tg_objective *f = tg_objective_new(loss);
        tg_flat flat = f ? tg_flat_new(store) : (tg_flat){ 0 };
        const bool reached = heap.calls >= heap.fail_at;
        heap.fail_at = 0;
        if (!f) {
            ck_assert_int_eq(tg_tape_status(tape), TG_ERR_MEMORY);
            ck_assert_uint_eq(tg_tape_length(tape), nodes);
            tg_tape_clear_error(tape);
        } else if (!flat.memory) {
            ck_assert_int_eq(tg_store_status(store), TG_ERR_MEMORY);
            tg_store_clear_error(store);
        }
        failed += !f || !flat.memory;
        tg_flat_free(&flat);
        tg_objective_free(f);
        if (!reached) break;
    }
    ck_assert_int_gt(failed, 5);
    close_tape();
    ck_assert_uint_eq(heap.live, 0);
    open_tape();
}
END_TEST

static Suite *flat_suite(void)
{
    Suite *suite = suite_create("flat");
    TCase *cases = tcase_create("flat");
    tcase_add_checked_fixture(cases, open_flat, close_tape);
    tcase_add_test(cases, elements_stand_in_the_order_of_the_store);
    tcase_add_test(cases, names_and_lists_choose);
    tcase_add_test(cases, narrow_variables_take_the_nearest_numbers);
    tcase_add_test(cases, what_is_no_list_of_variables_is_refused);
    tcase_add_test(cases, a_loss_is_a_function_of_its_parameters);
    tcase_add_test(cases, a_loss_in_f32_is_one_too);
    tcase_add_test(cases, an_evaluation_moves_nothing_but_the_parameters);
    tcase_add_test(cases, what_is_no_loss_is_refused);
    tcase_add_test(cases, any_allocation_may_fail);
    suite_add_tcase(suite, cases);
    return suite;
}

int main(void) { return run_suite(flat_suite()); }
