/* test_text.c: what the library prints, says, writes and reads does not depend on the locale. It
 * needs one with a decimal comma: an installed one, or one that localedef makes. */
#include "tests/support/folder.h"
#include "tests/support/suite.h"

#include <tapegrad.h>

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *comma; /* the locale's name */
static bool made; /* into that folder */
static locale_t threads_locale;

/* Sets the program's locale. Only here is the folder looked at: with it, glibc's newlocale leaks.
 */
static bool set(const char *name)
{
    if (made) (void)setenv("LOCPATH", folder, 1);
    const bool done = setlocale(LC_ALL, name);
    if (made) (void)unsetenv("LOCPATH");
    return done;
}

static bool has_comma(const char *name)
{
    const bool found = set(name) && strcmp(localeconv()->decimal_point, ",") == 0;
    (void)setlocale(LC_ALL, "C");
    if (found) comma = name;
    return found;
}

static bool find_locale(void)
{
    static const char *const names[] = { "de_DE.UTF-8", "de_DE.utf8",  "fr_FR.UTF-8",
                                         "de_DE",       "ru_RU.UTF-8", "es_ES.UTF-8" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (has_comma(names[i])) return true;
    char command[160];
    if (!new_folder()) return false;
    (void)snprintf(command, sizeof command,
                   "localedef -i de_DE -f UTF-8 %s/de_DE.UTF-8 >/dev/null 2>&1", folder);
    made = system(command) == 0;
    return made && has_comma("de_DE.UTF-8");
}

/* ---- The fixture: the program's locale, or the thread's --------------------------------- */

static tg_store *store;
static tg_tape *tape;
static tg_tensor *x;
static FILE *out;
static char text[16384];
static tg_error error;

static void enter(int which)
{
    ck_assert(set(comma));
    if (which == 0) return;
    threads_locale = duplocale(LC_GLOBAL_LOCALE);
    ck_assert(threads_locale != (locale_t)0);
    (void)setlocale(LC_ALL, "C");
    (void)uselocale(threads_locale);
}

/* The locale is as it was, whatever was called. */
static void leave(int which)
{
    char number[8];
    (void)snprintf(number, sizeof number, "%g", 0.5);
    ck_assert_str_eq(number, "0,5");
    if (which == 0) ck_assert(uselocale((locale_t)0) == LC_GLOBAL_LOCALE);
    else ck_assert(uselocale((locale_t)0) == threads_locale);
}

static void open_tape(void)
{
    store = tg_store_new(.dtype = TG_F64);
    tape = tg_tape_new(store);
    x = tg_constant(tape, TG_F64, TG_SHAPE(2), ((double[]){ 0.5, 1.25 }));
    out = tmpfile();
    ck_assert_ptr_nonnull(out);
}

static void close_tape(void)
{
    (void)setlocale(LC_ALL, "C");
    (void)uselocale(LC_GLOBAL_LOCALE);
    if (threads_locale) freelocale(threads_locale);
    threads_locale = (locale_t)0;
    tg_tape_free(tape);
    tg_store_free(store);
    fclose(out);
}

/* All that was printed. */
static const char *printed(void)
{
    fflush(out);
    rewind(out);
    text[fread(text, 1, sizeof text - 1, out)] = 0;
    rewind(out);
    return text;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static void ck_says(const char *said, const char *words)
{
    ck_assert_msg(strstr(said, words) != NULL, "\"%s\" is not in: %s", words, said);
    for (const char *p = said; *p; p++)
        ck_assert_msg(!(*p == ',' && p > said && is_digit(p[-1]) && is_digit(p[1])), "%s", said);
}

/* ---- What is printed -------------------------------------------------------------------- */

START_TEST(text_of_the_users_has_a_point_too)
{
    enter(_i);
    ck_assert_int_eq(tg_format(text, sizeof text, "%.2f and %s", 2.5, "more"), 13);
    ck_assert_str_eq(text, "2.50 and more");
    ck_assert_int_eq(tg_error_set(&error, TG_HERE, TG_ERR_NUMERIC, "%g is too much", 1.5),
                     TG_ERR_NUMERIC);
    ck_assert_int_eq(error.status, TG_ERR_NUMERIC);
    ck_says(error.text, "test_text.c:");
    ck_says(error.text, ": 1.5 is too much");
    ck_assert_int_eq(tg_error_set(NULL, TG_HERE, TG_ERR_IO, "nobody listens"), TG_ERR_IO);
    ck_assert_int_eq(tg_error_set(&error, (tg_site){ 0 }, TG_ERR_IO, "no place"), TG_ERR_IO);
    ck_assert_str_eq(error.text, "no place");
    leave(_i);
}
END_TEST

START_TEST(values_tapes_and_plans_are_printed_with_a_point)
{
    tg_tensor *y = tg_mul_num(tg_pad(x, 0, 1, 1, 0, 0.75), 2.5);
    tg_plan *plan = tg_compile(tape, y);
    tg_run(plan);
    enter(_i);
    tg_print(x, out);
    ck_says(printed(), "[0.5, 1.25]");
    tg_dump(tape, out);
    ck_says(printed(), "number 2.5");
    ck_assert_ptr_nonnull(strstr(text, "value=0.75"));
    tg_draw(tape, out);
    ck_says(printed(), "number 2.5");
    tg_plan_print(plan, out);
    ck_says(printed(), " 2.5");
    tg_plan_draw(plan, out);
    ck_says(printed(), "digraph");
    leave(_i);
    tg_plan_free(plan);
}
END_TEST

START_TEST(a_progress_bar_has_a_point)
{
    tg_progress bar = { .out = out, .total = 100, .always = true };
    enter(_i);
    for (int i = 0; i < 100; i++) tg_progress_step(&bar, "loss %.4f", 0.0625);
    ck_says(printed(), "loss 0.0625");
    /* So slow that the rate has a fraction. */
    bar.total = 3;
    for (int i = 0; i < 3; i++) {
        (void)nanosleep(&(struct timespec){ .tv_nsec = 20 * 1000 * 1000 }, NULL);
        tg_progress_step(&bar, NULL);
    }
    const char *rate = strstr(printed(), "/s");
    ck_assert_msg(rate && rate - text > 2 && rate[-2] == '.', "%s", text);
    leave(_i);
}
END_TEST

/* ---- What is said ----------------------------------------------------------------------- */

START_TEST(errors_have_a_point)
{
    enter(_i);
    tg_dropout(x, 1.5, "k", true);
    ck_says(tg_tape_error(tape), "p = 1.5");
    tg_tape_clear_error(tape);
    tg_fail(tape, TG_HERE, TG_ERR_ARGUMENT, "mine: %g, %.2f and %e", 0.5, 1e6, 1.5);
    ck_says(tg_tape_error(tape), "mine: 0.5, 1000000.00 and 1.5");
    tg_tape_clear_error(tape);
    tg_param(store, "w", TG_SHAPE(2), tg_init_normal(0, -0.5));
    ck_says(tg_store_error(store), "-0.5");
    tg_store_clear_error(store);
    tg_store_fail(store, TG_HERE, TG_ERR_ARGUMENT, "mine: %*.3f, %s", 8, 1.5, "1.5");
    ck_says(tg_store_error(store), "mine:    1.500, 1.5");
    tg_store_clear_error(store);
    tg_array labels;
    ck_assert_int_eq(tg_array_new(&labels, TG_I32, TG_SHAPE(4), NULL), TG_OK);
    const tg_dataset data = { .x = labels, .y = labels };
    tg_dataset train, test;
    ck_assert_int_eq(tg_split_stratified(&data, &train, &test, &error, .fraction = 1.5),
                     TG_ERR_ARGUMENT);
    ck_says(error.text, ".fraction is 1.5");
    tg_array_free(&labels);
    leave(_i);
}
END_TEST

/* The user's text and wide characters are none of our business. */
START_TEST(only_numbers_are_changed)
{
    enter(_i);
    tg_fail(tape, TG_HERE, TG_ERR_ARGUMENT, "1,5 %s %ls %g", "0,5", L"\u00e4", 2.5);
    ck_assert_msg(strstr(tg_tape_error(tape), "1,5 0,5 \u00e4 2.5") != NULL, "%s",
                  tg_tape_error(tape));
    leave(_i);
}
END_TEST

/* ---- What is written and read ------------------------------------------------------------ */

static size_t read_file(const char *path, char *into, size_t room)
{
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    const size_t size = fread(into, 1, room, file);
    fclose(file);
    return size;
}

START_TEST(files_are_the_same)
{
    static char plain[4096], here[4096];
    char path[] = "/tmp/tapegrad-XXXXXX";
    const int descriptor = mkstemp(path);
    ck_assert_int_ge(descriptor, 0);
    (void)close(descriptor);
    tg_var *w = tg_param(store, "w", TG_SHAPE(1200), tg_init_constant(1234567.5));
    tg_store_set_step(store, 1234567);
    ck_assert_int_eq(tg_save(store, path, &error), TG_OK);
    const size_t size = read_file(path, plain, sizeof plain);
    enter(_i);
    ck_assert_int_eq(tg_save(store, path, &error), TG_OK);
    ck_assert_uint_eq(read_file(path, here, sizeof here), size);
    ck_assert_mem_eq(plain, here, size);
    ck_assert_int_eq(tg_var_set(w, (double[1200]){ 0 }, 1200), TG_OK);
    ck_assert_int_eq(tg_load(store, path, &error), TG_OK);
    double back[1200];
    ck_assert_int_eq(tg_var_get(w, back, 1200), TG_OK);
    ck_assert(back[1199] == 1234567.5 && tg_store_step(store) == 1234567);

    FILE *csv = fopen(path, "w");
    ck_assert_ptr_nonnull(csv);
    ck_assert_int_ge(fputs("0.5,0.12345678901234567890,1.5e-30\n", csv), 0);
    ck_assert_int_eq(fclose(csv), 0);
    tg_array array;
    ck_assert_msg(tg_read_csv(&array, path, &error, .dtype = TG_F64) == TG_OK, "%s", error.text);
    ck_assert_int_eq(array.shape.dim[1], 3);
    ck_assert(((double *)array.data)[1] == 0.12345678901234567890);
    ck_assert(((double *)array.data)[2] == 1.5e-30);
    tg_array_free(&array);
    leave(_i);
    (void)unlink(path);
}
END_TEST

int main(void)
{
    if (!find_locale()) {
        printf("no locale with a decimal comma is installed, nor can localedef make one\n");
        (void)delete_folder();
        return 77;
    }
    Suite *suite = suite_create("text");
    TCase *cases = tcase_create("a decimal comma");
    tcase_add_checked_fixture(cases, open_tape, close_tape);
    tcase_add_loop_test(cases, text_of_the_users_has_a_point_too, 0, 2);
    tcase_add_loop_test(cases, values_tapes_and_plans_are_printed_with_a_point, 0, 2);
    tcase_add_loop_test(cases, a_progress_bar_has_a_point, 0, 2);
    tcase_add_loop_test(cases, errors_have_a_point, 0, 2);
    tcase_add_loop_test(cases, only_numbers_are_changed, 0, 2);
    tcase_add_loop_test(cases, files_are_the_same, 0, 2);
    suite_add_tcase(suite, cases);
    const int result = run_suite(suite);
    (void)delete_folder();
    return result;
}
