/* check.c: checks of derivatives by finite differences, for functions and for custom operations.
 *
 * Let total = <u, y> with random u, g its gradient, and slope = <g, v> with random v. Two plans are
 * compiled: one gives the derivatives at the point; one gives total and slope at a point beside it.
 * Neither makes updates (.steps = false), so no run moves the counters of random draws: all runs
 * draw the same numbers, which are those of the program's next run. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "operands.h"

#undef TG_HERE
#define TG_HERE at

/* One operand of the function. */
typedef struct operand {
    tg_tensor *x, *v, *g, *h; /* h: the gradient of slope by x */
    tg_dtype dtype;
    int64_t count;
    void *saved; /* its value before the check, which is restored at the end */
    double *value, *gradient, *curvature; /* value, g and h at the point, as doubles */
} operand;

typedef struct check {
    tg_check_args args;
    tg_site at;
    const char *name; /* of the function that was called, or of it and of the operation */
    tg_tape *tape;
    tg_tensor *y, *u, *total, *slope, *pair;
    operand *operands;
    size_t count;
    double tolerance, step;
    bool second;
    uint64_t state; /* the state of the random numbers */
} check;

/* ---- Values ----------------------------------------------------------------------------- */

/* A number in [-1, 1] (splitmix64, Steele, Lea and Flood 2014). */
static double next_random(check *c)
{
    uint64_t z = c->state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return (double)((z ^ z >> 31) >> 11) * 0x1p-52 - 1;
}

static double load(tg_dtype dtype, const void *from, int64_t i)
{
    return dtype == TG_F32 ? (double)((const float *)from)[i] : ((const double *)from)[i];
}

static void store(tg_dtype dtype, void *to, int64_t i, double value)
{
    if (dtype == TG_F32) ((float *)to)[i] = (float)value;
    else ((double *)to)[i] = value;
}

static void *new_values(const check *c, tg_dtype dtype, int64_t count)
{
    return tg_scratch(c->tape, (size_t)count * tg_dtype_size(dtype) + 1);
}

/* Feeds an input, or sets the variable that is read. */
static tg_status put(tg_tensor *x, const void *data)
{
    const tg_dtype dtype = tg_dtype_of(x);
    const size_t count = (size_t)tg_count(x);
    tg_var *var = tg_var_of(x);
    return var ? tg_var_set_as(var, dtype, data, count) : tg_feed_as(x, dtype, data, count);
}

static bool feed_random(check *c, tg_tensor *x)
{
    const tg_dtype dtype = tg_dtype_of(x);
    const int64_t count = tg_count(x);
    void *data = new_values(c, dtype, count);
    if (!data) return false;
    for (int64_t i = 0; i < count; i++) store(dtype, data, i, next_random(c));
    return put(x, data) == TG_OK;
}

/* Feeds u with random signs (1 for a single number). A reported value of an elementwise function
 * can then be recomputed by hand. */
static bool feed_signs(check *c, tg_tensor *x)
{
    const tg_dtype dtype = tg_dtype_of(x);
    const int64_t count = tg_count(x);
    void *data = new_values(c, dtype, count);
    if (!data) return false;
    for (int64_t i = 0; i < count; i++)
        store(dtype, data, i, count > 1 && next_random(c) < 0 ? -1 : 1);
    return put(x, data) == TG_OK;
}

/* Copies the node's values of the last run to [out], as doubles. */
static bool take(const check *c, tg_tensor *x, double *out)
{
    const tg_dtype dtype = tg_dtype_of(x);
    const int64_t count = tg_count(x);
    void *data = new_values(c, dtype, count);
    if (!data || tg_get_as(x, dtype, data, (size_t)count) != TG_OK) return false;
    for (int64_t i = 0; i < count; i++) out[i] = load(dtype, data, i);
    return true;
}

/* ---- What the caller gave --------------------------------------------------------------- */

static bool options_fit(check *c)
{
    const tg_site at = c->at;
    const bool narrow = tg_dtype_of(c->y) == TG_F32;
    c->tolerance = c->args.tolerance;
    c->step = c->args.step;
    if (c->tolerance == TG_AUTO) c->tolerance = narrow ? 1e-2 : 1e-6;
    if (c->step == TG_AUTO) c->step = narrow ? 0x1p-5 : 0x1p-9;
    c->second = !c->args.first_order;
    c->state = c->args.seed;
    if (c->tolerance > 0 && c->step > 0 && isfinite(c->step) && c->args.entries > 0) return true;
    tg_fail(
        c->tape, at, TG_ERR_ARGUMENT,
        "%s: tolerance = %g, step = %g, entries = %lld; all must be greater than 0, and the step "
        "finite",
        c->name, c->tolerance, c->step, (long long)c->args.entries);
    return false;
}

