/* lbfgs.c: L-BFGS, the limited-memory BFGS method. All vectors are doubles in one block of memory.
 * A step is the difference of two points after they were rounded to the variables' dtypes. */
#include "minimize.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#undef TG_HERE
#define TG_HERE at

enum { MOST_HISTORY = 1000, MOST_STALLS = 20 };

/* Pointers into the block; each vector has [n] elements. */
typedef struct lbfgs {
    tg_objective *objective;
    const tg_flat *flat;
    const tg_lbfgs_args *args;
    size_t n;
    double value, *x, *gradient;             /* the point that was accepted last */
    double new_value, *new_x, *new_gradient; /* the point that was evaluated last, */
    double new_step;                         /* its step along the direction, in a line search */
    double *direction, *alpha, *curvature;   /* [n], [history], [history] */
    double *step, *change;                   /* [history, n]: s and y of Nocedal and Wright */
    int first, remembered;                   /* index of the oldest pair, and the number of pairs */
    double epsilon;                          /* the machine epsilon of the loss' dtype */
    double least_value, least_norm;          /* the least of all accepted points */
    int stalls;                              /* iterations since one of them has decreased */
    tg_minimum result;
} lbfgs;

/* ---- Vectors ----------------------------------------------------------------------------------
 */

static double dot(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

/* y += factor * x. */
static void add(double *y, double factor, const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++) y[i] += factor * x[i];
}

static void subtract(double *out, const double *a, const double *b, size_t n)
{
    for (size_t i = 0; i < n; i++) out[i] = a[i] - b[i];
}

/* The largest magnitude; NaN if any element is NaN. */
static double largest(const double *x, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++)
        if (!(fabs(x[i]) <= most)) most = fabs(x[i]);
    return most;
}

/* The Euclidean norm, scaled so that no square overflows or underflows. */
static double norm(const double *x, size_t n)
{
    const double scale = largest(x, n);
    if (!(scale > 0) || !isfinite(scale)) return scale;
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += x[i] / scale * (x[i] / scale);
    return scale * sqrt(sum);
}

static void swap(double **a, double **b)
{
    double *other = *a;
    *a = *b;
    *b = other;
}

/* ---- What is remembered -----------------------------------------------------------------------
 */

/* The index of the pair number [age], counted from the oldest. */
static int place_of(const lbfgs *l, int age) { return (l->first + age) % l->args->history; }

static double *row(const lbfgs *l, double *rows, int place) { return rows + (size_t)place * l->n; }

static void forget(lbfgs *l) { l->first = l->remembered = 0; }

/* Adds the pair of the accepted point and the new one, and drops the oldest if the history is full.
 * The pair is not added if the curvature y.s along the step is negative, or not above the rounding
 * error. */
static void remember(lbfgs *l)
{
    const bool full = l->remembered == l->args->history;
    const int place = place_of(l, full ? 0 : l->remembered);
    double *s = row(l, l->step, place), *y = row(l, l->change, place);
    subtract(s, l->new_x, l->x, l->n);
    subtract(y, l->new_gradient, l->gradient, l->n);
    const double curvature = dot(s, y, l->n);
    const bool bends = isfinite(curvature) && isfinite(1 / curvature) &&
                       curvature > l->epsilon * norm(s, l->n) * norm(y, l->n);
    if (!bends && full) { /* the oldest pair was overwritten */
        l->first = place_of(l, 1);
        l->remembered--;
    }
    if (!bends) return;
    l->curvature[place] = curvature;
    if (full) l->first = place_of(l, 1);
    else l->remembered++;
}

/* ---- The direction ----------------------------------------------------------------------------
 */

