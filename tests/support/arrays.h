/* arrays.h: plain arrays, on which tests compute with loops of their own what operations should
 * give. The elements are doubles, whatever the dtype of the tensor they are compared with. */
#ifndef TG_TESTS_ARRAYS_H
#define TG_TESTS_ARRAYS_H

#include "compare.h" /* before recorded.h, which takes the names store and tape */

#include "random.h"
#include "recorded.h"

enum { ARENA = 1 << 22 };
static double arena[ARENA]; /* the elements of all arrays since the tape was opened */
static size_t arena_used;

typedef struct array {
    tg_shape shape;
    int64_t count;
    double *at;
} array;

/* Forgets all that was recorded, and all arrays. */
static inline void start_over(void)
{
    tg_rewind(tape);
    arena_used = 0;
}

/* The shape of those sizes, or the list of those axes, as tables have them. */
#define R(...)                                                                                     \
    {                                                                                              \
        sizeof((int[]){ __VA_ARGS__ }) / sizeof(int), { __VA_ARGS__ }                              \
    }
/* As many axes as there can be. */
#define EIGHT R(2, 1, 3, 2, 1, 2, 2, 3)

/* ---- Places ----------------------------------------------------------------------------- */

static inline tg_shape shape_with(tg_shape shape, int axis, int64_t size)
{
    shape.dim[axis] = size;
    return shape;
}

static inline int64_t place_of(tg_shape shape, const int64_t *index)
{
    int64_t place = 0;
    for (int i = 0; i < shape.rank; i++) place = place * shape.dim[i] + index[i];
    return place;
}

static inline void index_of(tg_shape shape, int64_t place, int64_t *index)
{
    for (int i = shape.rank; i-- > 0; place /= shape.dim[i]) index[i] = place % shape.dim[i];
}

/* The number of groups of elements that differ in the [axes] (a set) alone. */
static inline int64_t group_count(tg_shape shape, uint32_t axes)
{
    for (int i = 0; i < shape.rank; i++)
        if (axes >> i & 1) shape.dim[i] = 1;
    return tg_shape_count(shape);
}

/* The places of one of them, in order. Returns how many. */
static inline int64_t group_of(tg_shape shape, uint32_t axes, int64_t group, int64_t *places)
{
    tg_shape outer = shape, inner = shape;
    for (int i = 0; i < shape.rank; i++) (axes >> i & 1 ? &outer : &inner)->dim[i] = 1;
    int64_t first[TG_MAX_RANK], next[TG_MAX_RANK];
    const int64_t count = tg_shape_count(inner);
    index_of(outer, group, first);
    for (int64_t k = 0; k < count; k++) {
        index_of(inner, k, next);
        for (int i = 0; i < shape.rank; i++) next[i] += first[i];
        places[k] = place_of(shape, next);
    }
    return count;
}

/* ---- Arrays ----------------------------------------------------------------------------- */

/* Zeros. */
static inline array array_of(tg_shape shape)
{
    const array a = { shape, tg_shape_count(shape), arena + arena_used };
    ck_assert_int_ge(a.count, 0);
    ck_assert_uint_le((size_t)a.count, ARENA - arena_used);
    arena_used += (size_t)a.count;
    for (int64_t i = 0; i < a.count; i++) a.at[i] = 0;
    return a;
}

static inline bool is_float(tg_dtype dtype) { return dtype == TG_F32 || dtype == TG_F64; }

/* What an element becomes as a number of that dtype. */
static inline double as_dtype(tg_dtype dtype, double value)
{
    switch (dtype) {
    case TG_F32: return (double)(float)value;
    case TG_I32: return (double)(int32_t)(uint32_t)(int64_t)value;
    case TG_U8: return (double)(uint8_t)(int64_t)value;
    case TG_BOOL: return value != 0;
    default: return value;
    }
}

/* Floats between -2 and 2, or whole numbers of all sizes, some of which are equal. */
static inline array drawn_array(rng *random, tg_dtype dtype, tg_shape shape)
{
    const array a = array_of(shape);
    for (int64_t i = 0; i < a.count; i++) {
        switch (dtype) {
        case TG_BOOL: a.at[i] = rng_below(random, 2); break;
        case TG_U8: a.at[i] = 13 * rng_below(random, 19); break;
        case TG_I32: a.at[i] = 0x1p26 * (rng_below(random, 19) - 9); break;
        case TG_I64: a.at[i] = 0x1p44 * (rng_below(random, 19) - 9); break;
        default: a.at[i] = as_dtype(dtype, rng_between(random, -2, 2)); break;
        }
    }
    return a;
}

/* ---- Arrays and tensors ----------------------------------------------------------------- */