static bool add_operand(check *c, tg_tensor *x)
{
    const tg_site at = c->at;
    if (!tg__is_operand(at, c->name, c->y, x)) return false;
    if (!tg_is_input(x) && !tg_var_of(x)) {
        tg_fail(c->tape, at, TG_ERR_ARGUMENT,
                "%s: operand %zu is neither an input nor the read of a variable, so it cannot be "
                "moved",
                c->name, c->count);
        tg_fail_operands(c->tape, TG_LIST(x));
        return false;
    }
    operand *o = &c->operands[c->count++];
    *o = (operand){ .x = x, .dtype = tg_dtype_of(x), .count = tg_count(x) };
    const size_t doubles = (size_t)o->count * sizeof(double) + 1;
    o->saved = new_values(c, o->dtype, o->count);
    o->value = tg_scratch(c->tape, doubles);
    o->gradient = tg_scratch(c->tape, doubles);
    o->curvature = tg_scratch(c->tape, doubles);
    if (!o->saved || !o->value || !o->gradient || !o->curvature) return false;
    tg_var *var = tg_var_of(x);
    const size_t count = (size_t)o->count;
    const tg_status status = var ? tg_var_get_as(var, o->dtype, o->saved, count)
                                 : tg_get_as(x, o->dtype, o->saved, count);
    for (int64_t i = 0; i < o->count; i++) o->value[i] = load(o->dtype, o->saved, i);
    return status == TG_OK;
}

static bool add_operands(check *c, tg_list list)
{
    const tg_site at = c->at;
    const size_t count = list.node ? list.count : 0;
    if (count == 0) {
        tg_fail(c->tape, at, TG_ERR_ARGUMENT, "%s: there is nothing to differentiate by", c->name);
        return false;
    }
    c->operands = tg_scratch(c->tape, count * sizeof *c->operands);
    for (size_t i = 0; c->operands && i < count; i++)
        if (!add_operand(c, list.node[i])) return false;
    return c->operands != NULL;
}

/* ---- Recording -------------------------------------------------------------------------- */

static bool record(check *c)
{
    const tg_site at = c->at;
    const size_t count = c->count;
    tg_tensor **x = tg_scratch(c->tape, 4 * count * sizeof *x);
    if (!x) return false;
    tg_tensor **g = x + count, **h = g + count, **v = h + count;
    c->u = tg_input(c->tape, "cotangent", tg_dtype_of(c->y), tg_shape_from(c->y));
    for (size_t i = 0; i < count; i++) {
        x[i] = c->operands[i].x;
        v[i] = tg_input(c->tape, "tangent", c->operands[i].dtype, tg_shape_from(x[i]));
    }
    c->total = tg_sum(tg_mul(c->u, c->y));
    if (tg_vjp(c->y, c->u, (tg_list){ count, x }, g) != TG_OK) return false;
    c->slope = tg_number_like(c->y, 0);
    for (size_t i = 0; i < count; i++) {
        tg_tensor *part = tg_sum(tg_mul(g[i], v[i]));
        c->slope = tg_add(c->slope, tg_cast(part, tg_dtype_of(c->y)));
    }
    if (c->second && tg_vjp(c->slope, NULL, (tg_list){ count, x }, h) != TG_OK) return false;
    c->pair = tg_sum(tg_mul(c->u, tg_jvp(c->y, (tg_list){ count, x }, (tg_list){ count, v })));
    for (size_t i = 0; i < count; i++) {
        c->operands[i].g = g[i];
        c->operands[i].h = c->second ? h[i] : NULL;
        c->operands[i].v = v[i];
        if (!v[i] || !feed_random(c, v[i])) return false;
    }
    return c->pair && feed_signs(c, c->u);
}

/* ---- Running ---------------------------------------------------------------------------- */

static bool not_computed(const check *c, const tg_plan *plan, tg_status status)
{
    const tg_site at = c->at;
    tg_fail(c->tape, at, status, "%s: the function cannot be computed:\n    %s", c->name,
            tg_plan_error(plan));
    return false;
}

