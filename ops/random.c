/* random.c: random numbers by a counter-based generator: an element is a function of the store's
 * seed, the node's key, the number of draws by that key so far (autograd/counter.c), and the
 * element's place. The primitives are draws of floats and of integers; the others are made of
 * them. */
#include "ops/attributes.h"
#include "ops/ops.h"

#include <float.h>
#include <inttypes.h>

#include "kernels/philox.h"
#include "kernels/parallel.h"

/* ---- Recording -------------------------------------------------------------------------- */

/* Notes the use of a key by a new node; false with an error if there is no key, or it is used.
 * Each unrolled run may use a key once, and draws what a run after the ones before it would
 * draw. */
static bool take_key(tg_site at, tg_tape *tape, const char *name, const char *key,
                     tg__draw_attr *attr)
{
    if (!key || !*key) {
        tg__fail_op(tape, at, TG_ERR_ARGUMENT, name, 0, NULL,
                    "a random node needs a key, such as \"encoder.dropout\"");
        return false;
    }
    *attr = (tg__draw_attr){ .key = tg__hash(key, strlen(key), 0) };
    const tg_status status = tg__key_enter(tape, attr->key, &attr->ahead);
    if (status == TG_ERR_ARGUMENT)
        tg__fail_op(tape, at, status, name, 0, NULL,
                    "the key \"%s\" is used twice on this tape; the two would draw the same "
                    "numbers",
                    key);
    else if (status != TG_OK) tg__fail_op(tape, at, status, name, 0, NULL, "out of memory");
    return status == TG_OK;
}

/* Records a node whose attributes begin with [attr]; [name] is the function that was called. */
static tg_tensor *draw(tg_site at, tg_tape *tape, const char *name, const tg_op *op,
                       const char *key, tg_dtype dtype, tg_shape shape, tg__draw_attr *attr,
                       size_t attr_size)
{
    if (!tg__shape_ok(tape, at, name, dtype, shape.rank, shape.dim) ||
        !take_key(at, tape, name, key, attr))
        return NULL;
    tg_tensor *x = tg__record(tape, at, op, dtype, shape.rank, shape.dim, 0, NULL, attr, attr_size);
    if (!x) tg__keys_shrink(tape, tape->key_count - 1);
    return x;
}

/* The dtype, or the store's for TG_DTYPE_DEFAULT. TG_DTYPE_DEFAULT, with an error, if it is not
 * in the set. */
static tg_dtype dtype_in(tg_site at, tg_tape *tape, const char *name, const char *key,
                         tg_dtype dtype, unsigned set, const char *names)
{
    if (dtype == TG_DTYPE_DEFAULT) dtype = tape->store->dtype;
    if (tg_dtype_size(dtype) && set >> dtype & 1) return dtype;
    tg__fail_op(tape, at, TG_ERR_DTYPE, name, 0, NULL, "%s: takes %s, not %s", key ? key : "?",
                names, tg_dtype_name(dtype));
    return TG_DTYPE_DEFAULT;
}

/* ---- Floats ----------------------------------------------------------------------------- */

/* The least and the largest number of the dtype that a draw may be. */
typedef struct limits {
    double least, most;
} limits;

/* Element [i] of the result. */
#define PUT(value, dtype, type, T, ...)                                                            \
    case dtype: ((T *)call->out.data)[i] = (T)(value); break;

/* Denormals are not flushed to 0, which may be outside the range. */
#define FLOAT_DRAW(id, limits_of, value)                                                           \
    static tg_status id##_call(const tg__call *call)                                               \
    {                                                                                              \
        const tg__float_attr *attr = call->attr;                                                   \
        const tg__stream stream = tg__stream_of(call->seed, call->drawn, attr->draw.key);          \
        const uint64_t count = (uint64_t)tg__operand_count(&call->out);                            \
        const tg__fpu fpu = tg__fpu_enter(false);                                                  \
        const limits range = limits_of(attr, call->out.dtype);                                     \
        for (uint64_t i = 0; i < count; i++) {                                                     \
            const double x = value;                                                                \
            const double drawn = x < range.least ? range.least : x > range.most ? range.most : x;  \
            switch (call->out.dtype) {                                                             \
                TG_EACH_FLOAT(PUT, drawn)                                                          \
            default: break;                                                                        \
            }                                                                                      \
        }                                                                                          \
        tg__fpu_leave(fpu);                                                                        \
        return TG_OK;                                                                              \
    }                                                                                              \
    const tg_op tg__op_##id = { .name = #id,                                                       \
                                .kind = TG_KIND_CALL,                                              \
                                .arity = 0,                                                        \
                                .flags = TG_OP_RANDOM,                                             \
                                .call = id##_call,                                                 \
                                .no_gradient = "a leaf" };

