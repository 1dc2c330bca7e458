/* test_emit.c: what tg_emit_c refuses, what its options do, what is in the files. */
#include "tests/support/recorded.h"

#include "tests/emit/emitted.h"

#include <sys/stat.h>

static tg_error error;
static tg_plan *plan;
static tg_tensor *x, *y;

static void open_plan(void)
{
    open_tape();
    make_folder();
    tg_var *w = tg_param(store, "layer.w", TG_SHAPE(3), tg_init_constant(2.5));
    x = tg_input(tape, "x", TG_F64, TG_SHAPE(3));
    y = tg_mul(x, tg_read(tape, w));
    plan = tg_compile(tape, y);
    ck_no_error();
    error = (tg_error){ 0 };
}

static void close_plan(void)
{
    tg_plan_free(plan);
    plan = NULL;
    close_tape();
    remove_folder();
}

static bool exists(const char *name)
{
    struct stat about;
    return stat(path_to(name), &about) == 0;
}

/* The whole file. */
static const char *text_of(const char *name)
{
    static char text[1 << 16];
    FILE *file = fopen(path_to(name), "r");
    ck_assert_msg(file != NULL, "%s is not there", name);
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    (void)fclose(file);
    return text;
}

/* The call fails with that status and words, names this file, and writes nothing. */
#define FAILS(call, want, words)                                                                   \
    do {                                                                                           \
        error = (tg_error){ 0 };                                                                   \
        ck_assert_int_eq((call), want);                                                            \
        ck_assert_int_eq(error.status, want);                                                      \
        ck_assert_msg(strstr(error.text, words), "\"%s\" is not in: %s", words, error.text);       \
        ck_assert_msg(strstr(error.text, "test_emit.c:"), "no place in: %s", error.text);          \
        ck_assert(!exists("step.c") && !exists("step.h"));                                         \
        ck_assert(!exists("step.c.new") && !exists("step.h.new"));                                 \
        ck_no_error();                                                                             \
    } while (0)

