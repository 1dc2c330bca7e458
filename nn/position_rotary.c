/* position_rotary.c: rotary encodings of the positions of queries and keys: pairs of columns are
 * rotated by an angle that grows with the position. The pairs get an axis of their own, of size 2,
 * and a flip of that axis exchanges the two. So one expression serves both layouts of pairs, and
 * the planner makes one loop of it. */
#include "operands.h"

#include <math.h>
#include <stdlib.h>

#undef TG_HERE
#define TG_HERE at

typedef tg_rotary_positions_args application;

/* ---- Checks ----------------------------------------------------------------------------- */

static bool misfit(const application *a, tg_status status, const char *rule)
{
    tg_tape *tape = tg_tape_of(a->x);
    tg_fail(tape, a->at, status, "tg_rotary_positions: %s", rule);
    tg_fail_operands(tape,
                     (tg_list){ a->positions ? 2 : 1, (tg_tensor *[]){ a->x, a->positions } });
    return false;
}

/* The shape [..., T] of x [..., T, d]. */
static tg_shape rows_of(tg_tensor *x)
{
    tg_shape rows = tg_shape_from(x);
    rows.rank--;
    rows.dim[rows.rank] = 0;
    return rows;
}

static bool operands_fit(const application *a)
{
    const tg_dtype told = tg_dtype_of(a->positions);
    if (!tg__nn_is_float(a->at, "tg_rotary_positions", "queries or keys", a->x)) return false;
    if (tg_rank(a->x) < 2 || tg_rank(a->x) == TG_MAX_RANK || tg_dim(a->x, -1) % 2 != 0)
        return misfit(a, TG_ERR_SHAPE, "it takes [..., T, d], d even, with an axis to spare");
    if (!(a->base > 0) || !isfinite(a->base)) {
        tg_fail(tg_tape_of(a->x), a->at, TG_ERR_ARGUMENT,
                "tg_rotary_positions: base = %g must be above 0, and finite", a->base);
        return false;
    }
    if (!a->positions) return true;
    if (told != TG_I32 && told != TG_I64)
        return misfit(a, TG_ERR_DTYPE, "the positions must be i32 or i64");
    if (!tg__nn_broadcasts(tg_shape_from(a->positions), rows_of(a->x)))
        return misfit(a, TG_ERR_SHAPE, "the positions must broadcast to [..., T]");
    return true;
}

/* ---- Angles ----------------------------------------------------------------------------- */

/* The angle, in radians, by which pair i turns from one position to the next. */
static double speed(const application *a, int64_t i)
{
    return pow(a->base, -2 * (double)i / (double)tg_dim(a->x, -1));
}

/* cos or sin (the function [wave]) of position * speed, as a constant [length, d / 2] in x's
 * dtype. */
static tg_tensor *table(const application *a, double (*wave)(double))
{
    const tg_site at = a->at;
    tg_tape *tape = tg_tape_of(a->x);
    const int64_t length = tg_dim(a->x, -2), pairs = tg_dim(a->x, -1) / 2;
    const bool wide = tg_dtype_of(a->x) == TG_F64;
    void *to = tg_scratch(tape, (size_t)(length * pairs) * (wide ? sizeof(double) : sizeof(float)));
    if (!to) return NULL;
    for (int64_t i = 0; i < pairs; i++) {
        const double turn = speed(a, i);
        for (int64_t t = 0; t < length; t++) {
            const double value = wave(((double)a->offset + (double)t) * turn);
            if (wide) ((double *)to)[t * pairs + i] = value;
            else ((float *)to)[t * pairs + i] = (float)value;
        }
    }
    return tg_constant(tape, tg_dtype_of(a->x), TG_SHAPE(length, pairs), to);
}

/* The shape with one more axis, of size 1, at the end. */
static tg_shape with_unit_axis(tg_shape shape)
{
    shape.dim[shape.rank++] = 1;
    return shape;
}

/* The angles [..., T, d / 2], in f64, of positions that are an operand of the run. */
static tg_tensor *angles(const application *a)
{
    const tg_site at = a->at;
    tg_tape *tape = tg_tape_of(a->x);
    const int64_t pairs = tg_dim(a->x, -1) / 2;
    double *speeds = tg_scratch(tape, (size_t)pairs * sizeof(double));
    if (!speeds) return NULL;
    for (int64_t i = 0; i < pairs; i++) speeds[i] = speed(a, i);
    const tg_shape column = with_unit_axis(tg_shape_from(a->positions));
    tg_tensor *position = tg_cast(tg_reshape(a->positions, column), TG_F64);
    position = tg_add_num(position, (double)a->offset);
    return tg_mul(position, tg_constant(tape, TG_F64, TG_SHAPE(pairs), speeds));
}

static void waves(const application *a, tg_tensor **cosine, tg_tensor **sine)
{
    const tg_site at = a->at;
    if (!a->positions) {
        *cosine = table(a, cos);
        *sine = table(a, sin);
        return;
    }
    tg_tensor *angle = angles(a);
    *cosine = tg_cast(tg_cos(angle), tg_dtype_of(a->x));
    *sine = tg_cast(tg_sin(angle), tg_dtype_of(a->x));
}

/* ---- The rotation ----------------------------------------------------------------------- */

/* The shape with its last axis n split into [n / parts, parts], or, with [parts_first], into
 * [parts, n / parts]. */
static tg_shape split(tg_shape shape, int64_t parts, bool parts_first)
{
    const int64_t rest = shape.dim[shape.rank - 1] / parts;
    shape.dim[shape.rank - 1] = parts_first ? parts : rest;
    shape.dim[shape.rank++] = parts_first ? rest : parts;
    return shape;
}

/* The sign of the sine: x1 cos - x2 sin for the first of a pair, x2 cos + x1 sin for the second. */
static tg_tensor *signs(const application *a)
{
    static const double wide[2] = { -1, 1 };
    static const float narrow[2] = { -1, 1 };
    const tg_site at = a->at;
    const bool is_wide = tg_dtype_of(a->x) == TG_F64;
    return tg_constant(tg_tape_of(a->x), tg_dtype_of(a->x),
                       a->halves ? TG_SHAPE(2, 1) : TG_SHAPE(2),
                       is_wide ? (const void *)wide : narrow);
}

tg_tensor *tg_rotary_positions_with(const tg_rotary_positions_args *given)
{
    tg_rotary_positions_args args = { TG_ROTARY_POSITIONS_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_rotary_positions", x)) return NULL;
    if (!tg__nn_enter(&args.at, "tg_rotary_positions", 1, TG__NN_OPERANDS(args.x, args.positions)))
        return NULL;
    const tg_site at = args.at;
    if (!operands_fit(&args)) return NULL;
    if (tg_count(args.x) == 0) return args.x;

    tg_tensor *cosine, *sine;
    waves(&args, &cosine, &sine);
    if (!cosine || !sine) return NULL;
    cosine = tg_reshape(cosine, split(tg_shape_from(cosine), 1, args.halves));
    sine = tg_reshape(sine, split(tg_shape_from(sine), 1, args.halves));
    tg_tensor *pair = tg_reshape(args.x, split(tg_shape_from(args.x), 2, args.halves));
    tg_tensor *other = tg_flip(pair, TG_AXES(args.halves ? -2 : -1));
    other = tg_mul(other, signs(&args));
    tg_tensor *turned = tg_add(tg_mul(pair, cosine), tg_mul(other, sine));
    return tg_reshape(turned, tg_shape_from(args.x));
}