static limits half_open(const tg__float_attr *attr, tg_dtype dtype)
{
    return (limits){ tg__dtype_from(dtype, attr->a), tg__dtype_below(dtype, attr->b) };
}
static limits closed(const tg__float_attr *attr, tg_dtype dtype)
{
    return (limits){ tg__dtype_from(dtype, attr->low), tg__dtype_to(dtype, attr->high) };
}
static limits endless(const tg__float_attr *attr, tg_dtype dtype)
{
    (void)attr, (void)dtype;
    return (limits){ -(double)INFINITY, (double)INFINITY };
}

/* Proposes x for a standard normal in [a, b], where a > 0 or a <= 0 <= b; true if it is
 * accepted. The proposals are those of Robert (1995): the normal itself, a uniform, or an
 * exponential that begins at a. */
static bool propose(tg__philox r, double a, double b, double *x)
{
    const double u = (double)((((uint64_t)r.v[0] << 32 | r.v[1]) >> 11) + 1) * 0x1p-53; /* (0, 1] */
    const double v = (double)(((uint64_t)r.v[2] << 32 | r.v[3]) >> 11) * 0x1p-53;       /* [0, 1) */
    if (a <= 0 && b - a > 2) {
        *x = sqrt(-2.0 * log(u)) * cos(6.283185307179586476925 * v);
        return *x >= a && *x <= b;
    }
    const double root = sqrt(a * a + 4), rate = (a + root) / 2;
    /* The exponent is a (a - root) / 4 without the difference of numbers that are nearly equal. */
    const double reach = exp(0.5 - a / (a + root)) / rate;
    if (a <= 0 || b - a <= reach) {
        const double most = a > 0 ? a : 0; /* where the density is largest */
        *x = a + (b - a) * v;
        return u <= exp((most - *x) * (most + *x) / 2);
    }
    *x = a - log(u) / rate;
    return *x <= b && v < exp(-(*x - rate) * (*x - rate) / 2);
}

enum { PROPOSALS = 4096, PLACE_BITS = 52 }; /* about half of the proposals are accepted */

/* How many deviations x is from the mean. Where x - mean overflows, halves are used. Beyond FAR,
 * whose square is still a number, the result is FAR: the draw is then the end of the range. */
static double standard(double x, const tg__float_attr *attr)
{
    const double FAR = 0x1p500, d = x - attr->a;
    const double z = isinf(d) ? (x / 2 - attr->a / 2) / attr->b * 2 : d / attr->b;
    return z < -FAR ? -FAR : z > FAR ? FAR : z;
}

static double truncated_at(tg__stream stream, uint64_t i, const tg__float_attr *attr)
{
    double a = standard(attr->low, attr), b = standard(attr->high, attr), x = 0;
    const bool mirrored = b < 0;
    if (mirrored) {
        const double swap = a;
        a = -b;
        b = -swap;
    }
    for (uint64_t attempt = 0; attempt < PROPOSALS; attempt++)
        if (propose(tg__philox_at(stream.key, stream.high, attempt << PLACE_BITS | i), a, b, &x))
            break;
    if (mirrored) x = -x;
    const double y = attr->a + attr->b * x;
    return isinf(y) ? 2 * (attr->a / 2 + attr->b / 2 * x) : y;
}

FLOAT_DRAW(uniform, half_open, tg__uniform_between(tg__uniform_at(stream, i), attr->a, attr->b))
FLOAT_DRAW(normal, endless, attr->a + attr->b * tg__normal_at(stream, i))
FLOAT_DRAW(truncated_normal, closed, truncated_at(stream, i, attr))

/* Checks the range of a draw and records it. The range is cut at the dtype's largest numbers; a
 * number must be left in it, and no draw of a normal distribution may be beyond them. */
static tg_tensor *draw_floats(tg_site at, tg_tape *tape, const tg_op *op, const char *key,
                              tg_dtype dtype, tg_shape shape, tg__float_attr attr,
                              limits (*limits_of)(const tg__float_attr *, tg_dtype))
{
    dtype = dtype_in(at, tape, op->name, key, dtype, TG_SET_FLOAT, "f32 or f64");
    if (!dtype || !tg__holds(at, op->name, tape, dtype, NULL, attr.a) ||
        !tg__holds(at, op->name, tape, dtype, NULL, attr.b))
        return NULL;
    if (op == &tg__op_normal && !tg__holds_normal(dtype, attr.a, attr.b, TG__NORMAL_MOST))
        return tg__fail_op(tape, at, TG_ERR_ARGUMENT, op->name, 0, NULL,
                           "with the mean %g and the standard deviation %g some of the numbers "
                           "drawn would be infinite as %s",
                           attr.a, attr.b, tg_dtype_name(dtype));
    const double most = dtype == TG_F32 ? (double)FLT_MAX : DBL_MAX;
    if (op == &tg__op_truncated_normal) {
        attr.low = fmax(attr.low, -most);
        attr.high = fmin(attr.high, most);
    }
    const limits range = limits_of(&attr, dtype);
    if (!(range.least <= range.most))
        return tg__fail_op(tape, at, TG_ERR_ARGUMENT, op->name, 0, NULL,
                           "there is no %s between %.17g and %.17g", tg_dtype_name(dtype),
                           op == &tg__op_uniform ? attr.a : attr.low,
                           op == &tg__op_uniform ? attr.b : attr.high);
    return draw(at, tape, op->name, op, key, dtype, shape, &attr.draw, sizeof attr);
}

