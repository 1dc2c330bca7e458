/* elements.c: converts the numbers of files to arrays and back. Elements are decoded as they
 * arrive, a few thousand at a time. So memory use follows the data that has arrived, not the size
 * that the header states. */
#include "io/elements.h"

#include <string.h>

/* ---- Types ------------------------------------------------------------------------------ */

tg_dtype tg__element_dtype(tg__element element)
{
    switch (element.kind) {
    case TG__BOOLEAN: return element.size == 1 ? TG_BOOL : TG_DTYPE_DEFAULT;
    case TG__UNSIGNED:
        switch (element.size) {
        case 1: return TG_U8;
        case 2: return TG_I32;
        case 4: return TG_I64;
        case 8: return TG_I64;
        default: return TG_DTYPE_DEFAULT;
        }
    case TG__SIGNED:
        switch (element.size) {
        case 1: return TG_I32;
        case 2: return TG_I32;
        case 4: return TG_I32;
        case 8: return TG_I64;
        default: return TG_DTYPE_DEFAULT;
        }
    case TG__FLOAT:
        switch (element.size) {
        case 2: return TG_F32;
        case 4: return TG_F32;
        case 8: return TG_F64;
        default: return TG_DTYPE_DEFAULT;
        }
    }
    return TG_DTYPE_DEFAULT;
}

bool tg__element_is_own(tg__element element)
{
    const tg_dtype dtype = tg__element_dtype(element);
    return tg_dtype_size(dtype) == element.size && (element.kind != TG__UNSIGNED || dtype == TG_U8);
}

const char *tg__element_name(tg__element element, char out[TG__ELEMENT_NAME])
{
    static const char letters[] = { [TG__UNSIGNED] = 'u', [TG__SIGNED] = 'i', [TG__FLOAT] = 'f' };
    if (element.kind == TG__BOOLEAN) return strcpy(out, "bool");
    (void)snprintf(out, TG__ELEMENT_NAME, "%c%u", letters[element.kind], 8 * (element.size & 15u));
    return out;
}

/* ---- The order of bytes ----------------------------------------------------------------- */

bool tg__is_little_endian(void)
{
    const uint16_t one = 1;
    unsigned char first;
    memcpy(&first, &one, 1);
    return first == 1;
}

void tg__copy_elements(void *out, const void *in, size_t size, size_t element, bool turned)
{
    unsigned char *to = out;
    const unsigned char *from = in;
    if (!turned || element == 1) {
        if (size) memcpy(to, from, size);
        return;
    }
    for (size_t i = 0; i < size; i += element)
        for (size_t k = 0; k < element; k++) to[i + k] = from[i + element - 1 - k];
}

const void *tg__file_bytes(const void *data, size_t bytes, size_t element, bool big_endian,
                           size_t begin, size_t *size, unsigned char room[TG__TURNED])
{
    const unsigned char *from = (const unsigned char *)data + begin;
    *size = bytes - begin;
    if (element == 1 || big_endian != tg__is_little_endian()) return from;
    if (*size > TG__TURNED) *size = TG__TURNED;
    tg__copy_elements(room, from, *size, element, true);
    return room;
}

/* ---- Decoding --------------------------------------------------------------------------- */

/* The bits of the f32 that equals a half (IEEE 754 binary16), exactly. */
static uint32_t half_bits(uint32_t half)
{
    const uint32_t sign = (half & 0x8000) << 16, fraction = half & 0x3ff;
    uint32_t exponent = half >> 10 & 0x1f;
    if (exponent == 0x1f) return sign | 0x7f800000 | fraction << 13; /* infinity, NaN */
    if (exponent > 0) return sign | (exponent + 112) << 23 | fraction << 13;
    if (fraction == 0) return sign;
    /* Subnormal halves are normal floats: the leading 1 is shifted to the place of the implicit
     * bit. */
    uint32_t shifted = fraction;
    for (exponent = 113; !(shifted & 0x400); exponent--) shifted <<= 1;
    return sign | exponent << 23 | (shifted & 0x3ff) << 13;
}

static inline uint64_t bits_at(const unsigned char *at, unsigned size, bool big_endian)
{
    uint64_t bits = 0;
    for (unsigned i = 0; i < size; i++)
        bits |= (uint64_t)at[i] << 8 * (big_endian ? size - 1 - i : i);
    return bits;
}

/* Decodes [count] elements of [size] bytes; [value] is an expression of their [bits]. */
#define DECODE(size, type, value)                                                                  \
    for (size_t i = 0; i < count; i++) {                                                           \
        const uint64_t bits = bits_at(in + (size_t)(size)*i, size, e.big_endian);                  \
        const type decoded = (type)(value);                                                        \
        memcpy((unsigned char *)out + sizeof decoded * i, &decoded, sizeof decoded);               \
    }                                                                                              \
    break

