/* safetensors.h: the header of a safetensors file, read and written. Shared by save.c and
 * load.c. */
#ifndef TG_SAFETENSORS_H
#define TG_SAFETENSORS_H

#include "tg_save.h"
#include "io/elements.h"

#include <jansson.h>

enum {
    TG__HEADER_MOST = 100 * 1000 * 1000, /* bytes; the reference's limit */
    TG__HEADER_DEPTH = 8,                /* {"name": {"shape": [2]}} takes 3 */
    /* Files of version 2 have both checksums, so that one whose key is damaged is missed. */
    TG__PLAIN_VERSION = 1,
    TG__FORMAT_VERSION = 2,
};

/* What tg_save puts into "__metadata__". All values are strings. */
#define TG__METADATA     "__metadata__"
#define TG__META_FORMAT  "format"
#define TG__META_OWN     "tapegrad." /* keys that begin so are tg_save's own */
#define TG__META_VERSION "tapegrad.version"
#define TG__META_STEP    "tapegrad.step"
#define TG__META_SEED    "tapegrad.seed"
#define TG__META_DRAW    "tapegrad.draw." /* and a draw's key in hexadecimal. Value: its count */
#define TG__META_STATE "tapegrad.state." /* and a name: not a parameter. Value: "" */
/* CRC-32 of all bytes behind the header, and of those up to there, of which the digits of this
 * second sum count as zeros. Values: 8 hexadecimal digits. */
#define TG__META_SUM        "tapegrad.crc32"
#define TG__META_HEADER_SUM "tapegrad.header_crc32"

/* One tensor of a file. */
typedef struct tg__entry {
    const char *name, *dtype_name; /* as the file has them; they live as long as the header */
    tg_dtype dtype;                /* 0: none of Tapegrad's */
    size_t element;                /* its bytes */
    tg_shape shape;
    uint64_t begin, end; /* bytes behind the header */
} tg__entry;

typedef struct tg__header {
    json_t *root;
    const json_t *metadata; /* NULL: none */
    tg__entry *entries;     /* in the order of their data */
    size_t count;
} tg__header;

/* Reads [size] bytes of JSON, in which nothing is believed: names once, dtypes known, shapes
 * countable, as many bytes as they say, the data of one tensor behind the other's. Whatever is
 * returned, tg__header_free must follow. */
tg_status tg__header_read(tg__report *report, const tg_allocator *allocator, const char *text,
                          size_t size, tg__header *out);
void tg__header_free(const tg_allocator *allocator, tg__header *header);
/* The value of a key of the metadata; NULL if there is none. */
const char *tg__header_meta(const tg__header *header, const char *key);

enum { TG__SUM_DIGITS = 8, TG__DRAW_DIGITS = 16 }; /* hexadecimal, with leading zeros */
/* Writes the digits; with a 0 behind them. */
void tg__sum_written(uint32_t sum, char out[TG__SUM_DIGITS + 1]);
/* Where in a header the digits of its sum stand; 0 if it has none. No string can look like it, as
 * JSON escapes the quotes in strings. */
size_t tg__header_sum_place(const char *text, size_t size);
/* [front], the sum of what is before, and that of a header with those digits at [place]. */
uint32_t tg__header_sum(uint32_t front, const char *text, size_t size, size_t place);

/* The format's name for a dtype; NULL if it has none. */
const char *tg__dtype_written(tg_dtype dtype);

/* Not a parameter, and named under one. */
bool tg__is_optimizer_state(const tg_var *var);

#endif
