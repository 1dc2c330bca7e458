/* number.c: decimal text to double. Most numbers in files have few digits, and are exact after one
 * multiplication or division by a power of ten (Clinger, "How to read floating point numbers
 * accurately", 1990). The others are converted by strtod under the C locale. */
#include "io/number.h"

#include "autograd/text.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A parsed number: mantissa * 10^exponent, if [exact]. */
typedef struct decimal {
    bool negative, exact; /* exact: the mantissa has all digits */
    uint64_t mantissa;
    int64_t exponent;
} decimal;

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static const char *read_digits(const char *p, const char *end, bool fraction, decimal *number)
{
    for (; p < end && is_digit(*p); p++) {
        if (number->mantissa > (UINT64_MAX - 9) / 10) {
            number->exact = number->exact && *p == '0';
            number->exponent += !fraction;
        } else {
            number->mantissa = number->mantissa * 10 + (uint64_t)(*p - '0');
            number->exponent -= fraction;
        }
    }
    return p;
}

/* Parses [e [+-] digits]. NULL if no digit follows an e. */
static const char *read_exponent(const char *p, const char *end, decimal *number)
{
    enum { LARGEST = 1000000 }; /* far beyond any double, and far from an overflow of int */
    if (p == end || (*p != 'e' && *p != 'E')) return p;
    p++;
    const bool negative = p < end && *p == '-';
    if (p < end && (*p == '+' || *p == '-')) p++;
    if (p == end || !is_digit(*p)) return NULL;
    int64_t exponent = 0;
    for (; p < end && is_digit(*p); p++)
        if (exponent < LARGEST) exponent = exponent * 10 + (*p - '0');
    number->exponent += negative ? -exponent : exponent;
    return p;
}

/* Parses the text. False if it is not one decimal number. */
static bool scan(const char *p, const char *end, decimal *number)
{
    *number = (decimal){ .exact = true };
    number->negative = p < end && *p == '-';
    if (p < end && (*p == '+' || *p == '-')) p++;
    const char *whole = p;
    p = read_digits(p, end, false, number);
    ptrdiff_t digits = p - whole;
    if (p < end && *p == '.') {
        const char *fraction = p + 1;
        p = read_digits(fraction, end, true, number);
        digits += p - fraction;
    }
    if (digits == 0) return false;
    p = read_exponent(p, end, number);
    return p == end;
}

/* Computes the value if a double holds mantissa and power exactly, so that only one operation
 * rounds. Else false. */
static bool clinger(const decimal *number, double *value)
{
    static const double power[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
    if (FLT_EVAL_METHOD != 0 || !number->exact || number->mantissa > (uint64_t)1 << 53 ||
        number->exponent < -22 || number->exponent > 22)
        return false;
    const double mantissa = (double)number->mantissa;
    *value = number->exponent < 0 ? mantissa / power[-number->exponent]
                                  : mantissa * power[number->exponent];
    if (number->negative) *value = -*value;
    return true;
}

/* strtod uses the thread's locale; so this thread uses the C locale during the call. */
static tg__number_kind slow(tg__numbers *numbers, const char *text, const char *end, double *value)
{
    const int before = errno;
    if (!numbers->c_locale) numbers->c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!numbers->c_locale) {
        errno = before;
        return TG_NUMBER_NO_MEMORY;
    }
    char *stop;
    const locale_t callers = uselocale(numbers->c_locale);
    *value = strtod(text, &stop);
    (void)uselocale(callers);
    errno = before;
    if (stop != end) return TG_NUMBER_BAD;
    return isinf(*value) ? TG_NUMBER_HUGE : TG_NUMBER;
}

static bool is_word(const char *p, const char *end, const char *word)
{
    for (; p < end && *word; p++, word++)
        if ((*p | 0x20) != *word) return false; /* | 0x20 makes letters lower case */
    return p == end && !*word;
}

static bool read_nonfinite(const char *p, const char *end, double *value)
{
    const bool negative = p < end && *p == '-';
    if (p < end && (*p == '+' || *p == '-')) p++;
    if (is_word(p, end, "nan")) *value = (double)NAN;
    else if (is_word(p, end, "inf") || is_word(p, end, "infinity")) *value = (double)INFINITY;
    else return false;
    if (negative) *value = -*value;
    return true;
}

tg__number_kind tg__number_read(tg__numbers *numbers, const char *text, size_t length,
                                double *value)
{
    const char *end = text + length;
    decimal number;
    if (!scan(text, end, &number))
        return read_nonfinite(text, end, value) ? TG_NUMBER_NONFINITE : TG_NUMBER_BAD;
    return clinger(&number, value) ? TG_NUMBER : slow(numbers, text, end, value);
}

/* ---- Writing ------------------------------------------------------------------------ */

static void format(char out[TG__NUMBER_ROOM], const char *text, ...) TG_PRINTF(2, 3);
static void format(char out[TG__NUMBER_ROOM], const char *text, ...)
{
    va_list list;
    va_start(list, text);
    (void)tg__vformat(out, TG__NUMBER_ROOM, text, list);
    va_end(list);
}

bool tg__number_write(tg__numbers *numbers, double value, bool single, char out[TG__NUMBER_ROOM])
{
    if (!isfinite(value)) {
        strcpy(out, isnan(value) ? "nan" : value < 0 ? "-inf" : "inf");
        return true;
    }
    /* A number of DBL_DIG digits survives a conversion to double and back, so the search begins
     * there; subnormals have fewer digits. */
    const bool normal = fabs(value) >= (single ? (double)FLT_MIN : DBL_MIN);
    const int most = single ? FLT_DECIMAL_DIG : DBL_DECIMAL_DIG;
    for (int digits = !normal ? 1 : single ? FLT_DIG : DBL_DIG; digits <= most; digits++) {
        double back;
        format(out, "%.*g", digits, value);
        const tg__number_kind kind = tg__number_read(numbers, out, strlen(out), &back);
        if (kind == TG_NUMBER_NO_MEMORY) return false;
        if (kind == TG_NUMBER && (single ? (float)back == (float)value : back == value)) break;
    }
    return true;
}

void tg__numbers_free(tg__numbers *numbers)
{
    if (numbers->c_locale) freelocale(numbers->c_locale);
    numbers->c_locale = (locale_t)0;
}