/* Decodes [count] elements. Returns the index of the first one that the dtype cannot hold, or
 * [count]; only unsigned numbers of 8 bytes can be too large. */
static size_t decode(tg__element e, void *out, const unsigned char *in, size_t count)
{
    size_t misfit = count;
    switch (e.kind << 4 | e.size) {
    case TG__BOOLEAN << 4 | 1: DECODE(1, uint8_t, bits != 0);
    case TG__UNSIGNED << 4 | 1: DECODE(1, uint8_t, bits);
    case TG__UNSIGNED << 4 | 2: DECODE(2, int32_t, bits);
    case TG__UNSIGNED << 4 | 4: DECODE(4, int64_t, bits);
    case TG__UNSIGNED << 4 | 8:
        for (misfit = 0; misfit < count; misfit++)
            if (bits_at(in + 8 * misfit, 8, e.big_endian) > INT64_MAX) break;
        count = misfit;
        DECODE(8, int64_t, bits);
    case TG__SIGNED << 4 | 1: DECODE(1, int32_t, (int8_t)bits);
    case TG__SIGNED << 4 | 2: DECODE(2, int32_t, (int16_t)bits);
    case TG__SIGNED << 4 | 4: DECODE(4, uint32_t, bits);
    case TG__SIGNED << 4 | 8: DECODE(8, uint64_t, bits);
    case TG__FLOAT << 4 | 2: DECODE(2, uint32_t, half_bits((uint32_t)bits));
    case TG__FLOAT << 4 | 4: DECODE(4, uint32_t, bits);
    default: DECODE(8, uint64_t, bits);
    }
    return misfit;
}

/* ---- Reading an array ------------------------------------------------------------------- */

/* The indices of the element at position [at] of the file. */
static tg_shape place_of(const tg__announced *array, uint64_t at)
{
    tg_shape place = array->shape;
    for (int i = 0; i < place.rank; i++) {
        const int axis = array->fortran ? i : place.rank - 1 - i;
        place.dim[axis] = (int64_t)(at % (uint64_t)array->shape.dim[axis]);
        at /= (uint64_t)array->shape.dim[axis];
    }
    return place;
}

static tg_status complain_misfit(tg__report *report, const tg__announced *array, uint64_t at,
                                 uint64_t number)
{
    char text[TG_SHAPE_SEEN];
    return tg__complain(report, TG_ERR_UNSUPPORTED,
                        "the u64 %llu at %s is beyond i64, which ends at %lld",
                        (unsigned long long)number, tg__shape_seen(text, place_of(array, at)),
                        (long long)INT64_MAX);
}

tg_status tg__announced_bytes(tg__report *report, const tg__announced *array, uint64_t *bytes)
{
    char text[TG_SHAPE_SEEN];
    size_t held;
    if (tg__array_bytes(tg__element_dtype(array->element), array->shape, &held)) {
        /* Elements are never larger in the file than in the array, so this does not overflow. */
        *bytes = (uint64_t)tg_shape_count(array->shape) * array->element.size;
        return TG_OK;
    }
    return tg__complain(report, TG_ERR_FORMAT,
                        "the %s header announces %s elements, more than any memory holds",
                        array->format, tg__shape_seen(text, array->shape));
}

/* Reads up to [count] elements; fewer only at the end of the file. */
static tg_status take_elements(tg__source *source, const tg__announced *array, size_t count,
                               tg__growing *memory)
{
    enum { CHUNK = 1 << 12 }; /* bytes; a multiple of every element's size */
    unsigned char chunk[CHUNK];
    const tg__element element = array->element;
    const size_t held = tg_dtype_size(tg__element_dtype(element)), limit = count * held;
    size_t done = 0, got = 0;
    while (done < count) {
        const size_t left = count - done;
        const size_t wanted = (left < CHUNK / element.size ? left * element.size : CHUNK);
        const tg_status status = tg__source_read(source, chunk, wanted, &got);
        if (status != TG_OK) return status;
        const size_t whole = got / element.size;
        if (!tg__reserve(source->allocator, memory, whole * held, limit))
            return tg__complain_memory(source->report, memory->used + whole * held);
        if (whole == 0) break;
        const size_t right =
            decode(element, (unsigned char *)memory->data + memory->used, chunk, whole);
        if (right < whole)
            return complain_misfit(
                source->report, array, done + right,
                bits_at(chunk + right * element.size, element.size, element.big_endian));
        memory->used += whole * held;
        done += whole;
        if (got < wanted) break;
    }
    return TG_OK;
}

