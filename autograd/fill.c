/* fill.c: the first values of a variable. Each random one is a function of the store's seed, the
 * variable's name and the element's place, so neither the order in which variables are made nor
 * other variables matter. */
#include "autograd/engine.h"

#include "kernels/orthogonal.h"
#include "kernels/philox.h"

/* The random streams of a variable: one for its values, one for what else is drawn. Their
 * numbers are no counts that a stream of draws (ops/random.c) reaches. */
enum { VALUES = 0x696e6974, CHOICES }; /* "init", and the next */

static tg__stream stream_of(const tg_var *var, uint64_t purpose)
{
    return tg__stream_of(var->store->seed, purpose, tg__hash(var->name, strlen(var->name), 0));
}

static void put(const tg_var *var, int64_t i, double value)
{
    tg__store_scalar((int)var->dtype, value,
                     (unsigned char *)var->data + (size_t)i * tg_dtype_size(var->dtype));
}

/* ---- What can be ------------------------------------------------------------------------ */

/* What is wrong with a normal distribution's numbers. */
static const char *normal_fault(double mean, double deviation, double most, tg_dtype dtype)
{
    if (!isfinite(mean)) return "a mean must be finite";
    if (!(deviation >= 0)) return "a deviation must not be negative";
    if (!isfinite(deviation)) return "a deviation must be finite";
    return tg__holds_normal(dtype, mean, deviation, most)
               ? NULL
               : "some of the numbers drawn would be infinite";
}

static const char *uniform_fault(double low, double high, tg_dtype dtype)
{
    if (!isfinite(low) || !isfinite(high)) return "a uniform range must be finite";
    if (!(high >= low)) return "a uniform range must not be empty";
    if (!tg__dtype_holds(dtype, low) || !tg__dtype_holds(dtype, high))
        return tg__dtype_range(dtype);
    return low == high || tg__dtype_from(dtype, low) < high
               ? NULL
               : "the dtype has no number in the range";
}

const char *tg__init_fault(tg_init init, tg_dtype dtype, tg_shape shape, bool parameter)
{
    if (init.kind == TG_INIT_CONSTANT) {
        if (parameter && isnan(init.a)) return "a constant must be a number";
        return tg__dtype_holds(dtype, init.a) ? NULL : tg__dtype_range(dtype);
    }
    const char *fault = NULL;
    switch (init.kind) {
    case TG_INIT_UNIFORM: fault = uniform_fault(init.a, init.b, dtype); break;
    case TG_INIT_NORMAL: fault = normal_fault(init.a, init.b, TG__NORMAL_MOST, dtype); break;
    case TG_INIT_TRUNCATED_NORMAL: fault = normal_fault(init.a, init.b, 2, dtype); break;
    case TG_INIT_ORTHOGONAL:
        if (!isfinite(init.a)) return "the gain must be finite";
        if (shape.rank < 2) return "an orthogonal matrix has a rank of at least 2";
        break;
    case TG_INIT_SPARSE:
        if (!(init.a >= 0 && init.a <= 1)) return "the sparsity must lie in [0, 1]";
        fault = normal_fault(0, init.b, TG__NORMAL_MOST, dtype);
        if (!fault && shape.rank != 2) return "a sparse matrix has rank 2";
        break;
    case TG_INIT_IDENTITY:
        if (!isfinite(init.a)) return "the gain must be finite";
        if (shape.rank != 2) return "an identity has rank 2";
        break;
    case TG_INIT_DIRAC:
        if (!isfinite(init.a)) return "the gain must be finite";
        if (shape.rank < 3 || shape.rank > 5) return "a Dirac kernel has rank 3, 4 or 5";
        if (!(init.b >= 1 && init.b <= 0x1p31) || shape.dim[0] % (int64_t)init.b != 0)
            return "the groups must divide the outputs";
        break;
    case TG_INIT_DEFAULT: return "no initialiser was given (tg_init_zeros() makes zeros)";
    default: return "there is no initialiser of that kind";
    }
    if (!tg__is_float((int)dtype)) return "only f32 and f64 are filled so";
    if (fault) return fault;
    return tg__dtype_holds(dtype, init.a) && tg__dtype_holds(dtype, init.b)
               ? NULL
               : tg__dtype_range(dtype);
}

/* ---- One by one ------------------------------------------------------------------------- */

static double uniform(tg__stream stream, const tg_var *var, tg_init init, int64_t i)
{
    if (init.a == init.b) return init.a;
    const double least = tg__dtype_from(var->dtype, init.a);
    const double most = tg__dtype_below(var->dtype, init.b);
    const double x = tg__uniform_between(tg__uniform_at(stream, (uint64_t)i), init.a, init.b);
    return x < least ? least : x > most ? most : x;
}