static bool run(const check *c, tg_plan *plan)
{
    const tg_status status = tg_run(plan);
    return status == TG_OK || not_computed(c, plan, status);
}

/* Compiles y, total and slope, and, at the point, the derivatives. */
static tg_plan *compile(const check *c, bool naive)
{
    const tg_site at = c->at;
    tg_tensor **keep = tg_scratch(c->tape, 2 * c->count * sizeof *keep);
    if (!keep) return NULL;
    size_t kept = 0;
    for (size_t i = 0; i < c->count; i++) {
        keep[kept++] = c->operands[i].g;
        if (c->second) keep[kept++] = c->operands[i].h;
    }
    return tg_compile(c->tape, c->y, c->total, c->slope, c->pair, .keep = (tg_list){ kept, keep },
                      .pure = true, .naive = naive, .steps = false);
}

/* The indices of element [i], as " [1, 2]"; "" for a single number. */
static const char *place_text(char *out, size_t size, tg_shape shape, int64_t i)
{
    int64_t place[TG_MAX_RANK];
    size_t used = 0;
    for (int k = shape.rank - 1; k >= 0; k--) {
        place[k] = i % shape.dim[k];
        i /= shape.dim[k];
    }
    out[0] = 0;
    if (shape.rank == 0) return out;
    used += (size_t)snprintf(out, size, " [");
    for (int k = 0; k < shape.rank && used < size; k++)
        used +=
            (size_t)snprintf(out + used, size - used, "%s%lld", k ? ", " : "", (long long)place[k]);
    if (used < size) (void)snprintf(out + used, size - used, "]");
    return out;
}

/* ---- The checks ------------------------------------------------------------------------- */

/* True if each element of [got] equals that of [want] within the tolerance; else an error about
 * [x]. */
static bool agree(const check *c, tg_tensor *x, const double *got, const double *want,
                  double tolerance, const char *what, const char *one, const char *other)
{
    const tg_site at = c->at;
    double most = 0;
    for (int64_t i = 0; i < tg_count(x); i++)
        if (isfinite(want[i])) most = fmax(most, fabs(want[i]));
    for (int64_t i = 0; i < tg_count(x); i++) {
        const bool same = got[i] == want[i] || (isnan(got[i]) && isnan(want[i]));
        if (same || fabs(got[i] - want[i]) <= tolerance * (1 + most)) continue;
        char place[200];
        tg_fail(c->tape, at, TG_ERR_NUMERIC, "%s: %s, entry%s: %s gives %.9g, and %s %.9g", c->name,
                what, place_text(place, sizeof place, tg_shape_from(x), i), one, got[i], other,
                want[i]);
        tg_fail_operands(c->tape, TG_LIST(x));
        return false;
    }
    return true;
}

/* Compares y, g and h from two plans (the two executors), or from two runs of one plan; and stores
 * g and h at the point. */
static bool same_twice(check *c, tg_plan *first, tg_plan *second, double tolerance,
                       const char *what, const char *one, const char *other)
{
    double *y[2];
    for (int k = 0; k < 2; k++) {
        y[k] = tg_scratch(c->tape, (size_t)tg_count(c->y) * sizeof(double) + 1);
        if (!y[k] || !run(c, k ? second : first) || !take(c, c->y, y[k])) return false;
        for (size_t i = 0; i < c->count; i++) {
            operand *o = &c->operands[i];
            double *again = k ? tg_scratch(c->tape, (size_t)o->count * sizeof *again + 1) : NULL;
            double *to = k ? again : o->gradient;
            if (!to || !take(c, o->g, to)) return false;
            if (k && !agree(c, o->x, o->gradient, again, tolerance, what, one, other)) return false;
            to = k ? again : o->curvature;
            if (c->second && !take(c, o->h, to)) return false;
            if (k && c->second && !agree(c, o->x, o->curvature, again, tolerance, what, one, other))
                return false;
        }
    }
    return agree(c, c->y, y[0], y[1], tolerance, what, one, other);
}