/* d = -H g by the two-loop recursion. Without pairs: -g, scaled to a length of at most 1. */
static void point_down(lbfgs *l)
{
    const size_t n = l->n;
    double *d = l->direction;
    const double length = l->remembered ? 1 : fmax(norm(l->gradient, n), 1);
    for (size_t i = 0; i < n; i++) d[i] = -l->gradient[i] / length;
    if (l->remembered == 0) return;
    for (int age = l->remembered - 1; age >= 0; age--) {
        const int p = place_of(l, age);
        l->alpha[p] = dot(row(l, l->step, p), d, n) / l->curvature[p];
        add(d, -l->alpha[p], row(l, l->change, p), n);
    }
    const int newest = place_of(l, l->remembered - 1);
    const double *y = row(l, l->change, newest), scale = l->curvature[newest] / dot(y, y, n);
    for (size_t i = 0; i < n; i++) d[i] *= scale;
    for (int age = 0; age < l->remembered; age++) {
        const int p = place_of(l, age);
        const double beta = dot(row(l, l->change, p), d, n) / l->curvature[p];
        add(d, l->alpha[p] - beta, row(l, l->step, p), n);
    }
}

/* Computes the direction. Returns the slope along it, which is negative; 0 if there is no
 * descent. */
static double descend(lbfgs *l)
{
    for (;;) {
        point_down(l);
        const double slope = dot(l->direction, l->gradient, l->n);
        const double least = DBL_EPSILON * norm(l->direction, l->n) * norm(l->gradient, l->n);
        if (isfinite(slope) && slope < 0 && -slope >= least) return slope;
        if (l->remembered == 0) return 0;
        forget(l);
    }
}

/* ---- Evaluations ------------------------------------------------------------------------------
 */

/* Sets the variables to new_x, and evaluates value and gradient there. new_x receives the values as
 * the variables hold them. */
static bool evaluate(lbfgs *l)
{
    if (l->result.evaluations >= l->args->max_evaluations) {
        l->result.stop = TG_STOP_EVALUATIONS;
        return false;
    }
    l->result.evaluations++;
    l->result.status = tg_objective_value(l->objective, l->new_x, &l->new_value, l->new_gradient);
    if (l->result.status == TG_OK) l->result.status = tg_flat_get(l->flat, l->new_x);
    return l->result.status == TG_OK;
}

static bool evaluate_at(void *context, tg__point *point)
{
    lbfgs *l = context;
    memcpy(l->new_x, l->x, l->n * sizeof *l->x);
    add(l->new_x, point->step, l->direction, l->n);
    if (!evaluate(l)) return false;
    l->new_step = point->step;
    point->value = l->new_value;
    point->slope = dot(l->new_gradient, l->direction, l->n);
    return true;
}

static void accept(lbfgs *l)
{
    swap(&l->x, &l->new_x);
    swap(&l->gradient, &l->new_gradient);
    l->value = l->new_value;
    l->result.value = l->value;
    l->result.gradient_norm = largest(l->gradient, l->n);
}

/* ---- The search -------------------------------------------------------------------------------
 */

/* Ends the minimisation for that reason. Returns false. */
static bool stop(lbfgs *l, tg_stop why)
{
    l->result.stop = why;
    if (why == TG_STOP_UNBOUNDED || why == TG_STOP_NOT_FINITE) l->result.status = TG_ERR_NUMERIC;
    return false;
}

static bool begin(lbfgs *l)
{
    l->result.status = tg_flat_get(l->flat, l->x);
    if (l->result.status != TG_OK) return false;
    memcpy(l->new_x, l->x, l->n * sizeof *l->x);
    if (!evaluate(l)) return false;
    accept(l);
    l->least_value = l->value;
    l->least_norm = l->result.gradient_norm;
    if (isfinite(l->value) && isfinite(l->least_norm)) return true;
    return stop(l, TG_STOP_NOT_FINITE);
}

/* Searches along the direction; new_x becomes the next point. Without success it drops all pairs
 * and searches along -g. */
