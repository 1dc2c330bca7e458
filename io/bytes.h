/* bytes.h: files that are assembled in memory before they are written: bytes, text, and messages of
 * protocol buffers (protobuf.dev/programming-guides/encoding). */
#ifndef TG_BYTES_H
#define TG_BYTES_H

#include "io/io.h"

/* Bytes that grow. When memory runs out, .failed is set and nothing more is appended, so that it is
 * enough to check once at the end. */
typedef struct tg__bytes {
    const tg_allocator *allocator;
    tg__growing memory;
    bool failed;
} tg__bytes;

static inline const unsigned char *tg__bytes_data(const tg__bytes *bytes)
{
    return bytes->memory.data;
}
static inline size_t tg__bytes_size(const tg__bytes *bytes) { return bytes->memory.used; }
void tg__bytes_free(tg__bytes *bytes);

void tg__put(tg__bytes *bytes, const void *data, size_t size);
void tg__put_byte(tg__bytes *bytes, unsigned char byte);
void tg__put_text(tg__bytes *bytes, const char *text);
/* As printf, with a decimal point in every locale. */
void tg__put_format(tg__bytes *bytes, const char *format, ...) TG_PRINTF(2, 3);
/* The shortest digits that give the same f64 when read; or "nan", "inf", "-inf". */
void tg__put_number(tg__bytes *bytes, double value);

void tg__put_little_32(tg__bytes *bytes, uint32_t value);
void tg__put_little_64(tg__bytes *bytes, uint64_t value);
void tg__put_double(tg__bytes *bytes, double value); /* little-endian */
void tg__put_big_32(tg__bytes *bytes, uint32_t value);

/* ---- UTF-8 ------------------------------------------------------------------------------ */

/* The length in bytes of the character at [text], of which [left] bytes remain; 0 if it is not
 * UTF-8. */
size_t tg__utf8_length(const char *text, size_t left);
/* True if the whole text is UTF-8. */
bool tg__is_utf8(const char *text);

/* ---- Protocol buffers ------------------------------------------------------------------- */

/* A field of a message: its number and its value. */
void tg__put_field_number(tg__bytes *bytes, unsigned field, uint64_t value); /* or a bool */
void tg__put_field_float(tg__bytes *bytes, unsigned field, float value);
void tg__put_field_double(tg__bytes *bytes, unsigned field, double value);
void tg__put_field_bytes(tg__bytes *bytes, unsigned field, const void *data, size_t size);
void tg__put_field_text(tg__bytes *bytes, unsigned field, const char *text);
/* A field that contains a message or packed numbers: its content is appended between the two calls.
 * [begin] is the result of the first. */
size_t tg__field_begin(tg__bytes *bytes, unsigned field);
void tg__field_end(tg__bytes *bytes, size_t begin);

#endif
