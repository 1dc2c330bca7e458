/* test_number.c: decimal text to double, in io/number.c. */
#include "tests/support/random.h"
#include "tests/support/suite.h"
#include "io_files.h"
#include "io/number.h"

#include <math.h>

START_TEST(numbers_are_rounded_as_strtod_rounds_them)
{
    static const char *const texts[] = {
        "0", "-0", "1", "0.1", "3.141592653589793", "9007199254740993",
        "123456789012345678901234567890", "1e22", "1e23", "-1e-22", "1e-23",
        "2.2250738585072011e-308", "4.9e-324", "1e-400", "1e308", "1.7976931348623157e308",
        "0.30000000000000004", "8.41e21", "100000000000000000000000",
        "0.000000000000000000000000000001", "5e-1", "1.", ".5", "00012", "0e999999999999",
        "9223372036854775808.5", "7.0000000000000000000000000000000000000000000000001",
    };
    tg__numbers numbers = { 0 };
    double value;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const double expected = strtod(texts[i], NULL);
        ck_assert_int_eq(tg__number_read(&numbers, texts[i], strlen(texts[i]), &value), TG_NUMBER);
        ck_assert_msg(memcmp(&value, &expected, sizeof value) == 0, "%s: %.17g", texts[i], value);
    }
    uint64_t state = 1;
    for (int64_t i = 0; i < scaled(100000); i++) {
        char text[64];
        state = state * 6364136223846793005u + 1442695040888963407u;
        const double scale = pow(10, (double)(int)(state >> 59) - 16);
        const double number = ((double)(state >> 11) - 0x1p52) * scale * 1e-12;
        (void)snprintf(text, sizeof text, "%.*g", (int)(state >> 33 & 15) + 2, number);
        const double expected = strtod(text, NULL);
        ck_assert_int_eq(tg__number_read(&numbers, text, strlen(text), &value), TG_NUMBER);
        ck_assert_msg(value == expected, "%s: %.17g", text, value);
    }
    tg__numbers_free(&numbers);
}
END_TEST

START_TEST(what_is_no_number_is_told_from_what_is)
{
    static const char *const bad[] = {
        "",      "+",     "-",      ".",   "-.",      "e5",        "1e",    "1e+",
        "1e5.5", "1.2.3", "--1",    "+-1", "0x10",    "1f",        "1_000", "1 2",
        "na",    "nann",  "nan(1)", "in",  "infinit", "infinityy", "1,5",   "one",
    };
    tg__numbers numbers = { 0 };
    double value;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ck_assert_msg(tg__number_read(&numbers, bad[i], strlen(bad[i]), &value) == TG_NUMBER_BAD,
                      "%s", bad[i]);
    ck_assert_int_eq(tg__number_read(&numbers, "1e309", 5, &value), TG_NUMBER_HUGE);
    ck_assert_int_eq(tg__number_read(&numbers, "-1e99999999999", 14, &value), TG_NUMBER_HUGE);
    ck_assert_int_eq(tg__number_read(&numbers, "NaN", 3, &value), TG_NUMBER_NONFINITE);
    ck_assert(isnan(value));
    ck_assert_int_eq(tg__number_read(&numbers, "-Infinity", 9, &value), TG_NUMBER_NONFINITE);
    ck_assert(isinf(value) && value < 0);
    tg__numbers_free(&numbers);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("number");
    TCase *numbers = tcase_create("numbers");
    tcase_add_test(numbers, numbers_are_rounded_as_strtod_rounds_them);
    tcase_add_test(numbers, what_is_no_number_is_told_from_what_is);
    suite_add_tcase(suite, numbers);
    return run_suite(suite);
}
