/* load_convert.c: converts a file's elements to those of a variable: unchanged; from dtypes that
 * Tapegrad does not have, without loss; and f64 to f32 if the caller asks for it. */
#include "io/elements.h"
#include "io/load.h"

#include <math.h>
#include <string.h>

/* ---- Elements of files -------------------------------------------------------------- */

static uint64_t bits_of(const unsigned char *in, int bytes)
{
    uint64_t bits = 0;
    for (int i = 0; i < bytes; i++) bits |= (uint64_t)in[i] << 8 * i;
    return bits;
}

static double float_of(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return (double)value;
}

/* binary16 of IEEE 754: a sign, 5 bits of exponent, 10 of fraction. */
static double read_f16(const unsigned char *in)
{
    const uint32_t bits = (uint32_t)bits_of(in, 2), sign = (bits & 0x8000) << 16;
    const uint32_t exponent = bits >> 10 & 31, fraction = bits & 0x3ff;
    if (exponent == 31) return float_of(sign | 0x7f800000 | fraction << 13);
    if (exponent > 0) return float_of(sign | (exponent + 112) << 23 | fraction << 13);
    const double small = (double)fraction * 0x1p-24;
    return sign ? -small : small;
}

/* bfloat16: the upper half of an f32. */
static double read_bf16(const unsigned char *in)
{
    return float_of((uint32_t)bits_of(in, 2) << 16);
}

static double read_f64(const unsigned char *in)
{
    const uint64_t bits = bits_of(in, 8);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Extends a two's complement number whose sign bit is [sign]. */
static int64_t signed_of(uint64_t bits, int64_t sign) { return ((int64_t)bits ^ sign) - sign; }
static int64_t read_i8(const unsigned char *in) { return signed_of(in[0], 1 << 7); }
static int64_t read_i16(const unsigned char *in) { return signed_of(bits_of(in, 2), 1 << 15); }
static int64_t read_u16(const unsigned char *in) { return (int64_t)bits_of(in, 2); }
static int64_t read_u32(const unsigned char *in) { return (int64_t)bits_of(in, 4); }

typedef struct conversion {
    const char *from; /* the dtype's name in files */
    tg_dtype to[2];
    double (*real)(const unsigned char *in); /* one of the two is not NULL */
    int64_t (*whole)(const unsigned char *in);
    bool narrows;
} conversion;

static const conversion conversions[] = {
    { "F16", { TG_F32, TG_F64 }, read_f16, NULL, false },
    { "BF16", { TG_F32, TG_F64 }, read_bf16, NULL, false },
    { "F64", { TG_F32, TG_F32 }, read_f64, NULL, true },
    { "I8", { TG_I32, TG_I64 }, NULL, read_i8, false },
    { "I16", { TG_I32, TG_I64 }, NULL, read_i16, false },
    { "U16", { TG_I32, TG_I64 }, NULL, read_u16, false },
    { "U32", { TG_I64, TG_I64 }, NULL, read_u32, false },
};

/* The conversion; NULL if the elements are copied unchanged, or cannot be converted. */
static const conversion *conversion_of(const tg__entry *entry, tg_dtype to)
{
    if (entry->dtype == to) return NULL;
    for (size_t i = 0; i < sizeof conversions / sizeof *conversions; i++) {
        const conversion *c = &conversions[i];
        if (strcmp(c->from, entry->dtype_name) == 0 && (c->to[0] == to || c->to[1] == to)) return c;
    }
    return NULL;
}

bool tg__load_converts(const tg__entry *entry, const tg_var *var)
{
    return conversion_of(entry, var->dtype);
}

/* ---- Checks ------------------------------------------------------------------------- */

tg_status tg__load_agree(tg__report *report, const tg_var *var, const tg__entry *entry, bool narrow)
{
    char ours[TG_SHAPE_SEEN], theirs[TG_SHAPE_SEEN];
    const conversion *c = conversion_of(entry, var->dtype);
    const bool dtype = entry->dtype == var->dtype || (c && (!c->narrows || narrow));
    if (dtype && tg_shape_equal(var->shape, entry->shape)) return TG_OK;
    return tg__complain(report, dtype ? TG_ERR_SHAPE : TG_ERR_DTYPE,
                        "\"%s\" is %s %s in the store and %s %s in the file%s", var->name,
                        tg__dtype_written(var->dtype), tg__shape_seen(ours, var->shape),
                        entry->dtype_name, tg__shape_seen(theirs, entry->shape),
                        !dtype && c ? " (.narrow = true rounds to f32)" : "");
}

/* A C bool with a value other than 0 and 1 has undefined behaviour. */
static tg_status check_bools(tg__report *report, const tg__entry *entry, const tg__target *to)
{
    char seen[TG_TEXT_SEEN];
    size_t before = 0;
    for (const tg__piece *at = to->data; at; before += at->size, at = at->next)
        for (size_t i = 0; i < at->size; i++)
            if (at->bytes[i] > 1)
                return tg__complain(report, TG_ERR_FORMAT,
                                    "the tensor \"%s\": element %zu is a BOOL of value %d",
                                    tg__text_seen(seen, entry->name, strlen(entry->name)),
                                    before + i, at->bytes[i]);
    return TG_OK;
}

/* From halfway between the largest f32 and the next number that f32 would have, numbers round to
 * infinity. */
static tg_status check_range(tg__report *report, const tg__entry *entry, const tg__target *to,
                             const conversion *c)
{
    char seen[TG_TEXT_SEEN];
    const double too_large = 0x1.ffffffp127;
    size_t element = 0;
    for (const tg__piece *at = to->data; at; at = at->next)
        for (size_t i = 0; i < at->size; i += entry->element, element++) {
            const double value = c->real(at->bytes + i);
            if (isfinite(value) && fabs(value) >= too_large)
                return tg__complain(report, TG_ERR_NUMERIC,
                                    "the tensor \"%s\": element %zu is %g, which no f32 holds",
                                    tg__text_seen(seen, entry->name, strlen(entry->name)), element,
                                    value);
        }
    return TG_OK;
}

tg_status tg__load_check_elements(tg__report *report, const tg__entry *entry, const tg__target *to)
{
    const conversion *c = to->fate == TG__LOADED ? conversion_of(entry, to->var->dtype) : NULL;
    if (entry->dtype == TG_BOOL) return check_bools(report, entry, to);
    return c && c->narrows ? check_range(report, entry, to, c) : TG_OK;
}

/* ---- Taking over -------------------------------------------------------------------- */

static void convert(const conversion *c, const unsigned char *in, size_t count, size_t element,
                    tg_dtype dtype, void *out)
{
    for (size_t i = 0; i < count; i++, in += element) {
        if (dtype == TG_F32) ((float *)out)[i] = (float)c->real(in);
        else if (dtype == TG_F64) ((double *)out)[i] = c->real(in);
        else if (dtype == TG_I32) ((int32_t *)out)[i] = (int32_t)c->whole(in);
        else ((int64_t *)out)[i] = c->whole(in);
    }
}

void tg__load_take_over(const tg__entry *entry, const tg__target *to)
{
    const size_t size = tg_dtype_size(to->var->dtype);
    const conversion *c = conversion_of(entry, to->var->dtype);
    unsigned char *out = to->var->data;
    for (const tg__piece *at = to->data; at; at = at->next) {
        const size_t count = at->size / entry->element;
        if (c) convert(c, at->bytes, count, entry->element, to->var->dtype, out);
        else tg__copy_elements(out, at->bytes, at->size, size, !tg__is_little_endian());
        out += count * size;
    }
}