tg_status tg__announced_there(tg__source *source, const tg__announced *array, uint64_t begin,
                              uint64_t bytes, uint64_t there)
{
    char text[TG_SHAPE_SEEN], name[TG__ELEMENT_NAME];
    (void)tg__shape_seen(text, array->shape);
    (void)tg__element_name(array->element, name);
    if (there < bytes)
        return tg__complain(source->report, TG_ERR_FORMAT,
                            "cut short: the %s header announces %s %s, which is %llu bytes of "
                            "data; there are %llu",
                            array->format, text, name, (unsigned long long)bytes,
                            (unsigned long long)there);
    if (there > bytes)
        return tg__complain(source->report, TG_ERR_FORMAT,
                            "more bytes follow the %s %s that the %s header announces, from byte "
                            "%llu on%s",
                            text, name, array->format, (unsigned long long)(begin + bytes),
                            source->gzip ? " of the decompressed data" : "");
    return TG_OK;
}

/* Reads all elements, and checks that the file ends behind them. */
static tg_status take_all(tg__source *source, const tg__announced *array, tg__growing *memory)
{
    unsigned char behind;
    uint64_t bytes;
    size_t got;
    tg_status status = tg__announced_bytes(source->report, array, &bytes);
    if (status != TG_OK) return status;
    const uint64_t begin = source->offset;
    status = take_elements(source, array, (size_t)tg_shape_count(array->shape), memory);
    if (status == TG_OK && source->offset - begin == bytes)
        status = tg__source_read(source, &behind, 1, &got);
    if (status != TG_OK) return status;
    return tg__announced_there(source, array, begin, bytes, source->offset - begin);
}

/* Copies elements of [size] bytes from Fortran order to row-major order. */
static void transpose(void *out, const void *in, tg_shape shape, size_t size)
{
    size_t step[TG_MAX_RANK], place[TG_MAX_RANK] = { 0 }, at = 0;
    const size_t count = (size_t)tg_shape_count(shape);
    for (int i = 0; i < shape.rank; i++)
        step[i] = i == 0 ? size : step[i - 1] * (size_t)shape.dim[i - 1];
    for (size_t i = 0; i < count; i++) {
        memcpy((unsigned char *)out + i * size, (const unsigned char *)in + at, size);
        for (int axis = shape.rank - 1; axis >= 0; axis--) {
            at += step[axis];
            if (++place[axis] < (size_t)shape.dim[axis]) break;
            at -= step[axis] * place[axis];
            place[axis] = 0;
        }
    }
}

bool tg__is_transposed(const tg__announced *array)
{
    int long_axes = 0;
    for (int i = 0; i < array->shape.rank; i++) long_axes += array->shape.dim[i] > 1;
    return array->fortran && long_axes > 1 && tg_shape_count(array->shape) > 0;
}

tg_status tg__source_array(tg__source *source, const tg__announced *array, tg_array *out)
{
    tg__growing memory = { NULL, 0, 0 };
    const tg_allocator *allocator = source->allocator;
    const tg_dtype dtype = tg__element_dtype(array->element);
    *out = (tg_array){ .dtype = TG_DTYPE_DEFAULT };
    tg_status status = take_all(source, array, &memory);
    if (status == TG_OK && tg__is_transposed(array)) {
        void *rows = tg__alloc(allocator, memory.used);
        if (rows) transpose(rows, memory.data, array->shape, tg_dtype_size(dtype));
        else status = tg__complain_memory(source->report, memory.used);
        tg__free(allocator, memory.data);
        memory.data = rows;
    }
    if (status == TG_OK) *out = (tg_array){ dtype, array->shape, memory.data, *allocator };
    else tg__free(allocator, memory.data);
    return status;
}

/* ---- Writing an array ------------------------------------------------------------------- */

tg_status tg__array_check(tg__report *report, const tg_array *array, size_t *bytes)
{
    char text[TG_SHAPE_SEEN];
    if (!array) return tg__complain(report, TG_ERR_ARGUMENT, "the array is NULL");
    if (tg_dtype_size(array->dtype) == 0)
        return tg__complain(report, TG_ERR_DTYPE, "the array is empty: it has no dtype");
    if (array->shape.rank < 0 || array->shape.rank > TG_MAX_RANK)
        return tg__complain(report, TG_ERR_SHAPE, "the array's shape is of rank %d",
                            array->shape.rank);
    if (!tg__array_bytes(array->dtype, array->shape, bytes))
        return tg__complain(report, TG_ERR_SHAPE, "the array's shape is %s, which no array has",
                            tg__shape_seen(text, array->shape));
    if (*bytes > 0 && !array->data)
        return tg__complain(report, TG_ERR_ARGUMENT, "the array is %s, and its data is NULL",
                            tg__shape_seen(text, array->shape));
    return TG_OK;
}
