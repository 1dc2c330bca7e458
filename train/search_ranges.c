/* search_ranges.c: the ranges of a search: their checks, the points of a grid, random draws. */
#include "search.h"

#include <math.h>
#include <string.h>

/* Up to here every whole number is a double. */
#define WHOLE_MOST 0x1p53

/* ---- Checks ----------------------------------------------------------------------------- */

/* True for the name of another column in the file of trials. */
static bool is_taken(const char *name)
{
    static const char *const taken[] = { "trial", "round", "budget", "score", "seconds" };
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        if (strcmp(name, taken[i]) == 0) return true;
    return false;
}

static bool check_name(const tg__search_report *report, tg_ranges ranges, size_t k)
{
    const char *name = ranges.range[k].name;
    if (!name || !*name)
        return TG__SEARCH_REFUSE(report, TG_ERR_ARGUMENT, "range %zu has no name", k);
    for (const char *c = name; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127)
            return TG__SEARCH_REFUSE(report, TG_ERR_ARGUMENT,
                                     "the name of range %zu has a control character", k);
    if (is_taken(name))
        return TG__SEARCH_REFUSE(report, TG_ERR_ARGUMENT,
                                 "no range may be called \"%s\": a column of results is", name);
    for (size_t i = 0; i < k; i++)
        if (strcmp(ranges.range[i].name, name) == 0)
            return TG__SEARCH_REFUSE(report, TG_ERR_ARGUMENT, "two ranges are called \"%.100s\"",
                                     name);
    return true;
}

#define REFUSE_RANGE(format, ...)                                                                  \
    TG__SEARCH_REFUSE(report, TG_ERR_ARGUMENT, "the range \"%.100s\": " format, r->name,           \
                      __VA_ARGS__)

static bool check_values(const tg__search_report *report, const tg_range *r)
{
    if (!r->values)
        return REFUSE_RANGE("its count of values is %zu, and .values is NULL", r->count);
    if (r->count < 1 || r->count > (size_t)TG_SEARCH_MAX_TRIALS)
        return REFUSE_RANGE("it has %zu values; 1 to %d are possible", r->count,
                            (int)TG_SEARCH_MAX_TRIALS);
    if (r->low != 0 || r->high != 0 || r->log || r->whole || r->points != 0)
        return REFUSE_RANGE("%s", "it is a list of values, so low, high, .log, .whole and .points "
                                  "have no meaning");
    for (size_t i = 0; i < r->count; i++)
        if (!isfinite(r->values[i]))
            return REFUSE_RANGE("values[%zu] = %g is not finite", i, r->values[i]);
    return true;
}

static bool check_bounds(const tg__search_report *report, const tg_range *r)
{
    if (!isfinite(r->low) || !isfinite(r->high))
        return REFUSE_RANGE("low = %g and high = %g must be finite", r->low, r->high);
    if (r->low == 0 && r->high == 0) return REFUSE_RANGE("%s", "it has neither bounds nor values");
    if (r->low > r->high) return REFUSE_RANGE("low = %g is above high = %g", r->low, r->high);
    if (r->log && !(r->low > 0)) return REFUSE_RANGE(".log needs low > 0; it is %g", r->low);
    if (r->whole && (r->low < -WHOLE_MOST || r->high > WHOLE_MOST))
        return REFUSE_RANGE("bounds of whole numbers are within 2^53, not %g and %g", r->low,
                            r->high);
    if (r->whole && ceil(r->low) > floor(r->high))
        return REFUSE_RANGE("no whole number lies between %g and %g", r->low, r->high);
    if (r->points < 0) return REFUSE_RANGE(".points = %lld is negative", (long long)r->points);
    return true;
}

/* The further checks for a grid. */
static bool check_grid(const tg__search_report *report, const tg_range *r)
{
    if (r->points == 0 && !r->whole)
        return REFUSE_RANGE("%s", "a grid needs .points, how many of its values to try");
    if (r->points > TG_SEARCH_MAX_TRIALS)
        return REFUSE_RANGE(".points = %lld; %d are possible", (long long)r->points,
                            (int)TG_SEARCH_MAX_TRIALS);
    if (r->points == 0 && floor(r->high) - ceil(r->low) >= TG_SEARCH_MAX_TRIALS)
        return REFUSE_RANGE("a grid cannot try all of %g whole numbers; it needs .points",
                            floor(r->high) - ceil(r->low) + 1);
    return true;
}

bool tg__search_check(const tg__search_report *report, tg_ranges ranges, bool grid)
{
    if (ranges.count < 1 || !ranges.range)
        return TG__SEARCH_REFUSE(report, TG_ERR_ARGUMENT, "%s", "there are no ranges");
    if (ranges.count > (size_t)TG_SEARCH_MAX_RANGES)
        return TG__SEARCH_REFUSE(report, TG_ERR_ARGUMENT, "there are %zu ranges; %d are possible",
                                 ranges.count, (int)TG_SEARCH_MAX_RANGES);
    for (size_t k = 0; k < ranges.count; k++) {
        const tg_range *r = &ranges.range[k];
        if (!check_name(report, ranges, k)) return false;
        if (r->values || r->count) {
            if (!check_values(report, r)) return false;
        } else if (!check_bounds(report, r) || (grid && !check_grid(report, r))) return false;
    }
    return true;
}

/* ---- Values ----------------------------------------------------------------------------- */

/* A number from low (t = 0) to high (t = 1), linear or logarithmic. Does not overflow where high -
 * low would. */
static double between(const tg_range *range, double low, double high, double t)
{
    const double x = range->log ? pow(low, 1 - t) * pow(high, t) : low * (1 - t) + high * t;
    return fmin(fmax(x, low), high);
}

int64_t tg__search_points(const tg_range *range, double *out)
{
    if (range->values) {
        if (out) memcpy(out, range->values, range->count * sizeof *out);
        return (int64_t)range->count;
    }
    const double low = range->whole ? ceil(range->low) : range->low;
    const double high = range->whole ? floor(range->high) : range->high;
    const bool all = range->points == 0;
    const int64_t points = all ? (int64_t)(high - low) + 1 : range->points;
    int64_t count = 0;
    double last = 0;
    for (int64_t i = 0; i < points; i++) {
        double x = i == 0 ? low : high;
        if (all) x = low + (double)i;
        else if (i > 0 && i < points - 1)
            x = between(range, low, high, (double)i / (double)(points - 1));
        if (range->whole) x = rint(x);
        if (range->whole && count > 0 && x == last) continue;
        if (out) out[count] = x;
        last = x;
        count++;
    }
    return count;
}

double tg__search_draw(const tg_range *range, uint64_t seed, int64_t number, size_t k)
{
    tg_dice dice = { .key = seed, .high = (uint64_t)number, .next = k };
    const double u = tg_dice_uniform(&dice);
    if (range->values) {
        const size_t i = (size_t)(u * (double)range->count);
        return range->values[i < range->count ? i : range->count - 1];
    }
    if (!range->whole) return between(range, range->low, range->high, u);
    const double low = ceil(range->low), high = floor(range->high);
    const double x = range->log ? rint(between(range, low - 0.5, high + 0.5, u))
                                : low + floor(u * (high - low + 1));
    return fmin(fmax(x, low), high);
}

uint64_t tg__search_seed(uint64_t seed, int64_t number)
{
    tg_dice dice = { .key = seed, .high = (uint64_t)number, .next = (uint64_t)1 << 32 };
    return (uint64_t)tg_dice_below(&dice, INT64_MAX);
}