/* Records a uniform draw from [0, 1) for the function with that name. */
static tg_tensor *draw_unit(tg_site at, tg_tape *tape, const char *name, const char *key,
                            tg_dtype dtype, tg_shape shape)
{
    tg__float_attr attr = { .a = 0, .b = 1 };
    return draw(at, tape, name, &tg__op_uniform, key, dtype, shape, &attr.draw, sizeof attr);
}

tg_tensor *tg_uniform_at(tg_site at, tg_tape *tape, const char *key, tg_dtype dtype, tg_shape shape,
                         double low, double high)
{
    at = tg__within(at, "tg_uniform");
    if (!tg__tape_ready(tape)) return NULL;
    if (!(low < high && isfinite(low) && isfinite(high)))
        return tg__fail_op(tape, at, TG_ERR_ARGUMENT, "uniform", 0, NULL,
                           "the range [%g, %g) is %s", low, high,
                           low < high ? "infinite" : "empty");
    return draw_floats(at, tape, &tg__op_uniform, key, dtype, shape,
                       (tg__float_attr){ .a = low, .b = high }, half_open);
}

tg_tensor *tg_normal_at(tg_site at, tg_tape *tape, const char *key, tg_dtype dtype, tg_shape shape,
                        double mean, double deviation)
{
    at = tg__within(at, "tg_normal");
    if (!tg__tape_ready(tape)) return NULL;
    if (!(deviation >= 0) || !isfinite(deviation) || !isfinite(mean))
        return tg__fail_op(tape, at, TG_ERR_ARGUMENT, "normal", 0, NULL,
                           "the mean is %g and the standard deviation %g; they must be finite, and "
                           "the deviation not negative",
                           mean, deviation);
    return draw_floats(at, tape, &tg__op_normal, key, dtype, shape,
                       (tg__float_attr){ .a = mean, .b = deviation }, endless);
}

tg_tensor *tg_truncated_normal_at(tg_site at, tg_tape *tape, const char *key, tg_dtype dtype,
                                  tg_shape shape, double mean, double deviation, double low,
                                  double high)
{
    at = tg__within(at, "tg_truncated_normal");
    if (!tg__tape_ready(tape)) return NULL;
    if (!(deviation > 0) || !isfinite(deviation) || !isfinite(mean))
        return tg__fail_op(tape, at, TG_ERR_ARGUMENT, "truncated_normal", 0, NULL,
                           "the mean is %g and the standard deviation %g; they must be finite, and "
                           "the deviation greater than 0",
                           mean, deviation);
    if (!(low < high) || low == (double)INFINITY || high == -(double)INFINITY)
        return tg__fail_op(tape, at, TG_ERR_ARGUMENT, "truncated_normal", 0, NULL,
                           "the range [%g, %g] is empty", low, high);
    return draw_floats(at, tape, &tg__op_truncated_normal, key, dtype, shape,
                       (tg__float_attr){ .a = mean, .b = deviation, .low = low, .high = high },
                       closed);
}

/* ---- Integers --------------------------------------------------------------------------- */

/* The upper 64 bits of a product. */
static uint64_t multiply_high(uint64_t a, uint64_t b)
{
    const uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
    const uint64_t middle = a1 * b0 + (a0 * b0 >> 32), other = a0 * b1 + (uint32_t)middle;
    return a1 * b1 + (middle >> 32) + (other >> 32);
}

/* 128 random bits, scaled to a whole number below [span]. Probabilities of two numbers differ by
 * 2^-64 at most. */
static uint64_t scaled_down(tg__philox r, uint64_t span)
{
    const uint64_t high = (uint64_t)r.v[0] << 32 | r.v[1], low = (uint64_t)r.v[2] << 32 | r.v[3];
    const uint64_t sum = high * span, carried = multiply_high(low, span);
    return multiply_high(high, span) + (sum + carried < sum);
}

static tg_status integers_call(const tg__call *call)
{
    const tg__integer_attr *attr = call->attr;
    const tg__stream stream = tg__stream_of(call->seed, call->drawn, attr->draw.key);
    const uint64_t count = (uint64_t)tg__operand_count(&call->out);
    for (uint64_t i = 0; i < count; i++) {
        const tg__philox bits = tg__philox_at(stream.key, stream.high, i);
        const int64_t value = (int64_t)((uint64_t)attr->low + scaled_down(bits, attr->span));
        switch (call->out.dtype) {
            TG_EACH_INT(PUT, value)
        default: break;
        }
    }
    return TG_OK;
}

