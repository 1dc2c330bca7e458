/* curves_axis.c: axes with round numbers. Ticks of a linear axis are multiples of 1, 2 or 5 times a
 * power of ten. Those of a logarithmic axis are powers of ten (or each n-th of them); if these are
 * few, also 2 and 5 times a power. */
#include "io/curves.h"

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

static void label(tg__tick *tick, const char *format, ...) TG_PRINTF(2, 3);
static void label(tg__tick *tick, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    (void)tg__vformat(tick->label, sizeof tick->label, format, list);
    va_end(list);
    /* A minus sign (U+2212), not a hyphen. */
    const size_t length = strlen(tick->label);
    if (tick->label[0] != '-' || length + 2 >= sizeof tick->label) return;
    memmove(tick->label + 3, tick->label + 1, length);
    memcpy(tick->label, "\xe2\x88\x92", 3);
}

/* Writes 10 with its exponent as superscript. */
static void label_power(tg__tick *tick, int exponent, int factor)
{
    static const char *const digits[] = { "\xe2\x81\xb0", "\xc2\xb9",     "\xc2\xb2",
                                          "\xc2\xb3",     "\xe2\x81\xb4", "\xe2\x81\xb5",
                                          "\xe2\x81\xb6", "\xe2\x81\xb7", "\xe2\x81\xb8",
                                          "\xe2\x81\xb9" };
    char plain[8], raised[24] = "";
    (void)snprintf(plain, sizeof plain, "%d", exponent);
    for (const char *p = plain; *p; p++)
        strcat(raised, *p == '-' ? "\xe2\x81\xbb" : digits[*p - '0']);
    if (factor == 1) label(tick, "10%s", raised);
    else
        label(tick,
              "%d\xc2\xb7"
              "10%s",
              factor, raised);
}

/* ---- Linear ----------------------------------------------------------------------------- */

/* Writes a number whose neighbours differ by [step], with as many digits as that needs; if all
 * numbers are thousands or millions, with k, M or G. */
static void label_linear(tg__tick *tick, double value, double step, double largest)
{
    static const struct {
        double unit;
        const char *letter;
    } units[] = { { 1e9, "G" }, { 1e6, "M" }, { 1e3, "k" } };
    if (fabs(value) < step / 2) value = 0; /* and -0 */
    if (largest >= 1e12 || step < 1e-5) {
        label(tick, "%.6g", value);
        return;
    }
    for (size_t i = 0; i < sizeof units / sizeof *units && largest >= 1e4; i++)
        if (step >= units[i].unit / 10 && largest >= units[i].unit) {
            const bool zero = value < step / 2 && value > -step / 2;
            label(tick, "%g%s", value / units[i].unit, zero ? "" : units[i].letter);
            return;
        }
    const double place = floor(log10(step) + 1e-9);
    label(tick, "%.*f", place < 0 ? (int)-place : 0, value);
}

static double round_step(double width, int wanted)
{
    const double rough = width / wanted, power = pow(10, floor(log10(rough)));
    const double digit = rough / power;
    return power * (digit < 1.414 ? 1 : digit < 3.162 ? 2 : digit < 7.071 ? 5 : 10);
}

static void make_linear(tg__axis *axis, double low, double high, int wanted)
{
    /* So that neither the width nor a multiple of the step overflows. */
    const double most = DBL_MAX / 16;
    low = fmin(fmax(low, -most), most);
    high = fmin(fmax(high, -most), most);
    /* The range is made wide enough that ticks differ in the digits shown, and the step is a normal
     * number. */
    const double size = fmax(fabs(low), fabs(high)), least = fmax(size * 1e-12, 1e-290);
    if (high - low < least) {
        const double around = size > 1e-280 ? size / 10 : 1;
        low -= around;
        high += around;
    }
    const double step = round_step(high - low, wanted);
    const double first = floor(low / step + 1e-9), last = ceil(high / step - 1e-9);
    axis->low = first * step;
    axis->high = last * step;
    for (double i = first; i <= last && axis->ticks < TG__TICKS_MOST; i++) {
        tg__tick *tick = &axis->tick[axis->ticks++];
        tick->value = i * step;
        label_linear(tick, tick->value, step, fmax(fabs(axis->low), fabs(axis->high)));
    }
}

/* ---- Logarithmic ------------------------------------------------------------------------ */

static void label_logarithmic(tg__tick *tick, int exponent, int factor)
{
    if (exponent >= -3 && exponent <= 4) label(tick, "%g", tick->value);
    else label_power(tick, exponent, factor);
}

static void add_power(tg__axis *axis, int exponent, int factor)
{
    const double value = factor * pow(10, exponent), slack = 1e-9;
    if (axis->ticks == TG__TICKS_MOST || value < axis->low * (1 - slack) ||
        value > axis->high * (1 + slack))
        return;
    tg__tick *tick = &axis->tick[axis->ticks++];
    tick->value = value;
    label_logarithmic(tick, exponent, factor);
}

/* The largest of 1, 2 and 5 times a power of ten that is <= x, or with [up] the least that is >=
 * x. */
static double round_to(double value, bool up)
{
    const double power = pow(10, floor(log10(value) + 1e-12)), digit = value / power;
    if (up) return power * (digit <= 1 + 1e-9 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
    return power * (digit < 2 ? 1 : digit < 5 ? 2 : 5);
}

static void make_logarithmic(tg__axis *axis, double low, double high, int wanted)
{
    /* So that all powers of ten in the range are normal numbers. */
    low = fmin(fmax(low, 1e-300), 1e300);
    high = fmin(fmax(high, low), 1e300);
    axis->low = round_to(low, false);
    axis->high = round_to(high, true);
    if (axis->high <= axis->low) {
        axis->low /= 10;
        axis->high *= 10;
    }
    const int first = (int)floor(log10(axis->low) + 1e-9),
              last = (int)ceil(log10(axis->high) - 1e-9);
    const int powers = last - first,
              every = 2 * powers > 3 * wanted ? (powers + wanted - 1) / wanted : 1;
    const bool few = 3 * powers <= 2 * wanted;
    for (int e = first; e <= last; e++) {
        if (e % every != 0) continue;
        add_power(axis, e, 1);
        if (few) add_power(axis, e, 2), add_power(axis, e, 5);
    }
}

/* ---- Axes ------------------------------------------------------------------------------- */

bool tg__axis_takes(bool logarithmic, double value)
{
    return isfinite(value) && (!logarithmic || value > 0);
}

void tg__axis_make(tg__axis *axis, bool logarithmic, double low, double high, int wanted)
{
    const bool empty = !(low <= high);
    axis->logarithmic = logarithmic;
    axis->ticks = 0;
    if (logarithmic) make_logarithmic(axis, empty ? 1 : low, empty ? 10 : high, wanted);
    else make_linear(axis, empty ? 0 : low, empty ? 1 : high, wanted);
}

double tg__axis_place(const tg__axis *axis, double value)
{
    double share;
    if (axis->logarithmic) share = log(value / axis->low) / log(axis->high / axis->low);
    else share = (value - axis->low) / (axis->high - axis->low);
    share = fmin(fmax(share, 0), 1);
    return axis->from + share * (axis->to - axis->from);
}