/* Within two deviations of the mean, by drawing again; that 64 draws all miss has a probability
 * below 1e-85. */
static double truncated(tg__stream stream, const tg_var *var, tg_init init, int64_t i)
{
    for (uint64_t draw = 0; draw < 64; draw++) {
        const double z = tg__normal_at(stream, (uint64_t)i + draw * (uint64_t)var->count);
        if (fabs(z) <= 2) return init.a + init.b * z;
    }
    return init.a;
}

/* Is element [i] of a convolution's weight the middle of the window, for an input that goes to
 * the output of the same number? */
static bool is_tap(const tg_var *var, int64_t groups, int64_t i)
{
    for (int axis = var->shape.rank - 1; axis >= 2; axis--) {
        const int64_t size = var->shape.dim[axis];
        if (i % size != size / 2) return false;
        i /= size;
    }
    const int64_t in = i % var->shape.dim[1], out = i / var->shape.dim[1];
    return out % (var->shape.dim[0] / groups) == in;
}

static double element(const tg_var *var, tg_init init, tg__stream stream, int64_t i)
{
    switch (init.kind) {
    case TG_INIT_UNIFORM: return uniform(stream, var, init, i);
    case TG_INIT_NORMAL: return init.a + init.b * tg__normal_at(stream, (uint64_t)i);
    case TG_INIT_TRUNCATED_NORMAL: return truncated(stream, var, init, i);
    case TG_INIT_IDENTITY: return i / var->shape.dim[1] == i % var->shape.dim[1] ? init.a : 0;
    case TG_INIT_DIRAC: return is_tap(var, (int64_t)init.b, i) ? init.a : 0;
    default: return init.a;
    }
}

/* ---- As a whole ------------------------------------------------------------------------- */

/* In each column the zeros are chosen row by row, each with the probability that is left (Knuth,
 * The Art of Computer Programming 2, 3.4.2, algorithm S). */
static void fill_sparse(const tg_var *var, tg_init init)
{
    const tg__stream values = stream_of(var, VALUES), choices = stream_of(var, CHOICES);
    const int64_t rows = var->shape.dim[0], columns = var->shape.dim[1];
    for (int64_t c = 0; c < columns; c++) {
        int64_t zeros = (int64_t)ceil(init.a * (double)rows);
        for (int64_t r = 0; r < rows; r++) {
            const int64_t i = r * columns + c;
            const double u = tg__uniform_at(choices, (uint64_t)i);
            const bool zero = u * (double)(rows - r) < (double)zeros;
            zeros -= zero;
            put(var, i, zero ? 0 : init.b * tg__normal_at(values, (uint64_t)i));
        }
    }
}

/* Normal vectors made orthonormal, in order: the Q of a QR decomposition whose R has a positive
 * diagonal, which makes every Q as likely (Mezzadri 2007). */
static bool fill_orthogonal(const tg_var *var, tg_init init)
{
    const tg__stream stream = stream_of(var, VALUES);
    const int64_t rows = var->shape.dim[0], columns = rows ? var->count / rows : 0;
    const bool tall = rows > columns;
    const int64_t count = tall ? columns : rows, length = tall ? rows : columns;
    size_t bytes;
    if (var->count == 0) return true;
    if (!tg__orthogonal_bytes(count, length, &bytes)) return false;
    double *units = tg__alloc_zero(&var->store->allocator, bytes);
    if (!units) return false;
    const int64_t step = tg__orthogonal_step(length);
    for (int64_t k = 0; k < count; k++)
        for (int64_t i = 0; i < length; i++)
            units[k * step + i] = tg__normal_at(stream, (uint64_t)(k * length + i));
    tg__orthonormalize(units, count, length);
    for (int64_t k = 0; k < count; k++)
        for (int64_t i = 0; i < length; i++)
            put(var, tall ? i * columns + k : k * columns + i, init.a * units[k * step + i]);
    tg__free(&var->store->allocator, units);
    return true;
}

bool tg__fill_var(const tg_var *var, tg_init init)
{
    if (init.kind == TG_INIT_ORTHOGONAL) return fill_orthogonal(var, init);
    if (init.kind == TG_INIT_SPARSE) {
        fill_sparse(var, init);
        return true;
    }
    const tg__stream stream = stream_of(var, VALUES);
    for (int64_t i = 0; i < var->count; i++) put(var, i, element(var, init, stream, i));
    return true;
}
