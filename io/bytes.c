/* bytes.c: bytes, text and messages of protocol buffers, appended to memory that grows. */
#include "io/bytes.h"

#include "io/number.h"

#include <math.h>
#include <string.h>

void tg__bytes_free(tg__bytes *bytes)
{
    tg__free(bytes->allocator, bytes->memory.data);
    bytes->memory = (tg__growing){ NULL, 0, 0 };
}

/* Appends [size] uninitialised bytes and returns their address; NULL if there is no memory. */
static unsigned char *more(tg__bytes *bytes, size_t size)
{
    if (bytes->failed || !tg__reserve(bytes->allocator, &bytes->memory, size, PTRDIFF_MAX)) {
        bytes->failed = true;
        return NULL;
    }
    unsigned char *place = (unsigned char *)bytes->memory.data + bytes->memory.used;
    bytes->memory.used += size;
    return place;
}

void tg__put(tg__bytes *bytes, const void *data, size_t size)
{
    unsigned char *place = size ? more(bytes, size) : NULL;
    if (place) memcpy(place, data, size);
}

void tg__put_byte(tg__bytes *bytes, unsigned char byte) { tg__put(bytes, &byte, 1); }
void tg__put_text(tg__bytes *bytes, const char *text) { tg__put(bytes, text, strlen(text)); }

/* ---- Text ------------------------------------------------------------------------------- */

static int format_list(char *out, size_t size, const char *format, va_list list) TG_PRINTF(3, 0);
static int format_list(char *out, size_t size, const char *format, va_list list)
{
    va_list copy;
    va_copy(copy, list);
    const int length = tg__vformat(out, size, format, copy);
    va_end(copy);
    return length;
}

void tg__put_format(tg__bytes *bytes, const char *format, ...)
{
    char text[256];
    va_list list;
    va_start(list, format);
    const int length = format_list(text, sizeof text, format, list);
    if (length >= 0 && (size_t)length < sizeof text) {
        tg__put(bytes, text, (size_t)length);
    } else {
        /* The text was longer than the room: format again, with room for all of it and the 0 at the
         * end. */
        unsigned char *place = length < 0 ? NULL : more(bytes, (size_t)length + 1);
        if (place) {
            (void)format_list((char *)place, (size_t)length + 1, format, list);
            bytes->memory.used--;
        }
        bytes->failed = bytes->failed || length < 0;
    }
    va_end(list);
}

static void write_number(char *out, size_t size, const char *format, ...) TG_PRINTF(3, 4);
static void write_number(char *out, size_t size, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    (void)tg__vformat(out, size, format, list);
    va_end(list);
}

void tg__put_number(tg__bytes *bytes, double value)
{
    enum { FEWEST = 15, MOST = 17 }; /* digits; 17 always suffice */
    char text[32] = "";
    if (isnan(value) || isinf(value)) {
        tg__put_text(bytes, isnan(value) ? "nan" : value < 0 ? "-inf" : "inf");
        return;
    }
    double read = (double)NAN;
    tg__numbers numbers = { 0 };
    for (int digits = FEWEST; digits <= MOST && read != value; digits++) {
        write_number(text, sizeof text, "%.*g", digits, value);
        if (tg__number_read(&numbers, text, strlen(text), &read) != TG_NUMBER) read = (double)NAN;
    }
    tg__numbers_free(&numbers);
    tg__put_text(bytes, text);
}

/* ---- Orders of bytes -------------------------------------------------------------------- */

void tg__put_little_32(tg__bytes *bytes, uint32_t value)
{
    unsigned char text[4];
    for (int i = 0; i < 4; i++) text[i] = (unsigned char)(value >> 8 * i);
    tg__put(bytes, text, sizeof text);
}

void tg__put_little_64(tg__bytes *bytes, uint64_t value)
{
    tg__put_little_32(bytes, (uint32_t)value);
    tg__put_little_32(bytes, (uint32_t)(value >> 32));
}

void tg__put_double(tg__bytes *bytes, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    tg__put_little_64(bytes, bits);
}