static inline void put(tg_dtype dtype, void *data, int64_t i, double value)
{
    switch (dtype) {
    case TG_F32: ((float *)data)[i] = (float)value; break;
    case TG_F64: ((double *)data)[i] = value; break;
    case TG_I32: ((int32_t *)data)[i] = (int32_t)value; break;
    case TG_I64: ((int64_t *)data)[i] = (int64_t)value; break;
    default: ((uint8_t *)data)[i] = (uint8_t)value; break;
    }
}

static inline tg_tensor *input_of(tg_dtype dtype, array a)
{
    tg_tensor *x = tg_input(tape, "x", dtype, a.shape);
    void *data = malloc((size_t)a.count * sizeof(double) + 1);
    ck_assert_ptr_nonnull(data);
    for (int64_t i = 0; i < a.count; i++) put(dtype, data, i, a.at[i]);
    ck_assert_int_eq(tg_feed_as(x, dtype, data, (size_t)a.count), TG_OK);
    free(data);
    return x;
}

/* How the elements of an operand lie in memory. */
enum { PLAIN, TURNED, SPREAD, FORMS };

/* The array as a tensor: as it is; with its axes the other way round; or every second element of
 * a longer axis, from its end. */
static inline tg_tensor *operand_of(tg_dtype dtype, array a, int form)
{
    const int rank = a.shape.rank;
    if (form == PLAIN || rank == 0) return input_of(dtype, a);
    tg_shape shape = a.shape;
    tg_axes axes = { .count = rank };
    for (int i = 0; i < rank; i++) axes.axis[i] = rank - 1 - i;
    for (int i = 0; form == TURNED && i < rank; i++) shape.dim[i] = a.shape.dim[rank - 1 - i];
    if (form == SPREAD) shape.dim[rank - 1] *= 2;
    const array laid = array_of(shape);
    for (int64_t k = 0; k < a.count; k++) {
        int64_t index[TG_MAX_RANK], to[TG_MAX_RANK];
        index_of(a.shape, k, index);
        for (int i = 0; i < rank; i++) to[i] = form == TURNED ? index[rank - 1 - i] : index[i];
        if (form == SPREAD) to[rank - 1] = shape.dim[rank - 1] - 2 - 2 * index[rank - 1];
        laid.at[place_of(shape, to)] = a.at[k];
    }
    tg_tensor *x = input_of(dtype, laid);
    if (form == TURNED) return tg_permute(x, axes);
    return tg_flip(tg_slice(x, -1, 0, shape.dim[rank - 1], 2), TG_AXES(-1));
}

/* x has that shape and those elements, within [tolerance] of 1 + |want|; NaN is equal to NaN. */
static inline void ck_elements(const char *what, tg_tensor *x, array want, double tolerance)
{
    ck_no_error();
    char got_shape[TG_SHAPE_TEXT], want_shape[TG_SHAPE_TEXT];
    const tg_shape shape = tg_shape_from(x);
    ck_assert_msg(tg_shape_equal(shape, want.shape), "%s is %s, not %s", what,
                  tg__shape_text(got_shape, shape.rank, shape.dim),
                  tg__shape_text(want_shape, want.shape.rank, want.shape.dim));
    const tg_dtype dtype = tg_dtype_of(x);
    void *data = malloc((size_t)want.count * sizeof(double) + 1);
    ck_assert_ptr_nonnull(data);
    ck_assert_msg(tg_get_as(x, dtype, data, (size_t)want.count) == TG_OK, "%s: %s", what,
                  tg_tape_error(tape));
    for (int64_t i = 0; i < want.count; i++) {
        const double got = element(dtype, data, (size_t)i);
        if (got == want.at[i] || (isnan(got) && isnan(want.at[i]))) continue;
        if (fabs(got - want.at[i]) <= tolerance * (1 + fabs(want.at[i]))) continue;
        ck_abort_msg("%s (%s, %s): element %lld is %.17g, not %.17g", what, tg_dtype_name(dtype),
                     tg__shape_text(want_shape, shape.rank, shape.dim), (long long)i, got,
                     want.at[i]);
    }
    free(data);
}

/* The same of what x receives when y receives [cotangent]. */
static inline void ck_received(const char *what, tg_tensor *y, array cotangent, tg_tensor *x,
                               array want, double tolerance)
{
    tg_tensor *g = NULL;
    const tg_status status = tg_vjp(y, input_of(tg_dtype_of(y), cotangent), TG_LIST(x), &g);
    ck_assert_msg(status == TG_OK, "%s: %s", what, tg_tape_error(tape));
    char text[96];
    snprintf(text, sizeof text, "the gradient of %s", what);
    ck_elements(text, g, want, tolerance);
}

static inline double tolerance_of(tg_dtype dtype)
{
    return dtype == TG_F32 ? 2e-5 : dtype == TG_F64 ? 1e-13 : 0;
}

#endif
