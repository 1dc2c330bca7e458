/* line_search.c: a line search for a step that fulfils the strong Wolfe conditions (Nocedal and
 * Wright, Numerical Optimization, 2006, algorithms 3.5 and 3.6). First the step grows until an
 * interval must contain such a step; then the interval is reduced. */
#include "minimize.h"

#include <float.h>
#include <math.h>

enum { MOST_SHRINKS = 100, MOST_ZOOMS = 60 };
static const double longest_step = 1e20;

typedef struct search {
    const tg__line *line;
    tg__point from;
} search;

/* ---- The conditions ---------------------------------------------------------------------------
 */

static bool is_finite(const tg__point *p) { return isfinite(p->value) && isfinite(p->slope); }

/* The difference of the two values that rounding alone may cause. */
static double noise_of(const search *s, const tg__point *p, const tg__point *q)
{
    return s->line->rounding * fmax(fabs(p->value), fabs(q->value));
}

/* The first Wolfe condition (sufficient decrease). If the values differ by less than rounding,
 * their difference decides nothing; then the condition is tested for the quadratic that has the
 * slopes of both points. */
static bool is_low(const search *s, const tg__point *p)
{
    const double slope = s->from.slope, c1 = s->line->c1;
    if (p->value <= s->from.value + c1 * p->step * slope) return true;
    return fabs(p->value - s->from.value) <= noise_of(s, p, &s->from) &&
           p->slope <= (2 * c1 - 1) * slope;
}

static bool is_flat(const search *s, const tg__point *p)
{
    return fabs(p->slope) <= -s->line->c2 * s->from.slope;
}

static bool is_above(const search *s, const tg__point *p, const tg__point *q)
{
    return p->value > q->value + noise_of(s, p, q);
}

static bool evaluate(const search *s, double step, tg__point *p)
{
    *p = (tg__point){ .step = step };
    return s->line->evaluate(s->line->context, p);
}

/* ---- Interpolation ----------------------------------------------------------------------------
 */

/* The minimum of the cubic with the values and slopes of two points. If the values differ by less
 * than rounding: the zero of the linear function with their slopes. NaN if there is none. */
static double lowest_between(const search *s, const tg__point *a, const tg__point *b)
{
    const double width = b->step - a->step;
    if (fabs(b->value - a->value) <= noise_of(s, a, b))
        return b->step - b->slope * width / (b->slope - a->slope);
    const double d1 = a->slope + b->slope - 3 * (b->value - a->value) / width;
    const double d2 = copysign(sqrt(d1 * d1 - a->slope * b->slope), width);
    return b->step - width * (b->slope + d2 - d1) / (b->slope - a->slope + 2 * d2);
}

/* [step] clamped to [low, high]; [otherwise] if it is NaN or infinite. */
static double between(double step, double low, double high, double otherwise)
{
    if (!isfinite(step)) return otherwise;
    return fmin(fmax(step, low), high);
}

/* ---- The interval shrinks ---------------------------------------------------------------------
 */

/* Reduces the interval. [low] is the lowest point that fulfils the first condition, and its slope
 * points towards [high], whose value and slope may be NaN or infinite. Every third step halves the
 * interval, whatever the cubic gives. */
static tg__found zoom(const search *s, tg__point low, tg__point high, tg__point *found)
{
    for (int i = 0; i < MOST_ZOOMS; i++) {
        const double width = high.step - low.step, middle = low.step + width / 2;
        if (fabs(width) <= DBL_EPSILON * fmax(low.step, high.step)) break;
        double step = middle;
        if (i % 3 != 2 && is_finite(&high)) {
            const double a = low.step + width * 1e-3, b = high.step - width * 1e-3;
            step = between(lowest_between(s, &low, &high), fmin(a, b), fmax(a, b), middle);
        }
        tg__point now;
        if (!evaluate(s, step, &now)) return TG__OVER;
        if (!is_finite(&now) || !is_low(s, &now) || is_above(s, &now, &low)) {
            high = now;
            continue;
        }
        *found = now;
        if (is_flat(s, &now)) return TG__FOUND;
        if (now.slope * width >= 0) high = low;
        low = now;
    }
    *found = low;
    return low.step > 0 ? TG__FOUND : TG__NO_LOWER;
}

/* ---- The step grows ---------------------------------------------------------------------------
 */

/* A longer step than [now]; [before] was the one before it. At [limit] f was not finite, so the
 * result is below it. */
static double longer(const search *s, const tg__point *before, const tg__point *now, double limit)
{
    if (isfinite(limit)) return now->step + (limit - now->step) / 2;
    const double width = now->step - before->step, far = 10 * now->step;
    return between(lowest_between(s, before, now), now->step + 0.01 * width, far, far);
}

tg__found tg__search_line(const tg__line *line, tg__point from, tg__point *found)
{
    from.step = 0;
    const search s = { .line = line, .from = from };
    tg__point before = from, now;
    double step = 1, limit = HUGE_VAL;
    int shrinks = 0;
    while (shrinks < MOST_SHRINKS && step > before.step) {
        if (!evaluate(&s, step, &now)) return TG__OVER;
        if (now.value == -HUGE_VAL || step > longest_step) return TG__UNBOUNDED;
        if (!is_finite(&now)) {
            shrinks++;
            limit = step;
            step = before.step + (step - before.step) / 10;
            continue;
        }
        if (!is_low(&s, &now) || is_above(&s, &now, &before)) return zoom(&s, before, now, found);
        *found = now;
        if (is_flat(&s, &now)) return TG__FOUND;
        if (now.slope >= 0) return zoom(&s, now, before, found);
        if (isfinite(limit)) shrinks++;
        step = longer(&s, &before, &now, limit);
        before = now;
    }
    *found = before;
    return before.step > 0 ? TG__FOUND : TG__NO_LOWER;
}