static bool step_down(lbfgs *l)
{
    for (;;) {
        const tg__point from = { .value = l->value, .slope = descend(l) };
        if (from.slope == 0) return stop(l, TG_STOP_PRECISION);
        const tg__line line = { .evaluate = evaluate_at,
                                .context = l,
                                .c1 = l->args->c1,
                                .c2 = l->args->c2,
                                .rounding = 4 * l->epsilon };
        tg__point found = { 0, 0, 0 };
        const tg__found end = tg__search_line(&line, from, &found);
        if (end == TG__OVER) return false;
        if (end == TG__UNBOUNDED) return stop(l, TG_STOP_UNBOUNDED);
        if (end == TG__FOUND) return found.step == l->new_step || evaluate_at(l, &found);
        if (l->remembered == 0) return stop(l, TG_STOP_PRECISION);
        forget(l); /* the next direction is -g */
    }
}

/* True if for MOST_STALLS iterations neither the value nor the gradient's norm has decreased by
 * more than rounding explains. */
static bool stalls(lbfgs *l)
{
    const double value = l->value, slope = l->result.gradient_norm;
    if (value < l->least_value - 4 * l->epsilon * fabs(value) || slope < 0.9 * l->least_norm) {
        l->stalls = 0;
        l->least_value = fmin(value, l->least_value);
        l->least_norm = fmin(slope, l->least_norm);
    }
    return ++l->stalls > MOST_STALLS;
}

static void minimize(lbfgs *l)
{
    const tg_lbfgs_args *args = l->args;
    tg_minimum *result = &l->result;
    bool goes_on = begin(l);
    while (goes_on) {
        if (result->gradient_norm <= args->gradient_tolerance) {
            goes_on = stop(l, TG_STOP_GRADIENT);
        } else if (result->iterations >= args->max_iterations) {
            goes_on = stop(l, TG_STOP_ITERATIONS);
        } else if ((goes_on = step_down(l))) {
            const double before = l->value, scale = fmax(fabs(before), 1);
            remember(l);
            accept(l);
            result->iterations++;
            if (args->callback && !args->callback(args->callback_context, result->iterations,
                                                  l->value, result->gradient_norm))
                goes_on = stop(l, TG_STOP_CALLBACK);
            else if (args->change_tolerance > 0 &&
                     fabs(before - l->value) <= args->change_tolerance * scale)
                goes_on = stop(l, TG_STOP_CHANGE);
            else if (stalls(l)) goes_on = stop(l, TG_STOP_PRECISION);
        }
    }
    if (result->evaluations == 0) return;
    const tg_status status = tg_flat_set(l->flat, l->x);
    if (result->status == TG_OK) result->status = status;
}

/* ---- Options and memory -----------------------------------------------------------------------
 */

static bool options_fit(tg_tape *tape, const tg_lbfgs_args *args)
{
    const tg_site at = args->at;
    const char *op = "tg_lbfgs", *wrong = NULL;
    if (args->history < 1 || args->history > MOST_HISTORY) wrong = "history must lie in [1, 1000]";
    else if (args->max_iterations < 0) wrong = "max_iterations must be at least 0";
    else if (args->max_evaluations < 1) wrong = "max_evaluations must be at least 1";
    else if (!(args->c1 > 0 && args->c1 < args->c2 && args->c2 < 1))
        wrong = "c1 and c2 must be 0 < c1 < c2 < 1";
    if (wrong) tg_fail(tape, at, TG_ERR_ARGUMENT, "%s: %s", op, wrong);
    return !wrong &&
           tg__in_range(tape, at, op, "gradient_tolerance", args->gradient_tolerance,
                        TG__NOT_NEGATIVE) &&
           tg__in_range(tape, at, op, "change_tolerance", args->change_tolerance, TG__NOT_NEGATIVE);
}

/* Allocates all vectors as one block. */
static bool lay_out(lbfgs *l, tg_tape *memory)
{
    const size_t history = (size_t)l->args->history, vectors = 2 * history + 5;
    l->n = (size_t)l->flat->total;
    if (l->n > (SIZE_MAX / sizeof(double) - 2 * history) / vectors) return false;
    double *block = tg_scratch(memory, (vectors * l->n + 2 * history) * sizeof *block);
    if (!block) return false;
    double **const place[] = { &l->x, &l->gradient, &l->new_x, &l->new_gradient, &l->direction };
    for (size_t i = 0; i < sizeof place / sizeof *place; i++, block += l->n) *place[i] = block;
    l->step = block;
    l->change = block + history * l->n;
    l->alpha = l->change + history * l->n;
    l->curvature = l->alpha + history;
    return true;
}