START_TEST(bad_arguments_are_refused)
{
    FAILS(tg_emit_c(NULL, "step", folder, .error = &error), TG_ERR_ARGUMENT, "the plan is NULL");
    static const char *const names[] = {
        NULL,  "",  "2step", "a b", "a-b",
        "a/b", "ä", "a.c",   "int", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        FAILS(tg_emit_c(plan, names[i], folder, .error = &error), TG_ERR_ARGUMENT, "no name");
    FAILS(tg_emit_c(plan, "step", "", .error = &error), TG_ERR_ARGUMENT, "path is empty");
    FAILS(tg_emit_c(plan, "step", path_to("no/such/folder"), .error = &error), TG_ERR_IO,
          "No such file");
    ck_assert_int_eq(tg_emit_c(plan, "1"), TG_ERR_ARGUMENT); /* without a place for the message */
    ck_assert_int_eq(tg_emit_c_with(NULL), TG_ERR_ARGUMENT);
}
END_TEST

START_TEST(a_naive_plan_is_refused)
{
    tg_plan *naive = tg_compile(tape, y, .naive = true);
    FAILS(tg_emit_c(naive, "step", folder, .error = &error), TG_ERR_UNSUPPORTED, "naive");
    tg_plan_free(naive);
}
END_TEST

START_TEST(a_tape_that_is_gone_is_refused)
{
    tg_rewind(tape);
    FAILS(tg_emit_c(plan, "step", folder, .error = &error), TG_ERR_STATE, "rewound");
}
END_TEST

START_TEST(a_file_that_is_there_is_replaced)
{
    ck_assert_int_eq(tg_emit_c(plan, "step", folder), TG_OK);
    FILE *file = fopen(path_to("step.c"), "w");
    ck_assert_ptr_nonnull(file);
    (void)fclose(file);
    ck_assert_int_eq(tg_emit_c(plan, "step", folder), TG_OK);
    ck_assert_ptr_nonnull(strstr(text_of("step.c"), "int step_run(step *s)"));
    ck_assert(!exists("step.c.new"));
}
END_TEST

START_TEST(the_same_plan_gives_the_same_file)
{
    static char first[1 << 16];
    ck_assert_int_eq(tg_emit_c(plan, "step", folder), TG_OK);
    strcpy(first, text_of("step.c"));
    ck_assert_int_eq(tg_emit_c(plan, "step", folder), TG_OK);
    ck_assert_str_eq(first, text_of("step.c"));
}
END_TEST

/* A variable that nothing assigns is a constant, or a member; with its value, or without. */
START_TEST(options_say_where_variables_are)
{
    ck_assert_int_eq(tg_emit_c(plan, "flash", folder), TG_OK);
    ck_assert_ptr_nonnull(strstr(text_of("flash.c"), "static const double constant_layer_w[3]"));
    ck_assert_ptr_nonnull(strstr(text_of("flash.c"), "0x1.4p+1"));
    ck_assert_ptr_null(strstr(text_of("flash.h"), "layer_w"));
    ck_assert_int_eq(tg_emit_c(plan, "ram", folder, .variables = true), TG_OK);
    ck_assert_ptr_nonnull(strstr(text_of("ram.h"), "double layer_w[3]"));
    ck_assert_ptr_nonnull(strstr(text_of("ram.c"), "initial_layer_w"));
    ck_assert_int_eq(tg_emit_c(plan, "bare", folder, .no_weights = true), TG_OK);
    ck_assert_ptr_nonnull(strstr(text_of("bare.h"), "double layer_w[3]"));
    ck_assert_ptr_nonnull(strstr(text_of("bare.h"), "fill in the variables"));
    ck_assert_ptr_null(strstr(text_of("bare.c"), "0x1.4p+1"));
    emitted flash = { .name = "flash" }, ram = { .name = "ram" }, bare = { .name = "bare" };
    emitted *all[] = { &flash, &ram, &bare };
    load_emitted(all, 3, "");
    double *w = data_of(&bare, member_of(&bare, "var", "layer.w", 0));
    for (int i = 0; i < 3; i++) ck_assert(w[i] == 0), w[i] = 4;
    for (int k = 0; k < 3; k++) {
        double *in = data_of(all[k], member_of(all[k], "in", "x", 0));
        for (int i = 0; i < 3; i++) in[i] = i - 1;
        ck_assert_int_eq(all[k]->run(all[k]->s), 0);
        const double *out = data_of(all[k], member_of(all[k], "out", NULL, 0));
        for (int i = 0; i < 3; i++) ck_assert(out[i] == (k == 2 ? 4 : 2.5) * (i - 1));
        free_emitted(all[k]);
    }
}
END_TEST

/* Nothing but what C99 and its mathematics have. */
START_TEST(the_file_needs_nothing_else)
{
    ck_assert_int_eq(tg_emit_c(plan, "step", folder), TG_OK);
    const char *text = text_of("step.c");
    static const char *const never[] = {
        "malloc", "printf", "stdio", "stdlib", "tg_", "tapegrad.h"
    };
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        ck_assert_msg(!strstr(text, never[i]), "%s is in the file", never[i]);
    ck_assert_ptr_nonnull(strstr(text, "__FAST_MATH__"));
    ck_assert_ptr_nonnull(strstr(text, "FLT_EVAL_METHOD"));
    ck_assert_ptr_nonnull(strstr(text, "test_emit.c:"));
    char command[512];
    (void)snprintf(command, sizeof command,
                   "cd %s && %s -std=c99 -ffast-math -c step.c -o step.o 2>messages", folder,
                   emitting_compiler());
    ck_assert_int_ne(system(command), 0);
    ck_assert_ptr_nonnull(strstr(text_of("messages"), "-ffast-math"));
}
END_TEST

/* ---- Names, steps, operations of the user's ---------------------------------------------- */

START_TEST(names_are_those_of_c_and_unlike_each_other)
{
    tg_tensor *a = tg_input(tape, "int", TG_F64, TG_SHAPE(2));
    tg_tensor *b = tg_input(tape, "a.b", TG_F64, TG_SHAPE(2));
    tg_tensor *c = tg_input(tape, "a b", TG_F64, TG_SHAPE(2));
    tg_tensor *d = tg_input(tape, "3", TG_F64, TG_SHAPE(2));
    tg_plan *all = tg_compile(tape, tg_add(tg_add(a, b), tg_mul(c, d)), a, a);
    ck_assert_int_eq(tg_emit_c(all, "step", folder), TG_OK);
    emitted file = { .name = "step" };
    load_emitted((emitted *[]){ &file }, 1, "");
    ck_assert_ptr_nonnull(member_of(&file, "in", "int_", 0));
    ck_assert_ptr_nonnull(member_of(&file, "in", "a_b", 0));
    ck_assert_ptr_nonnull(member_of(&file, "in", "a_b_2", 0));
    ck_assert_ptr_nonnull(member_of(&file, "in", "v_3", 0));
    double *in = data_of(&file, member_of(&file, "in", "int_", 0));
    in[0] = 5, in[1] = 6;
    ck_assert_int_eq(file.run(file.s), 0);
    for (int i = 0; i < 3; i++) { /* an input that is kept is copied */
        const double *out = data_of(&file, member_of(&file, "out", NULL, i));
        ck_assert(out[0] == 5 && out[1] == 6);
    }
    free_emitted(&file);
    tg_plan_free(all);
}
END_TEST

static tg_status shift_run(const tg_call *k)
{
    const double by = *(const double *)k->attr;
    for (int64_t i = 0; i < k->out.count; i++)
        ((double *)k->out.data)[i] = ((const double *)k->in[0].data)[i] + by;
    return TG_OK;
}

START_TEST(an_operation_of_the_users_is_a_function_to_supply)
{
    tg_op *shift = tg_op_new(store, "shift", shift_run, .dtype = TG_F64, .arity = 1,
                             .no_gradient = "it is a test");
    const double by = 0.75;
    tg_tensor *z = tg_apply(shift, TG_LIST(y), &by, sizeof by);
    ck_no_error();
    tg_plan *shifted = tg_compile(tape, tg_square(z));
    ck_assert_int_eq(tg_emit_c(shifted, "step", folder, .error = &error), TG_OK);
    FILE *own = fopen(path_to("own.c"), "w");
    ck_assert_ptr_nonnull(own);
    fputs("#include \"step.h\"\n"
          "int step_shift(const int32_t *shapes, const void *attributes, const double *in0, double "
          "*out)\n"
          "{ int i; if (in0[0] > 100) return 77;\n"
          "for (i = 0; i < shapes[1]; i++) out[i] = in0[i] + *(const double *)attributes;\n"
          "return 0; }\n",
          own);
    (void)fclose(own);
    emitted file = { .name = "step" };
    load_emitted((emitted *[]){ &file }, 1, "");
    double *in = data_of(&file, member_of(&file, "in", "x", 0));
    for (int i = 0; i < 3; i++) in[i] = i;
    ck_assert_int_eq(file.run(file.s), 0);
    const double *out = data_of(&file, member_of(&file, "out", NULL, 0));
    for (int i = 0; i < 3; i++) ck_assert(out[i] == (2.5 * i + 0.75) * (2.5 * i + 0.75));
    in[0] = 1000;
    ck_assert_int_eq(file.run(file.s), 77);
    free_emitted(&file);
    tg_plan_free(shifted);
}
END_TEST

/* A product of plain matrices, which the program supplies. */
START_TEST(products_may_be_supplied)
{
    tg_tensor *a = tg_input(tape, "a", TG_F64, TG_SHAPE(5, 7)),
              *b = tg_input(tape, "b", TG_F64, TG_SHAPE(6, 7));
    tg_plan *product = tg_compile(tape, tg_matmul(a, tg_transpose(b)));
    ck_assert_int_eq(tg_emit_c(product, "step", folder), TG_OK);
    FILE *own = fopen(path_to("own.c"), "w");
    ck_assert_ptr_nonnull(own);
    fputs(
        "#include \"step.h\"\n"
        "void step_product_f64(const double *a, const double *b, double *c, const int32_t *s, int "
        "batch, int m, int n, int k);\n"
        "void step_product_f64(const double *a, const double *b, double *c, const int32_t *s, int "
        "batch, int m, int n, int k)\n"
        "{ int i, j, p; if (batch != 0 || m != 1 || n != 1 || k != 1) return;\n"
        "for (i = 0; i < s[0]; i++) for (j = 0; j < s[3]; j++) { *c = 1000;\n"
        "for (p = 0; p < s[6]; p++) *c += a[i * s[1] + p * s[7]] * b[j * s[5] + p * s[8]];\n"
        "c++; } }\n",
        own);
    (void)fclose(own);
    emitted file = { .name = "step" };
    load_emitted((emitted *[]){ &file }, 1, "-DSTEP_PRODUCTS");
    double *x_in = data_of(&file, member_of(&file, "in", "a", 0));
    double *y_in = data_of(&file, member_of(&file, "in", "b", 0));
    for (int i = 0; i < 35; i++) x_in[i] = i % 5;
    for (int i = 0; i < 42; i++) y_in[i] = i % 3;
    ck_assert_int_eq(file.run(file.s), 0);
    const double *out = data_of(&file, member_of(&file, "out", NULL, 0));
    for (int i = 0; i < 5; i++)
        for (int j = 0; j < 6; j++) {
            double want = 1000;
            for (int p = 0; p < 7; p++) want += x_in[7 * i + p] * y_in[7 * j + p];
            ck_assert(out[6 * i + j] == want);
        }
    free_emitted(&file);
    tg_plan_free(product);
}
END_TEST

/* Two products whose loops are the same, though one operand is repeated along the batch. */
START_TEST(products_of_one_structure_share_a_function)
{
    tg_tensor *a = tg_input(tape, "a", TG_F64, TG_SHAPE(2, 4, 5));
    tg_tensor *b = tg_input(tape, "b", TG_F64, TG_SHAPE(1, 5, 6));
    tg_tensor *c = tg_input(tape, "c", TG_F64, TG_SHAPE(2, 5, 6));
    tg_tensor *repeated = tg_matmul(a, b), *own = tg_matmul(a, c);
    tg_plan *products = tg_compile(tape, repeated, own);
    double in[60];
    for (int i = 0; i < 60; i++) in[i] = i % 7 - 3;
    ck_assert_int_eq(tg_feed(a, in, 40), TG_OK);
    ck_assert_int_eq(tg_feed(b, in, 30), TG_OK);
    ck_assert_int_eq(tg_feed(c, in, 60), TG_OK);
    run(products);
    ck_assert_int_eq(tg_emit_c(products, "step", folder), TG_OK);
    emitted file = { .name = "step" };
    load_emitted((emitted *[]){ &file }, 1, "");
    memcpy(data_of(&file, member_of(&file, "in", "a", 0)), in, 40 * sizeof *in);
    memcpy(data_of(&file, member_of(&file, "in", "b", 0)), in, 30 * sizeof *in);
    memcpy(data_of(&file, member_of(&file, "in", "c", 0)), in, 60 * sizeof *in);
    ck_assert_int_eq(file.run(file.s), 0);
    for (int i = 0; i < 2; i++) {
        double want[48];
        ck_assert_int_eq(tg_get(i ? own : repeated, want, 48), TG_OK);
        ck_assert_mem_eq(data_of(&file, member_of(&file, "out", NULL, i)), want, sizeof want);
    }
    free_emitted(&file);
    tg_plan_free(products);
}
END_TEST

/* A schedule reads the step, which the file counts; draws are other ones in each run. */
START_TEST(steps_and_draws_are_counted)
{
    tg_var *v = tg_state(store, "v", TG_F64, TG_SHAPE(4), 0);
    tg_tensor *noise = tg_uniform(tape, "noise", TG_F64, TG_SHAPE(4), 0, 1);
    (void)tg_assign(v, tg_add(noise, tg_step(tape)));
    tg_plan *counts = tg_compile(tape, noise);
    run(counts); /* the file goes on from here */
    ck_assert_int_eq(tg_emit_c(counts, "step", folder), TG_OK);
    emitted file = { .name = "step" };
    load_emitted((emitted *[]){ &file }, 1, "");
    for (int i = 0; i < 3; i++) {
        double want[4];
        run(counts);
        ck_assert_int_eq(file.run(file.s), 0);
        ck_assert_int_eq(tg_var_get(v, want, 4), TG_OK);
        ck_assert_mem_eq(data_of(&file, member_of(&file, "var", "v", 0)), want, sizeof want);
        ck_assert_int_eq(tg_get(noise, want, 4), TG_OK);
        ck_assert_mem_eq(data_of(&file, member_of(&file, "out", NULL, 0)), want, sizeof want);
    }
    free_emitted(&file);
    tg_plan_free(counts);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("emit");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, open_plan, close_plan);
    tcase_add_test(all, bad_arguments_are_refused);
    tcase_add_test(all, a_naive_plan_is_refused);
    tcase_add_test(all, a_tape_that_is_gone_is_refused);
    tcase_add_test(all, a_file_that_is_there_is_replaced);
    tcase_add_test(all, the_same_plan_gives_the_same_file);
    tcase_add_test(all, options_say_where_variables_are);
    tcase_add_test(all, the_file_needs_nothing_else);
    tcase_add_test(all, names_are_those_of_c_and_unlike_each_other);
    tcase_add_test(all, an_operation_of_the_users_is_a_function_to_supply);
    tcase_add_test(all, products_may_be_supplied);
    tcase_add_test(all, products_of_one_structure_share_a_function);
    tcase_add_test(all, steps_and_draws_are_counted);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