const tg_op tg__op_integers = { .name = "integers",
                                .kind = TG_KIND_CALL,
                                .arity = 0,
                                .flags = TG_OP_RANDOM,
                                .call = integers_call,
                                .no_gradient = "a leaf" };

tg_tensor *tg_integers_at(tg_site at, tg_tape *tape, const char *key, tg_dtype dtype,
                          tg_shape shape, int64_t low, int64_t high)
{
    at = tg__within(at, "tg_integers");
    if (!tg__tape_ready(tape)) return NULL;
    if (dtype == TG_DTYPE_DEFAULT) dtype = TG_I64;
    dtype = dtype_in(at, tape, "integers", key, dtype, TG_SET_INT, "i32, i64 or u8");
    if (!dtype) return NULL;
    const bool holds = dtype == TG_I64 || (tg__dtype_holds(dtype, (double)low) &&
                                           tg__dtype_holds(dtype, (double)high - 1));
    if (!(low < high) || !holds)
        return tg__fail_op(tape, at, TG_ERR_ARGUMENT, "integers", 0, NULL,
                           "the range [%" PRId64 ", %" PRId64 ") %s %s", low, high,
                           low < high ? "does not fit into" : "is empty, of", tg_dtype_name(dtype));
    tg__integer_attr attr = { .low = low, .span = (uint64_t)high - (uint64_t)low };
    return draw(at, tape, "integers", &tg__op_integers, key, dtype, shape, &attr.draw, sizeof attr);
}

/* ---- Compositions ----------------------------------------------------------------------- */

tg_tensor *tg_bernoulli_at(tg_site at, tg_tape *tape, const char *key, tg_dtype dtype,
                           tg_shape shape, double p)
{
    at = tg__within(at, "tg_bernoulli");
    if (!tg__tape_ready(tape)) return NULL;
    dtype = dtype_in(at, tape, "bernoulli", key, dtype, TG_SET_ANY, "any known dtype");
    if (!dtype) return NULL;
    if (!(p >= 0 && p <= 1))
        return tg__fail_op(tape, at, TG_ERR_ARGUMENT, "bernoulli", 0, NULL,
                           "the probability is %g, and must lie in [0, 1]", p);
    const size_t length = tape->count, keys = tape->key_count;
    const tg_dtype drawn = dtype == TG_F64 ? TG_F64 : TG_F32;
    tg_tensor *u = draw_unit(at, tape, "bernoulli", key, drawn, shape);
    tg_tensor *hit = tg_less(u, tg_number_like(u, p));
    tg_tensor *y = tg__whole(tape, length, tg_cast(hit, dtype));
    if (!y) tg__keys_shrink(tape, keys);
    return y;
}

tg_tensor *tg_permutation_at(tg_site at, tg_tape *tape, const char *key, int64_t count)
{
    at = tg__within(at, "tg_permutation");
    if (!tg__tape_ready(tape) || !tg__shape_ok(tape, at, "permutation", TG_F64, 1, &count))
        return NULL;
    const size_t length = tape->count, keys = tape->key_count;
    tg_tensor *u = draw_unit(at, tape, "permutation", key, TG_F64, TG_SHAPE(count));
    tg_tensor *y = tg__whole(tape, length, tg_argsort(u));
    if (!y) tg__keys_shrink(tape, keys);
    return y;
}

tg_tensor *tg_categorical_at(tg_site at, tg_tensor *logits, const char *key)
{
    at = tg__within(at, "tg_categorical");
    if (!tg__ready(at, "categorical", 1, &logits) ||
        !tg__dtype_in(at, "categorical", logits, TG_SET_FLOAT))
        return NULL;
    tg_tape *tape = logits->tape;
    if (logits->rank == 0 || logits->dim[logits->rank - 1] == 0)
        return tg__fail_op(tape, at, TG_ERR_SHAPE, "categorical", 1, &logits,
                           "needs a last axis with an element for each category");
    const size_t length = tape->count, keys = tape->key_count;
    tg_tensor *u = draw_unit(at, tape, "categorical", key, TG_F64, tg_shape_from(logits));
    /* u = 0 gives -infinity, which is never the largest. */
    tg_tensor *gumbel = tg_neg(tg_log(tg_neg(tg_log(u))));
    tg_tensor *noisy = tg_add(tg_cast(logits, TG_F64), gumbel);
    tg_tensor *y = tg__whole(tape, length, tg_argmax(noisy, .axis = -1));
    if (!y) tg__keys_shrink(tape, keys);
    return y;
}