void tg__put_big_32(tg__bytes *bytes, uint32_t value)
{
    unsigned char text[4];
    for (int i = 0; i < 4; i++) text[i] = (unsigned char)(value >> (24 - 8 * i));
    tg__put(bytes, text, sizeof text);
}

/* ---- UTF-8 ------------------------------------------------------------------------------ */

/* The length of a character by table 3-7 of the Unicode standard. Some first bytes restrict the
 * range of the second one, which excludes overlong forms, surrogates and code points above
 * U+10FFFF. */
size_t tg__utf8_length(const char *text, size_t left)
{
    const unsigned char *c = (const unsigned char *)text;
    if (left == 0) return 0;
    if (c[0] < 0x80) return 1;
    const size_t length = c[0] < 0xc2 ? 0 : c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 : c[0] < 0xf5 ? 4 : 0;
    if (length == 0 || length > left) return 0;
    const unsigned char low = c[0] == 0xe0 ? 0xa0 : c[0] == 0xf0 ? 0x90 : 0x80;
    const unsigned char high = c[0] == 0xed ? 0x9f : c[0] == 0xf4 ? 0x8f : 0xbf;
    if (c[1] < low || c[1] > high) return 0;
    for (size_t i = 2; i < length; i++)
        if ((c[i] & 0xc0) != 0x80) return 0;
    return length;
}

bool tg__is_utf8(const char *text)
{
    size_t left = strlen(text);
    while (left > 0) {
        const size_t length = tg__utf8_length(text, left);
        if (length == 0) return false;
        text += length;
        left -= length;
    }
    return true;
}

/* ---- Protocol buffers ------------------------------------------------------------------- */

enum { VARINT = 0, FIXED_64 = 1, LENGTH = 2, FIXED_32 = 5 }; /* encodings of a field's value */
enum { VARINT_MOST = 10 };

/* Writes seven bits in each byte, the lowest first; bit 8 is set in all but the last byte. */
static size_t write_varint(unsigned char out[VARINT_MOST], uint64_t value)
{
    size_t length = 0;
    for (; value >= 0x80; value >>= 7) out[length++] = (unsigned char)(value | 0x80);
    out[length++] = (unsigned char)value;
    return length;
}

static void put_varint(tg__bytes *bytes, uint64_t value)
{
    unsigned char text[VARINT_MOST];
    tg__put(bytes, text, write_varint(text, value));
}

static void put_tag(tg__bytes *bytes, unsigned field, unsigned wire)
{
    put_varint(bytes, (uint64_t)field << 3 | wire);
}

void tg__put_field_number(tg__bytes *bytes, unsigned field, uint64_t value)
{
    put_tag(bytes, field, VARINT);
    put_varint(bytes, value);
}

void tg__put_field_float(tg__bytes *bytes, unsigned field, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_tag(bytes, field, FIXED_32);
    tg__put_little_32(bytes, bits);
}

void tg__put_field_double(tg__bytes *bytes, unsigned field, double value)
{
    put_tag(bytes, field, FIXED_64);
    tg__put_double(bytes, value);
}

void tg__put_field_bytes(tg__bytes *bytes, unsigned field, const void *data, size_t size)
{
    put_tag(bytes, field, LENGTH);
    put_varint(bytes, size);
    tg__put(bytes, data, size);
}

void tg__put_field_text(tg__bytes *bytes, unsigned field, const char *text)
{
    tg__put_field_bytes(bytes, field, text, strlen(text));
}

size_t tg__field_begin(tg__bytes *bytes, unsigned field)
{
    put_tag(bytes, field, LENGTH);
    return bytes->memory.used;
}

/* Inserts the length, which is known now, before the content. */
void tg__field_end(tg__bytes *bytes, size_t begin)
{
    if (bytes->failed) return;
    unsigned char length[VARINT_MOST];
    const size_t size = bytes->memory.used - begin, width = write_varint(length, size);
    if (!more(bytes, width)) return;
    unsigned char *content = (unsigned char *)bytes->memory.data + begin;
    memmove(content + width, content, size);
    memcpy(content, length, width);
}