/* Checks that the jvp is the transpose of the vjp: <u, Jv> = <J'u, v>. */
static bool is_transposed(const check *c)
{
    const tg_site at = c->at;
    double jvp, vjp, scale = 1;
    if (!take(c, c->pair, &jvp) || !take(c, c->slope, &vjp)) return false;
    for (size_t i = 0; i < c->count; i++)
        for (int64_t j = 0; j < c->operands[i].count; j++)
            scale += fabs(c->operands[i].gradient[j]);
    if (fabs(jvp - vjp) <= c->tolerance * scale) return true;
    tg_fail(c->tape, at, TG_ERR_NUMERIC,
            "%s: the rule is not linear in its cotangent: <u, Jv> is %.9g, and <J'u, v> %.9g",
            c->name, jvp, vjp);
    return false;
}

/* Computes total and slope with element [i] of the operand moved by [offset]. The operand is
 * restored before an error is reported, because a tape with an error takes no more values. */
static bool beside(const check *c, tg_plan *plan, const operand *o, int64_t i, double offset,
                   double out[2])
{
    void *moved = o->saved;
    store(o->dtype, moved, i, o->value[i] + offset);
    tg_status status = put(o->x, moved);
    if (status == TG_OK) status = tg_run(plan);
    if (status == TG_OK) {
        out[0] = tg_item(c->total);
        out[1] = tg_item(c->slope);
    }
    store(o->dtype, moved, i, o->value[i]);
    if (put(o->x, o->saved) != TG_OK) return false;
    return status == TG_OK || not_computed(c, plan, status);
}

/* The first and second derivative by one element, from differences over [step]. */
typedef struct differences {
    double derivative[2], rounding[2];
} differences;

static bool differ(const check *c, tg_plan *plan, const operand *o, int64_t i, double step,
                   differences *out)
{
    double h = step * fmax(1, fabs(o->value[i])), f[5][2];
    if (o->dtype == TG_F32) h = (double)((float)(o->value[i] + h) - (float)o->value[i]);
    for (int k = -2; k <= 2; k++)
        if (!beside(c, plan, o, i, k * h, f[k + 2])) return false;
    const double epsilon = tg_dtype_of(c->y) == TG_F32 ? 0x1p-23 : 0x1p-52;
    for (int k = 0; k < 2; k++) {
        out->derivative[k] = (8 * (f[3][k] - f[1][k]) - (f[4][k] - f[0][k])) / (12 * h);
        out->rounding[k] = 8 * epsilon * fabs(f[2][k]) / h;
    }
    return true;
}

static double recorded(const operand *o, int order, int64_t i)
{
    return order ? o->curvature[i] : o->gradient[i];
}

/* The first order (0 or 1) in which the derivative differs from that of differences; 2 if both
 * agree. */
static int wrong_order(const check *c, const operand *o, int64_t i, const differences *d)
{
    for (int k = 0; k <= (c->second ? 1 : 0); k++) {
        double size = fabs(d->derivative[k]);
        for (int64_t j = 0; j < o->count; j++) size = fmax(size, fabs(recorded(o, k, j)));
        const double limit = (k ? 10 : 1) * c->tolerance * (1 + size) + d->rounding[k];
        if (!(fabs(recorded(o, k, i) - d->derivative[k]) <= limit)) return k;
    }
    return 2;
}

/* True if the derivatives by element [i] agree with differences. The function may have a kink or
 * high curvature within the step, so shorter steps are tried before an error is reported, unless
 * the caller has chosen the step. */
static bool entry_is_right(const check *c, tg_plan *plan, const operand *o, int64_t i)
{
    const tg_site at = c->at;
    const int tries = c->args.step > 0 ? 1 : tg_dtype_of(c->y) == TG_F32 ? 2 : 3;
    differences first, d;
    if (!differ(c, plan, o, i, c->step, &first)) return false;
    const int order = wrong_order(c, o, i, &first);
    if (order == 2) return true;
    double step = c->step;
    for (int k = 1; k < tries; k++) {
        if (!differ(c, plan, o, i, step /= 16, &d)) return false;
        if (wrong_order(c, o, i, &d) == 2) return true;
    }
    char place[200];
    const double got = recorded(o, order, i), want = first.derivative[order];
    tg_fail(c->tape, at, TG_ERR_NUMERIC,
            "%s: wrong %s derivative by the operand's entry%s: it is %.9g, and differences "
            "give %.9g%s",
            c->name, order ? "second" : "first",
            place_text(place, sizeof place, tg_shape_from(o->x), i), got, want,
            isnan(got) || isnan(want) ? "" : " (or a kink is near)");
    tg_fail_operands(c->tape, TG_LIST(o->x));
    return false;
}

