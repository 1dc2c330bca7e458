/* bytes.h: files put together in memory, before they are written: bytes, text, and messages of
 * protocol buffers (protobuf.dev/programming-guides/encoding). */
#ifndef TG_BYTES_H
#define TG_BYTES_H

#include "io/io.h"

/* Bytes in the making. When memory is out it remembers that and takes no more, so that who puts it
 * together asks once, at the end. */
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
/* printf's, with decimal points. */
void tg__put_format(tg__bytes *bytes, const char *format, ...) TG_PRINTF(2, 3);
/* The digits that give the same f64 when they are read; "nan", "inf" or "-inf". */
void tg__put_number(tg__bytes *bytes, double value);

void tg__put_little_32(tg__bytes *bytes, uint32_t value);
void tg__put_little_64(tg__bytes *bytes, uint64_t value);
void tg__put_double(tg__bytes *bytes, double value); /* little-endian */
void tg__put_big_32(tg__bytes *bytes, uint32_t value);

/* ---- UTF-8 ------------------------------------------------------------------------------ */

/* The bytes of the character that [text] begins with, of which there are [left]; 0: not UTF-8. */
size_t tg__utf8_length(const char *text, size_t left);
/* Is all of it UTF-8? */
bool tg__is_utf8(const char *text);

/* ---- Protocol buffers ------------------------------------------------------------------- */

/* A field of a message: its number, and a value. */
void tg__put_field_number(tg__bytes *bytes, unsigned field, uint64_t value); /* any integer, a bool */
void tg__put_field_float(tg__bytes *bytes, unsigned field, float value);
void tg__put_field_double(tg__bytes *bytes, unsigned field, double value);
void tg__put_field_bytes(tg__bytes *bytes, unsigned field, const void *data, size_t size);
void tg__put_field_text(tg__bytes *bytes, unsigned field, const char *text);
/* A field that holds a message, or packed numbers: what is put between the two. The first gives
 * the second what it needs. */
size_t tg__field_begin(tg__bytes *bytes, unsigned field);
void tg__field_end(tg__bytes *bytes, size_t begin);

#endif
