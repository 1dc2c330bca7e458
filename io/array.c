/* array.c: arrays in memory, memory that grows, rows of arrays, and feeding arrays to inputs. */
#include "io/io.h"

#include <string.h>

#include "autograd/engine.h"

const tg_allocator *tg__allocator_or_default(const tg_allocator *allocator)
{
    return allocator ? allocator : &tg__default_allocator;
}

const tg_allocator *tg__array_allocator(const tg_array *array)
{
    return array->allocator.alloc ? &array->allocator : &tg__default_allocator;
}

bool tg__reserve(const tg_allocator *allocator, tg__growing *memory, size_t more, size_t limit)
{
    size_t needed;
    if (!tg__size_add(memory->used, more, &needed) || needed > limit) return false;
    if (needed <= memory->capacity) return true;
    enum { SMALLEST = 256 };
    size_t wanted = memory->capacity <= limit / 2 ? memory->capacity * 2 : limit;
    if (wanted < SMALLEST) wanted = limit < SMALLEST ? limit : SMALLEST;
    if (wanted < needed) wanted = needed;
    void *fresh = tg__alloc(allocator, wanted);
    if (!fresh) return false;
    if (memory->used) memcpy(fresh, memory->data, memory->used);
    tg__free(allocator, memory->data);
    memory->data = fresh;
    memory->capacity = wanted;
    return true;
}

bool tg__array_bytes(tg_dtype dtype, tg_shape shape, size_t *bytes)
{
    const size_t size = tg_dtype_size(dtype);
    const int64_t count = tg_shape_count(shape);
    return size > 0 && count >= 0 && (uint64_t)count <= SIZE_MAX &&
           tg__size_mul((size_t)count, size, bytes) && *bytes <= PTRDIFF_MAX;
}

tg_status tg_array_new(tg_array *out, tg_dtype dtype, tg_shape shape, const tg_allocator *allocator)
{
    if (!out) return TG_ERR_ARGUMENT;
    *out = (tg_array){ .dtype = TG_DTYPE_DEFAULT };
    allocator = tg__allocator_or_default(allocator);
    if (tg_dtype_size(dtype) == 0) return TG_ERR_DTYPE;
    if (shape.rank < 0 || shape.rank > TG_MAX_RANK) return TG_ERR_SHAPE;
    for (int i = 0; i < shape.rank; i++)
        if (shape.dim[i] < 0) return TG_ERR_SHAPE;
    size_t bytes;
    if (!tg__array_bytes(dtype, shape, &bytes)) return TG_ERR_MEMORY;
    void *data = tg__alloc_zero(allocator, bytes);
    if (!data && bytes > 0) return TG_ERR_MEMORY;
    *out = (tg_array){ dtype, shape, data, *allocator };
    return TG_OK;
}

tg_array tg_array_view(tg_dtype dtype, tg_shape shape, void *data)
{
    return (tg_array){ .dtype = dtype, .shape = shape, .data = data };
}

void tg_array_free(tg_array *array)
{
    if (!array) return;
    if (array->allocator.free) tg__free(&array->allocator, array->data);
    *array = (tg_array){ .dtype = TG_DTYPE_DEFAULT };
}

tg_status tg__array_make(tg__report *report, const tg_allocator *allocator, tg_dtype dtype,
                         tg_shape shape, tg_array *out)
{
    char text[TG_SHAPE_SEEN];
    const tg_status status = tg_array_new(out, dtype, shape, allocator);
    if (status == TG_OK) return TG_OK;
    return tg__complain(report, status, "%s for an array %s %s", tg_status_name(status),
                        tg__shape_seen(text, shape), tg_dtype_name(dtype));
}

size_t tg__row_bytes(const tg_array *array)
{
    size_t bytes = tg_dtype_size(array->dtype);
    for (int i = 1; i < array->shape.rank; i++) bytes *= (size_t)array->shape.dim[i];
    return bytes;
}

void tg__gather_rows(const tg_array *array, const int64_t *rows, int64_t count, void *out)
{
    const size_t bytes = tg__row_bytes(array);
    if (bytes == 0) return;
    const unsigned char *from = array->data;
    unsigned char *to = out;
    for (int64_t i = 0; i < count; i++)
        memcpy(to + (size_t)i * bytes, from + (size_t)rows[i] * bytes, bytes);
}

/* ---- Feeding ------------------------------------------------------------------------ */

bool tg__same_dtype(tg_site at, const char *function, const char *name, const tg_tensor *input,
                    tg_dtype dtype)
{
    const tg_dtype given = tg_dtype_of(input);
    if (given == dtype) return true;
    tg_fail(tg_tape_of(input), at, TG_ERR_DTYPE,
            "%s: %s is %s, the data %s: declare the input as %s, and tg_cast it on the tape",
            function, name, tg_dtype_name(given), tg_dtype_name(dtype), tg_dtype_name(dtype));
    return false;
}

/* True if both shapes have the same number of rows and of elements in a row. */
static bool same_rows(tg_shape a, tg_shape b)
{
    return tg_shape_equal(a, b) || (a.rank > 0 && b.rank > 0 && a.dim[0] == b.dim[0] &&
                                    tg_shape_count(a) == tg_shape_count(b));
}

bool tg__takes_batch(tg_site at, const char *function, const char *name, const tg_tensor *input,
                     tg_dtype dtype, tg_shape batch, const char *advice)
{
    char data[TG_SHAPE_SEEN], given[TG_SHAPE_SEEN];
    const tg_shape shape = tg_shape_from(input);
    if (!tg__same_dtype(at, function, name, input, dtype)) return false;
    if (same_rows(shape, batch)) return true;
    const bool short_batch = shape.rank > 0 && shape.dim[0] > batch.dim[0];
    tg_fail(tg_tape_of(input), at, TG_ERR_SHAPE,
            "%s: the coming batch has %lld rows, %s %s, and %s is %s%s%s", function,
            (long long)batch.dim[0], name, tg__shape_seen(data, batch), name,
            tg__shape_seen(given, shape), short_batch ? "; " : "", short_batch ? advice : "");
    return false;
}

/* True if the input takes the array; else an error on its tape. */
static bool fits(tg_site at, tg_tensor *input, const tg_array *array)
{
    char data[TG_SHAPE_SEEN], given[TG_SHAPE_SEEN];
    tg_tape *tape = tg_tape_of(input);
    const tg_shape shape = tg_shape_from(input);
    if (!array || !tg_dtype_size(array->dtype)) {
        tg_fail(tape, at, TG_ERR_ARGUMENT, "tg_feed_array: the array is %s",
                array ? "empty: it has no dtype" : "NULL");
    } else if (tg__same_dtype(at, "tg_feed_array", "the input", input, array->dtype)) {
        if (same_rows(shape, array->shape)) return true;
        tg_fail(tape, at, TG_ERR_SHAPE, "tg_feed_array: the array is %s, and the input is %s",
                tg__shape_seen(data, array->shape), tg__shape_seen(given, shape));
    }
    tg_fail_operands(tape, TG_LIST(input));
    return false;
}

tg_status tg_feed_array_at(tg_site at, tg_tensor *input, const tg_array *array)
{
    const tg_tape *tape = tg_tape_of(input);
    if (!tape) return TG_ERR_ARGUMENT;
    /* If the tape has an error already, that message stays. */
    if (tg_tape_status(tape) != TG_OK || !fits(at, input, array)) return tg_tape_status(tape);
    at.function = "tg_feed_array";
    return tg__feed(at, input, array->dtype, array->data, (size_t)tg_shape_count(array->shape));
}