static tg_minimum run(const tg_lbfgs_args *args, tg_objective *objective)
{
    const tg_site at = args->at;
    tg_tape *tape = tg__objective_tape(objective);
    lbfgs l = { .objective = objective,
                .flat = tg_objective_flat(objective),
                .args = args,
                .result = { .value = (double)NAN, .gradient_norm = (double)NAN } };
    l.epsilon = tg__objective_dtype(objective) == TG_F32 ? (double)FLT_EPSILON : DBL_EPSILON;
    tg_tape *memory = tg_tape_new(tg_tape_store(tape));
    if (memory && lay_out(&l, memory)) {
        minimize(&l);
    } else {
        l.result.status = TG_ERR_MEMORY;
        tg_fail(tape, at, TG_ERR_MEMORY,
                "tg_lbfgs: no memory for a history of %d vectors of %lld numbers", args->history,
                (long long)l.flat->total);
    }
    tg_tape_free(memory);
    return l.result;
}

/* The objective that the caller gave; or a new one of the loss, whose errors have this function's
 * name. */
static tg_objective *objective_of(const tg_lbfgs_args *args)
{
    if (args->objective) return args->objective;
    tg_objective_args options = { TG_OBJECTIVE_DEFAULTS,        .at = args->at,
                                  .loss = args->loss,           .params = args->params,
                                  .except = args->except,       .vars = args->vars,
                                  .var_count = args->var_count, .threads = args->threads };
    return tg_objective_new_with(&options);
}

tg_minimum tg_lbfgs_with(const tg_lbfgs_args *given)
{
    tg_lbfgs_args args = { TG_LBFGS_DEFAULTS };
    tg_minimum none = { .status = TG_ERR_ARGUMENT,
                        .value = (double)NAN,
                        .gradient_norm = (double)NAN };
    if (!TG_READ_OPTIONS(args, given, "tg_lbfgs", loss)) return none;
    if (!args.loss && !args.objective) return none;
    tg_tape *tape = args.objective ? tg__objective_tape(args.objective) : tg_tape_of(args.loss);
    if (!tg_enter_tape(&args.at, "tg_lbfgs", tape) || !options_fit(tape, &args)) {
        if (tg_tape_status(tape) != TG_OK) none.status = tg_tape_status(tape);
        return none;
    }
    if (args.loss && args.objective) {
        tg_fail(tape, args.at, TG_ERR_ARGUMENT,
                "tg_lbfgs: .loss and .objective are both given; keep one of them");
        return none;
    }
    tg_objective *objective = objective_of(&args);
    if (!objective) {
        none.status = tg_tape_status(tape);
        return none;
    }
    const tg_minimum result = run(&args, objective);
    if (!args.objective) tg_objective_free(objective);
    return result;
}

const char *tg_stop_name(tg_stop stop)
{
    static const char *const names[] = {
        [TG_STOP_ERROR] = "an error",
        [TG_STOP_GRADIENT] = "the gradient is within its tolerance",
        [TG_STOP_CHANGE] = "the change of the value is within its tolerance",
        [TG_STOP_PRECISION] = "no step lowers the value by more than rounding",
        [TG_STOP_ITERATIONS] = "as many iterations as were allowed",
        [TG_STOP_EVALUATIONS] = "as many evaluations as were allowed",
        [TG_STOP_CALLBACK] = "the callback ended it",
        [TG_STOP_UNBOUNDED] = "the value falls without an end",
        [TG_STOP_NOT_FINITE] = "the value or the gradient at the start is not finite",
    };
    return (size_t)stop < sizeof names / sizeof *names ? names[stop] : "?";
}