static bool entries_are_right(const check *c)
{
    const tg_site at = c->at;
    tg_plan *plan = tg_compile_pure(c->tape, c->total, c->slope, .steps = false);
    bool ok = plan != NULL;
    for (size_t k = 0; ok && k < c->count; k++) {
        const operand *o = &c->operands[k];
        const int64_t tried = o->count < c->args.entries ? o->count : c->args.entries;
        for (int64_t i = 0; ok && i < tried; i++)
            ok =
                entry_is_right(c, plan, o, (int64_t)((double)i * (double)o->count / (double)tried));
    }
    tg_plan_free(plan);
    return ok;
}

static bool prove(check *c)
{
    const bool narrow = tg_dtype_of(c->y) == TG_F32;
    tg_plan *planned = compile(c, false), *naive = planned ? compile(c, true) : NULL;
    const bool ok =
        planned && naive &&
        same_twice(c, planned, planned, 0, "two runs differ", "the first", "the second") &&
        same_twice(c, planned, naive, narrow ? 1e-4 : 1e-10, "the executors differ",
                   "the planned one", "the naive one") &&
        is_transposed(c);
    tg_plan_free(planned);
    tg_plan_free(naive);
    return ok && entries_are_right(c);
}

/* The tape's error. A NULL operand was reported before; it gives an error too, because nothing was
 * checked. */
static tg_status not_proven(const tg_tape *tape)
{
    const tg_status status = tg_tape_status(tape);
    return status != TG_OK ? status : TG_ERR_ARGUMENT;
}

static tg_status check_function(check *c, tg_list wrt)
{
    const bool proven =
        options_fit(c) && add_operands(c, wrt) && (tg_count(c->y) == 0 || (record(c) && prove(c)));
    if (proven) return TG_OK;
    (void)tg_undo(c->at);
    return not_proven(c->tape);
}

/* ---- The public functions --------------------------------------------------------------- */

tg_status tg_check_gradient_with(const tg_check_args *given)
{
    tg_check_args args = { TG_CHECK_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_check_gradient", y)) return TG_ERR_ARGUMENT;
    if (!tg_enter(&args.at, "tg_check_gradient", TG_LIST(args.y)))
        return args.y ? not_proven(tg_tape_of(args.y)) : TG_ERR_ARGUMENT;
    const tg_site at = args.at;
    check c = {
        .args = args, .at = at, .name = "tg_check_gradient", .tape = tg_tape_of(args.y), .y = args.y
    };
    if (!tg__is_float_node(at, c.name, args.y)) return not_proven(c.tape);
    return check_function(&c, args.wrt);
}

tg_status tg_check_op_with(const tg_check_op_args *given)
{
    tg_check_op_args args = { TG_CHECK_OP_DEFAULTS };
    const bool listed = given && given->operands.count && given->operands.node;
    tg_tape *tape = listed ? tg_tape_of(given->operands.node[0]) : NULL;
    if (!tg_tape_options(&args, given, "tg_check_op", tape)) return TG_ERR_ARGUMENT;

    if (!args.op || !tape) return TG_ERR_ARGUMENT;
    if (!tg_enter_tape(&args.at, "tg_check_op", tape)) return not_proven(tape);
    const tg_site at = args.at;
    tg_tensor *y = tg_apply(args.op, args.operands, .attr = args.attr, .attr_size = args.attr_size);
    if (!y) return not_proven(tape);
    size_t floats = 0;
    tg_tensor **wrt = tg_scratch(tape, args.operands.count * sizeof *wrt);
    if (!wrt) return tg_undo(at), not_proven(tape);
    for (size_t i = 0; i < args.operands.count; i++) {
        const tg_dtype dtype = tg_dtype_of(args.operands.node[i]);
        if (dtype == TG_F32 || dtype == TG_F64) wrt[floats++] = args.operands.node[i];
    }
    char name[120];
    (void)snprintf(name, sizeof name, "tg_check_op: %.60s", tg_op_name(args.op));
    check c = { .at = at, .name = name, .tape = tape, .y = y };
    c.args = (tg_check_args){ TG_CHECK_DEFAULTS,
                              .at = at,
                              .tolerance = args.tolerance,
                              .step = args.step,
                              .entries = args.entries,
                              .first_order = args.first_order,
                              .seed = args.seed };
    if (!tg__is_float_node(at, c.name, y)) return not_proven(tape);
    return check_function(&c, (tg_list){ floats, wrt });
}
